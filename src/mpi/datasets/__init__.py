"""Synthetic national household surveys in harmonised variables."""

from __future__ import annotations

from mpi.datasets.synthetic import (
    SyntheticTables,
    WrittenSurvey,
    synthetic_survey,
    synthetic_tables,
    write_synthetic_survey,
)

__all__ = [
    "SyntheticTables",
    "WrittenSurvey",
    "synthetic_survey",
    "synthetic_tables",
    "write_synthetic_survey",
]
