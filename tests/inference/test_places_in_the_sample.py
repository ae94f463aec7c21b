"""Strata and PSUs that stand in different tables, and households without person rows."""

from __future__ import annotations

import pandas as pd
import pytest

import mpi

PERSONS_SPEC = mpi.Specification.from_columns({"d": ["a"]}, cutoff="1")
HOUSEHOLD_SPEC = mpi.specification(
    {
        "id": "s",
        "unit": "household",
        "cutoff": "1",
        "dimension": [{"id": "d", "indicator": [{"id": "x", "deprived": "any(a)"}]}],
    }
)
PERSONS = pd.DataFrame({"hh": [1, 1, 2, 3, 4], "a": [1, 0, 1, 0, 1], "psu": [1, 1, 2, 3, 4]})
HOMES = pd.DataFrame(
    {
        "hh": [1, 2, 3, 4, 5],
        "psu": [1, 2, 3, 4, 5],
        "stratum": [1, 1, 2, 2, 2],
        "household_size": [2, 1, 1, 1, 3],
    }
)


def estimates(persons, households, spec=PERSONS_SPEC, **options):
    """Estimates of two linked tables with strata and PSUs."""
    survey = mpi.Survey(
        persons, households, household_id="hh", strata="stratum", psu="psu", **options
    )
    return mpi.tabulate(survey, spec).estimate()


def sampled(persons, households, **options):
    """Number of sampled PSUs less strata."""
    return estimates(persons, households, **options).get("H").df


# a household without person rows was refused: its PSU was sought in the person rows
def test_strata_of_households_and_psus_of_both_tables_know_every_household():
    assert sampled(PERSONS, HOMES) == 5 - 2
    both = PERSONS.merge(HOMES[["hh", "stratum"]], on="hh")
    assert sampled(both, HOMES) == 5 - 2


def test_psus_of_persons_only_leave_out_households_that_nobody_lives_in():
    assert sampled(PERSONS, HOMES.drop(columns="psu")) == 4 - 2


def test_strata_of_both_tables_and_psus_of_persons_only_do_too():
    both = PERSONS.merge(HOMES[["hh", "stratum"]], on="hh")
    assert sampled(both, HOMES.drop(columns="psu")) == 4 - 2


def test_a_household_that_counts_without_person_rows_needs_its_psu():
    homes = HOMES.drop(columns="psu")
    words = "strata 'stratum' or psu 'psu': is missing in 1 of 5 rows"
    with pytest.raises(mpi.SurveyError, match=words):
        estimates(PERSONS, homes, HOUSEHOLD_SPEC)
    assert sampled(PERSONS, homes.iloc[:4], spec=HOUSEHOLD_SPEC) == 4 - 2


def test_a_missing_stratum_of_a_household_is_refused_whoever_is_counted():
    homes = HOMES.assign(stratum=[1, 1, 2, 2, None])
    with pytest.raises(mpi.SurveyError, match="is missing in 1 of 5 rows"):
        sampled(PERSONS, homes)
    homes = HOMES.drop(columns="psu").assign(stratum=[1, 1, 2, None, 2])
    with pytest.raises(mpi.SurveyError, match="is missing in 1 of 5 rows"):
        sampled(PERSONS, homes)


def test_the_standard_error_is_the_same_from_either_table():
    one = estimates(PERSONS, HOMES.iloc[:4])
    other = estimates(PERSONS, HOMES.iloc[:4].drop(columns="psu"))
    assert one.get("H").se == other.get("H").se
