"""Profile tables add: splitting the microdata anywhere between households changes nothing."""

from __future__ import annotations

import tempfile
from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from strategies import (
    CARDINAL,
    assert_same_estimates,
    assert_same_profiles,
    assert_same_sample,
    law,
    specifications,
    surveys,
)

import mpi
from mpi.errors import SpecificationError
from mpi.spec.validation import validated

# household-level and person-level groupings, and both crossed
BY = ["region", "sex", ("region", "sex")]
UNITS = ["person", "household"]


def splits(sample):
    """A part of the households, neither none nor all."""
    ids = sorted(set(sample.columns["hh"]))
    assume(len(ids) > 1)
    return st.sets(st.sampled_from(ids), min_size=1, max_size=len(ids) - 1)


@pytest.mark.parametrize("households", [False, True], ids=["one table", "two tables"])
@pytest.mark.parametrize("psu", [True, False], ids=["with PSUs", "without PSUs"])
@pytest.mark.parametrize("weight", [True, False], ids=["weighted", "unweighted"])
@pytest.mark.parametrize("unit", UNITS)
@law
@given(data=st.data())
def test_the_tables_of_two_parts_add_up_to_the_table_of_the_whole(
    unit, weight, psu, households, data
):
    sample = data.draw(surveys(unit=unit, fewest=2))
    first, second = sample.split(data.draw(splits(sample)))
    design = {"psu": psu, "weight": weight, "households": households}
    whole = sample.tabulate(by=BY, **design)
    added = first.tabulate(by=BY, **design) + second.tabulate(by=BY, **design)
    assert_same_profiles(added, whole)
    assert_same_estimates(
        added.estimate(["1/3", 1], missing="bounds"), whole.estimate(["1/3", 1], missing="bounds")
    )


def cardinal(unit):
    indicators = [{"id": "poor_income", **CARDINAL}, {"id": "a", "deprived": "a"}]
    content = {
        "id": "cardinal",
        "unit": unit,
        "cutoff": "1/2",
        "missing": "nondeprived",
        "dimension": [{"id": "D", "indicator": indicators}],
    }
    return validated(mpi.Specification, content, source="test", error=SpecificationError)


@pytest.mark.parametrize("unit", UNITS)
@law
@given(data=st.data())
def test_sums_of_gaps_add_up_too(unit, data):
    plain = mpi.Specification.from_columns({"D": ["a"]}, cutoff=1, unit=unit)
    sample = data.draw(surveys(spec=plain, fewest=2))
    incomes = {hh: data.draw(st.integers(0, 20)) for hh in sorted(set(sample.columns["hh"]))}
    sample = sample.with_column("income", [incomes[hh] for hh in sample.columns["hh"]])
    sample = type(sample)(sample.columns, cardinal(unit))
    first, second = sample.split(data.draw(splits(sample)))
    whole = sample.tabulate(by=BY)
    added = first.tabulate(by=BY) + second.tabulate(by=BY)
    assert_same_profiles(added, whole)
    assert_same_estimates(added.estimate(), whole.estimate())


@pytest.mark.parametrize("unit", UNITS)
@law
@given(data=st.data())
def test_addition_is_commutative_and_associative(unit, data):
    sample = data.draw(surveys(unit=unit, fewest=3))
    ids = sorted(set(sample.columns["hh"]))
    assume(len(ids) > 2)
    rest, third = sample.split(set(ids[:-1]))
    first, second = rest.split({ids[0]})
    a, b, c = (part.tabulate(by=BY) for part in (first, second, third))
    assert_same_profiles(a + b, b + a)
    assert_same_profiles((a + b) + c, a + (b + c))


@pytest.mark.parametrize("unit", UNITS)
@law
@given(data=st.data())
def test_the_order_of_rows_and_columns_changes_nothing(unit, data):
    sample = data.draw(surveys(unit=unit))
    order = data.draw(st.permutations(range(len(sample))))
    names = data.draw(st.permutations(list(sample.columns)))
    shuffled = sample.rows(order)
    shuffled = type(sample)({n: shuffled.columns[n] for n in names}, sample.spec)
    assert_same_profiles(shuffled.tabulate(by=BY), sample.tabulate(by=BY))


@pytest.mark.parametrize("unit", UNITS)
@law
@given(data=st.data())
def test_a_weight_of_one_is_the_same_as_none(unit, data):
    sample = data.draw(surveys(unit=unit))
    ones = sample.with_column("w", [1.0] * len(sample))
    assert_same_profiles(ones.tabulate(by=BY), sample.tabulate(by=BY, weight=False))


@pytest.mark.parametrize("unit", UNITS)
@law
@given(data=st.data())
def test_person_rows_alone_give_the_same_figures_as_two_linked_tables(unit, data):
    sample = data.draw(surveys(unit=unit))
    one, two = (sample.tabulate(by=BY, households=given) for given in (False, True))
    assert_same_estimates(one.estimate(missing="bounds"), two.estimate(missing="bounds"))
    if unit == "person":
        assert_same_profiles(one, two)


