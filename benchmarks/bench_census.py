"""A census from a Parquet file: the memory engine, DuckDB and Spark beside only scanning it."""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

import census
from timing import Row, child, skipped, timed

BY = ("mun", "sex")
CUTOFFS = ("1/5", "1/3", "1/2")
THREADS = 2
MEMORY = 2 << 30  # bytes that DuckDB may use before it spills to disk
OPTIONS: dict[str, dict[str, object]] = {
    "memory": {},  # in spans of households, which is what is chosen for such a file
    "duckdb": {"threads": THREADS, "memory": MEMORY},
}
TARGET, AIM = 8.0, 5.0  # times the scan, for a census; loading libraries weighs more before
PEAK_TARGET = 4.0  # GB
_GB = 1e9
_SLOW = 10_000_000  # persons from which once has to do


def rows(persons: Sequence[int], repeat: int, kept: Path | None) -> list[Row]:
    """Time and memory at each size, beside the scan, and how the time grows."""
    found: list[Row] = []
    each: dict[str, dict[int, float]] = {engine: {} for engine in OPTIONS}
    with _folder(kept) as folder:
        for count in persons:
            path = _file(folder, count)
            times = max(1, min(repeat, 3)) if count <= _SLOW else 1
            scans = [child("bench_census.py", "scan", str(path)) for _ in range(times)]
            found += _floor(_group(count), scans)
            for engine, own in each.items():
                runs = [child("bench_census.py", engine, str(path)) for _ in range(times)]
                found += _of_engine(_group(count), engine, runs, scans)
                own[count] = _median([run["tabulate"] + run["estimate"] for run in runs]) / count
    for engine, own in each.items():
        if len(own) > 1:
            few, many = min(own), max(own)
            what = f"{engine}: time of a person at {many:,} over that at {few:,} persons"
            found.append(Row("census", what, own[many] / own[few], "x"))
    return found


def _group(persons: int) -> str:
    return f"census, {persons:,} persons, 20 columns, 15 rules"


def _floor(group: str, scans: Sequence[dict[str, float]]) -> list[Row]:
    return [
        timed(group, "floor: DuckDB scans the columns", [scan["duckdb"] for scan in scans]),
        timed(group, "floor: pyarrow reads the columns", [scan["arrow"] for scan in scans]),
    ]


def _of_engine(
    group: str,
    engine: str,
    runs: Sequence[dict[str, float]],
    scans: Sequence[dict[str, float]],
) -> list[Row]:
    whole = [run["tabulate"] + run["estimate"] for run in runs]
    floor = _median([scan["duckdb"] for scan in scans])
    # less disturbed by other work on the machine than time on the clock
    work, floor_work = [run["cpu"] for run in runs], _median([scan["cpu"] for scan in scans])
    ratio, figures = _median(whole) / floor, int(runs[0]["figures"])
    goal, aim = (TARGET, AIM) if int(runs[0]["persons"]) > _SLOW else (None, None)
    peak = max(run["peak"] for run in runs) / _GB
    tabulated, estimated = ([run[what] for run in runs] for what in ("tabulate", "estimate"))
    return [
        timed(group, f"{engine}: tabulate by 1,100 municipalities x sex", tabulated),
        timed(group, f"{engine}: estimate {figures:,} figures at 3 k", estimated),
        Row(group, f"{engine}: both over the scan", ratio, "x", target=goal, aim=aim),
        Row(group, f"{engine}: in seconds of processors", _median(work) / floor_work, "x"),
        Row(group, f"{engine}: peak memory of the process", peak, "GB", target=PEAK_TARGET),
    ]


def spark_rows(persons: int, kept: Path | None) -> list[Row]:
    """The same by Spark on two local cores, whose tables have to be those of DuckDB."""
    group = f"census, {persons:,} persons, Spark local[2]"
    what = "tabulate by 1,100 municipalities x sex"
    if find_spec("pyspark") is None:
        return [skipped(group, what, "pyspark is not installed")]
    if shutil.which("java") is None:
        return [skipped(group, what, "there is no Java")]
    with _folder(kept) as folder:
        path = _file(folder, persons)
        run = child("bench_census.py", "spark", str(path))
        scan = child("bench_census.py", "scan", str(path))
    return [
        Row(group, "start a session", run["session"]),
        Row(group, what, run["spark"], note="equal to the tables of DuckDB"),
        Row(group, "the same by DuckDB", run["duckdb"]),
        Row(group, "floor: Spark scans the columns", run["scan"]),
        Row(group, "floor: DuckDB scans the columns", scan["duckdb"]),
    ]


