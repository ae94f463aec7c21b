"""Profile tables as one Parquet file: keys, sums, labels and the specification beside them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import fields
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from mpi.atomic import write_atomically
from mpi.core.table import ProfileTable
from mpi.engines.base import Grouping, Sampled
from mpi.errors import EstimationError, Problem

FORMAT = 2
PUBLISHED_FORMAT = 3  # so that versions that do not know of pooled cells refuse the file
CELL = "cell"
_META = b"mpi.profiles"
_KIND = "kind"
_SAVED = "Give a file that Profiles.save() wrote, or `mpi estimate` with --profiles."
_COLUMNS = {
    "group": pa.int64(),
    "psu": pa.int64(),
    "deprived": pa.int64(),
    "missing": pa.int64(),
    "n": pa.int64(),
    "weight": pa.float64(),
    "squares": pa.float64(),
    "households": pa.int64(),
    "household_weight": pa.float64(),
    "household_squares": pa.float64(),
}
# columns of several numbers a row, by the start of their names
_SEVERAL = {
    "gaps": "gap",
    "replicates": "replicate",
    "household_replicates": "household_replicate",
    "replicate_gaps": "replicate_gap",
}


def write_tables(
    path: Path,
    groupings: Sequence[Grouping],
    sampled: Sampled | None,
    about: Mapping[str, Any],
    *,
    others: Sequence[pa.Table] = (),
) -> None:
    """Write profile tables; the file appears complete or not at all.

    Parameters
    ----------
    path : Path
    groupings : sequence of Grouping
    sampled : Sampled or None
    about : mapping
        What else belongs to the tables, as plain values.
    others : sequence of pyarrow.Table
        Rows of other kinds, named in their column ``kind``, of published tables.

    Raises
    ------
    EstimationError
        If the file cannot be written.
    """
    meta = {
        "format": PUBLISHED_FORMAT if "published" in about else FORMAT,
        "groupings": [
            {"by": grouping.by, "labels": grouping.labels, "households": grouping.households}
            for grouping in groupings
        ],
        "sampled": None if sampled is None else _plain(sampled),
        **about,
    }
    tables = [_to_arrow(place, grouping.table) for place, grouping in enumerate(groupings)]
    if others:
        tables = [
            t.append_column(_KIND, pa.array([CELL] * t.num_rows, pa.string())) for t in tables
        ]
    text = json.dumps(meta, ensure_ascii=True, default=str)
    table = pa.concat_tables([*tables, *others], promote_options="default")
    table = table.replace_schema_metadata({_META: text.encode()})
    buffer = BytesIO()
    pq.write_table(table, buffer, compression="zstd")
    try:
        write_atomically(path, buffer.getvalue())
    except (OSError, ValueError) as error:
        found = f"cannot be written: {getattr(error, 'strerror', None) or error}"
        remedy = "Give the path of a file in a folder that can be written to."
        raise EstimationError(
            path.name or str(path), [Problem("", found, remedy=remedy)]
        ) from error


def read_tables(
    path: Path,
) -> tuple[tuple[Grouping, ...], Sampled | None, dict[str, Any], pa.Table]:
    """Profile tables, what was drawn, what else belongs to them, and rows of other kinds.

    Raises
    ------
    EstimationError
        If the file cannot be read or holds something else.
    """
    try:
        table = pq.read_table(path)
    except (OSError, UnicodeEncodeError, pa.ArrowException) as error:
        reason = "it is not a Parquet file, or not a whole one"
        if not _is_file(path):
            reason = "there is no such file"
        problem = Problem("", f"cannot be read: {reason}", remedy=_SAVED)
        raise EstimationError(path.name or str(path), [problem]) from error
    meta = _meta(table, path.name)
    others = table.slice(0, 0)
    if "published" in meta and _KIND in table.column_names:
        others = table.filter(pc.not_equal(table[_KIND], CELL))
        table = table.filter(pc.equal(table[_KIND], CELL))
    try:
        sampled = meta.pop("sampled")
        units = None if sampled is None else _sampled(sampled)
        groupings = tuple(
            _grouping(table, place, about) for place, about in enumerate(meta.pop("groupings"))
        )
    except (KeyError, TypeError, ValueError, AttributeError, pa.ArrowException) as error:
        raise damaged(path.name) from error
    # of published tables it may be that no cell is shown
    if not _is_whole(table, groupings, units, shown="published" not in meta):
        raise damaged(path.name)
    return groupings, units, meta, others


def _is_file(path: Path) -> bool:
    """Whether there is a file; no system has one of a name that it refuses."""
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False


def check_name(file: Path) -> None:
    """Refuse a name that is none of a Parquet file."""
    if file.suffix != ".parquet":
        found = "profile tables are Parquet"
        remedy = "Write a name that ends in .parquet."
        raise EstimationError(file.name or str(file), [Problem("", found, remedy=remedy)])


def damaged(name: str) -> EstimationError:
    """What is said of a file whose parts contradict each other."""
    found = "holds profile tables that do not fit their description"
    return EstimationError(name, [Problem("", found, "The file was changed or damaged.", _SAVED)])


def _plain(sampled: Sampled) -> dict[str, Any]:
    """What was drawn, as plain values."""
    return {
        "labels": sampled.labels,
        "fpc": [[None if np.isnan(v) else v for v in row] for row in sampled.fpc.tolist()],
        "drawn": None if sampled.drawn is None else sampled.drawn.tolist(),
        "kind": sampled.kind,
    }


def _sampled(plain: Mapping[str, Any]) -> Sampled:
    labels = tuple(map(tuple, plain["labels"]))
    fpc = np.array(plain["fpc"], dtype=np.float64)
    drawn = None if plain["drawn"] is None else np.array(plain["drawn"], dtype=np.int64)
    stages, kind = fpc.shape[1] if fpc.ndim == 2 else 0, plain["kind"]
    if (
        not stages
        or len(labels) != fpc.shape[0]
        or any(len(label) != 2 * stages for label in labels)
        or (drawn is not None and (drawn.shape != (len(labels),) or (drawn < 0).any()))
        or kind not in ("psu", "household", "row")
    ):
        raise ValueError("sampled")
    return Sampled(labels, fpc, drawn, kind)


def _is_whole(
    table: pa.Table, groupings: Sequence[Grouping], sampled: Sampled | None, *, shown: bool
) -> bool:
    """Whether every row belongs to a group and a unit of the lists and has possible numbers."""
    if not groupings or groupings[0].by:
        return False
    rows = sum(grouping.table.size for grouping in groupings)
    units = 0 if sampled is None else len(sampled.labels)
    fits = all(_has_possible_rows(grouping, units) for grouping in groupings)
    return fits and rows == table.num_rows and (not shown or bool(groupings[0].table.n.any()))


def _has_possible_rows(grouping: Grouping, units: int) -> bool:
    table, groups = grouping.table, len(grouping.labels)
    numbers = {field.name: getattr(table, field.name) for field in fields(table)}
    positive = [values for name, values in numbers.items() if "replicate" not in name]
    return (
        all(len(label) == len(grouping.by) for label in grouping.labels)
        and all(bool(np.isfinite(values).all()) for values in numbers.values())
        and all(bool((values >= 0).all()) for values in positive)
        and bool((table.group < groups).all() and (table.psu < max(1, units)).all())
        and not (table.deprived & table.missing).any()
    )


def _meta(table: pa.Table, name: str) -> dict[str, Any]:
    text = (table.schema.metadata or {}).get(_META)
    absent = {"grouping", *_COLUMNS} - set(table.column_names)
    if text is None or absent:
        found = "holds no profile tables"
        raise EstimationError(name, [Problem("", found, remedy=_SAVED)])
    try:
        meta: dict[str, Any] = dict(json.loads(text))
        version = int(meta.pop("format"))
    except (KeyError, TypeError, ValueError, RecursionError) as error:
        raise damaged(name) from error
    if version != (PUBLISHED_FORMAT if "published" in meta else FORMAT):
        newer = version > FORMAT
        found = f"was written by {'a newer' if newer else 'an older'} version of this library"
        remedy = "Update alkire-foster." if newer else "Tabulate the survey again."
        raise EstimationError(name, [Problem("", found, remedy=remedy)])
    return meta


def _to_arrow(place: int, table: ProfileTable) -> pa.Table:
    columns = {"grouping": pa.array(np.full(table.size, place, dtype=np.int64))}
    columns |= {name: pa.array(getattr(table, name), kind) for name, kind in _COLUMNS.items()}
    for name, start in _SEVERAL.items():
        values = getattr(table, name)
        columns |= {f"{start}:{j}": pa.array(values[:, j]) for j in range(values.shape[1])}
    return pa.table(columns)


def _grouping(table: pa.Table, place: int, about: Mapping[str, Any]) -> Grouping:
    rows = table.filter(pc.equal(table["grouping"], place))
    columns = {name: rows[name].cast(kind).to_numpy() for name, kind in _COLUMNS.items()}
    columns |= {name: _several(rows, start) for name, start in _SEVERAL.items()}
    return Grouping(
        by=tuple(about["by"]),
        labels=tuple(map(tuple, about["labels"])),
        table=ProfileTable(**columns),
        households=about["households"],
    )


def _several(rows: pa.Table, start: str) -> NDArray[np.float64]:
    """Columns whose names begin alike, side by side."""
    found = [name for name in rows.column_names if name.startswith(f"{start}:")]
    columns = [rows[name].to_numpy() for name in found]
    return np.column_stack(columns) if columns else np.zeros((rows.num_rows, 0))
