"""Plans that cannot be run: every problem at once, with its line, before anything is done."""

from __future__ import annotations

import pytest
from plans import HEAD, SPEC, total, wave, write

import mpi
from mpi.cli import main
from mpi.errors import PlanError

WAVES = wave("2018") + wave("2019")


def changed(old, new, text=HEAD + WAVES):
    assert old in text
    return text.replace(old, new, 1)


PLANS = {
    "no wave": (HEAD, "wave: is not given"),
    "no TOML": ("id = ", "is not TOML"),
    "an unknown key": (changed("by =", "buy ="), "line 4, buy: is not a key that can stand here"),
    "an unknown key of a wave": (
        changed("psu =", "pzu ="),
        "line 11, wave '2018', pzu: is not a key that can stand here.\n  Did you mean 'psu'?",
    ),
    "a newer format": ("format = 2\n" + HEAD + WAVES, "this version of the library reads format 1"),
    "two waves with one name": (
        HEAD + wave("2018") + wave("2018"),
        "line 14, wave '2018', name: two waves have the name '2018'.\n  Each wave has a folder",
    ),
    "names that differ in capitals": (
        HEAD + wave("a") + wave("A"),
        "the names 'a' and 'A' differ in capitals only",
    ),
    "a name that climbs": (
        HEAD + wave("../../etc", file="2018.csv"),
        "line 7, wave '../../etc', name: '../../etc' cannot be the name of a folder everywhere.",
    ),
    "a name with a partition": (HEAD + wave("2018/x=1"), "cannot be the name of a folder"),
    "a long name": (
        HEAD + wave("x" * 65),
        "cannot be the name of a folder everywhere.\n  Take up to 64",
    ),
    "a name of a device": (HEAD + wave("con"), "'con' cannot be the name of a folder everywhere"),
    "a cycle of outputs": (
        HEAD
        + WAVES
        + total("a", ("b", "2018"))
        + total("b", ("c", "2018"))
        + total("c", ("a", "2018")),
        "wave 'a', adds: the outputs form a cycle: 'a' adds 'b' adds 'c' adds 'a'.\n  Take one",
    ),
    "a wave of itself": (
        HEAD + WAVES + total("a", ("a", "2018")),
        "wave 'a', adds: the wave is made of itself: 'a' adds 'a'.",
    ),
    "an output as input": (
        changed("2018.csv", "results/index/wave=2019/estimates.parquet"),
        (
            "line 8, wave '2018', persons: 'results/index/wave=2019/estimates.parquet' lies in the "
            "folder of the results.\n  An output is no file of input. Results of another wave"
        ),
    ),
    "an output as a part": (
        HEAD + WAVES + total("a", ("2018", "results/index/wave=2019/_files/profiles.parquet")),
        "wave 'a', adds: 'results/index/wave=2019/_files/profiles.parquet' lies in the folder",
    ),
    "results among the input": (
        changed("2018.csv", ".").replace('"results"', '"results/all"'),
        "wave '2018', persons: '.' holds the folder of the results",
    ),
    "results around the plan": (changed('"results"', '"."'), "holds the plan itself"),
    "an unknown part": (
        HEAD + WAVES + total("a", ("2018", "2017")),
        "wave 'a', adds: there is no wave '2017'.\n  There are 2018, 2019, a; a file ends in .par",
    ),
    "one part": (HEAD + WAVES + total("a", ("2018",)), "'adds' does not name two or more"),
    "a part twice": (HEAD + WAVES + total("a", ("2018", "2018")), "Name each once"),
    "samples that are not said": (
        changed('samples = "independent"\n', "", HEAD + WAVES + total()),
        "wave 'both': 'samples' is not given.\n  Equal ids prove nothing",
    ),
    "samples of one": (
        HEAD + wave("2018", more='samples = "independent"\n'),
        "is of a sum of waves",
    ),
    "a sum with files": (
        HEAD + WAVES + total(more='persons = "x.csv"\npsu = "p"\n'),
        "persons, psu cannot stand beside 'adds'",
    ),
    "no file of a wave": (changed('persons = "2018.csv"\n', ""), "there is no file"),
    "sums without profile tables": (
        HEAD + 'outputs = ["parquet"]\n' + WAVES + total(),
        "line 5, outputs: has no profile tables, and waves are sums of those of others.\n  Add",
    ),
    "one specification twice": (
        changed('["index.toml"]', '["index.toml", "index.toml"]'),
        "line 3, specifications 2: 'index' and 'index' would have one folder.\n  Outputs collide",
    ),
    "no such specification": (
        changed("index.toml", "zap.toml"),
        "line 3, specifications 1: zap.toml",
    ),
    "a template": (changed("index.toml", "panama-2017"), "figures cannot be computed from it"),
    "an id with a separator": (
        changed("index.toml", "odd.toml"),
        "the id 'a/b' cannot be the name of a folder.\n  Write { use = \"odd.toml\", name =",
    ),
    "a specification that the plan has not": (
        HEAD + wave("2018", more='specifications = ["zap"]\n'),
        "wave '2018', specifications: there is no specification 'zap' in this plan.\n  There are",
    ),
    "a sum under more than its parts": (
        changed('["index.toml"]', '["index.toml", "colombia-dane"]', HEAD)
        + wave("2018", more='specifications = ["index"]\n')
        + wave("2019")
        + total(),
        "wave 'both', adds: '2018' is not computed under 'colombia-dane', and this sum is",
    ),
    "a rule that is none": (
        HEAD + wave("2018", more='where = "a >"\n'),
        "wave '2018', where: not a",
    ),
    "a rule with code": (
        HEAD + wave("2018", more="where = \"__import__('os').system('x')\"\n"),
        "wave '2018', where:",
    ),
    "a cutoff": (changed("by =", "k = [33]\nby ="), "line 4, k 1: "),
    "a policy": (changed("by =", 'missing = "zap"\nby ='), "missing: 'zap' is none of the choices"),
    "an output": (changed("by =", 'outputs = ["xlsx"]\nby ='), "'xlsx' is none of the choices"),
    "a group named as a column": (changed('["region"]', '["measure"]'), "line 4, by: 'measure' is"),
    "a scheme": (
        HEAD + '[publication]\nscheme = "eclac"\n' + WAVES,
        "line 6, publication, scheme: there is no scheme 'eclac'.",
    ),
    "a scheme without errors": (
        HEAD + 'se = false\n[publication]\nscheme = "eclac-2023"\n' + WAVES,
        "'eclac-2023' looks at standard errors, and se = false",
    ),
    "a scheme that withholds nothing": (
        HEAD + '[publication]\nscheme = "inegi"\nsuppress = true\n' + WAVES,
        "publication, suppress: 'inegi' withholds nothing",
    ),
    "a date": (HEAD + wave("2018", more='date = "soon"\n'), "wave '2018', date: 'soon' is no date"),
    "a level": (changed("by =", "level = 95\nby ="), "line 4, level: "),
}


