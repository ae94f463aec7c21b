"""One unit carried out: from files to a folder of results that is complete when this returns."""

from __future__ import annotations

import json
import platform
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

import mpi
from mpi import api
from mpi.atomic import write_atomically
from mpi.batch.folders import beside, estimates_file, manifest_file, profiles_file, sync
from mpi.batch.units import Unit
from mpi.errors import EstimationError, Problem
from mpi.estimates import Estimates
from mpi.profiles import Profiles, load_profiles
from mpi.survey.survey import Survey


@dataclass(frozen=True, slots=True, eq=False)
class Task:
    """What a process needs to carry out a unit.

    Attributes
    ----------
    unit : Unit
    parts : mapping of wave to Path
        Profile tables of the waves that are added.
    fingerprint : mapping
        What the results are made of, for their manifest.
    into : Path
        Folder that is written; it does not exist.
    """

    unit: Unit
    parts: Mapping[str, Path]
    fingerprint: Mapping[str, Any]
    into: Path


@dataclass(frozen=True, slots=True)
class Done:
    """What became of a unit.

    Attributes
    ----------
    rows, findings : int
        How many estimates and findings there are.
    seconds : float
    """

    rows: int
    findings: int
    seconds: float


def carry_out(task: Task) -> Done:
    """Compute a unit and write its folder.

    Raises
    ------
    MpiError, OSError
        If it cannot be computed or written.
    """
    began, started = time.perf_counter(), datetime.now(UTC)
    unit, folder = task.unit, task.into
    profiles = _sum(task) if unit.wave.adds else _tabulated(unit)
    estimates = _estimates(unit, profiles)
    beside(folder).mkdir(parents=True)
    _write(unit, profiles, estimates, folder)
    written = sorted(path for path in folder.rglob("*") if path.is_file())
    seconds = round(time.perf_counter() - began, 3)
    manifest = {
        "plan": unit.plan.id,
        "wave": unit.wave.name,
        "specification": unit.specification.marked,
        "started": started.isoformat(timespec="seconds"),
        "seconds": seconds,
        "estimates": len(estimates),
        "findings": len(estimates.findings),
        "columns": {f.name: str(f.type) for f in estimates.to_arrow().schema},
        "versions": _versions(),
        "fingerprint": task.fingerprint,
        "outputs": {_name(path, folder): sha256(path.read_bytes()).hexdigest() for path in written},
        "specification_text": unit.specification.to_toml(),
    }
    text = json.dumps(manifest, indent=1, ensure_ascii=False, default=str)
    write_atomically(manifest_file(folder), text.encode())
    for path in (*written, manifest_file(folder), beside(folder), folder):
        sync(path)
    return Done(len(estimates), len(estimates.findings), seconds)


def _name(path: Path, folder: Path) -> str:
    return path.relative_to(folder).as_posix()


def _tabulated(unit: Unit) -> Profiles:
    wave, plan = unit.wave, unit.plan
    arguments = wave.survey_arguments()
    if unit.lonely_psu is not None:
        arguments["lonely_psu"] = unit.lonely_psu
    tables: dict[str, Any] = {given.role: given.path for given in unit.inputs}
    survey = Survey(**tables, codebook=unit.codebook, **arguments)
    return api.tabulate(
        survey,
        unit.specification,
        by=plan.by,
        absent=plan.absent,
        se=plan.se,
        engine=wave.engine,
    )


def _sum(task: Task) -> Profiles:
    """Profile tables of the parts, added."""
    paths = {given.role: given.path for given in task.unit.inputs} | dict(task.parts)
    loaded = {name: _own_profiles(name, paths[name]) for name in task.unit.wave.adds}
    if task.unit.wave.samples == "independent":
        loaded = {name: _apart(profiles, name) for name, profiles in loaded.items()}
    whole, *others = loaded.values()
    for other in others:
        whole = whole + other
    return whole


def _own_profiles(name: str, path: Path) -> Profiles:
    """Profile tables from which nothing was left out."""
    found = load_profiles(path)
    if isinstance(found, Profiles):
        return found
    remedy = "Add the tables that they were made of."
    problem = Problem("adds", "its tables were published, and small cells are gone", remedy=remedy)
    raise EstimationError(name, [problem])


def _apart(profiles: Profiles, name: str) -> Profiles:
    """Profile tables of a sample with strata of its own, which no other sample shares."""
    if profiles.groupings[0].table.replicates.shape[1]:
        found = "replicate weights of independent samples do not add up"
        remedy = "Add samples that share their replicates, or tabulate with PSUs and strata."
        raise EstimationError(name, [Problem("samples", found, remedy=remedy)])
    if profiles.sampled is None:
        return profiles
    labels = tuple(
        (name if label[0] is None else f"{name}: {label[0]}", *label[1:])
        for label in profiles.sampled.labels
    )
    return replace(profiles, sampled=replace(profiles.sampled, labels=labels))


def _estimates(unit: Unit, profiles: Profiles) -> Estimates:
    plan = unit.plan
    estimates = profiles.estimate(
        plan.k or None,
        missing=plan.missing,
        count=plan.count,
        se=plan.se,
        lonely_psu=unit.wave.lonely_psu or plan.lonely_psu,
        df=plan.df,
        interval=plan.interval,
        level=plan.level,
    )
    rules = plan.publication
    if rules is not None:  # before measures are dropped, by which others are withheld
        planned = rules.planned if isinstance(rules.planned, bool) else list(rules.planned)
        estimates = estimates.flag(rules.scheme, suppress=rules.suppress, planned=planned)
    return estimates.select(*plan.measures) if plan.measures else estimates


def _write(unit: Unit, profiles: Profiles, estimates: Estimates, folder: Path) -> None:
    """Files of a folder, without the manifest."""
    outputs = unit.plan.outputs
    if "parquet" in outputs:
        estimates.save(estimates_file(folder))
    if "csv" in outputs:
        estimates.save(beside(folder, "estimates.csv"))
    if "profiles" in outputs:
        profiles.save(profiles_file(folder))
    found = json.dumps([asdict(finding) for finding in estimates.findings], indent=1)
    write_atomically(beside(folder, "findings.json"), found.encode())


def _versions() -> dict[str, str]:
    return {
        "alkire-foster": mpi.__version__,
        "numpy": np.__version__,
        "pandas": pd.__version__,
        "pyarrow": pa.__version__,
        "python": platform.python_version(),
    }
