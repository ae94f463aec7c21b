"""Unit-level results: deprivations, exact score and poverty status, ready to join back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from fractions import Fraction

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from mpi import exact
from mpi.api import Spec, resolve_specification, resolve_survey
from mpi.arguments import check_kinds
from mpi.core.counting import Policy, Scores, poor
from mpi.core.counting import score as core_score
from mpi.core.pack import Packed, unpack
from mpi.engines import columns as arrow
from mpi.engines.fit import fit
from mpi.engines.groupby import profile_codes
from mpi.engines.memory import Microdata, evaluate, findings_of
from mpi.errors import EstimationError, Problem, Problems
from mpi.findings import Finding
from mpi.request import make_request
from mpi.results import Result
from mpi.schemes import scheme
from mpi.spec.adapt import AbsentPolicy
from mpi.spec.model import MissingPolicy, Specification
from mpi.survey.survey import Survey


class Scored(Result):
    """One row per household, or per person where persons are identified.

    Columns are the keys of the unit, one yes-or-no column per indicator (missing where it is not
    known), then ``<indicator>:destitute`` where there is a stricter rule, conditions, ``score``
    (float), ``score_exact`` (text of the fraction), and for each cutoff ``poor_<k>`` and
    ``censored_score_<k>``. All of these are missing where the policy leaves the unit out. Rows are
    in the order of the table of the unit.
    """

    __slots__ = ("title",)

    def __init__(self, table: pa.Table, findings: Sequence[object], *, title: str) -> None:
        super().__init__(table, findings)  # type: ignore[arg-type]
        self.title = title

    def _headline(self) -> str:
        return f"Scores: {self.title}; {len(self):,} rows"


def score(
    survey: object,
    spec: Spec,
    *,
    k: object = None,
    missing: MissingPolicy | None = None,
    absent: AbsentPolicy = "fail",
) -> Scored:
    """Deprivations, score and poverty status of every unit.

    Parameters
    ----------
    survey : Survey, frame or path
        Microdata.
    spec : Specification, str or path
        Specification, bundled id or file.
    k : number or sequence of numbers, optional
        Cutoffs; that of the specification if left out.
    missing : str, optional
        Policy for units that miss an indicator; ``bounds`` has no single score and is refused.
    absent : {"fail", "reweight-dimension", "reweight"}
        What is done with an indicator whose variables the survey does not have.

    Returns
    -------
    Scored

    Raises
    ------
    SurveyError, SpecificationError, EstimationError
        If they do not fit together.

    Examples
    --------
    >>> frame = {"a": [1, 0], "b": [1, 1]}
    >>> spec = Specification.from_columns({"one": ["a"], "two": ["b"]}, cutoff="2/3")
    >>> score(frame, spec).to_pandas()["score_exact"].tolist()
    ['1', '1/2']
    """
    check_kinds(score, locals())
    sample = resolve_survey(survey)
    fitted = fit(sample, resolve_specification(spec), absent=absent)
    chosen = fitted.specification
    request = make_request(chosen, k, missing=missing, count="persons")
    policy, wanted = _policy(request.missing), request.cutoffs
    data = evaluate(sample, chosen)
    profiles = data.profiles
    codes = profile_codes(profiles, len(chosen.bits))
    scores = core_score(codes.deprived, codes.missing, scheme(chosen), policy)
    parts = (
        _keys(sample, data),
        _bits(chosen, profiles),
        _scores(scores, codes.code.astype(np.int64), wanted),
    )
    title = f"{chosen.marked}, one row per {chosen.unit}, missing answers: {policy}"
    lost = int((~scores.kept)[codes.code].sum())
    found = [*fitted.findings, *findings_of(data)]
    if lost:
        detail = f"no score under {policy!r}: an indicator is missing"
        found.append(Finding("MISSING_DROPPED", "score", detail, lost, int(codes.code.size)))
    return Scored(pa.table(_together(parts)), found, title=title)


def _together(parts: Sequence[dict[str, pa.Array]]) -> dict[str, pa.Array]:
    """Columns side by side; names that stand for two things are refused."""
    names = Counter(name for part in parts for name in part)
    problems = Problems("score", EstimationError)
    for name, times in names.items():
        if times > 1:
            remedy = "Rename the indicator, condition or key."
            problems.add(repr(name), "would be the name of two columns", remedy=remedy)
    problems.raise_if_any()
    return {name: column for part in parts for name, column in part.items()}


def _policy(missing: MissingPolicy) -> Policy:
    if missing == "bounds":
        found = "under 'bounds' a unit has two scores"
        remedy = "Choose another policy, or use tabulate(...).estimate(missing='bounds')."
        raise EstimationError("missing", [Problem("", found, remedy=remedy)])
    return missing


def _keys(survey: Survey, data: Microdata) -> dict[str, pa.Array]:
    """Key columns of the unit, in the order of its rows."""
    keys, links = survey.keys, data.links
    persons, households = survey.tables.get("persons"), survey.tables.get("households")
    if data.spec.unit == "person" and persons is not None:
        names = [*keys.household.get("persons", ()), *keys.person]
        return dict(zip(names, persons.read(names).columns, strict=True))
    if households is not None:
        names = list(keys.household.get("households", ()))
        return dict(zip(names, households.read(names).columns, strict=True))
    if persons is None or links.members is None:
        return {}
    names = list(keys.household.get("persons", ()))
    table = persons.read(names)
    return {name: arrow.taken(arrow.single(table[name]), links.members.first) for name in names}


def _bits(spec: Specification, profiles: Packed) -> dict[str, pa.Array]:
    width = len(spec.bits)
    yes = unpack(profiles.deprived, width)
    gone = unpack(profiles.missing, width) if profiles.missing.size else None
    columns = {}
    for bit, (kind, name) in enumerate(spec.bits):
        title = f"{name}:destitute" if kind == "destitute" else name
        unknown = gone[:, bit] if gone is not None else None
        columns[title] = arrow.from_truths(yes[:, bit], unknown)
    return columns


def _scores(
    scores: Scores, code: NDArray[np.int64], wanted: Sequence[Fraction]
) -> dict[str, pa.Array]:
    """Columns of the distinct profiles, taken for every unit."""
    dropped = ~scores.kept
    value = scores.value
    fractions = [
        exact.text(Fraction(int(s), int(scale))) if kept else None
        for s, scale, kept in zip(scores.score, scores.scale, scores.kept, strict=True)
    ]
    columns = {
        "score": pa.array(value, mask=dropped),
        "score_exact": pa.array(fractions, pa.string()),
    }
    for k in wanted:
        is_poor = poor(scores, k)
        columns[f"poor_{k}"] = pa.array(is_poor, mask=dropped)
        columns[f"censored_score_{k}"] = pa.array(np.where(is_poor, value, 0.0), mask=dropped)
    rows = pa.array(code)
    return {name: column.take(rows) for name, column in columns.items()}
