"""Uruguay: the raw codes of the ECH, one flat file of persons, a specification in Python.

Source: INE, Encuesta Continua de Hogares 2018, a published teaching extract of 500 households. The
figures are computed from the rules, not official, and say nothing about Uruguay. They count each
of the 1,294 rows, with the one live-in domestic worker; `member` is declared where she is left out.
"""

from __future__ import annotations

import pytest

import mpi

FOUR_DECIMALS = 0.5e-4
# shares of 500 households and of 1,294 rows times their number; weights are whole numbers
SUMMATION = 1e-9
ROWS, MEMBERS, HOUSEHOLDS = 1_294, 1_293, 500
# the weight of all rows, and that of the live-in domestic worker
WEIGHT, WORKER = 41_661, 15

_ATTENDS = ("e193", "e197", "e201", "e212", "e215", "e218", "e221", "e224")
_EDUCATION = (2, 3, 4, 5, 6, 7, 8, 9, 10, 11)
# 9 means less than a year; technical courses count from the level that they ask for
_YEARS = {f"y{n}": f"0 if e51_{n} == 9 else e51_{n}" for n in _EDUCATION}
VARIABLES = _YEARS | {
    "school": "min(6, max(y2, y3)) + min(3, y4) + min(3, max(y5, y6))",
    "entry": "12 if e51_7_1 == 1 else 9 if e51_7_1 == 2 else 6 if e51_7_1 == 3 else 0",
    "years_schooling": "max(school + max(y8, y9, y10) + y11, y7 + entry)",
    "born": "2018 - e27",
    "attends_school": " or ".join([*(f"{n} == 1" for n in _ATTENDS), "e27 < 4 and e238 == 1"]),
    "unemployed": "pobpcoac in (3, 4, 5)",
}
MEMBER = {"member": "e30 != 14"}

ATTAINMENT = "years_schooling < (6 if born < 1961 else 9 if born < {last} else 12)"
SEARCHING, DISCOURAGED = "unemployed and f113 >= 4", "f108 == 4"
# technical courses (e212) are secondary education: without them there are 146 pupils, 17 households
PUPIL = "9 <= e27 <= 20 and (e197 == 1 or e201 == 1 or e212 == 1)"
LAG = "e27 - 6 - years_schooling >= 2"
WATER = "d12 != 1 or d11 in (4, 5, 6)"
ADULT, OVER_18 = "e27 >= 18", "e27 > 18"

# indicator: rule, to whom it applies; households, persons, weighted %; None where not stated
TABLE = {
    "crowding": ("ht19 / d10 > 2", None, 33, 151, 12.9978),
    "crowding_with_ties": ("ht19 / d10 >= 2", None, 119, 423, 34.9752),
    "tenure": ("d8_1 in (3, 4, 9)", None, 22, 76, 6.7521),
    "internet": ("d21_16 == 2", None, 144, 368, 27.3133),
    "heating": ("d260 == 6", None, 47, 151, 12.6521),
    "sanitation": ("d13 == 3 or d15 == 2 or d16 in (3, 4)", None, 11, 37, 3.2692),
    "materials": (
        "c2 == 6 or c3 == 6 or c4 == 5 or c5_10 == 1 or c5_11 == 1", None, 19, 80, 6.8505,
    ),
    "school_link": ("any(not attends_school and e201_1 != 1)", "4 <= e27 <= 18", 10, 49, 4.2822),
    "school_lag": (f"any({LAG})", PUPIL, 18, None, None),
    "attainment": (f"any({ATTAINMENT.format(last=1994)})", OVER_18, 167, 530, 42.8506),
    "unemployment": (f"any({SEARCHING} or {DISCOURAGED})", ADULT, 43, 151, 12.9930),
    "searching": (f"any({SEARCHING})", ADULT, 31, None, None),
    "discouraged": (f"any({DISCOURAGED})", ADULT, 12, None, None),
    "underemployment": ("any(subempleo == 1)", ADULT, 36, 118, 9.8773),
    "informality": ("any(pobpcoac == 2 and f82 == 2)", ADULT, 107, 320, 25.9763),
    "income": ("ht11 < lp_06", None, 22, None, 7.1050),
    "official_income": ("pobre06 == 1", None, 22, None, 7.1050),
}  # fmt: skip

