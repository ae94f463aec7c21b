"""Reports from the command line: what has to be there before any work is done, and the call."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path

from mpi.errors import EstimationError, Problem, Problems

SYNTHETIC: Mapping[str, str] = {
    "en": "a synthetic survey that resembles Colombia; no real person is in it",
    "es": "una encuesta sintética que se parece a Colombia; no contiene personas reales",
}
_PACKAGES = ("jinja2", "matplotlib")


def check(path: Path | None, language: str, *, maps: bool = False) -> None:
    """Refuse a page that cannot be made.

    Raises
    ------
    EstimationError
        If the language or the extension is another, the place is none, or packages are missing.
    """
    from mpi.report.html.page import check_report  # noqa: PLC0415 -- only where it is asked for
    from mpi.report.words import check_language  # noqa: PLC0415

    if path is None:
        return
    check_language(language)
    check_report(path)
    missing = [name for name in _PACKAGES if find_spec(name) is None]
    if missing:
        found = f"reports need packages that are not installed: {', '.join(missing)}"
        remedy = "pip install 'alkire-foster[report]'"
        raise EstimationError(path.name, [Problem("", found, remedy=remedy)])
    if maps and find_spec("geopandas") is None:
        found = "maps need a package that is not installed: geopandas"
        remedy = "pip install 'alkire-foster[maps]'"
        raise EstimationError(path.name, [Problem("--geometry", found, remedy=remedy)])


def report(options: argparse.Namespace) -> None:
    """Write the report that is asked for."""
    from mpi import publication  # noqa: PLC0415 -- only where it is asked for
    from mpi.report.html.page import html_report  # noqa: PLC0415

    check(options.out, options.language, maps=options.geometry is not None)
    if options.flag is not None:
        publication.find(options.flag)
    html_report(
        list(options.results),
        options.out,
        language=options.language,
        title=options.title,
        names=_titles(options.names),
        source=options.source,
        k=options.k,
        missing=options.missing,
        lonely_psu=options.lonely_psu,
        flag=options.flag,
        suppress=options.suppress,
        geometry=options.geometry,
        geometry_key=options.geometry_key,
        geometry_by=options.geometry_by,
        samples=options.samples,
    )


def _titles(words: Sequence[str]) -> dict[str, str]:
    """Titles of variables, written ``region=Región``."""
    problems, found = Problems("report", EstimationError), {}
    for text in words:
        name, equal, title = (part.strip() for part in text.partition("="))
        if not (name and equal and title):
            remedy = "Write --name region=Región."
            problems.add("--name", f"{text!r} gives no title", remedy=remedy)
        found[name] = title
    problems.raise_if_any()
    return found
