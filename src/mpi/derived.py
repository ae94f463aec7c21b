"""Estimates that are functions of other estimates, with their errors and covariance."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from mpi.assembly import GroupRows, assemble
from mpi.core.functions import Family
from mpi.engines.base import Grouping
from mpi.estimates import Estimates
from mpi.findings import Finding
from mpi.inference import replicate
from mpi.inference.errors import Errors
from mpi.inference.functions import (
    base_of,
    bases_of,
    linear_errors,
    replicate_all,
    replicated_errors,
    union_cells,
    with_limits,
)
from mpi.inference.replicate import Replication
from mpi.inference.variance import degrees_of_freedom, psus_of
from mpi.progress import steps
from mpi.sources import Part, Source
from mpi.tables import by_of, group_texts, variables_of
from mpi.uncertainty import Uncertainty

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class DerivedSource(Source):
    """Figures and functions of them, with their sample.

    The rows of a group are its figures, of a single part, and then its functions.

    Attributes
    ----------
    families : tuple of Family
    """

    families: tuple[Family, ...] = ()

    def units(self, rows: Sequence[int]) -> list[tuple[NDArray[np.int64], NDArray[np.int64]]]:
        """Sampled units that the figures behind rows rest on, and how many each stands for."""
        figures = dict.fromkeys(figure for row in rows for figure in self._terms(row))
        return Source.units(self, list(figures))

    @property
    def size(self) -> int:
        """Number of rows, figures and functions."""
        functions = sum(len(family.about) for family in self.families)
        shapes = [parts[0].linear.estimates.shape for parts in self.groupings]
        return sum(groups * (width + functions) for groups, width in shapes)

    def linear(self, rows: Sequence[int]) -> Floats:
        """Linearised totals of rows by sampled unit, shape (m, q)."""
        figures, derivatives = self._derivatives(rows)
        values = Source.linear(self, figures)
        unknown = np.isnan(values).any(axis=0)
        found: Floats = np.where(unknown, 0.0, values) @ derivatives.T
        found[:, ((derivatives != 0) & unknown).any(axis=1)] = np.nan
        return found

    def covariance(self, rows: Sequence[int]) -> Floats:
        """Covariance matrix of rows, shape (q, q); NaN for those that are not defined."""
        if self.replication is not None:
            return self._of_replicates(rows, self.replication)
        figures, derivatives = self._derivatives(rows)
        matrix = Source.covariance(self, figures)
        unknown = np.isnan(matrix)
        found: Floats = derivatives @ np.where(unknown, 0.0, matrix) @ derivatives.T
        used = (derivatives != 0).astype(np.float64)
        found[used @ unknown @ used.T > 0] = np.nan
        return found

    def _derivatives(self, rows: Sequence[int]) -> tuple[list[int], Floats]:
        """The figures that rows are functions of, and the derivatives of each row by them."""
        terms = [self._terms(row) for row in rows]
        figures = list(dict.fromkeys(figure for own in terms for figure in own))
        slopes = [[own.get(figure, 0.0) for figure in figures] for own in terms]
        return figures, np.array(slopes).reshape(len(rows), len(figures))

    def cases(self) -> tuple[Floats, Floats]:
        """Units in the sample that numerators and denominators count; of a function its base."""
        figures = Source.cases(self)
        tops: list[Floats] = []
        bottoms: list[Floats] = []
        start = 0
        for parts in self.groupings:
            groups, width = parts[0].linear.estimates.shape
            own = parts[0].linear.own.n[:, self._function_bases(parts[0])].astype(np.float64)
            for found, numbers in zip((tops, bottoms), figures, strict=True):
                rows = numbers[start : start + groups * width].reshape(groups, width)
                found.append(np.hstack([rows, own]).reshape(-1))
            start += groups * width
        return np.concatenate(tops), np.concatenate(bottoms)

    def _function_bases(self, part: Part) -> list[int]:
        statistics = part.linear.measured.statistics
        return [base_of(f, statistics, i) for f in self.families for i in range(len(f.about))]

    def _stand(self, row: int) -> tuple[int, int, int]:
        """Grouping, group and column of a row."""
        functions = sum(len(family.about) for family in self.families)
        for number, parts in enumerate(self.groupings):
            groups, width = parts[0].linear.estimates.shape
            if row < groups * (width + functions):
                return number, *divmod(row, width + functions)
            row -= groups * (width + functions)
        raise IndexError(row)

    def _terms(self, row: int) -> dict[int, float]:
        """Derivatives of a row by figures, by the numbers that these have without functions."""
        number, group, column = self._stand(row)
        sizes = [parts[0].linear.estimates.size for parts in self.groupings[:number]]
        estimates = self.groupings[number][0].linear.estimates
        first = sum(sizes) + group * estimates.shape[1]
        if column < estimates.shape[1]:
            return {first + column: 1.0}
        column -= estimates.shape[1]
        for family in self.families:
            if column < len(family.about):
                slopes = family.derivatives(estimates[group : group + 1])[0, column]
                terms: dict[int, float] = {}
                for place, slope in zip(family.columns[column], slopes, strict=True):
                    figure = first + int(place)
                    terms[figure] = terms.get(figure, 0.0) + float(slope)
                return terms
            column -= len(family.about)
        raise IndexError(row)

    def _of_replicates(self, rows: Sequence[int], replication: Replication) -> Floats:
        """Covariance of rows, each computed again under every replicate."""
        places = [self._stand(row) for row in rows]
        values = np.empty((replication.number, len(rows)))
        parts = {number: self.groupings[number][0] for number, _, _ in places}
        for r in steps(range(replication.number), "replicates"):
            found = {n: self._replicate(part, replication, r) for n, part in parts.items()}
            values[r] = [found[n][group, column] for n, group, column in places]
        plain = {n: self._all(part.linear.estimates) for n, part in parts.items()}
        estimates = np.array([plain[n][group, column] for n, group, column in places])
        matrix = replicate.covariance(values, estimates, replication)
        undefined = np.isnan(estimates)
        matrix[undefined, :] = matrix[:, undefined] = np.nan
        return matrix

    def _all(self, estimates: Floats) -> Floats:
        return np.hstack([estimates, *(family.values(estimates) for family in self.families)])

    def _replicate(self, part: Part, replication: Replication, r: int) -> Floats:
        found = replication.estimates(part.counted, part.whole, part.linear.measured, r)
        estimates = part.linear.estimates
        return np.hstack([found, *(f.replicated(estimates, found) for f in self.families)])


def derived_estimates(
    groupings: Sequence[Grouping],
    parts: Sequence[Sequence[Part]],
    families: Sequence[Family],
    uncertainty: Uncertainty | None,
    *,
    value_labels: Mapping[str, Mapping[object, str]],
    findings: Sequence[Finding],
    title: str,
    hidden: Collection[str] = (),
) -> Estimates:
    """The tidy table of figures and of functions of them.

    Parameters
    ----------
    groupings : sequence of Grouping
    parts : sequence of sequences of Part
        A single part for each grouping, whose figures have the groups' own denominators.
    families : sequence of Family
        Functions of these figures.
    uncertainty : Uncertainty or None
    value_labels, findings, title
        As in `mpi.tables.estimates_of`.
    hidden : collection of str
        Measures that are only there for others and are not shown.
    """
    families = tuple(families)
    errors: list[Errors | None] = [None] * len(parts)
    source, found = None, list(findings)
    if uncertainty is not None:
        plain = uncertainty.source(parts)
        own = uncertainty.errors(parts)
        of_functions = [_errors(families, of[0], plain) for of in parts]
        undefined = sum(count for _, count in of_functions)
        errors = [Errors.joined([a, *b]) for a, (b, _) in zip(own, of_functions, strict=True)]
        inherited = {f.name: getattr(plain, f.name) for f in fields(Source)}
        source = DerivedSource(**inherited, families=families)
        found += uncertainty.findings
        if undefined:
            detail = "functions of figures that some replicates do not define; left out of these"
            found.append(Finding("REPLICATES_UNDEFINED", "functions", detail, undefined))
    rows = [
        _rows(grouping, of[0], families, error, value_labels)
        for grouping, of, error in zip(groupings, parts, errors, strict=True)
    ]
    statistics = [*parts[0][0].linear.measured.statistics, *(s for f in families for s in f.about)]
    table = assemble(rows, statistics, variables_of(groupings))
    shown = np.tile(
        [s.measure not in hidden for s in statistics], table.num_rows // len(statistics)
    )
    places = np.flatnonzero(shown)
    return Estimates(table.take(places), found, title=title, source=source, rows=places)


def _errors(families: Sequence[Family], part: Part, source: Source) -> tuple[list[Errors], int]:
    """Errors of the functions of a grouping; how many some replicates do not define."""
    estimates, made, undefined = part.linear.estimates, [], 0
    deviations = None
    if source.replication is not None and families:
        whole = part.whole
        deviations = replicate_all(
            tuple(families), part.counted, whole, part.linear, source.replication
        )
        undefined = sum(int((d.undefined > 0).sum()) for d in deviations)
    for place, family in enumerate(families):
        if deviations is None:
            assert source.sample is not None  # noqa: S101 -- one of the two is always there
            own = linear_errors(
                family,
                part.counted,
                part.linear,
                source.sample,
                lonely=source.lonely,
                rule=source.rule,
            )
        else:
            df, n_psu = _units(family, part, source)
            own = replicated_errors(family, deviations[place], estimates, df=df, n_psu=n_psu)
        made.append(
            with_limits(family, estimates, own, level=source.level, complete=source.complete)
        )
    return made, undefined


def _units(
    family: Family, part: Part, source: Source
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Degrees of freedom and PSUs of functions under replicates, each of shape (g, f)."""
    linear, size = part.linear, len(family.about)
    df = np.full((linear.estimates.shape[0], size), source.df, dtype=np.int64)
    n_psu = np.full(df.shape, -1)
    if source.sample is None:
        return df, n_psu
    for f in range(size):
        cells, _ = union_cells(part.counted, linear, bases_of(family, linear, f))
        n_psu[:, f] = psus_of(cells, source.sample)
        if source.rule != "design":  # else those of the whole sample, or those declared
            df[:, f] = degrees_of_freedom(cells, source.sample, source.rule)
    return df, n_psu


def _rows(
    grouping: Grouping,
    part: Part,
    families: Sequence[Family],
    errors: Errors | None,
    value_labels: Mapping[str, Mapping[object, str]],
) -> GroupRows:
    linear, statistics = part.linear, part.linear.measured.statistics
    bases = [s.base for s in statistics]
    bases += [base_of(f, statistics, i) for f in families for i in range(len(f.about))]
    values = [family.values(linear.estimates) for family in families]
    return GroupRows(
        by=by_of(grouping),
        variables=grouping.by,
        labels=grouping.labels,
        texts=group_texts(grouping, value_labels),
        estimates=np.hstack([linear.estimates, *values]),
        n=linear.own.n[:, bases],
        errors=errors,
    )
