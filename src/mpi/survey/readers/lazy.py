"""Lazy frames of Polars and relations of DuckDB and Spark, which stay where they are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import narwhals as nw
import pandas as pd
import pyarrow as pa

from mpi.errors import Problem, SurveyError
from mpi.survey.readers.frames import Frame, open_frame
from mpi.survey.readers.store import Store


def open_lazy(data: object, name: str) -> Lazy | None:
    """Store of a lazy frame; None for what is in memory."""
    if isinstance(data, pd.DataFrame | pa.Table | Mapping):
        return None
    frame: object = nw.from_native(data, pass_through=True)
    return Lazy(frame, name) if isinstance(frame, nw.LazyFrame) else None


class Lazy(Store):
    """A table that an engine can query, and that is collected only if it has to be."""

    __slots__ = ("_collected", "_lazy", "_rows", "relation")

    def __init__(self, relation: nw.LazyFrame[Any], name: str) -> None:
        with running(name):
            names = relation.collect_schema().names()
        super().__init__(name, names)
        self.relation = self._lazy = relation
        self._rows: int | None = None
        self._collected: Frame | None = None

    def count(self) -> int:
        """Rows, which are counted once where the table is."""
        if self._collected is not None:
            return self._collected.count()
        if self._rows is None:
            with running(self.name):
                self._rows = int(self._lazy.select(n=nw.len()).collect("pyarrow")["n"][0])
        return self._rows

    def fetch(self, columns: Sequence[str]) -> dict[str, pa.Array]:
        """Columns of the collected table.

        It is run as a whole and once, because two runs need not give their rows in the same order.
        """
        if self._collected is None:
            with running(self.name):
                self._collected = open_frame(self._lazy.collect().to_native(), self.name)
        return self._collected.fetch(columns)


@contextmanager
def running(
    name: str, what: str = "lazy frame", remedy: str = "Run it by itself to see why."
) -> Iterator[None]:
    """Turn what a library raises when it runs a query into one sentence without cells."""
    try:
        yield
    except SurveyError:
        raise
    except Exception as error:  # whatever its library raises; the text may show cells
        found = f"the {what} fails when it is run ({type(error).__name__})"
        raise SurveyError(name, [Problem("", found, "", remedy)]) from error
