"""Curves of H and M0 over the cutoffs, with bands; tests that one lies below another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from scipy import special

from mpi import exact
from mpi.analysis.grids import comparable, grouping_of, pair_degrees, pair_errors, panel, texts_of
from mpi.analysis.order_tables import Headed, numbers
from mpi.analysis.scenarios import Scenario
from mpi.choices import Choices
from mpi.contrasts import adjusted_p
from mpi.core.ranking import DECIMALS, pairs
from mpi.core.weighting import Curve
from mpi.findings import Finding
from mpi.inference.interval import quantile
from mpi.inference.simultaneous import critical_values
from mpi.profiles import Profiles
from mpi.results import Result
from mpi.tables import by_of
from mpi.uncertainty import uncertainty_of

Floats = NDArray[np.float64]

_MEASURES: tuple[Curve, ...] = ("H", "M0")
_MOST_FIGURES = 4000  # whose covariance matrix is made, 128 MB
_DRAWS = 20_000  # the quantile of their maxima has an error of about one hundredth
_RELATIONS = ("first lower", "second lower")


@dataclass(frozen=True, slots=True)
class CurveTables:
    """Pairs, curves and differences as tables; see `Dominance`."""

    pairs: Result
    curves: Result
    differences: Result


@dataclass(frozen=True, slots=True)
class _Curve:
    """Figures of one measure.

    Attributes
    ----------
    measure : {"H", "M0"}
    estimates : NDArray[np.float64], shape (g, K)
    covariance : NDArray[np.float64] or None, shape (g, K, g, K)
    own_df : NDArray[np.float64], shape (g,)
    df : NDArray[np.float64], shape (pairs,)
    """

    measure: Curve
    estimates: Floats
    covariance: Floats | None
    own_df: Floats
    df: Floats

    @property
    def se(self) -> Floats:
        """Standard errors, shape (g, K)."""
        if self.covariance is None:
            return np.full(self.estimates.shape, np.nan)
        variance = np.einsum("gkgk->gk", self.covariance)
        found: Floats = np.sqrt(np.maximum(variance, 0.0))
        return found

    def bands(self, level: float, seed: int) -> Floats:
        """Critical value of the simultaneous band of each group, shape (g,)."""
        if self.covariance is None:
            return np.full(self.estimates.shape[0], np.nan)
        own = np.einsum("gkgl->gkl", self.covariance)
        return critical_values(own, self.own_df, level=level, seed=seed, draws=_DRAWS)

    def differences(self) -> tuple[Floats, Floats]:
        """First less second group of each pair, and standard errors, shape (pairs, K)."""
        first, second = pairs(self.estimates.shape[0])
        difference = np.round(self.estimates[first] - self.estimates[second], DECIMALS)
        if self.covariance is None:
            return difference, np.full(difference.shape, np.nan)
        se = [pair_errors(self.covariance[:, k, :, k]) for k in range(difference.shape[1])]
        return difference, np.column_stack(se)


class Curves:
    """Curves of the groups of one grouping."""

    def __init__(
        self,
        profiles: Profiles,
        by: tuple[str, ...],
        scenarios: Sequence[Scenario],
        choices: Choices | None,
        *,
        households: bool,
    ) -> None:
        self._profiles, self._by, self._scenarios = profiles, by, scenarios
        self._choices, self._households = choices, households
        self._findings = list(profiles.findings)
        self._texts: list[str] = []
        self._curves = [self._curve(measure) for measure in _MEASURES]

    def _curve(self, measure: Curve) -> _Curve:
        made = panel(
            self._profiles, self._by, self._scenarios, measure, households=self._households
        )
        size = len(self._scenarios)
        most = _MOST_FIGURES // size
        own, found = comparable(made, self._profiles, most, source="dominance")
        self._texts = [texts_of(self._profiles, own.groupings[1])[g] for g in own.order]
        estimates = own.figures.T
        groups = estimates.shape[0]
        unknown = np.full(groups, np.nan), np.full(groups * (groups - 1) // 2, np.nan)
        first_table = self._profiles.groupings[0].table
        uncertainty = uncertainty_of(self._choices, self._profiles.sampled, first_table, {})
        self._findings += found
        if uncertainty is None:
            return _Curve(measure, estimates, None, *unknown)
        self._findings += uncertainty.findings
        source = uncertainty.source(own.parts)
        of_scenario = np.array([own.rows(place) for place in range(size)])
        rows = of_scenario.T.reshape(-1).tolist()
        matrix = source.covariance(rows).reshape(groups, size, groups, size)
        own_df = np.array([float(source.degrees([row])) for row in own.rows(0)])
        return _Curve(measure, estimates, matrix, own_df, pair_degrees(source, own.rows(0)))

    def result(self, seed: int) -> CurveTables:
        """All tables."""
        level = 0.95 if self._choices is None else self._choices.level
        by = by_of(grouping_of(self._profiles, self._by))
        lines = [self._pairs(curve, level) for curve in self._curves]
        points = [self._points(curve, level, seed) for curve in self._curves]
        steps = [self._steps(curve) for curve in self._curves]
        spec = self._profiles.specification
        what = f"{len(self._texts)} groups by {by}, {len(self._scenarios)} cutoffs"
        detail = f"tests of curves are adjusted by 'holm' for {lines[0][1]:,} a measure"
        findings = list(self._findings)
        if self._choices is not None:
            findings.append(Finding("P_ADJUSTED", "pairs", detail))
        untested = sum(count for _, _, count in lines)
        if untested and self._choices is not None:
            detail = "two groups of which nobody, or everybody, is poor: no test at these cutoffs"
            of = sum(c.df.size * len(self._scenarios) for c in self._curves)
            findings.append(Finding("CUTOFFS_UNTESTED", "pairs", detail, untested, of))
        pairs_ = pa.concat_tables([table for table, _, _ in lines])
        return CurveTables(
            Headed(_with_by(pairs_, by), findings, f"Dominance under {spec.marked}: {what}"),
            Result(_with_by(pa.concat_tables(points), by)),
            Result(_with_by(pa.concat_tables(steps), by)),
        )

    def _pairs(self, curve: _Curve, level: float) -> tuple[pa.Table, int, int]:
        """Pairs of one measure, tests made, and cutoffs of pairs left out of them."""
        difference, se = curve.differences()
        first, second = pairs(len(self._texts))
        lower, higher = (difference < 0).any(axis=1), (difference > 0).any(axis=1)
        relation = np.select([lower & higher, lower, higher], ["cross", *_RELATIONS], "equal")
        unsure = (difference == 0) & ~(se > 0)
        p = [_largest(sign * difference, se, curve.df, unsure) for sign in (1, -1)]
        both = np.concatenate([value for value, _ in p])
        adjusted = adjusted_p(both, "holm").reshape(2, -1)
        shown = np.select([*(adjusted < 1 - level)], list(_RELATIONS), "neither")
        weakest = np.where(p[0][0] < p[1][0], p[0][1], p[1][1])
        known = ~np.isnan(both.reshape(2, -1)).all(axis=0)
        texts = [exact.text(s.k) for s in self._scenarios]
        tested = (~unsure).sum(axis=1)
        table = pa.table(
            {
                "first": _texts_at(self._texts, first),
                "second": _texts_at(self._texts, second),
                "measure": pa.array([curve.measure] * first.size, pa.string()),
                "relation": pa.array(relation.tolist(), pa.string()),
                "cutoffs": pa.array(tested.tolist(), pa.int64()),
                "p_first_lower": numbers(p[0][0]),
                "p_second_lower": numbers(p[1][0]),
                "p_adjusted": numbers(np.where(known, np.fmin(*adjusted), np.nan)),
                "shown": _where(shown.tolist(), known),
                "k_weakest": _where([texts[w] for w in weakest.tolist()], known),
            }
        )
        return table, int((~np.isnan(both)).sum()), int(unsure.sum())

    def _points(self, curve: _Curve, level: float, seed: int) -> pa.Table:
        """Points of the curves of one measure with intervals and bands."""
        estimates, se, size = curve.estimates, curve.se, len(self._scenarios)
        t = quantile(curve.own_df, level)
        critical = curve.bands(level, seed)
        limits = [_logit(estimates, se, width) for width in (t, critical)]
        groups = np.repeat(np.arange(len(self._texts)), size)
        return pa.table(
            {
                "group": _texts_at(self._texts, groups),
                "measure": pa.array([curve.measure] * groups.size, pa.string()),
                "k": self._k(len(self._texts)),
                "estimate": numbers(estimates.reshape(-1)),
                "se": numbers(se.reshape(-1)),
                "ci_low": numbers(limits[0][0].reshape(-1)),
                "ci_high": numbers(limits[0][1].reshape(-1)),
                "band_low": numbers(limits[1][0].reshape(-1)),
                "band_high": numbers(limits[1][1].reshape(-1)),
                "critical": numbers(np.repeat(critical, size)),
                "df": numbers(np.repeat(curve.own_df, size)),
            }
        )

    def _steps(self, curve: _Curve) -> pa.Table:
        """Differences of one measure."""
        difference, se = curve.differences()
        size = len(self._scenarios)
        first, second = (np.repeat(own, size) for own in pairs(len(self._texts)))
        t = np.divide(difference, se, out=np.full(se.shape, np.nan), where=se > 0)
        return pa.table(
            {
                "first": _texts_at(self._texts, first),
                "second": _texts_at(self._texts, second),
                "measure": pa.array([curve.measure] * first.size, pa.string()),
                "k": self._k(curve.df.size),
                "difference": numbers(difference.reshape(-1)),
                "se": numbers(se.reshape(-1)),
                "statistic": numbers(t.reshape(-1)),
                "df": numbers(np.repeat(curve.df, size)),
            }
        )

    def _k(self, times: int) -> pa.Array:
        return pa.array([exact.text(s.k) for s in self._scenarios] * times, pa.string())


def _largest(
    difference: Floats, se: Floats, df: Floats, unsure: NDArray[np.bool_]
) -> tuple[Floats, NDArray[np.int64]]:
    """Largest one-sided p-value that a difference is below 0, and at which cutoff, by pair."""
    with np.errstate(divide="ignore", invalid="ignore"):
        t = difference / se  # infinite where both groups are certain
    free = np.where(df > 0, df, np.nan)[:, np.newaxis]
    p = np.where(unsure, -1.0, special.stdtr(free, t))
    place = np.argmax(np.nan_to_num(p, nan=2.0), axis=1)
    largest = p[np.arange(p.shape[0]), place]
    return np.where(largest < 0, np.nan, largest), place.astype(np.int64)


def _logit(estimates: Floats, se: Floats, width: Floats) -> tuple[Floats, Floats]:
    """Limits that are symmetric on the scale of log odds; NaN at its ends and without an error."""
    inside = (estimates > 0) & (estimates < 1) & (se > 0)
    p = np.where(inside, estimates, np.nan)
    half = width[:, np.newaxis] * se / (p * (1 - p))
    middle = special.logit(p)
    return special.expit(middle - half), special.expit(middle + half)


def _where(texts: Sequence[str], known: NDArray[np.bool_]) -> pa.Array:
    return pa.array(texts, pa.string(), mask=~known)


def _texts_at(texts: Sequence[str], places: NDArray[np.int64] | NDArray[np.intp]) -> pa.Array:
    return pa.array([texts[place] for place in places.tolist()], pa.string())


def _with_by(table: pa.Table, by: str) -> pa.Table:
    """The table with the name of the grouping before it."""
    return table.add_column(0, "by", pa.array([by] * table.num_rows, pa.string()))
