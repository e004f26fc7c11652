"""Arrays too large for the memory: they lie in a temporary file, of which the system keeps in memory what fits."""

from __future__ import annotations

import mmap
import os
import tempfile
from typing import Any

import numpy as np
import numpy.typing as npt


def in_a_file(shape: tuple[int, ...], dtype: npt.DTypeLike) -> npt.NDArray[Any]:
    """An array of zeros in a file of the system's temporary folder (`TMPDIR`), gone with the array.

    Raises:
        OSError: The disk is full. The room is taken at once, so that no later write can fail.

    """
    kind = np.dtype(dtype)
    size = int(np.prod(shape)) * kind.itemsize
    if size == 0:
        return np.zeros(shape, kind)
    with tempfile.TemporaryFile(prefix="stillwatch-") as file:
        if hasattr(os, "posix_fallocate"):
            os.posix_fallocate(file.fileno(), 0, size)
        else:
            file.truncate(size)
        return np.frombuffer(mmap.mmap(file.fileno(), size), kind).reshape(shape)
