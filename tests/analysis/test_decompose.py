"""Why M0 changed: parts on paper, by brute force on rows, and their errors by hand."""

from __future__ import annotations

from fractions import Fraction
from itertools import permutations

import numpy as np
import pandas as pd
import pytest

import mpi
from mpi.errors import EstimationError

# a few products and sums of doubles
EXACT = 1e-12
# standard errors are roots of sums of thousands of squares, in another order
ORDER = 1e-9
SPEC = mpi.Specification.from_columns({"all": list("abcd")}, cutoff="1/2")
PAIR = "incidence_intensity"
THREE = "groups_incidence_intensity"


def rows_of(scores, size):
    """0/1 columns whose equal weights give these scores, in parts of `size`."""
    return {f"i{j}": [int(j < round(score * size)) for score in scores] for j in range(size)}


def waves(first, second, size=4, cutoff="1/2", **more):
    spec = mpi.Specification.from_columns({"all": [f"i{j}" for j in range(size)]}, cutoff=cutoff)
    return [mpi.measure(rows_of(scores, size), spec, **more) for scores in (first, second)]


def sample(seed, psus=24, size=6, *, regions=("N", "S"), level=0.5, weights=True):
    """Persons in PSUs of two strata, with clustered deprivations; regions cut across PSUs."""
    rng = np.random.default_rng(seed)
    psu = np.repeat(np.arange(psus), size)
    tendency = rng.normal(0, 0.15, psus)[psu]
    frame = pd.DataFrame({"psu": psu, "stratum": psu % 2})
    for name in "abcd":
        frame[name] = (rng.random(psu.size) < level + tendency).astype(int)
    frame["w"] = rng.integers(1, 5, psu.size) if weights else 1
    frame["region"] = np.array(regions)[rng.integers(0, len(regions), psu.size)]
    frame["sex"] = np.array(["f", "m"])[rng.integers(0, 2, psu.size)]
    return frame


def survey(frame, **more):
    return mpi.Survey(frame, weight="w", strata="stratum", psu="psu", **more)


def estimate(frame, by=("region", "sex"), spec=SPEC, k=("1/4", "1/2"), **more):
    return mpi.tabulate(survey(frame), spec, by=list(by)).estimate(list(k), **more)


FRAMES = (sample(1), sample(2, level=0.35))
PAIRS = tuple(estimate(frame) for frame in FRAMES)


def values(found, split, **which):
    table = found.select(split).to_pandas()
    for name, value in which.items():
        table = table[table[name].isna() if value is None else table[name] == value]
    return dict(zip(table["part"], table["estimate"], strict=True))


def test_example_6_incidence_and_intensity():
    pair = waves([0.5, 0.5, 0.5, 0, 0], [0.4, 0.5, 0, 0, 0], size=10, cutoff="2/5")
    assert values(mpi.decompose(*pair), PAIR) == pytest.approx(
        {"incidence": -19 / 200, "intensity": -1 / 40}, abs=EXACT
    )
    found = mpi.decompose(*pair, method="base")
    expected = {"incidence": -1 / 10, "intensity": -3 / 100, "interaction": 1 / 100}
    assert values(found, PAIR) == pytest.approx(expected, abs=EXACT)
    assert values(found, "change") == pytest.approx({"change": -3 / 25}, abs=EXACT)


def test_example_7_incidence_and_intensity():
    pair = waves(
        [1 / 2, 3 / 4, 1 / 4, 0, 1 / 2, 3 / 4, 0, 1 / 4, 1 / 2, 1],
        [1 / 4, 1 / 2, 1 / 2, 0, 1 / 2, 1 / 2, 0, 0, 0, 3 / 4],
    )
    found = mpi.decompose(*pair)
    expected = {"incidence": -73 / 1200, "intensity": -77 / 1200}
    assert values(found, PAIR) == pytest.approx(expected, abs=EXACT)
    shares = found.select(PAIR).to_pandas()["share"]
    assert shares.tolist() == pytest.approx([73 / 150, 77 / 150], abs=EXACT)


