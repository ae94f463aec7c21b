"""Household and dwelling variables of the synthetic survey; arrays of shape (n,)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from mpi.datasets import figures
from mpi.datasets.latent import Floats, World, category_table
from mpi.datasets.roster import GRAIN
from mpi.datasets.vocabulary import CATEGORIES, Column, code

Bools = NDArray[np.bool_]
Codes = NDArray[np.int8]
Shares = tuple[tuple[str, float], ...]

# Shares by zone, urban then rural, from better to worse where there is an order; assumed.
_GOOD_WATER: tuple[Shares, Shares] = (
    (("network", 0.985), ("communal", 0.015)),
    (("network", 0.62), ("communal", 0.22), ("public_tap", 0.01), ("other_dwelling", 0.03),
     ("protected_well", 0.12)),
)  # fmt: skip
_BAD_WATER: tuple[Shares, Shares] = (
    (("public_tap", 0.05), ("other_dwelling", 0.1), ("protected_well", 0.25),
     ("unprotected_well", 0.12), ("rain", 0.13), ("surface", 0.05), ("tanker", 0.15),
     ("vendor", 0.05), ("bottled", 0.1)),
    (("unprotected_well", 0.28), ("rain", 0.27), ("surface", 0.35), ("tanker", 0.03),
     ("vendor", 0.02), ("bottled", 0.05)),
)  # fmt: skip
_GOOD_TOILET: tuple[Shares, Shares] = (
    (("sewer", 1.0),),
    (("sewer", 0.24), ("septic", 0.72), ("latrine", 0.04)),
)
_BAD_TOILET: tuple[Shares, Shares] = (
    (("septic", 0.62), ("unconnected", 0.12), ("latrine", 0.05), ("open_discharge", 0.06),
     ("none", 0.15)),
    (("unconnected", 0.46), ("open_discharge", 0.11), ("none", 0.43)),
)  # fmt: skip
_GOOD_WALL: tuple[Shares, Shares] = (
    (("masonry", 0.82), ("masonry_bare", 0.12), ("adobe", 0.02), ("wattle_plastered", 0.01),
     ("prefabricated", 0.02), ("light_lined", 0.005), ("metal_sheet", 0.005)),
    (("masonry", 0.42), ("masonry_bare", 0.26), ("adobe", 0.08), ("wattle_plastered", 0.05),
     ("wattle", 0.04), ("rough_wood", 0.12), ("prefabricated", 0.02), ("light_bare", 0.005),
     ("metal_sheet", 0.005)),
)  # fmt: skip
_BAD_WALL: tuple[Shares, Shares] = (
    (("rough_wood", 0.7), ("bamboo", 0.05), ("cane", 0.04), ("waste", 0.19), ("none", 0.02)),
    (("bamboo", 0.36), ("cane", 0.36), ("waste", 0.2), ("none", 0.08)),
)
_FLOOR: tuple[Shares, Shares] = (
    (("finished", 0.8), ("rough_wood", 0.02), ("cement", 0.17), ("subfloor", 0.01)),
    (("finished", 0.34), ("rough_wood", 0.1), ("cement", 0.54), ("subfloor", 0.02)),
)
_ROOF: tuple[Shares, Shares] = (
    (("concrete", 0.45), ("tile", 0.25), ("light_ceiling", 0.12), ("light_bare", 0.1),
     ("metal_sheet", 0.07), ("palm", 0.002), ("wood", 0.004), ("waste", 0.004)),
    (("concrete", 0.1), ("tile", 0.2), ("light_ceiling", 0.08), ("light_bare", 0.17),
     ("metal_sheet", 0.36), ("palm", 0.07), ("wood", 0.015), ("waste", 0.005)),
)  # fmt: skip
_FUEL: tuple[Shares, Shares] = (
    (("none", 0.022), ("electricity", 0.03), ("gas", 0.935), ("kerosene", 0.002),
     ("charcoal", 0.003), ("wood", 0.008)),
    (("none", 0.01), ("electricity", 0.02), ("gas", 0.53), ("charcoal", 0.015), ("wood", 0.42),
     ("dung_or_waste", 0.005)),
)  # fmt: skip
_HEATING: tuple[Shares, Shares] = (
    (("electricity", 0.03), ("gas", 0.01), ("none", 0.96)),
    (("electricity", 0.01), ("wood", 0.06), ("none", 0.93)),
)
_TENURE: tuple[Shares, Shares] = (
    (("owner", 0.36), ("owner_dwelling_only", 0.02), ("tenant", 0.47),
     ("occupant_employment", 0.01), ("occupant_permitted", 0.11),
     ("occupant_without_permission", 0.03)),
    (("owner", 0.51), ("owner_dwelling_only", 0.06), ("tenant", 0.12),
     ("occupant_employment", 0.08), ("occupant_permitted", 0.19),
     ("occupant_without_permission", 0.04)),
)  # fmt: skip

# Amenities: latent threshold (urban, rural) and weight of the poverty factor; assumed.
_AMENITIES: dict[str, tuple[float, float, float]] = {
    "internet": (0.75, -0.35, 0.7),
    "computer": (-0.3, -1.5, 0.7),
    "learning_device": (2.2, 1.5, 0.6),
    "fridge": (1.5, 0.7, 0.5),
    "water_heater": (-0.7, -1.9, 0.5),
    "garbage_collected": (2.3, -0.6, 0.3),
    "electricity": (3.2, 2.0, 0.4),
}
_RISKS: dict[str, tuple[float, float, float]] = {
    "floods": (-1.9, -1.7, 0.4),
    "collapse_risk": (-2.1, -2.0, 0.4),
}

_PIPED_NETWORKS = [code("water_source", name) for name in ("network", "communal")]
_PIPED = {"network": 0.98, "communal": 0.9, "protected_well": 0.6, "surface": 0.4, "rain": 0.3}
"""Share of homes that a source reaches through pipes; assumed."""


def draw_homes(world: World) -> dict[str, Column]:
    """All household variables but `household_id`."""
    frame = world.frame
    return {
        "region": Column(frame.region),
        "municipality": Column(frame.municipality),
        "area": Column(frame.zone),
        "household_size": Column(world.roster.size),
        **_rooms(world),
        **_materials(world),
        **_services(world),
        **_amenities(world),
        "tenure": Column(_category(world, "tenure", _TENURE)),
        **_money(world),
        "stratum": Column(((frame.region + 1) * 10 + frame.zone + 1).astype(np.int32)),
        "psu": Column(frame.psu),
        "weight": Column(frame.weight),
    }


def _deprived(world: World, indicator: str, *, poverty: float, place: float) -> Bools:
    """Households above the threshold; `place` is the weight of an effect of the PSU."""
    frame = world.frame
    noise = world.rng.standard_normal(frame.zone.size, dtype=np.float32)
    psu = world.rng.standard_normal(frame.psu_slot[-1] + 1, dtype=np.float32)[frame.psu_slot]
    intercept = np.array(world.calibration.of(indicator), dtype=np.float32)[frame.zone]
    deprived: Bools = intercept + poverty * frame.poverty + place * psu + noise > 0
    return deprived


def _category(
    world: World, variable: str, shares: tuple[Shares, Shares], *, poverty: float = 0.0
) -> Codes:
    """Categories with shares by zone; with `poverty`, poorer homes more often have the last."""
    tables = np.stack([category_table(variable, zone) for zone in shares])
    noise = world.rng.standard_normal(world.frame.zone.size, dtype=np.float32)
    rank = ndtr((poverty * world.frame.poverty + noise) / np.sqrt(np.float32(1 + poverty**2)))
    position = np.minimum(rank * GRAIN, GRAIN - 1).astype(np.int16)
    codes: Codes = tables[world.frame.zone, position]
    return codes


def _rooms(world: World) -> dict[str, Column]:
    """Bedrooms; three persons in one are too many in urban areas, more than three in rural."""
    zone, size = world.frame.zone, world.roster.size
    u = world.rng.random((2, zone.size), dtype=np.float32)
    most_crowded = np.where(zone == 0, size // 3, (size + 2) // 3 - 1)
    crowded = _deprived(world, "overcrowding", poverty=0.75, place=0.3) & (most_crowded >= 1)
    wanted = 1 + np.floor((size - 1) * (0.35 + 0.5 * u[0])).astype(np.int16)
    bedrooms = np.where(
        crowded, 1 + ((most_crowded - 1) * u[1]), np.maximum(most_crowded + 1, wanted)
    ).astype(np.int16)
    rooms = bedrooms + 1 + (2.4 * u[1] - 0.4 * (world.frame.poverty > 0)).astype(np.int16)
    return {"bedrooms": Column(bedrooms), "rooms": Column(rooms)}


def _materials(world: World) -> dict[str, Column]:
    earth = _deprived(world, "floors", poverty=0.9, place=0.6)
    covered = _category(world, "floor_material", _FLOOR, poverty=0.8)
    floor = np.where(earth, code("floor_material", "earth"), covered).astype(np.int8)
    poor_wall = _deprived(world, "walls", poverty=0.95, place=0.6)
    good = _category(world, "wall_material", _GOOD_WALL, poverty=0.5)
    bad = _category(world, "wall_material", _BAD_WALL)
    return {
        "floor_material": Column(floor),
        "wall_material": Column(np.where(poor_wall, bad, good)),
        "roof_material": Column(_category(world, "roof_material", _ROOF, poverty=0.7)),
    }


def _services(world: World) -> dict[str, Column]:
    frame = world.frame
    dry = _deprived(world, "water", poverty=0.65, place=1.2)
    source = np.where(
        dry,
        _category(world, "water_source", _BAD_WATER),
        _category(world, "water_source", _GOOD_WATER),
    )
    unsafe = _deprived(world, "excreta", poverty=0.7, place=1.0)
    toilet = np.where(
        unsafe, _category(world, "toilet", _BAD_TOILET), _category(world, "toilet", _GOOD_TOILET)
    )
    u = world.rng.random((2, frame.zone.size), dtype=np.float32)
    shared = (u[0] < 0.04 + 0.02 * (frame.poverty > 1)) & (toilet != code("toilet", "none"))
    return {
        "aqueduct": Column(np.isin(source, _PIPED_NETWORKS)),
        "sewer": Column(toilet == code("toilet", "sewer")),
        "water_source": Column(source),
        "water_arrival": Column(_arrival(source, u[1])),
        "toilet": Column(toilet),
        "toilet_shared": Column(shared, toilet != code("toilet", "none")),
    }


def _arrival(source: Codes, u: Floats) -> Codes:
    """How water reaches the home: piped from networks and wells, else mostly carried."""
    share = np.array([_PIPED.get(name, 0.0) for name in CATEGORIES["water_source"]])[source]
    inside, plot = u < 0.88 * share, u < 0.97 * share
    arrival = np.select([inside, plot, u < share], [0, 1, 2], default=3)
    return arrival.astype(np.int8)


def _amenities(world: World) -> dict[str, Column]:
    frame = world.frame
    wealth = world.rng.standard_normal(frame.zone.size, dtype=np.float32)
    columns: dict[str, Column] = {}
    for sign, table in ((-1.0, _AMENITIES), (1.0, _RISKS)):
        for name, (urban, rural, loading) in table.items():
            noise = world.rng.standard_normal(frame.zone.size, dtype=np.float32)
            level = np.array([urban, rural], dtype=np.float32)[frame.zone]
            common = loading * frame.poverty - 0.3 * wealth
            columns[name] = Column(level + sign * common + noise > 0)
    columns["cooking_fuel"] = Column(_category(world, "cooking_fuel", _FUEL, poverty=0.7))
    columns["heating"] = Column(_category(world, "heating", _HEATING))
    columns["learning_device"] = Column(
        np.logical_or(columns["learning_device"].values, columns["computer"].values)
    )
    return columns


def _money(world: World) -> dict[str, Column]:
    """Monthly household totals in pesos of 2025, and the allowance for households with minors."""
    frame, size = world.frame, world.roster.size
    noise = world.rng.standard_normal((2, frame.zone.size), dtype=np.float32)
    minors = np.bincount(world.roster.home, weights=world.roster.age < 18, minlength=size.size) > 0
    median = np.array(figures.MEDIAN_INCOME)[frame.zone]
    income = median * size**0.75 * np.exp(-0.45 * frame.poverty + 0.55 * noise[0])
    return {
        "child_benefit": Column(minors & (0.6 * frame.poverty + noise[1] > 0.5)),
        "income": Column(np.round(income, -3)),
        "poverty_line": Column(np.array(figures.POVERTY_LINE)[frame.zone] * size),
        "extreme_line": Column(np.array(figures.EXTREME_LINE)[frame.zone] * size),
    }
