"""The sampled PSUs of a design as arrays, and the merging of strata with a single one."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from mpi.inference.variance import Sample


def sample_of(psus: Sequence[tuple[object, ...]]) -> tuple[Sample, list[object]]:
    """Sample of PSUs that are known as (stratum, PSU), sorted; and the strata in order."""
    strata = list(dict.fromkeys(stratum for stratum, _ in psus))
    place = {stratum: position for position, stratum in enumerate(strata)}
    stratum = np.array([place[stratum] for stratum, _ in psus], dtype=np.int64)
    drawn = np.bincount(stratum, minlength=len(strata))
    return Sample(stratum, drawn, np.zeros(len(strata))), strata


def collapsed(sample: Sample) -> tuple[Sample, list[tuple[int, int]]]:
    """Sample in which each stratum with a single PSU joins the next one, the last the one before.

    Returns
    -------
    sample : Sample
        With the strata numbered as before; those that joined another have no PSU of their own.
    joined : list of (stratum, stratum)
        Which stratum joined which.
    """
    stratum, joined = sample.stratum.copy(), []
    for lone in np.flatnonzero(sample.lonely):
        drawn = np.bincount(stratum, minlength=sample.drawn.size)
        if drawn[lone] != 1:
            continue
        others = np.flatnonzero(drawn > 0)
        after, before = others[others > lone], others[others < lone]
        if not after.size and not before.size:
            continue  # nothing to join: its variance stays unknown
        target = int(after[0]) if after.size else int(before[-1])
        stratum[stratum == lone] = target
        joined.append((int(lone), target))
    drawn = np.bincount(stratum, minlength=sample.drawn.size)
    return Sample(stratum, drawn, sample.fraction), joined
