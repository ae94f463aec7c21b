"""Arguments of a wrong kind, told in sentences before anything is done with them."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from types import NoneType, SimpleNamespace, UnionType
from typing import Literal, Union, get_args, get_origin, get_type_hints

import numpy as np

from mpi.errors import EstimationError, MpiError, Problem


@dataclass(frozen=True, slots=True)
class _Kind:
    """What an argument accepts, and how it is said of what it does not."""

    accepts: Callable[[object], bool]
    not_it: str = ""
    hint: str = ""


def check_kinds(
    function: Callable[..., object],
    given: Mapping[str, object],
    *,
    error: type[MpiError] = EstimationError,
    source: str = "",
    all_kinds: bool = False,
) -> None:
    """Refuse values that are of another kind than the annotations say; all at once.

    Truths, functions, and arrays given as options are looked at; with `all_kinds` also texts,
    names, whole numbers and mappings, of which most functions can say more themselves. Whether an
    option is one that is known is left to them too.

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
    all_kinds : bool
        Whether all kinds are looked at.

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
    mpi.errors.EstimationError: estimate: se: a value of type 'str' is neither True nor False.
    """
    problems = [
        Problem(name, f"a value of type {type(given[name]).__name__!r} is {kind.not_it}", kind.hint)
        for name, kind in _kinds(function, all_kinds=all_kinds).items()
        if name in given and not kind.accepts(given[name])
    ]
    if problems:
        raise error(source or function.__name__, problems)


@cache
def _kinds(function: Callable[..., object], *, all_kinds: bool) -> dict[str, _Kind]:
    """What each argument accepts; those of other kinds are left out."""
    plain = inspect.unwrap(function)
    # that of the result may be known to type checkers only
    given = {n: a for n, a in plain.__annotations__.items() if n != "return"}
    hints = get_type_hints(SimpleNamespace(__annotations__=given), plain.__globals__)
    found = {}
    for name, hint in hints.items():
        members = list(_members(hint, _ALL if all_kinds else _FEW))
        known = [kind for kind in members if kind is not None]
        if len(known) == len(members):
            found[name] = _either(known)
    return found


def _members(hint: object, known: Mapping[object, _Kind]) -> Iterator[_Kind | None]:
    """Each member of a union; None for a kind that is not looked at."""
    if get_origin(hint) in (Union, UnionType):
        for member in get_args(hint):
            yield from _members(member, known)
    elif get_origin(hint) is Literal:
        listed = ", ".join(map(str, get_args(hint)))
        yield _Kind(_is_single, "no option", f"Choose one of {listed}.")
    else:
        yield known.get(hint) or known.get(get_origin(hint))


def _either(kinds: Sequence[_Kind]) -> _Kind:
    """What any of them accepts."""
    words = dict.fromkeys(kind.not_it for kind in kinds if kind.not_it)
    return _Kind(
        lambda value: any(kind.accepts(value) for kind in kinds),
        " and ".join(words),
        next((kind.hint for kind in kinds if kind.hint), ""),
    )


def _is_single(value: object) -> bool:
    """Whether a value is one, which can be compared with an option, and not many."""
    return not hasattr(value, "__array__") or np.ndim(value) == 0


def _is_names(value: object) -> bool:
    listed = isinstance(value, (list, tuple, set, frozenset))
    return listed and all(isinstance(name, str) for name in value)  # type: ignore[attr-defined]


def _is_whole(value: object) -> bool:
    return isinstance(value, (int, np.integer)) and not isinstance(value, bool)


_FEW: dict[object, _Kind] = {
    NoneType: _Kind(lambda value: value is None),
    bool: _Kind(lambda value: isinstance(value, (bool, np.bool_)), "neither True nor False"),
    Callable: _Kind(callable, "no function"),
}
_ALL = _FEW | {
    str: _Kind(lambda value: isinstance(value, str), "no text"),
    int: _Kind(_is_whole, "no whole number"),
    Mapping: _Kind(lambda value: isinstance(value, Mapping), "no mapping"),
    Sequence[str]: _Kind(_is_names, "no list of names"),
}
