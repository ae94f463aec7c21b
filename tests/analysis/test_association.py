"""Association of pairs of deprivations: by hand, by rows, and as R's survey package computes it."""

from __future__ import annotations

import math
import os
from fractions import Fraction
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import mpi
from mpi.core.normal import below_both, tetrachoric
from mpi.errors import EstimationError

# sums of a few doubles in another order
EXACT = 1e-12
# R computes variances by other matrix products; the README of the reference files states this bound
REFERENCE = 1e-9

E14 = {
    "zone": list("UUUURRRR"),
    "w": [2, 1, 3, 2, 1, 2, 3, 2],
    "a": [1, 0, 1, 0, 1, 0, 1, 0],
    "b": [0, 0, 1, 1, 1, 0, 0, 0],
    "d1": [1, 0, 1, 0, 1, 1, 1, 1],
    "d2": [0, 0, 0, 0, 1, 1, 1, 0],
    "d3": [0, 0, 0, 1, 1, 1, 0, 0],
}
NESTED = mpi.Specification.from_columns(
    {"health": ["a", "b"], "living": ["d1", "d2", "d3"]}, cutoff="1/2"
)
E4 = {
    "j1": [1, 0, 0, 1, 1],
    "j2": [0, 1, 1, 0, 0],
    "j3": [1, 0, 1, 0, 1],
    "j4": [0, 0, 1, 0, 0],
}
GLOBAL = mpi.Specification.from_columns(
    {
        "health": ["d_nutr", "d_cm"],
        "education": ["d_satt", "d_educ"],
        "living": ["d_elct", "d_sani", "d_wtr", "d_hsg", "d_ckfl", "d_asst"],
    },
    cutoff="1/3",
)


