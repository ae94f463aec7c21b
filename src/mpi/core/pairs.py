"""Association of two deprivations, as functions of the four cells of their table.

Cells are the shares deprived in both (a), in the first only (b), in the second only (c) and in
neither (d), so that a cell is 0 exactly where nobody is in it.
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from mpi.core.normal import tetrachoric, tetrachoric_gradient

Floats: TypeAlias = NDArray[np.float64]

SIGNS = np.array([1.0, -1.0, -1.0, 1.0])


def _cells(x: Floats) -> tuple[Floats, Floats, Floats, Floats]:
    return x[..., 0], x[..., 1], x[..., 2], x[..., 3]


def _smaller(x: Floats) -> tuple[Floats, NDArray[np.bool_]]:
    """The smaller of the two headcounts, and whether it is the first."""
    a, b, c, _ = _cells(x)
    return a + np.minimum(b, c), b <= c


def redundancy(x: Floats) -> Floats:
    """R0: of those deprived in the rarer one, the share deprived in both.

    References
    ----------
    Alkire and Ballon (2012); Alkire et al. (2015), chapter 7.
    """
    found: Floats = x[..., 0] / _smaller(x)[0]
    return found


def redundancy_gradient(x: Floats) -> Floats:
    """Derivatives of `redundancy`; one-sided where both headcounts are equal."""
    smaller, first = _smaller(x)
    rest = (smaller - x[..., 0]) / smaller**2
    away, zero = -x[..., 0] / smaller**2, 0.0 * smaller
    return np.stack([rest, np.where(first, away, zero), np.where(first, zero, away), zero], axis=-1)


def least_redundancy(x: Floats) -> Floats:
    """Smallest R0 that the two headcounts allow, max(0, p1 + p2 - 1) / min(p1, p2)."""
    found: Floats = np.maximum(x[..., 0] - x[..., 3], 0.0) / _smaller(x)[0]
    return found


def least_redundancy_gradient(x: Floats) -> Floats:
    """Derivatives of `least_redundancy`; 0 where the bound is 0."""
    smaller, first = _smaller(x)
    bound = least_redundancy(x)
    positive = np.where(bound > 0, 1.0, 0.0 * bound)
    own = (1 - bound) / smaller
    away, zero = -bound / smaller, 0.0 * smaller
    parts = [own, np.where(first, away, zero), np.where(first, zero, away), -1 / smaller]
    return np.stack(parts, axis=-1) * positive[..., np.newaxis]


def phi(x: Floats) -> Floats:
    """Correlation of the two, (ad - bc) / sqrt(p1 q1 p2 q2)."""
    a, b, c, d = _cells(x)
    found: Floats = (a * d - b * c) / np.sqrt((a + b) * (c + d) * (a + c) * (b + d))
    return found


def phi_gradient(x: Floats) -> Floats:
    """Derivatives of `phi`."""
    a, b, c, d = _cells(x)
    p1, q1, p2, q2 = a + b, c + d, a + c, b + d
    root, value = np.sqrt(p1 * q1 * p2 * q2), phi(x)
    tops = (d, -c, -b, a)
    margins = (1 / p1 + 1 / p2, 1 / p1 + 1 / q2, 1 / q1 + 1 / p2, 1 / q1 + 1 / q2)
    return np.stack(
        [top / root - value * both / 2 for top, both in zip(tops, margins, strict=True)], axis=-1
    )


def cramer(x: Floats) -> Floats:
    """Cramér's V of the table, the size of phi."""
    found: Floats = np.abs(phi(x))
    return found


def cramer_gradient(x: Floats) -> Floats:
    """Derivatives of `cramer`; none where it is 0."""
    sign = np.sign(phi(x))
    return phi_gradient(x) * np.where(sign == 0, np.nan, sign)[..., np.newaxis]


def correlation(x: Floats) -> Floats:
    """Tetrachoric correlation; NaN where a cell is empty."""
    a, b, c, _ = _cells(x)
    whole = (x > 0).all(axis=-1)
    return tetrachoric(np.where(whole, a, np.nan), a + b, a + c)


def correlation_gradient(x: Floats) -> Floats:
    """Derivatives of `correlation`."""
    a, b, c, _ = _cells(x)
    by_both, by_first, by_second = tetrachoric_gradient(a + b, a + c, correlation(x))
    parts = [by_both + by_first + by_second, by_first, by_second, 0.0 * by_both]
    return np.stack(parts, axis=-1)


def _reciprocals(x: Floats) -> Floats:
    """1 over each cell, and 0 for an empty one, as in R's svychisq; NaN without two levels."""
    a, b, c, d = _cells(x)
    levels = (a + b > 0) & (c + d > 0) & (a + c > 0) & (b + d > 0)
    found = np.divide(1.0, x, out=np.zeros_like(x), where=x > 0)
    return np.where(levels[..., np.newaxis], found, np.nan)


def tested(x: Floats) -> Floats:
    """What the test of independence linearises: sum of signed logarithms of the cells."""
    logs = np.log(x, out=np.zeros_like(x), where=x > 0)
    found: Floats = (logs * SIGNS).sum(axis=-1) + 0.0 * _reciprocals(x).sum(axis=-1)
    return found


def tested_gradient(x: Floats) -> Floats:
    """Derivatives of `tested`."""
    found: Floats = SIGNS * _reciprocals(x)
    return found


def rao_scott(x: Floats, variance: Floats) -> Floats:
    """F statistic of independence, phi^2 sum(1 / cell) / variance of the log odds ratio.

    Parameters
    ----------
    x : NDArray[np.float64], shape (..., 4)
    variance : NDArray[np.float64], shape (...)
        Design variance of `tested`.

    References
    ----------
    Rao and Scott (1981), JASA 76, 221-230; (1984), Annals of Statistics 12, 46-60; as computed by
    R `survey` 4.5, `svychisq`, by default.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        found: Floats = phi(x) ** 2 * _reciprocals(x).sum(axis=-1) / variance
    return np.where(variance > 0, found, np.nan)
