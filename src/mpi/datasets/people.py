"""Person variables of the synthetic survey.

Every deprivation has a latent variable: calibrated intercept by zone + profile (age, own
schooling) + the household's poverty factor + an effect shared in the household + noise; it is
there where the sum is above zero. The weights of the parts are assumed.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from mpi.datasets import figures
from mpi.datasets.latent import Floats, World, by_age
from mpi.datasets.vocabulary import REGIONS, Column, code
from mpi.datasets.work import work

Bools = NDArray[np.bool_]

_GRID, _STEPS = 4.5, 32  # latent schooling from -4.5 to 4.5 in steps of 1/32


@dataclass(frozen=True, slots=True)
class _Schooling:
    """Latent schooling of adults, completed years, and attendance of those above 5."""

    latent: Floats
    years: NDArray[np.int16]
    attends: Bools


def draw_people(world: World) -> dict[str, Column]:
    """All person variables but `household_id`."""
    roster = world.roster
    schooling = _schooling(world)
    early = _early_childhood(world)
    attends = np.where(roster.age == 5, ~early.care_gap, schooling.attends)
    attends = np.where(roster.age < 5, early.centre, attends)
    return {
        "age": Column(roster.age),
        "birth_year": Column((figures.SURVEY_YEAR - roster.age).astype(np.int16)),
        "sex": Column(roster.sex),
        "relationship": Column(roster.relationship),
        "member": Column(roster.member),
        "attends_school": Column(attends, roster.age >= 3),
        **_attainment(world, schooling),
        **_at_school(world, attends, early),
        **_health(world, early),
        **work(world, schooling=schooling.latent, attends=attends),
        "ethnicity": Column(_ethnicity(world)),
    }


@cache
def _years_table() -> NDArray[np.int16]:
    """Completed years for latent schooling on a grid of standard deviations."""
    cuts = ndtri(np.cumsum(figures.YEARS_SHARES)[:-1])
    grid = np.arange(-_GRID, _GRID, 1 / _STEPS)
    return np.searchsorted(cuts, grid).astype(np.int16)


def _schooling(world: World) -> _Schooling:
    age = world.roster.age
    pupil = (age >= 6) & (age <= 16)
    common = world.shared(0.50, 0.50)
    missing_school = common * 0.8 + world.noise() - by_age(figures.ATTENDS_BY_AGE, probit=True)[age]
    missing_school += np.where(pupil, world.intercept("school_attendance"), 0.0)
    attends = (missing_school <= 0) & (age >= 5)
    behind = world.intercept("school_lag") + 0.5 * common + 0.02 * (age - 11) + world.noise()
    behind += 0.7 * ~attends
    latent = by_age(figures.SCHOOLING_BY_AGE)[age] - common + 0.65 * world.noise()
    latent -= world.intercept("educational_achievement")
    position = np.clip((latent + _GRID) * _STEPS, 0, _years_table().size - 1).astype(np.int16)
    grown = np.minimum(_years_table()[position], age - 6)
    lost = np.where(behind > 0, 1 + np.clip(behind * 1.2, 0, 4).astype(np.int16), 0)
    ahead = (lost == 0) & (world.uniform() < 0.3)
    child = np.minimum(age - 6 - lost + ahead, 11)
    years = np.maximum(np.where(age >= 18, grown, child), 0)
    return _Schooling(latent=latent, years=years.astype(np.int16), attends=attends)


def _attainment(world: World, schooling: _Schooling) -> dict[str, Column]:
    age, years = world.roster.age, schooling.years
    level = np.searchsorted([5, 9, 11, 14], years, side="right").astype(np.int16)
    illiterate = world.intercept("illiteracy") + world.shared(0.5, 0.3) + world.noise()
    illiterate += 0.012 * (age - 50) - 0.35 * years
    adult = age >= 15
    learning = world.uniform() > 0.55 - 0.25 * years
    literate = np.where(adult, (illiterate <= 0) | (years > 4), learning | (age >= 10))
    asked = age >= 5
    return {
        "years_schooling": Column(years, asked),
        "education_level": Column(level, asked),
        "literate": Column(literate, asked),
    }


@dataclass(frozen=True, slots=True)
class _EarlyChildhood:
    """Services for children of 0 to 5; gaps are false above that age."""

    childcare: NDArray[np.int8]
    centre: Bools
    care_gap: Bools
    nutrition_gap: Bools
    uninsured: Bools


def _early_childhood(world: World) -> _EarlyChildhood:
    """Children with a gap have exactly one of the three kinds."""
    age = world.roster.age
    small = age <= 5
    latent = world.intercept("early_childhood") + world.shared(0.35, 0.3) + world.noise()
    gap, kind = (latent > 0) & small, world.uniform()
    uninsured, care_gap = gap & (kind < 0.25), gap & (kind >= 0.25) & (kind < 0.45)
    nutrition_gap = gap & (kind >= 0.45)
    usual = world.pick(
        "childcare",
        (("centre", 0.4), ("parent_home", 0.47), ("employee", 0.03), ("adult_relative", 0.1)),
    )
    lacking = world.pick(
        "childcare", (("parent_at_work", 0.6), ("minor_relative", 0.25), ("alone", 0.15))
    )
    childcare = np.where(care_gap & (age < 5), lacking, usual)
    in_centre = nutrition_gap | ((age == 5) & ~care_gap)
    childcare = np.where(in_centre, code("childcare", "centre"), childcare)
    at_home = (age == 5) & care_gap
    childcare = np.where(at_home, code("childcare", "parent_home"), childcare).astype(np.int8)
    return _EarlyChildhood(
        childcare=childcare,
        centre=small & (childcare == code("childcare", "centre")),
        care_gap=care_gap,
        nutrition_gap=nutrition_gap,
        uninsured=uninsured,
    )


def _at_school(world: World, attends: Bools, early: _EarlyChildhood) -> dict[str, Column]:
    age, u = world.roster.age, world.uniform()
    small, pupil = age <= 5, attends & (age >= 6)
    # at 5 the gap is a missing meal; below, half of the gaps are a meal that is not adequate
    no_meal = early.nutrition_gap & ((age == 5) | (u < 0.5))
    meal = np.where(small, ~no_meal, u < 0.75)
    remote = pupil & (u > np.where(age <= 17, 0.996, 0.85))
    return {
        "remote_school_only": Column(remote, attends & (age >= 5)),
        "teacher_contact": Column(world.uniform() < 0.7, remote),
        "school_meal": Column(meal, np.where(small, early.centre, pupil & (age <= 17))),
        "childcare": Column(early.childcare, small),
        "meal_adequate": Column(~early.nutrition_gap, early.centre & meal),
    }


def _health(world: World, early: _EarlyChildhood) -> dict[str, Column]:
    age = world.roster.age
    latent = world.intercept("health_insurance") + world.shared(0.15, 0.9) + world.noise()
    uninsured = np.where(age <= 5, early.uninsured, latent > 0)
    ill = world.noise() < by_age(figures.ILL_BY_AGE, probit=True)[age]
    neglected = world.intercept("health_access") + world.shared(0.25, 0.5) + world.noise()
    return {
        "health_insured": Column(~uninsured),
        "ill_last_month": Column(ill),
        "formal_care": Column(neglected <= 0, ill),
    }


def _ethnicity(world: World) -> NDArray[np.int8]:
    """One ethnicity per household, more often indigenous where the PSU is."""
    frame = world.frame
    shares = np.array([figures.ETHNIC_SHARES[name] for name in REGIONS])[frame.region]
    u = world.rng.random(frame.zone.size)
    scale = np.where(frame.zone == 1, 1.4, 0.85)[:, np.newaxis]
    edges = np.cumsum(shares * scale, axis=1)
    position = (u[:, np.newaxis] >= edges).sum(axis=1)
    codes: NDArray[np.int8] = position.astype(np.int8)[world.roster.home]
    return codes
