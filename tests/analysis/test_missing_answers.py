"""Missing answers: the worked example, who differs, and many left out."""

from __future__ import annotations

from fractions import Fraction

import pandas as pd
import pytest

import mpi
from mpi.errors import EstimationError

EXACT = 1e-12
E14 = {
    "zone": list("UUUURRRR"),
    "w": [2, 1, 3, 2, 1, 2, 3, 2],
    "psu": [1, 1, 2, 2, 3, 3, 4, 4],
    "a": [1, 0, 1, 0, 1, 0, 1, 0],
    "b": [0, 0, None, 1, 1, 0, 0, 0],
    "d1": [1, 0, 1, 0, 1, 1, 1, None],
    "d2": [0, 0, 0, 0, 1, None, 1, 0],
    "d3": [0, 0, 0, 1, 1, 1, 0, 0],
}
NESTED = mpi.Specification.from_columns(
    {"health": ["a", "b"], "living": ["d1", "d2", "d3"]}, cutoff="1/2"
)
TABLE = {
    "drop": ("4/9", "11/16", "11/36"),
    "reweight": ("7/16", "53/84", "53/192"),
    "nondeprived": ("1/4", "11/16", "11/64"),
    "deprived": ("9/16", "23/36", "23/64"),
}


def profiles(frame=None, **design):
    survey = mpi.Survey(E14 if frame is None else frame, weight="w", **({"psu": "psu"} | design))
    return mpi.tabulate(survey, NESTED, by="zone")


@pytest.mark.parametrize("policy", TABLE)
def test_the_worked_example_has_every_policy_on_paper(policy):
    found = mpi.missing_answers(profiles()).estimates
    for measure, expected in zip(("H", "A", "M0"), TABLE[policy], strict=True):
        figure = found.get(measure, category=policy)
        assert figure.estimate == pytest.approx(float(Fraction(expected)), abs=EXACT)
        away = found.get(f"{measure}_difference", category="nondeprived - drop").estimate
        low, drop = (
            Fraction(TABLE[p][("H", "A", "M0").index(measure)]) for p in ("nondeprived", "drop")
        )
        assert away == pytest.approx(float(low - drop), abs=EXACT)


def test_retained_shares_stand_by_group_with_a_finding_where_many_are_lost():
    found = mpi.missing_answers(profiles())
    rows = found.retained.to_pandas().set_index(found.retained.to_pandas()["group"].fillna("all"))
    assert rows.loc["all", ["n", "n_kept", "unweighted"]].tolist() == [8, 5, 5 / 8]
    assert rows.loc["all", "weighted"] == pytest.approx(9 / 16, abs=EXACT)
    assert rows.loc["U", "weighted"] == pytest.approx(5 / 8, abs=EXACT)
    assert rows.loc["R", "weighted"] == pytest.approx(4 / 8, abs=EXACT)
    assert rows.loc["all", "se"] > 0
    many = found.retained.findings.of_code("MANY_DROPPED")
    assert [finding.where for finding in many] == ["national", "zone=R", "zone=U"]
    assert many[0].share == pytest.approx(7 / 16)


def test_those_left_out_are_compared_by_a_design_based_difference():
    found = mpi.missing_answers(profiles())
    rows = found.tests.to_pandas()
    row = rows[(rows["by"] == "national") & (rows["indicator"] == "a")].iloc[0]
    assert row["observed"] == "always observed"
    # kept: rows 1, 2, 4, 5, 7; a deprives rows 1, 5, 7 of them, and row 3 of the others
    assert row["kept"] == pytest.approx(6 / 9, abs=EXACT)
    assert row["dropped"] == pytest.approx(3 / 7, abs=EXACT)
    # totals of the linearised difference by PSU; every PSU counts in both domains
    w, a = E14["w"], E14["a"]
    kept = [i in (0, 1, 3, 4, 6) for i in range(8)]
    z = [w[i] * (a[i] - 6 / 9) / 9 if kept[i] else -w[i] * (a[i] - 3 / 7) / 7 for i in range(8)]
    totals = [z[2 * p] + z[2 * p + 1] for p in range(4)]
    mean = sum(totals) / 4
    se = (4 / 3 * sum((t - mean) ** 2 for t in totals)) ** 0.5
    assert row["se"] == pytest.approx(se, abs=EXACT)
    assert row["t"] == pytest.approx((6 / 9 - 3 / 7) / se, abs=1e-10)
    assert row["df"] == 3


def test_a_share_of_nobody_or_everybody_is_not_tested():
    found = mpi.missing_answers(profiles()).tests.to_pandas()
    row = found[(found["by"] == "national") & (found["indicator"] == "b")].iloc[0]
    assert row["observed"] == "where observed"
    assert row["dropped"] == 0
    assert pd.isna(row["p_value"])


def test_complete_answers_make_all_policies_the_same():
    complete = E14 | {"b": [0] * 8, "d1": [1] * 8, "d2": [0, 1] * 4}
    found = mpi.missing_answers(profiles(complete))
    table = found.estimates.to_pandas()
    away = table[
        table["measure"].str.endswith("_difference") & (table["measure"] != "hd_difference")
    ]
    assert (away["estimate"] == 0).all()
    assert (found.retained.to_pandas()["weighted"] == 1).all()
    assert not found.retained.findings.of_code("MANY_DROPPED")
    assert found.tests.to_pandas()["difference"].isna().all()


def test_nobody_with_all_answers_still_shows_what_is_missing():
    frame = E14 | {"a": [None] * 8}
    found = mpi.missing_answers(profiles(frame))
    assert (found.retained.to_pandas()["n_kept"] == 0).all()
    table = found.estimates.to_pandas()
    assert table[table["category"] == "drop"]["estimate"].isna().all()
    assert found.estimates.get("missing", indicator="a").estimate == 1
    assert found.estimates.get("H", category="reweight").estimate > 0


def test_units_drawn_directly_are_psus_of_one_row():
    frame = E14 | {"id": list(range(8))}
    one = mpi.missing_answers(profiles(frame, psu=None)).estimates.to_pandas()
    other = mpi.missing_answers(profiles(frame, psu="id")).estimates.to_pandas()
    pd.testing.assert_frame_equal(one, other, rtol=1e-9, atol=1e-12)


def test_replicates_give_errors_of_differences_too():
    found = mpi.missing_answers(profiles(), replicates=mpi.Replicates("jk1")).estimates
    figure = found.get("H_difference", category="reweight - drop")
    one, other = (found.get("H", category=p) for p in ("reweight", "drop"))
    assert figure.se == pytest.approx((one - other).se, rel=1e-9)


def test_bad_arguments_are_named():
    with pytest.raises(EstimationError, match="cutoff 2 is not above 0"):
        mpi.missing_answers(profiles(), k=2)
    with pytest.raises(EstimationError, match="'widgets' cannot be counted"):
        mpi.missing_answers(profiles(), count="widgets")
    with pytest.raises(EstimationError, match="no profile table"):
        mpi.missing_answers(E14)


def test_results_show_themselves():
    found = mpi.missing_answers(profiles())
    assert "n_kept" in repr(found)
    assert found._repr_html_().count("<caption>") == 3
