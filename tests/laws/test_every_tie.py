"""Every profile at every attainable cutoff, judged by fractions: floats decide no tie."""

from __future__ import annotations

import itertools
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import law, rational_weights

import mpi
from mpi.core.counting import Scores, at_cutoff, poor, score
from mpi.schemes import scheme
from mpi.spec.files import bundled

# profiles of specifications with more indicators than this are sampled
MOST_INDICATORS = 15
SAMPLED = 20_000
# headcounts of a few thousand equal weights are sums of whole numbers, divided once
ONE_DIVISION = 1e-15

METHOD_TABLE = [
    # weights, cutoff, profiles exactly at the cutoff
    ("global MPI", "1/3", 87),
    ("global MPI", "1/2", 128),
    ("global MPI", "2/3", 87),
    ("global MPI", "1", 1),
    ("3+3+4 nested", "1/2", 120),
    ("six equal", "5/6", 6),
    ("six equal", "1", 1),
]
WEIGHTS = {
    "global MPI": [Fraction(1, 6)] * 4 + [Fraction(1, 18)] * 6,
    "3+3+4 nested": [Fraction(1, 9)] * 6 + [Fraction(1, 12)] * 4,
    "six equal": [Fraction(1, 6)] * 6,
    "GEIH extract": [Fraction(1, 10)] * 6 + [Fraction(1, 5)] * 2,
}


def of_weights(weights, cutoff="1/2"):
    names = [f"i{place:02}" for place in range(len(weights))]
    return mpi.Specification.from_columns(
        {"D": names}, cutoff=cutoff, weights=dict(zip(names, weights, strict=True))
    )


def every_profile(d):
    return np.arange(1 << d, dtype=np.int64)


def exact_scores(spec, profiles):
    """Score of each profile as a fraction, from the specification's elements alone."""
    names = list(spec.indicators)
    total = np.full(profiles.size, Fraction(0), dtype=object)
    for element in spec.elements:
        inside = (
            [element.indicator]
            if element.indicator is not None
            else [i.id for i in spec.dimensions[element.dimension].indicator]
        )
        mask = sum(1 << names.index(name) for name in inside)
        total[profiles & mask != 0] += element.weight
    return total


def by_score(exact):
    """The distinct scores, ascending, and one profile's position for each."""
    first = {}
    for place, value in enumerate(exact):
        first.setdefault(value, place)
    values = sorted(first)
    return values, [first[value] for value in values]


def only(scores, places):
    """Scores of some profiles."""
    parts = {name: getattr(scores, name)[places] for name in Scores.__slots__}
    return Scores(**parts)


def assert_every_tie_is_right(spec, profiles):
    """Each score is exact, and at each attainable cutoff exactly those that reach it are poor."""
    scores = score(profiles, np.zeros_like(profiles), scheme(spec), "drop")
    exact = exact_scores(spec, profiles)
    assert scores.kept.all()
    scales = set(scores.scale.tolist())
    assert len(scales) == 1
    scale = scales.pop()
    assert [int(value * scale) for value in exact] == scores.score.tolist()
    assert all((weight * scale).denominator == 1 for weight in spec.weights.values())
    # profiles with the same score are alike from here on: one of each is enough
    values, places = by_score(exact)
    each = only(scores, places)
    attained = [value for value in values if value > 0]
    between = [(a + b) / 2 for a, b in itertools.pairwise(values)]
    for k in [*attained, *between]:
        expected = [value >= k for value in values]
        assert poor(each, k).tolist() == expected, k
        assert at_cutoff(each, k).tolist() == [value == k for value in values], k


@pytest.mark.parametrize("name", [n for n in bundled("spec") if not mpi.specification(n).lacks])
def test_no_tie_of_a_bundled_specification_is_missed(name):
    spec = mpi.specification(name)
    d = len(spec.indicators)
    if d <= MOST_INDICATORS:
        profiles = every_profile(d)
    else:
        generator = np.random.default_rng(20251123)
        profiles = np.unique(generator.integers(0, 1 << d, SAMPLED))
    assert_every_tie_is_right(spec, profiles)


@pytest.mark.parametrize("name", WEIGHTS)
def test_no_tie_of_well_known_weights_is_missed(name):
    weights = WEIGHTS[name]
    assert_every_tie_is_right(of_weights(weights), every_profile(len(weights)))


@pytest.mark.parametrize("d", [2, 3, 5, 8, 10, 12, 15])
@pytest.mark.parametrize("seed", [1, 2])
def test_no_tie_of_random_weights_is_missed(d, seed):
    parts = np.random.default_rng([d, seed]).integers(1, 13, d).tolist()
    weights = [Fraction(part, sum(parts)) for part in parts]
    assert_every_tie_is_right(of_weights(weights), every_profile(d))


