"""A map of any estimate on areas that the user gives."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.patches import Patch, PathPatch
from matplotlib.path import Path as Outline

from mpi.errors import nearest
from mpi.estimates import Estimates
from mpi.findings import Finding
from mpi.report.figures.labels import Labels, Spec
from mpi.report.figures.marks import format_values
from mpi.report.figures.rows import (
    Cell,
    at_cutoff,
    cell_of,
    grouping,
    of_grouping,
    of_measure,
    of_type,
    refused,
)
from mpi.report.figures.style import (
    DOUBTFUL,
    GREY,
    WITHHELD,
    Chart,
    chart,
    finish,
    legend_below,
    shown,
    styled,
)
from mpi.report.figures.words import Language, measure_name, number

Frame: TypeAlias = Any  # geopandas has no types

_HERE = "choropleth"
# from light to dark in steps that are equal to the eye, for any colour vision
_COLOURS = "cividis_r"
_LISTED = 8  # names in a message
_WIDE, _TALL = 7.0, 7.0  # inches of the largest map


@dataclass(frozen=True, slots=True)
class _Area:
    """An area with its key in the geometry, and its figure if there is one."""

    key: str
    shape: Any
    cell: Cell | None


@styled
def choropleth(  # noqa: PLR0913 -- each is one choice of the analyst
    estimates: Estimates,
    geometry: object,
    *,
    on: str,
    by: str | None = None,
    measure: str = "M0",
    k: object = None,
    small: int = 0,
    indicator: str | None = None,
    title: str | None = None,
    specification: Spec | None = None,
    source: str = "",
    language: Language = "en",
) -> Chart:
    """A map of an estimate by area; what is not sure is dotted, what is not published hatched.

    Parameters
    ----------
    estimates : Estimates
    geometry : GeoDataFrame, str or path
        Areas, or a file of them that geopandas reads, such as GeoJSON, GeoPackage or Shapefile.
    on : str
        Column of the geometry that has the codes or the labels of the groups.
    by : str, optional
        The grouping; may be left out where there is one.
    measure : str
    k : number, optional
        Cutoff; needed where there are several.
    small : int
        Areas with fewer units in the sample are dotted, beside those that are flagged.
    indicator : str, optional
        Of a measure that has one, such as `hdk`.
    title, specification, source, language
        As in `by_group`.

    Returns
    -------
    Chart
        Its `findings` name areas without an estimate (``AREA_WITHOUT_ESTIMATE``) and groups
        without an area (``GROUP_WITHOUT_AREA``); both also stand below the map.

    Raises
    ------
    EstimationError
        If the geometry cannot be read, has no such column, or none of its areas is a group.
    ModuleNotFoundError
        If a path is given and geopandas is not installed; it comes with ``alkire-foster[maps]``.

    Notes
    -----
    Codes are compared as text, so that ``"05"`` and ``5`` are two. The colours are those of
    cividis (Nuñez, Anderton and Renslow 2018, PLoS ONE 13).

    Examples
    --------
    >>> import mpi
    >>> from geopandas import GeoDataFrame
    >>> from shapely import box
    >>> people = {"a": [1, 0, 0, 1, 1, 1], "zone": ["N", "N", "N", "S", "S", "S"]}
    >>> spec = mpi.Specification.from_columns({"d": ["a"]}, cutoff=1)
    >>> areas = GeoDataFrame({"name": ["N", "S"]}, geometry=[box(0, 1, 1, 2), box(0, 0, 1, 1)])
    >>> figure = choropleth(mpi.measure(people, spec, by="zone"), areas, on="name")
    >>> len(figure.axes[0].patches)
    2
    """
    of_type(_HERE, estimates, measure=Estimates)
    labels = Labels(_HERE, language, specification, source, title, estimates)
    table = estimates.to_arrow()
    rows = of_measure(_HERE, table, measure, "Estimate it.")
    cutoff = None
    if rows["k"].null_count < rows.num_rows:
        rows, cutoff = at_cutoff(_HERE, rows, k)
    group = grouping(_HERE, table, by)
    own = _single([row for row in of_grouping(rows, group) if row["group"] is not None], indicator)
    if not own:
        remedy = "Tabulate by the variable of the areas."
        raise refused(_HERE, "the estimates have no groups", remedy=remedy, where="by")
    frame = _geometry(geometry, on)
    areas, unplaced = _joined(frame, on, own, group)
    figure = chart(*_size(frame))
    axes = figure.subplots()
    colours = _draw(axes, frame, areas, small)
    bar = figure.colorbar(colours, ax=axes, shrink=0.65, pad=0.02)
    bar.outline.set_visible(False)
    format_values(bar.ax, measure, language, axis="y")
    name = measure_name(measure, language)
    if indicator is not None:
        name = f"{name}: {labels.indicator(indicator)}"
    if title is not None:
        axes.set_title(shown(name, width=60))
    _legend(axes, areas, small, labels)
    heading = labels.heading(labels.word("map", what=name, by=group))
    without = [area.key for area in areas if area.cell is None]
    notes = [
        labels.word("areas without", n=len(without)) if without else "",
        labels.word("groups without", groups=_listed(unplaced)) if unplaced else "",
    ]
    cells = [area.cell for area in areas if area.cell is not None]
    described = [labels.word("map text", what=name, by=group, n=len(areas))]
    described += [*labels.extremes(cells, measure), *(f"{note}." for note in notes if note)]
    findings = [*estimates.findings, *_findings(without, unplaced, len(areas), len(own), on)]
    return finish(figure, heading, labels.caption(*notes, k=cutoff), described, findings)


def _single(rows: Sequence[dict[str, Any]], indicator: str | None) -> list[dict[str, Any]]:
    """One row a group."""
    parts = list(dict.fromkeys(row["indicator"] for row in rows))
    if indicator is not None:
        if indicator not in parts:
            known = [part for part in parts if part is not None]
            listed = f"There are {', '.join(known)}." if known else "The measure has none."
            found = f"there is no indicator {indicator!r}"
            raise refused(_HERE, found, listed, nearest(indicator, known), where="indicator")
        return [row for row in rows if row["indicator"] == indicator]
    groups = [row["group"] for row in rows]
    if len(set(groups)) < len(groups):
        known = [part for part in parts if part is not None]
        remedy = f"Say indicator=, such as {known[0]!r}." if known else "Choose another measure."
        raise refused(_HERE, "the measure has several figures for each group", remedy=remedy)
    return list(rows)


def _geometry(given: object, on: object) -> Frame:
    """A GeoDataFrame with a column `on`."""
    frame: Frame = _read(given) if isinstance(given, (str, os.PathLike)) else given
    columns = getattr(frame, "columns", None)
    shapes = None if columns is None else getattr(frame, "geometry", None)
    if shapes is None or not hasattr(shapes, "total_bounds"):
        found = f"an object of type {type(given).__name__!r} has no areas"
        expected = "It is a GeoDataFrame, or the path of a file of areas."
        raise refused(_HERE, found, expected, where="geometry")
    names = [str(name) for name in frame.columns if name != shapes.name]
    if on not in names:
        listed = f"There are {', '.join(names)}." if names else "It has none."
        found = f"the geometry has no column {on!r}"
        raise refused(_HERE, found, listed, nearest(str(on), names), where="on")
    if not len(shapes):
        raise refused(_HERE, "it has no areas", where="geometry")
    return frame


def _read(path: str | os.PathLike[str]) -> Frame:
    try:
        import geopandas  # noqa: PLC0415 -- an extra
    except ModuleNotFoundError as error:
        text = "maps need geopandas, which comes with alkire-foster[maps]"
        raise ModuleNotFoundError(text) from error
    name = Path(path).name
    if not Path(path).exists():
        raise refused(_HERE, f"there is no file {name!r}", where="geometry")
    try:
        return geopandas.read_file(path)
    except Exception as error:  # its readers raise errors of their own kinds
        found = f"{name!r} cannot be read as areas: {type(error).__name__}"
        expected = "A GeoJSON, GeoPackage or Shapefile."
        raise refused(_HERE, found, expected, where="geometry") from error


def _joined(
    frame: Frame,
    on: str,
    rows: Sequence[Mapping[str, Any]],
    by: str,
) -> tuple[list[_Area], list[str]]:
    """Areas with their figures, and groups that have none."""
    codes = {str(row.get(by)): row for row in rows}
    texts = {str(row["group"]): row for row in rows}
    keys = ["" if _missing(key) else str(key) for key in frame[on].tolist()]
    # one way for the whole map: by label if more areas are found so
    of = texts if sum(key in texts for key in keys) > sum(key in codes for key in keys) else codes
    placed = {key for key in keys if key in of}
    if not placed:
        raise refused(
            _HERE,
            f"none of the {len(keys):,} areas is one of the {len(rows):,} groups by {by!r}",
            f"Column {on!r} has {_listed(keys)}; groups are {_listed([*of])}.",
            _padded(keys, of),
            where="on",
        )
    areas = [
        _Area(key, shape, cell_of(of[key]) if key in of else None)
        for key, shape in zip(keys, frame.geometry, strict=True)
        if shape is not None and not shape.is_empty
    ]
    return areas, [str(row["group"]) for key, row in of.items() if key not in placed]


def _missing(key: object) -> bool:
    return key is None or (isinstance(key, float) and math.isnan(key))


def _padded(keys: Sequence[str], of: Mapping[str, object]) -> str:
    """A hint where codes differ by zeros before them only."""
    bare = {key.lstrip("0") for key in of}
    if any(key.removesuffix(".0").lstrip("0") in bare for key in keys if key):
        return "They differ in zeros: write both as text with the same number of digits."
    return "Name the column that has the codes or the labels of the groups."


def _listed(names: Sequence[str]) -> str:
    more = len(names) - _LISTED
    return ", ".join(names[:_LISTED]) + (f", ... ({more} more)" if more > 0 else "")


def _size(frame: Frame) -> tuple[float, float]:
    """Inches of the figure by the shape of the map."""
    left, bottom, right, top = frame.geometry.total_bounds
    ratio = (top - bottom) * _aspect(frame) / max(right - left, 1e-12)
    width = min(_WIDE, _TALL / ratio) if ratio > 0 else _WIDE
    return max(width, 3.6) + 1.6, max(width * ratio, 2.0) + 1.6


def _aspect(frame: Frame) -> float:
    """Height of a unit north over the width of a unit east: degrees get narrower to the poles."""
    _, bottom, _, top = frame.geometry.total_bounds
    crs = getattr(frame, "crs", None)
    if crs is None or not crs.is_geographic:
        return 1.0
    return float(1 / max(math.cos(math.radians((bottom + top) / 2)), 0.1))


def _draw(axes: Axes, frame: Frame, areas: Sequence[_Area], small: int) -> ScalarMappable:
    values = [a.cell.value for a in areas if a.cell is not None and a.cell.known]
    low, high = (min(values), max(values)) if values else (0.0, 1.0)
    if high - low < 1e-12:
        low, high = low - 0.005, high + 0.005
    colours = ScalarMappable(Normalize(low, high), colormaps[_COLOURS])
    for area in areas:
        face, hatch = _look(area, small, colours)
        axes.add_patch(
            PathPatch(
                _outline(area.shape), facecolor=face, edgecolor="#555555", lw=0.4, hatch=hatch
            )
        )
    left, bottom, right, top = frame.geometry.total_bounds
    beside, above = 0.01 * (right - left) or 0.5, 0.01 * (top - bottom) or 0.5
    axes.set_xlim(left - beside, right + beside)
    axes.set_ylim(bottom - above, top + above)
    axes.set_aspect(_aspect(frame))
    axes.axis("off")
    return colours


def _look(area: _Area, small: int, colours: ScalarMappable) -> tuple[Any, str]:
    """Colour and hatch of an area."""
    if area.cell is None:
        return "white", ""
    if not area.cell.known:
        return "#E8E8E8", WITHHELD
    colour = colours.to_rgba(np.asarray(area.cell.value))
    return colour, DOUBTFUL if _is_doubtful(area.cell, small) else ""


def _is_doubtful(cell: Cell, small: int) -> bool:
    return cell.known and (cell.doubtful or cell.n < small)


def _outline(shape: Frame) -> Outline:
    """A polygon, or several, with their holes."""
    points: list[Any] = []
    codes: list[Any] = []
    for ring in _rings(shape):
        corners = np.asarray(ring.coords)[:, :2]
        points.append(corners)
        codes += [Outline.MOVETO, *[Outline.LINETO] * (len(corners) - 2), Outline.CLOSEPOLY]
    if not points:
        return Outline(np.empty((0, 2)))
    return Outline(np.vstack(points), codes)


def _rings(shape: Frame) -> Iterator[Any]:
    for part in getattr(shape, "geoms", [shape]):
        if part.geom_type == "Polygon":
            yield part.exterior
            yield from part.interiors
        elif hasattr(part, "geoms"):
            yield from _rings(part)


def _legend(axes: Axes, areas: Sequence[_Area], small: int, labels: Labels) -> None:
    """What hatched, dotted and white areas are, those that there are."""
    cells = [area.cell for area in areas if area.cell is not None]
    handles, names = [], []
    words = [labels.flags(cells, "flagged")]
    if any(cell.known and cell.n < small for cell in cells):
        words.append(labels.word("small", n=number(small, labels.language, digits=0)))
    if any(words):
        handles.append(Patch(facecolor="white", edgecolor=GREY, hatch=DOUBTFUL))
        names.append("; ".join(filter(None, words)))
    for key, withheld in (("not published", True), ("not defined", False)):
        if any(not cell.known and cell.withheld == withheld for cell in cells):
            handles.append(Patch(facecolor="#E8E8E8", edgecolor=GREY, hatch=WITHHELD))
            names.append(labels.word(key))
    if any(area.cell is None for area in areas):
        handles.append(Patch(facecolor="white", edgecolor=GREY))
        names.append(labels.word("no estimate"))
    if handles:
        legend_below(axes, handles, names)


def _findings(
    without: Sequence[str], unplaced: Sequence[str], areas: int, groups: int, on: str
) -> Iterator[Finding]:
    if without:
        detail = f"areas that are no group of the estimates: {_listed(without)}"
        yield Finding("AREA_WITHOUT_ESTIMATE", on, detail, len(without), areas)
    if unplaced:
        detail = f"groups that are not on the map: {_listed(unplaced)}"
        yield Finding("GROUP_WITHOUT_AREA", on, detail, len(unplaced), groups)
