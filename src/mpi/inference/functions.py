"""Standard errors of smooth functions of figures, all groups at once.

The linearised value of a function is the combination of those of its figures by its derivatives,
so that the totals of a sampled unit are the same combination of totals that are there already.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mpi.core.functions import Family
from mpi.core.measures import Statistic
from mpi.core.totals import Counted
from mpi.inference.errors import Errors
from mpi.inference.interval import interval
from mpi.inference.linearize import Linear, blocks
from mpi.inference.replicate import Deviations, Replication
from mpi.inference.sample import Sample
from mpi.inference.variance import Cells, Lonely, degrees_of_freedom, psus_of, variances
from mpi.options import DegreesOfFreedom
from mpi.progress import steps

Floats = NDArray[np.float64]

# a standard error below this share of its estimate is the rounding of 0
_ROUNDING = 1e-12


def linear_errors(
    family: Family,
    counted: Counted,
    linear: Linear,
    sample: Sample,
    *,
    lonely: Lonely,
    rule: DegreesOfFreedom,
) -> Errors:
    """Standard errors and degrees of freedom of functions; no limits of intervals yet.

    Parameters
    ----------
    family : Family
        Of figures whose denominators are the groups' own.
    counted : Counted
        The table of the groups.
    linear : Linear
        The figures.
    sample : Sample
    lonely : {"fail", "certainty", "adjust", "average"}
    rule : {"stata", "design", "domain"}

    References
    ----------
    Deville (1999), Survey Methodology 25, for the linearised value of a function of figures.
    """
    values, squares = _linearised(family, counted, linear)
    groups, size = linear.estimates.shape[0], len(family.about)
    shape = (groups, size)
    variance, df, n_psu = np.full(shape, np.nan), np.zeros(shape, int), np.zeros(shape, int)
    bases = [bases_of(family, linear, f) for f in range(size)]
    for base in dict.fromkeys(bases):  # functions that rest on the same units
        columns = np.array([f for f in range(size) if bases[f] == base])
        cells, kept = union_cells(counted, linear, base)
        variance[:, columns] = variances(
            values[np.ix_(kept, columns)],
            cells,
            sample,
            squares=None if squares is None else squares[np.ix_(kept, columns)],
            lonely=lonely,
        )
        df[:, columns] = degrees_of_freedom(cells, sample, rule)[:, np.newaxis]
        n_psu[:, columns] = psus_of(cells, sample)[:, np.newaxis]
    return _errors(family.values(linear.estimates), variance, df, n_psu)


def replicated_errors(
    family: Family,
    deviations: Deviations,
    estimates: Floats,
    *,
    df: NDArray[np.int64],
    n_psu: NDArray[np.int64],
) -> Errors:
    """Standard errors of functions from replicates; no limits of intervals yet.

    Parameters
    ----------
    family : Family
    deviations : Deviations
        Of the functions under all replicates.
    estimates : NDArray[np.float64], shape (g, q)
        The figures.
    df, n_psu : NDArray[np.int64], shape (g, f)
    """
    return _errors(family.values(estimates), deviations.variances(), df, n_psu)


def replicate_all(
    families: tuple[Family, ...],
    counted: Counted,
    whole: Counted,
    linear: Linear,
    replication: Replication,
) -> list[Deviations]:
    """Deviations of the functions of every family under all replicates."""
    estimates = linear.estimates
    found = [Deviations(family.values(estimates), replication) for family in families]
    for r in steps(range(replication.number), "replicates"):
        replicate = replication.estimates(counted, whole, linear.measured, r)
        for family, deviations in zip(families, found, strict=True):
            deviations.add(r, family.replicated(estimates, replicate))
    return found


def with_limits(
    family: Family, estimates: Floats, errors: Errors, *, level: float, complete: bool
) -> Errors:
    """Errors with intervals that stay where the functions lie.

    Parameters
    ----------
    family : Family
    estimates : NDArray[np.float64], shape (g, q)
        The figures.
    errors : Errors
    level : float
    complete : bool
        Whether everybody was drawn.

    Notes
    -----
    On [0, 1] by the logit; on [-1, 1] by the logit of (1 + r) / 2, which is Fisher's z; else
    symmetric.
    """
    values = family.values(estimates)
    floor, width = {"unit": (0.0, 1.0), "correlation": (-1.0, 2.0), "line": (0.0, 1.0)}[
        family.range
    ]
    se = errors.se
    if not complete:  # an error of 0 says that nobody in the sample differs
        se = np.where(se > _ROUNDING * np.abs(values), se, np.nan)
    low, high = interval(
        "wald" if family.range == "line" else "logit",
        (values - floor) / width,
        se / width,
        errors.df.astype(np.float64),
        level=level,
        n=np.full(values.shape, np.nan),
    )
    low, high = floor + width * low, floor + width * high
    return Errors(errors.se, low, high, errors.deff, errors.df, errors.n_psu)


def base_of(family: Family, statistics: list[Statistic], function: int) -> int:
    """Column of the units that the first figure of a function rests on; n counts them."""
    return statistics[int(family.columns[function, 0])].base


def bases_of(family: Family, linear: Linear, function: int) -> frozenset[int]:
    """Columns of the units that any figure of a function rests on."""
    statistics = linear.measured.statistics
    return frozenset(statistics[int(column)].base for column in family.columns[function])


def _errors(
    values: Floats, variance: Floats, df: NDArray[np.int64], n_psu: NDArray[np.int64]
) -> Errors:
    nothing = np.full(values.shape, np.nan)
    found = np.where(np.isnan(values), np.nan, np.maximum(variance, 0.0))
    return Errors(np.sqrt(found), nothing, nothing, nothing, df, n_psu)


def union_cells(
    counted: Counted, linear: Linear, bases: frozenset[int]
) -> tuple[Cells, NDArray[np.int64]]:
    """Sampled units with units of any of the bases, and their places among all cells."""
    own, start = linear.own, counted.start
    inside: NDArray[np.bool_] = np.any(linear.measured.matrix()[:, sorted(bases)] > 0, axis=1)
    units = counted.drawn * inside[counted.position]
    drawn = np.add.reduceat(units, start) if start.size else units[:0]
    kept = np.flatnonzero(drawn > 0)
    counts = None if linear.squares is None else drawn[kept]
    return Cells(own.group[kept], own.psu[kept], linear.estimates.shape[0], counts), kept


def _linearised(family: Family, counted: Counted, linear: Linear) -> tuple[Floats, Floats | None]:
    """Totals of the linearised functions by cell, and of their squares, shape (c, f)."""
    own = linear.own
    gradient = family.derivatives(linear.estimates)
    figures = np.zeros((own.group.size, linear.estimates.shape[1]))
    for block in blocks(linear):
        kept = np.flatnonzero(own.drawn_of(linear.measured.statistics[block.columns[0]].base) > 0)
        figures[np.ix_(kept, block.columns)] = block.values
    values = _combined(family, figures, gradient, own.group)
    if linear.squares is None:
        return values, None
    table = counted.table
    rows = _combined(family, _of_rows(counted, linear), gradient, table.group)
    start = counted.start
    squares = rows * rows * counted.squares[:, np.newaxis]
    return values, np.add.reduceat(squares, start, axis=0) if start.size else squares[:0]


def _combined(
    family: Family, figures: Floats, gradient: Floats, group: NDArray[np.int64]
) -> Floats:
    """Combinations of linearised figures by the derivatives of their group, shape (rows, f)."""
    found = np.zeros((figures.shape[0], len(family.about)))
    for place in range(family.columns.shape[1]):
        found += gradient[group, :, place] * figures[:, family.columns[:, place]]
    return found


def _of_rows(counted: Counted, linear: Linear) -> Floats:
    """Linearised value of one unit of each row of the table, without its weight, shape (p, q)."""
    group, matrix = counted.table.group, linear.measured.matrix()[counted.position]
    found = np.empty((group.size, linear.estimates.shape[1]))
    for q, statistic in enumerate(linear.measured.statistics):
        assert statistic.bottom is not None  # noqa: S101 -- functions are of ratios
        bottom = linear.own.sums.values[group, statistic.bottom]
        away = matrix[:, statistic.top] - linear.estimates[group, q] * matrix[:, statistic.bottom]
        found[:, q] = np.divide(away, bottom, out=np.full(group.size, np.nan), where=bottom > 0)
    return found
