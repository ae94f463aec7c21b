"""Mexico: CONEVAL's rights by the bundled rules and codebook against its own flags and R.

Source: INEGI, Encuesta Nacional de Ingresos y Gastos de los Hogares 2016, the whole sample, with
the flags and inputs of CONEVAL's program. Standard errors were computed with R's `survey` by
`reference/generate/06_enigh2016.R`. The files have no income: the space of social rights only.
"""

from __future__ import annotations

import pandas as pd
import pytest

import mpi
from mpi.errors import SpecificationError, SurveyError

FLAGS = ("ic_rezedu", "ic_asalud", "ic_segsoc", "ic_cv", "ic_sbv", "ic_ali")
KEYS = ["folioviv", "foliohog", "numren"]
PERSONS, WEIGHT = 257_658, 122_643_890
CUTOFFS = ("1/6", "2/6", "3/6", "4/6", "5/6", "1")
R_TOLERANCE = 1e-12
# percent of persons with four decimals, of those for whom the flag is known
RATES = dict(zip(FLAGS, (17.3870, 15.5405, 55.8021, 12.0488, 19.3099, 20.0549), strict=True))
FOUR_DECIMALS = 0.5e-4
# percent by number of deprivations
COUNTS = (29.6467, 27.4358, 24.2000, 12.2573, 4.9510, 1.3271, 0.1821)
GROUPS = {"state": "state", "rural": "area", "sexo": "sex", "hli": "speaks_indigenous_language"}
LEVELS = {"area": {"0": "urban", "1": "rural"}, "sex": {"1": "male", "2": "female"}}


@pytest.fixture(scope="module")
def folder(microdata):
    return microdata("mexico-enigh-2016")


@pytest.fixture(scope="module")
def make_survey(folder):
    def make(**options):
        tables = (folder / f"{name}.parquet" for name in ("persons", "households", "dwellings"))
        return mpi.Survey(*tables, codebook="mexico-enigh-2016", **{"date": "2016"} | options)

    return make


@pytest.fixture(scope="module")
def survey(make_survey):
    return make_survey()


@pytest.fixture(scope="module")
def raw(folder):
    """Persons with the columns of their household and dwelling."""
    tables = [
        pd.read_parquet(folder / f"{n}.parquet") for n in ("persons", "households", "dwellings")
    ]
    return tables[0].merge(tables[1], on=KEYS[:2]).merge(tables[2], on=KEYS[:1])


@pytest.fixture(scope="module")
def profiles(survey):
    by = list(GROUPS.values())
    return mpi.tabulate(survey, "mexico-coneval-2008", by=by, absent="reweight-dimension")


@pytest.fixture(scope="module")
def estimates(profiles):
    return profiles.estimate(k=CUTOFFS)


@pytest.fixture(scope="module")
def scored(survey, raw):
    found = mpi.score(survey, "mexico-coneval-2008", absent="reweight-dimension").to_pandas()
    return found.merge(raw, on=KEYS, suffixes=("_ours", ""), validate="one_to_one")


def rule(text, **keys):
    """Specification of one rule of a person."""
    content = {"id": "rule", "unit": "person", "cutoff": 1} | keys
    content["dimension"] = [{"id": "d", "indicator": [{"id": "rule", "deprived": text}]}]
    return mpi.specification(content)


def truths(survey, text, **keys):
    return mpi.score(survey, rule(text, **keys)).to_arrow()["rule"].to_pandas()


# --- flags ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("flag", "deprived"),
    [("ic_rezedu", 48_443), ("ic_segsoc", 144_734), ("ic_asalud", 36_187)],
)
def test_flags_of_persons_are_those_of_coneval(scored, flag, deprived):
    assert len(scored) == PERSONS
    assert scored[f"{flag}_ours"].notna().all()
    assert (scored[f"{flag}_ours"].astype(int) == scored[flag]).all()
    assert scored[f"{flag}_ours"].sum() == deprived


@pytest.mark.parametrize(
    ("flag", "unit", "units", "deprived", "missing"),
    [
        ("ic_cv", KEYS[:2], 70_311, 7_083, 4),
        ("ic_ali", KEYS[:2], 70_311, 13_899, 0),
        ("ic_sbv", KEYS[:1], 69_169, 14_941, 0),
    ],
)
def test_flags_of_households_and_dwellings_are_those_of_coneval(
    scored, flag, unit, units, deprived, missing
):
    one = scored.drop_duplicates(unit)
    assert len(one) == units
    ours, official = one[f"{flag}_ours"], one[flag]
    assert ours.isna().tolist() == official.isna().tolist()
    assert ours.isna().sum() == missing
    known = ours.notna()
    assert (ours[known].astype(int) == official[known].astype(int)).all()
    assert ours[known].sum() == deprived


