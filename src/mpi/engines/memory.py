"""The memory engine: survey and specification to profile tables with Arrow and numpy."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from mpi.core.distances import Distance
from mpi.core.pack import Packed, Truths, pack
from mpi.core.table import whole
from mpi.engines import columns as arrow
from mpi.engines.base import By, Grouping, Sampled, Tabulation
from mpi.engines.evaluate import Evaluation
from mpi.engines.groupby import ProfileCodes, Rows, profile_codes, tabulate_rows
from mpi.engines.links import Links, link
from mpi.engines.plan import make_plan
from mpi.engines.population import Population, population
from mpi.engines.replicates import Replicate, replicates
from mpi.engines.reports import (
    gap_unknown,
    group_missing,
    memberless_in_no_group,
    no_gap,
    not_applicable,
    not_stricter,
)
from mpi.engines.sampling import sampling, ultimate_clusters
from mpi.engines.steps import Plan
from mpi.errors import Problems, SpecificationError
from mpi.findings import Finding
from mpi.progress import told
from mpi.spec.model import Specification
from mpi.survey.codebook import Level
from mpi.survey.survey import Survey


@dataclass
class Microdata:
    """Evaluated columns of a survey under a specification.

    Attributes
    ----------
    survey : Survey
    spec : Specification
    plan : Plan
    links : Links
    evaluation : Evaluation
    distances : tuple of Distance
        Distances whose sums are kept beside those of the gaps.
    part : bool
        Whether these are some households of a survey, of whom none need count.
    of_persons : frozenset of By
        Groupings of persons, even if members of all these households have the same values.
    """

    survey: Survey
    spec: Specification
    plan: Plan
    links: Links
    evaluation: Evaluation
    distances: tuple[Distance, ...] = field(default=(), kw_only=True)
    part: bool = field(default=False, kw_only=True)
    of_persons: frozenset[By] = field(default=frozenset(), kw_only=True)

    @property
    def own(self) -> Level:
        """Level of the units that have a profile."""
        return self.spec.unit

    @property
    def independent(self) -> bool:
        """Whether each unit of identification could be drawn by itself: none share a household."""
        return self.spec.unit == "household" or self.links.members is None

    @property
    def width(self) -> int:
        """Number of bits."""
        return len(self.spec.bits)

    @cached_property
    def profiles(self) -> Packed:
        """Profile of each unit that is identified: household or person."""
        columns = [self.truths(kind, name) for kind, name in self.spec.bits]
        self.evaluation.raise_problems()
        _check_destitution(self.spec, columns)
        packed = pack(columns, self.links.rows(self.spec.unit))
        return with_destitution(self.spec, packed)

    @cached_property
    def population(self) -> Population:
        """Who is counted, with what weight."""
        parts = (self.survey, self.plan, self.links, self.evaluation)
        rebuilt = {}
        if self.survey.design.rebuilds_weight:
            own, alone = self.spec.unit, self.independent
            rebuilt = dict(sampling(*parts, own=own, direct=alone, counting=None).weight)
        return population(*parts, unit=self.spec.unit, rebuilt=rebuilt, part=self.part)

    @cached_property
    def replicates(self) -> tuple[Replicate, ...]:
        """Weights under each supplied replicate."""
        return replicates(self.survey, self.plan, self.links, self.evaluation, self.population)

    def truths(self, kind: str, name: str) -> Truths:
        """Truth values of a bit."""
        return self.evaluation.truths(f"{kind}:{name}", self.spec.unit)

    def gaps(self) -> tuple[NDArray[np.float64], ...]:
        """Normalised gaps of the cardinal indicators, 0 where not deprived; then distances."""
        problems = Problems(self.spec.id, SpecificationError)
        found = tuple(
            self._gap(name, problems) for name, i in self.spec.indicators.items() if i.gap
        )
        problems.raise_if_any()
        if not self.distances:
            return found
        matrix, weights = self._gaps_of_elements(found)
        return (*found, *(distance.of(matrix, weights) for distance in self.distances))

    def _gaps_of_elements(
        self, gaps: tuple[NDArray[np.float64], ...]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Gap of each element of the score, 1 where it has none and is deprived; and weights."""
        names = [name for name, i in self.spec.indicators.items() if i.gap]
        own, deprived = dict(zip(names, gaps, strict=True)), self.profiles.deprived
        columns = []
        for element in self.spec.elements:
            members = [element.indicator]
            if element.indicator is None:
                members = [i.id for i in self.spec.dimensions[element.dimension].indicator]
            bits = sum(1 << self.spec.bits.index(("deprived", str(m))) for m in members)
            any_of = (deprived & deprived.dtype.type(bits) != 0).astype(np.float64)
            columns.append(own.get(str(element.indicator), any_of))
        weights = np.array([float(element.weight) for element in self.spec.elements])
        return np.column_stack(columns), weights

    def _gap(self, name: str, problems: Problems) -> NDArray[np.float64]:
        gap = self.evaluation.numbers(f"gap:{name}", self.spec.unit)
        bit = self.spec.bits.index(("deprived", name))
        deprived = (self.profiles.deprived >> self.profiles.deprived.dtype.type(bit)) & 1 == 1
        gap = self._known_gap(name, gap, deprived)
        wrong = int((deprived & ~((gap >= 0) & (gap <= 1))).sum())
        if wrong:
            no_gap(problems, name, wrong, deprived.size)
        return np.where(deprived, gap, 0.0)

    def _known_gap(
        self, name: str, gap: NDArray[np.float64], deprived: NDArray[np.bool_]
    ) -> NDArray[np.float64]:
        """The gap, and 1 where only destitution says that somebody is deprived and not how far."""
        unanswered = self.truths("deprived", name).missing
        if unanswered is None or not (unknown := unanswered & deprived & np.isnan(gap)).any():
            return gap
        counted = self.population.counted(self.spec.unit)
        count = int((unknown if counted is None else unknown & counted).sum())
        if count:
            of = unknown.size if counted is None else int(counted.sum())
            self.evaluation.findings.append(gap_unknown(name, count, of))
        return np.where(unknown, 1.0, gap)


