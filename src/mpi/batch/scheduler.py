"""Carries out the units of a plan: what is stale, in parallel, within a budget of memory."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from mpi.batch.attempts import Failed
from mpi.batch.folders import Folders, profiles_file
from mpi.batch.hashes import Hashes, stamps
from mpi.batch.log import Log
from mpi.batch.memory import need
from mpi.batch.processes import Worker
from mpi.batch.staleness import State, state_of
from mpi.batch.units import Unit
from mpi.batch.work import Done, Task

Key: TypeAlias = tuple[str, str]
Progress: TypeAlias = Callable[[str, int, int], None]

# the process of a wave that needs more ends with it, so that its memory is free for others
_SMALL = 10**9


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a unit.

    Attributes
    ----------
    kind : {"written", "fresh", "failed", "stale"}
        The last only where nothing is carried out.
    why : str
        Why it was or would be computed, or why it failed.
    estimates, findings : int or None
    """

    kind: Literal["written", "fresh", "failed", "stale"]
    why: str = ""
    estimates: int | None = None
    findings: int | None = None


@dataclass
class Workers:
    """Processes that are free, and all that there are."""

    free: list[Worker] = field(default_factory=list)
    every: list[Worker] = field(default_factory=list)
    guard: threading.Lock = field(default_factory=threading.Lock)
    over: bool = False

    def run(self, task: Task, size: int) -> Done | Failed:
        """Carry out a task in a process that is free, or in a new one."""
        with self.guard:
            if self.over:
                return Failed("the run was ended.")
            worker = self.free.pop() if self.free else Worker()
            if worker not in self.every:
                self.every.append(worker)
        answer = worker.run(task)
        with self.guard:
            if worker.alive and size <= _SMALL:
                self.free.append(worker)
                return answer
            if worker in self.every:
                self.every.remove(worker)
        worker.close()
        return answer

    def close(self) -> None:
        """End all processes."""
        with self.guard:
            self.over = True
            ended, self.every, self.free = self.every, [], []
        for worker in ended:
            worker.close()


