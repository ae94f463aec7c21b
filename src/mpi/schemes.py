"""What the score of a specification counts, as arrays: bits, weights, names, gaps."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from mpi import exact
from mpi.core.counting import Scheme
from mpi.core.measures import Labels
from mpi.spec.model import Specification


def scheme(spec: Specification, kind: str = "deprived") -> Scheme:
    """What the score counts, as bits and exact weights.

    Parameters
    ----------
    spec : Specification
    kind : {"deprived", "destitute"}
        Under ``destitute`` an indicator with a stricter rule is counted by that rule.
    """
    names = list(spec.indicators)
    bits = [
        spec.bits.index((kind, name) if (kind, name) in spec.bits else ("deprived", name))
        for name in names
    ]
    members = np.array(
        [
            [
                name == element.indicator
                if element.indicator is not None
                else any(name == i.id for i in spec.dimensions[element.dimension].indicator)
                for name in names
            ]
            for element in spec.elements
        ]
    )
    order = {dimension: place for place, dimension in enumerate(spec.dimensions)}
    return Scheme(
        bits=np.array(bits, dtype=np.int64),
        members=members,
        dimension=np.array([order[element.dimension] for element in spec.elements]),
        weights=tuple(element.weight for element in spec.elements),
    )


def labels(spec: Specification) -> Labels:
    """Names of the indicators, elements and dimensions."""
    return Labels(
        indicators=tuple((d.id, i.id) for d in spec.dimension for i in d.indicator),
        elements=tuple((e.dimension, e.indicator) for e in spec.elements),
        dimensions=tuple(spec.dimensions),
    )


def cardinal(spec: Specification) -> NDArray[np.int64]:
    """Place of each element's gap in the table; -1 where it has none."""
    with_gap = [name for name, indicator in spec.indicators.items() if indicator.gap is not None]
    return np.array(
        [with_gap.index(e.indicator) if e.indicator in with_gap else -1 for e in spec.elements],
        dtype=np.int64,
    )


def lowest_poor(spec: Specification, cutoff: Fraction) -> float:
    """Smallest attainable score that reaches a cutoff: the lower end of intensity's range."""
    weights = exact.integers([element.weight for element in spec.elements], spec.scale)
    needed = exact.threshold(cutoff, spec.scale)
    reached = [s for s in exact.attainable_once(tuple(weights)) or [] if s >= needed]
    return reached[0] / spec.scale if reached else float(cutoff)
