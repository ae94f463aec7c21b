"""The reference of the command line, from the parser of the command line itself."""

from __future__ import annotations

import argparse
from collections.abc import Iterator

from _ext.marking import block, cell_code, plain, table
from mpi.cli import _parser

PATH = "generated/commands.md"
_WIDTH = 72


def pages() -> Iterator[tuple[str, str]]:
    """Path and text of the page."""
    yield PATH, page(_parser())


def page(parser: argparse.ArgumentParser) -> str:
    """Every command with its arguments and options."""
    lines = [
        "# Commands and options",
        "",
        "What `mpi COMMAND --help` prints; [Command line](../command_line.md) has examples.",
        "",
        *_arguments(parser),
    ]
    for name, one in _commands(parser).items():
        about = plain(one.description or "")
        lines += [f"## mpi {name}", "", f"{about[:1].upper()}{about[1:]}.", ""]
        lines += [*block(_usage(one), "text"), *_arguments(one)]
    return "\n".join(lines).rstrip("\n") + "\n"


def _commands(parser: argparse.ArgumentParser) -> dict[str, argparse.ArgumentParser]:
    (found,) = (a for a in parser._actions if isinstance(a, argparse._SubParsersAction))  # noqa: SLF001
    return dict(found.choices)


def _usage(parser: argparse.ArgumentParser) -> str:
    """The usage line, wrapped alike on every terminal."""
    words = " ".join(parser.format_usage().removeprefix("usage: ").split())
    lines, line = [], ""
    for word in words.replace("] [", "]\n[").split("\n"):
        if line and len(line) + len(word) >= _WIDTH:
            lines.append(line)
            line = "   "
        line = f"{line} {word}" if line else word
    return "\n".join([*lines, line])


def _arguments(parser: argparse.ArgumentParser) -> list[str]:
    rows = []
    for action in parser._actions:  # noqa: SLF001 -- argparse has no public list of them
        if isinstance(action, (argparse._SubParsersAction, argparse._HelpAction)):  # noqa: SLF001
            continue
        names = ", ".join(cell_code(f"{name}{_value(action)}") for name in action.option_strings)
        positional = cell_code(str(action.metavar or action.dest))
        rows.append((names or positional, plain(action.help or ""), _default(action)))
    return table(("argument", "meaning", "if left out"), rows)


def _value(action: argparse.Action) -> str:
    if action.nargs == 0:
        return ""
    return f" {action.metavar or action.dest.upper()}"


def _default(action: argparse.Action) -> str:
    if not action.option_strings:
        return "" if action.nargs == "?" else "must be there"
    if action.default in (None, False, [], (), argparse.SUPPRESS):
        return ""
    return cell_code(str(action.default))
