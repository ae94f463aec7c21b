"""Why M0 changed: two waves of a synthetic survey, and Colombia 2018 beside itself."""

from __future__ import annotations

import os
from pathlib import Path

import pandas as pd

import mpi
from inference import _INDICATORS, _WAVES
from surveys import CUTOFFS, geih_profiles
from timing import HERE, Row, in_turns, skipped, timed

TARGET = 1.0


def rows(repeat: int) -> list[Row]:
    """All parts with standard errors, from estimates that are there."""
    return [_synthetic(repeat), _geih(repeat)]


def _synthetic(repeat: int) -> Row:
    group = "synthetic survey of mpitb, 14,903 persons"
    folder = Path(os.environ.get("MPI_SHARED_DATA", HERE.parent.parent / "shared" / "data"))
    path = folder / "reference" / "syn" / "syn_cdta.parquet"
    if not path.exists():
        return skipped(group, "why M0 changed", f"no {path.name}; set MPI_SHARED_DATA")
    frame = pd.read_parquet(path).dropna()
    spec = mpi.Specification.from_columns(_INDICATORS, cutoff="1/3")
    waves = []
    for wave in _WAVES:
        own = frame[frame["t"] == wave]
        survey = mpi.Survey(own, weight="weight", strata="stratum", psu="psu")
        profiles = mpi.tabulate(survey, spec, by=["area", "region"])
        waves.append(profiles.estimate(["1/18", "1/5", "1/3", "1/2"]))
    return _line(group, "22 groups, 4 k", waves, repeat)


def _geih(repeat: int) -> Row:
    group = "GEIH 2018, 549,077 persons"
    profiles = geih_profiles()
    if profiles is None:
        return skipped(group, "why M0 changed", "no colombia-geih-2018/persons.parquet")
    waves = [profiles.estimate(list(CUTOFFS), lonely_psu="collapse") for _ in range(2)]
    return _line(f"{group}, as two waves", "36 groups, 4 k", waves, repeat)


def _line(group: str, what: str, waves: list[mpi.Estimates], repeat: int) -> Row:
    def ours() -> mpi.Decomposition:
        return mpi.decompose(*waves, samples="independent")

    seconds = in_turns({"ours": ours}, repeat)["ours"]
    return timed(group, f"why M0 changed, {what}: {len(ours()):,} parts", seconds, target=TARGET)
