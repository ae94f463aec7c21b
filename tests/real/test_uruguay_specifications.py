"""Uruguay: the bundled specifications on the extract of 2018 by the bundled codebook.

The counts are those of the raw codes (`test_uruguay_ech.py`), so that codebook and rules say the
same. The extract is a convenience sample: no figure says anything about Uruguay.
"""

from __future__ import annotations

import math

import pytest

import mpi
from mpi.errors import SpecificationError
from mpi.spec.files import bundled

SUMMATION = 1e-9
FOUR_DECIMALS = 0.5e-4
HOUSEHOLDS, MEMBERS = 500, 1_293
# weight of all rows, and of the live-in domestic worker, who is a row and no member
WEIGHT, WORKER = 41_661, 15

# households; persons and weighted percent of all 1,294 rows, None where they are not stated
TABLE = {
    "school_link": (10, 49, 4.2822),
    "school_lag": (18, None, None),
    "years_of_schooling": (167, 530, 42.8506),
    "overcrowding": (33, 151, 12.9978),
    "materials": (19, 80, 6.8505),
    "tenure": (22, 76, 6.7521),
    "internet": (144, 368, 27.3133),
    "heating": (47, 151, 12.6521),
    "sanitation": (11, 37, 3.2692),
    "unemployment": (43, 151, 12.9930),
    "underemployment": (36, 118, 9.8773),
    "informality": (107, 320, 25.9763),
}
NEEDS = {"housing": 10, "water": 6, "sanitation": 11, "electricity": 0, "comfort": 65}
NEEDS |= {"education": 9}
# the worker lives in a household that is deprived in this indicator
HERS = ("informality",)


@pytest.fixture(scope="module")
def make_survey(microdata):
    path = microdata("uruguay-ech-2018") / "persons.parquet"

    def make(**options):
        keys = {"codebook": "uruguay-ech-2018", "date": "2018", "lonely_psu": "adjust"}
        return mpi.Survey(path, **keys | options)

    return make


@pytest.fixture(scope="module")
def survey(make_survey):
    return make_survey()


@pytest.fixture(scope="module")
def ine(survey):
    return mpi.tabulate(survey, "uruguay-ine-2025", by=["region", "sex", "age_group", "ethnicity"])


@pytest.fixture(scope="module")
def counted(make_survey):
    """The same with weight 1 for everybody."""
    book = mpi.codebook("uruguay-ech-2018")
    plain = book.model_copy(update={"design": type(book.design)()})
    return mpi.tabulate(make_survey(codebook=plain), "uruguay-ine-2025").estimate(se=False)


@pytest.fixture(scope="module")
def households(survey):
    return mpi.score(survey, "uruguay-ine-2025").to_pandas()


def adults_short(survey, spec):
    """Number of persons over 18 below the norm, and of persons over 18; all rows."""
    rule = 'years_schooling < norm("uy_compulsory_years", born=birth_year)'
    content = spec.content() | {"unit": "person", "cutoff": "1/2", "status": "guideline"}
    content["dimension"] = [
        {"id": "short", "indicator": [{"id": "below", "deprived": rule}]},
        {"id": "ages", "indicator": [{"id": "adult", "deprived": "age > 18"}]},
    ]
    found = mpi.score(survey, mpi.specification(content)).to_pandas()
    return int((found["below"] & found["adult"]).sum()), int(found["adult"].sum())


@pytest.mark.parametrize("indicator", TABLE)
def test_each_indicator_has_the_counts_of_the_raw_codes(households, ine, counted, indicator):
    deprived, persons, percent = TABLE[indicator]
    assert len(households) == HOUSEHOLDS
    assert households[indicator].notna().all()
    assert households[indicator].sum() == deprived
    if percent is not None:
        her_weight = WORKER if indicator in HERS else 0
        share = ine.estimate(se=False).get("hd", indicator=indicator).estimate
        expected = round(percent * WEIGHT / 100) - her_weight
        assert share * (WEIGHT - WORKER) == pytest.approx(expected, rel=SUMMATION)
    if persons is not None:
        count = counted.get("hd", indicator=indicator)
        hers = 1 if indicator in HERS else 0
        assert count.estimate * count.n == pytest.approx(persons - hers, abs=SUMMATION)


def test_the_codebook_knows_the_date_of_its_survey(make_survey):
    assert make_survey(date=None).date == "2018"
    assert make_survey(date="2018-06").date == "2018-06"


def test_every_bundled_codebook_states_the_date_that_norms_need():
    dates = {name: mpi.codebook(name).date for name in bundled("survey")}
    assert dates == {name: name[-4:] for name in dates}


def test_members_are_counted_without_the_live_in_domestic_worker(ine):
    assert ine.n == MEMBERS
    assert ine.groupings[0].table.weight.sum() == WEIGHT - WORKER


