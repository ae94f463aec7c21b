"""Which published groups add up to which: the sums that an attacker can take differences of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from mpi.core import table as tables
from mpi.core.table import ProfileTable
from mpi.engines.base import By, Grouping, Label


@dataclass(frozen=True, slots=True, eq=False)
class Cells:
    """Counts of every profile in every group of one grouping.

    Attributes
    ----------
    by : tuple of str
    labels : tuple of Label, length g
    persons : NDArray[np.int64], shape (g, u)
    households : NDArray[np.int64] or None, shape (g, u)
        None where the groups are not made of whole households.
    virtual : bool
        Whether the grouping is only a margin that two others share, and is never published.
    """

    by: By
    labels: tuple[Label, ...]
    persons: NDArray[np.int64]
    households: NDArray[np.int64] | None
    virtual: bool = False


@dataclass(frozen=True, slots=True)
class Relation:
    """A group that is the sum of others, and what is left of it.

    Attributes
    ----------
    coarse, fine : int
        Groupings of the sum and of its parts.
    whole : int
        Group that is the sum.
    parts : tuple of int
        Groups that add up to it.
    rest : NDArray[np.int64], shape (2, u)
        Persons and households in none of the parts, by profile.
    """

    coarse: int
    fine: int
    whole: int
    parts: tuple[int, ...]
    rest: NDArray[np.int64]


def cells_of(groupings: Sequence[Grouping], positions: Sequence[NDArray[np.int64]]) -> list[Cells]:
    """Counts by group and profile, and those of margins that two groupings share.

    Parameters
    ----------
    groupings : sequence of Grouping
    positions : sequence of NDArray[np.int64]
        Place of each row's profile among the distinct ones.
    """
    u = 1 + max(int(p.max(initial=-1)) for p in positions)
    found = [
        Cells(
            grouping.by,
            grouping.labels,
            counted(grouping.table, place, len(grouping.labels), u, "n").astype(np.int64),
            counted(grouping.table, place, len(grouping.labels), u, "households").astype(np.int64)
            if grouping.households
            else None,
        )
        for grouping, place in zip(groupings, positions, strict=True)
    ]
    known = {frozenset(one.by) for one in found}
    for a, b in combinations(list(found), 2):
        shared = frozenset(a.by) & frozenset(b.by)
        if shared and shared not in known:
            known.add(shared)
            found.append(_margin(a, tuple(name for name in a.by if name in shared)))
    return found


def counted(
    table: ProfileTable, position: NDArray[np.int64], groups: int, u: int, name: str
) -> NDArray[np.float64]:
    """A column of a table by group and profile, shape (groups, u)."""
    key = table.group * u + position
    sums = np.bincount(key, weights=getattr(table, name), minlength=groups * u)
    dense: NDArray[np.float64] = sums.astype(np.float64).reshape(groups, u)
    return dense


def _margin(fine: Cells, by: By) -> Cells:
    """A coarser grouping as the sum of a finer one."""
    own = [tuple(label[fine.by.index(name)] for name in by) for label in fine.labels]
    labels = tuple(dict.fromkeys(own))
    place = np.array([labels.index(label) for label in own], dtype=np.intp)

    def summed(counts: NDArray[np.int64]) -> NDArray[np.int64]:
        sums = np.zeros((len(labels), counts.shape[1]), dtype=np.int64)
        np.add.at(sums, place, counts)
        return sums

    households = None if fine.households is None else summed(fine.households)
    return Cells(by, labels, summed(fine.persons), households, virtual=True)


def relations_of(cells: Sequence[Cells], groupings: Sequence[Grouping]) -> list[Relation]:
    """Every group that is the sum of groups of another grouping.

    A grouping adds up to another whose variables are among its own; and to one in whose groups its
    own lie, as departments lie in regions, which the sampled units tell.
    """
    found: list[Relation] = []
    for c, f in ((c, f) for c in range(len(cells)) for f in range(len(cells)) if c != f):
        coarse, fine = cells[c], cells[f]
        same = set(coarse.by) == set(fine.by)
        if set(coarse.by) <= set(fine.by) and not (same and c > f):
            places = [fine.by.index(name) for name in coarse.by]
            mapping = [tuple(label[place] for place in places) for label in fine.labels]
            known = {label: g for g, label in enumerate(coarse.labels)}
            whole_of = [known.get(label, -1) for label in mapping]
        elif c < len(groupings) and f < len(groupings) and not set(fine.by) < set(coarse.by):
            whole_of = _within(groupings[f], groupings[c])
        else:
            continue
        found += _sums(c, f, coarse, fine, whole_of)
    return found


def _sums(c: int, f: int, coarse: Cells, fine: Cells, whole_of: Sequence[int]) -> list[Relation]:
    parts: dict[int, list[int]] = {}
    for part, whole in enumerate(whole_of):
        parts.setdefault(whole, []).append(part)
    found = []
    for whole, own in parts.items():
        if whole < 0:
            continue
        persons = coarse.persons[whole] - fine.persons[own].sum(axis=0)
        households = np.zeros_like(persons)
        if coarse.households is not None and fine.households is not None:
            households = coarse.households[whole] - fine.households[own].sum(axis=0)
        if (persons >= 0).all():  # else the parts have units that the whole has not: no sum
            rest = np.stack([persons, np.maximum(households, 0)])
            found.append(Relation(c, f, whole, tuple(own), rest))
    return found


def _within(fine: Grouping, coarse: Grouping) -> list[int]:
    """Group of `coarse` in which each group of `fine` lies; -1 where there is none."""
    none = [-1] * len(fine.labels)
    if not coarse.by or not fine.by or not coarse.table.psu.any():
        return none
    units = int(max(fine.table.psu.max(), coarse.table.psu.max())) + 1
    lowest, highest = np.full(units, len(coarse.labels)), np.full(units, -1)
    np.minimum.at(lowest, coarse.table.psu, coarse.table.group)
    np.maximum.at(highest, coarse.table.psu, coarse.table.group)
    if ((lowest != highest) & (highest >= 0)).any():  # not made of whole units, as sex is not
        return none
    first = np.full(len(fine.labels), units * 2)
    last = np.full(len(fine.labels), -1)
    np.minimum.at(first, fine.table.group, highest[fine.table.psu])
    np.maximum.at(last, fine.table.group, highest[fine.table.psu])
    return [b if a == b else -1 for a, b in zip(first.tolist(), last.tolist(), strict=True)]


def without_units(grouping: Grouping) -> Grouping:
    """A grouping without its sampled units, replicates, squares and gaps."""
    table = grouping.table
    nothing = np.zeros((table.size, 0))
    bare = replace(
        table,
        psu=np.zeros_like(table.psu),
        squares=np.zeros(table.size),
        household_squares=np.zeros(table.size),
        gaps=nothing,
        replicates=nothing,
        household_replicates=nothing,
        replicate_gaps=nothing,
    )
    return replace(grouping, table=tables.collapse(bare))
