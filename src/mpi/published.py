"""Published profiles: what is fit to share, from which every published figure is computed."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from mpi import output
from mpi.assembly import GroupRows, assemble
from mpi.core.measures import Measured, Statistic
from mpi.core.totals import Counted, Distinct, Sums, distinct, ratios, totals
from mpi.display import visible
from mpi.engines.base import By, Grouping
from mpi.errors import EstimationError, Problem, Problems
from mpi.estimate import Origin
from mpi.estimates import Estimates
from mpi.estimator import Estimator
from mpi.findings import Finding, Findings
from mpi.inference.errors import Errors
from mpi.options import named
from mpi.pooled import Pooled, pooled_of, rows_of
from mpi.profile_files import check_name, damaged, write_tables
from mpi.request import Request, make_request
from mpi.results import Result
from mpi.spec.model import MissingPolicy, Specification
from mpi.tables import by_of, group_texts, variables_of

# gaps are sums over too few; the others count people with a rare number of dimensions or answers,
# and would tell so many cells that little else could be published
NOT_PUBLISHED = ("M1", "M2", "hd_available", "dimension_count", "mean_dimensions")
# a profile that no table needs, so that there is one where none is shown
_NOBODY = np.zeros(1, dtype=np.int64)


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class PublishedProfiles:
    """Profile tables that are fit to share; made by `Profiles.publish`.

    They have no sampled units. Profiles that are rare in some group of a grouping are pooled in all
    of its groups, and groups that are small are withheld with others that protect them. Figures of
    the cutoffs, the policy and the unit that they were published for are those of the whole
    tables, to every digit; nothing else is computed from them.

    Attributes
    ----------
    specification : Specification
    groupings : tuple of Grouping
        Groups and profiles that are shown, the whole population first.
    pooled : tuple of Pooled
        What is not shown, by grouping.
    cutoffs : tuple of Fraction
        Cutoffs whose figures are published.
    missing : str
        Policy for missing answers.
    count : {"persons", "households"}
        What is counted.
    min_n : int
        Units that every cell has.
    scheme : str or None
        Publication scheme that withheld groups.
    findings : Findings
    losses : Result
        What was withheld and pooled, one row a grouping.
    date : str or None
        Reference date of the survey.
    value_labels : mapping of variable to mapping of value to label
    """

    specification: Specification
    groupings: tuple[Grouping, ...]
    pooled: tuple[Pooled, ...]
    cutoffs: tuple[Fraction, ...]
    missing: MissingPolicy
    count: str
    min_n: int
    scheme: str | None
    findings: Findings
    losses: Result
    date: str | None
    value_labels: Mapping[str, Mapping[object, str]]

    @property
    def by(self) -> tuple[By, ...]:
        """Variables of each decomposition."""
        return tuple(grouping.by for grouping in self.groupings if grouping.by)

    def estimate(
        self, k: object = None, *, measures: str | Sequence[str] | None = None
    ) -> Estimates:
        """Every published figure, with the standard errors that were computed before publication.

        Parameters
        ----------
        k : number or sequence of numbers, optional
            Cutoffs among those that are published; all of them if left out.
        measures : str or sequence of str, optional
            Codes to keep, such as ``["H", "M0"]``; all if left out.

        Returns
        -------
        Estimates
            Without covariance: differences have no standard error.

        Raises
        ------
        EstimationError
            If a cutoff is not published, or there is no such measure.

        Examples
        --------
        >>> import mpi
        >>> survey = mpi.datasets.synthetic_survey(2000)
        >>> profiles = mpi.tabulate(survey, "colombia-dane", by="area")
        >>> published = profiles.publish(min_n=10)
        >>> figures = published.estimate().get("M0"), profiles.estimate().get("M0")
        >>> abs(figures[0].estimate - figures[1].estimate) < 1e-12
        True
        """
        every = request_of(self)
        wanted = every if k is None else self._wanted(k)
        known, asked = measured_of(self, every), measured_of(self, wanted)
        rows = self._rows(asked, column_places(known, asked), figure_places(known, asked))
        statistics = [s for m in asked for s in m.statistics]
        marked, spec = self.specification.marked, self.specification
        about = f"missing answers: {self.missing}; published, cells of {self.min_n} or more"
        found = Estimates(
            assemble(rows, statistics, variables_of(self.groupings)),
            self.findings,
            title=f"{marked}, {self.count}, {about}",
            origin=Origin(marked, spec.fingerprint, self.date, self.missing, self.count),
        )
        if measures is None:
            return found
        return found.select(*named("published profiles", "measures", measures))

    def _wanted(self, k: object) -> Request:
        """What is asked, if it is published."""
        spec = self.specification
        wanted = make_request(spec, k, missing=self.missing, count=self.count)
        absent = [str(cutoff) for cutoff in wanted.cutoffs if cutoff not in self.cutoffs]
        if absent:
            found = f"{', '.join(absent)} is not among the published cutoffs"
            remedy = f"Ask for {', '.join(map(str, self.cutoffs))}, or for a file with others."
            raise EstimationError("published profiles", [Problem("k", found, remedy=remedy)])
        return wanted

    def _rows(
        self,
        asked: Sequence[Measured],
        columns: Sequence[NDArray[np.int64]],
        places: Sequence[int],
    ) -> list[GroupRows]:
        """Figures of every grouping."""
        sums = [self._sums(i, asked, columns) for i in range(len(self.groupings))]
        rows = []
        for grouping, pooled, own in zip(self.groupings, self.pooled, sums, strict=True):
            parts = zip(own, sums[0], asked, strict=True)
            estimates = [ratios(a, whole, m) for (a, _), (whole, _), m in parts]
            n = [n[:, [s.base for s in m.statistics]] for (_, n), m in zip(own, asked, strict=True)]
            rows.append(
                GroupRows(
                    by=by_of(grouping),
                    variables=grouping.by,
                    labels=grouping.labels,
                    texts=group_texts(grouping, self.value_labels),
                    estimates=np.hstack(estimates),
                    n=np.hstack(n),
                    errors=_chosen(pooled.errors, places),
                )
            )
        return rows

    def only(self, by: Sequence[By]) -> PublishedProfiles:
        """The same with some of the groupings.

        Raises
        ------
        EstimationError
            If one is not there.
        """
        places = chosen_groupings(self.groupings, by)
        return replace(
            self,
            groupings=tuple(self.groupings[i] for i in places),
            pooled=tuple(self.pooled[i] for i in places),
        )

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the tables to a Parquet file; it appears complete or not at all.

        Raises
        ------
        EstimationError
            If the file cannot be written.
        """
        file = output.as_path(path)
        check_name(file)
        labels = {name: list(own.items()) for name, own in self.value_labels.items()}
        about = {
            "specification": self.specification.to_toml(),
            "date": self.date,
            "findings": [asdict(finding) for finding in self.findings],
            "value_labels": labels,
            "published": {
                "cutoffs": [str(k) for k in self.cutoffs],
                "missing": self.missing,
                "count": self.count,
                "min_n": self.min_n,
                "scheme": self.scheme,
                "losses": self.losses.to_arrow().to_pylist(),
            },
        }
        others = rows_of(self.pooled, measured_of(self, request_of(self)))
        write_tables(file, self.groupings, None, about, others=others)

    def _sums(
        self, i: int, asked: Sequence[Measured], columns: Sequence[NDArray[np.int64]]
    ) -> list[tuple[Sums, NDArray[np.int64]]]:
        """Totals by group of what is shown and what is pooled, and unweighted counts."""
        grouping, pooled = self.groupings[i], self.pooled[i]
        position = profiles_of(self.groupings).position[i]
        none = np.full(0, -1, dtype=np.int64)
        counted = Counted(
            grouping.table, position, len(grouping.labels), none, self.count == "households"
        )
        found = []
        for part, (measured, places) in enumerate(zip(asked, columns, strict=True)):
            own = totals(counted, measured)
            values = own.sums.values + pooled.values[part][:, places]
            nothing = np.zeros((values.shape[0], 0))
            found.append((Sums(values, (nothing, nothing)), own.n + pooled.n[part][:, places]))
        return found

    def __add__(self, other: object) -> NoReturn:
        found = "they are published: cells are pooled, and others withheld"
        remedy = "Add the tables that tabulate made, and publish the sum."
        raise EstimationError("adding profile tables", [Problem("", found, remedy=remedy)])

    __radd__ = __add__

    def __repr__(self) -> str:
        by = ", ".join(" x ".join(by) for by in self.by) or "nothing"
        rows = sum(grouping.table.size for grouping in self.groupings)
        k = ", ".join(map(str, self.cutoffs))
        head = f"Published profiles under {self.specification.id}: every cell has {self.min_n:,} or"
        lines = [f"{head} more; k = {k}; {rows:,} rows; by {by}"]
        lines += [f"! {line}" for line in self.findings.summary()]
        return visible("\n".join(lines))


