"""Steps of a plan: columns to compute, each from earlier ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from mpi.findings import Finding
from mpi.spec.tree import Name, Node
from mpi.survey.codebook import Level, TableName, Variable
from mpi.survey.harmonised import known_classes


@dataclass(frozen=True, slots=True)
class Raw:
    """A column of a table as it stands."""

    table: TableName
    column: str


@dataclass(frozen=True, slots=True)
class Recode:
    """A column whose codes are classes of a codebook variable."""

    of: str
    variable: Variable


@dataclass(frozen=True, slots=True)
class Absent:
    """A variable that the files do not have: all missing."""

    variable: Variable


@dataclass(frozen=True, slots=True)
class Compute:
    """A rule without aggregates over other steps."""

    tree: Node
    text: str


@dataclass(frozen=True, slots=True)
class Collect:
    """A value of the household from those of its members for whom `where` holds."""

    kind: str
    of: str | None
    where: str | None


@dataclass(frozen=True, slots=True)
class Promote:
    """A value of the household that its person rows repeat."""

    of: str


@dataclass(frozen=True, slots=True)
class Covered:
    """A year of birth that a norm has to have a value for, where `where` holds; it is the year.

    `first` and `last` are the years that the norm knows; None where it is open.
    """

    of: str
    where: str | None
    norm: str
    first: int | None
    last: int | None


Work: TypeAlias = Raw | Recode | Absent | Compute | Collect | Promote | Covered


@dataclass(frozen=True, slots=True)
class Step:
    """One column to compute.

    Attributes
    ----------
    name : str
        Name by which later steps refer to it.
    level : {"person", "household"}
        Whether it has a value per person or per household.
    work : Work
        What to do.
    where : str
        Place of the rule, for messages.
    """

    name: str
    level: Level
    work: Work
    where: str = ""

    def needs(self) -> tuple[str, ...]:
        """Names of the steps that this one reads."""
        match self.work:
            case Recode(of=of) | Promote(of=of):
                return (of,)
            case Collect(of=of, where=where) | Covered(of=of, where=where):
                return tuple(name for name in (of, where) if name is not None)
            case Compute(tree=tree):
                return tuple(node.id for node in tree.walk() if isinstance(node, Name))
            case _:
                return ()


@dataclass(slots=True)
class Plan:
    """Steps in order, and which of them are the results.

    Attributes
    ----------
    steps : dict of name to Step
        In an order in which each reads only earlier ones.
    results : dict of role to name
        Step of each role, such as ``deprived:water``, ``by:region``, ``weight`` or ``counted``.
    findings : list of Finding
        What is to be known about variables that are used.
    """

    steps: dict[str, Step] = field(default_factory=dict)
    results: dict[str, str] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)

    def of(self, role: str) -> Step:
        """Step of a role."""
        return self.steps[self.results[role]]

    def raw(self, table: TableName) -> list[str]:
        """Columns of a table that have to be read."""
        works = (step.work for step in self.steps.values())
        return [work.column for work in works if isinstance(work, Raw) and work.table == table]


def columns_of(variable: Variable) -> tuple[str, ...]:
    """Raw columns and other variables that a variable of a codebook comes from."""
    if variable.column is not None:
        return (variable.column,)
    return variable.value.names() if variable.value is not None else ()


def classes_of(plan: Plan, names: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Classes that a rule may name of each step that is a codebook variable with classes."""
    found = {}
    for name in names:
        work = plan.steps[name].work
        if isinstance(work, Recode) and work.variable.classes is not None:
            found[name] = known_classes(work.variable.id, work.variable.classes)
    return found
