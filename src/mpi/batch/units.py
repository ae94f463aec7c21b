"""Units of work: one wave under one specification, with everything that decides its results."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mpi import publication
from mpi.api import groupings_of
from mpi.batch.plan_files import PlanFile, Read, Role, Source, Wave, is_file
from mpi.choices import Choices
from mpi.errors import EstimationError, MpiError, PlanError, Problem, Problems, SurveyError
from mpi.request import make_request
from mpi.spec.files import specification
from mpi.spec.model import Specification
from mpi.survey.codebook import Codebook, codebook


@dataclass(frozen=True, slots=True)
class Input:
    """A file or folder that a unit reads.

    Attributes
    ----------
    role : str
        ``persons``, ``households``, ``dwellings``, or the part that is added.
    path : Path
    """

    role: str
    path: Path


@dataclass(frozen=True, slots=True, eq=False)
class Unit:
    """One wave under one specification.

    Attributes
    ----------
    plan : PlanFile
    wave : Wave
    name : str
        Name of the specification, of which the folder is.
    specification : Specification
    codebook : Codebook or None
    inputs : tuple of Input
        Files that are read; of a sum the files of its parts that are no waves.
    parts : tuple of str
        Waves whose profile tables are added.
    problem : str
        Why it cannot be computed; empty if nothing is known to be wrong.
    """

    plan: PlanFile
    wave: Wave
    name: str
    specification: Specification
    codebook: Codebook | None
    inputs: tuple[Input, ...]
    parts: tuple[str, ...]
    problem: str = ""

    @property
    def key(self) -> tuple[str, str]:
        """Names of specification and wave."""
        return self.name, self.wave.name

    def label(self) -> str:
        """What messages call it."""
        return f"{self.wave.name}, {self.name}"

    @property
    def lonely_psu(self) -> str | None:
        """Treatment of single PSUs: that of the wave, or of the plan."""
        return self.wave.lonely_psu or self.plan.lonely_psu

    def options(self) -> dict[str, Any]:
        """Choices that decide the results, as plain values, by key of the plan."""
        plan, wave = self.plan, self.wave
        of_plan = ("by", "k", "measures", "missing", "count", "absent", "se", "df", "interval")
        found = {
            name: getattr(plan, name) for name in (*of_plan, "level", "publication", "outputs")
        }
        found["k"] = [str(k) for k in plan.k]
        found["publication"] = plan.publication and plan.publication.model_dump(mode="json")
        apart = {"name", "specifications", "codebook", "lonely_psu", *wave.files}
        found |= wave.model_dump(mode="json", exclude=apart, exclude_defaults=True)
        found["lonely_psu"] = self.lonely_psu
        plain: dict[str, Any] = json.loads(json.dumps(found, default=str))
        return {name: value for name, value in plain.items() if value not in (None, [], {})}


def digest(value: object) -> str:
    """Hash of plain values."""
    text = value if isinstance(value, str) else json.dumps(value, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def units_of(read: Read) -> tuple[Unit, ...]:
    """All units of a plan: waves in its order, sums after their parts.

    Raises
    ------
    PlanError
        If a specification, a choice or a path of the plan is not right; all problems at once.
    """
    problems = Problems(read.path.name, PlanError)
    specs = _specifications(read, problems)
    _check_choices(read, specs, problems)
    _check_paths(read, problems)
    _check_named(read, specs, problems)
    problems.raise_if_any()
    found = [unit for wave in _in_order(read.file) for unit in _of_wave(read, wave, specs)]
    _check_parts(read, found, problems)
    problems.raise_if_any()
    return tuple(found)


def _specifications(read: Read, problems: Problems) -> dict[str, Specification]:
    """Specifications by the name of their folder."""
    found: dict[str, Specification] = {}
    taken: dict[str, str] = {}
    for number, source in enumerate(read.file.specifications):
        where = read.where("specifications", number)
        try:
            spec = _specification(read, source)
        except MpiError as error:
            problems.extend(Problem(where, f"{error}") for _ in error.problems[:1])
            continue
        name = source.name or spec.id
        try:
            Source(use=source.use, name=name)
        except ValueError:
            detail = f"the id {spec.id!r} cannot be the name of a folder"
            problems.add(where, detail, remedy=f'Write {{ use = "{source.use}", name = "..." }}.')
            continue
        if name.casefold() in taken:
            detail = f"{taken[name.casefold()]!r} and {name!r} would have one folder"
            remedy = 'Outputs collide: give one of them a name, as { use = "...", name = "..." }.'
            problems.add(where, detail, remedy=remedy)
        taken[name.casefold()] = name
        found[name] = spec
    return found


def _specification(read: Read, source: Source) -> Specification:
    path = source.use if not source.use.endswith(".toml") else read.at(source.use)
    spec = specification(path)
    if spec.lacks:
        found = "is incomplete: figures cannot be computed from it"
        raise PlanError(spec.id, [Problem("", found)])
    return spec.with_parameters(**source.parameters) if source.parameters else spec


def _check_choices(read: Read, specs: Mapping[str, Specification], problems: Problems) -> None:
    """Refuse what cannot be asked of any survey."""
    plan = read.file
    try:
        groupings_of(plan.by)
    except SurveyError as error:
        problems.extend(
            Problem(read.where("by"), p.found, p.expected, p.remedy) for p in error.problems
        )
    choices = Choices(df=plan.df, interval=plan.interval, level=plan.level)
    for spec in specs.values():
        try:
            make_request(
                spec, plan.k or None, missing=plan.missing, count=plan.count, choices=choices
            )
        except EstimationError as error:
            problems.extend(error.problems)
    if plan.publication is None:
        return
    where = read.where("publication", "scheme")
    try:
        scheme = publication.find(plan.publication.scheme)
    except EstimationError as error:
        problems.extend(Problem(where, p.found, p.expected, p.remedy) for p in error.problems)
        return
    if scheme.needs_errors and not plan.se:
        found = f"{plan.publication.scheme!r} looks at standard errors, and se = false"
        problems.add(where, found, remedy="Leave out one of the two.")
    if plan.publication.suppress and not scheme.suppressed:
        found = f"{plan.publication.scheme!r} withholds nothing"
        problems.add(read.where("publication", "suppress"), found, remedy="Leave it out.")


def _check_paths(read: Read, problems: Problems) -> None:
    """Refuse inputs that are outputs, and the other way round."""
    output = read.at(read.file.output)
    if output == read.path.parent or read.path.is_relative_to(output):
        found = "is a folder that holds the plan itself"
        problems.add(read.where("output"), found, remedy="Give the results a folder of their own.")
    for number, wave in enumerate(read.file.wave):
        given: dict[str, str] = dict(wave.files.items())
        given |= {f"adds, {part}": part for part in wave.adds if is_file(part)}
        for role, text in given.items():
            path = read.at(text)
            where = read.where("wave", number, "adds" if role not in wave.files else role)
            if path.is_relative_to(output):
                found = f"{text!r} lies in the folder of the results"
                remedy = "Results of another wave are named in 'adds', by the name of that wave."
                problems.add(where, found, expected="An output is no file of input.", remedy=remedy)
            elif output.is_relative_to(path):
                found = f"{text!r} holds the folder of the results"
                problems.add(where, found, remedy="Give the results a folder of their own.")


def _check_named(read: Read, specs: Mapping[str, Specification], problems: Problems) -> None:
    """Refuse specifications of a wave that the plan has not."""
    for number, wave in enumerate(read.file.wave):
        for name in wave.specifications:
            if name not in specs:
                found = f"there is no specification {name!r} in this plan"
                expected = f"There are {', '.join(specs)}."
                where = read.where("wave", number, "specifications")
                problems.add(where, found, expected=expected)


def _check_parts(read: Read, units: list[Unit], problems: Problems) -> None:
    """Refuse sums under a specification that a part is not computed under."""
    known = {unit.key for unit in units}
    for number, wave in enumerate(read.file.wave):
        own = [unit for unit in units if unit.wave is wave]
        for unit in own:
            for part in unit.parts:
                if (unit.name, part) not in known:
                    found = f"{part!r} is not computed under {unit.name!r}, and this sum is"
                    remedy = "Name the specifications of the sum in 'specifications'."
                    problems.add(read.where("wave", number, "adds"), found, remedy=remedy)


def _in_order(plan: PlanFile) -> Iterator[Wave]:
    """Waves, each after those that it adds."""
    waves = {wave.name: wave for wave in plan.wave}
    done: set[str] = set()

    def after_its_parts(wave: Wave) -> Iterator[Wave]:
        if wave.name in done:
            return
        done.add(wave.name)
        for part in wave.adds:
            if not is_file(part):
                yield from after_its_parts(waves[part])
        yield wave

    for wave in plan.wave:
        yield from after_its_parts(wave)


def _of_wave(read: Read, wave: Wave, specs: Mapping[str, Specification]) -> Iterator[Unit]:
    """Units of a wave; what is wrong with it stops it alone."""
    book, problem = None, ""
    try:
        book = _codebook(read, wave)
    except MpiError as error:
        problem = str(error)
    roles: dict[Role, str] = wave.files
    inputs = [Input(role, read.at(path)) for role, path in roles.items()]
    inputs += [Input(part, read.at(part)) for part in wave.adds if is_file(part)]
    parts = tuple(part for part in wave.adds if not is_file(part))
    for name in wave.specifications or specs:
        yield Unit(read.file, wave, name, specs[name], book, tuple(inputs), parts, problem)


def _codebook(read: Read, wave: Wave) -> Codebook | None:
    if wave.codebook is None:
        return None
    text = wave.codebook
    return codebook(read.at(text) if text.endswith(".toml") else text)
