"""Codebooks that do not fit their survey, or themselves."""

from __future__ import annotations

import pandas as pd
import pytest

import mpi
from bad_input import codebook, people, specification, told

SCHOOL = {"id": "school", "level": "person", "column": "P1", "classes": {"none": 1, "some": 2}}
KNOWN = SCHOOL | {"missing": (3, 9)}
DATES = pd.to_datetime(["2020-01-01"] * 4)


def measured(variables, rule, frame=None, unit="person"):
    """National H by a codebook of some variables."""
    book = codebook(*variables)
    survey = mpi.Survey(people() if frame is None else frame, household_id="hh", codebook=book)
    return mpi.measure(survey, specification(rule, unit)).get("H").estimate


def test_codes_outside_the_codebook_are_shown_and_counted():
    told(
        lambda: measured([SCHOOL], "school == 'none'"),
        "persons.P1, variable 'school': values 3, 9 are in no class of the codebook in 2 of 4 rows",
        "The codebook has 1, 2.",
        "Add the code to 'missing' if it means no answer, or assign it to a class.",
    )


def test_answers_that_are_no_codes_are_not_shown():
    names = ["a", "Ana María de los Ángeles", "b", "\x1b[31m"]
    book = SCHOOL | {"column": "answer", "classes": {"a": "a"}}
    frame = people(answer=names)
    text = told(lambda: measured([book], "school == 'a'", frame), "in 3 of 4 rows")
    assert "Ana" not in text


def test_of_many_codes_a_few_are_shown():
    frame = people().iloc[[0] * 100].assign(P1=range(100))
    text = told(lambda: measured([SCHOOL], "school == 'none'", frame), "in 98 of 100 rows", "...")
    assert len(text) < 300


CLASSES = {
    "a slip": ("school == 'non'", "'school' has no class 'non'. Did you mean 'none'?"),
    "a slip in a list": ("school in ('none', 'som')", "Did you mean 'some'?"),
    "nothing like it": ("school == 'zzz'", "Its classes are none, some."),
    "its code": ("school == 1", "a text is compared with a number"),
}


@pytest.mark.parametrize("case", CLASSES)
def test_an_unknown_class_is_shown_in_its_rule(case):
    rule, words = CLASSES[case]
    told(lambda: measured([KNOWN], rule), "indicator 'x', deprived: ", words, "^")


def test_a_variable_is_no_column_of_another_variable():
    other = {"id": "again", "level": "person", "column": "school", "classes": {"none": "none"}}
    told(
        lambda: measured([KNOWN, other], "again == 'none'"),
        "persons: no column 'school', from which 'again' comes",
        "It is a variable of the codebook: write value = 'school'.",
        problems=1,
    )


ABSENT = {
    "a slip": ({"column": "P11"}, ["persons: no column 'P11', from which 'school' comes", "'P1'"]),
    "no column": ({"column": "Q"}, ["no column 'Q'", "Give a table of persons with it."]),
    "no table": ({"column": "V", "table": "dwellings"}, ["no table of dwellings: no column 'V'"]),
    "a rule": (
        {"column": None, "classes": None, "value": "agee > 2"},
        ["no column 'agee', from which 'school' comes", "Did you mean 'age'?"],
    ),
}


@pytest.mark.parametrize("case", ABSENT)
def test_a_raw_column_that_the_file_lacks_is_told_with_its_variable(case):
    changes, words = ABSENT[case]
    told(lambda: measured([SCHOOL | changes], "school == 'none'"), *words)


def test_an_optional_variable_that_the_file_lacks_is_a_finding():
    book = codebook(SCHOOL | {"column": "Q", "optional": True})
    survey = mpi.Survey(people(), codebook=book)
    findings = mpi.tabulate(survey, specification("missing(school)")).findings
    (finding,) = findings.of_code("VARIABLE_ABSENT")
    assert finding.where == "school"


COLUMNS = {
    "text codes for numbers": (
        {"classes": {"none": "1", "some": "2"}},
        ["the column has numbers, and the codebook has the code '1'", "without quotes"],
    ),
    "classes of dates": ({"column": "day"}, ["the column has dates, which have no codes"]),
    "a range of texts": (
        {"classes": None, "column": "answer", "range": (1, 3)},
        ["a number is needed, the column is text in 4 rows"],
    ),
    "a range of dates": (
        {"classes": None, "column": "day", "range": (1, 3)},
        ["the column has dates, which have no codes"],
    ),
    "a value outside its range": (
        {"classes": None, "range": (1, 3)},
        ["value outside 1 to 3 in 1 of 4 rows", "widen 'range'"],
    ),
}


@pytest.mark.parametrize("case", COLUMNS)
def test_a_column_that_does_not_fit_its_variable_is_refused(case):
    changes, words = COLUMNS[case]
    frame = people(day=DATES)
    told(lambda: measured([SCHOOL | changes], "not missing(school)", frame), *words)


