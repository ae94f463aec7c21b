"""Pages as HTML: every text escaped, nothing fetched, no script."""

from __future__ import annotations

import base64
import hashlib
from functools import partial
from importlib.resources import files

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from mpi.display import visible
from mpi.report.html.parts import Page
from mpi.report.html.words import say
from mpi.report.markup import is_heading, spanners
from mpi.report.tables import Table

_LONG = 40  # characters of a cell that needs a wide column
NO_BREAK = "\u00a0"


def render(page: Page) -> str:
    """The page as one document.

    Its policy allows the one style sheet that is in it, by its hash, and pictures that are in it;
    scripts, frames, forms and every address outside are forbidden.
    """
    style = files("mpi.report.html").joinpath("templates/style.css").read_text(encoding="utf-8")
    environment = Environment(
        loader=PackageLoader("mpi.report.html", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_plain,
        keep_trailing_newline=True,
    )
    environment.globals.update(
        say=partial(_say, page.language),
        spanners=spanners,
        is_heading=is_heading,
        long_columns=_long_columns,
        zip=zip,
    )
    environment.filters["soft"] = _soft
    from mpi import __version__  # noqa: PLC0415 -- the package itself

    template = environment.get_template("page.html")
    text = template.render(
        page=page,
        policy=_policy(style),
        style=Markup(style),  # noqa: S704 -- our own file
        generator=f"alkire-foster {__version__}",
    )
    return text.lstrip()


def _policy(style: str) -> str:
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    return (
        f"default-src 'none'; img-src data:; style-src 'sha256-{digest}'; base-uri 'none'; "
        "form-action 'none'"
    )


def _say(language: str, key: str, *values: object) -> str:
    return say(key, language, *values)


def _plain(value: object) -> object:
    """Text on one line without control characters; what is markup already stays."""
    if isinstance(value, str) and not isinstance(value, Markup):
        # the space that holds a number and its sign together is none that obeys anything
        return NO_BREAK.join(visible(part).replace("\n", " ") for part in value.split(NO_BREAK))
    return value


def _soft(text: str) -> Markup:
    """Text that may be broken after underscores, as ids are."""
    return Markup("_<wbr>").join(escape(_plain(part)) for part in text.split("_"))


def _long_columns(table: Table) -> set[int]:
    """Places of the columns with long texts."""
    texts = table.texts()
    return {
        place
        for place in range(len(table.columns))
        if any(len(line[place]) > _LONG for line in texts)
    }
