"""Frames in the layout of mpitb, against those of mpitbR, and the way through Stata files."""

from __future__ import annotations

import os
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from people import estimates, specification, survey

import mpi
from mpi.errors import EstimationError
from mpi.stata import variable_names

EXACT = 1e-12
# mpitbR takes point estimates from an iterated logistic regression: noise, absolute
GLM = 2e-8
# mpitbR writes a headcount of exactly 0 as 3e-12; in percent of a figure of a few hundredths
NOTHING = 1e-8
DIMENSIONS = {
    "hl": ["d_nutr", "d_cm"],
    "ed": ["d_satt", "d_educ"],
    "ls": ["d_elct", "d_sani", "d_wtr", "d_hsg", "d_ckfl", "d_asst"],
}
KEYS = ["loa", "subg", "measure", "indicator", "k"]


def reference(name):
    default = Path(__file__).parents[2].parent / "shared" / "data"
    path = Path(os.environ.get("MPI_SHARED_DATA", default), "reference", "syn", name)
    if not path.exists():
        pytest.skip(f"microdata not present: ../shared/data/reference/syn/{name}")
    return pd.read_parquet(path)


@pytest.fixture(scope="module")
def waves():
    frame = reference("syn_cdta.parquet")
    spec = mpi.Specification.from_columns(DIMENSIONS, cutoff="1/3", id="trial")
    made = []
    for t, date in ((1, "2010"), (2, "2018.5")):
        own = mpi.Survey(
            frame[frame["t"] == t], weight="weight", strata="stratum", psu="psu", date=date
        )
        profiles = mpi.tabulate(own, spec, by=["area", "region"])
        made.append(
            profiles.estimate(["1/18", "1/5", "1/3", "1/2"], df="design", intensity_interval="unit")
        )
    return made


def comparable(frame):
    """Keys as plain values; mpitbR calls 1/18 1, and we 5."""
    frame = frame.copy()
    frame["subg"] = pd.to_numeric(frame["subg"].replace("nat", None)).fillna(-1).astype(int)
    frame["k"] = frame["k"].fillna(-1).astype(int).replace(5, 1)
    for name in ("loa", "measure", "indicator"):
        frame[name] = frame[name].astype(object).where(frame[name].notna(), "")
    return frame


def test_levels_are_the_frame_of_mpitbr(waves, tmp_path):
    mpi.to_mpitb(*waves).save(tmp_path / "levels.dta")
    ours = comparable(pd.read_stata(tmp_path / "levels.dta"))
    theirs = comparable(reference("mpitbR_levels.parquet"))
    assert set(theirs["ctype"]) == {"lev"}
    both = theirs.merge(ours, on=[*KEYS, "t"], suffixes=("", "_ours"), validate="one_to_one")
    assert len(both) == len(theirs) == 6_532
    assert set(both["ctype_ours"]) == {0}
    np.testing.assert_allclose(both["b_ours"], both["b"], rtol=0, atol=GLM)
    known = both["se"].notna() & (both["b_ours"] > 0)
    np.testing.assert_allclose(both["se_ours"][known], both["se"][known], rtol=EXACT)
    limits = known & both["ll_ours"].notna()
    assert limits.sum() > 2_800  # mpitbR gives neither errors nor limits of contributions
    for name in ("ll", "ul"):
        np.testing.assert_allclose(both[f"{name}_ours"][limits], both[name][limits], atol=GLM)


def test_changes_are_the_frame_of_mpitbr(waves, tmp_path):
    changes = mpi.change(*waves, samples="overlapping", reference="normal", interval="wald")
    mpi.to_mpitb(changes).save(tmp_path / "changes.csv")
    ours = comparable(pd.read_csv(tmp_path / "changes.csv"))
    theirs = comparable(reference("mpitbR_changes.parquet"))
    theirs["ctype"] = theirs["ctype"].map({"abs": 1, "rel": 2})
    on = [*KEYS, "ctype", "ann"]
    both = theirs.merge(ours, on=on, suffixes=("", "_ours"), validate="one_to_one")
    assert len(both) == len(theirs) == 5_704
    np.testing.assert_allclose(both["b_ours"], both["b"], rtol=EXACT, atol=NOTHING)
    known = both["se_ours"].notna() & both["se"].notna()
    assert known.sum() >= 5_700
    np.testing.assert_allclose(both["se_ours"][known], both["se"][known], rtol=EXACT, atol=1e-11)
    assert (both["yt0_ours"] == both["yt0"]).all()
    assert (both["yt1_ours"] == both["yt1"]).all()


