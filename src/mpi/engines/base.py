"""What an engine gives: one profile table per grouping, and the labels of its keys."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from mpi.core.table import ProfileTable
from mpi.findings import Finding

Label: TypeAlias = tuple[object, ...]
By: TypeAlias = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Grouping:
    """A profile table with the labels of its groups.

    Attributes
    ----------
    by : tuple of str
        Variables; none for the whole population.
    labels : tuple of Label
        Values of the variables for each group, ascending; the position is the table's key.
    table : ProfileTable
    households : bool
        Whether groups are made of whole households, so that households can be counted.
    """

    by: By
    labels: tuple[Label, ...]
    table: ProfileTable
    households: bool


@dataclass(frozen=True, slots=True, eq=False)
class Sampled:
    """Every unit that was drawn, whether or not it has counted units.

    Attributes
    ----------
    labels : tuple of Label, length m
        Stratum and unit of each stage, ascending: ``(stratum, PSU)``, or ``(stratum, PSU, stratum,
        unit)`` for two stages. Where units of analysis were drawn directly there is one label for
        each stratum, ``(stratum, None)``.
    fpc : NDArray[np.float64], shape (m, stages)
        Number of units in the population of the stratum of each stage, or the fraction drawn where
        it is at most 1; NaN where sampling counts as with replacement.
    drawn : NDArray[np.int64] or None, shape (m,)
        Units drawn in each stratum, where they were drawn directly.
    kind : {"psu", "household", "row"}
        What the first unit is.
    """

    labels: tuple[Label, ...]
    fpc: NDArray[np.float64]
    drawn: NDArray[np.int64] | None
    kind: Literal["psu", "household", "row"]


@dataclass(frozen=True, slots=True)
class Tabulation:
    """Result of an engine.

    Attributes
    ----------
    groupings : tuple of Grouping
        The whole population first.
    sampled : Sampled or None
        What was drawn; None where standard errors are not wanted, or come from supplied replicates
        without PSUs.
    findings : tuple of Finding
    """

    groupings: tuple[Grouping, ...]
    sampled: Sampled | None
    findings: tuple[Finding, ...]
