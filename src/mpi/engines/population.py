"""Who is counted and with what weight, as persons and as households."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from mpi.core.pack import Truths
from mpi.engines.evaluate import Evaluation
from mpi.engines.links import Links, Members
from mpi.engines.steps import Plan
from mpi.errors import Problems, SurveyError, nearest
from mpi.findings import Finding
from mpi.survey.codebook import Level
from mpi.survey.survey import Survey

# two weights of one household that differ by less than this, relatively, are the same number
# written with different decimals
SAME_WEIGHT = 1e-9
# sums of weights and of their squares, and of households' sizes, stay finite and exact below this
LARGEST = 1e15
# squares of weights do not vanish above this
SMALLEST = 1e-100


# what findings of all engines say
MEAN_WEIGHS = "weights differ inside households; a household weighs the mean of its members"
NO_OWN_WEIGHT = "households without a weight of their own weigh the mean of their members"
PERSON_WEIGHS = "weights of persons differ from that of their household; each counts with its own"
SIZE_WEIGHS = "households without person rows count with weight x size"
ROWS_COUNTED = "size differs from the number of member rows; the rows are counted"
OTHERS_LEFT_OUT = "persons who are no members of the household are left out"


@dataclass
class Population:
    """Counted persons and households.

    Attributes
    ----------
    person : NDArray[np.bool_] or None, shape (n_persons,)
        Who is counted; None for everybody.
    person_weight : NDArray[np.float64] or None, shape (n_persons,)
        Weight of each person; None for one each.
    members : NDArray[np.int64], shape (n_households,)
        Counted persons of each household.
    weight : NDArray[np.float64], shape (n_households,)
        Their summed weights.
    household_weight : NDArray[np.float64], shape (n_households,)
        Weight of the household itself.
    findings : list of Finding
    """

    person: NDArray[np.bool_] | None
    person_weight: NDArray[np.float64] | None
    members: NDArray[np.int64]
    weight: NDArray[np.float64]
    household_weight: NDArray[np.float64]
    findings: list[Finding]

    def counted(self, level: Level) -> NDArray[np.bool_] | None:
        """Which rows of a level are counted; None for all."""
        if level == "person":
            return self.person
        return None if (self.members > 0).all() else self.members > 0


def population(
    survey: Survey,
    plan: Plan,
    links: Links,
    evaluation: Evaluation,
    *,
    unit: Level,
    rebuilt: Mapping[Level, NDArray[np.float64]],
    part: bool = False,
) -> Population:
    """Counted persons and households with their weights.

    Parameters
    ----------
    survey, plan, links, evaluation
    unit : {"person", "household"}
        Who is identified.
    rebuilt : mapping of level to NDArray[np.float64]
        Weights that follow from the fractions drawn, where none is declared.
    part : bool
        Whether these are some households of a survey, of whom none need count or weigh anything.

    Raises
    ------
    SurveyError
        If weights are missing, negative, not finite or all zero, or if nobody is counted.
    """
    problems = Problems("survey", SurveyError)
    counter = _Counter(survey, plan, links, evaluation, problems, unit, rebuilt)
    person = counter.persons()
    members, alone = counter.members(person), counter.alone()
    weights = counter.person_weights(person, members)
    own = counter.household_weights(person, weights, members, alone)
    members, total = counter.households(person, weights, own, members, alone)
    evaluation.raise_problems()
    if part:
        problems.drop(("is zero", BELOW))
    problems.raise_if_any()
    nobody = person is not None and not person.any() if links.n_persons else True
    if nobody and not members.any() and not part:
        report_nobody(problems, plan, links.n_persons or links.n_households)
    problems.raise_if_any()
    return Population(person, weights, members, total, own, counter.findings)


def within(first: Population, second: Population, links: Links) -> Population:
    """Who is counted in both, with the weights of the first."""
    masks = [mask for mask in (first.person, second.person) if mask is not None]
    person = None if not masks else np.logical_and.reduce(masks)
    alone = first.members * (second.members > 0)
    members, weight = alone, first.weight * (second.members > 0)
    if links.members is not None and person is not None:
        household = links.members.household[person]
        mine = None if first.person_weight is None else first.person_weight[person]
        size = links.n_households
        of_rows = links.members.first >= 0
        members = np.where(of_rows, np.bincount(household, minlength=size), alone)
        weight = np.where(of_rows, np.bincount(household, weights=mine, minlength=size), weight)
    return replace(first, person=person, members=members, weight=weight)


class _Counter:
    def __init__(
        self,
        survey: Survey,
        plan: Plan,
        links: Links,
        evaluation: Evaluation,
        problems: Problems,
        unit: Level,
        rebuilt: Mapping[Level, NDArray[np.float64]],
    ) -> None:
        self._survey, self._plan, self._links = survey, plan, links
        self._evaluation, self._problems = evaluation, problems
        self._of_persons, self._rebuilt = unit == "person", rebuilt
        self.findings: list[Finding] = []

    def persons(self) -> NDArray[np.bool_] | None:
        """Person rows that are counted; None for all."""
        counted: NDArray[np.bool_] | None = None
        for role in ("member", "universe", "where"):
            if role in self._plan.results and self._links.n_persons:
                truth = self._evaluation.truths(role, "person")
                counted = truth.values if counted is None else counted & truth.values
                if role == "member":
                    self._report_others(truth)
                self._report_unknown(role, truth.missing)
        return counted

    def members(self, person: NDArray[np.bool_] | None) -> NDArray[np.int64]:
        """Person rows of each household that are counted."""
        size = self._links.n_households
        if self._links.members is None:
            return np.zeros(size, dtype=np.int64)
        return np.bincount(self._linked(person), minlength=size)

    def person_weights(
        self, person: NDArray[np.bool_] | None, members: NDArray[np.int64]
    ) -> NDArray[np.float64] | None:
        """Weight of each person, checked where it is used; None where a person counts one."""
        if self._rebuilt:
            return self._rebuilt.get("person")
        if "weight" not in self._plan.results or not self._links.n_persons:
            return None
        if self._plan.of("weight").level == "household":  # a household's weight is checked once
            own = self._evaluation.numbers("weight", "household")
            self._check(own, members > 0)
            return self._evaluation.numbers("weight", "person")
        weights = self._evaluation.numbers("weight", "person")
        self._check(weights, person)
        return weights

    def household_weights(
        self,
        person: NDArray[np.bool_] | None,
        persons: NDArray[np.float64] | None,
        members: NDArray[np.int64],
        alone: NDArray[np.bool_],
    ) -> NDArray[np.float64]:
        """Weight of each household, checked where it is used."""
        links = self._links
        if "household" in self._rebuilt:
            return self._rebuilt["household"]
        if "weight" not in self._plan.results:
            return np.ones(links.n_households)
        for role in ("household_weight", "weight"):
            if role in self._plan.results and self._plan.of(role).level == "household":
                own = self._evaluation.numbers(role, "household")
                if not self._of_persons:
                    if role == "household_weight" and persons is not None:
                        own = self._filled(own, person, persons, members)
                    self._check(own, (members > 0) | alone)
                return own
        if links.members is None or persons is None:
            return np.ones(links.n_households)
        mean = self._mean_weights(person, persons, members)
        detail = MEAN_WEIGHS
        self._report_differing(person, persons, mean, detail)
        return mean

    def _filled(
        self,
        own: NDArray[np.float64],
        person: NDArray[np.bool_] | None,
        persons: NDArray[np.float64],
        members: NDArray[np.int64],
    ) -> NDArray[np.float64]:
        """The households' own weights, and the mean of the members' where there is none."""
        gaps = np.isnan(own) & (members > 0)
        if gaps.any():
            detail = NO_OWN_WEIGHT
            found = Finding("WEIGHT_OF_MEMBERS", "weight", detail, int(gaps.sum()), own.size)
            self.findings.append(found)
            own = np.where(gaps, self._mean_weights(person, persons, members), own)
        detail = PERSON_WEIGHS
        self._report_differing(person, persons, own, detail)
        return own

    def _mean_weights(
        self,
        person: NDArray[np.bool_] | None,
        persons: NDArray[np.float64],
        members: NDArray[np.int64],
    ) -> NDArray[np.float64]:
        """Mean weight of the counted members of each household."""
        total = self._weight_by_household(person, persons)
        mean: NDArray[np.float64] = total / np.maximum(members, 1)
        return mean

    def _report_differing(
        self,
        person: NDArray[np.bool_] | None,
        persons: NDArray[np.float64],
        own: NDArray[np.float64],
        detail: str,
    ) -> None:
        """Say in how many households a counted person does not weigh what the household does."""
        linked = self._linked(person)
        counted = persons if person is None else persons[person]
        with np.errstate(invalid="ignore"):  # infinite ones are a problem already
            differs = np.abs(counted - own[linked]) > SAME_WEIGHT * own[linked]
        count = np.unique(linked[differs]).size
        if count:
            found = Finding("WEIGHTS_DIFFER", "weight", detail, count, own.size)
            self.findings.append(found)

    def _linked(self, person: NDArray[np.bool_] | None) -> NDArray[np.int64]:
        """Household of each counted person."""
        assert self._links.members is not None  # noqa: S101 -- only asked where they are linked
        household = self._links.members.household
        return household if person is None else household[person]

    def _weight_by_household(
        self, person: NDArray[np.bool_] | None, weights: NDArray[np.float64] | None
    ) -> NDArray[np.float64]:
        """Weight of the counted persons of each household."""
        mine = weights if weights is None or person is None else weights[person]
        total = np.bincount(self._linked(person), mine, minlength=self._links.n_households)
        return total.astype(np.float64, copy=False)

    def households(
        self,
        person: NDArray[np.bool_] | None,
        weights: NDArray[np.float64] | None,
        own: NDArray[np.float64],
        members: NDArray[np.int64],
        alone: NDArray[np.bool_],
    ) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Counted persons of each household and their summed weights."""
        links = self._links
        total = np.zeros(links.n_households)
        if links.members is not None:
            total = self._weight_by_household(person, weights)
        if alone.any():
            size = self._sizes(alone)
            members = np.where(alone, size, members)
            total = np.where(alone, size * own, total)
        if "size" in self._plan.results and links.members is not None:
            self._compare_sizes(links.members, links.members.first < 0)
        return members, total

    def alone(self) -> NDArray[np.bool_]:
        """Households without person rows that count, with weight x size."""
        members, nobody = self._links.members, np.zeros(self._links.n_households, dtype=bool)
        without = ~nobody if members is None else members.first < 0
        if not without.any() or "households" not in self._survey.tables:
            return nobody
        if self._of_persons or not self._has_household_weight():
            reason = "persons are identified" if self._of_persons else "they have no weight"
            self.findings.append(memberless_left_out(reason, int(without.sum()), without.size))
            return nobody
        for role in ("universe", "where"):
            if role in self._plan.results and self._plan.of(role).level == "person":
                self.findings.append(memberless_cannot(role, int(without.sum())))
                return nobody
            if role in self._plan.results:
                truth = self._evaluation.truths(role, "household")
                self._report_unknown(role, truth.missing if not self._links.n_persons else None)
                without = without & truth.values
        if self._links.n_persons and without.any():
            detail = SIZE_WEIGHS
            count = int(without.sum())
            self.findings.append(
                Finding("NO_MEMBER_ROWS", "persons", detail, count, self._links.n_households)
            )
        return without

    def _has_household_weight(self) -> bool:
        """Whether a household without person rows has a weight of its own."""
        if "weight" not in self._plan.results or "household_weight" in self._plan.results:
            return True
        return self._plan.of("weight").level == "household"

    def _sizes(self, needed: NDArray[np.bool_]) -> NDArray[np.int64]:
        size = self._survey.size
        if isinstance(size, int):
            return np.full(self._links.n_households, size, dtype=np.int64)
        if "size" not in self._plan.results:
            no_size(self._problems, self._survey, int(needed.sum()), needed.size)
            return np.ones(self._links.n_households, dtype=np.int64)
        values = self._evaluation.numbers("size", "household")
        wrong = needed & ~((values >= 1) & (values < LARGEST) & (values == np.floor(values)))
        if wrong.any():
            report_sizes(self._problems, size, int(wrong.sum()), values.size)
        return np.where(needed & ~wrong, values, 1).astype(np.int64)

    def _compare_sizes(self, members: Members, without: NDArray[np.bool_]) -> None:
        """Say where the stated size is not the number of member rows."""
        everybody = np.ones(members.household.size, dtype=bool)
        is_member = "member" in self._plan.results
        counted = self._evaluation.truths("member", "person").values if is_member else everybody
        found = members.count(counted)
        stated = self._evaluation.numbers("size", "household")
        count = int(((stated != found) & ~without & ~np.isnan(stated)).sum())
        if count:
            detail = ROWS_COUNTED
            where = f"size {self._survey.size!r}"
            self.findings.append(Finding("SIZE_DIFFERS", where, detail, count, found.size))

    def _report_others(self, member: Truths) -> None:
        known = member.values if member.missing is None else member.values | member.missing
        if not known.all():
            detail = OTHERS_LEFT_OUT
            count = int((~known).sum())
            self.findings.append(Finding("NOT_MEMBERS", "member", detail, count, known.size))

    def _report_unknown(self, role: str, missing: NDArray[np.bool_] | None) -> None:
        if missing is not None and missing.any():
            self.findings.append(count_unknown(role, int(missing.sum()), missing.size))

    def _check(self, weights: NDArray[np.float64], used: NDArray[np.bool_] | None) -> None:
        """Note what is wrong with the weights that are used; None for all of them."""
        counting = weights if used is None else weights[used]
        low, high = counting.min(initial=np.inf), counting.max(initial=0.0)  # NaN if any is
        if not counting.size or (low >= 0 and SMALLEST < high < LARGEST):
            return
        too_large = (counting >= LARGEST) & np.isfinite(counting)
        tiny = (counting > 0) & (counting <= SMALLEST) & bool(high <= SMALLEST)
        found = {
            "is missing": np.isnan(counting),
            "is infinite": np.isinf(counting),
            ABOVE: too_large,
            BELOW: tiny,
            "is negative": counting < 0,
            "is zero": np.full(counting.size, not counting.any()),
        }
        counts = {what: int(wrong.sum()) for what, wrong in found.items()}
        report_weights(self._problems, self._survey, counts, weights.size)


