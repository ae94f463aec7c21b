"""Orders of groups under other choices: against other specifications, scipy, and row replicates."""

from __future__ import annotations

from fractions import Fraction
from itertools import combinations

import numpy as np
import pytest
from five_groups import COLUMNS, DIMENSIONS, GROUPS, PROFILES, SPEC, WEIGHTS, people, survey
from scipy import stats

import mpi
from mpi.core.weighting import simplex
from mpi.inference.replicate import make
from mpi.inference.sample import sample_of

# sums of a few hundred doubles in another order
EXACT = 1e-11
FOUND = mpi.robustness(PROFILES, draws=300, seed=7)


def order(spec, k=None, measure="M0", columns=None, **choices):
    """Figures of the groups, by the ordinary way."""
    estimates = mpi.measure(survey(columns or COLUMNS), spec, by="g", k=k, se=False, **choices)
    return [estimates.get(measure, g=g).estimate for g in GROUPS]


def agreement(base, other):
    kept = [(base[i] - base[j]) * (other[i] - other[j]) > 0 for i, j in combinations(range(5), 2)]
    return {
        "kendall": stats.kendalltau(base, other).statistic,
        "spearman": stats.spearmanr(base, other).statistic,
        "pearson": stats.pearsonr(base, other).statistic,
        "kept": np.mean(kept),
    }


def row(result, **about):
    rows = [
        found
        for found in result.to_arrow().to_pylist()
        if all(found[name] == value for name, value in about.items())
    ]
    assert len(rows) == 1, about
    return rows[0]


def spread(**dimensions):
    """Specification with other weights of dimensions, shared inside them as in SPEC."""
    whole = {"health": Fraction(1, 3), "school": Fraction(1, 3), "home": Fraction(1, 3)}
    of = {name: d for d, names in DIMENSIONS.items() for name in names}
    weights = {
        name: Fraction(w) / whole[of[name]] * Fraction(dimensions[of[name]])
        for name, w in WEIGHTS.items()
    }
    return mpi.Specification.from_columns(DIMENSIONS, cutoff="1/3", weights=weights)


def without(*names, weights):
    left = {d: [n for n in own if n not in names] for d, own in DIMENSIONS.items()}
    dimensions = {d: own for d, own in left.items() if own}
    return mpi.Specification.from_columns(dimensions, cutoff="1/3", weights=weights)


HALF = spread(health="1/2", school="1/4", home="1/4")
NAMED = {
    "k = 1/2": ("cutoff", SPEC, "1/2"),
    "k = 9/10": ("cutoff", SPEC, "9/10"),
    "equal indicators": (
        "weights",
        mpi.Specification.from_columns(
            DIMENSIONS, cutoff="1/3", weights=dict.fromkeys("abcde", "1/5")
        ),
        None,
    ),
    "health 1/2": ("weights", HALF, None),
    "home 2/5": ("weights", spread(health="3/10", school="3/10", home="2/5"), None),
    "without d": (
        "indicators",
        without("d", weights={"a": "1/6", "b": "1/6", "c": "1/3", "e": "1/3"}),
        None,
    ),
    # the only indicator of its dimension: all others share its third in proportion
    "without c": (
        "indicators",
        without("c", weights={"a": "1/4", "b": "1/4", "d": "1/6", "e": "1/3"}),
        None,
    ),
}


@pytest.mark.parametrize("name", NAMED)
def test_a_scenario_is_the_specification_that_it_names(name):
    family, spec, k = NAMED[name]
    figures = order(spec, k=k)
    found = row(FOUND.scenarios, scenario=name)
    assert found["family"] == family
    for statistic, value in agreement(order(SPEC), figures).items():
        assert found[statistic] == pytest.approx(value, abs=EXACT), statistic
    get = FOUND.estimates.get
    own = [get("M0", category=f"{family}: {name}", k=k or "1/3", g=g).estimate for g in GROUPS]
    assert own == pytest.approx(figures, abs=EXACT)


