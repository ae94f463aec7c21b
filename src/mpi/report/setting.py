"""What the tables of one result share: language, titles, source, and its rows by what they are."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import pyarrow as pa
import pyarrow.compute as pc

from mpi.assembly import NATIONAL
from mpi.display import visible
from mpi.estimates import Estimates
from mpi.lookup import grouping_variables
from mpi.report.flags import WITHHELD, flag_marks, footnotes, scheme_of
from mpi.report.numbers import Decimal
from mpi.report.tables import UNDEFINED, Column, Table, TableRow
from mpi.report.words import known, word
from mpi.spec.model import Specification

Row = Mapping[str, object]
_CROSSED = " x "
_OF_CUTOFFS = ("H", "A", "M0", "hdk", "actb", "pctb")


@dataclass(frozen=True, slots=True)
class Setting:
    """How tables are written.

    Attributes
    ----------
    language : str
    decimal : {".", ","}
    names : mapping of variable to title
    specification : Specification or None
        For the titles of dimensions and indicators.
    source : str
        Where the data come from, in the words of the user.
    origin : str
        What the figures were computed with.
    """

    language: str
    decimal: Decimal
    names: Mapping[str, str] = field(default_factory=dict)
    specification: Specification | None = None
    source: str = ""
    origin: str = ""

    def say(self, key: str, *values: object) -> str:
        """A word in the language of the tables."""
        return word(key, self.language, *values)

    def known(self, key: str) -> str:
        """The word in the language of the tables, or the key itself."""
        return known(key, self.language).removeprefix("policy ")

    def grouping(self, by: str) -> str:
        """Title of a grouping."""
        if by == NATIONAL:
            return self.say("national")
        if by in self.names:
            return self.names[by]
        parts = [self.names.get(name, name) for name in by.split(_CROSSED)]
        return self.say("x").join(parts)

    def dimension(self, name: str) -> str:
        """Title of a dimension."""
        spec = self.specification
        part = spec.dimensions.get(name) if spec is not None else None
        return name if part is None else part.label(self.language)

    def indicator(self, name: str) -> str:
        """Title of an indicator."""
        spec = self.specification
        part = spec.indicators.get(name) if spec is not None else None
        return name if part is None else part.label(self.language)

    def category(self, name: str) -> str:
        """Title of a category."""
        spec = self.specification
        part = spec.categories.get(name) if spec is not None else None
        return name if part is None else part.label(self.language)

    def source_line(self) -> str:
        """Source of a table: that of the user, then what it was computed with."""
        return self.say("source", "; ".join(filter(None, (self.source, self.origin))) + ".")

    def table(
        self,
        name: str,
        title: str,
        columns: Sequence[Column],
        rows: Iterable[TableRow],
        **about: object,
    ) -> Table:
        """A table with the source of this result."""
        plain = {"source": self.source_line(), "decimal": self.decimal, **about}
        return Table(name, title, tuple(columns), tuple(rows), **plain)  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True)
class Group:
    """A group of a result: its grouping, and the values and text that tell it from others."""

    by: str
    key: tuple[object, ...]
    text: str


class Figures:
    """The rows of estimates by what they are, and the marks of their flags.

    Parameters
    ----------
    estimates : Estimates
    setting : Setting
    """

    def __init__(self, estimates: Estimates, setting: Setting) -> None:
        table = estimates.to_arrow()
        self.setting = setting
        self.estimates = estimates
        self.scheme = scheme_of(estimates.findings)
        self.marks = flag_marks(table["flag"].unique().to_pylist())
        self.with_errors = table["se"].null_count < table.num_rows
        variables = grouping_variables(table)
        self._rows: dict[tuple[object, ...], Row] = {}
        self.groups: dict[Group, None] = {}
        for row in table.to_pylist():
            values = tuple(_plain(row[name]) for name in variables)
            group = Group(row["by"], values, row["group"] or setting.say("national"))
            self.groups.setdefault(group)
            self._rows[(group, *_what(row))] = row
        measures = dict.fromkeys((r["measure"], r["k"], r["bound"]) for r in self._rows.values())
        self.measures = {measure for measure, _, _ in measures}
        of_cutoffs = ((k, b) for m, k, b in measures if m in _OF_CUTOFFS and k is not None)
        self.cuts = list(dict.fromkeys(of_cutoffs))
        self.bounds = list(dict.fromkeys(bound for _, _, bound in measures))

    def row(
        self,
        group: Group,
        measure: str,
        *,
        k: object = None,
        bound: object = None,
        dimension: str | None = None,
        indicator: str | None = None,
        category: str | None = None,
    ) -> Row | None:
        """The row of a figure; None if it was not estimated."""
        what = (measure, k, bound, dimension, indicator, category)
        return self._rows.get((group, *what))

    def of(self, by: str) -> list[Group]:
        """Groups of a grouping, after the whole population."""
        return [g for g in self.groups if g.by == NATIONAL] + [
            g for g in self.groups if g.by == by and by != NATIONAL
        ]

    @property
    def groupings(self) -> list[str]:
        """Names of the groupings, without the whole population."""
        return [by for by in dict.fromkeys(g.by for g in self.groups) if by != NATIONAL]

    def indicators(self, measure: str) -> list[tuple[str, str]]:
        """Dimension and indicator of the figures of a measure, in order."""
        found = (
            (str(row["dimension"]), str(row["indicator"]))
            for row in self._rows.values()
            if row["measure"] == measure and row["indicator"] is not None
        )
        return list(dict.fromkeys(found))

    def dimensions(self, measure: str) -> list[str]:
        """Dimensions of the figures of a measure, in order."""
        of = [r for r in self._rows.values() if r["measure"] == measure]
        return list(dict.fromkeys(str(r["dimension"]) for r in of if r["dimension"] is not None))

    def categories(self) -> list[str]:
        """Categories whose share was estimated."""
        of = [r for r in self._rows.values() if r["measure"] == "category"]
        return list(dict.fromkeys(str(r["category"]) for r in of))

    def subtitle(self, k: object = None, bound: object = None) -> str:
        """What was measured, at which cutoff, and who is counted."""
        say, origin, spec = self.setting.say, self.estimates.origin, self.setting.specification
        parts = [] if spec is None else [spec.label(self.setting.language)]
        parts += [] if k is None else [f"k = {k}"]
        parts += [] if bound is None else [say(f"bound {bound}")]
        if origin is None:
            return "; ".join([*parts, self.estimates.title])
        if origin.date is not None:
            parts.append(say("survey of", origin.date))
        parts.append(say("counted", self.setting.known(origin.unit)))
        parts.append(say("missing", self.setting.known(f"policy {origin.missing}")))
        return "; ".join(parts)

    def notes(self, rows: Iterable[TableRow], used: Iterable[Row | None]) -> list[str]:
        """Notes on units, abbreviations, missing figures and the flags of some rows."""
        say = self.setting.say
        notes = self.warnings()
        notes.append(say("units"))
        if self.with_errors:
            origin = self.estimates.origin
            level = None if origin is None else origin.level
            unit = "" if origin is None else self.setting.known(origin.unit)
            percent = "?" if level is None else f"{100 * level:g}"
            notes.append(say("uncertainty", percent, unit))
        flags = {str(r["flag"]) for r in used if r and r["flag"] and r["estimate"] is not None}
        cells = [cell for row in rows for cell in row.cells]
        if any(cell.value == UNDEFINED for cell in cells):
            notes.append(say("undefined"))
        if any(cell.value == WITHHELD for cell in cells):
            flags.add(WITHHELD)
        return notes + footnotes(flags, self.marks, self.scheme, self.setting.language)

    def warnings(self) -> list[str]:
        """Whether the specification is not official."""
        spec = self.setting.specification
        if spec is None or spec.status not in ("reconstruction", "template"):
            return []
        return [self.setting.say("not official", self.setting.say(spec.status))]


def most_units(table: pa.Table) -> int:
    """Most units on which a figure of the whole population rests.

    `hd_available` takes whoever answers its indicator, also where the policy for missing answers
    leaves out the others, so its units are not those of the result.
    """
    rows = table.filter(pc.equal(table["by"], NATIONAL))
    others = rows.filter(pc.not_equal(rows["measure"], "hd_available"))
    rows = others if others.num_rows else rows
    return int(pc.max(rows["n"]).as_py() or 0) if rows.num_rows else 0


def _what(row: Row) -> tuple[object, ...]:
    names = ("measure", "k", "bound", "dimension", "indicator", "category")
    return tuple(row[name] for name in names)


def _plain(value: object) -> object:
    """A value as a key; not-a-number is equal to nothing, so its text stands for it."""
    unequal = isinstance(value, float) and math.isnan(value)
    return visible(str(value)) if unequal else value
