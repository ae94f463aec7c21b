"""Weights of indicators from how often, and together with which others, people are deprived."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from mpi.core.normal import tetrachoric

Floats: TypeAlias = NDArray[np.float64]
Method: TypeAlias = Literal["frequency", "log-frequency", "mca", "pca-tetrachoric"]
Inertia: TypeAlias = Literal["adjusted", "indicator", "burt"]


@dataclass(frozen=True, slots=True)
class Axis:
    """Raw weights of e elements.

    Attributes
    ----------
    weights : NDArray[np.float64], shape (e,)
        They sum to 1; NaN where they are not defined, and some negative where signs differ.
    explained : float
        Share of the first axis in the inertia, or in the variance; NaN without an axis.
    least : float
        Smallest eigenvalue of the correlation matrix; NaN without an axis.
    """

    weights: Floats
    explained: float = float("nan")
    least: float = float("nan")


def raw_weights(joint: Floats, method: Method, inertia: Inertia) -> Axis:
    """Weights that sum to 1, before signs are checked and before they are rounded.

    Parameters
    ----------
    joint : NDArray[np.float64], shape (e, e)
        Shares deprived in each pair of elements; headcounts on the diagonal.
    method : {"frequency", "log-frequency", "mca", "pca-tetrachoric"}
    inertia : {"adjusted", "indicator", "burt"}
        What the first axis of the MCA explains a share of. The weights are the same.

    Notes
    -----
    ``frequency``: 1 - h, ``log-frequency``: -ln h. ``mca``: the step on the first axis from not
    deprived to deprived. For yes-or-no variables that axis is the first eigenvector v of the matrix
    of phi correlations, and the step is v / sqrt(h (1 - h)); indicator matrix, Burt matrix and
    adjusted inertias scale the whole axis by one number. ``pca-tetrachoric``: the first eigenvector
    of the matrix of tetrachoric correlations.

    References
    ----------
    Decancq and Lugo (2013), Econometric Reviews 32, 7-34; Desai and Shah (1988), Oxford Economic
    Papers 40, and Cerioli and Zani (1990) for the frequencies; Greenacre (2007), Correspondence
    Analysis in Practice, for the inertias.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        return _METHODS[method](joint, inertia)


def rounded(weights: Floats, denominator: int) -> tuple[Fraction, ...]:
    """Weights as multiples of 1 / denominator that sum to 1, by largest remainders."""
    exact = weights * denominator
    whole = np.floor(exact).astype(np.int64)
    short = denominator - int(whole.sum())
    order = np.lexsort((np.arange(weights.size), -(exact - whole)))
    whole[order[:short]] += 1
    return tuple(Fraction(int(value), denominator) for value in whole)


def _frequency(joint: Floats, _: Inertia) -> Axis:
    return Axis(_summing_to_one(1 - np.diag(joint)))


def _log_frequency(joint: Floats, _: Inertia) -> Axis:
    h = np.diag(joint)
    return Axis(_summing_to_one(np.where(h > 0, -np.log(h), np.nan)))


def _mca(joint: Floats, inertia: Inertia) -> Axis:
    h = np.diag(joint)
    spread = np.sqrt(h * (1 - h))
    correlations = (joint - np.outer(h, h)) / np.outer(spread, spread)
    np.fill_diagonal(correlations, np.where(spread > 0, 1.0, np.nan))
    values, axis = _first(correlations)
    return Axis(_summing_to_one(axis / spread), _share(values, inertia), float(values.min()))


def _pca(joint: Floats, _: Inertia) -> Axis:
    h, size = np.diag(joint), joint.shape[0]
    one, two = np.triu_indices(size, 1)
    both, first, second = joint[one, two], h[one], h[two]
    cells = np.stack([both, first - both, second - both, 1 - first - second + both])
    empty = (cells <= _EMPTY).any(axis=0)
    correlations = np.eye(size)
    correlations[one, two] = tetrachoric(np.where(empty, np.nan, both), first, second)
    correlations[two, one] = correlations[one, two]
    values, axis = _first(correlations)
    return Axis(_summing_to_one(axis), float(values.max() / size), float(values.min()))


# cells are differences of shares here: what is below this is the rounding of 0
_EMPTY = 1e-12


def _first(matrix: Floats) -> tuple[Floats, Floats]:
    """Eigenvalues, ascending, and the eigenvector of the largest; NaN where one entry is."""
    if np.isnan(matrix).any():
        nothing = np.full(matrix.shape[0], np.nan)
        return nothing, nothing
    values, vectors = np.linalg.eigh(matrix)
    return values, vectors[:, -1]


def _share(values: Floats, inertia: Inertia) -> float:
    """Share of the first axis in the inertia of d yes-or-no variables (2 d categories)."""
    d = values.size
    principal = values / d
    first = principal.max()
    if inertia == "indicator":
        return float(first)
    if inertia == "burt":
        return float(first**2 / (principal**2).sum())
    if d == 1:
        return float("nan")
    factor = d / (d - 1)
    total = factor * ((principal**2).sum() - 1 / d)
    return float((factor * (first - 1 / d)) ** 2 / total) if total > 0 else float("nan")


def _summing_to_one(values: Floats) -> Floats:
    """Values over their sum, which sets the sign of an axis; NaN where there is no sum."""
    total = values.sum()
    found: Floats = values / (total if total != 0 else np.nan)
    return found


_METHODS: dict[Method, Callable[[Floats, Inertia], Axis]] = {
    "frequency": _frequency,
    "log-frequency": _log_frequency,
    "mca": _mca,
    "pca-tetrachoric": _pca,
}