def made_up(rows=240, seed=3, **extra):
    """A survey of strata, PSUs and weights, with two zones."""
    random = np.random.default_rng(seed)
    common = random.normal(size=rows)
    frame = {
        name: (common * share + random.normal(size=rows) > cut).astype(int).tolist()
        for name, share, cut in (("a", 1.0, 0.3), ("b", 0.8, 0.9), ("d1", 0.2, -0.2))
    }
    frame |= {
        "w": (random.integers(1, 9, rows) / 4).tolist(),
        "stratum": (np.arange(rows) // 60).tolist(),
        "psu": (np.arange(rows) // 6).tolist(),
        "zone": random.choice(["n", "s"], rows).tolist(),
    }
    spec = mpi.Specification.from_columns({"x": ["a", "b"], "y": ["d1"]}, cutoff="1/2")
    design = {"weight": "w", "strata": "stratum", "psu": "psu"} | extra
    return frame, mpi.tabulate(mpi.Survey(frame, **design), spec, by="zone")


def reference(*parts):
    default = Path(__file__).parents[2].parent / "shared" / "data"
    path = Path(os.environ.get("MPI_SHARED_DATA", default), "reference", *parts)
    if not path.exists():
        pytest.skip(f"microdata not present: ../shared/data/reference/{'/'.join(parts)}")
    return pd.read_csv(path)


def of(result, **group):
    """The row of a pair in a wide table."""
    rows = result.to_pandas()
    for name, value in group.items():
        rows = rows[rows[name].isna() if value is None else rows[name] == value]
    assert len(rows) == 1
    return rows.iloc[0]


def test_forty_five_pairs_have_the_figures_errors_and_tests_of_r():
    expected = reference("syn", "association.csv")
    frame = reference("syn", "syn_weighted.csv")
    survey = mpi.Survey(frame, weight="weight", strata="stratum", psu="psu")
    order = list(dict.fromkeys([*expected["first"], *expected["second"]]))
    found = mpi.association(mpi.tabulate(survey, GLOBAL), order)
    pairs, tests = found.pairs.to_pandas(), found.tests.to_pandas()
    pairs, tests = pairs[pairs["k"].isna()], tests[tests["k"].isna()]
    assert list(pairs["first"] + pairs["second"]) == list(expected["first"] + expected["second"])
    for name in ("p11", "p1", "p2", "R0", "R0_se", "phi", "phi_se"):
        np.testing.assert_allclose(pairs[name], expected[name], rtol=REFERENCE)
    for ours, theirs in (("F", "F"), ("ndf", "ndf"), ("ddf", "ddf"), ("p_value", "p")):
        np.testing.assert_allclose(tests[ours].astype(float), expected[theirs], rtol=REFERENCE)


def test_the_worked_example_has_the_redundancy_and_correlation_on_paper():
    found = mpi.association(mpi.tabulate(mpi.Survey(E14, weight="w"), NESTED), se=False).estimates

    def figure(measure, first, second):
        rows = found.to_pandas()
        rows = rows[rows["k"].isna() & (rows["measure"] == measure)]
        return rows[(rows["indicator"] == first) & (rows["category"] == second)]["estimate"].item()

    assert figure("p11", "a", "d1") == pytest.approx(9 / 16, abs=EXACT)
    assert figure("R0", "a", "d1") == 1
    assert figure("phi", "a", "d1") == pytest.approx(27 / math.sqrt(2457), abs=EXACT)
    assert figure("R0", "a", "b") == pytest.approx(2 / 3, abs=EXACT)
    assert figure("phi", "a", "b") == pytest.approx(10 / math.sqrt(3780), abs=EXACT)
    assert figure("R0", "b", "d2") == pytest.approx(1 / 6, abs=EXACT)
    assert figure("phi", "b", "d2") == pytest.approx(-1 / 3, abs=EXACT)
    assert figure("V", "b", "d2") == pytest.approx(1 / 3, abs=EXACT)


def test_five_persons_have_the_association_counted_on_their_rows():
    spec = mpi.Specification.from_columns({n: [n] for n in E4}, cutoff="1/2")
    found = mpi.association(mpi.tabulate(E4, spec), se=False)
    # among the deprivations of the poor (persons 1, 3 and 5), of five people
    both = of(found.pairs, k="1/2", first="j1", second="j3")
    assert (both["p11"], both["p1"], both["p2"]) == (2 / 5, 2 / 5, 3 / 5)
    assert both["R0"] == 1
    assert both["R0_low"] == pytest.approx(0, abs=EXACT)
    assert both["phi"] == pytest.approx((2 / 5 - 6 / 25) / math.sqrt(36 / 625), abs=EXACT)
    everybody = of(found.pairs, k=None, first="j1", second="j3")
    assert (everybody["p11"], everybody["p1"]) == (2 / 5, 3 / 5)
    assert everybody["R0_low"] == pytest.approx(Fraction(1, 5) / Fraction(3, 5), abs=EXACT)


def test_errors_are_those_of_arithmetic_with_the_figures():
    _, profiles = made_up()
    found = mpi.association(profiles).estimates
    for group in ({}, {"zone": "n"}):
        about = {"indicator": "a", "category": "b", "k": "1/2"} | group
        both = found.get("p11", **about)
        b = found.get("hdk", indicator="b", k="1/2", **group)
        a = found.get("hdk", indicator="a", k="1/2", **group)
        by_hand = both / b  # the rarer of the two
        redundancy = found.get("R0", **about)
        assert redundancy.estimate == pytest.approx(by_hand.estimate, rel=EXACT)
        assert redundancy.se == pytest.approx(by_hand.se, rel=1e-10)
        assert redundancy.df == by_hand.df
        phi = (both - a * b) / (a * (1 - a) * b * (1 - b)) ** 0.5
        assert found.get("phi", **about).se == pytest.approx(phi.se, rel=1e-10)
        assert found.get("V", **about).se == pytest.approx(phi.se, rel=1e-10)
        # and they go on into further arithmetic
        assert (redundancy - by_hand).se ** 2 == pytest.approx(0, abs=EXACT)
        assert found.get("phi", **about).ci_low > -1


def test_the_tetrachoric_error_is_that_of_a_step_of_each_cell():
    _, profiles = made_up()
    found = mpi.association(profiles, k="1/2").estimates
    about = {"indicator": "a", "category": "d1", "k": "1/2"}
    both = found.get("p11", **about)
    a, d = (found.get("hdk", indicator=n, k="1/2") for n in ("a", "d1"))
    values = np.array([[both.estimate], [a.estimate], [d.estimate]])
    step, slopes = 1e-6, []
    for place in range(3):
        up, down = values.copy(), values.copy()
        up[place] += step
        down[place] -= step
        slopes.append(float((tetrachoric(*up) - tetrachoric(*down))[0]) / (2 * step))
    matrix = found.covariance([both, a, d])
    se = math.sqrt(np.array(slopes) @ matrix @ np.array(slopes))
    assert found.get("tetrachoric", **about).se == pytest.approx(se, rel=1e-6)


def test_replicates_compute_every_function_again():
    frame, profiles = made_up()
    jackknife = mpi.association(profiles, replicates=mpi.Replicates("jkn")).estimates
    phi = jackknife.get("phi", indicator="a", category="b", k="1/2")
    columns = pd.DataFrame(frame)
    score = (columns["a"] + columns["b"]) / 4 + columns["d1"] / 2
    poor = score >= 0.5
    a, b = columns["a"] * poor, columns["b"] * poor

    def value(weight):
        return np.cov(a, b, aweights=weight, ddof=0)[0, 1] / math.sqrt(
            np.cov(a, aweights=weight, ddof=0) * np.cov(b, aweights=weight, ddof=0)
        )

    whole, total = value(columns["w"]), 0.0
    for psu in columns["psu"].unique():
        stratum = columns.loc[columns["psu"] == psu, "stratum"].iloc[0]
        mine = columns["stratum"] == stratum
        n = columns.loc[mine, "psu"].nunique()
        factor = np.where(columns["psu"] == psu, 0, np.where(mine, n / (n - 1), 1))
        total += (n - 1) / n * (value(columns["w"] * factor) - whole) ** 2
    assert phi.estimate == pytest.approx(whole, rel=1e-10)
    assert phi.se == pytest.approx(math.sqrt(total), rel=1e-9)
    # the covariance comes from the same replicates
    assert math.sqrt(jackknife.covariance([phi])[0, 0]) == pytest.approx(phi.se, rel=1e-10)


def test_rows_drawn_directly_are_psus_of_one_row():
    frame, _ = made_up(rows=120)
    frame["id"] = list(range(120))
    spec = mpi.Specification.from_columns({"x": ["a", "b"], "y": ["d1"]}, cutoff="1/2")
    direct = mpi.Survey(frame, weight="w", strata="stratum")
    single = mpi.Survey(frame, weight="w", strata="stratum", psu="id")
    one, other = (
        mpi.association(mpi.tabulate(survey, spec, by="zone")) for survey in (direct, single)
    )
    for a, b in ((one.pairs, other.pairs), (one.tests, other.tests)):
        pd.testing.assert_frame_equal(a.to_pandas(), b.to_pandas(), rtol=1e-9, atol=1e-12)


def test_the_test_of_a_table_with_an_empty_cell_is_the_matrix_formula_of_svychisq():
    frame, _ = made_up()
    frame["b"] = [min(a, b) for a, b in zip(frame["a"], frame["b"], strict=True)]
    spec = mpi.Specification.from_columns({"x": ["a"], "y": ["b"]}, cutoff="1/2")
    survey = mpi.Survey(frame, weight="w", strata="stratum", psu="psu")
    found = mpi.association(mpi.tabulate(survey, spec))
    rows = pd.DataFrame(frame)
    cells = np.array([(rows["a"] == i) & (rows["b"] == j) for j in (0, 1) for i in (0, 1)]).T * 1.0
    share = rows["w"].to_numpy() @ cells / rows["w"].sum()
    assert share.min() == 0
    z = (cells - share) * (rows["w"] / rows["w"].sum()).to_numpy()[:, None]
    variance = np.zeros((4, 4))
    for _, stratum in rows.groupby("stratum"):
        totals = np.array([z[own.index].sum(axis=0) for _, own in stratum.groupby("psu")])
        away, n = totals - totals.mean(axis=0), len(totals)
        variance += n / (n - 1) * away.T @ away
    inverse = np.diag(np.divide(1, share, out=np.zeros(4), where=share > 0))
    contrast = np.array([[1.0, -1.0, -1.0, 1.0]]).T
    n = len(rows)
    delta = np.trace(
        np.linalg.solve(
            contrast.T @ (inverse / n) @ contrast,
            contrast.T @ inverse @ variance @ inverse @ contrast,
        )
    )
    phi = of(found.pairs, k=None)["phi"]
    test = of(found.tests, k=None)
    assert test["F"] == pytest.approx(n * phi**2 / delta, rel=1e-9)
    assert test["p_value"] == pytest.approx(stats.f.sf(test["F"], 1, test["ddf"]), rel=1e-9)
    assert math.isnan(of(found.pairs, k=None)["tetrachoric"])
    assert found.estimates.findings.of_code("EMPTY_CELL")[0].count == 1


@pytest.mark.parametrize("correlation", [-0.95, -0.3, 0.0, 0.4, 0.99])
def test_the_bivariate_normal_is_that_of_scipy(correlation):
    h = np.array([-1.5, -0.2, 0.0, 0.0, 0.7, 0.0, 1.3])
    k = np.array([-0.5, 0.9, 0.0, -1.1, 0.0, 0.8, 1.3])
    matrix = [[1, correlation], [correlation, 1]]
    expected = [
        stats.multivariate_normal.cdf(point, cov=matrix) for point in zip(h, k, strict=True)
    ]
    both = below_both(h, k, np.full(7, math.asin(correlation)))
    np.testing.assert_allclose(both, expected, atol=1e-9)
    first, second = stats.norm.cdf(h), stats.norm.cdf(k)
    # a share near 0 does not tell the correlation to more digits than it has
    cells = np.array([both, first - both, second - both, 1 - first - second + both])
    inside = (cells > 1e-4).all(axis=0)
    again = tetrachoric(both, first, second)
    np.testing.assert_allclose(again[inside], correlation, atol=1e-9)


def test_half_and_half_has_the_correlation_of_the_quarter_circle():
    # r = sin(2 pi (p11 - 1/4)) where half of the people are deprived in each (Sheppard 1899)
    found = tetrachoric(np.array([0.1, 0.25, 0.4]), np.full(3, 0.5), np.full(3, 0.5))
    np.testing.assert_allclose(found, np.sin(2 * np.pi * np.array([-0.15, 0, 0.15])), atol=1e-14)


def test_nobody_poor_leaves_the_censored_association_undefined():
    frame = E14 | {"d1": [0] * 8, "d2": [0] * 8}
    found = mpi.association(mpi.tabulate(mpi.Survey(frame, weight="w"), NESTED), k=1)
    row = of(found.pairs, k="1", first="a", second="b")
    assert row["p11"] == 0
    assert math.isnan(row["R0"])
    assert math.isnan(row["phi"])
    assert math.isnan(of(found.tests, k="1", first="a", second="b")["F"])


def test_missing_answers_are_left_out_or_count_as_no():
    frame = E14 | {"b": [0, 0, None, 1, 1, 0, 0, 0]}
    profiles = mpi.tabulate(mpi.Survey(frame, weight="w"), NESTED)
    left = mpi.association(profiles, ["a", "b"], se=False)
    assert of(left.pairs, k=None)["p11"] == pytest.approx(1 / 13)
    assert left.pairs.findings.of_code("MISSING_DROPPED")
    kept = mpi.association(profiles, ["a", "b"], missing="nondeprived", se=False)
    assert of(kept.pairs, k=None)["p11"] == pytest.approx(1 / 16)


def test_functions_of_units_drawn_directly_have_the_covariance_of_their_errors():
    frame, _ = made_up(rows=120)
    spec = mpi.Specification.from_columns({"x": ["a", "b"], "y": ["d1"]}, cutoff="1/2")
    profiles = mpi.tabulate(mpi.Survey(frame, weight="w", strata="stratum"), spec, by="zone")
    found = mpi.association(profiles).estimates
    figures = [
        found.get(measure, indicator="a", category="b", k="1/2", zone="n")
        for measure in ("phi", "R0", "p11", "tetrachoric")
    ]
    matrix = found.covariance(figures)
    np.testing.assert_allclose(np.sqrt(np.diag(matrix)), [f.se for f in figures], rtol=1e-9)
    assert found.differences("phi", by="zone", k="1/2", indicator="a", category="b")["n - s"].df > 0


def test_supplied_replicates_need_no_psus():
    frame, _ = made_up(rows=60)
    random = np.random.default_rng(4)
    for r in range(8):
        frame[f"r{r}"] = (np.array(frame["w"]) * random.choice([0.5, 1.5], 60)).tolist()
    spec = mpi.Specification.from_columns({"x": ["a", "b"], "y": ["d1"]}, cutoff="1/2")
    columns = tuple(f"r{r}" for r in range(8))
    replicates = mpi.Replicates("fay", columns=columns, rho=0.5)
    profiles = mpi.tabulate(mpi.Survey(frame, weight="w", replicates=replicates), spec)
    row = of(mpi.association(profiles).pairs, k=None, first="a", second="b")
    plain = [
        of(
            mpi.association(mpi.tabulate(mpi.Survey(frame, weight=w), spec), se=False).pairs,
            k=None,
            first="a",
            second="b",
        )["phi"]
        for w in columns
    ]
    se = math.sqrt(sum((value - row["phi"]) ** 2 for value in plain) / (8 * 0.25))
    assert row["phi_se"] == pytest.approx(se, rel=1e-9)


def test_functions_are_flagged_by_the_units_they_rest_on():
    _, profiles = made_up()
    found = mpi.association(profiles).estimates
    flagged = found.flag("dhs").to_pandas()
    assert set(flagged[flagged["measure"] == "phi"]["n"]) == {
        240,
        *found.select("hd").to_pandas().query("zone.notna()")["n"],
    }
    assert found.flag("eclac-2020").select("p11", "phi").to_pandas()["flag"].notna().all()


def test_households_can_be_counted_instead():
    frame = {"hh": [1, 1, 2, 3], "a": [1, 1, 0, 1], "b": [1, 1, 0, 0]}
    spec = mpi.Specification.from_columns({"x": ["a"], "y": ["b"]}, cutoff="1/2", unit="household")
    profiles = mpi.tabulate(mpi.Survey(frame, household_id="hh"), spec)
    shares = [
        of(mpi.association(profiles, count=count, se=False).pairs, k=None)["p11"]
        for count in ("persons", "households")
    ]
    assert shares == pytest.approx([1 / 2, 1 / 3])


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"indicators": ["a", "z"]}, ["there is no indicator 'z'"]),
        ({"indicators": ["a", "a"]}, ["'a' is named twice"]),
        ({"indicators": ["a"]}, ["1 indicator is no pair", "two or more"]),
        ({"indicators": []}, ["none is named"]),
        ({"missing": "bounds"}, ["under 'bounds' a unit has two scores", "another policy"]),
        ({"k": 3}, ["cutoff 3 is not above 0"]),
        ({"df": "many"}, ["there is no option 'many'"]),
    ],
)
def test_bad_arguments_are_named(arguments, words):
    profiles = mpi.tabulate(mpi.Survey(E14, weight="w"), NESTED)
    with pytest.raises(EstimationError) as caught:
        mpi.association(profiles, **arguments)
    for word in words:
        assert word in str(caught.value)


