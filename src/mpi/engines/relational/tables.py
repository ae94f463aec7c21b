"""The tables of a survey as linked frames of plain columns, and what is wrong with their keys."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import count

import narwhals as nw

from mpi.engines.compile import Kind
from mpi.engines.links import report_lost, report_missing, report_repeated, unlike_keys
from mpi.engines.relational.checks import counted
from mpi.engines.relational.places import Lazy, Place
from mpi.engines.reports import no_variable
from mpi.engines.spans import Span
from mpi.engines.steps import Plan
from mpi.errors import Problems, SurveyError
from mpi.survey.codebook import Level, TableName
from mpi.survey.readers import Source
from mpi.survey.survey import Columns, Survey

_DATES = (nw.Date, nw.Datetime, nw.Time, nw.Duration)


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a frame.

    Attributes
    ----------
    id : str
        Its name in the frame.
    level : {"person", "household"}
    kind : Kind
        Its type in the rule language; a column of nothing has no place in the frame.
    whole : bool
        Whether its numbers are integers.
    """

    id: str
    level: Level
    kind: Kind
    whole: bool = False


@dataclass
class Tables:
    """Frames of persons and of households.

    Attributes
    ----------
    persons, households : LazyFrame or None
        Columns and keys; None without a table.
    keys : tuple of str
        Names of the columns of the household's key, in both.
    linked : bool
        Whether persons are known as members of households.
    columns : dict of step to Column
        The raw columns.
    """

    persons: Lazy | None = None
    households: Lazy | None = None
    keys: tuple[str, ...] = ()
    linked: bool = False
    columns: dict[str, Column] = field(default_factory=dict)
    _ids: count[int] = field(default_factory=count)

    def column(self, level: Level, kind: Kind, *, whole: bool = False) -> Column:
        """A new column."""
        return Column(f"s{next(self._ids)}", level, kind, whole)


def within(span: Span, frame: Lazy, key: str) -> Lazy:
    """The rows of a span of households."""
    if span.low is not None:
        frame = frame.filter(nw.col(key) >= nw.lit(span.low))
    if span.high is not None:
        frame = frame.filter(nw.col(key) < nw.lit(span.high))
    return frame


def tables_of(
    survey: Survey,
    plan: Plan,
    place: Place,
    problems: Problems,
    *,
    span: Span | None = None,
    empty: frozenset[str] = frozenset(),
) -> Tables:
    """Frames of a survey with the columns that a plan reads.

    Parameters
    ----------
    survey : Survey
    plan : Plan
    place : Place
    problems : Problems
        Columns of types that no rule can use are added.
    span : Span, optional
        Households to be looked at; all if left out.
    empty : frozenset of str
        Raw steps without any value, which have no type of their own.
    """
    reader = _Reader(survey, plan, place, problems, empty)
    found = Tables()
    persons, households = survey.tables.get("persons"), survey.tables.get("households")
    keys = survey.keys.household
    own = {name: keys.get(name, ()) for name in ("persons", "households")}
    linked = persons is not None and bool(own["persons"])
    use_keys = linked or (persons is None and bool(own["households"]))
    width = len(own["persons"] if persons is not None else own["households"]) if use_keys else 0
    found.keys, found.linked = tuple(f"k{i}" for i in range(width)), linked
    if persons is not None:
        wanted = dict(zip(found.keys, own["persons"], strict=True)) if linked else {}
        found.persons = reader.frame("persons", found, wanted)
    if households is not None:
        wanted = dict(zip(found.keys, own["households"], strict=True)) if use_keys else {}
        found.households = reader.frame("households", found, wanted)
    if linked and found.persons is not None and found.households is not None:
        _same_types(found)
    if span is not None and found.keys:
        if found.persons is not None:
            found.persons = within(span, found.persons, found.keys[0])
        if found.households is not None:
            found.households = within(span, found.households, found.keys[0])
    return found


