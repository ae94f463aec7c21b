"""What every bundled specification and codebook has to say, and what a template refuses."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pandas as pd
import pytest

import mpi
from mpi.cli import main
from mpi.errors import SpecificationError
from mpi.spec.files import bundled

SPECS = bundled("spec")
TEMPLATES = ("chile-2024", "costa-rica-2015", "el-salvador-2015", "panama-2017")
COMPLETE = [name for name in SPECS if name not in TEMPLATES]

# id: unit, indicators, cutoff, scale of the scores, distinct weights
STRUCTURE = {
    "colombia-dane": ("household", 15, "1/3", 100, {"1/10", "1/20", "1/25"}),
    "colombia-dnp-2011": ("household", 15, "1/3", 100, {"1/10", "1/20", "1/25"}),
    "uruguay-ine-2025": ("household", 15, "4/15", 15, {"1/15"}),
    "uruguay-rights-2012": ("household", 11, "1/4", 4, {"1/4"}),
    "uruguay-nbi-2011": ("household", 6, "1/6", 6, {"1/6"}),
    "mexico-coneval-2008": ("person", 6, "1/6", 6, {"1/6"}),
    "mexico-coneval-2018": ("person", 6, "1/6", 6, {"1/6"}),
    "global-mpi-2018": ("household", 10, "1/3", 18, {"1/6", "1/18"}),
    "world-bank-mpm": ("household", 6, "1/3", 18, {"1/3", "1/6", "1/9"}),
    "cepal-ipm-al-2025": ("household", 12, "4/12", 12, {"1/12"}),
    "cepal-mpi-la-2014": ("household", 13, "1/4", 27, {"2/27", "1/27", "4/27"}),
    "cepal-sae-8": ("person", 8, "2/5", 10, {"1/10", "1/5"}),
    "chile-2015": ("household", 15, "9/40", 120, {"3/40", "1/30"}),
    "ecuador-inec": ("household", 12, "1/3", 48, {"1/12", "1/8", "1/16"}),
}


def test_every_complete_specification_is_in_the_table():
    assert set(STRUCTURE) == set(COMPLETE)


@pytest.mark.parametrize("name", COMPLETE)
def test_units_weights_and_cutoffs_are_those_of_the_sources(name):
    unit, indicators, cutoff, scale, weights = STRUCTURE[name]
    spec = mpi.specification(name)
    assert spec.unit == unit
    assert len(spec.indicators) == indicators
    assert spec.cutoff == Fraction(cutoff)
    assert spec.scale == scale
    assert {element.weight for element in spec.elements} == set(map(Fraction, weights))
    assert sum(element.weight for element in spec.elements) == 1


@pytest.mark.parametrize("name", COMPLETE)
def test_every_threshold_says_where_it_comes_from(name):
    spec = mpi.specification(name)
    assert not mpi.lint(spec, strict=True).of_code("NO_BASIS")
    assert spec.description
    assert spec.sources
    assert all(indicator.rights for indicator in spec.indicators.values())


@pytest.mark.parametrize("name", COMPLETE)
def test_applicability_is_stated_wherever_it_is_limited(name):
    codes = {finding.code for finding in mpi.lint(mpi.specification(name))}
    assert not codes & {"NONE_APPLICABLE_NOT_STATED", "SAME_RULE", "UNUSED", "NORM_GAP"}


@pytest.mark.parametrize("name", COMPLETE)
def test_what_is_not_confirmed_is_said_where_it_stands_and_in_the_description(name):
    spec = mpi.specification(name)
    found = [f for f in mpi.lint(spec) if f.code in ("UNCONFIRMED_BASIS", "RECONSTRUCTION")]
    if any(finding.where.startswith("indicator") for finding in found):
        text = spec.description.casefold()
        assert "unconfirmed" in text or "reconstruction" in text or "ours" in text


def test_the_ages_of_ecuador_are_marked_as_those_of_a_replication():
    indicators = mpi.specification("ecuador-inec").indicators.values()
    limited = [i for i in indicators if i.applies_to is not None]
    assert len(limited) == 6
    for indicator in limited:
        assert any("ages from a third-party" in basis.note for basis in indicator.basis)


@pytest.mark.parametrize("name", SPECS)
def test_show_and_check_work_and_exit_with_0(name, capsys):
    assert main(["show", name]) == 0
    assert name in capsys.readouterr().out
    assert main(["check", name]) == 0
    assert f"{name}: the file is right." in capsys.readouterr().out


@pytest.mark.parametrize("name", COMPLETE)
@pytest.mark.parametrize("codebook", bundled("survey"))
def test_every_specification_can_be_checked_with_every_codebook(name, codebook):
    found = mpi.check(name, codebook)
    spec = mpi.specification(name)
    lacking = {f.where.split("'")[1] for f in found.of_code("VARIABLE_NOT_GIVEN")}
    assert lacking <= {*spec.indicators, *spec.conditions}


FITS = {
    ("colombia-dane", "colombia-ecv-2025"): set(),
    ("colombia-dnp-2011", "colombia-ecv-2025"): set(),
    ("cepal-sae-8", "colombia-geih-2018"): set(),
    ("uruguay-ine-2025", "uruguay-ech-2018"): set(),
    ("uruguay-rights-2012", "uruguay-ech-2018"): set(),
    ("uruguay-nbi-2011", "uruguay-ech-2018"): set(),
    ("cepal-ipm-al-2025", "uruguay-ech-2018"): set(),
    ("mexico-coneval-2008", "mexico-enigh-2016"): {"below_line", "below_extreme_line"},
    ("mexico-coneval-2018", "mexico-enigh-2016"): {
        "ic_ali_nc", "below_line", "below_extreme_line",
    },
    ("colombia-dane", "uruguay-ech-2018"): {"early_childhood", "health_access"},
    ("uruguay-ine-2025", "colombia-ecv-2025"): {
        "materials", "tenure", "heating", "sanitation", "pensions", "domestic_work",
        "minors_protection", "unemployment", "underemployment",
    },
}  # fmt: skip


@pytest.mark.parametrize(("spec", "codebook"), FITS)
def test_what_a_codebook_cannot_give_is_known_without_data(spec, codebook):
    found = mpi.check(spec, codebook).of_code("VARIABLE_NOT_GIVEN")
    assert {finding.where.split("'")[1] for finding in found} == FITS[spec, codebook]


# --- templates --------------------------------------------------------------------------------


@pytest.mark.parametrize("name", TEMPLATES)
def test_a_template_refuses_to_be_computed_and_says_what_is_missing(name):
    spec = mpi.specification(name)
    with pytest.raises(SpecificationError) as caught:
        mpi.tabulate({"a": [1]}, name)
    text = str(caught.value)
    for lack in spec.lacks:
        assert f"incomplete: {lack}" in text
    assert "fill it in" in text
    told = [finding.detail for finding in mpi.lint(spec).of_code("INCOMPLETE")]
    assert told == [f"lacks {lack}" for lack in spec.lacks]


def test_templates_are_listed_as_incomplete(capsys):
    assert main(["specs"]) == 0
    lines = capsys.readouterr().out.splitlines()
    found = [line.split()[0] for line in lines if "  incomplete  " in line]
    assert found == sorted(TEMPLATES)


def test_a_rule_that_is_not_known_is_refused_by_its_indicator():
    spec = mpi.specification({
        "id": "s", "unit": "person", "cutoff": 1, "status": "template",
        "dimension": [{"id": "d", "indicator": [{"id": "x", "deprived": "None"}]}],
    })  # fmt: skip
    with pytest.raises(SpecificationError, match="indicator 'x', deprived: the rule is not known"):
        mpi.score({"a": [1]}, spec)


def test_a_dimension_without_indicators_needs_a_word_on_what_is_lacking():
    outline = {"id": "s", "unit": "person", "cutoff": 1, "dimension": [{"id": "d"}]}
    with pytest.raises(SpecificationError, match="dimension 'd', indicator: is empty"):
        mpi.specification(outline)
    spec = mpi.specification(outline | {"lacks": ["the indicators"]})
    assert spec.elements == ()
    assert mpi.specification({"id": "t", **spec.content()}) == spec


# --- rules that no shared data exercise -------------------------------------------------------


def homes(**columns):
    base = {
        "hh": [1], "age": [30], "years_schooling": [8], "attends_school": [0],
        "undernourished": [0], "severely_undernourished": [0], "child_death_5y": [0],
        "child_deaths_5y": [0], "cooking_fuel": ["gas"], "toilet": ["sewer"],
        "toilet_shared": [0], "water_source": ["network"], "water_minutes": [0],
        "electricity": [1], "floor_material": ["finished"], "roof_material": ["tile"],
        "wall_material": ["masonry"], "car": [0], "radio": [1], "television": [1],
        "telephone": [0], "computer": [0], "animal_cart": [0], "bicycle": [0], "motorbike": [0],
        "fridge": [0],
    }  # fmt: skip
    return base | columns


GLOBAL = {
    "nobody is deprived": ({}, set(), set()),
    "one asset": ({"radio": [0]}, {"assets"}, set()),
    "no asset": ({"radio": [0], "television": [0]}, {"assets"}, {"assets"}),
    "one asset and a car": ({"radio": [0], "car": [1]}, set(), set()),
    "half an hour": ({"water_minutes": [30]}, {"drinking_water"}, set()),
    "three quarters": ({"water_minutes": [46]}, {"drinking_water"}, {"drinking_water"}),
    "five years": ({"years_schooling": [5]}, {"years_of_schooling"}, set()),
    "no year": ({"years_schooling": [0]}, {"years_of_schooling"}, {"years_of_schooling"}),
    "young adult": ({"age": [12], "years_schooling": [5], "attends_school": [1]},
                    {"years_of_schooling"}, set()),
    "too young": ({"age": [11], "years_schooling": [5], "attends_school": [1]}, set(), set()),
    "out of class 8": ({"age": [14]}, {"school_attendance"}, set()),
    "out of class 6": ({"age": [12]}, {"school_attendance"}, {"school_attendance"}),
    "not measured": ({"undernourished": [None]}, set(), set()),
    "old and thin": ({"age": [70], "undernourished": [1]}, set(), set()),
    "charcoal": ({"cooking_fuel": ["charcoal"]}, {"cooking_fuel"}, set()),
    "wood": ({"cooking_fuel": ["wood"]}, {"cooking_fuel"}, {"cooking_fuel"}),
    "earth": ({"floor_material": ["earth"]}, {"housing"}, set()),
}  # fmt: skip


@pytest.mark.parametrize("case", GLOBAL)
def test_the_global_index_judges_a_household_as_its_table_says(case):
    columns, deprived, destitute = GLOBAL[case]
    spec = mpi.specification("global-mpi-2018").with_parameters(school_entry_age=6, class8_age=14)
    survey = mpi.Survey(homes(**columns), household_id="hh")
    (row,) = mpi.score(survey, spec).to_pandas().to_dict("records")
    assert {name for name in spec.indicators if row[name]} == deprived
    assert {name for name in spec.indicators if row[f"{name}:destitute"]} == destitute


def test_the_global_index_asks_for_the_windows_of_school_age():
    with pytest.raises(SpecificationError, match="parameter 'class8_age' has no value"):
        mpi.tabulate(homes(), "global-mpi-2018")


@pytest.mark.parametrize(
    ("income", "date", "poor"),
    [(2.14, "2024", True), (2.15, "2024", False), (2.5, "2026", True), (3.0, "2026", False)],
)
def test_the_line_of_the_world_bank_has_the_value_of_its_date(income, date, poor):
    spec = mpi.specification("world-bank-mpm").with_parameters(
        school_entry_age=6, grade8_age=14, grade9_age=15
    )
    frame = homes(income=[income], education_level=[2])
    found = mpi.score(mpi.Survey(frame, household_id="hh", date=date), spec)
    assert found.to_arrow()["poor_1/3"].to_pylist() == [poor]


@pytest.mark.parametrize(
    ("born", "years"), [(1913, 0), (1914, 4), (1918, 4), (1919, 6), (1952, 6), (1953, 8),
                        (1988, 8), (1989, 12)],
)  # fmt: skip
def test_chiles_standard_of_schooling_by_birth_year(born, years):
    spec = mpi.specification("chile-2015")
    rule = 'years < norm("cl_compulsory_years", born=born)'
    alone = spec.replace(
        unit="person",
        cutoff=1,
        dimension=[{"id": "d", "indicator": [{"id": "x", "deprived": rule}]}],
    )
    survey = mpi.Survey({"years": list(range(14)), "born": [born] * 14}, date="2015")
    assert mpi.score(survey, alone).to_arrow()["x"].to_pylist().index(False) == years


def lag_of_2008(age, born, attends, level):
    """The educational lag as the rules of 2008 print it, case by case."""
    if age <= 2:
        return False
    if age <= 15:
        return not attends and level < 2
    return level < (2 if born >= 1982 else 1)


def lag_of_2018(age, born, attends, level):
    """The educational lag as the rules of 2018 print it, case by case."""
    if age <= 2:
        return False
    if born >= 1998:
        return level < 3 and (age >= 22 or not attends)
    return level < (2 if born >= 1982 else 1)


LAGS = [("mexico-coneval-2008", lag_of_2008, year) for year in (2008, 2010, 2014, 2016)]
LAGS += [("mexico-coneval-2018", lag_of_2018, year) for year in (2018, 2020, 2022, 2024)]


@pytest.mark.parametrize(("name", "printed", "year"), LAGS)
def test_the_educational_lag_of_mexico_is_the_printed_rule_for_everybody(name, printed, year):
    people = [
        {"age": age, "birth_year": year - age, "attends_school": attends, "education_level": level}
        for age in range(100)
        for attends in (False, True)
        for level in range(5)
    ]
    spec = mpi.specification(name)
    alone = spec.replace(
        dimension=[spec.dimension[0].content()], condition=[], category=[], cutoff=1
    )
    frame = {key: [person[key] for person in people] for key in people[0]}
    found = mpi.score(mpi.Survey(frame, date=str(year)), alone).to_arrow()["ic_rezedu"].to_pylist()
    assert found == [printed(*person.values()) for person in people]


def test_the_proportions_of_2011_have_the_gaps_of_their_shares():
    frame = {"hh": [1, 1, 1, 1], "age": [40, 41, 10, 12], "literate": [1, 0, 1, 1],
             "years_schooling": [9, 3, 4, 5], "attends_school": [0, 0, 1, 0]}  # fmt: skip
    spec = mpi.specification("colombia-dnp-2011")
    kept = [i.content() | {"weight": "1/3"} for i in spec.indicators.values()
            if i.id in ("educational_achievement", "illiteracy", "school_attendance")]  # fmt: skip
    alone = spec.replace(cutoff="1/3", dimension=[{"id": "d", "indicator": kept}])
    estimates = mpi.tabulate(mpi.Survey(frame, household_id="hh"), alone).estimate()
    # means: 6 of 9 years, one of two adults literate, one of two children at school
    gaps = (1 / 3, 1 / 2, 1 / 2)
    assert estimates.get("M0").estimate == 1
    assert estimates.get("M1").estimate == pytest.approx(sum(gaps) / 3, rel=1e-15)
    assert estimates.get("M2").estimate == pytest.approx(sum(g**2 for g in gaps) / 3, rel=1e-15)


# --- two spaces -------------------------------------------------------------------------------

# number of the six rights that are lacking, income; None is not known
TWO_SPACES = [(0, 200), (2, 200), (0, 90), (1, 90), (3, 10), (0, None), (4, None)]
CLASSES = {
    "poor": 2, "extremely_poor": 1, "moderately_poor": 1, "vulnerable_by_deprivation": 1,
    "vulnerable_by_income": 1, "neither": 1,
}  # fmt: skip


@pytest.mark.parametrize("name", ["mexico-coneval-2008", "mexico-coneval-2018"])
def test_who_has_no_known_income_is_in_no_class_of_mexico(name):
    spec = mpi.specification(name)
    rights = list(spec.indicators)
    flags = [
        {"id": f"of_{right}", "indicator": [{"id": right, "deprived": f"lacks_{right}"}]}
        for right in rights
    ]
    frame = {f"lacks_{right}": [int(place < n) for n, _ in TWO_SPACES]
             for place, right in enumerate(rights)}  # fmt: skip
    frame |= {"income": [income for _, income in TWO_SPACES]}
    frame |= {"poverty_line": [100] * len(TWO_SPACES), "extreme_line": [50] * len(TWO_SPACES)}
    estimates = mpi.tabulate(frame, spec.replace(dimension=flags)).estimate(se=False)
    known = sum(income is not None for _, income in TWO_SPACES)
    for category, members in CLASSES.items():
        found = estimates.get("category", category=category)
        assert found.n == known, category
        assert found.estimate == pytest.approx(members / known, rel=1e-15), category


def test_who_has_no_known_income_is_in_no_class_of_the_rights_index():
    spec = mpi.specification("uruguay-rights-2012")
    flags = [{"id": d.id, "rule": "union", "indicator": [{"id": f"{d.id}_x", "deprived": d.id}]}
             for d in spec.dimension]  # fmt: skip
    frame = {d.id: [0, 1, 0, 1, 0, 1] for d in spec.dimension}
    frame |= {"income": [200, 200, 90, 90, None, None], "poverty_line": [100] * 6}
    alone = spec.replace(unit="person", dimension=flags)
    estimates = mpi.tabulate(frame, alone).estimate(se=False)
    for category in spec.categories:
        found = estimates.get("category", category=category)
        assert (found.n, found.estimate) == (4, 0.25), category


def test_a_reason_that_was_not_asked_of_the_labour_force_is_no_missing_answer():
    # Uruguay's index was missing for every household with a worker, except on the extract of 2018,
    # whose codebook has a class for the labour force.
    people = {
        "hh": [1, 1, 2, 2, 3],
        "age": [40, 38, 40, 38, 40],
        "economically_active": [1, 0, 1, 1, 0],
        "inactivity_reason": [None, "domestic_or_care", None, None, None],
    }
    spec = mpi.specification("uruguay-ine-2025")
    (rule,) = [i for d in spec.dimension for i in d.indicator if i.id == "domestic_work"]
    alone = spec.replace(
        cutoff=1, parameter=[], norm=[], dimension=[{"id": "d", "indicator": [rule.content()]}]
    )
    found = mpi.score(mpi.Survey(people, household_id="hh"), alone)
    assert found.to_arrow()["domestic_work"].to_pylist() == [True, False, None]


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("reconstruction", "own [reconstruction]"),
        ("template", "own [template]"),
        ("statute", "own"),
    ],
)
@pytest.mark.parametrize("name", ["r.csv", "r.parquet", "r.json"])
def test_a_file_of_estimates_says_what_is_not_official(status, expected, name, tmp_path):
    spec = mpi.Specification.from_columns({"d": ["a"]}, cutoff=1).replace(id="own", status=status)
    mpi.measure({"a": [0, 1]}, spec).save(tmp_path / name)
    read = {".csv": pd.read_csv, ".parquet": pd.read_parquet, ".json": pd.read_json}
    frame = read[Path(name).suffix](tmp_path / name)
    assert frame.columns[0] == "specification"
    assert set(frame["specification"]) == {expected}
