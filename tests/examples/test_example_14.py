"""Worked example E14: two groups, unequal weights, nested indicators, every policy for gaps."""

from __future__ import annotations

import tomllib

import pytest
from figures import EXACT, assert_figures, columns

import mpi
from mpi.errors import SpecificationError
from mpi.spec.validation import validated

NAMES = ("a", "b", "d1", "d2", "d3")
ROWS = [
    ("U", 2, 1, 0, 1, 0, 0),
    ("U", 1, 0, 0, 0, 0, 0),
    ("U", 3, 1, 1, 1, 0, 0),
    ("U", 2, 0, 1, 0, 0, 1),
    ("R", 1, 1, 1, 1, 1, 1),
    ("R", 2, 0, 0, 1, 1, 1),
    ("R", 3, 1, 0, 1, 1, 0),
    ("R", 2, 0, 0, 1, 0, 0),
]
FRAME = columns(("zone", "w", *NAMES), ROWS)
HD = "9/16, 3/8, 13/16, 3/8, 5/16"
SPEC = mpi.Specification.from_columns(
    {"health": ["a", "b"], "living": ["d1", "d2", "d3"]}, cutoff="1/2"
)

AT_5_12 = {
    "H": "13/16",
    "A": "89/156",
    "M0": "89/192",
    "hd": HD,
    "hdk": "9/16, 3/8, 11/16, 3/8, 5/16",
    "pctb": "27/89, 18/89, 22/89, 12/89, 10/89",
}
AT_1_2 = {
    "H": "9/16",
    "A": "23/36",
    "M0": "23/64",
    "hd": HD,
    "hdk": "7/16, 1/4, 9/16, 3/8, 3/16",
    "pctb": "7/23, 4/23, 6/23, 4/23, 2/23",
}
NATIONAL = {"5/12": AT_5_12, "1/3": AT_5_12, "1/2": AT_1_2}
DIMENSIONS = {
    "5/12": {"health": "45/89", "living": "44/89"},
    "1/3": {"health": "45/89", "living": "44/89"},
    "1/2": {"health": "11/23", "living": "12/23"},
}
GROUPS = {
    ("5/12", "U"): {"H": "7/8", "A": "11/21", "M0": "11/24", "contribution_M0": "44/89"},
    ("5/12", "R"): {"H": "3/4", "A": "5/8", "M0": "15/32", "contribution_M0": "45/89"},
    ("1/2", "U"): {"H": "3/8", "A": "2/3", "M0": "1/4", "contribution_M0": "8/23"},
    ("1/2", "R"): {"H": "3/4", "A": "5/8", "M0": "15/32", "contribution_M0": "15/23"},
}


def measured(**changes):
    return mpi.measure(FRAME, SPEC, weight="w", by="zone", k=list(NATIONAL), **changes)


# from the headcounts above, with half of the population in each group
OF_THE_POOR = {
    ("5/12", "U"): "7/13",
    ("5/12", "R"): "6/13",
    ("1/2", "U"): "1/3",
    ("1/2", "R"): "2/3",
}


@pytest.mark.parametrize("k", NATIONAL)
def test_nested_indicators_have_the_exact_measures_at_each_cutoff(k):
    assert_figures(measured(), NATIONAL[k], NAMES, k=k)


@pytest.mark.parametrize("k", DIMENSIONS)
def test_contributions_of_dimensions_are_the_sums_of_their_indicators(k):
    estimates = measured()
    for dimension, share in DIMENSIONS[k].items():
        assert_figures(estimates, {"contribution_M0": "1"}, k=k)
        found = estimates.get("pctb", dimension=dimension, k=k).estimate
        top, bottom = map(int, share.split("/"))
        assert found == pytest.approx(top / bottom, rel=EXACT)


@pytest.mark.parametrize(("k", "group"), GROUPS)
def test_groups_have_their_own_measures_and_contributions(k, group):
    assert_figures(measured(), GROUPS[k, group], k=k, zone=group)
    assert_figures(measured(), {"contribution_H": OF_THE_POOR[k, group]}, k=k, zone=group)
    assert_figures(measured(), {"popsh": "1/2"}, zone=group)


