"""Work and pension variables of the synthetic persons."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mpi.datasets import figures
from mpi.datasets.latent import Floats, World, by_age
from mpi.datasets.roster import FEMALE
from mpi.datasets.vocabulary import Column, code

Bools = NDArray[np.bool_]

_UNEMPLOYED_SHIFT = (0.0, -0.25)  # rural unemployment is lower
_YOUTH_SEEKING = 0.01
_ACTIVE_SHIFT = (0.15, 0.0)
_PENSION_SHIFT = (-0.2, -0.4)  # contributory pensions are rare in rural areas


@dataclass(frozen=True, slots=True)
class _Status:
    """Position in the labour market; from 12 years, as in the survey's labour module."""

    employed: Bools
    unemployed: Bools


def work(world: World, *, schooling: Floats, attends: Bools) -> dict[str, Column]:
    """Variables of work and pensions, from latent schooling and attendance."""
    age = world.roster.age
    pensioner = _pensioner(world, schooling)
    status = _status(world, pensioner, attends)
    informal = world.intercept("informal_work") + world.shared(0.35, 0.7) + world.noise()
    informal += 0.2 - 0.6 * schooling + 0.02 * np.maximum(age - 55, 0)
    contributes = (informal <= 0) & (age >= 18)
    idle = ~status.employed & ~status.unemployed
    u = world.uniform()
    short = status.employed & (u < np.where(contributes, 0.03, 0.11))
    old_age_benefit = world.shared(0.4, 0.3) + world.noise() > 0.35
    return {
        "employed": Column(status.employed),
        "unemployed": Column(status.unemployed),
        "economically_active": Column(~idle),
        "weeks_searching": Column(_weeks(world), status.unemployed),
        "discouraged": Column(idle & (u < 0.025) & (age >= 18) & (age <= 64) & ~attends),
        "underemployed": Column(short),
        "inactivity_reason": Column(_reason(world, pensioner, attends), idle & (age >= 12)),
        "contributes_pension": Column(contributes, status.employed),
        "receives_pension": Column(pensioner),
        "social_pension": Column(old_age_benefit & ~pensioner, age >= 60),
    }


def _pensioner(world: World, schooling: Floats) -> Bools:
    age, female = world.roster.age, world.roster.sex == FEMALE
    men = by_age(figures.PENSION_MEN_BY_AGE, probit=True)
    women = by_age(figures.PENSION_WOMEN_BY_AGE, probit=True)
    entitled = np.where(female, women[age], men[age]) + world.shared(-0.4, 0.3)
    entitled += 0.6 * (schooling + 1.2) + np.array(_PENSION_SHIFT)[world.roster.zone]
    return (entitled + world.noise() > 0) & (age >= 18)


def _status(world: World, pensioner: Bools, attends: Bools) -> _Status:
    age, zone, female = world.roster.age, world.roster.zone, world.roster.sex == FEMALE
    men = by_age(figures.ACTIVE_MEN_BY_AGE, probit=True)
    women = by_age(figures.ACTIVE_WOMEN_BY_AGE, probit=True)
    inclined = np.where(female, women[age], men[age]) + np.array(_ACTIVE_SHIFT)[zone]
    # those who live alone or are the head must more often earn their living
    inclined += 0.85 * (world.roster.order == 1) - 1.1 * pensioner - 0.7 * attends
    active = (inclined + world.noise() > 0) & (age >= 18)
    jobless = (
        by_age(figures.UNEMPLOYED_BY_AGE, probit=True)[age] + np.array(_UNEMPLOYED_SHIFT)[zone]
    )
    seeking = jobless + world.shared(0.15, 0.2) + world.noise() > 0
    child = world.intercept("child_labour") + world.shared(0.3, 0.4) + world.noise()
    child += 0.15 * (age - 15) + 0.6 * ~attends
    at_work = (child > 0) & (age >= 12) & (age <= 17)
    youth = (world.uniform() < _YOUTH_SEEKING) & (age >= 16) & (age <= 17) & ~at_work
    return _Status(
        employed=(active & ~seeking) | at_work,
        unemployed=(active & seeking) | youth,
    )


def _weeks(world: World) -> NDArray[np.int16]:
    """Weeks of search: a year or more for the long-term unemployed."""
    long_term = world.intercept("long_term_unemployment") + world.noise() > 0
    u = world.uniform()
    weeks = np.where(long_term, 52 + 104 * u**3, 1 + 50 * u**1.8)
    return weeks.astype(np.int16)


def _reason(world: World, pensioner: Bools, attends: Bools) -> NDArray[np.int8]:
    age, female = world.roster.age, world.roster.sex == FEMALE
    usual = world.pick(
        "inactivity_reason",
        (("domestic_or_care", 0.22), ("retired", 0.2), ("disabled", 0.22), ("rentier", 0.06),
         ("other", 0.3)),
    )  # fmt: skip
    reason = np.where(
        female & (world.uniform() < 0.8), code("inactivity_reason", "domestic_or_care"), usual
    )
    reason = np.where(attends & (age < 30), code("inactivity_reason", "student"), reason)
    reason = np.where(pensioner, code("inactivity_reason", "pensioner"), reason)
    retired = code("inactivity_reason", "retired")
    too_young = (reason == retired) & (age < 55)
    return np.where(too_young, code("inactivity_reason", "other"), reason).astype(np.int8)
