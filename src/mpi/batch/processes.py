"""Processes of workers, seen from the parent."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from pathlib import Path
from typing import IO

import mpi
from mpi.batch.attempts import Failed
from mpi.batch.work import Done, Task
from mpi.errors import PlanError, Problem


class Worker:
    """One process that carries out tasks; it ends when this one ends, however that happens."""

    __slots__ = ("_process",)

    def __init__(self) -> None:
        if not sys.executable:
            found = "this Python does not know its own program, so no process can be started"
            raise PlanError("run", [Problem("", found)])
        # -P: a file of the working folder never takes the place of a module
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", "mpi.batch.worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "PYTHONPATH": _path()},
        )

    def run(self, task: Task) -> Done | Failed:
        """Carry out a task; waits for its end."""
        process = self._process
        try:
            pickle.dump(task, _open(process.stdin))
            _open(process.stdin).flush()
            answer = pickle.load(_open(process.stdout))  # noqa: S301 -- from our own process
        except (EOFError, OSError, pickle.UnpicklingError):
            return Failed(_death(process.wait()))
        assert isinstance(answer, Done | Failed)  # noqa: S101 -- the worker sends nothing else
        return answer

    @property
    def alive(self) -> bool:
        """Whether the process can take a task."""
        return self._process.poll() is None

    def close(self) -> None:
        """End the process, in the middle of its work if need be."""
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            try:
                _open(pipe).close()
            except OSError:  # what it did not read cannot be delivered
                continue


def _open(pipe: IO[bytes] | None) -> IO[bytes]:
    assert pipe is not None  # noqa: S101 -- both were asked for
    return pipe


def _path() -> str:
    """Where modules are found, with this package first."""
    own = str(Path(mpi.__file__).parents[1])
    return os.pathsep.join(filter(None, [own, os.environ.get("PYTHONPATH", "")]))


def _death(code: int) -> str:
    """Why a process ended that should not have."""
    if code < 0:
        return (
            f"its process was ended by signal {-code}, as systems do when memory runs out. "
            "Give fewer jobs, or less memory to all."
        )
    return f"its process ended with code {code} before it was done. Run it again."
