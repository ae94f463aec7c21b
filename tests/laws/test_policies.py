"""Every measure under every policy for missing answers, with unions, computed with fractions."""

from __future__ import annotations

from fractions import Fraction
from itertools import islice

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from strategies import ORDER, answers, cutoffs, law, rational_weights

import mpi

POLICIES = ("drop", "reweight", "reweight-dimension", "nondeprived")
NAMES = "abcdef"


@st.composite
def cases(draw, *, missing=True):
    """A specification with weighted and union dimensions, and weighted answers of some persons."""
    sizes = draw(st.lists(st.integers(1, 3), min_size=1, max_size=3).filter(lambda s: sum(s) <= 6))
    names, dimensions, weights = iter(NAMES), [], draw(rational_weights(len(sizes)))
    for place, (size, weight) in enumerate(zip(sizes, weights, strict=True)):
        rule = draw(st.sampled_from(["weighted", "union"]))
        indicators = [{"id": name, "deprived": name} for name in islice(names, size)]
        if rule == "weighted":
            for indicator, share in zip(indicators, draw(rational_weights(size)), strict=True):
                indicator["weight"] = str(share * weight)
        dimensions.append(
            {"id": f"D{place}", "weight": str(weight), "rule": rule, "indicator": indicators}
        )
    content = {"id": "case", "unit": "person", "cutoff": "1", "dimension": dimensions}
    spec = mpi.specification(content)
    elements = [element.weight for element in spec.elements]
    spec = spec.replace(cutoff=draw(cutoffs(elements)))
    count = draw(st.integers(1, 6))
    frame = {n: [draw(answers(missing=missing)) for _ in range(count)] for n in spec.indicators}
    frame["w"] = [draw(st.integers(1, 20)) for _ in range(count)]
    frame["place"] = [draw(st.sampled_from("xy")) for _ in range(count)]
    return spec, frame


class Person:
    """One person under one policy: shares of the score, from the definitions alone."""

    def __init__(self, spec, answer, weight, policy, k):
        self.answer, self.w = answer, weight
        filled = {n: int(policy == "deprived") if v is None else v for n, v in answer.items()}
        self.yes = {n: v == 1 for n, v in answer.items()}
        if policy in ("nondeprived", "deprived"):
            answer = filled
            self.yes = {n: v == 1 for n, v in filled.items()}
        weights = {(e.dimension, e.indicator): e.weight for e in spec.elements}
        shares, open_ = {}, set()
        for dimension in spec.dimension:
            own = [i.id for i in dimension.indicator]
            parts = [own] if dimension.rule == "union" else [[name] for name in own]
            for part in parts:
                key = (dimension.id, None if dimension.rule == "union" else part[0])
                shares[key] = (weights[key], any(answer[n] == 1 for n in part))
                if not shares[key][1] and any(answer[n] is None for n in part):
                    open_.add(key)
        self.kept, self.shares = _reweighted(shares, open_, policy)
        self.score = sum((w for w, yes in self.shares.values() if yes), Fraction(0))
        self.poor = self.kept and self.score >= k
        self.in_dimension = {d.id: any(self.yes[i.id] for i in d.indicator) for d in spec.dimension}


def _reweighted(shares, open_, policy):
    if not open_:
        return True, shares
    if policy == "drop" or len(open_) == len(shares):
        return False, shares
    found = {}
    for key, (weight, yes) in shares.items():
        alike = [o for o in shares if policy == "reweight" or o[0] == key[0]]
        total = sum(shares[o][0] for o in alike) if policy != "reweight" else Fraction(1)
        observed = sum((shares[o][0] for o in alike if o not in open_), Fraction(0))
        if not observed:
            return False, shares
        found[key] = (Fraction(0) if key in open_ else weight * total / observed, yes)
    return True, found


