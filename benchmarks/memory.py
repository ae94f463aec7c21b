"""Peak memory of tabulating, beside the bytes of the input columns; each case in its own process.

A first process writes the columns, so that drawing them does not raise the peak of the second.
"""

from __future__ import annotations

import json
import resource
import sys
import tempfile
from pathlib import Path

import numpy as np
import pyarrow as pa
from pyarrow import feather

import units
from timing import Row, child

TARGET = 3.0
_MIB = 1 << 20


def rows(count: int) -> list[Row]:
    """Peak over input for every kind of frame, unweighted and weighted."""
    found = []
    with tempfile.TemporaryDirectory() as folder:
        child("memory.py", "write", folder, str(count))
        for kind in ("pandas", "arrow", "polars"):
            for weight in ("", "weight"):
                result = child("memory.py", "tabulate", folder, kind, weight)
                found.append(_row(kind, weight, count, result))
    return found


def _row(kind: str, weight: str, count: int, result: dict[str, float]) -> Row:
    size, peak = result["input"], result["peak"]
    note = (
        f"input {size / _MIB:.0f} MiB, loading {result['loaded'] / _MIB:.0f} MiB, "
        f"peak {peak / _MIB:.0f} MiB"
    )
    what = f"peak / input, {kind}{', weighted' if weight else ''}"
    return Row(f"memory, {count:,} units", what, peak / size, "x", target=TARGET, note=note)


def write(folder: Path, count: int) -> None:
    """Columns as files that can be loaded without a second copy."""
    columns = units.draw(count)
    for name, values in columns.items():
        np.save(folder / f"{name}.npy", values)
    table = units.to_arrow(columns)
    # one file for each case, because a reader may load all columns of a batch to give a few, and
    # one batch, because columns in pieces are joined, which takes a copy of the input
    for name, chosen in (("", table.drop_columns("weight")), ("weight", table)):
        path = folder / f"units{name}.arrow"
        feather.write_feather(chosen, path, "uncompressed", chunksize=count)


def tabulate(folder: Path, kind: str, weight: str) -> dict[str, float]:
    """Bytes of the input, and what the process grew by after loading and after tabulating."""
    import mpi  # noqa: PLC0415 -- its modules are loaded by the small case below, not measured

    spec = units.specification()
    small = _as_frame(units.to_arrow(units.draw(1_000)), kind)
    mpi.tabulate(mpi.Survey(small, weight=weight or None), spec, by="region", se=False).estimate()
    names = [*units.INDICATORS, "region", *([weight] if weight else [])]
    before = _resident()
    if kind == "pandas":
        frame: object = units.to_pandas({name: np.load(folder / f"{name}.npy") for name in names})
    else:
        table = feather.read_table(folder / f"units{weight}.arrow", memory_map=False)
        frame = _as_frame(table, kind)
        del table
    size, loaded = _bytes(frame), peak() - before
    mpi.tabulate(mpi.Survey(frame, weight=weight or None), spec, by="region", se=False)
    return {"input": size, "loaded": loaded, "peak": peak() - before}


def _as_frame(table: pa.Table, kind: str) -> object:
    if kind == "arrow":
        return table
    return units.to_polars(table) if kind == "polars" else table.to_pandas()


def _bytes(frame: object) -> float:
    if isinstance(frame, pa.Table):
        return frame.nbytes
    if hasattr(frame, "estimated_size"):
        return frame.estimated_size()
    return float(frame.memory_usage(index=False).sum())  # type: ignore[attr-defined]


def _status(key: str) -> int | None:
    """Bytes that Linux says of this process; None elsewhere."""
    path = Path("/proc/self/status")
    if not path.exists():
        return None
    lines = (line.split() for line in path.read_text().splitlines())
    return next(int(words[1]) * 1024 for words in lines if words[0] == f"{key}:")


def _resident() -> int:
    return _status("VmRSS") or peak()


def peak() -> int:
    """Bytes of memory that this process had at its peak."""
    # ru_maxrss of a child starts at the peak of the process that started it; VmHWM does not
    own = _status("VmHWM")
    if own is not None:
        return own
    scale = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * scale


if __name__ == "__main__":
    task, place, *rest = sys.argv[1:]
    if task == "write":
        write(Path(place), int(rest[0]))
        print("{}")
    else:
        print(json.dumps(tabulate(Path(place), *rest)))
