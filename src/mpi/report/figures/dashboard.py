"""Targets of a plan: how much of the way is covered, and the light of each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from mpi import exact
from mpi.analysis.target_files import Light, Target
from mpi.analysis.targets import Targets
from mpi.report.figures.labels import Labels, level_text
from mpi.report.figures.marks import known, marker, write
from mpi.report.figures.rows import limited, number, of_type
from mpi.report.figures.style import (
    BLACK,
    DARK,
    GREEN,
    GREY,
    ORANGE,
    VERMILION,
    WITHHELD,
    Chart,
    chart,
    finish,
    height_of,
    label_rows,
    legend_above,
    shown,
    styled,
)
from mpi.report.figures.words import Language, figure_text, percent

_HERE = "targets"
# shape and colour, and a word beside them, so that no light rests on colour alone
_LIGHTS = {
    "green": ("o", GREEN),
    "yellow": ("^", ORANGE),
    "red": ("s", VERMILION),
    "not assessed": ("D", GREY),
    "no estimate": ("D", GREY),
}
_FROM, _TO = -0.35, 1.45  # of the axis; what lies beyond is drawn at its end
_ROOM = 1.75  # for the words to the right


@styled
def targets(
    result: Targets,
    *,
    title: str | None = None,
    source: str = "",
    language: Language = "en",
) -> Chart:
    """Every target on the way from its baseline to its goal, with its light.

    Parameters
    ----------
    result : Targets
        Of `mpi.targets`.
    title, source, language
        As in `by_group`.

    Returns
    -------
    Chart

    Raises
    ------
    EstimationError
        If it is something else.

    Notes
    -----
    0 % is the baseline and 100 % the next goal, whatever the unit. The tick is what the path asks
    for in the year of the figure, the line the interval of the distance from it, the open diamond
    where the trend leads. What lies beyond the axis is drawn at its end.

    Examples
    --------
    >>> import mpi
    >>> target = {"measure": "H", "baseline": {"year": 2021, "value": "16%"}}
    >>> plan = {"id": "plan", "target": [target | {"goal": [{"year": 2026, "value": "11%"}]}]}
    >>> series = {"measure": ["H"], "year": [2025], "value": [0.12]}
    >>> figure = targets(mpi.targets(series, plan))
    >>> figure.axes[0].get_yticklabels()[0].get_text()
    'H'
    """
    of_type(_HERE, result, targets=Targets)
    labels = Labels(_HERE, language, None, source, title)
    rows = result.to_arrow().to_pylist()
    limited(_HERE, len(rows))
    figure = chart(10.0, height_of(2 * len(rows)))
    axes = figure.subplots()
    axes.axvspan(1, _TO, color="#F2F2F2", lw=0, zorder=0)
    axes.axvline(0, color=GREY, lw=0.9)
    axes.axvline(1, color=GREY, lw=0.9)
    plan = result.file.target
    kinds = [_kind(target) for target in plan]
    for y, (row, kind) in enumerate(zip(rows, kinds, strict=True)):
        _row(axes, y, row, kind, labels)
    names = [_name(target, language) for target in plan]
    label_rows(axes, names, width=28, lines=3)
    axes.set_xlim(_FROM - 0.05, _ROOM)
    axes.set_xticks([0, 0.25, 0.5, 0.75, 1])
    axes.xaxis.set_major_formatter(lambda x, _: percent(x, language, digits=0))
    axes.set_title(shown(labels.word("way"), width=60, lines=2))
    handles = [
        marker(DARK),
        Line2D([], [], color=BLACK, marker="|", ms=11, mew=1.6, ls="none"),
        Line2D([], [], color=DARK, lw=1.6),
        marker(GREY, face="white", shape="D"),
    ]
    words = [labels.word(name) for name in ("latest", "due", "distance", "projected")]
    legend_above(axes, handles, words)
    heading = labels.heading(labels.word("targets", plan=result.file.label(language)))
    described = [f"{heading}.", labels.word("targets text", n=len(rows))]
    described += [
        f"{name}: {labels.word(row['light'])}; {_values(row, kind, labels)}."
        for name, row, kind in zip(names, rows, kinds, strict=True)
    ]
    caption = labels.caption(_rule(result.file.light, labels))
    return finish(figure, heading, caption, described, result.findings)


def _name(target: Target, language: Language) -> str:
    """Title of a target in a language; else what the result calls it."""
    titles = target.title if isinstance(target.title, dict) else {}
    return titles.get(language) or target.label()


def _kind(target: Target) -> str:
    """The measure as whose figures those of a target are written: shares in percent."""
    plain = target.measure in ("M0", "M1", "M2", "actb") or not target.is_share
    return "M0" if plain else "H"


def _rule(light: Light, labels: Labels) -> str:
    """The rule of the lights."""
    if light.rule == "significance":
        level = level_text(1 - float(light.level), labels.language)
        return labels.word("significance rule", level=level)
    shares = {"green": exact.text(light.green), "yellow": exact.text(light.yellow)}
    return labels.word("progress rule", **shares)


def _row(axes: Axes, y: float, row: Mapping[str, Any], kind: str, labels: Labels) -> None:
    shape, colour = _LIGHTS[row["light"]]
    start, goal = row["baseline"], row["goal"]
    axes.plot([1.5], [y - 0.18], shape, color=colour, ms=8, ls="none")
    axes.annotate(
        shown(labels.word(row["light"])), (1.5, y - 0.18), (9, 0), textcoords="offset points",
        va="center", fontsize=8.5, fontweight="bold",
    )  # fmt: skip
    axes.annotate(
        shown(_values(row, kind, labels), width=100), (0.01, y + 0.36), va="center", fontsize=7.5,
        color=DARK,
    )  # fmt: skip
    if row["estimate"] is None:
        axes.barh(
            [y], [1.0], height=0.22, color="white", edgecolor="#BBBBBB", hatch=WITHHELD, lw=0.6
        )
        return
    if goal == start:
        write(axes, labels.word("no way"), 1.0, y, colour=GREY)
        return

    def place(value: float) -> float:
        return float(min(max((value - start) / (goal - start), _FROM), _TO))

    axes.plot([0, place(row["estimate"])], [y, y], color=colour, lw=4, alpha=0.35)
    limits = [row["due"] + number(row[f"distance_{end}"]) for end in ("low", "high")]
    if all(map(known, limits)):
        axes.plot([place(v) for v in limits], [y, y], color=DARK, lw=1.6)
    if row["projected"] is not None:
        axes.plot([place(row["projected"])], [y], "D", ms=6, mfc="white", mec=GREY, ls="none")
    axes.plot([place(row["due"])], [y], "|", ms=14, color=BLACK, mew=1.6, ls="none")
    end = place(row["estimate"])
    # what lies beyond the axis points to where it is
    mark = ">" if end == _TO else "<" if end == _FROM else "o"
    axes.plot([end], [y], mark, ms=6.5, color=DARK, ls="none")


def _values(row: Mapping[str, Any], kind: str, labels: Labels) -> str:
    """Baseline, figure and goal with their years."""

    def text(name: str) -> str:
        if row[name] is None:
            return labels.word("not published" if row["flag"] else "no estimate")
        return figure_text(row[name], kind, labels.language)

    names = {"base": "baseline", "value": "estimate", "goal": "goal"}
    values = {key: text(name) for key, name in names.items()}
    years = {
        f"{key}_year": f"{row[f'{name}_year']:g}" for key, name in names.items() if key != "value"
    }
    return labels.word("target values", **values, **years, year=f"{row['year']:g}")
