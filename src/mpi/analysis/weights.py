"""Weights of indicators from data, with errors that take their estimation into account."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from mpi import exact
from mpi.analysis.setting import Setting, check_profiles, choices_of
from mpi.arguments import check_kinds
from mpi.core.counting import Scores, poor, score
from mpi.core.dataweights import Axis, Inertia, Method, raw_weights, rounded
from mpi.core.measures import BASE, Measured, Statistic
from mpi.errors import EstimationError, Problem
from mpi.findings import Finding
from mpi.inference.interval import interval
from mpi.inference.replicate import Deviations, Replication
from mpi.options import DegreesOfFreedom, LonelyPSU, unknown_options
from mpi.profiles import Profiles
from mpi.progress import steps
from mpi.results import Result, Several
from mpi.schemes import scheme
from mpi.sources import Part, Source
from mpi.spec.model import MissingPolicy, Specification
from mpi.survey.design import Replicates

Floats = NDArray[np.float64]

_LARGEST_DENOMINATOR = 10**6


@dataclass(frozen=True, slots=True, repr=False)
class DataWeights(Several):
    """Weights from data, and poverty under them.

    Attributes
    ----------
    weights : mapping of indicator (or union dimension) to Fraction
        Exact, and summing to 1.
    table : Result
        Each weight with the one of the specification, the unrounded value and its standard error.
    specification : Specification
        The same with these weights: what to freeze for comparisons.
    profiles : Profiles
        The same tables under it; standard errors from here take the weights as given.
    estimates : Result
        H, A and M0 by group: ``se`` with weights estimated again in every replicate, ``se_fixed``
        with weights as given, from the same replicates.
    explained : float
        Share of inertia, or of variance, of the first axis; NaN without one.
    """

    weights: Mapping[str, Fraction]
    table: Result
    specification: Specification
    profiles: Profiles
    estimates: Result
    explained: float

    def _shown(self) -> Sequence[Result]:
        return (self.table, self.estimates)

    def _named(self) -> Sequence[str]:
        return ("weights", "specification", "profiles", "estimates", "explained")


def data_weights(  # noqa: PLR0913 -- each is one choice of the analyst
    profiles: Profiles,
    method: Method = "frequency",
    *,
    inertia: Inertia = "adjusted",
    denominator: int = 1000,
    k: object = None,
    missing: MissingPolicy | None = None,
    count: str = "persons",
    se: bool = True,
    lonely_psu: LonelyPSU | None = None,
    df: DegreesOfFreedom = "stata",
    level: float = 0.95,
    replicates: Replicates | None = None,
) -> DataWeights:
    """Weights of the indicators from the deprivations of the whole population.

    Parameters
    ----------
    profiles : Profiles
    method : {"frequency", "log-frequency", "mca", "pca-tetrachoric"}
        Proportional to 1 - h, to -ln h, to the step on the first axis of a multiple correspondence
        analysis, or to the first principal component of the tetrachoric correlations.
    inertia : {"adjusted", "indicator", "burt"}
        What the first axis of the MCA explains a share of. The weights are the same.
    denominator : int
        Weights are rounded to multiples of 1 / denominator that sum to 1.
    k : number or sequence of numbers, optional
        Cutoffs; that of the specification if left out.
    missing : {"drop", "reweight", "reweight-dimension", "nondeprived"}, optional
        Policy for missing answers. Where units that miss an answer are kept, it counts as no.
    count, lonely_psu, df, level
        As in `Profiles.estimate`.
    se : bool
        Whether standard errors are computed, from replicates.
    replicates : Replicates, optional
        Which ones; the survey's if left out, else ``Replicates("rao-wu")``, because who is poor
        changes in steps when weights move, which a bootstrap can follow and a jackknife cannot.

    Returns
    -------
    DataWeights

    Raises
    ------
    EstimationError
        If a choice is none; if weights would be of different signs, not be defined, or be 0.

    Notes
    -----
    Weights, their rounding, who is poor, H, A and M0 are computed again in every replicate.

    References
    ----------
    Decancq and Lugo (2013), Econometric Reviews 32, 7-34; Desai and Shah (1988), Oxford Economic
    Papers 40; Cerioli and Zani (1990); Greenacre (2007), Correspondence Analysis in Practice.

    Examples
    --------
    >>> import mpi
    >>> frame = {"a": [1, 1, 1, 0, 0], "b": [1, 1, 0, 0, 0]}
    >>> spec = mpi.Specification.from_columns({"one": ["a"], "two": ["b"]}, cutoff="1/2")
    >>> found = data_weights(mpi.tabulate(frame, spec), denominator=100, se=False)
    >>> found.weights
    {'a': Fraction(2, 5), 'b': Fraction(3, 5)}
    >>> found.specification.weights["b"]
    Fraction(3, 5)
    """
    check_kinds(data_weights, locals())
    _check(method, inertia, denominator)
    check_profiles(profiles, "data_weights")
    choices = choices_of(
        profiles, se=se, lonely_psu=lonely_psu, df=df, level=level, replicates=replicates
    )
    if choices is not None and choices.replicates is None:
        choices = replace(choices, replicates=Replicates("rao-wu")) if profiles.sampled else None
    setting = Setting(profiles, k, missing=missing, count=count, choices=choices)
    return _Weigher(setting, method, inertia, denominator).result()


def _check(method: object, inertia: object, denominator: object) -> None:
    problems = list(unknown_options(method=(method, Method), inertia=(inertia, Inertia)))
    whole = isinstance(denominator, int) and not isinstance(denominator, bool)
    if not (whole and 1 <= denominator <= _LARGEST_DENOMINATOR):  # type: ignore[operator]
        expected = f"A whole number from 1 to {_LARGEST_DENOMINATOR:,}, such as 1000."
        problems.append(Problem("denominator", f"is {denominator!r}", expected))
    if problems:
        raise EstimationError("data_weights", problems)


class _Weigher:
    """Weights and what follows from them under one setting."""

    def __init__(
        self, setting: Setting, method: Method, inertia: Inertia, denominator: int
    ) -> None:
        self._setting, self._method, self._inertia = setting, method, inertia
        self._denominator = denominator
        self._names = [(d, i) for d, i in setting.names.elements]
        self._moments = self._joint()

    def result(self) -> DataWeights:
        """Weights, tables and the specification."""
        setting = self._setting
        parts = setting.parts(self._moments)
        findings = setting.findings(parts)
        axis = self._axis(parts[0][0].linear.estimates)
        weights = self._checked(axis)
        findings += self._about(axis)
        uncertainty = setting.uncertainty()
        source = None if uncertainty is None else uncertainty.source(parts)
        if uncertainty is not None:
            findings += uncertainty.findings
        figures = setting.parts(self._poverty(weights))
        again = None
        if source is not None:
            assert source.replication is not None  # noqa: S101 -- chosen above
            again = _Again(self, source.replication, parts, figures, axis)
            findings += again.findings()
        spec = weighted(setting.spec, weights, self._method)
        labelled = dict(zip(self._labels(), weights, strict=True))
        return DataWeights(
            weights=labelled,
            table=Result(self._table(axis, weights, again), findings),
            specification=spec,
            profiles=replace(setting.profiles, specification=spec),
            estimates=Result(self._estimates(figures, again, source), findings),
            explained=axis.explained,
        )

    def _labels(self) -> list[str]:
        return [indicator if indicator is not None else d for d, indicator in self._names]

    def _joint(self) -> Measured:
        """Headcounts of the elements and of their pairs."""
        scores = self._setting.scores
        out = Measured()
        out.column(scores.kept)
        for one in range(len(self._names)):
            for two in range(one, len(self._names)):
                both = scores.kept & scores.deprived[:, one] & scores.deprived[:, two]
                out.add(Statistic("joint", out.column(both), BASE, BASE))
        return out

    def _axis(self, figures: Floats) -> Axis:
        """Raw weights from the figures of the whole population, shape (1, pairs)."""
        size = len(self._names)
        joint = np.empty((size, size))
        upper = np.triu_indices(size)
        joint[upper] = figures[0]
        joint.T[upper] = figures[0]
        return raw_weights(joint, self._method, self._inertia)

    def _checked(self, axis: Axis) -> tuple[Fraction, ...]:
        """Rounded weights, if all of them can be used."""
        problems = []
        if np.isnan(axis.weights).any():
            found = f"{self._method!r} is not defined: {self._why_not()}"
            remedy = "Leave indicators out of the specification, or choose 'frequency'."
            raise EstimationError("data_weights", [Problem("method", found, remedy=remedy)])
        negative = [n for n, w in zip(self._labels(), axis.weights, strict=True) if w < 0]
        if negative:
            found = (
                f"weights have different signs: {len(negative)} of {len(self._names)} are negative"
            )
            expected = f"They go against the others: {', '.join(negative)}."
            remedy = "Leave them out of the specification, or choose 'frequency'."
            problems.append(Problem("method", found, expected, remedy))
            raise EstimationError("data_weights", problems)
        weights = rounded(axis.weights, self._denominator)
        nothing = [n for n, w in zip(self._labels(), weights, strict=True) if not w]
        if nothing:
            found = f"{len(nothing)} weights are 0 in units of 1/{self._denominator}"
            expected = f"Every weight has to be positive: {', '.join(nothing)}."
            remedy = "Give a larger denominator, or leave the indicators out."
            problems = [Problem("denominator", found, expected, remedy)]
            raise EstimationError("data_weights", problems)
        return weights

    def _why_not(self) -> str:
        if self._method == "pca-tetrachoric":
            return "a pair of indicators has an empty cell, so no tetrachoric correlation"
        if self._method == "mca":
            return (
                "in some indicator nobody is deprived, or everybody, or the axis has no direction"
            )
        if self._method == "log-frequency":
            return "in some indicator nobody is deprived, or in all everybody"
        return "everybody is deprived in every indicator"

    def _about(self, axis: Axis) -> list[Finding]:
        detail = (
            "weights come from this sample: figures under those of another sample, year or country "
            "are not comparable; freeze these for comparisons"
        )
        found = [Finding("WEIGHTS_FROM_DATA", self._method, detail)]
        if axis.least < 0:
            detail = "the matrix of tetrachoric correlations is not positive definite"
            found.append(Finding("NOT_POSITIVE_DEFINITE", self._method, detail))
        return found

    def scored(self, weights: Sequence[Fraction]) -> Scores:
        """Scores of the distinct profiles under weights of the elements."""
        setting = self._setting
        policy = setting.request.missing
        assert policy != "bounds"  # noqa: S101 -- refused by the setting
        own = replace(scheme(setting.spec), weights=tuple(weights))
        return score(setting.distinct.deprived, setting.distinct.missing, own, policy)

    def _poverty(self, weights: Sequence[Fraction]) -> Measured:
        """H, A and M0 under weights of the elements."""
        scores, out = self.scored(weights), Measured()
        out.column(scores.kept)
        for k in self._setting.cutoffs:
            is_poor = poor(scores, k)
            h, censored = out.column(is_poor), out.column(is_poor * scores.value)
            for measure, top, bottom in (
                ("H", h, BASE),
                ("A", censored, h),
                ("M0", censored, BASE),
            ):
                out.add(Statistic(measure, top, bottom, BASE, k=k))
        return out

    def again(self, part: Part, replication: Replication, r: int) -> tuple[Axis, Measured | None]:
        """Raw weights of a replicate, and H, A and M0 under them; None if there are none."""
        figures = replication.estimates(part.counted, part.whole, self._moments, r)
        axis = self._axis(figures)
        if not (axis.weights >= 0).all():
            return axis, None
        return axis, self._poverty(rounded(axis.weights, self._denominator))

    def _table(self, axis: Axis, weights: Sequence[Fraction], again: _Again | None) -> pa.Table:
        nothing = np.full(len(weights), np.nan)
        columns: dict[str, object] = {
            "dimension": [d for d, _ in self._names],
            "indicator": [i for _, i in self._names],
            "weight": [exact.text(w) for w in weights],
            "given": [exact.text(e.weight) for e in self._setting.spec.elements],
            "estimate": axis.weights,
        }
        texts = {"dimension", "indicator", "weight", "given"}
        made = {n: pa.array(v, pa.string()) for n, v in columns.items() if n in texts}
        made["estimate"] = _floats(axis.weights)
        made["se"] = _floats(nothing if again is None else again.weights())
        return pa.table(made)

    def _estimates(
        self, figures: Sequence[Sequence[Part]], again: _Again | None, source: Source | None
    ) -> pa.Table:
        """H, A and M0 by group, with both kinds of standard errors."""
        fixed = self._setting.rows(figures)
        estimate = fixed["estimate"].to_numpy()
        nothing = np.full(estimate.shape, np.nan)
        names = fixed.column_names
        columns = {n: fixed[n] for n in [*names[: names.index("measure") + 1], "k", "estimate"]}
        se, low, high = nothing, nothing, nothing
        if again is not None and source is not None:
            se = again.figures()
            free = fixed["df"].cast(pa.float64()).to_numpy()
            varies = np.where(se > 0, se, np.nan)
            low, high = interval("logit", estimate, varies, free, level=source.level, n=nothing)
        columns["se"], columns["se_fixed"] = _floats(se), fixed["se"]
        columns["ci_low"], columns["ci_high"] = _floats(low), _floats(high)
        columns |= {name: fixed[name] for name in ("df", "n")}
        return pa.table(columns)


class _Again:
    """Deviations of weights and figures that are estimated again in every replicate."""

    def __init__(
        self,
        weigher: _Weigher,
        replication: Replication,
        moments: Sequence[Sequence[Part]],
        figures: Sequence[Sequence[Part]],
        axis: Axis,
    ) -> None:
        self._weights = Deviations(axis.weights[np.newaxis], replication)
        self._figures = [Deviations(own[0].linear.estimates, replication) for own in figures]
        for r in steps(range(replication.number), "replicates"):
            found, measured = weigher.again(moments[0][0], replication, r)
            usable = measured is not None
            raw = found.weights if usable else np.full(axis.weights.shape, np.nan)
            self._weights.add(r, raw[np.newaxis])
            for own, deviations in zip(figures, self._figures, strict=True):
                part = own[0]
                values = np.full(part.linear.estimates.shape, np.nan)
                if measured is not None:
                    values = replication.estimates(part.counted, part.whole, measured, r)
                deviations.add(r, values)
        self._replicates = replication.number

    def weights(self) -> Floats:
        """Standard errors of the raw weights, shape (e,)."""
        found: Floats = np.sqrt(self._weights.variances()[0])
        return found

    def figures(self) -> Floats:
        """Standard errors of the figures of all groups, in the order of rows."""
        return np.concatenate([np.sqrt(d.variances()).reshape(-1) for d in self._figures])

    def findings(self) -> list[Finding]:
        """Replicates without weights."""
        lost = int(self._weights.undefined.max(initial=0))
        if not lost:
            return []
        detail = "replicates whose weights have different signs or are not defined; left out"
        return [Finding("REPLICATES_UNDEFINED", "weights", detail, lost, self._replicates)]


def weighted(spec: Specification, weights: Sequence[Fraction], method: str) -> Specification:
    """The same specification with other weights of its elements, and the method in its id.

    What a law or guideline says about the measure does not hold for these weights, so that its
    status is not kept unless it is one that results have to name.
    """
    of = {
        (element.dimension, element.indicator): weight
        for element, weight in zip(spec.elements, weights, strict=True)
    }
    dimensions: list[dict[str, object]] = []
    for dimension in spec.dimension:
        own = dimension.content()
        if dimension.rule == "union":
            dimensions.append({**own, "weight": exact.text(of[dimension.id, None])})
            continue
        indicators = [
            {**indicator.content(), "weight": exact.text(of[dimension.id, indicator.id])}
            for indicator in dimension.indicator
        ]
        plain = {key: value for key, value in own.items() if key != "weight"}
        dimensions.append({**plain, "indicator": indicators})
    status = spec.status if spec.marked != spec.id else None
    return spec.replace(id=f"{spec.id}-{method}", dimension=dimensions, status=status)


def _floats(values: Floats) -> pa.Array:
    return pa.array(values, mask=np.isnan(values))
