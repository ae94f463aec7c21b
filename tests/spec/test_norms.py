"""Norms: which value the law has for whom, on which date; and what is refused."""

from __future__ import annotations

from datetime import date

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import mpi
from mpi.errors import EstimationError, SpecificationError, SurveyError
from mpi.spec.dates import moment
from mpi.spec.norms import Norm, NormError, cohorts

YEARS = 'years < norm("schooling", born=born)'
LAWS = [
    {"value": 6, "in_force": 1877},
    {"value": 9, "in_force": 1973, "age_to": 12},
    {"value": 12, "in_force": date(2009, 1, 16), "age_to": "reached"},
]
REACHED = [{"id": "reached", "value": 15}]


def specification(values=None, rule=YEARS, unit="person", **keys):
    indicator = {"id": "x", "deprived": rule} | keys.pop("indicator", {})
    content = {
        "id": "s",
        "unit": unit,
        "cutoff": "1/2",
        "parameter": REACHED,
        "norm": [{"id": "schooling", "value": LAWS if values is None else values}],
        "dimension": [{"id": "d", "indicator": [indicator]}],
    }
    return mpi.specification(content | keys)


def deprived(spec, frame, **survey):
    """Deprivations of a frame, in the order of its rows."""
    return mpi.score(mpi.Survey(frame, **survey), spec).to_arrow()["x"].to_pylist()


def standard(spec, born, **survey):
    """Years that the norm asks of those born in some years: the fewest that are enough."""
    found = []
    for year in born:
        frame = {"years": list(range(14)), "born": [year] * 14}
        found.append(deprived(spec, frame, **survey).index(False))
    return found


def problems(call, error):
    with pytest.raises(error) as caught:
        call()
    return str(caught.value)


# --- two axes ---------------------------------------------------------------------------------


def test_the_standard_of_a_cohort_changes_with_the_year_of_birth():
    assert standard(specification(), [1900, 1960, 1961, 1993, 1994, 2010], date="2018") == [
        6,
        6,
        9,
        9,
        12,
        12,
    ]


@pytest.mark.parametrize(
    ("law", "expected"),
    [
        ("1972", [6, 6, 6]),
        ("1973", [6, 9, 9]),
        ("2008", [6, 9, 9]),
        ("2009-01-15", [6, 9, 9]),
        ("2009-01-16", [6, 9, 12]),
        ("2009", [6, 9, 12]),
        (2009, [6, 9, 12]),
        (date(2009, 1, 15), [6, 9, 9]),
    ],
)
def test_the_law_of_another_date_can_be_applied_to_the_same_people(law, expected):
    spec = specification()
    assert standard(spec, [1960, 1961, 1994], date="2018", law_as_of=law) == expected


def test_a_law_that_the_specification_fixes_is_not_moved_by_the_survey():
    spec = specification(law_as_of=date(2008, 12, 31))
    assert standard(spec, [1994], date="2018") == [9]
    scored = mpi.score(mpi.Survey({"years": [9], "born": [1994]}, law_as_of="2018"), spec)
    (fixed,) = scored.findings.of_code("LAW_FIXED")
    assert fixed.detail == "the specification fixes the law of 2008-12-31; that of 2018 is not used"


def test_the_current_standard_holds_everybody_to_the_value_of_the_youngest():
    spec = specification(standard="current")
    assert standard(spec, [1900, 1961, 1994], date="2018") == [12, 12, 12]
    assert standard(spec, [1900, 1961, 1994], date="2000") == [9, 9, 9]


def test_a_parameter_moves_the_cohort_that_a_law_reached():
    spec = specification().with_parameters(reached=17)
    assert standard(spec, [1991, 1992], date="2018") == [9, 12]
    assert standard(specification(), [1991, 1992, 1993, 1994], date="2018") == [9, 9, 9, 12]


def test_a_norm_without_cohorts_changes_with_the_date_only():
    values = [{"value": 2.15, "in_force": 2022}, {"value": 3, "in_force": date(2025, 6, 1)}]
    spec = specification(values, rule='income < norm("schooling")')
    frame = {"income": [2.14, 2.15, 2.99, 3.0]}
    assert deprived(spec, frame, date="2024") == [True, False, False, False]
    assert deprived(spec, frame, date="2025-05") == [True, False, False, False]
    assert deprived(spec, frame, date="2025-06") == [True, True, True, False]


