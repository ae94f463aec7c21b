"""Measures as ratios of totals: which value of a profile is summed, over what it is divided.

Every figure is a total of a value of the profile, or a ratio of two such totals, so that estimates
and, through the totals of the PSUs, their variances come from the same description.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from mpi.core.counting import Scores, dimension_unions, poor

Bound: TypeAlias = Literal["lower", "upper"]
Bottom: TypeAlias = Literal["group", "population"]


@dataclass(frozen=True, slots=True)
class Statistic:
    """One figure per group, as a ratio of two totals.

    Attributes
    ----------
    measure : str
        Code of the measure, such as ``M0``.
    top : int
        Column of values whose total is the numerator.
    bottom : int or None
        Column whose total is the denominator; None for a total.
    base : int
        Column that is 1 for the units the figure rests on; n counts them.
    over : {"group", "population"}
        Whose total the denominator is.
    dimension, indicator, category : str or None
        What the figure is about.
    k : Fraction or None
        Cutoff.
    bound : {"lower", "upper"} or None
        End of the interval under the policy ``bounds``.
    power : int
        0, or the power of the gaps in the numerator; `top` is then a place in the gap weights.
    """

    measure: str
    top: int
    bottom: int | None
    base: int
    over: Bottom = "group"
    dimension: str | None = None
    indicator: str | None = None
    category: str | None = None
    k: Fraction | None = None
    bound: Bound | None = None
    power: int = 0


@dataclass(frozen=True, slots=True)
class Labels:
    """Names of what the bits and elements stand for.

    Attributes
    ----------
    indicators : tuple of (dimension, indicator), length d
    elements : tuple of (dimension, indicator or None), length e
        An element without an indicator is a whole dimension under the union rule.
    dimensions : tuple of str
    """

    indicators: tuple[tuple[str, str], ...]
    elements: tuple[tuple[str, str | None], ...]
    dimensions: tuple[str, ...]

    def members(self) -> NDArray[np.bool_]:
        """Indicators of each dimension, shape (dimensions, d)."""
        return np.array([[own == name for own, _ in self.indicators] for name in self.dimensions])


@dataclass(slots=True)
class Measured:
    """Values of u profiles and the figures made of their totals.

    Attributes
    ----------
    columns : list of NDArray[np.float64], each of shape (u,)
        The first is 1 for the profiles that the policy for missing answers keeps.
    statistics : list of Statistic
    gap_weights : list of NDArray[np.float64], each of shape (u, e)
        Weight of each element's gap in the numerator of M1 and M2; a figure whose `gap` is not
        None has its numerator here.
    """

    columns: list[NDArray[np.float64]] = field(default_factory=list)
    statistics: list[Statistic] = field(default_factory=list)
    gap_weights: list[NDArray[np.float64]] = field(default_factory=list)
    _matrix: NDArray[np.float64] | None = field(default=None, repr=False)  # made once

    def column(self, values: NDArray[np.bool_] | NDArray[np.float64]) -> int:
        """Position of a new column of values."""
        self.columns.append(values.astype(np.float64))
        return len(self.columns) - 1

    def add(self, statistic: Statistic) -> None:
        """One more figure."""
        self.statistics.append(statistic)

    def matrix(self) -> NDArray[np.float64]:
        """Values, shape (u, columns)."""
        if self._matrix is None or self._matrix.shape[1] != len(self.columns):
            self._matrix = np.column_stack(self.columns)
        return self._matrix


BASE = 0
# shares of units, which are counts of yes over counts
SHARES = (
    *("H", "hd", "hd_both", "overlap", "hd_available", "hdk", "category", "dimension_count"),
    *("H_destitute", "hd_destitute", "hdk_destitute"),
    *("H_union", "H_intersection"),
    *("entry", "exit", "ongoing", "never_poor", "periods_poor", "H_chronic", "transition"),
    *("hd_entry", "hd_exit", "hd_ongoing"),
    *("p11", "intersection", "with_others", "share_with_others", "retained", "missing", "hd_kept"),
    "hd_dropped",
)
# measures that stay within the interval between all missing answers "no" and all "yes"
OF_BOUNDS = ("H", "M0", "hd", "hdk", "actb")


def measures(
    scores: Scores,
    labels: Labels,
    cutoffs: Sequence[Fraction],
    *,
    known: NDArray[np.bool_],
    with_gaps: bool,
) -> Measured:
    """Values and figures of the Alkire-Foster family for several cutoffs.

    Parameters
    ----------
    scores : Scores
        Of u profiles.
    labels : Labels
    cutoffs : sequence of Fraction
    known : NDArray[np.bool_], shape (u, d)
        Whether each indicator is observed, for ``hd_available``.
    with_gaps : bool
        Whether M1 and M2 are wanted.

    Returns
    -------
    Measured

    References
    ----------
    Alkire and Foster (2011), Journal of Public Economics 95; Alkire et al. (2015),
    Multidimensional Poverty Measurement and Analysis, chapter 5.
    """
    out = Measured()
    out.column(scores.kept)
    unions = dimension_unions(scores, labels.members())
    for k in cutoffs:
        is_poor = poor(scores, k)
        censored = out.column(is_poor * scores.value)
        _headcount(out, is_poor, censored, k)
        if with_gaps:
            _gap_measures(out, scores, is_poor, k)
        _censored_headcounts(out, scores, labels, unions & is_poor[:, np.newaxis], is_poor, k)
        _contributions(out, scores, labels, is_poor, censored, k)
    _uncensored(out, scores, labels, unions, known)
    _dimension_counts(out, scores, unions)
    return out


def bounded(measured: Measured, bound: Bound) -> Measured:
    """The figures that bound every completion of the missing answers, at one end."""
    kept = [replace(s, bound=bound) for s in measured.statistics if s.measure in OF_BOUNDS]
    return Measured(measured.columns, kept)


def add_category(
    out: Measured,
    name: str,
    yes: NDArray[np.bool_],
    missing: NDArray[np.bool_],
    *,
    depth_of: Scores | None = None,
) -> None:
    """Share of a named class; a profile whose class is not known is left out of this share only.

    With scores there are also depth, the mean number of deprivations of the members of the class,
    and intensity, the share of the class times its mean score: M0 over those in the class.

    Parameters
    ----------
    out : Measured
        Gets the figure.
    name : str
        Id of the category.
    yes, missing : NDArray[np.bool_], shape (u,)
        Whether a profile is in the class, and whether that is not known.
    depth_of : Scores, optional
        Scores of the profiles.

    References
    ----------
    CONEVAL (2019), Metodología para la medición multidimensional de la pobreza en México, third
    edition: depth and intensity of the deprivations of the population in poverty.
    """
    kept = out.columns[BASE] > 0
    base = out.column(kept & ~missing)
    inside = kept & yes & ~missing
    members = out.column(inside)
    out.add(Statistic("category", members, base, base, category=name))
    if depth_of is None:
        return
    number = out.column(inside * depth_of.deprived.sum(axis=1))
    out.add(Statistic("depth", number, members, base, category=name))
    censored = out.column(inside * depth_of.value)
    out.add(Statistic("intensity", censored, base, base, category=name))


def _headcount(out: Measured, is_poor: NDArray[np.bool_], censored: int, k: Fraction) -> None:
    h = out.column(is_poor)
    out.add(Statistic("H", h, BASE, BASE, k=k))
    out.add(Statistic("A", censored, h, BASE, k=k))
    out.add(Statistic("M0", censored, BASE, BASE, k=k))
    out.add(Statistic("N_poor", h, None, BASE, k=k))
    out.add(Statistic("contribution_H", h, h, BASE, over="population", k=k))
    out.add(Statistic("contribution_M0", censored, censored, BASE, over="population", k=k))


def _gap_measures(out: Measured, scores: Scores, is_poor: NDArray[np.bool_], k: Fraction) -> None:
    out.gap_weights.append(scores.shares * (scores.deprived & is_poor[:, np.newaxis]))
    for power in (1, 2):
        place = len(out.gap_weights) - 1
        out.add(Statistic(f"M{power}", place, BASE, BASE, k=k, power=power))


def _censored_headcounts(
    out: Measured,
    scores: Scores,
    labels: Labels,
    unions: NDArray[np.bool_],
    is_poor: NDArray[np.bool_],
    k: Fraction,
) -> None:
    for j, (dimension, indicator) in enumerate(labels.indicators):
        top = out.column(scores.indicators[:, j] & is_poor)
        out.add(Statistic("hdk", top, BASE, BASE, dimension=dimension, indicator=indicator, k=k))
    for j, dimension in enumerate(labels.dimensions):
        out.add(Statistic("hdk", out.column(unions[:, j]), BASE, BASE, dimension=dimension, k=k))


def _contributions(
    out: Measured,
    scores: Scores,
    labels: Labels,
    is_poor: NDArray[np.bool_],
    censored: int,
    k: Fraction,
) -> None:
    weighted = scores.shares * (scores.deprived & is_poor[:, np.newaxis])
    of_dimension = {name: np.zeros(is_poor.size) for name in labels.dimensions}
    tops: list[tuple[str, str | None, int]] = []
    for e, (dimension, indicator) in enumerate(labels.elements):
        of_dimension[dimension] += weighted[:, e]
        if indicator is not None:
            tops.append((dimension, indicator, out.column(weighted[:, e])))
    tops += [(name, None, out.column(values)) for name, values in of_dimension.items()]
    for measure, bottom in (("actb", BASE), ("pctb", censored)):
        for dimension, indicator, top in tops:
            about = Statistic(measure, top, bottom, BASE, dimension=dimension, k=k)
            out.add(replace(about, indicator=indicator))


def _uncensored(
    out: Measured,
    scores: Scores,
    labels: Labels,
    unions: NDArray[np.bool_],
    known: NDArray[np.bool_],
) -> None:
    out.add(Statistic("popsh", BASE, BASE, BASE, over="population"))
    mean = out.column(scores.kept * scores.value)
    out.add(Statistic("mean_score", mean, BASE, BASE))
    tops = [out.column(yes & scores.kept) for yes in scores.indicators.T]
    for top, (dimension, indicator) in zip(tops, labels.indicators, strict=True):
        out.add(Statistic("hd", top, BASE, BASE, dimension=dimension, indicator=indicator))
    for j, dimension in enumerate(labels.dimensions):
        top = out.column(unions[:, j] & scores.kept)
        out.add(Statistic("hd", top, BASE, BASE, dimension=dimension))
    for j, (dimension, indicator) in enumerate(labels.indicators):
        seen, top = BASE, tops[j]
        if (known[:, j] != scores.kept).any():
            seen = out.column(known[:, j])
            top = out.column(scores.indicators[:, j] & known[:, j])
        own = Statistic("hd_available", top, seen, seen, dimension=dimension)
        out.add(replace(own, indicator=indicator))


def _dimension_counts(out: Measured, scores: Scores, unions: NDArray[np.bool_]) -> None:
    """Distribution and mean of the number of dimensions with a deprivation."""
    counted = unions.sum(axis=1)
    for number in range(unions.shape[1] + 1):
        top = out.column(scores.kept & (counted == number))
        out.add(Statistic("dimension_count", top, BASE, BASE, category=str(number)))
    total = out.column(scores.kept * counted)
    out.add(Statistic("mean_dimensions", total, BASE, BASE))
