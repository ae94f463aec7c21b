"""Runs that are killed at random moments: whole folders always, and the same results at last."""

from __future__ import annotations

import io
import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from hashlib import sha256
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from plans import FILES, contents, events, wave, write

from mpi.datasets import write_synthetic_survey

KILLS = 25
WAVES = ("2015", "2016", "2017", "2018", "2019", "2020")
HEAD = """id = "series"
output = "results"
specifications = ["colombia-dane"]
by = ["region", ["region", "area"]]
"""
# the other plan makes every wave stale, so that folders are replaced too
CUTOFFS = ('k = ["1/3"]\n', 'k = ["1/4", "1/2"]\n')
SYNTHETIC = 'household_id = "household_id"\nperson_id = "person_id"\ndate = 2025\n'

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks for processes in /proc")


def _plan(folder: Path, cutoffs: str) -> Path:
    tables = [
        wave(name, file=f"{name}/persons.parquet", more=SYNTHETIC).replace('"w"', '"weight"')
        + f'households = "{name}/households.parquet"\n'
        for name in WAVES
    ]
    return write(folder, *tables, head=HEAD + cutoffs)


def _start(plan: Path) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-P", "-m", "mpi", "run", str(plan), "--jobs", "2"]
    return subprocess.Popen(  # noqa: S603 -- our own command
        command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, start_new_session=True
    )


class Nest:
    """Starts runs without the time that imports take: each is a fork of one prepared process."""

    CODE = """
import os, sys
import mpi
mpi.run
for line in sys.stdin:
    child = os.fork()
    if not child:
        os.setsid()
        mpi.run(line.strip(), jobs=2)
        os._exit(0)
    print(child, flush=True)
    sys.stdin.readline()
    os.waitpid(child, 0)
    print("ended", flush=True)
"""

    def __init__(self) -> None:
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
        command = [sys.executable, "-P", "-W", "ignore", "-c", self.CODE]
        self.process = subprocess.Popen(command, **pipes)  # noqa: S603 -- our own text

    def start(self, plan: Path) -> int:
        """Number of the process of a new run."""
        self.process.stdin.write(f"{plan}\n")
        self.process.stdin.flush()
        return int(self.process.stdout.readline())

    def wait(self) -> None:
        """Wait for the end of the run; its number is its own until then."""
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        assert self.process.stdout.readline() == "ended\n"

    def close(self) -> None:
        self.process.kill()
        self.process.communicate()


def _session(number: int) -> list[int]:
    """Processes of a session that are alive."""
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, _, _, session = path.read_text().rpartition(")")[2].split()[:4]
        except (OSError, ValueError):
            continue
        if int(session) == number and state != "Z":
            found.append(int(path.parent.name))
    return found


class Watcher(threading.Thread):
    """Looks at the results again and again; `wrong` has what no reader should ever see."""

    def __init__(self, results: Path) -> None:
        super().__init__(daemon=True)
        self.results, self.wrong, self.looks = results, [], 0
        self.seen: set[Path] = set()
        self.read: set[str] = set()
        self.over = threading.Event()

    def run(self) -> None:
        while not self.over.is_set():
            self._look()
            time.sleep(0.005)

    def _look(self) -> None:
        found = set(self.results.glob("*/wave=*"))
        self.wrong += [f"{path} is gone" for path in self.seen - found]
        self.seen |= found
        for path in found:
            self._check(path)
        odd = [
            p
            for p in self.results.glob("*")
            if p.name not in ("colombia-dane", "log.jsonl", ".run")
        ]
        self.wrong += [f"{path} should not be there" for path in odd]

    def _check(self, folder: Path) -> None:
        """Every file is there and whole; their hashes are those of a manifest beside them."""
        try:
            before = (folder / "_files/manifest.json").read_bytes()
            data = {name: (folder / name).read_bytes() for name in FILES}
            after = (folder / "_files/manifest.json").read_bytes()
        except OSError as error:
            self.wrong.append(f"{folder}: {error}")
            return
        self.looks += 1
        hashes = {name: sha256(content).hexdigest() for name, content in data.items()}
        for name in FILES[:2]:
            if hashes[name] not in self.read:
                pq.read_table(io.BytesIO(data[name]))
                self.read.add(hashes[name])
        json.loads(data[FILES[2]])
        if before == after and json.loads(before)["outputs"] != hashes:
            self.wrong.append(f"{folder} holds files of two runs")


