"""Changes between two waves as arrows, coloured by what is significant."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from mpi.analysis.change import Changes
from mpi.report.figures.labels import Labels, Spec, level_text
from mpi.report.figures.marks import absent, format_values, known, write
from mpi.report.figures.rows import (
    at_cutoff,
    grouping,
    limited,
    number,
    of_grouping,
    of_measure,
    of_type,
    refused,
)
from mpi.report.figures.style import (
    BLUE,
    GREY,
    VERMILION,
    Chart,
    chart,
    finish,
    height_of,
    label_rows,
    legend_above,
    shown,
    styled,
)
from mpi.report.figures.words import Language, figure_text, is_share, measure_name
from mpi.report.figures.words import number as written

_HERE = "changes"
_COLOURS = {"fell": BLUE, "rose": VERMILION, "unchanged": GREY}


@dataclass(frozen=True, slots=True)
class _Arrow:
    """Change of one group."""

    group: str | None
    start: float
    end: float
    change: float
    low: float
    high: float
    p: float
    level: float

    @property
    def known(self) -> bool:
        """Whether both figures are there."""
        return known(self.change)

    @property
    def kind(self) -> str:
        """Whether it is a significant fall or rise."""
        if not (known(self.p) and self.p < 1 - self.level):
            return "unchanged"
        return "fell" if self.change < 0 else "rose"


@styled
def changes(  # noqa: PLR0913 -- each is one choice of the analyst
    result: Changes,
    by: str | tuple[str, ...] | None = None,
    *,
    measure: str = "H",
    k: object = None,
    waves: tuple[int, int] | None = None,
    level: float = 0.95,
    title: str | None = None,
    specification: Spec | None = None,
    source: str = "",
    language: Language = "en",
) -> Chart:
    """Change of a measure between two waves, one arrow a group.

    Parameters
    ----------
    result : Changes
        Of `mpi.change`; after `Changes.adjust` its adjusted p-values decide.
    by : str or tuple of str, optional
        The grouping; may be left out where there is one.
    measure : str
    k : number, optional
        Cutoff; needed where there are several.
    waves : (int, int), optional
        Numbers of the waves, such as ``(1, 2)``; needed where there are several pairs.
    level : float
        A change is significant if its p-value is below one less this.
    title, specification, source, language
        As in `by_group`.

    Returns
    -------
    Chart

    Raises
    ------
    EstimationError
        If there is no such measure, grouping, cutoff or pair, or a choice is none.

    Notes
    -----
    Significant falls are blue, significant rises vermilion, all others grey and dashed; beside an
    arrow stand the change, with a star if it is significant, and its confidence interval.

    Examples
    --------
    >>> import mpi
    >>> spec = mpi.Specification.from_columns({"d": ["a"]}, cutoff=1)
    >>> waves = [{"a": [1, 1, 0, 1], "psu": [1, 2, 3, 4]}, {"a": [0, 1, 0, 1], "psu": [5, 6, 7, 8]}]
    >>> found = [mpi.measure(mpi.Survey(wave, psu="psu"), spec) for wave in waves]
    >>> figure = changes(mpi.change(*found, years=[2018, 2022]))
    >>> figure.axes[0].texts[-1].get_text()
    '−25.0 pp (−118.4 to +68.4)'
    """
    of_type(_HERE, result, change=Changes)
    _check_level(level)
    labels = Labels(_HERE, language, specification, source, title, about=result.title)
    table = result.to_arrow()
    rows, cutoff = at_cutoff(_HERE, of_measure(_HERE, table, measure, "Compute its change."), k)
    if len(pc.unique(rows["dimension"])) > 1 or len(pc.unique(rows["indicator"])) > 1:
        expected = "Choose such as 'H', 'A' or 'M0'."
        raise refused(_HERE, f"{measure!r} has a figure for each part", expected, where="measure")
    rows, years = _pair(rows, waves)
    group = grouping(_HERE, table, by)
    found = [_arrow(row, level) for row in of_grouping(rows, group)]
    arrows = sorted(found, key=_place)
    limited(_HERE, len(arrows))
    figure = chart(8.2, height_of(len(arrows)))
    axes = figure.subplots()
    values = [v for arrow in arrows for v in (arrow.start, arrow.end) if known(v)]
    edge = 1.55 * max([*values, 1e-9])
    for y, arrow in enumerate(arrows):
        _draw(axes, y, arrow, edge, measure, labels)
    label_rows(axes, [labels.group(arrow.group) for arrow in arrows])
    axes.set_xlim(min(0.0, *values, 0.0), edge)
    axes.grid(axis="x")
    axes.set_title(shown(measure_name(measure, language), width=60, lines=2))
    format_values(axes, measure, language)
    legend_above(axes, _legend(), [labels.word(kind) for kind in _COLOURS])
    first, second = (f"{year:g}" for year in years)
    heading = labels.heading(labels.word("changes", first=first, second=second))
    adjusted = "p_adjusted" in table.column_names
    stars = labels.word(
        "significant",
        level=level_text(1 - level, language),
        adjusted=labels.word("adjusted" if adjusted else "unadjusted"),
    )
    what = measure_name(measure, language)
    described = [f"{heading}.", labels.word("changes text", first=first, second=second, what=what)]
    described += [_counts(arrows, labels), *(_words(a, measure, labels) for a in arrows)]
    return finish(figure, heading, labels.caption(stars, k=cutoff), described, result.findings)


def _check_level(level: object) -> None:
    if not isinstance(level, (int, float)) or not 0 < level < 1:
        raise refused(_HERE, f"{level!r} is no level", "Expected such as 0.95.", where="level")


def _pair(rows: pa.Table, waves: object) -> tuple[pa.Table, tuple[float, float]]:
    """Absolute changes of one pair of waves, not by year, and its years."""
    rows = rows.filter(pc.and_(pc.equal(rows["change"], "absolute"), pc.invert(rows["annualized"])))
    pairs = zip(rows["wave_0"].to_pylist(), rows["wave_1"].to_pylist(), strict=True)
    known_pairs = list(dict.fromkeys(pairs))
    listed = f"There are {', '.join(map(str, known_pairs))}."
    if waves is None and len(known_pairs) > 1:
        raise refused(_HERE, f"there are {len(known_pairs)} pairs of waves", listed, "Say waves=.")
    chosen: Any = known_pairs[0] if waves is None else waves
    if not isinstance(chosen, (tuple, list)) or tuple(chosen) not in known_pairs:
        raise refused(_HERE, f"there is no pair of waves {chosen!r}", listed, where="waves")
    first, second = known_pairs[known_pairs.index(tuple(chosen))]
    rows = rows.filter(pc.and_(pc.equal(rows["wave_0"], first), pc.equal(rows["wave_1"], second)))
    return rows, (float(rows["year_0"][0].as_py()), float(rows["year_1"][0].as_py()))


def _arrow(row: Mapping[str, Any], level: float) -> _Arrow:
    p = row["p_adjusted"] if "p_adjusted" in row else row["p_value"]
    start, end, change = (number(row[n]) for n in ("estimate_0", "estimate_1", "estimate"))
    low, high = number(row["ci_low"]), number(row["ci_high"])
    return _Arrow(row["group"], start, end, change, low, high, number(p), level)


def _place(arrow: _Arrow) -> tuple[bool, bool, float]:
    """The whole population first, then by the change, the largest fall at the top."""
    return arrow.group is not None, not arrow.known, arrow.change if arrow.known else 0.0


def _draw(axes: Axes, y: float, arrow: _Arrow, edge: float, measure: str, labels: Labels) -> None:
    if not arrow.known:
        absent(axes, y, edge, labels.word("not published"), withheld=True)
        return
    colour = _COLOURS[arrow.kind]
    axes.plot([arrow.start], [y], "o", ms=4, mfc="white", mec=colour, ls="none")
    look = "-" if arrow.kind != "unchanged" else (0, (3, 2))
    axes.plot([arrow.start, arrow.end], [y, y], color=colour, lw=1.7, ls=look)
    # the head alone, so that it is not dashed
    near = arrow.end - 0.02 * (arrow.end - arrow.start)
    head = {"arrowstyle": "-|>", "color": colour, "lw": 1.2, "shrinkA": 0, "shrinkB": 0}
    if arrow.end != arrow.start:
        axes.annotate("", (arrow.end, y), (near, y), arrowprops=head)
    write(axes, _change_text(arrow, measure, labels), edge, y)


def _change_text(arrow: _Arrow, measure: str, labels: Labels) -> str:
    star = "*" if arrow.kind != "unchanged" else ""
    scale, digits = (100, 1) if is_share(measure) else (1, 3)
    value, low, high = (
        written(scale * v, labels.language, digits=digits, sign=True)
        for v in (arrow.change, arrow.low, arrow.high)
    )
    text = labels.word("points", value=value) if is_share(measure) else value
    limits = f" ({labels.word('to', low=low, high=high)})" if low and high else ""
    return f"{text}{star}{limits}"


def _legend() -> list[Line2D]:
    return [
        Line2D([], [], color=colour, lw=1.7, ls="-" if kind != "unchanged" else (0, (3, 2)))
        for kind, colour in _COLOURS.items()
    ]


def _counts(arrows: Sequence[_Arrow], labels: Labels) -> str:
    kinds = [arrow.kind for arrow in arrows if arrow.group is not None]
    if not kinds:
        return ""
    counts = {kind: kinds.count(kind) for kind in ("fell", "rose")}
    return labels.word("counts", **counts, rest=kinds.count("unchanged"))


def _words(arrow: _Arrow, measure: str, labels: Labels) -> str:
    name = labels.group(arrow.group)
    if not arrow.known:
        return f"{name}: {labels.word('not published')}."
    ends = [figure_text(v, measure, labels.language) for v in (arrow.start, arrow.end)]
    said = labels.word("to", low=ends[0], high=ends[1])
    return f"{name}: {said}, {_change_text(arrow, measure, labels)}."
