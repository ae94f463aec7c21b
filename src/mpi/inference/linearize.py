"""Linearised values of every figure, summed by PSU.

A figure is a total T or a ratio of two totals R = T / B. Its linearised value is y, or
(y - R x) / B, so that the totals of a PSU are the same combination of the PSU's own totals and no
row is read again.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mpi.core.measures import Measured, Statistic
from mpi.core.totals import Totals
from mpi.inference.variance import Cells

# values of a block in memory at a time, 32 MB
_MOST_VALUES = 1 << 22


@dataclass(frozen=True, slots=True)
class Block:
    """Figures that rest on the same units.

    Attributes
    ----------
    columns : NDArray[np.int64], shape (q,)
        Positions of the figures among all.
    groups : NDArray[np.int64], shape (d,)
        Groups that the block is about; the domains of its cells are positions among them.
    cells : Cells
        PSUs with such units, by group.
    values : NDArray[np.float64], shape (c, q)
        Totals of the linearised values by cell.
    """

    columns: NDArray[np.int64]
    groups: NDArray[np.int64]
    cells: Cells
    values: NDArray[np.float64]


def blocks(
    own: Totals, population: Totals, measured: Measured, estimates: NDArray[np.float64]
) -> Iterator[Block]:
    """Linearised values of all figures of a grouping, in blocks.

    Parameters
    ----------
    own, population : Totals
        Of the groups, and of the whole population.
    measured : Measured
        With q figures.
    estimates : NDArray[np.float64], shape (g, q)

    References
    ----------
    Binder (1983), International Statistical Review 51; Deville (1999), Survey Methodology 25.
    """
    kinds: dict[tuple[str, int], list[int]] = {}
    for column, statistic in enumerate(measured.statistics):
        kinds.setdefault((statistic.over, statistic.base), []).append(column)
    everybody = np.arange(estimates.shape[0])
    for (over, base), columns in kinds.items():
        chosen, places = [measured.statistics[column] for column in columns], np.array(columns)
        if over == "group":
            cells, values = _of_groups(own, chosen, estimates[:, places], base)
            yield Block(places, everybody, cells, values)
            continue
        # every PSU of the population matters to every group: some groups at a time
        size = max(1, _MOST_VALUES // max(1, population.psu.size * len(columns)))
        for first in range(0, everybody.size, size):
            groups = everybody[first : first + size]
            some = estimates[np.ix_(groups, places)]
            cells, values = _of_population(own, population, chosen, some, base, groups)
            yield Block(places, groups, cells, values)


def influence(
    own: Totals,
    population: Totals,
    measured: Measured,
    estimates: NDArray[np.float64],
    *,
    place: tuple[int, int],
    psus: int,
) -> NDArray[np.float64]:
    """Linearised totals of one figure of one group for every sampled PSU, shape (m,).

    Parameters
    ----------
    own, population : Totals
    measured : Measured
    estimates : NDArray[np.float64], shape (g, q)
    place : (int, int)
        Group, and position of the figure.
    psus : int
        Number of sampled PSUs m.
    """
    group, column = place
    statistic = measured.statistics[column]
    some = estimates[:, [column]]
    if statistic.over == "group":
        cells, values = _of_groups(own, [statistic], some, statistic.base)
        mine = cells.domain == group
    else:
        only = np.array([group])
        cells, values = _of_population(
            own, population, [statistic], some[only], statistic.base, only
        )
        mine = np.ones(cells.psu.size, dtype=bool)
    found = np.zeros(psus)
    found[cells.psu[mine]] = values[mine, 0]
    return found


def _of_groups(
    own: Totals,
    statistics: list[Statistic],
    estimates: NDArray[np.float64],
    base: int,
) -> tuple[Cells, NDArray[np.float64]]:
    """Figures whose denominator is the group's own."""
    kept = own.n_cells[:, base] > 0
    group = own.group[kept]
    values = np.empty((int(kept.sum()), len(statistics)))
    for q, statistic in enumerate(statistics):
        top = own.top_cells(statistic)[kept]
        if statistic.bottom is None:
            values[:, q] = top
            continue
        bottom = own.values[:, statistic.bottom][group]
        part = top - estimates[group, q] * own.cells[kept, statistic.bottom]
        values[:, q] = np.divide(part, bottom, out=np.full(part.shape, np.nan), where=bottom > 0)
    return Cells(group, own.psu[kept], own.values.shape[0]), values


def _of_population(
    own: Totals,
    population: Totals,
    statistics: list[Statistic],
    estimates: NDArray[np.float64],
    base: int,
    groups: NDArray[np.int64],
) -> tuple[Cells, NDArray[np.float64]]:
    """Figures of some groups, in a row, whose denominator is the population's."""
    kept = population.n_cells[:, base] > 0
    psu = population.psu[kept]
    place = np.full(int(population.psu.max(initial=0)) + 1, -1)
    place[psu] = np.arange(psu.size)
    mine, domain = place[own.psu], own.group - groups[0]
    inside = (mine >= 0) & (domain >= 0) & (domain < groups.size)
    values = np.zeros((groups.size, psu.size, len(statistics)))
    for q, statistic in enumerate(statistics):
        assert statistic.bottom is not None  # noqa: S101 -- a share of the population is a ratio
        values[domain[inside], mine[inside], q] = own.top_cells(statistic)[inside]
        bottom = population.values[0, statistic.bottom]
        over = population.cells[kept, statistic.bottom]
        part = values[:, :, q] - estimates[:, q][:, np.newaxis] * over
        values[:, :, q] = part / bottom if bottom > 0 else np.nan
    domains = np.repeat(np.arange(groups.size), psu.size)
    cells = Cells(domains, np.tile(psu, groups.size), groups.size)
    return cells, values.reshape(groups.size * psu.size, len(statistics))
