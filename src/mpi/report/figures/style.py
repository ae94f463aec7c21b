"""What all figures look like: palette, sizes, the figure itself, texts that are never markup.

The palette is that of Okabe and Ito (2008), *Color Universal Design*, as in Wong (2011), *Nature
Methods* 8: eight colours that are told apart with any colour vision.
"""

from __future__ import annotations

import textwrap
from base64 import b64encode
from collections.abc import Callable, Iterable, Sequence
from functools import wraps
from inspect import signature
from io import BytesIO
from typing import Any, ParamSpec, TypeVar

import matplotlib as mpl
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.colors import to_hex, to_rgb
from matplotlib.figure import Figure
from matplotlib.legend import Legend
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator

from mpi.arguments import check_kinds
from mpi.display import visible
from mpi.findings import Finding, Findings

P = ParamSpec("P")
R = TypeVar("R")

BLACK, ORANGE, SKY, GREEN = "#000000", "#E69F00", "#56B4E9", "#009E73"
YELLOW, BLUE, VERMILION, PURPLE = "#F0E442", "#0072B2", "#D55E00", "#CC79A7"
PALETTE = (BLUE, ORANGE, GREEN, PURPLE, SKY, VERMILION, YELLOW)
DARK, GREY, PALE = "#333333", "#767676", "#E4E4E4"
WITHHELD = "////"  # what is not published
DOUBTFUL = "...."  # what is published with a warning
HATCHES = ("", "xx", "--", "||", "oo", "++", "**", "\\\\")

DPI = 150
MOST_ROWS = 1200  # a taller picture has more pixels than can be drawn
_ROW = 0.27  # inches
_PER_INCH = 15  # characters of the notes below a figure
_LINE = 0.17  # inches of an entry of a legend
_TEXT = 0.6  # inches of a title and the lines below a figure
_FEW_TICKS = 3
_BAR = "<colorbar>"  # the label that matplotlib gives to such axes

_RC: dict[Any, Any] = {
    "font.size": 9.0,
    "axes.titlesize": 9.5,
    "axes.titlelocation": "left",
    "axes.labelsize": 9.0,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "axes.edgecolor": GREY,
    "axes.facecolor": "white",
    "axes.labelcolor": DARK,
    "axes.titlecolor": DARK,
    "axes.grid": False,
    "figure.facecolor": "white",
    "figure.edgecolor": "white",
    "grid.color": PALE,
    "hatch.linewidth": 0.7,
    "legend.frameon": False,
    "legend.fontsize": 8.0,
    "legend.labelcolor": DARK,
    "text.color": DARK,
    "text.usetex": False,
    "text.parse_math": True,  # `shown` writes every dollar so that it is one
    "xtick.color": GREY,
    "xtick.labelcolor": DARK,
    "ytick.color": GREY,
    "ytick.labelcolor": DARK,
}


class Chart(Figure):
    """A figure with its description in words.

    It is a `matplotlib.figure.Figure`, so that ``figure.savefig("poverty.svg")`` writes it.

    Attributes
    ----------
    description : str
        What it shows, for those who do not see it.
    heading : str
        Its title, as plain text.
    caption : tuple of str
        The lines below it, as plain text.
    findings : Findings
        What the user should know about it.
    """

    description: str = ""
    heading: str = ""
    caption: tuple[str, ...] = ()
    findings: Findings = Findings()

    def _repr_png_(self) -> tuple[bytes, dict[str, str]]:
        """The picture for a notebook, with its description."""
        buffer = BytesIO()
        self.savefig(buffer, format="png")
        return buffer.getvalue(), {"alt": self.description}

    def _repr_mimebundle_(
        self,
        include: object = None,  # noqa: ARG002 -- notebooks give both
        exclude: object = None,  # noqa: ARG002
    ) -> tuple[dict[str, str], dict[str, dict[str, str]]]:
        """The same, which notebooks prefer to what pyplot declares for every figure."""
        picture, words = self._repr_png_()
        return {"image/png": b64encode(picture).decode()}, {"image/png": words}


