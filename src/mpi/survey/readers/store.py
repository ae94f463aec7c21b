"""What each kind of table must give, so that a `Source` need not know the kind."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeAlias

import narwhals as nw
import pyarrow as pa
import pyarrow.dataset as ds
from numpy.typing import NDArray

from mpi.errors import Problem, SurveyError
from mpi.findings import Finding

Code: TypeAlias = int | float | str
ACCEPTED = (
    "Expected a path (.parquet, .csv, .tsv, .csv.gz, .feather, .arrow, .dta, .sav, a directory of "
    ".parquet), a pandas or polars frame, an Arrow table or reader, or a mapping of name to array."
)
_FAILURES: tuple[type[Exception], ...] = (
    OSError,
    EOFError,
    ValueError,
    OverflowError,
    pa.ArrowException,
)


class Store:
    """Where columns come from.

    Parameters
    ----------
    name : str
        What messages call the table.
    names : sequence of str
        All column names.
    labels, column_labels : mapping, optional
        Labels of values by column, and of columns.
    """

    __slots__ = ("column_labels", "findings", "labels", "name", "names")

    relation: nw.LazyFrame[Any] | None = None  # a table that can be queried where it is
    files: tuple[Path, ...] = ()  # Parquet that other engines can read
    dataset: ds.Dataset | None = None  # the same files as one table
    alike: bool = True  # whether any program sees the same columns in these files

    def __init__(
        self,
        name: str,
        names: Sequence[str],
        *,
        labels: Mapping[str, Mapping[Code, str]] | None = None,
        column_labels: Mapping[str, str] | None = None,
    ) -> None:
        self.name = name
        self.names = tuple(names)
        self.labels = MappingProxyType(labels or {})
        self.column_labels = MappingProxyType(column_labels or {})
        self.findings: list[Finding] = []

    def count(self) -> int | None:
        """Rows of the table; None if a column must be read to know."""
        return None

    def fetch(self, columns: Sequence[str]) -> dict[str, pa.Array]:
        """Columns by name as Arrow arrays of plain types."""
        raise NotImplementedError

    def view(self, column: str) -> NDArray[Any] | None:  # noqa: ARG002 -- files have no view
        """View of a column as a numpy array, if there is one."""
        return None


@contextmanager
def opening(name: str, kind: str, *errors: type[Exception]) -> Iterator[None]:
    """Turn what a reader raises into one sentence."""
    try:
        yield
    except (*_FAILURES, *errors) as error:
        found = f"this cannot be read as {kind}"
        remedy = "The file is damaged, incomplete or of another kind."
        raise SurveyError(name, [Problem("", found, "", remedy)]) from error
