"""A specification without the indicators that a survey cannot give, its weights shared again."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from fractions import Fraction
from typing import TYPE_CHECKING, Literal, TypeAlias, get_args

from mpi.errors import Problem, SpecificationError

if TYPE_CHECKING:
    from mpi.spec.model import Dimension, Specification

AbsentPolicy: TypeAlias = Literal["fail", "reweight-dimension", "reweight"]
FurtherRule: TypeAlias = Literal["destitute", "gap"]
FURTHER: tuple[FurtherRule, ...] = get_args(FurtherRule)  # rules beside that of who is deprived


def without_rules(spec: Specification, roles: Collection[FurtherRule]) -> Specification:
    """The specification without the stricter rules, or the gaps, of all its indicators.

    Of all, because a measure of destitution or gaps over some of them would be another one.
    """
    if not roles:
        return spec
    dimensions = [
        dimension.content()
        | {
            "indicator": [
                {key: value for key, value in i.content().items() if key not in roles}
                for i in dimension.indicator
            ]
        }
        for dimension in spec.dimension
    ]
    return spec.replace(dimension=dimensions)


def without(
    spec: Specification,
    indicators: Collection[str],
    conditions: Collection[str],
    *,
    weights: AbsentPolicy,
) -> Specification:
    """The specification without some indicators and conditions, and categories that need them.

    Parameters
    ----------
    spec : Specification
    indicators, conditions : collection of str
        Ids of what is left out.
    weights : {"reweight-dimension", "reweight"}
        Whether the weight of an indicator goes to the others of its dimension, or to all others.

    Raises
    ------
    SpecificationError
        If no indicator is left, or none in a dimension that has to keep its weight.
    """
    left = {d.id: [i for i in d.indicator if i.id not in indicators] for d in spec.dimension}
    empty = [name for name, parts in left.items() if not parts]
    if not any(left.values()) or (empty and weights == "reweight-dimension"):
        raise SpecificationError(spec.id, list(_empty_problems(spec, empty)))
    scale = Fraction(1)
    if weights == "reweight":
        scale /= sum((_kept(spec, d, indicators) for d in spec.dimension), Fraction(0))
    dimensions = [
        _reduced(spec, dimension, indicators, scale, weights)
        for dimension in spec.dimension
        if left[dimension.id]
    ]
    gone = {*indicators, *conditions, *empty}
    return spec.replace(
        dimension=dimensions,
        condition=[c.content() for c in spec.condition if c.id not in conditions],
        category=[c.content() for c in spec.category if not gone & {*c.when.names()}],
    )


def _empty_problems(spec: Specification, empty: Collection[str]) -> Iterator[Problem]:
    """One problem for each dimension that would be empty."""
    for name in empty:
        of = ", ".join(i.id for i in spec.dimensions[name].indicator)
        found = f"the survey can give none of its indicators ({of})"
        remedy = "Share its weight among all others with absent='reweight' (--absent reweight)."
        yield Problem(f"dimension {name!r}", found, remedy=remedy)


def _kept(spec: Specification, dimension: Dimension, indicators: Collection[str]) -> Fraction:
    """Weight of what is left of a dimension."""
    if dimension.rule == "union":
        left = any(i.id not in indicators for i in dimension.indicator)
        return _whole(spec, dimension) if left else Fraction(0)
    own = (spec.weights[i.id] for i in dimension.indicator if i.id not in indicators)
    return sum(own, Fraction(0))


def _whole(spec: Specification, dimension: Dimension) -> Fraction:
    own = (element.weight for element in spec.elements if element.dimension == dimension.id)
    return sum(own, Fraction(0))


def _reduced(
    spec: Specification,
    dimension: Dimension,
    indicators: Collection[str],
    scale: Fraction,
    weights: AbsentPolicy,
) -> dict[str, object]:
    """Content of a dimension without some of its indicators."""
    content = dimension.content()
    content.pop("weight", None)
    whole, kept = _whole(spec, dimension), _kept(spec, dimension, indicators)
    factor = whole / kept if weights == "reweight-dimension" else scale
    left = [i for i in dimension.indicator if i.id not in indicators]
    if dimension.rule == "union":
        return content | {"weight": str(kept * scale), "indicator": [i.content() for i in left]}
    parts = [i.content() | {"weight": str(spec.weights[i.id] * factor)} for i in left]
    return content | {"indicator": parts}
