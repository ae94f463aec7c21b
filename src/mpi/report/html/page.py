"""A report: one self-contained page of a result."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from mpi import output
from mpi.analysis.change import Changes
from mpi.atomic import write_atomically
from mpi.errors import EstimationError, Problem, Problems, nearest
from mpi.options import LonelyPSU
from mpi.pooling import Samples
from mpi.report.html.given import KINDS, Asked, Result, Wave, changes_of, waves
from mpi.report.html.parts import Page
from mpi.report.html.provenance import provenance_terms, today
from mpi.report.html.words import counted, provenance, say
from mpi.report.publication_tables import make_setting, publication_tables
from mpi.report.setting import Figures, Setting, most_units
from mpi.report.tables import Tables
from mpi.report.words import Language, check_language, word
from mpi.spec.model import NOT_OFFICIAL, MissingPolicy

SUFFIXES = (".html", ".htm")
_ELSEWHERE = "Give the path of a file in a folder that is there and can be written to."


def html_report(  # noqa: PLR0913 -- each is one choice of the analyst
    result: Result | Sequence[Result],
    path: str | os.PathLike[str],
    *,
    language: Language = "en",
    title: str = "",
    names: Mapping[str, str] | None = None,
    source: str = "",
    k: object = None,
    missing: MissingPolicy | None = None,
    lonely_psu: LonelyPSU | None = None,
    flag: str | None = None,
    suppress: bool = False,
    geometry: object = None,
    geometry_key: str | None = None,
    geometry_by: str | None = None,
    samples: Samples | None = None,
) -> None:
    """Write a report: one page with figures, tables, method, legal bases, findings and provenance.

    The page stands by itself: it fetches nothing, runs no script, and its policy forbids both to
    whatever a label may hold. It can be read with a keyboard, by ear, on a telephone and on paper.
    The file appears complete or not at all.

    Parameters
    ----------
    result : Profiles, PublishedProfiles, Estimates, str, path, or a sequence of these
        Profile tables or the file that `Profiles.save` wrote, from which everything is computed;
        or estimates and published tables, which are reported as they are. Several are waves, in
        order of time: the last one is reported, with the changes between them.
    path : str or path
        A file that ends in ``.html``.
    language : {"en", "es"}
        Of all fixed words; titles of specifications follow it.
    title : str
        Title of the page; that of the specification if left out.
    names : mapping of str to str, optional
        Titles of grouping variables, such as ``{"region": "Región"}``.
    source : str
        Where the data come from, in words.
    k : number or sequence of numbers, optional
        Cutoffs beside that of the specification, which is always there.
    missing, lonely_psu
        As in `Profiles.estimate`.
    flag, suppress
        Rule for publication and whether it withholds figures, as in `Estimates.flag`.
    geometry : GeoDataFrame, str or path, optional
        Areas for maps, as in `figures.choropleth`.
    geometry_key : str, optional
        Column of the geometry that has the codes or labels of the groups.
    geometry_by : str, optional
        Grouping that the areas are; may be left out where there is one.
    samples : {"independent", "overlapping"}, optional
        Of several waves, as in `mpi.change`.

    Raises
    ------
    EstimationError
        If the path does not end in ``.html`` or cannot be written, a result is none or cannot be
        read, or a choice does not fit.
    ModuleNotFoundError
        If ``jinja2`` or ``matplotlib`` is not installed; they come with ``alkire-foster[report]``.

    Examples
    --------
    >>> import tempfile
    >>> import mpi
    >>> spec = mpi.Specification.from_columns({"one": ["a"], "two": ["b"]}, cutoff="1/2")
    >>> people = {"a": [1, 0, 0, 1], "b": [1, 1, 0, 0], "area": ["r", "r", "u", "u"]}
    >>> profiles = mpi.tabulate(people, spec, by="area")
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     mpi.html_report(profiles, f"{folder}/report.html", language="es")
    """
    single = isinstance(result, KINDS)
    given: list[Any] = [result] if single else _listed(result)
    file = output.as_path(path)
    _check(file, language, geometry, geometry_key, geometry_by)
    asked = Asked(k, missing, lonely_psu, flag, suppress)
    found = waves(given, asked)
    changes = changes_of(found, samples, suppress=suppress)
    setting = make_setting(
        found[-1].estimates,
        language=language,
        names=names,
        source=source,
        specification=None,
        decimal=None,
    )
    page = _page(found, changes, setting, title, (geometry, geometry_key, geometry_by))
    try:
        write_atomically(file, _rendered(page).encode())
    except (OSError, ValueError) as error:
        text = f"cannot be written: {getattr(error, 'strerror', None) or error}"
        raise EstimationError(file.name, [Problem("", text, remedy=_ELSEWHERE)]) from error


def check_report(file: Path) -> None:
    """Refuse a path of a report before any work is done for it.

    Raises
    ------
    EstimationError
        If its extension is another, or it cannot be written to.
    """
    if file.suffix.lower() not in SUFFIXES:
        found = f"{file.suffix or 'no extension'} is no page"
        raise EstimationError(file.name or str(file), [Problem("", found, "Use .html.")])
    output.check_place(file)


def _listed(result: object) -> list[object]:
    if isinstance(result, list | tuple):
        return list(result)
    found = f"is of type {type(result).__name__!r}"
    expected = "Give profile tables, their file, or estimates."
    raise EstimationError("report", [Problem("result", found, expected)])


def _check(file: Path, language: object, geometry: object, key: str | None, by: str | None) -> None:
    problems = Problems("report", EstimationError)
    if geometry is None and (key is not None or by is not None):
        found = "says what areas are, and none are given"
        problems.add("geometry_key", found, remedy="Give geometry= (--geometry) too.")
    if geometry is not None and key is None:
        found = "areas are given, and not which column has their codes or labels"
        remedy = "Give geometry_key= (--geometry-key), the name of that column."
        problems.add("geometry", found, remedy=remedy)
    problems.raise_if_any()
    check_language(language)
    check_report(file)


def _page(
    found: Sequence[Wave],
    changes: Changes | None,
    setting: Setting,
    title: str,
    areas: tuple[Any, str | None, str | None],
) -> Page:
    from mpi.report.html.pictures import Areas, Pictures  # noqa: PLC0415 -- heavy, an extra
    from mpi.report.html.sections import Content, all_findings, sections  # noqa: PLC0415

    wave, language = found[-1], setting.language
    geometry, key, by = areas
    figures = Figures(wave.estimates, setting)
    _check_areas(geometry, by, figures.groupings)
    tables = publication_tables(
        wave.estimates,
        language=language,  # type: ignore[arg-type]
        names=setting.names,
        source=setting.source,
        specification=setting.specification,
    )
    pictures = Pictures(wave.estimates, setting, wave.k)
    drawn = geometry is not None and key is not None and bool(wave.k) and figures.bounds == [None]
    maps = tuple(pictures.maps(Areas(geometry, key or "", by))) if drawn else ()
    content = Content(
        wave,
        figures,
        pictures,
        Tables(tuple(tables)),
        changes,
        maps,
        all_findings(found, changes, maps),
        tuple(provenance_terms(found, setting, geometry)),
    )
    made = f"{provenance('made', language)}: {_day(today(), language)}"
    return Page(
        language,
        _title(setting, title),
        tuple(_lead(content.figures, setting, wave)),
        tuple(content.figures.warnings()),
        tuple(sections(content)),
        f"{setting.origin}. {made}.",
    )


def _check_areas(geometry: object, by: str | None, groupings: Sequence[str]) -> None:
    """Refuse areas of which it is not known which grouping they are."""
    if geometry is None or by in groupings or (by is None and len(groupings) == 1):
        return
    listed = f"There are {', '.join(groupings)}." if groupings else "There is none."
    if by is None:
        found = f"areas are given, and there are {len(groupings)} groupings"
        remedy = "Say which one they are: geometry_by= (--geometry-by)."
    else:
        found, remedy = f"there is no grouping {by!r}", nearest(by, groupings)
    raise EstimationError("report", [Problem("geometry_by", found, listed, remedy)])


def _rendered(page: Page) -> str:
    from mpi.report.html.render import render  # noqa: PLC0415 -- heavy, an extra

    return render(page)


def _title(setting: Setting, title: str) -> str:
    spec = setting.specification
    if title or spec is None:
        return title or say("page", setting.language)
    mark = f" [{word(spec.status, setting.language)}]" if spec.status in NOT_OFFICIAL else ""
    return f"{spec.label(setting.language)}{mark}"


def _lead(figures: Figures, setting: Setting, wave: Wave) -> list[str]:
    """What was measured, when, on how many."""
    language, origin = setting.language, wave.estimates.origin
    parts = []
    if origin is not None and origin.date is not None:
        parts.append(say("survey of", language, origin.date))
    units = most_units(figures.estimates.to_arrow())
    if units and origin is not None:
        n = f"{units:,}"
        n = n.replace(",", ".") if setting.decimal == "," else n
        parts.append(say("sample", language, n, counted(origin.unit, language)))
    if wave.k:
        parts.append(say("at", language, wave.k))
    source = f"{word('source', language, setting.source)}." if setting.source else ""
    return [line for line in ("; ".join(parts), source) if line]


def _day(day: date, language: str) -> str:
    return day.strftime("%d/%m/%Y") if language == "es" else day.isoformat()