def test_the_statistic_is_the_estimate_over_its_error(waves):
    frame = mpi.to_mpitb(waves[0]).to_pandas()
    own = frame.query("measure == 'H' and loa == 'nat' and k == 33").iloc[0]
    assert own["tval"] == own["b"] / own["se"]
    assert 0 <= own["pval"] < 1e-12
    counted = frame.query("measure == 'N' and loa == 'nat'")
    assert counted["b"].tolist() == [waves[0].get("H", k="1/3").n]


def test_what_mpitb_has_no_code_for_is_left_out_and_said():
    frame = mpi.to_mpitb(estimates())
    kept = set(frame.to_pandas()["measure"])
    assert kept == {"H", "A", "M0", "hd", "hdk", "actb", "pctb", "popsh", "N"}
    (finding,) = frame.findings.of_code("NOT_IN_MPITB")
    assert "actb of dimensions" in finding.detail


def test_groups_of_texts_are_numbered_and_keep_their_text():
    frame = mpi.to_mpitb(estimates()).to_pandas().query("measure == 'H'")
    assert frame["loa"].tolist() == ["nat", "region", "region"]
    assert frame["subg"].tolist()[1:] == [1.0, 2.0]
    assert frame["group"].tolist()[1:] == ["North", "South"]


def test_cutoffs_of_one_percent_are_refused():
    with pytest.raises(EstimationError, match=r"the cutoffs 33/100 and 1/3 are both 33 percent"):
        mpi.to_mpitb(estimates(k=["33%", "1/3"]))
    with pytest.raises(EstimationError, match="there is no result"):
        mpi.to_mpitb()
    with pytest.raises(EstimationError, match="an object of type 'int' has no such frame"):
        mpi.to_mpitb(3)


def test_two_thirds_are_66_percent():
    frame = mpi.to_mpitb(estimates(k="2/3")).to_pandas()
    assert set(frame["k"].dropna()) == {66}


def test_a_stata_file_of_answers_gives_measures_with_errors(tmp_path):
    frame = pd.DataFrame({"a": [1, 0, 1, 1, 0, 0], "b": [0, 0, 1, 1, 1, 0]})
    frame["region"] = pd.Categorical.from_codes([0, 0, 0, 1, 1, 1], ["Norte", "Sur"])
    frame["w"], frame["psu"] = [1.5, 2, 1, 1, 3, 1], [1, 1, 2, 3, 4, 4]
    frame.to_stata(tmp_path / "d.dta", write_index=False)
    spec = mpi.Specification.from_columns({"x": ["a"], "y": ["b"]}, cutoff="1/2")
    found = mpi.measure(tmp_path / "d.dta", spec, weight="w", by="region")
    poor = frame.eval("a + b > 0")
    for code, name in enumerate(("Norte", "Sur")):
        own = frame["region"] == name
        expected = frame["w"][own & poor].sum() / frame["w"][own].sum()
        assert found.get("H", region=code).estimate == pytest.approx(expected, rel=1e-15)
        assert found.get("H", region=name).se > 0


def test_a_stata_file_has_the_rows_of_the_result(tmp_path):
    found = estimates()
    found.save(tmp_path / "r.dta")
    again = pd.read_stata(tmp_path / "r.dta")
    ours = found.to_pandas()
    assert len(again) == len(ours)
    pd.testing.assert_series_equal(again["estimate"], ours["estimate"])
    assert again["n"].tolist() == ours["n"].tolist()
    texts = ours["indicator"].astype(object).where(ours["indicator"].notna(), "")
    assert again["indicator"].tolist() == texts.tolist()


