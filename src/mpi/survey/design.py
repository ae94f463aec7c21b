"""The sampling design of a survey: weight, strata, sampling units, fractions, replicates."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import get_args

from mpi.errors import Problem
from mpi.options import LonelyPSU, ReplicateMethod, unknown_options

_MOST_REPLICATES = 100_000


@dataclass(frozen=True, slots=True)
class Stage:
    """A later stage of sampling, by the names of its columns.

    Attributes
    ----------
    unit : str
        Units drawn within those of the stage before; ids may repeat between them.
    strata : str or None
        Strata within the units of the stage before.
    fpc : str or None
        Number of units in the population of the stratum, or the fraction drawn where it is at
        most 1. Without it the units of this stage count as drawn with replacement, and the stages
        after it add nothing to the variance. All stages after the first add nothing where the first
        has none.
    """

    unit: str
    strata: str | None = None
    fpc: str | None = None


@dataclass(frozen=True, slots=True)
class Replicates:
    """Replicate weights: supplied as columns of the microdata, or made from the sampled PSUs.

    Attributes
    ----------
    method : str
        ``jk1``, ``jkn`` (jackknife without and with strata), ``brr``, ``fay`` (balanced half
        samples), ``rao-wu``, ``canty-davison``, ``preston`` (bootstraps), or ``other`` for supplied
        columns whose `scale` is given.
    columns : tuple of str
        Supplied columns; without any the replicates are made.
    factors : bool
        Whether supplied columns multiply the weight, instead of being weights themselves.
    number : int
        Replicates of a bootstrap that is made.
    seed : int
        Seed of a bootstrap that is made.
    rho : float
        Fay's coefficient, in [0, 1).
    scale : float or None
        Multiplies the sum of squared deviations; that of the method if left out.
    rscales : tuple of float
        Multiply the squared deviation of each supplied replicate; 1 if left out.
    mse : bool
        Whether deviations are from the estimate, instead of from the mean of the replicates.
    df : int or None
        Degrees of freedom; if left out those of the declared PSUs and strata, else the number of
        replicates less one.

    References
    ----------
    Wolter (2007), Introduction to Variance Estimation; Judkins (1990), Journal of Official
    Statistics 6; Rao, Wu and Yue (1992), Survey Methodology 18; Canty and Davison (1999), The
    Statistician 48; Preston (2009), Survey Methodology 35.
    """

    method: ReplicateMethod
    columns: tuple[str, ...] = ()
    factors: bool = False
    number: int = 200
    seed: int = 1
    rho: float = 0.5
    scale: float | None = None
    rscales: tuple[float, ...] = ()
    mse: bool = True
    df: int | None = None

    def __post_init__(self) -> None:
        for name in ("columns", "rscales"):
            value = getattr(self, name)
            several = isinstance(value, Iterable) and not isinstance(value, (str, bytes))
            listed = tuple(value) if several else (value,)
            object.__setattr__(self, name, listed)

    def problems(self) -> list[Problem]:
        """What is wrong with the declaration itself."""
        return list(self._problems())

    def _problems(self) -> Iterator[Problem]:
        methods = get_args(ReplicateMethod)
        if self.method not in methods:
            expected = f"Choose one of {', '.join(methods)}."
            yield Problem("replicates, method", f"there is no method {self.method!r}", expected)
            return
        yield from self._scaling()
        if not self.columns:
            yield from self._made()
        if not all(isinstance(name, str) for name in self.columns):
            yield Problem("replicates, columns", "holds something that is no name of a column")
        elif len(set(self.columns)) < len(self.columns):
            yield Problem("replicates, columns", "names a column twice", "Name each column once.")
        if len(self.columns) == 1:
            found = "there is a single replicate"
            yield Problem("replicates, columns", found, "A variance needs two or more.")
        if not 0 <= self.rho < 1:
            found = f"is {self.rho!r}"
            yield Problem("replicates, rho", found, "Fay's coefficient lies in [0, 1).")
        if self.df is not None and not _whole(self.df, 1):
            yield Problem("replicates, df", f"is {self.df!r}", "It is a whole number from 1 on.")

    def _scaling(self) -> Iterator[Problem]:
        given = [*self.rscales, *([] if self.scale is None else [self.scale])]
        if not all(_number(value) and math.isfinite(value) and value >= 0 for value in given):
            expected = "They are finite and not negative."
            yield Problem("replicates, scale", "holds a value that is no scale", expected)
        if self.rscales and not self.columns:
            found = "is given, and no columns"
            remedy = "Leave it out: replicates that are made have scales of their own."
            yield Problem("replicates, rscales", found, remedy=remedy)
        elif self.rscales and len(self.rscales) != len(self.columns):
            found = f"{len(self.rscales)} are given for {len(self.columns)} columns"
            yield Problem("replicates, rscales", found, "Each replicate has one.")
        if self.columns and self.method == "jkn" and not self.rscales:
            found = "is missing: a jackknife by strata has a scale for each replicate"
            remedy = "Give (1 - f) (n - 1) / n of the stratum whose PSU each replicate leaves out."
            yield Problem("replicates, rscales", found, remedy=remedy)
        if self.columns and self.method == "other" and self.scale is None:
            found = "is missing: replicates of no known method need one"
            yield Problem("replicates, scale", found, remedy="Give scale=, or name the method.")

    def _made(self) -> Iterator[Problem]:
        if self.method == "other":
            found = "replicates of no known method cannot be made"
            yield Problem("replicates, columns", found, remedy="Give columns=, or name a method.")
        if not (_whole(self.number, 2) and self.number <= _MOST_REPLICATES):
            expected = f"It is a whole number from 2 to {_MOST_REPLICATES:,}."
            yield Problem("replicates, number", f"is {self.number!r}", expected)
        if not _whole(self.seed, 0):
            expected = "It is a whole number from 0 on."
            yield Problem("replicates, seed", f"is {self.seed!r}", expected)


def _whole(value: object, least: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= least


def _number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


@dataclass(frozen=True, slots=True)
class SurveyDesign:
    """How the sample was drawn, by the names of its columns.

    Attributes
    ----------
    weight : str or None
        Sampling weight: population units that a row stands for. Without it a row counts 1, or the
        product of the reciprocal fractions where every stage has them.
    strata : str or None
        Stratum.
    psu : str or None
        Primary sampling unit. Without it households were drawn, or rows where none is known.
    fpc : str or None
        Number of PSUs in the population of the stratum, or the fraction drawn where it is at most
        1. Without it PSUs count as drawn with replacement.
    stages : tuple of Stage
        Later stages of sampling.
    nested : bool
        Whether ids of PSUs may repeat between strata; if not, an id in two strata is an error.
    lonely_psu : str
        What a stratum with a single sampled PSU adds to the variance.
    replicates : Replicates or None
        Replicate weights, from which variances are computed if there are any.
    """

    weight: str | None = None
    strata: str | None = None
    psu: str | None = None
    fpc: str | None = None
    stages: tuple[Stage, ...] = ()
    nested: bool = True
    lonely_psu: LonelyPSU = "fail"
    replicates: Replicates | None = None

    def columns(self) -> dict[str, str]:
        """Columns of the design by role: ``weight``, ``strata``, ``psu``, ``fpc``, ``unit:2``."""
        named: dict[str, str | None] = {
            name: getattr(self, name) for name in ("weight", "strata", "psu", "fpc")
        }
        for number, stage in enumerate(self.stages, start=2):
            named |= {
                f"{role}:{number}": getattr(stage, role) for role in ("strata", "unit", "fpc")
            }
        if self.replicates is not None:
            columns: Sequence[str] = self.replicates.columns
            named |= {f"replicate:{place}": name for place, name in enumerate(columns)}
        return {role: name for role, name in named.items() if name is not None}

    @property
    def rebuilds_weight(self) -> bool:
        """Whether the weight is left out and follows from the fractions of all stages."""
        stages = all(stage.fpc is not None for stage in self.stages)
        return self.weight is None and self.fpc is not None and stages

    def problems(self) -> list[Problem]:
        """What is wrong with the declaration itself."""
        found = list(unknown_options(lonely_psu=(self.lonely_psu, LonelyPSU)))
        if self.stages and self.psu is None:
            text = "later stages are declared, and no PSU"
            found.append(Problem("stages", text, remedy="Give psu=, the units of the first stage."))
        some = self.fpc is not None or any(stage.fpc is not None for stage in self.stages)
        if self.weight is None and some and not self.rebuilds_weight:
            text = "is not declared, and it follows from 'fpc' only where every stage has one"
            found.append(Problem("weight", text, remedy="Give weight=, or fpc of every stage."))
        if self.replicates is not None:
            found += self.replicates.problems()
            if self.weight is None and self.replicates.columns and not self.replicates.factors:
                text = "is not declared, and there are replicate weights"
                remedy = "Give the weight that they replicate, or factors=True if they multiply it."
                found.append(Problem("weight", text, remedy=remedy))
        return found
