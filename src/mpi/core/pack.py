"""Deprivations of a unit as one integer of bits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

# rows packed at a time: the block stays in the processor's cache (0.05 s against 0.3 s for
# 10 million rows x 15 columns)
_BLOCK = 1 << 16


@dataclass(frozen=True, slots=True)
class Truths:
    """One yes-or-no column.

    Attributes
    ----------
    values : NDArray[np.bool_], shape (n,)
        True where the answer is yes; False where it is missing.
    missing : NDArray[np.bool_] or None, shape (n,)
        Where the answer is missing; None if nowhere.
    """

    values: NDArray[np.bool_]
    missing: NDArray[np.bool_] | None = None


@dataclass(frozen=True, slots=True)
class Packed:
    """Profiles of n units.

    Attributes
    ----------
    deprived, missing : unsigned integers, shape (n,)
        Bit j is set where indicator j is deprived, or missing; never both. `missing` has length 0
        where nothing is missing.
    """

    deprived: NDArray[np.unsignedinteger]
    missing: NDArray[np.unsignedinteger]


def pack(columns: Sequence[Truths], n: int) -> Packed:
    """Profiles of n units from d columns of truths.

    Parameters
    ----------
    columns : sequence of Truths
        At most 62 columns of n rows; the first becomes the lowest bit.
    n : int
        Number of units.

    Returns
    -------
    Packed

    Examples
    --------
    >>> pack([Truths(np.array([True, False])), Truths(np.array([True, True]))], 2).deprived
    array([3, 2], dtype=uint8)
    """
    missing = [(j, c.missing) for j, c in enumerate(columns) if c.missing is not None]
    kind = _smallest(len(columns))
    nothing = np.empty(0, dtype=kind)
    return Packed(
        deprived=_bits([(j, c.values) for j, c in enumerate(columns)], n, kind),
        missing=_bits(missing, n, kind) if missing else nothing,
    )


def unpack(profiles: NDArray[np.unsignedinteger], d: int) -> NDArray[np.bool_]:
    """Bits of profiles as a matrix, shape (p, d).

    Examples
    --------
    >>> unpack(np.array([3, 2], dtype=np.uint64), 2)
    array([[ True,  True],
           [False,  True]])
    """
    positions = np.arange(d, dtype=np.uint64)
    shifted = profiles.astype(np.uint64)[:, np.newaxis] >> positions
    bits: NDArray[np.bool_] = (shifted & np.uint64(1)).astype(bool)
    return bits


def _smallest(bits: int) -> type[np.unsignedinteger]:
    if bits <= 8:
        return np.uint8
    if bits <= 16:
        return np.uint16
    return np.uint32 if bits <= 32 else np.uint64


def _bits(
    columns: Sequence[tuple[int, NDArray[np.bool_]]], n: int, kind: type[np.unsignedinteger]
) -> NDArray[np.unsignedinteger]:
    packed = np.zeros(n, dtype=kind)
    shifted = np.empty(min(n, _BLOCK), dtype=kind)
    for start in range(0, n, _BLOCK):
        rows = slice(start, min(start + _BLOCK, n))
        block = packed[rows]
        for position, values in columns:
            part = shifted[: block.size]
            np.left_shift(values[rows].view(np.uint8), kind(position), out=part, dtype=kind)
            np.bitwise_or(block, part, out=block)
    return packed
