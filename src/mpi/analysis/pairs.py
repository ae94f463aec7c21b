"""Figures of two waves side by side, group by group and cutoff by cutoff."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from mpi.assembly import COLUMNS, NATIONAL
from mpi.errors import Problems, nearest
from mpi.estimates import Estimates
from mpi.findings import Finding

Floats: TypeAlias = NDArray[np.float64]
Places: TypeAlias = NDArray[np.int64]
Key: TypeAlias = tuple[object, ...]
Element: TypeAlias = tuple[str, str | None]

MEASURES = ("H", "A", "M0", "actb")
_MOST_GROUPS = 5  # that a finding lists


@dataclass(frozen=True, slots=True)
class Figures:
    """A measure in both waves, for q groups and cutoffs.

    Attributes
    ----------
    value : NDArray[np.float64], shape (2, q)
        NaN where it is not defined.
    row : NDArray[np.int64], shape (2, q)
        Numbers of their rows in the source; -1 for what has no row.
    """

    value: Floats
    row: Places

    def at(self, cells: Places) -> Figures:
        """Those of some groups and cutoffs."""
        return Figures(self.value[:, cells], self.row[:, cells])

    def or_zero(self) -> Figures:
        """The same where what is not defined counts 0, as a constant."""
        undefined = np.isnan(self.value)
        return Figures(np.where(undefined, 0.0, self.value), np.where(undefined, -1, self.row))

    def or_other(self) -> Figures:
        """The same where what one wave does not define is as in the other."""
        undefined = np.isnan(self.value)
        value = np.where(undefined, self.value[::-1], self.value)
        return Figures(value, np.where(undefined, self.row[::-1], self.row)).or_zero()


@dataclass(frozen=True, slots=True)
class Groups:
    """The groups of a grouping that either wave has.

    Attributes
    ----------
    by : str
    keys : tuple of tuple
        Values of all grouping variables; None for those of other groupings.
    texts : tuple of str or None
    """

    by: str
    keys: tuple[Key, ...]
    texts: tuple[str | None, ...]


class _Row(NamedTuple):
    """A row: its figure, its number, the units it rests on, and the text of its group."""

    value: float
    row: int
    n: int
    text: str | None


class Pair:
    """Two waves whose rows are matched by what they are about.

    Parameters
    ----------
    first, second : Estimates
        Of one pool.
    by : sequence of tuple of str, optional
        Groupings wanted; all that both have if left out.
    problems : Problems
        What keeps them from being matched is added.
    """

    def __init__(
        self,
        first: Estimates,
        second: Estimates,
        by: Sequence[tuple[str, ...]] | None,
        problems: Problems,
    ) -> None:
        waves = (first, second)
        self.findings: list[Finding] = []
        wanted = pa.array([*MEASURES, "popsh"])
        tables = [wave.to_arrow().append_column("#row", pa.array(wave.rows)) for wave in waves]
        plain = [
            table.filter(pc.and_(pc.is_in(table["measure"], wanted), pc.is_null(table["bound"])))
            for table in tables
        ]
        self.types = _types(tables, problems)
        _check_measures(plain, problems)
        cutoffs = [_distinct(table, "k") for table in plain]
        self.cutoffs = [k for k in cutoffs[0] if k in cutoffs[1]]
        self._report(cutoffs, "CUTOFF_IN_ONE_WAVE", "cutoffs that the other wave does not have")
        if not self.cutoffs and all(cutoffs):
            problems.add("k", "the waves have no cutoff in common", remedy="Estimate both alike.")
        self.groupings = self._groupings(plain, by, problems)
        self._index = [_indexed(table, list(self.types)) for table in plain]
        self.elements = list(dict.fromkeys(e for table in plain for e in _elements(table)))

    def groups(self, by: str) -> Groups:
        """The groups of a grouping that have a figure in either wave, those of the first first."""
        found: dict[Key, str | None] = {}
        own: list[set[Key]] = []
        for index in self._index:
            defined = {
                key: row.text
                for (measure, of, key, *_), row in index.items()
                if measure == "M0" and of == by and not np.isnan(row.value)
            }
            own.append(set(defined))
            found = defined | found
        ordered = [*(k for k in found if k in own[0]), *(k for k in found if k not in own[0])]
        named = [[str(found[key]) for key in ordered if key in keys] for keys in own]
        detail = "groups that the other wave does not have; they have a share of 0 there"
        self._report(named, "GROUP_IN_ONE_WAVE", detail, by)
        return Groups(by, tuple(ordered), tuple(found[key] for key in ordered))

    def figures(
        self, measure: str, groups: Groups, element: Element | tuple[None, None] = (None, None)
    ) -> Figures:
        """A measure for each group and cutoff, cutoffs within groups; shape (2, g x cutoffs)."""
        cutoffs: Sequence[str | None] = [None] if measure == "popsh" else self.cutoffs
        size = len(groups.keys) * len(cutoffs)
        value, row = np.full((2, size), np.nan), np.full((2, size), -1)
        for wave, index in enumerate(self._index):
            places = ((key, k) for key in groups.keys for k in cutoffs)
            for cell, (key, k) in enumerate(places):
                found = index.get((measure, groups.by, key, k, *element))
                if found is not None:
                    value[wave, cell], row[wave, cell] = found.value, found.row
        if measure == "popsh":
            value, row = (np.repeat(each, len(self.cutoffs), axis=1) for each in (value, row))
        return Figures(value, row)

    def outside(self, groups: Groups) -> bool:
        """Whether some units of a wave are in none of the groups."""
        whole = tuple(None for _ in self.types)
        for index in self._index:
            known = [index.get(("popsh", groups.by, key, None, None, None)) for key in groups.keys]
            inside = sum(found.n for found in known if found is not None)
            if inside < index["popsh", NATIONAL, whole, None, None, None].n:
                return True
        return False

    def _groupings(
        self,
        tables: Sequence[pa.Table],
        by: Sequence[tuple[str, ...]] | None,
        problems: Problems,
    ) -> list[str]:
        """Groupings that both waves have and that are wanted, without the whole population."""
        own = [[name for name in _distinct(t, "by") if name != NATIONAL] for t in tables]
        if by is None:
            detail = "groupings that the other wave does not have"
            self._report(own, "GROUPING_IN_ONE_WAVE", detail)
            return [name for name in own[0] if name in own[1]]
        names = [" x ".join(variables) for variables in by]
        for name in names:
            without = [str(n) for n, known in enumerate(own, start=1) if name not in known]
            if without:
                found = f"wave {' and wave '.join(without)} is not by {name!r}"
                problems.add("by", found, remedy=nearest(name, {*own[0], *own[1]}))
        return names

    def _report(
        self, own: Sequence[Sequence[str]], code: str, detail: str, by: str | None = None
    ) -> None:
        """What only one of the waves has."""
        for number, (mine, other) in enumerate(((own[0], own[1]), (own[1], own[0])), start=1):
            alone = [name for name in mine if name not in set(other)]
            if alone:
                more = ", ..." if len(alone) > _MOST_GROUPS else ""
                listed = ", ".join(alone[:_MOST_GROUPS]) + more
                where = f"wave {number}" if by is None else f"wave {number}, {by}"
                about = f"{detail}: {listed}"
                self.findings.append(Finding(code, where, about, len(alone), len(mine)))


def _check_measures(tables: Sequence[pa.Table], problems: Problems) -> None:
    for number, table in enumerate(tables, start=1):
        known = set(_distinct(table, "measure"))
        without = [name for name in MEASURES if name not in known]
        if without:
            found = f"wave {number} has no figures of {', '.join(without)}"
            remedy = "Give all that estimate() returns, under a policy other than 'bounds'."
            problems.add("", found, remedy=remedy)


def _types(tables: Sequence[pa.Table], problems: Problems) -> dict[str, pa.DataType]:
    """Grouping variables with the Arrow type of their values in both waves."""
    found: dict[str, pa.DataType] = {}
    for table in tables:
        for field in table.schema:
            if field.name in COLUMNS or field.name == "#row":
                continue
            known = found.get(field.name, pa.null())
            kinds = {kind for kind in (known, field.type) if not pa.types.is_null(kind)}
            if len(kinds) > 1 and all(map(_is_number, kinds)):
                kinds = {pa.float64()}
            if len(kinds) > 1:
                text = f"{field.name!r} is {known} in one wave and {field.type} in the other"
                problems.add("by", text, remedy="Give it the same type in both.")
            found[field.name] = kinds.pop() if kinds else pa.null()
    return found


def _is_number(kind: pa.DataType) -> bool:
    return bool(pa.types.is_integer(kind) or pa.types.is_floating(kind))


def _distinct(table: pa.Table, name: str) -> list[str]:
    return [value for value in pc.unique(table[name]).to_pylist() if value is not None]


def _indexed(table: pa.Table, variables: Sequence[str]) -> dict[tuple[Any, ...], _Row]:
    """Rows by what they are about."""
    keys = [
        table[name].to_pylist() if name in table.column_names else [None] * table.num_rows
        for name in variables
    ]
    groups = list(zip(*keys, strict=True)) if keys else [()] * table.num_rows
    columns = [table[n].to_pylist() for n in ("measure", "by", "k", "dimension", "indicator")]
    numbers = [table[name].to_pylist() for name in ("estimate", "#row", "n", "group")]
    return {
        (measure, by, group, k, dimension, indicator): _Row(
            float("nan") if value is None else value, row, n, text
        )
        for measure, by, group, k, dimension, indicator, value, row, n, text in zip(
            *columns[:2], groups, *columns[2:], *numbers, strict=True
        )
    }


def _elements(table: pa.Table) -> list[Element]:
    """Indicators and dimensions whose contribution there is; those without an indicator last."""
    own = table.filter(pc.equal(table["measure"], "actb"))
    pairs = zip(own["dimension"].to_pylist(), own["indicator"].to_pylist(), strict=True)
    return list(dict.fromkeys(pairs))
