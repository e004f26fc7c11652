"""What Numba has no word for."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numba import njit

from stillwatch.profile.intrinsics import make_room, prefetch


@njit
def move(lists, row, place):
    make_room(lists, row, place)


@njit
def fetch(values, row, line):
    prefetch(values, row, line)


@given(
    rows=st.integers(1, 4),
    width=st.integers(1, 40),
    kind=st.sampled_from([np.uint64, np.int64, np.uint32, np.int16]),
    data=st.data(),
)
def test_room_is_made_in_one_list_alone(rows: int, width: int, kind: type, data: st.DataObject) -> None:
    lists = np.arange(rows * width).reshape(rows, width).astype(kind)
    row, place = data.draw(st.integers(0, rows - 1)), data.draw(st.integers(0, width - 1))
    wanted = lists.copy()
    wanted[row, place + 1 :] = lists[row, place:-1]
    move(lists, row, place)
    assert (lists == wanted).all()


def test_memory_that_is_asked_for_ahead_stays_as_it_is() -> None:
    values = np.arange(24).reshape(4, 6)
    for row in (0, 3, 10**9):  # beyond the end, too: it is a hint
        fetch(values, row, 0)
    assert (values == np.arange(24).reshape(4, 6)).all()
