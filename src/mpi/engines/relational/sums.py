"""Sums by group, sampled unit and profile, as one query."""

from __future__ import annotations

from collections.abc import Mapping

import narwhals as nw
import pyarrow as pa

from mpi.engines.base import By
from mpi.engines.relational.cells import SUMS, Cells
from mpi.engines.relational.places import Lazy, Place
from mpi.survey.readers.arrow import plain

_VALUE = "v_"  # begins the names of what is summed


def selected(
    frame: Lazy, keys: Mapping[str, nw.Expr], values: Mapping[str, nw.Expr], gaps: int
) -> Lazy:
    """Rows with their keys and what is to be summed.

    Parameters
    ----------
    frame : LazyFrame
        Units, with a column for each gap.
    keys, values : mapping of str to nw.Expr
        Keys of the cells; what is summed, the weight among them.
    gaps : int
        Number of gaps, whose sums with the weight are added, and those of their squares.
    """
    chosen = {_VALUE + name: value for name, value in values.items()}
    for power in (1, 2):
        for place in range(gaps):
            gap = nw.col(f"gap{place}")
            shortfall = gap if power == 1 else gap * gap
            chosen[f"{_VALUE}gap{(power - 1) * gaps + place}"] = values["weight"] * shortfall
    return frame.select(**keys, **chosen)


def added(place: Place, by: By, rows: Lazy, *, households: bool) -> Cells:
    """Cells of rows; of whole households, their number is one of the sums."""
    names = rows.collect_schema().names()
    keys = [name for name in names if not name.startswith(_VALUE)]
    sums = {
        name.removeprefix(_VALUE): nw.col(name).sum() for name in names if name.startswith(_VALUE)
    }
    found = collected(place, rows.group_by(keys).agg(rows=nw.len(), **sums))
    nothing = pa.array([0] * found.num_rows, pa.int64())
    columns = {name: found[name] for name in found.schema.names if name != "rows"}
    columns["households"] = found["rows"] if households else nothing
    for name in SUMS:
        columns.setdefault(name, nothing.cast(pa.float64()))
    return Cells(by, pa.table(columns), households)


def collected(place: Place, frame: Lazy) -> pa.Table:
    """Rows of a frame in the types that readers give."""
    table = place.collect(frame)
    return pa.table(plain(place.name, {name: table[name] for name in table.schema.names}))
