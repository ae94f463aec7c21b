"""Tables as Stata files: names, types and texts that the format allows."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Iterable, Mapping
from io import BytesIO

import pyarrow as pa

from mpi.display import visible

LONGEST_NAME, LONGEST_LABEL = 32, 80  # characters, of variables and of their labels
_LONGEST_TEXT = 2045  # bytes of a text that is no long one
_LARGEST = 8.9e307  # of a double; larger codes mean missing
_RESERVED = frozenset(
    [
        "_all",
        "_b",
        "byte",
        "_coef",
        "_cons",
        "double",
        "float",
        "if",
        "in",
        "int",
        "long",
        "_n",
        "_N",
        "_pi",
        "_pred",
        "_rc",
        "_skip",
        "strL",
        "using",
        "with",
    ]
)


def stata(table: pa.Table, labels: Mapping[str, str] | None = None) -> bytes:
    """A table as a Stata file (format 118), which any Stata from 14 on reads.

    Names become names of Stata, unique; a name that changes is kept as the label. Missing texts are
    empty, missing numbers are ``.``. Whole numbers that a ``long`` cannot hold are doubles.

    Parameters
    ----------
    table : pyarrow.Table
    labels : mapping of str to str, optional
        Labels of columns.
    """
    import pandas  # noqa: PLC0415, ICN001 -- heavy, and seldom asked for

    names = variable_names(table.column_names)
    columns = {new: _values(table[old]) for old, new in zip(table.column_names, names, strict=True)}
    frame = pandas.DataFrame(columns)
    shown = {
        new: visible((labels or {}).get(old, old if old != new else ""))[:LONGEST_LABEL]
        for old, new in zip(table.column_names, names, strict=True)
    }
    long = [name for name in names if _is_long(frame[name])]
    buffer = BytesIO()
    frame.to_stata(
        buffer,
        write_index=False,
        version=118,
        variable_labels={name: text for name, text in shown.items() if text},
        convert_strl=long,
    )
    return buffer.getvalue()


def variable_names(names: Iterable[str]) -> list[str]:
    """Names that Stata allows, unique.

    Examples
    --------
    >>> variable_names(["region", "2nd", "año de", "a-b", "a b", "if"])
    ['region', '_2nd', 'ano_de', 'a_b', 'a_b_2', 'if_']
    """
    taken: set[str] = set()
    found = []
    for name in names:
        plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
        base = re.sub(r"[^A-Za-z0-9_]", "_", plain)[:LONGEST_NAME] or "v"
        base = f"_{base}"[:LONGEST_NAME] if base[0].isdigit() else base
        base = f"{base}_" if base in _RESERVED or re.fullmatch(r"str\d+", base) else base
        new, number = base, 1
        while new in taken:
            number += 1
            new = f"{base[: LONGEST_NAME - len(str(number)) - 1]}_{number}"
        taken.add(new)
        found.append(new)
    return found


def _values(column: pa.ChunkedArray) -> object:
    """Values of a column as Stata can hold them: numbers, or texts."""
    import numpy as np  # noqa: PLC0415 -- only where a file is written

    kind, values = column.type, column.to_pylist()
    if pa.types.is_boolean(kind) or pa.types.is_integer(kind):
        if not column.null_count and all(abs(value) < 2**31 - 101 for value in values):
            return np.array(values, dtype=np.int32)
        if all(value is None or abs(value) <= 2**53 for value in values):
            return np.array([math.nan if v is None else v for v in values], dtype=np.float64)
    if pa.types.is_floating(kind):
        numbers = np.array([math.nan if v is None else v for v in values], dtype=np.float64)
        if not (np.abs(numbers[~np.isnan(numbers)]) >= _LARGEST).any():
            return numbers
    return np.array(["" if v is None else _text(v) for v in values], dtype=object)


def _text(value: object) -> str:
    """A text without halves of characters and without the end mark of texts."""
    return str(value).encode("utf-8", "replace").decode("utf-8").replace("\0", " ")


def _is_long(column: object) -> bool:
    texts = [value for value in column if isinstance(value, str)]  # type: ignore[attr-defined]
    return any(len(text.encode()) > _LONGEST_TEXT for text in texts)
