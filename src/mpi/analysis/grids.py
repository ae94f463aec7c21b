"""Groups of one grouping under many scenarios: figures, and errors of their differences."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from mpi.analysis.scenarios import Scenario
from mpi.core.counting import Scores, poor, score
from mpi.core.measures import Measured, Statistic
from mpi.core.ranking import pairs
from mpi.core.totals import Counted, Distinct, distinct
from mpi.core.weighting import Curve
from mpi.engines.base import Grouping
from mpi.errors import EstimationError, Problem, nearest
from mpi.findings import Finding
from mpi.inference.replicate import Replication
from mpi.profiles import Profiles
from mpi.progress import steps
from mpi.sources import Part, Source
from mpi.tables import by_of, group_texts, linear_parts

Floats = NDArray[np.float64]

# weights of profiles under replicates in memory at a time, 16 MB
_MOST_VALUES = 1 << 21
# a variance below this share of its parts is the rounding of zero
ROUNDING = 1e-13
# figures whose covariances are made in one call
_MOST_FIGURES = 240


@dataclass(frozen=True, slots=True, eq=False)
class Panel:
    """The groups of one grouping with values of their profiles.

    Attributes
    ----------
    groupings : tuple of Grouping
        The whole population, and the grouping.
    parts : list of lists of Part
        Figures of both, one column a scenario.
    order : NDArray[np.int64], shape (g,)
        Positions of the compared groups in the grouping.
    values : NDArray[np.float64], shape (n, u)
        Value of each of u distinct profiles in each of n scenarios.
    bases : NDArray[np.float64], shape (b, u)
        Who is counted: distinct sets of profiles.
    base_of : NDArray[np.int64], shape (n,)
        Set of each scenario.
    profiles : Distinct
    """

    groupings: tuple[Grouping, ...]
    parts: list[list[Part]]
    order: NDArray[np.int64]
    values: Floats
    bases: Floats
    base_of: NDArray[np.int64]
    profiles: Distinct

    @property
    def counted(self) -> Counted:
        """Table of the groups."""
        return self.parts[1][0].counted

    @property
    def figures(self) -> Floats:
        """Figure of each scenario and group, shape (n, g)."""
        estimates: Floats = self.parts[1][0].linear.estimates[self.order].T
        return estimates

    def of(self, order: NDArray[np.int64]) -> Panel:
        """The same with other groups."""
        return replace(self, order=order)

    def weights(self, replication: Replication | None = None, r: int = 0) -> Floats:
        """Weight of each profile in each group, shape (u, g), also under a replicate."""
        counted, table = self.counted, self.counted.table
        weight: Floats = counted.weight
        if replication is not None and replication.factor is None:
            own = table.household_replicates if counted.households else table.replicates
            weight = own[:, r]
        elif replication is not None and replication.factor is not None:
            weight = weight * replication.factor(r)[table.psu]
        size = self.values.shape[1]
        place = table.group * size + counted.position
        sums = np.bincount(place, weights=weight, minlength=counted.groups * size)
        found: Floats = sums.astype(np.float64).reshape(counted.groups, size)[self.order].T
        return found

    def means(self, values: Floats, base_of: NDArray[np.int64], weights: Floats) -> Floats:
        """Means of values over who is counted, shape (n, columns of weights).

        NaN where nobody is counted.
        """
        of = (self.bases @ weights)[base_of]
        found: Floats = np.divide(values @ weights, of, out=np.full(of.shape, np.nan), where=of > 0)
        return found

    def replicated(
        self, values: Floats, base_of: NDArray[np.int64], replication: Replication
    ) -> Floats:
        """The same under every replicate, shape (r, n, g)."""
        number, groups = replication.number, self.order.size
        found = np.empty((number, values.shape[0], groups))
        # several replicates in a product: threads of many small ones wait for each other
        some = max(1, _MOST_VALUES // max(1, groups * max(self.values.shape[1], values.shape[0])))
        for start in steps(range(0, number, some), "replicates"):
            numbers = range(start, min(start + some, number))
            weights = np.hstack([self.weights(replication, r) for r in numbers])
            means = self.means(values, base_of, weights)
            blocks = means.reshape(values.shape[0], len(numbers), groups)
            found[start : start + some] = blocks.transpose(1, 0, 2)
        return found

    def rows(self, scenario: int) -> list[int]:
        """Rows of the figures of all groups in a scenario among those of the source."""
        number = self.values.shape[0]  # the rows of the population come first
        return [number + int(g) * number + scenario for g in self.order]

    def errors(self, source: Source) -> Floats:
        """Standard error of the difference of each pair in each scenario, shape (n, pairs)."""
        groups, number = self.order.size, self.values.shape[0]
        found = np.empty((number, groups * (groups - 1) // 2))
        some = max(1, _MOST_FIGURES // groups)
        for start in range(0, number, some):
            scenarios = range(start, min(start + some, number))
            matrix = source.covariance([row for s in scenarios for row in self.rows(s)])
            for place, scenario in enumerate(scenarios):
                own = slice(place * groups, (place + 1) * groups)
                found[scenario] = pair_errors(matrix[own, own])
        return found


def pair_errors(matrix: Floats) -> Floats:
    """Standard errors of the differences of pairs from a covariance matrix, shape (pairs,)."""
    first, second = pairs(matrix.shape[0])
    own = np.diag(matrix)
    parts = own[first] + own[second]
    variance = parts - 2 * matrix[first, second]
    # groups that do not differ in any unit have a difference without an error but for rounding
    return np.sqrt(np.where(variance <= ROUNDING * parts, 0.0, variance))


def panel(
    profiles: Profiles,
    by: tuple[str, ...],
    scenarios: Sequence[Scenario],
    measure: Curve,
    *,
    households: bool,
) -> Panel:
    """Figures of the population and of all groups of a grouping in each scenario.

    Raises
    ------
    EstimationError
        If the denominators of a policy are too large.
    """
    groupings = (profiles.groupings[0], grouping_of(profiles, by))
    found = distinct([grouping.table for grouping in groupings])
    measured, base_of = Measured(), list[int]()
    values: list[Floats] = []
    bases: list[tuple[int, Floats]] = []
    known: dict[bytes, int] = {}
    for scenario in scenarios:
        scores = scores_in(found, scenario)
        kept = known.setdefault(scores.kept.tobytes(), len(known))
        if kept == len(bases):
            bases.append((measured.column(scores.kept), scores.kept.astype(np.float64)))
        is_poor = poor(scores, scenario.k)
        values.append(is_poor * (np.ones_like(scores.value) if measure == "H" else scores.value))
        base = bases[kept][0]
        top = measured.column(values[-1])
        measured.add(Statistic(measure, top, base, base, category=scenario.label, k=scenario.k))
        base_of.append(kept)
    parts = linear_parts(
        groupings,
        found,
        [measured],
        cardinal=np.full(1, -1),
        households=households,
        direct=profiles.sampled is not None and profiles.sampled.drawn is not None,
    )
    return Panel(
        groupings,
        parts,
        np.arange(len(groupings[1].labels)),
        np.array(values),
        np.array([own for _, own in bases]),
        np.array(base_of),
        found,
    )


def comparable(
    found: Panel, profiles: Profiles, most: int, *, source: str
) -> tuple[Panel, list[Finding]]:
    """The panel of the groups that have a figure in its first scenario.

    Raises
    ------
    EstimationError
        If there are no two of them, or more than `most`.
    """
    grouping = found.groupings[1]
    defined = ~np.isnan(found.figures[0])
    detail = "no unit is left to compare; the group is left out"
    texts = texts_of(profiles, grouping)
    notes = [
        Finding("EMPTY_GROUP", f"{by_of(grouping)}={texts[g]}", detail)
        for g in np.flatnonzero(~defined)
    ]
    order = np.flatnonzero(defined)
    if not 1 < order.size <= most:
        of = f" of {defined.size:,}" if order.size < defined.size else ""
        text = f"{order.size:,}{of} groups have a figure by {by_of(grouping)}"
        expected = f"From 2 to {most:,} groups can be compared in pairs here."
        remedy = "Choose another grouping with by=, or fewer cutoffs with k=."
        if order.size < 2 <= defined.size:
            remedy = (
                "In the others every unit is left out, because an indicator is missing: choose "
                "another policy with missing=."
            )
        raise EstimationError(source, [Problem("by", text, expected, remedy)])
    return found.of(order), notes


def scores_in(profiles: Distinct, scenario: Scenario) -> Scores:
    """Exact scores of profiles in a scenario."""
    try:
        return score(profiles.deprived, profiles.missing, scenario.scheme, scenario.policy)
    except OverflowError as error:
        remedy = "Choose another policy, or simpler weights."
        raise EstimationError(scenario.label, [Problem("missing", str(error), remedy)]) from error


def grouping_of(profiles: Profiles, by: tuple[str, ...]) -> Grouping:
    """The grouping by some variables."""
    return next(g for g in profiles.groupings if g.by == by)


def chosen_by(profiles: Profiles, by: object, *, source: str) -> tuple[str, ...]:
    """Variables of the grouping that is meant; the only one if nothing is said.

    Raises
    ------
    EstimationError
        If there is none, or several.
    """
    known = profiles.by
    listed = ", ".join(" x ".join(names) for names in known) or "nothing"
    if by is None and len(known) == 1:
        return known[0]
    wanted = (by,) if isinstance(by, str) else by
    if isinstance(wanted, (tuple, list)) and tuple(wanted) in known:
        return tuple(wanted)
    found = f"the tables are by {listed}"
    expected = "Groups are compared with each other, so one grouping is needed."
    hint = nearest(str(by), [name for names in known for name in names])
    remedy = hint or "Name one of them: by='region', or by=('region', 'area') for two crossed."
    if not known:
        remedy = "Tabulate by one."
    elif by is not None:
        found = f"{by!r} is none of the groupings: {found}"
    raise EstimationError(source, [Problem("by", found, expected, remedy)])


def texts_of(profiles: Profiles, grouping: Grouping) -> list[str]:
    """Text of each group."""
    return [str(text) for text in group_texts(grouping, profiles.value_labels or {})]


def check_count(profiles: Profiles, by: tuple[str, ...], count: object) -> list[Problem]:
    """What is wrong with what is to be counted."""
    if str(count) not in ("persons", "households"):
        found = f"{count!r} cannot be counted"
        return [Problem("count", found, remedy="Count 'persons' or 'households'.")]
    grouping = grouping_of(profiles, by)
    if count == "households" and not (profiles.groupings[0].households and grouping.households):
        found = f"households cannot be counted by {by_of(grouping)}"
        return [Problem("count", found, "Its groups are of persons.", "Count 'persons'.")]
    return []


def pair_degrees(source: Source, rows: Sequence[int]) -> NDArray[np.float64]:
    """Degrees of freedom of the difference of each pair of figures, shape (pairs,).

    By the rule ``stata``: PSUs less strata of the strata in which one of the two has units.
    """
    first, second = pairs(len(rows))
    if source.sample is None or source.rule == "design":
        return np.full(first.size, float(source.df))
    draw = source.sample.first
    free = np.maximum(draw.drawn - 1, 0).astype(np.float64)
    within = np.zeros((len(rows), draw.drawn.size))
    for place, row in enumerate(rows):
        within[place, source.strata(row)] = 1.0
    own = within @ free
    shared = (within * free) @ within.T
    found: NDArray[np.float64] = own[first] + own[second] - shared[first, second]
    return found
