"""Figures of groups with their intervals, beside that of the whole population."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.axes import Axes

from mpi.assembly import NATIONAL
from mpi.estimates import Estimates
from mpi.options import named
from mpi.report.figures.labels import Labels, Spec
from mpi.report.figures.marks import absent, format_values, known, write
from mpi.report.figures.rows import (
    Cell,
    at_cutoff,
    cell_of,
    grouping,
    limited,
    of_grouping,
    of_measure,
    of_type,
    refused,
)
from mpi.report.figures.style import (
    BLUE,
    GREY,
    PALETTE,
    Chart,
    chart,
    finish,
    height_of,
    label_rows,
    shown,
    styled,
)
from mpi.report.figures.words import Language, figure_text, measure_name

_HERE = "by_group"
_MOST_PANELS = 4


@styled
def by_group(
    estimates: Estimates,
    by: str | tuple[str, ...] | None = None,
    *,
    measures: str | Sequence[str] = ("H", "M0"),
    k: object = None,
    title: str | None = None,
    specification: Spec | None = None,
    source: str = "",
    language: Language = "en",
) -> Chart:
    """Measures of every group as dots with confidence intervals, the poorest at the top.

    Parameters
    ----------
    estimates : Estimates
    by : str or tuple of str, optional
        The grouping; may be left out where there is one.
    measures : sequence of str
        One panel each, up to four; the first one sorts the groups.
    k : number, optional
        Cutoff; needed where there are several.
    title : str, optional
        Of the figure.
    specification : Specification, str or path, optional
        Whose titles are shown; found by itself where it is a bundled one.
    source : str
        Where the data come from.
    language : {"en", "es"}

    Returns
    -------
    Chart
        A `matplotlib.figure.Figure`.

    Raises
    ------
    EstimationError
        If a measure, grouping or cutoff is not there, or a choice is none.

    Notes
    -----
    The dashed line is the whole population. Dots are open where the figure is flagged as
    unreliable; what is not published is hatched.

    Examples
    --------
    >>> import mpi
    >>> people = {"a": [1, 0, 0, 1, 1, 1, 0, 1], "area": ["rural"] * 4 + ["urban"] * 4}
    >>> spec = mpi.Specification.from_columns({"d": ["a"]}, cutoff=1)
    >>> figure = by_group(mpi.measure(people, spec, by="area"))
    >>> [axes.get_title("left") for axes in figure.axes]
    ['Poor (H)', 'Adjusted headcount (M0)']
    """
    of_type(_HERE, estimates, measure=Estimates)
    labels = Labels(_HERE, language, specification, source, title, estimates)
    names = named(f"figures.{_HERE}", "measures", measures)
    if not 0 < len(names) <= _MOST_PANELS:
        found = f"{len(names)} measures are given"
        raise refused(_HERE, found, f"1 to {_MOST_PANELS} fit.", where="measures")
    table = estimates.to_arrow()
    group = grouping(_HERE, table, by)
    panels, cutoff = _panels(estimates, names, k, group)
    order = _order(panels[0])
    limited(_HERE, len(order))
    figure = chart(4.6 + 2.2 * len(names), height_of(len(order), beside=1.8))
    axes = figure.subplots(1, len(names), sharey=True, squeeze=False)[0]
    for place, (name, cells, own) in enumerate(zip(names, panels, axes, strict=True)):
        _panel(own, name, cells, order, labels, colour=PALETTE[place] if place else BLUE)
    label_rows(axes[0], [labels.group(cell.group) for cell in _sorted(panels[0], order)])
    heading = labels.word("overall") if group == NATIONAL else labels.word("by group", by=group)
    what = ", ".join(measure_name(name, language) for name in names)
    described = [labels.heading(heading) + ".", labels.word("dots", what=what, by=group)]
    for name, cells in zip(names, panels, strict=True):
        described += [f"{measure_name(name, language)}.", *_national(cells, name, labels)]
        described += labels.extremes(cells, name)
    flags = labels.flags([cell for cells in panels for cell in cells], "doubtful")
    caption = labels.caption(flags, k=cutoff, intervals=True)
    return finish(figure, labels.heading(heading), caption, described, estimates.findings)


def _panels(
    estimates: Estimates, names: Sequence[str], k: object, group: str
) -> tuple[list[list[Cell]], str | None]:
    """Figures of each measure in the same order of groups, the whole population first."""
    found: list[list[Cell]] = []
    cutoff = None
    for name in names:
        ask = f"Estimate it: estimate(measures=[..., {name!r}])."
        rows = of_measure(_HERE, estimates.to_arrow(), name, ask)
        if rows["k"].null_count < rows.num_rows:
            rows, cutoff = at_cutoff(_HERE, rows, k)
        cells = [cell_of(row) for row in of_grouping(rows, group)]
        if len({cell.group for cell in cells}) < len(cells):
            text = f"{name!r} has several figures for each group, one for each part"
            remedy = "Draw `contributions` or `headcounts`."
            raise refused(_HERE, text, remedy=remedy, where="measures")
        found.append(cells)
    return found, cutoff


def _order(cells: Sequence[Cell]) -> list[str | None]:
    """Groups from the highest figure to the lowest; those without one last."""
    groups = [cell for cell in cells if cell.group is not None] or list(cells)
    ordered = sorted(groups, key=lambda cell: (not cell.known, -cell.value if cell.known else 0.0))
    return [cell.group for cell in ordered]


def _sorted(cells: Sequence[Cell], order: Sequence[str | None]) -> list[Cell]:
    of = {cell.group: cell for cell in cells}
    return [of[group] for group in order]


def _panel(
    axes: Axes,
    measure: str,
    cells: Sequence[Cell],
    order: Sequence[str | None],
    labels: Labels,
    *,
    colour: str,
) -> None:
    """Dots and whiskers of one measure."""
    rows = _sorted(cells, order)
    national = next((cell for cell in cells if cell.group is None), None)
    highest = max([cell.value for cell in cells if cell.known], default=1.0)
    ends = [v for cell in cells for v in (cell.high, cell.value) if known(v)]
    edge = 1.3 * max([*ends, highest * 1.02, 1e-9])
    for y, cell in enumerate(rows):
        if not cell.known:
            absent(axes, y, edge, labels.value(cell, measure), withheld=cell.withheld)
            continue
        if known(cell.low) and known(cell.high):
            axes.plot([cell.low, cell.high], [y, y], color=colour, lw=1.6, solid_capstyle="butt")
        face = "white" if cell.doubtful else colour
        axes.plot([cell.value], [y], "o", ms=5, mfc=face, mec=colour, mew=1.3, ls="none")
        text = figure_text(cell.value, measure, labels.language)
        write(axes, text, edge, y)
    if national is not None and national.known and order != [None]:
        axes.axvline(national.value, color=GREY, lw=1.0, ls=(0, (4, 3)), zorder=0)
        text = f"{labels.group(None)}: {figure_text(national.value, measure, labels.language)}"
        axes.set_xlabel(shown(text), fontsize=8)
        axes.xaxis.label.set_color(GREY)
    axes.set_title(shown(measure_name(measure, labels.language), width=30, lines=2))
    axes.set_xlim(0, edge)
    axes.grid(axis="x")
    axes.tick_params(axis="y", length=0)
    format_values(axes, measure, labels.language)


def _national(cells: Sequence[Cell], measure: str, labels: Labels) -> list[str]:
    own = [cell for cell in cells if cell.group is None]
    return [f"{labels.group(None)}: {labels.value(cell, measure)}." for cell in own]
