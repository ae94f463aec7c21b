"""Cutoffs, groups, policies and weights that are none."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest

import mpi
from bad_input import HOUSEHOLDS, PERSONS, measured, people, told
from mpi.errors import EstimationError, SpecificationError, SurveyError

ONE = people(b=[1, 1, 0, 0], sex=["f", "m", "f", "m"])

CUTOFFS = {
    "nothing": (0, "cutoff 0 is not above 0 and at most 1"),
    "negative": (-1, "cutoff -1 is not above 0"),
    "above one": (1.2, "cutoff 6/5 is not above 0 and at most 1"),
    "percent": (33, 'If you mean percent, write "33%".'),
    "text": ("abc", "'abc' is not a fraction. Expected a fraction, decimal or percent"),
    "two in one text": ("1/3,1/2", "is not a fraction"),
    "division by zero": ("1/0", "divides by zero"),
    "truth": (True, "bool is not a number"),
    "complex": (1j, "complex is not a number"),
    "mapping": ({}, "dict is not a number"),
    "not a number": (float("nan"), "nan is not a finite number"),
    "infinite": (Decimal("Infinity"), "is not a finite number"),
    "none": ([], "no cutoff is given"),
}


@pytest.mark.parametrize("case", CUTOFFS)
def test_a_cutoff_that_is_none_says_what_one_looks_like(case):
    k, words = CUTOFFS[case]
    told(lambda: measured(people(), k=k), "k: ", words, error=EstimationError)
    told(lambda: mpi.score(people(), PERSONS, k=k), "k: ", words, error=EstimationError)


def test_what_is_asked_for_is_checked_at_once_and_before_the_data_are_read():
    told(
        lambda: mpi.measure("no such file.csv", PERSONS, k=[0, "x"], missing="zap", count="dogs"),
        "cutoff 0",
        "'x' is not a fraction",
        "there is no policy 'zap'",
        "'dogs' cannot be counted",
        error=EstimationError,
        problems=4,
    )


KINDS_OF_K = {
    "decimal": (Decimal("0.1"), ["1/10"]),
    "fraction": (Fraction(1, 3), ["1/3"]),
    "percent": ("50%", ["1/2"]),
    "small float": (np.float32(0.3), ["3/10"]),
    "array": (np.array([0.1, 0.5]), ["1/10", "1/2"]),
    "array of one number": (np.array(0.5), ["1/2"]),
    "series": (pd.Series([0.5, 0.5]), ["1/2"]),
    "range": (range(1, 2), ["1"]),
    "sum of floats": (0.1 + 0.2, ["7500000000000001/25000000000000000"]),
}


@pytest.mark.parametrize("case", KINDS_OF_K)
def test_numbers_of_any_kind_are_cutoffs(case):
    k, expected = KINDS_OF_K[case]
    table = mpi.measure(people(), PERSONS, k=k).to_pandas()
    assert sorted(set(table["k"].dropna())) == expected


def test_a_generator_of_cutoffs_is_read_once():
    table = mpi.tabulate(people(), PERSONS).estimate(k for k in (0.5, 1)).to_pandas()
    assert set(table["k"].dropna()) == {"1/2", "1"}


@pytest.mark.parametrize("by", [3, [3], [None], b"region", [(("region",),)], [["region", 1]]])
def test_a_group_that_is_no_name_is_refused(by):
    told(lambda: measured(people(), by=by), "by: ", "is no variable", "Give names, such as")


@pytest.mark.parametrize("data", [people()["answer"], people()[["answer"]], np.array(["secret"])])
def test_data_instead_of_a_name_are_not_shown(data):
    spec = mpi.Specification.from_columns
    for call, error in (
        (lambda: measured(people(), by=data), SurveyError),
        (lambda: measured(people(), where=data), SurveyError),
        (lambda: measured(people(), weight=data), SurveyError),
        (lambda: measured(people(), data), SpecificationError),
        (lambda: spec({"h": data}, cutoff=1), SpecificationError),
        (lambda: mpi.Survey(people(), size=data), SurveyError),
    ):
        text = told(call, f"of type {type(data).__name__!r}", error=error)
        assert not any(value in text for value in ("secret", "x\n", "z\n", "0  "))


@pytest.mark.parametrize("name", ["by", "group", "measure", "k", "estimate", "n", "indicator"])
def test_a_group_that_is_called_like_a_result_is_refused(name):
    frame = people().rename(columns={"region": name})
    told(lambda: measured(frame, by=name), f"{name!r} is the name of a column of the results")


POLICIES = ["zap", "", 3, ["drop"]]


@pytest.mark.parametrize("missing", POLICIES)
def test_an_unknown_policy_lists_those_there_are(missing):
    words = ["missing: there is no policy", "Choose one of drop, reweight, reweight-dimension"]
    told(lambda: measured(people(), missing=missing), *words, error=EstimationError)
    told(lambda: mpi.score(people(), PERSONS, missing=missing), *words, error=EstimationError)


def test_bounds_have_no_score():
    call = lambda: mpi.score(people(), PERSONS, missing="bounds")  # noqa: E731
    told(call, "under 'bounds' a unit has two scores", "another policy", error=EstimationError)


@pytest.mark.parametrize("count", ["dogs", None, 3])
def test_what_cannot_be_counted_is_refused(count):
    words = ["cannot be counted", "Count 'persons' or 'households'."]
    told(lambda: measured(people(), count=count), *words, error=EstimationError)


def test_households_are_not_counted_in_groups_of_persons():
    groups = ["sex", ("sex", "region")]
    told(
        lambda: measured(ONE, HOUSEHOLDS, household_id="hh", by=groups, count="households"),
        "households cannot be counted by sex.",
        "by sex x region",
        "variables of the household",
        error=EstimationError,
        problems=2,
    )


def test_households_are_not_counted_where_persons_are_identified():
    told(
        lambda: measured(people(), household_id="hh", count="households"),
        "the specification identifies persons",
        error=EstimationError,
        problems=1,
    )


def test_an_option_beside_a_survey_belongs_to_the_survey():
    words = ["weight cannot be given beside a Survey", "Give it to the Survey itself."]
    told(lambda: measured(mpi.Survey(people()), weight="w"), *words)


def test_an_unknown_option_for_lonely_psus_lists_those_there_are():
    told(lambda: mpi.Survey(people(), lonely_psu="zap"), "lonely_psu", "Choose one of fail")


SUMS = {
    "a third rounded": (["0.33"] * 3, "add up to 99/100, not 1; 1/100 is missing.", '"1/3"'),
    "too little": (["0.5", "0.3", "0.1"], "add up to 9/10, not 1; 1/10 is missing.", "fractions"),
    "too much": (["0.5", "0.5", "0.1"], "add up to 11/10, not 1; 1/10 is too much.", "fractions"),
    "rounded sixths": (["0.17", "0.33", "0.5"], "", ""),
    "a sixth rounded": (["0.17", "0.17", "0.67"], "101/100", "Did you mean 1/6, 1/6, 2/3?"),
}


@pytest.mark.parametrize("case", SUMS)
def test_weights_that_miss_one_say_by_how_much_and_what_to_write(case):
    weights, *words = SUMS[case]
    given = dict(zip("abc", weights, strict=True))

    def call():
        return mpi.Specification.from_columns({"D": list("abc")}, cutoff=1, weights=given)

    if words == ["", ""]:
        assert sum(call().weights.values()) == 1
    else:
        told(call, *words, error=SpecificationError)


DIMENSIONS = {
    "a list": (["a"], "dimensions: an object of type 'list' is given"),
    "a text for names": ({"h": "abc"}, "dimension 'h': an object of type 'str' is no list"),
    "numbers for names": ({"h": [1, 2]}, "dimension 'h': an object of type 'list' is no list"),
    "no dimension": ({}, "dimension: is empty. At least one is needed."),
    "no column": ({"h": []}, "dimension 'h', indicator: is empty."),
    "a column twice": ({"h": ["a", "a"]}, "indicator 'a' is there 2 times"),
    "too many": ({"h": [f"i{j}" for j in range(63)]}, "63 indicators, stricter rules and"),
}


@pytest.mark.parametrize("case", DIMENSIONS)
def test_dimensions_that_are_none_are_refused_in_a_sentence(case):
    dimensions, words = DIMENSIONS[case]
    call = lambda: mpi.Specification.from_columns(dimensions, cutoff=1)  # noqa: E731
    text = told(call, error=SpecificationError)
    assert words in text.replace("\n ", "")


def test_sixty_two_indicators_fit():
    names = [f"i{j}" for j in range(62)]
    spec = mpi.Specification.from_columns({"h": names}, cutoff=1)
    assert measured({key: [1, 0] for key in names}, spec) == 0.5


def test_a_unit_or_policy_of_another_name_lists_the_choices():
    for key, value in (("unit", "family"), ("missing", "zap")):
        call = lambda key=key, value=value: mpi.Specification.from_columns(  # noqa: E731
            {"h": ["a"]}, cutoff=1, **{key: value}
        )
        told(call, f"{key}: {value!r} is none of the choices", "Choose '", error=SpecificationError)


@pytest.mark.parametrize("spec", [None, 3, b"x"])
def test_what_is_no_specification_is_refused(spec):
    words = ["is no specification", "a bundled id or a path"]
    told(lambda: measured(people(), spec), *words, error=SpecificationError)


def test_what_is_no_codebook_is_refused():
    told(lambda: mpi.Survey(people(), codebook=3), "is no codebook", "a bundled id or a path")
    told(lambda: mpi.Survey(people(), codebook="zap"), "no bundled codebook of this name")


def test_a_survey_needs_persons_or_households():
    told(mpi.Survey, "no table of persons or households", "Give at least one.")
    told(lambda: mpi.Survey(dwellings=people()), "no table of persons or households")


@pytest.mark.parametrize(
    "data", [3, [1, 2], people().to_numpy(), people()["a"], (r for r in [{"a": 1}])], ids=type
)
def test_what_is_no_table_says_what_tables_are(data):
    told(lambda: measured(data), "is not a table", "a pandas or polars frame")


ASKED = {
    "an unknown measure": (("HH",), {}, ["'HH' was not estimated", "There are H, A, M0"]),
    "no measure": ((None,), {}, ["None was not estimated"]),
    "an unknown group": (("H",), {"sex": "q"}, ["no row fits 'H'", "Groups are f, m."]),
    "an unknown variable": (("H",), {"sx": "f"}, ["'sx' is no grouping", "Did you mean 'sex'?"]),
    "a column of the results": (("H",), {"by": "sex"}, ["'by' is no grouping variable"]),
    "the text of a group": (("H",), {"group": "f"}, ["'group' is no grouping variable"]),
    "no cutoff": (("H",), {"k": "zap"}, ["k: 'zap' is not a fraction"]),
    "another cutoff": (("H",), {"k": 0.9}, ["no row fits", "cutoffs are 1/2, 1"]),
    "two cutoffs": (("H",), {}, ["2 rows fit 'H'; they differ in k", "Say which."]),
}


@pytest.mark.parametrize("case", ASKED)
def test_a_figure_that_is_not_there_says_what_is(case):
    arguments, options, words = ASKED[case]
    estimates = mpi.measure(ONE, HOUSEHOLDS, household_id="hh", by="sex", k=[0.5, 1])
    told(lambda: estimates.get(*arguments, **options), *words, error=EstimationError)


def test_measures_that_are_not_there_are_all_named():
    profiles = mpi.tabulate(people(), PERSONS)
    told(
        lambda: profiles.estimate(measures=["H", "M00", 3]),
        "'M00' was not estimated",
        "Did you mean 'M0'?",
        "3 was not estimated",
        error=EstimationError,
        problems=2,
    )
    told(lambda: profiles.estimate(measures=[]), "none is named", error=EstimationError)
    assert set(profiles.estimate(measures="M0").to_pandas()["measure"]) == {"M0"}


def test_profiles_that_do_not_add_say_why():
    by_sex = mpi.tabulate(ONE, PERSONS, by="sex")
    other = mpi.tabulate(ONE, PERSONS.replace(cutoff="1/3"), by="region")
    words = ["adding profile tables", "which differ in 1 key", "one is by sex, the other by region"]
    told(lambda: by_sex + other, *words, error=EstimationError, problems=2)
    designed = mpi.tabulate(mpi.Survey(ONE, psu="hh"), PERSONS, by="sex")
    words = ["psu: one is a sample of rows, the other of PSUs", "Declare the same design in both"]
    told(lambda: by_sex + designed, *words, error=EstimationError)
    with pytest.raises(TypeError, match="unsupported operand"):
        by_sex + 3


def test_groups_of_texts_and_groups_of_numbers_do_not_add():
    texts = mpi.tabulate(ONE, PERSONS, by="sex")
    numbers = mpi.tabulate(ONE.assign(sex=[1, 2, 1, 2]), PERSONS, by="sex")
    words = ["sex: its values are texts in one and numbers in the other", "same type of column"]
    told(lambda: texts + numbers, *words, error=EstimationError)
    survey = mpi.Survey(ONE, psu="region")
    other = mpi.Survey(ONE.assign(region=[1, 1, 2, 2]), psu="region")
    call = lambda: mpi.tabulate(survey, PERSONS) + mpi.tabulate(other, PERSONS)  # noqa: E731
    told(call, "psu: its values are texts in one", error=EstimationError)


def test_the_survey_of_a_negative_seed_is_refused():
    told(lambda: mpi.datasets.synthetic_survey(5, seed=-1), "seed: -1", "Expected 0 or more.")