@pytest.mark.parametrize(
    ("changes", "short"),
    [
        ({}, 245),
        ({"reached": 17}, 256),
        ({"law": "1972"}, 65),
        ({"law": "2008", "standard": "current"}, 336),
        ({"standard": "current"}, 622),
    ],
)
def test_adults_below_the_norm_by_law_cohort_and_standard(make_survey, changes, short):
    spec = mpi.specification("uruguay-ine-2025")
    if "reached" in changes:
        spec = spec.with_parameters(last_reform_reached_age=changes["reached"])
    if "standard" in changes:
        spec = spec.replace(standard=changes["standard"])
    found, adults = adults_short(make_survey(law_as_of=changes.get("law")), spec)
    assert adults == 987
    assert found == short


def test_the_data_of_2018_under_the_law_of_2008_have_two_cohorts(make_survey, survey):
    spec = mpi.specification("uruguay-ine-2025")
    under, _ = adults_short(make_survey(law_as_of="2008"), spec)
    rule = "years_schooling < (6 if age > 2018 - 1961 else 9)"
    written = spec.content() | {"unit": "person", "cutoff": 1, "universe": "age > 18"}
    written["dimension"] = [{"id": "d", "indicator": [{"id": "below", "deprived": rule}]}]
    found = mpi.tabulate(survey, mpi.specification(written))
    shares = mpi.score(survey, mpi.specification(written | {"cutoff": "1/2", "dimension": [
        *written["dimension"],
        {"id": "ages", "indicator": [{"id": "adult", "deprived": "age > 18"}]},
    ]})).to_pandas()  # fmt: skip
    assert found.n == 986  # members; the live-in domestic worker is a row
    assert under == int((shares["below"] & shares["adult"]).sum())
    assert 65 < under < 245


@pytest.mark.parametrize(("need", "expected"), NEEDS.items())
def test_basic_needs_have_the_counts_of_the_raw_codes(survey, need, expected):
    found = mpi.score(survey, "uruguay-nbi-2011").to_pandas()
    assert found[need].sum() == expected
    assert found[need].notna().all()


def test_households_by_number_of_basic_needs(survey):
    found = mpi.score(survey, "uruguay-nbi-2011").to_pandas()
    counts = found[list(NEEDS)].sum(axis=1).value_counts().sort_index()
    assert counts.to_dict() == {0: 420, 1: 65, 2: 10, 3: 4, 4: 1}
    assert found["poor_1/6"].sum() == 80


def test_income_below_the_line_is_the_official_poverty(survey):
    rules = {"income": "income < poverty_line", "official": "pobre06 == 1"}
    spec = {
        "id": "income",
        "unit": "household",
        "cutoff": "1/2",
        "dimension": [
            {"id": f"of_{name}", "indicator": [{"id": name, "deprived": text}]}
            for name, text in rules.items()
        ],
    }
    found = mpi.score(survey, mpi.specification(spec)).to_pandas()
    assert len(found) == HOUSEHOLDS
    assert found["income"].tolist() == found["official"].tolist()
    assert found["income"].sum() == 22


def test_mean_years_of_schooling_of_adults(make_survey):
    gap = {"id": "years", "deprived": "years_schooling < 25", "gap": "(25 - years_schooling) / 25"}
    content = {"id": "years", "unit": "person", "cutoff": 1, "universe": "age >= 25"}
    spec = mpi.specification(content | {"dimension": [{"id": "d", "indicator": [gap]}]})
    # the figure counts all rows, with the live-in domestic worker
    book = mpi.codebook("uruguay-ech-2018")
    rows = tuple(variable for variable in book.variable if variable.id != "member")
    everybody = make_survey(codebook=book.model_copy(update={"variable": rows}))
    m1 = mpi.tabulate(everybody, spec).estimate(se=False).get("M1").estimate
    assert 25 * (1 - m1) == pytest.approx(10.2329, abs=FOUR_DECIMALS)


def test_the_rights_index_counts_dimensions_and_says_that_it_is_a_reconstruction(survey):
    profiles = mpi.tabulate(survey, "uruguay-rights-2012", by=["region", "sex"])
    estimates = profiles.estimate(k=["1/4", "1/2", "3/4", 1])
    shares = [estimates.get("dimension_count", category=str(n)).estimate for n in range(5)]
    assert sum(shares) == pytest.approx(1, rel=1e-12)
    mean = sum(n * share for n, share in enumerate(shares))
    assert estimates.get("mean_dimensions").estimate == pytest.approx(mean, rel=1e-12)
    for n, k in ((1, "1/4"), (2, "1/2"), (3, "3/4"), (4, "1")):
        assert estimates.get("H", k=k).estimate == pytest.approx(sum(shares[n:]), rel=1e-12)
    assert repr(estimates).startswith("Estimates: uruguay-rights-2012 [reconstruction], persons")
    assert estimates.findings.of_code("NOT_OFFICIAL")
    scored = mpi.score(survey, "uruguay-rights-2012")
    assert repr(scored).startswith("Scores: uruguay-rights-2012 [reconstruction], ")


