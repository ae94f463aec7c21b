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
# # Robustness: would other choices have changed the ranking?
#
# A minister reads a ranking of regions and asks: *would the list be another one with other weights, or another cutoff?* It is the fair question to ask of any multidimensional measure, because weights and cutoffs are choices. This notebook asks it of one thousand other indices at once.
#
# The survey is synthetic: no real person is in it. Everything below is arithmetic on one profile table, so that the rows are read once.

# %%
import mpi

spec = mpi.specification("colombia-dane")
survey = mpi.datasets.synthetic_survey(10_000, seed=2025)
profiles = mpi.tabulate(survey, spec, by="region")

# %% [markdown]
# ## 1. The ranking as it is published

# %%
estimates = profiles.estimate()
mpi.figures.by_group(estimates, measures=["M0"], source="synthetic survey")

# %% [markdown]
# Intervals overlap: some neighbours in this list cannot be told apart even before anything is varied. A ranking without intervals hides that.
#
# ## 2. Other weights, other cutoffs, one indicator less
#
# `robustness` varies one thing at a time, and compares every order with the published one. On a large survey write it inside `with mpi.progress_bar():`, which shows how far it is.

# %%
found = mpi.robustness(profiles, k=["1/5", "2/5", "1/2"], draws=1_000, seed=7)
shown = ["family", "k", "kendall_mean", "kept_mean", "kept_in_all", "not_reversed"]
found.summary.to_pandas()[shown].round(3).fillna({"k": ""})

# %% [markdown]
# How to read a row: Kendall's correlation with the published order is `kendall_mean` on average (1 is the same order, -1 the opposite). A comparison of two regions keeps its sign in a share `kept_mean` of the scenarios. `kept_in_all` of the pairs keep it in *every* scenario. And of the pairs that differ significantly, `not_reversed` never turn round significantly: that is the number to quote.
#
# ## 3. Where could each region stand?
#
# The ranks of each region under one thousand weighting schemes, drawn at random. A short bar is a place that does not depend on weights.

# %%
mpi.figures.ranks(found, "draws", k="1/3", specification=spec, source="synthetic survey")

# %% [markdown]
# The same when each indicator is left out once:

# %%
mpi.figures.ranks(found, "indicators", specification=spec, source="synthetic survey")

# %% [markdown]
# ## 4. Which comparisons hold whatever we choose?
#
# The pairs that differ significantly in the published index, and the share of the random weights that keep their order.

# %%
pairs = found.pairs.to_pandas()
drawn = pairs[(pairs["family"] == "draws") & (pairs["k"] == "1/3")]
sure = drawn[drawn["p_adjusted"] < 0.05].sort_values("kept", ascending=False)
sure[["first", "second", "difference", "p_adjusted", "kept"]].round(3).reset_index(drop=True)

# %% [markdown]
# ## 5. Whatever the cutoff: dominance
#
# One region is less poor than another *at every cutoff* if its whole curve lies below. `dominance` compares the curves at all attainable scores, and tests it.

# %%
curves = mpi.dominance(profiles)
mpi.figures.curves(
    curves, groups=["Bogotá", "Antioquia", "Caribe"], specification=spec, source="synthetic survey"
)

# %%
relations = curves.pairs.to_pandas().query("measure == 'H'")
relations = relations[relations["first"].eq("Bogotá") | relations["second"].eq("Bogotá")]
relations[["first", "second", "relation"]].reset_index(drop=True)

# %% [markdown]
# ## 6. In plain language

# %%
count, total = len(sure), len(drawn)
always = int((sure["kept"] == 1).sum())
print(
    f"Of {total} comparisons of regions, {count} are more than chance explains. "
    f"{always} of these {count} keep their order under every one of the 1,000 weightings."
)

# %% [markdown]
# So a ministry can say which regions are poorer than which, and should not print ranks for those in the middle.
#
# Next: [your own index](own_index.ipynb), and the pages [Robustness](../docs/robustness.md) and [Dominance](../docs/dominance.md).
