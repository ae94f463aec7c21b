"""The figures of a report as pictures within the page."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from mpi.analysis.change import Changes
from mpi.assembly import NATIONAL
from mpi.estimates import Estimates
from mpi.report import figures
from mpi.report.figures.quadrants import is_known
from mpi.report.figures.style import Chart, narrow, without_text
from mpi.report.html.parts import Image, Picture
from mpi.report.html.words import say
from mpi.report.setting import Setting

MOST_GROUPS = 60  # rows of a figure that a page can show; the tables have all
_PER_INCH = 96  # of CSS
_TWICE = 2  # pixels for one of CSS, for sharp screens and print
_TELEPHONE = 4.6  # inches
_METADATA = {"Software": None}  # the same figure gives the same bytes


@dataclass(frozen=True, slots=True)
class Areas:
    """Areas of maps: the geometry, its column of keys, and the grouping they stand for."""

    geometry: Any
    key: str
    by: str | None = None


@dataclass(frozen=True, slots=True)
class Pictures:
    """The figures of one result, one method for each place of the page.

    Attributes
    ----------
    estimates : Estimates
    setting : Setting
    k : str
        The main cutoff.
    """

    estimates: Estimates
    setting: Setting
    k: str

    def maps(self, areas: Areas) -> Iterator[Picture]:
        """Maps of H and M0."""
        about = {**self._about, "on": areas.key, "by": areas.by, "k": self.k}
        language = self.setting.language
        for measure in self._measures("H", "M0"):
            title = say("map", language, say(f"{measure} card", language))
            about |= {"measure": measure, "title": title}
            yield _picture(figures.choropleth(self.estimates, areas.geometry, **about))

    def groups(self, by: str) -> Iterator[Picture]:
        """H and M0 of every group."""
        wanted = self._measures("H", "M0")
        if wanted:
            heading = self.setting.say("groups title", self.setting.grouping(by))
            about = {**self._about, "title": heading, "measures": wanted, "k": self.k}
            yield _picture(figures.by_group(self.estimates, by, **about))

    def headcounts(self) -> Iterator[Picture]:
        """Uncensored and censored headcounts."""
        if len(self._measures("hd", "hdk")) == 2:
            yield _picture(figures.headcounts(self.estimates, k=self.k, **self._about))

    def contributions(self, by: str) -> Iterator[Picture]:
        """What M0 is made of, of the whole population or of every group."""
        if self._measures("actb"):
            about: dict[str, Any] = {**self._about, "k": self.k}
            if by != NATIONAL:
                grouping = self.setting.grouping(by)
                about["title"] = say("contributions by", self.setting.language, grouping)
            yield _picture(figures.contributions(self.estimates, by, **about))

    def quadrants(self) -> Iterator[Picture]:
        """Income and rights, where the categories are known ones."""
        if is_known(self.estimates):
            yield _picture(figures.quadrants(self.estimates, **self._about))

    def curve(self, every: Estimates) -> Iterator[Picture]:
        """H and M0 over the cutoffs."""
        language = self.setting.language
        for measure in ("H", "M0"):
            title = say("curve", language, say(f"{measure} card", language))
            yield _picture(figures.curves(every, measure=measure, title=title, **self._about))

    def changes(self, changes: Changes, by: str) -> Iterator[Picture]:
        """Arrows from one wave to the other."""
        title = say("change of H", self.setting.language, self.setting.grouping(by))
        yield _picture(
            figures.changes(changes, by, measure="H", k=self.k, title=title, **self._about)
        )

    @property
    def _about(self) -> dict[str, Any]:
        about: dict[str, Any] = {"language": self.setting.language, "source": self.setting.source}
        return about | {"specification": self.setting.specification}

    def _measures(self, *names: str) -> tuple[str, ...]:
        known = set(self.estimates.to_arrow()["measure"].to_pylist())
        return tuple(name for name in names if name in known)


def too_many(groups: int, language: str) -> str:
    """Why there is no figure of so many groups."""
    return say("many groups", language, groups)


def _picture(chart: Chart) -> Picture:
    without_text(chart)
    wide = _image(chart)
    narrow(chart, _TELEPHONE)
    words = chart.heading, chart.caption, chart.description
    return Picture(*words, wide, _image(chart), chart.findings)


def _image(chart: Chart) -> Image:
    buffer = BytesIO()
    chart.savefig(buffer, format="png", dpi=_PER_INCH * _TWICE, metadata=_METADATA)
    width, height = (round(inches * _PER_INCH) for inches in chart.get_size_inches())
    address = "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode()
    return Image(address, width, height)
