"""A small survey with labels of every kind, for the tests of this folder."""

from __future__ import annotations

import numpy as np
import pandas as pd

import mpi

# labels that a spreadsheet, a browser, LaTeX or Markdown would obey
ATTACKS = (
    '=HYPERLINK("http://example.org";"x")',
    "+1",
    "-1",
    "@SUM(A1)",
    "<script>alert(1)</script>",
    "http://example.org/a",
    r"\input{/etc/passwd} $x_1$ 50% & #",
    "[a](javascript:alert(1)) |x| `y` **z**",
    "tab\there" + chr(7) + chr(0) + "\nline",
    "long " * 8000,
    "_x0041_",
)


def survey(groups=ATTACKS, n=1200, seed=3, **options):
    """People in groups with these labels, in PSUs and strata."""
    rng = np.random.default_rng(seed)
    labels = np.array([*groups], dtype=object)
    frame = pd.DataFrame({name: rng.integers(0, 2, n) for name in ("a", "b", "c")})
    frame["region"] = labels[np.arange(n) % len(labels)]
    frame["weight"] = rng.uniform(1, 3, n)
    frame["stratum"] = np.arange(n) * 4 // n
    frame["psu"] = np.arange(n) // 12
    design = {"weight": "weight", "strata": "stratum", "psu": "psu"}
    return mpi.Survey(frame, **design, **options)


def specification(**titles):
    """Two dimensions and three indicators, with titles in two languages."""
    title = titles.get("title", {"en": "Toy index", "es": "Índice de juguete"})
    first = titles.get("first", {"en": "School", "es": "Escuela"})
    basis = {"instrument": "Ley 1", "article": "2", "status": "statute", "note": "[unconfirmed M]"}
    return mpi.specification(
        {
            "id": "toy",
            "title": title,
            "status": "reconstruction",
            "unit": "person",
            "cutoff": "1/2",
            "dimension": [
                {
                    "id": "one",
                    "title": first,
                    "indicator": [
                        {"id": "a", "title": first, "deprived": "a == 1", "basis": [basis]},
                        {"id": "b", "deprived": "b == 1"},
                    ],
                },
                {"id": "two", "indicator": [{"id": "c", "deprived": "c == 1"}]},
            ],
        }
    )


def estimates(groups=("North", "South"), k="1/2", **titles):
    """Estimates of the toy index by region."""
    return mpi.tabulate(survey(groups), specification(**titles), by="region").estimate(k)
