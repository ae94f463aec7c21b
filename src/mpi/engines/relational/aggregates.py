"""Values of households from those of their members, as one aggregation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import reduce

import narwhals as nw

from mpi.engines.relational.places import Lazy
from mpi.engines.relational.tables import Column

ROWS = "rows"  # member rows of each household
ROWS_NOW = "rows_now"  # the same, within an aggregation
# households have fewer members than this where several counts share one sum
CROWD = 1 << 10
_NOTHING = "nothing"
_COUNTS = 5  # that share one sum: doubles hold integers of 53 bits


@dataclass(frozen=True, slots=True)
class Aggregated:
    """A value of the household from those of its members.

    Attributes
    ----------
    column : Column
    tallies : dict of name to nw.Expr
        Conditions; the number of members for whom each holds is wanted.
    parts : dict of name to nw.Expr
        Other aggregates of the members' rows.
    values : dict of name to nw.Expr
        The column, and what else is kept, from tallies, parts and keys.
    key : str or None
        Column of persons that all members repeat, as a further key of the aggregation.
    """

    column: Column
    tallies: dict[str, nw.Expr] = field(default_factory=dict)
    parts: dict[str, nw.Expr] = field(default_factory=dict)
    values: dict[str, nw.Expr] = field(default_factory=dict)
    key: str | None = None


def aggregated(
    persons: Lazy, keys: Sequence[str], made: Sequence[Aggregated], *, swift: bool
) -> Lazy:
    """Persons aggregated by household, with everything that several values need.

    Parameters
    ----------
    persons : LazyFrame
    keys : sequence of str
        Key of the household.
    made : sequence of Aggregated
    swift : bool
        Whether counts share sums, which holds for households of fewer than `CROWD` members, and
        repeated values are keys, which holds where they are repeated. Both have to be looked at
        afterwards: a place does an aggregate less for each, which is most of its work.
    """
    further = dict.fromkeys(one.key for one in made if one.key is not None)
    tallies = {name: truth for one in made for name, truth in one.tallies.items()}
    parts = {name: part for one in made for name, part in one.parts.items()}
    # conditions may be constants, of which narwhals makes no aggregates
    nothing = nw.col(_NOTHING)
    grouped = persons.with_columns(**{_NOTHING: nw.lit(0.0)}).group_by([*keys, *further])
    if not swift:
        counts = {name: nw.when(truth).then(nothing).count() for name, truth in tallies.items()}
        return grouped.agg(**{ROWS_NOW: nw.len()}, **counts, **parts)
    names = list(tallies)
    shared = [names[at : at + _COUNTS] for at in range(0, len(names), _COUNTS)]
    sums = {
        f"shared{place}": reduce(
            lambda a, b: a + b,
            (
                nw.when(tallies[name]).then(nw.lit(float(CROWD**at))).otherwise(nw.lit(0.0))
                for at, name in enumerate(own)
            ),
            nothing,
        ).sum()
        for place, own in enumerate(shared)
    }
    found = grouped.agg(**{ROWS_NOW: nw.len()}, **sums, **parts)
    own_counts = {
        name: _digit(nw.col(f"shared{place}"), at)
        for place, own in enumerate(shared)
        for at, name in enumerate(own)
    }
    return found.with_columns(**own_counts)


def _digit(total: nw.Expr, place: int) -> nw.Expr:
    """One of several counts in a sum; division by powers of two is exact."""
    shifted = (total / float(CROWD**place)).floor().cast(nw.Float64)
    above = (total / float(CROWD ** (place + 1))).floor().cast(nw.Float64)
    return (shifted - above * float(CROWD)).cast(nw.Int64)


def of_truths(
    kind: str, value: nw.Expr | None, limit: nw.Expr | None, made: Column, name: str
) -> Aggregated:
    """Any, all or count, as `collect` of the memory engine gives them.

    Three-valued: unknown for a household if an unknown member could change the answer. What is
    counted has a name of its own, because several values may rest on it.
    """
    rows = nw.col(ROWS_NOW)
    if value is None and limit is None and kind == "count":
        return Aggregated(made, values={made.id: rows.cast(nw.Int64)})
    truth = nw.lit(value=True) if value is None else value
    truth = ~truth if kind == "all" else truth
    truth = truth if limit is None else truth & limit
    counted = f"no_{name}" if kind == "all" else f"yes_{name}"
    yes, unknown = f"{counted}_y", f"{counted}_u"
    tallies = {yes: truth, unknown: truth.is_null()}
    # a household without member rows has no counts, and is unknown
    is_known = nw.col(unknown) == 0
    if kind == "count":
        number = nw.when(is_known).then(nw.col(yes).cast(nw.Int64))
        return Aggregated(made, tallies, values={made.id: number})
    found, other = nw.lit(value=kind == "any"), nw.lit(value=kind != "any")
    answer = nw.when(nw.col(yes) > 0).then(found).otherwise(nw.when(is_known).then(other))
    return Aggregated(made, tallies, values={made.id: answer})


def of_numbers(kind: str, column: Column, limit: nw.Expr | None, made: Column) -> Aggregated:
    """Sum, min or max, as `collect` of the memory engine gives them."""
    value = nw.col(column.id)
    total, doubtful = f"{made.id}v", f"{made.id}d"
    used = value if limit is None else nw.when(limit).then(value)
    unknown = value.is_null()
    if limit is not None:
        unknown = (limit & unknown) | limit.is_null()
    part = {"sum": used.sum(), "min": used.min(), "max": used.max()}[kind]
    type_ = nw.Int64 if column.whole else nw.Float64
    found = nw.col(total).cast(type_)
    if kind == "sum":
        found = nw.coalesce(found, nw.lit(0, dtype=type_))
    known = nw.when(nw.col(doubtful) == 0).then(found)
    return Aggregated(made, {doubtful: unknown}, {total: part}, {made.id: known})


def repeated(column: Column, made: Column) -> Aggregated:
    """A value that all members of each household repeat."""
    if column.kind == "nothing":
        return Aggregated(made)
    return Aggregated(made, values={made.id: nw.col(column.id)}, key=column.id)


def compared(column: Column, made: Column) -> Aggregated:
    """The same, and beside it whether members differ."""
    differs = differing_id(made)
    if column.kind == "nothing":
        return Aggregated(made, values={differs: nw.lit(value=False)})
    value = nw.col(column.id)
    low, high, gone = f"{made.id}l", f"{made.id}h", f"{made.id}g"
    some = (nw.col(gone) > 0) & (nw.col(gone) < nw.col(ROWS_NOW))
    differ = some | nw.coalesce(nw.col(low) != nw.col(high), nw.lit(value=False))
    return Aggregated(
        made,
        {gone: value.is_null()},
        {low: value.min(), high: value.max()},
        {made.id: nw.col(high), differs: differ},
    )


def differing_id(column: Column) -> str:
    """Name of the column that says where members of a household differ."""
    return f"{column.id}x"
