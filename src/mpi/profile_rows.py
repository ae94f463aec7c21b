"""Profile tables as tidy rows, for other programs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import pyarrow as pa

from mpi.engines.base import Grouping, Sampled
from mpi.errors import EstimationError, Problem
from mpi.spec.model import Specification
from mpi.tables import by_of, group_texts, variables_of

_SUMS = ("n", "weight", "households", "household_weight")


def profile_rows(
    spec: Specification,
    groupings: Sequence[Grouping],
    sampled: Sampled | None,
    value_labels: Mapping[str, Mapping[object, str]],
) -> pa.Table:
    """One row for each profile of each PSU of each group.

    Parameters
    ----------
    spec : Specification
    groupings : sequence of Grouping
    sampled : Sampled or None
    value_labels : mapping of variable to mapping of value to label

    Returns
    -------
    pyarrow.Table
        ``by``, ``group``, one column per grouping variable, ``stratum`` and ``psu`` where they are
        known, ``deprived_ID`` of each indicator (missing where the answer is), ``destitute_ID`` and
        ``condition_ID`` where there are any, ``n``, ``weight``, ``households`` and
        ``household_weight``.

    Raises
    ------
    EstimationError
        If a grouping variable has the name of one of these columns.
    """
    variables = variables_of(groupings)
    own = ["by", "group", "stratum", "psu", *(f"{kind}_{name}" for kind, name in spec.bits), *_SUMS]
    taken = sorted(set(own) & set(variables))
    if taken:
        found = f"{', '.join(map(repr, taken))} is the name of a column of profile tables"
        problem = Problem("by", found, remedy="Rename the variable in the survey.")
        raise EstimationError("profile tables", [problem])
    parts = [
        pa.table(dict(_columns(spec, grouping, sampled, value_labels, variables)))
        for grouping in groupings
    ]
    # one chunk: Polars up to 1.5 reads the first of a stream and drops the others
    return pa.concat_tables(parts).combine_chunks()


def _columns(
    spec: Specification,
    grouping: Grouping,
    sampled: Sampled | None,
    value_labels: Mapping[str, Mapping[object, str]],
    variables: Mapping[str, pa.DataType],
) -> Iterator[tuple[str, pa.Array]]:
    """Columns of one grouping."""
    table = grouping.table
    places = pa.array(table.group)
    yield "by", pa.array([by_of(grouping)] * table.size, pa.string())
    yield "group", pa.array(group_texts(grouping, value_labels), pa.string()).take(places)
    for name, kind in variables.items():
        values = [dict(zip(grouping.by, own, strict=True)).get(name) for own in grouping.labels]
        yield name, pa.array(values, kind).take(places)
    if sampled is not None:
        units = pa.array(table.psu)
        for place, name in enumerate(("stratum", "psu")):
            texts = [
                None if label[place] is None else str(label[place]) for label in sampled.labels
            ]
            yield name, pa.array(texts, pa.string()).take(units)
    for bit, (kind, name) in enumerate(spec.bits):
        yes, missing = ((bits >> bit) & 1 for bits in (table.deprived, table.missing))
        yield f"{kind}_{name}", pa.array(yes.astype(np.bool_), mask=missing.astype(np.bool_))
    for name in _SUMS:
        yield name, pa.array(getattr(table, name))
