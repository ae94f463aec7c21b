"""Laws of the measures, whatever the profiles, weights, cutoffs and groups."""

from __future__ import annotations

import itertools
import math
from fractions import Fraction

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from strategies import (
    ORDER,
    assert_same_estimates,
    complete,
    cutoffs,
    judge,
    law,
    specifications,
    surveys,
)

import mpi

POLICIES = ("drop", "reweight", "nondeprived")


def estimated(sample, k=None, **more):
    return sample.tabulate().estimate(k, **more)


def approx(value):
    return pytest.approx(value, rel=ORDER, abs=ORDER, nan_ok=True)


def some_cutoffs(data, spec, size=4):
    weights = list(spec.weights.values())
    return sorted(data.draw(st.lists(cutoffs(weights), min_size=1, max_size=size, unique=True)))


@pytest.mark.parametrize("policy", POLICIES)
@law
@given(data=st.data())
def test_headcount_intensity_and_adjusted_headcount_equal_a_direct_computation(policy, data):
    sample = data.draw(surveys())
    ks = some_cutoffs(data, sample.spec)
    expected = [judge(sample, k, policy) for k in ks]
    assume(expected[0])
    estimates = estimated(sample, ks, missing=policy)
    for k, wanted in zip(ks, expected, strict=True):
        for measure, value in wanted.items():
            found = estimates.get(measure, k=k).estimate
            assert found == approx(float("nan") if value is None else float(value)), (measure, k)


@law
@given(complete())
def test_m0_is_h_times_a_and_the_sum_of_the_contributions(sample):
    estimates = estimated(sample)
    h, a, m0 = (estimates.get(measure).estimate for measure in ("H", "A", "M0"))
    spec = sample.spec
    absolute = [estimates.get("actb", indicator=name).estimate for name in spec.indicators]
    assert m0 == approx(sum(absolute))
    by_dimension = [estimates.get("actb", dimension=name).estimate for name in spec.dimensions]
    assert m0 == approx(sum(by_dimension))
    if h > 0:
        assert m0 == approx(h * a)
    else:
        assert m0 == 0
        assert math.isnan(a)  # nobody is poor: intensity is missing, not 0


@law
@given(complete())
def test_shares_of_m0_add_up_to_one_over_indicators_and_over_dimensions(sample):
    estimates = estimated(sample)
    assume(estimates.get("H").estimate > 0)
    spec = sample.spec
    shares = {name: estimates.get("pctb", indicator=name).estimate for name in spec.indicators}
    assert sum(shares.values()) == approx(1)
    for dimension in spec.dimension:
        own = sum(shares[indicator.id] for indicator in dimension.indicator)
        assert estimates.get("pctb", dimension=dimension.id).estimate == approx(own)
    assert sum(estimates.get("pctb", dimension=d).estimate for d in spec.dimensions) == approx(1)


@law
@given(surveys(), st.sampled_from(POLICIES))
def test_a_censored_headcount_exceeds_neither_the_uncensored_one_nor_h(sample, policy):
    assume(judge(sample, sample.spec.cutoff, policy))
    estimates = estimated(sample, missing=policy)
    parts = [{"indicator": n} for n in sample.spec.indicators]
    parts += [{"dimension": n} for n in sample.spec.dimensions]
    for about in parts:
        censored = estimates.get("hdk", **about).estimate
        assert censored <= estimates.get("hd", **about).estimate + ORDER
        assert censored <= estimates.get("H").estimate + ORDER


@law
@given(complete())
def test_groups_weighted_by_their_population_shares_add_up_to_the_whole(sample):
    estimates = sample.tabulate(by=["region", "sex", ("region", "sex")]).estimate()
    table = [row for row in estimates.to_arrow().to_pylist() if row["by"] != "national"]
    for by in {row["by"] for row in table}:
        rows = [row for row in table if row["by"] == by]
        share = {r["group"]: r["estimate"] for r in rows if r["measure"] == "popsh"}
        assert sum(share.values()) == approx(1)
        for measure in ("H", "M0"):
            own = {r["group"]: r["estimate"] for r in rows if r["measure"] == measure}
            assert sum(share[g] * own[g] for g in own) == approx(estimates.get(measure).estimate)
        for name in sample.spec.indicators:
            own = {
                r["group"]: r["estimate"]
                for r in rows
                if r["measure"] == "hdk" and r["indicator"] == name
            }
            whole = estimates.get("hdk", indicator=name).estimate
            assert sum(share[g] * own[g] for g in own) == approx(whole)
        if estimates.get("H").estimate > 0:
            for measure in ("contribution_H", "contribution_M0"):
                parts = [r["estimate"] for r in rows if r["measure"] == measure]
                assert sum(parts) == approx(1)


@law
@given(data=st.data())
def test_headcount_and_m0_do_not_rise_with_the_cutoff(data):
    sample = data.draw(complete())
    ks = some_cutoffs(data, sample.spec, size=8)
    estimates = estimated(sample, ks)
    for measure in ("H", "M0"):
        values = [estimates.get(measure, k=k).estimate for k in ks]
        assert all(b <= a + ORDER for a, b in itertools.pairwise(values))


@law
@given(complete())
def test_the_smallest_weight_as_cutoff_is_the_union_and_one_is_the_intersection(sample):
    smallest = min(sample.spec.weights.values())
    estimates = estimated(sample, [smallest, 1])
    total = sum(sample.columns["w"])
    pairs = list(zip(sample.bits(), sample.columns["w"], strict=True))
    union = sum(w for bits, w in pairs if any(bits)) / total
    intersection = sum(w for bits, w in pairs if all(bits)) / total
    assert estimates.get("H", k=smallest).estimate == approx(union)
    assert estimates.get("H", k=1).estimate == approx(intersection)
    assert estimates.get("M0", k=smallest).estimate == approx(estimates.get("mean_score").estimate)


