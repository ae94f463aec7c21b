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
        (-0.173, 0.75),
        (-0.805, -0.598),
        (-0.36, 0.242),
        (-0.22, 0.218),
        (-0.719, -0.935),
        (-2.241, -1.517),
        (-0.741, -0.408),
        (-0.099, 0.646),
        (-2.733, -2.894),
        (-1.252, -1.079),
        (-3.417, -0.836),
        (-2.37, -1.362),
        (-3.341, -1.314),
        (-3.047, -2.865),
        (-1.69, -1.269),
    ),
    loading=(0.955, 0.772),
    shift=(
        0.069,
        0.083,
        -0.524,
        0.458,
        0.426,
        0.076,
        -0.117,
        -0.037,
        -0.311,
        0.426,
        0.115,
        0.331,
        0.009,
        -0.17,
        -0.592,
    ),
)
