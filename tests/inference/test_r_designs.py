"""Finite populations, stages, design effects, replicates and changes against R `survey` 4.5."""

from __future__ import annotations

import re

import pandas as pd
import pytest
from r_files import (
    EXACT,
    GLOBAL,
    LABELS,
    MEASURES,
    K,
    assert_agree,
    figure,
    figures,
    read,
    reference,
    syn,
)

import mpi

SCHOOLS = mpi.Specification.from_columns(
    {"a": ["g1"], "b": ["g2"], "c": ["g3"], "d": ["g4"]},
    cutoff="1/3",
    weights={"g1": "1/3", "g2": "1/6", "g3": "1/6", "g4": "1/3"},
)


def schools(name: str) -> pd.DataFrame:
    return pd.read_csv(reference("reference", "api", f"api_{name}.csv"), dtype={"cds": str})


STAGES = [mpi.Stage(unit="snum", fpc="fpc2")]
DESIGNS = {
    "apistrat_fpc": ("strat", {"weight": "pw", "strata": "stype", "fpc": "fpc"}),
    "apistrat_nofpc": ("strat", {"weight": "pw", "strata": "stype"}),
    "apiclus1_fpc": ("clus1", {"weight": "pw", "psu": "dnum", "fpc": "fpc"}),
    "apiclus2_twostage_fpc": ("clus2", {"psu": "dnum", "fpc": "fpc1", "stages": STAGES}),
    "apiclus2_ultimate_cluster": ("clus2", {"weight": "pw", "psu": "dnum"}),
}


@pytest.mark.parametrize("tag", DESIGNS)
def test_samples_of_schools_are_as_in_r(tag, count):
    """Drawn directly within strata, by clusters, in two stages; the weight rebuilt in one case."""
    name, design = DESIGNS[tag]
    expected = read(reference("reference", "api", "survey_fpc.csv"))
    expected = expected[expected["tag"] == tag].drop(columns=["n"])
    expected["measure"] = expected["measure"].replace(MEASURES)
    assert len(expected) == 112
    profiles = mpi.tabulate(mpi.Survey(schools(name), **design), SCHOOLS, by="stype")
    for rule, column in (("design", "df_full"), ("domain", "df_dom")):
        ours = figures(profiles.estimate(["1/3", "1/2"], df=rule))
        pairs = [("b", "estimate"), ("se_r", "se"), (column, "df")]
        count(assert_agree(expected, ours, pairs, LABELS))


def test_a_direct_sample_is_one_in_which_each_row_is_a_psu(count):
    """The short way over sums of squares against the long way over cells."""
    frame = schools("strat")
    for more in ({}, {"fpc": "fpc"}):
        direct = mpi.Survey(frame, weight="pw", strata="stype", **more)
        cells = mpi.Survey(frame, weight="pw", strata="stype", psu="snum", **more)
        one, other = (
            mpi.tabulate(survey, SCHOOLS, by="stype").estimate(["1/3", "1/2"]).to_pandas()
            for survey in (direct, cells)
        )
        for name in ("estimate", "se", "ci_low", "ci_high", "df", "deff", "n_psu"):
            left, right = one[name].to_numpy(float), other[name].to_numpy(float)
            assert left == pytest.approx(right, rel=1e-9, abs=1e-12, nan_ok=True), name
            count(len(left))


@pytest.mark.parametrize("tag", ["apiclus1_fpc_JK1", "apiclus1_nofpc_JK1", "apistrat_fpc_JKn"])
def test_jackknives_of_finite_populations_are_as_in_r(tag, count):
    expected = pd.read_csv(reference("reference", "api", "jackknife_fpc.csv"))
    name, fpc, method = re.fullmatch(r"api(\w+)_(\w+)_(\w+)", tag).groups()
    design = {"strata": "stype"} if name == "strat" else {"psu": "dnum"}
    survey = mpi.Survey(
        schools(name),
        weight="pw",
        fpc="fpc" if fpc == "fpc" else None,
        replicates=mpi.Replicates(method.lower()),
        **design,
    )
    estimates = mpi.tabulate(survey, SCHOOLS).estimate("1/3")
    rows = expected[expected["design"] == tag]
    assert len(rows) == 3
    for row in rows.to_dict("records"):
        found = estimates.get(row["measure"])
        assert found.estimate == pytest.approx(row["b"], rel=EXACT)
        assert found.se == pytest.approx(row["se"], rel=EXACT)
        assert found.df == row["df"]
        count(3)


# method in R: the file of its factors, and our declaration of them
SUPPLIED = {
    "BRR": ("brr", "brr", {}),
    "Fay0.5": ("fay05", "fay", {"rho": 0.5}),
    "subbootstrap": ("rao_wu", "rao-wu", {}),
    "bootstrap": ("canty_davison", "canty-davison", {"scale": "from R"}),
    "mrbbootstrap": ("preston", "preston", {}),
}
DOMAINS = {"nat": {}, "area0": {"area": 0}, "area1": {"area": 1}, "region7": {"region": 7}}


def compared(estimates, rows, count):
    for row in rows.to_dict("records"):
        measure, _, indicator = row["measure"].partition("_")
        group = DOMAINS[row["domain"]]
        found = estimates.get(measure, k="1/3", indicator=indicator or None, **group)
        assert found.estimate == pytest.approx(row["b"], rel=EXACT)
        assert found.se == pytest.approx(row["se"], rel=EXACT), row
        count(2)


