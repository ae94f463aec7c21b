"""Rules in words: the tree of a rule as an English phrase."""

from __future__ import annotations

from fractions import Fraction

from _ext.marking import code
from mpi.spec import tree

_RELATIONS: dict[str, str] = {
    "<": "is below",
    "<=": "is at most",
    ">": "is above",
    ">=": "is at least",
    "==": "is",
    "!=": "is not",
}
_OPERATORS: dict[str, str] = {
    "+": "plus",
    "-": "minus",
    "*": "times",
    "/": "divided by",
    "//": "divided in whole numbers by",
    "%": "remainder by",
}
_QUANTITIES = {"sum": "sum", "mean": "mean", "min": "smallest value", "max": "largest value"}


def in_words(node: tree.Node, who: str = "") -> str:  # noqa: PLR0911 -- one case for each kind of node
    """A rule as a phrase of Markdown; variables and texts stand as code.

    Parameters
    ----------
    node : Node
    who : str
        What limits the members of aggregates, such as ``" to whom it applies"``.

    Examples
    --------
    >>> from mpi.spec.expression import parse
    >>> print(in_words(parse("any(not attends_school)").tree))
    for at least one member: not `attends_school`
    """
    match node:
        case tree.And(parts):
            return _joined("and", parts, who)
        case tree.Or(parts):
            return _joined("or", parts, who)
        case tree.Strict(value):
            return f"{in_words(value, who)} (missing if any part is missing)"
        case tree.Not(tree.Membership(value, values)):
            listed = " / ".join(map(in_words, values))
            return f"{_inner(value, who)} is none of {listed}"
        case tree.Not(value):
            return f"not {_inner(value, who)}"
        case tree.Comparison(relation, left, right):
            return f"{_inner(left, who)} {_RELATIONS[relation]} {_inner(right, who)}"
        case tree.Membership(value, values):
            listed = " / ".join(map(in_words, values))
            return f"{_inner(value, who)} is one of {listed}"
        case tree.Conditional(test, then, otherwise):
            return f"{_inner(then, who)} if {_inner(test, who)}, otherwise {_inner(otherwise, who)}"
        case tree.Aggregate():
            return _aggregate(node, who)
        case _:
            return _value(node, who)


def _value(node: tree.Node, who: str) -> str:  # noqa: PLR0911
    """A value: a variable, a constant, or what is computed from them."""
    match node:
        case tree.Name(name):
            return code(name)
        case tree.Constant(value):
            return _constant(value)
        case tree.Negative(value):
            return f"minus {_inner(value, who)}"
        case tree.Arithmetic("/", tree.Constant(left), tree.Constant(right)):
            return f"{left}/{right}"
        case tree.Arithmetic(operator, left, right):
            return f"{_inner(left, who)} {_OPERATORS[operator]} {_inner(right, who)}"
        case tree.NormOf(norm, None):
            return f"the norm {code(norm)}"
        case tree.NormOf(norm, born):
            assert born is not None  # noqa: S101 -- the case above
            return f"the norm {code(norm)} for those born in {_inner(born, who)}"
        case tree.Call(function, arguments):
            return _call(function, arguments, who)
        case _:
            raise TypeError(f"no words for {type(node).__name__}")


def _constant(value: tree.Scalar) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if value is None:
        return "missing"
    if isinstance(value, Fraction):
        decimal = float(value)
        return str(decimal) if Fraction(str(decimal)) == value else str(value)
    return str(value) if isinstance(value, int) else code(f'"{value}"')


def _call(function: str, arguments: tuple[tree.Node, ...], who: str) -> str:
    parts = [_inner(argument, who) for argument in arguments]
    match function:
        case "missing":
            return f"{parts[0]} has no answer"
        case "coalesce":
            return ", or where that is missing ".join(parts)
        case "abs":
            return f"{parts[0]} without its sign"
        case _:
            which = {"min": "smallest", "max": "largest"}[function]
            return f"the {which} of {', '.join(parts)}"


def _aggregate(node: tree.Aggregate, who: str) -> str:
    limit = "" if node.where is None else f", among those with {_inner(node.where, who)}"
    where = f"{who}{limit}"
    value = "" if node.value is None else in_words(node.value, who)
    if node.kind == "any":
        return f"for at least one member{where}: {value}"
    if node.kind == "all":
        return f"for every member{where}: {value}"
    if node.kind == "count":
        return f"the number of members{where}" + (f" with ({value})" if value else "")
    if node.kind == "share":
        return f"the share of members{where} with ({value})"
    return f"the {_QUANTITIES[node.kind]} of {_inner(node.value or node, who)} over members{where}"


def _joined(word: str, parts: tuple[tree.Node, ...], who: str) -> str:
    return f", {word} ".join(_inner(part, who) for part in parts)


def _inner(node: tree.Node, who: str) -> str:
    """A part of a phrase, in brackets where it would be read with its neighbours."""
    phrase = in_words(node, who)
    return phrase if _is_simple(node) else f"({phrase})"


def _is_simple(node: tree.Node) -> bool:  # noqa: PLR0911
    """Whether a phrase cannot be misread beside another."""
    match node:
        case tree.Name() | tree.Constant() | tree.NormOf() | tree.Membership():
            return True
        case tree.Call(function="missing") | tree.Aggregate(kind="count", value=None, where=None):
            return True
        case tree.Aggregate("sum" | "mean" | "min" | "max", tree.Name(), None):
            return True
        case tree.Not(value) | tree.Negative(value):
            return isinstance(value, (tree.Name, tree.Membership))
        case tree.Comparison(_, left, right):
            return _is_simple(left) and _is_simple(right)
        case tree.Arithmetic(_, left, right):
            return all(isinstance(part, (tree.Name, tree.Constant)) for part in (left, right))
        case _:
            return False
