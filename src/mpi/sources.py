"""Where figures come from: enough to compute the covariance of any of them."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from mpi.choices import Choices
from mpi.core.measures import BASE
from mpi.core.totals import Counted
from mpi.engines.base import Sampled
from mpi.errors import EstimationError, Problem
from mpi.inference import replicate
from mpi.inference.linearize import Linear, influences
from mpi.inference.replicate import Replication
from mpi.inference.sample import Sample
from mpi.inference.variance import (
    Cells,
    Lonely,
    Profiled,
    combined_variances,
    covariance,
    degrees_of_freedom,
)
from mpi.options import DegreesOfFreedom
from mpi.progress import steps

Floats = NDArray[np.float64]

_AT_ONCE = 1 << 22  # linearised values in memory at a time, 32 MB


@dataclass(frozen=True, slots=True)
class Part:
    """Figures of one grouping that rest on the same measures.

    Attributes
    ----------
    counted, whole : Counted
        The table that they are made of, and that of the whole population.
    linear : Linear
    """

    counted: Counted
    whole: Counted
    linear: Linear

    @property
    def figures(self) -> int:
        """Number of figures q of each group."""
        return int(self.linear.estimates.shape[1])


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a figure stands: grouping, part of it, group, column."""

    grouping: int
    part: int
    group: int
    column: int


