"""What was drawn: units of every stage, their strata and fractions, and where each row is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from mpi.engines import columns as arrow
from mpi.engines.base import Label, Sampled
from mpi.engines.evaluate import Evaluation
from mpi.engines.links import Links
from mpi.engines.steps import Plan
from mpi.errors import Problems, SurveyError
from mpi.findings import Finding
from mpi.survey.codebook import Level
from mpi.survey.survey import Survey

# weights this many times as large as N / n say that units were sampled within PSUs as well
_SAMPLED_WITHIN = 1.05


@dataclass(frozen=True, slots=True, eq=False)
class Sampling:
    """What was drawn, and the place of each row in it.

    Attributes
    ----------
    sampled : Sampled
    base : {"person", "household"}
        Level at which every sampled unit has a row.
    code : mapping of level to integers, shape (n,)
        Position of each row in the labels; no entry where all rows are in one.
    weight : mapping of level to NDArray[np.float64]
        Weights rebuilt from the fractions of all stages; empty where a weight is declared.
    findings : list of Finding
    """

    sampled: Sampled
    base: Level
    code: Mapping[Level, NDArray[np.integer]]
    weight: Mapping[Level, NDArray[np.float64]]
    findings: list[Finding] = field(default_factory=list)


def sampling(
    survey: Survey,
    plan: Plan,
    links: Links,
    evaluation: Evaluation,
    *,
    own: Level,
    direct: bool,
    counting: NDArray[np.bool_] | None,
) -> Sampling:
    """The sample of a survey.

    Parameters
    ----------
    survey, plan, links, evaluation
    own : {"person", "household"}
        Level of the unit of identification.
    direct : bool
        Whether it is enough to know how many units were drawn in each stratum, where no PSU is
        declared; else each household, or each row, is a sampled unit of its own.
    counting : NDArray[np.bool_] or None, shape (n_households,)
        Households that count, where that is known before the sample is.

    Raises
    ------
    SurveyError
        If a row has no place in the sample, a PSU that is not nested is in several strata, or a
        finite population is not one; all problems at once.
    """
    return Reader(survey, plan, links, evaluation, (own, direct, counting)).read()


class Columns(Protocol):
    """What a sample is read from: columns by level."""

    def column(self, name: str, level: Level) -> arrow.Array: ...  # noqa: D102

    def numbers(self, role: str, level: Level) -> NDArray[np.float64]: ...  # noqa: D102

    def of_household(self, name: str) -> arrow.Array: ...  # noqa: D102


class Reader:
    """Reads a sample from rows, each of which may stand for several.

    Parameters
    ----------
    survey, plan, links
    columns : Columns
    given : (level, bool, NDArray[np.bool_] or None)
        As `own`, `direct` and `counting` of `sampling`.
    times : NDArray[np.int64], optional, shape (n,)
        Number of rows of the survey that each row stands for; one if left out.
    """

    def __init__(
        self,
        survey: Survey,
        plan: Plan,
        links: Links,
        columns: Columns,
        given: tuple[Level, bool, NDArray[np.bool_] | None],
        *,
        times: NDArray[np.int64] | None = None,
    ) -> None:
        self._survey, self._plan, self._links = survey, plan, links
        self._evaluation, self._times = columns, times
        own, self._direct, self._counting = given
        self._problems = Problems("survey", SurveyError)
        self._keys, self._base = sample_keys(survey, plan, own)
        self._rows = links.rows(self._base)

    def read(self) -> Sampling:
        """The sample.

        Raises
        ------
        SurveyError
            As `sampling`.
        """
        if "psu" in self._keys:
            code, labels = self._declared()
            kind: Literal["psu", "household", "row"] = "psu"
        else:
            code, labels, kind = self._undeclared()
        self._problems.raise_if_any()
        drawn = None
        if labels and len(labels[0]) == 2 and labels[0][1] is None:
            placed = code >= 0
            times = None if self._times is None else self._times[placed]
            drawn = np.bincount(code[placed], times, minlength=len(labels)).astype(np.int64)
        fpc = self._fpc(code, labels, drawn)
        self._problems.raise_if_any()
        sampled = Sampled(tuple(labels), fpc, drawn, kind)
        found = self._findings(sampled)
        weight = self._weight(sampled, code)
        by_level = self._by_level(code, len(labels))
        return Sampling(sampled, self._base, by_level, weight, found)

    def _declared(self) -> tuple[NDArray[np.integer], list[Label]]:
        """Units by the columns of the design."""
        code, found = self._coded(self._keys)
        places = label_places(self._survey, self._keys)
        labels = [tuple(None if p is None else label[p] for p in places) for label in found]
        if not self._survey.design.nested:
            self._check_nesting(labels)
        return code, labels

    def _coded(self, roles: Sequence[str]) -> tuple[NDArray[np.integer], list[Label]]:
        """Position of each row's combination of values; rows without one are a problem."""
        columns = [self._column(role) for role in roles]
        if not columns:
            return np.zeros(self._rows, dtype=np.int64), [()]
        code, labels = arrow.codes(columns)
        lost = self._number(self._lost(code < 0, roles))
        if lost:
            design = self._survey.design.columns()
            names = " or ".join(f"{role.partition(':')[0]} {design[role]!r}" for role in roles)
            remedy = "Every row needs its place in the sample: fill it in, or leave rows out."
            self._problems.add(
                names,
                "is missing",
                remedy=remedy,
                count=lost,
                of=self._number(np.ones_like(code, dtype=bool)),
            )
        return code, labels

    def _number(self, rows: NDArray[np.bool_]) -> int:
        """How many rows of the survey some rows stand for."""
        return int(rows.sum() if self._times is None else self._times[rows].sum())

    def _lost(self, gone: NDArray[np.bool_], roles: Sequence[str]) -> NDArray[np.bool_]:
        """Rows that need a place in the sample and have none."""
        members, counting = self._links.members, self._counting
        if not gone.any() or members is None or counting is None or self._base != "household":
            return gone
        of_persons = any(self._plan.of(role).level == "person" for role in roles)
        # whose place only person rows could tell, and who does not count
        return gone & ((members.first >= 0) | counting | (not of_persons))

    def _column(self, role: str) -> arrow.Array:
        step = self._plan.of(role)
        if self._base == "household" and step.level == "person":
            return self._evaluation.of_household(step.name)
        return self._evaluation.column(step.name, self._base)

    def _check_nesting(self, labels: Sequence[Label]) -> None:
        strata: dict[object, set[object]] = {}
        for label in labels:
            strata.setdefault(label[1], set()).add(label[0])
        several = sum(len(found) > 1 for found in strata.values())
        if several:
            self._problems.add(
                f"psu {self._survey.design.psu!r}",
                f"{several:,} of {len(strata):,} ids are in several strata",
                expected="With nested=False each id is one PSU in one stratum.",
                remedy="Leave out nested=False if ids repeat between strata, or repair them.",
            )

    def _undeclared(
        self,
    ) -> tuple[NDArray[np.integer], list[Label], Literal["household", "row"]]:
        """Strata with the number of units drawn; or each household, or row, as a unit."""
        code, found = self._coded([role for role in self._keys if role == "strata"])
        strata = [label[0] if label else None for label in found]
        kind: Literal["household", "row"] = "row"
        if self._base == "household" or self._links.members is not None:
            kind = "household"
        if self._direct:
            return code, [(stratum, None) for stratum in strata], kind
        unit, names = self.households() if kind == "household" else (np.arange(self._rows), None)
        combined = code.astype(np.int64) * (int(unit.max(initial=0)) + 1) + unit
        present, where = np.unique(combined, return_inverse=True)
        which, one = np.divmod(present, int(unit.max(initial=0)) + 1)
        labels: list[Label] = [
            (strata[h], int(u) if names is None else names[u])
            for h, u in zip(which.tolist(), one.tolist(), strict=True)
        ]
        order = sorted(range(len(labels)), key=lambda place: _order(labels[place]))
        rank = np.empty(len(labels), dtype=np.int64)
        rank[order] = np.arange(len(labels))
        return rank[where.reshape(-1)], [labels[place] for place in order], kind

    def households(self) -> tuple[NDArray[np.int64], list[object] | None]:
        """Household of each row, and the key of each household."""
        members, keys = self._links.members, self._survey.keys.household
        table, own = self._survey.tables.get("households"), keys.get("households", ())
        unit = np.arange(self._links.n_households)
        first: NDArray[np.int64] | None = None
        if table is None:
            table, own = self._survey.tables["persons"], keys.get("persons", ())
            first = members.first if members is not None else None
        if self._base == "person" and members is not None:
            unit = members.household
        if not own:
            return unit, None
        columns = [arrow.single(column) for column in table.read(own).columns]
        taken = columns if first is None else [arrow.taken(column, first) for column in columns]
        values = [column.to_pylist() for column in taken]
        if len(values) == 1:
            return unit, values[0]
        return unit, ["|".join(map(str, parts)) for parts in zip(*values, strict=True)]

    def _fpc(
        self, code: NDArray[np.integer], labels: Sequence[Label], drawn: NDArray[np.int64] | None
    ) -> NDArray[np.float64]:
        """Finite population of the stratum of each label, by stage; NaN where none is known."""
        stages = 1 + len(self._survey.design.stages)
        found = np.full((len(labels), stages), np.nan)
        for s in range(stages):
            role = "fpc" if s == 0 else f"fpc:{s + 1}"
            if role in self._plan.results:
                found[:, s] = self._population(role, s, code, labels, drawn)
        return found

    def _population(
        self,
        role: str,
        s: int,
        code: NDArray[np.integer],
        labels: Sequence[Label],
        drawn: NDArray[np.int64] | None,
    ) -> NDArray[np.float64]:
        """Finite population of each label at a stage, checked."""
        placed = code >= 0
        values = self._numbers(role)[placed]
        name = f"fpc {self._survey.design.columns()[role]!r}"
        fine = np.isfinite(values) & (values > 0)
        wrong = self._number(placed) - self._number(_within(placed, fine))
        if wrong:
            expected = "It is the number of units in the population, or the fraction drawn."
            found = "missing, not finite or not positive"
            self._problems.add(name, found, expected=expected, count=wrong, of=self._number(placed))
            return np.full(len(labels), np.nan)
        place: dict[Label, int] = {}
        stratum = np.array([place.setdefault(x[: 2 * s + 1], len(place)) for x in labels])
        of_row = stratum[code[placed]]
        low: NDArray[np.float64] = np.full(len(place), np.inf)
        np.minimum.at(low, of_row, values)
        high = np.zeros(len(place))
        np.maximum.at(high, of_row, values)
        if (low != high).any():
            count = int((low != high).sum())
            expected = "All rows of a stratum have the same."
            found = f"differs within {count:,} of {low.size:,} strata"
            self._problems.add(name, found, expected=expected)
        elif not ((low <= 1).all() or (low >= 1).all()):
            found = "is at most 1 in some strata and above 1 in others"
            expected = "It is a count in all of them, or a fraction in all."
            self._problems.add(name, found, expected=expected)
        else:
            units = dict.fromkeys(label[: 2 * s + 2] for label in labels)
            n = drawn
            if n is None:
                n = np.bincount([place[unit[:-1]] for unit in units], minlength=low.size)
            small = int((low < n).sum()) if (low > 1).any() else 0
            if small:
                found = f"is smaller than the sample in {small:,} of {low.size:,} strata"
                expected = "A population has at least as many units as were drawn from it."
                self._problems.add(name, found, expected=expected)
        of_label: NDArray[np.float64] = low[stratum]
        return of_label

    def _numbers(self, role: str) -> NDArray[np.float64]:
        step = self._plan.of(role)
        if self._base == "household" and step.level == "person":
            return arrow.numbers(self._evaluation.of_household(step.name))
        return self._evaluation.numbers(role, self._base)

    def _findings(self, sampled: Sampled) -> list[Finding]:
        if sampled.kind == "psu":
            if sampled.fpc.shape[1] > 1 and np.isnan(sampled.fpc[:, 0]).all():
                detail = "later stages add nothing to the variance, because the first has no fpc"
                return [Finding("STAGES_UNUSED", "stages", detail)]
            return []
        units = "households" if sampled.kind == "household" else "rows"
        how = "simple random sampling"
        if "strata" in self._keys:
            how += " within strata"
        detail = f"no PSU is declared: {how} of {units} is assumed"
        if sampled.kind == "row" and self._base == "person":
            detail += "; declare household_id if persons of one household were drawn together"
        return [Finding("SIMPLE_RANDOM", "psu", detail)]

    def _weight(
        self, sampled: Sampled, code: NDArray[np.integer]
    ) -> dict[Level, NDArray[np.float64]]:
        """Weights as the product of N / n over the stages, where none is declared."""
        if not self._survey.design.rebuilds_weight:
            return {}
        product = np.ones(len(sampled.labels))
        for s in range(sampled.fpc.shape[1]):
            product /= _drawn_share(sampled, s)
        own = product[code]
        found: dict[Level, NDArray[np.float64]] = {self._base: own}
        if self._base == "household" and self._links.members is not None:
            found["person"] = own[self._links.members.household]
        return found

    def _by_level(self, code: NDArray[np.integer], size: int) -> dict[Level, NDArray[np.integer]]:
        if size == 1:
            return {}
        found = {self._base: code}
        if self._base == "household" and self._links.members is not None:
            found["person"] = code[self._links.members.household]
        return found


