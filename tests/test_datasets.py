"""The synthetic survey: its law, its columns, its design, and the files it is written to."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from mpi import datasets
from mpi.datasets import synthetic, synthetic_tables, write_synthetic_survey
from mpi.errors import SurveyError

SEED = 11
LARGE = 100_000
INDICATORS = [
    "educational_achievement", "illiteracy", "school_attendance", "school_lag",
    "early_childhood", "child_labour", "long_term_unemployment", "informal_work",
    "health_insurance", "health_access", "water", "excreta", "floors", "walls", "overcrowding",
]  # fmt: skip
# DANE, annex of the multidimensional poverty results 2025 (14 April 2026): % of households
OFFICIAL = {
    "urban": [28.8, 4.2, 1.3, 18.3, 5.6, 0.8, 13.6, 64.9, 4.9, 2.6, 2.2, 6.7, 1.2, 2.2, 5.4],
    "rural": [66.3, 14.8, 3.4, 25.1, 4.4, 2.7, 11.1, 88.9, 3.8, 3.4, 30.7, 18.7, 17.2, 2.1, 5.4],
}
OFFICIAL_H = {"urban": 6.3, "rural": 22.4}
WEIGHTS = [10, 10, 5, 5, 5, 5, 10, 10, 10, 10, 4, 4, 4, 4, 4]
RATE_TOLERANCE = 0.5  # percentage points, on top of three standard errors
H_TOLERANCE = 1.5

# the harmonised variables, copied by hand
VALUES = {
    "sex": "female male",
    "relationship": "head spouse child child_in_law parent parent_in_law sibling grandchild "
    "other_relative non_relative domestic_worker guest",
    "childcare": "centre parent_home parent_at_work employee adult_relative minor_relative alone",
    "inactivity_reason": "domestic_or_care student retired pensioner rentier disabled other",
    "ethnicity": "indigenous afro_descendant other",
    "area": "urban rural",
    "floor_material": "finished rough_wood cement subfloor earth",
    "wall_material": "masonry masonry_bare adobe wattle_plastered wattle rough_wood prefabricated "
    "bamboo cane light_lined light_bare metal_sheet cardboard waste none",
    "roof_material": "concrete tile light_ceiling light_bare metal_sheet palm wood cardboard waste",
    "water_source": "network communal public_tap other_dwelling protected_well unprotected_well "
    "rain surface tanker vendor bottled other",
    "water_arrival": "piped_inside piped_plot piped_outside carried",
    "toilet": "sewer septic unconnected latrine open_discharge none",
    "cooking_fuel": "electricity gas kerosene wood charcoal dung_or_waste other none",
    "heating": "electricity gas kerosene wood none",
    "tenure": "owner owner_dwelling_only tenant cooperative occupant_employment "
    "occupant_permitted occupant_without_permission",
}
PERSON_COLUMNS = (
    "household_id person_id age birth_year sex relationship member attends_school "
    "years_schooling education_level literate remote_school_only teacher_contact school_meal "
    "childcare meal_adequate health_insured ill_last_month formal_care employed unemployed "
    "economically_active weeks_searching discouraged underemployed inactivity_reason "
    "contributes_pension receives_pension social_pension ethnicity"
)
HOUSEHOLD_COLUMNS = (
    "household_id region municipality area household_size bedrooms rooms floor_material "
    "wall_material roof_material aqueduct sewer water_source water_arrival toilet toilet_shared "
    "electricity cooking_fuel heating internet computer learning_device fridge water_heater "
    "garbage_collected tenure floods collapse_risk child_benefit income poverty_line "
    "extreme_line stratum psu weight"
)


@pytest.fixture(scope="module")
def tables():
    return synthetic_tables(LARGE, seed=SEED)


@pytest.fixture(scope="module")
def persons(tables):
    return tables.persons.to_pandas()


@pytest.fixture(scope="module")
def households(tables):
    return tables.households.to_pandas().set_index("household_id")


@pytest.fixture(scope="module")
def deprived(persons, households):
    """The 15 rules of colombia-dane, written again from the published rules."""
    p = persons[persons["member"]].join(
        households[["internet", "learning_device"]], on="household_id"
    )
    key, age = p["household_id"], p["age"]

    def yes(name):
        return p[name].eq(True).fillna(value=False).astype(bool)

    def count(condition):
        return condition.groupby(key).sum().reindex(households.index, fill_value=0)

    out = pd.DataFrame(index=households.index)
    adult = age >= 15
    mean_years = p["years_schooling"][adult].groupby(key[adult]).mean().reindex(households.index)
    out["educational_achievement"] = ~(mean_years >= 9)
    out["illiteracy"] = (count(adult & ~yes("literate")) > 0) | mean_years.isna()
    cut_off = (
        ~p["internet"].astype(bool) | ~p["learning_device"].astype(bool) | ~yes("teacher_contact")
    )
    absent = ~yes("attends_school") | (yes("remote_school_only") & cut_off)
    out["school_attendance"] = count(age.between(6, 16) & absent) > 0
    out["school_lag"] = count(age.between(7, 17) & (p["years_schooling"] < age - 6)) > 0
    unsafe = p["childcare"].isin(["parent_at_work", "minor_relative", "alone"])
    centre = p["childcare"] == "centre"
    no_meal = ~yes("school_meal")
    small = age.le(4) & (unsafe | (centre & (no_meal | ~yes("meal_adequate"))))
    five = age.eq(5) & (~yes("attends_school") | no_meal)
    out["early_childhood"] = count(small | five | (age.le(5) & ~yes("health_insured"))) > 0
    child_worker = age.between(12, 17) & yes("employed")
    out["child_labour"] = count(child_worker) > 0
    unknown_or_long = p["weeks_searching"].isna() | (p["weeks_searching"] >= 52)
    long_term = (age >= 12) & yes("unemployed") & unknown_or_long
    pensioners = count(yes("receives_pension")) == count(age >= 0)
    active = yes("economically_active")
    out["long_term_unemployment"] = (count(long_term) > 0) | (count(active) == 0) | pensioners
    base = count(active & ~long_term & ~child_worker)
    covered = yes("contributes_pension") | yes("receives_pension")
    formal = count(yes("employed") & covered & ~child_worker)
    out["informal_work"] = ~pensioners & ((base == 0) | (formal != base))
    out["health_insurance"] = count((age > 5) & ~yes("health_insured")) > 0
    out["health_access"] = count(yes("ill_last_month") & ~yes("formal_care")) > 0

    h, urban = households, households["area"] == "urban"
    bad = ["unprotected_well", "rain", "surface", "tanker", "vendor", "bottled"]
    out["water"] = np.where(urban, ~h["aqueduct"], h["water_source"].isin(bad))
    bad = ["unconnected", "open_discharge", "none"]
    out["excreta"] = np.where(urban, ~h["sewer"], h["toilet"].isin(bad))
    out["floors"] = h["floor_material"] == "earth"
    wood = urban & (h["wall_material"] == "rough_wood")
    out["walls"] = h["wall_material"].isin(["bamboo", "cane", "waste", "none"]) | wood
    size, limit = h["household_size"].astype(int), 3 * h["bedrooms"].astype(int)
    out["overcrowding"] = np.where(urban, size >= limit, size > limit)
    return out[INDICATORS].astype(bool)


def weighted_share(flag, weight, psu, stratum):
    """Share and its standard error from PSU totals within strata."""
    share = np.average(flag, weights=weight)
    influence = (weight * (flag - share)).groupby([stratum, psu]).sum() / weight.sum()
    per_stratum = influence.groupby(level=0)
    n = per_stratum.transform("size")
    deviation = influence - per_stratum.transform("mean")
    return 100 * share, 100 * np.sqrt((n / (n - 1) * deviation**2).sum())


class TestLaw:
    @pytest.mark.parametrize("area", ["urban", "rural"])
    @pytest.mark.parametrize("indicator", INDICATORS)
    def test_rates_of_households_are_the_official_ones(self, deprived, households, area, indicator):
        h = households[households["area"] == area]
        flag = deprived.loc[h.index, indicator].astype(float)
        share, se = weighted_share(flag, h["weight"], h["psu"], h["stratum"])
        official = OFFICIAL[area][INDICATORS.index(indicator)]
        assert abs(share - official) < RATE_TOLERANCE + 3 * se

    @pytest.mark.parametrize("area", ["urban", "rural"])
    def test_the_share_of_poor_persons_and_their_intensity_are_near_the_official_ones(
        self, deprived, households, area
    ):
        h = households[households["area"] == area]
        score = deprived.loc[h.index].to_numpy() @ np.array(WEIGHTS)
        poor = 3 * score >= 100
        people = h["weight"] * h["household_size"]
        assert abs(100 * np.average(poor, weights=people) - OFFICIAL_H[area]) < H_TOLERANCE
        assert 0.375 < np.average(score[poor], weights=people[poor]) / 100 < 0.43

    def test_poor_regions_are_poorer(self, deprived, households):
        poor = 3 * (deprived.to_numpy() @ np.array(WEIGHTS)) >= 100
        people = households["weight"] * households["household_size"]
        share = (people * poor).groupby(households["region"], observed=True).sum()
        share = share / people.groupby(households["region"], observed=True).sum()
        assert share["Bogotá"] == share.min()
        assert share[["Caribe", "Pacífica", "Orinoquía-Amazonía"]].min() > 1.2 * share["Oriental"]

    def test_deprivations_are_related(self, deprived):
        related = deprived[["educational_achievement", "informal_work", "floors", "water"]].corr()
        assert related.to_numpy()[np.triu_indices(4, 1)].min() > 0.05

    def test_deprivation_is_clustered_in_psus(self, deprived, households):
        h = households[households["area"] == "rural"]
        water = deprived.loc[h.index, "water"].groupby(h["psu"]).mean()
        share = deprived.loc[h.index, "water"].mean()
        assert water.var() > 2 * share * (1 - share) / h.groupby("psu").size().mean()

    def test_rare_kinds_of_households_occur(self, persons, households):
        by_home = persons.groupby("household_id")
        total = len(households)
        assert 0 < (by_home["age"].max() < 18).sum() < 0.005 * total
        assert 0.02 < by_home["receives_pension"].all().sum() / total < 0.1
        assert 0.03 < (~by_home["economically_active"].any()).sum() / total < 0.2
        assert 0.1 < (households["household_size"] == 1).mean() < 0.3
        assert (~persons["member"]).sum() > 0


class TestColumns:
    def test_columns_are_those_asked_for(self, tables):
        assert tables.persons.column_names == PERSON_COLUMNS.split()
        assert tables.households.column_names == HOUSEHOLD_COLUMNS.split()

    @pytest.mark.parametrize("name", VALUES)
    def test_categories_have_the_harmonised_values(self, tables, name):
        table = tables.persons if name in PERSON_COLUMNS.split() else tables.households
        labels = table[name].combine_chunks().dictionary.to_pylist()
        assert labels == VALUES[name].split()

    def test_all_other_variables_are_whole_numbers_statements_or_amounts(self, tables):
        for table in (tables.persons, tables.households):
            for field in table.schema:
                known = pa.types.is_dictionary(field.type) or pa.types.is_boolean(field.type)
                known = known or pa.types.is_integer(field.type) or pa.types.is_float64(field.type)
                assert known, field

    def test_variables_are_missing_exactly_where_they_do_not_apply(self, persons):
        p, age = persons, persons["age"]
        young = age <= 5
        applies = {
            "attends_school": age >= 3,
            "years_schooling": age >= 5,
            "education_level": age >= 5,
            "literate": age >= 5,
            "childcare": young,
            "formal_care": p["ill_last_month"],
            "weeks_searching": p["unemployed"],
            "contributes_pension": p["employed"],
            "social_pension": age >= 60,
            "inactivity_reason": (age >= 12) & ~p["economically_active"],
            "teacher_contact": p["remote_school_only"].eq(True),
            "meal_adequate": (p["childcare"] == "centre") & p["school_meal"].eq(True),
        }
        for name, where in applies.items():
            assert (p[name].notna() == where).all(), name
        never = ["age", "sex", "employed", "unemployed", "receives_pension", "health_insured"]
        assert p[never].notna().all(axis=None)

    def test_answers_do_not_contradict_each_other(self, persons, households):
        p, h = persons, households
        assert (p["economically_active"] == (p["employed"] | p["unemployed"])).all()
        assert not (p["employed"] & p["unemployed"]).any()
        assert (p["birth_year"] == 2025 - p["age"]).all()
        assert (p["years_schooling"] <= (p["age"] - 5).clip(lower=0)).loc[p["age"] >= 5].all()
        assert (h["rooms"] >= h["bedrooms"]).all()
        assert (h["bedrooms"] >= 1).all()
        assert (h["extreme_line"] < h["poverty_line"]).all()
        assert ((h["toilet"] == "sewer") == h["sewer"]).all()
        assert ((h["toilet"] == "none") == h["toilet_shared"].isna()).all()

    def test_every_household_has_one_head_and_she_comes_first(self, persons):
        heads = persons.loc[persons["relationship"] == "head", "household_id"]
        assert heads.is_unique
        assert (persons.drop_duplicates("household_id")["relationship"] == "head").all()

    def test_missing_answers_come_on_request_and_change_nothing_else(self):
        whole = synthetic_tables(20_000, seed=SEED)
        gaps = synthetic_tables(20_000, seed=SEED, missing=0.02)
        for name in ("age", "relationship", "member", "household_id"):
            assert gaps.persons[name].equals(whole.persons[name])
        for name in ("health_insured", "years_schooling", "childcare"):
            before, after = whole.persons[name].to_pandas(), gaps.persons[name].to_pandas()
            lost = before.notna() & after.isna()
            assert lost.sum() / before.notna().sum() == pytest.approx(0.02, abs=0.004)
            assert (before[after.notna()] == after[after.notna()]).all()
        assert gaps.households["weight"].null_count == 0


class TestDesign:
    def test_keys_are_unique_and_every_person_has_a_household(self, persons, households):
        assert persons["person_id"].is_unique
        assert households.index.is_unique
        assert set(persons["household_id"]) == set(households.index)

    def test_household_size_counts_the_members(self, persons, households):
        members = persons[persons["member"]].groupby("household_id").size()
        assert (members == households["household_size"]).all()

    def test_weights_expand_to_the_population_and_are_unequal(self, households):
        weight = households["weight"]
        assert np.isfinite(weight).all()
        assert (weight > 0).all()
        assert weight.sum() == pytest.approx(18.5e6, rel=0.02)
        assert (weight * households["household_size"]).sum() == pytest.approx(52.3e6, rel=0.05)
        assert weight.std() / weight.mean() > 0.2

    def test_psus_are_nested_in_strata_and_strata_in_region_and_area(self, households):
        places = households.groupby("psu")[["stratum", "municipality"]].nunique()
        assert (places == 1).all(axis=None)
        cells = households.groupby("stratum")[["region", "area"]].nunique()
        assert (cells == 1).all(axis=None)
        assert households["stratum"].nunique() == 15

    @pytest.mark.parametrize("size", [400, 1_000, 12_345])
    def test_every_stratum_has_two_psus_in_surveys_of_any_size(self, size):
        h = synthetic_tables(size, seed=3).households.to_pandas()
        psus = h.groupby("stratum")["psu"].nunique()
        assert len(psus) == 15
        assert psus.min() >= 2

    def test_psus_have_unequal_sizes(self, households):
        sizes = households.groupby("psu").size()
        assert sizes.min() < 8
        assert sizes.max() > 14


class TestDeterminism:
    def test_the_same_seed_gives_the_same_tables(self):
        assert synthetic_tables(700, seed=5) == synthetic_tables(700, seed=5)

    def test_another_seed_gives_other_tables(self):
        a, b = synthetic_tables(700, seed=5), synthetic_tables(700, seed=6)
        assert not a.persons.equals(b.persons)

    def test_chunks_are_parts_of_the_whole(self):
        whole = synthetic_tables(23_000, seed=5)
        cuts = [0, 1, 4_000, 10_000, 17_001, 23_000]
        parts = [
            synthetic_tables(high - low, seed=5, first=low, total=23_000)
            for low, high in pairwise(cuts)
        ]
        assert pa.concat_tables([p.persons for p in parts]).equals(whole.persons)
        assert pa.concat_tables([p.households for p in parts]).equals(whole.households)

    def test_a_smaller_survey_is_the_beginning_of_a_larger_one_but_for_its_weights(self):
        small, large = synthetic_tables(2_000, seed=5), synthetic_tables(15_000, seed=5)
        begin = large.households.slice(0, 2_000)
        assert small.persons.equals(large.persons.slice(0, small.persons.num_rows))
        assert small.households.drop_columns("weight").equals(begin.drop_columns("weight"))
        assert not small.households["weight"].equals(begin["weight"])


class TestBadInput:
    def test_all_numbers_out_of_range_are_named_at_once(self):
        with pytest.raises(SurveyError) as caught:
            synthetic_tables(0, seed=1, first=-1, missing=1.0)
        for name in ("households: 0", "first: -1", "missing: 1.0"):
            assert name in str(caught.value)

    def test_a_total_below_the_range_is_refused(self):
        with pytest.raises(SurveyError, match=r"total: 10\.\n  Expected 30 or more"):
            synthetic_tables(20, seed=1, first=10, total=10)

    def test_an_empty_chunk_is_refused_before_anything_is_written(self, tmp_path):
        with pytest.raises(SurveyError, match="chunk: 0"):
            write_synthetic_survey(tmp_path / "new", 10, seed=1, chunk=0)
        assert not (tmp_path / "new").exists()


def plain(table: pa.Table) -> pa.Table:
    """The table with texts as texts; readers differ in how they chunk dictionaries."""
    columns = {
        field.name: table[field.name].cast(pa.string())
        if pa.types.is_dictionary(field.type)
        else table[field.name]
        for field in table.schema
    }
    return pa.table(columns)


class TestFiles:
    def test_written_files_hold_the_tables(self, tmp_path):
        written = write_synthetic_survey(tmp_path / "a" / "b", 25_000, seed=9, chunk=7_000)
        tables = synthetic_tables(25_000, seed=9)
        assert plain(pq.read_table(written.persons)).equals(plain(tables.persons))
        assert plain(pq.read_table(written.households)).equals(plain(tables.households))
        assert written.person_rows == tables.persons.num_rows
        assert written.household_rows == 25_000
        names = sorted(path.name for path in (tmp_path / "a" / "b").iterdir())
        assert names == ["households.parquet", "persons.parquet"]

    def test_an_interrupted_writing_leaves_nothing_and_keeps_older_files(
        self, tmp_path, monkeypatch
    ):
        before = write_synthetic_survey(tmp_path, 500, seed=1)
        old = before.persons.read_bytes(), before.households.read_bytes()
        calls = []

        def failing(*arguments, **options):
            calls.append(1)
            if len(calls) == 2:
                raise KeyboardInterrupt
            return synthetic_tables(*arguments, **options)

        monkeypatch.setattr(synthetic, "synthetic_tables", failing)
        with pytest.raises(KeyboardInterrupt):
            write_synthetic_survey(tmp_path, 3_000, seed=2, chunk=1_000)
        assert len(calls) == 2
        assert (before.persons.read_bytes(), before.households.read_bytes()) == old
        assert len(list(tmp_path.iterdir())) == 2

    def test_progress_is_shown_on_request_only(self, tmp_path, capsys):
        write_synthetic_survey(tmp_path, 500, seed=1)
        assert capsys.readouterr().err == ""
        write_synthetic_survey(tmp_path, 500, seed=1, progress=True)
        assert "500" in capsys.readouterr().err


def test_the_survey_declares_its_design():
    survey = datasets.synthetic_survey(500, seed=4)
    assert survey.design.weight == "weight"
    assert survey.design.strata == "stratum"
    assert survey.design.psu == "psu"
    assert survey.date == "2025"
