"""Parts of a change add up to it, whatever the two waves are; they turn around with the waves."""

from __future__ import annotations

from math import prod

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from strategies import ORDER, law, specifications, surveys

import mpi
from mpi.core.factors import from_base, shapley


@st.composite
def two_waves(draw):
    """Two samples of one specification, with missing answers and people in no region."""
    spec = draw(specifications())
    made = [draw(surveys(spec=spec, fewest=2)) for _ in range(2)]
    cutoffs = [spec.cutoff, 1]
    try:
        return [
            one.tabulate(["region", ("region", "sex")]).estimate(cutoffs, missing="nondeprived")
            for one in made
        ]
    except mpi.EstimationError:
        assume(False)


def sums(table, by):
    """Sum of the parts of each split, for each of the values of some columns."""
    return table.groupby([*by, "split"], dropna=False)["estimate"].sum()


@law
@given(two_waves(), st.sampled_from(["shapley", "base"]), st.booleans())
def test_parts_add_up_to_the_change(waves, method, centred):
    found = mpi.decompose(*waves, samples="independent", method=method, centred=centred)
    table = found.to_pandas()
    assert not table["estimate"].isna().any()
    assert not table["se"].isna().any()
    assert (table["se"] >= 0).all()
    change = table[table["split"] == "change"]
    for row in change.to_dict("records"):
        about = (table["by"] == row["by"]) & (table["k"] == row["k"])
        group = table["group"].isna() if row["group"] is None else table["group"] == row["group"]
        own = table[about & group & ~table["split"].str.startswith("groups")]
        for split, total in sums(own, ["k"]).items():
            assert total == pytest.approx(row["estimate"], abs=ORDER), split
        if row["by"] == "national":
            between = table[(table["k"] == row["k"]) & table["split"].str.startswith("groups")]
            of_groups = between[between["group"].isna()]
            for key, total in sums(of_groups, ["by"]).items():
                assert total == pytest.approx(row["estimate"], abs=ORDER), key


@law
@given(two_waves(), st.booleans())
def test_sums_over_groups_are_those_of_the_groups(waves, centred):
    table = mpi.decompose(*waves, samples="independent", centred=centred).to_pandas()
    table = table[table["split"].str.startswith("groups") & (table["part"] != "no_group")]
    keys = ["by", "k", "split", "part"]
    whole = table[table["group"].isna()].set_index(keys)["estimate"]
    of_groups = table[table["group"].notna()].groupby(keys)["estimate"].sum()
    complete = table["part"] != "population_share" if centred else table["part"] != ""
    for key in table.loc[complete, keys].itertuples(index=False):
        own = of_groups.get(tuple(key), 0.0)
        assert whole[tuple(key)] == pytest.approx(own, abs=ORDER)


@law
@given(two_waves())
def test_shapley_parts_turn_around_with_the_waves(waves):
    there, back = (
        mpi.decompose(*pair, samples="independent").to_pandas() for pair in (waves, waves[::-1])
    )
    keys = ["by", "group", "k", "split", "part"]
    both = there.merge(back, on=keys, suffixes=("", "_back"), how="outer")
    assert len(both) == len(there) == len(back)
    np.testing.assert_allclose(both["estimate"], -both["estimate_back"], rtol=0, atol=ORDER)
    np.testing.assert_allclose(both["se"], both["se_back"], rtol=1e-6, atol=1e-9)


positive = st.floats(0.01, 1)


@law
@given(arrays.arrays(float, (3, 2, 2), elements=positive), st.sampled_from([2, 3]))
def test_parts_of_products_add_up_and_have_the_derivatives_of_differences(values, size):
    factors = values[:size]
    change = prod(factors[:, 1]) - prod(factors[:, 0])
    for split in (shapley, from_base):
        found = split(factors)
        np.testing.assert_allclose(found.values.sum(axis=0), change, rtol=0, atol=ORDER)
        for place in np.ndindex(size, 2):
            # parts are linear in each factor at each time, so a difference is the derivative
            moved = factors.copy()
            moved[place] += 0.5
            slope = (split(moved).values - found.values) / 0.5
            np.testing.assert_allclose(found.derivatives[(slice(None), *place)], slope, atol=ORDER)


@law
@given(arrays.arrays(float, (3, 2, 2), elements=positive))
def test_three_factors_have_the_terms_of_the_method(values):
    for own in range(3):
        x, y, z = (values[place] for place in (own, *(p for p in range(3) if p != own)))
        term = (x[1] - x[0]) * ((y[0] * z[0] + y[1] * z[1]) / 3 + (y[0] * z[1] + y[1] * z[0]) / 6)
        np.testing.assert_allclose(shapley(values).values[own], term, rtol=0, atol=ORDER)
