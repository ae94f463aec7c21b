"""Figures show the estimates: what is plotted is what was computed, in the order that is said."""

from __future__ import annotations

import subprocess
import sys
from fractions import Fraction
from itertools import pairwise
from string import Formatter

import drawn as the
import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure

import mpi
from mpi.errors import EstimationError
from mpi.report.figures import style
from mpi.report.figures.words import _WORDS

EXACT = 1e-12
PROFILES = the.profiles()
ESTIMATES = PROFILES.estimate()
WAVES = [the.profiles(seed=seed).estimate() for seed in (1, 2)]


def test_the_sample_below_a_figure_is_that_of_its_estimates_where_answers_are_missing():
    people = {"a": [1, 0, 1, None, 0, 1], "b": [1, 1, 0, 0, 0, 1], "g": ["x", "y"] * 3}
    spec = mpi.Specification.from_columns({"d": ["a", "b"]}, cutoff="1/2")
    estimates = mpi.tabulate(people, spec, by="g").estimate()
    assert estimates.get("M0").n == 5
    assert estimates.get("hd_available", indicator="b").n == 6
    figure = mpi.figures.by_group(estimates, measures=["H", "M0"])
    (line,) = [text for text in the.texts(figure) if "n = " in text]
    assert "n = 5 persons" in line


# ---- groups


def test_dots_and_whiskers_of_groups_are_the_estimates_with_their_intervals():
    figure = the.drawn(mpi.figures.by_group(ESTIMATES))
    for axes, measure in zip(figure.axes, ("H", "M0"), strict=True):
        rows = the.rows(ESTIMATES, measure)
        order = the.labels(figure.axes[0])
        assert order == ["c", "b", "a"]
        for y, group in enumerate(order):
            row = rows.loc[group]
            assert the.dots(axes)[y] == pytest.approx(row["estimate"], abs=EXACT)
            limits = (row["ci_low"], row["ci_high"])
            assert the.whiskers(axes)[y] == pytest.approx(limits, abs=EXACT)


def test_groups_go_from_the_highest_figure_to_the_lowest():
    axes = mpi.figures.by_group(ESTIMATES, measures="H").axes[0]
    dots = [the.dots(axes)[y] for y in sorted(the.dots(axes))]
    assert dots == sorted(dots, reverse=True)


def test_the_dashed_line_is_the_whole_population():
    axes = mpi.figures.by_group(ESTIMATES, measures="H").axes[0]
    (line,) = (line for line in axes.lines if list(line.get_ydata()) == [0, 1])
    assert line.get_xdata()[0] == ESTIMATES.get("H").estimate


def test_without_standard_errors_there_are_no_whiskers_and_no_word_of_intervals():
    figure = mpi.figures.by_group(PROFILES.estimate(se=False), measures="H")
    assert the.whiskers(figure.axes[0]) == {}
    assert not any("confidence" in text for text in the.texts(figure))


def test_the_population_alone_is_a_row_of_its_own():
    axes = mpi.figures.by_group(ESTIMATES, "national", measures="M0").axes[0]
    assert the.labels(axes) == ["Whole population"]
    assert the.dots(axes) == {0: ESTIMATES.get("M0").estimate}


def test_forty_groups_make_a_taller_figure_and_all_of_them_are_there():
    names = [f"group {n:02}" for n in range(40)]
    few, many = (
        the.drawn(mpi.figures.by_group(the.profiles(groups, n=8).estimate()))
        for groups in (names[:4], names)
    )
    assert many.get_figheight() > few.get_figheight() + 5
    assert set(the.labels(many.axes[0])) == set(names)


def test_ticks_of_shares_end_at_one_hundred_percent():
    everybody = mpi.Survey({name: [1] * 8 for name in ("years", "attends", "water", "floor")})
    figure = the.drawn(mpi.figures.by_group(mpi.measure(everybody, the.SPEC)))
    for axes in figure.axes:
        assert axes.get_xlim()[1] > 1.2
        assert max(axes.get_xticks()) == 1


