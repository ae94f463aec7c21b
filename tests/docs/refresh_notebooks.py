"""Run notebooks from their text forms and store the outputs.

``python tests/docs/refresh_notebooks.py [TEXT ...]``, with the extra `notebooks` installed. Read
the difference before you keep it: a notebook says what the library does, right or wrong.
"""

from __future__ import annotations

import base64
import io
import sys
from pathlib import Path

import jupytext
import nbformat
from nbclient import NotebookClient
from PIL import Image

FOLDER = Path(__file__).parents[2] / "notebooks"
_COLOURS = 64  # of a figure, which has a third of the size then and looks the same


def main() -> None:
    """Refresh the notebooks whose text forms are named, or all."""
    for path in [Path(name) for name in sys.argv[1:]] or sorted(FOLDER.glob("*.py")):
        notebook = jupytext.read(path)
        place = {"metadata": {"path": str(path.parent)}}
        # a busy machine cuts what a cell prints in pieces
        told = {"resources": place, "coalesce_streams": True}
        NotebookClient(notebook, kernel_name="python3", **told).execute()
        _strip(notebook)
        nbformat.write(notebook, path.with_suffix(".ipynb"))


def _strip(notebook: nbformat.NotebookNode) -> None:
    """Without times, random ids and what this machine has installed; with words of figures."""
    notebook.metadata = {
        "jupytext": {"formats": "ipynb,py:percent"},
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }
    notebook.nbformat_minor = 5
    for number, cell in enumerate(notebook.cells):
        cell.id = f"cell-{number:02d}"
        cell.metadata = {name: cell.metadata[name] for name in ("tags",) if name in cell.metadata}
        for output in cell.get("outputs", ()):
            alt = output.pop("metadata", {}).get("image/png", {}).get("alt")
            if "data" in output:
                output.metadata = {} if alt is None else {"image/png": {"alt": alt}}
            if "image/png" in output.get("data", {}):
                output.data["image/png"] = _smaller(output.data["image/png"])


def _smaller(png: str) -> str:
    """The picture with fewer colours."""
    out = io.BytesIO()
    picture = Image.open(io.BytesIO(base64.b64decode(png))).convert("RGB")
    picture.quantize(_COLOURS).save(out, "png", optimize=True)
    return base64.b64encode(out.getvalue()).decode("ascii")


if __name__ == "__main__":
    main()
