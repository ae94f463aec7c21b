"""From the tree of a rule to narwhals expressions, with types checked and ratios kept exact.

Truth values follow three-valued logic, as Arrow, Polars and SQL do. A ratio is kept as numerator
and denominator until it is compared, and then cross-multiplied. Products are formed in doubles,
which hold integers exactly up to 2**53 and do not wrap around beyond it as 64-bit integers do.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from fractions import Fraction
from functools import reduce
from typing import Literal, TypeAlias

import narwhals as nw

from mpi.spec.expression import ExpressionError
from mpi.spec.tree import (
    And,
    Arithmetic,
    Call,
    Comparison,
    Conditional,
    Constant,
    Membership,
    Name,
    Negative,
    Node,
    Not,
    Operator,
    Or,
    Relation,
    Strict,
)

Kind: TypeAlias = Literal["truth", "number", "text", "date", "nothing"]
LARGEST_DENOMINATOR = 10**6  # six decimals
_WHOLE = float(2**53)
_ARTICLE = {
    "truth": "yes or no",
    "number": "a number",
    "text": "a text",
    "date": "a date",
    "nothing": "None",
}


@dataclass(frozen=True, slots=True)
class Ratio:
    """A number as numerator / denominator; the denominator is positive or missing."""

    top: nw.Expr | int
    bottom: nw.Expr | int = 1


@dataclass(frozen=True, slots=True)
class Compiled:
    """A value that an engine can compute."""

    kind: Kind
    expression: nw.Expr


@dataclass(frozen=True, slots=True)
class Variables:
    """What a rule may refer to.

    Attributes
    ----------
    kinds : mapping of name to kind
        Type of each column of the frame.
    columns : mapping of name to column
        Column of the frame that holds a name; the name itself where it is not listed.
    classes : mapping of name to classes
        Values that a text column can take, where a codebook lists them.
    ratios : mapping of name to (numerator, denominator)
        Names that are ratios of two columns of integers.
    """

    kinds: Mapping[str, Kind]
    columns: Mapping[str, str] = field(default_factory=dict)
    classes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    ratios: Mapping[str, tuple[str, str]] = field(default_factory=dict)


def compile_tree(
    tree: Node, text: str, variables: Variables, *, as_truth: Callable[[str], None] | None = None
) -> Compiled:
    """Expression that computes a rule on a frame.

    Parameters
    ----------
    tree : Node
        Rule without aggregates.
    text : str
        The rule as written, for messages.
    variables : Variables
        Columns of the frame.
    as_truth : callable, optional
        Called with the name of each column of numbers that is used as a yes or no; it must have no
        values but 0 and 1.

    Returns
    -------
    Compiled

    Raises
    ------
    ExpressionError
        If a value is used as something that it is not.
    """
    compiler = _Compiler(text, variables, as_truth)
    kind = compiler.kind(tree)
    return Compiled(kind, compiler.value(tree, kind))


class _Compiler:
    def __init__(
        self, text: str, variables: Variables, as_truth: Callable[[str], None] | None
    ) -> None:
        self._text = text
        self._variables = variables
        self._as_truth = as_truth

    def _fail(self, message: str, node: Node) -> ExpressionError:
        return ExpressionError(message, self._text, node.at)

    def kind(self, node: Node) -> Kind:
        """Type of a value."""
        match node:
            case Constant(value):
                return _constant_kind(value)
            case Name(name):
                return "number" if name in self._variables.ratios else self._variables.kinds[name]
            case Arithmetic() | Negative():
                return "number"
            case Call(function="coalesce") | Conditional():
                return self._common_kind(node)
            case Call(function="missing"):
                return "truth"
            case Call():
                return "number"
            case _:
                return "truth"

    def _common_kind(self, node: Call | Conditional) -> Kind:
        parts = (node.then, node.otherwise) if isinstance(node, Conditional) else node.arguments
        kinds = [self.kind(part) for part in parts]
        known = [kind for kind in dict.fromkeys(kinds) if kind != "nothing"]
        if len(known) > 1 and set(known) != {"truth", "number"}:
            found = f"{_ARTICLE[known[0]]} on one side, {_ARTICLE[known[1]]} on the other"
            raise self._fail(f"the values do not match: {found}", parts[-1])
        if len(known) > 1:  # a 0/1 column beside True or False
            return "truth"
        return known[0] if known else "nothing"

    def value(self, node: Node, kind: Kind) -> nw.Expr:
        """Expression of a value of a kind."""
        if kind == "truth":
            return self.truth(node)
        if kind == "number":
            return self.number(node)
        if kind == "nothing":
            return nw.lit(None)
        return self.plain(node, kind)

    def truth(self, node: Node) -> nw.Expr:
        """Three-valued truth."""
        match node:
            case Constant(bool(value)):
                return nw.lit(value)
            case Constant(None):
                return nw.lit(None, dtype=nw.Boolean)
            case Name():
                return self._truth_of_column(node)
            case Not(value):
                return ~self.truth(value)
            case And(parts):
                return reduce(lambda a, b: a & b, map(self.truth, parts))
            case Or(parts):
                return reduce(lambda a, b: a | b, map(self.truth, parts))
            case Strict(value):
                return self._strict(value)
            case Comparison(relation, left, right):
                return self._compare(relation, left, right)
            case Membership(value, values):
                return self._member(value, values)
            case Conditional():
                return self._choose(node, "truth")
            case Call(function="missing", arguments=(argument,)):
                return self.value(argument, self.kind(argument)).is_null()
            case Call(function="coalesce", arguments=arguments):
                return nw.coalesce(*map(self.truth, arguments))
            case _:
                found = _ARTICLE[self.kind(node)]
                raise self._fail(f"a yes or no is expected here, this is {found}", node)

    def _truth_of_column(self, node: Name) -> nw.Expr:
        kind = self.kind(node)
        column = self._column(node.id)
        if kind == "truth":
            return column
        if kind == "nothing":
            return nw.lit(None, dtype=nw.Boolean)
        if kind != "number" or node.id in self._variables.ratios:
            found = f"{_shown(node.id)} is {_ARTICLE[kind]}"
            raise self._fail(f"a yes or no is expected here, {found}", node)
        if self._as_truth is not None:
            self._as_truth(node.id)
        return column != 0

    def _strict(self, value: And | Or) -> nw.Expr:
        known = reduce(lambda a, b: a & b, (~self.truth(part).is_null() for part in value.parts))
        return nw.when(known).then(self.truth(value))

    def _choose(self, node: Conditional, kind: Kind) -> nw.Expr:
        test = self.truth(node.test)
        then, otherwise = self.value(node.then, kind), self.value(node.otherwise, kind)
        return nw.when(test).then(then).otherwise(nw.when(~test).then(otherwise))

    def _column(self, name: str) -> nw.Expr:
        return nw.col(self._variables.columns.get(name, name))

    def plain(self, node: Node, kind: Kind) -> nw.Expr:
        """A text or a date."""
        match node:
            case Constant(str(value)):
                return nw.lit(value)
            case Constant(None):
                return nw.lit(None)
            case Name(name) if self.kind(node) == kind:
                return self._column(name)
            case Conditional():
                return self._choose(node, kind)
            case Call(function="coalesce", arguments=arguments):
                return nw.coalesce(*(self.plain(argument, kind) for argument in arguments))
            case _:
                found = _ARTICLE[self.kind(node)]
                raise self._fail(f"{_ARTICLE[kind]} is expected here, this is {found}", node)

    def number(self, node: Node) -> nw.Expr:
        """A number, divided out."""
        ratio = self.ratio(node)
        top = nw.lit(ratio.top) if isinstance(ratio.top, int) else ratio.top
        if isinstance(ratio.bottom, int) and ratio.bottom == 1:
            return top
        return top.cast(nw.Float64) / ratio.bottom

    def ratio(self, node: Node) -> Ratio:
        """A number as numerator and denominator."""
        match node:
            case Constant(bool() | str()):
                found = _ARTICLE[self.kind(node)]
                raise self._fail(f"a number is expected here, this is {found}", node)
            case Constant(int() | Fraction() as value):
                return self._constant(Fraction(value), node)
            case Constant(None):
                return Ratio(nw.lit(None, dtype=nw.Int64))
            case Name(name):
                return self._number_of_column(name, node)
            case Negative(value):
                inner = self.ratio(value)
                return Ratio(_times(inner.top, -1), inner.bottom)
            case Arithmetic():
                return self._arithmetic(node)
            case Conditional():
                return self._choose_ratio(node)
            case Call(function=function, arguments=arguments) if function != "missing":
                return self._function(function, [self.ratio(a) for a in arguments])
            case _:
                raise self._fail("a number is expected here, this is yes or no", node)

    def _constant(self, value: Fraction, node: Node) -> Ratio:
        if value.denominator > LARGEST_DENOMINATOR:
            raise self._fail("a number has at most six decimals here; round it", node)
        return Ratio(value.numerator, value.denominator)

    def _number_of_column(self, name: str, node: Node) -> Ratio:
        if name in self._variables.ratios:
            top, bottom = self._variables.ratios[name]
            return Ratio(nw.col(top), nw.col(bottom))
        kind = self._variables.kinds[name]
        if kind == "nothing":
            return Ratio(nw.lit(None, dtype=nw.Int64))
        if kind != "number":
            raise self._fail(f"a number is expected here, {_shown(name)} is {_ARTICLE[kind]}", node)
        return Ratio(self._column(name))

    def _arithmetic(self, node: Arithmetic) -> Ratio:
        left, right = self.ratio(node.left), self.ratio(node.right)
        match node.operator:
            case "*":
                return Ratio(_times(left.top, right.top), _times(left.bottom, right.bottom))
            case "/":
                return self._divide(left, right, node)
            case "+" | "-":
                a, b = _times(left.top, right.bottom), _times(right.top, left.bottom)
                top = a + b if node.operator == "+" else a - b
                return Ratio(top, _times(left.bottom, right.bottom))
            case _:
                return self._floor(node.operator, left, right, node)

    def _floor(self, operator: Operator, left: Ratio, right: Ratio, node: Arithmetic) -> Ratio:
        """Floor of a quotient, or the remainder that it leaves."""
        top, bottom = _times(left.top, right.bottom), _times(left.bottom, right.top)
        if isinstance(bottom, int) and bottom == 0:
            raise self._fail("division by zero", node.right)
        column, divisor = _as_expression(top), _as_expression(bottom)
        safe = nw.when(divisor != 0).then(divisor)
        # not `//` and `%`, which libraries make of doubles in ways that differ; below 2**53 the
        # rounding of a quotient never reaches the next whole number
        exact = column.cast(nw.Float64) / safe
        # doubles from 2**53 on are whole, and Spark's floor is an integer, which does not hold all
        small = exact.abs() < _WHOLE
        quotient = nw.when(small).then(exact.floor().cast(nw.Float64)).otherwise(exact)
        if operator == "//":
            return Ratio(quotient)
        return Ratio(column - quotient * safe, _times(left.bottom, right.bottom))

    def _divide(self, left: Ratio, right: Ratio, node: Arithmetic) -> Ratio:
        """Quotient with a positive denominator; missing where it would divide by zero."""
        top, bottom = _times(left.top, right.bottom), _times(left.bottom, right.top)
        if isinstance(bottom, int):
            if bottom == 0:
                raise self._fail("division by zero", node.right)
            return Ratio(top, bottom) if bottom > 0 else Ratio(-top, -bottom)
        column = nw.lit(top) if isinstance(top, int) else top
        return Ratio(
            nw.when(bottom < 0).then(column * -1).otherwise(column),
            nw.when(bottom != 0).then(bottom.abs()),
        )

    def _choose_ratio(self, node: Conditional) -> Ratio:
        test = self.truth(node.test)
        return _either(test, self.ratio(node.then), ~test, self.ratio(node.otherwise))

    def _function(self, function: str, values: list[Ratio]) -> Ratio:
        if function == "abs":
            top = values[0].top
            return Ratio(abs(top) if isinstance(top, int) else top.abs(), values[0].bottom)
        if function == "coalesce":
            return reduce(lambda a, b: _either(_known(a), a, ~_known(a), b), values)
        order: Relation = "<=" if function == "min" else ">="
        return reduce(lambda a, b: _extreme(order, a, b), values)

    def _compare(self, relation: Relation, left: Node, right: Node) -> nw.Expr:
        kinds = [self.kind(left), self.kind(right)]
        if Constant(None) in (left, right):
            raise self._fail("nothing equals None; write missing(...)", left)
        if "nothing" in kinds:
            return nw.lit(None, dtype=nw.Boolean)
        if set(kinds) == {"truth", "number"}:
            kinds = ["truth", "truth"]
        if kinds[0] != kinds[1]:
            found = f"{_ARTICLE[kinds[0]]} is compared with {_ARTICLE[kinds[1]]}"
            raise self._fail(found, left)
        if kinds[0] == "number":
            return _relate_ratios(relation, self.ratio(left), self.ratio(right))
        if kinds[0] != "date" and relation not in ("==", "!="):
            raise self._fail(f"{_ARTICLE[kinds[0]]} has no order; use == or in", left)
        self._check_class(left, right)
        self._check_class(right, left)
        return _relate(relation, self.value(left, kinds[0]), self.value(right, kinds[0]))

    def _member(self, node: Node, values: tuple[Constant, ...]) -> nw.Expr:
        kind = self.kind(node)
        if kind == "nothing":
            return nw.lit(None, dtype=nw.Boolean)
        if kind in ("text", "date"):
            for value in values:
                if not isinstance(value.value, str):
                    raise self._fail(f"{_ARTICLE[kind]} is compared with something else", value)
                self._check_class(node, value)
            column = self.plain(node, kind)
            inside = column.is_in([value.value for value in values])
            return nw.when(~column.is_null()).then(inside)
        return reduce(lambda a, b: a | b, (self._compare("==", node, value) for value in values))

    def _check_class(self, variable: Node, constant: Node) -> None:
        """Refuse a text that no class of a codebook variable has: most likely a slip."""
        if not isinstance(variable, Name) or not isinstance(constant, Constant):
            return
        classes = self._variables.classes.get(variable.id)
        if classes is None or constant.value in classes:
            return
        close = get_close_matches(str(constant.value), classes, n=1)
        hint = (
            f" Did you mean {close[0]!r}?" if close else f" Its classes are {', '.join(classes)}."
        )
        message = f"{_shown(variable.id)} has no class {constant.value!r}.{hint}"
        raise self._fail(message, constant)


def _shown(name: str) -> str:
    """Name of a variable as the user wrote it, without the table that it was found in."""
    table, dot, column = name.partition(".")
    return repr(column if dot and table in ("persons", "households", "dwellings") else name)


def _constant_kind(value: object) -> Kind:
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "truth"
    return "text" if isinstance(value, str) else "number"


def _times(a: nw.Expr | int, b: nw.Expr | int) -> nw.Expr | int:
    """Product, without a multiplication by one."""
    if isinstance(b, int):
        a, b = b, a
    if isinstance(b, int) or (isinstance(a, int) and a == 1):
        return b if isinstance(a, int) and a == 1 else a * b
    return b.cast(nw.Float64) * (float(a) if isinstance(a, int) else a.cast(nw.Float64))


def _as_expression(value: nw.Expr | int) -> nw.Expr:
    return nw.lit(value) if isinstance(value, int) else value


def _known(ratio: Ratio) -> nw.Expr:
    """Whether a ratio is not missing."""
    top = ~_as_expression(ratio.top).is_null()
    return top if isinstance(ratio.bottom, int) else top & ~ratio.bottom.is_null()


def _either(first: nw.Expr, a: Ratio, second: nw.Expr, b: Ratio) -> Ratio:
    """The one ratio where `first` holds, the other where `second` does, missing elsewhere."""

    def chosen(x: nw.Expr | int, y: nw.Expr | int) -> nw.Expr:
        rest = nw.when(second).then(_as_expression(y))
        return nw.when(first).then(_as_expression(x)).otherwise(rest)

    same = isinstance(a.bottom, int) and isinstance(b.bottom, int) and a.bottom == b.bottom
    return Ratio(chosen(a.top, b.top), a.bottom if same else chosen(a.bottom, b.bottom))


def _extreme(order: Relation, a: Ratio, b: Ratio) -> Ratio:
    """The smaller or larger of two ratios; missing if one is."""
    first = _relate_ratios(order, a, b)
    return _either(first, a, ~first, b)


def _relate_ratios(relation: Relation, a: Ratio, b: Ratio) -> nw.Expr:
    """Two ratios compared: cross-multiplied, which keeps the order of positive denominators.

    A column beside a constant is compared with the constant's nearest double instead, since that
    is what a decimal in the data is: 0.29 x 100 is not 29 in doubles.
    """
    if isinstance(a.bottom, int) and isinstance(b.bottom, int):
        if isinstance(b.top, int):
            return _relate(relation, _as_expression(a.top), _bound(b.top * a.bottom, b.bottom))
        if isinstance(a.top, int):
            return _relate(relation, _bound(a.top * b.bottom, a.bottom), b.top)
    left, right = _times(a.top, b.bottom), _times(b.top, a.bottom)
    return _relate(relation, _as_expression(left), _as_expression(right))


def _bound(top: int, bottom: int) -> nw.Expr:
    value = Fraction(top, bottom)
    return nw.lit(value.numerator if value.denominator == 1 else float(value))


def _relate(relation: Relation, left: nw.Expr, right: nw.Expr) -> nw.Expr:
    match relation:
        case "<":
            return left < right
        case "<=":
            return left <= right
        case ">":
            return left > right
        case ">=":
            return left >= right
        case "==":
            return left == right
        case _:
            return left != right
