"""Files of the golden set and how their figures are compared with ours."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

import mpi

# R adds the same doubles in another order, and a standard error is the root of a sum of squares of
# differences of them: what is lost is some units of the 16th digit, times at most a few hundred
EXACT = 1e-12
FOLDER = Path(__file__).parents[1] / "reference" / "golden"
K = ["1/9", "1/5", "1/3", "1/2", "2/3", "1"]
BY = ["area", "region", "rare", "wave"]
LABELS = ["by", "group", "measure", "k", "dimension", "indicator", "category"]
LONELY_STRATUM = 11


def specification() -> mpi.Specification:
    """The specification of the golden set."""
    return mpi.specification(FOLDER / "specification.toml")


def inputs(name: str) -> pd.DataFrame:
    """Rows of an input file."""
    return pd.read_csv(FOLDER / "inputs" / f"{name}.csv")


def survey_rows(*, lonely: bool = False) -> pd.DataFrame:
    """Rows of the two waves, with or without the stratum that has a single PSU."""
    rows = inputs("survey")
    return rows if lonely else rows[rows["stratum"] != LONELY_STRATUM]


def clustered(rows: pd.DataFrame, **more) -> mpi.Survey:
    """The survey's design: strata, PSUs whose ids repeat between strata, weights."""
    return mpi.Survey(rows, weight="weight", strata="stratum", psu="psu", **more)


def weighted(name: str) -> pd.DataFrame:
    """Rows of a two-stage sample with their weights worked out beside the library."""
    rows = inputs(name)
    psus = rows.groupby("stratum")["psu"].transform("nunique")
    units = rows.groupby(["stratum", "psu"])["ssu"].transform("nunique")
    return rows.assign(weight=(rows["fpc1"] / psus) * (rows["fpc2"] / units))


def expected(name: str, tag: str | None = None) -> pd.DataFrame:
    """Figures of R; labels are texts, empty where they do not apply."""
    texts = {
        "tag",
        "a",
        "b",
        "how",
        "figure",
        "method",
        "pairs",
        "pair",
        "file",
        "rscales",
        *LABELS,
    }
    frame = pd.read_csv(FOLDER / "expected" / f"{name}.csv", dtype=dict.fromkeys(texts, str))
    kept = [column for column in frame.columns if column in texts]
    frame[kept] = frame[kept].fillna("")
    return frame if tag is None else frame[frame["tag"] == tag]


def figures(estimates: mpi.Estimates) -> pd.DataFrame:
    """Our figures with labels as in the files of R."""
    ours = estimates.to_pandas()
    ours[LABELS] = ours[LABELS].astype(object).fillna("").astype(str)
    return ours


def compare(theirs: pd.DataFrame, ours: pd.DataFrame, columns: dict[str, str]) -> int:
    """The number of figures of R; every one of them is ours, within the bound.

    Figures that R leaves empty are empty in ours, too.
    """
    names = {name: f"{name} of R" for name in columns}
    theirs = theirs[[*LABELS, *columns]].rename(columns=names)
    both = theirs.merge(ours, on=LABELS, how="left", validate="one_to_one", indicator=True)
    absent = both[both["_merge"] != "both"]
    assert absent.empty, absent[LABELS].head().to_string()
    compared = 0
    for name, own in columns.items():
        left = both[names[name]].to_numpy(float)
        right = both[own].to_numpy(float)
        assert (np.isnan(left) == np.isnan(right)).all(), name
        off = np.abs(left - right) > allowed(left, rounding=name == "se")
        assert not off.any(), both.loc[off, [*LABELS, names[name], own]].head(12).to_string()
        compared += int((~np.isnan(left)).sum())
    return compared


def allowed(values: np.ndarray, *, rounding: bool = False) -> np.ndarray:
    """How far a figure may be from R's.

    A standard error that is 0 is in R the root of a sum of rounding errors.
    """
    bound = EXACT * np.abs(values)
    return np.maximum(bound, 1e-15) if rounding else bound


def figure(estimates: mpi.Estimates, key: str) -> mpi.Estimate:
    """One of our figures by its key in the files: measure;k;indicator;by;group."""
    measure, k, indicator, by, group = key.split(";")
    where = {} if by == "national" else {by: int(group)}
    return estimates.get(measure, k=k or None, indicator=indicator or None, **where)
