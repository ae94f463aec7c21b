"""The rule language: a whitelisted part of Python's expression syntax as a tree of plain values.

A text becomes a tree here; nothing is evaluated. What is not on the whitelist is an error that
points at the character, so a specification can never run code.
"""

from __future__ import annotations

import ast
import keyword
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from itertools import accumulate

from mpi.spec.tree import (
    Aggregate,
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
    NormOf,
    Not,
    Operator,
    Or,
    Relation,
    Strict,
)

LONGEST_TEXT = 10_000
DEEPEST_NESTING = 60
MOST_NODES = 2_000
LONGEST_NUMBER = 40
LARGEST_INTEGER = 2**53  # beyond it a float column no longer holds every integer

AGGREGATES = ("any", "all", "count", "sum", "mean", "min", "max", "share")
# name -> (fewest, most) arguments
FUNCTIONS = {"abs": (1, 1), "coalesce": (2, 20), "max": (2, 20), "min": (2, 20), "missing": (1, 1)}
SPECIAL = ("strict", "column", "norm")

_OPERATORS: dict[type[ast.operator], Operator] = {
    ast.Add: "+",
    ast.Sub: "-",
    ast.Mult: "*",
    ast.Div: "/",
    ast.FloorDiv: "//",
    ast.Mod: "%",
}
_RELATIONS: dict[type[ast.cmpop], Relation] = {
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
    ast.Eq: "==",
    ast.NotEq: "!=",
}
_NOT_ALLOWED = {
    ast.Attribute: "attribute access",
    ast.Subscript: "indexing",
    ast.Lambda: "lambda",
    ast.JoinedStr: "an f-string",
    ast.NamedExpr: "assignment",
    ast.Starred: "unpacking",
    ast.Dict: "a dictionary",
    ast.Set: "a set",
    ast.ListComp: "a comprehension",
    ast.SetComp: "a comprehension",
    ast.DictComp: "a comprehension",
    ast.GeneratorExp: "a comprehension",
    ast.Await: "await",
    ast.Tuple: "a list outside 'in'",
    ast.List: "a list outside 'in'",
}


class ExpressionError(ValueError):
    """A rule that cannot be read, with the place of the error.

    Parameters
    ----------
    message : str
        What is wrong and what would be right.
    text : str
        The rule.
    at : int
        Offset of the error in `text`.
    """

    def __init__(self, message: str, text: str, at: int) -> None:
        self.message, self.text, self.at = message, text, at
        super().__init__(f"{message}\n{pointer(text, at)}")


def pointer(text: str, at: int) -> str:
    """The part of a rule around an offset, with a caret under it; never more than a line."""
    at = min(max(at, 0), len(text))
    start, end = max(0, at - 40), min(len(text), at + 40)
    before = "..." if start else ""
    shown = "".join(c if c.isprintable() else " " for c in text[start:end])
    after = "..." if end < len(text) else ""
    return f"    {before}{shown}{after}\n    {' ' * (len(before) + at - start)}^"


@dataclass(frozen=True, slots=True, eq=False)
class Expression:
    """A rule: its text and its tree. Two rules are equal if their trees are.

    Examples
    --------
    >>> parse("age>=6  and not attends_school") == parse("age >= 6 and not attends_school")
    True
    """

    text: str
    tree: Node

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Expression) and self.canonical() == other.canonical()

    def __hash__(self) -> int:
        return hash(self.canonical())

    def __str__(self) -> str:
        return self.text

    def names(self) -> tuple[str, ...]:
        """Variables in the rule, in order of appearance."""
        found = (node.id for node in self.tree.walk() if isinstance(node, Name))
        return tuple(dict.fromkeys(found))

    def norms(self) -> tuple[NormOf, ...]:
        """Legal norms in the rule, in order of appearance."""
        return tuple(node for node in self.tree.walk() if isinstance(node, NormOf))

    def canonical(self) -> str:
        """Text of the tree, the same for rules that differ only in spacing or brackets."""
        return repr(self.tree)


