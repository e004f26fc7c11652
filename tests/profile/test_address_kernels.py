"""The kernels of addresses against their plain-Python twin."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from stillwatch.profile import address_kernels
from stillwatch.profile.accounts import string_buffers

from . import logs, twin

ADDRESS = (
    logs._addresses.map(str.encode)
    | st.text("0123456789.:fF", max_size=24).map(str.encode)
    | st.text(max_size=60).map(str.encode)
    | st.binary(max_size=60)
)


@settings(deadline=None, max_examples=300)
@given(st.lists(st.none() | ADDRESS, min_size=1, max_size=12))
def test_addresses_become_keys(values: list[bytes | None]) -> None:
    address, network = np.full(len(values), 7, np.uint64), np.full(len(values), 7, np.uint64)
    address_kernels.hash_addresses(*string_buffers(logs.string_array(values)), address, network)
    keys = [twin.hash_address(value or b"") for value in values]
    assert list(zip(address.tolist(), network.tolist(), strict=True)) == keys


def test_one_address_has_one_key_however_written() -> None:
    assert twin.hash_address(b"::ffff:192.0.2.1") == twin.hash_address(b"192.0.2.1")
    assert twin.hash_address(b"192.0.2.1")[1] == twin.hash_address(b"192.0.2.200")[1]
    assert twin.hash_address(b"2001:DB8:1:2::3")[1] == twin.hash_address(b"2001:db8:1:f::9")[1]
