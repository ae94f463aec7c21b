"""A lock of the system on a file, which ends with the process that holds it."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from mpi.errors import PlanError, Problem

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

_FAR = 1 << 20  # the byte that is locked on Windows, behind the text, which stays readable


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the lock of a folder of results.

    The lock is the system's, not the file: a file that a killed run left behind locks nothing.

    Raises
    ------
    PlanError
        If another run holds it.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        try:
            _lock(descriptor)
        except OSError as error:
            raise PlanError(str(path.parent.parent), [_held(path, error)]) from error
        now = datetime.now(UTC).isoformat(timespec="seconds")
        holder = {"pid": os.getpid(), "host": socket.gethostname(), "since": now}
        with contextlib.suppress(OSError):  # the lock holds on a full disk too, without a name
            os.ftruncate(descriptor, 0)
            os.write(descriptor, json.dumps(holder).encode())
        yield
    finally:
        os.close(descriptor)


def _lock(descriptor: int) -> None:
    if sys.platform == "win32":
        os.lseek(descriptor, _FAR, os.SEEK_SET)
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        os.lseek(descriptor, 0, os.SEEK_SET)
    else:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


def _held(path: Path, error: OSError) -> Problem:
    """Who holds the lock, as far as it is known."""
    if not isinstance(error, BlockingIOError | PermissionError):
        found = f"the folder cannot be locked: {error.strerror or error}"
        return Problem("", found, remedy="Give 'output' a folder on a disk that has locks.")
    try:
        holder = json.loads(path.read_text(encoding="utf-8"))
        who = f" (process {int(holder['pid'])} on {holder['host']}, since {holder['since']})"
    except (OSError, ValueError, KeyError, TypeError):
        who = ""
    found = f"another run is at work in this folder{who}"
    return Problem("", found, remedy="Wait until it has ended, or give 'output' another folder.")
