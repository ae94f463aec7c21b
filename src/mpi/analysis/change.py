"""Change over time: any two waves, every measure and group, with errors that know the samples."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise
from typing import Literal, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from scipy import special

from mpi.analysis.waves import check_waves, years_of
from mpi.arguments import check_kinds
from mpi.assembly import ABOUT, NUMBERS
from mpi.contrasts import adjusted_p
from mpi.errors import EstimationError, Problem, Problems
from mpi.estimates import Estimates
from mpi.findings import Finding
from mpi.inference.interval import quantile
from mpi.inference.variance import Cells, degrees_of_freedom, pair_moments
from mpi.lookup import check_variables, grouping_variables
from mpi.options import Adjustment, unknown_options
from mpi.pooling import Pool, Samples, pool
from mpi.results import Result, whole_numbers

Pairs: TypeAlias = Literal["successive", "total", "all"]
Reference: TypeAlias = Literal["t", "normal"]
RelativeInterval: TypeAlias = Literal["log", "wald"]
Floats: TypeAlias = NDArray[np.float64]

_FORMS = (("absolute", False), ("absolute", True), ("relative", False), ("relative", True))
# columns of changes beside those of `Estimates`; no grouping variable has their names
OWN_COLUMNS = (
    *("change", "annualized", "wave_0", "wave_1", "year_0", "year_1", "estimate_0", "estimate_1"),
    *("statistic", "p_value", "p_adjusted"),
)
_AT_ONCE = 1 << 22  # linearised values in memory at a time, 32 MB


class Changes(Result):
    """Changes between waves, one row a figure, pair of waves and form.

    Columns are those that say what a figure is, as in `Estimates`; ``change`` (``absolute``, or
    ``relative`` in shares of the first figure), ``annualized``, ``wave_0``, ``wave_1``, ``year_0``,
    ``year_1``, ``estimate_0``, ``estimate_1``, ``estimate``, ``se``, ``ci_low``, ``ci_high``,
    ``df``, ``statistic`` and ``p_value``, and ``p_adjusted`` after `adjust`.

    Parameters
    ----------
    table : pyarrow.Table
    findings : iterable of Finding
    title : str
        Specification, policy, unit and samples in one line.
    """

    __slots__ = ("title",)

    def __init__(self, table: pa.Table, findings: Iterable[Finding], *, title: str) -> None:
        super().__init__(table, findings)
        self.title = title

    def select(self, *measures: str) -> Changes:
        """The rows of some measures."""
        known = self._table["measure"].unique().to_pylist()
        problems = [
            Problem(
                "", f"the change of {name!r} was not computed", f"There are {', '.join(known)}."
            )
            for name in measures
            if name not in known
        ]
        if problems:
            raise EstimationError("measure", problems)
        kept = pc.is_in(self._table["measure"], pa.array(measures))
        return Changes(self._table.filter(kept), self.findings, title=self.title)

    def adjust(self, method: Adjustment = "holm") -> Changes:
        """The same with p-values adjusted for the number of rows of each form and pair of waves.

        Parameters
        ----------
        method : {"holm", "bonferroni", "benjamini-hochberg"}

        References
        ----------
        Holm (1979), Scandinavian Journal of Statistics 6.
        """
        check_kinds(Changes.adjust, locals())
        problems = list(unknown_options(method=(method, Adjustment)))
        if problems:
            raise EstimationError("adjust", problems)
        names = ("change", "annualized", "wave_0", "wave_1")
        keys = list(zip(*(self._table[name].to_pylist() for name in names), strict=True))
        p = self._table["p_value"].to_numpy()
        found = np.full(p.size, np.nan)
        family = {key: place for place, key in enumerate(dict.fromkeys(keys))}
        which = np.array([family[key] for key in keys], dtype=np.int64)
        for place in range(len(family)):
            found[which == place] = adjusted_p(p[which == place], method)
        table = self._table
        if "p_adjusted" in table.column_names:
            table = table.drop_columns(["p_adjusted"])
        table = table.append_column("p_adjusted", pa.array(found, mask=np.isnan(found)))
        detail = f"p-values are adjusted by {method!r}, each form and pair of waves a family"
        findings = [*self.findings, Finding("P_ADJUSTED", "p_adjusted", detail, count=p.size)]
        return Changes(table, findings, title=self.title)

    def _headline(self) -> str:
        return f"Changes: {self.title}; {len(self):,} rows"


def change(
    *waves: Estimates,
    samples: Samples | None = None,
    years: Sequence[float] | None = None,
    pairs: Pairs = "successive",
    reference: Reference = "t",
    interval: RelativeInterval = "log",
    other_specification: bool = False,
) -> Changes:
    """Changes of every figure between waves.

    Parameters
    ----------
    *waves : Estimates
        Of two or more surveys, in order of time.
    samples : {"independent", "overlapping"}, optional
        Whether the samples share PSUs, as in `pool`. It has to be said where ids are equal; where
        none is, the samples are taken as independent.
    years : sequence of float, optional
        Year of each wave, such as 2017.5; from the dates of the surveys if left out.
    pairs : {"successive", "total", "all"}
        Which waves are compared: each with the next, the first with the last, or any two.
    reference : {"t", "normal"}
        Distribution that limits and p-values come from.
    interval : {"log", "wald"}
        Limits of relative changes: symmetric on the scale of logarithms, or symmetric.
    other_specification : bool
        Whether waves of different specifications may be compared.

    Returns
    -------
    Changes

    Raises
    ------
    EstimationError
        If there is a single wave, waves differ in specification or choices, years are not known or
        not ascending, or PSUs have equal ids and nothing says what that means; all problems at
        once.

    Notes
    -----
    With a and b the figures of the two waves, r = b / a and T the years between them: absolute
    b - a, relative r - 1; annualised (b - a) / T and r^(1/T) - 1 (compound). Errors follow from the
    variances and the covariance of a and b by the derivatives; the later figure varies too.
    Relative changes of a figure of 0 are missing; of one that falls to 0 they are -1, and the error
    of the annualised one does not exist.

    References
    ----------
    Alkire, Roche and Vaz (2017), World Development 94; Alkire et al. (2015), Multidimensional
    Poverty Measurement and Analysis, chapter 9.

    Examples
    --------
    >>> import mpi
    >>> spec = mpi.Specification.from_columns({"d": ["a"]}, cutoff=1)
    >>> waves = [{"a": [1, 1, 0, 1], "psu": [1, 2, 3, 4]}, {"a": [0, 1, 0, 1], "psu": [5, 6, 7, 8]}]
    >>> found = [mpi.measure(mpi.Survey(wave, psu="psu"), spec) for wave in waves]
    >>> table = mpi.change(*found, years=[2018, 2022]).select("H").to_pandas()
    >>> table[["change", "annualized", "estimate", "se"]].round(4).to_dict("records")[0]
    {'change': 'absolute', 'annualized': False, 'estimate': -0.25, 'se': 0.3819}
    """
    check_kinds(change, locals())
    problems = Problems("change", EstimationError)
    problems.extend(
        unknown_options(
            pairs=(pairs, Pairs),
            reference=(reference, Reference),
            interval=(interval, RelativeInterval),
        )
    )
    check_waves(waves, samples, problems, other_specification=other_specification)
    times = years_of(waves, years, problems)
    for wave in waves:
        check_variables(grouping_variables(wave.to_arrow()), OWN_COLUMNS, problems)
    problems.raise_if_any()
    chosen: Samples = "independent" if samples is None else samples
    findings = [finding for wave in waves for finding in wave.findings]
    if samples is None:
        detail = "no two waves have PSUs with equal ids; they are taken as independent samples"
        findings.append(Finding("SAMPLES_INDEPENDENT", "samples", detail))
    pooled = pool(*waves, samples=chosen)
    numbers = range(len(waves))
    every = {
        "successive": list(pairwise(numbers)),
        "total": [(0, len(waves) - 1)],
        "all": list(combinations(numbers, 2)),
    }
    tables = []
    for a, b in every[pairs]:
        made = _Pair(pooled[a], pooled[b], (a, b), (times[a], times[b]))
        findings += made.findings
        tables += made.tables(reference, interval)
    title = f"{waves[0].title}; {chosen} samples"
    table = whole_numbers(pa.concat_tables(tables), "df", "year_0", "year_1")
    return Changes(table, dict.fromkeys(findings), title=title)


@dataclass(frozen=True, slots=True)
class _Matched:
    """Figures that both waves have, by the places of their rows."""

    first: NDArray[np.int64]
    second: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class _Form:
    """A form of change: its values, and its derivatives by both figures."""

    value: Floats
    a: Floats
    b: Floats
    years: float
    annualized: bool


@dataclass(frozen=True, slots=True)
class _Moments:
    """Variances of the figures of two waves, and their covariances."""

    first: Floats
    second: Floats
    across: Floats


class _Pair:
    """Changes from one wave to a later one."""

    def __init__(
        self,
        first: Estimates,
        second: Estimates,
        numbers: tuple[int, int],
        years: tuple[float, float],
    ) -> None:
        self._waves, self._numbers, self._years = (first, second), numbers, years
        self._tables = (first.to_arrow(), second.to_arrow())
        self.findings: list[Finding] = []
        self._matched = self._match()

    def _match(self) -> _Matched:
        """Rows of the same figure in both; groups that only one has are a finding."""
        names = [n for n in self._tables[0].column_names if n not in (*NUMBERS, "flag", "group")]
        keys = []
        for table in self._tables:
            columns = [
                table[n].to_pylist() if n in table.column_names else [None] * table.num_rows
                for n in names
            ]
            keys.append(list(zip(*columns, strict=True)))
        place = {key: row for row, key in enumerate(keys[1])}
        both = [(row, place[key]) for row, key in enumerate(keys[0]) if key in place]
        self._report(names, keys)
        rows = np.array(both, dtype=np.int64).reshape(-1, 2)
        return _Matched(rows[:, 0], rows[:, 1])

    def _report(self, names: Sequence[str], keys: Sequence[Sequence[tuple[object, ...]]]) -> None:
        known = set(ABOUT)
        of = [place for place, name in enumerate(names) if name not in known]
        groups = [{tuple(key[place] for place in of) for key in own} for own in keys]
        for number, (one, other) in enumerate(((0, 1), (1, 0))):
            alone = groups[one] - groups[other]
            if alone:
                shown = [", ".join(str(v) for v in g[1:] if v is not None) for g in alone]
                listed = ", ".join(sorted(shown)[:5])
                detail = f"groups that the other wave does not have have no change: {listed}"
                where = f"wave {self._numbers[number] + 1}"
                finding = Finding("GROUP_IN_ONE_WAVE", where, detail, len(alone), len(groups[one]))
                self.findings.append(finding)

    def tables(self, reference: Reference, interval: RelativeInterval) -> list[pa.Table]:
        """Rows of each form of change."""
        rows = self._matched
        a, b = (
            table["estimate"].to_numpy()[own]
            for table, own in zip(self._tables, (rows.first, rows.second), strict=True)
        )
        moments, df = self._moments()
        made = []
        for kind, annualized in _FORMS:
            span = self._years[1] - self._years[0] if annualized else None
            form = _form(kind, a, b, span)
            made.append(self._table(kind, (a, b), form, moments, df, (reference, interval)))
        return made

    def _moments(self) -> tuple[_Moments, Floats]:
        """Variances of both figures and their covariance, and degrees of freedom, of each row."""
        rows = self._matched
        source = self._waves[0].source
        assert isinstance(source, Pool)  # noqa: S101 -- the waves are pooled
        se, df = (
            [
                table[name].to_pandas().to_numpy(dtype=np.float64, na_value=np.nan)[own]
                for table, own in zip(self._tables, (rows.first, rows.second), strict=True)
            ]
            for name in ("se", "df")
        )
        if source.together is None:
            return _Moments(se[0] ** 2, se[1] ** 2, np.zeros(se[0].size)), df[0] + df[1]
        numbers = [
            wave.rows[own] for wave, own in zip(self._waves, (rows.first, rows.second), strict=True)
        ]
        sample, lonely = source.together.sample, source.together.source.lonely
        count = rows.first.size
        found, free = np.empty((3, count)), np.empty(count)
        for part in np.array_split(np.arange(count), 1 + count * sample.size // _AT_ONCE):
            u, v = (source.linear(own[part].tolist()) for own in numbers)
            found[:, part] = pair_moments(u, v, sample, lonely=lonely)
            figure, unit = np.nonzero(((u != 0) | (v != 0)).T)
            cells = Cells(figure, unit, part.size)
            free[part] = degrees_of_freedom(cells, sample, source.sources[0].rule)
        # figures without any deviation rest on units all the same
        return _Moments(*found), np.fmax(free, np.fmax(df[0], df[1]))

    def _table(
        self,
        kind: str,
        figures: tuple[Floats, Floats],
        form: _Form,
        moments: _Moments,
        df: Floats,
        choices: tuple[Reference, RelativeInterval],
    ) -> pa.Table:
        va, vb, cab = moments.first, moments.second, moments.across
        with np.errstate(invalid="ignore", over="ignore"):
            variance = form.a**2 * va + form.b**2 * vb + 2 * form.a * form.b * cab
            se = np.sqrt(np.maximum(variance, 0.0))
        undefined = np.isnan(form.value)
        se = np.where(undefined | np.isnan(va) | np.isnan(vb), np.nan, se)
        free = np.full(df.size, np.inf) if choices[0] == "normal" else df
        level = self._level
        t = _quantile(free, level)
        low, high, statistic = _limits(kind, form, se, t, choices[1])
        with np.errstate(invalid="ignore"):
            tail = special.ndtr(-np.abs(statistic))
            p = 2 * np.where(np.isinf(free), tail, special.stdtr(free, -np.abs(statistic)))
        p = np.where(free > 0, p, np.nan)
        columns = self._about(kind, form)
        numbers = {
            "estimate_0": figures[0],
            "estimate_1": figures[1],
            "estimate": form.value,
            "se": se,
            "ci_low": low,
            "ci_high": high,
            "df": np.where(np.isnan(se) | np.isinf(free), np.nan, free),
            "statistic": statistic,
            "p_value": p,
        }
        columns |= {n: pa.array(v, mask=np.isnan(v)) for n, v in numbers.items()}
        return pa.table(columns)

    @property
    def _level(self) -> float:
        source = self._waves[0].source
        assert source is not None  # noqa: S101 -- the waves are pooled
        return source.level

    def _about(self, kind: str, form: _Form) -> dict[str, pa.Array]:
        """Columns that say what a row is."""
        table, rows = self._tables[0], pa.array(self._matched.first)
        names = [n for n in table.column_names if n not in (*NUMBERS, "flag")]
        n = len(rows)
        columns: dict[str, pa.Array] = {name: table[name].take(rows) for name in names}
        columns["change"] = pa.array([kind] * n, pa.string())
        columns["annualized"] = pa.array([form.annualized] * n, pa.bool_())
        for place in (0, 1):
            columns[f"wave_{place}"] = pa.array([self._numbers[place] + 1] * n, pa.int64())
        for place in (0, 1):
            columns[f"year_{place}"] = pa.array([self._years[place]] * n, pa.float64())
        return columns


def _form(kind: str, a: Floats, b: Floats, span: float | None) -> _Form:
    """A form of change with its derivatives; `span` is in years, None where not annualised."""
    annualized, years = span is not None, 1.0 if span is None else span
    if kind == "absolute":
        one = np.full(a.size, 1 / years)
        return _Form((b - a) / years, -one, one, years, annualized)
    with np.errstate(divide="ignore", invalid="ignore"):
        r = np.where(a > 0, b / a, np.nan)
        value = r ** (1 / years) - 1
        # the derivative of r^(1/T) at 0 is infinite unless T is 1
        slope = np.where((r > 0) | (years == 1), r ** (1 / years - 1) / years, np.nan)
        return _Form(value, -slope * r / a, slope / a, years, annualized)


def _limits(
    kind: str, form: _Form, se: Floats, t: Floats, interval: RelativeInterval
) -> tuple[Floats, Floats, Floats]:
    """Limits, and the distance from no change in standard errors."""
    with np.errstate(divide="ignore", invalid="ignore"):
        if kind == "absolute" or interval == "wald":
            statistic = np.where(se > 0, form.value / se, np.nan)
            return form.value - t * se, form.value + t * se, statistic
        ratio = 1 + form.value
        error = np.where(ratio > 0, se / ratio, np.nan)
        half = t * error
        statistic = np.where(error > 0, np.log(ratio) / error, np.nan)
        return ratio * np.exp(-half) - 1, ratio * np.exp(half) - 1, statistic


def _quantile(df: Floats, level: float) -> Floats:
    """Two-sided quantile of Student's t; of the normal distribution for infinite degrees."""
    normal = float(special.ndtri(0.5 + level / 2))
    found: Floats = np.where(np.isinf(df), normal, quantile(np.where(np.isinf(df), 1.0, df), level))
    return found
