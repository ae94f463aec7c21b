"""What is asked of a study of robustness, checked before any work is done for it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import get_args

from mpi.analysis.grids import check_count, grouping_of
from mpi.analysis.scenarios import Over, Share
from mpi.choices import Choices
from mpi.core.weighting import Curve
from mpi.errors import EstimationError, Problem, Problems, nearest
from mpi.options import unknown_options
from mpi.profiles import Profiles
from mpi.request import cutoffs as cutoffs_of
from mpi.request import policy_problems
from mpi.spec.model import MissingPolicy

_MOST_DRAWS = 1_000_000


@dataclass(frozen=True, slots=True)
class Asked:
    """What is compared, and what is varied; each is an argument of `robustness`."""

    by: tuple[str, ...]
    measure: Curve
    k: object
    weights: Mapping[str, Mapping[str, object]]
    share: Share
    alternatives: Mapping[str, Profiles]
    draws: int
    over: Over | None
    concentration: float
    missing: MissingPolicy
    count: str
    seed: int

    def problems(self) -> list[Problem]:
        """What is wrong with it."""
        found = list(unknown_options(share=(self.share, Share)))
        if self.measure not in get_args(Curve):
            expected = f"Choose one of {', '.join(get_args(Curve))}."
            hint = nearest(str(self.measure), get_args(Curve))
            found.append(Problem("measure", f"{self.measure!r} is none here", expected, hint))
        if self.over is not None:
            found += unknown_options(over=(self.over, Over))
        for name, value, most in (("draws", self.draws, _MOST_DRAWS), ("seed", self.seed, None)):
            whole = isinstance(value, int) and not isinstance(value, bool) and value >= 0
            if not whole or (most is not None and value > most):
                upto = "" if most is None else f" to {most:,}"
                expected = f"It is a whole number from 0{upto or ' on'}."
                found.append(Problem(name, f"is {value!r}", expected))
        given: object = self.concentration
        number = isinstance(given, (int, float)) and not isinstance(given, bool)
        if not (number and 0.01 <= self.concentration <= 1e6):
            expected = "It is a number from 0.01 to 1,000,000; 1 draws uniformly."
            found.append(Problem("concentration", f"is {given!r}", expected))
        return found


def check(profiles: Profiles, asked: Asked, choices: Choices | None) -> None:
    """Refuse what cannot be computed; all problems at once."""
    problems = Problems("robustness", EstimationError)
    problems.extend(asked.problems())
    problems.extend(policy_problems(asked.missing))
    if asked.missing == "bounds":
        found = "'bounds' gives two figures for each group, and an order needs one"
        remedy = "Choose another policy; both ends are scenarios of the family 'missing'."
        problems.add("missing", found, remedy=remedy)
    problems.extend(check_count(profiles, asked.by, asked.count))
    problems.extend(choices.problems() if choices is not None else [])
    try:
        cutoffs_of(asked.k, profiles.specification)
    except EstimationError as error:
        problems.extend(replace(problem, where="k") for problem in error.problems)
    named: object = asked.weights  # may be what the type does not allow
    if not isinstance(named, Mapping):
        found = f"a value of type {type(named).__name__!r} is no mapping"
        remedy = 'Give named structures, such as {"health first": {"health": "1/2", ...}}.'
        problems.add("weights", found, remedy=remedy)
    problems.extend(_alternative_problems(profiles, asked, se=choices is not None))
    problems.raise_if_any()


def _alternative_problems(profiles: Profiles, asked: Asked, *, se: bool) -> Iterator[Problem]:
    """What keeps tables of other specifications from being compared."""
    given: object = asked.alternatives  # may be what the type does not allow
    if not isinstance(given, Mapping):
        found = f"a value of type {type(given).__name__!r} is no mapping"
        yield Problem("alternatives", found, remedy='Give {"name": profiles}.')
        return
    labels = set(grouping_of(profiles, asked.by).labels)
    for name, other in asked.alternatives.items():
        where = f"alternatives, {name!r}"
        value: object = other
        if not isinstance(value, Profiles):
            found = f"a value of type {type(value).__name__!r} is no Profiles"
            yield Problem(where, found, remedy="Tabulate the survey by the other specification.")
            continue
        if asked.by not in other.by:
            found = f"its tables are not by {' x '.join(asked.by)}"
            yield Problem(where, found, remedy="Tabulate it by the same variables.")
            continue
        absent = len(labels - set(grouping_of(other, asked.by).labels))
        if absent:
            found = f"{absent:,} of {len(labels):,} groups are not in it"
            yield Problem(where, found, remedy="Tabulate the same survey.")
        if other.specification.unit != profiles.specification.unit:
            found = f"it identifies {other.specification.unit}s, not {profiles.specification.unit}s"
            yield Problem(where, found)
        one, two = profiles.sampled, other.sampled
        if se and one is not None and (two is None or one.labels != two.labels):
            found = "it is of other sampled units, and standard errors need the same"
            yield Problem(where, found, remedy="Tabulate the same survey, or say se=False.")
