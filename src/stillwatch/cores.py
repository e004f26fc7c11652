"""How many cores there are to use, and their use."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


def cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def each(work: Callable[[Item], Result], items: Sequence[Item], large: bool) -> list[Result]:
    """The result of each item, in order; where the work on one is `large`, on all cores.

    The first is done alone, so that what the others share is computed once.
    """
    if not large or len(items) < 3:
        return [work(item) for item in items]
    first = work(items[0])
    with ThreadPoolExecutor(cores()) as pool:
        return [first, *pool.map(work, items[1:])]
