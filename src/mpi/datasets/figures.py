"""Figures behind the synthetic survey, each with its source.

Two kinds, never mixed: *official* figures are DANE's, copied as printed; *assumed* figures are
round numbers of ours that give households a plausible shape and claim nothing about Colombia.
Order of zones everywhere: urban (cabecera), rural (centros poblados y rural disperso).
"""

from __future__ import annotations

from dataclasses import dataclass

INDICATORS = (
    "educational_achievement", "illiteracy", "school_attendance", "school_lag",
    "early_childhood", "child_labour", "long_term_unemployment", "informal_work",
    "health_insurance", "health_access", "water", "excreta", "floors", "walls", "overcrowding",
)  # fmt: skip

# Official. DANE, annex of the multidimensional poverty results 2025, 14 April 2026: percent of
# households deprived, household weights, uncensored, as shares.
OFFICIAL_RATES: dict[str, tuple[float, float]] = {
    "educational_achievement": (0.288, 0.663),
    "illiteracy": (0.042, 0.148),
    "school_attendance": (0.013, 0.034),
    "school_lag": (0.183, 0.251),
    "early_childhood": (0.056, 0.044),
    "child_labour": (0.008, 0.027),
    "long_term_unemployment": (0.136, 0.111),
    "informal_work": (0.649, 0.889),
    "health_insurance": (0.049, 0.038),
    "health_access": (0.026, 0.034),
    "water": (0.022, 0.307),
    "excreta": (0.067, 0.187),
    "floors": (0.012, 0.172),
    "walls": (0.022, 0.021),
    "overcrowding": (0.054, 0.054),
}

# Official, same annex: H, share of persons, k = 1/3; A, mean score of the poor.
OFFICIAL_H = (0.063, 0.224)
OFFICIAL_A = (0.397, 0.411)

# Assumed. Households of Colombia in 2025, rounded: 18.5 million, of which 78.7 % urban. The urban
# share is what the annex implies (national = urban share x urban + rest x rural for the rates
# of households); 6.018 million poor at H = 11.5 % in 2024 imply about 52.3 million persons,
# hence 2.8 per household. The spread over regions is ours. Keys: region; values: thousands of
# households, urban and rural. Zero means that the stratum does not exist.
HOUSEHOLDS_THOUSAND: dict[str, tuple[int, int]] = {
    "Antioquia": (2000, 520),
    "Bogotá": (3100, 0),
    "Caribe": (2900, 1000),
    "Central": (1550, 530),
    "Oriental": (2500, 960),
    "Orinoquía-Amazonía": (300, 140),
    "Pacífica": (760, 570),
    "Valle del Cauca": (1450, 220),
}

# Official numbers, rounded averages of ours. H by region and zone: means of the departments' H in
# 2025 (same annex) with rough population weights, rescaled in the calibration to OFFICIAL_H.
# "Central" is without Antioquia, "Pacífica" without Valle del Cauca.
REGION_H: dict[str, tuple[float, float]] = {
    "Antioquia": (0.062, 0.232),
    "Bogotá": (0.022, 0.0),
    "Caribe": (0.112, 0.340),
    "Central": (0.062, 0.180),
    "Oriental": (0.052, 0.140),
    "Orinoquía-Amazonía": (0.108, 0.240),
    "Pacífica": (0.093, 0.210),
    "Valle del Cauca": (0.042, 0.095),
}

# Assumed from here on.
MUNICIPALITIES: dict[str, int] = {
    "Antioquia": 125, "Bogotá": 20, "Caribe": 195, "Central": 150, "Oriental": 290,
    "Orinoquía-Amazonía": 60, "Pacífica": 135, "Valle del Cauca": 42,
}  # fmt: skip
"""Municipality-like codes per region; in Bogotá localities."""

ETHNIC_SHARES: dict[str, tuple[float, float]] = {
    "Antioquia": (0.01, 0.05), "Bogotá": (0.01, 0.01), "Caribe": (0.10, 0.13),
    "Central": (0.03, 0.02), "Oriental": (0.01, 0.01), "Orinoquía-Amazonía": (0.18, 0.03),
    "Pacífica": (0.20, 0.26), "Valle del Cauca": (0.01, 0.16),
}  # fmt: skip
"""Share of households indigenous and afro-descendant, by region."""

SURVEY_YEAR = 2025
POVERTY_LINE = (510_000.0, 340_000.0)
EXTREME_LINE = (245_000.0, 200_000.0)
"""Pesos of 2025 per person and month, round numbers of a plausible size; not DANE's lines."""
MEDIAN_INCOME = (900_000.0, 480_000.0)
"""Pesos of 2025 per person and month of the household with latent poverty 0; assumed."""


