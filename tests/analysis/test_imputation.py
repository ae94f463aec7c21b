"""Imputed data sets combined by Rubin's rules."""

from __future__ import annotations

import math

import numpy as np
import pytest

import mpi
from mpi.errors import EstimationError
from mpi.inference.imputation import pooled

EXACT = 1e-12
SPEC = mpi.Specification.from_columns({"x": ["a"], "y": ["b"]}, cutoff="1/2")
BASE = {"a": [1, 1, 0, 0, 1, 0], "psu": [1, 1, 2, 2, 3, 3], "g": ["n", "s"] * 3}
GUESSES = ([1, 0, 0, 1, 0, 0], [0, 1, 0, 1, 0, 1], [1, 1, 0, 1, 0, 0])


def imputed(**changes):
    return [
        mpi.tabulate(mpi.Survey(BASE | {"b": guess} | changes, psu="psu"), SPEC, by="g")
        for guess in GUESSES
    ]


def test_three_numbers_have_rubins_variance_and_degrees_of_freedom_on_paper():
    found = pooled(
        np.array([[1.0], [2.0], [3.0]]), np.array([[4.0], [4.0], [1.0]]), np.array([9.0])
    )
    assert found.estimate[0] == 2
    assert (found.within[0], found.between[0]) == (3, 1)
    total = 3 + 4 / 3
    assert found.total[0] == pytest.approx(total, abs=EXACT)
    share = (4 / 3) / total
    old, observed = 2 / share**2, 10 / 12 * 9 * (1 - share)
    assert found.df[0] == pytest.approx(1 / (1 / old + 1 / observed), abs=EXACT)
    assert found.due_to_missing[0] == pytest.approx(share, abs=EXACT)


def test_many_degrees_of_freedom_leave_those_of_rubin():
    found = pooled(np.array([[1.0], [2.0], [3.0]]), np.array([[3.0]] * 3), np.array([1e12]))
    assert found.df[0] == pytest.approx(2 * (1 + 3 / (4 / 3)) ** 2, rel=1e-9)


def test_figures_of_imputed_surveys_are_combined_row_by_row():
    sets = imputed()
    found = mpi.combine_imputations(sets, measures=["H", "hd"]).to_pandas()
    each = [own.estimate().get("H", g="s") for own in sets]
    row = found[(found["measure"] == "H") & (found["g"] == "s")].iloc[0]
    mean = np.mean([e.estimate for e in each])
    total = np.mean([e.se**2 for e in each]) + 4 / 3 * np.var([e.estimate for e in each], ddof=1)
    assert row["estimate"] == pytest.approx(mean, abs=EXACT)
    assert row["se"] == pytest.approx(math.sqrt(total), abs=EXACT)
    assert 0 < row["ci_low"] < mean < row["ci_high"] <= 1


def test_what_was_not_imputed_has_no_variance_between_the_sets():
    found = mpi.combine_imputations([own.estimate() for own in imputed()]).to_pandas()
    observed = found[(found["measure"] == "hd") & (found["indicator"] == "a")]
    assert (observed["between"] == 0).all()
    assert (observed["due_to_missing"] == 0).all()


def test_contrasts_are_combined_too():
    contrasts = [own.estimate().differences("H", by="g") for own in imputed()]
    found = mpi.combine_imputations(contrasts)
    assert found.imputations == 3
    assert found.to_pandas()["estimate"].item() == pytest.approx(
        np.mean([c.to_pandas()["estimate"].item() for c in contrasts])
    )
    assert "Combined from 3 imputed data sets" in repr(found)


def test_a_figure_that_a_set_does_not_define_is_missing_and_counted():
    sets = [
        mpi.tabulate(mpi.Survey(BASE | {"a": [0] * 6, "b": b}, psu="psu"), SPEC)
        for b in ([0] * 6, [1, 0, 1, 0, 0, 0])
    ]
    found = mpi.combine_imputations(sets, measures=["A"])
    assert found.to_pandas()["estimate"].isna().all()
    assert found.findings.of_code("IMPUTATIONS_UNDEFINED")[0].count == 1
    assert found.findings.of_code("IMPUTED")[0].count == 2


@pytest.mark.parametrize(
    ("results", "words"),
    [
        (list, "none is given"),
        (lambda: imputed()[:1], "1 data set is given"),
        (lambda: [*imputed(), 3], "1 of 4 are no Profiles"),
        (lambda: [imputed()[0], imputed()[1].estimate()], "some are of one kind"),
        (lambda: [own.estimate(se=False) for own in imputed()], "3 of 3 have no standard errors"),
        (
            lambda: [imputed()[0].estimate(), imputed()[1].estimate("1/4")],
            "1 of 2 have other rows",
        ),
        (
            lambda: [imputed()[0].estimate(), imputed()[1].estimate(missing="reweight")],
            "2 different estimates",
        ),
    ],
)
def test_sets_that_do_not_fit_together_are_refused(results, words):
    with pytest.raises(EstimationError, match=words):
        mpi.combine_imputations(results())


def test_arguments_of_profiles_are_refused_beside_estimates():
    sets = [own.estimate() for own in imputed()]
    with pytest.raises(EstimationError, match="no profiles are given"):
        mpi.combine_imputations(sets, k="1/3")
    with pytest.raises(EstimationError, match="level: is 95"):
        mpi.combine_imputations(sets, level=95)
