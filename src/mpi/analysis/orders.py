"""Orders of groups in many scenarios, what stays of the baseline's, and how sure that is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy import special

from mpi.analysis.grids import Panel, pair_degrees, pair_errors
from mpi.contrasts import adjusted_p
from mpi.core.ranking import (
    Agreement,
    Reference,
    agreement,
    pairs,
    rank_quantiles,
    reference,
    signs,
)
from mpi.core.weighting import Curve, Schemes, curves
from mpi.inference.replicate import Deviations, Replication, covariance
from mpi.progress import steps, told
from mpi.sources import Source

Floats = NDArray[np.float64]

ROW_COLUMNS = ("kendall", "spearman", "pearson", "kept", "not_reversed")
CELL_COLUMNS = (
    *("kendall_mean", "kendall_lowest", "spearman_mean", "spearman_lowest"),
    *("pearson_mean", "pearson_lowest", "kept_mean", "kept_in_all", "not_reversed"),
)
QUANTILES = (Fraction(0), Fraction(1, 20), Fraction(1, 2), Fraction(19, 20), Fraction(1))
# draws whose figures are made again in every replicate
_MOST_REPLICATED = 100
# differences of pairs that are held for them, 16 MB
_MOST_DIFFERENCES = 1 << 21
# figures under replicates that are held, 64 MB
_MOST_FIGURES = 1 << 23
_FEWEST_REPLICATED = 10


@dataclass(frozen=True, slots=True)
class Draws:
    """Weighting schemes that were drawn, and the profiles that they score.

    Attributes
    ----------
    schemes : Schemes
    deprived, known : NDArray[np.bool_], shape (u, e)
    cutoffs : tuple of Fraction, length K
    measure : {"H", "M0"}
    cell : int
        Cell of the first cutoff; the others follow.
    """

    schemes: Schemes
    deprived: NDArray[np.bool_]
    known: NDArray[np.bool_]
    cutoffs: tuple[Fraction, ...]
    measure: Curve
    cell: int

    @property
    def number(self) -> int:
        """Number of schemes."""
        return int(self.schemes.weights.shape[0])

    def blocks(self, most: int | None = None) -> Iterator[tuple[Floats, NDArray[np.int64]]]:
        """Values of profiles, cutoff by cutoff within scheme, shape (n, u), and their cells."""
        chosen = Schemes(self.schemes.weights[:most], self.schemes.scale)
        for block in curves(chosen, self.deprived, self.known, self.cutoffs, self.measure):
            cells = np.tile(self.cell + np.arange(len(self.cutoffs)), block.shape[0])
            yield block.reshape(-1, block.shape[2]), cells


@dataclass(frozen=True, slots=True)
class Stays:
    """What stays of the baseline's order; also the standard errors of that.

    Attributes
    ----------
    rows : NDArray[np.float64], shape (n, 5)
        Of each named scenario, columns as in `ROW_COLUMNS`.
    cells : NDArray[np.float64], shape (cells, 9)
        Of each cell of scenarios, columns as in `CELL_COLUMNS`.
    kept : NDArray[np.float64], shape (cells, pairs)
        Share of the scenarios in which each pair keeps its sign.
    ranks : NDArray[np.float64], shape (cells, g, 5)
        `QUANTILES` of the ranks of each group.
    own : NDArray[np.float64], shape (g,)
        Rank of each group in the baseline.
    """

    rows: Floats
    cells: Floats
    kept: Floats
    ranks: Floats
    own: Floats

    @property
    def flat(self) -> Floats:
        """All numbers in a row, shape (1, q)."""
        parts = (self.rows, self.cells, self.kept, self.ranks, self.own)
        return np.concatenate([part.reshape(-1) for part in parts])[np.newaxis, :]

    def shaped(self, flat: Floats) -> Stays:
        """Other numbers in the same places."""
        parts = (self.rows, self.cells, self.kept, self.ranks, self.own)
        ends = np.cumsum([part.size for part in parts])[:-1]
        cut = np.split(flat.reshape(-1), ends)
        return Stays(*(own.reshape(part.shape) for own, part in zip(cut, parts, strict=True)))


@dataclass(frozen=True, slots=True)
class Compared:
    """Differences of the pairs of groups in the baseline.

    Attributes
    ----------
    difference, se, df, p, adjusted : NDArray[np.float64], shape (pairs,)
        First less second group; two-sided p-values, and adjusted by Holm for all pairs.
    significant : int
        Pairs that differ by adjusted p-values.
    reversed : NDArray[np.int64], shape (cells, pairs)
        Tested scenarios of each cell in which the opposite is significant.
    """

    difference: Floats
    se: Floats
    df: Floats
    p: Floats
    adjusted: Floats
    significant: int
    reversed: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Orders:
    """Result for one grouping.

    Attributes
    ----------
    stays, errors : Stays
        What stays, and the standard errors of it; NaN where there are none.
    compared : Compared
    orders : NDArray[np.int64], shape (cells,)
        Scenarios of each cell with a figure for every group.
    undefined : int
        Scenarios without.
    again : int
        Draws that were made again in every replicate, and tested.
    left_out : int
        Standard errors of which some replicates were not defined.
    """

    stays: Stays
    errors: Stays
    compared: Compared
    orders: NDArray[np.int64]
    undefined: int
    again: int
    left_out: int


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be compared.

    Attributes
    ----------
    panels : tuple of Panel
        The first has the baseline as its first scenario; the groups are in the same order.
    cell : NDArray[np.int64], shape (n,)
        Cell of every other scenario.
    cells : int
    draws : Draws or None
    level : float
    """

    panels: tuple[Panel, ...]
    cell: NDArray[np.int64]
    cells: int
    draws: Draws | None
    level: float


