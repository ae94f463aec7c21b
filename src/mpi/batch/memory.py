"""How much memory there is, and how much a wave is likely to need."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet

from mpi.batch.hashes import parquet_files, size
from mpi.errors import PlanError, Problem
from mpi.machine import available

_UNITS = {"": 1, "kb": 10**3, "mb": 10**6, "gb": 10**9, "tb": 10**12}
_UNITS |= {"kib": 2**10, "mib": 2**20, "gib": 2**30, "tib": 2**40}
_AMOUNT = re.compile(r"(\d+(?:\.\d+)?)\s*([a-z]*)")
# a process with its libraries
_PROCESS = 250 * 10**6
# bytes in memory for each byte of a file, by extension: measured on a survey of 860,000 persons
# under 15 rules, and rounded up
_GROWTH = {".feather": 24, ".arrow": 24, ".csv": 4, ".tsv": 4, ".gz": 20}
_OTHER = 6
# of Parquet, which may be small for what it holds: bytes for each row and column, and how many
# columns a specification reads at most
_CELL, _COLUMNS = 16, 60
_SHARE = 0.75  # of what is available


def need(paths: Iterable[Path]) -> int:
    """Bytes that are likely to be needed for files; too many rather than too few."""
    found = _PROCESS
    for path in paths:
        with contextlib.suppress(OSError, pa.ArrowException):  # reading it says what is wrong
            suffix = path.suffix.lower()
            if path.is_dir() or suffix == ".parquet":
                files = parquet_files(path) if path.is_dir() else [path]
                found += sum(map(_of_parquet, files))
            else:
                found += _GROWTH.get(suffix, _OTHER) * size(path)
    return found


def _of_parquet(path: Path) -> int:
    """Bytes for the columns of a Parquet file that are read, from its metadata."""
    about = pyarrow.parquet.read_metadata(path)
    return int(about.num_rows * min(about.num_columns, _COLUMNS) * _CELL)


def budget(memory: int | str | None) -> int:
    """Bytes that all processes together may need.

    Raises
    ------
    PlanError
        If it is no amount of memory.
    """
    if memory is None:
        return int(_SHARE * available())
    match = _AMOUNT.fullmatch(str(memory).strip().lower())
    unit = None if match is None else _UNITS.get(match[2])
    if isinstance(memory, bool) or match is None or unit is None or not float(match[1]):
        found = f"{memory!r} is no amount of memory"
        raise PlanError("memory", [Problem("", found, 'Write such as "6 GB" or "800 MB".')])
    return int(float(match[1]) * unit)
