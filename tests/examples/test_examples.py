"""Worked examples on four or five persons, E1, E1b, E2, E2b and E4."""

from __future__ import annotations

import tomllib
from fractions import Fraction

import pytest
from figures import EXACT, assert_figures, columns, equal_weights, figures, half_a_unit

import mpi
from mpi.errors import SpecificationError
from mpi.spec.validation import validated

NAMES = "abcd"

# Alkire & Foster (2011): achievements x with the thresholds z = (13, 12, 3, 1)
ACHIEVEMENTS = columns(
    ("income", "schooling", "health", "insured"),
    [(13.1, 14, 4, 1), (15.2, 7, 5, 0), (12.5, 10, 1, 0), (20, 11, 3, 1)],
)
# all four enter the authors' M1 and M2 as cardinal, health and insurance as well
CARDINAL = """
id = "alkire-foster-2011"
unit = "person"
cutoff = "1/2"
[[dimension]]
id = "all"
  [[dimension.indicator]]
  id = "income"
  deprived = "income < 13"
  gap = "(13 - income) / 13"
  [[dimension.indicator]]
  id = "schooling"
  deprived = "schooling < 12"
  gap = "(12 - schooling) / 12"
  [[dimension.indicator]]
  id = "health"
  deprived = "health < 3"
  gap = "(3 - health) / 3"
  [[dimension.indicator]]
  id = "insured"
  deprived = "insured < 1"
  gap = "(1 - insured) / 1"
"""
INDICATORS = ("income", "schooling", "health", "insured")
G = [(0, 0, 0, 0), (0, 1, 0, 1), (1, 1, 1, 1), (0, 1, 0, 0)]

E1 = {
    "1/4": {"H": "3/4", "A": "7/12", "M0": "7/16", "M1": "263/1248", "M2": "32297/194688"},
    "1/2": {"H": "1/2", "A": "3/4", "M0": "3/8", "M1": "171/832", "M2": "21475/129792"},
    "3/4": {"H": "1/4", "A": "1", "M0": "1/4", "M1": "73/624", "M2": "4483/48672"},
    "1": {"H": "1/4", "A": "1", "M0": "1/4", "M1": "73/624", "M2": "4483/48672"},
}
# mean gap and mean squared gap over the pairs (poor person, deprived indicator)
G_AND_S = {
    "1/4": ("263/546", "32297/85176"),
    "1/2": ("57/104", "21475/48672"),
    "3/4": ("73/156", "4483/12168"),
    "1": ("73/156", "4483/12168"),
}
E1_AT_HALF = {
    "hd": "1/4, 3/4, 1/4, 1/2",
    "hdk": "1/4, 1/2, 1/4, 1/2",
    "actb": "1/16, 1/8, 1/16, 1/8",
    "pctb": "1/6, 1/3, 1/6, 1/3",
}


def cardinal(text=CARDINAL):
    content = tomllib.loads(text)
    return validated(mpi.Specification, content, source="test", error=SpecificationError)


def alkire_foster():
    return mpi.measure(ACHIEVEMENTS, cardinal(), k=list(E1))


@pytest.mark.parametrize("k", E1)
def test_the_four_persons_of_alkire_and_foster_have_the_printed_measures(k):
    assert_figures(alkire_foster(), E1[k], k=k)


@pytest.mark.parametrize("k", E1)
def test_m1_is_h_a_g_and_m2_is_h_a_s_with_the_mean_gaps_of_the_poor(k):
    estimates = alkire_foster()
    adjusted = estimates.get("H", k=k).estimate * estimates.get("A", k=k).estimate
    for measure, mean in zip(("M1", "M2"), G_AND_S[k], strict=True):
        expected = adjusted * float(Fraction(mean))
        assert estimates.get(measure, k=k).estimate == pytest.approx(expected, rel=EXACT)


def test_the_decimals_at_one_half_are_the_printed_ones():
    estimates = alkire_foster()
    for measure, printed in (("M1", ".20552885"), ("M2", ".16545704")):
        found = estimates.get(measure, k="1/2").estimate
        assert found == pytest.approx(float(printed), abs=half_a_unit(printed))
    headcount, intensity = (estimates.get(m, k="1/2").estimate for m in ("H", "A"))
    for measure, printed in (("M1", ".54807692"), ("M2", ".44121877")):
        found = estimates.get(measure, k="1/2").estimate / (headcount * intensity)
        assert found == pytest.approx(float(printed), abs=half_a_unit(printed))


