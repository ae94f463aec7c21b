"""The choices of an analyst, as the texts that name them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, TypeAlias, get_args

from mpi.errors import EstimationError, MpiError, Problem, nearest

LonelyPSU: TypeAlias = Literal["fail", "certainty", "adjust", "average", "collapse"]
DegreesOfFreedom: TypeAlias = Literal["stata", "design", "domain"]
Interval: TypeAlias = Literal["logit", "wald", "asin", "wilson", "beta"]
IntensityInterval: TypeAlias = Literal["attainable", "unit"]
DesignEffect: TypeAlias = Literal["replace", "without"]
ReplicateMethod: TypeAlias = Literal[
    "jk1", "jkn", "brr", "fay", "rao-wu", "canty-davison", "preston", "other"
]
Adjustment: TypeAlias = Literal["holm", "bonferroni", "benjamini-hochberg"]


def unknown_options(**given: tuple[object, object]) -> Iterator[Problem]:
    """Values that are none of those that are known.

    Parameters
    ----------
    **given : (object, Literal)
        Value of each argument, and the type that lists the known ones.
    """
    for name, (value, known) in given.items():
        if not isinstance(value, str) or value not in get_args(known):
            expected = f"Choose one of {', '.join(get_args(known))}."
            hint = nearest(str(value), get_args(known))
            yield Problem(name, f"there is no option {value!r}", expected, hint)


def named(
    source: str, argument: str, value: object, *, error: type[MpiError] = EstimationError
) -> list[str]:
    """Names that an argument gives: a single one, or several.

    Parameters
    ----------
    source, argument : str
        The function that is asked, and its argument.
    value : object
    error : type of MpiError
        What to raise if it is neither.
    """
    names = [value] if isinstance(value, str) else value
    if not isinstance(names, (list, tuple, set, frozenset)) or not all(
        isinstance(name, str) for name in names
    ):
        found = f"a value of type {type(value).__name__!r} is no name and no list of names"
        raise error(source, [Problem(argument, found)])
    return list(names)