def by_orders(first, second):
    """Shapley terms of a product by definition, in fractions: mean effects over all orders."""
    orders = list(permutations(range(len(first))))
    terms = [Fraction(0)] * len(first)
    for order in orders:
        now = list(first)
        for factor in order:
            before = np.prod(now)
            now[factor] = second[factor]
            terms[factor] += Fraction(np.prod(now) - before) / len(orders)
    return terms


def measured(frame, k, names="abcd"):
    """Sum of weights, H, A and M0 in fractions."""
    total = poor = adjusted = Fraction(0)
    for row in frame.to_dict("records"):
        score = Fraction(sum(row[name] for name in names), len(names))
        total += int(row["w"])
        poor += int(row["w"]) * (score >= k)
        adjusted += int(row["w"]) * score * (score >= k)
    return total, poor / total, adjusted / poor, adjusted / total


@pytest.mark.parametrize("k", ["1/4", "1/2"])
def test_parts_are_those_of_the_definition_on_the_rows(k):
    found = mpi.decompose(*PAIRS, samples="independent")
    whole = [measured(frame, Fraction(k)) for frame in FRAMES]
    terms = by_orders(*([w[1], w[2]] for w in whole))
    got = values(found, PAIR, by="national", k=k)
    assert list(got.values()) == pytest.approx([float(t) for t in terms], abs=EXACT)
    for region in "NS":
        own = [measured(f[f["region"] == region], Fraction(k)) for f in FRAMES]
        share = [mine[0] / all_of[0] for mine, all_of in zip(own, whole, strict=True)]
        got = values(found, PAIR, region=region, k=k)
        terms = by_orders(*([o[1], o[2]] for o in own))
        assert list(got.values()) == pytest.approx([float(t) for t in terms], abs=EXACT)
        got = values(found, "groups", region=region, k=k)
        terms = by_orders(*([v, o[3]] for v, o in zip(share, own, strict=True)))
        assert list(got.values()) == pytest.approx([float(t) for t in terms], abs=EXACT)
        got = values(found, THREE, region=region, k=k)
        terms = by_orders(*([v, o[1], o[2]] for v, o in zip(share, own, strict=True)))
        assert list(got.values()) == pytest.approx([float(t) for t in terms], abs=EXACT)


def test_indicators_change_by_their_weighted_censored_headcounts():
    found = values(
        mpi.decompose(*PAIRS, samples="independent"), "indicators", by="sex", sex="f", k="1/2"
    )
    for name, part in found.items():
        old, new = (e.get("hdk", k="1/2", indicator=name, sex="f").estimate for e in PAIRS)
        assert part == pytest.approx((new - old) / 4, abs=EXACT)


@pytest.mark.parametrize("samples", ["independent", "overlapping"])
def test_the_change_itself_has_the_errors_of_mpi_change(samples):
    found = mpi.decompose(*PAIRS, samples=samples).select("change").to_pandas()
    changes = mpi.change(*PAIRS, samples=samples, years=[2018, 2022]).select("M0").to_pandas()
    changes = changes[(changes["change"] == "absolute") & ~changes["annualized"]]
    both = found.merge(changes, on=["by", "group", "k"], suffixes=("", "_other"))
    assert len(both) == len(found) == 10
    for name in ("estimate", "se", "ci_low", "ci_high", "df", "p_value"):
        np.testing.assert_allclose(both[name], both[f"{name}_other"], rtol=ORDER)


