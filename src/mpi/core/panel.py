"""Figures of the same units in several waves, as values of their joint profiles."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from mpi.core.counting import Scores, poor
from mpi.core.inequality import Pairs
from mpi.core.measures import BASE, Measured, Statistic
from mpi.core.totals import Again, Smooth

Floats = NDArray[np.float64]
Truths = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Wave:
    """One wave of u joint profiles.

    Attributes
    ----------
    name : str
    scores : Scores
    states : NDArray[np.int64], shape (u,)
        State of each profile, for the matrix of transitions.
    """

    name: str
    scores: Scores
    states: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Steps:
    """From one wave to a later one.

    Attributes
    ----------
    first, second : int
        Positions of the two waves.
    name : str
    """

    first: int
    second: int
    name: str


def figures(
    waves: Sequence[Wave],
    steps: Sequence[Steps],
    cutoffs: Sequence[Fraction],
    durations: Sequence[int],
    indicators: Sequence[tuple[str, str]],
    *,
    states: Sequence[str],
) -> Measured:
    """Values and figures of units that are followed through waves.

    Parameters
    ----------
    waves : sequence of Wave
    steps : sequence of Steps
        Pairs of waves that are compared.
    cutoffs : sequence of Fraction
    durations : sequence of int
        Duration cutoffs tau, in waves.
    indicators : sequence of (dimension, indicator)
    states : sequence of str
        Names of the states.

    References
    ----------
    Alkire, Apablaza, Chakravarty and Yalonetzky (2017), Journal of Policy Modeling 39: chronic
    poverty by a duration cutoff.
    """
    out = Measured()
    kept = np.logical_and.reduce([wave.scores.kept for wave in waves])
    out.column(kept)
    out.add(Statistic("popsh", BASE, BASE, BASE, over="population"))
    for k in cutoffs:
        status = [poor(wave.scores, k) & kept for wave in waves]
        censored = [p * wave.scores.value for p, wave in zip(status, waves, strict=True)]
        for wave, is_poor, value in zip(waves, status, censored, strict=True):
            _of_wave(out, wave.name, is_poor, value, k)
        for step in steps:
            first, second = step.first, step.second
            of_poor = (status[first], status[second])
            _of_step(out, step.name, of_poor, (censored[first], censored[second]), k)
        _chronic(out, np.array(status), np.array(censored), durations, k)
    for step in steps:
        pair_of = (waves[step.first], waves[step.second])
        _of_indicators(out, step.name, pair_of, kept, indicators)
        _transitions(out, step.name, pair_of, kept, states)
    return out


def _of_wave(out: Measured, name: str, is_poor: Truths, value: Floats, k: Fraction) -> None:
    h, censored = out.column(is_poor), out.column(value)
    about = Statistic("H", h, BASE, BASE, category=name, k=k)
    out.add(about)
    out.add(replace(about, measure="A", top=censored, bottom=h))
    out.add(replace(about, measure="M0", top=censored))


def _of_step(
    out: Measured,
    name: str,
    status: tuple[Truths, Truths],
    censored: tuple[Floats, Floats],
    k: Fraction,
) -> None:
    """Who enters, leaves and stays poor, and what each adds to the change of M0."""
    about = Statistic("", BASE, BASE, BASE, category=name, k=k)

    def add(measure: str, values: Truths | Floats, bottom: int = BASE) -> None:
        out.add(replace(about, measure=measure, top=out.column(values), bottom=bottom))

    kept, (a, b), (c, d) = out.columns[BASE] > 0, status, censored
    of_poor, of_others = out.column(a), out.column(kept & ~a)
    add("entry", b & ~a)
    add("exit", a & ~b)
    add("ongoing", a & b)
    add("never_poor", kept & ~a & ~b)
    add("entry_rate", b & ~a, of_others)
    add("exit_rate", a & ~b, of_poor)
    add("H_change", b.astype(np.float64) - a)
    add("M0_change", d - c)
    add("M0_entry", d * ~a)
    add("M0_exit", -c * ~b)
    add("M0_ongoing", (d - c) * (a & b))


def _chronic(
    out: Measured, status: Truths, censored: Floats, durations: Sequence[int], k: Fraction
) -> None:
    """Chronic poverty by each duration cutoff, and the number of waves in poverty."""
    periods = status.sum(axis=0)
    kept, many = out.columns[BASE] > 0, status.shape[0]
    for number in range(many + 1):
        top = out.column(kept & (periods == number))
        name = f"{number} of {many}"
        out.add(Statistic("periods_poor", top, BASE, BASE, category=name, k=k))
    for tau in durations:
        chronic = periods >= tau
        h = out.column(chronic)
        spells = out.column((chronic * periods).astype(np.float64))
        share = out.column(chronic * periods / many)
        depth = out.column(chronic * censored.sum(axis=0))
        mean = out.column(chronic * censored.sum(axis=0) / many)
        about = Statistic("H_chronic", h, BASE, BASE, category=f"tau={tau}", k=k)
        out.add(about)
        out.add(replace(about, measure="D_chronic", top=share, bottom=h))
        out.add(replace(about, measure="A_chronic", top=depth, bottom=spells))
        out.add(replace(about, measure="M0_chronic", top=mean))


def _of_indicators(
    out: Measured,
    name: str,
    pair: tuple[Wave, Wave],
    kept: Truths,
    indicators: Sequence[tuple[str, str]],
) -> None:
    """Who becomes, ceases to be and stays deprived in each indicator, poor or not."""
    before, after = (wave.scores.indicators & kept[:, np.newaxis] for wave in pair)
    for j, (dimension, indicator) in enumerate(indicators):
        a, b = before[:, j], after[:, j]
        for measure, values in (
            ("hd_entry", b & ~a),
            ("hd_exit", a & ~b),
            ("hd_ongoing", a & b),
        ):
            about = Statistic(measure, out.column(values), BASE, BASE, category=name)
            out.add(replace(about, dimension=dimension, indicator=indicator))


def _transitions(
    out: Measured, name: str, pair: tuple[Wave, Wave], kept: Truths, states: Sequence[str]
) -> None:
    """Shares of everybody in each pair of states, and of those in the first of them."""
    for i, origin in enumerate(states):
        begins = kept & (pair[0].states == i)
        bottom = out.column(begins)
        for j, target in enumerate(states):
            top = out.column(begins & (pair[1].states == j))
            category = f"{name}: {origin} > {target}"
            out.add(Statistic("transition", top, BASE, BASE, category=category))
            out.add(Statistic("transition_rate", top, bottom, BASE, category=category))


def incidence_and_intensity(
    pairs: Pairs,
    waves: Sequence[Wave],
    steps: Sequence[Steps],
    cutoffs: Sequence[Fraction],
    levels: Mapping[tuple[str, str, Fraction], Floats],
) -> Smooth:
    """Change of M0 by incidence, dH (A1 + A2) / 2, and by intensity, dA (H1 + H2) / 2.

    Parameters
    ----------
    pairs : Pairs
    waves : sequence of Wave
    steps : sequence of Steps
    cutoffs : sequence of Fraction
    levels : mapping of (measure, wave, cutoff) to NDArray[np.float64], shape (g,)
        H and M0 of each group.

    Notes
    -----
    A unit's value is the figure of its group plus the derivatives times what the unit differs from
    its group's means, so that the mean of the values is the figure. Where nobody is poor in one of
    the waves, A and both figures are not defined.

    References
    ----------
    Shorrocks (2013), Journal of Economic Inequality 11; Apablaza and Yalonetzky (2013), Young Lives
    working paper 101.
    """
    out = Smooth()
    kept = np.logical_and.reduce([wave.scores.kept for wave in waves])[pairs.profile]
    out.column(kept)
    columns: list[tuple[int, ...]] = []
    for k in cutoffs:
        for step in steps:
            ends = [waves[step.first], waves[step.second]]
            p = [(poor(wave.scores, k)[pairs.profile] & kept) for wave in ends]
            c = [q * w.scores.value[pairs.profile] for q, w in zip(p, ends, strict=True)]
            h = [levels["H", wave.name, k] for wave in ends]
            m = [levels["M0", wave.name, k] for wave in ends]
            first = _incidence(p, c, [x[pairs.group] for x in h], [x[pairs.group] for x in m])
            defined = kept & ~np.isnan(first)
            first = np.where(defined, first, 0.0)
            second = np.where(defined, c[1] - c[0] - first, 0.0)
            bottom = out.column(defined)
            about = Statistic("M0_incidence", out.column(first), bottom, BASE, k=k)
            about = replace(about, category=step.name)
            out.add(about)
            out.add(replace(about, measure="M0_intensity", top=out.column(second)))
            columns.append(tuple(out.column(values) for values in (*p, *c)))

    def again(sums: Again) -> Floats:
        values = sums(pairs.counted, out).values
        found = []
        with np.errstate(divide="ignore", invalid="ignore"):
            for places in columns:
                h1, h2, m1, m2 = (values[:, place] / values[:, BASE] for place in places)
                incidence = (h2 - h1) * (m1 / h1 + m2 / h2) / 2
                found += [incidence, m2 - m1 - incidence]
        return np.column_stack(found)

    out.function = again
    return out


def _incidence(
    p: Sequence[Truths], c: Sequence[Floats], h: Sequence[Floats], m: Sequence[Floats]
) -> Floats:
    """Value of each pair whose mean over a group is the effect of incidence; NaN if undefined."""
    with np.errstate(divide="ignore", invalid="ignore"):
        a = [m[t] / h[t] for t in (0, 1)]
        change, mean = h[1] - h[0], (a[0] + a[1]) / 2
        found = change * mean
        for t, sign in ((0, -1.0), (1, 1.0)):
            found = found + (sign * mean - change * a[t] / (2 * h[t])) * (p[t] - h[t])
            found = found + change / (2 * h[t]) * (c[t] - m[t])
    return found