def test_shares_in_proportion_are_those_of_all_other_indicators():
    found = mpi.robustness(PROFILES, share="reweight", draws=0, se=False)
    spec = without("a", weights={"b": "1/5", "c": "2/5", "d": "2/15", "e": "4/15"})
    expected = agreement(order(SPEC), order(spec))["kendall"]
    assert row(found.scenarios, scenario="without a")["kendall"] == pytest.approx(expected)
    assert not found.summary.findings.of_code("WEIGHT_SHARED")


def test_structures_of_weights_are_each_there_once_and_not_the_baseline():
    names = [r["scenario"] for r in FOUND.scenarios.to_arrow().to_pylist()]
    leads = [f"{d} {lead}" for lead in ("1/2", "2/5") for d in DIMENSIONS]
    # the dimensions have equal weights already
    assert [n for n in names if n in ("equal indicators", *leads)] == ["equal indicators", *leads]
    assert "equal dimensions" not in names
    assert len(names) == len(set(names))


def test_a_union_dimension_counts_once_and_may_lose_a_member():
    content = SPEC.content()
    content["dimension"] = [
        {
            "id": "health",
            "weight": "1/2",
            "rule": "union",
            "indicator": [{"id": n, "deprived": f"{n} == 1"} for n in "ab"],
        },
        {"id": "school", "weight": "1/2", "indicator": [{"id": "c", "deprived": "c == 1"}]},
    ]
    spec = mpi.Specification.model_validate(content | {"id": "union", "cutoff": "1/2"})
    found = mpi.robustness(mpi.tabulate(survey(COLUMNS), spec, by="g"), draws=4, se=False)
    less = mpi.Specification.from_columns({"health": ["b"], "school": ["c"]}, cutoff="1/2")
    expected = agreement(order(spec), order(less))
    about = row(found.scenarios, scenario="without a")
    assert {n: about[n] for n in expected} == pytest.approx(expected, abs=EXACT)
    names = [r["scenario"] for r in found.scenarios.to_arrow().to_pylist()]
    assert [n for n in names if n.startswith("without")] == ["without a", "without b", "without c"]


def test_weights_that_are_given_are_of_dimensions_or_of_indicators():
    given = {
        "mine": {"health": "1/2", "school": 0.25, "home": "25%"},
        "fine": dict.fromkeys("abcde", "1/5"),
    }
    found = mpi.robustness(PROFILES, weights=given, draws=0, se=False).scenarios
    mine, half = (row(found, scenario=name)["kendall"] for name in ("mine", "health 1/2"))
    assert mine == half
    fine, equal = (row(found, scenario=name)["pearson"] for name in ("fine", "equal indicators"))
    assert fine == equal


@pytest.mark.parametrize("measure", ["H", "M0"])
@pytest.mark.parametrize("over", ["dimensions", "indicators"])
def test_draws_are_summed_up_as_if_each_were_a_specification(over, measure):
    number, seed = 12, 3
    found = mpi.robustness(
        PROFILES, k="1/2", measure=measure, draws=number, over=over, seed=seed, se=False
    )
    size = 3 if over == "dimensions" else 5
    parts = simplex(number, size, concentration=1.0, seed=seed, scale=10**6)
    base = order(SPEC, measure=measure)
    for k in ("1/3", "1/2"):
        agreed, ranks, figures = [], [], []
        for weights in parts.tolist():
            exact = [Fraction(part, 10**6) for part in weights]
            if over == "dimensions":
                spec = spread(**dict(zip(DIMENSIONS, exact, strict=True)))
            else:
                own = dict(zip("abcde", exact, strict=True))
                spec = mpi.Specification.from_columns(DIMENSIONS, cutoff="1/3", weights=own)
            figures.append(order(spec, k=k, measure=measure))
            agreed.append(agreement(base, figures[-1]))
            ranks.append(stats.rankdata(-np.array(figures[-1])))
        summed = row(found.summary, family="draws", k=k)
        assert summed["scenarios"] == number
        for name in ("kendall", "spearman", "pearson"):
            values = [one[name] for one in agreed]
            assert summed[f"{name}_mean"] == pytest.approx(np.mean(values), abs=EXACT)
            assert summed[f"{name}_lowest"] == pytest.approx(min(values), abs=EXACT)
        values = np.array(figures)
        kept = [
            np.mean((base[i] - base[j]) * (values[:, i] - values[:, j]) > 0)
            for i, j in combinations(range(5), 2)
        ]
        assert summed["kept_mean"] == pytest.approx(np.mean(kept), abs=EXACT)
        assert summed["kept_in_all"] == np.mean([share == 1 for share in kept])
        for place, group in enumerate(GROUPS):
            own = [rank[place] for rank in ranks]
            about = row(found.ranks, family="draws", k=k, group=group)
            assert (about["rank_first"], about["rank_last"]) == (min(own), max(own))
            assert about["rank_median"] == np.quantile(own, 0.5, method="inverted_cdf")
            assert about["rank"] == stats.rankdata(-np.array(base))[place]


