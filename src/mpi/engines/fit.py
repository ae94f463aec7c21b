"""How a specification fits a survey: what is lacking, which law is meant, what is left out."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import get_args

from mpi.engines.steps import columns_of
from mpi.errors import Problem, Problems, SpecificationError, SurveyError
from mpi.findings import Finding
from mpi.options import unknown_options
from mpi.spec.adapt import FURTHER, AbsentPolicy, FurtherRule, without, without_rules
from mpi.spec.dates import Moment, moment
from mpi.spec.laws import law, rules, used_norms, used_parameters
from mpi.spec.lint import reconstructions
from mpi.spec.model import Specification
from mpi.spec.norms import NormError
from mpi.spec.tree import Constant, always_missing, compared_texts, uncompared
from mpi.survey.codebook import Codebook
from mpi.survey.harmonised import CLASSES
from mpi.survey.survey import DEFAULT_SIZE, Survey

_FURTHER_WORDS: Mapping[FurtherRule, tuple[str, str]] = {
    "destitute": ("DESTITUTION_LEFT_OUT", "nobody's destitution is estimated"),
    "gap": ("GAPS_LEFT_OUT", "no gap is: M1 and M2 are not estimated"),
}


@dataclass(frozen=True, slots=True)
class Fitted:
    """A specification as it is computed on a survey.

    Attributes
    ----------
    specification : Specification
        Its law fixed, without what the survey cannot give.
    findings : tuple of Finding
        What was left out, under which law it is computed, which rules are reconstructions.
    """

    specification: Specification
    findings: tuple[Finding, ...]


def fit(survey: Survey, spec: Specification, *, absent: AbsentPolicy = "fail") -> Fitted:
    """The specification that can be computed on a survey.

    Parameters
    ----------
    survey : Survey
    spec : Specification
    absent : {"fail", "reweight-dimension", "reweight"}
        What is done with indicators whose variables the survey does not have.

    Raises
    ------
    SpecificationError
        If the specification is incomplete, or nothing is left of a dimension.
    SurveyError
        If the date of the law is none, or `absent` is no choice.
    """
    refuse_incomplete(spec)
    _refuse_two_meanings(spec, Given.of(survey))
    if absent not in get_args(AbsentPolicy):
        (problem,) = unknown_options(absent=(absent, AbsentPolicy))
        raise SurveyError(spec.id, [problem])
    adapted: Specification = spec
    left_out: list[Finding] = []
    if absent != "fail":
        adapted, left_out = _without_absent(survey, spec, absent)
    under, laws = _under_law(survey, adapted)
    codes = codes_not_given(under, survey.codebook)
    return Fitted(under, (*left_out, *laws, *codes, *reconstructions(under)))


def refuse_incomplete(spec: Specification) -> None:
    """Refuse a specification that does not say everything that is needed.

    Raises
    ------
    SpecificationError
        With everything that is missing.
    """
    problems = Problems(spec.id, SpecificationError)
    remedy = "Copy it with 'mpi show --toml', fill it in, and take out 'lacks'."
    for lack in spec.lacks:
        problems.add("incomplete", lack, remedy=remedy)
    for name, indicator in spec.indicators.items():
        if indicator.deprived.tree == Constant(None):
            place = f"indicator {name!r}, deprived"
            problems.add(place, "the rule is not known", remedy="Write it into a copy of the file.")
    for name, place in used_parameters(spec).items():
        if spec.parameters[name] is None:
            remedy = f"Set it: spec.with_parameters({name}=...), or --set {name}=..."
            problems.add(place, f"parameter {name!r} has no value", remedy=remedy)
    problems.raise_if_any()


def _refuse_two_meanings(spec: Specification, given: Given) -> None:
    """Refuse a name that is a parameter of the specification and a variable of the survey."""
    problems = Problems(spec.id, SpecificationError)
    for name, place in used_parameters(spec).items():
        if given.has(name):
            found = f"{name!r} is a parameter, and a variable of the survey"
            problems.add(place, found, remedy="Rename the parameter.")
    problems.raise_if_any()


def _without_absent(
    survey: Survey, spec: Specification, absent: AbsentPolicy
) -> tuple[Specification, list[Finding]]:
    given = Given.of(survey)
    lacking = dict(lacks(spec, given))
    for place, rule in rules(spec):
        if place not in lacking and always_missing(rule.tree, given.is_silent):
            lacking[place] = tuple(name for name in rule.names() if given.is_silent(name))
    further = {role: dict(_only(spec, lacking, role)) for role in FURTHER}
    indicators = {
        name: _of(lacking, f"indicator {name!r}")
        for name in spec.indicators
        if not any(name in names for names in further.values())
    }
    conditions = {name: _of(lacking, f"condition {name!r}") for name in spec.conditions}
    gone = {name: names for name, names in indicators.items() if names}
    lost = {name: names for name, names in conditions.items() if names}
    roles = [role for role, names in further.items() if names]
    if not gone and not lost and not roles:
        return spec, []
    adapted = without(without_rules(spec, roles), gone, lost, weights=absent)
    told = [*_further(further), *_left_out(spec, adapted, gone, lost, absent)]
    return adapted, told


def _only(
    spec: Specification, lacking: Mapping[str, tuple[str, ...]], role: FurtherRule
) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Indicators that lack nothing of who is deprived, and something of a further rule."""
    for name in spec.indicators:
        place = f"indicator {name!r}"
        own = any(f"{place}, {rule}" in lacking for rule in ("applies_to", "deprived"))
        if not own and f"{place}, {role}" in lacking:
            yield name, lacking[f"{place}, {role}"]


