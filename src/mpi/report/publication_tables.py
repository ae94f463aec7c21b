"""Standard tables for publication of estimates, changes and specifications."""

from __future__ import annotations

from collections.abc import Mapping
from typing import get_args

from mpi.analysis.change import Changes
from mpi.arguments import check_kinds
from mpi.errors import EstimationError, Problem
from mpi.estimates import Estimates
from mpi.report.change_tables import change_tables
from mpi.report.estimate_tables import estimate_tables
from mpi.report.law_tables import law_tables
from mpi.report.numbers import Decimal
from mpi.report.setting import Figures, Setting
from mpi.report.tables import Tables
from mpi.report.words import Language, check_language, marked, word
from mpi.spec.files import specification as read_specification
from mpi.spec.model import Specification

_DECIMALS: Mapping[str, Decimal] = {"en": ".", "es": ","}


def publication_tables(
    result: Estimates | Changes | Specification,
    *,
    language: Language = "en",
    names: Mapping[str, str] | None = None,
    source: str = "",
    specification: Specification | str | None = None,
    decimal: Decimal | None = None,
) -> Tables:
    """Standard tables of a result, ready for HTML, LaTeX, Markdown and workbooks.

    Of estimates: ``headline``, ``by VARIABLE``, ``indicators``, ``contributions``, ``hd by``,
    ``hdk by`` and ``pctb by VARIABLE`` with a column an indicator, and ``categories``. Of changes:
    ``changes H``, ``changes A``, ``changes M0`` and ``indicator changes``. Of a specification:
    ``specification``, ``norms`` and ``legal basis``. Several cutoffs have a table each.

    Parameters
    ----------
    result : Estimates, Changes or Specification
    language : {"en", "es"}
        Language of words and titles.
    names : mapping of str to str, optional
        Titles of grouping variables, such as ``{"region": "Región"}``.
    source : str
        Where the data come from, for the last line of every table.
    specification : Specification or str, optional
        For the titles of dimensions and indicators; that of the estimates if left out.
    decimal : {".", ","}, optional
        Decimal mark of texts; a point in English and a comma in Spanish if left out.

    Returns
    -------
    Tables

    Raises
    ------
    EstimationError
        If the result is none of these, or a language or decimal mark is not known.

    Examples
    --------
    >>> import mpi
    >>> spec = mpi.Specification.from_columns({"one": ["a"], "two": ["b"]}, cutoff=1)
    >>> estimates = mpi.measure({"a": [1, 0], "b": [1, 1]}, spec, se=False)
    >>> tables = mpi.publication_tables(estimates)
    >>> tables["headline"].texts()
    [['k = 1', '50.0', '100.0', '0.500', '2']]
    """
    check_kinds(publication_tables, locals(), all_kinds=True)
    setting = make_setting(
        result,
        language=language,
        names=names,
        source=source,
        specification=specification,
        decimal=decimal,
    )
    if isinstance(result, Estimates):
        return Tables(tuple(estimate_tables(Figures(result, setting))))
    if isinstance(result, Changes):
        return Tables(tuple(change_tables(result, setting)))
    return Tables(tuple(law_tables(result, setting)))


def make_setting(
    result: object,
    *,
    language: Language,
    names: Mapping[str, str] | None,
    source: str,
    specification: Specification | str | None,
    decimal: Decimal | None,
) -> Setting:
    """How tables of a result are written, checked.

    Raises
    ------
    EstimationError
        If the result has no tables, or a language or decimal mark is not known.
    """
    check_language(language)
    if decimal is not None and decimal not in get_args(Decimal):
        found, expected = f"{decimal!r} is no decimal mark", "Choose '.' or ','."
        raise EstimationError("decimal", [Problem("", found, expected)])
    if not isinstance(result, Estimates | Changes | Specification):
        found = f"an object of type {type(result).__name__!r} has no standard tables"
        expected = "Give estimates, changes or a specification."
        remedy = "profiles.estimate() makes estimates." if hasattr(result, "estimate") else ""
        raise EstimationError("tables", [Problem("", found, expected, remedy)])
    spec = result if isinstance(result, Specification) else None
    if specification is not None:
        given = specification
        spec = given if isinstance(given, Specification) else read_specification(given)
    elif isinstance(result, Estimates) and result.origin is not None:
        spec = result.origin.definition
    return Setting(
        language=language,
        decimal=decimal or _DECIMALS[language],
        names=dict(names or {}),
        specification=spec,
        source=source,
        origin=_computed(result, spec, language),
    )


def _computed(result: object, spec: Specification | None, language: str) -> str:
    """With which program and specification figures were computed."""
    from mpi import __version__  # noqa: PLC0415 -- the package itself

    mark = word("fingerprint", language).lower()
    if isinstance(result, Estimates) and result.origin is not None:
        origin = result.origin
        name = f"{marked(origin.specification, language)} ({mark} {origin.fingerprint})"
    elif spec is not None:
        name = f"{marked(spec.marked, language)} ({mark} {spec.fingerprint})"
    else:
        title = getattr(result, "title", "")
        name = title.split(",")[0]
    return word("computed", language, __version__, name)
