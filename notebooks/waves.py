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
# # Survey waves: did poverty fall, where, and why?
#
# A statistics office has three rounds of the same survey and one question from the press: *did multidimensional poverty fall?* This notebook answers it the way an office has to: with a standard error on the change, with the same rules in every round, and with a reason.
#
# The three rounds are **synthetic**. They are drawn from the model that ships with the library, the earlier ones with more deprivation on purpose, so that there is something to find. No real person is in them, and no figure is an estimate for Colombia.

# %%
from dataclasses import replace

import mpi
from mpi.datasets.calibration import CALIBRATED

# %% [markdown]
# ## 1. Three rounds with one design
#
# `harder` raises the factor that all deprivations share. Everything else is the same: strata, PSUs, weights, 8,000 households a round. With your own files, write `mpi.Survey("2018.parquet", ..., date="2018")` for each.


# %%
def wave(year, harder):
    """A synthetic round of the survey, with more deprivation if `harder` is above 0."""
    shift = tuple(mean + harder for mean in CALIBRATED.shift)
    tables = mpi.datasets.synthetic_tables(
        8_000, seed=year, calibration=replace(CALIBRATED, shift=shift)
    )
    return mpi.Survey(
        tables.persons,
        tables.households,
        household_id="household_id",
        person_id="person_id",
        weight="weight",
        strata="stratum",
        psu="psu",
        date=str(year),
    )


surveys = {2018: wave(2018, 0.30), 2022: wave(2022, 0.15), 2025: wave(2025, 0.0)}

# %% [markdown]
# One specification for all rounds. Each is read once.

# %%
spec = mpi.specification("colombia-dane")
profiles = {
    year: mpi.tabulate(survey, spec, by=["area", "region"]) for year, survey in surveys.items()
}
waves = [one.estimate() for one in profiles.values()]
for year, one in zip(profiles, waves, strict=True):
    print(year, one.get("H"), one.get("M0"), sep="\n   ")

# %% [markdown]
# ## 2. The change, with its error
#
# `change` compares successive rounds. The rounds are independent samples, and that has to be said: a panel, or rounds that share PSUs, have another standard error.

# %%
years = list(surveys)
changes = mpi.change(*waves, years=years, samples="independent")
columns = ["wave_0", "wave_1", "year_0", "year_1", "estimate", "se", "ci_low", "ci_high", "p_value"]
table = changes.select("H").to_pandas()
national = table.query("by == 'national' and change == 'absolute' and not annualized")
national[columns].round(4).reset_index(drop=True)

# %% [markdown]
# The fall of the incidence in each period, and the range in which it lies with 95 % confidence. To speak of the pace, use the rows with `annualized`; a relative change is on the rows with `change == "relative"`.
#
# ## 3. Where?
#
# Many groups are compared at once, and the more one looks the more one finds by chance. `adjust` corrects the p-values of a whole family of comparisons (Holm's method), so that what stays significant may be said aloud.

# %%
long = mpi.change(waves[0], waves[-1], years=[2018, 2025], samples="independent")
long = long.select("M0").adjust()
mpi.figures.changes(long, by="region", measure="M0", specification=spec, source="synthetic survey")

# %% [markdown]
# A solid, coloured arrow is a change that chance does not explain. A dashed one may be a fall too: the sample is too small to know.

# %%
mpi.figures.changes(long, by="area", measure="M0", specification=spec, source="synthetic survey")

# %% [markdown]
# ## 4. Why? The change in parts
#
# M0 can fall because fewer people are poor (*incidence*) or because the poor have fewer deprivations (*intensity*). `decompose` gives each part with its standard error.

# %%
parts = mpi.decompose(waves[0], waves[-1], samples="independent")
rows = parts.select("incidence_intensity").to_pandas().query("by == 'national'")
rows[["part", "estimate", "share", "se", "ci_low", "ci_high"]].round(4).reset_index(drop=True)

# %% [markdown]
# `share` is the part of the fall: here nearly all of it is in the number of poor people. Which deprivations fell?

# %%
mpi.figures.waterfall(parts, split="indicators", specification=spec, source="synthetic survey")

# %% [markdown]
# And how much of it comes from people who live elsewhere than before, rather than from lower poverty in each region?

# %%
mpi.figures.waterfall(parts, split="groups", by="region", source="synthetic survey")

# %% [markdown]
# ## 5. The table for the press release
#
# The same results as a publication table, with stars and adjusted p-values. `mpi.workbook(long, "change.xlsx")` writes it for Excel.

# %%
tables = mpi.publication_tables(long, names={"region": "Region", "area": "Area"})
tables[-1]

# %% [markdown]
# ## 6. In plain language

# %%
fall = changes.select("H").to_pandas().query("by == 'national' and change == 'absolute'")
fall = fall[~fall["annualized"]]
for row in fall.itertuples():
    sure = "more than chance explains" if row.p_value < 0.05 else "which chance may explain"
    way = "fell" if row.estimate < 0 else "rose"
    print(
        f"{row.year_0:.0f} to {row.year_1:.0f}: the share of poor people {way} by "
        f"{100 * abs(row.estimate):.1f} points, {sure}."
    )

# %% [markdown]
# Next: [does the order of regions depend on our choices?](robustness.ipynb), and the pages [Change](../docs/change.md), [Decompose](../docs/decompose.md), and [Panel](../docs/panel.md) for rounds that follow the same people.