def _further(
    further: Mapping[FurtherRule, Mapping[str, tuple[str, ...]]],
) -> Iterator[Finding]:
    for role, indicators in further.items():
        code, what = _FURTHER_WORDS[role]
        for name, names in indicators.items():
            detail = f"the survey has no {', '.join(names)}, so {what}"
            yield Finding(code, f"indicator {name!r}", detail)


def _of(lacking: Mapping[str, tuple[str, ...]], part: str) -> tuple[str, ...]:
    """Variables that the rules of a part lack."""
    found = (n for place, names in lacking.items() if place.startswith(f"{part}, ") for n in names)
    return tuple(dict.fromkeys(found))


def _left_out(
    spec: Specification,
    adapted: Specification,
    indicators: Mapping[str, tuple[str, ...]],
    conditions: Mapping[str, tuple[str, ...]],
    absent: AbsentPolicy,
) -> Iterator[Finding]:
    among = "the others of its dimension" if absent == "reweight-dimension" else "all others"
    for name, names in indicators.items():
        dimension = next(d for d in spec.dimension if any(i.id == name for i in d.indicator))
        of_union = dimension.rule == "union" and dimension.id in adapted.dimensions
        whose = f"the union {dimension.id!r} is" if of_union else "its weight is shared by"
        rest = f"{whose} {'of the others' if of_union else among}"
        detail = f"left out, the survey has no {', '.join(names)}; {rest}"
        yield Finding("INDICATOR_LEFT_OUT", f"indicator {name!r}", detail)
    for name, names in conditions.items():
        detail = f"left out, the survey has no {', '.join(names)}"
        yield Finding("CONDITION_LEFT_OUT", f"condition {name!r}", detail)
    for name in spec.categories:
        if name not in adapted.categories:
            detail = "left out, because it needs what is left out"
            yield Finding("CATEGORY_LEFT_OUT", f"category {name!r}", detail)
    if not {*adapted.elements} <= {*spec.elements}:
        shares = ", ".join(
            f"{element.indicator or element.dimension} {element.weight}"
            for element in adapted.elements
        )
        yield Finding("WEIGHTS_SHARED", spec.id, f"the weights are {shares}")


