"""Kernels over Arrow string buffers, with no Python object per row: how texts begin, and which identifiers repeat."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from numba import njit

_MASK64 = np.uint64(0xFFFFFFFFFFFFFFFF)


@njit(cache=True, nogil=True)
def _hash(data: npt.NDArray[np.uint8], start: int, end: int) -> np.uint64:
    """FNV-1a over eight bytes at a time, then the finaliser of MurmurHash3 (public domain, A. Appleby)."""
    h = np.uint64(0xCBF29CE484222325) ^ np.uint64(end - start)
    i = start
    while i + 8 <= end:
        word = np.uint64(0)
        for k in range(8):
            word |= np.uint64(data[i + k]) << np.uint64(8 * k)
        h = (h ^ word) * np.uint64(0x9E3779B97F4A7C15)
        h ^= h >> np.uint64(32)
        i += 8
    while i < end:
        h = (h ^ np.uint64(data[i])) * np.uint64(0x100000001B3)
        i += 1
    h ^= h >> np.uint64(33)
    h *= np.uint64(0xFF51AFD7ED558CCD)
    h ^= h >> np.uint64(33)
    h *= np.uint64(0xC4CEB9FE1A85EC53)
    h ^= h >> np.uint64(33)
    # Zero marks a free slot.
    return h if h != np.uint64(0) else np.uint64(1)


@njit(cache=True, nogil=True)
def hash_strings(offsets: npt.NDArray[np.int32], data: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint64]:
    """uint64[n] hashes, never 0, of the n strings that n + 1 offsets cut from `data`."""
    out = np.empty(len(offsets) - 1, np.uint64)
    for i in range(len(out)):
        out[i] = _hash(data, offsets[i], offsets[i + 1])
    return out


@njit(cache=True, nogil=True)
def first_bytes(offsets: npt.NDArray[np.int32], data: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """uint8[n], the first byte of each of the n strings that n + 1 offsets cut from `data`, 0 of an empty one."""
    out = np.zeros(len(offsets) - 1, np.uint8)
    for i in range(len(out)):
        if offsets[i] < offsets[i + 1]:
            out[i] = data[offsets[i]]
    return out


@njit(cache=True, nogil=True)
def insert(
    table: npt.NDArray[np.uint64], hashes: npt.NDArray[np.uint64], skip: npt.NDArray[np.bool_]
) -> npt.NDArray[np.bool_]:
    """Puts hashes into an open-addressing set (linear probing, length a power of two, 0 = free).

    Returns bool[n]: True where the hash was there already, from an earlier call or an earlier row. Rows of `skip`
    neither enter nor count. The caller keeps the set at most half full.
    """
    seen = np.zeros(len(hashes), np.bool_)
    mask = np.uint64(len(table) - 1)
    for i in range(len(hashes)):
        if skip[i]:
            continue
        slot = hashes[i] & mask
        while table[slot] != np.uint64(0) and table[slot] != hashes[i]:
            slot = (slot + np.uint64(1)) & mask
        if table[slot] == hashes[i]:
            seen[i] = True
        else:
            table[slot] = hashes[i]
    return seen


@njit(cache=True, nogil=True)
def grow(table: npt.NDArray[np.uint64], size: int) -> npt.NDArray[np.uint64]:
    """The same set in a table of `size` slots."""
    wider = np.zeros(size, np.uint64)
    mask = np.uint64(size - 1)
    for value in table:
        if value != np.uint64(0):
            slot = value & mask
            while wider[slot] != np.uint64(0):
                slot = (slot + np.uint64(1)) & mask
            wider[slot] = value
    return wider
