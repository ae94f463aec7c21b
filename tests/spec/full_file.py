"""A specification file with every key, and readers of its text."""

from __future__ import annotations

import pytest

import mpi
from mpi.errors import SpecificationError
from mpi.spec.files import load_toml
from mpi.spec.validation import validated

FULL = """
format = 1
id = "full"
title = { en = "Everything", es = "Todo" }
note = "first\\nsecond \\"quoted\\" \\\\ ñ"
description = '''
several
lines'''
status = "reconstruction"
sources = ["one", "two"]
unit = "household"
universe = "age >= 0"
cutoff = "1/3"
missing = "reweight"

[[dimension]]
id = "childhood"
weight = "1/2"
  [[dimension.indicator]]
  id = "school attendance"
  title = "Attendance"
  weight = "1/6"
  applies_to = "6 <= age <= 16"
  deprived = "any(not attends)"
  destitute = "all(not attends)"
  if_none_applicable = "missing"
  rights = ["education"]
    [[dimension.indicator.basis]]
    instrument = "Constitución"
    article = "67"
    status = "statute"
    published = 1991-07-04
    note = "5 to 15"
  [[dimension.indicator]]
  id = "work"
  weight = "1/3"
  deprived = "any(works, where=age < 15)"
[[dimension]]
id = "services"
rule = "union"
weight = "1/2"
  [[dimension.indicator]]
  id = "water"
  deprived = "water == 'river'"
  [[dimension.indicator]]
  id = "rooms"
  deprived = "size / rooms >= 3"
[[condition]]
id = "low_income"
when = "income < line"
[[category]]
id = "both"
when = "poor and low_income and score >= 1/2"
"""


def read(text, name="test"):
    content, lines = load_toml(text, name, error=SpecificationError)
    return validated(mpi.Specification, content, source=name, error=SpecificationError, lines=lines)


def problems(text):
    with pytest.raises(SpecificationError) as caught:
        read(text)
    return [str(problem) for problem in caught.value.problems]
