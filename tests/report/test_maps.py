"""Maps: areas meet groups by a column, and what does not meet is said."""

from __future__ import annotations

import drawn as the
import numpy as np
import pytest
from matplotlib import colormaps

import mpi
from mpi.errors import EstimationError
from mpi.report.figures import style

geopandas = pytest.importorskip("geopandas", reason="maps need the extra `maps`")
shapely = pytest.importorskip("shapely", reason="maps need the extra `maps`")

ESTIMATES = the.profiles().estimate()


def areas(names, **columns):
    boxes = [shapely.box(n, 0, n + 1, 1) for n in range(len(names))]
    return geopandas.GeoDataFrame({"code": list(names), **columns}, geometry=boxes)


def test_each_area_has_the_colour_of_its_estimate():
    figure = the.drawn(mpi.figures.choropleth(ESTIMATES, areas("cab"), on="code", measure="H"))
    values = the.rows(ESTIMATES, "H")["estimate"]
    low, high = values.min(), values.max()
    for patch, group in zip(figure.axes[0].patches, "cab", strict=True):
        wanted = colormaps["cividis_r"]((values[group] - low) / (high - low))
        assert patch.get_facecolor() == pytest.approx(wanted, abs=1e-9)
        assert not patch.get_hatch()
    assert figure.axes[0].patches[0].get_path().vertices[:, 0].max() == 1


def test_what_does_not_meet_is_named_on_both_sides():
    figure = the.drawn(mpi.figures.choropleth(ESTIMATES, areas("abx"), on="code"))
    assert figure.axes[0].patches[2].get_facecolor()[:3] == (1, 1, 1)
    areas_without = figure.findings.of_code("AREA_WITHOUT_ESTIMATE")[0]
    groups_without = figure.findings.of_code("GROUP_WITHOUT_AREA")[0]
    assert (areas_without.count, areas_without.of) == (1, 3)
    assert areas_without.detail.endswith(": x")
    assert groups_without.detail.endswith(": c")
    assert "Not on the map: c" in figure._supxlabel.get_text()
    assert "Not on the map: c." in mpi.figures.describe(figure)


def test_small_cells_are_dotted_and_suppressed_ones_hatched_without_a_colour():
    survey = the.people(("a", "b", "c"), n=30)
    estimates = mpi.measure(survey, the.SPEC, by="g")
    dotted = mpi.figures.choropleth(estimates, areas("abc"), on="code", small=31)
    assert {patch.get_hatch() for patch in dotted.axes[0].patches} == {style.DOUBTFUL}
    assert "fewer than 31 in the sample" in the.texts(dotted)
    few = the.profiles(n=20).estimate().flag("dhs", suppress=True)
    hatched = the.drawn(mpi.figures.choropleth(few, areas("abc"), on="code"))
    assert {patch.get_hatch() for patch in hatched.axes[0].patches} == {style.WITHHELD}
    assert len({patch.get_facecolor() for patch in hatched.axes[0].patches}) == 1
    assert "not published" in the.texts(hatched)


def test_holes_and_islands_are_drawn_and_empty_shapes_are_not():
    ring = shapely.Polygon(
        [(0, 0), (4, 0), (4, 4), (0, 4)], holes=[[(1, 1), (2, 1), (2, 2), (1, 2)]]
    )
    islands = shapely.MultiPolygon([shapely.box(5, 0, 6, 1), shapely.box(7, 0, 8, 1)])
    frame = geopandas.GeoDataFrame({"code": ["a", "b", "c"]}, geometry=[ring, islands, None])
    first, second = the.drawn(mpi.figures.choropleth(ESTIMATES, frame, on="code")).axes[0].patches
    for patch in (first, second):
        assert (np.asarray(patch.get_path().codes) == 1).sum() == 2


def test_degrees_are_drawn_narrower_away_from_the_equator():
    flat = mpi.figures.choropleth(ESTIMATES, areas("abc"), on="code").axes[0].get_aspect()
    north = areas("abc").set_geometry([shapely.box(n, 59.5, n + 1, 60.5) for n in range(3)])
    degrees = mpi.figures.choropleth(ESTIMATES, north.set_crs(4326), on="code")
    assert flat == 1
    assert degrees.axes[0].get_aspect() == pytest.approx(2)


def test_a_file_is_read_and_codes_with_zeros_before_them_are_text(tmp_path):
    estimates = the.profiles(("05", "08")).estimate()
    areas(["05", "08"]).set_crs(4326).to_file(tmp_path / "areas.geojson")
    figure = mpi.figures.choropleth(estimates, tmp_path / "areas.geojson", on="code")
    assert not figure.findings.of_code("AREA_WITHOUT_ESTIMATE")
    with pytest.raises(EstimationError, match="They differ in zeros"):
        mpi.figures.choropleth(estimates, areas([5, 8]), on="code")


def test_the_frame_that_is_given_is_not_changed():
    frame = areas("abc")
    before = frame.copy()
    mpi.figures.choropleth(ESTIMATES, frame, on="code")
    assert frame.equals(before)


NATIONAL = mpi.measure(the.people(("a",)), the.SPEC)
REFUSED = {
    "no file": (lambda f: f.choropleth(ESTIMATES, "x.gpkg", on="code"), "no file 'x.gpkg'"),
    "no areas": (lambda f: f.choropleth(ESTIMATES, 3, on="code"), "type 'int' has no areas"),
    "no column": (lambda f: f.choropleth(ESTIMATES, areas("a"), on="cod"), "Did you mean 'code'"),
    "none": (lambda f: f.choropleth(ESTIMATES, areas("xy"), on="code"), "none of the 2 areas"),
    "empty": (lambda f: f.choropleth(ESTIMATES, areas(""), on="code"), "it has no areas"),
    "parts": (
        lambda f: f.choropleth(ESTIMATES, areas("a"), on="code", measure="hd"),
        "Say indicator=",
    ),
    "an indicator": (
        lambda f: f.choropleth(ESTIMATES, areas("a"), on="code", measure="hd", indicator="watr"),
        "Did you mean 'water'",
    ),
    "groups": (lambda f: f.choropleth(NATIONAL, areas("a"), on="code"), "have no groups"),
}


@pytest.mark.parametrize(("call", "words"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_mapped_is_refused_with_a_sentence(call, words):
    with pytest.raises(EstimationError) as caught:
        call(mpi.figures)
    assert words in str(caught.value)


def test_a_file_that_is_no_map_is_refused(tmp_path):
    (tmp_path / "bad.geojson").write_text("{")
    with pytest.raises(EstimationError, match=r"'bad.geojson' cannot be read as areas"):
        mpi.figures.choropleth(ESTIMATES, tmp_path / "bad.geojson", on="code")
