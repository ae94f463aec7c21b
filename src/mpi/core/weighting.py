"""Scores under many weighting schemes at once, decided in integers.

Weights are whole numbers on a common scale. Scores are sums of them, made by a product of doubles
that is exact because every partial sum is a whole number below 2^53, and compared as integers.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

Integers: TypeAlias = NDArray[np.int64]
Curve: TypeAlias = Literal["H", "M0"]

# whole numbers up to this are doubles
_LARGEST = 2**53
# values of profiles in memory at a time, 16 MB
_MOST_VALUES = 1 << 21


@dataclass(frozen=True, slots=True)
class Schemes:
    """Weighting schemes as whole numbers.

    Attributes
    ----------
    weights : NDArray[np.int64], shape (schemes, e)
        Of the e elements of the score; each row sums to `scale`.
    scale : int
    """

    weights: Integers
    scale: int


def simplex(number: int, size: int, *, concentration: float, seed: int, scale: int) -> Integers:
    """Points of the simplex drawn from a symmetric Dirichlet distribution, as whole numbers.

    Parameters
    ----------
    number, size : int
        Points, and parts of each.
    concentration : float
        1 draws uniformly; larger values draw closer to equal parts.
    seed : int
    scale : int
        Sum of the parts of each point.

    Returns
    -------
    NDArray[np.int64], shape (number, size)
        Positive parts that sum to `scale`, rounded by largest remainders.
    """
    shares = np.random.default_rng(seed).dirichlet(np.full(size, concentration), number)
    parts = shares * (scale - size)
    whole = np.floor(parts).astype(np.int64)
    left = scale - size - whole.sum(axis=1)
    order = np.argsort(-(parts - whole), axis=1, kind="stable")
    place = np.argsort(order, axis=1, kind="stable")
    rounded: Integers = whole + (place < left[:, np.newaxis]) + 1
    return rounded


def schemes_of(parts: Integers, scale: int, shares: Sequence[Sequence[Fraction]]) -> Schemes:
    """Schemes of elements from weights of what they belong to.

    Parameters
    ----------
    parts : NDArray[np.int64], shape (schemes, D)
        Weights of D dimensions, each row summing to `scale`.
    scale : int
    shares : sequence of D sequences of Fraction, each of length e
        Share of each element in each dimension; those of a dimension sum to 1.

    Raises
    ------
    OverflowError
        If the common denominator is too large for exact scores.
    """
    common = math.lcm(*(share.denominator for row in shares for share in row))
    if common * scale >= _LARGEST:
        raise OverflowError(f"weights within dimensions have the common denominator {common}")
    inside = np.array([[int(share * common) for share in row] for row in shares], dtype=np.int64)
    return Schemes(parts @ inside, scale * common)


def fits(schemes: Schemes, cutoffs: Sequence[Fraction]) -> bool:
    """Whether reweighted scores can be compared with the cutoffs in 64 bits."""
    return schemes.scale * max(k.denominator for k in cutoffs) < 2**62


def curves(
    schemes: Schemes,
    deprived: NDArray[np.bool_],
    known: NDArray[np.bool_],
    cutoffs: Sequence[Fraction],
    measure: Curve,
) -> Iterator[NDArray[np.float64]]:
    """Poverty status or censored score of u profiles under each scheme and cutoff, in blocks.

    Parameters
    ----------
    schemes : Schemes
    deprived, known : NDArray[np.bool_], shape (u, e)
        Elements in which a profile is deprived, and those whose weight counts for it.
    cutoffs : sequence of Fraction, length K
    measure : {"H", "M0"}

    Yields
    ------
    NDArray[np.float64], shape (some schemes, K, u)

    Raises
    ------
    OverflowError
        If reweighted scores and a cutoff do not fit 64 bits.
    """
    complete = bool(known.all())
    if not complete and not fits(schemes, cutoffs):
        raise OverflowError("a cutoff has too large a denominator for scores that are reweighted")
    some = max(1, _MOST_VALUES // max(1, deprived.shape[0] * len(cutoffs)))
    for start in range(0, schemes.weights.shape[0], some):
        weights = schemes.weights[start : start + some].astype(np.float64)
        score = weights @ deprived.T
        of = np.full((1, 1), float(schemes.scale)) if complete else weights @ known.T
        values = np.empty((score.shape[0], len(cutoffs), score.shape[1]))
        share = np.divide(score, of, out=np.zeros_like(score), where=of > 0)
        whole, base = score.astype(np.int64), of.astype(np.int64)
        for place, k in enumerate(cutoffs):
            if complete:
                poor = whole >= math.ceil(k * schemes.scale)
            else:  # s / scale >= p / q exactly when s q >= p scale; nobody is without any weight
                poor = (whole * k.denominator >= k.numerator * base) & (base > 0)
            if measure == "H":
                values[:, place] = poor
            else:
                np.multiply(poor, share, out=values[:, place])
        yield values
