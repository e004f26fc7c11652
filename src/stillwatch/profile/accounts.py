"""Which row of the profiles is an account's: a hash table over the names, with no Python object per exchange."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from stillwatch.profile import kernels, row_kernels

Hashes = npt.NDArray[np.uint64]


class AccountIndex:
    """Rows by the 64-bit hash of the account's name.

    Two names collide with probability n^2 / 2^65: 3e-8 for a million accounts.
    """

    def __init__(self) -> None:
        self._keys = np.zeros(1 << 12, np.uint64)
        self._rows = np.zeros(1 << 12, np.int64)
        self._hashes: list[Hashes] = []
        self._count = 0

    def find(self, hashes: Hashes) -> npt.NDArray[np.int64]:
        """The row of each, -1 where it is new."""
        out = np.empty(len(hashes), np.int64)
        row_kernels.find(self._keys, self._rows, hashes, out)
        return out

    def add(self, hashes: Hashes) -> None:
        """Give new accounts, each once, the next rows."""
        self._hashes.append(hashes)
        first = self._count
        self._count += len(hashes)
        if 2 * self._count > len(self._keys):
            size = 1 << (4 * self._count).bit_length()
            self._keys, self._rows = np.zeros(size, np.uint64), np.zeros(size, np.int64)
            hashes, first = np.concatenate(self._hashes), 0
            self._hashes = [hashes]
        row_kernels.enter(self._keys, self._rows, hashes, first)


def string_buffers(column: pa.Array) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.int64], npt.NDArray[np.bool_]]:
    """The bytes of a string column, its offsets into them and which rows are there."""
    if not (pa.types.is_string(column.type) or pa.types.is_large_string(column.type)):
        column = column.cast(pa.string())
    width: type[np.signedinteger[Any]] = np.int64 if pa.types.is_large_string(column.type) else np.int32
    _, offsets, data = column.buffers()
    ends = np.frombuffer(offsets, width)[column.offset : column.offset + len(column) + 1].astype(np.int64)
    text = np.frombuffer(data if data is not None and data.size else bytes(1), np.uint8)
    valid = column.is_valid().to_numpy(zero_copy_only=False) if column.null_count else np.ones(len(column), np.bool_)
    return text, ends, valid


def hash_column(column: pa.Array) -> Hashes:
    """The hash of each string, 0 where there is none."""
    out = np.zeros(len(column), np.uint64)
    if len(column):
        kernels.hash_strings(*string_buffers(column), out)
    return out
