"""Numbers as the user meant them: fractions, decimals, percents; sums, scales and cutoffs."""

from __future__ import annotations

import itertools
import math
import time
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mpi import exact
from mpi.exact import attainable, check_cutoff, fraction, mistaken_cutoff, sum_problem, threshold

# a refusal has to come at once, whatever the size of the number
AT_ONCE = 2.0  # seconds; it takes microseconds

MEANT = {
    "1/6": Fraction(1, 6),
    " 1 / 6 ": Fraction(1, 6),
    "2/12": Fraction(1, 6),
    "0.05": Fraction(1, 20),
    "7.5%": Fraction(3, 40),
    "7.5 %": Fraction(3, 40),
    "33%": Fraction(33, 100),
    "100%": Fraction(1),
    "1/3%": Fraction(1, 300),
    "1": Fraction(1),
    "0": Fraction(0),
    "0.3333": Fraction(3333, 10000),
    "2.5/10": Fraction(1, 4),
    "1/2.5": Fraction(2, 5),
    "0.100000000000000000000000000001": Fraction(10**29 + 1, 10**30),
}


@pytest.mark.parametrize("text", MEANT)
def test_a_text_is_the_fraction_decimal_or_percent_that_it_says(text):
    assert fraction(text) == MEANT[text]


VALUES = [
    (0.1, Fraction(1, 10)),
    (0.3333, Fraction(3333, 10000)),
    (1 / 3, Fraction(3333333333333333, 10**16)),
    (0.1 + 0.2, Fraction(30000000000000004, 10**17)),
    (1e-05, Fraction(1, 100_000)),
    (1, Fraction(1)),
    (Fraction(5, 18), Fraction(5, 18)),
    (Decimal("0.10"), Fraction(1, 10)),
    (Decimal("1E-3"), Fraction(1, 1000)),
    (Decimal(1) / Decimal(3), Fraction(int("3" * 28), 10**28)),
    (np.float64(0.1), Fraction(1, 10)),
    (np.float32(0.1), Fraction(1, 10)),
    (np.float16(0.1), Fraction(1, 10)),
    (np.int64(1), Fraction(1)),
    (np.uint8(1), Fraction(1)),
    (np.str_("1/6"), Fraction(1, 6)),
]


@pytest.mark.parametrize(("value", "meant"), VALUES, ids=lambda v: f"{type(v).__name__} {v}")
def test_a_number_stands_for_its_shortest_decimal(value, meant):
    found = fraction(value)
    assert found == meant
    assert type(found) is Fraction
    assert type(found.numerator) is int


def test_a_third_as_a_float_is_not_one_third():
    assert fraction(1 / 3) != Fraction(1, 3)
    assert fraction("1/3") == Fraction(1, 3)


WRONG = [
    "",
    " ",
    "a third",
    "-1/6",
    "+1/6",
    "1e-3",
    "1/",
    "/6",
    "1/6/2",
    ".5",
    "1,5",
    "1 6",
    "nan",
    "inf",
    "0x10",
    "1_000",
    "½",
    "1" * 31,
    "1/6\x00",
    "%",
    "9" * 100_000,
]


@pytest.mark.parametrize("text", WRONG, ids=lambda text: repr(text[:12]))
def test_a_text_that_is_no_fraction_is_refused_with_the_forms_that_are(text):
    with pytest.raises(ValueError, match="Expected a fraction, decimal or percent") as caught:
        fraction(text)
    assert len(str(caught.value)) < 200


@pytest.mark.parametrize("text", ["1/0", "0/0", "1/0.000", "1/0%"])
def test_a_fraction_over_zero_says_that_it_divides_by_zero(text):
    with pytest.raises(ValueError, match="divides by zero"):
        fraction(text)


@pytest.mark.parametrize(
    "value",
    [None, True, False, np.True_, 1j, b"1/6", [1, 6], (1, 6), {}, object(), float, np.array([1])],
    ids=lambda value: type(value).__name__,
)
def test_what_is_no_number_is_refused_by_the_name_of_its_type(value):
    with pytest.raises(ValueError, match=f"{type(value).__name__} is not a number"):
        fraction(value)