@pytest.mark.parametrize("samples", ["independent", "overlapping"])
def test_errors_of_incidence_and_intensity_are_those_of_the_written_gradient(samples):
    one, two = mpi.pool(*PAIRS, samples=samples)
    figures = [e.get(m, k="1/2", region="N") for m in ("H", "A") for e in (one, two)]
    H1, H2, A1, A2 = (figure.estimate for figure in figures)
    V = one.covariance(figures)
    found = mpi.decompose(*PAIRS, samples=samples)
    gradients = {
        "incidence": [-(A1 + A2) / 2, (A1 + A2) / 2, (H2 - H1) / 2, (H2 - H1) / 2],
        "intensity": [(A2 - A1) / 2, (A2 - A1) / 2, -(H1 + H2) / 2, (H1 + H2) / 2],
    }
    table = found.select(PAIR).to_pandas()
    table = table[(table["region"] == "N") & (table["k"] == "1/2")].set_index("part")
    for part, gradient in gradients.items():
        g = np.array(gradient)
        assert table.loc[part, "se"] == pytest.approx(np.sqrt(g @ V @ g), rel=ORDER)


def parts(found):
    table = found.to_pandas()
    keys = ["by", "group", "k", "split", "part"]
    return table.set_index(pd.MultiIndex.from_frame(table[keys].astype("string").fillna("")))


def assert_same_errors(found, select=slice(None)):
    """Every error of the table is that of the contrast, whose covariance is made otherwise."""
    table = found.to_pandas().iloc[select]
    for row in table.to_dict("records"):
        group = {n: row[n] for n in ("region", "sex") if n in row and isinstance(row[n], str)}
        own = found.get(row["split"], row["part"], k=row["k"], by=row["by"], **group)
        assert own.estimate == row["estimate"]
        assert row["se"] == pytest.approx(own.se, rel=1e-7, abs=1e-12), row
        if row["split"] in ("change", PAIR, "groups"):
            assert row["df"] == own.df, row


@pytest.mark.parametrize("samples", ["independent", "overlapping"])
def test_errors_are_those_of_the_arithmetic_of_figures(samples):
    found = mpi.decompose(*PAIRS, samples=samples, method="base", centred=True)
    assert_same_errors(found, slice(None, None, 3))


def test_errors_come_from_replicates_where_those_were_asked_for():
    pair = [estimate(f, by=["region"], replicates=mpi.Replicates("jkn")) for f in FRAMES]
    assert_same_errors(mpi.decompose(*pair, samples="independent"), slice(None, None, 5))


def test_errors_of_units_that_were_drawn_directly():
    made = [mpi.measure(f, SPEC, by=["region"], weight="w", k=["1/4", "1/2"]) for f in FRAMES]
    assert_same_errors(mpi.decompose(*made), slice(None, None, 2))


def test_units_drawn_directly_and_in_no_group_leave_parts_between_groups_without_errors():
    frames = [f.assign(region=f["region"].where(f.index % 7 > 0)) for f in FRAMES]
    found = mpi.decompose(*(mpi.measure(f, SPEC, by="region", weight="w") for f in frames))
    table = found.to_pandas()
    between = table["split"].str.startswith("groups")
    assert table["se"].isna().equals(between)
    assert not table["estimate"].isna().any()
    [finding] = found.findings.of_code("NO_COVARIANCE")
    assert finding.where == "region"
    assert "Declare psu=" in finding.detail


def jackknifed(frames, *, together):
    """Delete-one-PSU variances (JKn) of all parts, by recomputing them from the rows."""

    def parts_of(pair):
        made = [
            estimate(f, by=["region"], k=["1/2"], se=True, lonely_psu="certainty") for f in pair
        ]
        return mpi.decompose(*made, samples="independent").to_pandas()["estimate"].to_numpy()

    centre = parts_of(frames)
    found = np.zeros(centre.size)
    for stratum in (0, 1):
        psus = sorted(set(frames[0].loc[frames[0]["stratum"] == stratum, "psu"]))
        n = len(psus)
        for psu in psus:
            kept = []
            for frame in frames:
                own = frame[frame["psu"] != psu].copy()
                own["w"] = own["w"] * np.where(own["stratum"] == stratum, n / (n - 1), 1.0)
                kept.append(own)
            pairs = [kept] if together else [[kept[0], frames[1]], [frames[0], kept[1]]]
            for pair in pairs:
                found += (n - 1) / n * (parts_of(pair) - centre) ** 2
    return np.sqrt(found)


