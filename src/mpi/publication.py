"""Rules of statistics offices for what can be published, as named schemes.

A scheme looks at facts of a figure, such as its number of cases and coefficient of variation, and
gives it a flag. Thresholds and their source stand in `SCHEMES`, one row a scheme.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from mpi.errors import EstimationError, Problem, nearest

Floats: TypeAlias = NDArray[np.float64]
Flags: TypeAlias = NDArray[np.object_]
LogCV: TypeAlias = Literal["program", "symmetric"]

# whether the sample was planned for the groups, or the groupings for which it was
Planned: TypeAlias = bool | str | Sequence[str]

NOT_ASSESSED = "not assessed"
# a standard error below this share of its estimate is the rounding of 0
_ZERO = 1e-12
# the design effect of a simple random sample is 1 up to the rounding of sums
_ROUNDING = 1e-9
_RELIABLE = ("reliable", "weakly reliable", "unreliable")


@dataclass(frozen=True, slots=True)
class Facts:
    """What schemes look at, for q figures.

    Attributes
    ----------
    share : NDArray[np.bool_], shape (q,)
        Whether the figure is a share of units.
    estimate, se, deff : NDArray[np.float64], shape (q,)
    df, n, cases : NDArray[np.float64], shape (q,)
        Degrees of freedom; units in the sample that the denominator counts, such as the poor for A;
        and of a share those with the attribute.
    planned : bool
        Whether the sample was planned for the groups.
    complete : bool
        Whether everybody was drawn, so that an error of 0 says what it seems to say.
    log_cv : {"program", "symmetric"}
        How the logarithmic coefficient of variation of shares above 1/2 is computed.
    """

    share: NDArray[np.bool_]
    estimate: Floats
    se: Floats
    deff: Floats
    df: Floats
    n: Floats
    cases: Floats
    planned: bool
    complete: bool
    log_cv: LogCV

    @property
    def cv(self) -> Floats:
        """Coefficient of variation; NaN where the estimate is 0."""
        nothing = np.full(self.se.size, np.nan)
        found: Floats = np.divide(self.se, self.estimate, out=nothing, where=self.estimate > 0)
        return found

    @property
    def log(self) -> Floats:
        """Coefficient of variation of a share on the scale of logarithms.

        Below 1/2 it is CV / -ln p. Above, the program of INE Chile divides se / p by -ln(1 - p),
        the symmetric definition se / (1 - p).
        """
        p = np.where((self.estimate > 0) & (self.estimate < 1), self.estimate, np.nan)
        below = p < 0.5
        over = np.where(below | (self.log_cv == "program"), p, 1 - p)
        found: Floats = self.se / over / -np.log(np.where(below, p, 1 - p))
        return found

    @property
    def effective(self) -> Floats:
        """Effective sample size, n / deff; infinite where everybody was drawn."""
        nothing = np.where(np.isnan(self.deff), np.nan, np.inf)
        found: Floats = np.divide(self.n, self.deff, out=nothing, where=self.deff > 0)
        return found

    @property
    def quadratic(self) -> Floats:
        """Largest standard error of a share under INE Chile's rule, p^(2/3) / 9 below 1/2."""
        p = np.clip(self.estimate, 0, 1)
        found: Floats = np.minimum(p, 1 - p) ** (2 / 3) / 9
        return found


@dataclass(frozen=True, slots=True)
class Scheme:
    """A named rule for publication.

    Attributes
    ----------
    rule : function of Facts
        Flag of each figure; None where a figure may be published without one.
    suppressed : tuple of str
        Flags under which a figure is withheld.
    thresholds, source : str
        What is looked at, and where it stands.
    confirmed : bool
        Whether the thresholds were compared with the text of the source.
    needs_errors : bool
        Whether the rule looks at standard errors.
    """

    rule: Callable[[Facts], Flags]
    suppressed: tuple[str, ...]
    thresholds: str
    source: str
    confirmed: bool
    needs_errors: bool = True


def find(name: str) -> Scheme:
    """A scheme by its name.

    Raises
    ------
    EstimationError
        If there is none.
    """
    if not isinstance(name, str) or name not in SCHEMES:
        expected = f"Choose one of {', '.join(SCHEMES)}."
        found = f"there is no scheme {name!r}"
        raise EstimationError("flag", [Problem("", found, expected, nearest(str(name), SCHEMES))])
    return SCHEMES[name]


def _first(*cases: tuple[NDArray[np.bool_], str], otherwise: str | None) -> Flags:
    """The text of the first condition that holds."""
    found = np.full(cases[0][0].size, otherwise, dtype=object)
    for holds, text in reversed(cases):
        found[holds] = text
    return found


def _unknown(facts: Facts, *, deff: bool = False) -> NDArray[np.bool_]:
    """Figures without an error or a needed design effect, or with an error that says nothing.

    It says nothing where it is 0, because nobody in the sample differs, and where there are no
    degrees of freedom, unless everybody was drawn.
    """
    unknown: NDArray[np.bool_] = np.isnan(facts.se)
    if not facts.complete:
        zero = (facts.se <= _ZERO * facts.estimate) | (facts.df <= 0)
        unknown = unknown | zero | (facts.estimate == 0) | (facts.share & (facts.estimate == 1))
    return unknown | np.isnan(facts.deff) if deff else unknown


