"""Whatever the survey: no cell below the limit follows from a published file."""

from __future__ import annotations

from fractions import Fraction
from itertools import product

import pytest
from attacker import attack, solved
from hypothesis import HealthCheck, assume, event, given, settings
from hypothesis import strategies as st

import mpi
from mpi.errors import EstimationError

NAMES = ("a", "b", "c")
REGIONS, SEXES = ("north", "south", "west"), ("f", "m")
LEAST = 3
BYS = (
    ("region",),
    ("region", "sex"),
    (("region", "sex"),),
    ("region", ("region", "sex")),
    ("region", "sex", ("region", "sex")),
)
CUTOFFS = (("1/2",), ("1/4", "3/4"), ("1",))
WEIGHTS = (Fraction(1, 4), Fraction(1, 4), Fraction(1, 2))


@st.composite
def samples(draw):
    """Persons by region, sex and profile: many cells are empty, many are small."""
    count = st.sampled_from([0, 0, 1, 2, 3, 4, 5, 9, 14])
    columns = {name: [] for name in (*NAMES, "region", "sex")}
    profiles = list(product((0, 1), repeat=len(NAMES)))
    usual = draw(st.lists(st.sampled_from(profiles), min_size=4, unique=True))
    regions = draw(st.sampled_from([REGIONS, (*REGIONS[:2], None)]))
    empty = draw(st.sets(st.sampled_from(list(product(regions, SEXES))), max_size=2))
    for region, sex, profile in product(regions, SEXES, usual):
        times = 0 if (region, sex) in empty else draw(count)
        for name, value in zip((*NAMES, "region", "sex"), (*profile, region, sex), strict=True):
            columns[name] += [value] * times
    assume(columns["a"])
    return columns


def groupings_of(by):
    return [(), *((one,) if isinstance(one, str) else one for one in by)]


def told_small(published, people, cutoffs, by):
    """What follows of the numbers below the limit."""
    found = attack(
        published, people, NAMES, WEIGHTS, [Fraction(k) for k in cutoffs], groupings_of(by)
    )
    return {key: n for key, n in found.items() if 0 < n < LEAST}


SPEC = mpi.Specification.from_columns(
    {"one": list(NAMES[:2]), "two": list(NAMES[2:])}, cutoff="1/2"
)


@settings(
    deadline=None,
    max_examples=60,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
@given(samples(), st.sampled_from(BYS), st.sampled_from(CUTOFFS))
def test_no_number_below_the_limit_follows_from_a_published_file(people, by, cutoffs):
    profiles = mpi.tabulate(people, SPEC, by=list(by), se=False)
    try:
        published = profiles.publish(LEAST, k=cutoffs)
    except EstimationError:
        event("the whole population is too small")
        assume(False)
    event(f"groups withheld: {any('WITHHELD' in f.code for f in published.findings)}")
    assert told_small(published, people, cutoffs, by) == {}
    for grouping in published.groupings:
        assert (grouping.table.n >= LEAST).all()


@settings(deadline=None, max_examples=30, suppress_health_check=[HealthCheck.too_slow])
@given(samples(), st.sampled_from(BYS), st.sampled_from(CUTOFFS))
def test_published_figures_are_those_of_the_whole_tables(people, by, cutoffs):
    profiles = mpi.tabulate(people, SPEC, by=list(by), se=False)
    try:
        published = profiles.publish(LEAST, k=cutoffs).estimate().to_arrow().to_pylist()
    except EstimationError:
        assume(False)
    places = ("by", "group", "measure", "dimension", "indicator", "k")
    whole = {
        tuple(row[name] for name in places): row
        for row in profiles.estimate(cutoffs, se=False).to_arrow().to_pylist()
    }
    for row in published:
        before = whole[tuple(row[name] for name in places)]
        assert row["n"] == before["n"]
        if before["estimate"] is None:
            assert row["estimate"] is None
        else:
            assert row["estimate"] == pytest.approx(before["estimate"], rel=1e-12, abs=1e-15)


def test_a_part_that_no_group_shows_is_protected_by_another_sum():
    """Two of the men without a region are poor: men less those of the south, shown apart."""
    cells = (
        (None, "f", (0, 1, 1), 3), (None, "f", (1, 0, 0), 3), (None, "f", (1, 0, 1), 14),
        (None, "m", (0, 1, 1), 2), (None, "m", (1, 0, 0), 5), ("north", "f", (0, 1, 1), 3),
        ("north", "f", (1, 0, 0), 9), ("north", "f", (1, 0, 1), 4), ("south", "m", (0, 1, 1), 9),
        ("south", "m", (1, 0, 1), 14),
    )  # fmt: skip
    people = {name: [] for name in (*NAMES, "region", "sex")}
    for region, sex, profile, times in cells:
        for name, value in zip((*NAMES, "region", "sex"), (*profile, region, sex), strict=True):
            people[name] += [value] * times
    by = ("region", "sex", ("region", "sex"))
    least = 5
    published = mpi.tabulate(people, SPEC, by=list(by), se=False).publish(least, k="1/2")
    weights = [Fraction(1, 4), Fraction(1, 4), Fraction(1, 2)]
    found = attack(published, people, NAMES, weights, [Fraction(1, 2)], groupings_of(by))
    assert not [key for key, n in found.items() if 0 < n < least]


def test_the_attacker_finds_what_a_difference_tells():
    found = solved([({"x": 1, "y": 1, "z": 1}, 12), ({"y": 1, "z": 1}, 10)])
    assert found == {"x": 2}


def test_the_attacker_finds_a_small_region_that_alone_is_withheld():
    """Without complementary suppression: the whole less the other regions."""
    people = {name: [] for name in (*NAMES, "region", "sex")}
    for region, profile, times in (
        ("north", (0, 0, 0), 9), ("north", (1, 1, 1), 8), ("south", (0, 0, 0), 9),
        ("south", (1, 1, 1), 7), ("west", (0, 0, 0), 1), ("west", (1, 1, 1), 1),
    ):  # fmt: skip
        for name, value in zip((*NAMES, "region", "sex"), (*profile, region, "f"), strict=True):
            people[name] += [value] * times
    published = mpi.tabulate(people, SPEC, by="region", se=False).publish(LEAST)
    assert len(published.groupings[1].labels) == 1
    assert told_small(published, people, ("1/2",), ("region",)) == {}
    without = mpi.tabulate(
        {n: [v for v, r in zip(c, people["region"], strict=True) if r != "west"]
         for n, c in people.items()}, SPEC, by="region", se=False,
    ).publish(LEAST)  # fmt: skip
    careless = type(published)(
        **{
            name: getattr(published, name)
            for name in published.__dataclass_fields__
            if name not in ("groupings", "pooled")
        },
        groupings=(published.groupings[0], without.groupings[1]),
        pooled=(published.pooled[0], without.pooled[1]),
    )
    told = told_small(careless, people, ("1/2",), ("region",))
    assert told[("region",), ("west",), ("all",)] == 2
