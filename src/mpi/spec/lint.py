"""What is worth knowing about a specification before any data are seen."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from mpi import exact
from mpi.arguments import check_kinds
from mpi.errors import Problem, SpecificationError
from mpi.findings import Finding, Findings
from mpi.spec.laws import used_norms, used_parameters
from mpi.spec.model import NOT_OFFICIAL, Specification
from mpi.spec.norms import NormError, cohorts
from mpi.spec.parts import Basis

_UNCONFIRMED = "unconfirmed"


def lint(spec: Specification, *, strict: bool = False) -> Findings:
    """Findings on a specification itself.

    Parameters
    ----------
    spec : Specification
    strict : bool
        Whether a threshold without a basis is an error.

    Returns
    -------
    Findings
        What is lacking, rules and norms without a legal basis or with an unconfirmed one, bases by
        status, reconstructions, gaps of norms, applicability that is not decided, parts that
        nothing uses, indicators with the same rule, a cutoff beside an attainable score, ties.

    Raises
    ------
    SpecificationError
        If `strict` and an indicator, condition or value of a norm has no basis; all at once.

    Examples
    --------
    >>> spec = Specification.from_columns({"health": ["a", "b"]}, cutoff="1/2")
    >>> [finding.code for finding in lint(spec)]
    ['NO_BASIS', 'NO_BASIS', 'SCORES']
    """
    check_kinds(lint, locals(), error=SpecificationError)
    given: object = spec  # may be what the type does not allow
    if not isinstance(given, Specification):
        found = f"a value of type {type(given).__name__!r} is no specification"
        remedy = "Give what mpi.specification returns; mpi.check takes ids and files too."
        raise SpecificationError("lint", [Problem("spec", found, remedy=remedy)])
    without = list(_without_basis(spec))
    if strict and without:
        remedy = "Say where it comes from: instrument, article and status."
        raise SpecificationError(
            spec.id, [Problem(f.where, f.detail, remedy=remedy) for f in without]
        )
    return Findings(
        [
            *_lacking(spec),
            *without,
            *_unconfirmed(spec),
            *_statuses(spec),
            *reconstructions(spec),
            *_gaps(spec),
            *_applicability(spec),
            *_unused(spec),
            *_same_rules(spec),
            *_scores(spec),
        ]
    )


def reconstructions(spec: Specification) -> Iterator[Finding]:
    """Indicators and norms that the sources do not give, which every result has to say."""
    for name in spec.indicators:
        if any(_is_ours(basis) for basis in _bases_of(spec, name)):
            detail = "its rule is a reconstruction, in whole or in part, not that of a source"
            yield Finding("RECONSTRUCTION", f"indicator {name!r}", detail)
    for name in used_norms(spec):
        values = [v for v in spec.norms[name].value if any(_is_ours(b) for b in v.basis)]
        if values:
            detail = "values that are a reconstruction, in whole or in part"
            count, of = len(values), len(spec.norms[name].value)
            yield Finding("RECONSTRUCTION", f"norm {name!r}", detail, count, of)


def not_official(spec: Specification) -> Iterator[Finding]:
    """That a specification is no official measure, which every result has to say."""
    if spec.status in NOT_OFFICIAL:
        detail = f"the specification is a {spec.status}, not an official measure"
        yield Finding("NOT_OFFICIAL", spec.id, detail)


def _is_ours(basis: Basis) -> bool:
    return basis.status == "reconstruction"


def _bases_of(spec: Specification, indicator: str) -> tuple[Basis, ...]:
    """Bases of an indicator, those of its dimension among them."""
    own = next(d for d in spec.dimension if any(i.id == indicator for i in d.indicator))
    return (*spec.indicators[indicator].basis, *own.basis)


def _lacking(spec: Specification) -> Iterator[Finding]:
    for lack in spec.lacks:
        yield Finding("INCOMPLETE", spec.id, f"lacks {lack}")
    for name, value in spec.parameters.items():
        if value is None:
            detail = "has no value; it has to be set before figures are computed"
            yield Finding("PARAMETER_NOT_SET", f"parameter {name!r}", detail)


def _without_basis(spec: Specification) -> Iterator[Finding]:
    detail = "its threshold names no legal or technical basis"
    for name in spec.indicators:
        if not _bases_of(spec, name):
            yield Finding("NO_BASIS", f"indicator {name!r}", detail)
    for condition in spec.condition:
        if not condition.basis:
            yield Finding("NO_BASIS", f"condition {condition.id!r}", detail)
    for norm in spec.norm:
        without = [value for value in norm.value if not value.basis]
        if without:
            values = ", ".join(str(value.value) for value in without)
            text = f"the values {values} name no legal or technical basis"
            yield Finding("NO_BASIS", f"norm {norm.id!r}", text, len(without), len(norm.value))


def _all_bases(spec: Specification) -> Iterator[tuple[str, Sequence[Basis]]]:
    """Bases of every threshold, by its place."""
    for name, indicator in spec.indicators.items():
        yield f"indicator {name!r}", indicator.basis
    for dimension in spec.dimension:
        yield f"dimension {dimension.id!r}", dimension.basis
    for condition in spec.condition:
        yield f"condition {condition.id!r}", condition.basis
    for norm in spec.norm:
        yield f"norm {norm.id!r}", [basis for value in norm.value for basis in value.basis]
    for parameter in spec.parameter:
        yield f"parameter {parameter.id!r}", parameter.basis


def _unconfirmed(spec: Specification) -> Iterator[Finding]:
    for where, bases in _all_bases(spec):
        count = sum(_UNCONFIRMED in basis.note for basis in bases)
        if count:
            detail = "bases that are not confirmed by their text"
            yield Finding("UNCONFIRMED_BASIS", where, detail, count, len(bases))


def _statuses(spec: Specification) -> Iterator[Finding]:
    """How many bases have which status, of thresholds and of norms."""
    for what, of_norms in (("thresholds", False), ("norms", True)):
        counted = Counter(
            basis.status
            for where, bases in _all_bases(spec)
            for basis in bases
            if where.startswith("norm ") == of_norms
        )
        if counted:
            listed = ", ".join(f"{status} {n}" for status, n in counted.most_common())
            yield Finding("BASES_BY_STATUS", what, listed)


def _gaps(spec: Specification) -> Iterator[Finding]:
    """Years of birth or times without a value, on each day on which a norm changed or ended."""
    for norm in spec.norm:
        for day in norm.changes() or (None,):
            try:
                steps = cohorts(norm, day, spec.parameters)
            except NormError as error:
                yield Finding("NORM_GAP", f"norm {norm.id!r}", str(error))
                continue
            first, last = steps[0].born_from, steps[-1].born_to
            ends = [f"before {first}"] if first is not None else []
            ends += [f"after {last}"] if last is not None else []
            if ends:
                under = "" if day is None else f" under the law of {day}"
                detail = f"there is no value for those born {' or '.join(ends)}{under}"
                yield Finding("NORM_GAP", f"norm {norm.id!r}", detail)


def _applicability(spec: Specification) -> Iterator[Finding]:
    for name, indicator in spec.indicators.items():
        if indicator.applies_to is not None and indicator.if_none_applicable is None:
            detail = "'if_none_applicable' is not stated; nobody applicable counts as not deprived"
            yield Finding("NONE_APPLICABLE_NOT_STATED", f"indicator {name!r}", detail)


def _unused(spec: Specification) -> Iterator[Finding]:
    if spec.law_as_of is not None and not used_norms(spec):
        yield Finding("UNUSED", "law_as_of", "no rule uses a norm")
    in_categories = {name for category in spec.category for name in category.when.names()}
    kinds = (
        ("norm", list(spec.norms), used_norms(spec)),
        ("parameter", list(spec.parameters), used_parameters(spec)),
        ("condition", list(spec.conditions), in_categories),
    )
    for kind, names, used in kinds:
        for name in names:
            if name not in used:
                by = "category" if kind == "condition" else "rule"
                yield Finding("UNUSED", f"{kind} {name!r}", f"no {by} uses it")


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
