"""One door for tables of microdata: paths and frames become a `Source` that gives Arrow columns."""

# ruff: noqa: ANN401 -- values of pandas, polars, Arrow and numpy have no type in common
from __future__ import annotations

import codecs
import csv
import importlib
import io
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from os import PathLike
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal

import narwhals as nw
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.dataset as ds
from numpy.typing import NDArray

from mpi.errors import Problem, SurveyError, nearest
from mpi.findings import Finding

_ACCEPTED = (
    "Expected a path (.parquet, .csv, .tsv, .csv.gz, .feather, .arrow, .dta, .sav, a directory of "
    ".parquet), a pandas or polars frame, an Arrow table or reader, or a mapping of name to array."
)
_NO_TEXT = pa.array(["", "NA"])
_NO_NUMBER = pa.array(["", "NA", "NaN", "nan", "null", "NULL", "."])
# Text that a number would not give back: leading zeros, plus signs, and more digits than a double.
_CODE = r"^\+|^-?0[0-9]|^-?[0-9]{16,}$"
_LONGEST_STRING = 2**31 - 1  # bytes in one chunk of Arrow's string type
_BLOCK = 1 << 24
_FAILURES: tuple[type[Exception], ...] = (
    OSError,
    EOFError,
    ValueError,
    OverflowError,
    pa.lib.ArrowException,
    csv.Error,
)
_NOTHING: Mapping[str, Any] = MappingProxyType({})


