"""Which engine it is, and what is said where there is none."""

from __future__ import annotations

import sys
from importlib.metadata import EntryPoint

import duckdb
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from test_traps import Case

import mpi
from mpi.cli import main
from mpi.engines import choice, in_spans

SPEC = mpi.Specification.from_columns({"one": ["a"], "two": ["b"]}, cutoff="1/2")
GAP = Case("w < 3", unit="person", keys={"gap": "(3 - w) / 3"}).spec()
TABLE = pa.table({"a": [1, 0, None, 1], "b": [0, 0, 1, 1], "w": [1.0, 2.0, 3.0, 4.0]})


def said(data, **given):
    """What the finding on the engine says; nothing if there is none."""
    found = mpi.tabulate(data, SPEC, **given).findings.of_code("ENGINE")
    return [finding.detail for finding in found]


def refused(call):
    with pytest.raises(mpi.MpiError) as caught:
        call()
    return str(caught.value)


def test_tables_in_memory_are_tabulated_there_without_a_word():
    assert said(TABLE) == []


@pytest.mark.parametrize("name", ["memory", "duckdb", "polars"])
def test_an_engine_that_is_asked_for_is_named(name):
    assert said(TABLE, engine=name, se=False) == [f"tabulated by {name}, because it was asked for"]


def test_files_of_many_rows_are_tabulated_by_duckdb(tmp_path, monkeypatch):
    pq.write_table(TABLE, tmp_path / "persons.parquet")
    assert said(tmp_path / "persons.parquet", se=False) == []
    monkeypatch.setattr(choice, "_MANY_ROWS", 4)
    expected = ["tabulated by duckdb, because there are files of 4 rows"]
    assert said(tmp_path / "persons.parquet", se=False) == expected


def test_what_only_memory_gives_is_collected_and_said():
    lazy = pl.DataFrame(TABLE).lazy()
    found = mpi.tabulate(lazy, GAP, distances=[(2, 2)], se=False).findings.of_code("ENGINE")
    assert [f.detail for f in found] == [
        "tabulated by memory, because distances need the gaps of each row; the data were collected"
    ]
    text = refused(lambda: mpi.tabulate(lazy, GAP, distances=[(2, 2)], engine="polars"))
    assert "engine 'polars': distances need the gaps of each row." in text
    assert "engine='memory'" in text


def test_rows_without_a_key_are_no_sample_for_a_query():
    text = refused(lambda: mpi.tabulate(TABLE, GAP, engine="duckdb"))
    assert "each row is a sampled unit, and has no key" in text


def test_an_unknown_engine_has_a_neighbour():
    text = refused(lambda: mpi.tabulate(TABLE, SPEC, engine="duckbd"))
    assert text.startswith("engine: there is no engine 'duckbd'.")
    assert "Choose one of memory, duckdb, polars, spark" in text
    assert "Did you mean 'duckdb'?" in text


def test_an_engine_of_another_distribution_is_loaded(monkeypatch):
    point = EntryPoint("mine", "mpi.engines.memory:tabulate", choice.GROUP)
    monkeypatch.setattr(choice, "entry_points", lambda **_: [point])
    assert said(TABLE, engine="mine") == ["tabulated by mine, because it was asked for"]


def test_another_distribution_cannot_take_a_name_of_ours(monkeypatch):
    point = EntryPoint("memory", "nowhere:nothing", choice.GROUP)
    monkeypatch.setattr(choice, "entry_points", lambda **_: [point])
    assert choice.load("memory") is in_spans.tabulate


def test_an_engine_that_cannot_be_loaded_is_one_sentence(monkeypatch):
    point = EntryPoint("broken", "no_such_module:tabulate", choice.GROUP)
    monkeypatch.setattr(choice, "entry_points", lambda **_: [point])
    text = refused(lambda: mpi.tabulate(TABLE, SPEC, engine="broken"))
    assert "the engine 'broken' cannot be loaded (ModuleNotFoundError)" in text


def test_amounts_of_memory_and_threads_that_are_none_are_told_together():
    options = {"memory": "lots", "threads": -4}
    text = refused(lambda: mpi.tabulate(TABLE, SPEC, engine="duckdb", engine_options=options))
    assert "memory: is no number.\n  It is a whole number of bytes, 16,777,216 or more." in (
        text.replace("\n    ", "\n  ")
    )
    assert "threads: -4 is no number." in text


def test_options_that_an_engine_does_not_have_are_listed():
    text = refused(lambda: mpi.tabulate(TABLE, SPEC, engine="duckdb", engine_options={"master": 1}))
    assert text == "engine 'duckdb': has no option 'master'.\n  It has memory, threads."
    text = refused(lambda: mpi.tabulate(TABLE, SPEC, engine="polars", engine_options={"x": 1}))
    assert text == "engine 'polars': has no option 'x'.\n  It has none."


@pytest.mark.parametrize(("module", "name"), [("duckdb", "duckdb"), ("pyspark", "spark")])
def test_a_package_that_is_not_installed_is_one_sentence(monkeypatch, module, name):
    monkeypatch.setitem(sys.modules, module, None)
    monkeypatch.setitem(sys.modules, f"{module}.sql", None)
    text = refused(lambda: mpi.tabulate(TABLE, SPEC, engine=name))
    assert f"the package {module!r} is not installed" in text
    assert f"pip install 'alkire-foster[{name}]'" in text


def test_a_relation_of_another_connection_is_left_as_it_is():
    connection = duckdb.connect()
    connection.execute("CREATE TABLE people AS SELECT 1 AS a, 0 AS b, range AS r FROM range(5)")
    relation = connection.table("people")
    assert mpi.tabulate(relation, SPEC, se=False).n == 5
    tables = connection.execute("SELECT table_name FROM information_schema.tables").fetchall()
    assert tables == [("people",)]


def test_a_query_that_fails_shows_no_cell():
    relation = duckdb.sql(
        "SELECT CAST(s AS INTEGER) AS a, 1 AS b FROM (VALUES ('Ana'), ('1')) t(s)"
    )
    text = refused(lambda: mpi.tabulate(relation, SPEC, se=False))
    assert "fails when it is run (ConversionException)" in text
    assert "Ana" not in text


def test_the_master_belongs_to_spark(tmp_path, capsys):
    (tmp_path / "spec.toml").write_text(SPEC.to_toml())
    pq.write_table(TABLE, tmp_path / "persons.parquet")
    files = [str(tmp_path / "spec.toml"), str(tmp_path / "persons.parquet")]
    assert main(["estimate", *files, "--engine", "duckdb", "--master", "local[2]"]) == 2
    assert "Add --engine spark." in capsys.readouterr().err
    assert main(["estimate", *files, "--engine", "duckdb", "--no-se"]) == 0
    assert "[ENGINE] tabulate: tabulated by duckdb" in capsys.readouterr().out
