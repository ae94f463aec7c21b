"""CSV files: every column is read as text, and gets another type where nothing is lost by it."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Literal

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

from mpi.errors import Problem, SurveyError
from mpi.findings import Finding
from mpi.survey.readers.arrow import plain, without
from mpi.survey.readers.store import Store, opening

_NO_TEXT = pa.array(["", "NA"])
_NO_NUMBER = pa.array(["", "NA", "NaN", "nan", "null", "NULL", "."])
_TRUTHS = pa.array(["True", "False", "true", "false", "TRUE", "FALSE", None])
# Text that a number would not give back: leading zeros, plus signs, and more digits than a double.
_CODE = r"^\+|^-?0[0-9]|^-?[0-9]{16,}$"
_BLOCK = 1 << 24
_HEAD = 1 << 20


@dataclass(frozen=True, slots=True)
class _Text:
    """What one look at all bytes of a file tells: its start, its encoding, how many quotes."""

    head: str
    encoding: Literal["utf-8-sig", "latin-1"]
    quotes: int


@dataclass(frozen=True, slots=True)
class _Header:
    """Names of the columns, and how the file goes on after the lines that they take."""

    names: list[str]
    delimiter: str
    lines: int
    has_rows: bool


class Delimited(Store):
    """A CSV file, of which encoding and delimiter are found out."""

    __slots__ = ("_header", "_path", "_text")

    def __init__(self, path: Path) -> None:
        self._path = path
        with opening(path.name, "CSV", csv.Error):
            self._text = _scan(path)
            self._header = _header(self._text.head, path.name)
            if self._text.quotes % 2:
                self._check_quotes()
        super().__init__(path.name, self._header.names)
        if self._text.encoding == "latin-1":
            detail = "the text is not valid UTF-8 and was read as Latin-1"
            self.findings.append(Finding(code="CSV_ENCODING", where=path.name, detail=detail))

    def fetch(self, columns: Sequence[str]) -> dict[str, pa.Array]:
        """Columns, each in the narrowest type that keeps all of its text."""
        if not self._header.has_rows:  # Arrow cannot skip a header that is the whole file
            return plain(self.name, {column: pa.nulls(0) for column in columns})
        table = self._table(columns)
        typed = partial(_typed, decimal_comma=self._header.delimiter == ";")
        with ThreadPoolExecutor() as pool:  # Arrow casts and matches one column on one core
            arrays = list(pool.map(typed, table.columns))
        return plain(self.name, dict(zip(columns, arrays, strict=True)))

    def _table(self, columns: Sequence[str]) -> pa.Table:
        """Columns as text."""
        ragged = []

        def note(row: pyarrow.csv.InvalidRow) -> Literal["skip"]:
            ragged.append(row.actual_columns)
            return "skip"

        with opening(self.name, "CSV", csv.Error):
            table = pyarrow.csv.read_csv(
                str(self._path),
                read_options=pyarrow.csv.ReadOptions(
                    column_names=self._header.names,
                    skip_rows=self._header.lines,
                    encoding="latin-1" if self._text.encoding == "latin-1" else "utf8",
                ),
                parse_options=pyarrow.csv.ParseOptions(
                    delimiter=self._header.delimiter,
                    newlines_in_values=self._text.quotes > 0,
                    invalid_row_handler=note,
                ),
                convert_options=pyarrow.csv.ConvertOptions(
                    include_columns=list(columns),
                    column_types=dict.fromkeys(columns, pa.string()),
                    null_values=["", "NA"],
                    strings_can_be_null=True,
                ),
            )
            if ragged:
                raise SurveyError(self.name, [self._ragged()])
        return table

    def _records(self, *, strict: bool) -> Iterator[tuple[int, list[str]]]:
        """Give records that are not blank, each with its last line; slow, for messages."""
        encoding = self._text.encoding
        with io.TextIOWrapper(_stream(self._path), encoding=encoding, newline="") as text:
            reader = csv.reader(text, delimiter=self._header.delimiter, strict=strict)
            for record in filter(None, reader):
                yield reader.line_num, record

    def _check_quotes(self) -> None:
        """Stop for a quote without an end, after which Arrow would take all rows for one field."""
        line = 0
        try:
            for line, _ in self._records(strict=True):  # noqa: B007 -- the last good line
                pass
        except csv.Error as error:
            found, remedy = "a quote is opened and not closed", "Close it, or write it twice."
            raise SurveyError(
                self._path.name, [Problem(f"after line {line}", found, "", remedy)]
            ) from error

    def _ragged(self) -> Problem:
        """Rows with more or fewer fields than the header, by line."""
        width = len(self.names)
        total, wrong = -1, []  # the header is not a row
        for line, record in self._records(strict=False):
            total += 1
            if len(record) != width:
                wrong.append(f"line {line} has {len(record)}")
        found = ", ".join([*wrong[:5], *(["..."] if len(wrong) > 5 else [])])
        found += ": another number of fields"
        expected = f"Expected {width} fields between {self._header.delimiter!r}, as in the header."
        remedy = "Put quotes around fields that contain the delimiter."
        return Problem("", found, expected, remedy, len(wrong), total)


def _stream(path: Path) -> pa.NativeFile:
    """Bytes of the file, unpacked."""
    return pa.input_stream(str(path), compression="detect")


def _scan(path: Path) -> _Text:
    """Look at all of the file once, as Arrow would stop at a byte that is not UTF-8."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    head, is_utf8, quotes = b"", True, 0
    with _stream(path) as stream:
        while block := stream.read(_BLOCK):
            head = head or block[:_HEAD]
            quotes += block.count(b'"')
            if b"\0" in block:
                found, remedy = "this is not a text file", "Save it as CSV in UTF-8."
                raise SurveyError(path.name, [Problem("", found, "", remedy)])
            is_utf8 = is_utf8 and _decodes(decoder, block)
    is_utf8 = is_utf8 and _decodes(decoder, b"")
    encoding: Literal["utf-8-sig", "latin-1"] = "utf-8-sig" if is_utf8 else "latin-1"
    return _Text(head.decode(encoding, errors="ignore"), encoding, quotes)


