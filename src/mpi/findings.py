"""Findings: what a user should know about data or result, as data on the result."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    import pandas as pd

from mpi.display import visible


@dataclass(frozen=True, slots=True)
class Finding:
    """Something the user should know, which does not stop the work.

    Attributes
    ----------
    code : str
        Stable name of the kind of finding, such as ``TIE_AT_CUTOFF``.
    where : str
        What it is about: a column, an indicator, a group, a cutoff.
    detail : str
        One sentence without counts.
    count, of : int or None
        How many rows, households or persons, of how many.
    share : float or None
        Weighted share of the population, in [0, 1].
    """

    code: str
    where: str
    detail: str
    count: int | None = None
    of: int | None = None
    share: float | None = None

    def __str__(self) -> str:
        parts = []
        if self.count is not None:
            parts.append(f"{self.count:,}" + (f" of {self.of:,}" if self.of is not None else ""))
        if self.share is not None:
            parts.append(f"{100 * self.share:.4g} % of the population")
        numbers = f" ({'; '.join(parts)})" if parts else ""
        place = f"{self.where}: " if self.where else ""
        sentence = f"[{self.code}] {place}{self.detail.rstrip('.')}{numbers}."
        return visible(sentence).replace("\n", " ")


class Findings(tuple[Finding, ...]):
    """The findings on a result, in the order in which they arose.

    Examples
    --------
    >>> Findings([Finding("MISSING_DROPPED", "water", "rows with a missing answer left out", 2, 9)])
    1 finding
      [MISSING_DROPPED] water: rows with a missing answer left out (2 of 9).
    """

    __slots__ = ()

    def __new__(cls, findings: Iterable[Finding] = ()) -> Self:
        """Findings in order, equal ones once."""
        return super().__new__(cls, dict.fromkeys(findings))

    def of_code(self, code: str) -> Findings:
        """Findings of one kind."""
        return Findings(finding for finding in self if finding.code == code)

    def to_pandas(self) -> pd.DataFrame:
        """One row a finding."""
        import pandas  # noqa: PLC0415, ICN001 -- heavy, and seldom asked for

        return pandas.DataFrame([asdict(finding) for finding in self])

    def merged(self, other: Iterable[Finding]) -> Findings:
        """Findings about two parts of one survey: counts of the same thing are added."""
        added: dict[tuple[str, str, str], Finding] = {}
        for finding in [*self, *other]:
            key = (finding.code, finding.where, finding.detail)
            known = added.get(key)
            added[key] = finding if known is None else _sum(known, finding)
        return Findings(added.values())

    def summary(self, most: int = 8) -> Iterator[str]:
        """Lines for a person to read: at most `most`, one for many of a kind."""
        kinds: dict[tuple[str, str], list[Finding]] = {}
        for finding in self:
            kinds.setdefault((finding.code, finding.detail), []).append(finding)
        for number, same in enumerate(kinds.values()):
            if number == most:
                yield f"... and {len(kinds) - most} more kinds; see .findings"
                return
            more = f" And {len(same) - 1} more like it." if len(same) > 1 else ""
            yield f"{same[0]}{more}"

    def __repr__(self) -> str:
        head = f"{len(self)} finding{'' if len(self) == 1 else 's'}"
        return "\n  ".join([head, *self.summary(most=20)])


def _sum(a: Finding, b: Finding) -> Finding:
    """One finding for two parts; a share cannot be added, so it is left out."""
    count = None if a.count is None and b.count is None else (a.count or 0) + (b.count or 0)
    of = None if a.of is None or b.of is None else a.of + b.of
    return replace(a, count=count, of=of, share=None)
