"""Linearised values of every figure, summed by sampled unit.

A figure is a total T or a ratio of two totals R = T / B. Its linearised value is y, or
(y - R x) / B, so that the totals of a PSU are the same combination of the PSU's own totals and no
row is read again. Where units of analysis were drawn themselves, the sums of their squared values
are the same combination of sums of products.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mpi.core.measures import Measured, Statistic
from mpi.core.totals import Moments, Totals
from mpi.inference.variance import Cells

# values of a block in memory at a time, 32 MB
_MOST_VALUES = 1 << 22
# a sum of squares below this share of its parts is the rounding of zero
_ROUNDING = 1e-13


@dataclass(frozen=True, slots=True)
class Linear:
    """Figures with the totals that they are made of.

    Attributes
    ----------
    own, population : Totals
        Of the groups, and of the whole population.
    measured : Measured
        With q figures.
    estimates : NDArray[np.float64], shape (g, q)
    squares : (Moments, Moments) or None
        Products of values under squared weights, by cell of the groups and of the population, where
        units were drawn directly.
    """

    own: Totals
    population: Totals
    measured: Measured
    estimates: NDArray[np.float64]
    squares: tuple[Moments, Moments] | None = None


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
        Sampled units with such units, by group.
    values : NDArray[np.float64], shape (c, q)
        Totals of the linearised values by cell.
    squares : NDArray[np.float64] or None, shape (c, q)
        Sums of their squares, where units were drawn directly.
    """

    columns: NDArray[np.int64]
    groups: NDArray[np.int64]
    cells: Cells
    values: NDArray[np.float64]
    squares: NDArray[np.float64] | None


def blocks(
    linear: Linear,
    groups: NDArray[np.int64] | None = None,
    columns: NDArray[np.int64] | None = None,
) -> Iterator[Block]:
    """Linearised values of the figures of a grouping, in blocks.

    Parameters
    ----------
    linear : Linear
    groups, columns : NDArray[np.int64] or None, optional
        The groups (in a row) and figures (ascending) wanted; all if left out. Blocks of figures
        that rest on a group's own units have all groups anyway.

    References
    ----------
    Binder (1983), International Statistical Review 51; Deville (1999), Survey Methodology 25.
    """
    kinds: dict[tuple[str, int], list[int]] = {}
    statistics = linear.measured.statistics
    for column in range(len(statistics)) if columns is None else columns.tolist():
        kinds.setdefault((statistics[column].over, statistics[column].base), []).append(column)
    everybody = np.arange(linear.estimates.shape[0]) if groups is None else groups
    for (over, _), own in kinds.items():
        cells = (linear.own if over == "group" else linear.population).psu.size
        for places in _parts(np.array(own), cells):
            if over == "group":
                yield _of_groups(linear, places)
                continue
            # every unit of the population matters to every group: some groups at a time
            for some in _parts(everybody, cells * places.size):
                yield _of_population(linear, places, some)


