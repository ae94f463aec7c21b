"""Two specifications on the same people: overlap, and shares of the difference that add up."""

from __future__ import annotations

from fractions import Fraction
from itertools import permutations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import mpi

# shares are sums of 32 products of doubles
EXACT = 1e-12
law = settings(deadline=None, max_examples=30, suppress_health_check=[HealthCheck.too_slow])
SWITCHES = ("cutoff", "weights", "rules", "only_first", "only_second")
FRAME = {
    "a": [1, 1, 0, 0, 1, 0, 1, 0],
    "a2": [1, 0, 0, 0, 1, 1, 1, 0],
    "b": [0, 1, 0, 1, 1, 0, 0, 0],
    "c": [1, 0, 0, 0, 1, 1, 1, 1],
    "g": [0, 0, 0, 0, 1, 1, 1, 1],
    "w": [1.0, 2.0, 1.0, 1.0, 3.0, 1.0, 1.0, 2.0],
    "psu": [1, 1, 2, 2, 3, 3, 4, 4],
}


def spec(name, indicators, cutoff, weights=None):
    """A person-level specification of indicators with rules, one dimension each."""
    weights = weights or dict.fromkeys(indicators, Fraction(1, len(indicators)))
    content = {"id": name, "title": name, "unit": "person", "cutoff": str(cutoff)}
    content["dimension"] = [
        {
            "id": f"d_{indicator}",
            "title": indicator,
            "weight": str(weights[indicator]),
            "indicator": [{"id": indicator, "title": indicator, "deprived": f"{column} == 1"}],
        }
        for indicator, column in indicators.items()
    ]
    return mpi.Specification.model_validate(content)


ONE = spec("one", {"school": "a", "water": "b"}, "1/2")
TWO = spec("two", {"school": "a2", "health": "c"}, "1/2", {"school": "1/4", "health": "3/4"})


def survey(frame=None, **design):
    declared = {"weight": "w", "psu": "psu"} | design
    return mpi.Survey(FRAME if frame is None else frame, **declared)


def shares(comparison, measure="H", **group):
    names = [
        f"indicators of {comparison.first.id} only",
        f"indicators of {comparison.second.id} only",
    ]
    keys = ("cutoff", "weights", "rules", *names)
    get = comparison.estimates.get
    return [get(f"{measure}_attribution", category=k, **group).estimate for k in keys]


def value(row, on, measure):
    """H or M0 of a person for one position of the switches, in fractions, from the definition."""
    weights = {"school": Fraction(1, 2), "water": Fraction(1, 2), "health": Fraction(3, 4)}
    if "weights" not in on:
        weights["school"] = Fraction(1, 4)
    bits = {
        "school": row["a"] if "rules" in on else row["a2"],
        "water": row["b"],
        "health": row["c"],
    }
    counted = ["school"]
    counted += ["water"] if "only_first" in on else []
    counted += [] if "only_second" in on else ["health"]
    total = sum(weights[name] for name in counted)
    score = sum(weights[name] * bits[name] for name in counted) / total
    poor = score >= Fraction(1, 2)  # both cutoffs
    return score * poor if measure == "M0" else Fraction(poor)


@pytest.mark.parametrize("measure", ["H", "M0"])
def test_shares_are_those_of_all_orders_of_switching(measure):
    rows = [dict(zip(FRAME, values, strict=True)) for values in zip(*FRAME.values(), strict=True)]
    orders = list(permutations(SWITCHES))
    expected = dict.fromkeys(SWITCHES, Fraction(0))
    for row in rows:
        weight = Fraction(row["w"]) / Fraction(sum(FRAME["w"]))
        for order in orders:
            on = set()
            for switch in order:
                before = value(row, on, measure)
                on = on | {switch}
                expected[switch] += weight * (value(row, on, measure) - before) / len(orders)
    found = shares(mpi.compare(survey(), ONE, TWO), measure)
    assert found == pytest.approx([float(v) for v in expected.values()], abs=EXACT)


def test_everybody_is_in_one_class_of_the_overlap():
    comparison = mpi.compare(survey(), ONE, TWO)
    get = comparison.estimates.get
    names = ["both", "only one", "only two", "neither"]
    # poor under one: all but persons 3, 6 and 8; under two: those deprived in c
    weights = [5, 3, 3, 1]
    found = [get("overlap", category=name).estimate for name in names]
    assert found == pytest.approx([w / 12 for w in weights])
    assert get("H", category="one").estimate == pytest.approx(8 / 12)
    assert get("H", category="two").estimate == pytest.approx(8 / 12)
    assert get("hd_both", indicator="school").estimate == pytest.approx(5 / 12)


