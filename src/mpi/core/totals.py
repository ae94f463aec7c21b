"""Totals of values of profiles by group, and the ratios that estimates are."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from mpi.core.measures import Measured
from mpi.core.table import ProfileTable

# values below this are ranked by marking them, without sorting
_FEW = 1 << 20
# sums by group and profile are dense up to this many cells for each row of the table
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
    """Totals of one table.

    Attributes
    ----------
    values : NDArray[np.float64], shape (g, columns)
        Weighted totals of the columns of values by group.
    gaps : tuple of NDArray[np.float64], each of shape (g, places)
        Weighted totals of gaps, to the power 1 and 2, by group and place of gap weights.
    n : NDArray[np.int64], shape (g, columns)
        Unweighted counts of the columns that are bases.
    """

    values: NDArray[np.float64]
    gaps: tuple[NDArray[np.float64], NDArray[np.float64]]
    n: NDArray[np.int64]


def totals(
    table: ProfileTable,
    position: NDArray[np.int64],
    measured: Measured,
    *,
    groups: int,
    cardinal: NDArray[np.int64],
    households: bool,
) -> Totals:
    """Totals of the values of profiles by group.

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
    shape = (groups, matrix.shape[0])
    bases = sorted({statistic.base for statistic in measured.statistics})
    counted = np.zeros((groups, matrix.shape[1]), dtype=np.int64)
    among = (matrix[:, bases] > 0).astype(np.float64)
    counted[:, bases] = np.rint(_spread(table, position, n, shape) @ among)
    values = np.asarray(_spread(table, position, weight, shape) @ matrix)
    gaps = tuple(_gap_totals(table, position, measured, groups, cardinal, p) for p in (1, 2))
    return Totals(values, (gaps[0], gaps[1]), counted)


def _spread(
    table: ProfileTable,
    position: NDArray[np.int64],
    values: NDArray[np.int64] | NDArray[np.float64],
    shape: tuple[int, int],
) -> sparse.csr_array:
    """Sums of the rows' values by group and profile, shape (g, u)."""
    groups, profiles = shape
    if groups * profiles > max(_DENSE_FACTOR * table.size, _FEW):
        return sparse.csr_array((values.astype(np.float64), (table.group, position)), shape=shape)
    # summed by position, where scipy would sort; multiplied as sparse, because the threads of a
    # dense product wait for each other on a busy machine
    sums = np.bincount(
        table.group * profiles + position, weights=values, minlength=groups * profiles
    )
    used = np.flatnonzero(sums)
    starts = np.searchsorted(used, np.arange(groups + 1) * profiles)
    return sparse.csr_array((sums[used], used % profiles, starts), shape=shape)


def _gap_totals(
    table: ProfileTable,
    position: NDArray[np.int64],
    measured: Measured,
    groups: int,
    cardinal: NDArray[np.int64],
    power: int,
) -> NDArray[np.float64]:
    """Totals of weighted gaps by group and place of gap weights, shape (g, places)."""
    if not measured.gap_weights:
        return np.zeros((groups, 0))
    half = table.gaps.shape[1] // 2
    first = 0 if power == 1 else half
    sums = np.column_stack([table.gaps[:, first : first + half], table.weight])
    # an element without a gap counts its whole weight, which is the last column of the sums
    own = sums[:, np.where(cardinal < 0, half, cardinal)]
    rows = [(own * weights[position]).sum(axis=1) for weights in measured.gap_weights]
    return np.column_stack([np.bincount(table.group, row, minlength=groups) for row in rows])


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
        tops = own.values if not statistic.power else own.gaps[statistic.power - 1]
        top = tops[:, statistic.top]
        if statistic.bottom is None:
            estimates[:, q] = np.where(own.n[:, statistic.base] > 0, top, np.nan)
            continue
        bottoms = own.values if statistic.over == "group" else population.values
        bottom = np.broadcast_to(bottoms[:, statistic.bottom], top.shape)
        estimates[:, q] = np.divide(top, bottom, out=np.full(top.shape, np.nan), where=bottom > 0)
    return estimates
