"""How persons, households and dwellings are linked, as positions; broken keys are reported."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from mpi.engines.columns import integers, kind_of, mask, single, without_signed_zero
from mpi.errors import Problems, SurveyError
from mpi.survey.readers import Source
from mpi.survey.survey import Columns, Survey

_FILL = "Fill it in, or leave out these rows."


@dataclass(frozen=True, slots=True)
class Members:
    """Persons as members of households.

    Attributes
    ----------
    household : NDArray[np.int64], shape (n_persons,)
        Position of each person's household.
    first : NDArray[np.int64], shape (n_households,)
        A person row of each household, -1 where it has none.
    ordered : bool
        Whether the persons of each household are known to stand together.
    """

    household: NDArray[np.int64]
    first: NDArray[np.int64]
    ordered: bool = False

    def sum(self, values: NDArray[np.float64] | None = None) -> NDArray[np.float64]:
        """Sum of a value over the members of each household; their number for None."""
        total = np.bincount(self.household, weights=values, minlength=self.first.size)
        return total.astype(np.float64, copy=False)

    def count(self, truth: NDArray[np.bool_] | None) -> NDArray[np.int64]:
        """Members of each household for whom something is true; none for None."""
        if truth is None:
            return np.zeros(self.first.size, dtype=np.int64)
        return np.bincount(self.household[truth], minlength=self.first.size)


@dataclass(frozen=True, slots=True)
class Links:
    """Positions that link the tables of a survey.

    Attributes
    ----------
    n_persons, n_households : int
        Rows of each; households may be known from the person rows only.
    members : Members or None
        Persons as members of households; None if they are not linked.
    dwelling : NDArray[np.int64] or None, shape (n_households,)
        Row of each household's dwelling; None without a table of dwellings.
    """

    n_persons: int
    n_households: int
    members: Members | None
    dwelling: NDArray[np.int64] | None

    def rows(self, level: str) -> int:
        """Number of values of a column of a level."""
        return self.n_persons if level == "person" else self.n_households


def link(survey: Survey) -> Links:
    """Positions that link persons to households and households to dwellings.

    Raises
    ------
    SurveyError
        If keys are missing, repeated or lead nowhere; all problems at once, with counts.
    """
    problems = Problems("survey", SurveyError)
    persons, households = survey.tables.get("persons"), survey.tables.get("households")
    for source in (persons, households):
        if source is not None and source.n_rows == 0:
            problems.add(source.name, "has no rows", remedy="Check the file or the filter.")
    problems.raise_if_any()
    key = survey.keys.household
    person_key, household_key = key.get("persons", ()), key.get("households", ())
    n_households = households.n_rows if households is not None else 0
    household = None
    if persons is not None and households is not None:
        household = _to_parent(persons, person_key, households, household_key, problems)
    elif persons is not None and person_key:
        household, n_households = _own_households(persons, person_key, problems)
    elif households is not None and household_key:
        check_key(households, households.read(household_key), problems)
    if persons is not None and household is not None and survey.keys.person:
        _check_persons(persons, household, survey.keys.person, problems)
    dwelling = _dwellings(survey, problems)
    problems.raise_if_any()
    n_persons = persons.n_rows if persons is not None else 0
    members = None
    if household is not None:
        first = np.full(n_households, -1, dtype=np.int64)
        first[household[::-1]] = np.arange(n_persons - 1, -1, -1)
        members = Members(household, first, bool((household[1:] >= household[:-1]).all()))
    return Links(n_persons, n_households, members, dwelling)


def _dwellings(survey: Survey, problems: Problems) -> NDArray[np.int64] | None:
    households, dwellings = survey.tables.get("households"), survey.tables.get("dwellings")
    if households is None or dwellings is None:
        return None
    keys = survey.keys.dwelling
    return _to_parent(
        households, keys.get("households", ()), dwellings, keys.get("dwellings", ()), problems
    )


def _to_parent(
    child: Source, child_key: Columns, parent: Source, parent_key: Columns, problems: Problems
) -> NDArray[np.int64]:
    """Row of each child's parent."""
    if len(child_key) != len(parent_key):
        found = f"{len(child_key)} key columns here, {len(parent_key)} in {parent.name}"
        problems.add(child.name, found, expected="Both tables need the same key columns.")
        problems.raise_if_any()
    ids, parent_ids = _common_ids(
        (child, child.read(child_key)), (parent, parent.read(parent_key)), problems
    )
    problems.raise_if_any()
    size = 1 + max(ids.max(initial=-1), parent_ids.max(initial=-1))
    counts = np.bincount(parent_ids[parent_ids >= 0], minlength=size)
    report_repeated(problems, parent, parent_key, int(counts[counts > 1].sum()))
    row = np.full(size + 1, -1, dtype=np.int64)
    row[parent_ids] = np.arange(parent_ids.size)
    row[-1] = -1
    parents: NDArray[np.int64] = row[ids]
    lost = int((parents < 0).sum())
    if lost:
        report_lost(problems, (child, child_key), parent, lost)
    return parents


