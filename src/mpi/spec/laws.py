"""Norms in a specification: who uses them, which law is meant, what of it decides figures."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from mpi.errors import nearest
from mpi.spec.dates import ends
from mpi.spec.norms import OLDEST, Cohort, Norm, NormError, cohorts, norm_problems
from mpi.spec.tree import NormOf

if TYPE_CHECKING:
    from mpi.spec.expression import Expression
    from mpi.spec.model import Specification

_RULES = ("applies_to", "deprived", "destitute", "gap")


def rules(spec: Specification) -> Iterator[tuple[str, Expression]]:
    """Every rule over variables, with its place: indicators, conditions, universe."""
    for name, indicator in spec.indicators.items():
        for role in _RULES:
            rule = getattr(indicator, role)
            if rule is not None:
                yield f"indicator {name!r}, {role}", rule
    for condition in spec.condition:
        yield f"condition {condition.id!r}, when", condition.when
    if spec.universe is not None:
        yield "universe", spec.universe


def used_norms(spec: Specification) -> Mapping[str, str]:
    """Norms that rules use, each with the place of its first use."""
    found: dict[str, str] = {}
    for place, rule in rules(spec):
        for node in rule.norms():
            found.setdefault(node.norm, place)
    return found


def used_parameters(spec: Specification) -> Mapping[str, str]:
    """Parameters that rules and norms use, each with the place of its first use."""
    found: dict[str, str] = {}
    for place, rule in rules(spec):
        for name in rule.names():
            if name in spec.parameters:
                found.setdefault(name, place)
    for norm in spec.norm:
        for value in norm.value:
            for age in (value.age_from, value.age_to):
                if isinstance(age, str):
                    found.setdefault(age, f"norm {norm.id!r}")
    return found


def law_problems(spec: Specification) -> Iterator[str]:
    """Sentences on norms and parameters that contradict themselves or are not there."""
    for place, rule in rules(spec):
        for node in rule.norms():
            yield from _use_problems(spec, place, node)
    for category in spec.category:
        if category.when.norms():
            yield (
                f"category {category.id!r}, when: a category is a class of profiles and has no "
                "norm. Put the norm into an indicator or a condition."
            )
    for name, place in used_parameters(spec).items():
        if name not in spec.parameters:
            hint = nearest(name, spec.parameters) or "Write a number, or add the parameter."
            yield f"{place}: there is no parameter {name!r}. {hint}"
    for norm in spec.norm:
        yield from _age_problems(spec, norm)
        yield from norm_problems(norm, spec.parameters)


def _age_problems(spec: Specification, norm: Norm) -> Iterator[str]:
    for value in norm.value:
        for age in (value.age_from, value.age_to):
            years = spec.parameters.get(age) if isinstance(age, str) else None
            if years is not None and years != int(years):
                yield f"norm {norm.id!r}: parameter {age!r} is {years}. Ages are whole years."
            elif years is not None and not 0 <= years <= OLDEST:
                yield (
                    f"norm {norm.id!r}: parameter {age!r} is {years}. "
                    f"Ages are years from 0 to {OLDEST}, not years of birth."
                )


def _use_problems(spec: Specification, place: str, node: NormOf) -> Iterator[str]:
    norm = spec.norms.get(node.norm)
    if norm is None:
        listed = f"There are {', '.join(spec.norms)}." if spec.norms else "The file has no norms."
        yield f"{place}: there is no norm {node.norm!r}. {nearest(node.norm, spec.norms) or listed}"
    elif norm.by_cohort and node.born is None:
        yield (
            f"{place}: norm {node.norm!r} depends on the year of birth. "
            f'Say whose: norm("{node.norm}", born=birth_year).'
        )


def law(spec: Specification, name: str) -> tuple[Cohort, ...]:
    """A norm under the law that the specification fixes, as steps by year of birth.

    Raises
    ------
    NormError
        If no date is fixed and the norm needs one, if no value is in force then, or if years of
        birth have none.
    """
    norm = spec.norms[name]
    if norm.dated and spec.law_as_of is None:
        raise NormError("it depends on the date, and no date is given")
    day = ends(spec.law_as_of) if spec.law_as_of is not None else None
    steps = cohorts(norm, day, spec.parameters)
    if spec.standard == "current":
        return (Cohort(None, None, steps[-1].value),)
    return steps


def substance(spec: Specification) -> Mapping[str, object]:
    """What norms and parameters decide of the figures, as plain values; empty if nothing.

    Under a fixed date it is the steps in force, so that two dates under the same law are alike.
    """
    found: dict[str, object] = {}
    used = used_parameters(spec)
    if used:
        found["parameters"] = {name: str(spec.parameters[name]) for name in used}
    if used_norms(spec):
        found["standard"] = spec.standard
        found["norms"] = {name: _plain(spec, name) for name in used_norms(spec)}
    return found


def _plain(spec: Specification, name: str) -> list[str]:
    try:
        return [str(cohort) for cohort in law(spec, name)]
    except NormError:
        return [
            repr(value.model_dump(exclude={"basis", "note"})) for value in spec.norms[name].value
        ]