def test_a_norm_without_dates_needs_no_date():
    values = [{"value": 6, "born_to": 1960}, {"value": 9, "born_from": 1961}]
    assert standard(specification(values), [1960, 1961]) == [6, 9]


def test_a_value_that_has_ended_no_longer_holds():
    values = [{"value": 6}, {"value": 9, "in_force": 1973, "until": 1980, "born_from": 1961}]
    norm = Norm.model_validate({"id": "n", "value": values})
    found = [cohorts(norm, date(year, 6, 1), {}) for year in (1979, 1980, 1981)]
    assert [[str(step) for step in steps] for steps in found] == [
        ["6 born to 1960", "9 born from 1961"],
        ["6 born to 1960", "9 born from 1961"],
        ["6"],
    ]


def test_whose_year_of_birth_is_unknown_is_missing_where_the_norm_depends_on_it():
    frame = {"years": [3, 3], "born": [None, 1990]}
    assert deprived(specification(), frame, date="2018") == [None, True]
    assert deprived(specification(), frame, date="1950") == [True, True]


def test_members_of_a_household_are_each_held_to_their_own_standard():
    spec = specification(
        rule='any(years < norm("schooling", born=2018 - age))',
        unit="household",
        indicator={"applies_to": "age > 18", "if_none_applicable": "not deprived"},
    )
    frame = {"hh": [1, 1, 2, 3], "years": [6, 9, 8, 0], "age": [70, 40, 40, 5]}
    assert deprived(spec, frame, household_id="hh", date="2018") == [False, True, False]


@given(
    st.lists(st.tuples(st.integers(1900, 2000), st.integers(1, 20)), min_size=1, max_size=6),
    st.integers(1850, 2020),
)
def test_the_value_is_that_of_the_last_law_that_reached_the_cohort(laws, born):
    laws = list(dict(laws).items())
    values = [{"value": 0}, *({"value": v, "in_force": y, "age_to": 10} for y, v in laws)]
    norm = Norm.model_validate({"id": "n", "value": values})
    steps = cohorts(norm, date(2020, 12, 31), {})
    (step,) = [
        s
        for s in steps
        if (s.born_from is None or s.born_from <= born) and (s.born_to is None or born <= s.born_to)
    ]
    reached = [(year, value) for year, value in laws if born >= year - 10]
    assert step.value == (max(reached)[1] if reached else 0)


# --- what results say -------------------------------------------------------------------------


def test_results_say_which_law_was_applied():
    found = mpi.score(mpi.Survey({"years": [9], "born": [1961]}, date="2018"), specification())
    (law,) = found.findings.of_code("NORM_IN_FORCE")
    assert str(law) == (
        "[NORM_IN_FORCE] norm 'schooling': in force on 2018-12-31: 6 born to 1960, "
        "9 born 1961 to 1993, 12 born from 1994."
    )


def test_a_law_that_changed_within_the_year_is_a_finding():
    frame = {"years": [9], "born": [1961]}
    found = mpi.score(mpi.Survey(frame, date="2009"), specification()).findings
    (changed,) = found.of_code("LAW_CHANGED")
    assert changed.detail == (
        "changed on 2009-01-16; the law of 2009-12-31 is taken for the whole period"
    )
    for day in ("2009-01-15", "2009-02", "2018"):
        found = mpi.score(mpi.Survey(frame, date=day), specification()).findings
        assert not found.of_code("LAW_CHANGED")


def test_profiles_under_the_same_law_add_up_and_under_another_do_not():
    frame = {"years": [9, 3], "born": [1961, 1994]}
    tables = {
        year: mpi.tabulate(mpi.Survey(frame, date=year), specification())
        for year in ("2008", "2010", "2018")
    }
    assert (tables["2010"] + tables["2018"]).n == 4
    with pytest.raises(EstimationError, match="they are of different specifications"):
        tables["2008"] + tables["2018"]


