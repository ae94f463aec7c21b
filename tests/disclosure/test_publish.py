"""Published tables: what they keep, what they lose and say so, files, and what is refused."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import product

import pandas as pd
import polars as pl
import pyarrow.parquet as pq
import pytest

import mpi
from mpi.cli import main
from mpi.errors import EstimationError

NUMBERS = ["estimate", "se", "ci_low", "ci_high", "cv", "df", "deff", "n", "n_psu"]


@pytest.fixture(scope="module")
def profiles():
    survey = mpi.datasets.synthetic_survey(4000)
    return mpi.tabulate(survey, "colombia-dane", by=["area", "sex", ("area", "sex")])


@pytest.fixture(scope="module")
def published(profiles):
    return profiles.publish(10, k=["1/5", "1/3"])


def test_figures_and_errors_are_those_of_the_whole_tables(profiles, published):
    about = ["by", "group", "measure", "dimension", "indicator", "category", "k"]
    before = profiles.estimate(["1/5", "1/3"]).to_pandas().set_index(about)[NUMBERS]
    after = published.estimate().to_pandas().set_index(about)[NUMBERS]
    assert len(after) > 100
    pd.testing.assert_frame_equal(
        after.astype(float).reset_index(drop=True),
        before.loc[after.index].astype(float).reset_index(drop=True),
        rtol=1e-12,
        atol=1e-15,
    )


def test_one_cutoff_of_several_has_its_own_figures_and_errors(published):
    every, one = published.estimate(), published.estimate("1/3", measures="M0")
    assert one.get("M0", area="urban").estimate == every.get("M0", k="1/3", area="urban").estimate
    assert one.get("M0").se == every.get("M0", k="1/3").se > 0


def test_no_cell_is_below_the_limit_and_no_sampled_unit_is_left(published, tmp_path):
    for grouping in published.groupings:
        assert (grouping.table.n >= 10).all()
        assert not grouping.table.psu.any()
    file = tmp_path / "x.profiles.parquet"
    published.save(file)
    text = pq.read_schema(file).metadata[b"mpi.profiles"]
    about = json.loads(text)
    assert about["sampled"] is None
    assert "design" not in about
    cells = pq.read_table(file, filters=[("kind", "==", "cell")])
    assert cells.num_rows == sum(g.table.size for g in published.groupings)


def test_a_file_gives_the_same_figures_again(published, tmp_path):
    file = tmp_path / "x.profiles.parquet"
    published.save(file)
    again = mpi.load_profiles(file)
    assert isinstance(again, mpi.PublishedProfiles)
    assert again.estimate().to_arrow().equals(published.estimate().to_arrow())
    assert again.losses.to_arrow().equals(published.losses.to_arrow())
    assert again.findings == published.findings
    assert repr(again) == repr(published)
    assert repr(again).startswith("Published profiles under colombia-dane: every cell has 10 or")


def test_losses_say_what_is_pooled_and_that_no_figure_changed(published):
    losses = published.losses.to_pandas().set_index("by")
    assert losses.loc["national", "cells_pooled"] > 0
    assert (losses["n_pooled"] > 0).any()
    assert losses[["change_H", "change_M0", "change_hd"]].max(axis=None) < 1e-12
    cells = published.findings.of_code("CELLS_POOLED")
    assert cells[0].count == losses.loc["national", "cells_pooled"]


def test_a_scheme_withholds_groups_whose_figures_are_unreliable():
    survey = mpi.datasets.synthetic_survey(2000)
    profiles = mpi.tabulate(survey, "colombia-dane", by="region")
    flags = profiles.estimate().flag("ine-chile-2020").select("H", "M0").to_pandas()
    bad = set(flags.loc[flags["flag"] == "unreliable", "group"])
    assert bad
    published = profiles.publish(10, scheme="ine-chile-2020")
    left = {label[0] for label in published.groupings[1].labels}
    assert left
    assert not left & bad
    row = published.losses.to_pandas().iloc[1]
    assert row["withheld_unreliable"] + row["withheld_small"] == len(bad)
    assert [f.where for f in published.findings.of_code("FLAGGED")] == ["ine-chile-2020"]


def test_departments_within_regions_are_seen_by_their_psus():
    """The region less its other departments would tell the small one."""
    rows = []
    for region, department, n in (("n", 1, 40), ("n", 2, 40), ("n", 3, 4), ("s", 4, 60)):
        place = {"region": region, "department": department, "psu": department}
        rows += [place | {"a": i % 2, "b": i % 4 < 2} for i in range(n)]
    spec = mpi.Specification.from_columns({"one": ["a"], "two": ["b"]}, cutoff="1/2")
    survey = mpi.Survey(pd.DataFrame(rows).astype({"b": int}), psu="psu", lonely_psu="certainty")
    profiles = mpi.tabulate(survey, spec, by=["region", "department"])
    published = profiles.publish(10, se=False)
    own = {g.by: g.labels for g in published.groupings}
    assert own["region",] == (("n",), ("s",))
    assert len([d for d in own["department",] if d[0] in (1, 2)]) == 1
    assert (3,) not in own["department",]


def test_strict_withholds_groups_with_a_share_of_few():
    spec = mpi.Specification.from_columns(
        {name: [name] for name in "uvwxyz"}, cutoff="1/6", id="six"
    )
    profiles = list(product((0, 1), repeat=6))
    rows = {name: [] for name in (*"uvwxyz", "g")}
    few = [p for p in profiles if p[5]][:8]
    for group in "abc":
        for profile in profiles:
            # of c few have z, whatever else they have
            times = 12 if group != "c" or not p_has_z(profile) else int(profile in few)
            for name, value in zip((*"uvwxyz", "g"), (*profile, group), strict=True):
                rows[name] += [value] * times
    tables = mpi.tabulate(rows, spec, by="g", se=False)
    loose, strict = tables.publish(10), tables.publish(10, strict=True)
    assert loose.groupings[1].labels == (("a",), ("b",), ("c",))
    # hd and hdk of the indicator and of its dimension
    assert [f.count for f in loose.findings.of_code("FEW_CASES")] == [4]
    assert len(strict.groupings[1].labels) == 1
    assert not strict.findings.of_code("FEW_CASES")


def p_has_z(profile):
    return profile[5] == 1


def test_households_are_counted_too_where_they_are_known():
    rows = {"a": [1, 1, 1, 1, 0, 0] * 10, "g": ["x"] * 30 + ["y"] * 30}
    spec = mpi.Specification.from_columns({"one": ["a"]}, cutoff=1)
    counted = mpi.tabulate(rows, spec, by="g", se=False)
    assert len(counted.publish(10).groupings[1].labels) == 2
    # the same persons in households of two or four: 6 to 20 households a cell
    households = [
        replace(g, households=True, table=replace(g.table, households=g.table.n // 4))
        for g in counted.groupings
    ]
    with pytest.raises(EstimationError, match="whole population"):
        replace(counted, groupings=tuple(households)).publish(10)


def test_bad_arguments_are_told_all_at_once(profiles):
    with pytest.raises(EstimationError) as told:
        profiles.publish(1, scheme="dane")
    assert "publish has 2 problems" in str(told.value)
    assert "min_n: 1 is no number of units" in str(told.value)
    assert "scheme: 'dane' withholds nothing" in str(told.value)
    with pytest.raises(EstimationError, match="min_n: '10' is no number"):
        profiles.publish("10")
    with pytest.raises(EstimationError, match="there is no scheme 'zap'"):
        profiles.publish(10, scheme="zap")
    with pytest.raises(EstimationError, match="looks at standard errors"):
        profiles.publish(10, scheme="eclac-2023", se=False)
    with pytest.raises(EstimationError, match="the whole population has fewer units than 100,000"):
        profiles.publish(100_000)


def test_what_is_not_published_is_refused(profiles, published):
    with pytest.raises(EstimationError, match="1/2 is not among the published cutoffs"):
        published.estimate(["1/3", "1/2"])
    for a, b in ((published, profiles), (profiles, published), (published, published)):
        with pytest.raises(EstimationError, match="they are published"):
            a + b
    with pytest.raises(mpi.MpiError, match="'PublishedProfiles' is no profile table"):
        mpi.overlap(published)


@pytest.fixture
def file(published, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    published.save("x.profiles.parquet")
    return "x.profiles.parquet"


def test_the_command_line_estimates_from_a_published_file(file, published, capsys):
    assert main(["estimate", file, "--k", "1/3", "--by", "area", "--out", "o.csv"]) == 0
    rows = pl.read_csv("o.csv").to_pandas()
    assert set(rows["by"]) == {"national", "area"}
    wanted = published.estimate("1/3").get("M0", area="rural")
    found = rows[(rows["measure"] == "M0") & (rows["group"] == "rural")]
    assert found["estimate"].item() == wanted.estimate
    assert found["se"].item() == wanted.se
    assert main(["estimate", file]) == 0
    assert "published, cells of 10 or more" in capsys.readouterr().out


def test_the_command_line_estimates_from_a_file_of_profiles(
    profiles, tmp_path, capsys, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    profiles.save("p.parquet")
    assert main(["estimate", "p.parquet", "--k", "1/2", "--by", "area*sex", "--out", "o.csv"]) == 0
    rows = pl.read_csv("o.csv").to_pandas()
    assert set(rows["by"]) == {"national", "area x sex"}
    found = rows[(rows["measure"] == "H") & (rows["by"] == "national")]["se"].item()
    assert found == profiles.estimate("1/2").get("H").se
    assert main(["estimate", "p.parquet", "--no-se", "--missing", "nondeprived"]) == 0
    assert "missing answers: nondeprived" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--weight", "w", "--set", "x=1"], ["--weight: is about", "--set", "2 problems"]),
        (["--missing", "drop", "--no-se"], ["--missing: was decided when", "--no-se: was"]),
        (["--by", "region"], ["by: the tables are not by region", "area, sex, area*sex"]),
        (["--k", "1/2"], ["1/2 is not among the published cutoffs", "Ask for 1/5, 1/3"]),
        (["--out", "x.profiles.parquet"], ["is read or written in the same run"]),
    ],
)  # fmt: skip
def test_options_that_need_microdata_or_another_publication_are_refused(
    file, capsys, options, words
):
    assert main(["estimate", file, *options]) == 2
    told = capsys.readouterr().err
    assert all(word in told for word in words), told


def test_a_file_whose_pooled_rows_are_gone_is_refused(file):
    table = pq.read_table(file)
    pq.write_table(table.slice(0, table.num_rows - 500), file)
    with pytest.raises(EstimationError, match="do not fit their description"):
        mpi.load_profiles(file)
    kept = table.filter([kind == "cell" for kind in table["kind"].to_pylist()])
    pq.write_table(kept, file)
    with pytest.raises(EstimationError, match="do not fit their description"):
        mpi.load_profiles(file)