def _decodes(decoder: codecs.IncrementalDecoder, block: bytes) -> bool:
    """Whether the text goes on, or ends, as valid UTF-8."""
    try:
        decoder.decode(block, final=not block)
    except UnicodeDecodeError:
        return False
    return True


def _header(head: str, name: str) -> _Header:
    """Header of a file that starts with `head`; the delimiter is the one most frequent in it."""
    line = re.sub(r'"[^"]*"', "", head.lstrip("\r\n").partition("\n")[0])
    delimiter = max(",;\t", key=line.count)
    reader = csv.reader(io.StringIO(head, newline=""), delimiter=delimiter)
    for record in reader:
        if any(record):
            lines = reader.line_num
            names = [cell.strip() for cell in record]
            return _Header(names, delimiter, lines, any(reader))
    found = "the file has no header" if head else "the file is empty"
    expected = "Expected a first line with the names of the columns."
    raise SurveyError(name, [Problem("", found, expected)])


def _typed(text: pa.ChunkedArray, *, decimal_comma: bool) -> pa.ChunkedArray:
    """Text of a CSV column as int64, float64 or bool, else text."""
    whole = _whole(text)
    if whole is not None:
        return whole
    trimmed = pc.utf8_trim_whitespace(text)
    codes = without(trimmed, pc.is_in(trimmed, value_set=_NO_NUMBER))
    whole = _whole(codes)
    if whole is not None:
        return whole
    if pc.all(pc.is_in(codes, value_set=_TRUTHS)).as_py():
        return codes.cast(pa.bool_())
    texts = without(text, pc.is_in(trimmed, value_set=_NO_TEXT))
    try:
        numbers = pc.replace_substring(codes, ",", ".") if decimal_comma else codes
        values = numbers.cast(pa.float64())
    except pa.ArrowInvalid:
        return texts
    if pc.any(pc.match_substring_regex(codes, _CODE)).as_py():
        return codes
    return values if pc.all(pc.is_finite(values)).as_py() else texts


def _whole(text: pa.ChunkedArray) -> pa.ChunkedArray | None:
    """Text as int64 if each value is written as the number would be; None otherwise."""
    numbers = []
    for chunk in text.chunks:  # one by one: text ends at its first chunk, and little is in memory
        try:
            whole = chunk.cast(pa.int64())
        except pa.ArrowInvalid:
            return None
        if not pc.all(pc.equal(whole.cast(pa.string()), chunk), min_count=0).as_py():
            return None
        numbers.append(whole)
    return pa.chunked_array(numbers, type=pa.int64())