def _parts(values: NDArray[np.int64], each: int) -> Iterator[NDArray[np.int64]]:
    """Some values at a time, so that a block stays small if each makes so many numbers."""
    size = max(1, _MOST_VALUES // max(1, each))
    for first in range(0, values.size, size):
        yield values[first : first + size]


def influences(
    linear: Linear, groups: NDArray[np.int64], columns: NDArray[np.int64], units: int
) -> NDArray[np.float64]:
    """Linearised totals of some figures for every sampled unit, shape (m, q).

    Parameters
    ----------
    linear : Linear
    groups, columns : NDArray[np.int64], shape (q,)
        Group of each figure, and its position in the group.
    units : int
        Number of sampled units m.
    """
    found = np.zeros((units, groups.size + 1))  # the last for figures that are not wanted
    wanted = np.full(linear.estimates.shape, -1)
    wanted[groups, columns] = np.arange(groups.size)
    span = np.arange(groups.min(initial=0), groups.max(initial=-1) + 1)
    for block in blocks(linear, span, np.unique(columns)):
        places = wanted[block.groups[block.cells.domain][:, np.newaxis], block.columns]
        found[block.cells.unit[:, np.newaxis], places] = block.values
    own = wanted[groups, columns]  # a figure may be asked for twice
    return found[:, :-1] if (own == np.arange(own.size)).all() else found[:, own]


def _of_groups(linear: Linear, columns: NDArray[np.int64]) -> Block:
    """Figures whose denominator is the group's own."""
    own, statistics = linear.own, [linear.measured.statistics[column] for column in columns]
    base = statistics[0].base
    kept = own.drawn_of(base) > 0
    group = own.group[kept]
    values = np.empty((group.size, columns.size))
    squares = np.empty_like(values) if linear.squares is not None else None
    for q, (column, statistic) in enumerate(zip(columns, statistics, strict=True)):
        ratio, bottom = _terms(statistic, linear.estimates[group, column], own, group)
        top = own.cells.top(statistic)[kept]
        over = 0.0 if statistic.bottom is None else own.cells.values[kept, statistic.bottom]
        values[:, q] = (top - ratio * over) / bottom
        if squares is not None and linear.squares is not None:
            m = linear.squares[0]
            xy, xx = m.xy[kept, column], m.xx[kept, column]
            squares[:, q] = _around(m.yy[kept, column], ratio, xy, xx) / bottom**2
    drawn = None if squares is None else own.drawn_of(base)[kept]
    groups = linear.estimates.shape[0]
    cells = Cells(group, own.psu[kept], groups, drawn)
    return Block(columns, np.arange(groups), cells, values, squares)


def _around(
    yy: NDArray[np.float64],
    ratio: NDArray[np.float64],
    xy: NDArray[np.float64],
    xx: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Sums of (y - R x)^2 from sums of products."""
    found = yy - ratio * (2 * xy - ratio * xx)
    return np.where(found <= _ROUNDING * (yy + ratio**2 * xx), 0.0, found)


def _terms(
    statistic: Statistic, estimates: NDArray[np.float64], of: Totals, group: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """R and B of a figure for cells of groups; 0 and 1 for a total, NaN where B is 0."""
    if statistic.bottom is None:
        return np.zeros(estimates.shape), np.ones(estimates.shape)
    bottom = of.sums.values[:, statistic.bottom][group]
    return estimates, np.where(bottom > 0, bottom, np.nan)


def _of_population(linear: Linear, columns: NDArray[np.int64], groups: NDArray[np.int64]) -> Block:
    """Figures of some groups, in a row, whose denominator is the population's."""
    own, population = linear.own, linear.population
    statistics = [linear.measured.statistics[column] for column in columns]
    base = statistics[0].base
    kept = population.drawn_of(base) > 0
    unit = population.psu[kept]
    place = np.full(int(population.psu.max(initial=0)) + 1, -1)
    place[unit] = np.arange(unit.size)
    mine, domain = place[own.psu], own.group - groups[0]
    inside = (mine >= 0) & (domain >= 0) & (domain < groups.size)
    at = (domain[inside], mine[inside])
    values = np.zeros((groups.size, unit.size, columns.size))
    squares = np.zeros_like(values) if linear.squares is not None else None
    everybody = np.zeros(1, dtype=np.int64)
    for q, (column, statistic) in enumerate(zip(columns, statistics, strict=True)):
        ratio = linear.estimates[groups, column][:, np.newaxis]
        _, bottom = _terms(statistic, np.zeros(1), population, everybody)
        over = population.cells.values[kept, statistic.bottom]
        values[(*at, q)] = own.cells.top(statistic)[inside]
        values[:, :, q] = (values[:, :, q] - ratio * over) / bottom
        if squares is not None and linear.squares is not None:
            m, of_all = linear.squares
            yy, xy = np.zeros((2, groups.size, unit.size))
            yy[at], xy[at] = m.yy[inside, column], m.xy[inside, column]
            squares[:, :, q] = _around(yy, ratio, xy, of_all.xx[kept, column]) / bottom**2
    domains = np.repeat(np.arange(groups.size), unit.size)
    drawn = None if squares is None else np.tile(population.drawn_of(base)[kept], groups.size)
    cells = Cells(domains, np.tile(unit, groups.size), groups.size, drawn)
    shape = (groups.size * unit.size, columns.size)
    flat = None if squares is None else squares.reshape(shape)
    return Block(columns, groups, cells, values.reshape(shape), flat)
