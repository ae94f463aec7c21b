"""Other ways to identify the poor that could have been chosen: cutoffs, weights, indicators."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Literal, TypeAlias

import numpy as np

from mpi import exact
from mpi.core.counting import Policy, Scheme
from mpi.core.weighting import Schemes, schemes_of, simplex
from mpi.errors import EstimationError, Problem, Problems, nearest
from mpi.schemes import scheme
from mpi.spec.adapt import AbsentPolicy, without
from mpi.spec.model import Specification

Share: TypeAlias = Literal["reweight-dimension", "reweight"]
Over: TypeAlias = Literal["dimensions", "indicators"]

BASELINE = "baseline"
# what a leading dimension weighs in the named structures; the others share the rest equally
_LEADS = (Fraction(1, 2), Fraction(2, 5))
# weights that are drawn are rounded to millionths
_SCALE = 10**6
_POLICIES: tuple[tuple[Policy, str], ...] = (
    ("drop", "missing answers: drop"),
    ("reweight", "missing answers: reweight"),
    ("reweight-dimension", "missing answers: reweight-dimension"),
    ("nondeprived", "missing answers as not deprived"),
    ("deprived", "missing answers as deprived"),
)


@dataclass(frozen=True, slots=True)
class Scenario:
    """One way to identify the poor.

    Attributes
    ----------
    family : str
        What is varied: ``cutoff``, ``weights``, ``indicators``, ``thresholds`` or ``missing``.
    name : str
    k : Fraction
    scheme : Scheme
    policy : str
        What is done with missing answers.
    """

    family: str
    name: str
    k: Fraction
    scheme: Scheme
    policy: Policy

    @property
    def label(self) -> str:
        """Family and name in one text."""
        return self.name if self.name == BASELINE else f"{self.family}: {self.name}"


def baseline(spec: Specification, policy: Policy) -> Scenario:
    """The specification as it is."""
    return Scenario(BASELINE, BASELINE, spec.cutoff, scheme(spec), policy)


def by_cutoff(base: Scenario, cutoffs: Sequence[Fraction]) -> Iterator[Scenario]:
    """Other cutoffs, all else as it is."""
    for k in cutoffs:
        if k != base.k:
            yield replace(base, family="cutoff", name=f"k = {exact.text(k)}", k=k)


def by_weights(
    base: Scenario, spec: Specification, given: Mapping[str, Mapping[str, object]]
) -> Iterator[Scenario]:
    """Named structures of weights, each that differs from the others once.

    Raises
    ------
    EstimationError
        If weights that were given are none.
    """
    wanted: dict[tuple[Fraction, ...], str] = {}
    for name, weights in _structures(spec):
        if weights != base.scheme.weights and name not in given:
            wanted.setdefault(weights, name)
    named = [*((name, weights) for weights, name in wanted.items()), *_given(spec, given)]
    for name, weights in named:
        own = replace(base.scheme, weights=weights)
        yield replace(base, family="weights", name=name, scheme=own)


def _structures(spec: Specification) -> Iterator[tuple[str, tuple[Fraction, ...]]]:
    """Equal dimensions, equal indicators, and each dimension leading."""
    dimensions = list(spec.dimensions)
    size = len(dimensions)
    yield "equal dimensions", _spread(spec, dict.fromkeys(dimensions, Fraction(1, size)))
    elements = len(spec.elements)
    yield "equal indicators", (Fraction(1, elements),) * elements
    for lead in _LEADS:
        for name in dimensions:
            if lead > Fraction(1, size) and size > 1:
                rest = (1 - lead) / (size - 1)
                shares = {other: lead if other == name else rest for other in dimensions}
                yield f"{name} {exact.text(lead)}", _spread(spec, shares)


def _spread(spec: Specification, of_dimension: Mapping[str, Fraction]) -> tuple[Fraction, ...]:
    """Weights of elements from those of dimensions, shared inside them as in the specification."""
    whole: dict[str, Fraction] = {}
    for element in spec.elements:
        whole[element.dimension] = whole.get(element.dimension, Fraction(0)) + element.weight
    return tuple(of_dimension[e.dimension] * e.weight / whole[e.dimension] for e in spec.elements)


def _given(
    spec: Specification, given: Mapping[str, Mapping[str, object]]
) -> Iterator[tuple[str, tuple[Fraction, ...]]]:
    elements = [e.indicator or e.dimension for e in spec.elements]
    dimensions = list(spec.dimensions)
    problems, found = Problems("weights", EstimationError), []
    for name, weights in given.items():
        shape: object = weights  # may be what the type does not allow
        if not isinstance(shape, Mapping):
            text = f"a value of type {type(shape).__name__!r} is no mapping"
            problems.add(repr(name), text, remedy='Give weights, such as {"health": "1/2", ...}.')
            continue
        of_dimensions = set(weights) == set(dimensions)
        if not of_dimensions and set(weights) != set(elements):
            problems.extend(_names(name, weights, dimensions, elements))
            continue
        try:
            numbers = {key: exact.fraction(value) for key, value in weights.items()}
        except ValueError as error:
            problems.add(repr(name), str(error))
            continue
        if min(numbers.values()) <= 0:
            problems.add(repr(name), "a weight is not positive", remedy="Leave nothing out.")
        elif exact.sum_problem(list(numbers.values())):
            problems.add(repr(name), exact.sum_problem(list(numbers.values())))
        elif of_dimensions:
            found.append((name, _spread(spec, numbers)))
        else:
            found.append((name, tuple(numbers[element] for element in elements)))
    problems.raise_if_any()
    yield from found


def _names(
    name: str, weights: Mapping[str, object], dimensions: list[str], elements: list[str]
) -> Iterator[Problem]:
    known = [*dimensions, *elements]
    unknown = [key for key in weights if key not in known]
    listed = f"of all dimensions ({', '.join(dimensions)}) or of all indicators"
    found = f"has no weight for some of them: weights are those {listed}"
    if unknown:
        found = f"{unknown[0]!r} is no dimension and no indicator: weights are those {listed}"
    yield Problem(repr(name), found, remedy=nearest(str(unknown[0]), known) if unknown else "")


def by_indicator(base: Scenario, spec: Specification, share: Share) -> Iterator[Scenario]:
    """Each indicator left out once; where a dimension loses its only one, all others share."""
    for name in spec.indicators if len(spec.indicators) > 1 else ():
        policy: AbsentPolicy = "reweight" if alone(spec, name) else share
        less = without(spec, [name], [], weights=policy)
        bits = [spec.bits.index(("deprived", other)) for other in less.indicators]
        own = replace(scheme(less), bits=np.array(bits))
        yield replace(base, family="indicators", name=f"without {name}", scheme=own)


def alone(spec: Specification, indicator: str) -> bool:
    """Whether an indicator is the only one of its dimension."""
    return any([i.id for i in d.indicator] == [indicator] for d in spec.dimension)


def by_threshold(base: Scenario, spec: Specification) -> Iterator[Scenario]:
    """The stricter rules of the specification, if it has some."""
    if any(kind == "destitute" for kind, _ in spec.bits):
        own = scheme(spec, "destitute")
        yield replace(base, family="thresholds", name="destitute", scheme=own)


def by_policy(base: Scenario) -> Iterator[Scenario]:
    """Other policies for missing answers."""
    for policy, name in _POLICIES:
        if policy != base.policy:
            yield replace(base, family="missing", name=name, policy=policy)


def drawn(
    spec: Specification, number: int, *, over: Over | None, concentration: float, seed: int
) -> Schemes:
    """Schemes drawn over dimensions, or over indicators, in millionths.

    Raises
    ------
    EstimationError
        If weights within dimensions are too fine for exact scores.
    """
    if over is None:
        over = "dimensions" if len(spec.dimensions) > 1 else "indicators"
    order = list(spec.dimensions)
    size = len(order) if over == "dimensions" else len(spec.elements)
    parts = simplex(number, size, concentration=concentration, seed=seed, scale=_SCALE)
    if over == "indicators":
        return Schemes(parts, _SCALE)
    shares = []
    for name in order:
        own = _spread(spec, {other: Fraction(int(other == name)) for other in order})
        shares.append(own)
    try:
        return schemes_of(parts, _SCALE, shares)
    except OverflowError as error:
        remedy = "Write simpler weights, or draw over='indicators'."
        raise EstimationError("draws", [Problem("weights", str(error), remedy=remedy)]) from error