class _Reader:
    def __init__(
        self,
        survey: Survey,
        plan: Plan,
        place: Place,
        problems: Problems,
        empty: frozenset[str],
    ) -> None:
        self._survey, self._plan, self._place = survey, plan, place
        self._problems, self._empty = problems, empty

    def frame(self, table: TableName, tables: Tables, keys: dict[str, str]) -> Lazy:
        """Frame of a table, with its keys and the columns that the plan reads."""
        dwellings = table == "households" and "dwellings" in self._survey.tables
        links = self._survey.keys.dwelling.get(table, ()) if dwellings else ()
        named = {f"l{i}": name for i, name in enumerate(links)}
        frame = self._columns(table, tables, keys | named)
        if dwellings:
            own = self._survey.keys.dwelling.get("dwellings", ())
            theirs = {f"l{i}": name for i, name in enumerate(own)}
            found = self._columns("dwellings", tables, theirs)
            frame, found = _same_type(frame, found, tuple(named))
            frame = frame.join(found, on=list(named), how="left").drop(*named)
        return frame

    def _columns(self, table: TableName, tables: Tables, keys: dict[str, str]) -> Lazy:
        source = self._survey.tables[table]
        wanted = self._plan.raw(table)
        names = list(dict.fromkeys([*keys.values(), *wanted]))
        frame = self._place.table(source, names)
        schema = frame.collect_schema()
        at = {name: f"c{i}" for i, name in enumerate(names)}
        chosen = {key: plain(at[name], schema[at[name]]) for key, name in keys.items()}
        level: Level = "person" if table == "persons" else "household"
        for name in wanted:
            step = f"{table}.{name}"
            kind = "nothing" if step in self._empty else kind_of(schema[at[name]])
            if kind is None:
                no_variable(self._problems, source.name, name, schema[at[name]])
                kind = "nothing"
            column = tables.column(level, kind, whole=schema[at[name]].is_integer())
            tables.columns[step] = column
            if kind != "nothing":
                chosen[column.id] = plain(at[name], schema[at[name]])
        if not chosen:  # a frame has columns
            chosen["none"] = nw.col(frame.collect_schema().names()[0])
        return frame.select(**chosen)


def kind_of(dtype: nw.dtypes.DType) -> Kind | None:
    """Type of a column in the rule language; None if the language has no such type."""
    if dtype == nw.Boolean:
        return "truth"
    if dtype.is_numeric():
        return "number"
    if dtype in (nw.String, nw.Categorical, nw.Enum):
        return "text"
    return "date" if dtype in _DATES else None


def plain(name: str, dtype: nw.dtypes.DType) -> nw.Expr:
    """A column in one of few types, with null for NaN, as readers give it in memory."""
    column = nw.col(name)
    if dtype.is_integer():
        return column.cast(nw.Int64)
    if dtype.is_float():
        floats = column.cast(nw.Float64)
        return nw.when(~floats.is_nan()).then(floats)
    if dtype.is_numeric():
        return column.cast(nw.Float64)
    return column.cast(nw.String) if dtype in (nw.Categorical, nw.Enum) else column


def empty_columns(survey: Survey, plan: Plan, place: Place) -> frozenset[str]:
    """Raw steps without any value."""
    found = set()
    for table, source in survey.tables.items():
        wanted = plan.raw(table)
        if wanted:
            frame = place.table(source, wanted)
            counts = {f"c{i}": nw.col(f"c{i}").count() for i in range(len(wanted))}
            row = place.collect(frame.select(**counts)).to_pylist()[0]
            found |= {f"{table}.{name}" for i, name in enumerate(wanted) if not row[f"c{i}"]}
    return frozenset(found)


def _same_types(tables: Tables) -> None:
    assert tables.persons is not None and tables.households is not None  # noqa: S101, PT018
    tables.persons, tables.households = _same_type(tables.persons, tables.households, tables.keys)


def _same_type(one: Lazy, other: Lazy, keys: Sequence[str]) -> tuple[Lazy, Lazy]:
    """Two frames whose keys are of the same types: doubles where only one has integers."""
    a, b = one.collect_schema(), other.collect_schema()
    mixed = [
        key for key in keys if a[key] != b[key] and a[key].is_numeric() and b[key].is_numeric()
    ]
    if not mixed:
        return one, other
    cast = [nw.col(key).cast(nw.Float64) for key in mixed]
    return one.with_columns(*cast), other.with_columns(*cast)


