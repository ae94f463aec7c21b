"""Texts and names that a workbook can hold, whatever a label says."""

from __future__ import annotations

import re
from collections.abc import Iterable

LONGEST_TEXT = 32_767  # characters of a cell
LONGEST_NAME = 31  # of a sheet
_FORBIDDEN = re.compile(r"[\[\]:*?/\\]")
_RISKY = re.compile(r"^\s*[=+\-@|%＝＋－＠]")
_RESERVED = ("history", "historial")


def clean(text: str) -> str:
    """Text of a cell: no control characters or halves of characters, not too long.

    Examples
    --------
    >>> clean("a" + chr(7) + "b" + chr(10) + "c")
    'a b c'
    """
    whole = text.encode("utf-8", "replace").decode("utf-8")
    plain = "".join(character if character.isprintable() else " " for character in whole)
    return plain if len(plain) <= LONGEST_TEXT else plain[: LONGEST_TEXT - 1] + "…"


def is_risky(text: str) -> bool:
    """Whether a spreadsheet would take a text as a formula if somebody typed it again."""
    return _RISKY.match(text) is not None


def sheet_names(titles: Iterable[str]) -> list[str]:
    """Names of sheets from titles: allowed, unique and not too long.

    Examples
    --------
    >>> sheet_names(["By a/b", "By a:b", "History", ""])
    ['By a b', 'By a b (2)', 'History (2)', 'Sheet']
    """
    taken = dict.fromkeys(_RESERVED, 1)
    found = []
    for title in titles:
        plain = _FORBIDDEN.sub(" ", clean(title)).strip().strip("'").strip() or "Sheet"
        base = plain[:LONGEST_NAME].rstrip("' ")
        name = base
        while name.casefold() in taken:
            taken[base.casefold()] = taken.get(base.casefold(), 1) + 1
            end = f" ({taken[base.casefold()]})"
            name = base[: LONGEST_NAME - len(end)].rstrip("' ") + end
        taken[name.casefold()] = taken.get(name.casefold(), 1)
        found.append(name)
    return found
