"""Which groups and which profiles are not shown, so that nothing small follows from what is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from mpi.core.disclosure import class_counts, determined, small, told
from mpi.relations import Cells, Relation

FEW, FEW_OF_CLASS, TOLD = "few units", "few units of a status", "figures tell a small cell"
UNRELIABLE, COMPLEMENT = "unreliable", "protects another group"
REASONS = (FEW, FEW_OF_CLASS, TOLD, UNRELIABLE, COMPLEMENT)
_HIDDEN = 1 << 40  # cells of what is left of a sum have numbers above those of groups


@dataclass(slots=True)
class Plan:
    """What is known of the cells of several tables, and what is decided about them.

    Attributes
    ----------
    cells : list of Cells
    relations : list of Relation
    values : NDArray[np.float64], shape (u, columns)
        Values of the profiles whose totals the figures tell.
    unseen : NDArray[np.float64], shape (e, columns)
        Values of profiles that nobody in the sample has, which an attacker cannot exclude.
    classes : list of NDArray[np.int64], each of shape (u,)
        Statuses that figures count, such as poor and not poor, as numbers of classes.
    least : int
        Units that a cell needs.
    withheld : list of dict of group to reason
        By grouping.
    pooled : list of NDArray[np.bool_], each of shape (u,)
        Profiles that are not shown, by grouping.
    """

    cells: list[Cells]
    relations: list[Relation]
    values: NDArray[np.float64]
    unseen: NDArray[np.float64]
    classes: list[NDArray[np.int64]]
    least: int
    withheld: list[dict[int, str]] = field(default_factory=list)
    pooled: list[NDArray[np.bool_]] = field(default_factory=list)
    _fine: dict[int, set[int]] = field(default_factory=dict)
    _first: list[int] = field(default_factory=list)
    _asked: dict[tuple[int, tuple[int, ...]], bool] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.withheld = [
            dict.fromkeys(range(len(c.labels)), "") if c.virtual else {} for c in self.cells
        ]
        self.pooled = [np.zeros(self.values.shape[0], dtype=bool) for _ in self.cells]
        self._first = [sum(len(c.labels) for c in self.cells[:i]) for i in range(len(self.cells))]
        for relation in self.relations:
            self._fine.setdefault(relation.coarse, set()).add(relation.fine)

    def withhold(self, unreliable: Sequence[Sequence[int]]) -> None:
        """Withhold groups that are small or unreliable, and others that protect them.

        Parameters
        ----------
        unreliable : sequence of sequences of int
            By grouping, groups that a scheme withholds.
        """
        for i, groups in enumerate(unreliable):
            self.withheld[i] |= dict.fromkeys(groups, UNRELIABLE)
        for i, one in enumerate(self.cells):
            for g in range(len(one.labels)) if i and not one.virtual else ():
                reason = self.reason(*self._counts(i, g))
                if reason:
                    self.withheld[i][g] = reason
        while more := self._complement():
            for i, g in more:
                self.withheld[i][g] = COMPLEMENT

    def reason(
        self, persons: NDArray[np.int64], households: NDArray[np.int64] | None
    ) -> str | None:
        """Why a group with these counts by profile cannot be shown; None if it can."""
        both = [c for c in (persons, households) if c is not None]
        if any(small(c.sum(keepdims=True), self.least).any() for c in both):
            return FEW
        for classes in self.classes:
            number = int(classes.max(initial=0)) + 1
            if any(
                small(class_counts(c[np.newaxis], classes, number), self.least).any() for c in both
            ):
                return FEW_OF_CLASS
        everything = np.ones(persons.size, dtype=bool)
        followed = self._told(persons, everything, self._few(persons, households))
        return TOLD if followed.any() else None

    def pool(self) -> None:
        """Pool profiles that are rare in a group, and others that protect them."""
        seen = [list(self._seen(i)) for i in range(len(self.cells))]
        for i, rows in enumerate(seen):
            for row in rows:
                self.pooled[i] |= self._few(*row)
        changed = True
        while changed:
            self._nest()
            grown = [self._extend(i, rows) for i, rows in enumerate(seen)]
            changed = any(grown) or self._join(seen)

    def shown(self, i: int) -> NDArray[np.int64]:
        """Groups of a grouping that are not withheld."""
        every = range(len(self.cells[i].labels))
        return np.array([g for g in every if g not in self.withheld[i]], dtype=np.int64)

    def _counts(self, i: int, g: int) -> tuple[NDArray[np.int64], NDArray[np.int64] | None]:
        one = self.cells[i]
        return one.persons[g], None if one.households is None else one.households[g]

    def _few(
        self, persons: NDArray[np.int64], households: NDArray[np.int64] | None
    ) -> NDArray[np.bool_]:
        few = small(persons, self.least)
        return few if households is None else few | small(households, self.least)

    def _hidden(self, relation: Relation) -> tuple[NDArray[np.int64], NDArray[np.int64] | None]:
        """Counts of what a sum has beyond the parts that are shown."""
        one, out = self.cells[relation.fine], self.withheld[relation.fine]
        parts = [g for g in relation.parts if g in out]
        persons = relation.rest[0] + one.persons[parts].sum(axis=0)
        if one.households is None or self.cells[relation.coarse].households is None:
            return persons, None
        return persons, relation.rest[1] + one.households[parts].sum(axis=0)

    def _node(self, i: int, g: int) -> int:
        return self._first[i] + g

    def _sums(self, unknown: Sequence[Sequence[int] | range]) -> list[dict[int, int]]:
        """Relations between groups that are not known, by grouping."""
        sets = [set(groups) for groups in unknown]
        found = []
        for number, relation in enumerate(self.relations):
            row = {
                self._node(relation.fine, g): 1 for g in relation.parts if g in sets[relation.fine]
            }
            if relation.whole in sets[relation.coarse]:
                row[self._node(relation.coarse, relation.whole)] = -1
            if relation.rest[0].any():
                row[_HIDDEN + number] = 1
            if row:
                found.append(row)
        return found

    def _complement(self) -> set[tuple[int, int]]:
        """More groups that have to be withheld; none if nothing follows any more.

        For each cell that follows the sum with the fewest unknown parts is looked at first; a sum
        that has a group of this round already waits for the next.
        """
        followed = determined(self._sums([list(out) for out in self.withheld]))
        chosen: set[tuple[int, int]] = set()
        done: set[tuple[int, int]] = set()
        for number in sorted(range(len(self.relations)), key=self._unknown):
            relation = self.relations[number]
            own = {(relation.fine, g) for g in relation.parts}
            cells = {
                (i, g)
                for i, g in own - done
                if self._node(i, g) in followed and self._is_sensitive(i, g)
            }
            if own & chosen or not (cells or self._is_open(number, relation, followed)):
                continue
            more = self._smallest(relation)
            if more is not None:
                chosen.add(more)
                done |= cells
        return chosen

    def _unknown(self, number: int) -> int:
        """Number of parts of a sum that are not known."""
        relation = self.relations[number]
        out = self.withheld[relation.fine]
        whole = relation.whole in self.withheld[relation.coarse]
        return sum(g in out for g in relation.parts) + bool(relation.rest[0].any()) + whole

    def _is_open(self, number: int, relation: Relation, followed: set[int]) -> bool:
        """Whether what a sum leaves over is small and follows."""
        if _HIDDEN + number in followed and self.reason(relation.rest[0], None):
            return True
        if relation.whole in self.withheld[relation.coarse]:
            return False
        out = self.withheld[relation.fine]
        key = (number, tuple(g for g in relation.parts if g in out))
        if key not in self._asked:
            self._asked[key] = self.reason(*self._hidden(relation)) is not None
        return self._asked[key]

    def _is_sensitive(self, i: int, g: int) -> bool:
        """Whether a group is withheld for what it is, and not for others."""
        if self.cells[i].virtual:
            return self.reason(*self._counts(i, g)) is not None
        return self.withheld[i].get(g) not in (None, COMPLEMENT)

    def _smallest(self, relation: Relation) -> tuple[int, int] | None:
        """The smallest part of a sum that is shown, else the sum; else the same of near sums.

        None if nothing but the whole population is shown any more.
        """
        chosen = self._smallest_of([relation])
        near = _groups_of(relation)
        while chosen is None:
            touching = [r for r in self.relations if near & _groups_of(r)]
            chosen = self._smallest_of(touching)
            wider = near.union(*map(_groups_of, touching))
            if wider == near:
                break
            near = wider
        return chosen

    def _smallest_of(self, relations: Sequence[Relation]) -> tuple[int, int] | None:
        """The smallest shown part of several sums, else the smallest sum that is not everybody."""
        parts = {(r.fine, g) for r in relations for g in r.parts}
        wholes = {(r.coarse, r.whole) for r in relations if r.coarse}
        for groups in (parts, wholes):
            left = [(i, g) for i, g in sorted(groups) if g not in self.withheld[i]]
            if left:
                return min(
                    left, key=lambda group: int(self.cells[group[0]].persons[group[1]].sum())
                )
        return None

    def _seen(self, i: int) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64] | None]]:
        """Counts of what is shown of a grouping, or follows: groups and what is left of sums."""
        followed = determined(self._sums([list(out) for out in self.withheld]))
        for g in range(len(self.cells[i].labels)):
            if g not in self.withheld[i] or self._node(i, g) in followed:
                yield self._counts(i, g)
        for number, relation in enumerate(self.relations):
            if relation.fine == i:
                if relation.whole not in self.withheld[relation.coarse]:
                    yield self._hidden(relation)
                if _HIDDEN + number in followed:
                    yield relation.rest[0], None

    def _nest(self) -> None:
        """What is pooled in a grouping is pooled in those that add up to it."""
        for _ in self.cells:  # as long as a chain of groupings can be
            for coarse, fine in self._fine.items():
                for i in fine:
                    self.pooled[i] |= self.pooled[coarse]

    def _extend(
        self, i: int, rows: Sequence[tuple[NDArray[np.int64], NDArray[np.int64] | None]]
    ) -> bool:
        """Pool more profiles until no rare one follows from the figures of its group."""
        pooled, before = self.pooled[i], int(self.pooled[i].sum())
        order = np.argsort(self.cells[i].persons.sum(axis=0), kind="stable")
        for persons, households in rows:
            few = self._few(persons, households)
            while self._told(persons, pooled, few & pooled).any():
                left = order[~pooled[order]]
                if not left.size:
                    break  # nothing is shown: such a group was withheld before
                # first what the group has; that another profile is 0 tells something too
                own = left[persons[left] > 0]
                pooled[(own if own.size else left)[0]] = True
        return int(pooled.sum()) > before

    def _told(
        self, persons: NDArray[np.int64], pooled: NDArray[np.bool_], few: NDArray[np.bool_]
    ) -> NDArray[np.bool_]:
        """Rare profiles of a group that follow from its figures if some profiles are pooled."""
        found = np.zeros(pooled.size, dtype=bool)
        if few.any():
            values, counts = self.values[pooled], persons[pooled]
            found[pooled] = told(values, counts)
            if (found & few).any():  # the larger question is seldom needed
                values = np.vstack([values, self.unseen])
                counts = np.append(counts, np.zeros(self.unseen.shape[0], dtype=np.int64))
                found[pooled] = told(values, counts)[: int(pooled.sum())]
        return found & few

    def _join(
        self, seen: Sequence[Sequence[tuple[NDArray[np.int64], NDArray[np.int64] | None]]]
    ) -> bool:
        """Pool in coarser groupings what would follow from them for a group; True if anything."""
        changed = False
        for i, one in enumerate(self.cells):
            if one.virtual or not any(self._few(*row).any() for row in seen[i]):
                continue
            open_ = [not (self.pooled[i] & ~other).any() for other in self.pooled]
            unknown = [
                range(len(c.labels)) if free or c.virtual else list(self.withheld[j])
                for j, (c, free) in enumerate(zip(self.cells, open_, strict=True))
            ]
            followed = determined(self._sums(unknown))
            if any(self._node(i, g) in followed for g in range(len(one.labels))):
                lacking = {
                    coarse: int((self.pooled[i] & ~self.pooled[coarse]).sum())
                    for coarse, fine in self._fine.items()
                    if i in fine
                }
                closest = [c for c in sorted(lacking, key=lacking.__getitem__) if lacking[c]]
                if closest:  # one at a time: it may be enough
                    self.pooled[closest[0]] |= self.pooled[i]
                    changed = True
        return changed


def _groups_of(relation: Relation) -> set[tuple[int, int]]:
    """Groups that a sum is about."""
    return {(relation.coarse, relation.whole), *((relation.fine, g) for g in relation.parts)}
