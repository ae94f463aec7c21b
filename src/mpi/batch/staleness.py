"""Whether a wave has to be computed, and why: its inputs of now beside those it was made of."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import mpi
from mpi.batch.folders import Folders, manifest_file, profiles_file
from mpi.batch.hashes import Hashes, Stamp, stamps
from mpi.batch.units import Input, Unit, digest

FORMAT = 1


@dataclass(frozen=True, slots=True)
class State:
    """What is known of a unit before it runs.

    Attributes
    ----------
    fingerprint : mapping
        Hashes and choices that decide its results.
    stamps : mapping of Path to Stamp
        Sizes and times of its inputs when they were looked at.
    reasons : tuple of str
        Why it is stale; none if it is fresh.
    problem : str
        Why it cannot be computed; empty if it can.
    """

    fingerprint: Mapping[str, Any]
    stamps: Mapping[Path, tuple[Stamp, ...]]
    reasons: tuple[str, ...]
    problem: str = ""


def state_of(unit: Unit, folders: Folders, hashes: Hashes) -> State:
    """Whether a unit is stale, and why.

    Parameters
    ----------
    unit : Unit
        Its parts, if it has any, are as they are.
    folders : Folders
    hashes : Hashes
    """
    if unit.problem:
        return State({}, {}, (), unit.problem)
    parts = [Input(p, profiles_file(folders.wave((unit.name, p)))) for p in unit.parts]
    found, seen = {}, {}
    problems = []
    for given in (*unit.inputs, *parts):
        try:
            seen[given.path] = stamps(given.path)
            found[given.role] = hashes.of(given.path)
        except OSError as error:
            problems.append(f"{given.role}: {_unreadable(given.path, error)}")
    if problems:
        return State({}, {}, (), " ".join(problems))
    book = unit.codebook
    fingerprint = {
        "format": FORMAT,
        "inputs": found,
        "rules": unit.specification.fingerprint,
        "specification": digest(unit.specification.to_toml()),
        "codebook": None if book is None else digest(book.model_dump_json(by_alias=True)),
        "options": unit.options(),
        "library": mpi.__version__,
    }
    reasons = tuple(_reasons(folders.wave(unit.key), fingerprint, hashes))
    return State(fingerprint, seen, reasons)


def _unreadable(path: Path, error: OSError) -> str:
    if isinstance(error, FileNotFoundError):
        return f"there is no file {str(path)!r}."
    return f"{path.name} cannot be read: {error.strerror or error}."


def _reasons(folder: Path, now: Mapping[str, Any], hashes: Hashes) -> Iterator[str]:
    """Why the results in a folder are not those that would be made now."""
    if not folder.exists():
        yield "there are no results yet"
        return
    manifest = read_manifest(folder)
    if manifest is None or manifest["fingerprint"].get("format") != now["format"]:
        yield "the manifest of the results cannot be read"
        return
    then = manifest["fingerprint"]
    yield from _changed_inputs(then["inputs"], now["inputs"])
    if then["rules"] != now["rules"]:
        yield "the rules of the specification changed"
    elif then["specification"] != now["specification"]:
        yield "texts of the specification changed"
    if then["codebook"] != now["codebook"]:
        yield "the codebook changed"
    names = dict.fromkeys([*then["options"], *now["options"]])
    changed = [n for n in names if then["options"].get(n) != now["options"].get(n)]
    if changed:
        yield f"the plan changed: {', '.join(changed)}"
    if then["library"] != now["library"]:
        yield f"they are of version {then['library']} of the library"
    yield from _changed_outputs(folder, manifest["outputs"], hashes)


def _changed_inputs(then: Mapping[str, str], now: Mapping[str, str]) -> Iterator[str]:
    for role in dict.fromkeys([*then, *now]):
        if role not in now:
            yield f"{role} is no longer read"
        elif role not in then:
            yield f"{role} is new"
        elif then[role] != now[role]:
            yield f"{role} changed"


def _changed_outputs(folder: Path, outputs: Mapping[str, str], hashes: Hashes) -> Iterator[str]:
    for name, written in outputs.items():
        try:
            if hashes.of(folder / name) != written:
                yield f"{name} is not as it was written"
        except OSError:
            yield f"{name} is not there"


def read_manifest(folder: Path) -> dict[str, Any] | None:
    """Manifest of a wave's folder; None if there is none that can be used."""
    try:
        found = json.loads(manifest_file(folder).read_text(encoding="utf-8"))
        whole = set(found) >= {"fingerprint", "outputs", "columns"}
        keys = {"inputs", "rules", "specification", "codebook", "options", "library"}
        return found if whole and set(found["fingerprint"]) >= keys else None
    except (OSError, ValueError, TypeError):
        return None