def test_the_same_seed_draws_the_same_and_another_others():
    one, same, other = (
        mpi.robustness(PROFILES, draws=50, seed=seed, se=False).summary.to_arrow()
        for seed in (4, 4, 5)
    )
    assert one.equals(same)
    assert not one.equals(other)


def test_comparisons_have_the_errors_of_contrasts_and_holm():
    contrasts = PROFILES.estimate().differences("M0", by="g").adjust("holm")
    table = {r["contrast"]: r for r in contrasts.to_arrow().to_pylist()}
    rows = [r for r in FOUND.pairs.to_arrow().to_pylist() if r["family"] == "weights"]
    assert len(rows) == len(table) == 10
    for found in rows:
        name = f"{found['first']} - {found['second']}"
        sign = 1 if name in table else -1
        own = table[name if sign > 0 else f"{found['second']} - {found['first']}"]
        assert found["difference"] == pytest.approx(sign * own["estimate"], abs=EXACT)
        assert found["difference"] >= 0
        for mine, its in (("se", "se"), ("df", "df"), ("p_value", "p_value")):
            assert found[mine] == pytest.approx(own[its], abs=EXACT)
        assert found["p_adjusted"] == pytest.approx(own["p_adjusted"], abs=EXACT)
        assert found["significant"] == (own["p_adjusted"] < 0.05)


def test_a_reversal_counts_when_its_opposite_is_significant():
    # two groups that stand apart in opposite ways by two indicators
    random = np.random.default_rng(2)
    n = 400
    group = np.arange(n) % 2
    frame = {"g": [f"g{g}" for g in group], "w": np.ones(n), "stratum": np.zeros(n)}
    frame |= {"psu": np.arange(n) % 40, "x": (random.random(n) < 0.2 + 0.6 * group) * 1}
    frame["y"] = (random.random(n) < 0.7 - 0.4 * group) * 1
    weights = {"x": "3/4", "y": "1/4"}
    spec = mpi.Specification.from_columns(
        {"one": ["x"], "two": ["y"]}, cutoff="1/2", weights=weights
    )
    profiles = mpi.tabulate(survey(frame), spec, by="g")
    turned = {"turned": {"one": "1/10", "two": "9/10"}}
    found = mpi.robustness(profiles, weights=turned, draws=0)
    about = row(found.scenarios, scenario="turned")
    assert (about["kept"], about["kendall"], about["not_reversed"]) == (0.0, -1.0, 0.0)
    assert row(found.pairs, family="weights")["reversed"] >= 1
    assert row(found.scenarios, scenario="k = 3/5")["not_reversed"] == 1.0


