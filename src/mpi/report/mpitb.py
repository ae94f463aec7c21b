"""Results in the layout of the frames of `mpitb` (Stata) and `mpitbR`, for code that reads them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Any, ClassVar

import numpy as np
import pyarrow as pa
from scipy import special

from mpi.analysis.change import OWN_COLUMNS, Changes
from mpi.arguments import check_kinds
from mpi.assembly import NATIONAL
from mpi.errors import EstimationError, Problems
from mpi.estimates import Estimates
from mpi.findings import Finding
from mpi.lookup import grouping_variables
from mpi.results import Result

_AGGREGATES = ("H", "A", "M0", "popsh")
_OF_INDICATORS = ("hd", "hdk", "actb", "pctb")
_LEVEL, _TYPES = 0, {"absolute": 1, "relative": 2}
_COLUMNS: Mapping[str, pa.DataType] = {
    "b": pa.float64(),
    "se": pa.float64(),
    "ll": pa.float64(),
    "ul": pa.float64(),
    "pval": pa.float64(),
    "tval": pa.float64(),
    "loa": pa.string(),
    "subg": pa.float64(),
    "group": pa.string(),
    "measure": pa.string(),
    "indicator": pa.string(),
    "k": pa.int64(),
    "wgts": pa.string(),
    "spec": pa.string(),
    "ctype": pa.int64(),
}
_TIMES: Mapping[str, pa.DataType] = {
    "t": pa.int64(),
    "t0": pa.int64(),
    "t1": pa.int64(),
    "yt0": pa.float64(),
    "yt1": pa.float64(),
    "ann": pa.int64(),
}
VARIABLE_LABELS: Mapping[str, str] = {
    "b": "estimate",
    "se": "standard error",
    "ll": "lower confidence limit",
    "ul": "upper confidence limit",
    "pval": "p-value of the estimate against 0",
    "tval": "estimate over its standard error",
    "loa": "level of analysis: nat, or grouping variable",
    "subg": "code of the group",
    "group": "text of the group",
    "measure": "measure",
    "indicator": "indicator",
    "k": "poverty cutoff in percent",
    "wgts": "weighting scheme",
    "spec": "specification",
    "ctype": "0 level, 1 absolute change, 2 relative change (percent)",
    "t": "wave",
    "t0": "first wave of a change",
    "t1": "last wave of a change",
    "yt0": "year of the first wave",
    "yt1": "year of the last wave",
    "ann": "1 if the change is annualised",
}


class MpitbFrame(Result):
    """Results in the layout of ``mpitb``: ``b``, ``se``, ``ll``, ``ul``, ``loa``, ``subg``, ...

    Made by `to_mpitb`. Written with `save` as ``.dta`` with labels of its variables, ``.csv`` and
    others.
    """

    __slots__ = ()

    _labels: ClassVar[Mapping[str, str]] = VARIABLE_LABELS

    def _headline(self) -> str:
        return f"Frame in the layout of mpitb: {len(self):,} rows"


def to_mpitb(*results: Estimates | Changes, weights: str = "spec") -> MpitbFrame:
    """Results in the layout of the frames of ``mpitb``, to go on with code that reads them.

    Columns are ``b``, ``se``, ``ll``, ``ul``, ``pval``, ``tval``, ``loa`` (``nat`` or the grouping
    variable), ``subg`` (its code), ``group`` (its text), ``measure``, ``indicator``, ``k`` (in
    percent, rounded down: 33 for 1/3), ``wgts``, ``spec``, ``ctype`` (0 level, 1 absolute, 2
    relative change in percent), and where there are waves ``t``, or ``t0``, ``t1``, ``yt0``,
    ``yt1`` and ``ann``.

    Parameters
    ----------
    *results : Estimates or Changes
        Estimates of one wave, or of several in order of time; and changes.
    weights : str
        Name of the weighting scheme, for ``wgts``.

    Returns
    -------
    MpitbFrame

    Raises
    ------
    EstimationError
        If there is no result, one is of another kind, two cutoffs have the same percent, or the
        policy for missing answers gives bounds.

    Notes
    -----
    ``mpitb`` has no codes for contributions of whole dimensions, categories and further measures:
    they are left out, as a finding. Standard errors of ``actb`` and ``pctb``, which ``mpitb``
    leaves empty, are given. ``N`` is the number of units in the sample, not weighted.

    References
    ----------
    Suppa (2023), mpitb: a toolbox for multidimensional poverty indices, Stata Journal 23.

    Examples
    --------
    >>> import mpi
    >>> spec = mpi.Specification.from_columns({"d": ["a"], "e": ["b"]}, cutoff="1/3")
    >>> people = {"a": [1, 0, 0], "b": [1, 1, 0], "area": [1, 1, 2]}
    >>> estimates = mpi.measure(people, spec, by="area")
    >>> frame = mpi.to_mpitb(estimates).to_pandas()
    >>> frame.query("measure == 'M0'")[["loa", "subg", "k", "b"]].values.tolist()
    [['nat', nan, 33.0, 0.5], ['area', 1.0, 33.0, 0.75], ['area', 2.0, 33.0, 0.0]]
    """
    check_kinds(to_mpitb, locals())
    _check(results)
    rows: list[dict[str, object]] = []
    left: dict[str, int] = {}
    waves = sum(isinstance(result, Estimates) for result in results)
    wave = 0
    for result in results:
        table = result.to_arrow()
        own = _Rows(table, _name(result), weights, left)
        if isinstance(result, Estimates):
            wave += 1
            times: dict[str, object] = {"t": wave} if waves > 1 else {}
            rows += [row | times for row in own.levels()]
        else:
            rows += list(own.changes())
    columns = {**_COLUMNS, **{n: t for n, t in _TIMES.items() if any(n in row for row in rows)}}
    table = pa.table({n: pa.array([row.get(n) for row in rows], t) for n, t in columns.items()})
    findings = [finding for result in results for finding in result.findings]
    if left:
        detail = f"mpitb has no code for it; left out: {', '.join(left)}"
        findings.append(Finding("NOT_IN_MPITB", "measures", detail, sum(left.values())))
    return MpitbFrame(table, findings)


def _check(results: Sequence[object]) -> None:
    problems = Problems("to_mpitb", EstimationError)
    if not results:
        problems.add("", "there is no result", remedy="Give estimates, or changes.")
    for place, result in enumerate(results, 1):
        where = f"result {place}"
        if not isinstance(result, Estimates | Changes):
            found = f"an object of type {type(result).__name__!r} has no such frame"
            problems.add(where, found, remedy="Give estimates, or changes.")
            continue
        table = result.to_arrow()
        if table["bound"].null_count < table.num_rows:
            found = "figures are bounds, which mpitb does not have"
            problems.add(where, found, remedy="Estimate under another policy for missing answers.")
        percents: dict[int, str] = {}
        for k in filter(None, table["k"].unique().to_pylist()):
            known = percents.setdefault(_percent(k), k)
            if known != k:
                found = f"the cutoffs {known} and {k} are both {_percent(k)} percent"
                problems.add(where, found, remedy="Estimate one of them at a time.")
    problems.raise_if_any()


def _percent(k: str) -> int:
    """A cutoff in whole percent, rounded down as users of ``mpitb`` do: 66 for 2/3."""
    return math.floor(100 * Fraction(k))


def _name(result: Estimates | Changes) -> str:
    origin = result.origin if isinstance(result, Estimates) else None
    return origin.specification if origin is not None else result.title.split(",")[0]


class _Rows:
    """Rows of one result in the layout of ``mpitb``."""

    def __init__(self, table: pa.Table, spec: str, weights: str, left: dict[str, int]) -> None:
        self._rows = table.to_pylist()
        self._spec, self._weights, self._left = spec, weights, left
        variables = [n for n in grouping_variables(table) if n not in OWN_COLUMNS]
        self._codes = _group_codes(self._rows, variables)

    def levels(self) -> Iterator[dict[str, object]]:
        """Rows of levels, and ``N`` of every group."""
        counted: set[object] = set()
        for row in self._known():
            about = self._about(row)
            if row["measure"] == "H" and (about["loa"], about["subg"]) not in counted:
                counted.add((about["loa"], about["subg"]))
                empty = {"measure": "N", "k": None, "wgts": None, "b": float(row["n"])}
                yield about | empty | {"ctype": _LEVEL}
            t, p = _against_zero(row["estimate"], row["se"], row["df"])
            yield about | _numbers(row, 1.0) | {"tval": t, "pval": p, "ctype": _LEVEL}

    def changes(self) -> Iterator[dict[str, object]]:
        """Rows of changes; relative ones in percent."""
        for row in self._known():
            factor = 100.0 if row["change"] == "relative" else 1.0
            yield (
                self._about(row)
                | _numbers(row, factor)
                | {
                    "tval": row["statistic"],
                    "pval": row["p_value"],
                    "ctype": _TYPES[row["change"]],
                    "t0": row["wave_0"],
                    "t1": row["wave_1"],
                    "yt0": float(row["year_0"]),
                    "yt1": float(row["year_1"]),
                    "ann": int(row["annualized"]),
                }
            )

    def _known(self) -> Iterator[dict[str, Any]]:
        """Rows whose measure has a code; others are counted."""
        for row in self._rows:
            measure, of_indicator = row["measure"], row["indicator"] is not None
            plain = measure in _AGGREGATES or (measure in _OF_INDICATORS and of_indicator)
            if plain:
                yield row
            else:
                whole = row["dimension"] is not None and not of_indicator
                name = f"{measure} of dimensions" if whole else str(measure)
                self._left[name] = self._left.get(name, 0) + 1

    def _about(self, row: Mapping[str, object]) -> dict[str, object]:
        national = row["by"] == NATIONAL
        k = row["k"]
        return {
            "loa": "nat" if national else row["by"],
            "subg": None if national else self._codes[(row["by"], row["group"])],
            "group": row["group"],
            "measure": row["measure"],
            "indicator": row["indicator"],
            "k": None if k is None else _percent(str(k)),
            "wgts": None if k is None else self._weights,
            "spec": self._spec,
        }


def _numbers(row: Mapping[str, object], factor: float) -> dict[str, object]:
    names = {"b": "estimate", "se": "se", "ll": "ci_low", "ul": "ci_high"}
    return {
        short: None if row[name] is None else factor * float(row[name])  # type: ignore[arg-type]
        for short, name in names.items()
    }


def _against_zero(
    estimate: float | None, se: float | None, df: float | None
) -> tuple[float | None, float | None]:
    """Statistic and p-value of an estimate against 0."""
    if estimate is None or not se or not df or df <= 0:
        return None, None
    t = estimate / se
    return t, float(2 * special.stdtr(df, -abs(t)))


def _group_codes(
    rows: Iterable[Mapping[str, Any]], variables: Sequence[str]
) -> dict[tuple[object, object], float]:
    """Code of each group: its value where that is a whole number, else its place from 1."""
    values: dict[object, dict[object, list[object]]] = {}
    for row in rows:
        own = [row[name] for name in variables if row[name] is not None]
        values.setdefault(row["by"], {}).setdefault(row["group"], own)
    codes: dict[tuple[object, object], float] = {}
    for by, groups in values.items():
        numbers = [_whole(own[0]) if len(own) == 1 else None for own in groups.values()]
        plain = None not in numbers and len(set(numbers)) == len(numbers)
        for place, (group, number) in enumerate(zip(groups, numbers, strict=True), 1):
            codes[(by, group)] = float(number if plain and number is not None else place)
    return codes


def _whole(value: object) -> int | None:
    """A value as a whole number; None if it is none."""
    if isinstance(value, str):
        return (
            int(value)
            if value.isdecimal() and value.isascii() and str(int(value)) == value
            else None
        )
    if isinstance(value, int | float | np.integer) and float(value).is_integer():
        return int(value)
    return None
