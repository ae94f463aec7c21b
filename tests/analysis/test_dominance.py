"""Curves over the cutoffs: worked numbers, tests at each cutoff, bands against other programs."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from five_groups import COLUMNS, PROFILES, SPEC, survey
from scipy import stats

import mpi
from mpi.inference.simultaneous import critical_values

# sums of a few hundred doubles in another order
EXACT = 1e-11
# 20,000 draws give the quantile of a maximum to about two hundredths
DRAWN = 0.03
FOUND = mpi.dominance(PROFILES)

# EXAMPLES of the reference, number 14: two groups, unequal weights
FOURTEEN = {
    "g": list("UUUURRRR"),
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


def rows(result, **about):
    return [
        found
        for found in result.to_arrow().to_pylist()
        if all(found[name] == value for name, value in about.items())
    ]


def fourteen(**choices):
    profiles = mpi.tabulate(mpi.Survey(FOURTEEN, weight="w"), NESTED, by="g")
    return mpi.dominance(profiles, se=False, **choices)


def test_curves_are_those_worked_out_by_hand():
    found = fourteen(k=["5/12", "1/2"])
    expected = {
        ("U", "H", "5/12"): Fraction(7, 8),
        ("U", "H", "1/2"): Fraction(3, 8),
        ("R", "H", "5/12"): Fraction(3, 4),
        ("R", "H", "1/2"): Fraction(3, 4),
        ("U", "M0", "5/12"): Fraction(11, 24),
        ("U", "M0", "1/2"): Fraction(1, 4),
        ("R", "M0", "5/12"): Fraction(15, 32),
        ("R", "M0", "1/2"): Fraction(15, 32),
    }
    for (group, measure, k), value in expected.items():
        (own,) = rows(found.curves, group=group, measure=measure, k=k)
        assert own["estimate"] == pytest.approx(float(value), abs=1e-12)
    # R (first) is poorer by M0 at both cutoffs; H of the two cross
    (of_h,), (of_m0,) = (rows(found.pairs, measure=m) for m in ("H", "M0"))
    assert (of_h["relation"], of_m0["relation"]) == ("cross", "second lower")
    assert of_h["p_first_lower"] is None


def test_all_attainable_scores_are_the_cutoffs_unless_some_are_given():
    scores = {
        sum(part, Fraction(0))
        for bits in range(1, 32)
        for part in [
            [Fraction(1, 4) if j < 2 else Fraction(1, 6) for j in range(5) if bits >> j & 1]
        ]
    }
    found = rows(fourteen().curves, group="U", measure="H")
    assert [row["k"] for row in found] == [str(score) for score in sorted(scores)]


@pytest.mark.parametrize("measure", ["H", "M0"])
def test_figures_and_errors_are_those_of_the_ordinary_estimates(measure):
    cutoffs = [row["k"] for row in rows(FOUND.curves, group="g1", measure=measure)]
    estimates = PROFILES.estimate(k=cutoffs)
    for row in rows(FOUND.curves, measure=measure):
        own = estimates.get(measure, k=row["k"], g=row["group"])
        assert row["estimate"] == pytest.approx(own.estimate, abs=EXACT)
        assert (row["se"], row["df"]) == (pytest.approx(own.se, abs=EXACT), own.df)
        if 0 < own.estimate < 1:
            limits = (own.ci_low, own.ci_high)
            assert (row["ci_low"], row["ci_high"]) == pytest.approx(limits, abs=EXACT)


@pytest.mark.parametrize("measure", ["H", "M0"])
def test_the_test_of_a_pair_is_the_largest_of_the_one_sided_p_values(measure):
    cutoffs = [row["k"] for row in rows(FOUND.curves, group="g1", measure=measure)]
    estimates = PROFILES.estimate(k=cutoffs)
    for row in rows(FOUND.pairs, measure=measure):
        pair = (row["first"], row["second"])
        contrasts = [
            estimates.get(measure, k=k, g=pair[0]) - estimates.get(measure, k=k, g=pair[1])
            for k in cutoffs
        ]
        tested = [c for c in contrasts if c.se > 0]
        lower = [stats.t.cdf(c.estimate / c.se, c.df) for c in tested]
        assert row["cutoffs"] == len(tested)
        assert row["p_first_lower"] == pytest.approx(max(lower), abs=EXACT)
        assert row["p_second_lower"] == pytest.approx(max(1 - p for p in lower), abs=EXACT)
        signs = {np.sign(round(c.estimate, 12)) for c in contrasts} - {0}
        expected = {(-1,): "first lower", (1,): "second lower", (): "equal"}
        assert row["relation"] == expected.get(tuple(signs), "cross")
        # the largest p-value is that of the cutoff that is named
        deciding = lower if row["p_first_lower"] < row["p_second_lower"] else [1 - p for p in lower]
        named = contrasts[cutoffs.index(row["k_weakest"])]
        p = stats.t.cdf(named.estimate / named.se, named.df)
        assert max(deciding) == pytest.approx(p if deciding is lower else 1 - p, abs=EXACT)


def test_p_values_are_adjusted_for_both_directions_of_all_pairs():
    found = rows(FOUND.pairs, measure="H")
    both = np.array([[r["p_first_lower"], r["p_second_lower"]] for r in found]).T.reshape(-1)
    order = np.argsort(both)
    steps = np.maximum.accumulate(both[order] * (both.size - np.arange(both.size)))
    adjusted = np.empty(both.size)
    adjusted[order] = np.minimum(steps, 1)
    least = np.minimum(*adjusted.reshape(2, -1))
    assert [r["p_adjusted"] for r in found] == pytest.approx(least.tolist(), abs=EXACT)
    for row, first in zip(found, adjusted, strict=False):
        assert (row["shown"] == "first lower") == (first < 0.05)
    assert f"{both.size}" in FOUND.pairs.findings.of_code("P_ADJUSTED")[0].detail


def test_a_group_that_is_clearly_less_poor_at_all_cutoffs_is_shown_to_be():
    random = np.random.default_rng(1)
    n = 2000
    group = np.arange(n) % 2
    frame = {"g": [("low", "high")[g] for g in group], "psu": np.arange(n) % 100}
    for name in "ab":
        frame[name] = (random.random(n) < 0.2 + 0.4 * group) * 1
    spec = mpi.Specification.from_columns({"x": ["a"], "y": ["b"]}, cutoff="1/2")
    found = mpi.dominance(mpi.tabulate(mpi.Survey(frame, psu="psu"), spec, by="g"))
    for row in rows(found.pairs):
        assert (row["first"], row["relation"], row["shown"]) == ("high", *["second lower"] * 2)
        assert row["p_adjusted"] == pytest.approx(2 * row["p_second_lower"])


def test_a_band_of_one_cutoff_is_the_interval():
    found = mpi.dominance(PROFILES, k="1/2")
    for row in rows(found.curves):
        assert row["critical"] == pytest.approx(stats.t.ppf(0.975, row["df"]), abs=1e-9)
        band = (row["band_low"], row["band_high"])
        assert band == pytest.approx((row["ci_low"], row["ci_high"]), abs=EXACT)


def test_a_band_is_wider_than_intervals_and_narrower_than_by_bonferroni():
    for row in rows(FOUND.curves):
        size = len(rows(FOUND.curves, group="g1", measure="H"))
        assert row["critical"] > stats.t.ppf(0.975, row["df"])
        assert row["critical"] < stats.t.ppf(1 - 0.025 / size, row["df"]) + DRAWN
        if row["band_low"] is not None:
            assert row["band_low"] <= row["ci_low"] <= row["ci_high"] <= row["band_high"]


@pytest.mark.parametrize("df", [5.0, 1e6])
def test_critical_values_are_those_of_the_multivariate_t(df):
    matrix = np.array([[1.0, 0.6, 0.3], [0.6, 1.0, 0.5], [0.3, 0.5, 1.0]])
    scale = np.outer([1, 2, 5], [1, 2, 5])
    (found,) = critical_values(
        (matrix * scale)[np.newaxis], np.array([df]), level=0.95, seed=1, draws=100_000
    )
    normal = stats.multivariate_t(shape=matrix, df=df)
    inside = normal.cdf([found] * 3, lower_limit=[-found] * 3, random_state=1)
    assert inside == pytest.approx(0.95, abs=0.003)


def test_figures_without_a_variance_do_not_widen_a_band():
    matrix = np.array([[1.0, 0.0, np.nan], [0.0, 0.0, 0.0], [np.nan, 0.0, np.nan]])
    covariances = np.stack([matrix, np.zeros((3, 3)), np.eye(3)])
    found = critical_values(covariances, np.array([9.0, 9.0, 0.0]), level=0.95, seed=1, draws=1000)
    assert found[0] == pytest.approx(stats.t.ppf(0.975, 9))
    assert np.isnan(found[1:]).all()


def test_groups_that_are_alike_are_equal_and_cutoffs_of_nobody_are_left_out():
    frame = {"a": [1, 0, 1, 0], "b": [0, 0, 0, 0], "g": ["x", "x", "y", "y"]}
    spec = mpi.Specification.from_columns({"p": ["a"], "q": ["b"]}, cutoff="1/2")
    found = mpi.dominance(mpi.tabulate(frame, spec, by="g"))
    for row in rows(found.pairs):
        assert (row["relation"], row["shown"], row["cutoffs"]) == ("equal", "neither", 1)
        assert row["p_first_lower"] == pytest.approx(0.5)
    finding = found.pairs.findings.of_code("CUTOFFS_UNTESTED")[0]
    assert (finding.count, finding.of) == (2, 4)
    (nobody,) = rows(found.curves, group="x", measure="H", k="1")
    assert (nobody["estimate"], nobody["band_low"]) == (0.0, None)


def test_groups_in_which_nobody_is_poor_at_all_have_no_test():
    frame = {"a": [0, 0, 0, 0], "g": ["x", "x", "y", "y"]}
    spec = mpi.Specification.from_columns({"p": ["a"]}, cutoff=1)
    (row, _) = rows(mpi.dominance(mpi.tabulate(frame, spec, by="g")).pairs)
    assert (row["relation"], row["cutoffs"]) == ("equal", 0)
    assert (row["p_first_lower"], row["p_adjusted"], row["shown"]) == (None, None, None)


def test_replicates_and_other_choices_are_taken_up():
    replicates = mpi.Replicates("jkn")
    found = mpi.dominance(PROFILES, k="1/2", replicates=replicates, df="design")
    estimates = PROFILES.estimate(k="1/2", replicates=replicates, df="design")
    contrast = estimates.differences("H", by="g", k="1/2")["g1 - g2"]
    (row,) = rows(found.differences, first="g1", second="g2", measure="H")
    assert row["se"] == pytest.approx(contrast.se, abs=EXACT)
    assert row["df"] == contrast.df == PROFILES.estimate().get("H").df


def test_units_that_were_drawn_directly_have_tests_too():
    profiles = mpi.tabulate(survey(COLUMNS, psu=None), SPEC, by="g")
    found = mpi.dominance(profiles, k="1/2")
    contrast = profiles.estimate(k="1/2").differences("H", by="g", k="1/2")["g1 - g2"]
    (row,) = rows(found.pairs, first="g1", second="g2", measure="H")
    p = stats.t.cdf(contrast.estimate / contrast.se, contrast.df)
    assert row["p_first_lower"] == pytest.approx(p, abs=EXACT)


def test_missing_answers_follow_the_policy():
    frame = {"a": [1, None, 1, 0], "b": [0, 1, 1, None], "g": ["x", "x", "y", "y"]}
    spec = mpi.Specification.from_columns({"p": ["a"], "q": ["b"]}, cutoff="1/2")
    profiles = mpi.tabulate(frame, spec, by="g")
    for policy in ("drop", "reweight", "nondeprived"):
        found = mpi.dominance(profiles, missing=policy, se=False)
        for row in rows(found.curves):
            own = profiles.estimate(k=row["k"], missing=policy, se=False)
            expected = own.get(row["measure"], g=row["group"]).estimate
            assert row["estimate"] == pytest.approx(expected)


BAD = {
    "grouping": ({"by": "x"}, "'x' is none of the groupings"),
    "cutoff": ({"k": [0, 2]}, "cutoff 0 is not above 0"),
    "policy": ({"missing": "bounds"}, "'bounds' gives two curves"),
    "unknown policy": ({"missing": "none"}, "there is no policy 'none'"),
    "df": ({"df": "domain"}, "'domain' is not there for pairs of curves"),
    "unknown df": ({"df": "many"}, "there is no option 'many'"),
    "seed": ({"seed": -1}, "seed: is -1"),
    "count": ({"count": "households"}, "households cannot be counted"),
}


@pytest.mark.parametrize("case", BAD)
def test_what_cannot_be_compared_is_a_sentence(case):
    arguments, message = BAD[case]
    with pytest.raises(mpi.EstimationError, match=message):
        mpi.dominance(PROFILES, **arguments)


def test_too_many_attainable_scores_ask_for_cutoffs():
    names = [f"c{j}" for j in range(12)]
    weights = {name: Fraction(2**j, 2**12 - 1) for j, name in enumerate(names)}
    spec = mpi.Specification.from_columns({"all": names}, cutoff="1/2", weights=weights)
    frame = {name: [0, 1] for name in names} | {"g": ["x", "y"]}
    profiles = mpi.tabulate(frame, spec, by="g")
    with pytest.raises(mpi.EstimationError, match="there are 4,095 attainable scores"):
        mpi.dominance(profiles)
    assert len(mpi.dominance(profiles, k=["1/4", "1/2"], se=False).curves) == 8


def test_what_is_shown_is_the_table_of_pairs():
    assert repr(FOUND).startswith("Dominance under five: 5 groups by g, ")
    assert "<table" in FOUND._repr_html_()
