"""The rows of a result that a figure shows, or sentences that say why there are none."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from mpi import exact
from mpi.assembly import NATIONAL
from mpi.errors import EstimationError, Problem, nearest
from mpi.lookup import grouping_variables
from mpi.publication import SCHEMES
from mpi.report.figures.style import MOST_ROWS

Rows = list[dict[str, Any]]

# flags under which a figure that is shown nevertheless is marked
_DOUBTFUL = {flag for scheme in SCHEMES.values() for flag in scheme.suppressed}
_LISTED = 12  # groups in a message
DOUBTFUL = frozenset(_DOUBTFUL | {"low", "with caution", "not assessed"})


@dataclass(frozen=True, slots=True)
class Cell:
    """One figure with what is known of it.

    Attributes
    ----------
    group : str or None
        None for the whole population.
    value, low, high : float
        NaN where there is none.
    n : int
        Units in the sample.
    flag : str or None
    """

    group: str | None
    value: float
    low: float
    high: float
    n: int
    flag: str | None

    @property
    def known(self) -> bool:
        """Whether there is a figure."""
        return math.isfinite(self.value)

    @property
    def withheld(self) -> bool:
        """Whether there is one that is not published: only those that had a figure are flagged."""
        return not self.known and self.flag is not None

    @property
    def doubtful(self) -> bool:
        """Whether it is published with a warning."""
        return self.known and self.flag in DOUBTFUL


def cell_of(row: Mapping[str, Any]) -> Cell:
    """The figure of a row."""
    value, low, high = (number(row[name]) for name in ("estimate", "ci_low", "ci_high"))
    return Cell(row["group"], value, low, high, int(row["n"] or 0), row.get("flag"))


def number(value: object) -> float:
    """A cell as a number; NaN where it is empty."""
    return math.nan if value is None else float(value)  # type: ignore[arg-type]


def refused(
    place: str, found: str, expected: str = "", remedy: str = "", *, where: str = ""
) -> EstimationError:
    """The error of a figure that cannot be drawn."""
    return EstimationError(f"figures.{place}", [Problem(where, found, expected, remedy)])


def of_type(place: str, value: object, **makers: type) -> None:
    """Refuse what is none of the results that a figure draws.

    Parameters
    ----------
    place : str
    value : object
    **makers : type
        Types of the results by the function that makes them.
    """
    if not isinstance(value, tuple(makers.values())):
        found = f"an object of type {type(value).__name__!r} is given"
        listed = " or ".join(f"the {t.__name__} of mpi.{maker}" for maker, t in makers.items())
        raise refused(place, found, f"It draws {listed}.")


def of_measure(place: str, table: pa.Table, measure: str, ask: str) -> pa.Table:
    """The rows of a measure."""
    known = [str(name) for name in pc.unique(table["measure"]).to_pylist()]
    if not isinstance(measure, str) or measure not in known:
        listed = f"There are {', '.join(known)}." if known else "There is nothing."
        found = f"there are no estimates of {measure!r}"
        remedy = nearest(str(measure), known) or ask
        raise refused(place, found, listed, remedy, where="measure")
    rows = table.filter(pc.equal(table["measure"], measure))
    if "bound" in rows.column_names and rows["bound"].null_count < rows.num_rows:
        found = "the estimates are bounds, two figures for each group"
        remedy = "Estimate with another policy for missing answers, such as missing='drop'."
        raise refused(place, found, remedy=remedy)
    return rows


def at_cutoff(place: str, rows: pa.Table, k: object) -> tuple[pa.Table, str | None]:
    """The rows of one cutoff, and its text."""
    known = [text for text in pc.unique(rows["k"]).to_pylist() if text is not None]
    listed = f"There are {', '.join(known)}." if known else "There is none."
    if k is None and len(known) > 1:
        raise refused(place, f"there are {len(known)} cutoffs", listed, "Say k=.", where="k")
    if k is None:
        return rows, known[0] if known else None
    try:
        text = exact.text(exact.check_cutoff(k))
    except ValueError as error:
        raise refused(place, str(error), listed, where="k") from None
    if text not in known:
        raise refused(place, f"nothing was estimated at {text}", listed, where="k")
    return rows.filter(pc.equal(rows["k"], text)), text


def grouping(place: str, table: pa.Table, by: object) -> str:
    """Name of the grouping that is meant, as in the column ``by``."""
    known = [name for name in pc.unique(table["by"]).to_pylist() if name != NATIONAL]
    listed = f"There are {', '.join(known)}." if known else "Results are national only."
    if by is None:
        if len(known) > 1:
            raise refused(place, f"there are {len(known)} groupings", listed, "Say by=.")
        return known[0] if known else NATIONAL
    name = " x ".join(map(str, by)) if isinstance(by, (tuple, list)) else str(by)
    if name == NATIONAL or name in known:
        return str(name)
    remedy = nearest(str(name), known) or "Tabulate by it."
    raise refused(place, f"results are not by {name!r}", listed, remedy, where="by")


def of_grouping(rows: pa.Table, name: str) -> Rows:
    """The rows of a grouping, and that of the whole population before them."""
    national = rows.filter(pc.equal(rows["by"], NATIONAL)).to_pylist()
    own = [] if name == NATIONAL else rows.filter(pc.equal(rows["by"], name)).to_pylist()
    # a grouping of one column may repeat rows without a group: sums over all groups
    return [*national, *(row for row in own if row["group"] is not None)]


def limited(place: str, groups: int) -> None:
    """Refuse what is too tall to be drawn."""
    if groups > MOST_ROWS:
        found = f"{groups:,} groups do not fit in one figure"
        raise refused(place, found, f"{MOST_ROWS:,} do.", "Draw a map, or fewer groups.")


def of_group(place: str, table: pa.Table, group: Mapping[str, object] | None) -> pa.Table:
    """The rows of one group, named by variable and value; of the whole population if none is."""
    wanted = dict(group or {})
    names = grouping_variables(table)
    unknown = [name for name in wanted if name not in names]
    if unknown:
        listed = f"Results are by {', '.join([NATIONAL, *names])}."
        found = f"{unknown[0]!r} is no grouping variable"
        raise refused(place, found, listed, nearest(unknown[0], names), where="group")
    by = pc.equal(table["by"], NATIONAL)
    if not wanted:
        return table.filter(by)
    keep = []
    for row in table.to_pylist():
        inside = all((row[name] is None) == (name not in wanted) for name in names)
        single = len(wanted) == 1
        same = all(_same(row, name, value, single=single) for name, value in wanted.items())
        keep.append(inside and same)
    rows = table.filter(pa.array(keep, pa.bool_()))
    if not rows.num_rows:
        said = ", ".join(f"{name}={value}" for name, value in wanted.items())
        groups = [text for text in pc.unique(table["group"]).to_pylist() if text is not None]
        more = ", ..." if len(groups) > _LISTED else ""
        listed = f"Groups are {', '.join(groups[:_LISTED])}{more}."
        remedy = nearest(str(next(iter(wanted.values()))), groups)
        raise refused(place, f"there is no group {said}", listed, remedy, where="group")
    return rows


def _same(row: Mapping[str, Any], name: str, value: object, *, single: bool) -> bool:
    own = row[name]
    return own == value or str(own) == str(value) or (single and row["group"] == str(value))


def one_of(place: str, argument: str, value: object, known: Sequence[str]) -> None:
    """Refuse a choice that is none."""
    if value not in known:
        found = f"there is no option {value!r}"
        listed = f"Choose one of {', '.join(known)}."
        raise refused(place, found, listed, nearest(str(value), known), where=argument)