@dataclass(frozen=True, slots=True, eq=False)
class Source:
    """Figures with their sample.

    Attributes
    ----------
    groupings : tuple of tuples of Part
        The parts of each grouping, side by side in its rows; the whole population first.
    sampled : Sampled or None
        What was drawn; None where only replicate weights are known.
    sample : Sample or None
        The same after the choice for strata with a single PSU.
    choices : Choices
        How uncertainty is computed.
    lonely : str
    level : float
        Coverage of intervals.
    rule : {"stata", "design", "domain"}
        Rule for degrees of freedom.
    df : int
        Degrees of freedom of the whole sample.
    replication : Replication or None
        Where variances come from replicates.
    """

    groupings: tuple[tuple[Part, ...], ...]
    sampled: Sampled | None
    sample: Sample | None
    choices: Choices
    lonely: Lonely
    level: float
    rule: DegreesOfFreedom
    df: int
    replication: Replication | None

    def degrees(self, rows: Sequence[int]) -> int:
        """Degrees of freedom of a function of figures, by the units of all of them together."""
        if self.sample is None or self.rule == "design":
            return self.df
        cells = self.units(rows)
        unit = np.unique(np.concatenate([own for own, _ in cells]))
        drawn = None
        if self.sample.direct:  # how many of a stratum the figures share is not known
            drawn = np.zeros(self.sample.size, dtype=np.int64)
            for own, count in cells:
                drawn[own] = np.maximum(drawn[own], count)
            drawn = drawn[unit]
        together = Cells(np.zeros(unit.size, dtype=np.int64), unit, 1, drawn)
        return int(degrees_of_freedom(together, self.sample, self.rule)[0])

    def units(self, rows: Sequence[int]) -> list[tuple[NDArray[np.int64], NDArray[np.int64]]]:
        """Sampled units that each figure rests on, and how many units each stands for."""
        return [self._units(self._place(row)) for row in rows]

    def strata(self, row: int) -> NDArray[np.int64]:
        """Strata in which a figure has units, ascending."""
        assert self.sample is not None  # noqa: S101 -- the caller asks of a sample
        unit, _ = self._units(self._place(row))
        return np.unique(self.sample.first.stratum[self.sample.first.of[unit]])

    def _units(self, place: _Place) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        linear = self._part(place).linear
        statistic = linear.measured.statistics[place.column]
        of_group = statistic.over == "group"
        totals = linear.own if of_group else linear.population
        counts = totals.drawn[:, totals.bases.index(statistic.base)]
        mine = (counts > 0) & (totals.group == (place.group if of_group else 0))
        return totals.psu[mine], counts[mine]

    def covariance(self, rows: Sequence[int]) -> Floats:
        """Covariance matrix of figures, by the numbers of their rows, shape (q, q).

        NaN for figures that are not defined, or have no variance.
        """
        places = [self._place(row) for row in rows]
        found = self._covariance(places)
        undefined = [math.isnan(self._estimate(place)) for place in places]
        found[undefined, :] = found[:, undefined] = np.nan
        return found

    def _covariance(self, places: Sequence[_Place]) -> Floats:
        if self.replication is not None:
            return self._replicated(places, self.replication)
        assert self.sample is not None  # noqa: S101 -- one of the two is always there
        if self.sample.direct:
            return self._direct(places, self.sample)
        return covariance(self._linear(places, self.sample), self.sample, lonely=self.lonely)

    def variances(self, rows: Sequence[int], weights: sparse.csr_array) -> Floats:
        """Variances of weighted sums of figures, shape (s,).

        Parameters
        ----------
        rows : sequence of int
            Numbers of q rows.
        weights : scipy.sparse.csr_array, shape (s, q)
            Figures with weight 0 in a sum do not matter to it, defined or not.
        """
        if self.sample is None or self.sample.direct or self.replication is not None:
            return quadratic_forms(weights, self.covariance(rows))
        sample, lonely = self.sample, self.lonely
        return variances_at_once(
            weights,
            sample.size,
            lambda own: self.linear([rows[place] for place in own]),
            lambda values: combined_variances(values, sample, lonely=lonely),
        )

    @property
    def size(self) -> int:
        """Number of figures, of all rows."""
        return sum(p.linear.estimates.size for parts in self.groupings for p in parts)

    def linear(self, rows: Sequence[int]) -> Floats:
        """Linearised totals of figures by sampled unit, shape (m, q).

        Raises
        ------
        EstimationError
            If units of analysis were drawn directly, or variances come from replicates.
        """
        if self.sample is None or self.sample.direct or self.replication is not None:
            found = "samples that share units need PSUs, and linearised standard errors"
            remedy = "Declare psu=, and estimate without replicates."
            raise EstimationError("samples", [Problem("", found, remedy=remedy)])
        return self._linear([self._place(row) for row in rows], self.sample)

    def _linear(self, places: Sequence[_Place], sample: Sample) -> Floats:
        found = np.empty((sample.size, len(places)))
        at: dict[tuple[int, int], list[int]] = {}
        for number, place in enumerate(places):
            at.setdefault((place.grouping, place.part), []).append(number)
        for numbers in at.values():
            own = [places[number] for number in numbers]
            groups, columns = np.array([(p.group, p.column) for p in own]).T
            linear = self._part(own[0]).linear
            found[:, numbers] = influences(linear, groups, columns, sample.size)
        return found

    @property
    def complete(self) -> bool:
        """Whether everybody was drawn."""
        return self.sample is not None and self.sample.complete

    def cases(self) -> tuple[Floats, Floats]:
        """Units in the sample that numerators and denominators count, for all rows."""
        tops, bottoms = [], []
        for parts in self.groupings:
            of_top, of_bottom = [], []
            for part in parts:
                statistics, own = part.linear.measured.statistics, part.linear.own.n
                of_top.append(own[:, [BASE if s.power else s.top for s in statistics]])
                # a share of the population rests on the group's own units too
                below = [
                    s.base if s.bottom is None or s.over == "population" else s.bottom
                    for s in statistics
                ]
                of_bottom.append(own[:, below])
            tops.append(np.hstack(of_top).reshape(-1))
            bottoms.append(np.hstack(of_bottom).reshape(-1))
        return np.concatenate(tops).astype(np.float64), np.concatenate(bottoms).astype(np.float64)

    def _place(self, row: int) -> _Place:
        for number, parts in enumerate(self.groupings):
            figures = sum(part.figures for part in parts)
            groups = parts[0].linear.estimates.shape[0]
            if row >= groups * figures:
                row -= groups * figures
                continue
            group, column = divmod(row, figures)
            for place, part in enumerate(parts):
                if column < part.figures:
                    return _Place(number, place, group, column)
                column -= part.figures
        raise IndexError(row)

    def _part(self, place: _Place) -> Part:
        return self.groupings[place.grouping][place.part]

    def _estimate(self, place: _Place) -> float:
        return float(self._part(place).linear.estimates[place.group, place.column])

    def _replicated(self, places: Sequence[_Place], replication: Replication) -> Floats:
        """Covariance of figures from their replicates."""
        values = np.empty((replication.number, len(places)))
        wanted = {(p.grouping, p.part) for p in places}
        for r in steps(range(replication.number), "replicates"):
            found = {}
            for key in wanted:
                part = self.groupings[key[0]][key[1]]
                measured = part.linear.measured
                found[key] = replication.estimates(part.counted, part.whole, measured, r)
            values[r] = [found[p.grouping, p.part][p.group, p.column] for p in places]
        estimates = np.array([self._estimate(place) for place in places])
        return replicate.covariance(values, estimates, replication)

    def _direct(self, places: Sequence[_Place], sample: Sample) -> Floats:
        """Covariance of figures of units that were drawn directly, from the rows of one table."""
        number = max(place.grouping for place in places)
        counted = self.groupings[number][0].counted
        self._check_common_table(places, number)
        table = counted.table
        z = np.column_stack([self._values(place, counted) for place in places])
        totals = np.zeros((sample.size, len(places)))
        np.add.at(totals, table.psu, z * counted.weight[:, np.newaxis])
        profiled = Profiled(z, counted.squares, table.psu)
        return covariance(totals, sample, lonely=self.lonely, profiled=profiled)

    def _check_common_table(self, places: Sequence[_Place], number: int) -> None:
        """Refuse figures whose common units are in no table."""
        whole = self.groupings[0][0].counted.n.sum()
        complete = self.groupings[number][0].counted.n.sum() == whole
        others = {place.grouping for place in places} - {number}
        if others <= {0} and (complete or (not others and self._of_group(places))):
            return
        found = "the units that these figures have in common are in no table"
        remedy = "Declare psu=, such as the key of the household, or cross the groupings."
        raise EstimationError("covariance", [Problem("", found, remedy=remedy)])

    def _of_group(self, places: Sequence[_Place]) -> bool:
        statistics = [self._part(p).linear.measured.statistics[p.column] for p in places]
        return all(statistic.over == "group" for statistic in statistics)

    def _values(self, place: _Place, counted: Counted) -> Floats:
        """Linearised value of a figure, without the weight, for each row of a table."""
        linear = self._part(place).linear
        statistic = linear.measured.statistics[place.column]
        matrix = linear.measured.matrix()
        own = self._part(place).counted  # values of a part may be by group and profile
        at = own.position if own.table is counted.table else counted.position
        everybody = np.ones(counted.table.size, dtype=bool)
        mine = everybody if place.grouping == 0 else counted.table.group == place.group
        y: Floats = matrix[at, statistic.top] * mine
        if statistic.bottom is None:
            return y
        of_group = statistic.over == "group"
        sums = linear.own.sums if of_group else linear.population.sums
        bottom = sums.values[place.group if of_group else 0, statistic.bottom]
        x = matrix[at, statistic.bottom] * (mine if of_group else everybody)
        with np.errstate(divide="ignore", invalid="ignore"):  # nothing to divide by: not defined
            found: Floats = (y - linear.estimates[place.group, place.column] * x) / bottom
        return found


