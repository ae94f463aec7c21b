"""What a report is made from: results of one or more waves, checked, with their estimates."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from fractions import Fraction
from pathlib import Path
from typing import TypeAlias

import numpy as np

from mpi import exact
from mpi.analysis.change import Changes, change
from mpi.errors import EstimationError, Problem, Problems
from mpi.estimates import Estimates
from mpi.options import LonelyPSU
from mpi.pooling import Samples
from mpi.profiles import Profiles, load_profiles
from mpi.published import PublishedProfiles
from mpi.request import cutoffs as cutoffs_of
from mpi.spec.model import MissingPolicy

Result: TypeAlias = Profiles | PublishedProfiles | Estimates | str | os.PathLike[str]
KINDS = (Profiles, PublishedProfiles, Estimates, str, os.PathLike)
MOST_CUTOFFS = 40  # of the curve over all cutoffs


@dataclass(frozen=True, slots=True)
class Asked:
    """What is computed from profile tables.

    Attributes
    ----------
    k : object
        Further cutoffs.
    missing, lonely_psu, flag : str or None
    suppress : bool
    """

    k: object = None
    missing: MissingPolicy | None = None
    lonely_psu: LonelyPSU | None = None
    flag: str | None = None
    suppress: bool = False

    def given(self) -> list[str]:
        """Names of the choices that were made."""
        return [f.name for f in fields(self) if getattr(self, f.name) not in (None, False)]


@dataclass(frozen=True, slots=True)
class Wave:
    """The estimates of a survey, and where they come from.

    Attributes
    ----------
    estimates : Estimates
        At the cutoff of the specification and at further ones.
    k : str
        The main cutoff; empty if there is none.
    every : Estimates or None
        Of the whole population at the attainable cutoffs.
    profiles : Profiles or None
    file : str
        Name of the file.
    sha256 : str
        Of the file, else of the numbers.
    lonely_psu : str or None
        What a stratum with a single PSU adds to the variance, if it is not as the survey says.
    """

    estimates: Estimates
    k: str
    every: Estimates | None
    profiles: Profiles | None
    file: str
    sha256: str
    lonely_psu: LonelyPSU | None = None


def waves(results: Sequence[object], asked: Asked) -> list[Wave]:
    """Waves of results: tables, estimates, or names of files of tables.

    Raises
    ------
    EstimationError
        If one is none of these, cannot be read, or choices are made for estimates.
    """
    problems = Problems("report", EstimationError)
    if not results:
        problems.add("", "there is no result", remedy="Give profile tables, or estimates.")
    for place, result in enumerate(results, 1):
        if not isinstance(result, KINDS):
            found = f"is of type {type(result).__name__!r}"
            expected = "Give profile tables, their file, or estimates."
            problems.add(f"result {place}", found, expected=expected)
        elif isinstance(result, Estimates | PublishedProfiles):
            problems.extend(_made(asked, f"result {place}"))
    if asked.suppress and asked.flag is None:
        found = "nothing says what is withheld"
        problems.add("suppress", found, remedy="Give flag= (--flag) too.")
    problems.raise_if_any()
    return [_wave(result, asked) for result in results]


def _wave(result: object, asked: Asked) -> Wave:
    if isinstance(result, Estimates | PublishedProfiles):
        return _ready(result)
    if isinstance(result, Profiles):
        return _computed(result, asked, "", _hash_of_tables(result))
    path = Path(str(result))
    profiles = load_profiles(path)
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    if isinstance(profiles, PublishedProfiles):
        if problems := _made(asked, ""):
            raise EstimationError(path.name, problems)
        return replace(_ready(profiles), file=path.name, sha256=sha256)
    return _computed(profiles, asked, path.name, sha256)


def _made(asked: Asked, place: str) -> list[Problem]:
    """Why nothing can be chosen of figures that are there already."""
    if not asked.given():
        return []
    found = f"{', '.join(asked.given())}: its figures are made already"
    remedy = "Give the whole profile tables, or estimate, flag or publish with these choices."
    return [Problem(place, found, remedy=remedy)]


def _ready(result: Estimates | PublishedProfiles) -> Wave:
    """A wave of figures that are there already."""
    found = result if isinstance(result, Estimates) else result.estimate()
    return Wave(found, main_cutoff(found), None, None, "", _hash_of_rows(found))


def _computed(profiles: Profiles, asked: Asked, file: str, sha256: str) -> Wave:
    spec = profiles.specification
    further = () if asked.k is None else cutoffs_of(asked.k, spec)
    own = [spec.cutoff, *(k for k in further if k != spec.cutoff)]
    estimates = _estimated(profiles, own, asked)
    alone = replace(profiles, groupings=profiles.groupings[:1])
    cutoffs = _cutoffs(profiles)
    # bounds give two curves
    single = (asked.missing or spec.missing) != "bounds" and len(cutoffs) > 1
    every = _estimated(alone, cutoffs, asked) if single else None
    return Wave(estimates, str(spec.cutoff), every, profiles, file, sha256, asked.lonely_psu)


def _estimated(profiles: Profiles, k: Sequence[Fraction], asked: Asked) -> Estimates:
    se = profiles.sampled is not None
    found = profiles.estimate(k, missing=asked.missing, lonely_psu=asked.lonely_psu, se=se)
    return found if asked.flag is None else found.flag(asked.flag, suppress=asked.suppress)


def _cutoffs(profiles: Profiles) -> list[Fraction]:
    """Cutoffs at which H and M0 can change, that of the specification among them, thinned."""
    spec = profiles.specification
    weights = exact.integers([element.weight for element in spec.elements], spec.scale)
    found = exact.attainable_once(tuple(weights)) or range(spec.scale + 1)
    scores = [Fraction(score, spec.scale) for score in found if score]
    if len(scores) > MOST_CUTOFFS:
        places = np.linspace(0, len(scores) - 1, MOST_CUTOFFS).round().astype(int)
        scores = [scores[place] for place in places.tolist()]
    return sorted({*scores, spec.cutoff})


def main_cutoff(estimates: Estimates) -> str:
    """Cutoff of the specification if it was estimated, else the first."""
    table = estimates.to_arrow()
    found = [k for k in table["k"].unique().to_pylist() if k is not None]
    own = estimates.origin.definition if estimates.origin is not None else None
    if own is not None and str(own.cutoff) in found:
        return str(own.cutoff)
    return found[0] if found else ""


def changes_of(found: Sequence[Wave], samples: Samples | None, *, suppress: bool) -> Changes | None:
    """Changes between waves; None for one wave.

    Raises
    ------
    EstimationError
        If waves cannot be compared.
    """
    if len(found) < 2:
        return None
    if suppress or any(wave.estimates.source is None for wave in found):
        text = "changes between waves need standard errors, and figures that are not withheld"
        remedy = "Leave out suppress=True (--suppress), or report each wave by itself."
        raise EstimationError("report", [Problem("suppress", text, remedy=remedy)])
    return change(*(wave.estimates for wave in found), samples=samples)


def _hash_of_rows(estimates: Estimates) -> str:
    text = estimates.saved_rows().to_pandas().to_csv(index=False, lineterminator="\n")
    return hashlib.sha256(text.encode()).hexdigest()


def _hash_of_tables(profiles: Profiles) -> str:
    """Hash of the specification and of every number of the tables."""
    whole = hashlib.sha256(profiles.specification.to_toml().encode())
    for grouping in profiles.groupings:
        whole.update(repr((grouping.by, grouping.labels)).encode())
        for column in fields(grouping.table):
            values = np.ascontiguousarray(getattr(grouping.table, column.name))
            whole.update(values.astype(values.dtype.newbyteorder("<")).tobytes())
    return whole.hexdigest()
