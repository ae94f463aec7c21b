"""National surveys of Colombia's and Uruguay's size: from files of raw rows to errors."""

from __future__ import annotations

import tempfile
from pathlib import Path
from statistics import median

import pyarrow.parquet as pq

import mpi
from inference import r_seconds
from timing import Row, in_turns, skipped, timed

CUTOFFS = ("1/5", "1/3", "1/2")
BY = ("region", "area", "sex")
SIZES = {"Colombia": 86_700, "Uruguay": 38_200}  # households, about 250 and 110 thousand persons
_DESIGN = {
    "household_id": "household_id",
    "person_id": "person_id",
    "weight": "weight",
    "strata": "stratum",
    "psu": "psu",
}


def rows(repeat: int, *, share: float = 1.0) -> list[Row]:
    """Both sizes under Colombia's rules, beside reading the files and R `survey`."""
    found = []
    for country, households in SIZES.items():
        with tempfile.TemporaryDirectory() as place:
            folder = Path(place)
            number = round(households * share)
            mpi.datasets.write_synthetic_survey(folder, number, seed=2025)
            found += _of_size(country, folder, repeat)
    return found


def _of_size(country: str, folder: Path, repeat: int) -> list[Row]:
    files = {name: folder / f"{name}.parquet" for name in ("persons", "households")}
    persons = pq.read_metadata(files["persons"]).num_rows
    group = f"survey of {country}'s size, {persons:,} persons"

    def profiles() -> mpi.Profiles:
        # a survey of its own in each round: one that was used keeps its columns
        survey = mpi.Survey(**files, **_DESIGN)  # type: ignore[arg-type]
        return mpi.tabulate(survey, "colombia-dane", by=list(BY))

    ready = profiles()
    jobs = {
        "all": lambda: profiles().estimate(k=list(CUTOFFS)),
        "tabulate": profiles,
        "estimate": lambda: ready.estimate(k=list(CUTOFFS)),
        "read": lambda: [pq.read_table(path) for path in files.values()],
    }
    seconds = in_turns(jobs, repeat)
    figures = len(ready.estimate(k=list(CUTOFFS)))
    whole = timed(group, f"from files to {figures:,} figures with se, 3 k", seconds["all"])
    return [
        whole,
        timed(group, "of it to profile tables by region, area, sex", seconds["tabulate"]),
        timed(group, "of it estimates with se", seconds["estimate"]),
        timed(group, "floor: reading both files", seconds["read"]),
        _of_r(group, mpi.Survey(**files, **_DESIGN), median(seconds["all"])),  # type: ignore[arg-type]
    ]


def _of_r(group: str, survey: mpi.Survey, ours: float) -> Row:
    """Means by region at one cutoff in R `survey`, of deprivations that are evaluated for it."""
    what = "R survey, by region only, 1 k: H, M0, hd, hdk"
    units = mpi.score(survey, "colombia-dane").to_pandas()
    names = list(mpi.specification("colombia-dane").indicators)
    deprived = units[names].astype(int).add_prefix("d_")
    found = deprived.assign(poor=units["poor_1/3"].astype(int), score=units["score"])
    design = ["region", "stratum", "psu", "weight"]
    places = survey.tables["households"].read(["household_id", *design]).to_pandas()
    own = found.assign(household_id=units["household_id"]).merge(places, on="household_id")
    members = survey.tables["persons"].read(["household_id"]).to_pandas()
    seconds = r_seconds(members.merge(own, on="household_id"))
    if not seconds:
        return skipped(group, what, "no R, or no package survey")
    note = "reading and rules not included; beside all of ours"
    return timed(group, what, seconds, ratio=median(seconds) / ours, note=note)
