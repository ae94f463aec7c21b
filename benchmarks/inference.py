"""Standard errors: one table of a synthetic survey beside R, and bootstrap replicates."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from statistics import median

import pandas as pd

import mpi
from surveys import CUTOFFS, geih_profiles
from timing import HERE, Row, in_turns, skipped, timed

LEVELS_TARGET, REPLICATES_TARGET = 0.3, 20.0
REPLICATES = 1000
_OF_MPITBR = (
    "not measured here: 73.5 and 90.2 s, mpitbR 1.0.1, timings.md of the reference data; the same "
    "6,532 levels, and 5,704 changes that are not in ours"
)
_INDICATORS = {
    "health": ["d_nutr", "d_cm"],
    "education": ["d_satt", "d_educ"],
    "living": ["d_elct", "d_sani", "d_wtr", "d_hsg", "d_ckfl", "d_asst"],
}
_WAVES = (1, 2)


def rows(repeat: int) -> list[Row]:
    """Levels of two waves of the synthetic survey of `mpitb`, and a bootstrap of Colombia 2018."""
    return [*_levels(synthetic_path(), repeat), *_bootstrap()]


def synthetic_path() -> Path:
    """File of the synthetic survey of `mpitb`."""
    folder = Path(os.environ.get("MPI_SHARED_DATA", HERE.parent.parent / "shared" / "data"))
    return folder / "reference" / "syn" / "syn_cdta.parquet"


def synthetic_waves() -> list[mpi.Estimates]:
    """All measures of its two waves, from the file."""
    frame = pd.read_parquet(synthetic_path()).dropna()
    return _estimates([frame[frame["t"] == wave] for wave in _WAVES])


def _estimates(waves: Sequence[pd.DataFrame]) -> list[mpi.Estimates]:
    spec = mpi.Specification.from_columns(_INDICATORS, cutoff="1/3")
    found = []
    for wave in waves:
        survey = mpi.Survey(wave, weight="weight", strata="stratum", psu="psu")
        profiles = mpi.tabulate(survey, spec, by=["area", "region"])
        found.append(profiles.estimate(["1/18", "1/5", "1/3", "1/2"]))
    return found


def _levels(path: Path, repeat: int) -> list[Row]:
    group = "synthetic survey of mpitb, 14,903 persons"
    what = "two waves, 4 k, nation, area, 20 regions"
    if not path.exists():
        return [skipped(group, what, "no reference/syn/syn_cdta.parquet; set MPI_SHARED_DATA")]
    frame = pd.read_parquet(path).dropna()
    waves = [frame[frame["t"] == wave] for wave in _WAVES]

    def ours() -> list[mpi.Estimates]:
        return _estimates(waves)

    seconds = in_turns({"ours": ours}, repeat)["ours"]
    figures = sum(len(estimates) for estimates in ours())
    median = sorted(seconds)[len(seconds) // 2]
    line = timed(group, f"{what}: {figures:,} figures with se", seconds, target=LEVELS_TARGET)
    theirs = Row(group, "mpitbR", 73.5, low=73.5, high=90.2, ratio=73.5 / median, note=_OF_MPITBR)
    return [line, theirs, _of_r(waves[0], group)]


def _of_r(frame: pd.DataFrame, group: str) -> Row:
    """The first wave in R `survey`, if it is installed: 22 means by region, at one cutoff."""
    what = "R survey, first wave, 1 k, 20 regions: H, M0, hd, hdk"
    spec = mpi.Specification.from_columns(_INDICATORS, cutoff="1/3")
    survey = mpi.Survey(frame, weight="weight", strata="stratum", psu="psu")
    ours = in_turns({"ours": lambda: mpi.measure(survey, spec, by="region")}, 5)["ours"]
    eighteenths = [6 // len(names) for names in _INDICATORS.values() for _ in names]
    score = frame[[name for names in _INDICATORS.values() for name in names]] @ eighteenths
    seconds = r_seconds(frame.assign(poor=(score >= 6).astype(int), score=score / 18))
    if not seconds:
        reason = "no R, or no package survey; timings.md of the reference data has 5.2 s"
        return skipped(group, what, reason)
    note = "beside the same of ours"
    return timed(group, what, seconds, ratio=median(seconds) / median(ours), note=note)


def r_seconds(frame: pd.DataFrame, *, repeat: int = 3) -> list[float]:
    """Seconds of R `survey`, by the columns that `survey.R` names; none if it is not there."""
    program = shutil.which("Rscript")
    if program is None:
        return []
    command = [program, str(HERE / "survey.R")]
    text = frame.to_csv(index=False)
    found = []
    for _ in range(repeat):
        done = subprocess.run(command, input=text, capture_output=True, text=True, check=False)
        if done.returncode:
            return []
        found.append(float(done.stdout.split()[-1]))
    return found


def _bootstrap() -> list[Row]:
    group = "GEIH 2018, 549,077 persons"
    profiles = geih_profiles()
    what = f"{REPLICATES:,} replicates of Rao and Wu, 36 groups, 4 k"
    if profiles is None:
        return [skipped(group, what, "no colombia-geih-2018/persons.parquet")]
    declared = mpi.Replicates("rao-wu", number=REPLICATES)
    job = {
        "boot": lambda: profiles.estimate(list(CUTOFFS), lonely_psu="collapse", replicates=declared)
    }
    return [timed(group, what, in_turns(job, 1)["boot"], target=REPLICATES_TARGET)]
