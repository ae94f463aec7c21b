"""Replicates: factors of the sampled units, and variances from estimates under them.

A replicate multiplies the weights of whole sampled units, so that an estimate under it is made of
the same totals by unit and profile, with other weights; no row of microdata is read again.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import linalg

from mpi.core.measures import Measured
from mpi.core.totals import Counted, Smooth, Sums, ratios, reweighted
from mpi.inference.sample import Draw, Sample
from mpi.inference.variance import Lonely
from mpi.options import ReplicateMethod

Floats = NDArray[np.float64]

_FEWEST = 2  # PSUs of which there are replicates


@dataclass(frozen=True, slots=True)
class Replication:
    """Replicates and how deviations under them become a variance.

    V = scale x sum of rscale_r (estimate_r - centre)^2, where the centre is the estimate, or the
    mean of the replicates.

    Attributes
    ----------
    scale : float
    rscales : NDArray[np.float64], shape (r,)
    mse : bool
        Whether the centre is the estimate.
    factor : function of the replicate's number, or None
        Factors of the sampled units, shape (m,); None where replicate weights were supplied.
    """

    scale: float
    rscales: Floats
    mse: bool
    factor: Callable[[int], Floats] | None = None

    @property
    def number(self) -> int:
        """Number of replicates r."""
        return int(self.rscales.size)

    def estimates(self, own: Counted, population: Counted, measured: Measured, r: int) -> Floats:
        """Estimates under a replicate, shape (g, q)."""

        def again(counted: Counted, values: Measured) -> Sums:
            return reweighted(counted, values, *self._weights(counted, r))

        if isinstance(measured, Smooth) and measured.function is not None:
            return measured.function(again)
        mine = of_all = again(own, measured)
        # most figures have the group's own denominators, and need no totals of the population
        if own is not population and any(s.over == "population" for s in measured.statistics):
            of_all = again(population, measured)
        return ratios(mine, of_all, measured)

    def _weights(self, counted: Counted, r: int) -> tuple[Floats, Floats]:
        """Weights and weighted gaps of the rows of a table under a replicate."""
        table = counted.table
        if self.factor is None:
            supplied = table.household_replicates if counted.households else table.replicates
            gaps = table.replicate_gaps.reshape(table.size, table.gaps.shape[1], self.number)
            return supplied[:, r], gaps[:, :, r]
        factor = self.factor(r)[table.psu]
        return counted.weight * factor, table.gaps * factor[:, np.newaxis]


class Deviations:
    """Squared deviations of replicate estimates, added up replicate by replicate.

    Parameters
    ----------
    estimates : NDArray[np.float64], shape (g, q)
    replication : Replication
    """

    def __init__(self, estimates: Floats, replication: Replication) -> None:
        self._estimates, self._replication = estimates, replication
        shape = (3, *estimates.shape)
        self._sums, self._used = np.zeros(shape), np.zeros(shape)
        self.undefined = np.zeros(estimates.shape, dtype=np.int64)

    def add(self, r: int, found: Floats) -> None:
        """Estimates under one more replicate; those that are not defined are counted."""
        known = ~np.isnan(found)
        away = np.where(known, found - self._estimates, 0.0)
        rscale = self._replication.rscales[r]
        self._sums += np.stack([rscale * away * away, rscale * away, rscale * known])
        used = known & (rscale > 0)
        self._used += np.stack([away * used, used, used])
        self.undefined += ~known & ~np.isnan(self._estimates)

    def variances(self) -> Floats:
        """Variances, shape (g, q); NaN where no replicate defines the figure."""
        squares, first, scales = self._sums
        total, used, _ = self._used
        if not self._replication.mse:
            mean = np.divide(total, used, out=np.zeros_like(total), where=used > 0)
            squares = squares - mean * (2 * first - mean * scales)
        found: Floats = np.where(used > 0, self._replication.scale * squares, np.nan)
        return np.maximum(found, 0.0)


def covariance(values: Floats, estimates: Floats, replication: Replication) -> Floats:
    """Covariance matrix of q figures from their replicates, shape (q, q).

    Parameters
    ----------
    values : NDArray[np.float64], shape (r, q)
        Estimates under each replicate; those that are NaN are left out, as in `Deviations`.
    estimates : NDArray[np.float64], shape (q,)
    replication : Replication
    """
    known = ~np.isnan(values)
    used = known & (replication.rscales > 0)[:, np.newaxis]
    away = np.where(known, values - estimates, 0.0)
    count = used.sum(axis=0)
    if not replication.mse:
        mean = (away * used).sum(axis=0) / np.maximum(count, 1)
        away = np.where(known, away - mean, 0.0)
    found: Floats = away.T @ (away * (replication.scale * replication.rscales)[:, np.newaxis])
    found[count == 0, :] = found[:, count == 0] = np.nan
    return found


def make(
    method: ReplicateMethod,
    sample: Sample,
    *,
    number: int,
    seed: int,
    rho: float,
    mse: bool,
    lonely: Lonely,
) -> Replication:
    """Replicates of a sample of PSUs.

    Parameters
    ----------
    method : str
    sample : Sample
        Whose strata a method can do with; see `refusal`.
    number, seed
        Replicates of a bootstrap, and its seed.
    rho : float
        Fay's coefficient.
    mse : bool
    lonely : {"fail", "certainty", "adjust", "average"}
        What a jackknife does with strata of a single PSU; other methods leave them as they are.

    References
    ----------
    Wolter (2007), Introduction to Variance Estimation, for the jackknife; McCarthy (1969), Review
    of the International Statistical Institute 37; Judkins (1990), Journal of Official Statistics 6;
    Rao, Wu and Yue (1992), Survey Methodology 18; Canty and Davison (1999), The Statistician 48;
    Preston (2009), Survey Methodology 35.
    """
    first = sample.first
    if method == "jk1":
        return _jackknife_of_all(first, mse=mse)
    if method == "jkn":
        return _jackknife(first, mse=mse, lonely=lonely)
    if method in ("brr", "fay"):
        return _half_samples(first, rho=rho if method == "fay" else 0.0, mse=mse)
    ones = np.ones(number)
    if method == "canty-davison":
        scale = canty_davison_scale(sample, number)
        return Replication(scale, ones, mse, lambda r: _drawn_again(first, seed, r, fewer=0))
    factor = _rao_wu(first, seed) if method == "rao-wu" else _preston(sample, seed)
    return Replication(1 / (number - 1), ones, mse, factor)


def canty_davison_scale(sample: Sample, number: int) -> float:
    """Scale of the bootstrap of Canty and Davison, by the harmonic mean of the PSUs of strata."""
    drawn = sample.first.drawn
    several = drawn[drawn > 1]  # others have the factor 1 in every replicate
    mean = several.size / (1 / several).sum() if several.size else 2.0
    return float(mean / ((mean - 1) * (number - 1)))


def refusal(method: ReplicateMethod, sample: Sample, lonely: Lonely) -> tuple[str, str] | None:
    """What a method cannot do with a sample, and what to do instead; None if it can."""
    drawn = sample.first.drawn[sample.first.drawn > 0]
    if sample.direct:
        found = "replicates need sampled units that the tables tell apart, and no PSU is declared"
        return found, "Give psu=, or give replicates= to the Survey instead of estimate()."
    if drawn.sum() < _FEWEST:
        return "a single PSU was drawn", "A variance needs two PSUs or more."
    if method == "jk1" and drawn.size > 1:
        return f"jk1 knows no strata, and there are {drawn.size:,}", "Choose 'jkn'."
    if method in ("brr", "fay") and (drawn != 2).any():
        found = f"{method} needs two PSUs in each stratum"
        count = int((drawn != 2).sum())
        return f"{found}; {count:,} of {drawn.size:,} strata have another number", (
            "Choose 'jkn' or a bootstrap, or declare strata of two."
        )
    stages = sample.stages if method == "preston" else sample.stages[:1]
    alone = any(bool(draw.lonely.any()) for draw in stages)
    if method not in ("jkn", "jk1") and alone and lonely != "certainty":
        found = f"{method} cannot treat a stratum with a single unit by {lonely!r}"
        return found, "Choose lonely_psu='certainty' or 'collapse', or 'jkn'."
    return None


def _jackknife_of_all(first: Draw, *, mse: bool) -> Replication:
    """Each PSU left out once, without strata."""
    n = first.stratum.size

    def factor(r: int) -> Floats:
        found = np.full(n, n / (n - 1))
        found[r] = 0.0
        return found[first.of]

    fraction = float(first.fraction[first.drawn > 0][0])
    return Replication((1 - fraction) * (n - 1) / n, np.ones(n), mse, factor)


def _jackknife(first: Draw, *, mse: bool, lonely: Lonely) -> Replication:
    """Each PSU left out once, within its stratum."""
    drawn, strata = first.drawn[first.stratum], int((first.drawn > 0).sum())
    alone = first.lonely[first.stratum]
    rscales = (1 - first.fraction[first.stratum]) * (drawn - 1) / drawn
    if lonely == "adjust":
        rscales = np.where(alone, (strata - 1) / strata, rscales)
    kept = np.flatnonzero(rscales > 0)
    if not kept.size:  # no stratum has a variance, or each was drawn completely
        scale = np.nan if first.lonely.any() and lonely in ("fail", "average") else 0.0
        return Replication(scale, np.ones(1), mse, lambda _: np.ones(first.of.size))

    def factor(r: int) -> Floats:
        out = kept[r]
        if alone[out]:
            found = np.full(first.stratum.size, strata / (strata - 1))
        else:
            own = first.stratum == first.stratum[out]
            found = np.where(own, drawn[out] / (drawn[out] - 1), 1.0)
        found[out] = 0.0
        return found[first.of]

    scale = 1.0
    if lonely == "average":  # as for linearised values, not as R, which counts PSUs
        scale = strata / (strata - int(first.lonely.sum()))
    return Replication(scale, rscales[kept], mse, factor)


def _half_samples(first: Draw, *, rho: float, mse: bool) -> Replication:
    """Balanced half samples: one PSU of each stratum up, the other down."""
    used = np.flatnonzero(first.drawn > 0)
    column = np.zeros(first.drawn.size, dtype=np.int64)
    column[used] = np.arange(1, used.size + 1)  # the constant column balances nothing
    number = 1 << int(used.size).bit_length()
    matrix = linalg.hadamard(number, dtype=np.int8)
    second = np.zeros(first.stratum.size, dtype=bool)
    second[1:] = first.stratum[1:] == first.stratum[:-1]

    def factor(r: int) -> Floats:
        up = (matrix[r, column[first.stratum]] > 0) ^ second
        return np.where(up, 2 - rho, rho)[first.of]

    return Replication(1 / (number * (1 - rho) ** 2), np.ones(number), mse, factor)


def _rao_wu(first: Draw, seed: int) -> Callable[[int], Floats]:
    """N - 1 PSUs drawn from the n of each stratum, rescaled."""
    drawn = first.drawn[first.stratum]
    pull = np.sqrt(1 - first.fraction[first.stratum])
    rescaled = pull * drawn / np.maximum(drawn - 1, 1)

    def factor(r: int) -> Floats:
        counts = _counts(first, seed, r, fewer=1)
        found = np.where(drawn > 1, 1 - pull + rescaled * counts, 1.0)
        return found[first.of]

    return factor


def _drawn_again(first: Draw, seed: int, r: int, *, fewer: int) -> Floats:
    return _counts(first, seed, r, fewer=fewer)[first.of]


def _counts(first: Draw, seed: int, r: int, *, fewer: int) -> Floats:
    """How often each PSU comes in n, or one fewer, draws with replacement from its stratum."""
    used = np.flatnonzero(first.drawn > 0)
    size = first.drawn[used]
    draws = np.where(size > 1, size - fewer, 1)
    begin = np.cumsum(size) - size
    which = np.repeat(np.arange(used.size), draws)
    random = np.random.default_rng([seed, r]).random(which.size)
    picked = begin[which] + (random * size[which]).astype(np.int64)
    return np.bincount(picked, minlength=first.stratum.size).astype(np.float64)


def _preston(sample: Sample, seed: int) -> Callable[[int], Floats]:
    """Half of the units of each stratum, without replacement, stage by stage."""

    def factor(r: int) -> Floats:
        random = np.random.default_rng([seed, r])
        found = np.ones(sample.size)
        earlier = np.ones(sample.size)
        for draw in sample.stages:
            n = draw.drawn[draw.stratum]
            half = n // 2
            kept = _smallest(random.random(n.size), draw, half)
            share, fraction = draw.share[draw.stratum], draw.fraction[draw.stratum]
            several = np.maximum(half, 1)
            pull = np.sqrt(share * half * (1 - fraction) / np.maximum(n - half, 1))
            term = pull * (n / several * kept - 1)
            found += earlier * term[draw.of]
            again = np.where(half > 0, np.sqrt(n / several) * kept, 1.0)
            earlier = earlier * again[draw.of]
        return found

    return factor


def _smallest(keys: Floats, draw: Draw, many: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Whether the key of each unit is among the smallest of its stratum; `many` of each are."""
    order = np.lexsort((keys, draw.stratum))
    begin = np.cumsum(draw.drawn) - draw.drawn
    rank = np.empty(order.size, dtype=np.int64)
    rank[order] = np.arange(order.size)
    found: NDArray[np.bool_] = rank - begin[draw.stratum] < many
    return found
