"""One page a bundled codebook, from its file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from _ext.marking import cell_code, code, contents, paragraphs, plain, table
from mpi.survey.codebook import Codebook, Codes, Keys, Variable, listed

FOLDER = "generated/codebooks"


def pages(books: Mapping[str, Codebook]) -> Iterator[tuple[str, str]]:
    """Path and text of the page of each codebook, and of their list."""
    rows = [
        (
            f"[{plain(name)}]({name}.md)",
            plain(book.label("en")),
            plain(book.label("es")),
            str(len(book.variable)),
        )
        for name, book in books.items()
    ]
    lines = [
        "# Bundled codebooks",
        "",
        "Each page is made from the file when this site is built; `mpi show ID --toml` prints it.",
        "",
        *table(("id", "title", "título", "variables"), rows),
        *contents(books),
    ]
    yield f"{FOLDER}/index.md", "\n".join(lines)
    for name, book in books.items():
        yield f"{FOLDER}/{name}.md", page(book)


def page(book: Codebook) -> str:
    """The page of one codebook."""
    spanish = book.label("es")
    lines = [
        f"# {plain(book.label('en'))}",
        "",
        *([f"*{plain(spanish)}*", ""] if spanish != book.label("en") else []),
        *table(("key", "value"), _facts(book)),
        *paragraphs(book.description),
        *paragraphs(book.note),
        "## Variables",
        "",
    ]
    for level, head in (("person", "Of persons"), ("household", "Of households")):
        rows = [_variable(one) for one in book.variable if one.level == level]
        if rows:
            heads = ("variable", "meaning / significado", "from")
            lines += [f"### {head}", "", *table(heads, rows)]
    if book.sources:
        lines += ["## Sources", "", *(f"- {plain(source)}" for source in book.sources)]
    return "\n".join(lines).rstrip("\n") + "\n"


def _facts(book: Codebook) -> Iterator[tuple[str, str]]:
    yield "id", code(book.id)
    if book.date is not None:
        yield "date", plain(book.date)
    for name in ("persons", "households", "dwellings"):
        keys = _keys(getattr(book.tables, name))
        if keys:
            yield f"keys of {name}", keys
    for name in ("weight", "strata", "psu", "fpc"):
        column = getattr(book.design, name)
        if column is not None:
            yield name, cell_code(column)


def _keys(keys: Keys) -> str:
    parts = {
        "household": keys.household_id,
        "person": keys.person_id,
        "dwelling": keys.dwelling_id,
    }
    return "; ".join(
        f"{name} {' + '.join(map(cell_code, columns))}"
        for name, columns in parts.items()
        if columns
    )


def _variable(variable: Variable) -> tuple[str, str, str]:
    """Name, meaning in both languages with its notes, and where it comes from."""
    english, spanish = variable.label("en"), variable.label("es")
    titles = [] if variable.title is None else dict.fromkeys((english, spanish))
    notes = [variable.note, variable.caution]
    notes += ["Files may lack it."] if variable.optional else []
    meaning = filter(None, [" / ".join(map(plain, titles)), *map(plain, notes)])
    said = ". ".join(part[:1].upper() + part[1:].rstrip(".") for part in meaning)
    return cell_code(variable.id), said, _origin(variable)


def _origin(variable: Variable) -> str:
    """Column with its codes, or the rule."""
    if variable.column is None:
        return cell_code(str(variable.value))
    codes: dict[str, Codes] = dict(variable.classes or {})
    if variable.true is not None and variable.false is not None:
        codes = {"yes": variable.true, "no": variable.false}
    if variable.missing != ():
        codes["no answer"] = variable.missing
    parts = [f"{plain(name)} = {_listed(values)}" for name, values in codes.items()]
    if variable.range is not None:
        parts.append(f"{variable.range[0]:g} to {variable.range[1]:g}")
    if variable.characters is not None:
        parts.append(f"characters {variable.characters[0]} to {variable.characters[1]}")
    if variable.top_coded is not None:
        parts.append(f"{variable.top_coded:g} means this or more")
    table_name = f" of {variable.source}" if variable.table is not None else ""
    column = f"{cell_code(variable.column)}{table_name}"
    return f"{column}: {'; '.join(parts)}" if parts else column


def _listed(values: Codes) -> str:
    return ", ".join(plain(str(value)) for value in listed(values))
