"""Changes between waves: worked numbers, laws, groups and zeros, and what is refused."""

from __future__ import annotations

import re
from math import exp, log, sqrt

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy import stats

import mpi

# the same few operations in another order
EXACT = 1e-12
law = settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.too_slow])
SPEC = mpi.Specification.from_columns({"one": ["a"], "two": ["b"]}, cutoff="1/2")
OTHER = mpi.Specification.from_columns({"one": ["a"], "two": ["b"]}, cutoff=1)


def wave(a, b, psu, spec=SPEC, *, k=None, by=None, **survey):
    frame = pd.DataFrame({"a": a, "b": b, "psu": psu, **survey.pop("columns", {})})
    profiles = mpi.tabulate(mpi.Survey(frame, psu="psu", **survey), spec, by=by)
    return profiles.estimate(k)


def row(changes, measure, change, *, annualized=False, **more):
    table = changes.to_pandas()
    kept = (table["measure"] == measure) & (table["change"] == change)
    kept &= table["annualized"] == annualized
    for name, value in more.items():
        kept &= table[name] == value
    (found,) = table[kept].to_dict("records")
    return found


# M0 1/2 -> 2/5 over five years (Alkire et al. 2015, chapter 9)
FIRST = wave([1, 1, 1, 0, 0], [1, 1, 0, 0, 0], [1, 2, 3, 4, 5])
SECOND = wave([1, 1, 0, 0, 0], [1, 1, 0, 0, 0], [6, 7, 8, 9, 10])


# compulsory years of school by a law that changes between the waves of 2022 and 2024
SCHOOL = """
id = "school"
unit = "person"
cutoff = 1
[[norm]]
id = "years"
[[norm.value]]
value = 6
in_force = 2000
basis = { instrument = "A", status = "statute" }
[[norm.value]]
value = 9
in_force = 2023
basis = { instrument = "B", status = "statute" }
[[dimension]]
id = "education"
[[dimension.indicator]]
id = "short"
deprived = 'a < norm("years")'
"""


def judged(tmp_path, year, **survey):
    path = tmp_path / "school.toml"
    path.write_text(SCHOOL, encoding="utf-8")
    return wave([5, 7, 9, 12], [0, 0, 0, 0], [year, year + 1] * 2, str(path), date=year, **survey)


def test_waves_under_other_laws_are_refused_with_the_norm_that_changed(tmp_path):
    old, new = judged(tmp_path, 2022), judged(tmp_path, 2024)
    words = (
        "law_as_of: waves are judged by different laws: "
        "norm 'years' is 6 on 2022-12-31 and 9 on 2024-12-31."
    )
    with pytest.raises(mpi.EstimationError, match=re.escape(words)) as caught:
        mpi.change(old, new, samples="independent")
    assert "waves differ in it" not in str(caught.value)
    changes = mpi.change(old, new, samples="independent", other_specification=True)
    assert row(changes, "H", "absolute")["estimate"] == pytest.approx(0.25, rel=EXACT)


def test_waves_under_one_law_are_compared(tmp_path):
    old, new = judged(tmp_path, 2022), judged(tmp_path, 2024, law_as_of=2022)
    changes = mpi.change(old, new, samples="independent")
    assert row(changes, "H", "absolute")["estimate"] == 0.0
    before = judged(tmp_path, 2020)  # another date under the same law
    assert row(mpi.change(before, old, samples="independent"), "H", "absolute")["estimate"] == 0.0


def test_the_rates_of_alkire_and_others():
    changes = mpi.change(FIRST, SECOND, years=[2010, 2015])
    expected = {
        ("absolute", False): -0.1,
        ("relative", False): -0.2,
        ("absolute", True): -0.02,
        ("relative", True): -0.043647500209963,
    }
    for (form, annualized), value in expected.items():
        found = row(changes, "M0", form, annualized=annualized)
        assert found["estimate"] == pytest.approx(value, rel=EXACT)
        assert (found["estimate_0"], found["estimate_1"]) == (0.5, 0.4)
        assert (found["year_0"], found["year_1"]) == (2010, 2015)


def test_errors_of_independent_samples_by_hand():
    changes = mpi.change(FIRST, SECOND, years=[2010, 2015])
    a, b = FIRST.get("M0"), SECOND.get("M0")
    r, years = b.estimate / a.estimate, 5
    relative = r * sqrt((a.se / a.estimate) ** 2 + (b.se / b.estimate) ** 2)
    assert row(changes, "M0", "absolute")["se"] == pytest.approx(sqrt(a.se**2 + b.se**2), rel=EXACT)
    assert row(changes, "M0", "relative")["se"] == pytest.approx(relative, rel=EXACT)
    yearly = row(changes, "M0", "relative", annualized=True)
    slope = r ** (1 / years - 1) / years
    assert yearly["se"] == pytest.approx(slope * relative, rel=EXACT)
    assert yearly["df"] == 8
    t, error = stats.t.ppf(0.975, 8), relative / r / years
    limits = [r ** (1 / years) * exp(sign * t * error) - 1 for sign in (-1, 1)]
    assert [yearly["ci_low"], yearly["ci_high"]] == pytest.approx(limits, rel=1e-9)
    statistic = log(r) / (relative / r)
    assert yearly["statistic"] == pytest.approx(statistic, rel=EXACT)
    assert yearly["p_value"] == pytest.approx(2 * stats.t.sf(abs(statistic), 8), rel=1e-9)


