"""Run the benchmarks: ``python benchmarks/run.py``; a table on the screen, JSON with --out."""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
from collections.abc import Callable
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path

from timing import SOURCE, Row, as_table

if not os.environ.get("PYTHONPATH"):  # an installed copy is not what is measured
    sys.path.insert(0, str(SOURCE))
    os.environ["PYTHONPATH"] = str(SOURCE)

_PACKAGES = ("numpy", "pandas", "pyarrow", "polars", "duckdb", "narwhals", "scipy")
_PARTS = (
    *("import", "memory", "tabulation", "geih", "synthetic", "inference"),
    *("association", "waves", "measures", "robustness", "targets"),
    *("national", "growth", "census", "spark"),
)
_QUICK = {"rows": 1_000_000, "repeat": 3, "households": 20_000}
_QUICK |= {"share": 0.1, "persons": [200_000, 1_000_000], "spark_persons": 200_000}
_FULL = {"rows": 10_000_000, "repeat": 7, "households": 90_000}
_FULL |= {"share": 1.0, "persons": [1_000_000, 10_000_000], "spark_persons": 5_000_000}


def main() -> None:
    asked = _arguments()
    found: list[Row] = []
    for name, part in _parts(asked).items():
        if name in asked.only:
            print(f"... {name}", file=sys.stderr, flush=True)
            found += part()
    print(as_table(found))
    if asked.out is not None:
        report = {"machine": _machine(), "asked": _as_json(asked), "rows": list(map(asdict, found))}
        asked.out.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")


def _parts(asked: argparse.Namespace) -> dict[str, Callable[[], list[Row]]]:
    """Benchmarks by name; the small ones first, while the process is small."""
    import bench_association  # noqa: PLC0415 -- these need the path that is set above
    import bench_census  # noqa: PLC0415
    import bench_growth  # noqa: PLC0415
    import bench_measures  # noqa: PLC0415
    import bench_national  # noqa: PLC0415
    import bench_robustness  # noqa: PLC0415
    import bench_targets  # noqa: PLC0415
    import bench_waves  # noqa: PLC0415
    import imports  # noqa: PLC0415
    import inference  # noqa: PLC0415
    import memory  # noqa: PLC0415
    import surveys  # noqa: PLC0415
    import tabulation  # noqa: PLC0415

    return {
        "import": lambda: imports.rows(asked.repeat),
        "memory": lambda: memory.rows(asked.rows),
        "tabulation": lambda: tabulation.rows(asked.rows, asked.repeat),
        "geih": lambda: surveys.geih_rows(asked.repeat),
        "synthetic": lambda: surveys.synthetic_rows(asked.households, asked.repeat),
        "inference": lambda: inference.rows(asked.repeat),
        "association": lambda: bench_association.rows(asked.repeat),
        "waves": lambda: bench_waves.rows(asked.repeat),
        "measures": lambda: bench_measures.rows(asked.repeat),
        "targets": lambda: bench_targets.rows(asked.repeat),
        "robustness": lambda: bench_robustness.rows(asked.repeat),
        "national": lambda: bench_national.rows(asked.repeat, share=asked.share),
        "growth": lambda: bench_growth.rows(asked.repeat, share=asked.share),
        "census": lambda: bench_census.rows(asked.persons, asked.repeat, asked.data),
        "spark": lambda: bench_census.spark_rows(asked.spark_persons, asked.data),
    }


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, help="units of the tabulation (10 million)")
    parser.add_argument("--repeat", type=int, help="rounds that are timed (7)")
    parser.add_argument("--households", type=int, help="of the synthetic survey (90,000)")
    parser.add_argument(
        "--persons", type=int, nargs="+", help="sizes of the census (1 and 10 million)"
    )
    parser.add_argument("--spark-persons", type=int, help="of the census for Spark (5 million)")
    parser.add_argument(
        "--share", type=float, help="of the size of the national surveys and of growth (1)"
    )
    parser.add_argument("--data", type=Path, help="folder where made-up censuses stay")
    parser.add_argument("--quick", action="store_true", help="a million units, three rounds")
    parser.add_argument("--only", nargs="+", choices=_PARTS, default=_PARTS)
    parser.add_argument("--out", type=Path, help="file for the figures as JSON")
    asked = parser.parse_args()
    for name, value in (_QUICK if asked.quick else _FULL).items():
        if getattr(asked, name) is None:
            setattr(asked, name, value)
    return asked


def _as_json(asked: argparse.Namespace) -> dict[str, object]:
    places = ("out", "data")
    return {name: value for name, value in vars(asked).items() if name not in places}


def _machine() -> dict[str, object]:
    """What the figures depend on, without names."""
    return {
        "cores": os.cpu_count(),
        "load": _load(),
        "architecture": platform.machine(),
        "system": platform.system(),
        "python": platform.python_version(),
        **{name: version(name) for name in _PACKAGES},
    }


def _load() -> float | None:
    """Mean number of running processes in the last minute: other work on the machine."""
    return os.getloadavg()[0] if hasattr(os, "getloadavg") else None


if __name__ == "__main__":
    main()
