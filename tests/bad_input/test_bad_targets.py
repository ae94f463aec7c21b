"""Files of targets and series that do not fit: every problem with its line, and what to do."""

from __future__ import annotations

import pandas as pd
import pytest

import mpi
from bad_input import PERSONS, people, told
from mpi.cli import main
from mpi.errors import EstimationError, SurveyError, TargetsError

GOOD = """id = "plan"
[[target]]
id = "poverty"
measure = "H"
baseline = { year = 2020, value = "30%" }
goal = [{ year = 2030, value = "10%" }]
"""
SERIES = {"measure": ["H", "H"], "year": [2022, 2023], "value": [0.25, 0.24]}


def changed(old, new):
    assert old in GOOD
    return GOOD.replace(old, new)


@pytest.fixture
def refused(tmp_path):
    def refuse(text, *words, series=SERIES, problems=None, **options):
        file = tmp_path / "plan.toml"
        file.write_text(text, encoding="utf-8")
        call = lambda: mpi.targets(series, file, **options)  # noqa: E731
        return told(call, *words, error=TargetsError, problems=problems)

    return refuse


FILES = {
    "no target": ('id = "plan"', "target: is not given"),
    "an empty list": ('id = "plan"\ntarget = []', "target: is empty"),
    "no TOML": ('id = "plan', "is not TOML"),
    "a newer format": ("format = 2\n" + GOOD, "this version of the library reads format 1"),
    "an unknown key": (changed("goal", "goals"), "line 6, target 'poverty', goals: is not a key"),
    "no goal": (
        changed('goal = [{ year = 2030, value = "10%" }]', "goal = []"),
        "line 6, target 'poverty', goal: is empty",
    ),
    "years out of order": (
        changed("2030", "2019"),
        "line 6, target 'poverty', goal: year 2019 is not after 2020, the baseline's year",
    ),
    "goals out of order": (
        changed(' value = "10%" }', ' value = "10%" }, { year = 2025, value = "5%" }'),
        "year 2025 is not after 2030, the goal's year",
    ),
    "percent as a share": (
        changed('"30%"', "30"),
        """line 5, target 'poverty', baseline: value is 30, above 1.
  Write "30%" if it is percent, or unit = "number\"""",
    ),
    "a goal in percent": (changed('"10%"', "10.5"), 'is 10.5, above 1.\n  Write "10.5%"'),
    "an error in percent": (changed('"30%"', '"30%", se = 2'), 'se is 2, above 1.\n  Write "2%"'),
    "a goal that is worse": (
        changed('"10%"', '"40%"'),
        'goal: 0.4 in 2030 is above 0.3, the baseline of 2020.\n  Correct it, or write better = "h',
    ),
    "a goal that is worse where more is better": (
        changed('measure = "H"', 'measure = "H"\nbetter = "higher"'),
        "0.1 in 2030 is below 0.3",
    ),
    "a negative value": (changed('"30%"', "-0.3"), "baseline, value: -0.3 is negative"),
    "no number": (changed('"30%"', '"thirty"'), "baseline, value: 'thirty' is not a fraction"),
    "a truth": (changed('"30%"', "true"), "baseline, value: bool is not a number"),
    "no year": (changed("2020", '"2020"'), "baseline, year: '2020' is no year"),
    "a year of no plan": (
        changed("2020", "20"),
        "baseline, year: 20 is no year.\n  Expected one from 1900 to 2200",
    ),
    "df without se": (changed('"30%"', '"30%", df = 9'), "df is of a standard error"),
    "a cutoff": (changed('"H"', '"H"\nk = 33'), "k: cutoff 33 is not above 0 and at most 1"),
    "an unknown path": (changed('"H"', '"H"\npath = "straight"'), "none of the choices"),
    "a compound path to nothing": (
        changed('"10%"', "0").replace('"H"', '"H"\npath = "compound"'),
        "target 'poverty': a compound path never reaches 0",
    ),
    "an id used twice": (GOOD + GOOD.removeprefix('id = "plan"\n'), "'poverty': the id is used t"),
    "limits in the wrong order": (
        GOOD + '[light]\ngreen = "1/2"\nyellow = "3/4"\n',
        "line 7, light: yellow begins at 3/4, above green at 1/2",
    ),
    "limits of another rule": (
        GOOD + '[light]\nrule = "significance"\ngreen = 1\n',
        "line 7, light: 'green' and 'yellow' are limits of progress",
    ),
    "a level of another rule": (GOOD + "[light]\nlevel = 0.9\n", "light: 'level' is of a test"),
    "a level of 1": (
        GOOD + '[light]\nrule = "significance"\nlevel = 1\n',
        "no interval has coverage 1",
    ),
    "a share that is none": (GOOD + '[light]\ngreen = "0"\n', "green: 0 is not above 0"),
}