def test_the_first_with_the_last_and_any_two():
    third = wave([1, 0, 0, 0, 0], [0, 0, 0, 0, 0], [11, 12, 13, 14, 15])
    pairs = {}
    for choice in ("successive", "total", "all"):
        table = mpi.change(FIRST, SECOND, third, years=[1, 2.5, 4], pairs=choice).to_pandas()
        pairs[choice] = list(table[["wave_0", "wave_1"]].drop_duplicates().itertuples(index=False))
    assert pairs == {
        "successive": [(1, 2), (2, 3)],
        "total": [(1, 3)],
        "all": [(1, 2), (1, 3), (2, 3)],
    }


@pytest.mark.parametrize("samples", ["independent", "overlapping"])
def test_changes_are_the_differences_of_pooled_figures(samples):
    psu = [1, 2, 3, 4, 5]
    waves = [
        wave([1, 1, 1, 0, 0], [1, 0, 1, 0, 1], psu, columns={"g": [0, 0, 1, 1, 1]}, by="g"),
        wave([1, 0, 1, 0, 0], [0, 0, 1, 0, 1], psu, columns={"g": [0, 0, 1, 1, 1]}, by="g"),
    ]
    changes = mpi.change(*waves, years=[1, 2], samples=samples)
    first, second = mpi.pool(*waves, samples=samples)
    for group in (None, 0, 1):
        about = {} if group is None else {"g": group}
        contrast = second.get("M0", **about) - first.get("M0", **about)
        by = {"by": "national"} if group is None else {"by": "g", "group": str(group)}
        found = row(changes, "M0", "absolute", **by)
        assert found["estimate"] == pytest.approx(contrast.estimate, rel=EXACT)
        assert found["se"] == pytest.approx(contrast.se, rel=EXACT)
        assert found["df"] == contrast.df


def test_an_identical_wave_of_the_same_psus_has_no_error():
    a, b, psu = [1, 1, 0, 0, 1, 0], [0, 1, 0, 1, 1, 0], [1, 1, 2, 2, 3, 3]
    changes = mpi.change(wave(a, b, psu), wave(a, b, psu), years=[1, 2], samples="overlapping")
    table = changes.to_pandas()
    known = table[table["estimate"].notna() & table["se"].notna()]
    assert len(known) > 20
    assert (known["estimate"] == 0).all()
    assert (known["se"] <= EXACT).all()


waves_of = st.lists(st.tuples(st.integers(0, 1), st.integers(0, 1)), min_size=8, max_size=8)


@law
@given(first=waves_of, second=waves_of, span=st.floats(0.25, 12))
def test_forms_of_a_change_agree(first, second, span):
    psu = list(range(8))
    made = [wave(*zip(*rows, strict=True), psu) for rows in (first, second)]
    table = mpi.change(*made, years=[2000, 2000 + span], samples="overlapping").to_pandas()
    forms = {
        key: part.reset_index(drop=True) for key, part in table.groupby(["change", "annualized"])
    }
    absolute, relative = forms["absolute", False], forms["relative", False]
    a, b = absolute["estimate_0"], absolute["estimate_1"]
    np.testing.assert_allclose(absolute["estimate"], b - a, rtol=0, atol=EXACT)
    years = (2000 + span) - 2000
    np.testing.assert_allclose(
        forms["absolute", True]["se"] * years, absolute["se"], rtol=1e-9, atol=EXACT
    )
    np.testing.assert_allclose(a * (1 + relative["estimate"]), b.where(a > 0), atol=EXACT)
    yearly = forms["relative", True]["estimate"]
    np.testing.assert_allclose(
        (1 + yearly) ** years, 1 + relative["estimate"], rtol=1e-9, atol=EXACT
    )
    assert not np.isinf(table.select_dtypes("number")).to_numpy().any()


def test_where_nobody_is_poor_any_more_the_results_are_defined():
    nobody = wave([0] * 5, [0] * 5, [6, 7, 8, 9, 10])
    changes = mpi.change(FIRST, nobody, years=[2010, 2015])
    assert row(changes, "H", "absolute")["estimate"] == -0.6
    assert row(changes, "H", "absolute")["se"] == FIRST.get("H").se
    assert row(changes, "H", "relative")["estimate"] == -1
    yearly = row(changes, "H", "relative", annualized=True)
    assert yearly["estimate"] == -1
    assert np.isnan(yearly["se"])
    # among nobody there is no intensity
    assert np.isnan(row(changes, "A", "absolute")["estimate"])
    back = mpi.change(nobody, FIRST, years=[2010, 2015])
    assert back.to_pandas().query("measure == 'H' and change == 'relative'")["se"].isna().all()
    assert row(back, "H", "absolute")["estimate"] == 0.6


