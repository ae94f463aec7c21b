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


@dataclass(frozen=True, slots=True)
class Block:
    """Figures that rest on the same units.

    Attributes
    ----------
    columns : NDArray[np.int64], shape (q,)
        Positions of the figures among all.
    cells : Cells
        PSUs with such units, by group.
    values : NDArray[np.float64], shape (c, q)
        Totals of the linearised values by cell.
    """

    columns: NDArray[np.int64]
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
    for (over, base), columns in kinds.items():
        of_kind = _of_groups if over == "group" else _of_population
        chosen = [measured.statistics[column] for column in columns]
        places = np.array(columns)
        cells, values = of_kind(own, population, chosen, estimates[:, places], base)
        yield Block(places, cells, values)


def _of_groups(
    own: Totals,
    population: Totals,  # noqa: ARG001 -- the same call as below
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
) -> tuple[Cells, NDArray[np.float64]]:
    """Figures whose denominator is the population's: every PSU of it matters to every group."""
    groups = own.values.shape[0]
    kept = population.n_cells[:, base] > 0
    psu = population.psu[kept]
    place = np.full(int(population.psu.max(initial=0)) + 1, -1)
    place[psu] = np.arange(psu.size)
    mine = place[own.psu]
    inside = mine >= 0
    values = np.zeros((groups, psu.size, len(statistics)))
    for q, statistic in enumerate(statistics):
        assert statistic.bottom is not None  # noqa: S101 -- a share of the population is a ratio
        values[own.group[inside], mine[inside], q] = own.top_cells(statistic)[inside]
        bottom = population.values[0, statistic.bottom]
        over = population.cells[kept, statistic.bottom]
        part = values[:, :, q] - estimates[:, q][:, np.newaxis] * over
        values[:, :, q] = part / bottom if bottom > 0 else np.nan
    cells = Cells(np.repeat(np.arange(groups), psu.size), np.tile(psu, groups), groups)
    return cells, values.reshape(groups * psu.size, len(statistics))
