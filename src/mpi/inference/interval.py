"""Confidence intervals of proportions, means and ratios."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy import special

from mpi.options import Interval

Floats: TypeAlias = NDArray[np.float64]


def interval(
    method: Interval,
    estimate: Floats,
    se: Floats,
    df: Floats,
    *,
    level: float,
    n: Floats,
) -> tuple[Floats, Floats]:
    """Limits of confidence intervals.

    Parameters
    ----------
    method : {"logit", "wald", "asin", "wilson", "beta"}
    estimate, se : NDArray[np.float64], shape (q,)
    df : NDArray[np.float64], shape (q,)
        Degrees of freedom; without any there is no interval.
    level : float
        Coverage, such as 0.95.
    n : NDArray[np.float64], shape (q,)
        Units of the domain in the sample, for ``beta``.

    Returns
    -------
    low, high : NDArray[np.float64], shape (q,)
        NaN where the method has no interval: no degrees of freedom, or a proportion of 0 or 1.

    References
    ----------
    Korn and Graubard (1998), Survey Methodology 24, for ``beta``; Lumley (2010), Complex Surveys,
    for the others.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        t = quantile(df, level)
        low, high = _LIMITS[method](estimate, se, t, n, level)
    undefined = np.isnan(t) | np.isnan(se)
    if method != "wald":
        undefined |= (estimate <= 0) | (estimate >= 1)
    # everybody was drawn: the limits of all methods tend to the estimate
    certain = se == 0
    low, high = np.where(certain, estimate, low), np.where(certain, estimate, high)
    return np.where(undefined, np.nan, low), np.where(undefined, np.nan, high)


def endpoint(
    estimate: Floats, df: Floats, *, level: float, n: Floats, deff: Floats
) -> tuple[Floats, Floats]:
    """Limits for proportions of 0 or 1, under a design effect that has to be assumed.

    The interval of Clopper and Pearson for n / deff units, fewer where degrees of freedom are few:
    one limit is the estimate itself, the other is (a / 2)^(1 / n*) away from the other end.

    Parameters
    ----------
    estimate : NDArray[np.float64], shape (q,)
        0 or 1; NaN is returned for others.
    df, n, deff : NDArray[np.float64], shape (q,)
        Degrees of freedom, units in the sample, and the design effect that is assumed.
    level : float

    References
    ----------
    Korn and Graubard (1998), Survey Methodology 24, for the adjustment; that a design effect is
    taken from elsewhere is a choice of this library.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        size = n / deff * np.minimum((quantile(n - 1, level) / quantile(df, level)) ** 2, 1.0)
        away = 1 - ((1 - level) / 2) ** (1 / size)
    nobody, everybody = estimate == 0, estimate == 1
    low = np.where(nobody, 0.0 * away, np.where(everybody, 1 - away, np.nan))
    high = np.where(nobody, away, np.where(everybody, 1.0 + 0.0 * away, np.nan))
    return low, high


def quantile(df: Floats, level: float) -> Floats:
    """Two-sided quantile of the t distribution, shape (q,); NaN without degrees of freedom."""
    distinct, which = np.unique(df, return_inverse=True)
    free, share = np.where(distinct > 0, distinct, np.nan), 0.5 + level / 2
    t = special.stdtrit(free, share)
    # one step of Newton: in scipy 1.12 the quantile of few degrees is off by 1e-11
    log_density = (
        special.gammaln((free + 1) / 2)
        - special.gammaln(free / 2)
        - np.log(free * np.pi) / 2
        - (free + 1) / 2 * np.log1p(t * t / free)
    )
    refined: Floats = t - (special.stdtr(free, t) - share) / np.exp(log_density)
    return refined[which.reshape(df.shape)]


def _wald(p: Floats, se: Floats, t: Floats, *_: object) -> tuple[Floats, Floats]:
    return p - t * se, p + t * se


def _logit(p: Floats, se: Floats, t: Floats, *_: object) -> tuple[Floats, Floats]:
    centre, half = special.logit(p), t * se / (p * (1 - p))
    return special.expit(centre - half), special.expit(centre + half)


def _asin(p: Floats, se: Floats, t: Floats, *_: object) -> tuple[Floats, Floats]:
    centre, half = np.arcsin(np.sqrt(p)), t * se / (2 * np.sqrt(p * (1 - p)))
    return np.sin(centre - half) ** 2, np.sin(centre + half) ** 2


def _wilson(p: Floats, se: Floats, t: Floats, *_: object) -> tuple[Floats, Floats]:
    size = p * (1 - p) / se**2
    centre = p + t**2 / (2 * size)
    half = t / (2 * size) * np.sqrt(4 * size * p * (1 - p) + t**2)
    return (centre - half) / (1 + t**2 / size), (centre + half) / (1 + t**2 / size)


def _beta(p: Floats, se: Floats, t: Floats, n: Floats, level: float) -> tuple[Floats, Floats]:
    srs = quantile(n - 1, level)
    size = p * (1 - p) / se**2 * (srs / t) ** 2
    tail = (1 - level) / 2
    low = special.betaincinv(size * p, size * (1 - p) + 1, tail)
    high = special.betaincinv(size * p + 1, size * (1 - p), 1 - tail)
    return low.astype(np.float64), high.astype(np.float64)


_LIMITS: dict[Interval, Callable[..., tuple[Floats, Floats]]] = {
    "logit": _logit,
    "wald": _wald,
    "asin": _asin,
    "wilson": _wilson,
    "beta": _beta,
}
