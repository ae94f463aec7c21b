"""Markdown from texts of files and code, in which nothing is obeyed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from mpi.display import visible
from mpi.report.markup import md

# an address that holds nothing that ends a link or begins markup
_ADDRESS = re.compile(r"https://[A-Za-z0-9._~/?=&%#:,+-]+")
_NUMBERED = re.compile(r"^(\d+)\.(?=\s|$)")


def plain(text: str) -> str:
    r"""A text in one line, as it stands: no markup, no role, no comment, no list.

    Examples
    --------
    >>> print(plain("% {ref}`x` <script>"))
    &#37; \{ref\}\`x\` &lt;script&gt;
    """
    marked = md(" ".join(text.split()))
    if marked.startswith("%"):
        marked = "&#37;" + marked[1:]
    if marked.startswith("="):
        marked = "&#61;" + marked[1:]
    return _NUMBERED.sub(r"\1\\.", marked)


def paragraphs(text: str) -> list[str]:
    """Paragraphs of a text with an empty line after each."""
    parts = (part for part in re.split(r"\n\s*\n", text) if part.strip())
    return [line for part in parts for line in (plain(part), "")]


def code(text: str) -> str:
    """A text in one line as code, whatever backticks it has."""
    shown = visible(" ".join(text.split()))
    if not shown:
        return ""
    longest = max((len(run) for run in re.findall(r"`+", shown)), default=0)
    fence = "`" * (longest + 1)
    pad = " " if shown.startswith("`") or shown.endswith("`") else ""
    return f"{fence}{pad}{shown}{pad}{fence}"


def block(text: str, kind: str = "text") -> list[str]:
    """Lines of a fenced block of code."""
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return [f"{fence}{kind}", *visible(text.strip("\n")).splitlines(), fence, ""]


def link(address: str) -> str:
    """An address as a link if it is a plain one of https, else as text."""
    return f"<{address}>" if _ADDRESS.fullmatch(address) else plain(address)


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """Lines of a table of cells that are Markdown already; none if it has no row."""
    cells = [[cell.replace("\n", " ") for cell in row] for row in rows]
    if not cells:
        return []
    lines = [f"| {' | '.join(heads)} |", f"|{'---|' * len(heads)}"]
    return [*lines, *(f"| {' | '.join(row)} |" for row in cells), ""]


def cell_code(text: str) -> str:
    """Code within a table, where a pipe would end the cell."""
    return code(text).replace("|", r"\|")


def contents(names: Iterable[str], *, hidden: bool = True) -> list[str]:
    """A table of contents of Sphinx."""
    options = [":hidden:", ""] if hidden else [":maxdepth: 1", ""]
    return ["```{toctree}", *options, *names, "```", ""]