def expected(spec, frame, policy, k):
    """Measures by what they are about."""
    people = [
        Person(spec, {n: frame[n][i] for n in spec.indicators}, Fraction(w), policy, k)
        for i, w in enumerate(frame["w"])
    ]
    kept = [p for p in people if p.kept]
    total = sum(p.w for p in kept)
    if not total:
        return {}

    def mean(value):
        return sum((p.w * value(p) for p in kept), Fraction(0)) / total

    m0 = mean(lambda p: p.score * p.poor)
    h = mean(lambda p: p.poor)
    found = {
        ("H",): h,
        ("A",): m0 / h if h else None,
        ("M0",): m0,
        ("mean_score",): mean(lambda p: p.score),
        ("mean_dimensions",): mean(lambda p: sum(p.in_dimension.values())),
    }
    for number in range(len(spec.dimension) + 1):
        found["dimension_count", str(number)] = mean(
            lambda p, number=number: sum(p.in_dimension.values()) == number
        )
    for dimension in spec.dimension:
        about = ("dimension", dimension.id)
        found["hd", *about] = mean(lambda p, d=dimension.id: p.in_dimension[d])
        found["hdk", *about] = mean(lambda p, d=dimension.id: p.in_dimension[d] and p.poor)
        part = mean(lambda p, d=dimension.id: _part(p, lambda key, d=d: key[0] == d))
        found |= _contribution(about, part, m0)
        for name in (i.id for i in dimension.indicator):
            about = ("indicator", name)
            found["hd", *about] = mean(lambda p, n=name: p.yes[n])
            found["hdk", *about] = mean(lambda p, n=name: p.yes[n] and p.poor)
            seen = [p for p in people if p.answer[name] is not None]
            base = sum(p.w for p in seen)
            yes = sum(p.w for p in seen if p.answer[name])
            found["hd_available", *about] = yes / base if base else None
            if dimension.rule == "weighted":
                part = mean(lambda p, n=name: _part(p, lambda key, n=n: key[1] == n))
                found |= _contribution(about, part, m0)
    return found


def _part(person, belongs):
    """What some elements add to the censored score."""
    own = (w for key, (w, yes) in person.shares.items() if yes and belongs(key))
    return sum(own, Fraction(0)) * person.poor


def _contribution(about, part, m0):
    return {("actb", *about): part, ("pctb", *about): part / m0 if m0 else None}


def by_subject(estimates, **which):
    """Estimates by what they are about, as in `expected`."""
    found = {}
    for row in estimates.to_arrow().to_pylist():
        if all(row[name] == value for name, value in which.items()):
            about = (row["measure"],)
            if row["indicator"] is not None:
                about += ("indicator", row["indicator"])
            elif row["dimension"] is not None:
                about += ("dimension", row["dimension"])
            elif row["category"] is not None:
                about += (row["category"],)
            found[about] = row["estimate"]
    return found


def assert_as_expected(found, wanted, measures=None):
    for about, value in wanted.items():
        if measures is None or about[0] in measures:
            if value is None:
                assert found[about] is None, about
            else:
                assert found[about] == pytest.approx(float(value), rel=ORDER, abs=ORDER), about


@pytest.mark.parametrize("policy", POLICIES)
@law
@given(cases())
def test_every_measure_equals_its_definition_whatever_is_missing(policy, case):
    spec, frame = case
    wanted = expected(spec, frame, policy, spec.cutoff)
    assume(wanted)
    estimates = mpi.measure(frame, spec, weight="w", missing=policy, by="place")
    found = by_subject(estimates, by="national")
    assert_as_expected(found, wanted)
    parts = [v for key, v in found.items() if key[0] == "actb" and key[1] == "dimension"]
    assert sum(parts) == pytest.approx(found["M0",], abs=ORDER)
    if found["M0",]:
        shares = [v for key, v in found.items() if key[0] == "pctb" and key[1] == "dimension"]
        assert sum(shares) == pytest.approx(1, abs=ORDER)


@pytest.mark.parametrize("policy", POLICIES)
@law
@given(cases())
def test_every_measure_of_a_group_equals_its_definition(policy, case):
    spec, frame = case
    assume(expected(spec, frame, policy, spec.cutoff))
    estimates = mpi.measure(frame, spec, weight="w", missing=policy, by="place")
    for name in set(frame["place"]):
        inside = [i for i, g in enumerate(frame["place"]) if g == name]
        own = {column: [values[i] for i in inside] for column, values in frame.items()}
        wanted = expected(spec, own, policy, spec.cutoff)
        found = by_subject(estimates, place=name)
        if wanted:
            assert_as_expected(found, wanted)
        else:
            assert {found["H",], found["M0",]} == {None}


@pytest.mark.parametrize(("bound", "policy"), [("lower", "nondeprived"), ("upper", "deprived")])
@law
@given(cases())
def test_a_bound_is_the_measure_with_every_missing_answer_alike(bound, policy, case):
    spec, frame = case
    estimates = mpi.measure(frame, spec, weight="w", missing="bounds")
    found = by_subject(estimates, bound=bound)
    assert {about[0] for about in found} == {"H", "M0", "hd", "hdk", "actb"}
    wanted = expected(spec, frame, policy, spec.cutoff)
    assert_as_expected(found, wanted, ("H", "M0", "hd", "hdk", "actb"))
