"""One figure with its error, and what figures were made from."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from mpi.contrasts import Covariances, Figure, Form
from mpi.display import visible
from mpi.spec.model import Specification


@dataclass(frozen=True, slots=True)
class Estimate(Figure):
    """One figure.

    Attributes
    ----------
    about : dict
        Columns of its row that say what it is, such as ``measure``, ``k`` and the group.
    estimate : float
        The figure; shares are in [0, 1]. NaN where it is undefined.
    n : int
        Persons (or households) in the sample on which it rests.
    se, ci_low, ci_high, deff : float
        Standard error, limits of the confidence interval and design effect; NaN where there is
        none.
    df : int or None
        Degrees of freedom.

    Notes
    -----
    ``a - b``, ``a / b`` and other arithmetic of figures of the same sample is a `Contrast`: its
    standard error rests on their covariance, never on the two standard errors.
    """

    about: Mapping[str, object]
    estimate: float
    n: int
    se: float = float("nan")
    ci_low: float = float("nan")
    ci_high: float = float("nan")
    deff: float = float("nan")
    df: int | None = None
    row: int = field(default=-1, repr=False, compare=False)
    source: Covariances | None = field(default=None, repr=False, compare=False)

    @property
    def cv(self) -> float:
        """Coefficient of variation, as a share; NaN where the estimate is not positive."""
        return self.se / self.estimate if self.estimate > 0 else math.nan

    @property
    def form(self) -> Form:
        """The figure with its derivative by itself, 1."""
        return Form(self.estimate, {self.row: 1.0}, self.source)

    def __float__(self) -> float:
        return self.estimate

    def __repr__(self) -> str:
        words = ", ".join(f"{k}={v}" for k, v in self.about.items() if v is not None)
        error = "" if math.isnan(self.se) else f", se {self.se:.6f}"
        return f"{self.estimate:.6f}{error} ({visible(words)}; n={self.n:,})"


@dataclass(frozen=True, slots=True)
class Origin:
    """What estimates were made from and by.

    Attributes
    ----------
    specification, fingerprint : str
        Id of the specification, marked where it is not official, and what identifies its content.
    date : str or None
        Reference date of the survey.
    missing, unit : str
        Policy for missing answers, and what was counted.
    level : float or None
        Coverage of the intervals; None without standard errors.
    definition : Specification or None
        The specification as it was computed, for titles and legal bases.
    """

    specification: str
    fingerprint: str
    date: str | None
    missing: str
    unit: str
    level: float | None = None
    definition: Specification | None = field(default=None, repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class Row(Figure):
    """A row of the table, for its covariance."""

    own: Form

    @property
    def form(self) -> Form:
        """The number with its derivatives."""
        return self.own
