"""Classes of the harmonised variables: what a rule may ask for, whether a survey has it or not.

A rule that is written for one survey names classes that another does not tell apart. Such a class
is no slip of the pen: nobody is in it there, and a finding says so.
"""

from __future__ import annotations

from collections.abc import Mapping

CLASSES: Mapping[str, tuple[str, ...]] = {
    name: tuple(classes.split())
    for name, classes in {
        "sex": "female male",
        "relationship": "head spouse child child_in_law parent parent_in_law sibling grandchild "
        "other_relative non_relative domestic_worker guest",
        "childcare": "centre parent_home parent_at_work employee adult_relative minor_relative "
        "alone",
        "inactivity_reason": "domestic_or_care student retired pensioner rentier disabled other",
        "food_scale": "adults with_minors",
        "area": "urban rural",
        "floor_material": "finished rough_wood cement subfloor earth",
        "wall_material": "masonry masonry_bare adobe wattle_plastered wattle rough_wood "
        "prefabricated bamboo cane light_lined light_bare metal_sheet cardboard waste none",
        "roof_material": "concrete tile light_ceiling light_bare metal_sheet palm wood cardboard "
        "waste",
        "water_source": "network communal public_tap other_dwelling protected_well "
        "unprotected_well rain surface tanker vendor bottled other",
        "water_arrival": "piped_inside piped_plot piped_outside carried",
        "toilet": "sewer septic unconnected latrine open_discharge none",
        "lighting": "network battery gas_or_kerosene candles",
        "cooking_fuel": "electricity gas kerosene wood charcoal dung_or_waste other none",
        "heating": "electricity gas kerosene wood none",
        "tenure": "owner owner_dwelling_only tenant cooperative occupant_employment "
        "occupant_permitted occupant_without_permission",
    }.items()
}


def known_classes(variable: str, own: Mapping[str, object]) -> tuple[str, ...]:
    """Classes that a rule may name: those of the codebook and the harmonised ones."""
    return tuple(dict.fromkeys([*own, *CLASSES.get(variable, ())]))
