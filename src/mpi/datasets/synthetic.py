"""A synthetic national household survey in harmonised variables, of any size."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray
from tqdm import tqdm

from mpi.arguments import check_kinds
from mpi.datasets.calibration import CALIBRATED, Calibration
from mpi.datasets.design import BLOCK, draw_frame, expansion
from mpi.datasets.homes import draw_homes
from mpi.datasets.latent import World
from mpi.datasets.people import draw_people
from mpi.datasets.roster import draw_roster
from mpi.datasets.vocabulary import (
    ALWAYS_KNOWN,
    HOUSEHOLD_KINDS,
    PERSON_KINDS,
    Column,
    record_batch,
    schema,
)
from mpi.errors import Problems, SurveyError

if TYPE_CHECKING:
    from mpi.survey.survey import Survey

_ID_STEP = 100  # person_id = household_id x 100 + number in the household


@dataclass(frozen=True, slots=True)
class SyntheticTables:
    """Person and household table of a synthetic survey; `household_id` joins them."""

    persons: pa.Table
    households: pa.Table


@dataclass(frozen=True, slots=True)
class WrittenSurvey:
    """Files of a written survey and their numbers of rows."""

    persons: Path
    households: Path
    person_rows: int
    household_rows: int


@dataclass(frozen=True, slots=True)
class _Recipe:
    """What decides the contents of every block."""

    seed: int
    mean_weight: NDArray[np.float64]
    missing: float
    calibration: Calibration


def synthetic_tables(
    households: int,
    *,
    seed: int,
    first: int = 0,
    total: int | None = None,
    missing: float = 0.0,
    calibration: Calibration = CALIBRATED,
) -> SyntheticTables:
    """Households `first` to `first + households - 1` of the synthetic survey of this seed.

    Their contents depend on the seed and their position only; the weights also on `total`,
    the size of the survey they belong to. From 400 households on every stratum has two PSUs.

    Parameters
    ----------
    households : int
        Number of households.
    seed : int
        Seed of the survey.
    first : int
        Position of the first household.
    total : int, optional
        Households of the whole survey, to which weights refer; `first + households` if left out.
    missing : float
        Share of answers that are missing, at random, in [0, 1).
    calibration : Calibration
        Constants of the latent model.

    Returns
    -------
    SyntheticTables

    Raises
    ------
    SurveyError
        If a number is out of its range.

    Examples
    --------
    >>> tables = synthetic_tables(500, seed=1)
    >>> tables.households.num_rows
    500
    """
    check_kinds(synthetic_tables, locals(), error=SurveyError, all_kinds=True)
    total = first + households if total is None else total
    _check(households=households, first=first, total=total, missing=missing, seed=seed)
    recipe = _Recipe(seed, expansion(total), missing, calibration)
    batches = list(_batches(recipe, first, first + households))
    return SyntheticTables(
        persons=_table([p for p, _ in batches], schema(PERSON_KINDS)),
        households=_table([h for _, h in batches], schema(HOUSEHOLD_KINDS)),
    )


def synthetic_survey(households: int = 20_000, *, seed: int = 2025) -> Survey:
    """Synthetic survey with its design declared, ready for estimation.

    Parameters
    ----------
    households : int
        Number of households.
    seed : int
        Seed of the survey.

    Returns
    -------
    Survey
    """
    check_kinds(synthetic_survey, locals(), error=SurveyError, all_kinds=True)
    from mpi.survey.survey import Survey  # noqa: PLC0415  -- tables need no survey

    tables = synthetic_tables(households, seed=seed)
    return Survey(
        persons=tables.persons,
        households=tables.households,
        household_id="household_id",
        person_id="person_id",
        weight="weight",
        strata="stratum",
        psu="psu",
        date="2025",
    )


def write_synthetic_survey(
    folder: str | Path,
    households: int,
    *,
    seed: int,
    chunk: int = 200_000,
    missing: float = 0.0,
    progress: bool = False,
) -> WrittenSurvey:
    """`persons.parquet` and `households.parquet` in `folder`, the rows of `synthetic_tables`.

    Memory is bounded by `chunk`. The files are written under other names and take their place
    when both are complete; after an interruption nothing is left and older files are untouched.

    Parameters
    ----------
    folder : str or Path
        Where to write; made if it does not exist.
    households : int
        Number of households.
    seed : int
        Seed of the survey.
    chunk : int
        Households per row group; does not change the contents.
    missing : float
        Share of answers that are missing, at random, in [0, 1).
    progress : bool
        Whether to show a progress bar.

    Returns
    -------
    WrittenSurvey

    Raises
    ------
    SurveyError
        If a number is out of its range.
    """
    _check(
        households=households, first=0, total=households, missing=missing, seed=seed, chunk=chunk
    )
    target = Path(folder)
    target.mkdir(parents=True, exist_ok=True)
    final = (target / "persons.parquet", target / "households.parquet")
    aside = tuple(path.with_name(f".{path.name}.{os.getpid()}.part") for path in final)
    try:
        rows = 0
        with (
            pq.ParquetWriter(aside[0], schema(PERSON_KINDS), compression="zstd") as persons,
            pq.ParquetWriter(aside[1], schema(HOUSEHOLD_KINDS), compression="zstd") as homes,
        ):
            for first in _starts(households, chunk, progress=progress):
                tables = synthetic_tables(
                    min(chunk, households - first),
                    seed=seed,
                    first=first,
                    total=households,
                    missing=missing,
                )
                persons.write_table(tables.persons)
                homes.write_table(tables.households)
                rows += tables.persons.num_rows
        for path, place in zip(aside, final, strict=True):
            path.replace(place)
    finally:
        for path in aside:
            path.unlink(missing_ok=True)
    return WrittenSurvey(*final, person_rows=rows, household_rows=households)


def _check(
    *, households: int, first: int, total: int, missing: float, seed: int, chunk: int = 1
) -> None:
    """Refuse numbers out of their range, all at once."""
    problems = Problems("synthetic survey", SurveyError)
    for name, found, least in (
        ("households", households, 1),
        ("first", first, 0),
        ("total", total, first + households),
        ("chunk", chunk, 1),
        ("seed", seed, 0),
    ):
        if found < least:
            problems.add(name, f"{found:,}", expected=f"Expected {least:,} or more.")
    number = isinstance(missing, (int, float)) and not isinstance(missing, bool)
    if not (number and 0 <= missing < 1):
        problems.add("missing", f"{missing}", expected="Expected a share from 0 to below 1.")
    problems.raise_if_any()


def _starts(households: int, chunk: int, *, progress: bool) -> Iterator[int]:
    """First household of every chunk."""
    with tqdm(total=households, unit=" households", disable=not progress) as bar:
        for first in range(0, households, chunk):
            yield first
            bar.update(min(chunk, households - first))


def _table(batches: list[pa.RecordBatch], columns: pa.Schema) -> pa.Table:
    return pa.Table.from_batches(batches, schema=columns).combine_chunks()


def _batches(
    recipe: _Recipe, start: int, stop: int
) -> Iterator[tuple[pa.RecordBatch, pa.RecordBatch]]:
    """Persons and households of positions `start` to `stop - 1`, block by block."""
    for block in range(start // BLOCK, -(-stop // BLOCK)):
        low, high = max(start - block * BLOCK, 0), min(stop - block * BLOCK, BLOCK)
        persons, households, rows = _block(recipe, block)
        before, inside = int(rows[:low].sum()), int(rows[low:high].sum())
        yield persons.slice(before, inside), households.slice(low, high - low)


def _block(recipe: _Recipe, block: int) -> tuple[pa.RecordBatch, pa.RecordBatch, NDArray[np.int64]]:
    """Persons and households of a block, and the persons per household."""
    answers, silence = _streams(recipe.seed, block)
    frame = draw_frame(
        answers,
        block=block,
        mean_weight=recipe.mean_weight,
        loading=recipe.calibration.loading,
        shift=recipe.calibration.shift,
    )
    roster = draw_roster(answers, frame)
    world = World(answers, frame, roster, recipe.calibration)
    household_id = block * BLOCK + np.arange(BLOCK, dtype=np.int64) + 1
    home_id = household_id[roster.home]
    persons = draw_people(world) | {
        "household_id": Column(home_id),
        "person_id": Column(home_id * _ID_STEP + roster.order),
    }
    households = draw_homes(world) | {"household_id": Column(household_id)}
    if recipe.missing:
        persons = _with_gaps(silence, persons, recipe.missing)
        households = _with_gaps(silence, households, recipe.missing)
    return (
        record_batch(persons, PERSON_KINDS),
        record_batch(households, HOUSEHOLD_KINDS),
        roster.rows,
    )


def _streams(seed: int, block: int) -> tuple[np.random.Generator, np.random.Generator]:
    """Random streams of a block, for answers and for missing answers."""
    sequence = np.random.SeedSequence(seed, spawn_key=(block,))
    answers, silence = sequence.spawn(2)
    return (
        np.random.Generator(np.random.SFC64(answers)),
        np.random.Generator(np.random.SFC64(silence)),
    )


def _with_gaps(
    rng: np.random.Generator, columns: dict[str, Column], share: float
) -> dict[str, Column]:
    """Columns with this share of their answers missing, in the order of their names."""
    gaps = dict(columns)
    for name in sorted(columns.keys() - ALWAYS_KNOWN):
        column = columns[name]
        answered = rng.random(column.values.size, dtype=np.float32) >= share
        known = answered if column.known is None else column.known & answered
        gaps[name] = Column(column.values, known)
    return gaps
