"""Figures of results: one function each, returning a matplotlib figure.

Every one has a title, labels in English or Spanish, intervals, and a line that says what was
measured, where, on how many, and by whom. `describe` says in words what a figure shows.
"""

from __future__ import annotations

try:
    import matplotlib as mpl
except ModuleNotFoundError as error:
    _TEXT = "figures need matplotlib, which comes with alkire-foster[report]"
    raise ModuleNotFoundError(_TEXT) from error

from mpi.report.figures.changes import changes
from mpi.report.figures.contributions import contributions
from mpi.report.figures.curves import curves
from mpi.report.figures.dashboard import targets
from mpi.report.figures.groups import by_group
from mpi.report.figures.headcounts import headcounts
from mpi.report.figures.maps import choropleth
from mpi.report.figures.overlaps import overlap
from mpi.report.figures.quadrants import quadrants
from mpi.report.figures.ranks import ranks
from mpi.report.figures.style import Chart, describe
from mpi.report.figures.waterfall import waterfall

__all__ = [
    "Chart",
    "by_group",
    "changes",
    "choropleth",
    "contributions",
    "curves",
    "describe",
    "headcounts",
    "overlap",
    "quadrants",
    "ranks",
    "targets",
    "waterfall",
]

del mpl
