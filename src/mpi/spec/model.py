"""The specification: what counts as poor, as immutable and validated objects."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from pathlib import Path
from typing import Annotated, Literal, TypeAlias

import tomli_w
from pydantic import Field, model_validator

from mpi import exact
from mpi.arguments import check_kinds
from mpi.atomic import write_atomically
from mpi.errors import Problem, SpecificationError, nearest
from mpi.spec import overview
from mpi.spec.checks import category_problems, id_problems, outline_problems
from mpi.spec.dates import When
from mpi.spec.difference import Difference, differences
from mpi.spec.expression import Expression, column
from mpi.spec.fields import Cutoff, Format, Rule, Weight
from mpi.spec.laws import law_problems, substance
from mpi.spec.norms import Norm, Number, Parameter, Standard
from mpi.spec.parts import Basis, Labelled
from mpi.spec.validation import validated
from mpi.spec.weights import (
    check_dimensions,
    check_names,
    dimension_weights,
    shares,
    weight_problems,
)

FORMAT: Literal[1] = 1  # version of the file format
MOST_BITS = 62  # indicators, stricter rules and conditions share one signed 64-bit integer

Unit: TypeAlias = Literal["household", "person"]
Standing: TypeAlias = Literal["statute", "guideline", "convention", "reconstruction", "template"]
NoneApplicable: TypeAlias = Literal["not deprived", "deprived", "missing"]
MissingPolicy: TypeAlias = Literal[
    "drop", "reweight", "reweight-dimension", "nondeprived", "bounds"
]
NOT_OFFICIAL = ("reconstruction", "template")


class Indicator(Labelled):
    """One indicator with the rule that says who is deprived."""

    weight: Weight | None = None
    applies_to: Rule | None = None
    deprived: Rule
    destitute: Rule | None = None
    gap: Rule | None = None
    if_none_applicable: NoneApplicable | None = None
    rights: tuple[str, ...] = ()
    basis: tuple[Basis, ...] = ()

    @property
    def rule(self) -> Expression:
        """The rule that says who is deprived."""
        return self.deprived


class Dimension(Labelled):
    """Indicators that belong together, counted by weight or as a union."""

    weight: Weight | None = None
    rule: Literal["weighted", "union"] = "weighted"
    indicator: tuple[Indicator, ...] = ()
    basis: tuple[Basis, ...] = ()

    @model_validator(mode="after")
    def _check_weights(self) -> Dimension:
        given = [i.weight for i in self.indicator if i.weight is not None]
        if self.rule == "union" and any(i.gap is not None for i in self.indicator):
            raise ValueError(
                "a union dimension counts as a whole, so its indicators have no gap; leave it out"
            )
        if self.rule == "union" and given:
            raise ValueError(
                "a union dimension counts once, so its indicators have no weights; leave them out"
            )
        if given and len(given) < len(self.indicator):
            raise ValueError(
                f"{len(given)} of {len(self.indicator)} indicators have a weight. "
                "Give all of them one, or leave all of them out for equal shares"
            )
        if given and self.weight is not None:
            problem = exact.sum_problem(given, self.weight)
            if problem:
                raise ValueError(
                    f"{problem} Correct a weight, or leave all of them out for equal shares"
                )
        return self


class Condition(Labelled):
    """A yes or no that is kept with the profile but does not count in the score."""

    when: Rule
    basis: tuple[Basis, ...] = ()


class Category(Labelled):
    """A named class of profiles, by the score, indicators, dimensions and conditions.

    With `depth` its depth and intensity are measures too: mean number of deprivations of its
    members, and its share of the population times their mean score.
    """

    when: Rule
    depth: bool = False


@dataclass(frozen=True, slots=True)
class Element:
    """What the score counts: an indicator, or a whole dimension under the union rule.

    Attributes
    ----------
    dimension : str
        Id of the dimension.
    indicator : str or None
        Id of the indicator; None for a union dimension.
    weight : Fraction
        Share of the score.
    """

    dimension: str
    indicator: str | None
    weight: Fraction


class Specification(Labelled):
    """What counts as poor: dimensions, indicators, weights, cutoff and unit.

    Read one with `mpi.specification`, or make one with `Specification.from_columns`.

    Examples
    --------
    >>> spec = Specification.from_columns({"health": ["nutrition"], "school": ["years", "attends"]},
    ...                                   cutoff="1/3")
    >>> [str(element.weight) for element in spec.elements]
    ['1/2', '1/4', '1/4']
    """

    format: Format = FORMAT
    description: str = ""
    status: Standing | None = None
    sources: tuple[str, ...] = ()
    lacks: tuple[str, ...] = ()
    law_as_of: When | None = None
    standard: Standard = "cohort"
    unit: Unit
    universe: Rule | None = None
    cutoff: Cutoff
    missing: MissingPolicy = "drop"
    parameter: tuple[Parameter, ...] = ()
    norm: tuple[Norm, ...] = ()
    dimension: Annotated[tuple[Dimension, ...], Field(min_length=1)]
    condition: tuple[Condition, ...] = ()
    category: tuple[Category, ...] = ()

    @model_validator(mode="after")
    def _check_whole(self) -> Specification:
        problems = [
            *id_problems(self),
            *outline_problems(self),
            *weight_problems(self.dimension),
            *category_problems(self),
            *law_problems(self),
        ]
        if len(self.bits) > MOST_BITS:
            problems.append(
                f"{len(self.bits)} indicators, stricter rules and conditions are too many: "
                f"at most {MOST_BITS} fit in a profile"
            )
        if problems:
            raise ValueError("\n".join(problems))
        return self

    @cached_property
    def dimensions(self) -> Mapping[str, Dimension]:
        """Dimensions by id."""
        return {dimension.id: dimension for dimension in self.dimension}

    @cached_property
    def indicators(self) -> Mapping[str, Indicator]:
        """Indicators by id, in the order of the file."""
        return {i.id: i for dimension in self.dimension for i in dimension.indicator}

    @cached_property
    def conditions(self) -> Mapping[str, Condition]:
        """Conditions by id."""
        return {condition.id: condition for condition in self.condition}

    @cached_property
    def categories(self) -> Mapping[str, Category]:
        """Categories by id."""
        return {category.id: category for category in self.category}

    @cached_property
    def norms(self) -> Mapping[str, Norm]:
        """Legal norms by id."""
        return {norm.id: norm for norm in self.norm}

    @cached_property
    def parameters(self) -> Mapping[str, Number | None]:
        """Values of the parameters by id; None where the analyst has to set one."""
        return {parameter.id: parameter.value for parameter in self.parameter}

    @cached_property
    def elements(self) -> tuple[Element, ...]:
        """What the score counts, with exact weights that sum to 1."""
        return tuple(
            Element(dimension.id, None if dimension.rule == "union" else indicator, weight)
            for dimension, share in zip(
                self.dimension, dimension_weights(self.dimension), strict=True
            )
            for indicator, weight in shares(dimension, share)
        )

    @cached_property
    def weights(self) -> Mapping[str, Fraction]:
        """Weight of each indicator; those of a union dimension have none."""
        return {e.indicator: e.weight for e in self.elements if e.indicator is not None}

    @cached_property
    def scale(self) -> int:
        """Scores are whole multiples of 1 / scale."""
        return exact.common_scale(element.weight for element in self.elements)

    @cached_property
    def bits(self) -> tuple[tuple[str, str], ...]:
        """Kind and id of each bit of a profile, lowest first.

        Kinds are ``deprived`` (indicators), ``destitute`` (those with a stricter rule) and
        ``condition``.
        """
        strict = (i.id for i in self.indicators.values() if i.destitute is not None)
        return (
            *(("deprived", name) for name in self.indicators),
            *(("destitute", name) for name in strict),
            *(("condition", name) for name in self.conditions),
        )

    @property
    def marked(self) -> str:
        """The id, with the status where results have to say it: reconstruction or template."""
        return f"{self.id} [{self.status}]" if self.status in NOT_OFFICIAL else self.id

    @cached_property
    def fingerprint(self) -> str:
        """Hash of what decides the figures: unit, rules, weights, cutoff, conditions, categories.

        Titles, notes and legal bases do not enter.
        """
        content = json.dumps(_substance(self), sort_keys=True, ensure_ascii=True)
        return hashlib.sha256(content.encode()).hexdigest()[:16]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Specification) and self.model_dump() == other.model_dump()

    def __hash__(self) -> int:
        return hash(self.fingerprint)

    @classmethod
    def from_columns(
        cls,
        dimensions: Mapping[str, Sequence[str]],
        *,
        cutoff: object,
        weights: Mapping[str, object] | None = None,
        unit: Unit = "person",
        missing: MissingPolicy = "drop",
        id: str = "from-columns",  # noqa: A002 -- the key of the file
    ) -> Specification:
        """Specification over columns that are deprivations already: 1 or true is deprived.

        Parameters
        ----------
        dimensions : mapping of str to sequence of str
            Names of the columns by dimension.
        cutoff : str, int, float, Decimal or Fraction
            Poverty cutoff k in (0, 1].
        weights : mapping of str to number, optional
            Weight of each column; they must sum to 1 exactly. Nested equal weights if left out.
        unit : {"person", "household"}
            Whether a row is a person (or the unit that is counted) or a household.
        missing : str
            What is done with units that miss an indicator, unless told otherwise.
        id : str
            Name of the specification.

        Returns
        -------
        Specification

        Raises
        ------
        SpecificationError
            If weights, cutoff or names are not right; all problems at once.
        """
        check_kinds(
            cls.from_columns,
            {"weights": weights, "unit": unit, "missing": missing, "id": id},
            error=SpecificationError,
            all_kinds=True,
        )
        check_dimensions(id, dimensions)
        given = dict(weights or {})
        columns = [name for names in dimensions.values() for name in names]
        check_names(id, given, columns)
        tables = [
            {
                "id": dimension,
                "indicator": [
                    {"id": name, "deprived": column(name), "weight": given.get(name)}
                    for name in names
                ],
            }
            for dimension, names in dimensions.items()
        ]
        content = {
            "id": id,
            "unit": unit,
            "cutoff": cutoff,
            "missing": missing,
            "dimension": tables,
        }
        return validated(cls, content, source=id, error=SpecificationError)

    def to_toml(self) -> str:
        """Text of a specification file; reading it gives an equal specification."""
        content = self.content()
        # readers of TOML turn carriage returns of texts on several lines into plain line ends
        has_returns = r"\r" in json.dumps(content, default=str)
        return tomli_w.dumps(content, multiline_strings=not has_returns)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write a specification file; it appears complete or not at all.

        Raises
        ------
        SpecificationError
            If the file cannot be written.
        """
        try:
            write_atomically(Path(path), self.to_toml().encode())
        except (OSError, ValueError) as error:
            found = f"cannot be written: {getattr(error, 'strerror', None) or error}"
            remedy = "Give the path of a file in a folder that can be written to."
            raise SpecificationError(
                os.fspath(path), [Problem("", found, remedy=remedy)]
            ) from error

    def replace(self, **changes: object) -> Specification:
        """The same specification with some keys changed, checked again.

        Examples
        --------
        >>> spec = Specification.from_columns({"health": ["a", "b"]}, cutoff="1/2")
        >>> spec.replace(cutoff="1/3").cutoff
        Fraction(1, 3)
        """
        source = str(changes.get("id", self.id))
        content = self.content() | changes
        return validated(Specification, content, source=source, error=SpecificationError)

    def with_parameters(self, **values: float) -> Specification:
        """The same specification with other values of its parameters.

        Raises
        ------
        SpecificationError
            If it has no such parameter, or a value is no number.
        """
        unknown = [name for name in values if name not in self.parameters]
        if unknown:
            known = list(self.parameters)
            listed = f"There are {', '.join(known)}." if known else "It has none."
            problems = [
                Problem(repr(name), "is no parameter", remedy=nearest(name, known) or listed)
                for name in unknown
            ]
            raise SpecificationError(self.id, problems)
        changed = [
            part.content() | ({"value": values[part.id]} if part.id in values else {})
            for part in self.parameter
        ]
        return self.replace(parameter=changed)

    def diff(self, other: Specification) -> Difference:
        """What another specification says differently; empty if nothing."""
        return differences(self, other)

    def __repr__(self) -> str:
        return overview.as_text(self)

    __str__ = __repr__

    def _repr_html_(self) -> str:
        return overview.as_html(self)


def _substance(spec: Specification) -> object:
    """What decides the figures, as plain values."""
    rules = ("applies_to", "deprived", "destitute", "gap")
    return {
        "unit": spec.unit,
        "universe": _canonical(spec.universe),
        "cutoff": str(spec.cutoff),
        "missing": spec.missing,
        "dimensions": [[d.id, d.rule] for d in spec.dimension],
        "elements": [[e.dimension, e.indicator, str(e.weight)] for e in spec.elements],
        "indicators": [
            [i.id, *(_canonical(getattr(i, rule)) for rule in rules), i.if_none_applicable]
            for i in spec.indicators.values()
        ],
        "conditions": [[c.id, _canonical(c.when)] for c in spec.condition],
        "categories": [[c.id, _canonical(c.when), *_DEPTH[c.depth]] for c in spec.category],
        **substance(spec),
    }


_DEPTH: Mapping[bool, tuple[str, ...]] = {True: ("depth",), False: ()}


def _canonical(rule: Expression | None) -> str | None:
    return None if rule is None else rule.canonical()