PARTS = {
    "icv_pisos": ('floor_material == "earth"', 2_250),
    "icv_techos": ('roof_material in ("cardboard", "waste")', 809),
    "icv_muros": (
        'wall_material in ("waste", "cardboard", "metal_sheet", "cane", "wattle")',
        1_288,
    ),
    "icv_hac": ("dwelling_residents / rooms > 5/2", 4_162),
    "isb_agua": ('water_arrival not in ("piped_inside", "piped_plot")', 5_701),
    "isb_dren": ('toilet in ("open_discharge", "none")', 5_947),
    "isb_luz": ("not electricity", 511),
    "isb_combus": ('cooking_fuel in ("wood", "charcoal") and not chimney', 8_321),
}


@pytest.mark.parametrize("part", PARTS)
def test_each_part_of_housing_and_services_is_that_of_coneval(survey, raw, part):
    text, deprived = PARTS[part]
    unit = KEYS[:2] if part.startswith("icv") else KEYS[:1]
    found = raw[[*unit, part]].assign(ours=truths(survey, text))
    one = found.drop_duplicates(unit)
    assert one["ours"].isna().tolist() == one[part].isna().tolist()
    known = one["ours"].notna()
    assert (one["ours"][known].astype(int) == one[part][known]).all()
    assert one["ours"].sum() == deprived


def test_exactly_two_and_a_half_residents_a_room_are_no_overcrowding(survey, raw):
    tied = raw[KEYS[:2]].assign(ours=truths(survey, "dwelling_residents / rooms >= 5/2"))
    assert tied.drop_duplicates(KEYS[:2])["ours"].sum() == 5_570
    exact = raw[KEYS[:2]].assign(ours=truths(survey, "dwelling_residents / rooms == 5/2"))
    assert exact.drop_duplicates(KEYS[:2])["ours"].sum() == 1_408


def test_a_missing_part_makes_housing_missing_even_beside_a_deprivation(survey):
    parts = " or ".join(text for name, (text, _) in PARTS.items() if name.startswith("icv"))
    unknown, strict = truths(survey, parts), truths(survey, f"strict({parts})")
    assert strict.isna().sum() == 11
    assert unknown.isna().sum() == 4
    assert unknown[strict.isna()].sum() == 7


def test_the_food_scale_is_that_of_coneval(survey, raw):
    one = raw[[*KEYS[:2], "id_men", "tot_iaad", "tot_iamen", "ins_ali"]].assign(
        minors=truths(survey, 'food_scale == "with_minors"'),
        below_18=raw.groupby(KEYS[:2])["edad"].transform("min") < 18,
    )
    limits = {"adults": (1, 3, 5), "with_minors": (1, 4, 8)}
    for place in range(3):
        a, m = (limits[scale][place] for scale in ("adults", "with_minors"))
        text = f'food_insecurity_score >= ({a} if food_scale == "adults" else {m})'
        one[f"level{place}"] = truths(survey, text)
    one = one.drop_duplicates(KEYS[:2])
    assert len(one) == 70_311
    assert (one["minors"] == (one["id_men"] == 1)).all()
    assert (one["below_18"] == (one["id_men"] == 1)).all()
    level = one[["level0", "level1", "level2"]].astype(int).sum(axis=1)
    assert (level == one["ins_ali"]).all()
    assert level.value_counts().sort_index().tolist() == [42_732, 13_680, 7_846, 6_053]


# --- the cohort rule --------------------------------------------------------------------------


@pytest.mark.parametrize(("year", "mismatches"), [(1981, 586), (1982, 0), (1983, 629)])
def test_the_birth_year_of_the_split_is_1982(survey, raw, year, mismatches):
    spec = mpi.specification("mexico-coneval-2008")
    values = [value.content() for value in spec.norms["mx_compulsory_level"].value]
    values[1]["born_from"] = year
    norm = {"id": "mx_compulsory_level", "value": values}
    others = [n.content() for n in spec.norm if n.id != norm["id"]]
    moved = spec.replace(norm=[norm, *others])
    ours = mpi.score(survey, moved, absent="reweight-dimension").to_arrow()["ic_rezedu"].to_pandas()
    assert (ours.astype(int) != raw["ic_rezedu"]).sum() == mismatches


def test_one_standard_for_all_would_call_a_quarter_deprived(survey):
    spec = mpi.specification("mexico-coneval-2008").replace(standard="current")
    found = mpi.tabulate(survey, spec, absent="reweight-dimension").estimate(se=False)
    percent = 100 * found.get("hd_available", indicator="ic_rezedu").estimate
    assert percent == pytest.approx(25.9922, abs=FOUR_DECIMALS)


def of_education(survey, spec="mexico-coneval-2018"):
    """The educational lag of the rules of 2018, alone."""
    spec = mpi.specification(spec)
    alone = spec.replace(
        dimension=[spec.dimension[0].content()], category=[], condition=[], cutoff=1
    )
    return mpi.score(survey, alone).to_arrow()["ic_rezedu"].to_pandas()


