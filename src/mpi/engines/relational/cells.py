"""From cells, the sums by group, unit and profile that a place computed, to profile tables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from mpi.core.pack import Packed
from mpi.core.table import ProfileTable, collapse, of_persons
from mpi.engines import columns as arrow
from mpi.engines.base import By, Grouping, Sampled
from mpi.engines.memory import with_destitution
from mpi.engines.relational.sample import Sample
from mpi.engines.reports import group_missing
from mpi.findings import Finding
from mpi.spec.model import Specification

DEPRIVED, MISSING = "deprived", "missing"
SUMS = ("n", "weight", "squares", "households", "household_weight", "household_squares")


@dataclass(frozen=True, slots=True)
class Cells:
    """Cells of one grouping.

    Attributes
    ----------
    by : By
        Variables; their columns are ``by0``, ``by1``, ...
    rows : pyarrow.Table
        Those, the columns of the sample, the profile, and sums.
    households : bool
        Whether groups are made of whole households.
    """

    by: By
    rows: pa.Table
    households: bool


def joined(parts: Sequence[Cells]) -> Cells:
    """Cells of several parts of a survey; groups of persons if they are in any part."""
    households = all(part.households for part in parts)
    rows = pa.concat_tables([part.rows for part in parts], promote_options="permissive")
    return Cells(parts[0].by, rows, households)


def compacted(cells: Cells) -> Cells:
    """The same cells, those of equal keys added up."""
    keys = [name for name in cells.rows.schema.names if not _is_sum(name)]
    sums = [name for name in cells.rows.schema.names if _is_sum(name)]
    found = cells.rows.group_by(keys).aggregate([(name, "sum") for name in sums])
    return Cells(cells.by, found.rename_columns([*keys, *sums]), cells.households)


def _is_sum(name: str) -> bool:
    return name in SUMS or name.startswith("gap")


def grouping_of(
    cells: Cells,
    spec: Specification,
    sample: Sample | None,
    sampled: Sampled | None,
    keys: Sequence[str],
) -> tuple[Grouping, list[Finding]]:
    """Profile table of cells, and what is to be known about units in no group.

    Parameters
    ----------
    cells : Cells
    spec : Specification
    sample, sampled : Sample and Sampled, or None
        None without standard errors.
    keys : sequence of str
        Columns of the household's key, where each household is a unit.
    """
    rows, findings = cells.rows, list[Finding]()
    names = [f"by{place}" for place in range(len(cells.by))]
    code, labels = arrow.codes([arrow.single(rows[name]) for name in names])
    group = code.astype(np.int64) if names else np.zeros(rows.num_rows, dtype=np.int64)
    units = "households" if cells.households else "n"
    if (group < 0).any():
        count = rows[units].to_numpy()
        lost = int(count[group < 0].sum())
        findings.append(
            group_missing(cells.by, lost, int(count.sum()), households=cells.households)
        )
        kept = group >= 0
        rows, group = rows.filter(pa.array(kept)), group[kept]
    used = np.flatnonzero(np.bincount(group, minlength=len(labels)) > 0)
    rank = np.zeros(max(1, len(labels)), dtype=np.int64)
    rank[used] = np.arange(used.size)
    psu = np.zeros(rows.num_rows, dtype=np.int64)
    if sample is not None and sampled is not None:
        psu = sample.positions(sampled, rows, keys)
    place: NDArray[np.int64] = rank[group]
    table = _table(rows, spec, place, psu)
    if not cells.households:
        table = of_persons(table)
    found = tuple(labels[place] for place in used.tolist()) if names else ((),)
    return Grouping(cells.by, found, table, cells.households), findings


def _table(
    rows: pa.Table, spec: Specification, group: NDArray[np.int64], psu: NDArray[np.int64]
) -> ProfileTable:
    size = rows.num_rows
    bits = [rows[name].to_numpy().astype(np.uint64) for name in (DEPRIVED, MISSING)]
    packed = with_destitution(spec, Packed(*bits))
    gaps = [name for name in rows.schema.names if name.startswith("gap")]
    sums = {name: rows[name].to_numpy() for name in SUMS}
    whole = {"n", "households"}
    typed = {
        name: values.astype(np.int64 if name in whole else np.float64)
        for name, values in sums.items()
    }
    gap_sums = [rows[f"gap{place}"].to_numpy().astype(np.float64) for place in range(len(gaps))]
    return collapse(
        ProfileTable(
            group=group,
            psu=psu,
            deprived=packed.deprived.astype(np.int64),
            missing=packed.missing.astype(np.int64),
            gaps=np.array(gap_sums).reshape(len(gaps), size).T,
            replicates=np.zeros((size, 0)),
            household_replicates=np.zeros((size, 0)),
            replicate_gaps=np.zeros((size, 0)),
            **typed,
        )
    )