@pytest.mark.parametrize(("text", "words"), FILES.values(), ids=FILES)
def test_what_is_wrong_in_a_file_is_said_with_its_line(refused, text, words):
    refused(text, words)


def test_all_problems_of_a_file_come_at_once(refused):
    text = changed('"30%"', "30").replace('"10%"', '"ten"').replace('"H"', '"H"\nbetter = "less"')
    refused(
        text + "[light]\ncolour = 1\n", "better", "baseline", "goal 1, value", "colour", problems=4
    )


SERIES_REFUSED = {
    "an unknown measure": (changed('"H"', '"HH"'), SERIES, "no measure 'HH' in the series."),
    "no indicators": (
        changed('"H"', '"H"\nindicator = "water"'),
        SERIES,
        "line 5, target 'poverty', indicator: the series has no column 'indicator'",
    ),
    "an unknown indicator": (
        changed('"H"', '"H"\nindicator = "watter"'),
        SERIES | {"indicator": ["water", "water"]},
        "no indicator 'watter' of H in the series.\n  There are water. Did you mean 'water'?",
    ),
    "an unknown group": (
        changed('"H"', '"H"\ngroup = { area = "rurl" }'),
        SERIES | {"area": ["rural", "urban"]},
        "'area' has no group 'rurl'.\n  There are rural, urban. Did you mean 'rural'?",
    ),
    "an unknown variable": (
        changed('"H"', '"H"\ngroup = { aria = "rural" }'),
        SERIES | {"area": ["rural", "urban"]},
        "'aria' is no grouping variable of the series.\n  There are area. Did you mean 'area'?",
    ),
    "several rows": (
        GOOD,
        SERIES | {"year": [2022, 2022], "area": ["rural", "urban"]},
        "2 rows of the series fit 'poverty'.\n  They differ in area. Say which",
    ),
    "several cutoffs": (
        GOOD,
        SERIES | {"year": [2022, 2022], "k": ["1/3", "1/2"]},
        "They differ in k.",
    ),
    "no such cutoff": (
        changed('"H"', '"H"\nk = "1/4"'),
        SERIES | {"k": ["1/3", "0.5"]},
        "there is no figure with k=1/4",
    ),
    "twice the same": (GOOD, SERIES | {"year": [2022, 2022]}, "are of the same.\n  Expected one."),
    "nothing after the baseline": (
        GOOD,
        SERIES | {"year": [2019, 2020]},
        "line 5, target 'poverty', baseline: its figure is of 2020, not after the baseline of 2020",
    ),
    "percent": (
        GOOD,
        SERIES | {"value": [25.0, 24.0]},
        'is 24, above 1.\n  Shares are at most 1. Give percent=["H"] (--percent H)',
    ),
    "a negative figure": (GOOD, SERIES | {"value": [0.2, -0.1]}, "is negative"),
    "figures as texts": (GOOD, SERIES | {"value": ["a", "b"]}, "column 'value': holds no numbers"),
    "no measures": (
        GOOD,
        {"measur": ["H"], "value": [1]},
        "'measure': is not in the table.\n  Did",
    ),
    "no figures": (GOOD, {"measure": ["H"], "H": [1]}, "a column 'estimate' or 'value'"),
    "no year": (
        GOOD,
        {"measure": ["H"], "value": [0.2]},
        "year: the figures do not say of which y",
    ),
}


@pytest.mark.parametrize(("text", "series", "words"), SERIES_REFUSED.values(), ids=SERIES_REFUSED)
def test_what_a_series_lacks_is_said(refused, text, series, words):
    refused(text, words, series=series)


def test_rows_of_other_names_are_no_row(refused):
    data = {"measure": ["H", "A"], "year": [2022] * 2, "value": [0.2] * 2, "area": ["r", "u"]}
    text = changed('"H"', '"A"\ngroup = { area = "u" }')
    assert mpi.targets(
        data,
        {
            "id": "x",
            "target": [
                {
                    "measure": "A",
                    "group": {"area": "u"},
                    "baseline": {"year": 2020, "value": 0.3},
                    "goal": [{"year": 2030, "value": 0.1}],
                }
            ],
        },
    )
    refused(text.replace('"u"', '"r"'), "'area' has no group 'r'", series=data)
    both = GOOD + GOOD.removeprefix('id = "plan"\n').replace("poverty", "other").replace(
        'measure = "H"', 'measure = "H"\ngroup = { area = "r" }'
    )
    refused(both, "no row for 'poverty'", "area has to be empty in the row", series=data)


def test_a_year_that_is_not_there_is_said_with_those_that_are(refused):
    refused(GOOD, "there is no figure of 2021.\n  Years are 2022, 2023.", year=2021)


