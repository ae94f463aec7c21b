"""Adding profile tables of two samples, or of two parts of one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from mpi.engines.base import By, Grouping, Label, Sampled
from mpi.engines.uniting import order, places_of, united
from mpi.errors import Problem


@dataclass(frozen=True, slots=True)
class Joined:
    """What was drawn in two samples together, and where the units of each are in it.

    Attributes
    ----------
    sampled : Sampled or None
    first, second : NDArray[np.int64]
        Positions of the units of each; one 0 where there are none.
    """

    sampled: Sampled | None
    first: NDArray[np.int64]
    second: NDArray[np.int64]


def joined(a: Sampled | None, b: Sampled | None) -> Joined:
    """The units of two samples as one list; units with equal labels are the same."""
    if a is None or b is None:
        return Joined(None, np.zeros(1, dtype=np.int64), np.zeros(1, dtype=np.int64))
    labels = tuple(sorted({*a.labels, *b.labels}, key=order))
    places = [places_of(part.labels, labels) for part in (a, b)]
    fpc = np.full((len(labels), a.fpc.shape[1]), np.nan)
    for part, place in zip((b, a), reversed(places), strict=True):
        fpc[place] = part.fpc
    drawn = None
    if a.drawn is not None and b.drawn is not None:
        drawn = np.zeros(len(labels), dtype=np.int64)
        for own, place in zip((a.drawn, b.drawn), places, strict=True):
            drawn[place] += own
    return Joined(Sampled(labels, fpc, drawn, a.kind), *places)


def added(a: Grouping, b: Grouping, units: Joined) -> Grouping:
    """A grouping of both samples."""
    parts = []
    for grouping, place in ((a, units.first), (b, units.second)):
        same = np.arange(len(grouping.labels))
        parts.append(replace(grouping, table=grouping.table.relabelled(same, place)))
    return united(parts)


def sampling_problems(a: Sampled | None, b: Sampled | None, *, rebuilt: bool) -> list[Problem]:
    """Why two samples cannot be put together.

    Parameters
    ----------
    a, b : Sampled or None
    rebuilt : bool
        Whether weights were made of the numbers drawn in each.
    """
    if a is None and b is None:
        return []
    if a is None or b is None:
        found = "one keeps what standard errors need and the other does not"
        return [Problem("psu", found, "Tabulate both with se=True, or both with se=False.")]
    if a.kind != b.kind or a.fpc.shape[1] != b.fpc.shape[1] or _direct(a) != _direct(b):
        found = f"one is a sample of {_units(a)}, the other of {_units(b)}"
        return [Problem("psu", found, "Declare the same design in both surveys.")]
    if a.kind == "row" and a.drawn is None:
        found = "the sampled units are rows without an id, which cannot be told apart"
        return [Problem("psu", found, remedy="Declare psu= or household_id= in both surveys.")]
    names = [("strata", "psu"), ("strata", "psu", "strata", "stage 2")][a.fpc.shape[1] > 1]
    problems = unlike(names, a.labels, b.labels)
    return problems or _different_populations(a, b) or _unlike_numbers(a, b, rebuilt=rebuilt)


def _direct(sampled: Sampled) -> bool:
    return sampled.drawn is not None


def _units(sampled: Sampled) -> str:
    stages = f" in {sampled.fpc.shape[1]} stages" if sampled.fpc.shape[1] > 1 else ""
    return {"psu": "PSUs", "household": "households", "row": "rows"}[sampled.kind] + stages


def _different_populations(a: Sampled, b: Sampled) -> list[Problem]:
    """Strata that both have, with finite populations that differ."""
    known: dict[Label, float] = {}
    differing = set()
    for part in (a, b):
        for label, row in zip(part.labels, part.fpc.tolist(), strict=True):
            for s, value in enumerate(row):
                stratum = label[: 2 * s + 1]
                other = known.setdefault(stratum, value)
                if other != value and not (np.isnan(other) and np.isnan(value)):
                    differing.add(stratum)
    if not differing:
        return []
    found = f"differs between the parts in {len(differing):,} strata"
    return [Problem("fpc", found, "A stratum has one finite population.")]


def _unlike_numbers(a: Sampled, b: Sampled, *, rebuilt: bool) -> list[Problem]:
    """Strata of which more units were drawn than they have, or weighted by another number."""
    both = joined(a, b).sampled
    if both is None or np.isnan(both.fpc).all():
        return []
    few, other, strata = 0, 0, 0
    for s in range(both.fpc.shape[1]):
        n, n_a, n_b = (_drawn(part, s) for part in (both, a, b))
        rows = zip(both.labels, both.fpc[:, s].tolist(), strict=True)
        population = {label[: 2 * s + 1]: value for label, value in rows}
        are_counts = any(value > 1 for value in population.values())
        strata += len(n)
        few += sum(are_counts and population[h] < n[h] for h in n)
        other += sum(are_counts and max(n_a[h], n_b[h]) < n[h] for h in n_a.keys() & n_b.keys())
    problems = []
    if few:
        found = f"is smaller than the sample of both parts in {few:,} of {strata:,} strata"
        expected = "A population has at least as many units as were drawn from it."
        remedy = "Give two samples of the same population strata of their own."
        problems.append(Problem("fpc", found, expected, remedy))
    if rebuilt and other:
        found = f"is made of the number drawn, which is another in {other:,} strata of both parts"
        problems.append(Problem("weight", found, remedy="Declare weight= in both surveys."))
    return problems


def _drawn(sampled: Sampled, s: int) -> dict[Label, int]:
    """Units drawn in each stratum of a stage."""
    if sampled.drawn is not None:
        return {h[:1]: n for h, n in zip(sampled.labels, sampled.drawn.tolist(), strict=True)}
    return Counter(unit[:-1] for unit in {label[: 2 * s + 2] for label in sampled.labels})


def unlike(names: By, a: Sequence[Label], b: Sequence[Label]) -> list[Problem]:
    """Variables whose values are texts on one side and numbers on the other."""
    problems = []
    for place, name in enumerate(names):
        kinds = [
            {isinstance(v[place], str) for v in part if v[place] is not None} for part in (a, b)
        ]
        if kinds[0] and kinds[1] and kinds[0] != kinds[1]:
            found = "its values are texts in one and numbers in the other"
            remedy = "Give both surveys the same type of column."
            problems.append(Problem(name, found, remedy))
    return problems