def evaluate(survey: Survey, spec: Specification, by: Sequence[str] = ()) -> Microdata:
    """Columns that a specification needs of a survey, computed.

    Raises
    ------
    SurveyError
        If keys, columns, codes or rules do not fit; all problems at once.
    """
    plan = make_plan(survey, spec, by)
    links = link(survey)
    evaluation = Evaluation(survey, plan, links)
    return Microdata(survey, spec, plan, links, evaluation)


def tabulate(
    survey: Survey,
    spec: Specification,
    groupings: Sequence[By],
    *,
    se: bool = True,
    distances: tuple[Distance, ...] = (),
    progress: Callable[[str, int, int], None] | None = None,
) -> Tabulation:
    """Profile tables of a survey, the whole population first.

    Parameters
    ----------
    survey : Survey
    spec : Specification
    groupings : sequence of tuples of str
        Variables of each decomposition.
    se : bool
        Whether the tables keep what standard errors need.
    distances : tuple of Distance
        Distances whose sums are kept beside those of the gaps.
    progress : callable, optional
        Called with what is being done, the steps done and the steps in all.

    Returns
    -------
    Tabulation

    Raises
    ------
    SurveyError, SpecificationError
        If survey and specification do not fit together; all problems at once.
    """
    names = list(dict.fromkeys(name for by in groupings for name in by))
    wanted = [by for by in dict.fromkeys(groupings) if by]
    tell = told(progress)
    tell("reading and evaluating", 0, len(wanted) + 2)
    data = replace(evaluate(survey, spec, names), distances=distances)
    return tables_of(data, wanted, se=se, tell=tell)


def tables_of(
    data: Microdata,
    wanted: Sequence[By],
    *,
    se: bool,
    tell: Callable[[str, int, int], None] | None = None,
) -> Tabulation:
    """Profile tables of evaluated microdata, the whole population first."""
    maker = _Tables(data, wanted, se=se)
    tables = maker.all_groupings(wanted, told(tell))
    findings = [*findings_of(data), *maker.findings]
    return Tabulation(tables, maker.sampled, tuple(dict.fromkeys(findings)))


def findings_of(data: Microdata) -> list[Finding]:
    """Findings of readers, rules and population."""
    readers = [finding for source in data.survey.tables.values() for finding in source.findings]
    population = data.population.findings
    return [*readers, *data.evaluation.findings, *population, *_applicability(data)]


