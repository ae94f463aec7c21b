"""Kinds of values in the files: exact fractions, rules, ids, titles."""

from __future__ import annotations

from fractions import Fraction
from typing import Annotated, Literal, TypeAlias

from pydantic import AfterValidator, BeforeValidator, Field, PlainSerializer, WithJsonSchema

from mpi import exact
from mpi.spec.expression import Expression, ExpressionError, parse


def _read_rule(value: object) -> Expression:
    if isinstance(value, Expression):
        return value
    if not isinstance(value, str):
        raise ValueError(f"a rule is a text, not {type(value).__name__}")  # noqa: TRY004
    try:
        return parse(value)
    except ExpressionError as error:
        raise ValueError(str(error)) from None


def _read_weight(value: object) -> Fraction:
    weight = exact.fraction(value)
    if weight <= 0:
        raise ValueError(f"weight {exact.text(weight)} is not positive")
    return weight


def _check_id(value: str) -> str:
    if value != value.strip() or not value.isprintable():
        raise ValueError("an id has no space at its ends and no control characters")
    return value


def _check_format(value: object) -> object:
    if isinstance(value, int) and not isinstance(value, bool) and value > 1:
        raise ValueError(
            f"the file has format {value}, and this version of the library reads format 1. "
            "Take a newer version of the library"
        )
    return value


_FRACTION_SCHEMA = {
    "anyOf": [
        {"type": "string", "pattern": r"^\s*\d+(\.\d+)?\s*(/\s*\d+(\.\d+)?)?\s*%?\s*$"},
        {"type": "number", "exclusiveMinimum": 0, "maximum": 1},
    ],
    "description": 'An exact fraction, decimal or percent, such as "1/6", "0.05" or "7.5%".',
}
_AS_TEXT = PlainSerializer(str, return_type=str)
Rule = Annotated[
    Expression,
    BeforeValidator(_read_rule),
    _AS_TEXT,
    WithJsonSchema({"type": "string", "description": "A rule in the rule language."}),
]
Weight = Annotated[
    Fraction, BeforeValidator(_read_weight), _AS_TEXT, WithJsonSchema(_FRACTION_SCHEMA)
]
Cutoff = Annotated[
    Fraction, BeforeValidator(exact.check_cutoff), _AS_TEXT, WithJsonSchema(_FRACTION_SCHEMA)
]
Format = Annotated[Literal[1], BeforeValidator(_check_format)]
Id = Annotated[str, Field(min_length=1, max_length=80), AfterValidator(_check_id)]
Text: TypeAlias = str | dict[Annotated[str, Field(pattern="^[a-z]{2}$")], str]
