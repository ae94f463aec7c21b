"""How deprivations go together: redundancy, correlation and tests of all pairs of indicators."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import combinations

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from scipy import special

from mpi.analysis.setting import Setting, check_profiles, choices_of
from mpi.arguments import check_kinds
from mpi.contrasts import adjusted_p
from mpi.core import pairs as table
from mpi.core.counting import poor
from mpi.core.functions import Family, Floats, Range
from mpi.core.measures import BASE, Measured, Statistic
from mpi.errors import EstimationError, Problem, nearest
from mpi.estimates import Estimates
from mpi.findings import Finding
from mpi.options import DegreesOfFreedom, LonelyPSU, named
from mpi.profiles import Profiles
from mpi.results import Result, Several
from mpi.spec.model import MissingPolicy
from mpi.survey.design import Replicates

_FEWEST = 2  # indicators of a pair
_CELLS = ("p11", "_p10", "_p01", "_p00")
_TESTED = "_tested"
# beside grouping variables, in the tables of pairs and of tests
_COLUMNS = (
    *("first", "second", "p1", "p2", "p1_se", "p2_se", "p11_se", "p11", "R0", "R0_se", "R0_low"),
    *("R0_low_se", "phi", "phi_se", "V", "V_se", "tetrachoric", "tetrachoric_se"),
    *("F", "ndf", "ddf", "p_value", "p_adjusted"),
)
_FUNCTIONS: dict[str, tuple[Callable[[Floats], Floats], Callable[[Floats], Floats], Range]] = {
    "R0": (table.redundancy, table.redundancy_gradient, "unit"),
    "R0_low": (table.least_redundancy, table.least_redundancy_gradient, "unit"),
    "phi": (table.phi, table.phi_gradient, "correlation"),
    "V": (table.cramer, table.cramer_gradient, "unit"),
    "tetrachoric": (table.correlation, table.correlation_gradient, "correlation"),
    _TESTED: (table.tested, table.tested_gradient, "line"),
}


@dataclass(frozen=True, slots=True, repr=False)
class Association(Several):
    """Association of all pairs of indicators.

    Attributes
    ----------
    estimates : Estimates
        ``hd`` (and at a cutoff ``hdk``) of each indicator, and of each pair ``p11`` (share deprived
        in both), ``R0`` (redundancy), ``R0_low`` (its smallest value given the headcounts), ``phi``
        (with sign), ``V`` (Cramér's, its size) and ``tetrachoric``. `indicator` is the first of the
        pair and `category` the second; `k` is empty where all people count, and the cutoff where
        the deprivations of the poor do.
    pairs : Result
        One row per group, cutoff and pair, with the same figures side by side.
    tests : Result
        Rao-Scott tests of independence: ``F``, ``ndf``, ``ddf``, ``p_value``, and ``p_adjusted`` by
        Holm's method over the pairs of a group and cutoff.
    """

    estimates: Estimates
    pairs: Result
    tests: Result

    def _shown(self) -> Sequence[Result]:
        return (self.pairs, self.tests)

    def _named(self) -> Sequence[str]:
        return ("pairs", "tests", "estimates")


def association(  # noqa: PLR0913 -- each is one choice of the analyst
    profiles: Profiles,
    indicators: Sequence[str] | None = None,
    *,
    k: object = None,
    missing: MissingPolicy | None = None,
    count: str = "persons",
    se: bool = True,
    lonely_psu: LonelyPSU | None = None,
    df: DegreesOfFreedom = "stata",
    level: float = 0.95,
    replicates: Replicates | None = None,
) -> Association:
    """Association of all pairs of indicators, among all people and for deprivations of the poor.

    Parameters
    ----------
    profiles : Profiles
    indicators : sequence of str, optional
        Which are paired, in this order; all if left out.
    k : number or sequence of numbers, optional
        Cutoffs of the censored association; that of the specification if left out.
    missing : {"drop", "reweight", "reweight-dimension", "nondeprived"}, optional
        Policy for missing answers. Where units that miss an answer are kept, it counts as no.
    count, se, lonely_psu, df, level, replicates
        As in `Profiles.estimate`.

    Returns
    -------
    Association

    Raises
    ------
    EstimationError
        If there are fewer than two indicators, one is not known, or a choice is none.

    Notes
    -----
    With the shares deprived in both, p11, and in each, p1 and p2: R0 = p11 / min(p1, p2), between
    R0_low = max(0, p1 + p2 - 1) / min(p1, p2) and 1; phi = (p11 - p1 p2) / sqrt(p1 q1 p2 q2), and V
    = abs(phi). The test of independence is F = phi^2 sum(1 / cell) / V(log odds ratio) with 1 and
    the design's degrees of freedom, as R's ``svychisq`` has it by default, for empty cells too.
    Figures that an empty row or column of the table leaves undefined are missing.

    References
    ----------
    Alkire and Ballon (2012), Understanding association across deprivation indicators; Alkire et al.
    (2015), Multidimensional Poverty Measurement and Analysis, chapter 7; Rao and Scott (1981), JASA
    76; (1984), Annals of Statistics 12; Pearson (1900), Philosophical Transactions A 195.

    Examples
    --------
    >>> import mpi
    >>> frame = {"a": [1, 1, 1, 0, 0], "b": [1, 1, 0, 1, 0]}
    >>> spec = mpi.Specification.from_columns({"one": ["a"], "two": ["b"]}, cutoff="1/2")
    >>> found = association(mpi.tabulate(frame, spec)).estimates
    >>> round(found.get("R0", indicator="a", category="b", k="1/2").estimate, 6)
    0.666667
    """
    check_kinds(association, locals())
    check_profiles(profiles, "association", *_COLUMNS)
    choices = choices_of(
        profiles, se=se, lonely_psu=lonely_psu, df=df, level=level, replicates=replicates
    )
    setting = Setting(profiles, k, missing=missing, count=count, choices=choices)
    chosen = _chosen(setting, indicators)
    return _Associator(setting, chosen).result()


def _chosen(setting: Setting, indicators: Sequence[str] | None) -> list[int]:
    """Positions of the indicators that are paired."""
    known = [name for _, name in setting.names.indicators]
    wanted = known if indicators is None else named("association", "indicators", indicators)
    problems = [
        Problem("indicators", f"there is no indicator {name!r}", remedy=nearest(str(name), known))
        for name in dict.fromkeys(wanted)
        if name not in known
    ]
    twice = sorted({str(name) for name in wanted if wanted.count(name) > 1})
    problems += [Problem("indicators", f"{name!r} is named twice") for name in twice]
    if not problems and len(wanted) < _FEWEST:
        found = f"{len(wanted)} indicator is no pair" if wanted else "none is named"
        problems = [Problem("indicators", found, "Association needs two or more.")]
    if problems:
        raise EstimationError("association", problems)
    return [known.index(name) for name in wanted]


class _Associator:
    """Figures of the pairs under one setting."""

    def __init__(self, setting: Setting, chosen: Sequence[int]) -> None:
        self._setting, self._chosen = setting, chosen
        self._pairs = list(combinations(chosen, 2))
        self._cutoffs: list[Fraction | None] = [None, *setting.cutoffs]

    def result(self) -> Association:
        """All tables."""
        measured, families = self._measured()
        empty = self._empty(self._setting.parts(measured)[0][0].linear.estimates[0])
        estimates, _ = self._setting.estimates(
            measured, families, subject="Association", findings=empty
        )
        wide = _Wide(estimates, self._cutoffs, self._named(), len(self._chosen))
        shown = [m for m in ("hd", "hdk", _CELLS[0], *_FUNCTIONS) if m != _TESTED]
        if len(self._cutoffs) == 1:
            shown.remove("hdk")
        visible = estimates.select(*shown)
        pairs, tests = (Result(t, visible.findings) for t in (wide.pairs(), wide.tests()))
        return Association(visible, pairs, tests)

    def _named(self) -> list[tuple[str, str]]:
        names = [indicator for _, indicator in self._setting.names.indicators]
        return [(names[a], names[b]) for a, b in self._pairs]

    def _empty(self, figures: Floats) -> list[Finding]:
        """Pairs of the whole population with an empty cell."""
        each = len(self._chosen) + 4 * len(self._pairs)
        found = []
        for place, k in enumerate(self._cutoffs):
            own = figures[place * each + len(self._chosen) : (place + 1) * each]
            count = int((own.reshape(-1, 4) == 0).any(axis=1).sum())
            if count:
                where = "national" if k is None else f"national, k={k}"
                detail = (
                    "pairs with an empty cell: no tetrachoric correlation; the test leaves the "
                    "cell out, as R does"
                )
                found.append(Finding("EMPTY_CELL", where, detail, count, len(self._pairs)))
        return found

    def _measured(self) -> tuple[Measured, list[Family]]:
        scores, named = self._setting.scores, self._setting.names.indicators
        out = Measured()
        out.column(scores.kept)
        cells: list[list[int]] = []
        about: list[Statistic] = []
        for k in self._cutoffs:
            among = scores.kept if k is None else poor(scores, k)
            deprived = scores.indicators & among[:, np.newaxis]
            for j in self._chosen:
                dimension, indicator = named[j]
                measure = "hd" if k is None else "hdk"
                own = Statistic(measure, out.column(deprived[:, j]), BASE, BASE, k=k)
                out.add(replace(own, dimension=dimension, indicator=indicator))
            for first, second in self._pairs:
                one, two = deprived[:, first], deprived[:, second]
                template = _of_pair(named[first], named[second], k)
                values = (one & two, one & ~two, two & ~one, scores.kept & ~one & ~two)
                places = []
                for measure, value in zip(_CELLS, values, strict=True):
                    places.append(len(out.statistics))
                    out.add(replace(template, measure=measure, top=out.column(value)))
                cells.append(places)
                about.append(template)
        columns = np.array(cells)
        return out, [_family(name, about, columns) for name in _FUNCTIONS]


def _of_pair(first: tuple[str, str], second: tuple[str, str], k: Fraction | None) -> Statistic:
    dimension, indicator = first
    named = Statistic("", BASE, BASE, BASE, dimension=dimension, indicator=indicator)
    return replace(named, category=second[1], k=k)


def _family(name: str, about: Sequence[Statistic], columns: NDArray[np.int64]) -> Family:
    value, gradient, where = _FUNCTIONS[name]
    named = tuple(replace(statistic, measure=name) for statistic in about)
    return Family(named, columns, value, gradient, where, linear=name == _TESTED)


class _Wide:
    """Figures of pairs side by side.

    Parameters
    ----------
    estimates : Estimates
        With all rows: of each group the figures of each cutoff, then the functions.
    cutoffs : sequence of Fraction or None
    pairs : sequence of (str, str)
        Names of the indicators of each pair.
    indicators : int
        Number of indicators that are paired.
    """

    def __init__(
        self,
        estimates: Estimates,
        cutoffs: Sequence[Fraction | None],
        pairs: Sequence[tuple[str, str]],
        indicators: int,
    ) -> None:
        self._table, self._cutoffs, self._pairs = estimates.to_arrow(), cutoffs, pairs
        self._indicators = indicators
        each = indicators + len(_CELLS) * len(pairs)
        self._width = len(cutoffs) * (each + len(_FUNCTIONS) * len(pairs))

    def _numbers(self, column: str) -> Floats:
        """A column by group and figure, shape (g, width)."""
        values = self._table[column].cast(pa.float64()).to_numpy()
        return np.array(values, dtype=np.float64).reshape(-1, self._width)

    def _cells(self, values: Floats) -> Floats:
        """Cells of all pairs, shape (g, cutoffs x pairs, 4)."""
        each = self._indicators + len(_CELLS) * len(self._pairs)
        figures = values[:, : len(self._cutoffs) * each]
        blocks = figures.reshape(-1, len(self._cutoffs), each)[:, :, self._indicators :]
        return blocks.reshape(values.shape[0], -1, len(_CELLS))

    def _function(self, values: Floats, name: str) -> Floats:
        """A function of all pairs, shape (g, cutoffs x pairs)."""
        size = len(self._cutoffs) * len(self._pairs)
        start = self._width - len(_FUNCTIONS) * size + list(_FUNCTIONS).index(name) * size
        return values[:, start : start + size]

    def _headcounts(self, values: Floats, side: int) -> Floats:
        """Figures of the first or second indicator of all pairs, shape (g, cutoffs x pairs)."""
        each = self._indicators + len(_CELLS) * len(self._pairs)
        members = list(combinations(range(self._indicators), 2))
        columns = [c * each + pair[side] for c in range(len(self._cutoffs)) for pair in members]
        return values[:, columns]

    def _about(self) -> dict[str, pa.Array]:
        """Columns that say what a row is."""
        groups = self._table.num_rows // self._width
        first = self._table.take(np.arange(groups) * self._width)
        each = len(self._cutoffs) * len(self._pairs)
        of_group = pa.array(np.repeat(np.arange(groups), each))
        every = self._table.column_names
        names = every[: every.index("measure")]
        columns = {name: first[name].take(of_group) for name in names}
        texts = [None if k is None else str(k) for k in self._cutoffs for _ in self._pairs]
        columns["k"] = pa.array(texts * groups, pa.string())
        for side, name in enumerate(("first", "second")):
            named = [pair[side] for pair in self._pairs] * len(self._cutoffs) * groups
            columns[name] = pa.array(named, pa.string())
        return columns

    def pairs(self) -> pa.Table:
        """One row per group, cutoff and pair: every figure with its standard error."""
        columns = self._about()
        for suffix, values in (("", self._numbers("estimate")), ("_se", self._numbers("se"))):
            columns["p11" + suffix] = _floats(self._cells(values)[:, :, 0])
            columns["p1" + suffix] = _floats(self._headcounts(values, 0))
            columns["p2" + suffix] = _floats(self._headcounts(values, 1))
            for name in _FUNCTIONS:
                if name != _TESTED:
                    columns[name + suffix] = _floats(self._function(values, name))
        order = ["p11", "p1", "p2", *(name for name in _FUNCTIONS if name != _TESTED)]
        about = [name for name in columns if name.removesuffix("_se") not in order]
        named = [own for name in order for own in (name, f"{name}_se")]
        return pa.table({name: columns[name] for name in [*about, *named]})

    def tests(self) -> pa.Table:
        """Tests of independence; missing where there is no standard error."""
        estimates, free = self._numbers("estimate"), self._numbers("df")
        variance = self._function(self._numbers("se"), _TESTED) ** 2
        statistic = table.rao_scott(self._cells(estimates), variance)
        ddf = self._function(free, _TESTED)
        ddf = np.where(ddf > 0, ddf, np.nan)
        p = np.asarray(special.fdtrc(1.0, ddf, statistic), dtype=np.float64)
        blocks = p.reshape(-1, len(self._pairs))
        adjusted = np.array([adjusted_p(block, "holm") for block in blocks]).reshape(p.shape)
        known = ~np.isnan(p)
        columns = self._about()
        columns["F"] = _floats(statistic)
        ndf = np.where(known, 1.0, np.nan)
        columns["ndf"], columns["ddf"] = _integers(ndf), _integers(np.where(known, ddf, np.nan))
        columns["p_value"], columns["p_adjusted"] = _floats(p), _floats(adjusted)
        return pa.table(columns)


def _floats(values: Floats) -> pa.Array:
    flat = values.reshape(-1)
    return pa.array(flat, mask=np.isnan(flat))


def _integers(values: Floats) -> pa.Array:
    flat = values.reshape(-1)
    return pa.array(np.nan_to_num(flat).astype(np.int64), mask=np.isnan(flat))
