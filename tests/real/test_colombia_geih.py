"""Colombia: half a million adults with eight ready-made deprivations, every cutoff and its ties.

Source: DANE, Gran Encuesta Integrada de Hogares 2018, persons of 18 and over, prepared at CEPAL.
"""

from __future__ import annotations

import math
from fractions import Fraction

import pandas as pd
import pytest

import mpi

# The figures are printed with seven decimals; those of income in percent with five.
SEVEN_DECIMALS = 0.5e-7
# Sums of half a million weights in another order than R's.
SUMMATION = 1e-12

# indicator: column, hd, hdk and share of M0 at k = 2/5
INDICATORS = {
    "materials": ("ipm_Material", 0.0832423, 0.0794896, 0.0276671),
    "overcrowding": ("ipm_Hacinamiento", 0.2271666, 0.1833406, 0.0638134),
    "water": ("ipm_Agua", 0.1086595, 0.0996168, 0.0346725),
    "sanitation": ("ipm_Saneamiento", 0.0688529, 0.0667537, 0.0232343),
    "energy": ("ipm_Energia", 0.3158462, 0.2713514, 0.0944464),
    "internet": ("ipm_Internet", 0.5653717, 0.4033119, 0.1403764),
    "education": ("ipm_educacion", 0.6203256, 0.4301872, 0.2994612),
    "employment": ("ipm_Empleo_Aseguramiento", 0.5823185, 0.4544180, 0.3163287),
}
# cutoff: H, A, M0, poor rows; the union is the smallest weight
CUTOFFS = {
    "1/10": (0.9240629, 0.4084600, 0.3774427, 505_393),
    "1/4": (0.6690666, 0.4962422, 0.3320191, 352_978),
    "3/10": (0.6690666, 0.4962422, 0.3320191, 352_978),
    "1/3": (0.5200277, 0.5524849, 0.2873074, 260_606),
    "2/5": (0.5200277, 0.5524849, 0.2873074, 260_606),
    "41/100": (0.3568965, 0.6221831, 0.2220549, 165_283),
    "1/2": (0.3568965, 0.6221831, 0.2220549, 165_283),
}
ROWS_BY_TENTHS = (
    43_684, 33_705, 118_710, 92_372, 95_323, 74_269, 49_744, 23_149, 11_694, 4_788, 1_639,
)  # fmt: skip

# grouping variable: its column, and the columns' codes by class where they are not the codes
GROUPS = {
    "department": ("depto", {}),
    "area": ("area", {"urban": "1", "rural": "0"}),
    "sex": ("sexo", {"male": "1", "female": "2"}),
    "ethnicity": ("etnia", {"indigenous": "1", "afro_descendant": "2", "other": "3"}),
    "age_group": ("edad", {"18-29": "2", "30-44": "3", "45-64": "4", "65+": "5"}),
}
REFERENCE_CUTOFFS = {"k20": "1/5", "k33": "1/3", "k40": "2/5", "k50": "1/2"}


@pytest.fixture(scope="module")
def survey(microdata):
    return mpi.Survey(
        persons=microdata("colombia-geih-2018") / "persons.parquet",
        codebook="colombia-geih-2018",
        lonely_psu="adjust",
        date="2018",
    )


@pytest.fixture(scope="module")
def spec():
    return mpi.specification("cepal-sae-8")


@pytest.fixture(scope="module")
def profiles(survey, spec):
    return mpi.tabulate(survey, spec, by=list(GROUPS))


@pytest.fixture(scope="module")
def estimates(profiles):
    return profiles.estimate(k=[*CUTOFFS, "1/5", "9/10"], count="persons")


@pytest.fixture(scope="module")
def scores(survey, spec):
    return mpi.score(survey, spec).to_pandas()


@pytest.fixture(scope="module")
def with_income(survey, spec):
    """Both lines as conditions, and classes that cross them with the deprivations."""
    return mpi.tabulate(
        survey,
        spec.replace(
            condition=[
                {"id": "below_line", "when": "income < poverty_line"},
                {"id": "below_extreme_line", "when": "income < extreme_line"},
            ],
            category=[
                {"id": "income_poor", "when": "below_line"},
                {"id": "extremely_income_poor", "when": "below_extreme_line"},
                {"id": "poor_in_both", "when": "poor and below_line"},
            ],
        ),
    ).estimate()


def tenths(scores):
    """Exact scores as whole tenths."""
    exact = scores["score_exact"]
    return exact.map({text: int(10 * Fraction(text)) for text in exact.unique()})


# --- the file ---------------------------------------------------------------------------------


def test_all_rows_and_weights_are_there(profiles):
    table = profiles.groupings[0].table
    assert profiles.n == 549_077
    assert table.weight.sum() == pytest.approx(33_502_071.28, abs=0.005)


def test_a_psu_is_the_pair_of_stratum_and_place(profiles):
    assert len(profiles.sampled.labels) == 1_362
    assert len({stratum for stratum, _ in profiles.sampled.labels}) == 70
    places = pd.Series([place for _, place in profiles.sampled.labels])
    assert places.nunique() == 848
    assert (places.value_counts() > 1).sum() == 344


def test_nothing_is_missing(profiles, estimates):
    assert not profiles.groupings[0].table.missing.any()
    assert not estimates.findings.of_code("MISSING_DROPPED")


# --- headcounts at every cutoff ---------------------------------------------------------------


