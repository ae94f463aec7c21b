"""The commands of the command line; the only place that prints, beside its errors."""

from mpi.commands.looking import check, codebooks, demo, report, schema, show, specs
from mpi.commands.working import compare, estimate, run, targets

__all__ = [
    "check",
    "codebooks",
    "compare",
    "demo",
    "estimate",
    "report",
    "run",
    "schema",
    "show",
    "specs",
    "targets",
]
