"""Uncertainty of the figures of several groups, as arrays, and their design effects."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from mpi.core.measures import Measured
from mpi.core.totals import Counted, moments
from mpi.inference.linearize import Linear
from mpi.options import DesignEffect

# a sum of squares that is smaller than this, relative to its parts, is the rounding of zero
_ROUNDING = 1e-12


@dataclass(frozen=True, slots=True)
class Errors:
    """Uncertainty of q figures of g groups.

    Attributes
    ----------
    se, low, high, deff : NDArray[np.float64], shape (g, q)
        Standard error, limits of the interval and design effect; NaN where there is none.
    df, n_psu : NDArray[np.int64], shape (g, q)
        Degrees of freedom, and PSUs with units of the figure.
    """

    se: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    deff: NDArray[np.float64]
    df: NDArray[np.int64]
    n_psu: NDArray[np.int64]

    @classmethod
    def joined(cls, parts: Sequence[Errors]) -> Errors:
        """Errors of the figures of several parts side by side."""
        names = [field.name for field in fields(cls)]
        return cls(**{name: np.hstack([getattr(p, name) for p in parts]) for name in names})


def simple_variances(
    counted: Counted, whole: Counted, linear: Linear, kind: DesignEffect
) -> NDArray[np.float64]:
    """Variances that a simple random sample of the same size would have, shape (g, q).

    With e = y - R x, and X the total of x, V = N sum w e^2 / (X^2 (n - 1)); for a mean x = 1 and
    this is sum w (y - mean)^2 / (N (n - 1)). For a total it is N^2 times that of its mean. NaN for
    figures of gaps, whose squares are not in the tables.

    Parameters
    ----------
    counted, whole : Counted
        Tables of the groups and of the whole population.
    linear : Linear
    kind : {"replace", "without"}
        Sample with replacement, as R's ``deff = "replace"``, or without, as its ``deff = TRUE``,
        which needs weights that add up to the population.

    References
    ----------
    Kish (1965), Survey Sampling, section 8.2; R `survey` 4.5.
    """
    measured, estimates = linear.measured, linear.estimates
    products = moments(
        counted, measured, counted.weight, by=counted.table.group, size=counted.groups
    )
    over_all = [q for q, s in enumerate(measured.statistics) if s.over == "population"]
    of_all = np.zeros((1, 0))
    if over_all:  # else the values may be those of the groups' own pairs of group and profile
        some = Measured(measured.columns, [measured.statistics[q] for q in over_all])
        of_all = moments(whole, some, whole.weight, by=whole.table.group, size=1).xx
    found = np.empty(estimates.shape)
    for q, statistic in enumerate(measured.statistics):
        of = linear.own if statistic.over == "group" else linear.population
        n = of.n[:, statistic.base].astype(np.float64)
        size = of.sums.values[:, statistic.base]
        total, ratio, xx = np.ones_like(size), estimates[:, q], products.xx[:, q]
        if statistic.over == "population":
            xx = of_all[:, over_all.index(q)]
        with np.errstate(divide="ignore", invalid="ignore"):
            if statistic.bottom is None:
                ratio = ratio / size
            else:
                total = of.sums.values[:, statistic.bottom]
            yy = products.yy[:, q]
            squares = yy - ratio * (2 * products.xy[:, q] - ratio * xx)
            squares = np.where(squares > _ROUNDING * yy, squares, 0.0)
            simple = size * squares / (total**2 * (n - 1))
            if kind == "without":
                simple = simple * (size - n) / size
        found[:, q] = np.where(simple > 0, simple, np.nan)
    return found
