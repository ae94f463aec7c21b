"""The memory engine on a file larger than memory: span by span of its households.

Tables add, so a census whose file is in the order of its households is the sum of its spans, each
of which is read, tabulated and forgotten.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import replace
from functools import cached_property, reduce

import pyarrow.dataset as ds

from mpi.core.distances import Distance
from mpi.engines import memory
from mpi.engines.base import By, Grouping, Tabulation
from mpi.engines.plan import make_plan
from mpi.engines.population import BELOW, SMALLEST, report_nobody, report_weights
from mpi.engines.spans import Span, is_cut_by_spans, spans_of
from mpi.engines.steps import Plan
from mpi.engines.uniting import united
from mpi.errors import Problems, SurveyError
from mpi.findings import Finding, Findings
from mpi.progress import Tell, told
from mpi.spec.model import Specification
from mpi.survey.codebook import TableName
from mpi.survey.readers import Source, open_source
from mpi.survey.survey import Survey

# rows of persons in one span, and from which a file is tabulated so
_ROWS = 2_000_000
# spans at a time; numpy and Arrow release the interpreter lock
_THREADS = min(4, os.cpu_count() or 1)
# tables of spans that are held before they are added up
_HELD = 24


def tabulate(
    survey: Survey,
    spec: Specification,
    groupings: Sequence[By],
    *,
    se: bool = True,
    distances: tuple[Distance, ...] = (),
    progress: Tell | None = None,
) -> Tabulation:
    """Profile tables by the memory engine, in spans of households where a file allows it.

    That is a large file of Parquet in the order of a key that is a whole number, without standard
    errors, which ask for the list of all sampled units.

    Parameters
    ----------
    survey, spec, groupings, se, distances, progress
        As of `mpi.engines.memory.tabulate`.

    Returns
    -------
    Tabulation

    Raises
    ------
    SurveyError, SpecificationError
        As the memory engine.
    """
    spans = [Span()] if se else spans_in(survey)
    if len(spans) > 1:
        try:
            return _InSpans(survey, spec, groupings, distances).tabulated(spans, progress)
        except SurveyError:
            pass  # the whole survey tells in how many rows
    return memory.tabulate(survey, spec, groupings, se=se, distances=distances, progress=progress)


def spans_in(survey: Survey) -> list[Span]:
    """Spans of a survey that the memory engine can tabulate one after the other."""
    tables = survey.tables
    units = tables.get("persons", tables.get("households"))
    keyed = all(survey.keys.household.get(name) for name in tables)
    if units is None or not keyed or "dwellings" in tables:
        return [Span()]
    if not all(source.files for source in tables.values()):
        return [Span()]
    found = spans_of(survey, [str(file) for file in units.files], rows=_ROWS)
    others = [name for name, source in tables.items() if source is not units]
    keys = survey.keys.household
    if len(found) > 1 and not all(
        is_cut_by_spans([str(file) for file in tables[name].files], keys[name][0])
        for name in others
    ):
        return [Span()]
    return found


class _InSpans:
    """A survey tabulated span by span."""

    def __init__(
        self,
        survey: Survey,
        spec: Specification,
        groupings: Sequence[By],
        distances: tuple[Distance, ...],
    ) -> None:
        self._survey, self._spec, self._distances = survey, spec, distances
        self._wanted = [by for by in dict.fromkeys(groupings) if by]
        self._of_persons: frozenset[By] = frozenset()
        self._of_households: dict[By, set[bool]] = {}
        self._names = list(dict.fromkeys(name for by in self._wanted for name in by))

    @cached_property
    def _plan(self) -> Plan:
        return make_plan(self._survey, self._spec, self._names)

    @cached_property
    def _files(self) -> dict[TableName, tuple[ds.Dataset, list[str]]]:
        """Dataset of each table, and the columns that are needed of it."""
        found: dict[TableName, tuple[ds.Dataset, list[str]]] = {}
        for table, source in self._survey.tables.items():
            keys = self._survey.keys.household[table]
            person = self._survey.keys.person if table == "persons" else ()
            columns = list(dict.fromkeys([*keys, *person, *self._plan.raw(table)]))
            assert source.dataset is not None  # noqa: S101 -- spans are of files
            found[table] = source.dataset, columns
        return found

    def tabulated(self, spans: Sequence[Span], progress: Tell | None) -> Tabulation:
        """Tables of all spans, added."""
        assert self._files  # noqa: S101 -- opened before threads share it
        tell = told(progress)
        parts, findings = self._all(spans, tell)
        seen = self._of_households.items()
        mixed = frozenset(by for by, kinds in seen if by and len(kinds) > 1)
        if mixed:  # what all members of these households share, those of others do not
            self._of_persons = mixed
            parts, findings = self._all(spans, tell)
        groupings = _added(parts)
        self._check(groupings[0])
        return Tabulation(groupings, None, _merged(findings))

    def _all(
        self, spans: Sequence[Span], tell: Tell
    ) -> tuple[list[tuple[Grouping, ...]], list[tuple[Finding, ...]]]:
        done: list[tuple[Grouping, ...]] = []
        findings: list[tuple[Finding, ...]] = []
        with ThreadPoolExecutor(_THREADS) as pool:
            waiting = [pool.submit(self._tabulated, span) for span in spans]
            try:
                for number, one in enumerate(as_completed(waiting), start=1):
                    done.append(one.result().groupings)
                    for grouping in done[-1]:
                        self._of_households.setdefault(grouping.by, set()).add(grouping.households)
                    findings.append(one.result().findings)
                    if len(done) >= _HELD:
                        done = [_added(done)]
                    tell("tabulating households", number, len(spans) + 1)
            except BaseException:
                for one in waiting:
                    one.cancel()
                raise
        return done, findings

    def _tabulated(self, span: Span) -> Tabulation:
        tables = {table: self._read(table, span) for table in self._survey.tables}
        survey = self._survey.with_tables(tables)
        data = memory.evaluate(survey, self._spec, self._names)
        data = replace(data, distances=self._distances, part=True, of_persons=self._of_persons)
        return memory.tables_of(data, self._wanted, se=False)

    def _read(self, table: TableName, span: Span) -> Source:
        dataset, columns = self._files[table]
        key = ds.field(self._survey.keys.household[table][0])
        limits = [] if span.low is None else [key >= span.low]
        limits += [] if span.high is None else [key < span.high]
        rows = limits[0] if len(limits) == 1 else limits[0] & limits[1]
        found = dataset.to_table(columns=columns, filter=rows, use_threads=False)
        return open_source(found, name=self._survey.tables[table].name)

    def _check(self, national: Grouping) -> None:
        """Stop where nobody counts or weighs anything, as the memory engine does for a whole."""
        problems = Problems("survey", SurveyError)
        source = next(iter(self._survey.tables.values()))
        n, weight = int(national.table.n.sum()), float(national.table.weight.sum())
        if not n:
            report_nobody(problems, self._plan, source.n_rows)
        elif weight <= SMALLEST * n:
            found = BELOW if weight else "is zero"
            report_weights(problems, self._survey, {found: n}, source.n_rows)
        problems.raise_if_any()


def _added(parts: Sequence[tuple[Grouping, ...]]) -> tuple[Grouping, ...]:
    """The groupings of several spans as those of all of them."""
    return tuple(united(same) for same in zip(*parts, strict=True))


def _merged(parts: Sequence[tuple[Finding, ...]]) -> tuple[Finding, ...]:
    """The findings of all spans; of how many rows is not known where only some have one."""
    everywhere = Counter((f.code, f.where, f.detail) for part in parts for f in set(part))
    whole = reduce(lambda all_, part: all_.merged(part), parts[1:], Findings(parts[0]))
    several = len(parts)
    return tuple(
        f if everywhere[f.code, f.where, f.detail] == several else replace(f, of=None)
        for f in whole
    )
