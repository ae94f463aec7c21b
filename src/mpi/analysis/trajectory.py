"""Arithmetic of a path from a baseline to a goal, with its errors; numbers only.

On the scale f of the path, the identity for linear and the logarithm for compound ones, both the
path and the trend from the baseline through the estimate are straight lines.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import special

from mpi.inference.interval import quantile

_LARGEST = 700.0  # exp of it is a double


@dataclass(frozen=True, slots=True)
class Known:
    """A value of a year with its error.

    Attributes
    ----------
    year, value : float
    se : float
        0 where the value is taken as known, NaN where its error is not known.
    df : float
        Degrees of freedom; infinite where they are not known.
    """

    year: float
    value: float
    se: float = 0.0
    df: float = math.inf


@dataclass(frozen=True, slots=True)
class Number:
    """A figure with standard error and limits; NaN where there are none."""

    value: float = math.nan
    se: float = math.nan
    low: float = math.nan
    high: float = math.nan


@dataclass(frozen=True, slots=True)
class Course:
    """A baseline, an estimate and the goals between which it moves.

    Attributes
    ----------
    baseline, estimate : Known
        Of independent samples.
    goals : sequence of (year, value)
        In order of years.
    compound : bool
        Whether the path is straight on the scale of logarithms.
    level : float
        Coverage of intervals.
    """

    baseline: Known
    estimate: Known
    goals: Sequence[tuple[float, float]]
    compound: bool
    level: float

    @property
    def next_goal(self) -> tuple[float, float]:
        """The first goal whose year is not before that of the estimate, else the last."""
        ahead = [goal for goal in self.goals if goal[0] >= self.estimate.year]
        return ahead[0] if ahead else self.goals[-1]

    def due(self) -> tuple[float, float]:
        """What is due by the path in the year of the estimate, and its derivative by the baseline.

        After the last goal that goal is due.
        """
        year, start = self.estimate.year, self.baseline
        before = (start.year, start.value)
        for goal in self.goals:
            if year < goal[0]:
                w = (year - before[0]) / (goal[0] - before[0])
                # in these forms exactly the baseline where the goal is the same
                if self.compound:
                    value = before[1] * (goal[1] / before[1]) ** w
                    slope = (1 - w) * value / before[1]
                else:
                    value, slope = before[1] + w * (goal[1] - before[1]), 1 - w
                return value, slope if before[0] == start.year else 0.0
            before = goal
        return before[1], 0.0

    def distance(self) -> Number:
        """Estimate less what is due."""
        due, slope = self.due()
        away = self.estimate.value - due
        se = math.hypot(self.estimate.se, slope * self.baseline.se)
        half = self.t * se
        return Number(away, se, away - half, away + half)

    def p_value(self) -> float:
        """Two-sided p-value of the distance; NaN without an error."""
        distance = self.distance()
        if not distance.se > 0 or not self.df > 0:
            return math.nan
        away = -abs(distance.value) / distance.se
        below = special.ndtr(away) if math.isinf(self.df) else special.stdtr(self.df, away)
        return float(2 * below)

    def progress(self) -> Number:
        """Share of the way due by now that is covered; NaN where there is no way to go."""
        due, slope = self.due()
        way = self.baseline.value - due
        if way == 0:
            return Number()
        share = (self.baseline.value - self.estimate.value) / way
        by_baseline = (1 - share * (1 - slope)) / way
        return Number(share, math.hypot(self.estimate.se / way, by_baseline * self.baseline.se))

    def projected(self) -> Number:
        """The trend from the baseline through the estimate, at the year of the next goal.

        Without a value where that year is over, or a compound trend has an estimate of 0.
        """
        year = self.next_goal[0]
        if year < self.estimate.year or (self.compound and self.estimate.value <= 0):
            return Number()
        s = (year - self.baseline.year) / self._elapsed
        a, b = self._on_scale(self.baseline), self._on_scale(self.estimate)
        straight = s * b.value + (1 - s) * a.value
        se = math.hypot(s * b.se, (1 - s) * a.se)
        low, high = straight - self.t * se, straight + self.t * se
        if not self.compound:
            return Number(straight, se, low, high)
        value = _exp(straight)
        return Number(value, value * se, _exp(low), _exp(high))

    def date(self) -> Number:
        """When the trend reaches the next goal, with Fieller's limits.

        The limits are the dates at which the trend does not differ significantly from the goal. The
        upper one is infinite where a trend that never gets there is not excluded; the date is NaN
        where the trend does not get there.
        """
        if self.compound and self.estimate.value <= 0:
            return Number()
        a, b = self._on_scale(self.baseline), self._on_scale(self.estimate)
        goal = self.next_goal[1]
        way = (math.log(goal) if self.compound else goal) - a.value
        if way == 0:
            return Number()
        change = b.value - a.value
        s = way / change if change * way > 0 else math.nan
        low, high = _fieller(change, way, (b.se**2, a.se**2), self.t)
        start, elapsed = self.baseline.year, self._elapsed
        return Number(start + s * elapsed, math.nan, start + low * elapsed, start + high * elapsed)

    @property
    def df(self) -> float:
        """Degrees of freedom: of both samples, or of the estimate's where the other's are unknown.

        As of independent samples, whose degrees of freedom add up.
        """
        base = self.baseline
        known = base.se > 0 and not math.isinf(base.df)
        return self.estimate.df + base.df if known else self.estimate.df

    @property
    def t(self) -> float:
        """Two-sided quantile for intervals; NaN without degrees of freedom."""
        if math.isinf(self.df):
            return float(special.ndtri(0.5 + self.level / 2))
        return float(quantile(np.array([float(self.df)]), self.level)[0])

    @property
    def _elapsed(self) -> float:
        return self.estimate.year - self.baseline.year

    def _on_scale(self, known: Known) -> Known:
        if not self.compound:
            return known
        return Known(known.year, math.log(known.value), known.se / known.value, known.df)


def _exp(logarithm: float) -> float:
    """Exponential, infinite beyond the range of doubles: a short trend over a long time."""
    return math.inf if logarithm > _LARGEST else math.exp(logarithm)


def _fieller(
    change: float, way: float, variances: tuple[float, float], t: float
) -> tuple[float, float]:
    """Multiples s >= 0 of the time elapsed at which s * change does not differ from the way.

    They solve (s change - way)^2 <= t^2 (s^2 V + (1 - s)^2 V0), V of the estimate and V0 of the
    baseline; NaN where errors are not known or there are none such.
    """
    of_estimate, of_baseline = (t * t * v for v in variances)
    a = change**2 - of_estimate - of_baseline
    b = -2 * (change * way - of_baseline)
    c = way**2 - of_baseline
    inside = b * b - 4 * a * c
    if math.isnan(inside) or (of_estimate == 0 and of_baseline == 0):
        return math.nan, math.nan
    if a == 0:
        return (max(-c / b, 0.0) if b < 0 else 0.0), math.inf
    if a < 0 and inside < 0:  # no date is excluded
        return 0.0, math.inf
    root = math.sqrt(max(inside, 0.0))
    first, last = sorted(((-b - root) / (2 * a), (-b + root) / (2 * a)))
    if a > 0:  # between the roots
        return (max(first, 0.0), last) if last >= 0 else (math.nan, math.nan)
    # before the first root and after the last
    return (0.0 if first >= 0 else max(last, 0.0)), math.inf
