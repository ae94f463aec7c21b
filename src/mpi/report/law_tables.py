"""Tables of a specification: its indicators, its norms, and the legal basis of every threshold."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from mpi.report.setting import Setting
from mpi.report.tables import Cell, Column, Table, TableRow
from mpi.report.words import marked
from mpi.spec.model import Specification
from mpi.spec.parts import Basis

_UNCONFIRMED, _CONFIRMED = "[unconfirmed", "[confirmed"


def law_tables(spec: Specification, setting: Setting) -> list[Table]:
    """Specification, norms where it has any, and legal bases."""
    tables = [_specification(spec, setting)]
    if spec.norm:
        tables.append(_norms(spec, setting))
    return [*tables, _bases(spec, setting)]


def _headline(spec: Specification, setting: Setting) -> str:
    parts = [marked(spec.marked, setting.language), f"k = {spec.cutoff}", setting.known(spec.unit)]
    parts += [setting.known(spec.status)] if spec.status else []
    return "; ".join([*parts, f"{setting.say('fingerprint').lower()} {spec.fingerprint}"])


def _specification(spec: Specification, setting: Setting) -> Table:
    say, language = setting.say, setting.language
    rows = []
    for dimension in spec.dimension:
        shares = [e.weight for e in spec.elements if e.dimension == dimension.id]
        label, total = Cell(dimension.label(language)), Cell(str(sum(shares)) if shares else "")
        rows.append(TableRow((label, Cell(dimension.id), total, Cell(), Cell()), "section"))
        for one in dimension.indicator:
            cells = (
                one.label(language),
                one.id,
                str(spec.weights.get(one.id, "")),
                str(one.applies_to or ""),
                " ".join(str(one.deprived).split()),
            )
            rows.append(TableRow(tuple(map(Cell, cells)), "row", 1))
    heads = ("indicator", "id", "weight", "applies to", "deprived if")
    lacks = [f"{lack}" for lack in spec.lacks]
    return setting.table(
        "specification",
        say("specification title", spec.label(language)),
        [Column(say(head)) for head in heads],
        rows,
        subtitle=_headline(spec, setting),
        notes=tuple(lacks),
        short=say("specification"),
    )


def _norms(spec: Specification, setting: Setting) -> Table:
    say = setting.say
    rows = []
    for norm in spec.norm:
        title = norm.label(setting.language)
        rows.append(TableRow((Cell(title), *[Cell()] * 5), "section"))
        for value in norm.value:
            cells = (
                norm.id,
                str(value.value),
                norm.unit,
                _born(*value.cohort(spec.parameters), setting),
                "" if value.in_force is None else str(value.in_force),
                "" if value.until is None else str(value.until),
            )
            rows.append(TableRow(tuple(map(Cell, cells)), "row", 1))
    heads = ("norm", "value", "unit", "born", "in force", "until")
    return setting.table(
        "norms",
        say("norms title"),
        [Column(_capital(say(head))) for head in heads],
        rows,
        subtitle=_headline(spec, setting),
        short=say("norms"),
    )


def _bases(spec: Specification, setting: Setting) -> Table:
    say = setting.say
    rows = []
    for kind, label, bases in _parts(spec, setting):
        about = (_capital(kind), label)
        rows += [TableRow(tuple(map(Cell, (*about, *_basis(b, setting))))) for b in bases]
        if not bases:
            rows.append(
                TableRow(tuple(map(Cell, (_capital(kind), label, say("no basis"), *[""] * 6))))
            )
    heads = ("of", "title", "instrument", "article", "status", "published", "mark", "link", "note")
    # what no basis states needs no column
    filled = [n for n in range(len(heads)) if any(row.cells[n].value for row in rows)]
    return setting.table(
        "legal basis",
        say("basis title"),
        [Column(say(heads[n])) for n in filled],
        [TableRow(tuple(row.cells[n] for n in filled)) for row in rows],
        subtitle=_headline(spec, setting),
        notes=tuple(spec.sources),
        short=say("basis"),
    )


def _basis(basis: Basis, setting: Setting) -> tuple[str, ...]:
    return (
        basis.instrument,
        basis.article,
        setting.say(basis.status),
        "" if basis.published is None else basis.published.isoformat(),
        setting.say(_mark(basis.note)) if _mark(basis.note) else "",
        basis.link,
        " ".join(basis.note.split()),
    )


def _born(first: int | None, last: int | None, setting: Setting) -> str:
    """Words for years of birth; empty if they are all."""
    if first is None:
        return "" if last is None else setting.say("born to", last)
    if last is None:
        return setting.say("born from", first)
    if first == last:
        return setting.say("born in", first)
    return setting.say("born between", first, last)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _mark(note: str) -> str:
    """Whether a note says that it was confirmed, in whole or in part."""
    doubtful, sure = _UNCONFIRMED in note, _CONFIRMED in note
    if doubtful and sure:
        return "partly unconfirmed"
    return "unconfirmed" if doubtful else "confirmed" if sure else ""


def _parts(spec: Specification, setting: Setting) -> Iterator[tuple[str, str, Sequence[Basis]]]:
    """What has a legal basis: its kind, its title, and the bases."""
    say, language = setting.say, setting.language
    for dimension in spec.dimension:
        if dimension.basis:
            yield say("dimension"), dimension.label(language), dimension.basis
        for indicator in dimension.indicator:
            yield say("indicator"), indicator.label(language), indicator.basis
    for norm in spec.norm:
        for value in norm.value:
            years = _born(*value.cohort(spec.parameters), setting)
            words = [norm.label(language), str(value.value), *([years] if years else [])]
            yield say("norm"), ", ".join(words), value.basis
    for parameter in spec.parameter:
        yield say("parameter"), parameter.label(language), parameter.basis
    for condition in spec.condition:
        if condition.basis:
            yield say("condition"), condition.label(language), condition.basis
