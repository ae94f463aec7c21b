"""Combinations of deprivations as an UpSet plot.

Source: Lex, Gehlenborg, Strobelt, Vuillemot and Pfister (2014), IEEE Transactions on Visualization
and Computer Graphics 20.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc
from matplotlib.axes import Axes

from mpi import exact
from mpi.analysis.overlap import NONE, OTHER, Overlap
from mpi.assembly import NATIONAL
from mpi.report.figures.labels import Labels, Spec
from mpi.report.figures.marks import format_values, known
from mpi.report.figures.rows import number, of_type, refused
from mpi.report.figures.style import (
    BLUE,
    DARK,
    GREY,
    PALE,
    WITHHELD,
    Chart,
    chart,
    finish,
    label_rows,
    shown,
    styled,
)
from mpi.report.figures.words import Language, figure_text, percent

_HERE = "overlap"
_MOST_COLUMNS = 60


@dataclass(frozen=True, slots=True)
class _Combination:
    """A combination with its share; the sum of several without members."""

    members: frozenset[int]
    value: float
    low: float
    high: float
    is_rest: bool = False


@styled
def overlap(
    result: Overlap,
    *,
    k: object = None,
    most: int = 20,
    title: str | None = None,
    specification: Spec | None = None,
    source: str = "",
    language: Language = "en",
) -> Chart:
    """The largest combinations of deprivations, an UpSet plot.

    Parameters
    ----------
    result : Overlap
        Of `mpi.overlap`.
    k : number, optional
        Cutoff at which only the poor count; everybody counts if left out.
    most : int
        Combinations that are drawn; the others are added up.
    title, specification, source, language
        As in `by_group`.

    Returns
    -------
    Chart
        Bars of the combinations with confidence intervals; below them which deprivations they are;
        to the left how many have each.

    Raises
    ------
    EstimationError
        If there is no such cutoff, or a choice is none.

    Notes
    -----
    Combinations exclude each other: a bar is the share deprived in exactly these. The share without
    any stands in the title of the axis.

    References
    ----------
    Lex, Gehlenborg, Strobelt, Vuillemot and Pfister (2014), IEEE Transactions on Visualization and
    Computer Graphics 20.

    Examples
    --------
    >>> import mpi
    >>> frame = {"a": [1, 1, 1, 0, 0], "b": [1, 1, 0, 1, 0]}
    >>> spec = mpi.Specification.from_columns({"one": ["a"], "two": ["b"]}, cutoff="1/2")
    >>> figure = overlap(mpi.overlap(mpi.tabulate(frame, spec), se=False))
    >>> [float(bar.get_height()) for bar in figure.axes[0].patches]
    [0.4, 0.2, 0.2]
    """
    of_type(_HERE, result, overlap=Overlap)
    if not isinstance(most, int) or isinstance(most, bool) or not 1 <= most <= _MOST_COLUMNS:
        expected = f"A number of combinations from 1 to {_MOST_COLUMNS}."
        raise refused(_HERE, f"is {most!r}", expected, where="most")
    about = result.estimates.title
    labels = Labels(_HERE, language, specification, source, title, result.estimates, about=about)
    cutoff = _cutoff(result, k)
    sets = _sets(result, cutoff)
    found, none = _combinations(result, cutoff, most)
    names = [labels.part(*part) for part in sets]
    figure = chart(4.2 + 0.34 * max(len(found), 6), 3.6 + 0.27 * len(names))
    grid = figure.add_gridspec(
        2, 2, width_ratios=(1.3, max(len(found), 6) * 0.34), height_ratios=(2.2, 0.27 * len(names))
    )
    bars = figure.add_subplot(grid[0, 1])
    matrix = figure.add_subplot(grid[1, 1], sharex=bars)
    sizes = figure.add_subplot(grid[1, 0], sharey=matrix)
    _bars(bars, found, labels)
    label_rows(matrix, names, width=30)
    _matrix(matrix, found, len(names))
    _sizes(sizes, list(sets.values()), labels)
    among = labels.word("of all") if cutoff is None else labels.word("poor only", k=cutoff)
    subtitle = f"{among}. {labels.word('nothing', value=percent(none, language))}"
    bars.set_title(shown(subtitle if known(none) and cutoff is None else among, width=70))
    heading = labels.heading(labels.word("overlap"))
    described = [f"{heading}.", labels.word("overlap text"), *_words(found, names, labels)]
    caption = labels.caption(intervals=True)
    return finish(figure, heading, caption, described, result.estimates.findings)


def _cutoff(result: Overlap, k: object) -> str | None:
    if k is None:
        return None
    known_cutoffs = [c for c in pc.unique(result.combinations.to_arrow()["k"]).to_pylist() if c]
    listed = f"There are {', '.join(known_cutoffs)}."
    try:
        text = exact.text(exact.check_cutoff(k))
    except ValueError as error:
        raise refused(_HERE, str(error), listed, where="k") from None
    if text not in known_cutoffs:
        raise refused(_HERE, f"nothing was computed at {text}", listed, where="k")
    return text


def _national(table: pa.Table, cutoff: str | None) -> pa.Table:
    rows = table.filter(pc.equal(table["by"], NATIONAL))
    same = pc.is_null(rows["k"]) if cutoff is None else pc.equal(rows["k"], cutoff)
    return rows.filter(same)


def _sets(result: Overlap, cutoff: str | None) -> dict[tuple[str | None, str | None], float]:
    """Share with each deprivation: the sum over how many others go with it."""
    rows = _national(result.estimates.to_arrow(), cutoff)
    rows = rows.filter(pc.equal(rows["measure"], "with_others"))
    found: dict[tuple[str | None, str | None], float] = {}
    for row in rows.to_pylist():
        part = (row["dimension"], row["indicator"])
        found[part] = found.get(part, 0.0) + number(row["estimate"])
    return found


def _combinations(
    result: Overlap, cutoff: str | None, most: int
) -> tuple[list[_Combination], float]:
    """The largest combinations with the sum of the rest, and the share without any."""
    table = result.combinations.to_arrow()
    columns = table.column_names[table.column_names.index("n") + 1 :]
    none, rest, found = float("nan"), 0.0, []
    for row in _national(table, cutoff).to_pylist():
        value, low, high = (number(row[name]) for name in ("estimate", "ci_low", "ci_high"))
        if row["combination"] == NONE:
            none = value
        elif row["combination"] == OTHER:
            rest += value
        elif value > 0 or not known(value):
            inside = frozenset(place for place, name in enumerate(columns) if row[name])
            found.append(_Combination(inside, value, low, high))
    found.sort(key=lambda own: -own.value if known(own.value) else 1.0)
    rest += sum(own.value for own in found[most:] if known(own.value))
    shown_ones = found[:most]
    if rest > 0:
        shown_ones.append(_Combination(frozenset(), rest, float("nan"), float("nan"), is_rest=True))
    return shown_ones, none


def _bars(axes: Axes, found: Sequence[_Combination], labels: Labels) -> None:
    top = max([v for own in found for v in (own.value, own.high) if known(v)], default=1.0)
    for x, own in enumerate(found):
        if not known(own.value):
            axes.bar([x], [top], color="white", edgecolor=GREY, hatch=WITHHELD, width=0.62)
            continue
        look = {"color": "white", "edgecolor": GREY} if own.is_rest else {"color": BLUE}
        axes.bar([x], [own.value], width=0.62, **look)  # type: ignore[arg-type]
        if known(own.low) and known(own.high):
            axes.plot([x, x], [own.low, own.high], color=DARK, lw=1.1)
        text = percent(own.value, labels.language)
        height = own.high if known(own.high) else own.value
        axes.annotate(
            text, (x, height), (0, 3), textcoords="offset points", ha="center", fontsize=7
        )
    axes.set_ylim(0, 1.12 * top)
    axes.set_xlim(-0.6, max(len(found), 1) - 0.4)
    axes.tick_params(axis="x", bottom=False, labelbottom=False)
    axes.grid(axis="y")
    format_values(axes, "hd", labels.language, axis="y")
    if found and found[-1].is_rest:
        axes.annotate(
            shown(labels.word("others"), width=12), (len(found) - 1, 0), (0, -4),
            textcoords="offset points", ha="center", va="top", fontsize=7, annotation_clip=False,
        )  # fmt: skip


def _matrix(axes: Axes, found: Sequence[_Combination], rows: int) -> None:
    for y in range(0, rows, 2):
        axes.axhspan(y - 0.5, y + 0.5, color="#F4F4F4", lw=0, zorder=0)
    for x, own in enumerate(found):
        if own.is_rest:
            continue
        outside = [y for y in range(rows) if y not in own.members]
        axes.plot([x] * len(outside), outside, "o", ms=4.5, color=PALE, ls="none")
        inside = sorted(own.members)
        axes.plot([x] * len(inside), inside, "-o", ms=5.5, color=DARK, lw=1.4)
    axes.tick_params(axis="x", bottom=False, labelbottom=False)
    for side in ("left", "bottom"):
        axes.spines[side].set_visible(False)


def _sizes(axes: Axes, values: Sequence[float], labels: Labels) -> None:
    """Bars to the left, how many have each deprivation."""
    edge = max([v for v in values if known(v)], default=1.0) or 1.0
    for y, value in enumerate(values):
        axes.barh([y], [value if known(value) else 0.0], height=0.6, color=GREY)
        text = figure_text(value, "hd", labels.language) if known(value) else ""
        axes.annotate(
            text, (value if known(value) else 0.0, y), (-3, 0), textcoords="offset points",
            ha="right", va="center", fontsize=7,
        )  # fmt: skip
    axes.set_xlim(1.75 * edge, 0)
    axes.set_title(shown(labels.word("any")), fontsize=8)
    axes.tick_params(axis="both", left=False, labelleft=False, bottom=False, labelbottom=False)
    for side in ("left", "bottom"):
        axes.spines[side].set_visible(False)


def _words(found: Sequence[_Combination], names: Sequence[str], labels: Labels) -> list[str]:
    sentences = []
    for own in found:
        members = " + ".join(names[place] for place in sorted(own.members))
        if own.is_rest:
            members = labels.word("others")
        value = percent(own.value, labels.language) or labels.word("not published")
        sentences.append(f"{members}: {value}.")
    return sentences
