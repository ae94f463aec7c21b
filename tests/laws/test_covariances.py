"""The covariance of any two figures and the standard error of each say the same."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import law

import mpi

# sums of a few dozen doubles in another order, relative to the variance and to the figure's square
EXACT, ROUNDING = 1e-9, 1e-13
SPEC = mpi.Specification.from_columns({"one": ["a", "b"], "two": ["c"]}, cutoff="1/2")
CUTOFFS = ["1/4", "1/2", 1]


@st.composite
def samples(draw, fewest=2, missing=False):
    """Rows in strata, PSUs and second-stage units, some answers missing and a group of few."""
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    rows = [
        (stratum, 10 * stratum + psu, unit)
        for stratum in range(draw(st.integers(1, 4)))
        for psu in range(draw(st.integers(fewest, 4)))
        for unit in range(draw(st.integers(1, 2)))
        for _ in range(draw(st.integers(1, 3)))
    ]
    n = len(rows)
    frame = {name: random.integers(0, 2, n).astype(float) for name in "abc"}
    if missing:
        for values in frame.values():
            values[random.random(n) < 0.1] = np.nan
        frame["a"][0] = frame["b"][0] = frame["c"][0] = 1.0  # somebody answers everything
    stratum, psu, unit = (np.array(column) for column in zip(*rows, strict=True))
    drawn = {p: len(set(unit[psu == p])) for p in psu.tolist()}
    return frame | {
        "stratum": stratum,
        "psu": psu,
        "unit": unit,
        "row": np.arange(n),
        "g": random.integers(0, 3, n),
        "w": random.uniform(0.5, 4.0, n),
        "share": np.full(n, 0.25),
        "units": np.array([2 * drawn[p] for p in psu.tolist()]),
    }


def estimated(frame, options=None, **design):
    declared = {"weight": "w", "strata": "stratum", "psu": "psu"} | design
    profiles = mpi.tabulate(mpi.Survey(frame, **declared), SPEC, by="g")
    return profiles.estimate(CUTOFFS, **(options or {}))


def assert_same(estimates, *, national=False):
    """The diagonal of the covariance matrix is the squared standard errors."""
    table = estimates.to_pandas()
    variances, se = np.diag(estimates.covariance()), table["se"].to_numpy(float)
    rounding = ROUNDING * np.maximum(1.0, table["estimate"].to_numpy(float) ** 2)
    off = np.abs(variances - se**2) > EXACT * se**2 + rounding
    off |= np.isnan(variances) != np.isnan(se)
    if national:
        off &= (table["by"] == "national").to_numpy()
    assert not off.any(), table.assign(own=np.sqrt(np.abs(variances)))[off].head().to_string()


@law
@given(samples(missing=True), st.sampled_from(["drop", "reweight", "nondeprived", "bounds"]))
def test_of_psus_and_of_rows_drawn_directly(frame, missing):
    options = {"missing": missing, "lonely_psu": "certainty"}
    assert_same(estimated(frame, options))
    assert_same(estimated(frame, options, psu=None))
    assert_same(estimated(frame, options, psu="row"))


@law
@given(samples(missing=True))
def test_of_fractions_and_stages(frame):
    options = {"lonely_psu": "certainty"}
    assert_same(estimated(frame, options, fpc="share"))
    assert_same(estimated(frame, options, fpc="share", psu=None))
    stages = [mpi.Stage("unit", fpc="units")]
    assert_same(estimated(frame, options, fpc="share", stages=stages))


@law
@given(samples(fewest=1), st.sampled_from(["certainty", "collapse"]), st.booleans())
def test_of_strata_with_a_single_unit(frame, option, directly):
    design = {"psu": None} if directly else {}
    if directly:  # one row of the first stratum
        kept = np.flatnonzero((frame["stratum"] > 0) | (frame["row"] == 0))
        frame = {name: values[kept] for name, values in frame.items()}
    assert_same(estimated(frame, {"lonely_psu": option}, **design))
    assert_same(estimated(frame, {"lonely_psu": option}, fpc="share", **design))


@law
@given(samples(fewest=1), st.sampled_from(["adjust", "average"]))
def test_of_strata_with_a_single_unit_in_the_whole_population(frame, option):
    """The matrix counts all strata for every figure; a figure of a group those of the group."""
    assert_same(estimated(frame, {"lonely_psu": option}), national=True)


@law
@given(
    samples(missing=True),
    st.sampled_from(["jkn", "rao-wu", "canty-davison", "preston"]),
    st.booleans(),
)
def test_of_replicates_of_which_some_leave_figures_undefined(frame, method, mse):
    declared = mpi.Replicates(method, number=12, mse=mse)
    assert_same(estimated(frame, {"replicates": declared}))


@pytest.mark.parametrize("psu", ["psu", None])
def test_a_sample_of_one_unit_has_no_variance_of_a_difference(psu):
    """It was 0: the standard error of H was missing, and that of H - M0 was not."""
    frame = {"a": [1], "b": [0], "c": [1], "w": [2.0], "psu": [1]}
    survey = mpi.Survey(frame, weight="w", psu=psu)
    estimates = mpi.tabulate(survey, SPEC).estimate(lonely_psu="collapse")
    assert np.isnan(estimates.get("H").se)
    assert np.isnan((estimates.get("H") - estimates.get("M0")).se)


def test_a_figure_that_is_not_defined_spoils_no_difference_of_others():
    """Each difference of a table was without a standard error when one of its figures was."""
    frame = {"a": [0, 0, 1, 0, 1, 1, 0, 1, 1], "b": [0, 0, 1, 0, 0, 1, 1, 1, 1]}
    frame |= {"c": [0, 0, 1, 0, 1, 0, 1, 1, 0], "g": [0, 0, 1, 1, 1, 1, 2, 2, 2], "w": [1.0] * 9}
    survey = mpi.Survey(frame, weight="w")
    estimates = mpi.tabulate(survey, SPEC, by="g").estimate()
    table = estimates.differences("A", by="g")
    alone = estimates.get("A", g=1) - estimates.get("A", g=2)
    assert np.isnan(table["0 - 1"].se)
    assert table["1 - 2"].se == pytest.approx(alone.se, rel=EXACT)
    assert table["1 - 2"].se > 0
