"""What things are called in a figure, and the lines below it."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import TypeAlias, get_args

from mpi.api import resolve_specification
from mpi.errors import EstimationError, Problem, Problems
from mpi.estimate import Origin
from mpi.estimates import Estimates
from mpi.report.figures.rows import Cell
from mpi.report.figures.words import Language, figure_text, percent, word
from mpi.report.setting import most_units
from mpi.spec.dates import moment
from mpi.spec.files import bundled, specification
from mpi.spec.model import NOT_OFFICIAL, Specification

Spec: TypeAlias = Specification | str | os.PathLike[str]


class Labels:
    """Names from a specification in one language, and what stands below a figure.

    Parameters
    ----------
    place : str
        The function that draws.
    language : {"en", "es"}
    spec : Specification, str or path, optional
        Whose titles are shown. Where it is left out, a bundled specification whose content is that
        of the estimates gives them; else ids stand in their place.
    source : str
        Where the data come from.
    title : str, optional
        Of the figure.
    result : Estimates, optional
        What was estimated.
    about : str
        What a result without an origin says of itself.
    """

    def __init__(
        self,
        place: str,
        language: Language,
        spec: Spec | None,
        source: str,
        title: str | None,
        result: Estimates | None = None,
        *,
        about: str = "",
    ) -> None:
        problems = Problems(f"figures.{place}", EstimationError)
        if language not in get_args(Language):
            problems.add("language", f"there is no {language!r}", expected="Choose 'en' or 'es'.")
        texts: tuple[tuple[str, object], ...] = (("source", source), ("title", title or ""))
        for name, text in texts:
            if not isinstance(text, str):
                problems.add(name, f"an object of type {type(text).__name__!r} is no text")
        problems.raise_if_any()
        self.language: Language = language
        self._given, self._source, self.title = title, source, title
        self._result, self._about = result, about
        self.origin = result.origin if result is not None else None
        self.spec = _resolved(place, spec, self.origin, about)

    def heading(self, default: str) -> str:
        """Title of the figure: what was given, or the default."""
        return default if self._given is None else self._given

    def word(self, key: str, **values: object) -> str:
        """A phrase in the language of the figure."""
        return word(key, self.language, **values)

    def dimension(self, name: str) -> str:
        """Title of a dimension; its id without one."""
        part = self.spec.dimensions.get(name) if self.spec is not None else None
        return name if part is None else part.label(self.language)

    def indicator(self, name: str) -> str:
        """Title of an indicator; its id without one."""
        part = self.spec.indicators.get(name) if self.spec is not None else None
        return name if part is None else part.label(self.language)

    def category(self, name: str) -> str:
        """Title of a category; its id without one."""
        part = self.spec.categories.get(name) if self.spec is not None else None
        return name if part is None else part.label(self.language)

    def part(self, dimension: str | None, indicator: str | None) -> str:
        """Title of an indicator, or of a dimension as a whole."""
        return self.indicator(indicator) if indicator else self.dimension(dimension or "")

    def group(self, name: str | None) -> str:
        """Text of a group."""
        return self.word("national") if name is None else name

    @cached_property
    def measured(self) -> str:
        """Title of the specification with its mark, if it is not official."""
        if self.spec is not None:
            status = self.spec.status if self.spec.status in NOT_OFFICIAL else None
            mark = f" [{self.word(status)}]" if status else ""
            return f"{self.spec.label(self.language)}{mark}"
        return self.origin.specification if self.origin is not None else self._about

    def caption(self, *notes: str, k: str | None = None, intervals: bool = False) -> list[str]:
        """Lines below the figure: what was measured, where and how; then notes; then the source."""
        parts = [self.measured]
        if k is not None:
            parts.append(self.word("cutoff", k=k))
        if self.origin is not None and self.origin.date:
            parts.append(self.word("survey", date=self.origin.date))
        if self._n:
            units = self.origin.unit if self.origin is not None else "persons"
            count = f"{self._n:,}"
            count = count.replace(",", ".") if self.language == "es" else count
            parts.append(self.word("n", n=count, unit=self.word(units)))
        if intervals:
            parts.append(self.interval_words())
        first = "; ".join(part for part in parts if part)
        own = self._source and self.word("source", source=self._source)
        return [*(note for note in notes if note), first, own]

    def interval_words(self) -> str:
        """What the intervals are; empty where there are none."""
        if self._result is None:
            return ""
        if self._result.to_arrow()["ci_low"].null_count == len(self._result):
            return ""
        # withheld figures have lost where they come from, and with it the level
        source = self._result.source
        level = getattr(source, "level", None)
        if level is None:
            return self.word("intervals")
        return self.word("interval", level=level_text(level, self.language))

    @property
    def _n(self) -> int:
        """Units of the whole population in the sample."""
        if self._result is None:
            return 0
        return most_units(self._result.to_arrow())

    def value(self, cell: Cell, measure: str, *, interval: bool = True) -> str:
        """A figure in words, with its interval."""
        if cell.withheld:
            return self.word("not published")
        if not cell.known:
            return self.word("not defined")
        texts = [figure_text(v, measure, self.language) for v in (cell.value, cell.low, cell.high)]
        if not (interval and texts[1] and texts[2]):
            return texts[0]
        return f"{texts[0]} ({self.word('to', low=texts[1], high=texts[2])})"

    def flags(self, cells: Iterable[Cell], key: str) -> str:
        """The note on figures that are published with a warning; empty if there are none."""
        found = dict.fromkeys(cell.flag for cell in cells if cell.doubtful and cell.flag)
        listed = ", ".join(f"“{flag}”" for flag in found)
        return self.word(key, flags=listed) if listed else ""

    def extremes(self, cells: Sequence[Cell], measure: str) -> list[str]:
        """Sentences on the highest and the lowest group, and on those that are not published."""
        known = [cell for cell in cells if cell.known and cell.group is not None]
        sentences = []
        if len(known) > 1:
            high, low = max(known, key=_value), min(known, key=_value)
            for key, cell in (("highest", high), ("lowest", low)):
                group, value = self.group(cell.group), self.value(cell, measure)
                sentences.append(self.word(key, group=group, value=value))
        hidden = [self.group(cell.group) for cell in cells if cell.withheld]
        if hidden:
            sentences.append(self.word("none published", groups=", ".join(hidden)))
        return sentences


def level_text(level: float, language: Language) -> str:
    """A level of confidence as a percentage without needless decimals."""
    digits = 0 if abs(100 * level - round(100 * level)) < 1e-9 else 1
    return percent(level, language, digits=digits)


def _value(cell: Cell) -> float:
    return cell.value


def _resolved(
    place: str, spec: Spec | None, origin: Origin | None, about: str
) -> Specification | None:
    if spec is None:
        return None if origin is None else _bundled(origin)
    found = resolve_specification(spec)
    made_by = about if origin is None else origin.specification
    # results without an origin have its name in a longer line
    fits = found.marked in about if origin is None else found.marked == made_by
    if made_by and not fits:
        text = f"the estimates are of {made_by!r}, not of {found.marked!r}"
        problem = Problem("specification", text, remedy="Give the one they were made by.")
        raise EstimationError(f"figures.{place}", [problem])
    return found


def _bundled(origin: Origin) -> Specification | None:
    """The bundled specification that estimates were made by, if its content is the same."""
    name = origin.specification.partition(" [")[0]
    if name not in bundled("spec"):
        return None
    found = specification(name)
    same = found.fingerprint == origin.fingerprint
    if not same and origin.date is not None:
        # the law of the survey's date decides the figures, so it is in their fingerprint
        under = found.replace(law_as_of=moment(origin.date).day)
        same = under.fingerprint == origin.fingerprint
    return found if same else None