def variances_at_once(
    weights: sparse.csr_array,
    units: int,
    linear: Callable[[Sequence[int]], Floats],
    variances: Callable[[Floats], Floats],
) -> Floats:
    """Variances of weighted sums of figures by their linearised values, some sums at a time.

    Parameters
    ----------
    weights : scipy.sparse.csr_array, shape (s, q)
    units : int
        Number of sampled units m.
    linear : callable
        Linearised totals of figures by their places among the q, shape (m, number of places).
    variances : callable
        Variances of sums by their linearised totals.
    """
    found = np.zeros(weights.shape[0])
    for part in np.array_split(np.arange(found.size), 1 + found.size * units // _AT_ONCE):
        own = weights[part]
        used = np.unique(own.indices)
        if used.size:
            values = own[:, used] @ linear(used.tolist()).T
            found[part] = variances(np.ascontiguousarray(values.T))
    return found


def quadratic_forms(weights: sparse.csr_array, matrix: Floats) -> Floats:
    """Variances of weighted sums of figures by the covariance matrix of these, shape (s,)."""
    found = np.zeros(weights.shape[0])
    for place in range(found.size):
        part = slice(weights.indptr[place], weights.indptr[place + 1])
        own, used = weights.data[part], weights.indices[part]
        found[place] = own @ matrix[np.ix_(used, used)] @ own
    return found
