"""Results of several imputed data sets as one, by Rubin's rules."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from mpi.arguments import check_kinds
from mpi.assembly import NUMBERS
from mpi.contrasts import Contrasts
from mpi.core.measures import SHARES
from mpi.errors import EstimationError, Problem
from mpi.estimates import Estimates
from mpi.findings import Finding
from mpi.inference.imputation import Pooled, pooled
from mpi.inference.interval import interval
from mpi.options import named
from mpi.profiles import Profiles
from mpi.results import Result

Floats = NDArray[np.float64]

_KINDS = (Profiles, Estimates, Contrasts)
_FEWEST = 2  # data sets, between which there is a variance
_NUMBERS = {*NUMBERS, "flag", "statistic", "p_value", "p_adjusted"}
# figures in [0, 1], whose interval stays there
_RANGED = (*SHARES, "A", "M0", "mean_score", "R0", "V")


class Combined(Result):
    """Figures of several imputed data sets, combined.

    Columns are those that say what a row is, then ``estimate``, ``se``, ``ci_low``, ``ci_high``,
    ``df`` (a fraction), ``within`` and ``between`` (variances), ``due_to_missing`` (share of the
    variance that missing answers add), and ``n``, the fewest units of any data set.
    """

    __slots__ = ("imputations",)

    def __init__(self, table: pa.Table, findings: Sequence[Finding], imputations: int) -> None:
        super().__init__(table, findings)
        self.imputations = imputations

    def _headline(self) -> str:
        return f"Combined from {self.imputations} imputed data sets; {len(self):,} rows"


def combine_imputations(
    results: Sequence[Profiles | Estimates | Contrasts],
    *,
    k: object = None,
    measures: Sequence[str] | None = None,
    level: float = 0.95,
) -> Combined:
    """One table of figures from several data sets in which missing answers were imputed.

    Parameters
    ----------
    results : sequence of Profiles, Estimates or Contrasts
        One of each imputed data set, all made in the same way. Profiles are estimated as their
        survey declares.
    k, measures
        Of `Profiles.estimate`, where profiles are given.
    level : float
        Coverage of the intervals.

    Returns
    -------
    Combined

    Raises
    ------
    EstimationError
        If there are fewer than two, they differ in rows, or have no standard errors.

    Notes
    -----
    T = W + (1 + 1 / m) B, with the degrees of freedom of Barnard and Rubin. Shares, M0 and A have a
    logit interval, others a symmetric one. A figure that some data set does not define is missing.

    References
    ----------
    Rubin (1987), Multiple Imputation for Nonresponse in Surveys, chapter 3; Barnard and Rubin
    (1999), Biometrika 86, 948-955.

    Examples
    --------
    >>> import mpi
    >>> spec = mpi.Specification.from_columns({"one": ["a"], "two": ["b"]}, cutoff="1/2")
    >>> sets = [{"a": [1, 1, 0, 0], "b": [1, guess, 0, 0]} for guess in (0, 1, 1)]
    >>> found = combine_imputations([mpi.tabulate(own, spec) for own in sets], measures=["M0"])
    >>> [round(value, 4) for value in found.to_arrow()["estimate"].to_pylist()]
    [0.4583]
    """
    check_kinds(combine_imputations, locals())
    tables, findings = _tables(results, k, measures, level)
    keys = _same_rows(tables)
    numbers = {
        name: np.array([_numbers(table, name) for table in tables])
        for name in ("estimate", "se", "df")
    }
    found = pooled(numbers["estimate"], numbers["se"] ** 2, numbers["df"].min(axis=0))
    low, high = _limits(keys, found, level)
    columns = {name: keys[name] for name in keys.column_names}
    columns |= {
        "estimate": _floats(found.estimate),
        "se": _floats(np.sqrt(found.total)),
        "ci_low": _floats(low),
        "ci_high": _floats(high),
        "df": _floats(np.where(np.isnan(found.total), np.nan, found.df)),
        "within": _floats(found.within),
        "between": _floats(found.between),
        "due_to_missing": _floats(np.where(np.isnan(found.estimate), np.nan, found.due_to_missing)),
    }
    if all("n" in table.column_names for table in tables):
        fewest = np.array([table["n"].to_numpy() for table in tables]).min(axis=0)
        columns["n"] = pa.array(fewest)
    undefined = int(np.isnan(found.estimate).sum())
    if undefined:
        detail = "not defined in some data set, such as A where nobody is poor"
        findings.append(
            Finding("IMPUTATIONS_UNDEFINED", "figures", detail, undefined, found.estimate.size)
        )
    detail = "T = W + (1 + 1/m) B; degrees of freedom of Barnard and Rubin (1999)"
    findings.append(Finding("IMPUTED", "Rubin's rules", detail, len(tables)))
    return Combined(pa.table(columns), findings, len(tables))


def _tables(
    results: Sequence[object], k: object, measures: Sequence[str] | None, level: float
) -> tuple[list[pa.Table], list[Finding]]:
    """Table of each data set, and the findings of all of them."""
    problems = []
    several = isinstance(results, (list, tuple, Iterator))
    if not several and not isinstance(results, _KINDS):
        found = f"a value of type {type(results).__name__!r} is no list"
        remedy = "Give a list with Profiles, Estimates or Contrasts of each imputed data set."
        raise EstimationError("combine_imputations", [Problem("results", found, remedy=remedy)])
    listed = list(results) if several else [results]
    wrong = [r for r in listed if not isinstance(r, _KINDS)]
    if wrong:
        found = f"{len(wrong)} of {len(listed)} are no Profiles, Estimates or Contrasts"
        problems.append(Problem("results", found, "Give one of each imputed data set, in a list."))
    elif len({type(result) for result in listed}) > 1:
        found = "some are of one kind, some of another"
        problems.append(Problem("results", found, "Give Profiles, or Estimates, or Contrasts."))
    if len(listed) < _FEWEST:
        found = f"{len(listed)} data set is given" if listed else "none is given"
        expected = "Two or more are needed for the variance between them."
        problems.append(Problem("results", found, expected))
    if not (isinstance(level, float) and 0 < level < 1):
        expected = "The coverage of an interval lies between 0 and 1, such as 0.95."
        problems.append(Problem("level", f"is {level!r}", expected))
    profiles = bool(listed) and isinstance(listed[0], Profiles)
    if not profiles and (k is not None or measures is not None):
        found = "they are of Profiles.estimate, and no profiles are given"
        problems.append(Problem("k, measures", found, remedy="Leave them out."))
    if problems:
        raise EstimationError("combine_imputations", problems)
    made = [_estimated(result, k, measures, level) for result in listed]
    titles = {result.title for result in made if isinstance(result, Estimates)}
    if len(titles) > 1:
        found = f"they are {len(titles)} different estimates: {'; '.join(sorted(titles))}"
        expected = "The specification, the unit and the policy have to be the same."
        raise EstimationError("combine_imputations", [Problem("results", found, expected)])
    findings = [finding for result in made for finding in result.findings]
    return [result.to_arrow() for result in made], findings


def _estimated(
    result: object, k: object, measures: Sequence[str] | None, level: float
) -> Estimates | Contrasts:
    if isinstance(result, Profiles):
        wanted = None if measures is None else named("combine_imputations", "measures", measures)
        return result.estimate(k, measures=wanted, level=level)
    assert isinstance(result, (Estimates, Contrasts))  # noqa: S101 -- refused before
    return result


def _same_rows(tables: Sequence[pa.Table]) -> pa.Table:
    """Columns that say what the rows are, if they are the same in all tables."""
    keys = [table.select([n for n in table.column_names if n not in _NUMBERS]) for table in tables]
    other = [place for place, own in enumerate(keys) if not own.equals(keys[0])]
    if other:
        found = f"{len(other)} of {len(keys)} have other rows or columns than the first"
        remedy = "Estimate all of them in the same way; a group that is in one has to be in all."
        raise EstimationError("combine_imputations", [Problem("results", found, remedy=remedy)])
    without = [
        place
        for place, table in enumerate(tables)
        if _known(table, "estimate").any() and not _known(table, "se").any()
    ]
    if without:
        found = f"{len(without)} of {len(tables)} have no standard errors"
        remedy = "Estimate with se=True, and do not suppress figures before."
        raise EstimationError("combine_imputations", [Problem("results", found, remedy=remedy)])
    return keys[0]


def _known(table: pa.Table, name: str) -> NDArray[np.bool_]:
    found: NDArray[np.bool_] = ~np.isnan(_numbers(table, name))
    return found


def _limits(keys: pa.Table, found: Pooled, level: float) -> tuple[Floats, Floats]:
    """Limits of the intervals of all figures."""
    ranged = np.zeros(len(keys), dtype=bool)
    if "measure" in keys.column_names:
        ranged = np.array([measure in _RANGED for measure in keys["measure"].to_pylist()])
    se = np.sqrt(found.total)
    varies = np.where(se > 0, se, np.nan)
    nothing = np.full(se.shape, np.nan)
    inside = interval("logit", found.estimate, varies, found.df, level=level, n=nothing)
    plain = interval("wald", found.estimate, varies, found.df, level=level, n=nothing)
    low, high = (np.where(ranged, a, b) for a, b in zip(inside, plain, strict=True))
    return low, high


def _numbers(table: pa.Table, name: str) -> Floats:
    return np.array(table[name].cast(pa.float64()).to_numpy(), dtype=np.float64)


def _floats(values: Floats) -> pa.Array:
    return pa.array(values, mask=np.isnan(values))
