"""Carry out the steps of a plan in memory: rules through narwhals on Arrow columns."""

from __future__ import annotations

from collections.abc import Mapping

import narwhals as nw
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from mpi.core.pack import Truths
from mpi.engines import columns as arrow
from mpi.engines.collect import collect, is_repeated, promote
from mpi.engines.columns import Array
from mpi.engines.compile import Compiled, Kind, Variables, compile_tree
from mpi.engines.links import Links, Members
from mpi.engines.recode import recode
from mpi.engines.reports import (
    inexact,
    infinite,
    kind_of_absent,
    no_number,
    no_truth,
    no_variable,
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
    Raw,
    Recode,
    Step,
    classes_of,
)
from mpi.errors import Problems, SurveyError
from mpi.findings import Finding
from mpi.spec.expression import ExpressionError
from mpi.spec.tree import Arithmetic, Node, renamed
from mpi.survey.codebook import Level, TableName
from mpi.survey.survey import Survey

_KINDS: Mapping[Kind, pa.DataType] = {
    "truth": pa.bool_(),
    "number": pa.float64(),
    "text": pa.string(),
    "nothing": pa.null(),
}


class Evaluation:
    """Columns of a plan, each computed once.

    Parameters
    ----------
    survey : Survey
    plan : Plan
    links : Links

    Raises
    ------
    SurveyError
        If a rule does not fit the data; all problems at once.
    """

    def __init__(self, survey: Survey, plan: Plan, links: Links) -> None:
        self._survey = survey
        self._plan = plan
        self._links = links
        self._columns: dict[str, Array] = {}
        self._spread: dict[str, Array] = {}
        self._checked: set[str] = set()
        self._known: dict[tuple[object, ...], str] = {}
        self._alike: dict[str, str] = {}
        self._repeated: dict[str, bool] = {}
        self._problems = Problems("survey", SurveyError)
        self.findings: list[Finding] = [*plan.findings]
        self._direct = self._direct_truths()
        self._read()
        for step in plan.steps.values():
            if not isinstance(step.work, Raw) and all(n in self._columns for n in step.needs()):
                self._carry_out(step)
        self._problems.raise_if_any()

    def column(self, name: str, level: Level) -> Array:
        """Column of a step, one value per row of a level."""
        step = self._plan.steps[name]
        if step.level == level:
            return self._columns[name]
        if name not in self._spread:
            self._spread[name] = self._spread_to_persons(step)
        return self._spread[name]

    def truths(self, role: str, level: Level) -> Truths:
        """Truth values of a role, one per row of a level."""
        name = self._plan.results[role]
        if name in self._direct:
            return self._direct[name]
        column = self._as_truth(self._plan.steps[name], self.column(name, level))
        return arrow.truths(column)

    def numbers(self, role: str, level: Level) -> NDArray[np.float64]:
        """Numbers of a role, one per row of a level; NaN where missing."""
        step = self._plan.of(role)
        column = self.column(step.name, level)
        kind = arrow.kind_of(column)
        if kind not in ("number", "nothing"):
            raise SurveyError("survey", [no_number(role, step.name, str(kind))])
        return arrow.numbers(column)

    def _direct_truths(self) -> dict[str, Truths]:
        """Results that are columns of truths in numpy already: no conversion, no copy."""
        used = {name for step in self._plan.steps.values() for name in step.needs()}
        direct = {}
        for role, name in self._plan.results.items():
            work = self._plan.steps[name].work
            if not role.startswith(("deprived:", "destitute:", "condition:")) or name in used:
                continue
            units = "persons" if "persons" in self._survey.tables else "households"
            if isinstance(work, Raw) and work.table == units:
                values = self._survey.tables[units].numpy(work.column)
                if values is not None and values.dtype == np.bool_:
                    direct[name] = Truths(np.ascontiguousarray(values))
        return direct

    def _read(self) -> None:
        for table, source in self._survey.tables.items():
            wanted = [n for n in self._plan.raw(table) if f"{table}.{n}" not in self._direct]
            data = source.read(wanted)
            for name in wanted:
                self._columns[f"{table}.{name}"] = self._raw(table, name, data.column(name))

    def _raw(self, table: TableName, name: str, column: pa.ChunkedArray) -> Array:
        array = arrow.single(column)
        if array.null_count == len(array):
            array = pa.nulls(len(array))  # nobody answered, so it has no type of its own
        if arrow.kind_of(array) is None:
            no_variable(self._problems, self._survey.tables[table].name, name, array.type)
            return pa.nulls(len(array))
        if table == "dwellings" and self._links.dwelling is not None:
            return arrow.taken(array, self._links.dwelling)
        return array

    def _carry_out(self, step: Step) -> None:
        what = self._what(step)
        first = step.name if what is None else self._known.setdefault(what, step.name)
        self._alike[step.name] = first
        if first in self._columns:  # one rule may stand in several places
            self._columns[step.name] = self._columns[first]
            return
        try:
            self._columns[step.name] = self._worked(step)
        except ExpressionError as error:
            self._problems.add(step.where or step.name, str(error))
        except (_InexactError, pa.ArrowInvalid):  # Arrow's is a cast to doubles that would round
            inexact(self._problems, step)
        except _InfiniteError:
            infinite(self._problems, step)

    def _what(self, step: Step) -> tuple[object, ...] | None:
        """What a step computes, equal for two that give the same column; None if they never do."""

        def first(name: str) -> str:
            return self._alike.get(name, name)

        match step.work:
            case Compute(tree=tree):
                return step.level, repr(renamed(tree, first))
            case Collect(kind=kind, of=of, where=where):
                return kind, *(name if name is None else first(name) for name in (of, where))
        return None

    def _worked(self, step: Step) -> Array:
        match step.work:
            case Recode(of=of, variable=variable):
                column = self.column(of, step.level)
                table = self._plan.steps[of].name
                return recode(column, variable, where=table, problems=self._problems)
            case Absent(variable=variable):
                self.findings.append(variable_absent(variable))
                return pa.nulls(self._links.rows(step.level), _KINDS[kind_of_absent(variable)])
            case Collect(kind=aggregate, of=value, where=where):
                return self._collected(step, aggregate, value, where)
            case Promote(of=of):
                return promote(
                    self._columns[of],
                    self._members_for(step),
                    of,
                    self._problems,
                )
            case Compute(tree=tree, text=text):
                return self._computed(step, tree, text)
            case Covered() as work:
                return self._covered(step, work)
            case _:
                raise AssertionError(step)

    def _collected(self, step: Step, kind: str, of: str | None, where: str | None) -> Array:
        value = self.column(of, "person") if of is not None else None
        limit = self.column(where, "person") if where is not None else None
        if value is not None and of is not None and kind in _OF_TRUTHS:
            value = self._as_truth(self._plan.steps[of], value)
        if limit is not None and where is not None:
            limit = self._as_truth(self._plan.steps[where], limit)
        if value is not None and kind not in _OF_TRUTHS and arrow.kind_of(value) not in _NUMERIC:
            takes_numbers(self._problems, step, kind, str(of), str(arrow.kind_of(value)))
            return pa.nulls(self._links.n_households)
        found = collect(kind, value, limit, self._members_for(step))
        if kind == "sum" and not arrow.is_finite(found):
            raise _InfiniteError
        return found

    def _computed(self, step: Step, tree: Node, text: str) -> Array:
        names = list(dict.fromkeys(step.needs()))
        data = {f"c{i}": self.column(name, step.level) for i, name in enumerate(names)}
        calculates = any(isinstance(node, Arithmetic) for node in tree.walk())
        if calculates and not all(map(arrow.is_exact, data.values())):
            raise _InexactError  # sums of integers would wrap around
        if calculates and not all(map(arrow.is_finite, data.values())):
            raise _InfiniteError
        if not data:  # a frame has rows only where it has a column
            data["row"] = pa.nulls(self._links.rows(step.level))
        variables = Variables(
            kinds={n: arrow.kind_of(data[f"c{i}"]) or "nothing" for i, n in enumerate(names)},
            columns={name: f"c{i}" for i, name in enumerate(names)},
            classes=classes_of(self._plan, names),
        )
        compiled: Compiled = compile_tree(
            tree,
            text,
            variables,
            as_truth=lambda name: self._check_truth(
                self._plan.steps[name], self.column(name, step.level)
            ),
        )
        frame = nw.from_native(pa.table(data), eager_only=True)
        result = frame.with_columns(result=compiled.expression).get_column("result")
        return arrow.single(result.to_arrow())

    def _covered(self, step: Step, work: Covered) -> Array:
        """The year of birth; what is no year, or has no value of the norm, is a problem."""
        column = self.column(work.of, step.level)
        if arrow.kind_of(column) != "number":
            return column  # comparing it says what is wrong
        limit = None
        if work.where is not None:
            limit = self._as_truth(self._plan.steps[work.where], self.column(work.where, "person"))
        for bounds, found, expected, remedy in years_without_value(work):
            years = _outside(column, bounds, limit)
            if years is not None:
                ends = pc.min_max(years).as_py()
                self._problems.add(
                    step.where,
                    f"{found} {span(ends['min'], ends['max'])}",
                    expected=expected,
                    remedy=remedy,
                    count=len(years),
                    of=len(column),
                )
                break
        return column

    def _as_truth(self, step: Step, column: Array) -> Array:
        """The column if it can be a yes or no; else all missing, and a problem is noted."""
        self._check_truth(step, column)
        fits = arrow.kind_of(column) in ("truth", "number", "nothing")
        return column if fits else pa.nulls(len(column))

    def _check_truth(self, step: Step, column: Array) -> None:
        """Refuse a column that is used as a yes or no and has other values."""
        kind = arrow.kind_of(column)
        if kind in ("truth", "nothing") or step.name in self._checked:
            return
        self._checked.add(step.name)
        where = place_of_truth(step)
        if kind != "number":
            no_truth(self._problems, where, step.name, kind)
            return
        fine = pc.or_(pc.equal(column, 0), pc.equal(column, 1))
        wrong = len(column) - column.null_count - (pc.sum(fine).as_py() or 0)
        if wrong:
            other_than_truths(self._problems, where, wrong, len(column))

    def is_repeated(self, step: Step) -> bool:
        """Whether all members of each household have the same value of a raw column."""
        members = self._links.members
        if members is None or not isinstance(step.work, Raw):
            return False
        if step.name not in self._repeated:
            self._repeated[step.name] = is_repeated(self._columns[step.name], members)
        return self._repeated[step.name]

    def of_household(self, name: str) -> Array:
        """Column of persons that all members of a household repeat, one value per household.

        Raises
        ------
        SurveyError
            If members differ.
        """
        step = self._plan.steps[name]
        promoted = promote(self._columns[name], self._members_for(step), name, self._problems)
        self._problems.raise_if_any()
        return promoted

    def household_of_person(self) -> NDArray[np.int64]:
        """Position of each person's household, for a unit that persons share."""
        return self._members("a group of persons").household

    def raise_problems(self) -> None:
        """Raise what was found after the steps were carried out."""
        self._problems.raise_if_any()

    def _spread_to_persons(self, step: Step) -> Array:
        return arrow.taken(self._columns[step.name], self._members_for(step).household)

    def _members_for(self, step: Step) -> Members:
        return self._members(repr(step.name), step.where)

    def _members(self, what: str, where: str = "") -> Members:
        """Persons as members of households, which something needs."""
        if self._links.members is None:
            raise SurveyError("survey", [unlinked(what, where)])
        return self._links.members


def _outside(
    column: Array, bounds: tuple[int | None, int | None], limit: Array | None
) -> Array | None:
    """Values below or above two bounds, where a condition holds; None if there are none."""
    low, high = bounds
    wrong = pa.array(np.zeros(len(column), dtype=np.bool_))
    if low is not None:
        wrong = pc.or_kleene(wrong, pc.less(column, low))
    if high is not None:
        wrong = pc.or_kleene(wrong, pc.greater(column, high))
    if limit is not None:
        wrong = pc.and_kleene(wrong, _truth(limit))
    values = column.filter(pc.fill_null(wrong, fill_value=False))
    return values if len(values) else None


def _truth(column: Array) -> Array:
    if pa.types.is_null(column.type):
        return pc.cast(column, pa.bool_())
    return column if pa.types.is_boolean(column.type) else pc.not_equal(column, 0)


class _InexactError(ValueError):
    """Numbers that doubles do not hold."""


class _InfiniteError(ValueError):
    """Numbers of which a sum or a quotient may be none."""


_OF_TRUTHS = ("any", "all", "count")
_NUMERIC = ("number", "nothing")
