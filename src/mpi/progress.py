"""Progress bars for long work: only where somebody watches, and only where it takes long."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TypeAlias, TypeVar

from mpi.display import printable

T = TypeVar("T")

# called with what is being done, the steps done and the steps in all
Tell: TypeAlias = Callable[[str, int, int], None]

# work that is done within this many seconds shows no bar
_DELAY = 1.0
_FORMAT = "{desc}{percentage:3.0f}%|{bar}| {n_fmt}/{total_fmt} [{elapsed}]"
_TOLD: ContextVar[Tell | None] = ContextVar("told", default=None)


@contextmanager
def progress_bar() -> Iterator[Tell]:
    """Bars for the long work inside: reading rows, replicates, weights that are drawn.

    They are written to the standard error, in a terminal or a notebook; elsewhere, as in a log or a
    test, nothing is written. Work of less than a second shows none.

    Yields
    ------
    callable
        Shows what is being done, with the steps done and the steps in all; for work of your own.

    Examples
    --------
    >>> import mpi
    >>> with mpi.progress_bar():
    ...     profiles = mpi.tabulate(mpi.datasets.synthetic_survey(500), "colombia-dane")
    """
    from tqdm import tqdm  # noqa: PLC0415 -- import mpi stays fast

    hidden = not _is_watched()
    look: dict[str, Any] = {"leave": False, "miniters": 1, "bar_format": _FORMAT}
    with tqdm(total=1, delay=_DELAY, disable=hidden, **look) as shown:

        def advance(what: str, done: int, total: int) -> None:
            if hidden:
                return
            if done < shown.n or total != shown.total:  # the next stage of the work
                shown.n, shown.last_print_n, shown.total = 0, 0, total
            shown.set_description(printable(what), refresh=False)
            shown.update(done - shown.n)

        token = _TOLD.set(advance)
        try:
            yield advance
        finally:
            _TOLD.reset(token)


def told(own: Tell | None = None) -> Tell:
    """Whom to tell of steps: the caller's own function, the bar around the call, or nobody."""
    return own or _TOLD.get() or _silent


def steps(items: Sequence[T], what: str) -> Iterator[T]:
    """The items one by one, each a step that is told."""
    tell = told()
    for done, item in enumerate(items):
        tell(what, done, len(items))
        yield item
    tell(what, len(items), len(items))


def _is_watched() -> bool:
    """Whether the standard error is a terminal, or the cell of a notebook."""
    if sys.stderr is not None and sys.stderr.isatty():
        return True
    shell = sys.modules.get("IPython")
    running = shell.get_ipython() if shell is not None else None
    return hasattr(running, "kernel")


def _silent(what: str, done: int, total: int) -> None:
    """Nobody is told."""
