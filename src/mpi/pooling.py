"""Several samples together: the covariance of figures of different surveys."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from mpi.addition import Joined, joined, sampling_problems
from mpi.arguments import check_kinds
from mpi.engines.base import Sampled
from mpi.errors import EstimationError, Problem
from mpi.estimates import Estimates
from mpi.inference.sample import Sample
from mpi.inference.variance import Cells, combined_variances, covariance, degrees_of_freedom
from mpi.options import unknown_options
from mpi.settling import settle_sample
from mpi.sources import Source, variances_at_once

Samples: TypeAlias = Literal["independent", "overlapping"]
Floats: TypeAlias = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Pool:
    """Figures of several samples; the rows of each follow those of the one before.

    Attributes
    ----------
    sources : tuple of Source
    first : tuple of int
        Number of the first row of each.
    together : Together or None
        The one sample that they are domains of; None where they are independent.
    """

    sources: tuple[Source, ...]
    first: tuple[int, ...]
    together: Together | None

    @property
    def level(self) -> float:
        """Coverage of intervals: that of the first."""
        return self.sources[0].level

    def of(self, rows: Sequence[int]) -> list[tuple[int, list[int], list[int]]]:
        """Rows by sample: its number, the places of its rows among these, and their own numbers."""
        which = np.searchsorted(np.array(self.first), np.array(rows), side="right") - 1
        found = []
        for number in dict.fromkeys(which.tolist()):
            places = np.flatnonzero(which == number).tolist()
            own = [rows[place] - self.first[number] for place in places]
            found.append((number, places, own))
        return found

    def covariance(self, rows: Sequence[int]) -> Floats:
        """Covariance matrix of figures by the numbers of their rows, shape (q, q)."""
        if self.together is not None:
            return self.together.covariance(self.linear(rows))
        found = np.zeros((len(rows), len(rows)))
        for number, places, own in self.of(rows):
            found[np.ix_(places, places)] = self.sources[number].covariance(own)
        return found

    def variances(self, rows: Sequence[int], weights: sparse.csr_array) -> Floats:
        """Variances of weighted sums of figures, shape (s,); see `Source.variances`."""
        if self.together is not None:
            together = self.together
            lonely = together.source.lonely
            return variances_at_once(
                weights,
                together.sample.size,
                lambda own: self.linear([rows[place] for place in own]),
                lambda values: combined_variances(values, together.sample, lonely=lonely),
            )
        found = np.zeros(weights.shape[0])
        for number, places, own in self.of(rows):
            found += self.sources[number].variances(own, weights[:, places])
        return found

    def linear(self, rows: Sequence[int]) -> Floats:
        """Linearised totals of figures by sampled unit of all samples together, shape (m, q)."""
        assert self.together is not None  # noqa: S101 -- only asked where they share units
        values = np.zeros((self.together.sample.size, len(rows)))
        for number, places, own in self.of(rows):
            unit = self.together.units[number]
            values[np.ix_(unit, np.array(places))] = self.sources[number].linear(own)
        return values

    def degrees(self, rows: Sequence[int]) -> int:
        """Degrees of freedom: the sum over independent samples, or of the one sample."""
        if self.together is None:
            return sum(self.sources[number].degrees(own) for number, _, own in self.of(rows))
        if self.sources[0].rule == "design":
            return self.together.sample.degrees
        found = [
            self.together.units[number][unit]
            for number, _, own in self.of(rows)
            for unit, _ in self.sources[number].units(own)
        ]
        unit = np.unique(np.concatenate(found))
        cells = Cells(np.zeros(unit.size, dtype=np.int64), unit, 1)
        return int(degrees_of_freedom(cells, self.together.sample, self.sources[0].rule)[0])


@dataclass(frozen=True, slots=True, eq=False)
class Together:
    """The units of several samples as one.

    Attributes
    ----------
    sample : Sample
    units : tuple of NDArray[np.int64]
        Positions of the units of each sample in it.
    source : Source
        The first, whose choices hold.
    """

    sample: Sample
    units: tuple[NDArray[np.int64], ...]
    source: Source

    def covariance(self, values: Floats) -> Floats:
        """Covariance matrix of figures from totals of all units, shape (q, q)."""
        return covariance(values, self.sample, lonely=self.source.lonely)


def pool(*estimates: Estimates, samples: Samples) -> tuple[Estimates, ...]:
    """The same estimates with a covariance across them, so that their figures can be compared.

    Parameters
    ----------
    *estimates : Estimates
        Two or more, each of its own survey.
    samples : {"independent", "overlapping"}
        Whether the samples were drawn independently of each other, or share sampling units: PSUs
        with the same stratum and id are then the same, and each survey is a domain of all of them
        together, as in rotating panels. Equal ids prove nothing, so it has to be said.

    Returns
    -------
    tuple of Estimates

    Raises
    ------
    EstimationError
        If there are no standard errors, or the samples cannot share units; all problems at once.

    References
    ----------
    Särndal, Swensson and Wretman (1992), Model Assisted Survey Sampling, chapter 9, for samples on
    two occasions.

    Examples
    --------
    >>> import mpi
    >>> spec = mpi.Specification.from_columns({"d": ["a"]}, cutoff=1)
    >>> waves = [{"a": [1, 1, 0, 1], "psu": [1, 2, 3, 4]}, {"a": [0, 1, 0, 1], "psu": [1, 2, 3, 4]}]
    >>> found = [mpi.measure(mpi.Survey(wave, psu="psu"), spec) for wave in waves]
    >>> for samples in "independent", "overlapping":
    ...     first, second = (e.get("H") for e in mpi.pool(*found, samples=samples))
    ...     print(samples, second - first)
    independent -0.250000, se 0.381881 (-1.184430 to 0.684430; df 6)
    overlapping -0.250000, se 0.250000 (-1.045612 to 0.545612; df 3)
    """
    check_kinds(pool, locals())
    sources = _sources(estimates, samples)
    sizes = [source.size for source in sources]
    first = tuple(int(n) for n in np.cumsum([0, *sizes[:-1]]))
    together = None if samples == "independent" else _together(sources)
    made = Pool(tuple(sources), first, together)
    return tuple(one.pooled(made, begin) for one, begin in zip(estimates, first, strict=True))


def share_labels(sources: Sequence[Source]) -> bool:
    """Whether units of different samples have equal strata and ids."""
    seen: set[tuple[object, ...]] = set()
    for source in sources:
        psus = source.sampled is not None and source.sampled.kind == "psu"
        own = set(source.sampled.labels) if source.sampled is not None and psus else set()
        if seen & own:
            return True
        seen |= own
    return False


def _sources(estimates: Sequence[Estimates], samples: object) -> list[Source]:
    problems = list(unknown_options(samples=(samples, Samples)))
    if len(estimates) < 2:
        problems.append(Problem("", "a single survey is given", "Two or more are put together."))
    sources = []
    given: Sequence[object] = estimates  # may be what the type does not allow
    for number, one in enumerate(given, start=1):
        if not isinstance(one, Estimates):
            found = f"a value of type {type(one).__name__!r} is no Estimates"
            problems.append(Problem(f"survey {number}", found))
        elif not isinstance(one.source, Source):
            found = "has no standard errors of its own"
            remedy = "Estimate with se=True; figures that were withheld or pooled have none."
            problems.append(Problem(f"survey {number}", found, remedy=remedy))
        else:
            sources.append(one.source)
    if problems:
        raise EstimationError("pool", problems)
    return sources


def _together(sources: Sequence[Source]) -> Together:
    """One sample of the units of all."""
    problems: list[Problem] = []
    for source in sources:
        source.linear([])  # refuses what has no PSUs, before anything is put together
    whole: Sampled | None = sources[0].sampled
    units = [np.arange(len(whole.labels)) if whole is not None else np.zeros(0, dtype=np.int64)]
    for source in sources[1:]:
        problems += sampling_problems(whole, source.sampled, rebuilt=False)
        if problems:
            raise EstimationError("samples", problems)
        both: Joined = joined(whole, source.sampled)
        units = [both.first[own] for own in units]
        units.append(both.second)
        whole = both.sampled
    assert whole is not None  # noqa: S101 -- each source has linearised values
    settled = settle_sample(whole, sources[0].choices)
    return Together(settled.sample, tuple(units), sources[0])
