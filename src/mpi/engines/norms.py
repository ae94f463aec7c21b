"""From legal norms and open-ended codes in a rule to plain trees that every engine can compute."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction

from mpi.spec.norms import Cohort
from mpi.spec.tree import (
    And,
    Comparison,
    Conditional,
    Constant,
    Membership,
    Name,
    Node,
    Not,
    Relation,
)
from mpi.survey.codebook import Variable

_TURNED: dict[Relation, Relation] = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}


def step_function(cohorts: Sequence[Cohort], born: Node | None, at: int) -> Node:
    """The value of a norm by year of birth, as nested choices.

    Parameters
    ----------
    cohorts : sequence of Cohort
        Ascending and adjoining.
    born : Node or None
        Year of birth; None where there is a single cohort.
    at : int
        Place in the text of the rule.
    """
    if len(cohorts) == 1:
        return _constant(cohorts[0].value, at)
    assert born is not None  # noqa: S101 -- the specification is checked for it
    # halves, not a chain: a value for each year of birth would be nested too deep
    half = len(cohorts) // 2
    older, younger = cohorts[:half], cohorts[half:]
    among_older = Comparison("<=", born, Constant(older[-1].born_to, at=at), at=at)
    values = (step_function(part, born, at) for part in (older, younger))
    return Conditional(among_older, *values, at=at)


def _constant(value: Fraction, at: int) -> Constant:
    return Constant(value.numerator if value.denominator == 1 else value, at=at)


def open_ended(tree: Comparison | Membership, column: Name, top: float) -> Node:
    """A comparison of a column whose highest code means "this or more".

    What the code leaves open is missing: that "2 or more" is below 3 is not known, that it is not
    below 2 is.

    Parameters
    ----------
    tree : Comparison or Membership
    column : Name
        The column in it.
    top : float
        Its highest code.
    """
    highest = Constant(Fraction(top).limit_denominator(10**6), at=tree.at)
    reached = Comparison(">=", column, highest, at=tree.at)
    if isinstance(tree, Membership):
        above = any(not isinstance(v.value, (int, Fraction)) or v.value >= top for v in tree.values)
        return Conditional(reached, Constant(None), tree, at=tree.at) if above else tree
    turned = tree.left != column
    other = tree.left if turned else tree.right
    relation = _TURNED.get(tree.relation, tree.relation) if turned else tree.relation
    settled = Comparison("<=" if relation in ("<", ">=") else "<", other, highest, at=tree.at)
    unknown = And((reached, Not(settled)), at=tree.at)
    return Conditional(unknown, Constant(None), tree, at=tree.at)


def compared(
    node: Comparison | Membership, tree: Node | None, variables: Mapping[str, Variable]
) -> Node | None:
    """A resolved comparison; missing where the highest code of a variable leaves it open.

    Parameters
    ----------
    node : Comparison or Membership
        As written, with names of variables.
    tree : Node or None
        The same with names of steps.
    variables : mapping of str to Variable
        Those of the codebook.
    """
    if isinstance(node, Comparison) and isinstance(tree, Comparison):
        sides = [(node.left, tree.left), (node.right, tree.right)]
    elif isinstance(node, Membership) and isinstance(tree, Membership):
        sides = [(node.value, tree.value)]
    else:
        return tree
    for written, resolved in sides:
        variable = variables.get(written.id) if isinstance(written, Name) else None
        if variable is None or variable.top_coded is None:
            continue
        if isinstance(resolved, Name) and resolved.id == variable.id:
            return open_ended(tree, resolved, variable.top_coded)
    return tree


def number(value: float | None, at: int) -> Constant:
    """A number of a file as the exact constant that it is written as; missing without one."""
    if value is None:
        return Constant(None, at=at)
    return Constant(value if isinstance(value, int) else Fraction(str(value)), at=at)
