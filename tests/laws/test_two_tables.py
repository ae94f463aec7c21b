"""Households of which some have no person rows: every total against a direct computation."""

from __future__ import annotations

import math

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import law

import mpi

# sums of a few doubles in another order
ORDER = 1e-9

SPEC = mpi.specification(
    {
        "id": "law",
        "unit": "household",
        "cutoff": "1/2",
        "dimension": [
            {
                "id": "one",
                "indicator": [{"id": "a", "deprived": "a", "gap": "g", "destitute": "strict"}],
            },
            {"id": "two", "indicator": [{"id": "b", "deprived": "b"}]},
        ],
    }
)
answer = st.sampled_from([0, 1, None])


@st.composite
def surveys(draw):
    """Households with their own weight, size, PSU and answers; persons of some of them."""
    households, persons = [], []
    for hh in range(draw(st.integers(2, 7))):
        a, weight = draw(answer), draw(st.integers(1, 5))
        rows = draw(st.integers(0, 3)) if hh else 2
        households.append(
            {
                "hh": hh,
                "w": weight,
                "household_size": rows or draw(st.integers(1, 4)),
                "psu": draw(st.integers(0, 3)),
                "region": draw(st.sampled_from(["N", "S"])),
                "a": a,
                "strict": draw(answer) if a != 0 else draw(st.sampled_from([0, None])),
                "b": draw(answer) if hh else 1,
                "g": draw(st.sampled_from([0.25, 0.5]))
                if a == 1
                else draw(st.sampled_from([0.5, None])),
                "rows": rows,
            }
        )
        if not hh:
            households[0] |= {"a": 1, "strict": 1, "g": 0.5}
        sexes = [draw(st.sampled_from(["f", "m"])) for _ in range(rows)]
        persons += [{"hh": hh, "w": weight, "sex": sex} for sex in sexes]
    return pd.DataFrame(persons), pd.DataFrame(households)


def tabulated(persons, households, by):
    whole = households.drop(columns="rows")
    survey = mpi.Survey(
        persons, whole, household_id="hh", weight="w", psu="psu", lonely_psu="certainty"
    )
    return mpi.tabulate(survey, SPEC, by=by)


def expected(households, weight):
    """H, M0, M1 of the complete households, with a weight for each."""
    settled = households["a"].where(households["strict"] != 1, 1)  # the destitute are deprived
    depth = households["g"].where(households["g"].notna(), 1)  # known as a yes or no only
    households = households.assign(a=settled, g=depth)
    both = households[["a", "b"]].notna().all(axis=1)
    kept, w = households[both].astype({"a": float, "b": float}), weight[both]
    score = (kept["a"] + kept["b"]) / 2
    poor = score >= 0.5
    gap = (kept["a"] * kept["g"] + kept["b"]) / 2
    if not w.sum():
        return {"H": math.nan, "M0": math.nan, "M1": math.nan}
    totals = {"H": poor, "M0": score * poor, "M1": gap * poor}
    return {name: float((w * value).sum() / w.sum()) for name, value in totals.items()}


@law
@given(surveys())
def test_households_without_person_rows_count_with_weight_and_size(tables):
    persons, households = tables
    profiles = tabulated(persons, households, by=["region", "sex"])
    estimates = profiles.estimate()
    weight = households["w"] * households["household_size"]
    for name, value in expected(households, weight).items():
        assert estimates.get(name).estimate == pytest.approx(value, rel=ORDER, nan_ok=True)
    for region in households["region"].unique():
        own = households["region"] == region
        for name, value in expected(households[own], weight[own]).items():
            found = estimates.get(name, region=region).estimate
            assert found == pytest.approx(value, rel=ORDER, nan_ok=True)


@law
@given(surveys())
def test_groups_of_persons_have_the_persons_whose_rows_there_are(tables):
    persons, households = tables
    estimates = tabulated(persons, households, by="sex").estimate()
    for sex in persons["sex"].unique():
        members = persons[persons["sex"] == sex]["hh"].value_counts()
        weight = households["w"] * households["hh"].map(members).fillna(0)
        for name, value in expected(households, weight).items():
            found = estimates.get(name, sex=sex).estimate
            assert found == pytest.approx(value, rel=ORDER, nan_ok=True)
    lost = (households["rows"] == 0).sum()
    told = estimates.findings.of_code("GROUP_MISSING")
    assert sum(finding.count for finding in told) == lost


@law
@given(surveys())
def test_households_are_counted_with_their_own_weight_and_without_gaps(tables):
    persons, households = tables
    estimates = tabulated(persons, households, by="region").estimate(count="households")
    for name, value in expected(households, households["w"]).items():
        if name != "M1":
            assert estimates.get(name).estimate == pytest.approx(value, rel=ORDER, nan_ok=True)
    assert "M1" not in estimates.to_pandas()["measure"].unique()
    assert len(estimates.findings.of_code("GAPS_OF_PERSONS")) == 1


@law
@given(surveys())
def test_every_psu_keeps_its_own_units(tables):
    persons, households = tables
    profiles = tabulated(persons, households, by="sex")
    table = next(grouping.table for grouping in profiles.groupings if grouping.by == ("sex",))
    own = persons.merge(households[["hh", "psu"]], on="hh").groupby("psu").size().to_dict()
    found: dict[int, int] = {}
    for place, n in zip(table.psu.tolist(), table.n.tolist(), strict=True):
        psu = profiles.sampled.labels[place][1]
        found[psu] = found.get(psu, 0) + n
    assert found == own
    assert [psu for _, psu in profiles.sampled.labels] == sorted(households["psu"].unique())


@law
@given(surveys())
def test_the_destitute_are_poor_whatever_is_missing(tables):
    persons, households = tables
    profiles = tabulated(persons, households, by="region")
    strict = {name for name, _ in SPEC.bits}
    assert "destitute" in strict
    table = profiles.groupings[0].table
    plain, stricter = 1, 1 << SPEC.bits.index(("destitute", "a"))
    assert ((table.deprived & stricter == 0) | (table.deprived & plain != 0)).all()
    known_not = (table.deprived & plain == 0) & (table.missing & plain == 0)
    assert (table.missing[known_not] & stricter == 0).all()
