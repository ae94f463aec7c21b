"""Functions of deprivation profiles: policies for missing answers, scores, poverty status.

Scores are integers. A policy turns the pattern of missing answers of a profile into integer
weights on a scale of its own, so that reweighting stays exact too.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from mpi.core.pack import unpack

Policy: TypeAlias = Literal["drop", "reweight", "reweight-dimension", "nondeprived", "deprived"]


@dataclass(frozen=True, slots=True)
class Scheme:
    """What a score counts: e elements over d indicator bits.

    Attributes
    ----------
    bits : NDArray[np.int64], shape (d,)
        Position of each indicator's bit in the profile.
    members : NDArray[np.bool_], shape (e, d)
        Indicators of each element: one, or all of a union dimension.
    dimension : NDArray[np.int64], shape (e,)
        Position of each element's dimension.
    weights : tuple of Fraction, length e
        Exact weights that sum to 1.
    """

    bits: NDArray[np.int64]
    members: NDArray[np.bool_]
    dimension: NDArray[np.int64]
    weights: tuple[Fraction, ...]


@dataclass(frozen=True, slots=True)
class Scores:
    """Scores of p profiles under one policy for missing answers.

    Attributes
    ----------
    kept : NDArray[np.bool_], shape (p,)
        Whether the policy keeps the profile.
    score, scale : NDArray[np.int64], shape (p,)
        The score is ``score / scale``; the scale differs between patterns of missing answers.
    deprived : NDArray[np.bool_], shape (p, e)
        Elements that count as deprived.
    shares : NDArray[np.float64], shape (p, e)
        Weight of each element in the profile's score.
    indicators : NDArray[np.bool_], shape (p, d)
        Indicators that count as deprived.
    """

    kept: NDArray[np.bool_]
    score: NDArray[np.int64]
    scale: NDArray[np.int64]
    deprived: NDArray[np.bool_]
    shares: NDArray[np.float64]
    indicators: NDArray[np.bool_]

    @property
    def value(self) -> NDArray[np.float64]:
        """Scores in [0, 1], shape (p,); for sums only, never compared with a cutoff."""
        return self.score / self.scale


def score(
    deprived: NDArray[np.int64], missing: NDArray[np.int64], scheme: Scheme, policy: Policy
) -> Scores:
    """Exact scores of profiles.

    Parameters
    ----------
    deprived, missing : NDArray[np.int64], shape (p,)
        Profiles.
    scheme : Scheme
        Elements and weights.
    policy : str
        What to do with missing answers: leave the unit out (``drop``), share their weight among
        all observed elements (``reweight``) or those of the same dimension
        (``reweight-dimension``), or count them as not deprived (``nondeprived``) or as deprived
        (``deprived``, the upper bound).

    Returns
    -------
    Scores

    Raises
    ------
    OverflowError
        If reweighting needs a denominator that integers of 64 bits cannot hold.

    References
    ----------
    Alkire and Foster (2011), Journal of Public Economics 95, section on identification.
    """
    width = int(scheme.bits.max()) + 1
    yes = unpack(deprived.astype(np.uint64), width)[:, scheme.bits]
    unknown = unpack(missing.astype(np.uint64), width)[:, scheme.bits]
    if policy == "deprived":
        yes, unknown = yes | unknown, np.zeros_like(unknown)
    elif policy == "nondeprived":
        unknown = np.zeros_like(unknown)
    counted = _any_of(yes, scheme.members)
    # a union is known as soon as one of its indicators is deprived
    open_ = _any_of(unknown, scheme.members) & ~counted
    patterns, which = _distinct_rows(open_)
    weights = [_integer_weights(scheme, pattern, policy) for pattern in patterns]
    matrix = np.array([w if w is not None else [0] * open_.shape[1] for w, _ in weights])
    scales = np.array([scale for _, scale in weights], dtype=np.int64)
    own = matrix.reshape(len(weights), -1).astype(np.int64)[which]
    return Scores(
        kept=np.array([w is not None for w, _ in weights])[which],
        score=(own * counted).sum(axis=1),
        scale=scales[which],
        deprived=counted,
        shares=own / scales[which][:, np.newaxis],
        indicators=yes,
    )


def poor(scores: Scores, cutoff: Fraction) -> NDArray[np.bool_]:
    """Whether the score of each profile reaches the cutoff, shape (p,); a tie does.

    s / scale >= k exactly when s >= ceil(k scale), both integers.
    """
    scales, which = np.unique(scores.scale, return_inverse=True)
    needed = np.array([math.ceil(cutoff * int(scale)) for scale in scales], dtype=np.int64)
    reached: NDArray[np.bool_] = scores.kept & (scores.score >= needed[which.reshape(-1)])
    return reached


def at_cutoff(scores: Scores, cutoff: Fraction) -> NDArray[np.bool_]:
    """Whether the score of each profile is the cutoff itself, shape (p,)."""
    scales, which = np.unique(scores.scale, return_inverse=True)
    ties = [cutoff * int(scale) for scale in scales]
    exact = np.array([int(t) if t.denominator == 1 else -1 for t in ties], dtype=np.int64)
    tied: NDArray[np.bool_] = scores.kept & (scores.score == exact[which.reshape(-1)])
    return tied


def dimension_unions(scores: Scores, members: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Dimensions in any of whose indicators a profile is deprived, shape (p, dimensions).

    Parameters
    ----------
    scores : Scores
    members : NDArray[np.bool_], shape (dimensions, d)
        Indicators of each dimension.
    """
    return _any_of(scores.indicators, members)


