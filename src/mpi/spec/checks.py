"""What the parts of a specification have to be to each other: ids, names of categories."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING

from mpi.errors import nearest

if TYPE_CHECKING:
    from mpi.spec.model import Specification

PROFILE_NAMES = ("score", "poor", "dimensions")


def id_problems(spec: Specification) -> Iterator[str]:
    """Sentences on ids that stand for two things."""
    kinds = {
        "dimension": [part.id for part in spec.dimension],
        "indicator": [part.id for whole in spec.dimension for part in whole.indicator],
        "condition": [part.id for part in spec.condition],
        "category": [part.id for part in spec.category],
        "norm": [part.id for part in spec.norm],
        "parameter": [part.id for part in spec.parameter],
    }
    for kind, ids in kinds.items():
        for name, times in Counter(ids).items():
            if times > 1:
                yield f"{kind} {name!r} is there {times} times. Every {kind} needs its own id."
    shared = set(kinds["indicator"]) & set(kinds["condition"])
    for name in sorted(shared):
        yield f"{name!r} is the id of an indicator and of a condition. Give them different ids."


def outline_problems(spec: Specification) -> Iterator[str]:
    """Dimensions without indicators: allowed where the file says what it lacks."""
    for dimension in spec.dimension:
        if not dimension.indicator and not spec.lacks:
            yield (
                f"dimension {dimension.id!r}, indicator: is empty. At least one is needed, or "
                "'lacks' says what is not known."
            )


def profile_names(spec: Specification) -> tuple[str, ...]:
    """Names that a category can use: score, poor, dimensions, and the ids of the parts."""
    return (*PROFILE_NAMES, *spec.indicators, *spec.dimensions, *spec.conditions)


def category_problems(spec: Specification) -> Iterator[str]:
    """Sentences on names in categories that stand for nothing, or for two things."""
    known = profile_names(spec)
    counts = Counter(known)
    for category in spec.category:
        for name in category.when.names():
            if counts[name] == 0:
                hint = nearest(name, known)
                yield f"category {category.id!r}, when: unknown name {name!r}. {hint}".rstrip()
            elif counts[name] > 1:
                yield (
                    f"category {category.id!r}, when: {name!r} is the id of more than one part. "
                    "Give them different ids."
                )
