"""Every bundled specification and codebook: the engines equal the memory engine.

The data are random and know every code of the codebooks, so that each rule meets each answer, the
missing ones too.
"""

from __future__ import annotations

from functools import cache

import duckdb
import polars as pl
import pytest
from random_surveys import groups_of, random_survey
from same import assert_same_outcome

import mpi
from mpi.api import groupings_of
from mpi.engines import memory
from mpi.engines.fit import fit
from mpi.engines.relational import duckdb as in_duckdb
from mpi.engines.relational import polars as in_polars
from mpi.engines.relational import spark as in_spark
from mpi.spec.files import bundled

FEW = [("uruguay-ech-2018", "uruguay-rights-2012"), ("mexico-enigh-2016", "mexico-coneval-2018")]


@cache
def fitted(book: str, name: str) -> mpi.Specification | None:
    """The specification as the codebook can give it; None where nothing is left of a dimension."""
    spec = mpi.specification(name)
    unset = {p: 6 if "age" in p else 2 for p, v in spec.parameters.items() if v is None}
    try:
        given = spec.with_parameters(**unset)
        return fit(random_survey(book), given, absent="reweight").specification
    except mpi.MpiError:
        return None


PAIRS = [
    (book, name)
    for book in bundled("survey")
    for name in bundled("spec")
    if not mpi.specification(name).lacks and fitted(book, name) is not None
]


def test_every_codebook_and_every_complete_specification_is_compared():
    assert {book for book, _ in PAIRS} == set(bundled("survey"))
    complete = {name for name in bundled("spec") if not mpi.specification(name).lacks}
    assert {name for _, name in PAIRS} == complete


def groupings(book):
    """One variable, and two crossed."""
    found = groupings_of(groups_of(book))
    return [found[0], found[-1]]


@pytest.mark.parametrize("se", [True, False])
@pytest.mark.parametrize(("book", "name"), PAIRS)
def test_duckdb_equals_memory(book, name, se):
    spec, by = fitted(book, name), groupings(book)
    assert_same_outcome(
        lambda: memory.tabulate(random_survey(book), spec, by, se=se),
        lambda: in_duckdb(random_survey(book, duckdb.from_arrow), spec, by, se=se),
    )


@pytest.mark.parametrize("se", [True, False])
@pytest.mark.parametrize(("book", "name"), PAIRS)
def test_polars_equals_memory(book, name, se):
    def lazy(table):
        return pl.DataFrame(table).lazy()

    spec, by = fitted(book, name), groupings(book)
    assert_same_outcome(
        lambda: memory.tabulate(random_survey(book), spec, by, se=se),
        lambda: in_polars(random_survey(book, lazy), spec, by, se=se),
    )


@pytest.mark.parametrize(("book", "name"), PAIRS)
def test_spark_equals_memory(spark_session, book, name):
    spec = fitted(book, name)
    by = groupings(book)[-1:]  # the crossed one: a query of Spark takes its time
    assert_same_outcome(
        lambda: memory.tabulate(random_survey(book), spec, by),
        lambda: in_spark(random_survey(book, spark_session.createDataFrame), spec, by),
    )


@pytest.mark.parametrize(("book", "name"), FEW)
def test_the_engine_is_chosen_by_where_the_data_are(book, name):
    spec = fitted(book, name)
    ours = mpi.tabulate(random_survey(book), spec, by="area")
    for made, engine in (
        (duckdb.from_arrow, "duckdb"),
        (lambda t: pl.DataFrame(t).lazy(), "polars"),
    ):
        found = mpi.tabulate(random_survey(book, made), spec, by="area")
        said = found.findings.of_code("ENGINE")
        assert [f.detail.split(",")[0] for f in said] == [f"tabulated by {engine}"]
        assert found.estimate().get("M0").estimate == pytest.approx(
            ours.estimate().get("M0").estimate, rel=1e-12
        )
