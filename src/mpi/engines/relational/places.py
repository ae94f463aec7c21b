"""Where tables are queried: DuckDB, Polars or Spark, with what differs between them."""

from __future__ import annotations

import os
import shutil
import tempfile
from abc import ABC, abstractmethod
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, TypeAlias

import narwhals as nw
import pyarrow as pa
import pyarrow.parquet as pq

from mpi.engines.spans import Span, spans_of
from mpi.errors import Problem, Problems, SurveyError
from mpi.machine import available
from mpi.survey.readers import Source
from mpi.survey.readers.lazy import running
from mpi.survey.survey import Survey

if TYPE_CHECKING:
    import duckdb
    from pyspark.sql import DataFrame, SparkSession

Lazy: TypeAlias = nw.LazyFrame[Any]

# share of the memory that is free that DuckDB may use before it spills to disk
_SHARE = 0.5
_LEAST = 1 << 28
# bytes without which it does not start
_SMALLEST = 1 << 24
# rows of persons in one span
_ROWS = 4_000_000


_ROOM = (
    "Run a lazy frame by itself to see why; else look at the memory and the disk there are, or "
    "choose another engine=."
)


class Place(ABC):
    """A library that runs queries, and frees what it holds at the end."""

    name: str

    def __enter__(self) -> Self:
        """The place itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Free everything."""
        self.close()

    def table(self, source: Source, columns: Sequence[str]) -> Lazy:
        """Columns of a table, named ``c0``, ``c1``, ... in the order given.

        Names are left behind here because engines fold their case, or read dots in them.
        """
        with running(source.name):
            frame, known = self._opened(source, columns)
            names = frame.collect_schema().names()
            at = {name: place for place, name in enumerate(known)}
            return frame.select(
                **{f"c{i}": nw.col(names[at[name]]) for i, name in enumerate(columns)}
            )

    def prepare(self, source: Source, columns: Sequence[str]) -> None:  # noqa: B027 -- may be nothing
        """Get ready to query columns of a table, all that will be asked for."""

    def spans(self, survey: Survey, units: Source) -> list[Span]:  # noqa: ARG002 -- of some places
        """Spans of households to be tabulated one after the other; one of all of them."""
        return [Span()]

    @abstractmethod
    def _opened(self, source: Source, columns: Sequence[str]) -> tuple[Lazy, Sequence[str]]:
        """The table, and what its columns are called in the source, in their order."""

    @abstractmethod
    def keep(self, frame: Lazy) -> Lazy:
        """The frame, computed once."""

    def collect(self, frame: Lazy) -> pa.Table:
        """The rows of a frame."""
        with running(self.name, "query", _ROOM):
            return frame.collect("pyarrow").to_native()

    @abstractmethod
    def drop(self) -> None:
        """Free what is kept."""

    def close(self) -> None:
        """Free everything."""
        self.drop()


class DuckDB(Place):
    """DuckDB, in a database of its own that spills to disk.

    Parameters
    ----------
    memory : int, optional
        Bytes that it may use before it spills; half of what is free if left out.
    threads : int, optional
    """

    name = "duckdb"

    def __init__(self, memory: int | None = None, threads: int | None = None) -> None:
        try:
            import duckdb  # noqa: PLC0415 -- optional
        except ImportError as error:
            raise SurveyError("engine", [_not_installed("duckdb", "duckdb")]) from error
        _check_amounts(memory, threads)
        self._folder = Path(tempfile.mkdtemp(prefix="mpi-"))
        limit = max(_LEAST, int(_SHARE * available())) if memory is None else memory
        config: dict[str, str | bool | int | float | list[str]] = {
            "memory_limit": f"{limit}B",
            "temp_directory": str(self._folder),
            "preserve_insertion_order": False,
        }
        if threads is not None:
            config["threads"] = threads
        self._connection = duckdb.connect(config=config)
        self._kept: list[str] = []
        self._moved: dict[str, tuple[Path, tuple[str, ...]]] = {}
        self._number = 0

    def prepare(self, source: Source, columns: Sequence[str]) -> None:
        """Write a relation of another database to a file, as two cannot be queried together."""
        if source.relation is None:
            return
        names = tuple(dict.fromkeys(columns))
        path = self._folder / f"moved{len(self._moved)}.parquet"
        relation = source.relation.select(**{f"m{i}": nw.col(n) for i, n in enumerate(names)})
        with running(source.name):
            if relation.implementation.is_duckdb():
                _native(relation).write_parquet(str(path))
            else:
                pq.write_table(relation.collect("pyarrow").to_native(), path)
        self._moved[source.name] = path, names

    def files(self, source: Source) -> list[str]:
        """Files of Parquet that hold a table; none if it is in memory."""
        if source.name in self._moved:
            return [str(self._moved[source.name][0])]
        return [str(path) for path in source.files]

    def spans(self, survey: Survey, units: Source) -> list[Span]:
        """Spans of households, where their file is in their order."""
        return spans_of(survey, self.files(units), rows=_ROWS)

    def _opened(self, source: Source, columns: Sequence[str]) -> tuple[Lazy, Sequence[str]]:
        files = self.files(source)
        if not files:
            own = list(dict.fromkeys(columns))
            return nw.from_native(self._connection.from_arrow(source.read(own))), own
        if source.relation is None and not source.alike:
            found = self._connection.from_arrow(source.dataset)
        else:
            found = self._connection.read_parquet(files, hive_partitioning=False)
        moved = self._moved.get(source.name)
        frame, names = nw.from_native(found), source.names if moved is None else moved[1]
        if any(dtype.is_float() for dtype in frame.collect_schema().dtypes()):
            # statistics of Parquet leave out NaN, and DuckDB 2.0 takes from them that there is
            # none: isnan() is false for every row, and a missing number is a large one
            self._connection.execute("SET disabled_optimizers = 'statistics_propagation'")
        return frame, names

    def keep(self, frame: Lazy) -> Lazy:
        """The frame as a table of the database."""
        self._number += 1
        name = f"kept{self._number}"
        with running(self.name, "query", _ROOM):
            _native(frame).create(name)
        self._kept.append(name)
        return nw.from_native(self._connection.table(name))

    def drop(self) -> None:
        """Drop the tables that are kept."""
        for name in self._kept:
            self._connection.execute(f"DROP TABLE {name}")
        self._kept.clear()

    def close(self) -> None:
        """Close the database and remove its folder."""
        self._connection.close()
        shutil.rmtree(self._folder, ignore_errors=True)


