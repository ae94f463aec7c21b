"""Why M0 changed: incidence and intensity, groups, indicators, each with its standard error."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from scipy import sparse

from mpi.analysis.pairs import Figures, Groups, Pair
from mpi.analysis.sums import Derivatives, errors_by_row, inference, standard_errors
from mpi.analysis.waves import check_waves
from mpi.api import Groupings, groupings_of
from mpi.contrasts import Contrast, Form
from mpi.core.factors import Terms, from_base, shapley
from mpi.errors import EstimationError, Problem, Problems
from mpi.estimates import Estimates
from mpi.exact import check_cutoff, text
from mpi.findings import Finding
from mpi.options import unknown_options
from mpi.pooling import Pool, Samples, pool
from mpi.results import Result
from mpi.sources import Source
from mpi.tables import NATIONAL

SplitMethod: TypeAlias = Literal["shapley", "base"]
Floats: TypeAlias = NDArray[np.float64]
Places: TypeAlias = NDArray[np.int64]

SPLITS = (
    *("change", "incidence_intensity", "indicators", "dimensions"),
    *("groups", "groups_incidence_intensity"),
)
_INTERACTION = "interaction"
# a change below this is the rounding of none, and has no shares
_ROUNDING = 1e-14
_ABOUT = ("split", "part", "dimension", "indicator")


class Decomposition(Result):
    """Parts of the change of M0 between two waves, one row a part.

    Columns are ``by``, ``group`` and the grouping variables as in `Estimates`; ``k``; ``split`` and
    ``part``, with ``dimension`` and ``indicator`` where they apply; ``estimate``; ``share`` of the
    change that the parts of the split add up to, missing where nothing changed; ``se``, ``ci_low``,
    ``ci_high``, ``df``, ``statistic`` and ``p_value``. Rows of a split by groups without a group
    are the sums over all groups.

    Parameters
    ----------
    table : pyarrow.Table
    findings : iterable of Finding
    title : str
        Specification, policy, unit and samples in one line.
    source : Pool
        Where the figures come from.
    derivatives : scipy.sparse.csr_array, shape (rows, figures)
        Of each part by the figures of the source.
    """

    __slots__ = ("_derivatives", "_source", "title")

    def __init__(
        self,
        table: pa.Table,
        findings: Iterable[Finding],
        *,
        title: str,
        source: Pool,
        derivatives: sparse.csr_array,
    ) -> None:
        super().__init__(table, findings)
        self.title, self._source, self._derivatives = title, source, derivatives

    def select(self, *splits: str) -> Decomposition:
        """The rows of some splits, such as ``"incidence_intensity"``."""
        known = pc.unique(self._table["split"]).to_pylist()
        problems = [
            Problem("", f"there is no {name!r}", f"There are {', '.join(known)}.")
            for name in splits
            if name not in known
        ]
        if problems:
            raise EstimationError("split", problems)
        kept = pc.is_in(self._table["split"], pa.array(splits, pa.string()))
        return Decomposition(
            self._table.filter(kept),
            self.findings,
            title=self.title,
            source=self._source,
            derivatives=self._derivatives[np.flatnonzero(kept.to_numpy())],
        )

    def get(
        self, split: str, part: str, *, k: object = None, by: str | None = None, **group: object
    ) -> Contrast:
        """One part, for arithmetic with others: their covariance is known.

        Parameters
        ----------
        split, part : str
            As in the columns.
        k : number, optional
            Cutoff; needed where there are several.
        by : str, optional
            Grouping, for sums over all groups.
        **group : values
            Value of every grouping variable; none for the whole population.

        Raises
        ------
        EstimationError
            If no row, or more than one, fits.
        """
        table, wanted = self._table, {"split": split, "part": part}
        names = _variables(table)
        unknown = [name for name in group if name not in names]
        if unknown:
            expected = f"Results are by {', '.join([NATIONAL, *names])}."
            found = f"{unknown[0]!r} is no grouping variable"
            raise EstimationError("get", [Problem("", found, expected)])
        if by is not None:
            wanted["by"] = by
        if k is not None:
            try:
                wanted["k"] = text(check_cutoff(k))
            except ValueError as error:
                raise EstimationError("get", [Problem("k", str(error))]) from None
        fits = np.ones(table.num_rows, dtype=bool)
        for name, value in wanted.items():
            fits &= np.array([own == value for own in table[name].to_pylist()], dtype=bool)
        for name in names:
            value = group.get(name)
            own = table[name].to_pylist()
            fits &= np.array([v == value or str(v) == str(value) for v in own], dtype=bool)
        rows = np.flatnonzero(fits)
        if rows.size != 1:
            found = f"{rows.size} rows fit part {part!r} of {split!r} with these values"
            expected = "Say split, part, k and the group, or by= for a sum over groups."
            raise EstimationError("get", [Problem("", found, expected)])
        row = int(rows[0])
        own = self._derivatives[[row]]
        terms = dict(zip(own.indices.tolist(), own.data.tolist(), strict=True))
        return Contrast(Form(float(table["estimate"][row].as_py()), terms, self._source))

    def _headline(self) -> str:
        return f"Change of M0: {self.title}; {len(self):,} parts"


def decompose(  # noqa: PLR0913 -- each is one choice of the analyst
    first: Estimates,
    second: Estimates,
    *,
    samples: Samples | None = None,
    by: Groupings = None,
    method: SplitMethod = "shapley",
    centred: bool = False,
    other_specification: bool = False,
) -> Decomposition:
    """Parts of the change of M0 from one wave to a later one, second less first.

    Parameters
    ----------
    first, second : Estimates
        Of two surveys, under all measures that `Profiles.estimate` gives.
    samples : {"independent", "overlapping"}, optional
        Whether the samples share PSUs, as in `pool`. It has to be said where ids are equal; where
        none is, the samples are taken as independent.
    by : str or sequence, optional
        Groupings wanted, as in `tabulate`; all that both waves have if left out.
    method : {"shapley", "base"}
        Mean effect over all orders; or the effect of each factor from the first wave, with what
        is left over as ``interaction``.
    centred : bool
        Whether the part of a group's population share counts its M0 from that of the population,
        so that a group that is less poor than the others lowers M0 by growing. Only single groups
        differ by it, not their sum.
    other_specification : bool
        Whether waves of different specifications may be decomposed; indicators that only one has
        contribute 0 in the other.

    Returns
    -------
    Decomposition

    Raises
    ------
    EstimationError
        If there are no two waves, they differ in specification or choices, figures are missing, or
        PSUs have equal ids and nothing says what that means; all problems at once.

    Notes
    -----
    With H, A and M0 of the two waves, and v the share of a group in the population:

    - ``incidence_intensity``: ΔM0 = ΔH (A1 + A2)/2 + ΔA (H1 + H2)/2;
    - ``indicators``, ``dimensions``: the change of ``actb``, w_j times that of ``hdk``;
    - ``groups``: the sum of ΔM0_l (v1_l + v2_l)/2 (within) and Δv_l (M0_1l + M0_2l)/2;
    - ``groups_incidence_intensity``: the three parts of v_l H_l A_l, that of v_l being
      Δv_l [(H1 A1 + H2 A2)/3 + (H1 A2 + H2 A1)/6].

    What one wave does not define is as in the other: A where nobody is poor, so that all of the
    change is incidence; M0 of a group that is not there, so that all of it is population share.

    References
    ----------
    Shorrocks (2013), Journal of Economic Inequality 11; Apablaza and Yalonetzky (2013), OPHI
    Research in Progress 38a; Roche (2013), Child Indicators Research 6.

    Examples
    --------
    >>> import mpi
    >>> spec = mpi.Specification.from_columns({"d": ["a", "b"]}, cutoff="1/2")
    >>> waves = [{"a": [1, 1, 0, 1], "b": [1, 1, 0, 0]}, {"a": [0, 1, 0, 1], "b": [0, 1, 0, 0]}]
    >>> found = mpi.decompose(*(mpi.measure(wave, spec) for wave in waves))
    >>> found.get("incidence_intensity", "incidence").estimate.__round__(4)
    -0.1979
    """
    problems = Problems("decompose", EstimationError)
    problems.extend(unknown_options(method=(method, SplitMethod)))
    waves = (first, second)
    check_waves(waves, samples, problems, other_specification=other_specification)
    wanted = None if by is None else groupings_of(by)
    problems.raise_if_any()
    chosen: Samples = samples or "independent"
    pooled = pool(*waves, samples=chosen)
    pair = Pair(*pooled, wanted, problems)
    problems.raise_if_any()
    findings = [finding for wave in waves for finding in wave.findings]
    if samples is None:
        detail = "no two waves have PSUs with equal ids; they are taken as independent samples"
        findings.append(Finding("SAMPLES_INDEPENDENT", "samples", detail))
    work = _Work(pair, pooled, method, centred=centred)
    table, derivatives = work.table()
    return Decomposition(
        table,
        [*findings, *pair.findings, *work.findings],
        title=f"{first.title}; {chosen} samples",
        source=work.source,
        derivatives=derivatives,
    )


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

    about: tuple[str, str, str | None, str | None]
    cell: Places
    value: Floats
    total: Floats
    sums: Places
    row: Places
    derivative: Floats


class _Work:
    """Parts of one pair of waves."""

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
        table = pa.concat_tables(tables)
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
            detail = (
                "no interval: nobody in the samples differs, or there are no degrees of freedom"
            )
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
            about = ("incidence_intensity", name, None, None)
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
        about: tuple[str, str, str | None, str | None],
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
        value = np.bincount(sums, weights=part.value, minlength=cutoffs)
        total = self._M0.value[1] - self._M0.value[0]
        cells = np.arange(cutoffs) - cutoffs  # before the groups, in order
        return _Part(part.about, cells, value, total, sums, part.row, part.derivative)

    def _rest(self, split: str, sums: Sequence[_Part]) -> _Part:
        """What units in no group add: the change less the sums over groups."""
        value = sums[0].total - np.sum([part.value for part in sums], axis=0)
        places = [np.broadcast_to(part.sums, part.row.shape).reshape(-1) for part in sums]
        own = np.arange(self._M0.value.shape[1])
        row = np.concatenate([*(part.row.reshape(-1) for part in sums), *self._M0.row])
        one = np.ones(own.size)
        derivative = np.concatenate([*(-part.derivative.reshape(-1) for part in sums), -one, one])
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
        se[order] = standard_errors(self.source, matrix[order], self._errors)
        df = self._degrees(groups, parts)
        found = inference(value, se, df, level=self.source.level, complete=self._complete)
        self._without_interval += int((~np.isnan(se) & np.isnan(found.low)).sum())
        known = np.abs(total) > _ROUNDING
        share = np.divide(value, total, out=np.full(value.size, np.nan), where=known)
        numbers = {"estimate": value, "share": share, "se": se, "ci_low": found.low}
        numbers |= {"ci_high": found.high, "df": found.df, "statistic": found.statistic}
        numbers["p_value"] = found.p
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

    def _degrees(self, groups: Groups, parts: Sequence[_Part]) -> Floats:
        """Degrees of freedom of the rows of parts: of all units that they rest on."""
        everybody = float(self.source.degrees(self._M0.row[:, 0].tolist()))
        own = np.full(len(groups.keys), everybody)
        if groups.by != NATIONAL:
            rows = self._pair.figures("M0", groups).row[:, :: len(self._pair.cutoffs)]
            for place, used in enumerate(rows.T):
                if (used >= 0).all():
                    own[place] = self.source.degrees(used.tolist())
        cutoffs = len(self._pair.cutoffs)
        return np.concatenate(
            [
                np.full(part.cell.size, everybody)
                if part.about[0].startswith("groups")  # shares rest on the whole population
                else own[part.cell // cutoffs]
                for part in parts
            ]
        )


def _difference(
    about: tuple[str, str, str | None, str | None], figures: Figures, cells: Places, total: Floats
) -> _Part:
    """The change of a figure as a part."""
    derivative = np.stack([-np.ones(cells.size), np.ones(cells.size)])
    value = figures.value[1] - figures.value[0]
    return _Part(about, cells, value, total, np.arange(cells.size), figures.row, derivative)


def _single(
    about: tuple[str, str, str | None, str | None],
    cells: Places,
    total: Floats,
    terms: Terms,
    rows: Places,
    place: int,
) -> _Part:
    """One part of a product."""
    own = np.arange(cells.size)
    return _Part(about, cells, terms.values[place], total, own, rows, terms.derivatives[place])


def _variables(table: pa.Table) -> list[str]:
    """Grouping variables of the rows."""
    names = list(table.column_names)
    return names[names.index("group") + 1 : names.index("k")]
