"""Smooth functions of figures of one group: values and derivatives, many groups at once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from mpi.core.measures import Statistic

Floats: TypeAlias = NDArray[np.float64]
Range: TypeAlias = Literal["unit", "correlation", "line"]


@dataclass(frozen=True, slots=True)
class Family:
    """Functions of the same form, each of some figures of one group.

    Attributes
    ----------
    about : tuple of Statistic, length f
        What each function is called; where its numerator and denominator stand is not used.
    columns : NDArray[np.int64], shape (f, a)
        Positions of its arguments among the figures.
    value : function of NDArray[np.float64], shape (g, f, a), to shape (g, f)
        NaN where it is not defined.
    gradient : function of NDArray[np.float64], shape (g, f, a), to the same shape
        Derivatives by the arguments.
    range : {"unit", "correlation", "line"}
        Where the function lies: [0, 1], [-1, 1] or anywhere; its interval stays there.
    linear : bool
        Whether replicates move it along its derivatives at the estimate, instead of computing it
        again; for what is a linear statistic with estimated coefficients.
    """

    about: tuple[Statistic, ...]
    columns: NDArray[np.int64]
    value: Callable[[Floats], Floats]
    gradient: Callable[[Floats], Floats]
    range: Range = "line"
    linear: bool = False

    def values(self, estimates: Floats) -> Floats:
        """Functions of the figures of each group, shape (g, f).

        Parameters
        ----------
        estimates : NDArray[np.float64], shape (g, q)
        """
        with np.errstate(divide="ignore", invalid="ignore"):
            return self.value(estimates[:, self.columns])

    def derivatives(self, estimates: Floats) -> Floats:
        """Derivatives by the arguments, shape (g, f, a); NaN where there are none."""
        with np.errstate(divide="ignore", invalid="ignore"):
            return self.gradient(estimates[:, self.columns])

    def replicated(self, estimates: Floats, replicate: Floats) -> Floats:
        """Functions under a replicate, from its figures, shape (g, f)."""
        if not self.linear:
            return self.values(replicate)
        moved = replicate[:, self.columns] - estimates[:, self.columns]
        away: Floats = (self.derivatives(estimates) * moved).sum(axis=2)
        return self.values(estimates) + away


def differences(about: tuple[Statistic, ...], pairs: NDArray[np.int64]) -> Family:
    """First less second of pairs of figures.

    Parameters
    ----------
    about : tuple of Statistic, length f
    pairs : NDArray[np.int64], shape (f, 2)
    """

    def gradient(x: Floats) -> Floats:
        return np.broadcast_to(np.array([1.0, -1.0]), x.shape) + 0.0 * x

    return Family(about, pairs, lambda x: x[..., 0] - x[..., 1], gradient)