class Polars(Place):
    """Polars, in memory, with columns and rows that are not needed left out by its optimiser."""

    name = "polars"

    def __init__(self) -> None:
        try:
            import polars as pl  # noqa: PLC0415 -- optional
        except ImportError as error:
            raise SurveyError("engine", [_not_installed("polars", "polars")]) from error
        self._polars = pl

    def _opened(self, source: Source, columns: Sequence[str]) -> tuple[Lazy, Sequence[str]]:
        if source.relation is not None and source.relation.implementation.is_polars():
            return source.relation, source.names
        if source.files:
            if source.alike:
                scan = self._polars.scan_parquet(list(source.files), hive_partitioning=False)
            else:
                scan = self._polars.scan_pyarrow_dataset(source.dataset)
            return nw.from_native(scan), source.names
        names = list(dict.fromkeys(columns))
        return nw.from_native(self._polars.DataFrame(source.read(names)).lazy()), names

    def keep(self, frame: Lazy) -> Lazy:
        """The frame in memory."""
        with running(self.name, "query", _ROOM):
            return frame.collect().lazy()

    def drop(self) -> None:
        """Python frees frames by itself."""


class Spark(Place):
    """Spark, in a session that is there or is made.

    Parameters
    ----------
    master : str, optional
        Where a session is made, such as ``"local[2]"``, if there is none.
    """

    name = "spark"

    def __init__(self, master: str | None = None) -> None:
        self._session = _session(master)
        self._kept: list[DataFrame] = []

    def _opened(self, source: Source, columns: Sequence[str]) -> tuple[Lazy, Sequence[str]]:
        names: Sequence[str] = source.names
        if source.relation is not None and source.relation.implementation.is_spark_like():
            frame: DataFrame = source.relation.to_native()
        elif source.files:
            paths = [path.as_uri() for path in source.files]
            frame = self._session.read.option("mergeSchema", len(paths) > 1).parquet(*paths)
        else:
            names = list(dict.fromkeys(columns))
            frame = self._session.createDataFrame(source.read(names))
        renamed = frame.toDF(*(f"r{place}" for place in range(len(frame.columns))))
        return nw.from_native(renamed), names

    def keep(self, frame: Lazy) -> Lazy:
        """The frame, in the memory and on the disks of the cluster."""
        native: DataFrame = frame.to_native()
        self._kept.append(native.persist())
        kept: Lazy = nw.from_native(self._kept[-1])
        return kept

    def drop(self) -> None:
        """Let the cluster forget what is kept."""
        for frame in self._kept:
            with suppress(Exception):  # a session that was stopped has forgotten it already
                frame.unpersist()
        self._kept.clear()


def _session(master: str | None) -> SparkSession:
    """The session that is active, or a new one."""
    try:
        from pyspark.sql import SparkSession  # noqa: PLC0415 -- optional, and slow
    except ImportError as error:
        raise SurveyError("engine", [_not_installed("pyspark", "spark")]) from error
    active = SparkSession.getActiveSession()
    if active is not None:
        return active
    builder = SparkSession.builder.appName("mpi").config("spark.ui.showConsoleProgress", "false")
    if master is not None:
        builder = builder.master(master)
        if master.startswith("local"):  # 200 partitions, the default, are for a cluster
            builder = builder.config("spark.sql.shuffle.partitions", str(2 * (os.cpu_count() or 1)))
    try:
        return builder.getOrCreate()
    except Exception as error:  # whatever its gateway raises
        found = f"no session can be started ({type(error).__name__})"
        if shutil.which("java") is None:
            found = "there is no Java, which Spark runs on"
        remedy = "Install Java 17 and set JAVA_HOME, or choose engine='duckdb'."
        expected = "Spark needs Java 17 or later, and a master such as 'local[2]'."
        raise SurveyError("engine", [Problem("spark", found, expected, remedy)]) from error


def _check_amounts(memory: object, threads: object) -> None:
    """Refuse amounts of memory and threads that are none."""
    problems = Problems("engine 'duckdb'", SurveyError)
    for name, value, least, what in (
        ("memory", memory, _SMALLEST, f"bytes, {_SMALLEST:,} or more"),
        ("threads", threads, 1, "threads, 1 or more"),
    ):
        fits = isinstance(value, int) and not isinstance(value, bool) and value >= least
        if value is not None and not fits:
            given = f"{value!r} is" if isinstance(value, (int, float)) else "is"
            problems.add(name, f"{given} no number", expected=f"It is a whole number of {what}.")
    problems.raise_if_any()


def _native(frame: Lazy) -> duckdb.DuckDBPyRelation:
    relation: duckdb.DuckDBPyRelation = frame.to_native()
    return relation


def _not_installed(package: str, extra: str) -> Problem:
    remedy = f"Install it: pip install 'alkire-foster[{extra}]'."
    return Problem(extra, f"the package {package!r} is not installed", remedy=remedy)
