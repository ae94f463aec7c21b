"""Targets on Colombia's official series, and levels of publication on real samples.

Series: DANE, annex of multidimensional poverty of April 2026 (H and A in percent, M0 a fraction).
The goal for 2026 is the upper end of the range, 9.5 to 11.5 %, in the draft of the National
Development Plan 2022-2026 (bases of November 2022, reported by Portafolio); its baseline is 16 % of
2021. The standard error of 2025, 0.21 points, is DANE's.
"""

from __future__ import annotations

import time

import pandas as pd
import pytest

import mpi

# the series has one decimal of percent
PRINTED = 0.0005


@pytest.fixture(scope="module")
def official(microdata):
    folder = microdata("colombia-official")
    table = pd.read_csv(folder / "official_national_regions_2010_2025.csv")
    return table.assign(measure=table["measure"].str.removesuffix("_pct"))


@pytest.fixture(scope="module")
def indicators(microdata):
    path = microdata("colombia-official") / "official_indicator_households_pct_2010_2025.csv"
    table = pd.read_csv(path).rename(columns={"pct_households_deprived": "value"})
    return table.assign(measure="hd")


def target(baseline, goals, **keys):
    own = {"measure": "H", "group": {"domain": "Nacional"}} | keys
    own["baseline"] = dict(zip(("year", "value"), baseline, strict=True))
    return own | {"goal": [dict(zip(("year", "value"), goal, strict=True)) for goal in goals]}


def test_the_goal_of_2026_was_met_in_2025(official):
    goals = [(2026, "11.5%")]
    plan = {"id": "plan", "target": [target((2021, "16%"), goals)]}
    found = mpi.targets(official, plan, percent=["H", "A"])
    (row,) = found.to_arrow().to_pylist()
    assert (row["year"], row["estimate"]) == (2025, pytest.approx(0.099))
    assert row["due"] == pytest.approx(0.124)
    assert row["projected"] == pytest.approx(0.16 - 5 * 0.061 / 4)
    assert row["met"]
    assert row["light"] == "green"
    with_error = official.assign(se=0.21)
    (row,) = mpi.targets(with_error, plan, percent="H").to_arrow().to_pylist()
    assert row["distance_se"] == pytest.approx(0.0021)
    assert row["p_value"] < 1e-12


def test_each_year_of_the_series_has_the_light_of_a_direct_computation(official):
    goals = [(2018, "17.8%"), (2030, "8.4%")]
    plan = {"id": "plan", "target": [target((2010, "29.7%"), goals)]}
    values = official[(official["domain"] == "Nacional") & (official["measure"] == "H")]
    seen = set()
    for year, value in values.set_index("year")["value"].items():
        if year == 2010:
            continue
        (row,) = mpi.targets(official, plan, percent="H", year=year).to_arrow().to_pylist()
        step = (29.7 - 17.8) / 8 if year <= 2018 else (17.8 - 8.4) / 12
        due = 29.7 - step * (year - 2010) if year <= 2018 else 17.8 - step * (year - 2018)
        progress = (29.7 - value) / (29.7 - due)
        light = "green" if progress >= 0.8 else "yellow" if progress >= 0.6 else "red"
        assert row["due"] == pytest.approx(due / 100)
        assert row["light"] == light
        seen.add(light)
    assert seen == {"green", "yellow"} | ({"red"} & seen)


def test_a_dashboard_has_every_indicator(indicators):
    names = sorted(indicators["indicator"].unique())
    assert len(names) == 15
    first = indicators[(indicators["domain"] == "Nacional") & (indicators["year"] == 2010)]
    start = first.set_index("indicator")["value"]
    own = [
        target(
            (2010, f"{start[name]}%"),
            [(2030, f"{start[name] / 2}%")],
            measure="hd",
            indicator=name,
            id=name,
        )
        for name in names
    ]
    found = mpi.targets(indicators, {"id": "halves", "target": own}, percent="hd").to_pandas()
    latest = indicators[(indicators["domain"] == "Nacional") & (indicators["year"] == 2025)]
    expected = latest.set_index("indicator")["value"] / 100
    assert found.set_index("target")["estimate"].sub(expected).abs().max() < PRINTED / 1e6
    # a quarter below the baseline every five years is on the path
    done = 1 - expected / (start / 100)
    assert ((found.set_index("target")["light"] == "green") == (done >= 0.8 * 0.375)).all()
    assert set(found["light"]) == {"green", "red"} | (set(found["light"]) & {"yellow"})