@dataclass(frozen=True, slots=True, eq=False)
class Source:
    """A table of microdata that knows its column names and gives needed columns as Arrow.

    Columns have one of few types, whatever they came from: bool, int64, float64, string, or a date
    or time. Missing is null in all of them; a column without any value and without a type is int64.

    Attributes
    ----------
    name : str
        File name, or what the caller calls a table in memory; used in messages.
    names : tuple of str
        All column names.
    """

    name: str
    names: tuple[str, ...]
    _store: _Store = field(repr=False)
    _read: dict[str, Any] = field(default_factory=dict, repr=False)

    @property
    def n_rows(self) -> int:
        """Number of rows; free once a column was read, else a CSV file is read for it."""
        return len(next(iter(self._read.values()))) if self._read else self._store.count()

    @property
    def labels(self) -> Mapping[str, Mapping[int | float | str, str]]:
        """Labels of values by column; empty unless the file is from Stata or SPSS."""
        return self._store.labels

    @property
    def column_labels(self) -> Mapping[str, str]:
        """Labels of columns; empty unless the file is from Stata or SPSS."""
        return self._store.column_labels

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What was noticed so far: reading further columns may add to it."""
        return tuple(self._store.findings)

    def read(self, columns: Sequence[str]) -> pa.Table:
        """Columns as an Arrow table, each in one chunk.

        Parameters
        ----------
        columns : sequence of str
            Names, in the order wanted. A column is read once and kept.

        Returns
        -------
        pyarrow.Table, shape (n, number of columns)

        Raises
        ------
        SurveyError
            If columns are not there, or hold what no column of one type can hold.
        """
        self._check(columns)
        new = [name for name in dict.fromkeys(columns) if name not in self._read]
        if new:
            self._read.update(self._store.fetch(new))
        return pa.table([self._read[name] for name in columns], names=list(columns))

    def numpy(self, column: str) -> NDArray[Any] | None:
        """Read-only view of a boolean or numeric column in memory, shape (n,), without a copy.

        Parameters
        ----------
        column : str
            Its name.

        Returns
        -------
        numpy.ndarray or None
            None if a copy would be needed, as for files, text, bits and nullable columns. A NaN in
            the view is missing; the type is the column's own.

        Raises
        ------
        SurveyError
            If the column is not there.
        """
        self._check([column])
        return self._store.view(column)

    def _check(self, columns: Sequence[str]) -> None:
        """Stop for columns that are not in the table, all at once."""
        known = set(self.names)
        absent = [name for name in dict.fromkeys(columns) if name not in known]
        if absent:
            raise SurveyError(self.name, [_absent(name, self.names) for name in absent])


def open_source(data: object, *, name: str) -> Source:
    """Source of a path or of a table in memory.

    Parameters
    ----------
    data : object
        A path: ``.parquet``, ``.csv``, ``.tsv`` (also ``.gz``), ``.feather``, ``.arrow``, ``.dta``,
        ``.sav`` or a directory of Parquet files; or a pandas or polars frame, lazy or not, an Arrow
        table or reader, anything with ``__arrow_c_stream__``, or a mapping of name to array.
    name : str
        What messages call a table in memory; a path is called by its file name.

    Returns
    -------
    Source

    Raises
    ------
    SurveyError
        If the object is not a table, the file is not there or not readable, or names are not
        unique.

    Notes
    -----
    A lazy frame is run for each call of `Source.read` that asks for further columns, and must give
    its rows in the same order each time; that is checked.

    Examples
    --------
    >>> persons = open_source({"age": [31, None], "region": ["05", "11"]}, name="persons")
    >>> persons.names
    ('age', 'region')
    >>> persons.read(["age"])["age"].to_pylist()
    [31, None]
    """
    if isinstance(data, str | PathLike):
        path = Path(data).expanduser()
        name, store = path.name or str(path), _open_path(path)
    else:
        store = _open_memory(nw.to_native(data, pass_through=True), name)
    twice = {column: n for column, n in Counter(store.names).items() if n > 1}
    if twice:
        raise SurveyError(
            name,
            [
                Problem(f"column {column!r}", f"{n} columns have this name", "Expected one.")
                for column, n in twice.items()
            ],
        )
    return Source(name, store.names, store)


class _Store:
    """Where columns come from."""

    __slots__ = ("column_labels", "findings", "labels", "name", "names")

    def __init__(self, name: str, names: Sequence[str]) -> None:
        self.name = name
        self.names = tuple(names)
        self.labels: Mapping[str, Mapping[int | float | str, str]] = _NOTHING
        self.column_labels: Mapping[str, str] = _NOTHING
        self.findings: list[Finding] = []

    def count(self) -> int:
        """Rows of the table."""
        return len(next(iter(self.fetch(self.names[:1]).values()), ()))

    def fetch(self, columns: Sequence[str]) -> dict[str, Any]:
        """Columns by name as Arrow arrays of plain types."""
        raise NotImplementedError

    def view(self, column: str) -> NDArray[Any] | None:  # noqa: ARG002 -- files have no view
        """Numpy view of a column, if there is one."""
        return None


class _Memory(_Store):
    """Columns of pandas, polars, Arrow or numpy."""

    __slots__ = ("_columns", "_rows")

    def __init__(self, name: str, names: Sequence[str], columns: Sequence[Any], rows: int) -> None:
        super().__init__(name, names)
        self._columns = dict(zip(names, columns, strict=True))
        self._rows = rows

    def count(self) -> int:
        return self._rows

    def fetch(self, columns: Sequence[str]) -> dict[str, Any]:
        return _plain(self.name, {column: self._columns[column] for column in columns})

    def view(self, column: str) -> NDArray[Any] | None:
        return _view(self._columns[column])


class _Lazy(_Store):
    """A lazy frame, of which only needed columns are computed."""

    __slots__ = ("_frame", "_seen")

    def __init__(self, name: str, frame: nw.LazyFrame[Any]) -> None:
        super().__init__(name, frame.collect_schema().names())
        self._frame = frame
        self._seen: dict[str, Any] = {}

    def count(self) -> int:
        return int(self._frame.select(nw.len()).collect(backend="pyarrow").item())

    def fetch(self, columns: Sequence[str]) -> dict[str, Any]:
        # A second run may give the rows in another order, so columns of two runs are put side by
        # side only if those of the first come out the same again.
        names = [*self._seen, *columns]
        table = self._frame.select(names).collect(backend="pyarrow").to_native()
        fresh = _plain(self.name, {column: table[column] for column in names})
        if not all(fresh[column].equals(known) for column, known in self._seen.items()):
            found = "the lazy frame gives other rows, or another order of rows, each time it is run"
            raise SurveyError(self.name, [Problem("", found, "", "Collect or sort it first.")])
        self._seen = fresh
        return {column: fresh[column] for column in columns}


class _Dataset(_Store):
    """Parquet or Arrow files."""

    __slots__ = ("_data",)

    def __init__(self, path: Path, kind: str) -> None:
        with _opening(path.name, kind):
            if path.is_dir():
                self._data = _directory(path)
            else:
                self._data = ds.dataset(str(path), format="parquet" if kind == "Parquet" else "ipc")
        super().__init__(path.name, self._data.schema.names)

    def count(self) -> int:
        return self._data.count_rows()

    def fetch(self, columns: Sequence[str]) -> dict[str, Any]:
        with _opening(self.name, "Parquet or Arrow"):
            table = self._data.to_table(columns=list(columns))
        return _plain(self.name, {column: table[column] for column in columns})


class _Statistical(_Store):
    """A file of Stata or SPSS, read by pyreadstat."""

    __slots__ = ("_errors", "_path", "_reader", "_rows", "_text")

    def __init__(self, path: Path) -> None:
        name = path.name
        try:
            module = importlib.import_module("pyreadstat")
        except ImportError as error:
            remedy = "Install it: pip install alkire-foster[readers]"
            found = "files of Stata and SPSS need the package pyreadstat"
            raise SurveyError(name, [Problem("", found, "", remedy)]) from error
        self._path = path
        self._reader = module.read_dta if path.suffix.lower() == ".dta" else module.read_sav
        self._errors = (module.ReadstatError, module.PyreadstatError)
        _, meta = self._call(name, metadataonly=True)
        super().__init__(name, meta.column_names)
        self._rows = meta.number_rows
        self._text = {c for c, kind in meta.readstat_variable_types.items() if kind == "string"}
        self.labels = MappingProxyType(
            {
                column: _labels(known, text=column in self._text)
                for column, known in meta.variable_value_labels.items()
            }
        )
        self.column_labels = MappingProxyType(
            {column: label for column, label in meta.column_names_to_labels.items() if label}
        )

    def _call(self, name: str, **options: object) -> tuple[pd.DataFrame, Any]:
        with _opening(name, "Stata or SPSS", *self._errors):
            frame, meta = self._reader(str(self._path), user_missing=True, **options)
        return frame, meta

    def count(self) -> int:
        return super().count() if self._rows is None else int(self._rows)

    def fetch(self, columns: Sequence[str]) -> dict[str, Any]:
        frame, _ = self._call(self.name, usecols=list(columns))
        coded = {column: self._coded(frame[column]) for column in columns}
        return {column: _codes(array) for column, array in _plain(self.name, coded).items()}

    def _coded(self, values: pd.Series[Any]) -> pd.Series[Any]:
        """Values with what the file means by missing; letters .a to .z have no number."""
        if values.name in self._text:
            return values.mask(values == "")
        if values.dtype.kind != "O":
            return values
        extended = values.map(lambda value: isinstance(value, str))
        if extended.any():
            letters = ", ".join(f".{letter}" for letter in sorted(set(values[extended])))
            self.findings.append(
                Finding(
                    code="EXTENDED_MISSING",
                    where=f"{self.name}, column {values.name!r}",
                    detail=f"extended missing values ({letters}) are taken as missing",
                    count=int(extended.sum()),
                    of=len(values),
                )
            )
        return values.mask(extended)


class _Delimited(_Store):
    """A CSV file: every column is read as text, and becomes numbers where nothing is lost."""

    __slots__ = ("_delimiter", "_header", "_path", "_quotes", "_rowless", "_utf8")

    def __init__(self, path: Path) -> None:
        self._path = path
        with _opening(path.name, "CSV"):
            names = self._names(self._scan())
            if self._quotes % 2:
                self._check_quotes()
        super().__init__(path.name, names)
        if not self._utf8:
            detail = "the text is not valid UTF-8 and was read as Latin-1"
            self.findings.append(Finding(code="CSV_ENCODING", where=path.name, detail=detail))

    def _stream(self) -> Any:
        return pa.input_stream(str(self._path), compression="detect")

    def _scan(self) -> bytes:
        """First bytes of the file; notes whether all of it is UTF-8 and whether it has quotes."""
        decoder = codecs.getincrementaldecoder("utf-8")()
        head, self._utf8, quotes = b"", True, 0
        with self._stream() as stream:
            while block := stream.read(_BLOCK):
                head = head or block[: _BLOCK // 16]
                quotes += block.count(b'"')
                if b"\0" in block:
                    found, remedy = "this is not a text file", "Save it as CSV in UTF-8."
                    raise SurveyError(self._path.name, [Problem("", found, "", remedy)])
                self._utf8 = self._utf8 and _decodes(decoder, block)
        self._utf8 = self._utf8 and _decodes(decoder, b"")
        self._quotes = quotes
        return head

    def _names(self, head: bytes) -> list[str]:
        """Names of the header; notes the delimiter and the lines that the header takes."""
        text = head.decode("utf-8-sig" if self._utf8 else "latin-1", errors="ignore")
        line = re.sub(r'"[^"]*"', "", text.lstrip("\r\n").partition("\n")[0])
        self._delimiter = max(",;\t", key=line.count)
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=self._delimiter)
        for record in reader:
            if any(record):
                self._header = reader.line_num
                self._rowless = next(filter(None, reader), None) is None
                return [cell.strip() for cell in record]
        found = "the file is empty" if not head else "the file has no header"
        expected = "Expected a first line with the names of the columns."
        raise SurveyError(self._path.name, [Problem("", found, expected)])

    def fetch(self, columns: Sequence[str]) -> dict[str, Any]:
        if self._rowless:  # Arrow cannot skip a header that is the whole file
            return _plain(self.name, {column: pa.nulls(0) for column in columns})
        ragged = []

        def note(row: pyarrow.csv.InvalidRow) -> Literal["skip"]:
            ragged.append(row.actual_columns)
            return "skip"

        options = pyarrow.csv.ReadOptions(
            column_names=list(self.names),
            skip_rows=self._header,
            encoding="utf8" if self._utf8 else "latin-1",
        )
        parsing = pyarrow.csv.ParseOptions(
            delimiter=self._delimiter,
            newlines_in_values=self._quotes > 0,
            invalid_row_handler=note,
        )
        conversion = pyarrow.csv.ConvertOptions(
            include_columns=list(columns),
            column_types=dict.fromkeys(columns, pa.string()),
            null_values=["", "NA"],
            strings_can_be_null=True,
        )
        with _opening(self.name, "CSV"):
            table = pyarrow.csv.read_csv(
                str(self._path),
                read_options=options,
                parse_options=parsing,
                convert_options=conversion,
            )
            if ragged:
                raise SurveyError(self.name, [self._ragged()])
        typed = partial(_typed, decimal_comma=self._delimiter == ";")
        with ThreadPoolExecutor() as pool:  # Arrow casts and matches one column on one core
            arrays = list(pool.map(typed, table.columns))
        return _plain(self.name, dict(zip(columns, arrays, strict=True)))

    def _records(self, *, strict: bool) -> Iterator[tuple[int, list[str]]]:
        """Give records that are not blank, each with its last line; slow, for messages."""
        encoding = "utf-8-sig" if self._utf8 else "latin-1"
        with io.TextIOWrapper(self._stream(), encoding=encoding, newline="") as text:
            reader = csv.reader(text, delimiter=self._delimiter, strict=strict)
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
        expected = f"Expected {width} fields between {self._delimiter!r}, as in the header."
        remedy = "Put quotes around fields that contain the delimiter."
        return Problem("", found, expected, remedy, len(wrong), total)


def _open_path(path: Path) -> _Store:
    """Store of a path, by its extension."""
    suffixes = [suffix.lower() for suffix in path.suffixes]
    suffix = (suffixes[:-1] if suffixes[-1:] == [".gz"] else suffixes)[-1:]
    if not path.exists():
        raise SurveyError(path.name, [Problem("", f"there is no file {str(path)!r}")])
    if path.is_dir():
        return _Dataset(path, "Parquet")
    match suffix:
        case [".parquet"]:
            return _Dataset(path, "Parquet")
        case [".feather" | ".arrow"]:
            return _Dataset(path, "Arrow")
        case [".csv" | ".tsv"]:
            return _Delimited(path)
        case [".dta" | ".sav"]:
            return _Statistical(path)
    found = f"tables are not read from files with the extension {''.join(suffix)!r}"
    raise SurveyError(path.name, [Problem("", found, _ACCEPTED)])


def _open_memory(data: Any, name: str) -> _Store:
    """Store of a table in memory."""
    if isinstance(data, pd.DataFrame):
        columns = [data.iloc[:, position] for position in range(data.shape[1])]
        return _Memory(name, [str(label) for label in data.columns], columns, len(data))
    if isinstance(data, Mapping):
        return _mapped(name, data)
    if isinstance(data, pa.Table):
        return _Memory(name, data.column_names, data.columns, data.num_rows)
    frame: Any = nw.from_native(data, pass_through=True)
    if isinstance(frame, nw.LazyFrame):
        return _Lazy(name, frame)
    if isinstance(frame, nw.DataFrame):
        return _Memory(name, frame.columns, [frame[c] for c in frame.columns], len(frame))
    cause: Exception | None = None
    if hasattr(data, "__arrow_c_stream__") or hasattr(data, "__arrow_c_array__"):
        try:
            return _open_memory(pa.table(data), name)
        except _FAILURES as error:  # an array or series, not a table
            cause = error
    found = f"an object of type {type(data).__name__!r} is not a table"
    raise SurveyError(name, [Problem("", found, _ACCEPTED)]) from cause


def _mapped(name: str, data: Mapping[Any, Any]) -> _Store:
    """Store of a mapping of name to array."""
    sizes = {column: _size(values) for column, values in data.items()}
    if None in sizes.values() or len(set(sizes.values())) > 1:
        expected = "Expected arrays of one length."
        problems = [
            Problem(
                f"column {column!r}", "not an array" if n is None else f"{n:,} values", expected
            )
            for column, n in sizes.items()
        ]
        raise SurveyError(name, problems)
    rows = next(iter(sizes.values()), 0) or 0
    return _Memory(name, [str(column) for column in data], list(data.values()), rows)


def _size(values: Any) -> int | None:
    """Length of an array; None for anything else."""
    if isinstance(values, str | bytes) or getattr(values, "ndim", 1) != 1:
        return None
    return len(values) if hasattr(values, "__len__") else None


def _directory(path: Path) -> ds.Dataset:
    """Parquet files below a directory as one table; folders ``key=value`` are columns."""
    files = [
        str(file)
        for file in sorted(path.rglob("*.parquet"))
        if file.is_file() and not any(p[0] in "._" for p in file.relative_to(path).parts)
    ]
    if not files:
        raise SurveyError(path.name, [Problem("", "there is no .parquet file in the directory")])
    first = ds.dataset(files, format="parquet", partitioning="hive", partition_base_dir=str(path))
    schemas = [part.physical_schema for part in first.get_fragments()]
    common = set(schemas[0].names)
    problems = [
        Problem(
            str(Path(file).relative_to(path)),
            f"its columns differ from those of the first file in {sorted(common ^ set(s.names))}",
            "Expected the same columns in all files of the directory.",
        )
        for file, s in zip(files, schemas, strict=True)
        if common != set(s.names)
    ]
    if problems:
        raise SurveyError(path.name, problems)
    try:
        schema = pa.unify_schemas([first.schema, *schemas], promote_options="permissive")
    except pa.ArrowTypeError as error:
        found = f"its files give a column different types ({str(error).splitlines()[0]})"
        raise SurveyError(path.name, [Problem("", found)]) from error
    return ds.dataset(
        files, schema=schema, format="parquet", partitioning="hive", partition_base_dir=str(path)
    )


@contextmanager
def _opening(name: str, kind: str, *errors: type[Exception]) -> Iterator[None]:
    """Turn what a reader raises into one sentence."""
    try:
        yield
    except (*_FAILURES, *errors) as error:
        found = f"this cannot be read as {kind}"
        remedy = "The file is damaged, incomplete or of another kind."
        raise SurveyError(name, [Problem("", found, "", remedy)]) from error


def _decodes(decoder: codecs.IncrementalDecoder, block: bytes) -> bool:
    """Whether the text goes on, or ends, as valid UTF-8."""
    try:
        decoder.decode(block, final=not block)
    except UnicodeDecodeError:
        return False
    return True


def _absent(name: str, names: Sequence[str]) -> Problem:
    """Problem of a column that is not in the table."""
    alike = [known for known in names if known.casefold() == name.casefold()]
    likely = f"Did you mean {alike[0]!r}?" if alike else nearest(name, names)
    listed = ", ".join([*names[:8], *(["..."] if len(names) > 8 else [])])
    columns = f"The table has {len(names)} columns: {listed}."
    return Problem(f"column {name!r}", "not in the table", likely or columns)


def _labels(labels: Mapping[Any, str], *, text: bool) -> Mapping[int | float | str, str]:
    """Labels by code: whole numbers as int, the letters of Stata's missing values as ``.a``."""

    def code(key: Any) -> int | float | str:
        if isinstance(key, str):
            return key if text else f".{key}"
        return int(key) if float(key).is_integer() else float(key)

    return MappingProxyType({code(key): label for key, label in labels.items()})


