"""Colombia: the official index against DANE's own flags, scores and poverty status.

Source: DANE, Encuesta Nacional de Calidad de Vida 2025, microdata of the Índice de Pobreza
Multidimensional. The records are a convenience sample: weighted figures check the arithmetic and
say nothing about Colombia.
"""

from __future__ import annotations

from fractions import Fraction

import pandas as pd
import pytest

import mpi

# H, A and M0 are printed with ten decimals; hd and the sum of weights have six.
TEN_DECIMALS = 0.5e-10
# The print of H, 0.0720147648, is wrong in its last decimal: exact arithmetic on the file gives
# 0.07201476470. It is held to one unit of that decimal, and all figures to exact arithmetic.
ONE_OFF = 1e-10
SIX_DECIMALS = 0.5e-6
# sums of 158 products of a weight with 8 decimals, added in another order
SUMMATION = 1e-12

# indicator: DANE's column, weight in hundredths
INDICATORS = {
    "educational_achievement": ("logro_educativo", 10),
    "illiteracy": ("analfabetismo", 10),
    "school_attendance": ("inasistencia_escolar", 5),
    "school_lag": ("rezago_escolar", 5),
    "early_childhood": ("atencion_integral", 5),
    "child_labour": ("trabajo_infantil", 5),
    "long_term_unemployment": ("desempleo_larga_duracion", 10),
    "informal_work": ("empleo_formal", 10),
    "health_insurance": ("aseguramiento_salud", 10),
    "health_access": ("barreras_acceso_salud", 10),
    "water": ("acueducto", 4),
    "excreta": ("alcantarillado", 4),
    "floors": ("pisos", 4),
    "walls": ("paredes", 4),
    "overcrowding": ("hacinamiento", 4),
}
FLAGS = {indicator: flag for indicator, (flag, _) in INDICATORS.items()}

# deprived households of the 110 with all their members
OF_PERSONS = {
    "educational_achievement": 54,
    "illiteracy": 12,
    "school_attendance": 1,
    "school_lag": 19,
    "early_childhood": 5,
    "child_labour": 3,
    "long_term_unemployment": 27,
    "informal_work": 83,
    "health_insurance": 4,
    "health_access": 8,
}
# deprived households of the 158, of the 65 mostly rural ones, and of the 213 different ones
OF_HOUSING = {
    "water": (29, 35, 54),
    "excreta": (40, 44, 76),
    "floors": (5, 25, 30),
    "walls": (12, 15, 24),
    "overcrowding": (15, 16, 30),
}

# unweighted counts of the 78,913 dwellings; four floor codes are one class
DWELLINGS = {
    'zone == "cabecera"': 44_189,
    'zone == "centro_poblado"': 11_131,
    'zone == "rural_disperso"': 23_593,
    'wall_material == "masonry"': 64_179,
    'wall_material == "adobe"': 1_366,
    'wall_material == "wattle_plastered"': 2_181,
    'wall_material == "wattle"': 2_028,
    'wall_material == "rough_wood"': 7_431,
    'wall_material == "prefabricated"': 560,
    'wall_material == "bamboo"': 90,
    'wall_material == "cane"': 362,
    'wall_material == "waste"': 616,
    'wall_material == "none"': 100,
    'floor_material == "finished"': 161 + 456 + 164 + 39_546,
    'floor_material == "rough_wood"': 3_702,
    'floor_material == "cement"': 28_977,
    'floor_material == "earth"': 5_907,
    "not sewer": 35_644,
    "not aqueduct": 16_049,
}


@pytest.fixture(scope="module")
def folder(microdata):
    return microdata("colombia-ecv-2025")


@pytest.fixture(scope="module")
def households(folder):
    return pd.read_csv(folder / "hogares_sample.csv")


@pytest.fixture(scope="module")
def rural(folder):
    """The further file has housing columns only, and no weight."""
    return pd.read_csv(folder / "hogares_rural_housing_sample.csv").assign(FEX_C=1.0)


@pytest.fixture(scope="module")
def survey(folder):
    """All three tables, from the raw columns; SECUENCIA_P is always 1 and not in the persons."""
    return mpi.Survey(
        persons=folder / "personas_sample.csv",
        households=folder / "hogares_sample.csv",
        dwellings=folder / "viviendas_sample.csv",
        codebook="colombia-ecv-2025",
        household_id="DIRECTORIO",
        date="2025",
    )


@pytest.fixture(scope="module")
def spec():
    return mpi.specification("colombia-dane")


