"""Sums by key in one pass: dense where the keys are few, hashed where they are many."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import reduce
from typing import TypeAlias, TypeVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from mpi.core.pack import Packed
from mpi.core.table import ProfileTable
from mpi.core.threads import in_spans

Scalar = TypeVar("Scalar", bound=np.generic)
Values: TypeAlias = Callable[[slice], NDArray[np.float64]]  # of some rows

# a dense array of sums may be this many times as long as the rows, or have this many cells
_DENSE_FACTOR = 2
_DENSE_CELLS = 1 << 22
# rows that are summed at a time, at least, and whose keys are made at a time
_PART = 1 << 20
_BLOCK = 1 << 16


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
    gaps : tuple of NDArray[np.float64]
        Gaps of the cardinal indicators, 0 where not deprived.
    replicates, household_replicates : tuple of NDArray[np.float64]
        Supplied replicate weights, as `weight` and `household_weight`.
    """

    profiles: Packed
    d: int
    n: NDArray[np.int64] | None
    weight: NDArray[np.float64] | None
    household_weight: NDArray[np.float64] | None
    gaps: tuple[NDArray[np.float64], ...]
    replicates: tuple[NDArray[np.float64], ...] = ()
    household_replicates: tuple[NDArray[np.float64], ...] = ()


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
    group: NDArray[np.integer],
    psu: NDArray[np.integer] | None,
    *,
    sizes: tuple[int, int],
    squares: bool,
) -> ProfileTable:
    """Profile table of rows.

    Parameters
    ----------
    rows : Rows
    codes : ProfileCodes
        Of the same rows.
    group, psu : NDArray[np.int64], shape (n,)
        Positions of group and sampled unit; rows with a negative group are left out. An empty group
        stands for one group.
    sizes : (int, int)
        Number of groups and of sampled units, at least 1 each.
    squares : bool
        Whether squared weights are summed, because rows were drawn directly.
    """
    if group.min(initial=0) < 0:
        rows, codes, group, psu = _restricted(np.flatnonzero(group >= 0), rows, codes, group, psu)
    parts = [None if sizes[0] == 1 else group, None if sizes[1] == 1 else psu]
    total = sizes[0] * sizes[1] * codes.deprived.size
    cells = _cells(parts, [*sizes, codes.deprived.size], codes.code, total)
    sums = cells.sums(_wanted(rows, squares=squares))
    cell, profile = np.divmod(cells.keys, codes.deprived.size)
    which, unit = np.divmod(cell, sizes[1])
    n = np.rint(sums["n"]).astype(np.int64) if rows.n is not None else cells.counts
    whole, nothing = n.astype(np.float64), np.zeros(n.size)
    of_households = rows.household_weight is not None

    def several(kind: str, count: int) -> NDArray[np.float64]:
        return (
            np.array([sums[f"{kind}:{place}"] for place in range(count)]).reshape(count, n.size).T
        )

    return ProfileTable(
        group=which,
        psu=unit,
        deprived=codes.deprived[profile],
        missing=codes.missing[profile],
        n=n,
        weight=sums.get("weight", whole),
        squares=sums.get("squares", cells.counts.astype(np.float64)) if squares else nothing,
        households=cells.counts if of_households else np.zeros_like(n),
        household_weight=sums.get("household_weight", nothing),
        household_squares=sums.get("household_squares", nothing),
        gaps=several("gap", 2 * len(rows.gaps)),
        replicates=several("replicate", len(rows.replicates)),
        household_replicates=several("household_replicate", len(rows.replicates))
        if of_households
        else np.zeros((n.size, len(rows.replicates))),
        replicate_gaps=several("replicate_gap", 2 * len(rows.gaps) * len(rows.replicates)),
    )


def _restricted(
    kept: NDArray[np.int64],
    rows: Rows,
    codes: ProfileCodes,
    group: NDArray[np.integer],
    psu: NDArray[np.integer] | None,
) -> tuple[Rows, ProfileCodes, NDArray[np.integer], NDArray[np.integer] | None]:
    """Some of the rows."""
    picked = replace(
        rows,
        n=_picked(kept, rows.n),
        weight=_picked(kept, rows.weight),
        household_weight=_picked(kept, rows.household_weight),
        gaps=tuple(gap[kept] for gap in rows.gaps),
        replicates=tuple(weight[kept] for weight in rows.replicates),
        household_replicates=tuple(weight[kept] for weight in rows.household_replicates),
    )
    return picked, replace(codes, code=codes.code[kept]), group[kept], _picked(kept, psu)


def _picked(kept: NDArray[np.int64], values: NDArray[Scalar] | None) -> NDArray[Scalar] | None:
    return None if values is None else values[kept]


def _wanted(rows: Rows, *, squares: bool) -> dict[str, Values]:
    """What is summed by cell, as functions of a part of the rows."""
    n, weight, household_weight = rows.n, rows.weight, rows.household_weight
    wanted: dict[str, Values] = {}
    if n is not None:
        wanted["n"] = lambda part: n[part].astype(np.float64)
    if weight is not None:
        wanted["weight"] = lambda part: weight[part]
    if weight is not None and squares:
        wanted["squares"] = lambda part: weight[part] ** 2
    if household_weight is not None:
        wanted["household_weight"] = lambda part: household_weight[part]
    if household_weight is not None and squares:
        wanted["household_squares"] = lambda part: household_weight[part] ** 2
    powers = [(gap, power) for power in (1, 2) for gap in rows.gaps]
    for place, (gap, power) in enumerate(powers):
        wanted[f"gap:{place}"] = _gaps(gap, weight, power)
    for r, own in enumerate(rows.replicates):
        wanted[f"replicate:{r}"] = _taken(own)
        for place, (gap, power) in enumerate(powers):
            wanted[f"replicate_gap:{place * len(rows.replicates) + r}"] = _gaps(gap, own, power)
    for r, own in enumerate(rows.household_replicates):
        wanted[f"household_replicate:{r}"] = _taken(own)
    return wanted


