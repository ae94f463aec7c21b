"""Differences, ratios and other functions of figures of one sample, with their covariance."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from scipy import special

from mpi.arguments import check_kinds
from mpi.errors import EstimationError, Problem, nearest
from mpi.findings import Finding
from mpi.inference.interval import quantile
from mpi.options import Adjustment, unknown_options
from mpi.results import Result

# singular values of a correlation matrix below this share of the largest are rounding
_RANK = 1e-10
_COLUMNS = ("estimate", "se", "ci_low", "ci_high", "df", "statistic", "p_value")


class Covariances(Protocol):
    """Where figures of one sample, or of several together, come from."""

    @property
    def level(self) -> float:
        """Coverage of intervals."""

    def covariance(self, rows: Sequence[int]) -> NDArray[np.float64]:
        """Covariance matrix of figures by the numbers of their rows, shape (q, q)."""

    def degrees(self, rows: Sequence[int]) -> int:
        """Degrees of freedom of a function of figures."""


@dataclass(frozen=True, slots=True)
class Form:
    """A number with its derivatives by the figures it is made of.

    Attributes
    ----------
    value : float
    terms : mapping of row to float
        Derivative by the figure of each row of the source.
    source : Covariances or None
        None where the figures have no standard errors.
    """

    value: float
    terms: Mapping[int, float]
    source: Covariances | None

    def combined(self, other: Form, value: float, mine: float, its: float) -> Form:
        """A function of this number and another, by its derivatives by both."""
        if self.source is not None and other.source is not None and self.source is not other.source:
            found = "the figures are of different calls of estimate()"
            remedy = "Take both from one, or put the samples together with mpi.pool() first."
            raise EstimationError("contrast", [Problem("", found, remedy=remedy)])
        terms = {row: mine * d for row, d in self.terms.items()}
        for row, d in other.terms.items():
            terms[row] = terms.get(row, 0.0) + its * d
        return Form(value, terms, self.source if self.source is not None else other.source)


class Figure(ABC):
    """A number that can be added to, subtracted from, multiplied and divided by others.

    The result is a `Contrast`, whose standard error rests on the covariance of the figures.
    """

    __slots__ = ()

    @property
    @abstractmethod
    def form(self) -> Form:
        """The number with its derivatives."""

    def __add__(self, other: Figure | float) -> Contrast:
        a, b = self.form, _form(other)
        return Contrast(a.combined(b, a.value + b.value, 1.0, 1.0))

    __radd__ = __add__

    def __sub__(self, other: Figure | float) -> Contrast:
        a, b = self.form, _form(other)
        return Contrast(a.combined(b, a.value - b.value, 1.0, -1.0))

    def __rsub__(self, other: Figure | float) -> Contrast:
        a, b = _form(other), self.form
        return Contrast(a.combined(b, a.value - b.value, 1.0, -1.0))

    def __neg__(self) -> Contrast:
        return self * -1.0

    def __mul__(self, other: Figure | float) -> Contrast:
        a, b = self.form, _form(other)
        return Contrast(a.combined(b, a.value * b.value, b.value, a.value))

    __rmul__ = __mul__

    def __truediv__(self, other: Figure | float) -> Contrast:
        return _ratio(self.form, _form(other))

    def __pow__(self, power: float) -> Contrast:
        a = self.form
        if a.value <= 0:
            found = f"{a.value:.6g} has no power that its standard error could follow"
            raise EstimationError("power", [Problem("", found, "Powers are of positive figures.")])
        value = a.value**power
        return Contrast(a.combined(_form(0.0), value, power * value / a.value, 0.0))

    def __rtruediv__(self, other: Figure | float) -> Contrast:
        return _ratio(_form(other), self.form)


def _form(given: Figure | float) -> Form:
    number: object = given  # may be what the type does not allow
    if isinstance(number, Figure):
        return number.form
    if not isinstance(number, (int, float, np.number)):
        found = f"a value of type {type(number).__name__!r} is no figure and no number"
        raise EstimationError("contrast", [Problem("", found, "Take figures by get().")])
    return Form(float(number), {}, None)


def _ratio(a: Form, b: Form) -> Contrast:
    if b.value <= 0:
        found = f"the second figure is not positive: {b.value:.6g}"
        raise EstimationError("ratio", [Problem("", found, "Divide by a positive figure.")])
    ratio = a.value / b.value
    form = a.combined(b, ratio, 1 / b.value, -ratio / b.value)
    return Contrast(form, is_ratio=bool(a.terms) and bool(b.terms))


class Contrast(Figure):
    """A function of figures of one sample, such as a difference or a ratio.

    Parameters
    ----------
    form : Form
    is_ratio : bool
        Whether it is a ratio of figures, whose interval is symmetric on the scale of logarithms
        and which is compared with 1 instead of 0.

    Raises
    ------
    EstimationError
        If the figures have no standard errors.
    """

    def __init__(self, form: Form, *, is_ratio: bool = False) -> None:
        if form.source is None:
            found = "a figure has no standard error: none was asked for, or figures are withheld"
            remedy = "Estimate with se=True, and compare before flag(suppress=True)."
            raise EstimationError("contrast", [Problem("", found, remedy=remedy)])
        self._form, self._is_ratio = form, is_ratio

    @property
    def form(self) -> Form:
        """The number with its derivatives."""
        return self._form

    @property
    def _source(self) -> Covariances:
        assert self._form.source is not None  # noqa: S101 -- refused in __init__
        return self._form.source

    @property
    def estimate(self) -> float:
        """The number itself."""
        return self._form.value

    @property
    def null(self) -> float:
        """What it is when nothing differs: 1 for a ratio, else 0."""
        return 1.0 if self._is_ratio else 0.0

    @cached_property
    def df(self) -> int:
        """Degrees of freedom, by the rule of the estimates and the units of all figures."""
        return self._source.degrees(list(self._form.terms))

    @cached_property
    def se(self) -> float:
        """Standard error, by the derivatives and the covariance of the figures."""
        return float(math.sqrt(max(covariance_of([self])[0, 0], 0.0)))

    @property
    def statistic(self) -> float:
        """Distance from `null` in standard errors; of logarithms for a ratio."""
        away, error = self.estimate - self.null, self.se
        if self._on_logarithms:
            away, error = math.log(self.estimate), self.se / self.estimate
        return away / error if error > 0 else math.nan

    @property
    def p_value(self) -> float:
        """Two-sided p-value of `statistic` by Student's t."""
        return float(2 * special.stdtr(self.df, -abs(self.statistic))) if self.df > 0 else math.nan

    @property
    def interval(self) -> tuple[float, float]:
        """Limits of the confidence interval; NaN without degrees of freedom."""
        t = float(quantile(np.array([float(self.df)]), self._source.level)[0])
        if self._on_logarithms:
            half = t * self.se / self.estimate
            return self.estimate * math.exp(-half), self.estimate * math.exp(half)
        return self.estimate - t * self.se, self.estimate + t * self.se

    @property
    def ci_low(self) -> float:
        """Lower limit of the confidence interval."""
        return self.interval[0]

    @property
    def ci_high(self) -> float:
        """Upper limit of the confidence interval."""
        return self.interval[1]

    @property
    def _on_logarithms(self) -> bool:
        return self._is_ratio and self.estimate > 0

    def __float__(self) -> float:
        return self.estimate

    def __repr__(self) -> str:
        low, high = self.interval
        limits = f"{low:.6f} to {high:.6f}"
        return f"{self.estimate:.6f}, se {self.se:.6f} ({limits}; df {self.df:,})"


