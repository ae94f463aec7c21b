"""Published profile tables as one Parquet file, an extension of that of profile tables."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from mpi import output
from mpi.core.measures import Measured, Statistic
from mpi.engines.base import Grouping
from mpi.findings import Finding, Findings
from mpi.inference.errors import Errors
from mpi.profile_files import check_name, damaged, write_tables
from mpi.published import (
    LOSSES,
    Pooled,
    PublishedProfiles,
    losses_table,
    measured_of,
    request_of,
)
from mpi.results import Result
from mpi.spec.model import Specification

_POOLED, _ERROR = "pooled", "error"
_NUMBERS = ("se", "low", "high", "deff", "df", "n_psu")


def save_published(published: PublishedProfiles, path: str | os.PathLike[str]) -> None:
    """Write published tables; the file appears complete or not at all.

    Rows of the kind ``cell`` are those of a profile table. Rows ``pooled`` have the totals of the
    pooled profiles behind each figure, and rows ``error`` the errors of each figure.

    Raises
    ------
    EstimationError
        If the file cannot be written.
    """
    file = output.as_path(path)
    check_name(file)
    measured = measured_of(published, request_of(published))
    others = []
    for place, pooled in enumerate(published.pooled):
        others += [*_pooled_rows(place, pooled, measured), *_error_rows(place, pooled, measured)]
    labels = {name: list(own.items()) for name, own in published.value_labels.items()}
    about = {
        "specification": published.specification.to_toml(),
        "date": published.date,
        "findings": [asdict(finding) for finding in published.findings],
        "value_labels": labels,
        "published": {
            "cutoffs": [str(k) for k in published.cutoffs],
            "missing": published.missing,
            "count": published.count,
            "min_n": published.min_n,
            "scheme": published.scheme,
            "losses": published.losses.to_arrow().to_pylist(),
        },
    }
    write_tables(file, published.groupings, None, about, others=others)


def read_published(
    file: Path,
    spec: Specification,
    groupings: Sequence[Grouping],
    about: Mapping[str, Any],
    others: pa.Table,
) -> PublishedProfiles:
    """Published tables from what was read of a file.

    Raises
    ------
    EstimationError
        If its parts contradict each other.
    """
    try:
        published = _read(spec, groupings, about, others)
    except (KeyError, TypeError, ValueError, AttributeError, IndexError, pa.ArrowException) as e:
        raise damaged(file.name) from e
    texts = [t for f in published.findings for t in (f.code, f.where, f.detail)]
    if not all(isinstance(text, str) for text in [*texts, published.date or ""]):
        raise damaged(file.name)
    return published


def _read(
    spec: Specification, groupings: Sequence[Grouping], about: Mapping[str, Any], others: pa.Table
) -> PublishedProfiles:
    own = about["published"]
    if own["count"] not in ("persons", "households") or not isinstance(own["min_n"], int):
        raise ValueError("published")
    findings = Findings(Finding(**finding) for finding in about["findings"])
    losses = [{name: row[name] for name in LOSSES} for row in own["losses"]]
    labels = about["value_labels"].items()
    made = PublishedProfiles(
        specification=spec,
        groupings=tuple(groupings),
        pooled=(),
        cutoffs=tuple(Fraction(k) for k in own["cutoffs"]),
        missing=own["missing"],
        count=own["count"],
        min_n=own["min_n"],
        scheme=own["scheme"],
        findings=findings,
        losses=Result(losses_table(losses), findings),
        date=about["date"],
        value_labels={variable: dict(map(tuple, pairs)) for variable, pairs in labels},
    )
    measured = measured_of(made, request_of(made))
    rows: dict[tuple[str, int], dict[tuple[int, str], dict[str, Any]]] = {}
    for row in others.to_pylist():
        rows.setdefault((row["kind"], row["grouping"]), {})[row["group"], row["figure"]] = row
    pooled = [
        _pooled(
            len(grouping.labels),
            measured,
            rows.get((_POOLED, place), {}),
            rows.get((_ERROR, place), {}),
        )
        for place, grouping in enumerate(groupings)
    ]
    return replace(made, pooled=tuple(pooled))


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
    kinds = {name: np.int64 if name in ("df", "n_psu") else np.float64 for name in _NUMBERS}
    return Pooled(
        tuple(values),
        tuple(counts),
        Errors(**{name: v.astype(kinds[name]) for name, v in read.items()}),
    )
