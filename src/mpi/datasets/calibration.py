"""Constants that make the synthetic survey meet DANE's rates; found by `mpi.datasets.calibrate`."""

from __future__ import annotations

from dataclasses import dataclass

from mpi.datasets.figures import INDICATORS


@dataclass(frozen=True, slots=True)
class Calibration:
    """Constants of the latent model; larger values mean more deprivation.

    `intercept` has one pair (urban, rural) per indicator of `INDICATORS`. `shift` is, per
    stratum in the order of `mpi.datasets.design.STRATA`, the mean of the factor that all
    deprivations share, and `loading` its standard deviation in the strata of a zone.
    """

    intercept: tuple[tuple[float, float], ...]
    loading: tuple[float, float]
    shift: tuple[float, ...]

    def of(self, indicator: str) -> tuple[float, float]:
        """Return the intercepts (urban, rural) of an indicator."""
        return self.intercept[INDICATORS.index(indicator)]


CALIBRATED = Calibration(
    intercept=(
        (-0.166, 0.743),
        (-0.76, -0.543),
        (-0.344, 0.254),
        (-0.217, 0.221),
        (-0.714, -0.921),
        (-2.227, -1.506),
        (-0.663, -0.343),
        (-0.105, 0.613),
        (-2.734, -2.894),
        (-1.249, -1.069),
        (-3.389, -0.828),
        (-2.348, -1.343),
        (-3.285, -1.279),
        (-2.989, -2.781),
        (-1.662, -1.222),
    ),
    loading=(0.91, 0.69),
    shift=(
        0.067,
        0.083,
        -0.516,
        0.45,
        0.41,
        0.068,
        -0.12,
        -0.033,
        -0.298,
        0.406,
        0.104,
        0.335,
        0.009,
        -0.165,
        -0.563,
    ),
)
