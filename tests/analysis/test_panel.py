"""Units that are followed through waves: exact numbers, the same on rows, the lost, bad input."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import mpi

EXACT = 1e-12
law = settings(deadline=None, max_examples=30, suppress_health_check=[HealthCheck.too_slow])
NAMES = ("a", "b", "c", "d")
SPEC = mpi.Specification.from_columns({n: [n] for n in NAMES}, cutoff="1/2")


def answers(scores):
    """Deprivations that give these scores with four equal weights."""
    return {n: [int(Fraction(c) * 4 > j) for c in scores] for j, n in enumerate(NAMES)}


# EXAMPLES.md, E7
FIRST = ("1/2", "3/4", "1/4", "0", "1/2", "3/4", "0", "1/4", "1/2", "1")
SECOND = ("1/4", "1/2", "1/2", "0", "1/2", "1/2", "0", "0", "0", "3/4")
OLD = {"id": list(range(10)), **answers(FIRST)}
NEW = {"id": list(range(10)), **answers(SECOND)}
E7 = {"2018": mpi.Survey(OLD), "2025": mpi.Survey(NEW)}
STEP = "2018 to 2025"
EXPECTED = [
    ("H", "2018", "3/5"),
    ("H", "2025", "1/2"),
    ("M0", "2018", "2/5"),
    ("M0", "2025", "11/40"),
    ("A", "2018", "2/3"),
    ("A", "2025", "11/20"),
    ("M0_change", STEP, "-1/8"),
    ("H_change", STEP, "-1/10"),
    ("exit", STEP, "1/5"),
    ("entry", STEP, "1/10"),
    ("ongoing", STEP, "2/5"),
    ("never_poor", STEP, "3/10"),
    ("exit_rate", STEP, "1/3"),
    ("entry_rate", STEP, "1/4"),
    ("M0_exit", STEP, "-1/10"),
    ("M0_entry", STEP, "1/20"),
    ("M0_ongoing", STEP, "-3/40"),
    ("M0_incidence", STEP, "-73/1200"),
    ("M0_intensity", STEP, "-77/1200"),
    ("H_chronic", "tau=2", "2/5"),
    ("D_chronic", "tau=2", "1"),
    ("A_chronic", "tau=2", "21/32"),
    ("M0_chronic", "tau=2", "21/80"),
    ("H_chronic", "tau=1", "7/10"),
    ("D_chronic", "tau=1", "11/14"),
    ("A_chronic", "tau=1", "27/44"),
    ("M0_chronic", "tau=1", "27/80"),
    ("periods_poor", "0 of 2", "3/10"),
    ("periods_poor", "1 of 2", "3/10"),
    ("periods_poor", "2 of 2", "2/5"),
]


@pytest.fixture(scope="module")
def ten():
    return mpi.panel(E7, SPEC, key="id")


@pytest.mark.parametrize(("measure", "category", "value"), EXPECTED)
def test_the_panel_of_ten_persons_is_exact(ten, measure, category, value):
    found = ten.estimates.get(measure, k="1/2", category=category)
    assert found.estimate == pytest.approx(float(Fraction(value)), rel=EXACT)


def test_the_matrix_of_transitions_is_that_of_entry_and_exit(ten):
    rows = ten.transitions.to_pandas().set_index(["from", "to"])
    shares = {pair: rows.loc[pair, "share"] for pair in rows.index}
    assert shares == pytest.approx(
        {
            ("poor", "poor"): 2 / 5,
            ("poor", "not poor"): 1 / 5,
            ("not poor", "poor"): 1 / 10,
            ("not poor", "not poor"): 3 / 10,
        }
    )
    assert rows.loc[("poor", "not poor"), "rate"] == pytest.approx(1 / 3)
    assert (rows["share_se"] > 0).all()


def test_bands_and_profiles_are_states_too():
    bands = {"none": 0, "some": "1/4", "poor": "1/2", "severe": "3/4"}
    rows = mpi.panel(E7, SPEC, key="id", states=bands).transitions.to_pandas()
    share = rows.set_index(["from", "to"])["share"]
    assert share["severe", "severe"] == pytest.approx(1 / 10)
    assert share["severe", "poor"] == pytest.approx(2 / 10)
    assert share["some", "poor"] == pytest.approx(1 / 10)
    assert share.sum() == pytest.approx(1)
    rows = mpi.panel(E7, SPEC, key="id", states="profiles").transitions.to_pandas()
    share = rows.set_index(["from", "to"])["share"]
    assert share["a + b + c", "a + b"] == pytest.approx(2 / 10)
    assert share["none", "none"] == pytest.approx(2 / 10)
    assert len(share) == 25


def test_the_order_of_rows_and_the_type_of_a_survey_do_not_matter(ten):
    order = [3, 1, 9, 0, 2, 8, 4, 7, 6, 5]
    shuffled = {n: [values[i] for i in order] for n, values in NEW.items()}
    other = mpi.panel({"2018": mpi.Survey(OLD), "2025": mpi.Survey(shuffled)}, SPEC, key=["id"])
    assert other.estimates.to_arrow().equals(ten.estimates.to_arrow())


def test_a_wide_table_is_the_same_panel(ten):
    wide = {f"{n}_{y}": f[n] for y, f in (("old", OLD), ("new", NEW)) for n in NAMES}
    survey = mpi.Survey(wide)
    specs = {
        year: mpi.Specification.model_validate(
            {
                "id": "wide",
                "unit": "person",
                "cutoff": "1/2",
                "dimension": [
                    {"id": n, "indicator": [{"id": n, "deprived": f"{n}_{end} == 1"}]}
                    for n in NAMES
                ],
            }
        )
        for year, end in (("2018", "old"), ("2025", "new"))
    }
    other = mpi.panel({"2018": survey, "2025": survey}, specs)
    for name in ("measure", "category", "estimate", "se"):
        a, b = (p.estimates.to_arrow()[name] for p in (ten, other))
        assert a.equals(b), name


# --- on rows -------------------------------------------------------------------------------------


def waves_of(seed, *, n=48, waves=3):
    random = np.random.default_rng(seed)
    design = {
        "id": np.arange(n),
        "w": random.integers(1, 9, n) / 2,
        "stratum": np.repeat(np.arange(3), n // 3),
        "psu": np.repeat(np.arange(12), n // 12),
        "zone": random.integers(0, 2, n),
    }
    return [{**design, **{name: random.integers(0, 2, n) for name in NAMES}} for _ in range(waves)]


def surveys_of(frames, **more):
    design = {"weight": "w", "strata": "stratum", "psu": "psu"} | more
    return {f"w{t}": mpi.Survey(frame, **design) for t, frame in enumerate(frames, start=1)}


def stratified_error(u, frame):
    total = 0.0
    for stratum in np.unique(frame["stratum"]):
        own = frame["stratum"] == stratum
        sums = [u[own & (frame["psu"] == psu)].sum() for psu in np.unique(frame["psu"][own])]
        total += len(sums) * np.var(sums) * len(sums) / (len(sums) - 1)
    return math.sqrt(total)


def figures_on_rows(frames, w):
    """Some figures of the population from their definitions, for any weights."""
    c = np.array([sum(np.asarray(f[n]) for n in NAMES) / 4 for f in frames])
    p = c >= 0.5
    many = w.sum()
    h = [(w * q).sum() / many for q in p]
    m = [(w * q * s).sum() / many for q, s in zip(p, c, strict=True)]
    a = [y / x for x, y in zip(h, m, strict=True)]
    chronic = p.sum(axis=0) >= 2
    spells = (w * chronic * p.sum(axis=0)).sum()
    h_chronic = (w * chronic).sum() / many
    return np.array(
        [
            (w * (p[1] & ~p[0])).sum() / many,
            (w * (p[0] & ~p[2])).sum() / (w * p[0]).sum(),
            (h[1] - h[0]) * (a[0] + a[1]) / 2,
            (a[2] - a[0]) * (h[0] + h[2]) / 2,
            spells / 3 / many / h_chronic,
            (w * chronic * (p * c).sum(axis=0)).sum() / spells,
            (w * chronic * (p * c).sum(axis=0)).sum() / 3 / many,
        ]
    )


ASKED = [
    ("entry", "w1 to w2"),
    ("exit_rate", "w1 to w3"),
    ("M0_incidence", "w1 to w2"),
    ("M0_intensity", "w1 to w3"),
    ("D_chronic", "tau=2"),
    ("A_chronic", "tau=2"),
    ("M0_chronic", "tau=2"),
]


def test_figures_and_errors_are_those_of_rows():
    frames = waves_of(1)
    w = frames[0]["w"]
    found = mpi.panel(surveys_of(frames), SPEC, key="id").estimates
    got = [found.get(measure, category=category) for measure, category in ASKED]
    np.testing.assert_allclose([g.estimate for g in got], figures_on_rows(frames, w), rtol=1e-12)
    influence = []
    for i in range(w.size):
        up, down, step = w.copy(), w.copy(), 1e-6 * w[i]
        up[i], down[i] = w[i] + step, w[i] - step
        slope = (figures_on_rows(frames, up) - figures_on_rows(frames, down)) / (2 * step)
        influence.append(slope * w[i])
    errors = [stratified_error(u, frames[0]) for u in np.array(influence).T]
    # numerical derivatives in doubles
    np.testing.assert_allclose([g.se for g in got], errors, rtol=1e-6)


def test_replicates_compute_every_figure_anew():
    frames = waves_of(2)
    w, design = frames[0]["w"], frames[0]
    jackknife = mpi.Replicates("jkn")
    found = mpi.panel(surveys_of(frames), SPEC, key="id", replicates=jackknife).estimates
    centre, total = figures_on_rows(frames, w), 0.0
    for psu in np.unique(design["psu"]):
        stratum = design["stratum"][design["psu"] == psu][0]
        factor = np.where(design["stratum"] == stratum, 4 / 3, 1.0) * (design["psu"] != psu)
        total = total + 3 / 4 * (figures_on_rows(frames, w * factor) - centre) ** 2
    got = [found.get(measure, category=category).se for measure, category in ASKED]
    np.testing.assert_allclose(got, np.sqrt(total), rtol=1e-9)


def test_changes_are_differences_of_levels_with_their_covariance():
    found = mpi.panel(surveys_of(waves_of(3)), SPEC, key="id", by="zone").estimates
    for group in ({}, {"zone": 0}, {"zone": 1}):
        for measure in ("H", "M0"):
            levels = [found.get(measure, category=f"w{t}", **group) for t in (1, 2, 3)]
            change = levels[2] - levels[0]
            own = found.get(f"{measure}_change", category="w1 to w3", **group)
            assert own.estimate == pytest.approx(change.estimate, abs=EXACT)
            assert own.se == pytest.approx(change.se, rel=1e-9)


def test_each_wave_alone_has_the_figures_of_its_own_estimation():
    frames = waves_of(4)
    found = mpi.panel(surveys_of(frames), SPEC, key="id", by="zone").estimates
    for t, survey in enumerate(surveys_of(frames).values(), start=1):
        alone = mpi.tabulate(survey, SPEC, by="zone").estimate()
        for group in ({}, {"zone": 0}):
            for measure in ("H", "A", "M0"):
                a = found.get(measure, category=f"w{t}", **group)
                b = alone.get(measure, **group)
                for name in ("estimate", "se", "ci_low", "ci_high", "df"):
                    assert getattr(a, name) == pytest.approx(getattr(b, name), rel=1e-9), name


@law
@given(st.integers(0, 10**6), st.sampled_from(["1/4", "1/2", "3/4", "1"]))
def test_parts_of_a_panel_add_up(seed, k):
    found = mpi.panel(surveys_of(waves_of(seed, n=24)), SPEC, key="id", by="zone", k=k).estimates
    for group in ({}, {"zone": 0}, {"zone": 1}):

        def get(measure, category, group=group):
            return found.get(measure, category=category, **group).estimate

        for step in ("w1 to w2", "w2 to w3", "w1 to w3"):
            change = get("M0_change", step)
            parts = [get(f"M0_{part}", step) for part in ("entry", "exit", "ongoing")]
            assert sum(parts) == pytest.approx(change, abs=EXACT)
            shapley = [get(f"M0_{part}", step) for part in ("incidence", "intensity")]
            if not any(map(math.isnan, shapley)):
                assert sum(shapley) == pytest.approx(change, abs=EXACT)
            classes = [get(name, step) for name in ("entry", "exit", "ongoing", "never_poor")]
            assert sum(classes) == pytest.approx(1)
        for tau in (1, 2, 3):
            name = f"tau={tau}"
            h, d, a, m = (get(f"{x}_chronic", name) for x in ("H", "D", "A", "M0"))
            assert m == (pytest.approx(h * d * a, abs=EXACT) if h > 0 else 0)
        # every period of poverty counts where one is enough
        assert get("M0_chronic", "tau=1") == pytest.approx(
            sum(get("M0", f"w{t}") for t in (1, 2, 3)) / 3, abs=EXACT
        )


def test_nobody_poor_in_a_wave_is_said_and_leaves_intensity_undefined():
    later = {"id": OLD["id"], **answers(["0"] * 10)}
    found = mpi.panel({"2018": mpi.Survey(OLD), "2025": mpi.Survey(later)}, SPEC, key="id")
    get = found.estimates.get
    assert get("M0_exit", category=STEP).estimate == pytest.approx(-2 / 5)
    assert math.isnan(get("M0_incidence", category=STEP).estimate)
    assert math.isnan(get("A", category="2025").estimate)
    assert [f.code for f in found.estimates.findings].count("NOBODY_POOR") == 1
    assert get("H_chronic", category="tau=2").estimate == 0
    assert math.isnan(get("A_chronic", category="tau=2").estimate)


# --- who is lost ---------------------------------------------------------------------------------


def test_those_who_are_lost_are_left_out_and_counted():
    some = {n: values[2:] for n, values in NEW.items()}
    some = {n: [*values, 99 if n == "id" else 1] for n, values in some.items()}
    weights = {"w": [3.0, *[1.0] * 9]}
    surveys = {"2018": mpi.Survey(OLD | weights, weight="w"), "2025": mpi.Survey(some)}
    found = mpi.panel(surveys, SPEC, key="id")
    rows = found.attrition.to_pandas().set_index("wave")
    assert rows.loc["2025", ["units", "found", "followed", "new"]].tolist() == [10, 8, 8, 1]
    assert rows.loc["2025", "share_followed"] == pytest.approx(8 / 12)
    lost = {f.code: f for f in found.estimates.findings}
    assert (lost["ATTRITION"].count, lost["ATTRITION"].of) == (2, 10)
    assert lost["ATTRITION"].share == pytest.approx(4 / 12)
    assert lost["NOT_IN_BASE"].count == 1
    assert "'2018'" in lost["PANEL_WEIGHTS"].where
    # persons 3 to 10: poor before 4, 5, 8, 9 of them by position
    assert found.estimates.get("H", category="2018").estimate == pytest.approx(4 / 8)
    assert found.estimates.get("H", category="2018").n == 8


def test_the_lost_are_a_domain_and_their_psus_still_count():
    frames = waves_of(5, waves=2)
    gone = frames[0]["psu"] == 0
    later = {n: values[~gone] for n, values in frames[1].items()}
    found = mpi.panel(surveys_of([frames[0], later]), SPEC, key="id").estimates
    inside = mpi.Survey(
        frames[0] | {"here": ~gone}, weight="w", strata="stratum", psu="psu", where="here"
    )
    alone = mpi.tabulate(inside, SPEC).estimate().get("H")
    own = found.get("H", category="w1")
    assert (own.estimate, own.se, own.df) == pytest.approx((alone.estimate, alone.se, alone.df))


def test_weights_and_groups_are_those_of_the_wave_that_is_named():
    later = NEW | {"w": [2.0, *[1.0] * 9], "zone": ["x"] * 5 + ["y"] * 5}
    surveys = {"2018": mpi.Survey(OLD), "2025": mpi.Survey(later, weight="w")}
    found = mpi.panel(surveys, SPEC, key="id", weights_of="2025", by="zone").estimates
    # person 1, poor before and not after, weighs 2 of 11
    assert found.get("exit", category=STEP).estimate == pytest.approx(3 / 11)
    assert found.get("exit", category=STEP, zone="x").estimate == pytest.approx(2 / 6)
    assert [f.where for f in found.findings if f.code == "PANEL_WEIGHTS"] == ["wave '2025'"]


def test_a_missing_answer_in_one_wave_leaves_a_unit_out_unless_told():
    later = NEW | {"d": [None, *NEW["d"][1:]]}
    surveys = {"2018": mpi.Survey(OLD), "2025": mpi.Survey(later)}
    dropped = mpi.panel(surveys, SPEC, key="id").estimates
    assert dropped.get("H", category="2018").estimate == pytest.approx(5 / 9)
    (finding,) = [f for f in dropped.findings if f.code == "MISSING_DROPPED"]
    assert (finding.count, finding.of) == (1, 10)
    kept = mpi.panel(surveys, SPEC, key="id", missing="nondeprived").estimates
    assert kept.get("H", category="2018").estimate == pytest.approx(3 / 5)
    again = mpi.panel(surveys, SPEC, key="id", missing="reweight").estimates
    # one of three answers: 1/3 is below the cutoff
    assert again.get("H", category="2025").estimate == pytest.approx(1 / 2)


# --- households ----------------------------------------------------------------------------------

HOUSEHOLDS = SPEC.replace(unit="household")
BEFORE = {"hh": [1, 1, 2, 3, 3, 3], "person": [1, 2, 1, 1, 2, 3], "sex": list("fmffmm")}
BEFORE |= {n: [1, 1, 0, 1, 1, 1] for n in NAMES}
# household 1 leaves poverty; person 3 of household 3 lives alone and is not poor any more
AFTER = {"hh": [1, 1, 2, 3, 3, 9], "person": [1, 2, 1, 1, 2, 3]}
AFTER |= {n: [0, 0, 0, 1, 1, 0] for n in NAMES} | {"pid": [11, 12, 21, 31, 32, 33]}
BEFORE |= {"pid": [11, 12, 21, 31, 32, 33]}


def household_survey(frame):
    return mpi.Survey(frame, household_id="hh", person_id="person")


def test_households_are_followed_and_their_persons_counted():
    surveys = {"a": household_survey(BEFORE), "b": household_survey(AFTER)}
    found = mpi.panel(surveys, HOUSEHOLDS, by="sex").estimates
    # the persons of the base live in households 1, 2 and 3, which are all found again
    assert found.get("exit", category="a to b").estimate == pytest.approx(2 / 6)
    assert found.get("ongoing", category="a to b").estimate == pytest.approx(3 / 6)
    assert found.get("exit", category="a to b", sex="f").estimate == pytest.approx(1 / 3)
    counted = mpi.panel(surveys, HOUSEHOLDS, count="households").estimates
    assert counted.get("exit", category="a to b").estimate == pytest.approx(1 / 3)


def test_persons_are_followed_through_the_households_they_live_in():
    surveys = {"a": household_survey(BEFORE), "b": household_survey(AFTER)}
    found = mpi.panel(surveys, HOUSEHOLDS, follow="persons", key="pid", by="sex").estimates
    assert found.get("exit", category="a to b").estimate == pytest.approx(3 / 6)
    assert found.get("ongoing", category="a to b").estimate == pytest.approx(2 / 6)
    assert found.get("exit", category="a to b", sex="m").estimate == pytest.approx(2 / 3)
    # by the keys of the surveys the one who moved is lost
    lost = mpi.panel(surveys, HOUSEHOLDS, follow="persons")
    assert lost.attrition.to_pandas()["followed"].tolist() == [6, 5, 5]


def test_households_of_a_table_of_their_own_are_followed():
    tables = []
    for own in ([1, 0, 1], [0, 0, 1]):
        homes = {"hh": [1, 2, 3], "household_size": [2, 1, 3], "w": [1.0, 2.0, 1.0]}
        tables.append(homes | dict.fromkeys(NAMES, own))
    surveys = {
        t: mpi.Survey(households=f, household_id="hh", weight="w")
        for t, f in zip("ab", tables, strict=True)
    }
    found = mpi.panel(surveys, HOUSEHOLDS).estimates
    # persons: 2, 2 x 1 and 3
    assert found.get("exit", category="a to b").estimate == pytest.approx(2 / 7)
    assert found.get("ongoing", category="a to b").estimate == pytest.approx(3 / 7)


def test_a_lost_household_takes_its_persons_out_of_every_group():
    later = {n: v[2:] for n, v in AFTER.items()}
    surveys = {"a": household_survey(BEFORE), "b": household_survey(later)}
    found = mpi.panel(surveys, HOUSEHOLDS, by="sex")
    assert found.estimates.get("H", category="a").n == 4
    assert found.estimates.get("H", category="a", sex="f").n == 2
    share = found.attrition.to_pandas()["share_followed"].tolist()
    assert share == pytest.approx([1, 4 / 6, 4 / 6])


# --- what cannot be ------------------------------------------------------------------------------


def told(call, *words, error=mpi.EstimationError, problems=None):
    with pytest.raises(error) as caught:
        call()
    for word in words:
        assert word in str(caught.value), str(caught.value)
    if problems is not None:
        assert len(caught.value.problems) == problems, str(caught.value)


def test_one_wave_is_no_panel():
    told(lambda: mpi.panel({"2018": E7["2018"]}, SPEC), "1 wave is given", "two waves or more")
    told(lambda: mpi.panel({}, SPEC), "no wave is given")
    told(lambda: mpi.panel([E7["2018"]], SPEC), "'list' is given", "surveys by name")
    told(lambda: mpi.panel({"2018": OLD, 7: E7["2025"]}, SPEC), "mpi.Survey", "7 is no name")


def test_all_that_is_wrong_with_the_question_is_said_at_once():
    told(
        lambda: mpi.panel(
            E7, SPEC, weights_of="2019", follow="dogs", count="cats", missing="guess"
        ),
        "there is no wave '2019'",
        "'dogs' cannot be followed",
        "'cats' cannot be counted",
        "there is no policy 'guess'",
        problems=4,
    )


def test_waves_that_count_different_things_are_refused():
    other = mpi.Specification.from_columns({n: [n] for n in "abc"}, cutoff="1/3")
    specs = {"2018": SPEC, "2025": other}
    told(
        lambda: mpi.panel(E7, specs, key="id"),
        "spec of wave '2025': its indicators, weights, cutoff are not those of wave '2018'",
    )
    told(lambda: mpi.panel(E7, {"2018": SPEC, "2026": SPEC}), "wave '2025' has no specification")
    told(lambda: mpi.panel(E7, SPEC, key="id", missing="bounds"), "two scores")


def test_persons_cannot_be_followed_as_households():
    told(lambda: mpi.panel(E7, SPEC, key="id", follow="households"), "Follow 'persons'.")
    surveys = {"a": household_survey(BEFORE), "b": household_survey(AFTER)}
    told(
        lambda: mpi.panel(surveys, HOUSEHOLDS, follow="persons", key="pid", count="households"),
        "households cannot be counted where persons are followed",
    )


def test_durations_and_states_that_are_none_are_named():
    told(lambda: mpi.panel(E7, SPEC, key="id", tau=[0, 3]), "from 1 to 2", problems=2)
    told(lambda: mpi.panel(E7, SPEC, key="id", tau="two"), "'two' is no number of waves")
    told(lambda: mpi.panel(E7, SPEC, key="id", tau=[]), "no duration is given")
    told(lambda: mpi.panel(E7, SPEC, key="id", states=3), "'int' is given", '"profiles"')
    told(lambda: mpi.panel(E7, SPEC, key="id", states={"x": 2, "y": "z"}), "no score", problems=2)
    told(lambda: mpi.panel(E7, SPEC, key="id", states={"x": "1/2", "y": 0}), "do not rise from 0")


def test_a_key_that_is_not_there_is_repeated_or_missing_is_said_by_wave():
    error = mpi.SurveyError
    told(lambda: mpi.panel(E7, SPEC), "no column identifies its persons", error=error, problems=2)
    told(lambda: mpi.panel(E7, SPEC, key="idd"), "no column 'idd'", "'id'", error=error)
    twice = {"2018": E7["2018"], "2025": mpi.Survey(NEW | {"id": [1, 1, *range(2, 10)]})}
    told(
        lambda: mpi.panel(twice, SPEC, key="id"),
        "wave '2025'",
        "several rows have the same key",
        "2 of 10",
        error=error,
    )
    gone = {"2018": E7["2018"], "2025": mpi.Survey(NEW | {"id": [None, *range(1, 10)]})}
    words = ["wave '2025', persons, key id: is missing", "1 of 10"]
    told(lambda: mpi.panel(gone, SPEC, key="id"), *words, error=error)
    base = {"2018": gone["2025"], "2025": E7["2018"]}
    words[0] = "wave '2018', persons, key id: is missing"
    told(lambda: mpi.panel(base, SPEC, key="id"), *words, error=error)
    texts = {"2018": E7["2018"], "2025": mpi.Survey(NEW | {"id": [str(i) for i in range(10)]})}
    told(lambda: mpi.panel(texts, SPEC, key="id"), "number in one and text", error=error)


def test_waves_without_a_unit_in_common_are_refused():
    others = {"2018": E7["2018"], "2025": mpi.Survey(NEW | {"id": list(range(100, 110))})}
    told(
        lambda: mpi.panel(others, SPEC, key="id"),
        "no person of '2018' is in all of the waves 2018, 2025",
        error=mpi.SurveyError,
    )


def test_more_bits_than_a_profile_has_are_refused():
    waves = {str(year): E7["2018"] for year in range(16)}
    told(
        lambda: mpi.panel(waves, SPEC, key="id"),
        "16 waves of 4 indicators are 64 bits",
        error=mpi.SpecificationError,
    )


def test_no_complete_unit_is_an_error():
    later = NEW | {"d": [None] * 10}
    surveys = {"2018": mpi.Survey(OLD), "2025": mpi.Survey(later)}
    told(lambda: mpi.panel(surveys, SPEC, key="id"), "every one of 10 misses an indicator")


def test_a_panel_shows_what_it_is(ten):
    assert "ongoing" in repr(ten)
    assert "all waves" in repr(ten)
    assert "<table" in ten._repr_html_()
