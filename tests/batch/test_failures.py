"""Waves that fail, folders that cannot be used: one sentence each, and nothing else is harmed."""

from __future__ import annotations

import contextlib
import errno
import json
import os
import shutil
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from plans import FILES, HEAD, contents, events, outcomes, people, total, wave, why, write

import mpi
from mpi.batch import folders as places
from mpi.batch import scheduler, work
from mpi.batch.attempts import Failed, attempt
from mpi.batch.folders import Folders
from mpi.batch.lock import locked
from mpi.batch.log import Log
from mpi.batch.plan_files import read_plan
from mpi.batch.processes import Worker
from mpi.batch.units import units_of
from mpi.batch.work import Task
from mpi.cli import main
from mpi.errors import PlanError


def _corrupt(folder):
    people(2).to_parquet(folder / "2019.parquet")
    whole = (folder / "2019.parquet").read_bytes()
    (folder / "2019.parquet").write_bytes(whole[: len(whole) // 2])


def _changed_columns(folder):
    people(2).rename(columns={"sick": "ill"}).to_parquet(folder / "2019.parquet")


def _lonely(folder):
    people(2).assign(stratum=lambda rows: rows["psu"]).to_parquet(folder / "2019.parquet")


FAILURES = {
    "a corrupt Parquet file": (_corrupt, "2019.parquet: this cannot be read as Parquet"),
    "no file": (lambda _: None, "persons: there is no file"),
    "changed columns": (_changed_columns, "unknown variable 'sick'"),
    "a design that gives no errors": (_lonely, "single PSU"),
}


@pytest.mark.parametrize("name", FAILURES)
def test_a_wave_that_fails_is_one_message_and_the_others_are_written(name, tmp_path, capsys):
    spoil, message = FAILURES[name]
    plan = write(tmp_path, wave("2019", file="2019.parquet"), wave("2018"))
    spoil(tmp_path)
    assert main(["run", str(plan)]) == 1
    told = capsys.readouterr()
    assert message in told.err
    assert told.err.startswith("mpi: 2019, index: ")
    assert told.err.count("mpi: ") == 1
    assert "Traceback" not in told.err + told.out
    assert "1 written, 0 fresh, 1 failed" in told.out
    assert (tmp_path / "results/index/wave=2018/estimates.parquet").is_file()
    assert not (tmp_path / "results/index/wave=2019").exists()
    assert not (tmp_path / "results/.run/new").exists()
    (event,) = [e for e in events(tmp_path / "results") if e["event"] == "failed"]
    assert message in event["message"]


def test_a_wave_that_fails_keeps_the_results_of_before_and_says_so(tmp_path):
    plan = write(tmp_path)
    mpi.run(plan)
    before = contents(tmp_path / "results")
    people(2).rename(columns={"out": "away"}).to_csv(tmp_path / "2019.csv", index=False)
    run = mpi.run(plan)
    assert outcomes(run) == {"2018": "fresh", "2019": "failed"}
    assert run.failures[0].endswith("The results of an earlier run stay as they are.")
    assert run.findings[0].code == "WAVE_FAILED"
    assert contents(tmp_path / "results") == before


def test_a_sum_of_a_wave_that_fails_fails_too(tmp_path):
    plan = write(tmp_path, wave("2018"), wave("2019"), total())
    (tmp_path / "2019.csv").unlink()
    assert why(mpi.run(plan, dry_run=True))["both"] == "parts that fail: 2019."
    run = mpi.run(plan)
    assert outcomes(run) == {"2018": "written", "2019": "failed", "both": "failed"}
    assert why(run)["both"] == "parts that failed: 2019."


def test_a_dry_run_of_a_wave_that_cannot_run_ends_with_1(tmp_path, capsys):
    plan = write(tmp_path, wave("2018"), wave("2019", more='codebook = "zap"\n'))
    assert main(["run", str(plan), "--dry-run"]) == 1
    assert "mpi: 2019, index: 'zap': there is no bundled codebook" in capsys.readouterr().err


def test_samples_with_supplied_replicates_are_not_added_as_independent(tmp_path):
    more = 'replicates = { method = "other", columns = ["r1", "r2"], scale = 0.5 }\n'
    plan = write(tmp_path, wave("2018", more=more), wave("2019", more=more), total())
    for seed, name in ((1, "2018"), (2, "2019")):
        rows = people(seed)
        rows.assign(r1=rows["w"], r2=rows["w"] * 2).to_csv(tmp_path / f"{name}.csv", index=False)
    run = mpi.run(plan)
    assert "replicate weights of independent samples do not add up" in why(run)["both"]


def test_an_input_that_changes_while_it_is_read_gives_no_results(tmp_path, monkeypatch):
    plan = write(tmp_path, wave("2018"))
    original = scheduler.Workers.run

    def run(self, task, size):
        done = original(self, task, size)
        people(5).to_csv(tmp_path / "2018.csv", index=False)
        return done

    monkeypatch.setattr(scheduler.Workers, "run", run)
    found = mpi.run(plan)
    assert found.failures == ("2018, index: 2018.csv changed while it was read. Run it again.",)
    assert not (tmp_path / "results/index/wave=2018").exists()


# folders


def test_two_runs_never_work_in_one_folder(tmp_path):
    plan = write(tmp_path)
    folders = Folders(tmp_path / "results")
    folders.prepare()
    with locked(folders.lock), pytest.raises(PlanError) as caught:
        mpi.run(plan)
    words = f"another run is at work in this folder (process {os.getpid()} on "
    assert words in str(caught.value)
    assert not (tmp_path / "results/index").exists()
    assert set(outcomes(mpi.run(plan)).values()) == {"written"}  # the file alone locks nothing


def test_a_dry_run_is_possible_beside_a_run(tmp_path):
    plan = write(tmp_path)
    folders = Folders(tmp_path / "results")
    folders.prepare()
    with locked(folders.lock):
        assert set(outcomes(mpi.run(plan, dry_run=True)).values()) == {"stale"}


def test_the_lock_of_a_process_that_was_killed_is_free(tmp_path):
    lock = tmp_path / "lock"
    code = (
        "import sys, time; from pathlib import Path; from mpi.batch.lock import locked\n"
        f"with locked(Path({str(lock)!r})): print('held', flush=True); time.sleep(60)"
    )
    command = [sys.executable, "-c", code]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as holder:  # noqa: S603 -- our own text
        assert holder.stdout.readline() == b"held\n"
        with pytest.raises(PlanError, match=f"process {holder.pid} on"), locked(lock):
            pass
        holder.kill()
    with locked(lock):
        assert json.loads(lock.read_text())["pid"] == os.getpid()


def test_a_folder_below_a_file_is_refused(tmp_path):
    plan = write(tmp_path, head=HEAD.replace('"results"', '"index.toml/results"'))
    with pytest.raises(PlanError, match="the folder cannot be written to: Not a directory"):
        mpi.run(plan)


@contextlib.contextmanager
def mounted(folder: Path, options: str):
    """A small disk of its own, where the system lets the tests have one."""
    folder.mkdir()
    command = shutil.which("mount")
    done = command and subprocess.run(  # noqa: S603 -- no input of others
        [command, "-t", "tmpfs", "-o", options, "tmpfs", str(folder)],
        capture_output=True,
        check=False,
    )
    if not done or done.returncode:
        pytest.skip("the system lets these tests mount no disk")
    try:
        yield
    finally:
        subprocess.run([shutil.which("umount"), str(folder)], check=True)  # noqa: S603


def test_a_read_only_folder_is_refused_before_anything_is_done(tmp_path):
    plan = write(tmp_path)
    with mounted(tmp_path / "results", "ro,size=1m"):
        with pytest.raises(PlanError) as caught:
            mpi.run(plan)
        words = "the folder cannot be written to: Read-only file system.\n  Give 'output' a folder"
        assert words in str(caught.value)
        assert not list((tmp_path / "results").iterdir())


def test_a_wave_that_does_not_fit_on_the_disk_harms_no_other(tmp_path):
    plan = write(tmp_path, wave("large"), wave("2018"))
    rows = people(1, 6000)
    rows.assign(region=rows.index // 12).to_csv(tmp_path / "large.csv", index=False)
    with mounted(tmp_path / "results", "size=160k"):
        run = mpi.run(plan, jobs=1)
        assert outcomes(run) == {"large": "failed", "2018": "written"}
        assert "No space left on device" in run.failures[0]
        assert not (tmp_path / "results/index/wave=large").exists()
        folder = tmp_path / "results/index/wave=2018"
        assert mpi.load_profiles(folder / FILES[1]).n == 48
        rows[:12].assign(region="north").to_csv(tmp_path / "large.csv", index=False)
        assert outcomes(mpi.run(plan)) == {"large": "written", "2018": "fresh"}


def fill(file):
    while True:
        file.write(bytes(4096))


def test_a_full_disk_is_one_sentence_and_what_was_there_stays(tmp_path):
    plan = write(tmp_path)
    with mounted(tmp_path / "results", "size=400k"):
        mpi.run(plan)
        before = contents(tmp_path / "results")
        with (
            (tmp_path / "results/filler").open("wb", buffering=0) as file,
            pytest.raises(OSError, match="No space left"),
        ):
            fill(file)
        people(9).to_csv(tmp_path / "2019.csv", index=False)
        run = mpi.run(plan)
        assert outcomes(run) == {"2018": "fresh", "2019": "failed"}
        assert "No space left on device" in run.failures[0]
        assert contents(tmp_path / "results") == before


def _task(folder: Path) -> Task:
    (unit,) = units_of(read_plan(write(folder, wave("2018"))))
    return Task(unit, {}, {}, folder / "new/wave=2018")


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (OSError(errno.ENOSPC, "No space left on device", "/a/b/x.parquet"), "x.parquet: No space"),
        (OSError(errno.EROFS, "Read-only file system"), "Read-only file system."),
        (MemoryError(), "memory ran out."),
        (KeyError("Juan Pérez"), "an unexpected KeyError in test_failures.py, line "),
    ],
)
def test_what_the_system_refuses_is_a_sentence(error, sentence, tmp_path, monkeypatch):
    def refuse(*_):
        raise error

    monkeypatch.setattr(work, "_write", refuse)
    failed = attempt(_task(tmp_path))
    assert isinstance(failed, Failed)
    assert sentence in failed.sentence
    assert "Juan" not in failed.sentence


def test_a_process_that_is_killed_fails_its_wave_alone(tmp_path):
    worker = Worker()
    threading.Timer(0.05, worker._process.kill).start()
    answer = worker.run(_task(tmp_path))
    assert answer == Failed(
        "its process was ended by signal 9, as systems do when memory runs out. "
        "Give fewer jobs, or less memory to all."
    )
    assert not worker.alive
    worker.close()


def test_a_log_that_cannot_be_written_stops_nothing(tmp_path, monkeypatch):
    log = Log(tmp_path / "log.jsonl")
    log.event("first")
    with monkeypatch.context() as patch:
        patch.setattr(os, "write", lambda *_: (_ for _ in ()).throw(OSError(errno.ENOSPC, "full")))
        log.event("second")
    log.event("third")
    log.close()
    assert log.lost == 1
    kinds = [json.loads(x)["event"] for x in (tmp_path / "log.jsonl").read_text().splitlines()]
    assert kinds == ["first", "third"]


# replacing a folder

KEY = ("index", "2018")


def _folder(path: Path, text: str) -> None:
    path.mkdir(parents=True)
    (path / "a").write_text(text)


@pytest.mark.parametrize("at_once", [True, False])
def test_a_folder_takes_the_place_of_another(at_once, tmp_path, monkeypatch):
    folders = Folders(tmp_path / "results")
    folders.prepare()
    if not at_once:
        monkeypatch.setattr(places, "exchange", lambda *_: False)
    for text in ("one", "two"):
        _folder(folders.new(KEY), text)
        folders.put(KEY)
        assert (folders.wave(KEY) / "a").read_text() == text
        assert not folders.new(KEY).exists()
        assert not folders.old(KEY).exists()


def test_a_folder_that_cannot_be_moved_in_leaves_the_old_one_in_its_place(tmp_path, monkeypatch):
    folders = Folders(tmp_path / "results")
    folders.prepare()
    _folder(folders.wave(KEY), "old")
    _folder(folders.new(KEY), "new")
    monkeypatch.setattr(places, "exchange", lambda *_: False)
    original = Path.rename

    def rename(self, target):
        if self == folders.new(KEY):
            raise OSError(errno.EACCES, "in use")
        return original(self, target)

    monkeypatch.setattr(Path, "rename", rename)
    with pytest.raises(OSError, match="in use"):
        folders.put(KEY)
    assert (folders.wave(KEY) / "a").read_text() == "old"


def test_a_run_that_was_killed_between_two_renames_gets_its_old_folder_back(tmp_path):
    folders = Folders(tmp_path / "results")
    folders.prepare()
    _folder(folders.old(KEY), "old")
    _folder(folders.new(KEY), "new")
    folders.recover()
    assert (folders.wave(KEY) / "a").read_text() == "old"
    assert not (folders.own / "old").exists()
    assert not (folders.own / "new").exists()


def test_a_run_that_was_killed_after_both_renames_keeps_its_new_folder(tmp_path):
    folders = Folders(tmp_path / "results")
    folders.prepare()
    _folder(folders.old(KEY), "old")
    _folder(folders.wave(KEY), "new")
    folders.recover()
    assert (folders.wave(KEY) / "a").read_text() == "new"


@pytest.mark.skipif(sys.platform not in ("linux", "darwin"), reason="no exchange of folders here")
def test_two_folders_change_places_in_one_step(tmp_path):
    for name in ("a", "b"):
        _folder(tmp_path / name, name)
    assert places.exchange(tmp_path / "a", tmp_path / "b")
    assert [(tmp_path / name / "a").read_text() for name in ("a", "b")] == ["b", "a"]
    with pytest.raises(FileNotFoundError):
        places.exchange(tmp_path / "a", tmp_path / "none")
