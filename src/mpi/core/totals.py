"""Totals of values of profiles by group and PSU, and the ratios that estimates are."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from mpi.core.measures import Measured, Statistic
from mpi.core.table import ProfileTable

Number = TypeVar("Number", np.int64, np.float64)

# values below this are ranked by marking them, without sorting
_FEW = 1 << 20
# sums by cell and profile are dense up to this many places for each row of the table
_DENSE_FACTOR = 4
# products of values of profiles in memory at a time, 32 MB
_MOST_VALUES = 1 << 22


@dataclass(frozen=True, slots=True)
class Distinct:
    """The distinct profiles of several tables.

    Attributes
    ----------
    deprived, missing : NDArray[np.int64], shape (u,)
    position : tuple of NDArray[np.int64]
        For each table, the place of each row's profile among them.
    """

    deprived: NDArray[np.int64]
    missing: NDArray[np.int64]
    position: tuple[NDArray[np.int64], ...]


def distinct(tables: list[ProfileTable]) -> Distinct:
    """Distinct profiles of tables and where each row's profile is among them."""
    deprived, a = _ranked(np.concatenate([table.deprived for table in tables]))
    missing, b = _ranked(np.concatenate([table.missing for table in tables]))
    pairs, place = _ranked(a * missing.size + b)
    ends = np.cumsum([table.size for table in tables])[:-1]
    return Distinct(
        deprived[pairs // missing.size],
        missing[pairs % missing.size],
        tuple(np.split(place, ends)),
    )


def _ranked(values: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Distinct values, ascending, and the place of each value among them."""
    if values.max(initial=0) >= max(4 * values.size, _FEW):
        found, place = np.unique(values, return_inverse=True)
        return found, place.reshape(-1)
    seen = np.zeros(int(values.max(initial=0)) + 1, dtype=bool)
    seen[values] = True
    rank = np.cumsum(seen) - 1
    return np.flatnonzero(seen), rank[values]


@dataclass(frozen=True, slots=True)
class Counted:
    """A profile table as it is counted.

    Attributes
    ----------
    table : ProfileTable
    position : NDArray[np.int64], shape (p,)
        Place of each row's profile among the distinct ones.
    groups : int
        Number of groups g.
    cardinal : NDArray[np.int64], shape (e,)
        Place of each element's gap in the table; -1 where it has none and counts 1.
    households : bool
        Whether households are counted instead of persons.
    """

    table: ProfileTable
    position: NDArray[np.int64]
    groups: int
    cardinal: NDArray[np.int64]
    households: bool

    @property
    def weight(self) -> NDArray[np.float64]:
        """Weight of each row, shape (p,)."""
        return self.table.household_weight if self.households else self.table.weight

    @property
    def n(self) -> NDArray[np.int64]:
        """Counted units in the sample, shape (p,)."""
        return self.table.households if self.households else self.table.n

    @property
    def drawn(self) -> NDArray[np.int64]:
        """Units that could be drawn: households where groups are made of them, shape (p,)."""
        return self.table.households if self.table.households.any() else self.table.n

    @property
    def squares(self) -> NDArray[np.float64]:
        """Sum of the squared weights of the units that were drawn directly, shape (p,)."""
        return self.table.household_squares if self.households else self.table.squares

    @property
    def start(self) -> NDArray[np.int64]:
        """First row of each cell, a sampled unit of a group."""
        if not self.table.size:
            return np.zeros(0, dtype=np.int64)
        changes = (np.diff(self.table.group) != 0) | (np.diff(self.table.psu) != 0)
        return np.flatnonzero(np.concatenate([[True], changes]))

    @property
    def cell(self) -> NDArray[np.int64]:
        """Cell of each row, shape (p,)."""
        start = self.start
        return np.repeat(np.arange(start.size), np.diff(np.append(start, self.table.size)))


@dataclass(frozen=True, slots=True)
class Sums:
    """Totals by group of what figures are made of.

    Attributes
    ----------
    values : NDArray[np.float64], shape (g, columns)
        Weighted totals of the columns of values.
    gaps : tuple of NDArray[np.float64], each of shape (g, places)
        Weighted totals of gaps, to the power 1 and 2, by place of gap weights.
    """

    values: NDArray[np.float64]
    gaps: tuple[NDArray[np.float64], NDArray[np.float64]]

    def top(self, statistic: Statistic) -> NDArray[np.float64]:
        """Numerator of a figure, shape (g,)."""
        tops = self.gaps[statistic.power - 1] if statistic.power else self.values
        column: NDArray[np.float64] = tops[:, statistic.top]
        return column


@dataclass(frozen=True)
class Totals:
    """Totals of one table by cell, a sampled unit of a group, and by group.

    Attributes
    ----------
    counted : Counted
    measured : Measured
    group, psu : NDArray[np.int64], shape (c,)
        Group and sampled unit of each cell, ascending; without a design a group is one cell.
    cells : Sums
        By cell instead of group, shapes (c, ...).
    sums : Sums
    """

    counted: Counted = field(repr=False)
    measured: Measured = field(repr=False)
    group: NDArray[np.int64]
    psu: NDArray[np.int64]
    cells: Sums
    sums: Sums

    @cached_property
    def bases(self) -> tuple[int, ...]:
        """Columns that are the base of a figure, ascending; b of them."""
        return tuple(sorted({statistic.base for statistic in self.measured.statistics}))

    @cached_property
    def drawn(self) -> NDArray[np.int64]:
        """Units as they could be drawn, by cell, with a positive value of each base, (c, b)."""
        among = _by_cell(self.counted, self.counted.drawn, self.measured.matrix().shape[0])
        drawn: NDArray[np.int64] = np.rint(among @ self._positive(self.bases)).astype(np.int64)
        return drawn

    @cached_property
    def n(self) -> NDArray[np.int64]:
        """Unweighted counts of the units whose value is positive, by group, (g, columns)."""
        return self._counts(range(len(self.measured.columns)))

    @cached_property
    def _of_bases(self) -> NDArray[np.int64]:
        return self._counts(self.bases)

    def n_of(self, bases: Sequence[int]) -> NDArray[np.int64]:
        """Unweighted counts of the units of some bases, by group, shape (g, number of these)."""
        counts: NDArray[np.int64] = self._of_bases[:, [self.bases.index(base) for base in bases]]
        return counts

    def _counts(self, columns: Sequence[int]) -> NDArray[np.int64]:
        counted, positive = self.counted, self._positive(columns)
        shape = (counted.groups, positive.shape[0])
        of_group = _spread(counted.table.group, counted.position, counted.n, shape)
        counts: NDArray[np.int64] = np.rint(of_group @ positive).astype(np.int64)
        return counts

    def _positive(self, columns: Sequence[int]) -> NDArray[np.float64]:
        return (self.measured.matrix()[:, list(columns)] > 0).astype(np.float64)

    def drawn_of(self, base: int) -> NDArray[np.int64]:
        """Units of each cell, as they could be drawn, that are in a base, shape (c,)."""
        column: NDArray[np.int64] = self.drawn[:, self.bases.index(base)]
        return column


def totals(counted: Counted, measured: Measured) -> Totals:
    """Totals of the values of profiles by cell and by group.

    Parameters
    ----------
    counted : Counted
    measured : Measured
    """
    table, matrix, start = counted.table, measured.matrix(), counted.start
    values = np.asarray(_by_cell(counted, counted.weight, matrix.shape[0]) @ matrix)
    gaps = [_gap_totals(counted, table.gaps, counted.weight, measured, p) for p in (1, 2)]
    cells = Sums(values, (_added(gaps[0], start), _added(gaps[1], start)))
    group = table.group[start]
    return Totals(
        counted=counted,
        measured=measured,
        group=group,
        psu=table.psu[start],
        cells=cells,
        sums=Sums(
            _by_group(values, group, counted.groups),
            (
                _by_group(cells.gaps[0], group, counted.groups),
                _by_group(cells.gaps[1], group, counted.groups),
            ),
        ),
    )


def reweighted(
    counted: Counted, measured: Measured, weight: NDArray[np.float64], gaps: NDArray[np.float64]
) -> Sums:
    """Totals by group under other weights of the rows, such as those of a replicate.

    Parameters
    ----------
    counted : Counted
    measured : Measured
    weight : NDArray[np.float64], shape (p,)
    gaps : NDArray[np.float64], shape (p, 2 c)
        Weighted gaps of the rows, as in the table.
    """
    group, matrix = counted.table.group, measured.matrix()
    shape = (counted.groups, matrix.shape[0])
    of_rows = [_gap_totals(counted, gaps, weight, measured, power) for power in (1, 2)]
    found = [_by_group(rows, group, counted.groups) for rows in of_rows]
    values = np.asarray(_spread(group, counted.position, weight, shape) @ matrix)
    return Sums(values, (found[0], found[1]))


# totals by group of a table's values under other weights
Again: TypeAlias = Callable[[Counted, Measured], Sums]


@dataclass(slots=True)
class Smooth(Measured):
    """Figures that are smooth functions of totals, where a ratio has their value and variance.

    Attributes
    ----------
    function : function of totals under other weights, or None
        The figures under these, shape (g, q): the columns hold values around means of the sample,
        which other weights change.
    """

    function: Callable[[Again], NDArray[np.float64]] | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Moments:
    """Weighted totals of products of the numerators y and denominators x of q figures.

    Attributes
    ----------
    yy, xy, xx : NDArray[np.float64], shape (c, q)
        NaN where the numerator is not a function of the profile, as for M1 and M2. A total has
        x = 1 for its units.
    """

    yy: NDArray[np.float64]
    xy: NDArray[np.float64]
    xx: NDArray[np.float64]


def moments(
    counted: Counted,
    measured: Measured,
    weight: NDArray[np.float64],
    *,
    by: NDArray[np.int64],
    size: int,
) -> Moments:
    """Totals of products, by a key of the rows.

    Parameters
    ----------
    counted : Counted
    measured : Measured
    weight : NDArray[np.float64], shape (p,)
    by : NDArray[np.int64], shape (p,)
        Key of each row, such as its group or cell.
    size : int
        Number of keys c.
    """
    matrix = measured.matrix()
    spread = _spread(by, counted.position, weight, (size, matrix.shape[0]))

    def sums(pairs: list[tuple[int, int]]) -> dict[tuple[int, int], NDArray[np.float64]]:
        found: dict[tuple[int, int], NDArray[np.float64]] = {}
        some = max(1, _MOST_VALUES // max(1, matrix.shape[0]))
        distinct_pairs = list(dict.fromkeys(pairs))
        for first in range(0, len(distinct_pairs), some):
            part = distinct_pairs[first : first + some]
            a, b = ([pair[side] for pair in part] for side in (0, 1))
            columns = np.asarray(spread @ (matrix[:, a] * matrix[:, b]))
            found |= {pair: columns[:, place] for place, pair in enumerate(part)}
        return found

    figures = [
        (s.top, s.base if s.bottom is None else s.bottom, s.power) for s in measured.statistics
    ]
    known = [(top, bottom) for top, bottom, power in figures if not power]
    products = sums([(y, y) for y, _ in known] + known + [(x, x) for _, x in known])
    nothing = np.full(size, np.nan)
    if not figures:
        return Moments(*(np.zeros((size, 0)) for _ in range(3)))

    def table(which: Callable[[int, int], tuple[int, int]]) -> NDArray[np.float64]:
        return np.column_stack(
            [nothing if power else products[which(y, x)] for y, x, power in figures]
        )

    return Moments(
        yy=table(lambda y, _: (y, y)), xy=table(lambda y, x: (y, x)), xx=table(lambda _, x: (x, x))
    )


def cell_moments(counted: Counted, measured: Measured) -> Moments:
    """Products under squared weights by cell, where units were drawn directly."""
    cell, size = counted.cell, counted.start.size
    return moments(counted, measured, counted.squares, by=cell, size=size)


def _by_cell(
    counted: Counted, values: NDArray[np.int64] | NDArray[np.float64], profiles: int
) -> sparse.csr_array:
    """Values of the rows by cell and profile, shape (c, u)."""
    ends = np.append(counted.start, counted.table.size)  # rows are sorted by cell
    shape = (ends.size - 1, profiles)
    return sparse.csr_array((values.astype(np.float64), counted.position, ends), shape=shape)


def _spread(
    cell: NDArray[np.int64],
    position: NDArray[np.int64],
    values: NDArray[np.int64] | NDArray[np.float64],
    shape: tuple[int, int],
) -> sparse.csr_array:
    """Sums of the rows' values by cell and profile, shape (c, u)."""
    cells, profiles = shape
    if cells * profiles > max(_DENSE_FACTOR * cell.size, _FEW):
        return sparse.csr_array((values.astype(np.float64), (cell, position)), shape=shape)
    # summed by position, where scipy would sort; multiplied as sparse, because the threads of a
    # dense product wait for each other on a busy machine
    sums = np.bincount(cell * profiles + position, weights=values, minlength=cells * profiles)
    used = np.flatnonzero(sums)
    starts = np.searchsorted(used, np.arange(cells + 1) * profiles)
    return sparse.csr_array((sums[used], used % profiles, starts), shape=shape)


def _added(rows: NDArray[np.float64], start: NDArray[np.int64]) -> NDArray[np.float64]:
    return np.add.reduceat(rows, start, axis=0) if start.size else rows[:0]


def _by_group(cells: NDArray[Number], group: NDArray[np.int64], groups: int) -> NDArray[Number]:
    """Totals of groups from those of their cells, shape (groups, columns)."""
    found = np.zeros((groups, cells.shape[1]), dtype=cells.dtype)
    if group.size:
        start = np.flatnonzero(np.concatenate([[True], np.diff(group) != 0]))
        found[group[start]] = np.add.reduceat(cells, start, axis=0)
    return found


def _gap_totals(
    counted: Counted,
    gaps: NDArray[np.float64],
    weight: NDArray[np.float64],
    measured: Measured,
    power: int,
) -> NDArray[np.float64]:
    """Weighted gaps of each row by place of gap weights, shape (p, places)."""
    if not measured.gap_weights:
        return np.zeros((counted.table.size, 0))
    half = gaps.shape[1] // 2
    first = 0 if power == 1 else half
    sums = np.column_stack([gaps[:, first : first + half], weight])
    # an element without a gap counts its whole weight, which is the last column of the sums
    own = sums[:, np.where(counted.cardinal < 0, half, counted.cardinal)]
    rows = [(own * weights[counted.position]).sum(axis=1) for weights in measured.gap_weights]
    return np.column_stack(rows)


def ratios(own: Sums, population: Sums, measured: Measured) -> NDArray[np.float64]:
    """Estimates, shape (g, q); NaN where a denominator is zero.

    Parameters
    ----------
    own : Sums
        Of the groups.
    population : Sums
        Of the whole population, one row.
    measured : Measured
        With q statistics.
    """
    statistics = measured.statistics
    top = np.empty((own.values.shape[0], len(statistics)))
    for power, sums in ((0, own.values), (1, own.gaps[0]), (2, own.gaps[1])):
        columns = [q for q, statistic in enumerate(statistics) if statistic.power == power]
        top[:, columns] = sums[:, [statistics[q].top for q in columns]]
    bottom = np.ones_like(top)
    for over, sums in (("group", own.values), ("population", population.values)):
        some = [
            (q, s.bottom)
            for q, s in enumerate(statistics)
            if s.over == over and s.bottom is not None
        ]
        bottom[:, [q for q, _ in some]] = sums[:, [column for _, column in some]]
    nothing = np.full(top.shape, np.nan)
    estimates: NDArray[np.float64] = np.divide(top, bottom, out=nothing, where=bottom > 0)
    return estimates