@pytest.fixture(scope="module")
def housing(spec):
    """The dimension of housing alone, for tables without persons."""
    content = spec.content()
    (dimension,) = (d for d in content["dimension"] if d["id"] == "housing")
    for part in (dimension, *dimension["indicator"]):
        part.pop("weight")
    return spec.replace(id="housing", dimension=[dimension])


@pytest.fixture(scope="module")
def scored(survey, spec, households):
    """The library's result beside DANE's columns, a row a household."""
    return with_flags(mpi.score(survey, spec), households)


@pytest.fixture(scope="module")
def complete(scored, folder):
    """The 110 households whose members are in the file of persons."""
    members = pd.read_csv(folder / "personas_sample.csv")["DIRECTORIO"].unique()
    return scored[scored["DIRECTORIO"].isin(members)]


@pytest.fixture(scope="module")
def official(households):
    """DANE's own flags as columns that are deprivations already."""
    spec = mpi.Specification.from_columns(
        {"all": list(FLAGS.values())},
        cutoff="1/3",
        weights={flag: f"{weight}/100" for flag, weight in INDICATORS.values()},
        unit="household",
    )
    survey = mpi.Survey(
        households=households, household_id="DIRECTORIO", weight="FEX_C", size="PERSONAS"
    )
    return survey, spec


def with_flags(scores, households):
    frame = scores.to_pandas()
    assert len(frame) == len(households)
    return frame.merge(households, on="DIRECTORIO", validate="one_to_one")


def hundredths(scores):
    """Exact scores as whole hundredths."""
    return scores.map(lambda text: 100 * Fraction(text)).astype(int)


def households_where(survey, rule, *, applies_to=None):
    """Number of households for which a rule holds, missing ones aside."""
    indicator = {"id": "rule", "deprived": rule, "applies_to": applies_to}
    spec = mpi.Specification.from_columns({"d": ["rule"]}, cutoff=1, unit="household")
    spec = spec.replace(dimension=[{"id": "d", "indicator": [indicator]}])
    return int(mpi.score(survey, spec).to_pandas()["rule"].sum())


def dwelling_survey(households, folder):
    return mpi.Survey(
        households=households,
        dwellings=folder / "viviendas_sample.csv",
        codebook="colombia-ecv-2025",
        household_id="DIRECTORIO",
    )


# --- from DANE's flags: score, poverty status, estimates --------------------------------------


def test_score_and_poverty_status_are_danes_in_158_of_158_households(official, households):
    frame = with_flags(mpi.score(*official), households)
    expected = (frame["IPM"] * 100).round().astype(int)
    assert hundredths(frame["score_exact"]).tolist() == expected.tolist()
    assert frame["poor_1/3"].tolist() == frame["POBRE"].astype(bool).tolist()
    assert frame["poor_1/3"].sum() == 23


def test_a_third_lies_between_the_scores_33_and_34_hundredths(official, households):
    survey, spec = official
    frame = with_flags(mpi.score(survey, spec), households)
    poor = frame.groupby(hundredths(frame["score_exact"]))["poor_1/3"]
    assert poor.sum()[33] == 0
    assert poor.size()[33] == 2
    assert poor.sum()[34] == poor.size()[34] == 4
    rounded = mpi.score(survey, spec.replace(cutoff="0.33")).to_pandas()
    assert rounded["poor_33/100"].sum() == 25


def test_sample_and_population_of_the_158_households(official):
    profiles = mpi.tabulate(*official)
    assert profiles.n == 446
    weight = profiles.groupings[0].table.weight.sum()
    assert weight == pytest.approx(147_612.877062, abs=SIX_DECIMALS)


def test_estimates_of_the_158_households(official):
    estimates = mpi.tabulate(*official).estimate(k=["1/3"], count="persons")
    assert estimates.get("H", k="1/3").estimate == pytest.approx(0.0720147648, abs=ONE_OFF)
    assert estimates.get("A", k="1/3").estimate == pytest.approx(0.4549205033, abs=TEN_DECIMALS)
    assert estimates.get("M0", k="1/3").estimate == pytest.approx(0.0327609930, abs=TEN_DECIMALS)