def styled(function: Callable[P, R]) -> Callable[P, R]:
    """A function that checks its arguments, and whose figure ignores the user's own settings."""
    bind = signature(function).bind

    @wraps(function)
    def inner(*args: P.args, **kwargs: P.kwargs) -> R:
        given = bind(*args, **kwargs).arguments
        place = f"figures.{function.__name__}"
        check_kinds(function, given, source=place, all_kinds=True)
        with mpl.rc_context(_RC):
            return function(*args, **kwargs)

    return inner


def shown(text: str, *, width: int = 0, lines: int = 3) -> str:
    r"""Text of a label: no control characters, broken into lines, and never mathematics.

    Examples
    --------
    >>> shown("cost in $ of $_{x}$")
    'cost in \\$ of \\$_{x}\\$'
    """
    plain = visible(text).replace("\n", " ")
    if width:
        broken = textwrap.wrap(plain, width, max_lines=lines, placeholder=" …")
        plain = "\n".join(broken)
    return plain.replace("$", r"\$")


def chart(width: float, height: float) -> Chart:
    """An empty figure; width and height in inches."""
    return Chart(figsize=(width, height), dpi=DPI, layout="constrained")


def height_of(rows: int, *, beside: float = 1.9) -> float:
    """Inches of a figure with a line for each of some rows, and room for what is around them."""
    return beside + _ROW * max(rows, 3)


def finish(
    figure: Chart,
    title: str,
    caption: Sequence[str],
    description: Sequence[str],
    findings: Iterable[Finding] = (),
) -> Chart:
    """The figure with its title, the notes below it and what it shows in words."""
    width = figure.get_figwidth()
    figure.suptitle(
        shown(title, width=int(width * 9)), x=0.01, ha="left", fontsize=11.5, fontweight="bold"
    )
    notes = "\n".join(
        shown(note, width=int(width * _PER_INCH), lines=6) for note in caption if note
    )
    figure.supxlabel(notes, x=0.01, ha="left", fontsize=7.5, color="#555555")
    figure.description = " ".join(visible(part).replace("\n", " ") for part in description if part)
    figure.heading = visible(title).replace("\n", " ")
    figure.caption = tuple(visible(note).replace("\n", " ") for note in caption if note)
    figure.findings = Findings(findings)
    return figure


def without_text(figure: Chart) -> None:
    """Take away the title and the lines below, for a page that has them as text."""
    for text in (figure.suptitle(""), figure.supxlabel("")):
        text.set_in_layout(False)
    figure.set_figheight(figure.get_figheight() - _TEXT)


def narrow(figure: Chart, width: float) -> None:
    """Make a figure as narrow as a telephone: legends go below, axes have fewer ticks.

    Parameters
    ----------
    figure : Chart
    width : float
        Inches.
    """
    _stack(figure)
    added = 0.0
    own = [axes for axes in figure.axes if axes.get_legend() is not None]
    for axes in own:  # no room is needed between the axes and their title
        title = axes.get_title(loc="left")
        axes.set_title(title, loc="left", pad=6.0, fontsize=9.5, color=DARK)
    for legend in filter(None, [*figure.legends, *(axes.get_legend() for axes in own)]):
        texts = [text.get_text() for text in legend.get_texts()]
        handles = [handle for handle in legend.legend_handles if handle is not None]
        legend.remove()
        moved = figure.legend(
            handles, _numbers(handles), loc="outside lower left", frameon=False, fontsize=8.0,
            labelcolor=DARK,
        )  # fmt: skip
        for label, text in zip(moved.get_texts(), texts, strict=True):
            label.set_text(text)
        added += _LINE * (sum(text.count("\n") + 1 for text in texts) + 1)
    for axes in figure.axes:
        if isinstance(axes.xaxis.get_major_locator(), MaxNLocator):
            axes.locator_params(axis="x", nbins=_FEW_TICKS)
    before, height = figure.get_size_inches()
    width = min(width, before)
    # what has a shape of its own, such as a map, gets lower with its width
    if any(axes.get_aspect() != "auto" and axes.get_label() != _BAR for axes in figure.axes):
        height *= width / before
    figure.set_size_inches(width, height + added)


