"""A survey: its tables, how they are linked, its codebook and its sampling design."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from mpi.display import visible
from mpi.errors import Problems, SurveyError, nearest
from mpi.options import LonelyPSU
from mpi.spec.dates import Date, moment
from mpi.spec.expression import Expression, ExpressionError, parse
from mpi.survey.codebook import Codebook, TableName, codebook
from mpi.survey.design import Replicates, Stage, SurveyDesign
from mpi.survey.readers import Source, open_source

Names: TypeAlias = str | Sequence[str] | None
Columns: TypeAlias = tuple[str, ...]
DEFAULT_SIZE = "household_size"
_LARGEST_SIZE = 1000  # of a household, as a number that is the same for all
_TABLES: tuple[TableName, ...] = ("persons", "households", "dwellings")


@dataclass(frozen=True, slots=True)
class Keys:
    """Columns that identify and link the rows of each table; empty where there are none."""

    household: Mapping[TableName, Columns] = field(default_factory=dict)
    dwelling: Mapping[TableName, Columns] = field(default_factory=dict)
    person: Columns = ()


class Survey:
    """Microdata with their codebook and sampling design.

    Parameters
    ----------
    persons, households, dwellings : frame or path, optional
        Tables of microdata: pandas, Polars or Arrow frames, or paths to Parquet, CSV, Stata or
        SPSS files. At least one of persons and households.
    codebook : str, path or Codebook, optional
        How raw columns give harmonised variables. Without one, columns are used as they are.
    household_id, person_id, dwelling_id : str or sequence of str, optional
        Key columns, where they differ from those of the codebook. A household is known by
        `household_id` in both tables, a dwelling by `dwelling_id` in households and dwellings.
    weight, strata, psu, fpc : str, optional
        Columns of the sampling design, where they differ from those of the codebook. `fpc` is the
        number of PSUs in the population of the stratum, or the fraction drawn. Without `psu`
        households were drawn directly, or rows where no household is known.
    stages : sequence of Stage
        Later stages of sampling.
    nested : bool
        Whether ids of PSUs may repeat between strata.
    replicates : Replicates, optional
        Replicate weights, supplied as columns or to be made.
    size : str or int
        Variable with the number of members, used where a household has no person rows; 1 says
        that each row counts once.
    where : str, optional
        Rule that says which part of the sample is analysed; the rest stays in the design.
    date : str, optional
        Reference date of the survey, such as ``"2025"``; that of the codebook if left out.
    law_as_of : str, int or date, optional
        Date whose law the norms of a specification are taken from, where it is not that of the
        survey: ``"2008"`` applies the law at the end of 2008. A specification may fix its own.
    lonely_psu : str
        What a stratum with a single PSU adds to the variance.

    Raises
    ------
    SurveyError
        If tables cannot be read or columns are not there; all problems at once.

    Examples
    --------
    >>> import pandas as pd
    >>> Survey(pd.DataFrame({"hh": [1, 1, 2], "w": [2.0, 2.0, 5.0]}), household_id="hh", weight="w")
    Survey: persons 3 rows; weight w
    """

    __slots__ = ("codebook", "date", "design", "keys", "law_as_of", "size", "tables", "where")

    tables: Mapping[TableName, Source]
    codebook: Codebook | None
    keys: Keys
    design: SurveyDesign
    size: str | int
    where: Expression | None
    date: str | None
    law_as_of: Date | None

    def __init__(  # noqa: PLR0913 -- each declares one fact of the survey
        self,
        persons: object = None,
        households: object = None,
        dwellings: object = None,
        *,
        codebook: str | os.PathLike[str] | Codebook | None = None,
        household_id: Names = None,
        person_id: Names = None,
        dwelling_id: Names = None,
        weight: str | None = None,
        strata: str | None = None,
        psu: str | None = None,
        fpc: str | None = None,
        stages: Sequence[Stage] = (),
        nested: bool = True,
        replicates: Replicates | None = None,
        size: str | int = DEFAULT_SIZE,
        where: str | None = None,
        date: str | None = None,
        law_as_of: Date | None = None,
        lonely_psu: LonelyPSU = "fail",
    ) -> None:
        own = {"weight": weight, "strata": strata, "psu": psu, "fpc": fpc}
        keys = {"household_id": household_id, "person_id": person_id, "dwelling_id": dwelling_id}
        _check_arguments(own, keys, size, where)
        _check_design(stages, replicates)
        given = dict(zip(_TABLES, (persons, households, dwellings), strict=True))
        opened = {n: open_source(t, name=n) for n, t in given.items() if t is not None}
        book = _codebook(codebook)
        columns = book.design if book is not None else None
        chosen = {n: c if c is not None else getattr(columns, n, None) for n, c in own.items()}
        values = {
            "tables": opened,
            "codebook": book,
            "keys": _keys(book, _tuple(household_id), _tuple(dwelling_id), _tuple(person_id)),
            "design": SurveyDesign(
                **chosen,
                stages=tuple(stages),
                nested=nested,
                lonely_psu=lonely_psu,
                replicates=replicates,
            ),
            "size": size,
            "where": _where(where),
            "date": date if date is not None or book is None else book.date,
            "law_as_of": law_as_of,
        }
        for name, value in values.items():
            object.__setattr__(self, name, value)
        self._check()

    def with_tables(self, tables: Mapping[TableName, Source]) -> Survey:
        """The same survey with other rows: tables of the same columns."""
        copy = object.__new__(Survey)
        for name in self.__slots__:
            object.__setattr__(copy, name, tables if name == "tables" else getattr(self, name))
        return copy

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"a Survey cannot be changed; make a new one ({name})")

    def _check(self) -> None:
        problems = Problems("survey", SurveyError)
        problems.extend(self.design.problems())
        if self.law_as_of is not None:
            try:
                moment(self.law_as_of)
            except ValueError as error:
                problems.add("law_as_of", str(error))
        if not {"persons", "households"} & set(self.tables):
            problems.add("", "no table of persons or households", remedy="Give at least one.")
        self._check_links(problems)
        for role, name in self.design.columns().items():
            self._check_column(problems, role.partition(":")[0], name)
        problems.raise_if_any()

    def _check_links(self, problems: Problems) -> None:
        links = [(t, c, "household_id") for t, c in self.keys.household.items()]
        links += [(t, c, "dwelling_id") for t, c in self.keys.dwelling.items()]
        links += [("persons", self.keys.person, "person_id")]
        for table, columns, role in links:
            source = self.tables.get(table)
            for name in columns if source is not None else ():
                if source is not None and name not in source.names:
                    hint = nearest(name, source.names) or "Both tables need the key columns."
                    problems.add(f"{source.name}, {role}", f"no column {name!r}", remedy=hint)
        for a, b, role, keys in self._linked():
            if a in self.tables and b in self.tables and not (keys.get(a) and keys.get(b)):
                problems.add(role, f"{a} and {b} are not linked", remedy=f"Give {role}=.")

    def _linked(self) -> list[tuple[TableName, TableName, str, Mapping[TableName, Columns]]]:
        return [
            ("persons", "households", "household_id", self.keys.household),
            ("households", "dwellings", "dwelling_id", self.keys.dwelling),
        ]

    def _check_column(self, problems: Problems, role: str, name: str) -> None:
        known = [column for source in self.tables.values() for column in source.names]
        variables = self.codebook.variables if self.codebook is not None else {}
        if name not in known and name not in variables:
            hint = nearest(name, known) or "Name a column of one of the tables."
            problems.add(role, f"no table has a column {name!r}", remedy=hint)

    def __repr__(self) -> str:
        tables = [f"{name} {source.n_rows:,} rows" for name, source in self.tables.items()]
        design = [
            f"{role} {getattr(self.design, role)}"
            for role in ("weight", "strata", "psu", "fpc")
            if getattr(self.design, role) is not None
        ]
        design += [f"stage {n} {s.unit}" for n, s in enumerate(self.design.stages, start=2)]
        if self.design.replicates is not None:
            design.append(f"replicates {self.design.replicates.method}")
        book = [f"codebook {self.codebook.id}"] if self.codebook is not None else []
        date = [f"date {self.date}"] if self.date is not None else []
        date += [f"law as of {self.law_as_of}"] if self.law_as_of is not None else []
        rest = ", ".join([*design, *book, *date]) or "no weight"
        return visible(f"Survey: {', '.join(tables)}; {rest}")


def _check_arguments(
    columns: Mapping[str, object], keys: Mapping[str, object], size: object, where: object
) -> None:
    """Refuse arguments that are not names, such as the values of a column."""
    problems = Problems("survey", SurveyError)
    for role, value in columns.items():
        if value is not None and not isinstance(value, str):
            problems.add(role, _given(value), expected="It is the name of one column.")
    for role, value in keys.items():
        listed = isinstance(value, Sequence) and all(isinstance(name, str) for name in value)
        if value is not None and not listed:
            expected = "It is the name of a column, or a list of names."
            problems.add(role, _given(value), expected=expected)
    fits = isinstance(size, int) and not isinstance(size, bool) and 1 <= size <= _LARGEST_SIZE
    if not isinstance(size, str) and not fits:
        expected = "It is the name of a variable, or a number of persons from 1 on."
        found = f"{size} is given" if isinstance(size, int) else _given(size)
        problems.add("size", found, expected=expected)
    if where is not None and not isinstance(where, str):
        problems.add("where", _given(where), expected='It is a rule, such as "area == 1".')
    problems.raise_if_any()


def _check_design(stages: object, replicates: object) -> None:
    """Refuse stages and replicates that are not declared as such."""
    problems = Problems("survey", SurveyError)
    listed = isinstance(stages, Sequence) and all(isinstance(stage, Stage) for stage in stages)
    if not listed:
        expected = 'It is a list such as [mpi.Stage(unit="household", fpc="n_households")].'
        problems.add("stages", _given(stages), expected=expected)
    if replicates is not None and not isinstance(replicates, Replicates):
        expected = 'It is a declaration such as mpi.Replicates("jkn").'
        problems.add("replicates", _given(replicates), expected=expected)
    problems.raise_if_any()


def _given(value: object) -> str:
    return f"a value of type {type(value).__name__!r} is given"


def _codebook(source: str | os.PathLike[str] | Codebook | None) -> Codebook | None:
    return source if source is None or isinstance(source, Codebook) else codebook(source)


def _tuple(names: Names) -> Columns:
    return () if names is None else (names,) if isinstance(names, str) else tuple(names)


def _keys(book: Codebook | None, household: Columns, dwelling: Columns, person: Columns) -> Keys:
    tables = book.tables if book is not None else None
    households = {t: household or getattr(tables, t).household_id for t in _TABLES[:2] if tables}
    dwellings = {t: dwelling or getattr(tables, t).dwelling_id for t in _TABLES[1:] if tables}
    if tables is None:
        households = dict.fromkeys(_TABLES[:2], household)
        dwellings = dict.fromkeys(_TABLES[1:], dwelling)
    people = person or (tables.persons.person_id if tables is not None else ())
    return Keys(households, dwellings, people)


def _where(text: str | None) -> Expression | None:
    try:
        return None if text is None else parse(text)
    except ExpressionError as error:
        problems = Problems("survey", SurveyError)
        problems.add("where", str(error))
        problems.raise_if_any()
        raise