def test_a_code_that_no_column_can_hold_belongs_to_nobody():
    huge = KNOWN | {"classes": {"none": 10**30, "some": (1, 2)}}
    assert measured([huge], "school == 'none'") == 0
    assert measured([KNOWN | {"missing": (3, 9, 10**30)}], "school == 'none'") == 0.5


def test_a_fractional_code_does_not_shift_the_classes_of_the_others():
    book = SCHOOL | {"classes": {"none": 1.5, "some": (1, 2, 3, 9)}}
    assert measured([book], "school == 'none'") == 0
    assert measured([book], "school == 'some'") == 1


def test_a_missing_answer_is_in_no_class_even_where_a_code_fits_no_row():
    frame = people(P1=pd.array([1, None, 2, 2], dtype="Int64"))
    book = SCHOOL | {"classes": {"odd": 1.5, "none": 1, "some": 2}}
    assert measured([book], "school == 'odd' or missing(school)", frame) == 0.25


THEMSELVES = {
    "in a circle": (
        [
            {"id": "u", "level": "person", "value": "v > 1"},
            {"id": "v", "level": "person", "value": "u + 1"},
        ],
        "variable 'u': depends on itself: u -> v -> u",
    ),
    "itself": ([{"id": "u", "level": "person", "value": "u > 1"}], "no column 'u'"),
    "a value of persons for a household": (
        [{"id": "u", "level": "household", "value": "P1 > 2"}],
        "differs between members in 2 of 2 households",
    ),
    "a variable twice": ([SCHOOL, SCHOOL], "variable 'school' is there more than once"),
    "a code twice": (
        [SCHOOL | {"classes": {"none": 1, "some": (1, 2)}}],
        "code 1 stands in more than one class",
    ),
    "half a character": (
        [SCHOOL | {"column": "answer", "classes": {"none": "\ud800"}}],
        "a class or code holds half a character",
    ),
    "no class": ([SCHOOL | {"classes": {}}], "'classes' is empty"),
    "a range turned around": (
        [SCHOOL | {"classes": None, "range": (3, 1)}],
        "the lower end of 'range' is above the upper one",
    ),
    "a range of no numbers": (
        [SCHOOL | {"classes": None, "range": (float("nan"), 3)}],
        "the lower end of 'range' is above the upper one, or an end is no number",
    ),
    "a highest code without end": (
        [SCHOOL | {"classes": None, "top_coded": float("inf")}],
        "'top_coded' is the highest code of a number.",
    ),
    "true without false": (
        [SCHOOL | {"classes": None, "true": 1}],
        "'true' and 'false', or 'range': one of them",
    ),
    "a column and a rule": ([SCHOOL | {"value": "age"}], "give either 'column' or 'value'"),
    "another level": ([SCHOOL | {"level": "family"}], "Choose 'person' or 'household'."),
}


@pytest.mark.parametrize("case", THEMSELVES)
def test_a_codebook_that_contradicts_itself_is_refused(case):
    variables, words = THEMSELVES[case]
    unit = "household" if case == "a value of persons for a household" else "person"
    told(lambda: measured(variables, "u" if "u" in variables[0]["id"] else "a", unit=unit), words)


def test_a_value_of_each_person_needs_an_aggregate_in_a_rule_of_households():
    book = [{"id": "older", "level": "person", "value": "age > 18"}]
    words = ["'older' has a value for each person", "Say whose: any(older), all(older)"]
    told(lambda: measured(book, "older", unit="household"), *words)


# the aggregate looked at everybody or at members, as it was met before 'member' or after it
HEADED = {"id": "headed", "level": "household", "value": "any(age > 30)"}
RESTS = {"id": "member", "level": "person", "value": "headed or age > 3"}
AGES = {"id": "age", "level": "person", "column": "age"}


@pytest.mark.parametrize("rule", ["headed", "any(age > 3) and headed", "any(age > 3)"])
@pytest.mark.parametrize("turn", [1, -1])
def test_members_may_not_rest_on_a_variable_that_looks_at_members(rule, turn):
    told(
        lambda: measured([HEADED, RESTS, AGES][::turn], rule, unit="household"),
        "variable 'headed': looks at the members of the household, and 'member' rests on it",
        "any(age > 30)\n",
        "^",
        "Write the aggregate into the rule of 'member', where it looks at all person rows.",
        problems=1,
    )


def test_an_aggregate_in_the_rule_of_members_looks_at_all_person_rows():
    member = {"id": "member", "level": "person", "value": "age > 30 or count() > 5"}
    frame = people(age=[5, 40, 12, 70])
    for rule, expected in (("count() == 1", 1.0), ("any(age < 30)", 0.0)):
        assert measured([member, AGES], rule, frame, unit="household") == expected
    member = member | {"value": "any(age > 60) and age > 3"}  # of 70 and his neighbour of 12
    assert measured([member, AGES], "count() == 2", frame, unit="household") == 1.0