@law
@given(data=st.data())
def test_one_more_deprivation_lowers_neither_headcount_nor_m0(data):
    sample = data.draw(complete())
    name = data.draw(st.sampled_from(list(sample.spec.indicators)))
    row = data.draw(st.integers(0, len(sample) - 1))
    answers = list(sample.columns[name])
    answers[row] = 1
    worse = sample.with_column(name, answers)
    before, after = estimated(sample), estimated(worse)
    for measure in ("H", "M0"):
        assert after.get(measure).estimate >= before.get(measure).estimate - ORDER
    was_poor = judge(sample.rows([row]), sample.spec.cutoff)["H"] == 1
    if was_poor and sample.columns[name][row] == 0:
        rise = float(sample.spec.weights[name]) * sample.columns["w"][row]
        rise /= sum(sample.columns["w"])
        assert after.get("M0").estimate == approx(before.get("M0").estimate + rise)


@law
@given(complete(), st.sampled_from([0.001, 3, 1e6]))
def test_the_scale_of_the_weights_changes_totals_only(sample, factor):
    scaled = sample.with_column("w", [w * factor for w in sample.columns["w"]])
    before, after = estimated(sample), estimated(scaled)
    assert_same_estimates(before, after, without=["N_poor"])
    total = before.get("N_poor").estimate
    assert after.get("N_poor").estimate == approx(total * factor)


@law
@given(complete())
def test_policies_agree_where_nothing_is_missing(sample):
    profiles = sample.tabulate(by="region")
    reference = profiles.estimate(missing="nondeprived")
    for policy in ("drop", "reweight", "reweight-dimension"):
        assert_same_estimates(reference, profiles.estimate(missing=policy))
    bounds = profiles.estimate(missing="bounds")
    for measure in ("H", "M0"):
        for bound in ("lower", "upper"):
            value = reference.get(measure).estimate
            assert bounds.get(measure, bound=bound).estimate == approx(value)


@law
@given(surveys())
def test_bounds_enclose_reweighting_and_counting_as_not_deprived(sample):
    profiles = sample.tabulate()
    bounds = profiles.estimate(missing="bounds")
    for policy in ("reweight", "nondeprived"):
        assume(judge(sample, sample.spec.cutoff, policy))
        inside = profiles.estimate(missing=policy)
        for measure in ("H", "M0"):
            value = inside.get(measure).estimate
            assert bounds.get(measure, bound="lower").estimate <= value + ORDER
            assert value <= bounds.get(measure, bound="upper").estimate + ORDER


@law
@given(data=st.data())
def test_bounds_enclose_every_completion(data):
    sample = data.draw(surveys())
    filled = sample
    for name in sample.spec.indicators:
        answers = [
            data.draw(st.sampled_from([0, 1])) if value is None else value
            for value in sample.columns[name]
        ]
        filled = filled.with_column(name, answers)
    bounds, inside = estimated(sample, missing="bounds"), estimated(filled)
    for measure in ("H", "M0"):
        value = inside.get(measure).estimate
        assert bounds.get(measure, bound="lower").estimate <= value + ORDER
        assert value <= bounds.get(measure, bound="upper").estimate + ORDER


@law
@given(complete(unit="household"))
def test_counting_households_equals_a_direct_computation(sample):
    estimates = sample.tabulate(by="region", households=True).estimate(count="households")
    seen = {hh: sample.rows([row]) for row, hh in enumerate(sample.columns["hh"])}
    for region in (None, *sorted(set(sample.columns["region"]))):
        own = [one for one in seen.values() if region in (None, one.columns["region"][0])]
        total = sum(one.columns["w"][0] for one in own)
        poor = [one for one in own if judge(one, sample.spec.cutoff)["H"] == 1]
        expected = sum(one.columns["w"][0] for one in poor)
        group = {} if region is None else {"region": region}
        assert estimates.get("N_poor", **group).estimate == approx(expected)
        assert estimates.get("H", **group).estimate == approx(expected / total)
        assert estimates.get("H", **group).n == len(own)


@law
@given(complete(unit="household"))
def test_households_cannot_be_counted_by_a_characteristic_of_persons(sample):
    together = set(zip(sample.columns["hh"], sample.columns["sex"], strict=True))
    assume(len(together) > len(set(sample.columns["hh"])))  # else each household is of one sex
    profiles = sample.tabulate(by=["region", "sex"])
    with pytest.raises(mpi.EstimationError, match="households cannot be counted by sex"):
        profiles.estimate(count="households")


@law
@given(complete(unit="household"))
def test_persons_of_poor_households_are_counted_by_default(sample):
    expected = judge(sample, sample.spec.cutoff)
    assert estimated(sample).get("H").estimate == approx(float(expected["H"]))
    assert estimated(sample).get("H").n == len(sample)


@law
@given(data=st.data())
def test_the_order_of_indicators_and_dimensions_changes_no_figure(data):
    sample = data.draw(complete())
    spec = sample.spec
    turned = mpi.Specification.from_columns(
        {d.id: [i.id for i in reversed(d.indicator)] for d in reversed(spec.dimension)},
        cutoff=spec.cutoff,
        weights=spec.weights,
    )
    assert_same_estimates(estimated(sample), mpi.tabulate(sample.survey(), turned).estimate())


@law
@given(specifications(most=5))
def test_weights_of_a_specification_sum_to_one_exactly(spec):
    assert sum(spec.weights.values()) == Fraction(1)
    assert all((weight * spec.scale).denominator == 1 for weight in spec.weights.values())
