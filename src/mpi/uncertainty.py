"""Standard errors and intervals of the figures of profile tables, under the sampling design."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from mpi.choices import Choices
from mpi.core.measures import SHARES, Statistic
from mpi.core.table import ProfileTable
from mpi.engines.base import Sampled
from mpi.findings import Finding
from mpi.inference.errors import Errors, simple_variances
from mpi.inference.interval import endpoint, interval
from mpi.inference.linearize import blocks
from mpi.inference.replicate import Deviations, Replication
from mpi.inference.sample import Sample
from mpi.inference.variance import (
    degrees_of_freedom,
    lonely_in_domains,
    psus_of,
    variances,
)
from mpi.options import (
    Interval,
)
from mpi.progress import steps
from mpi.settling import settle_replicates, settle_sample
from mpi.sources import Part, Source

Floats: TypeAlias = NDArray[np.float64]
Lowest: TypeAlias = Mapping[tuple[str | None, Fraction], float]

# other figures in [0, 1] whose interval should stay there; the rest get a symmetric one
PROPORTIONS = (
    *SHARES,
    "M0",
    "M1",
    "M2",
    "mean_score",
    "popsh",
    "intensity",
    "M0_destitute",
    *("entry_rate", "exit_rate", "transition_rate", "D_chronic", "A_chronic", "M0_chronic"),
    *("M0_gamma", "chakravarty_dambrosio", "datt", "rippin", "bourguignon_chakravarty"),
)
INTENSITIES = ("A", "A_destitute")
# a standard error below this share of its estimate is the rounding of 0
_ROUNDING = 1e-12


class Uncertainty:
    """Standard errors under one sample and one set of choices.

    Parameters
    ----------
    sampled : Sampled or None
        What was drawn; None where only replicate weights are known.
    supplied : int
        Number of supplied replicate weights in the tables.
    choices : Choices
    lowest : mapping of (category, cutoff) to float
        Smallest score that a poor unit can have, at which the range of the intensity with this
        category and cutoff begins.

    Raises
    ------
    EstimationError
        If a stratum has a single PSU and the choice is to fail, or replicates cannot be made.
    """

    def __init__(
        self,
        sampled: Sampled | None,
        supplied: int,
        choices: Choices,
        lowest: Lowest,
    ) -> None:
        self.findings: list[Finding] = []
        self._choices, self._lowest, self._sampled = choices, lowest, sampled
        self._sample: Sample | None = None
        self._replication: Replication | None = None
        self._alone = False
        if sampled is not None:
            settled = settle_sample(sampled, choices)
            self._sample, self._alone = settled.sample, settled.alone
            self.findings += settled.findings
        if choices.replicates is not None:
            declared = choices.replicates
            self._replication, found = settle_replicates(
                declared, self._sample, supplied, choices.lonely
            )
            self.findings += found

    def source(self, groupings: Sequence[Sequence[Part]]) -> Source:
        """Where the figures come from, for their covariance."""
        return Source(
            groupings=tuple(map(tuple, groupings)),
            sampled=self._sampled,
            sample=self._sample,
            choices=self._choices,
            lonely=self._choices.lonely,
            level=self._choices.level,
            rule="design" if self._has_own_degrees else self._choices.df,
            df=self._degrees,
            replication=self._replication,
        )

    @property
    def _has_own_degrees(self) -> bool:
        """Whether degrees of freedom were declared with the replicates."""
        declared = self._choices.replicates
        return declared is not None and declared.df is not None

    @property
    def _degrees(self) -> int:
        """Degrees of freedom of the whole sample."""
        declared = self._choices.replicates
        if declared is not None and declared.df is not None:
            return declared.df
        if self._sample is not None:
            return self._sample.degrees
        return 0 if self._replication is None else self._replication.number - 1

    def errors(self, groupings: Sequence[Sequence[Part]]) -> list[Errors]:
        """Standard errors, degrees of freedom and intervals of the figures of each grouping."""
        replicated = None
        if self._replication is not None:
            replicated = self._deviations(groupings, self._replication)
        elif self._choices.domain_lonely and self._choices.lonely in ("adjust", "average"):
            self._report_domains(groupings)
        parts = [
            [
                self._errors(part, None if replicated is None else replicated[g][p])
                for p, part in enumerate(parts)
            ]
            for g, parts in enumerate(groupings)
        ]
        national = parts[0]
        return [
            Errors.joined(
                [
                    self._with_limits(part, own, national[p])
                    for p, (part, own) in enumerate(zip(groupings[g], of_grouping, strict=True))
                ]
            )
            for g, of_grouping in enumerate(parts)
        ]

    def _report_domains(self, groupings: Sequence[Sequence[Part]]) -> None:
        """Say in how many strata a group has units in a single sampled unit of several."""
        assert self._sample is not None  # noqa: S101 -- there are no replicates
        blocks_of = [next(blocks(parts[0].linear)) for parts in groupings]
        alone = np.concatenate([lonely_in_domains(b.cells, self._sample) for b in blocks_of])
        if alone.any():
            text = "strata of groups with units in a single one of several PSUs, treated by "
            detail = f"{text}lonely_psu={self._choices.lonely_psu!r} because of domain_lonely"
            count, of = int(alone.sum()), int(alone.size)
            self.findings.append(Finding("LONELY_PSU", "groups", detail, count, of))

    def _deviations(
        self, groupings: Sequence[Sequence[Part]], replication: Replication
    ) -> list[list[Floats]]:
        """Variances from replicates, by grouping and part."""
        sums = [
            [Deviations(part.linear.estimates, replication) for part in parts]
            for parts in groupings
        ]
        for r in steps(range(replication.number), "replicates"):
            for parts, own in zip(groupings, sums, strict=True):
                for part, deviations in zip(parts, own, strict=True):
                    measured = part.linear.measured
                    found = replication.estimates(part.counted, part.whole, measured, r)
                    deviations.add(r, found)
        undefined = sum(int((d.undefined > 0).sum()) for own in sums for d in own)
        if undefined:
            detail = "not defined under some replicates, such as A where nobody is poor; left out"
            self.findings.append(Finding("REPLICATES_UNDEFINED", "figures", detail, undefined))
        return [[deviations.variances() for deviations in own] for own in sums]

    def _errors(self, part: Part, replicated: Floats | None) -> Errors:
        """Errors of a part, as yet without limits of intervals."""
        estimates = part.linear.estimates
        variance = np.full(estimates.shape, np.nan) if replicated is None else replicated
        df = np.full(estimates.shape, self._degrees, dtype=np.int64)
        unknown = -1 if self._sample is None else 0
        n_psu = np.full(estimates.shape, unknown, dtype=np.int64)
        if self._sample is not None:
            for block in blocks(part.linear):
                at = np.ix_(block.groups, block.columns)
                n_psu[at] = psus_of(block.cells, self._sample)[:, np.newaxis]
                if not self._has_own_degrees:
                    free = degrees_of_freedom(block.cells, self._sample, self._choices.df)
                    df[at] = free[:, np.newaxis]
                if replicated is None:
                    variance[at] = variances(
                        block.values,
                        block.cells,
                        self._sample,
                        squares=block.squares,
                        lonely=self._choices.lonely,
                        domain_lonely=self._choices.domain_lonely,
                    )
        variance = np.where(np.isnan(estimates), np.nan, np.maximum(variance, 0.0))
        nothing = np.full(estimates.shape, np.nan)
        simple = simple_variances(part.counted, part.whole, part.linear, self._choices.deff)
        return Errors(np.sqrt(variance), nothing, nothing, variance / simple, df, n_psu)

    def _with_limits(self, part: Part, own: Errors, national: Errors) -> Errors:
        """Errors of a part with limits of intervals."""
        statistics, estimates = part.linear.measured.statistics, part.linear.estimates
        n = part.linear.own.n_of([s.base for s in statistics]).astype(np.float64)
        assumed = np.maximum(np.nan_to_num(national.deff[0], nan=1.0), 1.0)
        kinds: dict[tuple[float | None, bool], list[int]] = {}
        for q, statistic in enumerate(statistics):
            kind = (self._start(statistic), statistic.measure in SHARES)
            kinds.setdefault(kind, []).append(q)
        low, high = np.empty(estimates.shape), np.empty(estimates.shape)
        for (start, is_share), columns in kinds.items():
            df = own.df[:, columns].astype(np.float64)
            numbers = (estimates[:, columns], own.se[:, columns], df, n[:, columns])
            deff = np.broadcast_to(assumed[columns], df.shape) if is_share else None
            low[:, columns], high[:, columns] = self._limits(start, numbers, deff)
        return Errors(own.se, low, high, own.deff, own.df, own.n_psu)

    def _limits(
        self,
        start: float | None,
        numbers: tuple[Floats, Floats, Floats, Floats],
        deff: Floats | None,
    ) -> tuple[Floats, Floats]:
        """Limits of the intervals of figures with the same range, and of shares at its ends."""
        estimate, se, df, n = numbers
        level = self._choices.level
        method: Interval = "wald" if start is None else self._choices.interval
        floor, width = (0.0, 1.0) if start is None else (start, 1.0 - start)
        if width <= 0:
            return np.full(estimate.shape, np.nan), np.full(estimate.shape, np.nan)
        if self._sample is not None and self._sample.complete:
            known = np.where(np.isnan(se), np.nan, estimate)
            return known, known
        # an error of 0 says that nobody in the sample differs, and nothing of the population
        varies = np.where(se > _ROUNDING * np.abs(estimate), se, np.nan)
        limits = interval(method, (estimate - floor) / width, varies / width, df, level=level, n=n)
        low, high = (floor + width * limit for limit in limits)
        if deff is not None and method != "wald":
            ends = endpoint(estimate, df, level=level, n=n, deff=deff)
            low = np.where(np.isnan(low), ends[0], low)
            high = np.where(np.isnan(high), ends[1], high)
        return low, high

    def _start(self, statistic: Statistic) -> float | None:
        """Lower end of a figure's range; None for figures without a range of their own."""
        if statistic.measure in PROPORTIONS:
            return 0.0
        if statistic.measure in INTENSITIES and statistic.k is not None:
            return (
                self._lowest[statistic.category, statistic.k]
                if self._choices.intensity == "attainable"
                else 0.0
            )
        return None


def uncertainty_of(
    choices: Choices | None,
    sampled: Sampled | None,
    table: ProfileTable,
    lowest: Lowest,
) -> Uncertainty | None:
    """How standard errors are computed; None where there are none.

    Parameters
    ----------
    choices : Choices or None
        None for point estimates only.
    sampled : Sampled or None
    table : ProfileTable
        Of the whole population.
    lowest : mapping of (category, cutoff) to float
    """
    if choices is None or (sampled is None and choices.replicates is None):
        return None
    return Uncertainty(sampled, table.replicates.shape[1], choices, lowest)
