"""Whether what belongs to a household is the same for all of its members."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from mpi.api import Spec, resolve_specification, resolve_survey
from mpi.arguments import check_kinds
from mpi.engines.fit import fit
from mpi.engines.links import link
from mpi.engines.memory import Microdata, evaluate, findings_of
from mpi.errors import EstimationError, Problem, SurveyError, nearest
from mpi.findings import Finding
from mpi.options import named
from mpi.results import Result
from mpi.spec.adapt import AbsentPolicy

Truths = NDArray[np.bool_]

# two weights that differ by less than this, relatively, are the same number with other decimals
_SAME_WEIGHT = 1e-9


@dataclass(frozen=True, slots=True)
class _Check:
    """What was compared, in which column, where it differs and where it could."""

    check: str
    column: str
    differs: Truths
    compared: Truths


def household_consistency(
    survey: object,
    spec: Spec,
    *,
    indicators: list[str] | None = None,
    absent: AbsentPolicy = "fail",
) -> Result:
    """Households whose members differ in what they should share, one row per check.

    Parameters
    ----------
    survey : Survey
        With `household_id`; the rows are read.
    spec : Specification, str or path
    indicators : list of str, optional
        Indicators that are of the household; all if left out. Those of a specification that
        identifies households are by construction.
    absent : {"fail", "reweight-dimension", "reweight"}
        What is done with an indicator whose variables the survey does not have.

    Returns
    -------
    Result
        Columns ``check``, ``column``, ``households`` that differ, of how many that were compared
        (``of``), and their ``share``. Checks are ``deprived`` (some members are deprived and others
        not), ``answered`` (missing for some members only), ``weight`` (not the same for all) and
        ``size`` (stated size is not the number of member rows).

    Raises
    ------
    EstimationError
        If persons are not linked to households, or an indicator is not known.
    SurveyError, SpecificationError
        If they do not fit together.

    References
    ----------
    Alkire et al. (2015), Multidimensional Poverty Measurement and Analysis, chapter 7: checks of
    the deprivation matrix before it is used.

    Examples
    --------
    >>> import mpi
    >>> frame = {"hh": [1, 1, 2, 2], "a": [1, 1, 1, 0], "b": [0, 0, 1, None], "w": [2, 2, 3, 3]}
    >>> spec = mpi.Specification.from_columns({"one": ["a"], "two": ["b"]}, cutoff="1/2")
    >>> found = household_consistency(mpi.Survey(frame, household_id="hh", weight="w"), spec)
    >>> found.to_pandas()[["check", "column", "households", "of"]]
          check column  households  of
    0  deprived      a           1   2
    1  answered      a           0   2
    2  deprived      b           0   2
    3  answered      b           1   2
    4    weight      w           0   2
    """
    check_kinds(household_consistency, locals(), error=SurveyError)
    sample = resolve_survey(survey)
    fitted = fit(sample, resolve_specification(spec), absent=absent)
    known = list(fitted.specification.indicators)
    chosen = known
    if indicators is not None:
        chosen = list(dict.fromkeys(named("household_consistency", "indicators", indicators)))
    problems = [
        Problem("indicators", f"there is no indicator {name!r}", remedy=nearest(str(name), known))
        for name in chosen
        if name not in known
    ]
    if link(sample).members is None:
        found = "persons are not linked to households, so nothing is shared"
        remedy = "Give household_id= to the Survey, and a table of persons."
        problems.append(Problem("household_id", found, remedy=remedy))
    if problems:
        raise EstimationError("household_consistency", problems)
    data = evaluate(sample, fitted.specification)
    checks = list(_checks(data, chosen))
    findings = [*fitted.findings, *findings_of(data), *_findings(checks)]
    count = [int(own.differs.sum()) for own in checks]
    of = [int(own.compared.sum()) for own in checks]
    return Result(
        pa.table(
            {
                "check": [own.check for own in checks],
                "column": [own.column for own in checks],
                "households": pa.array(count, pa.int64()),
                "of": pa.array(of, pa.int64()),
                "share": [c / n if n else None for c, n in zip(count, of, strict=True)],
            }
        ),
        findings,
    )


def _findings(checks: list[_Check]) -> Iterator[Finding]:
    details = {
        "deprived": "some members of a household are deprived and others are not",
        "answered": "missing for some members of a household only",
        "weight": "members of a household have different weights",
        "size": "the stated size of a household is not the number of its member rows",
    }
    for own in checks:
        count = int(own.differs.sum())
        if count:
            detail, of = details[own.check], int(own.compared.sum())
            yield Finding("HOUSEHOLDS_DIFFER", own.column, detail, count, of)


def _checks(data: Microdata, chosen: list[str]) -> Iterator[_Check]:
    links, person = data.links, data.population.person
    members = links.members
    assert members is not None  # noqa: S101 -- refused before
    household = members.household if person is None else members.household[person]
    size = links.n_households
    found = np.bincount(household, minlength=size)
    several = found > 0
    if data.spec.unit == "person":
        for name in chosen:
            truth = data.truths("deprived", name)
            missing = truth.missing
            gone = np.zeros(truth.values.shape, bool) if missing is None else missing
            yes, gone = (v if person is None else v[person] for v in (truth.values, gone))
            deprived = np.bincount(household[yes & ~gone], minlength=size)
            unknown = np.bincount(household[gone], minlength=size)
            both = (deprived > 0) & (deprived + unknown < found)
            partly = (unknown > 0) & (unknown < found)
            yield _Check("deprived", name, both, several)
            yield _Check("answered", name, partly, several)
    weights = data.population.person_weight
    if weights is not None:
        own = weights if person is None else weights[person]
        low, high = np.full(size, np.inf), np.full(size, -np.inf)
        np.minimum.at(low, household, own)
        np.maximum.at(high, household, own)
        differs = several & (high - low > _SAME_WEIGHT * np.abs(high))
        yield _Check("weight", str(data.survey.design.weight), differs, several)
    if "size" in data.plan.results:
        stated = data.evaluation.numbers("size", "household")
        everybody = np.ones(members.household.size, dtype=bool)
        is_member = "member" in data.plan.results
        rows = members.count(
            data.evaluation.truths("member", "person").values if is_member else everybody
        )
        compared = (members.first >= 0) & ~np.isnan(stated)
        yield _Check("size", str(data.survey.size), compared & (stated != rows), compared)