def test_something_else_than_profiles_is_refused():
    with pytest.raises(EstimationError, match="'dict' is no profile table"):
        mpi.association(E14)


def test_results_show_themselves():
    found = mpi.association(mpi.tabulate(mpi.Survey(E14, weight="w"), NESTED, by="zone"))
    assert "tetrachoric" in repr(found)
    assert found._repr_html_().count("<table>") == 4
    assert {"p_adjusted", "zone"} <= set(found.tests.columns)


@pytest.mark.parametrize("samples", ["independent", "overlapping"])
def test_functions_of_figures_of_two_surveys_are_compared(samples):
    frames = [
        {
            "a": [1, 1, 0, 0, 1, 0, 1, 0],
            "b": [1, 0, 0, 1, 1, 0, 1, 1],
            "c": [0, 1, 0, 1, 1, 0, 0, 0],
            "psu": [1, 1, 2, 2, 3, 3, 4, 4],
        },
        {
            "a": [1, 0, 0, 1, 1, 0, 1, 1],
            "b": [0, 0, 0, 1, 1, 0, 1, 0],
            "c": [0, 1, 1, 1, 1, 0, 0, 1],
            "psu": [1, 1, 2, 2, 3, 3, 4, 4],
        },
    ]
    spec = mpi.Specification.from_columns({"d": ["a", "b", "c"]}, cutoff="1/3")
    waves = [
        mpi.association(mpi.tabulate(mpi.Survey(frame, psu="psu"), spec)).estimates
        for frame in frames
    ]
    changes = mpi.change(*waves, years=[2000, 2001], samples=samples).to_pandas()
    pooled = mpi.pool(*waves, samples=samples)
    kept = changes["k"].eq("1/3") & changes["measure"].eq("phi") & ~changes["annualized"]
    rows = changes[kept & changes["change"].eq("absolute")]
    assert len(rows) > 0
    for row in rows.itertuples():
        about = {"indicator": row.indicator, "category": row.category, "k": "1/3"}
        first, second = (one.get("phi", **about) for one in pooled)
        contrast = second - first
        assert row.estimate == pytest.approx(contrast.estimate, rel=1e-12)
        assert row.se == pytest.approx(contrast.se, rel=1e-9)
        assert row.df == contrast.df
