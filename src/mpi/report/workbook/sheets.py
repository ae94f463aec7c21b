"""Sheets of a workbook: standard tables, long tables, and lists of texts."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from mpi.report.markup import is_heading, spanners
from mpi.report.tables import Cell, Column, Table, TableRow
from mpi.report.workbook.formats import HEAD_FILL, LINE, SECTION_FILL, Formats
from mpi.report.workbook.texts import clean, is_risky

_NARROWEST, _WIDEST_LABEL, _WIDEST_TEXT, _WIDEST_LAST = 10.0, 46.0, 40.0, 70.0
_FULL_PRECISION = 21.0  # width of a double with all its digits
_LINE_HEIGHT = 13.5  # points of a line of 10 points
_SHORTEST_NOTE, _LONGEST_NOTE = 90, 240  # characters of a line of notes
_MOST_LINES = 30  # of a row; a sheet has none higher than 409 points
_PAPER_A4 = 9
_MANY_COLUMNS = 6
_LINES_OF_A_PAGE = 60  # a table of fewer is made smaller, so that its notes stay on its page
_LONGEST_FOOTER = 90
_LOOKED_AT = 2000  # rows that the width of a column of a long table depends on


@dataclass(frozen=True, slots=True)
class Place:
    """Where a sheet stands in its workbook.

    Attributes
    ----------
    contents : str
        Name of the sheet of contents.
    back : str
        Text of the link to it.
    footer : str
        What stands below every printed page.
    """

    contents: str
    back: str
    footer: str


def internal(sheet: str) -> str:
    """Address of the first cell of a sheet."""
    quoted = sheet.replace("'", "''")
    return f"internal:'{quoted}'!A1"


class Writer:
    """Writes one sheet from top to bottom; no text becomes a formula or a link.

    Parameters
    ----------
    sheet : xlsxwriter worksheet
    formats : Formats
    place : Place
    """

    def __init__(self, sheet: Any, formats: Formats, place: Place) -> None:  # noqa: ANN401
        self.sheet, self.formats, self.place = sheet, formats, place
        self.line = 0
        sheet.hide_gridlines(2)

    def text(self, column: int, text: str, **look: object) -> None:
        """A text in the current line; one that looks like a formula is marked as a text."""
        plain = clean(text)
        quoted = {"quote_prefix": True} if is_risky(plain) else {}
        self.sheet.write_string(self.line, column, plain, self.formats.get(**look, **quoted))

    def link(self, column: int, text: str, sheet: str) -> None:
        """A link to another sheet in the current line."""
        look = self.formats.get(font_color="#0563C1", underline=1)
        self.sheet.write_url(self.line, column, internal(sheet), look, clean(text))

    def heading(self, title: str, subtitle: str, widths: Sequence[float]) -> None:
        """Title, subtitle and the link to the contents."""
        for line in textwrap.wrap(clean(title), _note_width(widths) * 3 // 4):
            self.text(0, line, bold=True, font_size=14)
            self.sheet.set_row(self.line, 19)
            self.line += 1
        for line in textwrap.wrap(clean(subtitle), _note_width(widths)):
            self.text(0, line, font_color="#52606D")
            self.line += 1
        if self.place.contents != self.sheet.get_name():
            self.link(0, self.place.back, self.place.contents)
            self.line += 1
        self.line += 1

    def print_setup(self, widths: Sequence[float]) -> None:
        """How the sheet is printed: A4, as wide as the page, the pages numbered."""
        for number, width in enumerate(widths):
            self.sheet.set_column(number, number, width)
        self.sheet.set_paper(_PAPER_A4)
        if len(widths) > _MANY_COLUMNS or sum(widths) > _SHORTEST_NOTE:
            self.sheet.set_landscape()
        self.sheet.fit_to_pages(1, int(self.line <= _LINES_OF_A_PAGE))
        self.sheet.set_margins(left=0.5, right=0.5, top=0.6, bottom=0.7)
        footer = textwrap.shorten(clean(self.place.footer), _LONGEST_FOOTER, placeholder=" …")
        footer = footer.replace("&", "&&")
        self.sheet.set_footer(f"&L&8{footer}&R&8&P / &N")
        self.sheet.print_area(0, 0, max(self.line, 1), len(widths) - 1)

    def table(self, table: Table) -> None:
        """A standard table with its notes and source."""
        widths = _widths(table)
        self.heading(table.title, table.subtitle, widths)
        first = self.line
        self._heads(table.columns, widths)
        self.sheet.freeze_panes(self.line, 1)
        self.sheet.repeat_rows(first, self.line - 1)
        for row in table.rows:
            self._row(row, table.columns, widths)
        for place in range(len(widths)):
            self.text(place, "", top=1, top_color=LINE)
        self.notes([*table.notes, table.source], widths)
        self.print_setup(widths)

    def notes(self, notes: Sequence[str], widths: Sequence[float]) -> None:
        """Notes, each on as many lines as it needs."""
        for note in notes:
            for line in textwrap.wrap(clean(note), _note_width(widths)):
                self.line += 1
                self.text(0, line, font_size=9, font_color="#52606D")

    def _heads(self, columns: Sequence[Column], widths: Sequence[float]) -> None:
        look = {"bold": True, "bg_color": HEAD_FILL, "text_wrap": True}
        over = {"top": 1, "top_color": LINE}
        if any(column.spanner for column in columns):
            place, height = 0, 1
            for spanner, several in spanners(columns):
                edge = over | ({"bottom": 1, "bottom_color": LINE} if spanner else {})
                last = place + several - 1
                if several > 1:
                    shape = self.formats.get(**look, **edge, align="center")
                    self.sheet.merge_range(self.line, place, self.line, last, "", shape)
                self.text(place, spanner, **look, **edge, align="center")
                height = max(height, _lines(spanner, sum(widths[place : last + 1])))
                place += several
            self.sheet.set_row(self.line, _LINE_HEIGHT * height + 3)
            self.line += 1
            over = {}
        for place, column in enumerate(columns):
            align = "left" if column.kind == "text" else "center"
            self.text(place, column.head, **look, **over, align=align, bottom=1, bottom_color=LINE)
        height = max(_lines(c.head, w) for c, w in zip(columns, widths, strict=True))
        self.sheet.set_row(self.line, _LINE_HEIGHT * height + 3)
        self.line += 1

    def _row(self, row: TableRow, columns: Sequence[Column], widths: Sequence[float]) -> None:
        look: dict[str, object] = {"bold": True} if row.role != "row" else {}
        look |= {"bg_color": SECTION_FILL} if is_heading(row) else {}
        lines = 1
        for place, (cell, column) in enumerate(zip(row.cells, columns, strict=True)):
            if column.kind != "text":
                self._number(place, cell, column, look | {"valign": "top"})
                continue
            text = str(cell.value or "")
            shape = look | {"align": "left", "valign": "top"}
            shape |= {"indent": row.indent} if row.indent and not place else {}
            # the label of a heading runs over the empty cells beside it
            if not is_heading(row):
                shape |= {"text_wrap": True}
                room = widths[place] - 2 * row.indent * (not place)
                lines = max(lines, _lines(text, room, heavy=row.role != "row"))
            self.text(place, text, **shape)
        if lines > 1:
            self.sheet.set_row(self.line, _LINE_HEIGHT * min(lines, _MOST_LINES))
        self.line += 1

    def _number(self, place: int, cell: Cell, column: Column, look: dict[str, object]) -> None:
        if isinstance(cell.value, int | float) and math.isfinite(cell.value):
            shape = self.formats.number(column, cell, **look)
            self.sheet.write_number(self.line, place, cell.value, shape)
        else:
            text = "" if cell.value is None else str(cell.value)
            self.text(place, text, align="right", **look)

    def long(self, table: pa.Table) -> None:
        """Rows of a result as they are: one head, a filter, numbers with full precision."""
        names = table.column_names
        first = self.line
        for place, name in enumerate(names):
            self.text(place, name, bold=True, bg_color=HEAD_FILL, bottom=1, bottom_color=LINE)
        self.sheet.freeze_panes(first + 1, 0)
        self.sheet.repeat_rows(first)
        plain = self.formats.get()
        for place, name in enumerate(names):
            for line, value in enumerate(table[name].to_pylist(), first + 1):
                self._value(line, place, value, plain)
        self.line = first + table.num_rows
        if table.num_rows:
            self.sheet.autofilter(first, 0, self.line, len(names) - 1)

    def _value(self, line: int, place: int, value: object, plain: object) -> None:
        if value is None:
            return
        if isinstance(value, bool):
            self.sheet.write_boolean(line, place, value, plain)
        elif isinstance(value, int | float) and math.isfinite(value) and abs(value) < 2**53:
            self.sheet.write_number(line, place, value, plain)
        else:
            text = clean(str(value))
            shape = self.formats.get(quote_prefix=True) if is_risky(text) else plain
            self.sheet.write_string(line, place, text, shape)


def long_widths(table: pa.Table) -> list[float]:
    """Widths of the columns of a long table."""
    head = table.slice(0, _LOOKED_AT)
    found = []
    for name in table.column_names:
        texts = [name, *(str(v) for v in head[name].to_pylist() if isinstance(v, str))]
        if pa.types.is_floating(table.schema.field(name).type):
            found.append(_FULL_PRECISION)
            continue
        found.append(min(_WIDEST_LABEL, max(_NARROWEST, *(len(text) + 2.0 for text in texts))))
    return found


def _widths(table: Table) -> list[float]:
    """Widths of the columns of a standard table, in characters."""
    found = []
    for place, column in enumerate(table.columns):
        if column.kind != "text":
            longest_word = max((len(word) for word in column.head.split()), default=0)
            found.append(min(18.0, max(_NARROWEST, longest_word + 2.0)))
            continue
        texts = [column.head]
        texts += [str(row.cells[place].value or "") for row in table.rows if not is_heading(row)]
        last = place == len(table.columns) - 1 or len(table.columns) < _MANY_COLUMNS
        widest = (_WIDEST_LAST if last else _WIDEST_TEXT) if place else _WIDEST_LABEL
        found.append(min(widest, max(_NARROWEST, *(len(text) + 3.0 for text in texts))))
    return found


def _lines(text: str, width: float, *, heavy: bool = True) -> int:
    """Lines that a text needs in a column; a bold one is wider."""
    per_line = max(4, int(width * (0.9 if heavy else 1.05)))
    return max(1, len(textwrap.wrap(text, per_line)))


def _note_width(widths: Sequence[float]) -> int:
    """Characters of a line of notes below a table."""
    return int(min(_LONGEST_NOTE, max(_SHORTEST_NOTE, sum(widths) * 1.2)))
