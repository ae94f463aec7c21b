"""Arguments of a wrong kind, told in sentences before anything is done with them."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache
from types import NoneType, SimpleNamespace, UnionType
from typing import Literal, TypeAlias, Union, get_args, get_origin, get_type_hints

import numpy as np

from mpi.errors import EstimationError, MpiError, Problem

Accepts: TypeAlias = Callable[[object], bool]


def check_kinds(
    function: Callable[..., object],
    given: Mapping[str, object],
    *,
    error: type[MpiError] = EstimationError,
    source: str = "",
) -> None:
    """Refuse values that are of another kind than the annotations say; all at once.

    Truths, texts, whole numbers, mappings, functions and lists of names are looked at. Whether a
    text or number is one that is known, and everything that is annotated otherwise, is left to the
    function, which knows more of it.

    Parameters
    ----------
    function : callable
        The function that was called.
    given : mapping of name to value
        Its arguments, ``locals()`` on its first line.
    error : type of MpiError
        What to raise.
    source : str
        What the message calls the function; its name if left out.

    Raises
    ------
    MpiError
        If a value is of another kind.

    Examples
    --------
    >>> def estimate(se: bool = True): check_kinds(estimate, locals())
    >>> estimate(se="no")
    Traceback (most recent call last):
        ...
    mpi.errors.EstimationError: estimate: se: a value of type 'str' is given.
      Expected True or False.
    """
    kinds = _kinds(function)
    problems = [
        Problem(name, f"a value of type {type(given[name]).__name__!r} is given", kinds[name][1])
        for name in kinds
        if name in given and not kinds[name][0](given[name])
    ]
    if problems:
        raise error(source or function.__name__, problems)


@cache
def _kinds(function: Callable[..., object]) -> dict[str, tuple[Accepts, str]]:
    """What each argument accepts, and how that is called; those of other kinds are left out."""
    found = {}
    plain = inspect.unwrap(function)
    # that of the result may be known to type checkers only
    given = {n: a for n, a in plain.__annotations__.items() if n != "return"}
    hints = get_type_hints(SimpleNamespace(__annotations__=given), plain.__globals__)
    for name, hint in hints.items():
        known = list(_members(hint))
        if all(kind is not None for kind in known):
            tests = [kind[0] for kind in known if kind is not None]
            words = dict.fromkeys(kind[1] for kind in known if kind is not None and kind[1])
            found[name] = (_any_of(tests), f"Expected {' or '.join(words)}.")
    return found


def _members(hint: object) -> Iterator[tuple[Accepts, str] | None]:
    """Test and words of each member of a union; None for a kind that is not looked at."""
    if get_origin(hint) in (Union, UnionType):
        for member in get_args(hint):
            yield from _members(member)
    elif get_origin(hint) is Literal and all(isinstance(a, str) for a in get_args(hint)):
        yield _is_text, f"one of {', '.join(get_args(hint))}"
    elif hint is NoneType:
        yield (lambda value: value is None), ""
    else:
        yield _PLAIN.get(hint) or _PLAIN.get(get_origin(hint)) or _names(hint)


def _names(hint: object) -> tuple[Accepts, str] | None:
    if get_origin(hint) in (Sequence, Iterable) and get_args(hint) == (str,):
        return _is_names, "a name or a list of names"
    return None


def _any_of(tests: Sequence[Accepts]) -> Accepts:
    return lambda value: any(test(value) for test in tests)


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _is_names(value: object) -> bool:
    if isinstance(value, str):
        return True
    listed = isinstance(value, (list, tuple, set, frozenset))
    return listed and all(isinstance(name, str) for name in value)  # type: ignore[attr-defined]


def _is_whole(value: object) -> bool:
    return isinstance(value, (int, np.integer)) and not isinstance(value, bool)


_PLAIN: dict[object, tuple[Accepts, str]] = {
    bool: (lambda value: isinstance(value, (bool, np.bool_)), "True or False"),
    str: (_is_text, "a text"),
    int: (_is_whole, "a whole number"),
    Mapping: (lambda value: isinstance(value, Mapping), "a mapping such as a dict"),
    Callable: (callable, "a function"),
}
