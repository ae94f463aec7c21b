"""The same units in several waves: who enters and leaves poverty, and who stays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import pairwise
from typing import Literal, TypeAlias, get_args

import numpy as np

from mpi import exact
from mpi.analysis.following import Following
from mpi.api import Groupings, Spec, groupings_of, resolve_specification, value_labels_of
from mpi.arguments import check_kinds
from mpi.choices import Choices
from mpi.core.counting import Policy
from mpi.engines.fit import fit
from mpi.engines.waves import tabulate_waves
from mpi.errors import EstimationError, Problem, Problems, nearest
from mpi.estimates import Estimates
from mpi.options import DegreesOfFreedom, Interval, LonelyPSU, named
from mpi.request import cutoffs as cutoffs_of
from mpi.request import policy_problems
from mpi.results import Result, Several
from mpi.spec.adapt import AbsentPolicy
from mpi.spec.model import Specification
from mpi.survey.codebook import Level
from mpi.survey.design import Replicates
from mpi.survey.survey import Names, Survey

Follow: TypeAlias = Literal["persons", "households"]
States: TypeAlias = Mapping[str, object] | Literal["profiles"] | None

_FEWEST = 2  # waves


@dataclass(frozen=True, slots=True, repr=False)
class Panel(Several):
    """Units that were followed through waves.

    Attributes
    ----------
    specification : Specification
        That of the base wave, as it was computed.
    estimates : Estimates
        Figures of the population and every group. The column `category` has the wave, the two
        waves of a change ("2018 to 2025"), or the duration cutoff ("tau=2").
    transitions : Result
        The matrix of transitions, one row a pair of states: ``share`` of everybody, and ``rate``
        among those who began in the first state.
    attrition : Result
        One row a wave: units of the base, how many were followed, their weighted share.
    """

    specification: Specification
    estimates: Estimates
    transitions: Result
    attrition: Result

    def _shown(self) -> Sequence[Result]:
        return (
            self.estimates.select("H", "M0", "entry", "exit", "ongoing", "H_chronic"),
            self.attrition,
        )

    def _named(self) -> Sequence[str]:
        return ("estimates", "transitions", "attrition")


def panel(  # noqa: PLR0913 -- each is one choice of the analyst
    waves: Mapping[str, Survey],
    spec: Spec | Mapping[str, Spec],
    *,
    weights_of: str | None = None,
    follow: Follow | None = None,
    key: Names = None,
    by: Groupings = None,
    k: object = None,
    tau: int | Sequence[int] | None = None,
    states: States = None,
    missing: Policy | None = None,
    absent: AbsentPolicy = "fail",
    count: str = "persons",
    se: bool = True,
    lonely_psu: LonelyPSU | None = None,
    df: DegreesOfFreedom = "stata",
    interval: Interval = "logit",
    level: float = 0.95,
    replicates: Replicates | None = None,
) -> Panel:
    """The same units in several waves: entry, exit, ongoing and chronic poverty.

    Parameters
    ----------
    waves : mapping of name to Survey
        In the order of time, two or more. One survey may stand for several waves, if its rows have
        the answers of each and `spec` names them.
    spec : Specification, str, path, or mapping of wave to these
        One for all waves, or one for each with the same indicators, weights and cutoff.
    weights_of : str, optional
        Wave whose units, weights, sampling design and groups are taken; the first if left out.
    follow : {"persons", "households"}, optional
        What is linked; the unit of the specification if left out. Persons can be followed through
        the households they live in.
    key : str or sequence of str, optional
        Columns that name a unit in every wave; the keys of the surveys if left out.
    by : str or sequence, optional
        Variables of the base wave to decompose by, as in `tabulate`.
    k : number or sequence of numbers, optional
        Cutoffs; that of the specification if left out.
    tau : int or sequence of int, optional
        Duration cutoffs: in how many waves a unit is poor that is chronically poor; every number
        of waves if left out.
    states : mapping of name to number, or "profiles", optional
        States of the matrix of transitions: bands of the score by their lower end, such as
        ``{"not": 0, "vulnerable": "1/5", "poor": "1/3"}``, or every combination of deprivations;
        poor and not poor by the specification if left out.
    missing : {"drop", "reweight", "reweight-dimension", "nondeprived"}, optional
        Policy for missing answers of each wave; that of the specification if left out. Units that
        it leaves out in one wave are left out.
    absent, count
        As in `tabulate` and `Profiles.estimate`.
    se, lonely_psu, df, interval, level, replicates
        As in `Profiles.estimate`.

    Returns
    -------
    Panel

    Raises
    ------
    SurveyError, SpecificationError
        If waves do not fit the specification, or cannot be linked; all problems at once.
    EstimationError
        If a choice is none, or no unit is left.

    References
    ----------
    Alkire, Apablaza, Chakravarty and Yalonetzky (2017), Journal of Policy Modeling 39.

    Examples
    --------
    >>> import mpi
    >>> old = {"id": [1, 2, 3, 4], "a": [1, 1, 0, 0], "b": [1, 0, 0, 1]}
    >>> new = {"id": [4, 3, 2, 1], "a": [1, 0, 0, 1], "b": [1, 0, 0, 0]}
    >>> spec = mpi.Specification.from_columns({"one": ["a"], "two": ["b"]}, cutoff="1/2")
    >>> found = panel({"2020": mpi.Survey(old), "2024": mpi.Survey(new)}, spec, key="id", se=False)
    >>> found.estimates.get("exit", category="2020 to 2024").estimate
    0.25
    """
    check_kinds(panel, locals())
    asked = _Asked.of(waves, spec, weights_of, follow, count, missing)
    fitted = [fit(s, p, absent=absent) for s, p in zip(waves.values(), asked.specs, strict=True)]
    specs = [found.specification for found in fitted]
    _check_alike(specs, list(waves))
    one = specs[asked.base]
    own_unit: Follow = "persons" if one.unit == "person" else "households"
    followed = follow if follow is not None else own_unit
    if one.unit == "person" and followed == "households":
        found = "the specification identifies persons, and households cannot be followed with it"
        raise EstimationError("panel", [Problem("follow", found, "Follow 'persons'.")])
    choices = _chosen(asked, waves, se, lonely_psu, df, interval, level, replicates)
    cutoffs = cutoffs_of(k, one)
    durations = _durations(tau, len(waves))
    bands = _bands(states, one)
    columns = () if key is None else tuple(named("panel", "key", key))
    followed_level: Level = "person" if followed == "persons" else "household"
    result = tabulate_waves(
        waves,
        specs,
        groupings_of(by),
        base=list(waves)[asked.base],
        level=followed_level,
        key=columns,
        se=se,
    )
    policy, households = asked.missing, asked.households
    names = list(waves)
    work = Following(policy, households, asked.base, one, names, cutoffs, durations, bands)
    notes = [
        replace(finding, where=f"wave {name!r}, {finding.where}")
        for name, own in zip(waves, fitted, strict=True)
        for finding in own.findings
    ]
    survey = waves[work.base_name]
    estimates, transitions = work.estimates(
        result.tabulation,
        choices,
        value_labels=value_labels_of(survey, result.tabulation.groupings),
        findings=[work.note(followed), *dict.fromkeys(notes)],
    )
    others = [f for f in estimates.findings if f.code in ("ATTRITION", "NOT_IN_BASE")]
    return Panel(one, estimates, transitions, Result(result.attrition, others))


@dataclass(frozen=True, slots=True)
class _Asked:
    """What is asked, checked before any work is done for it."""

    specs: tuple[Specification, ...]
    base: int
    missing: Policy
    households: bool

    @classmethod
    def of(
        cls,
        waves: Mapping[str, Survey],
        spec: Spec | Mapping[str, Spec],
        weights_of: object,
        follow: object,
        count: object,
        missing: object,
    ) -> _Asked:
        """What the user asks for.

        Raises
        ------
        EstimationError
            If it cannot be; all problems at once.
        """
        problems = Problems("panel", EstimationError)
        _check_waves(problems, waves)
        problems.raise_if_any()
        names = list(waves)
        if weights_of is not None and str(weights_of) not in names:
            hint = nearest(str(weights_of), names) or f"Waves are {', '.join(names)}."
            problems.add("weights_of", f"there is no wave {weights_of!r}", remedy=hint)
        if follow is not None and follow not in get_args(Follow):
            remedy = "Follow 'persons' or 'households'."
            problems.add("follow", f"{follow!r} cannot be followed", remedy=remedy)
        if str(count) not in ("persons", "households"):
            remedy = "Count 'persons' or 'households'."
            problems.add("count", f"{count!r} cannot be counted", remedy=remedy)
        if missing is not None:
            problems.extend(policy_problems(missing))
        own = spec if isinstance(spec, Mapping) else dict.fromkeys(names, spec)
        for name in [*names, *own]:
            if name not in own:
                problems.add("spec", f"wave {name!r} has no specification")
            elif name not in names:
                problems.add("spec", f"there is no wave {name!r}", remedy=nearest(name, names))
        problems.raise_if_any()
        specs = tuple(resolve_specification(own[name]) for name in names)
        base = 0 if weights_of is None else names.index(str(weights_of))
        policy = specs[base].missing if missing is None else missing
        if policy == "bounds":
            found = "under 'bounds' a unit has two scores in each wave"
            problems.add("missing", found, remedy="Choose another policy.")
            problems.raise_if_any()
        return cls(specs, base, policy, count == "households")  # type: ignore[arg-type]


def _check_waves(problems: Problems, waves: object) -> None:
    if not isinstance(waves, Mapping):
        found = f"a value of type {type(waves).__name__!r} is given"
        expected = 'They are surveys by name, such as {"2018": survey, "2025": other}.'
        problems.add("waves", found, expected=expected)
        return
    for name, survey in waves.items():
        if not isinstance(name, str) or not name:
            problems.add("waves", f"{name!r} is no name", expected="Names of waves are texts.")
        if not isinstance(survey, Survey):
            found = f"a value of type {type(survey).__name__!r} is given"
            problems.add(f"wave {name!r}", found, remedy="Give an mpi.Survey.")
    if len(waves) < _FEWEST:
        found = f"{len(waves)} wave is given" if waves else "no wave is given"
        problems.add("waves", found, expected="A panel has two waves or more.")


def _check_alike(specs: Sequence[Specification], names: Sequence[str]) -> None:
    """Refuse waves that do not count the same things."""
    problems = Problems("panel", EstimationError)

    def counted(spec: Specification) -> tuple[object, ...]:
        bits = [(d.id, i.id) for d in spec.dimension for i in d.indicator]
        return bits, spec.elements, spec.unit, spec.cutoff

    words = ("indicators", "weights", "unit", "cutoff")
    for name, spec in zip(names[1:], specs[1:], strict=True):
        pairs = zip(words, counted(specs[0]), counted(spec), strict=True)
        differ = [word for word, a, b in pairs if a != b]
        if differ:
            found = f"its {', '.join(differ)} are not those of wave {names[0]!r}"
            remedy = "Rules may differ between waves; what is counted may not."
            problems.add(f"spec of wave {name!r}", found, remedy=remedy)
    problems.raise_if_any()


def _chosen(
    asked: _Asked,
    waves: Mapping[str, Survey],
    se: bool,  # noqa: FBT001 -- as in the call
    lonely_psu: LonelyPSU | None,
    df: DegreesOfFreedom,
    interval: Interval,
    level: float,
    replicates: Replicates | None,
) -> Choices | None:
    """How uncertainty is computed; the design is that of the base wave."""
    design = list(waves.values())[asked.base].design
    choices = Choices.under(
        design,
        lonely_psu=lonely_psu,
        replicates=replicates,
        df=df,
        interval=interval,
        level=level,
    )
    problems = Problems("panel", EstimationError)
    problems.extend(choices.problems())
    problems.raise_if_any()
    return choices if se else None


def _durations(tau: object, waves: int) -> tuple[int, ...]:
    if tau is None:
        return tuple(range(1, waves + 1))
    several = isinstance(tau, Sequence) and not isinstance(tau, str)
    given = list(tau) if isinstance(tau, Sequence) and several else [tau]
    problems, durations = Problems("panel", EstimationError), []
    for value in given:
        whole = isinstance(value, (int, np.integer)) and not isinstance(value, bool)
        if isinstance(value, (int, np.integer)) and whole and 1 <= int(value) <= waves:
            durations.append(int(value))
        else:
            found = f"{value!r} is no number of waves"
            problems.add("tau", found, expected=f"It is a whole number from 1 to {waves}.")
    if not given:
        problems.add("tau", "no duration is given", remedy="Leave it out for all of them.")
    problems.raise_if_any()
    return tuple(dict.fromkeys(durations))


def _bands(states: object, spec: Specification) -> Mapping[str, Fraction] | None:
    """Lower ends of the states by name, ascending from 0; None where they are profiles."""
    if states is None:
        return {"not poor": Fraction(0), "poor": spec.cutoff}
    if isinstance(states, str) and states == "profiles":
        return None
    problems = Problems("panel", EstimationError)
    expected = 'They are lower ends by name, such as {"not": 0, "poor": "1/3"}, or "profiles".'
    if not isinstance(states, Mapping):
        found = f"a value of type {type(states).__name__!r} is given"
        raise EstimationError("panel", [Problem("states", found, expected)])
    ends: dict[str, Fraction] = {}
    for name, value in states.items():
        try:
            ends[str(name)] = exact.fraction(value)
        except ValueError as error:
            problems.add(f"states, {name!r}", str(error))
            continue
        if not 0 <= ends[str(name)] <= 1:
            found = f"{value!r} is no score"
            problems.add(f"states, {name!r}", found, expected="Scores are in [0, 1].")
    problems.raise_if_any()
    values = list(ends.values())
    rising = all(a < b for a, b in pairwise(values))
    if not values or values[0] != 0 or not rising:
        found = "their lower ends do not rise from 0"
        problems.add("states", found, expected=expected)
    problems.raise_if_any()
    return ends
