"""Two surveys from end to end: adults of Colombia 2018 from Parquet, and a synthetic one."""

from __future__ import annotations

import os
import statistics
from pathlib import Path

import pyarrow.parquet as pq

import mpi
from timing import HERE, Row, in_turns, skipped, timed

CUTOFFS = ("1/5", "1/3", "2/5", "1/2")
GROUPINGS = ["department", "area", "sex", "ethnicity", "age_group"]
POINTS_TARGET, POINTS_AIM = 1.0, 0.4
ERRORS_TARGET, ERRORS_AIM = 1.5, 0.5
_COLUMNS = (
    "fep", "estrato", "upm", "depto", "area", "sexo", "etnia", "edad", "ipm_Material",
    "ipm_Hacinamiento", "ipm_Agua", "ipm_Saneamiento", "ipm_Energia", "ipm_Internet",
    "ipm_educacion", "ipm_Empleo_Aseguramiento",
)  # fmt: skip
_OF_R = (
    "not measured here: 227.9 and 256.5 s, R 4.2.2, survey 4.5, timings.md of the reference data; "
    "1,716 figures with standard errors, reading not included"
)


def geih_rows(repeat: int) -> list[Row]:
    """Adults of Colombia 2018 from the file to all measures of 36 groups at four cutoffs."""
    group = "GEIH 2018, 549,077 persons"
    path = _geih_path()
    if path is None:
        reason = "no colombia-geih-2018/persons.parquet; set MPI_SHARED_DATA to the data's folder"
        return [skipped(group, "from Parquet to all measures", reason)]
    seconds = in_turns(
        {
            "all": lambda: _geih(path).estimate(k=list(CUTOFFS)),
            "points": lambda: _geih(path, se=False).estimate(k=list(CUTOFFS), se=False),
            "tabulate": lambda: _geih(path, se=False),
            "read": lambda: pq.read_table(path, columns=list(_COLUMNS)),
        },
        repeat,
    )
    figures = len(_geih(path).estimate(k=list(CUTOFFS)))
    what = f"from Parquet to {figures:,} figures, 36 groups, 4 k"
    return [
        timed(
            group,
            f"{what} with se and ci",
            seconds["all"],
            target=ERRORS_TARGET,
            aim=ERRORS_AIM,
        ),
        timed(
            group,
            "the same without standard errors",
            seconds["points"],
            target=POINTS_TARGET,
            aim=POINTS_AIM,
        ),
        timed(group, "of it from Parquet to profile tables", seconds["tabulate"]),
        timed(group, "floor: reading the 16 columns", seconds["read"]),
        Row(
            group,
            "R survey, 36 groups, 4 k",
            227.9,
            low=227.9,
            high=256.5,
            ratio=227.9 / statistics.median(seconds["all"]),
            note=_OF_R,
        ),
    ]


def geih_profiles(by: list[str] | None = None) -> mpi.Profiles | None:
    """Profile tables of adults of Colombia 2018; None without the file."""
    path = _geih_path()
    return None if path is None else _geih(path, se=True, by=by)


def _geih_path() -> Path | None:
    folder = Path(os.environ.get("MPI_SHARED_DATA", HERE.parent.parent / "shared" / "data"))
    path = folder / "colombia-geih-2018" / "persons.parquet"
    return path if path.exists() else None


def _geih(path: Path, *, se: bool = True, by: list[str] | None = None) -> mpi.Profiles:
    survey = mpi.Survey(persons=path, codebook="colombia-geih-2018", lonely_psu="adjust")
    return mpi.tabulate(survey, "cepal-sae-8", by=by or GROUPINGS, se=se)


def synthetic_rows(households: int, repeat: int) -> list[Row]:
    """A national survey in memory under Colombia's specification, by region, area and sex."""
    made = mpi.datasets.synthetic_survey(households)
    persons = made.tables["persons"].n_rows
    group = f"synthetic survey, {households:,} households, {persons:,} persons"
    tables = mpi.datasets.synthetic_tables(households, seed=2025)

    def profiles() -> mpi.Profiles:
        # a survey of its own in each round: one that was used keeps its columns
        survey = mpi.Survey(
            persons=tables.persons,
            households=tables.households,
            household_id="household_id",
            person_id="person_id",
            weight="weight",
            strata="stratum",
            psu="psu",
        )
        return mpi.tabulate(survey, "colombia-dane", by=["region", "area", "sex"])

    ready = profiles()
    seconds = in_turns({"tabulate": profiles, "estimate": ready.estimate}, repeat)
    return [
        timed(group, "tabulate by region, area, sex", seconds["tabulate"]),
        timed(group, "estimate, one k", seconds["estimate"]),
    ]
