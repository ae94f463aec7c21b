"""Arrow columns as numpy arrays with a mask, and back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from mpi.core.pack import Bitmap, Truths
from mpi.core.threads import in_spans
from mpi.engines.compile import Kind

Array: TypeAlias = pa.Array

# doubles hold every integer up to this
_EXACT = 2**53
# rows looked at before asking whether every group was met already
_LOOKED_AT = 1 << 17


def kind_of(array: Array) -> Kind | None:
    """Type of a column in the rule language; None if the language has no such type."""
    kind = array.type
    if pa.types.is_boolean(kind):
        return "truth"
    if pa.types.is_integer(kind) or pa.types.is_floating(kind):
        return "number"
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        return "text"
    if pa.types.is_null(kind):
        return "nothing"
    return "date" if pa.types.is_temporal(kind) else None


def single(column: pa.ChunkedArray | Array) -> Array:
    """A column in one piece."""
    if isinstance(column, pa.ChunkedArray):
        return column.combine_chunks() if column.num_chunks != 1 else column.chunk(0)
    return column


def mask(array: Array) -> NDArray[np.bool_] | None:
    """Where a column is missing, shape (n,); None if nowhere."""
    if array.null_count == 0:
        return None
    missing: NDArray[np.bool_] = pc.is_null(array).to_numpy(zero_copy_only=False)
    return missing


def truths(array: Array) -> Truths:
    """A column of yes and no, or of 0 and 1, as truth values with a mask."""
    if pa.types.is_null(array.type):
        return Truths(np.zeros(len(array), dtype=bool), np.ones(len(array), dtype=bool))
    if not pa.types.is_boolean(array.type):
        array = pc.not_equal(array, 0)
    return Truths(_bits(array), mask(array))


def _bits(array: pa.BooleanArray) -> Bitmap:
    """Values of a truth column, False where it is missing, as its buffer of bits."""
    if array.null_count:
        array = pc.fill_null(array, False)  # noqa: FBT003 -- pyarrow's signature
    buffer = array.buffers()[1]
    return Bitmap(np.frombuffer(buffer, dtype=np.uint8), array.offset, len(array))


def numbers(array: Array) -> NDArray[np.float64]:
    """A column of numbers as floats, shape (n,); NaN where it is missing."""
    # unsafe: integers beyond 2**53 are rounded, as every float is
    floats = pc.cast(array, pa.float64(), safe=False)
    values: NDArray[np.float64] = floats.to_numpy(zero_copy_only=False)
    return values


def integers(array: Array, missing: int) -> NDArray[np.int64]:
    """A column of integers, shape (n,), with a value where it is missing."""
    filled = pc.fill_null(array, missing) if array.null_count else array
    values: NDArray[np.int64] = filled.to_numpy(zero_copy_only=False)
    return values


def is_exact(array: Array) -> bool:
    """Whether doubles hold each whole number of a column."""
    if not pa.types.is_integer(array.type):
        return True
    ends = pc.min_max(array)
    return all(end is None or abs(end) <= _EXACT for end in ends.as_py().values())


def is_finite(array: Array) -> bool:
    """Whether no number of a column is infinite, or the difference of two that are."""
    if not pa.types.is_floating(array.type):
        return True
    return pc.all(pc.is_finite(array)).as_py() is not False


def from_truths(values: NDArray[np.bool_], missing: NDArray[np.bool_] | None) -> Array:
    """Arrow column of truth values."""
    return pa.array(values, mask=missing)


def without_signed_zero(array: Array) -> Array:
    """The column with one zero, where floats have two that are equal and look different."""
    return pc.add(array, 0.0) if pa.types.is_floating(array.type) else array


def taken(array: Array, rows: NDArray[np.int64]) -> Array:
    """Values of other rows; a negative row gives a missing value."""
    if (rows < 0).any():
        return array.take(pa.array(rows, mask=rows < 0))
    return array.take(pa.array(rows))


def codes(columns: Sequence[Array]) -> tuple[NDArray[np.integer], list[tuple[object, ...]]]:
    """Position of each row's combination of values, and the combinations in ascending order.

    Parameters
    ----------
    columns : sequence of Array
        Columns of n rows; a combination with a missing value gets position -1.

    Returns
    -------
    codes : integers, shape (n,)
    labels : list of tuple
        Distinct combinations, sorted.
    """
    if not columns:
        return np.zeros(0, dtype=np.int64), [()]
    positions, levels = zip(*(_coded(column) for column in columns), strict=True)
    if len(columns) == 1:
        return positions[0], [(value,) for value in levels[0]]
    combined = positions[0].astype(np.int64)
    for position, level in zip(positions[1:], levels[1:], strict=True):
        missing = (combined < 0) | (position < 0)
        combined = combined * len(level) + position
        combined[missing] = -1
    size = int(np.prod([len(level) for level in levels], dtype=object))
    present = _present(combined, size)
    sizes = tuple(len(level) for level in levels)
    unraveled = np.unravel_index(present, sizes) if present.size else [present] * len(levels)
    labels = list(
        zip(
            *([level[i] for i in part] for level, part in zip(levels, unraveled, strict=True)),
            strict=True,
        )
    )
    if present.size == size:
        return combined, labels
    where = np.searchsorted(present, combined)
    return np.where(combined < 0, -1, where), labels


def _present(combined: NDArray[np.int64], size: int) -> NDArray[np.int64]:
    """Positions that occur, ascending."""
    if size <= max(4 * combined.size, 1 << 16):
        seen = np.zeros(size + 1, dtype=bool)
        seen[combined] = True  # -1 marks the last place, which is not a combination
        return np.flatnonzero(seen[:-1])
    found = np.unique(combined)
    return found[found >= 0]


def _coded(column: Array) -> tuple[NDArray[np.integer], list[object]]:
    """Position of each value among the sorted distinct ones; -1 where it is missing."""
    if pa.types.is_integer(column.type) and not column.null_count and len(column):
        found = _coded_integers(column)
        if found is not None:
            return found
    if kind_of(column) == "nothing":
        return np.full(len(column), -1, dtype=np.int64), []
    if kind_of(column) == "date":
        column = pc.cast(column, pa.string())  # a label is a plain value, so that files can hold it
    encoded = without_signed_zero(column).dictionary_encode()
    values = encoded.dictionary.to_pylist()
    order = sorted(range(len(values)), key=lambda i: values[i])
    rank = np.empty(len(values) + 1, dtype=np.int64)
    rank[order] = np.arange(len(values))
    rank[-1] = -1
    return rank[integers(encoded.indices, len(values))], [values[i] for i in order]


def _met(values: NDArray[np.integer], size: int) -> NDArray[np.bool_]:
    """Which of the integers from 0 to below `size` occur; stops when all of them did."""
    met = np.zeros(size, dtype=bool)
    for start in range(0, values.size, _LOOKED_AT):
        met[values[start : start + _LOOKED_AT]] = True
        if met.all():
            break
    return met


def _coded_integers(column: Array) -> tuple[NDArray[np.integer], list[object]] | None:
    """The same for integers in a small range, without hashing; None if the range is large."""
    low, high = pc.min_max(column).as_py().values()
    if high - low > min(len(column), 1 << 16):
        return None
    values = integers(column, 0)
    # the less memory for as many rows, the faster
    kind: type[np.integer] = np.int16 if high - low <= np.iinfo(np.int16).max else np.int32
    shifted: NDArray[np.integer] = np.empty(values.size, dtype=kind)
    lowest = values.dtype.type(low).astype(kind)

    def shift(span: range) -> None:
        rows = slice(span.start, span.stop)
        # modulo the size of `kind`, in which the difference fits; the type of the column may be
        # too small for it
        np.subtract(values[rows], lowest, out=shifted[rows], dtype=kind, casting="unsafe")

    in_spans(shift, values.size)
    present = np.flatnonzero(_met(shifted, high - low + 1))
    labels: list[object] = list((present + low).tolist())
    if present.size == high - low + 1:
        return shifted, labels
    rank = np.zeros(high - low + 1, dtype=kind)
    rank[present] = np.arange(present.size)
    return rank[shifted], labels
