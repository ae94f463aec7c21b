"""What is asked of profile tables, checked before any work is done for it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import get_args

import numpy as np

from mpi import exact
from mpi.choices import Choices
from mpi.errors import EstimationError, Problem, Problems, nearest
from mpi.spec.model import MissingPolicy, Specification


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked of profile tables.

    Attributes
    ----------
    cutoffs : tuple of Fraction
    missing : str
        Policy for units that miss an indicator.
    households : bool
        Count households instead of persons.
    choices : Choices or None
        How uncertainty is computed; None for point estimates only.
    """

    cutoffs: tuple[Fraction, ...]
    missing: MissingPolicy
    households: bool
    choices: Choices | None


def make_request(
    spec: Specification,
    k: object,
    *,
    missing: MissingPolicy | None,
    count: str,
    choices: Choices | None = None,
) -> Request:
    """What the user asks for, checked before any work is done for it.

    Raises
    ------
    EstimationError
        If a cutoff, the policy, what is counted or a choice is not one; all problems at once.
    """
    problems = Problems("estimate", EstimationError)
    wanted: tuple[Fraction, ...] = ()
    try:
        wanted = cutoffs(k, spec)
    except EstimationError as error:
        problems.extend(replace(problem, where="k") for problem in error.problems)
    policy = spec.missing if missing is None else missing
    problems.extend(policy_problems(policy))
    if str(count) not in ("persons", "households"):
        problems.add(
            "count", f"{count!r} cannot be counted", remedy="Count 'persons' or 'households'."
        )
    problems.extend(choices.problems() if choices is not None else [])
    problems.raise_if_any()
    return Request(wanted, policy, count == "households", choices)


def cutoffs(k: object, spec: Specification) -> tuple[Fraction, ...]:
    """Cutoffs that the user meant, each once; that of the specification for None.

    Raises
    ------
    EstimationError
        If one is not in (0, 1]; all problems at once.
    """
    if k is None:
        return (spec.cutoff,)
    several = isinstance(k, Iterable) and not isinstance(k, (str, bytes, Mapping))
    values = list(np.ravel(k) if isinstance(k, np.ndarray) else k) if several else [k]  # type: ignore[call-overload]
    problems, found = Problems("k", EstimationError), []
    for value in values:
        try:
            found.append(exact.check_cutoff(value))
        except ValueError as error:
            problems.add("", str(error))
    if not values:
        problems.add("", "no cutoff is given", remedy="Leave k out for that of the specification.")
    problems.raise_if_any()
    return tuple(dict.fromkeys(found))


def policy_problems(missing: object) -> list[Problem]:
    """What is wrong with a policy for missing answers."""
    choices = get_args(MissingPolicy)
    if missing in choices:
        return []
    expected = f"Choose one of {', '.join(choices)}."
    return [
        Problem(
            "missing", f"there is no policy {missing!r}", expected, nearest(str(missing), choices)
        )
    ]