@dataclass(frozen=True, slots=True)
class Given:
    """Names that rules can use: variables of a codebook, columns of tables.

    Attributes
    ----------
    codebook : Codebook or None
    columns : frozenset of str, or None
        Columns of the tables; None where only the codebook is looked at.
    """

    codebook: Codebook | None
    columns: frozenset[str] | None

    @classmethod
    def of(cls, survey: Survey) -> Given:
        """Names of a survey."""
        columns = frozenset(name for table in survey.tables.values() for name in table.names)
        return cls(survey.codebook, columns)

    def has(self, name: str, pending: tuple[str, ...] = ()) -> bool:
        """Whether a rule can use a name; an optional variable can be missing for everybody."""
        variables = self.codebook.variables if self.codebook is not None else {}
        if name in variables and name not in pending[-1:]:
            if name in pending:
                return True  # a variable that depends on itself is told elsewhere
            variable = variables[name]
            sources = columns_of(variable)
            return variable.optional or all(self.has(s, (*pending, name)) for s in sources)
        if self.columns is None:
            return bool(pending)  # a codebook's own columns are taken as given
        return name in self.columns

    def absent_columns(self, name: str, pending: tuple[str, ...] = ()) -> tuple[str, ...]:
        """Columns from which a variable of the codebook comes and that no table has."""
        variables = self.codebook.variables if self.codebook is not None else {}
        if self.columns is None or name in pending[:-1]:
            return ()
        if name not in variables or name in pending:
            return () if not pending or name in self.columns else (name,)
        sources = () if variables[name].optional else columns_of(variables[name])
        found = (c for s in sources for c in self.absent_columns(s, (*pending, name)))
        return tuple(dict.fromkeys(found))

    def is_silent(self, name: str) -> bool:
        """Whether a variable of the codebook is missing for everybody in these files."""
        variable = self.codebook.variables.get(name) if self.codebook is not None else None
        if variable is None:
            return False
        if not all(self.has(source, (name,)) for source in columns_of(variable)):
            return variable.optional
        others = variable.value.names() if variable.value is not None else ()
        if variable.value is None or name in others:
            return False
        return always_missing(variable.value.tree, self.is_silent)


