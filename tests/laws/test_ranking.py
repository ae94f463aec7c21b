"""Agreement of orders and scores under many weights, against definitions and other programs."""

from __future__ import annotations

from fractions import Fraction
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from strategies import law, rational_weights

from mpi.core.ranking import agreement, rank_quantiles, reference
from mpi.core.weighting import Schemes, curves, schemes_of, simplex

# sums of a few dozen doubles in another order
EXACT = 1e-12


@st.composite
def orders(draw):
    """Values of some groups, many of them tied, and those of the reference."""
    groups = draw(st.integers(2, 7))
    value = st.integers(0, 4).map(lambda whole: whole / 7)
    row = st.lists(value, min_size=groups, max_size=groups)
    return np.array(draw(row)), np.array(draw(st.lists(row, min_size=1, max_size=5)))


def agreed(base, values):
    return agreement(reference(base), [(values, np.zeros(len(values), dtype=int))], 1)


@law
@given(orders())
def test_correlations_are_those_of_scipy_and_undefined_without_variation(case):
    base, values = case
    found = agreed(base, values)
    for n, row in enumerate(values):
        triple = (found.kendall[n], found.spearman[n], found.pearson[n])
        if len(set(base)) == 1 or len(set(row)) == 1:
            assert np.isnan(triple).all()
            continue
        expected = (
            stats.kendalltau(base, row).statistic,
            stats.spearmanr(base, row).statistic,
            stats.pearsonr(base, row).statistic,
        )
        assert triple == pytest.approx(expected, abs=EXACT)


@law
@given(orders())
def test_comparisons_and_ranks_are_counted_by_definition(case):
    base, values = case
    found = agreed(base, values)
    pairs = list(combinations(range(base.size), 2))
    differ = [(i, j) for i, j in pairs if base[i] != base[j]]
    for n, row in enumerate(values):
        kept = [(base[i] > base[j]) == (row[i] > row[j]) and row[i] != row[j] for i, j in differ]
        assert found.kept[n] == pytest.approx(np.mean(kept) if differ else np.nan, nan_ok=True)
    assert found.higher[0].tolist() == [sum(row[i] > row[j] for row in values) for i, j in pairs]
    assert found.lower[0].tolist() == [sum(row[i] < row[j] for row in values) for i, j in pairs]
    ranks = np.array([stats.rankdata(-row) for row in values])
    for g in range(base.size):
        of_group = np.bincount((2 * ranks[:, g] - 2).astype(int), minlength=2 * base.size - 1)
        assert found.ranks[0, g].tolist() == of_group.tolist()
    shares = (Fraction(0), Fraction(1, 2), Fraction(1))
    quantiles = rank_quantiles(found.ranks, shares)[0]
    inverted = np.quantile(ranks, [0, 0.5, 1], axis=0, method="inverted_cdf").T
    assert quantiles.tolist() == inverted.tolist()


def test_an_order_without_a_figure_has_no_statistics_and_is_not_counted():
    found = agreed(np.array([1.0, 2.0]), np.array([[np.nan, 1.0], [1.0, 2.0]]))
    assert np.isnan(found.kendall).tolist() == [True, False]
    assert (found.orders.tolist(), found.ranks.sum()) == ([1], 2)


def test_figures_that_differ_by_rounding_are_tied():
    found = agreed(np.array([1.0, 2.0, 3.0]), np.array([[0.1 + 0.2, 0.3, 0.0]]))
    assert found.kendall[0] == pytest.approx(stats.kendalltau([1, 2, 3], [1, 1, 0]).statistic)


@law
@given(
    st.integers(1, 6).flatmap(
        lambda size: st.tuples(
            rational_weights(size),
            st.lists(st.lists(st.booleans(), min_size=size, max_size=size), min_size=1, max_size=8),
            st.lists(st.booleans(), min_size=size, max_size=size),
        )
    ),
    st.integers(1, 2**6),
)
def test_scores_of_many_schemes_are_those_of_fractions(case, ties):
    weights, deprived, known = case
    scale = int(np.lcm.reduce([w.denominator for w in weights]))
    yes = np.array(deprived) & np.array(known)
    all_known = np.broadcast_to(np.array(known), yes.shape)
    of = sum((w for w, seen in zip(weights, known, strict=True) if seen), Fraction(0))
    # a cutoff that some profile meets exactly, so that rounding would show
    chosen = [w for j, w in enumerate(weights) if ties >> j & 1 and known[j]]
    k = sum(chosen, Fraction(0)) / of if chosen else Fraction(1, 3)
    schemes = Schemes(np.array([[int(w * scale) for w in weights]]), scale)
    for measure in ("H", "M0"):
        found = next(curves(schemes, yes, all_known, (k,), measure))[0, 0]
        for row, value in zip(yes, found, strict=True):
            score = sum((w for w, bit in zip(weights, row, strict=True) if bit), Fraction(0))
            share = score / of if of else Fraction(0)
            poor = bool(of) and share >= k
            expected = Fraction(poor) if measure == "H" else poor * share
            assert value == pytest.approx(float(expected), abs=EXACT)


def test_drawn_weights_are_positive_whole_numbers_with_the_right_sum_and_mean():
    points = simplex(4000, 4, concentration=1.0, seed=3, scale=1000)
    assert points.min() >= 1
    assert set(points.sum(axis=1).tolist()) == {1000}
    # the mean of uniform points is 1/4 with a standard deviation of sqrt(3/80)/sqrt(4000)
    assert np.abs(points.mean(axis=0) / 1000 - 0.25).max() < 5 * np.sqrt(3 / 80 / 4000)
    assert simplex(5, 4, concentration=1.0, seed=3, scale=1000).tolist() == points[:5].tolist()


def test_weights_of_dimensions_are_shared_inside_them_exactly():
    half, third = Fraction(1, 2), Fraction(1, 3)
    shares = [[half, half, 0 * half, 0 * half, 0 * half], [0 * half, 0 * half, third, third, third]]
    made = schemes_of(np.array([[1, 9]]), 10, shares)
    assert made.scale == 60
    assert made.weights.tolist() == [[3, 3, 18, 18, 18]]


def test_denominators_that_doubles_do_not_hold_are_refused():
    with pytest.raises(OverflowError, match="common denominator"):
        schemes_of(np.array([[1]]), 10**6, [[Fraction(1, 2**40 + 1), 1 - Fraction(1, 2**40 + 1)]])
    one, large = np.ones((1, 1), dtype=bool), Schemes(np.array([[2**50]]), 2**50)
    assert next(curves(large, one, one, (Fraction(1, 2**20),), "H")).tolist() == [[[1.0]]]
    blocks = curves(large, one, ~one, (Fraction(1, 2**20),), "H")
    with pytest.raises(OverflowError, match="a cutoff has too large a denominator"):
        next(blocks)
