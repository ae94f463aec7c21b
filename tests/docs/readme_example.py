"""Make the figure and the table of the README: ``python tests/docs/readme_example.py``.

The figure carries the numbers that are drawn in it, so that a test can say whether it is current
whatever the version of matplotlib.
"""

from __future__ import annotations

import io
import json
import re
from dataclasses import replace
from pathlib import Path

import matplotlib as mpl
from doc_pages import ROOT
from PIL import Image
from PIL.PngImagePlugin import PngInfo

import mpi

README = ROOT / "README.md"
PICTURE = ROOT / "docs/_static/by_region.png"
BEGIN, END = "<!-- made by tests/docs/readme_example.py -->\n", "<!-- end -->\n"
KEY = "Drawn"  # of the text in the picture
SOURCE = "synthetic survey of mpi.datasets; no real person"
_DIGITS = 6
_COLOURS = 64  # of the picture, which has a third of the size then and looks the same
_HEADS = ("Estimate", "SE", "n")


def estimates() -> mpi.Estimates:
    """What `mpi demo` estimates, by region."""
    survey = mpi.datasets.synthetic_survey(20_000, seed=2025)
    return mpi.measure(survey, "colombia-dane", by="region")


def figure(found: mpi.Estimates) -> mpi.figures.Chart:
    return mpi.figures.by_group(found, source=SOURCE)


def drawn(chart: mpi.figures.Chart) -> str:
    """Numbers and texts of a figure, as JSON."""
    lines = [
        [[float(f"{value:.{_DIGITS}g}") for value in axis] for axis in line.get_data()]
        for axes in chart.axes
        for line in axes.lines
    ]
    texts = [text.get_text() for axes in chart.axes for text in axes.texts]
    labels = [label.get_text() for axes in chart.axes for label in axes.get_yticklabels()]
    return json.dumps({"lines": lines, "texts": texts, "labels": labels}, ensure_ascii=True)


def table(found: mpi.Estimates) -> str:
    """Some columns of the table by region, as Markdown."""
    whole = mpi.publication_tables(found, source=SOURCE)["by region"]
    kept = [0, *(n for n, column in enumerate(whole.columns) if column.head in _HEADS)]
    rows = [replace(row, cells=tuple(row.cells[n] for n in kept)) for row in whole.rows]
    columns = tuple(whole.columns[n] for n in kept)
    return replace(whole, columns=columns, rows=tuple(rows)).to_markdown()


def example(found: mpi.Estimates, chart: mpi.figures.Chart) -> str:
    """The part of the README between the marks."""
    words = re.sub(r"[\[\]]", "", mpi.figures.describe(chart))
    return f"![{words}](docs/_static/{PICTURE.name})\n\n{table(found)}\n"


def in_readme() -> str:
    return README.read_text(encoding="utf-8").partition(BEGIN)[2].partition(END)[0]


def in_picture() -> str:
    with Image.open(PICTURE) as picture:
        return picture.info[KEY]


def _save(chart: mpi.figures.Chart, path: Path) -> None:
    out, info = io.BytesIO(), PngInfo()
    chart.savefig(out, format="png", dpi=130)
    info.add_text(KEY, drawn(chart))
    small = Image.open(out).convert("RGB").quantize(_COLOURS)
    small.save(path, "png", optimize=True, pnginfo=info)


def main() -> None:
    """Write both anew."""
    mpl.use("Agg")
    found = estimates()
    chart = figure(found)
    _save(chart, PICTURE)
    before, _, rest = README.read_text(encoding="utf-8").partition(BEGIN)
    _, _, after = rest.partition(END)
    README.write_text(before + BEGIN + example(found, chart) + END + after, encoding="utf-8")


if __name__ == "__main__":
    main()