def _ine_chile(facts: Facts) -> Flags:
    share, cv = facts.share, facts.cv
    return _first(
        ((facts.n < 60) | (facts.df < 9), _RELIABLE[2]),
        (_unknown(facts), NOT_ASSESSED),
        (np.where(share, facts.se <= facts.quadratic, cv <= 0.15), _RELIABLE[0]),
        (share | (cv <= 0.30), _RELIABLE[1]),
        otherwise=_RELIABLE[2],
    )


def _ine_chile_economic(facts: Facts) -> Flags:
    share, cv = facts.share, facts.cv
    return _first(
        (((facts.n < 30) & (not facts.planned)) | (facts.df < 9), _RELIABLE[2]),
        (_unknown(facts), NOT_ASSESSED),
        (np.where(share, facts.se <= facts.quadratic, cv <= 0.20), _RELIABLE[0]),
        (share | (cv <= 0.30), _RELIABLE[1]),
        otherwise=_RELIABLE[2],
    )


def _eclac_2020(facts: Facts) -> Flags:
    few = (facts.n < 100) | (facts.effective < 140) | (facts.cases < 50)
    return _first(
        (few, "suppress"),
        (_unknown(facts, deff=True), NOT_ASSESSED),
        (facts.share & (facts.log > 0.175), "suppress"),
        ((facts.df < 9) | (facts.cv >= 0.20), "review"),
        otherwise="publish",
    )


def _eclac_2023(facts: Facts) -> Flags:
    share, cv, cases, log = facts.share, facts.cv, facts.cases, facts.log
    waived = facts.planned & (facts.n >= 100)
    free = (facts.df < 9) & (not facts.planned)
    # below 60 units, n / deff is below 60 or deff below 1, whether deff is known or not
    small = (facts.n < 60) | (facts.effective < 60)
    few = ((facts.deff < 1 - _ROUNDING) & ~waived) | small | free
    good = np.where(share, log <= 0.175, cv <= 0.20)
    fair = np.where(share, good | (facts.estimate >= 0.5), cv <= 0.30)
    return _first(
        (few, _RELIABLE[2]),
        (_unknown(facts, deff=True), NOT_ASSESSED),
        (good & (cases >= 50), _RELIABLE[0]),
        (fair & (cases >= 30), _RELIABLE[1]),
        otherwise=_RELIABLE[2],
    )


def _by_cv(*limits: tuple[float, str], otherwise: str, inclusive: bool) -> Callable[[Facts], Flags]:
    """Classes of the coefficient of variation."""

    def rule(facts: Facts) -> Flags:
        cv = facts.cv
        cases = [(cv <= limit if inclusive else cv < limit, text) for limit, text in limits]
        return _first((_unknown(facts), NOT_ASSESSED), *cases, otherwise=otherwise)

    return rule


def _dhs(facts: Facts) -> Flags:
    return _first((facts.n < 25, "suppressed"), (facts.n < 50, "in parentheses"), otherwise=None)


SCHEMES: Mapping[str, Scheme] = {
    "ine-chile-2020": Scheme(
        _ine_chile,
        ("unreliable",),
        "n < 60 or df < 9: unreliable. Shares: se up to p^(2/3)/9 (of 1 - p above 1/2) reliable, "
        "else weakly. Others: CV up to 15 % reliable, up to 30 % weakly.",
        "INE Chile (2020), quality standard for household surveys, as in its program `calidad`, "
        "April 2025",
        confirmed=True,
    ),
    "ine-chile-economic-2024": Scheme(
        _ine_chile_economic,
        ("unreliable",),
        "n < 30 (unless planned) or df < 9: unreliable. Shares as ine-chile-2020. Others: CV up to "
        "20 % reliable, up to 30 % weakly.",
        "INE Chile (2024), as in its program `calidad`, April 2025",
        confirmed=True,
    ),
    "eclac-2020": Scheme(
        _eclac_2020,
        ("suppress",),
        "n < 100, n/deff < 140, cases < 50, or log-CV of a share above 17.5 %: suppress. df < 9 or "
        "CV from 20 %: review (for others than shares our reading).",
        "ECLAC (2020), quality criteria for household surveys, as in INE Chile's `calidad`",
        confirmed=True,
    ),
    "eclac-2023": Scheme(
        _eclac_2023,
        ("unreliable",),
        "deff < 1 (unless planned and n from 100), n/deff < 60, so n < 60, or df < 9 (unless "
        "planned): unreliable. Shares: log-CV up to 17.5 % with 50 cases reliable, with 30 weakly; "
        "above it only shares from 1/2 with 30 cases, weakly. Others: CV up to 20 % with 50 cases "
        "reliable, up to 30 % with 30 weakly.",
        "ECLAC (2023), as in INE Chile's `calidad`, April 2025",
        confirmed=True,
    ),
    "inegi": Scheme(
        _by_cv((0.15, "high"), (0.30, "moderate"), otherwise="low", inclusive=False),
        (),
        "CV below 15 % high, below 30 % moderate, else low precision.",
        "INEGI, unconfirmed",
        confirmed=False,
    ),
    "dane": Scheme(
        _by_cv(
            (0.07, "very good"),
            (0.15, "good"),
            (0.20, "fair"),
            otherwise="with caution",
            inclusive=True,
        ),
        (),
        "CV up to 7 % very good, up to 15 % good, up to 20 % fair, above with caution.",
        "DANE, unconfirmed",
        confirmed=False,
    ),
    "dhs": Scheme(
        _dhs,
        ("suppressed",),
        "n < 25 suppressed, n < 50 in parentheses.",
        "DHS Program, unconfirmed",
        confirmed=False,
        needs_errors=False,
    ),
}
