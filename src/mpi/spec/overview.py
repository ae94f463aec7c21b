"""A specification at a glance, as text and as HTML."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from mpi.display import html_table, text_table, visible

if TYPE_CHECKING:
    from mpi.spec.model import Specification

_HEADER = ("dimension", "indicator", "weight", "applies to", "deprived if")


def rows(spec: Specification) -> list[tuple[str, str, str, str, str]]:
    """One row an indicator: dimension, indicator, weight, applicability, rule."""
    weights = spec.weights
    shares = {e.dimension: str(e.weight) for e in spec.elements if e.indicator is None}
    return [
        (
            dimension.id,
            indicator.id,
            str(weights.get(indicator.id, f"union {shares.get(dimension.id, '')}")),
            str(indicator.applies_to or ""),
            " ".join(str(indicator.deprived).split()),
        )
        for dimension in spec.dimension
        for indicator in dimension.indicator
    ]


def headline(spec: Specification) -> str:
    """Unit, cutoff and fingerprint in one line."""
    status = f" [{spec.status}]" if spec.status else ""
    return (
        f"{spec.label()} ({spec.id}){status}: {len(spec.dimension)} dimensions, "
        f"{len(spec.indicators)} indicators, a {spec.unit} is poor if score >= {spec.cutoff}; "
        f"fingerprint {spec.fingerprint}"
    )


def as_text(spec: Specification) -> str:
    """Headline and table."""
    extra = [
        f"{kind} {part.id}: {part.when}"
        for kind, parts in (("condition", spec.condition), ("category", spec.category))
        for part in parts
    ]
    table = text_table(_HEADER, rows(spec), right=["weight"])
    return visible("\n".join([headline(spec), table, *extra]))


def as_html(spec: Specification) -> str:
    """Headline and table; titles and rules are escaped."""
    return f"<p>{escape(headline(spec))}</p>" + html_table(_HEADER, rows(spec), right=["weight"])