def test_saved_profiles_keep_their_law(tmp_path):
    path = tmp_path / "p.profiles.parquet"
    profiles = mpi.tabulate(
        mpi.Survey({"years": [9, 3], "born": [1961, 1994]}, date="2018"), specification()
    )
    profiles.save(path)
    again = mpi.load_profiles(path)
    assert again.specification == profiles.specification
    assert again.specification.law_as_of == date(2018, 12, 31)


# --- the file ---------------------------------------------------------------------------------


def test_norms_and_parameters_survive_writing_and_reading(tmp_path):
    basis = {"instrument": "Law", "status": "statute", "published": date(1973, 1, 2)}
    values = [LAWS[0] | {"basis": basis}, LAWS[1] | {"basis": [basis, basis]}, LAWS[2]]
    spec = specification(values, law_as_of=2010, standard="current")
    spec.save(tmp_path / "s.toml")
    again = mpi.specification(tmp_path / "s.toml")
    assert again == spec
    assert again.fingerprint == spec.fingerprint
    assert [len(value.basis) for value in again.norms["schooling"].value] == [1, 2, 0]


def test_the_fingerprint_follows_what_decides_figures():
    spec = specification()
    noted = specification([LAWS[0] | {"note": "n"}, *LAWS[1:]])
    assert noted.fingerprint == spec.fingerprint
    others = [
        specification([LAWS[0] | {"value": 5}, *LAWS[1:]]),
        specification(standard="current"),
        specification(law_as_of=2008),
        specification(law_as_of=2018),
        spec.with_parameters(reached=17),
    ]
    assert len({spec.fingerprint, *(other.fingerprint for other in others)}) == 6
    assert specification(law_as_of=2018).fingerprint == specification(law_as_of=2010).fingerprint


# --- what is refused --------------------------------------------------------------------------


def test_a_date_before_the_first_norm_is_refused_with_both_dates():
    survey = mpi.Survey({"years": [3], "born": [1850]}, date="2018", law_as_of="1860")
    text = problems(lambda: mpi.score(survey, specification()), SurveyError)
    assert "norm 'schooling': no value is in force on 1860-12-31" in text
    assert "the first took effect on 1877-01-01" in text
    assert "indicator 'x', deprived" in text


def test_no_date_at_all_is_refused():
    frame = {"years": [3], "born": [1990]}
    text = problems(lambda: mpi.score(frame, specification()), SurveyError)
    assert "norm 'schooling' depends on the date, and there is none" in text
    assert "Give date= or law_as_of= to the survey." in text


def test_a_date_that_is_none_is_refused_where_a_norm_needs_it():
    frame = {"years": [3], "born": [1990]}
    text = problems(
        lambda: mpi.score(mpi.Survey(frame, date="wave 3"), specification()), SurveyError
    )
    assert "date: 'wave 3' is no date" in text
    text = problems(lambda: mpi.Survey(frame, law_as_of="soon"), SurveyError)
    assert "law_as_of: 'soon' is no date" in text


def test_a_gap_between_cohorts_is_refused_with_its_years():
    values = [{"value": 6, "born_to": 1960}, {"value": 9, "born_from": 1966}]
    frame = {"years": [3], "born": [1990]}
    text = problems(lambda: mpi.score(frame, specification(values)), SurveyError)
    assert "norm 'schooling': there is no value for those born 1961 to 1965" in text


OVERLAPS = {
    "open ends": (
        [{"value": 6, "born_to": 1960}, {"value": 9, "born_from": 1958}],
        "those born 1958 to 1960 have two values, 6 and 9",
    ),
    "the same date": (
        [{"value": 6, "in_force": 1973}, {"value": 9, "in_force": 1973, "age_to": 12}],
        "those born from 1961 have two values, 6 and 9",
    ),
    "an end that is stated": (
        [
            {"value": 9, "born_from": 1961, "born_to": 1995, "in_force": 1973},
            {"value": 12, "born_from": 1994, "in_force": 2009},
        ],
        "those born 1994 to 1995 have two values, 9 and 12",
    ),
    "time in force": (
        [{"value": 6, "in_force": 1877, "until": 1980}, {"value": 9, "in_force": 1973}],
        "those in any year have two values, 6 and 9",
    ),
}