def parse(text: str) -> Expression:
    """Tree of a rule.

    Parameters
    ----------
    text : str
        A rule, such as ``"any(not literate, where=age >= 15)"``.

    Returns
    -------
    Expression

    Raises
    ------
    ExpressionError
        If the text is not in the rule language; the message points at the character.

    Examples
    --------
    >>> parse("household_size / bedrooms >= 3").names()
    ('household_size', 'bedrooms')
    """
    if len(text) > LONGEST_TEXT:
        message = f"a rule has at most {LONGEST_TEXT:,} characters, this one has {len(text):,}"
        raise ExpressionError(message, text, 0)
    _check_brackets(text)
    if not text.strip():
        raise ExpressionError("the rule is empty", text, 0)
    return Expression(text.strip(), _Translator(text).tree())


def column(name: str) -> Expression:
    """Rule that is a column as it stands, whatever its name."""
    simple = name.isidentifier() and not _is_keyword(name)
    return Expression(name if simple else f"column({_quoted(name)})", Name(name))


def _is_keyword(name: str) -> bool:
    return keyword.iskeyword(name) or name in AGGREGATES or name in FUNCTIONS or name in SPECIAL


def _quoted(name: str) -> str:
    return '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _check_brackets(text: str) -> None:
    """Refuse deep nesting before Python's own parser meets it."""
    depth = 0
    for at, character in enumerate(text):
        depth += (character in "([{") - (character in ")]}")
        if depth > DEEPEST_NESTING:
            raise ExpressionError(f"more than {DEEPEST_NESTING} brackets deep", text, at)


