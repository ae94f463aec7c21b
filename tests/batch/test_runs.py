"""What a run computes, what it leaves alone and why, and what it writes."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys

import numpy as np
import pandas as pd
import pyarrow.dataset as ds
import pytest
from plans import FILES, HEAD, SPEC, contents, events, outcomes, people, total, wave, why, write

import mpi
from mpi.batch import work
from mpi.batch.hashes import Hashes, stamps
from mpi.batch.plan_files import read_plan
from mpi.batch.units import units_of
from mpi.cli import main

DESIGN = {"weight": "w", "strata": "stratum", "psu": "psu"}


def survey(folder, name, **options):
    return mpi.Survey(folder / f"{name}.csv", **DESIGN, **options)


def test_the_estimates_are_those_of_tabulate_and_estimate(tmp_path):
    head = HEAD + 'k = ["1/2", 1]\ninterval = "wald"\nlevel = 0.9\n'
    run = mpi.run(write(tmp_path, head=head))
    assert outcomes(run) == {"2018": "written", "2019": "written"}
    for name in ("2018", "2019"):
        direct = mpi.tabulate(survey(tmp_path, name), SPEC, by="region").estimate(
            ["1/2", 1], interval="wald", level=0.9
        )
        direct.save(tmp_path / "direct.parquet")
        found = tmp_path / f"results/index/wave={name}/estimates.parquet"
        assert found.read_bytes() == (tmp_path / "direct.parquet").read_bytes()
        assert run.to_arrow()["estimates"].to_pylist()[0] == len(direct)


def test_the_folder_of_a_specification_is_a_dataset_with_a_partition_by_wave(tmp_path):
    mpi.run(write(tmp_path))
    data = ds.dataset(tmp_path / "results/index", partitioning="hive").to_table().to_pandas()
    assert set(data["wave"]) == {2018, 2019}
    h = data[(data["measure"] == "H") & (data["by"] == "national")].set_index("wave")["estimate"]
    assert h[2019] == mpi.measure(survey(tmp_path, "2019"), SPEC).get("H").estimate
    assert len(pd.read_parquet(tmp_path / "results/index")) == len(data)


def test_profile_tables_findings_and_manifest_lie_beside_the_estimates(tmp_path):
    mpi.run(write(tmp_path, head=HEAD + 'outputs = ["parquet", "csv", "profiles"]\n'))
    folder = tmp_path / "results/index/wave=2018"
    profiles = mpi.load_profiles(folder / "_files/profiles.parquet")
    direct = mpi.tabulate(survey(tmp_path, "2018"), SPEC, by="region")
    assert profiles.estimate().to_arrow().equals(direct.estimate().to_arrow())
    found = json.loads((folder / "_files/findings.json").read_text())
    assert found == [
        {name: getattr(finding, name) for name in finding.__slots__}
        for finding in direct.estimate().findings
    ]
    assert (folder / "_files/estimates.csv").read_text().startswith('"specification","by"')
    manifest = json.loads((folder / "_files/manifest.json").read_text())
    assert manifest["fingerprint"]["rules"] == SPEC.fingerprint
    assert manifest["specification_text"] == SPEC.to_toml()
    assert set(manifest["versions"]) == {"alkire-foster", "numpy", "pandas", "pyarrow", "python"}
    assert len(manifest["fingerprint"]["inputs"]["persons"]) == 64
    assert set(manifest["outputs"]) == {*FILES, "_files/estimates.csv"}
    assert manifest["findings"] == len(found)
    assert manifest["seconds"] > 0


def test_a_second_run_does_nothing(tmp_path):
    plan = write(tmp_path)
    mpi.run(plan)
    before = {p: p.stat().st_mtime_ns for p in (tmp_path / "results/index").rglob("*")}
    again = mpi.run(plan)
    assert outcomes(again) == {"2018": "fresh", "2019": "fresh"}
    assert {p: p.stat().st_mtime_ns for p in (tmp_path / "results/index").rglob("*")} == before
    assert "started" not in [e["event"] for e in events(tmp_path / "results")][-4:]


def test_two_runs_in_two_folders_write_the_same_bytes(tmp_path):
    found = []
    for name, jobs in (("a", 1), ("b", 2)):
        (tmp_path / name).mkdir()
        mpi.run(write(tmp_path / name, wave("2018"), wave("2019"), total()), jobs=jobs)
        found.append(contents(tmp_path / name / "results"))
    assert len(found[0]) == 3 * (len(FILES) + 1)
    assert found[0] == found[1]


def test_a_plan_that_moved_with_its_files_is_fresh(tmp_path):
    (tmp_path / "a").mkdir()
    mpi.run(write(tmp_path / "a"))
    (tmp_path / "a").rename(tmp_path / "b")
    assert set(outcomes(mpi.run(tmp_path / "b/plan.toml")).values()) == {"fresh"}


def _content(folder):
    people(9).to_csv(folder / "2019.csv", index=False)


def _rules(folder):
    (folder / "index.toml").write_text(SPEC.replace(cutoff="1").to_toml())


def _note(folder):
    (folder / "index.toml").write_text(SPEC.replace(note="for the annual report").to_toml())


def _plan(folder, old, new):
    text = (folder / "plan.toml").read_text()
    assert old in text
    (folder / "plan.toml").write_text(text.replace(old, new))


def _codebook(folder):
    text = (folder / "book.toml").read_text()
    (folder / "book.toml").write_text(text.replace('column = "sick"', 'column = "out"'))


def _lost(folder):
    (folder / "results/index/wave=2019/_files/findings.json").unlink()


def _tampered(folder):
    with (folder / "results/index/wave=2019/estimates.parquet").open("ab") as file:
        file.write(b"x")


def _manifest(folder):
    (folder / "results/index/wave=2019/_files/manifest.json").write_text("{}")


def _version(folder):
    path = folder / "results/index/wave=2019/_files/manifest.json"
    manifest = json.loads(path.read_text())
    manifest["fingerprint"]["library"] = "0.0.9"
    path.write_text(json.dumps(manifest))


REASONS = {
    "an input": (_content, {"2019": "persons changed"}),
    "an input that was only touched": (lambda f: os.utime(f / "2019.csv"), {}),
    "the rules": (
        _rules,
        dict.fromkeys(["2018", "2019"], "the rules of the specification changed"),
    ),
    "a note": (_note, dict.fromkeys(["2018", "2019"], "texts of the specification changed")),
    "the codebook": (_codebook, {"2019": "the codebook changed"}),
    "the title of the plan": (lambda f: _plan(f, 'id = "series"', 'id = "b"\ntitle = "B"'), {}),
    "groups and cutoffs": (
        lambda f: _plan(f, "by =", 'k = ["1/2", 1]\nby ='),
        dict.fromkeys(["2018", "2019"], "the plan changed: k"),
    ),
    "what says the same": (lambda f: _plan(f, "by =", 'count = "persons"\nby ='), {}),
    "the design of a wave": (
        lambda f: _plan(
            f, 'codebook = "book.toml"', 'codebook = "book.toml"\nlonely_psu = "adjust"'
        ),
        {"2019": "the plan changed: lonely_psu"},
    ),
    "a further file": (
        lambda f: _plan(
            f, 'codebook = "book.toml"', 'codebook = "book.toml"\nhouseholds = "2018.csv"'
        ),
        {"2019": "households is new"},
    ),
    "a lost output": (_lost, {"2019": "_files/findings.json is not there"}),
    "a changed output": (_tampered, {"2019": "estimates.parquet is not as it was written"}),
    "a manifest": (_manifest, {"2019": "the manifest of the results cannot be read"}),
    "the library": (_version, {"2019": "they are of version 0.0.9 of the library"}),
}
BOOK = """id = "book"
[[variable]]
id = "ill"
level = "person"
column = "sick"
true = [1]
false = [0]
"""


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """A finished run, to copy."""
    folder = tmp_path_factory.mktemp("finished")
    (folder / "book.toml").write_text(BOOK)
    plan = write(folder, wave("2018"), wave("2019", more='codebook = "book.toml"\n'))
    mpi.run(plan)
    return folder


@pytest.mark.parametrize("name", REASONS)
def test_a_dry_run_says_which_waves_are_stale_and_why(name, finished, tmp_path):
    change, reasons = REASONS[name]
    folder = tmp_path / "copy"
    shutil.copytree(finished, folder)
    change(folder)
    before = contents(folder / "results")
    log = (folder / "results/log.jsonl").read_bytes()
    run = mpi.run(folder / "plan.toml", dry_run=True)
    assert run.dry_run
    assert {n: w for n, w in why(run).items() if w} == reasons
    expected = {n: "stale" if n in reasons else "fresh" for n in ("2018", "2019")}
    assert outcomes(run) == expected
    assert contents(folder / "results") == before
    assert (folder / "results/log.jsonl").read_bytes() == log


def test_only_what_is_stale_runs_and_is_like_new(tmp_path):
    plan = write(tmp_path)
    mpi.run(plan)
    _content(tmp_path)
    run = mpi.run(plan)
    assert outcomes(run) == {"2018": "fresh", "2019": "written"}
    (tmp_path / "new").mkdir()
    other = write(tmp_path / "new")
    _content(tmp_path / "new")
    mpi.run(other)
    assert contents(tmp_path / "results") == contents(tmp_path / "new/results")


def test_a_dry_run_of_a_new_plan_makes_no_folder(tmp_path, capsys):
    plan = write(tmp_path, wave("2018"), wave("2019"), total())
    assert main(["run", str(plan), "--dry-run"]) == 0
    assert not (tmp_path / "results").exists()
    lines = capsys.readouterr().out.splitlines()
    assert lines[1].split(maxsplit=3) == ["2018", "index", "stale", "there are no results yet"]
    assert lines[3].split(maxsplit=3)[2:] == ["stale", "parts that are stale: 2018, 2019"]
    assert lines[4].startswith("3 stale, 0 fresh, 0 failed; results in ")


def test_a_sum_of_independent_samples_keeps_their_strata_apart(tmp_path):
    mpi.run(write(tmp_path, wave("2018"), wave("2019"), total()))
    rows = [people(seed).assign(year=year) for seed, year in ((1, "2018"), (2, "2019"))]
    both = pd.concat(rows, ignore_index=True)
    both["stratum"] = both["year"] + ": " + both["stratum"].astype(str)
    expected = mpi.measure(mpi.Survey(both, **DESIGN), SPEC, by="region").to_pandas()
    found = pd.read_parquet(tmp_path / "results/index/wave=both/estimates.parquet")
    for column in ("estimate", "se", "df", "n_psu"):
        np.testing.assert_allclose(found[column], expected[column], rtol=1e-12)
    assert found["n_psu"].max() == 12


def test_a_sum_of_overlapping_samples_shares_their_psus(tmp_path):
    sum_ = total().replace("independent", "overlapping")
    mpi.run(write(tmp_path, wave("2018"), wave("2019"), sum_))
    both = pd.concat([people(1), people(2)], ignore_index=True)
    expected = mpi.measure(mpi.Survey(both, **DESIGN), SPEC, by="region").to_pandas()
    found = pd.read_parquet(tmp_path / "results/index/wave=both/estimates.parquet")
    for column in ("estimate", "se", "df", "n_psu"):
        np.testing.assert_allclose(found[column], expected[column], rtol=1e-12)
    assert found["n_psu"].max() == 6


def test_a_sum_takes_a_file_of_profile_tables_of_an_earlier_year(tmp_path):
    plan = write(tmp_path, wave("2019"), total(adds=("2019", "old.profiles.parquet")))
    mpi.tabulate(survey(tmp_path, "2018"), SPEC, by="region").save(
        tmp_path / "old.profiles.parquet"
    )
    assert outcomes(mpi.run(plan)) == {"2019": "written", "both": "written"}
    found = pd.read_parquet(tmp_path / "results/index/wave=both/estimates.parquet")
    assert found["n"].max() == 96


def test_a_sum_is_computed_again_after_its_part(tmp_path):
    plan = write(tmp_path, total(), wave("2018"), wave("2019"))  # before its parts in the plan
    mpi.run(plan)
    _content(tmp_path)
    assert why(mpi.run(plan, dry_run=True))["both"] == "parts that are stale: 2019"
    run = mpi.run(plan)
    assert list(outcomes(run).items()) == [
        ("both", "written"),
        ("2018", "fresh"),
        ("2019", "written"),
    ]
    assert why(run)["both"] == "2019 changed"


def test_a_sum_whose_parts_give_the_same_tables_stays(tmp_path):
    plan = write(tmp_path, wave("2018"), wave("2019"), total())
    mpi.run(plan)
    with (tmp_path / "2019.csv").open("a") as file:
        file.write("\n")  # other bytes, the same rows
    assert outcomes(mpi.run(plan)) == {"2018": "fresh", "2019": "written", "both": "fresh"}


def test_measures_are_chosen_and_figures_withheld_by_the_scheme(tmp_path):
    head = HEAD + 'measures = ["H", "M0"]\n[publication]\nscheme = "dhs"\nsuppress = true\n'
    mpi.run(write(tmp_path, head=head))
    found = pd.read_parquet(tmp_path / "results/index/wave=2018/estimates.parquet")
    assert set(found["measure"]) == {"H", "M0"}
    assert found["estimate"].isna().tolist() == (found["flag"] == "suppressed").tolist()
    assert found["estimate"].isna().any()
    assert found["estimate"].notna().any()


def test_a_wave_can_have_specifications_of_its_own_and_one_a_name_and_parameters(tmp_path):
    head = HEAD.replace('"index.toml"', '"index.toml", { use = "index.toml", name = "second" }')
    plan = write(
        tmp_path, wave("2018"), wave("2019", more='specifications = ["second"]\n'), head=head
    )
    run = mpi.run(plan)
    rows = [(r["wave"], r["specification"]) for r in run.to_arrow().to_pylist()]
    assert rows == [("2018", "index"), ("2018", "second"), ("2019", "second")]
    assert (tmp_path / "results/second/wave=2019/estimates.parquet").is_file()
    assert not (tmp_path / "results/index/wave=2019").exists()


def test_parameters_of_a_specification_are_set_in_the_plan(tmp_path):
    use = '{ use = "global-mpi-2018", parameters = { school_entry_age = 6, class8_age = 14 } }'
    read = read_plan(write(tmp_path, head=HEAD.replace('"index.toml"', use)))
    spec = units_of(read)[0].specification
    assert {p.id: p.value for p in spec.parameter}["class8_age"] == 14


@pytest.mark.parametrize("engine", [None, "duckdb"])
def test_the_engine_of_a_wave_reaches_tabulate(engine, tmp_path, monkeypatch):
    more = "" if engine is None else f'engine = "{engine}"\n'
    (unit,) = units_of(read_plan(write(tmp_path, wave("2018", more=more))))
    told = {}
    monkeypatch.setattr(work.api, "tabulate", lambda *_, **options: told.update(options))
    work._tabulated(unit)
    assert told["engine"] == engine
    assert unit.options().get("engine") == engine


def test_the_design_of_a_wave_reaches_the_survey(tmp_path):
    more = (
        'fpc = "size"\nnested = false\nwhere = "region == \'north\'"\ndate = 2018\n'
        'lonely_psu = "average"\nreplicates = { method = "rao-wu", number = 50, seed = 7 }\n'
        'stages = [{ unit = "out", fpc = "w" }]\nsize = 1\nhousehold_id = ["psu", "sick"]\n'
    )
    plan = write(tmp_path, wave("2018", more=more))
    people(1).assign(size=50).to_csv(tmp_path / "2018.csv", index=False)
    (unit,) = units_of(read_plan(plan))
    seen = []
    original = work.api.tabulate
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(work.api, "tabulate", lambda survey, *_, **__: seen.append(survey))
        work._tabulated(unit)
    assert original is work.api.tabulate
    design = seen[0].design
    assert (
        design
        == mpi.Survey(
            tmp_path / "2018.csv",
            **DESIGN,
            fpc="size",
            nested=False,
            lonely_psu="average",
            replicates=mpi.Replicates("rao-wu", number=50, seed=7),
            stages=[mpi.Stage("out", fpc="w")],
        ).design
    )
    assert (seen[0].date, seen[0].size) == ("2018", 1)
    assert seen[0].keys.household["persons"] == ("psu", "sick")
    assert str(seen[0].where) == "region == 'north'"


def test_the_log_has_a_record_for_each_event(tmp_path):
    plan = write(tmp_path)
    mpi.run(plan, jobs=1)
    found = events(tmp_path / "results")
    assert [e["event"] for e in found] == ["run", "started", "written", "started", "written", "end"]
    assert all({"time", "event"} <= set(event) for event in found)
    written = found[2]
    assert (written["wave"], written["specification"]) == ("2018", "index")
    assert written["seconds"] > 0
    assert written["findings"] > 0
    assert found[-1] == found[-1] | {"written": 2, "fresh": 0, "failed": 0}
    mpi.run(plan)
    assert events(tmp_path / "results")[: len(found)] == found


def test_a_line_of_the_log_that_was_cut_off_spoils_no_other(tmp_path):
    plan = write(tmp_path, wave("2018"))
    mpi.run(plan)
    log = tmp_path / "results/log.jsonl"
    log.write_bytes(log.read_bytes()[:-20])
    mpi.run(plan)
    lines = log.read_text().splitlines()
    assert [json.loads(line)["event"] for line in lines[4:]] == ["run", "fresh", "end"]


def test_waves_run_side_by_side_within_the_memory_and_alone_above_it(tmp_path):
    plan = write(tmp_path)
    mpi.run(plan, jobs=2, memory="100 GB")
    assert [e["event"] for e in events(tmp_path / "results")][1:3] == ["started", "started"]
    (tmp_path / "index.toml").write_text(SPEC.replace(cutoff="1").to_toml())
    mpi.run(plan, jobs=2, memory="1 MB")
    order = [e["event"] for e in events(tmp_path / "results")][-5:-1]
    assert order == ["started", "written", "started", "written"]


def test_progress_is_told_and_ends_with_all(tmp_path):
    told = []
    mpi.run(write(tmp_path), progress=lambda *step: told.append(step))
    assert told[-1] == ("done", 2, 2)
    assert any("2018, index" in what for what, *_ in told)


def test_a_script_needs_no_guard_around_its_main_part(tmp_path):
    plan = write(tmp_path)
    script = tmp_path / "script.py"
    script.write_text(f"import mpi\nprint(mpi.run({str(plan)!r}, jobs=2).counts())\n")
    (tmp_path / "random.py").write_text("raise SystemExit('a file beside the data was run')")
    done = subprocess.run(  # noqa: S603 -- our own text
        [sys.executable, "-P", str(script)],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        check=False,
    )
    assert (done.stdout, done.stderr) == ("2 written, 0 fresh, 0 failed\n", "")


def test_results_of_waves_that_left_the_plan_are_a_finding(tmp_path):
    plan = write(tmp_path)
    mpi.run(plan)
    plan.write_text(HEAD + wave("2018"))
    (finding,) = mpi.run(plan).findings
    assert (finding.code, finding.where) == ("WAVE_NOT_IN_PLAN", "index/wave=2019")
    assert (tmp_path / "results/index/wave=2019/estimates.parquet").is_file()


def test_waves_whose_groups_are_of_other_types_are_a_finding(tmp_path):
    plan = write(tmp_path)
    people(2).assign(region=lambda rows: rows["psu"] % 2).to_csv(tmp_path / "2019.csv", index=False)
    (finding,) = mpi.run(plan).findings
    assert (finding.code, finding.where) == ("WAVES_DIFFER", "index, region")
    assert "string in 2018; int64 in 2019" in finding.detail


def test_a_folder_of_parquet_files_is_an_input(tmp_path):
    plan = write(tmp_path, wave("2018", file="rows"))
    (tmp_path / "rows").mkdir()
    rows = people(1)
    rows[:20].to_parquet(tmp_path / "rows/a.parquet")
    rows[20:].to_parquet(tmp_path / "rows/b.parquet")
    assert outcomes(mpi.run(plan)) == {"2018": "written"}
    assert outcomes(mpi.run(plan)) == {"2018": "fresh"}
    (tmp_path / "rows/b.parquet").rename(tmp_path / "rows/c.parquet")
    assert why(mpi.run(plan, dry_run=True)) == {"2018": "persons changed"}


def test_hashes_are_remembered_by_size_times_and_number_of_the_file(tmp_path):
    file = tmp_path / "a"
    file.write_bytes(b"one")
    old = file.stat().st_mtime - 60
    os.utime(file, (old, old))
    hashes = Hashes()
    first = hashes.of(file)
    assert not hashes.known  # its number was just made: it may change within the same tick
    hashes.known[str(file)] = (stamps(file)[0], "remembered")
    assert hashes.of(file) == "remembered"
    file.write_bytes(b"two")
    assert hashes.of(file) not in (first, "remembered")
    hashes.save(tmp_path / "saved")
    assert Hashes.load(tmp_path / "saved").known == hashes.known
    (tmp_path / "saved").write_text("[1]")
    assert Hashes.load(tmp_path / "saved").known == {}
