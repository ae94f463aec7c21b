"""Small surveys to spoil, and the check that a message says what it should."""

from __future__ import annotations

import pandas as pd
import pytest

import mpi
from mpi.errors import SpecificationError, SurveyError
from mpi.spec.model import Specification
from mpi.spec.validation import validated
from mpi.survey.codebook import Codebook

PERSONS = mpi.Specification.from_columns({"health": ["a"], "school": ["b"]}, cutoff="1/2")
HOUSEHOLDS = PERSONS.replace(unit="household")


def told(call, *words, error=SurveyError, problems=None):
    """Message of the error that a call has to raise; all words are in it, and no control codes."""
    with pytest.raises(error) as caught:
        call()
    text = str(caught.value)
    for word in words:
        assert word in text, text
    assert all(c.isprintable() or c == "\n" for c in text), ascii(text)
    if problems is not None:
        assert len(caught.value.problems) == problems, text
    return text


def people(**changes):
    """Four persons of two households; changed or further columns by name."""
    columns = {
        "hh": [1, 1, 2, 2],
        "a": [1, 1, 0, 0],
        "b": [1, 0, 0, 1],
        "w": [1.0, 1.0, 2.0, 2.0],
        "region": ["N", "N", "S", "S"],
        "age": [5, 40, 12, 70],
        "answer": ["x", "y", "x", "z"],
        "P1": [1, 2, 9, 3],
    }
    return pd.DataFrame(columns | changes)


def homes(**changes):
    """Three households without person rows."""
    columns = {"hh": [1, 2, 3], "a": [1, 0, 1], "b": [0, 0, 1], "w": [1.0, 2.0, 3.0]}
    return pd.DataFrame(columns | {"household_size": [2, 3, 1]} | changes)


def specification(rule="a == 1", unit="person", universe=None, **indicator):
    """Specification of one indicator."""
    indicator = {"id": "x", "deprived": rule, **indicator}
    content = {
        "id": "s",
        "unit": unit,
        "cutoff": "1/2",
        "dimension": [{"id": "d", "indicator": [indicator]}],
    }
    content |= {} if universe is None else {"universe": universe}
    return validated(Specification, content, source="s", error=SpecificationError)


def codebook(*variables):
    """Codebook of some variables."""
    content = {"id": "book", "variable": list(variables)}
    return validated(Codebook, content, source="book", error=SurveyError)


def measured(frame, spec=PERSONS, **options):
    """National H of a frame of persons."""
    return mpi.measure(frame, spec, **options).get("H").estimate