# the six basic needs of 2011
NEEDS = {
    "housing": ("c2 == 6 or c3 == 6 or c4 == 5 or ht19 / d9 > 2 or d19 == 3", None, 10),
    "water": (f"{WATER} or d11 == 2", None, 6),
    "sanitation": ("d13 == 3 or d15 == 2 or d16 not in (1, 2)", None, 11),
    "electricity": ("d18 in (3, 4)", None, 0),
    "comfort": ("d260 == 6 or d21_3 == 2 or d21_1 != 1 and d21_2 != 1", None, 65),
    "education": ("any(not attends_school and years_schooling < 12)", "4 <= e27 <= 17", 9),
}
HOUSEHOLDS_BY_NEEDS = {0: 420, 1: 65, 2: 10, 3: 4, 4: 1}


def specification(rules, *, unit="household", universe=None):
    """Each rule is a dimension of its own; poor is who is deprived in any."""
    return mpi.specification(
        {
            "id": "uruguay",
            "unit": unit,
            "universe": universe,
            "cutoff": f"1/{len(rules)}",
            "dimension": [
                {
                    "id": f"of_{name}",
                    "indicator": [{"id": name, "deprived": rule, "applies_to": applies_to}],
                }
                for name, (rule, applies_to, *_) in rules.items()
            ],
        }
    )


def toml(variables):
    lines = ['id = "uruguay-test"']
    for name, rule in variables.items():
        lines += ["[[variable]]", f'id = "{name}"', 'level = "person"', f'value = "{rule}"']
    return "\n".join(lines)


@pytest.fixture(scope="module")
def make_survey(microdata, tmp_path_factory):
    """The flat file, of all rows or of members, with or without weights."""
    folder = tmp_path_factory.mktemp("codebooks")

    def make(*, members=False, weight="pesoano"):
        codebook = folder / "codebook.toml"
        codebook.write_text(toml(VARIABLES | MEMBER if members else VARIABLES), encoding="utf-8")
        persons = microdata("uruguay-ech-2018") / "persons.parquet"
        keys = {"household_id": "numero", "person_id": "nper"}
        return mpi.Survey(persons, codebook=codebook, weight=weight, **keys)

    return make


@pytest.fixture(scope="module")
def survey(make_survey):
    return make_survey()


@pytest.fixture(scope="module")
def unweighted(make_survey):
    return make_survey(weight=None)


@pytest.fixture(scope="module")
def table(survey):
    return mpi.tabulate(survey, specification(TABLE))


@pytest.fixture(scope="module")
def counted(unweighted):
    return mpi.tabulate(unweighted, specification(TABLE))


@pytest.fixture(scope="module")
def needs(unweighted):
    return mpi.tabulate(unweighted, specification(NEEDS)).estimate(count="households")


def stated(column):
    """Indicators of the table and one of their figures, where the source states it."""
    position = {"households": 2, "persons": 3, "percent": 4}[column]
    figures = {name: row[position] for name, row in TABLE.items()}
    return [(name, figure) for name, figure in figures.items() if figure is not None]


def number(estimate):
    """An unweighted share as the number of its units."""
    return float(estimate) * estimate.n


def persons_deprived(survey, rule, universe):
    """Number of deprived persons, and of persons in the universe."""
    spec = specification({"rule": (rule, None)}, unit="person", universe=universe)
    found = mpi.tabulate(survey, spec).estimate().get("hd", indicator="rule")
    return number(found), found.n


# --- each row of the table --------------------------------------------------------------------


def test_the_extract_has_all_rows_and_its_weights(table, counted):
    assert table.n == ROWS
    assert table.groupings[0].table.weight.sum() == WEIGHT
    assert counted.estimate(count="households").get("H").n == HOUSEHOLDS


@pytest.mark.parametrize(("indicator", "expected"), stated("households"))
def test_number_of_deprived_households(counted, indicator, expected):
    found = number(counted.estimate(count="households").get("hd", indicator=indicator))
    assert found == pytest.approx(expected, abs=SUMMATION)


@pytest.mark.parametrize(("indicator", "expected"), stated("persons"))
def test_number_of_persons_in_deprived_households(counted, indicator, expected):
    found = number(counted.estimate(count="persons").get("hd", indicator=indicator))
    assert found == pytest.approx(expected, abs=SUMMATION)


@pytest.mark.parametrize(("indicator", "expected"), stated("percent"))
def test_weighted_percentage_of_persons(table, indicator, expected):
    found = 100 * float(table.estimate(count="persons").get("hd", indicator=indicator))
    assert found == pytest.approx(expected, abs=FOUR_DECIMALS)


def test_no_answer_is_missing_since_a_question_that_was_not_asked_has_code_0(survey):
    frame = mpi.score(survey, specification(TABLE)).to_pandas()
    assert len(frame) == HOUSEHOLDS
    assert frame[list(TABLE)].notna().all().all()


