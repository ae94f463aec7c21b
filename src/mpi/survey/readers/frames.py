"""Tables in memory: frames of pandas and Polars, tables of Arrow, mappings of name to array."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from mpi.errors import Problem, SurveyError
from mpi.survey.readers.arrow import plain
from mpi.survey.readers.store import ACCEPTED, Store

# types that Arrow and numpy hold alike
_IN_MEMORY = (
    *(nw.Int8, nw.Int16, nw.Int32, nw.Int64),
    *(nw.UInt8, nw.UInt16, nw.UInt32, nw.UInt64),
    *(nw.Float32, nw.Float64),
)


class Frame(Store):
    """Columns of pandas, Polars, Arrow or numpy."""

    __slots__ = ("_columns", "_rows")

    def __init__(
        self, name: str, names: Sequence[str], columns: Iterable[object], rows: int
    ) -> None:
        super().__init__(name, names)
        self._columns = dict(zip(names, columns, strict=True))
        self._rows = rows

    def count(self) -> int:
        """Rows of the table."""
        return self._rows

    def fetch(self, columns: Sequence[str]) -> dict[str, pa.Array]:
        """Columns as Arrow arrays, which share memory where the types agree."""
        return plain(self.name, {column: self._columns[column] for column in columns})

    def view(self, column: str) -> NDArray[Any] | None:
        """View of a column as a numpy array, if there is one."""
        return _view(self._columns[column])


def open_frame(data: object, name: str) -> Frame:
    """Store of a table in memory."""
    if isinstance(data, pd.DataFrame):
        columns = [data.iloc[:, position] for position in range(data.shape[1])]
        return Frame(name, [str(label) for label in data.columns], columns, len(data))
    if isinstance(data, Mapping):
        return _open_mapping(data, name)
    if isinstance(data, pa.Table):
        return Frame(name, data.column_names, data.columns, data.num_rows)
    frame: object = nw.from_native(data, pass_through=True)
    if isinstance(frame, nw.DataFrame):
        return Frame(name, frame.columns, frame.iter_columns(), len(frame))
    cause: Exception | None = None
    if hasattr(data, "__arrow_c_stream__") or hasattr(data, "__arrow_c_array__"):
        try:
            return open_frame(pa.table(data), name)
        except (pa.ArrowException, AttributeError, TypeError, ValueError) as error:  # no table
            cause = error
    found = f"an object of type {type(data).__name__!r} is not a table"
    raise SurveyError(name, [Problem("", found, ACCEPTED)]) from cause


def _open_mapping(data: Mapping[Any, object], name: str) -> Frame:
    """Store of a mapping of name to array."""
    sizes = {column: _size(values) for column, values in data.items()}
    rows = next(iter(sizes.values()), 0)
    if rows is None or any(n != rows for n in sizes.values()):
        expected = "Expected arrays of one length."
        found = {c: "not an array" if n is None else f"{n:,} values" for c, n in sizes.items()}
        raise SurveyError(name, [Problem(f"column {c!r}", n, expected) for c, n in found.items()])
    return Frame(name, [str(column) for column in data], data.values(), rows)


def _size(values: object) -> int | None:
    """Length of an array; None for anything else."""
    no_array = isinstance(values, str | bytes | Mapping | AbstractSet)
    if no_array or getattr(values, "ndim", 1) != 1:
        return None
    return len(values) if hasattr(values, "__len__") else None


def _view(values: object) -> NDArray[Any] | None:
    """Numbers or truth values in memory without a copy, if that is possible."""
    if isinstance(values, pd.Series) and isinstance(values.dtype, np.dtype):
        values = values.to_numpy()
    elif isinstance(values, nw.Series):
        values = values.to_arrow() if values.dtype in _IN_MEMORY else None
    if isinstance(values, pa.ChunkedArray) and values.num_chunks == 1:
        values = values.chunk(0)
    if isinstance(values, pa.Array):
        try:
            values = values.to_numpy(zero_copy_only=True)
        except pa.ArrowInvalid:
            return None
    if not isinstance(values, np.ndarray) or values.dtype.kind not in "biuf":
        return None
    if isinstance(values, np.ma.MaskedArray):  # a view would lose what is missing
        return None
    view = values.view()
    view.flags.writeable = False
    return view
