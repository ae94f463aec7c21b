"""The same units in several waves: one profile table with the bits of each wave."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from mpi.core.pack import Packed, smallest
from mpi.engines import columns as arrow
from mpi.engines.base import By, Tabulation
from mpi.engines.links import check_key, matched
from mpi.engines.memory import Microdata, evaluate, findings_of, tables_of
from mpi.engines.population import Population, within
from mpi.errors import Problem, Problems, SpecificationError, SurveyError, nearest
from mpi.findings import Finding
from mpi.spec.model import Specification
from mpi.survey.codebook import Level
from mpi.survey.readers import Source
from mpi.survey.survey import Columns, Survey

_MOST_BITS = 62


@dataclass
class Waves(Microdata):
    """Evaluated columns of several waves, seen from the units of one of them.

    What it has of a single wave (weights, design, groups) is that of the base.

    Attributes
    ----------
    waves : tuple of Microdata
    base : int
        Position of the wave whose units are followed.
    level : {"person", "household"}
        What is followed.
    places : tuple of NDArray[np.int64], each of shape (n,)
        Row of each unit of the base in each wave; -1 where it is not there.
    """

    waves: tuple[Microdata, ...]
    base: int
    level: Level
    places: tuple[NDArray[np.int64], ...]

    @property
    def own(self) -> Level:
        """What is followed has a profile."""
        return self.level

    @property
    def independent(self) -> bool:
        """Whether each followed unit could be drawn by itself: none share a household."""
        return self.level == "household" or self.links.members is None

    @property
    def width(self) -> int:
        """Number of bits: the indicators of every wave."""
        return len(self.spec.indicators) * len(self.waves)

    @cached_property
    def profiles(self) -> Packed:
        """Profile of each unit: bits of the indicators in the first wave, then in the second."""
        size = len(self.spec.indicators)
        only = np.uint64((1 << size) - 1)
        deprived, missing = np.zeros((2, self.places[0].size), dtype=np.uint64)
        for number, (wave, place) in enumerate(zip(self.waves, self.places, strict=True)):
            packed, shift = wave.profiles, np.uint64(number * size)
            at = place if self.level == wave.own else _households_of(wave)[place]
            found = place >= 0
            # before they are shifted: the bits of a wave alone fit a narrower type
            mine = packed.deprived[at].astype(np.uint64) & only
            deprived |= np.where(found, mine, np.uint64(0)) << shift
            if packed.missing.size:
                unknown = packed.missing[at].astype(np.uint64) & only
                missing |= np.where(found, unknown, np.uint64(0)) << shift
        kind = smallest(self.width)
        rest = missing if missing.any() else missing[:0]
        return Packed(deprived.astype(kind), rest.astype(kind))

    @cached_property
    def found(self) -> tuple[NDArray[np.bool_], ...]:
        """Whether each unit of the base is in each wave."""
        return tuple(place >= 0 for place in self.places)

    @cached_property
    def counts(self) -> tuple[NDArray[np.bool_], ...]:
        """Whether each unit of the base is in each wave and counted there."""
        return tuple(
            (place >= 0) & _counted(wave, self.level)[place]
            for wave, place in zip(self.waves, self.places, strict=True)
        )

    @cached_property
    def population(self) -> Population:
        """Who is counted in every wave, with the weights of the base."""
        own = self.waves[self.base].population
        stays = np.logical_and.reduce(self.counts)
        persons = stays
        if self.level == "household":
            members = self.links.members
            if members is None:
                return within(own, replace(own, members=own.members * stays), self.links)
            persons = stays[members.household]
            return within(
                own, replace(own, person=persons, members=own.members * stays), self.links
            )
        return within(own, replace(own, person=persons), self.links)

    def weights(self) -> NDArray[np.float64]:
        """Weight of the persons of each unit of the base; 0 where it is not counted there."""
        own = self.waves[self.base].population
        if self.level == "household":
            return own.weight * (own.members > 0)
        weight = own.person_weight
        every = np.ones(self.links.n_persons) if weight is None else weight
        return every * _counted(self.waves[self.base], "person")

    def gaps(self) -> tuple[NDArray[np.float64], ...]:
        """No gaps: what is followed are deprivations."""
        return ()


@dataclass(frozen=True, slots=True)
class Followed:
    """Profile tables of a panel, and who is lost.

    Attributes
    ----------
    tabulation : Tabulation
    attrition : pyarrow.Table
        One row a wave: units of the base, found again, counted there too, their share of the
        weight, and units of the wave that the base does not have.
    """

    tabulation: Tabulation
    attrition: pa.Table


def tabulate_waves(
    surveys: Mapping[str, Survey],
    specs: Sequence[Specification],
    groupings: Sequence[By],
    *,
    base: str,
    level: Level,
    key: Columns,
    se: bool,
) -> Followed:
    """Profile tables of the same units in several waves, bits of the waves side by side.

    Parameters
    ----------
    surveys : mapping of name to Survey
    specs : sequence of Specification
        Of each wave, with the same indicators.
    groupings : sequence of tuples of str
        Variables of the base.
    base : str
        Wave whose units, weights, design and groups are taken.
    level : {"person", "household"}
        What is followed.
    key : tuple of str
        Columns by which units are linked; those of the surveys if empty.
    se : bool
        Whether the tables keep what standard errors need.

    Raises
    ------
    SurveyError, SpecificationError
        If the waves cannot be linked; all problems at once.
    """
    names = list(surveys)
    bits = len(specs[0].indicators) * len(specs)
    if bits > _MOST_BITS:
        found = f"{len(specs)} waves of {len(specs[0].indicators)} indicators are {bits} bits"
        expected = f"A profile has up to {_MOST_BITS}."
        raise SpecificationError("panel", [Problem("waves", found, expected)])
    by = list(dict.fromkeys(name for names_ in groupings for name in names_))
    waves = tuple(
        evaluate(survey, spec, by if name == base else [])
        for (name, survey), spec in zip(surveys.items(), specs, strict=True)
    )
    _check_level(waves, names, level)
    first = waves[names.index(base)]
    places = _places(waves, names, first, level, key)
    own = (first.survey, first.spec, first.plan, first.links, first.evaluation)
    data = Waves(*own, waves, names.index(base), level, places)
    attrition = _attrition(data, names)
    _refuse_strangers(data, names)
    tabulated = tables_of(data, [b for b in dict.fromkeys(groupings) if b], se=se)
    others = [
        replace(finding, where=f"wave {name!r}, {finding.where}")
        for name, wave in zip(names, waves, strict=True)
        if wave is not first
        for finding in findings_of(wave)
    ]
    findings = [*tabulated.findings, *others, *_lost(attrition, level, base)]
    result = Tabulation(tabulated.groupings, tabulated.sampled, tuple(dict.fromkeys(findings)))
    return Followed(result, attrition)


def _households_of(wave: Microdata) -> NDArray[np.int64]:
    return wave.evaluation.household_of_person()


def _counted(wave: Microdata, level: Level) -> NDArray[np.bool_]:
    counted = wave.population.counted(level)
    return np.ones(wave.links.rows(level), dtype=bool) if counted is None else counted


def _check_level(waves: Sequence[Microdata], names: Sequence[str], level: Level) -> None:
    problems = Problems("panel", SurveyError)
    for name, wave in zip(names, waves, strict=True):
        if not wave.links.rows(level):
            remedy = "Give a table of persons, or follow households."
            problems.add(f"wave {name!r}", f"has no rows of {level}s to follow", remedy=remedy)
    problems.raise_if_any()


def _places(
    waves: Sequence[Microdata], names: Sequence[str], base: Microdata, level: Level, key: Columns
) -> tuple[NDArray[np.int64], ...]:
    """Row of each unit of the base in every wave."""
    everybody = np.arange(base.links.rows(level))
    together = [wave.survey is base.survey and not key for wave in waves]
    if all(together):
        return tuple(everybody for _ in waves)
    problems = Problems("panel", SurveyError)
    keys = [
        _keys(wave, name, level, key, problems) for name, wave in zip(names, waves, strict=True)
    ]
    for name, columns in zip(names, keys, strict=True):
        with _told_of(name, problems):
            alone = Problems("panel", SurveyError)
            if columns is not None:
                check_key(*columns, alone)
            alone.raise_if_any()
    problems.raise_if_any()
    own = next(k for k, wave in zip(keys, waves, strict=True) if wave is base)
    found = []
    for name, wave, theirs in zip(names, waves, keys, strict=True):
        assert own is not None and theirs is not None  # noqa: S101, PT018 -- or there is a problem
        if wave is base:
            found.append(everybody)
            continue
        with _told_of(name, problems):
            found.append(matched(own, theirs))
    problems.raise_if_any()
    return tuple(found)


@contextmanager
def _told_of(name: str, problems: Problems) -> Iterator[None]:
    """Problems of one wave are said with its name, and the others are looked at too."""
    try:
        yield
    except SurveyError as error:
        problems.extend(replace(p, where=f"wave {name!r}, {p.where}") for p in error.problems)


def _keys(
    wave: Microdata, name: str, level: Level, key: Columns, problems: Problems
) -> tuple[Source, pa.Table] | None:
    """Key columns of the units of a wave; None, and a problem, if there are none."""
    survey = wave.survey
    table = survey.tables.get("persons" if level == "person" else "households")
    own = "persons" if table is None or level == "person" else "households"
    names = key or survey.keys.household.get(own, ()) + (  # type: ignore[call-overload]
        survey.keys.person if level == "person" else ()
    )
    source = table if table is not None else survey.tables.get("persons")
    where = f"wave {name!r}, key"
    if not names or source is None:
        remedy = "Give key= with the columns that name a unit in every wave."
        problems.add(where, f"no column identifies its {level}s", remedy=remedy)
        return None
    absent = [n for n in names if n not in source.names]
    for n in absent:
        hint = nearest(n, source.names) or f"Name columns of the table of {own}."
        problems.add(where, f"{source.name} has no column {n!r}", remedy=hint)
    if absent:
        return None
    found = source.read(names)
    if level == "household" and table is None:
        members = wave.links.members
        if members is None:
            remedy = "Give household_id=, or follow persons."
            problems.add(where, "persons are not linked to households", remedy=remedy)
            return None
        taken = [arrow.taken(arrow.single(column), members.first) for column in found.columns]
        found = pa.table(dict(zip(names, taken, strict=True)))
    return source, found


def _attrition(data: Waves, names: Sequence[str]) -> pa.Table:
    """Who of the base is found again, and who is new."""
    weight = data.weights()
    counted = _counted(data.waves[data.base], data.level)
    total = float(weight.sum())
    rows = []
    parts = zip(names, data.waves, data.places, data.found, data.counts, strict=True)
    for name, wave, place, found, counts in parts:
        theirs = _counted(wave, data.level)
        known = np.zeros(theirs.size, dtype=bool)
        known[place[found & counted]] = True
        stays = counts & counted
        rows.append(
            {
                "wave": name,
                "units": int(counted.sum()),
                "found": int((found & counted).sum()),
                "followed": int(stays.sum()),
                "share_followed": float((weight * stays).sum() / total) if total > 0 else None,
                "new": int((theirs & ~known).sum()),
            }
        )
    every = np.logical_and.reduce(data.counts) & counted
    rows.append(
        {
            "wave": "all waves",
            "units": int(counted.sum()),
            "found": int((np.logical_and.reduce(data.found) & counted).sum()),
            "followed": int(every.sum()),
            "share_followed": float((weight * every).sum() / total) if total > 0 else None,
            "new": None,
        }
    )
    return pa.Table.from_pylist(rows)


def _refuse_strangers(data: Waves, names: Sequence[str]) -> None:
    """Refuse waves that have no unit in common."""
    if np.logical_and.reduce(data.counts).any():
        return
    found = f"no {data.level} of {names[data.base]!r} is in all of the waves {', '.join(names)}"
    remedy = "Check the key: its columns name the same unit in every wave."
    raise SurveyError("panel", [Problem("key", found, remedy=remedy)])


def _lost(attrition: pa.Table, level: Level, base: str) -> list[Finding]:
    found = []
    rows = attrition.to_pylist()
    if len(rows) == 3:  # of two waves, the row of all says what that of the other does
        rows.pop()
    for row in rows:
        if row["wave"] == base:
            continue
        lost, share = row["units"] - row["followed"], row["share_followed"]
        where = row["wave"] if row["new"] is None else f"wave {row['wave']!r}"
        if lost:
            detail = f"{level}s of {base!r} that are not followed to here; they are left out"
            gone = None if share is None else 1 - share
            found.append(Finding("ATTRITION", where, detail, lost, row["units"], gone))
        if row["new"]:
            detail = f"{level}s that {base!r} does not have; they are left out"
            found.append(Finding("NOT_IN_BASE", where, detail, row["new"]))
    return found
