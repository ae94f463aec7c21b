"""Sampling designs and replicates that cannot be: each is one sentence, with counts."""

from __future__ import annotations

import math

import numpy as np
import pytest

import mpi
from bad_input import told
from mpi import EstimationError

SPEC = mpi.Specification.from_columns({"one": ["a"], "two": ["b"]}, cutoff="1/2")
N = 24


def rows(**more):
    frame = {
        "a": [1, 0, 0] * 8,
        "b": [0, 1, 1, 0] * 6,
        "w": [1.0, 2.0] * 12,
        "stratum": np.repeat([1, 2], 12),
        "psu": np.repeat(range(6), 4),
        "row": range(N),
        "area": np.repeat(["x", "y"], 12),
    }
    return frame | more


def survey(frame=None, **design):
    declared = {"weight": "w", "strata": "stratum", "psu": "psu"} | design
    return mpi.Survey(rows() if frame is None else frame, **declared)


def estimated(frame=None, replicates=None, **design):
    return mpi.tabulate(survey(frame, **design), SPEC, by="area").estimate(replicates=replicates)


def test_a_psu_in_two_strata_is_refused_where_ids_are_said_not_to_repeat():
    frame = rows(psu=np.tile(range(6), 4))
    words = ["psu 'psu': 6 of 6 ids are in several strata", "nested=False"]
    told(lambda: mpi.tabulate(survey(frame, nested=False), SPEC), *words)
    assert mpi.tabulate(survey(frame), SPEC).estimate().get("H").df == 10
    assert mpi.tabulate(survey(nested=False), SPEC).estimate().get("H").df == 4


FINITE = {
    "smaller": ([2] * N, ["fpc 'f': is smaller than the sample in 2 of 2 strata"]),
    "differs": (
        range(3, 3 + N),
        ["fpc 'f': differs within 2 of 2 strata", "All rows of a stratum"],
    ),
    "mixed": ([0.5] * 12 + [30] * 12, ["is at most 1 in some strata and above 1 in others"]),
    "one": ([1] * 12 + [30] * 12, ["is smaller than the sample in 1 of 2 strata"]),
    "zero": ([0] * 12 + [9] * 12, ["missing, not finite or not positive in 12 of 24 rows"]),
    "negative": ([-3] * N, ["missing, not finite or not positive in 24 of 24 rows"]),
    "missing": ([None] + [9] * (N - 1), ["missing, not finite or not positive in 1 of 24 rows"]),
    "infinite": ([np.inf] * N, ["missing, not finite or not positive"]),
    "text": (["many"] * N, ["fpc: a number is expected"]),
}


@pytest.mark.parametrize("case", FINITE)
def test_a_finite_population_that_cannot_be_is_refused(case):
    values, words = FINITE[case]
    told(lambda: mpi.tabulate(survey(rows(f=list(values)), fpc="f"), SPEC), *words)


def test_a_finite_population_of_the_second_stage_is_checked_in_each_psu():
    frame = rows(f=[9] * N, g=[3] * N)
    stages = [mpi.Stage("row", fpc="g")]
    words = ["fpc 'g': is smaller than the sample in 6 of 6 strata"]
    told(lambda: mpi.tabulate(survey(frame, fpc="f", stages=stages), SPEC), *words)


def test_stages_need_the_units_of_the_first():
    stages = [mpi.Stage("row", fpc="w")]
    told(lambda: survey(psu=None, stages=stages), "later stages are declared, and no PSU")
    told(lambda: survey(stages=["row"]), "stages: a value of type 'list' is given", "mpi.Stage")
    told(lambda: survey(stages=[mpi.Stage("rows")]), "unit: no table has a column 'rows'")


def test_a_fraction_of_psus_with_more_sampling_below_is_a_finding():
    frame = rows(f=[6] * N, w=[4.0] * N)  # 3 of 6 PSUs, and every second row in them
    findings = mpi.tabulate(survey(frame, fpc="f"), SPEC).findings
    assert findings.of_code("FPC_FIRST_STAGE")[0].count == 6
    frame["w"] = [2.0] * N
    assert not mpi.tabulate(survey(frame, fpc="f"), SPEC).findings.of_code("FPC_FIRST_STAGE")


