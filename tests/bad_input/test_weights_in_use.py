"""Weights are refused where they are used, and do not matter where they are not."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import mpi
from bad_input import HOUSEHOLDS, PERSONS, homes, measured, people, told

ROSTER = people()[["hh", "w", "age"]]
HOMES = homes().iloc[:2][["hh", "a", "b", "w"]]
MEMBERLESS = homes()[["hh", "a", "b", "w", "household_size"]]


def figures(persons=ROSTER, households=HOMES, spec=HOUSEHOLDS, count="persons", **options):
    """National estimates of persons and households."""
    survey = mpi.Survey(persons, households, household_id="hh", weight="w", **options)
    return mpi.tabulate(survey, spec).estimate(count=count)


# the table of households was refused where the person rows had every weight that counts
@pytest.mark.parametrize("count", ["persons", "households"])
def test_a_household_without_a_weight_of_its_own_takes_that_of_its_members(count):
    whole, gap = figures(count=count), figures(households=HOMES.assign(w=[1, None]), count=count)
    assert gap.get("H").estimate == whole.get("H").estimate
    (finding,) = gap.findings.of_code("WEIGHT_OF_MEMBERS")
    assert (finding.count, finding.of) == (1, 2)
    assert not whole.findings.of_code("WEIGHT_OF_MEMBERS")


def test_an_infinite_weight_of_a_member_is_a_sentence_and_no_warning():
    odd = people(w=[1, np.inf, 2, 2], b=[1, 1, 0, 0])
    told(lambda: measured(odd, HOUSEHOLDS, household_id="hh", weight="w"), "infinite in 1 of 4")


@pytest.mark.parametrize("wrong", [None, -1, np.inf])
def test_a_household_that_is_not_counted_needs_no_weight(wrong):
    odd = MEMBERLESS.assign(w=[1, 2, wrong])
    assert figures(households=odd, where="age >= 0").get("H").n == 4
    assert figures(households=odd, where="household_size < 1 or hh != 3").get("H").n == 4


def test_a_household_without_members_needs_no_weight_where_persons_are_identified():
    spec = PERSONS
    found = figures(
        people(), MEMBERLESS[["hh", "household_size", "w"]].assign(w=[1, 2, None]), spec
    )
    assert found.get("H").n == 4


@pytest.mark.parametrize("count", ["persons", "households"])
def test_a_household_without_members_that_is_counted_needs_its_weight(count):
    odd = MEMBERLESS.assign(w=[1, 2, None])
    told(lambda: figures(households=odd, count=count), "weight 'w': is missing in 1 of 3 rows")


def test_a_wrong_weight_of_a_household_is_refused_though_its_members_have_one():
    odd = HOMES.assign(w=[-1, 2])
    told(lambda: figures(households=odd), "weight 'w': is negative in 1 of 2 rows")


def test_a_person_who_is_not_counted_needs_no_weight():
    frame = people(member=[True, False, True, True], w=[1, None, 2, 2])
    assert measured(frame, weight="w") == pytest.approx(3 / 5)
    assert measured(people(w=[1, None, 2, 2]), weight="w", where="age != 40") == pytest.approx(
        3 / 5
    )
    told(lambda: measured(people(w=[1, None, 2, 2]), weight="w"), "is missing in 1 of 4 rows")


def test_a_household_weighs_the_mean_of_its_counted_members():
    frame = people(member=[True, False, True, True], w=[1, 0, 2, 2], b=[1, 1, 0, 0])
    profiles = mpi.tabulate(mpi.Survey(frame, household_id="hh", weight="w"), HOUSEHOLDS)
    found = profiles.estimate(count="households")
    assert found.get("H").estimate == pytest.approx(1 / 3)
    assert not found.findings.of_code("WEIGHTS_DIFFER")


# with a weight in both tables nothing was said where they differ
@pytest.mark.parametrize("weights", [[1, 3, 2, 2], [5, 5, 2, 2]])
def test_persons_who_weigh_something_else_than_their_household_are_a_finding(weights):
    found = figures(ROSTER.assign(w=weights))
    (finding,) = found.findings.of_code("WEIGHTS_DIFFER")
    assert (finding.count, finding.of) == (1, 2)
    assert "each counts with its own" in finding.detail
    assert not figures().findings.of_code("WEIGHTS_DIFFER")


def test_a_weight_that_is_in_the_table_of_households_only_is_refused_once():
    persons = ROSTER.drop(columns="w")
    odd = HOMES.assign(w=[1, None])
    told(lambda: figures(persons, odd), "weight 'w': is missing in 1 of 2 rows", problems=1)
    found = figures(persons, odd, where="hh == 1")
    assert found.get("H").n == 2


def test_weights_of_which_only_unused_ones_are_positive_are_all_zero():
    frame = people(w=[0, 0, 2, 2])
    told(lambda: measured(frame, weight="w", where="hh == 1"), "weight 'w': is zero in 2 of 4 rows")


def test_the_score_of_a_unit_needs_no_weight():
    frame = pd.DataFrame(people(w=[1, None, 2, 2]))
    assert len(mpi.score(mpi.Survey(frame, weight="w", where="age != 40"), PERSONS)) == 4
