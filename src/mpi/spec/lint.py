"""What is worth knowing about a specification before any data are seen."""

from __future__ import annotations

from collections.abc import Iterator

from mpi import exact
from mpi.findings import Finding, Findings
from mpi.spec.laws import used_norms
from mpi.spec.model import Specification
from mpi.spec.parts import Basis

_UNCONFIRMED = "unconfirmed"


def lint(spec: Specification) -> Findings:
    """Findings on a specification itself.

    Parameters
    ----------
    spec : Specification

    Returns
    -------
    Findings
        Rules without a legal basis or with an unconfirmed one, applicability that is not decided,
        indicators with the same rule, a cutoff beside an attainable score, ties.

    Examples
    --------
    >>> spec = Specification.from_columns({"health": ["a", "b"]}, cutoff="1/2")
    >>> [finding.code for finding in lint(spec)]
    ['NO_BASIS', 'NO_BASIS', 'SCORES']
    """
    return Findings([*_bases(spec), *_applicability(spec), *_same_rules(spec), *_scores(spec)])


def reconstructions(spec: Specification) -> Iterator[Finding]:
    """Indicators whose rule the sources do not give, which every result has to say."""
    for name, indicator in spec.indicators.items():
        bases = (*indicator.basis, *spec.dimensions[_dimension(spec, name)].basis)
        if any(basis.status == "reconstruction" for basis in bases):
            detail = "its rule is a reconstruction, not that of an official source"
            yield Finding("RECONSTRUCTION", f"indicator {name!r}", detail)
    for name in used_norms(spec):
        values = [v for v in spec.norms[name].value if any(_is_ours(b) for b in v.basis)]
        if values:
            detail = "values that are a reconstruction, not those of an official source"
            count, of = len(values), len(spec.norms[name].value)
            yield Finding("RECONSTRUCTION", f"norm {name!r}", detail, count, of)


def _is_ours(basis: Basis) -> bool:
    return basis.status == "reconstruction"


def _bases(spec: Specification) -> Iterator[Finding]:
    for name, indicator in spec.indicators.items():
        where = f"indicator {name!r}"
        if not indicator.basis and not spec.dimensions[_dimension(spec, name)].basis:
            yield Finding("NO_BASIS", where, "its threshold names no legal or technical basis")
        count = sum(_UNCONFIRMED in basis.note for basis in indicator.basis)
        if count:
            detail = "bases that are not confirmed by their text"
            yield Finding("UNCONFIRMED_BASIS", where, detail, count, len(indicator.basis))


def _dimension(spec: Specification, indicator: str) -> str:
    return next(d.id for d in spec.dimension if any(i.id == indicator for i in d.indicator))


def _applicability(spec: Specification) -> Iterator[Finding]:
    for name, indicator in spec.indicators.items():
        if indicator.applies_to is not None and indicator.if_none_applicable is None:
            detail = "'if_none_applicable' is not stated; nobody applicable counts as not deprived"
            yield Finding("NONE_APPLICABLE_NOT_STATED", f"indicator {name!r}", detail)


def _same_rules(spec: Specification) -> Iterator[Finding]:
    first: dict[tuple[str, str], str] = {}
    for name, indicator in spec.indicators.items():
        applies = indicator.applies_to.canonical() if indicator.applies_to is not None else ""
        rule = (indicator.deprived.canonical(), applies)
        if rule in first:
            detail = f"has the same rule as {first[rule]!r}, so it counts twice"
            yield Finding("SAME_RULE", f"indicator {name!r}", detail)
        first.setdefault(rule, name)


def _scores(spec: Specification) -> Iterator[Finding]:
    weights = [element.weight for element in spec.elements]
    meant = exact.mistaken_cutoff(spec.cutoff, weights)
    if meant is not None:
        detail = f'just beside the attainable score {meant}; write "{meant}" if it is meant'
        yield Finding("CUTOFF_BESIDE_SCORE", f"cutoff {spec.cutoff}", detail)
    if not weights:  # an outline without indicators
        return
    scores = exact.attainable(exact.integers(weights, spec.scale))
    if scores is None:
        return
    ways = exact.ways(exact.integers(weights, spec.scale), spec.cutoff * spec.scale)
    detail = f"{len(scores)} attainable scores, in units of 1/{spec.scale}"
    detail += "; profiles exactly at the cutoff, which are poor" if ways else "; none is the cutoff"
    count, of = (ways, 2 ** len(weights)) if ways else (None, None)
    yield Finding("SCORES", f"cutoff {spec.cutoff}", detail, count, of)
