"""Plan files: which specifications, which waves, what is asked of them, and where results go."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, Self, TypeAlias

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints, model_validator

from mpi.errors import PlanError, Problem
from mpi.options import DegreesOfFreedom, Interval, LonelyPSU, ReplicateMethod
from mpi.pooling import Samples
from mpi.spec.adapt import AbsentPolicy
from mpi.spec.dates import moment
from mpi.spec.fields import Cutoff, Format, Rule
from mpi.spec.files import load_toml, read_file
from mpi.spec.model import MissingPolicy
from mpi.spec.parts import Labelled, Part
from mpi.spec.validation import Place, described, validated
from mpi.survey.codebook import ColumnName
from mpi.survey.design import Replicates, Stage

OutputKind: TypeAlias = Literal["parquet", "csv", "profiles"]
Role: TypeAlias = Literal["persons", "households", "dwellings"]
ROLES: tuple[Role, ...] = ("persons", "households", "dwellings")

# names become folders on every system: no separators, no dots, nothing that a shell or a
# reader of partitions takes for its own
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
_RESERVED = re.compile(r"(?i)con|prn|aux|nul|com\d|lpt\d")


def _check_name(value: str) -> str:
    if not _NAME.fullmatch(value) or _RESERVED.fullmatch(value):
        raise ValueError(
            f"{_shown(value)} cannot be the name of a folder everywhere. Take up to 64 letters "
            "a-z, digits, - and _, beginning with a letter or digit"
        )
    return value


def _shown(value: str) -> str:
    return repr(value if len(value) <= 40 else f"{value[:40]}...")


def _as_list(value: object) -> object:
    """One value is a list of one."""
    return [value] if isinstance(value, str) else value


def _read_source(value: object) -> object:
    return {"use": value} if isinstance(value, str) else value


def _read_survey_date(value: object) -> object:
    if isinstance(value, bool) or value is None:
        return value
    text = str(value)
    moment(text)
    return text


Name = Annotated[str, AfterValidator(_check_name)]
PathText = Annotated[str, StringConstraints(min_length=1, max_length=4000)]
Columns = Annotated[tuple[ColumnName, ...], BeforeValidator(_as_list)]
Crossed = Annotated[
    tuple[ColumnName, ...], BeforeValidator(_as_list), Field(min_length=1, max_length=20)
]
SurveyDate = Annotated[str, BeforeValidator(_read_survey_date)]


class Source(Part):
    """A specification of a plan.

    Attributes
    ----------
    use : str
        Bundled id, or path of a ``.toml`` file.
    name : str or None
        Name of its folder; the id of the specification if left out.
    parameters : mapping of name to number
        Values of its parameters.
    """

    use: PathText
    name: Name | None = None
    parameters: dict[str, int | float] = Field(default_factory=dict)


class StageTable(Part):
    """A later stage of sampling, as of `mpi.Stage`."""

    unit: ColumnName
    strata: ColumnName | None = None
    fpc: ColumnName | None = None


class ReplicateTable(Part):
    """Replicate weights, as of `mpi.Replicates`."""

    method: ReplicateMethod
    columns: tuple[ColumnName, ...] = ()
    factors: bool = False
    number: int = 200
    seed: int = 1
    rho: float = 0.5
    scale: float | None = None
    rscales: tuple[float, ...] = ()
    mse: bool = True
    df: int | None = None


class Wave(Part):
    """A survey of one date, or the sum of others.

    Attributes
    ----------
    name : str
        Its folder is ``wave=NAME``.
    persons, households, dwellings : str or None
        Files of microdata, relative to the plan.
    codebook : str or None
        Bundled id, or path of a ``.toml`` file.
    household_id, person_id, dwelling_id, weight, strata, psu, fpc, stages, nested, replicates, \
