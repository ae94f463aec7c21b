"""The process that carries out units, one after the other, as its parent asks.

A program of its own, ``python -m mpi.batch.worker``, so that a script that calls `mpi.run` needs no
guard around its main part. Tasks come pickled through the standard input, which nobody but the
parent can write to; answers leave through what was the standard output. When the parent is gone the
input ends, and so does this process, in the middle of its work.
"""

from __future__ import annotations

import os
import pickle
import queue
import signal
import sys
import threading
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from mpi.batch.work import Task


def main() -> None:
    """Carry out tasks until the parent is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, which ends this one
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints is no answer
    tasks: queue.Queue[Task] = queue.Queue()
    threading.Thread(target=_listen, args=(sys.stdin.buffer, tasks), daemon=True).start()
    from mpi.batch.attempts import attempt  # noqa: PLC0415 -- heavy, and the parent may go meanwhile

    while True:
        pickle.dump(attempt(tasks.get()), answers)
        answers.flush()


def _listen(source: BinaryIO, tasks: queue.Queue[Task]) -> None:
    try:
        while True:
            tasks.put(pickle.load(source))  # noqa: S301 -- from the parent alone
    except EOFError:
        os._exit(0)


if __name__ == "__main__":
    main()
