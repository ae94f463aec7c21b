"""Rules on data: three-valued logic, aggregates over members, types of values."""

from __future__ import annotations

import datetime as dt
import itertools

import pytest
from rules_on_data import households, persons

import mpi

TRUTHS = (True, False, None)


def both(a, b):
    return False if False in (a, b) else None if None in (a, b) else True


def either(a, b):
    return True if True in (a, b) else None if None in (a, b) else False


def opposite(a):
    return None if a is None else not a


PAIRS = list(itertools.product(TRUTHS, TRUTHS))
A, B = ([pair[place] for pair in PAIRS] for place in (0, 1))
TABLES = {
    "a and b": [both(a, b) for a, b in PAIRS],
    "a or b": [either(a, b) for a, b in PAIRS],
    "not a": [opposite(a) for a, _ in PAIRS],
    "not (a and b)": [opposite(both(a, b)) for a, b in PAIRS],
    "strict(a and b)": [None if None in pair else all(pair) for pair in PAIRS],
    "strict(a or b)": [None if None in pair else any(pair) for pair in PAIRS],
    "a if b else not a": [None if b is None else a if b else opposite(a) for a, b in PAIRS],
    "True if a else b": [None if a is None else True if a else b for a, b in PAIRS],
    "coalesce(a, b)": [b if a is None else a for a, b in PAIRS],
    "coalesce(a, b, False)": [(b or False) if a is None else a for a, b in PAIRS],
    "missing(a)": [a is None for a, _ in PAIRS],
    "missing(a and b)": [both(a, b) is None for a, b in PAIRS],
    "a == b": [None if None in pair else pair[0] == pair[1] for pair in PAIRS],
    "a != b": [None if None in pair else pair[0] != pair[1] for pair in PAIRS],
    "a and None": [both(a, None) for a, _ in PAIRS],
    "a or not None": [either(a, None) for a, _ in PAIRS],
}


@pytest.mark.parametrize("text", TABLES)
def test_truths_follow_three_valued_logic(text):
    assert persons(text, {"a": A, "b": B}) == TABLES[text]


@pytest.mark.parametrize("text", TABLES)
def test_columns_of_zero_and_one_are_truths(text):
    frame = {"a": A, "b": B}
    numbers = {n: [None if v is None else int(v) for v in values] for n, values in frame.items()}
    assert persons(text, numbers) == TABLES[text]


def members_of(size):
    """Every combination of truths of a household of some size."""
    return [{"x": list(part)} for part in itertools.product(TRUTHS, repeat=size)]


def completions(values):
    """What the unknown values may be."""
    return itertools.product(*([v] if v is not None else [True, False] for v in values))


def certain(outcomes):
    """The outcome that all completions share, or unknown."""
    found = set(outcomes)
    return found.pop() if len(found) == 1 else None


@pytest.mark.parametrize("size", [1, 2, 3])
@pytest.mark.parametrize(("text", "value"), [("any(x)", any), ("all(x)", all)])
def test_any_and_all_are_known_when_no_unknown_member_could_change_them(text, value, size):
    members = members_of(size)
    expected = [certain(map(value, completions(house["x"]))) for house in members]
    assert households(text, members) == expected


@pytest.mark.parametrize("text", ["count(x) >= 2", "share(x) >= 1/2", "mean(n) > 1/2"])
def test_counts_shares_and_means_are_missing_where_a_member_is(text):
    members = [house | {"n": house["x"]} for house in members_of(3)]
    members = [{"x": h["x"], "n": [None if v is None else int(v) for v in h["n"]]} for h in members]
    expected = [None if None in h["x"] else sum(h["x"]) >= 2 for h in members]
    assert households(text, members) == expected


def test_a_condition_leaves_out_members_and_their_unknown_answers():
    members = [
        {"x": [True, None], "age": [30, 5]},
        {"x": [False, None], "age": [30, 5]},
        {"x": [False, True], "age": [30, None]},
        {"x": [True, True], "age": [30, None]},
        {"x": [None, True], "age": [30, 5]},
    ]
    assert households("any(x, where=age >= 15)", members) == [True, False, None, True, None]
    assert households("all(x, where=age >= 15)", members) == [True, False, False, True, None]
    assert households("share(x, where=age >= 15) > 1/2", members) == [True, False, None, None, None]
    assert households("count(where=age >= 15) == 1", members) == [True, True, None, None, True]
    assert households("max(age, where=x) >= 15", members) == [None, None, None, None, None]
    assert households("max(age, where=coalesce(x, False)) >= 15", members)[0] is True


def test_over_nobody_any_is_false_all_is_true_and_shares_are_missing():
    members = [{"x": [True], "age": [5], "n": [3]}]
    nobody = "where=age >= 15"
    expected = {
        f"any(x, {nobody})": False,
        f"all(x, {nobody})": True,
        f"count(x, {nobody}) == 0": True,
        f"sum(n, {nobody}) == 0": True,
        f"share(x, {nobody}) > 0": None,
        f"mean(n, {nobody}) > 0": None,
        f"min(n, {nobody}) > 0": None,
        f"max(n, {nobody}) > 0": None,
    }
    assert {text: households(text, members)[0] for text in expected} == expected


