"""The sampling design of a survey: weight, strata, primary sampling units."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

from mpi.errors import Problem

LonelyPSU: TypeAlias = Literal["fail", "certainty", "adjust", "average", "collapse"]


@dataclass(frozen=True, slots=True)
class SurveyDesign:
    """How the sample was drawn, by the names of its columns.

    Attributes
    ----------
    weight : str or None
        Sampling weight: population units that a row stands for. Without it every row counts 1.
    strata : str or None
        Stratum.
    psu : str or None
        Primary sampling unit; ids may repeat between strata.
    lonely_psu : str
        What a stratum with a single sampled PSU adds to the variance.
    """

    weight: str | None = None
    strata: str | None = None
    psu: str | None = None
    lonely_psu: LonelyPSU = "fail"

    def problems(self) -> list[Problem]:
        """What is wrong with the declaration itself."""
        choices = get_args(LonelyPSU)
        if self.lonely_psu in choices:
            return []
        expected = f"Choose one of {', '.join(choices)}."
        return [Problem("lonely_psu", f"there is no option {self.lonely_psu!r}", expected)]