def covariance_of(figures: Sequence[Figure]) -> NDArray[np.float64]:
    """Covariance matrix of figures and contrasts of one sample, shape (q, q).

    Raises
    ------
    EstimationError
        If they have no standard errors, or are of different samples.
    """
    forms = [_form(figure) for figure in figures]
    if not forms:
        raise EstimationError("covariance", [Problem("", "no figure is given")])
    whole = forms[0]
    for form in forms[1:]:
        whole = whole.combined(form, 0.0, 0.0, 0.0)
    source = Contrast(whole)._source  # noqa: SLF001 -- refuses figures without standard errors
    rows = list(dict.fromkeys(row for form in forms for row in form.terms))
    derivatives = np.array([[form.terms.get(row, 0.0) for row in rows] for form in forms])
    matrix = source.covariance(rows)
    unknown = np.isnan(matrix)
    found: NDArray[np.float64] = derivatives @ np.where(unknown, 0.0, matrix) @ derivatives.T
    if unknown.any():  # what does not use a figure without a variance keeps its own
        used = (derivatives != 0).astype(np.float64)
        found[used @ unknown @ used.T > 0] = np.nan
    return found


@dataclass(frozen=True, slots=True)
class WaldTest:
    """A joint test that several contrasts are what they are when nothing differs.

    Attributes
    ----------
    statistic : float
        F statistic.
    df : (int, int)
        Degrees of freedom of its numerator and denominator.
    p_value : float
    findings : tuple of Finding
    """

    statistic: float
    df: tuple[int, int]
    p_value: float
    findings: tuple[Finding, ...] = ()

    def __repr__(self) -> str:
        lines = [f"F({self.df[0]}, {self.df[1]}) = {self.statistic:.6g}, p = {self.p_value:.4g}"]
        return "\n".join([*lines, *(f"! {finding}" for finding in self.findings)])


