"""Odd input that is nevertheless right, and gives the figures of its plain form."""

from __future__ import annotations

import datetime as dt
import json
from decimal import Decimal

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import mpi
from bad_input import PERSONS, measured, people

FORMS = {
    "pandas": people(),
    "polars": pl.DataFrame(people()),
    "lazy polars": pl.DataFrame(people()).lazy(),
    "Arrow": pa.Table.from_pandas(people()),
    "mapping": people().to_dict("list"),
    "nullable": people().convert_dtypes(),
    "Arrow in pandas": people().convert_dtypes(dtype_backend="pyarrow"),
    "truths": people(a=[True, True, False, False]),
    "truths as objects": people(a=pd.Series([True, True, False, False], dtype=object)),
    "categories": people(a=pd.Categorical([1, 1, 0, 0], categories=[5, 1, 0])),
    "another index": people().set_index(pd.Index([7, 7, 3, 0])),
    "no weight": people(w=[1.0, 1.0, 1.0, 1.0]),
}


@pytest.mark.parametrize("case", FORMS)
def test_a_table_of_any_kind_gives_the_same_figures_and_stays_as_it_is(case):
    frame = FORMS[case]
    before = frame.copy() if isinstance(frame, pd.DataFrame) else None
    estimates = mpi.measure(frame, PERSONS, by="region")
    assert estimates.get("H").estimate == 0.75
    assert estimates.get("H", region="N").estimate == 1
    if before is not None:
        pd.testing.assert_frame_equal(frame, before)


def test_a_stream_of_batches_is_a_table():
    assert measured(pa.Table.from_pandas(people()).to_reader()) == 0.75


GROUPS = {
    "truths": ([True, False, True, True], ["no", "yes"]),
    "truths with gaps": ([True, None, True, True], ["yes"]),
    "numbers with gaps": (pd.array([1, None, 2, 2], dtype="Int64"), ["1", "2"]),
    "fractions": ([1.5, 2.5, np.nan, 1.5], ["1.5", "2.5"]),
    "infinity": ([1.5, np.inf, -np.inf, 1.5], ["-inf", "1.5", "inf"]),
    "huge numbers": ([2**62, -(2**62), 0, 1], [str(-(2**62)), "0", "1", str(2**62)]),
    "days": ([dt.date(2020, 1, 1)] * 4, ["2020-01-01"]),
    "categories": (pd.Categorical(["x", "y", "x", "x"], categories=["z", "y", "x"]), ["x", "y"]),
    "periods": (pd.period_range("2020", periods=4, freq="Y"), ["2020", "2021", "2022", "2023"]),
    "decimals": ([Decimal(1)] * 4, ["1.0"]),
    "empty texts": (["", "a", "", "a"], ["", "a"]),
    "any script": (["é", "😀", "变", "é"], ["é", "变", "😀"]),
    "nobody": ([None] * 4, []),
}


@pytest.mark.parametrize("case", GROUPS)
def test_groups_of_any_kind_are_texts_in_order(case):
    values, expected = GROUPS[case]
    table = mpi.measure(people(q=values), PERSONS, by="q").to_arrow().to_pylist()
    groups = [row["group"] for row in table if row["measure"] == "H" and row["by"] == "q"]
    assert groups == expected


NAMES = ["ñandú", "a b", "1x", "any", "row", "c0", "#score", "persons.a", "x'y\"z", ""]


@pytest.mark.parametrize("name", NAMES)
def test_a_group_may_have_any_other_name(name):
    estimates = mpi.measure(people().rename(columns={"region": name}), PERSONS, by=name)
    assert estimates.get("H", **{name: "N"}).estimate == 1


@pytest.mark.parametrize("by", [None, [], [()]])
def test_no_group_is_the_whole_population(by):
    assert set(mpi.measure(people(), PERSONS, by=by).to_pandas()["by"]) == {"national"}


def test_a_group_named_twice_is_there_once():
    for by in (["region", "region"], [("region", "region")], (r for r in ["region"])):
        table = mpi.measure(people(), PERSONS, by=by).to_pandas()
        assert list(table["by"].unique()) == ["national", "region"]


def test_numbers_for_column_names_are_texts():
    assert mpi.measure(people().rename(columns={"region": 0}), PERSONS, by="0").columns[2] == "0"


def test_an_indicator_and_the_weight_may_be_groups_too():
    assert mpi.measure(people(), PERSONS, by="a").get("H", a=1).estimate == 1
    assert mpi.measure(people(), PERSONS, weight="w", by="w").get("H", w=1.0).n == 2


def test_one_row_is_a_survey():
    estimates = mpi.measure(people().head(1), PERSONS, by="region", weight="w")
    assert estimates.get("M0").estimate == 1


def test_rows_that_weigh_nothing_count_nothing_and_stay_in_n():
    found = mpi.measure(people(w=[0, 0, 1, 3]), PERSONS, weight="w").get("H")
    assert (found.estimate, found.n) == (0.75, 4)


@pytest.mark.parametrize("weight", [1e-99, 2**62 // 2**20, Decimal("1.5"), True + 1])
def test_the_scale_of_the_weights_is_irrelevant(weight):
    assert measured(people(w=[weight] * 4), weight="w") == 0.75


def test_huge_numbers_are_compared_as_they_are():
    frame = people(income=[2**62, 2**62 + 1, 0, -(2**62)])
    spec = mpi.Specification.from_columns({"D": ["a"]}, cutoff=1)
    where = measured(frame, spec, where=f"income > {2**53}")
    assert where == 1


def test_an_indicator_that_nobody_answered_leaves_the_others():
    found = mpi.measure(people(a=[None] * 4), PERSONS, missing="reweight").get("H")
    assert (found.estimate, found.n) == (0.5, 4)


def test_bounds_of_what_nobody_answered_are_everything():
    frame = people(a=[None] * 4, b=[None] * 4)
    estimates = mpi.measure(frame, PERSONS, missing="bounds")
    assert [estimates.get("H", bound=b).estimate for b in ("lower", "upper")] == [0, 1]


def test_an_empty_list_of_keys_is_no_key():
    assert measured(people(), household_id=[]) == 0.75


def test_the_same_key_named_twice_is_one_key():
    assert measured(people(), household_id=["hh", "hh"]) == 0.75


def test_an_infinite_group_is_json_that_every_reader_reads(tmp_path):
    path = tmp_path / "x.json"
    mpi.measure(people(q=[1.5, np.inf, 1.5, 1.5]), PERSONS, by="q").save(path)

    def refuse(name):
        raise AssertionError(name)

    rows = json.loads(path.read_text(encoding="utf-8"), parse_constant=refuse)
    assert {row["q"] for row in rows} == {None, 1.5, "inf"}
