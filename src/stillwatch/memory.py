"""How much memory there is to use, and sizes as people write them."""

from __future__ import annotations

import gc
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pyarrow as pa

from stillwatch.errors import UsageError

_UNITS = {"": 1, "K": 10**3, "M": 10**6, "G": 10**9, "T": 10**12, "KI": 2**10, "MI": 2**20, "GI": 2**30, "TI": 2**40}
_HELD, _USUAL = 4_000, 1_000  # milliseconds for which jemalloc holds what nobody uses; the latter is Arrow's setting
_LIMITS = (Path("/sys/fs/cgroup/memory.max"), Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"))


def memory() -> int:
    """Bytes of memory that this process may use: the machine's, or what its container is allowed."""
    found = [os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")] if hasattr(os, "sysconf") else []
    for path in _LIMITS:
        try:
            found.append(int(path.read_text()))
        except (OSError, ValueError):  # no such limit, or "max"
            continue
    return min(found, default=8 << 30)


def read_size(text: str) -> int:
    """Bytes of a size like 4GB, 512MiB or 2.5g.

    Raises `UsageError` where it is none.
    """
    match = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([KMGT]?I?)B?\s*", text.upper())
    if match is None or match[2] not in _UNITS:
        raise UsageError(f"'{text}' is no size; write it like 4GB or 512MB")
    return int(float(match[1]) * _UNITS[match[2]])


@contextmanager
def steady_arrow() -> Iterator[None]:
    """Let Arrow take its memory from jemalloc, where it has that.

    A log is read in batches of like size. Arrow's usual pool gives their memory back and takes it anew each time, and
    filling fresh pages with zeros costs as much time as decoding does.
    """
    usual = pa.default_memory_pool()
    with suppress(NotImplementedError):  # not in the builds for Windows and macOS
        pa.set_memory_pool(pa.jemalloc_memory_pool())
        pa.jemalloc_set_decay_ms(_HELD)
    try:
        yield
    finally:
        with suppress(NotImplementedError):
            pa.jemalloc_set_decay_ms(_USUAL)
        pa.default_memory_pool().release_unused()
        pa.set_memory_pool(usual)


@contextmanager
def paused_collector() -> Iterator[None]:
    """Let the collector of reference cycles wait.

    An analysis makes many objects and next to no cycles, and in a full pass the collector looks at every object of
    every module: a tenth of the time of a small scan.
    """
    running = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if running:
            gc.enable()
