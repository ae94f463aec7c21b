"""Notebooks run from top to bottom and show what the library gives now."""

from __future__ import annotations

import ast
import contextlib
import io
import json
from pathlib import Path

import pytest
from doc_pages import ROOT

NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))


def _cells(path: Path, kind: str) -> list[dict]:
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return [cell for cell in cells if cell["cell_type"] == kind]


def _run(source: str, names: dict[str, object]) -> tuple[str, str | None]:
    """What a cell prints, and the text of its last expression."""
    tree = ast.parse(source)
    last = tree.body.pop() if isinstance(tree.body[-1], ast.Expr) else None
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        exec(compile(tree, "cell", "exec"), names)  # noqa: S102 -- our own notebook
        value = last and eval(compile(ast.Expression(last.value), "cell", "eval"), names)  # noqa: S307
    return out.getvalue(), None if value is None else repr(value)


def _stored(cell: dict, kind: str) -> str:
    texts = [
        output["text"] if kind == "stream" else output["data"]["text/plain"]
        for output in cell["outputs"]
        if output["output_type"] == kind
    ]
    return "".join("".join(text) for text in texts)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.name)
def test_the_cells_run_and_give_what_is_stored(path):
    names: dict[str, object] = {}
    for cell in _cells(path, "code"):
        source = "".join(cell["source"])
        printed, value = _run(source, names)
        assert printed == _stored(cell, "stream"), source
        if value is not None:
            assert value == _stored(cell, "execute_result"), source


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.name)
def test_cells_were_run_in_order_without_errors_or_warnings(path):
    counts = [cell["execution_count"] for cell in _cells(path, "code")]
    assert counts == list(range(1, len(counts) + 1))
    for cell in _cells(path, "code"):
        for output in cell["outputs"]:
            assert output["output_type"] != "error"
            assert output.get("name") != "stderr"


def test_there_is_a_notebook():
    assert NOTEBOOKS
