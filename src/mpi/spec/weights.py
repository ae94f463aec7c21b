"""Exact weights of a specification: given, or nested equal shares."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING

from mpi import exact
from mpi.errors import Problem, SpecificationError, nearest

if TYPE_CHECKING:
    from mpi.spec.model import Dimension


def own_weight(dimension: Dimension) -> Fraction | None:
    """Weight that a dimension or its indicators state; None if neither does."""
    given = [i.weight for i in dimension.indicator if i.weight is not None]
    return sum(given, Fraction(0)) if given and dimension.weight is None else dimension.weight


def dimension_weights(dimensions: Sequence[Dimension]) -> list[Fraction]:
    """Weight of each dimension; equal shares where none is stated."""
    stated = [own_weight(dimension) for dimension in dimensions]
    given = [weight for weight in stated if weight is not None]
    return given if len(given) == len(stated) else [Fraction(1, len(stated))] * len(stated)


def weight_problems(dimensions: Sequence[Dimension]) -> Iterator[str]:
    """Sentences on weights that are not all given, or do not sum to 1 exactly."""
    stated = [own_weight(dimension) for dimension in dimensions]
    given = [weight for weight in stated if weight is not None]
    if given and len(given) < len(stated):
        yield (
            f"{len(given)} of {len(stated)} dimensions have a weight. "
            "Give all of them one, or leave all of them out for equal weights."
        )
        return
    parts = [i.weight for dimension in dimensions for i in dimension.indicator if i.weight]
    weights = parts if sum(parts, Fraction(0)) == sum(given, Fraction(0)) else given
    problem = exact.sum_problem(weights) if weights else ""
    if problem:
        yield problem
        return
    try:
        exact.common_scale(
            weight
            for dimension, share in zip(dimensions, dimension_weights(dimensions), strict=True)
            for _, weight in shares(dimension, share)
        )
    except ValueError as error:
        yield str(error)


def shares(dimension: Dimension, weight: Fraction) -> list[tuple[str | None, Fraction]]:
    """Indicators of a dimension with their weights; a union dimension counts once, as a whole."""
    if dimension.rule == "union":
        return [(None, weight)] if dimension.indicator else []
    if not dimension.indicator:  # an outline, of which no figure can be computed
        return []
    equal = weight / len(dimension.indicator)
    return [(i.id, i.weight if i.weight is not None else equal) for i in dimension.indicator]


def check_dimensions(source: str, dimensions: object) -> None:
    """Refuse what is not a mapping of dimension to names of columns."""
    if not isinstance(dimensions, Mapping):
        found = f"an object of type {type(dimensions).__name__!r} is given"
        remedy = 'Give names of columns by dimension, such as {"health": ["a", "b"]}.'
        raise SpecificationError(source, [Problem("dimensions", found, remedy=remedy)])
    problems = [
        Problem(
            f"dimension {dimension!r}",
            f"an object of type {type(names).__name__!r} is no list of names of columns",
            remedy='Give a list of texts, such as ["a", "b"].',
        )
        for dimension, names in dimensions.items()
        if not isinstance(names, (list, tuple)) or not all(isinstance(n, str) for n in names)
    ]
    if problems:
        raise SpecificationError(source, problems)


def check_names(source: str, weights: Mapping[str, object], columns: Sequence[str]) -> None:
    """Refuse weights for columns that are not there, and columns left without a weight."""
    unknown = [
        Problem(f"weights, {name!r}", "is no column of a dimension", remedy=nearest(name, columns))
        for name in weights
        if name not in columns
    ]
    absent = [
        Problem(f"column {name!r}", "has no weight", "Give every column one, or leave weights out.")
        for name in columns
        if weights and name not in weights
    ]
    if unknown or absent:
        raise SpecificationError(source, [*unknown, *absent])
