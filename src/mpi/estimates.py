"""Estimates: a tidy table of measures by group, with their covariance."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from mpi import publication
from mpi.arguments import check_kinds
from mpi.assembly import ABOUT, NUMBERS, SPECIFICATION, interval_findings
from mpi.contrasts import (
    Contrasts,
    Covariances,
    Figure,
    Form,
    WaldTest,
    covariance_of,
    wald_test,
)
from mpi.core.measures import SHARES
from mpi.errors import EstimationError, Problem, nearest
from mpi.estimate import Estimate, Origin, Row
from mpi.findings import Finding
from mpi.lookup import grouping_variables, single_row
from mpi.options import named
from mpi.results import Result
from mpi.sources import Source

_MOST_FIGURES = 4000  # whose covariance matrix is made in one call, 128 MB


class Estimates(Result):
    """Measures by group, one row a figure.

    Columns are ``by`` (``national`` or the grouping variables), ``group`` (text of the group, null
    for the whole population), one column per grouping variable, ``measure``, ``dimension``,
    ``indicator``, ``category``, ``k`` (exact text), ``bound``, ``estimate``, ``se``, ``ci_low``,
    ``ci_high``, ``cv``, ``df``, ``deff``, ``n``, ``n_psu`` and ``flag``. Those of uncertainty are
    missing where they were not asked for; `flag` fills the last one.

    Parameters
    ----------
    table : pyarrow.Table
        Rows in this shape.
    findings : iterable of Finding
        What the user should know.
    title : str
        Specification, policy and unit in one line.
    source : Covariances, optional
        What the covariance of the figures comes from.
    rows : NDArray[np.int64], optional
        Number of each row among all figures of the source.
    origin : Origin, optional
        What they were made from and by.
    """

    __slots__ = ("_given", "_rows", "_source", "origin", "title")

    def __init__(
        self,
        table: pa.Table,
        findings: Iterable[Finding],
        *,
        title: str,
        source: Covariances | None = None,
        rows: NDArray[np.int64] | None = None,
        origin: Origin | None = None,
    ) -> None:
        self._given = tuple(findings)
        super().__init__(table, [*self._given, *interval_findings(table)])
        self.title, self.origin = title, origin
        self._source = source
        self._rows = np.arange(table.num_rows) if rows is None else rows

    def saved_rows(self) -> pa.Table:
        """The rows as files have them, with the specification and its mark."""
        if self.origin is None:
            return self._table
        # who opens the file has no findings, and has to see what is not official
        names = pa.array([self.origin.specification] * len(self), pa.string())
        return self._table.add_column(0, SPECIFICATION, names)

    def covariance(self, figures: Sequence[Figure] | None = None) -> NDArray[np.float64]:
        """Covariance matrix of figures, shape (q, q).

        Parameters
        ----------
        figures : sequence of Estimate or Contrast, optional
            What `get` or arithmetic gave; all rows in their order if left out.

        Raises
        ------
        EstimationError
            If they have no standard errors, are of other estimates, or are too many for a matrix.
        """
        if figures is not None:
            return covariance_of(figures)
        if len(self) > _MOST_FIGURES:
            found = f"{len(self):,} figures have too large a matrix; {_MOST_FIGURES:,} are possible"
            remedy = "Select measures first, or name the figures."
            raise EstimationError("covariance", [Problem("", found, remedy=remedy)])
        values = self._table["estimate"].to_pylist()
        return covariance_of(
            [
                Row(Form(math.nan if value is None else value, {int(row): 1.0}, self._source))
                for row, value in zip(self._rows, values, strict=True)
            ]
        )

    def contrast(self, contrasts: Mapping[str, Figure]) -> Contrasts:
        """Named contrasts of figures, one row each.

        Parameters
        ----------
        contrasts : mapping of name to Contrast
            Such as ``{"rural - urban": rural - urban}``.

        Returns
        -------
        Contrasts

        Raises
        ------
        EstimationError
            If there is none, or figures have no standard errors.

        Examples
        --------
        >>> import mpi
        >>> spec = mpi.Specification.from_columns({"d": ["a"]}, cutoff=1)
        >>> people = {"a": [1, 0, 0, 1, 1, 1, 0, 1], "psu": [1, 1, 2, 2, 3, 3, 4, 4]}
        >>> people["area"] = ["rural"] * 4 + ["urban"] * 4
        >>> estimates = mpi.measure(mpi.Survey(people, psu="psu"), spec, by="area")
        >>> rural, urban = (estimates.get("H", area=area) for area in ("rural", "urban"))
        >>> found = estimates.contrast({"difference": urban - rural, "ratio": urban / rural})
        >>> found.to_pandas()["estimate"].tolist()
        [0.25, 1.5]
        """
        check_kinds(Estimates.contrast, locals(), all_kinds=True)
        return Contrasts(contrasts)

    def differences(
        self, measure: str, *, by: str, to: object = None, k: object = None, **what: object
    ) -> Contrasts:
        """Differences of a measure between the groups of one variable.

        Parameters
        ----------
        measure : str
        by : str
            Variable whose groups are compared.
        to : value, optional
            Group that the others are compared with; every pair of groups if left out.
        k : number, optional
        **what : values
            ``dimension``, ``indicator`` or ``category``, as in `get`; and groups of other variables
            that `by` is crossed with, within which it is compared.

        Returns
        -------
        Contrasts
            Named ``"group - other group"``.

        Raises
        ------
        EstimationError
            If there is no such grouping or group.

        Examples
        --------
        >>> import mpi
        >>> spec = mpi.Specification.from_columns({"d": ["a"]}, cutoff=1)
        >>> people = {"a": [1, 0, 0, 1, 1, 1, 0, 1], "psu": [1, 1, 2, 2, 3, 3, 4, 4]}
        >>> people["area"] = ["rural"] * 4 + ["urban"] * 4
        >>> estimates = mpi.measure(mpi.Survey(people, psu="psu"), spec, by="area")
        >>> found = estimates.differences("H", by="area", to="rural").to_pandas()
        >>> found[["contrast", "estimate"]].values.tolist()
        [['urban - rural', 0.25]]
        """
        check_kinds(Estimates.differences, locals())
        texts = self._texts_of(by, {name for name in what if name not in ABOUT})
        figures = {g: self.get(measure, k=k, **what, **{by: g}) for g in texts}  # type: ignore[arg-type]
        pairs = list(combinations(texts, 2))
        if to is not None:
            one = [g for g in texts if str(to) in (str(g), texts[g])]
            if not one:
                found = f"{by!r} has no group {to!r}"
                hint = nearest(str(to), list(texts.values()))
                raise EstimationError("to", [Problem("", found, remedy=hint)])
            pairs = [(g, one[0]) for g in texts if g != one[0]]
        return Contrasts({f"{texts[a]} - {texts[b]}": figures[a] - figures[b] for a, b in pairs})

    def _texts_of(self, by: str, within: set[str]) -> dict[object, str]:
        """Groups of a variable with their texts, in the grouping that crosses it with others."""
        known = grouping_variables(self._table)
        names = [by, *within] if isinstance(by, str) else []
        wrong = [name for name in names if name not in known]
        if wrong or not names:
            found = f"{wrong[0]!r} is no grouping variable" if wrong else f"{by!r} is no name"
            expected = "Name one variable; give groups of others as region='north'."
            hint = nearest(wrong[0], known) if wrong else ""
            raise EstimationError("by", [Problem("", found, expected, hint)])
        rows = self._table
        for name in known:
            rows = rows.filter(pc.is_valid(rows[name]) if name in names else pc.is_null(rows[name]))
        if not rows.num_rows:
            crossed = " x ".join(names)
            remedy = "Tabulate by it, such as by=[('region', 'area')] for two crossed."
            raise EstimationError("by", [Problem("", f"results are not by {crossed}", "", remedy)])
        groups = rows[by].to_pylist()
        if within:
            return {group: str(group) for group in dict.fromkeys(groups)}
        return dict(zip(groups, rows["group"].to_pylist(), strict=True))

    def test(self, contrasts: Sequence[Figure], *, adjusted: bool = True) -> WaldTest:
        """Joint Wald test that all contrasts are what they are when nothing differs.

        Parameters
        ----------
        contrasts : sequence of Contrast
            Differences, compared with 0, and ratios, compared with 1.
        adjusted : bool
            Whether the statistic is (df - q + 1) W / (df q) against F(q, df - q + 1), instead of
            W / q against F(q, df).

        Returns
        -------
        WaldTest

        References
        ----------
        Korn and Graubard (1990), American Statistician 44.
        """
        check_kinds(Estimates.test, locals())
        return wald_test(contrasts, adjusted=adjusted)

    def flag(
        self,
        scheme: str,
        *,
        suppress: bool = False,
        planned: publication.Planned = False,
        log_cv: publication.LogCV = "program",
    ) -> Estimates:
        """The same with flags by a statistics office's rules for publication.

        Parameters
        ----------
        scheme : str
            ``ine-chile-2020``, ``ine-chile-economic-2024``, ``eclac-2020``, ``eclac-2023``,
            ``inegi``, ``dane`` or ``dhs``; `mpi.publication.SCHEMES` has their thresholds.
        suppress : bool
            Whether figures that the scheme withholds are left out; with an H also all others of its
            group and cutoff, from which it would follow. What follows from other groups is not
            hidden.
        planned : bool, str or sequence of str
            Whether the sample was planned for the groups, which some schemes ask, or the groupings
            for which it was, named as in the column ``by``.
        log_cv : {"program", "symmetric"}
            Logarithmic coefficient of variation of shares above 1/2: as in the program of INE
            Chile, or symmetric.

        Returns
        -------
        Estimates

        Raises
        ------
        EstimationError
            If there is no such scheme, or it needs standard errors that are not there.

        Examples
        --------
        >>> import mpi
        >>> spec = mpi.Specification.from_columns({"d": ["a"]}, cutoff=1)
        >>> people = {"a": [1, 0, 0, 1, 1, 1, 0, 1], "psu": [1, 1, 2, 2, 3, 3, 4, 4]}
        >>> people["area"] = ["rural"] * 4 + ["urban"] * 4
        >>> estimates = mpi.measure(mpi.Survey(people, psu="psu"), spec, by="area")
        >>> estimates.flag("dhs").select("H").to_pandas()["flag"].tolist()
        ['suppressed', 'suppressed', 'suppressed']
        """
        check_kinds(Estimates.flag, locals())
        chosen = publication.find(scheme)
        if log_cv not in ("program", "symmetric"):
            expected = "Choose 'program' or 'symmetric'."
            raise EstimationError("log_cv", [Problem("", f"there is no {log_cv!r}", expected)])
        if chosen.needs_errors and self._source is None:
            found = f"{scheme!r} looks at standard errors, and there are none"
            remedy = "Estimate with se=True (without --no-se), and flag before any are withheld."
            raise EstimationError("flag", [Problem("", found, remedy=remedy)])
        if suppress and not chosen.suppressed:
            found = f"{scheme!r} withholds nothing"
            remedy = "Leave out suppress=True (--suppress), or choose another scheme."
            raise EstimationError("flag", [Problem("suppress", found, remedy=remedy)])
        flags = self._flags(chosen, planned, log_cv)
        undefined = self._numbers("estimate")
        flags[np.isnan(undefined)] = None
        columns = {name: self._table[name] for name in self._table.column_names}
        columns["flag"] = pa.array(flags.tolist(), pa.string())
        detail = f"{chosen.source}: {chosen.thresholds}"
        findings = [*self._given, Finding("FLAGGED", scheme, detail)]
        if not chosen.confirmed:
            detail = "the thresholds were not compared with the text of their source"
            findings.append(Finding("SCHEME_UNCONFIRMED", scheme, detail))
        if suppress:
            hidden = self._with_what_follows(np.isin(flags.astype(str), chosen.suppressed))
            for name in ("estimate", "se", "ci_low", "ci_high", "cv", "deff"):
                values = self._numbers(name)
                columns[name] = pa.array(values, mask=hidden | np.isnan(values))
            detail = "figures withheld; others may allow to compute some of them"
            if hidden.any():
                count = int(hidden.sum())
                findings.append(Finding("SUPPRESSED", scheme, detail, count, len(self)))
        source = None if suppress else self._source
        return self._again(pa.table(columns), findings, source=source, rows=self._rows)

    def _flags(
        self, scheme: publication.Scheme, planned: publication.Planned, log_cv: publication.LogCV
    ) -> publication.Flags:
        """Flags of all figures, those of planned groupings as planned ones."""
        if isinstance(planned, bool):
            return scheme.rule(self._facts(planned=planned, log_cv=log_cv))
        names = named("flag", "planned", planned)
        known = pc.unique(self._table["by"]).to_pylist()
        problems = [
            Problem("planned", f"there is no grouping {n!r}", _there_are(known), nearest(n, known))
            for n in names
            if n not in known
        ]
        if problems:
            raise EstimationError("flag", problems)
        of_planned = pc.is_in(self._table["by"], pa.array(names, pa.string())).to_numpy()
        yes, no = (scheme.rule(self._facts(planned=p, log_cv=log_cv)) for p in (True, False))
        return np.where(of_planned, yes, no)

    def _with_what_follows(self, hidden: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """What is hidden with each H: the other figures of its group and cutoff."""
        columns = [self._table[name].to_pylist() for name in ("by", "group", "k", "bound")]
        keys = list(zip(*columns, strict=True))
        is_h = pc.equal(self._table["measure"], "H").to_numpy()
        of_hidden = {keys[row] for row in np.flatnonzero(hidden & is_h)}
        follows = np.array([key in of_hidden for key in keys], dtype=bool)
        either: NDArray[np.bool_] = hidden | follows
        return either

    def _numbers(self, name: str) -> NDArray[np.float64]:
        """A column of numbers; NaN where missing."""
        column = self._table[name].cast(pa.float64())
        found: NDArray[np.float64] = column.to_numpy()
        return found

    def _facts(self, *, planned: bool, log_cv: publication.LogCV) -> publication.Facts:
        """What rules for publication look at."""
        shares = pc.is_in(self._table["measure"], pa.array([*SHARES, "popsh"])).to_numpy()
        n = cases = self._numbers("n")
        if isinstance(self._source, Source):
            cases, n = (counts[self._rows] for counts in self._source.cases())
        numbers = {name: self._numbers(name) for name in ("estimate", "se", "deff", "df")}
        return publication.Facts(
            share=shares,
            n=n,
            cases=np.where(shares, cases, n),
            planned=planned,
            complete=isinstance(self._source, Source) and self._source.complete,
            log_cv=log_cv,
            **numbers,
        )

    def get(
        self,
        measure: str,
        *,
        k: object = None,
        dimension: str | None = None,
        indicator: str | None = None,
        category: str | int | None = None,
        bound: str | None = None,
        **group: object,
    ) -> Estimate:
        """The one figure that fits.

        Parameters
        ----------
        measure : str
            Code such as ``H``, ``A``, ``M0``, ``hd``, ``hdk``.
        k : number, optional
            Cutoff; needed where the estimates have several.
        dimension, indicator, category, bound : str, optional
            As in the columns.
        **group : values
            Value or label of every grouping variable; none for the whole population.

        Returns
        -------
        Estimate

        Raises
        ------
        EstimationError
            If no row, or more than one, fits.

        Examples
        --------
        >>> import mpi
        >>> spec = mpi.Specification.from_columns({"d": ["a"]}, cutoff=1)
        >>> people = {"a": [1, 0, 0, 1, 1, 1, 0, 1], "psu": [1, 1, 2, 2, 3, 3, 4, 4]}
        >>> people["area"] = ["rural"] * 4 + ["urban"] * 4
        >>> estimates = mpi.measure(mpi.Survey(people, psu="psu"), spec, by="area")
        >>> estimates.get("H", area="urban")
        0.750000, se 0.204124 (by=area, group=urban, area=urban, measure=H, k=1; n=4)
        """
        about = {
            "indicator": indicator,
            "dimension": dimension,
            "category": None if category is None else str(category),
            "bound": bound,
        }
        check_kinds(Estimates.get, about, source="get", all_kinds=True)
        place = single_row(self._table, measure, k, about, group)
        row = self._table.slice(place, 1).to_pylist()[0]
        numbers = {name: row.pop(name) for name in NUMBERS}
        estimate, se, low, high, deff = (
            float("nan") if numbers[name] is None else float(numbers[name])
            for name in ("estimate", "se", "ci_low", "ci_high", "deff")
        )
        n, df = numbers["n"], numbers["df"]
        return Estimate(
            row, estimate, n, se, low, high, deff, df, int(self._rows[place]), self._source
        )

    def select(self, *measures: str) -> Estimates:
        """The rows of some measures."""
        known = pc.unique(self._table["measure"]).to_pylist()
        problems = [
            Problem("", f"{name!r} was not estimated", _there_are(known), nearest(text, known))
            for text, name in {str(name): name for name in measures}.items()
            if text not in known
        ]
        if not measures:
            problems = [Problem("", "none is named", _there_are(known))]
        if problems:
            raise EstimationError("measure", problems)
        chosen = pc.is_in(self._table["measure"], pa.array(measures))
        rows = self._rows[chosen.to_numpy()]
        table = self._table.filter(chosen)
        return self._again(table, self._given, source=self._source, rows=rows)

    def _again(
        self,
        table: pa.Table,
        findings: Iterable[Finding],
        *,
        source: Covariances | None,
        rows: NDArray[np.int64],
    ) -> Estimates:
        """Estimates of the same origin."""
        about = {"title": self.title, "origin": self.origin}
        return Estimates(table, findings, source=source, rows=rows, **about)  # type: ignore[arg-type]

    def pooled(self, source: Covariances, first: int) -> Estimates:
        """The same figures in a source of several samples, whose rows begin there with a number."""
        return self._again(self._table, self._given, source=source, rows=self._rows + first)

    @property
    def rows(self) -> NDArray[np.int64]:
        """Number of each row among all figures of the source."""
        return self._rows

    @property
    def source(self) -> Covariances | None:
        """Where the figures come from; None without standard errors."""
        return self._source

    def _headline(self) -> str:
        groups = len(pc.unique(self._table["group"])) if len(self) else 0
        return f"Estimates: {self.title}; {len(self):,} rows, {groups} groups with the whole"


def _there_are(measures: Sequence[str]) -> str:
    return f"There are {', '.join(measures)}."
