"""Run the command line with ``python -m mpi``."""

from __future__ import annotations

import sys

from mpi.cli import main

if __name__ == "__main__":
    sys.exit(main())
