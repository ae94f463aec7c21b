"""Figures of the golden set: replicates that are made, and those that are supplied."""

from __future__ import annotations

import math

import pandas as pd
import pytest
from golden import (
    EXACT,
    FOLDER,
    clustered,
    compare,
    expected,
    figure,
    figures,
    inputs,
    specification,
    survey_rows,
    weighted,
)

import mpi

FIGURES = {"estimate": "estimate", "se": "se"}
AREAS = ["area", "region"]
CENTRES = {"mse": True, "mean": False}


def paired_rows() -> pd.DataFrame:
    """The subset with two PSUs in each stratum."""
    rows = survey_rows()
    return rows[rows["pair"] == 1]


def one_stage(**more) -> mpi.Survey:
    return mpi.Survey(inputs("one_stage"), weight="weight", psu="psu", **more)


def rows_as_psus() -> mpi.Survey:
    rows = inputs("rows")
    rows["row"] = range(len(rows))
    return mpi.Survey(rows, weight="weight", strata="stratum", psu="row", fpc="fpc")


MADE = {
    "jkn": (lambda: clustered(survey_rows()), "jkn", AREAS, {}),
    "jk1": (one_stage, "jk1", "area", {}),
    "jk1/fpc": (lambda: one_stage(fpc="fpc"), "jk1", "area", {}),
    "jkn/rows_fpc": (rows_as_psus, "jkn", "area", {}),
    "jkn/lonely_remove": (
        lambda: clustered(survey_rows(lonely=True)),
        "jkn",
        AREAS,
        {"lonely_psu": "certainty"},
    ),
}


@pytest.mark.parametrize("centre", CENTRES)
@pytest.mark.parametrize("tag", MADE)
def test_the_jackknife_is_that_of_r(tag, centre, count):
    survey, method, by, more = MADE[tag]
    profiles = mpi.tabulate(survey(), specification(), by=by)
    replicates = mpi.Replicates(method, mse=CENTRES[centre])
    estimates = profiles.estimate(["1/3", "1/2"], replicates=replicates, **more)
    theirs = expected("replicate_figures", f"{tag}/{centre}")
    count(compare(theirs, figures(estimates), FIGURES))
    count(assert_differences(estimates, f"{tag}/{centre}"))


HALVES = {"brr": ("brr", 0.5), "fay50": ("fay", 0.5), "fay30": ("fay", 0.3)}


@pytest.mark.parametrize("centre", CENTRES)
@pytest.mark.parametrize("tag", HALVES)
def test_balanced_half_samples_give_totals_the_variance_of_r(tag, centre, count):
    # matrices differ between programs; for a total every balanced one gives the same
    method, rho = HALVES[tag]
    theirs = expected("replicate_figures", f"{tag}/{centre}")
    theirs = theirs[theirs["measure"] == "N_poor"]
    profiles = mpi.tabulate(clustered(paired_rows()), specification(), by=AREAS)
    replicates = mpi.Replicates(method, rho=rho, mse=CENTRES[centre])
    ours = figures(profiles.estimate(["1/3", "1/2"], replicates=replicates))
    count(compare(theirs, ours, FIGURES))


# how each file of factors came about: rows, method, options; units that a factor belongs to
PSU, SSU = ["stratum", "psu"], ["stratum", "psu", "ssu"]
SUPPLIED = {
    "jkn": (survey_rows, "jkn", {}, PSU, AREAS),
    "brr": (paired_rows, "brr", {}, PSU, AREAS),
    "fay50": (paired_rows, "fay", {"rho": 0.5}, PSU, AREAS),
    "fay30": (paired_rows, "fay", {"rho": 0.3}, PSU, AREAS),
    "rao-wu": (survey_rows, "rao-wu", {}, PSU, AREAS),
    "canty-davison": (survey_rows, "canty-davison", {}, PSU, AREAS),
    "preston": (survey_rows, "preston", {}, PSU, AREAS),
    "preston/two_stage_strata": (
        lambda: weighted("two_stage_strata"),
        "preston",
        {},
        SSU,
        "area",
    ),
}
# methods whose scale follows from the number of replicates and from rho
KNOWN = ["brr", "fay50", "fay30", "rao-wu", "preston", "preston/two_stage_strata"]


def supplied(tag: str, *, factors: bool) -> tuple[pd.DataFrame, list[str]]:
    """Rows with the replicate weights of R beside them, or with the factors that make them."""
    rows, _, _, units, _ = SUPPLIED[tag]
    scales = expected("replicate_scales").set_index("method")
    table = pd.read_csv(FOLDER / "expected" / scales.loc[tag, "file"])
    columns = [name for name in table.columns if name not in units]
    merged = rows().merge(table, on=units, how="left", validate="many_to_one")
    if not factors:
        merged[columns] = merged[columns].mul(merged["weight"], axis=0)
    return merged, columns


def scaling(tag: str) -> dict[str, object]:
    """Scales of R, as they are declared."""
    row = expected("replicate_scales").set_index("method").loc[tag]
    columns = len(pd.read_csv(FOLDER / "expected" / row["file"], nrows=0).columns)
    each = [float(text) for text in row["rscales"].split()]
    replicates = columns - len(SUPPLIED[tag][3])
    return {"scale": float(row["scale"]), "rscales": each if each[1:] else each * replicates}


def assert_supplied_agree(tag, centre, options, *, factors, declared) -> int:
    """The number of figures under supplied replicates that are R's."""
    rows, columns = supplied(tag, factors=factors)
    _, method, more, _, by = SUPPLIED[tag]
    replicates = mpi.Replicates(
        method, columns=columns, factors=factors, mse=CENTRES[centre], **more, **options
    )
    design = {"strata": "stratum", "psu": "psu"} if declared else {}
    survey = mpi.Survey(rows, weight="weight", replicates=replicates, **design)
    estimates = mpi.tabulate(survey, specification(), by=by).estimate(["1/3", "1/2"])
    theirs = expected("replicate_figures", f"{tag}/{centre}")
    compared = compare(theirs, figures(estimates), FIGURES)
    return compared + assert_differences(estimates, f"{tag}/{centre}")


@pytest.mark.parametrize("factors", [True, False], ids=["factors", "weights"])
@pytest.mark.parametrize("centre", CENTRES)
@pytest.mark.parametrize("tag", SUPPLIED)
def test_supplied_replicates_give_the_figures_of_r(tag, centre, factors, count):
    scale = scaling(tag)
    count(assert_supplied_agree(tag, centre, scale, factors=factors, declared=False))


@pytest.mark.parametrize("tag", KNOWN)
def test_methods_know_their_scale(tag, count):
    count(assert_supplied_agree(tag, "mse", {}, factors=True, declared=False))


@pytest.mark.parametrize("tag", ["jkn", "brr"])
def test_supplied_replicates_take_the_place_of_declared_psus(tag, count):
    scale = scaling(tag)
    count(assert_supplied_agree(tag, "mse", scale, factors=True, declared=True))


def assert_differences(estimates: mpi.Estimates, tag: str) -> int:
    """The number of differences of figures whose variance is that of their replicates in R."""
    theirs = expected("replicate_contrasts", tag)
    for row in theirs.to_dict("records"):
        a, b = (figure(estimates, key) for key in row["pair"].split(" minus "))
        found = a - b
        assert math.isclose(found.estimate, row["estimate"], rel_tol=EXACT)
        assert math.isclose(found.se, row["se"], rel_tol=EXACT)
    assert len(theirs) == 2
    return 2 * len(theirs)
