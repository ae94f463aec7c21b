"""From matrices of figures to tidy rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from mpi.core.measures import SHARES, Statistic
from mpi.findings import Finding
from mpi.inference.errors import Errors

ABOUT = ("measure", "dimension", "indicator", "category", "k", "bound")
# columns beside those of the grouping variables
NUMBERS = ("estimate", "se", "ci_low", "ci_high", "cv", "df", "deff", "n", "n_psu")
SPECIFICATION = "specification"  # of files
NATIONAL = "national"  # what the whole population is called in the column `by`
COLUMNS = (SPECIFICATION, "by", "group", *ABOUT, *NUMBERS, "flag")


@dataclass(frozen=True, slots=True)
class GroupRows:
    """Estimates of one grouping.

    Attributes
    ----------
    by : str
        Name of the grouping.
    variables : tuple of str
        Its variables.
    labels : sequence of tuple
        Values of the variables for each of the g groups.
    texts : sequence of str or None
        Text of each group.
    estimates : NDArray[np.float64], shape (g, q)
    n : NDArray[np.int64], shape (g, q)
    errors : Errors or None
    """

    by: str
    variables: tuple[str, ...]
    labels: Sequence[tuple[object, ...]]
    texts: Sequence[str | None]
    estimates: NDArray[np.float64]
    n: NDArray[np.int64]
    errors: Errors | None


def assemble(
    parts: Sequence[GroupRows],
    statistics: Sequence[Statistic],
    variables: Mapping[str, pa.DataType],
) -> pa.Table:
    """Tidy rows from matrices of estimates.

    Parameters
    ----------
    parts : sequence of GroupRows
        One per grouping, in order.
    statistics : sequence of Statistic
        What the q columns of the estimates are.
    variables : mapping of name to Arrow type
        Grouping variables.
    """
    rows = [len(part.labels) for part in parts]
    repeat = len(statistics)
    columns: dict[str, pa.Array] = {}
    columns["by"] = _repeated([part.by for part in parts], rows, repeat)
    texts = [text for part in parts for text in part.texts]
    columns["group"] = _each(pa.array(texts, pa.string()), repeat)
    for name, kind in variables.items():
        values = [
            dict(zip(part.variables, label, strict=True)).get(name)
            for part in parts
            for label in part.labels
        ]
        columns[name] = _each(pa.array(values, kind), repeat)
    total = sum(rows)
    for name in ABOUT:
        about = [getattr(statistic, name) for statistic in statistics]
        texts = [str(v) if isinstance(v, Fraction) else v for v in about]
        columns[name] = _cycled(pa.array(texts, pa.string()), total)
    columns |= _numbers(parts)
    columns["flag"] = pa.nulls(total * repeat, pa.string())
    return pa.table(columns)


def _numbers(parts: Sequence[GroupRows]) -> dict[str, pa.Array]:
    """Columns of the figures and of their uncertainty."""
    estimates = np.concatenate([part.estimates for part in parts]).reshape(-1)
    n = np.concatenate([part.n for part in parts]).reshape(-1)
    errors = [part.errors for part in parts if part.errors is not None]
    if len(errors) < len(parts):
        nothing = pa.nulls(estimates.size, pa.float64())
        none = pa.nulls(estimates.size, pa.int64())
        found = dict.fromkeys(NUMBERS, nothing) | {"df": none, "n_psu": none}
    else:
        joined = {
            name: np.concatenate([getattr(part, name) for part in errors]).reshape(-1)
            for name in ("se", "low", "high", "deff", "df", "n_psu")
        }
        se, known = joined["se"], ~np.isnan(joined["se"])
        positive = known & (estimates > 0)
        cv = np.divide(se, estimates, out=np.full(se.size, np.nan), where=positive)
        found = {
            "se": _floats(se),
            "ci_low": _floats(joined["low"]),
            "ci_high": _floats(joined["high"]),
            "cv": _floats(cv),
            "df": pa.array(joined["df"], mask=~known),
            "deff": _floats(joined["deff"]),
            "n_psu": pa.array(joined["n_psu"], mask=joined["n_psu"] < 0),
        }
    return {name: found.get(name) for name in NUMBERS} | {
        "estimate": _floats(estimates),
        "n": pa.array(n),
    }


def interval_findings(table: pa.Table) -> list[Finding]:
    """Which figures have no interval, or one that rests on an assumption."""
    numbers = {n: table[n].cast(pa.float64()).to_numpy() for n in ("estimate", "se", "df")}
    low, high = (table[name].to_numpy() for name in ("ci_low", "ci_high"))
    known, free = ~np.isnan(numbers["se"]), numbers["df"] > 0
    at_end = (numbers["estimate"] == 0) | (numbers["estimate"] == 1)
    shares = pc.is_in(table["measure"], pa.array(SHARES)).to_numpy()
    # the share of the whole population in itself is 1, and no estimate
    ranged = pc.not_equal(table["measure"], "popsh").to_numpy()
    details = {
        "INTERVAL_ASSUMED": (
            at_end & shares & (low < high),
            "shares of 0 or 1: their interval assumes the whole population's design effect, or 1",
        ),
        "NO_INTERVAL": (
            known & free & np.isnan(low) & ranged,
            "no interval: at the end of its range, or nobody in the sample differs",
        ),
        "NO_DEGREES_OF_FREEDOM": (
            known & ~free,
            "no interval: no degrees of freedom, as many strata as PSUs",
        ),
    }
    return [
        Finding(code, "figures", detail, int(rows.sum()), table.num_rows)
        for code, (rows, detail) in details.items()
        if rows.any()
    ]


def _floats(values: NDArray[np.float64]) -> pa.Array:
    return pa.array(values, mask=np.isnan(values))


def _each(values: pa.Array, repeat: int) -> pa.Array:
    return values.take(pa.array(np.repeat(np.arange(len(values)), repeat)))


def _cycled(values: pa.Array, times: int) -> pa.Array:
    return values.take(pa.array(np.tile(np.arange(len(values)), times)))


def _repeated(texts: Sequence[str], rows: Sequence[int], repeat: int) -> pa.Array:
    which = np.repeat(np.arange(len(texts)), np.array(rows) * repeat)
    return pa.array(texts, pa.string()).take(pa.array(which))
