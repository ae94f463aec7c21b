"""Worked example E15: income and rights together, the lines as conditions beside the score."""

from __future__ import annotations

import tomllib

import pytest
from figures import EXACT, assert_figures

import mpi
from mpi.errors import SpecificationError
from mpi.spec.validation import validated

RIGHTS = ("education", "health", "security", "housing", "services", "food")
LINES = {"lpi": 100.0, "lpei": 50.0}
# weight, number of social deprivations, income
ROWS = [(2, 0, 100.0), (1, 2, 250.0), (3, 0, 99.5), (2, 1, 49.0), (1, 3, 50.0), (1, 4, 0.0)]

SPEC = """
id = "two-spaces"
unit = "person"
cutoff = "1/6"
[[condition]]
id = "below_lpi"
when = "income < lpi"
[[condition]]
id = "below_lpei"
when = "income < lpei"
[[category]]
id = "poor"
when = "below_lpi and score >= 1/6"
[[category]]
id = "extremely poor"
when = "below_lpei and score >= 3/6"
[[category]]
id = "moderately poor"
when = "below_lpi and score >= 1/6 and not (below_lpei and score >= 3/6)"
[[category]]
id = "vulnerable by deprivation"
when = "not below_lpi and poor"
[[category]]
id = "vulnerable by income"
when = "below_lpi and not poor"
[[category]]
id = "neither"
when = "not below_lpi and score == 0"
"""
CLASSES = {
    "poor": "4/10",
    "extremely poor": "1/10",
    "moderately poor": "3/10",
    "vulnerable by deprivation": "1/10",
    "vulnerable by income": "3/10",
    "neither": "2/10",
}


def specification():
    rights = "".join(
        f'[[dimension]]\nid = "{name}"\n  [[dimension.indicator]]\n'
        f'  id = "lacks_{name}"\n  deprived = "lacks_{name}"\n'
        for name in RIGHTS
    )
    content = tomllib.loads(SPEC + rights)
    return validated(mpi.Specification, content, source="test", error=SpecificationError)


def frame(rows=ROWS):
    data = {"w": [w for w, _, _ in rows], "income": [income for _, _, income in rows]}
    for line, value in LINES.items():
        data[line] = [value] * len(rows)
    for place, name in enumerate(RIGHTS):
        data[f"lacks_{name}"] = [int(place < s) for _, s, _ in rows]
    data["below"] = [None if income is None else income < LINES["lpi"] for _, _, income in rows]
    return data


def test_the_typology_of_two_spaces_is_exact():
    estimates = mpi.measure(frame(), specification(), weight="w")
    for category, share in CLASSES.items():
        assert_figures(estimates, {"category": share}, category=category)


def test_the_four_classes_divide_the_population():
    estimates = mpi.measure(frame(), specification(), weight="w")
    parts = ("poor", "vulnerable by deprivation", "vulnerable by income", "neither")
    total = sum(estimates.get("category", category=part).estimate for part in parts)
    assert total == pytest.approx(1, rel=EXACT)


def test_conditions_do_not_enter_the_score():
    estimates = mpi.measure(frame(), specification(), weight="w")
    # (1 x 2 + 2 x 1 + 1 x 3 + 1 x 4) deprivations of six, over ten persons
    assert_figures(estimates, {"H": "5/10", "M0": "11/60", "mean_score": "11/60"})


def test_depth_and_intensity_of_those_poor_in_both_spaces_are_exact():
    estimates = mpi.measure(frame(), specification(), weight="w", by="below")
    below = {"below": True}
    depth = 6 * estimates.get("A", **below).estimate
    share = estimates.get("popsh", **below).estimate
    assert depth == pytest.approx(9 / 4, rel=EXACT)
    intensity = share * estimates.get("M0", **below).estimate
    assert intensity == pytest.approx(3 / 20, rel=EXACT)


def test_an_income_exactly_on_the_line_is_not_below_it():
    on_the_line = [(1, 1, LINES["lpi"]), (1, 3, LINES["lpei"])]
    estimates = mpi.measure(frame(on_the_line), specification(), weight="w")
    assert_figures(estimates, {"category": "1/2"}, category="vulnerable by deprivation")
    assert_figures(estimates, {"category": "0"}, category="extremely poor")


def test_who_lacks_an_income_is_left_out_of_the_classes_that_need_it_only():
    rows = [*ROWS, (10, 0, None), (10, 2, None)]
    estimates = mpi.measure(frame(rows), specification(), weight="w")
    # without deprivation nobody is poor, whatever the income: the first one stays in this class
    assert_figures(estimates, {"category": "4/20"}, category="poor")
    # with three or more needed, both are known not to be extremely poor
    assert_figures(estimates, {"category": "1/30"}, category="extremely poor")
    # the second one is known not to be vulnerable by income, nor neither
    assert_figures(estimates, {"category": "3/20"}, category="vulnerable by income")
    assert_figures(estimates, {"category": "2/20"}, category="neither")
    assert_figures(estimates, {"H": "15/30"})