class _Tables:
    """Profile tables of the same microdata by different groupings."""

    def __init__(self, data: Microdata, wanted: Sequence[By], *, se: bool) -> None:
        self._data = data
        self._links = data.links
        self._codes: dict[Level, ProfileCodes] = {}
        self._gaps = data.gaps()
        self._own: Level = self._level(())
        self._partial: set[By] = set()
        self.findings: list[Finding] = []
        self._replicates = data.replicates if se else ()
        self.sampled: Sampled | None = None
        self._code: Mapping[Level, NDArray[np.integer]] = {}
        if se and not (self._replicates and data.survey.design.psu is None):
            self._place(wanted)

    def all_groupings(
        self, wanted: Sequence[By], tell: Callable[[str, int, int], None]
    ) -> tuple[Grouping, ...]:
        """Profile tables of the whole population and of each grouping."""
        found = []
        for done, by in enumerate(wanted, start=1):
            tell(f"tabulating by {' x '.join(by)}", done, len(wanted) + 2)
            found.append(self.grouping(by))
        complete = [
            g for g in found if g.by not in self._partial and self._level(g.by) == self._own
        ]
        smallest = min(complete, key=lambda g: g.table.size, default=None)
        if smallest is None:
            return (self.grouping(()), *found)
        return (replace(smallest, by=(), labels=((),), table=whole(smallest.table)), *found)

    def grouping(self, by: By) -> Grouping:
        """Profile table of one grouping."""
        level = self._level(by)
        population, links = self._data.population, self._links
        columns = [self._column(f"by:{name}", level) for name in by]
        group, labels = arrow.codes(columns)
        counted = population.counted(level)
        if by:
            self._report_missing(by, group, counted, level)
            self._report_memberless(by, level)
        elif counted is not None:
            group = np.zeros(links.rows(level), dtype=np.int64)
        if counted is not None:
            group, labels = _used(np.where(counted, group, -1), labels)
        rows = self._rows(level)
        if level not in self._codes:
            self._codes[level] = profile_codes(rows.profiles, rows.d)
        unit = self._code.get(level)
        units = len(self.sampled.labels) if self.sampled is not None else 1
        direct = self.sampled is not None and self.sampled.drawn is not None
        sizes = (max(1, len(labels)), max(1, units))
        table = tabulate_rows(rows, self._codes[level], group, unit, sizes=sizes, squares=direct)
        return Grouping(by, tuple(labels), table, households=rows.household_weight is not None)

    def _level(self, by: By) -> Level:
        """Whether groups are made of whole households or of persons."""
        if self._data.own == "person" or by in self._data.of_persons:
            return "person"
        steps = [self._data.plan.of(f"by:{name}") for name in by]
        own = (s.level == "household" or self._data.evaluation.is_repeated(s) for s in steps)
        return "household" if all(own) else "person"

    def _column(self, role: str, level: Level) -> arrow.Array:
        step = self._data.plan.of(role)
        if level == "household" and step.level == "person":
            return self._data.evaluation.of_household(step.name)
        return self._data.evaluation.column(step.name, level)

    def _rows(self, level: Level) -> Rows:
        data, population = self._data, self._data.population
        profiles, gaps = data.profiles, self._gaps
        if level == "person" and data.own == "household":
            spread = data.evaluation.household_of_person()
            missing = profiles.missing[spread] if profiles.missing.size else profiles.missing
            profiles = Packed(profiles.deprived[spread], missing)
            gaps = tuple(gap[spread] for gap in gaps)
        if level == "person":
            return Rows(
                profiles=profiles,
                d=data.width,
                n=None,
                weight=population.person_weight,
                household_weight=None,
                gaps=gaps,
                replicates=tuple(
                    r.person_weight for r in self._replicates if r.person_weight is not None
                ),
            )
        return Rows(
            profiles=profiles,
            d=data.width,
            n=population.members,
            weight=population.weight,
            household_weight=population.household_weight,
            gaps=gaps,
            replicates=tuple(r.weight for r in self._replicates),
            household_replicates=tuple(r.household_weight for r in self._replicates),
        )

    def _place(self, wanted: Sequence[By]) -> None:
        """Find what was drawn, and where each row is in it."""
        data, design = self._data, self._data.survey.design
        made = design.replicates is not None and not design.replicates.columns
        # by what is declared, not by what the data happen to be, so that parts still add
        grouped = {data.plan.of(f"by:{name}").level for by in wanted for name in by}
        of_units = self._own == "person" or grouped <= {"household"}
        found = sampling(
            data.survey,
            data.plan,
            data.links,
            data.evaluation,
            own=self._own,
            direct=data.independent and of_units and not self._gaps and not made,
            counting=data.population.members > 0,
        )
        self.sampled, self._code = found.sampled, found.code
        self.findings += found.findings
        of_persons = found.base == "person"
        population = data.population
        weight = population.person_weight if of_persons else population.household_weight
        if weight is not None:
            within = ultimate_clusters(found.sampled, weight, found.code.get(found.base))
            self.findings += [within] if within is not None else []

    def _report_memberless(self, by: By, level: Level) -> None:
        """Say that households without person rows are in no group of persons."""
        members = self._links.members
        if level == self._own or members is None:
            return
        population = self._data.population
        lost = (members.first < 0) & (population.members > 0)
        if lost.any():
            weight = population.weight
            share = float(weight[lost].sum() / weight.sum()) if weight.any() else None
            count, of = int(lost.sum()), int((population.members > 0).sum())
            self.findings.append(memberless_in_no_group(by, count, of, share))

    def _report_missing(
        self, by: By, group: NDArray[np.integer], counted: NDArray[np.bool_] | None, level: Level
    ) -> None:
        if group.min(initial=0) >= 0:
            return
        lost = group < 0 if counted is None else (group < 0) & counted
        if lost.any():
            of = group.size if counted is None else int(counted.sum())
            of_households = level == "household"
            found = group_missing(by, int(lost.sum()), of, households=of_households)
            self.findings.append(found)
            self._partial.add(by)