def orders(plan: Plan, sources: Sequence[Source], replication: Replication | None) -> Orders:
    """What stays of the baseline's order of groups.

    Parameters
    ----------
    plan : Plan
    sources : sequence of Source
        Where the figures of each panel come from; none without standard errors.
    replication : Replication or None
        Replicates that standard errors of what stays come from.
    """
    return _Study(plan, sources, replication).orders()


class _Study:
    def __init__(
        self, plan: Plan, sources: Sequence[Source], replication: Replication | None
    ) -> None:
        self._plan, self._sources, self._replication = plan, sources, replication
        self._main = plan.panels[0]
        self._named = np.vstack([panel.figures for panel in plan.panels])
        self._base = reference(self._named[0])
        self._first, self._second = pairs(self._base.values.size)
        self._again = self._number_again()

    def _number_again(self) -> int:
        """Draws that are made again in every replicate."""
        draws = self._plan.draws
        if draws is None or self._replication is None:
            return 0
        each = len(draws.cutoffs) * self._first.size
        held = len(draws.cutoffs) * self._base.values.size * self._replication.number
        most = min(_MOST_DIFFERENCES // each, _MOST_FIGURES // held)
        return min(draws.number, _MOST_REPLICATED, max(_FEWEST_REPLICATED, most))

    def orders(self) -> Orders:
        whole = self._agreement(self._base, self._named[1:], self._drawn(None))
        drawn, cells = self._redrawn()
        tested = np.vstack([self._named, drawn])
        cell = np.concatenate([self._plan.cell, cells])
        se = self._errors(tested)
        df = self._degrees()
        significant, p, adjusted = self._significant(self._base, se[0], df)
        turned = self._reversed(self._base, tested[1:], se[1:], df, significant)
        stays = self._stays(self._base, whole, turned, cell, significant)
        errors, left_out = self._errors_of_stays(stays, tested, cell, se, df)
        counted = np.zeros((self._plan.cells, self._first.size), dtype=np.int64)
        np.add.at(counted, cell, turned)
        difference = self._differences(self._named[:1])[0]
        return Orders(
            stays,
            errors,
            Compared(difference, se[0], df, p, adjusted, int(significant.sum()), counted),
            whole.orders,
            int(np.isnan(whole.kept).sum()),
            self._again,
            left_out,
        )

    def _agreement(
        self, base: Reference, named: Floats, drawn: Iterator[tuple[Floats, NDArray[np.int64]]]
    ) -> Agreement:
        def blocks() -> Iterator[tuple[Floats, NDArray[np.int64]]]:
            yield named, self._plan.cell
            yield from drawn

        return agreement(base, blocks(), self._plan.cells)

    def _drawn(self, most: int | None) -> Iterator[tuple[Floats, NDArray[np.int64]]]:
        """Figures of groups under the schemes that were drawn, and their cells."""
        if self._plan.draws is None:
            return
        weights = self._main.weights()
        draws, tell, done = self._plan.draws, told(), 0
        for values, cells in draws.blocks(most):
            tell("weights drawn", done // len(draws.cutoffs), most or draws.number)
            done += cells.size
            base_of = np.full(cells.size, self._main.base_of[0])
            yield self._main.means(values, base_of, weights), cells

    def _redrawn(self) -> tuple[Floats, NDArray[np.int64]]:
        """The same for the draws that are made again."""
        found = list(self._drawn(self._again)) if self._again else []
        groups = self._base.values.size
        figures = np.vstack([np.zeros((0, groups)), *(values for values, _ in found)])
        cells = [np.zeros(0, dtype=np.int64), *(own for _, own in found)]
        return figures, np.concatenate(cells)

    def _differences(self, values: Floats) -> Floats:
        found: Floats = values[:, self._first] - values[:, self._second]
        return found

    @cached_property
    def _replicates(self) -> Floats:
        """Figures of named scenarios and of draws made again, shape (r, n, g)."""
        assert self._replication is not None  # noqa: S101 -- asked before
        found = [
            panel.replicated(panel.values, panel.base_of, self._replication)
            for panel in self._plan.panels
        ]
        if self._again and self._plan.draws is not None:
            values = np.vstack([own for own, _ in self._plan.draws.blocks(self._again)])
            base_of = np.full(values.shape[0], self._main.base_of[0])
            found.append(self._main.replicated(values, base_of, self._replication))
        return np.concatenate(found, axis=1)

    def _errors(self, tested: Floats) -> Floats:
        """Standard errors of the differences of pairs in tested scenarios, shape (n, pairs)."""
        found = np.full((tested.shape[0], self._first.size), np.nan)
        if not self._sources:
            return found
        of_replicates = self._sources[0].replication is not None
        if self._replication is not None and (of_replicates or self._again):
            start = 0 if of_replicates else self._named.shape[0]
            for place in range(start, found.shape[0]):
                values = self._replicates[:, place]
                matrix = covariance(values, tested[place], self._replication)
                found[place] = pair_errors(matrix)
        if not of_replicates:
            zipped = zip(self._plan.panels, self._sources, strict=True)
            own = np.vstack([panel.errors(source) for panel, source in zipped])
            found[: own.shape[0]] = own
        return found

    def _degrees(self) -> Floats:
        if not self._sources:
            return np.full(self._first.size, np.nan)
        return pair_degrees(self._sources[0], self._main.rows(0))

    def _p_values(self, differences: Floats, se: Floats, df: Floats) -> Floats:
        t = np.divide(np.abs(differences), se, out=np.full(se.shape, np.nan), where=se > 0)
        found: Floats = 2 * special.stdtr(np.where(df > 0, df, np.nan), -t)
        return found

    def _significant(
        self, base: Reference, se: Floats, df: Floats
    ) -> tuple[NDArray[np.bool_], Floats, Floats]:
        """Whether each pair differs in the baseline, by adjusted p-values; and these."""
        p = self._p_values(self._differences(base.values[np.newaxis, :])[0], se, df)
        adjusted = adjusted_p(p, "holm")
        return (adjusted < 1 - self._plan.level) & (base.signs != 0), p, adjusted

    def _reversed(
        self,
        base: Reference,
        tested: Floats,
        se: Floats,
        df: Floats,
        significant: NDArray[np.bool_],
    ) -> NDArray[np.bool_]:
        """Whether the opposite of a significant comparison is significant, shape (n, pairs)."""
        turned: NDArray[np.bool_] = np.equal(-base.signs, signs(tested)[0].T) & significant
        if turned.any():
            row, pair = np.nonzero(turned)
            away = tested[row, self._first[pair]] - tested[row, self._second[pair]]
            turned[row, pair] = self._p_values(away, se[row, pair], df[pair]) < 1 - self._plan.level
        return turned

    def _stays(
        self,
        base: Reference,
        found: Agreement,
        turned: NDArray[np.bool_],
        cell: NDArray[np.int64],
        significant: NDArray[np.bool_],
    ) -> Stays:
        named = self._plan.cell.size
        total = int(significant.sum()) or np.nan
        columns = (found.kendall, found.spearman, found.pearson, found.kept)
        not_reversed = 1 - turned[:named].sum(axis=1) / total
        rows = np.column_stack([*(column[:named] for column in columns), not_reversed])
        of_rows = self._cells_of(found)
        up, down = base.signs > 0, base.signs < 0
        stayed = np.where(up, found.higher, np.where(down, found.lower, 0))
        with np.errstate(divide="ignore", invalid="ignore"):
            kept = stayed / found.orders[:, np.newaxis]
        kept[:, base.signs == 0] = np.nan
        untied = int((base.signs != 0).sum()) or np.nan
        cells = np.full((self._plan.cells, len(CELL_COLUMNS)), np.nan)
        for c in range(self._plan.cells):
            own = of_rows == c
            values = [column[own][~np.isnan(column[own])] for column in columns]
            means = [v.mean() if v.size else np.nan for v in values]
            lowest = [v.min() if v.size else np.nan for v in values[:3]]
            cells[c, :6:2], cells[c, 1:6:2], cells[c, 6] = means[:3], lowest, means[3]
            in_all = (stayed[c] == found.orders[c]) & (base.signs != 0)
            cells[c, 7] = in_all.sum() / untied if found.orders[c] else np.nan
            if (cell == c).any():
                cells[c, 8] = 1 - turned[cell == c].any(axis=0).sum() / total
        ranks = rank_quantiles(found.ranks, QUANTILES)
        own_ranks = 1 + (base.net.size - 1 - base.net) / 2
        return Stays(rows, cells, kept, ranks, own_ranks)

    def _cells_of(self, found: Agreement) -> NDArray[np.int64]:
        """Cell of each order, named scenarios first, then the draws cutoff by cutoff."""
        named, draws = self._plan.cell, self._plan.draws
        rest = found.kept.size - named.size
        if draws is None or not rest:
            return named
        of_draw = draws.cell + np.arange(len(draws.cutoffs))
        return np.concatenate([named, np.tile(of_draw, rest // of_draw.size)])

    def _errors_of_stays(
        self,
        stays: Stays,
        tested: Floats,
        cell: NDArray[np.int64],
        se: Floats,
        df: Floats,
    ) -> tuple[Stays, int]:
        """Standard errors of what stays; deviations are from the same draws, made again."""
        if self._replication is None:
            return stays.shaped(np.full(stays.flat.size, np.nan)), 0

        def of(figures: Floats) -> Floats:
            base = reference(figures[0])
            named = self._plan.cell.size + 1
            drawn = iter([(figures[named:], cell[named - 1 :])])
            found = self._agreement(base, figures[1:named], drawn)
            significant, _, _ = self._significant(base, se[0], df)
            turned = self._reversed(base, figures[1:], se[1:], df, significant)
            return self._stays(base, found, turned, cell, significant).flat

        deviations = Deviations(of(tested), self._replication)
        for r in steps(range(self._replication.number), "orders in replicates"):
            deviations.add(r, of(self._replicates[r]))
        variances = np.where(np.isnan(stays.flat), np.nan, deviations.variances())
        left_out = int((deviations.undefined > 0).sum())
        return stays.shaped(np.sqrt(variances)), left_out
