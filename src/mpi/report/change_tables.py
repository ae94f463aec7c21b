"""Standard tables of changes between waves: figures, differences, stars, adjusted p-values."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from mpi.analysis.change import OWN_COLUMNS, Changes
from mpi.assembly import NATIONAL
from mpi.lookup import grouping_variables
from mpi.report.numbers import Kind
from mpi.report.setting import Row, Setting
from mpi.report.tables import UNDEFINED, Cell, Column, Table, TableRow

Forms: TypeAlias = Mapping[tuple[str, bool], Row]

_MAIN, _OF_INDICATORS = ("H", "A", "M0"), ("hd", "hdk")
_STARS = ((0.01, "***"), (0.05, "**"), (0.10, "*"))


def change_tables(changes: Changes, setting: Setting) -> list[Table]:
    """One table a pair of waves and cutoff for groups, and one for indicators."""
    return list(_Changed(changes, setting).tables())


@dataclass(frozen=True, slots=True)
class _What:
    """What a table of changes is about: a pair of waves and a cutoff, of how many."""

    pair: tuple[object, ...]
    cut: tuple[object, object]
    several: bool
    pairs: int

    def years(self, setting: Setting) -> str:
        """From which year to which."""
        return setting.say("from to", _year(self.pair[2]), _year(self.pair[3]))


class _Changed:
    """Rows of changes by what they are; the absolute form of each leads to the relative one."""

    def __init__(self, changes: Changes, setting: Setting) -> None:
        table = changes.to_arrow()
        spec = setting.specification
        # the title of a result is English, and names its specification by its id
        foreign = setting.language != "en" and spec is not None
        self._title = spec.label(setting.language) if foreign and spec else changes.title
        self._setting = setting
        self._adjusted = "p_adjusted" in table.column_names
        self._variables = [n for n in grouping_variables(table) if n not in OWN_COLUMNS]
        self._forms: dict[tuple[object, ...], dict[tuple[str, bool], Row]] = {}
        for row in table.to_pylist():
            form = (str(row["change"]), bool(row["annualized"]))
            self._forms.setdefault(self._key(row), {})[form] = row

    def _key(self, row: Row) -> tuple[object, ...]:
        names = ("by", "group", *self._variables, "measure", "dimension", "indicator", "category")
        return tuple(row[name] for name in (*names, "k", "bound", "wave_0", "wave_1"))

    def tables(self) -> Iterator[Table]:
        """Tables in the order of the rows."""
        firsts = [next(iter(forms.values())) for forms in self._forms.values()]
        pairs = dict.fromkeys(_pair(row) for row in firsts)
        cuts = dict.fromkeys(
            (row["k"], row["bound"]) for row in firsts if row["measure"] in (*_MAIN, "hdk")
        )
        for pair in pairs:
            for cut in cuts:
                what = _What(pair, cut, several=len(cuts) > 1, pairs=len(pairs))
                for measure in _MAIN:
                    yield from self._of_groups(measure, what)
                yield from self._of_indicators(what)

    def _chosen(self, measure: str, what: _What) -> Iterator[tuple[Row, Forms]]:
        """Forms of the changes of a measure, each with a row that says what it is."""
        for forms in self._forms.values():
            row = next(iter(forms.values()))
            same_cut = row["k"] is None or (row["k"], row["bound"]) == what.cut
            if row["measure"] == measure and _pair(row) == what.pair and same_cut:
                yield row, forms

    def _of_groups(self, measure: str, what: _What) -> Iterator[Table]:
        setting = self._setting
        columns = self._columns(what.pair, "index" if measure == "M0" else "share")
        rows: list[TableRow] = []
        by: object = NATIONAL
        for row, forms in self._chosen(measure, what):
            if row["by"] != by:
                by = row["by"]
                heading = Cell(setting.say("by", setting.grouping(str(by))))
                rows.append(TableRow((heading, *[Cell()] * (len(columns) - 1)), "section"))
            label = str(row["group"]) if row["group"] else setting.say("national")
            rows.append(self._line(label, forms, indent=int(by != NATIONAL)))
        if rows:
            title = setting.say("changes title", setting.say(measure), what.years(setting))
            yield self._table(f"changes {measure}", title, what, columns, rows)

    def _of_indicators(self, what: _What) -> Iterator[Table]:
        setting = self._setting
        columns = self._columns(what.pair, "share")
        rows: list[TableRow] = []
        for measure in _OF_INDICATORS:
            own = [
                self._line(setting.indicator(str(row["indicator"])), forms, indent=1)
                for row, forms in self._chosen(measure, what)
                if row["by"] == NATIONAL and row["indicator"] is not None
            ]
            heading = (Cell(setting.say(measure)), *[Cell()] * (len(columns) - 1))
            rows += [TableRow(heading, "section"), *own] if own else []
        if rows:
            title = setting.say("indicator changes title", what.years(setting))
            yield self._table("indicator changes", title, what, columns, rows)

    def _columns(self, pair: tuple[object, ...], kind: Kind) -> list[Column]:
        say = self._setting.say
        absolute, relative = say("absolute"), say("relative")
        digits = 1 if kind == "share" else 3
        found = [
            Column(say("group")),
            *(Column(_year(year), kind, digits, say("figure")) for year in pair[2:]),
            Column(say("estimate"), kind, digits, absolute),
            Column(say("se"), kind, digits + 1, absolute),
            Column(say("ci_low"), kind, digits, absolute),
            Column(say("ci_high"), kind, digits, absolute),
            Column(say("p_value"), "p", 3, absolute),
        ]
        found += [Column(say("p_adjusted"), "p", 3, absolute)] if self._adjusted else []
        found.append(Column(say("whole period"), "share", 1, relative))
        return [*found, Column(say("annual"), "share", 1, relative)]

    def _line(self, label: str, forms: Forms, *, indent: int) -> TableRow:
        row = forms.get(("absolute", False), {})
        names = ["estimate_0", "estimate_1", "estimate", "se", "ci_low", "ci_high", "p_value"]
        names += ["p_adjusted"] if self._adjusted else []
        cells = [_number(row, name) for name in names]
        stars = _stars(row.get("p_adjusted" if self._adjusted else "p_value"))
        cells[2] = Cell(cells[2].value, stars)
        relative = [_number(forms.get(("relative", a), {}), "estimate") for a in (False, True)]
        return TableRow((Cell(label), *cells, *relative), "row", indent)

    def _table(
        self,
        name: str,
        title: str,
        what: _What,
        columns: Sequence[Column],
        rows: Sequence[TableRow],
    ) -> Table:
        setting, say = self._setting, self._setting.say
        k, bound = what.cut
        words = [] if k is None else [f"k = {k}"]
        words += [] if bound is None else [say(f"bound {bound}")]
        own = [name, *([what.years(setting)] if what.pairs > 1 else [])]
        own += [str(part) for part in what.cut if part is not None and what.several]
        which = say("stars of adjusted" if self._adjusted else "stars of p")
        notes = [say("change in points"), say("stars", which), say("errors of changes")]
        if any(cell.value == UNDEFINED for row in rows for cell in row.cells):
            notes.append(say("undefined"))
        return setting.table(
            ", ".join(own),
            title,
            columns,
            rows,
            subtitle="; ".join([*words, self._title]),
            notes=tuple(notes),
            short=f"{say('changes')} {name.rsplit(maxsplit=1)[-1]}",
        )


def _pair(row: Row) -> tuple[object, ...]:
    return tuple(row[name] for name in ("wave_0", "wave_1", "year_0", "year_1"))


def _year(year: object) -> str:
    return f"{year:g}" if isinstance(year, float) else str(year)


def _number(row: Row, name: str) -> Cell:
    value = row.get(name)
    assert value is None or isinstance(value, int | float)  # noqa: S101 -- columns of numbers
    return Cell(UNDEFINED if value is None else value)


def _stars(p: object) -> str:
    if not isinstance(p, float) or math.isnan(p):
        return ""
    return next((stars for limit, stars in _STARS if p < limit), "")
