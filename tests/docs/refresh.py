"""Write the outputs of README and docs anew: ``python tests/docs/refresh.py [PAGE ...]``.

Read the difference before you keep it: a page says what the library does, right or wrong.
"""

from __future__ import annotations

import contextlib
import doctest
import io
import os
import sys
import tempfile
import traceback
from pathlib import Path

from doc_pages import PAGES, Block, blocks, console, run_command

from mpi.errors import MpiError


def doctest_text(block: Block, names: dict[str, object]) -> str:
    """The block with what its examples print now."""
    parts = []
    for part in doctest.DocTestParser().parse(block.text):
        if isinstance(part, str):
            parts.append(part)
            continue
        source = part.source.splitlines()
        indent = " " * part.indent
        lines = [f"{indent}{'... ' if n else '>>> '}{line}" for n, line in enumerate(source)]
        printed = _printed(part.source, names)
        if "ELLIPSIS" in part.source or "..." in part.want.splitlines()[:-1]:
            printed = part.want
        lines += [indent + line if line else "<BLANKLINE>" for line in printed.splitlines()]
        parts.append("\n".join(line.rstrip() for line in lines) + "\n")
    return "".join(parts)


def _printed(source: str, names: dict[str, object]) -> str:
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        try:
            exec(compile(source, "page", "single"), names)  # noqa: S102 -- our own pages
        except MpiError:  # shown on the page, as doctest expects it
            last = traceback.format_exception_only(*sys.exc_info()[:2])
            return "Traceback (most recent call last):\n    ...\n" + "".join(last)
    return out.getvalue()


def refreshed(page: str) -> str:
    """The page with the outputs of now, run in the current folder."""
    names: dict[str, object] = {"__name__": "page"}
    pieces, at = [], 0
    for block in blocks(page):
        text = block.text
        if block.file is not None:
            Path(block.file).write_text(text, encoding="utf-8")
        elif block.kind == "python" and ">>>" in text:
            text = doctest_text(block, names)
        elif block.kind == "python":
            exec(compile(text, "page", "exec"), names)  # noqa: S102 -- our own pages
        elif block.kind == "console":
            text = "".join(f"$ {command}{run_command(command)}" for command, _ in console(text))
        pieces += [page[at : block.start], text]
        at = block.end
    return "".join([*pieces, page[at:]])


def main() -> None:
    """Refresh the pages that are named, or all."""
    chosen = [Path(name).resolve() for name in sys.argv[1:]] or PAGES
    home = Path.cwd()
    for path in chosen:
        with tempfile.TemporaryDirectory() as folder:
            os.chdir(folder)
            before = path.read_text(encoding="utf-8")
            after = refreshed(before)
            os.chdir(home)
        if after != before:
            path.write_text(after, encoding="utf-8")
            print(f"{path.name}: changed")  # noqa: T201 -- a tool for the terminal


if __name__ == "__main__":
    main()