def read_published(
    file: Path,
    spec: Specification,
    groupings: Sequence[Grouping],
    about: Mapping[str, Any],
    others: pa.Table,
) -> PublishedProfiles:
    """Published tables from what was read of a file.

    Raises
    ------
    EstimationError
        If its parts contradict each other.
    """
    try:
        published = _read(spec, groupings, about, others)
    except (KeyError, TypeError, ValueError, AttributeError, IndexError, pa.ArrowException) as e:
        raise damaged(file.name) from e
    texts = [t for f in published.findings for t in (f.code, f.where, f.detail)]
    if not all(isinstance(text, str) for text in [*texts, published.date or ""]):
        raise damaged(file.name)
    return published


def _read(
    spec: Specification, groupings: Sequence[Grouping], about: Mapping[str, Any], others: pa.Table
) -> PublishedProfiles:
    own = about["published"]
    if own["count"] not in ("persons", "households") or not isinstance(own["min_n"], int):
        raise ValueError("published")
    findings = Findings(Finding(**finding) for finding in about["findings"])
    losses = [{name: row[name] for name in LOSSES} for row in own["losses"]]
    labels = about["value_labels"].items()
    made = PublishedProfiles(
        specification=spec,
        groupings=tuple(groupings),
        pooled=(),
        cutoffs=tuple(Fraction(k) for k in own["cutoffs"]),
        missing=own["missing"],
        count=own["count"],
        min_n=own["min_n"],
        scheme=own["scheme"],
        findings=findings,
        losses=Result(losses_table(losses), findings),
        date=about["date"],
        value_labels={variable: dict(map(tuple, pairs)) for variable, pairs in labels},
    )
    measured = measured_of(made, request_of(made))
    groups = [len(grouping.labels) for grouping in groupings]
    return replace(made, pooled=pooled_of(groups, measured, others))


