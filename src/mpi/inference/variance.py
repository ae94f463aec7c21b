"""Variance between sampled units within strata, with the choices for strata with a single one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from mpi.inference.sample import Draw, Sample
from mpi.options import DegreesOfFreedom

Lonely: TypeAlias = Literal["fail", "certainty", "adjust", "average"]
Floats: TypeAlias = NDArray[np.float64]
Places: TypeAlias = NDArray[np.int64]
# a sum of squared deviations below this share of the sum of squares is the rounding of zero
_ROUNDING = 1e-13
Number = TypeVar("Number", np.int64, np.float64)


@dataclass(frozen=True, slots=True)
class Cells:
    """The sampled units that have units of each of g domains.

    Attributes
    ----------
    domain, unit : NDArray[np.int64], shape (c,)
        Domain and sampled unit of the last stage of each cell, ascending; where units of analysis
        were drawn directly, the stratum takes the place of the unit.
    domains : int
        Number of domains g.
    drawn : NDArray[np.int64] or None, shape (c,)
        Units that each cell stands for, where they were drawn directly; None for one each.
    """

    domain: Places
    unit: Places
    domains: int
    drawn: NDArray[np.int64] | None = None

    @property
    def seen(self) -> NDArray[np.int64]:
        """Sampled units that each cell stands for, shape (c,)."""
        return np.ones(self.unit.size, dtype=np.int64) if self.drawn is None else self.drawn

    def at(self, stage: Draw) -> tuple[Cells, NDArray[np.intp]]:
        """The same cells by units of a stage, and the first cell of each."""
        unit = stage.of[self.unit]
        start = _starts(self.domain, unit)
        return Cells(self.domain[start], unit[start], self.domains, self.drawn), start


def variances(
    values: Floats,
    cells: Cells,
    sample: Sample,
    *,
    squares: Floats | None = None,
    lonely: Lonely,
    domain_lonely: bool = False,
) -> Floats:
    """Variance of q estimates in each domain, shape (g, q).

    V = sum over strata of (1 - f) n / (n - 1) times the squared deviations of the totals of the
    sampled units from their mean, units without units of the domain included with a total of zero;
    and, where fractions are known, the same within the units of each stage times the fractions of
    the stages before.

    Parameters
    ----------
    values : NDArray[np.float64], shape (c, q)
        Totals of the linearised values by cell.
    cells : Cells
    sample : Sample
    squares : NDArray[np.float64] or None, shape (c, q)
        Sums of the squared linearised values, where units were drawn directly.
    lonely : {"fail", "certainty", "adjust", "average"}
        What a stratum with a single unit adds; under ``fail`` its variance is NaN, and the caller
        refuses it before.
    domain_lonely : bool
        Whether a stratum in which a single unit has units of the domain is treated so too, as R's
        ``survey.adjust.domain.lonely``.

    References
    ----------
    Sarndal, Swensson and Wretman (1992), Model Assisted Survey Sampling, for several stages their
    result 4.3.1; Lumley (2010), Complex Surveys, and R `survey` 4.5 for single units.
    """
    found = np.zeros((cells.domains, values.shape[1]))
    for number, stage in enumerate(sample.stages):
        if number and not stage.share.any():
            break
        own, start = cells.at(stage)
        totals = _summed(values, start)
        sums = squares if sample.direct else None
        found += _of_stage(
            totals, own, stage, squares=sums, lonely=lonely, domain_lonely=domain_lonely
        )
    found[np.bincount(cells.domain, minlength=cells.domains) == 0] = np.nan
    return found


@dataclass(frozen=True, slots=True)
class Profiled:
    """Linearised values of units that were drawn directly, by profile and stratum.

    Attributes
    ----------
    values : NDArray[np.float64], shape (p, q)
        Of one unit of each row of a table, without its weight.
    squares : NDArray[np.float64], shape (p,)
        Sum of the squared weights of the units of each row.
    stratum : NDArray[np.int64], shape (p,)
        Position of their stratum among the m of the sample.
    """

    values: Floats
    squares: Floats
    stratum: Places


def covariance(
    values: Floats, sample: Sample, *, lonely: Lonely, profiled: Profiled | None = None
) -> Floats:
    """Covariance matrix of q figures from the totals of all m units, shape (q, q).

    Parameters
    ----------
    values : NDArray[np.float64], shape (m, q)
        Linearised totals by unit of the last stage; 0 for units without units of the domain.
    sample : Sample
    lonely : {"fail", "certainty", "adjust", "average"}
        What a stratum with a single unit adds, NaN under ``fail``; ``average`` and the mean of
        ``adjust`` count all strata of the sample.
    profiled : Profiled or None
        What the sums of products come from, where units were drawn directly.
    """
    found = np.zeros((values.shape[1], values.shape[1]))
    for number, stage in enumerate(sample.stages):
        if number and not stage.share.any():
            break
        totals, sums, centre, factor = _centred(values, stage, lonely)
        if profiled is None:
            deviations = totals - centre[stage.stratum]
            found += deviations.T @ (deviations * factor[stage.stratum, np.newaxis])
            continue
        own, weight = profiled.values, profiled.squares * factor[stage.stratum[profiled.stratum]]
        across = centre.T @ (sums * factor[:, np.newaxis])
        around = centre.T @ (centre * (stage.drawn * factor)[:, np.newaxis])
        found += own.T @ (own * weight[:, np.newaxis]) - across - across.T + around
    return found


def _centred(values: Floats, stage: Draw, lonely: Lonely) -> tuple[Floats, Floats, Floats, Floats]:
    """Totals by unit of a stage and by stratum, centres of the strata, and their factors."""
    totals = _added(values, stage.of, stage.stratum.size)
    sums = _added(totals, stage.stratum, stage.drawn.size)
    centre = sums / np.maximum(stage.drawn, 1)[:, np.newaxis]
    factor, alone = stage.factor, stage.lonely
    if lonely == "adjust":
        grand = sums.sum(axis=0) / stage.drawn.sum()
        centre = np.where(alone[:, np.newaxis], grand, centre)
    else:
        factor = np.where(alone, np.nan if lonely == "fail" else 0.0, factor)
    if lonely == "average":
        used = (stage.drawn > 0) & (stage.share > 0)
        kept = used & ~alone
        factor = factor * (used.sum() / kept.sum() if kept.any() else np.nan)
    return totals, sums, centre, factor


def _added(values: Floats, place: Places, size: int) -> Floats:
    """Sums of the rows that have the same place, shape (size, q)."""
    shape = (size, place.size)
    adding = sparse.csr_array((np.ones(place.size), (place, np.arange(place.size))), shape=shape)
    found: Floats = np.asarray(adding @ values)
    return found


def pair_moments(
    first: Floats, second: Floats, sample: Sample, *, lonely: Lonely
) -> tuple[Floats, Floats, Floats]:
    """Variances of the figures of each pair, and their covariance, each of shape (q,).

    Parameters
    ----------
    first, second : NDArray[np.float64], shape (m, q)
        Linearised totals by unit of the last stage; figure by figure a pair.
    sample : Sample
    lonely : {"fail", "certainty", "adjust", "average"}
        As in `covariance`.
    """
    found = np.zeros((3, first.shape[1]))
    for number, stage in enumerate(sample.stages):
        if number and not stage.share.any():
            break
        away = []
        for values in (first, second):
            totals, _, centre, factor = _centred(values, stage, lonely)
            away.append(totals - centre[stage.stratum])
        weight = factor[stage.stratum]
        for place, (x, y) in enumerate(((0, 0), (1, 1), (0, 1))):
            found[place] += np.einsum("i,ij,ij->j", weight, away[x], away[y])
    return found[0], found[1], found[2]


def combined_variances(values: Floats, sample: Sample, *, lonely: Lonely) -> Floats:
    """Variances of q figures from the totals of all m units, shape (q,).

    Parameters
    ----------
    values : NDArray[np.float64], shape (m, q)
        Linearised totals by unit of the last stage.
    sample : Sample
    lonely : {"fail", "certainty", "adjust", "average"}
        As in `covariance`, whose diagonal they are.
    """
    found = np.zeros(values.shape[1])
    for number, stage in enumerate(sample.stages):
        if number and not stage.share.any():
            break
        totals, _, centre, factor = _centred(values, stage, lonely)
        totals -= centre[stage.stratum]
        found += np.einsum("i,ij,ij->j", factor[stage.stratum], totals, totals)
    return found


def degrees_of_freedom(cells: Cells, sample: Sample, rule: DegreesOfFreedom) -> NDArray[np.int64]:
    """Degrees of freedom of each domain, shape (g,).

    Parameters
    ----------
    cells : Cells
    sample : Sample
    rule : {"design", "stata", "domain"}
        PSUs less strata: of the whole sample; of the strata with units of the domain, empty PSUs
        included; or of the PSUs and strata with units of the domain.
    """
    if rule == "design":
        return np.full(cells.domains, sample.degrees, dtype=np.int64)
    own, _ = cells.at(sample.first)
    runs = _runs(own, sample.first)
    psus = sample.first.drawn[runs.stratum] if rule == "stata" else runs.seen
    free = np.bincount(runs.domain, weights=psus - 1, minlength=cells.domains)
    return free.astype(np.int64)


def lonely_in_domains(cells: Cells, sample: Sample) -> NDArray[np.bool_]:
    """Whether the units of a domain are in a single one of several sampled units of a stratum.

    Returns
    -------
    NDArray[np.bool_], shape (s,)
        For each stratum of each stage that has units of a domain, domain by domain.
    """
    found = []
    for number, stage in enumerate(sample.stages):
        if number and not stage.share.any():
            break
        runs = _runs(cells.at(stage)[0], stage)
        found.append((runs.seen == 1) & (stage.drawn[runs.stratum] > 1))
    return np.concatenate(found)


def psus_of(cells: Cells, sample: Sample) -> NDArray[np.int64]:
    """PSUs (units where they were drawn directly) with units of each domain, shape (g,)."""
    own, _ = cells.at(sample.first)
    counted = np.bincount(own.domain, weights=own.seen, minlength=cells.domains)
    return counted.astype(np.int64)


def _of_stage(
    totals: Floats,
    cells: Cells,
    stage: Draw,
    *,
    squares: Floats | None,
    lonely: Lonely,
    domain_lonely: bool,
) -> Floats:
    """Variance that one stage adds to each domain, shape (g, q)."""
    runs = _runs(cells, stage)
    drawn = stage.drawn[runs.stratum]
    total = _summed(totals, runs.start)
    alone = stage.lonely[runs.stratum]
    single = alone | (domain_lonely & (runs.seen == 1) & (drawn > 1) & (lonely != "certainty"))
    centre = total / drawn[:, np.newaxis]
    if lonely == "adjust":
        grand = _grand_means(total, drawn, runs.domain, cells.domains)
        centre = np.where(single[:, np.newaxis], grand[runs.domain], centre)
    around = (
        _squares(totals, centre, runs, drawn)
        if squares is None
        else _around(_summed(squares, runs.start), total, centre, drawn)
    )
    factor = stage.factor[runs.stratum]
    if lonely == "fail":
        factor = np.where(alone, np.nan, factor)
    elif lonely != "adjust":
        factor = np.where(single, 0.0, factor)
    found = np.zeros((cells.domains, totals.shape[1]))
    np.add.at(found, runs.domain, factor[:, np.newaxis] * around)
    if lonely == "average":
        used = stage.share[runs.stratum] > 0
        found *= _inflation(single[used], runs.domain[used], cells.domains)[:, np.newaxis]
    return found


def _starts(*keys: Places) -> NDArray[np.intp]:
    """First place of each run of equal keys."""
    if not keys[0].size:
        return np.zeros(0, dtype=np.intp)
    changes = np.zeros(keys[0].size, dtype=bool)
    changes[0] = True
    for key in keys:
        changes[1:] |= np.diff(key) != 0
    return np.flatnonzero(changes)


def _summed(values: NDArray[Number], start: NDArray[np.intp]) -> NDArray[Number]:
    """Sums of the rows of each run."""
    found: NDArray[Number] = np.add.reduceat(values, start, axis=0) if start.size else values[:0]
    return found


@dataclass(frozen=True, slots=True)
class _Runs:
    """Runs of cells with the same domain and stratum.

    Attributes
    ----------
    start : NDArray[np.intp], shape (s,)
    domain, stratum : NDArray[np.int64], shape (s,)
    cells, seen : NDArray[np.int64], shape (s,)
        Cells of each run, and sampled units that they stand for.
    of : NDArray[np.int64], shape (c,)
        Run of each cell.
    """

    start: NDArray[np.intp]
    domain: Places
    stratum: Places
    cells: NDArray[np.int64]
    seen: NDArray[np.int64]
    of: Places


def _runs(cells: Cells, stage: Draw) -> _Runs:
    stratum = stage.stratum[cells.unit]
    start = _starts(cells.domain, stratum)
    length = np.diff(np.append(start, cells.unit.size))
    return _Runs(
        start=start,
        domain=cells.domain[start],
        stratum=stratum[start],
        cells=length,
        seen=_summed(cells.seen, start),
        of=np.repeat(np.arange(start.size), length),
    )


def _squares(values: Floats, centre: Floats, runs: _Runs, drawn: NDArray[np.int64]) -> Floats:
    """Squared deviations of all units of a run's stratum, the empty ones included."""
    deviations = values - centre[runs.of]
    squares = _summed(deviations * deviations, runs.start)
    found: Floats = squares + (drawn - runs.cells)[:, np.newaxis] * centre * centre
    return found


def _around(squares: Floats, total: Floats, centre: Floats, drawn: NDArray[np.int64]) -> Floats:
    """Squared deviations from a centre, from sums of squares and totals."""
    found = squares - centre * (2 * total - drawn[:, np.newaxis] * centre)
    return np.where(found <= _ROUNDING * squares, 0.0, found)


def _grand_means(total: Floats, drawn: NDArray[np.int64], domain: Places, domains: int) -> Floats:
    """Mean total of the units of the strata with units of each domain, shape (g, q)."""
    sums = np.zeros((domains, total.shape[1]))
    np.add.at(sums, domain, total)
    units = np.bincount(domain, weights=drawn, minlength=domains)
    means: Floats = sums / np.maximum(units, 1)[:, np.newaxis]
    return means


def _inflation(single: NDArray[np.bool_], domain: Places, domains: int) -> Floats:
    """Strata of each domain over those of them that have a variance, shape (g,)."""
    strata = np.bincount(domain, minlength=domains)
    left = np.bincount(domain, weights=~single, minlength=domains)
    nothing = np.where(strata > 0, np.nan, 1.0)
    factor: Floats = np.divide(strata, left, out=nothing, where=left > 0)
    return factor
