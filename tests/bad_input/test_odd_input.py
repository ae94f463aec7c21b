"""Input that was read wrongly in silence, or ended in the traceback of another library."""

from __future__ import annotations

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import mpi
from bad_input import HOUSEHOLDS, PERSONS, homes, measured, people, told

COLUMNS = people().to_dict("list")


def table(**columns):
    """The four persons as a mapping, some columns changed."""
    return COLUMNS | columns


def kept(data, **options):
    """Units with all answers."""
    return mpi.measure(data, PERSONS, **options).get("H").n


# a masked array of truths was taken for its data, without its mask
@pytest.mark.parametrize("kind", [bool, int, float])
def test_what_a_masked_array_hides_is_missing(kind):
    data = table(a=np.ma.array(np.array([1, 1, 0, 1], dtype=kind), mask=[0, 0, 0, 1]))
    assert kept(data) == 3
    assert measured(data, missing="nondeprived") == 0.75


# a mapping was taken for its keys, a set for a column in an order of its own
@pytest.mark.parametrize("values", [{0: 1, 1: 0}, {1, 0}, frozenset([1, 0])], ids=type)
def test_what_has_no_order_is_no_column(values):
    told(lambda: measured({"a": values, "b": [1, 0]}), "column 'a': not an array")


def test_columns_by_row_label_are_no_columns():
    told(lambda: measured(people().to_dict()), "column 'a': not an array")


# sums of integers beyond 64 bits wrapped around, products ended in Arrow's own message
@pytest.mark.parametrize(
    "rule",
    ["q + q > 0", "q - -q > 0", "q * 2 > 0", "-q < 0", "q / 2 > 1", "q > r", "q == 0.5 + r"],
)
def test_numbers_beyond_doubles_are_not_calculated_with(rule):
    frame = people(q=[2**62, 2**62, 1, 0], r=[0.0, 1.0, 2.0, 3.0])
    words = "where: whole numbers beyond 2**53, with which a rule cannot calculate exactly"
    told(lambda: measured(frame, where=rule), words, "Give them as floats", problems=1)


@pytest.mark.parametrize("rule", ["q + 1 > 0", "q - q == 0", "q * 2 > 1", "q > r"])
def test_numbers_up_to_the_last_exact_one_are_calculated_with(rule):
    frame = people(q=[2**53, 2**53, 2**53, 1], r=[0.0, 0.0, 0.0, 0.5])
    assert measured(frame, where=rule) == 0.75


@pytest.mark.parametrize("number", ["4611686018427387904", "1" + "0" * 300 + ".5"])
def test_a_number_beyond_doubles_is_told_to_be_too_large(number):
    told(lambda: measured(people(), where=f"age > {number}"), "at most 2**53", "^")


def test_a_number_without_end_is_told_in_words_for_rules():
    text = told(lambda: measured(people(), where="age > " + "1" * 5000), "too many digits")
    assert "sys." not in text


# two zeros that are equal were two groups, two households and two PSUs
ZEROS = [-0.0, 0.0, 1.0, 1.0]


def test_zero_and_minus_zero_are_one_group():
    estimates = mpi.measure(people(q=ZEROS), PERSONS, by="q")
    groups = [row for row in estimates.to_arrow().to_pylist() if row["measure"] == "popsh"]
    assert [(row["group"], row["n"]) for row in groups] == [(None, 4), ("0.0", 2), ("1.0", 2)]


def test_zero_and_minus_zero_are_one_household_and_one_psu():
    frame = people(hh=ZEROS, b=[1, 1, 0, 0])
    profiles = mpi.tabulate(mpi.Survey(frame, household_id="hh", psu="hh"), HOUSEHOLDS)
    assert profiles.estimate(count="households").get("H").n == 2
    assert profiles.estimate().get("H").df == 1
    both = mpi.Survey(people(hh=ZEROS), homes(hh=[0.0, 1.0, 2.0])[["hh"]], household_id="hh")
    assert mpi.tabulate(both, PERSONS).n == 4


