"""Which groups of which level can be published under the rules of a statistics office."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from mpi import publication
from mpi.arguments import check_kinds
from mpi.assembly import ABOUT, COLUMNS
from mpi.errors import EstimationError, Problems
from mpi.estimates import Estimates
from mpi.findings import Finding
from mpi.options import named
from mpi.profiles import Profiles
from mpi.results import Result

NOT_DEFINED, NO_FLAG = "not defined", "no flag"
# INE Chile (2020) and ECLAC (2020, 2023) ask for this many
FEWEST_DF = 9
# which takes at least one PSU more, all of them in one stratum
FEWEST_PSUS = FEWEST_DF + 1
# from the best to the worst, over all schemes
_ORDER = (
    *(NO_FLAG, "publish", "reliable", "high", "very good", "good", "review", "weakly reliable"),
    *("moderate", "fair", "in parentheses", "low", "with caution", "unreliable", "suppress"),
    *("suppressed", publication.NOT_ASSESSED, NOT_DEFINED),
)
_MOST_NAMED = 8


class Publishable(Result):
    """Groups by what a rule for publication says of them: one row a level, figure and flag.

    Columns are ``by`` (the level), those that say what figure it is, ``flag``, ``withheld``,
    ``groups`` (how many have the flag), ``share`` (of the level's groups), ``population`` (share of
    the whole population that lives in them), ``n_smallest``, ``n_psu_fewest`` and ``df_fewest``
    (smallest among them).

    Parameters
    ----------
    table : pyarrow.Table
    findings : iterable of Finding
    scheme : str
    estimates : Estimates
        Every figure with its flag.
    """

    __slots__ = ("estimates", "scheme")

    def __init__(
        self, table: pa.Table, findings: Sequence[Finding], *, scheme: str, estimates: Estimates
    ) -> None:
        super().__init__(table, findings)
        self.scheme = scheme
        self.estimates = estimates

    def levels(self) -> Result:
        """One row a level and figure: how many of its groups can be published.

        Columns are those of the figure, ``groups``, ``published`` (neither withheld, nor without an
        assessment or a figure), ``share`` of the groups, ``population`` that lives in them,
        ``n_smallest`` and ``n_psu_fewest`` of all groups of the level.
        """
        rows: dict[tuple[object, ...], list[dict[str, object]]] = {}
        names = ("by", *ABOUT)
        for row in self._table.to_pylist():
            rows.setdefault(tuple(row[name] for name in names), []).append(row)
        columns: dict[str, list[object]] = {
            n: [key[i] for key in rows] for i, n in enumerate(names)
        }
        kinds = {name: pa.string() for name in names}
        found = [_level(own) for own in rows.values()]
        types = {"groups": pa.int64(), "published": pa.int64(), "share": pa.float64()}
        types |= {"population": pa.float64(), "n_smallest": pa.int64(), "n_psu_fewest": pa.int64()}
        columns |= {name: [level[name] for level in found] for name in types}
        kinds |= types
        table = pa.table({name: pa.array(columns[name], kinds[name]) for name in kinds})
        return Result(table, self.findings)

    def _headline(self) -> str:
        return f"What can be published under {self.scheme}; {len(self):,} rows"


def publishable(
    source: Profiles | Estimates,
    *,
    scheme: str,
    measures: str | Sequence[str] = ("H", "M0"),
    k: object = None,
    planned: publication.Planned = False,
    log_cv: publication.LogCV = "program",
) -> Publishable:
    """What can be published at which level: groups by flag, for every grouping and figure.

    Parameters
    ----------
    source : Profiles or Estimates
        Profiles are estimated with the survey's own choices; give estimates for others.
    scheme : str
        As in `Estimates.flag`, such as ``ine-chile-2020``.
    measures : str or sequence of str
        Codes of the figures that are looked at.
    k : number or sequence of numbers, optional
        Cutoffs of profiles; that of the specification if left out.
    planned : bool, str or sequence of str
        Whether the sample was planned for the groups, or the groupings for which it was, named as
        in the column ``by``.
    log_cv : {"program", "symmetric"}
        As in `Estimates.flag`.

    Returns
    -------
    Publishable

    Raises
    ------
    EstimationError
        If there is no such scheme, measure or grouping, or the scheme needs standard errors that
        are not there.

    Examples
    --------
    >>> import mpi
    >>> survey = mpi.datasets.synthetic_survey(2000)
    >>> profiles = mpi.tabulate(survey, "colombia-dane", by=["area", "region"])
    >>> found = publishable(profiles, scheme="ine-chile-2020", measures="H")
    >>> found.levels().to_pandas()[["by", "groups", "published"]].values.tolist()
    [['national', 1, 1], ['area', 2, 2], ['region', 8, 7]]
    """
    check_kinds(publishable, locals())
    estimates = _estimates(source, scheme, k)
    wanted = named("publishable", "measures", measures)
    flagged = estimates.flag(scheme, planned=planned, log_cv=log_cv)
    own = flagged.select(*wanted)
    population = _population(estimates.to_arrow())
    table = _counted(own.to_arrow(), population, publication.find(scheme).suppressed)
    findings = [f for f in flagged.findings if f.code in ("FLAGGED", "SCHEME_UNCONFIRMED")]
    findings += _few(estimates.to_arrow(), wanted, population)
    if population is None:
        detail = "population shares are not among the estimates, so that none are given"
        findings.append(Finding("POPULATION_UNKNOWN", "population", detail))
    return Publishable(table, findings, scheme=scheme, estimates=flagged)


def _estimates(source: object, scheme: str, k: object) -> Estimates:
    if isinstance(source, Profiles):
        needed = publication.find(scheme).needs_errors
        return source.estimate(k, se=needed or source.sampled is not None)
    problems = Problems("publishable", EstimationError)
    if not isinstance(source, Estimates):
        found = f"an object of type {type(source).__name__!r} is given"
        problems.add("", found, expected="Give profiles, which `tabulate` makes, or estimates.")
    elif k is not None:
        remedy = "Give k= to estimate(), or profiles instead."
        problems.add("k", "the estimates have their cutoffs already", remedy=remedy)
    problems.raise_if_any()
    assert isinstance(source, Estimates)  # noqa: S101 -- any other was refused
    return source


def _population(table: pa.Table) -> dict[tuple[object, ...], float] | None:
    """Share of the population of each group."""
    rows = table.filter(pc.equal(table["measure"], "popsh"))
    if not rows.num_rows:
        return None
    shares = rows["estimate"].to_pylist()
    return {key: share or 0.0 for key, share in zip(_groups(rows), shares, strict=True)}


def _groups(table: pa.Table) -> list[tuple[object, ...]]:
    """Grouping and values of the variables of each row."""
    variables = [name for name in table.column_names if name not in COLUMNS]
    return list(zip(*(table[name].to_pylist() for name in ("by", *variables)), strict=True))


def _counted(
    table: pa.Table, population: dict[tuple[object, ...], float] | None, withheld: Sequence[str]
) -> pa.Table:
    """Groups of each level, figure and flag."""
    flags = [
        NOT_DEFINED if estimate is None else flag or NO_FLAG
        for estimate, flag in zip(
            *(table[n].to_pylist() for n in ("estimate", "flag")), strict=True
        )
    ]
    names = ("by", *ABOUT)
    figures = list(zip(*(table[name].to_pylist() for name in names), strict=True))
    places: dict[tuple[object, ...], dict[str, list[int]]] = {}
    for row, (figure, flag) in enumerate(zip(figures, flags, strict=True)):
        places.setdefault(figure, {}).setdefault(flag, []).append(row)
    shares = [0.0 if population is None else population[group] for group in _groups(table)]
    numbers = {name: table[name].to_pylist() for name in ("n", "n_psu", "df")}
    columns: dict[str, list[object]] = {}
    for figure, by_flag in places.items():
        groups = sum(map(len, by_flag.values()))
        for flag in sorted(by_flag, key=_ORDER.index):
            rows = by_flag[flag]
            cells = dict(zip(names, figure, strict=True)) | {
                "flag": flag,
                "withheld": flag in withheld,
                "groups": len(rows),
                "share": len(rows) / groups,
                "population": None if population is None else sum(shares[row] for row in rows),
                "n_smallest": _smallest(numbers["n"], rows),
                "n_psu_fewest": _smallest(numbers["n_psu"], rows),
                "df_fewest": _smallest(numbers["df"], rows),
            }
            for name, cell in cells.items():
                columns.setdefault(name, []).append(cell)
    return pa.table({name: pa.array(cells, _KINDS[name]) for name, cells in columns.items()})


_KINDS = {
    **dict.fromkeys(("by", *ABOUT, "flag"), pa.string()),
    "withheld": pa.bool_(),
    **dict.fromkeys(("groups", "n_smallest", "n_psu_fewest", "df_fewest"), pa.int64()),
    **dict.fromkeys(("share", "population"), pa.float64()),
}


def _smallest(numbers: Sequence[int | None], rows: Sequence[int]) -> int | None:
    return min((n for n in (numbers[row] for row in rows) if n is not None), default=None)


def _level(rows: Sequence[dict[str, object]]) -> dict[str, object]:
    """One level of one figure, over its flags."""

    def total(name: str, of: Sequence[dict[str, object]]) -> float | None:
        values = [row[name] for row in of]
        return None if None in values else sum(values)  # type: ignore[arg-type]

    def least(name: str) -> int | None:
        return min((row[name] for row in rows if row[name] is not None), default=None)  # type: ignore[type-var,return-value]

    without = (publication.NOT_ASSESSED, NOT_DEFINED)
    good = [row for row in rows if not row["withheld"] and row["flag"] not in without]
    groups, published = total("groups", rows), total("groups", good)
    return {
        "groups": groups,
        "published": published,
        "share": (published or 0) / (groups or 1),
        "population": total("population", good)
        if good or rows[0]["population"] is not None
        else None,
        "n_smallest": least("n_smallest"),
        "n_psu_fewest": least("n_psu_fewest"),
    }


def _few(
    table: pa.Table, measures: Sequence[str], population: dict[tuple[object, ...], float] | None
) -> list[Finding]:
    """Levels with groups that rest on few PSUs, or have few degrees of freedom."""
    table = table.filter(pc.is_in(table["measure"], pa.array(measures)))
    keys = _groups(table)
    texts = table["group"].to_pylist()
    marks = (("n_psu", "FEW_PSUS", FEWEST_PSUS), ("df", "FEW_DEGREES_OF_FREEDOM", FEWEST_DF))
    words = {"n_psu": "PSUs", "df": "degrees of freedom"}
    found = []
    levels = {
        by: len({key for key in keys if key[0] == by}) for by in dict.fromkeys(k[0] for k in keys)
    }
    for name, code, fewest in marks:
        few: dict[object, dict[tuple[object, ...], str]] = {}
        for key, text, number in zip(keys, texts, table[name].to_pylist(), strict=True):
            if number is not None and number < fewest:
                few.setdefault(key[0], {})[key] = text or "all"
        for by, groups in few.items():
            named = list(groups.values())
            more = len(named) - _MOST_NAMED
            listed = ", ".join(named[:_MOST_NAMED]) + (f" and {more} more" if more > 0 else "")
            detail = f"groups with figures on fewer than {fewest} {words[name]}: {listed}"
            share = None if population is None else float(np.sum([population[g] for g in groups]))
            found.append(Finding(code, str(by), detail, len(groups), levels[by], share))
    return found
