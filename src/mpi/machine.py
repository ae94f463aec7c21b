"""How much memory the machine has for use."""

from __future__ import annotations

import math
import os
from pathlib import Path

_UNKNOWN = 4 * 10**9


def available() -> float:
    """Bytes that are free for use; all of the machine where that is not known."""
    try:
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
        free = {line.split(":")[0]: int(line.split()[1]) for line in lines}
        return min(free["MemAvailable"] * 1024, _of_group())
    except (OSError, ValueError, KeyError, IndexError):
        return _of_machine()


def _of_group() -> float:
    """Bytes that a limit of the process's group leaves; infinite where there is none."""
    group = Path("/sys/fs/cgroup")
    try:
        most, used = (
            (group / f"memory.{name}").read_text(encoding="ascii").strip()
            for name in ("max", "current")
        )
    except OSError:
        return math.inf
    return max(0, int(most) - int(used)) if most.isdecimal() else math.inf


def _of_machine() -> float:
    """All memory of the machine, where the system says it."""
    try:
        page, pages = map(os.sysconf, "SC_PAGE_SIZE SC_PHYS_PAGES".split())  # noqa: SIM905
    except (AttributeError, OSError, ValueError):
        return _UNKNOWN
    return page * pages
