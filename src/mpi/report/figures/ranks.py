"""How far the ranks of groups move under other choices."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa
import pyarrow.compute as pc
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from mpi.analysis.robustness import Robustness
from mpi.report.figures.labels import Labels, Spec
from mpi.report.figures.marks import marker
from mpi.report.figures.rows import Rows, at_cutoff, limited, of_type, refused
from mpi.report.figures.style import (
    BLUE,
    SKY,
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
from mpi.report.figures.words import Language, number

_HERE = "ranks"


@styled
def ranks(
    result: Robustness,
    family: str | None = None,
    *,
    k: object = None,
    title: str | None = None,
    specification: Spec | None = None,
    source: str = "",
    language: Language = "en",
) -> Chart:
    """Rank of every group as specified, and the ranks that it has under other choices.

    Parameters
    ----------
    result : Robustness
        Of `mpi.robustness`.
    family : str, optional
        Such as ``"weights"`` or ``"draws"``; may be left out where there is one.
    k : number, optional
        Cutoff of the draws; needed where they have several.
    title, specification, source, language
        As in `by_group`.

    Returns
    -------
    Chart

    Raises
    ------
    EstimationError
        If there is no such family or cutoff.

    Notes
    -----
    The thin line goes from the first to the last rank of all scenarios, the thick one from the 5th
    to the 95th percentile; the diamond is the rank as specified. Rank 1 is the poorest.

    Examples
    --------
    >>> import mpi
    >>> people = {"a": [1, 1, 0, 0], "b": [0, 1, 1, 0], "g": ["N", "N", "S", "S"]}
    >>> spec = mpi.Specification.from_columns({"x": ["a"], "y": ["b"]}, cutoff="1/2")
    >>> found = mpi.robustness(mpi.tabulate(people, spec, by="g"), draws=0, se=False)
    >>> [label.get_text() for label in ranks(found, "cutoff").axes[0].get_yticklabels()]
    ['N', 'S']
    """
    of_type(_HERE, result, robustness=Robustness)
    about = result.estimates.title
    labels = Labels(_HERE, language, specification, source, title, result.estimates, about=about)
    chosen, table = _family(result.ranks.to_arrow(), family)
    cutoff = None
    if table["k"].null_count < table.num_rows:
        table, cutoff = at_cutoff(_HERE, table, k)
    rows = table.to_pylist()
    limited(_HERE, len(rows))
    figure = chart(8.2, height_of(len(rows)))
    axes = figure.subplots()
    for y, row in enumerate(rows):
        if row["rank_first"] is not None:
            axes.plot([row["rank_first"], row["rank_last"]], [y, y], color=SKY, lw=1.6)
            axes.plot(
                [row["rank_p5"], row["rank_p95"]], [y, y], color=BLUE, lw=5, solid_capstyle="butt"
            )
        axes.plot([row["rank"]], [y], "D", ms=5.5, color=VERMILION, mec="white", mew=0.8, ls="none")
    label_rows(axes, [labels.group(row["group"]) for row in rows])
    axes.set_xlim(0.5, len(rows) + 0.5)
    axes.xaxis.set_major_locator(MaxNLocator(9, integer=True))
    axes.grid(axis="x")
    axes.set_xlabel(labels.word("rank axis"))
    count = number(rows[0]["scenarios"], language, digits=0)
    what = labels.word(f"{chosen} family")
    axes.set_title(shown(_subtitle(result, chosen, cutoff, count, labels), width=90))
    handles = [
        marker(VERMILION, shape="D"),
        Line2D([], [], color=BLUE, lw=5),
        Line2D([], [], color=SKY, lw=1.6),
    ]
    names = [labels.word(name) for name in ("baseline rank", "most scenarios", "all scenarios")]
    legend_above(axes, handles, names)
    heading = labels.heading(labels.word("ranks"))
    described = [f"{heading}.", labels.word("rank text", n=count, family=what)]
    described += _words(rows, labels)
    caption = labels.caption(k=cutoff)
    return finish(figure, heading, caption, described, result.summary.findings)


def _family(table: pa.Table, family: str | None) -> tuple[str, pa.Table]:
    known = [str(name) for name in pc.unique(table["family"]).to_pylist()]
    listed = f"There are {', '.join(known)}."
    if family is None and len(known) != 1:
        raise refused(_HERE, f"there are {len(known)} families", listed, "Say family=.")
    chosen = known[0] if family is None else family
    if chosen not in known:
        raise refused(_HERE, f"there is no family {chosen!r}", listed, where="family")
    return chosen, table.filter(pc.equal(table["family"], chosen))


def _subtitle(
    result: Robustness, family: str, cutoff: str | None, count: str, labels: Labels
) -> str:
    """Number of scenarios, and the mean of Kendall's coefficient."""
    text = labels.word("scenarios", n=count, family=labels.word(f"{family} family"))
    for row in result.summary.to_arrow().to_pylist():
        if (row["family"], row["k"]) == (family, cutoff) and row["kendall_mean"] is not None:
            value = number(row["kendall_mean"], labels.language, digits=2)
            text += f"; {labels.word('kendall', value=value)}"
    return text


def _words(rows: Rows, labels: Labels) -> list[str]:
    sentences: Sequence[str] = [
        f"{labels.group(row['group'])}: {row['rank']:g}"
        + ("" if row["rank_first"] is None else f" ({row['rank_first']:g}–{row['rank_last']:g})")
        + "."
        for row in rows
    ]
    return list(sentences)
