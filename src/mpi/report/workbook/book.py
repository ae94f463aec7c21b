"""A workbook of results: contents, tables, long data, notes, metadata and legal bases."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from mpi import output
from mpi.analysis.change import Changes
from mpi.arguments import check_kinds
from mpi.atomic import write_atomically
from mpi.errors import EstimationError, Problem
from mpi.estimates import Estimates
from mpi.findings import Findings
from mpi.report.law_tables import law_tables
from mpi.report.publication_tables import make_setting, publication_tables
from mpi.report.setting import Setting
from mpi.report.tables import Cell, Column, Table, TableRow
from mpi.report.words import Language, check_language, word
from mpi.results import Result
from mpi.spec.model import Specification

MOST_ROWS = 1_000_000  # of a sheet, below the limit of the format
_SUFFIX = ".xlsx"
_ELSEWHERE = "Give the path of a file in a folder that is there and can be written to."


def workbook(
    result: Result | Sequence[Result],
    path: str | os.PathLike[str],
    *,
    language: Language = "en",
    title: str = "",
    names: Mapping[str, str] | None = None,
    source: str = "",
    specification: Specification | str | None = None,
) -> None:
    """Write results as a workbook, in the manner of an official annex.

    It has contents with links, one sheet for each standard table (see `publication_tables`) with
    its notes, the long table of every result with full precision, what to know about the results,
    the specification with its norms and legal bases, and metadata. Figures that a rule for
    publication withholds have its mark and are nowhere in the file as numbers. No text of a label
    becomes a formula or a link. The file appears complete or not at all.

    Parameters
    ----------
    result : Result or sequence of Result
        Estimates, changes, or other results, which have their long table only.
    path : str or path
        A file that ends in ``.xlsx``.
    language : {"en", "es"}
    title : str
        Title of the workbook; that of the specification if left out.
    names : mapping of str to str, optional
        Titles of grouping variables, such as ``{"region": "Región"}``.
    source : str
        Where the data come from, for the last line of every table.
    specification : Specification or str, optional
        For titles and legal bases; that of the estimates if left out.

    Raises
    ------
    EstimationError
        If the path does not end in ``.xlsx`` or cannot be written, a result is too long for a
        sheet, or the language is not known.
    ModuleNotFoundError
        If ``xlsxwriter`` is not installed; it comes with ``alkire-foster[report]``.

    Examples
    --------
    >>> import tempfile
    >>> import mpi
    >>> spec = mpi.Specification.from_columns({"one": ["a"], "two": ["b"]}, cutoff=1)
    >>> estimates = mpi.measure({"a": [1, 0], "b": [1, 1]}, spec)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     mpi.workbook(estimates, f"{folder}/annex.xlsx", language="es")
    """
    check_kinds(workbook, locals(), all_kinds=True)
    several = isinstance(result, Iterable) and not isinstance(result, Result)
    results: list[Any] = list(result) if several else [result]  # type: ignore[arg-type]
    file = output.as_path(path)
    _check(results, file.suffix, file.name or str(file))
    check_language(language)
    output.check_place(file)
    sheets = _Annex(results, language, title, names, source, specification)
    data = sheets.data()
    try:
        write_atomically(file, data)
    except (OSError, ValueError) as error:
        found = f"cannot be written: {getattr(error, 'strerror', None) or error}"
        raise EstimationError(file.name, [Problem("", found, remedy=_ELSEWHERE)]) from error


def _check(results: Sequence[object], suffix: str, name: str) -> None:
    """Refuse what is no result, is too long, or has another extension."""
    problems = []
    if suffix.lower() != _SUFFIX:
        found = f"{suffix or 'no extension'} is no workbook"
        problems.append(Problem("", found, f"Use {_SUFFIX}; save() of a result writes others."))
    if not results:
        problems.append(Problem("", "there is no result to write", "Give estimates, or changes."))
    for place, result in enumerate(results, 1):
        if not isinstance(result, Result):
            found = f"result {place} is of type {type(result).__name__!r}"
            problems.append(Problem("", found, "Give estimates, changes or another result."))
        elif len(result) > MOST_ROWS:
            found = f"result {place} has {len(result):,} rows; a sheet takes {MOST_ROWS:,}"
            remedy = "Select measures, or save it as .parquet or .csv."
            problems.append(Problem("", found, remedy=remedy))
    if problems:
        raise EstimationError(name, problems)


@dataclass(frozen=True, slots=True)
class _Sheet:
    """What becomes a sheet: a standard table, or a long one under a heading."""

    short: str
    title: str
    table: Table | None = None
    long: pa.Table | None = None


class _Annex:
    """The sheets of a workbook, collected before a file is begun."""

    def __init__(
        self,
        results: Sequence[Result],
        language: Language,
        title: str,
        names: Mapping[str, str] | None,
        source: str,
        specification: Specification | str | None,
    ) -> None:
        self._results, self._language = results, language
        about = {"language": language, "names": names, "source": source}
        self._about: dict[str, Any] = {**about, "specification": specification}
        self._settings = [self._setting(result) for result in results]
        specs = [s.specification for s in self._settings if s.specification is not None]
        self._spec = specs[0] if specs else None
        label = self._spec.label(language) if self._spec is not None else ""
        self._title = title or label or self._say("tables")
        self._source = self._settings[0].source_line()

    def _say(self, key: str, *values: object) -> str:
        return word(key, self._language, *values)

    def _setting(self, result: Result) -> Setting:
        if isinstance(result, Estimates | Changes):
            return make_setting(result, decimal=None, **self._about)
        given = self._about["specification"]
        if given is not None:
            return make_setting(_read(given), decimal=None, **self._about)
        return Setting(self._language, ".", source=self._about["source"], origin=_program())

    def _sheets(self) -> Iterator[_Sheet]:
        for result in self._results:
            if isinstance(result, Estimates | Changes):
                about = self._about | {"specification": self._about["specification"] or self._spec}
                for table in publication_tables(result, **about):
                    yield _Sheet(table.short, table.title, table)
        for result in self._results:
            yield _Sheet(self._say("data"), self._say("data title"), long=result.saved_rows())
        yield _Sheet(self._say("findings"), self._say("findings title"), self._findings())
        if self._spec is not None:
            setting = make_setting(self._spec, decimal=None, **self._about)
            for table in law_tables(self._spec, setting):
                yield _Sheet(table.short, table.title, table)
        yield _Sheet(self._say("metadata"), self._say("metadata"), self._metadata())

    def _findings(self) -> Table:
        findings = Findings(f for result in self._results for f in result.findings)
        rows = [
            TableRow(
                (
                    *(Cell(text) for text in (f.code, f.where, f.detail)),
                    *(Cell(number) for number in (f.count, f.of, f.share)),
                )
            )
            for f in findings
        ]
        heads = [Column(self._say(head)) for head in ("code", "where", "detail")]
        heads += [Column(self._say(head), "count", 0) for head in ("count", "of how many")]
        heads.append(Column(self._say("share"), "share", 2))
        title = self._say("findings title")
        return Table("findings", title, tuple(heads), tuple(rows), source=self._source)

    def _metadata(self) -> Table:
        rows = [(self._say("title"), self._title), (self._say("program"), _program())]
        for result in self._results:
            rows += list(self._about_result(result))
        if self._spec is not None:
            spec = self._spec
            rows += [(self._say("specification"), spec.marked)]
            rows += [(self._say("fingerprint"), spec.fingerprint)]
            rows += [(self._say("status"), self._say(spec.status))] if spec.status else []
            rows += [(self._say("note"), " ".join(spec.description.split()))]
            rows += [(self._say("sources"), text) for text in spec.sources]
        made = tuple(TableRow((Cell(name), Cell(text))) for name, text in rows if text)
        heads = (Column(self._say("title")), Column(self._say("detail")))
        title = self._say("metadata")
        return Table("metadata", title, heads, made, source=self._source)

    def _about_result(self, result: Result) -> Iterator[tuple[str, str]]:
        if isinstance(result, Changes):
            yield self._say("changes"), result.title
        if not isinstance(result, Estimates) or result.origin is None:
            return
        origin, setting = result.origin, self._settings[0]
        yield self._say("date"), origin.date or ""
        yield self._say("what is counted"), setting.known(origin.unit)
        yield self._say("missing answers"), setting.known(f"policy {origin.missing}")
        if origin.level is not None:
            yield self._say("confidence"), f"{100 * origin.level:g} %"

    def data(self) -> bytes:
        """The workbook as bytes."""
        from mpi.report.workbook.writing import written  # noqa: PLC0415 -- heavy, an extra

        return written(
            [
                (s.short, s.title, s.table if s.table is not None else s.long)
                for s in self._sheets()
            ],
            title=self._title,
            source=self._source,
            language=self._language,
        )


def _read(given: Specification | str) -> Specification:
    from mpi.spec.files import specification  # noqa: PLC0415 -- only where an id is given

    return given if isinstance(given, Specification) else specification(given)


def _program() -> str:
    """Name and version of the program."""
    from mpi import __version__  # noqa: PLC0415 -- the package itself

    return f"alkire-foster {__version__}"