def replicate_factors(number, seed):
    sampled = PROFILES.sampled
    sample, _ = sample_of(sampled.labels, sampled.fpc, sampled.drawn)
    made = make("rao-wu", sample, number=number, seed=seed, rho=0.5, mse=True, lonely="fail")
    place = {label: unit for unit, label in enumerate(sampled.labels)}
    of_row = [place[(s, p)] for s, p in zip(COLUMNS["stratum"], COLUMNS["psu"], strict=True)]
    return [made.factor(r)[of_row] for r in range(number)]


def test_standard_errors_of_what_stays_are_those_of_replicated_rows():
    number = 25
    replicates = mpi.Replicates("rao-wu", number=number, seed=11)
    found = mpi.robustness(PROFILES, k="1/2", draws=0, replicates=replicates)
    base, half = (order(spec) for spec in (SPEC, HALF))
    whole = agreement(base, half) | {"rank": stats.rankdata(-np.array(base))}
    sums = dict.fromkeys(whole, 0.0)
    for factors in replicate_factors(number, seed=11):
        columns = COLUMNS | {"w": COLUMNS["w"] * factors}
        again, other = (order(spec, columns=columns) for spec in (SPEC, HALF))
        own = agreement(again, other) | {"rank": stats.rankdata(-np.array(again))}
        for name, value in own.items():
            sums[name] = sums[name] + (value - whole[name]) ** 2 / (number - 1)
    about = row(found.scenarios, scenario="health 1/2")
    for name in ("kendall", "spearman", "pearson", "kept"):
        assert about[f"{name}_se"] == pytest.approx(np.sqrt(sums[name]), abs=EXACT), name
    for place, group in enumerate(GROUPS):
        about = row(found.ranks, group=group, family="weights")
        assert about["rank_se"] == pytest.approx(np.sqrt(sums["rank"][place]), abs=EXACT)


def test_replicates_of_the_survey_give_errors_of_differences_too():
    replicates = mpi.Replicates("jkn")
    found = mpi.robustness(PROFILES, draws=0, replicates=replicates)
    contrasts = PROFILES.estimate(replicates=replicates).differences("M0", by="g")
    about = row(found.pairs, family="weights", first="g4", second="g1")
    assert about["se"] == pytest.approx(contrasts["g1 - g4"].se, abs=EXACT)


def test_supplied_replicate_weights_are_used():
    columns = dict(COLUMNS)
    names = []
    for r, factors in enumerate(replicate_factors(20, seed=3)):
        columns[f"r{r}"] = COLUMNS["w"] * factors
        names.append(f"r{r}")
    supplied = mpi.Replicates("rao-wu", columns=tuple(names))
    profiles = mpi.tabulate(survey(columns, replicates=supplied), SPEC, by="g")
    own = mpi.robustness(profiles, draws=20).scenarios.to_pandas()
    made = mpi.robustness(
        PROFILES, draws=20, replicates=mpi.Replicates("rao-wu", number=20, seed=3)
    ).scenarios.to_pandas()
    for name in ("kendall_se", "kept_se", "not_reversed_se"):
        assert own[name].to_numpy() == pytest.approx(made[name].to_numpy(), abs=EXACT)


def test_policies_for_missing_answers_are_scenarios_where_answers_are_missing():
    columns = people(missing=True)
    profiles = mpi.tabulate(survey(columns), SPEC, by="g")
    found = mpi.robustness(profiles, draws=20, se=False)
    base = order(SPEC, columns=columns)
    for policy, name in {
        "reweight": "missing answers: reweight",
        "nondeprived": "missing answers as not deprived",
    }.items():
        expected = agreement(base, order(SPEC, columns=columns, missing=policy))
        about = row(found.scenarios, scenario=name)
        assert {n: about[n] for n in expected} == pytest.approx(expected, abs=EXACT)
    assert "missing" not in {r["family"] for r in FOUND.summary.to_arrow().to_pylist()}


