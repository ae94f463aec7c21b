"""Weighted sums of figures in large numbers: values, derivatives, and errors from both."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy import sparse, special

from mpi.errors import EstimationError
from mpi.findings import Finding
from mpi.inference.interval import quantile
from mpi.pooling import Pool
from mpi.sources import Source

Floats: TypeAlias = NDArray[np.float64]
Places: TypeAlias = NDArray[np.int64]

# a variance below this share of the sum of its squared parts is the rounding of zero
_ROUNDING = 1e-13


@dataclass(frozen=True, slots=True)
class Inference:
    """What is known of s functions of figures beside their values, each of shape (s,).

    Attributes
    ----------
    se, low, high, df, statistic, p : NDArray[np.float64]
        NaN where there is none.
    """

    se: Floats
    low: Floats
    high: Floats
    df: Floats
    statistic: Floats
    p: Floats

    def columns(self) -> dict[str, Floats]:
        """The same by the names of the columns of results."""
        return {
            "se": self.se,
            "ci_low": self.low,
            "ci_high": self.high,
            "df": self.df,
            "statistic": self.statistic,
            "p_value": self.p,
        }


class Derivatives:
    """Derivatives of s functions by figures, added piece by piece.

    Parameters
    ----------
    functions : int
        Their number s.
    """

    def __init__(self, functions: int) -> None:
        self._functions = functions
        self._pieces: list[tuple[Places, Places, Floats]] = []

    def add(self, function: Places, row: Places, derivative: Floats) -> None:
        """Derivatives by the figures of rows; those of row -1 are constants.

        Parameters
        ----------
        function : NDArray[np.int64], shape (q,)
        row : NDArray[np.int64], shape (..., q)
        derivative : NDArray[np.float64], shape (..., q)
        """
        function = np.broadcast_to(function, row.shape)
        kept = (row >= 0) & (derivative != 0)
        self._pieces.append((function[kept], row[kept], derivative[kept]))

    def matrix(self, rows: int) -> sparse.csr_array:
        """The same by row of the source, shape (s, rows)."""
        function, row, value = (
            np.concatenate([piece[place] for piece in self._pieces]) if self._pieces else nothing
            for place, nothing in enumerate((np.zeros(0, int), np.zeros(0, int), np.zeros(0)))
        )
        shape = (self._functions, rows)
        return sparse.coo_array((value, (function, row)), shape=shape).tocsr()


def standard_errors(
    source: Source | Pool,
    matrix: sparse.csr_array,
    errors: Floats,
    *,
    by: str,
    findings: list[Finding],
) -> Floats:
    """Standard errors of functions of figures, shape (s,).

    Parameters
    ----------
    source : Source or Pool
    matrix : scipy.sparse.csr_array, shape (s, rows)
        Derivatives by the figures of the source.
    errors : NDArray[np.float64], shape (rows,)
        Standard errors of these, which say what is rounding.
    by : str
        The grouping that they are about.
    findings : list of Finding
        Gets one where there are none, because units were drawn directly and some are in no group.
    """
    rows = np.unique(matrix.indices)
    if not rows.size:
        return np.zeros(matrix.shape[0])
    own = matrix[:, rows]
    try:
        variance = source.variances(rows.tolist(), own)
    except EstimationError as error:  # what the table lacks for these is no fault of the others
        detail = f"no standard errors between groups: {error.problems[0]}"
        findings.append(Finding("NO_COVARIANCE", by, detail))
        return np.full(matrix.shape[0], np.nan)
    parts = own.multiply(own) @ np.nan_to_num(errors[rows]) ** 2
    variance = np.where(variance <= _ROUNDING * parts, 0.0, variance)
    return np.sqrt(variance)


def inference(
    value: Floats, se: Floats, df: Floats, *, level: float, complete: bool = False
) -> Inference:
    """Limits that are symmetric, and tests against 0 by Student's t.

    Parameters
    ----------
    value, se, df : NDArray[np.float64], shape (s,)
    level : float
    complete : bool
        Whether everybody was drawn, so that an error of 0 is known.
    """
    varies = np.where(se > 0, se, np.nan)
    half = quantile(df, level) * varies
    return _known(value, se, df, (value - half, value + half), value / varies, complete=complete)


def ratio_inference(
    ratio: Floats, se: Floats, df: Floats, *, level: float, complete: bool = False
) -> Inference:
    """Limits that are symmetric on the scale of logarithms, and tests against 1.

    Parameters
    ----------
    ratio, se, df : NDArray[np.float64], shape (s,)
    level : float
    complete : bool
        Whether everybody was drawn, so that an error of 0 is known.
    """
    known = (se > 0) & (ratio > 0)
    positive = np.where(known, ratio, np.nan)
    error = se / positive
    away = np.exp(quantile(df, level) * error)
    limits = (positive / away, positive * away)
    return _known(ratio, se, df, limits, np.log(positive) / error, complete=complete)


def _known(
    value: Floats,
    se: Floats,
    df: Floats,
    limits: tuple[Floats, Floats],
    statistic: Floats,
    *,
    complete: bool,
) -> Inference:
    """Limits and tests, where there are degrees of freedom or everybody was drawn."""
    low, high = limits
    if complete:
        low, high = (np.where(se == 0, value, limit) for limit in limits)
    p = np.where(df > 0, 2 * special.stdtr(df, -np.abs(statistic)), np.nan)
    return Inference(se, low, high, np.where(np.isnan(se), np.nan, df), statistic, p)


def errors_by_row(tables: Sequence[tuple[Places, Floats]], rows: int) -> Floats:
    """Standard errors of figures by the numbers of their rows, NaN for others."""
    found = np.full(rows, np.nan)
    for row, se in tables:
        found[row] = se
    return found
