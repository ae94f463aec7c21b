"""Agreement of orders of groups: rank correlations, comparisons that keep their sign, ranks.

Everything follows from the signs of the differences between all pairs of groups, so that ties are
treated alike everywhere and nothing has to be sorted.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Signs = NDArray[np.int8]

# figures that agree to this many decimals are tied: equal sums in another order differ in the 16th
DECIMALS = 12
# signs of differences in memory at a time, 16 MB as floats
_MOST_SIGNS = 1 << 22


@dataclass(frozen=True, slots=True)
class Reference:
    """The order that others are compared with.

    Attributes
    ----------
    values : NDArray[np.float64], shape (g,)
    signs : NDArray[np.int8], shape (pairs,)
        Sign of the difference of each pair of groups, in the order of `pairs`.
    net : NDArray[np.int64], shape (g,)
        Groups with a lower value less those with a higher one.
    """

    values: Floats
    signs: Signs
    net: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Agreement:
    """How n orders of the groups agree with the reference.

    Attributes
    ----------
    kendall, spearman, pearson : NDArray[np.float64], shape (n,)
        Tau-b, rank correlation and correlation; NaN where all values of an order are tied.
    kept : NDArray[np.float64], shape (n,)
        Share of the pairs that differ in the reference and keep their sign.
    higher, lower : NDArray[np.int64], shape (cells, pairs)
        Number of orders of each cell in which the first group of a pair is higher, or lower.
    ranks : NDArray[np.int64], shape (cells, g, 2 g - 1)
        Number of orders of each cell in which a group has the rank 1, 1.5, 2, ..., g; the highest
        value has rank 1, tied ones their mean rank.
    orders : NDArray[np.int64], shape (cells,)
        Number of orders.
    """

    kendall: Floats
    spearman: Floats
    pearson: Floats
    kept: Floats
    higher: NDArray[np.int64]
    lower: NDArray[np.int64]
    ranks: NDArray[np.int64]
    orders: NDArray[np.int64]


def pairs(groups: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """First and second group of each pair, first below second, ordered by the first."""
    first, second = np.triu_indices(groups, 1)
    return first, second


def signs(values: Floats) -> tuple[Signs, NDArray[np.int64]]:
    """Signs of the differences of all pairs in n orders, and lower less higher groups.

    Parameters
    ----------
    values : NDArray[np.float64], shape (n, g)

    Returns
    -------
    signs : NDArray[np.int8], shape (pairs, n)
    net : NDArray[np.int64], shape (g, n)
    """
    by_group = np.ascontiguousarray(np.round(values, DECIMALS).T)
    groups, number = by_group.shape
    found = np.empty((groups * (groups - 1) // 2, number), dtype=np.int8)
    net = np.zeros((groups, number), dtype=np.int64)
    start = 0
    for i in range(groups - 1):
        own, others = by_group[i], by_group[i + 1 :]
        block = found[start : start + groups - 1 - i]
        np.subtract((own > others).view(np.int8), (own < others).view(np.int8), out=block)
        net[i] += block.sum(axis=0)
        net[i + 1 :] -= block
        start += groups - 1 - i
    return found, net


def reference(values: Floats) -> Reference:
    """The order of one set of values, shape (g,)."""
    found, net = signs(values[np.newaxis, :])
    return Reference(values, found[:, 0], net[:, 0])


def agreement(
    base: Reference, blocks: Iterable[tuple[Floats, NDArray[np.int64]]], cells: int
) -> Agreement:
    """Agreement of many orders with one.

    Parameters
    ----------
    base : Reference
    blocks : iterable of (values, cell)
        Values of some orders, shape (n, g), and the cell that each is counted in, shape (n,).
        An order with a NaN has no statistics and counts in no cell.
    cells : int

    References
    ----------
    Kendall (1945), Biometrika 33, for tau-b; Alkire and Santos (2014), World Development 59, for
    pairwise comparisons.
    """
    groups, size = base.values.size, base.signs.size
    rows: list[tuple[Floats, Floats, Floats, Floats]] = []
    higher, lower = np.zeros((2, cells, size), dtype=np.int64)
    ranks = np.zeros((cells, groups, 2 * groups - 1), dtype=np.int64)
    orders = np.zeros(cells, dtype=np.int64)
    some = max(1, _MOST_SIGNS // max(1, size))
    for values, cell in blocks:
        for start in range(0, values.shape[0], some):
            own, at = values[start : start + some], cell[start : start + some]
            known: NDArray[np.bool_] = ~np.any(np.isnan(own), axis=1)
            found, net = signs(own)
            rows.append(_statistics(base, own, found, net, known=known))
            for c in np.unique(at[known]).tolist():
                own_signs = found[:, (at == c) & known]
                higher[c] += (own_signs > 0).sum(axis=1)
                lower[c] += (own_signs < 0).sum(axis=1)
                orders[c] += own_signs.shape[1]
            _count_ranks(ranks, net[:, known], at[known])
    joined = [np.concatenate(column) for column in zip(*rows, strict=True)] if rows else []
    kendall, spearman, pearson, kept = joined or [np.zeros(0)] * 4
    return Agreement(kendall, spearman, pearson, kept, higher, lower, ranks, orders)


def _statistics(
    base: Reference,
    values: Floats,
    found: Signs,
    net: NDArray[np.int64],
    *,
    known: NDArray[np.bool_],
) -> tuple[Floats, Floats, Floats, Floats]:
    """Kendall, Spearman, Pearson and the share of kept comparisons of n orders."""
    own = found.astype(np.float32)  # products of signs are whole numbers below 2^24
    differs = np.abs(base.signs).astype(np.float32)
    agreeing = (base.signs.astype(np.float32) @ own).astype(np.float64)
    np.abs(own, out=own)
    untied = own.sum(axis=0, dtype=np.float64)
    both = (differs @ own).astype(np.float64)
    of = float(differs.sum())
    nothing = np.full(values.shape[0], np.nan)
    varies = known & (untied > 0) & (of > 0)
    kendall = np.divide(agreeing, np.sqrt(of * untied), out=nothing.copy(), where=varies)
    spearman = np.where(varies, _correlation(net.T.astype(np.float64), base.net), np.nan)
    pearson = np.where(varies, _correlation(values, base.values), np.nan)
    kept = np.where(known, (agreeing + both) / 2, np.nan) / (of or np.nan)
    return kendall, spearman, pearson, kept


def _correlation(values: Floats, other: NDArray[np.float64] | NDArray[np.int64]) -> Floats:
    """Correlation of each row with other values, shape (n,); rows that do not vary give any."""
    away = values - values.mean(axis=1, keepdims=True)
    its = other - other.mean()
    spread = np.sqrt((away**2).sum(axis=1) * (its**2).sum())
    found: Floats = np.divide(away @ its, spread, out=np.zeros_like(spread), where=spread > 0)
    return np.clip(found, -1.0, 1.0)


def _count_ranks(ranks: NDArray[np.int64], net: NDArray[np.int64], cell: NDArray[np.int64]) -> None:
    """Add orders to the counts of ranks; a group's rank is 1 + (g - 1 - net) / 2."""
    groups, places = ranks.shape[1:]
    at = (cell * groups + np.arange(groups)[:, np.newaxis]) * places + (groups - 1 - net)
    ranks += np.bincount(at.reshape(-1), minlength=ranks.size).reshape(ranks.shape)


def rank_quantiles(ranks: NDArray[np.int64], shares: Sequence[Fraction]) -> Floats:
    """Smallest rank that at least a share of the orders reaches, shape (..., q).

    Parameters
    ----------
    ranks : NDArray[np.int64], shape (..., 2 g - 1)
        Counts of the ranks 1, 1.5, ..., g.
    shares : sequence of Fraction, length q
        0 is the first rank that occurs, 1 the last.
    """
    total = ranks.sum(axis=-1, keepdims=True)
    below = np.cumsum(ranks, axis=-1)
    reached = [
        (below * share.denominator >= share.numerator * total) & (below > 0) for share in shares
    ]
    places = np.stack([np.argmax(where, axis=-1) for where in reached], axis=-1)
    found: Floats = np.where(total > 0, places / 2 + 1.0, np.nan)
    return found
