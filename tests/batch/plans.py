"""Small plans with their files, and what to look for in a folder of results."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd

import mpi

SPEC = mpi.Specification.from_columns(
    {"health": ["sick"], "school": ["out"]}, cutoff="1/2", id="index"
)
HEAD = """id = "series"
output = "results"
specifications = ["index.toml"]
by = ["region"]
"""
FILES = ("estimates.parquet", "_files/profiles.parquet", "_files/findings.json")


def people(seed: int, persons: int = 48) -> pd.DataFrame:
    """Persons in six PSUs of two strata; other seeds are other waves."""
    numbers = pd.Series(range(persons))
    return pd.DataFrame(
        {
            "sick": ((numbers * (seed + 3)) % 7 < 3).astype(int),
            "out": ((numbers * (seed + 5)) % 11 < 4).astype(int),
            "w": 1.0 + (numbers * seed) % 5,
            "stratum": numbers % 6 // 3,
            "psu": numbers % 6,
            "region": (numbers // 3 % 2).map({0: "north", 1: "south"}),
        }
    )


def wave(name: str, *, more: str = "", file: str | None = None) -> str:
    """Table of a wave in a plan."""
    return (
        f'\n[[wave]]\nname = "{name}"\npersons = "{file or name + ".csv"}"\nweight = "w"\n'
        f'strata = "stratum"\npsu = "psu"\n{more}'
    )


def total(name: str = "both", adds: tuple[str, ...] = ("2018", "2019"), more: str = "") -> str:
    """Table of a wave that adds others."""
    return (
        f'\n[[wave]]\nname = "{name}"\nadds = {json.dumps(adds)}\nsamples = "independent"\n{more}'
    )


def write(folder: Path, *waves: str, head: str = HEAD) -> Path:
    """Plan with the specification, and the files of two waves."""
    (folder / "index.toml").write_text(SPEC.to_toml(), encoding="utf-8")
    for seed, name in enumerate(("2018", "2019"), start=1):
        people(seed).to_csv(folder / f"{name}.csv", index=False)
    plan = folder / "plan.toml"
    plan.write_text(head + "".join(waves or (wave("2018"), wave("2019"))), encoding="utf-8")
    return plan


def outcomes(run: mpi.Run) -> dict[str, str]:
    """Outcome of each wave, of plans with one specification."""
    return {row["wave"]: row["outcome"] for row in run.to_arrow().to_pylist()}


def why(run: mpi.Run) -> dict[str, str]:
    """Why each wave ran or failed."""
    return {row["wave"]: row["why"] for row in run.to_arrow().to_pylist()}


def contents(results: Path) -> dict[str, bytes | dict[str, object]]:
    """Every file of the results but log and run; manifests without their times."""
    found: dict[str, bytes | dict[str, object]] = {}
    for path in sorted(results.glob("*/wave=*/**/*")):
        if path.is_file():
            name = path.relative_to(results).as_posix()
            found[name] = path.read_bytes()
            if path.name == "manifest.json":
                manifest = json.loads(path.read_text(encoding="utf-8"))
                found[name] = {k: manifest[k] for k in manifest if k not in ("started", "seconds")}
    return found


def events(results: Path) -> list[dict[str, object]]:
    """The log."""
    lines = (results / "log.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]
