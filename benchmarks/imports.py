"""Time of importing the library, in processes of their own."""

from __future__ import annotations

import os
import subprocess
import sys

from timing import SOURCE, Row, in_turns, timed

TARGET = 0.4


def rows(repeat: int) -> list[Row]:
    """Seconds of a Python process that imports nothing, the library, and all its public names."""
    codes = {
        "python that imports nothing": "pass",
        "import mpi": "import mpi",
        "import mpi, and use all its names": "import mpi; [getattr(mpi, n) for n in mpi.__all__]",
    }
    path = os.pathsep.join(part for part in (str(SOURCE), os.environ.get("PYTHONPATH")) if part)
    environment = os.environ | {"PYTHONPATH": os.environ.get("PYTHONPATH") or path}
    seconds = in_turns(
        {
            what: lambda code=code: subprocess.run(
                [sys.executable, "-c", code], check=True, env=environment
            )
            for what, code in codes.items()
        },
        repeat,
    )
    goals = {"import mpi": {"target": TARGET}}
    return [timed("import", what, found, **goals.get(what, {})) for what, found in seconds.items()]
