"""Figures of the golden set: covariances, differences, ratios, changes between waves."""

from __future__ import annotations

import numpy as np
import pytest
from golden import BY, EXACT, clustered, expected, figure, specification, survey_rows

import mpi


def estimated(tag: str) -> mpi.Estimates:
    """Estimates under the design that a tag stands for."""
    rows = survey_rows(lonely=tag.startswith("lonely"))
    option = tag.removeprefix("lonely/") if tag.startswith("lonely") else "fail"
    if tag == "region 3":
        # a domain: the rows of other regions stay in the design
        survey = clustered(rows, where="region == 3")
    elif tag == "independent":
        survey = clustered(rows.assign(stratum=100 * rows["wave"] + rows["stratum"]))
    else:
        survey = clustered(rows)
    return mpi.tabulate(survey, specification(), by=BY).estimate(["1/3", "1/2"], lonely_psu=option)


TAGS = ["domain", "lonely/certainty", "lonely/adjust", "region 3", "independent"]


@pytest.mark.parametrize("tag", TAGS)
def test_differences_and_ratios_are_those_of_r(tag, count):
    theirs, estimates = expected("contrasts", tag), estimated(tag)
    for row in theirs.to_dict("records"):
        a, b = figure(estimates, row["a"]), figure(estimates, row["b"])
        found = a - b if row["how"] == "minus" else a / b
        assert found.estimate == pytest.approx(row["estimate"], rel=EXACT, abs=EXACT), row
        assert found.se == pytest.approx(row["se"], rel=EXACT), row
        count(2)
    assert len(theirs) >= 10


@pytest.mark.parametrize("figures", ["national", *BY, "mixed"])
def test_covariances_are_those_of_r(figures, count):
    theirs, estimates = expected("covariances", figures), estimated("domain")
    keys = list(dict.fromkeys(theirs["a"]))
    place = {key: i for i, key in enumerate(keys)}
    ours = estimates.covariance([figure(estimates, key) for key in keys])
    i, j = theirs["a"].map(place).to_numpy(), theirs["b"].map(place).to_numpy()
    scale = np.sqrt(ours[i, i] * ours[j, j])
    assert (np.abs(ours[i, j] - theirs["covariance"]) <= EXACT * scale).all()
    assert len(theirs) == len(keys) * (len(keys) + 1) / 2
    count(len(theirs))
