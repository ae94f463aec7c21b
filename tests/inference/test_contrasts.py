"""Differences and ratios of figures: covariance, refusals."""

from __future__ import annotations

import math

import numpy as np
import pytest

import mpi

# sums of a few doubles in another order
EXACT = 1e-12
SPEC = mpi.Specification.from_columns({"one": ["a"], "two": ["b"]}, cutoff="1/2")


def sample(seed=1, n=60):
    draw = np.random.default_rng(seed)
    return {
        "a": draw.integers(0, 2, n),
        "b": draw.integers(0, 2, n),
        "w": draw.integers(1, 5, n),
        "s": np.repeat([1, 2, 3], n // 3),
        "p": np.repeat(np.arange(n // 5), 5),
        "g": draw.integers(0, 2, n),
    }


def estimated(seed=1, **more):
    survey = mpi.Survey(sample(seed), weight="w", strata="s", psu="p")
    return mpi.tabulate(survey, SPEC, by="g").estimate(["1/2", 1], **more)


def test_a_difference_has_the_variance_of_its_covariance_matrix():
    estimates = estimated()
    a, b = estimates.get("M0", k=1, g=0), estimates.get("M0", k=1, g=1)
    matrix = estimates.covariance([a, b])
    assert matrix[0, 0] == pytest.approx(a.se**2, rel=EXACT)
    expected = matrix[0, 0] + matrix[1, 1] - 2 * matrix[0, 1]
    assert (a - b).se == pytest.approx(math.sqrt(expected), rel=EXACT)
    assert (a - b).estimate == a.estimate - b.estimate
    assert (a - b).df == 9


def test_intensity_is_the_ratio_of_m0_and_h():
    estimates = estimated()
    ratio = estimates.get("M0", k=1) / estimates.get("H", k=1)
    assert ratio.se == pytest.approx(estimates.get("A", k=1).se, abs=EXACT)
    assert ratio.estimate == pytest.approx(estimates.get("A", k=1).estimate, rel=EXACT)


def test_figures_can_be_taken_from_a_selection():
    estimates = estimated()
    some = estimates.select("H", "popsh")
    a, b = some.get("H", k="1/2", g=0), estimates.get("H", k="1/2")
    assert (a - b).se > 0
    shares = [some.get("popsh", g=0), some.get("popsh", g=1)]
    matrix = some.covariance(shares)  # two shares that add up to one
    assert matrix[0, 1] == pytest.approx(-matrix[0, 0], rel=1e-9)


def test_figures_of_two_calls_are_not_put_together():
    a, b = estimated().get("H", k=1), estimated(seed=2).get("H", k=1)
    with pytest.raises(mpi.EstimationError, match="different calls of estimate"):
        a - b


def test_figures_without_standard_errors_have_no_contrast():
    estimates = estimated(se=False)
    with pytest.raises(mpi.EstimationError, match="no standard error"):
        estimates.get("H", k=1) - estimates.get("H", k="1/2")


def test_a_ratio_to_nothing_is_refused():
    frame = sample() | {"a": np.zeros(60, int), "b": np.zeros(60, int)}
    survey = mpi.Survey(frame, weight="w", strata="s", psu="p")
    estimates = mpi.tabulate(survey, SPEC).estimate()
    with pytest.raises(mpi.EstimationError, match="not positive"):
        estimates.get("M0") / estimates.get("H")
