"""The folder of the results: where things lie, and how a wave's folder appears at once.

Results of a wave are written below ``.run/new`` and moved by one rename. Where results are there
already, both folders change places in one step of the system (Linux, macOS), so that at every
moment the old or the new ones are there, whole. Other systems and file systems move the old folder
away first; a run that is killed between the two renames leaves the old one in ``.run/old``, from
where the next run puts it back.
"""

from __future__ import annotations

import ctypes
import errno
import os
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

from mpi.errors import PlanError, Problem

# of renameat2 on Linux and renamex_np on macOS: both paths change places
_EXCHANGE, _SWAP, _HERE = 2, 2, -100
_UNSUPPORTED = (errno.EINVAL, errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP, errno.EPERM)
_BESIDE = "_files"  # readers of datasets leave out names that begin so


@dataclass(frozen=True, slots=True)
class Folders:
    """Places in the folder of the results.

    Attributes
    ----------
    root : Path
    """

    root: Path

    @property
    def own(self) -> Path:
        """What belongs to runs, not to results."""
        return self.root / ".run"

    @property
    def lock(self) -> Path:
        """File whose lock a run holds."""
        return self.own / "lock"

    @property
    def hashes(self) -> Path:
        """Hashes that were computed before."""
        return self.own / "hashes.json"

    @property
    def log(self) -> Path:
        """The log, one JSON object a line."""
        return self.root / "log.jsonl"

    def wave(self, key: tuple[str, str]) -> Path:
        """Folder of a wave under a specification."""
        return self.root / _relative(key)

    def new(self, key: tuple[str, str]) -> Path:
        """Where that folder is written."""
        return self.own / "new" / _relative(key)

    def old(self, key: tuple[str, str]) -> Path:
        """Where it waits while a new one is moved in."""
        return self.own / "old" / _relative(key)

    def prepare(self) -> None:
        """Make the folder.

        Raises
        ------
        PlanError
            If it cannot be made or written to.
        """
        try:
            self.own.mkdir(parents=True, exist_ok=True)
            probe = self.own / f"probe-{os.getpid()}"
            probe.write_bytes(b"")
            probe.unlink()
        except OSError as error:
            found = f"the folder cannot be written to: {error.strerror or error}"
            remedy = "Give 'output' a folder that can be written to."
            raise PlanError(str(self.root), [Problem("", found, remedy=remedy)]) from error

    def recover(self) -> None:
        """Put back what a killed run had moved away, and remove what it left unfinished."""
        for moved in sorted((self.own / "old").glob("*/wave=*")):
            place = self.root / moved.parent.name / moved.name
            if not place.exists():
                place.parent.mkdir(exist_ok=True)
                moved.rename(place)
        for name in ("old", "new"):
            shutil.rmtree(self.own / name, ignore_errors=True)

    def put(self, key: tuple[str, str]) -> None:
        """Move a finished folder into its place; a reader sees the old one or the new one.

        Raises
        ------
        OSError
            If the system refuses; what was there is there still.
        """
        new, place = self.new(key), self.wave(key)
        place.parent.mkdir(exist_ok=True)
        if not place.exists():
            new.rename(place)
        elif not exchange(new, place):
            self._replace(key)
        sync(place.parent)
        for leftover in (new, self.old(key)):
            shutil.rmtree(leftover, ignore_errors=True)

    def _replace(self, key: tuple[str, str]) -> None:
        """Move the old folder away and the new one in, where they cannot change places."""
        new, place, old = self.new(key), self.wave(key), self.old(key)
        shutil.rmtree(old, ignore_errors=True)
        old.parent.mkdir(parents=True, exist_ok=True)
        place.rename(old)
        try:
            new.rename(place)
        except OSError:
            old.rename(place)
            raise


def _relative(key: tuple[str, str]) -> Path:
    specification, wave = key
    return Path(specification) / f"wave={wave}"


def estimates_file(folder: Path) -> Path:
    """Estimates of a wave's folder, as a part of the dataset of its specification."""
    return folder / "estimates.parquet"


def beside(folder: Path, name: str = "") -> Path:
    """Another file of a wave's folder."""
    return folder / _BESIDE / name if name else folder / _BESIDE


def manifest_file(folder: Path) -> Path:
    """What a wave's folder was made from and by."""
    return beside(folder, "manifest.json")


def profiles_file(folder: Path) -> Path:
    """Profile tables of a wave's folder."""
    return beside(folder, "profiles.parquet")


def sync(path: Path) -> None:
    """Have the system write a file, or the names of a folder, to the disk."""
    if path.is_dir() and sys.platform == "win32":
        return  # folders cannot be opened there
    descriptor = os.open(path, os.O_RDONLY if path.is_dir() else os.O_RDWR)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def exchange(a: Path, b: Path) -> bool:
    """Let two folders change places in one step; False where the system cannot.

    Raises
    ------
    OSError
        If it can, and refuses.
    """
    name = {"linux": "renameat2", "darwin": "renamex_np"}.get(sys.platform)
    call = getattr(ctypes.CDLL(None, use_errno=True), name, None) if name is not None else None
    if call is None:
        return False
    first, second = os.fsencode(a), os.fsencode(b)
    if name == "renameat2":
        done = call(_HERE, first, _HERE, second, ctypes.c_uint(_EXCHANGE))
    else:
        done = call(first, second, ctypes.c_uint(_SWAP))
    if done == 0:
        return True
    code = ctypes.get_errno()
    if code in _UNSUPPORTED:
        return False
    raise OSError(code, os.strerror(code), str(b))