size, where, date, law_as_of, lonely_psu
        As of `mpi.Survey`.
    engine : str or None
        As of `mpi.tabulate`; its own choice if left out.
    specifications : tuple of str
        Names of those that this wave is for; all if left out.
    adds : tuple of str
        Other waves, or files of profile tables, whose sum this is.
    samples : {"independent", "overlapping"} or None
        Whether those samples were drawn independently or share sampling units.
    """

    name: Name
    persons: PathText | None = None
    households: PathText | None = None
    dwellings: PathText | None = None
    codebook: PathText | None = None
    household_id: Columns = ()
    person_id: Columns = ()
    dwelling_id: Columns = ()
    weight: ColumnName | None = None
    strata: ColumnName | None = None
    psu: ColumnName | None = None
    fpc: ColumnName | None = None
    stages: tuple[StageTable, ...] = ()
    nested: bool = True
    replicates: ReplicateTable | None = None
    size: Annotated[int, Field(ge=1, strict=True)] | ColumnName | None = None
    where: Rule | None = None
    date: SurveyDate | None = None
    law_as_of: SurveyDate | None = None
    lonely_psu: LonelyPSU | None = None
    engine: Annotated[str, Field(min_length=1, max_length=80)] | None = None
    specifications: tuple[Name, ...] = ()
    adds: tuple[PathText, ...] = ()
    samples: Samples | None = None

    @model_validator(mode="after")
    def _check(self) -> Self:
        wrong = []
        given = self.model_fields_set - {"name", "specifications", "adds", "samples", "lonely_psu"}
        if "adds" in self.model_fields_set:
            if given:
                wrong.append(
                    f"{', '.join(sorted(given))} cannot stand beside 'adds'. A sum of waves has "
                    "no files or design of its own"
                )
            if self.samples is None:
                wrong.append(
                    "'samples' is not given. Equal ids prove nothing: say whether the samples "
                    'are "independent" or "overlapping"'
                )
            if len(set(self.adds)) < max(2, len(self.adds)):
                wrong.append("'adds' does not name two or more different waves. Name each once")
        else:
            if self.samples is not None:
                wrong.append("'samples' is of a sum of waves. Leave it out, or give 'adds'")
            if self.persons is None and self.households is None:
                wrong.append("there is no file. Give 'persons' or 'households', or 'adds'")
        if wrong:
            raise ValueError(". ".join(wrong))
        return self

    @property
    def files(self) -> dict[Role, str]:
        """Paths of microdata, as they stand in the plan."""
        given = {role: getattr(self, role) for role in ROLES}
        return {role: path for role, path in given.items() if path is not None}

    def survey_arguments(self) -> dict[str, Any]:
        """What `mpi.Survey` is told beside files and codebook; what is left out is its own."""
        names = ("household_id", "person_id", "dwelling_id", "weight", "strata", "psu", "fpc")
        own = {name: getattr(self, name) for name in (*names, "size", "date", "law_as_of")}
        own = {name: value for name, value in own.items() if value not in (None, ())}
        own["nested"] = self.nested
        own["stages"] = tuple(Stage(**stage.model_dump()) for stage in self.stages)
        if self.where is not None:
            own["where"] = str(self.where)
        if self.replicates is not None:
            own["replicates"] = Replicates(**self.replicates.model_dump())
        return own


class Publication(Part):
    """Rules for publication, as of `Estimates.flag`."""

    scheme: str
    suppress: bool = False
    planned: bool | tuple[str, ...] = False


class PlanFile(Labelled):
    """What one run computes.

    Attributes
    ----------
    id, title, note : texts
    output : str
        Folder of the results, relative to the plan.
    specifications : tuple of Source
    by : tuple of tuple of str
        Groupings; several variables in one are crossed.
    k : tuple of Fraction
        Cutoffs; that of each specification if left out.
    measures : tuple of str
        Measures that are kept; all if left out.
    missing, count, absent, se, df, interval, level, lonely_psu
        As of `mpi.tabulate` and `Profiles.estimate`.
    publication : Publication or None
    outputs : tuple of {"parquet", "csv", "profiles"}
    wave : tuple of Wave
    """

    format: Format = 1
    output: PathText
    specifications: Annotated[
        tuple[Annotated[Source, BeforeValidator(_read_source)], ...], Field(min_length=1)
    ]
    by: Annotated[tuple[Crossed, ...], BeforeValidator(_as_list)] = ()
    k: Annotated[tuple[Cutoff, ...], BeforeValidator(_as_list)] = ()
    measures: Annotated[tuple[str, ...], BeforeValidator(_as_list)] = ()
    missing: MissingPolicy | None = None
    count: Literal["persons", "households"] = "persons"
    absent: AbsentPolicy = "fail"
    se: bool = True
    df: DegreesOfFreedom = "stata"
    interval: Interval = "logit"
    level: Annotated[float, Field(gt=0, lt=1)] = 0.95
    lonely_psu: LonelyPSU | None = None
    publication: Publication | None = None
    outputs: Annotated[tuple[OutputKind, ...], BeforeValidator(_as_list), Field(min_length=1)] = (
        "parquet",
        "profiles",
    )
    wave: Annotated[tuple[Wave, ...], Field(min_length=1)]


@dataclass(frozen=True, slots=True)
class Read:
    """A plan with the places of its keys, for messages.

    Attributes
    ----------
    file : PlanFile
    path : Path
        Where it stands; paths in it are relative to its folder.
    content : mapping
    lines : mapping of place to line
    """

    file: PlanFile
    path: Path
    content: Mapping[str, Any]
    lines: Mapping[Place, int]

    def where(self, *place: str | int) -> str:
        """Words for a key of the plan."""
        return described(place, self.content, self.lines)

    def at(self, path: str) -> Path:
        """A path of the plan, without links and dots."""
        return Path(os.path.realpath(self.path.parent / Path(path).expanduser()))


def read_plan(source: object) -> Read:
    """A plan from its file.

    Raises
    ------
    PlanError
        With every problem of the file and its line.
    """
    if not isinstance(source, str | os.PathLike) or not isinstance(os.fspath(source), str):
        found = f"a value of type {type(source).__name__!r} is given"
        raise PlanError("plan", [Problem("", found, "It is the path of a .toml file.")])
    path = Path(os.path.realpath(source))
    if path.suffix != ".toml":
        found = "is no plan"
        raise PlanError(path.name or "plan", [Problem("", found, "Its name ends in .toml.")])
    text = read_file(path, kind="plan", error=PlanError)
    content, lines = load_toml(text, path.name, error=PlanError)
    file = validated(PlanFile, content, source=path.name, error=PlanError, lines=lines)
    read = Read(file, path, content, lines)
    problems = [*_same_names(read), *_parts(read), *_cycles(read)]
    if problems:
        raise PlanError(path.name, problems)
    return read


def _same_names(read: Read) -> list[Problem]:
    """Waves whose folders would be one."""
    first: dict[str, int] = {}
    problems = []
    for number, wave in enumerate(read.file.wave):
        known = first.setdefault(wave.name.casefold(), number)
        if known != number:
            other = read.file.wave[known].name
            found = f"two waves have the name {wave.name!r}"
            if other != wave.name:
                found = f"the names {other!r} and {wave.name!r} differ in capitals only"
            expected = "Each wave has a folder of its own, on every system."
            problems.append(Problem(read.where("wave", number, "name"), found, expected))
    return problems


def is_file(part: str) -> bool:
    """Whether what a wave adds is a file of profile tables, not the name of a wave."""
    return not _NAME.fullmatch(part)


def _parts(read: Read) -> list[Problem]:
    """What waves add, and is not there."""
    names = [wave.name for wave in read.file.wave]
    problems = []
    for number, wave in enumerate(read.file.wave):
        for part in wave.adds:
            if not is_file(part) and part not in names:
                found = f"there is no wave {part!r}"
                expected = f"There are {', '.join(names)}; a file ends in .parquet."
                problems.append(Problem(read.where("wave", number, "adds"), found, expected))
    if any(wave.adds for wave in read.file.wave) and "profiles" not in read.file.outputs:
        found = "has no profile tables, and waves are sums of those of others"
        problems.append(Problem(read.where("outputs"), found, 'Add "profiles".'))
    return problems


def _cycles(read: Read) -> list[Problem]:
    """Waves that are made of themselves."""
    adds = {wave.name: [p for p in wave.adds if not is_file(p)] for wave in read.file.wave}
    problems, told = [], set[str]()
    for number, wave in enumerate(read.file.wave):
        circle = _circle(wave.name, adds)
        if circle and not told & set(circle):
            told |= set(circle)
            found = f"the wave is made of itself: {' adds '.join(map(repr, circle))}"
            if len(circle) > 2:
                found = f"the outputs form a cycle: {' adds '.join(map(repr, circle))}"
            where = read.where("wave", number, "adds")
            problems.append(Problem(where, found, remedy="Take one of them out of 'adds'."))
    return problems


def _circle(start: str, adds: Mapping[str, Sequence[str]]) -> list[str]:
    """Way from a wave back to itself; empty if there is none."""
    ways, seen = [[start]], set[str]()
    while ways:
        way = ways.pop()
        for part in adds.get(way[-1], ()):
            if part == start:
                return [*way, part]
            if part not in seen:
                seen.add(part)
                ways.append([*way, part])
    return []
