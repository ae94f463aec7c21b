"""From profile tables to tables that are fit to share: small cells pooled, small groups withheld.

References
----------
Hundepool et al. (2012), Statistical Disclosure Control, Wiley, on tables of magnitudes and
frequencies: threshold rules, secondary suppression, global recoding.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from mpi import publication
from mpi.assembly import NUMBERS
from mpi.core import table as tables
from mpi.core.disclosure import class_counts, small
from mpi.core.measures import Measured
from mpi.core.totals import Distinct
from mpi.engines.base import Grouping
from mpi.errors import EstimationError, Problems
from mpi.estimates import Estimates
from mpi.estimator import Estimator
from mpi.findings import Finding, Findings
from mpi.inference.errors import Errors
from mpi.pooled import Pooled
from mpi.published import (
    NOT_PUBLISHED,
    PublishedProfiles,
    losses_table,
    profiles_of,
    publishable_figures,
    request_of,
)
from mpi.relations import cells_of, counted, relations_of, without_units
from mpi.results import Result
from mpi.schemes import cardinal
from mpi.spec.lint import not_official
from mpi.spec.model import Specification
from mpi.tables import by_of
from mpi.withholding import COMPLEMENT, FEW, FEW_OF_CLASS, TOLD, UNRELIABLE, Plan

if TYPE_CHECKING:
    from mpi.profiles import Profiles

# figures whose flags decide about a group
_HEADLINES = ("H", "M0")
_CUTOFFS = ("H", "H_destitute")
_CLASSED = (*_CUTOFFS, "category")
_SHARES = ("hd", "hdk", "hd_destitute", "hdk_destitute")
_REFUSED = {
    FEW: "the whole population has fewer units",
    FEW_OF_CLASS: "fewer units of the whole population have a status that figures count, such as "
    "poor",
    TOLD: "the figures of the whole population tell the size of a smaller cell",
}


@dataclass(frozen=True, slots=True)
class Asked:
    """What a publication is asked to be.

    Attributes
    ----------
    min_n : int
        Units that a cell needs.
    scheme : str or None
        Publication scheme that withholds groups.
    planned : bool, str or sequence of str
        Groupings that the sample was planned for, which some schemes ask.
    strict : bool
        Whether deprivation in each indicator is a status too, of which few must not be shown.
    """

    min_n: int
    scheme: str | None
    planned: publication.Planned
    strict: bool


def check_asked(asked: Asked, *, se: bool) -> None:
    """Refuse what cannot be asked, before any work is done for it.

    Raises
    ------
    EstimationError
        All problems at once.
    """
    problems = Problems("publish", EstimationError)
    least = asked.min_n
    if isinstance(least, bool) or not isinstance(least, (int, np.integer)) or least < 2:
        found = f"{least!r} is no number of units"
        expected = "A cell needs a whole number of units, 2 or more."
        problems.add("min_n", found, expected=expected, remedy="Offices often ask for 10.")
    if asked.scheme is not None:
        chosen = publication.find(asked.scheme)
        if not chosen.suppressed:
            found = f"{asked.scheme!r} withholds nothing"
            problems.add("scheme", found, remedy="Leave it out, or choose another scheme.")
        if chosen.needs_errors and not se:
            found = f"{asked.scheme!r} looks at standard errors, and there are none"
            problems.add("scheme", found, remedy="Publish with se=True, from tables with a design.")
    problems.raise_if_any()


def published(
    profiles: Profiles, estimates: Estimates, asked: Asked, made: PublishedProfiles
) -> PublishedProfiles:
    """Profile tables that are fit to share.

    Parameters
    ----------
    profiles : Profiles
    estimates : Estimates
        Their figures, with errors if these are to be published.
    asked : Asked
    made : PublishedProfiles
        What is published, without its tables.

    Raises
    ------
    EstimationError
        If the figures of the whole population are too small or unreliable to be published.
    """
    groupings = [without_units(grouping) for grouping in profiles.groupings]
    distinct = profiles_of(groupings)
    u = distinct.deprived.size - 1
    more = with_neighbours(distinct, made.specification)  # at u is a profile that nobody has
    measured = publishable_figures(Estimator(made.specification, request_of(made), more).measured)
    cells = cells_of(groupings, distinct.position)
    values = np.hstack([np.ones((more.deprived.size, 1)), *(m.matrix() for m in measured)])
    classes = _classes(measured, u, strict=asked.strict)
    relations = relations_of(cells, profiles.groupings)
    plan = Plan(cells, relations, values[:u], values[u + 1 :], classes, int(asked.min_n))
    flagged = _flagged(estimates, asked)
    unreliable = _unreliable(flagged, asked, groupings)
    _check_population(plan, unreliable, asked)
    plan.withhold(unreliable)
    plan.pool()
    errors = _errors(estimates, groupings)
    weight = "household_weight" if made.count == "households" else "weight"
    kept = [i for i in range(len(groupings)) if plan.shown(i).size]
    parts = []
    for i in kept:
        dense = counted(
            groupings[i].table, distinct.position[i], len(groupings[i].labels), u, weight
        )
        units = cells[i].households if made.count == "households" else cells[i].persons
        assert units is not None  # noqa: S101 -- households are counted where they are known
        own = plan.shown(i)
        parts.append(
            (
                _shown(groupings[i], distinct.position[i], own, plan.pooled[i], made.count),
                _pooled(dense[own], units[own], plan.pooled[i], measured, errors[i], own),
            )
        )
    shares = _classes(measured, u, strict=True)[len(_classes(measured, u, strict=False)) :]
    result = replace(
        made,
        groupings=tuple(grouping for grouping, _ in parts),
        pooled=tuple(pooled for _, pooled in parts),
        findings=Findings(_findings(plan, groupings, profiles, asked, flagged, shares)),
    )
    rows = _losses(plan, groupings, distinct.position, estimates, result)
    return replace(result, losses=Result(losses_table(rows), result.findings))


def with_neighbours(profiles: Distinct, spec: Specification) -> Distinct:
    """The profiles, then those that differ from one of them in one answered indicator."""
    stricter = {name: bit for bit, (kind, name) in enumerate(spec.bits) if kind == "destitute"}
    deprived, missing = [], []
    for bit, name in enumerate(spec.indicators):
        known = profiles.missing >> bit & 1 == 0
        flipped = profiles.deprived[known] ^ (1 << bit)
        if name in stricter:  # nobody is destitute where not deprived
            off = flipped >> bit & 1 == 0
            flipped = np.where(off, flipped & ~np.int64(1 << stricter[name]), flipped)
        deprived.append(flipped)
        missing.append(profiles.missing[known])
    pairs = np.column_stack([np.concatenate(deprived), np.concatenate(missing)])
    seen = set(zip(profiles.deprived.tolist(), profiles.missing.tolist(), strict=True))
    new = [pair for pair in dict.fromkeys(map(tuple, pairs.tolist())) if pair not in seen]
    added = np.array(new, dtype=np.int64).reshape(-1, 2)
    return Distinct(
        np.append(profiles.deprived, added[:, 0]),
        np.append(profiles.missing, added[:, 1]),
        profiles.position,
    )


def _classes(measured: Sequence[Measured], u: int, *, strict: bool) -> list[NDArray[np.int64]]:
    """Statuses that figures count: poor at each cutoff and between two, members of categories.

    If it is strict, also deprived, and poor and deprived, in each indicator and dimension.
    """
    first: list[NDArray[np.int64]] = []
    found: list[NDArray[np.int64]] = []
    for one in measured:
        matrix = one.matrix()[:u] > 0
        counted_here = (*_CLASSED, *_SHARES) if strict else _CLASSED
        shares = [s for s in one.statistics if s.measure in counted_here]
        for name in dict.fromkeys(s.measure for s in shares if s.measure in _CUTOFFS):
            own = [s for s in shares if s.measure == name]
            inside = matrix[:, own[0].base]
            first.append(inside + matrix[:, [s.top for s in own]].sum(axis=1, dtype=np.int64))
        for s in shares:
            if s.measure not in _CUTOFFS:
                where = found if s.measure in _SHARES else first
                where.append(matrix[:, s.base].astype(np.int64) + matrix[:, s.top])
    return [classes.astype(np.int64) for classes in [*first, *found]]


def _flagged(estimates: Estimates, asked: Asked) -> Estimates | None:
    if asked.scheme is None:
        return None
    return estimates.flag(asked.scheme, planned=asked.planned)


def _unreliable(
    flagged: Estimates | None, asked: Asked, groupings: Sequence[Grouping]
) -> list[list[int]]:
    """Groups whose H or M0 a scheme withholds, by grouping."""
    sizes = [len(grouping.labels) for grouping in groupings]
    if flagged is None or asked.scheme is None:
        return [[] for _ in sizes]
    table = flagged.to_arrow()
    withheld = pa.array(publication.find(asked.scheme).suppressed, pa.string())
    out = pc.and_(
        pc.is_in(table["measure"], pa.array(_HEADLINES)), pc.is_in(table["flag"], withheld)
    )
    of_group = out.to_numpy(zero_copy_only=False).reshape(sum(sizes), -1).any(axis=1)
    return [np.flatnonzero(p).tolist() for p in np.split(of_group, np.cumsum(sizes)[:-1])]


def _check_population(plan: Plan, unreliable: Sequence[Sequence[int]], asked: Asked) -> None:
    """Refuse to publish where the figures of everybody cannot be."""
    problems = Problems("publish", EstimationError)
    everybody = plan.cells[0]
    households = None if everybody.households is None else everybody.households[0]
    reason = plan.reason(everybody.persons[0], households)
    if reason is not None:
        found = f"{_REFUSED[reason]} than {asked.min_n:,}"
        remedy = "Publish fewer cutoffs or categories, or choose a smaller min_n."
        problems.add("the whole population", found, remedy=remedy)
    if unreliable[0]:
        found = f"its H or M0 is withheld under {asked.scheme!r}"
        problems.add("the whole population", found, remedy="There is nothing to publish.")
    problems.raise_if_any()


def _errors(
    estimates: Estimates,
    groupings: Sequence[Grouping],
) -> list[Errors | None]:
    """Errors of the published figures by grouping, shapes (g, q)."""
    table = estimates.to_arrow()
    if table["se"].null_count == table.num_rows:
        return [None for _ in groupings]
    sizes = [len(grouping.labels) for grouping in groupings]
    left = pc.is_in(table["measure"], pa.array(NOT_PUBLISHED)).to_numpy(zero_copy_only=False)
    kept = ~left.reshape(sum(sizes), -1)[0]

    def matrices(name: str, nothing: float) -> list[NDArray[np.float64]]:
        filled = pc.fill_null(table[name].cast(pa.float64()), nothing).to_numpy()
        return np.split(filled.reshape(sum(sizes), -1)[:, kept], np.cumsum(sizes)[:-1])

    columns = {"se": "se", "low": "ci_low", "high": "ci_high", "deff": "deff"}
    floats = {name: matrices(column, np.nan) for name, column in columns.items()}
    counts = {
        name: [m.astype(np.int64) for m in matrices(name, missing)]
        for name, missing in (("df", 0), ("n_psu", -1))
    }
    return [
        Errors(**{name: parts[i] for name, parts in (floats | counts).items()})  # type: ignore[arg-type]
        for i in range(len(groupings))
    ]


def _shown(
    grouping: Grouping,
    position: NDArray[np.int64],
    groups: NDArray[np.int64],
    pooled: NDArray[np.bool_],
    count: str,
) -> Grouping:
    """Rows of groups that are not withheld and of profiles that are not pooled."""
    place = np.full(len(grouping.labels), -1, dtype=np.int64)
    place[groups] = np.arange(groups.size)
    rows = np.flatnonzero((place[grouping.table.group] >= 0) & ~pooled[position])
    table = grouping.table.rows(rows)
    table = table.relabelled(place, np.zeros(1, dtype=np.int64))
    households = count == "households"
    return Grouping(
        grouping.by,
        tuple(grouping.labels[g] for g in groups),
        table if households else tables.of_persons(table),
        households,
    )


def _pooled(
    weight: NDArray[np.float64],
    units: NDArray[np.int64],
    pooled: NDArray[np.bool_],
    measured: Sequence[Measured],
    errors: Errors | None,
    groups: NDArray[np.int64],
) -> Pooled:
    """Totals of the pooled profiles of the groups that are shown."""
    values, counts = [], []
    for one in measured:
        matrix = one.matrix()[: pooled.size][pooled]
        bases = np.zeros(matrix.shape[1], dtype=bool)
        bases[[s.base for s in one.statistics]] = True
        values.append(weight[:, pooled] @ matrix)
        counts.append(units[:, pooled] @ ((matrix > 0) & bases).astype(np.int64))
    names = ("se", "low", "high", "deff", "df", "n_psu")
    own = (
        None
        if errors is None
        else Errors(**{name: getattr(errors, name)[groups] for name in names})
    )
    return Pooled(tuple(values), tuple(counts), own)


def _findings(
    plan: Plan,
    groupings: Sequence[Grouping],
    profiles: Profiles,
    asked: Asked,
    flagged: Estimates | None,
    shares: Sequence[NDArray[np.int64]],
) -> list[Finding]:
    """What a reader of the file should know; no counts of people below the limit."""
    spec = profiles.specification
    detail = f"cells of fewer than {asked.min_n} units are pooled or withheld; no sampled units"
    found = [Finding("PUBLISHED", spec.id, detail), *not_official(spec)]
    for i, grouping in enumerate(groupings):
        rare, every = _rare_shares(plan, i, shares)
        if rare:
            detail = "shares of indicators rest on few who are deprived; strict=True withholds them"
            found.append(Finding("FEW_CASES", by_of(grouping), detail, rare, every))
        persons, pooled = plan.cells[i].persons[plan.shown(i)], plan.pooled[i]
        if persons[:, pooled].any():
            detail = "cells of profiles that are rare in some group are pooled in all of them"
            some, every = int((persons[:, pooled] > 0).sum()), int((persons > 0).sum())
            found.append(Finding("CELLS_POOLED", by_of(grouping), detail, some, every))
        if plan.withheld[i]:
            detail = "groups are withheld: small or unreliable, or needed to protect these"
            some, every = len(plan.withheld[i]), len(grouping.labels)
            found.append(Finding("GROUPS_WITHHELD", by_of(grouping), detail, some, every))
    if (cardinal(spec) >= 0).any():
        detail = "not published: sums of gaps are those of few"
        found.append(Finding("GAPS_NOT_PUBLISHED", "M1, M2", detail))
    apart = sum(bool(grouping.by) for grouping in groupings) > 1
    if apart and not any(grouping.table.psu.any() for grouping in profiles.groupings):
        detail = (
            "whether groups of one lie within those of another is not seen without PSUs; "
            "tabulate such variables crossed"
        )
        found.append(Finding("NESTING_UNKNOWN", "groupings", detail))
    if flagged is not None:
        codes = ("FLAGGED", "SCHEME_UNCONFIRMED")
        found += [finding for finding in flagged.findings if finding.code in codes]
    return found


def _rare_shares(plan: Plan, i: int, shares: Sequence[NDArray[np.int64]]) -> tuple[int, int]:
    """Shares of indicators in shown groups with few cases on one side, and all of them."""
    persons = plan.cells[i].persons[plan.shown(i)]
    sides = [class_counts(persons, classes, 3)[:, 1:] for classes in shares]
    rare = sum(int(small(side, plan.least).any(axis=1).sum()) for side in sides)
    return rare, len(sides) * persons.shape[0]


def _losses(
    plan: Plan,
    groupings: Sequence[Grouping],
    positions: Sequence[NDArray[np.int64]],
    estimates: Estimates,
    result: PublishedProfiles,
) -> list[dict[str, Any]]:
    """What was withheld and pooled, one row a grouping."""
    changes = _changes(estimates, result)
    rows = []
    for i, grouping in enumerate(groupings):
        table, pooled = grouping.table, plan.pooled[i]
        reasons = list(plan.withheld[i].values())
        persons, shown = plan.cells[i].persons, plan.shown(i)
        out = ~np.isin(table.group, shown)
        together = ~out & pooled[positions[i]]
        total = float(table.weight.sum()) or 1.0
        used = (persons > 0).any(axis=0)
        name = by_of(grouping)
        rows.append(
            {
                "by": name,
                "groups": len(grouping.labels),
                "withheld_small": sum(r in (FEW, FEW_OF_CLASS, TOLD) for r in reasons),
                "withheld_unreliable": reasons.count(UNRELIABLE),
                "withheld_to_protect": reasons.count(COMPLEMENT),
                "n_withheld": int(table.n[out].sum()),
                "weight_withheld": float(table.weight[out].sum()) / total,
                "profiles": int(used.sum()),
                "profiles_pooled": int((used & pooled).sum()),
                "cells": int((persons[shown] > 0).sum()),
                "cells_pooled": int((persons[shown][:, pooled] > 0).sum()),
                "n_pooled": int(table.n[together].sum()),
                "weight_pooled": float(table.weight[together].sum()) / total,
                **{f"change_{m}": changes.get((name, m)) for m in ("H", "M0", "hd")},
            }
        )
    return rows


def _changes(estimates: Estimates, result: PublishedProfiles) -> Mapping[tuple[str, str], float]:
    """Largest difference between published figures and those of the whole tables."""
    found: dict[tuple[str, str], float] = {}
    before = _figures(estimates)
    for key, (by, measure, value) in _figures(result.estimate()).items():
        old = before[key][2]
        if value is not None and old is not None:
            found[by, measure] = max(found.get((by, measure), 0.0), abs(value - old))
    return found


def _figures(
    estimates: Estimates,
) -> dict[frozenset[tuple[str, object]], tuple[str, str, float | None]]:
    """Grouping, measure and value of H, M0 and hd by all that says what they are."""
    table = estimates.to_arrow()
    table = table.filter(pc.is_in(table["measure"], pa.array(["H", "M0", "hd"])))
    found = {}
    for row in table.drop_columns([*NUMBERS[1:], "flag"]).to_pylist():
        value = row.pop("estimate")
        about = frozenset((name, cell) for name, cell in row.items() if cell is not None)
        found[about] = (row["by"], row["measure"], value)
    return found
