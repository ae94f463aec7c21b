"""Targets of a plan: how much of the way is covered, and the light of each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from mpi.analysis.targets import Targets
from mpi.report.figures.labels import Labels
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
    for y, row in enumerate(rows):
        _row(axes, y, row, labels)
    label_rows(axes, [row["target"] for row in rows], width=28, lines=3)
    axes.set_xlim(_FROM - 0.05, _ROOM)
    axes.set_xticks([0, 0.25, 0.5, 0.75, 1])
    axes.xaxis.set_major_formatter(lambda x, _: percent(x, language, digits=0))
    axes.set_title(shown(labels.word("way")))
    handles = [
        marker(DARK),
        Line2D([], [], color=BLACK, marker="|", ms=11, mew=1.6, ls="none"),
        Line2D([], [], color=DARK, lw=1.6),
        marker(GREY, face="white", shape="D"),
    ]
    names = [labels.word(name) for name in ("latest", "due", "distance", "projected")]
    legend_above(axes, handles, names)
    heading = labels.heading(labels.word("targets", plan=result.file.label(language)))
    described = [f"{heading}.", labels.word("targets text", n=len(rows))]
    described += [
        f"{row['target']}: {labels.word(row['light'])}; {_values(row, labels)}." for row in rows
    ]
    caption = [*_rule(result), *labels.caption()]
    return finish(figure, heading, caption, described, result.findings)


def _rule(result: Targets) -> Sequence[str]:
    """The rule of the lights, as the finding has it."""
    return [finding.detail for finding in result.findings.of_code("LIGHT_RULE")]


def _row(axes: Axes, y: float, row: Mapping[str, Any], labels: Labels) -> None:
    shape, colour = _LIGHTS[row["light"]]
    start, goal = row["baseline"], row["goal"]
    axes.plot([1.5], [y - 0.18], shape, color=colour, ms=8, ls="none")
    axes.annotate(
        shown(labels.word(row["light"])), (1.5, y - 0.18), (9, 0), textcoords="offset points",
        va="center", fontsize=8.5, fontweight="bold",
    )  # fmt: skip
    axes.annotate(
        shown(_values(row, labels), width=100), (_FROM, y + 0.36), va="center", fontsize=7.5,
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
    axes.plot([place(row["estimate"])], [y], "o", ms=6.5, color=DARK, ls="none")


def _values(row: Mapping[str, Any], labels: Labels) -> str:
    """Baseline, figure and goal with their years."""

    def text(name: str) -> str:
        if row[name] is None:
            return labels.word("not published" if row["flag"] else "no estimate")
        return figure_text(row[name], row["measure"], labels.language)

    names = {"base": "baseline", "value": "estimate", "goal": "goal"}
    values = {key: text(name) for key, name in names.items()}
    years = {f"{key}_year": f"{row[f'{key}_year']:g}" for key in ("goal",)}
    years["base_year"] = f"{row['baseline_year']:g}"
    return labels.word("target values", **values, **years, year=f"{row['year']:g}")