def test_groups_of_one_wave_only_are_findings():
    columns = [{"g": ["n", "n", "s", "s", "e"]}, {"g": ["n", "n", "s", "w", "w"]}]
    waves = [
        wave([1, 0, 1, 0, 1], [0, 0, 1, 0, 1], [p + i for i in range(5)], columns=own, by="g")
        for own, p in zip(columns, (0, 5), strict=True)
    ]
    changes = mpi.change(*waves, years=[1, 2])
    groups = changes.to_pandas().query("by == 'g'")["group"].unique().tolist()
    assert groups == ["n", "s"]
    found = [f for f in changes.findings if f.code == "GROUP_IN_ONE_WAVE"]
    assert [(f.where, f.count) for f in found] == [("wave 1", 1), ("wave 2", 1)]
    assert "e" in found[0].detail.split()
    assert "w" in found[1].detail.split()


def test_p_values_are_adjusted_form_by_form():
    changes = mpi.change(FIRST, SECOND, years=[2010, 2015]).select("H", "M0")
    table = changes.adjust("bonferroni").to_pandas()
    np.testing.assert_allclose(table["p_adjusted"], np.minimum(2 * table["p_value"], 1), rtol=EXACT)
    assert changes.adjust().to_pandas()["p_adjusted"].ge(table["p_value"]).all()


def test_dates_of_surveys_are_the_years():
    date = {"date": "2010-07-01"}
    first = wave([1, 1, 0], [1, 0, 0], [1, 2, 3], **date)
    second = wave([1, 0, 0], [1, 0, 0], [4, 5, 6], date="2012")
    found = row(mpi.change(first, second), "H", "absolute")
    assert (found["year_0"], found["year_1"]) == (2010.5, 2012.0)


SAME = wave([1, 1, 0, 0, 1], [1, 0, 0, 0, 1], [1, 2, 3, 4, 5])
REFUSED = [
    ([FIRST], {}, "there is one wave only"),
    ([], {}, "there is no wave"),
    ([FIRST, "x"], {}, "is no Estimates"),
    ([FIRST, SECOND], {}, "the date of a wave is not known"),
    ([FIRST, SECOND], {"years": [2010]}, "1 are given for 2 waves"),
    ([FIRST, SECOND], {"years": [2015, 2010]}, "are not ascending: 2015, 2010"),
    ([FIRST, SECOND], {"years": [2010, float("nan")]}, "is no year"),
    ([FIRST, SECOND], {"years": ["x", 2010]}, "is no year"),
    ([FIRST, SAME], {"years": [1, 2]}, "nothing says whether they are the same"),
    ([FIRST, SECOND], {"years": [1, 2], "pairs": "some"}, "there is no option 'some'"),
    ([FIRST, SECOND], {"years": [1, 2], "samples": "maybe"}, "there is no option 'maybe'"),
    ([FIRST, SECOND], {"years": [1, 2], "reference": "z"}, "there is no option 'z'"),
]


@pytest.mark.parametrize(("waves", "options", "message"), REFUSED)
def test_what_cannot_be_compared_is_refused(waves, options, message):
    with pytest.raises(mpi.EstimationError, match=re.escape(message)):
        mpi.change(*waves, **options)


def test_waves_of_different_specifications_are_refused_unless_told():
    other = wave([1, 1, 0], [1, 0, 0], [6, 7, 8], OTHER)
    with pytest.raises(mpi.EstimationError, match="waves differ in it"):
        mpi.change(FIRST, other, years=[1, 2])
    names = {"k": "1/2"}
    other = mpi.tabulate(
        mpi.Survey({"a": [1, 1, 0], "b": [1, 0, 0], "psu": [6, 7, 8]}, psu="psu"), OTHER
    ).estimate("1/2")
    found = mpi.change(FIRST, other, years=[1, 2], other_specification=True)
    assert row(found, "H", "absolute", **names)["estimate"] == pytest.approx(2 / 3 - 3 / 5)


def test_figures_without_errors_are_refused():
    frame = {"a": [1, 0], "b": [1, 1]}
    plain = [mpi.measure(frame, SPEC, se=False) for _ in range(2)]
    with pytest.raises(mpi.EstimationError, match="no standard errors"):
        mpi.change(*plain, years=[1, 2])


def test_all_problems_are_said_at_once():
    with pytest.raises(mpi.EstimationError) as caught:
        mpi.change(FIRST, SAME, years=[2, 1], pairs="some")
    assert len(caught.value.problems) == 3
