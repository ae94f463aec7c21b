"""The pages that are made from files and code, so that they cannot be stale."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

import mpi
from _ext import codebooks, commands, outside, public, specifications


def bundled(kind: str) -> list[str]:
    """Ids of what is bundled, in alphabetical order.

    Parameters
    ----------
    kind : {"spec", "survey"}
    """
    folder = resources.files(f"mpi.{kind}") / "library"
    return sorted(Path(one.name).stem for one in folder.iterdir() if one.name.endswith(".toml"))


def pages() -> dict[str, str]:
    """Text of each generated page by its path below the folder of the documentation."""
    specs = {name: mpi.specification(name) for name in bundled("spec")}
    books = {name: mpi.codebook(name) for name in bundled("survey")}
    return dict(
        [
            *specifications.pages(specs),
            *codebooks.pages(books),
            *commands.pages(),
            *public.pages(),
            *outside.pages(),
        ]
    )


def write(folder: Path) -> None:
    """Write the pages that have changed, and take away those that are no more."""
    made = pages()
    for name, text in made.items():
        path = folder / name
        if not path.is_file() or path.read_text(encoding="utf-8") != text:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
    for path in (folder / "generated").rglob("*.md"):
        if path.relative_to(folder).as_posix() not in made:
            path.unlink()
