"""From profile tables to estimates: policy, scores, totals, ratios, findings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction

from mpi import exact
from mpi.core.totals import distinct
from mpi.engines.base import Grouping, Sampled
from mpi.errors import EstimationError, Problems
from mpi.estimate import Origin
from mpi.estimates import Estimates
from mpi.estimator import Estimator
from mpi.findings import Finding
from mpi.request import Request
from mpi.schemes import lowest_poor
from mpi.spec.model import Specification
from mpi.tables import by_of, estimates_of, linear_parts
from mpi.uncertainty import uncertainty_of


def estimate(
    spec: Specification,
    groupings: Sequence[Grouping],
    request: Request,
    *,
    sampled: Sampled | None,
    value_labels: Mapping[str, Mapping[object, str]],
    findings: Sequence[Finding],
    date: str | None,
) -> Estimates:
    """Measures for every group of every grouping.

    Parameters
    ----------
    spec : Specification
    groupings : sequence of Grouping
        The whole population first.
    request : Request
    sampled : Sampled or None
        What was drawn; without it there are no standard errors, except from supplied replicates.
    value_labels : mapping of variable to mapping of value to label
    findings : sequence of Finding
        Those of the tabulation.
    date : str or None
        Reference date of the survey.

    Raises
    ------
    EstimationError
        If the policy or the counted unit is not possible, or no unit is left.
    """
    check_counted(request, groupings)
    profiles = distinct([grouping.table for grouping in groupings])
    estimator = Estimator(spec, request, profiles)
    lowest: dict[tuple[str | None, Fraction], float] = {}
    for k in request.cutoffs:
        # other policies than drop have other denominators
        lowest[None, k] = lowest_poor(spec, k) if request.missing == "drop" else float(k)
    uncertainty = uncertainty_of(request.choices, sampled, groupings[0].table, lowest)
    parts = linear_parts(
        groupings,
        profiles,
        estimator.measured,
        cardinal=estimator.cardinal,
        households=request.households,
        direct=sampled is not None and sampled.drawn is not None,
    )
    found = [*findings, *_cutoff_findings(spec, request)]
    for grouping, position, own in zip(groupings, profiles.position, parts, strict=True):
        found += estimator.findings(grouping, position, own, value_labels)
    unit = "households" if request.households else "persons"
    return estimates_of(
        groupings,
        parts,
        uncertainty,
        value_labels=value_labels,
        findings=[*found, *estimator.spec_findings()],
        title=f"{spec.marked}, {unit}, missing answers: {request.missing}",
        origin=Origin(
            spec.marked,
            spec.fingerprint,
            date,
            request.missing,
            unit,
            level=request.choices.level if request.choices is not None else None,
            definition=spec,
        ),
    )


def check_counted(request: Request, groupings: Sequence[Grouping]) -> None:
    """Refuse to count households in groups that are not made of whole ones."""
    problems = Problems("estimate", EstimationError)
    if request.households and not groupings[0].households:
        found = "households cannot be counted: the specification identifies persons"
        problems.add("count", found, remedy="Count 'persons'.")
    elif request.households:
        for grouping in groupings:
            if not grouping.households:
                found = f"households cannot be counted by {by_of(grouping)}"
                expected = "Its groups are of persons, not of whole households."
                remedy = "Count 'persons', or tabulate by variables of the household."
                problems.add("count", found, expected=expected, remedy=remedy)
    problems.raise_if_any()


def _cutoff_findings(spec: Specification, request: Request) -> list[Finding]:
    weights = [element.weight for element in spec.elements]
    found = []
    for k in request.cutoffs:
        meant = exact.mistaken_cutoff(k, weights)
        if meant is not None:
            detail = f'just beside the attainable score {meant}; write k="{meant}" if it is meant'
            found.append(Finding("CUTOFF_BESIDE_SCORE", f"k={k}", detail))
    return found
