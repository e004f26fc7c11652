"""How many cores there are to use, and their use."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


def cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def each(work: Callable[[Item], Result], items: Sequence[Item]) -> list[Result]:
    """The result of each item, in order, on all cores.

    What the items share is a `Memo`'s, so that one of them computes it and the others wait.
    """
    if len(items) < 2:
        return [work(item) for item in items]
    with ThreadPoolExecutor(cores()) as pool:
        return list(pool.map(work, items))


def ahead(work: Callable[[int, Item], Result], items: Iterator[Item], threads: int) -> Iterator[tuple[Item, Result]]:
    """Items and their results, in order, while `threads` later ones are worked on.

    `work` gets the number of a place (below `threads`) that no other call has at that time, and the item. An error of
    `items` comes after the results of what came before it.
    """
    with ThreadPoolExecutor(threads) as pool:
        coming: deque[tuple[Item, Future[Result]]] = deque()
        number, ended, failed = 0, False, None
        while True:
            while len(coming) < threads and not ended:
                try:
                    item = next(items)
                except StopIteration:
                    ended = True
                except Exception as error:
                    ended, failed = True, error
                else:
                    coming.append((item, pool.submit(work, number % threads, item)))
                    number += 1
            if not coming:
                break
            item, done = coming.popleft()
            yield item, done.result()
        if failed is not None:
            raise failed