@pytest.mark.parametrize("samples", ["independent", "overlapping"])
def test_linearised_errors_are_near_those_of_a_jackknife_by_hand(samples):
    frames = [sample(seed, psus=40, size=16, level=level) for seed, level in ((3, 0.5), (4, 0.4))]
    pair = [estimate(f, by=["region"], k=["1/2"]) for f in frames]
    linear = mpi.decompose(*pair, samples=samples).to_pandas()
    by_hand = jackknifed(frames, together=samples == "overlapping")
    first_order = linear["part"] != "population_share"  # products of two small differences
    large = first_order & (linear["se"] > 0)
    assert large.sum() > 30
    np.testing.assert_allclose(linear["se"][large], by_hand[large], rtol=0.04)


@pytest.mark.parametrize("samples", ["independent", "overlapping"])
def test_errors_are_exactly_those_of_a_jackknife_where_parts_are_linear(samples):
    frames = [sample(seed, psus=8, size=5, weights=False) for seed in (5, 6)]
    pair = [estimate(f, by=["region"], k=["1/2"]) for f in frames]
    linear = mpi.decompose(*pair, samples=samples).to_pandas()
    by_hand = jackknifed(frames, together=samples == "overlapping")
    # PSUs of one size: without one of them the population is as large as before
    kinds = ["change", "indicators", "dimensions"]
    own = (linear["by"] == "national") & linear["split"].isin(kinds)
    assert own.sum() == 6
    np.testing.assert_allclose(linear["se"][own], by_hand[own], rtol=EXACT)


def test_centred_shares_add_up_to_the_same():
    plain, centred = (
        mpi.decompose(*PAIRS, samples="independent", centred=c) for c in (False, True)
    )
    old, new = parts(plain)["estimate"], parts(centred)["estimate"]
    differs = (old - new).abs() > EXACT
    assert set(old.index[differs].get_level_values("part")) == {"population_share"}
    assert all(old.index[differs].get_level_values("group") != "")
    M0 = [e.get("M0", k="1/2").estimate for e in PAIRS]
    own = [e.get("M0", k="1/2", region="N").estimate for e in PAIRS]
    away = np.diff([e.get("popsh", region="N").estimate for e in PAIRS])[0]
    got = values(centred, "groups", region="N", k="1/2")["population_share"]
    assert got == pytest.approx(away * (np.mean(own) - np.mean(M0)), abs=EXACT)


def test_a_group_that_only_one_wave_has_is_all_population_share():
    frames = [FRAMES[0], FRAMES[1].replace({"region": {"S": "W"}})]
    found = mpi.decompose(
        *(estimate(f, by=["region"], k=["1/2"]) for f in frames), samples="independent"
    )
    old = estimate(frames[0], k=["1/2"])
    gone = values(found, THREE, region="S")
    lost = old.get("popsh", region="S").estimate * old.get("M0", region="S").estimate
    expected = {"population_share": -lost, "incidence": 0, "intensity": 0}
    assert gone == pytest.approx(expected, abs=EXACT)
    assert values(found, "groups", region="W")["within"] == 0
    table = found.to_pandas()
    assert not ((table["region"] == "S") & (table["split"] == "change")).any()
    alone = found.findings.of_code("GROUP_IN_ONE_WAVE")
    assert [(f.where, f.count, f.of) for f in alone] == [
        ("wave 1, region", 1, 2),
        ("wave 2, region", 1, 2),
    ]
    assert alone[0].detail.endswith("they have a share of 0 there: S")
    sums = table[table["group"].isna() & (table["split"] == THREE)]["estimate"].sum()
    assert sums == pytest.approx(values(found, "change", by="national")["change"], abs=EXACT)
    assert_same_errors(found)


