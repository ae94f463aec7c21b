"""Censored against uncensored headcounts of the indicators."""

from __future__ import annotations

from collections.abc import Mapping

import pyarrow as pa
from matplotlib.axes import Axes

from mpi.estimates import Estimates
from mpi.report.figures.labels import Labels, Spec
from mpi.report.figures.marks import absent, format_values, known, marker
from mpi.report.figures.rows import (
    Cell,
    at_cutoff,
    cell_of,
    limited,
    of_group,
    of_measure,
    of_type,
)
from mpi.report.figures.style import (
    BLUE,
    ORANGE,
    Chart,
    chart,
    finish,
    height_of,
    label_rows,
    legend_above,
    shown,
    styled,
)
from mpi.report.figures.words import Language, measure_name

_HERE = "headcounts"
_APART = 0.16  # of the two dots of an indicator from the middle of its row

Part = tuple[str, str | None]


@styled
def headcounts(
    estimates: Estimates,
    group: Mapping[str, object] | None = None,
    *,
    k: object = None,
    title: str | None = None,
    specification: Spec | None = None,
    source: str = "",
    language: Language = "en",
) -> Chart:
    """Shares deprived in each indicator, of everybody and of the poor, the largest at the top.

    Parameters
    ----------
    estimates : Estimates
    group : mapping of variable to value, optional
        Such as ``{"area": "rural"}``; the whole population if left out.
    k, title, specification, source, language
        As in `by_group`.

    Returns
    -------
    Chart

    Raises
    ------
    EstimationError
        If `hd` or `hdk` was not estimated, or a group, cutoff or choice is none.

    Examples
    --------
    >>> import mpi
    >>> people = {"a": [1, 0, 0, 1], "b": [1, 1, 1, 0]}
    >>> spec = mpi.Specification.from_columns({"one": ["a"], "two": ["b"]}, cutoff=1)
    >>> figure = headcounts(mpi.measure(people, spec))
    >>> [label.get_text() for label in figure.axes[0].get_yticklabels()]
    ['b', 'a']
    """
    of_type(_HERE, estimates, measure=Estimates)
    labels = Labels(_HERE, language, specification, source, title, estimates)
    table = estimates.to_arrow()
    rows = {name: of_measure(_HERE, table, name, _ask(name)) for name in ("hd", "hdk")}
    rows["hdk"], cutoff = at_cutoff(_HERE, rows["hdk"], k)
    every, poor = (_cells(of_group(_HERE, own, group)) for own in rows.values())
    order = _order(every)
    limited(_HERE, len(order))
    figure = chart(8.2, height_of(len(order)))
    axes = figure.subplots()
    both = [every[part] for part in order], [poor[part] for part in order]
    ends = [v for own in both for cell in own for v in (cell.value, cell.high) if known(v)]
    edge = max([1.08 * max(ends, default=1.0), 1e-9])
    for y, (all_of_them, of_poor) in enumerate(zip(*both, strict=True)):
        _dot(axes, y - _APART, all_of_them, ORANGE, "D", labels, edge)
        _dot(axes, y + _APART, of_poor, BLUE, "o", labels, edge)
    names = [labels.part(*part) for part in order]
    label_rows(axes, names, width=40)
    axes.set_xlim(0, edge)
    axes.grid(axis="x")
    whose = ", ".join(f"{name} = {value}" for name, value in (group or {}).items())
    axes.set_title(shown(whose or labels.group(None), width=60, lines=2))
    format_values(axes, "hd", language)
    legend = [measure_name(name, language) for name in ("hd", "hdk")]
    legend_above(axes, [marker(ORANGE, shape="D"), marker(BLUE)], legend)
    heading = labels.heading(labels.word("headcounts"))
    pairs = [
        f"{name}: {labels.value(a, 'hd')}; {labels.value(b, 'hdk')}."
        for name, a, b in zip(names, *both, strict=True)
    ]
    flags = labels.flags([*both[0], *both[1]], "doubtful")
    caption = labels.caption(flags, k=cutoff, intervals=True)
    described = [f"{heading} ({whose or labels.group(None)}).", labels.word("headcounts text")]
    return finish(figure, heading, caption, [*described, *pairs], estimates.findings)


def _ask(measure: str) -> str:
    return f"Estimate it: estimate(measures=[..., {measure!r}])."


def _cells(rows: pa.Table) -> dict[Part, Cell]:
    """Figures by indicator; by dimension if there are no indicators."""
    found = {(row["dimension"], row["indicator"]): cell_of(row) for row in rows.to_pylist()}
    single = {part: cell for part, cell in found.items() if part[1] is not None}
    return single or found


def _order(cells: Mapping[Part, Cell]) -> list[Part]:
    """From the largest to the smallest, those without a figure last."""
    return sorted(cells, key=lambda p: -cells[p].value if cells[p].known else 1.0)


def _dot(
    axes: Axes, y: float, cell: Cell, colour: str, shape: str, labels: Labels, edge: float
) -> None:
    if not cell.known:
        absent(axes, y, edge, labels.value(cell, "hd"), withheld=cell.withheld)
        return
    if known(cell.low) and known(cell.high):
        axes.plot([cell.low, cell.high], [y, y], color=colour, lw=1.5, solid_capstyle="butt")
    face = "white" if cell.doubtful else colour
    axes.plot([cell.value], [y], shape, ms=5, mfc=face, mec=colour, mew=1.2, ls="none")