@pytest.mark.parametrize(
    "text",
    [
        "any(x)",
        "all(x)",
        "count(x) >= 0",
        "count() >= 0",
        "share(x) >= 0",
        "sum(n) >= 0",
        "mean(n) >= 0",
        "min(n) >= 0",
        "max(n) >= 0",
        "any(x, where=n > 1)",
    ],
)
def test_a_household_without_member_rows_is_missing_and_never_nobody(text):
    members = [{"x": [True], "n": [3]}, {}, {"x": [True], "n": [3]}]
    members[1] = {"x": [], "n": []}
    assert households(text, members)[1] is None
    assert households(text, members)[0] is True


def test_aggregates_can_stand_inside_aggregates():
    members = [{"age": [40, 20, 3], "x": [0, 1, 1]}, {"age": [40, 20, 40], "x": [1, 0, 0]}]
    assert households("any(x, where=age == max(age))", members) == [False, True]
    assert households("count(age > mean(age)) == 1", members) == [True, False]
    assert households("any(age - min(age) > 30 and x)", members) == [False, False]
    assert households("any(x and count(x) == 2)", members) == [True, False]
    assert households("sum(age + count(age >= 20)) == 69", members) == [True, False]


def test_variables_of_the_household_can_stand_inside_aggregates():
    members = [{"age": [40, 20]}, {"age": [40, 20]}, {"age": [40, 20]}]
    house = {"limit": [30, 50, None], "urban": [True, True, False]}
    assert households("any(age >= limit)", members, house) == [True, False, None]
    assert households("any(urban and age > 30)", members, house) == [True, True, False]
    assert households("count(where=age < limit) == 1 and urban", members, house) == [
        True,
        False,
        False,
    ]


def test_a_value_of_the_household_that_members_repeat_is_one_value():
    members = [{"rooms": [2, 2]}, {"rooms": [1, 1]}]
    assert households("rooms >= 2", members) == [True, False]
    with pytest.raises(
        mpi.SurveyError, match=r"'persons\.rooms': differs between members in 1 of 2"
    ):
        households("rooms >= 2", [{"rooms": [2, 1]}, {"rooms": [1, 1]}])


def test_texts_are_compared_with_texts_only():
    frame = {"t": ["a", "b", None], "n": [1, 2, 3]}
    assert persons("t in ('a', 'c')", frame) == [True, False, None]
    assert persons("t not in ('a',)", frame) == [False, True, None]
    assert persons("t != 'a'", frame) == [False, True, None]
    for wrong in ("t == 1", "t < 'b'", "t + 1 > 0", "n == 3 and t", "t in (1,)", "n == 'a'"):
        with pytest.raises(mpi.SurveyError, match=r"\n\s*\^"):
            persons(wrong, frame)


def test_a_rule_that_is_a_text_is_refused_in_a_sentence():
    with pytest.raises(mpi.SurveyError, match="a yes or no is expected"):
        persons("t", {"t": ["a", "b"]})


def test_a_text_that_nobody_answered_is_missing_for_all():
    assert persons("t == 'a'", {"t": [None, None]}) == [None, None]
    assert persons("t in ('a', 'b')", {"t": [None, None]}) == [None, None]
    assert persons("missing(t)", {"t": [None, None]}) == [True, True]


def test_a_date_is_compared_with_dates_or_refused_in_a_sentence():
    days = {"d": [dt.date(2020, 1, 1)], "e": [dt.date(2020, 1, 2)]}
    assert persons("d < e", days) == [True]
    with pytest.raises(mpi.SurveyError, match="a date is compared with a text"):
        persons("d == '2020-01-01'", days)
    try:
        assert persons("d in ('2020-01-01',)", days) == [True]
    except mpi.SurveyError as refused:
        assert "date" in str(refused)  # noqa: PT017 -- to refuse it is right too


def test_numbers_other_than_zero_and_one_are_no_truths():
    with pytest.raises(mpi.SurveyError, match="values other than 0 and 1 in 1 of 3 rows"):
        persons("a", {"a": [0, 1, 2]})
    with pytest.raises(mpi.SurveyError, match="values other than 0 and 1 in 1 of 3 rows"):
        persons("not a", {"a": [0, 1, 9]})


def test_nothing_equals_none():
    with pytest.raises(mpi.SurveyError, match="write missing"):
        persons("a == None", {"a": [1, None]})


def test_an_unknown_variable_is_named_with_its_neighbour():
    with pytest.raises(mpi.SurveyError, match="unknown variable 'litrate'") as caught:
        persons("not litrate", {"literate": [1]})
    assert "Did you mean 'literate'?" in str(caught.value)
