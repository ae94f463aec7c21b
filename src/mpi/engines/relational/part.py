"""A survey, or a span of its households, as queries that give its cells."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, partial

import narwhals as nw
import pyarrow as pa

from mpi.engines.base import By
from mpi.engines.relational.aggregates import CROWD, ROWS, Aggregated, differing_id
from mpi.engines.relational.cells import DEPRIVED, MISSING, Cells
from mpi.engines.relational.checks import bits, counted
from mpi.engines.relational.evaluate import Aggregate, Evaluation
from mpi.engines.relational.levels import Levels, number_id, weight_of
from mpi.engines.relational.places import Lazy, Place
from mpi.engines.relational.population import COUNTED, MEMBERS, OWN, WEIGHT, Population
from mpi.engines.relational.sample import EXCUSED, POSITIVE, SUM, TIMES, Sample
from mpi.engines.relational.sums import added, collected, selected
from mpi.engines.relational.tables import Column, Span, tables_of
from mpi.engines.reports import gap_unknown, no_gap, not_applicable, not_stricter
from mpi.engines.steps import Plan
from mpi.errors import Problems, SpecificationError, SurveyError
from mpi.spec.model import Specification
from mpi.survey.codebook import Level
from mpi.survey.survey import Survey


@dataclass(frozen=True, slots=True)
class Job:
    """What is tabulated, and where.

    Attributes
    ----------
    survey : Survey
    spec : Specification
    plan : Plan
    place : Place
    wanted : tuple of By
        Decompositions.
    sample : Sample or None
        None without standard errors.
    empty : frozenset of str
        Raw steps without any value.
    repeated : frozenset of str
        Grouping variables that are columns of persons, and of which members of a household may all
        have the same value.
    levels : dict of str to Levels
        Grouping variables of persons that have few values.
    swift : bool
        As of `aggregated`.
    """

    survey: Survey
    spec: Specification
    plan: Plan
    place: Place
    wanted: tuple[By, ...]
    sample: Sample | None
    empty: frozenset[str]
    repeated: frozenset[str]
    levels: dict[str, Levels]
    swift: bool


class IrregularError(Exception):
    """Households for which an aggregation cannot be swift."""


class Part:
    """The frames of a span of households with every column that tables are made of.

    Raises
    ------
    SurveyError
        If a rule does not fit the types of the data; all problems at once.
    """

    def __init__(self, job: Job, span: Span | None = None) -> None:
        self._job, self._own = job, job.spec.unit
        problems = Problems("survey", SurveyError)
        tables = tables_of(job.survey, job.plan, job.place, problems, span=span, empty=job.empty)
        noted = [*job.plan.findings]
        self.evaluation = Evaluation(
            job.plan, tables, job.place, problems, findings=noted, swift=job.swift
        )
        # what is wrong with the rules, and not with the survey
        self.problems_of_rules = Problems(job.spec.id, SpecificationError)
        self.population = Population(job.survey, self.evaluation, self._own)
        self._repeated = dict(self._add_repeated())
        self._levels = list(self._add_levels())
        self._design = dict(self._add_design())
        if self._own == "person":
            for name in job.plan.results.values():
                self.evaluation.want(name, "person")
        self.evaluation.run()
        self._bits = [
            (kind, name, self.evaluation.truth(f"{kind}:{name}")) for kind, name in job.spec.bits
        ]
        self._gaps = [self._gap(name) for name, i in job.spec.indicators.items() if i.gap]
        self.population.check()
        self._check_profiles()
        problems.raise_if_any()

    def _add_repeated(self) -> Mapping[str, str]:
        """Persons' columns that may be of households, because all members have the same value."""
        return {
            name: self._promote(self._job.plan.of(f"by:{name}").name, report=False)
            for name in sorted(self._job.repeated)
        }

    def _add_levels(self) -> Iterator[str]:
        """Have persons of each value counted, for variables that have few."""
        for name, levels in self._job.levels.items():
            needs = [levels.step, f"person {COUNTED}"]
            needs += [f"person {WEIGHT}"] if self._own_weights else []
            make = partial(self._of_level, name)
            self.evaluation.add(Aggregate(f"values of {levels.step}", tuple(needs), make))
            yield name

    def _of_level(self, name: str) -> Aggregated:
        levels = self._job.levels[name]
        column = self.evaluation.columns[levels.step]
        return levels.aggregated(column, weighs=self._own_weights)

    @property
    def _own_weights(self) -> bool:
        """Whether persons have weights of their own."""
        results = self._job.plan.results
        return "weight" in results and self._job.plan.of("weight").level == "person"

    def _add_design(self) -> Mapping[str, str]:
        """Names of the columns of each role of the sample, at its level."""
        sample = self._job.sample
        found: dict[str, str] = {}
        if sample is None:
            return found
        for role in (*sample.roles, *sample.fractions):
            step = self._job.plan.of(role)
            name = step.name
            if sample.base == "household" and step.level == "person":
                name = self._promote(name, report=True)
            found[role] = name
            if self._own == "person":
                self.evaluation.want(name, "person")
        return found

    def _promote(self, of: str, *, report: bool) -> str:
        name = f"{'the' if report else 'any'} value of {of}"
        made = lambda: self.evaluation.promoted(of, report=report)  # noqa: E731 -- read once
        self.evaluation.add(Aggregate(name, (of,), made))
        return name

    def _gap(self, name: str) -> nw.Expr:
        """Normalised gap, 0 where not deprived, 1 where only destitution says so."""
        value = self.evaluation.number(f"gap:{name}")
        deprived, unknown = self._deprived(name)
        known = nw.when(unknown & value.is_null()).then(nw.lit(1.0)).otherwise(value)
        return nw.when(deprived).then(known).otherwise(nw.lit(0.0))

    def _deprived(self, name: str) -> tuple[nw.Expr, nw.Expr]:
        """Who is deprived, and who is so only because destitute."""
        at = {(kind, of): truth for kind, of, truth in self._bits}
        no = nw.lit(value=False)
        answer, strict = at["deprived", name], at.get(("destitute", name))
        unknown = no if strict is None else answer.is_null() & nw.coalesce(strict, no)
        return nw.coalesce(answer, no) | unknown, unknown

    def _check_profiles(self) -> None:
        """Have units counted whose profile is wrong, or that have nobody applicable."""
        checks, found = self.evaluation.checks[self._own], self.evaluation
        rules = self.problems_of_rules
        spec, people = self._job.spec, self.population.counted
        at = {(kind, of): truth for kind, of, truth in self._bits}
        for kind, name, strict in self._bits:
            if kind == "destitute":
                checks.add(
                    strict & ~at["deprived", name],
                    lambda n, of, name=name: not_stricter(rules, name, n, of),  # type: ignore[misc]
                )
        gaps = [name for name, i in spec.indicators.items() if i.gap]
        for name, gap in zip(gaps, self._gaps, strict=True):
            deprived, unknown = self._deprived(name)
            value = found.number(f"gap:{name}")
            checks.add(
                unknown & value.is_null() & nw.col(COUNTED),
                lambda n, _, name=name: found.findings.append(  # type: ignore[misc]
                    gap_unknown(name, n, people[self._own])
                ),
            )
            right = nw.coalesce((gap >= 0) & (gap <= 1), nw.lit(value=False))
            checks.add(
                deprived & ~right,
                lambda n, of, name=name: no_gap(rules, name, n, of),  # type: ignore[misc]
            )
        for name, indicator in spec.indicators.items():
            if f"none:{name}" in self._job.plan.results:
                nobody = nw.coalesce(found.truth(f"none:{name}"), nw.lit(value=False))
                checks.add(
                    nobody & nw.col(COUNTED),
                    lambda n, _, i=indicator: found.findings.append(  # type: ignore[misc]
                        not_applicable(spec, i, n, people[self._own])
                    ),
                )

    def others(self) -> tuple[Level, Lazy] | None:
        """The frame that is not of the units, whose checks have to be counted by themselves."""
        level: Level = "person" if self._own == "household" else "household"
        frame = self.evaluation.frames[level]
        return None if frame is None or not self.evaluation.checks[level] else (level, frame)

    @cached_property
    def kept(self) -> Lazy:
        """One row for each unit: profile, groups, place in the sample, weights, flags."""
        frame = self.evaluation.frame(self._own)
        of_households = [MEMBERS, OWN] if self._own == "household" else []
        weighs = self._own == "household" or WEIGHT in frame.collect_schema().names()
        names = [
            *self.evaluation.tables.keys,
            COUNTED,
            *of_households,
            *([WEIGHT] if weighs else []),
        ]
        columns = [*self._group_columns(self._own).values(), *self._sample_columns().values()]
        names += [column.id for column in columns if column.kind != "nothing"]
        for name in self._levels:
            column = self.evaluation.columns[self._job.levels[name].step]
            names += self._job.levels[name].names(column, weighs=self._own_weights)
        if not self._job.swift:
            names += [differing_id(self.evaluation.columns[n]) for n in self._repeated.values()]
        chosen = {name: nw.col(name) for name in dict.fromkeys(names)}
        chosen[DEPRIVED] = bits([truth for _, _, truth in self._bits])
        chosen[MISSING] = bits([truth.is_null() for _, _, truth in self._bits])
        chosen |= {f"gap{place}": gap for place, gap in enumerate(self._gaps)}
        chosen |= self.evaluation.checks[self._own].flags()
        if self._own == "household" and self.evaluation.tables.linked:
            chosen[ROWS] = nw.col(ROWS)
        return self._job.place.keep(frame.select(**chosen))

    def counts(self) -> list[int]:
        """Units, and in how many of them each check holds."""
        checks = self.evaluation.checks[self._own]
        if self._job.swift:
            self._look()
        return checks.count(self._job.place, self.kept, kept=True)

    def _look(self) -> None:
        """Whether households are such that their aggregation could be swift.

        Raises
        ------
        IrregularError
            If one has more member rows than can be counted so, or members do not repeat its values.
        """
        keys = list(self.evaluation.tables.keys)
        found = self.kept.group_by(keys).agg(n=nw.len(), most=nw.col(ROWS).max())
        ends = found.select(n=nw.col("n").max(), most=nw.col("most").max())
        row = self._job.place.collect(ends).to_pylist()[0]
        if (row["n"] or 0) > 1 or (row["most"] or 0) >= CROWD:
            raise IrregularError

    @cached_property
    def repeats(self) -> frozenset[str]:
        """Variables of persons that all members of each household repeat."""
        if not self._repeated or self._job.swift:
            return frozenset(self._repeated)
        flags = {
            f"n{place}": counted(nw.col(differing_id(self.evaluation.columns[name])))
            for place, name in enumerate(self._repeated.values())
        }
        row = self._job.place.collect(self.kept.select(**flags)).to_pylist()[0]
        return frozenset(n for place, n in enumerate(self._repeated) if not row[f"n{place}"])

    def _group_columns(self, level: Level) -> dict[str, Column]:
        """Columns of variables that are known for the rows of a level."""
        found = {}
        for name in dict.fromkeys(name for by in self._job.wanted for name in by):
            step = self._job.plan.of(f"by:{name}")
            if step.level == level or self._own == "person":
                found[name] = self.evaluation.columns[step.name]
            elif level == "household" and name in self._repeated:
                found[name] = self.evaluation.columns[self._repeated[name]]
        return found

    def _sample_columns(self) -> dict[str, Column]:
        """Columns of the design that are known for units."""
        return {role: self.evaluation.columns[name] for role, name in self._design.items()}

    def sample_rows(self) -> pa.Table:
        """Distinct values of the design's columns, with the number of rows that have them."""
        sample = self._job.sample
        assert sample is not None  # noqa: S101 -- asked only with standard errors
        of_units = sample.base == self._own
        frame = self.kept if of_units else self.evaluation.frame(sample.base)
        there = set(frame.collect_schema().names())
        columns = self._sample_columns()
        chosen = {role: _expression(column) for role, column in columns.items()}
        if sample.by_household:
            chosen |= {key: nw.col(key) for key in self.evaluation.tables.keys}
        no = nw.lit(value=False)
        excused = no
        if ROWS in there and any(self._job.plan.of(r).level == "person" for r in sample.roles):
            excused = nw.col(ROWS).is_null()
            excused = excused & ~nw.col(COUNTED) if COUNTED in there else excused
        weight = OWN if sample.base == "household" else WEIGHT
        value = nw.col(weight) if weight in there else nw.lit(1.0)
        frame = frame.select(**chosen, **{EXCUSED: excused, SUM: value})
        positive = nw.col(SUM) > 0
        sums = {
            TIMES: nw.len(),
            POSITIVE: counted(positive),
            SUM: nw.when(positive).then(nw.col(SUM)).sum(),
        }
        found = frame.group_by([*chosen, EXCUSED]).agg(**sums)
        return collected(self._job.place, found)

    def cells(self, by: By) -> Cells:
        """Sums by group, sampled unit and profile."""
        if self._own == "person":
            return self._of_rows(by, self._group_columns("person"), self._counted_units())
        own = self._group_columns("household")
        of_households = all(
            self._job.plan.of(f"by:{name}").level == "household" or name in self.repeats
            for name in by
        )
        if of_households:
            return self._of_households(by, own)
        of_persons = [name for name in by if name not in own]
        if len(of_persons) == 1 and of_persons[0] in self._levels:
            return self._of_levels(by, own, of_persons[0])
        return self._of_rows(by, own | self._group_columns("person"), self._members_of_units(by))

    def _counted_units(self) -> Lazy:
        return self.kept.filter(nw.col(COUNTED))

    def _members_of_units(self, by: By) -> Lazy:
        """Counted persons with the profiles of their households."""
        people = self.evaluation.frame("person").filter(nw.col(COUNTED))
        of_persons = self._group_columns("person")
        ids = [of_persons[n].id for n in by if n in of_persons and of_persons[n].kind != "nothing"]
        weighs = WEIGHT in people.collect_schema().names()
        keys = list(self.evaluation.tables.keys)
        people = people.select(*keys, *dict.fromkeys(ids), *([WEIGHT] if weighs else []))
        drop = [*dict.fromkeys(ids), COUNTED, MEMBERS, WEIGHT]
        there = self.kept.collect_schema().names()
        units = self.kept.select(*(name for name in there if name not in drop))
        found = people.join(units, on=keys, how="inner")
        return found if weighs else found.with_columns(**{WEIGHT: nw.col(OWN)})

    def _keys_of(self, by: By, columns: Mapping[str, Column]) -> dict[str, nw.Expr]:
        keys = {f"by{place}": _expression(columns[name]) for place, name in enumerate(by)}
        sample = self._job.sample
        if sample is not None:
            known = self._sample_columns()
            keys |= {role: _expression(known[role]) for role in sample.roles}
            if sample.by_household:
                keys |= {key: nw.col(key) for key in self.evaluation.tables.keys}
        return keys | {DEPRIVED: nw.col(DEPRIVED), MISSING: nw.col(MISSING)}

    def _of_households(self, by: By, columns: Mapping[str, Column]) -> Cells:
        weight, own = nw.col(WEIGHT), nw.col(OWN)
        values = {"n": nw.col(MEMBERS), "weight": weight, "household_weight": own}
        if self._squares:
            values |= {"squares": weight * weight, "household_squares": own * own}
        rows = selected(self._counted_units(), self._keys_of(by, columns), values, len(self._gaps))
        return added(self._job.place, by, rows, households=True)

    def _of_rows(self, by: By, columns: Mapping[str, Column], frame: Lazy) -> Cells:
        weighs = WEIGHT in frame.collect_schema().names()
        weight = nw.col(WEIGHT) if weighs else nw.lit(1.0)
        values = {"n": nw.lit(1), "weight": weight}
        if self._squares:
            values["squares"] = weight * weight
        rows = selected(frame, self._keys_of(by, columns), values, len(self._gaps))
        return added(self._job.place, by, rows, households=False)

    def _of_levels(self, by: By, columns: Mapping[str, Column], name: str) -> Cells:
        """Persons of households, those of each value of a variable at a time."""
        levels, of = self._job.levels[name], self._group_columns("person")[name]
        parts = []
        for place in range(len(levels.values)):
            number = nw.col(number_id(of, place))
            keys = self._keys_of(by, {**columns, name: of})
            keys[f"by{by.index(name)}"] = levels.literal(place, of)
            weight = weight_of(of, place, weighs=self._own_weights)
            values = {"n": number, "weight": weight}
            frame = self._counted_units().filter(number > 0)
            parts.append(selected(frame, keys, values, len(self._gaps)))
        return added(self._job.place, by, nw.concat(parts, how="vertical"), households=False)

    @property
    def _squares(self) -> bool:
        sample = self._job.sample
        return sample is not None and sample.direct and "psu" not in sample.roles


def _expression(column: Column) -> nw.Expr:
    return nw.lit(None, dtype=nw.Int64) if column.kind == "nothing" else nw.col(column.id)
