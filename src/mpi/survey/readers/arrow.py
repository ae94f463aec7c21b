"""Columns of any library as Arrow arrays of few types, with null for every missing value."""

from __future__ import annotations

from collections.abc import Mapping

import narwhals as nw
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from mpi.errors import Problem, SurveyError

_LONGEST_STRING = 2**31 - 1  # bytes in one chunk of Arrow's string type


def plain(source: str, columns: Mapping[str, object]) -> dict[str, pa.Array]:
    """Columns in one chunk each, as bool, int64, float64, string, or a date or time.

    Parameters
    ----------
    source : str
        What messages call the table.
    columns : mapping of str to array
        Series of pandas or narwhals, arrays of Arrow or numpy, sequences; shape (n,).

    Raises
    ------
    SurveyError
        If columns hold what no column of one of these types can hold.
    """
    arrays: dict[str, pa.Array] = {}
    problems: list[Problem] = []
    cause: Exception | None = None
    for column, values in columns.items():
        try:
            arrays[column] = _array(_chunks(values))
        except (pa.ArrowException, ValueError, TypeError, OverflowError) as error:
            problems.append(_unfit(column, values))
            cause = error
    if problems:
        raise SurveyError(source, problems) from cause
    return arrays


def without(values: pa.ChunkedArray, missing: pa.ChunkedArray) -> pa.ChunkedArray:
    """Values with null where they are missing."""
    return pc.if_else(missing, pa.scalar(None, values.type), values)


def _chunks(values: object) -> pa.ChunkedArray:
    """Values in the type that Arrow gives them."""
    if isinstance(values, nw.Series):
        values = values.to_arrow()
    elif isinstance(values, pd.Series):
        dtype = values.dtype
        inner = dtype.categories.dtype if isinstance(dtype, pd.CategoricalDtype) else dtype
        if isinstance(inner, pd.IntervalDtype | pd.PeriodDtype):
            values = values.map(str, na_action="ignore")
    if not isinstance(values, pa.ChunkedArray | pa.Array):
        if isinstance(getattr(values, "dtype", None), pd.SparseDtype):
            values = np.asarray(values)
        values = _native(values)
        # Floats keep NaN here, as `_array` looks for it in any case.
        is_float = getattr(getattr(values, "dtype", None), "kind", None) == "f"
        values = pa.array(values, from_pandas=not is_float)
    return values if isinstance(values, pa.ChunkedArray) else pa.chunked_array([values])


def _native(values: object) -> object:
    """Values in a form of numbers that Arrow knows: the machine's order of bytes, 64 bits."""
    dtype = getattr(values, "dtype", None)
    if not isinstance(dtype, np.dtype) or dtype.kind not in "iuf":
        return values
    if dtype.isnative and dtype.itemsize <= 8:
        return values
    kind = np.dtype(np.float64) if dtype.itemsize > 8 else dtype.newbyteorder("=")
    return values.astype(kind)  # type: ignore[attr-defined]


def _array(values: pa.ChunkedArray) -> pa.Array:
    """One array of a plain type, with null for NaN."""
    if pa.types.is_dictionary(values.type):
        values = values.cast(values.type.value_type)
    values = values.cast(_plain_type(values))
    if pa.types.is_floating(values.type):
        missing = pc.is_nan(values)
        values = without(values, missing) if pc.any(missing).as_py() else values
    return values.chunk(0) if values.num_chunks == 1 else values.combine_chunks()


def _plain_type(values: pa.ChunkedArray) -> pa.DataType:
    """Type that stands for all of its kind."""
    kind, types = values.type, pa.types
    if types.is_boolean(kind) or (types.is_temporal(kind) and not types.is_interval(kind)):
        return kind
    if types.is_integer(kind) or types.is_null(kind):
        return pa.int64()
    if types.is_floating(kind) or types.is_decimal(kind):
        return pa.float64()
    if types.is_string(kind) or types.is_large_string(kind) or types.is_string_view(kind):
        return pa.string() if values.nbytes < _LONGEST_STRING else pa.large_string()
    raise TypeError(str(kind))


def _unfit(column: str, values: object) -> Problem:
    """Problem of a column that Arrow cannot hold, or that is no variable of a survey."""
    if isinstance(values, pa.ChunkedArray | pa.Array | nw.Series):
        found = f"values of type {values.dtype if isinstance(values, nw.Series) else values.type}"
    else:
        known = pd.Series(values, dtype=object).dropna()
        kinds = known.map(lambda value: type(value).__name__).value_counts()
        found = "values of type " + " and ".join(f"{k} ({n:,})" for k, n in kinds.items())
    expected = "Expected true and false, whole numbers of 64 bits, other numbers, text, or dates."
    return Problem(f"column {column!r}", found, expected, "Convert it to one of these first.")
