"""The relational engine: the same profile tables from DuckDB, Polars and Spark."""

from mpi.engines.relational.tabulate import duckdb, limits, polars, spark

__all__ = ["duckdb", "limits", "polars", "spark"]
