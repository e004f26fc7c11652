"""Kernels of addresses: text to keys, of which those of IPv4 can be read back (`addresses.py`)."""

# mypy: allow-untyped-defs
# Numba infers the types from the calls; `addresses.py` states them.

from __future__ import annotations

import numpy as np
from numba import njit

from stillwatch.profile.kernels import PRIME, SEED, mix

_MAPPED = np.frombuffer(b"::ffff:", np.uint8)


@njit(cache=True, nogil=True)
def lower(c):
    """The lower-case form of an ASCII letter."""
    return c + np.uint8(32) if 65 <= c <= 90 else c


@njit(cache=True, nogil=True)
def read_ipv4(data, start, stop):
    """The IPv4 address in this text, also as IPv6 writes it (`::ffff:192.0.2.1`); -1 if it's none."""
    address, octet, digits, dots = 0, 0, 0, 0
    for j in range(start, stop):
        c = data[j]
        if 48 <= c <= 57:
            octet = octet * 10 + (c - 48)
            digits += 1
        elif c == 46:
            if digits == 0:
                return -1
            address = address * 256 + octet
            octet, digits = 0, 0
            dots += 1
        elif c == 58 and j == start and stop - start >= 14:
            for k in range(7):
                if lower(data[start + k]) != _MAPPED[k]:
                    return -1
            return read_ipv4(data, start + 7, stop)
        else:
            return -1
        if digits > 3 or octet > 255 or dots > 3:
            return -1
    return address * 256 + octet if dots == 3 and digits else -1


@njit(cache=True, nogil=True)
def hash_addresses(data, offsets, valid, out, network):
    """Turn addresses into keys that can be read back: an IPv4 address is `mix(1 << 32 | address)`.

    `network` gets the same for the /24 (IPv4) or the text of the first three groups (IPv6: a plain hash, which can't
    be read back; 0 where the text has fewer). Text that is no IPv4 address is hashed in lower case.
    """
    tag = np.uint64(1 << 32)
    for i in range(out.shape[0]):
        out[i] = 0
        network[i] = 0
        if not valid[i] or offsets[i] == offsets[i + 1]:
            continue
        four = read_ipv4(data, offsets[i], offsets[i + 1])
        if four >= 0:
            address = np.uint64(four)
            out[i] = mix(tag | address)
            network[i] = mix(tag | (address & np.uint64(0xFFFFFF00)))
            continue
        h = SEED
        colons = 0
        for j in range(offsets[i], offsets[i + 1]):
            c = lower(data[j])
            h = (h ^ np.uint64(c)) * PRIME
            if c == 58:
                colons += 1
                if colons == 3:
                    network[i] = mix(h)
        out[i] = mix(h)
