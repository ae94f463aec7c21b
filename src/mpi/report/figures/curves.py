"""H and M0 over the cutoffs, with bands."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

import numpy as np
import pyarrow.compute as pc
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.ticker import FixedLocator
from numpy.typing import NDArray

from mpi.analysis.dominance import Dominance
from mpi.assembly import NATIONAL
from mpi.estimates import Estimates
from mpi.options import named
from mpi.report.figures.labels import Labels, Spec, level_text
from mpi.report.figures.marks import format_values
from mpi.report.figures.rows import grouping, number, of_grouping, of_measure, of_type, refused
from mpi.report.figures.style import (
    PALE,
    PALETTE,
    Chart,
    chart,
    finish,
    legend_beside,
    shown,
    styled,
)
from mpi.report.figures.words import Language, figure_text, measure_name

_HERE = "curves"
_TOGETHER = 7  # curves that can be told apart in one panel
_MOST = 200
_COLUMNS = 4
_FEW = 12  # cutoffs that are marked one by one
_LINES = ("-", "--", "-.", ":", (0, (5, 1)), (0, (3, 1, 1, 1)), (0, (1, 1)))


@dataclass(frozen=True, slots=True)
class _Curve:
    """Points of one group.

    Attributes
    ----------
    group : str or None
    k : list of Fraction
    value, low, high : NDArray[np.float64]
    """

    group: str | None
    k: list[Fraction]
    value: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]


@styled
def curves(
    result: Dominance | Estimates,
    by: str | tuple[str, ...] | None = None,
    *,
    measure: str = "H",
    groups: str | Sequence[str] | None = None,
    title: str | None = None,
    specification: Spec | None = None,
    source: str = "",
    language: Language = "en",
) -> Chart:
    """Poverty over the cutoffs with bands, one curve a group.

    Parameters
    ----------
    result : Dominance or Estimates
        Of `mpi.dominance`, whose bands hold for a whole curve at once; or estimates at several
        cutoffs, whose bands hold at each cutoff by itself.
    by : str or tuple of str, optional
        The grouping of estimates; the population alone if they have none.
    measure : {"H", "M0"}
    groups : str or sequence of str, optional
        Those that are drawn; all if left out.
    title, specification, source, language
        As in `by_group`.

    Returns
    -------
    Chart
        One panel; one for each group, with the others in grey, if there are more than seven.

    Raises
    ------
    EstimationError
        If there is a single cutoff, no such group, or too many.

    Notes
    -----
    H and M0 change at attainable scores only, so the curves of `mpi.dominance` are steps: all there
    are where it was not given cutoffs.

    Examples
    --------
    >>> import mpi
    >>> people = {"a": [1, 1, 0, 0], "b": [1, 0, 1, 0], "g": ["N", "N", "S", "S"]}
    >>> spec = mpi.Specification.from_columns({"x": ["a"], "y": ["b"]}, cutoff="1/2")
    >>> figure = curves(mpi.dominance(mpi.tabulate(people, spec, by="g"), se=False))
    >>> len(figure.axes[0].lines)
    2
    """
    of_type(_HERE, result, dominance=Dominance, measure=Estimates)
    steps = isinstance(result, Dominance)
    origin = result if isinstance(result, Estimates) else None
    about = "" if origin is not None else _about(result)
    labels = Labels(_HERE, language, specification, source, title, origin, about=about)
    found_curves = _chosen(_curves(result, by, measure), groups)
    if len(found_curves) > _MOST:
        raise refused(_HERE, f"{len(found_curves)} curves do not fit", remedy="Say groups=.")
    if len(found_curves[0].k) < 2:
        remedy = "Estimate with k=[...], or draw mpi.dominance(profiles)."
        raise refused(_HERE, "there is a single cutoff", remedy=remedy, where="k")
    draw = _together if len(found_curves) <= _TOGETHER else _apart
    figure = draw(found_curves, labels, measure, steps=steps)
    heading = labels.heading(labels.word("curves"))
    names = ", ".join(labels.group(curve.group) for curve in found_curves)
    what = measure_name(measure, language)
    described = [f"{heading}.", labels.word("curves text", what=what, groups=names)]
    described += [_words(curve, labels, measure) for curve in found_curves]
    caption = labels.caption(_band_words(result, labels))
    findings = result.pairs.findings if isinstance(result, Dominance) else result.findings
    return finish(figure, heading, caption, described, findings)


def _about(result: Dominance | Estimates) -> str:
    """What was compared, by the first line of the result."""
    return repr(result).partition("\n")[0].partition(":")[0].partition(" under ")[2]


def _band_words(result: Dominance | Estimates, labels: Labels) -> str:
    if isinstance(result, Dominance):
        empty = result.curves.to_arrow()["band_low"]
        return "" if empty.null_count == len(empty) else labels.word("bands")
    if result.source is None:
        return ""
    level = level_text(result.source.level, labels.language)
    return labels.word("pointwise", level=level)


def _curves(result: Dominance | Estimates, by: object, measure: str) -> list[_Curve]:
    """Curves of every group in the order of the result."""
    if isinstance(result, Dominance):
        table = result.curves.to_arrow()
        rows = of_measure(_HERE, table, measure, "Choose 'H' or 'M0'.").to_pylist()
        limits = ("band_low", "band_high")
    else:
        table = result.to_arrow()
        single = of_measure(_HERE, table, measure, "Choose 'H' or 'M0'.")
        if len(pc.unique(single["dimension"])) > 1 or single["k"].null_count:
            raise refused(_HERE, f"{measure!r} is no single curve", "Choose 'H', 'A' or 'M0'.")
        name = grouping(_HERE, table, by)
        every = of_grouping(single, name)
        rows = [row for row in every if name == NATIONAL or row["group"] is not None]
        limits = ("ci_low", "ci_high")
    of: dict[str | None, list[dict[str, object]]] = {}
    for row in rows:
        of.setdefault(row["group"], []).append(row)
    return [_curve(group, own, limits) for group, own in of.items()]


def _curve(group: str | None, rows: Sequence[dict[str, object]], limits: tuple[str, str]) -> _Curve:
    ordered = sorted(rows, key=lambda row: Fraction(str(row["k"])))
    numbers = (np.array([number(r[n]) for r in ordered]) for n in ("estimate", *limits))
    return _Curve(group, [Fraction(str(row["k"])) for row in ordered], *numbers)


def _chosen(found: Sequence[_Curve], groups: str | Sequence[str] | None) -> list[_Curve]:
    if groups is None:
        return list(found)
    wanted = named(f"figures.{_HERE}", "groups", groups)
    of = {curve.group: curve for curve in found}
    unknown = [name for name in wanted if name not in of]
    if unknown or not wanted:
        listed = f"Groups are {', '.join(str(name) for name in list(of)[:20])}."
        text = f"there is no group {unknown[0]!r}" if unknown else "none is named"
        raise refused(_HERE, text, listed, where="groups")
    return [of[name] for name in wanted]


def _together(found: Sequence[_Curve], labels: Labels, measure: str, *, steps: bool) -> Chart:
    """All curves in one panel."""
    figure = chart(8.2, 4.6)
    axes = figure.subplots()
    for place, curve in enumerate(found):
        _draw(axes, curve, PALETTE[place], _LINES[place], steps=steps)
    _axes(axes, labels, measure)
    axes.set_xlabel(labels.word("k axis"))
    axes.set_title(shown(measure_name(measure, labels.language), width=60, lines=2))
    lines = [Line2D([], [], color=PALETTE[p], ls=_LINES[p], lw=1.8) for p in range(len(found))]
    legend_beside(figure, lines, [labels.group(curve.group) for curve in found])
    return figure


def _apart(found: Sequence[_Curve], labels: Labels, measure: str, *, steps: bool) -> Chart:
    """A panel for each group, the others behind it."""
    rows = math.ceil(len(found) / _COLUMNS)
    figure = chart(9.2, 1.5 + 1.7 * rows)
    grid = figure.subplots(rows, _COLUMNS, sharex=True, sharey=True, squeeze=False).reshape(-1)
    for axes, curve in zip(grid, found, strict=False):
        for other in found:
            _line(axes, other, PALE, "-", 0.8, steps=steps)
        _draw(axes, curve, PALETTE[0], "-", steps=steps)
        _axes(axes, labels, measure)
        axes.set_title(shown(labels.group(curve.group), width=26, lines=2), fontsize=8.5)
    for axes in grid[len(found) :]:
        axes.set_visible(False)
    for axes in grid[max(0, len(found) - _COLUMNS) : len(found)]:
        axes.set_xlabel(labels.word("k axis"), fontsize=8)
        axes.tick_params(labelbottom=True)
    return figure


def _axes(axes: Axes, labels: Labels, measure: str) -> None:
    axes.set_xlim(0, 1)
    axes.set_ylim(bottom=0)
    axes.grid(axis="y")
    format_values(axes, measure, labels.language, axis="y")
    axes.xaxis.set_major_locator(FixedLocator([0, 1 / 3, 2 / 3, 1]))
    axes.xaxis.set_major_formatter(lambda k, _: str(Fraction(k).limit_denominator(60)))


def _line(axes: Axes, curve: _Curve, colour: str, ls: object, width: float, *, steps: bool) -> None:
    k = [float(cutoff) for cutoff in curve.k]
    style = "steps-pre" if steps else "default"
    dots = "." if len(k) <= _FEW else ""
    axes.plot(k, curve.value, color=colour, ls=ls, lw=width, drawstyle=style, marker=dots)


def _draw(axes: Axes, curve: _Curve, colour: str, ls: object, *, steps: bool) -> None:
    """A line with its band."""
    k = [float(cutoff) for cutoff in curve.k]
    if np.isfinite(curve.low).any():
        step: Literal["pre"] | None = "pre" if steps else None
        axes.fill_between(k, curve.low, curve.high, color=colour, alpha=0.18, lw=0, step=step)
    _line(axes, curve, colour, ls, 1.8, steps=steps)


def _words(curve: _Curve, labels: Labels, measure: str) -> str:
    at = [
        f"k = {cutoff}: {figure_text(float(value), measure, labels.language)}"
        for cutoff, value in zip(curve.k, curve.value, strict=True)
        if cutoff in (curve.k[0], curve.k[len(curve.k) // 2], curve.k[-1])
    ]
    return f"{labels.group(curve.group)}: {', '.join(at)}."
