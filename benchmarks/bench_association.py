"""Association, overlap, weights from data and missing answers of Colombia 2018."""

from __future__ import annotations

from collections.abc import Callable

import mpi
from surveys import geih_profiles
from timing import Row, in_turns, skipped, timed

TARGET = 1.0


def rows(repeat: int) -> list[Row]:
    """Every analysis from the profile table, the nation and 24 departments, 8 indicators."""
    group = "GEIH 2018, 24 departments, 8 indicators"
    profiles = geih_profiles(["department"])
    if profiles is None:
        reason = "no colombia-geih-2018/persons.parquet; set MPI_SHARED_DATA to the data's folder"
        return [skipped(group, "association", reason)]
    # a bootstrap has to have something to draw from in every stratum
    weights = {"lonely_psu": "collapse"}
    jobs: dict[str, Callable[[], object]] = {
        "28 pairs, all people and the poor, with tests": lambda: mpi.association(profiles),
        "all combinations of 8 indicators": lambda: mpi.overlap(profiles),
        "missing answers: retained, tests, five policies": lambda: mpi.missing_answers(profiles),
    }
    for method in ("frequency", "mca", "pca-tetrachoric"):
        name = f"weights by {method}, 200 replicates"
        jobs[name] = lambda method=method: mpi.data_weights(profiles, method, **weights)  # type: ignore[misc]
    seconds = in_turns(jobs, repeat)
    return [timed(group, name, seconds[name], target=TARGET) for name in jobs]
