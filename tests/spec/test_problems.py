"""What is wrong with a specification file is told at once, each thing with its line."""

from __future__ import annotations

import time

import pytest
from full_file import FULL, problems, read

from mpi.errors import SpecificationError

AT_ONCE = 2.0  # seconds; it takes milliseconds

BAD = """id = "bad"
unit = "family"
cutoff = "33"
titel = "x"

[[dimension]]
id = "D"
weight = "1/2"
  [[dimension.indicator]]
  id = "a"
  weight = "a third"
  deprived = "x.y > 1"

  [[dimension.indicator]]
  id = "b"
  weight = -1
  deprivd = "x"
"""


def test_all_problems_of_a_file_are_told_at_once_with_their_lines():
    found = problems(BAD)
    lines = [text.split(",")[0].split(":")[0] for text in found]
    assert sorted(lines) == [
        "line 11",
        "line 12",
        "line 14",
        "line 16",
        "line 17",
        "line 2",
        "line 3",
        "line 4",
    ]
    whole = "\n".join(found)
    for words in (
        'If you mean percent, write "33%"',
        "Did you mean 'title'?",
        "Did you mean 'deprived'?",
        "dimension 'D', indicator 'a', weight",
        "'a third' is not a fraction",
        "weight -1 is not positive",
        "attribute access is not part of the rule language",
        "    x.y > 1\n    ^",
    ):
        assert words in whole, words


WHOLE = {
    "weights that miss one": (
        ('weight = "1/2"\n  [[dim', 'weight = "2/5"\n  [[dim'),
        ["add up"],
    ),
    "an indicator twice": (
        ('id = "rooms"', 'id = "water"'),
        ["indicator 'water' is there 2 times"],
    ),
    "a weight in a union": (
        ('id = "water"', 'id = "water"\nweight = "1/4"'),
        ["a union dimension counts once"],
    ),
    "half of the weights": (('  weight = "1/6"\n', ""), ["1 of 2 indicators have a weight"]),
    "half of the dimensions": (
        ('rule = "union"\nweight = "1/2"', 'rule = "union"'),
        ["1 of 2 dimensions have a weight"],
    ),
    "an unknown name in a category": (
        ("and low_income", "and low_incme"),
        ["Did you mean 'low_income'?"],
    ),
    "no rule at all": (('"income < line"', '""'), ["the rule is empty"]),
    "a language of three letters": (("en = ", "eng = "), ["title"]),
    "spaces around an id": (('id = "water"', 'id = " water"'), ["no space at its ends"]),
}


@pytest.mark.parametrize("case", WHOLE)
def test_each_problem_of_a_whole_says_what_is_wrong(case):
    (old, new), words = WHOLE[case]
    assert old in FULL
    whole = "\n".join(problems(FULL.replace(old, new)))
    assert all(word in whole for word in words), whole


def test_what_is_no_toml_is_told_with_its_place():
    with pytest.raises(SpecificationError, match=r"is not TOML.*line 2"):
        read('id = "x"\nunit = \n')


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a = 1",
        "[dimension]\nid = 1",
        "dimension = 3",
        "[[dimension]]\nindicator = 'x'",
        "dimension = [[1]]",
        "id = 1\nunit = []\ncutoff = {}",
        "[" * 5000,
    ],
    ids=range(8),
)
def test_no_content_crashes_the_reader(text):
    with pytest.raises(SpecificationError):
        read(text)


def test_a_short_file_of_spaces_is_read_at_once():
    start = time.perf_counter()
    assert len(problems("x = [\n[" + " " * 2_000 + "\n1]]")) > 1
    assert time.perf_counter() - start < AT_ONCE
