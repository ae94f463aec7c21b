"""Rules that cannot be read, and rules that do not fit the data."""

from __future__ import annotations

import os

import pytest

import mpi
from bad_input import HOUSEHOLDS, PERSONS, measured, people, specification, told
from mpi.errors import EstimationError, SpecificationError

CODE = [
    "__import__('os').system('touch hacked')",
    "open('hacked', 'w')",
    "eval('1')",
    "age.__class__",
    "age.__class__.__mro__[1].__subclasses__()",
    "(lambda: 1)()",
    "[a for a in (1, 2)]",
    "f'{age}'",
    "age[0]",
    "(x := 1) > 0",
    "age ** 99999999 > 1",
]


@pytest.mark.parametrize("rule", CODE)
def test_a_rule_cannot_run_code(rule, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    text = told(lambda: specification(rule), "indicator 'x', deprived: ", error=SpecificationError)
    assert text.rstrip().endswith("^")
    assert os.listdir(tmp_path) == []  # noqa: PTH208


LONG = {
    "ten megabytes of digits": "age > " + "1" * 10_000_000,
    "ten megabytes of words": "a == 1 or " * 1_000_000 + "b == 1",
    "a number of thousands of digits": f"age > {'9' * 5000}",
    "hundreds of brackets": "(" * 500 + "1" + ")" * 500,
    "thousands of signs": "-" * 9000 + "1 > 2",
    "thousands of negations": "not " * 2400 + "a",
    "thousands of sums": "1+" * 4900 + "1 > 2",
    "hundreds of conditions": "a if a else " * 600 + "a",
    "thousands of codes": f"age in ({','.join(['1'] * 3000)})",
}


@pytest.mark.parametrize("case", LONG)
def test_a_long_or_deep_rule_is_refused_in_few_words(case):
    text = told(lambda: specification(LONG[case]), "deprived: ", error=SpecificationError)
    assert len(text) < 500


@pytest.mark.parametrize("rule", ["", "   ", "\n", "\x00", "a >", "a)", "'a", 5, None, b"a"])
def test_what_is_no_rule_is_refused(rule):
    told(lambda: specification(rule), "indicator 'x', deprived: ", error=SpecificationError)


def test_a_slip_of_the_pen_is_shown_with_its_place_and_its_neighbour():
    text = told(
        lambda: measured(people(), specification("age < 18 and regin == 'N'")),
        "indicator 'x', deprived: unknown variable 'regin'",
        "Did you mean 'region'?",
    )
    _, rule, caret, _ = text.splitlines()
    assert rule.index("regin") == caret.index("^")


def test_a_name_like_no_other_lists_what_there_is():
    told(lambda: measured(people(), specification("qqq > 1")), "There are 8 names: hh, a, b, w")


def test_slips_in_several_rules_of_an_indicator_are_told_at_once():
    spec = specification("ag > 1", applies_to="agee > 3", destitute="aeg > 2")
    told(lambda: measured(people(), spec), "applies_to", "destitute", "'age'", problems=3)


MISFITS = {
    "text against number": ("answer > 3", "a text is compared with a number"),
    "number against text": ("age == 'x'", "a number is compared with a text"),
    "texts in order": ("answer < 'b'", "a text has no order; use == or in"),
    "division by zero": ("age / 0 > 1", "division by zero"),
    "nothing": ("age == None", "write missing(...)"),
    "a text as a condition": ("not answer", "a yes or no is expected here"),
    "arithmetic with texts": ("answer + 1 > 2", "a number is expected here"),
    "a number as an answer": ("1 if a == 1 else 2", "values other than 0 and 1 in 2 of 4"),
}


@pytest.mark.parametrize("case", MISFITS)
def test_values_that_do_not_match_are_shown_in_their_rule(case):
    rule, words = MISFITS[case]
    text = told(lambda: measured(people(), specification(rule)), "indicator 'x', deprived", words)
    assert "values other than" in text or text.rstrip().splitlines()[2].strip() == "^"


AGGREGATES = {
    "a text as a condition": ("any(answer)", "column 'answer': a yes or no is expected"),
    "a sum of texts": ("sum(answer) > 3", "indicator 'x', deprived: sum() takes numbers"),
    "a number as an answer": ("count()", "indicator 'x', deprived: values other than 0 and 1"),
    "many values for one": ("age > 18", "differs between members in 2 of 2 households"),
}


@pytest.mark.parametrize("case", AGGREGATES)
def test_values_of_members_that_do_not_fit_are_told_with_their_place(case):
    rule, words = AGGREGATES[case]
    told(lambda: measured(people(), specification(rule, "household"), household_id="hh"), words)


EMPTY = {
    "where": ({"where": "age > 100"}, None, "where: leaves nobody of 4 rows"),
    "universe": ({}, "age > 100", "universe: leaves nobody of 4 rows"),
    "both": ({"where": "age < 18"}, "age > 18", "universe and where: leaves nobody of 4 rows"),
}


@pytest.mark.parametrize("case", EMPTY)
@pytest.mark.parametrize("household_id", [None, "hh"])
def test_a_part_of_the_sample_with_nobody_in_it_is_refused(case, household_id):
    options, universe, words = EMPTY[case]
    spec = specification(universe=universe)
    call = lambda: measured(people(), spec, household_id=household_id, **options)  # noqa: E731
    told(call, words, "Check the rule and the codes of its variables.")


def test_a_part_without_households_is_refused_too():
    frame = people(household_size=[1, 1, 1, 1])
    survey = mpi.Survey(households=frame, where="age > 100")
    told(lambda: mpi.tabulate(survey, HOUSEHOLDS), "where: leaves nobody of 4 rows")


WHERE = {
    "a slip": ("agee > 1", ["where: unknown variable 'agee'", "Did you mean 'age'?"]),
    "no rule": ("age >", ["where: not a rule"]),
    "a number": (5, ["where: a value of type 'int' is given", "It is a rule"]),
    "a column of numbers": ("age", ["column 'age': values other than 0 and 1 in 4 of 4"]),
    "a column of texts": ("answer", ["column 'answer': a yes or no is expected"]),
    "members": (
        "any(age > 3)",
        ["needs the members of households", "Give household_id=, or Survey(households=...)"],
    ),
}


@pytest.mark.parametrize("case", WHERE)
def test_a_filter_that_is_none_is_told_with_its_role(case):
    where, words = WHERE[case]
    told(lambda: measured(people(), where=where), *words)


def test_rows_of_an_unknown_universe_are_a_finding():
    frame = people(age=[None, 40, 12, 70])
    spec = specification(universe="age > 10")
    (finding,) = mpi.measure(frame, spec).findings.of_code("COUNT_UNKNOWN")
    assert (finding.where, finding.count, finding.of) == ("universe", 1, 4)


NOBODY = {"not deprived": (0.5, 4), "deprived": (1.0, 4), "missing": (1.0, 2)}


@pytest.mark.parametrize("choice", [None, *NOBODY])
def test_a_household_to_which_nothing_applies_is_a_finding(choice):
    options = {} if choice is None else {"if_none_applicable": choice}
    spec = specification("any(age > 30)", "household", applies_to="age in (12, 40, 70)", **options)
    frame = people(age=[5, 6, 12, 70])
    estimates = mpi.measure(frame, spec, household_id="hh")
    (finding,) = estimates.findings.of_code("NOT_APPLICABLE")
    assert (finding.count, finding.of) == (1, 2)
    assert f"taken as {choice or 'not deprived'}" in finding.detail
    found = estimates.get("H")
    assert (found.estimate, found.n) == NOBODY[choice or "not deprived"]


def test_another_word_for_none_applicable_lists_the_choices():
    told(
        lambda: specification(if_none_applicable="whatever"),
        "'whatever' is none of the choices",
        "Choose 'not deprived', 'deprived' or 'missing'",
        error=SpecificationError,
    )


def test_a_group_that_is_missing_for_some_is_a_finding():
    estimates = mpi.measure(people(region=["N", None, "S", "S"]), PERSONS, by="region")
    (finding,) = estimates.findings.of_code("GROUP_MISSING")
    assert (finding.where, finding.count, finding.of) == ("region", 1, 4)
    assert estimates.get("H", region="N").n == 1


def test_a_group_in_which_all_answers_are_missing_is_a_finding():
    estimates = mpi.measure(people(a=[None, None, 0, 0]), PERSONS, by="region")
    (finding,) = estimates.findings.of_code("EMPTY_GROUP")
    assert (finding.where, finding.count, finding.of) == ("region=N", 0, 2)
    assert estimates.get("H", region="N").n == 0


def test_a_group_that_weighs_nothing_is_a_finding():
    estimates = mpi.measure(people(w=[0, 0, 1, 1]), PERSONS, weight="w", by="region")
    (finding,) = estimates.findings.of_code("EMPTY_GROUP")
    assert (finding.where, finding.count) == ("region=N", 2)
    assert not estimates.get("H", region="N").estimate >= 0


@pytest.mark.parametrize(
    ("policy", "words"), [("drop", "'reweight' or 'bounds'"), ("reweight", "missing='bounds'")]
)
def test_rows_that_are_all_missing_leave_no_unit(policy, words):
    frame = people(a=[None] * 4, b=[None] * 4)
    told(
        lambda: measured(frame, missing=policy),
        "every one of 4 misses an indicator",
        words,
        error=EstimationError,
    )
