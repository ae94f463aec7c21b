"""Tables as LaTeX and Markdown; every text is escaped."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from mpi.display import visible
from mpi.report.tables import Column, Table, TableRow

_LATEX = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "$": r"\$",
    "&": r"\&",
    "#": r"\#",
    "_": r"\_",
    "%": r"\%",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    '"': r"\symbol{34}",
    "`": r"\textasciigrave{}",
    "–": "--",
    # a row may not begin with a bracket or a star: LaTeX takes them as options of the row break
    "[": "{[}",
    "]": "{]}",
    "*": "{*}",
}
_MARKDOWN = re.compile(r"([\\`*_{}\[\]()#+!|~$-])")
_INDENT = 4


def latex(table: Table) -> str:
    r"""A table as LaTeX, for the packages booktabs, caption and longtable.

    Examples
    --------
    >>> print(tex("50 % of $x_1"))
    50 \% of \$x\_1
    """
    shape = "".join("l" if column.kind == "text" else "r" for column in table.columns)
    width = len(table.columns)
    lines = [
        r"% needs \usepackage{booktabs,caption,longtable,textcomp}",
        rf"\begin{{longtable}}{{{shape}}}",
        rf"\caption*{{\textbf{{{tex(table.title)}}}",
        *([rf"\\ {{\small {tex(table.subtitle)}}}"] if table.subtitle else []),
        r"} \\",
        r"\toprule",
        *_latex_heads(table.columns),
        r"\midrule",
        r"\endhead",
        *_latex_rows(table),
        r"\bottomrule",
    ]
    lines += [
        rf"\multicolumn{{{width}}}{{p{{0.95\linewidth}}}}{{\footnotesize {tex(note)}}} \\"
        for note in filter(None, [*table.notes, table.source])
    ]
    return "\n".join([*lines, r"\end{longtable}", ""])


def tex(text: str) -> str:
    """Text with every character that LaTeX would obey escaped."""
    return "".join(_LATEX.get(character, character) for character in visible(text)).replace(
        "\n", " "
    )


def _latex_heads(columns: Sequence[Column]) -> Iterator[str]:
    if any(column.spanner for column in columns):
        cells, rules, place = [], [], 1
        for spanner, width in spanners(columns):
            cells.append(rf"\multicolumn{{{width}}}{{c}}{{{tex(spanner)}}}")
            rules += [rf"\cmidrule(lr){{{place}-{place + width - 1}}}"] if spanner else []
            place += width
        yield " & ".join(cells) + r" \\"
        yield " ".join(rules)
    yield " & ".join(tex(column.head) for column in columns) + r" \\"


def _latex_rows(table: Table) -> Iterator[str]:
    for row, texts in zip(table.rows, table.texts(), strict=True):
        if is_heading(row):
            label = rf"\textbf{{{tex(texts[0])}}}"
            yield rf"\multicolumn{{{len(texts)}}}{{l}}{{{label}}} \\"
            continue
        cells = []
        for text, cell in zip(texts, row.cells, strict=True):
            shown = tex(text) + (rf"\textsuperscript{{{tex(cell.mark)}}}" if cell.mark else "")
            cells.append(rf"\textbf{{{shown}}}" if shown and row.role != "row" else shown)
        cells[0] = r"\quad " * row.indent + cells[0]
        yield " & ".join(cells) + r" \\"


def markdown(table: Table) -> str:
    """A table as Markdown with pipes, its title above and its notes below."""
    heads = [": ".join(filter(None, (c.spanner, c.head))) for c in table.columns]
    lines = [f"**{md(table.title)}**", ""]
    lines += [md(table.subtitle), ""] if table.subtitle else []
    lines.append(_piped([md(head) for head in heads]))
    rules = ["---" if c.kind == "text" else "---:" for c in table.columns]
    lines.append(_piped(rules))
    for row, texts in zip(table.rows, table.texts(), strict=True):
        cells = [
            md(text) + (f"<sup>{md(cell.mark)}</sup>" if cell.mark else "")
            for text, cell in zip(texts, row.cells, strict=True)
        ]
        cells = [f"**{c}**" if c and row.role != "row" else c for c in cells]
        cells[0] = "&nbsp;" * _INDENT * row.indent + cells[0]
        lines.append(_piped(cells))
    for note in filter(None, [*table.notes, table.source]):
        lines += ["", md(note)]
    return "\n".join([*lines, ""])


def md(text: str) -> str:
    r"""Text in which Markdown and HTML find nothing to obey.

    Examples
    --------
    >>> print(md("<b>a|b</b> [x](javascript:1) -1.5"))
    &lt;b&gt;a\|b&lt;/b&gt; \[x\]\(javascript:1\) -1.5
    """
    plain = visible(text).replace("\n", " ")
    if re.fullmatch(r"-?[\d.,]+", plain):
        return plain
    marked = _MARKDOWN.sub(_escaped, plain)
    # an address alone becomes a link in many readers
    return (
        marked.replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace("://", "&#58;//")
        .replace("www.", "www&#46;")
        .replace("@", "&#64;")
    )


def _escaped(match: re.Match[str]) -> str:
    """A character that marks something; a sign does so only at the start of a line."""
    character = match[1]
    return character if character in "-+" and match.start() else f"\\{character}"


def _piped(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def spanners(columns: Sequence[Column]) -> list[tuple[str, int]]:
    """Heads over several columns, each with the number of columns side by side."""
    found: list[tuple[str, int]] = []
    for column in columns:
        if found and column.spanner and found[-1][0] == column.spanner:
            found[-1] = (column.spanner, found[-1][1] + 1)
        else:
            found.append((column.spanner, 1))
    return found


def is_heading(row: TableRow) -> bool:
    """Whether a row has its label only, over those that follow."""
    return row.role == "section" and all(cell.value is None for cell in row.cells[1:])
