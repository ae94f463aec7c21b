"""Change of a product of factors, shared out over the factors, with derivatives."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from math import factorial

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Terms:
    """Parts of the change of a product of f factors, for q products.

    Attributes
    ----------
    values : NDArray[np.float64], shape (parts, q)
        They add up to the change.
    derivatives : NDArray[np.float64], shape (parts, f, 2, q)
        Derivative of each part by each factor at either time.
    """

    values: Floats
    derivatives: Floats


def shapley(factors: Floats) -> Terms:
    """The part of each factor: its mean effect over all orders in which the factors change.

    Parameters
    ----------
    factors : NDArray[np.float64], shape (f, 2, q)
        Values of the factors before and after.

    Notes
    -----
    Of two factors x and y that of x is Δx (y1 + y2) / 2; of three it is
    Δx [(y1 z1 + y2 z2) / 3 + (y1 z2 + y2 z1) / 6].

    References
    ----------
    Shorrocks (2013), Journal of Economic Inequality 11.

    Examples
    --------
    >>> shapley(np.array([[[3 / 5], [2 / 5]], [[1 / 2], [9 / 20]]])).values.round(4)[:, 0].tolist()
    [-0.095, -0.025]
    """
    size = factors.shape[0]
    values = np.empty((size, factors.shape[2]))
    derivatives = np.zeros((size, *factors.shape))
    for own in range(size):
        others = [place for place in range(size) if place != own]
        away = factors[own, 1] - factors[own, 0]
        of_one = np.zeros(factors.shape[2])
        for share, when in _positions(len(others)):
            chosen = factors[others, when]
            of_one += share * chosen.prod(axis=0)
            for place, (other, time) in enumerate(zip(others, when, strict=True)):
                rest = np.delete(chosen, place, axis=0).prod(axis=0)
                derivatives[own, other, time] += share * away * rest
        values[own] = away * of_one
        derivatives[own, own] = -of_one, of_one
    return Terms(values, derivatives)


def _positions(others: int) -> Iterator[tuple[float, tuple[int, ...]]]:
    """Which other factors have changed, 0 or 1 for each, with the share of orders of that kind."""
    orders = factorial(others + 1)
    for when in product((0, 1), repeat=others):
        changed = sum(when)
        yield factorial(changed) * factorial(others - changed) / orders, when


def from_base(factors: Floats) -> Terms:
    """The effect of each factor while the others are as before; the interaction is the last part.

    Parameters
    ----------
    factors : NDArray[np.float64], shape (f, 2, q)
        Values of the factors before and after.

    Examples
    --------
    >>> found = from_base(np.array([[[3 / 5], [2 / 5]], [[1 / 2], [9 / 20]]]))
    >>> found.values.round(4)[:, 0].tolist()
    [-0.1, -0.03, 0.01]
    """
    size = factors.shape[0]
    values = np.empty((size + 1, factors.shape[2]))
    derivatives = np.zeros((size + 1, *factors.shape))
    whole = factors.prod(axis=0)
    values[size] = whole[1] - whole[0]
    for own in range(size):
        others = [place for place in range(size) if place != own]
        away = factors[own, 1] - factors[own, 0]
        before, after = factors[others, 0].prod(axis=0), factors[others, 1].prod(axis=0)
        values[own] = away * before
        derivatives[own, own] = -before, before
        derivatives[size, own] += np.stack([-before, after])
        for other in others:
            rest = [place for place in others if place != other]
            derivatives[own, other, 0] = away * factors[rest, 0].prod(axis=0)
    for own in range(size):
        values[size] -= values[own]
        derivatives[size] -= derivatives[own]
    return Terms(values, derivatives)