def matched(a: tuple[Source, pa.Table], b: tuple[Source, pa.Table]) -> NDArray[np.int64]:
    """Row of the second table that has the key of each row of the first; -1 where none has.

    Parameters
    ----------
    a, b : (Source, pyarrow.Table)
        Key columns of two samples of the same units, with where they come from; each key is there
        and no other row's.

    Raises
    ------
    SurveyError
        If a key is of another type in the other.
    """
    problems = Problems("panel", SurveyError)
    ids, others = _common_ids(a, b, problems)
    size = 1 + max(ids.max(initial=-1), others.max(initial=-1))
    problems.raise_if_any()
    row = np.full(size, -1, dtype=np.int64)
    row[others] = np.arange(others.size)
    return row[ids]


def _own_households(
    persons: Source, key: Columns, problems: Problems
) -> tuple[NDArray[np.int64], int]:
    """Households that are known only by the key in the person rows, in order of the key."""
    ids = _ids([single(column) for column in persons.read(key).columns])
    lost = int((ids < 0).sum())
    if lost:
        report_missing(problems, persons, key, lost, "the key of the household is missing")
        problems.raise_if_any()
    if (ids[1:] >= ids[:-1]).all():  # numbered in the order of the key, as it stands
        return ids, int(ids[-1]) + 1
    present, household = np.unique(ids, return_inverse=True)
    return household.reshape(-1), present.size


def check_key(source: Source, key: pa.Table, problems: Problems) -> None:
    """Add rows of a table whose key is missing, or is another row's too.

    Parameters
    ----------
    source : Source
        Where they come from.
    key : pyarrow.Table
        Its key columns.
    problems : Problems
    """
    ids = _ids([single(column) for column in key.columns])
    names = tuple(key.column_names)
    _check_unique(problems, source, (ids, names), names)


def _check_unique(
    problems: Problems, source: Source, key: tuple[NDArray[np.int64], Columns], named: Columns
) -> None:
    """Add rows whose id is missing, or another row's too."""
    ids, names = key
    lost = int((ids < 0).sum())
    if lost:
        report_missing(problems, source, names, lost)
    counts = np.bincount(ids[ids >= 0]) if (ids >= 0).any() else np.zeros(0, dtype=np.int64)
    report_repeated(problems, source, named, int(counts[counts > 1].sum()))


def report_missing(
    problems: Problems, source: Source, key: Sequence[str], count: int, found: str = "is missing"
) -> None:
    """Add rows without a key."""
    where = f"{source.name}, key {', '.join(key)}"
    problems.add(where, found, remedy=_FILL, count=count, of=source.n_rows)


def report_repeated(problems: Problems, source: Source, key: Columns, count: int) -> None:
    """Add rows that share a key, if there are any."""
    if count:
        problems.add(
            f"{source.name}, key {', '.join(key)}",
            "several rows have the same key",
            expected="Each row has a key of its own.",
            remedy="Name every column of the key, or leave out the rows that are repeated.",
            count=count,
            of=source.n_rows,
        )


