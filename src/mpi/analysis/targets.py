"""Targets: how far a figure is from the path to its goal, and a traffic light by a stated rule."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from mpi import exact
from mpi.analysis.series import Found, Series
from mpi.analysis.target_files import Light, Read, Target, TargetFile, read_targets
from mpi.analysis.trajectory import Course, Known, Number
from mpi.arguments import check_kinds
from mpi.contrasts import adjusted_p
from mpi.errors import Problems, TargetsError
from mpi.estimates import Estimates
from mpi.findings import Finding
from mpi.options import named
from mpi.results import Result

GREEN, YELLOW, RED = "green", "yellow", "red"
NO_ESTIMATE, NOT_ASSESSED = "no estimate", "not assessed"

# a figure and its baseline that differ by more than this are likely on two scales
_OTHER_SCALE = 50
# a progress this close below a limit is at it: both are quotients of doubles
_ROUNDING = 1e-12
_TEXTS = ("target", "measure", "dimension", "indicator", "category", "k", "group", "better", "path")
_NUMBERS = (
    *("baseline_year", "baseline", "baseline_se", "year", "estimate", "se", "df"),
    *("due", "distance", "distance_se", "distance_low", "distance_high", "p_value", "p_adjusted"),
    *("progress", "progress_se", "goal_year", "goal"),
    *("projected", "projected_se", "projected_low", "projected_high"),
    *("date", "date_low", "date_high"),
)


class Targets(Result):
    """Targets with their figures, one row a target.

    Columns are those that say what the target is (``target``, ``measure``, ``dimension``,
    ``indicator``, ``category``, ``k``, ``group``, ``better``, ``path``), ``baseline_year``,
    ``baseline``, ``baseline_se``, ``year``, ``estimate``, ``se``, ``df``, ``flag``, ``due`` (by the
    path in that year), ``distance`` (estimate less due) with standard error, limits, p-value and
    p-value adjusted by Holm's method, ``progress`` (share of the way due by then that is covered),
    ``goal_year``, ``goal`` (the next one), ``met``, ``projected`` (the trend at the goal's year),
    ``date`` (when the trend reaches the goal), and ``light``.

    Parameters
    ----------
    table : pyarrow.Table
    findings : iterable of Finding
    file : TargetFile
        The targets as they were read.
    """

    __slots__ = ("file",)

    def __init__(self, table: pa.Table, findings: Sequence[Finding], *, file: TargetFile) -> None:
        super().__init__(table, findings)
        self.file = file

    def light(self, target: str) -> str:
        """Light of a target, by what the column ``target`` calls it.

        Raises
        ------
        TargetsError
            If there is no such target.
        """
        lights = dict(zip(*(self._table[n].to_pylist() for n in ("target", "light")), strict=True))
        if target not in lights:
            problems = Problems("light", TargetsError)
            problems.add(
                "", f"there is no target {target!r}", expected=f"There are {', '.join(lights)}."
            )
            problems.raise_if_any()
        return str(lights[target])

    def _headline(self) -> str:
        lights = self._table["light"].to_pylist()
        order = (GREEN, YELLOW, RED, NOT_ASSESSED, NO_ESTIMATE)
        counts = ", ".join(f"{lights.count(name)} {name}" for name in order if name in lights)
        return f"Targets: {self.file.label()}; {counts}"

    def _preview(self) -> tuple[list[str], list[list[str]], list[str]]:
        """The dashboard: baseline, latest, due, goal, projection and light of each target."""
        right = ["baseline", "latest", "due", "p", "goal", "projected", "reached"]
        header = ["target", *right, "light"]
        return header, [_dashboard(row) for row in self._table.slice(0, 40).to_pylist()], right


def targets(
    series: object,
    file: str | os.PathLike[str] | Mapping[str, Any] | TargetFile,
    *,
    year: float | None = None,
    percent: str | Sequence[str] = (),
    level: float = 0.95,
) -> Targets:
    """Figures against the path from a baseline to a goal, with a traffic light.

    Parameters
    ----------
    series : Estimates, or table
        Estimates of one year, or a table (pandas, Polars, Arrow, mapping, path of a file) with a
        column ``measure``, one ``estimate`` or ``value``, and where they are needed ``indicator``,
        ``dimension``, ``category``, ``k``, ``year``, ``se``, ``df`` and grouping variables.
    file : path, mapping or TargetFile
        Baselines, goals and the rule of the light, a TOML file.
    year : number, optional
        Year of the figures; in a table with years the latest with a figure, for each target, if
        left out.
    percent : str or sequence of str
        Measures that the table has in percent.
    level : float
        Coverage of intervals.

    Returns
    -------
    Targets

    Raises
    ------
    TargetsError
        With every problem of the file, or of what the series lacks, and its line.

    Notes
    -----
    Baseline and estimate are taken as independent. Without a standard error of the baseline it
    counts as known. p-values are by Student's t, by the normal distribution where no degrees of
    freedom are given.

    References
    ----------
    Fieller (1954), Journal of the Royal Statistical Society B 16, for the limits of the date.

    Examples
    --------
    >>> target = {"measure": "H", "baseline": {"year": 2021, "value": "16%"}}
    >>> plan = {"id": "plan", "target": [target | {"goal": [{"year": 2026, "value": "11.5%"}]}]}
    >>> series = {"measure": ["H", "H"], "year": [2024, 2025], "value": [11.5, 9.9]}
    >>> found = targets(series, plan, percent="H").to_pandas()
    >>> found[["due", "distance", "light"]].round(4).values.tolist()
    [[0.124, -0.025, 'green']]
    """
    check_kinds(targets, locals(), error=TargetsError)
    read = read_targets(file)
    in_percent = named("targets", "percent", percent, error=TargetsError)
    _check(series, in_percent, level)
    variables = [name for target in read.file.target for name in target.group]
    rows = Series(series, variables=variables, percent=in_percent)
    _check_year(rows, year)
    problems = Problems(read.name, TargetsError)
    found: list[_Row] = []
    for number, target in enumerate(read.file.target):
        figure = rows.find(read, number, year)
        if isinstance(figure, Found):
            found.append(_Row(target, read.file, figure, level))
        else:
            problems.extend(figure)
    problems.raise_if_any()
    return Targets(_table(found), _findings(read, found), file=read.file)


def _check(series: object, percent: Sequence[str], level: object) -> None:
    problems = Problems("targets", TargetsError)
    if percent and isinstance(series, Estimates):
        found = "estimates are shares, never percent"
        problems.add("percent", found, remedy="Leave it out.")
    if not isinstance(level, (int, float)) or not 0 < level < 1:
        problems.add("level", f"{level!r} is no coverage", expected="Expected such as 0.95.")
    problems.raise_if_any()


def _check_year(rows: Series, year: object) -> None:
    problems = Problems("targets", TargetsError)
    if year is None and not rows.has_years:
        found = "the figures do not say of which year they are"
        problems.add("year", found, remedy="Give year=2025 (--year 2025).")
    elif year is not None and not _is_year(year):
        problems.add("year", f"{year!r} is no year", expected="Expected such as 2025 or 2024.5.")
    problems.raise_if_any()


def _is_year(year: object) -> bool:
    number = isinstance(year, (int, float)) and not isinstance(year, bool)
    return number and math.isfinite(year)  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True)
class _Row:
    """A target with its figure."""

    target: Target
    file: TargetFile
    figure: Found
    level: float

    @property
    def course(self) -> Course:
        """Baseline, figure and goals as numbers."""
        base = self.target.baseline
        df = math.inf if base.df is None else float(base.df)
        known = Known(base.year, base.value, 0.0 if base.se is None else base.se, df)
        goals = [(goal.year, goal.value) for goal in self.target.goal]
        compound = self.file.path_of(self.target) == "compound"
        return Course(known, self.figure.known, goals, compound, self.level)

    @property
    def defined(self) -> bool:
        """Whether there is a figure."""
        return not math.isnan(self.figure.known.value)

    @property
    def met(self) -> bool:
        """Whether the next goal is reached."""
        return _at_or_better(self.target, self.figure.known.value, self.course.next_goal[1])

    def projected(self) -> tuple[Number, bool]:
        """The projection within the range of the measure, and whether it had to be put there."""
        raw = self.course.projected()
        top = 1.0 if self.target.is_share else math.inf
        inside = math.isnan(raw.value) or 0 <= raw.value <= top
        low, value, high = (min(max(v, 0.0), top) for v in (raw.low, raw.value, raw.high))
        numbers = [math.nan if math.isnan(r) else v for r, v in _paired(raw, (low, value, high))]
        return Number(
            numbers[1], raw.se if inside else math.nan, numbers[0], numbers[2]
        ), not inside

    def light(self) -> str:
        """Traffic light by the rule of the file."""
        if not self.defined:
            return NO_ESTIMATE
        rule = self.file.light
        return self._by_test(rule) if rule.rule == "significance" else self._by_progress(rule)

    def _by_progress(self, rule: Light) -> str:
        progress = self.course.progress().value
        if math.isnan(progress):
            return GREEN if self.met else RED
        if progress >= float(rule.green) - _ROUNDING:
            return GREEN
        return YELLOW if progress >= float(rule.yellow) - _ROUNDING else RED

    def _by_test(self, rule: Light) -> str:
        course = self.course
        due, p = course.due()[0], course.p_value()
        if math.isnan(p):
            return NOT_ASSESSED
        if _at_or_better(self.target, self.figure.known.value, due):
            return GREEN
        return RED if p < 1 - float(rule.level) else YELLOW

    def values(self) -> dict[str, object]:
        """Cells of the row, without the adjusted p-value."""
        target, course, figure = self.target, self.course, self.figure
        base, known = target.baseline, figure.known
        texts: dict[str, object] = {
            "target": target.label(),
            **{n: getattr(target, n) for n in ("measure", "dimension", "indicator", "category")},
            "k": None if target.k is None else exact.text(target.k),
            "group": ", ".join(f"{n}={v}" for n, v in target.group.items()) or None,
            "better": target.better,
            "path": self.file.path_of(target),
        }
        goal_year, goal = course.next_goal
        numbers: dict[str, object] = {
            "baseline_year": base.year,
            "baseline": base.value,
            "baseline_se": base.se,
            "year": known.year,
            "estimate": known.value,
            "se": known.se,
            "df": known.df if math.isfinite(known.df) else None,
            "goal_year": goal_year,
            "goal": goal,
            "due": course.due()[0],
        }
        if self.defined:
            progress, (projected, _), date = course.progress(), self.projected(), course.date()
            numbers |= _spread("distance", course.distance()) | _spread("projected", projected)
            numbers |= {"p_value": course.p_value(), "progress": progress.value}
            numbers |= {"progress_se": progress.se, "date": date.value}
            numbers |= {"date_low": date.low, "date_high": date.high}
        met = self.met if self.defined else None
        return texts | numbers | {"flag": figure.flag, "met": met, "light": self.light()}


def _at_or_better(target: Target, value: float, mark: float) -> bool:
    return value >= mark if target.better == "higher" else value <= mark


def _paired(raw: Number, values: tuple[float, float, float]) -> list[tuple[float, float]]:
    return list(zip((raw.low, raw.value, raw.high), values, strict=True))


def _spread(name: str, number: Number) -> dict[str, object]:
    return {
        name: number.value,
        f"{name}_se": number.se,
        f"{name}_low": number.low,
        f"{name}_high": number.high,
    }


def _table(rows: Sequence[_Row]) -> pa.Table:
    cells = [row.values() for row in rows]
    p = np.array([float(c.get("p_value", math.nan)) for c in cells])  # type: ignore[arg-type]
    for cell, adjusted in zip(cells, adjusted_p(p, "holm"), strict=True):
        cell["p_adjusted"] = float(adjusted)
    columns = {n: pa.array([c[n] for c in cells], pa.string()) for n in _TEXTS}
    columns |= {n: _floats([c.get(n) for c in cells]) for n in _NUMBERS}
    columns["flag"] = pa.array([c["flag"] for c in cells], pa.string())
    columns["met"] = pa.array([c["met"] for c in cells], pa.bool_())
    columns["light"] = pa.array([c["light"] for c in cells], pa.string())
    return pa.table(columns)


def _floats(values: Sequence[object]) -> pa.Array:
    """Numbers; missing where not known or without a limit."""
    finite = [v if isinstance(v, float) and math.isfinite(v) else None for v in values]
    return pa.array(finite, pa.float64())


def _findings(read: Read, rows: Sequence[_Row]) -> list[Finding]:
    file, of = read.file, len(rows)
    found = [Finding("LIGHT_RULE", file.id, file.light.words())]
    defined = [row for row in rows if row.defined]
    passed = "the year of the last goal is over; that goal is due"
    fixed = "the baseline has no standard error and is taken as known exactly"
    bare = "the figure has no standard error, so that no distance is tested"
    beyond = "the projection leaves the range of the measure; its end is given, without an error"
    empty = "the series has a row without a figure: undefined or withheld"
    counts = {
        ("NO_ESTIMATE", empty): [row for row in rows if not row.defined],
        ("NO_STANDARD_ERROR", bare): [r for r in defined if math.isnan(r.figure.known.se)],
        ("BASELINE_KNOWN", fixed): [r for r in defined if r.target.baseline.se is None],
        ("GOAL_PASSED", passed): [r for r in rows if r.figure.known.year > r.target.goal[-1].year],
        ("PROJECTION_AT_END", beyond): [r for r in defined if r.projected()[1]],
    }
    found += [
        Finding(code, _names(those), detail, len(those), of)
        for (code, detail), those in counts.items()
        if those
    ]
    found += [_scale(row) for row in defined if _is_other_scale(row)]
    tests = sum(not math.isnan(row.course.p_value()) for row in defined)
    if tests > 1:
        detail = f"p-values are adjusted by 'holm' for a family of {tests}; lights are not by them"
        found.append(Finding("P_ADJUSTED", "p_adjusted", detail))
    return found


def _names(rows: Sequence[_Row], most: int = 3) -> str:
    names = [row.target.label() for row in rows]
    return ", ".join([*names[:most], *(["..."] if len(names) > most else [])])


def _is_other_scale(row: _Row) -> bool:
    value, base = row.figure.known.value, row.target.baseline.value
    return min(value, base) > 0 and max(value / base, base / value) >= _OTHER_SCALE


def _scale(row: _Row) -> Finding:
    value, base = row.figure.known.value, row.target.baseline.value
    detail = f"the figure is {value:.4g}, the baseline {base:.4g}: one may be percent"
    return Finding("SCALE_DOUBTFUL", row.target.label(), detail)


def _dashboard(row: Mapping[str, Any]) -> list[str]:
    """Cells of a target for a person to read."""

    def dated(name: str, year: str) -> str:
        return "" if row[name] is None else f"{row[name]:.4g} ({row[year]:g})"

    reached = "" if row["date"] is None else f"{row['date']:.1f}"
    if row["met"]:
        reached = "met"
    elif row["estimate"] is not None and row["date"] is None:
        reached = "not so"
    numbers = ["" if row[name] is None else f"{row[name]:.4g}" for name in ("due", "projected")]
    p = "" if row["p_value"] is None else f"{row['p_value']:.3f}"
    texts = [dated("baseline", "baseline_year"), dated("estimate", "year"), numbers[0], p]
    texts += [dated("goal", "goal_year"), numbers[1], reached]
    return [row["target"], *texts, row["light"]]
