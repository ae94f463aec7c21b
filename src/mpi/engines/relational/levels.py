"""Values of a variable of persons that are few enough to be counted in each household.

Persons of a household that are alike are a number then, and a group of persons needs no join of all
persons with their households.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import narwhals as nw

from mpi.engines.relational.aggregates import Aggregated
from mpi.engines.relational.places import Place
from mpi.engines.relational.population import COUNTED, OWN, WEIGHT
from mpi.engines.relational.tables import Column, kind_of, plain
from mpi.engines.steps import Plan, Raw, Recode
from mpi.survey.survey import Survey

Value: TypeAlias = int | str | bool | None
_FEW = 6
_TYPES: Mapping[str, nw.dtypes.DType] = {
    "truth": nw.Boolean(),
    "number": nw.Int64(),
    "text": nw.String(),
}


@dataclass(frozen=True, slots=True)
class Levels:
    """A variable of persons whose values are counted in each household.

    Attributes
    ----------
    step : str
        Its step in the plan.
    values : tuple of Value
        All that it has, None last.
    """

    step: str
    values: tuple[Value, ...]

    def aggregated(self, column: Column, *, weighs: bool) -> Aggregated:
        """Counted persons of each value, and the sum of their weights where these are their own."""
        tallies: dict[str, nw.Expr] = {}
        parts: dict[str, nw.Expr] = {}
        kept: dict[str, nw.Expr] = {}
        for place, value in enumerate(self.values):
            has = nw.col(COUNTED) & self._has(column, value)
            number, weight = number_id(column, place), _weight_id(column, place)
            tallies[number] = has
            kept[number] = nw.coalesce(nw.col(number), nw.lit(0)).cast(nw.Int64)
            if weighs:
                parts[weight] = nw.when(has).then(nw.col(WEIGHT)).sum()
                kept[weight] = nw.coalesce(nw.col(weight), nw.lit(0.0))
        return Aggregated(column, tallies, parts, kept)

    def names(self, column: Column, *, weighs: bool) -> list[str]:
        """Columns of households that `aggregated` makes."""
        places = range(len(self.values))
        weights = [_weight_id(column, place) for place in places] if weighs else []
        return [*(number_id(column, place) for place in places), *weights]

    def literal(self, place: int, column: Column) -> nw.Expr:
        """A value as a column."""
        return nw.lit(self.values[place], dtype=_TYPES[column.kind])

    def _has(self, column: Column, value: Value) -> nw.Expr:
        own = nw.col(column.id)
        if value is None:
            return own.is_null()
        return own if value is True else ~own if value is False else own == nw.lit(value)


def number_id(column: Column, place: int) -> str:
    """Column of households with the counted persons of a value."""
    return f"{column.id}n{place}"


def weight_of(column: Column, place: int, *, weighs: bool) -> nw.Expr:
    """Summed weight of the counted persons of a value."""
    if weighs:
        return nw.col(_weight_id(column, place))
    return nw.col(number_id(column, place)).cast(nw.Float64) * nw.col(OWN)


def _weight_id(column: Column, place: int) -> str:
    return f"{column.id}w{place}"


def levels_of(survey: Survey, plan: Plan, place: Place, names: Sequence[str]) -> dict[str, Levels]:
    """Those of some grouping variables of persons that have few values, with these values."""
    found, raw = {}, {}
    for name in names:
        step = plan.of(f"by:{name}")
        if isinstance(step.work, Recode) and step.work.variable.recode():
            values = list(dict.fromkeys(step.work.variable.recode().values()))
            if len(values) <= _FEW:
                found[name] = Levels(step.name, (*values, None))
        elif isinstance(step.work, Raw):
            raw[name] = step.work.column
    for name, column in raw.items():
        table = place.table(survey.tables["persons"], [column])
        dtype = table.collect_schema()["c0"]
        if kind_of(dtype) in _TYPES and not dtype.is_float() and not dtype.is_decimal():
            own = table.select(c0=plain("c0", dtype)).unique().head(_FEW + 2)
            values = [v for v in place.collect(own).column(0).to_pylist() if v is not None]
            if len(values) <= _FEW:
                found[name] = Levels(plan.of(f"by:{name}").name, (*sorted(values), None))
    return found
