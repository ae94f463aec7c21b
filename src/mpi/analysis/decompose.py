"""Why M0 changed: incidence and intensity, groups, indicators, each with its standard error."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from scipy import sparse

from mpi.analysis.pairs import Pair
from mpi.analysis.splits import SplitMethod, Splits
from mpi.analysis.waves import check_waves
from mpi.api import Groupings, groupings_of
from mpi.arguments import check_kinds
from mpi.assembly import NATIONAL
from mpi.contrasts import Contrast, Form
from mpi.errors import EstimationError, Problem, Problems
from mpi.estimates import Estimates
from mpi.exact import check_cutoff, text
from mpi.findings import Finding
from mpi.lookup import check_variables, grouping_variables
from mpi.options import unknown_options
from mpi.pooling import Pool, Samples, pool
from mpi.results import Result

# beside grouping variables
_COLUMNS = ("split", "part", "share", "statistic", "p_value", "table")


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
        table = self._table
        wanted: dict[str, object] = {"split": split, "part": part}
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
            fits &= np.array([v == value for v in table[name].to_pylist()], dtype=bool)
        for name in names:
            value = group.get(name)
            column = table[name].to_pylist()
            fits &= np.array([v == value or str(v) == str(value) for v in column], dtype=bool)
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


def decompose(
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
    Shorrocks (2013), Journal of Economic Inequality 11; Apablaza and Yalonetzky (2013), Young
    Lives Working Paper 101; Roche (2013), Social Indicators Research 112.

    Examples
    --------
    >>> import mpi
    >>> spec = mpi.Specification.from_columns({"d": ["a", "b"]}, cutoff="1/2")
    >>> waves = [{"a": [1, 1, 0, 1], "b": [1, 1, 0, 0]}, {"a": [0, 1, 0, 1], "b": [0, 1, 0, 0]}]
    >>> found = mpi.decompose(*(mpi.measure(wave, spec) for wave in waves))
    >>> found.get("incidence_intensity", "incidence").estimate.__round__(4)
    -0.1979
    """
    check_kinds(decompose, locals())
    problems = Problems("decompose", EstimationError)
    problems.extend(unknown_options(method=(method, SplitMethod)))
    waves = (first, second)
    check_waves(waves, samples, problems, other_specification=other_specification)
    for wave in waves:
        check_variables(grouping_variables(wave.to_arrow()), _COLUMNS, problems)
    wanted = None if by is None else groupings_of(by)
    problems.raise_if_any()
    chosen: Samples = "independent" if samples is None else samples
    pooled = pool(*waves, samples=chosen)
    pair = Pair(pooled[0], pooled[1], wanted, problems)
    problems.raise_if_any()
    findings = [finding for wave in waves for finding in wave.findings]
    if samples is None:
        detail = "no two waves have PSUs with equal ids; they are taken as independent samples"
        findings.append(Finding("SAMPLES_INDEPENDENT", "samples", detail))
    work = Splits(pair, pooled, method, centred=centred)
    table, derivatives = work.table()
    return Decomposition(
        table,
        [*findings, *pair.findings, *work.findings],
        title=f"{first.title}; {chosen} samples",
        source=work.source,
        derivatives=derivatives,
    )


def _variables(table: pa.Table) -> list[str]:
    """Grouping variables of the rows."""
    names = list(table.column_names)
    return names[names.index("group") + 1 : names.index("k")]
