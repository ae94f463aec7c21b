"""Robustness and dominance of the departments of Colombia 2018, from its profile tables."""

from __future__ import annotations

import mpi
from surveys import geih_profiles
from timing import Row, in_turns, skipped, timed

DRAWS = 10_000
TARGET, AIM = 5.0, 2.0
DOMINANCE_TARGET = 1.0


def rows(repeat: int) -> list[Row]:
    """Ten thousand weighting schemes at nine cutoffs, and the curves of all pairs."""
    group = "GEIH 2018, 24 departments, 8 indicators"
    what = f"robustness: {DRAWS:,} weighting schemes x 9 k, rank statistics"
    profiles = geih_profiles()
    if profiles is None:
        return [skipped(group, what, "no colombia-geih-2018/persons.parquet; set MPI_SHARED_DATA")]
    seconds = in_turns(
        {
            "points": lambda: mpi.robustness(profiles, "department", draws=DRAWS, se=False),
            "errors": lambda: mpi.robustness(profiles, "department", draws=DRAWS),
            "dominance": lambda: mpi.dominance(profiles, "department"),
        },
        repeat,
    )
    errors = "the same with tests of pairs and standard errors from 200 replicates"
    curves = "dominance: 276 pairs, all k, tests and simultaneous bands"
    return [
        timed(group, what, seconds["points"], target=TARGET, aim=AIM),
        timed(group, errors, seconds["errors"], target=TARGET, aim=AIM),
        timed(group, curves, seconds["dominance"], target=DOMINANCE_TARGET),
    ]
