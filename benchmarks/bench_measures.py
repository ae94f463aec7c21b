"""Inequality among the poor and further measures of Colombia 2018, and a panel that is made up."""

from __future__ import annotations

import numpy as np

import mpi
from surveys import geih_profiles
from timing import Row, in_turns, skipped, timed

TARGET = 1.0  # seconds of each analysis
PERSONS, WAVES, INDICATORS = 100_000, 4, 10


def rows(repeat: int) -> list[Row]:
    """Each analysis with its standard errors."""
    return [*_further(repeat), *_panel(repeat)]


def _further(repeat: int) -> list[Row]:
    group = "further measures, Colombia 2018"
    profiles = geih_profiles()
    if profiles is None:
        return [skipped(group, "all groupings", "no colombia-geih-2018; set MPI_SHARED_DATA")]
    by = profiles.by[0]
    jobs = {
        "inequality": lambda: mpi.inequality(profiles, ["1/3", "2/5"]),
        "disparity": lambda: mpi.disparity(profiles, by, k=["1/3", "2/5"]),
        "estimate": lambda: profiles.estimate(["1/3", "2/5"]),
    }
    seconds = in_turns(jobs, repeat)
    figures = len(jobs["inequality"]())
    return [
        timed(group, f"inequality: {figures:,} figures", seconds["inequality"], target=TARGET),
        timed(group, f"disparity between groups of {by}", seconds["disparity"], target=TARGET),
        timed(group, "estimate, for comparison", seconds["estimate"]),
    ]


def _panel(repeat: int) -> list[Row]:
    group = f"panel, {PERSONS:,} persons, {WAVES} waves, {INDICATORS} indicators"
    random = np.random.default_rng(1)
    names = [f"i{j}" for j in range(INDICATORS)]
    design = {
        "id": np.arange(PERSONS),
        "w": random.random(PERSONS) + 0.5,
        "psu": np.arange(PERSONS) // 50,
        "stratum": np.arange(PERSONS) // 2000,
        "region": np.arange(PERSONS) // 5000,
    }
    risk = random.random(PERSONS)
    frames = [
        design | {name: random.random(PERSONS) < 0.5 * risk for name in names} for _ in range(WAVES)
    ]
    spec = mpi.Specification.from_columns({name: [name] for name in names}, cutoff="3/10")

    def ours() -> mpi.Panel:
        surveys = {
            f"w{t}": mpi.Survey(frame, weight="w", strata="stratum", psu="psu")
            for t, frame in enumerate(frames)
        }
        return mpi.panel(surveys, spec, key="id", by="region")

    seconds = in_turns({"panel": ours}, repeat)["panel"]
    return [timed(group, "from rows to figures, by 20 regions", seconds)]
