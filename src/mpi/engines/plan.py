"""The plan: every column that a specification needs of a survey, in an order that can be computed.

Names are resolved, levels are inferred and aggregates are cut out here, before any row is touched,
so that an engine only has to carry out steps one after the other.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields, replace

from mpi.engines.context import Context, compute, listing, or_if_none
from mpi.engines.norms import compared, number, step_function
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
    columns_of,
)
from mpi.errors import Problems, SurveyError, nearest
from mpi.findings import Finding
from mpi.spec.expression import Expression, pointer
from mpi.spec.laws import law
from mpi.spec.model import Indicator, Specification
from mpi.spec.norms import NormError
from mpi.spec.tree import (
    Aggregate,
    And,
    Arithmetic,
    Comparison,
    Membership,
    Name,
    Node,
    NormOf,
    Not,
)
from mpi.survey.codebook import Level, TableName, Variable
from mpi.survey.survey import DEFAULT_SIZE, Survey

_OF_TABLE: Mapping[TableName, Level] = {
    "persons": "person",
    "households": "household",
    "dwellings": "household",
}


def make_plan(survey: Survey, spec: Specification, by: Sequence[str]) -> Plan:
    """Plan for the profile table of a survey.

    Parameters
    ----------
    survey : Survey
    spec : Specification
    by : sequence of str
        Variables that results are decomposed by.

    Returns
    -------
    Plan

    Raises
    ------
    SurveyError
        If a rule uses something that the survey does not have; all problems at once.
    """
    planner = _Planner(survey, spec)
    if spec.unit == "person" and "persons" not in survey.tables:
        found = "the specification identifies persons, and there is no table of persons"
        remedy = 'Give persons=, or a specification with unit = "household".'
        planner.problems.add("unit", found, remedy=remedy)
    for indicator in spec.indicators.values():
        planner.indicator(indicator, spec.unit)
    for condition in spec.condition:
        place = f"condition {condition.id!r}, when"
        planner.rule(f"condition:{condition.id}", condition.when, place, level=spec.unit)
    for name in by:
        planner.variable(f"by:{name}", name, "by", first=spec.unit)
    planner.design(spec.unit)
    planner.household_weight()
    planner.counted(spec)
    named = survey.size != DEFAULT_SIZE  # the usual name need not be there
    if isinstance(survey.size, str) and (named or planner.known(survey.size)):
        planner.variable("size", survey.size, "size", level="household")
    planner.problems.raise_if_any()
    return planner.plan


class _Planner:
    def __init__(self, survey: Survey, spec: Specification) -> None:
        self._survey = survey
        self._spec = spec
        self._variables = survey.codebook.variables if survey.codebook is not None else {}
        self._pending: list[str] = []
        self.plan = Plan()
        self.problems = Problems("survey", SurveyError)
        self._member: str | None = None
        if "persons" in survey.tables and self.known("member"):
            # before all rules, so that aggregates see the same persons wherever they stand
            step = self._named("member", "member", "member", 0)
            self._member = None if step is None or step.level != "person" else step.name

    def indicator(self, indicator: Indicator, unit: Level) -> None:
        """Steps of an indicator: applicability, rule, stricter rule, gap."""
        place = f"indicator {indicator.id!r}"
        applies = None
        if indicator.applies_to is not None:
            applies = self._expression(indicator.applies_to, f"{place}, applies_to")
        whole = self._applicable(applies, unit, place)
        if whole is not None:
            none = Step(f"none:{indicator.id}", whole.level, compute(Not(Name(whole.name))), place)
            self.plan.results[none.name] = self._add(none).name
        for role in ("deprived", "destitute", "gap"):
            rule = getattr(indicator, role)
            if rule is not None:
                limit = applies if applies is not None and applies.level == "person" else None
                self._rule_of_indicator(indicator, role, rule, (limit, whole), unit)

    def _applicable(self, applies: Step | None, unit: Level, place: str) -> Step | None:
        """Whether anybody, or the unit itself, is applicable."""
        if applies is None or unit == "person" or applies.level == "household":
            return applies
        if not self._has_members(f"{place}, applies_to", "applies_to", 0):
            return None
        return self.plan.steps[self._collect("any", applies.name, self._members(), place)]

    def _rule_of_indicator(
        self,
        indicator: Indicator,
        role: str,
        rule: Expression,
        applicable: tuple[Step | None, Step | None],
        unit: Level,
    ) -> None:
        place = f"indicator {indicator.id!r}, {role}"
        members, whole = applicable
        limit = members if unit == "household" else None
        reach = members.name if members is not None else None
        step = self._expression(rule, place, unit=unit, limit=limit, reach=reach)
        if step is None:
            return
        if whole is not None:
            tree = or_if_none(Name(step.name), Name(whole.name), indicator, role)
            name = f"{role}:{indicator.id}"
            # who is applicable may be persons where the rule is about their household
            level: Level = "person" if "person" in (step.level, whole.level) else "household"
            step = self._add(Step(name, level, compute(tree), place))
        self.plan.results[f"{role}:{indicator.id}"] = step.name

    def rule(self, role: str, rule: Expression, place: str, *, level: Level) -> None:
        """Step of a rule that has to be of a level."""
        step = self._expression(rule, place, unit=level)
        if step is not None:
            self.plan.results[role] = step.name

    def counted(self, spec: Specification) -> None:
        """Step that says who is counted: members, in the universe, in the part analysed."""
        rules = [("universe", spec.universe, "universe"), ("where", self._survey.where, "where")]
        for role, rule, place in rules:
            if rule is not None:
                step = self._expression(rule, place)
                if step is not None:
                    self.plan.results[role] = step.name
        if self.known("member") and "persons" in self._survey.tables:
            self.variable("member", "member", "member")

    def design(self, unit: Level) -> None:
        """Steps of the sampling design: weights, strata, units, finite populations."""
        given = self._survey.design.columns()
        weights = {role for role in given if role == "weight" or role.startswith("replicate:")}
        # every sampled PSU has a household, and not always a person
        places = [self._of_households(name) for role, name in given.items() if role not in weights]
        first: Level = "household" if all(places) else unit
        for role, name in given.items():
            place = role.partition(":")[0]
            self.variable(role, name, place, first="person" if role in weights else first)

    def _of_households(self, name: str) -> bool:
        """Whether a name is one of the codebook or of a table at the level of households."""
        if name in self._variables:
            return self._variables[name].level == "household"
        return any(
            _OF_TABLE[table] == "household" and name in source.names
            for table, source in self._survey.tables.items()
        )

    def household_weight(self) -> None:
        """Step of the households' own weight, where their table has the column too."""
        name, households = self._survey.design.weight, self._survey.tables.get("households")
        if name in self._variables:  # the codebook's variable is meant, at its own level
            return
        if name is not None and households is not None and name in households.names:
            self.plan.results["household_weight"] = self._raw("households", name).name

    def variable(
        self,
        role: str,
        name: str,
        place: str,
        *,
        level: Level | None = None,
        first: Level = "person",
    ) -> None:
        """Step of a variable by its name, looked for in the tables of a level first."""
        step = self._named(name, place, name, 0, first=first if level is None else level)
        if step is not None and level == "household" and step.level == "person":
            step = self._promoted(step)
        if step is not None:
            self.plan.results[role] = step.name

    def known(self, name: str) -> bool:
        """Whether a name is a variable or a column."""
        return name in self._variables or any(name in t.names for t in self._survey.tables.values())

    def _add(self, step: Step) -> Step:
        return self.plan.steps.setdefault(step.name, step)

    def _expression(
        self,
        rule: Expression,
        place: str,
        *,
        unit: Level | None = None,
        limit: Step | None = None,
        reach: str | None = None,
    ) -> Step | None:
        """Step of a rule; None if it has a problem."""
        tree = self._resolved(rule.tree, Context(rule.text, place, unit, limit, reach=reach))
        if tree is None:
            return None
        level = self._level(tree, default=unit or "household")
        name = f"{place}: {rule.text}"
        if isinstance(tree, Name):
            return self.plan.steps[tree.id]
        return self._add(Step(name, level, Compute(tree, rule.text), place))

    def _level(self, tree: Node, default: Level) -> Level:
        levels = {self.plan.steps[n.id].level for n in tree.walk() if isinstance(n, Name)}
        return "person" if "person" in levels else "household" if levels else default

    def _resolved(self, node: Node, context: Context) -> Node | None:
        """The tree with variables and aggregates replaced by names of steps."""
        match node:
            case Name(name) if name in self._spec.parameters and context.source is None:
                return number(self._spec.parameters[name], node.at)
            case Name(name):
                first: Level = "household" if context.outside else "person"
                step = self._named(
                    name, context.place, context.text, node.at, context.source, first=first
                )
                if step is not None and context.outside and step.level == "person":
                    step = self._lifted(step, name, context, node.at)
                return None if step is None else Name(step.name, at=node.at)
            case Aggregate():
                return self._aggregate(node, context)
            case NormOf():
                return self._norm(node, context)
            case Comparison() | Membership():
                return compared(node, self._rebuilt(node, context), self._variables)
            case _:
                return self._rebuilt(node, context)

    def _norm(self, node: NormOf, context: Context) -> Node | None:
        """The value of a norm as choices by year of birth, which is checked to have one."""
        norm = self._spec.norms.get(node.norm)
        if norm is None or (norm.by_cohort and node.born is None):  # in a filter of the survey
            found = "there is no" if norm is None else "give born= to"
            found = f"{found} norm {node.norm!r}\n{pointer(context.text, node.at)}"
            self.problems.add(context.place, found, remedy=nearest(node.norm, self._spec.norms))
            return None
        try:
            cohorts = law(self._spec, node.norm)
        except NormError as error:
            found = f"norm {node.norm!r}: {error}\n{pointer(context.text, node.at)}"
            remedy = "Give date= or law_as_of= to the survey, or law_as_of to the specification."
            self.problems.add(context.place, found, remedy=remedy)
            return None
        first, last = cohorts[0].born_from, cohorts[-1].born_to
        if node.born is None or (len(cohorts) == 1 and first is None and last is None):
            return step_function(cohorts, None, node.at)
        born = self._resolved(node.born, context)
        if born is None:
            return None
        if any(isinstance(part, Name) for part in born.walk()):
            born = self._within(node, born, (first, last), context)
        return step_function(cohorts, born, node.at)

    def _within(
        self, node: NormOf, born: Node, years: tuple[int | None, int | None], context: Context
    ) -> Node:
        """The year of birth as a step that is checked against the years that a norm knows."""
        level = self._level(born, default=context.unit or "household")
        if not isinstance(born, Name):
            name = f"{context.place}, born of {node.norm!r} at {node.at}: {context.text}"
            born = Name(self._add(Step(name, level, Compute(born, context.text))).name)
        reach = context.reach if level == "person" else None
        work = Covered(born.id, reach, node.norm, *years)
        name = f"[{born.id}] with norm {node.norm!r}, {reach}, {context.place}"
        return Name(self._add(Step(name, level, work, context.place)).name, at=node.at)

    def _rebuilt(self, node: Node, context: Context) -> Node | None:
        changed: dict[str, object] = {}
        for item in fields(node):
            value = getattr(node, item.name)
            if isinstance(value, Node):
                changed[item.name] = self._resolved(value, context)
            elif isinstance(value, tuple) and any(isinstance(part, Node) for part in value):
                parts = [self._resolved(part, context) for part in value]
                changed[item.name] = None if None in parts else tuple(parts)
        if None in changed.values():
            return None
        return replace(node, **changed)  # type: ignore[arg-type]

    def _aggregate(self, node: Aggregate, context: Context) -> Node | None:
        if not self._has_members(context.place, context.text, node.at):
            return None
        if "member" in self._pending[:-1]:
            found = "looks at the members of the household, and 'member' rests on it"
            into = "Write the aggregate into the rule of 'member'"
            self.problems.add(
                context.place,
                f"{found}\n{pointer(context.text, node.at)}",
                remedy=f"{into}, where it looks at all person rows.",
            )
            return None
        inner = replace(context, unit=None, limit=None)
        where = self._member_step(node.where, inner)
        limit = context.limit.name if context.limit is not None else None
        limits = [name for name in (self._members(), limit, where) if name is not None]
        reach = self._all_of(limits, context.place)
        value = self._member_step(node.value, replace(inner, reach=reach))
        if (node.value is not None and value is None) or (node.where is not None and where is None):
            return None
        return self._collected(node, value, reach, context.place)

    def _members(self) -> str | None:
        """Step that says who is a member of the household; None where all persons are."""
        return None if "member" in self._pending else self._member

    def _all_of(self, limits: list[str], place: str) -> str | None:
        """Step of several conditions on members at once; None for none."""
        if len(limits) < 2:
            return limits[0] if limits else None
        name = " and ".join(f"[{limit}]" for limit in limits)
        tree = And(tuple(map(Name, limits)))
        return self._add(Step(name, "person", compute(tree), place)).name

    def _collected(self, node: Aggregate, value: str | None, where: str | None, place: str) -> Node:
        """The aggregate as a name; a mean or share as a ratio of two, so that it stays exact."""
        if node.kind in ("mean", "share"):
            top = "sum" if node.kind == "mean" else "count"
            parts = (
                self._collect(top, value, where, place),
                self._collect("count", None, where, place),
            )
            return Arithmetic("/", *(Name(part, at=node.at) for part in parts), at=node.at)
        return Name(self._collect(node.kind, value, where, place), at=node.at)

    def _collect(self, kind: str, value: str | None, where: str | None, place: str) -> str:
        name = f"{kind}[{value or ''}{f', where={where}' if where else ''}]"
        return self._add(Step(name, "household", Collect(kind, value, where), place)).name

    def _member_step(self, node: Node | None, context: Context) -> str | None:
        """Step of a value inside an aggregate."""
        if node is None:
            return None
        tree = self._resolved(node, context)
        if tree is None or isinstance(tree, Name):
            return None if tree is None else tree.id
        name = f"{context.place}, {node.at}: {context.text}"
        return self._add(Step(name, "person", Compute(tree, context.text), context.place)).name

    def _has_members(self, place: str, text: str, at: int) -> bool:
        survey = self._survey
        if "persons" in survey.tables and survey.keys.household.get("persons"):
            return True
        absent = "persons" not in survey.tables
        found = "needs the members of households" + (
            ", and there is no table of persons" if absent else ""
        )
        remedy = (
            "Give persons=."
            if absent
            else ("Give household_id=, or Survey(households=...) if rows are households.")
        )
        self.problems.add(place, f"{found}\n{pointer(text, at)}", remedy=remedy)
        return False

    def _lifted(self, step: Step, name: str, context: Context, at: int) -> Step | None:
        """A person column used as one of the household: allowed for raw columns, and checked."""
        if isinstance(step.work, Raw) and self._has_members(context.place, context.text, at):
            return self._promoted(step)
        if not isinstance(step.work, Raw):
            found = f"{name!r} has a value for each person\n{pointer(context.text, at)}"
            remedy = f"Say whose: any({name}), all({name}), mean({name}), ..."
            self.problems.add(context.place, found, remedy=remedy)
        return None

    def _promoted(self, step: Step) -> Step:
        return self._add(Step(f"one of [{step.name}]", "household", Promote(step.name)))

    def _named(
        self,
        name: str,
        place: str,
        text: str,
        at: int,
        source: TableName | None = None,
        *,
        first: Level = "person",
    ) -> Step | None:
        """Step of a variable of the codebook, or else of a column."""
        if name in self._variables and name not in self._pending[-1:]:
            return self._codebook_variable(self._variables[name], place)
        # of a name in several tables the column of the level in question is meant
        order = sorted(
            self._survey.tables, key=lambda table: (table != source, _OF_TABLE[table] != first)
        )
        for table in order:
            if name in self._survey.tables[table].names:
                return self._raw(table, name)
        if source is None:
            known = [*self._variables, *(n for t in self._survey.tables.values() for n in t.names)]
            found = f"unknown variable {name!r}" + (
                f"\n{pointer(text, at)}" if text != name else ""
            )
            self.problems.add(place, found, remedy=nearest(name, known) or listing(known))
        return None

    def _raw(self, table: TableName, column: str) -> Step:
        return self._add(Step(f"{table}.{column}", _OF_TABLE[table], Raw(table, column), table))

    def _codebook_variable(self, variable: Variable, place: str) -> Step | None:
        done = self.plan.steps.get(variable.id)
        if done is not None:
            return done
        if variable.id in self._pending:
            chain = " -> ".join([*self._pending, variable.id])
            self.problems.add(f"variable {variable.id!r}", f"depends on itself: {chain}")
            return None
        self._pending.append(variable.id)
        try:
            step = self._derived(variable, place)
            if step is not None and variable.caution and not isinstance(step.work, Absent):
                self.plan.findings.append(Finding("CAUTION", variable.id, variable.caution))
            return step
        finally:
            self._pending.pop()

    def _derived(self, variable: Variable, place: str) -> Step | None:
        where = f"variable {variable.id!r}"
        absent = [name for name in columns_of(variable) if not self._can_find(name, variable)]
        if absent:
            if variable.optional:
                return self._add(Step(variable.id, variable.level, Absent(variable), where))
            self._report_absent(variable, absent, place)
            return None
        if variable.column is not None:
            raw = self._raw(self._table_of(variable.column, variable), variable.column)
            if raw.level != variable.level:
                raw = self._promoted(raw) if variable.level == "household" else raw
            return self._add(Step(variable.id, variable.level, Recode(raw.name, variable), where))
        assert variable.value is not None  # noqa: S101 -- checked by the codebook's model
        context = Context(
            variable.value.text,
            where,
            variable.level if variable.level == "household" else None,
            None,
            variable.source,
        )
        tree = self._resolved(variable.value.tree, context)
        if tree is None:
            return None
        work = Compute(tree, variable.value.text)
        return self._add(Step(variable.id, variable.level, work, where))

    def _can_find(self, name: str, variable: Variable) -> bool:
        if variable.column is None and name in self._variables and name != variable.id:
            return True
        return any(name in source.names for source in self._survey.tables.values())

    def _table_of(self, column: str, variable: Variable) -> TableName:
        tables = self._survey.tables
        if variable.source in tables and column in tables[variable.source].names:
            return variable.source
        return next(name for name, source in tables.items() if column in source.names)

    def _report_absent(self, variable: Variable, absent: Sequence[str], place: str) -> None:
        source = self._survey.tables.get(variable.source)
        table = source.name if source is not None else f"no table of {variable.source}"
        names = ", ".join(repr(name) for name in absent)
        found = f"no column {names}, from which {variable.id!r} comes ({place})"
        hint = nearest(absent[0], source.names) if source is not None else ""
        if variable.column in self._variables:
            hint = f"It is a variable of the codebook: write value = {variable.column!r}."
        self.problems.add(
            table, found, remedy=hint or f"Give a table of {variable.source} with it."
        )
