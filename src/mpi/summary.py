"""Estimates as a small table for a terminal: one row a group, one column a measure and cutoff."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from mpi.display import text_table
from mpi.estimates import Estimates

_MEASURES = ("H", "A", "M0")
_DIGITS = 4


def summary(estimates: Estimates) -> str:
    """H, A and M0 of every group, with standard errors in brackets, and the findings.

    Examples
    --------
    >>> import mpi
    >>> spec = mpi.Specification.from_columns({"one": ["a"], "two": ["b"]}, cutoff=1)
    >>> lines = summary(mpi.measure({"a": [1, 0], "b": [1, 1]}, spec, se=False)).splitlines()
    >>> lines[2].split()
    ['national', '2', '0.5000', '1.0000', '0.5000']
    """
    table = estimates.to_arrow()
    rows = table.filter(pc.is_in(table["measure"], pa.array(_MEASURES)))
    cells: dict[tuple[str, str], dict[str, str]] = {}
    columns: list[str] = []
    for row in rows.to_pylist():
        bound = f" {row['bound']}" if row["bound"] else ""
        column = f"{row['measure']} k={row['k']}{bound}"
        if column not in columns:
            columns.append(column)
        group = cells.setdefault((row["by"], row["group"] or ""), {"n": f"{row['n']:,}"})
        group[column] = _cell(row["estimate"], row["se"], row["flag"])
    header = ["by", "group", "n", *columns]
    body = [
        [by, group, *(found.get(c, "") for c in header[2:])] for (by, group), found in cells.items()
    ]
    lines = [estimates.title, text_table(header, body, right=header[2:])]
    lines += [f"! {line}" for line in estimates.findings.summary()]
    return "\n".join(lines)


def _cell(estimate: float | None, se: float | None, flag: str | None) -> str:
    figure = "-" if estimate is None else f"{estimate:.{_DIGITS}f}"
    error = "" if se is None else f" ({se:.{_DIGITS}f})"
    return f"{figure}{error}" + ("" if flag is None else f" {flag}")