@pytest.mark.parametrize("sizes", [(1, 2, 3), (3, 3, 4), (5, 2, 7), (2, 3, 4, 5), (7, 1, 1, 6)])
def test_no_tie_of_nested_equal_weights_is_missed(sizes):
    names = (f"i{place:02}" for place in itertools.count())
    dimensions = {f"D{j}": list(itertools.islice(names, size)) for j, size in enumerate(sizes)}
    spec = mpi.Specification.from_columns(dimensions, cutoff="1/3")
    assert_every_tie_is_right(spec, every_profile(sum(sizes)))


@law
@given(st.integers(1, 6).flatmap(rational_weights))
def test_no_tie_of_any_few_weights_is_missed(weights):
    assert_every_tie_is_right(of_weights(weights), every_profile(len(weights)))


@law
@given(st.integers(1, 4).flatmap(rational_weights), st.data())
def test_reweighted_scores_are_exact_too(weights, data):
    d = len(weights)
    missing = data.draw(st.integers(0, 2**d - 2))
    deprived = data.draw(st.integers(0, 2**d - 1)) & ~missing
    spec = of_weights(weights)
    found = score(np.array([deprived]), np.array([missing]), scheme(spec), "reweight")
    observed = [w for j, w in enumerate(weights) if not missing >> j & 1]
    counted = [w for j, w in enumerate(weights) if deprived >> j & 1]
    expected = sum(counted, Fraction(0)) / sum(observed)
    assert Fraction(int(found.score[0]), int(found.scale[0])) == expected
    if expected:
        assert poor(found, expected).tolist() == [True]
        assert poor(found, expected + Fraction(1, 10**6)).tolist() == [False]


def one_row_per_profile(d):
    profiles = every_profile(d)
    return {f"i{place:02}": (profiles >> place & 1).tolist() for place in range(d)}


@pytest.mark.parametrize("name", [*WEIGHTS, "colombia-dane"])
def test_a_frame_with_one_row_per_profile_has_the_exact_headcount_at_every_cutoff(name):
    weights = WEIGHTS.get(name) or list(mpi.specification(name).weights.values())
    d, spec = len(weights), of_weights(weights)
    exact = exact_scores(spec, every_profile(d))
    attained = [value for value in by_score(exact)[0] if value > 0]
    profiles = mpi.tabulate(one_row_per_profile(d), spec)
    estimates = profiles.estimate(k=attained, measures=["H", "M0", "N_poor"])
    for k in attained:
        reached = [value for value in exact if value >= k]
        assert estimates.get("N_poor", k=k).estimate == len(reached)
        h, m0 = len(reached) / 2**d, float(sum(reached)) / 2**d
        assert estimates.get("H", k=k).estimate == pytest.approx(h, rel=ONE_DIVISION)
        assert estimates.get("M0", k=k).estimate == pytest.approx(m0, rel=1e-12)


@pytest.mark.parametrize(("name", "cutoff", "count"), METHOD_TABLE)
def test_as_many_profiles_are_at_the_cutoff_as_the_method_says(name, cutoff, count):
    weights = WEIGHTS[name]
    exact = exact_scores(of_weights(weights), every_profile(len(weights)))
    assert sum(value == Fraction(cutoff) for value in exact) == count


def test_ties_of_the_geih_extract_are_as_many_as_the_method_says():
    exact = exact_scores(of_weights(WEIGHTS["GEIH extract"]), every_profile(8))
    ties = [sum(value == Fraction(tenths, 10) for value in exact) for tenths in range(2, 8)]
    assert (min(ties), max(ties)) == (17, 52)


@pytest.mark.parametrize(
    ("name", "cutoff", "lost"), [("3+3+4 nested", "1/2", 120), ("six equal", "5/6", 6)]
)
def test_adding_doubles_from_left_to_right_loses_every_tie_that_the_library_keeps(
    name, cutoff, lost
):
    weights, k = WEIGHTS[name], Fraction(cutoff)
    spec, profiles = of_weights(weights), every_profile(len(WEIGHTS[name]))
    exact = exact_scores(spec, profiles)
    naive = np.zeros(profiles.size)
    for place, weight in enumerate(weights):
        naive = naive + (profiles >> place & 1) * float(weight)
    wrong = (naive >= float(k)) != np.array([value >= k for value in exact])
    assert int(wrong.sum()) == lost
    scores = score(profiles, np.zeros_like(profiles), scheme(spec), "drop")
    assert int(at_cutoff(scores, k).sum()) == lost
    assert bool(poor(scores, k)[wrong].all())


def test_a_matrix_product_of_doubles_gets_some_of_the_methods_ties_wrong():
    lost = {}
    for name, cutoff, _ in METHOD_TABLE:
        weights, k = WEIGHTS[name], Fraction(cutoff)
        profiles = every_profile(len(weights))
        matrix = (profiles[:, np.newaxis] >> np.arange(len(weights)) & 1).astype(float)
        naive = matrix @ np.array([float(weight) for weight in weights]) >= float(k)
        exact = exact_scores(of_weights(weights), profiles)
        lost[name, cutoff] = int((naive != np.array([value >= k for value in exact])).sum())
    # how many depends on the order in which the machine adds, that some are lost does not
    assert sum(lost.values()) > 0
    assert lost["six equal", "5/6"] > 0
