"""How often the intervals hold the true value: ``python benchmarks/coverage.py``.

Samples are drawn from a made-up population whose H, A and M0 are known: stratified, PSUs within
strata, households within PSUs, one PSU in forty, so that the variance between PSUs as if drawn with
replacement is right but for a fortieth. Nominal intervals of 95 % should hold the truth in 93 to
97 % of the samples.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

import mpi

MEASURES = ("H", "A", "M0")
NOMINAL, LOWEST, HIGHEST = 0.95, 0.93, 0.97
INDICATORS = ("nutrition", "schooling", "attendance", "water", "floor", "fuel")
SPEC = mpi.Specification.from_columns(
    {"health": INDICATORS[:1], "education": INDICATORS[1:3], "living": INDICATORS[3:]},
    cutoff="1/3",
)
EIGHTEENTHS, CUTOFF = np.array([6, 3, 3, 2, 2, 2]), 6  # the same weights and cutoff
STRATA, PSUS, DRAWN, HOUSEHOLDS = 15, 320, 8, 6  # PSUs and those drawn are of each stratum
BATCH = 250  # draws that are tabulated together


@dataclass(frozen=True, slots=True)
class Population:
    """Households of a made-up population, sorted by PSU.

    Attributes
    ----------
    persons : NDArray[np.int64], shape (n,)
    deprived : NDArray[np.bool_], shape (n, d)
    first, size : NDArray[np.int64], shape (m,)
        First household of each PSU and the number of its households; PSUs are sorted by stratum.
    """

    persons: NDArray[np.int64]
    deprived: NDArray[np.bool_]
    first: NDArray[np.int64]
    size: NDArray[np.int64]


def population(seed: int) -> Population:
    """A population whose PSUs differ in size and in how many of their households are deprived."""
    draw = np.random.default_rng(seed)
    size = draw.integers(15, 90, STRATA * PSUS)
    psu = np.repeat(np.arange(size.size), size)
    stratum = draw.normal(-0.5, 0.6, STRATA)[psu // PSUS]
    hardship = stratum + draw.normal(0, 0.6, size.size)[psu] + draw.normal(0, 0.9, psu.size)
    levels = np.array([1.2, 0.9, 1.3, 0.4, 0.2, 0.0])
    noise = draw.normal(0, 0.7, (psu.size, len(INDICATORS)))
    deprived = hardship[:, np.newaxis] + noise > levels
    # the poor live in larger households, so that persons and households differ
    persons = 1 + draw.poisson(1.5 + 1.5 * (deprived.sum(axis=1) > 2))
    return Population(persons, deprived, np.cumsum(size) - size, size)


def truth(of: Population) -> dict[str, float]:
    """H, A and M0 of all persons, counted in whole persons and eighteenths, without the library."""
    score = of.deprived @ EIGHTEENTHS
    poor = score >= CUTOFF
    number, censored = int(of.persons[poor].sum()), int((of.persons * score)[poor].sum())
    people = int(of.persons.sum())
    return {
        "H": number / people,
        "A": censored / (18 * number),
        "M0": censored / (18 * people),
    }


def sample(of: Population, draw: np.random.Generator) -> pa.Table:
    """Households of one sample, with the columns of its design; weights count persons."""
    chosen = np.argsort(draw.random((STRATA, PSUS)), axis=1)[:, :DRAWN]
    psus = (chosen + PSUS * np.arange(STRATA)[:, np.newaxis]).ravel()
    size = of.size[psus]
    order = draw.random((psus.size, of.size.max()))
    order[np.arange(order.shape[1]) >= size[:, np.newaxis]] = np.inf
    within = np.argsort(order, axis=1)[:, :HOUSEHOLDS]
    households = (of.first[psus][:, np.newaxis] + within).ravel()
    weight = np.repeat(PSUS / DRAWN * size / HOUSEHOLDS, HOUSEHOLDS) * of.persons[households]
    psu = np.repeat(psus, HOUSEHOLDS)
    answers = {name: of.deprived[households, j] for j, name in enumerate(INDICATORS)}
    return pa.table(answers | {"weight": weight, "psu": psu, "stratum": psu // PSUS})


def estimates_of(of: Population, draws: int, seed: int) -> Iterator[mpi.Estimates]:
    """Estimates of many samples, those of a batch as groups of one table.

    Each sample has strata of its own and is one group, so that its standard error, its degrees of
    freedom and its interval are those that it would have alone.
    """
    draw = np.random.default_rng(seed)
    for start in range(0, draws, BATCH):
        numbers = range(start, min(start + BATCH, draws))
        parts = []
        for number in numbers:
            frame = sample(of, draw)
            stratum = pa.array(frame["stratum"].to_numpy() + STRATA * number)
            frame = frame.set_column(frame.column_names.index("stratum"), "stratum", stratum)
            parts.append(frame.append_column("draw", pa.array(np.full(frame.num_rows, number))))
        survey = mpi.Survey(pa.concat_tables(parts), weight="weight", strata="stratum", psu="psu")
        profiles = mpi.tabulate(survey, SPEC, by="draw")
        yield profiles.estimate(measures=MEASURES, level=NOMINAL)


@dataclass(frozen=True, slots=True)
class Coverage:
    """How the intervals of a measure did.

    Attributes
    ----------
    measure : str
    truth, mean, spread, mean_se : float
        Value in the population; mean and standard deviation of the estimates; mean standard error.
    share, error : float
        Share of intervals that hold the truth, and its Monte Carlo error.
    draws, df : int
    """

    measure: str
    truth: float
    mean: float
    spread: float
    mean_se: float
    share: float
    error: float
    draws: int
    df: int

    def __str__(self) -> str:
        return (
            f"{self.measure:<3} true {self.truth:.5f}  mean {self.mean:.5f}  "
            f"spread {self.spread:.5f}  mean se {self.mean_se:.5f}  "
            f"coverage {100 * self.share:.2f} % (Monte Carlo error {100 * self.error:.2f})"
        )


def coverage(draws: int, seed: int) -> list[Coverage]:
    """Coverage of the default interval of each measure."""
    of = population(seed)
    true = truth(of)
    frames = [estimates.to_pandas() for estimates in estimates_of(of, draws, seed + 1)]
    found = []
    for measure in MEASURES:
        rows = [f[(f["by"] == "draw") & (f["measure"] == measure)] for f in frames]
        low, high, estimate, se = (
            np.concatenate([part[name].to_numpy() for part in rows])
            for name in ("ci_low", "ci_high", "estimate", "se")
        )
        assert low.size == draws
        assert not np.isnan(low).any()
        share = float(((low <= true[measure]) & (true[measure] <= high)).mean())
        error = float(np.sqrt(share * (1 - share) / draws))
        moments = float(estimate.mean()), float(estimate.std()), float(se.mean())
        df = int(rows[0]["df"].iloc[0])
        found.append(Coverage(measure, true[measure], *moments, share, error, draws, df))
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--draws", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=2026)
    asked = parser.parse_args()
    start = time.perf_counter()
    found = coverage(asked.draws, asked.seed)
    print(f"{asked.draws:,} samples of {STRATA * DRAWN} PSUs, {found[0].df} degrees of freedom")
    print(*found, sep="\n")
    print(f"{time.perf_counter() - start:.1f} s")
    if not all(LOWEST <= one.share <= HIGHEST for one in found):
        sys.exit(f"outside {100 * LOWEST:.0f} to {100 * HIGHEST:.0f} %")


if __name__ == "__main__":
    main()
