"""The log of a folder of results: one JSON object a line, added to its end."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime
from pathlib import Path

from mpi.errors import PlanError, Problem


class Log:
    """A file that events are added to.

    Parameters
    ----------
    path : Path

    Raises
    ------
    PlanError
        If it cannot be written to.
    """

    __slots__ = ("_descriptor", "_torn", "lost")

    def __init__(self, path: Path) -> None:
        self.lost = 0
        try:
            self._descriptor = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o644)
        except OSError as error:
            found = f"cannot be written to: {error.strerror or error}"
            raise PlanError(path.name, [Problem("", found)]) from error
        self._torn = not self._ends_a_line()  # the run before was killed while it wrote

    def event(self, kind: str, **facts: object) -> None:
        """Add one event; a disk that is full loses it, which is counted and stops nothing."""
        now = datetime.now(UTC).isoformat(timespec="milliseconds")
        text = json.dumps({"time": now, "event": kind, **facts}, ensure_ascii=False, default=str)
        self._append(f"{text}\n".encode())

    def _append(self, data: bytes) -> None:
        line = b"\n" + data if self._torn else data
        try:
            written = os.write(self._descriptor, line)
        except OSError:
            written = 0
        self._torn = (self._torn and not written) or 0 < written < len(line)
        self.lost += written < len(line)

    def close(self) -> None:
        """Close the file."""
        os.close(self._descriptor)

    def _ends_a_line(self) -> bool:
        size = os.lseek(self._descriptor, 0, os.SEEK_END)
        if not size:
            return True
        os.lseek(self._descriptor, size - 1, os.SEEK_SET)
        return os.read(self._descriptor, 1) == b"\n"
