"""Counts of rows that are wrong or have to be known, asked of a table in one query."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import reduce
from typing import TypeAlias

import narwhals as nw
import numpy as np

from mpi.engines.relational.places import Lazy, Place

_BITS = 60  # of conditions in one integer

Report: TypeAlias = Callable[[Mapping[str, int], int], None]


@dataclass
class Checks:
    """Conditions on the rows of one table, and what is to be said where they hold."""

    _asked: list[tuple[dict[str, nw.Expr], Report]] = field(default_factory=list)

    def add(self, condition: nw.Expr, report: Callable[[int, int], None]) -> None:
        """Ask in how many rows a condition holds.

        `report` is given that number and the number of all rows, if the condition holds in any.
        """

        def told(counts: Mapping[str, int], of: int) -> None:
            if counts["found"]:
                report(counts["found"], of)

        self.ask({"found": condition}, told)

    def ask(self, conditions: dict[str, nw.Expr], report: Report) -> None:
        """Ask in how many rows each of several conditions holds; `report` is always called."""
        self._asked.append((conditions, report))

    def flags(self) -> dict[str, nw.Expr]:
        """The conditions as bits of few columns, so that they can be kept and counted later."""
        every = self._every()
        words = [every[at : at + _BITS] for at in range(0, len(every), _BITS)]
        return {f"flags{place}": bits(word) for place, word in enumerate(words)}

    def count(self, place: Place, frame: Lazy, *, kept: bool) -> list[int]:
        """Rows of a frame, and in how many of them each condition holds.

        Parameters
        ----------
        place : Place
        frame : LazyFrame
        kept : bool
            Whether the frame has the conditions as the columns of `flags`.
        """
        if kept:
            return self._counted_bits(place, frame)
        counts = {f"n{i}": counted(condition) for i, condition in enumerate(self._every())}
        row = place.collect(frame.select(of=nw.len(), **counts)).to_pylist()[0]
        return [int(row["of"]), *(int(row[name]) for name in counts)]

    def _every(self) -> list[nw.Expr]:
        return [e for conditions, _ in self._asked for e in conditions.values()]

    def _counted_bits(self, place: Place, frame: Lazy) -> list[int]:
        names = list(self.flags())
        rows = place.collect(frame.group_by(names).agg(of=nw.len())) if names else None
        if rows is None:
            return [int(place.collect(frame.select(of=nw.len())).column(0)[0].as_py())]
        of = rows["of"].to_numpy().astype(np.int64)
        words = [rows[name].to_numpy().astype(np.int64) for name in names]
        every = [(words[i // _BITS] >> (i % _BITS)) & 1 for i in range(len(self._every()))]
        return [int(of.sum()), *(int(of[bit == 1].sum()) for bit in every)]

    def report(self, counts: Sequence[int]) -> None:
        """Say what was found."""
        at = 1
        for conditions, report in self._asked:
            own = counts[at : at + len(conditions)]
            at += len(conditions)
            report(dict(zip(conditions, own, strict=True)), counts[0])

    def __bool__(self) -> bool:
        return bool(self._asked)


def bits(truths: Sequence[nw.Expr]) -> nw.Expr:
    """Bits of truths as one integer; what is missing sets none."""
    zero = nw.lit(0, dtype=nw.Int64)
    own = [
        nw.when(truth).then(nw.lit(1 << place, dtype=nw.Int64)).otherwise(zero)
        for place, truth in enumerate(truths)
    ]
    return reduce(lambda a, b: a + b, own)


def counted(condition: nw.Expr) -> nw.Expr:
    """Number of rows in which a condition holds."""
    return nw.when(condition).then(nw.lit(1)).count()