@pytest.mark.parametrize("case", OVERLAPS)
def test_an_overlap_of_cohorts_is_refused_with_its_years(case):
    values, words = OVERLAPS[case]
    assert words in problems(lambda: specification(values), SpecificationError)


def test_a_later_law_may_take_the_place_of_an_earlier_one():
    values = [
        {"value": 6, "born_from": 1900, "born_to": 1950, "in_force": 1930},
        {"value": 7, "born_from": 1900, "born_to": 1950, "in_force": 1960},
    ]
    norm = specification(values).norms["schooling"]
    assert [str(step) for step in cohorts(norm, date(1970, 1, 1), {})] == ["7 born 1900 to 1950"]


def test_birth_years_beyond_the_cohorts_are_refused_with_their_years_and_number():
    values = [{"value": 6, "born_from": 1930, "born_to": 1960}, {"value": 9, "born_from": 1961}]
    frame = {"years": [3, 4, 5], "born": [1911, 1929, 1930]}
    text = problems(lambda: mpi.score(frame, specification(values)), SurveyError)
    assert "norm 'schooling' has no value for those born 1911 to 1929 in 2 of 3 rows" in text
    assert "It has values for those born from 1930." in text


def test_birth_years_beyond_the_cohorts_do_not_matter_where_the_rule_does_not_apply():
    values = [{"value": 6, "born_from": 1930, "born_to": 2000}]
    spec = specification(values, indicator={"applies_to": "age >= 18"})
    frame = {"years": [3, 0], "born": [1990, 2015], "age": [28, 3]}
    assert deprived(spec, frame) == [True, False]
    household = specification(
        values,
        rule='any(years < norm("schooling", born=born), where=age >= 18)',
        unit="household",
    )
    assert deprived(household, frame | {"hh": [1, 1]}, household_id="hh") == [True]


FILES = {
    "an unknown norm": (
        {"rule": 'years < norm("scholing", born=born)'},
        "Did you mean 'schooling'?",
    ),
    "no year of birth": ({"rule": 'years < norm("schooling")'}, "Say whose: norm("),
    "an unknown parameter": ({"parameter": []}, "there is no parameter 'reached'"),
    "a category": (
        {"category": [{"id": "c", "when": 'norm("schooling", born=poor) > 1'}]},
        "a category is a class of profiles and has no norm",
    ),
    "two norms of a name": (
        {"norm": [{"id": "schooling", "value": LAWS}] * 2},
        "norm 'schooling' is there 2 times",
    ),
    "years turned around": (
        {"values": [{"value": 1, "born_from": 1990, "born_to": 1980}]},
        "1 is for those born 1990 to 1980",
    ),
    "both kinds of cohort": (
        {"values": [{"value": 1, "born_from": 1990, "age_to": 3, "in_force": 1990}]},
        "by ages and by years of birth",
    ),
    "an age without a date": ({"values": [{"value": 1, "age_to": 3}]}, "Give 'in_force'"),
    "an end before the beginning": (
        {"values": [{"value": 1, "in_force": 1990, "until": 1980}]},
        "it ends (1980) before it begins (1990)",
    ),
    "no value": ({"values": []}, "is empty. At least one is needed."),
    "a year in words": ({"values": [{"value": 1, "in_force": "long ago"}]}, "is no date"),
    "a year of two digits": ({"values": [{"value": 1, "in_force": 73}]}, "73 is no year"),
    "another standard": ({"standard": "strictest"}, "none of the choices"),
    "an age and a half": (
        {"values": [{"value": 1, "in_force": 1990, "age_to": 12.5}]},
        "age_to: 12.5 is no age. Write whole years, or the name of a parameter",
    ),
    "half an age as a parameter": (
        {"parameter": [{"id": "reached", "value": 15.5}]},
        "parameter 'reached' is 15.5. Ages are whole years.",
    ),
    "a year of birth as an age": (
        {"values": [{"value": 1, "in_force": 1990, "age_to": 1961}]},
        "age_to: 1961 is no age. Write years from 0 to 150; a year of birth stands in 'born_from'",
    ),
    "an age below 0": (
        {"values": [{"value": 1, "in_force": 1990, "age_from": -3}]},
        "-3 is no age",
    ),
    "a missing date": ({"law_as_of": pd.NaT}, "a missing date is no date"),
    "a year of birth as a parameter": (
        {"parameter": [{"id": "reached", "value": 1994}]},
        "parameter 'reached' is 1994. Ages are years from 0 to 150, not years of birth.",
    ),
    "a value beyond doubles": ({"values": [{"value": 10**400}]}, "this is no number"),
    "yes as a value": ({"values": [{"value": True}]}, "value: True is no number"),
    "no number": ({"values": [{"value": float("nan")}]}, "value: nan is no number"),
    "a text as a value": ({"values": [{"value": "nine"}]}, "norm 'schooling', value 1, value"),
}


