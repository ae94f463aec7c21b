"""What an attacker can work out of sums: cells that follow from those that are published.

References
----------
Cox (1980), Suppression methodology and statistical disclosure control, Journal of the American
Statistical Association 75; Hundepool et al. (2012), Statistical Disclosure Control, Wiley.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

# a leverage of 1 up to rounding; what is just below counts as 1, which withholds too much at most
_ONE = 1 - 1e-6
# what is left of a column of length 1 is the rounding of 0 below this
_ZERO = 1e-9


def determined(sums: Iterable[Mapping[int, int]]) -> set[int]:
    """Unknown cells that follow from known sums, by exact elimination.

    Parameters
    ----------
    sums : iterable of mapping of cell to coefficient
        Linear combinations of unknown cells whose values are known.

    Returns
    -------
    set of int
        Cells whose value is the same in every solution.

    Examples
    --------
    >>> sorted(determined([{1: 1, 2: 1}, {2: 1, 3: 1}]))
    []
    >>> sorted(determined([{1: 1, 2: 1, 3: 1}, {2: 1, 3: 1}]))
    [1]
    """
    pivots: dict[int, dict[int, Fraction]] = {}
    for given in sums:
        row = {cell: Fraction(value) for cell, value in given.items() if value}
        while known := row.keys() & pivots.keys():
            for cell in known:
                if cell in row:
                    _subtract(row, pivots[cell], row[cell])
        if row:
            cell = min(row)
            own = row[cell]
            pivots[cell] = {other: value / own for other, value in row.items()}
    # rows that were made later have none of the earlier pivots, so they are finished first
    for cell in reversed(list(pivots)):
        row = pivots[cell]
        for other in [c for c in row if c != cell and c in pivots]:
            if other in row:
                _subtract(row, pivots[other], row[other])
    return {cell for cell, row in pivots.items() if len(row) == 1}


def _subtract(row: dict[int, Fraction], other: dict[int, Fraction], times: Fraction) -> None:
    for cell, value in other.items():
        left = row.get(cell, Fraction(0)) - times * value
        if left:
            row[cell] = left
        else:
            row.pop(cell, None)


def told(values: NDArray[np.float64], counts: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Profiles of a group whose weight follows from totals of its figures, shape (u,).

    Profiles with a value in a column whose total is 0 are known to be absent. Of the others one
    follows if its unit vector is a combination of columns: if its leverage in them is 1.

    Parameters
    ----------
    values : NDArray[np.float64], shape (u, columns)
        Values of the profiles, none of them negative, whose totals are known.
    counts : NDArray[np.int64], shape (u,)
        Units with each profile.

    Examples
    --------
    >>> told(np.array([[1.0, 0], [1, 0], [1, 1]]), np.array([5, 5, 2]))
    array([False, False,  True])
    """
    found = np.zeros(counts.size, dtype=bool)
    if not counts.any():
        return found
    absent = counts @ (values > 0) == 0
    possible = np.flatnonzero(~(values[:, absent] > 0).any(axis=1))
    own = values[possible][:, ~absent]
    own = own / np.sqrt((own**2).sum(axis=0))
    leverage = np.zeros(possible.size)
    # Gram-Schmidt, the largest column first: decompositions of LAPACK are slower by far on a busy
    # machine, where their threads wait for each other
    while own.shape[1]:
        sizes = np.sqrt((own**2).sum(axis=0))
        own, sizes = own[:, sizes > _ZERO], sizes[sizes > _ZERO]
        if not sizes.size:
            break
        largest = int(sizes.argmax())
        axis = own[:, largest] / sizes[largest]
        leverage += axis**2
        own = own - axis[:, np.newaxis] * (axis[:, np.newaxis] * own).sum(axis=0)
        own[:, largest] = 0.0
    found[possible] = leverage > _ONE
    return found


def small(counts: NDArray[np.int64], least: int) -> NDArray[np.bool_]:
    """Counts that are not 0 and below a limit, of the same shape."""
    few: NDArray[np.bool_] = (counts > 0) & (counts < least)
    return few


def class_counts(
    counts: NDArray[np.int64], classes: NDArray[np.int64], number: int
) -> NDArray[np.int64]:
    """Counts of profiles added up by class, shape (g, number).

    Parameters
    ----------
    counts : NDArray[np.int64], shape (g, u)
    classes : NDArray[np.int64], shape (u,)
    number : int
    """
    sums = np.zeros((counts.shape[0], number), dtype=np.int64)
    np.add.at(sums.T, classes, counts.T)
    return sums
