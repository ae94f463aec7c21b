"""Tabulate where the data are: in DuckDB, Polars or Spark."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from inspect import signature

import pyarrow as pa
import pyarrow.compute as pc

from mpi.core.distances import Distance
from mpi.engines.base import By, Grouping, Sampled, Tabulation
from mpi.engines.columns import without_signed_zero
from mpi.engines.plan import make_plan
from mpi.engines.relational.cells import Cells, compacted, grouping_of, joined
from mpi.engines.relational.levels import Levels, levels_of
from mpi.engines.relational.part import IrregularError, Job, Part
from mpi.engines.relational.places import DuckDB, Place, Polars, Spark
from mpi.engines.relational.sample import Sample
from mpi.engines.relational.tables import check_links, empty_columns, plain
from mpi.engines.reports import memberless_in_no_group
from mpi.engines.spans import Span
from mpi.engines.steps import Plan, Raw
from mpi.errors import Problem, SurveyError
from mpi.findings import Finding
from mpi.progress import Tell, told
from mpi.spec.model import Specification
from mpi.survey.survey import Survey

# cells that are held before those of equal keys are added up
_HELD = 2_000_000
# rows of persons that are looked at before the others
_FIRST = 20_000


class Engine:
    """Tabulates by queries at a place, as `mpi.engines.memory.tabulate` does in memory.

    Parameters
    ----------
    name : str
        What it is called.
    make : callable
        Makes the place; its parameters are the options of the engine.

    Attributes
    ----------
    options : tuple of str
    """

    def __init__(self, name: str, make: Callable[..., Place]) -> None:
        self._name, self._make = name, make
        self.options = tuple(signature(make).parameters)

    def __call__(
        self,
        survey: Survey,
        spec: Specification,
        groupings: Sequence[By],
        *,
        se: bool = True,
        distances: tuple[Distance, ...] = (),
        progress: Tell | None = None,
        **options: object,
    ) -> Tabulation:
        """Profile tables of a survey.

        Parameters
        ----------
        survey, spec, groupings, se, distances, progress
            As of the memory engine.
        **options
            Of the place.

        Raises
        ------
        SurveyError, SpecificationError
            As the memory engine, and where the place cannot be had or something is asked for that
            only the memory engine does.
        """
        given = _Given(survey, spec, groupings, se=se, distances=distances)
        given.refuse(self._name)
        with self._make(**options) as place:
            given.prepare(place)
            spans = place.spans(survey, given.units)
            return _tabulate(place, given, spans, told(progress))


duckdb = Engine("duckdb", DuckDB)
polars = Engine("polars", Polars)
spark = Engine("spark", Spark)


class _Given:
    """What is asked for, and the plan that follows from it."""

    def __init__(
        self,
        survey: Survey,
        spec: Specification,
        groupings: Sequence[By],
        *,
        se: bool,
        distances: tuple[Distance, ...],
    ) -> None:
        self.survey, self.spec = survey, spec
        self.wanted = tuple(by for by in dict.fromkeys(groupings) if by)
        self._se, self._distances = se, distances
        names = list(dict.fromkeys(name for by in self.wanted for name in by))
        self.plan: Plan = make_plan(survey, spec, names)
        table = survey.tables.get("persons")
        self.units = survey.tables["households"] if table is None else table

    def refuse(self, engine: str) -> None:
        """Stop where something is asked for that only rows in memory give."""
        reasons = limits(self.survey, self.spec, se=self._se, distances=self._distances)
        if self._se and not reasons:
            sample = self._sample()
            if sample.by_household and not self._keys():
                reasons.append("each row is a sampled unit, and has no key")
        if reasons:
            remedy = "Choose engine='memory', or leave out what is named."
            problems = [Problem("", reason, remedy=remedy) for reason in reasons]
            raise SurveyError(f"engine {engine!r}", problems)

    def prepare(self, place: Place) -> None:
        """Get every table ready, and stop for broken keys."""
        keys, dwelling = self.survey.keys.household, self.survey.keys.dwelling
        for name, source in self.survey.tables.items():
            own = (*keys.get(name, ()), *dwelling.get(name, ()))
            person = self.survey.keys.person if name == "persons" else ()
            place.prepare(source, [*own, *person, *self.plan.raw(name)])
        check_links(self.survey, place)

    def job(self, place: Place, empty: frozenset[str], *, swift: bool) -> Job:
        """The work to be done at a place."""
        repeated = self._may_be_repeated(place)
        return Job(
            self.survey,
            self.spec,
            self.plan,
            place,
            self.wanted,
            self._sample() if self._se else None,
            empty,
            repeated,
            self._levels(place, repeated),
            swift and self.spec.unit == "household" and self._linked,
        )

    def _levels(self, place: Place, repeated: frozenset[str]) -> dict[str, Levels]:
        """Grouping variables that are the only ones of persons, by their values."""
        if self.spec.unit == "person" or not self._linked:
            return {}
        of_persons = [
            [n for n in by if self.plan.of(f"by:{n}").level == "person" and n not in repeated]
            for by in self.wanted
        ]
        alone = dict.fromkeys(names[0] for names in of_persons if len(names) == 1)
        return levels_of(self.survey, self.plan, place, list(alone))

    @property
    def _linked(self) -> bool:
        tables, keys = self.survey.tables, self.survey.keys.household
        return "persons" in tables and bool(keys.get("persons"))

    def _may_be_repeated(self, place: Place) -> frozenset[str]:
        """Columns of persons to group by, of which members may all have the same value.

        The first rows tell of most that they have not, and then no household has to be looked at.
        """
        if self.spec.unit == "person" or not self._linked:
            return frozenset()
        steps = {n: self.plan.of(f"by:{n}") for by in self.wanted for n in by}
        raw = {
            name: step.work.column
            for name, step in steps.items()
            if step.level == "person" and isinstance(step.work, Raw)
        }
        if not raw:
            return frozenset()
        keys = self.survey.keys.household["persons"]
        names = list(dict.fromkeys([*keys, *raw.values()]))
        first = place.table(self.survey.tables["persons"], names).head(_FIRST)
        schema = first.collect_schema()
        head = place.collect(first.select(**{c: plain(c, schema[c]) for c in schema}))
        equal = [without_signed_zero(head[c]) for c in head.column_names]  # Arrow tells two apart
        head = pa.table(equal, names=head.column_names)
        key = [f"c{names.index(name)}" for name in keys]
        groups = head.group_by(key).aggregate([]).num_rows
        return frozenset(
            name
            for name, column in raw.items()
            if head.group_by([*key, f"c{names.index(column)}"]).aggregate([]).num_rows == groups
        )

    def _sample(self) -> Sample:
        alone = self.spec.unit == "household" or not self._linked
        levels = {self.plan.of(f"by:{name}").level for by in self.wanted for name in by}
        of_units = self.spec.unit == "person" or levels <= {"household"}
        made = self.survey.design.replicates is not None
        gaps = any(indicator.gap for indicator in self.spec.indicators.values())
        direct = alone and of_units and not gaps and not made
        return Sample(self.survey, self.plan, self.spec.unit, direct, self._linked)

    def _keys(self) -> bool:
        table = "persons" if "persons" in self.survey.tables else "households"
        return bool(self.survey.keys.household.get(table))  # type: ignore[call-overload]


def limits(
    survey: Survey, spec: Specification, *, se: bool, distances: tuple[Distance, ...]
) -> list[str]:
    """What is asked for that only the memory engine gives; nothing if every engine does."""
    found = []
    if distances:
        found.append("distances need the gaps of each row")
    if se and survey.design.replicates is not None and survey.design.replicates.columns:
        found.append("supplied replicate weights are read from rows in memory only")
    if survey.design.rebuilds_weight:
        found.append("weights that follow from 'fpc' are made from rows in memory only")
    del spec
    return found


def _tabulate(place: Place, given: _Given, spans: Sequence[Span], tell: Tell) -> Tabulation:
    try:
        return _swiftly(place, given, spans, tell, frozenset())
    except SurveyError:
        # a column without any value has no type of its own, whatever its file says
        empty = empty_columns(given.survey, given.plan, place)
        if not empty:
            raise
        place.drop()
    return _swiftly(place, given, spans, tell, empty)


def _swiftly(
    place: Place, given: _Given, spans: Sequence[Span], tell: Tell, empty: frozenset[str]
) -> Tabulation:
    try:
        return _Run(given.job(place, empty, swift=True), spans, tell).result()
    except IrregularError:
        place.drop()
    return _Run(given.job(place, empty, swift=False), spans, tell).result()


class _Run:
    """One tabulation, span by span."""

    def __init__(self, job: Job, spans: Sequence[Span], tell: Tell) -> None:
        self._job, self._spans, self._tell = job, spans, tell
        self._cells: dict[By, list[Cells]] = {by: [] for by in ((), *job.wanted)}
        self._drawn: list[pa.Table] = []
        self._counts: list[list[int]] = []
        self._steps = len(spans) * (1 + len(self._cells)) + 1

    def result(self) -> Tabulation:
        self._tell("checking", 0, self._steps)
        whole = Part(self._job, self._spans[0] if len(self._spans) == 1 else None)
        self._check_others(whole)
        for place, span in enumerate(self._spans):
            part = whole if len(self._spans) == 1 else Part(self._job, span)
            self._add(part, place)
            self._job.place.drop()
        return self._assembled(whole)

    def _check_others(self, whole: Part) -> None:
        """Count what is wrong with rows that are not units, before the units are made of them."""
        found = whole.others()
        if found is not None:
            level, frame = found
            checks = whole.evaluation.checks[level]
            checks.report(checks.count(self._job.place, frame, kept=False))
        whole.evaluation.problems.raise_if_any()

    def _add(self, part: Part, place: int) -> None:
        """Take what is needed of a span."""
        at = place * (1 + len(self._cells)) + 1
        self._tell("reading and evaluating", at, self._steps)
        self._counts.append(part.counts())
        if self._job.sample is not None:
            self._drawn.append(part.sample_rows())
        for step, (by, cells) in enumerate(self._cells.items(), start=1):
            what = f"tabulating by {' x '.join(by)}" if by else "tabulating"
            self._tell(what, at + step, self._steps)
            cells.append(part.cells(by))
            if len(cells) > 1 and sum(c.rows.num_rows for c in cells) > _HELD:
                cells[:] = [compacted(joined(cells))]

    def _assembled(self, whole: Part) -> Tabulation:
        counts = [sum(column) for column in zip(*self._counts, strict=True)]
        whole.evaluation.checks[self._job.spec.unit].report(counts)
        whole.problems_of_rules.raise_if_any()
        whole.population.check_somebody()
        whole.evaluation.problems.raise_if_any()
        keys = whole.evaluation.tables.keys
        sampled, of_sample = self._sampled(keys)
        groupings, lost = [], list[Finding]()
        for cells in self._cells.values():
            together = joined(cells)
            grouping, found = grouping_of(together, self._job.spec, self._job.sample, sampled, keys)
            groupings.append(grouping)
            lost += [*found, *self._memberless(whole, grouping, groupings[0])]
        readers = [f for source in self._job.survey.tables.values() for f in source.findings]
        findings = [*readers, *whole.evaluation.findings, *of_sample, *lost]
        return Tabulation(tuple(groupings), sampled, tuple(dict.fromkeys(findings)))

    def _sampled(self, keys: Sequence[str]) -> tuple[Sampled | None, list[Finding]]:
        sample = self._job.sample
        if sample is None:
            return None, []
        rows = pa.concat_tables(self._drawn, promote_options="permissive")
        return sample.read(rows, keys if sample.by_household else ())

    def _weight(self, by: By) -> float:
        """Weight of all cells of a grouping, those in no group too."""
        return float(sum(pc.sum(cells.rows["weight"]).as_py() or 0 for cells in self._cells[by]))

    def _memberless(self, whole: Part, grouping: Grouping, national: Grouping) -> list[Finding]:
        """Say that households without person rows are in no group of persons."""
        alone = whole.population.alone
        if grouping.households or not alone or not national.households:
            return []
        # whoever is counted nationally and not among the persons, whatever their group
        weight, persons = national.table.weight.sum(), self._weight(grouping.by)
        share = float((weight - persons) / weight) if weight > 0 else None
        of = whole.population.counted["household"]
        return [memberless_in_no_group(grouping.by, alone, of, share)]