@pytest.mark.parametrize(
    "value",
    [
        float("nan"),
        float("inf"),
        -float("inf"),
        np.float64("nan"),
        np.float32("inf"),
        Decimal("NaN"),
        Decimal("sNaN"),
        Decimal("Infinity"),
    ],
    ids=repr,
)
def test_a_number_that_is_not_finite_is_refused(value):
    with pytest.raises(ValueError, match="is not a finite number"):
        fraction(value)


@pytest.mark.parametrize(
    "value", [Decimal("1e999999999"), Decimal("1e-999999999"), Decimal("0e-999999999")], ids=repr
)
def test_a_huge_exponent_is_refused_at_once_and_not_written_out(value):
    start = time.perf_counter()
    with pytest.raises(ValueError, match="is not a finite number"):
        fraction(value)
    assert time.perf_counter() - start < AT_ONCE


def test_floats_at_the_ends_of_their_range_are_exact():
    assert fraction(1.7976931348623157e308) == 17976931348623157 * 10**292
    assert fraction(5e-324) == Fraction(5, 10**324)


@given(st.fractions(min_value=0, max_value=1, max_denominator=10**9))
def test_the_text_of_a_fraction_reads_back_as_itself(value):
    assert fraction(exact.text(value)) == value
    assert fraction(value) == value


@given(st.floats(min_value=0, max_value=1e15, allow_subnormal=False))
def test_a_float_is_within_its_own_precision_of_the_fraction_it_stands_for(value):
    assert float(fraction(value)) == value


@given(st.decimals(min_value=0, max_value=1, places=4))
def test_percent_is_a_hundredth(value):
    assert fraction(f"{value:f}%") * 100 == fraction(f"{value:f}")


@settings(max_examples=300)
@given(st.text(max_size=20))
def test_any_text_is_a_number_or_one_refusal(text):
    try:
        assert fraction(text) >= 0
    except ValueError as refused:
        assert "Expected" in str(refused)  # noqa: PT017 -- either way is right


@pytest.mark.parametrize("value", ["1/3", 1, "100%", 0.3, "0.000001"])
def test_a_cutoff_lies_above_zero_and_reaches_one(value):
    assert 0 < check_cutoff(value) <= 1


@pytest.mark.parametrize(("value", "hint"), [(33, "33%"), ("50", "50%"), (33.3, "33.3%")])
def test_a_cutoff_above_one_is_taken_for_a_percentage_that_lost_its_sign(value, hint):
    with pytest.raises(ValueError, match=f'If you mean percent, write "{hint}"'):
        check_cutoff(value)


@pytest.mark.parametrize("value", [0, 0.0, "0%", -1, -0.5, 101, "1000"])
def test_a_cutoff_outside_zero_and_one_is_refused_without_a_guess(value):
    with pytest.raises(ValueError, match=r"is not above 0 and at most 1\.$"):
        check_cutoff(value)


def test_weights_that_add_up_have_no_problem():
    assert not sum_problem([fraction(0.1)] * 10)
    assert not sum_problem([Fraction(1, 6)] * 6)
    assert not sum_problem([Fraction(1, 9)] * 3, Fraction(1, 3))


def test_equal_weights_that_miss_one_get_the_equal_fraction_as_remedy():
    assert sum_problem([fraction("0.166667")] * 6) == (
        "the weights add up to 500001/500000, not 1; 1/500000 is too much. "
        'For equal weights write "1/6" for each.'
    )


def test_rounded_unequal_weights_get_the_fractions_they_came_from():
    weights = [fraction(value) for value in (0.33, 0.33, 0.17, 0.17)]
    assert not sum_problem(weights)  # 33 + 33 + 17 + 17 is 100
    weights = [fraction(value) for value in (0.333, 0.333, 0.167, 0.166)]
    assert "999/1000" in sum_problem(weights)
    weights = [fraction(value) for value in (0.167, 0.167, 0.333, 0.056, 0.056, 0.222)]
    assert "too much" in sum_problem(weights)
    assert sum_problem(weights).endswith("Did you mean 1/6, 1/6, 1/3, 1/18, 1/18, 2/9?")


