"""Rules for publication: each boundary of each scheme, and what is withheld."""

from __future__ import annotations

import math

import numpy as np
import pytest

import mpi
from mpi.publication import NOT_ASSESSED, SCHEMES, Facts, find


def flags(scheme, *, share=True, planned=False, complete=False, log_cv="program", **facts):
    """Flags of figures given by lists of facts; what is left out is plenty."""
    given = {"estimate": 0.3, "se": 0.01, "deff": 1.5, "df": 100, "n": 5000, "cases": 1000} | facts
    arrays = {name: np.atleast_1d(np.array(v, dtype=float)) for name, v in given.items()}
    size = max(values.size for values in arrays.values())
    arrays = {name: np.resize(values, size) for name, values in arrays.items()}
    choices = {"planned": planned, "complete": complete, "log_cv": log_cv}
    known = Facts(share=np.full(size, share), **choices, **arrays)
    return find(scheme).rule(known).tolist()


def test_ine_chile_looks_at_size_degrees_and_the_quadratic_error():
    assert flags("ine-chile-2020", n=[59, 60]) == ["unreliable", "reliable"]
    assert flags("ine-chile-2020", df=[8, 9]) == ["unreliable", "reliable"]
    limit = 0.3 ** (2 / 3) / 9
    assert flags("ine-chile-2020", se=[limit, limit * 1.0001]) == ["reliable", "weakly reliable"]
    above = flags("ine-chile-2020", estimate=0.7, se=[limit, limit * 1.0001])
    assert above == ["reliable", "weakly reliable"]
    means = flags("ine-chile-2020", share=False, estimate=1.0, se=[0.15, 0.151, 0.3, 0.31])
    assert means == ["reliable", "weakly reliable", "weakly reliable", "unreliable"]


def test_ine_chile_for_economic_surveys_takes_smaller_samples_and_planned_groups():
    assert flags("ine-chile-economic-2024", n=[29, 30]) == ["unreliable", "reliable"]
    assert flags("ine-chile-economic-2024", n=29, planned=True) == ["reliable"]
    means = flags("ine-chile-economic-2024", share=False, estimate=1.0, se=[0.2, 0.3, 0.31])
    assert means == ["reliable", "weakly reliable", "unreliable"]


def test_eclac_2020_suppresses_reviews_or_publishes():
    assert flags("eclac-2020", n=[99, 100], deff=0.5) == ["suppress", "publish"]
    assert flags("eclac-2020", n=280, deff=[2.01, 2.0]) == ["suppress", "publish"]
    assert flags("eclac-2020", cases=[49, 50]) == ["suppress", "publish"]
    assert flags("eclac-2020", df=[8, 9]) == ["review", "publish"]
    limit = 0.175 * 0.05 * -math.log(0.05)
    low = {"estimate": 0.05, "se": [limit * 0.999, limit * 1.001]}
    assert flags("eclac-2020", **low) == ["review", "suppress"]  # the CV is above 20 %
    assert flags("eclac-2020", share=False, estimate=1.0, se=[0.19, 0.2]) == ["publish", "review"]


def test_eclac_2023_has_three_classes():
    assert flags("eclac-2023", deff=[0.99, 1.0]) == ["unreliable", "reliable"]
    assert flags("eclac-2023", deff=0.99, n=[99, 100], planned=True) == ["unreliable", "reliable"]
    assert flags("eclac-2023", n=[59, 60], deff=1.0) == ["unreliable", "reliable"]
    assert flags("eclac-2023", df=8) == ["unreliable"]
    assert flags("eclac-2023", df=8, planned=True) == ["reliable"]
    assert flags("eclac-2023", cases=[50, 49, 29]) == ["reliable", "weakly reliable", "unreliable"]
    many = {"estimate": 0.6, "se": 0.3}
    assert flags("eclac-2023", **many, cases=[30, 29]) == ["weakly reliable", "unreliable"]
    assert flags("eclac-2023", estimate=0.1, se=0.09) == ["unreliable"]
    means = flags("eclac-2023", share=False, estimate=1.0, se=[0.2, 0.3, 0.31])
    assert means == ["reliable", "weakly reliable", "unreliable"]


def test_the_logarithmic_cv_of_large_shares_has_two_definitions():
    facts = {"estimate": 0.9, "se": 0.1, "cases": 60}
    # se / p / -ln(1 - p) = 0.048; se / (1 - p) / -ln(1 - p) = 0.434
    assert flags("eclac-2023", **facts) == ["reliable"]
    assert flags("eclac-2023", **facts, log_cv="symmetric") == ["weakly reliable"]


def test_classes_by_the_coefficient_of_variation():
    cv = {"estimate": 0.5, "se": [0.0749, 0.075, 0.1499, 0.15]}
    assert flags("inegi", **cv) == ["high", "moderate", "moderate", "low"]
    cv = {"share": False, "estimate": 1.0, "se": [0.07, 0.15, 0.2, 0.21]}
    assert flags("dane", **cv) == ["very good", "good", "fair", "with caution"]