def wald_test(figures: Sequence[Figure], *, adjusted: bool = True) -> WaldTest:
    """Joint test of contrasts.

    With W = d' V^-1 d for the q distances d from what they are when nothing differs, the statistic
    is (df - q + 1) W / (df q), compared with F(q, df - q + 1); or W / q, compared with F(q, df).

    Parameters
    ----------
    figures : sequence of Contrast
    adjusted : bool
        Whether the denominator's degrees of freedom are reduced by q - 1.

    References
    ----------
    Korn and Graubard (1990), American Statistician 44.
    """
    matrix = covariance_of(figures)
    away = np.array([f.form.value - getattr(f, "null", 0.0) for f in figures])
    undefined = int((np.isnan(away) | np.isnan(np.diag(matrix))).sum())
    if undefined:
        found = f"{undefined} of {len(figures)} contrasts are not defined or have no standard error"
        remedy = "Leave them out, such as differences of A where nobody is poor."
        raise EstimationError("test", [Problem("", found, remedy=remedy)])
    # correlations: contrasts in shares and in persons differ by orders of magnitude
    error = np.sqrt(np.maximum(np.diag(matrix), 0.0))
    error = np.where(error > 0, error, 1.0)
    matrix, away = matrix / np.outer(error, error), away / error
    inverse = np.linalg.pinv(matrix, rcond=_RANK, hermitian=True)
    q = int(np.linalg.matrix_rank(matrix, tol=_RANK * np.abs(matrix).max(), hermitian=True))
    free = _degrees(figures)
    df = free - q + 1 if adjusted else free
    if q == 0 or df < 1:
        found = f"{q} independent contrasts and {free} degrees of freedom allow no joint test"
        raise EstimationError("test", [Problem("", found)])
    wald = float(away @ inverse @ away)
    statistic = wald * df / (free * q) if adjusted else wald / q
    findings: tuple[Finding, ...] = ()
    if q < len(figures):
        detail = f"contrasts depend on each other: {q} of them are independent and were tested"
        findings = (Finding("CONTRASTS_DEPENDENT", "test", detail, q, len(figures)),)
    return WaldTest(statistic, (q, df), float(special.fdtrc(q, df, statistic)), findings)


def _degrees(figures: Sequence[Figure]) -> int:
    """Degrees of freedom of all figures together."""
    whole = figures[0].form
    for figure in figures[1:]:
        whole = whole.combined(figure.form, 0.0, 1.0, 1.0)
    return Contrast(whole).df


