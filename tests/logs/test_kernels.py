"""The hash set against its plain twin."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from stillwatch.logs.duplicates import SeenIds, string_buffers
from stillwatch.logs.kernels import hash_strings

IDS = st.lists(st.lists(st.one_of(st.none(), st.text(max_size=12), st.sampled_from(["a", "b", "req-12345678"]))))


def repeated_twin(chunks: list[list[str | None]]) -> list[list[bool]]:
    """What `SeenIds.repeated` must say."""
    seen: set[str] = set()
    answer = []
    for chunk in chunks:
        flags = []
        for value in chunk:
            flags.append(value is not None and value in seen)
            if value is not None:
                seen.add(value)
        answer.append(flags)
    return answer


def hash_twin(value: bytes) -> int:
    """The hash of `kernels`, in Python's integers."""
    mask = (1 << 64) - 1
    h = 0xCBF29CE484222325 ^ len(value)
    whole = len(value) // 8 * 8
    for i in range(0, whole, 8):
        h = (h ^ int.from_bytes(value[i : i + 8], "little")) * 0x9E3779B97F4A7C15 & mask
        h ^= h >> 32
    for byte in value[whole:]:
        h = (h ^ byte) * 0x100000001B3 & mask
    h ^= h >> 33
    h = h * 0xFF51AFD7ED558CCD & mask
    h ^= h >> 33
    h = h * 0xC4CEB9FE1A85EC53 & mask
    h ^= h >> 33
    return h or 1


@settings(deadline=None, max_examples=60)
@given(IDS)
def test_repeats_are_found_across_chunks(chunks: list[list[str | None]]) -> None:
    seen = SeenIds(size=2)
    found = [seen.repeated(pa.array(chunk, pa.string())).tolist() for chunk in chunks]
    assert found == repeated_twin(chunks)


@settings(deadline=None, max_examples=60)
@given(st.lists(st.text(max_size=40), max_size=20), st.integers(0, 5))
def test_hashes_equal_the_twin_on_sliced_arrays(values: list[str], start: int) -> None:
    array = pa.array(values, pa.string()).slice(min(start, len(values)))
    hashes = hash_strings(*string_buffers(array))
    assert hashes.tolist() == [hash_twin(value.encode()) for value in array.to_pylist()]


def test_a_full_set_stops_remembering() -> None:
    seen = SeenIds(size=4, cap=3)
    seen.repeated(pa.array(["a", "b", "c"]))
    assert seen.full
    assert not seen.repeated(pa.array(["a", "z", "z"])).any()


def test_rows_set_aside_are_not_remembered() -> None:
    seen = SeenIds()
    assert not seen.repeated(pa.array(["a", "b"]), np.array([True, False])).any()
    assert seen.repeated(pa.array(["a", "b"])).tolist() == [False, True]