def test_estimates_of_the_158_households_are_those_of_exact_arithmetic(official, folder):
    rows = pd.read_csv(folder / "hogares_sample.csv", dtype=str)
    weight = [Fraction(w) * int(n) for w, n in zip(rows["FEX_C"], rows["PERSONAS"], strict=True)]
    score = [Fraction(text) for text in rows["IPM"]]
    poor = sum(w for w, c in zip(weight, score, strict=True) if 3 * c >= 1)
    censored = sum(w * c for w, c in zip(weight, score, strict=True) if 3 * c >= 1)
    expected = {
        "H": poor / sum(weight),
        "A": censored / poor,
        "M0": censored / sum(weight),
    }
    assert f"{float(expected['H']):.11f}" == "0.07201476470"
    estimates = mpi.tabulate(*official).estimate(k=["1/3"], count="persons")
    for measure, value in expected.items():
        found = estimates.get(measure, k="1/3").estimate
        assert found == pytest.approx(float(value), rel=SUMMATION)


@pytest.mark.parametrize(
    ("flag", "expected"),
    [("logro_educativo", 0.295097), ("empleo_formal", 0.770487), ("hacinamiento", 0.257865)],
)
def test_uncensored_headcounts_of_the_158_households(official, flag, expected):
    estimates = mpi.tabulate(*official).estimate(k=["1/3"], count="persons")
    found = estimates.get("hd", indicator=flag).estimate
    assert found == pytest.approx(expected, abs=SIX_DECIMALS)


def test_counting_households_is_another_figure(official):
    estimates = mpi.tabulate(*official).estimate(k=["1/3"], count="households")
    assert estimates.get("H", k="1/3").estimate == pytest.approx(0.0767632135, abs=TEN_DECIMALS)


# --- from the raw columns of persons ----------------------------------------------------------


@pytest.mark.parametrize(("indicator", "deprived"), OF_PERSONS.items())
def test_flags_of_persons_have_no_mismatch_in_110_households(complete, indicator, deprived):
    assert len(complete) == 110
    assert complete[indicator].notna().all()
    assert int((complete[indicator] != complete[FLAGS[indicator]].astype(bool)).sum()) == 0
    assert complete[indicator].sum() == deprived


def test_scores_and_poverty_of_110_households_come_out_of_the_raw_columns(complete):
    expected = (complete["IPM"] * 100).round().astype(int)
    assert hundredths(complete["score_exact"]).tolist() == expected.tolist()
    assert complete["poor_1/3"].tolist() == complete["POBRE"].astype(bool).tolist()
    assert complete["poor_1/3"].sum() == 15


@pytest.mark.parametrize("indicator", OF_PERSONS)
def test_households_without_member_rows_are_missing_and_not_deprived(scored, complete, indicator):
    without = scored[~scored["DIRECTORIO"].isin(complete["DIRECTORIO"])]
    assert len(without) == 48
    assert without[indicator].isna().all()
    assert without["poor_1/3"].isna().all()


def test_estimates_from_the_raw_columns_are_those_of_danes_columns(survey, spec, complete):
    found = mpi.tabulate(survey, spec).estimate(k=["1/3"], count="persons")
    weight = complete["FEX_C"] * complete["PERSONAS"]
    poor = weight[complete["POBRE"] == 1]
    censored = (weight * complete["IPM"])[complete["POBRE"] == 1]
    expected = {
        "H": poor.sum() / weight.sum(),
        "A": censored.sum() / poor.sum(),
        "M0": censored.sum() / weight.sum(),
    }
    for measure, value in expected.items():
        assert found.get(measure, k="1/3").estimate == pytest.approx(value, rel=SUMMATION)


def test_left_out_households_and_absent_columns_are_findings(survey, spec):
    codes = {finding.code for finding in mpi.tabulate(survey, spec).estimate(k=["1/3"]).findings}
    assert {"MISSING_DROPPED", "VARIABLE_ABSENT"} <= codes


# --- from the raw columns of households and dwellings -----------------------------------------


@pytest.mark.parametrize("indicator", OF_HOUSING)
def test_housing_flags_have_no_mismatch_in_158_households(scored, indicator):
    assert len(scored) == 158
    assert int((scored[indicator] != scored[FLAGS[indicator]].astype(bool)).sum()) == 0
    assert scored[indicator].sum() == OF_HOUSING[indicator][0]


@pytest.mark.parametrize("indicator", OF_HOUSING)
def test_housing_flags_have_no_mismatch_in_65_rural_households(rural, housing, folder, indicator):
    frame = with_flags(mpi.score(dwelling_survey(rural, folder), housing), rural)
    assert len(frame) == 65
    assert int((frame[indicator] != frame[FLAGS[indicator]].astype(bool)).sum()) == 0
    assert frame[indicator].sum() == OF_HOUSING[indicator][1]


