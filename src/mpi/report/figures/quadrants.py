"""Two spaces: income and rights, as four quadrants."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pyarrow as pa
import pyarrow.compute as pc
from matplotlib.axes import Axes
from matplotlib.patches import Patch, Rectangle

from mpi.assembly import NATIONAL
from mpi.estimates import Estimates
from mpi.report.figures.labels import Labels, Spec
from mpi.report.figures.marks import absent, format_values, known
from mpi.report.figures.rows import (
    Cell,
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
    DARK,
    DOUBTFUL,
    GREY,
    ORANGE,
    PALE,
    VERMILION,
    WITHHELD,
    Chart,
    chart,
    finish,
    height_of,
    label_rows,
    legend_above,
    on,
    shown,
    styled,
)
from mpi.report.figures.words import Language, percent

_HERE = "quadrants"
# both, rights only, income only, neither, as the bundled specifications call them
_KNOWN = (
    ("poor", "vulnerable_by_deprivation", "vulnerable_by_income", "neither"),
    ("poor_in_both", "rights_only", "income_only", "neither"),
)
_CORNERS = ("both", "rights only", "income only", "neither")
_COLOURS = (VERMILION, ORANGE, BLUE, PALE)
# left and bottom of each quadrant: deprived to the left, income below the line at the bottom
_PLACES = ((0.0, 0.0), (0.0, 1.0), (1.0, 0.0), (1.0, 1.0))
_NARROW = 0.07
_LARGEST = 0.66  # side of the square of everybody, in quadrants; the rest is for the text

Classes = dict[str | None, list[Cell]]


@styled
def quadrants(
    estimates: Estimates,
    by: str | tuple[str, ...] | None = None,
    *,
    categories: Sequence[str] | None = None,
    title: str | None = None,
    specification: Spec | None = None,
    source: str = "",
    language: Language = "en",
) -> Chart:
    r"""Four classes by income and rights: quadrants of the population, and bars of every group.

    Parameters
    ----------
    estimates : Estimates
        With the measure `category` of a specification that has these classes.
    by : str or tuple of str, optional
        The grouping; the population alone if there is none.
    categories : sequence of four str, optional
        Ids of the classes: deprived and below the line, deprived only, below the line only,
        neither. Those of the bundled specifications are known.
    title, specification, source, language
        As in `by_group`.

    Returns
    -------
    Chart

    Raises
    ------
    EstimationError
        If there are no such classes or groups.

    Notes
    -----
    The area of a square is proportional to the share. Who has no known income is in no class, so
    the four add up to less than 1 by them.

    Examples
    --------
    >>> import mpi
    >>> people = {"a": [1, 1, 0, 0], "income": [5, 20, 5, 20]}
    >>> spec = mpi.Specification.from_columns({"rights": ["a"]}, cutoff=1).replace(
    ...     condition=[{"id": "below", "when": "income < 10"}],
    ...     category=[
    ...         {"id": "both", "when": "poor and below"},
    ...         {"id": "rights", "when": "poor and not below"},
    ...         {"id": "income", "when": "not poor and below"},
    ...         {"id": "neither", "when": "not poor and not below"},
    ...     ],
    ... )
    >>> names = ["both", "rights", "income", "neither"]
    >>> figure = quadrants(mpi.measure(people, spec, se=False), categories=names)
    >>> [text.get_text() for text in figure.axes[0].texts][0]
    'both\n25.0%'
    """
    of_type(_HERE, estimates, measure=Estimates)
    labels = Labels(_HERE, language, specification, source, title, estimates)
    table = estimates.to_arrow()
    ask = "Use a specification with such classes, such as 'uruguay-rights-2012'."
    rows = of_measure(_HERE, table, "category", ask)
    names = _names(rows, categories)
    group = NATIONAL if by is None else grouping(_HERE, table, by)
    classes = _classes(rows, names, group)
    limited(_HERE, len(classes))
    single = group == NATIONAL
    figure = chart(6.2 if single else 10.4, 5.4 if single else max(5.2, height_of(len(classes))))
    axes = figure.subplots(1, 1 if single else 2, squeeze=False)[0]
    national = classes.get(None)
    if national is not None:
        titles = [labels.category(name) for name in names]
        _squares(axes[0], national, titles, labels)
    if not single:
        _stacked(axes[1], {g: cells for g, cells in classes.items() if g is not None}, labels)
    heading = labels.heading(labels.word("quadrants"))
    described = [f"{heading}.", labels.word("quadrants text")]
    for own, cells in classes.items():
        parts = [
            f"{labels.category(name)} {labels.value(cell, 'category')}"
            for name, cell in zip(names, cells, strict=True)
        ]
        described.append(f"{labels.group(own)}: {'; '.join(parts)}.")
    flags = labels.flags([cell for cells in classes.values() for cell in cells], "dotted")
    caption = labels.caption(flags, intervals=True)
    return finish(figure, heading, caption, described, estimates.findings)


def is_known(estimates: Estimates) -> bool:
    """Whether estimates have four classes that are known to be quadrants."""
    there = set(pc.unique(estimates.to_arrow()["category"]).to_pylist())
    return any(set(names) <= there for names in _KNOWN)


def _names(rows: pa.Table, categories: object) -> tuple[str, ...]:
    """Ids of the four classes."""
    there = [str(name) for name in pc.unique(rows["category"]).to_pylist()]
    listed = f"There are {', '.join(there)}."
    if categories is None:
        for names in _KNOWN:
            if set(names) <= set(there):
                return names
        found = "which classes are the four quadrants is not known"
        remedy = "Say categories=[both, deprived only, income only, neither]."
        raise refused(_HERE, found, listed, remedy, where="categories")
    names = tuple(categories) if isinstance(categories, (list, tuple)) else ()
    wrong = [name for name in names if name not in there]
    if len(names) != 4 or len(set(map(str, names))) != 4 or wrong:
        found = f"there is no class {wrong[0]!r}" if wrong else "they are not four ids"
        raise refused(_HERE, found, listed, where="categories")
    return names


def _classes(rows: pa.Table, names: Sequence[str], group: str) -> Classes:
    """Shares of the four classes, the whole population first, groups by the first class."""
    of: dict[str | None, dict[str, Cell]] = {}
    # the classes rest on the cutoff of the specification, whatever others there are
    for row in of_grouping(rows, group):
        of.setdefault(row["group"], {})[row["category"]] = cell_of(row)
    found = {own: [cells[name] for name in names] for own, cells in of.items()}

    def key(own: str | None) -> tuple[bool, float]:
        first = found[own][0].value
        return own is not None, -first if known(first) else 1.0

    return {own: found[own] for own in sorted(found, key=key)}


def _squares(axes: Axes, cells: Sequence[Cell], titles: Sequence[str], labels: Labels) -> None:
    """A square in each quadrant whose area is the share."""
    for cell, name, colour, (left, bottom) in zip(cells, titles, _COLOURS, _PLACES, strict=True):
        side = _LARGEST * (cell.value**0.5 if cell.known else 0.5)
        hatch = DOUBTFUL if cell.doubtful else WITHHELD if not cell.known else ""
        corner = (left + 0.5 - side / 2, bottom + 0.05)
        face = colour if cell.known else "white"
        axes.add_patch(
            Rectangle(corner, side, side, facecolor=face, edgecolor=GREY, hatch=hatch, lw=0.5)
        )
        text = f"{shown(name, width=26, lines=2)}\n{shown(labels.value(cell, 'category'))}"
        place = (left + 0.5, bottom + 0.96)
        axes.annotate(text, place, ha="center", va="top", fontsize=8.5, color=DARK)
    axes.axvline(1, color=DARK, lw=1.2)
    axes.axhline(1, color=DARK, lw=1.2)
    axes.set_xlim(0, 2)
    axes.set_ylim(0, 2)
    axes.set_aspect("equal")
    axes.set_xticks([0.5, 1.5], [labels.word("deprived"), labels.word("not deprived")])
    axes.set_yticks(
        [0.5, 1.5], [labels.word("below"), labels.word("above")], rotation=90, va="center"
    )
    axes.tick_params(length=0)
    for side_ in axes.spines.values():
        side_.set_visible(True)
    axes.set_title(shown(labels.group(None), width=40, lines=2))


def _stacked(axes: Axes, classes: Mapping[str | None, Sequence[Cell]], labels: Labels) -> None:
    """Bars of the groups."""
    for y, cells in enumerate(classes.values()):
        if not all(cell.known for cell in cells):
            hidden = any(cell.withheld for cell in cells)
            key = "not published" if hidden else "not defined"
            absent(axes, y, 1.0, labels.word(key), withheld=hidden)
            continue
        left = 0.0
        for cell, colour in zip(cells, _COLOURS, strict=True):
            hatch = DOUBTFUL if cell.doubtful else ""
            axes.barh(
                [y], [cell.value], left=left, height=0.72, color=colour, edgecolor="white",
                hatch=hatch, lw=0.6,
            )  # fmt: skip
            if cell.value >= _NARROW:
                text = percent(cell.value, labels.language, digits=0)
                axes.annotate(
                    text, (left + cell.value / 2, y), ha="center", va="center", fontsize=7.5,
                    color=on(colour),
                )  # fmt: skip
            left += cell.value
    label_rows(axes, [labels.group(group) for group in classes], width=24)
    axes.set_xlim(0, 1)
    axes.set_title(" ")
    format_values(axes, "category", labels.language)
    patches = [Patch(facecolor=colour) for colour in _COLOURS]
    legend_above(axes, patches, [labels.word(corner) for corner in _CORNERS])
