"""Supplied replicate weights, as factors of the weights of persons and households."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mpi.engines.evaluate import Evaluation
from mpi.engines.links import Links, Members
from mpi.engines.population import Population
from mpi.engines.steps import Plan
from mpi.errors import Problems, SurveyError
from mpi.survey.design import Replicates
from mpi.survey.survey import Survey

Floats = NDArray[np.float64]

# sums of replicate weights lie around that of the weights; no method halves or doubles their mean,
# though a jackknife may leave out a PSU with most of the weight
_LEAST = 0.5


@dataclass(frozen=True, slots=True)
class Replicate:
    """Weights under one replicate, with the shapes of those of `Population`.

    Attributes
    ----------
    person_weight : NDArray[np.float64] or None, shape (n_persons,)
    weight, household_weight : NDArray[np.float64], shape (n_households,)
    """

    person_weight: Floats | None
    weight: Floats
    household_weight: Floats


def replicates(
    survey: Survey, plan: Plan, links: Links, evaluation: Evaluation, population: Population
) -> tuple[Replicate, ...]:
    """Weights under each supplied replicate; none where none is supplied.

    Raises
    ------
    SurveyError
        If a replicate weight of somebody who counts is missing, not finite or, where the method
        has no negative ones, negative; all problems at once.
    """
    declared = survey.design.replicates
    if declared is None or not declared.columns:
        return ()
    problems = Problems("survey", SurveyError)
    found, sizes = [], []
    for place, name in enumerate(declared.columns):
        role = f"replicate:{place}"
        level = plan.of(role).level
        values = evaluation.numbers(role, level)
        own, used = _own(population, links, level)
        if level == "person" and (population.members[_memberless(links)] > 0).any():
            text = "is known for persons only, and households without person rows count"
            problems.add(f"replicate {name!r}", text, remedy="Put it into the households' table.")
        # units of a later stage may get negative factors from Preston's bootstrap
        negative = declared.method in ("preston", "other")
        _check(problems, name, values, used, negative=negative)
        factor = values if declared.factors else _factors(problems, name, values, own, used)
        sizes.append(_size(factor, own, used))
        found.append(_replicate(population, links, np.where(used, factor, 0.0), level))
    if declared.method != "other":
        _check_size(problems, float(np.mean(sizes)), declared)
    problems.raise_if_any()
    return tuple(found)


def _own(population: Population, links: Links, level: str) -> tuple[Floats, NDArray[np.bool_]]:
    """Weights of the rows of a level, and which of them count."""
    if level == "household":
        return population.household_weight, population.members > 0
    everybody = np.ones(links.n_persons)
    weight = everybody if population.person_weight is None else population.person_weight
    return weight, everybody > 0 if population.person is None else population.person


def _memberless(links: Links) -> NDArray[np.bool_]:
    members = links.members
    return np.zeros(links.n_households, dtype=bool) if members is None else members.first < 0


def _check(
    problems: Problems, name: str, values: Floats, used: NDArray[np.bool_], *, negative: bool
) -> None:
    checks = [("missing", np.isnan(values)), ("infinite", np.isinf(values))]
    if not negative:
        checks.append(("negative", values < 0))
    for found, wrong in checks:
        count = int((wrong & used).sum())
        if count:
            expected = "Replicate weights are finite"
            expected += "." if negative else " and, under this method, not negative."
            problems.add(
                f"replicate {name!r}",
                f"is {found}",
                expected=expected,
                count=count,
                of=int(used.sum()),
            )


def _size(factor: Floats, own: Floats, used: NDArray[np.bool_]) -> float:
    """Sum of a replicate's weights over that of the weights."""
    weights = own[used].sum()
    return float((factor * own)[used].sum() / weights) if weights > 0 else 1.0


def _check_size(problems: Problems, size: float, declared: Replicates) -> None:
    """Refuse replicates that are of another size than the weights: factors for weights, or so."""
    if not _LEAST < size < 1 / _LEAST and np.isfinite(size):
        what = "times the weight" if declared.factors else "themselves"
        problems.add(
            "replicates",
            f"{what}, they sum to {size:.4g} times the sum of the weights on average",
            expected="A replicate stands for the same population.",
            remedy="Say factors=True if the columns multiply the weight, factors=False if they are "
            "weights.",
        )


def _factors(
    problems: Problems, name: str, values: Floats, own: Floats, used: NDArray[np.bool_]
) -> Floats:
    """What multiplies the weight to give the replicate weight."""
    lost = int((used & (own == 0) & (values != 0)).sum())
    if lost:
        found = "is not zero where the weight is"
        remedy = "Repair these rows; a replicate reweights the sample and adds nobody."
        problems.add(f"replicate {name!r}", found, remedy=remedy, count=lost, of=int(used.sum()))
    return np.divide(values, own, out=np.zeros_like(own), where=own > 0)


def _replicate(population: Population, links: Links, factor: Floats, level: str) -> Replicate:
    persons, members = population.person_weight, links.members
    if level == "household":
        spread = None if members is None else factor[members.household]
        return Replicate(
            person_weight=_times(persons, spread),
            weight=population.weight * factor,
            household_weight=population.household_weight * factor,
        )
    own = factor if persons is None else persons * factor
    if members is None:
        nothing = np.zeros(links.n_households)
        return Replicate(own, nothing, nothing)
    counted = slice(None) if population.person is None else population.person
    mean = _summed(members, factor, counted) / np.maximum(population.members, 1)
    return Replicate(
        person_weight=own,
        weight=_summed(members, own, counted),
        household_weight=population.household_weight * mean,
    )


def _summed(members: Members, values: Floats, counted: slice | NDArray[np.bool_]) -> Floats:
    size = members.first.size
    return np.bincount(members.household[counted], weights=values[counted], minlength=size).astype(
        np.float64, copy=False
    )


def _times(a: Floats | None, b: Floats | None) -> Floats | None:
    if a is None or b is None:
        return b if a is None else a
    return a * b
