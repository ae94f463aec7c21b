"""Targets and levels of publication of 24 departments, from profile tables of Colombia 2018."""

from __future__ import annotations

import mpi
from surveys import geih_profiles
from timing import Row, in_turns, skipped, timed

TARGET = 1.0
_GROUP = "GEIH 2018, 24 departments"


def rows(repeat: int) -> list[Row]:
    """Both from estimates, whose own time is not in them."""
    profiles = geih_profiles()
    if profiles is None:
        return [skipped(_GROUP, "targets, levels", "no colombia-geih-2018; set MPI_SHARED_DATA")]
    estimates = profiles.estimate()
    departments = estimates.to_arrow()["department"].unique().drop_null().to_pylist()
    indicators = list(profiles.specification.indicators)
    plan = {"id": "plan", "target": [_target(d, i) for d in departments for i in indicators]}
    seconds = in_turns(
        {
            "targets": lambda: mpi.targets(estimates, plan, year=2018),
            "levels": lambda: mpi.publishable(
                estimates, scheme="eclac-2023", measures=["H", "M0", "hd"]
            ),
        },
        repeat,
    )
    number = len(plan["target"])
    return [
        timed(_GROUP, f"{number} targets with lights", seconds["targets"], target=TARGET),
        timed(_GROUP, "what can be published, 5 levels", seconds["levels"], target=TARGET),
    ]


def _target(department: object, indicator: str) -> dict[str, object]:
    return {
        "measure": "hd",
        "indicator": indicator,
        "group": {"department": department},
        "baseline": {"year": 2015, "value": 0.6, "se": 0.01},
        "goal": [{"year": 2030, "value": 0.2}],
    }
