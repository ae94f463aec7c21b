"""The sampled units of a design as arrays, stage by stage, and the merging of single-PSU strata."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Draw:
    """The units that one stage of sampling drew, whether or not they have units of a domain.

    Attributes
    ----------
    of : NDArray[np.int64], shape (m,)
        Unit of this stage to which each unit of the last stage belongs, ascending.
    stratum : NDArray[np.int64], shape (s,)
        Position of the stratum of each of the s units of this stage, ascending.
    drawn : NDArray[np.int64], shape (h,)
        Units drawn in each stratum.
    fraction : NDArray[np.float64], shape (h,)
        Share of the stratum's units that was drawn; 0 where sampling counts as with replacement.
    share : NDArray[np.float64], shape (h,)
        Product of the fractions of the stages before; 1 at the first stage.
    """

    of: NDArray[np.int64]
    stratum: NDArray[np.int64]
    drawn: NDArray[np.int64]
    fraction: NDArray[np.float64]
    share: NDArray[np.float64]

    @property
    def lonely(self) -> NDArray[np.bool_]:
        """Strata with a single unit that is not the whole stratum and matters, shape (h,)."""
        found: NDArray[np.bool_] = (self.drawn == 1) & (self.fraction < 1) & (self.share > 0)
        return found

    @property
    def factor(self) -> NDArray[np.float64]:
        """What multiplies the squared deviations of each stratum, shape (h,)."""
        replaced = np.where(self.drawn > 1, self.drawn / np.maximum(self.drawn - 1, 1), 1.0)
        found: NDArray[np.float64] = self.share * (1 - self.fraction) * replaced
        return found


@dataclass(frozen=True, slots=True)
class Sample:
    """What was drawn.

    Attributes
    ----------
    stages : tuple of Draw
    direct : bool
        Whether units of analysis were drawn themselves, without PSUs. A "unit of the last stage" is
        then a whole stratum, and `drawn` counts the units in it.
    """

    stages: tuple[Draw, ...]
    direct: bool = False

    @property
    def first(self) -> Draw:
        """Stage of the PSUs."""
        return self.stages[0]

    @property
    def complete(self) -> bool:
        """Whether everybody was drawn, so that a standard error of 0 says what it seems to say."""
        return all(bool((d.fraction[d.drawn > 0] == 1).all()) for d in self.stages)

    @property
    def size(self) -> int:
        """Number m of units of the last stage, or of strata where units were drawn directly."""
        return int(self.first.of.size)

    @property
    def degrees(self) -> int:
        """PSUs less strata of the whole sample."""
        return int(self.first.drawn.sum()) - int((self.first.drawn > 0).sum())


def sample_of(
    labels: Sequence[tuple[object, ...]],
    fpc: NDArray[np.float64],
    units: NDArray[np.int64] | None,
) -> tuple[Sample, list[list[tuple[object, ...]]]]:
    """Sample of units that are known by their labels; and the names of the strata of each stage.

    Parameters
    ----------
    labels : sequence of tuples, length m
        Stratum and unit of each stage, sorted: ``(stratum, PSU)`` or ``(stratum, PSU, stratum,
        unit)`` and so on.
    fpc : NDArray[np.float64], shape (m, stages)
        Number of units in the population of the stratum, or the fraction drawn where it is at most
        1; NaN where sampling counts as with replacement.
    units : NDArray[np.int64] or None, shape (m,)
        Units drawn in each stratum, where they were drawn directly.
    """
    stages: list[Draw] = []
    names: list[list[tuple[object, ...]]] = []
    share = np.ones(len(labels))
    for s in range(fpc.shape[1]):
        strata, first = _positions([label[: 2 * s + 1] for label in labels])
        own, where = _positions([label[: 2 * s + 2] for label in labels])
        stratum = strata[where]
        drawn = np.bincount(stratum, minlength=first.size) if units is None else units
        fraction = _fractions(fpc[first, s], drawn)
        stages.append(Draw(own, stratum, drawn, fraction, share[first]))
        share = share * fraction[strata]
        names.append([labels[place][: 2 * s + 1] for place in first.tolist()])
    return Sample(tuple(stages), direct=units is not None), names


def collapsed(sample: Sample) -> tuple[Sample, list[tuple[int, int]]]:
    """Sample in which each stratum with a single PSU joins a neighbour.

    That is the next one, and the one before where there is no next one or it was drawn completely.

    Returns
    -------
    sample : Sample
        With the strata numbered as before; those that joined another have no PSU of their own. The
        fraction drawn in joined strata is that of their PSUs together.
    joined : list of (stratum, stratum)
        Which stratum joined which.
    """
    first = sample.first
    target, drawn, joined = np.arange(first.drawn.size), first.drawn.copy(), []
    with np.errstate(divide="ignore"):
        population = np.where(first.fraction > 0, first.drawn / first.fraction, np.inf)
    for lone in np.flatnonzero(first.lonely):
        if drawn[lone] != 1:
            continue
        others = np.flatnonzero(drawn > 0)
        after, before = others[others > lone], others[others < lone]
        neighbours = [*after[:1].tolist(), *before[-1:].tolist()]
        if not neighbours:
            continue  # nothing to join: its variance stays unknown
        # one that was drawn completely has no variance to share, if there is another
        sampled = [other for other in neighbours if drawn[other] < population[other]]
        place = (sampled or neighbours)[0]
        target[target == lone] = place
        drawn[place] += drawn[lone]
        population[place] += population[lone]
        drawn[lone] = 0
        joined.append((int(lone), place))
    fraction = np.where(drawn > 0, drawn / population, 0.0)
    stage = replace(first, stratum=target[first.stratum], drawn=drawn, fraction=fraction)
    return replace(sample, stages=(stage, *sample.stages[1:])), joined


def _positions(
    labels: Sequence[tuple[object, ...]],
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Position of each label among the distinct ones, in order; and a place where each stands."""
    place: dict[tuple[object, ...], int] = {}
    found = np.array([place.setdefault(label, len(place)) for label in labels], dtype=np.int64)
    _, first = np.unique(found, return_index=True)
    return found, first.astype(np.int64)


def _fractions(fpc: NDArray[np.float64], drawn: NDArray[np.int64]) -> NDArray[np.float64]:
    """Share of each stratum that was drawn, from counts or fractions; 0 where nothing is known."""
    known = np.where(np.isnan(fpc), np.inf, fpc)
    found: NDArray[np.float64] = np.where(known <= 1, known, drawn / known)
    return found
