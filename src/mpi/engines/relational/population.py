"""Who is counted and with what weight, as queries; the rules are those of the memory engine."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import reduce
from typing import TypeAlias

import narwhals as nw

from mpi.engines.population import (
    ABOVE,
    BELOW,
    LARGEST,
    MEAN_WEIGHS,
    NO_OWN_WEIGHT,
    OTHERS_LEFT_OUT,
    PERSON_WEIGHS,
    ROWS_COUNTED,
    SAME_WEIGHT,
    SIZE_WEIGHS,
    SMALLEST,
    count_unknown,
    memberless_cannot,
    memberless_left_out,
    no_size,
    report_nobody,
    report_sizes,
    report_weights,
)
from mpi.engines.relational.aggregates import ROWS, Aggregated
from mpi.engines.relational.checks import Report
from mpi.engines.relational.evaluate import Aggregate, Evaluation, Row
from mpi.engines.relational.tables import Column
from mpi.findings import Finding
from mpi.survey.codebook import Level
from mpi.survey.survey import Survey

Value: TypeAlias = Callable[[], nw.Expr]

COUNTED = "counted"  # whether a row counts
MEMBERS = "members"  # persons that a household counts with
WEIGHT = "weight"  # of a person, or of all counted persons of a household
OWN = "own"  # weight of the household itself
_MEMBERS, _ALL = "counted_rows", "member_rows"  # person rows of a household
_SUM, _LOW, _HIGH = "weight_sum", "weight_low", "weight_high"  # of its counted persons
_ALONE = "alone"  # whether a household counts without person rows
_ORDER = (_ALONE, OWN, MEMBERS, WEIGHT, COUNTED)
_USED, _POSITIVE, _LARGE = "used", "positive", "large"
_INFINITY = float("inf")


class Population:
    """Has columns of who is counted, and with what weight, added to the frames.

    Parameters
    ----------
    survey : Survey
    evaluation : Evaluation
        To which the columns are added; it has to be run afterwards, and then `check` called.
    unit : {"person", "household"}
        Who is identified.

    Attributes
    ----------
    counted : dict of level to int
        Rows that count, once the checks have reported.
    alone : int
        Households that count without person rows, once the checks have reported.
    """

    def __init__(self, survey: Survey, evaluation: Evaluation, unit: Level) -> None:
        self._survey, self._evaluation, self._plan = survey, evaluation, evaluation.plan
        self._of_persons = unit == "person"
        self._persons, self._linked = "persons" in survey.tables, evaluation.tables.linked
        self._rules = [r for r in ("member", "universe", "where") if r in self._plan.results]
        self._weight = self._plan.of("weight") if "weight" in self._plan.results else None
        self._person_weight = self._weight is not None and self._weight.level == "person"
        self._alone = not self._of_persons and self._memberless_may_count()
        self.counted: dict[Level, int] = {"person": 0, "household": 0}
        self.alone = 0
        if self._persons:
            self._add_persons()
        if self._linked:
            self._add_members()
        if not self._of_persons:
            self._add_households()

    def _memberless_may_count(self) -> bool:
        """Whether households without person rows can count, as far as it is known from the plan."""
        if "households" not in self._survey.tables:
            return False
        own = "household_weight" in self._plan.results or not self._person_weight
        levels = [self._plan.of(r).level for r in ("universe", "where") if r in self._plan.results]
        return own and "person" not in levels

    def _row(self, name: str, level: Level, roles: Sequence[str], value: Value) -> None:
        needs = tuple(dict.fromkeys(self._plan.results[role] for role in roles))
        for need in needs:
            self._evaluation.want(need, level)
        column = Column(name, level, "number")
        self._evaluation.add(Row(f"{level} {name}", level, needs, lambda: (value(), column)))

    def _add_persons(self) -> None:
        """Persons that count, and their weights."""
        self._row(COUNTED, "person", self._rules, lambda: self._meets(self._rules))
        if self._person_weight or (self._of_persons and self._weight is not None):
            self._row(WEIGHT, "person", ["weight"], lambda: self._evaluation.number("weight"))

    def _meets(self, rules: Sequence[str]) -> nw.Expr:
        no = nw.lit(value=False)
        known = [nw.coalesce(self._evaluation.truth(role), no) for role in rules]
        return reduce(lambda a, b: a & b, known) if known else nw.lit(value=True)

    def _add_members(self) -> None:
        """What households have from their members."""
        needs = [f"person {COUNTED}"]
        needs += [f"person {WEIGHT}"] if self._person_weight else []
        if self._stated and "member" in self._rules:
            needs.append(self._plan.results["member"])
        self._evaluation.add(Aggregate("members", tuple(needs), self._members))

    @property
    def _stated(self) -> bool:
        """Whether a size is stated that can be compared with the member rows."""
        return "size" in self._plan.results and self._linked

    def _members(self) -> Aggregated:
        counts = nw.col(COUNTED)
        tallies, parts = {_MEMBERS: counts}, dict[str, nw.Expr]()
        values = {_MEMBERS: nw.coalesce(nw.col(_MEMBERS), nw.lit(0)).cast(nw.Int64)}
        if self._person_weight:
            weight = nw.when(counts).then(nw.col(WEIGHT))
            parts = {_SUM: weight.sum(), _LOW: weight.min(), _HIGH: weight.max()}
            values[_SUM] = nw.coalesce(nw.col(_SUM), nw.lit(0.0))
            values |= {name: nw.col(name) for name in (_LOW, _HIGH)}
        if self._stated:
            tallies[_ALL] = nw.lit(value=True)
            if "member" in self._rules:
                tallies[_ALL] = self._evaluation.truth("member")
            values[_ALL] = nw.coalesce(nw.col(_ALL), nw.lit(0))
        return Aggregated(Column(_MEMBERS, "household", "number"), tallies, parts, values)

    def _add_households(self) -> None:
        """Counted persons and weights of each household."""
        members = nw.col(_MEMBERS) if self._linked else nw.lit(0)
        own_roles = [r for r in ("household_weight", "weight") if self._of_households(r)]
        rules = [r for r in ("universe", "where") if r in self._plan.results] if self._alone else []
        sizes = ["size"] if self._alone and "size" in self._plan.results else []

        def add(name: str, roles: Sequence[str], value: Value) -> None:
            needs = tuple(self._plan.results[role] for role in roles)
            made = ("members",) if self._linked else ()
            before = tuple(f"household {n}" for n in _ORDER[: _ORDER.index(name)])
            column = Column(name, "household", "number")
            make = lambda: (value(), column)  # noqa: E731 -- bound to this call
            self._evaluation.add(
                Row(f"household {name}", "household", (*made, *needs, *before), make)
            )

        add(_ALONE, rules, lambda: self._is_alone(rules))
        add(OWN, own_roles[:1], lambda: self._own_weight(own_roles[:1], members))
        add(MEMBERS, sizes, lambda: nw.when(nw.col(_ALONE)).then(self._size()).otherwise(members))
        add(WEIGHT, (), self._total_weight)
        add(COUNTED, (), lambda: nw.col(MEMBERS) > 0)

    def _of_households(self, role: str) -> bool:
        return role in self._plan.results and self._plan.of(role).level == "household"

    def _is_alone(self, rules: Sequence[str]) -> nw.Expr:
        if not self._alone:
            return nw.lit(value=False)
        return self._without_rows() & self._meets(rules)

    def _without_rows(self) -> nw.Expr:
        return nw.col(ROWS).is_null() if self._linked else nw.lit(value=True)

    def _size(self) -> nw.Expr:
        size = self._survey.size
        if isinstance(size, int):
            return nw.lit(size)
        if "size" not in self._plan.results:
            return nw.lit(1)
        values = self._evaluation.number("size")
        return nw.when(~_wrong_size(values)).then(values).otherwise(nw.lit(1.0)).cast(nw.Int64)

    def _own_weight(self, roles: Sequence[str], members: nw.Expr) -> nw.Expr:
        if not roles:
            return self._mean(members) if self._person_weight and self._linked else nw.lit(1.0)
        own = self._evaluation.number(roles[0])
        if roles[0] == "household_weight" and self._person_weight and self._linked:
            return nw.when(own.is_null() & (members > 0)).then(self._mean(members)).otherwise(own)
        return own

    def _mean(self, members: nw.Expr) -> nw.Expr:
        return nw.col(_SUM) / nw.when(members > 0).then(members.cast(nw.Float64)).otherwise(1.0)

    def _total_weight(self) -> nw.Expr:
        if self._person_weight and self._linked:
            of_size = nw.col(MEMBERS).cast(nw.Float64) * nw.col(OWN)
            return nw.when(nw.col(_ALONE)).then(of_size).otherwise(nw.col(_SUM))
        return nw.col(MEMBERS).cast(nw.Float64) * nw.col(OWN)

    def check(self) -> None:
        """Have everything counted that is wrong, or has to be known; after the columns are laid."""
        if self._persons:
            self._check_persons()
        if self._linked and self._person_weight:
            self._check_differing()
        if self._stated:
            stated = self._evaluation.number("size")
            differs = (stated != nw.col(_ALL)) & ~self._without_rows()
            where = f"size {self._survey.size!r}"
            self._notice("household", differs, "SIZE_DIFFERS", where, ROWS_COUNTED)
        if not self._of_persons:
            self._check_households()
        elif self._linked and "households" in self._survey.tables:
            self._check_memberless("persons are identified")

    def _check_persons(self) -> None:
        checks = self._evaluation.checks["person"]
        checks.ask({COUNTED: nw.col(COUNTED)}, self._counts("person"))
        for role in self._rules:
            truth = self._evaluation.truth(role)
            if role == "member":
                self._notice("person", ~truth, "NOT_MEMBERS", "member", OTHERS_LEFT_OUT)
            checks.add(truth.is_null(), self._unknown(role))
        if self._person_weight or (self._of_persons and self._weight is not None):
            checks.ask(weight_conditions(WEIGHT, nw.col(COUNTED)), self._weights_found)

    def _check_differing(self) -> None:
        """Have households counted in which weights differ."""
        own = nw.col(_SUM) / nw.when(nw.col(_MEMBERS) > 0).then(nw.col(_MEMBERS).cast(nw.Float64))
        detail = MEAN_WEIGHS
        if self._of_households("household_weight"):
            if self._of_persons:
                return
            own, detail = nw.col(OWN), PERSON_WEIGHS
            filled = self._evaluation.number("household_weight").is_null() & (nw.col(_MEMBERS) > 0)
            self._notice("household", filled, "WEIGHT_OF_MEMBERS", "weight", NO_OWN_WEIGHT)
        far = SAME_WEIGHT * own
        differs = (nw.col(_HIGH) - own > far) | (own - nw.col(_LOW) > far)
        self._notice("household", differs, "WEIGHTS_DIFFER", "weight", detail)

    def _check_households(self) -> None:
        checks = self._evaluation.checks["household"]
        checks.ask({COUNTED: nw.col(COUNTED)}, self._counts("household"))
        if any(map(self._of_households, ("household_weight", "weight"))):
            used = nw.col(COUNTED) | nw.col(_ALONE)
            checks.ask(weight_conditions(OWN, used), self._weights_found)
        if "households" not in self._survey.tables:
            return
        if not self._alone:
            reason = "they have no weight"
            if self._person_weight and "household_weight" not in self._plan.results:
                self._check_memberless(reason)
            else:
                self._check_rules_of_persons()
            return
        if not self._persons:
            for role in (r for r in ("universe", "where") if r in self._plan.results):
                checks.add(self._evaluation.truth(role).is_null(), self._unknown(role))
        else:
            alone = nw.col(_ALONE)
            self._notice("household", alone, "NO_MEMBER_ROWS", "persons", SIZE_WEIGHS)
            checks.add(alone, self._set_alone)
        self._check_sizes()

    def _check_memberless(self, reason: str) -> None:
        self._evaluation.checks["household"].add(
            self._without_rows(),
            lambda n, of: self._evaluation.findings.append(memberless_left_out(reason, n, of)),
        )

    def _check_rules_of_persons(self) -> None:
        for role in ("universe", "where"):
            if role in self._plan.results and self._plan.of(role).level == "person":
                self._evaluation.checks["household"].add(
                    self._without_rows(),
                    lambda n, _, role=role: self._evaluation.findings.append(  # type: ignore[misc]
                        memberless_cannot(role, n)
                    ),
                )
                return

    def _check_sizes(self) -> None:
        checks, problems = self._evaluation.checks["household"], self._evaluation.problems
        size = self._survey.size
        if isinstance(size, int):
            return
        if "size" not in self._plan.results:
            checks.add(nw.col(_ALONE), lambda n, of: no_size(problems, self._survey, n, of))
            return
        values = self._evaluation.number("size")
        wrong = nw.col(_ALONE) & _wrong_size(values)
        checks.add(wrong, lambda n, of: report_sizes(problems, size, n, of))

    def check_somebody(self) -> None:
        """Add that nobody is left, once the checks have reported."""
        of_units = self.counted["person"] if self._persons else 0
        everybody = self._persons and not self._rules
        if not everybody and not of_units and not self.counted["household"]:
            source = self._survey.tables.get("persons") or self._survey.tables["households"]
            report_nobody(self._evaluation.problems, self._plan, source.n_rows)

    def _notice(self, level: Level, condition: nw.Expr, code: str, where: str, detail: str) -> None:
        self._evaluation.checks[level].add(
            condition,
            lambda n, of: self._evaluation.findings.append(Finding(code, where, detail, n, of)),
        )

    def _unknown(self, role: str) -> Callable[[int, int], None]:
        return lambda n, of: self._evaluation.findings.append(count_unknown(role, n, of))

    def _set_alone(self, count: int, _: int) -> None:
        self.alone = count

    def _counts(self, level: Level) -> Report:
        def told(counts: Mapping[str, int], _: int) -> None:
            self.counted[level] = counts[COUNTED]

        return told

    def _weights_found(self, counts: Mapping[str, int], of: int) -> None:
        """Add what is wrong with weights; no weight at all is one problem, not many."""
        wrong = dict(counts)
        used, positive, large = (wrong.pop(name) for name in (_USED, _POSITIVE, _LARGE))
        wrong["is zero"] = used if used and not positive and not sum(wrong.values()) else 0
        if large:  # tiny weights beside large ones are some
            wrong[BELOW] = 0
        report_weights(self._evaluation.problems, self._survey, wrong, of)


def weight_conditions(name: str, used: nw.Expr) -> dict[str, nw.Expr]:
    """What can be wrong with weights, where they are used."""
    weight = nw.col(name)
    infinite = (weight == _INFINITY) | (weight == -_INFINITY)
    return {
        _USED: used,
        _POSITIVE: used & (weight != 0),
        _LARGE: used & (weight > SMALLEST),
        "is missing": used & weight.is_null(),
        "is infinite": used & infinite,
        ABOVE: used & (weight >= LARGEST) & ~infinite,
        BELOW: used & (weight > 0) & (weight <= SMALLEST),
        "is negative": used & (weight < 0),
    }


def _wrong_size(values: nw.Expr) -> nw.Expr:
    whole = values == values.floor().cast(nw.Float64)
    fits = nw.when((values >= 1) & (values < LARGEST)).then(whole)
    return ~nw.coalesce(fits, nw.lit(value=False))