DECLARED = {
    "method": ({"method": "jackknife"}, ["there is no method 'jackknife'", "Choose one of jk1"]),
    "number": ({"method": "rao-wu", "number": 1}, ["replicates, number: is 1"]),
    "seed": ({"method": "rao-wu", "seed": -1}, ["replicates, seed: is -1"]),
    "rho": ({"method": "fay", "rho": 1.0}, ["replicates, rho: is 1.0", "lies in [0, 1)"]),
    "one": ({"method": "brr", "columns": ["w"]}, ["there is a single replicate"]),
    "twice": ({"method": "brr", "columns": ["w", "w"]}, ["names a column twice"]),
    "rscales": (
        {"method": "jkn", "columns": ["w", "row"]},
        ["replicates, rscales: is missing", "has a scale for each replicate"],
    ),
    "too few": (
        {"method": "jk1", "columns": ["w", "row"], "rscales": [1.0]},
        ["1 are given for 2 columns"],
    ),
    "scale": ({"method": "other", "columns": ["w", "row"]}, ["replicates, scale: is missing"]),
    "made": ({"method": "other", "scale": 1.0}, ["replicates of no known method cannot be made"]),
    "wrong": (
        {"method": "brr", "columns": ["w", "row"], "scale": math.nan},
        ["holds a value that is no scale"],
    ),
    "df": ({"method": "jkn", "df": 0}, ["replicates, df: is 0"]),
}


@pytest.mark.parametrize("case", DECLARED)
def test_a_declaration_of_replicates_that_cannot_be_is_refused(case):
    given, words = DECLARED[case]
    told(lambda: survey(replicates=mpi.Replicates(**given)), *words)


def test_what_is_no_declaration_of_replicates_says_what_is():
    told(lambda: survey(replicates="jkn"), "replicates: a value of type 'str' is given")
    words = ["replicates: is 'jkn'", 'mpi.Replicates("jkn")']
    told(lambda: estimated(replicates="jkn"), *words, error=EstimationError)


REFUSED = {
    "three psus": ("brr", {}, ["brr needs two PSUs in each stratum; 2 of 2 strata have another"]),
    "strata": ("jk1", {}, ["jk1 knows no strata, and there are 2", "Choose 'jkn'."]),
    "no psu": ("jkn", {"psu": None}, ["no PSU is declared", "replicates= to the Survey"]),
}


@pytest.mark.parametrize("case", REFUSED)
def test_replicates_that_a_sample_does_not_allow_are_refused(case):
    method, design, words = REFUSED[case]
    told(
        lambda: estimated(replicates=mpi.Replicates(method), **design),
        *words,
        error=EstimationError,
    )


def test_a_bootstrap_does_not_guess_what_a_single_psu_is_worth():
    frame = rows(psu=[0] * 12 + [1, 2] * 6, a=[1] * 15 + [0] * 9)
    tables = mpi.tabulate(survey(frame), SPEC)
    words = ["rao-wu cannot treat a stratum with a single unit by 'adjust'", "'collapse'"]
    declared = mpi.Replicates("rao-wu")
    told(
        lambda: tables.estimate(lonely_psu="adjust", replicates=declared),
        *words,
        error=EstimationError,
    )
    assert tables.estimate(lonely_psu="collapse", replicates=declared).get("M0").se > 0


def columns(**more):
    return rows(r1=[1.0, 2.0] * 12, r2=[2.0, 1.0] * 12, **more)


SUPPLIED = mpi.Replicates("brr", columns=("r1", "r2"))


def test_columns_of_replicates_that_are_not_there_are_named():
    words = ["replicate: no table has a column 'r1'", "replicate: no table has a column 'r2'"]
    told(lambda: survey(replicates=SUPPLIED), *words, problems=2)


WEIGHTS = {
    "negative": ([-1.0] + [1.0] * (N - 1), ["replicate 'r2': is negative in 1 of 24 rows"]),
    "missing": ([None, None] + [1.0] * (N - 2), ["replicate 'r2': is missing in 2 of 24 rows"]),
    "infinite": ([np.inf] + [1.0] * (N - 1), ["replicate 'r2': is infinite in 1 of 24 rows"]),
    "text": (["x"] * N, ["replicate: a number is expected, 'persons.r2' is text"]),
}


