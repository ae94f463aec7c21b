"""Targets: the path, its distance with errors, what is projected, and the light of each rule."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from scipy import stats

import mpi
from mpi.analysis.trajectory import Course, Known

# half of all courses move away from their goal, and never reach it
law = settings(deadline=None, max_examples=100, suppress_health_check=[HealthCheck.filter_too_much])
# quotients and powers of doubles
EXACT = 1e-12
# derivatives by differences over 1e-6
BY_DIFFERENCES = 1e-4


def plan(*goals, baseline=(2020, 0.30), se=None, **keys):
    """A file of one target; keys of the target, and `light` and `path` of the file."""
    whole = {name: keys.pop(name) for name in ("light", "path") if name in keys}
    start = {"year": baseline[0], "value": baseline[1]} | ({} if se is None else {"se": se})
    target = {"measure": "H", "baseline": start} | keys
    target["goal"] = [{"year": year, "value": value} for year, value in goals]
    return {"id": "plan", "target": [target]} | whole


def row(series, file, **options):
    """The only row of the result."""
    found = mpi.targets(series, file, **options).to_arrow().to_pylist()
    assert len(found) == 1
    return found[0]


def series(value=0.24, year=2023, **columns):
    return {"measure": ["H"], "year": [year], "value": [value]} | {
        n: [v] for n, v in columns.items()
    }


# --- with a pencil ----------------------------------------------------------------------------


def test_a_linear_path_is_due_by_equal_steps():
    found = row(series(), plan((2030, 0.10)))
    assert found["due"] == pytest.approx(0.24, abs=EXACT)  # three steps of 2 points
    assert found["distance"] == pytest.approx(0, abs=EXACT)
    assert found["progress"] == pytest.approx(1, abs=EXACT)
    assert found["projected"] == pytest.approx(0.10, abs=EXACT)
    assert found["date"] == pytest.approx(2030, abs=1e-9)
    assert found["light"] == "green"
    assert not found["met"]


def test_a_compound_path_is_due_by_equal_rates():
    found = row(series(0.20, 2022), plan((2024, 0.075), path="compound"))
    assert found["due"] == pytest.approx(0.15, abs=EXACT)  # half of it in two years of four
    assert found["progress"] == pytest.approx(10 / 15, abs=EXACT)
    assert found["projected"] == pytest.approx(0.20**2 / 0.30, abs=EXACT)
    years = 2 * math.log(0.075 / 0.30) / math.log(0.20 / 0.30)
    assert found["date"] == pytest.approx(2020 + years, abs=1e-9)
    assert found["light"] == "yellow"


def test_a_path_of_several_goals_goes_from_one_to_the_next():
    goals = [(2022, 0.28), (2026, 0.20)]
    between = row(series(0.25, 2023), plan(*goals, se=0.01))
    assert between["due"] == pytest.approx(0.26, abs=EXACT)
    assert between["goal"], between["goal_year"] == (0.20, 2026)
    # from the first goal on the path does not depend on the baseline
    assert row(series(0.25, 2023, se=0.02), plan(*goals, se=0.01))["distance_se"] == 0.02
    before = row(series(0.29, 2021, se=0.02), plan(*goals, se=0.01))
    assert before["goal"] == 0.28
    assert before["distance_se"] == pytest.approx(math.hypot(0.02, 0.005))
    later = row(series(0.21, 2028), plan(*goals))
    assert later["due"] == 0.20
    assert later["projected"] is None
    assert later["date"] == pytest.approx(2020 + 8 * 10 / 9)


def test_distances_are_tested_with_the_errors_of_both_samples():
    file = plan((2030, 0.10), se=0.01)
    found = row(series(0.27, se=0.012, df=20), file)
    se = math.hypot(0.012, 0.7 * 0.01)
    assert found["distance"] == pytest.approx(0.03, abs=EXACT)
    assert found["distance_se"] == pytest.approx(se, rel=EXACT)
    assert found["p_value"] == pytest.approx(2 * stats.t.sf(0.03 / se, 20), rel=1e-9)
    half = stats.t.ppf(0.975, 20) * se
    assert found["distance_low"] == pytest.approx(0.03 - half, rel=1e-9)
    assert found["distance_high"] == pytest.approx(0.03 + half, rel=1e-9)
    file["target"][0]["baseline"]["df"] = 30  # of independent samples: they add up
    found = row(series(0.27, se=0.012, df=20), file)
    assert found["p_value"] == pytest.approx(2 * stats.t.sf(0.03 / se, 50), rel=1e-9)
    normal = row(series(0.27, se=0.012), file)
    assert normal["p_value"] == pytest.approx(2 * stats.norm.sf(0.03 / se), rel=1e-9)


def test_higher_may_be_better():
    goal = plan((2030, 0.90), baseline=(2020, 0.50), better="higher")
    found = row(series(0.61, 2022), goal)
    assert found["due"] == pytest.approx(0.58)
    assert found["distance"] == pytest.approx(0.03)
    assert found["progress"] == pytest.approx(11 / 8)
    assert row(series(0.53, 2022), goal)["light"] == "red"
    assert row(series(0.92, 2022), goal)["met"]


def test_numbers_of_persons_are_targets_too():
    file = plan((2030, 4e6), baseline=(2020, 9e6), measure="N_poor")
    data = series(8e6, 2022) | {"measure": ["N_poor"]}
    assert row(data, file)["due"] == pytest.approx(8e6)
    own = plan((2030, 4), baseline=(2020, 9), measure="homicides", unit="number")
    assert row(series(7, 2025) | {"measure": ["homicides"]}, own)["progress"] == pytest.approx(0.8)


# --- lights -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "light"),
    [(0.252, "green"), (0.2521, "yellow"), (0.264, "yellow"), (0.2641, "red"), (0.31, "red")],
)
def test_progress_at_a_limit_is_on_its_good_side(value, light):
    assert row(series(value), plan((2030, 0.10)))["light"] == light


def test_limits_are_those_of_the_file():
    strict = {"green": "1", "yellow": "9/10"}
    assert row(series(0.246), plan((2030, 0.10), light=strict))["light"] == "yellow"


@pytest.mark.parametrize(("value", "light"), [(0.24, "green"), (0.25, "yellow"), (0.27, "red")])
def test_the_rule_of_significance_is_red_only_where_the_distance_is_significant(value, light):
    file = plan((2030, 0.10), light={"rule": "significance"})
    assert row(series(value, se=0.01), file)["light"] == light
    assert row(series(value), file)["light"] == "not assessed"


def test_the_level_of_the_light_is_that_of_the_file():
    loose = plan((2030, 0.10), light={"rule": "significance", "level": "0.5"})
    assert row(series(0.25, se=0.01), loose)["light"] == "red"
    assert row(series(0.25, se=0.01), loose, level=0.99)["light"] == "red"


@pytest.mark.parametrize("path", ["linear", "compound"])
@pytest.mark.parametrize("value", [0.3, 0.1, 0.6504613582087214])
def test_a_goal_at_the_baseline_is_no_way_to_go_in_any_year(value, path):
    for year in np.linspace(2020.5, 2029.5, 19):
        hold = plan((2030, value), baseline=(2020, value), path=path)
        assert row(series(0.05, year), hold)["progress"] is None


def test_without_a_way_to_go_the_light_says_whether_the_goal_holds():
    hold = plan((2030, 0.30))
    better, worse = row(series(0.29), hold), row(series(0.31), hold)
    assert (better["light"], worse["light"]) == ("green", "red")
    assert better["progress"] is None
    assert better["date"] is None


def test_a_figure_that_is_not_there_has_no_light():
    found = mpi.targets({"measure": ["H"], "value": [None]}, plan((2030, 0.1)), year=2022)
    assert found.light("H") == "no estimate"
    assert found.findings.of_code("NO_ESTIMATE")[0].count == 1
    assert found.to_arrow()["distance"].null_count == 1


def test_the_latest_year_with_a_figure_is_taken():
    data = {"measure": ["H"] * 3, "year": [2021, 2023, 2024], "value": [0.28, 0.24, None]}
    assert row(data, plan((2030, 0.10)))["year"] == 2023
    assert row(data, plan((2030, 0.10)), year=2021)["estimate"] == 0.28


# --- what is said -----------------------------------------------------------------------------


def test_findings_say_the_rule_and_what_is_assumed():
    found = mpi.targets(series(), plan((2030, 0.10)))
    codes = {finding.code for finding in found.findings}
    assert codes == {"LIGHT_RULE", "NO_STANDARD_ERROR", "BASELINE_KNOWN"}
    assert "green from 4/5" in found.findings.of_code("LIGHT_RULE")[0].detail
    late = mpi.targets(series(0.2, 2031, se=0.01), plan((2030, 0.10), se=0.01))
    assert {f.code for f in late.findings} == {"LIGHT_RULE", "GOAL_PASSED"}


def test_a_figure_of_another_scale_is_pointed_out():
    found = mpi.targets(series(0.0024), plan((2030, 0.10)))
    assert "may be percent" in found.findings.of_code("SCALE_DOUBTFUL")[0].detail


def test_a_projection_does_not_leave_the_range_of_shares():
    found = mpi.targets(series(0.05, 2021, se=0.01), plan((2030, 0.10)))
    (numbers,) = found.to_arrow().to_pylist()
    assert numbers["projected"] == 0
    assert numbers["projected_se"] is None
    assert numbers["projected_low"] == 0
    assert found.findings.of_code("PROJECTION_AT_END")


def test_a_short_trend_over_a_long_time_is_at_the_end_of_the_range():
    steep = plan((2200, 0.10), path="compound", better="higher", baseline=(2020, 0.05))
    found = mpi.targets(series(0.08, 2020.1, se=0.02), steep)
    (numbers,) = found.to_arrow().to_pylist()
    assert (numbers["projected"], numbers["projected_se"]) == (1, None)
    assert found.findings.of_code("PROJECTION_AT_END")


def test_p_values_of_several_targets_are_adjusted_beside():
    file = plan((2030, 0.10))
    file["target"] += plan((2030, 0.20))["target"]
    file["target"][1]["id"] = "second"
    found = mpi.targets(series(0.27, se=0.02), file)
    p, adjusted = (found.to_arrow()[n].to_numpy() for n in ("p_value", "p_adjusted"))
    assert adjusted[p.argmin()] == pytest.approx(2 * p.min())
    assert "family of 2" in found.findings.of_code("P_ADJUSTED")[0].detail


def test_the_repr_is_the_dashboard():
    found = mpi.targets(series(0.27, se=0.02), plan((2030, 0.10), title="Poverty"))
    text = repr(found)
    assert text.splitlines()[0] == "Targets: plan; 1 red"
    assert "Poverty  0.3 (2020)  0.27 (2023)" in text
    assert "<table>" in found._repr_html_()
    assert found.light("Poverty") == "red"
    with pytest.raises(mpi.TargetsError, match="There are Poverty"):
        found.light("poverty")
    never = repr(mpi.targets(series(0.31), plan((2030, 0.10))))
    assert "not so" in never


# --- where figures come from ------------------------------------------------------------------

PEOPLE = {
    "a": [1, 1, 0, 0, 1, 0, 1, 0] * 4,
    "b": [0, 1, 0, 1, 1, 0, 0, 0] * 4,
    "region": (["north"] * 4 + ["south"] * 4) * 4,
    "psu": list(np.repeat(range(16), 2)),
}
SPEC = mpi.Specification.from_columns({"school": ["a"], "home": ["b"]}, cutoff="1/2")


@pytest.fixture(scope="module")
def estimates():
    return mpi.tabulate(mpi.Survey(PEOPLE, psu="psu"), SPEC, by="region").estimate(["1/2", 1])


def test_estimates_give_figure_error_and_degrees_of_freedom(estimates):
    own = estimates.get("hdk", k=1, indicator="b", region="south")
    goals = [(2030, 0.05)]
    file = plan(*goals, measure="hdk", indicator="b", k="1", group={"region": "south"})
    found = row(estimates, file, year=2024)
    assert (found["estimate"], found["se"], found["df"]) == (own.estimate, own.se, own.df)
    distance = own - found["due"]
    assert found["distance_se"] == pytest.approx(distance.se, rel=EXACT)
    assert found["p_value"] == pytest.approx(distance.p_value, rel=1e-9)
    assert found["distance_low"] == pytest.approx(distance.ci_low, rel=1e-9)


@pytest.mark.parametrize("kind", ["csv", "parquet", "pandas", "polars", "arrow"])
def test_saved_results_and_every_frame_give_the_same(kind, estimates, tmp_path):
    table = estimates.to_arrow()
    data = {"pandas": estimates.to_pandas, "polars": estimates.to_polars, "arrow": lambda: table}
    file = plan((2030, 0.05), k="1/2", group={"region": "south"})
    if kind in data:
        given = data[kind]()
    else:
        given = tmp_path / f"results.{kind}"
        estimates.save(given)
    expected, found = (row(source, file, year=2024) for source in (estimates, given))
    assert found == expected


def test_groups_are_found_by_value_and_by_label():
    labelled = pa.table(
        {
            "by": ["region", "region"],
            "group": ["North", "South"],
            "region": [1.0, 2.0],
            "measure": ["H", "H"],
            "estimate": [0.2, 0.3],
        }
    )
    by_label = row(labelled, plan((2030, 0.1), group={"region": "South"}), year=2024)
    assert by_label["estimate"] == 0.3
    assert row(labelled, plan((2030, 0.1), group={"region": 1}), year=2024)["estimate"] == 0.2


def test_waves_in_one_survey_are_years(estimates):
    waves = PEOPLE | {"year": [2020, 2024] * 16}
    found = mpi.tabulate(mpi.Survey(waves, psu="psu"), SPEC, by="year").estimate()
    latest = row(found, plan((2030, 0.05)))
    assert latest["year"] == 2024
    assert latest["estimate"] == found.get("H", year=2024).estimate


def test_percent_are_turned_into_shares_with_their_errors():
    found = row(series(24.0, se=1.0), plan((2030, 0.10)), percent="H")
    assert (found["estimate"], found["se"]) == (0.24, 0.01)


def test_flags_of_publication_travel_along(estimates):
    flagged = estimates.flag("ine-chile-2020")
    found = row(flagged, plan((2030, 0.05), k="1/2"), year=2024)
    assert found["flag"] == "unreliable"  # 32 persons


def test_inputs_are_not_changed():
    data = pd.DataFrame(series(24.0))
    file = plan((2030, 0.10))
    before, text = data.copy(), str(file)
    mpi.targets(data, file, percent=["H"])
    mpi.targets(pl.from_pandas(data), file, percent=["H"])
    pd.testing.assert_frame_equal(data, before)
    assert str(file) == text


# --- laws -------------------------------------------------------------------------------------

values = st.floats(0.01, 0.99)
errors = st.floats(0.0005, 0.05)


@st.composite
def courses(draw, errors=errors):
    start, first = draw(st.integers(2000, 2020)), draw(st.integers(1, 8))
    goals = [(start + first, draw(values))]
    if draw(st.booleans()):
        goals.append((goals[0][0] + draw(st.integers(1, 8)), draw(values)))
    year = start + draw(st.floats(0.5, 18))
    baseline = Known(start, draw(values), draw(errors), draw(st.sampled_from([9, math.inf])))
    estimate = Known(year, draw(values), draw(errors), draw(st.sampled_from([12, 400, math.inf])))
    return Course(baseline, estimate, goals, draw(st.booleans()), 0.95)


def changed(course, **values):
    """The course with other values of baseline and estimate."""
    known = {n: getattr(course, n) for n in ("baseline", "estimate")}
    moved = {n: Known(k.year, values.get(n, k.value), k.se, k.df) for n, k in known.items()}
    return Course(moved["baseline"], moved["estimate"], course.goals, course.compound, 0.95)


@law
@given(courses())
def test_errors_are_those_of_small_changes_of_both_values(course):
    assume(abs(course.baseline.value - course.due()[0]) > 1e-3)
    for figure in ("distance", "progress", "projected"):
        number = getattr(course, figure)()
        if math.isnan(number.value) or abs(number.value) > 1e3:
            continue
        step, terms = 1e-6, []
        for name in ("baseline", "estimate"):
            known = getattr(course, name)
            up, down = (
                getattr(changed(course, **{name: known.value + s}), figure)().value
                for s in (step, -step)
            )
            terms.append((up - down) / (2 * step) * known.se)
        expected = math.hypot(*terms)
        assert number.se == pytest.approx(expected, rel=BY_DIFFERENCES, abs=1e-6)


@law
@given(courses())
def test_the_date_is_when_the_projection_is_the_goal(course):
    assume(abs(course.baseline.value - course.estimate.value) > 1e-6)
    date = course.date()
    assume(not math.isnan(date.value) and date.value < 1e5)
    year, goal = date.value, course.next_goal[1]
    assume(year >= course.estimate.year)
    at = Course(course.baseline, course.estimate, [(year, goal)], course.compound, 0.95)
    assert at.projected().value == pytest.approx(goal, rel=1e-6)
    assert date.low <= date.value * (1 + EXACT)
    assert math.isnan(date.high) or date.high >= date.value * (1 - EXACT)


@law
@given(courses())
def test_limits_of_the_date_are_where_the_goal_is_at_the_limit_of_the_projection(course):
    date, goal = course.date(), course.next_goal[1]
    for limit in (date.low, date.high):
        usual = course.estimate.year < limit < 1e4  # not infinite, nor cut at the baseline
        if not usual:
            continue
        at = Course(course.baseline, course.estimate, [(limit, goal)], course.compound, 0.95)
        projected = at.projected()
        nearest = min(abs(projected.low - goal), abs(projected.high - goal))
        assert nearest <= 1e-6 * max(1, abs(projected.high - projected.low))


@law
@given(courses(), st.integers(-500, 500))
def test_only_differences_of_years_matter(course, shift):
    def moved(known):
        return Known(known.year + shift, known.value, known.se, known.df)

    goals = [(year + shift, value) for year, value in course.goals]
    other = Course(
        moved(course.baseline), moved(course.estimate), goals, course.compound, course.level
    )
    assert other.distance().value == pytest.approx(course.distance().value, abs=1e-9)
    assert other.progress().value == pytest.approx(course.progress().value, rel=1e-6, nan_ok=True)


@law
@given(courses(), st.floats(0.1, 10))
def test_a_scale_of_all_values_changes_no_progress_and_no_date(course, scale):
    # what is the rounding of no change, or of no way to go, is divided by
    assume(abs(course.baseline.value - course.estimate.value) > 1e-6)
    assume(abs(course.baseline.value - course.due()[0]) > 1e-6)

    def scaled(known):
        return Known(known.year, known.value * scale, known.se * scale, known.df)

    goals = [(year, value * scale) for year, value in course.goals]
    other = Course(scaled(course.baseline), scaled(course.estimate), goals, course.compound, 0.95)
    near = {"rel": 1e-6, "nan_ok": True}
    assert other.progress().value == pytest.approx(course.progress().value, **near)
    assert other.p_value() == pytest.approx(course.p_value(), rel=1e-6, abs=EXACT)
    assert other.date().value == pytest.approx(course.date().value, **near)


def test_limits_of_dates_hold_the_truth_as_often_as_they_say():
    """Simulated: a true trend of -1 point a year from 20 % reaches 10 % in year 10."""
    rng = np.random.default_rng(7)
    inside = 0
    for _ in range(4000):
        start = Known(0, rng.normal(0.20, 0.004), 0.004)
        now = Known(4, rng.normal(0.16, 0.004), 0.004)
        date = Course(start, now, [(12.0, 0.10)], False, 0.95).date()
        inside += date.low <= 10 <= date.high
    assert inside / 4000 == pytest.approx(0.95, abs=3 * math.sqrt(0.95 * 0.05 / 4000))
