"""How uncertainty is computed, as an analyst chooses it."""

from __future__ import annotations

from dataclasses import dataclass

from mpi.errors import Problem
from mpi.inference.variance import Lonely
from mpi.options import (
    DegreesOfFreedom,
    DesignEffect,
    IntensityInterval,
    Interval,
    LonelyPSU,
    unknown_options,
)
from mpi.survey.design import Replicates, SurveyDesign


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
    intensity : {"attainable", "unit"}
        Range in which the interval of an intensity stays.
    level : float
        Coverage of intervals.
    deff : {"replace", "without"}
        Sample that design effects compare with.
    replicates : Replicates or None
        Replicates that variances come from.
    """

    lonely_psu: LonelyPSU = "fail"
    domain_lonely: bool = False
    df: DegreesOfFreedom = "stata"
    interval: Interval = "logit"
    intensity: IntensityInterval = "attainable"
    level: float = 0.95
    deff: DesignEffect = "replace"
    replicates: Replicates | None = None

    @classmethod
    def under(
        cls,
        design: SurveyDesign,
        *,
        lonely_psu: LonelyPSU | None,
        replicates: Replicates | None,
        domain_lonely: bool = False,
        df: DegreesOfFreedom = "stata",
        interval: Interval = "logit",
        level: float = 0.95,
    ) -> Choices:
        """The choices; what is left out is as the survey declares it."""
        return cls(
            design.lonely_psu if lonely_psu is None else lonely_psu,
            domain_lonely=domain_lonely,
            df=df,
            interval=interval,
            level=level,
            replicates=design.replicates if replicates is None else replicates,
        )

    def problems(self) -> list[Problem]:
        """What is wrong with the choices."""
        found = list(
            unknown_options(
                lonely_psu=(self.lonely_psu, LonelyPSU),
                df=(self.df, DegreesOfFreedom),
                interval=(self.interval, Interval),
                intensity_interval=(self.intensity, IntensityInterval),
                deff=(self.deff, DesignEffect),
            )
        )
        if not (isinstance(self.level, float) and 0 < self.level < 1):
            expected = "The coverage of an interval lies between 0 and 1, such as 0.95."
            found.append(Problem("level", f"is {self.level!r}", expected))
        given: object = self.replicates  # may be what the type does not allow
        if isinstance(given, Replicates):
            found += given.problems()
        elif given is not None:
            expected = 'It is a declaration such as mpi.Replicates("jkn").'
            found.append(Problem("replicates", f"is {given!r}", expected))
        return found

    @property
    def lonely(self) -> Lonely:
        """What is left to treat after strata were collapsed."""
        return "fail" if self.lonely_psu == "collapse" else self.lonely_psu