@pytest.mark.parametrize("case", WEIGHTS)
def test_replicate_weights_that_cannot_be_are_refused(case):
    values, words = WEIGHTS[case]
    frame = columns() | {"r2": values}
    told(lambda: mpi.tabulate(survey(frame, replicates=SUPPLIED), SPEC), *words)


def test_negative_replicate_weights_are_allowed_where_they_can_be():
    frame = columns() | {"r2": [-1.0] + [1.0] * (N - 1)}
    declared = mpi.Replicates("other", columns=("r1", "r2"), scale=0.5)
    assert mpi.tabulate(survey(frame, replicates=declared), SPEC).estimate().get("H").se > 0


def test_a_replicate_adds_nobody_to_the_sample():
    frame = columns(w=[0.0] + [1.0] * (N - 1))
    words = ["replicate 'r1': is not zero where the weight is in 1 of 24 rows"]
    told(lambda: mpi.tabulate(survey(frame, replicates=SUPPLIED), SPEC), *words)


def test_columns_cannot_be_given_after_the_rows_were_read():
    words = ["2 columns are named, and the tables have 0 replicate weights", "to the Survey"]
    told(lambda: estimated(replicates=SUPPLIED), *words, error=EstimationError)


def test_without_degrees_of_freedom_there_is_an_error_and_no_interval():
    frame = rows(psu=np.repeat([1, 2], 12))
    estimates = mpi.tabulate(survey(frame), SPEC).estimate(lonely_psu="adjust")
    found = estimates.get("H")
    assert found.se >= 0
    assert found.df == 0
    assert math.isnan(found.ci_low)
    (finding,) = estimates.findings.of_code("NO_DEGREES_OF_FREEDOM")
    assert finding.count == finding.of


def test_a_group_of_which_no_psu_has_a_kept_unit_has_no_figure():
    frame = rows(a=[None] * 12 + [1, 0, 0] * 4)
    estimates = estimated(frame)
    found = estimates.get("H", area="x")
    assert math.isnan(found.estimate)
    assert math.isnan(found.se)
    assert estimates.findings.of_code("EMPTY_GROUP")
    told(lambda: estimates.get("H", area="z"), "no row fits 'H'", error=EstimationError)


def test_a_single_row_has_no_standard_error_and_says_so():
    one = {name: [next(iter(values))] for name, values in rows().items()}
    estimates = mpi.measure(one, SPEC)
    assert estimates.get("H").estimate == 1.0
    assert math.isnan(estimates.get("H").se)
    assert estimates.findings.of_code("SINGLE_UNIT")


def test_no_design_is_a_simple_random_sample_and_a_finding():
    estimates = mpi.measure(rows(), SPEC)
    found = estimates.get("H")
    # p (1 - p) / (n - 1): the variance of a mean of n draws with replacement
    assert found.se == pytest.approx(math.sqrt(found.estimate * (1 - found.estimate) / (N - 1)))
    assert (found.df, found.deff) == (N - 1, pytest.approx(1.0))
    (finding,) = estimates.findings.of_code("SIMPLE_RANDOM")
    assert "declare household_id" in finding.detail


def test_tables_without_a_sample_have_no_standard_errors():
    tables = mpi.tabulate(survey(), SPEC, se=False)
    assert tables.sampled is None
    assert math.isnan(tables.estimate().get("H").se)
    words = ["psu: one keeps what standard errors need and the other does not"]
    told(lambda: tables + mpi.tabulate(survey(), SPEC), *words, error=EstimationError)


def test_rows_without_an_id_do_not_become_the_same_unit_by_addition():
    gap = mpi.Specification.from_columns({"one": ["a"]}, cutoff=1)
    declared = mpi.Replicates("jkn")
    parts = [
        mpi.tabulate(mpi.Survey(rows(), weight="w", replicates=declared), gap) for _ in range(2)
    ]
    told(lambda: parts[0] + parts[1], "rows without an id", error=EstimationError)


def test_parts_with_other_finite_populations_do_not_add():
    one, other = (mpi.tabulate(survey(rows(f=[n] * N), fpc="f"), SPEC) for n in (9, 10))
    told(lambda: one + other, "fpc: differs between the parts in 2 strata", error=EstimationError)