def test_the_sums_over_the_sixteen_cells_are_the_printed_ones():
    estimates = alkire_foster()
    for measure, printed in (("M0", "6"), ("M1", "3.288462"), ("M2", "2.647313")):
        found = 16 * estimates.get(measure, k="1/2").estimate
        assert found == pytest.approx(float(printed), abs=max(half_a_unit(printed) % 0.5, EXACT))


def test_indicators_of_the_raw_values_and_of_the_printed_matrix_agree_at_one_half():
    assert_figures(alkire_foster(), E1_AT_HALF, INDICATORS, k="1/2")
    of_matrix = mpi.measure(columns(NAMES, G), equal_weights(NAMES))
    assert_figures(of_matrix, E1_AT_HALF | {"H": "1/2", "A": "3/4", "M0": "3/8"}, NAMES)


def test_an_achievement_equal_to_its_threshold_is_not_deprived():
    estimates = alkire_foster()
    # 3 < 3 in health and 1 < 1 in insurance: only person 3, and persons 2 and 3, are deprived
    assert figures(estimates, "hd", ("health", "insured")) == [0.25, 0.5]


def test_an_indicator_without_gap_enters_m1_with_gap_one_and_a_finding_says_so():
    ordinal = CARDINAL.replace('gap = "(3 - health) / 3"', "")
    ordinal = ordinal.replace('gap = "(1 - insured) / 1"', "")
    estimates = mpi.measure(ACHIEVEMENTS, cardinal(ordinal), k="1/2")
    # person 3's health gap is 2/3 and becomes 1, insurance has gap 1 in any case
    expected = Fraction(171, 832) + Fraction(1, 16) * Fraction(1, 3)
    assert estimates.get("M1").estimate == pytest.approx(float(expected), rel=EXACT)
    found = [f for f in estimates.findings if f.code == "GAP_TAKEN_AS_ONE"]
    assert [f.where for f in found] == ["health, insured"]


E1B = {
    "H": "1/4",
    "A": "1",
    "M0": "1/4",
    "hdk": "1/4, 1/4, 1/4, 1/4",
    "actb": "1/8, 1/16, 1/32, 1/32",
    "pctb": "1/2, 1/4, 1/8, 1/8",
}


def test_unequal_weights_that_sum_to_four_are_the_same_divided_by_four():
    summing_to_four = [Fraction(text) for text in ("2", "1", "1/2", "1/2")]
    one = mpi.Specification.from_columns(
        {"all": list(NAMES)},
        cutoff=Fraction(2, 4),
        weights=dict(zip(NAMES, (w / 4 for w in summing_to_four), strict=True)),
    )
    other = mpi.Specification.from_columns(
        {"all": list(NAMES)},
        cutoff="1/2",
        weights=dict(zip(NAMES, ("1/2", "1/4", "1/8", "1/8"), strict=True)),
    )
    assert one.fingerprint == other.fingerprint
    for spec in (one, other):
        assert_figures(mpi.measure(columns(NAMES, G), spec), E1B, NAMES)


def test_the_scores_of_the_unequal_weights_are_attained_one_by_one():
    spec = mpi.Specification.from_columns(
        {"all": list(NAMES)},
        cutoff="1/2",
        weights=dict(zip(NAMES, ("1/2", "1/4", "1/8", "1/8"), strict=True)),
    )
    # c = (0, 3/8, 1, 1/4): one person fewer is poor as k passes each score
    headcounts = {"1/4": 0.75, "3/8": 0.5, "2/5": 0.25, "1": 0.25}
    estimates = mpi.measure(columns(NAMES, G), spec, k=list(headcounts))
    assert {k: estimates.get("H", k=k).estimate for k in headcounts} == headcounts


