"""What can be published at which level: counted from the flags of every figure."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import mpi
from mpi.publication import SCHEMES

SPEC = mpi.Specification.from_columns({"x": ["a"], "y": ["b"]}, cutoff="1/2")
# sums of shares
EXACT = 1e-12


def people(sizes=(400, 80, 40, 10), seed=1):
    """Persons in regions of different size, each PSU of ten persons."""
    rng = np.random.default_rng(seed)
    region = np.repeat([f"r{i}" for i in range(len(sizes))], sizes)
    n = region.size
    return pd.DataFrame(
        {
            "a": rng.random(n) < 0.3,
            "b": rng.random(n) < 0.4,
            "region": region,
            "sex": rng.choice(["f", "m"], n),
            "w": rng.uniform(1, 3, n),
            "psu": np.arange(n) // 10,
        }
    )


def tabulated(frame=None, by=("region", "sex"), **design):
    frame = people() if frame is None else frame
    survey = mpi.Survey(frame, weight="w", psu="psu", **design)
    return mpi.tabulate(survey, SPEC, by=list(by))


@pytest.mark.parametrize("scheme", SCHEMES)
def test_groups_are_counted_by_the_flags_of_their_figures(scheme):
    estimates = tabulated().estimate(["1/2", 1])
    found = mpi.publishable(estimates, scheme=scheme, measures=["H", "A", "M0"]).to_pandas()
    rows = estimates.flag(scheme).to_pandas()
    shares = rows[rows["measure"] == "popsh"].set_index(["by", "region", "sex"])["estimate"]
    rows = rows[rows["measure"].isin(["H", "A", "M0"])]
    rows["flag"] = rows["flag"].where(rows["estimate"].notna(), "not defined").fillna("no flag")
    for (by, measure, k, flag), own in rows.groupby(["by", "measure", "k", "flag"]):
        (one,) = found[
            (found["by"] == by)
            & (found["measure"] == measure)
            & (found["k"] == k)
            & (found["flag"] == flag)
        ].to_dict("records")
        level = rows[(rows["by"] == by) & (rows["measure"] == measure) & (rows["k"] == k)]
        assert one["groups"] == len(own)
        assert one["share"] == pytest.approx(len(own) / len(level))
        population = shares.loc[list(own.set_index(["by", "region", "sex"]).index)].sum()
        assert one["population"] == pytest.approx(population, abs=EXACT)
        assert one["n_smallest"] == own["n"].min()
        assert one["n_psu_fewest"] == own["n_psu"].min()
        # nothing is said of a figure that is not defined
        assert one["df_fewest"] == pytest.approx(own["df"].min(), nan_ok=True)
        assert one["withheld"] == (flag in SCHEMES[scheme].suppressed)
    assert found["groups"].sum() == len(rows)


law = settings(deadline=None, max_examples=15, suppress_health_check=[HealthCheck.too_slow])


@law
@given(
    sizes=st.lists(st.integers(2, 30), min_size=1, max_size=5),
    scheme=st.sampled_from(sorted(SCHEMES)),
    seed=st.integers(0, 99),
)
def test_shares_of_a_level_add_up_to_one_and_its_groups_to_their_number(sizes, scheme, seed):
    frame = people([10 * size for size in sizes], seed)
    found = mpi.publishable(tabulated(frame), scheme=scheme, measures=["H", "A", "hd"])
    table = found.to_pandas()
    keys = ["by", "measure", "dimension", "indicator", "k"]
    sums = table.groupby(keys, dropna=False)[["groups", "share", "population"]].sum()
    assert np.allclose(sums["share"], 1, atol=EXACT)
    assert np.allclose(sums["population"], 1, atol=EXACT)
    regions = sums.xs("region", level="by")["groups"]
    assert (regions == len(sizes)).all()
    levels = found.levels().to_pandas()
    assert (levels["published"] <= levels["groups"]).all()
    assert len(levels) == len(sums)


def test_levels_say_how_many_groups_can_be_published():
    found = mpi.publishable(tabulated(), scheme="ine-chile-2020", measures="H")
    levels = found.levels().to_pandas().set_index("by")
    # 400 and 80 persons pass; 40 and 10 are fewer than 60
    assert levels.loc["region", ["groups", "published"]].tolist() == [4, 2]
    weights = people().groupby("region")["w"].sum()
    expected = weights[["r0", "r1"]].sum() / weights.sum()
    assert levels.loc["region", "population"] == pytest.approx(expected)
    assert levels.loc["region", "n_smallest"] == 10
    assert levels.loc["national", "share"] == 1
    withheld = found.to_pandas().query("withheld")
    assert withheld["groups"].tolist() == [2]


def test_nothing_to_publish_is_a_population_of_zero():
    found = mpi.publishable(tabulated(people((20, 20))), scheme="ine-chile-2020", measures="H")
    levels = found.levels().to_pandas().set_index("by")
    assert levels["population"].tolist() == [0, 0, 0]
    assert levels["published"].tolist() == [0, 0, 0]


def test_groups_on_few_psus_are_named():
    findings = mpi.publishable(tabulated(), scheme="dhs", measures="H").findings
    few = {finding.where: finding for finding in findings.of_code("FEW_PSUS")}
    assert set(few) == {"region"}
    assert few["region"].detail.endswith("fewer than 10 PSUs: r1, r2, r3")
    assert (few["region"].count, few["region"].of) == (3, 4)
    weights = people().groupby("region")["w"].sum()
    assert few["region"].share == pytest.approx(1 - weights["r0"] / weights.sum())
    assert not findings.of_code("FEW_DEGREES_OF_FREEDOM")  # one stratum of 53 PSUs
    own = tabulated().estimate(df="domain")
    found = mpi.publishable(own, scheme="dhs", measures="H").findings
    (degrees,) = found.of_code("FEW_DEGREES_OF_FREEDOM")
    assert "fewer than 9 degrees of freedom: r1, r2, r3" in degrees.detail


def test_a_level_that_was_planned_is_judged_as_one():
    estimates = tabulated(people((100, 40))).estimate()
    rule = {"scheme": "ine-chile-economic-2024", "measures": "H"}

    def flags(planned):
        table = mpi.publishable(estimates, planned=planned, **rule).estimates.to_pandas()
        return table[table["measure"] == "H"].set_index("by")["flag"]

    every, none = flags(True), flags(False)
    only = flags(["region"])
    assert (only["region"] == every["region"]).all()
    assert (only["sex"] == none["sex"]).all()
    small = tabulated(people((400, 20))).estimate()
    table = mpi.publishable(small, planned="region", **rule).estimates.to_pandas()
    by_region = table[(table["measure"] == "H") & (table["by"] == "region")]
    unplanned = small.flag("ine-chile-economic-2024").to_pandas()
    before = unplanned[(unplanned["measure"] == "H") & (unplanned["by"] == "region")]
    assert before["flag"].tolist()[1] == "unreliable"
    assert by_region["flag"].tolist()[1] != "unreliable"


def test_profiles_are_estimated_with_the_choices_of_the_survey():
    profiles = tabulated()
    from_profiles = mpi.publishable(profiles, scheme="eclac-2023", k=["1/2", 1])
    from_estimates = mpi.publishable(profiles.estimate(["1/2", 1]), scheme="eclac-2023")
    assert from_profiles.to_arrow() == from_estimates.to_arrow()
    assert from_profiles.to_pandas()["measure"].unique().tolist() == ["H", "M0"]


def test_without_errors_only_sizes_are_known():
    survey = mpi.Survey(people(), weight="w")
    profiles = mpi.tabulate(survey, SPEC, by="region", se=False)
    found = mpi.publishable(profiles, scheme="dhs", measures="H")
    table = found.to_pandas().set_index(["by", "flag"])
    assert table["n_psu_fewest"].isna().all()
    assert table.loc[("region", "suppressed"), "n_smallest"] == 10
    assert table.loc[("region", "in parentheses"), "n_smallest"] == 40
    assert table.loc[("region", "no flag"), "groups"] == 2


def test_without_population_shares_none_are_given():
    estimates = tabulated().estimate().select("H")
    found = mpi.publishable(estimates, scheme="dhs", measures="H")
    assert found.to_pandas()["population"].isna().all()
    assert found.levels().to_pandas()["population"].isna().all()
    assert found.findings.of_code("POPULATION_UNKNOWN")


def test_a_figure_that_is_not_defined_is_not_published():
    frame = people((400, 40)).assign(a=False)
    frame.loc[frame["region"] == "r1", "b"] = False
    found = mpi.publishable(tabulated(frame, ["region"]), scheme="dhs", measures="A")
    table = found.to_pandas().set_index(["by", "flag"])
    assert table.loc[("region", "not defined"), "groups"] == 1
    levels = found.levels().to_pandas().set_index("by")
    assert levels.loc["region", "published"] == 1