class _Translator:
    """From Python's syntax tree to ours."""

    def __init__(self, text: str) -> None:
        self._text = text
        # in brackets a rule may go over several lines, with comments
        self._wrapped = "\n" in text or "\r" in text
        self._source = f"({text}\n)" if self._wrapped else text.strip()
        self._indent = -1 if self._wrapped else len(text) - len(text.lstrip())
        lines = self._source.splitlines(keepends=True)
        self._lines = [line.encode(errors="replace") for line in lines]
        self._starts = [0, *accumulate(map(len, lines))]
        self._nodes = 0

    def tree(self) -> Node:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # doubtful escapes in a text are not our subject
                parsed = ast.parse(self._source, mode="eval")
        except SyntaxError as error:
            at = self._offset(error.lineno or 1, (error.offset or 1) - 1)
            digits = "Exceeds the limit" in error.msg  # Python's advice is for programs
            found = "a number has too many digits" if digits else f"not a rule: {error.msg}"
            raise ExpressionError(found, self._text, at) from None
        except (ValueError, RecursionError, MemoryError):
            raise ExpressionError("not a rule: too deep, or not text", self._text, 0) from None
        if self._wrapped and (parsed.body.lineno, parsed.body.col_offset) == (1, 0):
            raise ExpressionError("not a rule: brackets do not match", self._text, 0)
        return self._node(parsed.body, 0)

    def _offset(self, line: int, characters: int) -> int:
        """Place in the text of a place in a line of the source."""
        start = self._starts[min(line, len(self._starts)) - 1]
        return min(max(start + characters + self._indent, 0), len(self._text))

    def _at(self, node: ast.expr) -> int:
        prefix = self._lines[node.lineno - 1][: node.col_offset]  # ast counts bytes
        return self._offset(node.lineno, len(prefix.decode(errors="ignore")))

    def _written(self, node: ast.expr) -> str:
        """A name or number as written; it stands on one line."""
        return self._lines[node.lineno - 1][node.col_offset : node.end_col_offset].decode()

    def _fail(self, message: str, node: ast.expr) -> ExpressionError:
        return ExpressionError(message, self._text, self._at(node))

    def _node(self, node: ast.expr, depth: int) -> Node:
        self._nodes += 1
        if depth > DEEPEST_NESTING or self._nodes > MOST_NODES:
            raise self._fail("the rule is too long or nested too deep", node)
        reader = _READERS.get(type(node))
        if reader is None:
            what = _NOT_ALLOWED.get(type(node), "this")
            raise self._fail(f"{what} is not part of the rule language", node)
        return reader(self, node, depth + 1)

    def _constant(self, node: ast.Constant, depth: int) -> Node:  # noqa: ARG002
        value = node.value
        if isinstance(value, float) and abs(value) <= LARGEST_INTEGER:
            return Constant(self._decimal(node), at=self._at(node))
        if (
            value is None
            or isinstance(value, (bool, str))
            or (isinstance(value, int) and abs(value) <= LARGEST_INTEGER)
        ):
            return Constant(value, at=self._at(node))
        if isinstance(value, (int, float)):
            raise self._fail("a number here is at most 2**53, which is 9007199254740992", node)
        raise self._fail("only numbers, texts, True, False and None can stand here", node)

    def _decimal(self, node: ast.expr) -> Fraction:
        """Exact number, as written."""
        written = self._written(node).replace("_", "").lower()
        if "e" in written:
            raise self._fail("write the number without an exponent", node)
        if len(written) > LONGEST_NUMBER:
            raise self._fail("a number has too many digits", node)
        return Fraction(written)

    def _name(self, node: ast.Name, depth: int) -> Node:  # noqa: ARG002
        # as written: Python's parser would turn 'nº' into 'no'
        return Name(self._written(node), at=self._at(node))

    def _unary(self, node: ast.UnaryOp, depth: int) -> Node:
        value = self._node(node.operand, depth)
        if isinstance(node.op, ast.Not):
            return Not(value, at=self._at(node))
        if isinstance(node.op, ast.USub):
            if isinstance(value, Constant) and isinstance(value.value, (int, Fraction)):
                return Constant(-value.value, at=self._at(node))
            return Negative(value, at=self._at(node))
        raise self._fail("this sign is not part of the rule language", node)

    def _boolean(self, node: ast.BoolOp, depth: int) -> Node:
        parts = tuple(self._node(part, depth) for part in node.values)
        return (And if isinstance(node.op, ast.And) else Or)(parts, at=self._at(node))

    def _binary(self, node: ast.BinOp, depth: int) -> Node:
        operator = _OPERATORS.get(type(node.op))
        if operator is None:
            hint = " (write 'and', 'or')" if isinstance(node.op, (ast.BitAnd, ast.BitOr)) else ""
            raise self._fail(f"only + - * / // % can combine numbers{hint}", node)
        left, right = self._node(node.left, depth), self._node(node.right, depth)
        return Arithmetic(operator, left, right, at=self._at(node))

    def _compare(self, node: ast.Compare, depth: int) -> Node:
        operands = [node.left, *node.comparators]
        links = [
            self._link(relation, left, right, depth)
            for relation, left, right in zip(node.ops, operands, operands[1:], strict=False)
        ]
        return links[0] if len(links) == 1 else And(tuple(links), at=self._at(node))

    def _link(self, op: ast.cmpop, left: ast.expr, right: ast.expr, depth: int) -> Node:
        at = self._at(left)
        if isinstance(op, (ast.In, ast.NotIn)):
            inside = Membership(self._node(left, depth), self._listed(right, depth), at=at)
            return inside if isinstance(op, ast.In) else Not(inside, at=at)
        relation = _RELATIONS.get(type(op))
        if relation is None:
            raise self._fail("'is' is not part of the rule language; write == or missing()", left)
        return Comparison(relation, self._node(left, depth), self._node(right, depth), at=at)

    def _listed(self, node: ast.expr, depth: int) -> tuple[Constant, ...]:
        items = node.elts if isinstance(node, (ast.Tuple, ast.List)) else [node]
        values = [self._node(item, depth) for item in items]
        wrong = [v for v in values if not isinstance(v, Constant)]
        if wrong or not values:
            raise self._fail('after \'in\' stands a list such as (1, 2) or ("a", "b")', node)
        return tuple(v for v in values if isinstance(v, Constant))

    def _conditional(self, node: ast.IfExp, depth: int) -> Node:
        test, then, otherwise = (
            self._node(part, depth) for part in (node.test, node.body, node.orelse)
        )
        return Conditional(test, then, otherwise, at=self._at(node))

    def _call(self, node: ast.Call, depth: int) -> Node:
        if not isinstance(node.func, ast.Name):
            raise self._fail("only the listed functions can be called", node)
        name, at = node.func.id, self._at(node)
        if name not in (*AGGREGATES, *FUNCTIONS, *SPECIAL):
            known = ", ".join(sorted({*AGGREGATES, *FUNCTIONS, *SPECIAL}))
            raise self._fail(f"there is no function {name!r}; there are {known}", node)
        if name in SPECIAL:
            return self._special(name, node, depth)
        if name in AGGREGATES and len(node.args) <= 1:
            return self._aggregate(name, node, depth)
        fewest, most = FUNCTIONS.get(name, (1, 1))
        if node.keywords or not fewest <= len(node.args) <= most:
            raise self._fail(f"{name}() takes {_arity(name)}", node)
        arguments = tuple(self._node(argument, depth) for argument in node.args)
        return Call(name, arguments, at=at)

    def _aggregate(self, name: str, node: ast.Call, depth: int) -> Node:
        extra = [keyword for keyword in node.keywords if keyword.arg != "where"]
        if extra or len(node.keywords) > 1 or (not node.args and name != "count"):
            raise self._fail(f"{name}() takes {_arity(name)}", node)
        value = self._node(node.args[0], depth) if node.args else None
        where = self._node(node.keywords[0].value, depth) if node.keywords else None
        return Aggregate(name, value, where, at=self._at(node))

    def _special(self, name: str, node: ast.Call, depth: int) -> Node:
        if name == "norm":
            return self._norm(node, depth)
        argument = node.args[0] if len(node.args) == 1 and not node.keywords else None
        if name == "column":
            if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
                return Name(argument.value, at=self._at(node))
            raise self._fail('column() takes the name of a column, such as column("my col")', node)
        value = self._node(argument, depth) if argument is not None else None
        if not isinstance(value, (And, Or)):
            raise self._fail("strict() takes conditions joined by 'and' or 'or'", node)
        return Strict(value, at=self._at(node))

    def _norm(self, node: ast.Call, depth: int) -> Node:
        named = node.args[0] if len(node.args) == 1 else None
        extra = [keyword for keyword in node.keywords if keyword.arg != "born"]
        is_text = isinstance(named, ast.Constant) and isinstance(named.value, str)
        if not is_text or extra or len(node.keywords) > 1:
            message = 'norm() takes the id of a norm and born=: norm("schooling", born=birth_year)'
            raise self._fail(message, node)
        born = self._node(node.keywords[0].value, depth) if node.keywords else None
        return NormOf(named.value, born, at=self._at(node))  # type: ignore[union-attr]


