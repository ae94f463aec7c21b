"""Whether the order of groups survives other cutoffs, weights, indicators and thresholds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np

from mpi import exact
from mpi.analysis.asked import Asked, check
from mpi.analysis.grids import (
    Panel,
    chosen_by,
    comparable,
    grouping_of,
    panel,
    scores_in,
    texts_of,
)
from mpi.analysis.order_tables import Cell, Headed, Tables
from mpi.analysis.orders import Draws, Orders, Plan, orders
from mpi.analysis.scenarios import (
    Over,
    Scenario,
    Share,
    alone,
    baseline,
    by_cutoff,
    by_indicator,
    by_policy,
    by_threshold,
    by_weights,
    drawn,
)
from mpi.analysis.setting import check_profiles
from mpi.arguments import check_kinds
from mpi.choices import Choices
from mpi.core.weighting import Curve, fits
from mpi.errors import EstimationError, Problem
from mpi.estimates import Estimates
from mpi.findings import Finding
from mpi.inference.replicate import Replication
from mpi.options import LonelyPSU
from mpi.profiles import Profiles
from mpi.request import cutoffs as cutoffs_of
from mpi.results import Result, Several
from mpi.settling import settle_replicates, settle_sample
from mpi.sources import Source
from mpi.spec.model import MissingPolicy
from mpi.survey.design import Replicates
from mpi.tables import by_of, estimates_of
from mpi.uncertainty import Uncertainty, uncertainty_of

TENTHS = tuple(Fraction(tenth, 10) for tenth in range(1, 10))
_MOST_GROUPS = 200  # 19,900 pairs
_REPLICATES = 200


@dataclass(frozen=True, slots=True, repr=False)
class Robustness(Several):
    """How the order of groups stands up to other choices.

    Attributes
    ----------
    summary : Result
        One row a family of scenarios, and for the draws one a cutoff.
    scenarios : Result
        One row a scenario: its agreement with the baseline.
    ranks : Result
        One row a group and family: its ranks; 1 is the highest figure.
    pairs : Result
        One row a pair of groups and family: whether the comparison stays.
    estimates : Estimates
        Figures of all named scenarios with standard errors; column `category` has the scenario.
    """

    summary: Result
    scenarios: Result
    ranks: Result
    pairs: Result
    estimates: Estimates

    def _shown(self) -> Sequence[Result]:
        return (self.summary,)

    def _named(self) -> Sequence[str]:
        return ("scenarios", "ranks", "pairs", "estimates")


def robustness(  # noqa: PLR0913 -- each is one choice of the analyst
    profiles: Profiles,
    by: object = None,
    *,
    measure: Curve = "M0",
    k: object = None,
    weights: Mapping[str, Mapping[str, object]] | None = None,
    share: Share = "reweight-dimension",
    alternatives: Mapping[str, Profiles] | None = None,
    draws: int = 10_000,
    over: Over | None = None,
    concentration: float = 1.0,
    missing: MissingPolicy | None = None,
    count: str = "persons",
    se: bool = True,
    lonely_psu: LonelyPSU | None = None,
    level: float = 0.95,
    replicates: Replicates | None = None,
    seed: int = 1,
) -> Robustness:
    """Agreement of the order of groups with that under other choices that could have been made.

    The baseline is the specification with its cutoff. Scenarios of a family change one thing:
    ``cutoff``, ``weights`` (named structures), ``indicators`` (each left out once), ``thresholds``
    (stricter rules of the specification, and `alternatives`), ``missing`` (policies for missing
    answers, where some are missing). ``draws`` are weights drawn from a Dirichlet distribution, at
    the baseline's cutoff and at each of `k`.

    Parameters
    ----------
    profiles : Profiles
    by : str or tuple of str, optional
        The grouping whose groups are compared; may be left out where there is one.
    measure : {"M0", "H"}
    k : number or sequence of numbers, optional
        Other cutoffs; the nine tenths if left out.
    weights : mapping of name to mapping, optional
        More structures of weights, of all dimensions or of all indicators.
    share : {"reweight-dimension", "reweight"}
        Who gets the weight of an indicator that is left out: the others of its dimension, or all
        others in proportion. That of a dimension's only indicator goes to all others.
    alternatives : mapping of name to Profiles, optional
        Tables of the same sample by the same grouping under other specifications, such as other
        thresholds.
    draws : int
        Weighting schemes to draw; 0 for none.
    over : {"dimensions", "indicators"}, optional
        What is drawn over; dimensions where there are several.
    concentration : float
        Of the symmetric Dirichlet distribution; 1 draws uniformly.
    missing, count, se, lonely_psu, level
        As in `Profiles.estimate`.
    replicates : Replicates, optional
        Replicates that standard errors of rank statistics come from; those of the survey, or 200
        of Rao and Wu's bootstrap, if left out.
    seed : int
        Of the draws, and of the bootstrap.

    Returns
    -------
    Robustness

    Raises
    ------
    EstimationError
        If a choice is none, there are no two groups, or an alternative does not fit.

    References
    ----------
    Alkire and Santos (2014), World Development 59; Foster, McGillivray and Seth (2013), Econometric
    Reviews 32; Alkire et al. (2015), Multidimensional Poverty Measurement and Analysis, chapter 8.

    Examples
    --------
    >>> import mpi
    >>> people = {"a": [1, 1, 0, 0], "b": [0, 1, 1, 0], "g": ["N", "N", "S", "S"]}
    >>> spec = mpi.Specification.from_columns({"x": ["a"], "y": ["b"]}, cutoff="1/2")
    >>> profiles = mpi.tabulate(people, spec, by="g")
    >>> found = robustness(profiles, draws=100, se=False)
    >>> found.summary.to_arrow()["kendall_lowest"].to_pylist()[1]
    1.0
    """
    check_kinds(robustness, locals())
    check_profiles(profiles, "robustness")
    choices = None
    if se:
        choices = Choices.under(
            profiles.design, lonely_psu=lonely_psu, replicates=replicates, level=level
        )
    policy = profiles.specification.missing if missing is None else missing
    asked = Asked(
        chosen_by(profiles, by, source="robustness"),
        measure,
        k,
        {} if weights is None else weights,
        share,
        {} if alternatives is None else alternatives,
        draws,
        over,
        concentration,
        policy,
        count,
        seed,
    )
    check(profiles, asked, choices)
    return _Run(profiles, asked, choices).result()


class _Run:
    """One call: scenarios, figures, errors, tables."""

    def __init__(self, profiles: Profiles, asked: Asked, choices: Choices | None) -> None:
        self._profiles, self._asked, self._choices = profiles, asked, choices
        self._spec = profiles.specification
        self._findings: list[Finding] = []
        assert asked.missing != "bounds"  # noqa: S101 -- refused before
        self._base = baseline(self._spec, asked.missing)
        self._cutoffs = TENTHS if asked.k is None else cutoffs_of(asked.k, self._spec)
        self._scenarios = [self._base, *self._varied()]
        self._households = asked.count == "households"

    def _varied(self) -> Iterator[Scenario]:
        base, spec = self._base, self._spec
        yield from by_cutoff(base, self._cutoffs)
        yield from by_weights(base, spec, self._asked.weights)
        yield from by_indicator(base, spec, self._asked.share)
        yield from by_threshold(base, spec)
        grouping = grouping_of(self._profiles, self._asked.by)
        bits = (1 << len(spec.indicators)) - 1
        if (grouping.table.missing & bits).any():
            yield from by_policy(base)

    def result(self) -> Robustness:
        own = self._panel(self._profiles, self._scenarios)
        others = self._others(own)
        uncertainty = self._uncertainty(self._profiles)
        source = None if uncertainty is None else uncertainty.source(own.parts)
        sources = [] if source is None else [source]
        if source is not None:
            for name, panel_ in zip(self._asked.alternatives, others, strict=True):
                its = self._uncertainty(self._asked.alternatives[name])
                assert its is not None  # noqa: S101 -- of the same sample
                sources.append(its.source(panel_.parts))
        named = [*self._scenarios[1:], *self._alternatives()]
        cells = [Cell(family, None) for family in dict.fromkeys(s.family for s in named)]
        place = {cell.family: number for number, cell in enumerate(cells)}
        draws = self._draws(own, len(cells))
        cells += [Cell("draws", k) for k in draws.cutoffs] if draws is not None else []
        plan = Plan(
            (own, *others),
            np.array([place[s.family] for s in named], dtype=np.int64),
            len(cells),
            draws,
            0.95 if self._choices is None else self._choices.level,
        )
        found = orders(plan, sources, self._replication(source))
        self._note(found, draws)
        grouping = own.groupings[1]
        texts = [texts_of(self._profiles, grouping)[g] for g in own.order]
        findings = [*self._profiles.findings, *self._findings]
        estimates = estimates_of(
            own.groupings,
            own.parts,
            uncertainty,
            value_labels=self._profiles.value_labels or {},
            findings=findings,
            title=f"{self._spec.marked}, {self._asked.count}, scenarios of {self._asked.measure}",
        )
        tables = Tables(by_of(grouping), texts, own.figures[0], named, cells, found)
        return Robustness(
            Headed(tables.summary(), findings, self._headline(own)),
            Result(tables.scenarios()),
            Result(tables.ranks()),
            Result(tables.pairs(plan.level)),
            estimates,
        )

    def _headline(self, own: Panel) -> str:
        base = f"{self._spec.marked}, {self._asked.measure} at k={exact.text(self._base.k)}"
        return f"Robustness of {base}: {own.order.size} groups by {by_of(own.groupings[1])}"

    def _panel(self, profiles: Profiles, scenarios: Sequence[Scenario]) -> Panel:
        found = panel(
            profiles,
            self._asked.by,
            scenarios,
            self._asked.measure,
            households=self._households,
        )
        if profiles is not self._profiles:
            return found
        own, notes = comparable(found, profiles, _MOST_GROUPS, source="robustness")
        self._findings += notes
        return own

    def _others(self, own: Panel) -> list[Panel]:
        """Panels of the alternatives, their groups in the same order."""
        found = []
        wanted = [own.groupings[1].labels[g] for g in own.order]
        for scenario, other in zip(
            self._alternatives(), self._asked.alternatives.values(), strict=True
        ):
            made = self._panel(other, [scenario])
            place = {label: g for g, label in enumerate(made.groupings[1].labels)}
            found.append(made.of(np.array([place[label] for label in wanted])))
        return found

    def _alternatives(self) -> list[Scenario]:
        """The specifications of other tables as they are, under the same policy."""
        return [
            replace(
                baseline(other.specification, self._base.policy), family="thresholds", name=name
            )
            for name, other in self._asked.alternatives.items()
        ]

    def _draws(self, own: Panel, cell: int) -> Draws | None:
        """Weights that are drawn, with what they are to score."""
        asked, spec = self._asked, self._spec
        if not asked.draws:
            return None
        scores = scores_in(own.profiles, self._base)
        known = np.ones_like(scores.deprived)
        partly = (scores.shares == 0).any(axis=1) & scores.kept
        if self._base.policy == "reweight":
            known = scores.shares > 0
        elif self._base.policy == "reweight-dimension" and partly.any():
            found = "weights cannot be drawn under 'reweight-dimension' where answers are missing"
            remedy = "Choose another policy, or draws=0."
            raise EstimationError("robustness", [Problem("draws", found, remedy=remedy)])
        schemes = drawn(
            spec, asked.draws, over=asked.over, concentration=asked.concentration, seed=asked.seed
        )
        kept = scores.kept[:, np.newaxis]
        cutoffs = tuple(sorted({self._base.k, *self._cutoffs}))
        if self._base.policy == "reweight" and not fits(schemes, cutoffs):
            found = "a cutoff has too many decimals for weights that are drawn and reweighted"
            remedy = "Give simpler cutoffs, or draws=0."
            raise EstimationError("robustness", [Problem("k", found, remedy=remedy)])
        return Draws(
            schemes, scores.deprived & kept, known & kept | ~kept, cutoffs, asked.measure, cell
        )

    def _uncertainty(self, profiles: Profiles) -> Uncertainty | None:
        found = uncertainty_of(self._choices, profiles.sampled, profiles.groupings[0].table, {})
        if found is None and self._choices is not None:
            detail = "the tables have no sampled units, so there are no standard errors"
            self._findings.append(Finding("NO_REPLICATES", "standard errors", detail))
        return found

    def _replication(self, source: Source | None) -> Replication | None:
        """Replicates for statistics of ranks: those of the survey, or a bootstrap of its PSUs."""
        if source is None or source.replication is not None:
            return None if source is None else source.replication
        assert self._choices is not None  # noqa: S101 -- there is a source
        assert self._profiles.sampled is not None  # noqa: S101 -- and it has no replicates
        settled = settle_sample(self._profiles.sampled, self._choices)
        later = any(bool(draw.share.any()) for draw in settled.sample.stages[1:])
        method = Replicates(
            "preston" if later else "rao-wu", number=_REPLICATES, seed=self._asked.seed
        )
        try:
            made, found = settle_replicates(method, settled.sample, 0, "certainty")
        except EstimationError as error:
            detail = f"none of what stays: {error.problems[0].found}"
            self._findings.append(Finding("NO_REPLICATES", "standard errors", detail))
            return None
        self._findings += found
        lonely = int(settled.sample.first.lonely.sum())
        if lonely:
            detail = "strata with a single PSU count as certain in the replicates of ranks"
            of = int((settled.sample.first.drawn > 0).sum())
            self._findings.append(Finding("LONELY_PSU", "replicates", detail, lonely, of))
        return made

    def _note(self, found: Orders, draws: Draws | None) -> None:
        """What to know about the comparisons."""
        names = [name for name in self._spec.indicators if alone(self._spec, name)]
        if names and self._asked.share != "reweight" and len(self._spec.indicators) > 1:
            detail = "the only one of its dimension: left out, all others share its weight"
            self._findings.append(Finding("WEIGHT_SHARED", ", ".join(names), detail))
        if found.undefined:
            detail = "a group has no figure, or all groups have the same; not compared"
            total = int(found.orders.sum()) + found.undefined
            self._findings.append(
                Finding("ORDER_UNDEFINED", "scenarios", detail, found.undefined, total)
            )
        if found.again and draws is not None and found.again < draws.number:
            detail = "drawn schemes made again in every replicate, for standard errors and tests"
            self._findings.append(
                Finding("DRAWS_REPLICATED", "draws", detail, found.again, draws.number)
            )
        if found.left_out:
            detail = "not defined under some replicates, which are left out"
            self._findings.append(
                Finding("REPLICATES_UNDEFINED", "what stays", detail, found.left_out)
            )
        if self._choices is not None:
            size = int((~np.isnan(found.compared.p)).sum())
            detail = f"comparisons are significant by 'holm' for a family of {size:,} pairs"
            self._findings.append(Finding("P_ADJUSTED", "pairs", detail))
