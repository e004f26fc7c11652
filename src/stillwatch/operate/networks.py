"""Networks of an allow-list: which can be written, and the accounts that profiles place in them.

Profiles keep an IPv4 address so that it can be read back, and of an IPv6 address a hash of its text and one of its
first three groups (`profile/address_kernels.py`). So an IPv4 network may have any length, an IPv6 network only the 48
bits of three groups. Under a key (mode `sketches`) nothing can be read back, and what is left is to hash: an IPv4
address, its /24, and the IPv6 /48.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from itertools import product

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from stillwatch.profile.addresses import address_keys, ipv4_of
from stillwatch.profile.kernels import EMPTY
from stillwatch.profile.layout import Profiles, used

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Mask = npt.NDArray[np.bool_]
Keys = npt.NDArray[np.uint64]

WIDEST = 8  #: bits of an IPv4 network's prefix, at least
SIX = 48  #: bits of an IPv6 network's prefix
_INSTEAD = "allow the accounts or their organization instead"


def read_network(text: str) -> Network:
    """The network that an entry names.

    Raises `ValueError`, in words for the person who wrote it, where it is none or one that profiles can't tell.
    """
    try:
        network = ipaddress.ip_network(text)
    except ValueError as error:
        raise ValueError(f"is no network, as in 192.0.2.0/24 or 2001:db8:7::/48: {_fault(text, error)}") from None
    if isinstance(network, ipaddress.IPv4Network):
        if network.prefixlen < WIDEST:
            raise ValueError(f"a network wider than /{WIDEST} would allow too much")
        return network
    if network.prefixlen != SIX:
        raise ValueError(
            f"an IPv6 network has to be a /{SIX}, as in 2001:db8:7::/48, which is all that profiles keep of such an "
            f"address; {_INSTEAD}"
        )
    first, second, third = _groups(network)
    if not first or not (second or third):
        raise ValueError(f"an IPv6 network that begins or ends in zeros like this can't be told apart; {_INSTEAD}")
    return network


def _fault(text: str, error: ValueError) -> str:
    """What is wrong with it, and the network that an address within one may have meant."""
    try:
        return f"{text} is an address within {ipaddress.ip_network(text, strict=False)}; write that"
    except ValueError:
        return str(error)


def accounts_in(profiles: Profiles, network: Network) -> Mask | None:
    """The accounts all of whose kept addresses, and at least one, lie in the network; None where it can't be told.

    Of an IPv6 network it is the kept networks that count, and every kept address has to have one.
    """
    if isinstance(network, ipaddress.IPv6Network):
        return _of_networks(profiles, address_keys(pa.array(_texts(network)), profiles.key)[1])
    if not len(profiles.key):
        address = ipv4_of(profiles["ip"])
        return _all(profiles["ip"], (address & int(network.netmask)) == int(network.network_address), address >= 0)
    own, around = address_keys(pa.array([str(network.network_address)]), profiles.key)
    if network.prefixlen == network.max_prefixlen:
        return _all(profiles["ip"], np.isin(profiles["ip"], own))
    return _of_networks(profiles, around) if network.prefixlen == 24 else None


def _of_networks(profiles: Profiles, keys: Keys) -> Mask:
    inside = _all(profiles["network"], np.isin(profiles["network"], keys))
    # An address of fewer than three colons, such as ::1, is kept without a network.
    whole = profiles["network_count"].sum(axis=1) >= profiles["ip_count"].sum(axis=1)
    return np.asarray(inside & (whole | (profiles["network"][:, -1] != EMPTY)))


def _all(kept: Keys, inside: Mask, readable: Mask | bool = True) -> Mask:
    known = used(kept)
    return np.asarray(known.any(axis=1) & ((inside & readable) | ~known).all(axis=1))


def _texts(network: ipaddress.IPv6Network) -> list[str]:
    """Every text that an address of the network can begin with, up to the third colon (RFC 4291, section 2.2).

    But for `::` in the place of a single group, which RFC 5952 forbids and which reads like other networks.
    """
    first, second, third = (list(_written(group)) for group in _groups(network))
    begin = [":".join(groups) + ":" for groups in product(first, second, third)]
    if not _groups(network)[2]:
        begin += [":".join(groups) + "::" for groups in product(first, second)]
    return begin


def _written(group: int) -> Iterator[str]:
    """A group with and without leading zeros."""
    short = f"{group:x}"
    return (short.zfill(width) for width in range(len(short), 5))


def _groups(network: ipaddress.IPv6Network) -> tuple[int, int, int]:
    bits = int(network.network_address) >> 80
    return bits >> 32, bits >> 16 & 0xFFFF, bits & 0xFFFF
