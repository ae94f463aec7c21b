"""Carry out the steps of a plan as queries: columns of the frames of persons and households.

Nothing runs here. Steps are laid on the frames in as few layers as their order allows, so that an
optimiser sees a scan, one aggregation by household, and what follows from it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import reduce

import narwhals as nw

from mpi.engines.collect import report_differing
from mpi.engines.compile import Kind, Variables, compile_tree
from mpi.engines.relational.aggregates import (
    ROWS,
    ROWS_NOW,
    Aggregated,
    aggregated,
    compared,
    differing_id,
    of_numbers,
    of_truths,
    repeated,
)
from mpi.engines.relational.checks import Checks
from mpi.engines.relational.codes import Met, Recoder
from mpi.engines.relational.places import Lazy, Place
from mpi.engines.relational.tables import Column, Tables
from mpi.engines.reports import (
    inexact,
    infinite,
    kind_of_absent,
    no_number,
    no_truth,
    other_than_truths,
    place_of_truth,
    span,
    takes_numbers,
    unlinked,
    variable_absent,
    years_without_value,
)
from mpi.engines.steps import (
    Absent,
    Collect,
    Compute,
    Covered,
    Plan,
    Promote,
    Recode,
    Step,
    classes_of,
)
from mpi.errors import Problems, SurveyError
from mpi.findings import Finding
from mpi.spec.expression import ExpressionError
from mpi.spec.tree import Arithmetic, renamed
from mpi.survey.codebook import Level

# doubles hold every integer up to this
_EXACT = 2**53
_INFINITY = float("inf")
_OF_TRUTHS = ("any", "all", "count")


@dataclass(frozen=True, slots=True)
class Row:
    """A column to be computed in each row from columns of the same frame."""

    name: str
    level: Level
    needs: tuple[str, ...]
    make: Callable[[], tuple[nw.Expr | None, Column]]


@dataclass(frozen=True, slots=True)
class Aggregate:
    """A column of households to be computed from columns of persons."""

    name: str
    needs: tuple[str, ...]
    make: Callable[[], Aggregated]


@dataclass
class Evaluation:
    """Columns of a survey as queries.

    Attributes
    ----------
    plan : Plan
    tables : Tables
    place : Place
    problems : Problems
    findings : list of Finding
    swift : bool
        As of `aggregated`.
    checks : mapping of level to Checks
        What has to be counted before the columns can be trusted.
    """

    plan: Plan
    tables: Tables
    place: Place
    problems: Problems
    findings: list[Finding] = field(default_factory=list)
    swift: bool = False
    checks: dict[Level, Checks] = field(
        default_factory=lambda: {"person": Checks(), "household": Checks()}
    )
    columns: dict[str, Column] = field(default_factory=dict)
    _checked: set[str] = field(default_factory=set)
    _computed_rules: dict[tuple[Level, str], Column] = field(default_factory=dict)
    _aggregated: dict[tuple[str, ...], Column] = field(default_factory=dict)
    _pending: dict[str, Row | Aggregate] = field(default_factory=dict)
    _spread: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.frames: dict[Level, Lazy | None] = {
            "person": self.tables.persons,
            "household": self.tables.households,
        }
        self.columns |= self.tables.columns
        self._there: dict[Level, set[str]] = {"person": set(), "household": set()}
        for name, column in self.columns.items():
            self._there[column.level].add(name)
        for step in self.plan.steps.values():
            self._plan_step(step)

    def add(self, node: Row | Aggregate) -> None:
        """Have a column computed that is no step of the plan."""
        self._pending[node.name] = node

    def want(self, name: str, level: Level) -> None:
        """Have a column of households in the rows of persons too."""
        if level == "person":
            self._spread.add(name)

    def run(self) -> None:
        """Lay all columns on the frames."""
        while self._pending or self._spread - self._there["person"]:
            if self._rows() or self._spreads() or self._aggregates():
                continue
            break  # what is left rests on a step with a problem
        self.problems.raise_if_any()

    def frame(self, level: Level) -> Lazy:
        """Frame of a level, with all its columns."""
        found = self.frames[level]
        assert found is not None  # noqa: S101 -- the plan asks for no level without a table
        return found

    def value(self, name: str) -> nw.Expr:
        """A column as an expression."""
        return nw.col(self.columns[name].id)

    def truth(self, role: str) -> nw.Expr:
        """A role as a truth value, where it is used as one."""
        return self.truth_of(self.plan.results[role])

    def truth_of(self, name: str) -> nw.Expr:
        """A column as a truth value; a column of others than 0 and 1 is a problem."""
        column = self.columns[name]
        self._check_truth(name)
        if column.kind == "truth":
            return nw.col(column.id)
        if column.kind == "number":
            return nw.col(column.id) != 0
        return nw.lit(None, dtype=nw.Boolean)

    def number(self, role: str) -> nw.Expr:
        """A role as a number in doubles.

        Raises
        ------
        SurveyError
            If it is none.
        """
        name = self.plan.results[role]
        column = self.columns[name]
        if column.kind == "nothing":
            return nw.lit(None, dtype=nw.Float64)
        if column.kind != "number":
            raise SurveyError("survey", [no_number(role, name, column.kind)])
        return nw.col(column.id).cast(nw.Float64)

    def _plan_step(self, step: Step) -> None:
        match step.work:
            case Collect() | Promote():
                self.add(Aggregate(step.name, step.needs(), lambda: self._collected(step)))
            case Recode() | Absent() | Compute() | Covered():
                needs = tuple(dict.fromkeys(step.needs()))
                self.add(Row(step.name, step.level, needs, lambda: self._computed(step)))

    def _rows(self) -> bool:
        """Lay on each frame what can be computed from its columns; whether there was anything."""
        done = False
        for level, frame in self.frames.items():
            if frame is None:  # households that only an aggregation will make
                continue
            ready = [
                node
                for node in self._pending.values()
                if isinstance(node, Row)
                and node.level == level
                and self._there[level].issuperset(node.needs)
            ]
            new = {}
            for node in ready:
                expression, column = node.make()
                self.columns[node.name] = column
                if expression is not None and column.kind != "nothing":
                    new[column.id] = expression
            if new:
                self.frames[level] = frame.with_columns(**new)
            for node in ready:
                del self._pending[node.name]
                self._there[level].add(node.name)
            done = done or bool(ready)
        return done

    def _spreads(self) -> bool:
        """Give persons the columns of their households that something needs there."""
        wanted = set(self._spread)
        for node in self._pending.values():
            if isinstance(node, Aggregate) or node.level == "person":
                wanted |= set(node.needs)
        new = sorted((wanted & self._there["household"]) - self._there["person"])
        if not new:
            return False
        self._need_members(new[0])
        persons, households = self.frame("person"), self.frame("household")
        keys = self.tables.keys
        # steps that are computed alike share a column, which may be there already
        known = persons.collect_schema().names()
        ids = dict.fromkeys(self.columns[n].id for n in new if self.columns[n].kind != "nothing")
        own = [name for name in ids if name not in known]
        if own:
            found = households.select(*keys, *own)
            self.frames["person"] = persons.join(found, on=list(keys), how="left")
        self._there["person"] |= set(new)
        return True

    def _aggregates(self) -> bool:
        """Aggregate by household all that can be, at once."""
        ready = [
            node
            for node in self._pending.values()
            if isinstance(node, Aggregate) and self._there["person"].issuperset(node.needs)
        ]
        if not ready:
            return False
        self._need_members(ready[0].name)
        made = [node.make() for node in ready]
        keys, households = list(self.tables.keys), self.frames["household"]
        found = aggregated(self.frame("person"), keys, made, swift=self.swift)
        kept = list[str]()
        if households is not None:
            kept = [name for name in households.collect_schema().names() if name not in keys]
            found = households.join(found, on=keys, how="left")
        values = {name: value for one in made for name, value in one.values.items()}
        if ROWS not in kept:
            values[ROWS] = nw.col(ROWS_NOW).cast(nw.Int64)
        self.frames["household"] = found.select(*keys, *kept, **values)
        for node, one in zip(ready, made, strict=True):
            self.columns[node.name] = one.column
            del self._pending[node.name]
            self._there["household"].add(node.name)
        return True

    def _need_members(self, what: str) -> None:
        if not self.tables.linked:
            step = self.plan.steps.get(what)
            place = step.where if step is not None else ""
            raise SurveyError("survey", [unlinked(repr(what), place)])

    def _collected(self, step: Step) -> Aggregated:
        work = step.work
        if isinstance(work, Promote):
            return self.promoted(work.of, report=True)
        assert isinstance(work, Collect)  # noqa: S101 -- only these are aggregates
        limit = self.truth_of(work.where) if work.where is not None else None
        value = self.truth_of(work.of) if work.of and work.kind in _OF_TRUTHS else None
        ids = [self.columns[n].id if n is not None else "" for n in (work.of, work.where)]
        known = (work.kind, *ids)
        if known in self._aggregated:
            return Aggregated(self._aggregated[known])
        # members for whom a condition holds are counted once, whichever side it stands on
        name = "_".join(part for part in ids if part)
        found = self._made(step, work, (value, limit), name)
        self._aggregated[known] = found.column
        return found

    def _made(
        self,
        step: Step,
        work: Collect,
        truths: tuple[nw.Expr | None, nw.Expr | None],
        name: str,
    ) -> Aggregated:
        value, limit = truths
        if work.kind in _OF_TRUTHS:
            kind: Kind = "number" if work.kind == "count" else "truth"
            made = self.tables.column("household", kind, whole=True)
            return of_truths(work.kind, value, limit, made, name)
        assert work.of is not None  # noqa: S101 -- the rule language requires it
        column = self.columns[work.of]
        if column.kind not in ("number", "nothing"):
            takes_numbers(self.problems, step, work.kind, work.of, column.kind)
        if column.kind != "number":
            none = self.tables.column("household", "number")
            return Aggregated(none, values={none.id: nw.lit(None, dtype=nw.Float64)})
        made = self.tables.column("household", "number", whole=column.whole)
        if work.kind == "sum" and not column.whole:
            self._refuse_infinite(step, [made])
        return of_numbers(work.kind, column, limit, made)

    def promoted(self, of: str, *, report: bool) -> Aggregated:
        """A value that members repeat; if `report`, it is a problem where they do not."""
        column = self.columns[of]
        made = self.tables.column("household", column.kind, whole=column.whole)
        if self.swift:
            return repeated(column, made)
        if report and column.kind != "nothing":
            self.checks["household"].add(
                nw.col(differing_id(made)),
                lambda n, rows: report_differing(self.problems, of, n, rows),
            )
        return compared(column, made)

    def _computed(self, step: Step) -> tuple[nw.Expr | None, Column]:
        level = step.level
        match step.work:
            case Recode(of=of, variable=variable):
                recoder = Recoder(self.problems, self.checks[level], self._met(level))
                found = recoder.recoded(self.columns[of], variable, self.plan.steps[of].name)
                column = self.tables.column(level, found.kind, whole=found.whole)
                return found.expression, column
            case Absent(variable=variable):
                self.findings.append(variable_absent(variable))
                kind = kind_of_absent(variable)
                type_ = nw.Boolean if kind == "truth" else nw.String
                return nw.lit(None, dtype=type_), self.tables.column(level, kind)
            case Covered() as work:
                return self._covered(step, work)
            case _:
                return self._compiled(step)

    def _compiled(self, step: Step) -> tuple[nw.Expr | None, Column]:
        assert isinstance(step.work, Compute)  # noqa: S101 -- the last kind of work
        names = list(dict.fromkeys(step.needs()))
        variables = Variables(
            kinds={name: self.columns[name].kind for name in names},
            columns={name: self.columns[name].id for name in names},
            classes=classes_of(self.plan, names),
        )
        tree, text = step.work.tree, step.work.text
        # one rule may stand in several places; its column is computed once
        known = (step.level, repr(renamed(tree, lambda name: self.columns[name].id)))
        if known in self._computed_rules:
            return None, self._computed_rules[known]
        try:
            compiled = compile_tree(tree, text, variables, as_truth=self._check_truth)
        except ExpressionError as error:
            self.problems.add(step.where or step.name, str(error))
            return None, self.tables.column(step.level, "nothing")
        if any(isinstance(node, Arithmetic) for node in tree.walk()):
            self._check_exact(step, names)
            self._check_finite(step, names)
        column = self.tables.column(step.level, compiled.kind)
        self._computed_rules[known] = column
        return compiled.expression, column

    def _check_exact(self, step: Step, names: list[str]) -> None:
        """Have integers counted with which doubles cannot calculate."""
        for name in names:
            column = self.columns[name]
            work = self.plan.steps[name].work
            if column.whole and column.kind == "number" and not isinstance(work, Collect):
                value = nw.col(column.id)
                self.checks[step.level].add(
                    (value > _EXACT) | (value < -_EXACT),
                    lambda *_: inexact(self.problems, step),
                )

    def _check_finite(self, step: Step, names: list[str]) -> None:
        """Have infinite numbers counted with which a rule calculates; sums were looked at."""
        works = {name: self.plan.steps[name].work for name in names}
        sums = {n for n, work in works.items() if isinstance(work, Collect) and work.kind == "sum"}
        columns = [self.columns[name] for name in names if name not in sums]
        self._refuse_infinite(step, [c for c in columns if c.kind == "number" and not c.whole])

    def _refuse_infinite(self, step: Step, columns: list[Column]) -> None:
        if not columns:
            return
        values = [nw.col(column.id) for column in columns]
        wrong = [v.is_nan() | (v == _INFINITY) | (v == -_INFINITY) for v in values]
        self.checks[step.level].add(
            reduce(lambda a, b: a | b, wrong), lambda *_: infinite(self.problems, step)
        )

    def _check_truth(self, name: str) -> None:
        """Have a column refused that is used as a yes or no and has other values."""
        column = self.columns[name]
        if column.kind in ("truth", "nothing") or name in self._checked:
            return
        self._checked.add(name)
        where = place_of_truth(self.plan.steps[name])
        if column.kind != "number":
            no_truth(self.problems, where, name, column.kind)
            return
        value = nw.col(column.id)
        self.checks[column.level].add(
            (value != 0) & (value != 1),
            lambda count, of: other_than_truths(self.problems, where, count, of),
        )

    def _covered(self, step: Step, work: Covered) -> tuple[nw.Expr | None, Column]:
        """The year of birth; what is no year, or has no value of the norm, is a problem."""
        of = self.columns[work.of]
        column = self.tables.column(step.level, of.kind, whole=of.whole)
        if of.kind != "number":
            return (None if of.kind == "nothing" else nw.col(of.id)), column
        limit = self.truth_of(work.where) if work.where is not None else None
        reported: list[int] = []
        for bounds, found, expected, remedy in years_without_value(work):
            outside = _outside(nw.col(of.id), bounds, limit)
            if outside is None:
                continue

            def report(
                count: int,
                rows: int,
                what: tuple[nw.Expr, str, str, str] = (outside, found, expected, remedy),
            ) -> None:
                if not reported:
                    reported.append(count)
                    years = [float(str(year)) for year in self._met(step.level)(what[0], of.id)]
                    self.problems.add(
                        step.where,
                        f"{what[1]} {span(min(years), max(years))}",
                        expected=what[2],
                        remedy=what[3],
                        count=count,
                        of=rows,
                    )

            self.checks[step.level].add(outside, report)
        return nw.col(of.id), column

    def _met(self, level: Level) -> Met:
        """Distinct values of a column where a condition holds."""

        def met(condition: nw.Expr, name: str) -> list[object]:
            values = self.frame(level).filter(condition).select(nw.col(name)).unique()
            found: list[object] = sorted(self.place.collect(values).column(0).to_pylist())
            return found

        return met


def _outside(
    value: nw.Expr, bounds: tuple[int | None, int | None], limit: nw.Expr | None
) -> nw.Expr | None:
    """Whether a value is below or above two bounds, where a condition holds."""
    low, high = bounds
    parts = [] if low is None else [value < low]
    parts += [] if high is None else [value > high]
    if not parts:
        return None
    outside = parts[0] if len(parts) == 1 else parts[0] | parts[1]
    return outside if limit is None else outside & limit
