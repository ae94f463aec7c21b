"""Extension of Sphinx for these pages: what is generated, formulas as MathML, languages."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from pygments.lexers.special import TextLexer

from _ext import generated, mathml, outside

if TYPE_CHECKING:
    from docutils import nodes
    from sphinx.application import Sphinx
    from sphinx.config import Config


def _write_pages(app: Sphinx, config: Config) -> None:  # noqa: ARG001 -- what Sphinx hands over
    """Pages from the files and the code of now, before Sphinx looks which pages there are."""
    generated.write(Path(app.srcdir))


def _keep_links(app: Sphinx, docname: str, source: list[str]) -> None:  # noqa: ARG001
    """Links to files that have a page of their own here."""
    source[0] = outside.inside(source[0], docname)


def _set_language(
    app: Sphinx,  # noqa: ARG001 -- what Sphinx hands over
    pagename: str,
    templatename: str,  # noqa: ARG001
    context: dict[str, Any],
    doctree: nodes.document | None,  # noqa: ARG001
) -> None:
    """Pages in Spanish say so, for screen readers and search engines."""
    if pagename.startswith("es/"):
        context["language"] = "es"


def setup(app: Sphinx) -> dict[str, bool]:
    """Register with Sphinx."""
    app.connect("config-inited", _write_pages)
    app.connect("source-read", _keep_links)
    app.connect("html-page-context", _set_language)
    mathml.register(app)
    app.add_lexer("csv", TextLexer)  # Pygments has none
    return {"parallel_read_safe": True, "parallel_write_safe": True}