@law
@given(surveys())
def test_doubling_a_sample_doubles_its_sums(sample):
    one = sample.tabulate(by=BY)
    twice = one + one
    for a, b in zip(one.groupings, twice.groupings, strict=True):
        assert b.table.n.tolist() == (2 * a.table.n).tolist()
        assert b.table.weight.tolist() == (2 * a.table.weight).tolist()
    assert_same_estimates(
        one.estimate(missing="bounds"), twice.estimate(missing="bounds"), without=["N_poor"]
    )


@law
@given(data=st.data())
def test_a_row_split_in_two_of_half_the_weight_changes_no_figure(data):
    sample = data.draw(surveys())
    row = data.draw(st.integers(0, len(sample) - 1))
    weights = list(sample.columns["w"])
    weights[row] /= 2
    halved = sample.with_column("w", weights)
    halved = halved.rows([*range(len(sample)), row])
    assert_same_estimates(
        sample.tabulate(by=BY).estimate(missing="bounds"),
        halved.tabulate(by=BY).estimate(missing="bounds"),
    )


def test_a_part_in_which_nobody_answered_a_text_question_still_adds():
    content = {
        "id": "text",
        "unit": "person",
        "cutoff": 1,
        "dimension": [{"id": "D", "indicator": [{"id": "i", "deprived": "wall == 'mud'"}]}],
    }
    spec = validated(mpi.Specification, content, source="test", error=SpecificationError)
    wall, region = ["mud", "brick", None, None], ["N", None, None, None]
    whole, first, second = (
        mpi.tabulate({"wall": wall[part], "region": region[part]}, spec, by="region")
        for part in (slice(None), slice(2), slice(2, None))
    )
    assert_same_profiles(first + second, whole)


def test_a_part_of_the_sample_keeps_every_psu():
    frame = {"a": [1, 0, 1], "psu": ["p", "q", "r"], "age": [5, 20, 30]}
    spec = mpi.Specification.from_columns({"D": ["a"]}, cutoff=1)
    adults = mpi.tabulate(mpi.Survey(frame, psu="psu", where="age >= 18"), spec)
    assert adults.n == 2
    assert adults.sampled.labels == ((None, "p"), (None, "q"), (None, "r"))


def test_tables_of_different_specifications_groups_or_designs_are_not_added():
    frame = {"hh": [1, 2], "a": [1, 0], "b": [0, 1], "region": ["N", "S"], "w": [1, 1]}
    spec = mpi.Specification.from_columns({"D": ["a", "b"]}, cutoff="1/2")
    survey = mpi.Survey(frame, household_id="hh", weight="w")
    plain = mpi.tabulate(survey, spec)
    other_cutoff = mpi.tabulate(survey, spec.replace(cutoff=1))
    by_region = mpi.tabulate(survey, spec, by="region")
    with_psu = mpi.tabulate(mpi.Survey(frame, household_id="hh", psu="hh"), spec)
    for other, word in ((other_cutoff, "specifications"), (by_region, "by"), (with_psu, "PSU")):
        with pytest.raises(mpi.EstimationError, match=word):
            plain + other


@pytest.mark.parametrize("unit", UNITS)
@law
@given(data=st.data())
def test_saving_and_loading_is_the_identity(unit, data):
    spec = data.draw(specifications(unit=unit))
    sample = data.draw(surveys(spec=spec))
    kept = sample.tabulate(by=BY, psu=data.draw(st.booleans()))
    assert_identical(kept, round_trip(kept))


def round_trip(profiles):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "some.profiles.parquet"
        profiles.save(path)
        return mpi.load_profiles(path)


def assert_identical(one, other):
    """Equal to the last bit, with equal types of labels."""
    assert_same_sample(one.sampled, other.sampled)
    for name in ("specification", "design", "findings", "date", "by"):
        assert getattr(one, name) == getattr(other, name), name
    assert (one.value_labels or {}) == (other.value_labels or {})
    for a, b in zip(one.groupings, other.groupings, strict=True):
        assert (a.by, a.labels, a.households) == (b.by, b.labels, b.households)
        types = [[type(value) for value in label] for label in a.labels]
        assert types == [[type(value) for value in label] for label in b.labels]
        for field in fields(a.table):
            left, right = getattr(a.table, field.name), getattr(b.table, field.name)
            assert left.dtype == right.dtype, field.name
            assert left.shape == right.shape, field.name
            assert np.array_equal(left, right), field.name


KINDS = {
    "whole numbers": [1, 2, 3],
    "fractional numbers": [0.5, 1.0, 1e300],
    "texts": ["05", "ñandú", 'quo"te\n'],
    "truths": [True, False, True],
    "dates": np.array(["2018-01-02", "2018-01-03", "2018-01-02"], dtype="datetime64[D]"),
    "moments": np.array(["2018-01-02T03", "2018-01-03T04", "2018-01-02T03"], dtype="M8[us]"),
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("role", ["group", "psu"])
def test_labels_of_every_type_survive_saving_and_still_add(kind, role):
    frame = {"a": [1, 0, 1], "which": KINDS[kind]}
    spec = mpi.Specification.from_columns({"D": ["a"]}, cutoff=1)
    design = {"psu": "which"} if role == "psu" else {}
    kept = mpi.tabulate(mpi.Survey(frame, **design), spec, by="which" if role == "group" else None)
    loaded = round_trip(kept)
    assert_identical(kept, loaded)
    assert_same_profiles(kept + loaded, kept + kept)
