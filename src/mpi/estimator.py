"""Values of the distinct profiles of tables under one request, and what to know about them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import narwhals as nw
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from mpi.core.counting import Policy, Scores, at_cutoff, poor, score
from mpi.core.measures import BASE, Measured, add_category, bounded, measures
from mpi.core.pack import unpack
from mpi.core.totals import Distinct
from mpi.engines.base import Grouping
from mpi.engines.columns import from_truths, truths
from mpi.engines.compile import Variables, compile_tree
from mpi.errors import EstimationError, Problem, Problems, SpecificationError
from mpi.findings import Finding
from mpi.request import Request
from mpi.schemes import cardinal, labels, scheme
from mpi.sources import Part
from mpi.spec.expression import ExpressionError
from mpi.spec.lint import not_official
from mpi.spec.model import Specification
from mpi.tables import group_texts, place_of

# what a policy assumes for missing answers: code, place and sentence of the finding
_ASSUMED = {
    "nondeprived": (
        "MISSING_ASSUMED",
        "missing='nondeprived'",
        "a missing answer counts as not deprived",
    ),
    "reweight": (
        "MISSING_ASSUMED",
        "missing='reweight'",
        "scored by the indicators that are observed; in hd and hdk a missing one counts as no",
    ),
    "reweight-dimension": (
        "MISSING_ASSUMED",
        "missing='reweight-dimension'",
        "scored by the observed indicators of each dimension; in hd and hdk a missing one is a no",
    ),
    "bounds": (
        "MISSING_ASSUMED",
        "missing='bounds'",
        "a missing answer counts as no in the lower and as yes in the upper bound",
    ),
}


class Estimator:
    """Values of the distinct profiles under one request."""

    def __init__(self, spec: Specification, request: Request, profiles: Distinct) -> None:
        self._spec, self._request, self._profiles = spec, request, profiles
        self._scheme = scheme(spec)
        self.cardinal = cardinal(spec)
        self._names = labels(spec)
        policies: tuple[Policy, ...] = ("nondeprived", "deprived")
        chosen = policies if request.missing == "bounds" else (request.missing,)
        self.scores = [self._scores(policy) for policy in chosen]
        self._undecided = np.zeros(profiles.deprived.size, dtype=bool)
        self._classes: dict[str, tuple[NDArray[np.bool_], NDArray[np.bool_]]] = {}
        self.measured = self._measured()

    @property
    def _has_gaps(self) -> bool:
        return bool((self.cardinal >= 0).any())

    def _scores(self, policy: Policy, kind: str = "deprived") -> Scores:
        profiles = self._profiles
        try:
            return score(profiles.deprived, profiles.missing, scheme(self._spec, kind), policy)
        except OverflowError as error:
            remedy = "Choose another policy, or simpler weights."
            raise EstimationError(
                self._spec.id, [Problem("missing", str(error), remedy)]
            ) from error

    def _measured(self) -> list[Measured]:
        both = [self._measures(scores) for scores in self.scores]
        if self._request.missing == "bounds":
            return [bounded(both[0], "lower"), bounded(both[1], "upper")]
        self._add_categories(both[0])
        if any(kind == "destitute" for kind, _ in self._spec.bits):
            both.append(self._destitution())
        return both

    def _measures(self, scores: Scores, *, with_gaps: bool = True) -> Measured:
        width = len(self._spec.indicators)
        known = ~unpack(self._profiles.missing.astype(np.uint64), width)
        # the table has sums of gaps over persons only
        gaps = with_gaps and self._has_gaps and not self._request.households
        return measures(scores, self._names, self._request.cutoffs, known=known, with_gaps=gaps)

    def _destitution(self) -> Measured:
        """H, A, M0, hd and hdk by the stricter rules (Alkire, Conconi and Seth 2014)."""
        policy = self._request.missing
        assert policy != "bounds"  # noqa: S101 -- handled before
        scores = self._scores(policy, "destitute")
        lost = self.scores[0].kept & ~scores.kept
        self._undecided = lost
        measured = self._measures(scores, with_gaps=False)
        wanted = ("H", "A", "M0", "hd", "hdk")
        stricter = [
            replace(statistic, measure=f"{statistic.measure}_destitute")
            for statistic in measured.statistics
            if statistic.measure in wanted
        ]
        return Measured(measured.columns, stricter)

    def _add_categories(self, measured: Measured) -> None:
        self._classes = self.categories(self.scores[0])
        for name, (yes, missing) in self._classes.items():
            depth_of = self.scores[0] if self._spec.categories[name].depth else None
            add_category(measured, name, yes, missing, depth_of=depth_of)

    def categories(self, scores: Scores) -> dict[str, tuple[NDArray[np.bool_], NDArray[np.bool_]]]:
        """Whether each distinct profile is in each category, and whether that is not known."""
        if not self._spec.category:
            return {}
        frame = nw.from_native(self._category_frame(scores), eager_only=True)
        kinds = {name: "number" if name == "dimensions" else "truth" for name in frame.columns}
        variables = Variables(kinds, ratios={"score": ("#score", "#scale")})  # type: ignore[arg-type]
        problems, found = Problems(self._spec.id, SpecificationError), {}
        for category in self._spec.category:
            try:
                compiled = compile_tree(category.when.tree, category.when.text, variables)
            except ExpressionError as error:
                problems.add(f"category {category.id!r}, when", str(error))
                continue
            result = frame.with_columns(result=compiled.expression).get_column("result")
            truth = truths(pa.array(result.to_arrow()))
            missing = truth.missing if truth.missing is not None else np.zeros_like(truth.values)
            found[category.id] = (truth.values, missing)
        problems.raise_if_any()
        return found

    def _category_frame(self, scores: Scores) -> pa.Table:
        """What a category can refer to, one row per distinct profile."""
        spec, profiles = self._spec, self._profiles
        yes = unpack(profiles.deprived.astype(np.uint64), len(spec.bits))
        gone = unpack(profiles.missing.astype(np.uint64), len(spec.bits))
        if self._request.missing == "nondeprived":
            gone[:, : len(spec.indicators)] = False
        columns = {"#score": pa.array(scores.score), "#scale": pa.array(scores.scale)}
        columns["poor"] = pa.array(poor(scores, spec.cutoff))
        for bit, (kind, name) in enumerate(spec.bits):
            if kind != "destitute":
                columns[name] = from_truths(yes[:, bit], gone[:, bit])
        count = np.zeros(profiles.deprived.size, dtype=np.int64)
        undecided = np.zeros(profiles.deprived.size, dtype=bool)
        indicators = list(spec.indicators)
        for dimension in spec.dimension:
            bits = [indicators.index(i.id) for i in dimension.indicator]
            union: NDArray[np.bool_] = np.any(yes[:, bits], axis=1)
            unknown: NDArray[np.bool_] = np.any(gone[:, bits], axis=1) & ~union
            columns.setdefault(dimension.id, from_truths(union, unknown))
            count += union
            undecided |= unknown
        columns["dimensions"] = pa.array(count, mask=undecided)
        return pa.table(columns)

    def findings(
        self,
        grouping: Grouping,
        position: NDArray[np.int64],
        own: Sequence[Part],
        value_labels: Mapping[str, Mapping[object, str]],
    ) -> list[Finding]:
        """Retained shares and empty groups of one grouping; ties and nobody poor nationally."""
        table, groups = grouping.table, len(grouping.labels)
        n = table.households if self._request.households else table.n
        weight = table.household_weight if self._request.households else table.weight
        every = np.bincount(table.group, weights=n, minlength=groups).astype(np.int64)
        total = np.bincount(table.group, weights=weight, minlength=groups)
        lost, gone, left = np.zeros_like(every), np.zeros_like(total), total
        if not self.scores[0].kept.all():
            kept = self.scores[0].kept[position]
            lost = np.bincount(table.group, weights=n * ~kept, minlength=groups).astype(np.int64)
            gone = np.bincount(table.group, weights=weight * ~kept, minlength=groups)
            left = np.bincount(table.group, weights=weight * kept, minlength=groups)
        found = []
        texts = group_texts(grouping, value_labels)
        for g in np.flatnonzero(lost):
            where = place_of(grouping, texts[g])
            share = float(gone[g] / total[g]) if total[g] > 0 else None
            detail = f"left out under {self._request.missing!r}: an indicator is missing"
            found.append(
                Finding("MISSING_DROPPED", where, detail, int(lost[g]), int(every[g]), share)
            )
            if lost[g] == every[g]:
                detail = "no unit has every indicator; its figures are missing"
                found.append(Finding("EMPTY_GROUP", where, detail, 0, int(every[g])))
        for g in np.flatnonzero((left == 0) & (every > lost)):
            detail = "the weights of its units are all zero; its figures are missing"
            where = place_of(grouping, texts[g])
            found.append(Finding("EMPTY_GROUP", where, detail, int(every[g]), int(every[g])))
        if not grouping.by:
            if lost.sum() == every.sum():
                raise self._nothing_left(int(every.sum()))
            found += self._ties(n, weight, position, own)
            found += self._unanswered(n, weight, position)
        return found

    def _unanswered(
        self, n: NDArray[np.int64], weight: NDArray[np.float64], position: NDArray[np.int64]
    ) -> list[Finding]:
        """Missing answers by indicator, what was assumed for them, classes that are not known."""
        missing = self._profiles.missing[position]
        of, total = int(n.sum()), float(weight.sum())

        def finding(code: str, where: str, detail: str, rows: NDArray[np.bool_]) -> list[Finding]:
            count = int(n[rows].sum())
            share = float(weight[rows].sum()) / total if total > 0 else None
            return [Finding(code, where, detail, count, of, share)] if count else []

        found = []
        for bit, name in enumerate(self._spec.indicators):
            unknown = missing >> bit & 1 == 1
            found += finding("MISSING_ANSWERS", f"indicator {name!r}", "is missing", unknown)
        assumed = _ASSUMED.get(self._request.missing)
        if assumed is not None:
            width = len(self._spec.indicators)
            unknown = (missing & ((1 << width) - 1) != 0) & self.scores[0].kept[position]
            found += finding(*assumed, unknown)
        detail = "left out of the measures of destitution: a stricter answer is missing"
        found += finding("MISSING_DROPPED", "destitution", detail, self._undecided[position])
        for name, (_, unclear) in self._classes.items():
            unknown = unclear[position] & self.scores[0].kept[position]
            detail = "not known for these units; they are left out of its share"
            found += finding("CATEGORY_UNKNOWN", f"category {name!r}", detail, unknown)
        return found

    def _nothing_left(self, count: int) -> EstimationError:
        found = f"no unit is left: every one of {count:,} misses an indicator"
        others = {"drop": "'reweight' or 'bounds'"}.get(self._request.missing, "'bounds'")
        remedy = f"Look at the missing answers, or choose missing={others}."
        return EstimationError(self._spec.id, [Problem("missing", found, remedy)])

    def _ties(
        self,
        n: NDArray[np.int64],
        weight: NDArray[np.float64],
        position: NDArray[np.int64],
        own: Sequence[Part],
    ) -> list[Finding]:
        scores, found = self.scores[0], []
        of_all = own[0].linear.own
        total = of_all.sums.values[0, BASE]
        for k in self._request.cutoffs:
            tied = at_cutoff(scores, k)[position]
            share = float((weight * tied).sum() / total) if total > 0 else 0.0
            if share > 0:
                detail = "exactly at the cutoff; a tie is poor"
                count, of = int(n[tied].sum()), int(of_all.n_of([BASE])[0, 0])
                found.append(Finding("TIE_AT_CUTOFF", f"k={k}", detail, count, of, share))
            if total > 0 and not (weight * poor(scores, k)[position]).any():
                detail = "nobody is poor: H and M0 are 0, A is not defined"
                found.append(Finding("NOBODY_POOR", f"k={k}", detail))
        return found

    def spec_findings(self) -> list[Finding]:
        """What the specification itself makes worth knowing."""
        found = []
        if self._has_gaps and self._request.households:
            detail = "not estimated where households are counted; count persons"
            found.append(Finding("GAPS_OF_PERSONS", "M1, M2", detail))
        elif self._has_gaps and (self.cardinal < 0).any():
            where = ", ".join(i.id for i in self._spec.indicators.values() if i.gap is None)
            detail = "no gap is defined; in M1 and M2 a deprivation counts with gap 1"
            found.append(Finding("GAP_TAKEN_AS_ONE", where, detail))
        return [*found, *not_official(self._spec)]
