"""An attacker who knows the file, the specification and which tables add up, and has time.

Independent of the library: unknown cells are eliminated with fractions, over every profile that
the indicators allow, from sums that are built here from the labels of the groups alone.
"""

from __future__ import annotations

from fractions import Fraction
from itertools import product


def solved(equations):
    """Unknowns that have one value in every solution, with it: exact elimination."""
    pivots: dict[int, tuple[dict[int, Fraction], Fraction]] = {}
    number: dict[object, int] = {}
    for given, amount in equations:
        row = {number.setdefault(c, len(number)): Fraction(v) for c, v in given.items() if v}
        value = Fraction(amount)
        for cell, (other, known) in pivots.items():
            times = row.get(cell, 0)
            if times:
                row, value = _less(row, other, times), value - times * known
        if not row:
            assert value == 0, "the file contradicts itself"
            continue
        cell = min(row)
        value, row = value / row[cell], {c: v / row[cell] for c, v in row.items()}
        for name, (other, known) in pivots.items():
            factor = other.get(cell, 0)
            if factor:
                pivots[name] = (_less(other, row, factor), known - factor * value)
        pivots[cell] = (row, value)
    names = list(number)
    return {names[cell]: value for cell, (row, value) in pivots.items() if len(row) == 1}


def _less(row, other, times):
    found = dict(row)
    for c, v in other.items():
        found[c] = found.get(c, 0) - times * v
    return {c: v for c, v in found.items() if v}


def attack(published, people, names, weights, cutoffs, groupings):
    """What follows about groups: persons with a profile, all of them, and the poor.

    The persons of the sample have weight 1, so that every published total is a count.

    Parameters
    ----------
    published : PublishedProfiles
    people : dict of lists
        Only for labels of groups, which are public.
    names, weights, cutoffs : the indicators, their weights, the published cutoffs
    groupings : list of tuple of str
        The whole population is ().
    """
    # who is in no group is one that is never published
    labels = {by: list(set(zip(*(people[n] for n in by), strict=True))) for by in groupings}
    labels[()] = [()]
    equations = [
        *_of_groups(labels, names, weights, cutoffs),
        *_of_the_file(published, labels, names, weights, cutoffs),
        *_of_sums(labels, names),
    ]
    return solved(equations)


def every_profile(names):
    return list(product((0, 1), repeat=len(names)))


def _of_groups(labels, names, weights, cutoffs):
    """Persons and poor of each group as sums of its cells."""
    for by, groups in labels.items():
        for label, feature in product(groups, (("all",), *(("H", k) for k in cutoffs))):
            row = {(by, label, p): feature_of(p, feature, weights) for p in every_profile(names)}
            yield row | {(by, label, feature): -1}, 0


def _of_the_file(published, labels, names, weights, cutoffs):
    """Cells that are shown, and the figures of the groups."""
    pooled = published_pool(published, names)
    for grouping in published.groupings:
        table, by = grouping.table, grouping.by
        for g, label in enumerate(grouping.labels):
            own = table.group == g
            bits = [tuple(int(b) >> j & 1 for j in range(len(names))) for b in table.deprived[own]]
            rows = dict(zip(bits, table.n[own].tolist(), strict=True))
            shown = [p for p in every_profile(names) if p not in pooled[by]]
            yield from (({(by, label, p): 1}, rows.get(p, 0)) for p in shown)
            for feature, value in totals_of(published, by, label, names).items():
                yield (
                    {(by, label, p): feature_of(p, feature, weights) for p in every_profile(names)},
                    value,
                )


def _of_sums(labels, names):
    """Groups as sums of those of a finer grouping."""
    for coarse, fine in product(labels, repeat=2):
        if coarse == fine or not set(coarse) <= set(fine):
            continue
        places = [fine.index(n) for n in coarse]
        for label, p in product(labels[coarse], every_profile(names)):
            parts = [f for f in labels[fine] if tuple(f[i] for i in places) == label]
            yield {(fine, f, p): 1 for f in parts} | {(coarse, label, p): -1}, 0


def published_pool(published, names):
    """Profiles that a table does not show: all but those that it shows in some group.

    A profile that is nowhere shown may be pooled or absent; the attacker cannot tell.
    """
    every = set(product((0, 1), repeat=len(names)))
    found = {}
    for grouping in published.groupings:
        bits = {int(b) for b in grouping.table.deprived}
        found[grouping.by] = every - {tuple(b >> j & 1 for j in range(len(names))) for b in bits}
    return found


def totals_of(published, by, label, names):
    """Counts behind the published figures of a group: weights are 1."""
    table = published.estimate().to_arrow().to_pylist()
    name = " x ".join(by) or "national"
    rows = [
        row
        for row in table
        if row["by"] == name and all(row[n] == v for n, v in zip(by, label, strict=True))
    ]
    n = rows[0]["n"]
    found = {("all",): n}
    for row in rows:
        if row["measure"] == "hd" and row["indicator"]:
            found["hd", names.index(row["indicator"])] = round(row["estimate"] * n)
        if row["measure"] == "H":
            found["H", Fraction(row["k"])] = round(row["estimate"] * n)
        if row["measure"] == "hdk" and row["indicator"]:
            place = names.index(row["indicator"])
            found["hdk", place, Fraction(row["k"])] = round(row["estimate"] * n)
    return found


def feature_of(p, feature, weights):
    """Value of a profile in a figure."""
    kind, *about = feature
    if kind == "all":
        return 1
    if kind == "hd":
        return p[about[0]]
    score = sum((w for b, w in zip(p, weights, strict=True) if b), Fraction(0))
    if kind == "H":
        return int(score >= about[0])
    return int(score >= about[1]) * p[about[0]]
