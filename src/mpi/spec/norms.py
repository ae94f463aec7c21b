"""Norms: thresholds that a law sets, by the date in force and by birth cohort.

A norm is a table of values. Each takes effect on a date and holds for those born in a range of
years, or of an age when it took effect. A later value takes the place of an earlier one for the
cohorts that it reaches. On one date a norm is a step function of the year of birth.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import BeforeValidator, Field, StrictFloat, StrictInt, model_validator

from mpi import exact
from mpi.spec.dates import When, ends, starts
from mpi.spec.expression import LARGEST_INTEGER
from mpi.spec.fields import Id
from mpi.spec.parts import Basis, Labelled, Part

Standard: TypeAlias = Literal["cohort", "current"]
FIRST_YEAR, LAST_YEAR = 1000, 2999  # of birth
MOST_VALUES = 500  # of a norm; each is compared with every other
OLDEST = 150  # years; what is above is a year of birth, or a slip


def _check_number(value: object) -> object:
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if not number or not -LARGEST_INTEGER <= value <= LARGEST_INTEGER:  # type: ignore[operator]
        raise ValueError(f"{_shown(value)} is no number. Write one below 2^53, without quotes")
    return value


def _check_age(value: object) -> object:
    if isinstance(value, bool) or not isinstance(value, (int, str)):
        raise ValueError(  # noqa: TRY004 -- what pydantic collects
            f"{_shown(value)} is no age. Write whole years, or the name of a parameter"
        )
    if isinstance(value, int) and not 0 <= value <= OLDEST:
        raise ValueError(
            f"{_shown(value)} is no age. Write years from 0 to {OLDEST}; a year of birth stands in "
            "'born_from' or 'born_to'"
        )
    return value


def _shown(value: object) -> str:
    shown = repr(value)
    return shown if len(shown) <= 40 else "this"


Number = Annotated[StrictInt | StrictFloat, BeforeValidator(_check_number)]
Age = Annotated[StrictInt | Id, BeforeValidator(_check_age)]
Year = Annotated[StrictInt, Field(ge=FIRST_YEAR, le=LAST_YEAR)]


def _listed(value: object) -> object:
    return (value,) if isinstance(value, (Mapping, Basis)) else value


def _one_or_more(schema: dict[str, Any]) -> None:
    """JSON Schema of a legal basis or a list of them."""
    several = {"items": schema.pop("items"), "type": schema.pop("type")}
    schema["anyOf"] = [several["items"], several]


Bases = Annotated[
    tuple[Basis, ...], BeforeValidator(_listed), Field(json_schema_extra=_one_or_more)
]


class Parameter(Labelled):
    """A number that rules use by its name and that the analyst may set."""

    value: Number | None = None
    basis: Bases = ()


class NormValue(Part):
    """One value of a norm, with the cohorts that it reaches and the time in which it holds.

    `age_from` and `age_to` are ages in the year in which the value took effect, as numbers or as
    names of parameters; `born_from` and `born_to` are years of birth. All ends are inclusive.
    """

    value: Number
    born_from: Year | None = None
    born_to: Year | None = None
    age_from: Age | None = None
    age_to: Age | None = None
    in_force: When | None = None
    until: When | None = None
    basis: Bases = ()
    note: str = ""

    @model_validator(mode="after")
    def _check(self) -> NormValue:
        ages = self.age_from is not None or self.age_to is not None
        if ages and (self.born_from is not None or self.born_to is not None):
            raise ValueError(
                "the cohort is given by ages and by years of birth. Give one of the two"
            )
        if ages and self.in_force is None:
            raise ValueError("an age is that when the value took effect. Give 'in_force'")
        if self.in_force is not None and self.until is not None:
            if starts(self.in_force) > ends(self.until):
                raise ValueError(
                    f"it ends ({self.until}) before it begins ({self.in_force}). Turn them around"
                )
        elif self.until is not None:
            raise ValueError("'until' stands beside 'in_force'. Give the date on which it began")
        return self

    def cohort(self, parameters: Mapping[str, Number | None]) -> tuple[int | None, int | None]:
        """First and last year of birth that the value reaches; None where it is open."""
        if self.in_force is None or (self.age_from is None and self.age_to is None):
            return self.born_from, self.born_to
        year = starts(self.in_force).year
        youngest, oldest = (_age(age, parameters) for age in (self.age_from, self.age_to))
        return (
            None if oldest is None else year - oldest,
            None if youngest is None else year - youngest,
        )

    def holds(self, day: date | None) -> bool:
        """Whether the value has taken effect and not ended on a day."""
        if self.in_force is None:
            return True
        if day is None or starts(self.in_force) > day:
            return False
        return self.until is None or ends(self.until) >= day


class Norm(Labelled):
    """A threshold with its legal basis: values by date in force and birth cohort."""

    right: str = ""
    unit: str = ""
    value: Annotated[tuple[NormValue, ...], Field(min_length=1, max_length=MOST_VALUES)]

    @property
    def dated(self) -> bool:
        """Whether its values depend on the date."""
        return any(value.in_force is not None for value in self.value)

    @property
    def by_cohort(self) -> bool:
        """Whether its values depend on the year of birth."""
        ends_ = ("born_from", "born_to", "age_from", "age_to")
        return any(getattr(value, end) is not None for value in self.value for end in ends_)

    def changes(self) -> tuple[date, ...]:
        """Days on which values take effect, or no longer hold, ascending."""
        begin = {starts(v.in_force) for v in self.value if v.in_force is not None}
        stated = {ends(v.until) for v in self.value if v.until is not None} - {date.max}
        return tuple(sorted(begin | {last + timedelta(days=1) for last in stated}))


class NormError(ValueError):
    """A norm has no value, or more than one, on some date for some cohort."""


@dataclass(frozen=True, slots=True)
class Cohort:
    """The value that holds for those born in some years.

    Attributes
    ----------
    born_from, born_to : int or None
        First and last year of birth; None where it is open.
    value : Fraction
    """

    born_from: int | None
    born_to: int | None
    value: Fraction

    def __str__(self) -> str:
        years = born(self.born_from, self.born_to)
        return f"{self.value} {years}".rstrip()


def cohorts(
    norm: Norm, day: date | None, parameters: Mapping[str, Number | None]
) -> tuple[Cohort, ...]:
    """The norm on a day, as a step function of the year of birth.

    Parameters
    ----------
    norm : Norm
    day : date or None
        Day whose law is meant; None if no value of the norm has a date.
    parameters : mapping of str to number
        Values of the parameters that ages name.

    Returns
    -------
    tuple of Cohort
        Ascending and adjoining; the first may have an open beginning, the last an open end.

    Raises
    ------
    NormError
        If no value is in force, or some years of birth between two others have none.

    Examples
    --------
    >>> values = [{"value": 6, "in_force": 1877}, {"value": 9, "in_force": 1973, "age_to": 12}]
    >>> norm = Norm.model_validate({"id": "years", "value": values})
    >>> [str(cohort) for cohort in cohorts(norm, date(2000, 1, 1), {})]
    ['6 born to 1960', '9 born from 1961']
    """
    held = [value for value in norm.value if value.holds(day)]
    if not held:
        raise NormError(_not_in_force(norm, day))
    ranges = [(value, *value.cohort(parameters)) for value in held]
    firsts = _firsts(ranges)
    lasts = [year - 1 for year in firsts[1:] if year is not None]
    cells = [
        (low, high, _latest(ranges, low)) for low, high in zip(firsts, [*lasts, None], strict=True)
    ]
    known = [place for place, (_, _, value) in enumerate(cells) if value is not None]
    inside = cells[known[0] : known[-1] + 1]
    gaps = [born(low, high) for low, high, value in inside if value is None]
    if gaps:
        under = "" if day is None else f" under the law of {day}"
        raise NormError(f"there is no value for those {' and '.join(gaps)}{under}")
    return _joined([(low, high, value) for low, high, value in inside if value is not None])


def _not_in_force(norm: Norm, day: date | None) -> str:
    """Words for a day on which no value of a norm holds."""
    firsts = sorted(starts(v.in_force) for v in norm.value if v.in_force is not None)
    ended = [ends(v.until) for v in norm.value if v.until is not None]
    ended = [last for last in ended if day is not None and last < day]
    coming = [first for first in firsts if day is not None and first > day]
    if not ended:
        return f"no value is in force on {day}; the first took effect on {firsts[0]}"
    following = f", and the next took effect on {coming[0]}" if coming else ""
    return f"no value is in force on {day}; the last has ended on {max(ended)}{following}"


Range: TypeAlias = tuple[NormValue, int | None, int | None]


def _firsts(ranges: Sequence[Range]) -> list[int | None]:
    """Years of birth at which another value can begin, ascending; None is the open beginning."""
    years = {low for _, low, _ in ranges if low is not None}
    years |= {high + 1 for _, _, high in ranges if high is not None}
    return [None, *sorted(years)]


def _latest(ranges: Sequence[Range], year: int | None) -> NormValue | None:
    """The value that took effect last among those that reach a year of birth."""
    reached = [
        value
        for value, low, high in ranges
        if (low is None or (year is not None and low <= year))
        and (high is None or year is None or year <= high)
    ]
    return max(reached, key=_since, default=None)


def _since(value: NormValue) -> date:
    return date.min if value.in_force is None else starts(value.in_force)


def _joined(cells: Sequence[tuple[int | None, int | None, NormValue]]) -> tuple[Cohort, ...]:
    """Steps in which neighbours with the same value are one."""
    steps: list[Cohort] = []
    for low, high, value in cells:
        number = _exact(value.value)
        first = steps.pop().born_from if steps and steps[-1].value == number else low
        steps.append(Cohort(first, high, number))
    return tuple(steps)


def _exact(value: float) -> Fraction:
    return exact.fraction(value) if value >= 0 else -exact.fraction(-value)


def born(first: int | None, last: int | None) -> str:
    """Words for years of birth; empty if they are all.

    Examples
    --------
    >>> born(None, 1960), born(1961, 1993), born(1994, None)
    ('born to 1960', 'born 1961 to 1993', 'born from 1994')
    """
    if first is None:
        return "" if last is None else f"born to {last}"
    if last is None:
        return f"born from {first}"
    return f"born {first} to {last}" if first != last else f"born {first}"


def norm_problems(norm: Norm, parameters: Mapping[str, Number | None]) -> Iterator[str]:
    """Sentences on values that contradict each other, whatever the date."""
    for value in norm.value:
        low, high = value.cohort(parameters)
        if low is not None and high is not None and low > high:
            years = f"born {low} to {high}"
            yield f"norm {norm.id!r}: {value.value} is for those {years}. Turn the years around."
    ordered = sorted(norm.value, key=_since)
    for place, earlier in enumerate(ordered):
        for later in ordered[place + 1 :]:
            sentence = _overlap(earlier, later, parameters)
            if sentence:
                yield f"norm {norm.id!r}: {sentence}"


def _overlap(earlier: NormValue, later: NormValue, parameters: Mapping[str, Number | None]) -> str:
    """Sentence on two values for the same cohort at the same time; empty if there is no such.

    A later value may take the place of an earlier one. It may not begin inside a cohort whose last
    year the earlier one states, because then one of the two is a slip.
    """
    low, high = earlier.cohort(parameters)
    from_, to = later.cohort(parameters)
    first = max((year for year in (low, from_) if year is not None), default=None)
    last = min((year for year in (high, to) if year is not None), default=None)
    if first is not None and last is not None and first > last:
        return ""
    if later.in_force is not None and earlier.until is not None:
        if ends(earlier.until) < starts(later.in_force):
            return ""
        at_once = True
    else:
        at_once = _since(earlier) == _since(later)
    begins_inside = from_ is not None and high is not None and (low is None or from_ > low)
    if not at_once and not begins_inside:
        return ""
    who = born(first, last) or "in any year"
    return (
        f"those {who} have two values, {earlier.value} and {later.value}. "
        "End one cohort before the other begins, or leave its last year out if the later law "
        "takes its place."
    )


def _age(age: int | str | None, parameters: Mapping[str, Number | None]) -> int | None:
    if isinstance(age, str):
        value = parameters.get(age)
        return int(value) if value is not None else None
    return age
