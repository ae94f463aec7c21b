"""Estimates that figures are drawn of, and what is read back from their artists."""

from __future__ import annotations

import numpy as np

import mpi

DIMENSIONS = {"school": ["years", "attends"], "home": ["water", "floor"]}
SPEC = mpi.Specification.from_columns(DIMENSIONS, cutoff="1/2", id="four")
# what matplotlib would take as mathematics, leave out of a legend, or a browser as markup
NASTY = ("$x_{1}$ and $y$", "_hidden", "<script>alert(1)</script>", r"\frac{1}{2} $ 5")


def people(groups, *, n=60, seed=1):
    """Some persons of each group in PSUs of four; later groups are poorer."""
    random = np.random.default_rng(seed)
    place = np.repeat(np.arange(len(groups)), n)
    chance = 0.2 + 0.5 * place / max(len(groups), 2)
    names = [name for members in DIMENSIONS.values() for name in members]
    columns = {name: (random.random(place.size) < chance) * 1 for name in names}
    columns |= {"g": [groups[p] for p in place], "psu": np.arange(place.size) // 4 + 10_000 * seed}
    return mpi.Survey(columns, psu="psu")


def profiles(groups=("a", "b", "c"), **options):
    return mpi.tabulate(people(groups, **options), SPEC, by="g")


def rows(estimates, measure, by="g", **about):
    """Rows of a measure of a grouping as a frame indexed by group."""
    frame = estimates.to_pandas()
    frame = frame[(frame["measure"] == measure) & (frame["by"] == by)]
    for name, value in about.items():
        frame = frame[frame[name].isna() if value is None else frame[name] == value]
    return frame.set_index("group")


def labels(axes):
    """Labels of the rows of a figure, from top to bottom."""
    return [label.get_text() for label in axes.get_yticklabels()]


def dots(axes, marker="o"):
    """Places of the dots of an axes by row, x by y."""
    lines = [line for line in axes.lines if line.get_marker() == marker and len(line.get_xdata())]
    return {float(line.get_ydata()[0]): float(line.get_xdata()[0]) for line in lines}


def whiskers(axes):
    """Horizontal lines of an axes by row: (left, right) by y."""
    found = {}
    for line in axes.lines:
        x, y = line.get_xdata(), line.get_ydata()
        if line.get_marker() in ("None", "", None) and len(x) == 2 and y[0] == y[1]:
            found[float(y[0])] = (float(x[0]), float(x[1]))
    return found


def texts(figure):
    """Every text of a figure."""
    return [artist.get_text() for artist in figure.findobj(lambda a: hasattr(a, "get_text"))]


def drawn(figure):
    """The figure, after everything of it has been drawn."""
    figure.draw_without_rendering()
    return figure
