"""Groups beside the population: ratios by hand, and their errors by two other ways."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import mpi
from mpi.errors import EstimationError

EXACT = 1e-12
ORDER = 1e-9
SPEC = mpi.Specification.from_columns(
    {"health": ["a", "b"], "living": ["d", "e", "f"]}, cutoff="1/2"
)
# EXAMPLES E14: group, weight and five indicators
E14 = pd.DataFrame(
    [
        ("U", 2, 1, 0, 1, 0, 0),
        ("U", 1, 0, 0, 0, 0, 0),
        ("U", 3, 1, 1, 1, 0, 0),
        ("U", 2, 0, 1, 0, 0, 1),
        ("R", 1, 1, 1, 1, 1, 1),
        ("R", 2, 0, 0, 1, 1, 1),
        ("R", 3, 1, 0, 1, 1, 0),
        ("R", 2, 0, 0, 1, 0, 0),
    ],
    columns=["group", "w", "a", "b", "d", "e", "f"],
).rename(columns={"group": "area"})


def e14(**more):
    return mpi.measure(E14, SPEC, weight="w", by="area", k=["5/12", "1/2"], **more)


def test_example_14_contributions_against_population_shares():
    table = mpi.horizontal(e14()).to_pandas().set_index(["group", "measure", "k"])
    expected = {("U", "5/12"): 44 / 89, ("R", "5/12"): 45 / 89, ("U", "1/2"): 8 / 23}
    for (group, k), contribution in expected.items():
        row = table.loc[group, "M0", k]
        assert row["population_share"] == pytest.approx(1 / 2, abs=EXACT)
        assert row["contribution"] == pytest.approx(contribution, abs=EXACT)
        assert row["ratio"] == pytest.approx(2 * contribution, abs=EXACT)
    assert table.loc["U", "H", "1/2"]["ratio"] == pytest.approx((3 / 8) / (9 / 16), abs=EXACT)


@pytest.mark.parametrize("design", [{}, {"psu": "psu"}, {"psu": "psu", "replicates": "jkn"}])
def test_errors_are_those_of_both_ratios_of_figures(design):
    frame = pd.concat([E14] * 3, ignore_index=True)
    frame["psu"] = frame.index // 4
    rng = np.random.default_rng(1)
    for name in "abdef":
        frame[name] = np.where(rng.random(len(frame)) < 0.2, 1 - frame[name], frame[name])
    replicates = mpi.Replicates("jkn") if design.pop("replicates", None) else None
    survey = mpi.Survey(frame, weight="w", **design)
    found = mpi.tabulate(survey, SPEC, by="area").estimate(replicates=replicates)
    for row in mpi.horizontal(found).to_pandas().to_dict("records"):
        own = found.get(row["measure"], area=row["area"]) / found.get(row["measure"])
        assert row["ratio"] == pytest.approx(own.estimate, rel=EXACT)
        for name in ("se", "ci_low", "ci_high", "df", "statistic", "p_value"):
            assert row[name] == pytest.approx(getattr(own, name), rel=ORDER), name
        if replicates is None:
            part = found.get(f"contribution_{row['measure']}", area=row["area"])
            if "psu" in design:
                other = part / found.get("popsh", area=row["area"])
                assert row["se"] == pytest.approx(other.se, rel=ORDER)


def test_nobody_poor_has_no_ratio_and_a_group_without_poor_has_no_interval():
    nobody = E14.assign(a=0, b=0, d=0)
    table = mpi.horizontal(mpi.measure(nobody, SPEC, by="area", k=1)).to_pandas()
    assert table[["ratio", "se"]].isna().all(axis=None)
    one = E14.assign(a=E14["a"] * (E14["area"] == "R"))
    found = mpi.horizontal(mpi.measure(one, SPEC, by="area", k=1))
    table = found.to_pandas().set_index(["group", "measure"])
    assert table.loc[("U", "M0"), "ratio"] == 0
    assert np.isnan(table.loc[("U", "M0"), "ci_low"])
    [finding] = [f for f in found.findings.of_code("NO_INTERVAL") if f.where == "ratio"]
    assert finding.of == 4


def test_a_group_without_anybody_left_has_no_ratio():
    frame = E14.assign(a=E14["a"].where(E14["area"] == "R"))
    table = mpi.horizontal(mpi.measure(frame, SPEC, by="area")).to_pandas()
    lost = table[table["group"] == "U"]
    assert lost[["ratio", "se"]].isna().all(axis=None)


@pytest.mark.parametrize(
    ("given", "options", "message"),
    [
        (lambda: mpi.measure(E14, SPEC), {}, "by: results are not by any group"),
        (e14, {"by": "aera"}, "Did you mean 'area'?"),
        (lambda: e14(se=False), {}, "have no standard errors"),
        (lambda: e14().select("M0"), {}, "no figures of H, contribution_H"),
        (lambda: e14(missing="bounds"), {}, "other than 'bounds'"),
    ],
)
def test_bad_input_gets_a_sentence(given, options, message):
    with pytest.raises(EstimationError) as caught:
        mpi.horizontal(given(), **options)
    assert message in str(caught.value)


def test_the_result_shows_itself():
    assert repr(mpi.horizontal(e14(), by="area")).startswith("Groups beside the population: 8 rows")
