"""Designs small enough for a pencil: E8 and E8b, variances as exact fractions."""

from __future__ import annotations

import math
from fractions import Fraction

import pandas as pd
import pytest
from r_files import GLM, GLOBAL, reference, syn

import mpi

# variances are sums of a few doubles
EXACT = 1e-12

# (stratum, PSU, weight, score in quarters); the poor have two or more
ROWS = [
    *[
        ("A", "a1", 1, 2),
        ("A", "a1", 1, 3),
        ("A", "a1", 1, 1),
        ("A", "a2", 1, 0),
        ("A", "a2", 1, 4),
    ],
    *[
        ("B", "b1", 2, 0),
        ("B", "b1", 2, 1),
        ("B", "b2", 2, 2),
        ("B", "b2", 2, 0),
        ("B", "b2", 2, 1),
    ],
]
LONELY = [*ROWS, ("C", "c1", 3, 2), ("C", "c1", 3, 0)]
SPEC = mpi.Specification.from_columns({"d": ["i0", "i1", "i2", "i3"]}, cutoff="1/2")


def profiles(rows):
    names = ("stratum", "psu", "w")
    frame = {name: [row[place] for row in rows] for place, name in enumerate(names)}
    frame |= {f"i{j}": [int(row[3] > j) for row in rows] for j in range(4)}
    return mpi.tabulate(mpi.Survey(frame, weight="w", strata="stratum", psu="psu"), SPEC)


def test_two_strata_of_two_psus_have_the_variances_of_the_textbook():
    estimates = profiles(ROWS).estimate()
    expected = {
        "H": (Fraction(1, 3), Fraction(4, 405)),
        "M0": (Fraction(13, 60), Fraction(29, 20250)),
        "A": (Fraction(13, 20), Fraction(1, 100)),
    }
    for measure, (value, variance) in expected.items():
        found = estimates.get(measure)
        assert found.estimate == pytest.approx(float(value), rel=EXACT)
        assert found.se == pytest.approx(math.sqrt(variance), rel=EXACT)
        assert found.df == 2
    interval = estimates.get("H")
    assert interval.ci_low == pytest.approx(0.06802999131, abs=5e-12)
    assert interval.ci_high == pytest.approx(0.77400362835, abs=5e-12)


VARIANCES = {
    "certainty": (Fraction(845, 194481), Fraction(265, 388962), Fraction(157, 65536), Fraction(5)),
    "adjust": (
        Fraction(1070, 194481),
        Fraction(283, 388962),
        Fraction(119, 32768),
        Fraction(174, 25),
    ),
    "average": (
        Fraction(845, 129654),
        Fraction(265, 259308),
        Fraction(471, 131072),
        Fraction(15, 2),
    ),
}


@pytest.mark.parametrize("option", VARIANCES)
def test_a_stratum_with_a_single_psu_adds_what_was_chosen(option):
    estimates = profiles(LONELY).estimate(lonely_psu=option)
    for measure, variance in zip(("H", "M0", "A", "N_poor"), VARIANCES[option], strict=True):
        assert estimates.get(measure).se == pytest.approx(math.sqrt(variance), rel=EXACT)
    (finding,) = estimates.findings.of_code("LONELY_PSU")
    assert (finding.where, finding.count, finding.of) == ("strata C", 1, 3)


def test_a_stratum_is_named_as_its_survey_writes_it():
    columns = {"a": [0, 1, 1], "stratum": [1101000501.0, 1101000501.0, 12.0], "psu": [1, 2, 3]}
    survey = mpi.Survey(columns, psu="psu", strata="stratum", lonely_psu="certainty")
    spec = mpi.Specification.from_columns({"d": ["a"]}, cutoff=1)
    (finding,) = mpi.measure(survey, spec).findings.of_code("LONELY_PSU")
    assert finding.where == "strata 12"


def test_a_collapsed_stratum_is_one_with_its_neighbour():
    joined = profiles([("B" if s == "C" else s, *rest) for s, *rest in LONELY]).estimate()
    collapsed = profiles(LONELY).estimate(lonely_psu="collapse")
    for measure in ("H", "A", "M0", "N_poor"):
        assert collapsed.get(measure).se == pytest.approx(joined.get(measure).se, rel=EXACT)
    assert len(collapsed.findings.of_code("STRATUM_COLLAPSED")) == 1


def test_nothing_chosen_for_a_single_psu_is_refused_and_the_stratum_named():
    with pytest.raises(mpi.EstimationError, match="1 of 3 strata have a single PSU: C"):
        profiles(LONELY).estimate()


def test_a_survey_can_choose_for_all_its_estimates():
    rows = {"s": ["A", "A", "B"], "p": [1, 2, 3], "a": [1, 0, 1]}
    spec = mpi.Specification.from_columns({"d": ["a"]}, cutoff=1)
    survey = mpi.Survey(rows, strata="s", psu="p", lonely_psu="certainty")
    assert mpi.measure(survey, spec).get("H").se > 0


