"""Which engine tabulates: the one that is asked for, or the one that the data suggest."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from importlib.util import find_spec
from typing import Any, TypeAlias

import narwhals as nw

from mpi.core.distances import Distance
from mpi.engines.base import By, Tabulation
from mpi.engines.in_spans import spans_in
from mpi.engines.relational import limits
from mpi.errors import Problem, SurveyError, nearest
from mpi.findings import Finding
from mpi.spec.model import Specification
from mpi.survey.survey import Survey

Engine: TypeAlias = Callable[..., Tabulation]

# entry points of other distributions that give an engine
GROUP = "mpi.engines"
_BUILT_IN: Mapping[str, str] = {
    "memory": "mpi.engines.in_spans:tabulate",
    "duckdb": "mpi.engines.relational:duckdb",
    "polars": "mpi.engines.relational:polars",
    "spark": "mpi.engines.relational:spark",
}
# rows of files of Parquet that are not read into memory as a whole if it can be helped
_MANY_ROWS = 3_000_000
_USUAL = ("survey", "spec", "groupings", "se", "distances", "progress")


@dataclass(frozen=True, slots=True)
class Choice:
    """An engine, and why it was taken.

    Attributes
    ----------
    name : str
    reason : str
        Empty where there was nothing to choose.
    """

    name: str
    reason: str = ""


def tabulate(
    survey: Survey,
    spec: Specification,
    groupings: Sequence[By],
    *,
    engine: str | None = None,
    options: Mapping[str, object] | None = None,
    se: bool = True,
    distances: tuple[Distance, ...] = (),
    progress: Callable[[str, int, int], None] | None = None,
) -> Tabulation:
    """Profile tables by the engine that is asked for, or that the data suggest.

    Parameters
    ----------
    survey, spec, groupings, se, distances, progress
        As of `mpi.engines.memory.tabulate`.
    engine : str, optional
        Name of an engine: memory, duckdb, polars, spark, or one that another distribution gives
        under the entry point group ``mpi.engines``.
    options : mapping of str to object, optional
        Further arguments of the engine, such as ``master`` of spark.

    Returns
    -------
    Tabulation
        With a finding that says which engine it was, unless it is the one of memory and nothing
        else was possible.

    Raises
    ------
    SurveyError
        If there is no such engine, it cannot be loaded, or it has no such options.
    """
    choice = chosen(survey, spec, se=se, distances=distances)
    if engine is not None:
        choice = Choice(engine, "it was asked for")
    run = load(choice.name)
    given = dict(options or {})
    if given:
        _check_options(choice.name, run, given)
    found = run(survey, spec, groupings, se=se, distances=distances, progress=progress, **given)
    if not choice.reason:
        return found
    detail = f"tabulated by {choice.name}, because {choice.reason}"
    said = Finding("ENGINE", "tabulate", detail)
    return Tabulation(found.groupings, found.sampled, (said, *found.findings))


def chosen(
    survey: Survey, spec: Specification, *, se: bool, distances: tuple[Distance, ...] = ()
) -> Choice:
    """The engine that the data suggest.

    Lazy frames and relations are queried where they are, if all that is asked for can be; files of
    many rows are read in spans if they are in the order of their households, and else queried by
    DuckDB, if it is installed; all else is read into memory.
    """
    reasons = limits(survey, spec, se=se, distances=distances)
    relations = [s.relation for s in survey.tables.values() if s.relation is not None]
    home = _home(relations)
    if home is not None:
        if not reasons:
            return Choice(home, f"the data are there ({_named(survey)})")
        return Choice("memory", f"{reasons[0]}; the data were collected")
    rows = max((s.n_rows for s in survey.tables.values() if s.files), default=0)
    if rows < _MANY_ROWS:
        return Choice("memory")
    if not se and len(spans_in(survey)) > 1:
        return Choice("memory", f"files of {rows:,} rows are in the order of their households")
    if not reasons and find_spec("duckdb") is not None:
        return Choice("duckdb", f"there are files of {rows:,} rows")
    return Choice("memory")


def _home(relations: Sequence[nw.LazyFrame[Any]]) -> str | None:
    """The engine that most likely holds most of the data; None where no table is lazy."""
    for name, holds in (
        ("spark", "is_spark_like"),
        ("duckdb", "is_duckdb"),
        ("polars", "is_polars"),
    ):
        if any(getattr(relation.implementation, holds)() for relation in relations):
            return name
    return None


def _named(survey: Survey) -> str:
    return ", ".join(name for name, s in survey.tables.items() if s.relation is not None)


def load(name: object) -> Engine:
    """The engine of a name.

    Raises
    ------
    SurveyError
        If there is none, or it cannot be loaded.
    """
    if isinstance(name, str) and name in _BUILT_IN:
        module, _, function = _BUILT_IN[name].partition(":")
        built_in: Engine = getattr(import_module(module), function)
        return built_in
    known = _others()  # reads a file of every distribution that is installed
    if isinstance(name, str) and name in known:
        try:
            other: Engine = known[name].load()
        except Exception as error:  # whatever the other distribution raises
            found = f"the engine {name!r} cannot be loaded ({type(error).__name__})"
            remedy = f"It is {known[name].value!r}: repair or remove its distribution."
            raise SurveyError("engine", [Problem("", found, remedy=remedy)]) from error
        return other
    names = [*_BUILT_IN, *known]
    expected = f"Choose one of {', '.join(names)}."
    found = f"there is no engine {name!r}"
    raise SurveyError("engine", [Problem("", found, expected, nearest(str(name), names))])


def _others() -> dict[str, EntryPoint]:
    """Engines of other distributions, which cannot take the name of one of these."""
    return {e.name: e for e in entry_points(group=GROUP) if e.name not in _BUILT_IN}


def _check_options(name: str, run: Engine, options: Mapping[str, object]) -> None:
    own = getattr(run, "options", None)
    if own is None:
        parameters = inspect.signature(run).parameters
        if any(p.kind is inspect.Parameter.VAR_KEYWORD for p in parameters.values()):
            return
        own = [option for option in parameters if option not in _USUAL]
    wrong = [option for option in options if option not in own]
    if wrong:
        expected = f"It has {', '.join(own)}." if own else "It has none."
        problems = [Problem("", f"has no option {o!r}", expected, nearest(o, own)) for o in wrong]
        raise SurveyError(f"engine {name!r}", problems)
