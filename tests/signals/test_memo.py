"""What is computed once is computed once, whoever asks and whatever comes of it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from stillwatch.signals.memo import Memo


def test_it_is_computed_once_though_many_threads_ask_at_once() -> None:
    memo, together, computed = Memo(), Barrier(8), []

    def ask(_: int) -> object:
        together.wait()
        return memo.memo("name", lambda: computed.append(1) or object())

    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(ask, range(8)))
    assert len(computed) == 1
    assert all(each is found[0] for each in found)


def test_names_and_objects_are_apart() -> None:
    one, two = Memo(), Memo()
    assert [one.memo("a", lambda: 1), one.memo("b", lambda: 2), two.memo("a", lambda: 3)] == [1, 2, 3]
    assert one.memo("a", lambda: 4) == 1


def test_one_computation_may_ask_for_another() -> None:
    memo = Memo()
    assert memo.memo("outer", lambda: memo.memo("inner", lambda: 1) + 1) == 2


def test_what_it_raises_reaches_all_who_ask() -> None:
    memo = Memo()
    for _ in range(2):
        with pytest.raises(ZeroDivisionError):
            memo.memo("name", lambda: 1 / 0)
