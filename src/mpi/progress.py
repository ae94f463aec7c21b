"""A progress bar for the command line: only on a terminal, and only where work takes long."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from tqdm import tqdm

from mpi.display import printable

# work that is done within this many seconds shows no bar
_DELAY = 1.0


@contextmanager
def bar() -> Iterator[Callable[[str, int, int], None]]:
    """Callback that shows what is being done and how much of it is done."""
    with tqdm(total=1, delay=_DELAY, disable=None, leave=False, unit="step") as shown:

        def advance(what: str, done: int, total: int) -> None:
            shown.set_description(printable(what), refresh=False)
            shown.total = total
            shown.update(done - shown.n)

        yield advance
