"""Files of Parquet and Arrow (Feather), one or a directory of them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import pyarrow as pa
import pyarrow.dataset as ds

from mpi.errors import Problem, SurveyError
from mpi.survey.readers.arrow import plain
from mpi.survey.readers.store import Store, opening


class Files(Store):
    """A file of Parquet or Arrow, or the Parquet files of a directory."""

    __slots__ = ("_data", "_kind", "alike", "dataset", "files")

    def __init__(self, path: Path, kind: Literal["Parquet", "Arrow"]) -> None:
        with opening(path.name, kind):
            if path.is_dir():
                self._data = _directory(path)
            else:
                self._data = ds.dataset(str(path), format="parquet" if kind == "Parquet" else "ipc")
        self._kind = kind
        self.files = tuple(map(Path, self._data.files)) if kind == "Parquet" else ()
        self.dataset = self._data if self.files else None
        self.alike = not path.is_dir() or all(
            part.physical_schema.equals(self._data.schema) for part in self._data.get_fragments()
        )
        super().__init__(path.name, self._data.schema.names)

    def count(self) -> int:
        """Rows of all files, from their metadata."""
        rows: int = self._data.count_rows()
        return rows

    def fetch(self, columns: Sequence[str]) -> dict[str, pa.Array]:
        """Columns of all files; others are not read."""
        with opening(self.name, self._kind):
            table = self._data.to_table(columns=list(columns))
        return plain(self.name, {column: table[column] for column in columns})


def _directory(path: Path) -> ds.Dataset:
    """Parquet files below a directory as one table; folders ``key=value`` are columns."""
    files = [
        str(file)
        for file in sorted(path.rglob("*.parquet"))
        if file.is_file() and not any(p[0] in "._" for p in file.relative_to(path).parts)
    ]
    if not files:
        raise SurveyError(path.name, [Problem("", "there is no .parquet file in the directory")])

    def dataset(schema: pa.Schema | None = None) -> ds.Dataset:
        return ds.dataset(
            files,
            schema=schema,
            format="parquet",
            partitioning="hive",
            partition_base_dir=str(path),
        )

    first = dataset()
    schemas = [part.physical_schema for part in first.get_fragments()]
    common = set(schemas[0].names)
    problems = [
        Problem(
            str(Path(file).relative_to(path)),
            f"its columns differ from those of the first file in {sorted(common ^ set(s.names))}",
            "Expected the same columns in all files of the directory.",
        )
        for file, s in zip(files, schemas, strict=True)
        if common != set(s.names)
    ]
    if problems:
        raise SurveyError(path.name, problems)
    try:
        return dataset(pa.unify_schemas([first.schema, *schemas], promote_options="permissive"))
    except pa.ArrowTypeError as error:
        found = f"its files give a column different types ({str(error).splitlines()[0]})"
        raise SurveyError(path.name, [Problem("", found)]) from error
