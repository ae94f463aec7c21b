"""The order of Colombia's departments in 2018 under other choices, against scipy and contrasts.

Source: DANE, Gran Encuesta Integrada de Hogares 2018, persons of 18 and over, prepared at CEPAL.
"""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

import mpi

# sums of half a million weights in another order
SUMMATION = 1e-11


@pytest.fixture(scope="module")
def profiles(microdata):
    persons = microdata("colombia-geih-2018") / "persons.parquet"
    survey = mpi.Survey(persons=persons, codebook="colombia-geih-2018", lonely_psu="adjust")
    return mpi.tabulate(survey, "cepal-sae-8", by="department")


def of_departments(profiles, **choices):
    frame = profiles.estimate(se=False, **choices).select("M0").to_pandas()
    return frame[frame["by"] == "department"].set_index("group")["estimate"]


def test_named_scenarios_are_other_specifications_and_correlations_those_of_scipy(profiles):
    found = mpi.robustness(profiles, draws=0, se=False).scenarios.to_pandas()
    base = of_departments(profiles)
    assert base.size == 24
    for k in ("1/5", "1/2", "9/10"):
        other = of_departments(profiles, k=k).loc[base.index]
        row = found[found["scenario"] == f"k = {k}"].iloc[0]
        assert row["kendall"] == pytest.approx(stats.kendalltau(base, other).statistic)
        assert row["spearman"] == pytest.approx(stats.spearmanr(base, other).statistic)
        assert row["pearson"] == pytest.approx(stats.pearsonr(base, other).statistic)


def test_ten_thousand_schemes_have_an_order_at_every_cutoff(profiles):
    found = mpi.robustness(profiles, se=False).summary.to_pandas()
    draws = found[found["family"] == "draws"]
    assert draws["scenarios"].tolist() == [10_000] * 9
    assert draws["pairs"].tolist() == [276] * 9
    assert (draws["kendall_lowest"] > 0).all()
    assert (draws["kept_in_all"] < draws["kept_mean"]).all()


def test_pairs_are_tested_as_contrasts_are(profiles):
    found = mpi.dominance(profiles, k="2/5")
    contrasts = profiles.estimate(k="2/5").differences("M0", by="department").to_pandas()
    table = found.differences.to_pandas()
    table = table[table["measure"] == "M0"]
    assert table["difference"].to_numpy() == pytest.approx(contrasts["estimate"], abs=SUMMATION)
    assert table["se"].to_numpy() == pytest.approx(contrasts["se"], rel=1e-9)
    assert np.array_equal(table["df"], contrasts["df"])
