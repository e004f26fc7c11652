"""Networks of an allow-list: an account is in one exactly if its addresses are, however they are written."""

from __future__ import annotations

import ipaddress
import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stillwatch.operate.allow import AllowList, read_allow
from stillwatch.operate.networks import accounts_in, read_network
from stillwatch.profile import Profiles, absorb

from .. import small_logs
from .test_allow import AT, allow_file, entry

KEY = np.array([7, 8], np.uint64)
#: Zeros are what the shortened text of an address is about.
GROUPS = st.one_of(st.sampled_from([0, 0, 1, 0xDB8, 0xABCD]), st.integers(0, 0xFFFF))


def profiles_of(accounts: dict[str, list[str]], profiles: Profiles | None = None) -> Profiles:
    rows = [
        row for name, ips in accounts.items() for ip in ips for row in small_logs.exchanges(name, ["a"], dice(), ip=ip)
    ]
    profiles = profiles if profiles is not None else Profiles()
    absorb(profiles, small_logs.batch(rows))
    return profiles


def dice() -> random.Random:
    return random.Random(3)


def inside(profiles: Profiles, network: str) -> set[str]:
    mask = accounts_in(profiles, read_network(network))
    assert mask is not None
    return {profiles.names[row] for row in np.flatnonzero(mask)}


@given(st.lists(GROUPS, min_size=8, max_size=8), st.lists(GROUPS, min_size=3, max_size=3), st.booleans())
def test_an_ipv6_address_is_in_its_48_and_in_no_other(groups, other, sealed):
    groups[0] = groups[0] or 0x2001
    if not any(groups[1:3]):
        groups[2] = 1
    address = ipaddress.IPv6Address(b"".join(group.to_bytes(2, "big") for group in groups))
    forms = {"short": str(address), "long": address.exploded, "capitals": str(address).upper()}
    own = ipaddress.ip_network((int(address) >> 80 << 80, 48))
    profiles = profiles_of({name: [text] for name, text in forms.items()}, Profiles(key=KEY) if sealed else Profiles())
    assert inside(profiles, str(own)) == set(forms)
    second = ipaddress.ip_network((int.from_bytes(b"".join(g.to_bytes(2, "big") for g in other), "big") << 80, 48))
    try:
        found = inside(profiles, str(second))
    except ValueError:
        return  # one that an allow-list may not have
    assert found == (set(forms) if second == own else set())


def test_an_account_is_in_an_ipv6_network_with_all_its_addresses():
    many = [f"2001:db8:7:{number:x}::5" for number in range(1, 30)]
    profiles = profiles_of(
        {
            "inside": ["2001:db8:7::1", "2001:DB8:7:0::2"],
            "rotating": many,
            "roaming": ["2001:db8:7::1", "2001:db8:8::1"],
            "both": ["2001:db8:7::1", "192.0.2.1"],
            "local": ["2001:db8:7::1", "::1"],
            "four": ["192.0.2.1"],
            "text": ["unknown"],
        }
    )
    assert inside(profiles, "2001:db8:7::/48") == {"inside", "rotating"}
    assert inside(profiles, "2001:db8:8::/48") == set()
    assert inside(profiles, "192.0.2.0/24") == {"four"}


@pytest.mark.parametrize("network", ["198.51.100.0/24", "198.51.100.7/32"])
def test_under_a_key_ipv4_networks_are_told_by_their_hash(network):
    profiles = profiles_of(
        {"inside": ["198.51.100.7"], "roaming": ["198.51.100.7", "203.0.113.1"], "outside": ["203.0.113.1"]},
        Profiles(key=KEY),
    )
    assert inside(profiles, network) == {"inside"}


def test_under_a_key_another_length_covers_nobody_and_says_so(tmp_path):
    file = allow_file(tmp_path, entry("network", "198.51.100.0/25"))
    allow = AllowList("list", read_allow(file), AT)
    population = small_logs.build_population(profiles_of({"a": ["198.51.100.7"]}, Profiles(key=KEY)))
    assert allow(population) == [None]
    (note,) = allow.notes
    assert "covers nobody" in note and "/24" in note
