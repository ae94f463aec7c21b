"""Members of the synthetic households: how many, who, how old."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from mpi.datasets.design import Frame
from mpi.datasets.figures import DOMESTIC_WORKER, HOUSEHOLD_TYPES, HouseholdType
from mpi.datasets.vocabulary import code

FEMALE, MALE = 0, 1
GRAIN = 1000  # resolution of lookup tables of probabilities

# Roles are finer than relationships: (relationship, age = slope x head's age + low + span x u).
_ROLES: tuple[tuple[str, float, float, float], ...] = (
    ("head", 1.0, 0.0, 0.0),
    ("spouse", 1.0, -9.0, 13.0),
    ("child", 0.0, 0.0, 0.0),  # from 0 to at most 27 years, see _ages
    ("child", 1.0, -34.0, 16.0),
    ("child_in_law", 1.0, -36.0, 18.0),
    ("grandchild", 0.0, 0.0, 0.0),  # from 0 to at most 19 years, see _ages
    ("parent", 1.0, 18.0, 20.0),
    ("sibling", 1.0, -12.0, 24.0),
    ("other_relative", 0.0, 3.0, 65.0),
    ("non_relative", 0.0, 18.0, 45.0),
    ("domestic_worker", 0.0, 19.0, 36.0),
)
_HEAD, _SPOUSE, _CHILD, _GRANDCHILD, _PARENT, _WORKER = 0, 1, 2, 5, 6, 10


@dataclass(frozen=True, slots=True)
class Roster:
    """All persons of a block, households in order, the head first.

    `size` has shape (n,) and counts members; all else has shape (persons,). `home` is the
    household's position in the block, `order` the person's number in the household from 1.
    """

    size: NDArray[np.int16]
    rows: NDArray[np.int64]
    home: NDArray[np.int64]
    order: NDArray[np.int64]
    relationship: NDArray[np.int8]
    member: NDArray[np.bool_]
    age: NDArray[np.int16]
    sex: NDArray[np.int8]
    zone: NDArray[np.int8]


def lookup(shares: tuple[float, ...]) -> NDArray[np.int8]:
    """Table of shape (GRAIN,) that turns uniform integers into positions with these shares."""
    edges = np.round(np.cumsum(shares) / sum(shares) * GRAIN).astype(int)
    return np.searchsorted(edges, np.arange(GRAIN), side="right").astype(np.int8)


def draw_roster(rng: np.random.Generator, frame: Frame) -> Roster:
    """Persons of the households of a frame."""
    n = frame.zone.size
    types = _type_table()[frame.zone, rng.integers(0, GRAIN, n, dtype=np.int16)]
    counts = _counts(rng, types, frame)
    rows = counts.sum(axis=1)
    home = np.repeat(np.arange(n), rows)
    role = np.repeat(np.tile(np.arange(len(_ROLES), dtype=np.int8), n), counts.ravel())
    start = np.cumsum(rows) - rows
    head_age = _head_age(rng, types)
    worker = role == _WORKER
    return Roster(
        size=(rows - counts[:, _WORKER]).astype(np.int16),
        rows=rows,
        home=home,
        order=np.arange(home.size) - start[home] + 1,
        relationship=_relationships()[role],
        member=~worker,
        age=_ages(rng, role=role, head_age=head_age[home], oldest=_oldest()[types][home]),
        sex=_sexes(rng, role=role, types=types, home=home),
        zone=frame.zone[home],
    )


@cache
def _type_table() -> NDArray[np.int8]:
    return np.stack([lookup(tuple(t.share[z] for t in HOUSEHOLD_TYPES)) for z in (0, 1)])


@cache
def _count_tables() -> dict[int, NDArray[np.int8]]:
    """Per role, table of shape (types, GRAIN) with the number of such members."""

    def table(role: int) -> NDArray[np.int8]:
        return np.stack([lookup(_number(t, role)) for t in HOUSEHOLD_TYPES])

    return {role: table(role) for role in range(1, _WORKER)}


def _number(kind: HouseholdType, role: int) -> tuple[float, ...]:
    """Distribution of the number of members in a role."""
    spouse, in_law, parent = kind.spouse, kind.child_in_law, kind.parent
    return (
        (0.0, 1.0),
        (1 - spouse, spouse),
        kind.children,
        kind.adult_children,
        (1 - in_law, in_law),
        kind.grandchildren,
        (1 - parent, parent),
        kind.siblings,
        kind.other_relatives,
        kind.non_relatives,
    )[role]


@cache
def _relationships() -> NDArray[np.int8]:
    return np.array([code("relationship", name) for name, *_ in _ROLES], dtype=np.int8)


@cache
def _oldest() -> NDArray[np.int16]:
    return np.array([t.oldest_member for t in HOUSEHOLD_TYPES], dtype=np.int16)


def _counts(rng: np.random.Generator, types: NDArray[np.int8], frame: Frame) -> NDArray[np.int64]:
    """Persons per household and role, shape (n, roles)."""
    n = types.size
    counts = np.zeros((n, len(_ROLES)), dtype=np.int64)
    counts[:, _HEAD] = 1
    for role, table in _count_tables().items():
        u = rng.integers(0, GRAIN, n, dtype=np.int16)
        if role in (_CHILD, _GRANDCHILD):  # poorer households have more children
            u = np.clip(u + 60.0 * frame.poverty, 0, GRAIN - 1).astype(np.int16)
        counts[:, role] = table[types, u]
    affords = frame.poverty < 0
    counts[:, _WORKER] = affords & (rng.random(n) < 2 * np.array(DOMESTIC_WORKER)[frame.zone])
    return counts


def _head_age(rng: np.random.Generator, types: NDArray[np.int8]) -> NDArray[np.float32]:
    low, high, exponent = np.array([t.head_age for t in HOUSEHOLD_TYPES], dtype=np.float32).T
    u = rng.random(types.size, dtype=np.float32)
    age: NDArray[np.float32] = np.floor(low[types] + (high - low + 1)[types] * u ** exponent[types])
    return age


def _ages(
    rng: np.random.Generator,
    *,
    role: NDArray[np.int8],
    head_age: NDArray[np.float32],
    oldest: NDArray[np.int16],
) -> NDArray[np.int16]:
    slope, low, span = np.array([r[1:] for r in _ROLES], dtype=np.float32).T
    u = rng.random(role.size, dtype=np.float32)
    age = slope[role] * head_age + low[role] + span[role] * u
    child, grandchild, grown = role == _CHILD, role == _GRANDCHILD, role == _SPOUSE
    # square-root like: fewer small children, as births have fallen
    age = np.where(child, u**0.7 * np.minimum(head_age - 16, 28), age)
    age = np.where(grandchild, u**0.8 * np.minimum(head_age - 35, 20), age)
    age = np.where(grown, np.maximum(age, 17), age)
    return np.clip(age, 0, oldest).astype(np.int16)


def _sexes(
    rng: np.random.Generator,
    *,
    role: NDArray[np.int8],
    types: NDArray[np.int8],
    home: NDArray[np.int64],
) -> NDArray[np.int8]:
    u = rng.random(role.size, dtype=np.float32)
    female_head = np.array([t.female_head for t in HOUSEHOLD_TYPES], dtype=np.float32)
    heads_female = u[role == _HEAD] < female_head[types]
    female_share = np.full(len(_ROLES), 0.49, dtype=np.float32)
    female_share[[_PARENT, _WORKER]] = 0.72, 0.96
    female = np.where(role == _HEAD, heads_female[home], u < female_share[role])
    # one couple in sixty is of the same sex
    female = np.where(role == _SPOUSE, heads_female[home] ^ (u > 1 / 60), female)
    return np.where(female, FEMALE, MALE).astype(np.int8)
