"""Figures of the golden set: levels, strata with a single PSU, shares of groups, intervals."""

from __future__ import annotations

import runpy

import numpy as np
import pytest
from golden import (
    BY,
    EXACT,
    FOLDER,
    K,
    allowed,
    clustered,
    compare,
    expected,
    figure,
    figures,
    specification,
    survey_rows,
)

import mpi

# R's `logit` takes its limits from an iterated regression that stops early; `xlogit` is the formula
REGRESSION = 2e-8
LEVELS = {"estimate": "estimate", "se": "se", "n": "n"}


def test_the_input_files_are_what_their_generator_writes():
    made = runpy.run_path(str(FOLDER / "make_inputs.py"))
    for name, rows in made["tables"]().items():
        path = FOLDER / "inputs" / name
        assert path.read_text(encoding="utf-8") == made["as_text"](rows), name


@pytest.mark.parametrize(("rule", "column"), [("design", "df_design"), ("domain", "df_domain")])
def test_levels_are_those_of_r(rule, column, count):
    theirs = expected("levels", "domain")
    profiles = mpi.tabulate(clustered(survey_rows()), specification(), by=BY)
    ours = figures(profiles.estimate(K, df=rule))
    theirs = theirs[~theirs["measure"].isin(["hd_available"])]
    defined = theirs["estimate"].notna()
    count(compare(theirs, ours, LEVELS))
    count(compare(theirs[defined], ours, {column: "df"}))


def test_headcounts_of_available_answers_are_those_of_r(count):
    theirs = expected("levels", "domain")
    theirs = theirs[theirs["measure"] == "hd_available"]
    profiles = mpi.tabulate(clustered(survey_rows()), specification(), by=BY)
    ours = figures(profiles.estimate(df="domain"))
    count(compare(theirs, ours, {**LEVELS, "df_domain": "df"}))


def test_levels_without_the_incomplete_rows_are_those_of_r(count):
    rows = survey_rows().dropna()
    profiles = mpi.tabulate(clustered(rows), specification(), by=BY)
    ours = figures(profiles.estimate(["1/3", "1/2"], df="design"))
    theirs = expected("levels", "removed")
    count(compare(theirs, ours, LEVELS))
    # the PSU where nobody answered everything is lost with its rows
    whole = expected("levels", "domain")["df_design"].unique().item()
    assert theirs["df_design"].unique().item() == whole - 1


def test_members_of_households_with_a_key_are_counted_as_rows_are(count):
    theirs = expected("levels", "domain")
    theirs = theirs[(theirs["by"] == "region") & theirs["k"].isin(["1/3"])]
    survey = clustered(survey_rows(), household_id="household")
    ours = figures(mpi.tabulate(survey, specification(), by="region").estimate())
    count(compare(theirs, ours, LEVELS))


def test_tables_of_two_waves_add_up_to_the_pooled_sample(count):
    theirs = expected("levels", "domain")
    theirs = theirs[theirs["k"].isin(["1/2"])]
    rows = survey_rows()
    parts = [
        mpi.tabulate(clustered(rows[rows["wave"] == wave]), specification(), by=BY)
        for wave in (1, 2)
    ]
    ours = figures((parts[0] + parts[1]).estimate("1/2"))
    count(compare(theirs, ours, LEVELS))


@pytest.mark.parametrize("domain", [False, True])
@pytest.mark.parametrize("option", ["remove", "certainty", "adjust", "average"])
def test_strata_with_a_single_psu_are_treated_as_in_r(option, domain, count):
    theirs = expected("lonely", f"lonely/{option}/{str(domain).upper()}")
    profiles = mpi.tabulate(clustered(survey_rows(lonely=True)), specification(), by=BY)
    choice = {"remove": "certainty"}.get(option, option)
    estimates = profiles.estimate(lonely_psu=choice, domain_lonely=domain, df="domain")
    count(compare(theirs, figures(estimates), {**LEVELS, "df_domain": "df"}))


@pytest.mark.parametrize("tag", ["domain", "remove", "certainty", "adjust", "average"])
def test_shares_of_groups_are_those_of_r(tag, count):
    lonely = tag != "domain"
    theirs = expected("shares", f"lonely/{tag}/FALSE" if lonely else tag)
    theirs = theirs.assign(dimension="", indicator="", category="")
    profiles = mpi.tabulate(clustered(survey_rows(lonely=lonely)), specification(), by=BY)
    choice = {"remove": "certainty", "domain": "fail"}.get(tag, tag)
    ours = figures(profiles.estimate(["1/3", "1/2"], lonely_psu=choice))
    count(compare(theirs, ours, {"estimate": "estimate", "se": "se"}))


METHODS = {"logit": "logit", "xlogit": "logit", "mean": "wald", "asin": "asin", "beta": "beta"}


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("level", [0.95, 0.9])
def test_intervals_are_those_of_r(method, level, count):
    theirs = expected("intervals")
    theirs = theirs[(theirs["method"] == method) & (theirs["level"] == level)]
    profiles = mpi.tabulate(clustered(survey_rows()), specification(), by=BY)
    estimates = profiles.estimate(
        ["1/3", "1/2"], df="domain", level=level, interval=METHODS[method]
    )
    for row in theirs.to_dict("records"):
        found = figure(estimates, f"{row['figure']};{row['by']};{row['group']}")
        limits, own = np.array([row["low"], row["high"]]), np.array([found.ci_low, found.ci_high])
        bound = np.full(2, REGRESSION) if method == "logit" else allowed(limits)
        assert (np.abs(limits - own) <= np.maximum(bound, EXACT)).all(), row
        assert found.df == row["df"]
        count(3)
    assert len(theirs) > 40
