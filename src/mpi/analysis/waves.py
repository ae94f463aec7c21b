"""Waves of a survey: what must hold for them to be compared, and when they were."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise

import numpy as np

from mpi.errors import Problems
from mpi.estimate import Origin
from mpi.estimates import Estimates
from mpi.pooling import Samples, share_labels
from mpi.sources import Source
from mpi.spec.laws import law, used_norms
from mpi.spec.model import Specification


def check_estimates(given: object, problems: Problems) -> None:
    """Refuse at once what is no Estimates."""
    if not isinstance(given, Estimates):
        found = f"a value of type {type(given).__name__!r} is no Estimates"
        problems.add("", found, remedy="Give what Profiles.estimate() returns.")
        problems.raise_if_any()


def check_waves(
    waves: Sequence[Estimates],
    samples: Samples | None,
    problems: Problems,
    *,
    other_specification: bool = False,
) -> None:
    """Add what keeps waves from being compared.

    Parameters
    ----------
    waves : sequence of Estimates
        In order of time.
    samples : {"independent", "overlapping"}, optional
        What was said of their PSUs.
    problems : Problems
    other_specification : bool
        Whether waves of different specifications may be compared.

    Raises
    ------
    EstimationError
        At once, if they are no waves at all.
    """
    if len(waves) < 2:
        count = "one wave only" if waves else "no wave"
        remedy = "Give the estimates of two or more surveys, in order of time."
        problems.add("", f"there is {count}, and nothing to compare it with", remedy=remedy)
    for wave in waves:
        check_estimates(wave, problems)
    origins = [wave.origin for wave in waves]
    known = [origin for origin in origins if origin is not None]
    if len({origin.fingerprint for origin in known}) > 1 and not other_specification:
        _add_other_specification(known, problems)
    for name in ("missing", "unit"):
        values = list(dict.fromkeys(getattr(origin, name) for origin in known))
        if len(values) > 1:
            found = f"waves were estimated with {' and '.join(map(repr, values))}"
            problems.add(name, found, remedy="Estimate all alike.")
    sources = [wave.source for wave in waves]
    own = [source for source in sources if isinstance(source, Source)]
    if samples is None and len(own) == len(waves) and share_labels(own):
        found = (
            "waves have PSUs with equal strata and ids, and nothing says whether they are the same"
        )
        remedy = 'Say samples="overlapping" if they are, else samples="independent".'
        problems.add("samples", found, remedy=remedy)


def _add_other_specification(origins: Sequence[Origin], problems: Problems) -> None:
    changed = _changed_norms([origin.definition for origin in origins])
    if changed:
        remedy = (
            "Give every survey one law_as_of= (--law-as-of), or say other_specification=True: "
            "the change is then partly one of the law."
        )
        problems.add("law_as_of", f"waves are judged by different laws: {changed}", remedy=remedy)
        return
    ids = ", ".join(dict.fromkeys(origin.specification for origin in origins))
    remedy = "Tabulate all by one specification, or say other_specification=True."
    problems.add("specification", f"waves differ in it: {ids}", remedy=remedy)


def _changed_norms(definitions: Sequence[Specification | None]) -> str:
    """Norms with other values under the date of another wave; empty if more than dates differs."""
    specs = [spec for spec in definitions if spec is not None]
    if len(specs) < len(definitions):
        return ""
    first = specs[0]
    alike = [spec.replace(law_as_of=first.law_as_of).fingerprint for spec in specs]
    if len(set(alike)) > 1:
        return ""
    found = []
    for name in used_norms(first):
        values: dict[str, str] = {}  # the first date of each
        for spec in specs:
            steps = ", ".join(map(str, law(spec, name)))
            values.setdefault(steps, f"{steps} on {spec.law_as_of}")
        if len(values) > 1:
            found.append(f"norm {name!r} is {' and '.join(values.values())}")
    return "; ".join(found)


def years_of(
    waves: Sequence[Estimates], years: Sequence[float] | None, problems: Problems
) -> list[float]:
    """Year of each wave, as given or from the dates of the surveys.

    Parameters
    ----------
    waves : sequence of Estimates
    years : sequence of float, optional
    problems : Problems
        What is wrong with them is added.
    """
    if years is not None:
        times = []
        for year in years if isinstance(years, Iterable) else [years]:
            if not isinstance(year, (int, float, np.number)) or not np.isfinite(year):
                expected = "It is a number such as 2018 or 2018.5."
                problems.add("years", f"{year!r} is no year", expected=expected)
                times.append(np.nan)
            else:
                times.append(float(year))
        if len(times) != len(waves):
            found = f"{len(times)} are given for {len(waves)} waves"
            problems.add("years", found, expected="Each wave has one.")
    else:
        dates = [None if wave.origin is None else wave.origin.date for wave in waves]
        times = [_year(date) for date in dates]
        if any(np.isnan(times)):
            remedy = "Give years=[...], or date= to each Survey."
            problems.add("years", "the date of a wave is not known", remedy=remedy)
    ascending = all(a < b for a, b in pairwise(times)) or any(np.isnan(times))
    if not ascending:
        listed = ", ".join(f"{year:g}" for year in times)
        problems.add("years", f"are not ascending: {listed}", remedy="Give the waves in order.")
    return times


def _year(date: str | None) -> float:
    """Year of a date such as ``2018``, ``2018.5``, ``2018-07`` or ``2018-07-01``, or NaN."""
    if date is None:
        return np.nan
    parts = str(date).split("-")
    try:
        year, *rest = (float(part) for part in parts)
    except ValueError:
        return np.nan
    month = (rest[0] - 1) / 12 if rest else 0.0
    day = (rest[1] - 1) / 365.25 if len(rest) > 1 else 0.0
    return year + month + day