def test_long_labels_are_broken_and_cut():
    name = "a very long name of a group that goes on " * 5
    figure = the.drawn(mpi.figures.by_group(the.profiles([name, "b"]).estimate()))
    label = max(the.labels(figure.axes[0]), key=len)
    assert len(label.split("\n")) == 2
    assert label.endswith("…")


# ---- what is not published, not defined, doubtful


def test_what_is_suppressed_is_hatched_and_called_so_and_its_value_is_nowhere():
    estimates = the.profiles(n=20).estimate().flag("dhs", suppress=True)
    figure = the.drawn(mpi.figures.by_group(estimates))
    for axes in figure.axes:
        assert [bar.get_hatch() for bar in axes.patches] == [style.WITHHELD] * 3
        assert the.dots(axes) == {}
    assert sum(text == "not published" for text in the.texts(figure)) == 6
    assert "Not published: a, b, c." in mpi.figures.describe(figure)


def test_what_is_not_defined_is_not_hatched():
    spec = mpi.Specification.from_columns({"d": ["x"]}, cutoff=1)
    people = mpi.Survey({"x": [1, 0, 0, 0], "g": [1, 1, 2, 2], "p": [1, 2, 3, 4]}, psu="p")
    estimates = mpi.measure(people, spec, by="g")
    figure = the.drawn(mpi.figures.by_group(estimates, measures="A"))
    (bar,) = figure.axes[0].patches
    assert not bar.get_hatch()
    assert "not defined" in the.texts(figure)
    assert "not published" not in the.texts(figure)


def test_dots_of_unreliable_figures_are_open_and_the_flag_is_named():
    flagged = the.profiles(n=20).estimate().flag("eclac-2020")
    figure = mpi.figures.by_group(flagged, measures="H", language="es")
    faces = {
        line.get_markerfacecolor() for line in figure.axes[0].lines if line.get_marker() == "o"
    }
    assert faces == {"white"}
    assert any("vacío: con la señal “suppress”" in text for text in the.texts(figure))


# ---- contributions, headcounts


@pytest.mark.parametrize("of", ["dimensions", "indicators"])
@pytest.mark.parametrize("share", [False, True])
def test_parts_are_the_contributions_and_stand_end_to_end(of, share):
    measure = "pctb" if share else "actb"
    figure = mpi.figures.contributions(ESTIMATES, of=of, share=share)
    axes = figure.axes[0]
    names = [text.get_text() for text in figure.legends[0].get_texts()]
    column = "dimension" if of == "dimensions" else "indicator"
    for y, group in enumerate(the.labels(axes)):
        by = "national" if y == 0 else "g"
        bars = [bar for bar in axes.patches if abs(bar.get_y() + bar.get_height() / 2 - y) < 0.01]
        rows = the.rows(ESTIMATES, measure, by=by)
        rows = rows[rows["indicator"].isna() == (of == "dimensions")]
        own = rows if y == 0 else rows.loc[[group]]
        wanted = own.set_index(column)["estimate"].loc[names]
        assert [bar.get_width() for bar in bars] == pytest.approx(wanted.tolist(), abs=EXACT)
        for left, right in pairwise(bars):
            assert right.get_x() == pytest.approx(left.get_x() + left.get_width(), abs=EXACT)


def test_indicators_have_shades_of_their_dimension_and_all_looks_differ():
    patches = mpi.figures.contributions(ESTIMATES, of="indicators").legends[0].get_patches()
    looks = [(patch.get_facecolor(), patch.get_hatch()) for patch in patches]
    assert len(set(looks)) == 4
    assert to_rgb(looks[0][0]) == to_rgb(style.PALETTE[0])
    assert to_rgb(looks[2][0]) == to_rgb(style.PALETTE[1])


def test_a_union_dimension_counts_as_a_whole_among_indicators():
    spec = SPEC_WITH_UNION
    figure = mpi.figures.contributions(mpi.measure(UNION, spec), of="indicators")
    assert [t.get_text() for t in figure.legends[0].get_texts()] == ["years", "home"]