def test_figures_of_each_are_those_of_its_own_estimation():
    comparison = mpi.compare(survey(), ONE, TWO, by="g")
    for one in (ONE, TWO):
        alone = mpi.tabulate(survey(), one, by="g").estimate()
        for group in ({}, {"g": 0}, {"g": 1}):
            for measure in ("H", "A", "M0"):
                found = comparison.estimates.get(measure, category=one.id, **group)
                expected = alone.get(measure, **group)
                for name in ("estimate", "se", "ci_low", "ci_high", "deff", "df", "n"):
                    assert getattr(found, name) == pytest.approx(
                        getattr(expected, name), rel=1e-9, nan_ok=True
                    ), name


def test_the_error_of_the_difference_is_that_of_their_covariance():
    e = mpi.compare(survey(), ONE, TWO).estimates
    difference = e.get("H", category="one") - e.get("H", category="two")
    found = e.get("H_difference")
    assert found.se == pytest.approx(difference.se, rel=1e-9)
    assert found.estimate == pytest.approx(difference.estimate, abs=EXACT)


@st.composite
def samples(draw):
    n = draw(st.integers(2, 20))
    bits = st.lists(st.integers(0, 1), min_size=n, max_size=n)
    frame = {name: draw(bits) for name in ("a", "a2", "b", "c", "g")}
    weights = st.lists(st.integers(1, 5), min_size=n, max_size=n)
    return frame | {"w": [float(v) for v in draw(weights)], "psu": list(range(n))}


@law
@given(samples(), st.sampled_from(["1/4", "1/2", "3/4", "1"]))
def test_shares_add_up_to_the_difference_in_every_group(frame, cutoff):
    comparison = mpi.compare(survey(frame), ONE.replace(cutoff=cutoff), TWO, by="g")
    for group in ({}, *({"g": g} for g in set(frame["g"]))):
        for measure in ("H", "M0"):
            total = comparison.estimates.get(f"{measure}_difference", **group).estimate
            assert sum(shares(comparison, measure, **group)) == pytest.approx(total, abs=EXACT)


@law
@given(samples())
def test_the_other_way_round_every_share_changes_its_sign(frame):
    forth, back = mpi.compare(survey(frame), ONE, TWO), mpi.compare(survey(frame), TWO, ONE)
    one, other = shares(forth), shares(back)
    swapped = [*other[:3], other[4], other[3]]
    assert one == pytest.approx([-share for share in swapped], abs=EXACT)


@law
@given(samples())
def test_what_does_not_differ_has_no_share(frame):
    stricter = ONE.replace(cutoff=1)
    found = shares(mpi.compare(survey(frame), stricter, ONE, se=False))
    assert found[1:] == pytest.approx([0, 0, 0, 0], abs=EXACT)
    third = spec("three", {"school": "a", "water": "b"}, "1/2", {"school": "1/3", "water": "2/3"})
    found = shares(mpi.compare(survey(frame), third, ONE, se=False))
    assert [found[0], *found[2:]] == pytest.approx([0, 0, 0, 0], abs=EXACT)


def test_a_union_dimension_keeps_its_weight_while_one_of_its_indicators_is_counted():
    content = {
        "id": "union", "title": "union", "unit": "person", "cutoff": "1/2",
        "dimension": [
            {"id": "d1", "title": "d1", "rule": "union", "indicator": [
                {"id": "school", "title": "s", "deprived": "a == 1"},
                {"id": "water", "title": "w", "deprived": "b == 1"}]},
            {"id": "d2", "title": "d2", "indicator": [
                {"id": "health", "title": "h", "deprived": "c == 1"}]},
        ],
    }  # fmt: skip
    union = mpi.Specification.model_validate(content)
    comparison = mpi.compare(survey(), union, TWO)
    for measure in ("H", "M0"):
        total = comparison.estimates.get(f"{measure}_difference").estimate
        assert sum(shares(comparison, measure)) == pytest.approx(total, abs=EXACT)
    table = comparison.indicators.to_pandas().set_index("indicator_first")
    assert table.loc["water", "weight_first"] == "union 1/2"
    assert table.loc["school", "indicator_second"] == "school"


def test_indicators_are_matched_by_id_or_as_told():
    other = spec("other", {"schooling": "a2", "water": "c"}, "1/2")
    pairs = mpi.compare(survey(), ONE, other, matches={"school": "schooling", "water": None})
    table = pairs.indicators.to_pandas().set_index("indicator_first")
    assert table.loc["school", "indicator_second"] == "schooling"
    assert table["indicator_second"].notna().sum() == 2
    plain = mpi.compare(survey(), ONE, other).indicators.to_pandas()
    assert plain.set_index("indicator_first").loc["water", "indicator_second"] == "water"


