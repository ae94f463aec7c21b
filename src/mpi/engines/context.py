"""Where a part of a rule stands, and what a rule is for whom it does not apply."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mpi.engines.steps import Compute, Step
from mpi.spec.model import Indicator
from mpi.spec.tree import And, Call, Conditional, Constant, Name, Node, Not, Or
from mpi.survey.codebook import Level, TableName

_MOST_LISTED = 8


@dataclass(frozen=True, slots=True)
class Context:
    """Where in which rule a node stands."""

    text: str
    place: str
    unit: Level | None
    limit: Step | None
    source: TableName | None = None
    reach: str | None = None

    @property
    def outside(self) -> bool:
        """Whether only values of the household can stand here."""
        return self.unit == "household"


def listing(known: Sequence[str]) -> str:
    """What there is, where no name is alike."""
    if not known:
        return "There are no columns."
    more = ", ..." if len(known) > _MOST_LISTED else ""
    return f"There are {len(known)} names: {', '.join(known[:_MOST_LISTED])}{more}."


def compute(tree: Node) -> Compute:
    """Work of a tree that no file has as a text."""
    return Compute(tree, "")


def or_if_none(rule: Name, applies: Name, indicator: Indicator, role: str) -> Node:
    """The rule, or what the indicator is where it applies to nobody.

    Where it is not known whether it applies, only what holds either way is known.
    """
    choice = indicator.if_none_applicable or "not deprived"
    if role == "gap":
        known = Call("coalesce", (applies, Constant(value=True)))
        return Conditional(known, rule, Constant(1 if choice == "deprived" else 0))
    if choice == "missing":
        return Conditional(applies, rule, Constant(None))
    return And((applies, rule)) if choice == "not deprived" else Or((Not(applies), rule))