UNION = {"years": [1, 0, 1], "water": [1, 1, 0], "floor": [0, 1, 0]}
SPEC_WITH_UNION = mpi.specification(
    {
        "id": "union",
        "unit": "person",
        "cutoff": "1/2",
        "dimension": [
            {"id": "school", "indicator": [{"id": "years", "deprived": "years == 1"}]},
            {
                "id": "home",
                "rule": "union",
                "indicator": [{"id": n, "deprived": f"{n} == 1"} for n in ("water", "floor")],
            },
        ],
    }
)


@pytest.mark.parametrize(("group", "by"), [(None, "national"), ({"g": "c"}, "g")])
def test_censored_and_uncensored_headcounts_stand_together_with_their_intervals(group, by):
    axes = mpi.figures.headcounts(ESTIMATES, group).axes[0]
    of_group = {} if group is None else group
    for y, name in enumerate(the.labels(axes)):
        for measure, shape, shift in (("hd", "D", -0.16), ("hdk", "o", 0.16)):
            figure = ESTIMATES.get(measure, indicator=name, **of_group)
            assert the.dots(axes, shape)[y + shift] == figure.estimate
            assert the.whiskers(axes)[y + shift] == (figure.ci_low, figure.ci_high)
    everybody = [the.dots(axes, "D")[y] for y in sorted(the.dots(axes, "D"))]
    assert everybody == sorted(everybody, reverse=True)


# ---- curves


def test_curves_of_dominance_are_its_points_with_simultaneous_bands():
    dominance = mpi.dominance(PROFILES)
    axes = mpi.figures.curves(dominance, measure="M0").axes[0]
    table = dominance.curves.to_pandas()
    table = table[table["measure"] == "M0"]
    groups = table["group"].unique()
    assert len(axes.lines) == len(axes.collections) == len(groups)
    for line, band, group in zip(axes.lines, axes.collections, groups, strict=True):
        own = table[table["group"] == group]
        assert line.get_xdata() == pytest.approx([float(Fraction(k)) for k in own["k"]])
        assert line.get_ydata() == pytest.approx(own["estimate"].to_numpy())
        corners = band.get_paths()[0].vertices[:, 1]
        assert set(own["band_high"].dropna().round(9)) <= set(corners.round(9))
        assert set(own["band_low"].dropna().round(9)) <= set(corners.round(9))


def test_curves_of_estimates_are_of_their_cutoffs_and_say_that_bands_are_pointwise():
    estimates = PROFILES.estimate(k=["1/4", "1/2", 1])
    figure = mpi.figures.curves(estimates, "national")
    (line,) = figure.axes[0].lines
    assert line.get_ydata().tolist() == [
        estimates.get("H", k=k).estimate for k in ("1/4", "1/2", 1)
    ]
    assert any("95% at each cutoff by itself" in text for text in the.texts(figure))


def test_more_than_seven_curves_have_a_panel_each():
    groups = [f"g{n}" for n in range(9)]
    figure = the.drawn(mpi.figures.curves(mpi.dominance(the.profiles(groups, n=12))))
    shown = [axes for axes in figure.axes if axes.get_visible()]
    assert [axes.get_title("left") for axes in shown] == groups
    # the other curves behind, the own one on top
    assert all(len(axes.lines) == 10 for axes in shown)


# ---- changes, decompositions, comparisons


def test_arrows_go_from_the_first_figure_to_the_second_and_are_coloured_by_significance():
    changes = mpi.change(*WAVES, years=[2018, 2025])
    axes = mpi.figures.changes(changes).axes[0]
    table = changes.select("H").to_pandas()
    table = table[(table["change"] == "absolute") & ~table["annualized"]]
    rows = table.set_index(table["group"].fillna("Whole population"))
    for y, name in enumerate(the.labels(axes)):
        row = rows.loc[name]
        assert the.whiskers(axes)[y] == (row["estimate_0"], row["estimate_1"])
    assert the.labels(axes)[0] == "Whole population"