def _arity(name: str) -> str:
    aggregate = "one value and where=" if name in AGGREGATES else ""
    if name == "count":
        aggregate = "a condition, or where=, or nothing"
    fewest, most = FUNCTIONS.get(name, (0, 0))
    plain = "" if not most else "one value" if most == 1 else f"{fewest} to {most} values"
    return " or ".join(part for part in (aggregate, plain) if part)


_READERS: dict[type[ast.expr], Callable[[_Translator, ast.expr, int], Node]] = {
    ast.Constant: _Translator._constant,  # type: ignore[dict-item]  # noqa: SLF001
    ast.Name: _Translator._name,  # type: ignore[dict-item]  # noqa: SLF001
    ast.UnaryOp: _Translator._unary,  # type: ignore[dict-item]  # noqa: SLF001
    ast.BoolOp: _Translator._boolean,  # type: ignore[dict-item]  # noqa: SLF001
    ast.BinOp: _Translator._binary,  # type: ignore[dict-item]  # noqa: SLF001
    ast.Compare: _Translator._compare,  # type: ignore[dict-item]  # noqa: SLF001
    ast.IfExp: _Translator._conditional,  # type: ignore[dict-item]  # noqa: SLF001
    ast.Call: _Translator._call,  # type: ignore[dict-item]  # noqa: SLF001
}
