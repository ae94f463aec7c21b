"""Distances of units from the thresholds, for measures that are not linear in sums of gaps.

With normalised gaps g_j and weights w_j that of a unit is (sum w_j g_j^theta)^(alpha/theta). Its
mean is the measure of Bourguignon and Chakravarty; that of Datt with his alpha and beta is the same
with theta = alpha, and alpha beta in place of alpha.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from mpi import exact
from mpi.errors import EstimationError, Problems


@dataclass(frozen=True, slots=True)
class Distance:
    """One distance.

    Attributes
    ----------
    alpha, theta : Fraction
        Powers, both positive.
    """

    alpha: Fraction
    theta: Fraction

    def of(self, gaps: NDArray[np.float64], weights: NDArray[np.float64]) -> NDArray[np.float64]:
        """Distance of each unit, shape (n,).

        Parameters
        ----------
        gaps : NDArray[np.float64], shape (n, e)
            Normalised gaps, 0 where not deprived.
        weights : NDArray[np.float64], shape (e,)

        Examples
        --------
        >>> Distance(Fraction(2), Fraction(1)).of(np.array([[0.5, 0.25]]), np.array([0.5, 0.5]))
        array([0.140625])
        """
        inner: NDArray[np.float64] = gaps ** float(self.theta) @ weights
        return inner ** float(self.alpha / self.theta)

    @property
    def text(self) -> str:
        """Its parameters as results name them."""
        return f"alpha={self.alpha}, theta={self.theta}"


def distances_of(given: object) -> tuple[Distance, ...]:
    """Distances from pairs of alpha and theta, each once.

    Raises
    ------
    EstimationError
        If one is no pair of positive numbers; all problems at once.
    """
    problems, found = Problems("tabulate", EstimationError), []
    expected = "They are pairs of alpha and theta, such as distances=[(2, 1)]."
    listed = given if isinstance(given, Sequence) and not isinstance(given, str) else [given]
    for pair in listed:
        if not isinstance(pair, (tuple, list)) or len(pair) != 2:
            problems.add("distances", f"a value of type {type(pair).__name__!r}", expected=expected)
            continue
        try:
            alpha, theta = (exact.fraction(number) for number in pair)
        except ValueError as error:
            problems.add("distances", str(error), expected=expected)
            continue
        if min(alpha, theta) <= 0:
            problems.add("distances", f"({alpha}, {theta}) is not positive", expected=expected)
            continue
        found.append(Distance(alpha, theta))
    problems.raise_if_any()
    return tuple(dict.fromkeys(found))
