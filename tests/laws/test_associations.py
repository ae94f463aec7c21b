"""Pairs and overlaps of deprivations, and policies for missing answers, against the rows."""

from __future__ import annotations

import math
from fractions import Fraction
from itertools import combinations

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from strategies import law, surveys

import mpi

# sums of a few doubles in another order
EXACT = 1e-12


def of(result, **group):
    """The row of a pair in a wide table."""
    rows = result.to_pandas()
    for name, value in group.items():
        rows = rows[rows[name].isna() if value is None else rows[name] == value]
    assert len(rows) == 1
    return rows.iloc[0]


@law
@given(sample=surveys(missing=False), data=st.data())
def test_every_pair_is_what_its_rows_give(sample, data):
    names = list(sample.spec.indicators)
    if len(names) < 2:
        return
    k = data.draw(st.sampled_from([None, sample.spec.cutoff]))
    found = mpi.association(sample.tabulate(), k=sample.spec.cutoff, se=False).pairs
    weight = [Fraction(w) for w in sample.columns["w"]]
    score = [
        sum((sample.spec.weights[n] for n, bit in zip(names, row, strict=True) if bit), Fraction(0))
        for row in sample.bits()
    ]
    for i, j in combinations(range(len(names)), 2):
        cells = dict.fromkeys([(1, 1), (1, 0), (0, 1), (0, 0)], Fraction(0))
        for row, w, c in zip(sample.bits(), weight, score, strict=True):
            counts = k is None or c >= k
            cells[(row[i], row[j]) if counts else (0, 0)] += w / sum(weight)
        row = of(found, k=None if k is None else str(k), first=names[i], second=names[j])
        p1, p2 = cells[1, 1] + cells[1, 0], cells[1, 1] + cells[0, 1]
        assert row["p11"] == pytest.approx(float(cells[1, 1]), abs=EXACT)
        if not min(p1, p2):
            assert math.isnan(row["R0"])
            assert math.isnan(row["phi"])
            continue
        assert row["R0"] == pytest.approx(float(cells[1, 1] / min(p1, p2)), abs=EXACT)
        low = max(Fraction(0), p1 + p2 - 1) / min(p1, p2)
        assert row["R0_low"] == pytest.approx(float(low), abs=EXACT)
        assert row["R0_low"] <= row["R0"] + EXACT
        assert row["R0"] <= 1
        spread = p1 * (1 - p1) * p2 * (1 - p2)
        if not spread:
            assert math.isnan(row["phi"])
            continue
        phi = float(cells[1, 1] - p1 * p2) / math.sqrt(spread)
        assert row["phi"] == pytest.approx(phi, abs=1e-10)
        assert abs(row["phi"]) == row["V"]
        assert math.isnan(row["tetrachoric"]) == (not all(cells.values()))
        if all(cells.values()):
            assert np.sign(round(phi, 9)) == np.sign(round(row["tetrachoric"], 9))


@law
@given(sample=surveys(missing=False), data=st.data())
def test_combinations_exclude_each_other_and_are_those_of_the_rows(sample, data):
    of = data.draw(st.sampled_from(["indicators", "dimensions"]))
    found = mpi.overlap(sample.tabulate(), of, se=False)
    names = list(sample.spec.indicators)
    units = {n: [n] for n in names}
    if of == "dimensions":
        units = {d.id: [i.id for i in d.indicator] for d in sample.spec.dimension}
    weight, rows = [Fraction(w) for w in sample.columns["w"]], sample.bits()
    expected, with_others = {}, {}
    for row, w in zip(rows, weight, strict=True):
        bits = dict(zip(names, row, strict=True))
        deprived = [u for u, members in units.items() if any(bits[m] for m in members)]
        name = " & ".join(deprived) or "(none)"
        expected[name] = expected.get(name, 0) + w / sum(weight)
        for own in deprived:
            key = (own, str(len(deprived) - 1) if len(deprived) < 4 else "3+")
            with_others[key] = with_others.get(key, 0) + w / sum(weight)
    table = found.estimates.to_pandas()
    everybody = table[table["k"].isna()]
    shares = everybody[everybody["measure"] == "intersection"].set_index("category")["estimate"]
    assert shares.sum() == pytest.approx(1, abs=EXACT)
    for name, share in shares.items():
        assert share == pytest.approx(float(expected.get(name, 0)), abs=EXACT)
    others = everybody[everybody["measure"] == "with_others"]
    for row in others.to_dict("records"):
        own = row["indicator"] if of == "indicators" else row["dimension"]
        category = row["category"] if row["category"] != "3" else "3+"
        share = with_others.get((own, category), 0)
        assert row["estimate"] == pytest.approx(float(share), abs=EXACT)
    h = sample.tabulate().estimate(se=False).get("H").estimate
    poor = table[(table["measure"] == "intersection") & table["k"].notna()]["estimate"].sum()
    assert poor == pytest.approx(h, abs=EXACT)


@law
@given(sample=surveys(missing=True))
def test_policies_lie_between_the_bounds_where_somebody_answered(sample):
    profiles = sample.tabulate()
    found = mpi.missing_answers(profiles, se=False).estimates
    wholly = any(all(bit is None for bit in row) for row in sample.bits())
    for measure in ("H", "M0"):
        low, high, reweighted = (
            found.get(measure, category=policy).estimate
            for policy in ("nondeprived", "deprived", "reweight")
        )
        assert low <= high + EXACT
        if not wholly:
            assert low <= reweighted + EXACT
            assert reweighted <= high + EXACT
        bounds = profiles.estimate(missing="bounds", se=False)
        assert low == bounds.get(measure, bound="lower").estimate
        assert high == bounds.get(measure, bound="upper").estimate


@law
@given(sample=surveys(missing=True))
def test_the_retained_share_and_every_policy_are_those_of_the_rows(sample):
    assume(any(None not in row for row in sample.bits()))
    profiles = sample.tabulate(by="region")
    found = mpi.missing_answers(profiles)
    weight = np.array(sample.columns["w"])
    kept = np.array([None not in row for row in sample.bits()])
    national = of(found.retained, by="national")
    assert national["unweighted"] == pytest.approx(kept.mean(), abs=EXACT)
    assert national["weighted"] == pytest.approx(weight[kept].sum() / weight.sum(), abs=EXACT)
    assert (national["n"], national["n_kept"]) == (kept.size, kept.sum())
    for policy in ("drop", "reweight", "nondeprived"):
        try:
            plain = profiles.estimate(missing=policy)
        except mpi.EstimationError:
            continue  # nobody is left
        for measure in ("H", "A", "M0"):
            own, same = found.estimates.get(measure, category=policy), plain.get(measure)
            np.testing.assert_allclose([own.estimate, own.se], [same.estimate, same.se], atol=EXACT)


@law
@given(sample=surveys(missing=True, fewest=3))
def test_the_difference_of_two_policies_has_the_error_of_their_contrast(sample):
    assume(any(None not in row for row in sample.bits()))
    found = mpi.missing_answers(sample.tabulate()).estimates
    for measure in ("H", "M0"):
        one, other = (found.get(measure, category=p) for p in ("reweight", "drop"))
        made = found.get(f"{measure}_difference", category="reweight - drop")
        contrast = one - other
        np.testing.assert_allclose(made.estimate, contrast.estimate, atol=EXACT)
        np.testing.assert_allclose(made.se**2, contrast.se**2, atol=1e-10)