def check_links(survey: Survey, place: Place) -> None:
    """Stop for keys that are missing, repeated or lead nowhere; all problems at once, with counts.

    Raises
    ------
    SurveyError
    """
    problems = Problems("survey", SurveyError)
    persons, households = survey.tables.get("persons"), survey.tables.get("households")
    for source in (persons, households):
        if source is not None and source.n_rows == 0:
            problems.add(source.name, "has no rows", remedy="Check the file or the filter.")
    problems.raise_if_any()
    checker = _KeyChecker(place, problems)
    keys, dwelling = survey.keys.household, survey.keys.dwelling
    own, theirs = keys.get("persons", ()), keys.get("households", ())
    if persons is not None and households is not None:
        checker.parent((persons, own), (households, theirs))
    elif persons is not None and own:
        checker.missing(persons, own, "the key of the household is missing")
    elif households is not None and theirs:
        checker.unique(households, theirs)
    if persons is not None and own and survey.keys.person:
        checker.missing(persons, survey.keys.person)
        checker.repeated(persons, (*own, *survey.keys.person), ("household", *survey.keys.person))
    dwellings = survey.tables.get("dwellings")
    if households is not None and dwellings is not None:
        of_household = (households, dwelling.get("households", ()))
        checker.parent(of_household, (dwellings, dwelling.get("dwellings", ())))
    problems.raise_if_any()


class _KeyChecker:
    def __init__(self, place: Place, problems: Problems) -> None:
        self._place, self._problems = place, problems

    def missing(self, source: Source, key: Columns, found: str = "is missing") -> bool:
        frame = self._keys(source, key)
        names = frame.collect_schema().names()
        gone = nw.col(names[0]).is_null()
        for name in names[1:]:
            gone = gone | nw.col(name).is_null()
        lost = self._number(frame.select(n=counted(gone)))
        if lost:
            report_missing(self._problems, source, key, lost, found)
        return bool(lost)

    def unique(self, source: Source, key: Columns) -> None:
        self.missing(source, key)
        self.repeated(source, key, key)

    def repeated(self, source: Source, key: Columns, named: Columns) -> None:
        frame = self._keys(source, key)
        names = frame.collect_schema().names()
        frame = frame.filter(*(~nw.col(name).is_null() for name in names))
        times = frame.group_by(names).agg(n=nw.len()).filter(nw.col("n") > 1)
        report_repeated(
            self._problems, source, named, self._number(times.select(nw.col("n").sum()))
        )

    def parent(self, child: tuple[Source, Columns], parent: tuple[Source, Columns]) -> None:
        if len(child[1]) != len(parent[1]):
            found = f"{len(child[1])} key columns here, {len(parent[1])} in {parent[0].name}"
            expected = "Both tables need the same key columns."
            self._problems.add(child[0].name, found, expected=expected)
            self._problems.raise_if_any()
        one, other = self._keys(*child), self._keys(*parent)
        a, b = one.collect_schema(), other.collect_schema()
        for place, name in enumerate(child[1]):
            kinds = kind_of(a[f"k{place}"]), kind_of(b[f"k{place}"])
            if kinds[0] != kinds[1]:
                unlike_keys(self._problems, (child[0], parent[0]), name, kinds)
                self._problems.raise_if_any()
        gone = self.missing(child[0], child[1]) | self.missing(parent[0], parent[1])
        if gone:
            self._problems.raise_if_any()
        self.repeated(parent[0], parent[1], parent[1])
        names = a.names()
        one, other = _same_type(one, other, names)
        lost = self._number(one.join(other, on=names, how="anti").select(n=nw.len()))
        if lost:
            report_lost(self._problems, child, parent[0], lost)

    def _keys(self, source: Source, key: Columns) -> Lazy:
        frame = self._place.table(source, key)
        schema = frame.collect_schema()
        return frame.select(**{f"k{i}": plain(f"c{i}", schema[f"c{i}"]) for i in range(len(key))})

    def _number(self, frame: Lazy) -> int:
        found = self._place.collect(frame).column(0)[0].as_py()
        return int(found or 0)
