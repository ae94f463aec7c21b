"""What files hold, as hashes; those of files that did not change since are remembered."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

from mpi.atomic import write_atomically

Stamp: TypeAlias = tuple[int, int, int, int]
_BLOCK = 1 << 22
# a file that was written within this time may change again without a new time stamp
_SETTLED = 2_000_000_000


@dataclass
class Hashes:
    """Hashes of files, remembered by size, times and number of the file.

    Attributes
    ----------
    known : dict of path to (stamp, hash)
    """

    known: dict[str, tuple[Stamp, str]] = field(default_factory=dict)

    @classmethod
    def load(cls, path: Path) -> Hashes:
        """Hashes that an earlier run remembered; none where that file is not right."""
        try:
            saved = json.loads(path.read_text(encoding="utf-8"))
            known = {name: (_stamp_of(stamp), str(sha)) for name, (stamp, sha) in saved.items()}
        except (OSError, ValueError, TypeError, AttributeError):
            return cls()
        return cls(known)

    def save(self, path: Path) -> None:
        """Remember the hashes for the next run."""
        write_atomically(path, json.dumps(self.known, indent=0, sort_keys=True).encode())

    def of(self, path: Path) -> str:
        """Hash of what a file holds, or the Parquet files of a folder with their names.

        Raises
        ------
        OSError
            If it cannot be read.
        """
        if not path.is_dir():
            return self._of_file(path)
        whole = hashlib.sha256()
        for file in parquet_files(path):
            name = file.relative_to(path).as_posix()
            whole.update(f"{name}\0{self._of_file(file)}\n".encode())
        return whole.hexdigest()

    def _of_file(self, path: Path) -> str:
        stamp = _stamp(path)
        known = self.known.get(str(path))
        if known is not None and known[0] == stamp:
            return known[1]
        self.known.pop(str(path), None)
        whole = hashlib.sha256()
        with path.open("rb") as file:
            while block := file.read(_BLOCK):
                whole.update(block)
        found = whole.hexdigest()
        if _stamp(path) == stamp and time.time_ns() - max(stamp[1:3]) > _SETTLED:
            self.known[str(path)] = (stamp, found)
        return found


def parquet_files(folder: Path) -> Iterator[Path]:
    """Files of a folder that its reader takes."""
    for file in sorted(folder.rglob("*.parquet")):
        if file.is_file() and not any(p[0] in "._" for p in file.relative_to(folder).parts):
            yield file


def stamps(path: Path) -> tuple[Stamp, ...]:
    """Sizes and times of a file, or of those of a folder; they differ if anything was written."""
    return tuple(map(_stamp, parquet_files(path) if path.is_dir() else [path]))


def size(path: Path) -> int:
    """Bytes of a file, or of those of a folder."""
    return sum(stamp[0] for stamp in stamps(path))


def _stamp(path: Path) -> Stamp:
    found = path.stat()
    return found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino


def _stamp_of(values: list[int]) -> Stamp:
    a, b, c, d = map(int, values)
    return a, b, c, d
