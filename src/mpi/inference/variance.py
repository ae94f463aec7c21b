"""Variance between PSUs within strata, with the choices for strata that have a single one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

Lonely: TypeAlias = Literal["fail", "certainty", "adjust", "average"]


@dataclass(frozen=True, slots=True)
class Sample:
    """The PSUs that were drawn, whether or not they have units of a domain.

    Attributes
    ----------
    stratum : NDArray[np.int64], shape (m,)
        Position of the stratum of each PSU.
    drawn : NDArray[np.int64], shape (h,)
        PSUs drawn in each stratum.
    fraction : NDArray[np.float64], shape (h,)
        Share of the stratum's PSUs that was drawn; 0 where sampling counts as with replacement.
    """

    stratum: NDArray[np.int64]
    drawn: NDArray[np.int64]
    fraction: NDArray[np.float64]

    @property
    def lonely(self) -> NDArray[np.bool_]:
        """Strata with a single PSU that is not the whole stratum, shape (h,)."""
        found: NDArray[np.bool_] = (self.drawn == 1) & (self.fraction < 1)
        return found


@dataclass(frozen=True, slots=True)
class Cells:
    """The PSUs that have units of each of g domains.

    Attributes
    ----------
    domain, psu : NDArray[np.int64], shape (c,)
        Domain and PSU of each cell, sorted by domain and then by stratum of the PSU.
    domains : int
        Number of domains g.
    """

    domain: NDArray[np.int64]
    psu: NDArray[np.int64]
    domains: int


def variances(
    values: NDArray[np.float64],
    cells: Cells,
    sample: Sample,
    *,
    lonely: Lonely,
    domain_lonely: bool = False,
) -> NDArray[np.float64]:
    """Variance of q estimates in each domain, shape (g, q).

    V = sum over strata of (1 - f) n / (n - 1) times the squared deviations of the PSU totals from
    their mean, PSUs without units of the domain included with a total of zero.

    Parameters
    ----------
    values : NDArray[np.float64], shape (c, q)
        Totals of the linearised values by cell.
    cells : Cells
    sample : Sample
    lonely : {"fail", "certainty", "adjust", "average"}
        What a stratum with a single PSU adds; under ``fail`` its variance is NaN, and the caller
        refuses it before.
    domain_lonely : bool
        Whether a stratum in which a single PSU has units of the domain is treated so too, as R's
        ``survey.adjust.domain.lonely``.

    References
    ----------
    Sarndal, Swensson and Wretman (1992), Model Assisted Survey Sampling; Lumley (2010), Complex
    Surveys, and R `survey` 4.5 for strata with a single PSU.
    """
    if not cells.psu.size:
        return np.full((cells.domains, values.shape[1]), np.nan)
    part = _segments(cells, sample)
    drawn, seen = sample.drawn[part.stratum], part.seen
    total = np.add.reduceat(values, part.start, axis=0)
    alone = sample.lonely[part.stratum]
    special = alone | (domain_lonely & (seen == 1) & (drawn > 1) & (lonely != "certainty"))
    centre = total / drawn[:, np.newaxis]
    if lonely == "adjust":
        grand = _grand_means(total, drawn, part.domain, cells.domains)
        centre = np.where(special[:, np.newaxis], grand[part.domain], centre)
    squares = _squares(values, centre, part, drawn)
    factor = (1 - sample.fraction[part.stratum]) * np.where(
        drawn > 1, drawn / np.maximum(drawn - 1, 1), 1
    )
    if lonely == "fail":
        factor = np.where(alone, np.nan, factor)
    elif lonely != "adjust":
        factor = np.where(special, 0.0, factor)
    found = np.zeros((cells.domains, values.shape[1]))
    np.add.at(found, part.domain, factor[:, np.newaxis] * squares)
    if lonely == "average":
        found *= _inflation(special, part.domain, cells.domains)[:, np.newaxis]
    found[np.bincount(cells.domain, minlength=cells.domains) == 0] = np.nan
    return found


def covariance(
    values: NDArray[np.float64], sample: Sample, *, lonely: Lonely
) -> NDArray[np.float64]:
    """Covariance matrix of q figures from the totals of all m PSUs, shape (q, q).

    Parameters
    ----------
    values : NDArray[np.float64], shape (m, q)
        Linearised totals; 0 for PSUs without units of the figure's group.
    sample : Sample
    lonely : {"fail", "certainty", "adjust", "average"}
        What a stratum with a single PSU adds; `average` counts all strata of the sample.
    """
    strata = sample.drawn.size
    sums = np.zeros((strata, values.shape[1]))
    np.add.at(sums, sample.stratum, values)
    centre = sums / np.maximum(sample.drawn, 1)[:, np.newaxis]
    alone = sample.lonely
    if lonely == "adjust":
        centre[alone] = values.mean(axis=0)
    drawn = np.maximum(sample.drawn, 1)
    factor = (1 - sample.fraction) * np.where(drawn > 1, drawn / np.maximum(drawn - 1, 1), 1.0)
    if lonely != "adjust":
        factor = np.where(alone, 0.0, factor)
    deviations = values - centre[sample.stratum]
    found: NDArray[np.float64] = deviations.T @ (deviations * factor[sample.stratum, np.newaxis])
    if lonely == "average" and alone.any():
        used = int((sample.drawn > 0).sum())
        found = found * used / (used - int(alone.sum()))
    return found


@dataclass(frozen=True, slots=True)
class _Segments:
    """Runs of cells with the same domain and stratum.

    Attributes
    ----------
    start : NDArray[np.int64], shape (s,)
    domain, stratum : NDArray[np.int64], shape (s,)
    seen : NDArray[np.int64], shape (s,)
        Cells of each run.
    of : NDArray[np.int64], shape (c,)
        Run of each cell.
    """

    start: NDArray[np.int64]
    domain: NDArray[np.int64]
    stratum: NDArray[np.int64]
    seen: NDArray[np.int64]
    of: NDArray[np.int64]


def _segments(cells: Cells, sample: Sample) -> _Segments:
    stratum = sample.stratum[cells.psu]
    changes = (np.diff(cells.domain) != 0) | (np.diff(stratum) != 0)
    start = np.flatnonzero(np.concatenate([[True], changes]))
    seen = np.diff(np.append(start, cells.psu.size))
    return _Segments(
        start=start,
        domain=cells.domain[start],
        stratum=stratum[start],
        seen=seen,
        of=np.repeat(np.arange(start.size), seen),
    )


def _squares(
    values: NDArray[np.float64],
    centre: NDArray[np.float64],
    part: _Segments,
    drawn: NDArray[np.int64],
) -> NDArray[np.float64]:
    """Squared deviations of all PSUs of a run's stratum, the empty ones included."""
    deviations = values - centre[part.of]
    squares = np.add.reduceat(deviations * deviations, part.start, axis=0)
    found: NDArray[np.float64] = squares + (drawn - part.seen)[:, np.newaxis] * centre * centre
    return found


