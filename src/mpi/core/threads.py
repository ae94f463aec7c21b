"""Work on many rows by several threads, each with a span of them."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import TypeVar

Result = TypeVar("Result")

# rows from which it pays to start threads
_MANY = 1 << 20
_THREADS = min(4, os.cpu_count() or 1)


def in_spans(work: Callable[[range], Result], n: int) -> list[Result]:
    """Results for consecutive spans of n rows, in their order; one span where rows are few.

    Parameters
    ----------
    work : function of a range of rows
        Numpy work that releases the interpreter lock; spans do not overlap, so that each can
        write rows of its own.
    n : int
        Number of rows.

    Examples
    --------
    >>> in_spans(len, 5)
    [5]
    """
    if n < _MANY or _THREADS == 1:
        return [work(range(n))]
    ends = [n * part // _THREADS for part in range(_THREADS + 1)]
    with ThreadPoolExecutor(_THREADS) as pool:
        return list(pool.map(work, [range(a, b) for a, b in pairwise(ends)]))
