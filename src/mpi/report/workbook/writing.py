"""From the sheets of a workbook to the bytes of its file."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO
from typing import Any, TypeAlias

import pyarrow as pa
import xlsxwriter

from mpi.report.tables import Table
from mpi.report.words import Language, word
from mpi.report.workbook.formats import Formats
from mpi.report.workbook.sheets import Place, Writer, long_widths
from mpi.report.workbook.texts import clean, sheet_names

Sheet: TypeAlias = tuple[str, str, Table | pa.Table]

# nothing that looks like a formula, a link or a number is taken as one
_OPTIONS = {
    "in_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}
_LONGEST_PROPERTY = 250
_CONTENTS_WIDTHS = (8.0, 34.0, 100.0)


def written(sheets: Sequence[Sheet], *, title: str, source: str, language: Language) -> bytes:
    """Bytes of a workbook.

    Parameters
    ----------
    sheets : sequence of (short title, title, table)
        In order, after the contents.
    title, source : str
        Of the workbook.
    language : {"en", "es"}
    """
    buffer = BytesIO()
    book = xlsxwriter.Workbook(buffer, _OPTIONS)
    book.set_properties(
        {"title": clean(title)[:_LONGEST_PROPERTY], "subject": clean(source)[:_LONGEST_PROPERTY]}
    )
    contents, *names = sheet_names([word("contents", language), *_numbered(sheets)])
    place = Place(contents, word("back", language), title)
    formats = Formats(book)
    first = Writer(book.add_worksheet(contents), formats, place)
    _contents(first, sheets, names, title=title, source=source, language=language)
    for name, (_, heading, table) in zip(names, sheets, strict=True):
        writer = Writer(book.add_worksheet(name), formats, place)
        if isinstance(table, Table):
            writer.table(table)
        else:
            widths = long_widths(table)
            writer.heading(heading, "", widths)
            writer.long(table)
            writer.print_setup(widths)
    book.close()
    return buffer.getvalue()


def _numbered(sheets: Sequence[Sheet]) -> list[str]:
    """Short titles; standard tables begin with their number."""
    return [f"{number} {short}" for number, (short, _, _) in enumerate(sheets, 1)]


def _contents(
    writer: Writer,
    sheets: Sequence[Sheet],
    names: Sequence[str],
    *,
    title: str,
    source: str,
    language: Language,
) -> None:
    """Title, and a line with a link for every sheet."""
    writer.heading(title, source, _CONTENTS_WIDTHS)
    look: dict[str, Any] = {"bold": True, "bottom": 1, "bg_color": "#DCE6F1"}
    for column, key in enumerate(("table", "sheet", "title")):
        writer.text(column, word(key, language), **look)
    for number, (name, (_, heading, _)) in enumerate(zip(names, sheets, strict=True), 1):
        writer.line += 1
        writer.text(0, str(number), align="left")
        writer.link(1, name, name)
        writer.text(2, heading, text_wrap=True)
    writer.line += 1
    writer.print_setup(_CONTENTS_WIDTHS)
