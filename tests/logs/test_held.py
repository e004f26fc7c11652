"""A file in memory holds what it was last filled with, for each thread its own."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from stillwatch.logs.held import held

pytestmark = pytest.mark.skipif(not hasattr(os, "memfd_create"), reason="this system has no files in memory")


def content(*parts: bytes) -> tuple[str, bytes]:
    path = held([np.frombuffer(part, np.uint8) for part in parts])
    assert path is not None
    return path, Path(path).read_bytes()


def test_it_holds_what_came_last() -> None:
    assert content(b"one\n", b"", b"two\n")[1] == b"one\ntwo\n"
    assert content(b"3\n")[1] == b"3\n"
    assert content()[1] == b""


def test_each_thread_has_its_own_and_leaves_none() -> None:
    mine, _ = content(b"mine")
    with ThreadPoolExecutor(1) as pool:
        other, found = pool.submit(content, b"another's").result()
    assert (other != mine, found, Path(mine).read_bytes()) == (True, b"another's", b"mine")
    assert not Path(other).exists()
