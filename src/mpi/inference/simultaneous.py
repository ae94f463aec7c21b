"""Critical values of several t statistics at once, by their correlation."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mpi.inference.interval import quantile

Floats = NDArray[np.float64]

# eigenvalues of a correlation matrix below this share of the largest are rounding
_RANK = 1e-12


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
    normal = np.random.default_rng([seed, 0]).standard_normal((draws, covariances.shape[1]))
    single = quantile(df, level)
    found = np.full(covariances.shape[0], np.nan)
    scales = {free: _scale(free, seed, draws) for free in set(df[df > 0].tolist())}
    for g in np.flatnonzero(df > 0):
        variance = np.diag(covariances[g])
        used = np.flatnonzero(variance > 0)  # NaN is not
        if not used.size:
            continue
        found[g] = single[g]
        if used.size > 1:
            error = np.sqrt(variance[used])
            correlation = covariances[g][np.ix_(used, used)] / np.outer(error, error)
            values, vectors = np.linalg.eigh(correlation)
            root = vectors * np.sqrt(np.where(values > _RANK * values[-1], values, 0.0))
            largest = np.abs(normal[:, : used.size] @ root.T).max(axis=1) / scales[float(df[g])]
            found[g] = max(found[g], float(np.quantile(largest, level)))
    return found


def _scale(df: float, seed: int, draws: int) -> Floats:
    """Draws of the root of a chi-square over its degrees of freedom."""
    found: Floats = np.sqrt(np.random.default_rng([seed, 1]).chisquare(df, draws) / df)
    return found
