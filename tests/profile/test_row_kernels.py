"""The kernels of rows."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from stillwatch.profile import row_kernels


@settings(deadline=None)
@given(st.lists(st.integers(0, 5), max_size=30), st.integers(6, 8))
def test_rows_are_ordered_by_account(account: list[int], accounts: int) -> None:
    rows = row_kernels.by_account(np.array(account, np.int64), accounts)
    assert rows.tolist() == sorted(range(len(account)), key=account.__getitem__)


@settings(deadline=None)
@given(st.permutations(range(9)), st.integers(1, 3))
def test_rows_are_put_in_order_in_place(order: list[int], width: int) -> None:
    values = np.arange(len(order) * width, dtype=np.uint32).reshape(len(order), width)
    expected = values[order]
    row_kernels.permute(values, np.array(order, np.int64))
    assert np.array_equal(values, expected)