def report_lost(
    problems: Problems, child: tuple[Source, Columns], parent: Source, count: int
) -> None:
    """Add rows whose key no row of the other table has."""
    source, key = child
    problems.add(
        f"{source.name}, key {', '.join(key)}",
        f"no row of {parent.name} has this key",
        expected=f"Every row of {source.name} belongs to one of {parent.name}.",
        remedy="Check that both are of the same survey, and the key columns.",
        count=count,
        of=source.n_rows,
    )


def unlike_keys(
    problems: Problems,
    sources: tuple[Source, Source],
    name: str,
    kinds: tuple[object, object],
) -> None:
    """Add a key column of two types."""
    problems.add(
        f"{sources[0].name} and {sources[1].name}",
        f"the key {name!r} is {kinds[0]} in one and {kinds[1]} in the other",
        expected="Keys need the same type in both.",
        remedy="Read both as text, or both as numbers.",
    )


def _check_persons(
    persons: Source, household: NDArray[np.int64], key: Columns, problems: Problems
) -> None:
    found = pa.array(household, mask=household < 0)  # a person without household is no duplicate
    columns = [found, *(single(c) for c in persons.read(key).columns)]
    ids = _ids(columns)
    _check_unique(problems, persons, (ids, key), ("household", *key))


def _common_ids(
    a: tuple[Source, pa.Table], b: tuple[Source, pa.Table], problems: Problems
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Ids of the keys of two tables, equal where the keys are; -1 where a key is missing."""
    columns = []
    for name, left, right in zip(a[1].column_names, a[1].columns, b[1].columns, strict=True):
        one, other = single(left), single(right)
        if kind_of(one) != kind_of(other):
            unlike_keys(problems, (a[0], b[0]), name, (kind_of(one), kind_of(other)))
            problems.raise_if_any()
        columns.append(pa.concat_arrays(_of_one_type(one, other)))
    ids = _ids(columns)
    ours, theirs = ids[: a[1].num_rows], ids[a[1].num_rows :]
    for (source, table), part in ((a, ours), (b, theirs)):
        lost = int((part < 0).sum())
        if lost:
            report_missing(problems, source, table.column_names, lost)
    return ours, theirs


def _of_one_type(one: pa.Array, other: pa.Array) -> list[pa.Array]:
    """Two key columns of one kind in the same type: the first one's if that loses nothing."""
    for kind in dict.fromkeys([one.type, other.type]):
        try:
            return [pc.cast(one, kind), pc.cast(other, kind)]
        except pa.ArrowInvalid:
            continue
    return [pc.cast(part, pa.float64(), safe=False) for part in (one, other)]


def _ids(columns: list[pa.Array]) -> NDArray[np.int64]:
    """Number of each row's combination of values; -1 where one is missing."""
    total: NDArray[np.int64] | None = _ascending(columns)
    for column in columns if total is None else ():
        encoded = without_signed_zero(column).dictionary_encode()
        part = integers(encoded.indices, 0).astype(np.int64)
        gone = mask(encoded.indices)
        if total is None:
            total = part
        else:
            both = total * (len(encoded.dictionary) or 1) + part
            both[total < 0] = -1
            compact = pa.array(both).dictionary_encode()
            total = np.where(both < 0, -1, integers(compact.indices, 0)).astype(np.int64)
        if gone is not None:
            total = np.where(gone, -1, total)
    assert total is not None  # noqa: S101 -- keys have at least one column
    return total


def _ascending(columns: list[pa.Array]) -> NDArray[np.int64] | None:
    """The same where the only column is of whole numbers in ascending order; else None."""
    (column, *others) = columns
    if others or not len(column) or column.null_count or not pa.types.is_integer(column.type):
        return None
    values = column.to_numpy()
    if not (values[1:] >= values[:-1]).all():
        return None
    number = np.zeros(values.size, dtype=np.int64)
    np.cumsum(values[1:] != values[:-1], out=number[1:])
    return number