@pytest.mark.parametrize("policy", ["drop", "reweight", "nondeprived"])
def test_draws_treat_missing_answers_as_the_policy_says(policy):
    columns = people(missing=True)
    profiles = mpi.tabulate(survey(columns), SPEC, by="g")
    found = mpi.robustness(profiles, k="1/3", draws=3, seed=9, missing=policy, se=False)
    parts = simplex(3, 3, concentration=1.0, seed=9, scale=10**6)
    base = order(SPEC, columns=columns, missing=policy)
    values = []
    for weights in parts.tolist():
        exact = {d: Fraction(p, 10**6) for d, p in zip(DIMENSIONS, weights, strict=True)}
        figures = order(spread(**exact), columns=columns, missing=policy)
        values.append(agreement(base, figures)["pearson"])
    summed = row(found.summary, family="draws")
    assert summed["pearson_mean"] == pytest.approx(np.mean(values), abs=EXACT)


def test_other_thresholds_come_from_stricter_rules_and_from_other_tables():
    frame = {"x": [3, 1, 0, 5, 2, 0], "y": [0, 4, 1, 2, 5, 3], "g": ["a", "a", "b", "b", "c", "c"]}
    content = {
        "id": "strict",
        "title": "Two",
        "unit": "person",
        "cutoff": "1/2",
        "dimension": [
            {
                "id": n,
                "title": n,
                "indicator": [
                    {"id": f"i{n}", "title": n, "deprived": f"{n} < 3", "destitute": f"{n} < 2"}
                ],
            }
            for n in ("x", "y")
        ],
    }
    spec = mpi.Specification.model_validate(content)
    looser = mpi.Specification.from_columns({"p": ["hx"], "q": ["hy"]}, cutoff="1/2", id="looser")
    more = frame | {"hx": [int(v < 4) for v in frame["x"]], "hy": [int(v < 4) for v in frame["y"]]}
    profiles = mpi.tabulate(more, spec, by="g")
    other = mpi.tabulate(more, looser, by="g")
    found = mpi.robustness(profiles, alternatives={"below four": other}, draws=0, se=False)
    base = profiles.estimate(se=False)
    figures = {
        "destitute": [base.get("M0_destitute", g=g).estimate for g in "abc"],
        "below four": [other.estimate(se=False).get("M0", g=g).estimate for g in "abc"],
    }
    own = [base.get("M0", g=g).estimate for g in "abc"]
    for name, values in figures.items():
        about = row(found.scenarios, scenario=name)
        assert about["family"] == "thresholds"
        expected = stats.pearsonr(own, values).statistic if len(set(values)) > 1 else None
        assert about["pearson"] == (None if expected is None else pytest.approx(expected))


def test_an_alternative_of_the_same_specification_changes_nothing_and_has_its_errors():
    found = mpi.robustness(PROFILES, alternatives={"again": PROFILES}, draws=0)
    about = row(found.scenarios, scenario="again")
    assert (about["kendall"], about["kept"], about["not_reversed"]) == (1.0, 1.0, 1.0)
    assert about["kendall_se"] == pytest.approx(0.0, abs=EXACT)


