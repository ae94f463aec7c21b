"""Figures of the golden set: finite populations, stages, design effects, joint tests."""

from __future__ import annotations

import pytest
from golden import (
    BY,
    EXACT,
    clustered,
    compare,
    expected,
    figure,
    figures,
    inputs,
    specification,
    survey_rows,
    weighted,
)

import mpi

LEVELS = {"estimate": "estimate", "se": "se", "n": "n"}
SECOND = mpi.Stage(unit="ssu", fpc="fpc2")


def two_stage(name: str, **more) -> mpi.Survey:
    """Both stages declared, no weights: they are the product of N / n."""
    return mpi.Survey(inputs(name), psu="psu", fpc="fpc1", stages=[SECOND], **more)


DESIGNS = {
    "rows_fpc": lambda: mpi.Survey(inputs("rows"), weight="weight", strata="stratum", fpc="fpc"),
    "rows_fpc_no_weight": lambda: mpi.Survey(inputs("rows"), strata="stratum", fpc="fpc"),
    "rows_replacement": lambda: mpi.Survey(inputs("rows"), weight="weight", strata="stratum"),
    "rows_no_strata": lambda: mpi.Survey(inputs("rows"), weight="weight"),
    "one_stage_fpc": lambda: mpi.Survey(inputs("one_stage"), weight="weight", psu="psu", fpc="fpc"),
    "one_stage_replacement": lambda: mpi.Survey(inputs("one_stage"), weight="weight", psu="psu"),
    "two_stage": lambda: two_stage("two_stage"),
    "two_stage_strata": lambda: two_stage("two_stage_strata", strata="stratum"),
    "two_stage_strata_first_fpc": lambda: clustered(weighted("two_stage_strata"), fpc="fpc1"),
    "two_stage_strata_replacement": lambda: clustered(weighted("two_stage_strata")),
}


def levels(tag: str, survey: mpi.Survey, rule: str = "design", **more) -> int:
    """The number of figures of a design that are R's."""
    profiles = mpi.tabulate(survey, specification(), by="area")
    ours = figures(profiles.estimate(["1/3", "1/2"], df=rule, **more))
    theirs = expected("designs", tag)
    defined = theirs["estimate"].notna()
    return compare(theirs, ours, LEVELS) + compare(theirs[defined], ours, {f"df_{rule}": "df"})


@pytest.mark.parametrize("rule", ["design", "domain"])
@pytest.mark.parametrize("tag", DESIGNS)
def test_levels_of_each_design_are_those_of_r(tag, rule, count):
    count(levels(tag, DESIGNS[tag](), rule))


def test_fractions_are_the_same_as_numbers_of_units(count):
    survey = mpi.Survey(inputs("rows"), weight="weight", strata="stratum", fpc="fraction")
    count(levels("rows_fpc", survey))


def test_weights_that_are_given_are_the_same_as_those_worked_out(count):
    rows = weighted("two_stage_strata")
    survey = clustered(rows, fpc="fpc1", stages=[SECOND])
    count(levels("two_stage_strata", survey))


def test_later_stages_add_nothing_to_a_first_stage_with_replacement(count):
    rows = weighted("two_stage_strata")
    survey = clustered(rows, stages=[SECOND])
    count(levels("two_stage_strata_replacement", survey))


def test_a_column_that_says_each_row_is_a_psu_is_a_sample_of_rows(count):
    rows = inputs("rows")
    rows["row"] = range(len(rows))
    survey = mpi.Survey(rows, weight="weight", strata="stratum", psu="row", fpc="fpc")
    count(levels("rows_fpc", survey))


def test_a_single_unit_at_the_second_stage_is_treated_as_in_r(count):
    survey = two_stage("two_stage_single", strata="stratum")
    count(levels("two_stage_single/certainty", survey, lonely_psu="certainty"))


def test_a_single_unit_at_the_second_stage_is_refused_unless_something_is_chosen():
    survey = two_stage("two_stage_single", strata="stratum")
    with pytest.raises(mpi.EstimationError, match="lonely_psu"):
        mpi.tabulate(survey, specification()).estimate()


@pytest.mark.parametrize("kind", ["replace", "without"])
def test_design_effects_are_those_of_r(kind, count):
    theirs = expected("deff", "domain")
    # tables hold sums of gaps, not of their squares and products
    theirs = theirs[~theirs["measure"].isin(["M1", "M2"])]
    # where nobody or everybody is counted R divides 0 by 0, or two rounding errors
    profiles = mpi.tabulate(clustered(survey_rows()), specification(), by=BY)
    ours = figures(profiles.estimate(["1/3", "1/2"], deff=kind))
    varies = ours[(ours["se"] > EXACT)]
    theirs = theirs.merge(varies[[*theirs.columns[1:8]]], on=list(theirs.columns[1:8]))
    count(compare(theirs, ours, {f"deff_{kind}": "deff"}))
    assert len(theirs) > 400


@pytest.mark.parametrize("tag", ["domain", "lonely/certainty", "lonely/adjust"])
def test_joint_tests_are_by_the_covariance_matrix_of_r(tag, count):
    lonely = tag.startswith("lonely")
    option = tag.removeprefix("lonely/") if lonely else "fail"
    profiles = mpi.tabulate(clustered(survey_rows(lonely=lonely)), specification(), by=BY)
    # R's degrees of freedom of a test are those of the whole design
    estimates = profiles.estimate(["1/3", "1/2"], lonely_psu=option, df="design")
    theirs = expected("tests", tag)
    for row in theirs.to_dict("records"):
        found = estimates.test(differences(estimates, row["pairs"]))
        assert found.statistic == pytest.approx(row["statistic"], rel=EXACT)
        assert found.df == (row["df1"], row["df2"])
        assert found.p_value == pytest.approx(row["p"], rel=EXACT)
        count(4)
    assert len(theirs) >= 6


def test_named_contrasts_are_those_of_r(count):
    theirs = expected("contrasts", "domain")
    profiles = mpi.tabulate(clustered(survey_rows()), specification(), by=BY)
    estimates = profiles.estimate(["1/3", "1/2"])
    made = {}
    for row in theirs.to_dict("records"):
        a, b = figure(estimates, row["a"]), figure(estimates, row["b"])
        made[f"{row['a']} {row['how']} {row['b']}"] = a - b if row["how"] == "minus" else a / b
    table = estimates.contrast(made).to_pandas()
    assert table["contrast"].tolist() == list(made)
    for name in ("estimate", "se"):
        assert table[name].to_numpy() == pytest.approx(theirs[name].to_numpy(), rel=EXACT)
        count(len(table))


def differences(estimates: mpi.Estimates, pairs: str) -> list:
    """Differences by their names in the file of tests."""
    named = [pair.split(" minus ") for pair in pairs.split(" and ")]
    return [figure(estimates, a) - figure(estimates, b) for a, b in named]
