"""Columns keep their names in rules, however odd these are."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mpi.spec.expression import ExpressionError, column, parse
from mpi.spec.tree import Name

ODD_NAMES = [
    "my col",
    "1st",
    "a-b",
    "a.b",
    'quo"te',
    "apo'strophe",
    "back\\slash",
    "back\\",
    "\\n",
    "lambda",
    "True",
    "None",
    "and",
    "any",
    "count",
    "coalesce",
    "column",
    "strict",
    "año",
    "éxito",
    "变量",
    "p6040_año",
    "a#b",
    "{x}",
    "%s",
    " ",
    "__import__('os')",
    # as a name in Python these become others: nº is "no", ﬁ is "fi", µ is another letter
    "nº",
    "ª",
    "ﬁn",
    "µ",
    "an\u0303o",
    "ſ",
]


@pytest.mark.parametrize("name", ODD_NAMES)
def test_a_column_keeps_its_name_through_the_text_of_its_rule(name):
    rule = column(name)
    assert rule.tree == Name(name)
    assert parse(rule.text).tree == Name(name)


@pytest.mark.parametrize("name", ["nº", "ﬁn", "µ", "an\u0303o"])
def test_a_variable_is_looked_up_as_it_is_written(name):
    assert parse(f"{name} > 1").names() == (name,)


@given(st.text(min_size=1, max_size=20))
def test_any_column_name_survives_when_it_is_quoted(name):
    quoted = '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'
    try:
        found = parse(f"column({quoted})")
    except ExpressionError:
        assert not name.isprintable()
        return
    if name.isprintable():
        assert found.names() == (name,)
