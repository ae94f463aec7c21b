"""Not applicable, not deprived and missing are three things."""

from __future__ import annotations

import pytest
from rules_on_data import households, persons, rule

import mpi

CHOICES = {"not deprived": False, "deprived": True, "missing": None}


@pytest.mark.parametrize("choice", CHOICES)
def test_a_person_to_whom_an_indicator_does_not_apply_is_what_the_rule_says(choice):
    frame = {"literate": [0, 1, 0, 1, None], "age": [20, 20, 5, 5, 20]}
    found = persons("not literate", frame, applies_to="age >= 15", if_none_applicable=choice)
    none = CHOICES[choice]
    assert found == [True, False, none, none, None]


@pytest.mark.parametrize("choice", CHOICES)
def test_a_household_without_applicable_members_is_what_the_rule_says(choice):
    members = [
        {"attends": [0, 1], "age": [10, 12]},
        {"attends": [1, 1], "age": [10, 12]},
        {"attends": [0, 0], "age": [40, 3]},
        {"attends": [], "age": []},
    ]
    keys = {"applies_to": "6 <= age <= 16", "if_none_applicable": choice}
    found = households("any(not attends)", members, **keys)
    assert found == [True, False, CHOICES[choice], None]


def test_not_applicable_is_not_deprived_unless_said_otherwise_and_is_a_finding():
    spec = rule("not literate", "person", applies_to="age >= 15")
    profiles = mpi.tabulate({"literate": [0, 0], "age": [20, 5]}, spec)
    assert profiles.estimate(missing="drop").get("H").estimate == 0.5
    found = [f for f in profiles.findings if f.code == "NOT_APPLICABLE"]
    assert [(f.count, f.of) for f in found] == [(1, 2)]
    assert "taken as not deprived" in found[0].detail


@pytest.mark.parametrize("choice", CHOICES)
def test_where_applicability_is_unknown_only_what_holds_either_way_is_known(choice):
    frame = {"literate": [0, 1], "age": [None, None]}
    found = persons("not literate", frame, applies_to="age >= 15", if_none_applicable=choice)
    none = CHOICES[choice]
    assert found == [value if value == none else None for value in (True, False)]


@pytest.mark.parametrize("choice", CHOICES)
def test_unknown_applicability_of_a_household_is_treated_alike(choice):
    members = [{"x": [1]}, {"x": [0]}]
    keys = {"applies_to": "urban", "if_none_applicable": choice}
    found = households("any(x)", members, {"urban": [None, None]}, **keys)
    none = CHOICES[choice]
    assert found == [value if value == none else None for value in (True, False)]


@pytest.mark.parametrize("choice", CHOICES)
def test_all_over_members_of_unknown_applicability_is_not_known_unless_it_holds_either_way(choice):
    members = [{"x": [1], "age": [None]}, {"x": [0], "age": [None]}]
    keys = {"applies_to": "age >= 15", "if_none_applicable": choice}
    none = CHOICES[choice]
    for found, value in zip(households("all(x)", members, **keys), (True, False), strict=True):
        assert found in (None, value if value == none else None)


def test_no_rule_changes_the_data():
    frame = {"a": [1, 0, None], "row": [0, 1, 2]}
    kept = {name: list(values) for name, values in frame.items()}
    persons("a and not missing(a)", {"a": frame["a"]})
    assert frame == kept
