"""Counts of rows that are wrong or have to be known, asked of a table in one query."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

import narwhals as nw

from mpi.engines.relational.places import Lazy, Place

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
        """The conditions as columns, so that they can be kept and counted later."""
        every = [e for conditions, _ in self._asked for e in conditions.values()]
        return {f"flag{place}": condition for place, condition in enumerate(every)}

    def count(self, place: Place, frame: Lazy, *, kept: bool) -> list[int]:
        """Rows of a frame, and in how many of them each condition holds.

        Parameters
        ----------
        place : Place
        frame : LazyFrame
        kept : bool
            Whether the frame has the conditions as the columns of `flags`.
        """
        flags = self.flags()
        chosen = {name: nw.col(name) if kept else flag for name, flag in flags.items()}
        counts = {name: counted(condition) for name, condition in chosen.items()}
        row = place.collect(frame.select(of=nw.len(), **counts)).to_pylist()[0]
        return [int(row["of"]), *(int(row[name]) for name in flags)]

    def report(self, counts: Sequence[int]) -> None:
        """Say what was found."""
        at = 1
        for conditions, report in self._asked:
            own = counts[at : at + len(conditions)]
            at += len(conditions)
            report(dict(zip(conditions, own, strict=True)), counts[0])

    def __bool__(self) -> bool:
        return bool(self._asked)


def counted(condition: nw.Expr) -> nw.Expr:
    """Number of rows in which a condition holds."""
    return nw.when(condition).then(nw.lit(1)).count()
