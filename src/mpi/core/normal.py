"""The bivariate normal distribution: probabilities, and the correlation that has one of them."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy import special

Floats: TypeAlias = NDArray[np.float64]

# halvings of an interval of length pi, after which it is shorter than the spacing of doubles
_MOST_STEPS = 60
# Newton steps below this are the rounding of the probability
_CONVERGED = 2e-14


def below_both(h: Floats, k: Floats, angle: Floats) -> Floats:
    """Probability that two standard normal variables lie below h and k.

    Parameters
    ----------
    h, k : NDArray[np.float64], shape (q,)
    angle : NDArray[np.float64], shape (q,)
        The correlation is its sine; within (-pi / 2, pi / 2).

    References
    ----------
    Owen (1956), Annals of Mathematical Statistics 27, 1075-1090: the probability by the T function.
    """
    sine, cosine = np.sin(angle), np.cos(angle)
    with np.errstate(divide="ignore", invalid="ignore"):
        a, b = (k - sine * h) / (h * cosine), (h - sine * k) / (k * cosine)
        # the limits where a threshold is 0, that is where half of the people are deprived
        a = np.where(h == 0, np.where(k == 0, np.tan((np.pi / 2 - angle) / 2), k * np.inf), a)
        b = np.where(k == 0, np.where(h == 0, np.tan((np.pi / 2 - angle) / 2), h * np.inf), b)
    opposite = (h * k < 0) | ((h * k == 0) & (h + k < 0))
    half = (special.ndtr(h) + special.ndtr(k)) / 2
    found: Floats = half - special.owens_t(h, a) - special.owens_t(k, b) - opposite / 2
    return np.clip(found, 0.0, 1.0)


def tetrachoric(both: Floats, first: Floats, second: Floats) -> Floats:
    """Correlation of two standard normal variables by how often both, and each, lie below a point.

    Parameters
    ----------
    both, first, second : NDArray[np.float64], shape (q,)
        Shares of both, the first and the second; no cell of the table may be empty.

    Returns
    -------
    NDArray[np.float64], shape (q,)
        NaN where an argument is.

    References
    ----------
    Pearson (1900), Philosophical Transactions of the Royal Society A 195, 1-47.
    """
    h, k = special.ndtri(first), special.ndtri(second)
    low, high = np.full(both.shape, -np.pi / 2), np.full(both.shape, np.pi / 2)
    angle = np.zeros(both.shape)
    for _ in range(_MOST_STEPS):
        away = below_both(h, k, angle) - both
        low, high = np.where(away < 0, angle, low), np.where(away < 0, high, angle)
        # by Newton, halving where that leaves the interval that is known to hold the angle
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            step = angle - away / _slope(h, k, angle)
        done = np.abs(step - angle) <= _CONVERGED
        inside = done | ((step > low) & (step < high))
        angle = np.where(inside, step, (low + high) / 2)
        if (done | np.isnan(both)).all():
            break
    return np.where(np.isnan(both), np.nan, np.sin(angle))


def tetrachoric_gradient(first: Floats, second: Floats, r: Floats) -> tuple[Floats, Floats, Floats]:
    """Derivatives of the tetrachoric correlation by the shares of both, the first and the second.

    Parameters
    ----------
    first, second, r : NDArray[np.float64], shape (q,)

    Notes
    -----
    The probability F(h, k; r) has the derivatives f by r, f being the density, and Phi((k - r h) /
    sqrt(1 - r^2)) by Phi(h); the correlation is an implicit function of the three shares.
    """
    h, k = special.ndtri(first), special.ndtri(second)
    angle = np.arcsin(r)
    cosine = np.cos(angle)
    density = _slope(h, k, angle) / cosine
    by_first = -special.ndtr((k - r * h) / cosine) / density
    by_second = -special.ndtr((h - r * k) / cosine) / density
    return 1 / density, by_first, by_second


def _slope(h: Floats, k: Floats, angle: Floats) -> Floats:
    """Derivative of the probability by the angle."""
    squares = h * h + k * k - 2 * h * k * np.sin(angle)
    found: Floats = np.exp(-squares / (2 * np.cos(angle) ** 2)) / (2 * np.pi)
    return found
