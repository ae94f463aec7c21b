"""Dates of laws and surveys: a day, or a year where no day is known."""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import date
from typing import Annotated, TypeAlias

from pydantic import BeforeValidator, Field

_TEXT = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?")
_EARLIEST, _LATEST = 1000, 2999


def _read(value: object) -> object:
    if isinstance(value, bool) or not isinstance(value, (int, date, str)):
        raise ValueError(f"{type(value).__name__} is no date. {_EXPECTED}")  # noqa: TRY004
    if value != value:  # noqa: PLR0124 -- NaT of pandas is a date that is none
        raise ValueError(f"a missing date is no date. {_EXPECTED}")
    if isinstance(value, str):
        match = re.fullmatch(r"(\d{4})-(\d{2})-(\d{2})", value)
        if match is None:
            raise ValueError(f"{value!r} is no date. {_EXPECTED}")
        return date(*map(int, match.groups()))
    if isinstance(value, int) and not _EARLIEST <= value <= _LATEST:
        raise ValueError(f"{value} is no year. {_EXPECTED}")
    return value if isinstance(value, int) else date(value.year, value.month, value.day)


_EXPECTED = "Write a day, such as 2009-01-16, or a year, such as 2009."
When = Annotated[
    date | Annotated[int, Field(strict=True, ge=_EARLIEST, le=_LATEST)], BeforeValidator(_read)
]


@dataclass(frozen=True, slots=True)
class Moment:
    """A date at which laws are looked at.

    Attributes
    ----------
    day : date
        The day; of a year or month it is the last one.
    first : date
        First day of the year or month that is meant; the day itself where a day was given.
    """

    day: date
    first: date


Date: TypeAlias = date | int | str


def moment(value: Date) -> Moment:
    """The date that is meant by a day, a year such as ``"2018"``, or a month such as ``"2018-05"``.

    Raises
    ------
    ValueError
        If it is none of these.

    Examples
    --------
    >>> moment("2018").day
    datetime.date(2018, 12, 31)
    """
    if isinstance(value, date) and value == value:  # noqa: PLR0124 -- pandas' NaT is a date that is none
        day = date(value.year, value.month, value.day)
        return Moment(day, day)
    match = _TEXT.fullmatch(str(value).strip()) if not isinstance(value, bool) else None
    if match is None:
        raise ValueError(f"{value!r} is no date. Write a day, a month or a year: 2018-05-31, 2018.")
    year, month, day_of_month = (int(part) if part else None for part in match.groups())
    assert year is not None  # noqa: S101 -- the pattern has it
    try:
        if day_of_month is not None and month is not None:
            return Moment(date(year, month, day_of_month), date(year, month, day_of_month))
        last = month if month is not None else 12
        first = date(year, month if month is not None else 1, 1)
        return Moment(date(year, last, calendar.monthrange(year, last)[1]), first)
    except ValueError:
        raise ValueError(f"{value!r} is no day of the calendar.") from None


def starts(when: date | int) -> date:
    """First day of a date: of a year the first of January."""
    return date(when, 1, 1) if isinstance(when, int) else when


def ends(when: date | int) -> date:
    """Last day of a date: of a year the last of December."""
    return date(when, 12, 31) if isinstance(when, int) else when
