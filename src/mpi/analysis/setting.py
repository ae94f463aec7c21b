"""What the analyses of one profile table share: scores under one request, findings, estimates."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from fractions import Fraction
from typing import get_args

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from mpi.choices import Choices
from mpi.core.counting import Policy, Scores, dimension_unions, score
from mpi.core.functions import Family
from mpi.core.measures import Labels, Measured
from mpi.core.totals import Distinct, distinct
from mpi.derived import derived_estimates
from mpi.errors import EstimationError, Problem, Problems
from mpi.estimates import Estimates
from mpi.estimation import check_counted
from mpi.estimator import Estimator
from mpi.findings import Finding
from mpi.lookup import check_variables
from mpi.options import DegreesOfFreedom, LonelyPSU
from mpi.profiles import Profiles
from mpi.request import make_request
from mpi.schemes import labels, lowest_poor, scheme
from mpi.sources import Part
from mpi.spec.model import MissingPolicy
from mpi.survey.design import Replicates
from mpi.tables import linear_parts
from mpi.uncertainty import Uncertainty, uncertainty_of


def check_profiles(given: object, source: str, *columns: str) -> None:
    """Refuse what is no profile table, and groupings named as columns of the result.

    Parameters
    ----------
    given : object
    source : str
        The function that is asked.
    *columns : str
        Names of the columns of its result.
    """
    problems = Problems(source, EstimationError)
    if isinstance(given, Profiles):
        check_variables([name for names in given.by for name in names], columns, problems)
    else:
        found = f"a value of type {type(given).__name__!r} is no profile table"
        remedy = "Give what mpi.tabulate(survey, specification) returns."
        problems.add("profiles", found, remedy=remedy)
    problems.raise_if_any()


def choices_of(
    profiles: Profiles,
    *,
    se: bool,
    lonely_psu: LonelyPSU | None,
    df: DegreesOfFreedom,
    level: float,
    replicates: Replicates | None,
) -> Choices | None:
    """How uncertainty is computed; what is left out is as the survey declares it."""
    choices = Choices.under(
        profiles.design, lonely_psu=lonely_psu, replicates=replicates, df=df, level=level
    )
    problems = choices.problems()
    if problems:
        raise EstimationError("estimate", problems)
    return choices if se else None


class Setting:
    """Profiles under one request.

    Parameters
    ----------
    profiles : Profiles
    k : number or sequence of numbers, optional
        Cutoffs; that of the specification if left out.
    missing : str, optional
        Policy for missing answers, which gives every profile a single score.
    count : {"persons", "households"}
    choices : Choices or None
        None for point estimates only.

    Raises
    ------
    EstimationError
        If something that is asked is not possible.
    """

    def __init__(
        self,
        profiles: Profiles,
        k: object,
        *,
        missing: MissingPolicy | None,
        count: str,
        choices: Choices | None,
    ) -> None:
        self.profiles, self.spec = profiles, profiles.specification
        self.request = make_request(self.spec, k, missing=missing, count=count, choices=choices)
        if self.request.missing == "bounds":
            found = "under 'bounds' a unit has two scores"
            remedy = "Choose another policy."
            raise EstimationError("missing", [Problem("", found, remedy=remedy)])
        check_counted(self.request, profiles.groupings)
        self.distinct: Distinct = distinct([g.table for g in profiles.groupings])
        self._estimator = Estimator(self.spec, self.request, self.distinct)

    @property
    def cutoffs(self) -> tuple[Fraction, ...]:
        """Cutoffs that were asked for."""
        return self.request.cutoffs

    @property
    def scores(self) -> Scores:
        """Scores of the distinct profiles, u of them."""
        return self._estimator.scores[0]

    @property
    def names(self) -> Labels:
        """Names of indicators and dimensions."""
        return labels(self.spec)

    def units(self, of: str) -> tuple[list[tuple[str, str | None]], NDArray[np.bool_]]:
        """What overlaps: names as (dimension, indicator), and deprivations, shape (u, d)."""
        if of == "dimensions":
            named: list[tuple[str, str | None]] = [(name, None) for name in self.names.dimensions]
            return named, dimension_unions(self.scores, self.names.members())
        return [(d, i) for d, i in self.names.indicators], self.scores.indicators

    def parts(self, measured: Measured) -> list[list[Part]]:
        """Figures of every grouping, in a single part each."""
        sampled = self.profiles.sampled
        return linear_parts(
            self.profiles.groupings,
            self.distinct,
            [measured],
            cardinal=np.full(1, -1),
            households=self.request.households,
            direct=sampled is not None and sampled.drawn is not None,
        )

    def uncertainty(self) -> Uncertainty | None:
        """How standard errors are computed; None where there are none."""
        table = self.profiles.groupings[0].table
        return uncertainty_of(self.request.choices, self.profiles.sampled, table, self._lowest())

    def _lowest(self) -> dict[tuple[str | None, Fraction], float]:
        """Where the range of an intensity begins; policies that share weights have other scores."""
        policies: tuple[str | None, ...] = (None, *get_args(Policy))
        return {
            (name, k): lowest_poor(self.spec, k) if name == "drop" else float(k)
            for name in policies
            for k in self.cutoffs
        }

    def scored(self, policy: Policy) -> Scores:
        """Scores of the distinct profiles under another policy."""
        try:
            return score(self.distinct.deprived, self.distinct.missing, scheme(self.spec), policy)
        except OverflowError as error:
            remedy = "Write the weights as simpler fractions."
            problem = Problem(f"missing, {policy!r}", str(error), remedy=remedy)
            raise EstimationError(self.spec.id, [problem]) from error

    def findings(self, parts: Sequence[Sequence[Part]]) -> list[Finding]:
        """What to know about missing answers, ties and empty groups."""
        found = list(self.profiles.findings)
        labelled = self.profiles.value_labels or {}
        pairs = zip(self.profiles.groupings, self.distinct.position, parts, strict=True)
        for grouping, position, own in pairs:
            found += self._estimator.findings(grouping, position, own, labelled)
        return [finding for finding in found if finding.code != "TIE_AT_CUTOFF"]

    def title(self, subject: str, *, policy: bool) -> str:
        """One line on what was computed."""
        unit = "households" if self.request.households else "persons"
        answers = f", missing answers: {self.request.missing}" if policy else ""
        return f"{subject}, {self.spec.marked}, {unit}{answers}"

    def estimates(
        self,
        measured: Measured,
        families: Sequence[Family] = (),
        *,
        subject: str,
        findings: Sequence[Finding] = (),
        hidden: Collection[str] = (),
        own: bool = True,
    ) -> tuple[Estimates, list[list[Part]]]:
        """Figures and functions of them for every group, and the parts that they are made of.

        With `own` the policy and its findings on missing answers are those of the request.
        """
        parts = self.parts(measured)
        found = self.findings(parts) if own else []
        made = derived_estimates(
            self.profiles.groupings,
            parts,
            families,
            self.uncertainty(),
            value_labels=self.profiles.value_labels or {},
            findings=[*found, *findings],
            title=self.title(subject, policy=own),
            hidden=hidden,
        )
        return made, parts

    def rows(self, parts: Sequence[Sequence[Part]]) -> pa.Table:
        """Tidy rows of figures, with their standard errors, without findings."""
        made = derived_estimates(
            self.profiles.groupings,
            parts,
            (),
            self.uncertainty(),
            value_labels=self.profiles.value_labels or {},
            findings=(),
            title="",
        )
        return made.to_arrow()
