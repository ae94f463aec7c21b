"""What every engine says of the same wrong or odd input, in the same words."""

from __future__ import annotations

from mpi.engines.base import By
from mpi.engines.compile import Kind
from mpi.engines.steps import Covered, Raw, Step
from mpi.errors import Problem, Problems
from mpi.findings import Finding
from mpi.spec.model import Indicator, Specification
from mpi.spec.norms import FIRST_YEAR, LAST_YEAR, born
from mpi.survey.codebook import Variable

Bounds = tuple[int | None, int | None]


def place_of_truth(step: Step) -> str:
    """Where a column stands that is used as a yes or no."""
    return step.where if not isinstance(step.work, Raw) else f"column {step.work.column!r}"


def no_truth(problems: Problems, where: str, name: str, kind: object) -> None:
    """Add a column that cannot be a yes or no."""
    found = f"a yes or no is expected, {name!r} is {kind}"
    remedy = "Write a rule, such as column == value, or recode it to 1 and 0."
    problems.add(where, found, remedy=remedy)


def other_than_truths(problems: Problems, where: str, count: int, of: int) -> None:
    """Add a column of numbers that is used as a yes or no and has others than 0 and 1."""
    problems.add(
        where,
        "values other than 0 and 1",
        expected="A deprivation is 1 or true, 0 or false, or missing.",
        remedy="Write a rule, such as column == 2, or recode it to 1 and 0.",
        count=count,
        of=of,
    )


def years_without_value(work: Covered) -> tuple[tuple[Bounds, str, str, str], ...]:
    """Bounds outside which a year is wrong, with what was found, expected and what to do."""
    return (
        (
            (FIRST_YEAR, LAST_YEAR),
            f"norm {work.norm!r} asks for a year of birth, and there is",
            f"It is from {FIRST_YEAR} to {LAST_YEAR}.",
            "Make missing what means not known, or limit the rule with 'applies_to'.",
        ),
        (
            (work.first, work.last),
            f"norm {work.norm!r} has no value for those born",
            f"It has values for those {born(work.first, work.last)}.",
            "Add a value for them, or limit the rule with 'applies_to'.",
        ),
    )


def span(first: float, last: float) -> str:
    """Lowest and highest of some years."""
    return " to ".join(dict.fromkeys(f"{end:.0f}" for end in (first, last)))


def no_variable(problems: Problems, table: str, name: str, kind: object) -> None:
    """Add a column of a type that the rule language does not have."""
    where = f"{table}, column {name!r}"
    problems.add(where, f"holds {kind}", expected="Numbers, texts or yes/no.")


def no_number(role: str, name: str, kind: str) -> Problem:
    """A column that has to be a number and is none."""
    kind_role, _, indicator = role.partition(":")
    of_indicator = indicator and kind_role in ("deprived", "destitute", "gap")
    where = f"indicator {indicator!r}, {kind_role}" if of_indicator else kind_role
    found = f"a number is expected, {name!r} is {kind}"
    return Problem(where, found, remedy="Convert the column to numbers, or name another.")


def takes_numbers(problems: Problems, step: Step, kind: str, name: str, found: str) -> None:
    """Add an aggregate of numbers over what are none."""
    problems.add(step.where or step.name, f"{kind}() takes numbers, {name!r} is {found}")


def inexact(problems: Problems, step: Step) -> None:
    """Add a rule that calculates with numbers that doubles do not hold."""
    found = "whole numbers beyond 2**53, with which a rule cannot calculate exactly"
    remedy = "Give them as floats, or in a larger unit."
    problems.add(step.where or step.name, found, remedy=remedy)


def infinite(problems: Problems, step: Step) -> None:
    """Add a rule that calculates with infinite numbers, whose difference is no number."""
    found = "infinite numbers, with which a rule cannot calculate"
    remedy = "Make them missing, or give the numbers that are meant."
    problems.add(step.where or step.name, found, remedy=remedy)


def unlinked(what: str, where: str = "") -> Problem:
    """Something that needs members of households where persons are not linked to them."""
    found = f"{what} needs households, and persons are not linked to them"
    return Problem(where, found, remedy="Give household_id=.")


def variable_absent(variable: Variable) -> Finding:
    """A variable that the files do not have."""
    return Finding("VARIABLE_ABSENT", variable.id, "not in the files; taken as missing")


def kind_of_absent(variable: Variable) -> Kind:
    """Type of a variable that the files do not have."""
    if variable.true is not None:
        return "truth"
    return "text" if variable.classes else "nothing"


def not_stricter(problems: Problems, name: str, count: int, of: int) -> None:
    """Add units that are destitute and not deprived."""
    problems.add(
        f"indicator {name!r}, destitute",
        "true where 'deprived' is false",
        expected="The stricter rule holds only where the first one does.",
        remedy="Correct one of the two rules.",
        count=count,
        of=of,
    )


def no_gap(problems: Problems, name: str, count: int, of: int) -> None:
    """Add units that are deprived and have no gap."""
    problems.add(
        f"indicator {name!r}, gap",
        "missing or outside [0, 1] where deprived",
        expected="A gap is the shortfall as a share of the threshold, (z - x) / z.",
        remedy="Correct the rule of the gap, or say with 'deprived' who has one.",
        count=count,
        of=of,
    )


def gap_unknown(name: str, count: int, of: int) -> Finding:
    """Units of which only destitution says that they are deprived."""
    detail = "deprived because destitute, and the gap is not known; it counts as 1"
    return Finding("GAP_UNKNOWN", f"indicator {name!r}, gap", detail, count, of)


def not_applicable(spec: Specification, indicator: Indicator, count: int, of: int) -> Finding:
    """Units to whom an indicator applies to nobody, and what they count as."""
    choice = indicator.if_none_applicable or "not deprived"
    nobody = "nobody applicable" if spec.unit == "household" else "not applicable"
    detail = f"{nobody}, taken as {choice}"
    return Finding("NOT_APPLICABLE", f"indicator {indicator.id!r}", detail, count, of)


def group_missing(by: By, count: int, of: int, *, households: bool) -> Finding:
    """Units without a value of a grouping variable."""
    what = "households" if households else "persons"
    detail = f"{what} in no group, because the variable is missing"
    return Finding("GROUP_MISSING", ", ".join(by), detail, count, of)


def memberless_in_no_group(by: By, count: int, of: int, share: float | None) -> Finding:
    """Households without person rows, which no group of persons can count."""
    detail = "households without person rows are in no group of persons; they count nationally"
    return Finding("GROUP_MISSING", ", ".join(by), detail, count, of, share)
