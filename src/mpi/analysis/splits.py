"""Parts of the change of M0 between two waves, with their derivatives and errors."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from scipy import sparse

from mpi.analysis.pairs import Figures, Groups, Pair
from mpi.analysis.sums import Derivatives, errors_by_row, inference, standard_errors
from mpi.assembly import NATIONAL
from mpi.core.factors import Terms, from_base, shapley
from mpi.estimates import Estimates
from mpi.findings import Finding
from mpi.pooling import Pool
from mpi.results import whole_numbers
from mpi.sources import Source

SplitMethod: TypeAlias = Literal["shapley", "base"]
Floats: TypeAlias = NDArray[np.float64]
Places: TypeAlias = NDArray[np.int64]
About: TypeAlias = tuple[str, str, str | None, str | None]

BETWEEN = ("groups", "groups_incidence_intensity")
SPLITS = ("change", "incidence_intensity", "indicators", "dimensions", *BETWEEN)
_INTERACTION = "interaction"
# a change below this is the rounding of none, and has no shares
_ROUNDING = 1e-14
_ABOUT = ("split", "part", "dimension", "indicator")


@dataclass(frozen=True, slots=True)
class _Part:
    """One part for q groups and cutoffs.

    Attributes
    ----------
    about : tuple of str or None
        Split, part, dimension and indicator.
    cell : NDArray[np.int64], shape (q,)
        Places among groups and cutoffs, cutoffs within groups; below 0 for sums over groups.
    value, total : NDArray[np.float64], shape (q,)
        The part, and the change that the parts of its split add up to.
    sums : NDArray[np.int64], shape (t,)
        Which of the q each term belongs to.
    row : NDArray[np.int64], shape (..., t)
    derivative : NDArray[np.float64], shape (..., t)
        By the figure of each row.
    """

    about: About
    cell: Places
    value: Floats
    total: Floats
    sums: Places
    row: Places
    derivative: Floats


class Splits:
    """Parts of the change of M0 of one pair of waves.

    Parameters
    ----------
    pair : Pair
    waves : sequence of Estimates
        The two, pooled.
    method : {"shapley", "base"}
    centred : bool
        Whether population shares count M0 from that of the population.
    """

    def __init__(
        self, pair: Pair, waves: Sequence[Estimates], method: SplitMethod, *, centred: bool
    ) -> None:
        source = waves[0].source
        assert isinstance(source, Pool)  # noqa: S101 -- the waves are pooled
        self.source, self.findings = source, list[Finding]()
        self._pair, self._centred = pair, centred
        self._split = shapley if method == "shapley" else from_base
        self._more = () if method == "shapley" else (_INTERACTION,)
        size = sum(one.size for one in source.sources)
        columns = [
            (wave.rows, wave.to_arrow()["se"].cast(pa.float64()).to_numpy()) for wave in waves
        ]
        self._errors = errors_by_row(columns, size)
        self._whole = pair.groups(NATIONAL)
        self._M0 = pair.figures("M0", self._whole)
        self._complete = all(isinstance(s, Source) and s.complete for s in source.sources)
        self._without_interval = self._intensities_taken = 0

    def table(self) -> tuple[pa.Table, sparse.csr_array]:
        """Rows of all groupings, and derivatives of each."""
        tables, matrices = [], []
        for by in (NATIONAL, *self._pair.groupings):
            groups = self._whole if by == NATIONAL else self._pair.groups(by)
            kinds = [list(self._own(groups))]
            if by != NATIONAL:
                kinds.append(list(self._between(groups)))
            pieces = [self._rows(groups, parts) for parts in kinds if parts]
            joined = pa.concat_tables([piece[0] for piece in pieces])
            order = np.lexsort([joined[name].to_numpy() for name in ("#place", "#cell")])
            tables.append(joined.take(pa.array(order)).drop_columns(["#cell", "#place"]))
            matrices.append(sparse.vstack([p[1] for p in pieces], format="csr")[order])
        self._report()
        table = whole_numbers(pa.concat_tables(tables), "df")
        return table, sparse.csr_array(sparse.vstack(matrices, format="csr"))

    def _report(self) -> None:
        if self._intensities_taken:
            detail = (
                "nobody is poor in one wave, where A is not defined: that of the other stands for "
                "it, and all of the change is one of incidence"
            )
            finding = Finding("INTENSITY_OF_OTHER_WAVE", "A", detail, self._intensities_taken)
            self.findings.append(finding)
        if self._without_interval:
            detail = "no interval: nobody in the samples differs, or no degrees of freedom"
            self.findings.append(Finding("NO_INTERVAL", "parts", detail, self._without_interval))

    def _own(self, groups: Groups) -> Iterator[_Part]:
        """Parts of the change of each group's own M0, where both waves have the group."""
        M0 = self._pair.figures("M0", groups)
        cells = np.flatnonzero(~np.isnan(M0.value).any(axis=0))
        M0 = M0.at(cells)
        total = M0.value[1] - M0.value[0]
        yield _difference(("change", "change", None, None), M0, cells, total)
        H, A = (self._pair.figures(name, groups).at(cells) for name in ("H", "A"))
        self._intensities_taken += int((np.isnan(A.value).sum(axis=0) == 1).sum())
        names = ("incidence", "intensity", *self._more)
        factors = (H, A.or_other())
        terms = self._split(np.stack([f.value for f in factors]))
        rows = np.stack([f.row for f in factors])
        for place, name in enumerate(names):
            about: About = ("incidence_intensity", name, None, None)
            yield _single(about, cells, total, terms, rows, place)
        for split, (dimension, indicator) in self._elements():
            figures = self._pair.figures("actb", groups, (dimension, indicator)).at(cells).or_zero()
            about = (split, indicator or dimension, dimension, indicator)
            yield _difference(about, figures, cells, total)

    def _elements(self) -> Iterator[tuple[str, tuple[str, str | None]]]:
        """What the contributions of each split are about; dimensions without indicators in both."""
        elements = self._pair.elements
        split_up = {dimension for dimension, indicator in elements if indicator is not None}
        for element in elements:
            if element[1] is not None or element[0] not in split_up:
                yield "indicators", element
        for element in elements:
            if element[1] is None:
                yield "dimensions", element

    def _between(self, groups: Groups) -> Iterator[_Part]:
        """Parts of the change of the population's M0 by groups, and their sums."""
        share = self._pair.figures("popsh", groups).or_zero()
        H, A, M0 = (self._pair.figures(n, groups).or_other() for n in ("H", "A", "M0"))
        named = {
            "groups": (("population_share", share), ("within", M0)),
            "groups_incidence_intensity": (
                ("population_share", share),
                ("incidence", H),
                ("intensity", A),
            ),
        }
        outside = self._pair.outside(groups)
        for split, factors in named.items():
            terms = self._split(np.stack([f.value for _, f in factors]))
            rows = np.stack([f.row for _, f in factors])
            names = [*(name for name, _ in factors), *self._more]
            parts = [
                self._of_groups((split, name, None, None), terms, rows, share, place)
                for place, name in enumerate(names)
            ]
            yield from parts
            sums = [self._summed(part) for part in parts]
            yield from sums
            if outside:
                yield self._rest(split, sums)

    def _of_groups(
        self,
        about: About,
        terms: Terms,
        rows: Places,
        share: Figures,
        place: int,
    ) -> _Part:
        """One part of each group in the change of the population."""
        cutoffs = len(self._pair.cutoffs)
        cells = np.arange(terms.values.shape[1])
        total = (self._M0.value[1] - self._M0.value[0])[cells % cutoffs]
        value, derivative = terms.values[place], terms.derivatives[place]
        if self._centred and about[1] == "population_share":
            of_all = self._M0.at(cells % cutoffs)
            away, centre = share.value[1] - share.value[0], of_all.value.mean(axis=0)
            value = value - away * centre
            derivative = derivative.copy()
            derivative[place] += np.stack([centre, -centre])
            derivative = np.concatenate([derivative, np.stack([-away / 2, -away / 2])[np.newaxis]])
            rows = np.concatenate([rows, of_all.row[np.newaxis]])
        return _Part(about, cells, value, total, cells, rows, derivative)

    def _summed(self, part: _Part) -> _Part:
        """The same part of all groups together."""
        cutoffs = len(self._pair.cutoffs)
        sums = part.cell % cutoffs
        value = np.bincount(sums, weights=part.value, minlength=cutoffs).astype(np.float64)
        total = self._M0.value[1] - self._M0.value[0]
        cells = np.arange(cutoffs) - cutoffs  # before the groups, in order
        return _Part(part.about, cells, value, total, sums, part.row, part.derivative)

    def _rest(self, split: str, sums: Sequence[_Part]) -> _Part:
        """What units in no group add: the change less the sums over groups."""
        value = sums[0].total - np.sum([part.value for part in sums], axis=0)
        places = [np.broadcast_to(part.sums, part.row.shape).reshape(-1) for part in sums]
        own = np.arange(self._M0.value.shape[1])
        row: Places = np.concatenate([*(part.row.reshape(-1) for part in sums), *self._M0.row])
        one = np.ones(own.size)
        flat = [-part.derivative.reshape(-1) for part in sums]
        derivative = np.concatenate([*flat, -one, one])
        return _Part(
            (split, "no_group", None, None),
            sums[0].cell,
            value,
            sums[0].total,
            np.concatenate([*places, own, own]),
            row,
            derivative,
        )

    def _rows(self, groups: Groups, parts: Sequence[_Part]) -> tuple[pa.Table, sparse.csr_array]:
        """Rows of parts, and their derivatives."""
        sizes = [part.cell.size for part in parts]
        starts = np.cumsum([0, *sizes[:-1]])
        derivatives = Derivatives(sum(sizes))
        for start, part in zip(starts, parts, strict=True):
            derivatives.add(start + part.sums, part.row, part.derivative)
        matrix = derivatives.matrix(self._errors.size)
        cell, value, total = (
            np.concatenate([getattr(part, name) for part in parts])
            for name in ("cell", "value", "total")
        )
        cutoffs = len(self._pair.cutoffs)
        order = np.argsort(cell % cutoffs, kind="stable")  # sums of one cutoff share figures
        se = np.empty(value.size)
        se[order] = standard_errors(
            self.source, matrix[order], self._errors, by=groups.by, findings=self.findings
        )
        df = self._degrees(groups, parts, matrix)
        found = inference(value, se, df, level=self.source.level, complete=self._complete)
        self._without_interval += int((~np.isnan(se) & np.isnan(found.low)).sum())
        known = np.abs(total) > _ROUNDING
        share = np.divide(value, total, out=np.full(value.size, np.nan), where=known)
        numbers = {"estimate": value, "share": share} | found.columns()
        columns = self._labels(groups, cell)
        columns |= {
            name: pa.array(np.repeat([part.about[n] for part in parts], sizes), pa.string())
            for n, name in enumerate(_ABOUT)
        }
        columns |= {n: pa.array(v, mask=np.isnan(v)) for n, v in numbers.items()}
        place = [SPLITS.index(part.about[0]) for part in parts]
        columns["#cell"] = pa.array(cell)
        columns["#place"] = pa.array(np.repeat(place, sizes))
        return pa.table(columns), matrix

    def _labels(self, groups: Groups, cell: Places) -> dict[str, pa.Array]:
        """Columns that say which group and cutoff a row is about."""
        cutoffs = len(self._pair.cutoffs)
        # a sum over groups has none: the last place, which is empty
        group = pa.array(np.where(cell < 0, len(groups.keys), cell // cutoffs))
        columns = {
            "by": pa.array([groups.by] * cell.size, pa.string()),
            "group": pa.array([*groups.texts, None], pa.string()).take(group),
        }
        for place, (name, kind) in enumerate(self._pair.types.items()):
            values = [*(key[place] for key in groups.keys), None]
            columns[name] = pa.array(values, kind).take(group)
        columns["k"] = pa.array(self._pair.cutoffs, pa.string()).take(pa.array(cell % cutoffs))
        return columns

    def _degrees(self, groups: Groups, parts: Sequence[_Part], matrix: sparse.csr_array) -> Floats:
        """Degrees of freedom of the rows of parts: of all units that they rest on."""
        cutoffs = len(self._pair.cutoffs)
        whole = self._M0.row[:, 0]
        rows = self._pair.figures("M0", groups).row[:, ::cutoffs]
        # shares rest on the whole population, so that group -1 stands for it
        group = np.concatenate(
            [
                np.full(part.cell.size, -1) if part.about[0] in BETWEEN else part.cell // cutoffs
                for part in parts
            ]
        )
        wave = np.searchsorted(np.array(self.source.first), matrix.indices, side="right") - 1
        place = np.repeat(np.arange(group.size), np.diff(matrix.indptr))
        used = np.zeros((group.size, 2), dtype=bool)
        used[place, wave] = True
        kinds, which = np.unique(np.column_stack([group, used]), axis=0, return_inverse=True)
        found = np.zeros(kinds.shape[0])
        for kind, (own, *waves) in enumerate(kinds.tolist()):
            of = (whole if own < 0 else rows[:, own])[np.array(waves, dtype=bool)]
            found[kind] = self.source.degrees(of.tolist()) if of.size else np.nan
        return found[which.reshape(-1)]


def _difference(about: About, figures: Figures, cells: Places, total: Floats) -> _Part:
    """The change of a figure as a part."""
    derivative = np.stack([-np.ones(cells.size), np.ones(cells.size)])
    value = figures.value[1] - figures.value[0]
    return _Part(about, cells, value, total, np.arange(cells.size), figures.row, derivative)


def _single(
    about: About,
    cells: Places,
    total: Floats,
    terms: Terms,
    rows: Places,
    place: int,
) -> _Part:
    """One part of a product."""
    own = np.arange(cells.size)
    return _Part(about, cells, terms.values[place], total, own, rows, terms.derivatives[place])
