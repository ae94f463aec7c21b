"""Files of targets: baselines, goals by year, and the rule of the traffic light."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Annotated, Any, Literal, Self, TypeAlias

from pydantic import (
    BeforeValidator,
    Field,
    PlainSerializer,
    ValidationInfo,
    WithJsonSchema,
    field_validator,
    model_validator,
)

from mpi import exact
from mpi.errors import Problem, TargetsError
from mpi.spec.fields import Cutoff, Format, Id, Text
from mpi.spec.files import load_toml, read_file
from mpi.spec.parts import Labelled, Part
from mpi.spec.validation import Place, described, validated

PathKind: TypeAlias = Literal["linear", "compound"]
Better: TypeAlias = Literal["lower", "higher"]
Rule: TypeAlias = Literal["progress", "significance"]
Unit: TypeAlias = Literal["share", "number"]

# measures of this library that are counts or means of counts, not shares
NUMBERS = ("N_poor", "depth", "mean_dimensions")
_YEARS = (1900, 2200)


def _read_amount(value: object) -> float:
    number = exact.fraction(value)
    if number < 0:
        raise ValueError(f"{float(number):g} is negative. No measure is")
    return float(number)


def _read_year(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise ValueError(f"{value!r} is no year. Write a number, such as 2025 or 2024.5")  # noqa: TRY004
    if not _YEARS[0] <= value <= _YEARS[1]:
        raise ValueError(f"{value} is no year. Expected one from {_YEARS[0]} to {_YEARS[1]}")
    return float(value)


def _read_share(value: object) -> Fraction:
    share = exact.fraction(value)
    if not 0 < share <= 1:
        raise ValueError(f"{exact.text(share)} is not above 0 and at most 1")
    return share


_AS_TEXT = PlainSerializer(str, return_type=str)
Amount = Annotated[float, BeforeValidator(_read_amount)]
Year = Annotated[float, BeforeValidator(_read_year)]
_SHARE_SCHEMA = WithJsonSchema({"type": ["string", "number"], "description": "A share, exact."})
Share = Annotated[Fraction, BeforeValidator(_read_share), _AS_TEXT, _SHARE_SCHEMA]
Value: TypeAlias = str | int | float | bool


class Baseline(Part):
    """Where a path begins.

    Attributes
    ----------
    year, value : float
    se : float or None
        Standard error of the value; None where it is taken as known.
    df : int or None
        Degrees of freedom of that standard error.
    """

    year: Year
    value: Amount
    se: Amount | None = None
    df: Annotated[int, Field(ge=1)] | None = None


class Goal(Part):
    """What is to be reached by a year."""

    year: Year
    value: Amount


class Light(Part):
    """When a target is green, yellow or red.

    Attributes
    ----------
    rule : {"progress", "significance"}
        By the share of the way due by then that is covered, or by the test of the distance.
    green, yellow : Fraction
        Smallest progress that is green, and yellow.
    level : Fraction
        A distance is significant where its interval of this coverage leaves out 0.
    """

    rule: Rule = "progress"
    # made when needed: the JSON schema of pydantic 2.8 has no fractions as defaults
    green: Share = Field(default_factory=lambda: Fraction(4, 5))
    yellow: Share = Field(default_factory=lambda: Fraction(3, 5))
    level: Share = Field(default_factory=lambda: Fraction(19, 20))

    @model_validator(mode="after")
    def _check(self) -> Self:
        given = self.model_fields_set
        if self.rule == "significance" and given & {"green", "yellow"}:
            raise ValueError(
                "'green' and 'yellow' are limits of progress. Leave them out with rule = "
                '"significance"'
            )
        if self.rule == "progress" and "level" in given:
            raise ValueError(
                "'level' is of a test. Leave it out, or choose rule = \"significance\""
            )
        if self.yellow > self.green:
            raise ValueError(
                f"yellow begins at {self.yellow}, above green at {self.green}. "
                "Green is the larger of the two"
            )
        if self.level == 1:
            raise ValueError("no interval has coverage 1. Write such as 0.95")
        return self

    def words(self) -> str:
        """The rule as a sentence."""
        if self.rule == "progress":
            return (
                f"green from {self.green} of the way due by then, yellow from {self.yellow}, red "
                "below; without a way to go green at the goal or better"
            )
        level = f"{100 * float(self.level):g} %"
        return (
            f"green at the path or better, yellow worse but not significantly at {level}, red "
            "significantly worse"
        )


class Target(Part):
    """A figure that is to change.

    Attributes
    ----------
    id, title, note : texts
        What it is called; put together from the others where left out.
    measure, dimension, indicator, category, k : as in the columns of results
    group : mapping of variable to value
        Empty for the whole population.
    better : {"lower", "higher"}
    path : {"linear", "compound"} or None
        That of the file if None.
    unit : {"share", "number"} or None
        Whether values are shares, at most 1; by the measure if None.
    baseline : Baseline
    goal : tuple of Goal
        In order of years.
    """

    id: Id | None = None
    title: Text | None = None
    note: str = ""
    measure: Annotated[str, Field(min_length=1)]
    dimension: str | None = None
    indicator: str | None = None
    category: str | None = None
    k: Cutoff | None = None
    group: dict[str, Value] = Field(default_factory=dict)
    better: Better = "lower"
    path: PathKind | None = None
    unit: Unit | None = None
    baseline: Baseline
    goal: Annotated[tuple[Goal, ...], Field(min_length=1)]

    @property
    def is_share(self) -> bool:
        """Whether no value is above 1."""
        return _is_share(self.unit, self.measure)

    def label(self) -> str:
        """Title, id, or the measure with what it is about."""
        if self.title is not None:
            texts = {"en": self.title} if isinstance(self.title, str) else self.title
            return texts.get("en") or next(iter(texts.values()), self.id or self.measure)
        if self.id is not None:
            return self.id
        about = [self.measure, self.indicator or self.dimension, self.category]
        about += [f"k={self.k}" if self.k is not None else None]
        about += [f"{name} {value}" for name, value in self.group.items()]
        return " ".join(part for part in about if part)

    @field_validator("baseline", mode="after")
    @classmethod
    def _check_baseline(cls, baseline: Baseline, info: ValidationInfo) -> Baseline:
        _check_scale([("value", baseline.value), ("se", baseline.se)], info)
        if baseline.df is not None and baseline.se is None:
            raise ValueError("df is of a standard error, and there is none. Give 'se' too")
        return baseline

    @field_validator("goal", mode="after")
    @classmethod
    def _check_goals(cls, goals: tuple[Goal, ...], info: ValidationInfo) -> tuple[Goal, ...]:
        _check_scale([(f"the value of {goal.year:g}", goal.value) for goal in goals], info)
        baseline = info.data.get("baseline")
        if baseline is None:
            return goals
        before: Baseline | Goal = baseline
        higher = info.data.get("better") == "higher"
        for goal in goals:
            former = "the baseline" if before is baseline else "the goal"
            if goal.year <= before.year:
                raise ValueError(
                    f"year {goal.year:g} is not after {before.year:g}, {former}'s year. "
                    "Write goals in the order of their years, after the baseline"
                )
            worse = goal.value < before.value if higher else goal.value > before.value
            if worse:
                side, other = ("below", "lower") if higher else ("above", "higher")
                raise ValueError(
                    f"{goal.value:g} in {goal.year:g} is {side} {before.value:g}, {former} of "
                    f'{before.year:g}. Correct it, or write better = "{other}"'
                )
            before = goal
        return goals


def _is_share(unit: str | None, measure: str) -> bool:
    return measure not in NUMBERS if unit is None else unit == "share"


def _check_scale(values: list[tuple[str, float | None]], info: ValidationInfo) -> None:
    """Refuse shares above 1, which are percent by mistake."""
    if not _is_share(info.data.get("unit"), info.data.get("measure", "")):
        return
    above = [(name, value) for name, value in values if value is not None and value > 1]
    if above:
        texts = " and ".join(f"{name} is {value:g}" for name, value in above)
        raise ValueError(
            f'{texts}, above 1. Write "{above[0][1]:g}%" if it is percent, or unit = "number" if '
            "the measure is no share"
        )


class TargetFile(Labelled):
    """Targets with the rule of their traffic light.

    Attributes
    ----------
    id, title, note : texts
    sources : tuple of str
        Where the targets stand.
    path : {"linear", "compound"}
        Whether what is due changes by equal amounts, or by equal rates, a year.
    light : Light
    target : tuple of Target
    """

    format: Format = 1
    sources: tuple[str, ...] = ()
    path: PathKind = "linear"
    light: Light = Field(default_factory=Light)
    target: Annotated[tuple[Target, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _check(self) -> Self:
        wrong = []
        for number, target in enumerate(self.target, start=1):
            values = [target.baseline.value, *(goal.value for goal in target.goal)]
            if self.path_of(target) == "compound" and min(values) <= 0:
                wrong.append(
                    f"target {target.id or number!r}: a compound path never reaches 0. "
                    'Write path = "linear", or a goal above 0'
                )
        ids = [target.id for target in self.target if target.id is not None]
        twice = sorted({name for name in ids if ids.count(name) > 1})
        wrong += [f"target {name!r}: the id is used twice. Give each its own" for name in twice]
        if wrong:
            raise ValueError("\n".join(wrong))
        return self

    def path_of(self, target: Target) -> PathKind:
        """Path of a target."""
        return target.path if target.path is not None else self.path


@dataclass(frozen=True, slots=True)
class Read:
    """A file of targets with the places of its keys, for messages.

    Attributes
    ----------
    file : TargetFile
    name : str
        What messages call it.
    content : mapping
    lines : mapping of place to line
    """

    file: TargetFile
    name: str
    content: Mapping[str, Any]
    lines: Mapping[Place, int]

    def where(self, number: int, *keys: str) -> str:
        """Words for a key of a target."""
        return described(("target", number, *keys), self.content, self.lines)


def target_file(source: str | os.PathLike[str] | Mapping[str, Any] | TargetFile) -> TargetFile:
    """Targets from a TOML file, or from the content of one.

    Parameters
    ----------
    source : path, mapping or TargetFile

    Returns
    -------
    TargetFile

    Raises
    ------
    TargetsError
        With every problem of the file and its line.

    Examples
    --------
    >>> target = {"measure": "H", "baseline": {"year": 2021, "value": "16%"}}
    >>> plan = {"id": "plan", "target": [target | {"goal": [{"year": 2026, "value": "11.5%"}]}]}
    >>> target_file(plan).target[0].goal[0].value
    0.115
    """
    return read_targets(source).file


def read_targets(source: object) -> Read:
    """Targets with the places of their keys."""
    if isinstance(source, TargetFile):
        return Read(source, source.id, source.content(), {})
    if isinstance(source, Mapping):
        name = str(source.get("id", "targets"))
        return Read(
            validated(TargetFile, source, source=name, error=TargetsError), name, source, {}
        )
    if not isinstance(source, str | os.PathLike):
        found = f"an object of type {type(source).__name__!r} has no targets"
        expected = "Give the path of a .toml file, or a mapping with its keys."
        raise TargetsError("targets", [Problem("", found, expected)])
    path = Path(source)
    if path.suffix != ".toml":
        found = "is no file of targets"
        raise TargetsError(path.name or "targets", [Problem("", found, "Its name ends in .toml.")])
    text = read_file(path, kind="targets", error=TargetsError)
    content, lines = load_toml(text, path.name, error=TargetsError)
    file = validated(TargetFile, content, source=path.name, error=TargetsError, lines=lines)
    return Read(file, path.name, content, lines)