def test_the_law_of_2011_has_the_split_of_1982_and_that_of_2018_the_one_of_1998(make_survey, raw):
    before, after = (of_education(make_survey(law_as_of=year)) for year in ("2011", "2018"))
    assert (before.astype(int) == raw["ic_rezedu"]).all()
    # the survey does not tell upper secondary apart: who has lower secondary or more, was born
    # from 1998 and does not attend is not known to have what the law of 2018 asks for
    young = (raw["anac_e"] >= 1998) & (raw["edad"] >= 3)
    open_ = young & (raw["niv_ed"] == 2) & (raw["inas_esc"] == 1)
    assert after.isna().tolist() == open_.tolist()
    assert open_.sum() > 1_000
    # of the others who do not attend, 16 and older ones were held to lower secondary before too
    settled = ~open_
    out_of_school = young & (raw["inas_esc"] == 1) & settled
    assert after[out_of_school].all()
    attending = young & (raw["inas_esc"] == 0)
    assert not after[attending].any()
    # who was born before 1998 is judged as before
    older = raw["anac_e"] < 1998
    assert (after[older] == before[older]).all()


def test_the_rule_of_2008_does_not_follow_the_reform_of_2012(make_survey, raw):
    for options in ({"date": "2016"}, {"date": "2016", "law_as_of": "2018"}):
        ours = of_education(make_survey(**options), "mexico-coneval-2008")
        assert (ours.astype(int) == raw["ic_rezedu"]).all()


# --- national figures and R -------------------------------------------------------------------


def test_the_sample_is_complete(profiles):
    table = profiles.groupings[0].table
    assert profiles.n == PERSONS
    assert table.weight.sum() == WEIGHT
    assert len(profiles.sampled.labels) == 7_891
    assert len({stratum for stratum, _ in profiles.sampled.labels}) == 536


@pytest.mark.parametrize("flag", FLAGS)
def test_national_rates_are_the_official_ones(estimates, flag):
    percent = 100 * estimates.get("hd_available", indicator=flag).estimate
    assert percent == pytest.approx(RATES[flag], abs=FOUR_DECIMALS)


def test_persons_by_number_of_deprivations(estimates):
    for count, percent in enumerate(COUNTS):
        found = 100 * estimates.get("dimension_count", category=str(count)).estimate
        assert found == pytest.approx(percent, abs=FOUR_DECIMALS), count


def test_persons_with_any_and_with_three_deprivations_by_area(estimates):
    percent = {("1/6", "rural"): 91.467, ("3/6", "rural"): 38.905}
    percent |= {("1/6", "urban"): 63.991, ("3/6", "urban"): 12.635}
    for (k, area), expected in percent.items():
        found = 100 * estimates.get("H", k=k, area=area).estimate
        assert found == pytest.approx(expected, abs=0.5e-3)


def test_what_the_files_lack_is_said(profiles):
    codes = {(finding.code, finding.where) for finding in profiles.findings}
    assert {
        ("CONDITION_LEFT_OUT", "condition 'below_line'"),
        ("CONDITION_LEFT_OUT", "condition 'below_extreme_line'"),
        ("CATEGORY_LEFT_OUT", "category 'poor'"),
        ("CAUTION", "birth_year"),
        ("CAUTION", "health_insured"),
    } <= codes
    assert not profiles.findings.of_code("INDICATOR_LEFT_OUT")


def test_without_leave_the_absent_income_is_an_error(survey):
    with pytest.raises(SurveyError, match="unknown variable 'income'"):
        mpi.tabulate(survey, "mexico-coneval-2008")


def test_the_rules_of_2018_cannot_be_computed_without_the_diet(survey):
    with pytest.raises(SpecificationError, match="dimension 'food'"):
        mpi.tabulate(survey, "mexico-coneval-2018", absent="reweight-dimension")


def measure_of(row):
    """Measure, cutoff and indicator of a row of R's file."""
    name, _, rest = row.measure.partition(":")
    if rest:
        return {"measure": "hd", "indicator": rest}
    measure, _, k = name.partition(" k=")
    return {"measure": measure, "k": k}


@pytest.mark.parametrize("by", ["national", *GROUPS])
def test_estimates_and_standard_errors_are_those_of_r(estimates, microdata, by):
    reference = pd.read_csv(
        microdata("reference") / "enigh2016" / "survey.csv", dtype={"level": str}
    )
    rows = reference[reference["by"] == by]
    assert len(rows) == {"national": 15, "state": 384, "rural": 24, "sexo": 24, "hli": 24}[by]
    for row in rows.itertuples():
        wanted = measure_of(row)
        if by != "national":
            name = GROUPS[by]
            level = row.level.zfill(2) if name == "state" else row.level
            if name == "speaks_indigenous_language":
                level = row.level == "1"
            wanted[name] = LEVELS.get(name, {}).get(level, level)
        found = estimates.get(wanted.pop("measure"), **wanted)
        assert found.estimate == pytest.approx(row.estimate, rel=R_TOLERANCE)
        assert found.se == pytest.approx(row.se, rel=R_TOLERANCE)
