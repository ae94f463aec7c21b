"""The same units in several waves: who enters and leaves poverty, and who stays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import pairwise
from typing import Literal, TypeAlias, get_args

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from mpi import exact
from mpi.api import Groupings, Spec, groupings_of, resolve_specification, value_labels_of
from mpi.choices import Choices
from mpi.core.counting import Policy, Scores, poor, score
from mpi.core.inequality import pairs_of
from mpi.core.measures import Measured
from mpi.core.panel import Steps, Wave, figures, incidence_and_intensity
from mpi.core.totals import Distinct, distinct
from mpi.engines.base import Tabulation
from mpi.engines.fit import fit
from mpi.engines.waves import tabulate_waves
from mpi.errors import EstimationError, Problem, Problems, nearest
from mpi.estimates import Estimates
from mpi.findings import Finding
from mpi.options import DegreesOfFreedom, Interval, LonelyPSU
from mpi.request import cutoffs as cutoffs_of
from mpi.request import policy_problems
from mpi.results import Result
from mpi.schemes import labels, lowest_poor, scheme
from mpi.sources import Part
from mpi.spec.adapt import AbsentPolicy
from mpi.spec.model import Specification
from mpi.survey.codebook import Level
from mpi.survey.design import Replicates
from mpi.survey.survey import Names, Survey
from mpi.tables import estimates_of, linear_parts, part_of
from mpi.uncertainty import uncertainty_of

Follow: TypeAlias = Literal["persons", "households"]
States: TypeAlias = Mapping[str, object] | Literal["profiles"] | None

_FEWEST = 2  # waves
_MOST_STATES = 64


@dataclass(frozen=True, slots=True, repr=False)
class Panel:
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

    def __repr__(self) -> str:
        shown = self.estimates.select("H", "M0", "entry", "exit", "ongoing", "H_chronic")
        return f"{shown!r}\n{self.attrition!r}"

    def _repr_html_(self) -> str:
        return self.estimates._repr_html_() + self.attrition._repr_html_()


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
    columns = (key,) if isinstance(key, str) else tuple(key or ())
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
    work = _Work(asked, one, list(waves), cutoffs, durations, bands)
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
        if weights_of is not None and weights_of not in names:
            hint = nearest(str(weights_of), names) or f"Waves are {', '.join(names)}."
            problems.add("weights_of", f"there is no wave {weights_of!r}", remedy=hint)
        if follow is not None and follow not in get_args(Follow):
            remedy = "Follow 'persons' or 'households'."
            problems.add("follow", f"{follow!r} cannot be followed", remedy=remedy)
        if count not in ("persons", "households"):
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
    choices = Choices(
        lonely_psu if lonely_psu is not None else design.lonely_psu,
        df=df,
        interval=interval,
        level=level,
        replicates=replicates if replicates is not None else design.replicates,
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
    if states == "profiles":
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


@dataclass(frozen=True, slots=True)
class _Work:
    """Figures of joint profiles."""

    asked: _Asked
    spec: Specification
    names: Sequence[str]
    cutoffs: Sequence[Fraction]
    durations: Sequence[int]
    bands: Mapping[str, Fraction] | None

    @property
    def base_name(self) -> str:
        """Wave whose units, weights and design are taken."""
        return self.names[self.asked.base]

    @property
    def steps(self) -> list[Steps]:
        """Successive waves, and the first and the last of more than two."""
        places = list(pairwise(range(len(self.names))))
        if len(self.names) > _FEWEST:
            places.append((0, len(self.names) - 1))
        return [Steps(a, b, f"{self.names[a]} to {self.names[b]}") for a, b in places]

    def note(self, followed: str) -> Finding:
        """Whose weights, design and groups these are."""
        detail = f"{followed} are followed with the weights, design and groups of this wave"
        return Finding("PANEL_WEIGHTS", f"wave {self.base_name!r}", detail)

    def estimates(
        self,
        tabulated: Tabulation,
        choices: Choices | None,
        *,
        value_labels: Mapping[str, Mapping[object, str]],
        findings: Sequence[Finding],
    ) -> tuple[Estimates, Result]:
        """Figures of every grouping, and the matrix of transitions."""
        groupings, sampled = tabulated.groupings, tabulated.sampled
        self._check_households(tabulated)
        profiles = distinct([grouping.table for grouping in groupings])
        waves, states = self._waves(profiles)
        indicators = labels(self.spec).indicators
        measured = figures(
            waves, self.steps, self.cutoffs, self.durations, indicators, states=states
        )
        lowest: dict[tuple[str | None, Fraction], float] = {
            (name, k): lowest_poor(self.spec, k) if self.asked.missing == "drop" else float(k)
            for name in self.names
            for k in self.cutoffs
        }
        uncertainty = uncertainty_of(choices, sampled, groupings[0].table, lowest)
        direct = sampled is not None and sampled.drawn is not None
        parts = linear_parts(
            groupings,
            profiles,
            [measured],
            cardinal=np.full(1, -1),
            households=self.asked.households,
            direct=direct,
        )
        lost = self._lost(parts[0][0], waves)
        for own in parts:
            own.append(self._shapley(own[0], waves, parts[0], direct=direct))
        unit = "households" if self.asked.households else "persons"
        names = ", ".join(self.names)
        title = f"{self.spec.marked}, waves {names}, {unit}, missing answers: {self.asked.missing}"
        found = [*findings, *tabulated.findings, *lost]
        made = estimates_of(
            groupings, parts, uncertainty, value_labels=value_labels, findings=found, title=title
        )
        return made, _matrix(made, self.steps, states)

    def _check_households(self, tabulated: Tabulation) -> None:
        if self.asked.households and not all(g.households for g in tabulated.groupings):
            found = "households cannot be counted where persons are followed or are in groups"
            remedy = "Count 'persons', or follow households by variables of the household."
            raise EstimationError("panel", [Problem("count", found, remedy=remedy)])

    def _waves(self, profiles: Distinct) -> tuple[list[Wave], list[str]]:
        """Scores and states of every wave, and the names of the states."""
        scores = [self._scores(profiles, wave) for wave in range(len(self.names))]
        if self.bands is None:
            states, names = self._profiles(scores)
        else:
            names = list(self.bands)
            ends = [end for end in self.bands.values() if end]
            states = [
                np.array(sum(poor(own, end).astype(np.int64) for end in ends))
                + np.zeros(own.kept.size, dtype=np.int64)
                for own in scores
            ]
        parts = zip(self.names, scores, states, strict=True)
        return [Wave(*part) for part in parts], names

    def _scores(self, profiles: Distinct, wave: int) -> Scores:
        own = scheme(self.spec)
        shifted = replace(own, bits=own.bits + wave * len(self.spec.indicators))
        try:
            return score(profiles.deprived, profiles.missing, shifted, self.asked.missing)
        except OverflowError as error:
            remedy = "Choose another policy, or simpler weights."
            problem = Problem("missing", str(error), remedy=remedy)
            raise EstimationError("panel", [problem]) from error

    def _profiles(self, scores: Sequence[Scores]) -> tuple[list[NDArray[np.int64]], list[str]]:
        """Combinations of deprivations as states, those of few first."""
        powers = np.int64(1) << np.arange(len(self.spec.indicators), dtype=np.int64)
        codes = [own.indicators @ powers for own in scores]
        kept = np.logical_and.reduce([own.kept for own in scores])
        seen = np.unique(np.concatenate([code[kept] for code in codes]))
        if seen.size > _MOST_STATES:
            found = f"there are {seen.size:,} profiles, which is too many for a matrix"
            expected = f"Up to {_MOST_STATES} are possible."
            remedy = "Give bands of the score."
            raise EstimationError("panel", [Problem("states", found, expected, remedy)])
        names = list(self.spec.indicators)
        order = sorted(seen.tolist(), key=lambda code: (int(code).bit_count(), code))
        place = {code: number for number, code in enumerate(order)}
        states = [np.array([place.get(c, -1) for c in own.tolist()]) for own in codes]
        texts = [
            " + ".join(name for bit, name in enumerate(names) if code >> bit & 1) or "none"
            for code in order
        ]
        return states, texts

    def _lost(self, part: Part, waves: Sequence[Wave]) -> list[Finding]:
        """Units that the policy leaves out in some wave."""
        kept = np.logical_and.reduce([wave.scores.kept for wave in waves])
        counted = part.counted
        gone = ~kept[counted.position]
        count, of = int(counted.n[gone].sum()), int(counted.n.sum())
        if count == of:
            text = f"no unit is left: every one of {of:,} misses an indicator in some wave"
            remedy = "Choose missing='reweight' or 'nondeprived'."
            raise EstimationError("panel", [Problem("missing", text, remedy=remedy)])
        found = []
        if count:
            share = float(counted.weight[gone].sum() / counted.weight.sum())
            detail = f"left out under {self.asked.missing!r}: an indicator of some wave is missing"
            found.append(Finding("MISSING_DROPPED", "national", detail, count, of, share))
        for k in self.cutoffs:
            for wave in waves:
                if not (counted.weight * poor(wave.scores, k)[counted.position]).any():
                    detail = f"nobody is poor in {wave.name!r}: A and what rests on it is missing"
                    found.append(Finding("NOBODY_POOR", f"k={k}", detail))
        return found

    def _shapley(
        self, plain: Part, waves: Sequence[Wave], national: Sequence[Part], *, direct: bool
    ) -> Part:
        """Effects of incidence and intensity of the groups of a table."""
        linear = plain.linear
        levels = {
            (s.measure, s.category, s.k): linear.estimates[:, q]
            for q, s in enumerate(linear.measured.statistics)
            if s.measure in ("H", "M0") and s.category is not None and s.k is not None
        }
        pairs = pairs_of(plain.counted, waves[0].scores.kept.size)
        measured: Measured = incidence_and_intensity(pairs, waves, self.steps, self.cutoffs, levels)
        whole = national[1] if len(national) > 1 else None
        return part_of(pairs.counted, measured, whole, direct=direct)


def _matrix(estimates: Estimates, steps: Sequence[Steps], states: Sequence[str]) -> Result:
    """The matrix of transitions, one row a pair of states."""
    table = estimates.to_arrow()
    share, rate = (
        table.filter(pc.equal(table["measure"], m)) for m in ("transition", "transition_rate")
    )
    pairs = [(step.name, a, b) for step in steps for a in states for b in states]
    waves, origins, targets = zip(*pairs * (share.num_rows // len(pairs)), strict=True)
    columns = {"by": share["by"], "group": share["group"], "waves": pa.array(waves)}
    columns |= {"from": pa.array(origins), "to": pa.array(targets)}
    columns |= {"share": share["estimate"], "share_se": share["se"]}
    columns |= {"rate": rate["estimate"], "rate_se": rate["se"], "n": share["n"]}
    return Result(pa.table(columns))
