"""Inequality among the poor, further measures, and what lies within and between groups."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import mpi

EXACT = 1e-12
law = settings(deadline=None, max_examples=30, suppress_health_check=[HealthCheck.too_slow])
DIMENSIONS = {"health": ["a", "b"], "living": ["d1", "d2", "d3"]}
NAMES = ("a", "b", "d1", "d2", "d3")
SPEC = mpi.Specification.from_columns(DIMENSIONS, cutoff="1/2")
# EXAMPLES.md, E14
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
FRAME = {n: [row[i] for row in ROWS] for i, n in enumerate(("zone", "w", *NAMES))}
E14 = mpi.tabulate(mpi.Survey(FRAME, weight="w"), SPEC, by="zone")


def number(text):
    return float(Fraction(text))


def test_inequality_among_the_poor_of_five_persons_is_one_seventy_second():
    g = [(1, 0, 1, 0), (0, 1, 0, 0), (0, 1, 1, 1), (1, 0, 0, 0), (1, 0, 1, 0)]
    frame = {name: [row[j] for row in g] for j, name in enumerate("pqrs")}
    spec = mpi.Specification.from_columns({n: [n] for n in "pqrs"}, cutoff="1/2")
    profiles = mpi.tabulate(frame, spec)
    for beta, value in ((1, "1/72"), (4, "1/18")):
        found = mpi.inequality(profiles, beta=beta).get("inequality", category=f"beta={beta}")
        assert found.estimate == pytest.approx(number(value), rel=EXACT)


INEQUALITY = {"5/12": ("33/1352", "3/196", "17/576"), "1/2": ("13/648", "0", "17/576")}
SQUARES = {
    "5/12": ("655/2304", ("67/768", "23/384", "79/1152", "5/128", "17/576")),
    "1/2": ("185/768", ("19/256", "3/64", "23/384", "5/128", "1/48")),
}


@pytest.mark.parametrize("k", INEQUALITY)
def test_inequality_and_the_square_of_the_score_of_two_groups_are_exact(k):
    estimates = mpi.inequality(E14, ["5/12", "1/2"])
    for group, value in zip(({}, {"zone": "U"}, {"zone": "R"}), INEQUALITY[k], strict=True):
        found = estimates.get("inequality", k=k, category="beta=1", **group)
        assert found.estimate == pytest.approx(number(value), rel=EXACT, abs=EXACT)
    whole, split = SQUARES[k]
    found = estimates.get("M0_gamma", k=k, category="gamma=2")
    assert found.estimate == pytest.approx(number(whole), rel=EXACT)
    for name, value in zip(NAMES, split, strict=True):
        part = estimates.get("M0_gamma", k=k, category="gamma=2", indicator=name)
        assert part.estimate == pytest.approx(number(value), rel=EXACT)


def test_inequality_is_within_and_between_groups_exactly():
    found = mpi.disparity(E14, k="1/2")
    for measure, value in (
        ("inequality", "13/648"),
        ("inequality_within", "17/864"),
        ("inequality_between", "1/2592"),
    ):
        part = found.get(measure, category="beta=1")
        assert part.estimate == pytest.approx(number(value), rel=EXACT)
    # M0 is 1/4 and 15/32 in halves of the population, H 3/8 and 3/4
    assert found.get("disparity_M0").estimate == pytest.approx((7 / 64) ** 2, rel=EXACT)
    assert found.get("disparity_H").estimate == pytest.approx((3 / 16) ** 2, rel=EXACT)
    assert set(found.to_arrow()["by"].to_pylist()) == {"zone"}


def test_measures_of_counts_are_means_of_powers_of_the_score():
    estimates = mpi.inequality(E14, gamma=[0, 1, 2, "1/2"], power=[1, 2, 3], alpha=2)
    scores = [Fraction(x) for x in ("5/12", "0", "2/3", "5/12", "1", "1/2", "7/12", "1/6")]
    weights = [row[1] for row in ROWS]

    def mean(values):
        return sum(float(w * v) for w, v in zip(weights, values, strict=True)) / sum(weights)

    k = Fraction(1, 2)
    for gamma in (Fraction(0), Fraction(1), Fraction(2), Fraction(1, 2)):
        value = mean([float(c) ** float(gamma) * (c >= k) for c in scores])
        found = estimates.get("M0_gamma", category=f"gamma={gamma}")
        assert found.estimate == pytest.approx(value, rel=EXACT)
    assert estimates.get("M0_gamma", category="gamma=0").estimate == pytest.approx(
        estimates.get("H").estimate
    )
    for power in (1, 2, 3):
        value = mean([c**power for c in scores])
        for measure, category in (("chakravarty_dambrosio", ""), ("datt", "alpha=0, ")):
            found = estimates.get(measure, category=f"{category}beta={power}")
            assert found.estimate == pytest.approx(value, rel=EXACT)
    square = mean([c**2 for c in scores])
    for measure, category in (
        ("rippin", "alpha=0"),
        ("bourguignon_chakravarty", "alpha=2, theta=1"),
    ):
        assert estimates.get(measure, category=category).estimate == pytest.approx(square)
    assert estimates.get("H_union").estimate == pytest.approx(15 / 16)
    assert estimates.get("H_intersection").estimate == pytest.approx(1 / 16)


def test_the_usual_figures_beside_them_are_those_of_the_ordinary_estimation():
    ordinary = E14.estimate(k=["5/12", "1/2"])
    found = mpi.inequality(E14, ["5/12", "1/2"])
    for group in ({}, {"zone": "U"}, {"zone": "R"}):
        for measure in ("H", "A", "M0", "contribution_H"):
            a, b = (e.get(measure, k="1/2", **group) for e in (ordinary, found))
            for name in ("estimate", "se", "ci_low", "ci_high", "df", "deff"):
                assert getattr(a, name) == pytest.approx(getattr(b, name), nan_ok=True), name


# --- on rows -------------------------------------------------------------------------------------


def rows(seed, *, psus=4, strata=3, each=6):
    random = np.random.default_rng(seed)
    n = strata * psus * each
    frame = {name: random.integers(0, 2, n) for name in NAMES}
    frame["w"] = random.integers(1, 9, n) / 2
    frame["stratum"] = np.repeat(np.arange(strata), psus * each)
    frame["psu"] = np.repeat(np.arange(strata * psus), each)
    frame["zone"] = random.integers(0, 3, n)
    return frame


def scores_of(frame):
    weights = {"a": 3, "b": 3, "d1": 2, "d2": 2, "d3": 2}
    return sum(w * np.asarray(frame[name]) for name, w in weights.items()) / 12


def stratified_variance(u, frame):
    """Sum over strata of n / (n - 1) times the squared deviations of totals by PSU."""
    total = 0.0
    for stratum in np.unique(frame["stratum"]):
        own = frame["stratum"] == stratum
        sums = [u[own & (frame["psu"] == psu)].sum() for psu in np.unique(frame["psu"][own])]
        total += len(sums) * np.var(sums, ddof=0) * len(sums) / (len(sums) - 1)
    return total


def variance_among_the_poor(c, w, k=0.5):
    p = w * (c >= k - 1e-9)
    a = (p * c).sum() / p.sum()
    return (p * (c - a) ** 2).sum() / p.sum(), a, p


def between(c, w, zone, k=0.5):
    """Within, between, and disparities of H and of M0, from their definitions."""
    whole, a, p = variance_among_the_poor(c, w, k)
    h, m = p.sum() / w.sum(), (p * c).sum() / w.sum()
    within = other = of_h = of_m = 0.0
    for z in np.unique(zone):
        own = zone == z
        i, a_l, p_l = variance_among_the_poor(c[own], w[own], k)
        theta, nu = p_l.sum() / p.sum(), w[own].sum() / w.sum()
        within += theta * i
        other += theta * (a_l - a) ** 2
        of_h += nu * (p_l.sum() / w[own].sum() - h) ** 2
        of_m += nu * ((p_l * c[own]).sum() / w[own].sum() - m) ** 2
    return np.array([whole, within, other, of_h, of_m])


DISPARITIES = ("inequality", "inequality_within", "inequality_between", "disparity_H")
DISPARITIES = (*DISPARITIES, "disparity_M0")


def numbers(estimates, column):
    table = estimates.to_pandas().set_index("measure")[column]
    return np.array([table[name] for name in DISPARITIES])


DESIGNED = {"weight": "w", "strata": "stratum", "psu": "psu"}


def test_the_error_of_inequality_is_that_of_its_linearised_value_on_rows():
    frame = rows(1)
    estimates = mpi.inequality(mpi.tabulate(mpi.Survey(frame, **DESIGNED), SPEC, by="zone"))
    c = scores_of(frame)
    for group in ({}, {"zone": 0}, {"zone": 2}):
        inside = (frame["zone"] == group["zone"]) if group else np.ones(c.size, dtype=bool)
        i, a, p = variance_among_the_poor(c, frame["w"] * inside)
        found = estimates.get("inequality", category="beta=1", **group)
        assert found.estimate == pytest.approx(i, rel=EXACT)
        u = p * ((c - a) ** 2 - i) / p.sum()
        assert found.se == pytest.approx(math.sqrt(stratified_variance(u, frame)), rel=1e-10)


def numerical_influence(function, w):
    """Derivative of a figure by each weight, times the weight."""
    found = []
    for i in range(w.size):
        step = 1e-6 * w[i]
        up, down = w.copy(), w.copy()
        up[i], down[i] = w[i] + step, w[i] - step
        found.append((function(up) - function(down)) / (2 * step) * w[i])
    return np.array(found)


def test_the_errors_between_groups_are_those_of_numerical_derivatives_on_rows():
    frame = rows(2)
    c, w, zone = scores_of(frame), frame["w"], frame["zone"]
    found = mpi.disparity(mpi.tabulate(mpi.Survey(frame, **DESIGNED), SPEC, by="zone"))
    np.testing.assert_allclose(numbers(found, "estimate"), between(c, w, zone), rtol=1e-12)
    u = numerical_influence(lambda own: between(c, own, zone), w)
    errors = [math.sqrt(stratified_variance(u[:, q], frame)) for q in range(u.shape[1])]
    np.testing.assert_allclose(numbers(found, "se"), errors, rtol=1e-6)  # differences of doubles


def test_units_drawn_directly_have_the_errors_of_psus_of_one_row():
    frame = rows(3, psus=8, each=1) | {"row": np.arange(24)}
    direct = mpi.Survey(frame, weight="w", strata="stratum")
    as_psus = mpi.Survey(frame, weight="w", strata="stratum", psu="row")
    for ask in (mpi.inequality, lambda p: mpi.disparity(p, by="zone")):
        tables = [mpi.tabulate(survey, SPEC, by="zone") for survey in (direct, as_psus)]
        a, b = (ask(profiles).to_pandas() for profiles in tables)
        np.testing.assert_allclose(a["estimate"], b["estimate"], rtol=1e-12, equal_nan=True)
        np.testing.assert_allclose(a["se"], b["se"], rtol=1e-8, atol=1e-12, equal_nan=True)


def test_covariances_of_units_drawn_directly_are_those_of_psus_of_one_row():
    frame = rows(4, psus=8, each=1) | {"row": np.arange(24)}
    errors = []
    for design in ({"strata": "stratum"}, {"strata": "stratum", "psu": "row"}):
        profiles = mpi.tabulate(mpi.Survey(frame, weight="w", **design), SPEC, by="zone")
        e = mpi.inequality(profiles)
        of = [e.get("inequality", category="beta=1", **g) for g in ({}, {"zone": 0}, {"zone": 1})]
        errors.append([(of[1] - of[2]).se, (of[0] - of[1]).se, (of[1] - e.get("M0", zone=1)).se])
        d = mpi.disparity(profiles)
        parts = [d.get(name, category="beta=1") for name in DISPARITIES[:3]]
        errors[-1].append((parts[1] / parts[0]).se)
        assert (parts[0] - parts[1] - parts[2]).se == pytest.approx(0, abs=1e-8)
    assert errors[0] == pytest.approx(errors[1], rel=1e-8)


def test_replicates_compute_every_figure_anew():
    frame = rows(5)
    survey = mpi.Survey(frame, **DESIGNED)
    profiles = mpi.tabulate(survey, SPEC, by="zone")
    jackknife = mpi.Replicates("jkn")
    found = mpi.disparity(profiles, replicates=jackknife)
    c, w, zone = scores_of(frame), frame["w"], frame["zone"]
    centre, total = between(c, w, zone), 0.0
    own_centre, own_total = variance_among_the_poor(c[zone == 1], w[zone == 1])[0], 0.0
    for psu in np.unique(frame["psu"]):
        stratum = frame["stratum"][frame["psu"] == psu][0]
        factor = np.where(frame["stratum"] == stratum, 4 / 3, 1.0) * (frame["psu"] != psu)
        total = total + 3 / 4 * (between(c, w * factor, zone) - centre) ** 2
        own = variance_among_the_poor(c[zone == 1], (w * factor)[zone == 1])[0]
        own_total += 3 / 4 * (own - own_centre) ** 2
    np.testing.assert_allclose(numbers(found, "se"), np.sqrt(total), rtol=1e-9)
    one = mpi.inequality(profiles, replicates=jackknife).get(
        "inequality", category="beta=1", zone=1
    )
    assert one.se == pytest.approx(math.sqrt(own_total), rel=1e-9)


def test_supplied_replicates_give_what_made_ones_do():
    frame = rows(6, psus=2)
    made = mpi.tabulate(mpi.Survey(frame, **DESIGNED), SPEC, by="zone")
    psus, columns = np.unique(frame["psu"]), {}
    for number, psu in enumerate(psus):
        stratum = frame["stratum"][frame["psu"] == psu][0]
        columns[f"r{number}"] = np.where(frame["stratum"] == stratum, 2.0, 1.0) * (
            frame["psu"] != psu
        )
    supplied = mpi.Replicates(
        "jkn", columns=list(columns), factors=True, rscales=[1 / 2] * len(columns)
    )
    survey = mpi.Survey(frame | columns, **DESIGNED, replicates=supplied)
    other = mpi.tabulate(survey, SPEC, by="zone")
    for ask in (mpi.inequality, mpi.disparity):
        a = ask(made, replicates=mpi.Replicates("jkn")).to_pandas()
        b = ask(other).to_pandas()
        np.testing.assert_allclose(a["se"], b["se"], rtol=1e-9, atol=1e-14, equal_nan=True)


@st.composite
def samples(draw):
    n = draw(st.integers(4, 24))
    bits = st.lists(st.integers(0, 1), min_size=n, max_size=n)
    frame = {name: draw(bits) for name in NAMES}
    weights = st.lists(st.integers(1, 5), min_size=n, max_size=n)
    zones = draw(st.lists(st.sampled_from("xyz"), min_size=n, max_size=n))
    return frame | {"w": [float(v) for v in draw(weights)], "zone": zones}


@law
@given(samples(), st.sampled_from(["1/6", "1/2", "2/3", "1"]), st.sampled_from([1, 4]))
def test_parts_add_up_and_bounds_hold(frame, k, beta):
    profiles = mpi.tabulate(mpi.Survey(frame, weight="w"), SPEC, by="zone")
    e = mpi.inequality(profiles, k, beta=beta, gamma=[2, 3])
    d = mpi.disparity(profiles, k=k, beta=beta)
    name = f"beta={beta}"
    whole = e.get("inequality", category=name).estimate
    if e.get("H").estimate == 0:
        assert math.isnan(whole)
        assert math.isnan(d.get("inequality_between", category=name).estimate)
        assert d.get("disparity_M0").estimate == 0
        return
    parts = [d.get(f"inequality_{p}", category=name).estimate for p in ("within", "between")]
    assert sum(parts) == pytest.approx(whole, abs=EXACT)
    assert min(parts) >= -EXACT
    assert 0 <= whole <= beta / 4 + EXACT
    for gamma in (2, 3):
        rows_ = [
            e.get("M0_gamma", category=f"gamma={gamma}", indicator=indicator).estimate
            for indicator in NAMES
        ]
        of_dimensions = [
            e.get("M0_gamma", category=f"gamma={gamma}", dimension=dimension).estimate
            for dimension in DIMENSIONS
        ]
        total = e.get("M0_gamma", category=f"gamma={gamma}").estimate
        assert sum(rows_) == pytest.approx(total, abs=EXACT)
        assert sum(of_dimensions) == pytest.approx(total, abs=EXACT)
    # the mean square of the censored score: its mean squared and its variance, among the poor
    h, a = e.get("H").estimate, e.get("A").estimate
    squared = e.get("M0_gamma", category="gamma=2").estimate
    assert squared == pytest.approx(h * (a**2 + whole / beta), abs=EXACT)
    theta = {z: e.get("contribution_H", zone=z).estimate for z in set(frame["zone"])}
    own = [
        t * e.get("inequality", category=name, zone=z).estimate for z, t in theta.items() if t > 0
    ]
    assert sum(own) == pytest.approx(parts[0], abs=EXACT)


def test_one_poor_person_has_no_inequality_and_no_error():
    frame = {"a": [1, 0, 0], "b": [1, 0, 0], "d1": [1, 0, 0], "d2": [0, 0, 0], "d3": [0, 0, 0]}
    found = mpi.inequality(mpi.tabulate(frame, SPEC)).get("inequality", category="beta=1")
    assert (found.estimate, found.se) == (0.0, 0.0)


# --- gaps ----------------------------------------------------------------------------------------

GAPPED = """
id = "gapped"
unit = "person"
cutoff = "1/2"
[[dimension]]
id = "one"
indicator = [{ id = "x", deprived = "x < 10", gap = "(10 - x) / 10" }]
[[dimension]]
id = "two"
indicator = [{ id = "y", deprived = "y < 4", gap = "(4 - y) / 4" }, { id = "z", deprived = "z" }]
"""


@pytest.fixture
def gapped(tmp_path):
    path = tmp_path / "gapped.toml"
    path.write_text(GAPPED, encoding="utf-8")
    frame = {"x": [2, 5, 12, 9, 1], "y": [4, 1, 2, 8, 3], "z": [1, 0, 1, 0, 0]}
    frame |= {"w": [1.0, 2.0, 1.0, 3.0, 1.0], "psu": [1, 1, 2, 3, 3]}
    return frame, mpi.tabulate(mpi.Survey(frame, weight="w", psu="psu"), mpi.specification(path))


def test_measures_of_depth_are_means_on_rows(gapped):
    frame, profiles = gapped
    weights, w = np.array([1 / 2, 1 / 4, 1 / 4]), np.array(frame["w"])
    x, y = np.array(frame["x"]), np.array(frame["y"])
    gaps = np.column_stack([(10 - x) / 10, (4 - y) / 4, frame["z"]]).clip(0)
    score = (gaps > 0) @ weights

    def mean(values):
        return (w * values).sum() / w.sum()

    for alpha in (1, 2):
        found = mpi.inequality(profiles, alpha=alpha, theta=alpha, power=1)
        depth = gaps**alpha @ weights
        name = f"alpha={alpha}"
        got = found.get("bourguignon_chakravarty", category=f"{name}, theta={alpha}")
        assert got.estimate == pytest.approx(mean(depth))
        assert found.get("datt", category=f"{name}, beta=1").estimate == got.estimate
        assert found.get("rippin", category=name).estimate == pytest.approx(mean(score * depth))
        u = w * (score * depth - mean(score * depth)) / w.sum()
        totals = [u[np.array(frame["psu"]) == p].sum() for p in (1, 2, 3)]
        expected = math.sqrt(3 / 2 * sum(t**2 for t in totals))
        assert found.get("rippin", category=name).se == pytest.approx(expected)
        # each mean here is that of M1 or M2 where one deprivation is enough
        union = profiles.estimate("1/4").get(f"M{alpha}")
        assert got.estimate == pytest.approx(union.estimate)


def test_distances_that_were_declared_are_means_on_rows(gapped, tmp_path):
    frame, plain = gapped
    survey = mpi.Survey(frame, weight="w", psu="psu")
    pairs = [(2, 1), ("1/2", 2)]
    profiles = mpi.tabulate(survey, plain.specification, distances=pairs)
    w, psu = np.array(frame["w"]), np.array(frame["psu"])
    x, y = np.array(frame["x"]), np.array(frame["y"])
    gaps = np.column_stack([(10 - x) / 10, (4 - y) / 4, frame["z"]]).clip(0)
    profiles.save(tmp_path / "kept.profiles.parquet")
    loaded = mpi.load_profiles(tmp_path / "kept.profiles.parquet")
    assert loaded.distances == profiles.distances
    for alpha, theta in ((2, 1), (0.5, 2)):
        values = (gaps**theta @ np.array([1 / 2, 1 / 4, 1 / 4])) ** (alpha / theta)
        mean = (w * values).sum() / w.sum()
        totals = [(w * (values - mean) / w.sum())[psu == p].sum() for p in (1, 2, 3)]
        name = f"alpha={Fraction(alpha)}, theta={theta}"
        for tables in (profiles, loaded):
            estimates = mpi.inequality(tables, alpha=alpha, theta=theta)
            found = estimates.get("bourguignon_chakravarty", category=name)
            assert found.estimate == pytest.approx(mean)
            assert found.se == pytest.approx(math.sqrt(3 / 2 * sum(t**2 for t in totals)))
        again = mpi.inequality(
            profiles, alpha=alpha, theta=theta, replicates=mpi.Replicates("jk1")
        ).get("bourguignon_chakravarty", category=name)
        out = [(w * values)[psu != p].sum() / w[psu != p].sum() for p in (1, 2, 3)]
        assert again.se == pytest.approx(math.sqrt(2 / 3 * sum((t - mean) ** 2 for t in out)))
    found = mpi.inequality(profiles, alpha=2)
    datt = found.get("datt", category="alpha=1, beta=2").estimate
    other = found.get("bourguignon_chakravarty", category="alpha=2, theta=1").estimate
    assert datt == pytest.approx(other)
    # the ordinary figures are what they are without
    a, b = (tables.estimate().to_arrow() for tables in (profiles, plain))
    assert a.equals(b)


def test_tables_with_distances_add_only_if_they_have_the_same(gapped):
    frame, plain = gapped
    parts = [
        mpi.Survey({n: [v[i] for i in rows] for n, v in frame.items()}, weight="w", psu="psu")
        for rows in ((0, 1, 2), (3, 4))
    ]
    spec, name = plain.specification, "alpha=2, theta=1"
    a, b = (mpi.tabulate(part, spec, distances=[(2, 1)]) for part in parts)
    whole = mpi.tabulate(mpi.Survey(frame, weight="w", psu="psu"), spec, distances=[(2, 1)])
    one, other = (
        mpi.inequality(tables, alpha=2).get("bourguignon_chakravarty", category=name)
        for tables in (a + b, whole)
    )
    assert (one.estimate, one.se) == pytest.approx((other.estimate, other.se))
    told(lambda: a + mpi.tabulate(parts[1], spec), "sums of different distances")


def test_distances_that_are_none_are_refused(gapped):
    frame, plain = gapped

    def tabulated(distances, spec=plain.specification):
        return lambda: mpi.tabulate(mpi.Survey(frame), spec, distances=distances)

    told(tabulated([(0, 1), (1, "x"), 3]), "not positive", "'x'", "'int'", "pairs", problems=3)
    told(tabulated(7), "'int'")
    counted = mpi.Specification.from_columns({"one": ["z"]}, cutoff=1)
    told(tabulated([(2, 1)], counted), "no indicator of from-columns has a gap", "Leave it out")
    profiles = tabulated([(2, 1)])()
    told(
        lambda: mpi.inequality(profiles, alpha=2, missing="reweight"),
        "weights that missing='reweight' changes",
        "Choose missing='drop'",
    )


def test_every_measure_is_there_for_households_and_persons():
    frame = {"hh": [1, 1, 2, 3], "a": [1, 1, 0, 1], "b": [0, 0, 1, 1]}
    spec = mpi.Specification.from_columns({"p": ["a"], "q": ["b"]}, cutoff="1/2", unit="household")
    profiles = mpi.tabulate(mpi.Survey(frame, household_id="hh"), spec)
    found = mpi.inequality(profiles, count="households").get("inequality", category="beta=1")
    # scores 1/2, 1/2, 1
    assert found.estimate == pytest.approx(2 / 36)
    persons = mpi.inequality(profiles).get("inequality", category="beta=1")
    assert persons.estimate == pytest.approx(3 / 64)


# --- what cannot be ------------------------------------------------------------------------------


def told(call, *words, problems=None):
    with pytest.raises(mpi.EstimationError) as caught:
        call()
    for word in words:
        assert word in str(caught.value), str(caught.value)
    if problems is not None:
        assert len(caught.value.problems) == problems, str(caught.value)


def test_parameters_that_are_none_are_named_together():
    told(
        lambda: mpi.inequality(E14, beta=0, gamma=-1, power="x", alpha=[1], theta=True),
        "beta",
        "It is above 0.",
        "gamma",
        "It is 0 or more.",
        "'x' is not a fraction",
        "list is not a number",
        "bool is not a number",
        problems=5,
    )


def test_no_parameter_at_all_is_an_error():
    told(lambda: mpi.inequality(E14, gamma=[]), "gamma: no number is given")


def test_bounds_are_refused_with_what_to_do():
    told(lambda: mpi.inequality(E14, missing="bounds"), "two scores", "Choose another policy.")
    told(lambda: mpi.disparity(E14, missing="bounds"), "two scores", "Choose another policy.")


def test_a_cutoff_a_policy_and_a_choice_that_are_none_are_refused():
    told(lambda: mpi.inequality(E14, "7/2"), "7/2")
    told(lambda: mpi.inequality(E14, missing="guess"), "there is no policy 'guess'")
    told(lambda: mpi.disparity(E14, df="few"), "there is no option 'few'")


def test_households_of_a_person_specification_cannot_be_counted():
    told(lambda: mpi.inequality(E14, count="households"), "households cannot be counted")


def test_a_grouping_that_the_tables_do_not_have_is_named():
    told(lambda: mpi.disparity(E14, "zona"), "not by zona", "They are by zone.", "zone")
    told(lambda: mpi.disparity(E14, 7), "is no name of a variable")
    alone = mpi.tabulate(FRAME, SPEC)
    told(lambda: mpi.disparity(alone), "no grouping is named", "They have no groups.")


def test_a_distance_that_needs_a_sum_of_its_own_is_refused(gapped):
    _, profiles = gapped
    told(
        lambda: mpi.inequality(profiles, alpha=2, theta=1),
        "alpha=2 and theta=1 need sums over rows",
        "alpha = theta = 1",
        "Tabulate with distances=[(2, 1)].",
    )
    codes = [f.code for f in mpi.inequality(profiles).findings]
    assert "SUM_NOT_IN_TABLES" in codes


def test_no_answer_in_any_group_is_an_error():
    frame = {"a": [None, None], "b": [1, 0], "zone": ["x", "y"]}
    spec = mpi.Specification.from_columns({"p": ["a"], "q": ["b"]}, cutoff="1/2")
    told(lambda: mpi.disparity(mpi.tabulate(frame, spec, by="zone")), "no unit with a weight")


def test_groups_without_units_are_empty_and_a_grouping_without_any_is_an_error():
    frame = {"a": [1, 0, 1, 0], "b": [1, 1, 0, 0], "w": [0.0, 0.0, 1.0, 1.0]}
    frame |= {"none": [None] * 4, "some": ["u", "u", "v", None]}
    spec = mpi.Specification.from_columns({"p": ["a"], "q": ["b"]}, cutoff="1/2")
    profiles = mpi.tabulate(mpi.Survey(frame, weight="w"), spec, by=["none", "some"])
    found = mpi.inequality(profiles)
    # nobody of group u has a weight
    assert math.isnan(found.get("inequality", category="beta=1", some="u").estimate)
    assert found.get("inequality", category="beta=1", some="v").estimate == 0
    assert mpi.disparity(profiles, "some").get("disparity_M0").estimate == 0
    told(lambda: mpi.disparity(profiles, "none"), "no unit is in any group of none")


def test_groups_without_weight_are_a_finding_of_disparity():
    frame = {"a": [1, 0, 1, 1], "b": [1, 1, 0, 1], "g": ["x", "x", "y", "z"], "w": [1, 2, 1, 0]}
    spec = mpi.Specification.from_columns({"d": ["a", "b"]}, cutoff="1/2")
    profiles = mpi.tabulate(mpi.Survey(frame, weight="w"), spec, by="g")
    (finding,) = mpi.disparity(profiles, se=False).findings.of_code("EMPTY_GROUP")
    assert (finding.where, finding.count, finding.of) == ("g", 1, 3)
