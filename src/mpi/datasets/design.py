"""Sampling design of the synthetic survey: strata, PSUs, municipalities, weights.

Households come in blocks of `BLOCK`. Every block repeats the same skeleton of PSUs (stratum and
number of households); its contents are drawn from a random stream of its own. So the
households of any range can be made alone, and the number per stratum in any total is known
without drawing anything.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from mpi.datasets.figures import HOUSEHOLDS_THOUSAND, MUNICIPALITIES
from mpi.datasets.vocabulary import REGIONS

BLOCK = 10_000
STRATA: tuple[tuple[int, int], ...] = tuple(
    (region, zone)
    for region, name in enumerate(REGIONS)
    for zone in (0, 1)
    if HOUSEHOLDS_THOUSAND[name][zone]
)
"""Region and zone (0 urban, 1 rural) of each stratum."""

_SKELETON_SEED = 20260414
_PSU_SIZES = ((7, 17), (6, 14))
_ALLOCATION_POWER = 0.6  # between equal and proportional, as surveys for regional estimates do
_GOLDEN = 0.6180339887498949
_MUNICIPALITY_SD, _PSU_SD, _HOUSEHOLD_SD = 0.25, 0.35, 0.90
_WEIGHT_SD_PSU, _WEIGHT_SD_HOUSEHOLD = 0.22, 0.12


@dataclass(frozen=True, slots=True)
class Skeleton:
    """PSUs of a block: `stratum` and `size`, shape (m,), and the `slot` of each household."""

    stratum: NDArray[np.int64]
    size: NDArray[np.int64]
    slot: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Frame:
    """Place, weight and latent poverty of the households of a block, arrays of shape (n,).

    `poverty` is the factor that all deprivations share, on the scale of the calibration;
    `psu_slot` numbers the PSUs of the block for effects shared inside a PSU.
    """

    stratum: NDArray[np.int64]
    region: NDArray[np.int8]
    zone: NDArray[np.int8]
    municipality: NDArray[np.int32]
    psu: NDArray[np.int64]
    psu_slot: NDArray[np.int64]
    weight: NDArray[np.float64]
    poverty: NDArray[np.float32]


def population() -> NDArray[np.float64]:
    """Households the weights expand to, per stratum."""
    return np.array([HOUSEHOLDS_THOUSAND[REGIONS[r]][z] * 1000.0 for r, z in STRATA])


@cache
def skeleton() -> Skeleton:
    """PSUs of every block: each stratum twice first, then always the one most behind its share."""
    rng = np.random.default_rng(_SKELETON_SEED)
    share = population() ** _ALLOCATION_POWER
    share /= share.sum()
    taken = np.zeros(len(STRATA))
    strata: list[int] = []
    sizes: list[int] = []
    while sum(sizes) < BLOCK:
        turn = len(strata)
        first_rounds = turn < 2 * len(STRATA)
        s = turn % len(STRATA) if first_rounds else int(np.argmax(share * taken.sum() - taken))
        low, high = _PSU_SIZES[STRATA[s][1]]
        size = min(int(rng.integers(low, high, endpoint=True)), BLOCK - sum(sizes))
        strata.append(s)
        sizes.append(size)
        taken[s] += size
    size_array = np.array(sizes)
    return Skeleton(np.array(strata), size_array, np.repeat(np.arange(len(sizes)), size_array))


def expansion(total: int) -> NDArray[np.float64]:
    """Mean weight per stratum in a survey of `total` households; 0 where it has none."""
    per_household = skeleton().stratum[skeleton().slot]
    blocks, rest = divmod(total, BLOCK)
    sampled = blocks * np.bincount(per_household, minlength=len(STRATA))
    sampled = sampled + np.bincount(per_household[:rest], minlength=len(STRATA))
    return np.where(sampled > 0, population() / np.maximum(sampled, 1), 0.0)


def draw_frame(
    rng: np.random.Generator,
    *,
    block: int,
    mean_weight: NDArray[np.float64],
    loading: tuple[float, float],
    shift: tuple[float, ...],
) -> Frame:
    """Frame of one block.

    Parameters
    ----------
    mean_weight : NDArray[np.float64], shape (h,)
        Mean weight per stratum, from `expansion`.
    """
    plan = skeleton()
    slot, n, m = plan.slot, BLOCK, plan.size.size
    stratum = plan.stratum[slot]
    region, zone = np.array(STRATA)[stratum].T
    municipality, place = _municipalities(rng, np.array(STRATA)[plan.stratum, 0])
    psu_noise = rng.standard_normal((2, m))
    household_noise = rng.standard_normal((2, n))
    inside = (_MUNICIPALITY_SD * place + _PSU_SD * psu_noise[0])[slot]
    inside += _HOUSEHOLD_SD * household_noise[0]
    noise = _lognormal(psu_noise[1], _WEIGHT_SD_PSU)[slot]
    return Frame(
        stratum=stratum,
        region=region.astype(np.int8),
        zone=zone.astype(np.int8),
        municipality=municipality[slot],
        psu=block * m + slot + 1,
        psu_slot=slot,
        weight=mean_weight[stratum] * noise * _lognormal(household_noise[1], _WEIGHT_SD_HOUSEHOLD),
        poverty=(np.array(shift)[stratum] + np.array(loading)[zone] * inside).astype(np.float32),
    )


def _municipalities(
    rng: np.random.Generator, region: NDArray[np.int64]
) -> tuple[NDArray[np.int32], NDArray[np.float64]]:
    """Municipality of each PSU and its fixed effect, shape (m,); low numbers are large places.

    The effect follows the number, not the seed: municipalities keep their rank in all surveys.
    """
    count = np.array([MUNICIPALITIES[name] for name in REGIONS])[region]
    number = (count * rng.random(region.size) ** 1.7).astype(np.int32) + 1
    effect = ndtri(np.clip(np.mod(number * _GOLDEN, 1.0), 0.005, 0.995))
    return ((region + 1) * 1000 + number).astype(np.int32), effect


def _lognormal(normal: NDArray[np.float64], sd: float) -> NDArray[np.float64]:
    """Lognormal factors of mean 1."""
    return np.exp(sd * normal - sd**2 / 2)