def _used(
    group: NDArray[np.integer], labels: list[tuple[object, ...]]
) -> tuple[NDArray[np.integer], list[tuple[object, ...]]]:
    """Groups that have units, numbered anew."""
    if not group.size or len(labels) == 1:
        return group, labels
    used = np.bincount(group[group >= 0], minlength=len(labels)) > 0
    if used.all():
        return group, labels
    place = np.append(np.cumsum(used) - 1, -1)
    return place[group], [label for label, is_used in zip(labels, used, strict=True) if is_used]


def _check_destitution(spec: Specification, columns: Sequence[Truths]) -> None:
    """Refuse units that are destitute and not deprived: the stricter rule is not stricter."""
    at = dict(zip(spec.bits, columns, strict=True))
    problems = Problems(spec.id, SpecificationError)
    for (kind, name), strict in at.items():
        if kind == "destitute":
            plain = at["deprived", name]
            known = plain.values if plain.missing is None else plain.values | plain.missing
            count = int((strict.values & ~known).sum())
            if count:
                not_stricter(problems, name, count, known.size)
    problems.raise_if_any()


def with_destitution(spec: Specification, packed: Packed) -> Packed:
    """Profiles in which what one rule says settles the other: the destitute are deprived.

    Who is not deprived is not destitute, even if the stricter answer is missing; who is destitute
    is deprived, even if the other answer is.
    """
    if not packed.missing.size:
        return packed
    deprived, missing = packed.deprived.copy(), packed.missing.copy()
    kind = deprived.dtype.type
    for (of, name), bit in zip(spec.bits, range(len(spec.bits)), strict=True):
        if of != "destitute":
            continue
        plain, strict = kind(1 << spec.bits.index(("deprived", name))), kind(1 << bit)
        settled = (missing & strict != 0) & (missing & plain == 0) & (deprived & plain == 0)
        missing[settled] &= ~strict
        settled = (missing & plain != 0) & (deprived & strict != 0)
        missing[settled] &= ~plain
        deprived[settled] |= plain
    return Packed(deprived, missing)


def _applicability(data: Microdata) -> list[Finding]:
    """Units to whom an indicator applies to nobody, and what they count as."""
    findings = []
    for name, indicator in data.spec.indicators.items():
        role = f"none:{name}"
        if role in data.plan.results:
            counted = data.population.counted(data.spec.unit)
            alone = data.evaluation.truths(role, data.spec.unit).values
            count = int((alone if counted is None else alone & counted).sum())
            if count:
                of = alone.size if counted is None else int(counted.sum())
                findings.append(not_applicable(data.spec, indicator, count, of))
    return findings
