"""What was drawn, from the distinct values of the design's columns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from mpi.engines import columns as arrow
from mpi.engines.base import Label, Sampled
from mpi.engines.links import Links, Members
from mpi.engines.sampling import (
    Reader,
    heavier_than_drawn,
    label_places,
    sample_keys,
    uses_first_stage,
)
from mpi.engines.steps import Plan
from mpi.findings import Finding
from mpi.survey.codebook import Level
from mpi.survey.survey import Survey

TIMES, EXCUSED = "times", "excused"  # rows, and whether they need no place in the sample
SUM, POSITIVE = "sum", "positive"  # of positive weights, and their number


@dataclass(frozen=True, slots=True)
class Sample:
    """Where the design of a survey stands in its tables.

    Attributes
    ----------
    survey : Survey
    plan : Plan
    own : {"person", "household"}
        Level of the unit of identification.
    direct : bool
        Whether the number of units drawn in each stratum is enough, as of `sampling`.
    linked : bool
        Whether persons are known as members of households.
    """

    survey: Survey
    plan: Plan
    own: Level
    direct: bool
    linked: bool

    @property
    def base(self) -> Level:
        """Level at which every sampled unit has a row."""
        return sample_keys(self.survey, self.plan, self.own)[1]

    @property
    def roles(self) -> list[str]:
        """Roles that say which unit was drawn."""
        roles = sample_keys(self.survey, self.plan, self.own)[0]
        return roles if "psu" in roles else [role for role in roles if role == "strata"]

    @property
    def fractions(self) -> list[str]:
        """Roles of finite populations."""
        design = self.survey.design.columns()
        return [r for r in design if r.startswith("fpc") and r in self.plan.results]

    @property
    def by_household(self) -> bool:
        """Whether each household is a sampled unit of its own."""
        return "psu" not in self.roles and not self.direct

    def read(self, rows: pa.Table, keys: Sequence[str]) -> tuple[Sampled, list[Finding]]:
        """The sample, from distinct values of its columns.

        Parameters
        ----------
        rows : pyarrow.Table
            A column for each role of `roles` and `fractions`, the columns `keys` of the household
            where each is a unit, and `TIMES`, `EXCUSED`, `SUM` and `POSITIVE`.
        keys : sequence of str

        Raises
        ------
        SurveyError
            As `sampling`.
        """
        excused = rows[EXCUSED].to_numpy()
        first = np.where(excused, -1, 0)
        members = Members(np.zeros(0, dtype=np.int64), first) if self.linked else None
        links = Links(rows.num_rows, rows.num_rows, members, None)
        times = rows[TIMES].to_numpy()
        given: tuple[Level, bool, NDArray[np.bool_]] = (self.own, self.direct, ~excused)
        distinct = _Distinct(self.plan, rows)
        reader = _Reader(self.survey, self.plan, links, distinct, given, times=times)
        reader.keys = [rows[key] for key in keys]
        found = reader.read()
        sampled, findings = found.sampled, list(found.findings)
        if uses_first_stage(sampled):
            code = found.code.get(self.base, np.zeros(rows.num_rows, dtype=np.int64))
            placed, size = code >= 0, len(sampled.labels)
            sums, counts = (
                np.bincount(code[placed], rows[name].to_numpy()[placed], minlength=size)
                for name in (SUM, POSITIVE)
            )
            floats = sums.astype(np.float64)
            heavier = heavier_than_drawn(sampled, floats, counts.astype(np.int64))
            findings += [heavier] if heavier is not None else []
        return sampled, findings

    def positions(self, sampled: Sampled, rows: pa.Table, keys: Sequence[str]) -> NDArray[np.int64]:
        """Position of each row's unit in the labels, from the same columns, shape (n,)."""
        columns = [arrow.single(rows[role]) for role in self.roles]
        if self.by_household:
            return self._of_households(sampled, columns, [rows[key] for key in keys])
        if not columns:
            return np.zeros(rows.num_rows, dtype=np.int64)
        code, found = arrow.codes(columns)
        at = {label: place for place, label in enumerate(sampled.labels)}
        where = label_places(self.survey, self.roles)
        labels = [tuple(None if p is None else label[p] for p in where) for label in found]
        places = np.array([at[label] for label in labels], dtype=np.int64)
        found_places: NDArray[np.int64] = places[code]
        return found_places

    def _of_households(
        self, sampled: Sampled, strata: list[arrow.Array], keys: list[pa.ChunkedArray]
    ) -> NDArray[np.int64]:
        names = _names(keys)
        found = strata[0].to_pylist() if strata else [None] * len(names)
        at = {label: place for place, label in enumerate(sampled.labels)}
        labels: list[Label] = list(zip(found, names, strict=True))
        return np.array([at[label] for label in labels], dtype=np.int64)


class _Reader(Reader):
    """A sample of which each row is a household, where each is a unit."""

    keys: list[pa.ChunkedArray]

    def households(self) -> tuple[NDArray[np.int64], list[object] | None]:
        """Household of each row, and the key of each household."""
        names = _names(self.keys)
        return np.arange(len(names)), names


class _Distinct:
    """Columns of the design by role, as a `Reader` asks for them."""

    def __init__(self, plan: Plan, rows: pa.Table) -> None:
        self._rows = rows
        self._roles = {
            name: role for role, name in plan.results.items() if role in rows.schema.names
        }

    def column(self, name: str, level: Level) -> arrow.Array:  # noqa: ARG002 -- one level is there
        """Column of a step."""
        return arrow.single(self._rows[self._roles[name]])

    def numbers(self, role: str, level: Level) -> NDArray[np.float64]:  # noqa: ARG002
        """Numbers of a role; NaN where missing."""
        return arrow.numbers(arrow.single(self._rows[role]))

    def of_household(self, name: str) -> arrow.Array:
        """Column of a step that members repeat."""
        return self.column(name, "household")


def _names(keys: Sequence[pa.ChunkedArray]) -> list[object]:
    """Key of each household as one value."""
    values = [key.to_pylist() for key in keys]
    if len(values) == 1:
        return list(values[0])
    return ["|".join(map(str, parts)) for parts in zip(*values, strict=True)]
