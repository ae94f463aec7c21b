"""The command line: exit codes, one message, nothing half-written, labels that are attacks."""

from __future__ import annotations

import csv
import os
import subprocess
import sys
from pathlib import Path

import pytest

import mpi
from bad_input import PERSONS, people
from mpi.cli import main

LABELS = ['=HYPERLINK("http://x")', "<script>alert(1)</script>", "\x1b[31mred", "+1+2", "-5"]
LABELS += ["@SUM(A1)", "a\rb\nc", "＝1", "\u202eevil"]


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """A folder with a specification and data; it is the working directory."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "s.toml").write_text(PERSONS.to_toml())
    people().to_parquet(tmp_path / "d.parquet")
    (tmp_path / "newer.toml").write_text("format = 2\n" + PERSONS.to_toml())
    (tmp_path / "folder.csv").mkdir()
    return tmp_path


ESTIMATE = ["estimate", "s.toml", "d.parquet"]
REFUSED = {
    "no data": (["estimate", "s.toml"], "no file of microdata is given"),
    "no such data": (["estimate", "s.toml", "x.csv"], "x.csv: there is no file"),
    "no such specification": (["estimate", "zap", "d.parquet"], "no bundled specification"),
    "no such codebook": ([*ESTIMATE, "--codebook", "zap"], "no bundled codebook"),
    "an unknown weight": ([*ESTIMATE, "--weight", "ww"], "Did you mean 'w'?"),
    "an unknown group": ([*ESTIMATE, "--by", "regin"], "Did you mean 'region'?"),
    "half a crossing": ([*ESTIMATE, "--by", "region*"], "unknown variable ''"),
    "cutoffs": ([*ESTIMATE, "--k", "33,zap"], "estimate has 2 problems."),
    "no cutoff": ([*ESTIMATE, "--k", ","], "no cutoff is given"),
    "a policy": ([*ESTIMATE, "--missing", "zap"], "there is no policy 'zap'"),
    "a unit": ([*ESTIMATE, "--count", "zap"], "'zap' cannot be counted"),
    "a size": ([*ESTIMATE, "--size", "0"], "size: 0 is given"),
    "an unknown size": ([*ESTIMATE, "--size", "siz"], "size: unknown variable 'siz'"),
    "a filter": ([*ESTIMATE, "--where", "a >"], "where: not a rule"),
    "a design": ([*ESTIMATE, "--lonely-psu", "zap"], "Choose one of fail"),
    "an extension": (
        [*ESTIMATE, "--out", "x.xyz"],
        "Use .csv, .parquet, .arrow, .json, .dta, .xlsx.",
    ),
    "no folder": ([*ESTIMATE, "--out", "no/x.csv"], "there is no folder 'no'"),
    "a folder": ([*ESTIMATE, "--out", "folder.csv"], "folder.csv: is a folder"),
    "no folder for profiles": (
        [*ESTIMATE, "--out", "x.csv", "--profiles", "no/p.parquet"],
        "there is no folder 'no'",
    ),
    "a law": ([*ESTIMATE, "--law-as-of", "soon"], "law_as_of: 'soon' is no date"),
    "what is absent": ([*ESTIMATE, "--absent", "zap"], "there is no option 'zap'"),
    "no parameter": ([*ESTIMATE, "--set", "zap=1"], "'zap': is no parameter"),
    "no number": ([*ESTIMATE, "--set", "zap=high"], "'zap=high' sets no parameter"),
    "no equals": ([*ESTIMATE, "--set", "zap"], "'zap' has no value"),
    "a threshold without basis": (["check", "s.toml", "--strict"], "no legal or technical basis"),
    "a template": (["estimate", "chile-2024", "d.parquet"], "the list of the 20 indicators"),
    "a newer file": (["show", "newer.toml"], "the file has format 2"),
    "nothing to show": (["show", "zap"], "no bundled specification"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_bad_input_is_one_message_and_exit_code_two(case, folder, capsys):
    arguments, words = REFUSED[case]
    before = sorted(file.name for file in folder.iterdir())
    assert main(arguments) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("mpi: ")
    assert err.count("mpi: ") == 1
    assert words in err
    assert "Traceback" not in err
    assert sorted(file.name for file in folder.iterdir()) == before


@pytest.mark.parametrize("arguments", [[], ["zap"], ["estimate"], ["demo", "--households", "x"]])
def test_a_command_that_is_none_is_explained(arguments, capsys):
    with pytest.raises(SystemExit) as caught:
        main(arguments)
    assert caught.value.code == 2
    assert "usage: mpi" in capsys.readouterr().err


def test_a_synthetic_survey_of_nobody_is_refused(capsys):
    assert main(["demo", "--households", "-5"]) == 2
    assert main(["demo", "--seed", "-1"]) == 2
    assert capsys.readouterr().err.count("Expected") == 2


# results replaced the microdata that they came from
@pytest.mark.parametrize("role", ["--out", "--profiles"])
@pytest.mark.parametrize("name", ["d.parquet", "link.parquet", "../{}/d.parquet"])
def test_results_do_not_replace_the_files_that_are_read(role, name, folder, capsys):
    before = (folder / "d.parquet").read_bytes()
    (folder / "link.parquet").symlink_to(folder / "d.parquet")
    assert main([*ESTIMATE, role, name.format(folder.name)]) == 2
    told = capsys.readouterr().err
    assert f"{role}: " in told
    assert "read or written in the same run" in told
    assert (folder / "d.parquet").read_bytes() == before


def test_results_and_profiles_do_not_replace_each_other(folder, capsys):
    assert main([*ESTIMATE, "--out", "x.parquet", "--profiles", "./x.parquet"]) == 2
    assert "--profiles: x.parquet is read or written in the same run" in capsys.readouterr().err
    assert not (folder / "x.parquet").exists()


def test_what_went_wrong_before_does_not_touch_the_file_that_is_there(folder, capsys):
    (folder / "out.csv").write_text("kept")
    assert main([*ESTIMATE, "--by", "regin", "--out", "out.csv"]) == 2
    assert (folder / "out.csv").read_text() == "kept"


@pytest.fixture
def attacks(folder):
    """Data of which the groups are attacks."""
    n = len(LABELS)
    frame = {"a": [1] * n, "b": [0] * n, "region": LABELS, "=cmd": LABELS}
    people().head(0).reindex(range(n)).assign(**frame).to_parquet(folder / "attacks.parquet")
    return folder / "attacks.parquet"


def test_no_label_is_a_formula_of_a_spreadsheet(attacks, folder, capsys):
    assert main(["estimate", "s.toml", str(attacks), "--by", "region,=cmd", "--out", "o.csv"]) == 0
    with (folder / "o.csv").open(newline="", encoding="utf-8") as file:
        cells = {cell for row in csv.reader(file) for cell in row}
    starts = tuple("=+@\t\r\n＝＋－＠")
    assert [cell for cell in cells if cell.startswith(starts)] == []
    assert '\'=HYPERLINK("http://x")' in cells
    assert "'=cmd" in cells
    assert "-5" in cells  # a number is no formula


def test_no_label_commands_the_terminal(attacks, capsys):
    assert main(["estimate", "s.toml", str(attacks), "--by", "region"]) == 0
    assert main(["estimate", "s.toml", str(attacks), "--weight", "region"]) == 2
    assert main(["estimate", "s.toml", "\x1b[31m.csv"]) == 2
    assert main(["estimate", "s.toml", str(attacks), "--by", "\x1b[31m"]) == 2
    out, err = capsys.readouterr()
    assert "red" in out
    assert all(c.isprintable() or c == "\n" for c in out + err)


def test_no_label_commands_a_notebook(attacks):
    profiles = mpi.tabulate(attacks, PERSONS, by=["region", "=cmd"])
    estimates = profiles.estimate()
    html = profiles.estimate(measures="H")._repr_html_()
    assert "<script>" not in html
    assert "&lt;script&gt;" in html
    found = estimates.get("H", region="\x1b[31mred")
    for shown in (repr(profiles), repr(estimates), repr(found), repr(mpi.score(attacks, PERSONS))):
        assert all(c.isprintable() or c == "\n" for c in shown)
    assert "\x1b[31mred" in set(estimates.to_pandas()["region"])  # the data stay as they are


def test_findings_about_odd_labels_are_printable(attacks):
    frame = mpi.Survey(attacks)
    (finding, *_) = mpi.measure(frame, PERSONS.replace(cutoff=1), by="region").findings
    assert str(finding).isprintable()
    missing = people(a=[None, 1, 1, 1], region=["\x1b[31m", "N", "N", "N"])
    for finding in mpi.measure(missing, PERSONS, by="region").findings:
        assert str(finding).isprintable()


def test_titles_of_a_file_do_not_command_the_terminal(folder, capsys):
    spec = PERSONS.replace(title="\x1b[31m<b>", description="\x1b[2J", sources=("\x07",))
    spec.save(folder / "odd.toml")
    assert main(["show", "odd.toml"]) == 0
    assert all(c.isprintable() or c == "\n" for c in capsys.readouterr().out)
    assert "<b>" not in spec._repr_html_()


@pytest.mark.parametrize("command", [["specs"], ["schema"], ["show", "colombia-dane", "--toml"]])
def test_a_reader_that_leaves_early_is_no_error(command):
    arguments = [sys.executable, "-W", "error", "-m", "mpi", *command]
    environment = os.environ | {"PYTHONPATH": str(Path(mpi.__file__).parents[1])}
    process = subprocess.Popen(  # noqa: S603 -- our own command
        arguments, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    process.stdout.close()
    err = process.stderr.read()
    process.stderr.close()
    assert process.wait(timeout=60) == 0
    assert err == b""


OPTIONS = {
    "seed": (["--seed", "3"], "--seed: is of a bootstrap, and none is asked for"),
    "no errors": (["--no-se", "--df", "design"], "--df: there are no standard errors with --no-se"),
    "level": (["--level", "95"], "level: is 95.0"),
    "level text": (["--level", "much"], "--level: 'much'"),
    "nothing to suppress": (["--flag", "dane", "--suppress"], "'dane' withholds nothing"),
    "suppress": (["--suppress"], "--suppress: nothing says what is withheld"),
    "scheme": (["--flag", "eurostat"], "there is no scheme 'eurostat'"),
    "replicates": (["--replicates", "bootstrap"], "there is no method 'bootstrap'"),
    "flag without errors": (["--flag", "eclac-2020", "--no-se"], "without --no-se"),
}


@pytest.mark.parametrize("case", OPTIONS)
def test_options_that_do_not_go_together_are_sentences(case, tmp_path, capsys):
    words, message = OPTIONS[case]
    data = tmp_path / "people.csv"
    data.write_text("a,b,p\n" + "1,0,1\n0,1,2\n1,1,3\n0,0,4\n" * 20)
    spec = tmp_path / "spec.toml"
    chosen = mpi.Specification.from_columns({"x": ["a"], "y": ["b"]}, cutoff="1/2")
    spec.write_text(chosen.to_toml())
    assert main(["estimate", str(spec), str(data), "--psu", "p", *words]) == 2
    assert message in capsys.readouterr().err


def test_a_percent_is_a_level_and_flags_are_shown(tmp_path, capsys):
    data = tmp_path / "people.csv"
    data.write_text("a,b,p\n" + "1,0,1\n0,1,2\n1,1,3\n0,0,4\n" * 20)
    spec = tmp_path / "spec.toml"
    chosen = mpi.Specification.from_columns({"x": ["a"], "y": ["b"]}, cutoff="1/2")
    spec.write_text(chosen.to_toml())
    words = ["--level", "90%", "--flag", "ine-chile-2020", "--replicates", "rao-wu", "--seed", "4"]
    assert main(["estimate", str(spec), str(data), "--psu", "p", *words]) == 0
    assert "unreliable" in capsys.readouterr().out


def test_two_specifications_are_compared(tmp_path, capsys):
    data = tmp_path / "people.csv"
    data.write_text("a,b,c\n1,0,1\n0,1,0\n1,1,1\n0,0,0\n")
    paths = []
    for name, columns in (("one", ["a", "b"]), ("two", ["a", "c"])):
        path = tmp_path / f"{name}.toml"
        parts = {column: [column] for column in columns}
        made = mpi.Specification.from_columns(parts, cutoff="1/2", id=name)
        path.write_text(made.to_toml())
        paths.append(str(path))
    out = tmp_path / "out.csv"
    assert main(["compare", *paths, str(data), "--match", "b=c"]) == 0
    shown = capsys.readouterr().out
    assert "overlap" in shown
    assert main(["compare", *paths, str(data), "--no-se", "--out", str(out)]) == 0
    assert "H_attribution" in out.read_text()
    assert main(["compare", *paths, str(data), "--match", "b"]) == 2
    assert "'b' is no pair" in capsys.readouterr().err
    assert main(["compare", *paths, str(data), "--out", str(data)]) == 2
    assert "read or written in the same run" in capsys.readouterr().err