def test_what_is_printed_as_a_fraction_is_no_percent(official):
    plan = {"id": "plan", "target": [target((2010, 0.127), [(2030, 0.05)], measure="M0")]}
    assert mpi.targets(official, plan).to_arrow()["estimate"].to_pylist() == [0.04]
    wrong = mpi.targets(official, plan, percent="M0")
    assert wrong.findings.of_code("SCALE_DOUBTFUL")


def test_a_domain_that_is_spelt_otherwise_in_another_sheet_is_named(official):
    group = {"domain": "Bogotá (cabecera)"}
    plan = {
        "id": "plan",
        "target": [target((2010, 0.1), [(2030, 0.05)], measure="M0", group=group)],
    }
    with pytest.raises(mpi.TargetsError, match=r"Did you mean 'Bogotá \(Cabecera\)'"):
        mpi.targets(official, plan)


# --- levels -----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def tables(microdata):
    survey = mpi.Survey(
        persons=microdata("colombia-geih-2018") / "persons.parquet",
        codebook="colombia-geih-2018",
        lonely_psu="adjust",
        date="2018",
    )
    by = ["department", "municipality", "sex", "age_group", "ethnicity"]
    return mpi.tabulate(survey, "cepal-sae-8", by=by)


@pytest.fixture(scope="module")
def colombia(tables):
    return tables.estimate()


def test_departments_of_colombia_can_be_published_and_most_municipalities_cannot(colombia):
    start = time.perf_counter()
    found = mpi.publishable(colombia, scheme="ine-chile-2020", measures=["H", "M0"])
    assert time.perf_counter() - start < 1
    levels = found.levels().to_pandas().set_index(["by", "measure"])
    assert levels.loc[("department", "H"), ["groups", "published"]].tolist() == [24, 24]
    assert levels.loc[("municipality", "H"), "groups"] == 438
    flags = found.estimates.to_pandas()
    own = flags[(flags["by"] == "municipality") & (flags["measure"] == "H")]
    few = own[(own["n"] < 60) | (own["df"] < 9)]
    assert (few["flag"] == "unreliable").all()
    assert (own[own["flag"] == "unreliable"].index == few.index).all()  # shares: nothing else
    published = own["flag"].isin(["reliable", "weakly reliable"]).sum()
    assert levels.loc[("municipality", "H"), "published"] == published
    assert published == 399  # printed in docs/publishable.md, as are those below
    assert levels.loc[("municipality", "H"), "population"] == pytest.approx(0.9905, abs=5e-5)
    by_cv = mpi.publishable(colombia, scheme="dane", measures="H").levels().to_pandas()
    assert by_cv.set_index("by").loc["municipality", "published"] == 418
    assert (own["n_psu"] >= 10).sum() == 44
    (psus,) = [f for f in found.findings.of_code("FEW_PSUS") if f.where == "municipality"]
    assert psus.count == (own["n_psu"] < 10).sum()


def test_by_their_own_psus_few_municipalities_can_be_published(tables):
    estimates = tables.estimate(df="domain")
    found = mpi.publishable(estimates, scheme="ine-chile-2020", measures="H")
    municipalities = found.levels().to_pandas().set_index("by").loc["municipality"]
    assert municipalities["published"] == 41
    assert municipalities["population"] == pytest.approx(0.5612, abs=5e-5)
    (few,) = found.findings.of_code("FEW_DEGREES_OF_FREEDOM")
    assert few.count == 397


def test_states_of_mexico_can_be_published(microdata):
    folder = microdata("mexico-enigh-2016")
    tables = (folder / f"{name}.parquet" for name in ("persons", "households", "dwellings"))
    survey = mpi.Survey(*tables, codebook="mexico-enigh-2016", date="2016")
    profiles = mpi.tabulate(survey, "mexico-coneval-2008", by="state", absent="reweight-dimension")
    found = mpi.publishable(profiles, scheme="eclac-2023", measures=["H", "hd"], planned="state")
    levels = found.levels().to_pandas()
    states = levels[levels["by"] == "state"]
    assert (states["groups"] == 32).all()
    heads = states[states["measure"] == "H"].iloc[0]
    assert heads["published"] == 32
    assert heads["population"] == pytest.approx(1)
