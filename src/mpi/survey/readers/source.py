"""The contract of a table of microdata, and the choice of its reader."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from os import PathLike
from pathlib import Path
from typing import Any

import narwhals as nw
import pyarrow as pa
import pyarrow.dataset as ds
from numpy.typing import NDArray

from mpi.display import is_text
from mpi.errors import Problem, SurveyError, nearest
from mpi.findings import Finding
from mpi.survey.readers.delimited import Delimited
from mpi.survey.readers.files import Files
from mpi.survey.readers.frames import open_frame
from mpi.survey.readers.lazy import open_lazy
from mpi.survey.readers.statistical import Statistical
from mpi.survey.readers.store import ACCEPTED, Code, Store

_LONGEST_NAME = 200  # characters of a file's name in a message


@dataclass(frozen=True, slots=True, eq=False)
class Source:
    """A table of microdata that knows its column names and gives needed columns as Arrow.

    Columns have one of few types, whatever they came from: bool, int64, float64, string, or a date
    or time. Missing is null in all of them; a column without any value and without a type is int64.

    Attributes
    ----------
    name : str
        File name, or what the caller calls a table in memory; used in messages.
    names : tuple of str
        All column names.
    """

    name: str
    names: tuple[str, ...]
    _store: Store = field(repr=False)
    _read: dict[str, pa.Array] = field(default_factory=dict, repr=False)

    @property
    def n_rows(self) -> int:
        """Number of rows; a CSV file is read for it if no column of it was."""
        if not self._read:
            rows = self._store.count()
            if rows is not None:
                return rows
            self.read(self.names[:1])
        return len(next(iter(self._read.values())))

    @property
    def labels(self) -> Mapping[str, Mapping[Code, str]]:
        """Labels of values by column; empty unless the file is from Stata or SPSS."""
        return self._store.labels

    @property
    def column_labels(self) -> Mapping[str, str]:
        """Labels of columns; empty unless the file is from Stata or SPSS."""
        return self._store.column_labels

    @property
    def relation(self) -> nw.LazyFrame[Any] | None:
        """The table as a query that has not run; None for what is in memory or in files."""
        return self._store.relation

    @property
    def dataset(self) -> ds.Dataset | None:
        """Its files of Parquet as one table; None for what is not in such files."""
        return self._store.dataset

    @property
    def alike(self) -> bool:
        """Whether any program sees the columns of `dataset` in its files.

        It may not where files have different types or orders, or folders are values of a column.
        """
        return self._store.alike

    @property
    def files(self) -> tuple[Path, ...]:
        """Files of Parquet that the table is made of; empty where it is no Parquet."""
        return self._store.files

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What was noticed so far: reading further columns may add to it."""
        return tuple(self._store.findings)

    def read(self, columns: Sequence[str]) -> pa.Table:
        """Columns as an Arrow table, each in one chunk.

        Parameters
        ----------
        columns : sequence of str
            Names, in the order wanted. A column is read once and kept.

        Returns
        -------
        pyarrow.Table, shape (n, number of columns)

        Raises
        ------
        SurveyError
            If columns are not there, or hold what no column of one type can hold.
        """
        self._check(columns)
        new = [name for name in dict.fromkeys(columns) if name not in self._read]
        if new:
            self._read.update(self._store.fetch(new))
        return pa.table([self._read[name] for name in columns], names=list(columns))

    def numpy(self, column: str) -> NDArray[Any] | None:
        """Read-only view of a boolean or numeric column in memory, shape (n,), without a copy.

        Parameters
        ----------
        column : str
            Its name.

        Returns
        -------
        numpy.ndarray or None
            None if a copy would be needed, as for files, text, bits and nullable columns. A NaN in
            the view is missing; the type is the column's own.

        Raises
        ------
        SurveyError
            If the column is not there.
        """
        self._check([column])
        return self._store.view(column)

    def _check(self, columns: Sequence[str]) -> None:
        """Stop for columns that are not in the table, all at once."""
        known = set(self.names)
        absent = [name for name in dict.fromkeys(columns) if name not in known]
        if absent:
            raise SurveyError(self.name, [_absent(name, self.names) for name in absent])


def open_source(data: object, *, name: str) -> Source:
    """Source of a path or of a table in memory.

    Parameters
    ----------
    data : object
        A path: ``.parquet``, ``.csv``, ``.tsv`` (also ``.gz``), ``.feather``, ``.arrow``, ``.dta``,
        ``.sav`` or a directory of Parquet files; or a pandas or polars frame, lazy or not, an Arrow
        table or reader, anything with ``__arrow_c_stream__``, or a mapping of name to array.
    name : str
        What messages call a table in memory; a path is called by its file name.

    Returns
    -------
    Source

    Raises
    ------
    SurveyError
        If the object is not a table, the file is not there or not readable, or names are not
        unique.

    Notes
    -----
    A lazy frame of Polars and a relation of DuckDB or Spark stay where they are for the engine of
    their library. Where they are read, that is once and as a whole, because two runs need not give
    their rows in the same order.

    Examples
    --------
    >>> persons = open_source({"age": [31, None], "region": ["05", "11"]}, name="persons")
    >>> persons.names
    ('age', 'region')
    >>> persons.read(["age"])["age"].to_pylist()
    [31, None]
    """
    if isinstance(data, str | PathLike) and str(data):
        store = _open_path(Path(data).expanduser().absolute())
    else:
        native = nw.to_native(data, pass_through=True)
        store = open_lazy(native, name) or open_frame(native, name)
    _check_names(store)
    return Source(store.name, store.names, store)


def _check_names(store: Store) -> None:
    """Stop for names that are not unique, or that no text can hold."""
    twice = {column: n for column, n in Counter(store.names).items() if n > 1}
    problems = [
        Problem(f"column {column!r}", f"{n} columns have this name", "Expected one.")
        for column, n in twice.items()
    ]
    problems += [
        Problem(f"column {column!r}", "the name is no text", "", "Rename the column.")
        for column in store.names
        if not is_text(column)
    ]
    if problems:
        raise SurveyError(store.name, problems)


def _open_path(path: Path) -> Store:
    """Store of a path, by its extension."""
    suffixes = [suffix.lower() for suffix in path.suffixes]
    suffix = "".join((suffixes[:-1] if suffixes[-1:] == [".gz"] else suffixes)[-1:])
    if not _exists(path):
        shown = path.name if len(path.name) <= _LONGEST_NAME else f"{path.name[:_LONGEST_NAME]}..."
        raise SurveyError(shown, [Problem("", f"there is no file {str(path.with_name(shown))!r}")])
    if path.is_dir() or suffix == ".parquet":
        return Files(path, "Parquet")
    match suffix:
        case ".feather" | ".arrow":
            return Files(path, "Arrow")
        case ".csv" | ".tsv":
            return Delimited(path)
        case ".dta" | ".sav":
            return Statistical(path)
    found = f"tables are not read from files with the extension {suffix!r}"
    raise SurveyError(path.name, [Problem("", found, ACCEPTED)])


def _exists(path: Path) -> bool:
    """Whether there is a file; no system has one of a name that it refuses."""
    try:
        return path.exists()
    except (OSError, ValueError):
        return False


def _absent(name: str, names: Sequence[str]) -> Problem:
    """Problem of a column that is not in the table."""
    alike = [known for known in names if known.casefold() == name.casefold()]
    likely = f"Did you mean {alike[0]!r}?" if alike else nearest(name, names)
    listed = ", ".join([*names[:8], *(["..."] if len(names) > 8 else [])])
    columns = f"The table has {len(names)} columns: {listed}."
    return Problem(f"column {name!r}", "not in the table", likely or columns)
