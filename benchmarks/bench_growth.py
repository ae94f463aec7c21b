"""How time grows with rows, indicators, groups, cutoffs and weighting schemes."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
import pyarrow as pa

import mpi
from timing import Job, Row, in_turns, timed

ROWS = (250_000, 1_000_000, 4_000_000)
INDICATORS = (5, 10, 15, 20, 30)
GROUPS = (1, 33, 1_100)
CUTOFFS = (1, 5, 20)
SCHEMES = (100, 1_000)
_USUAL_INDICATORS, _USUAL_GROUPS = 15, 33


def rows(repeat: int, *, share: float = 1.0) -> list[Row]:
    """Each of them, the others as they usually are: a million units, 15 indicators, 33 groups."""
    usual = round(share * 1_000_000)
    found: list[Row] = []
    for what, jobs in (
        ("units", {f"{round(share * n):,} units": _tabulation(round(share * n)) for n in ROWS}),
        ("indicators", {f"{d} indicators": _tabulation(usual, d=d) for d in INDICATORS}),
        ("groups", {f"{g:,} groups": _tabulation(usual, groups=g) for g in GROUPS}),
        ("cutoffs", _estimates(usual)),
        ("weighting schemes", _schemes(usual)),
    ):
        seconds = in_turns(jobs, repeat)
        group = f"growth with {what}"
        found += [timed(group, name, seconds[name]) for name in jobs]
    return found


def related(rows: int, *, d: int, groups: int, seed: int = 1) -> pa.Table:
    """Units whose deprivations go together: a latent standard of living is behind all of them."""
    random = np.random.default_rng(seed)
    level = random.normal(0, 1, rows).astype(np.float32)
    columns: dict[str, object] = {}
    for j in range(d):
        noise = random.normal(0, 0.7, rows).astype(np.float32)
        columns[f"d{j}"] = level + noise > 0.6 + 1.2 * (j % 5) / 4
    columns["place"] = np.sort(random.integers(0, groups, rows))
    return pa.table(columns)


def specification(d: int) -> mpi.Specification:
    """Indicators of equal weight, a dimension each."""
    return mpi.Specification.from_columns({f"d{j}": [f"d{j}"] for j in range(d)}, cutoff="1/3")


def _tabulation(
    rows: int, *, d: int = _USUAL_INDICATORS, groups: int = _USUAL_GROUPS
) -> Callable[[], mpi.Estimates]:
    table, spec = related(rows, d=d, groups=groups), specification(d)
    return lambda: mpi.tabulate(mpi.Survey(table), spec, by="place", se=False).estimate(se=False)


def _profiles(rows: int) -> mpi.Profiles:
    table = related(rows, d=_USUAL_INDICATORS, groups=_USUAL_GROUPS)
    return mpi.tabulate(mpi.Survey(table), specification(_USUAL_INDICATORS), by="place", se=False)


def _estimates(rows: int) -> dict[str, Job]:
    profiles = _profiles(rows)
    jobs: dict[str, Job] = {}
    for number in CUTOFFS:
        k = [f"{place + 1}/{number + 1}" for place in range(number)]
        jobs[f"{number} k, from profile tables"] = partial(profiles.estimate, k=k, se=False)
    return jobs


def _schemes(rows: int) -> dict[str, Job]:
    profiles = _profiles(rows)
    return {
        f"{number:,} schemes at 9 k, from profile tables": partial(
            mpi.robustness, profiles, "place", draws=number, se=False
        )
        for number in SCHEMES
    }
