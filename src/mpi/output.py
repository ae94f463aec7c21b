"""Results to files by extension; a file appears complete or not at all."""

from __future__ import annotations

import json
import math
import os
import re
from collections.abc import Callable, Mapping, Sequence
from io import BytesIO
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.feather
import pyarrow.parquet

from mpi.atomic import write_atomically
from mpi.errors import EstimationError, Problem
from mpi.stata import stata

# a spreadsheet takes a text that starts so as a formula
_FORMULA = r"^[=+\-@\t\r\n＝＋－＠]"
_ELSEWHERE = "Give the path of a file in a folder that is there and can be written to."
_NUMBER = re.compile(r"[+\-]?\d+(\.\d+)?")


def write(table: pa.Table, path: Path, labels: Mapping[str, str] | None = None) -> None:
    """Write the rows of a result.

    Parameters
    ----------
    table : pyarrow.Table
    path : Path
        ``.csv``, ``.parquet``, ``.arrow``, ``.json`` or ``.dta``. In CSV a text that a spreadsheet
        would take as a formula gets an apostrophe before it.
    labels : mapping of str to str, optional
        Labels of the columns, for formats that have them.

    Raises
    ------
    EstimationError
        If the extension is another, or the file cannot be written.
    """
    suffix = path.suffix.lower()
    writer = _WRITERS.get(suffix)
    if writer is None:
        found = f"{path.suffix or 'no extension'} is no format for results"
        raise EstimationError(path.name, [Problem("", found, _USE)])
    try:
        data = stata(table, labels) if suffix == ".dta" else writer(table)
        write_atomically(path, data)
    except (OSError, ValueError) as error:
        found = f"cannot be written: {getattr(error, 'strerror', None) or error}"
        raise EstimationError(path.name, [Problem("", found, remedy=_ELSEWHERE)]) from error


def as_path(path: object) -> Path:
    """The path that is meant.

    Raises
    ------
    EstimationError
        If it is no path.
    """
    if not isinstance(path, str | os.PathLike) or not isinstance(os.fspath(path), str):
        found = f"a value of type {type(path).__name__!r} is given"
        raise EstimationError("path", [Problem("", found, "It is the path of a file.")])
    return Path(path)


def check(path: Path, *, also: Sequence[str] = ()) -> None:
    """Refuse a path of results before any work is done for it; `also` are further extensions."""
    problems = []
    if path.suffix.lower() not in (*_WRITERS, *also):
        expected = f"Use {', '.join((*_WRITERS, *also))}." if also else _USE
        problems.append(Problem("", f"{path.suffix or 'no extension'} is no format", expected))
    check_place(path, problems)


def check_place(path: Path, problems: Sequence[Problem] = ()) -> None:
    """Refuse a path at which no file can be written, with what else is wrong with it."""
    found = list(problems)
    if not path.parent.is_dir():
        found.append(Problem("", f"there is no folder {str(path.parent)!r}", remedy=_ELSEWHERE))
    elif path.is_dir():
        found.append(Problem("", "is a folder", remedy=_ELSEWHERE))
    elif not os.access(path.parent, os.W_OK):
        detail = f"the folder {str(path.parent)!r} cannot be written to"
        found.append(Problem("", detail, remedy=_ELSEWHERE))
    if found:
        raise EstimationError(path.name or str(path), found)


def _csv(table: pa.Table) -> bytes:
    buffer = BytesIO()
    names = _harmless(pa.chunked_array([pa.array(table.column_names, pa.string())])).to_pylist()
    columns = [_harmless(column) for column in table.columns]
    pyarrow.csv.write_csv(pa.table(columns, names=names), buffer)
    return buffer.getvalue()


def _harmless(column: pa.ChunkedArray) -> pa.ChunkedArray:
    if not pa.types.is_string(column.type):
        return column
    risky = pc.fill_null(pc.match_substring_regex(column, _FORMULA), False)  # noqa: FBT003
    if not pc.any(risky).as_py():
        return column
    values = [
        f"'{text}" if is_risky and not _NUMBER.fullmatch(text) else text
        for text, is_risky in zip(column.to_pylist(), risky.to_pylist(), strict=True)
    ]
    return pa.chunked_array([pa.array(values, pa.string())])


def _parquet(table: pa.Table) -> bytes:
    buffer = BytesIO()
    pyarrow.parquet.write_table(table, buffer, compression="zstd")
    return buffer.getvalue()


def _arrow(table: pa.Table) -> bytes:
    buffer = BytesIO()
    pyarrow.feather.write_feather(table, buffer)
    return buffer.getvalue()


def _json(table: pa.Table) -> bytes:
    rows = [{name: _finite(value) for name, value in row.items()} for row in table.to_pylist()]
    return json.dumps(rows, ensure_ascii=False, default=str, indent=1, allow_nan=False).encode()


def _finite(value: object) -> object:
    """A value as JSON has it: infinity, which can label a group, as a text."""
    return str(value) if isinstance(value, float) and not math.isfinite(value) else value


_WRITERS: Mapping[str, Callable[[pa.Table], bytes]] = {
    ".csv": _csv,
    ".parquet": _parquet,
    ".arrow": _arrow,
    ".json": _json,
    ".dta": stata,
}
_USE = f"Use {', '.join(_WRITERS)}; mpi.workbook() writes .xlsx."
