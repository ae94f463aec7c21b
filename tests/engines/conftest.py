"""The engines, as functions that take the same arguments, and the tables as each has them."""

from __future__ import annotations

import shutil
import warnings
from collections.abc import Iterator
from importlib.util import find_spec
from typing import Any

import pytest


@pytest.fixture(scope="session")
def spark_session() -> Iterator[Any]:
    """A session of Spark on this machine; tests skip where it cannot be."""
    if find_spec("pyspark") is None:
        pytest.skip("pyspark is not installed (extra 'spark')")
    if shutil.which("java") is None:
        pytest.skip("there is no Java, which Spark runs on")
    from pyspark.sql import SparkSession  # noqa: PLC0415 -- only where it is installed

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of pyspark about versions of other libraries
        session = (
            SparkSession.builder.master("local[2]")
            .config("spark.ui.enabled", "false")
            .config("spark.ui.showConsoleProgress", "false")
            .config("spark.sql.shuffle.partitions", "2")
            .config("spark.sql.adaptive.enabled", "false")
            .getOrCreate()
        )
    session.sparkContext.setLogLevel("OFF")
    yield session
    session.stop()
