"""Colombia: half a million adults by department, made fit to share.

Source: DANE, Gran Encuesta Integrada de Hogares 2018, persons of 18 and over, prepared at CEPAL.
"""

from __future__ import annotations

import pytest

import mpi

LIVING = ("Material", "Hacinamiento", "Agua", "Saneamiento", "Energia", "Internet")
FIFTHS = ("educacion", "Empleo_Aseguramiento")


@pytest.fixture(scope="module")
def profiles(microdata):
    weights = {f"ipm_{n}": "1/10" for n in LIVING} | {f"ipm_{n}": "1/5" for n in FIFTHS}
    names = list(weights)
    dimensions = {"living": names[:6], "education": [names[6]], "work": [names[7]]}
    spec = mpi.Specification.from_columns(dimensions, weights=weights, cutoff="2/5")
    survey = mpi.Survey(
        persons=microdata("colombia-geih-2018") / "persons.parquet",
        weight="fep",
        strata="estrato",
        psu="upm",
        lonely_psu="certainty",
    )
    return mpi.tabulate(survey, spec, by=["depto", "area", ("depto", "area")])


def test_every_department_keeps_its_figures_and_errors(profiles, tmp_path):
    profiles.publish(10).save(tmp_path / "geih.profiles.parquet")
    found = mpi.load_profiles(tmp_path / "geih.profiles.parquet").estimate()
    assert found.get("H").estimate == pytest.approx(0.5200277, abs=0.5e-7)
    assert found.get("M0").estimate == pytest.approx(0.2873074, abs=0.5e-7)
    assert found.get("M0").se == pytest.approx(0.0036660358, abs=0.5e-10)
    before = profiles.estimate().to_pandas()
    after = found.to_pandas()
    assert after.loc[after["by"] == "depto", "group"].nunique() == 24
    names = ["by", "group", "measure", "dimension", "indicator", "k"]
    both = after.merge(before, on=names)
    assert len(both) == len(after)
    assert both["estimate_x"].tolist() == pytest.approx(
        both["estimate_y"].tolist(), rel=1e-12, nan_ok=True
    )
    assert (both["se_x"].fillna(-1) == both["se_y"].fillna(-1)).all()


def test_what_is_lost_is_profiles_and_crossed_groups(profiles):
    published = profiles.publish(10)
    for grouping in published.groupings:
        assert (grouping.table.n >= 10).all()
    losses = published.losses.to_pandas().set_index("by")
    assert losses.loc["national", "profiles"] == 245
    assert losses.loc["national", "weight_pooled"] < 0.001
    assert losses.loc["depto", "withheld_small"] == 0
    crossed = losses.loc["depto x area"]
    # a department without its urban part is its rural part: both are withheld
    assert crossed["withheld_small"] == crossed["withheld_to_protect"] > 0