@contextmanager
def _folder(kept: Path | None) -> Iterator[Path]:
    """A folder for files: the one that stays, or one that does not."""
    if kept is not None:
        kept.mkdir(parents=True, exist_ok=True)
        yield kept
        return
    with tempfile.TemporaryDirectory() as place:
        yield Path(place)


def _file(folder: Path, persons: int) -> Path:
    """A made-up census in a folder, written if it is not there."""
    path = folder / f"census-{persons}.parquet"
    if not path.exists():
        census.write(path, persons)
    return path


def _median(values: Sequence[float]) -> float:
    return float(np.median(values))


def by_engine(path: Path, engine: str) -> dict[str, float]:
    """Seconds of tabulating and estimating, and the peak of the process."""
    from memory import peak  # noqa: PLC0415 -- after what is measured is loaded

    work, begun = time.process_time(), time.perf_counter()
    profiles = _tabulated(path, engine, OPTIONS[engine])
    between = time.perf_counter()
    estimates = profiles.estimate(k=list(CUTOFFS), se=False)
    done = time.perf_counter()
    return {
        "tabulate": between - begun,
        "estimate": done - between,
        "cpu": time.process_time() - work,
        "figures": len(estimates),
        "persons": profiles.n,
        "peak": peak(),
    }


def _tabulated(path: Path, engine: str, options: dict[str, object]) -> Any:  # noqa: ANN401
    import mpi  # noqa: PLC0415 -- the scan is of a process without it

    survey = mpi.Survey(persons=path, household_id="hid")
    spec = mpi.specification(census.RULES)
    return mpi.tabulate(survey, spec, by=[BY], se=False, engine=engine, engine_options=options)


def scan(path: Path) -> dict[str, float]:
    """Seconds in which DuckDB and pyarrow read all columns and do next to nothing with them."""
    import duckdb  # noqa: PLC0415
    import pyarrow.parquet as pq  # noqa: PLC0415

    sums = ", ".join(f"sum({name})" for name in census.COLUMNS)
    with duckdb.connect() as connection:
        connection.execute(f"SET threads = {THREADS}")
        work, begun = time.process_time(), time.perf_counter()
        connection.execute(f"SELECT {sums} FROM read_parquet(?)", [str(path)]).fetchall()  # noqa: S608
        by_duckdb, work = time.perf_counter() - begun, time.process_time() - work
    begun = time.perf_counter()
    for _ in pq.ParquetFile(path).iter_batches(1 << 20, columns=list(census.COLUMNS)):
        pass
    return {"duckdb": by_duckdb, "cpu": work, "arrow": time.perf_counter() - begun}


def by_spark(path: Path) -> dict[str, float]:
    """Seconds of Spark and of DuckDB; stops unless their tables are equal."""
    from pyspark.sql import SparkSession  # noqa: PLC0415
    from pyspark.sql import functions as F  # noqa: N812, PLC0415

    begun = time.perf_counter()
    builder = SparkSession.builder.master("local[2]").appName("benchmark")
    settings = {
        "spark.sql.shuffle.partitions": "8",  # of 200, which are for clusters
        "spark.driver.memory": "4g",
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
    }
    for name, value in settings.items():
        builder = builder.config(name, value)
    session = builder.getOrCreate()
    seconds = {"session": time.perf_counter() - begun}
    begun = time.perf_counter()
    frame = session.read.parquet(path.as_uri())
    frame.agg(*(F.sum(name) for name in census.COLUMNS)).collect()
    seconds["scan"] = time.perf_counter() - begun
    begun = time.perf_counter()
    ours = _tabulated(path, "spark", {})
    seconds["spark"] = time.perf_counter() - begun
    begun = time.perf_counter()
    other = _tabulated(path, "duckdb", OPTIONS["duckdb"])
    seconds["duckdb"] = time.perf_counter() - begun
    session.stop()
    for a, b in zip(ours.groupings, other.groupings, strict=True):
        assert a.by == b.by
        assert a.labels == b.labels
        for name in ("group", "deprived", "missing", "n", "households"):
            assert np.array_equal(getattr(a.table, name), getattr(b.table, name)), name
        np.testing.assert_allclose(a.table.weight, b.table.weight, rtol=1e-12)
    return seconds


if __name__ == "__main__":
    task, place = sys.argv[1:]
    file = Path(place).resolve()
    if task in OPTIONS:
        print(json.dumps(by_engine(file, task)))
    else:
        print(json.dumps({"scan": scan, "spark": by_spark}[task](file)))
