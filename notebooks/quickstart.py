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
# # Quickstart
#
# From a specification and a survey to multidimensional poverty, in a few minutes. The survey is synthetic: no real person is in it. Run the cells from top to bottom; each takes a second or less.

# %%
import mpi

# %% [markdown]
# ## The specification
#
# It says what counts as poor. Colombia's index has fifteen indicators in five dimensions; a household is poor with a third of the weighted deprivations or more. Parts of its rules and legal bases are not confirmed; its description says which.

# %%
spec = mpi.specification("colombia-dane")
spec

# %% [markdown]
# Every indicator has one rule. Weights are exact fractions.

# %%
indicator = spec.indicators["school_attendance"]
print(indicator.label())
print("applies to:", indicator.applies_to)
print("deprived:", " ".join(str(indicator.deprived).split()))
print("weight:", spec.weights["school_attendance"])

# %% [markdown]
# ## The survey
#
# Person and household tables with weight, strata and PSUs. Here they are drawn at random from a model that meets published rates; with your own files write `mpi.Survey("persons.parquet", "households.parquet", household_id=..., weight=...)`.

# %%
survey = mpi.datasets.synthetic_survey(5_000, seed=7)
survey

# %% [markdown]
# ## Tabulate
#
# The only step that touches rows. It makes profile tables: how much weight each combination of deprivations carries, in each group.

# %%
profiles = mpi.tabulate(survey, spec, by=["area", "region", "sex"])
profiles

# %% [markdown]
# ## Estimate
#
# Everything else is arithmetic on these tables. Headcount ratio `H`, intensity `A` and adjusted headcount ratio `M0` for the whole population:

# %%
estimates = profiles.estimate()
estimates.select("H", "A", "M0")

# %% [markdown]
# The same for a report, with the intervals that are explained below:

# %%
mpi.figures.by_group(estimates, "region", source="synthetic survey")

# %% [markdown]
# One figure by its name. `n` is the number of persons in the sample on which it rests.

# %%
estimates.get("M0", area="rural")

# %% [markdown]
# ## Standard errors
#
# The survey has strata and PSUs, so every figure has a standard error, a 95 % interval and degrees of freedom. `n_psu` is the number of PSUs on which it rests.

# %%
columns = ["group", "estimate", "se", "ci_low", "ci_high", "df", "n_psu"]
rows = estimates.select("M0").to_pandas().query("by in ['national', 'area']")
rows[columns].fillna({"group": "all"}).round(4)

# %% [markdown]
# How they are computed is a choice made here, not when the rows are read: another interval and level, and degrees of freedom of the whole design.

# %%
other = profiles.estimate(interval="wilson", level=0.9, df="design").get("M0", area="rural")
print(other)
print(round(other.ci_low, 4), round(other.ci_high, 4), other.df)

# %% [markdown]
# Which indicators make up poverty? `pctb` is the share of M0 that comes from each.

# %%
table = estimates.to_pandas()
shares = table[(table["by"] == "national") & (table["measure"] == "pctb") & table["indicator"].isna()]
shares[["dimension", "estimate"]].round(3).reset_index(drop=True)

# %%
mpi.figures.contributions(estimates, "area", source="synthetic survey")

# %% [markdown]
# Which deprivations are widespread, and which of them do the poor have? Diamonds are everybody who is deprived, dots those among them who are poor.

# %%
mpi.figures.headcounts(estimates, source="synthetic survey")

# %% [markdown]
# ## Tables for publication
#
# With standard errors, intervals, coefficients of variation and the number of persons behind each row; as HTML here, with `save` as LaTeX or Markdown, and all of them at once in Excel with `mpi.workbook(estimates, "annex.xlsx")`.

# %%
annex = mpi.publication_tables(estimates, names={"area": "Area"})
annex["by area"]

# %% [markdown]
# ## Several cutoffs
#
# Cutoffs are exact too: `"1/3"` is a third, `"33%"` is 33 hundredths. All are computed from the same tables.

# %%
several = profiles.estimate(k=["1/5", "1/3", "1/2"])
for k in ["1/5", "1/3", "1/2"]:
    print(k, several.get("H", k=k), several.get("M0", k=k), sep="\n   ")

# %% [markdown]
# The findings say what you should know. Whoever is exactly at the cutoff is poor, and the finding gives their share.

# %%
several.findings

# %% [markdown]
# ## Missing answers
#
# The same survey with one answer in twenty missing at random. The policy is chosen after tabulating.

# %%
tables = mpi.datasets.synthetic_tables(5_000, seed=7, missing=0.05)
incomplete = mpi.Survey(
    tables.persons,
    tables.households,
    household_id="household_id",
    person_id="person_id",
    weight="weight",
    strata="stratum",
    psu="psu",
)
with_gaps = mpi.tabulate(incomplete, spec)
for policy in ["drop", "reweight", "reweight-dimension", "nondeprived"]:
    print(f"{policy:20}", with_gaps.estimate(missing=policy).get("H"))

# %% [markdown]
# `bounds` gives the lowest and the highest value that any completion of the answers could give.

# %%
bounds = with_gaps.estimate(missing="bounds")
print(bounds.get("H", bound="lower"))
print(bounds.get("H", bound="upper"))

# %% [markdown]
# How much was left out under `drop`:

# %%
with_gaps.estimate(missing="drop").findings.of_code("MISSING_DROPPED")

# %% [markdown]
# ## Another specification
#
# Change a key, and see what differs. The rows are read once more, since rules could differ.

# %%
stricter = spec.replace(id="stricter", cutoff="2/5")
spec.diff(stricter)

# %%
mpi.tabulate(survey, stricter).estimate().get("H")

# %% [markdown]
# ## Scores of households
#
# One row a household: each deprivation, the score, and whether it is poor.

# %%
scores = mpi.score(survey, spec)
scores.to_pandas()[["household_id", "score_exact", "score", "poor_1/3"]].head()

# %% [markdown]
# Next: [your own index in ten minutes](own_index.ipynb), [survey waves and change](waves.ipynb), [robustness](robustness.ipynb), [Colombia and Uruguay side by side](colombia_uruguay.ipynb).