def test_the_two_spaces_of_the_rights_index_divide_the_population(survey):
    profiles = mpi.tabulate(survey, "uruguay-rights-2012", by="region")
    estimates = profiles.estimate()
    spaces = ("poor_in_both", "rights_only", "income_only", "neither")
    for group in ({}, {"region": "montevideo"}, {"region": "rural"}):
        shares = [estimates.get("category", category=c, **group).estimate for c in spaces]
        assert sum(shares) == pytest.approx(1, rel=1e-12)
        poor = estimates.get("H", k="1/4", **group).estimate
        assert shares[0] + shares[1] == pytest.approx(poor, rel=1e-12)
        intensity = sum(
            estimates.get("intensity", category=c, **group).estimate for c in spaces[:2]
        )
        m0 = estimates.get("M0", k="1/4", **group).estimate
        assert intensity == pytest.approx(m0, rel=1e-12)
        for space, share in zip(spaces[:2], shares, strict=False):
            depth = estimates.get("depth", category=space, **group).estimate
            own = estimates.get("intensity", category=space, **group).estimate
            if share == 0:  # nobody is in it, so it has no mean
                assert math.isnan(depth)
                assert own == 0
            else:
                assert own == pytest.approx(share * depth / 4, rel=1e-12)


@pytest.mark.parametrize(
    ("law", "ages"), [("1997", [6]), ("1998", [5, 6]), ("2007", [4, 5, 6]), ("2018", [4, 5, 6])]
)
def test_the_duty_to_attend_begins_earlier_from_law_to_law(law, ages):
    spec = mpi.specification("uruguay-rights-2012")
    alone = spec.replace(
        unit="person",
        dimension=[
            {
                "id": "d",
                "indicator": [{"id": "duty", "deprived": 'age >= norm("uy_attendance_from")'}],
            }
        ],
        category=[], condition=[], cutoff=1,
    )  # fmt: skip
    survey = mpi.Survey({"age": [3, 4, 5, 6]}, law_as_of=law)
    found = mpi.score(survey, alone).to_arrow()["duty"].to_pylist()
    assert [age for age, due in zip([3, 4, 5, 6], found, strict=True) if due] == ages


# --- the two countries on each other's surveys ------------------------------------------------


@pytest.fixture(scope="module")
def colombian(microdata):
    folder = microdata("colombia-ecv-2025")
    return mpi.Survey(
        folder / "personas_sample.csv",
        folder / "hogares_sample.csv",
        folder / "viviendas_sample.csv",
        codebook="colombia-ecv-2025",
        household_id="DIRECTORIO",
        date="2025",
    )


def left_out(profiles):
    found = profiles.findings.of_code("INDICATOR_LEFT_OUT")
    return {finding.where.split("'")[1]: finding.detail for finding in found}


@pytest.mark.parametrize("spec", ["colombia-dane", "colombia-dnp-2011"])
def test_colombias_index_runs_on_uruguays_survey(survey, spec):
    profiles = mpi.tabulate(survey, spec, absent="reweight-dimension")
    found = left_out(profiles)
    assert set(found) == {"early_childhood", "health_access"}
    assert found["health_access"] == (
        "left out, the survey has no ill_last_month, formal_care; its weight is shared by the "
        "others of its dimension"
    )
    weights = profiles.specification.weights
    assert str(weights["health_insurance"]) == "1/5"
    assert {str(weights[name]) for name in ("school_attendance", "school_lag")} == {"1/15"}
    assert sum(weights.values()) == 1
    (shared,) = profiles.findings.of_code("WEIGHTS_SHARED")
    assert "health_insurance 1/5" in shared.detail
    estimates = profiles.estimate(se=False)
    assert estimates.get("H").n == MEMBERS
    assert 0 < estimates.get("M0").estimate < estimates.get("H").estimate
    told = [f.detail for f in profiles.findings.of_code("CLASS_NOT_GIVEN")]
    assert any("bamboo, cane" in detail for detail in told)


def test_uruguays_index_runs_on_colombias_survey(colombian):
    with pytest.raises(SpecificationError, match="dimension 'protection'"):
        mpi.tabulate(colombian, "uruguay-ine-2025", absent="reweight-dimension")
    profiles = mpi.tabulate(colombian, "uruguay-ine-2025", absent="reweight")
    kept = profiles.specification.weights
    assert {name: str(weight) for name, weight in kept.items()} == dict.fromkeys(
        ("school_link", "school_lag", "years_of_schooling", "overcrowding", "informality"), "1/5"
    )
    assert set(left_out(profiles)) == set(mpi.specification("uruguay-ine-2025").indicators) - {
        *kept
    }
    estimates = profiles.estimate(se=False)
    assert estimates.get("H").n > 250
    assert 0 < estimates.get("H").estimate < 1


def test_an_optional_answer_that_decides_nothing_leaves_no_indicator_out(colombian):
    profiles = mpi.tabulate(colombian, "colombia-dane", absent="reweight-dimension")
    assert not left_out(profiles)
    assert profiles.specification.fingerprint == mpi.specification("colombia-dane").fingerprint
