"""Tables by great_tables, as HTML."""

from __future__ import annotations

import hashlib

import great_tables
import pandas as pd
from great_tables import loc, style

from mpi.display import visible
from mpi.report.markup import is_heading, spanners
from mpi.report.numbers import raised
from mpi.report.tables import Table

_INDENT = "\u2003"


def great_table(table: Table) -> great_tables.GT:
    """The table as an object of ``great_tables``.

    Cells are texts that were rounded before: ``great_tables`` escapes them where it writes HTML.
    """
    keys = [f"c{place}" for place in range(len(table.columns))]
    cells = [
        [plain(text) + raised(cell.mark) for text, cell in zip(texts, row.cells, strict=True)]
        for texts, row in zip(table.texts(), table.rows, strict=True)
    ]
    for line, row in zip(cells, table.rows, strict=True):
        line[0] = _INDENT * row.indent + line[0]
    frame = pd.DataFrame(cells, columns=keys, dtype=object)
    heads = {key: plain(column.head) for key, column in zip(keys, table.columns, strict=True)}
    text = [k for k, c in zip(keys, table.columns, strict=True) if c.kind == "text"]
    numbers = [k for k in keys if k not in text]
    made = great_tables.GT(frame, id=_identity(table)).cols_label(cases=heads)  # type: ignore[arg-type]
    made = made.tab_header(title=plain(table.title), subtitle=plain(table.subtitle) or None)
    place = 0
    for number, (spanner, width) in enumerate(spanners(table.columns)):
        if spanner:
            columns = keys[place : place + width]
            made = made.tab_spanner(label=plain(spanner), columns=columns, id=f"s{number}")
        place += width
    made = made.cols_align("left", columns=text)
    made = made.cols_align("right", columns=numbers) if numbers else made
    heavy = [place for place, row in enumerate(table.rows) if row.role != "row"]
    if heavy:
        made = made.tab_style(style.text(weight="bold"), loc.body(rows=heavy))
    heading = [place for place, row in enumerate(table.rows) if is_heading(row)]
    if heading:
        made = made.tab_style(style.fill("#f2f2f2"), loc.body(rows=heading))
    for note in filter(None, [*table.notes, table.source]):
        made = made.tab_source_note(plain(note))
    return made.tab_options(
        table_font_size="13px",
        heading_align="left",
        data_row_padding="3px",
        source_notes_font_size="11px",
    )


def html(table: Table) -> str:
    """The table as HTML, without script or network."""
    return str(great_table(table).as_raw_html())


def plain(text: str) -> str:
    """Text on one line without control characters."""
    return visible(text).replace("\n", " ")


def _identity(table: Table) -> str:
    """Id of the element, the same for the same table."""
    return "mpi-" + hashlib.sha256(f"{table.name}\n{table.title}".encode()).hexdigest()[:10]