def test_all_of_the_change_is_incidence_where_nobody_is_poor_in_one_wave():
    better = FRAMES[1].assign(a=0, b=0, c=0)
    pair = [FRAMES[0], better]
    found = mpi.decompose(
        *(estimate(f, by=["region"], k=["1/2"]) for f in pair), samples="independent"
    )
    change = values(found, "change", by="national")["change"]
    parts_of = values(found, PAIR, by="national")
    assert parts_of == pytest.approx({"incidence": change, "intensity": 0}, abs=EXACT)
    [finding] = found.findings.of_code("INTENSITY_OF_OTHER_WAVE")
    assert finding.count == 3
    table = found.select(PAIR).to_pandas()
    # nothing of intensity varies, and all of incidence is M0 of the first wave
    first = estimate(FRAMES[0], k=["1/2"]).get("M0")
    assert table["se"].tolist()[0] == pytest.approx(first.se, rel=ORDER)
    assert not table[["estimate", "se"]].isna().any(axis=None)


def test_nobody_poor_in_either_wave_is_no_change():
    none = [f.assign(a=0, b=0, c=0) for f in FRAMES]
    found = mpi.decompose(
        *(estimate(f, by=["region"], k=["1/2"]) for f in none), samples="independent"
    )
    table = found.to_pandas()
    assert (table["estimate"] == 0).all()
    assert table["share"].isna().all()
    assert (table["se"] == 0).all()
    [finding] = [f for f in found.findings.of_code("NO_INTERVAL") if f.where == "parts"]
    assert finding.count == len(found)


def test_units_in_no_group_are_a_part_of_their_own():
    frames = [f.assign(region=f["region"].where(f.index % 7 > 0)) for f in FRAMES]
    pair = [estimate(f, by=["region"], k=["1/2"]) for f in frames]
    found = mpi.decompose(*pair, samples="independent")
    sums = values(found, "groups", by="region", group=None)
    assert set(sums) == {"population_share", "within", "no_group"}
    change = values(found, "change", by="national")["change"]
    assert sum(sums.values()) == pytest.approx(change, abs=EXACT)
    assert abs(sums["no_group"]) > 1e-4
    assert_same_errors(found)


def test_a_census_has_limits_that_are_the_parts_themselves():
    pair = [
        mpi.measure(mpi.Survey(f.assign(N=24), psu="psu", fpc="N", weight="w"), SPEC, by="region")
        for f in (f.assign(psu=f["psu"]) for f in FRAMES)
    ]
    table = mpi.decompose(*pair, samples="independent").to_pandas()
    assert (table["se"] == 0).all()
    assert (table["ci_low"] == table["estimate"]).all()


def test_groupings_can_be_chosen():
    found = mpi.decompose(*PAIRS, samples="independent", by="sex")
    assert set(found.to_pandas()["by"]) == {"national", "sex"}


def test_what_only_one_wave_has_is_a_finding():
    pair = [estimate(FRAMES[0], k=["1/4", "1/2"]), estimate(FRAMES[1], by=["sex"], k=["1/2", "1"])]
    found = mpi.decompose(*pair, samples="independent")
    assert set(found.to_pandas()["k"]) == {"1/2"}
    cutoffs = found.findings.of_code("CUTOFF_IN_ONE_WAVE")
    detail = "cutoffs that the other wave does not have: "
    assert [(f.where, f.detail) for f in cutoffs] == [
        ("wave 1", f"{detail}1/4"),
        ("wave 2", f"{detail}1"),
    ]
    [grouping] = found.findings.of_code("GROUPING_IN_ONE_WAVE")
    assert grouping.detail == "groupings that the other wave does not have: region"


def test_waves_of_two_specifications_are_decomposed_only_if_told():
    other = mpi.Specification.from_columns({"all": list("abc")}, cutoff="1/2")
    pair = [PAIRS[0], estimate(FRAMES[1], spec=other)]
    with pytest.raises(EstimationError, match="specification: waves differ in it"):
        mpi.decompose(*pair, samples="independent")
    found = mpi.decompose(*pair, samples="independent", other_specification=True)
    got = values(found, "indicators", by="national", k="1/2")
    d = PAIRS[0].get("actb", k="1/2", indicator="d").estimate
    assert got["d"] == pytest.approx(-d, abs=EXACT)
    assert sum(got.values()) == pytest.approx(
        values(found, "change", by="national", k="1/2")["change"], abs=EXACT
    )


