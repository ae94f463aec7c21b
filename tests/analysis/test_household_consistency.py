"""What members of a household should share, and where they do not."""

from __future__ import annotations

import pytest

import mpi
from mpi.errors import EstimationError

FRAME = {
    "hh": [1, 1, 2, 2, 3, 4, 4],
    "a": [1, 1, 1, 0, 1, 0, 0],
    "b": [0, 0, 1, None, None, 0, 1],
    "w": [2.0, 2.0, 3.0, 3.0, 1.0, 5.0, 6.0],
    "household_size": [2, 2, 2, 2, 1, 3, 3],
}
SPEC = mpi.Specification.from_columns({"x": ["a"], "y": ["b"]}, cutoff="1/2")


def audited(**changes):
    survey = mpi.Survey(FRAME, household_id="hh", weight="w")
    found = mpi.household_consistency(survey, SPEC, **changes)
    rows = found.to_pandas()
    return found, {
        (r["check"], r["column"]): (r["households"], r["of"]) for _, r in rows.iterrows()
    }


def test_every_difference_inside_a_household_is_counted():
    found, counts = audited()
    assert counts == {
        ("deprived", "a"): (1, 4),
        ("answered", "a"): (0, 4),
        ("deprived", "b"): (1, 4),
        ("answered", "b"): (1, 4),
        ("weight", "w"): (1, 4),
        ("size", "household_size"): (1, 4),
    }
    differ = found.findings.of_code("HOUSEHOLDS_DIFFER")
    assert [finding.where for finding in differ] == ["a", "b", "b", "w", "household_size"]


def test_only_the_indicators_that_are_named_are_checked():
    _, counts = audited(indicators=["a"])
    assert ("deprived", "b") not in counts


def test_a_specification_of_households_leaves_weights_and_sizes_to_check():
    frame = {name: FRAME[name] for name in ("hh", "w", "household_size")}
    frame |= {"a": [1, 1, 0, 0, 1, 0, 0], "b": [0, 0, 1, 1, 0, 1, 1]}
    spec = mpi.Specification.from_columns({"x": ["a"], "y": ["b"]}, cutoff="1/2", unit="household")
    survey = mpi.Survey(frame, household_id="hh", weight="w")
    assert set(mpi.household_consistency(survey, spec).to_pandas()["check"]) == {"weight", "size"}


def test_persons_without_households_and_unknown_indicators_are_refused():
    with pytest.raises(EstimationError) as caught:
        mpi.household_consistency(mpi.Survey(FRAME, weight="w"), SPEC, indicators=["z"])
    assert "there is no indicator 'z'" in str(caught.value)
    assert "persons are not linked to households" in str(caught.value)