@pytest.mark.parametrize("name", PLANS)
def test_a_plan_that_is_not_right_is_refused_with_its_line(name, tmp_path):
    text, *words = PLANS[name]
    plan = write(tmp_path)
    (tmp_path / "odd.toml").write_text(SPEC.replace(id="a/b").to_toml())
    plan.write_text(text, encoding="utf-8")
    with pytest.raises(PlanError) as caught:
        mpi.run(plan)
    for word in words:
        assert word in str(caught.value), str(caught.value)
    assert not (tmp_path / "results").exists()


def test_all_problems_of_a_plan_come_at_once(tmp_path):
    plan = write(tmp_path)
    text = changed('psu = "psu"', 'psu = 1\nlonely_psu = "zap"').replace("by =", "level = 2\nby =")
    plan.write_text(text, encoding="utf-8")
    with pytest.raises(PlanError) as caught:
        mpi.run(plan)
    assert len(caught.value.problems) == 3


def test_what_is_no_path_of_a_plan_is_refused(tmp_path):
    for plan, word in (
        (3, "type 'int'"),
        ("plan.csv", "is no plan"),
        ("no.toml", "cannot be read"),
    ):
        with pytest.raises(PlanError, match=word):
            mpi.run(plan)


@pytest.mark.parametrize("jobs", [0, -1, 1.5, True, 5000])
def test_a_number_of_jobs_that_is_none_is_refused(jobs, tmp_path):
    with pytest.raises(PlanError, match="is no number of processes"):
        mpi.run(write(tmp_path), jobs=jobs)


@pytest.mark.parametrize("memory", ["", "lots", "6 XB", 0, "-1 GB", True])
def test_an_amount_of_memory_that_is_none_is_refused(memory, tmp_path):
    with pytest.raises(PlanError, match="is no amount of memory"):
        mpi.run(write(tmp_path), memory=memory)


def test_the_command_line_says_what_is_wrong_and_ends_with_2(tmp_path, capsys):
    plan = write(tmp_path, wave("2018"), wave("2018"))
    assert main(["run", str(plan)]) == 2
    told = capsys.readouterr()
    assert told.err.startswith(
        "mpi: plan.toml: line 14, wave '2018', name: two waves have the name"
    )
    assert "Traceback" not in told.err
    assert not told.out
