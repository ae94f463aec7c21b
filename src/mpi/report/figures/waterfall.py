"""Parts of a difference or a change, one after the other."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from matplotlib.axes import Axes
from matplotlib.patches import Patch

from mpi.analysis.compare import Comparison
from mpi.analysis.decompose import Decomposition
from mpi.analysis.splits import SPLITS
from mpi.assembly import NATIONAL
from mpi.estimate import Estimate
from mpi.report.figures.labels import Labels, Spec
from mpi.report.figures.marks import format_values, known, write
from mpi.report.figures.rows import at_cutoff, limited, number, of_type, one_of, refused
from mpi.report.figures.style import (
    BLUE,
    DARK,
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
from mpi.report.figures.words import Language, figure_text, is_share, known_word, measure_name
from mpi.report.figures.words import number as written
from mpi.spec.model import NOT_OFFICIAL, Specification

_HERE = "waterfall"
_SPLITS = tuple(name for name in SPLITS if name != "change")
_SWITCHES = ("cutoff", "weights", "rules")


@dataclass(frozen=True, slots=True)
class _Step:
    """A part, or a level at the ends.

    Attributes
    ----------
    name : str
    value : float
        What it adds; a level for ends.
    low, high : float
        Limits of what it adds; NaN where there are none.
    is_level : bool
    """

    name: str
    value: float
    low: float
    high: float
    is_level: bool = False


@styled
def waterfall(  # noqa: PLR0913 -- each is one choice of the analyst
    result: Comparison | Decomposition,
    *,
    measure: str = "M0",
    split: str = "incidence_intensity",
    group: Mapping[str, object] | None = None,
    by: str | None = None,
    k: object = None,
    title: str | None = None,
    specification: Spec | None = None,
    source: str = "",
    language: Language = "en",
) -> Chart:
    """Why a figure differs between two specifications, or changed between two surveys.

    Parameters
    ----------
    result : Comparison or Decomposition
        Of `mpi.compare`: bars from the figure of the second specification to that of the first, by
        Shapley's rule. Of `mpi.decompose`: the parts of the change of M0, and their sum.
    measure : {"M0", "H"}
        Of a comparison.
    split : str
        Of a decomposition: ``incidence_intensity``, ``indicators``, ``dimensions``, ``groups`` or
        ``groups_incidence_intensity``.
    group : mapping of variable to value, optional
        The whole population if left out.
    by : str, optional
        Grouping of a split by groups; may be left out where there is one.
    k : number, optional
        Cutoff of a decomposition; needed where there are several.
    title, specification, source, language
        As in `by_group`; of a comparison the specifications are known.

    Returns
    -------
    Chart

    Raises
    ------
    EstimationError
        If there is no such part, group or cutoff.

    Notes
    -----
    What raises the figure is vermilion, what lowers it blue. The line in a bar is the confidence
    interval of the part, from where the bar begins.

    References
    ----------
    Shorrocks (2013), Journal of Economic Inequality 11, for the shares.

    Examples
    --------
    >>> import mpi
    >>> people = {"a": [1, 1, 0, 0], "b": [0, 1, 0, 1], "c": [1, 0, 0, 0]}
    >>> one = mpi.Specification.from_columns({"x": ["a"], "y": ["b"]}, cutoff=1, id="one")
    >>> two = mpi.Specification.from_columns({"x": ["a"], "y": ["c"]}, cutoff="1/2", id="two")
    >>> figure = waterfall(mpi.compare(people, one, two, se=False), measure="H")
    >>> [label.get_text() for label in figure.axes[0].get_yticklabels()][:2]
    ['two', 'cutoff']
    """
    of_type(_HERE, result, compare=Comparison, decompose=Decomposition)
    if isinstance(result, Comparison):
        labels = Labels(_HERE, language, None, source, title, result.estimates)
        one_of(_HERE, "measure", measure, ("M0", "H"))
        steps = _of_comparison(result, measure, group, labels)
        heading = labels.word("why differ", measure=measure_name(measure, language))
        caption = labels.caption(_titles(result, labels), intervals=True)
        findings, what = result.estimates.findings, measure
    else:
        labels = Labels(_HERE, language, specification, source, title, about=result.title)
        one_of(_HERE, "split", split, _SPLITS)
        steps, cutoff = _of_decomposition(result, split, group, by, k, labels)
        heading, what = labels.word("why changed"), "M0"
        caption = labels.caption(labels.word("intervals"), k=cutoff)
        findings = result.findings
    limited(_HERE, len(steps))
    figure = chart(8.4, height_of(len(steps)))
    axes = figure.subplots()
    _draw(axes, steps, what, labels)
    whose = ", ".join(f"{name} = {value}" for name, value in (group or {}).items())
    axes.set_title(
        shown(f"{measure_name(what, language)}; {whose or labels.group(None)}", width=60, lines=2)
    )
    names = [labels.word("raises"), labels.word("lowers")]
    legend_above(axes, [Patch(facecolor=VERMILION), Patch(facecolor=BLUE)], names)
    heading = labels.heading(heading)
    described = [f"{heading}.", labels.word("waterfall text"), *_words(steps, what, labels)]
    return finish(figure, heading, caption, described, findings)


def _mark(spec: Specification, labels: Labels) -> str:
    """Its status, if it is not official."""
    return f" [{labels.word(spec.status)}]" if spec.status in NOT_OFFICIAL else ""


def _titles(result: Comparison, labels: Labels) -> str:
    """Titles of both specifications with their ids and marks."""
    specs = (result.first, result.second)
    return "; ".join(f"{s.id}: {s.label(labels.language)}{_mark(s, labels)}" for s in specs)


def _of_comparison(
    result: Comparison, measure: str, group: Mapping[str, object] | None, labels: Labels
) -> list[_Step]:
    """From the second specification's figure to the first's."""
    specs = (result.first, result.second)
    table = result.estimates.to_arrow()
    names = [n for n in pc.unique(_rows(table, measure)["category"]).to_pylist() if n is not None]

    def figure(code: str, name: str, k: object = None) -> Estimate:
        about = {"category": name, "k": k, **(group or {})}
        return result.estimates.get(code, **about)  # type: ignore[arg-type]

    titles = [f"{n}{_mark(spec, labels)}" for n, spec in zip(names, specs, strict=True)]
    levels = [figure(measure, n, s.cutoff).estimate for n, s in zip(names, specs, strict=True)]
    steps = [_level(titles[1], levels[1])]
    attribution = f"{measure}_attribution"
    for name in pc.unique(_rows(table, attribution)["category"]).to_pylist():
        part = figure(attribution, name)
        title = _switch(name, names, labels)
        steps.append(_Step(title, part.estimate, part.ci_low, part.ci_high))
    return [*steps, _level(titles[0], levels[0])]


def _level(name: str, value: float) -> _Step:
    return _Step(name, value, math.nan, math.nan, is_level=True)


def _rows(table: pa.Table, measure: str) -> pa.Table:
    return table.filter(pc.equal(table["measure"], measure))


def _switch(name: str, ids: Sequence[str], labels: Labels) -> str:
    if name in _SWITCHES:
        return labels.word(f"{name} switch")
    for own in ids:
        if name == f"indicators of {own} only":
            return labels.word("indicators switch", spec=own)
    return name


def _of_decomposition(
    result: Decomposition,
    split: str,
    group: Mapping[str, object] | None,
    by: str | None,
    k: object,
    labels: Labels,
) -> tuple[list[_Step], str | None]:
    """The parts of a split and their sum."""
    table = result.to_arrow()
    whole, cutoff = at_cutoff(_HERE, table, k)
    rows = [row for row in whole.to_pylist() if row["split"] == split]
    by_groups = split.startswith("groups")
    if by_groups and group:
        found = "a split by groups is of the whole population"
        raise refused(_HERE, found, remedy="Leave out group=.", where="group")
    if by_groups:
        known_by = list(dict.fromkeys(row["by"] for row in rows))
        listed = f"There are {', '.join(known_by)}." if known_by else "There are no groups."
        if by is None and len(known_by) != 1:
            raise refused(_HERE, f"there are {len(known_by)} groupings", listed, "Say by=.")
        wanted = known_by[0] if by is None else by
        if wanted not in known_by:
            raise refused(_HERE, f"results are not by {wanted!r}", listed, where="by")
        rows = [row for row in rows if row["by"] == wanted and row["group"] is None]
    else:
        rows = [row for row in rows if _is_group(row, dict(group or {}))]
    if not rows:
        said = ", ".join(f"{n}={v}" for n, v in (group or {}).items()) or labels.group(None)
        raise refused(_HERE, f"there are no parts {split!r} of {said}", where="split")
    steps = [_part(row, labels) for row in rows]
    total = sum(step.value for step in steps)
    low, high = _limits(whole, group)
    return [*steps, _Step(labels.word("total"), total, low, high, is_level=True)], cutoff


def _limits(table: pa.Table, group: Mapping[str, object] | None) -> tuple[float, float]:
    """Interval of the whole change."""
    for row in table.to_pylist():
        if row["split"] == "change" and _is_group(row, dict(group or {})):
            return number(row["ci_low"]), number(row["ci_high"])
    return math.nan, math.nan


def _is_group(row: Mapping[str, Any], group: Mapping[str, object]) -> bool:
    if not group:
        return bool(row["by"] == NATIONAL)
    names = set(str(row["by"]).split(" x "))
    return names == set(group) and all(str(row[n]) == str(v) for n, v in group.items())


def _part(row: Mapping[str, Any], labels: Labels) -> _Step:
    name = str(row["part"])
    if row["indicator"] is not None or row["dimension"] is not None:
        name = labels.part(row["dimension"], row["indicator"])
    elif known_word(name):
        name = labels.word(name)
    value, low, high = (number(row[n]) for n in ("estimate", "ci_low", "ci_high"))
    return _Step(name, value, low, high)


def _draw(axes: Axes, steps: Sequence[_Step], measure: str, labels: Labels) -> None:
    level, ends = 0.0, [0.0]
    last = len(steps) - 1
    for y, step in enumerate(steps):
        start = 0.0 if step.is_level else level
        end = start + step.value if known(step.value) else start
        colour = GREY if step.is_level else VERMILION if step.value > 0 else BLUE
        axes.barh([y], [end - start], left=start, height=0.62, color=colour)
        if known(step.low) and known(step.high):
            limits = [start + step.low, start + step.high]
            axes.plot(limits, [y, y], color=DARK, lw=1.2)
            ends += limits
        if y < last:
            axes.plot([end, end], [y, y + 1], color=GREY, lw=0.8, ls=":")
        level = end
        ends.append(end)
    low, high = min(ends), max(ends)
    room = 0.22 * max(high - low, 1e-9)
    edge = high + room
    for y, step in enumerate(steps):
        write(axes, _value(step, measure, labels), edge, y)
    axes.axvline(0, color=DARK, lw=0.8)
    axes.set_xlim(low - (0.04 * (high - low) if low < 0 else 0), edge)
    axes.grid(axis="x")
    label_rows(axes, [step.name for step in steps], width=38, lines=3)
    format_values(axes, measure, labels.language)


def _value(step: _Step, measure: str, labels: Labels) -> str:
    if not known(step.value):
        return labels.word("not defined")
    if step.is_level and step.value >= 0 and not known(step.low):
        return figure_text(step.value, measure, labels.language)
    if is_share(measure):
        text = written(100 * step.value, labels.language, digits=1, sign=True)
        return labels.word("points", value=text)
    return written(step.value, labels.language, digits=4, sign=True)


def _words(steps: Sequence[_Step], measure: str, labels: Labels) -> list[str]:
    return [f"{step.name}: {_value(step, measure, labels)}." for step in steps]
