"""Finding the one row that is asked for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import pyarrow as pa
import pyarrow.compute as pc

from mpi.assembly import ABOUT, COLUMNS
from mpi.display import is_text
from mpi.errors import EstimationError, Problem, Problems, nearest
from mpi.exact import check_cutoff, text

_MOST_GROUPS = 8  # that a message lists
_ROW = "#row"


def grouping_variables(table: pa.Table) -> list[str]:
    """Columns that are grouping variables."""
    return [name for name in table.column_names if name not in COLUMNS]


def check_variables(variables: Iterable[str], own: Iterable[str], problems: Problems) -> None:
    """Add grouping variables that have the name of a column of a result beside them."""
    taken = sorted(set(variables) & set(own))
    if taken:
        found = f"{', '.join(map(repr, taken))} is the name of a column of this result"
        problems.add("by", found, remedy="Rename the variable in the survey.")


def single_row(
    table: pa.Table,
    measure: str,
    k: object,
    about: Mapping[str, str | None],
    group: Mapping[str, object],
) -> int:
    """Place of the one row that fits.

    Parameters
    ----------
    table : pyarrow.Table
        With the columns of `Estimates`.
    measure : str
    k : number, optional
    about : mapping of column to str or None
        Dimension, indicator, category and bound. An indicator alone fits in any dimension.
    group : mapping of grouping variable to value or label

    Raises
    ------
    EstimationError
        If no row, or more than one, fits.
    """
    rows = _fitting(table, measure, k, group)
    for name, value in about.items():
        if name != "dimension" or value is not None or about["indicator"] is None:
            rows = _where(rows, name, value)
    if rows.num_rows != 1:
        raise _no_single_row(table, rows, measure, [*about.values(), *group.values()])
    return int(rows[_ROW][0].as_py())


def _fitting(table: pa.Table, measure: str, k: object, group: Mapping[str, object]) -> pa.Table:
    names = grouping_variables(table)
    table = table.append_column(_ROW, pa.array(range(table.num_rows), pa.int64()))
    problems = Problems("get", EstimationError)
    for name in group:
        if name not in names:
            by = f"Results are by {', '.join(['national', *names])}."
            found = f"{name!r} is no grouping variable"
            problems.add("", found, expected=by, remedy=nearest(name, names))
    rows = _where(table, "measure", str(measure))
    try:
        if k is not None:
            rows = rows.filter(pc.equal(rows["k"], _cutoff(k)))
    except ValueError as error:
        problems.add("k", str(error))
    problems.raise_if_any()
    for name in names:
        if name in group:
            rows = rows.filter(pa.array(_same(rows, name, group[name]), pa.bool_()))
        else:
            rows = rows.filter(pc.is_null(rows[name]))
    return rows


def _no_single_row(
    table: pa.Table, rows: pa.Table, measure: str, asked: Sequence[object]
) -> EstimationError:
    """What is known instead of what is asked."""
    if rows.num_rows:
        names = ("by", *grouping_variables(table), *ABOUT)
        differ = [name for name in names if len(pc.unique(rows[name])) > 1]
        found = f"{rows.num_rows} rows fit {measure!r}; they differ in {', '.join(differ)}"
        return EstimationError("get", [Problem("", found, "Say which.")])
    known = pc.unique(table["measure"]).to_pylist()
    if str(measure) not in known:
        found, hint = f"{measure!r} was not estimated", nearest(str(measure), known)
        return EstimationError(
            "get",
            [Problem("", found, f"There are {', '.join(known)}.", hint)],
        )
    cutoffs = ", ".join(c for c in pc.unique(table["k"]).to_pylist() if c is not None)
    found = f"no row fits {measure!r} with these values; cutoffs are {cutoffs}"
    groups = [g for g in pc.unique(table["group"]).to_pylist() if g is not None]
    listed = ", ".join([*groups[:_MOST_GROUPS], *(["..."] if len(groups) > _MOST_GROUPS else [])])
    expected = f"Groups are {listed}." if groups else "There are no groups."
    own = table.filter(pc.equal(table["measure"], measure))
    parts = [name for name in pc.unique(own["indicator"]).to_pylist() if name is not None]
    if parts:
        dimensions = ", ".join(d for d in pc.unique(own["dimension"]).to_pylist() if d)
        expected += f" Indicators are {', '.join(parts)}; dimensions are {dimensions}."
    columns = (*grouping_variables(table), "group", *ABOUT)
    known = dict.fromkeys(str(v) for c in columns for v in pc.unique(table[c]).to_pylist())
    unknown = [value for value in asked if value is not None and str(value) not in known]
    hints = (nearest(str(value), known) for value in unknown)
    return EstimationError("get", [Problem("", found, expected, next(filter(None, hints), ""))])


def _cutoff(k: object) -> str:
    """Exact text of a cutoff, as in the column k."""
    try:
        return text(check_cutoff(k))
    except ValueError as error:
        raise EstimationError("k", [Problem("", str(error))]) from None


def _where(rows: pa.Table, column: str, value: object) -> pa.Table:
    if value is None:
        return rows.filter(pc.is_null(rows[column]))
    # text with halves of characters is in no table
    return rows.filter(pc.equal(rows[column], value)) if is_text(str(value)) else rows.slice(0, 0)


def _same(rows: pa.Table, name: str, value: object) -> list[bool]:
    """Rows whose group is `value`, by its value or, with one variable, by its label."""
    values, labels = rows[name].to_pylist(), rows["group"].to_pylist()
    single = [by == name for by in rows["by"].to_pylist()]
    text = str(value)
    return [
        v is not None and (v == value or str(v) == text or (only and label == text))
        for v, label, only in zip(values, labels, single, strict=True)
    ]