def test_options_are_checked(refused):
    refused(GOOD, "level: 95 is no coverage", level=95)
    refused(GOOD, "year: '2022' is no year", year="2022")
    refused(GOOD, "year: nan is no year", year=float("nan"))
    refused(GOOD, "percent: the table has no measure 'HH'", percent="HH")
    estimates = mpi.measure(people(), PERSONS)
    refused(GOOD, "estimates are shares, never percent", series=estimates, percent="H", year=2022)
    refused(GOOD, "the figures do not say of which year", series=estimates)


def test_bounds_are_no_figures(refused):
    frame = people(a=[1, None, 0, 0])
    bounds = mpi.measure(frame, PERSONS, missing="bounds")
    refused(GOOD, "They differ in bound. A bound is no figure", series=bounds, year=2022)


def test_all_targets_without_a_figure_come_at_once(refused):
    estimates = mpi.measure(people(), PERSONS, by="region")
    target = GOOD.removeprefix('id = "plan"\n')
    text = 'id = "plan"\n' + "".join(
        target.replace("poverty", name).replace('"H"', new)
        for name, new in {
            "one": '"hd"\nindicator = "aa"',
            "two": '"H"\ngroup = { region = "W" }',
            "three": '"hd"',
            "four": '"H"\nk = "1/3"',
        }.items()
    )
    refused(
        text,
        "there is no indicator 'aa' of hd",
        "There are a, b.",
        "'region' has no group 'W'.\n    There are N, S.",
        "no row for 'three'",
        "Name an indicator or a dimension.",
        "there is no figure with k=1/3.\n    Cutoffs are 1/2.",
        series=estimates,
        year=2022,
        problems=4,
    )


@pytest.mark.parametrize(
    ("file", "words"),
    [
        ("no.toml", "no.toml: cannot be read: No such file"),
        ("plan.json", "plan.json: is no file of targets"),
        (7, "an object of type 'int' has no targets"),
    ],
)
def test_what_is_no_file_of_targets_is_refused(file, words):
    told(lambda: mpi.targets(SERIES, file), words, error=TargetsError)


def test_what_is_no_table_is_refused():
    told(lambda: mpi.targets(7, GOOD_PLAN), "is not a table", error=SurveyError)


GOOD_PLAN = {
    "id": "plan",
    "target": [
        {
            "measure": "H",
            "baseline": {"year": 2020, "value": 0.3},
            "goal": [{"year": 2030, "value": 0.1}],
        }
    ],
}


def test_the_command_writes_and_refuses_as_others_do(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "plan.toml").write_text(GOOD, encoding="utf-8")
    pd.DataFrame(SERIES).to_csv("series.csv", index=False)
    assert main(["targets", "plan.toml", "series.csv"]) == 0
    assert "poverty  0.3 (2020)  0.24 (2023)" in capsys.readouterr().out
    assert main(["targets", "plan.toml", "series.csv", "--out", "lights.csv", "--findings"]) == 0
    assert "1 targets written to lights.csv" in capsys.readouterr().out
    assert pd.read_csv("lights.csv")["light"].tolist() == ["green"]
    assert main(["targets", "plan.toml", "series.csv", "--year", "2021"]) == 2
    assert "Years are 2022, 2023." in capsys.readouterr().err
    before = (tmp_path / "series.csv").read_bytes()
    assert main(["targets", "plan.toml", "series.csv", "--out", "series.csv"]) == 2
    assert "series.csv is read or written in the same run" in capsys.readouterr().err
    assert (tmp_path / "series.csv").read_bytes() == before


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"scheme": "ine-chile"}, "no scheme 'ine-chile'"),
        ({"scheme": "dhs", "measures": "HH"}, "'HH' was not estimated"),
        ({"scheme": "dhs", "measures": ()}, "none is named"),
        ({"scheme": "dhs", "planned": "aria"}, "planned: there is no grouping 'aria'"),
        ({"scheme": "dhs", "log_cv": "natural"}, "there is no 'natural'"),
        ({"scheme": "dhs", "k": "1/2"}, "the estimates have their cutoffs already"),
        ({"scheme": "ine-chile-2020"}, "looks at standard errors, and there are none"),
    ],
)
def test_publishable_refuses_what_it_cannot_tell(options, words):
    estimates = mpi.measure(people(), PERSONS, by="region", se=False)
    told(lambda: mpi.publishable(estimates, **options), words, error=EstimationError)


def test_publishable_wants_profiles_or_estimates():
    call = lambda: mpi.publishable(people(), scheme="dhs")  # noqa: E731
    told(call, "an object of type 'DataFrame' is given", error=EstimationError)
