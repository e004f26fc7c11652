"""The keys of addresses, and back: what `address_kernels` writes of IPv4 is a bijection, until it is sealed."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from stillwatch.profile.accounts import string_buffers
from stillwatch.profile.address_kernels import hash_addresses
from stillwatch.profile.secret import Key, seal

_UNDO = (np.uint64(pow(0xC4CEB9FE1A85EC53, -1, 1 << 64)), np.uint64(pow(0xFF51AFD7ED558CCD, -1, 1 << 64)))
_SHIFT = np.uint64(33)


def address_keys(addresses: pa.Array, key: Key) -> tuple[npt.NDArray[np.uint64], npt.NDArray[np.uint64]]:
    """The keys that profiles have of addresses and of their networks, sealed under the key if there is one."""
    own, around = np.zeros((2, len(addresses)), np.uint64)
    hash_addresses(*string_buffers(addresses), own, around)
    return seal(own, key), seal(around, key)


def ipv4_of(keys: npt.NDArray[np.uint64]) -> npt.NDArray[np.int64]:
    """The IPv4 address behind each key of `ip` or `network` as a number, -1 where it is something else.

    A key of another kind (a plain hash) passes for an address with a chance of 2^-32.
    """
    value = np.asarray(keys, np.uint64) ^ (keys >> _SHIFT)
    for factor in _UNDO:
        value = value * factor
        value ^= value >> _SHIFT
    numbers = (value & np.uint64(0xFFFFFFFF)).astype(np.int64)
    return np.where(value >> np.uint64(32) == 1, numbers, -1)
