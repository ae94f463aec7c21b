"""Results as Arrow tables with findings, ready for pandas, Polars and others."""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import TYPE_CHECKING, Any, ClassVar

import pyarrow as pa
import pyarrow.compute as pc

from mpi import output
from mpi.display import html_table, text_table, visible
from mpi.findings import Finding, Findings

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl

_SHOWN = 12


class Result:
    """A table of results with the findings on it.

    Parameters
    ----------
    table : pyarrow.Table
        Rows of the result.
    findings : iterable of Finding
        What the user should know about it.
    """

    __slots__ = ("_table", "findings")

    _labels: ClassVar[Mapping[str, str]] = {}

    def __init__(self, table: pa.Table, findings: Iterable[Finding] = ()) -> None:
        self._table = table
        self.findings = Findings(findings)

    def to_arrow(self) -> pa.Table:
        """The rows as an Arrow table."""
        return self._table

    def to_pandas(self) -> pd.DataFrame:
        """The rows as a pandas frame, missing values as pandas does by column type."""
        frame: pd.DataFrame = self._table.to_pandas()
        return frame

    def to_polars(self) -> pl.DataFrame:
        """The rows as a Polars frame.

        Raises
        ------
        ModuleNotFoundError
            If Polars is not installed; it comes with ``alkire-foster[polars]``.
        """
        import polars  # noqa: PLC0415, ICN001 -- an extra

        frame = polars.from_arrow(self._table)
        assert isinstance(frame, polars.DataFrame)  # noqa: S101 -- a table, not an array
        return frame

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the rows to a file, which appears complete or not at all.

        Parameters
        ----------
        path : str or path
            ``.csv``, ``.parquet``, ``.arrow``, ``.json`` or ``.dta``. In CSV a text that a
            spreadsheet would take as a formula gets an apostrophe before it.

        Raises
        ------
        EstimationError
            If the extension is another, or the file cannot be written.
        """
        output.write(self.saved_rows(), output.as_path(path), self._labels)

    def saved_rows(self) -> pa.Table:
        """The rows as files have them."""
        return self._table

    def __arrow_c_stream__(self, requested_schema: object = None) -> Any:  # noqa: ANN401
        """Rows through the Arrow interchange."""
        # Polars up to 1.5 reads the first chunk of a stream and drops the others
        return self._table.combine_chunks().__arrow_c_stream__(requested_schema)

    def __len__(self) -> int:
        return int(self._table.num_rows)

    @property
    def columns(self) -> list[str]:
        """Names of the columns."""
        return list(self._table.column_names)

    def _headline(self) -> str:
        return f"{len(self):,} rows"

    def _preview(self) -> tuple[list[str], list[list[str]], list[str]]:
        """Header, first rows and the columns aligned to the right."""
        head = self._table.slice(0, _SHOWN)
        filled = [n for n in head.column_names if head.column(n).null_count < max(len(head), 1)]
        rows = [[_cell(row[name]) for name in filled] for row in head.to_pylist()]
        kinds = {n: self._table.schema.field(n).type for n in filled}
        right = [n for n, t in kinds.items() if pa.types.is_floating(t) or pa.types.is_integer(t)]
        return filled, rows, right

    def __repr__(self) -> str:
        header, rows, right = self._preview()
        more = len(self) - len(rows)
        parts = [self._headline(), text_table(header, rows, right=right)]
        parts += [f"... and {more:,} more rows"] if more > 0 else []
        parts += [f"! {line}" for line in self.findings.summary()]
        return visible("\n".join(parts))

    def _repr_html_(self) -> str:
        header, rows, right = self._preview()
        table = html_table(header, rows, caption=self._headline(), right=right)
        more = len(self) - len(rows)
        rest = f"<p>... and {more:,} more rows</p>" if more > 0 else ""
        found = [[line] for line in self.findings.summary()]
        return table + rest + (html_table(["findings"], found) if found else "")


class Several(ABC):
    """A result of several tables: some are shown, and the others are named."""

    __slots__ = ()

    @abstractmethod
    def _shown(self) -> Sequence[Result]:
        """Tables that are shown."""

    @abstractmethod
    def _named(self) -> Sequence[str]:
        """Names of the other tables, and of tables that are shown in part."""

    def _more(self) -> str:
        return f"More in {', '.join(f'.{name}' for name in self._named())}"

    def __repr__(self) -> str:
        return "\n".join([*map(repr, self._shown()), self._more()])

    def _repr_html_(self) -> str:
        tables = "".join(part._repr_html_() for part in self._shown())
        return f"{tables}<p>{escape(self._more())}</p>"


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:.6f}" if isinstance(value, float) else str(value)


def whole_numbers(table: pa.Table, *names: str) -> pa.Table:
    """The table with columns that have only whole numbers as integers."""
    for name in names:
        column = table[name]
        if pc.all(pc.equal(column, pc.floor(column))).as_py():
            table = table.set_column(table.column_names.index(name), name, column.cast(pa.int64()))
    return table