def request_of(published: PublishedProfiles) -> Request:
    """What the tables were published for."""
    return Request(
        published.cutoffs, published.missing, published.count == "households", choices=None
    )


def profiles_of(groupings: Sequence[Grouping]) -> Distinct:
    """Distinct profiles of tables, and one more that nobody has."""
    found = distinct([grouping.table for grouping in groupings])
    return Distinct(
        np.append(found.deprived, _NOBODY), np.append(found.missing, _NOBODY), found.position
    )


def measured_of(published: PublishedProfiles, request: Request) -> list[Measured]:
    """Values of the profiles that are shown, and the figures made of them."""
    profiles = profiles_of(published.groupings)
    found = Estimator(published.specification, request, profiles).measured
    return publishable_figures(found)


def publishable_figures(measured: Sequence[Measured]) -> list[Measured]:
    """The same with the columns and figures that are published only."""
    found = []
    for one in measured:
        out = Measured()
        places: dict[int, int] = {}

        def moved(column: int, *, of: Measured = one, to: Measured = out) -> int:
            if column not in places:  # noqa: B023 -- called in this turn of the loop only
                places[column] = to.column(of.columns[column])  # noqa: B023
            return places[column]  # noqa: B023

        for s in one.statistics:
            if s.measure not in NOT_PUBLISHED:
                bottom = None if s.bottom is None else moved(s.bottom)
                out.add(replace(s, base=moved(s.base), top=moved(s.top), bottom=bottom))
        found.append(out)
    return found


def _key(statistic: Statistic) -> tuple[str | None, ...]:
    """What a figure is, as text."""
    s = statistic
    k = None if s.k is None else str(s.k)
    return (s.measure, s.dimension, s.indicator, s.category, k, s.bound)


def figure_places(known: Sequence[Measured], asked: Sequence[Measured]) -> list[int]:
    """Places of the figures that are asked for among those that are known."""
    place = {_key(s): q for q, s in enumerate(s for m in known for s in m.statistics)}
    return [place[_key(s)] for m in asked for s in m.statistics]


def column_places(known: Sequence[Measured], asked: Sequence[Measured]) -> list[NDArray[np.int64]]:
    """Places of the columns that figures use among those that are known, for each part."""
    found = []
    for old, new in zip(known, asked, strict=True):
        uses = {_key(s): (s.top, s.bottom, s.base) for s in old.statistics}
        places = np.zeros(len(new.columns), dtype=np.int64)
        for s in new.statistics:
            top, bottom, base = uses[_key(s)]
            places[s.top], places[s.base] = top, base
            if s.bottom is not None and bottom is not None:
                places[s.bottom] = bottom
        found.append(places)
    return found


def chosen_groupings(groupings: Sequence[Grouping], by: Sequence[By]) -> list[int]:
    """Places of the whole population and of the groupings that are named.

    Raises
    ------
    EstimationError
        If one is not there.
    """
    known = {grouping.by: i for i, grouping in enumerate(groupings)}
    problems = Problems("profile tables", EstimationError)
    for wanted in by:
        if wanted not in known:
            there = ", ".join("*".join(names) for names in known if names) or "nothing"
            found = f"the tables are not by {'*'.join(wanted)}"
            problems.add("by", found, expected=f"They are by {there}.")
    problems.raise_if_any()
    return [0, *(known[wanted] for wanted in dict.fromkeys(by))]


def _chosen(errors: Errors | None, places: Sequence[int]) -> Errors | None:
    if errors is None:
        return None
    names = ("se", "low", "high", "deff", "df", "n_psu")
    return Errors(**{name: getattr(errors, name)[:, places] for name in names})


def losses_table(rows: Sequence[Mapping[str, object]]) -> pa.Table:
    """What was withheld and pooled, one row a grouping."""
    kinds = {"by": pa.string()} | dict.fromkeys(LOSSES[1:], pa.int64())
    kinds |= {name: pa.float64() for name in LOSSES if name.startswith(("weight", "change"))}
    return pa.table({n: pa.array([row[n] for row in rows], kinds[n]) for n in LOSSES})


LOSSES = (
    *("by", "groups", "withheld_small", "withheld_unreliable", "withheld_to_protect"),
    *("n_withheld", "weight_withheld", "profiles", "profiles_pooled", "cells", "cells_pooled"),
    *("n_pooled", "weight_pooled", "change_H", "change_M0", "change_hd"),
)