@pytest.fixture(scope="module")
def waves(tmp_path_factory):
    """Files of six small synthetic surveys, and both plans' results of undisturbed runs."""
    folder = tmp_path_factory.mktemp("waves")
    for seed, name in enumerate(WAVES):
        write_synthetic_survey(folder / name, 400, seed=seed)
    return folder


def _run(plan: Path) -> None:
    with _start(plan) as process:
        assert (process.wait(), process.stderr.read()) == (0, b"")


def _undisturbed(waves: Path, folder: Path, cutoffs: str) -> dict[str, object]:
    folder.mkdir()
    for name in WAVES:
        (folder / name).symlink_to(waves / name)
    _run(_plan(folder, cutoffs))
    return contents(folder / "results")


def _kill_after(number: int, log: Path, pid: int, delay: float) -> None:
    """Kill a run a moment after some records of its own are in the log, or after its end."""
    before = log.stat().st_size if log.exists() else 0
    own, end = b"", time.monotonic() + 120
    while time.monotonic() < end and own.count(b"\n") < number and b'"end"' not in own:
        time.sleep(0.001)
        own = log.read_bytes()[before:] if log.exists() else b""
    time.sleep(delay)
    os.kill(pid, signal.SIGKILL)


def test_runs_that_are_killed_end_with_the_results_of_one_that_was_not(waves, tmp_path):
    expected = _undisturbed(waves, tmp_path / "calm", CUTOFFS[0])
    folder = tmp_path / "killed"
    folder.mkdir()
    for name in WAVES:
        (folder / name).symlink_to(waves / name)
    results = folder / "results"
    watcher, nest, draw = Watcher(results), Nest(), random.Random(20)  # noqa: S311
    watcher.start()
    for number in range(KILLS):
        plan = _plan(folder, CUTOFFS[number // 4 % 2])
        _kill_after(
            draw.randrange(9), results / "log.jsonl", nest.start(plan), draw.uniform(0, 0.15)
        )
        nest.wait()
    nest.close()
    _run(_plan(folder, CUTOFFS[0]))
    watcher.over.set()
    watcher.join()
    assert not watcher.wrong, watcher.wrong[:5]
    assert watcher.looks > 100
    assert contents(results) == expected
    assert not (results / ".run/new").exists()
    kinds = [event["event"] for event in events(results)]
    assert kinds.count("run") - kinds.count("end") > KILLS // 2
    assert kinds.count("started") > kinds.count("written") + 5  # killed in their work
    assert kinds.count("written") > len(WAVES)  # and some folders were replaced


def test_a_run_that_was_killed_goes_on_where_it_was_and_leaves_no_process(waves, tmp_path):
    for name in WAVES:
        (tmp_path / name).symlink_to(waves / name)
    plan = _plan(tmp_path, CUTOFFS[0])
    log = tmp_path / "results/log.jsonl"
    process = _start(plan)
    end = time.monotonic() + 30
    while not (log.exists() and '"written"' in log.read_text()) and time.monotonic() < end:
        time.sleep(0.001)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    process.stderr.close()
    before = len(events(tmp_path / "results"))
    finished = {p.name for p in (tmp_path / "results/colombia-dane").glob("wave=*")}
    assert 1 <= len(finished) < len(WAVES)
    while _session(process.pid) and time.monotonic() < end:
        time.sleep(0.01)
    assert not _session(process.pid)
    _run(plan)
    later = events(tmp_path / "results")[before:]
    fresh = {f"wave={event['wave']}" for event in later if event["event"] == "fresh"}
    written = {f"wave={event['wave']}" for event in later if event["event"] == "written"}
    assert fresh == finished
    assert written == {f"wave={name}" for name in WAVES} - finished


def test_an_interrupted_run_ends_with_130_and_leaves_nothing_unfinished(waves, tmp_path):
    for name in WAVES:
        (tmp_path / name).symlink_to(waves / name)
    log = tmp_path / "results/log.jsonl"
    with _start(_plan(tmp_path, CUTOFFS[0])) as process:
        end = time.monotonic() + 60
        while not (log.exists() and '"started"' in log.read_text()) and time.monotonic() < end:
            time.sleep(0.001)
        process.send_signal(signal.SIGINT)
        told = process.stderr.read()
        assert process.wait() == 130
    assert told.startswith(b"mpi: interrupted; waves that were finished are kept")
    assert told.count(b"\n") == 1
    assert not (tmp_path / "results/.run/new").exists()
    assert not _session(process.pid)
