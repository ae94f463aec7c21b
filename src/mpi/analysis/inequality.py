"""How unequal the poor are, and further counting and distance measures, from profile tables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np

from mpi import exact
from mpi.analysis.setting import check_profiles
from mpi.arguments import check_kinds
from mpi.choices import Choices
from mpi.core.counting import Scores
from mpi.core.distances import Distance
from mpi.core.inequality import (
    Parameters,
    among_the_poor,
    between_groups,
    further,
    in_one_group,
    pairs_of,
)
from mpi.core.totals import Counted, Distinct, distinct
from mpi.engines.base import Grouping
from mpi.errors import EstimationError, Problem, Problems, nearest
from mpi.estimates import Estimates
from mpi.estimator import Estimator
from mpi.findings import Finding
from mpi.options import DegreesOfFreedom, Interval, LonelyPSU
from mpi.profiles import Profiles
from mpi.request import Request, make_request
from mpi.schemes import labels, lowest_poor
from mpi.sources import Part
from mpi.spec.model import MissingPolicy
from mpi.survey.design import Replicates
from mpi.tables import by_of, estimates_of, linear_parts, part_of
from mpi.uncertainty import Uncertainty, uncertainty_of

_NUMBER = "It is a number such as 1, 0.5 or '1/2'."
# squares of variances with factors beyond are no doubles any more
_SMALLEST, _LARGEST = Fraction(1, 10**9), Fraction(10**9)


def inequality(  # noqa: PLR0913 -- each is one choice of the analyst
    profiles: Profiles,
    k: object = None,
    *,
    beta: object = 1,
    gamma: object = 2,
    power: object = 2,
    alpha: object = 1,
    theta: object = 1,
    missing: MissingPolicy | None = None,
    count: str = "persons",
    se: bool = True,
    lonely_psu: LonelyPSU | None = None,
    domain_lonely: bool = False,
    df: DegreesOfFreedom = "stata",
    interval: Interval = "logit",
    level: float = 0.95,
    replicates: Replicates | None = None,
) -> Estimates:
    """Inequality among the poor and further measures, for the population and every group.

    Parameters
    ----------
    profiles : Profiles
    k : number or sequence of numbers, optional
        Cutoffs, as in `Profiles.estimate`.
    beta : number
        Factor of the variance of the scores of the poor; 4 maps it to [0, 1].
    gamma : number or sequence of numbers
        Powers of the censored score in M0^gamma, not negative.
    power : number or sequence of numbers
        Powers of Chakravarty and D'Ambrosio and of Datt, 1 or more.
    alpha, theta : number
        Parameters of Bourguignon and Chakravarty, positive. Where there are gaps other values than
        alpha = theta = 1 or 2 have to be declared in `tabulate`, as ``distances=[(alpha, theta)]``.
    missing : str, optional
        Policy for units that miss an indicator; ``bounds`` is refused.
    count : {"persons", "households"}
        What is counted.
    se, lonely_psu, domain_lonely, df, interval, level, replicates
        As in `Profiles.estimate`.

    Returns
    -------
    Estimates
        ``inequality`` (among the poor), ``M0_gamma`` (whole and by indicator and dimension),
        ``chakravarty_dambrosio``, ``datt``, ``rippin``, ``bourguignon_chakravarty``, ``H_union``
        and ``H_intersection``, whose parameters stand in the column `category`; and ``H``, ``A``,
        ``M0``, ``popsh`` and ``contribution_H``, so that contrasts can be made with them.

    Raises
    ------
    EstimationError
        If a cutoff, parameter or choice is not one; all problems at once.

    References
    ----------
    Seth and Alkire (2017), Research on Economic Inequality 25; Alkire and Foster (2016), OPHI
    working paper 100. The others are named on the page of documentation.

    Examples
    --------
    >>> import mpi
    >>> frame = {"a": [1, 0, 0, 1, 1], "b": [0, 1, 1, 0, 0], "c": [1, 0, 1, 0, 1]}
    >>> frame["d"] = [0, 0, 1, 0, 0]
    >>> spec = mpi.Specification.from_columns({n: [n] for n in "abcd"}, cutoff="1/2")
    >>> found = inequality(mpi.tabulate(frame, spec), se=False)
    >>> round(72 * found.get("inequality", category="beta=1").estimate, 12)
    1.0
    """
    check_kinds(inequality, locals())
    check_profiles(profiles, "inequality")
    choices = Choices.under(
        profiles.design,
        lonely_psu=lonely_psu,
        replicates=replicates,
        domain_lonely=domain_lonely,
        df=df,
        interval=interval,
        level=level,
    )
    problems = Problems("inequality", EstimationError)
    parameters = _parameters(problems, beta, gamma, power, alpha, theta)
    request = _request(problems, profiles, k, missing, count, choices if se else None)
    work = _Work(profiles, request)
    _check_distance(problems, parameters, work)
    problems.raise_if_any()
    return work.further(parameters)


def disparity(  # noqa: PLR0913 -- each is one choice of the analyst
    profiles: Profiles,
    by: str | Sequence[str] | None = None,
    *,
    k: object = None,
    beta: object = 1,
    missing: MissingPolicy | None = None,
    count: str = "persons",
    se: bool = True,
    lonely_psu: LonelyPSU | None = None,
    df: DegreesOfFreedom = "stata",
    level: float = 0.95,
    replicates: Replicates | None = None,
) -> Estimates:
    """Inequality among the poor within and between groups, and disparity between groups.

    Parameters
    ----------
    profiles : Profiles
    by : str or sequence of str, optional
        Grouping that the tables are by; may be left out if there is one.
    k : number or sequence of numbers, optional
    beta : number
        Factor of the variance of the scores of the poor.
    missing, count, se, lonely_psu, df, level, replicates
        As in `Profiles.estimate`.

    Returns
    -------
    Estimates
        For each cutoff one row each of ``inequality`` among the poor, ``inequality_within`` groups
        and ``inequality_between`` them, which add up to it, and of ``disparity_H`` and
        ``disparity_M0``, the weighted variance of H and M0 between groups. They rest on those who
        are in a group.

    Raises
    ------
    EstimationError
        If a choice is none, or the tables are not by this grouping.

    References
    ----------
    Seth and Alkire (2017), Research on Economic Inequality 25; Alkire et al. (2015),
    Multidimensional Poverty Measurement and Analysis, chapter 9.

    Examples
    --------
    >>> import mpi
    >>> frame = {"a": [1, 1, 0, 1], "b": [0, 1, 1, 1], "region": ["N", "N", "S", "S"]}
    >>> spec = mpi.Specification.from_columns({"one": ["a"], "two": ["b"]}, cutoff="1/2")
    >>> found = disparity(mpi.tabulate(frame, spec, by="region"), se=False)
    >>> found.get("inequality_within", category="beta=1").estimate
    0.0625
    """
    check_kinds(disparity, locals())
    check_profiles(profiles, "disparity")
    choices = Choices.under(
        profiles.design, lonely_psu=lonely_psu, replicates=replicates, df=df, level=level
    )
    problems = Problems("disparity", EstimationError)
    (factor,) = _numbers(problems, "beta", [beta], above=0)
    grouping = _grouping(problems, profiles, by)
    request = _request(problems, profiles, k, missing, count, choices if se else None)
    problems.raise_if_any()
    return _Work(profiles, request).disparity(grouping, factor)


def _request(
    problems: Problems,
    profiles: Profiles,
    k: object,
    missing: MissingPolicy | None,
    count: str,
    choices: Choices | None,
) -> Request:
    try:
        spec = profiles.specification
        request = make_request(spec, k, missing=missing, count=count, choices=choices)
    except EstimationError as error:
        problems.extend(error.problems)
        problems.raise_if_any()
        raise
    if request.missing == "bounds":
        found = "under 'bounds' a unit has two scores, and inequality among the poor no bounds"
        problems.add("missing", found, remedy="Choose another policy.")
    if request.households and not profiles.groupings[0].households:
        found = "households cannot be counted: the specification identifies persons"
        problems.add("count", found, remedy="Count 'persons'.")
    elif request.households:
        persons = [by_of(g) for g in profiles.groupings if not g.households]
        if persons:
            found = f"households cannot be counted by {', '.join(persons)}"
            remedy = "Count 'persons', or tabulate by variables of the household."
            problems.add("count", found, remedy=remedy)
    problems.raise_if_any()
    return request


def _parameters(
    problems: Problems, beta: object, gamma: object, power: object, alpha: object, theta: object
) -> Parameters:
    (factor,) = _numbers(problems, "beta", [beta], above=0)
    gammas = _numbers(problems, "gamma", gamma, least=0)
    powers = _numbers(problems, "power", power, least=1)
    (a,), (t,) = (
        _numbers(problems, name, [value], above=0)
        for name, value in (("alpha", alpha), ("theta", theta))
    )
    return Parameters(factor, gammas, powers, Distance(a, t))


def _numbers(
    problems: Problems,
    name: str,
    given: object,
    *,
    least: int | None = None,
    above: int | None = None,
) -> tuple[Fraction, ...]:
    """Numbers of a parameter, each once; what is wrong with them is noted."""
    several = isinstance(given, Sequence) and not isinstance(given, str)
    found = []
    for value in given if several else [given]:  # type: ignore[attr-defined]
        try:
            number = exact.fraction(value)
        except ValueError as error:
            problems.add(name, str(error), expected=_NUMBER)
            number = Fraction(1)
        if least is not None and number < least:
            problems.add(name, f"is {number}", expected=f"It is {least} or more.")
        if above is not None and number <= above:
            problems.add(name, f"is {number}", expected=f"It is above {above}.")
        if above is not None and number > above and not _SMALLEST <= number <= _LARGEST:
            expected = f"It is from {float(_SMALLEST):g} to {float(_LARGEST):g}."
            problems.add(name, f"is {float(number):g}", expected=expected)
        found.append(number)
    if not found:
        problems.add(name, "no number is given", expected=_NUMBER)
    return tuple(dict.fromkeys(found))


def _grouping(problems: Problems, profiles: Profiles, by: object) -> Grouping:
    known = {by_of(g): g for g in profiles.groupings if g.by}
    listed = f"They are by {', '.join(known)}." if known else "They have no groups."
    names = [by] if isinstance(by, str) else by
    if names is None and len(known) == 1:
        return next(iter(known.values()))
    if isinstance(names, (list, tuple)) and all(isinstance(name, str) for name in names):
        wanted = " x ".join(names)
        if wanted in known:
            return known[wanted]
        found, hint = f"the tables are not by {wanted}", nearest(wanted, known)
        problems.add("by", found, expected=listed, remedy=hint or "Tabulate by it.")
    else:
        found = "no grouping is named" if names is None else "is no name of a variable"
        problems.add("by", found, expected=listed, remedy="Name one of them.")
    return profiles.groupings[0]


def _check_distance(problems: Problems, parameters: Parameters, work: _Work) -> None:
    """Refuse a distance measure that is not linear in the sums of gaps that tables have."""
    alpha, theta = parameters.distance.alpha, parameters.distance.theta
    if not work.with_gaps or (alpha == theta and alpha in (1, 2)):
        return
    if parameters.distance not in work.profiles.distances:
        found = f"alpha={alpha} and theta={theta} need sums over rows that the tables do not have"
        expected = "Where indicators have gaps, alpha = theta = 1 or alpha = theta = 2 are there."
        remedy = f"Tabulate with distances=[({_plain(alpha)}, {_plain(theta)})]."
        problems.add("alpha, theta", found, expected=expected, remedy=remedy)
    elif not work.distances:
        found = f"sums of distances are by weights that missing={work.request.missing!r} changes"
        remedy = "Choose missing='drop' or 'nondeprived'."
        problems.add("alpha, theta", found, remedy=remedy)


def _plain(value: Fraction) -> str:
    return str(value) if value.denominator == 1 else repr(str(value))


@dataclass(slots=True)
class _Work:
    """Profile tables under one request."""

    profiles: Profiles
    request: Request

    @property
    def with_gaps(self) -> bool:
        """Whether there are sums of gaps, which are of persons."""
        indicators = self.profiles.specification.indicators.values()
        return any(i.gap is not None for i in indicators) and not self.request.households

    @property
    def distances(self) -> tuple[Distance, ...]:
        """Distances that the tables have, where the weights they are made of hold for everybody."""
        holds = self.request.missing in ("drop", "nondeprived")
        return self.profiles.distances if holds else ()

    @property
    def direct(self) -> bool:
        """Whether units were drawn directly."""
        sampled = self.profiles.sampled
        return sampled is not None and sampled.drawn is not None

    @property
    def title(self) -> str:
        """Specification, unit and policy."""
        unit = "households" if self.request.households else "persons"
        spec = self.profiles.specification
        return f"{spec.marked}, {unit}, missing answers: {self.request.missing}"

    def uncertainty(self) -> Uncertainty | None:
        """How standard errors are computed."""
        spec, request = self.profiles.specification, self.request
        lowest: dict[tuple[str | None, Fraction], float] = {
            (None, k): lowest_poor(spec, k) if request.missing == "drop" else float(k)
            for k in request.cutoffs
        }
        table = self.profiles.groupings[0].table
        return uncertainty_of(request.choices, self.profiles.sampled, table, lowest)

    def further(self, parameters: Parameters) -> Estimates:
        """All measures of every grouping."""
        groupings, spec = self.profiles.groupings, self.profiles.specification
        uncertainty = self.uncertainty()
        profiles = distinct([grouping.table for grouping in groupings])
        estimator = Estimator(spec, self.request, profiles)
        scores = estimator.scores[0]
        measured = further(
            scores,
            labels(spec),
            self.request.cutoffs,
            parameters,
            with_gaps=self.with_gaps,
            distances=self.distances,
        )
        cardinal = estimator.cardinal
        if self.with_gaps:  # distances follow the gaps in the tables
            first = sum(i.gap is not None for i in spec.indicators.values())
            cardinal = np.append(cardinal, first + np.arange(len(self.distances)))
        parts = linear_parts(
            groupings,
            profiles,
            [measured],
            cardinal=cardinal,
            households=self.request.households,
            direct=self.direct,
        )
        found = [*self.profiles.findings]
        for grouping, position, own in zip(groupings, profiles.position, parts, strict=True):
            labels_of = self.profiles.value_labels or {}
            found += estimator.findings(grouping, position, own, labels_of)
            own.append(self._among(own[0], scores, parameters.beta, parts[0]))
        return estimates_of(
            groupings,
            parts,
            uncertainty,
            value_labels=self.profiles.value_labels or {},
            findings=[*found, *estimator.spec_findings(), *self._not_there(parameters)],
            title=self.title,
        )

    def _among(self, plain: Part, scores: Scores, beta: Fraction, national: list[Part]) -> Part:
        """Inequality among the poor of the groups of a table."""
        statistics = plain.linear.measured.statistics
        intensities = [
            (s.k, plain.linear.estimates[:, q])
            for q, s in enumerate(statistics)
            if s.measure == "A" and s.k is not None
        ]
        pairs = pairs_of(plain.counted, scores.kept.size)
        measured = among_the_poor(pairs, scores, intensities, beta)
        whole = national[1] if len(national) > 1 else None
        return part_of(pairs.counted, measured, whole, direct=self.direct)

    def _not_there(self, parameters: Parameters) -> list[Finding]:
        """Measures of depth that the sums of gaps in the tables do not give."""
        if not self.with_gaps:
            return []
        detail = (
            "with alpha above 0 its powers beta other than 1 need sums over rows; tabulate with "
            "distances=[(alpha * beta, alpha)]"
        )
        given = [Distance(beta, Fraction(1)) for beta in parameters.powers if beta != 1]
        lacking = any(distance not in self.distances for distance in given)
        return [Finding("SUM_NOT_IN_TABLES", "datt", detail)] if lacking else []

    def disparity(self, grouping: Grouping, beta: Fraction) -> Estimates:
        """Figures between the groups of one grouping."""
        spec, uncertainty = self.profiles.specification, self.uncertainty()
        if not grouping.table.size:
            found = f"no unit is in any group of {by_of(grouping)}"
            raise EstimationError(spec.id, [Problem("by", found, remedy="Take another grouping.")])
        profiles: Distinct = distinct([grouping.table])
        estimator = Estimator(spec, self.request, profiles)
        scores, cardinal = estimator.scores[0], estimator.cardinal
        counted = Counted(
            grouping.table,
            profiles.position[0],
            len(grouping.labels),
            cardinal,
            self.request.households,
        )
        if not (counted.weight * scores.kept[counted.position]).any():
            found = "no unit with a weight is left in any group"
            remedy = "Look at the missing answers and the weights, or choose missing='reweight'."
            raise EstimationError(spec.id, [Problem("missing", found, remedy=remedy)])
        pairs = pairs_of(counted, scores.kept.size)
        together = in_one_group(pairs.counted)
        measured = between_groups(pairs, scores, self.request.cutoffs, beta)
        part = part_of(together, measured, None, direct=self.direct)
        whole = replace(grouping, by=(), labels=((),), table=together.table)
        found_ = [*self.profiles.findings, *self._lost(grouping, counted, scores)]
        return estimates_of(
            [whole],
            [[part]],
            uncertainty,
            value_labels={},
            findings=found_,
            title=f"{self.title}, between groups of {by_of(grouping)}",
            name=by_of(grouping),
        )

    def _lost(self, grouping: Grouping, counted: Counted, scores: Scores) -> list[Finding]:
        """Units that the policy leaves out, and groups of which nothing is left."""
        kept = scores.kept[counted.position]
        lost = ~kept
        count, of = int(counted.n[lost].sum()), int(counted.n.sum())
        left = np.bincount(counted.table.group, counted.weight * kept, counted.groups)
        empty = int((left == 0).sum())
        found = []
        if empty:
            detail = "no unit with a weight is left in these groups; they count for nothing"
            found.append(Finding("EMPTY_GROUP", by_of(grouping), detail, empty, counted.groups))
        if not count:
            return found
        share = float(counted.weight[lost].sum() / counted.weight.sum())
        detail = f"left out under {self.request.missing!r}: an indicator is missing"
        return [*found, Finding("MISSING_DROPPED", by_of(grouping), detail, count, of, share)]
