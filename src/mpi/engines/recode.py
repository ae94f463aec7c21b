"""Codes of a raw column as classes, truths or numbers of a codebook variable."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa
import pyarrow.compute as pc

from mpi.engines.columns import Array, kind_of
from mpi.errors import Problems
from mpi.survey.codebook import Code, Variable, listed

_MOST_SHOWN = 5
_MOST_LISTED = 20
_LONGEST_SHOWN = 12


def recode(column: Array, variable: Variable, *, where: str, problems: Problems) -> Array:
    """Column of a codebook variable; codes that the codebook does not know are a problem.

    Parameters
    ----------
    column : Array
        Raw column.
    variable : Variable
        Its classes, truth values, range and missing codes.
    where : str
        Place of the raw column, for messages.
    problems : Problems
        Collector.
    """
    kind = kind_of(column)
    if kind == "truth":
        column, kind = pc.cast(column, pa.int64()), "number"
    if kind == "nothing" or column.null_count == len(column):
        return pa.nulls(len(column), _type_of(variable))
    place = f"{where}, variable {variable.id!r}"
    if not fits(str(kind), variable, place, problems):
        return pa.nulls(len(column), _type_of(variable))
    if variable.characters is not None:
        first, last = variable.characters
        return pc.utf8_slice_codeunits(column, first - 1, last)
    pairs = variable.recode()
    if pairs:
        return _classes(column, variable, pairs, place, problems)
    return _numbers(column, variable, place, problems)


def fits(kind: str, variable: Variable, place: str, problems: Problems) -> bool:
    """Whether a column of a type can have the codes of a variable; if not, why is added.

    Parameters
    ----------
    kind : str
        Type of the column in the rule language.
    variable : Variable
    place : str
        Place of the column, for messages.
    problems : Problems
    """
    coded = variable.range is not None or any(True for _ in variable.codes())
    wrong = [code for code in variable.codes() if _is_text(code) != (kind == "text")]
    if kind == "date" and coded:
        remedy = "Take it as it is, with value = ..., and compare dates in the rules."
        problems.add(place, "the column has dates, which have no codes", remedy=remedy)
    elif wrong and kind != "text":
        found = f"the column has numbers, and the codebook has the code {wrong[0]!r}"
        remedy = "Write it as a number, without quotes."
        problems.add(place, found, expected="Codes are of the type of the column.", remedy=remedy)
    elif variable.characters is not None and kind != "text":
        problems.add(place, "the column is no text, and 'characters' are taken of a text")
    else:
        return True
    return False


def _classes(
    column: Array,
    variable: Variable,
    pairs: dict[Code, str | bool],
    place: str,
    problems: Problems,
) -> Array:
    codes = _codes(list(pairs), column.type)
    position = pc.index_in(column, value_set=codes, skip_nulls=True)
    known = pc.is_valid(position)
    if variable.missing != ():
        known = pc.or_(known, _is_missing(column, variable))
    unknown = pc.filter(column, pc.and_(pc.invert(known), pc.is_valid(column)))
    if len(unknown):
        met = sorted(pc.unique(unknown).to_pylist())
        report_unknown(problems, place, variable, met, (len(unknown), len(column)))
    return pa.array(list(pairs.values())).take(position)


def _numbers(column: Array, variable: Variable, place: str, problems: Problems) -> Array:
    if kind_of(column) == "text":
        report_text(problems, place, len(column) - column.null_count)
        return pa.nulls(len(column), pa.float64())
    if variable.missing != ():
        gone = _is_missing(column, variable)
        column = pc.if_else(gone, pa.scalar(None, column.type), column)
    if variable.range is not None:
        low, high = variable.range
        outside = pc.or_(pc.less(column, low), pc.greater(column, high))
        count = pc.sum(outside).as_py() or 0
        if count:
            report_outside(problems, place, variable.range, count, len(column))
    return column


def report_unknown(
    problems: Problems,
    place: str,
    variable: Variable,
    met: Sequence[object],
    rows: tuple[int, int],
) -> None:
    """Add codes that are in no class: the distinct ones, and in how many rows of how many."""
    problems.add(
        place,
        f"{_shown(met)} in no class of the codebook",
        expected=f"The codebook has {_listed(variable)}.",
        remedy="Add the code to 'missing' if it means no answer, or assign it to a class.",
        count=rows[0],
        of=rows[1],
    )


def report_text(problems: Problems, place: str, count: int) -> None:
    """Add a column of texts where numbers are needed."""
    found = "a number is needed, the column is text"
    remedy = "Give 'classes'; or write value = ... for a text that is taken as it is."
    problems.add(place, found, remedy=remedy, count=count)


def report_outside(
    problems: Problems, place: str, limits: tuple[float, float], count: int, of: int
) -> None:
    """Add values outside the range of a variable."""
    remedy = "Add the code to 'missing' if it means no answer, or widen 'range'."
    found = f"value outside {limits[0]:g} to {limits[1]:g}"
    problems.add(place, found, remedy=remedy, count=count, of=of)


def _codes(codes: list[Code] | tuple[Code, ...], kind: pa.DataType) -> Array:
    if pa.types.is_string(kind):
        return pa.array([str(code) for code in codes], kind)
    if pa.types.is_integer(kind):  # a code that no integer column can hold gets no row
        return pa.array([_whole(code) for code in codes], kind)
    return pa.array([float(code) for code in codes]).cast(kind)


def _whole(code: Code) -> int | None:
    whole = isinstance(code, int) or float(code).is_integer()
    return int(code) if whole and abs(int(code)) < 2**63 else None


def _is_missing(column: Array, variable: Variable) -> Array:
    codes = _codes(listed(variable.missing), column.type)
    return pc.is_in(column, value_set=codes, skip_nulls=True)


def _is_text(code: Code) -> bool:
    return isinstance(code, str)


def _type_of(variable: Variable) -> pa.DataType:
    if variable.classes is not None or variable.characters is not None:
        return pa.string()
    return pa.bool_() if variable.true is not None else pa.float64()


def _listed(variable: Variable) -> str:
    codes = [str(code) for code in variable.codes()]
    return ", ".join([*codes[:_MOST_LISTED], *(["..."] if len(codes) > _MOST_LISTED else [])])


def _shown(met: Sequence[object]) -> str:
    """The codes that were met, if they are short enough to be codes."""
    codes = [str(code) for code in met if len(str(code)) <= _LONGEST_SHOWN][:_MOST_SHOWN]
    if not codes:
        return "values that are"
    more = ", ..." if len(met) > len(codes) else ""
    return (
        f"value {', '.join(codes)}{more} is"
        if len(met) == 1
        else f"values {', '.join(codes)}{more} are"
    )