def test_weights_with_no_simple_neighbours_are_asked_for_as_fractions():
    message = sum_problem([fraction("0.5"), fraction("0.4")])
    assert message.endswith("not 1; 1/10 is missing. Write them as fractions that add up to 1.")


def test_the_sum_of_a_dimension_is_compared_with_its_own_weight():
    message = sum_problem([fraction("0.05"), fraction("0.1")], Fraction(1, 5))
    assert message.startswith("the weights add up to 3/20, not 1/5; 1/20 is missing.")


def test_the_scale_is_the_least_common_denominator():
    assert exact.common_scale([Fraction(1, 6), Fraction(1, 4)]) == 12
    assert exact.integers([Fraction(1, 6), Fraction(1, 4)], 12) == [2, 3]


def test_a_scale_beyond_64_bits_is_refused():
    primes = [101, 103, 107, 109, 113, 127, 131, 137, 139, 149]
    assert math.prod(primes) > exact.LARGEST_SCALE
    with pytest.raises(ValueError, match="too large for exact scores"):
        exact.common_scale([Fraction(1, prime) for prime in primes])


@given(st.fractions(min_value="1/1000", max_value=1), st.integers(1, 1000))
def test_the_threshold_separates_scores_below_the_cutoff_from_those_that_reach_it(cutoff, scale):
    needed = threshold(cutoff, scale)
    assert Fraction(needed, scale) >= cutoff
    assert Fraction(needed - 1, scale) < cutoff


@given(st.lists(st.integers(1, 30), max_size=8))
def test_attainable_scores_are_the_sums_of_all_subsets(weights):
    subsets = itertools.product((0, 1), repeat=len(weights))
    sums = {sum(w for w, on in zip(weights, s, strict=True) if on) for s in subsets}
    assert attainable(weights) == sorted(sums)


def test_too_many_attainable_scores_are_not_listed():
    assert attainable([2**place for place in range(25)]) is None


SIXTHS = [Fraction(1, 6)] * 6
EIGHTEENTHS = [Fraction(1, 6)] * 4 + [Fraction(1, 18)] * 6
TWENTY_SEVENTHS = [Fraction(1, 27)] * 9 + [Fraction(1, 9)] * 6
HUNDREDTHS = [Fraction(p, 100) for p in (10, 10, 5, 5, 5, 5, 10, 10, 10, 10, 4, 4, 4, 4, 4)]

MISTAKEN = [
    (".33", SIXTHS, "1/3"),
    (".3333", SIXTHS, "1/3"),
    (".333333", EIGHTEENTHS, "1/3"),
    (".17", SIXTHS, "1/6"),
    (".66", SIXTHS, "2/3"),
    (".67", SIXTHS, "2/3"),
    (".83", SIXTHS, "5/6"),
    (".33", EIGHTEENTHS, "1/3"),
]


@pytest.mark.parametrize(("cutoff", "weights", "meant"), MISTAKEN)
def test_a_rounded_cutoff_is_recognised_as_the_score_beside_it(cutoff, weights, meant):
    assert mistaken_cutoff(Fraction(cutoff), weights) == Fraction(meant)


LEFT_ALONE = [
    ("1/4", TWENTY_SEVENTHS),
    ("1/3", HUNDREDTHS),
    ("33/100", HUNDREDTHS),
    ("1/3", SIXTHS),
    ("1/2", SIXTHS),
    ("2/5", SIXTHS),
    ("1/4", SIXTHS),
    ("1/5", SIXTHS),
    ("1", SIXTHS),
]


@pytest.mark.parametrize(("cutoff", "weights"), LEFT_ALONE)
def test_a_cutoff_that_is_meant_is_left_alone(cutoff, weights):
    assert mistaken_cutoff(Fraction(cutoff), weights) is None


def test_a_mistaken_cutoff_is_not_looked_for_among_too_many_scores():
    total = 2**25 - 1
    weights = [Fraction(2**place, total) for place in range(25)]
    assert mistaken_cutoff(Fraction(1, 2), weights) is None
