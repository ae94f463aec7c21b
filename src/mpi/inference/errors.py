"""Uncertainty of the figures of several groups, as arrays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Errors:
    """Uncertainty of q figures of g groups.

    Attributes
    ----------
    se, low, high : NDArray[np.float64], shape (g, q)
        Standard error and limits of the interval; NaN where there is none.
    df, n_psu : NDArray[np.int64], shape (g, q)
        Degrees of freedom, and PSUs with units of the figure.
    """

    se: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    df: NDArray[np.int64]
    n_psu: NDArray[np.int64]

    @classmethod
    def joined(cls, parts: Sequence[Errors]) -> Errors:
        """Errors of the figures of several parts side by side."""
        names = [field.name for field in fields(cls)]
        return cls(**{name: np.hstack([getattr(p, name) for p in parts]) for name in names})
