"""Laws of variances: what has to agree whatever the sample."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import law

import mpi

# sums of a few hundred doubles in another order
EXACT = 1e-9
SPEC = mpi.Specification.from_columns({"one": ["a", "b"], "two": ["c"]}, cutoff="1/2")


@st.composite
def samples(draw, psus=(2, 5)):
    """Rows in strata and PSUs of unequal size, with unequal weights."""
    rows = []
    psu = 0
    for stratum in range(draw(st.integers(1, 4))):
        for _ in range(draw(st.integers(*psus))):
            psu += 1
            rows += [(stratum, psu)] * draw(st.integers(1, 4))
    n = len(rows)
    seed = draw(st.integers(0, 2**32 - 1))
    random = np.random.default_rng(seed)
    frame = {name: random.integers(0, 2, n) for name in "abc"}
    frame |= {"g": random.integers(0, 3, n), "w": random.uniform(0.5, 4.0, n)}
    stratum, unit = zip(*rows, strict=True)
    return frame | {"stratum": np.array(stratum), "psu": np.array(unit), "row": np.arange(n)}


def profiles(frame, **design):
    declared = {"weight": "w", "strata": "stratum", "psu": "psu"} | design
    return mpi.tabulate(mpi.Survey(frame, **declared), SPEC, by="g")


def figures(estimates, *measures):
    frame = estimates.to_pandas()
    return frame[frame["measure"].isin(measures)] if measures else frame


def same(left, right):
    return left.to_numpy(float) == pytest.approx(
        right.to_numpy(float), rel=EXACT, abs=1e-9, nan_ok=True
    )


@law
@given(samples())
def test_the_jackknife_of_a_total_is_its_linearised_variance(frame):
    tables = profiles(frame)
    linear, jackknife = tables.estimate(), tables.estimate(replicates=mpi.Replicates("jkn"))
    assert same(figures(linear, "N_poor")["se"], figures(jackknife, "N_poor")["se"])


@law
@given(samples(psus=(2, 2)))
def test_half_samples_of_a_total_are_its_linearised_variance(frame):
    tables = profiles(frame)
    linear = figures(tables.estimate(), "N_poor")["se"]
    for declared in (mpi.Replicates("brr"), mpi.Replicates("fay", rho=0.3)):
        assert same(linear, figures(tables.estimate(replicates=declared), "N_poor")["se"])


@law
@given(samples())
def test_rows_drawn_directly_are_psus_of_one_row(frame):
    direct = profiles(frame, psu=None).estimate(["1/4", "1/2"], lonely_psu="certainty")
    cells = profiles(frame, psu="row").estimate(["1/4", "1/2"], lonely_psu="certainty")
    for name in ("estimate", "se", "df", "deff", "n_psu"):
        assert same(figures(direct)[name], figures(cells)[name]), name


@law
@given(samples())
def test_covariances_of_a_direct_sample_are_those_of_psus_of_one_row(frame):
    pair = []
    for psu in (None, "row"):
        estimates = profiles(frame, psu=psu).estimate(lonely_psu="certainty")
        group = estimates.to_arrow()["g"].to_pylist()
        chosen = next(g for g in group if g is not None)
        a, b = estimates.get("M0"), estimates.get("H", g=chosen)
        share = estimates.get("popsh", g=chosen)
        pair.append(estimates.covariance([a, b, share]))
    scale = np.sqrt(np.outer(np.diag(pair[1]), np.diag(pair[1])))
    assert (np.abs(pair[0] - pair[1]) <= EXACT * scale + 1e-12).all()


@law
@given(samples())
def test_a_stratum_that_was_drawn_completely_adds_nothing(frame):
    complete = profiles(frame | {"f": np.ones(len(frame["a"]))}, fpc="f").estimate()
    assert np.nan_to_num(figures(complete)["se"].to_numpy(float)).max() == 0


@law
@given(samples())
def test_the_fraction_drawn_makes_the_variance_smaller_by_itself(frame):
    plain = profiles(frame).estimate()
    half = profiles(frame | {"f": np.full(len(frame["a"]), 0.75)}, fpc="f").estimate()
    assert same(figures(half)["se"], 0.5 * figures(plain)["se"])


@law
@given(samples())
def test_a_second_stage_that_was_drawn_completely_changes_nothing(frame):
    first = {name: np.full(len(frame["a"]), 0.5) for name in ("f",)}
    one = profiles(frame | first, fpc="f")
    stages = [mpi.Stage("row", fpc="f2")]
    two = profiles(frame | first | {"f2": np.ones(len(frame["a"]))}, fpc="f", stages=stages)
    for name in ("estimate", "se", "df", "n_psu"):
        assert same(figures(one.estimate())[name], figures(two.estimate())[name]), name


@law
@given(samples())
def test_supplied_replicates_are_those_that_are_made(frame):
    """The jackknife by columns of weights, made here, against the one that is made."""
    psus = np.unique(frame["psu"])
    stratum = {p: frame["stratum"][frame["psu"] == p][0] for p in psus}
    drawn = {h: sum(s == h for s in stratum.values()) for h in set(stratum.values())}
    weights, rscales = {}, []
    for p in psus:
        n = drawn[stratum[p]]
        factor = np.where(frame["stratum"] == stratum[p], n / (n - 1), 1.0)
        weights[f"r{p}"] = frame["w"] * np.where(frame["psu"] == p, 0.0, factor)
        rscales.append((n - 1) / n)
    declared = mpi.Replicates("jkn", columns=tuple(weights), rscales=tuple(rscales))
    supplied = profiles(frame | weights, replicates=declared).estimate()
    made = profiles(frame).estimate(replicates=mpi.Replicates("jkn"))
    for name in ("estimate", "se", "df"):
        assert same(figures(supplied)[name], figures(made)[name]), name


@law
@given(samples())
def test_contrasts_of_contrasts_are_one_contrast(frame):
    estimates = profiles(frame).estimate(["1/4", "1/2"])
    a, b = (estimates.get("H", k=k) for k in ("1/4", "1/2"))
    c, d = (estimates.get("M0", k=k) for k in ("1/4", "1/2"))
    matrix = estimates.covariance([a, b, c, d])
    signs = np.array([1, -1, -1, 1])
    found = (a - b) - (c - d)
    assert found.se == pytest.approx(np.sqrt(max(signs @ matrix @ signs, 0)), rel=1e-6, abs=1e-9)
    assert found.estimate == pytest.approx(float(a) - float(b) - float(c) + float(d))


@pytest.mark.parametrize("method", ["rao-wu", "canty-davison", "preston"])
def test_bootstraps_come_near_the_linearised_error(method):
    """With 2,000 replicates the standard error of a standard error is about 2 %."""
    random = np.random.default_rng(7)
    n = 3000
    psu = np.repeat(np.arange(300), 10)
    frame = {name: (random.random(n) < 0.3 + 0.2 * (psu % 3)).astype(int) for name in "abc"}
    frame |= {"w": random.uniform(1, 3, n), "psu": psu, "stratum": psu // 10, "g": psu // 150}
    tables = profiles(frame)
    linear = tables.estimate()
    replicated = tables.estimate(replicates=mpi.Replicates(method, number=2000, seed=3))
    for measure in ("H", "A", "M0", "N_poor"):
        expected = linear.get(measure).se
        # Preston draws half of the PSUs; Canty and Davison's scale rests on the mean stratum
        assert replicated.get(measure).se == pytest.approx(expected, rel=0.1), measure


def test_a_bootstrap_does_not_depend_on_the_order_of_rows():
    random = np.random.default_rng(1)
    frame = {name: random.integers(0, 2, 60) for name in "abc"}
    frame |= {"w": np.ones(60), "psu": np.arange(60) // 5, "stratum": np.arange(60) // 20}
    frame["g"] = random.integers(0, 2, 60)
    order = random.permutation(60)
    declared = mpi.Replicates("rao-wu", number=20, seed=5)
    one, other = (
        profiles(rows).estimate(replicates=declared)
        for rows in (frame, {name: values[order] for name, values in frame.items()})
    )
    assert same(figures(one)["se"], figures(other)["se"])
    again = profiles(frame).estimate(replicates=mpi.Replicates("rao-wu", number=20, seed=6))
    assert not same(figures(one, "H")["se"], figures(again, "H")["se"])
