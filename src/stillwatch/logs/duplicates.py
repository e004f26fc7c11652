"""Which exchange ids were seen before, over the whole log, in 16 bytes an id."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from stillwatch.logs.kernels import grow, hash_strings, insert

#: Identifiers remembered at most (1 GiB of hashes); later rows are taken as they come, and a note says so.
MAX_IDS = 1 << 26


class SeenIds:
    """A growing set of 64-bit hashes of identifiers.

    Two different ids collide with probability n^2 / 2^65: 3e-8 for a million rows, 1e-4 at the cap.
    """

    def __init__(self, size: int = 1 << 17, cap: int = MAX_IDS) -> None:
        self._table = np.zeros(size, np.uint64)
        self._cap = cap
        self.count = 0
        #: Takes the hashes that are new in each batch, for whoever keeps them from one scan to the next.
        self.tell: Callable[[npt.NDArray[np.uint64]], None] | None = None

    @property
    def full(self) -> bool:
        """Whether the cap is reached and no more ids are remembered."""
        return self.count >= self._cap

    def repeated(self, ids: pa.Array, skip: npt.NDArray[np.bool_] | None = None) -> npt.NDArray[np.bool_]:
        """bool[n], True where an id came before; nulls and rows of `skip` are never repeated and never remembered."""
        if self.full:
            return np.zeros(len(ids), np.bool_)
        while 2 * (self.count + len(ids)) > len(self._table):
            self._table = grow(self._table, 2 * len(self._table))
        left_out = np.zeros(len(ids), np.bool_) if skip is None else skip
        if ids.null_count:
            left_out = left_out | pc.is_null(ids).to_numpy(zero_copy_only=False)
        hashes = hash_strings(*string_buffers(ids))
        seen: npt.NDArray[np.bool_] = insert(self._table, hashes, left_out)
        new = ~(seen | left_out)
        self.count += int(np.count_nonzero(new))
        if self.tell is not None:
            self.tell(hashes[new])
        return seen

    def forget(self) -> None:
        """Give the memory back when no more ids will come."""
        self._table = np.zeros(0, np.uint64)

    def remember(self, hashes: npt.NDArray[np.uint64]) -> None:
        """Take hashes, each once, as ids that came before."""
        while 2 * (self.count + len(hashes)) > len(self._table):
            self._table = grow(self._table, 2 * len(self._table))
        insert(self._table, hashes, np.zeros(len(hashes), np.bool_))
        self.count += len(hashes)


def string_buffers(strings: pa.Array) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.uint8]]:
    """The offsets int32[n + 1] and bytes of an Arrow string array, without a copy; nulls are empty."""
    _, offsets, data = strings.buffers()
    if offsets is None or len(strings) == 0:
        return np.zeros(len(strings) + 1, np.int32), np.empty(0, np.uint8)
    cut = np.frombuffer(offsets, np.int32)[strings.offset : strings.offset + len(strings) + 1]
    return cut, np.frombuffer(data, np.uint8) if data is not None and data.size else np.empty(0, np.uint8)