def _any_of(matrix: NDArray[np.bool_], members: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Whether any of the member columns is set, shape (p, rows of members)."""
    found = np.zeros((matrix.shape[0], members.shape[0]), dtype=bool)
    for place, own in enumerate(members):
        for column in np.flatnonzero(own):
            found[:, place] |= matrix[:, column]
    return found


def _distinct_rows(matrix: NDArray[np.bool_]) -> tuple[NDArray[np.bool_], NDArray[np.int64]]:
    """Distinct rows of a matrix, and the place of each row among them."""
    if not matrix.any():
        return matrix[:1], np.zeros(matrix.shape[0], dtype=np.int64)
    # rows as numbers: they are sorted many times faster than rows
    numbers = matrix @ (np.int64(1) << np.arange(matrix.shape[1], dtype=np.int64))
    _, first, which = np.unique(numbers, return_index=True, return_inverse=True)
    return matrix[first], which.reshape(-1)


def _integer_weights(
    scheme: Scheme, unknown: NDArray[np.bool_], policy: Policy
) -> tuple[list[int] | None, int]:
    """Integer weights of the elements and their scale; None where the unit is left out."""
    weights: Sequence[Fraction] = scheme.weights
    if unknown.any():
        if policy == "drop" or unknown.all():
            return None, 1
        if policy == "reweight":  # s / W_observed, without fractions: there may be many patterns
            scale = math.lcm(*(weight.denominator for weight in weights))
            own = [0 if gone else int(w * scale) for w, gone in zip(weights, unknown, strict=True)]
            return own, sum(own)
        shared = _within_dimensions(scheme, unknown)
        if shared is None:
            return None, 1
        weights = shared
    scale = math.lcm(*(weight.denominator for weight in weights))
    if scale >= 2**62:
        raise OverflowError(f"reweighted scores need the denominator {scale}")
    return [int(weight * scale) for weight in weights], scale


def _within_dimensions(scheme: Scheme, unknown: NDArray[np.bool_]) -> list[Fraction] | None:
    """Weights with those of unknown elements shared in their dimension; None if one is empty."""
    total: dict[int, Fraction] = {}
    observed: dict[int, Fraction] = {}
    places = scheme.dimension.tolist()
    for place, weight, gone in zip(places, scheme.weights, unknown, strict=True):
        total[place] = total.get(place, Fraction(0)) + weight
        observed[place] = observed.get(place, Fraction(0)) + (0 if gone else weight)
    if not all(observed.values()):
        return None
    return [
        Fraction(0) if gone else weight * total[place] / observed[place]
        for place, weight, gone in zip(places, scheme.weights, unknown, strict=True)
    ]
