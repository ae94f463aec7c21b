"""Formats of cells, each made once for a workbook."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mpi.report.numbers import raised
from mpi.report.tables import Cell, Column

if TYPE_CHECKING:
    from xlsxwriter.workbook import Workbook

FONT = "Calibri"
INK, HEAD_FILL, SECTION_FILL, LINE = "#1F2933", "#DCE6F1", "#F2F2F2", "#7F7F7F"
_BASE = {"font_name": FONT, "font_size": 10, "font_color": INK, "valign": "vcenter"}


class Formats:
    """Formats of one workbook by their properties.

    Parameters
    ----------
    book : xlsxwriter.Workbook
    """

    def __init__(self, book: Workbook) -> None:
        self._book = book
        self._made: dict[tuple[tuple[str, object], ...], Any] = {}

    def get(self, **properties: object) -> Any:  # noqa: ANN401 -- xlsxwriter has no types
        """The format with these properties beside those of all cells."""
        key = tuple(sorted(properties.items()))
        if key not in self._made:
            self._made[key] = self._book.add_format({**_BASE, **properties})
        return self._made[key]

    def number(self, column: Column, cell: Cell, **properties: object) -> Any:  # noqa: ANN401
        """Format of a number in a column, with the mark of its flag behind it."""
        return self.get(num_format=number_format(column, cell), align="right", **properties)


def number_format(column: Column, cell: Cell) -> str:
    """Number format of a spreadsheet: the value stays a number, its mark is shown.

    Examples
    --------
    >>> number_format(Column("H", "share", 1), Cell(0.123, "a"))
    '0.0%"ᵃ"'
    """
    decimals = f".{'0' * column.digits}" if column.digits else ""
    whole = {"share": f"0{decimals}%", "count": "#,##0"}.get(column.kind, f"0{decimals}")
    if column.kind == "p":
        return f'[<0.001]"<0.001";0{decimals}'
    mark = f'"{raised(cell.mark)}"' if cell.mark else ""
    if cell.enclosed:
        return f'"("{whole}")"{mark}'
    return whole + mark