@pytest.mark.parametrize("indicator", OF_HOUSING)
def test_housing_flags_have_no_mismatch_in_213_households(
    households, rural, housing, folder, indicator
):
    both = pd.concat([households, rural]).drop_duplicates("DIRECTORIO")
    frame = with_flags(mpi.score(dwelling_survey(both, folder), housing), both)
    assert len(frame) == 213
    assert int((frame[indicator] != frame[FLAGS[indicator]].astype(bool)).sum()) == 0
    assert frame[indicator].sum() == OF_HOUSING[indicator][2]


# --- cases on the edge of a rule --------------------------------------------------------------


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("all(receives_pension)", 3),
        ("all(receives_pension) and count(economically_active) > 0", 1),
        ("count(economically_active) == 0", 25),
        ("count(economically_active) == 0 and not all(receives_pension)", 23),
    ],
)
def test_households_of_pensioners_and_without_active_members_are_there(survey, rule, expected):
    assert households_where(survey, rule) == expected


def test_nobody_active_is_deprived_of_both_work_indicators_unless_all_are_pensioners(
    complete, survey, spec
):
    with_conditions = spec.replace(
        condition=[
            {"id": "pensioners", "when": "all(receives_pension)"},
            {"id": "inactive", "when": "count(economically_active) == 0"},
        ]
    )
    frame = mpi.score(survey, with_conditions).to_pandas()
    frame = frame[frame["DIRECTORIO"].isin(complete["DIRECTORIO"])].astype({"pensioners": bool})
    pensioners, others = frame[frame["pensioners"]], frame[~frame["pensioners"]]
    inactive = others[others["inactive"].astype(bool)]
    assert len(pensioners) == 3
    assert pensioners["long_term_unemployment"].all()
    assert not pensioners["informal_work"].any()
    assert len(inactive) == 23
    assert inactive["long_term_unemployment"].all()
    assert inactive["informal_work"].all()


def test_two_households_have_active_members_of_whom_none_is_in_the_base_of_informality(survey):
    active = "count(economically_active) > 0 and not all(receives_pension)"
    searching = "unemployed and (missing(weeks_searching) or weeks_searching >= 52)"
    base = f"economically_active and not ({searching}) and not (12 <= age <= 17 and employed)"
    assert households_where(survey, f"{active} and count({base}) == 0") == 2


def test_a_mean_of_exactly_nine_years_of_schooling_is_not_deprived(survey):
    assert households_where(survey, "mean(years_schooling) == 9", applies_to="age >= 15") == 4
    at_most = households_where(survey, "mean(years_schooling) <= 9", applies_to="age >= 15")
    assert at_most == OF_PERSONS["educational_achievement"] + 4


def test_exactly_three_persons_a_bedroom_is_deprived_in_urban_areas_only(
    households, rural, folder, housing
):
    both = pd.concat([households, rural]).drop_duplicates("DIRECTORIO")
    survey = dwelling_survey(both, folder)
    exactly = "household_size / bedrooms == 3"
    assert households_where(survey, f'{exactly} and area == "urban"') == 10
    assert households_where(survey, f'{exactly} and area == "rural"') == 15
    frame = with_flags(mpi.score(survey, housing), both)
    exact = frame[frame["PERSONAS"] == 3 * frame["P5010"]]
    assert exact["overcrowding"].sum() == 10


@pytest.mark.parametrize(
    ("zone", "expected"), [("cabecera", 132), ("centro_poblado", 38), ("rural_disperso", 43)]
)
def test_zones_of_the_213_households(households, rural, folder, zone, expected):
    both = pd.concat([households, rural]).drop_duplicates("DIRECTORIO")
    assert households_where(dwelling_survey(both, folder), f'zone == "{zone}"') == expected


# --- all dwellings ----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def dwellings(folder):
    """Every dwelling of the national file as if it were a household, without weights."""
    frame = pd.read_parquet(folder / "viviendas.parquet").assign(FEX_C=1.0)
    return mpi.Survey(
        households=frame[["DIRECTORIO", "FEX_C"]],
        dwellings=frame,
        codebook="colombia-ecv-2025",
        household_id="DIRECTORIO",
        size=1,
    )


def test_value_tables_of_all_dwellings(dwellings):
    rules = {f"rule {number}": rule for number, rule in enumerate(DWELLINGS)}
    indicators = [{"id": name, "deprived": rule} for name, rule in rules.items()]
    spec = mpi.Specification.from_columns({"d": ["rule"]}, cutoff=1, unit="household")
    spec = spec.replace(dimension=[{"id": "d", "indicator": indicators}])
    frame = mpi.score(dwellings, spec).to_pandas()
    assert len(frame) == 78_913
    assert {rule: int(frame[name].sum()) for name, rule in rules.items()} == DWELLINGS
