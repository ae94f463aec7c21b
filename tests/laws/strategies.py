"""Small surveys and specifications for hypothesis, made to shrink to something one can read."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

import mpi

# Sums of a few dozen doubles in another order.
ORDER = 1e-12

law = settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.too_slow])

NAMES = ("a", "b", "c", "d", "e")
REGIONS = ("North", "South")
CARDINAL = {
    "deprived": "income < 10",
    "gap": "(10 - income) / 10",
}


@dataclass(frozen=True)
class Sample:
    """Person rows, household by household; each column is a list.

    `bits` are 0, 1 or None. In a sample of a household specification all members share them.
    """

    columns: Mapping[str, Sequence[object]]
    spec: mpi.Specification

    def __len__(self) -> int:
        return len(self.columns["hh"])

    def survey(
        self, *, psu: bool = True, weight: bool = True, households: bool = False
    ) -> mpi.Survey:
        """Survey with its design, or without PSUs or weights.

        With `households` what belongs to the household stands in a table of its own.
        """
        design = {"strata": "stratum", "psu": "psu"} if psu else {}
        design |= {"weight": "w"} if weight else {}
        if not households:
            return mpi.Survey(
                dict(self.columns), household_id="hh", lonely_psu="certainty", **design
            )
        persons, whole = self._two_tables()
        return mpi.Survey(persons, whole, household_id="hh", lonely_psu="certainty", **design)

    def _two_tables(self) -> tuple[dict[str, list[object]], dict[str, list[object]]]:
        shared = ["w", "stratum", "psu", "region"]
        if self.spec.unit == "household":
            shared += [n for n in self.columns if n not in ("hh", "sex", *shared)]
        persons = {n: list(v) for n, v in self.columns.items() if n not in shared}
        first = {hh: i for i, hh in reversed(list(enumerate(self.columns["hh"])))}
        # in another order than the persons
        order = sorted(first, key=lambda hh: (hh % 2, hh))
        whole = {n: [self.columns[n][first[hh]] for hh in order] for n in ("hh", *shared)}
        return persons, whole

    def tabulate(self, by: object = None, **changes: bool) -> mpi.Profiles:
        return mpi.tabulate(self.survey(**changes), self.spec, by=by)

    def rows(self, places: Sequence[int]) -> Sample:
        """Some rows, in the order given."""
        return replace(self, columns={n: [v[i] for i in places] for n, v in self.columns.items()})

    def split(self, first: set[int]) -> tuple[Sample, Sample]:
        """Rows of some households, and of the others."""
        inside = [i for i, hh in enumerate(self.columns["hh"]) if hh in first]
        outside = [i for i, hh in enumerate(self.columns["hh"]) if hh not in first]
        return self.rows(inside), self.rows(outside)

    def with_column(self, name: str, values: Sequence[object]) -> Sample:
        return replace(self, columns={**self.columns, name: list(values)})

    def bits(self) -> list[tuple[int | None, ...]]:
        """Answers of each person to the 0/1 indicators."""
        return list(zip(*(self.columns[name] for name in self.spec.indicators), strict=True))


def rational_weights(size: int) -> st.SearchStrategy[list[Fraction]]:
    """Positive fractions that sum to 1."""
    shares = st.lists(st.integers(1, 9), min_size=size, max_size=size)
    return shares.map(lambda parts: [Fraction(part, sum(parts)) for part in parts])


@st.composite
def specifications(draw, unit="person", missing="drop", most=4):
    """Specification over the 0/1 columns a, b, c, ... in one to three dimensions."""
    names = NAMES[: draw(st.integers(1, most))]
    weights = draw(rational_weights(len(names)))
    cuts = draw(st.integers(1, min(3, len(names))))
    dimensions = {f"D{i}": list(names[i::cuts]) for i in range(cuts)}
    return mpi.Specification.from_columns(
        dimensions,
        cutoff=draw(cutoffs(weights)),
        weights=dict(zip(names, weights, strict=True)),
        unit=unit,
        missing=missing,
    )


def cutoffs(weights: Sequence[Fraction]) -> st.SearchStrategy[Fraction]:
    """Cutoffs in (0, 1], most of them sums of weights, so that ties occur."""
    sums = {sum(part) for r in range(1, len(weights) + 1) for part in _subsets(weights, r)}
    anything = st.fractions(min_value=Fraction(1, 20), max_value=1, max_denominator=20)
    return st.one_of(st.sampled_from(sorted(sums, reverse=True)), anything)


def _subsets(weights, size):
    return itertools.combinations(weights, size)


def answers(*, missing: bool) -> st.SearchStrategy[int | None]:
    return st.sampled_from([0, 1, None] if missing else [0, 1])


@st.composite
def surveys(draw, unit="person", missing=True, spec=None, fewest=1, most=6):
    """A sample of households with persons, weights, design and groups."""
    chosen = spec or draw(specifications(unit=unit))
    names = tuple(chosen.indicators)
    columns = {n: [] for n in ("hh", "w", "stratum", "psu", "region", "sex", *names)}
    for hh in range(draw(st.integers(fewest, most))):
        household = {
            "hh": hh,
            "w": draw(st.integers(1, 40)) / 4,
            "stratum": draw(st.sampled_from([1, 2])),
            "psu": draw(st.sampled_from(["p", "q", "r"])),
            "region": draw(st.sampled_from([*REGIONS, None] if missing else REGIONS)),
        }
        shared = {name: draw(answers(missing=missing)) for name in names}
        for _ in range(draw(st.integers(1, 3))):
            own = shared
            if chosen.unit == "person":
                own = {name: draw(answers(missing=missing)) for name in names}
            person = household | own | {"sex": draw(st.sampled_from(["f", "m"]))}
            for name, value in person.items():
                columns[name].append(value)
    return Sample(columns, chosen)


def complete(**more: object) -> st.SearchStrategy[Sample]:
    """Samples without missing answers."""
    return surveys(missing=False, **more)


def assert_same_sample(one, other) -> None:
    assert (one is None) == (other is None)
    if one is not None:
        assert (one.labels, one.kind) == (other.labels, other.kind)
        assert np.array_equal(one.fpc, other.fpc, equal_nan=True)
        assert (one.drawn is None) == (other.drawn is None)
        assert one.drawn is None or np.array_equal(one.drawn, other.drawn)


def assert_same_profiles(one: mpi.Profiles, other: mpi.Profiles) -> None:
    """Labels, keys and counts are identical, sums equal up to the order of additions."""
    assert_same_sample(one.sampled, other.sampled)
    assert one.by == other.by
    for a, b in zip(one.groupings, other.groupings, strict=True):
        assert a.labels == b.labels, a.by
        assert a.households == b.households, a.by
        for name in ("group", "psu", "deprived", "missing", "n", "households"):
            left, right = getattr(a.table, name), getattr(b.table, name)
            assert left.tolist() == right.tolist(), (a.by, name)
        for name in ("weight", "squares", "household_weight", "household_squares", "gaps"):
            left, right = getattr(a.table, name), getattr(b.table, name)
            assert left.shape == right.shape, (a.by, name)
            np.testing.assert_allclose(left, right, rtol=ORDER, atol=0, err_msg=f"{a.by} {name}")


def assert_same_estimates(
    one: mpi.Estimates, other: mpi.Estimates, without: Sequence[str] = ()
) -> None:
    """Every figure of one is a figure of the other, whatever the order of rows."""
    left, right = figures(one, without), figures(other, without)
    assert set(left) == set(right)
    for key, value in left.items():
        assert right[key] == pytest.approx(value, rel=ORDER, abs=ORDER, nan_ok=True), key


_NUMBERS = ("n", "se", "ci_low", "ci_high", "cv", "df", "deff", "n_psu", "flag")


def figures(estimates: mpi.Estimates, without: Sequence[str] = ()) -> dict[tuple, float]:
    """Figures by everything that says what they are."""
    found = {}
    for row in estimates.to_arrow().to_pylist():
        value = row.pop("estimate")
        about = tuple(
            sorted((k, str(v)) for k, v in row.items() if k not in _NUMBERS and v is not None)
        )
        if row["measure"] not in without:
            assert about not in found
            found[about] = float("nan") if value is None else value
    return found


def judge(sample: Sample, k: Fraction, missing: str = "drop") -> dict[str, Fraction | None]:
    """H, A, M0 and N_poor of persons, computed directly with fractions."""
    weights = [sample.spec.weights[name] for name in sample.spec.indicators]
    total = poor = adjusted = Fraction(0)
    for bits, w in zip(sample.bits(), sample.columns["w"], strict=True):
        score = _score(bits, weights, missing)
        if score is not None:
            total += Fraction(w)
            poor += Fraction(w) * (score >= k)
            adjusted += Fraction(w) * score * (score >= k)
    if not total:
        return {}
    return {
        "H": poor / total,
        "A": adjusted / poor if poor else None,
        "M0": adjusted / total,
        "N_poor": poor,
    }


def _score(bits, weights, missing):
    observed = [(b, w) for b, w in zip(bits, weights, strict=True) if b is not None]
    if len(observed) == len(bits) or missing == "nondeprived":
        return sum((w for b, w in observed if b), Fraction(0))
    if missing == "drop" or not observed:
        return None
    return sum((w for b, w in observed if b), Fraction(0)) / sum(w for _, w in observed)
