"""Bytes as a file that lies in memory alone: what reads files can read them, and no prompt comes to lie on a disk."""

from __future__ import annotations

import os
import threading
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt


class _File:
    """A file without a name, filled again and again: fresh pages cost as much time as what is written to them."""

    def __init__(self) -> None:
        self._number = os.memfd_create("stillwatch")

    def __del__(self) -> None:
        os.close(self._number)

    def fill(self, parts: Sequence[npt.NDArray[np.uint8]]) -> str:
        size = 0
        for part in parts:
            left = part.data
            while left:
                written = os.pwrite(self._number, left, size)
                size, left = size + written, left[written:]
        os.ftruncate(self._number, size)
        return f"/proc/self/fd/{self._number}"


class _Own(threading.local):
    """The file of each thread."""

    def __init__(self) -> None:
        self.file = _File()


_OWN = _Own() if hasattr(os, "memfd_create") else None


def held(parts: Sequence[npt.NDArray[np.uint8]]) -> str | None:
    """The path of a file of these bytes, until this thread holds others; None on a system without such files.

    `OSError` where memory or file numbers have run out.
    """
    return None if _OWN is None else _OWN.file.fill(parts)