def _grand_means(
    total: NDArray[np.float64],
    drawn: NDArray[np.int64],
    domain: NDArray[np.int64],
    domains: int,
) -> NDArray[np.float64]:
    """Mean total of the PSUs of the strata with units of each domain, shape (g, q)."""
    sums = np.zeros((domains, total.shape[1]))
    np.add.at(sums, domain, total)
    psus = np.bincount(domain, weights=drawn, minlength=domains)
    means: NDArray[np.float64] = sums / np.maximum(psus, 1)[:, np.newaxis]
    return means


def _inflation(
    special: NDArray[np.bool_], domain: NDArray[np.int64], domains: int
) -> NDArray[np.float64]:
    """Strata of each domain over those of them that have a variance, shape (g,)."""
    strata = np.bincount(domain, minlength=domains)
    left = np.bincount(domain, weights=~special, minlength=domains)
    factor: NDArray[np.float64] = np.divide(
        strata, left, out=np.full(domains, np.nan), where=left > 0
    )
    return factor


DegreesOfFreedom: TypeAlias = Literal["design", "stata", "domain"]


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
        whole = sample.stratum.size - int((sample.drawn > 0).sum())
        return np.full(cells.domains, whole, dtype=np.int64)
    part = _segments(cells, sample) if cells.psu.size else None
    if part is None:
        return np.zeros(cells.domains, dtype=np.int64)
    psus = sample.drawn[part.stratum] if rule == "stata" else part.seen
    free = np.bincount(part.domain, weights=psus - 1, minlength=cells.domains)
    return free.astype(np.int64)
