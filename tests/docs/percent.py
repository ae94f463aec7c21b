"""Cells of a notebook and of its text form, which is a Python file in jupytext's percent format."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

_START = re.compile(r"^# %%(?P<markdown> \[markdown\])?(?: tags=(?P<tags>\[.*\]))?$")


class Cell(NamedTuple):
    """What a reader of the difference between two versions looks at."""

    kind: str
    source: str
    tags: tuple[str, ...]


def cells_of_notebook(path: Path) -> list[Cell]:
    """Cells of an ``.ipynb`` file."""
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return [
        Cell(c["cell_type"], "".join(c["source"]), tuple(c["metadata"].get("tags", ())))
        for c in cells
    ]


def cells_of_text(path: Path) -> list[Cell]:
    """Cells of a ``.py`` file in percent format, without its header."""
    return list(_cells(path.read_text(encoding="utf-8").splitlines()))


def _cells(lines: list[str]) -> Iterator[Cell]:
    starts = [place for place, line in enumerate(lines) if line.startswith("# %%")]
    for first, end in zip(starts, [*starts[1:], len(lines)], strict=True):
        match = _START.match(lines[first])
        if match is None:
            raise ValueError(f"line {first + 1} begins no cell: {lines[first]}")
        body = lines[first + 1 : end]
        if match["markdown"]:
            body = [line.removeprefix("#").removeprefix(" ") for line in body if line]
        tags = tuple(json.loads(match["tags"] or "[]"))
        source = "\n".join(body).strip("\n")
        yield Cell("markdown" if match["markdown"] else "code", source, tags)
