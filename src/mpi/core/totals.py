"""Totals of values of profiles by group and PSU, and the ratios that estimates are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

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
class Totals:
    """Totals of one table by cell, a PSU of a group, and by group.

    Attributes
    ----------
    group, psu : NDArray[np.int64], shape (c,)
        Group and PSU of each cell, ascending; where no PSU is declared a group is one cell.
    cells : NDArray[np.float64], shape (c, columns)
        Weighted totals of the columns of values by cell.
    gap_cells : tuple of NDArray[np.float64], each of shape (c, places)
        Weighted totals of gaps, to the power 1 and 2, by cell and place of gap weights.
    n_cells : NDArray[np.int64], shape (c, columns)
        Unweighted counts, by cell, of the columns that are bases.
    values, gaps, n
        The same by group, shapes (g, ...).
    """

    group: NDArray[np.int64]
    psu: NDArray[np.int64]
    cells: NDArray[np.float64]
    gap_cells: tuple[NDArray[np.float64], NDArray[np.float64]]
    n_cells: NDArray[np.int64]
    values: NDArray[np.float64]
    gaps: tuple[NDArray[np.float64], NDArray[np.float64]]
    n: NDArray[np.int64]

    def top(self, statistic: Statistic) -> NDArray[np.float64]:
        """Numerator of a figure by group, shape (g,)."""
        tops = self.gaps[statistic.power - 1] if statistic.power else self.values
        column: NDArray[np.float64] = tops[:, statistic.top]
        return column

    def top_cells(self, statistic: Statistic) -> NDArray[np.float64]:
        """Numerator of a figure by cell, shape (c,)."""
        tops = self.gap_cells[statistic.power - 1] if statistic.power else self.cells
        column: NDArray[np.float64] = tops[:, statistic.top]
        return column


def totals(
    table: ProfileTable,
    position: NDArray[np.int64],
    measured: Measured,
    *,
    groups: int,
    cardinal: NDArray[np.int64],
    households: bool,
) -> Totals:
    """Totals of the values of profiles by cell and by group.

    Parameters
    ----------
    table : ProfileTable
    position : NDArray[np.int64], shape (p,)
        Place of each row's profile in the values.
    measured : Measured
    groups : int
        Number of groups g.
    cardinal : NDArray[np.int64], shape (e,)
        Place of each element's gap in the table; -1 where it has none and counts 1.
    households : bool
        Count households instead of persons.

    Returns
    -------
    Totals
    """
    weight = table.household_weight if households else table.weight
    n = table.households if households else table.n
    matrix = measured.matrix()
    start = _starts(table)
    which = np.repeat(np.arange(start.size), np.diff(np.append(start, table.size)))
    shape = (start.size, matrix.shape[0])
    cells = np.asarray(_spread(which, position, weight, shape) @ matrix)
    bases = sorted({statistic.base for statistic in measured.statistics})
    counted = np.zeros((start.size, matrix.shape[1]), dtype=np.int64)
    among = (matrix[:, bases] > 0).astype(np.float64)
    counted[:, bases] = np.rint(_spread(which, position, n, shape) @ among)
    gaps = [_gap_totals(table, position, measured, cardinal, p) for p in (1, 2)]
    gap_cells = tuple(_added(gap, start) for gap in gaps)
    group = table.group[start]
    return Totals(
        group=group,
        psu=table.psu[start],
        cells=cells,
        gap_cells=(gap_cells[0], gap_cells[1]),
        n_cells=counted,
        values=_by_group(cells, group, groups),
        gaps=(_by_group(gap_cells[0], group, groups), _by_group(gap_cells[1], group, groups)),
        n=_by_group(counted, group, groups),
    )


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


def _starts(table: ProfileTable) -> NDArray[np.int64]:
    """First row of each cell; rows are sorted by group and PSU."""
    if not table.size:
        return np.zeros(0, dtype=np.int64)
    changes = (np.diff(table.group) != 0) | (np.diff(table.psu) != 0)
    return np.flatnonzero(np.concatenate([[True], changes]))


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
    table: ProfileTable,
    position: NDArray[np.int64],
    measured: Measured,
    cardinal: NDArray[np.int64],
    power: int,
) -> NDArray[np.float64]:
    """Weighted gaps of each row by place of gap weights, shape (p, places)."""
    if not measured.gap_weights:
        return np.zeros((table.size, 0))
    half = table.gaps.shape[1] // 2
    first = 0 if power == 1 else half
    sums = np.column_stack([table.gaps[:, first : first + half], table.weight])
    # an element without a gap counts its whole weight, which is the last column of the sums
    own = sums[:, np.where(cardinal < 0, half, cardinal)]
    rows = [(own * weights[position]).sum(axis=1) for weights in measured.gap_weights]
    return np.column_stack(rows)


def ratios(own: Totals, population: Totals, measured: Measured) -> NDArray[np.float64]:
    """Estimates, shape (g, q); NaN where a denominator is zero.

    Parameters
    ----------
    own : Totals
        Of the groups.
    population : Totals
        Of the whole population, one row.
    measured : Measured
        With q statistics.
    """
    estimates = np.empty((own.values.shape[0], len(measured.statistics)))
    for q, statistic in enumerate(measured.statistics):
        top = own.top(statistic)
        if statistic.bottom is None:
            estimates[:, q] = np.where(own.n[:, statistic.base] > 0, top, np.nan)
            continue
        bottoms = own.values if statistic.over == "group" else population.values
        bottom = np.broadcast_to(bottoms[:, statistic.bottom], top.shape)
        estimates[:, q] = np.divide(top, bottom, out=np.full(top.shape, np.nan), where=bottom > 0)
    return estimates
