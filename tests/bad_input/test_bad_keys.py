"""Keys that do not link persons, households and dwellings."""

from __future__ import annotations

import pandas as pd
import pytest

import mpi
from bad_input import HOUSEHOLDS, homes, measured, people, told

ROSTER = people()[["hh", "w", "region"]]
HOMES = homes()[["hh", "a", "b"]].iloc[:2]


def linked(persons=ROSTER, households=HOMES, dwellings=None, **keys):
    """A call that links three tables."""
    keys = {"household_id": "hh"} | keys
    return lambda: mpi.tabulate(mpi.Survey(persons, households, dwellings, **keys), HOUSEHOLDS)


DAMAGE = {
    "a household twice": (
        {"households": pd.concat([HOMES, HOMES.iloc[:1]])},
        ["households, key hh: several rows have the same key in 2 of 3 rows", "Name every column"],
    ),
    "a person without household": (
        {"households": HOMES.iloc[:1]},
        ["persons, key hh: no row of households has this key in 2 of 4 rows", "same survey"],
    ),
    "a household without dwelling": (
        {
            "households": HOMES.assign(d=[1, 2]),
            "dwellings": pd.DataFrame({"d": [1]}),
            "dwelling_id": "d",
        },
        ["households, key d: no row of dwellings has this key in 1 of 2 rows"],
    ),
    "text against numbers": (
        {"households": HOMES.assign(hh=["1", "2"])},
        ["the key 'hh' is number in one and text in the other", "Read both as text"],
    ),
    "dates against numbers": (
        {"households": HOMES.assign(hh=pd.to_datetime(["2020-01-01", "2021-01-01"]))},
        ["the key 'hh' is number in one and date in the other"],
    ),
    "truths against numbers": (
        {"households": HOMES.assign(hh=[True, False])},
        ["the key 'hh' is number in one and truth in the other"],
    ),
    "a fraction among the households": (
        {"households": HOMES.assign(hh=[1, 2.5])},
        ["no row of households has this key in 2 of 4 rows"],
    ),
    "a missing key of a person": (
        {"persons": ROSTER.assign(hh=[1, None, 2, 2])},
        ["persons, key hh: is missing in 1 of 4 rows", "Fill it in, or leave out these rows."],
    ),
    "a key in one table only": (
        {"households": HOMES.rename(columns={"hh": "home"})},
        ["households, household_id: no column 'hh'", "Both tables need the key columns."],
    ),
    "no key": ({"household_id": None}, ["persons and households are not linked", "household_id="]),
    "a person twice": (
        {"persons": ROSTER.assign(p=[1, 1, 1, 2]), "person_id": "p"},
        ["persons, key household, p: several rows have the same key in 2 of 4 rows"],
    ),
    "a person without number": (
        {"persons": ROSTER.assign(p=[1, None, 1, 2]), "person_id": "p"},
        ["persons, key p: is missing in 1 of 4 rows"],
    ),
}


@pytest.mark.parametrize("case", DAMAGE)
def test_a_broken_key_is_counted_and_the_tables_stay_as_they_are(case):
    tables, words = DAMAGE[case]
    before = {name: t.copy() for name, t in tables.items() if isinstance(t, pd.DataFrame)}
    told(linked(**tables), *words)
    for name, frame in before.items():
        pd.testing.assert_frame_equal(tables[name], frame)


def test_missing_keys_of_both_tables_are_told_at_once():
    call = linked(ROSTER.assign(hh=[1, None, 2, 2]), HOMES.assign(hh=[1, None]))
    told(call, "persons, key hh: is missing in 1 of 4", "households, key hh: is missing in 1 of 2")


def test_keys_of_persons_alone_may_not_be_missing_either():
    frame = people(hh=[1, None, 2, 2])
    told(lambda: measured(frame, HOUSEHOLDS, household_id="hh"), "is missing in 1 of 4 rows")


def test_keys_of_households_alone_are_checked_too():
    frame = homes(hh=[1, 1, None])
    survey = mpi.Survey(households=frame, household_id="hh")
    call = lambda: mpi.tabulate(survey, HOUSEHOLDS)  # noqa: E731
    told(call, "is missing in 1 of 3", "the same key in 2 of 3", problems=2)


def test_a_household_spec_on_unlinked_persons_points_at_the_rule():
    told(lambda: measured(people(), HOUSEHOLDS), "needs the members of households", "household_id=")


def test_keys_of_any_one_type_link():
    for values in ([1.5, 2.5], [-7, 2**62], [True, False], ["a", "Ñ"]):
        persons = ROSTER.assign(hh=[values[0]] * 2 + [values[1]] * 2)
        assert linked(persons, HOMES.assign(hh=values))().n == 4


def test_whole_numbers_link_with_the_same_numbers_as_floats():
    assert linked(ROSTER.assign(hh=[1.0, 1.0, 2.0, 2.0]))().n == 4
    assert linked(households=HOMES.assign(hh=[1.0, 2.0]))().n == 4