@pytest.mark.parametrize(("k", "expected"), CUTOFFS.items())
def test_headcount_intensity_and_adjusted_headcount(estimates, k, expected):
    for measure, value in zip(("H", "A", "M0"), expected, strict=False):
        found = estimates.get(measure, k=k).estimate
        assert found == pytest.approx(value, abs=SEVEN_DECIMALS), measure


@pytest.mark.parametrize(("k", "expected"), CUTOFFS.items())
def test_poor_rows(scores, k, expected):
    assert int((tenths(scores) >= math.ceil(10 * Fraction(k))).sum()) == expected[3]


def test_poor_rows_at_the_cutoff_of_the_specification(scores):
    assert len(scores) == 549_077
    assert int(scores["poor_2/5"].sum()) == 260_606
    assert int((scores["censored_score_2/5"] > 0).sum()) == 260_606


def test_nine_tenths_keeps_the_rows_on_the_tie(estimates):
    found = estimates.get("H", k="9/10").estimate
    assert found == pytest.approx(0.0231775, abs=SEVEN_DECIMALS)
    assert found != pytest.approx(0.0063663, abs=1e-4)  # floats lose the 4,788 rows on the tie


def test_the_share_on_two_fifths_is_a_finding(profiles):
    (tie,) = profiles.estimate().findings.of_code("TIE_AT_CUTOFF")
    assert tie.where == "k=2/5"
    assert tie.share == pytest.approx(0.5200277 - 0.3568965, abs=2 * SEVEN_DECIMALS)


def test_rows_by_score(scores):
    assert tuple(tenths(scores).value_counts().sort_index()) == ROWS_BY_TENTHS
    assert ((scores["score"] * 10).round() == tenths(scores)).all()


# --- indicators -------------------------------------------------------------------------------


@pytest.mark.parametrize("indicator", INDICATORS)
def test_uncensored_headcount(estimates, indicator):
    found = estimates.get("hd", indicator=indicator).estimate
    assert found == pytest.approx(INDICATORS[indicator][1], abs=SEVEN_DECIMALS)


@pytest.mark.parametrize("indicator", INDICATORS)
def test_censored_headcount(estimates, indicator):
    found = estimates.get("hdk", indicator=indicator, k="2/5").estimate
    assert found == pytest.approx(INDICATORS[indicator][2], abs=SEVEN_DECIMALS)


@pytest.mark.parametrize("indicator", INDICATORS)
def test_contribution(estimates, indicator):
    found = estimates.get("pctb", indicator=indicator, k="2/5").estimate
    assert found == pytest.approx(INDICATORS[indicator][3], abs=SEVEN_DECIMALS)


# --- groups -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("area", "h", "m0"), [("urban", 0.4221451, 0.2107655), ("rural", 0.8958635, 0.5812023)]
)
def test_urban_and_rural(estimates, area, h, m0):
    assert estimates.get("H", k="2/5", area=area).estimate == pytest.approx(h, abs=SEVEN_DECIMALS)
    assert estimates.get("M0", k="2/5", area=area).estimate == pytest.approx(m0, abs=SEVEN_DECIMALS)


@pytest.mark.parametrize("variable", [None, *GROUPS])
def test_every_estimate_of_rs_survey_package(estimates, microdata, variable):
    expected = reference(microdata, variable)
    found = by_code(estimates, variable)
    both = expected.merge(found, on=["level", "measure", "k"], validate="one_to_one")
    assert len(both) == len(expected) > 0
    difference = (both["estimate"] - both["expected"]).abs()
    assert (difference <= SUMMATION).all()


def reference(microdata, variable):
    """Estimates at four cutoffs and uncensored headcounts, made with R (reference/README.md)."""
    frame = pd.read_csv(microdata("reference") / "geih2018" / "survey.csv", dtype={"level": str})
    by = "national" if variable is None else GROUPS[variable][0]
    lonely = "certainty" if variable is None else "adjust"  # estimates are the same in both
    frame = frame[(frame["by"] == by) & (frame["lonely"] == lonely)]
    frame = frame[~frame["measure"].isin(["H_ci_low", "H_ci_high"])]
    k = frame["k"].map(REFERENCE_CUTOFFS).fillna("none")
    columns = {"estimate": "expected"}
    return frame.assign(k=k).rename(columns=columns)[["level", "measure", "k", "expected"]]


def by_code(estimates, variable):
    """Our estimates in the reference's words."""
    frame = estimates.to_pandas()
    frame = frame[(frame["by"] == (variable or "national")) & frame["category"].isna()]
    column = frame["indicator"].map({name: column for name, (column, *_) in INDICATORS.items()})
    of_whole = frame["measure"].isin(["H", "A", "M0"])
    of_indicator = frame["measure"].isin(["hd", "hdk", "pctb"]) & column.notna()
    codes = {} if variable is None else GROUPS[variable][1]
    level = frame["group"].fillna("all")
    return frame.assign(
        level=level.map(codes) if codes else level,
        measure=frame["measure"].where(of_whole, frame["measure"] + ":" + column.fillna("")),
        k=frame["k"].fillna("none"),
    )[of_whole | of_indicator]


# --- income -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("category", "percent"),
    [("income_poor", 24.17257), ("extremely_income_poor", 8.16656), ("poor_in_both", 18.87206)],
)
def test_income_below_the_lines_and_both_spaces_together(with_income, category, percent):
    found = with_income.get("category", category=category).estimate
    assert found == pytest.approx(percent / 100, abs=SEVEN_DECIMALS)


def test_conditions_leave_the_measures_as_they_are(with_income, estimates):
    assert with_income.get("M0").estimate == pytest.approx(
        estimates.get("M0", k="2/5").estimate, rel=SUMMATION
    )