def test_a_change_is_significant_by_its_adjusted_p_value_where_there_is_one():
    # the poorest group and the second change places
    waves = [the.profiles(groups, seed=n).estimate() for n, groups in ((3, "abc"), (4, "acb"))]
    changes = mpi.change(*waves, years=[2018, 2025]).select("H")
    for result, column in ((changes, "p_value"), (changes.adjust(), "p_adjusted")):
        table = result.to_pandas()
        table = table[(table["change"] == "absolute") & ~table["annualized"]]
        first, second = sorted(set(table[column]))[:2]
        level = 1 - (first + second) / 2  # so that some are and some are not
        figure = mpi.figures.changes(result, level=level)
        stars = sum("*" in text.get_text() for text in figure.axes[0].texts)
        assert stars == (table[column] < 1 - level).sum()
        assert 0 < stars < len(table)
        word = "adjusted for" if column == "p_adjusted" else "not adjusted for"
        assert any(f"p-values {word} their number" in text for text in the.texts(figure))


def test_bars_of_a_comparison_lead_from_the_second_figure_to_the_first():
    other = the.SPEC.replace(cutoff="1/4", id="other")
    comparison = mpi.compare(the.people(("a", "b")), the.SPEC, other)
    axes = mpi.figures.waterfall(comparison, measure="H").axes[0]
    bars = list(axes.patches)
    get = comparison.estimates.get
    assert bars[0].get_width() == get("H", category="other", k="1/4").estimate
    assert bars[-1].get_width() == get("H", category="four", k="1/2").estimate
    parts = [get("H_attribution", category=name).estimate for name in ("cutoff", "weights")]
    assert [bar.get_width() for bar in bars[1:3]] == pytest.approx(parts, abs=EXACT)
    for before, after in pairwise(bars[:-1]):
        end = before.get_x() + before.get_width()
        assert after.get_x() == pytest.approx(end, abs=EXACT)
    assert bars[-2].get_x() + bars[-2].get_width() == pytest.approx(bars[-1].get_width(), abs=EXACT)


@pytest.mark.parametrize("split", ["incidence_intensity", "indicators", "dimensions", "groups"])
def test_bars_of_a_decomposition_add_up_to_the_change(split):
    found = mpi.decompose(*WAVES)
    axes = mpi.figures.waterfall(found, split=split).axes[0]
    *parts, total = (bar.get_width() for bar in axes.patches)
    change = found.get("change", "change").estimate
    assert sum(parts) == pytest.approx(change, abs=EXACT)
    assert total == pytest.approx(change, abs=EXACT)


# ---- overlap, ranks, quadrants, targets


def test_bars_of_combinations_are_their_shares_and_dots_below_are_their_members():
    overlap = mpi.overlap(PROFILES)
    figure = mpi.figures.overlap(overlap, most=5)
    bars, matrix, sizes = figure.axes
    table = overlap.combinations.to_pandas()
    table = table[(table["by"] == "national") & table["k"].isna()]
    table = table[table["combination"] != "(none)"].head(5)
    heights = [bar.get_height() for bar in bars.patches]
    assert heights[:5] == pytest.approx(table["estimate"].tolist(), abs=EXACT)
    names = [label.get_text() for label in matrix.get_yticklabels()]
    dark = [line for line in matrix.lines if line.get_color() == style.DARK]
    members = [{names[int(y)] for y in line.get_ydata()} for line in dark]
    assert members == [set(text.split(" & ")) for text in table["combination"]]
    # with those that are in nothing, all add up to everybody
    none = overlap.estimates.to_pandas()
    none = none[none["category"].eq("(none)") & none["k"].isna() & none["by"].eq("national")]
    none = none["estimate"].item()
    assert sum(heights) + none == pytest.approx(1, abs=EXACT)
    widths = [bar.get_width() for bar in sizes.patches]
    hd = [ESTIMATES.get("hd", indicator=name).estimate for name in names]
    assert widths == pytest.approx(hd, abs=EXACT)


