"""`mpi.run`: a plan carried out, or what would be."""

from __future__ import annotations

import contextlib
import os
import shutil
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import pyarrow as pa

import mpi
from mpi.arguments import check_kinds
from mpi.batch.folders import Folders
from mpi.batch.hashes import Hashes
from mpi.batch.lock import locked
from mpi.batch.log import Log
from mpi.batch.memory import budget as budget_of
from mpi.batch.plan_files import Read, read_plan
from mpi.batch.scheduler import Key, Outcome, Scheduler, foreseen
from mpi.batch.staleness import read_manifest
from mpi.batch.units import Unit, units_of
from mpi.errors import PlanError, Problem
from mpi.findings import Finding
from mpi.results import Result

_MOST_JOBS = 1000


class Run(Result):
    """What became of each wave under each specification.

    Columns are ``wave``, ``specification``, ``outcome`` (``written``, ``fresh`` or ``failed``; of a
    dry run ``stale``, ``fresh`` or ``failed``), ``why``, ``estimates`` and ``findings`` (how many).

    Attributes
    ----------
    folder : Path
        Folder of the results.
    dry_run : bool
    failures : tuple of str
        One sentence for each that failed.
    """

    __slots__ = ("_name", "dry_run", "failures", "folder")

    def __init__(
        self, table: pa.Table, findings: Iterable[Finding], *, name: str, folder: Path, dry: bool
    ) -> None:
        super().__init__(table, findings)
        self._name, self.folder, self.dry_run = name, folder, dry
        rows = [row for row in table.to_pylist() if row["outcome"] == "failed"]
        self.failures = tuple(f"{r['wave']}, {r['specification']}: {r['why']}" for r in rows)

    def counts(self) -> str:
        """How many have each outcome, as a sentence part."""
        found = Counter(self._table["outcome"].to_pylist())
        kinds = ("stale", "fresh", "failed") if self.dry_run else ("written", "fresh", "failed")
        return ", ".join(f"{found[kind]:,} {kind}" for kind in kinds)

    def _headline(self) -> str:
        return f"{'Dry run' if self.dry_run else 'Run'} of {self._name}: {self.counts()}"


def run(
    plan: str | os.PathLike[str],
    *,
    dry_run: bool = False,
    jobs: int | None = None,
    memory: int | str | None = None,
    progress: Callable[[str, int, int], None] | None = None,
) -> Run:
    r"""Estimates of every wave of a plan under every specification, where they are not fresh.

    Parameters
    ----------
    plan : str or path
        A ``.toml`` file: specifications, waves, what is asked, and the folder of the results.
    dry_run : bool
        Whether to say only what would be computed, and why. Nothing is written.
    jobs : int, optional
        Processes at most; one for each processor if left out.
    memory : int or str, optional
        What they may need together, in bytes or such as ``"6 GB"``; three quarters of what is
        available if left out. A wave that is likely to need more runs alone.
    progress : callable, optional
        Called with what is being done, the steps done and the steps in all.

    Returns
    -------
    Run
        A wave that fails is a row of it, and stops no other.

    Raises
    ------
    PlanError
        If the plan is not right, or its folder cannot be written to or is in use by another run.

    Notes
    -----
    The results of a wave are a folder that appears whole: it is written aside and moved by one
    rename. Where results are replaced the two folders change places in one step on Linux and macOS;
    elsewhere there is a moment without either. A run that is killed leaves whole folders, and the
    next one goes on with those that are not there yet.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> spec = mpi.Specification.from_columns({"d": ["a"]}, cutoff=1, id="index")
    >>> with tempfile.TemporaryDirectory() as name:
    ...     folder = Path(name)
    ...     _ = (folder / "index.toml").write_text(spec.to_toml())
    ...     _ = (folder / "2018.csv").write_text("a\n1\n0\n")
    ...     _ = (folder / "plan.toml").write_text(
    ...         'id = "plan"\noutput = "results"\nspecifications = ["index.toml"]\n'
    ...         '[[wave]]\nname = "2018"\npersons = "2018.csv"\n'
    ...     )
    ...     run(folder / "plan.toml", dry_run=True)
    Dry run of plan: 1 stale, 0 fresh, 0 failed
    wave  specification  outcome  why
    2018  index          stale    there are no results yet
    """
    check_kinds(run, locals(), error=PlanError)
    read = read_plan(plan)
    _check_jobs(jobs)
    budget = budget_of(memory)
    units = units_of(read)
    folders = Folders(read.at(read.file.output))
    tell = progress if progress is not None else lambda *_: None
    if dry_run:
        hashes = Hashes.load(folders.hashes)
        outcomes: Mapping[Key, Outcome] = foreseen(units, folders, hashes, tell)
        return _result(read, units, outcomes, folders, dry=True)
    folders.prepare()
    with locked(folders.lock), contextlib.closing(Log(folders.log)) as log:
        folders.recover()
        began = time.perf_counter()
        most = jobs or _processors()
        log.event("run", plan=read.file.id, library=mpi.__version__, units=len(units), jobs=most)
        hashes = Hashes.load(folders.hashes)
        scheduler = Scheduler(units, folders, hashes, log, min(most, len(units)), budget, tell)
        try:
            outcomes = scheduler.run()
        finally:
            shutil.rmtree(folders.own / "new", ignore_errors=True)
            with contextlib.suppress(OSError):  # hashes that are not remembered are made again
                hashes.save(folders.hashes)
        kinds = Counter(outcome.kind for outcome in outcomes.values())
        seconds = round(time.perf_counter() - began, 3)
        log.event("end", seconds=seconds, **{k: kinds[k] for k in ("written", "fresh", "failed")})
        return _result(read, units, outcomes, folders, dry=False, lost=log.lost)


