"""Rows that several threads share, part by part, give the table of all rows at once."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

import mpi
from mpi.core import threads
from mpi.core.table import ProfileTable
from mpi.engines import groupby


def survey(n: int = 5_000) -> pa.Table:
    random = np.random.default_rng(4)
    level = random.normal(0, 1, n)
    columns = {f"d{j}": level + random.normal(0, 1, n) > 0.5 for j in range(11)}
    return pa.table(
        columns
        | {
            "place": random.integers(-3, 9, n),
            "w": random.integers(1, 99, n) / 4,
            "psu": np.arange(n) // 40,
        }
    )


def tables(frame: pa.Table, **design: str) -> list[ProfileTable]:
    spec = mpi.Specification.from_columns({f"d{j}": [f"d{j}"] for j in range(11)}, cutoff="1/3")
    profiles = mpi.tabulate(mpi.Survey(frame, **design), spec, by="place")
    return [grouping.table for grouping in profiles.groupings]


@pytest.mark.parametrize("design", [{}, {"weight": "w"}, {"weight": "w", "psu": "psu"}])
def test_many_spans_and_parts_give_the_table_of_one(monkeypatch, design):
    frame = survey()
    expected = tables(frame, **design)
    monkeypatch.setattr(threads, "_MANY", 1)
    monkeypatch.setattr(threads, "_THREADS", 3)
    monkeypatch.setattr(groupby, "_PART", 700)
    monkeypatch.setattr(groupby, "_BLOCK", 64)
    monkeypatch.setattr("mpi.core.pack._BLOCK", 64)
    for found, one in zip(tables(frame, **design), expected, strict=True):
        for name in ("group", "psu", "deprived", "missing", "n", "households"):
            np.testing.assert_array_equal(getattr(found, name), getattr(one, name))
        for name in ("weight", "squares", "household_weight", "household_squares"):
            np.testing.assert_allclose(getattr(found, name), getattr(one, name), rtol=1e-12)


def test_spans_are_all_rows_once_and_in_their_order(monkeypatch):
    monkeypatch.setattr(threads, "_MANY", 1)
    monkeypatch.setattr(threads, "_THREADS", 4)
    spans = threads.in_spans(list, 10)
    assert len(spans) == 4
    assert [row for span in spans for row in span] == list(range(10))


@pytest.mark.parametrize("kind", [pa.int8(), pa.int16(), pa.int64(), pa.uint64()])
def test_codes_that_span_more_than_their_type_keep_their_labels(kind):
    """The span from the lowest to the highest code of an int8 may be up to 255.

    It was computed in the type of the column and wrapped around, so that a label was wrong.
    """
    low, high = {pa.int8(): (-100, 100), pa.int16(): (-20_000, 20_000)}.get(kind, (7, 207))
    n = 50_000
    frame = pa.table(
        {"d": np.arange(n) % 3 == 0, "place": pa.array([low, high] * (n // 2), type=kind)}
    )
    spec = mpi.Specification.from_columns({"one": ["d"]}, cutoff=1)
    profiles = mpi.tabulate(frame, spec, by="place")
    assert profiles.groupings[1].labels == ((low,), (high,))
    assert profiles.groupings[1].table.n.sum() == n
