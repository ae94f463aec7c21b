"""The sections of a report: what stands where."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from mpi.analysis.change import Changes
from mpi.assembly import NATIONAL
from mpi.findings import Findings
from mpi.report.change_tables import change_tables
from mpi.report.flags import WITHHELD, figure, number
from mpi.report.html.given import Wave
from mpi.report.html.method import literature, method_terms
from mpi.report.html.parts import (
    Block,
    Card,
    Cards,
    Folded,
    Picture,
    Section,
    Shown,
    Terms,
    Text,
)
from mpi.report.html.pictures import MOST_GROUPS, Pictures, too_many
from mpi.report.html.words import say
from mpi.report.law_tables import law_tables
from mpi.report.numbers import shown
from mpi.report.publication_tables import publication_tables
from mpi.report.setting import Figures, Row, Setting
from mpi.report.tables import UNDEFINED, Cell, Column, Table, TableRow, Tables

_CARDS = ("H", "A", "M0")
_MATRICES = ("hd by", "hdk by", "pctb by")


@dataclass(frozen=True, slots=True)
class Content:
    """What sections are made of.

    Attributes
    ----------
    wave : Wave
        The survey that is reported, the last one.
    figures : Figures
        Its rows by what they are.
    pictures : Pictures
    tables : Tables
        Its standard tables.
    changes : Changes or None
    maps : tuple of Picture
    findings : Findings
    provenance : tuple of (str, str)
    """

    wave: Wave
    figures: Figures
    pictures: Pictures
    tables: Tables
    changes: Changes | None
    maps: tuple[Picture, ...]
    findings: Findings
    provenance: tuple[tuple[str, str], ...]

    @property
    def setting(self) -> Setting:
        """How it is written."""
        return self.figures.setting

    def say(self, key: str, *values: object) -> str:
        """A word in the language of the page."""
        return say(key, self.setting.language, *values)

    @property
    def periods(self) -> list[str]:
        """From which year to which, for each pair of waves that is compared."""
        if self.changes is None:
            return []
        table = self.changes.to_arrow().select(["year_0", "year_1"]).to_pylist()
        pairs = dict.fromkeys((row["year_0"], row["year_1"]) for row in table)
        return [self.setting.say("from to", f"{a:g}", f"{b:g}") for a, b in pairs]

    @property
    def drawn(self) -> bool:
        """Whether figures of the main cutoff are single numbers, which can be drawn."""
        return bool(self.wave.k) and self.figures.bounds == [None]

    def table(self, name: str, k: str | None = None) -> Iterator[Shown]:
        """Tables of a name: of the main cutoff and of none, or of a further one."""
        plain = {name} if k is None else set()
        of_cutoff = plain | {f"{name}, {self.wave.k if k is None else k}"}
        bounds = [bound for bound in self.figures.bounds if bound is not None]
        wanted = of_cutoff | {f"{one}, {bound}" for one in of_cutoff for bound in bounds}
        return (Shown(table) for table in self.tables if table.name in wanted)


def sections(content: Content) -> list[Section]:
    """The sections of a page, those without anything left out."""
    found = [
        Section("results", content.say("headline"), tuple(_headline(content))),
        Section("maps", content.say("maps"), content.maps),
        *_groups(content),
        Section("indicators", content.say("indicators"), tuple(_indicators(content))),
        Section("contributions", content.say("contributions"), tuple(_contributions(content))),
        Section("categories", content.say("categories"), tuple(_categories(content))),
        Section("cutoffs", content.say("cutoffs"), tuple(_cutoffs(content))),
        *_changes(content),
        Section("method", content.say("method"), (_method(content),)),
        Section("law", content.say("law"), tuple(_law(content))),
        Section("findings", content.say("findings"), tuple(_findings(content))),
        Section("provenance", content.say("provenance"), (Terms(content.provenance),)),
    ]
    return [section for section in found if section.blocks]


def _headline(content: Content) -> Iterator[Block]:
    if content.drawn:
        cards = tuple(_cards(content))
        if cards:
            yield Cards(cards)
    elif content.figures.bounds != [None]:
        yield Text(content.say("bounds"))
    yield from content.table("headline")


def _cards(content: Content) -> Iterator[Card]:
    """H, A and M0 of the whole population at the main cutoff."""
    everyone = [g for g in content.figures.groups if g.by == NATIONAL]
    for measure in _CARDS:
        row = everyone and content.figures.row(everyone[0], measure, k=content.wave.k)
        if row:
            yield _card(content, measure, row)


def _card(content: Content, measure: str, row: Row) -> Card:
    column = Column("", "index" if measure == "M0" else "share", 3 if measure == "M0" else 1)
    unit = "" if measure == "M0" else _percent(content)
    cell = figure(row, content.figures.marks)
    title, text = content.say(f"{measure} card"), content.say(f"{measure} text")
    if isinstance(cell.value, str):
        instead = {WITHHELD: content.say("not published"), UNDEFINED: content.say("not defined")}
        return Card(title, instead[cell.value], "", text)
    decimal = content.setting.decimal
    value = shown(cell, column, decimal) + unit
    limits = [shown(number(row, name), column, decimal) for name in ("ci_low", "ci_high")]
    origin = content.figures.estimates.origin
    words = []
    if UNDEFINED not in limits and origin is not None and origin.level is not None:
        level = shown(Cell(origin.level), Column("", "share", 0), decimal) + _percent(content)
        words.append(content.say("limits", level, *(limit + unit for limit in limits)))
    if cell.mark:
        words.append(content.say("flagged", content.setting.known(str(row["flag"]))))
    return Card(title, value, "; ".join(words), text)


def _percent(content: Content) -> str:
    return "\u00a0%" if content.setting.language == "es" else "%"


def _groups(content: Content) -> Iterator[Section]:
    """A section for each grouping."""
    for place, by in enumerate(content.figures.groupings, 1):
        title = content.setting.grouping(by)
        blocks: list[Block] = [*_of_groups(content, by, content.pictures.groups(by))]
        blocks += content.table(f"by {by}")
        for k in _further(content):
            tables = tuple(content.table(f"by {by}", k))
            if tables:
                blocks.append(Folded(f"{content.say('groups', title)}, k = {k}", tables))
        more = [t for name in _MATRICES for t in content.table(f"{name} {by}")]
        if more:
            blocks.append(Folded(content.say("more", title), tuple(more)))
        if blocks:
            yield Section(f"group-{place}", content.say("groups", title), tuple(blocks))


def _of_groups(content: Content, by: str, made: Iterator[Picture]) -> Iterator[Block]:
    """Pictures of groups, or why there are none."""
    groups = len(content.figures.of(by))
    if not content.drawn:
        return
    if groups > MOST_GROUPS:
        yield Text(too_many(groups, content.setting.language))
    else:
        yield from made


def _further(content: Content) -> list[str]:
    """Cutoffs that were estimated beside the main one."""
    cuts = dict.fromkeys(str(k) for k, _ in content.figures.cuts)
    return [k for k in cuts if k != content.wave.k]


def _indicators(content: Content) -> Iterator[Block]:
    if content.drawn:
        yield from content.pictures.headcounts()
    yield from content.table("indicators")


def _contributions(content: Content) -> Iterator[Block]:
    if content.drawn:
        groupings = content.figures.groupings or [NATIONAL]
        few = [by for by in groupings if len(content.figures.of(by)) <= MOST_GROUPS]
        for by in few or [NATIONAL]:
            yield from content.pictures.contributions(by)
    yield from content.table("contributions")


def _categories(content: Content) -> Iterator[Block]:
    if content.drawn:
        yield from content.pictures.quadrants()
    yield from content.table("categories")
    more = [t for by in content.figures.groupings for t in content.table(f"categories by {by}")]
    for shown_table in more:
        yield Folded(shown_table.table.title, (shown_table,))


def _cutoffs(content: Content) -> Iterator[Block]:
    every = content.wave.every
    if every is None:
        return
    own = Figures(every, content.setting)
    yield Text(content.say("all cutoffs text", len(own.cuts)))
    yield from content.pictures.curve(every)
    tables = publication_tables(
        every.select("H", "A", "M0"),
        language=content.setting.language,  # type: ignore[arg-type]
        source=content.setting.source,
        specification=content.setting.specification,
        decimal=content.setting.decimal,
    )
    title = content.say("all cutoffs title")
    yield Folded(title, tuple(Shown(t) for t in tables if t.name == "headline"))


def _changes(content: Content) -> Iterator[Section]:
    """Changes between the first and the last wave, or between any two that follow each other."""
    changes = content.changes
    if changes is None:
        return
    blocks: list[Block] = [Text(content.say("changes text"))]
    there = set(changes.to_arrow()["measure"].to_pylist())
    if "H" in there and content.drawn and len(content.periods) == 1:
        of_H = changes.select("H").adjust()
        for by in content.figures.groupings or [NATIONAL]:
            blocks += _of_groups(content, by, content.pictures.changes(of_H, by))
    for measure in (m for m in _CARDS if m in there):
        tables = change_tables(changes.select(measure).adjust(), content.setting)
        blocks += [Shown(table) for table in tables]
    others = [m for m in ("hd", "hdk") if m in there]
    if others:
        tables = change_tables(changes.select(*others), content.setting)
        blocks += [Shown(table) for table in tables]
    yield Section("changes", content.say("changes", ", ".join(content.periods)), tuple(blocks))


def _method(content: Content) -> Terms:
    return Terms(tuple(method_terms(content)), (literature(content.setting.language),))


def _law(content: Content) -> Iterator[Block]:
    spec = content.setting.specification
    if spec is not None:
        yield from (Shown(table) for table in law_tables(spec, content.setting))


def _findings(content: Content) -> Iterator[Block]:
    note = content.say("findings language" if content.findings else "no findings")
    if note:
        yield Text(note)
    if content.findings:
        yield _finding_table(content, content.findings, content.say("findings"))
    every = content.wave.every
    more = Findings(every.findings if every is not None else ())
    more = Findings(f for f in more if f not in content.findings)
    if more:
        title = content.say("findings of cutoffs")
        yield Folded(title, (_finding_table(content, more, title),))


def _finding_table(content: Content, findings: Findings, title: str) -> Shown:
    heads = [Column(content.say(head)) for head in ("code", "where", "detail")]
    heads += [Column(content.say(head), "count", 0) for head in ("counted", "of")]
    heads.append(Column(content.say("share"), "share", 2))
    rows = [
        TableRow(tuple(map(Cell, (f.code, f.where, f.detail, f.count, f.of, f.share))))
        for f in findings
    ]
    decimal = content.setting.decimal
    return Shown(Table("findings", title, tuple(heads), tuple(rows), decimal=decimal), lang="en")


def all_findings(
    waves: Sequence[Wave], changes: Changes | None, maps: Sequence[Picture]
) -> Findings:
    """Findings of the results and maps on the page, each once."""
    found = [f for wave in waves for f in wave.estimates.findings]
    found += [] if changes is None else [*changes.findings]
    return Findings([*found, *(f for one in maps for f in one.findings)])
