"""Numbers in rules: ratios and thresholds are exact on ties, nothing wraps around."""

from __future__ import annotations

import pytest
from rules_on_data import households, persons

import mpi

# sizes and rooms on the tie and beside it
CROWDED = {"size": [5, 6, 7, 3, 10, 1, 29, 30], "rooms": [2, 2, 3, 1, 3, 0, 100, 100]}
TIES = {
    "size / rooms >= 3": [False, True, False, True, True, None, False, False],
    "size / rooms > 3": [False, False, False, False, True, None, False, False],
    "size / rooms >= 2.5": [True, True, False, True, True, None, False, False],
    "size / rooms > 7/3": [True, True, False, True, True, None, False, False],
    "size / rooms == 7/3": [False, False, True, False, False, None, False, False],
    "size / rooms < 0.29": [False] * 5 + [None, False, False],
    "size / rooms <= 0.29": [False] * 5 + [None, True, False],
    "0.29 >= size / rooms": [False] * 5 + [None, True, False],
    "rooms / size * 0.1 < 1/25": [False, True, False, True, True, True, False, False],
    "size / rooms - 1/3 >= 2": [True, True, True, True, True, None, False, False],
    "-size / rooms <= -3": [False, True, False, True, True, None, False, False],
    "size / -rooms <= -3": [False, True, False, True, True, None, False, False],
    "1 / (size / rooms) <= 1/3": [False, True, False, True, True, None, False, False],
}
TIES["rooms / size * 0.1 < 1/25"] = [
    r * 25 < s * 10 for s, r in zip(*CROWDED.values(), strict=True)
]


@pytest.mark.parametrize("text", TIES)
def test_ratios_are_exact_on_ties_and_missing_over_zero(text):
    assert persons(text, CROWDED) == TIES[text]


@pytest.mark.parametrize(
    "text",
    [
        "coalesce(a / b, 0) < 0.29",
        "(a / b if b > 0 else 0) < 0.29",
        "max(a / b, 0) < 0.29",
        "min(a / b, 1) < 0.29",
        "abs(a / b) < 0.29",
    ],
)
def test_a_ratio_stays_exact_inside_functions_and_conditionals(text):
    # 29 of 100 is 0.29 and so not below it
    assert persons(text, {"a": [29, 28], "b": [100, 100]}) == [False, True]


@pytest.mark.parametrize("value", [0.29, 0.57, 1.13, 1.15, 4.35, 8.2, 2.15, 16.1, 1001.1])
def test_a_decimal_in_the_data_equal_to_the_threshold_is_not_below_it(value):
    below, above = value - 0.01, value + 0.01
    frame = {"x": [value, below, above]}
    assert persons(f"x < {value}", frame) == [False, True, False]
    assert persons(f"x >= {value}", frame) == [True, False, True]
    assert persons(f"x == {value}", frame) == [True, False, False]
    assert persons(f"x in ({value}, 77)", frame) == [True, False, False]


def test_a_share_exactly_at_the_threshold_reaches_it():
    thirds = [{"x": [1, 0, 0], "years": [9, 9, 9]}, {"x": [0, 0, 0], "years": [9, 9, 8]}]
    assert households("share(x) >= 1/3", thirds) == [True, False]
    assert households("share(x) > 1/3", thirds) == [False, False]
    assert households("mean(years) < 9", thirds) == [False, True]
    hundred = [{"x": [1] * 29 + [0] * 71}, {"x": [1] * 28 + [0] * 72}]
    assert households("share(x) >= 0.29", hundred) == [True, False]
    assert households("coalesce(share(x), 0) >= 0.29", hundred) == [True, False]


def test_division_by_a_zero_that_is_written_is_refused():
    with pytest.raises(mpi.SurveyError, match="division by zero"):
        persons("a / 0 > 1", {"a": [1]})


def test_products_beyond_64_bits_do_not_turn_around():
    large = 4_000_000_000
    frame = {"a": [large], "b": [1], "c": [1], "d": [large]}
    assert persons("a / b < c / d", frame) == [False]
    assert persons("a * d > 1", frame) == [True]
    assert persons("a > 0.123456", {"a": [10**13]}) == [True]
    assert persons("a * 9007199254740992 > 0", {"a": [2048]}) == [True]


def test_floor_division_and_remainder_follow_the_floor():
    frame = {"a": [-3, 3, 7, None], "b": [2, 2, 0, 2]}
    assert persons("a // b == -2", frame) == [True, False, None, None]
    assert persons("a % b == 1", frame) == [True, True, None, None]
