"""Standard tables of estimates: headline, groups, indicators, contributions, categories."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from mpi.assembly import NATIONAL
from mpi.report.flags import figure, number
from mpi.report.numbers import Kind
from mpi.report.setting import Figures, Group, Row
from mpi.report.tables import Cell, Column, Role, Table, TableRow

_HEADLINE = ("H", "A", "M0")
_KINDS: dict[str, Kind] = {"M0": "index", "actb": "index"}
_INDEX_DIGITS, _SHARE_DIGITS = 3, 1
_COUNTS = ("n", "n_psu")
_ERRORS = ("se", "ci_low", "ci_high", "cv")


def estimate_tables(figures: Figures) -> list[Table]:
    """Every standard table that estimates have the figures for."""
    tables: list[Table] = []
    if figures.cuts and figures.measures & set(_HEADLINE):
        tables += _headline(figures)
        for cut in figures.cuts:
            made = [_groups(figures, by, cut) for by in figures.groupings]
            tables += [table for table in made if table.rows]
    for cut in figures.cuts or [(None, bound) for bound in figures.bounds]:
        tables += _indicators(figures, cut)
    tables += _matrices(figures)
    if figures.categories():
        tables += _categories(figures)
    return tables


@dataclass(frozen=True, slots=True)
class _Block:
    """Columns of one measure: estimate, and its uncertainty where there is any."""

    measure: str
    head: str
    figures: Figures

    def columns(self) -> list[Column]:
        """Estimate, then standard error, limits and coefficient of variation."""
        say = self.figures.setting.say
        kind = _KINDS.get(self.measure, "share")
        digits = _INDEX_DIGITS if kind == "index" else _SHARE_DIGITS
        found = [Column(say("estimate"), kind, digits, self.head)]
        if self.figures.with_errors:
            found.append(Column(say("se"), kind, digits + 1, self.head))
            found += [Column(say(name), kind, digits, self.head) for name in ("ci_low", "ci_high")]
            found.append(Column(say("cv"), "share", 1, self.head))
        return found

    def cells(self, row: Row | None) -> list[Cell]:
        """Cells of a row in these columns."""
        cells = [figure(row, self.figures.marks)]
        if self.figures.with_errors:
            cells += [number(row, name) for name in _ERRORS]
        return cells


def _blocks(figures: Figures, *measures: str) -> list[_Block]:
    say = figures.setting.say
    return [_Block(m, say(m), figures) for m in measures if m in figures.measures]


def _counts(figures: Figures) -> list[Column]:
    say = figures.setting.say
    names = _COUNTS if figures.with_errors else _COUNTS[:1]
    return [Column(say(name), "count", 0, say("sample")) for name in names]


def _count_cells(figures: Figures, row: Row | None) -> list[Cell]:
    return [number(row, name) for name in (_COUNTS if figures.with_errors else _COUNTS[:1])]


def _of_group(figures: Figures, group: Group, cut: tuple[object, object]) -> list[Row | None]:
    k, bound = cut
    return [figures.row(group, m, k=k, bound=bound) for m in _present(figures)]


def _present(figures: Figures) -> list[str]:
    return [m for m in _HEADLINE if m in figures.measures]


def _main_rows(
    figures: Figures, entries: Sequence[tuple[str, Group, tuple[object, object]]]
) -> tuple[list[TableRow], list[Row | None]]:
    """Rows with all of H, A and M0, and the figures in them."""
    blocks = _blocks(figures, *_present(figures))
    rows, used = [], []
    for label, group, cut in entries:
        found = _of_group(figures, group, cut)
        if not any(found):  # other figures than those of the standard tables
            continue
        cells = [Cell(label)]
        for block, row in zip(blocks, found, strict=True):
            cells += block.cells(row)
        rows.append(TableRow((*cells, *_count_cells(figures, found[0])), _role(group)))
        used += found
    return rows, used


def _role(group: Group) -> Role:  # a total heads the groups below it
    return "total" if group.by == NATIONAL else "row"


def _main_columns(figures: Figures, first: str) -> list[Column]:
    blocks = _blocks(figures, *_present(figures))
    return [Column(first), *(c for b in blocks for c in b.columns()), *_counts(figures)]


def _headline(figures: Figures) -> Iterator[Table]:
    say = figures.setting.say
    everyone = [group for group in figures.groups if group.by == NATIONAL]
    if not everyone:
        return
    entries = []
    for k, bound in figures.cuts:
        label = f"k = {k}" + (f", {say(f'bound {bound}')}" if bound else "")
        entries.append((label, everyone[0], (k, bound)))
    rows, used = _main_rows(figures, entries)
    if not rows:
        return
    yield figures.setting.table(
        "headline",
        say("headline title"),
        _main_columns(figures, say("cutoff")),
        [TableRow(row.cells) for row in rows],
        subtitle=figures.subtitle(),
        notes=tuple(figures.notes(rows, used)),
        short=say("headline"),
    )


def _groups(figures: Figures, by: str, cut: tuple[object, object]) -> Table:
    setting = figures.setting
    title = setting.grouping(by)
    rows, used = _main_rows(figures, [(g.text, g, cut) for g in figures.of(by)])
    return setting.table(
        _name(figures, f"by {by}", cut),
        _titled(figures, setting.say("groups title", title), cut),
        _main_columns(figures, title),
        rows,
        subtitle=figures.subtitle(*cut),
        notes=tuple(figures.notes(rows, used)),
        short=_titled(figures, setting.say("groups", title), cut, short=True),
    )


def _name(figures: Figures, name: str, cut: tuple[object, object]) -> str:
    """Name of a table, with its cutoff where there are several."""
    if len(figures.cuts) < 2 or cut == (None, None):
        return name
    return f"{name}, " + ", ".join(str(part) for part in cut if part is not None)


def _titled(
    figures: Figures, title: str, cut: tuple[object, object], *, short: bool = False
) -> str:
    """A title, with its cutoff or bound where there are several of them."""
    k, bound = cut
    words = [] if k is None or len(figures.cuts) < 2 else [f"k = {k}"]
    words += [] if bound is None else [figures.setting.say(f"bound {bound}")]
    if short:
        words = [word.replace(" = ", "=").replace("/", "∕") for word in words]
    return ", ".join([title, *words])


def _indicators(figures: Figures, cut: tuple[object, object]) -> Iterator[Table]:
    """Headcounts and contributions of every indicator in the whole population."""
    everyone = [group for group in figures.groups if group.by == NATIONAL]
    if not everyone:
        return
    for name, measures in (("indicators", ("hd", "hdk")), ("contributions", ("actb", "pctb"))):
        blocks = _blocks(figures, *measures)
        known = [block for block in blocks if figures.indicators(block.measure)]
        table = _indicator_table(figures, everyone[0], name, known, cut) if known else None
        if table is not None and table.rows:
            yield table


def _indicator_table(
    figures: Figures,
    group: Group,
    name: str,
    blocks: Sequence[_Block],
    cut: tuple[object, object],
) -> Table:
    setting, say = figures.setting, figures.setting.say
    k, bound = cut
    cells: Callable[[str, str | None], list[Row | None]] = lambda d, i: [  # noqa: E731
        figures.row(
            group,
            block.measure,
            k=None if block.measure == "hd" else k,
            bound=bound,
            dimension=d,
            indicator=i,
        )
        for block in blocks
    ]
    measure = blocks[-1].measure
    rows, used = [], []
    own = figures.indicators(measure)
    for dimension in figures.dimensions(measure):
        entries: list[tuple[str, str | None, int]] = [(setting.dimension(dimension), None, 0)]
        entries += [(setting.indicator(i), i, 1) for d, i in own if d == dimension]
        for label, indicator, indent in entries:
            found = cells(dimension, indicator)
            if not any(found):
                continue
            line = [Cell(label), Cell(_weight(figures, dimension, indicator))]
            for block, row in zip(blocks, found, strict=True):
                line += block.cells(row)
            rows.append(TableRow(tuple(line), "row" if indent else "section", indent))
            used += found
    if name == "contributions":
        whole = figures.row(group, "M0", k=k, bound=bound)
        empty = [Cell()] * (len(blocks[-1].columns()) if len(blocks) > 1 else 0)
        if whole is not None and blocks[0].measure == "actb":
            line = [Cell(say("all M0")), Cell(), *blocks[0].cells(whole), *empty]
            rows.append(TableRow(tuple(line), "total"))
            used.append(whole)
    heads = [Column(say("indicator")), Column(say("weight"))]
    return setting.table(
        _name(figures, name, cut),
        _titled(figures, say(f"{name} title"), cut),
        [*heads, *(column for block in blocks for column in block.columns())],
        rows,
        subtitle=figures.subtitle(*cut),
        notes=tuple(figures.notes(rows, used)),
        short=_titled(figures, say(name), cut, short=True),
    )


def _weight(figures: Figures, dimension: str, indicator: str | None) -> str:
    """Exact weight of an indicator or a dimension; empty where it is not known."""
    spec = figures.setting.specification
    if spec is None:
        return ""
    if indicator is not None:
        return str(spec.weights.get(indicator, ""))
    shares = [element.weight for element in spec.elements if element.dimension == dimension]
    return str(sum(shares)) if shares else ""


def _matrices(figures: Figures) -> Iterator[Table]:
    """Indicators side by side, a row a group: uncensored, censored, contributions."""
    for by in figures.groupings:
        for bound in figures.bounds:
            yield from _matrix(figures, by, "hd", (None, bound))
        for cut in figures.cuts:
            for measure in ("hdk", "pctb"):
                yield from _matrix(figures, by, measure, cut)


def _matrix(figures: Figures, by: str, measure: str, cut: tuple[object, object]) -> Iterator[Table]:
    setting, say = figures.setting, figures.setting.say
    k, bound = cut
    own = figures.indicators(measure)
    groups = figures.of(by)
    found = [
        [figures.row(g, measure, k=k, bound=bound, dimension=d, indicator=i) for d, i in own]
        for g in groups
    ]
    if not any(row is not None for line in found for row in line):
        return
    title = setting.grouping(by)
    rows = [
        TableRow((Cell(g.text), *(figure(row, figures.marks) for row in line)), _role(g))
        for g, line in zip(groups, found, strict=True)
    ]
    columns = [Column(title)]
    columns += [Column(setting.indicator(i), "share", 1, setting.dimension(d)) for d, i in own]
    used = [row for line in found for row in line]
    yield setting.table(
        _name(figures, f"{measure} by {by}", cut),
        _titled(figures, say(f"{measure} by title", title), cut),
        columns,
        rows,
        subtitle=figures.subtitle(k, bound),
        notes=tuple(figures.notes(rows, used)),
        short=_titled(figures, f"{say(f'{measure} short')} {title}", cut, short=True),
    )


def _categories(figures: Figures) -> Iterator[Table]:
    """Shares of the categories: with their errors in the whole population, then by group."""
    setting, say = figures.setting, figures.setting.say
    names = figures.categories()
    everyone = [group for group in figures.groups if group.by == NATIONAL]
    block = _Block("category", say("category share"), figures)
    if everyone:
        found = [figures.row(everyone[0], "category", category=name) for name in names]
        rows = [
            TableRow((Cell(setting.category(name)), *block.cells(row), *_count_cells(figures, row)))
            for name, row in zip(names, found, strict=True)
        ]
        yield setting.table(
            "categories",
            say("categories title"),
            [Column(say("category")), *block.columns(), *_counts(figures)],
            rows,
            subtitle=figures.subtitle(),
            notes=tuple(figures.notes(rows, found)),
            short=say("categories"),
        )
    for by in figures.groupings:
        title, groups = setting.grouping(by), figures.of(by)
        lines = [[figures.row(g, "category", category=name) for name in names] for g in groups]
        rows = [
            TableRow((Cell(g.text), *(figure(row, figures.marks) for row in line)), _role(g))
            for g, line in zip(groups, lines, strict=True)
        ]
        yield setting.table(
            f"categories by {by}",
            say("categories by title", title),
            [Column(title), *(Column(setting.category(name), "share", 1) for name in names)],
            rows,
            subtitle=figures.subtitle(),
            notes=tuple(figures.notes(rows, [row for line in lines for row in line])),
            short=f"{say('categories')} {say('groups', title)}",
        )