def test_a_stata_file_takes_odd_names_long_texts_and_missing_numbers(tmp_path):
    frame = {"a": [1, 0, 1, 1], "Región de más": ["x" * 3000, "é", "=1+1", None]}
    spec = mpi.Specification.from_columns({"d": ["a"]}, cutoff=1)
    mpi.measure(frame, spec, by="Región de más").save(tmp_path / "r.dta")
    with pd.read_stata(tmp_path / "r.dta", iterator=True) as reader:
        labels = reader.variable_labels()
        again = reader.read()
    assert labels["Region_de_mas"] == "Región de más"
    assert set(again["Region_de_mas"]) == {"", "x" * 3000, "é", "=1+1"}
    assert again["estimate"].isna().any()


def test_labels_of_the_variables_are_those_of_the_layout(tmp_path):
    mpi.to_mpitb(estimates()).save(tmp_path / "r.dta")
    with pd.read_stata(tmp_path / "r.dta", iterator=True) as reader:
        labels = reader.variable_labels()
    assert labels["loa"] == "level of analysis: nat, or grouping variable"
    assert set(labels) == set(mpi.to_mpitb(estimates()).columns)


def test_names_of_variables_are_allowed_and_unique():
    found = variable_names(["a" * 40, "a" * 41, "1", "if", "", "ñ", "日本", "str5", "x y", "x_y"])
    assert len(set(found)) == len(found)
    for name in found:
        assert 1 <= len(name) <= 32
        assert name.isascii()
        assert name.isidentifier()
    assert "if" not in found
    assert "str5" not in found


def test_results_and_profile_tables_go_through_the_arrow_interchange():
    profiles = mpi.tabulate(survey(("N", "S")), specification(), by="region")
    found = profiles.estimate()
    assert pl.DataFrame(found).equals(found.to_polars())
    assert pa.table(found).equals(found.to_arrow())
    assert duckdb.sql("select count(*) from found").fetchall() == [(len(found),)]
    assert pl.DataFrame(profiles).height == profiles.to_arrow().num_rows
    query = "select sum(n), sum(weight) from profiles where \"by\" = 'region'"
    ((n, weight),) = duckdb.sql(query).fetchall()
    assert n == profiles.n
    assert weight == pytest.approx(profiles.groupings[0].table.weight.sum(), rel=1e-12)


def test_a_result_of_several_parts_loses_no_row_on_its_way():
    waves = [
        mpi.tabulate(survey(("N", "S"), seed=s, date=d), specification()).estimate()
        for s, d in ((3, "2018"), (4, "2022"))
    ]
    changes = mpi.change(*waves, samples="independent")
    assert changes.to_arrow()["estimate"].num_chunks > 1
    assert pl.DataFrame(changes)["measure"].to_list() == changes.to_pandas()["measure"].tolist()


def test_rows_of_profiles_give_the_headcounts_again():
    data = survey(("N", "S"))
    profiles = mpi.tabulate(data, specification(), by="region")
    rows = profiles.to_pandas().query("by == 'region' and region == 'S'")
    share = (rows["deprived_c"] * rows["weight"]).sum() / rows["weight"].sum()
    found = profiles.estimate().get("hd", indicator="c", region="S").estimate
    assert share == pytest.approx(found, rel=1e-12)
    assert rows["psu"].nunique() == profiles.estimate().to_pandas()["n_psu"].max()


def test_a_missing_answer_is_missing_in_the_rows_of_profiles():
    spec = mpi.Specification.from_columns({"d": ["a"]}, cutoff=1)
    table = mpi.tabulate({"a": [1, 0, None]}, spec, se=False).to_arrow()
    assert sorted(table["deprived_a"].to_pylist(), key=str) == [False, None, True]
    assert table.column_names == [
        *("by", "group", "deprived_a", "n", "weight", "households", "household_weight")
    ]


def test_a_variable_with_the_name_of_a_column_of_profiles_is_refused():
    frame = {"a": [1, 0, 1], "deprived_a": ["x", "y", "x"]}
    spec = mpi.Specification.from_columns({"d": ["a"]}, cutoff=1)
    profiles = mpi.tabulate(frame, spec, by="deprived_a")
    with pytest.raises(EstimationError, match="'deprived_a' is the name of a column"):
        profiles.to_arrow()