def test_a_union_dimension_is_an_indicator_of_its_own():
    content = {"id": "rights", "title": "rights", "unit": "person", "cutoff": "1/2"}
    content["dimension"] = [
        {
            "id": "one",
            "rule": "union",
            "indicator": [{"id": n, "deprived": f"{n} == 1"} for n in "ab"],
        },
        {"id": "two", "indicator": [{"id": n, "deprived": f"{n} == 1"} for n in "cd"]},
    ]
    spec = mpi.Specification.model_validate(content)
    pair = [estimate(f, spec=spec, k=["1/2"]) for f in FRAMES]
    found = mpi.decompose(*pair, samples="independent")
    got = values(found, "indicators", by="national")
    assert set(got) == {"one", "c", "d"}
    change = values(found, "change", by="national")["change"]
    assert sum(got.values()) == pytest.approx(change, abs=EXACT)


def test_parts_can_be_compared():
    found = mpi.decompose(*PAIRS, samples="overlapping")
    one = found.get(PAIR, "incidence", k="1/2", region="N")
    other = found.get(PAIR, "incidence", k="1/2", region="S")
    assert (one - other).estimate == one.estimate - other.estimate
    assert (one - other).se > 0


BAD = {
    "one wave": (lambda: (PAIRS[0], 3), {}, "is no Estimates"),
    "undeclared": (lambda: PAIRS, {}, 'Say samples="overlapping" if they are'),
    "option": (lambda: PAIRS, {"method": "mean"}, "method: there is no option 'mean'"),
    "by": (
        lambda: PAIRS,
        {"by": "regoin", "samples": "independent"},
        "by: wave 1 and wave 2 is not by 'regoin'",
    ),
    "selected": (
        lambda: (PAIRS[0].select("M0"), PAIRS[1]),
        {"samples": "independent"},
        "wave 1 has no figures of H, A, actb",
    ),
    "bounds": (
        lambda: tuple(estimate(f, missing="bounds") for f in FRAMES),
        {"samples": "independent"},
        "under a policy other than 'bounds'",
    ),
    "cutoffs": (
        lambda: tuple(estimate(f, k=[k]) for f, k in zip(FRAMES, ("1/4", "1/2"), strict=True)),
        {"samples": "independent"},
        "k: the waves have no cutoff in common",
    ),
    "types": (
        lambda: (PAIRS[0], estimate(FRAMES[1].assign(region=FRAMES[1]["psu"] % 2))),
        {"samples": "independent"},
        "'region' is string in one wave and int64 in the other",
    ),
    "no errors": (
        lambda: (PAIRS[0], estimate(FRAMES[1], se=False)),
        {"samples": "independent"},
        "has no standard errors of its own",
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_gets_a_sentence(case):
    given, options, message = BAD[case]
    with pytest.raises(EstimationError) as caught:
        mpi.decompose(*given(), **options)
    assert message in str(caught.value)


def test_all_problems_come_at_once():
    with pytest.raises(EstimationError) as caught:
        mpi.decompose(PAIRS[0].select("M0"), PAIRS[1], by="nothing", samples="independent")
    assert len(caught.value.problems) == 2


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda d: d.select("sectors"), "there is no 'sectors'"),
        (lambda d: d.get(PAIR, "incidence"), "2 rows fit part 'incidence'"),
        (lambda d: d.get(PAIR, "incidence", k=2), "k"),
        (lambda d: d.get(PAIR, "incidence", town="x"), "'town' is no grouping variable"),
    ],
)
def test_what_is_not_there_is_said(call, message):
    with pytest.raises(EstimationError, match=message):
        call(mpi.decompose(*PAIRS, samples="independent"))


def test_the_result_shows_itself():
    found = mpi.decompose(*PAIRS, samples="overlapping")
    assert repr(found).startswith("Change of M0: from-columns, persons")
    assert "incidence" in found._repr_html_()