def _codes(values: Any) -> Any:
    """Numbers as int64 if all are whole, as Stata and SPSS store codes in doubles."""
    try:
        return values.cast(pa.int64()) if pa.types.is_floating(values.type) else values
    except pa.ArrowInvalid:
        return values


def _typed(text: Any, *, decimal_comma: bool) -> Any:
    """Text of a CSV column as int64, else float64, else text."""
    whole = _whole(text)
    if whole is not None:
        return whole
    trimmed = pc.utf8_trim_whitespace(text)
    texts = _without(text, pc.is_in(trimmed, value_set=_NO_TEXT))
    codes = _without(trimmed, pc.is_in(trimmed, value_set=_NO_NUMBER))
    numbers = pc.replace_substring(codes, ",", ".") if decimal_comma else codes
    whole = _whole(codes)
    if whole is not None:
        return whole
    try:
        values = numbers.cast(pa.float64())
    except pa.ArrowInvalid:
        return texts
    if pc.any(pc.match_substring_regex(codes, _CODE)).as_py():
        return codes
    return values if pc.all(pc.is_finite(values)).as_py() else texts


def _whole(text: Any) -> Any:
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


def _without(values: Any, missing: Any) -> Any:
    """Values with null where they are missing."""
    return pc.if_else(missing, pa.scalar(None, values.type), values)