def _check_jobs(jobs: object) -> None:
    whole = isinstance(jobs, int) and not isinstance(jobs, bool)
    if jobs is not None and not (whole and 1 <= int(str(jobs)) <= _MOST_JOBS):
        found = f"{jobs!r} is no number of processes"
        raise PlanError("jobs", [Problem("", found, f"Give one from 1 to {_MOST_JOBS:,}.")])


def _processors() -> int:
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity is not None else os.cpu_count() or 1


def _result(
    read: Read,
    units: Sequence[Unit],
    outcomes: Mapping[Key, Outcome],
    folders: Folders,
    *,
    dry: bool,
    lost: int = 0,
) -> Run:
    order = {wave.name: number for number, wave in enumerate(read.file.wave)}
    rows = sorted(units, key=lambda unit: order[unit.wave.name])
    found = [outcomes[unit.key] for unit in rows]
    table = pa.table(
        {
            "wave": pa.array([unit.wave.name for unit in rows], pa.string()),
            "specification": pa.array([unit.name for unit in rows], pa.string()),
            "outcome": pa.array([outcome.kind for outcome in found], pa.string()),
            "why": pa.array([outcome.why or None for outcome in found], pa.string()),
            "estimates": pa.array([outcome.estimates for outcome in found], pa.int64()),
            "findings": pa.array([outcome.findings for outcome in found], pa.int64()),
        }
    )
    findings = [
        Finding("WAVE_FAILED", unit.label(), outcome.why)
        for unit, outcome in zip(rows, found, strict=True)
        if outcome.kind == "failed"
    ]
    findings += [*_not_in_plan(units, folders), *_unlike_columns(rows, folders)]
    if lost:
        detail = "events could not be written to the log"
        findings.append(Finding("LOG_INCOMPLETE", folders.log.name, detail, lost))
    return Run(table, findings, name=read.file.id, folder=folders.root, dry=dry)


def _not_in_plan(units: Sequence[Unit], folders: Folders) -> Iterator[Finding]:
    """Results of waves that a dataset has and the plan has not."""
    known = {folders.wave(unit.key) for unit in units}
    for name in dict.fromkeys(unit.name for unit in units):
        for path in sorted((folders.root / name).glob("wave=*")):
            if path not in known:
                detail = (
                    "results of a wave that is not in the plan; delete the folder if it is over"
                )
                yield Finding("WAVE_NOT_IN_PLAN", f"{name}/{path.name}", detail)


def _unlike_columns(units: Sequence[Unit], folders: Folders) -> Iterator[Finding]:
    """Columns that have another type, or are not there, in some waves of a dataset."""
    kinds: dict[tuple[str, str], dict[str, list[str]]] = {}
    for unit in units:
        manifest = read_manifest(folders.wave(unit.key))
        for column, kind in ({} if manifest is None else manifest["columns"]).items():
            of = kinds.setdefault((unit.name, column), {})
            of.setdefault(kind, []).append(unit.wave.name)
    for (name, column), of in kinds.items():
        if len(of) > 1:
            shown = "; ".join(f"{kind} in {', '.join(waves)}" for kind, waves in of.items())
            detail = f"the column differs between waves ({shown}); readers of all need one type"
            yield Finding("WAVES_DIFFER", f"{name}, {column}", detail)
