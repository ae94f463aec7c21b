"""Small tables as text and as HTML; every cell is escaped."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Sequence
from html import escape

WIDEST_CELL = 60
_MARGIN = "  "


def visible(text: str) -> str:
    """Text of some lines without control characters, so that a terminal obeys none of them."""
    return "".join(c if c.isprintable() or c == "\n" else " " for c in text)


def printable(value: object, widest: int = WIDEST_CELL) -> str:
    """Text of a cell: one line, no control characters, not too long."""
    text = visible(str(value)).replace("\n", " ")
    return text if len(text) <= widest else text[: widest - 1] + "…"


def text_table(
    header: Sequence[str], rows: Sequence[Sequence[object]], *, right: Collection[str] = ()
) -> str:
    """Table in fixed width; `right` lists the columns that are aligned to the right.

    Examples
    --------
    >>> print(text_table(["k", "H"], [["1/3", "0.52"]], right=["H"]))
    k       H
    1/3  0.52
    """
    cells = [[printable(value) for value in row] for row in [list(header), *rows]]
    widths = [max(map(_width, column)) for column in zip(*cells, strict=True)]
    lines = []
    for row in cells:
        padded = [
            _pad(cell, width, to_right=name in right)
            for cell, width, name in zip(row, widths, header, strict=True)
        ]
        lines.append(_MARGIN.join(padded).rstrip())
    return "\n".join(lines)


def html_table(
    header: Sequence[str],
    rows: Sequence[Sequence[object]],
    *,
    caption: str = "",
    right: Collection[str] = (),
) -> str:
    """Table in HTML, without style sheets, scripts or links."""
    title = f"<caption>{escape(caption)}</caption>" if caption else ""
    head = "".join(
        f'<th scope="col"{_aligned(name in right)}>{escape(name)}</th>' for name in header
    )
    body = "".join(f"<tr>{_html_cells(row, header, right)}</tr>" for row in rows)
    return f"<table>{title}<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _html_cells(row: Sequence[object], header: Sequence[str], aligned: Collection[str]) -> str:
    return "".join(
        f"<td{_aligned(name in aligned)}>{escape(str(cell))}</td>"
        for cell, name in zip(row, header, strict=True)
    )


def _aligned(to_right: bool) -> str:  # noqa: FBT001 -- a private function
    """Said of every cell, because notebooks align all of them to the right otherwise."""
    return f' style="text-align:{"right" if to_right else "left"}"'


def _width(text: str) -> int:
    return sum(1 + (unicodedata.east_asian_width(c) in "WF") for c in text)


def _pad(text: str, width: int, *, to_right: bool) -> str:
    space = " " * (width - _width(text))
    return space + text if to_right else text + space


def is_text(name: str) -> bool:
    """Whether a name is made of characters, and not of halves of them.

    Examples
    --------
    >>> is_text("año"), is_text(chr(0xD800))
    (True, False)
    """
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True