def test_households_are_counted_if_asked():
    columns = COLUMNS | {"hh": [i // 3 for i in range(300)]}
    for name in ("g", "w", "stratum", "psu", *"abcde"):
        columns[name] = [columns[name][3 * (i // 3)] for i in range(300)]
    spec = mpi.Specification.from_columns(
        DIMENSIONS, cutoff="1/3", weights=WEIGHTS, unit="household"
    )
    profiles = mpi.tabulate(survey(columns, household_id="hh"), spec, by="g")
    found = mpi.robustness(profiles, count="households", draws=5, se=False)
    expected = profiles.estimate(count="households", se=False).get("M0", g="g3").estimate
    assert row(found.ranks, group="g3", family="weights")["estimate"] == pytest.approx(expected)


def test_a_single_psu_is_certain_in_the_replicates_and_a_finding():
    columns = {name: [*values, values[0]] for name, values in COLUMNS.items()}
    columns["stratum"][-1] = 9
    profiles = mpi.tabulate(survey(columns, lonely_psu="adjust"), SPEC, by="g")
    found = mpi.robustness(profiles, draws=10)
    places = {f.where for f in found.summary.findings.of_code("LONELY_PSU")}
    assert "replicates" in places
    assert row(found.scenarios, scenario="health 1/2")["kendall_se"] > 0
    with pytest.raises(mpi.EstimationError, match="1 of 4 strata have a single PSU"):
        mpi.robustness(profiles, lonely_psu="fail", draws=10)


def test_without_psus_comparisons_are_tested_and_what_stays_has_no_error():
    profiles = mpi.tabulate(survey(COLUMNS, psu=None, strata=None), SPEC, by="g")
    found = mpi.robustness(profiles, draws=10)
    about = row(found.scenarios, scenario="health 1/2")
    assert about["kendall_se"] is None
    assert about["not_reversed"] == 1.0
    assert row(found.pairs, family="weights", first="g4", second="g1")["se"] > 0
    finding = found.summary.findings.of_code("NO_REPLICATES")[0]
    assert "replicates need sampled units" in finding.detail


def test_without_errors_nothing_is_tested():
    found = mpi.robustness(PROFILES, draws=10, se=False)
    about = row(found.scenarios, scenario="health 1/2")
    assert about["kendall"] is not None
    assert (about["kendall_se"], about["not_reversed"]) == (None, None)
    assert row(found.pairs, family="weights", first="g4", second="g1")["significant"] is None


def test_some_draws_are_made_again_in_replicates_and_a_finding_says_how_many():
    finding = FOUND.summary.findings.of_code("DRAWS_REPLICATED")[0]
    assert (finding.count, finding.of) == (100, 300)
    assert row(FOUND.summary, family="draws", k="1/3")["kendall_mean_se"] > 0
    few = mpi.robustness(PROFILES, draws=30, k="1/2")
    assert not few.summary.findings.of_code("DRAWS_REPLICATED")


def test_nobody_poor_at_a_cutoff_is_not_an_order():
    frame = {"a": [1, 0, 1, 0, 0], "b": [0, 1, 0, 0, 0], "g": [1, 1, 2, 2, 3]}
    spec = mpi.Specification.from_columns({"x": ["a"], "y": ["b"]}, cutoff="1/2")
    found = mpi.robustness(mpi.tabulate(frame, spec, by="g"), k=1, draws=0, se=False)
    about = row(found.scenarios, scenario="k = 1")
    assert (about["kendall"], about["spearman"], about["pearson"]) == (None, None, None)
    assert about["kept"] == 0.0  # three groups are tied where they differed
    assert row(found.summary, family="cutoff")["kendall_mean"] is None


def test_groups_without_a_complete_answer_are_left_out_with_a_finding():
    frame = {"a": [1, 0, 1, None], "b": [0, 1, 1, None], "g": ["x", "y", "y", "z"]}
    spec = mpi.Specification.from_columns({"x": ["a"], "y": ["b"]}, cutoff="1/2")
    found = mpi.robustness(mpi.tabulate(frame, spec, by="g"), draws=5, se=False)
    assert [f.where for f in found.summary.findings.of_code("EMPTY_GROUP")] == ["g=z"]
    assert {r["group"] for r in found.ranks.to_arrow().to_pylist()} == {"x", "y"}


def test_what_is_shown_is_the_summary():
    assert repr(FOUND).startswith("Robustness of five, M0 at k=1/3: 5 groups by g")
    assert "<table" in FOUND._repr_html_()


OTHER = mpi.tabulate(survey(COLUMNS), SPEC, by="psu")
APART = mpi.tabulate(survey(COLUMNS, strata=None, psu="g"), SPEC, by="g")
BAD = {
    "measure": ({"measure": "A"}, "measure: 'A' is none here"),
    "grouping": ({"by": "region"}, "by: 'region' is none of the groupings: the tables are by g"),
    "cutoff": ({"k": 2}, "cutoff 2 is not above 0"),
    "share": ({"share": "fail"}, "share: there is no option 'fail'"),
    "over": ({"over": "people"}, "over: there is no option 'people'"),
    "draws": ({"draws": -1}, "draws: is -1.\n.*whole number from 0 to 1,000,000"),
    "truth": ({"draws": True}, "draws: is True"),
    "seed": ({"seed": 1.5}, "seed: is 1.5"),
    "concentration": ({"concentration": 0}, "concentration: is 0"),
    "policy": ({"missing": "ignore"}, "missing: there is no policy 'ignore'"),
    "bounds": ({"missing": "bounds"}, "'bounds' gives two figures for each group"),
    "count": ({"count": "heads"}, "'heads' cannot be counted"),
    "households": ({"count": "households"}, "households cannot be counted by g"),
    "level": ({"level": 95}, "level: is 95"),
    "weights": ({"weights": {"w": {"health": 1}}}, "has no weight for some of them"),
    "unknown": (
        {"weights": {"w": {"helth": 1}}},
        "'helth' is no dimension and no indicator.*\n.*Did you mean 'health'",
    ),
    "sum": (
        {"weights": {"w": dict.fromkeys(DIMENSIONS, "1/4")}},
        "the weights add up to 3/4, not 1",
    ),
    "zero": (
        {"weights": {"w": {"health": 0, "school": "1/2", "home": "1/2"}}},
        "a weight is not positive",
    ),
    "no number": ({"weights": {"w": dict.fromkeys(DIMENSIONS, "x")}}, "'x' is not a fraction"),
    "no mapping": ({"weights": {"w": [1, 2]}}, "a value of type 'list' is no mapping"),
    "alternatives": ({"alternatives": [1]}, "a value of type 'list' is no mapping"),
    "no profiles": ({"alternatives": {"x": 1}}, "a value of type 'int' is no Profiles"),
    "other grouping": ({"alternatives": {"x": OTHER}}, "its tables are not by g"),
    "other sample": ({"alternatives": {"x": APART}}, "it is of other sampled units"),
}


@pytest.mark.parametrize("case", BAD)
def test_what_cannot_be_studied_is_a_sentence(case):
    arguments, message = BAD[case]
    with pytest.raises(mpi.EstimationError, match=message):
        mpi.robustness(PROFILES, **({"draws": 2} | arguments))


def test_all_problems_come_at_once():
    with pytest.raises(mpi.EstimationError, match="robustness has 3 problems"):
        mpi.robustness(PROFILES, measure="A", draws=-1, count="heads")


def test_tables_without_groups_or_with_one_group_are_a_sentence():
    with pytest.raises(mpi.EstimationError, match="the tables are by nothing"):
        mpi.robustness(mpi.tabulate(survey(COLUMNS), SPEC))
    one = COLUMNS | {"g": ["all"] * 300}
    with pytest.raises(mpi.EstimationError, match="1 groups have a figure by g"):
        mpi.robustness(mpi.tabulate(survey(one), SPEC, by="g"))


def test_weights_are_not_drawn_where_a_policy_shares_within_dimensions():
    profiles = mpi.tabulate(survey(people(missing=True)), SPEC, by="g")
    with pytest.raises(mpi.EstimationError, match="cannot be drawn under 'reweight-dimension'"):
        mpi.robustness(profiles, missing="reweight-dimension", draws=5)
    assert mpi.robustness(profiles, missing="reweight-dimension", draws=0, se=False).scenarios


def test_cutoffs_of_many_decimals_are_decided_exactly_or_refused():
    fine = "0.333333333333333333333"
    found = mpi.robustness(PROFILES, k=fine, draws=10, se=False)
    rows = [r for r in found.summary.to_arrow().to_pylist() if r["family"] == "draws"]
    assert len(rows) == 2
    with pytest.raises(mpi.EstimationError, match="a cutoff has too many decimals"):
        mpi.robustness(PROFILES, k=fine, missing="reweight", draws=10, se=False)
