"""Files of statistical programs: Stata and SPSS, with their labels and missing values."""

from __future__ import annotations

import importlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pandas as pd
import pyarrow as pa

from mpi.errors import Problem, SurveyError
from mpi.findings import Finding
from mpi.survey.readers.arrow import plain
from mpi.survey.readers.store import Code, Store, opening


class Statistical(Store):
    """A file of Stata or SPSS, read by pyreadstat."""

    __slots__ = ("_errors", "_path", "_reader", "_rows", "_text")

    def __init__(self, path: Path) -> None:
        module = _pyreadstat(path.name)
        self._path = path
        self._reader = module.read_dta if path.suffix.lower() == ".dta" else module.read_sav
        self._errors = (module.ReadstatError, module.PyreadstatError)
        _, meta = self._call(path.name, metadataonly=True)
        self._rows: int | None = meta.number_rows
        self._text = {c for c, kind in meta.readstat_variable_types.items() if kind == "string"}
        super().__init__(
            path.name,
            meta.column_names,
            labels={
                column: _labels(known, text=column in self._text)
                for column, known in meta.variable_value_labels.items()
            },
            column_labels={
                column: label for column, label in meta.column_names_to_labels.items() if label
            },
        )

    def _call(self, name: str, **options: object) -> tuple[pd.DataFrame, Any]:
        with opening(name, "Stata or SPSS", *self._errors):
            frame, meta = self._reader(str(self._path), user_missing=True, **options)
        return frame, meta

    def count(self) -> int | None:
        """Rows of the table, if the file says so."""
        return self._rows

    def fetch(self, columns: Sequence[str]) -> dict[str, pa.Array]:
        """Columns as codes, not labels; extended missing values add a finding."""
        frame, _ = self._call(self.name, usecols=list(columns))
        known = {column: self._known(frame[column]) for column in columns}
        return {column: _codes(array) for column, array in plain(self.name, known).items()}

    def _known(self, values: pd.Series[Any]) -> pd.Series[Any]:
        """Values without what the file means by missing; letters .a to .z have no number."""
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


def _pyreadstat(name: str) -> Any:  # noqa: ANN401 -- a module without types, and optional
    """Reader of the files, which is an extra."""
    try:
        return importlib.import_module("pyreadstat")
    except ImportError as error:
        remedy = "Install it: pip install alkire-foster[readers]"
        found = "files of Stata and SPSS need the package pyreadstat"
        raise SurveyError(name, [Problem("", found, "", remedy)]) from error


def _labels(labels: Mapping[float | str, str], *, text: bool) -> Mapping[Code, str]:
    """Labels by code: whole numbers as int, the letters of Stata's missing values as ``.a``."""

    def code(key: float | str) -> Code:
        if isinstance(key, str):
            return key if text else f".{key}"
        return int(key) if float(key).is_integer() else float(key)

    return MappingProxyType({code(key): label for key, label in labels.items()})


def _codes(values: pa.Array) -> pa.Array:
    """Numbers as int64 if all are whole, as Stata and SPSS store codes in doubles."""
    try:
        return values.cast(pa.int64()) if pa.types.is_floating(values.type) else values
    except pa.ArrowInvalid:
        return values
