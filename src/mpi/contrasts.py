"""Differences and ratios of figures of the same sample, with their covariance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mpi.core.measures import Measured
from mpi.core.totals import Totals
from mpi.inference.interval import interval
from mpi.inference.linearize import influence
from mpi.inference.variance import Lonely, Sample, covariance


@dataclass(frozen=True, slots=True)
class Contrast:
    """A difference or a ratio of figures.

    Attributes
    ----------
    estimate, se : float
    ci_low, ci_high : float
        Limits of the confidence interval, by the t distribution.
    df : int
        Degrees of freedom of the whole sample.
    """

    estimate: float
    se: float
    ci_low: float
    ci_high: float
    df: int

    def __float__(self) -> float:
        return self.estimate

    def __repr__(self) -> str:
        limits = f"{self.ci_low:.6f} to {self.ci_high:.6f}"
        return f"{self.estimate:.6f}, se {self.se:.6f} ({limits}; df {self.df:,})"


@dataclass(frozen=True, slots=True)
class Part:
    """Figures of one grouping that rest on the same measures.

    Attributes
    ----------
    own, population : Totals
    measured : Measured
    estimates : NDArray[np.float64], shape (g, q)
    """

    own: Totals
    population: Totals
    measured: Measured
    estimates: NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Source:
    """Where figures come from: enough to linearise any of them.

    Attributes
    ----------
    groupings : tuple of tuples of Part
        The parts of each grouping, side by side in its rows.
    sample : Sample
    lonely : str
    level : float
        Coverage of intervals.
    """

    groupings: tuple[tuple[Part, ...], ...]
    sample: Sample
    lonely: Lonely
    level: float

    def covariance(self, rows: Sequence[int]) -> NDArray[np.float64]:
        """Covariance matrix of figures, by the numbers of their rows, shape (q, q)."""
        return covariance(self._values(rows), self.sample, lonely=self.lonely)

    def contrast(
        self, estimate: float, rows: Sequence[int], coefficients: Sequence[float]
    ) -> Contrast:
        """Smooth function of figures, by its value and its derivatives."""
        values = self._values(rows) @ np.array(coefficients)
        se = float(
            np.sqrt(covariance(values[:, np.newaxis], self.sample, lonely=self.lonely))[0, 0]
        )
        df = self.sample.stratum.size - int((self.sample.drawn > 0).sum())
        at = (np.array([number]) for number in (estimate, se, float(df)))
        low, high = interval("wald", *at, level=self.level, n=np.array([np.nan]))
        return Contrast(estimate, se, float(low[0]), float(high[0]), df)

    def _values(self, rows: Sequence[int]) -> NDArray[np.float64]:
        """Linearised totals of every sampled PSU, shape (m, q)."""
        return np.column_stack([self._influence(row) for row in rows])

    def _influence(self, row: int) -> NDArray[np.float64]:
        """Linearised totals of one figure, shape (m,)."""
        for parts in self.groupings:
            figures = sum(part.estimates.shape[1] for part in parts)
            groups = parts[0].estimates.shape[0]
            if row >= groups * figures:
                row -= groups * figures
                continue
            group, column = divmod(row, figures)
            for part in parts:
                if column < part.estimates.shape[1]:
                    return influence(
                        part.own,
                        part.population,
                        part.measured,
                        part.estimates,
                        place=(group, column),
                        psus=self.sample.stratum.size,
                    )
                column -= part.estimates.shape[1]
        raise IndexError(row)