def _taken(values: NDArray[np.float64]) -> Values:
    return lambda part: values[part]


def _gaps(gap: NDArray[np.float64], weight: NDArray[np.float64] | None, power: int) -> Values:
    return lambda part: gap[part] ** power * (1.0 if weight is None else weight[part])


class _Cells:
    """Rows by key, for sums and counts.

    Parameters
    ----------
    n, size : int
        Number of rows; keys are below `size`.
    key : function of a slice of rows
        Their keys.
    names : NDArray[np.int64] or None, shape (size,)
        What the keys stand for, ascending, where it is not themselves.
    turned : int or None
        Number of groups, where a key is that of the profile and then of the group, and `keys` has
        to be that of the group and then of the profile.
    """

    def __init__(
        self,
        n: int,
        size: int,
        key: Callable[[slice], NDArray[np.int64]],
        *,
        names: NDArray[np.int64] | None = None,
        turned: int | None = None,
    ) -> None:
        self._n, self._size, self._key = n, size, key
        self._names, self._turned = names, turned
        self.keys: NDArray[np.int64] = np.zeros(0, dtype=np.int64)
        self.counts: NDArray[np.int64] = self.keys

    def sums(self, wanted: Mapping[str, Values]) -> dict[str, NDArray[np.float64]]:
        """Sums of values by key, in one pass; `keys` and `counts` are known after it.

        A part of the rows is keyed once and summed for all values, so that the keys of all rows
        are never in memory.
        """
        counts, sums = zip(*in_spans(lambda span: self._summed(span, wanted), self._n), strict=True)
        count = self._ordered(reduce(_added, counts))
        used = np.flatnonzero(count)
        self.keys = used if self._names is None else self._names[used]
        self.counts = count[used]
        totals = [reduce(_added, parts) for parts in zip(*sums, strict=True)]
        return {
            name: self._ordered(total)[used] for name, total in zip(wanted, totals, strict=True)
        }

    def _summed(
        self, span: range, wanted: Mapping[str, Values]
    ) -> tuple[NDArray[np.int64], list[NDArray[np.float64]]]:
        """Counts, and sums of values, of the rows of a span, part by part."""
        count = np.zeros(self._size, dtype=np.int64)
        totals = [np.zeros(self._size) for _ in wanted]
        step = max(_PART, self._size)  # a part costs the time of an array of all sums
        for start in span[::step]:
            part = slice(start, min(start + step, span.stop))
            key = self._keyed(part)
            count += np.bincount(key, minlength=self._size)
            for total, values in zip(totals, wanted.values(), strict=True):
                np.add(total, np.bincount(key, values(part), minlength=self._size), out=total)
        return count, totals

    def _keyed(self, part: slice) -> NDArray[np.int64]:
        """Keys of a part, made by blocks whose steps stay in the processor's cache."""
        key = np.empty(part.stop - part.start, dtype=np.int64)
        for start in range(0, key.size, _BLOCK):
            stop = min(start + _BLOCK, key.size)
            key[start:stop] = self._key(slice(part.start + start, part.start + stop))
        return key

    def _ordered(self, sums: NDArray[Scalar]) -> NDArray[Scalar]:
        """Sums by group and then by profile."""
        return sums if self._turned is None else sums.reshape(-1, self._turned).T.ravel()


def _added(a: NDArray[Scalar], b: NDArray[Scalar]) -> NDArray[Scalar]:
    total: NDArray[Scalar] = np.add(a, b, out=a)
    return total


def _cells(
    parts: list[NDArray[np.integer] | None],
    sizes: list[int],
    code: NDArray[np.integer],
    size: int,
) -> _Cells:
    """Rows by one integer from group, PSU and profile."""
    group, psu = parts

    def key(part: slice) -> NDArray[np.int64]:
        return _combined([p if p is None else p[part] for p in parts], sizes, code[part])

    if size > max(_DENSE_FACTOR * code.size, _DENSE_CELLS):
        ranks, names = _factorized(key(slice(0, code.size)))
        return _Cells(code.size, names.size, lambda part: ranks[part], names=names)
    if psu is None and group is not None:
        # most units have one of few profiles, so that their sums are together and stay in the
        # processor's cache even where groups come in any order
        def profile_first(part: slice) -> NDArray[np.int64]:
            keys: NDArray[np.int64] = np.multiply(code[part], sizes[0], dtype=np.int64)
            keys += group[part]
            return keys

        return _Cells(code.size, size, profile_first, turned=sizes[0])
    return _Cells(code.size, size, key)


def _combined(
    parts: list[NDArray[np.integer] | None], sizes: list[int], code: NDArray[np.integer]
) -> NDArray[np.int64]:
    """One integer per row from group, PSU and profile."""
    key: NDArray[np.integer] | None = None
    for part, size in zip(parts, sizes[:2], strict=True):
        if part is not None:
            key = part if key is None else np.multiply(key, size, dtype=np.int64) + part
    if key is None:
        return code.astype(np.int64)
    combined: NDArray[np.int64] = np.multiply(key, sizes[2], dtype=np.int64)
    combined += code
    return combined


def _factorized(values: NDArray[np.integer]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Position of each value among the sorted distinct ones."""
    codes, distinct = pd.factorize(values)
    order = np.argsort(distinct)
    rank = np.empty_like(order)
    rank[order] = np.arange(order.size)
    return rank[codes], distinct[order].astype(np.int64)
