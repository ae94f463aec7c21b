"""Estimates: a tidy table of measures by group."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from mpi.contrasts import Contrast, Source
from mpi.core.measures import Statistic
from mpi.display import visible
from mpi.errors import EstimationError, Problem, Problems, nearest
from mpi.exact import check_cutoff, text
from mpi.findings import Finding
from mpi.inference.errors import Errors
from mpi.results import Result

NATIONAL = "national"
_MOST_GROUPS = 8  # that a message lists
_ABOUT = ("measure", "dimension", "indicator", "category", "k", "bound")
# columns beside those of the grouping variables
_NUMBERS = ("estimate", "se", "ci_low", "ci_high", "cv", "df", "n", "n_psu")
_ROW = "#row"
COLUMNS = ("by", "group", *_ABOUT, *_NUMBERS)


@dataclass(frozen=True, slots=True)
class Estimate:
    """One figure.

    Attributes
    ----------
    about : dict
        Columns of its row that say what it is, such as ``measure``, ``k`` and the group.
    estimate : float
        The figure; shares are in [0, 1]. NaN where it is undefined.
    n : int
        Persons (or households) in the sample on which it rests.
    se, ci_low, ci_high : float
        Standard error and limits of the confidence interval; NaN where there is none.
    df : int or None
        Degrees of freedom.

    Notes
    -----
    ``a - b`` and ``a / b`` of figures of the same sample are a `Contrast`: its standard error rests
    on their covariance, never on the two standard errors.
    """

    about: Mapping[str, object]
    estimate: float
    n: int
    se: float = float("nan")
    ci_low: float = float("nan")
    ci_high: float = float("nan")
    df: int | None = None
    row: int = field(default=-1, repr=False, compare=False)
    source: Source | None = field(default=None, repr=False, compare=False)

    def __sub__(self, other: Estimate) -> Contrast:
        source = self._shared(other)
        value = self.estimate - other.estimate
        return source.contrast(value, [self.row, other.row], [1.0, -1.0])

    def __truediv__(self, other: Estimate) -> Contrast:
        source = self._shared(other)
        if not other.estimate > 0:
            raise EstimationError("ratio", [Problem("", "the second figure is not positive")])
        ratio = self.estimate / other.estimate
        derivatives = [1 / other.estimate, -ratio / other.estimate]
        return source.contrast(ratio, [self.row, other.row], derivatives)

    def _shared(self, other: Estimate) -> Source:
        """The one source of two figures."""
        if self.source is None or other.source is None:
            found = "a figure has no standard error: no PSUs are declared, or none was asked for"
            raise EstimationError("contrast", [Problem("", found)])
        if self.source is not other.source:
            found = "the figures are of different calls of estimate()"
            remedy = "Take both from one: covariances between samples are not there yet."
            raise EstimationError("contrast", [Problem("", found, remedy=remedy)])
        return self.source

    def __float__(self) -> float:
        return self.estimate

    def __repr__(self) -> str:
        words = ", ".join(f"{k}={v}" for k, v in self.about.items() if v is not None)
        error = "" if math.isnan(self.se) else f", se {self.se:.6f}"
        return f"{self.estimate:.6f}{error} ({visible(words)}; n={self.n:,})"


class Estimates(Result):
    """Measures by group, one row a figure.

    Columns are ``by`` (``national`` or the grouping variables), ``group`` (text of the group, null
    for the whole population), one column per grouping variable, ``measure``, ``dimension``,
    ``indicator``, ``category``, ``k`` (exact text), ``bound``, ``estimate``, ``se``, ``ci_low``,
    ``ci_high``, ``cv``, ``df``, ``n`` and ``n_psu``. Those of uncertainty are missing where no PSUs
    are declared, or where they were not asked for.

    Parameters
    ----------
    table : pyarrow.Table
        Rows in this shape.
    findings : iterable of Finding
        What the user should know.
    title : str
        Specification, policy and unit in one line.
    source : Source, optional
        What the covariance of the figures comes from.
    rows : NDArray[np.int64], optional
        Number of each row among all figures of the source.
    """

    __slots__ = ("_rows", "_source", "title")

    def __init__(
        self,
        table: pa.Table,
        findings: Iterable[Finding],
        *,
        title: str,
        source: Source | None = None,
        rows: NDArray[np.int64] | None = None,
    ) -> None:
        super().__init__(table, findings)
        self.title = title
        self._source = source
        self._rows = np.arange(table.num_rows) if rows is None else rows

    def covariance(self, figures: Sequence[Estimate]) -> NDArray[np.float64]:
        """Covariance matrix of figures that `get` gave, shape (q, q).

        Raises
        ------
        EstimationError
            If they have no standard errors, or are of other estimates.
        """
        if not figures:
            raise EstimationError("covariance", [Problem("", "no figure is given")])
        source = figures[0]._shared(figures[-1])  # noqa: SLF001 -- the same module
        for figure in figures:
            figures[0]._shared(figure)  # noqa: SLF001
        return source.covariance([figure.row for figure in figures])

    def get(
        self,
        measure: str,
        *,
        k: object = None,
        dimension: str | None = None,
        indicator: str | None = None,
        category: str | int | None = None,
        bound: str | None = None,
        **group: object,
    ) -> Estimate:
        """The one figure that fits.

        Parameters
        ----------
        measure : str
            Code such as ``H``, ``A``, ``M0``, ``hd``, ``hdk``.
        k : number, optional
            Cutoff; needed where the estimates have several.
        dimension, indicator, category, bound : str, optional
            As in the columns.
        **group : values
            Value or label of every grouping variable; none for the whole population.

        Returns
        -------
        Estimate

        Raises
        ------
        EstimationError
            If no row, or more than one, fits.
        """
        rows = self._fitting(measure, k, group)
        if dimension is None and indicator is not None:
            rows = rows.filter(pc.equal(rows["indicator"], indicator))
        else:
            rows = _where(rows, "indicator", indicator)
            rows = _where(rows, "dimension", dimension)
        name = None if category is None else str(category)
        rows = _where(_where(rows, "category", name), "bound", bound)
        if rows.num_rows != 1:
            raise self._no_single_row(rows, measure)
        row = rows.to_pylist()[0]
        place = row.pop(_ROW)
        numbers = {name: row.pop(name) for name in _NUMBERS}
        estimate, se, low, high = (
            float("nan") if numbers[name] is None else float(numbers[name])
            for name in ("estimate", "se", "ci_low", "ci_high")
        )
        n, df = numbers["n"], numbers["df"]
        return Estimate(row, estimate, n, se, low, high, df, place, self._source)

    def select(self, *measures: str) -> Estimates:
        """The rows of some measures."""
        known = pc.unique(self._table["measure"]).to_pylist()
        problems = [
            Problem(
                "", f"{measure!r} was not estimated", _there_are(known), nearest(measure, known)
            )
            for measure in dict.fromkeys(measures)
            if measure not in known
        ]
        if not measures:
            problems = [Problem("", "none is named", _there_are(known))]
        if problems:
            raise EstimationError("measure", problems)
        chosen = pc.is_in(self._table["measure"], pa.array(measures))
        rows = self._rows[chosen.to_numpy()]
        table = self._table.filter(chosen)
        return Estimates(table, self.findings, title=self.title, source=self._source, rows=rows)

    def _fitting(self, measure: str, k: object, group: Mapping[str, object]) -> pa.Table:
        table = self._table.append_column(_ROW, pa.array(self._rows))
        names = self._grouping_variables()
        problems = Problems("get", EstimationError)
        for name in group:
            if name not in names:
                by = f"Results are by {', '.join([NATIONAL, *names])}."
                found = f"{name!r} is no grouping variable"
                problems.add("", found, expected=by, remedy=nearest(name, names))
        rows = table.filter(pc.equal(table["measure"], str(measure)))
        try:
            if k is not None:
                rows = rows.filter(pc.equal(rows["k"], _cutoff(k)))
        except ValueError as error:
            problems.add("k", str(error))
        problems.raise_if_any()
        for name in names:
            if name in group:
                rows = rows.filter(pa.array(_same(rows, name, group[name]), pa.bool_()))
            else:
                rows = rows.filter(pc.is_null(rows[name]))
        return rows

    def _grouping_variables(self) -> list[str]:
        return [name for name in self._table.column_names if name not in COLUMNS]

    def _no_single_row(self, rows: pa.Table, measure: str) -> EstimationError:
        if rows.num_rows:
            names = ("by", *self._grouping_variables(), *_ABOUT)
            differ = [name for name in names if len(pc.unique(rows[name])) > 1]
            found = f"{rows.num_rows} rows fit {measure!r}; they differ in {', '.join(differ)}"
            return EstimationError("get", [Problem("", found, "Say which.")])
        known = pc.unique(self._table["measure"]).to_pylist()
        if measure not in known:
            found = f"{measure!r} was not estimated"
            return EstimationError(
                "get", [Problem("", found, _there_are(known), nearest(measure, known))]
            )
        cutoffs = ", ".join(c for c in pc.unique(self._table["k"]).to_pylist() if c is not None)
        found = f"no row fits {measure!r} with these values; cutoffs are {cutoffs}"
        groups = [g for g in pc.unique(self._table["group"]).to_pylist() if g is not None]
        listed = ", ".join(
            [*groups[:_MOST_GROUPS], *(["..."] if len(groups) > _MOST_GROUPS else [])]
        )
        expected = f"Groups are {listed}." if groups else "There are no groups."
        own = self._table.filter(pc.equal(self._table["measure"], measure))
        parts = [name for name in pc.unique(own["indicator"]).to_pylist() if name is not None]
        if parts:
            dimensions = ", ".join(d for d in pc.unique(own["dimension"]).to_pylist() if d)
            expected += f" Indicators are {', '.join(parts)}; dimensions are {dimensions}."
        return EstimationError("get", [Problem("", found, expected)])

    def _headline(self) -> str:
        groups = len(pc.unique(self._table["group"])) if len(self) else 0
        return f"Estimates: {self.title}; {len(self):,} rows, {groups} groups with the whole"


def _there_are(measures: Sequence[str]) -> str:
    return f"There are {', '.join(measures)}."


def _cutoff(k: object) -> str:
    """Exact text of a cutoff, as in the column k."""
    try:
        return text(check_cutoff(k))
    except ValueError as error:
        raise EstimationError("k", [Problem("", str(error))]) from None


def _where(rows: pa.Table, column: str, value: object) -> pa.Table:
    if value is None:
        return rows.filter(pc.is_null(rows[column]))
    return rows.filter(pc.equal(rows[column], value))


def _same(rows: pa.Table, name: str, value: object) -> list[bool]:
    """Rows whose group is `value`, by its value or, with one variable, by its label."""
    values, labels = rows[name].to_pylist(), rows["group"].to_pylist()
    single = [by == name for by in rows["by"].to_pylist()]
    text = str(value)
    return [
        v is not None and (v == value or str(v) == text or (only and label == text))
        for v, label, only in zip(values, labels, single, strict=True)
    ]


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
    for name in _ABOUT:
        about = [getattr(statistic, name) for statistic in statistics]
        texts = [str(v) if isinstance(v, Fraction) else v for v in about]
        columns[name] = _cycled(pa.array(texts, pa.string()), total)
    columns |= _numbers(parts)
    return pa.table(columns)


def _numbers(parts: Sequence[GroupRows]) -> dict[str, pa.Array]:
    """Columns of the figures and of their uncertainty."""
    estimates = np.concatenate([part.estimates for part in parts]).reshape(-1)
    n = np.concatenate([part.n for part in parts]).reshape(-1)
    errors = [part.errors for part in parts if part.errors is not None]
    if len(errors) < len(parts):
        nothing = pa.nulls(estimates.size, pa.float64())
        none = pa.nulls(estimates.size, pa.int64())
        found = dict.fromkeys(_NUMBERS, nothing) | {"df": none, "n_psu": none}
    else:
        joined = {
            name: np.concatenate([getattr(part, name) for part in errors]).reshape(-1)
            for name in ("se", "low", "high", "df", "n_psu")
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
            "n_psu": pa.array(joined["n_psu"]),
        }
    return {name: found.get(name) for name in _NUMBERS} | {
        "estimate": _floats(estimates),
        "n": pa.array(n),
    }


def _floats(values: NDArray[np.float64]) -> pa.Array:
    return pa.array(values, mask=np.isnan(values))


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


def _each(values: pa.Array, repeat: int) -> pa.Array:
    return values.take(pa.array(np.repeat(np.arange(len(values)), repeat)))


def _cycled(values: pa.Array, times: int) -> pa.Array:
    return values.take(pa.array(np.tile(np.arange(len(values)), times)))


def _repeated(texts: Sequence[str], rows: Sequence[int], repeat: int) -> pa.Array:
    which = np.repeat(np.arange(len(texts)), np.array(rows) * repeat)
    return pa.array(texts, pa.string()).take(pa.array(which))
