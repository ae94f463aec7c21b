"""Tables of what stays of an order of groups."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from mpi import exact
from mpi.analysis.orders import CELL_COLUMNS, ROW_COLUMNS, Orders
from mpi.analysis.scenarios import Scenario
from mpi.core.ranking import pairs
from mpi.findings import Finding
from mpi.results import Result

Floats = NDArray[np.float64]

RANK_COLUMNS = ("rank_first", "rank_p5", "rank_median", "rank_p95", "rank_last")


@dataclass(frozen=True, slots=True)
class Cell:
    """Scenarios that are summed up together.

    Attributes
    ----------
    family : str
    k : Fraction or None
        Cutoff of the draws; None where the scenarios of a family are together.
    """

    family: str
    k: Fraction | None

    @property
    def text(self) -> str | None:
        """The cutoff."""
        return None if self.k is None else exact.text(self.k)


class Headed(Result):
    """A table with a headline of its own.

    Parameters
    ----------
    table : pyarrow.Table
    findings : iterable of Finding
    headline : str
    """

    __slots__ = ("_own_headline",)

    def __init__(self, table: pa.Table, findings: Iterable[Finding], headline: str) -> None:
        super().__init__(table, findings)
        self._own_headline = headline

    def _headline(self) -> str:
        return self._own_headline


@dataclass(frozen=True, slots=True)
class Tables:
    """What stays, as tables.

    Attributes
    ----------
    by : str
    texts : list of str, length g
    figures : NDArray[np.float64], shape (g,)
        Baseline.
    scenarios_ : sequence of Scenario
        All but the baseline.
    cells : sequence of Cell
    found : Orders
    """

    by: str
    texts: Sequence[str]
    figures: Floats
    scenarios_: Sequence[Scenario]
    cells: Sequence[Cell]
    found: Orders

    def summary(self) -> pa.Table:
        """One row a cell."""
        untied = int((~np.isnan(self.found.stays.kept)).any(axis=0).sum()) if self.cells else 0
        return pa.table(
            {
                "family": pa.array([cell.family for cell in self.cells], pa.string()),
                "k": pa.array([cell.text for cell in self.cells], pa.string()),
                "scenarios": pa.array(self.found.orders.tolist(), pa.int64()),
                "pairs": pa.array([untied] * len(self.cells), pa.int64()),
                "significant_pairs": pa.array(
                    [self.found.compared.significant] * len(self.cells), pa.int64()
                ),
                **_with_errors(CELL_COLUMNS, self.found.stays.cells, self.found.errors.cells),
            }
        )

    def scenarios(self) -> pa.Table:
        """One row a named scenario."""
        return pa.table(
            {
                "family": pa.array([s.family for s in self.scenarios_], pa.string()),
                "scenario": pa.array([s.name for s in self.scenarios_], pa.string()),
                "k": pa.array([exact.text(s.k) for s in self.scenarios_], pa.string()),
                **_with_errors(ROW_COLUMNS, self.found.stays.rows, self.found.errors.rows),
            }
        )

    def ranks(self) -> pa.Table:
        """One row a group and cell."""
        groups, cells = len(self.texts), len(self.cells)
        order = np.argsort(self.found.stays.own, kind="stable")
        texts = [self.texts[g] for g in order]

        def each(values: Floats) -> pa.Array:
            return numbers(np.repeat(values[order], cells))

        def spread(values: Floats) -> Floats:
            moved: Floats = values[:, order].transpose(1, 0, 2).reshape(groups * cells, -1)
            return moved

        return pa.table(
            {
                "by": pa.array([self.by] * (groups * cells), pa.string()),
                "group": pa.array([text for text in texts for _ in self.cells], pa.string()),
                "estimate": each(self.figures),
                "rank": each(self.found.stays.own),
                "rank_se": each(self.found.errors.own),
                **self._cells(groups),
                **_with_errors(
                    RANK_COLUMNS, spread(self.found.stays.ranks), spread(self.found.errors.ranks)
                ),
            }
        )

    def pairs(self, level: float) -> pa.Table:
        """One row a pair and cell; the first group is the one with the higher baseline."""
        first, second = pairs(len(self.texts))
        compared, cells = self.found.compared, len(self.cells)
        turned = compared.difference < 0
        high, low = np.where(turned, second, first), np.where(turned, first, second)
        names = {"first": high, "second": low}
        adjusted = np.repeat(compared.adjusted, cells)
        unknown = np.isnan(adjusted)
        differences = {
            "difference": np.abs(compared.difference),
            "se": compared.se,
            "df": compared.df,
            "p_value": compared.p,
            "p_adjusted": compared.adjusted,
        }
        kept, errors = self.found.stays.kept.T.reshape(-1), self.found.errors.kept.T.reshape(-1)
        return pa.table(
            {
                "by": pa.array([self.by] * (first.size * cells), pa.string()),
                **{
                    name: pa.array(
                        [self.texts[g] for g in groups.tolist() for _ in self.cells], pa.string()
                    )
                    for name, groups in names.items()
                },
                **{name: numbers(np.repeat(own, cells)) for name, own in differences.items()},
                "significant": pa.array(adjusted < 1 - level, pa.bool_(), mask=unknown),
                **self._cells(first.size),
                "kept": numbers(kept),
                "kept_se": numbers(errors),
                "reversed": pa.array(compared.reversed.T.reshape(-1), pa.int64(), mask=unknown),
            }
        )

    def _cells(self, rows: int) -> Mapping[str, pa.Array]:
        """Family, cutoff and number of scenarios, over again for each of some rows."""
        return {
            "family": pa.array([cell.family for cell in self.cells] * rows, pa.string()),
            "k": pa.array([cell.text for cell in self.cells] * rows, pa.string()),
            "scenarios": pa.array(np.tile(self.found.orders, rows), pa.int64()),
        }


def _with_errors(names: Sequence[str], values: Floats, errors: Floats) -> dict[str, pa.Array]:
    """Each column beside its standard error."""
    columns = {}
    for place, name in enumerate(names):
        columns[name] = numbers(values[:, place])
        columns[f"{name}_se"] = numbers(errors[:, place])
    return columns


def numbers(values: Floats) -> pa.Array:
    """A column of numbers, null where they are NaN."""
    return pa.array(values, pa.float64(), mask=np.isnan(values))
