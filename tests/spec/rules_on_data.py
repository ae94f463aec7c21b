"""Truth of a rule for each person or household of a small table, by way of the profiles."""

from __future__ import annotations

import mpi
from mpi.errors import SpecificationError
from mpi.spec.validation import validated


def rule(text, unit, **keys):
    indicator = {"id": "i", "deprived": text} | keys
    content = {
        "id": "rule",
        "unit": unit,
        "cutoff": 1,
        "missing": "bounds",
        "dimension": [{"id": "D", "indicator": [indicator]}],
    }
    return validated(mpi.Specification, content, source="test", error=SpecificationError)


def answer(grouping):
    """Truth of each group that is one unit."""
    table = grouping.table
    assert table.group.tolist() == list(range(len(grouping.labels)))
    pairs = zip(table.deprived.tolist(), table.missing.tolist(), strict=True)
    return [None if missing else bool(deprived) for deprived, missing in pairs]


def persons(text, frame, **keys):
    """Truth of a rule for each row."""
    size = len(next(iter(frame.values())))
    data = frame | {"row": list(range(size))}
    return answer(mpi.tabulate(data, rule(text, "person", **keys), by="row").groupings[1])


def households(text, members, house=None, **keys):
    """Truth of a rule for each household, from the values of its members by household."""
    names = {name for household in members for name in household}
    frame = {name: [] for name in ("hh", *sorted(names))}
    for hh, household in enumerate(members):
        for place in range(len(next(iter(household.values()), []))):
            frame["hh"].append(hh)
            for name in names:
                frame[name].append(household[name][place])
    whole = {"hh": list(range(len(members))), "row": list(range(len(members)))} | (house or {})
    survey = mpi.Survey(frame, whole, household_id="hh", size=1)
    return answer(mpi.tabulate(survey, rule(text, "household", **keys), by="row").groupings[1])