def test_income_below_the_line_is_the_official_poverty_in_500_of_500_households(survey):
    frame = mpi.score(survey, specification(TABLE)).to_pandas()
    assert frame["income"].tolist() == frame["official_income"].tolist()
    assert frame["income"].sum() == 22


# --- the live-in domestic worker is a row of her household, not a member ----------------------


def test_one_household_has_a_live_in_domestic_worker(survey):
    rules = {
        "worker": ("any(e30 == 14)", None),
        "sizes_differ": ("d25 != ht19", None),
        "not_all_rows": ("count() != d25", None),
        "not_all_others": ("count(e30 != 14) != ht19", None),
    }
    frame = mpi.score(survey, specification(rules)).to_pandas().set_index("numero")
    assert frame[list(rules)].sum().tolist() == [1, 1, 0, 0]
    assert frame["worker"].idxmax() == frame["sizes_differ"].idxmax() == "2018007295"


def test_without_her_the_same_households_are_deprived(make_survey, survey):
    members = mpi.score(make_survey(members=True), specification(TABLE)).to_pandas()
    rows = mpi.score(survey, specification(TABLE)).to_pandas()
    assert members.equals(rows)


def test_without_her_the_share_of_persons_has_her_weight_less(make_survey):
    profiles = mpi.tabulate(make_survey(members=True), specification(TABLE))
    estimates = profiles.estimate(count="persons")
    assert profiles.n == MEMBERS
    for indicator, percent in stated("percent"):
        hers = WORKER if indicator == "informality" else 0
        found = float(estimates.get("hd", indicator=indicator)) * (WEIGHT - WORKER)
        deprived = round(percent * WEIGHT / 100) - hers
        assert found == pytest.approx(deprived, rel=SUMMATION), indicator


# --- persons: attainment, lag, years of schooling ---------------------------------------------


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        (ATTAINMENT.format(last=1994), 245),
        (ATTAINMENT.format(last=1992), 256),
        ("years_schooling < 6", 65),
        ("years_schooling < 9", 336),
        ("years_schooling < 12", 622),
    ],
)
def test_persons_over_18_below_the_years_of_their_birth_year(unweighted, rule, expected):
    deprived, all_of_them = persons_deprived(unweighted, rule, OVER_18)
    assert deprived == pytest.approx(expected, abs=SUMMATION)
    assert all_of_them == 987


def test_pupils_two_or_more_years_behind(unweighted):
    deprived, all_of_them = persons_deprived(unweighted, LAG, PUPIL)
    assert deprived == pytest.approx(25, abs=SUMMATION)
    assert all_of_them == 148


def test_mean_years_of_schooling_by_the_gap_to_25_years(survey):
    gap = {"id": "years", "deprived": "years_schooling < 25", "gap": "(25 - years_schooling) / 25"}
    spec = specification({"years": ("years_schooling < 25", None)}, unit="person")
    spec = spec.replace(universe="e27 >= 25", dimension=[{"id": "d", "indicator": [gap]}])
    m1 = float(mpi.tabulate(survey, spec).estimate().get("M1"))
    assert 25 * (1 - m1) == pytest.approx(10.2329, abs=FOUR_DECIMALS)


# --- basic needs, list of 2011 ----------------------------------------------------------------


@pytest.mark.parametrize(("need", "expected"), [(name, row[2]) for name, row in NEEDS.items()])
def test_households_with_each_unsatisfied_basic_need(needs, need, expected):
    found = number(needs.get("hd", indicator=need))
    assert found == pytest.approx(expected, abs=SUMMATION)


def test_four_households_lack_water_if_an_unprotected_well_is_enough(survey):
    frame = mpi.score(survey, specification({"water": (WATER, None)})).to_pandas()
    assert frame["water"].sum() == 4


@pytest.mark.parametrize(("count", "expected"), HOUSEHOLDS_BY_NEEDS.items())
def test_households_by_number_of_needs(needs, count, expected):
    found = number(needs.get("dimension_count", category=count))
    assert found == pytest.approx(expected, abs=SUMMATION)


def test_households_and_persons_with_any_need(survey, unweighted, needs):
    spec = specification(NEEDS)
    persons = mpi.tabulate(unweighted, spec).estimate(count="persons").get("H")
    weighted = mpi.tabulate(survey, spec).estimate(count="persons").get("H")
    assert number(needs.get("H")) == pytest.approx(80, abs=SUMMATION)
    assert number(persons) == pytest.approx(231, abs=SUMMATION)
    assert 100 * float(weighted) == pytest.approx(18.6937, abs=FOUR_DECIMALS)
