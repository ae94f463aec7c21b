"""Deprivations that people have together: combinations, and others beside each."""

from __future__ import annotations

import math

import pytest

import mpi
from mpi.errors import EstimationError

EXACT = 1e-12
E14 = {
    "zone": list("UUUURRRR"),
    "w": [2, 1, 3, 2, 1, 2, 3, 2],
    "a": [1, 0, 1, 0, 1, 0, 1, 0],
    "b": [0, 0, 1, 1, 1, 0, 0, 0],
    "d1": [1, 0, 1, 0, 1, 1, 1, 1],
    "d2": [0, 0, 0, 0, 1, 1, 1, 0],
    "d3": [0, 0, 0, 1, 1, 1, 0, 0],
}
NESTED = mpi.Specification.from_columns(
    {"health": ["a", "b"], "living": ["d1", "d2", "d3"]}, cutoff="1/2"
)


def profiles():
    return mpi.tabulate(mpi.Survey(E14, weight="w"), NESTED, by="zone")


def shares(overlap, measure, k=None, **about):
    rows = overlap.estimates.to_pandas()
    rows = rows[(rows["by"] == "national") & (rows["measure"] == measure)]
    rows = rows[rows["k"].isna() if k is None else rows["k"] == k]
    for name, value in about.items():
        rows = rows[rows[name] == value]
    return dict(zip(rows["category"], rows["estimate"], strict=True))


def test_the_worked_example_has_the_overlap_of_dimensions_on_paper():
    found = shares(mpi.overlap(profiles(), "dimensions"), "intersection")
    expected = {"health & living": 11 / 16, "living": 4 / 16, "(none)": 1 / 16, "health": 0}
    assert found == pytest.approx(expected, abs=EXACT)


def test_others_beside_a_deprivation_are_counted_as_moda_does():
    found = mpi.overlap(profiles(), se=False)
    # d1 alone: row 8; with one other: row 1; with two: rows 3, 6, 7; with more: row 5
    of_d1 = {"0": 2 / 16, "1": 2 / 16, "2": 8 / 16, "3+": 1 / 16}
    assert shares(found, "with_others", indicator="d1") == pytest.approx(of_d1, abs=EXACT)
    among = {others: share / (13 / 16) for others, share in of_d1.items()}
    assert shares(found, "share_with_others", indicator="d1") == pytest.approx(among, abs=EXACT)
    # among the poor at 1/2 (rows 3, 5, 6, 7)
    poor = {"0": 0, "1": 0, "2": 8 / 16, "3+": 1 / 16}
    assert shares(found, "with_others", "1/2", indicator="d1") == pytest.approx(poor, abs=EXACT)


def test_combinations_have_a_column_for_each_indicator_and_the_error_of_a_share():
    found = mpi.overlap(profiles())
    table = found.combinations.to_pandas()
    row = table[(table["by"] == "national") & table["k"].isna()].iloc[0]
    assert row["combination"] == "a & b & d1"
    assert row[["a", "b", "d1", "d2", "d3"]].tolist() == [True, True, True, False, False]
    assert row["size"] == 3
    # the share of a single row of weight 3, under simple random sampling of 8 rows
    p, w = 3 / 16, E14["w"]
    linear = [(x * ((i == 2) - p)) / 16 for i, x in enumerate(w)]
    assert row["se"] == pytest.approx(math.sqrt(8 / 7 * sum(z * z for z in linear)), abs=EXACT)
    assert 0 < row["ci_low"] < row["ci_high"] < 1


def test_the_rest_is_added_up_where_only_the_largest_are_listed():
    found = mpi.overlap(profiles(), most=3, se=False)
    assert shares(found, "intersection") == pytest.approx(
        {"a & b & d1": 3 / 16, "a & d1 & d2": 3 / 16, "d1": 2 / 16, "(others)": 8 / 16}, abs=EXACT
    )
    assert found.combinations.findings.of_code("COMBINATIONS_ADDED")[0].of == 32
    assert sum(shares(found, "intersection", "1/2").values()) == pytest.approx(9 / 16)


def test_many_indicators_list_what_occurs():
    frame = {name: [1, 0] for name in "pqrstu"} | {"p": [1, 1]}
    spec = mpi.Specification.from_columns({n: [n] for n in "pqrstu"}, cutoff="1/2")
    found = mpi.overlap(mpi.tabulate(frame, spec), se=False)
    assert set(shares(found, "intersection")) == {"p & q & r & s & t & u", "p"}


def test_a_grouping_variable_named_as_an_indicator_keeps_its_column():
    frame = {"size": [1, 0, 1], "b": [0, 1, 1]}
    spec = mpi.Specification.from_columns({"x": ["size"], "y": ["b"]}, cutoff="1/2")
    columns = mpi.overlap(mpi.tabulate(frame, spec), se=False).combinations.columns
    assert {"size", "size_deprived", "b"} <= set(columns)


def test_bad_arguments_are_named_all_at_once():
    with pytest.raises(EstimationError) as caught:
        mpi.overlap(profiles(), "people", most=0)
    assert "there is no overlap of 'people'" in str(caught.value)
    assert "is 0" in str(caught.value)
    with pytest.raises(EstimationError, match="no profile table"):
        mpi.overlap([1])


def test_results_show_themselves():
    found = mpi.overlap(profiles(), "dimensions")
    assert "health & living" in repr(found)
    assert "with_others" in found._repr_html_()
