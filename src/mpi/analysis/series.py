"""Figures that targets are compared with: estimates, or a table of an official series."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import pyarrow as pa

from mpi import exact
from mpi.analysis.target_files import Read
from mpi.analysis.trajectory import Known
from mpi.assembly import COLUMNS
from mpi.errors import Problem, Problems, TargetsError, nearest
from mpi.estimates import Estimates
from mpi.survey.readers import open_source

_ABOUT = ("measure", "dimension", "indicator", "category")
_VALUES = ("estimate", "value")
_MOST_LISTED = 8


@dataclass(frozen=True, slots=True)
class Found:
    """The figure of a target.

    Attributes
    ----------
    known : Known
        Value and standard error NaN where there are none.
    flag : str or None
        Of a rule for publication.
    """

    known: Known
    flag: str | None


class Series:
    """Rows of a table, found by what a target asks.

    Parameters
    ----------
    data : Estimates or table
    variables : sequence of str
        Grouping variables that targets name, for a table that does not say which it has.
    percent : sequence of str
        Measures whose figures are percent.
    """

    def __init__(self, data: object, *, variables: Sequence[str], percent: Sequence[str]) -> None:
        self._problems = Problems("series", TargetsError)
        table = _as_table(data)
        self.has_years = "year" in table.column_names
        columns = set(table.column_names)
        tidy = {"by", "group", "measure", "estimate"} <= columns
        own = (n for n in table.column_names if n not in COLUMNS and n != "year")
        self._variables = (
            list(own) if tidy else [n for n in dict.fromkeys(variables) if n in columns]
        )
        self._columns, self._tidy = list(table.column_names), tidy
        self._check(table, percent)
        self._rows = table.to_pylist()
        self._percent = frozenset(percent)
        self._index = self._indexed()
        self._problems.raise_if_any()

    def _check(self, table: pa.Table, percent: Sequence[str]) -> None:
        """Refuse a table without what is needed, or with numbers that are none."""
        self._value = next((name for name in _VALUES if name in table.column_names), "")
        if "measure" not in table.column_names:
            remedy = nearest("measure", table.column_names)
            self._problems.add("column 'measure'", "is not in the table", remedy=remedy)
        if not self._value:
            expected = "Figures stand in a column 'estimate' or 'value'."
            self._problems.add("column 'estimate'", "is not in the table", expected=expected)
        for name in (self._value, "se", "df", "year"):
            if name not in table.column_names:
                continue
            kind = table.schema.field(name).type
            numeric = pa.types.is_floating(kind) or pa.types.is_integer(kind)
            if not (numeric or pa.types.is_null(kind)):
                self._problems.add(
                    f"column {name!r}", "holds no numbers", expected="Expected them."
                )
        self._problems.raise_if_any()
        known = set(table["measure"].to_pylist())
        for measure in percent:
            if measure not in known:
                hint = nearest(measure, [str(m) for m in known])
                self._problems.add("percent", f"the table has no measure {measure!r}", remedy=hint)
        self._problems.raise_if_any()

    def _indexed(self) -> dict[tuple[object, ...], list[int]]:
        index: dict[tuple[object, ...], list[int]] = {}
        for number, row in enumerate(self._rows):
            groups = [_text(row[name]) for name in self._variables]
            keys = {self._key(row, groups)}
            present = [place for place, text in enumerate(groups) if text is not None]
            if self._tidy and len(present) == 1 and row["group"] is not None:
                labelled = list(groups)
                labelled[present[0]] = str(row["group"])
                keys.add(self._key(row, labelled))
            for key in keys:
                index.setdefault(key, []).append(number)
        return index

    def _key(self, row: Mapping[str, Any], groups: Sequence[str | None]) -> tuple[object, ...]:
        about = [_text(row.get(name)) for name in _ABOUT]
        if about[2] is not None:
            about[1] = None  # an indicator says its dimension
        return (*about, *groups)

    def find(self, read: Read, number: int, year: float | None) -> Found | list[Problem]:
        """The figure of a target, or why there is none."""
        target = read.file.target[number]
        problems = self._unknown_columns(read, number)
        if problems:
            return [*problems, *self._unknown_values(read, number)]
        asked = {name: _text(target.group.get(name)) for name in self._variables}
        about = {name: getattr(target, name) for name in _ABOUT}
        rows = [self._rows[n] for n in self._index.get(self._key(about, list(asked.values())), ())]
        if target.indicator is not None and target.dimension is not None:
            rows = [r for r in rows if r.get("dimension") in (None, target.dimension)]
        if not rows:
            return self._unknown_values(read, number) or [self._no_row(read, number)]
        if target.k is not None:
            cutoffs = {_fraction(row["k"]) for row in rows}
            rows = [row for row in rows if _fraction(row["k"]) == target.k]
            if not rows:
                listed = _listed([exact.text(k) for k in cutoffs if k is not None])
                found = f"there is no figure with k={target.k}"
                return [Problem(read.where(number, "k"), found, f"Cutoffs are {listed}.")]
        return self._of_year(rows, read, number, year)

    def _of_year(
        self, rows: list[dict[str, Any]], read: Read, number: int, year: float | None
    ) -> Found | list[Problem]:
        target = read.file.target[number]
        after = target.baseline.year
        if self.has_years:
            years = sorted({row["year"] for row in rows if row["year"] is not None})
            wanted = year
            if wanted is None:
                filled = [r["year"] for r in rows if r[self._value] is not None and r["year"]]
                wanted = max(filled or years, default=None)
            rows = [row for row in rows if row["year"] == wanted]
            if wanted is None or not rows:
                found = f"there is no figure of {_year(wanted)}"
                listed = _listed([_year(y) for y in years])
                return [Problem(read.where(number), found, f"Years are {listed}.")]
        else:
            assert year is not None  # noqa: S101 -- checked before a row is looked for
            wanted = year
        if wanted <= after:
            found = f"its figure is of {_year(wanted)}, not after the baseline of {_year(after)}"
            remedy = "Give a later year, or correct the baseline's."
            return [Problem(read.where(number, "baseline"), found, remedy=remedy)]
        if len(rows) > 1:
            return [self._several(rows, read, number)]
        return self._found(rows[0], read, number, float(wanted))

    def _found(
        self, row: Mapping[str, Any], read: Read, number: int, year: float
    ) -> Found | list[Problem]:
        target = read.file.target[number]
        scale = 100.0 if target.measure in self._percent else 1.0
        value, se = (_number(row.get(name)) / scale for name in (self._value, "se"))
        df = row.get("df")
        if target.is_share and value > 1:
            found = f"the figure of {_year(year)} is {value:g}, above 1"
            name = target.measure
            remedy = f'Give percent=["{name}"] (--percent {name}) if the table has it in percent.'
            return [Problem(read.where(number), found, "Shares are at most 1.", remedy)]
        if value < 0 or se < 0:
            found = f"the figure of {_year(year)} or its standard error is negative"
            return [Problem(read.where(number), found)]
        free = float("inf") if df is None else float(df)
        return Found(Known(year, value, se, free), row.get("flag"))

    def _unknown_columns(self, read: Read, number: int) -> list[Problem]:
        target = read.file.target[number]
        problems = []
        known = self._variables
        if not self._tidy:
            known = [n for n in self._columns if n not in COLUMNS and n not in ("value", "year")]
        for name in target.group:
            if name not in self._variables:
                listed = f"There are {_listed(known)}." if known else "There are none."
                found = f"{name!r} is no grouping variable of the series"
                where = read.where(number, "group")
                problems.append(Problem(where, found, listed, nearest(name, known)))
        asked = [name for name in _ABOUT[1:] if getattr(target, name) is not None]
        asked += ["k"] if target.k is not None else []
        for name in asked:
            if name not in self._columns:
                found = f"the series has no column {name!r}"
                remedy = "Leave the key out, or add the column."
                problems.append(Problem(read.where(number, name), found, remedy=remedy))
        return problems

    def _unknown_values(self, read: Read, number: int) -> list[Problem]:
        """Names that are nowhere in the series; none if it is their combination that is not."""
        target = read.file.target[number]
        problems = []
        measured = [r for r in self._rows if r["measure"] == target.measure]
        for name in _ABOUT:
            value = getattr(target, name)
            known = _values(self._rows if name == "measure" else measured, name)
            if value is not None and value not in known and (measured or name == "measure"):
                of = "" if name == "measure" else f" of {target.measure}"
                found = f"there is no {name} {value!r}{of} in the series"
                expected = f"There are {_listed(known)}." if known else ""
                where = read.where(number, name)
                problems.append(Problem(where, found, expected, nearest(value, known)))
        rows = measured or self._rows
        for name, value in target.group.items():
            if name not in self._variables:
                continue
            known = _values(rows, name)
            if self._tidy:
                labels = [r for r in rows if r["by"] == name]
                known = list(dict.fromkeys([*known, *_values(labels, "group")]))
            if _text(value) not in known:
                found = f"{name!r} has no group {value!r}"
                where = read.where(number, "group")
                expected = f"There are {_listed(known)}."
                problems.append(Problem(where, found, expected, nearest(str(value), known)))
        return problems

    def _no_row(self, read: Read, number: int) -> Problem:
        target = read.file.target[number]
        found = f"the series has no row for {target.label()!r}"
        expected = "Each of its names is there, but in no row together."
        absent = [name for name in self._variables if name not in target.group]
        if absent and not self._tidy:
            named = ", ".join(absent)
            expected += f" Without a group, {named} has to be empty in the row; name its value."
        elif target.measure in ("hd", "hdk", "actb", "pctb") and not target.indicator:
            expected += " Name an indicator or a dimension."
        return Problem(read.where(number), found, expected)

    def _several(self, rows: list[dict[str, Any]], read: Read, number: int) -> Problem:
        numbers = {self._value, "se", "ci_low", "ci_high", "cv", "df", "deff", "n", "n_psu", "flag"}
        columns = [name for name in self._columns if name not in numbers]
        differ = [name for name in columns if len({str(row[name]) for row in rows}) > 1]
        found = f"{len(rows)} rows of the series fit {read.file.target[number].label()!r}"
        if not differ:
            return Problem(read.where(number), f"{found}, and are of the same", "Expected one.")
        expected = f"They differ in {', '.join(differ)}."
        remedy = "Say which, by a key or in 'group'."
        if differ == ["bound"]:
            remedy = "A bound is no figure: estimate by another policy for missing answers."
        return Problem(read.where(number), found, expected, remedy)


def _as_table(data: object) -> pa.Table:
    if isinstance(data, Estimates):
        return data.to_arrow()
    source = open_source(data, name="series")
    return source.read(source.names)


def _values(rows: Sequence[Mapping[str, Any]], name: str) -> list[str]:
    texts = (_text(row.get(name)) for row in rows)
    return [text for text in dict.fromkeys(texts) if text is not None]


def _text(value: object) -> str | None:
    """Text by which values are compared; a whole number is one however it is stored."""
    if value is None:
        return None
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    text = str(value)
    return text or None


def _fraction(value: object) -> Fraction | None:
    try:
        return None if value is None else exact.fraction(value)
    except ValueError:
        return None


def _number(value: object) -> float:
    return float("nan") if value is None else float(value)  # type: ignore[arg-type]


def _year(year: float | None) -> str:
    return "any year" if year is None else f"{year:g}"


def _listed(names: Sequence[str]) -> str:
    more = ["..."] if len(names) > _MOST_LISTED else []
    return ", ".join([*names[:_MOST_LISTED], *more]) or "none"
