"""Marks that several figures share: values of rows, what is not there, ticks, legends."""

from __future__ import annotations

from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from mpi.report.figures.style import DARK, GREY, WITHHELD, shown
from mpi.report.figures.words import Language, is_share, number, percent

_ROUNDING = 1e-9  # of places of ticks


def write(
    axes: Axes, text: str, x: float, y: float, *, colour: str = DARK, size: float = 8
) -> None:
    """Text at the right end of a row, readable over lines."""
    axes.annotate(
        shown(text),
        (x, y),
        ha="right",
        va="center",
        fontsize=size,
        color=colour,
        bbox={"boxstyle": "square,pad=0.15", "fc": "white", "ec": "none"},
    )


def absent(axes: Axes, y: float, edge: float, text: str, *, withheld: bool) -> None:
    """What stands in place of a figure that is not there: hatched if it is not published."""
    axes.barh(
        [y],
        [edge],
        height=0.5,
        color="white",
        edgecolor="#BBBBBB",
        hatch=WITHHELD if withheld else "",
        lw=0.6,
    )
    write(axes, text, edge, y, colour=GREY, size=7.5)


class _UpToOne(MaxNLocator):
    """Ticks of shares, none above 100 %, where only the numbers beside the rows stand."""

    def tick_values(self, vmin: float, vmax: float) -> list[float]:
        """Places of the ticks between two values."""
        return [float(tick) for tick in super().tick_values(vmin, vmax) if tick <= 1 + _ROUNDING]


def format_values(axes: Axes, measure: str, language: Language, *, axis: str = "x") -> None:
    """Ticks of an axis as the measure is written."""
    own = axes.xaxis if axis == "x" else axes.yaxis

    def text(value: float, _: object) -> str:
        low, high = sorted(own.get_view_interval())
        if is_share(measure):
            return percent(value, language, digits=1 if high - low < 0.05 else 0)
        return number(value, language, digits=3 if high - low < 0.2 else 2)

    own.set_major_formatter(text)
    bounded = is_share(measure) or measure == "M0"
    own.set_major_locator((_UpToOne if bounded else MaxNLocator)(6, steps=[1, 2, 2.5, 5, 10]))


def marker(colour: str, *, face: str | None = None, shape: str = "o") -> Line2D:
    """A dot of a legend."""
    own = colour if face is None else face
    return Line2D([], [], marker=shape, ls="none", mfc=own, mec=colour, mew=1.3, ms=6)


def known(value: float) -> bool:
    """Whether there is a number."""
    return value == value  # noqa: PLR0124 -- NaN differs from itself
