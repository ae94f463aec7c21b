"""Shared by the worked examples: specifications over 0/1 columns, and figures against fractions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction

import pytest

import mpi

# The only roundings are those of a few sums and one division of doubles.
EXACT = 1e-12


def half_a_unit(printed: str) -> float:
    """Half a unit of the last digit of a printed decimal, the most that rounding can be off."""
    return 0.5 * 10.0 ** -len(printed.partition(".")[2])


def fractions(text: str) -> list[Fraction]:
    """Fractions as the examples print them, separated by commas."""
    return [Fraction(part.strip()) for part in text.split(",")]


def equal_weights(names: str, cutoff: str = "1/2") -> mpi.Specification:
    """One dimension with equal weights over 0/1 columns."""
    return mpi.Specification.from_columns({"all": list(names)}, cutoff=cutoff)


def columns(names: Sequence[str], rows: Sequence[Sequence[object]]) -> dict[str, list[object]]:
    """A table by columns from the rows of a printed matrix."""
    return {name: [row[place] for row in rows] for place, name in enumerate(names)}


def figures(
    estimates: mpi.Estimates, measure: str, names: Sequence[str], **which: object
) -> list[float]:
    """One figure per indicator, in their order."""
    return [estimates.get(measure, indicator=name, **which).estimate for name in names]


def assert_figures(
    estimates: mpi.Estimates,
    expected: Mapping[str, str],
    names: Sequence[str] = (),
    **which: object,
) -> None:
    """Each measure equals its fraction, or its fractions by indicator, to the last bits."""
    for measure, text in expected.items():
        wanted = [float(value) for value in fractions(text)]
        uncensored = {key: value for key, value in which.items() if key != "k"}
        about = uncensored if measure == "hd" else which
        if measure in ("hd", "hdk", "actb", "pctb"):
            found = figures(estimates, measure, names, **about)
        else:
            found = [estimates.get(measure, **about).estimate]
        assert found == pytest.approx(wanted, rel=EXACT, abs=EXACT), measure
