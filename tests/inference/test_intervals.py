"""Limits of intervals where formulas of effective sample sizes break down."""

from __future__ import annotations

from typing import get_args

import numpy as np
import pytest

import mpi
from mpi.options import Interval

SPEC = mpi.Specification.from_columns({"one": ["a"], "two": ["b"]}, cutoff="1/2")


@pytest.mark.parametrize("method", get_args(Interval))
def test_where_everybody_was_drawn_the_limits_are_the_figure(method):
    """Under `wilson` and `beta` there were none, and a finding said that H was 0 or 1."""
    random = np.random.default_rng(1)
    frame = {"a": random.integers(0, 2, 60), "b": random.integers(0, 2, 60)}
    frame |= {"psu": np.arange(60) // 5, "whole": np.ones(60)}
    survey = mpi.Survey(frame, psu="psu", fpc="whole")
    estimates = mpi.tabulate(survey, SPEC).estimate(interval=method)
    for measure in ("H", "A", "M0"):
        found = estimates.get(measure)
        assert 0 < found.estimate < 1
        assert found.se == 0
        assert (found.ci_low, found.ci_high) == pytest.approx((found.estimate,) * 2, rel=1e-12)
