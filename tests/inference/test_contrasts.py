"""Differences and ratios of figures: covariance, refusals."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import special

import mpi
from mpi.contrasts import adjusted_p

# sums of a few doubles in another order
EXACT = 1e-12
SPEC = mpi.Specification.from_columns({"one": ["a"], "two": ["b"]}, cutoff="1/2")


def sample(seed=1, n=60):
    draw = np.random.default_rng(seed)
    return {
        "a": draw.integers(0, 2, n),
        "b": draw.integers(0, 2, n),
        "w": draw.integers(1, 5, n),
        "s": np.repeat([1, 2, 3], n // 3),
        "p": np.repeat(np.arange(n // 5), 5),
        "g": draw.integers(0, 2, n),
    }


def estimated(seed=1, **more):
    survey = mpi.Survey(sample(seed), weight="w", strata="s", psu="p")
    return mpi.tabulate(survey, SPEC, by="g").estimate(["1/2", 1], **more)


def test_a_difference_has_the_variance_of_its_covariance_matrix():
    estimates = estimated()
    a, b = estimates.get("M0", k=1, g=0), estimates.get("M0", k=1, g=1)
    matrix = estimates.covariance([a, b])
    assert matrix[0, 0] == pytest.approx(a.se**2, rel=EXACT)
    expected = matrix[0, 0] + matrix[1, 1] - 2 * matrix[0, 1]
    assert (a - b).se == pytest.approx(math.sqrt(expected), rel=EXACT)
    assert (a - b).estimate == a.estimate - b.estimate
    assert (a - b).df == 9


def test_intensity_is_the_ratio_of_m0_and_h():
    estimates = estimated()
    ratio = estimates.get("M0", k=1) / estimates.get("H", k=1)
    assert ratio.se == pytest.approx(estimates.get("A", k=1).se, abs=EXACT)
    assert ratio.estimate == pytest.approx(estimates.get("A", k=1).estimate, rel=EXACT)


def test_figures_can_be_taken_from_a_selection():
    estimates = estimated()
    some = estimates.select("H", "popsh")
    a, b = some.get("H", k="1/2", g=0), estimates.get("H", k="1/2")
    assert (a - b).se > 0
    shares = [some.get("popsh", g=0), some.get("popsh", g=1)]
    matrix = some.covariance(shares)  # two shares that add up to one
    assert matrix[0, 1] == pytest.approx(-matrix[0, 0], rel=1e-9)


def test_figures_of_two_calls_are_not_put_together():
    a, b = estimated().get("H", k=1), estimated(seed=2).get("H", k=1)
    with pytest.raises(mpi.EstimationError, match="different calls of estimate"):
        a - b


def test_figures_without_standard_errors_have_no_contrast():
    estimates = estimated(se=False)
    with pytest.raises(mpi.EstimationError, match="no standard error"):
        estimates.get("H", k=1) - estimates.get("H", k="1/2")


def test_a_ratio_to_nothing_is_refused():
    frame = sample() | {"a": np.zeros(60, int), "b": np.zeros(60, int)}
    survey = mpi.Survey(frame, weight="w", strata="s", psu="p")
    estimates = mpi.tabulate(survey, SPEC).estimate()
    with pytest.raises(mpi.EstimationError, match="not positive"):
        estimates.get("M0") / estimates.get("H")


def test_a_ratio_has_an_interval_on_the_scale_of_logarithms_and_is_compared_with_one():
    estimates = estimated()
    ratio = estimates.get("M0", k=1, g=0) / estimates.get("M0", k=1, g=1)
    t = special.stdtrit(ratio.df, 0.975)
    half = t * ratio.se / ratio.estimate
    assert math.log(ratio.ci_low) == pytest.approx(math.log(ratio.estimate) - half)
    assert math.log(ratio.ci_high) == pytest.approx(math.log(ratio.estimate) + half)
    statistic = math.log(ratio.estimate) * ratio.estimate / ratio.se
    assert ratio.statistic == pytest.approx(statistic)
    assert ratio.p_value == pytest.approx(2 * special.stdtr(ratio.df, -abs(statistic)))


def test_numbers_take_part_in_arithmetic():
    a = estimated().get("H", k=1)
    assert (100 * a - 5).se == pytest.approx(100 * a.se)
    assert (5 - a).estimate == pytest.approx(5 - a.estimate)
    assert (1 / a).se == pytest.approx(a.se / a.estimate**2)
    assert (a**2).se == pytest.approx(2 * a.estimate * a.se)
    assert (a * a).se == pytest.approx(2 * a.estimate * a.se)
    assert (-a + a).se == pytest.approx(0, abs=EXACT)


def test_a_joint_test_of_one_contrast_is_its_t_test_squared():
    estimates = estimated()
    a = estimates.get("H", k=1, g=0) - estimates.get("H", k=1, g=1)
    test = estimates.test([a])
    assert test.statistic == pytest.approx(a.statistic**2)
    assert test.df == (1, 9)
    assert test.p_value == pytest.approx(a.p_value)
    plain = estimates.test([a], adjusted=False)
    assert (plain.statistic, plain.df) == (pytest.approx(test.statistic), (1, 9))


def test_contrasts_that_depend_on_each_other_are_tested_by_their_rank():
    estimates = estimated()
    a = estimates.get("H", k=1, g=0) - estimates.get("H", k=1, g=1)
    b = estimates.get("M0", k=1) - estimates.get("M0", k="1/2")
    both, more = estimates.test([a, b]), estimates.test([a, b, a + b])
    assert more.df == both.df == (2, 8)
    assert more.statistic == pytest.approx(both.statistic, rel=1e-6)
    assert more.findings[0].code == "CONTRASTS_DEPENDENT"
    with pytest.raises(mpi.EstimationError, match="allow no joint test"):
        estimates.test([a - a])


def test_differences_of_groups_are_a_table_that_can_be_adjusted():
    survey = mpi.Survey(sample(3) | {"r": np.arange(60) % 4}, weight="w", strata="s", psu="p")
    estimates = mpi.tabulate(survey, SPEC, by="r").estimate()
    pairs = estimates.differences("H", by="r")
    assert len(pairs) == 6
    frame = pairs.adjust("holm").to_pandas()
    a, b = estimates.get("H", r=1), estimates.get("H", r=3)
    row = frame.set_index("contrast").loc["1 - 3"]
    assert row["estimate"] == pytest.approx(a.estimate - b.estimate)
    assert row["se"] == pytest.approx((a - b).se)
    assert (frame["p_adjusted"] >= frame["p_value"]).all()
    assert len(estimates.differences("H", by="r", to=2)) == 3
    assert pairs["0 - 1"].estimate == pytest.approx(
        estimates.get("H", r=0).estimate - estimates.get("H", r=1).estimate
    )
    assert pairs.test().df[0] == 3
    with pytest.raises(mpi.EstimationError, match="'r' has no group 9"):
        estimates.differences("H", by="r", to=9)
    with pytest.raises(mpi.EstimationError, match="'q' is no grouping variable"):
        estimates.differences("H", by="q")
    with pytest.raises(mpi.EstimationError, match="is no name"):
        estimates.differences("H", by=("q", "r"))
    apart = mpi.tabulate(survey, SPEC, by=["r", "g"]).estimate()
    with pytest.raises(mpi.EstimationError, match="results are not by r x g"):
        apart.differences("H", by="r", g=0)
    with pytest.raises(mpi.EstimationError, match="there is no contrast '9 - 9'"):
        pairs["9 - 9"]
    with pytest.raises(mpi.EstimationError, match="there is no option 'sidak'"):
        pairs.adjust("sidak")


# p-values and their adjustments as printed by p.adjust of R 4.2.2
P = [0.01, 0.04, 0.03, 0.005, 0.5]
ADJUSTED = {
    "holm": [0.04, 0.09, 0.09, 0.025, 0.5],
    "bonferroni": [0.05, 0.2, 0.15, 0.025, 1.0],
    "benjamini-hochberg": [0.025, 0.05, 0.05, 0.025, 0.5],
}


@pytest.mark.parametrize("method", ADJUSTED)
def test_p_values_are_adjusted_as_in_r(method):
    found = adjusted_p(np.array([*P, math.nan]), method)
    assert found[:-1].tolist() == pytest.approx(ADJUSTED[method])
    assert math.isnan(found[-1])


def test_the_covariance_of_all_rows_is_that_of_each_pair():
    estimates = estimated().select("H", "M0")
    matrix = estimates.covariance()
    assert matrix.shape == (len(estimates), len(estimates))
    a, b = estimates.get("H", k=1, g=0), estimates.get("M0", k=1)
    rows = [(r["measure"], r["k"], r["g"]) for r in estimates.to_arrow().to_pylist()]
    i, j = rows.index(("H", "1", 0)), rows.index(("M0", "1", None))
    assert matrix[i, j] == pytest.approx(estimates.covariance([a, b])[0, 1], rel=EXACT)


def test_a_sample_without_psus_has_no_covariance_across_groupings():
    frame = sample() | {"h": np.arange(60) % 3}
    estimates = mpi.tabulate(mpi.Survey(frame, weight="w"), SPEC, by=["g", "h"]).estimate()
    a, b = estimates.get("H", g=0), estimates.get("H", h=1)
    assert (a - estimates.get("H")).se > 0
    with pytest.raises(mpi.EstimationError, match="have in common are in no table"):
        (a - b).se  # noqa: B018 -- computed when it is asked for


def test_a_joint_test_does_not_depend_on_the_units_of_its_contrasts():
    """A difference in shares was taken for rounding beside one in millions of persons."""
    few, many = (
        mpi.tabulate(
            mpi.Survey(sample() | {"w": sample()["w"] * scale}, weight="w", strata="s", psu="p"),
            SPEC,
            by="g",
        ).estimate()
        for scale in (1.0, 1e7)
    )
    tests = []
    for estimates in (few, many):
        pairs = [(estimates.get(m, g=0), estimates.get(m, g=1)) for m in ("H", "N_poor")]
        tests.append(estimates.test([a - b for a, b in pairs]))
    assert tests[1].df == tests[0].df == (2, 8)
    assert tests[1].statistic == pytest.approx(tests[0].statistic, rel=1e-9)
    assert not tests[1].findings


def without_poor():
    """Estimates in which nobody of group 0 is poor, so that its A is not defined."""
    frame = sample() | {"g": np.arange(60) % 3}
    frame |= {name: np.where(frame["g"] == 0, 0, frame[name]) for name in "ab"}
    return mpi.tabulate(mpi.Survey(frame, strata="s", psu="p"), SPEC, by="g").estimate()


def test_a_joint_test_of_what_is_not_defined_is_refused():
    table = without_poor().differences("A", by="g")
    with pytest.raises(mpi.EstimationError, match="2 of 3 contrasts are not defined"):
        table.test()
    (finding,) = table.adjust().findings.of_code("P_ADJUSTED")
    assert finding.detail.endswith("for a family of 1")


NOT_POSSIBLE = {
    "power of nothing": (lambda a, _: a**-1, "0 has no power"),
    "root of a negative": (lambda a, b: (a - b) ** 0.5, "has no power that its standard error"),
    "over nothing": (lambda a, b: b / a, "the second figure is not positive: 0"),
    "text": (lambda a, _: a + "b", "type 'str' is no figure and no number"),
}


@pytest.mark.parametrize("case", NOT_POSSIBLE)
def test_arithmetic_that_is_not_possible_is_refused_in_a_sentence(case):
    does, words = NOT_POSSIBLE[case]
    estimates = without_poor()
    with pytest.raises(mpi.EstimationError, match=words):
        does(estimates.get("H", g=0), estimates.get("H", g=1))


def test_a_contrast_is_made_of_figures():
    with pytest.raises(mpi.EstimationError, match="no standard error"):
        estimated().contrast({"three": 3.0})
    with pytest.raises(mpi.EstimationError, match="type 'str' is no figure"):
        estimated().contrast({"three": "H - A"})


def test_groups_are_compared_within_a_group_of_another_variable():
    frame = sample(5, 120) | {"r": np.arange(120) % 3}
    survey = mpi.Survey(frame, weight="w", strata="s", psu="p")
    estimates = mpi.tabulate(survey, SPEC, by=["r", ("r", "g")]).estimate()
    found = estimates.differences("H", by="r", g=1, to=0)
    assert found.columns[0] == "contrast"
    a, b = (estimates.get("H", r=r, g=1) for r in (2, 0))
    assert found["2 - 0"].estimate == pytest.approx(a.estimate - b.estimate)
    assert found["2 - 0"].se == pytest.approx((a - b).se)
    assert len(estimates.differences("H", by="r")) == 3


def test_degrees_of_freedom_of_a_contrast_are_those_of_the_strata_of_its_figures():
    frame = sample(2) | {"r": np.repeat([1, 2, 3], 20)}  # each region is a stratum of 4 PSUs
    survey = mpi.Survey(frame, weight="w", strata="s", psu="p")
    tables = mpi.tabulate(survey, SPEC, by="r")
    for rule, expected in (("stata", 6), ("domain", 6), ("design", 9)):
        estimates = tables.estimate(df=rule)
        a, b = (estimates.get("H", r=r) for r in (1, 2))
        assert (a - b).df == expected
        assert (a - estimates.get("H")).df == 9
    declared = mpi.Replicates("jkn", df=5)
    estimates = tables.estimate(replicates=declared)
    assert (estimates.get("H", r=1) - estimates.get("H", r=2)).df == 5
    assert estimates.get("H", r=1).df == 5