@pytest.mark.parametrize("name", ["group", "by", "measure", "k", "estimate", "n", "bound"])
def test_a_grouping_variable_named_like_a_column_of_the_results_is_told_apart_or_refused(name):
    frame = {key: FRAME[key] for key in (*NAMES, "w")} | {name: FRAME["zone"]}
    try:
        estimates = mpi.measure(frame, SPEC, weight="w", by=name, k="1/2")
        assert estimates.get("H").estimate == pytest.approx(9 / 16)
    except mpi.MpiError as refused:
        assert name in str(refused)  # noqa: PT017 -- either way is right
        return
    rows = [row for row in estimates.to_arrow().to_pylist() if row["measure"] == "H"]
    assert [row["group"] for row in rows] == [None, "R", "U"]
    assert [row["by"] for row in rows] == ["national", name, name]
    assert [row["estimate"] for row in rows] == pytest.approx([9 / 16, 3 / 4, 3 / 8])


UNION = """
id = "overlap"
unit = "person"
cutoff = "1/2"
[[dimension]]
id = "health"
RULE
  [[dimension.indicator]]
  id = "a"
  deprived = "a"
  [[dimension.indicator]]
  id = "b"
  deprived = "b"
[[dimension]]
id = "living"
RULE
  [[dimension.indicator]]
  id = "d1"
  deprived = "d1"
  [[dimension.indicator]]
  id = "d2"
  deprived = "d2"
  [[dimension.indicator]]
  id = "d3"
  deprived = "d3"
[[category]]
id = "health only"
when = "health and not living"
[[category]]
id = "living only"
when = "living and not health"
[[category]]
id = "both"
when = "health and living"
[[category]]
id = "none"
when = "dimensions == 0"
"""
VENN = {"health only": "0", "living only": "1/4", "both": "11/16", "none": "1/16"}


def read(text):
    content = tomllib.loads(text)
    return validated(mpi.Specification, content, source="test", error=SpecificationError)


@pytest.mark.parametrize("rule", ["", 'rule = "union"'])
def test_unions_within_dimensions_and_their_overlap_are_exact(rule):
    estimates = mpi.measure(FRAME, read(UNION.replace("RULE", rule)), weight="w")
    for dimension, share in (("health", 11 / 16), ("living", 15 / 16)):
        assert estimates.get("hd", dimension=dimension).estimate == pytest.approx(share, rel=EXACT)
    for category, share in VENN.items():
        assert_figures(estimates, {"category": share}, category=category)
    for number, share in enumerate(("1/16", "1/4", "11/16")):
        assert_figures(estimates, {"dimension_count": share}, category=str(number))
    assert_figures(estimates, {"mean_dimensions": "13/8"})


def test_the_union_rule_counts_dimensions_in_the_score():
    spec = read(UNION.replace("RULE", 'rule = "union"'))
    estimates = mpi.measure(FRAME, spec, weight="w", k=["1/2", "1"])
    # one dimension or more: all but person 2; both: 11/16, and M0 = (1/2)(1/4) + 11/16 = 13/16
    assert_figures(estimates, {"H": "15/16", "M0": "13/16", "A": "13/15"}, k="1/2")
    assert_figures(estimates, {"H": "11/16", "M0": "11/16", "A": "1"}, k="1")


MISSING = [list(row) for row in ROWS]
MISSING[2][3] = None  # b of row 3
MISSING[5][5] = None  # d2 of row 6
MISSING[7][4] = None  # d1 of row 8
GAPS = columns(("zone", "w", *NAMES), MISSING)
POLICIES = {
    "drop": {"H": "4/9", "A": "11/16", "M0": "11/36"},
    "reweight": {"H": "7/16", "A": "53/84", "M0": "53/192"},
    "nondeprived": {"H": "1/4", "A": "11/16", "M0": "11/64"},
    # by hand: row 3 has health 1/2 (from a alone) and living 1/6; row 6 living 1/2 from d1 and d3
    # (1/4 each); row 8 living 0. c = (5/12, 0, 2/3, 5/12, 1, 1/2, 7/12, 0): 3, 5, 6, 7 are poor
    "reweight-dimension": {"H": "9/16", "A": "23/36", "M0": "23/64"},
}


@pytest.mark.parametrize("policy", POLICIES)
def test_each_policy_for_missing_answers_has_the_exact_measures(policy):
    estimates = mpi.measure(GAPS, SPEC, weight="w", missing=policy)
    assert_figures(estimates, POLICIES[policy])


