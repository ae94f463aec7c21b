"""Real microdata, which stay outside the repository: tests that need them skip where they are not.

The folder is ../shared/data beside the project, or what MPI_SHARED_DATA names.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

_DEFAULT = "../shared/data"
_ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def microdata() -> Callable[[str], Path]:
    """Folder of a data set by its name."""
    named = os.environ.get("MPI_SHARED_DATA", _DEFAULT)

    def folder(name: str) -> Path:
        path = (_ROOT / named / name).resolve()
        if not path.is_dir():
            pytest.skip(f"microdata not present: {named}/{name}")
        return path

    return folder
