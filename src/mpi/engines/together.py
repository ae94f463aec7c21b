"""Two specifications on the same units: one profile table with the bits of both."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from mpi.core.pack import Packed, side_by_side
from mpi.engines.base import By, Tabulation
from mpi.engines.memory import Microdata, evaluate, findings_of, tables_of
from mpi.engines.population import Population, within
from mpi.errors import Problem, SpecificationError
from mpi.findings import Finding
from mpi.spec.model import Specification
from mpi.survey.codebook import Level
from mpi.survey.survey import Survey

_MOST_BITS = 62


@dataclass
class Together(Microdata):
    """Evaluated columns of a survey under two specifications.

    What it has of a single one is that of the first.

    Attributes
    ----------
    first, second : Microdata
        The same rows under each of them.
    """

    first: Microdata
    second: Microdata

    @property
    def width(self) -> int:
        """Number of bits of both."""
        return self.first.width + self.second.width

    @cached_property
    def profiles(self) -> Packed:
        """Profile of each unit: bits of the first specification, then of the second."""
        return side_by_side(self.first.profiles, self.second.profiles, self.first.width, self.width)

    @cached_property
    def population(self) -> Population:
        """Who is counted by both."""
        return within(self.first.population, self.second.population, self.links)

    def gaps(self) -> tuple[NDArray[np.float64], ...]:
        """No gaps: measures of them are not compared."""
        return ()


def tabulate_together(
    survey: Survey,
    first: Specification,
    second: Specification,
    groupings: Sequence[By],
    *,
    se: bool,
) -> Tabulation:
    """Profile tables of a survey with the bits of two specifications side by side.

    Parameters
    ----------
    survey : Survey
    first, second : Specification
        That identify the same unit.
    groupings : sequence of tuples of str
    se : bool
        Whether the tables keep what standard errors need.

    Raises
    ------
    SurveyError, SpecificationError
        If they do not fit together; all problems at once.
    """
    _check(first, second)
    names = list(dict.fromkeys(name for by in groupings for name in by))
    one, other = evaluate(survey, first, names), evaluate(survey, second)
    own = (survey, first, one.plan, one.links, one.evaluation)
    data = Together(*own, first=one, second=other)
    _refuse_nobody(data)
    result = tables_of(data, [by for by in dict.fromkeys(groupings) if by], se=se)
    findings = [
        *_of(first, result.findings),
        *_of(second, findings_of(other)),
        *_counted_by_one(data),
    ]
    return Tabulation(result.groupings, result.sampled, tuple(dict.fromkeys(findings)))


def _check(first: Specification, second: Specification) -> None:
    if first.unit != second.unit:
        found = f"{first.id} identifies {first.unit}s, {second.id} {second.unit}s"
        remedy = "Compare specifications of the same unit."
        raise SpecificationError("compare", [Problem("unit", found, remedy=remedy)])
    bits = len(first.bits) + len(second.bits)
    if bits > _MOST_BITS:
        found = f"they have {bits} indicators, conditions and stricter rules together"
        expected = f"A profile has up to {_MOST_BITS}."
        raise SpecificationError("compare", [Problem("indicators", found, expected)])


def _of(spec: Specification, findings: Sequence[Finding]) -> Iterator[Finding]:
    """Findings of which those on indicators say whose these are."""
    for finding in findings:
        own = finding.where.startswith("indicator ")
        yield replace(finding, where=f"{spec.id}, {finding.where}") if own else finding


def _refuse_nobody(data: Together) -> None:
    """Refuse specifications that have no unit in common."""
    level: Level = "person" if data.links.n_persons else "household"
    if not _counted(data, level):
        found = f"no {level} is counted under both specifications"
        remedy = "Compare specifications whose universes overlap."
        raise SpecificationError("compare", [Problem("universe", found, remedy=remedy)])


def _counted_by_one(data: Together) -> list[Finding]:
    """Units that only one of the specifications counts."""
    level: Level = "person" if data.links.n_persons else "household"
    both, found = _counted(data, level), []
    for one in (data.first, data.second):
        own = _counted(one, level)
        if own != both:
            detail = f"{level}s who are counted under this specification only are left out"
            found.append(Finding("COUNTED_BY_ONE", one.spec.id, detail, own - both, own))
    return found


def _counted(data: Microdata, level: Level) -> int:
    counted = data.population.counted(level)
    return data.links.rows(level) if counted is None else int(counted.sum())