def sample_keys(survey: Survey, plan: Plan, own: Level) -> tuple[list[str], Level]:
    """Roles that say which unit was drawn, and the level at which every sampled unit has a row.

    Units are coded once, at that level, so that their position stays the same.
    """
    roles = [role for role in survey.design.columns() if role in plan.results]
    keys = [role for role in roles if role.partition(":")[0] in ("strata", "psu", "unit")]
    of_households = any(plan.of(role).level == "household" for role in keys)
    return keys, "household" if of_households or own == "household" else "person"


def label_places(survey: Survey, roles: Sequence[str]) -> list[int | None]:
    """Where each part of a unit's label is among the roles that are known."""
    stages = range(1, 2 + len(survey.design.stages))
    pairs = [("strata", "psu") if s == 1 else (f"strata:{s}", f"unit:{s}") for s in stages]
    return [roles.index(r) if r in roles else None for pair in pairs for r in pair]


def _within(placed: NDArray[np.bool_], fine: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Which rows are placed and fine, where `fine` is known of the placed ones."""
    found = placed.copy()
    found[placed] = fine
    return found


def _drawn_share(sampled: Sampled, s: int) -> NDArray[np.float64]:
    """Fraction drawn in the stratum of each label at a stage, shape (m,)."""
    fpc, labels = sampled.fpc[:, s], sampled.labels
    units: dict[Label, set[object]] = {}
    for label in labels:
        units.setdefault(label[: 2 * s + 1], set()).add(label[2 * s + 1])
    n = np.array([len(units[label[: 2 * s + 1]]) for label in labels])
    n = n if sampled.drawn is None else sampled.drawn
    share: NDArray[np.float64] = np.where(fpc <= 1, fpc, n / fpc)
    return share


def ultimate_clusters(
    sampled: Sampled, weight: NDArray[np.float64], code: NDArray[np.integer] | None
) -> Finding | None:
    """Say that fractions of PSUs are used where units were sampled within PSUs as well.

    Weights that are much larger than N / n have another stage in them, whose variance the first
    stage's formula leaves out once its fraction is not negligible.
    """
    if not uses_first_stage(sampled):
        return None
    code = np.zeros(weight.size, dtype=np.int64) if code is None else code
    known = (code >= 0) & (weight > 0)
    size = len(sampled.labels)
    sums = np.bincount(code[known], weights=weight[known], minlength=size)
    counts = np.bincount(code[known], minlength=size).astype(np.int64)
    return heavier_than_drawn(sampled, sums.astype(np.float64), counts)


def uses_first_stage(sampled: Sampled) -> bool:
    """Whether fractions of PSUs are known and those of later stages are not."""
    several = sampled.fpc.shape[1] > 1
    return sampled.kind == "psu" and not several and not bool(np.isnan(sampled.fpc).all())


def heavier_than_drawn(
    sampled: Sampled, sums: NDArray[np.float64], counts: NDArray[np.int64]
) -> Finding | None:
    """The same from the positive weights of each sampled unit: their sum and number."""
    larger = sums > _SAMPLED_WITHIN / _drawn_share(sampled, 0) * counts
    if not larger.any():
        return None
    detail = (
        "units were sampled within PSUs as well, whose variance is left out: standard errors are "
        "too small; declare stages=, or leave out fpc="
    )
    return Finding("FPC_FIRST_STAGE", "fpc", detail, int(larger.sum()), int(larger.size))


def _order(label: Label) -> tuple[tuple[bool, object], ...]:
    return tuple((value is not None, value) for value in label)
