"""Figures of units that were followed through waves, from their joint profiles."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import pairwise

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from mpi.choices import Choices
from mpi.core.counting import Policy, Scores, poor, score
from mpi.core.inequality import pairs_of
from mpi.core.measures import Measured
from mpi.core.panel import Steps, Wave, figures, incidence_and_intensity
from mpi.core.totals import Distinct, distinct
from mpi.engines.base import Tabulation
from mpi.errors import EstimationError, Problem
from mpi.estimates import Estimates
from mpi.findings import Finding
from mpi.results import Result
from mpi.schemes import labels, lowest_poor, scheme
from mpi.sources import Part
from mpi.spec.model import Specification
from mpi.tables import estimates_of, linear_parts, part_of
from mpi.uncertainty import uncertainty_of

_FEWEST = 2  # waves
_MOST_STATES = 64


@dataclass(frozen=True, slots=True)
class Following:
    """Figures of the joint profiles of waves.

    Attributes
    ----------
    missing : str
        Policy for missing answers of each wave.
    households : bool
        Whether households are counted instead of persons.
    base : int
        Position of the wave whose units, weights and design are taken.
    spec : Specification
    names : sequence of str
        Names of the waves in the order of time.
    cutoffs : sequence of Fraction
    durations : sequence of int
        Duration cutoffs, in waves.
    bands : mapping of name to Fraction, or None
        Lower ends of the states, ascending from 0; None where each profile is a state.
    """

    missing: Policy
    households: bool
    base: int
    spec: Specification
    names: Sequence[str]
    cutoffs: Sequence[Fraction]
    durations: Sequence[int]
    bands: Mapping[str, Fraction] | None

    @property
    def base_name(self) -> str:
        """Wave whose units, weights and design are taken."""
        return self.names[self.base]

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
            (name, k): lowest_poor(self.spec, k) if self.missing == "drop" else float(k)
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
            households=self.households,
            direct=direct,
        )
        lost = self._lost(parts[0][0], waves)
        for own in parts:
            own.append(self._shapley(own[0], waves, parts[0], direct=direct))
        unit = "households" if self.households else "persons"
        names = ", ".join(self.names)
        title = f"{self.spec.marked}, waves {names}, {unit}, missing answers: {self.missing}"
        found = [*findings, *tabulated.findings, *lost]
        made = estimates_of(
            groupings, parts, uncertainty, value_labels=value_labels, findings=found, title=title
        )
        return made, _matrix(made, self.steps, states)

    def _check_households(self, tabulated: Tabulation) -> None:
        if self.households and not all(g.households for g in tabulated.groupings):
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
            return score(profiles.deprived, profiles.missing, shifted, self.missing)
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
            detail = f"left out under {self.missing!r}: an indicator of some wave is missing"
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
