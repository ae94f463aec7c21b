"""Groups beside the population: their parts of the poor and of M0, against their size."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from scipy import sparse

from mpi.analysis.sums import (
    Derivatives,
    Inference,
    errors_by_row,
    ratio_inference,
    standard_errors,
)
from mpi.analysis.waves import check_estimates
from mpi.api import Groupings, groupings_of
from mpi.arguments import check_kinds
from mpi.assembly import COLUMNS, NATIONAL
from mpi.errors import EstimationError, Problems, nearest
from mpi.estimates import Estimates
from mpi.findings import Finding
from mpi.lookup import check_variables, grouping_variables
from mpi.pooling import Pool
from mpi.results import Result, whole_numbers
from mpi.sources import Source

Floats: TypeAlias = NDArray[np.float64]
Places: TypeAlias = NDArray[np.int64]

_MEASURES = ("H", "M0")
# beside grouping variables
_COLUMNS = ("population_share", "contribution", "ratio", "statistic", "p_value")


class Horizontal(Result):
    """Groups beside the population, one row a group, measure and cutoff.

    Columns are ``by``, ``group`` and the grouping variables as in `Estimates`; ``measure`` (``H``
    or ``M0``) and ``k``; ``estimate``, the measure of the group; ``population_share`` and
    ``contribution``, its shares of the population and of what the measure counts; ``ratio``, the
    second over the first; and ``se``, ``ci_low``, ``ci_high``, ``df``, ``statistic`` and
    ``p_value`` of the ratio, compared with 1.

    Parameters
    ----------
    table : pyarrow.Table
    findings : iterable of Finding
    """

    __slots__ = ()

    def _headline(self) -> str:
        return f"Groups beside the population: {len(self):,} rows"


def horizontal(estimates: Estimates, *, by: Groupings = None) -> Horizontal:
    """How the poor are spread over groups: contributions against population shares.

    Parameters
    ----------
    estimates : Estimates
        Under all measures that `Profiles.estimate` gives.
    by : str or sequence, optional
        Groupings wanted; all if left out.

    Returns
    -------
    Horizontal

    Raises
    ------
    EstimationError
        If there are no groups or no standard errors, figures are missing, or there is no such
        grouping; all problems at once.

    Notes
    -----
    The contribution of a group with share v_l of the population is v_l M0_l / M0. Over v_l it is
    M0_l / M0, above 1 where a group has more than its part; the group is itself in M0, and the
    standard error of the ratio knows that. Its interval is symmetric on the scale of logarithms.

    References
    ----------
    Alkire et al. (2015), Multidimensional Poverty Measurement and Analysis, chapter 5.

    Examples
    --------
    >>> import mpi
    >>> spec = mpi.Specification.from_columns({"d": ["a"]}, cutoff=1)
    >>> people = {"a": [1, 1, 0, 1, 0, 0], "area": ["rural"] * 3 + ["urban"] * 3}
    >>> found = mpi.horizontal(mpi.measure(people, spec, by="area")).to_pandas()
    >>> found[found["measure"] == "M0"][["group", "contribution", "ratio"]].round(4).values.tolist()
    [['rural', 0.6667, 1.3333], ['urban', 0.3333, 0.6667]]
    """
    check_kinds(horizontal, locals())
    problems = Problems("horizontal", EstimationError)
    check_estimates(estimates, problems)
    table = _checked(estimates, by, problems)
    source = estimates.source
    if not isinstance(source, (Source, Pool)):
        remedy = "Estimate with se=True, and before flag(suppress=True)."
        problems.add("", "the estimates have no standard errors", remedy=remedy)
    problems.raise_if_any()
    assert isinstance(source, (Source, Pool))  # noqa: S101 -- refused above
    work = _Ratios(table, estimates, source)
    return Horizontal(work.table(), [*estimates.findings, *work.findings])


def _checked(estimates: Estimates, by: Groupings, problems: Problems) -> pa.Table:
    """Rows of the groupings wanted and of the population, with their numbers."""
    table = estimates.to_arrow().append_column("#row", pa.array(estimates.rows))
    table = table.filter(pc.is_null(table["bound"]))
    check_variables(grouping_variables(estimates.to_arrow()), _COLUMNS, problems)
    known = set(pc.unique(table["measure"]).to_pylist())
    wanted = [*_MEASURES, *(f"contribution_{name}" for name in _MEASURES), "popsh"]
    without = [name for name in wanted if name not in known]
    if without:
        remedy = "Give all that estimate() returns, under a policy other than 'bounds'."
        problems.add("", f"there are no figures of {', '.join(without)}", remedy=remedy)
    own = [name for name in pc.unique(table["by"]).to_pylist() if name != NATIONAL]
    names = own if by is None else [" x ".join(variables) for variables in groupings_of(by)]
    for name in names:
        if name not in own:
            found = f"results are not by {name!r}"
            problems.add("by", found, remedy=nearest(name, own))
    if not own:
        problems.add("by", "results are not by any group", remedy="Tabulate by one.")
    wanted_by = [NATIONAL, *(name for name in names if name in own)]
    return table.filter(pc.is_in(table["by"], pa.array(wanted_by, pa.string())))


@dataclass(frozen=True, slots=True)
class _Matched:
    """Rows of groups, and the rows of the population that they are compared with, as places."""

    own: Places
    whole: Places
    share: Places
    contribution: Places


class _Ratios:
    """Ratios of the measures of groups to those of the population."""

    def __init__(self, table: pa.Table, estimates: Estimates, source: Source | Pool) -> None:
        self.findings: list[Finding] = []
        self._table, self._source = table, source
        self._value = table["estimate"].to_numpy()
        self._row = table["#row"].to_numpy()
        se = estimates.to_arrow()["se"].to_numpy()
        size = int(estimates.rows.max(initial=-1)) + 1
        self._errors = errors_by_row([(estimates.rows, se)], size)
        self._variables = [n for n in table.column_names if n not in (*COLUMNS, "#row")]
        self._matched = self._match()

    def _match(self) -> _Matched:
        names = ("by", *self._variables, "measure", "k")
        columns = [self._table[name].to_pylist() for name in names]
        plain = pc.and_(pc.is_null(self._table["dimension"]), pc.is_null(self._table["category"]))
        places = np.flatnonzero(plain.to_numpy()).tolist()
        keys = list(zip(*columns, strict=True))
        at = {keys[place]: place for place in places}
        nobody = (NATIONAL, *(None for _ in self._variables))
        found = []
        for place in places:
            *group, measure, k = keys[place]
            if measure in _MEASURES and group[0] != NATIONAL:
                of_group = tuple(group)
                share = at[(*of_group, "popsh", None)]
                contribution = at[(*of_group, f"contribution_{measure}", k)]
                found.append((place, at[(*nobody, measure, k)], share, contribution))
        rows = np.array(found, dtype=np.int64).reshape(-1, 4)
        return _Matched(*rows.T)

    def table(self) -> pa.Table:
        """Rows of the result."""
        rows, value = self._matched, self._value
        own, whole = value[rows.own], value[rows.whole]
        with np.errstate(divide="ignore", invalid="ignore"):
            ratio = np.where(whole > 0, own / whole, np.nan)
            derivative = np.stack([1 / whole, -own / whole**2])
        known = ~np.isnan(ratio)
        derivatives = Derivatives(ratio.size)
        row = np.where(known, np.stack([self._row[rows.own], self._row[rows.whole]]), -1)
        derivatives.add(np.arange(ratio.size), row, np.nan_to_num(derivative, posinf=0, neginf=0))
        matrix = derivatives.matrix(self._errors.size)
        se = np.where(known, self._standard_errors(matrix), np.nan)
        found = self._inference(ratio, se)
        numbers = {
            "estimate": own,
            "population_share": value[rows.share],
            "contribution": value[rows.contribution],
            "ratio": ratio,
        }
        numbers |= found.columns()
        names = ("by", "group", *self._variables, "measure", "k")
        columns = {name: self._table[name].take(pa.array(rows.own)) for name in names}
        columns |= {n: pa.array(v, mask=np.isnan(v)) for n, v in numbers.items()}
        return whole_numbers(pa.table(columns), "df")

    def _standard_errors(self, matrix: sparse.csr_array) -> Floats:
        """Standard errors of the ratios, one grouping at a time."""
        found = np.empty(matrix.shape[0])
        by = np.array(self._table["by"].to_pylist())[self._matched.own]
        for name in dict.fromkeys(by.tolist()):
            own = np.flatnonzero(by == name)
            found[own] = standard_errors(
                self._source, matrix[own], self._errors, by=name, findings=self.findings
            )
        return found

    def _inference(self, ratio: Floats, se: Floats) -> Inference:
        whole = self._row[self._matched.whole[:1]].tolist()
        # groups and the population together rest on all units
        df = np.full(ratio.size, float(self._source.degrees(whole)) if whole else np.nan)
        sources = self._source.sources if isinstance(self._source, Pool) else (self._source,)
        complete = all(source.complete for source in sources)
        found = ratio_inference(ratio, se, df, level=self._source.level, complete=complete)
        without = int((~np.isnan(ratio) & np.isnan(found.low)).sum())
        if without:
            detail = "no interval: nobody in the group is poor, or nobody in the sample differs"
            self.findings.append(Finding("NO_INTERVAL", "ratio", detail, without, ratio.size))
        return found
