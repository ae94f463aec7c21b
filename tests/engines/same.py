"""Whether two engines give the same tabulation: keys, bits and numbers exactly, sums to 1e-12."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, replace

import numpy as np

from mpi.engines.base import Tabulation
from mpi.errors import MpiError

# engines add the same doubles in another order
SUMMATION = 1e-12


def assert_same(expected: Tabulation, found: Tabulation, *, totals: bool = True) -> None:
    """Compare two tabulations and their findings; without `totals` not of how many rows."""
    assert [g.by for g in expected.groupings] == [g.by for g in found.groupings]
    for ours, theirs in zip(expected.groupings, found.groupings, strict=True):
        assert ours.labels == theirs.labels, ours.by
        assert ours.households == theirs.households, ours.by
        for field in fields(ours.table):
            a, b = (np.asarray(getattr(g.table, field.name)) for g in (ours, theirs))
            where = f"{ours.by} {field.name}"
            assert a.shape == b.shape, where
            if a.dtype.kind == "i":
                np.testing.assert_array_equal(b, a, err_msg=where)
            else:
                np.testing.assert_allclose(b, a, rtol=SUMMATION, atol=0, err_msg=where)
    assert (expected.sampled is None) == (found.sampled is None)
    if expected.sampled is not None and found.sampled is not None:
        ours, theirs = expected.sampled, found.sampled
        assert (ours.labels, ours.kind) == (theirs.labels, theirs.kind)
        np.testing.assert_array_equal(ours.fpc, theirs.fpc)
        np.testing.assert_array_equal(ours.drawn, theirs.drawn)
    ours, theirs = (
        sorted(str(f if totals else replace(f, of=None, share=None)) for f in one.findings)
        for one in (expected, found)
    )
    assert ours == theirs


def outcome(run: Callable[[], Tabulation]) -> Tabulation | str:
    """What a run gives, or the text of its error."""
    try:
        return run()
    except MpiError as error:
        return str(error)


def assert_same_outcome(
    expected: Callable[[], Tabulation], found: Callable[[], Tabulation], *, totals: bool = True
) -> None:
    """Compare two runs, of which both give a table or the same error."""
    a, b = outcome(expected), outcome(found)
    if isinstance(a, str) or isinstance(b, str):
        assert a == b
    else:
        assert_same(a, b, totals=totals)
