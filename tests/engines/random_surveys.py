"""Random microdata for a codebook: every code that it knows, in raw columns of the right tables."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pyarrow as pa

import mpi
from mpi.survey.codebook import Codebook, TableName, Variable, listed

_MISSING = 0.06  # share of answers that are missing
_GROUPS = ("area", "region", "department", "sex", "age_group")
_LEVEL = {"persons": "person", "households": "household", "dwellings": "household"}


def random_survey(
    name: str,
    made: Callable[[pa.Table], object] = lambda table: table,
    *,
    households: int = 300,
    seed: int = 1,
    **given: object,
) -> mpi.Survey:
    """Survey of a bundled codebook with random rows; `made` turns each table into what is given."""
    tables = random_tables(mpi.codebook(name), households, seed)
    lonely = {"lonely_psu": "adjust"} | given
    return mpi.Survey(**{n: made(t) for n, t in tables.items()}, codebook=name, **lonely)


def groups_of(name: str) -> list[object]:
    """Groupings that a codebook has variables for, one of them crossed."""
    there = [v for v in _GROUPS if v in mpi.codebook(name).variables]
    return [*there, tuple(there[:2])]


def random_tables(book: Codebook, households: int, seed: int) -> dict[str, pa.Table]:
    """Tables of persons, households and dwellings as a codebook expects them."""
    rng = np.random.default_rng(seed)
    size = rng.integers(1, 7, households)
    of_person = np.repeat(np.arange(households), size)
    rows = {"persons": of_person, "households": np.arange(households)}
    used = {variable.source for variable in book.variables.values()}
    if "dwellings" in used:
        rows["dwellings"] = np.arange(households)
    if not (used - {"persons"}) and not book.tables.households.household_id:
        rows = {"persons": of_person}
    columns = {table: _keys(book, table, rows[table], size) for table in rows}
    for table in rows:
        for column, values in _design(book, households, rng).items():
            columns[table].setdefault(column, values.take(rows[table]))
    # columns with codes first: a rule may name the same column
    for variable in sorted(book.variables.values(), key=lambda v: v.column is None):
        for column in _raw(book, variable):
            table = variable.source if variable.source in rows else "persons"
            if any(column in columns[t] for t in rows):
                continue
            per_household = variable.level == "household" or table != "persons"
            n = households if per_household else of_person.size
            values = _values(variable, n, rng)
            columns[table][column] = values.take(rows[table]) if per_household else values
    return {table: pa.table(columns[table]) for table in rows}


def _raw(book: Codebook, variable: Variable) -> list[str]:
    if variable.column is not None:
        return [variable.column]
    assert variable.value is not None
    return [n for n in variable.value.names() if n not in book.variables or n == variable.id]


def _values(variable: Variable, n: int, rng: np.random.Generator) -> pa.Array:
    codes = list(variable.codes())
    if variable.range is not None:
        low, high = variable.range
        codes = [*range(int(low), int(min(high, low + 90)) + 1), *listed(variable.missing)]
    elif not variable.recode():
        codes = [*range(17), *listed(variable.missing)]
    if variable.characters is not None:
        codes = [f"{code:010d}" for code in rng.integers(1, 32, 20)]
    text = any(isinstance(code, str) for code in codes)
    values = pa.array([str(code) for code in codes] if text else codes)
    return values.take(pa.array(rng.integers(0, len(codes), n), mask=rng.random(n) < _MISSING))


def _keys(
    book: Codebook, table: TableName, rows: np.ndarray, size: np.ndarray
) -> dict[str, pa.Array]:
    keys = getattr(book.tables, table)
    found: dict[str, pa.Array] = {}
    ids = np.arange(size.size) * 7 + 11
    for place, column in enumerate(keys.household_id):
        found[column] = pa.array(ids[rows] if place == 0 else np.ones(rows.size, dtype=np.int64))
    for place, column in enumerate(keys.dwelling_id):
        if column not in found:
            found[column] = pa.array(ids[rows] if place == 0 else rows * 0 + 1)
    within = np.concatenate([np.arange(n) + 1 for n in size])
    for column in keys.person_id:
        found[column] = pa.array(within)
    return found


def _design(book: Codebook, households: int, rng: np.random.Generator) -> dict[str, pa.Array]:
    found: dict[str, pa.Array] = {}
    psu = rng.integers(0, 24, households)
    values = {
        "weight": rng.uniform(1, 90, households).round(3),
        "strata": psu % 4,
        "psu": psu,
        "fpc": np.full(households, 60),
    }
    for role, column in values.items():
        name = getattr(book.design, role)
        if name is not None:
            found[name] = pa.array(column)
    return found
