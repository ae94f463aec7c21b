"""The code in README and docs: what is a block, and what running it gives.

Three kinds of fenced blocks are run, page by page and in order, in an empty folder:

- ``python``: a doctest if it has prompts, else plain code; the names of a page are shared;
- ``console``: lines ``$ mpi ...`` with what the command prints below;
- any kind with ``file=NAME``: written to that file for the blocks that follow.
"""

from __future__ import annotations

import contextlib
import doctest
import io
import re
import shlex
from dataclasses import dataclass
from pathlib import Path

from mpi.cli import main

ROOT = Path(__file__).parents[2]
_DOCS = ROOT / "docs"
PAGES = [
    ROOT / "README.md",
    *sorted(_DOCS.glob("*.md")),
    *sorted((_DOCS / "es").glob("*.md")),
]
_FENCE = re.compile(r"^```(\S+)?[ ]*(.*?)[ ]*\n(.*?)^```[ ]*$", re.MULTILINE | re.DOTALL)
_FILE = re.compile(r"file=(\S+)")
FLAGS = doctest.ELLIPSIS


class _Checker(doctest.OutputChecker):
    """Blanks at the end of a line, which pandas writes and editors take away, do not count."""

    def check_output(self, want: str, got: str, optionflags: int) -> bool:
        lines = "".join(line.rstrip(" ") for line in re.split(r"(?<=\n)|(?=\n)", got))
        # pandas 2 shows a missing text as None
        either = (lines, lines.replace("None", " NaN"))
        return any(super(_Checker, self).check_output(want, own, optionflags) for own in either)


@dataclass(frozen=True)
class Block:
    """A fenced block of a page."""

    kind: str
    info: str
    text: str
    line: int
    start: int
    end: int

    @property
    def file(self) -> str | None:
        """File to which the block is written."""
        found = _FILE.search(self.info)
        return found[1] if found else None


def blocks(page: str) -> list[Block]:
    """Fenced blocks of a page, in order."""
    return [
        Block(
            kind=found[1] or "",
            info=found[2],
            text=found[3],
            line=page.count("\n", 0, found.start()) + 1,
            start=found.start(3),
            end=found.end(3),
        )
        for found in _FENCE.finditer(page)
    ]


def console(text: str) -> list[tuple[str, str]]:
    """Commands of a block with the output below each."""
    parts = re.split(r"^\$ ", text, flags=re.MULTILINE)
    if parts[0].strip():
        raise ValueError("a console block starts with '$ '")
    commands = []
    for part in parts[1:]:
        lines = part.splitlines(keepends=True)
        stop = next(n for n, line in enumerate(lines, 1) if not line.endswith("\\\n"))
        commands.append(("".join(lines[:stop]), "".join(lines[stop:])))
    return commands


def run_command(command: str) -> str:
    """Output of ``mpi ...``, of both streams."""
    words = shlex.split(command.replace("\\\n", " "))
    if words[:1] != ["mpi"]:
        raise ValueError(f"only mpi is run here, not {command!r}")
    out = io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(out):
        main(words[1:])
    return out.getvalue()


def run_python(block: Block, names: dict[str, object], title: str) -> str:
    """What a doctest block reports; empty if all outputs are as written."""
    if ">>>" not in block.text:
        exec(compile(block.text, title, "exec"), names)  # noqa: S102 -- our own pages
        return ""
    test = doctest.DocTestParser().get_doctest(block.text, names, title, title, block.line)
    test.globs = names  # shared by the page, where doctest would copy
    report: list[str] = []
    runner = doctest.DocTestRunner(_Checker(), optionflags=FLAGS, verbose=False)
    runner.run(test, out=report.append, clear_globs=False)
    return "".join(report)


def run_page(page: str, title: str) -> list[str]:
    """What is wrong on a page, run in the current folder."""
    wrong: list[str] = []
    names: dict[str, object] = {"__name__": "page"}
    checker = _Checker()
    for block in blocks(page):
        if block.file is not None:
            Path(block.file).write_text(block.text, encoding="utf-8")
        elif block.kind == "python":
            wrong += filter(None, [run_python(block, names, title)])
        elif block.kind == "console":
            for command, expected in console(block.text):
                found = run_command(command)
                if not checker.check_output(expected, found, FLAGS):
                    place = f"{title}, line {block.line}: $ {command}"
                    wrong.append(f"{place}Expected:\n{expected}\nGot:\n{found}")
    return wrong
