"""Bars show long work where somebody watches, and nothing elsewhere."""

from __future__ import annotations

import io
import sys

import pytest

import mpi
from mpi import progress
from mpi.progress import progress_bar, steps, told


class _Screen(io.StringIO):
    def isatty(self):
        return True


def _screen(monkeypatch):
    """A terminal, with bars from the first step on."""
    shown = _Screen()
    monkeypatch.setattr(sys, "stderr", shown)  # not in a fixture, whose streams pytest replaces
    monkeypatch.setattr(progress, "_DELAY", 0)
    return shown


def _profiles():
    people = {"a": [1, 0] * 20, "b": [1, 1, 0, 0] * 10, "g": ["n"] * 20 + ["s"] * 20}
    people["psu"] = list(range(10)) * 4
    spec = mpi.Specification.from_columns({"x": ["a"], "y": ["b"]}, cutoff="1/2")
    return mpi.tabulate(mpi.Survey(people, psu="psu"), spec, by="g")


def test_stages_of_long_work_are_named_one_after_another(monkeypatch):
    screen = _screen(monkeypatch)
    said = []
    profiles = _profiles()
    with progress_bar() as advance:

        def both(*step):
            said.append(step)
            advance(*step)

        monkeypatch.setattr(progress, "told", lambda: both)
        mpi.robustness(profiles, draws=20)
    assert {what for what, _, _ in said} >= {"replicates", "orders in replicates"}
    assert "orders in replicates" in screen.getvalue()
    assert all(0 <= done <= total for _, done, total in said)


def test_a_bar_is_wiped_away_at_the_end(monkeypatch):
    screen = _screen(monkeypatch)
    with progress_bar():
        assert list(steps(range(3), "work")) == [0, 1, 2]
    assert screen.getvalue().rsplit("\r", 2)[-2].strip() == ""


def test_nothing_is_written_where_nobody_watches(capfd, monkeypatch):
    monkeypatch.setattr(progress, "_DELAY", 0)
    with progress_bar():
        _profiles().estimate(replicates=mpi.Replicates("rao-wu", number=10))
    assert capfd.readouterr() == ("", "")


def test_a_cell_of_a_notebook_is_watched(monkeypatch):
    class Shell:
        kernel = object()

    class IPython:
        get_ipython = staticmethod(Shell)

    monkeypatch.setattr(sys, "stderr", io.StringIO())
    monkeypatch.setitem(sys.modules, "IPython", IPython)
    assert progress._is_watched()


def test_the_bar_ends_with_its_block_also_after_an_error(monkeypatch):
    _screen(monkeypatch)

    def fail():
        with progress_bar():
            raise ValueError

    with pytest.raises(ValueError):  # noqa: PT011 -- our own, without words
        fail()
    assert told() is progress._silent


def test_the_own_function_of_a_caller_is_told_instead_of_the_bar(monkeypatch):
    _screen(monkeypatch)

    def own(what, done, total):
        pass

    with progress_bar():
        assert told(own) is own
