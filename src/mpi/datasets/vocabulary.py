"""Columns of the two synthetic tables: names, kinds and category values.

Names and values are those of the harmonised variables; keys, design and the three grouping
variables `region`, `municipality` and `ethnicity` come on top.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

Kind = Literal["key", "code", "int", "bool", "category", "amount"]

REGIONS = (
    "Antioquia",
    "Bogotá",
    "Caribe",
    "Central",
    "Oriental",
    "Orinoquía-Amazonía",
    "Pacífica",
    "Valle del Cauca",
)

CATEGORIES: dict[str, tuple[str, ...]] = {
    "sex": ("female", "male"),
    "relationship": (
        "head", "spouse", "child", "child_in_law", "parent", "parent_in_law", "sibling",
        "grandchild", "other_relative", "non_relative", "domestic_worker", "guest",
    ),
    "childcare": (
        "centre", "parent_home", "parent_at_work", "employee", "adult_relative",
        "minor_relative", "alone",
    ),
    "inactivity_reason": (
        "domestic_or_care", "student", "retired", "pensioner", "rentier", "disabled", "other",
    ),
    "ethnicity": ("indigenous", "afro_descendant", "other"),
    "region": REGIONS,
    "area": ("urban", "rural"),
    "floor_material": ("finished", "rough_wood", "cement", "subfloor", "earth"),
    "wall_material": (
        "masonry", "masonry_bare", "adobe", "wattle_plastered", "wattle", "rough_wood",
        "prefabricated", "bamboo", "cane", "light_lined", "light_bare", "metal_sheet",
        "cardboard", "waste", "none",
    ),
    "roof_material": (
        "concrete", "tile", "light_ceiling", "light_bare", "metal_sheet", "palm", "wood",
        "cardboard", "waste",
    ),
    "water_source": (
        "network", "communal", "public_tap", "other_dwelling", "protected_well",
        "unprotected_well", "rain", "surface", "tanker", "vendor", "bottled", "other",
    ),
    "water_arrival": ("piped_inside", "piped_plot", "piped_outside", "carried"),
    "toilet": ("sewer", "septic", "unconnected", "latrine", "open_discharge", "none"),
    "cooking_fuel": (
        "electricity", "gas", "kerosene", "wood", "charcoal", "dung_or_waste", "other", "none",
    ),
    "heating": ("electricity", "gas", "kerosene", "wood", "none"),
    "tenure": (
        "owner", "owner_dwelling_only", "tenant", "cooperative", "occupant_employment",
        "occupant_permitted", "occupant_without_permission",
    ),
}  # fmt: skip

PERSON_KINDS: dict[str, Kind] = {
    "household_id": "key",
    "person_id": "key",
    "age": "int",
    "birth_year": "int",
    "sex": "category",
    "relationship": "category",
    "member": "bool",
    "attends_school": "bool",
    "years_schooling": "int",
    "education_level": "int",
    "literate": "bool",
    "remote_school_only": "bool",
    "teacher_contact": "bool",
    "school_meal": "bool",
    "childcare": "category",
    "meal_adequate": "bool",
    "health_insured": "bool",
    "ill_last_month": "bool",
    "formal_care": "bool",
    "employed": "bool",
    "unemployed": "bool",
    "economically_active": "bool",
    "weeks_searching": "int",
    "discouraged": "bool",
    "underemployed": "bool",
    "inactivity_reason": "category",
    "contributes_pension": "bool",
    "receives_pension": "bool",
    "social_pension": "bool",
    "ethnicity": "category",
}

HOUSEHOLD_KINDS: dict[str, Kind] = {
    "household_id": "key",
    "region": "category",
    "municipality": "code",
    "area": "category",
    "household_size": "int",
    "bedrooms": "int",
    "rooms": "int",
    "floor_material": "category",
    "wall_material": "category",
    "roof_material": "category",
    "aqueduct": "bool",
    "sewer": "bool",
    "water_source": "category",
    "water_arrival": "category",
    "toilet": "category",
    "toilet_shared": "bool",
    "electricity": "bool",
    "cooking_fuel": "category",
    "heating": "category",
    "internet": "bool",
    "computer": "bool",
    "learning_device": "bool",
    "fridge": "bool",
    "water_heater": "bool",
    "garbage_collected": "bool",
    "tenure": "category",
    "floods": "bool",
    "collapse_risk": "bool",
    "child_benefit": "bool",
    "income": "amount",
    "poverty_line": "amount",
    "extreme_line": "amount",
    "stratum": "code",
    "psu": "key",
    "weight": "amount",
}

ALWAYS_KNOWN = frozenset(
    {
        "household_id", "person_id", "age", "birth_year", "sex", "relationship", "member",
        "region", "municipality", "area", "household_size", "poverty_line", "extreme_line",
        "stratum", "psu", "weight",
    }
)  # fmt: skip
"""Columns that never get missing answers: keys, design, roster and lines."""

_ARROW: dict[Kind, pa.DataType] = {
    "key": pa.int64(),
    "code": pa.int32(),
    "int": pa.int16(),
    "bool": pa.bool_(),
    "category": pa.dictionary(pa.int8(), pa.string()),
    "amount": pa.float64(),
}


@dataclass(frozen=True, slots=True)
class Column:
    """Values of one column, shape (n,); categories are codes into `CATEGORIES`.

    `known` is false where the variable does not apply or was not answered; None means
    known everywhere.
    """

    values: NDArray[np.generic]
    known: NDArray[np.bool_] | None = None


def code(variable: str, value: str) -> int:
    """Position of a category value in `CATEGORIES`."""
    return CATEGORIES[variable].index(value)


def schema(kinds: dict[str, Kind]) -> pa.Schema:
    """Arrow schema of a table with these columns."""
    return pa.schema([(name, _ARROW[kind]) for name, kind in kinds.items()])


@cache
def _labels(variable: str) -> pa.Array[Any]:
    return pa.array(CATEGORIES[variable], type=pa.string())


def record_batch(columns: dict[str, Column], kinds: dict[str, Kind]) -> pa.RecordBatch:
    """Columns as an Arrow record batch, in the order of `kinds`."""
    arrays = [_array(name, columns[name], kind) for name, kind in kinds.items()]
    return pa.RecordBatch.from_arrays(arrays, schema=schema(kinds))


def _array(name: str, column: Column, kind: Kind) -> pa.Array[Any]:
    mask = None if column.known is None else ~column.known
    if kind == "category":
        codes = pa.array(column.values, type=pa.int8(), mask=mask)
        return pa.DictionaryArray.from_arrays(codes, _labels(name))
    return pa.array(column.values, type=_ARROW[kind], mask=mask)
