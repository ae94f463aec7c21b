"""How the constants of `mpi.datasets.calibration` were found: `python -m mpi.datasets.calibrate`.

Latent intercepts, common loadings and stratum means move until a large survey has the official
rates by zone, the official H by zone and the regional pattern of H. Each step moves a constant
by the distance between wanted and found share in normal quantiles, so no derivative is needed.
Later steps shrink, which averages the sampling noise of the surveys. The indicators here are
written for speed, on synthetic tables without missing answers.

The loadings do not settle: H depends on them weakly, and each further run lowers them. The stored
constants come from two runs in a row, begun at loadings 0.990 and 0.880 (after them 0.955 and
0.772, then the stored ones), where H was judged near enough. The damping of the regional
contrasts, the gains and the weights of the poverty factor were chosen by trial.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from scipy.special import ndtri

from mpi.datasets import figures
from mpi.datasets.calibration import CALIBRATED, Calibration
from mpi.datasets.design import STRATA, population
from mpi.datasets.synthetic import synthetic_tables
from mpi.datasets.vocabulary import CATEGORIES, REGIONS

Bools = NDArray[np.bool_]
SCORE_WEIGHTS = np.array([10, 10, 5, 5, 5, 5, 10, 10, 10, 10, 4, 4, 4, 4, 4])
_HOUSEHOLDS = 600_000
_STEPS = 24
_CONTRAST = 0.75


@dataclass(frozen=True, slots=True)
class Level:
    """Shares found: `rates` (indicators, zones); `H` and `A` (zones); `H_stratum` (h)."""

    rates: NDArray[np.float64]
    H: NDArray[np.float64]
    A: NDArray[np.float64]
    H_stratum: NDArray[np.float64]
    contribution: NDArray[np.float64]


class _Values:
    """Columns of a table as arrays; bool and int where missing read as false or 0."""

    def __init__(self, table: pa.Table) -> None:
        self._table = table

    def __getitem__(self, name: str) -> NDArray[np.int64]:
        column = self._table[name].combine_chunks()
        if isinstance(column, pa.DictionaryArray):
            column = column.indices.fill_null(-1)
        if column.null_count:
            column = column.fill_null(pa.scalar(0).cast(column.type))
        values: NDArray[np.int64] = column.to_numpy(zero_copy_only=False)
        return values

    def is_one_of(self, name: str, *values: str) -> Bools:
        """Rows whose category is one of the values."""
        return np.isin(self[name], [CATEGORIES[name].index(value) for value in values])


def deprivations(persons: pa.Table, households: pa.Table) -> Bools:
    """Household deprivations of the 15 indicators, shape (n, 15)."""
    p, h = _Values(persons), _Values(households)
    start = np.searchsorted(p["household_id"], h["household_id"])
    home = np.searchsorted(h["household_id"], p["household_id"])
    return np.column_stack([*_people(p, h, start, home), *_dwellings(h)])


def _people(
    p: _Values, h: _Values, start: NDArray[np.int64], home: NDArray[np.int64]
) -> list[Bools]:
    def count(condition: NDArray[np.generic]) -> NDArray[np.int64]:
        return np.add.reduceat(condition.astype(np.int64), start)

    age, member = p["age"], p["member"].astype(bool)
    adult = member & (age >= 15)
    years = count(np.where(adult, p["years_schooling"], 0))
    unconnected = ~(h["internet"].astype(bool) & h["learning_device"].astype(bool))[home]
    remote = p["remote_school_only"] & (unconnected | ~p["teacher_contact"].astype(bool))
    absent = ~p["attends_school"].astype(bool) | remote.astype(bool)
    health_gap = ~p["health_insured"].astype(bool)
    care = p.is_one_of("childcare", "parent_at_work", "minor_relative", "alone")
    centre = p.is_one_of("childcare", "centre")
    meal, adequate = p["school_meal"].astype(bool), p["meal_adequate"].astype(bool)
    small = health_gap | care | (centre & ~(meal & adequate))
    attends = p["attends_school"].astype(bool)
    five = health_gap | ~attends | ~meal
    early = np.where(age == 5, five, small & (age < 5))
    minor = (age >= 12) & (age <= 17)
    employed, active = p["employed"].astype(bool), p["economically_active"].astype(bool)
    long_term = p["unemployed"].astype(bool) & (p["weeks_searching"] >= 52)
    pension = p["receives_pension"].astype(bool)
    child_worker = employed & minor
    counted = count(member & active & ~long_term & ~child_worker)
    formal = employed & (p["contributes_pension"].astype(bool) | pension) & ~child_worker
    only_pensioners = count(member & ~pension) == 0
    ill = p["ill_last_month"].astype(bool)
    return [
        (years < 9 * count(adult)) | (count(adult) == 0),
        (count(adult & ~p["literate"].astype(bool)) > 0) | (count(adult) == 0),
        count(member & (age >= 6) & (age <= 16) & absent) > 0,
        count(member & (age >= 7) & (age <= 17) & (p["years_schooling"] < age - 6)) > 0,
        count(member & early) > 0,
        count(member & child_worker) > 0,
        (count(member & long_term) > 0) | (count(member & active) == 0) | only_pensioners,
        ~only_pensioners & ((counted == 0) | (count(member & formal) != counted)),
        count(member & (age > 5) & health_gap) > 0,
        count(member & ill & ~p["formal_care"].astype(bool)) > 0,
    ]


def _dwellings(h: _Values) -> list[Bools]:
    urban = h["area"] == 0
    bad_water = h.is_one_of(
        "water_source", "unprotected_well", "rain", "surface", "tanker", "vendor", "bottled"
    )
    bad_toilet = h.is_one_of("toilet", "unconnected", "open_discharge", "none")
    wall = h.is_one_of("wall_material", "bamboo", "cane", "waste", "none")
    wood = h.is_one_of("wall_material", "rough_wood")
    size, room = h["household_size"].astype(np.int64), 3 * h["bedrooms"].astype(np.int64)
    return [
        np.where(urban, ~h["aqueduct"].astype(bool), bad_water),
        np.where(urban, ~h["sewer"].astype(bool), bad_toilet),
        h.is_one_of("floor_material", "earth"),
        wall | (urban & wood),
        np.where(urban, size >= room, size > room),
    ]


def measure(calibration: Calibration, *, households: int, seed: int) -> Level:
    """Shares in a synthetic survey made with these constants."""
    tables = synthetic_tables(households, seed=seed, calibration=calibration)
    h = _Values(tables.households)
    deprived = deprivations(tables.persons, tables.households)
    score = deprived @ SCORE_WEIGHTS
    poor = 3 * score >= 100
    weight, people = h["weight"], h["weight"] * h["household_size"]
    zones = [h["area"] == zone for zone in (0, 1)]
    strata = [h["stratum"] == (r + 1) * 10 + z + 1 for r, z in STRATA]
    parts = (deprived & poor[:, np.newaxis]) * SCORE_WEIGHTS
    return Level(
        rates=np.column_stack([np.average(deprived[z], axis=0, weights=weight[z]) for z in zones]),
        H=np.array([np.average(poor[z], weights=people[z]) for z in zones]),
        A=np.array([np.average(score[z & poor], weights=people[z & poor]) for z in zones]) / 100,
        H_stratum=np.array([np.average(poor[s], weights=people[s]) for s in strata]),
        contribution=np.column_stack(
            [people[z] @ parts[z] / (people[z] @ parts[z].sum(axis=1)) for z in zones]
        ),
    )


def solve(
    begin: Calibration = CALIBRATED, *, households: int = _HOUSEHOLDS, steps: int = _STEPS
) -> Calibration:
    """Constants at which the shares found are the official ones."""
    target = np.array([figures.OFFICIAL_RATES[name] for name in figures.INDICATORS])
    target_stratum = _stratum_targets()
    intercept, loading = np.array(begin.intercept), np.array(begin.loading)
    shift, zone = np.array(begin.shift), np.array(STRATA)[:, 1]
    for step in range(steps):
        now = Calibration(_pairs(intercept), (loading[0], loading[1]), tuple(shift.tolist()))
        level = measure(now, households=households, seed=1000 + step)
        gain = 0.9 if step < steps // 2 else 1 / (2 + step - steps // 2)
        intercept = intercept + gain * 1.2 * (ndtri(target) - ndtri(level.rates))
        loading = loading + gain * 0.3 * (ndtri(figures.OFFICIAL_H) - ndtri(level.H))
        shift = shift + gain * 0.5 * (ndtri(target_stratum) - ndtri(level.H_stratum))
        shift = shift - _zone_means(shift)[zone]
        sys.stdout.write(f"{step}: H {level.H.round(4)} A {level.A.round(3)} {loading.round(3)} ")
        sys.stdout.write(f"largest gap {np.abs(target - level.rates).max():.4f}\n")
    return Calibration(
        _pairs(intercept.round(3)),
        (round(float(loading[0]), 3), round(float(loading[1]), 3)),
        tuple(shift.round(3).tolist()),
    )


def _pairs(intercept: NDArray[np.float64]) -> tuple[tuple[float, float], ...]:
    return tuple((float(urban), float(rural)) for urban, rural in intercept)


def _zone_means(shift: NDArray[np.float64]) -> NDArray[np.float64]:
    zone = np.array(STRATA)[:, 1]
    total = np.bincount(zone, weights=population())
    means: NDArray[np.float64] = np.bincount(zone, weights=population() * shift) / total
    return means


def _stratum_targets() -> NDArray[np.float64]:
    """Regional H, damped and rescaled so that its mean over the strata is the zone's official H.

    Undamped contrasts would need a factor that hardly varies inside regions.
    """
    rough = np.array([figures.REGION_H[REGIONS[r]][z] for r, z in STRATA]) ** _CONTRAST
    scale = np.array(figures.OFFICIAL_H) / _zone_means(rough)
    target: NDArray[np.float64] = rough * scale[np.array(STRATA)[:, 1]]
    return target


if __name__ == "__main__":
    sys.stdout.write(f"{solve()}\n")
