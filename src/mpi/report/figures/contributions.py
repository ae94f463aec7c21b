"""What M0 is made of: contributions of dimensions or indicators, stacked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc
from matplotlib.axes import Axes
from matplotlib.patches import Patch

from mpi.estimates import Estimates
from mpi.report.figures.labels import Labels, Spec
from mpi.report.figures.marks import absent, format_values, known, write
from mpi.report.figures.rows import (
    Cell,
    at_cutoff,
    cell_of,
    grouping,
    limited,
    number,
    of_grouping,
    of_measure,
    of_type,
    one_of,
)
from mpi.report.figures.style import (
    DOUBTFUL,
    Chart,
    chart,
    finish,
    height_of,
    label_rows,
    legend_beside,
    on,
    shades,
    shown,
    styled,
)
from mpi.report.figures.words import Language, figure_text, measure_name, percent

_HERE = "contributions"
# a part narrower than this share of the axis has no room for its number
_NARROW = 0.055

Part = tuple[str, str | None]


@dataclass(frozen=True, slots=True)
class _Bar:
    """A group with its parts."""

    group: str | None
    parts: dict[Part, Cell]

    @property
    def total(self) -> float:
        """Sum of the parts; NaN if one is missing."""
        return sum(cell.value for cell in self.parts.values())

    @property
    def withheld(self) -> bool:
        """Whether a part is not published."""
        return any(cell.withheld for cell in self.parts.values())


@styled
def contributions(  # noqa: PLR0913 -- each is one choice of the analyst
    estimates: Estimates,
    by: str | tuple[str, ...] | None = None,
    *,
    of: str = "dimensions",
    share: bool = False,
    k: object = None,
    title: str | None = None,
    specification: Spec | None = None,
    source: str = "",
    language: Language = "en",
) -> Chart:
    """Contributions to M0, stacked, for the whole population and every group.

    Parameters
    ----------
    estimates : Estimates
    by : str or tuple of str, optional
        The grouping; may be left out where there is one.
    of : {"dimensions", "indicators"}
        What is stacked; a union dimension counts as a whole.
    share : bool
        Whether the parts are shares of M0 (`pctb`, which add up to 1) instead of M0 itself
        (`actb`).
    k, title, specification, source, language
        As in `by_group`.

    Returns
    -------
    Chart

    Raises
    ------
    EstimationError
        If contributions were not estimated, or a grouping, cutoff or choice is none.

    Notes
    -----
    A dimension has a colour, and its indicators shades of it. Groups are sorted by M0.

    Examples
    --------
    >>> import mpi
    >>> people = {"a": [1, 0, 0, 1], "b": [1, 1, 0, 0], "area": ["r", "r", "u", "u"]}
    >>> spec = mpi.Specification.from_columns({"one": ["a"], "two": ["b"]}, cutoff="1/2")
    >>> figure = contributions(mpi.measure(people, spec, by="area"))
    >>> [text.get_text() for text in figure.legends[0].get_texts()]
    ['one', 'two']
    """
    of_type(_HERE, estimates, measure=Estimates)
    one_of(_HERE, "of", of, ("dimensions", "indicators"))
    labels = Labels(_HERE, language, specification, source, title, estimates)
    measure = "pctb" if share else "actb"
    table = estimates.to_arrow()
    ask = f"Estimate it: estimate(measures=[..., {measure!r}])."
    rows, cutoff = at_cutoff(_HERE, of_measure(_HERE, table, measure, ask), k)
    group = grouping(_HERE, table, by)
    parts = _parts(rows, of)
    bars = _ordered(_bars(rows, group, parts), _totals(table, group, cutoff))
    limited(_HERE, len(bars))
    figure = chart(9.2, height_of(len(bars)))
    axes = figure.subplots()
    colours = _colours(parts)
    edge = 1.0 if share else 1.12 * max([b.total for b in bars if known(b.total)], default=1.0)
    edge = max(edge, 1e-9)
    for y, bar in enumerate(bars):
        if known(bar.total):
            _stack(axes, y, bar, colours, share=share, edge=edge, language=language)
        else:
            key = "not published" if bar.withheld else "not defined"
            absent(axes, y, edge, labels.word(key), withheld=bar.withheld)
    label_rows(axes, [labels.group(bar.group) for bar in bars])
    axes.set_xlim(0, edge)
    axes.set_title(shown(measure_name("pctb" if share else "M0", language), width=60, lines=2))
    format_values(axes, measure, language)
    names = [labels.part(*part) for part in parts]
    looks = [colours[part] for part in parts]
    patches = [Patch(facecolor=own, edgecolor="white", hatch=hatch) for own, hatch in looks]
    legend_beside(figure, patches, names)
    heading = labels.heading(labels.word("contributions"))
    what = labels.word("stacked", what=measure_name(measure, language), parts=labels.word(of))
    described = [f"{heading}.", what, *_words(bars, labels, measure)]
    flags = labels.flags([cell for bar in bars for cell in bar.parts.values()], "dotted")
    caption = labels.caption(flags, k=cutoff)
    return finish(figure, heading, caption, described, estimates.findings)


def _stack(
    axes: Axes,
    y: float,
    bar: _Bar,
    colours: Mapping[Part, tuple[str, str]],
    *,
    share: bool,
    edge: float,
    language: Language,
) -> None:
    """The parts of a group side by side, with their shares or their sum."""
    left = 0.0
    for part, cell in bar.parts.items():
        colour, hatch = colours[part]
        look = {"color": colour, "edgecolor": "white", "lw": 0.6}
        hatch = DOUBTFUL if cell.doubtful else hatch
        axes.barh([y], [cell.value], left=left, height=0.7, hatch=hatch, **look)  # type: ignore[arg-type]
        if share and cell.value >= _NARROW * edge:
            text, place = percent(cell.value, language, digits=0), (left + cell.value / 2, y)
            axes.annotate(text, place, ha="center", va="center", fontsize=7.5, color=on(colour))
        left += cell.value
    if not share:
        write(axes, figure_text(bar.total, "M0", language), edge, y)


def _parts(rows: pa.Table, of: str) -> list[Part]:
    """Dimensions, or indicators with union dimensions as a whole, in the order of the estimates."""
    pairs = zip(rows["dimension"].to_pylist(), rows["indicator"].to_pylist(), strict=True)
    found = list(dict.fromkeys(pairs))
    if of == "dimensions":
        return [part for part in found if part[1] is None]
    split = {dimension for dimension, indicator in found if indicator is not None}
    order = list(dict.fromkeys(dimension for dimension, _ in found))
    kept = [p for p in found if p[1] is not None or p[0] not in split]
    return sorted(kept, key=lambda part: order.index(part[0]))


def _bars(rows: pa.Table, group: str, parts: Sequence[Part]) -> list[_Bar]:
    found: dict[str | None, dict[Part, Cell]] = {}
    for row in of_grouping(rows, group):
        found.setdefault(row["group"], {})[row["dimension"], row["indicator"]] = cell_of(row)
    return [_Bar(own, {part: cells[part] for part in parts}) for own, cells in found.items()]


def _totals(table: pa.Table, group: str, cutoff: str | None) -> dict[str | None, float]:
    """M0 by group, which sorts them."""
    rows = table.filter(pc.and_(pc.equal(table["measure"], "M0"), pc.equal(table["k"], cutoff)))
    return {row["group"]: number(row["estimate"]) for row in of_grouping(rows, group)}


def _ordered(bars: Sequence[_Bar], totals: dict[str | None, float]) -> list[_Bar]:
    """The whole population, then groups by M0 from the highest."""

    def key(bar: _Bar) -> tuple[bool, bool, float]:
        total = totals.get(bar.group, bar.total)
        return bar.group is not None, not known(total), -total if known(total) else 0.0

    return sorted(bars, key=key)


def _colours(parts: Sequence[Part]) -> dict[Part, tuple[str, str]]:
    """A colour for each dimension, and shades of it for its indicators."""
    families: dict[str, list[Part]] = {}
    for part in parts:
        families.setdefault(part[0], []).append(part)
    made = shades([len(own) for own in families.values()])
    return {
        part: look
        for own, looks in zip(families.values(), made, strict=True)
        for part, look in zip(own, looks, strict=True)
    }


def _words(bars: Sequence[_Bar], labels: Labels, measure: str) -> list[str]:
    """The parts of the whole population, and which groups are not published."""
    sentences = []
    for bar in bars:
        if bar.group is None and known(bar.total):
            parts = [
                f"{labels.part(*part)} {labels.value(cell, measure)}"
                for part, cell in bar.parts.items()
            ]
            sentences.append(f"{labels.group(None)}: {', '.join(parts)}.")
    hidden = [labels.group(bar.group) for bar in bars if bar.withheld]
    if hidden:
        sentences.append(labels.word("none published", groups=", ".join(hidden)))
    count = sum(bar.group is not None for bar in bars)
    return [*sentences, labels.word("groups", n=count)] if count else sentences
