"""Errors: what was found, what was expected, in how many rows, what to do; all problems at once."""

from __future__ import annotations

import unicodedata
from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from mpi.display import visible

# letters of Cyrillic and Greek that look like Latin ones
_LATIN = str.maketrans(
    "аеорсухіјѕАВЕКМНОРСТХІЈЅονρΑΒΕΖΗΙΚΜΝΟΡΤΥΧ",
    "aeopcyxijsABEKMHOPCTXIJSovpABEZHIKMNOPTYX",
)


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong with an input.

    Attributes
    ----------
    where : str
        The place: a column, a key of a file with its line, an argument.
    found : str
        What was found there; never a cell of microdata beyond a code value.
    expected : str
        What would have been right.
    remedy : str
        What to do.
    count, of : int or None
        In how many rows, of how many.
    """

    where: str
    found: str
    expected: str = ""
    remedy: str = ""
    count: int | None = None
    of: int | None = None

    def __str__(self) -> str:
        rows = ""
        if self.count is not None:
            rows = f" in {self.count:,}" + (f" of {self.of:,}" if self.of is not None else "")
            rows += " rows" if self.of is not None or self.count != 1 else " row"
        place = f"{self.where}: " if self.where else ""
        tail = " ".join(part for part in (self.expected, self.remedy) if part)
        return f"{place}{_closed(self.found + rows)}" + (f"\n  {tail}" if tail else "")


class MpiError(Exception):
    """Base of all errors of this library.

    Parameters
    ----------
    source : str
        The input that is wrong: a file name, an object, an argument.
    problems : sequence of Problem
        Everything that is wrong with it, not only the first thing.

    Examples
    --------
    >>> print(MpiError("survey", [Problem("weight", "negative value", count=3, of=10)]))
    survey: weight: negative value in 3 of 10 rows.
    """

    def __init__(self, source: str, problems: Sequence[Problem]) -> None:
        self.source = source
        self.problems = tuple(problems)
        super().__init__(source, self.problems)

    def __str__(self) -> str:
        if len(self.problems) == 1:
            return visible(f"{self.source}: {self.problems[0]}")
        lines = "\n".join(str(problem) for problem in self.problems).replace("\n", "\n  ")
        return visible(f"{self.source} has {len(self.problems)} problems.\n  {lines}")


class SpecificationError(MpiError):
    """A specification cannot be used as it is written."""


class SurveyError(MpiError):
    """Microdata, codebook or sampling design cannot be used as they are."""


class EstimationError(MpiError):
    """What was asked for cannot be computed from the profile table."""


class PlanError(MpiError):
    """A plan cannot be run as it is written, or not in its folder."""


class TargetsError(MpiError):
    """Targets cannot be used as they are written, or a series does not have what they ask."""


class Problems:
    """Collector of problems, so that a user sees all of them at once.

    Parameters
    ----------
    source : str
        The input that is checked.
    error : type of MpiError
        What to raise if anything is wrong with it.
    """

    __slots__ = ("_error", "_found", "_source")

    def __init__(self, source: str, error: type[MpiError]) -> None:
        self._source = source
        self._error = error
        self._found: list[Problem] = []

    def add(
        self,
        where: str,
        found: str,
        *,
        expected: str = "",
        remedy: str = "",
        count: int | None = None,
        of: int | None = None,
    ) -> None:
        """Note one problem and go on."""
        problem = Problem(where, found, expected, remedy, count, of)
        if problem not in self._found:
            self._found.append(problem)

    def extend(self, problems: Iterable[Problem]) -> None:
        """Note problems that were found elsewhere."""
        self._found.extend(problems)

    def drop(self, found: Container[str]) -> None:
        """Forget problems in which one of some things was found."""
        self._found = [problem for problem in self._found if problem.found not in found]

    def __bool__(self) -> bool:
        return bool(self._found)

    def raise_if_any(self, *, cause: BaseException | None = None) -> None:
        """Raise the error with everything noted so far, if there is anything."""
        if self._found:
            raise self._error(self._source, self._found) from cause


def nearest(name: str, known: Iterable[str]) -> str:
    """Suggestion of the known name that is most like `name`; empty if none is.

    Examples
    --------
    >>> nearest("agua", ["water", "agua_red"])
    "Did you mean 'agua_red'?"
    """
    listed = [str(other) for other in known]
    matches = [other for other in listed if other.casefold() == str(name).casefold()][:1]
    twins = [other for other in listed if _appearance(other) == _appearance(str(name))][:1]
    if twins and not matches:
        return f"Did you mean {twins[0]!r}? It looks alike; {_told_apart(str(name), twins[0])}."
    matches = matches or get_close_matches(str(name), listed, n=1, cutoff=0.6)
    if not matches:
        matches = [other for other in listed if name and other.startswith(str(name))][:1]
    return f"Did you mean {matches[0]!r}?" if matches else ""


def _appearance(name: str) -> str:
    """What a name looks like: without signs that do not show, one letter for several alike."""
    shown = "".join(c for c in name if unicodedata.category(c) != "Cf")
    return unicodedata.normalize("NFKC", shown).translate(_LATIN).casefold()


def _told_apart(name: str, other: str) -> str:
    """The first character that only one of two names that look alike has."""
    for owner, own, its in (("yours", name, other), ("that one", other, name)):
        for character in own:
            if character not in its:
                called = unicodedata.name(character, f"U+{ord(character):04X}")
                return f"{owner} has {called}"
    return "its characters are in another order"


def _closed(sentence: str) -> str:
    return sentence if sentence.endswith((".", "?", "!", "^")) else sentence + "."
