"""Profile tables of parts as one, whatever groups each has."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from mpi.core import table as tables
from mpi.engines.base import Grouping, Label


def united(parts: Sequence[Grouping]) -> Grouping:
    """A grouping of all parts, whose units are positions in the same list."""
    labels = tuple(sorted({label for part in parts for label in part.labels}, key=order))
    relabelled = []
    for part in parts:
        same = np.arange(int(part.table.psu.max(initial=0)) + 1)
        relabelled.append(part.table.relabelled(places_of(part.labels, labels), same))
    households = all(part.households for part in parts)
    table = tables.add(*relabelled)
    whole = table if households else tables.of_persons(table)
    return Grouping(parts[0].by, labels, whole, households)


def order(label: Label) -> tuple[tuple[bool, object], ...]:
    """Key by which labels are sorted, those that miss a part first."""
    return tuple((value is not None, value) for value in label)


def places_of(labels: Sequence[Label], among: Sequence[Label]) -> NDArray[np.int64]:
    """Position of each label among others."""
    place: Mapping[Label, int] = {label: position for position, label in enumerate(among)}
    return np.array([place[label] for label in labels], dtype=np.int64)
