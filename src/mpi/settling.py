"""The sample and the replicates that variances rest on, after the analyst's choices."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mpi.choices import Choices
from mpi.engines.base import Label, Sampled
from mpi.errors import EstimationError, Problem
from mpi.findings import Finding
from mpi.inference.replicate import Replication, canty_davison_scale, make, refusal
from mpi.inference.sample import Sample, collapsed, sample_of
from mpi.inference.variance import (
    Lonely,
)
from mpi.options import (
    LonelyPSU,
)
from mpi.survey.design import Replicates

_MOST_NAMED = 10


@dataclass(frozen=True, slots=True)
class Settled:
    """A sample after the choice for strata with a single unit.

    Attributes
    ----------
    sample : Sample
    findings : list of Finding
    alone : bool
        Whether a single unit was drawn in all, so that nothing has a standard error.
    """

    sample: Sample
    findings: list[Finding]
    alone: bool = False


def settle_sample(sampled: Sampled, choices: Choices) -> Settled:
    """The sample that was drawn, with what was chosen for strata with a single unit.

    Raises
    ------
    EstimationError
        If a stratum has a single unit and the choice is to fail.
    """
    sample, strata = sample_of(sampled.labels, sampled.fpc, sampled.drawn)
    if sampled.kind != "psu" and sample.first.drawn.tolist() == [1]:
        detail = "a single unit was drawn, so there are no standard errors"
        alone = Finding("SINGLE_UNIT", "sample", detail, 1, 1)
        return Settled(sample, [alone], alone=True)
    if choices.replicates is not None and choices.replicates.columns:
        return Settled(sample, [])
    chosen, findings = _settled(sample, strata, choices.lonely_psu)
    return Settled(chosen, findings)


def _settled(
    sample: Sample, strata: Sequence[Sequence[Label]], option: LonelyPSU
) -> tuple[Sample, list[Finding]]:
    """Sample after the choice for strata with a single unit."""
    lonely = [
        (stage, [names[h] for h in np.flatnonzero(draw.lonely).tolist()], len(names))
        for stage, (draw, names) in enumerate(zip(sample.stages, strata, strict=True), start=1)
    ]
    findings: list[Finding] = []
    later = [problem for problem in lonely if problem[0] > 1 and problem[1]]
    if option == "fail" or (option == "collapse" and later):
        problems = [_refused(*found, direct=sample.direct) for found in lonely if found[1]]
        if problems:
            raise EstimationError("standard errors", problems)
    for stage, names, of in lonely:
        if names:
            detail = f"strata with a single {_unit(stage, direct=sample.direct)}, treated by "
            where = f"strata {_listed(names)}"
            text = f"{detail}lonely_psu={option!r}"
            findings.append(Finding("LONELY_PSU", where, text, len(names), of))
    if option != "collapse" or not lonely[0][1]:
        return sample, findings
    merged, joined = collapsed(sample)
    for lone, target in joined:
        detail = "joined a neighbouring stratum, since it has a single PSU"
        where = f"stratum {strata[0][lone][0]} with {strata[0][target][0]}"
        findings.append(Finding("STRATUM_COLLAPSED", where, detail))
    return merged, findings


def _refused(stage: int, names: Sequence[Label], of: int, *, direct: bool) -> Problem:
    one = _unit(stage, direct=direct)
    others = "'certainty', 'adjust', 'average'" + (" or 'collapse'" if stage == 1 else "")
    return Problem(
        "lonely_psu",
        f"{len(names)} of {of} strata have a single {one}: {_listed(names)}",
        "Their variance cannot be estimated.",
        f"Choose lonely_psu={others}, or ask for point estimates with se=False "
        "(--lonely-psu, --no-se).",
    )


def settle_replicates(
    declared: Replicates, sample: Sample | None, supplied: int, lonely: Lonely
) -> tuple[Replication, list[Finding]]:
    """How variances come from replicates, and what to know about it.

    Parameters
    ----------
    declared : Replicates
    sample : Sample or None
    supplied : int
        Number of replicate weights in the tables.
    lonely : str
        What a stratum with a single PSU adds to the variance.

    Raises
    ------
    EstimationError
        If the tables or the sample do not allow them.
    """
    findings: list[Finding] = []
    if declared.columns:
        return _of_columns(declared, sample, supplied), findings
    if sample is None:
        found = "replicates need sampled units, and the tables have none"
        remedy = "Tabulate with se=True, and declare psu=."
        raise EstimationError("replicates", [Problem("", found, remedy=remedy)])
    refused = refusal(declared.method, sample, lonely)
    if refused is not None:
        raise EstimationError("replicates", [Problem("", refused[0], remedy=refused[1])])
    unused = declared.method in ("brr", "fay", "canty-davison")
    if unused and sample.first.fraction.any():
        detail = f"{declared.method} takes no account of finite populations"
        findings.append(Finding("FPC_UNUSED", "fpc", detail))
    later = any(bool(draw.share.any()) for draw in sample.stages[1:])
    if later and declared.method != "preston":
        detail = f"{declared.method} leaves out the variance of later stages; choose 'preston'"
        findings.append(Finding("FPC_UNUSED", "stages", detail))
    made = make(
        declared.method,
        sample,
        number=declared.number,
        seed=declared.seed,
        rho=declared.rho,
        mse=declared.mse,
        lonely=lonely,
    )
    return made, findings


def _of_columns(declared: Replicates, sample: Sample | None, supplied: int) -> Replication:
    """Replicates that were supplied as columns."""
    number = len(declared.columns)
    if supplied != number:
        found = f"{number} columns are named, and the tables have {supplied} replicate weights"
        remedy = "Give replicates= to the Survey and tabulate with se=True: rows are read then."
        raise EstimationError("replicates", [Problem("", found, remedy=remedy)])
    rscales = np.array(declared.rscales) if declared.rscales else np.ones(number)
    scale = declared.scale if declared.scale is not None else _scale(declared, sample, number)
    return Replication(scale, rscales, declared.mse)


def _scale(declared: Replicates, sample: Sample | None, number: int) -> float:
    """Scale of supplied replicates by their method; sources as in `Replicates`."""
    if declared.method == "jk1":
        return (number - 1) / number
    if declared.method == "jkn":
        return 1.0
    if declared.method in ("brr", "fay"):
        rho = declared.rho if declared.method == "fay" else 0.0
        return 1 / (number * (1 - rho) ** 2)
    if declared.method == "canty-davison":
        if sample is None or sample.direct:
            found = "that of canty-davison rests on the PSUs of the strata, and none are declared"
            remedy = "Declare psu= and strata=, or give scale=."
            raise EstimationError("replicates, scale", [Problem("", found, remedy=remedy)])
        return canty_davison_scale(sample, number)
    return 1 / (number - 1)


def _unit(stage: int, *, direct: bool) -> str:
    if direct:
        return "unit"
    return "PSU" if stage == 1 else f"unit of stage {stage}"


def _listed(names: Sequence[Label]) -> str:
    """The first names of strata, with the units that they lie in."""
    some = [" / ".join(_text(part) for part in name if part is not None) for name in names]
    listed = ", ".join([*some[:_MOST_NAMED], *(["..."] if len(names) > _MOST_NAMED else [])])
    return listed or "the whole sample"


def _text(code: object) -> str:
    """A code as the survey's documents write it: Stata keeps whole numbers as floats."""
    return str(int(code)) if isinstance(code, float) and code.is_integer() else str(code)
