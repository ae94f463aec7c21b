"""Flags of rules for publication as marks of figures, and the footnotes that say what they mean."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from mpi.findings import Finding
from mpi.publication import SCHEMES
from mpi.report.tables import UNDEFINED, Cell, Value
from mpi.report.words import citation, known, thresholds, word

WITHHELD = "*"
PARENTHESES = "in parentheses"
# flags of figures that may be published as they are
_UNMARKED = ("reliable", "publish", "high", "very good")
_MARKS = "abcdefghijklmnopqrstuvwxyz"
# flags of the schemes, from the best to the worst, so that a letter means the same in all tables
_ORDER = (
    *("good", "moderate", "weakly reliable", "fair", "review", "low", "with caution"),
    *("unreliable", "suppress", "suppressed", "not assessed"),
)


def scheme_of(findings: Iterable[Finding]) -> str | None:
    """Name of the rule by which figures were flagged last."""
    names = [f.where for f in findings if f.code == "FLAGGED" and f.where in SCHEMES]
    return names[-1] if names else None


def flag_marks(flags: Iterable[str | None]) -> Mapping[str, str]:
    """Letter of each flag that needs one.

    Examples
    --------
    >>> flag_marks(["reliable", "unreliable", None, "weakly reliable"])
    {'weakly reliable': 'a', 'unreliable': 'b'}
    """
    found = {flag for flag in flags if flag and flag not in (*_UNMARKED, PARENTHESES)}
    ordered = [flag for flag in _ORDER if flag in found] + sorted(found.difference(_ORDER))
    return {flag: _MARKS[place % len(_MARKS)] for place, flag in enumerate(ordered)}


def figure(row: Mapping[str, object] | None, marks: Mapping[str, str]) -> Cell:
    """Cell of the estimate of a row; a withheld one has the mark and no number."""
    if row is None:
        return Cell()
    flag = row.get("flag")
    if row["estimate"] is None:
        return Cell(WITHHELD if flag else UNDEFINED)
    value = row["estimate"]
    assert isinstance(value, float)  # noqa: S101 -- estimates are doubles
    return Cell(value, marks.get(str(flag), "") if flag else "", flag == PARENTHESES)


def number(row: Mapping[str, object] | None, name: str) -> Cell:
    """Cell of another number of a row."""
    if row is None:
        return Cell()
    value = row[name]
    if value is None:
        return Cell(WITHHELD if row["estimate"] is None and row.get("flag") else UNDEFINED)
    return Cell(_plain(value))


def _plain(value: object) -> Value:
    assert isinstance(value, int | float)  # noqa: S101 -- columns of numbers
    return value


def footnotes(
    used: Collection[str], marks: Mapping[str, str], scheme: str | None, language: str
) -> list[str]:
    """Notes on the flags that are used in a table.

    Parameters
    ----------
    used : collection of str
        Flags of its figures; `WITHHELD` if one is withheld.
    marks : mapping of flag to letter
    scheme : str or None
    language : str
    """
    if scheme is None:
        return []
    rule = SCHEMES[scheme]
    notes = []
    if WITHHELD in used:
        words = ", ".join(known(flag, language) for flag in rule.suppressed)
        notes.append(word("withheld", language, WITHHELD, scheme, words))
    notes += [f"{mark}: {known(f, language)}." for f, mark in marks.items() if f in used]
    if PARENTHESES in used:
        notes.append(word("parentheses", language))
    plain = [known(flag, language) for flag in _UNMARKED if flag in used]
    if plain:
        notes.append(word("without mark", language, ", ".join(plain)))
    if used:
        doubt = "" if rule.confirmed else f"; {word('scheme unconfirmed', language)}"
        source = citation(scheme, language, rule.source)
        limits = thresholds(scheme, language, rule.thresholds)
        notes.append(f"{word('rule', language, scheme)} ({source}{doubt}). {limits}")
    return notes