G2 = [(0, 0, 0, 0), (1, 0, 0, 1), (1, 1, 1, 1), (0, 1, 0, 0)]
G2_OTHER = [(0, 0, 0, 0), (1, 0, 0, 1), (1, 0, 0, 1), (0, 1, 1, 0)]
SHARES = {"actb": "1/8, 1/16, 1/16, 1/8", "pctb": "1/3, 1/6, 1/6, 1/3"}
E2 = {"hd": "1/2, 1/2, 1/4, 1/2", "hdk": "1/2, 1/4, 1/4, 1/2"} | SHARES
E2_OTHER = {"hd": "1/2, 1/4, 1/4, 1/2", "hdk": "1/2, 1/4, 1/4, 1/2"} | SHARES


def test_two_populations_with_the_same_m0_differ_in_headcount_and_intensity():
    spec = equal_weights(NAMES)
    first = {"H": "1/2", "A": "3/4", "M0": "3/8"}
    second = {"H": "3/4", "A": "1/2", "M0": "3/8"}
    assert_figures(mpi.measure(columns(NAMES, G2), spec), first | E2, NAMES)
    assert_figures(mpi.measure(columns(NAMES, G2_OTHER), spec), second | E2_OTHER, NAMES)


E2B = {
    "H": "1/2",
    "A": "3/4",
    "M0": "3/8",
    "actb": "1/5, 1/16, 1/16, 1/20",
    "pctb": "8/15, 1/6, 1/6, 2/15",
}
SPELLINGS = {
    "decimals": (".40", ".25", ".25", ".10", ".5"),
    "floats": (0.4, 0.25, 0.25, 0.1, 0.5),
    "percent": ("40%", "25%", "25%", "10%", "50%"),
    "fractions": ("2/5", "1/4", "1/4", "1/10", "1/2"),
}


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_a_person_exactly_on_the_cutoff_of_unequal_weights_is_poor(spelling):
    *weights, cutoff = (f"0{v}" if str(v).startswith(".") else v for v in SPELLINGS[spelling])
    spec = mpi.Specification.from_columns(
        {"all": list(NAMES)}, cutoff=cutoff, weights=dict(zip(NAMES, weights, strict=True))
    )
    estimates = mpi.measure(columns(NAMES, G2), spec)
    assert_figures(estimates, E2B, NAMES)
    ties = [f.share for f in estimates.findings if f.code == "TIE_AT_CUTOFF"]
    assert ties == [pytest.approx(0.25)]


FIVE = columns(
    (*NAMES, "place"),
    [
        (1, 0, 1, 0, "North"),
        (0, 1, 0, 0, "North"),
        (0, 1, 1, 1, "South"),
        (1, 0, 0, 0, "South"),
        (1, 0, 1, 0, "South"),
    ],
)
E4 = {
    "H": "3/5",
    "A": "7/12",
    "M0": "7/20",
    "hd": "3/5, 2/5, 3/5, 1/5",
    "hdk": "2/5, 1/5, 3/5, 1/5",
    "pctb": "2/7, 1/7, 3/7, 1/7",
}


def test_five_persons_in_two_groups_have_the_measures_of_the_vignette():
    estimates = mpi.measure(FIVE, equal_weights(NAMES), by="place")
    assert_figures(estimates, E4, NAMES)
    assert_figures(estimates, {"M0": "1/4"}, k="1/2", place="North")
    assert_figures(estimates, {"M0": "5/12"}, k="1/2", place="South")
    assert_figures(estimates, {"popsh": "2/5"}, place="North")
    assert_figures(estimates, {"popsh": "3/5"}, place="South")


def test_the_groups_of_the_vignette_add_up_to_the_whole():
    estimates = mpi.measure(FIVE, equal_weights(NAMES), by="place")
    parts = [
        estimates.get("popsh", place=place).estimate * estimates.get("M0", place=place).estimate
        for place in ("North", "South")
    ]
    assert sum(parts) == pytest.approx(7 / 20, rel=EXACT)
    shares = {"North": "2/7", "South": "5/7"}
    for place, share in shares.items():
        assert_figures(estimates, {"contribution_M0": share}, k="1/2", place=place)


def test_the_misprints_of_the_vignette_are_not_reproduced():
    estimates = mpi.measure(FIVE, equal_weights(NAMES), by="place")
    # it prints 28.58 % for the contribution of a, and .416 for South
    assert round(100 * estimates.get("pctb", indicator="a").estimate, 2) == 28.57
    assert round(estimates.get("M0", place="South").estimate, 3) == 0.417
