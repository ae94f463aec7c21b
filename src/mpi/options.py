"""The choices of an analyst, as the texts that name them."""

from __future__ import annotations

from typing import Literal, TypeAlias

LonelyPSU: TypeAlias = Literal["fail", "certainty", "adjust", "average", "collapse"]
DegreesOfFreedom: TypeAlias = Literal["stata", "design", "domain"]
Interval: TypeAlias = Literal["logit", "wald", "asin", "wilson", "beta"]
IntensityInterval: TypeAlias = Literal["attainable", "unit"]
DesignEffect: TypeAlias = Literal["replace", "without"]
ReplicateMethod: TypeAlias = Literal[
    "jk1", "jkn", "brr", "fay", "rao-wu", "canty-davison", "preston", "other"
]
Adjustment: TypeAlias = Literal["holm", "bonferroni", "benjamini-hochberg"]
