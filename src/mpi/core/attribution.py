"""Why two counting measures differ on the same units: Shapley shares of each difference.

From the second measure to the first there are five switches: the cutoff, the weights, the rules of
the indicators that both have, the indicators that only the first has, and those that only the
second has. Each profile has a poverty status and a censored score for every position of the
switches, so that the Shapley share of a switch is a value of the profile too.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations
from math import ceil, factorial, lcm

import numpy as np
from numpy.typing import NDArray

SWITCHES = ("cutoff", "weights", "rules", "only_first", "only_second")
Truths = NDArray[np.bool_]
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Element:
    """What a score counts once: an indicator, or all of a union dimension.

    Attributes
    ----------
    members : tuple of int
        Columns of its indicators.
    weight : Fraction
    """

    members: tuple[int, ...]
    weight: Fraction


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two measures.

    Attributes
    ----------
    elements : tuple of Element
        By columns of the deprivations of both measures side by side; the weights sum to 1.
    cutoff : Fraction
    """

    elements: tuple[Element, ...]
    cutoff: Fraction


@dataclass(frozen=True, slots=True)
class Attribution:
    """Values of u profiles whose means are Shapley shares.

    Attributes
    ----------
    headcount, adjusted : mapping of switch to NDArray[np.float64], shape (u,)
        Shares of the difference of H and of M0, first less second.
    """

    headcount: Mapping[str, Floats]
    adjusted: Mapping[str, Floats]


def attribution(
    deprived: Truths, first: Side, second: Side, pairs: Mapping[int, int]
) -> Attribution:
    """Shapley shares of the switches in poverty status and censored score.

    Parameters
    ----------
    deprived : NDArray[np.bool_], shape (u, d)
        Deprivations by the rules of the first measure, then by those of the second.
    first, second : Side
    pairs : mapping of int to int
        Columns of the indicators that both have: of the first measure to that of the second.

    Returns
    -------
    Attribution

    Notes
    -----
    While indicators of both measures are counted the weights are those of the measure that the
    switch says, an indicator that it does not have brings its own, and all are scaled to sum to 1.
    Of a union dimension that is partly shared the rest brings its part by number of indicators.

    References
    ----------
    Shorrocks (2013), Journal of Economic Inequality 11.
    """
    values = {
        on: _status(deprived, first, second, pairs, on)
        for size in range(len(SWITCHES) + 1)
        for on in map(frozenset, combinations(SWITCHES, size))
    }
    shares = {switch: _shapley(switch, values) for switch in SWITCHES}
    return Attribution(
        headcount={switch: poor for switch, (poor, _) in shares.items()},
        adjusted={switch: censored for switch, (_, censored) in shares.items()},
    )


def _shapley(
    switch: str, values: Mapping[frozenset[str], tuple[Floats, Floats]]
) -> tuple[Floats, Floats]:
    n = len(SWITCHES)
    total = [np.zeros_like(value) for value in values[frozenset()]]
    for on in values:
        if switch in on:
            continue
        weight = factorial(len(on)) * factorial(n - len(on) - 1) / factorial(n)
        for place, (after, before) in enumerate(
            zip(values[on | {switch}], values[on], strict=True)
        ):
            total[place] += weight * (after - before)
    return total[0], total[1]


def _status(
    deprived: Truths, first: Side, second: Side, pairs: Mapping[int, int], on: frozenset[str]
) -> tuple[Floats, Floats]:
    """Poverty status and censored score of each profile for one position of the switches."""
    elements = list(_elements(first, second, pairs, on))
    total = sum((element.weight for element in elements), Fraction(0))
    poor = np.zeros(deprived.shape[0])
    if not total:
        return poor, poor
    weights = [element.weight / total for element in elements]
    scale = lcm(*(weight.denominator for weight in weights))
    score = np.zeros(deprived.shape[0], dtype=np.int64)
    for element, weight in zip(elements, weights, strict=True):
        score += int(weight * scale) * deprived[:, list(element.members)].any(axis=1)
    cutoff = (first if "cutoff" in on else second).cutoff
    poor = (score >= ceil(cutoff * scale)).astype(np.float64)
    return poor, poor * score / scale


def _elements(
    first: Side, second: Side, pairs: Mapping[int, int], on: frozenset[str]
) -> Iterator[Element]:
    """What is counted for one position of the switches."""
    back = {b: a for a, b in pairs.items()}
    sides = ((first, pairs, "only_first" in on), (second, back, "only_second" not in on))
    lead, other = sides if "weights" in on else sides[::-1]
    of_first = "rules" in on

    def column(member: int) -> int:
        """The column of a shared indicator under the rules that hold."""
        if of_first:
            return back.get(member, member)
        return pairs.get(member, member)

    for element in lead[0].elements:
        kept = [column(m) for m in element.members if m in lead[1] or lead[2]]
        if kept:
            yield Element(tuple(kept), element.weight)
    for element in other[0].elements if other[2] else ():
        own = [member for member in element.members if member not in other[1]]
        if own:
            part = Fraction(len(own), len(element.members))
            yield Element(tuple(own), element.weight * part)