@pytest.mark.parametrize("mse", [True, False])
@pytest.mark.parametrize("method", SUPPLIED)
def test_replicate_weights_that_were_supplied_give_the_errors_of_r(method, mse, count):
    expected = pd.read_csv(reference("reference", "syn", "replicates.csv"))
    rows = expected[expected["method"] == method + ("_mse" if mse else "")]
    assert len(rows) == 56
    scales = pd.read_csv(reference("reference", "syn", "replicate_scales.csv"))
    scale = float(scales.set_index("method")["scale"][method])
    name, ours, more = SUPPLIED[method]
    frame = pd.read_csv(reference("reference", "syn", f"{rows['data'].iloc[0]}.csv"))
    factors = pd.read_csv(reference("reference", "syn", f"replicate_factors_{name}.csv"))
    columns = [column for column in factors if re.fullmatch(r"r\d+", column)]
    frame = frame.merge(factors, on=["stratum", "psu"], validate="many_to_one")
    more = {key: scale if value == "from R" else value for key, value in more.items()}
    declared = mpi.Replicates(ours, columns=columns, factors=True, mse=mse, **more)
    survey = mpi.Survey(frame, weight="weight", strata="stratum", psu="psu", replicates=declared)
    estimates = mpi.tabulate(survey, GLOBAL, by=["area", "region"]).estimate("1/3")
    compared(estimates, rows, count)


@pytest.mark.parametrize("mse", [True, False])
def test_the_jackknife_within_strata_is_that_of_r(mse, count):
    expected = pd.read_csv(reference("reference", "syn", "replicates.csv"))
    rows = expected[expected["method"] == ("JKn_mse" if mse else "JKn")]
    assert len(rows) == 56
    frame = pd.read_csv(reference("reference", "syn", "syn_weighted.csv"))
    profiles = mpi.tabulate(syn()(frame), GLOBAL, by=["area", "region"])
    estimates = profiles.estimate("1/3", replicates=mpi.Replicates("jkn", mse=mse))
    compared(estimates, rows, count)


def test_linearised_errors_beside_those_of_replicates_are_those_of_r(count):
    expected = pd.read_csv(reference("reference", "syn", "replicates.csv"))
    for data in ("syn_weighted", "syn_weighted_two_psu"):
        rows = expected[(expected["method"] == "linearised") & (expected["data"] == data)]
        frame = pd.read_csv(reference("reference", "syn", f"{data}.csv"))
        estimates = mpi.tabulate(syn()(frame), GLOBAL, by=["area", "region"]).estimate("1/3")
        compared(estimates, rows, count)


@pytest.mark.parametrize("method", ["brr", "fay"])
def test_balanced_half_samples_of_means_and_totals_are_exact(method):
    """Balance makes them the linearised variance for what is linear, whatever the matrix."""
    frame = pd.read_csv(reference("reference", "syn", "syn_weighted_two_psu.csv"))
    profiles = mpi.tabulate(syn()(frame), GLOBAL)
    half = profiles.estimate("1/3", replicates=mpi.Replicates(method, rho=0.3))
    linear = profiles.estimate("1/3")
    assert half.get("N_poor").se == pytest.approx(linear.get("N_poor").se, rel=EXACT)
    assert half.get("N_poor").df == linear.get("N_poor").df


def test_design_effects_are_those_of_r(count):
    frame = pd.read_csv(reference("reference", "syn", "syn_weighted.csv"))
    expected = pd.read_csv(reference("reference", "syn", "weighted_ci_methods.csv"))
    expected = expected[expected["method"] == "xlogit"]
    profiles = mpi.tabulate(syn()(frame), GLOBAL, by=["area", "region"])
    names = {"p33": "H@1/3", "p50": "H@1/2", "s33": "M0@1/3"}
    for kind, column in (("replace", "deff_replace"), ("without", "deff_srswor")):
        estimates = profiles.estimate(K, deff=kind)
        for row in expected.to_dict("records"):
            variable, value = re.fullmatch(r"([a-z]+)(\d*)", row["domain"]).groups()
            group = {variable: int(value)} if value else {}
            measure, _, k = names.get(row["y"], "hd@").partition("@")
            indicator = row["y"] if measure == "hd" else None
            found = estimates.get(measure, k=k or None, indicator=indicator, **group)
            assert found.deff == pytest.approx(row[column], rel=1e-11), row
            count(1)


def test_changes_of_waves_with_the_same_psus_are_those_of_r(count):
    """Both waves in one design, each a domain; differences, ratios and compound rates."""
    frame = pd.read_parquet(reference("reference", "syn", "syn_cdta.parquet"))
    expected = pd.read_csv(reference("reference", "syn", "survey_change.csv"))
    expected = expected[expected["mode"] == "overlap_same_psu"]
    estimates = mpi.tabulate(syn()(frame), GLOBAL, by="t").estimate("1/3")
    years = 8.5
    for row in expected.to_dict("records"):
        first, second = (figure(estimates, row["y"], {"t": wave}) for wave in (1, 2))
        ratio = second / first
        ours = {
            "abs": second - first,
            "rel": 100 * (ratio - 1),
            "absann": (second - first) / years,
            "relann": 100 * (ratio ** (1 / years) - 1),
        }
        for name, found in ours.items():
            if pd.isna(row[f"{name}_se"]):  # the file has no relative change of A
                assert row["y"] == "A33"
                continue
            assert found.estimate == pytest.approx(row[name], rel=1e-11), name
            assert found.se == pytest.approx(row[f"{name}_se"], rel=1e-11), name
            count(2)
