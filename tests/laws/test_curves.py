"""Curves and orders of groups: what implies what, and what they do not depend on."""

from __future__ import annotations

from hypothesis import given
from strategies import complete, law

import mpi


def agreement_of(sample):
    profiles = sample.tabulate(by="sex")
    if len(profiles.groupings[1].labels) < 2:
        return []
    found = mpi.robustness(profiles, draws=4, se=False)
    rows = [*found.summary.to_arrow().to_pylist(), *found.scenarios.to_arrow().to_pylist()]
    return [{n: v for n, v in row.items() if not n.startswith("pearson")} for row in rows]


@law
@given(complete())
def test_robustness_depends_on_no_order_of_rows_and_no_scale_of_weights(sample):
    turned = sample.rows(range(len(sample))[::-1])
    scaled = sample.with_column("w", [8 * w for w in sample.columns["w"]])
    assert agreement_of(turned) == agreement_of(sample) == agreement_of(scaled)


def relations(sample, by="sex"):
    profiles = sample.tabulate(by=by)
    if len(profiles.groupings[1].labels) < 2:
        return {}
    found = mpi.dominance(profiles, se=False).pairs.to_arrow().to_pylist()
    return {row["measure"]: row["relation"] for row in found}


@law
@given(complete())
def test_dominance_of_h_at_all_cutoffs_is_dominance_of_m0(sample):
    found = relations(sample)
    if found and found["H"] != "cross":
        assert found["M0"] == found["H"]


@law
@given(complete())
def test_names_of_groups_turn_the_relation_and_nothing_else(sample):
    turned = sample.with_column("other", [1 - (s == "f") for s in sample.columns["sex"]])
    back = sample.with_column("other", [(s == "f") * 1 for s in sample.columns["sex"]])
    other = {"first lower": "second lower", "second lower": "first lower"}
    found, swapped = (relations(one, by="other") for one in (turned, back))
    assert {m: other.get(r, r) for m, r in found.items()} == swapped
