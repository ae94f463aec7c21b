"""Whether one group is poorer than another whatever the cutoff: curves, bands, tests."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from mpi import exact
from mpi.analysis.curves import Curves
from mpi.analysis.grids import check_count, chosen_by
from mpi.analysis.scenarios import baseline
from mpi.analysis.setting import check_profiles
from mpi.arguments import check_kinds
from mpi.choices import Choices
from mpi.errors import EstimationError, Problem, Problems
from mpi.options import DegreesOfFreedom, LonelyPSU
from mpi.profiles import Profiles
from mpi.request import cutoffs as cutoffs_of
from mpi.request import policy_problems
from mpi.results import Result, Several
from mpi.spec.model import MissingPolicy, Specification
from mpi.survey.design import Replicates

_MOST_CUTOFFS = 200


@dataclass(frozen=True, slots=True, repr=False)
class Dominance(Several):
    """Curves of H and M0 over the cutoffs, and what they say of each pair of groups.

    Attributes
    ----------
    pairs : Result
        One row a pair of groups and measure: how the curves lie, and the test that one is below.
    curves : Result
        One row a group, measure and cutoff: figure with interval and simultaneous band.
    differences : Result
        One row a pair, measure and cutoff: first less second.
    """

    pairs: Result
    curves: Result
    differences: Result

    def _shown(self) -> Sequence[Result]:
        return (self.pairs,)

    def _named(self) -> Sequence[str]:
        return ("curves", "differences")


def dominance(  # noqa: PLR0913 -- each is one choice of the analyst
    profiles: Profiles,
    by: object = None,
    *,
    k: object = None,
    missing: MissingPolicy | None = None,
    count: str = "persons",
    se: bool = True,
    lonely_psu: LonelyPSU | None = None,
    df: DegreesOfFreedom = "stata",
    level: float = 0.95,
    replicates: Replicates | None = None,
    seed: int = 1,
) -> Dominance:
    """First-order dominance between groups: whether one is less poor at every cutoff.

    H(k) and M0(k) change at attainable scores only, so that those are all the cutoffs there are.

    Parameters
    ----------
    profiles : Profiles
    by : str or tuple of str, optional
        The grouping whose groups are compared; may be left out where there is one.
    k : number or sequence of numbers, optional
        Cutoffs; all attainable scores if left out.
    missing, count, se, lonely_psu, df, level, replicates
        As in `Profiles.estimate`; `df` is "stata" or "design".
    seed : int
        Of the draws that the width of the simultaneous bands comes from.

    Returns
    -------
    Dominance

    Raises
    ------
    EstimationError
        If a choice is none, there are no two groups, or cutoffs or figures are too many.

    Notes
    -----
    ``relation`` compares the estimated curves: one group dominates if its curve is nowhere above
    the other's and somewhere below. The test is by intersection and union: that one curve is below
    the other everywhere is accepted only if a one-sided t test says so at each cutoff, and its
    p-value is the largest of theirs (Berger 1982). Cutoffs at which nobody of both groups is poor
    say nothing and are left out. A band holds the whole curve of a group with probability `level`:
    its width is the quantile of the largest absolute t of all cutoffs, from draws of a multivariate
    t distribution with their estimated correlations.

    References
    ----------
    Lasso de la Vega (2010), Research on Economic Inequality 18; Alkire et al. (2015),
    Multidimensional Poverty Measurement and Analysis, chapter 8; Berger (1982), Technometrics 24.

    Examples
    --------
    >>> import mpi
    >>> people = {"a": [1, 1, 0, 0], "b": [1, 0, 1, 0], "g": ["N", "N", "S", "S"]}
    >>> spec = mpi.Specification.from_columns({"x": ["a"], "y": ["b"]}, cutoff="1/2")
    >>> found = dominance(mpi.tabulate(people, spec, by="g"), se=False)
    >>> found.pairs.to_arrow()["relation"].to_pylist()
    ['second lower', 'second lower']
    """
    check_kinds(dominance, locals())
    check_profiles(profiles, "dominance")
    names = chosen_by(profiles, by, source="dominance")
    choices = None
    if se:
        choices = Choices.under(
            profiles.design, lonely_psu=lonely_psu, replicates=replicates, df=df, level=level
        )
    policy = profiles.specification.missing if missing is None else missing
    problems = Problems("dominance", EstimationError)
    problems.extend(_choice_problems(policy, df, seed))
    problems.extend(check_count(profiles, names, count))
    problems.extend(choices.problems() if choices is not None else [])
    cutoffs: tuple[Fraction, ...] = ()
    try:
        cutoffs = _cutoffs(profiles.specification, k)
    except EstimationError as error:
        problems.extend(replace(problem, where="k") for problem in error.problems)
    problems.raise_if_any()
    assert policy != "bounds"  # noqa: S101 -- refused above
    base = baseline(profiles.specification, policy)
    scenarios = [replace(base, name=f"k = {exact.text(cutoff)}", k=cutoff) for cutoff in cutoffs]
    households = count == "households"
    found = Curves(profiles, names, scenarios, choices, households=households).result(seed)
    return Dominance(found.pairs, found.curves, found.differences)


def _choice_problems(policy: object, df: object, seed: object) -> list[Problem]:
    found = policy_problems(policy)
    if policy == "bounds":
        text = "'bounds' gives two curves for each group"
        found.append(Problem("missing", text, remedy="Choose another policy."))
    if df == "domain":
        text = "'domain' is not there for pairs of curves"
        found.append(Problem("df", text, remedy="Choose 'stata' or 'design'."))
    if not isinstance(seed, int) or isinstance(seed, bool) or seed < 0:
        found.append(Problem("seed", f"is {seed!r}", "It is a whole number from 0 on."))
    return found


def _cutoffs(spec: Specification, k: object) -> tuple[Fraction, ...]:
    """Cutoffs in ascending order; all attainable scores if none is given."""
    if k is not None:
        return tuple(sorted(cutoffs_of(k, spec)))
    weights = exact.integers([element.weight for element in spec.elements], spec.scale)
    scores = [score for score in exact.attainable_once(tuple(weights)) or [] if score]
    if not 0 < len(scores) <= _MOST_CUTOFFS:
        many = f"{len(scores):,} " if scores else "too many "
        found = f"there are {many}attainable scores; {_MOST_CUTOFFS} cutoffs are possible"
        remedy = "Give cutoffs, such as every twentieth."
        raise EstimationError("dominance", [Problem("k", found, remedy=remedy)])
    return tuple(Fraction(score, spec.scale) for score in scores)
