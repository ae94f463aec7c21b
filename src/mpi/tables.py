"""From profile tables and the values of profiles to estimates, whatever the values are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from mpi.assembly import NATIONAL, GroupRows, assemble
from mpi.core.measures import Measured
from mpi.core.totals import Counted, Distinct, cell_moments, ratios, totals
from mpi.engines.base import Grouping
from mpi.estimate import Origin
from mpi.estimates import Estimates
from mpi.findings import Finding
from mpi.inference.errors import Errors
from mpi.inference.linearize import Linear
from mpi.sources import Part
from mpi.uncertainty import Uncertainty


def linear_parts(
    groupings: Sequence[Grouping],
    profiles: Distinct,
    measured: Sequence[Measured],
    *,
    cardinal: NDArray[np.int64],
    households: bool,
    direct: bool,
) -> list[list[Part]]:
    """Figures of every grouping with the totals that they are made of, the population first.

    Parameters
    ----------
    groupings : sequence of Grouping
        The whole population first.
    profiles : Distinct
        Their distinct profiles.
    measured : sequence of Measured
        Values of these profiles, and the figures made of them.
    cardinal : NDArray[np.int64], shape (e,)
        Place of each element's gap in the tables; -1 where it has none.
    households : bool
        Whether households are counted instead of persons.
    direct : bool
        Whether units were drawn directly.
    """
    parts: list[list[Part]] = []
    for grouping, position in zip(groupings, profiles.position, strict=True):
        counted = Counted(grouping.table, position, len(grouping.labels), cardinal, households)
        whole = parts[0] if parts else None
        parts.append(
            [
                part_of(counted, one, None if whole is None else whole[p], direct=direct)
                for p, one in enumerate(measured)
            ]
        )
    return parts


def part_of(counted: Counted, measured: Measured, whole: Part | None, *, direct: bool) -> Part:
    """Figures of one grouping; `whole` are those of the population, None if these are."""
    own = totals(counted, measured)
    population = own if whole is None else whole.linear.own
    estimates = ratios(own.sums, population.sums, measured)
    of_totals = np.array([s.bottom is None for s in measured.statistics], dtype=bool)
    nobody = own.n_of([s.base for s in measured.statistics]) == 0
    estimates[nobody & of_totals] = np.nan
    squares = None
    if direct:
        products = cell_moments(counted, measured)
        of_all = None if whole is None else whole.linear.squares
        squares = (products, products if of_all is None else of_all[0])
    linear = Linear(own, population, measured, estimates, squares)
    return Part(counted, counted if whole is None else whole.counted, linear)


def estimates_of(
    groupings: Sequence[Grouping],
    parts: Sequence[Sequence[Part]],
    uncertainty: Uncertainty | None,
    *,
    value_labels: Mapping[str, Mapping[object, str]],
    findings: Sequence[Finding],
    title: str,
    origin: Origin | None = None,
    name: str | None = None,
) -> Estimates:
    """The tidy table of figures, with standard errors if there are any.

    Parameters
    ----------
    groupings : sequence of Grouping
    parts : sequence of sequences of Part
        Figures of each grouping.
    uncertainty : Uncertainty or None
    value_labels : mapping of variable to mapping of value to label
    findings : sequence of Finding
    title : str
        Specification, policy and unit in one line.
    origin : Origin, optional
        What they are made from and by.
    name : str, optional
        What the first grouping is called in the column `by`, if not by its variables.
    """
    errors = uncertainty.errors(parts) if uncertainty is not None else [None] * len(parts)
    rows = [
        _rows(grouping, own, error, value_labels)
        for grouping, own, error in zip(groupings, parts, errors, strict=True)
    ]
    if name is not None:
        rows[0] = replace(rows[0], by=name)
    statistics = [s for part in parts[0] for s in part.linear.measured.statistics]
    table = assemble(rows, statistics, variables_of(groupings))
    found = [*findings, *(uncertainty.findings if uncertainty is not None else [])]
    source = uncertainty.source(parts) if uncertainty is not None else None
    return Estimates(table, found, title=title, source=source, origin=origin)


def group_texts(
    grouping: Grouping, value_labels: Mapping[str, Mapping[object, str]]
) -> list[str | None]:
    """Text of each group, by value labels where there are any."""
    if not grouping.by:
        return [None]
    return [
        " | ".join(
            value_labels.get(name, {}).get(value, _text(value))
            for name, value in zip(grouping.by, label, strict=True)
        )
        for label in grouping.labels
    ]


def _text(value: object) -> str:
    return ("yes" if value else "no") if isinstance(value, bool) else str(value)


def place_of(grouping: Grouping, text: str | None) -> str:
    """Where a finding about a group is placed."""
    return NATIONAL if text is None else f"{by_of(grouping)}={text}"


def by_of(grouping: Grouping) -> str:
    """Name of a grouping."""
    return " x ".join(grouping.by) or NATIONAL


def _rows(
    grouping: Grouping,
    parts: Sequence[Part],
    errors: Errors | None,
    value_labels: Mapping[str, Mapping[object, str]],
) -> GroupRows:
    counts = [
        part.linear.own.n_of([s.base for s in part.linear.measured.statistics]) for part in parts
    ]
    return GroupRows(
        by=by_of(grouping),
        variables=grouping.by,
        labels=grouping.labels,
        texts=group_texts(grouping, value_labels),
        estimates=np.hstack([part.linear.estimates for part in parts]),
        n=np.hstack(counts),
        errors=errors,
    )


def variables_of(groupings: Sequence[Grouping]) -> dict[str, pa.DataType]:
    """Grouping variables with the Arrow type of their values."""
    values: dict[str, list[object]] = {}
    for grouping in groupings:
        for place, name in enumerate(grouping.by):
            values.setdefault(name, []).extend(label[place] for label in grouping.labels)
    return {name: pa.infer_type(found) for name, found in values.items()}
