"""Standard errors and intervals of the figures of profile tables, under the sampling design."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import get_args

import numpy as np
from numpy.typing import NDArray

from mpi.contrasts import Part, Source
from mpi.core.measures import Measured, Statistic
from mpi.core.totals import Totals
from mpi.engines.base import Label
from mpi.errors import EstimationError, Problem
from mpi.findings import Finding
from mpi.inference.errors import Errors
from mpi.inference.interval import Method, interval
from mpi.inference.linearize import blocks
from mpi.inference.sample import collapsed, sample_of
from mpi.inference.variance import (
    DegreesOfFreedom,
    Lonely,
    Sample,
    degrees_of_freedom,
    variances,
)
from mpi.survey.design import LonelyPSU

# figures in [0, 1] whose interval should stay there; the others get a symmetric one
PROPORTIONS = (
    *("H", "M0", "M1", "M2", "hd", "hd_available", "hdk", "mean_score", "popsh", "category"),
    *("dimension_count", "intensity"),
    *("H_destitute", "M0_destitute", "hd_destitute", "hdk_destitute"),
)
INTENSITIES = ("A", "A_destitute")
_MOST_NAMED = 10


@dataclass(frozen=True, slots=True)
class Choices:
    """How uncertainty is computed.

    Attributes
    ----------
    lonely_psu : str
        What a stratum with a single PSU adds to the variance.
    domain_lonely : bool
        Whether a stratum in which a single PSU has units of the group is treated so too, as with
        R's ``survey.adjust.domain.lonely``.
    df : {"stata", "design", "domain"}
        Rule for degrees of freedom.
    interval : {"logit", "wald", "asin", "wilson", "beta"}
        Interval of proportions.
    level : float
        Coverage of intervals.
    """

    lonely_psu: LonelyPSU = "fail"
    domain_lonely: bool = False
    df: DegreesOfFreedom = "stata"
    interval: Method = "logit"
    level: float = 0.95

    def problems(self) -> list[Problem]:
        """What is wrong with the choices."""
        options: list[tuple[str, object, tuple[str, ...]]] = [
            ("lonely_psu", self.lonely_psu, get_args(LonelyPSU)),
            ("df", self.df, get_args(DegreesOfFreedom)),
            ("interval", self.interval, get_args(Method)),
        ]
        found = [
            Problem(name, f"there is no option {value!r}", f"Choose one of {', '.join(known)}.")
            for name, value, known in options
            if value not in known
        ]
        if not (isinstance(self.level, float) and 0 < self.level < 1):
            expected = "The coverage of an interval lies between 0 and 1, such as 0.95."
            found.append(Problem("level", f"is {self.level!r}", expected))
        return found


class Uncertainty:
    """Standard errors under one sample and one set of choices.

    Parameters
    ----------
    psus : sequence of (stratum, PSU)
        Every sampled PSU.
    choices : Choices
    lowest : mapping of cutoff to float
        Smallest score that a poor unit can have, at which the intensity's range begins.

    Raises
    ------
    EstimationError
        If a stratum has a single PSU and the choice is to fail.
    """

    def __init__(
        self, psus: Sequence[Label], choices: Choices, lowest: Mapping[Fraction, float]
    ) -> None:
        sample, strata = sample_of([(label[0], label[1]) for label in psus])
        self.findings: list[Finding] = []
        self._choices = choices
        self._lowest = lowest
        self._sample = self._settled(sample, strata)

    def _settled(self, sample: Sample, strata: Sequence[object]) -> Sample:
        """Sample after the choice for strata with a single PSU."""
        lonely = [strata[h] for h in np.flatnonzero(sample.lonely).tolist()]
        if not lonely:
            return sample
        option = self._choices.lonely_psu
        if option == "fail":
            named = ", ".join(map(str, lonely[:_MOST_NAMED]))
            more = ", ..." if len(lonely) > _MOST_NAMED else ""
            raise EstimationError(
                "standard errors",
                [
                    Problem(
                        "lonely_psu",
                        f"{len(lonely)} of {len(strata)} strata have a single PSU: {named}{more}",
                        "Their variance cannot be estimated.",
                        "Choose lonely_psu='certainty', 'adjust', 'average' or 'collapse', or ask "
                        "for point estimates with se=False (--lonely-psu, --no-se).",
                    )
                ],
            )
        where = ", ".join(map(str, lonely[:_MOST_NAMED]))
        detail = f"strata with a single PSU, treated by lonely_psu={option!r}"
        finding = Finding("LONELY_PSU", f"strata {where}", detail, len(lonely), len(strata))
        self.findings.append(finding)
        if option != "collapse":
            return sample
        merged, joined = collapsed(sample)
        for lone, target in joined:
            detail = "joined a neighbouring stratum, since it has a single PSU"
            where = f"stratum {strata[lone]} with {strata[target]}"
            self.findings.append(Finding("STRATUM_COLLAPSED", where, detail))
        return merged

    def source(self, groupings: Sequence[Sequence[Part]]) -> Source:
        """Where the figures come from, for their covariance."""
        parts = tuple(map(tuple, groupings))
        return Source(parts, self._sample, self._lonely, self._choices.level)

    @property
    def _lonely(self) -> Lonely:
        option = self._choices.lonely_psu
        return "fail" if option == "collapse" else option  # what found no neighbour has none

    def errors(
        self, own: Totals, population: Totals, measured: Measured, estimates: NDArray[np.float64]
    ) -> Errors:
        """Standard errors, degrees of freedom and intervals of a grouping's figures."""
        se = np.full(estimates.shape, np.nan)
        df = np.zeros(estimates.shape, dtype=np.int64)
        n_psu = np.zeros(estimates.shape, dtype=np.int64)
        for block in blocks(own, population, measured, estimates):
            found = variances(
                block.values,
                block.cells,
                self._sample,
                lonely=self._lonely,
                domain_lonely=self._choices.domain_lonely,
            )
            at = np.ix_(block.groups, block.columns)
            se[at] = np.sqrt(found)
            free = degrees_of_freedom(block.cells, self._sample, self._choices.df)
            df[at] = free[:, np.newaxis]
            psus = np.bincount(block.cells.domain, minlength=block.cells.domains)
            n_psu[at] = psus[:, np.newaxis]
        se = np.where(np.isnan(estimates), np.nan, se)
        n = own.n[:, [statistic.base for statistic in measured.statistics]]
        low, high = self._limits(measured.statistics, estimates, se, df, n)
        return Errors(se, low, high, df, n_psu)

    def _limits(
        self,
        statistics: Sequence[Statistic],
        estimates: NDArray[np.float64],
        se: NDArray[np.float64],
        df: NDArray[np.int64],
        n: NDArray[np.int64],
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        low, high = np.empty(estimates.shape), np.empty(estimates.shape)
        for q, statistic in enumerate(statistics):
            start = self._start(statistic)
            method: Method = "wald" if start is None else self._choices.interval
            floor, width = (0.0, 1.0) if start is None else (start, 1.0 - start)
            if width <= 0:
                low[:, q] = high[:, q] = np.nan
                continue
            limits = interval(
                method,
                (estimates[:, q] - floor) / width,
                se[:, q] / width,
                df[:, q].astype(np.float64),
                level=self._choices.level,
                n=n[:, q].astype(np.float64),
            )
            low[:, q], high[:, q] = (floor + width * limit for limit in limits)
        return low, high

    def _start(self, statistic: Statistic) -> float | None:
        """Lower end of a figure's range; None for figures without a range of their own."""
        if statistic.measure in PROPORTIONS:
            return 0.0
        if statistic.measure in INTENSITIES and statistic.k is not None:
            return self._lowest[statistic.k]
        return None
