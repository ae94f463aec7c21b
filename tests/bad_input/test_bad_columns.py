"""Columns that are not there, and weights that are none."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import mpi
from bad_input import HOUSEHOLDS, PERSONS, homes, measured, people, specification, told
from mpi.errors import SpecificationError, SurveyError

UNKNOWN = {
    "weight": ({"weight": "wt"}, ["weight: no table has a column 'wt'", "Did you mean 'w'?"]),
    "strata": ({"strata": "regoin"}, ["strata: no table has", "Did you mean 'region'?"]),
    "psu": ({"psu": "qqq"}, ["psu: no table has", "Name a column of one of the tables."]),
    "by": ({"by": "regin"}, ["by: unknown variable 'regin'", "Did you mean 'region'?"]),
    "by of nothing": ({"by": ""}, ["by: unknown variable ''", "There are 8 names: hh, a, b"]),
    "key": ({"household_id": "hhh"}, ["persons, household_id: no column", "Did you mean 'hh'?"]),
}


@pytest.mark.parametrize("case", UNKNOWN)
def test_an_unknown_column_is_named_with_its_role_and_its_neighbour(case):
    options, words = UNKNOWN[case]
    told(lambda: measured(people(), **options), *words)


def test_unknown_columns_of_rules_and_groups_are_told_at_once():
    frame = people().drop(columns=["a", "b"])
    told(
        lambda: measured(frame, by="regin"),
        "indicator 'a', deprived: unknown variable 'a'",
        "indicator 'b', deprived",
        "Did you mean 'region'?",
        problems=3,
    )


def test_unknown_columns_of_the_design_are_told_at_once():
    options = {"weight": "ww", "psu": "hhh", "strata": "regoin", "household_id": "h"}
    told(lambda: measured(people(), **options), "weight", "psu", "strata", problems=4)


WEIGHTS = {
    "text": (list("abcd"), ["weight: a number is expected", "is text", "name another"]),
    "yes or no": ([True, False, True, True], ["a number is expected", "is truth"]),
    "dates": (pd.to_datetime(["2020-01-01"] * 4), ["a number is expected", "is date"]),
    "negative": ([-1, 2, 3, 4], ["weight 'w': is negative in 1 of 4 rows."]),
    "not a number": ([np.nan, 2, 3, 4], ["weight 'w': is missing in 1 of 4 rows."]),
    "missing": ([None, None, 3, 4], ["weight 'w': is missing in 2 of 4 rows."]),
    "nullable": (pd.array([1, None, 2, 2], dtype="Int64"), ["is missing in 1 of 4 rows."]),
    "infinite": ([np.inf, 2, 3, 4], ["weight 'w': is infinite in 1 of 4 rows."]),
    "too small": ([5e-324] * 4, ["is below 10**-100, which is no weight in 4 of 4 rows."]),
    "too large": ([1e300, 2, 3, 4], ["is above 10**15, which is no weight in 1 of 4 rows."]),
    "all zero": ([0, 0, 0, 0], ["weight 'w': is zero in 4 of 4 rows."]),
    "all missing": ([None] * 4, ["weight 'w': is missing in 4 of 4 rows."]),
}


@pytest.mark.parametrize("case", WEIGHTS)
def test_a_weight_that_is_none_is_counted(case):
    values, words = WEIGHTS[case]
    frame = people(w=values)
    before = frame.copy()
    told(lambda: measured(frame, weight="w"), *words)
    pd.testing.assert_frame_equal(frame, before)


def test_every_kind_of_wrong_weight_is_told_at_once_with_what_to_do():
    told(
        lambda: measured(people(w=[-1, np.inf, 2, 2]), weight="w"),
        "infinite in 1 of 4",
        "negative in 1 of 4",
        "Weights are finite and not negative, and at least one is positive.",
        "Repair these rows",
        problems=2,
    )


@pytest.mark.parametrize("role", ["weight", "strata", "psu"])
@pytest.mark.parametrize("value", [3, ["w"], np.ones(4), pd.Series([1.0])], ids=type)
def test_the_values_of_a_column_are_not_its_name(role, value):
    told(lambda: measured(people(), **{role: value}), role, "It is the name of one column.")


def test_a_key_that_is_no_name_is_refused():
    told(lambda: measured(people(), household_id=3), "household_id", "or a list of names")
    told(lambda: measured(people(), household_id=[3]), "household_id", "or a list of names")


def test_a_psu_or_stratum_that_is_missing_is_counted():
    frame = people(region=["N", None, "S", "S"])
    told(lambda: measured(frame, psu="region"), "psu 'region': is missing in 1 of 4 rows")
    words = "strata 'region' or psu 'hh': is missing in 1 of 4 rows"
    told(lambda: measured(frame, strata="region", psu="hh"), words, "place in the sample")


ZERO_OR_ONE = {
    "two": [2, 1, 0, 0],
    "minus one": [-1, 1, 0, 0],
    "a half": [0.5, 1, 0, 0],
    "almost one": [0.99999999, 1, 0, 0],
}


@pytest.mark.parametrize("case", ZERO_OR_ONE)
def test_a_deprivation_that_is_not_zero_or_one_is_counted(case):
    told(
        lambda: measured(people(a=ZERO_OR_ONE[case])),
        "column 'a': values other than 0 and 1 in 1 of 4 rows",
        "1 or true, 0 or false, or missing",
        "Write a rule",
    )


def test_all_columns_that_are_no_deprivations_are_told_at_once():
    told(lambda: measured(people(a=[2, 2, 0, 0], b=[-1, 0, 0, 0])), "2 of 4", "1 of 4", problems=2)


@pytest.mark.parametrize(
    "values",
    [list("0110"), pd.Categorical(list("abab")), pd.to_datetime(["2020-01-01"] * 4)],
    ids=["text", "categories", "dates"],
)
def test_a_deprivation_that_is_no_number_is_refused_in_a_sentence(values):
    told(lambda: measured(people(a=values)), "column 'a': a yes or no is expected", "recode it")


SIZES = {
    "zero": [0, 1, 2],
    "negative": [-1, 1, 2],
    "fractional": [2.5, 1, 2],
    "missing": [None, 1, 2],
    "infinite": [np.inf, 1, 2],
    "absurd": [10**15, 1, 2],
}


@pytest.mark.parametrize("case", SIZES)
def test_a_size_that_no_household_has_is_counted(case):
    survey = mpi.Survey(households=homes(household_size=SIZES[case]))
    told(
        lambda: mpi.tabulate(survey, HOUSEHOLDS),
        "size 'household_size': missing, below 1 or not whole in 1 of 3 rows",
        "at least one member",
        "Repair these rows",
    )


def test_households_without_a_size_are_told_what_to_give():
    frame = homes().drop(columns="household_size")
    words = ["no variable 'household_size'", "in 3 of 3 rows", "size=1 if each row counts once"]
    told(lambda: mpi.tabulate(mpi.Survey(households=frame), HOUSEHOLDS), *words)
    misspelt = mpi.Survey(households=homes(), size="household_sise")
    told(lambda: mpi.tabulate(misspelt, HOUSEHOLDS), "Did you mean 'household_size'?")


@pytest.mark.parametrize("size", [0, -3, True, 1.5, None, 10**30])
def test_a_size_that_is_no_number_of_persons_is_refused(size):
    told(lambda: mpi.Survey(households=homes(), size=size), "size", "from 1 on")


def test_wrong_weights_and_wrong_sizes_are_told_at_once():
    survey = mpi.Survey(households=homes(w=[-1, 2, 3], household_size=[0, 1, 1]), weight="w")
    told(lambda: mpi.tabulate(survey, HOUSEHOLDS), "negative", "below 1", problems=2)


def test_persons_cannot_be_identified_without_person_rows():
    survey = mpi.Survey(households=homes(), household_id="hh")
    told(lambda: mpi.tabulate(survey, PERSONS), "there is no table of persons", "Give persons=")


def test_weights_that_differ_inside_households_are_a_finding():
    frame = people(w=[1.0, 3.0, 2.0, 2.0], b=[1, 1, 0, 0])
    found = mpi.measure(frame, HOUSEHOLDS, household_id="hh", weight="w").findings
    (finding,) = found.of_code("WEIGHTS_DIFFER")
    assert (finding.count, finding.of) == (1, 2)


def test_a_gap_outside_zero_and_one_or_missing_is_counted():
    for gap in ("(18 - age) / 10", "None"):
        told(
            lambda gap=gap: measured(people(), specification("age < 18", gap=gap)),
            "indicator 'x', gap: missing or outside [0, 1] where deprived in",
            "of 4 rows",
            "(z - x) / z",
            "Correct the rule",
            error=SpecificationError,
        )


# destitute, and therefore deprived, was refused where the value that gives the gap is missing
def test_a_gap_is_not_needed_where_only_destitution_says_deprived():
    frame = people(age=[5, None, None, 70], answer=["x", "x", "y", "x"], w=[1, 1, 2, 1])
    rules = {"deprived": "age < 18", "destitute": "answer == 'y'", "gap": "(18 - age) / 18"}
    spec = specification(rules.pop("deprived"), **rules)
    spec = spec.replace(missing="nondeprived")
    frame.loc[0, "answer"] = "y"
    estimates = mpi.measure(frame, spec, weight="w")
    assert estimates.get("M0").estimate == pytest.approx(3 / 5)
    assert estimates.get("M1").estimate == pytest.approx((13 / 18 + 2 * 1) / 5)
    assert estimates.get("M2").estimate == pytest.approx(((13 / 18) ** 2 + 2 * 1) / 5)
    (finding,) = estimates.findings.of_code("GAP_UNKNOWN")
    assert (finding.where, finding.count, finding.of) == ("indicator 'x', gap", 1, 4)


def test_a_gap_that_is_known_of_the_destitute_is_taken_and_checked():
    frame = people(b=[1, None, 0, 0], age=[5, 9, 40, 70])
    spec = specification("b == 1", destitute="age < 18", gap="(18 - age) / 18")
    estimates = mpi.measure(frame, spec)
    assert estimates.get("M1").estimate == pytest.approx((13 / 18 + 1 / 2) / 4)
    assert not estimates.findings.of_code("GAP_UNKNOWN")
    spec = specification("b == 1", destitute="age < 18", gap="18 - age")
    words = "outside [0, 1] where deprived in 2 of 4 rows"
    told(lambda: measured(frame, spec), words, error=SpecificationError)


def test_a_gap_that_is_a_text_names_the_indicator():
    spec = specification("age < 18", gap="answer")
    told(lambda: measured(people(), spec), "indicator 'x', gap: a number is expected")


def test_a_destitution_that_is_not_stricter_is_counted():
    told(
        lambda: measured(people(), specification("age < 18", destitute="age < 50")),
        "indicator 'x', destitute: true where 'deprived' is false in 1 of 4 rows",
        "Correct one of the two rules.",
        error=SpecificationError,
    )


def test_no_rows_at_all_are_said_to_be_none():
    told(lambda: measured(people().iloc[:0]), "persons: has no rows", "Check the file")
    survey = mpi.Survey(people(), homes().iloc[:0], household_id="hh")
    told(lambda: mpi.tabulate(survey, HOUSEHOLDS), "households: has no rows")
    told(lambda: measured(pd.DataFrame()), "There are no columns.", error=SurveyError)
    told(lambda: measured({}), "There are no columns.")