def test_ranks_are_those_of_the_scenarios():
    robustness = mpi.robustness(PROFILES, draws=50, k="1/4", se=False)
    axes = mpi.figures.ranks(robustness, "draws", k="1/2").axes[0]
    table = robustness.ranks.to_pandas()
    table = table[(table["family"] == "draws") & (table["k"] == "1/2")]
    assert the.labels(axes) == table["group"].tolist()
    assert [the.dots(axes, "D")[y] for y in range(3)] == table["rank"].tolist()
    thick = [line for line in axes.lines if line.get_linewidth() == 5]
    limits = [tuple(line.get_xdata()) for line in thick]
    assert limits == list(zip(table["rank_p5"], table["rank_p95"], strict=True))


def two_spaces():
    random = np.random.default_rng(2)
    n = 200
    columns = {"a": (random.random(n) < 0.4) * 1, "income": random.integers(1, 30, n)}
    columns |= {"g": random.choice(["x", "y"], n).tolist(), "psu": np.arange(n) // 4}
    rights = {"both": ("poor", "below"), "rights": ("poor", "not below")}
    rights |= {"income": ("not poor", "below"), "neither": ("not poor", "not below")}
    spec = mpi.Specification.from_columns({"d": ["a"]}, cutoff=1).replace(
        condition=[{"id": "below", "when": "income < 10"}],
        category=[{"id": n, "when": f"{p} and {q}"} for n, (p, q) in rights.items()],
    )
    return mpi.measure(mpi.Survey(columns, psu="psu"), spec, by="g"), list(rights)


def test_squares_of_the_quadrants_have_areas_in_proportion_to_the_shares():
    estimates, names = two_spaces()
    figure = mpi.figures.quadrants(estimates, "g", categories=names)
    squares = figure.axes[0].patches
    shares = [estimates.get("category", category=name).estimate for name in names]
    areas = [square.get_width() * square.get_height() for square in squares]
    assert [area / sum(areas) for area in areas] == pytest.approx(shares, abs=EXACT)
    # deprived to the left, below the line at the bottom
    assert squares[0].get_x() < 1 > squares[0].get_y()
    assert squares[3].get_x() > 1 < squares[3].get_y()
    widths = np.array([bar.get_width() for bar in figure.axes[1].patches]).reshape(2, 4)
    for own, group in zip(widths, the.labels(figure.axes[1]), strict=True):
        wanted = [estimates.get("category", category=name, g=group).estimate for name in names]
        assert own.tolist() == pytest.approx(wanted, abs=EXACT)


def plan(**target):
    base = {"measure": "H", "baseline": {"year": 2020, "value": 0.4, "se": 0.01}}
    base |= {"goal": [{"year": 2030, "value": 0.2}], "title": {"en": "Poverty", "es": "Pobreza"}}
    return {"id": "plan", "target": [base | target]}


def test_a_target_is_drawn_on_its_way_with_a_light_in_words_and_shape():
    series = {"measure": ["H"], "year": [2025], "value": [0.35], "se": [0.01]}
    found = mpi.targets(series, plan())
    figure = mpi.figures.targets(found, language="es")
    axes = figure.axes[0]
    row = found.to_pandas().iloc[0]
    assert the.labels(axes) == ["Pobreza"]
    assert the.dots(axes)[0] == pytest.approx(0.25)  # a quarter of the way
    assert the.dots(axes, "|")[0] == pytest.approx((0.4 - row["due"]) / 0.2)
    assert the.dots(axes, "D")[0] == pytest.approx((0.4 - row["projected"]) / 0.2)
    assert "fuera de camino" in the.texts(figure)
    assert any(line.get_marker() == "s" for line in axes.lines)


@pytest.mark.parametrize("value", [None, 0.9, 0.001])
def test_targets_without_a_figure_or_far_beyond_the_axis_are_drawn(value):
    series = {"measure": ["H"], "year": [2025], "value": [value], "se": [None]}
    the.drawn(mpi.figures.targets(mpi.targets(series, plan())))


# ---- texts


def every_figure(profiles, language="en"):
    """One figure of each family that takes groups, of any names."""
    estimates = profiles.estimate()
    figures = mpi.figures
    look = {"language": language, "source": " ".join(the.NASTY), "title": the.NASTY[0]}
    again = mpi.change(estimates, estimates, years=[1, 2], samples="overlapping")
    return [
        figures.by_group(estimates, **look),
        figures.contributions(estimates, of="indicators", **look),
        figures.headcounts(estimates, **look),
        figures.curves(mpi.dominance(profiles), **look),
        figures.changes(again, **look),
        figures.overlap(mpi.overlap(profiles), **look),
        figures.ranks(mpi.robustness(profiles, draws=0, se=False), "cutoff", **look),
        figures.waterfall(mpi.decompose(estimates, estimates, samples="overlapping"), **look),
    ]


def nasty_profiles():
    a, b, c, d = the.NASTY
    spec = mpi.Specification.from_columns({a: [b], c: [d]}, cutoff="1/2")
    columns = {b: [1, 0, 1, 1, 0, 0] * 4, d: [0, 0, 1, 1, 0, 1] * 4}
    columns |= {"g": [a, b, c, d, "e", "f"] * 4, "psu": list(range(24))}
    return mpi.tabulate(mpi.Survey(columns, psu="psu"), spec, by="g")


@pytest.mark.parametrize("language", ["en", "es"])
def test_labels_are_never_mathematics_nor_left_out_of_legends(language):
    for figure in every_figure(nasty_profiles(), language):
        the.drawn(figure)
        found = "\n".join(the.texts(figure))
        for text in the.texts(figure):
            assert text.count("$") == text.count(r"\$")
        assert r"\$x\_{1}" not in found
        assert figure.get_suptitle() == r"\$x_{1}\$ and \$y\$"
    legend = mpi.figures.contributions(nasty_profiles().estimate(), of="indicators").legends[0]
    assert [text.get_text() for text in legend.get_texts()] == ["_hidden", r"\frac{1}{2} \$ 5"]


def test_what_is_escaped_is_drawn_as_it_was_written():
    text = Figure().text(0, 0, style.shown("cost in $ of $_{x}$"))
    assert text._preprocess_math(text.get_text()) == ("cost in $ of $_{x}$", False)


@pytest.mark.parametrize("groups", [["only"], [f"g{n}" for n in range(40)]])
def test_every_figure_is_drawn_without_a_warning_for_one_group_and_for_forty(groups):
    profiles = the.profiles(groups, n=8)
    estimates = profiles.estimate()
    for made in (estimates, profiles.estimate(se=False), estimates.flag("dhs", suppress=True)):
        for figure in (
            mpi.figures.by_group(made, measures=["H", "A", "M0"]),
            mpi.figures.contributions(made),
            mpi.figures.headcounts(made, {"g": groups[0]}),
        ):
            the.drawn(figure)


def test_titles_of_a_bundled_specification_are_found_in_both_languages():
    profiles = mpi.tabulate(mpi.datasets.synthetic_survey(600), "colombia-dane", by="area")
    spec = mpi.specification("colombia-dane")
    for language, units in (("en", "persons"), ("es", "personas")):
        figure = mpi.figures.contributions(profiles.estimate(), language=language, source="DANE")
        names = [text.get_text().replace("\n", " ") for text in figure.legends[0].get_texts()]
        assert names == [d.label(language) for d in spec.dimension]
        foot = figure._supxlabel.get_text().replace("\n", " ")
        for part in (spec.label(language), "2025", units, "DANE", "k = 1/3"):
            assert part in foot


def test_a_changed_specification_under_a_bundled_id_does_not_get_its_titles_unasked():
    survey = mpi.datasets.synthetic_survey(600)
    spec = mpi.specification("colombia-dane").replace(cutoff="1/4")
    estimates = mpi.tabulate(survey, spec, by="area").estimate()
    plain = mpi.figures.contributions(estimates)
    assert plain.legends[0].get_texts()[0].get_text() == "education"
    asked = mpi.figures.contributions(estimates, specification=spec)
    assert asked.legends[0].get_texts()[0].get_text() != "education"


@pytest.mark.parametrize(
    ("language", "mark"), [("en", "[reconstruction]"), ("es", "[reconstrucción]")]
)
def test_what_is_not_official_is_marked_below_the_figure(language, mark):
    spec = the.SPEC.replace(status="reconstruction", title={"en": "Four", "es": "Cuatro"})
    estimates = mpi.measure(the.people(("a", "b")), spec, by="g")
    figure = mpi.figures.by_group(estimates, specification=spec, language=language)
    assert mark in figure._supxlabel.get_text()


def test_numbers_are_written_as_the_language_writes_them():
    english, spanish = (
        "\n".join(the.texts(the.drawn(mpi.figures.by_group(ESTIMATES, language=language))))
        for language in ("en", "es")
    )
    value = f"{100 * ESTIMATES.get('H', g='c').estimate:.1f}"
    assert f"{value}%" in english
    assert f"{value.replace('.', ',')} %" in spanish


def test_the_description_says_what_is_shown_in_the_language_of_the_figure():
    english, spanish = (
        mpi.figures.describe(mpi.figures.by_group(ESTIMATES, language=language))
        for language in ("en", "es")
    )
    value = f"{100 * ESTIMATES.get('H', g='c').estimate:.1f}%"
    assert f"Highest: c, {value}" in english
    assert "Más alto: c, " in spanish
    assert all(mpi.figures.describe(figure) for figure in every_figure(PROFILES))


def test_every_phrase_is_there_in_both_languages_with_the_same_values():
    for english, spanish in _WORDS.values():
        fields = [{f for _, f, _, _ in Formatter().parse(t) if f} for t in (english, spanish)]
        assert english
        assert spanish
        assert fields[0] == fields[1]


# ---- style


def test_figures_are_of_matplotlib_and_leave_no_trace_in_it():
    before = dict(mpl.rcParams)
    figure = mpi.figures.by_group(ESTIMATES)
    assert isinstance(figure, Figure)
    assert dict(mpl.rcParams) == before
    code = (
        "import sys, mpi; s = mpi.Specification.from_columns({'d': ['a']}, cutoff=1);"
        "mpi.figures.by_group(mpi.measure({'a': [1, 0]}, s));"
        "print('matplotlib.pyplot' in sys.modules)"
    )
    done = subprocess.run(  # noqa: S603
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "False"


def test_a_dark_style_of_the_user_does_not_make_texts_unreadable():
    with mpl.rc_context({"text.color": "white", "axes.facecolor": "black", "text.usetex": True}):
        figure = mpi.figures.by_group(ESTIMATES)
    assert figure.axes[0].get_facecolor()[:3] == (1, 1, 1)
    assert figure._suptitle.get_color() == style.DARK
    assert not figure._suptitle.get_usetex()


def test_colours_of_the_palette_are_told_apart_by_lightness_or_hue():
    assert len({to_rgb(colour) for colour in style.PALETTE}) == len(style.PALETTE)
    looks = [look for family in style.shades([5] * 20) for look in family]
    assert len(set(looks)) == len(looks)


def test_a_notebook_gets_the_picture_with_its_description():
    figure = mpi.figures.by_group(ESTIMATES, measures="H")
    picture, about = figure._repr_png_()
    assert picture.startswith(b"\x89PNG")
    assert about == {"alt": mpi.figures.describe(figure)}


# ---- refused


THREE = PROFILES.estimate(k=["1/4", "1/2"])
CHANGES = mpi.change(*WAVES, years=[2018, 2025])
PARTS = mpi.decompose(*WAVES)
REFUSED = {
    "a frame": (lambda f: f.by_group(ESTIMATES.to_pandas()), "type 'DataFrame' is given"),
    "a measure": (lambda f: f.by_group(ESTIMATES, measures="M3"), "no estimates of 'M3'"),
    "five": (lambda f: f.by_group(ESTIMATES, measures=list("HAHAH")), "5 measures are given"),
    "parts": (lambda f: f.by_group(ESTIMATES, measures="hdk"), "'hdk' has several figures"),
    "a grouping": (lambda f: f.by_group(ESTIMATES, "region"), "results are not by 'region'"),
    "a cutoff": (lambda f: f.by_group(ESTIMATES, k="1/3"), "nothing was estimated at 1/3"),
    "no cutoff": (lambda f: f.by_group(ESTIMATES, k="x"), "'x' is not a fraction"),
    "which cutoff": (lambda f: f.by_group(THREE), "there are 2 cutoffs"),
    "bounds": (lambda f: f.by_group(PROFILES.estimate(missing="bounds")), "are bounds"),
    "a language": (lambda f: f.by_group(ESTIMATES, language="fr"), "there is no 'fr'"),
    "a source": (lambda f: f.by_group(ESTIMATES, source=3), "type 'int' is no text"),
    "another": (
        lambda f: f.by_group(ESTIMATES, specification="colombia-dane"),
        "the estimates are of 'four', not of 'colombia-dane'",
    ),
    "another too": (
        lambda f: f.overlap(mpi.overlap(PROFILES), specification="colombia-dane"),
        "not of 'colombia-dane'",
    ),
    "no parts": (lambda f: f.contributions(ESTIMATES.select("H")), "no estimates of 'actb'"),
    "of what": (lambda f: f.contributions(ESTIMATES, of="x"), "there is no option 'x'"),
    "a group": (
        lambda f: f.headcounts(ESTIMATES, {"g": "z"}),
        "there is no group g=z.\n  Groups are a, b, c.",
    ),
    "a variable": (lambda f: f.headcounts(ESTIMATES, {"h": 1}), "'h' is no grouping variable"),
    "one cutoff": (lambda f: f.curves(ESTIMATES), "there is a single cutoff"),
    "no curve": (lambda f: f.curves(THREE, measure="hdk"), "'hdk' is no single curve"),
    "a curve": (lambda f: f.curves(THREE, groups="z"), "there is no group 'z'"),
    "its parts": (lambda f: f.changes(CHANGES, measure="hdk"), "has a figure for each part"),
    "waves": (lambda f: f.changes(CHANGES, waves=(2, 3)), "no pair of waves (2, 3)"),
    "level": (lambda f: f.changes(CHANGES, level="a"), "'a' is no level"),
    "split": (lambda f: f.waterfall(PARTS, split="x"), "there is no option 'x'"),
    "its group": (lambda f: f.waterfall(PARTS, group={"g": "z"}), "no parts"),
    "most": (lambda f: f.overlap(mpi.overlap(PROFILES), most=0), "is 0"),
    "k": (lambda f: f.overlap(mpi.overlap(PROFILES), k="1/9"), "nothing was computed at 1/9"),
    "family": (lambda f: f.ranks(mpi.robustness(PROFILES, draws=0, se=False)), "families"),
    "classes": (lambda f: f.quadrants(ESTIMATES), "no estimates of 'category'"),
    "quadrants": (lambda f: f.quadrants(two_spaces()[0]), "is not known"),
    "targets": (lambda f: f.targets(ESTIMATES), "It draws the Targets of mpi.targets"),
}


@pytest.mark.parametrize(("call", "words"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_drawn_is_refused_with_a_sentence(call, words):
    with pytest.raises(EstimationError) as caught:
        call(mpi.figures)
    assert words in str(caught.value)
    assert str(caught.value).startswith("figures.")
