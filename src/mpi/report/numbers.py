"""Numbers as they are shown in tables, by what they are."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from mpi.report.tables import Cell, Column

Decimal: TypeAlias = Literal[".", ","]
Kind: TypeAlias = Literal["text", "share", "index", "count", "number", "p"]
_SUPERSCRIPTS = str.maketrans("abcdefghijklmnoprstuvwxyz", "ᵃᵇᶜᵈᵉᶠᵍʰⁱʲᵏˡᵐⁿᵒᵖʳˢᵗᵘᵛʷˣʸᶻ")
_SMALLEST_P = 0.001


def shown(cell: Cell, column: Column, decimal: Decimal = ".") -> str:
    """Text of a cell without its mark; empty where there is nothing."""
    value = cell.value
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    text = _number(value, column, decimal)
    return f"({text})" if cell.enclosed else text


def _number(value: float, column: Column, decimal: Decimal) -> str:
    if not math.isfinite(value):
        return str(value)
    if column.kind == "p" and value < _SMALLEST_P:
        return _with_mark(f"<{_SMALLEST_P}", decimal)
    percent = 100 if column.kind == "share" else 1
    digits = 0 if column.kind == "count" else column.digits
    text = f"{percent * value:,.{digits}f}"
    # what is rounded to zero has no sign
    text = text.removeprefix("-") if not text.strip("-0.,") else text
    return _with_mark(text, decimal)


def _with_mark(text: str, decimal: Decimal) -> str:
    if decimal == ".":
        return text
    return text.translate(str.maketrans(".,", ",."))


def raised(mark: str) -> str:
    """A mark as small letters; stars stay."""
    return mark.translate(_SUPERSCRIPTS)
