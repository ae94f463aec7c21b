"""Spans of households that can be tabulated one after the other, where files are in their order.

An aggregation by household over a whole census holds one row for each household of the country.
Where a file has its rows in the order of the household's key, which the statistics of its row
groups tell, spans of households do the same work in the memory of one span.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import TypeAlias

import pyarrow as pa
import pyarrow.parquet as pq

from mpi.survey.survey import Survey

Key: TypeAlias = int | str


@dataclass(frozen=True, slots=True)
class Span:
    """Part of a survey: households whose first key is from `low` to below `high`."""

    low: Key | None = None
    high: Key | None = None


# key that a column of 64 bits with a sign can hold
_LARGEST = 2**63 - 1
# row groups that are read more than once may be this share of the file
_OVERLAP = 0.25


def spans_of(survey: Survey, files: Sequence[str], *, rows: int) -> list[Span]:
    """Spans of the households of a survey; one for all where its file is in no order.

    Parameters
    ----------
    survey : Survey
    files : sequence of str
        Files of Parquet of its persons; of its households where there are none.
    rows : int
        Rows of a span, about.
    """
    table = "persons" if "persons" in survey.tables else "households"
    keys = survey.keys.household.get(table, ())  # type: ignore[call-overload]
    if not files or not keys:
        return [Span()]
    groups = _row_groups(files, keys[0])
    if groups is None or sum(n for _, _, n in groups) <= rows:
        return [Span()]
    cuts = _cuts(groups, rows)
    edges: list[Key | None] = [None, *cuts, None]
    spans = [Span(low, high) for low, high in pairwise(edges)]
    total = sum(n for _, _, n in groups)
    read = sum(n for span in spans for low, high, n in groups if _meets(span, low, high))
    return spans if read <= (1 + _OVERLAP) * total + len(spans) * _largest(groups) else [Span()]


def is_cut_by_spans(files: Sequence[str], key: str) -> bool:
    """Whether each row of a table is in a span: its keys are whole numbers, none is missing."""
    return _row_groups(files, key) is not None


def _largest(groups: Sequence[tuple[Key, Key, int]]) -> int:
    return max(n for _, _, n in groups)


def _meets(span: Span, low: Key, high: Key) -> bool:
    after = span.low is None or high >= span.low  # type: ignore[operator]
    before = span.high is None or low < span.high  # type: ignore[operator]
    return bool(after and before)


def _cuts(groups: Sequence[tuple[Key, Key, int]], rows: int) -> list[Key]:
    """Keys at which a span ends, so that each has about as many rows as asked for."""
    ordered = sorted(groups)
    cuts: list[Key] = []
    seen, last = 0, ordered[0][0]
    for low, _, n in ordered:
        if seen >= rows and low > last:  # type: ignore[operator]
            cuts.append(low)
            seen, last = 0, low
        seen += n
    return cuts


def _row_groups(files: Sequence[str], key: str) -> list[tuple[Key, Key, int]] | None:
    """Lowest and highest key and number of rows of each row group; None where it is not known."""
    found: list[tuple[Key, Key, int]] = []
    for file in files:
        with pq.ParquetFile(Path(file)) as opened:
            metadata, schema = opened.metadata, opened.schema_arrow
        if key not in schema.names or not _ordered(schema.field(key).type):
            return None
        paths = [metadata.schema.column(i).path for i in range(metadata.num_columns)]
        at = paths.index(key)
        for place in range(metadata.num_row_groups):
            group = metadata.row_group(place)
            statistics = group.column(at).statistics
            known = statistics is not None and statistics.has_min_max
            if group.num_rows and not (known and statistics.null_count == 0):
                return None
            if group.num_rows and statistics.max > _LARGEST:
                return None
            if group.num_rows:
                found.append((statistics.min, statistics.max, group.num_rows))
    return found


def _ordered(kind: pa.DataType) -> bool:
    """Whether all programs order the values of a type alike."""
    return bool(pa.types.is_integer(kind))
