"""What an engine gives: one profile table per grouping, and the labels of its keys."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

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


@dataclass(frozen=True, slots=True)
class Tabulation:
    """Result of an engine.

    Attributes
    ----------
    groupings : tuple of Grouping
        The whole population first.
    psus : tuple of Label or None
        (stratum, PSU) of every sampled PSU, ascending, whether or not it has counted units; None
        where no PSU is declared.
    findings : tuple of Finding
    """

    groupings: tuple[Grouping, ...]
    psus: tuple[Label, ...] | None
    findings: tuple[Finding, ...]
