"""Two specifications on the same people: who is poor under each, and why they differ."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Literal, TypeAlias, get_args

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from mpi import exact
from mpi.api import (
    Groupings,
    Spec,
    groupings_of,
    resolve_specification,
    resolve_survey,
    value_labels_of,
)
from mpi.arguments import check_kinds
from mpi.choices import Choices
from mpi.core.attribution import Element, Side, attribution
from mpi.core.counting import Scores, poor, score
from mpi.core.measures import BASE, Measured, Statistic
from mpi.core.totals import Distinct, distinct
from mpi.engines.base import Tabulation
from mpi.engines.fit import Fitted, fit
from mpi.engines.together import tabulate_together
from mpi.errors import EstimationError, Problem, Problems, nearest
from mpi.estimates import Estimates
from mpi.findings import Finding
from mpi.options import DegreesOfFreedom, Interval, LonelyPSU
from mpi.results import Result, Several
from mpi.schemes import lowest_poor, scheme
from mpi.spec.adapt import AbsentPolicy
from mpi.spec.lint import not_official
from mpi.spec.model import Specification
from mpi.survey.design import Replicates
from mpi.tables import estimates_of, linear_parts
from mpi.uncertainty import Uncertainty, uncertainty_of

Treatment: TypeAlias = Literal["drop", "nondeprived"]

_SECOND = " (second)"  # what tells two specifications with one id apart


@dataclass(frozen=True, slots=True, repr=False)
class Comparison(Several):
    """Two specifications side by side.

    Attributes
    ----------
    first, second : Specification
        As they were computed, without indicators that the survey cannot give.
    estimates : Estimates
        ``H``, ``A`` and ``M0`` of each (column `category` has its id), ``overlap`` (who is poor
        under both, one or neither), ``H_difference`` and ``M0_difference`` (first less second),
        ``H_attribution`` and ``M0_attribution`` (the Shapley share of each switch in it), ``hd`` of
        each indicator by its rule, and ``hd_both`` of those that both have.
    indicators : Result
        Which indicators are matched, with their weights and rules.
    """

    first: Specification
    second: Specification
    estimates: Estimates
    indicators: Result

    def _shown(self) -> Sequence[Result]:
        return (self._main(), self.indicators)

    def _named(self) -> Sequence[str]:
        return ("estimates", "indicators")

    def __repr__(self) -> str:
        # the command line prints it, where nothing can be called
        return f"{self.first.marked} and {self.second.marked}\n{self._main()!r}"

    def _main(self) -> Estimates:
        return self.estimates.select("H", "M0", "overlap", "H_attribution", "M0_attribution")


def compare(  # noqa: PLR0913 -- each is one choice of the analyst
    survey: object,
    first: Spec,
    second: Spec,
    *,
    by: Groupings = None,
    matches: Mapping[str, str] | None = None,
    missing: Treatment = "drop",
    absent: AbsentPolicy = "fail",
    count: str = "persons",
    se: bool = True,
    lonely_psu: LonelyPSU | None = None,
    df: DegreesOfFreedom = "stata",
    interval: Interval = "logit",
    level: float = 0.95,
    replicates: Replicates | None = None,
) -> Comparison:
    """Two specifications on the same survey: overlap, and why their figures differ.

    The rows are read once, into one profile table with the deprivations of both. The difference of
    H and of M0, first less second, is shared out over five switches by Shapley's rule: the cutoff,
    the weights, the rules of the indicators that both have, the indicators that only the first has,
    and those that only the second has.

    Parameters
    ----------
    survey : Survey, frame or path
        Microdata, as in `tabulate`.
    first, second : Specification, str or path
        That identify the same unit; each has its own cutoff.
    by : str or sequence, optional
        Variables to decompose by, as in `tabulate`.
    matches : mapping of str to str, optional
        Indicators of the first that are those of the second under another id. Indicators with equal
        ids are matched by themselves; ``None`` as a value says that they are not the same.
    missing : {"drop", "nondeprived"}
        Whether units that miss an indicator of either are left out, or count as not deprived in it.
    absent : {"fail", "reweight-dimension", "reweight"}
        What is done with indicators that the survey cannot give, as in `tabulate`.
    count : {"persons", "households"}
        What is counted.
    se, lonely_psu, df, interval, level, replicates
        As in `Profiles.estimate`.

    Returns
    -------
    Comparison

    Raises
    ------
    SpecificationError
        If they identify different units.
    SurveyError
        If they do not fit the survey; all problems at once.
    EstimationError
        If a choice is none, or no unit is left.

    References
    ----------
    Shorrocks (2013), Journal of Economic Inequality 11, for the shares.

    Examples
    --------
    >>> import mpi
    >>> people = mpi.Survey({"a": [1, 1, 0, 0], "b": [0, 1, 0, 1], "c": [1, 0, 0, 0]})
    >>> one = mpi.Specification.from_columns({"x": ["a"], "y": ["b"]}, cutoff=1, id="one")
    >>> two = mpi.Specification.from_columns({"x": ["a"], "y": ["c"]}, cutoff="1/2", id="two")
    >>> found = compare(people, one, two, se=False).estimates
    >>> found.get("H_difference").estimate
    -0.25
    >>> found.get("overlap", category="both").estimate
    0.25
    """
    check_kinds(compare, locals())
    sample = resolve_survey(survey)
    choices = Choices.under(
        sample.design,
        lonely_psu=lonely_psu,
        replicates=replicates,
        df=df,
        interval=interval,
        level=level,
    )
    _check(missing, count, matches, choices)
    specs = [resolve_specification(spec) for spec in (first, second)]
    fitted = [fit(sample, spec, absent=absent) for spec in specs]
    one, other = (found.specification for found in fitted)
    pairs = _pairs(one, other, dict(matches or {}))
    tabulated = tabulate_together(sample, one, other, groupings_of(by), se=se)
    estimates = _Comparer(one, other, pairs, missing, count == "households").estimates(
        tabulated,
        choices if se else None,
        value_labels=value_labels_of(sample, tabulated.groupings),
        findings=list(_findings(fitted)),
    )
    return Comparison(one, other, estimates, Result(_indicators(one, other, pairs)))


def _findings(fitted: Sequence[Fitted]) -> Iterator[Finding]:
    """What is to be known about each specification, with its id."""
    for found in fitted:
        spec = found.specification
        yield from not_official(spec)
        for finding in found.findings:
            yield replace(finding, where=f"{spec.id}, {finding.where}")


def _check(missing: object, count: object, matches: object, choices: Choices) -> None:
    problems = Problems("compare", EstimationError)
    if missing not in get_args(Treatment):
        expected = f"Choose one of {', '.join(get_args(Treatment))}."
        hint = nearest(str(missing), get_args(Treatment))
        problems.add("missing", f"there is no policy {missing!r}", expected=expected, remedy=hint)
    if str(count) not in ("persons", "households"):
        remedy = "Count 'persons' or 'households'."
        problems.add("count", f"{count!r} cannot be counted", remedy=remedy)
    if matches is not None and not isinstance(matches, Mapping):
        found = f"an object of type {type(matches).__name__!r} is no mapping of indicators"
        problems.add("matches", found, remedy='Give one such as {"excreta": "sanitation"}.')
    problems.extend(choices.problems())
    problems.raise_if_any()


def _pairs(
    one: Specification, other: Specification, matches: Mapping[str, str | None]
) -> dict[str, str]:
    """Indicators that both have: of the first to that of the second."""
    problems = Problems("matches", EstimationError)
    for a, b in matches.items():
        for name, spec in ((a, one), (b, other)):
            if name is not None and (not isinstance(name, str) or name not in spec.indicators):
                hint = nearest(str(name), spec.indicators)
                problems.add("", f"{spec.id} has no indicator {name!r}", remedy=hint)
    pairs: dict[str, str | None] = {
        name: name for name in one.indicators if name in other.indicators
    }
    problems.raise_if_any()
    taken = {b for b in matches.values() if b is not None}
    pairs = {a: b for a, b in pairs.items() if b not in taken} | dict(matches)
    found = {a: b for a, b in pairs.items() if b is not None}
    twice = sorted({b for b in found.values() if list(found.values()).count(b) > 1})
    for name in twice:
        problems.add("", f"indicator {name!r} of {other.id} is matched twice")
    problems.raise_if_any()
    return found


class _Comparer:
    """Values of the distinct profiles of both specifications."""

    def __init__(
        self,
        one: Specification,
        other: Specification,
        pairs: Mapping[str, str],
        missing: Treatment,
        households: bool,  # noqa: FBT001 -- a private class
    ) -> None:
        self._specs, self._pairs, self._missing = (one, other), pairs, missing
        self._households = households
        second = other.id + (_SECOND if one.id == other.id else "")
        self._names = (one.id, second)

    def estimates(
        self,
        tabulated: Tabulation,
        choices: Choices | None,
        *,
        value_labels: Mapping[str, Mapping[object, str]],
        findings: Sequence[Finding],
    ) -> Estimates:
        """Figures of every grouping."""
        groupings, sampled = tabulated.groupings, tabulated.sampled
        profiles = distinct([grouping.table for grouping in groupings])
        measured, lost = self._measured(profiles)
        parts = linear_parts(
            groupings,
            profiles,
            [measured],
            cardinal=np.full(1, -1),
            households=self._households,
            direct=sampled is not None and sampled.drawn is not None,
        )
        counted = parts[0][0].counted
        found = [*findings, *tabulated.findings]
        out = int(counted.n[lost[counted.position]].sum())
        if out == int(counted.n.sum()):
            text = f"no unit is left: every one of {out:,} misses an indicator of one of them"
            remedy = "Choose missing='nondeprived', or absent='reweight-dimension'."
            raise EstimationError("compare", [Problem("missing", text, remedy=remedy)])
        if out:
            detail = "left out: an indicator of one of the specifications is missing"
            of = int(counted.n.sum())
            found.append(Finding("MISSING_DROPPED", "national", detail, out, of))
        uncertainty = self._uncertainty(choices, tabulated)
        unit = "households" if self._households else "persons"
        names = " and ".join(spec.marked for spec in self._specs)
        title = f"{names}, {unit}, missing answers: {self._missing}"
        return estimates_of(
            groupings, parts, uncertainty, value_labels=value_labels, findings=found, title=title
        )

    def _uncertainty(self, choices: Choices | None, tabulated: Tabulation) -> Uncertainty | None:
        lowest: dict[tuple[str | None, Fraction], float] = {
            (name, spec.cutoff): lowest_poor(spec, spec.cutoff)
            for name, spec in zip(self._names, self._specs, strict=True)
        }
        table = tabulated.groupings[0].table
        return uncertainty_of(choices, tabulated.sampled, table, lowest)

    def _measured(self, profiles: Distinct) -> tuple[Measured, NDArray[np.bool_]]:
        """Values and figures, and which profiles miss an indicator."""
        scores = [self._scores(profiles, side) for side in (0, 1)]
        kept = scores[0].kept & scores[1].kept
        out = Measured()
        out.column(kept)
        is_poor = [poor(s, spec.cutoff) & kept for s, spec in zip(scores, self._specs, strict=True)]
        for side in (0, 1):
            self._of_side(out, side, scores[side], is_poor[side])
        self._overlap(out, is_poor, kept)
        self._differences(out, scores, is_poor, kept)
        self._indicators(out, scores, kept)
        return out, ~kept

    def _scores(self, profiles: Distinct, side: int) -> Scores:
        offset = len(self._specs[0].bits) if side else 0
        own = scheme(self._specs[side])
        shifted = replace(own, bits=own.bits + offset)
        return score(profiles.deprived, profiles.missing, shifted, self._missing)

    def _of_side(
        self, out: Measured, side: int, scores: Scores, is_poor: NDArray[np.bool_]
    ) -> None:
        name, k = self._names[side], self._specs[side].cutoff
        h, censored = out.column(is_poor), out.column(is_poor * scores.value)
        out.add(Statistic("H", h, BASE, BASE, category=name, k=k))
        out.add(Statistic("A", censored, h, BASE, category=name, k=k))
        out.add(Statistic("M0", censored, BASE, BASE, category=name, k=k))

    def _overlap(
        self, out: Measured, is_poor: Sequence[NDArray[np.bool_]], kept: NDArray[np.bool_]
    ) -> None:
        a, b = is_poor
        classes = {
            "both": a & b,
            f"only {self._names[0]}": a & ~b,
            f"only {self._names[1]}": b & ~a,
            "neither": kept & ~a & ~b,
        }
        for name, members in classes.items():
            out.add(Statistic("overlap", out.column(members), BASE, BASE, category=name))

    def _differences(
        self,
        out: Measured,
        scores: Sequence[Scores],
        is_poor: Sequence[NDArray[np.bool_]],
        kept: NDArray[np.bool_],
    ) -> None:
        a, b = (flags.astype(np.float64) for flags in is_poor)
        out.add(Statistic("H_difference", out.column(a - b), BASE, BASE))
        adjusted = a * scores[0].value - b * scores[1].value
        out.add(Statistic("M0_difference", out.column(adjusted), BASE, BASE))
        deprived = np.hstack([s.indicators for s in scores])
        first, second = self._sides()
        shares = attribution(deprived, first, second, self._columns())
        words = {
            "only_first": f"indicators of {self._names[0]} only",
            "only_second": f"indicators of {self._names[1]} only",
        }
        for measure, values in (("H", shares.headcount), ("M0", shares.adjusted)):
            for switch, value in values.items():
                name = words.get(switch, switch)
                top = out.column(value * kept)
                out.add(Statistic(f"{measure}_attribution", top, BASE, BASE, category=name))

    def _indicators(self, out: Measured, scores: Sequence[Scores], kept: NDArray[np.bool_]) -> None:
        for side, spec in enumerate(self._specs):
            for j, (dimension, indicator) in enumerate(_named(spec)):
                top = out.column(scores[side].indicators[:, j] & kept)
                about = Statistic("hd", top, BASE, BASE, category=self._names[side])
                out.add(replace(about, dimension=dimension, indicator=indicator))
        dimensions = {indicator: dimension for dimension, indicator in _named(self._specs[0])}
        shift = len(self._specs[0].indicators)
        deprived = np.hstack([s.indicators for s in scores])
        for name, (a, b) in zip(self._pairs, self._columns().items(), strict=True):
            assert b >= shift  # noqa: S101 -- columns of the second follow those of the first
            top = out.column(deprived[:, a] & deprived[:, b] & kept)
            about = Statistic("hd_both", top, BASE, BASE, dimension=dimensions[name])
            out.add(replace(about, indicator=name))

    def _columns(self) -> dict[int, int]:
        """Columns of matched indicators, of both side by side."""
        one, other = (list(spec.indicators) for spec in self._specs)
        return {one.index(a): len(one) + other.index(b) for a, b in self._pairs.items()}

    def _sides(self) -> Iterator[Side]:
        offset = 0
        for spec in self._specs:
            own = scheme(spec)
            elements = tuple(
                Element(tuple((np.flatnonzero(members) + offset).tolist()), weight)
                for members, weight in zip(own.members, own.weights, strict=True)
            )
            yield Side(elements, spec.cutoff)
            offset += len(spec.indicators)


def _named(spec: Specification) -> list[tuple[str, str]]:
    return [(d.id, i.id) for d in spec.dimension for i in d.indicator]


def _indicators(one: Specification, other: Specification, pairs: Mapping[str, str]) -> pa.Table:
    """Matched indicators side by side, then those that only one has."""
    alone = [name for name in other.indicators if name not in pairs.values()]
    rows: list[tuple[str | None, str | None]] = [(name, pairs.get(name)) for name in one.indicators]
    rows += [(None, name) for name in alone]
    columns: dict[str, list[str | None]] = {}
    for side, spec in enumerate((one, other)):
        label = ("first", "second")[side]
        names = [row[side] for row in rows]
        of = {i: d for d, i in _named(spec)}
        columns[f"indicator_{label}"] = names
        columns[f"dimension_{label}"] = [None if n is None else of[n] for n in names]
        columns[f"weight_{label}"] = [None if n is None else _weight(spec, n) for n in names]
        columns[f"rule_{label}"] = [
            None if n is None else " ".join(str(spec.indicators[n].deprived).split()) for n in names
        ]
    return pa.table({name: pa.array(values, pa.string()) for name, values in columns.items()})


def _weight(spec: Specification, indicator: str) -> str:
    """Weight of an indicator as text, or of the union dimension that it belongs to."""
    for element in spec.elements:
        if element.indicator == indicator:
            return exact.text(element.weight)
    dimension = next(d for d, i in _named(spec) if i == indicator)
    weight = next(e.weight for e in spec.elements if e.dimension == dimension)
    return f"union {exact.text(weight)}"
