"""A specification at a glance, as text and as HTML."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from typing import TYPE_CHECKING

from mpi.display import html_table, text_table, visible
from mpi.spec.norms import born

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
        f"{kind} {part.id}: {' '.join(str(part.when).split())}"
        for kind, parts in (("condition", spec.condition), ("category", spec.category))
        for part in parts
    ]
    table = text_table(_HEADER, rows(spec), right=["weight"]) if spec.indicators else _outline(spec)
    return visible("\n".join([headline(spec), table, *extra, *_laws(spec), *_lacks(spec)]))


def _outline(spec: Specification) -> str:
    """Dimensions of a specification whose indicators are not known."""
    return "\n".join(f"dimension {dimension.id}" for dimension in spec.dimension)


def _laws(spec: Specification) -> Iterator[str]:
    """Parameters and norms, each value of a norm with its cohort, date and instrument."""
    for parameter in spec.parameter:
        number = "has to be set" if parameter.value is None else parameter.value
        yield f"parameter {parameter.id}: {number}"
    for norm in spec.norm:
        yield f"norm {norm.id}{f' ({norm.unit})' if norm.unit else ''}:"
        for value in norm.value:
            words = [str(value.value), born(*value.cohort(spec.parameters))]
            words += [f"from {value.in_force}"] if value.in_force is not None else []
            words += [f"until {value.until}"] if value.until is not None else []
            bases = [" ".join(f"{b.instrument} {b.article}".split()) for b in value.basis]
            status = {b.status: None for b in value.basis}
            source = f"; {', '.join(bases)} [{', '.join(status)}]" if bases else ""
            yield f"  {' '.join(filter(None, words))}{source}"
    if spec.law_as_of is not None and spec.norm:
        yield f"law as of {spec.law_as_of}"
    if spec.standard != "cohort":
        yield "standard: everybody is held to the value of the youngest cohort"


def _lacks(spec: Specification) -> Iterator[str]:
    for lack in spec.lacks:
        yield f"lacks: {lack}"


def as_html(spec: Specification) -> str:
    """Headline and table; titles and rules are escaped."""
    return f"<p>{escape(headline(spec))}</p>" + html_table(_HEADER, rows(spec), right=["weight"])
