"""Totals of pooled profiles behind published figures, and their rows in a file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from mpi.core.measures import Measured, Statistic
from mpi.inference.errors import Errors

_POOLED, _ERROR = "pooled", "error"
_NUMBERS = ("se", "low", "high", "deff", "df", "n_psu")


@dataclass(frozen=True, slots=True, eq=False)
class Pooled:
    """Totals of the profiles that are not shown, by group, and errors that were computed before.

    Attributes
    ----------
    values : tuple of NDArray[np.float64], each of shape (g, columns)
        Weighted totals of the values of the pooled profiles, for each part of the measures.
    n : tuple of NDArray[np.int64], each of shape (g, columns)
        Unweighted counts behind those that figures rest on; 0 for others.
    errors : Errors or None
        Of the figures, those of the parts side by side.
    """

    values: tuple[NDArray[np.float64], ...]
    n: tuple[NDArray[np.int64], ...]
    errors: Errors | None


def rows_of(pooled: Sequence[Pooled], measured: Sequence[Measured]) -> list[pa.Table]:
    """Rows of a file: ``pooled`` have totals behind the figures, ``error`` the errors of each.

    Parameters
    ----------
    pooled : sequence of Pooled
        By grouping.
    measured : sequence of Measured
        The published figures.
    """
    found = []
    for place, own in enumerate(pooled):
        found += [*_pooled_rows(place, own, measured), *_error_rows(place, own, measured)]
    return found


def pooled_of(
    groups: Sequence[int], measured: Sequence[Measured], others: pa.Table
) -> tuple[Pooled, ...]:
    """What rows of a file say, by grouping.

    Parameters
    ----------
    groups : sequence of int
        Number of groups of each grouping.
    measured : sequence of Measured
    others : pyarrow.Table

    Raises
    ------
    KeyError, ValueError
        If a row is not there, or a total is none.
    """
    rows: dict[tuple[str, int], dict[tuple[int, str], dict[str, Any]]] = {}
    for row in others.to_pylist():
        rows.setdefault((row["kind"], row["grouping"]), {})[row["group"], row["figure"]] = row
    return tuple(
        _pooled(number, measured, rows.get((_POOLED, place), {}), rows.get((_ERROR, place), {}))
        for place, number in enumerate(groups)
    )


def _columns(measured: Sequence[Measured]) -> Iterator[tuple[int, int, str, bool]]:
    """Part, place, name and whether a figure rests on it, of each column that a figure uses."""
    for part, one in enumerate(measured):
        names: dict[int, str] = {}
        for s in one.statistics:
            for role, place in (("base", s.base), ("top", s.top), ("bottom", s.bottom)):
                if place is not None:
                    names.setdefault(place, f"{part}|{role}|{_text(s)}")
        bases = {s.base for s in one.statistics}
        for place, name in names.items():
            yield part, place, name, place in bases


def _text(s: Statistic) -> str:
    """Name of a figure in a file."""
    k = None if s.k is None else str(s.k)
    about = (s.measure, s.dimension, s.indicator, s.category, k, s.bound)
    return "|".join("" if text is None else text for text in about)


def _pooled_rows(place: int, pooled: Pooled, measured: Sequence[Measured]) -> list[pa.Table]:
    found = []
    for part, column, name, rests in _columns(measured):
        values, n = pooled.values[part][:, column], pooled.n[part][:, column]
        groups = values.size
        found.append(
            pa.table(
                {
                    "kind": pa.array([_POOLED] * groups),
                    "grouping": pa.array(np.full(groups, place, dtype=np.int64)),
                    "group": pa.array(np.arange(groups, dtype=np.int64)),
                    "figure": pa.array([name] * groups),
                    "weight": pa.array(values),
                    "n": pa.array(n, mask=np.full(groups, not rests)),
                }
            )
        )
    return found


def _error_rows(place: int, pooled: Pooled, measured: Sequence[Measured]) -> list[pa.Table]:
    if pooled.errors is None:
        return []
    found = []
    for q, s in enumerate(s for one in measured for s in one.statistics):
        numbers = {name: getattr(pooled.errors, name)[:, q] for name in _NUMBERS}
        groups = numbers["se"].size
        found.append(
            pa.table(
                {
                    "kind": pa.array([_ERROR] * groups),
                    "grouping": pa.array(np.full(groups, place, dtype=np.int64)),
                    "group": pa.array(np.arange(groups, dtype=np.int64)),
                    "figure": pa.array([_text(s)] * groups),
                    **{
                        name: pa.array(v, mask=np.isnan(v)) if v.dtype.kind == "f" else pa.array(v)
                        for name, v in numbers.items()
                    },
                }
            )
        )
    return found


def _pooled(
    groups: int,
    measured: Sequence[Measured],
    totals: Mapping[tuple[int, str], Mapping[str, Any]],
    errors: Mapping[tuple[int, str], Mapping[str, Any]],
) -> Pooled:
    values = [np.zeros((groups, len(one.columns))) for one in measured]
    counts = [np.zeros((groups, len(one.columns)), dtype=np.int64) for one in measured]
    for part, column, name, rests in _columns(measured):
        own = [totals[g, name] for g in range(groups)]
        values[part][:, column] = [row["weight"] for row in own]
        if rests:
            counts[part][:, column] = [row["n"] for row in own]
    if any(not np.isfinite(v).all() or (v < 0).any() for v in [*values, *counts]):
        raise ValueError("pooled")
    if not errors:
        return Pooled(tuple(values), tuple(counts), None)
    names = [_text(s) for one in measured for s in one.statistics]
    read = {
        name: np.array([[errors[g, f][name] for f in names] for g in range(groups)])
        for name in _NUMBERS
    }
    return Pooled(
        tuple(values),
        tuple(counts),
        Errors(
            se=read["se"].astype(np.float64),
            low=read["low"].astype(np.float64),
            high=read["high"].astype(np.float64),
            deff=read["deff"].astype(np.float64),
            df=read["df"].astype(np.int64),
            n_psu=read["n_psu"].astype(np.int64),
        ),
    )
