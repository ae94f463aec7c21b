"""Changes between the waves of syn, against `mpitbR` and R `survey`."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from r_files import EXACT, GLOBAL, K, figure, figures, read, reference, syn

import mpi

MEASURES = ["H", "A", "M0", "hd", "hdk"]
# mpitbR writes a headcount of exactly 0 as 3e-12; in percent of a first figure of a few hundredths
NOTHING = 1e-8
LIMITS = ("estimate", "se", "ci_low", "ci_high")


@pytest.fixture(scope="module")
def waves():
    frame = pd.read_parquet(reference("reference", "syn", "syn_cdta.parquet"))
    parts = [(1, "2010"), (2, "2018.5")]
    return [
        mpi.tabulate(syn(date=date)(frame[frame["t"] == t]), GLOBAL, by=["area", "region"])
        .estimate(K, measures=MEASURES)
        for t, date in parts
    ]  # fmt: skip


def test_the_changes_of_mpitbr(waves, count):
    changes = mpi.change(*waves, samples="overlapping", reference="normal", interval="wald")
    ours = figures(changes)
    ours["ctype"] = ours["change"].map({"absolute": "abs", "relative": "rel"})
    ours["ann"] = ours["annualized"].astype(int)
    relative = ours["ctype"] == "rel"
    ours.loc[relative, list(LIMITS)] *= 100  # percent in the file
    theirs = read(reference("reference", "syn", "mpitbR_changes.parquet"))
    theirs = theirs.rename(columns={"loa": "domvar", "subg": "domain"})
    assert len(theirs) == 5_704
    on = ["domvar", "domain", "k", "measure", "indicator", "ctype", "ann"]
    both = theirs.merge(ours, on=on, how="left", validate="one_to_one")
    quirk = (both["estimate_1"] == 0) & (both["ctype"] == "rel") & (both["ann"] == 1)
    assert quirk.sum() == 1  # d_wtr of region 4 at k = 1/2: the slope of r^(1/T) at 0 is infinite
    assert both.loc[quirk, "estimate"].tolist() == [-100.0]
    assert both.loc[quirk, "se_y"].isna().all()
    compared = 0
    for left, right in zip(
        ("b", "se_x", "ll", "ul"), ("estimate", "se_y", *LIMITS[2:]), strict=True
    ):
        # a limit is a sum that may be near 0
        size = both[["b", "ll", "ul"]].abs().max(axis=1) if left in ("ll", "ul") else both[left]
        bound = EXACT * size.abs() + (both["estimate_1"] == 0) * NOTHING
        wrong = ~((both[left] - both[right]).abs() <= bound) & ~quirk
        assert not wrong.any(), both.loc[wrong, [*on, left, right]].head()
        compared += int((~quirk).sum())
    count(compared)


@pytest.mark.parametrize("mode", ["overlap_same_psu", "independent"])
def test_the_changes_of_survey(waves, mode, count):
    theirs = pd.read_csv(reference("reference", "syn", "survey_change.csv"))
    theirs = theirs[theirs["mode"] == mode]
    samples = "independent" if mode == "independent" else "overlapping"
    changes = mpi.change(*waves, samples=samples).to_pandas()
    changes = changes[changes["by"] == "national"]
    pooled = mpi.pool(*waves, samples=samples)
    for row in theirs.itertuples():
        first, second = (figure(one, row.y) for one in pooled)
        own = first.form.source.covariance([*first.form.terms, *second.form.terms])
        assert own[0, 1] == pytest.approx(row.cov12, rel=EXACT, abs=1e-30)
        about = {name: first.about.get(name) for name in ("measure", "indicator", "k")}
        same = [changes[n].isna() if v is None else changes[n] == v for n, v in about.items()]
        mine = changes[np.logical_and.reduce(same)].set_index(["change", "annualized"])
        forms = [("abs", "absolute", False, 1), ("rel", "relative", False, 100)]
        forms += [("absann", "absolute", True, 1), ("relann", "relative", True, 100)]
        for name, kind, annualized, scale in forms:
            found = mine.loc[(kind, annualized)]
            assert found["df"] == row.df
            pairs = [(found["estimate"], name), (found["se"], f"{name}_se")]
            known = [(own, column) for own, column in pairs if not np.isnan(getattr(row, column))]
            for own, column in known:
                assert own * scale == pytest.approx(getattr(row, column), rel=EXACT)
            count(len(known))
        assert found["estimate_0"] == pytest.approx(row.b1, rel=EXACT)
        assert found["estimate_1"] == pytest.approx(row.b2, rel=EXACT)
