"""Latent normal variables and lookup tables shared by people and dwellings."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from mpi.datasets.calibration import Calibration
from mpi.datasets.design import Frame
from mpi.datasets.roster import GRAIN, Roster, lookup
from mpi.datasets.vocabulary import CATEGORIES

Floats = NDArray[np.float32]
Profile = tuple[tuple[int, float], ...]


@dataclass(frozen=True, slots=True)
class World:
    """What the variables of a block are drawn from."""

    rng: np.random.Generator
    frame: Frame
    roster: Roster
    calibration: Calibration

    def noise(self) -> Floats:
        """Draw standard normal numbers, one per person."""
        return self.rng.standard_normal(self.roster.home.size, dtype=np.float32)

    def uniform(self) -> Floats:
        """Draw uniform numbers in [0, 1), one per person."""
        return self.rng.random(self.roster.home.size, dtype=np.float32)

    def intercept(self, indicator: str) -> Floats:
        """Return the calibrated intercept of an indicator, one per person."""
        pair = np.array(self.calibration.of(indicator), dtype=np.float32)
        return pair[self.roster.zone]

    def shared(self, poverty: float, household: float) -> Floats:
        """Draw the household part of a latent variable, one per person: factor and own effect."""
        own = self.rng.standard_normal(self.frame.zone.size, dtype=np.float32)
        effect = poverty * self.frame.poverty + household * own
        return effect[self.roster.home]

    def pick(self, variable: str, shares: tuple[tuple[str, float], ...]) -> NDArray[np.int8]:
        """Draw category codes with these shares, one per person."""
        u = self.rng.integers(0, GRAIN, self.roster.home.size, dtype=np.int16)
        return category_table(variable, shares)[u]


@cache
def by_age(profile: Profile, *, probit: bool = False) -> Floats:
    """Profile over the ages 0 to 110; as normal quantiles if it holds probabilities."""
    ages, values = zip(*profile, strict=True)
    line = np.interp(np.arange(111), ages, values)
    table: Floats = np.asarray(ndtri(line) if probit else line, dtype=np.float32)
    return table


@cache
def category_table(variable: str, shares: tuple[tuple[str, float], ...]) -> NDArray[np.int8]:
    """Table of shape (GRAIN,) from uniform integers to category codes with these shares."""
    codes = np.array([CATEGORIES[variable].index(name) for name, _ in shares], dtype=np.int8)
    table: NDArray[np.int8] = codes[lookup(tuple(share for _, share in shares))]
    return table
