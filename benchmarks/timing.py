"""Medians of wall-clock times, taken in turns, and the rows of the printed table."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

Job: TypeAlias = Callable[[], object]

HERE = Path(__file__).resolve().parent
SOURCE = HERE.parent / "src"


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the result.

    Attributes
    ----------
    benchmark : str
        Short name of the group of lines it belongs to.
    what : str
        What was done.
    value : float or None
        Median; None where the benchmark was skipped.
    unit : str
        Unit of the value, such as ``s`` or ``x``.
    low, high : float or None
        Smallest and largest of the repeats.
    ratio : float or None
        Value of this line over that of the library's line for the same result.
    target, aim : float or None
        Bound that must hold and bound that is wished for, in the same unit.
    note : str
        Reason for skipping, or where a figure that was not measured here comes from.
    """

    benchmark: str
    what: str
    value: float | None
    unit: str = "s"
    low: float | None = None
    high: float | None = None
    ratio: float | None = None
    target: float | None = None
    aim: float | None = None
    note: str = ""


def in_turns(jobs: Mapping[str, Job], repeat: int) -> dict[str, list[float]]:
    """Seconds of each job in each of several rounds, after one round that does not count.

    Jobs take turns within a round, so that other work on the machine disturbs all of them alike
    and ratios of medians stay fair.

    Parameters
    ----------
    jobs : mapping of name to callable
    repeat : int
        Number of rounds.
    """
    seconds: dict[str, list[float]] = {name: [] for name in jobs}
    for round_ in range(repeat + 1):
        for name, job in jobs.items():
            start = time.perf_counter()
            job()
            if round_:
                seconds[name].append(time.perf_counter() - start)
    return seconds


def timed(
    benchmark: str,
    what: str,
    seconds: list[float],
    **about: Any,  # noqa: ANN401
) -> Row:
    """Row with the median, smallest and largest of some seconds."""
    median = statistics.median(seconds)
    return Row(benchmark, what, median, "s", min(seconds), max(seconds), **about)


def skipped(benchmark: str, what: str, reason: str) -> Row:
    """Row of a benchmark that could not be run."""
    return Row(benchmark, what, None, note=f"skipped: {reason}")


def as_table(rows: list[Row]) -> str:
    """Rows as aligned text, with a blank line between benchmarks."""
    head = ("benchmark", "what", "median", "low", "high", "ratio", "target", "aim", "")
    lines = [head, *(_cells(row) for row in rows)]
    widths = [max(len(line[i]) for line in lines) for i in range(len(head) - 1)]
    text, before = [], ""
    for line in lines:
        if text and line[0] != before:
            text.append("")
        before = line[0]
        cells = [
            cell.ljust(width) if i < 2 else cell.rjust(width)
            for i, (cell, width) in enumerate(zip(line, widths, strict=False))
        ]
        text.append("  ".join([*cells, line[-1]]).rstrip())
    return "\n".join(text)


def _cells(row: Row) -> tuple[str, ...]:
    ratio = "" if row.ratio is None else f"{row.ratio:.2f}x"
    numbers = [_number(value, row.unit) for value in (row.value, row.low, row.high)]
    bounds = [_number(value, row.unit) for value in (row.target, row.aim)]
    note = row.note
    if row.value is not None and row.target is not None and row.value > row.target:
        note = f"{note} OVER TARGET".strip()
    return (row.benchmark, row.what, *numbers, ratio, *bounds, note)


def _number(value: float | None, unit: str) -> str:
    return "" if value is None else f"{value:.3f} {unit}"


def child(module: str, *arguments: str) -> Any:  # noqa: ANN401
    """What a script of this folder prints as JSON when it is run in a process of its own."""
    command = [sys.executable, str(HERE / module), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        message = f"{module} {' '.join(arguments)} failed:\n{done.stderr}"
        raise RuntimeError(message)
    return json.loads(done.stdout)
