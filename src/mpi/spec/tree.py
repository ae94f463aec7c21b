"""The tree of a rule: plain immutable values that every engine can read."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, fields, replace
from fractions import Fraction
from typing import Literal as Choice
from typing import TypeAlias

Operator: TypeAlias = Choice["+", "-", "*", "/", "//", "%"]
Relation: TypeAlias = Choice["<", "<=", ">", ">=", "==", "!="]
Scalar: TypeAlias = bool | int | Fraction | str | None


@dataclass(frozen=True, slots=True)
class Node:
    """A node of the tree; `at` is its place in the text and does not count for equality."""

    at: int = field(default=0, compare=False, repr=False, kw_only=True)

    def children(self) -> Iterator[Node]:
        """Nodes directly below this one."""
        for item in fields(self):
            value = getattr(self, item.name)
            if isinstance(value, Node):
                yield value
            elif isinstance(value, tuple):
                yield from (part for part in value if isinstance(part, Node))

    def walk(self) -> Iterator[Node]:
        """The node and all below it."""
        yield self
        for child in self.children():
            yield from child.walk()


@dataclass(frozen=True, slots=True)
class Constant(Node):
    """A truth value, an exact number, a text, or None for missing."""

    value: Scalar


@dataclass(frozen=True, slots=True)
class Name(Node):
    """A variable."""

    id: str


@dataclass(frozen=True, slots=True)
class Not(Node):
    """Negation; unknown stays unknown."""

    value: Node


@dataclass(frozen=True, slots=True)
class And(Node):
    """Conjunction in three-valued logic: false if any part is false."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Or(Node):
    """Disjunction in three-valued logic: true if any part is true."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Strict(Node):
    """An `and` or `or` that is missing if any of its parts is missing."""

    value: And | Or


@dataclass(frozen=True, slots=True)
class Arithmetic(Node):
    """Two numbers combined."""

    operator: Operator
    left: Node
    right: Node


@dataclass(frozen=True, slots=True)
class Negative(Node):
    """A number with its sign turned."""

    value: Node


@dataclass(frozen=True, slots=True)
class Comparison(Node):
    """Two values compared; ratios are compared cross-multiplied."""

    relation: Relation
    left: Node
    right: Node


@dataclass(frozen=True, slots=True)
class Membership(Node):
    """Whether a value is one of the listed ones."""

    value: Node
    values: tuple[Constant, ...]


@dataclass(frozen=True, slots=True)
class Conditional(Node):
    """One of two values, by a test; missing where the test is."""

    test: Node
    then: Node
    otherwise: Node


@dataclass(frozen=True, slots=True)
class Call(Node):
    """An element-wise function."""

    function: str
    arguments: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Aggregate(Node):
    """A value of the household from its members for whom `where` holds."""

    kind: str
    value: Node | None
    where: Node | None


@dataclass(frozen=True, slots=True)
class NormOf(Node):
    """Value of a legal norm, for those born in a year where it depends on it."""

    norm: str
    born: Node | None


def compared_texts(tree: Node) -> Iterator[tuple[str, str]]:
    """Variables that a rule compares with texts, each with the text."""
    for node in tree.walk():
        if isinstance(node, Comparison):
            for a, b in ((node.left, node.right), (node.right, node.left)):
                if isinstance(a, Name) and isinstance(b, Constant) and isinstance(b.value, str):
                    yield a.id, b.value
        elif isinstance(node, Membership) and isinstance(node.value, Name):
            for item in node.values:
                if isinstance(item.value, str):
                    yield node.value.id, item.value


def uncompared(tree: Node) -> Iterator[str]:
    """Variables that a rule uses otherwise than on one side of a comparison or before a list."""
    match tree:
        case Name(name):
            yield name
        case Call(function="missing"):
            return
        case _:
            compares = isinstance(tree, (Comparison, Membership))
            for child in tree.children():
                if not (compares and isinstance(child, Name)):
                    yield from uncompared(child)


def always_missing(  # noqa: PLR0911 -- one case for each kind of node
    tree: Node, is_missing: Callable[[str], bool]
) -> bool:
    """Whether a rule is missing for everybody, if some variables are.

    A rule that is not found to be so may still be missing for everybody in some data.
    """

    def gone(node: Node) -> bool:
        return always_missing(node, is_missing)

    match tree:
        case Constant(value):
            return value is None
        case Name(name):
            return is_missing(name)
        case And(parts) | Or(parts):
            return all(map(gone, parts))
        case Conditional(test, then, otherwise):
            return gone(test) or (gone(then) and gone(otherwise))
        case Call(function="missing"):
            return False
        case Call(function="coalesce", arguments=arguments):
            return all(map(gone, arguments))
        case Strict(value):
            return any(map(gone, value.parts))
        case _:
            return any(map(gone, tree.children()))


def renamed(node: Node, name: Callable[[str], str]) -> Node:
    """The tree with other names of its variables."""
    if isinstance(node, Name):
        return Name(name(node.id), at=node.at)

    def changed(value: object) -> object:
        if isinstance(value, Node):
            return renamed(value, name)
        return tuple(map(changed, value)) if isinstance(value, tuple) else value

    new = {item.name: changed(getattr(node, item.name)) for item in fields(node)}
    return replace(node, **new)  # type: ignore[arg-type]