# --- depth and intensity as measures of a category, by the bundled rules of Mexico ------------

BUNDLED = {
    "poor": "4/10",
    "extremely_poor": "1/10",
    "moderately_poor": "3/10",
    "vulnerable_by_deprivation": "1/10",
    "vulnerable_by_income": "3/10",
    "neither": "2/10",
}
# a person who lacks nothing, and what makes her lack the first, the second, ... right
NOTHING = {
    "age": 40,
    "birth_year": 1970,
    "attends_school": False,
    "education_level": 1,
    "health_insured": True,
    "social_security_direct": True,
    "social_security_kin": False,
    "social_security_other": False,
    "social_pension": False,
    "floor_material": "cement",
    "roof_material": "concrete",
    "wall_material": "masonry",
    "dwelling_residents": 5,
    "rooms": 2,
    "water_arrival": "piped_plot",
    "toilet": "septic",
    "electricity": True,
    "cooking_fuel": "wood",
    "chimney": True,
    "food_scale": "adults",
    "food_insecurity_score": 2,
}
LACKING = (
    {"education_level": 0},
    {"health_insured": False},
    {"social_security_direct": False},
    {"dwelling_residents": 6},
    {"chimney": False},
    {"food_insecurity_score": 3},
)


def mexico(rows=ROWS):
    """Persons with so many of the six deprivations, as harmonised variables."""
    people = []
    for weight, lacks, income in rows:
        person = NOTHING | {"w": weight, "income": income}
        for changes in LACKING[:lacks]:
            person |= changes
        people.append(person | {"poverty_line": LINES["lpi"], "extreme_line": LINES["lpei"]})
    return {name: [person[name] for person in people] for name in people[0]}


@pytest.fixture(scope="module")
def two_spaces():
    survey = mpi.Survey(mexico(), weight="w", date="2014")
    return mpi.tabulate(survey, "mexico-coneval-2008").estimate(k=["1/6", "3/6"])


@pytest.mark.parametrize("category", BUNDLED)
def test_the_bundled_rules_of_mexico_give_the_typology(two_spaces, category):
    assert_figures(two_spaces, {"category": BUNDLED[category]}, category=category)


def test_depth_and_intensity_of_the_poor_are_measures(two_spaces):
    assert_figures(two_spaces, {"depth": "9/4", "intensity": "3/20"}, category="poor")
    # one person of four deprivations
    assert_figures(two_spaces, {"depth": "4", "intensity": "4/60"}, category="extremely_poor")
    # two persons with one, one with three
    moderate = {"depth": "5/3", "intensity": "5/60"}
    assert_figures(two_spaces, moderate, category="moderately_poor")
    vulnerable = {"depth": "2", "intensity": "2/60"}
    assert_figures(two_spaces, vulnerable, category="vulnerable_by_deprivation")


def test_intensity_is_headcount_times_mean_deprivations_over_six(two_spaces):
    for category in ("poor", "extremely_poor", "moderately_poor"):
        share = two_spaces.get("category", category=category).estimate
        depth = two_spaces.get("depth", category=category).estimate
        intensity = two_spaces.get("intensity", category=category).estimate
        assert intensity == pytest.approx(share * depth / 6, rel=EXACT)


def test_a_category_without_deprivations_has_no_depth(two_spaces):
    measures = two_spaces.to_pandas().query("category == 'vulnerable_by_income'")["measure"]
    assert measures.tolist() == ["category"]


def test_depth_and_intensity_by_group_add_up_and_have_standard_errors():
    rows = [(w, s, income) for w, s, income in ROWS for _ in range(2)]
    frame = mexico(rows) | {
        "region": ["N", "S"] * len(ROWS),
        "psu": list(range(2 * len(ROWS))),
    }
    survey = mpi.Survey(frame, weight="w", psu="psu", date="2014")
    estimates = mpi.tabulate(survey, "mexico-coneval-2008", by="region").estimate()
    for region in "NS":
        found = estimates.get("depth", category="poor", region=region)
        assert found.estimate == pytest.approx(9 / 4, rel=EXACT)
        assert found.se > 0
        intensity = estimates.get("intensity", category="poor", region=region)
        assert intensity.estimate == pytest.approx(3 / 20, rel=EXACT)
        assert 0 < intensity.se < 1
    whole = estimates.get("depth", category="poor")
    assert whole.estimate == pytest.approx(9 / 4, rel=EXACT)
    assert whole.ci_low < 9 / 4 < whole.ci_high


def test_who_lacks_an_income_leaves_depth_and_intensity_too():
    rows = [*ROWS, (10, 2, None)]
    survey = mpi.Survey(mexico(rows), weight="w", date="2014")
    estimates = mpi.tabulate(survey, "mexico-coneval-2008").estimate()
    # with two deprivations and no income she may be poor: she is left out of what needs it
    assert_figures(estimates, {"depth": "9/4", "intensity": "3/20"}, category="poor")
