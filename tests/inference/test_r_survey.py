"""Standard errors against R `survey` 4.5 and `mpitbR` 1.0.1, whole files of figures."""

from __future__ import annotations

import math
import re

import numpy as np
import pandas as pd
import pytest
from r_files import (
    EDUCATION,
    EXACT,
    GLM,
    GLOBAL,
    HEALTH,
    LABELS,
    LIVING,
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


@pytest.mark.parametrize("removed", [True, False], ids=["rows removed", "rows a domain"])
def test_levels_of_the_synthetic_survey_are_those_of_r(removed, count):
    frame = pd.read_parquet(reference("reference", "syn", "syn_cdta.parquet"))
    frame = frame[frame["t"] == 1]
    if removed:
        frame = frame.dropna(subset=HEALTH + EDUCATION + LIVING)
    expected = read(reference("reference", "syn", "survey_levels_t1.csv"))
    expected["measure"] = expected["measure"].replace(MEASURES)
    profiles = mpi.tabulate(syn()(frame), GLOBAL, by=["area", "region"])
    for rule, column in (("design", "df_full"), ("domain", "df_dom")):
        ours = figures(profiles.estimate(K, df=rule))
        pairs = [("b", "estimate"), ("se_r", "se"), (column, "df")]
        count(assert_agree(expected, ours, pairs, LABELS))


@pytest.mark.parametrize("domain", [False, True])
@pytest.mark.parametrize("option", ["remove", "certainty", "adjust", "average"])
def test_strata_with_a_single_psu_are_treated_as_in_r(option, domain, count):
    frame = pd.read_csv(reference("reference", "syn", "syn_lonely.csv"))
    expected = read(reference("reference", "syn", "survey_lonely.parquet"))
    tag = f"lonely_{option}_domadj_{str(domain).upper()}"
    expected = expected[expected["tag"] == tag].drop(columns=["df_full", "df_dom", "n"])
    expected["measure"] = expected["measure"].replace(MEASURES)
    profiles = mpi.tabulate(syn()(frame), GLOBAL, by=["area", "region"])
    choice = {"remove": "certainty"}.get(option, option)
    estimates = profiles.estimate(K, lonely_psu=choice, domain_lonely=domain)
    assert [finding.code for finding in estimates.findings].count("LONELY_PSU") == 1
    ours = figures(estimates)
    count(assert_agree(expected, ours, [("b", "estimate"), ("se_r", "se")], LABELS))


def test_a_stratum_with_a_single_psu_is_refused_unless_something_is_chosen():
    frame = pd.read_csv(reference("reference", "syn", "syn_lonely.csv"))
    profiles = mpi.tabulate(syn()(frame), GLOBAL)
    with pytest.raises(mpi.EstimationError, match=r"12 of \d+ strata have a single PSU: 100, "):
        profiles.estimate()
    assert math.isnan(profiles.estimate(se=False).get("H").se)


def test_strata_with_one_psu_of_a_domain_are_treated_as_in_r(count):
    frame = pd.read_csv(reference("reference", "syn", "syn_lonely_rare.csv"))
    expected = pd.read_csv(reference("reference", "syn", "survey_domain_lonely.csv"))
    profiles = mpi.tabulate(syn()(frame), GLOBAL, by="rare")
    for row in expected.to_dict("records"):
        option = {"remove": "certainty"}.get(row["lonely"], row["lonely"])
        estimates = profiles.estimate(
            lonely_psu=option, domain_lonely=row["domain_lonely"], df="domain"
        )
        for measure in ("H", "M0", "A"):
            found = estimates.get(measure, rare=row["rare"])
            assert found.estimate == pytest.approx(row[measure], rel=EXACT)
            assert found.se == pytest.approx(row[f"{measure}_se"], rel=EXACT)
            assert found.df == row["df"]
            count(3)


def test_levels_of_both_waves_are_those_of_mpitbr(count):
    frame = pd.read_parquet(reference("reference", "syn", "syn_cdta.parquet"))
    expected = read(reference("reference", "syn", "mpitbR_levels.parquet"))
    for wave in (1, 2):
        profiles = mpi.tabulate(syn()(frame[frame["t"] == wave]), GLOBAL, by=["area", "region"])
        # mpitbR: the logit of A on [0, 1], and the whole design's degrees of freedom
        ours = figures(profiles.estimate(K, df="design"))
        theirs = expected[expected["t"] == wave].rename(columns={"loa": "domvar"})
        theirs = theirs.assign(domain=theirs["subg"].where(theirs["domvar"] != "nat", "nat"))
        zero = (theirs["b"].abs() < GLM) & (theirs["se"] == 0)
        theirs = theirs.loc[~zero, ["b", "se", "ll", "ul", *LABELS]]
        both = theirs.merge(ours, on=LABELS, how="left", suffixes=("_r", ""))
        assert len(both) == len(theirs)
        assert (both["b"] - both["estimate"]).abs().max() <= GLM
        known = both["se_r"].notna()
        assert ((both["se_r"] - both["se"]).abs()[known] <= EXACT * both["se_r"][known]).all()
        levels = both[known & both["measure"].isin(["H", "M0", "hd", "hdk"])]
        assert (levels["ll"] - levels["ci_low"]).abs().max() <= GLM
        assert (levels["ul"] - levels["ci_high"]).abs().max() <= GLM
        count(int(len(both) + known.sum() + 2 * len(levels)))


def test_contributions_of_groups_are_those_of_r(count):
    frame = pd.read_csv(reference("reference", "syn", "syn_weighted.csv"))
    expected = read(reference("reference", "syn", "weighted_group_contributions_k33.csv"))
    estimates = mpi.tabulate(syn()(frame), GLOBAL, by=["area", "region"]).estimate()
    for row in expected.to_dict("records"):
        for measure in ("popsh", "contribution_M0", "contribution_H"):
            name = "popshare" if measure == "popsh" else measure
            found = estimates.get(measure, **{row["by"]: row["level"]})
            assert found.estimate == pytest.approx(row[name], rel=EXACT)
            assert found.se == pytest.approx(row[f"{name}_se"], rel=EXACT)
            count(2)


METHODS = {"xlogit": "logit", "mean": "wald", "asin": "asin", "wilson": "wilson", "beta": "beta"}


def test_intervals_are_those_of_r(count):
    frame = pd.read_csv(reference("reference", "syn", "syn_weighted.csv"))
    expected = read(reference("reference", "syn", "weighted_ci_methods.csv"))
    profiles = mpi.tabulate(syn()(frame), GLOBAL, by=["area", "region"])
    names = {"p33": ("H", "1/3"), "p50": ("H", "1/2"), "s33": ("M0", "1/3")}
    compared = 0
    for row in expected.to_dict("records"):
        if row["method"] not in METHODS:
            continue
        estimates = profiles.estimate(K, df="domain", interval=METHODS[row["method"]])
        variable, value = re.fullmatch(r"([a-z]+)(\d*)", row["domain"]).groups()
        group = {variable: int(value)} if value else {}
        measure, k = names.get(row["y"], ("hd", None))
        indicator = row["y"] if measure == "hd" else None
        found = estimates.get(measure, k=k, indicator=indicator, **group)
        assert found.ci_low == pytest.approx(row["ll"], rel=EXACT, abs=EXACT)
        assert found.ci_high == pytest.approx(row["ul"], rel=EXACT, abs=EXACT)
        compared += 2
    assert compared > 100
    count(compared)


TENTHS = ["ipm_Material", "ipm_Hacinamiento", "ipm_Agua", "ipm_Saneamiento", "ipm_Energia"]
TENTHS += ["ipm_Internet"]
FIFTHS = ["ipm_educacion", "ipm_Empleo_Aseguramiento"]
GEIH_CUTOFFS = {"1/5": "k20", "1/3": "k33", "2/5": "k40", "1/2": "k50"}


@pytest.mark.parametrize("option", ["adjust", "certainty"])
def test_the_survey_of_colombia_is_as_in_r(option, count):
    path = reference("colombia-geih-2018", "persons.parquet")
    expected = pd.read_csv(reference("reference", "geih2018", "survey.csv"), dtype={"level": str})
    expected = expected[(expected["lonely"] == option)]
    spec = mpi.Specification.from_columns(
        {"tenths": TENTHS, "fifths": FIFTHS},
        cutoff="2/5",
        weights=dict.fromkeys(TENTHS, "1/10") | dict.fromkeys(FIFTHS, "1/5"),
    )
    by = [name for name in expected["by"].unique() if name != "national"]
    survey = mpi.Survey(path, weight="fep", strata="estrato", psu="upm")
    profiles = mpi.tabulate(survey, spec, by=by)
    ours = profiles.estimate(list(GEIH_CUTOFFS), lonely_psu=option).to_pandas()
    ours = ours[ours["category"].isna() & (ours["indicator"].notna() | ours["dimension"].isna())]
    ours["k"] = ours["k"].map(GEIH_CUTOFFS).fillna("none")
    ours["level"] = ours["group"].fillna("all")
    named = ours["indicator"].notna() & ours["measure"].isin(["hd", "hdk", "pctb"])
    ours.loc[named, "measure"] += ":" + ours.loc[named, "indicator"]
    limits = ours[ours["measure"] == "H"]
    for name in ("ci_low", "ci_high"):
        # R's limits of H come from an iterated regression with noise of 4e-11
        part = expected[expected["measure"] == f"H_{name}"].assign(measure="H")
        both = part.merge(limits, on=["k", "by", "level", "measure"], how="left")
        assert (both["estimate_x"] - both[name]).abs().max() <= 1e-9
        count(len(both))
    theirs = expected[~expected["measure"].str.startswith("H_ci")]
    labels = ["k", "by", "level", "measure"]
    theirs = theirs[[*labels, "estimate", "se"]].rename(columns={"estimate": "b"})
    count(assert_agree(theirs, ours, [("b", "estimate"), ("se_r", "se")], labels))


def test_the_survey_of_mexico_is_as_in_r(count):
    folder = "mexico-enigh-2016"
    persons = pd.read_parquet(reference(folder, "persons.parquet"))
    households = pd.read_parquet(reference(folder, "households.parquet"))
    dwellings = pd.read_parquet(reference(folder, "dwellings.parquet"))
    frame = persons.merge(households, on=["folioviv", "foliohog"]).merge(dwellings, on="folioviv")
    frame["state"] = frame["ubica_geo"].str[:2]
    frame["rural"] = (frame["tam_loc"].astype(int) == 4).astype(int)
    expected = pd.read_csv(reference("reference", "enigh2016", "survey.csv"), dtype={"level": str})
    expected["by"] = expected["by"].replace({"nat": "national"})
    flags = ["ic_rezedu", "ic_asalud", "ic_segsoc", "ic_cv", "ic_sbv", "ic_ali"]
    spec = mpi.Specification.from_columns({name: [name] for name in flags}, cutoff="1/6")
    by = [name for name in expected["by"].unique() if name != "national"]
    survey = mpi.Survey(frame, weight="factor", strata="est_dis", psu="upm")
    estimates = mpi.tabulate(survey, spec, by=by).estimate(["1/6", "2/6", "3/6"])
    ours = estimates.to_pandas()
    ours = ours[ours["category"].isna() & (ours["indicator"].notna() | ours["dimension"].isna())]
    names = {"1/6": " k=1/6", "1/3": " k=2/6", "1/2": " k=3/6"}
    ours["measure"] += ours["k"].map(names).fillna("")
    hd = ours["measure"] == "hd"
    ours.loc[hd, "measure"] += ":" + ours.loc[hd, "indicator"]
    ours["level"] = ours["group"].fillna("all")
    labels = ["by", "level", "measure"]
    theirs = expected[[*labels, "estimate", "se"]].rename(columns={"estimate": "b"})
    count(assert_agree(theirs, ours, [("b", "estimate"), ("se_r", "se")], labels))
    assert estimates.get("H", k="1/6").df == 7355


def test_differences_and_ratios_of_groups_are_those_of_r(count):
    frame = pd.read_csv(reference("reference", "syn", "syn_weighted.csv"))
    expected = pd.read_csv(reference("reference", "syn", "weighted_contrasts.csv"))
    estimates = mpi.tabulate(syn()(frame), GLOBAL, by=["area", "region"]).estimate(K)
    pattern = r"(\w+): (\w+)=(\d+) (minus|over) \w+=(\d+)"
    compared = 0
    for row in expected.to_dict("records"):
        match = re.fullmatch(pattern, row["contrast"])
        if match is None:
            continue
        name, by, one, how, other = match.groups()
        a, b = (figure(estimates, name, {by: int(value)}) for value in (one, other))
        found = a - b if how == "minus" else a / b
        assert found.estimate == pytest.approx(row["estimate"], abs=EXACT)
        assert found.se == pytest.approx(row["se"], rel=1e-11)  # the reference README's bound
        compared += 2
    assert compared == 36
    count(compared)


def test_differences_between_cutoffs_and_measures_are_those_of_r(count):
    frame = pd.read_csv(reference("reference", "syn", "syn_weighted.csv"))
    expected = pd.read_csv(reference("reference", "syn", "weighted_contrasts.csv"))
    expected = expected.set_index("contrast")
    e = mpi.tabulate(syn()(frame), GLOBAL).estimate(K)

    def hdk(indicator):
        return e.get("hdk", k="1/3", indicator=indicator)

    ours = {
        "H(1/3) minus H(1/2)": e.get("H", k="1/3") - e.get("H", k="1/2"),
        "M0(1/5) minus M0(1/2)": e.get("M0", k="1/5") - e.get("M0", k="1/2"),
        "H(1/5) minus H(1/3): vulnerable band": e.get("H", k="1/5") - e.get("H", k="1/3"),
        "M0(1/3) minus hd:d_cm": e.get("M0", k="1/3") - e.get("hd", indicator="d_cm"),
        "hd minus hdk(1/3), d_wtr": e.get("hd", indicator="d_wtr") - hdk("d_wtr"),
        "hdk(1/3): d_nutr minus d_cm": hdk("d_nutr") - hdk("d_cm"),
        "A(1/3) as M0/H": e.get("M0", k="1/3") / e.get("H", k="1/3"),
        "A(1/2) minus A(1/3)": e.get("A", k="1/2") - e.get("A", k="1/3"),
    }
    for dimension in ("health", "education", "living"):
        for measure in ("actb", "pctb"):
            name = f"{measure} of dimension {dimension}, k=1/3"
            ours[name] = e.get(measure, k="1/3", dimension=dimension)
    for name, found in ours.items():
        assert found.estimate == pytest.approx(expected.loc[name, "estimate"], abs=EXACT)
        assert found.se == pytest.approx(expected.loc[name, "se"], rel=1e-11)
        count(2)


def test_the_covariance_of_all_figures_is_that_of_r(count):
    frame = pd.read_csv(reference("reference", "syn", "syn_weighted.csv"))
    expected = pd.read_csv(reference("reference", "syn", "weighted_covariance_k33.csv"))
    names = expected["measure"].tolist()
    theirs = expected[names].to_numpy()
    estimates = mpi.tabulate(syn()(frame), GLOBAL).estimate("1/3")
    figures_ = [
        estimates.get(kind, k=None if kind == "hd" else "1/3", indicator=indicator or None)
        for kind, _, indicator in (name.partition(":") for name in names)
    ]
    ours = estimates.covariance(figures_)
    scale = np.sqrt(np.outer(np.diag(theirs), np.diag(theirs)))
    assert (np.abs(ours - theirs) <= EXACT * scale).all()
    count(theirs.size)


def test_inequality_among_the_poor_and_its_power_of_the_score_are_those_of_r(count):
    frame = pd.read_csv(reference("reference", "syn", "syn_weighted.csv"))
    expected = pd.read_csv(reference("reference", "syn", "weighted_contrasts.csv"))
    expected = expected.set_index("contrast")
    estimates = mpi.inequality(mpi.tabulate(syn()(frame), GLOBAL, by="area"), "1/3")
    ours = {
        "variance of the score among the poor, k=1/3 (beta=1)": ("inequality", "beta=1"),
        "M0^gamma with gamma=2, k=1/3": ("M0_gamma", "gamma=2"),
    }
    for name, (measure, category) in ours.items():
        found = estimates.get(measure, category=category)
        assert found.estimate == pytest.approx(expected.loc[name, "estimate"], abs=EXACT)
        assert found.se == pytest.approx(expected.loc[name, "se"], rel=1e-11)
        count(2)