def _plain(source: str, columns: Mapping[str, Any]) -> dict[str, Any]:
    """Columns of any library as Arrow arrays of plain types."""
    arrays, problems = {}, []
    for column, values in columns.items():
        try:
            arrays[column] = _array(_arrow(values))
        except (pa.ArrowException, ValueError, TypeError, OverflowError) as error:
            problems.append(_unfit(column, values))
            cause = error
    if problems:
        raise SurveyError(source, problems) from cause
    return arrays


def _arrow(values: Any) -> Any:
    """Values as Arrow's chunks, in the type that Arrow gives them."""
    if isinstance(values, nw.Series):
        values = values.to_arrow()
    elif isinstance(values, pd.Series):
        dtype = values.dtype
        inner = dtype.categories.dtype if isinstance(dtype, pd.CategoricalDtype) else dtype
        if isinstance(inner, pd.IntervalDtype | pd.PeriodDtype):
            values = values.map(str, na_action="ignore")
        elif isinstance(dtype, pd.SparseDtype):
            values = pd.Series(np.asarray(values))
    if not isinstance(values, pa.ChunkedArray | pa.Array):
        values = pa.array(values, from_pandas=True)
    return values if isinstance(values, pa.ChunkedArray) else pa.chunked_array([values])


def _array(values: Any) -> Any:
    """One array of a plain type, with null for NaN."""
    if pa.types.is_dictionary(values.type):
        chunks = [chunk.dictionary_decode() for chunk in values.chunks]
        return _array(pa.chunked_array(chunks, type=values.type.value_type))
    values = values.cast(_plain_type(values))
    if pa.types.is_floating(values.type):
        missing = pc.is_nan(values)
        values = _without(values, missing) if pc.any(missing).as_py() else values
    if values.num_chunks == 1:
        return values.chunk(0)
    return pa.concat_arrays(values.chunks) if values.num_chunks else pa.array([], values.type)


