"""Where the figures of a report come from: hashes, versions, dates."""

from __future__ import annotations

import hashlib
import os
import platform
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from importlib.metadata import version
from pathlib import Path

from mpi.report.html.given import Wave
from mpi.report.html.words import counted, provenance, shared
from mpi.report.setting import Setting
from mpi.report.words import marked

_PACKAGES = ("numpy", "scipy", "pandas", "pyarrow", "matplotlib", "jinja2")


def provenance_terms(
    waves: Sequence[Wave], setting: Setting, geometry: object
) -> Iterator[tuple[str, str]]:
    """Words on where figures come from, with what they are."""
    language = setting.language
    spec = setting.specification
    if spec is not None:
        yield provenance("specification", language), _named(setting)
        yield provenance("fingerprint", language), spec.fingerprint
        if spec.status:
            yield provenance("status", language), shared(spec.status, language)
        yield provenance("description", language), " ".join(spec.description.split())
        yield provenance("lacks", language), "; ".join(spec.lacks)
        yield provenance("sources", language), "; ".join(spec.sources)
    yield provenance("data", language), setting.source
    for wave in waves:
        yield from _of_wave(wave, setting)
    if isinstance(geometry, str | os.PathLike):
        sha256 = _hash(Path(geometry))
        yield provenance("geometry", language), f"{Path(geometry).name}; SHA-256 {sha256}"
    from mpi import __version__  # noqa: PLC0415 -- the package itself

    yield provenance("program", language), f"alkire-foster {__version__}"
    packages = ", ".join(f"{name} {version(name)}" for name in _PACKAGES)
    yield provenance("packages", language), f"Python {platform.python_version()}, {packages}"
    yield provenance("made", language), today().isoformat()


def _named(setting: Setting) -> str:
    spec = setting.specification
    assert spec is not None  # noqa: S101 -- asked before
    return f"{spec.label(setting.language)}; {marked(spec.marked, setting.language)}"


def _of_wave(wave: Wave, setting: Setting) -> Iterator[tuple[str, str]]:
    language, origin = setting.language, wave.estimates.origin
    if origin is not None and origin.date is not None:
        yield provenance("survey", language), origin.date
    if wave.profiles is not None:
        n = f"{wave.profiles.n:,}"
        n = n.replace(",", ".") if setting.decimal == "," else n
        yield provenance("counted", language), f"{n} {counted('persons', language)}"
    if wave.file:
        yield provenance("file", language), wave.file
        yield provenance("sha", language), wave.sha256
    else:
        key = "sha table" if wave.profiles is not None else "sha rows"
        yield provenance(key, language), wave.sha256


def today() -> date:
    """The date of today, or that of ``SOURCE_DATE_EPOCH``, by which builds are repeated."""
    epoch = os.environ.get("SOURCE_DATE_EPOCH", "")
    now = datetime.fromtimestamp(int(epoch), UTC) if epoch.isdecimal() else datetime.now(UTC)
    return now.date()


def _hash(path: Path) -> str:
    """Hash of a file, or of the files of a folder such as that of a Shapefile."""
    files = [path] if path.is_file() else sorted(p for p in path.glob("*") if p.is_file())
    whole = hashlib.sha256()
    for file in files:
        whole.update(file.read_bytes())
    return whole.hexdigest()
