"""Notebooks run from top to bottom, show what the library gives now, and agree with their text."""

from __future__ import annotations

import ast
import contextlib
import io
import json
import os
import re
from collections.abc import Iterator
from pathlib import Path

import matplotlib as mpl
import matplotlib.pyplot as plt
import pytest
from doc_pages import ROOT
from matplotlib.figure import Figure
from percent import cells_of_notebook, cells_of_text

import mpi

mpl.use("Agg")  # no window

NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
SHARED = os.environ.get("MPI_SHARED_DATA", "../shared/data")
# cells with this tag are about data that are not in the repository; without them they say so
TAG = "shared-data"
ABSENT = "is not present, so this part is left out"
LARGEST = 600_000
each = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.name)


def _cells(path: Path) -> list[dict]:
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return [cell for cell in cells if cell["cell_type"] == "code"]


def _is_shared(cell: dict) -> bool:
    return TAG in cell["metadata"].get("tags", ())


def _run(source: str, names: dict[str, object]) -> tuple[str, object]:
    """What a cell prints, and its last expression."""
    tree = ast.parse(source)
    last = tree.body.pop() if isinstance(tree.body[-1], ast.Expr) else None
    out, value = io.StringIO(), None
    with contextlib.redirect_stdout(out):
        exec(compile(tree, "cell", "exec"), names)  # noqa: S102 -- our own notebook
        if last is not None:
            value = eval(compile(ast.Expression(last.value), "cell", "eval"), names)  # noqa: S307
    return out.getvalue(), value


def _run_all(path: Path) -> Iterator[tuple[dict, str, str | None, int]]:
    """Each cell with what it prints, its value, and the number of its figures."""
    names: dict[str, object] = {}
    for cell in _cells(path):
        printed, value = _run("".join(cell["source"]), names)
        figures = len(plt.get_fignums()) + isinstance(value, Figure)
        plt.close("all")
        if isinstance(value, mpi.figures.Chart):
            _check_words(cell, value)
        yield cell, printed, None if value is None else repr(value), figures


def _check_words(cell: dict, chart: mpi.figures.Chart) -> None:
    """The picture that is stored shows what the figure shows now, as far as words tell."""
    (output,) = (o for o in cell["outputs"] if "image/png" in o.get("data", {}))
    alt = output["metadata"].get("image/png", {}).get("alt")
    assert alt == chart.description, "".join(cell["source"])


def _stored(cell: dict, kind: str) -> str:
    texts = [
        output["text"] if kind == "stream" else output["data"]["text/plain"]
        for output in cell["outputs"]
        if output["output_type"] == kind
    ]
    return "".join("".join(text) for text in texts)


def _pictures(cell: dict) -> int:
    return sum("image/png" in output.get("data", {}) for output in cell["outputs"])


@pytest.fixture
def _as_in_jupyter(monkeypatch):
    """The folder of the notebooks, figures that stay open until they are counted."""
    settings = dict(mpl.rcParams)
    monkeypatch.chdir(ROOT / "notebooks")
    monkeypatch.setattr(plt, "show", lambda: None)
    yield
    plt.close("all")
    mpl.rcParams.update(settings)


@each
@pytest.mark.usefixtures("_as_in_jupyter")
def test_the_cells_run_and_give_what_is_stored(path):
    is_here = (ROOT / SHARED / "uruguay-ech-2018").is_dir()
    for cell, printed, value, figures in _run_all(path):
        if _is_shared(cell) and not is_here:
            continue
        source = "".join(cell["source"])
        assert printed == _stored(cell, "stream"), source
        if value is not None:
            assert value == _stored(cell, "execute_result"), source
        assert figures == _pictures(cell), source


@each
@pytest.mark.usefixtures("_as_in_jupyter")
def test_without_the_shared_data_the_rest_is_the_same_and_their_cells_say_so(
    path, monkeypatch, tmp_path
):
    monkeypatch.setenv("MPI_SHARED_DATA", str(tmp_path))
    for cell, printed, value, _ in _run_all(path):
        source = "".join(cell["source"])
        if _is_shared(cell):
            assert ABSENT in printed + (value or ""), source
            continue
        assert printed == _stored(cell, "stream"), source
        if value is not None:
            assert value == _stored(cell, "execute_result"), source


@each
def test_cells_were_run_in_order_without_errors_or_warnings(path):
    counts = [cell["execution_count"] for cell in _cells(path)]
    assert counts == list(range(1, len(counts) + 1))
    for cell in _cells(path):
        for output in cell["outputs"]:
            assert output["output_type"] != "error"
            assert output.get("name") != "stderr"


@each
def test_a_notebook_agrees_with_its_text_form(path):
    assert cells_of_notebook(path) == cells_of_text(path.with_suffix(".py"))


@each
def test_a_notebook_is_small_and_knows_nothing_of_the_machine_it_was_run_on(path):
    text = path.read_text(encoding="utf-8")
    assert path.stat().st_size < LARGEST
    assert str(ROOT) not in text
    assert not re.search(r"/(home|Users|tmp)/|[A-Z]:\\\\", text)
    for cell in json.loads(text)["cells"]:
        assert set(cell["metadata"]) <= {"tags"}


def test_every_notebook_has_a_text_form_and_there_is_one():
    assert NOTEBOOKS
    texts = sorted((ROOT / "notebooks").glob("*.py"))
    assert [path.stem for path in texts] == [path.stem for path in NOTEBOOKS]
