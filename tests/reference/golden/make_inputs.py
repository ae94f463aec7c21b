"""Input files of the golden set: ``python tests/reference/golden/make_inputs.py``.

All draws come from `random.Random.random`, whose sequence for a seed Python promises to keep, so
that the files can be made again, byte for byte.
"""

from __future__ import annotations

import csv
import io
import random
from collections.abc import Iterator
from itertools import product
from pathlib import Path

INDICATORS = ("nutrition", "mortality", "schooling", "attendance", "water", "floor", "fuel")
Row = dict[str, object]

# strata 1 to 10 with their PSUs, and stratum 11 with a single one
PSUS = {1: 5, 2: 3, 3: 6, 4: 2, 5: 4, 6: 5, 7: 7, 8: 3, 9: 4, 10: 6, 11: 1}
REGION = {1: 1, 2: 1, 3: 1, 4: 2, 5: 2, 6: 2, 7: 3, 8: 3, 9: 4, 10: 4, 11: 4}
# nobody in this PSU answers everything; these are in one wave only
SILENT, FIRST_ONLY, SECOND_ONLY = (3, 4), (6, 5), (10, 2)


class Draw:
    """Draws that rest on `random` alone."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)  # noqa: S311 -- made-up data, not a secret

    def share(self) -> float:
        return self._random.random()

    def chance(self, p: float) -> int:
        return int(self._random.random() < p)

    def whole(self, low: int, high: int) -> int:
        return low + int(self._random.random() * (high - low + 1))


def household(draw: Draw, hardship: float, *, missing: float, most: int = 6) -> Iterator[Row]:
    """Persons of a household; a harder life makes every deprivation likelier."""
    level = min(0.9, max(0.05, hardship + 0.5 * (draw.share() - 0.5)))
    home = {name: draw.chance(level) for name in ("mortality", "water", "floor", "fuel")}
    home["mortality"] = draw.chance(0.5 * level)
    for person in range(1, draw.whole(1, most) + 1):
        answers: Row = {
            **home,
            "nutrition": draw.chance(0.6 * level),
            "schooling": draw.whole(0, 5) if draw.chance(0.8 * level) else draw.whole(6, 12),
            "attendance": draw.chance(0.5 * level),
        }
        row = {name: "" if draw.chance(missing) else answers[name] for name in INDICATORS}
        yield {"person": person, **row}


def survey() -> Iterator[Row]:
    """Two waves of a stratified sample of PSUs: unequal weights, shared PSUs, missing answers."""
    draw, number = Draw(20260101), 0
    for wave, (stratum, psus) in product((1, 2), PSUS.items()):
        for psu in range(1, psus + 1):
            absent = SECOND_ONLY if wave == 1 else FIRST_ONLY
            homes, hardship = draw.whole(2, 8), 0.15 + 0.6 * draw.share() - 0.05 * (wave - 1)
            if (stratum, psu) == absent:
                continue
            urban = draw.share()
            for _ in range(homes):
                number += 1
                about: Row = {
                    "stratum": stratum,
                    "psu": psu,
                    "household": number,
                    "wave": wave,
                    "weight": draw.whole(20, 400) / 4 * (1 + stratum % 3),
                    "region": REGION[stratum],
                    "area": 1 + draw.chance(urban),
                }
                for row in household(draw, hardship, missing=0.015):
                    if (stratum, psu) == SILENT:
                        row["nutrition"] = ""
                    yield about | {"rare": _rare(draw, stratum, psu), **_paired(psu, stratum)} | row


def _rare(draw: Draw, stratum: int, psu: int) -> int:
    """Members of a rare domain: in one PSU of strata 1 to 5, in two of 6 and 7, and in the 11th."""
    places = {**dict.fromkeys(range(1, 6), 1), 6: 2, 7: 2, 11: 1}
    return draw.chance(0.4) if psu <= places.get(stratum, 0) else 0


def _paired(psu: int, stratum: int) -> Row:
    """Whether a row is of the subset with two PSUs in each stratum."""
    return {"pair": int(psu <= 2 and PSUS[stratum] > 1)}


def rows_by_stratum() -> Iterator[Row]:
    """Stratified simple random sample of rows; the last stratum is drawn completely."""
    draw = Draw(20260102)
    for stratum, (drawn, population) in enumerate([(30, 90), (40, 100), (50, 400), (20, 20)], 1):
        for _ in range(drawn):
            hardship = 0.1 * stratum + 0.3 * draw.share()
            person = next(household(draw, hardship, missing=0.0, most=1))
            yield {
                "stratum": stratum,
                "fpc": population,
                "fraction": drawn / population,
                "weight": population / drawn,
                "area": 1 + draw.chance(0.5),
                **{name: person[name] for name in INDICATORS},
            }


def one_stage() -> Iterator[Row]:
    """Simple random sample of 16 of 40 clusters, whose persons are all taken."""
    draw = Draw(20260103)
    for psu in range(1, 17):
        hardship = 0.1 + 0.6 * draw.share()
        for home in range(1, draw.whole(2, 5) + 1):
            area = 1 + draw.chance(0.5)
            for person in household(draw, hardship, missing=0.0, most=5):
                about: Row = {"psu": psu, "household": 100 * psu + home, "fpc": 40, "weight": 2.5}
                yield about | {"area": area} | person


def two_stages(
    seed: int, strata: dict[int, tuple[int, int]], *, single: bool, missing: float
) -> Iterator[Row]:
    """Samples of households (`ssu`) in samples of PSUs; weights are left to be computed.

    With `single`, one PSU of the first stratum keeps a single household of several.
    """
    draw = Draw(seed)
    for stratum, (drawn, population) in strata.items():
        for psu in range(1, drawn + 1):
            hardship, homes = 0.1 + 0.6 * draw.share(), draw.whole(2, 6)
            present = homes + draw.whole(0, 9)
            alone = single and stratum == 1 and psu == 2
            for ssu in range(1, (1 if alone else homes) + 1):
                about: Row = {"stratum": stratum, "psu": psu, "ssu": ssu}
                about |= {"fpc1": population, "fpc2": present + int(alone)}
                about |= {"area": 1 + draw.chance(0.4)}
                for person in household(draw, hardship, missing=missing, most=4):
                    yield about | person


def tables() -> dict[str, list[Row]]:
    """Every input file."""
    strata = {1: (4, 12), 2: (5, 9), 3: (6, 30), 4: (3, 3)}
    return {
        "survey.csv": list(survey()),
        "rows.csv": list(rows_by_stratum()),
        "one_stage.csv": list(one_stage()),
        "two_stage.csv": list(two_stages(20260104, {1: (12, 48)}, single=False, missing=0.0)),
        "two_stage_strata.csv": list(two_stages(20260105, strata, single=False, missing=0.01)),
        "two_stage_single.csv": list(two_stages(20260106, strata, single=True, missing=0.0)),
    }


def as_text(rows: list[Row]) -> str:
    """A table as CSV."""
    out = io.StringIO()
    writer = csv.DictWriter(out, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def main() -> None:
    folder = Path(__file__).parent / "inputs"
    for name, rows in tables().items():
        (folder / name).write_text(as_text(rows), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
