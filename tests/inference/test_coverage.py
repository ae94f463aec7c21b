"""Intervals hold the true value of a known population as often as they say."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import numpy as np
import pytest

import mpi


@pytest.fixture(scope="module")
def simulation():
    """The module of the benchmark."""
    path = Path(__file__).parents[2] / "benchmarks" / "coverage.py"
    spec = importlib.util.spec_from_file_location("coverage_simulation", path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    yield module
    del sys.modules[spec.name]


def test_a_thousand_samples_hold_the_truth_in_93_to_97_of_a_hundred(simulation):
    for found in simulation.coverage(draws=1000, seed=2026):
        assert simulation.LOWEST <= found.share <= simulation.HIGHEST, str(found)
        # bias and the mean standard error, within their own Monte Carlo errors
        assert abs(found.mean - found.truth) < 4 * found.spread / np.sqrt(found.draws)
        assert found.mean_se / found.spread == pytest.approx(1, abs=4 / np.sqrt(2 * found.draws))


def test_a_sample_of_a_batch_has_the_figures_that_it_has_alone(simulation):
    of = simulation.population(7)
    together = next(iter(simulation.estimates_of(of, draws=3, seed=8)))
    draw = np.random.default_rng(8)
    for number in range(3):
        rows = simulation.sample(of, draw)
        survey = mpi.Survey(rows, weight="weight", strata="stratum", psu="psu")
        alone = mpi.tabulate(survey, simulation.SPEC).estimate()
        for measure in simulation.MEASURES:
            a, b = alone.get(measure), together.get(measure, draw=number)
            assert (a.estimate, a.se) == pytest.approx((b.estimate, b.se), rel=1e-12)
            assert (a.ci_low, a.ci_high) == pytest.approx((b.ci_low, b.ci_high), rel=1e-12)
            assert a.df == b.df
