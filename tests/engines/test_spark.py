"""Spark from the command line, and where it cannot run."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.util import find_spec

import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from random_surveys import random_tables
from same import SUMMATION

import mpi

PEOPLE = pa.table({"hh": [1, 1, 2, 2, 3], "a": [1, 0, 0, None, 0], "sex": [1, 2, 1, 2, 1]})
SPEC = """
id = "any"
unit = "household"
cutoff = 1
[[dimension]]
id = "D"
[[dimension.indicator]]
id = "a"
deprived = "any(a)"
"""


def command(folder, *words, **environment):
    """What `mpi estimate` says, run as a program of its own."""
    (folder / "spec.toml").write_text(SPEC)
    pq.write_table(PEOPLE, folder / "persons.parquet")
    files = ["estimate", "spec.toml", "persons.parquet", "--household-id", "hh", "--no-se"]
    return subprocess.run(  # noqa: S603 -- our own program
        [sys.executable, "-m", "mpi", *files, *words],
        cwd=folder,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def test_spark_runs_from_the_command_line(spark_session, tmp_path):  # a session says that it can
    words = ["--by", "sex", "--out", "found.csv"]
    run = command(tmp_path, *words, "--engine", "spark", "--master", "local[2]")
    assert run.returncode == 0, run.stderr
    assert "[ENGINE] tabulate: tabulated by spark, because it was asked for." in run.stdout
    found = pl.read_csv(tmp_path / "found.csv").drop("flag")
    assert command(tmp_path, *words, "--engine", "memory").returncode == 0
    assert found.equals(pl.read_csv(tmp_path / "found.csv").drop("flag"))


def test_spark_without_java_is_one_sentence(tmp_path):
    if find_spec("pyspark") is None:
        pytest.skip("pyspark is not installed (extra 'spark')")
    nowhere = {"PATH": str(tmp_path), "JAVA_HOME": str(tmp_path)}
    run = command(tmp_path, "--engine", "spark", "--master", "local[1]", **nowhere)
    assert run.returncode == 2
    assert "there is no Java, which Spark runs on" in run.stderr
    assert "Install Java 17" in run.stderr
    assert "Traceback" not in run.stderr


def test_tables_of_spark_are_tabulated_there(spark_session):
    book = mpi.codebook("mexico-enigh-2016")
    tables = random_tables(book, 60, seed=3)
    made = {name: spark_session.createDataFrame(table) for name, table in tables.items()}
    survey = mpi.Survey(**made, codebook="mexico-enigh-2016", lonely_psu="adjust")
    profiles = mpi.tabulate(survey, "mexico-coneval-2018", by="area", absent="reweight")
    (said,) = profiles.findings.of_code("ENGINE")
    assert said.detail.startswith("tabulated by spark, because the data are there (")
    ours = mpi.Survey(**tables, codebook="mexico-enigh-2016", lonely_psu="adjust")
    expected = mpi.tabulate(ours, "mexico-coneval-2018", by="area", absent="reweight").estimate()
    pd.testing.assert_frame_equal(
        profiles.estimate().to_pandas(), expected.to_pandas(), rtol=SUMMATION
    )
