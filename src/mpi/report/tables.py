"""Tables for publication, before they become HTML, LaTeX, Markdown or a sheet of a workbook."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, TypeAlias

from mpi import output
from mpi.atomic import write_atomically
from mpi.display import text_table, visible
from mpi.errors import EstimationError, Problem, nearest
from mpi.report.numbers import Decimal, Kind, shown

if TYPE_CHECKING:
    from great_tables import GT

Value: TypeAlias = str | int | float | None
Role: TypeAlias = Literal["row", "section", "total"]
UNDEFINED = "–"


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table.

    Attributes
    ----------
    head : str
    kind : str
        What its numbers are: ``text``, ``share`` (in [0, 1], shown in percent), ``index``,
        ``count``, ``number`` or ``p``.
    digits : int
        Decimals that are shown.
    spanner : str
        Head over several columns; those of one spanner stand side by side.
    """

    head: str
    kind: Kind = "text"
    digits: int = 1
    spanner: str = ""


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell of a table.

    Attributes
    ----------
    value : str, int, float or None
        A number with its full precision; a text; None where there is no figure.
    mark : str
        Reference to a footnote, or stars, behind the value.
    enclosed : bool
        Whether the value stands in parentheses.
    """

    value: Value = None
    mark: str = ""
    enclosed: bool = False


@dataclass(frozen=True, slots=True)
class TableRow:
    """A row of a table: cells in the order of the columns, and whether it heads others."""

    cells: tuple[Cell, ...]
    role: Role = "row"
    indent: int = 0


@dataclass(frozen=True, slots=True, repr=False)
class Table:
    """A table for publication.

    Numbers keep their full precision and are rounded where they are shown. Figures that a rule for
    publication withholds are not in it.

    Attributes
    ----------
    name : str
        Short name, unique among those of a result.
    title, subtitle : str
    columns : tuple of Column
    rows : tuple of TableRow
    notes : tuple of str
        Notes, then footnotes that begin with their mark.
    source : str
    short : str
        Title of a sheet.
    decimal : {".", ","}
        Decimal mark in HTML, LaTeX and Markdown.
    """

    name: str
    title: str
    columns: tuple[Column, ...]
    rows: tuple[TableRow, ...]
    subtitle: str = ""
    notes: tuple[str, ...] = ()
    source: str = ""
    short: str = ""
    decimal: Decimal = "."

    def texts(self) -> list[list[str]]:
        """Cells as they are shown, one list a row; marks are not among them."""
        return [
            [
                shown(cell, column, self.decimal)
                for cell, column in zip(row.cells, self.columns, strict=True)
            ]
            for row in self.rows
        ]

    def to_great_tables(self) -> GT:
        """The table as an object of ``great_tables``, to go on with its methods.

        Raises
        ------
        ModuleNotFoundError
            If ``great_tables`` is not installed; it comes with ``alkire-foster[report]``.
        """
        from mpi.report.great import great_table  # noqa: PLC0415 -- heavy, an extra

        return great_table(self)

    def to_html(self) -> str:
        """The table as HTML with its style, without script or network; every text is escaped.

        Raises
        ------
        ModuleNotFoundError
            If ``great_tables`` is not installed; it comes with ``alkire-foster[report]``.
        """
        from mpi.report.great import html  # noqa: PLC0415 -- heavy, an extra

        return html(self)

    def to_latex(self) -> str:
        """The table as LaTeX, for booktabs, caption, longtable and textcomp; texts are escaped."""
        from mpi.report.markup import latex  # noqa: PLC0415 -- only where it is asked for

        return latex(self)

    def to_markdown(self) -> str:
        """The table as Markdown with pipes; every text is escaped."""
        from mpi.report.markup import markdown  # noqa: PLC0415 -- only where it is asked for

        return markdown(self)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the table as ``.html``, ``.tex`` or ``.md``; it appears complete or not at all.

        Raises
        ------
        EstimationError
            If the extension is another, or the file cannot be written.
        """
        file = output.as_path(path)
        writers = {".html": self.to_html, ".tex": self.to_latex, ".md": self.to_markdown}
        writer = writers.get(file.suffix.lower())
        if writer is None:
            found = f"{file.suffix or 'no extension'} is no format for a table"
            expected = f"Use {', '.join(writers)}; mpi.workbook() writes .xlsx."
            raise EstimationError(file.name or str(file), [Problem("", found, expected)])
        output.check_place(file)
        write_atomically(file, writer().encode())

    def _repr_html_(self) -> str:
        return self.to_html()

    def __repr__(self) -> str:
        plain = len({column.head for column in self.columns}) == len(self.columns)
        # of "H, incidence (%)" a line of text has room for H
        over = [column.spanner.split(",")[0] for column in self.columns]
        heads = [
            c.head if plain else f"{spanner} {c.head}".strip()
            for c, spanner in zip(self.columns, over, strict=True)
        ]
        cells = [
            [text + cell.mark for text, cell in zip(texts, row.cells, strict=True)]
            for texts, row in zip(self.texts(), self.rows, strict=True)
        ]
        right = [h for h, c in zip(heads, self.columns, strict=True) if c.kind != "text"]
        lines = [self.title, self.subtitle, text_table(heads, cells, right=right)]
        return visible("\n".join(filter(None, [*lines, *self.notes, self.source])))


@dataclass(frozen=True, slots=True, repr=False)
class Tables(Sequence[Table]):
    """The tables of a result, in order; by place or by name."""

    items: tuple[Table, ...] = field(default=())

    def __getitem__(self, which: object) -> Table:  # type: ignore[override]
        if isinstance(which, int):
            return self.items[which]
        named = {table.name: table for table in self.items}
        if which in named:
            return named[str(which)]
        found = f"there is no table {which!r}"
        expected = f"There are {', '.join(named)}."
        hint = nearest(str(which), named)
        raise EstimationError("tables", [Problem("", found, expected, hint)])

    def __len__(self) -> int:
        return len(self.items)

    def __iter__(self) -> Iterator[Table]:
        return iter(self.items)

    def __repr__(self) -> str:
        rows = [(table.name, len(table.rows), table.title) for table in self.items]
        return text_table(("name", "rows", "title"), rows, right=["rows"])

    def _repr_html_(self) -> str:
        return "".join(table.to_html() for table in self.items)