@dataclass(frozen=True, slots=True)
class HouseholdType:
    """A kind of household: how common it is, the head's ages, and who lives with the head.

    `head_age` is (youngest, oldest, exponent): exponents above 1 favour the young. Tuples of
    probabilities give the distribution of a number of members, from none upwards.
    """

    share: tuple[float, float]
    head_age: tuple[int, int, float]
    female_head: float = 0.35
    spouse: float = 0.0
    children: tuple[float, ...] = (1.0,)
    adult_children: tuple[float, ...] = (1.0,)
    grandchildren: tuple[float, ...] = (1.0,)
    child_in_law: float = 0.0
    parent: float = 0.0
    siblings: tuple[float, ...] = (1.0,)
    other_relatives: tuple[float, ...] = (1.0,)
    non_relatives: tuple[float, ...] = (1.0,)
    oldest_member: int = 98


FEW = (0.55, 0.32, 0.10, 0.03)
HOUSEHOLD_TYPES: tuple[HouseholdType, ...] = (
    HouseholdType(share=(0.150, 0.120), head_age=(19, 64, 1.0), female_head=0.42),
    HouseholdType(share=(0.048, 0.055), head_age=(65, 96, 1.7), female_head=0.60),
    HouseholdType(share=(0.098, 0.095), head_age=(20, 64, 0.9), spouse=1.0),
    HouseholdType(share=(0.032, 0.042), head_age=(65, 92, 1.6), female_head=0.2, spouse=1.0),
    HouseholdType(
        share=(0.315, 0.343),
        head_age=(22, 62, 1.0),
        spouse=1.0,
        children=(0.0, 0.48, 0.36, 0.12, 0.03, 0.01),
    ),
    HouseholdType(
        share=(0.140, 0.100),
        head_age=(20, 62, 0.9),
        female_head=0.85,
        children=(0.0, 0.57, 0.30, 0.10, 0.03),
    ),
    HouseholdType(
        share=(0.112, 0.140),
        head_age=(44, 86, 0.9),
        female_head=0.5,
        spouse=0.5,
        adult_children=(0.05, 0.65, 0.25, 0.05),
        grandchildren=(0.25, 0.45, 0.22, 0.08),
        child_in_law=0.3,
    ),
    HouseholdType(
        share=(0.078, 0.083),
        head_age=(20, 62, 1.0),
        female_head=0.45,
        spouse=0.3,
        children=FEW,
        parent=0.65,
        siblings=(0.5, 0.4, 0.1),
        other_relatives=(0.55, 0.33, 0.12),
    ),
    HouseholdType(
        share=(0.031, 0.021),
        head_age=(19, 60, 1.6),
        female_head=0.45,
        spouse=0.2,
        non_relatives=(0.0, 0.65, 0.25, 0.10),
    ),
    HouseholdType(
        share=(0.001, 0.001),
        head_age=(15, 17, 0.8),
        female_head=0.5,
        siblings=(0.4, 0.45, 0.15),
        oldest_member=17,
    ),
)
DOMESTIC_WORKER = (0.003, 0.001)
"""Households with a live-in domestic worker, who is no member."""

# Completed years of a young urban adult of latent schooling 0: shares of 0, 1, ... years.
YEARS_SHARES = (
    0.020, 0.005, 0.010, 0.015, 0.015, 0.100, 0.020, 0.025, 0.030, 0.070, 0.040, 0.340,
    0.030, 0.060, 0.070, 0.020, 0.110, 0.010, 0.010,
)  # fmt: skip

# Profiles over age: (age, value) joined by straight lines.
SCHOOLING_BY_AGE = ((18, 0.35), (25, 0.45), (35, 0.25), (45, -0.15), (60, -0.75), (80, -1.4))
"""Shift of latent schooling, in standard deviations."""
ATTENDS_BY_AGE = (
    (5, 0.95), (6, 0.985), (11, 0.985), (14, 0.97), (16, 0.90), (17, 0.72), (18, 0.50),
    (20, 0.40), (24, 0.22), (28, 0.09), (35, 0.04), (50, 0.01), (70, 0.001),
)  # fmt: skip
ACTIVE_MEN_BY_AGE = (
    (18, 0.50), (22, 0.80), (27, 0.95), (50, 0.96), (58, 0.90), (65, 0.70), (75, 0.42), (90, 0.09),
)  # fmt: skip
ACTIVE_WOMEN_BY_AGE = (
    (18, 0.36), (22, 0.60), (27, 0.73), (45, 0.74), (55, 0.60), (65, 0.37), (75, 0.17), (90, 0.03),
)  # fmt: skip
UNEMPLOYED_BY_AGE = ((18, 0.20), (25, 0.13), (35, 0.08), (50, 0.06), (65, 0.03), (80, 0.01))
PENSION_MEN_BY_AGE = ((20, 0.002), (45, 0.01), (60, 0.05), (63, 0.22), (70, 0.30), (90, 0.33))
PENSION_WOMEN_BY_AGE = ((20, 0.002), (45, 0.02), (56, 0.05), (58, 0.16), (70, 0.22), (90, 0.26))
ILL_BY_AGE = ((0, 0.10), (5, 0.06), (20, 0.04), (50, 0.07), (70, 0.12), (90, 0.17))
