"""Units with 15 yes-or-no deprivations in 33 regions, as frames of three libraries."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
from numpy.typing import NDArray

import mpi

Columns: TypeAlias = dict[str, NDArray[np.bool_] | NDArray[np.int64] | NDArray[np.float64]]

INDICATORS = tuple(f"d{j:02d}" for j in range(15))
REGIONS = 33
# Weights in hundredths, shaped as those of Colombia's index: five dimensions of 1/5 each.
# Scores are whole hundredths and k = 1/3 is none, so floating-point scores decide as exact ones.
HUNDREDTHS = dict(zip(INDICATORS, (10, 10, 5, 5, 5, 5, 10, 10, 10, 10, 4, 4, 4, 4, 4), strict=True))
DIMENSIONS = {"a": (0, 2), "b": (2, 6), "c": (6, 8), "d": (8, 10), "e": (10, 15)}
CUTOFF = "1/3"
NEEDED = 34  # smallest score in hundredths that reaches the cutoff


def draw(rows: int, *, seed: int = 1, weighted: bool = True) -> Columns:
    """Columns of `rows` units, drawn independently.

    Indicators are independent of each other, the hard case: nearly all 32,768 profiles occur in
    every region, where real deprivations go together and leave a few thousand.
    """
    rng = np.random.default_rng(seed)
    columns: Columns = {
        name: rng.random(rows, dtype=np.float32) < 0.05 + 0.03 * j
        for j, name in enumerate(INDICATORS)
    }
    columns["region"] = rng.integers(1, REGIONS + 1, rows)
    if weighted:
        columns["weight"] = rng.integers(1, 400, rows) / 4.0
    return columns


def to_pandas(columns: Columns) -> pd.DataFrame:
    """The columns in a frame, without a copy."""
    return pd.DataFrame(columns, copy=False)


def to_arrow(columns: Columns) -> pa.Table:
    """The columns in a table; truths take one bit each."""
    return pa.table(columns)


def to_polars(table: pa.Table) -> pl.DataFrame:
    """The table as a frame, without a copy."""
    frame = pl.from_arrow(table)
    assert isinstance(frame, pl.DataFrame)
    return frame


def specification() -> mpi.Specification:
    """Fifteen indicators in five dimensions with the weights above."""
    return mpi.Specification.from_columns(
        {name: list(INDICATORS[first:last]) for name, (first, last) in DIMENSIONS.items()},
        weights={name: f"{weight}/100" for name, weight in HUNDREDTHS.items()},
        cutoff=CUTOFF,
        id="fifteen-columns",
    )
