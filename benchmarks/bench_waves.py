"""What changed and why: two waves of a synthetic survey, and Colombia 2018 beside itself."""

from __future__ import annotations

from collections.abc import Sequence

import mpi
from inference import synthetic_path, synthetic_waves
from surveys import CUTOFFS, geih_profiles
from timing import Row, in_turns, skipped, timed

TARGET = 1.0


def rows(repeat: int) -> list[Row]:
    """All changes and their parts, with standard errors, from estimates that are there."""
    return [*_synthetic(repeat), *_geih(repeat)]


def _synthetic(repeat: int) -> list[Row]:
    group = "synthetic survey of mpitb, 14,903 persons"
    if not synthetic_path().exists():
        reason = "no reference/syn/syn_cdta.parquet; set MPI_SHARED_DATA"
        return [skipped(group, "what changed, and why", reason)]
    return _lines(group, "22 groups, 4 k", synthetic_waves(), repeat)


def _geih(repeat: int) -> list[Row]:
    group = "GEIH 2018, 549,077 persons, as two waves"
    profiles = geih_profiles()
    if profiles is None:
        reason = "no colombia-geih-2018/persons.parquet; set MPI_SHARED_DATA"
        return [skipped(group, "what changed, and why", reason)]
    waves = [profiles.estimate(list(CUTOFFS), lonely_psu="collapse") for _ in range(2)]
    return _lines(group, "36 groups, 4 k", waves, repeat)


def _lines(group: str, what: str, waves: Sequence[mpi.Estimates], repeat: int) -> list[Row]:
    years = [2018, 2022]
    calls = {
        "changes of": lambda: mpi.change(*waves, samples="independent", years=years),
        "changes, same PSUs, of": lambda: mpi.change(*waves, samples="overlapping", years=years),
        "why M0 changed": lambda: mpi.decompose(*waves, samples="independent"),
    }
    seconds = in_turns(calls, repeat)
    return [
        timed(group, f"{name} {what}: {len(call()):,} rows", seconds[name], target=TARGET)
        for name, call in calls.items()
    ]