@dataclass
class Scheduler:
    """Carries out units.

    Attributes
    ----------
    units : sequence of Unit
        Sums after their parts.
    folders : Folders
    hashes : Hashes
    log : Log
    jobs : int
        Processes at most.
    budget : int
        Bytes that they may need together; a unit that needs more runs alone.
    progress : callable
    """

    units: Sequence[Unit]
    folders: Folders
    hashes: Hashes
    log: Log
    jobs: int
    budget: int
    progress: Progress
    outcomes: dict[Key, Outcome] = field(default_factory=dict)
    running: dict[Future[Done | Failed], tuple[Unit, State, int]] = field(default_factory=dict)
    workers: Workers = field(default_factory=Workers)

    def run(self) -> Mapping[Key, Outcome]:
        """Carry out what is stale; a unit that fails stops none but those that add it."""
        pending = self._look(self.units)
        with ThreadPoolExecutor(self.jobs) as threads:
            try:
                while pending or self.running:
                    pending = [entry for entry in pending if not self._began(threads, *entry)]
                    self._tell()
                    if self.running:
                        self._finish()
                self._tell()
            finally:
                self.workers.close()
        return self.outcomes

    def _look(self, units: Sequence[Unit]) -> list[tuple[Unit, State | None]]:
        """States of all units but sums, which depend on what becomes of their parts."""
        found: list[tuple[Unit, State | None]] = []
        for number, unit in enumerate(units):
            self.progress(f"looking at {unit.wave.name}", number, len(units))
            state = None if unit.parts else state_of(unit, self.folders, self.hashes)
            found.append((unit, state))
        return found

    def _tell(self) -> None:
        names = ", ".join(unit.label() for unit, *_ in self.running.values())
        self.progress(names or "done", len(self.outcomes), len(self.units))

    def _began(self, threads: ThreadPoolExecutor, unit: Unit, state: State | None) -> bool:
        """Begin a unit, or settle it without; False if it has to wait."""
        parts = [self.outcomes.get((unit.name, part)) for part in unit.parts]
        if any(part is None for part in parts):
            return False
        failed = [p for p, o in zip(unit.parts, parts, strict=True) if o and o.kind == "failed"]
        if failed:
            self._settle(unit, Outcome("failed", f"parts that failed: {', '.join(failed)}."))
            return True
        known = state or state_of(unit, self.folders, self.hashes)
        if known.problem:
            self._settle(unit, Outcome("failed", known.problem))
        elif not known.reasons:
            self._settle(unit, Outcome("fresh"))
        else:
            return self._started(threads, unit, known)
        return True

    def _started(self, threads: ThreadPoolExecutor, unit: Unit, state: State) -> bool:
        """Start a unit if a process and memory are free."""
        size = need(state.stamps)
        used = sum(size for *_, size in self.running.values())
        if len(self.running) == self.jobs or (self.running and used + size > self.budget):
            return False
        parts = {p: profiles_file(self.folders.wave((unit.name, p))) for p in unit.parts}
        task = Task(unit, parts, state.fingerprint, self.folders.new(unit.key))
        shutil.rmtree(task.into, ignore_errors=True)
        self.log.event("started", **_names(unit), why=list(state.reasons), memory=size)
        self.running[threads.submit(self.workers.run, task, size)] = (unit, state, size)
        return True

    def _finish(self) -> None:
        """Wait for a unit to end, and take in what it made."""
        ended, _ = wait(self.running, return_when=FIRST_COMPLETED)
        for future in ended:
            unit, state, _ = self.running.pop(future)
            answer = future.result()
            if isinstance(answer, Done):
                answer = self._take_in(unit, state, answer)
            if isinstance(answer, Failed):
                shutil.rmtree(self.folders.new(unit.key), ignore_errors=True)
                self._settle(unit, Outcome("failed", answer.sentence))
                continue
            why = "; ".join(state.reasons)
            outcome = Outcome("written", why, answer.rows, answer.findings)
            self._settle(unit, outcome, seconds=answer.seconds)

    def _take_in(self, unit: Unit, state: State, done: Done) -> Done | Failed:
        """Move the folder of a unit into place, if its inputs are still what they were."""
        try:
            changed = [path.name for path, seen in state.stamps.items() if stamps(path) != seen]
            if changed:
                return Failed(f"{', '.join(changed)} changed while it was read. Run it again.")
            self.folders.put(unit.key)
        except OSError as error:
            return Failed(f"the results cannot be put in place: {error.strerror or error}.")
        return done

    def _settle(self, unit: Unit, outcome: Outcome, **facts: object) -> None:
        if outcome.kind == "failed" and self.folders.wave(unit.key).exists():
            stay = f"{outcome.why} The results of an earlier run stay as they are."
            outcome = Outcome("failed", stay)
        self.outcomes[unit.key] = outcome
        counts = {"estimates": outcome.estimates, "findings": outcome.findings}
        known = {name: count for name, count in counts.items() if count is not None}
        message = {"message": outcome.why} if outcome.kind == "failed" else {}
        self.log.event(outcome.kind, **_names(unit), **known, **message, **facts)


def _names(unit: Unit) -> dict[str, str]:
    return {"wave": unit.wave.name, "specification": unit.name}


def foreseen(
    units: Sequence[Unit], folders: Folders, hashes: Hashes, progress: Progress
) -> dict[Key, Outcome]:
    """What would become of units, and why; nothing is written."""
    outcomes: dict[Key, Outcome] = {}
    for number, unit in enumerate(units):
        progress(f"looking at {unit.wave.name}", number, len(units))
        parts = {part: outcomes[unit.name, part].kind for part in unit.parts}
        failed = [part for part, kind in parts.items() if kind == "failed"]
        stale = [part for part, kind in parts.items() if kind == "stale"]
        if failed:
            outcomes[unit.key] = Outcome("failed", f"parts that fail: {', '.join(failed)}.")
        elif stale:
            outcomes[unit.key] = Outcome("stale", f"parts that are stale: {', '.join(stale)}")
        else:
            outcomes[unit.key] = _foreseen(state_of(unit, folders, hashes))
    return outcomes


def _foreseen(state: State) -> Outcome:
    if state.problem:
        return Outcome("failed", state.problem)
    return Outcome("stale", "; ".join(state.reasons)) if state.reasons else Outcome("fresh")
