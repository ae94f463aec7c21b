"""What two specifications say differently."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mpi.display import html_table, text_table

if TYPE_CHECKING:
    from mpi.spec.model import Specification
    from mpi.spec.parts import Labelled

_HEADER = ("part", "key", "left", "right")


@dataclass(frozen=True, slots=True)
class Difference:
    """Keys in which two specifications differ.

    Attributes
    ----------
    left, right : str
        Ids of the two specifications.
    rows : tuple of (part, key, left, right)
        Part of the specification, key, and what each of the two says; empty where it is silent.
    """

    left: str
    right: str
    rows: tuple[tuple[str, str, str, str], ...]

    def __bool__(self) -> bool:
        return bool(self.rows)

    def __len__(self) -> int:
        return len(self.rows)

    def __repr__(self) -> str:
        if not self.rows:
            return f"{self.left} and {self.right} say the same."
        header = ("part", "key", self.left, self.right)
        return text_table(header, self.rows)

    def _repr_html_(self) -> str:
        caption = f"{self.left} and {self.right}: {len(self.rows)} differences"
        return html_table(_HEADER, self.rows, caption=caption)


def differences(left: Specification, right: Specification) -> Difference:
    """Rows for every key that differs, part by part in the order of the files."""
    a, b = _parts(left), _parts(right)
    rows = (
        (part, key, a.get(part, {}).get(key, ""), b.get(part, {}).get(key, ""))
        for part in dict.fromkeys([*a, *b])
        for key in dict.fromkeys([*a.get(part, {}), *b.get(part, {})])
    )
    return Difference(left.id, right.id, tuple(row for row in rows if row[2] != row[3]))


def _parts(spec: Specification) -> dict[str, dict[str, str]]:
    content = spec.model_dump(
        exclude={"dimension", "condition", "category", "norm", "parameter"}, exclude_none=True
    )
    parts = {"specification": _plain(content)}
    parts["specification"]["cutoff"] = str(spec.cutoff)
    for dimension in spec.dimension:
        plain = _plain(dimension.model_dump(exclude={"indicator", "id"}, exclude_none=True))
        parts[f"dimension {dimension.id!r}"] = plain
    weights = spec.weights
    for indicator in spec.indicators.values():
        plain = _plain(indicator.model_dump(exclude={"id", "weight"}, exclude_none=True))
        weight = weights.get(indicator.id)
        parts[f"indicator {indicator.id!r}"] = {"weight": str(weight or "in union")} | plain
    kinds: list[tuple[str, Sequence[Labelled]]] = [
        ("parameter", spec.parameter),
        ("norm", spec.norm),
        ("condition", spec.condition),
        ("category", spec.category),
    ]
    for kind, items in kinds:
        for item in items:
            plain = _plain(item.model_dump(exclude={"id"}, exclude_none=True))
            parts[f"{kind} {item.id!r}"] = plain
    return parts


def _plain(content: dict[str, object]) -> dict[str, str]:
    return {key: _text(value) for key, value in content.items() if value not in ("", (), {})}


def _text(value: object) -> str:
    if isinstance(value, dict):
        return "; ".join(f"{key}: {_text(item)}" for key, item in value.items() if item)
    if isinstance(value, (tuple, list)):
        return " | ".join(_text(item) for item in value)
    return str(value)
