"""Codes of a raw column as classes, truths or numbers of a codebook variable, as a query."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import narwhals as nw

from mpi.engines.compile import Kind
from mpi.engines.recode import fits, report_outside, report_text, report_unknown
from mpi.engines.relational.checks import Checks
from mpi.engines.relational.tables import Column
from mpi.errors import Problems
from mpi.survey.codebook import Code, Variable, listed

Met = Callable[[nw.Expr, str], Sequence[object]]


@dataclass(frozen=True, slots=True)
class Recoding:
    """What a recoded column is.

    Attributes
    ----------
    expression : nw.Expr
    kind : Kind
    whole : bool
        Whether its numbers are integers.
    """

    expression: nw.Expr
    kind: Kind
    whole: bool = False


@dataclass(frozen=True, slots=True)
class Recoder:
    """Recodes columns of one level, and has checked that codes are known.

    Attributes
    ----------
    problems : Problems
    checks : Checks
        Of the level.
    met : callable
        Distinct values of a column where a condition holds.
    """

    problems: Problems
    checks: Checks
    met: Met

    def recoded(self, column: Column, variable: Variable, where: str) -> Recoding:
        """The column of a codebook variable, as `recode` of the memory engine gives it."""
        kind = column.kind
        place = f"{where}, variable {variable.id!r}"
        if kind == "nothing" or not fits(
            "number" if kind == "truth" else kind, variable, place, self.problems
        ):
            return _nothing(variable)
        if variable.characters is not None:
            first, last = variable.characters
            return Recoding(nw.col(column.id).str.slice(first - 1, last - first + 1), "text")
        if variable.recode():
            return self._classes(column, variable, place)
        return self._numbers(column, variable, place)

    def _classes(self, column: Column, variable: Variable, place: str) -> Recoding:
        value = _value(column)
        by_result: dict[str | bool, list[Code]] = {}
        for code, result in variable.recode().items():
            by_result.setdefault(result, []).append(code)
        known = _codes([*variable.recode(), *listed(variable.missing)], column)
        unknown = ~value.is_in(known) if known else ~value.is_null()
        self.checks.add(
            unknown,
            lambda count, of: report_unknown(
                self.problems, place, variable, self.met(unknown, column.id), (count, of)
            ),
        )
        kind: Kind = "text" if variable.classes is not None else "truth"
        found = nw.lit(None, dtype=nw.String if kind == "text" else nw.Boolean)
        for result, codes in by_result.items():
            typed = _codes(codes, column)
            if typed:
                found = nw.when(value.is_in(typed)).then(nw.lit(result)).otherwise(found)
        return Recoding(found, kind)

    def _numbers(self, column: Column, variable: Variable, place: str) -> Recoding:
        value = _value(column)
        if column.kind == "text":
            self.checks.add(~value.is_null(), lambda n, _: report_text(self.problems, place, n))
            return Recoding(nw.lit(None, dtype=nw.Float64), "number")
        missing = _codes(listed(variable.missing), column)
        if missing:
            value = nw.when(~value.is_in(missing)).then(value)
        if variable.range is not None:
            limits = variable.range
            outside = (value < limits[0]) | (value > limits[1])
            self.checks.add(
                outside,
                lambda count, of: report_outside(self.problems, place, limits, count, of),
            )
        return Recoding(value, column.kind if column.kind == "date" else "number", column.whole)


def _value(column: Column) -> nw.Expr:
    value = nw.col(column.id)
    return value.cast(nw.Int64) if column.kind == "truth" else value


def _codes(codes: Sequence[Code], column: Column) -> list[object]:
    """Codes in the type of a column, without those that it cannot hold."""
    if column.kind == "text":
        return [str(code) for code in codes]
    if column.whole or column.kind == "truth":
        whole = [code for code in codes if isinstance(code, int) or float(code).is_integer()]
        return [int(code) for code in whole if abs(int(code)) < 2**63]
    return [float(code) for code in codes]


def _nothing(variable: Variable) -> Recoding:
    if variable.classes is not None or variable.characters is not None:
        return Recoding(nw.lit(None, dtype=nw.String), "text")
    if variable.true is not None:
        return Recoding(nw.lit(None, dtype=nw.Boolean), "truth")
    return Recoding(nw.lit(None, dtype=nw.Float64), "number")
