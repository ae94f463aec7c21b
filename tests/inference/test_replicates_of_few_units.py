"""Replicates of samples with hardly any units, and of stages that they do not know."""

from __future__ import annotations

import numpy as np
import pytest

import mpi

SPEC = mpi.Specification.from_columns({"one": ["a"], "two": ["b"]}, cutoff="1/2")
METHODS = ["jk1", "jkn", "rao-wu", "canty-davison", "preston"]


def tables(sizes, **design):
    """Profiles of strata with so many PSUs each, of six rows in two second-stage units."""
    random = np.random.default_rng(5)
    stratum = np.repeat(np.arange(len(sizes)), 6 * np.array(sizes))
    n = stratum.size
    frame = {"a": random.integers(0, 2, n), "b": random.integers(0, 2, n), "w": np.ones(n)}
    frame |= {"stratum": stratum, "psu": np.arange(n) // 6, "unit": np.arange(n) // 3}
    frame |= {"share": np.full(n, 0.5), "whole": np.ones(n)}
    survey = mpi.Survey(frame, weight="w", strata="stratum", psu="psu", **design)
    return mpi.tabulate(survey, SPEC)


def estimated(profiles, method=None, lonely="certainty"):
    made = None if method is None else mpi.Replicates(method, number=2000, seed=2)
    return profiles.estimate(lonely_psu=lonely, replicates=made)


@pytest.mark.parametrize("lonely", ["certainty", "adjust", "average", "collapse"])
@pytest.mark.parametrize("method", METHODS)
def test_a_single_psu_has_no_replicates_and_a_sentence(method, lonely):
    """It was a division by zero."""
    with pytest.raises(mpi.EstimationError, match="a single PSU was drawn"):
        estimated(tables([1]), method, lonely)


def test_the_jackknife_of_strata_that_are_all_single_says_what_linearisation_says():
    """It was a division by zero under `average`, and missing under `certainty`."""
    profiles = tables([1, 1, 1])
    assert np.isnan(estimated(profiles, "jkn", "average").get("H").se)
    assert np.isnan(estimated(profiles, None, "average").get("H").se)
    assert estimated(profiles, "jkn").get("H").se == estimated(profiles).get("H").se == 0


@pytest.mark.parametrize("method", ["jkn", "rao-wu", "preston"])
def test_a_sample_of_everybody_has_a_variance_of_zero(method):
    """The jackknife had none."""
    assert estimated(tables([3, 2], fpc="whole"), method).get("H").se == 0


@pytest.mark.parametrize("method", ["jkn", "rao-wu", "canty-davison", "preston"])
def test_a_single_psu_that_counts_as_certain_makes_no_other_stratum_more_variable(method):
    """It was 14 % too much: the mean number of PSUs of a stratum counted the single one."""
    profiles = tables([9, 9, 9, 1])
    expected = estimated(profiles).get("N_poor").se
    assert estimated(profiles, method).get("N_poor").se == pytest.approx(expected, rel=0.06)


@pytest.mark.parametrize("method", ["jkn", "rao-wu", "canty-davison"])
def test_methods_that_know_one_stage_say_so(method):
    stages = [mpi.Stage("unit", fpc="share")]
    profiles = tables([3, 4], fpc="share", stages=stages)
    found = estimated(profiles, method).findings.of_code("FPC_UNUSED")
    assert any("later stages" in finding.detail for finding in found)
    assert not estimated(profiles, "preston").findings.of_code("FPC_UNUSED")


def test_preston_does_not_guess_what_a_single_unit_of_a_later_stage_is_worth():
    stages = [mpi.Stage("psu", fpc="share")]  # one second-stage unit in each PSU
    profiles = tables([3, 4], fpc="share", stages=stages)
    with pytest.raises(mpi.EstimationError, match="preston cannot treat a stratum with a single"):
        estimated(profiles, "preston", "adjust")
    assert estimated(profiles, "preston").get("H").se > 0
