"""H, A, M0 and censored headcounts by region, as an analyst would write them for one survey.

They take scores in whole hundredths, which is faster than floats in pandas and Polars, and for each
library the fastest of the usual ways of writing it was chosen (see docs/performance.md).
"""

from __future__ import annotations

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
from numpy.typing import NDArray

import mpi
from units import CUTOFF, HUNDREDTHS, INDICATORS, NEEDED


def with_pandas(frame: pd.DataFrame, *, weighted: bool) -> NDArray[np.float64]:
    """One-off in pandas; shape (regions, 18): H, A, M0 and 15 censored headcounts."""
    score = sum(frame[name] * np.uint8(weight) for name, weight in HUNDREDTHS.items())
    chosen = score >= NEEDED
    poor = frame[chosen]
    values = poor[list(INDICATORS)].assign(poor=1, score=score[chosen])
    if weighted:
        values = values.mul(poor["weight"], axis=0)
        population = frame.groupby("region")["weight"].sum()
    else:
        population = frame.groupby("region").size()
    shares = values.groupby(poor["region"]).sum().div(population, axis=0)
    return _ordered(shares["poor"], shares["score"], [shares[name] for name in INDICATORS])


def with_polars(frame: pl.DataFrame, *, weighted: bool) -> NDArray[np.float64]:
    """One-off in Polars, lazy; shape as above."""
    score = pl.sum_horizontal(
        [pl.col(name).cast(pl.UInt8) * weight for name, weight in HUNDREDTHS.items()]
    )
    units = frame.lazy().with_columns(score=score)
    people = pl.col("weight").sum() if weighted else pl.len()
    values = pl.col(INDICATORS), pl.col("score").cast(pl.Int64)
    sums = [(value * pl.col("weight") if weighted else value).sum() for value in values]
    poor = units.filter(pl.col("score") >= NEEDED)
    shares = (
        units.group_by("region")
        .agg(people.alias("population"))
        .join(poor.group_by("region").agg(people.alias("poor"), *sums), on="region")
        .with_columns(pl.col("poor", "score", *INDICATORS) / pl.col("population"))
        .sort("region")
        .collect()
    )
    return _ordered(shares["poor"], shares["score"], [shares[name] for name in INDICATORS])


def with_duckdb(table: pa.Table, *, weighted: bool) -> NDArray[np.float64]:
    """One-off in SQL over the Arrow table; shape as above."""
    score = " + ".join(f"{weight} * {name}::INTEGER" for name, weight in HUNDREDTHS.items())
    if weighted:
        share = "sum(CASE WHEN {0} THEN weight ELSE 0 END) / sum(weight)"
        mean = "sum(CASE WHEN poor THEN weight * score ELSE 0 END) / sum(weight)"
    else:
        share = "avg(({0})::INTEGER)"
        mean = "avg(CASE WHEN poor THEN score ELSE 0 END)"
    censored = ", ".join(f"{share.format(f'poor AND {name}')} AS {name}" for name in INDICATORS)
    query = f"""
        SELECT region, {share.format("poor")} AS poor, {mean} AS score, {censored}
        FROM (SELECT *, score >= {NEEDED} AS poor FROM (SELECT *, {score} AS score FROM units))
        GROUP BY region ORDER BY region
    """  # noqa: S608 -- names and numbers are our own
    with duckdb.connect() as connection:
        connection.register("units", table)
        found = connection.sql(query).to_arrow_table()
    return _ordered(found["poor"], found["score"], [found[name] for name in INDICATORS])


def _ordered(poor: object, score: object, censored: list[object]) -> NDArray[np.float64]:
    """H, A, M0 and censored headcounts as columns, from shares and mean scores in hundredths."""
    headcount = np.asarray(poor, dtype=float)
    adjusted = np.asarray(score, dtype=float) / 100
    rest = [np.asarray(values, dtype=float) for values in censored]
    return np.column_stack([headcount, adjusted / headcount, adjusted, *rest])


def with_mpi(
    frame: object, spec: mpi.Specification, *, weighted: bool, se: bool = False
) -> mpi.Estimates:
    """The library's way: profile tables, then every measure at the cutoff."""
    survey = mpi.Survey(frame, weight="weight" if weighted else None)
    return mpi.tabulate(survey, spec, by="region", se=se).estimate(k=CUTOFF, se=se)


def of_estimates(estimates: mpi.Estimates) -> NDArray[np.float64]:
    """The figures of the one-offs among the estimates, shape as above."""
    frame = estimates.to_pandas()
    frame = frame[frame["by"] == "region"]
    whole = frame[frame["measure"].isin(["H", "A", "M0"])]
    censored = frame[(frame["measure"] == "hdk") & frame["indicator"].notna()]
    wide = whole.pivot_table(index="region", columns="measure", values="estimate")
    rest = censored.pivot_table(index="region", columns="indicator", values="estimate")
    return np.column_stack([wide[["H", "A", "M0"]], rest[list(INDICATORS)]])
