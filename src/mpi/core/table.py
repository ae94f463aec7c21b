"""The profile table: how much weight each profile carries in each PSU of each group. It adds."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields, replace
from functools import reduce

import numpy as np
from numpy.typing import NDArray

# keys are told apart without sorting up to this many of them, or this many for each row
_DENSE_KEYS = 1 << 16
_DENSE_FACTOR = 2


@dataclass(frozen=True, slots=True)
class ProfileTable:
    """Totals by group, PSU and profile; rows are distinct and sorted by these keys.

    Attributes
    ----------
    group, psu : NDArray[np.int64], shape (p,)
        Position of the group and of the sampled unit in their lists; 0 where there is no list. The
        unit is that of the last stage of sampling, or a stratum where units of analysis were drawn.
    deprived, missing : NDArray[np.int64], shape (p,)
        Profile: bits that are set, and bits that are missing.
    n : NDArray[np.int64], shape (p,)
        Persons (or units of the analysis) in the sample.
    weight : NDArray[np.float64], shape (p,)
        Sum of their weights.
    squares : NDArray[np.float64], shape (p,)
        Sum over the units that were drawn directly of their squared weight; 0 where there are PSUs.
    households : NDArray[np.int64], shape (p,)
        Households in the sample; 0 where the group is not one of whole households.
    household_weight, household_squares : NDArray[np.float64], shape (p,)
        Sum of their weights and, where they were drawn directly, of the squares of these.
    gaps : NDArray[np.float64], shape (p, 2 c)
        Sums of weight x gap of the c cardinal indicators, then of weight x squared gap.
    replicates, household_replicates : NDArray[np.float64], shape (p, r)
        Sums of supplied replicate weights, of persons and of households.
    replicate_gaps : NDArray[np.float64], shape (p, 2 c r)
        The sums of `gaps` under each replicate weight, those of one gap side by side.
    """

    group: NDArray[np.int64]
    psu: NDArray[np.int64]
    deprived: NDArray[np.int64]
    missing: NDArray[np.int64]
    n: NDArray[np.int64]
    weight: NDArray[np.float64]
    squares: NDArray[np.float64]
    households: NDArray[np.int64]
    household_weight: NDArray[np.float64]
    household_squares: NDArray[np.float64]
    gaps: NDArray[np.float64]
    replicates: NDArray[np.float64]
    household_replicates: NDArray[np.float64]
    replicate_gaps: NDArray[np.float64]

    @property
    def size(self) -> int:
        """Number of rows p."""
        return int(self.n.size)

    def relabelled(self, group: NDArray[np.int64], psu: NDArray[np.int64]) -> ProfileTable:
        """The same rows with positions in other lists of groups and PSUs."""
        moved = {field.name: getattr(self, field.name) for field in fields(self)}
        moved["group"], moved["psu"] = group[self.group], psu[self.psu]
        return ProfileTable(**moved)

    def rows(self, places: NDArray[np.intp]) -> ProfileTable:
        """Some rows, in the order given."""
        return ProfileTable(**{f.name: getattr(self, f.name)[places] for f in fields(self)})


KEYS = ("group", "psu", "deprived", "missing")


def add(*tables: ProfileTable) -> ProfileTable:
    """Table of the units of all, keyed by the same lists of groups and PSUs."""
    joined = {
        field.name: np.concatenate([getattr(table, field.name) for table in tables])
        for field in fields(ProfileTable)
    }
    return collapse(ProfileTable(**joined))


def of_persons(table: ProfileTable) -> ProfileTable:
    """The table without its households, where some groups are not made of whole ones."""
    none = np.zeros(table.size)
    return replace(
        table,
        households=np.zeros(table.size, dtype=np.int64),
        household_weight=none,
        household_squares=none,
        household_replicates=np.zeros_like(table.household_replicates),
    )


def collapse(table: ProfileTable) -> ProfileTable:
    """Rows with equal keys added up, sorted by key."""
    keys = [getattr(table, name) for name in KEYS]
    if not table.size:
        return table
    sizes = [int(key.max()) + 1 for key in keys]
    if math.prod(sizes) <= max(_DENSE_FACTOR * table.size, _DENSE_KEYS):
        combined = keys[0]
        for key, size in zip(keys[1:], sizes[1:], strict=True):
            combined = combined * size + key
        return _group_sums(table, combined, math.prod(sizes))
    order = _order(keys)
    changes = (np.diff(key[order]) != 0 for key in keys)
    starts = np.flatnonzero(np.concatenate([[True], reduce(np.logical_or, changes)]))
    columns = {name: key[order][starts] for name, key in zip(KEYS, keys, strict=True)}
    for field in fields(table):
        if field.name not in KEYS:
            values = getattr(table, field.name)[order]
            columns[field.name] = np.add.reduceat(values, starts, axis=0)
    return ProfileTable(**columns)


def whole(table: ProfileTable) -> ProfileTable:
    """The table without its groups: all rows in group 0."""
    everyone = np.zeros_like(table.group)
    moved = {field.name: getattr(table, field.name) for field in fields(table)}
    return collapse(ProfileTable(**(moved | {"group": everyone})))


def _group_sums(table: ProfileTable, key: NDArray[np.int64], size: int) -> ProfileTable:
    """Rows added up by an integer key below `size` that orders them as the keys do."""
    counts = np.bincount(key, minlength=size)
    found = np.flatnonzero(counts)
    place = np.cumsum(counts > 0)[key] - 1
    first = np.empty(found.size, dtype=np.int64)
    first[place] = np.arange(table.size)  # a row of each key; which one does not matter
    columns = {name: getattr(table, name)[first] for name in KEYS}
    for field in fields(table):
        if field.name not in KEYS:
            values = getattr(table, field.name)
            flat = [values] if values.ndim == 1 else list(values.T)
            sums = [np.bincount(place, weights=own, minlength=found.size) for own in flat]
            whole = np.array(sums).reshape(len(flat), found.size)
            whole = np.rint(whole) if values.dtype.kind == "i" else whole
            shaped = whole[0] if values.ndim == 1 else whole.T
            columns[field.name] = shaped.astype(values.dtype, copy=False)
    return ProfileTable(**columns)


def _order(keys: list[NDArray[np.int64]]) -> NDArray[np.intp]:
    """Order of the rows by their keys, as one integer where that fits."""
    sizes = [int(key.max()) + 1 for key in keys]
    if math.prod(sizes) >= 2**62:
        return np.lexsort(keys[::-1])
    combined = keys[0]
    for key, size in zip(keys[1:], sizes[1:], strict=True):
        combined = combined * size + key
    return np.argsort(combined, kind="stable")  # tables are sorted runs, which stable sorts merge
