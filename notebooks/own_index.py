# ---
# jupyter:
#   jupytext:
#     formats: ipynb,py:percent
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---
# %% [markdown]
# # Your own index, from scratch, in ten minutes
#
# Two ways. If your file already has a column for each deprivation, coded 0 and 1, you are done in ten lines: [part 1](#1.-A-Stata-file-with-0/1-indicators). If you have the raw answers, write down once what they mean and who is deprived, in two small text files: [part 2](#2.-From-raw-answers). All data are invented.

# %%
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd

import mpi

folder = Path(tempfile.mkdtemp())  # what this notebook writes goes there

# %% [markdown]
# ## 1. A Stata file with 0/1 indicators
#
# Somebody gives you `indicators.dta`: one row a person, ten indicators, weight, stratum, PSU and region. Here it is made up:

# %%
rng = np.random.default_rng(1)
people = 3_000
place = rng.integers(0, 3, people)
hardship = rng.normal(0.5 * place - 0.4, 1.0)
codes = ["d_cm", "d_nutr", "d_satt", "d_educ", "d_elct", "d_wtr", "d_sani", "d_hsg", "d_ckfl"]
codes.append("d_asst")
coded = pd.DataFrame({code: (hardship + rng.normal(0, 1, people) > 1.1) * 1 for code in codes})
coded["region"] = np.array(["Coast", "Hills", "Forest"])[place]
coded["stratum"], coded["psu"] = place, 40 * place + rng.integers(0, 40, people)
coded["weight"] = rng.uniform(80, 120, people)
coded.to_stata(folder / "indicators.dta", write_index=False)

# %% [markdown]
# And this is the whole analysis: H, A and M0 by region with standard errors, and a figure. Dimensions weigh the same, indicators the same within each; every weight is an exact fraction, so that nobody at the cutoff falls on the wrong side by rounding.

# %%
survey = mpi.Survey(folder / "indicators.dta", weight="weight", strata="stratum", psu="psu")
living = ["d_elct", "d_wtr", "d_sani", "d_hsg", "d_ckfl", "d_asst"]
dimensions = {"health": ["d_cm", "d_nutr"], "education": ["d_satt", "d_educ"], "living": living}
spec = mpi.Specification.from_columns(dimensions, cutoff="1/3")
estimates = mpi.measure(survey, spec, by="region")
mpi.figures.by_group(estimates, measures=["H", "A", "M0"])

# %%
mpi.publication_tables(estimates)[1]

# %% [markdown]
# Other weights are a mapping from indicator to fraction (`weights=`), other cutoffs a list (`k=["1/5", "1/3"]`). Missing answers are not zeros: whoever lacks an indicator is left out, and a finding on the result says how many; `missing="nondeprived"` and other policies change that.
#
# ## 2. From raw answers
#
# An office has the file as it comes from the field: persons and households, answers as codes.

# %%
persons = pd.DataFrame(
    {
        "hh": [1, 1, 1, 2, 3, 3, 3, 3, 4, 4, 5, 5],
        "line": [1, 2, 3, 1, 1, 2, 3, 4, 1, 2, 1, 2],
        "age": [44, 41, 12, 67, 38, 35, 7, 3, 52, 24, 29, 10],
        "school": [2, 2, 2, 2, 2, 2, 1, np.nan, 2, 2, 2, 1],
        "years": [5, 4, 3, 2, 11, 8, 1, np.nan, 99, 4, 9, 4],
    }
)
households = pd.DataFrame(
    {
        "hh": [1, 2, 3, 4, 5],
        "region": ["North", "North", "South", "South", "South"],
        "water": [3, 2, 1, 1, 2],
        "floor": [2, 1, 1, 2, 2],
        "weight": [210, 180, 250, 240, 230],
        "block": [101, 102, 201, 202, 203],
    }
)
persons

# %% [markdown]
# ### The codebook: what the codes mean
#
# Attends school: 1 yes, 2 no. Years of school: 99 is no answer. Water: 1 network, 2 well, 3 river. Floor: 1 finished, 2 earth.

# %%
codebook = """
format = 1
id = "my-survey"
title = "My survey"

[tables]
persons = { household_id = ["hh"], person_id = ["line"] }
households = { household_id = ["hh"] }

[design]
weight = "weight"
psu = "block"

[[variable]]
id = "attends_school"
level = "person"
column = "school"
true = 1
false = 2

[[variable]]
id = "years_schooling"
level = "person"
column = "years"
range = [0, 25]
missing = 99

[[variable]]
id = "water_source"
level = "household"
column = "water"
classes = { network = 1, well = 2, river = 3 }

[[variable]]
id = "earth_floor"
level = "household"
column = "floor"
true = 2
false = 1
"""
_ = (folder / "my-survey.toml").write_text(codebook, encoding="utf-8")

# %% [markdown]
# ### The specification: who is deprived
#
# Two dimensions, four indicators, equal weights. `any` and `all` look at the members whom `applies_to` names.

# %%
specification = """
format = 1
id = "my-index"
title = { en = "My index" }
unit = "household"
cutoff = "1/2"

[[dimension]]
id = "education"
title = { en = "Education" }

  [[dimension.indicator]]
  id = "out_of_school"
  title = { en = "A child of 6 to 14 is out of school" }
  applies_to = "6 <= age <= 14"
  deprived = "any(not attends_school)"
  if_none_applicable = "not deprived"

  [[dimension.indicator]]
  id = "schooling"
  title = { en = "No adult has six years of school" }
  applies_to = "age >= 18"
  deprived = "all(years_schooling < 6)"
  if_none_applicable = "deprived"

[[dimension]]
id = "housing"
title = { en = "Housing" }

  [[dimension.indicator]]
  id = "water"
  title = { en = "Water from a well or a river" }
  deprived = 'water_source in ("well", "river")'

  [[dimension.indicator]]
  id = "floor"
  title = { en = "Earth floor" }
  deprived = "earth_floor"
"""
_ = (folder / "my-index.toml").write_text(specification, encoding="utf-8")

# %% [markdown]
# ### A mistake is told in a sentence
#
# Names are checked before any row is read, and the nearest one is suggested.

# %%
wrong = folder / "wrong.toml"
_ = wrong.write_text(specification.replace("earth_floor", "earth_flor"), encoding="utf-8")
own = mpi.Survey(persons, households, codebook=folder / "my-survey.toml")
try:
    mpi.measure(own, wrong)
except mpi.MpiError as error:
    print(error)

# %% [markdown]
# ### Results

# %%
spec = mpi.specification(folder / "my-index.toml")
mpi.check(spec, own)

# %% [markdown]
# `NO_BASIS` is a reminder: no threshold says yet where it comes from. `SCORES` says that some households can be exactly at the cutoff, which makes them poor.

# %%
results = mpi.measure(own, spec, by="region")
for region in ["North", "South"]:
    print(region, results.get("H", region=region))

# %% [markdown]
# Who is poor, household by household? Household 4 has no score: one adult's years of school are not known, and whether *all* adults have fewer than six is not known then.

# %%
mpi.score(own, spec)

# %% [markdown]
# ### The annex for Excel
#
# One sheet a table, with notes, units, footnotes and the rules of the index.

# %%
mpi.workbook(results, folder / "my-index.xlsx", source="My survey")
print((folder / "my-index.xlsx").name, "is written")

# %% [markdown]
# Next: give every threshold its legal basis, as [Specification files](../docs/specifications.md) shows, and read [the same with more rules](../docs/howto_own_index.md). What the language of rules can say is in [Rules](../docs/rules.md).