class Contrasts(Result):
    """Several contrasts of one sample, one row each.

    Columns are ``contrast`` (its name), ``estimate``, ``se``, ``ci_low``, ``ci_high``, ``df``,
    ``statistic`` and ``p_value``, and ``p_adjusted`` after `adjust`.

    Parameters
    ----------
    contrasts : mapping of name to Figure
    findings : iterable of Finding
    """

    __slots__ = ("_contrasts",)

    def __init__(
        self,
        contrasts: Mapping[str, Figure],
        findings: Iterable[Finding] = (),
        *,
        adjusted: Mapping[str, pa.Array] | None = None,
    ) -> None:
        made = {
            name: figure if isinstance(figure, Contrast) else Contrast(_form(figure))
            for name, figure in contrasts.items()
        }
        variances = np.diag(covariance_of(list(made.values())))
        for contrast, variance in zip(made.values(), variances, strict=True):
            vars(contrast)["se"] = math.sqrt(max(float(variance), 0.0))  # all at once, kept by each
        values = {name: [getattr(c, name) for c in made.values()] for name in _COLUMNS}
        columns = {"contrast": pa.array(list(made), pa.string())}
        columns |= {
            name: pa.array(v, pa.int64()) if name == "df" else _numbers(v)
            for name, v in values.items()
        }
        super().__init__(pa.table(columns | dict(adjusted or {})), findings)
        self._contrasts = made

    def __getitem__(self, name: str) -> Contrast:
        if name not in self._contrasts:
            found = f"there is no contrast {name!r}"
            raise EstimationError(
                "contrast", [Problem("", found, remedy=nearest(name, self._contrasts))]
            )
        return self._contrasts[name]

    def test(self, *, adjusted: bool = True) -> WaldTest:
        """Joint Wald test that nothing differs; see `Estimates.test`."""
        check_kinds(Contrasts.test, locals())
        return wald_test(list(self._contrasts.values()), adjusted=adjusted)

    def adjust(self, method: Adjustment = "holm") -> Contrasts:
        """The same with a column of p-values adjusted for their number.

        Parameters
        ----------
        method : {"holm", "bonferroni", "benjamini-hochberg"}
            The first two bound the chance of any false finding, the last the share of false ones.

        References
        ----------
        Holm (1979), Scandinavian Journal of Statistics 6; Benjamini and Hochberg (1995), Journal of
        the Royal Statistical Society B 57.
        """
        check_kinds(Contrasts.adjust, locals())
        unknown = list(unknown_options(method=(method, Adjustment)))
        if unknown:
            raise EstimationError("adjust", unknown)
        p = np.array([contrast.p_value for contrast in self._contrasts.values()])
        detail = f"p-values are adjusted by {method!r} for a family of {int((~np.isnan(p)).sum())}"
        findings = [*self.findings, Finding("P_ADJUSTED", "p_adjusted", detail)]
        columns = {"p_adjusted": _numbers(adjusted_p(p, method).tolist())}
        return Contrasts(self._contrasts, findings, adjusted=columns)

    def _headline(self) -> str:
        return f"Contrasts: {len(self):,}"


def adjusted_p(p: NDArray[np.float64], method: Adjustment) -> NDArray[np.float64]:
    """P-values adjusted for their number, shape (q,); NaN stays, and is not counted."""
    found = np.full(p.size, np.nan)
    known = np.flatnonzero(~np.isnan(p))
    order = known[np.argsort(p[known], kind="stable")]
    size, rank = order.size, np.arange(order.size)
    if method == "bonferroni":
        found[order] = np.minimum(p[order] * size, 1)
    elif method == "holm":
        found[order] = np.minimum(np.maximum.accumulate(p[order] * (size - rank)), 1)
    else:
        steps = (p[order] * size / (rank + 1))[::-1]
        found[order] = np.minimum(np.minimum.accumulate(steps)[::-1], 1)
    return found


def _numbers(values: Sequence[float]) -> pa.Array:
    array = np.array(values, dtype=np.float64)
    return pa.array(array, mask=np.isnan(array))
