"""Work on all cores gives what work on one gives, in the same order."""

from __future__ import annotations

import time
from collections.abc import Iterator
from threading import Lock

import pytest

from stillwatch.cores import ahead, each


@pytest.mark.parametrize("count", [0, 1, 2, 9])
def test_each_gives_the_results_in_order(count: int) -> None:
    assert each(lambda item: item * item, range(count)) == [item * item for item in range(count)]


@pytest.mark.parametrize("threads", [1, 2, 5])
@pytest.mark.parametrize("count", [0, 1, 7, 20])
def test_ahead_gives_items_and_results_in_order_and_no_place_twice_at_once(threads: int, count: int) -> None:
    busy, lock = set[int](), Lock()

    def work(place: int, item: int) -> int:
        with lock:
            assert place not in busy
            busy.add(place)
        time.sleep(0.001 * (item % 3))  # later ones may be done sooner
        with lock:
            busy.remove(place)
        return -item

    assert list(ahead(work, iter(range(count)), threads)) == [(item, -item) for item in range(count)]
    assert not busy


@pytest.mark.parametrize("threads", [1, 3])
def test_what_came_before_an_error_is_given_first(threads: int) -> None:
    def items() -> Iterator[int]:
        yield from range(4)
        raise KeyError("damaged")

    seen = []
    with pytest.raises(KeyError, match="damaged"):
        for item, _ in ahead(lambda _, item: item, items(), threads):
            seen.append(item)
    assert seen == [0, 1, 2, 3]


def test_an_error_of_the_work_reaches_the_caller() -> None:
    with pytest.raises(ZeroDivisionError):
        list(ahead(lambda _, item: 1 // item, iter([1, 0, 1]), 2))
