"""Ten million units in memory: the library beside hand-written one-offs for the same figures."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

import mpi
import oneoffs
import units
from timing import Job, Row, in_turns, timed

AGREEMENT = 1e-9
TARGET, AIM = 0.35, 0.15
_FRAMES = ("pandas", "arrow", "polars")
_ONEOFFS: dict[str, Callable[..., object]] = {
    "pandas": oneoffs.with_pandas,
    "polars": oneoffs.with_polars,
    "duckdb": oneoffs.with_duckdb,
}


def rows(count: int, repeat: int) -> list[Row]:
    """Times of tabulating, of all figures, and of the one-offs, unweighted and weighted."""
    columns = units.draw(count)
    table = units.to_arrow(columns)
    frames = {"pandas": units.to_pandas(columns), "arrow": table, "polars": units.to_polars(table)}
    spec = units.specification()
    return [
        row
        for weighted in (False, True)
        for row in _one(frames, spec, count, repeat, weighted=weighted)
    ]


def _one(
    frames: dict[str, object],
    spec: mpi.Specification,
    count: int,
    repeat: int,
    *,
    weighted: bool,
) -> list[Row]:
    _check(frames, spec, weighted=weighted)
    seconds = in_turns(_jobs(frames, spec, weighted=weighted), repeat)
    group = f"{count:,} units{', weighted' if weighted else ''}"
    goal = {"target": TARGET, "aim": AIM} if count == 10_000_000 else {}
    found = [
        timed(group, f"tabulate, {name}", seconds[f"tabulate {name}"], **goal) for name in _FRAMES
    ]
    whole = {}
    for name in _FRAMES:
        whole[name] = timed(group, f"tabulate and estimate, {name}", seconds[f"all {name}"])
    found += whole.values()
    name = "tabulate and estimate with se, arrow"
    found.append(timed(group, name, seconds["errors"]))
    for name in _ONEOFFS:
        # DuckDB reads the Arrow table, so it stands beside the library on the same table
        beside = whole["arrow" if name == "duckdb" else name].value
        row = timed(group, f"one-off, H A M0 hdk at one k, {name}", seconds[f"one-off {name}"])
        if row.value is not None and beside is not None:
            found.append(replace(row, ratio=row.value / beside))
    return found


def _jobs(frames: dict[str, object], spec: mpi.Specification, *, weighted: bool) -> dict[str, Job]:
    weight = "weight" if weighted else None
    jobs: dict[str, Job] = {}
    for name in _FRAMES:
        frame = frames[name]
        jobs[f"tabulate {name}"] = lambda frame=frame: mpi.tabulate(
            mpi.Survey(frame, weight=weight), spec, by="region", se=False
        )
        jobs[f"all {name}"] = lambda frame=frame: oneoffs.with_mpi(frame, spec, weighted=weighted)
    arrow = frames["arrow"]
    jobs["errors"] = lambda: oneoffs.with_mpi(arrow, spec, weighted=weighted, se=True)
    for name, run in _ONEOFFS.items():
        data = frames["arrow" if name == "duckdb" else name]
        jobs[f"one-off {name}"] = lambda run=run, data=data: run(data, weighted=weighted)
    return jobs


def _check(frames: dict[str, object], spec: mpi.Specification, *, weighted: bool) -> None:
    """Stop unless the one-offs and the library give the same figures."""
    results = {
        f"library, {name}": oneoffs.of_estimates(
            oneoffs.with_mpi(frames[name], spec, weighted=weighted)
        )
        for name in _FRAMES
    }
    for name, run in _ONEOFFS.items():
        data = frames["arrow" if name == "duckdb" else name]
        results[f"one-off, {name}"] = run(data, weighted=weighted)
    expected = results["library, pandas"]
    for name, found in results.items():
        difference = float(np.abs(found - expected).max())
        if found.shape != expected.shape or not difference <= AGREEMENT:
            message = f"{name} differs from the library in pandas by {difference}"
            raise RuntimeError(message)