@pytest.mark.parametrize("case", FILES)
def test_a_file_with_a_slip_in_its_norms_is_refused_in_a_sentence(case):
    keys, words = FILES[case]
    text = problems(lambda: specification(**keys), SpecificationError).replace("\n  ", " ")
    assert words in text


def test_a_value_without_a_basis_is_refused_where_strict():
    values = [LAWS[0] | {"basis": {"instrument": "Law", "status": "statute"}}, LAWS[1], LAWS[2]]
    spec = specification(values)
    text = problems(lambda: mpi.lint(spec, strict=True), SpecificationError)
    assert "norm 'schooling': the values 9, 12 name no legal or technical basis" in text
    assert "indicator 'x': its threshold names no legal or technical basis" in text


@pytest.mark.parametrize("rule", ["norm(years) > 1", 'norm("a", years) > 1', 'norm("a", b=1) > 1'])
def test_a_norm_that_is_written_wrong_is_shown_how_to_write_it(rule):
    text = problems(lambda: specification(rule=rule), SpecificationError)
    assert 'norm("schooling", born=birth_year)' in text


def test_a_parameter_that_is_not_there_or_not_set_is_refused():
    spec = specification()
    text = problems(lambda: spec.with_parameters(reach=1), SpecificationError)
    assert "'reach': is no parameter" in text
    assert "Did you mean 'reached'?" in text
    unset = specification(rule="years < z", parameter=[*REACHED, {"id": "z"}])
    text = problems(lambda: mpi.score({"years": [1]}, unset), SpecificationError)
    assert "indicator 'x', deprived: parameter 'z' has no value" in text
    assert "spec.with_parameters(z=...)" in text
    assert deprived(unset.with_parameters(z=1.5), {"years": [1, 2]}) == [True, False]


def test_a_parameter_with_the_name_of_a_variable_is_refused():
    spec = specification(rule="years < reached")
    text = problems(lambda: mpi.score({"years": [1], "reached": [3]}, spec), SpecificationError)
    assert "indicator 'x', deprived: 'reached' is a parameter, and a variable of the survey" in text


def test_a_filter_may_use_a_norm_of_the_specification():
    frame = {"years": [3, 9, 9], "born": [1990, 1990, 1994]}
    spec = specification(rule="years < 20")
    survey = mpi.Survey(frame, date="2018", where=YEARS)
    profiles = mpi.tabulate(survey, spec)
    assert profiles.n == 2
    assert profiles.findings.of_code("NORM_IN_FORCE")
    for where, words in (
        ('years < norm("scholing", born=born)', "Did you mean 'schooling'?"),
        ('years < norm("schooling")', "give born= to norm 'schooling'"),
    ):
        other = mpi.Survey(frame, date="2018", where=where)
        assert words in problems(lambda other=other: mpi.tabulate(other, spec), SurveyError)


def test_a_parameter_without_a_value_reaches_no_cohort_in_silence():
    unset = specification(parameter=[{"id": "reached"}])
    survey = mpi.Survey({"years": [3], "born": [1990]}, date="2018")
    text = problems(lambda: mpi.score(survey, unset), SpecificationError)
    assert "norm 'schooling': parameter 'reached' has no value" in text