RIGHT = {
    "big-endian floats": np.array([1, 1, 0, 0], dtype=">f8"),
    "big-endian integers": np.array([1, 1, 0, 0], dtype=">i4"),
    "half floats": np.array([1, 1, 0, 0], dtype=np.float16),
    "long doubles": np.array([1, 1, 0, 0], dtype=np.longdouble),
    "a view backwards": np.array([False, False, True, True])[::-1],
    "every other one": np.array([1, 9, 1, 9, 0, 9, 0, 9], dtype=np.int8)[::2],
    "sparse": pd.arrays.SparseArray([1, 1, 0, 0]),
    "ordered categories": pd.Categorical([True, True, False, False], ordered=True),
    "Arrow dictionary": pa.array([1, 1, 0, 0]).dictionary_encode(),
}


@pytest.mark.parametrize("case", RIGHT)
def test_numbers_in_any_form_are_numbers(case):
    assert measured(table(a=RIGHT[case])) == 0.75


@pytest.mark.parametrize("kind", [">f8", "longdouble"])
def test_weights_in_any_form_are_weights(kind):
    assert measured(people(w=np.array([3, 1, 1, 1], dtype=kind)), weight="w") == 5 / 6


REFUSED = {
    "halves of characters in a value": ({"region": ["\ud800"] * 4}, "values of type str (4)"),
    "halves of characters in a name": ({"r\ud800": [1] * 4}, "the name is no text"),
    "months": ({"region": pa.array([pa.MonthDayNano([1, 2, 3])] * 4)}, "month_day_nano_interval"),
    "bytes": ({"region": [b"N"] * 4}, "values of type bytes (4)"),
    "lists": ({"region": [["N"]] * 4}, "values of type list (4)"),
    "complex numbers": ({"region": np.ones(4, dtype=complex)}, "values of type complex (4)"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_no_column_holds_is_one_sentence(case):
    columns, words = REFUSED[case]
    told(lambda: measured(table(**columns), by="region"), "persons: column", words)


def test_integers_of_128_bits_of_polars_are_one_sentence():
    if not hasattr(pl, "Int128"):
        pytest.skip("this version of Polars has no integers of 128 bits")
    frame = pl.DataFrame(people()).with_columns(a=pl.Series([1, 1, 0, 0], dtype=pl.Int128))
    told(lambda: measured(frame), "column 'a': values of type Int128")


@pytest.mark.parametrize(
    "wrong", [pl.col("zzz"), pl.col("region").str.to_integer().alias("a")], ids=["name", "value"]
)
def test_a_lazy_frame_that_fails_is_one_sentence_without_its_cells(wrong):
    frame = pl.DataFrame(people(region=["Ana", "Eva", "S", "S"])).lazy().with_columns(wrong)
    text = told(lambda: measured(frame), "fails when it is run (", "Run it by itself to see why.")
    assert "Ana" not in text


@pytest.mark.parametrize("data", [pd.DataFrame, pl.DataFrame, pa.Table, ""])
def test_a_class_or_an_empty_path_is_no_table(data):
    told(lambda: measured(data), "is not a table", "Expected a path")


def test_a_path_that_no_system_has_is_a_file_that_is_not_there():
    text = told(lambda: measured("x" * 5000 + ".csv"), "there is no file")
    assert len(text) < 1000
    told(lambda: measured("x\0.csv"), "there is no file")


TWINS = {
    "a Cyrillic letter": ("\u0430", "a", "yours has CYRILLIC SMALL LETTER A"),
    "a wide letter": ("\uff41", "a", "yours has FULLWIDTH LATIN SMALL LETTER A"),
    "an accent of its own": ("a\u00f1o", "an\u0303o", "yours has LATIN SMALL LETTER N WITH TILDE"),
    "a letter with its accent": ("an\u0303o", "a\u00f1o", "yours has LATIN SMALL LETTER N"),
    "a sign that does not show": ("a1", "\ufeffa1", "that one has ZERO WIDTH NO-BREAK SPACE"),
}


@pytest.mark.parametrize("case", TWINS)
def test_of_names_that_look_alike_the_message_says_what_differs(case):
    written, there, words = TWINS[case]
    frame = people().drop(columns="a").assign(**{there: 1, "b": 1})
    told(lambda: measured(frame, where=f"{written} == 1"), "Did you mean", "looks alike", words)