SCORES = {
    "reweight": "5/12, 0, 5/9, 5/12, 1, 2/5, 7/12, 0",
    "nondeprived": "5/12, 0, 5/12, 5/12, 1, 1/3, 7/12, 0",
    "reweight-dimension": "5/12, 0, 2/3, 5/12, 1, 1/2, 7/12, 0",
}


@pytest.mark.parametrize("policy", SCORES)
def test_each_policy_for_missing_answers_has_the_exact_scores(policy):
    scores = mpi.score(GAPS, SPEC, missing=policy).to_pandas()["score_exact"]
    assert list(scores) == SCORES[policy].split(", ")


def test_dropping_leaves_the_scores_of_incomplete_rows_empty():
    scores = mpi.score(GAPS, SPEC, missing="drop").to_arrow()["score_exact"].to_pylist()
    assert scores == ["5/12", "0", None, "5/12", "1", None, "7/12", None]


def test_dropping_keeps_a_weight_of_nine_of_sixteen_in_two_groups():
    estimates = mpi.measure(GAPS, SPEC, weight="w", by="zone", missing="drop")
    # kept: rows 1, 2, 4 of U and 5, 7 of R; of the poor at 1/2 only rows 5 and 7
    expected = {"U": ("5/9", "0", "0"), "R": ("4/9", "1", "11/16")}
    for zone, (share, h, m0) in expected.items():
        assert_figures(estimates, {"popsh": share}, zone=zone)
        assert_figures(estimates, {"H": h, "M0": m0}, zone=zone)
    # the uncensored headcounts of the rows that are kept, and of each indicator's own rows
    kept = "2/3, 1/3, 2/3, 4/9, 1/3"
    assert_figures(estimates, {"hd": kept}, NAMES)
    own = ("9/16", "3/13", "11/14", "2/7", "5/16")
    for name, share in zip(NAMES, own, strict=True):
        assert_figures(estimates, {"hd_available": share}, indicator=name)


def test_bounds_are_the_two_completions_and_intensity_has_none():
    estimates = mpi.measure(GAPS, SPEC, weight="w", missing="bounds")
    assert_figures(estimates, {"H": "1/4", "M0": "11/64"}, bound="lower")
    assert_figures(estimates, {"H": "9/16", "M0": "23/64"}, bound="upper")
    with pytest.raises(mpi.EstimationError, match="'A' was not estimated"):
        estimates.get("A", bound="lower")


def test_dropping_says_how_many_and_what_share_are_left_out():
    estimates = mpi.measure(GAPS, SPEC, weight="w", by="zone", missing="drop")
    dropped = {f.where: f for f in estimates.findings if f.code == "MISSING_DROPPED"}
    national = dropped["national"]
    assert (national.count, national.of) == (3, 8)
    assert national.share == pytest.approx(7 / 16)
    assert (dropped["zone=U"].count, dropped["zone=R"].count) == (1, 2)
    assert dropped["zone=R"].share == pytest.approx(4 / 8)


# Reweighting inside the dimension differs from reweighting overall where only part of a dimension
# is known: weights 1/2 for a, and 1/6 for each of d1, d2, d3.
WITHIN = mpi.Specification.from_columns({"one": ["a"], "two": ["d1", "d2", "d3"]}, cutoff="1/2")
PARTLY = columns(
    ("a", "d1", "d2", "d3"),
    [(0, 1, 1, None), (0, 1, 0, None), (1, 0, None, None), (None, 1, 1, 0), (0, 1, None, None)],
)
WITHIN_POLICIES = {
    # d1 and d2 carry 1/4 each: c = 1/2, 1/4, 1/2, (dropped: nothing of "one" is known), 1/2
    "reweight-dimension": {"H": "3/4", "A": "1/2", "M0": "3/8"},
    # over what is observed: c = 2/5, 1/5, 3/4, 2/3, 1/4
    "reweight": {"H": "2/5", "A": "17/24", "M0": "17/60"},
}


@pytest.mark.parametrize("policy", WITHIN_POLICIES)
def test_reweighting_inside_a_dimension_keeps_the_weight_of_the_dimension(policy):
    estimates = mpi.measure(PARTLY, WITHIN, missing=policy)
    assert_figures(estimates, WITHIN_POLICIES[policy])
    kept = {"reweight-dimension": 4, "reweight": 5}
    assert estimates.get("H").n == kept[policy]
