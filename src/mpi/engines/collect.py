"""Values of a household from those of its members."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from mpi.engines import columns as arrow
from mpi.engines.columns import Array
from mpi.engines.links import Members
from mpi.errors import Problems

# doubles hold every integer below this
_EXACT = 2**53


def collect(kind: str, value: Array | None, where: Array | None, members: Members) -> Array:
    """Aggregate of the members' values, shape (households,).

    Three-valued: unknown for a household if an unknown member could change the answer. A household
    without member rows is unknown, never "nobody applicable".

    Parameters
    ----------
    kind : {"any", "all", "count", "sum", "min", "max"}
    value : Array or None, shape (persons,)
        Truths or numbers; None counts everybody.
    where : Array or None, shape (persons,)
        Members who matter; None for all.
    members : Members
    """
    of_kind = _of_truths if kind in ("any", "all", "count") else _of_numbers
    result, unknown = of_kind(kind, value, where, members)
    return pa.array(result, mask=unknown | (members.first < 0))


def promote(column: Array, members: Members, name: str, problems: Problems) -> Array:
    """Value that all person rows of a household repeat; a problem where they differ."""
    count = differing(column, members)
    if count:
        report_differing(problems, name, count, members.first.size)
    return arrow.taken(column, members.first)


def report_differing(problems: Problems, name: str, count: int, of: int) -> None:
    """Add a value of the household that its person rows do not repeat."""
    problems.add(
        f"column {name!r}",
        f"differs between members in {count:,} of {of:,} households",
        expected="A value of the household is the same in all its rows.",
        remedy="Say whose with any(), all(), max(), ..., or repair the rows.",
    )


def differing(column: Array, members: Members) -> int:
    """Number of households whose members have different values."""
    found = _unlike(column, members)
    return int(np.unique(members.household[found]).size) if found.any() else 0


def is_repeated(column: Array, members: Members) -> bool:
    """Whether all members of each household have the same value."""
    return not _unlike(column, members).any()


def _unlike(column: Array, members: Members) -> NDArray[np.bool_]:
    """Rows whose value is not that of a row before them of the same household."""
    if arrow.kind_of(column) == "nothing" or len(column) < 2:
        return np.zeros(len(column), dtype=bool)
    if members.ordered:  # then the row before is the last one
        unlike = np.zeros(len(column), dtype=bool)
        together = members.household[1:] == members.household[:-1]
        np.logical_and(_differ(column[1:], column[:-1]), together, out=unlike[1:])
        return unlike
    repeated = arrow.taken(arrow.taken(column, members.first), members.household)
    return _differ(column, repeated)


def _differ(one: Array, other: Array) -> NDArray[np.bool_]:
    """Where two columns differ; both missing is no difference."""
    same = pc.equal(one, other)
    if same.null_count:
        both_missing = pc.and_(pc.is_null(one), pc.is_null(other))
        same = pc.or_(pc.fill_null(same, False), both_missing)  # noqa: FBT003
    return ~arrow.truths(same).values


def _of_truths(
    kind: str, value: Array | None, where: Array | None, members: Members
) -> tuple[NDArray[np.bool_] | NDArray[np.int64], NDArray[np.bool_]]:
    everybody = pa.array(np.ones(members.household.size, dtype=bool))
    truth = everybody if value is None else _as_truth(value)
    if kind == "all":
        truth = pc.invert(truth)
    if where is not None:
        truth = pc.and_kleene(truth, _as_truth(where))
    found = arrow.truths(truth)
    yes = members.count(found.values)
    unknown = members.count(found.missing) > 0
    if kind == "count":
        return yes, unknown
    return (yes > 0) == (kind == "any"), unknown & (yes == 0)


def _of_numbers(
    kind: str, value: Array | None, where: Array | None, members: Members
) -> tuple[NDArray[np.float64] | NDArray[np.int64], NDArray[np.bool_]]:
    assert value is not None  # noqa: S101 -- the rule language requires it
    limit = arrow.truths(_as_truth(where)) if where is not None else None
    relevant = np.ones(members.household.size, dtype=bool) if limit is None else limit.values
    gone = arrow.mask(value)
    doubtful = relevant & gone if gone is not None else np.zeros_like(relevant)
    if limit is not None and limit.missing is not None:
        doubtful = doubtful | limit.missing
    unknown = members.count(doubtful) > 0
    used = relevant & ~doubtful
    rows, numbers = members.household[used], arrow.numbers(value)[used]
    whole = pa.types.is_integer(value.type)
    if kind == "sum":
        total = np.bincount(rows, weights=numbers, minlength=members.first.size)
        exact = whole and np.abs(total).max(initial=0.0) < _EXACT
        return (total.astype(np.int64) if exact else total), unknown
    extreme = np.full(members.first.size, np.inf if kind == "min" else -np.inf)
    (np.minimum if kind == "min" else np.maximum).at(extreme, rows, numbers)
    unknown = unknown | (members.count(used) == 0)
    extreme[unknown] = 0
    return (extreme.astype(np.int64) if whole else extreme), unknown


def _as_truth(column: Array) -> Array:
    if pa.types.is_null(column.type):
        return pc.cast(column, pa.bool_())
    return column if pa.types.is_boolean(column.type) else pc.not_equal(column, 0)