def _stack(figure: Chart) -> None:
    """Put panels that stand side by side below each other."""
    places = [axes.get_subplotspec() for axes in figure.axes]
    grids = {place.get_gridspec() for place in places if place is not None}
    columns = {(grid.nrows, grid.ncols) for grid in grids}
    panels = len(places)
    if panels < 2 or columns != {(1, panels)} or None in places:
        return
    grid = figure.add_gridspec(panels, 1)
    for place, axes in enumerate(figure.axes):
        axes.set_subplotspec(grid[place])
        axes.tick_params(axis="y", labelleft=True)
    figure.set_figheight(panels * figure.get_figheight())


def describe(figure: Figure) -> str:
    """What a figure of this library shows, in words; the text for those who do not see it.

    Parameters
    ----------
    figure : matplotlib.figure.Figure

    Returns
    -------
    str
        Plain text, in the language of the figure; empty for figures of others.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> describe(Figure())
    ''
    """
    return str(getattr(figure, "description", ""))


def label_rows(axes: Axes, labels: Sequence[str], *, width: int = 34, lines: int = 2) -> None:
    """Labels of rows from top to bottom, at 0, 1, ..."""
    axes.set_yticks(
        range(len(labels)), [shown(label, width=width, lines=lines) for label in labels]
    )
    # few rows keep their thickness
    axes.set_ylim(max(len(labels), 3) - 0.4, -0.6)
    axes.tick_params(axis="y", length=0)


def legend_beside(figure: Chart, handles: Sequence[Artist], labels: Sequence[str]) -> None:
    """A legend to the right of the axes, one line an entry."""
    legend = figure.legend(handles, _numbers(handles), loc="outside right upper")
    _write(legend, labels, width=30)


def legend_below(axes: Axes, handles: Sequence[Artist], labels: Sequence[str]) -> None:
    """A legend below axes without ticks."""
    legend = axes.legend(handles, _numbers(handles), loc="upper left", bbox_to_anchor=(0, 0))
    _write(legend, labels, width=70)


def legend_above(axes: Axes, handles: Sequence[Artist], labels: Sequence[str]) -> None:
    """A legend in one line between the axes and their title, which has to be there."""
    legend = axes.legend(
        handles, _numbers(handles), loc="lower left", bbox_to_anchor=(-0.01, 1.0),
        ncols=len(handles), borderaxespad=0.1, columnspacing=1.4, handletextpad=0.5,
    )  # fmt: skip
    axes.set_title(axes.get_title(loc="left"), pad=22)
    _write(legend, labels, width=60)


def _numbers(handles: Sequence[Artist]) -> list[str]:
    # a label that begins with "_" would be left out of the legend, so texts are written afterwards
    return [str(number) for number in range(len(handles))]


def _write(legend: Legend, labels: Sequence[str], *, width: int) -> None:
    for text, label in zip(legend.get_texts(), labels, strict=True):
        text.set_text(shown(label, width=width))


def withheld_patch() -> Patch:
    """What stands for a figure that is not published."""
    return Patch(facecolor="white", edgecolor=GREY, hatch=WITHHELD)


def shades(sizes: Sequence[int]) -> list[list[tuple[str, str]]]:
    """Colour and hatch of each member of some families, such as indicators of dimensions.

    A family has a colour of the palette, its members go from dark to light.

    Examples
    --------
    >>> shades([1, 2])
    [[('#0072b2', '')], [('#e69f00', ''), ('#f2cf80', '')]]
    """
    found = []
    for family, size in enumerate(sizes):
        colour = to_rgb(PALETTE[family % len(PALETTE)])
        hatch = HATCHES[family // len(PALETTE) % len(HATCHES)]
        steps = [0.0] if size == 1 else [0.75 * n / max(size - 1, 1.5) for n in range(size)]
        if size == 2:
            steps = [0.0, 0.5]
        mixed = [tuple(c + (1 - c) * step for c in colour) for step in steps]
        found.append([(to_hex(own), hatch) for own in mixed])  # type: ignore[arg-type]
    return found


def on(colour: str) -> str:
    """Black or white, whichever is read on a colour."""
    red, green, blue = to_rgb(colour)
    return "black" if 0.299 * red + 0.587 * green + 0.114 * blue > 0.5 else "white"
