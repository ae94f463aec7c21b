"""Sums by key in one pass: dense where the keys are few, hashed where they are many."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise
from typing import TypeVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from mpi.core.pack import Packed
from mpi.core.table import ProfileTable

Scalar = TypeVar("Scalar", bound=np.generic)

# a dense array of sums may be this many times as long as the rows, or have this many cells
_DENSE_FACTOR = 2
_DENSE_CELLS = 1 << 22
# rows from which sums are made by several threads; numpy's bincount releases the interpreter lock
_THREADED_ROWS = 1 << 20
_THREADS = min(4, os.cpu_count() or 1)


@dataclass(frozen=True, slots=True)
class Rows:
    """Units to be tabulated, one row each.

    Attributes
    ----------
    profiles : Packed
        Profiles of n rows.
    d : int
        Number of bits.
    n : NDArray[np.int64] or None
        Persons that a row stands for; None for one each.
    weight : NDArray[np.float64] or None
        Their summed weights; None for one per person.
    household_weight : NDArray[np.float64] or None
        Weight of the household that a row is; None where rows are not households.
    household : NDArray[np.int64] or None
        Household of each row, where a household has several rows.
    gaps : tuple of NDArray[np.float64]
        Gaps of the cardinal indicators, 0 where not deprived.
    """

    profiles: Packed
    d: int
    n: NDArray[np.int64] | None
    weight: NDArray[np.float64] | None
    household_weight: NDArray[np.float64] | None
    household: NDArray[np.int64] | None
    gaps: tuple[NDArray[np.float64], ...]


@dataclass(frozen=True, slots=True)
class ProfileCodes:
    """Profiles as positions in a list.

    Attributes
    ----------
    code : integers, shape (n,)
    deprived, missing : NDArray[np.int64], shape (p,)
        The distinct profiles, ascending.
    """

    code: NDArray[np.integer]
    deprived: NDArray[np.int64]
    missing: NDArray[np.int64]


def profile_codes(profiles: Packed, d: int) -> ProfileCodes:
    """Positions of the profiles of n units in the list of distinct ones."""
    if not profiles.missing.size and d <= 16:
        every = np.arange(1 << d, dtype=np.int64)
        return ProfileCodes(profiles.deprived, every, np.zeros_like(every))
    if not profiles.missing.size:
        code, distinct = _factorized(profiles.deprived)
        return ProfileCodes(code, distinct, np.zeros_like(distinct))
    yes, distinct = _factorized(profiles.deprived)
    unknown, patterns = _factorized(profiles.missing)
    both, pairs = _factorized(yes * patterns.size + unknown)
    which, pattern = np.divmod(pairs, patterns.size)
    return ProfileCodes(both, distinct[which], patterns[pattern])


def tabulate_rows(
    rows: Rows,
    codes: ProfileCodes,
    group: NDArray[np.int64],
    psu: NDArray[np.int64] | None,
    *,
    sizes: tuple[int, int],
) -> ProfileTable:
    """Profile table of rows.

    Parameters
    ----------
    rows : Rows
    codes : ProfileCodes
        Of the same rows.
    group, psu : NDArray[np.int64], shape (n,)
        Positions of group and PSU; rows with a negative group are left out. An empty group stands
        for one group.
    sizes : (int, int)
        Number of groups and of PSUs, at least 1 each.
    """
    keep = np.flatnonzero(group >= 0) if group.min(initial=0) < 0 else None
    parts = [None if sizes[0] == 1 else group, None if sizes[1] == 1 else psu]
    key = _combined(parts, [*sizes, codes.deprived.size], codes.code)
    key = key if keep is None else key[keep]
    cells = _Cells(key, sizes[0] * sizes[1] * codes.deprived.size)
    weight = None if rows.weight is None else _picked(keep, rows.weight)
    n = cells.count() if rows.n is None else cells.count(_picked(keep, rows.n))
    total = n.astype(np.float64) if weight is None else cells.sum(weight)
    is_household = rows.household_weight is not None
    nothing = np.zeros(cells.keys.size)
    own = _picked(keep, rows.household_weight) if rows.household_weight is not None else None
    household = None if rows.household is None else _picked(keep, rows.household)
    gaps = [_picked(keep, gap) * (1.0 if weight is None else weight) for gap in rows.gaps]
    gaps += [weighted * _picked(keep, gap) for weighted, gap in zip(gaps, rows.gaps, strict=True)]
    cell, profile = np.divmod(cells.keys, codes.deprived.size)
    which, unit = np.divmod(cell, sizes[1])
    return ProfileTable(
        group=which,
        psu=unit,
        deprived=codes.deprived[profile],
        missing=codes.missing[profile],
        n=n,
        weight=total,
        squares=_squares(cells, weight, household, n) if psu is None else np.zeros(n.size),
        households=cells.count() if is_household else nothing.astype(np.int64),
        household_weight=cells.sum(own) if own is not None else nothing,
        gaps=np.array([cells.sum(gap) for gap in gaps]).reshape(len(gaps), cells.keys.size).T,
    )


def _picked(keep: NDArray[np.int64] | None, values: NDArray[Scalar]) -> NDArray[Scalar]:
    return values if keep is None else values[keep]


def _squares(
    cells: _Cells,
    weight: NDArray[np.float64] | None,
    household: NDArray[np.int64] | None,
    n: NDArray[np.int64],
) -> NDArray[np.float64]:
    """Sum over households of the squared weight that each brings to a cell."""
    if household is None:
        return n.astype(np.float64) if weight is None else cells.sum(weight * weight)
    pair, distinct = _factorized(household * np.int64(cells.keys.size) + cells.position)
    summed = np.bincount(pair, weights=weight).astype(np.float64)
    cell = distinct % cells.keys.size
    squares = np.bincount(cell, weights=summed * summed, minlength=cells.keys.size)
    return squares.astype(np.float64, copy=False)


class _Cells:
    """Rows by key, for sums and counts."""

    def __init__(self, key: NDArray[np.integer], size: int) -> None:
        self._dense = size <= max(_DENSE_FACTOR * key.size, _DENSE_CELLS)
        if self._dense:
            self._code: NDArray[np.integer] = key
            self._counts = _bincount(key, None, size).astype(np.int64)
            self.keys: NDArray[np.int64] = np.flatnonzero(self._counts)
        else:
            self._code, self.keys = _factorized(key)
            self._counts = _bincount(self._code, None, self.keys.size).astype(np.int64)
        self._size = size if self._dense else self.keys.size

    @property
    def position(self) -> NDArray[np.int64]:
        """Position of each row's key among the keys that occur, shape (n,)."""
        if not self._dense:
            return self._code.astype(np.int64)
        place = np.zeros(self._size, dtype=np.int64)
        place[self.keys] = np.arange(self.keys.size)
        positions: NDArray[np.int64] = place[self._code]
        return positions

    def count(self, times: NDArray[np.int64] | None = None) -> NDArray[np.int64]:
        if times is None:
            return self._counts[self.keys] if self._dense else self._counts
        return np.rint(self.sum(times.astype(np.float64))).astype(np.int64)

    def sum(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        totals = _bincount(self._code, values, self._size)
        return totals[self.keys] if self._dense else totals


def _bincount(
    key: NDArray[np.integer], values: NDArray[np.float64] | None, size: int
) -> NDArray[np.float64]:
    """Sums of values, or counts, by key; by several threads where there are many rows."""
    if key.size < _THREADED_ROWS or size * _THREADS > key.size:
        return np.bincount(key, weights=values, minlength=size).astype(np.float64, copy=False)
    ends = np.linspace(0, key.size, _THREADS + 1).astype(int)
    parts = [slice(a, b) for a, b in pairwise(ends)]

    def of_part(part: slice) -> NDArray[np.float64]:
        weights = None if values is None else values[part]
        found = np.bincount(key[part], weights=weights, minlength=size)
        return found.astype(np.float64, copy=False)

    with ThreadPoolExecutor(_THREADS) as pool:
        sums = list(pool.map(of_part, parts))
    total: NDArray[np.float64] = np.sum(sums, axis=0)
    return total


def _combined(
    parts: list[NDArray[np.int64] | None], sizes: list[int], code: NDArray[np.integer]
) -> NDArray[np.integer]:
    """One integer per row from group, PSU and profile."""
    if parts[0] is None and parts[1] is None:
        return code
    key: NDArray[np.int64] | None = None
    for part, size in zip(parts, sizes[:2], strict=True):
        if part is not None:
            key = part.astype(np.int64) if key is None else key * size + part
    assert key is not None  # noqa: S101 -- one of the parts is there
    combined: NDArray[np.int64] = key * sizes[2]
    combined += code
    return combined


def _factorized(values: NDArray[np.integer]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Position of each value among the sorted distinct ones."""
    codes, distinct = pd.factorize(values)
    order = np.argsort(distinct)
    rank = np.empty_like(order)
    rank[order] = np.arange(order.size)
    return rank[codes], distinct[order].astype(np.int64)
