"""Critical values of several t statistics at once, by their correlation."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mpi.inference.interval import quantile

Floats = NDArray[np.float64]

# eigenvalues of a correlation matrix below this share of the largest are rounding
_RANK = 1e-12
# values in memory at a time, 32 MB
_MOST_VALUES = 1 << 22


def critical_values(
    covariances: Floats, df: Floats, *, level: float, seed: int, draws: int
) -> Floats:
    """Quantile of the largest |t| among q statistics, for each of g families, shape (g,).

    Parameters
    ----------
    covariances : NDArray[np.float64], shape (g, q, q)
        Of the figures of each family; those without a variance are left out of it.
    df : NDArray[np.float64], shape (g,)
        Degrees of freedom.
    level : float
        Coverage, such as 0.95.
    seed, draws : int
        The same draws serve all families, so that their values can be compared.

    Returns
    -------
    NDArray[np.float64], shape (g,)
        NaN where no figure has a variance, or without degrees of freedom.

    Notes
    -----
    The |t| are those of a multivariate t distribution: correlated normals over the common root of a
    chi-square over its degrees of freedom. For a single figure it is Student's quantile, and it is
    never below that, whatever the draws.
    """
    families, size = covariances.shape[:2]
    normal = np.random.default_rng([seed, 0]).standard_normal((draws, size))
    roots, several = np.zeros((families, size, size)), np.zeros(families, dtype=bool)
    found = np.full(families, np.nan)
    single = quantile(df, level)
    for g in np.flatnonzero(df > 0):
        used = np.flatnonzero(np.diag(covariances[g]) > 0)  # NaN is not
        if used.size:
            roots[g][np.ix_(used, used)] = _root(covariances[g][np.ix_(used, used)])
            found[g], several[g] = single[g], used.size > 1
    scales = {free: _scale(free, seed, draws) for free in set(df[several].tolist())}
    some = max(1, _MOST_VALUES // (draws * size))
    places = np.flatnonzero(several)
    for start in range(0, places.size, some):  # in large products: threads of many small ones wait
        part = places[start : start + some]
        values = np.abs(normal @ roots[part].transpose(2, 0, 1).reshape(size, -1))
        largest = values.reshape(draws, part.size, size).max(axis=2)
        for place, g in enumerate(part.tolist()):
            t = largest[:, place] / scales[float(df[g])]
            found[g] = max(found[g], float(np.quantile(t, level)))
    return found


def _root(covariance: Floats) -> Floats:
    """A root of the correlation matrix: itself times its transpose, shape (q, q)."""
    error = np.sqrt(np.diag(covariance))
    values, vectors = np.linalg.eigh(covariance / np.outer(error, error))
    found: Floats = vectors * np.sqrt(np.where(values > _RANK * values[-1], values, 0.0))
    return found


def _scale(df: float, seed: int, draws: int) -> Floats:
    """Draws of the root of a chi-square over its degrees of freedom."""
    found: Floats = np.sqrt(np.random.default_rng([seed, 1]).chisquare(df, draws) / df)
    return found
