"""Random rules against an evaluation by their definitions, with fractions and three values."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

import mpi

PERSONAL = ("x", "y", "t", "u")


@dataclass(frozen=True)
class Part:
    """A part of a rule and what it is for a household and one of its members, or None."""

    text: str
    value: Callable[[dict, dict | None], object]

    def __repr__(self):
        return self.text


def numbers(depth, *, inside, people=True):
    """Parts that are numbers; `inside` an aggregate columns of persons can stand."""
    leaves = [
        st.sampled_from(["0", "1", "2", "3", "0.5", "2.25"]).map(_constant),
        _column("z", inside=False),
    ]
    if inside:
        leaves += [_column("x", inside=True), _column("y", inside=True)]
    leaf = st.one_of(leaves)
    if not depth:
        return leaf
    number = numbers(depth - 1, inside=inside, people=people)
    truth = truths(depth - 1, inside=inside, people=people)
    parts = [
        leaf,
        st.builds(_arithmetic, st.sampled_from(["+", "-", "*", "/", "//", "%"]), number, number),
        number.map(lambda n: Part(f"(-{n})", _strict(lambda v: -v, n))),
        number.map(lambda n: Part(f"abs({n})", _strict(abs, n))),
        st.builds(lambda a, b: Part(f"min({a}, {b})", _strict(min, a, b)), number, number),
        st.builds(lambda a, b: Part(f"max({a}, {b})", _strict(max, a, b)), number, number),
        st.builds(_coalesce, number, number),
        st.builds(_choice, truth, number, number),
    ]
    if people:
        inner = numbers(depth - 1, inside=True, people=False)
        which = truths(depth - 1, inside=True, people=False)
        kinds = st.sampled_from(["sum", "mean", "min", "max"])
        parts += [
            st.builds(_of_numbers, kinds, inner, st.none() | which),
            st.builds(_of_truths, st.sampled_from(["count", "share"]), which, st.none() | which),
        ]
    return st.one_of(parts)


def truths(depth, *, inside, people=True):
    """Parts that are yes, no or missing."""
    number = numbers(max(depth - 1, 0), inside=inside, people=people)
    relation = st.sampled_from(["<", "<=", "==", "!=", ">", ">="])
    leaves = [
        st.builds(_compared, relation, number, number),
        number.map(lambda n: Part(f"missing({n})", lambda h, p: n.value(h, p) is None)),
        number.map(lambda n: Part(f"({n} in (1, 2.5))", _strict(lambda v: v in (1, 2.5), n))),
        _column("f", inside=False),
    ]
    if inside:
        leaves += [_column("t", inside=True), _column("u", inside=True)]
    leaf = st.one_of(leaves)
    if not depth:
        return leaf
    truth = truths(depth - 1, inside=inside, people=people)
    parts = [
        leaf,
        st.builds(lambda a, b: Part(f"({a} and {b})", _both(a, b)), truth, truth),
        st.builds(lambda a, b: Part(f"({a} or {b})", _either(a, b)), truth, truth),
        st.builds(
            lambda a, b: Part(f"strict({a} and {b})", _strict(lambda p, q: p and q, a, b)),
            truth,
            truth,
        ),
        st.builds(
            lambda a, b: Part(f"strict({a} or {b})", _strict(lambda p, q: p or q, a, b)),
            truth,
            truth,
        ),
        truth.map(lambda a: Part(f"(not {a})", _strict(lambda v: not v, a))),
        st.builds(_coalesce, truth, truth),
        st.builds(_choice, truth, truth, truth),
    ]
    if people:
        which = truths(depth - 1, inside=True, people=False)
        parts.append(
            st.builds(_of_truths, st.sampled_from(["any", "all"]), which, st.none() | which)
        )
    return st.one_of(parts)


def _constant(text):
    return Part(text, _strict(lambda: Fraction(text)))


def _column(name, *, inside):
    return st.just(Part(name, lambda house, person: (person if inside else house)[name]))


def _strict(work, *parts):
    """Missing if a part is."""

    def value(house, person):
        values = [part.value(house, person) for part in parts]
        return None if None in values else work(*values)

    return value


def _both(a, b):
    def value(house, person):
        values = [a.value(house, person), b.value(house, person)]
        return False if False in values else None if None in values else True

    return value


def _either(a, b):
    def value(house, person):
        values = [a.value(house, person), b.value(house, person)]
        return True if True in values else None if None in values else False

    return value


def _arithmetic(operator, a, b):
    work = {
        "+": lambda p, q: p + q,
        "-": lambda p, q: p - q,
        "*": lambda p, q: p * q,
        "/": lambda p, q: Fraction(p) / q if q else None,
        "//": lambda p, q: math.floor(Fraction(p) / q) if q else None,
        "%": lambda p, q: p - q * math.floor(Fraction(p) / q) if q else None,
    }[operator]
    return Part(f"({a} {operator} {b})", _strict(work, a, b))


def _compared(relation, a, b):
    work = {
        "<": lambda p, q: p < q,
        "<=": lambda p, q: p <= q,
        "==": lambda p, q: p == q,
        "!=": lambda p, q: p != q,
        ">": lambda p, q: p > q,
        ">=": lambda p, q: p >= q,
    }[relation]
    return Part(f"({a} {relation} {b})", _strict(work, a, b))


def _coalesce(a, b):
    def value(house, person):
        first = a.value(house, person)
        return b.value(house, person) if first is None else first

    return Part(f"coalesce({a}, {b})", value)


def _choice(test, then, otherwise):
    def value(house, person):
        which = test.value(house, person)
        return None if which is None else (then if which else otherwise).value(house, person)

    return Part(f"({then} if {test} else {otherwise})", value)


def _text(kind, inner, where):
    return f"{kind}({inner}, where={where})" if where else f"{kind}({inner})"


def _of_truths(kind, inner, where):
    def value(house, person):
        members = house["members"]
        if not members:
            return None
        limit = [True if where is None else where.value(house, m) for m in members]
        own = [inner.value(house, m) for m in members]
        if kind in ("any", "all"):
            own = own if kind == "any" else [None if v is None else not v for v in own]
            found = [_and(v, w) for v, w in zip(own, limit, strict=True)]
            if True in found:
                return kind == "any"
            return None if None in found else kind == "all"
        yes = [_and(v, w) for v, w in zip(own, limit, strict=True)]
        if None in yes:
            return None
        if kind == "count":
            return sum(yes)
        return None if None in limit or not any(limit) else Fraction(sum(yes), sum(limit))

    return Part(_text(kind, inner, where), value)


def _and(a, b):
    return False if False in (a, b) else None if None in (a, b) else True


def _of_numbers(kind, inner, where):
    def value(house, person):
        members = house["members"]
        limit = [True if where is None else where.value(house, m) for m in members]
        own = [inner.value(house, m) for m, w in zip(members, limit, strict=True) if w]
        if not members or None in limit or None in own:
            return None
        if kind == "sum":
            return sum(own)
        if not own:
            return None
        return (
            Fraction(sum(own)) / len(own) if kind == "mean" else {"min": min, "max": max}[kind](own)
        )

    return Part(_text(kind, inner, where), value)


integer = st.sampled_from([None, -2, -1, 0, 0, 1, 1, 2, 3, 7])
truth = st.sampled_from([None, True, False])
member = st.fixed_dictionaries({"x": integer, "y": integer, "t": truth, "u": truth})
household = st.fixed_dictionaries(
    {"members": st.lists(member, max_size=3), "z": integer, "f": truth}
)
# somebody has answered each question, so that each column has a type
TYPED = {
    "members": [{"x": 1, "y": 2, "t": True, "u": False}, {"x": 3, "y": 0, "t": False, "u": None}],
    "z": 2,
    "f": True,
}


def answers(text, houses):
    """What the library makes of a rule, by household."""
    people = {"hh": [hh for hh, house in enumerate(houses) for _ in house["members"]]}
    for name in PERSONAL:
        people[name] = [m[name] for house in houses for m in house["members"]]
    whole = {"hh": list(range(len(houses))), "row": list(range(len(houses)))}
    whole |= {name: [house[name] for house in houses] for name in ("z", "f")}
    dimension = {"id": "d", "indicator": [{"id": "i", "deprived": text}]}
    spec = {"id": "rule", "unit": "household", "cutoff": 1, "dimension": [dimension]}
    survey = mpi.Survey(people, whole, household_id="hh", size=1)
    return mpi.score(survey, mpi.specification(spec), missing="nondeprived").to_arrow()["i"]


@settings(deadline=None, max_examples=300, suppress_health_check=list(HealthCheck))
@given(truths(3, inside=False), st.lists(household, max_size=5))
def test_a_rule_is_what_its_parts_say(part, houses):
    houses = [TYPED, *houses]
    try:
        found = answers(part.text, houses).to_pylist()
    except mpi.MpiError as error:
        assume("division by zero" not in str(error))  # by a constant: refused before any row
        raise
    assert found == [part.value(house, None) for house in houses], part.text