def _plain_type(values: Any) -> pa.DataType:
    """Type that stands for all of its kind."""
    kind, types = values.type, pa.types
    if types.is_boolean(kind) or types.is_temporal(kind):
        return kind
    if types.is_integer(kind) or types.is_null(kind):
        return pa.int64()
    if types.is_floating(kind) or types.is_decimal(kind):
        return pa.float64()
    if types.is_string(kind) or types.is_large_string(kind) or types.is_string_view(kind):
        return pa.string() if values.nbytes < _LONGEST_STRING else pa.large_string()
    raise TypeError(str(kind))


def _unfit(column: str, values: Any) -> Problem:
    """Problem of a column that Arrow cannot hold, or that is no variable of a survey."""
    if isinstance(values, pa.ChunkedArray | pa.Array | nw.Series):
        found = f"values of type {values.type if hasattr(values, 'type') else values.dtype}"
    else:
        known = pd.Series(values, dtype=object).dropna()
        kinds = known.map(lambda value: type(value).__name__).value_counts()
        found = "values of type " + " and ".join(f"{k} ({n:,})" for k, n in kinds.items())
    expected = "Expected true and false, whole numbers of 64 bits, other numbers, text, or dates."
    return Problem(f"column {column!r}", found, expected, "Convert it to one of these first.")


def _view(values: Any) -> NDArray[Any] | None:
    """Numbers or truth values in memory without a copy, if that is possible."""
    if isinstance(values, pd.Series) and isinstance(values.dtype, np.dtype):
        values = values.to_numpy()
    elif isinstance(values, nw.Series):
        values = values.to_arrow() if values.dtype.is_numeric() else None
    if isinstance(values, pa.ChunkedArray) and values.num_chunks == 1:
        values = values.chunk(0)
    if isinstance(values, pa.Array):
        try:
            values = values.to_numpy(zero_copy_only=True)
        except pa.ArrowInvalid:
            return None
    if not isinstance(values, np.ndarray) or values.dtype.kind not in "biuf":
        return None
    view = values.view()
    view.flags.writeable = False
    return view
