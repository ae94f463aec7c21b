"""A made-up census: ``python benchmarks/census.py PERSONS FILE``.

Person rows of 20 raw columns, answers of the household repeated in each, sorted by municipality as
census files are. A latent standard of living of municipality and household is behind the answers,
so that deprivations go together and most households have one of few profiles. Rows are drawn and
written by chunks, so that memory does not grow with the number of persons.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

RULES = Path(__file__).with_name("census.toml")
COLUMNS = (
    *("hid", "mun", "sex", "age", "years", "attends", "grade", "literate", "works", "formal"),
    *("insured", "health_need", "health_got", "water", "sewer", "floor", "walls", "fuel"),
    *("rooms", "tenure"),
)
MUNICIPALITIES = 1_100
CHUNK = 100_000  # households drawn at a time
ROW_GROUP = 500_000
_SIZES = np.array([0.17, 0.21, 0.22, 0.19, 0.11, 0.06, 0.03, 0.01])  # of 1 to 8 members
_MEAN = float(_SIZES @ np.arange(1, 9))
_MISSING = 0.002  # of the answers of persons


def write(path: Path, persons: int, *, seed: int = 1) -> int:
    """Write about so many persons; the number that it became."""
    aside = path.with_suffix(".part")
    written = 0
    with pq.ParquetWriter(aside, _schema(), compression="zstd") as writer:
        for table in chunks(persons, seed=seed):
            writer.write_table(table, row_group_size=ROW_GROUP)
            written += table.num_rows
    aside.replace(path)
    return written


def chunks(persons: int, *, seed: int = 1) -> Iterator[pa.Table]:
    """Rows of about so many persons, whole households and at most `CHUNK` of them at a time."""
    households = max(1, round(persons / _MEAN))
    random = np.random.default_rng(seed)
    people = random.lognormal(0, 1.3, MUNICIPALITIES)
    # one past the last household of each municipality: a few are large
    ends = (np.cumsum(people / people.sum()) * households).astype(np.int64)
    standard = random.normal(0, 0.7, MUNICIPALITIES) + 0.25 * np.log(people)
    for start in range(0, households, CHUNK):
        household = np.arange(start, min(start + CHUNK, households))
        municipality = np.searchsorted(ends, household, side="right").clip(0, MUNICIPALITIES - 1)
        own = np.random.default_rng([seed, start])
        yield _drawn(own, household, municipality, standard[municipality])


def _schema() -> pa.Schema:
    kinds = {"hid": pa.int64(), "mun": pa.int32()}
    return pa.schema([(name, kinds.get(name, pa.int8())) for name in COLUMNS])


def _drawn(
    random: np.random.Generator,
    household: NDArray[np.int64],
    municipality: NDArray[np.int64],
    standard: NDArray[np.float64],
) -> pa.Table:
    """Person rows of some households."""
    size = random.choice(np.arange(1, _SIZES.size + 1), household.size, p=_SIZES)
    of = np.repeat(np.arange(household.size), size)
    position = np.arange(of.size) - np.repeat(np.cumsum(size) - size, size)
    level = standard + random.normal(0, 1, household.size)  # of the household
    mine = level[of] + random.normal(0, 0.6, of.size)  # of the person
    age = _ages(random, household.size, of, position)

    def code(categories: int, worst: float) -> NDArray[np.float64]:
        """Answer of the household, the higher the worse; `worst` moves all of them."""
        latent = worst - level + random.normal(0, 0.5, level.size)
        return (1 + np.floor(latent * categories / 4)).clip(1, categories)[of]

    def no(threshold: float, noise: float = 1.0) -> NDArray[np.int64]:
        """1 for yes, 2 for no, which is the likelier the worse off somebody is."""
        return 1 + (random.normal(0, noise, of.size) - mine > threshold)

    works = 1 + (random.random(of.size) > np.where((age >= 18) & (age < 65), 0.68, 0.12))
    works = np.where(age < 18, 1 + (no(2.6) == 1), works)
    need = 1 + (random.random(of.size) < 0.9)
    values = {
        "hid": household[of],
        "mun": municipality[of] + 5001,
        "sex": random.integers(1, 3, of.size),
        "age": age,
        "years": (9 + 3 * mine + random.normal(0, 2, of.size)).clip(0, np.minimum(age - 4, 20)),
        "attends": no(2.4),
        "grade": (age - 6 - (no(2.0) == 2)).clip(0, 13),
        "literate": no(2.6),
        "works": works,
        "formal": no(0.3),
        "insured": no(2.2),
        "health_need": need,
        "health_got": no(1.6),
        "water": code(8, 1.2),
        "sewer": code(6, 1.2),
        "floor": code(6, 0.9),
        "walls": code(9, 1.0),
        "fuel": code(5, 1.1),
        "rooms": np.round(3 + level + random.normal(0, 0.7, level.size)).clip(1, 9)[of],
        "tenure": random.integers(1, 5, household.size)[of],
    }
    values["years"] = values["years"].clip(0)
    asked = {"formal": works == 1, "health_got": need == 1}
    of_persons = ("years", "attends", "literate", "works", "formal", "insured", "health_got")
    arrays = []
    for field in _schema():
        missing = ~asked.get(field.name, np.ones(of.size, dtype=bool))
        if field.name in of_persons:
            missing |= random.random(of.size) < _MISSING
        whole = values[field.name].astype(field.type.to_pandas_dtype())
        arrays.append(pa.array(whole, mask=missing))
    return pa.table(arrays, schema=_schema())


def _ages(
    random: np.random.Generator,
    households: int,
    of: NDArray[np.int64],
    position: NDArray[np.int64],
) -> NDArray[np.int64]:
    """Age of a head, in most households of a partner, and of children and others."""
    head = random.normal(45, 15, households).clip(18, 95)
    partner = (position == 1) & (random.random(of.size) < 0.7)
    child = head[of] - random.uniform(18, 40, of.size)
    age = np.where(partner, head[of] + random.normal(0, 4, of.size), child)
    age = np.where(position == 0, head[of], age)
    other = (position > 0) & (age < 0)
    age = np.where(other, random.uniform(0, 80, of.size), age)
    return age.clip(0, 98).astype(np.int64)


if __name__ == "__main__":
    begun = time.perf_counter()
    number = write(Path(sys.argv[2]), int(sys.argv[1]))
    print(f"{number:,} persons in {time.perf_counter() - begun:.1f} s")
