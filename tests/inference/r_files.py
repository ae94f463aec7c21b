"""Reference files of R, read and compared: what the tests of this folder share."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import mpi

# R computes the same sums in another order; the reference README states this bound
EXACT = 1e-12
# mpitbR takes point estimates from an iterated logistic regression: noise, absolute
GLM = 2e-8

HEALTH, EDUCATION = ["d_nutr", "d_cm"], ["d_satt", "d_educ"]
LIVING = ["d_elct", "d_sani", "d_wtr", "d_hsg", "d_ckfl", "d_asst"]
GLOBAL = mpi.Specification.from_columns(
    {"health": HEALTH, "education": EDUCATION, "living": LIVING}, cutoff="1/3"
)
CUTOFFS = {"1": "1/18", "20": "1/5", "33": "1/3", "50": "1/2", "": None}
MEASURES = {"Npoor": "N_poor"}


def reference(*parts: str) -> Path:
    default = Path(__file__).parents[2].parent / "shared" / "data"
    path = Path(os.environ.get("MPI_SHARED_DATA", default), *parts)
    if not path.exists():
        pytest.skip(f"microdata not present: ../shared/data/{'/'.join(parts)}")
    return path


def read(path: Path) -> pd.DataFrame:
    """A table of figures with its labels as text."""
    frame = pd.read_parquet(path) if path.suffix == ".parquet" else pd.read_csv(path, dtype=str)
    labels = {"k", "indicator", "domain", "subg", "domvar", "loa", "measure", "by"}
    for name in frame.columns:
        if name in labels:
            frame[name] = frame[name].astype("string").fillna("")
        elif name not in ("tag", "y", "method", "lonely", "ctype"):
            frame[name] = pd.to_numeric(frame[name])
    return frame


def figures(estimates: mpi.Estimates) -> pd.DataFrame:
    """Our figures with the labels of the reference files."""
    ours = estimates.to_pandas()
    # the reference files have no dimensions and no categories
    ours = ours[ours["category"].isna() & (ours["indicator"].notna() | ours["dimension"].isna())]
    names = {cutoff: name for name, cutoff in CUTOFFS.items() if cutoff is not None}
    ours["k"] = ours["k"].map(names).fillna("")
    ours["indicator"] = ours["indicator"].fillna("")
    ours["domvar"] = ours["by"].replace({"national": "nat"})
    ours["domain"] = ours["group"].fillna("nat")
    return ours.drop(columns=["dimension"])


def assert_agree(expected: pd.DataFrame, ours: pd.DataFrame, pairs, on, bound=EXACT) -> int:
    """Every figure of a file is ours within the bound; their number."""
    ours = ours[ours["measure"].isin(expected["measure"])]
    both = expected.merge(ours, on=on, how="left", suffixes=("_r", ""), validate="one_to_one")
    assert len(both) == len(expected)
    compared = 0
    for theirs, own in pairs:
        left, right = both[theirs].to_numpy(float), both[own].to_numpy(float)
        wanted = ~np.isnan(left)
        gap = np.abs(left - right)[wanted]
        assert not np.isnan(gap).any(), f"{np.isnan(gap).sum()} of {own} are missing"
        scale = np.maximum(np.abs(left[wanted]), 1e-3 if own == "estimate" else 0)
        assert (gap <= bound * scale).all(), f"{own}: {gap.max():.3g}"
        compared += int(wanted.sum())
    return compared


def syn(weight="weight", **kinds):
    return lambda frame: mpi.Survey(frame, weight=weight, strata="stratum", psu="psu", **kinds)


K = [cutoff for cutoff in CUTOFFS.values() if cutoff is not None]
LABELS = ["domvar", "domain", "k", "measure", "indicator"]


def figure(estimates, name, group=None):
    """A figure of ours by the name it has in the reference files."""
    names = {"p33": ("H", "1/3"), "s33": ("M0", "1/3"), "A33": ("A", "1/3")}
    more = group or {}
    if name in names:
        measure, k = names[name]
        return estimates.get(measure, k=k, **more)
    kind, _, indicator = name.rpartition("h33_")
    if kind or name.startswith("h33_"):
        return estimates.get("hdk", k="1/3", indicator=indicator, **more)
    return estimates.get("hd", indicator=name, **more)
