"""The calls of everyday work: tabulate, measure, check."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TypeAlias

from mpi.arguments import check_kinds
from mpi.assembly import COLUMNS, NATIONAL
from mpi.core.distances import distances_of
from mpi.engines import choice
from mpi.engines.base import By, Grouping
from mpi.engines.fit import Given, check_given, fit
from mpi.errors import EstimationError, Problem, SpecificationError, SurveyError
from mpi.estimates import Estimates
from mpi.findings import Findings
from mpi.options import LonelyPSU
from mpi.profiles import Profiles
from mpi.request import make_request
from mpi.spec.adapt import AbsentPolicy
from mpi.spec.files import specification
from mpi.spec.lint import lint
from mpi.spec.model import MissingPolicy, Specification
from mpi.survey.codebook import Codebook, codebook
from mpi.survey.design import Replicates
from mpi.survey.survey import Names, Survey

Spec: TypeAlias = Specification | str | os.PathLike[str]
Groupings: TypeAlias = str | Sequence[str | Sequence[str]] | None


def tabulate(  # noqa: PLR0913 -- each is one choice
    survey: object,
    spec: Spec,
    *,
    by: Groupings = None,
    absent: AbsentPolicy = "fail",
    se: bool = True,
    distances: Sequence[tuple[object, object]] = (),
    engine: str | None = None,
    engine_options: Mapping[str, object] | None = None,
    progress: Callable[[str, int, int], None] | None = None,
) -> Profiles:
    """Profile tables of a survey under a specification: the only step that touches rows.

    Parameters
    ----------
    survey : Survey, frame or path
        Microdata; a frame or path is taken as person rows without a design.
    spec : Specification, str or path
        Specification, bundled id or file.
    by : str or sequence of str and tuples of str, optional
        Variables to decompose by, such as ``"region"`` or ``["region", "area"]``; a tuple crosses
        its variables: ``["region", ("region", "area")]``.
    absent : {"fail", "reweight-dimension", "reweight"}
        What is done with an indicator whose variables the survey does not have: an error, or it is
        left out and its weight shared by the others of its dimension, or by all others.
    se : bool
        Whether the tables keep what standard errors need. Not needed for a census, whose tables are
        then much smaller.
    distances : sequence of (alpha, theta)
        Distances (sum w_j g_j^theta)^(alpha/theta) whose sums are kept beside those of the gaps
        g_j, for measures of `inequality` that these do not give.
    engine : str, optional
        What reads the rows: ``"memory"``, ``"duckdb"``, ``"polars"``, ``"spark"``, or an engine of
        another distribution. Left out, lazy frames and relations are queried where they are,
        files of many rows by DuckDB, and all else is read into memory; a finding says which.
    engine_options : mapping of str to object, optional
        Further arguments of the engine: ``memory`` (bytes) and ``threads`` of duckdb, ``master`` of
        spark.
    progress : callable, optional
        Called with what is being done, the steps done and the steps in all.

    Returns
    -------
    Profiles

    Raises
    ------
    SurveyError, SpecificationError
        If they do not fit together; all problems at once.
    EstimationError
        If a distance is none, or no indicator has a gap.

    Examples
    --------
    >>> frame = {"a": [1, 1, 0, None], "b": [1, 0, 0, 1], "region": ["N", "S", "N", "S"]}
    >>> spec = Specification.from_columns({"one": ["a"], "two": ["b"]}, cutoff="1/2")
    >>> tabulate(frame, spec, by="region").by
    (('region',),)
    """
    check_kinds(tabulate, locals())
    given: object = engine_options  # may be what the type does not allow
    if given is not None and not isinstance(given, Mapping):
        found = f"a value of type {type(given).__name__!r} is no mapping"
        remedy = 'Give options by their names, such as {"threads": 2}.'
        raise SurveyError("tabulate", [Problem("engine_options", found, remedy=remedy)])
    sample = resolve_survey(survey)
    fitted = fit(sample, resolve_specification(spec), absent=absent)
    by_, asked = groupings_of(by), distances_of(distances)
    if asked and not any(i.gap is not None for i in fitted.specification.indicators.values()):
        found = f"no indicator of {fitted.specification.id} has a gap"
        remedy = "Leave it out: what is counted gives these measures then."
        raise EstimationError("tabulate", [Problem("distances", found, remedy=remedy)])
    result = choice.tabulate(
        sample,
        fitted.specification,
        by_,
        engine=engine,
        options=engine_options,
        se=se,
        distances=asked,
        progress=progress,
    )
    return Profiles(
        specification=fitted.specification,
        groupings=result.groupings,
        sampled=result.sampled,
        design=sample.design,
        findings=Findings([*fitted.findings, *result.findings]),
        date=sample.date,
        value_labels=value_labels_of(sample, result.groupings),
        distances=asked,
    )


def measure(  # noqa: PLR0913 -- one call for everything
    data: object,
    spec: Spec,
    *,
    k: object = None,
    by: Groupings = None,
    missing: MissingPolicy | None = None,
    count: str = "persons",
    weight: str | None = None,
    strata: str | None = None,
    psu: str | None = None,
    fpc: str | None = None,
    household_id: Names = None,
    where: str | None = None,
    lonely_psu: LonelyPSU = "fail",
    replicates: Replicates | None = None,
    se: bool = True,
    absent: AbsentPolicy = "fail",
    engine: str | None = None,
) -> Estimates:
    """Estimates from microdata in one call.

    Parameters
    ----------
    data : frame, path or Survey
        Person rows, or a Survey, which has its own design.
    spec : Specification, str or path
        Specification, bundled id or file.
    k : number or sequence of numbers, optional
        Cutoffs; that of the specification if left out.
    by : str or sequence, optional
        Variables to decompose by.
    missing : str, optional
        Policy for units that miss an indicator.
    count : {"persons", "households"}
        What is counted.
    weight, strata, psu, fpc, household_id, where, lonely_psu, replicates
        As of `Survey`, where `data` is not one.
    se : bool
        Whether standard errors are computed.
    absent : {"fail", "reweight-dimension", "reweight"}
        As of `tabulate`.
    engine : str, optional
        As of `tabulate`.

    Returns
    -------
    Estimates

    Examples
    --------
    >>> frame = {"a": [1, 1, 0, 0], "b": [1, 0, 0, 1], "w": [2.0, 1.0, 1.0, 1.0]}
    >>> spec = Specification.from_columns({"one": ["a"], "two": ["b"]}, cutoff=1)
    >>> measure(frame, spec, weight="w").get("H").estimate
    0.4
    """
    check_kinds(measure, locals())
    own = {
        "weight": weight,
        "strata": strata,
        "psu": psu,
        "fpc": fpc,
        "replicates": replicates,
        "household_id": household_id,
        "where": where,
    }
    chosen = resolve_specification(spec)
    make_request(chosen, k, missing=missing, count=count)
    sample = resolve_survey(data, lonely_psu=lonely_psu, **own)
    profiles = tabulate(sample, chosen, by=by, absent=absent, se=se, engine=engine)
    return profiles.estimate(k, missing=missing, count=count, se=se)


def check(
    spec: Spec,
    data: Survey | Codebook | str | os.PathLike[str] | None = None,
    *,
    strict: bool = False,
) -> Findings:
    """What is worth knowing about a specification, alone or for a survey.

    Parameters
    ----------
    spec : Specification, str or path
        Specification, bundled id or file.
    data : Survey, Codebook, str or path, optional
        Survey that it is meant for, or its codebook: variables and classes that it cannot give are
        findings. No row is read.
    strict : bool
        Whether a threshold without a basis is an error.

    Returns
    -------
    Findings

    Raises
    ------
    SpecificationError
        If the file is not right, or `strict` and a threshold has no basis.

    Examples
    --------
    >>> found = check("uruguay-ine-2025", "colombia-ecv-2025")
    >>> [f.detail for f in found if f.where == "indicator 'tenure', deprived"]
    ["the codebook 'colombia-ecv-2025' cannot give tenure"]
    """
    check_kinds(check, locals(), error=SpecificationError)
    chosen = resolve_specification(spec)
    found = list(lint(chosen, strict=strict))
    if isinstance(data, Survey):
        found += check_given(chosen, Given.of(data))
    elif data is not None:
        found += check_given(chosen, Given(codebook(data), None))
    return Findings(found)


def resolve_specification(spec: Spec) -> Specification:
    """The specification that is meant by an id, a path or itself."""
    return spec if isinstance(spec, Specification) else specification(spec)


def resolve_survey(data: object, *, lonely_psu: LonelyPSU = "fail", **given: object) -> Survey:
    """The survey that is meant by a frame, a path or itself."""
    if not isinstance(data, Survey):
        return Survey(data, lonely_psu=lonely_psu, **given)  # type: ignore[arg-type]
    extra = [name for name, value in given.items() if value is not None]
    if extra or lonely_psu != "fail":
        found = f"{', '.join(extra) or 'lonely_psu'} cannot be given beside a Survey"
        raise SurveyError("measure", [Problem("", found, "Give it to the Survey itself.")])
    return data


def groupings_of(by: Groupings) -> list[By]:
    """Variables of each decomposition, as tuples."""
    if by is None:
        return []
    one = isinstance(by, tuple) and all(isinstance(name, str) for name in by)
    is_data = hasattr(by, "shape")  # the values of a variable instead of its name
    many = isinstance(by, Iterable) and not (isinstance(by, str) or one or is_data)
    wanted = list(by) if many else [by]
    groupings = [_crossed(names) for names in wanted]
    own = (*COLUMNS, NATIONAL)
    taken = sorted({name for names in groupings for name in names if name in own})
    if taken:
        found = f"{', '.join(map(repr, taken))} is the name of a column of the results"
        raise SurveyError("by", [Problem("", found, remedy="Rename the variable.")])
    return groupings


def _crossed(names: object) -> By:
    """Variables of one decomposition, each once."""
    listed = [names] if isinstance(names, str) else names
    if not isinstance(listed, (list, tuple)) or not all(isinstance(n, str) for n in listed):
        found = f"a value of type {type(names).__name__!r} is no variable"
        remedy = 'Give names, such as by="region" or by=["region", ("region", "sex")].'
        raise SurveyError("by", [Problem("", found, remedy=remedy)])
    return tuple(dict.fromkeys(listed))


def value_labels_of(
    survey: Survey, groupings: Sequence[Grouping]
) -> Mapping[str, Mapping[object, str]]:
    """Labels of the values of grouping variables, where the files have them."""
    names = {name for grouping in groupings for name in grouping.by}
    found: dict[str, Mapping[object, str]] = {}
    for source in survey.tables.values():
        for name in names & set(source.labels):
            found.setdefault(name, dict(source.labels[name].items()))
    return found