def lacks(spec: Specification, given: Given) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Rules that use names which are not given, each with its place and those names."""
    for place, rule in rules(spec):
        names = tuple(n for n in rule.names() if n not in spec.parameters and not given.has(n))
        if names:
            yield place, names


def check_given(spec: Specification, given: Given) -> Iterator[Finding]:
    """What a survey gives of what a specification needs, and what of its codebook nothing uses."""
    book = given.codebook
    source = f"the codebook {book.id!r}" if book is not None else "the survey"
    for place, names in lacks(spec, given):
        columns = dict.fromkeys(repr(c) for name in names for c in given.absent_columns(name))
        why = f": the tables have no column {', '.join(columns)}" if columns else ""
        detail = f"{source} cannot give {', '.join(names)}{why}"
        yield Finding("VARIABLE_NOT_GIVEN", place, detail)
    if book is None:
        return
    yield from codes_not_given(spec, book)
    used = _used(spec, book)
    for name in used:
        if book.variables[name].caution:
            yield Finding("CAUTION", name, book.variables[name].caution)
    unused = [n for n in book.variables if n not in used and n not in ("member", DEFAULT_SIZE)]
    if unused:
        detail = f"no rule uses {', '.join(unused)}"
        yield Finding("UNUSED_VARIABLES", f"codebook {book.id!r}", detail, len(unused))


def _used(spec: Specification, book: Codebook) -> Mapping[str, None]:
    """Variables that rules use, and those that these come from."""
    pending = [name for _, rule in rules(spec) for name in rule.names()]
    found: dict[str, None] = {}
    while pending:
        name = pending.pop(0)
        if name in book.variables and name not in found:
            found[name] = None
            pending += columns_of(book.variables[name])
    return found


def codes_not_given(spec: Specification, book: Codebook | None) -> Iterator[Finding]:
    """Classes that the codebook does not tell apart, and top codes that are taken as numbers."""
    if book is not None:
        yield from _classes(spec, book)
        yield from _top_codes(spec, book)


def _top_codes(spec: Specification, book: Codebook) -> Iterator[Finding]:
    """Variables whose highest code means "this or more", where they are more than compared."""
    for place, rule in rules(spec):
        for name in uncompared(rule.tree):
            variable = book.variables.get(name)
            if variable is not None and variable.top_coded is not None:
                detail = f"{name!r} is {variable.top_coded:g} or more there, and taken as that"
                yield Finding("TOP_CODED", place, detail)


def _classes(spec: Specification, book: Codebook) -> Iterator[Finding]:
    """Classes that rules ask for and the codebook does not tell apart: nobody is in them."""
    asked: dict[str, dict[str, None]] = {}
    for _, rule in rules(spec):
        for name, value in compared_texts(rule.tree):
            asked.setdefault(name, {})[value] = None
    for name, values in asked.items():
        variable = book.variables.get(name)
        if variable is None or variable.classes is None:
            continue
        absent = [v for v in values if v not in variable.classes and v in CLASSES.get(name, ())]
        if absent:
            detail = f"the codebook does not tell apart {', '.join(absent)}; nobody is in it"
            yield Finding("CLASS_NOT_GIVEN", f"variable {name!r}", detail)


def _under_law(survey: Survey, spec: Specification) -> tuple[Specification, list[Finding]]:
    """The specification with the date of its law, and what is to be known about that date."""
    where = survey.where.norms() if survey.where is not None else ()
    used = {**used_norms(spec), **{n.norm: "where" for n in where if n.norm in spec.norms}}
    if not used:
        return spec, list(_unused_law(survey))
    meant = _moment(survey, spec)
    if meant is None:
        if any(spec.norms[name].dated for name in used):
            raise SurveyError("survey", [_undated(spec, used)])
        return spec, list(_laws(spec, used, None))
    under = spec.replace(law_as_of=meant.day)
    findings = [*_laws(under, used, meant)]
    asked = survey.law_as_of
    if spec.law_as_of is not None and asked is not None and moment(asked).day != meant.day:
        detail = f"the specification fixes the law of {meant.day}; that of {asked} is not used"
        findings.append(Finding("LAW_FIXED", "law_as_of", detail))
    return under, findings


def _unused_law(survey: Survey) -> Iterator[Finding]:
    if survey.law_as_of is not None:
        detail = f"{survey.law_as_of} is not used: no rule of the specification has a norm"
        yield Finding("LAW_UNUSED", "law_as_of", detail)


def _moment(survey: Survey, spec: Specification) -> Moment | None:
    """The date whose law is meant: that of the specification, else of the survey."""
    if spec.law_as_of is not None:
        return moment(spec.law_as_of)
    asked = survey.law_as_of if survey.law_as_of is not None else survey.date
    try:
        return None if asked is None else moment(asked)
    except ValueError as error:
        role = "law_as_of" if survey.law_as_of is not None else "date"
        remedy = "The norms of the specification need it; or give law_as_of=."
        raise SurveyError("survey", [Problem(role, str(error), remedy=remedy)]) from None


def _undated(spec: Specification, used: Collection[str]) -> Problem:
    names = ", ".join(repr(name) for name in used if spec.norms[name].dated)
    found = f"norm {names} depends on the date, and there is none"
    return Problem("law_as_of", found, remedy="Give date= or law_as_of= to the survey.")


def _laws(spec: Specification, used: Collection[str], meant: Moment | None) -> Iterator[Finding]:
    """Values of each norm in force, and norms that changed in the year that is meant."""
    for name in used:
        try:
            steps = law(spec, name)
        except NormError:
            continue  # the plan says it with the place in the rule
        norm = spec.norms[name]
        under = f" on {meant.day}" if meant is not None and norm.dated else ""
        detail = f"in force{under}: {', '.join(map(str, steps))}"
        if spec.standard == "current":
            detail += ", the value of the youngest cohort for everybody"
        yield Finding("NORM_IN_FORCE", f"norm {name!r}", detail)
        if meant is not None:
            within = [day for day in norm.changes() if meant.first < day <= meant.day]
            for day in within:
                detail = f"changed on {day}; the law of {meant.day} is taken for the whole period"
                yield Finding("LAW_CHANGED", f"norm {name!r}", detail)
