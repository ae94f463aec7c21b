"""Measures that look at how unequal the poor are, and other counting and distance measures.

Most are means of a value of the profile. Inequality among the poor and what lies between groups are
not ratios of totals: their columns hold what each unit adds around the means of its group, so that
the total of the column is the figure and its variance that of the linearised value.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from mpi.core.counting import Scores, poor
from mpi.core.distances import Distance
from mpi.core.measures import BASE, Labels, Measured, Statistic
from mpi.core.totals import Again, Counted, Smooth

Floats = NDArray[np.float64]

# scores nearer to a mean of scores than this are the mean itself: two scores differ by more
_ROUNDING = 1e-13


@dataclass(frozen=True, slots=True)
class Parameters:
    """Parameters of the measures, as their authors call them.

    Attributes
    ----------
    beta : Fraction
        Factor of the variance among the poor.
    gammas : tuple of Fraction
        Powers of the censored score in M0^gamma.
    powers : tuple of Fraction
        Powers beta of Chakravarty and D'Ambrosio, and of Datt.
    distance : Distance
        alpha and theta of Bourguignon and Chakravarty.
    """

    beta: Fraction
    gammas: tuple[Fraction, ...]
    powers: tuple[Fraction, ...]
    distance: Distance


def further(
    scores: Scores,
    labels: Labels,
    cutoffs: Sequence[Fraction],
    parameters: Parameters,
    *,
    with_gaps: bool,
    distances: Sequence[Distance] = (),
) -> Measured:
    """Measures that are means, with the headcount, intensity and adjusted headcount.

    Parameters
    ----------
    scores : Scores
        Of u profiles.
    labels : Labels
    cutoffs : sequence of Fraction
    parameters : Parameters
    with_gaps : bool
        Whether the tables have sums of gaps, so that measures of depth can be had too.
    distances : sequence of Distance
        Distances whose sums the tables have; their gaps are elements after the others.

    References
    ----------
    Alkire and Foster (2016), OPHI working paper 100, for M0^gamma; Atkinson (2003), Journal of
    Economic Inequality 1; Chakravarty and D'Ambrosio (2006), Review of Income and Wealth 52; Datt
    (2019), World Bank Economic Review 33; Rippin (2013); Bourguignon and Chakravarty (2003),
    Journal of Economic Inequality 1.
    """
    out = Measured()
    out.column(scores.kept)
    out.add(Statistic("popsh", BASE, BASE, BASE, over="population"))
    for k in cutoffs:
        is_poor = poor(scores, k)
        h, censored = out.column(is_poor), out.column(is_poor * scores.value)
        out.add(Statistic("H", h, BASE, BASE, k=k))
        out.add(Statistic("A", censored, h, BASE, k=k))
        out.add(Statistic("M0", censored, BASE, BASE, k=k))
        out.add(Statistic("contribution_H", h, h, BASE, over="population", k=k))
        for gamma in parameters.gammas:
            _of_gamma(out, scores, labels, is_poor, gamma, k)
    _of_counts(out, scores, parameters.powers)
    if with_gaps:
        _of_gaps(out, scores, parameters, distances)
    else:  # every gap is 0 or 1
        distance = parameters.distance
        top = out.column(scores.kept * scores.value ** float(distance.alpha / distance.theta))
        name = "bourguignon_chakravarty"
        out.add(Statistic(name, top, BASE, BASE, category=distance.text))
    return out


def _of_gamma(
    out: Measured,
    scores: Scores,
    labels: Labels,
    is_poor: NDArray[np.bool_],
    gamma: Fraction,
    k: Fraction,
) -> None:
    """M0^gamma and its split by element: c^gamma is the sum of w_j g_j c^(gamma - 1)."""
    value = np.where(is_poor, scores.value, 1.0)
    top = out.column(is_poor * value ** float(gamma))
    about = Statistic("M0_gamma", top, BASE, BASE, category=f"gamma={gamma}", k=k)
    out.add(about)
    each = (is_poor * value ** float(gamma - 1))[:, np.newaxis] * scores.shares * scores.deprived
    of_dimension = {name: np.zeros(is_poor.size) for name in labels.dimensions}
    for e, (dimension, indicator) in enumerate(labels.elements):
        of_dimension[dimension] += each[:, e]
        if indicator is not None:
            own = replace(about, top=out.column(each[:, e]), dimension=dimension)
            out.add(replace(own, indicator=indicator))
    for dimension, values in of_dimension.items():
        out.add(replace(about, top=out.column(values), dimension=dimension))


def _of_counts(out: Measured, scores: Scores, powers: Sequence[Fraction]) -> None:
    """Measures of the score of everybody who is deprived in anything."""
    union = scores.kept & (scores.score > 0)
    out.add(Statistic("H_union", out.column(union), BASE, BASE))
    everything = scores.kept & (scores.score == scores.scale)
    out.add(Statistic("H_intersection", out.column(everything), BASE, BASE))
    for power in powers:
        top = out.column(scores.kept * scores.value ** float(power))
        name = f"beta={power}"
        out.add(Statistic("chakravarty_dambrosio", top, BASE, BASE, category=name))
        out.add(Statistic("datt", top, BASE, BASE, category=f"alpha=0, {name}"))
    top = out.column(scores.kept * scores.value**2)
    out.add(Statistic("rippin", top, BASE, BASE, category="alpha=0"))


def _of_gaps(
    out: Measured, scores: Scores, parameters: Parameters, distances: Sequence[Distance]
) -> None:
    """Measures of the depth of deprivations, as far as sums in the tables give them."""
    weights = scores.shares * (scores.deprived & scores.kept[:, np.newaxis])
    none = np.zeros((weights.shape[0], len(distances)))
    places: dict[Distance, tuple[int, int]] = {}  # of gap weights, and power of the gaps
    for power in (1, 2):
        places[Distance(Fraction(power), Fraction(power))] = (0, power)
    out.gap_weights += [
        np.hstack([weights, none]),
        np.hstack([weights * scores.value[:, np.newaxis], none]),
    ]
    for number, distance in enumerate(distances):
        own = none.copy()
        own[:, number] = scores.kept
        out.gap_weights.append(np.hstack([np.zeros_like(weights), own]))
        places.setdefault(distance, (len(out.gap_weights) - 1, 1))
    about = Statistic("bourguignon_chakravarty", 0, BASE, BASE, category=parameters.distance.text)
    place, power = places[parameters.distance]
    out.add(replace(about, top=place, power=power))
    for alpha in sorted({distance.theta for distance in places}):
        for beta in dict.fromkeys([Fraction(1), *parameters.powers]):
            if (own_place := places.get(Distance(alpha * beta, alpha))) is not None:
                place, power = own_place
                category = f"alpha={alpha}, beta={beta}"
                out.add(replace(about, measure="datt", category=category, top=place, power=power))
    for power in (1, 2):
        category = f"alpha={power}"
        out.add(replace(about, measure="rippin", category=category, top=1, power=power))


@dataclass(frozen=True, slots=True)
class Pairs:
    """The pairs of group and profile that occur in a table.

    Attributes
    ----------
    counted : Counted
        The table, each row at its pair.
    group, profile : NDArray[np.int64], shape (v,)
        Of each pair.
    """

    counted: Counted
    group: NDArray[np.int64]
    profile: NDArray[np.int64]


def pairs_of(counted: Counted, profiles: int) -> Pairs:
    """Pairs of group and profile; for a single group they are the profiles themselves.

    Parameters
    ----------
    counted : Counted
        Each row at one of u profiles.
    profiles : int
        Their number u.
    """
    if counted.groups == 1:
        every = np.arange(profiles)
        return Pairs(counted, np.zeros_like(every), every)
    key = counted.table.group * profiles + counted.position
    found, position = np.unique(key, return_inverse=True)
    at = replace(counted, position=position.reshape(-1))
    return Pairs(at, found // profiles, found % profiles)


def among_the_poor(
    pairs: Pairs, scores: Scores, intensities: Sequence[tuple[Fraction, Floats]], beta: Fraction
) -> Smooth:
    """Inequality among the poor of each group: beta times the variance of their scores.

    Parameters
    ----------
    pairs : Pairs
    scores : Scores
        Of u profiles.
    intensities : sequence of (cutoff, NDArray[np.float64] of shape (g,))
        Intensity A of each group at each cutoff; NaN where nobody is poor.
    beta : Fraction

    Notes
    -----
    The derivative of sum w p (c - A)^2 by A is zero, so the mean of beta (c - A)^2 among the poor,
    A taken as fixed, has the linearised value of the variance.

    References
    ----------
    Seth and Alkire (2017), Research on Economic Inequality 25.
    """
    out = Smooth()
    out.column(scores.kept[pairs.profile])
    factor = float(beta)
    for k, intensity in intensities:
        is_poor = poor(scores, k)[pairs.profile]
        away = is_poor * _away(scores.value[pairs.profile], intensity[pairs.group])
        h, y = out.column(is_poor), out.column(factor * away * away)
        out.column(away)  # after y, where `again` looks for it
        out.add(Statistic("inequality", y, h, BASE, category=f"beta={beta}", k=k))

    def again(sums: Again) -> Floats:
        values = sums(pairs.counted, out).values
        found = []
        for statistic in out.statistics:
            assert statistic.bottom is not None  # noqa: S101 -- it is the number of poor
            of = values[:, statistic.bottom]
            mean = _ratio(values[:, statistic.top + 1], of)
            found.append(_ratio(values[:, statistic.top], of) - factor * mean * mean)
        return np.column_stack(found)

    out.function = again
    return out


def between_groups(
    pairs: Pairs, scores: Scores, cutoffs: Sequence[Fraction], beta: Fraction
) -> Smooth:
    """Inequality among the poor within and between groups, and disparities between groups.

    Parameters
    ----------
    pairs : Pairs
        Of a table by group.
    scores : Scores
        Of u profiles.
    cutoffs : sequence of Fraction
    beta : Fraction

    Notes
    -----
    With theta the groups' shares of the poor and d = A_l - A, a poor unit of group l adds
    beta (c - A_l)^2 to what is within and beta (d^2 + 2 d (c - A_l)) to what is between groups. To
    the disparity of y with means Y_l, and d = Y_l - Y, a unit adds d^2 + 2 d (y - Y_l).

    References
    ----------
    Seth and Alkire (2017), Research on Economic Inequality 25; Alkire et al. (2015),
    Multidimensional Poverty Measurement and Analysis, chapter 9.
    """
    raw = Measured()
    raw.column(scores.kept[pairs.profile])
    value = scores.value[pairs.profile]
    statuses = [poor(scores, k)[pairs.profile] for k in cutoffs]
    for is_poor in statuses:
        for values in (is_poor, is_poor * value, is_poor * value * value):
            raw.column(values.astype(np.float64))
    own = pairs.counted
    totals = _totals(own, raw)
    out = Smooth()
    out.column(scores.kept[pairs.profile])
    for place, (k, is_poor) in enumerate(zip(cutoffs, statuses, strict=True)):
        of = [totals[:, c] for c in (0, 3 * place + 1, 3 * place + 2)]
        _among(out, is_poor, value, pairs.group, of, k, beta)
        for measure, tops, y in (
            ("disparity_H", of[1], is_poor.astype(np.float64)),
            ("disparity_M0", of[2], is_poor * value),
        ):
            away, distance = _apart(tops, of[0], y, pairs.group)
            top = out.columns[BASE] * (distance * distance + 2 * distance * away)
            out.add(Statistic(measure, out.column(top), BASE, BASE, k=k))

    def again(sums: Again) -> Floats:
        return _decomposed(sums(own, raw).values, len(cutoffs), float(beta))

    out.function = again
    return out


def _among(
    out: Smooth,
    is_poor: NDArray[np.bool_],
    value: Floats,
    group: NDArray[np.int64],
    of: Sequence[Floats],
    k: Fraction,
    beta: Fraction,
) -> None:
    """Inequality among the poor: all, within and between groups."""
    away, distance = _apart(of[2], of[1], value, group)
    within = float(beta) * is_poor * away * away
    between = float(beta) * is_poor * (distance * distance + 2 * distance * away)
    h = out.column(is_poor)
    about = Statistic("inequality", out.column(within + between), h, BASE, k=k)
    about = replace(about, category=f"beta={beta}")
    out.add(about)
    out.add(replace(about, measure="inequality_within", top=out.column(within)))
    out.add(replace(about, measure="inequality_between", top=out.column(between)))


def _apart(
    tops: Floats, bottoms: Floats, y: Floats, group: NDArray[np.int64]
) -> tuple[Floats, Floats]:
    """Distance of each pair's value from its group's mean, and of that from the mean of all."""
    means = _ratio(tops, bottoms)
    mean = tops.sum() / bottoms.sum() if bottoms.sum() > 0 else 0.0
    return _away(y, means[group]), _away(means, np.full(means.size, mean))[group]


def _away(values: Floats, means: Floats) -> Floats:
    """Distance from means; 0 where there is none, or where only rounding tells them apart."""
    away = values - means
    return np.where(np.abs(away) > _ROUNDING, away, 0.0)  # NaN is not above it


def _totals(counted: Counted, measured: Measured) -> Floats:
    """Weighted totals of the columns by group, shape (g, columns)."""
    rows = measured.matrix()[counted.position] * counted.weight[:, np.newaxis]
    found = np.zeros((counted.groups, rows.shape[1]))
    np.add.at(found, counted.table.group, rows)
    return found


def _decomposed(totals: Floats, cutoffs: int, beta: float) -> Floats:
    """The figures of `between_groups` from totals of kept, poor, censored score and its square."""
    found = []
    for place in range(cutoffs):
        n, p, c, cc = (totals[:, col] for col in (0, 3 * place + 1, 3 * place + 2, 3 * place + 3))
        everybody, every_poor = n.sum(), p.sum()
        mean = np.nan if every_poor <= 0 else c.sum() / every_poor
        within = beta * (cc - np.nan_to_num(_ratio(c, p)) * c).sum()
        between = beta * (p * (np.nan_to_num(_ratio(c, p)) - mean) ** 2).sum()
        of = every_poor if every_poor > 0 else np.nan
        found += [(within + between) / of, within / of, between / of]
        for tops in (p, c):
            away = np.nan_to_num(_ratio(tops, n)) - tops.sum() / everybody
            found.append((n * away * away).sum() / everybody)
    return np.array([found])


def _ratio(top: Floats, bottom: Floats) -> Floats:
    """Top over bottom; NaN where there is nothing below."""
    nothing = np.full(top.shape, np.nan)
    found: Floats = np.divide(top, bottom, out=nothing, where=bottom > 0)
    return found


def in_one_group(counted: Counted) -> Counted:
    """The same rows as those of a single group, in the order of the sampled units."""
    order = np.argsort(counted.table.psu, kind="stable")
    table = counted.table.rows(order)
    everybody = np.zeros_like(table.group)
    return replace(
        counted,
        table=replace(table, group=everybody),
        position=counted.position[order],
        groups=1,
    )