@pytest.mark.parametrize(
    "text", ["2018-13", "2018-02-30", "18", "", True, "2018-1", 2018.0, pd.NaT, "2018/01/01"]
)
def test_what_is_no_date_is_refused(text):
    with pytest.raises(ValueError, match=r"no date|no day"):
        moment(text)


def test_a_norm_with_no_value_left_says_that_it_has_ended():
    norm = Norm.model_validate(
        {"id": "n", "value": [{"value": 1, "in_force": 1900, "until": 1950}]}
    )
    with pytest.raises(NormError, match="no value is in force on 1960-01-01; the last has ended"):
        cohorts(norm, date(1960, 1, 1), {})


def test_a_date_of_the_law_that_no_rule_needs_is_a_finding():
    survey = mpi.Survey({"years": [3]}, law_as_of="2008")
    found = mpi.score(survey, specification(rule="years < 6")).findings
    assert [finding.code for finding in found] == ["LAW_UNUSED"]


def test_a_difference_of_two_specifications_names_their_norms():
    other = specification([LAWS[0]]).with_parameters(reached=17)
    found = specification().diff(other)
    assert {part for part, *_ in found.rows} == {"norm 'schooling'", "parameter 'reached'"}
    assert ("parameter 'reached'", "value", "15", "17") in found.rows


def test_the_end_of_a_value_is_a_change_of_the_law():
    values = [{"value": 6, "in_force": 1877}]
    values += [{"value": 9, "in_force": 1990, "until": date(2009, 6, 30), "age_to": 10}]
    frame = {"years": [7], "born": [1985]}
    found = mpi.score(mpi.Survey(frame, date="2009"), specification(values))
    (changed,) = found.findings.of_code("LAW_CHANGED")
    assert changed.detail.startswith("changed on 2009-07-01; ")
    for day, expected in (("2009-06-30", [True]), ("2009-07-01", [False])):
        assert deprived(specification(values), frame, date=day) == expected


def test_a_time_without_a_law_is_found_without_data_and_said_with_both_ends():
    values = [{"value": 6, "in_force": 1877, "until": 1980}, {"value": 9, "in_force": 1990}]
    spec = specification(values)
    (gap,) = mpi.lint(spec).of_code("NORM_GAP")
    words = "the last has ended on 1980-12-31, and the next took effect on 1990-01-01"
    assert gap.detail == f"no value is in force on 1981-01-01; {words}"
    survey = mpi.Survey({"years": [3], "born": [1970]}, date="1985")
    assert words in problems(lambda: mpi.score(survey, spec), SurveyError)


def test_an_end_that_is_never_reached_is_no_change():
    values = [{"value": 6, "in_force": 1877, "until": date.max}]
    assert not mpi.lint(specification(values)).of_code("NORM_GAP")


def test_a_norm_may_have_a_value_for_every_year_of_birth():
    values = [{"value": y % 12, "born_from": y, "born_to": y} for y in range(1700, 2100)]
    years = [1700, 1701, 1899, 1900, 1999, 2098, 2099]
    assert standard(specification(values), years) == [year % 12 for year in years]


def test_a_norm_of_endless_values_is_refused_at_once():
    values = [{"value": 1, "in_force": 1000 + n} for n in range(501)]
    text = problems(lambda: specification(values), SpecificationError)
    assert "norm 'schooling', value: has more than 500 entries" in text


@pytest.mark.parametrize(
    ("born", "words"),
    [
        ([9999, 1990, None], "9999 in 1 of 3 rows"),
        ([-5, 0, 1990], "-5 to 0 in 2 of 3 rows"),
        ([70.0, float("inf"), 1990.0], "70 to inf in 2 of 3 rows"),
    ],
)
def test_a_code_that_is_no_year_of_birth_takes_no_value_of_a_norm(born, words):
    survey = mpi.Survey({"years": [9, 9, 9], "born": born}, date="2018")
    text = problems(lambda: mpi.score(survey, specification()), SurveyError)
    assert f"norm 'schooling' asks for a year of birth, and there is {words}" in text
    assert "It is from 1000 to 2999." in text
    limited = specification(indicator={"applies_to": "1900 < born < 2019"})
    assert deprived(limited, {"years": [9, 3], "born": [9999, 1990]}, date="2018") == [False, True]