def test_dhs_counts_cases_only():
    expected = ["suppressed", "in parentheses", "in parentheses", None]
    assert flags("dhs", n=[24, 25, 49, 50]) == expected


@pytest.mark.parametrize("scheme", [name for name, s in SCHEMES.items() if s.needs_errors])
def test_a_share_of_nobody_is_not_assessed_by_its_error_of_zero(scheme):
    assert flags(scheme, estimate=[0.0, 1.0], se=0.0) == [NOT_ASSESSED] * 2
    assert flags(scheme, se=math.nan) == [NOT_ASSESSED]


@pytest.mark.parametrize("scheme", ["eclac-2020", "eclac-2023"])
def test_what_has_no_design_effect_is_not_assessed_where_the_scheme_needs_one(scheme):
    """M1 and M2 passed, because nothing is less than a number that is not known."""
    assert flags(scheme, share=False, deff=math.nan) == [NOT_ASSESSED]


def test_a_design_effect_of_one_is_not_below_one_by_rounding():
    assert flags("eclac-2023", deff=1 - 1e-15) == ["reliable"]


@pytest.mark.parametrize("scheme", SCHEMES)
def test_figures_of_a_sample_of_everybody_have_flags(scheme):
    """The effective size of such a sample was a division by zero."""
    survey = mpi.Survey(people() | {"whole": [1.0] * 200}, psu="psu", fpc="whole")
    flagged = mpi.measure(survey, SPEC).flag(scheme)
    found = flagged.get("H")
    assert (found.se, found.ci_low, found.ci_high) == (0, found.estimate, found.estimate)
    assert flags("eclac-2020", se=0.0, deff=0.0, complete=True) == ["publish"]
    assert flags("eclac-2020", se=0.0, deff=0.0) == [NOT_ASSESSED]


def people(n=200):
    random = np.random.default_rng(3)
    return {
        "a": random.integers(0, 2, n),
        "b": random.integers(0, 2, n),
        "psu": np.arange(n) // 4,
        "area": np.where(np.arange(n) < 180, "large", "small"),
    }


SPEC = mpi.Specification.from_columns({"one": ["a"], "two": ["b"]}, cutoff="1/2")


def test_flags_are_a_column_and_the_rule_a_finding():
    estimates = mpi.measure(mpi.Survey(people(), psu="psu"), SPEC, by="area")
    flagged = estimates.flag("ine-chile-2020")
    rows = flagged.select("H").to_pandas().dropna(subset="group").set_index("group")
    assert rows.loc["small", "flag"] == "unreliable"
    assert rows.loc["large", "flag"] == "reliable"
    assert estimates.to_pandas()["flag"].isna().all()
    (finding,) = flagged.findings.of_code("FLAGGED")
    assert "INE Chile" in finding.detail
    assert (flagged.get("H") - flagged.get("M0")).se > 0


def test_cases_of_a_share_are_those_with_the_attribute():
    frame = people() | {"a": [1] * 10 + [0] * 190, "b": [0] * 200}
    estimates = mpi.measure(mpi.Survey(frame, psu="psu"), SPEC)
    flagged = estimates.flag("eclac-2020").to_pandas().set_index("measure")
    assert flagged.loc["H", "n"] == 200
    assert flagged.loc["H", "flag"] == "suppress"  # 10 poor


def test_what_is_suppressed_is_gone_and_counted():
    estimates = mpi.measure(mpi.Survey(people(), psu="psu"), SPEC, by="area")
    kept = estimates.flag("dhs", suppress=True)
    rows = kept.to_pandas()
    small = rows[rows["group"] == "small"]
    assert small[["estimate", "se", "ci_low", "ci_high", "cv", "deff"]].isna().all().all()
    assert (small["n"].dropna() > 0).all()
    assert rows[rows["group"] == "large"]["estimate"].notna().any()
    (finding,) = kept.findings.of_code("SUPPRESSED")
    assert finding.count == (rows["flag"] == "suppressed").sum()
    assert kept.findings.of_code("SCHEME_UNCONFIRMED")
    with pytest.raises(mpi.EstimationError, match="no standard error"):
        kept.get("H") - kept.get("M0")


def test_a_scheme_that_is_not_there_or_not_possible_is_refused():
    estimates = mpi.measure(mpi.Survey(people(), psu="psu"), SPEC, se=False)
    with pytest.raises(
        mpi.EstimationError, match=r"(?s)no scheme 'eclac'.*Choose one of ine-chile"
    ):
        estimates.flag("eclac")
    with pytest.raises(mpi.EstimationError, match="looks at standard errors, and there are none"):
        estimates.flag("eclac-2020")
    assert estimates.flag("dhs").to_pandas()["flag"].isna().all()
    with pytest.raises(mpi.EstimationError, match="there is no 'log'"):
        estimates.flag("dhs", log_cv="log")