def test_parts_of_more_units_than_there_are_do_not_add():
    """The variance was negative, and the standard error 0."""
    one = mpi.tabulate(survey(rows(f=[5] * N), fpc="f"), SPEC)
    other = mpi.tabulate(survey(rows(f=[5] * N, psu=np.repeat(range(10, 16), 4)), fpc="f"), SPEC)
    words = [
        "fpc: is smaller than the sample of both parts in 2 of 2 strata",
        "strata of their own",
    ]
    told(lambda: one + other, *words, error=EstimationError)
    assert (one + one).estimate().get("H").se == one.estimate().get("H").se


def parts(frame, which, **design):
    """Profiles of two parts of the rows, whose weights follow from the fractions drawn."""
    picked = [{name: np.array(v)[rows] for name, v in frame.items()} for rows in (which, ~which)]
    return [mpi.tabulate(survey(part, weight=None, fpc="f", **design), SPEC) for part in picked]


@pytest.mark.parametrize("psu", ["psu", None])
def test_weights_that_were_made_of_a_part_do_not_add(psu):
    """The sum of the parts counted everybody twice."""
    one, other = parts(rows(f=[40] * N), np.arange(N) // 4 % 2 == 1, psu=psu)
    words = ["weight: is made of the number drawn", "in 2 strata of both parts", "Declare weight="]
    told(lambda: one + other, *words, error=EstimationError)


def test_weights_that_were_made_of_whole_strata_add():
    frame = rows(f=[40] * N)
    one, other = parts(frame, np.array(frame["stratum"]) == 1)
    whole = mpi.tabulate(survey(frame, weight=None, fpc="f"), SPEC).estimate().get("N_poor")
    added = (one + other).estimate().get("N_poor")
    assert (added.estimate, added.se) == pytest.approx((whole.estimate, whole.se), rel=1e-12)


def test_parts_with_other_replicates_say_which_are_kept():
    parts = [
        mpi.tabulate(survey(columns(), replicates=declared), SPEC)
        for declared in (SUPPLIED, mpi.Replicates("brr", columns=("r1", "r2"), scale=0.25))
    ]
    (finding,) = (parts[0] + parts[1]).findings.of_code("PARTS_DIFFER")
    assert finding.where == "replicates"
    assert not (parts[0] + parts[0]).findings.of_code("PARTS_DIFFER")


def test_a_stratum_with_a_single_psu_does_not_join_one_that_was_drawn_completely():
    """The stratum of certainty beside it would have got a variance from another's PSU."""
    frame = rows(stratum=np.repeat([1, 2, 3], [12, 4, 8]), f=np.repeat([30, 30, 2], [12, 4, 8]))
    estimates = mpi.tabulate(survey(frame, fpc="f"), SPEC).estimate(lonely_psu="collapse")
    (finding,) = estimates.findings.of_code("STRATUM_COLLAPSED")
    assert finding.where == "stratum 2 with 1"
    by_hand = rows(stratum=np.repeat([1, 3], [16, 8]), f=np.repeat([60, 2], [16, 8]))
    expected = mpi.tabulate(survey(by_hand, fpc="f"), SPEC).estimate()
    assert estimates.get("H").se == pytest.approx(expected.get("H").se, rel=1e-12)
    difference = estimates.get("H") - estimates.get("M0")
    assert difference.se == pytest.approx((expected.get("H") - expected.get("M0")).se, rel=1e-9)


@pytest.mark.parametrize("option", ["adjust", "average"])
def test_strata_that_are_treated_as_single_for_a_group_are_counted(option):
    """They were treated so without a word."""
    frame = rows(area=np.repeat(["x", "y", "x"], [4, 8, 12]))  # x in one PSU of stratum 1
    tables = mpi.tabulate(survey(frame), SPEC, by="area")
    assert not tables.estimate(lonely_psu=option).findings.of_code("LONELY_PSU")
    estimates = tables.estimate(lonely_psu=option, domain_lonely=True)
    (finding,) = estimates.findings.of_code("LONELY_PSU")
    # two strata of the whole population, two of x and one of y
    assert (finding.where, finding.count, finding.of) == ("groups", 1, 5)


def test_factors_that_are_taken_for_weights_are_refused():
    frame = columns() | {"r1": [2.0, 0.0] * 12, "r2": [0.0, 2.0] * 12, "w": [50.0] * N}
    words = [
        "replicates: themselves, they sum to 0.02 times the sum of the weights",
        "factors=True",
    ]
    told(lambda: mpi.tabulate(survey(frame, replicates=SUPPLIED), SPEC), *words)
    weights = columns() | {"r1": [100.0, 0.0] * 12, "r2": [0.0, 100.0] * 12, "w": [50.0] * N}
    declared = mpi.Replicates("brr", columns=("r1", "r2"), factors=True)
    words = ["replicates: times the weight, they sum to 50 times the sum of the weights"]
    told(lambda: mpi.tabulate(survey(weights, replicates=declared), SPEC), *words)


def test_replicate_weights_need_the_weight_that_they_replicate():
    words = ["weight: is not declared, and there are replicate weights", "factors=True"]
    told(lambda: survey(columns(), weight=None, replicates=SUPPLIED), *words)


def test_weights_that_only_some_stages_give_are_refused():
    frame = rows(f=[9] * N)
    stages = [mpi.Stage("row")]
    words = ["weight: is not declared, and it follows from 'fpc' only where every stage has one"]
    told(lambda: survey(frame, weight=None, fpc="f", stages=stages), *words)


def test_later_stages_without_a_fraction_of_the_first_are_a_finding():
    frame = rows(g=[9] * N)
    tables = mpi.tabulate(survey(frame, stages=[mpi.Stage("row", fpc="g")]), SPEC)
    assert tables.findings.of_code("STAGES_UNUSED")
    plain = mpi.tabulate(survey(frame), SPEC).estimate().get("H")
    assert tables.estimate().get("H").se == pytest.approx(plain.se)


def test_the_scale_of_a_bootstrap_that_rests_on_psus_needs_them():
    declared = mpi.Replicates("canty-davison", columns=("r1", "r2"))
    words = ["replicates, scale: ", "of canty-davison rests on the PSUs", "give scale="]
    told(
        lambda: mpi.tabulate(
            survey(columns(), psu=None, strata=None, replicates=declared), SPEC
        ).estimate(),
        *words,
        error=EstimationError,
    )
    frame = columns(a=[1, 0] * 6 + [0] * 12, b=[0] * N)
    with_psus = mpi.tabulate(survey(frame, replicates=declared), SPEC).estimate()
    one = mpi.Replicates("canty-davison", columns=("r1", "r2"), scale=1.0)
    plain = mpi.tabulate(survey(frame, replicates=one), SPEC).estimate()
    # three PSUs in each stratum and two replicates: 3 / (2 x 1)
    ratio = with_psus.get("H").se / plain.get("H").se
    assert ratio == pytest.approx(math.sqrt(3 / 2))


def test_households_of_person_rows_are_what_a_fraction_counts():
    """Six households of 1 or 4 persons, three of 30 and three of 60 drawn: weights 10 and 20."""
    sizes, poor = [1, 4, 1, 4, 1, 4], [1, 0, 1, 0, 1, 0]
    frame = {
        "hh": np.repeat(range(6), sizes),
        "a": np.repeat(poor, sizes),
        "st": np.repeat([1, 1, 1, 2, 2, 2], sizes),
        "N": np.repeat([30, 30, 30, 60, 60, 60], sizes),
    }
    spec = mpi.Specification.from_columns({"d": ["a"]}, cutoff=1)
    sample = mpi.Survey(frame, household_id="hh", strata="st", fpc="N")
    estimates = mpi.measure(sample, spec)
    poor_persons = 10 * (1 + 1) + 20 * 1
    persons = 10 * 6 + 20 * 9
    assert estimates.get("N_poor").estimate == pytest.approx(poor_persons)
    assert estimates.get("H").estimate == pytest.approx(poor_persons / persons)
    by_psu = mpi.measure(mpi.Survey(frame, psu="hh", strata="st", fpc="N"), spec)
    assert estimates.get("H").se == pytest.approx(by_psu.get("H").se)


def test_a_list_of_parts_is_summed():
    parts = [mpi.tabulate(survey(), SPEC), mpi.tabulate(survey(), SPEC)]
    assert sum(parts).n == 2 * N
    assert mpi.tabulate(survey(), SPEC) != parts[0]
