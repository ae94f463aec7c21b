"""Rubin's rules: one estimate and its variance from several completed data sets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Pooled:
    """Estimates of q figures over m completed data sets.

    Attributes
    ----------
    estimate : NDArray[np.float64], shape (q,)
        Mean over the data sets.
    within, between, total : NDArray[np.float64], shape (q,)
        Mean variance, variance of the estimates, and T = W + (1 + 1 / m) B.
    df : NDArray[np.float64], shape (q,)
    """

    estimate: Floats
    within: Floats
    between: Floats
    total: Floats
    df: Floats

    @property
    def due_to_missing(self) -> Floats:
        """Share of the total variance that is due to missing answers, shape (q,)."""
        added = self.total - self.within
        return np.divide(added, self.total, out=np.zeros_like(added), where=self.total > 0)


def pooled(estimates: Floats, variances: Floats, df: Floats) -> Pooled:
    """Rubin's rules.

    Parameters
    ----------
    estimates, variances : NDArray[np.float64], shape (m, q)
    df : NDArray[np.float64], shape (q,)
        Degrees of freedom of the complete data; NaN where there are none.

    Notes
    -----
    With the share lambda = (1 + 1 / m) B / T, Rubin's degrees of freedom are (m - 1) / lambda^2;
    those of the complete data, v, count (v + 1) / (v + 3) v (1 - lambda); and 1 over the result is
    the sum of 1 over each (Barnard and Rubin).

    References
    ----------
    Rubin (1987), Multiple Imputation for Nonresponse in Surveys, chapter 3; Barnard and Rubin
    (1999), Biometrika 86, 948-955, in the form in which R's package mice computes it.
    """
    m = estimates.shape[0]
    within, between = variances.mean(axis=0), estimates.var(axis=0, ddof=1)
    # estimates that are all the same differ by the rounding of their mean
    same = (estimates == estimates[0]).all(axis=0)
    between = np.where(same, 0.0, between)
    total = within + (1 + 1 / m) * between
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.where(total > 0, (1 + 1 / m) * between / total, 0.0)
        complete = (df + 1) / (df + 3) * df * (1 - share)
        free = 1 / (share**2 / (m - 1) + 1 / complete)
    mean = np.where(same, estimates[0], estimates.mean(axis=0))
    return Pooled(mean, within, between, total, np.where(df > 0, free, np.nan))