def test_a_share_of_nobody_or_everybody_has_an_interval_that_says_what_it_assumes():
    rows = {"p": range(8), "a": [1, 1, 1, 1, 0, 0, 0, 0], "g": ["x"] * 4 + ["y"] * 4}
    spec = mpi.Specification.from_columns({"d": ["a"]}, cutoff=1)
    estimates = mpi.measure(mpi.Survey(rows, psu="p"), spec, by="g")
    everybody, nobody = estimates.get("H", g="x"), estimates.get("H", g="y")
    assert (everybody.estimate, everybody.se) == (1.0, 0.0)
    # Clopper and Pearson for 4 of 4, with deff 1: that of the whole sample is below
    limit = 0.025 ** (1 / 4)
    assert estimates.get("H").deff == pytest.approx(1.0, rel=EXACT)
    assert (everybody.ci_low, everybody.ci_high) == (pytest.approx(limit, rel=EXACT), 1.0)
    assert (nobody.ci_low, nobody.ci_high) == (0.0, pytest.approx(1 - limit, rel=EXACT))
    assert estimates.findings.of_code("INTERVAL_ASSUMED")[0].count > 0
    assert math.isnan(estimates.get("M0", g="x").ci_low)
    assert estimates.findings.of_code("NO_INTERVAL")[0].count > 0


def test_a_single_unit_of_the_second_stage_lies_around_the_mean_of_its_stage():
    """Two of four PSUs drawn; in the second, one of its three units: with a pencil."""
    rows = {"psu": [1, 1, 2], "unit": [1, 2, 1], "N1": [4] * 3, "N2": [5, 5, 3], "a": [1, 0, 1]}
    spec = mpi.Specification.from_columns({"d": ["a"]}, cutoff=1)
    stages = [mpi.Stage("unit", fpc="N2")]
    tables = mpi.tabulate(mpi.Survey(rows, psu="psu", fpc="N1", stages=stages), spec)
    with pytest.raises(mpi.EstimationError, match="a single unit of stage 2: 2"):
        tables.estimate()
    # weights 4/2 x 5/2 and 4/2 x 3: totals of the poor 5, 0 in the first PSU, 6 in the second
    first = (1 - Fraction(1, 2)) * 2 * 2 * Fraction(1, 2) ** 2  # (5 - 5.5)^2 twice, n / (n - 1)
    second = Fraction(1, 2) * (1 - Fraction(2, 5)) * 2 * 2 * Fraction(5, 2) ** 2
    mean = Fraction(11, 3)
    third = Fraction(1, 2) * (1 - Fraction(1, 3)) * (6 - mean) ** 2
    for option, variance in (("certainty", first + second), ("adjust", first + second + third)):
        found = tables.estimate(lonely_psu=option).get("N_poor")
        assert found.estimate == 11
        assert found.se == pytest.approx(math.sqrt(variance), rel=EXACT)


E12_FIGURES = {
    "H": (0.3352165725, 0.0055418086),
    "A": (0.4248484038, 0.0018597492),
    "M0": (0.1424162257, 0.0024859176),
}


def test_the_first_wave_of_the_synthetic_survey_is_example_12(count):
    frame = pd.read_parquet(reference("reference", "syn", "syn_cdta.parquet"))
    profiles = mpi.tabulate(syn()(frame[frame["t"] == 1]), GLOBAL)
    estimates = profiles.estimate(["1/3", "1/2", "2/3", 1])
    printed = 5e-11  # ten decimals
    for measure, (value, se) in E12_FIGURES.items():
        found = estimates.get(measure, k="1/3")
        assert (found.estimate, found.se) == pytest.approx((value, se), abs=printed)
        count(2)
    found = estimates.get("M0", k="1/3")
    limits = (0.1376034544, 0.1473685629)  # by R's iterated regression
    assert (found.ci_low, found.ci_high) == pytest.approx(limits, abs=GLM)
    assert found.df == 597
    for k, poor in (("1/2", 608), ("2/3", 77), (1, 0)):
        assert estimates.get("N_poor", k=k).estimate == poor
    assert estimates.get("M0", k=1).estimate == 0
    assert math.isnan(estimates.get("A", k=1).estimate)


def test_the_interval_of_the_intensity_stays_above_the_cutoff():
    estimates = profiles(ROWS).estimate()
    found = estimates.get("A")
    assert 0.5 <= found.ci_low < found.estimate < found.ci_high <= 1


@pytest.mark.parametrize(
    ("choice", "message"),
    [
        ({"lonely_psu": "ignore"}, "lonely_psu: there is no option 'ignore'"),
        ({"df": "r"}, "df: there is no option 'r'"),
        ({"interval": "exact"}, "interval: there is no option 'exact'"),
        ({"level": 95}, "level: is 95"),
    ],
)
def test_choices_that_are_not_there_are_refused(choice, message):
    with pytest.raises(mpi.EstimationError, match=message):
        profiles(ROWS).estimate(**choice)