def test_two_of_one_id_are_told_apart():
    found = mpi.compare(survey(), ONE, ONE.replace(cutoff=1))
    assert found.estimates.get("H", category="one").estimate == pytest.approx(8 / 12)
    assert found.estimates.get("H", category="one (second)").estimate == pytest.approx(5 / 12)
    assert "one" in repr(found)
    assert "<table>" in found._repr_html_()


def test_missing_answers_of_either_leave_a_person_out_or_count_as_no():
    frame = FRAME | {"c": [None, *FRAME["c"][1:]]}
    dropped = mpi.compare(survey(frame), ONE, TWO).estimates
    assert dropped.get("H", category="one").n == 7
    assert dropped.findings.of_code("MISSING_DROPPED")[0].count == 1
    kept = mpi.compare(survey(frame), ONE, TWO, missing="nondeprived").estimates
    assert kept.get("H", category="one").n == 8


BAD = {
    "units": (
        {"second": spec("two", {"x": "a"}, 1).replace(unit="household")},
        "one identifies persons, two households",
    ),
    "match": ({"matches": {"scool": "school"}}, "one has no indicator 'scool'"),
    "twice": (
        {"matches": {"water": "school"}, "second": TWO},
        None,
    ),
    "universes": (
        {"first": ONE.replace(universe="g == 0"), "second": TWO.replace(universe="g == 1")},
        "no person is counted under both specifications",
    ),
    "matches": ({"matches": "school"}, "an object of type 'str' is no mapping of indicators"),
    "policy": ({"missing": "reweight"}, "there is no policy 'reweight'"),
    "count": ({"count": "heads"}, "'heads' cannot be counted"),
}


@pytest.mark.parametrize("case", BAD)
def test_what_cannot_be_compared_is_a_sentence(case):
    given_, message = BAD[case]
    arguments = {"first": ONE, "second": TWO} | given_
    if message is None:  # a match that takes an indicator from its namesake
        table = mpi.compare(survey(), **arguments).indicators.to_pandas()
        assert table.set_index("indicator_first").loc["water", "indicator_second"] == "school"
        return
    with pytest.raises(mpi.MpiError, match=message):
        mpi.compare(survey(), **arguments)


def test_a_match_of_two_to_one_is_refused():
    with pytest.raises(mpi.EstimationError, match="'school' of two is matched twice"):
        mpi.compare(survey(), ONE, TWO, matches={"water": "school", "school": "school"})


def test_more_than_62_bits_are_refused():
    columns = {f"c{j}": "a" for j in range(40)}
    many = spec("many", columns, 1)
    with pytest.raises(mpi.SpecificationError, match="80 indicators"):
        mpi.compare(survey(), many, many)


def test_nobody_with_every_answer_is_a_sentence():
    frame = FRAME | {"c": [None] * 8}
    with pytest.raises(mpi.EstimationError, match="every one of 8 misses an indicator"):
        mpi.compare(survey(frame), ONE, TWO)


def test_a_comparison_needs_no_design():
    frame = {name: values for name, values in FRAME.items() if name not in ("w", "psu")}
    found = mpi.compare(mpi.Survey(frame), ONE, TWO, by="g").estimates
    assert found.get("H_difference").se > 0
    plain = mpi.compare(mpi.Survey(frame), ONE, TWO, se=False).estimates
    assert np.isnan(plain.get("H_difference").se)


def test_a_frame_is_compared_as_it_is_tabulated():
    frame = {name: FRAME[name] for name in ("a", "a2", "b", "c")}
    plain = mpi.compare(frame, ONE, TWO).estimates
    declared = mpi.compare(mpi.Survey(frame), ONE, TWO).estimates
    assert plain.get("H_difference").estimate == declared.get("H_difference").estimate


def test_findings_say_of_which_specification_they_are():
    rules = {"id": "school", "deprived": "any(a)", "applies_to": "b", "title": "s"}
    content = {"id": "one", "unit": "household", "cutoff": 1, "status": "reconstruction"}
    content["dimension"] = [{"id": "d", "indicator": [rules]}]
    one = mpi.specification(content)
    other = one.replace(
        id="two", status=None, dimension=[{"id": "d", "indicator": [rules | {"applies_to": "c"}]}]
    )
    frame = {"hh": [1, 2, 3, 4], "a": [1, 0, 1, 0], "b": [1, 0, 0, 0], "c": [1, 1, 1, 0]}
    found = mpi.compare(mpi.Survey(frame, household_id="hh"), one, other, se=False).estimates
    told = [(f.where, f.count) for f in found.findings.of_code("NOT_APPLICABLE")]
    assert told == [("one, indicator 'school'", 3), ("two, indicator 'school'", 1)]
    (official,) = found.findings.of_code("NOT_OFFICIAL")
    assert official.where == "one"