ABOVE = "is above 10**15, which is no weight"
BELOW = "is below 10**-100, which is no weight"


def report_weights(problems: Problems, survey: Survey, counts: Mapping[str, int], of: int) -> None:
    """Add what is wrong with weights, in how many rows."""
    for found, count in counts.items():
        if count:
            problems.add(
                f"weight {survey.design.weight!r}",
                found,
                expected="Weights are finite and not negative, and at least one is positive.",
                remedy="Repair these rows or leave them out, or name another column.",
                count=count,
                of=of,
            )


def report_nobody(problems: Problems, plan: Plan, of: int) -> None:
    """Add that the rules on who is counted leave nobody."""
    rules = " and ".join(role for role in ("universe", "where") if role in plan.results)
    problems.add(
        rules or "member",
        f"leaves nobody of {of:,} rows",
        expected="At least one unit is needed.",
        remedy="Check the rule and the codes of its variables.",
    )


def no_size(problems: Problems, survey: Survey, count: int, of: int) -> None:
    """Add that nothing says how many persons households without person rows have."""
    known = [name for source in survey.tables.values() for name in source.names]
    problems.add(
        "size",
        f"no variable {survey.size!r} says how many persons a household has",
        expected=nearest(str(survey.size), known),
        remedy="Give size= with its name, or size=1 if each row counts once.",
        count=count,
        of=of,
    )


def report_sizes(problems: Problems, size: str, count: int, of: int) -> None:
    """Add sizes that are none."""
    problems.add(
        f"size {size!r}",
        "missing, below 1 or not whole",
        expected="Each household has at least one member.",
        remedy="Repair these rows, or give size= with another variable.",
        count=count,
        of=of,
    )


def memberless_left_out(reason: str, count: int, of: int) -> Finding:
    """Households without person rows that do not count."""
    detail = f"households without person rows are left out, because {reason}"
    return Finding("NO_MEMBER_ROWS", "persons", detail, count, of)


def memberless_cannot(role: str, count: int) -> Finding:
    """Households without person rows where the rule on who counts is one of persons."""
    detail = f"households without person rows cannot meet '{role}' and are left out"
    return Finding("NO_MEMBER_ROWS", role, detail, count)


def count_unknown(role: str, count: int, of: int) -> Finding:
    """Rows for which a rule on who counts has no answer."""
    detail = f"rows for which '{role}' is not known are left out"
    return Finding("COUNT_UNKNOWN", role, detail, count, of)
