"""How much memory there is, and how much a wave is likely to need."""

from __future__ import annotations

import contextlib
import os
import re
from pathlib import Path

from mpi.batch.hashes import size
from mpi.batch.units import Unit
from mpi.errors import PlanError, Problem

_UNITS = {"": 1, "kb": 10**3, "mb": 10**6, "gb": 10**9, "tb": 10**12}
_UNITS |= {"kib": 2**10, "mib": 2**20, "gib": 2**30, "tib": 2**40}
_AMOUNT = re.compile(r"(\d+(?:\.\d+)?)\s*([a-z]*)")
# a process with its libraries
_PROCESS = 250 * 10**6
# bytes in memory for each byte of a file, by extension: measured on surveys, and rounded up
_GROWTH = {".parquet": 12, ".feather": 6, ".arrow": 6, ".csv": 3, ".tsv": 3, ".gz": 20}
_OTHER = 6
_SHARE = 0.75  # of what is available
_UNKNOWN = 4 * 10**9


def need(unit: Unit) -> int:
    """Bytes that a unit is likely to need; too many rather than too few."""
    found = _PROCESS
    for given in unit.inputs:
        suffix = ".parquet" if given.path.is_dir() else given.path.suffix.lower()
        with contextlib.suppress(OSError):  # reading it says what is wrong
            found += _GROWTH.get(suffix, _OTHER) * size(given.path)
    return found


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


def available() -> int:
    """Bytes of memory that are free for use, or those of the machine where that is not known."""
    limits = [_UNKNOWN]
    try:
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
        free = {line.split(":")[0]: int(line.split()[1]) for line in lines}
        limits = [free["MemAvailable"] * 1024]
        group = Path("/sys/fs/cgroup/memory.max").read_text(encoding="ascii").strip()
        used = Path("/sys/fs/cgroup/memory.current").read_text(encoding="ascii").strip()
        limits += [max(0, int(group) - int(used))] if group.isdecimal() else []
    except (OSError, ValueError, KeyError, IndexError):
        names = getattr(os, "sysconf_names", {})
        if limits == [_UNKNOWN] and {"SC_PAGE_SIZE", "SC_PHYS_PAGES"} <= set(names):
            limits = [os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")]
    return min(limits)
