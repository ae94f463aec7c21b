"""A sample of five groups in strata and PSUs, and a specification of five indicators."""

from __future__ import annotations

import numpy as np

import mpi

DIMENSIONS = {"health": ["a", "b"], "school": ["c"], "home": ["d", "e"]}
WEIGHTS = {"a": "1/6", "b": "1/6", "c": "1/3", "d": "1/9", "e": "2/9"}
SPEC = mpi.Specification.from_columns(DIMENSIONS, cutoff="1/3", weights=WEIGHTS, id="five")
GROUPS = ("g1", "g2", "g3", "g4", "g5")


def people(missing=False):
    """Three hundred persons of five groups in ten PSUs each, three strata."""
    random = np.random.default_rng(5)
    n = 300
    group = random.integers(0, 5, n)
    columns = {"g": [GROUPS[g] for g in group], "w": random.integers(1, 9, n) / 2}
    columns |= {"stratum": random.integers(0, 3, n), "psu": random.integers(0, 12, n)}
    for place, name in enumerate("abcde"):
        columns[name] = (random.random(n) < 0.2 + 0.1 * group - 0.04 * place * (group > 2)) * 1
    if missing:
        columns["b"] = [None if i % 17 == 0 else int(v) for i, v in enumerate(columns["b"])]
    return columns


def survey(columns, **design):
    declared = {"weight": "w", "strata": "stratum", "psu": "psu"} | design
    return mpi.Survey(columns, **{role: name for role, name in declared.items() if name})


COLUMNS = people()
PROFILES = mpi.tabulate(survey(COLUMNS), SPEC, by="g")
