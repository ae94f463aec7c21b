"""Codebooks: how the raw columns of one survey give the harmonised variables."""

from __future__ import annotations

import math
import os
from collections import Counter
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Annotated, Literal, TypeAlias

from pydantic import Field, StringConstraints, model_validator

from mpi.display import is_text
from mpi.errors import SurveyError
from mpi.spec.fields import Format, Id, Rule
from mpi.spec.files import library, load_toml, read_text
from mpi.spec.parts import Labelled, Part
from mpi.spec.validation import validated

Level: TypeAlias = Literal["person", "household"]
TableName: TypeAlias = Literal["persons", "households", "dwellings"]
Code: TypeAlias = int | float | str
Codes: TypeAlias = Code | tuple[Code, ...]
ColumnName = Annotated[str, StringConstraints(min_length=1, max_length=200)]


class Keys(Part):
    """Columns that identify and link the rows of one table."""

    household_id: tuple[ColumnName, ...] = ()
    person_id: tuple[ColumnName, ...] = ()
    dwelling_id: tuple[ColumnName, ...] = ()


class Tables(Part):
    """Keys of the tables of the survey."""

    persons: Keys = Keys()
    households: Keys = Keys()
    dwellings: Keys = Keys()


class DesignColumns(Part):
    """Columns of the sampling design, where the survey's files have them."""

    weight: ColumnName | None = None
    strata: ColumnName | None = None
    psu: ColumnName | None = None
    fpc: ColumnName | None = None


class Variable(Labelled):
    """How one harmonised variable comes from raw columns.

    A variable is a recoded column (``column`` with ``classes``, with ``true`` and ``false``, or a
    number with an optional ``range``) or a rule over columns and other variables (``value``).
    """

    level: Level
    table: TableName | None = None
    column: ColumnName | None = None
    classes: Mapping[str, Codes] | None = None
    true: Codes | None = None
    false: Codes | None = None
    range: tuple[float, float] | None = None
    missing: Codes = ()
    characters: tuple[int, int] | None = None
    value: Rule | None = None
    optional: bool = False
    top_coded: float | None = None
    caution: str = ""

    @model_validator(mode="after")
    def _check_kind(self) -> Variable:
        if (self.column is None) == (self.value is None):
            raise ValueError("give either 'column' or 'value', one of them")
        coded = [name for name in ("classes", "true", "range") if getattr(self, name) is not None]
        if self.value is not None and (coded or self.missing):
            raise ValueError("codes belong to 'column', not to 'value'")
        if self.classes is not None and not self.classes:
            raise ValueError("'classes' is empty. Give each class its codes, or leave it out")
        if self.range is not None and not self.range[0] <= self.range[1]:
            raise ValueError(
                "the lower end of 'range' is above the upper one, or an end is no number. "
                "Turn them around"
            )
        if len(coded) > 1 or (self.true is None) != (self.false is None):
            raise ValueError("give 'classes', or 'true' and 'false', or 'range': one of them")
        texts = [*(self.classes or ()), *(code for code in self.codes() if isinstance(code, str))]
        if not all(map(is_text, texts)):
            raise ValueError("a class or code holds half a character, and no text has one")
        repeated = [code for code, times in Counter(self.codes()).items() if times > 1]
        if repeated:
            raise ValueError(f"code {repeated[0]!r} stands in more than one class")
        return self

    @model_validator(mode="after")
    def _check_further(self) -> Variable:
        if self.value is not None and self.value.norms():
            raise ValueError("a norm belongs to a specification. Use it in a rule there")
        if self.characters is not None:
            first, last = self.characters
            if self.column is None or self.range or self.recode() or not 1 <= first <= last:
                raise ValueError(
                    "'characters' are the first and last character that are taken of a 'column' "
                    "of text, counted from 1"
                )
        if self.top_coded is not None and not math.isfinite(self.top_coded):
            raise ValueError("'top_coded' is the highest code of a number. Give a finite one")
        if self.top_coded is not None and (self.classes is not None or self.true is not None):
            raise ValueError("'top_coded' is the highest code of a number, not of a class")
        return self

    @property
    def source(self) -> TableName:
        """Table whose columns the variable reads."""
        return self.table or ("persons" if self.level == "person" else "households")

    def recode(self) -> dict[Code, str | bool]:
        """Class or truth value of each code; empty where the column is taken as a number."""
        if self.classes is not None:
            pairs = self.classes.items()
            return {code: name for name, codes in pairs for code in listed(codes)}
        if self.true is not None and self.false is not None:
            known: dict[Code, str | bool] = dict.fromkeys(listed(self.true), True)
            return known | dict.fromkeys(listed(self.false), False)
        return {}

    def codes(self) -> Iterator[Code]:
        """Every code that the variable knows, the missing ones too."""
        for group in (*(self.classes or {}).values(), self.true or (), self.false or ()):
            yield from listed(group)
        yield from listed(self.missing)


class Codebook(Labelled):
    """How one survey's raw columns give the harmonised variables.

    Read one with `mpi.codebook`.
    """

    format: Format = 1
    description: str = ""
    sources: tuple[str, ...] = ()
    date: str | None = None
    tables: Tables = Tables()
    design: DesignColumns = DesignColumns()
    variable: Annotated[tuple[Variable, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _check_ids(self) -> Codebook:
        twice = [name for name, n in Counter(v.id for v in self.variable).items() if n > 1]
        if twice:
            raise ValueError(f"variable {twice[0]!r} is there more than once")
        return self

    @cached_property
    def variables(self) -> Mapping[Id, Variable]:
        """Variables by id."""
        return {variable.id: variable for variable in self.variable}

    def overview(self) -> list[str]:
        """Lines that say where each variable comes from."""
        return [f"  {v.id} ({v.level}): {_origin(v)}" for v in self.variable]

    def __repr__(self) -> str:
        people = sum(variable.level == "person" for variable in self.variable)
        return (
            f"{self.label()} ({self.id}): {len(self.variable)} variables, {people} of persons "
            f"and {len(self.variable) - people} of households"
        )

    __str__ = __repr__


def codebook(source: str | os.PathLike[str] | Codebook) -> Codebook:
    """Codebook from a bundled id or a TOML file.

    Parameters
    ----------
    source : str or path
        An id that `mpi codebooks` lists, such as ``"colombia-ecv-2025"``, or a path.

    Returns
    -------
    Codebook

    Raises
    ------
    SurveyError
        If there is no such id or file, or with every problem of the file and its line.

    Examples
    --------
    >>> codebook("colombia-ecv-2025").variables["age"].column
    'P6040'
    """
    if isinstance(source, Codebook):
        return source
    text, name = read_text(source, library("survey"), kind="codebook", error=SurveyError)
    content, lines = load_toml(text, name, error=SurveyError)
    return validated(Codebook, content, source=name, error=SurveyError, lines=lines)


def _origin(variable: Variable) -> str:
    """Column with its codes, or rule, in one line."""
    if variable.column is None:
        return " ".join(str(variable.value).split())
    classes = dict(variable.classes or {})
    if variable.true is not None and variable.false is not None:
        classes = {"yes": variable.true, "no": variable.false}
    if variable.missing != ():
        classes["missing"] = variable.missing
    parts = [f"{name} {', '.join(map(str, listed(codes)))}" for name, codes in classes.items()]
    return f"{variable.column}: {'; '.join(parts)}" if parts else variable.column


def listed(codes: Codes) -> tuple[Code, ...]:
    """A code or several, as a tuple."""
    return codes if isinstance(codes, tuple) else (codes,)
