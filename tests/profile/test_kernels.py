"""The kernels against their plain-Python twin."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stillwatch.profile import kernels
from stillwatch.profile.accounts import AccountIndex, string_buffers
from stillwatch.profile.cues import cue_sets, table

from . import logs, twin

BYTES = st.text(max_size=60).map(str.encode) | st.binary(max_size=60) | logs.texts.map(lambda t: twin._bytes(t) or b"")
CASES = [text.encode() for text in logs.ODD] + [
    "é".encode()[:1],
    "推理".encode()[:4],
    "👍".encode()[:3],
    "1é".encode()[:2],
    b"\xe2",
    b"\xe3\x80",
    b"a\x80b\xc2b\xff\xfeb",
    bytes(range(256)),
    b"x" * 1_000_000,
    b"a " * 40_000,
    "слово ".encode() * 20_000,
    "推".encode() * 30_000,
]


def read(text: bytes) -> dict[str, object]:
    """What the kernels make of one prompt."""
    data = np.frombuffer(text + b"!", np.uint8)
    exact, masked = (np.empty(kernels.LONGEST // 2 + 2, np.uint64) for _ in range(2))
    n = kernels.tokenize(data, 0, min(len(text), kernels.LONGEST), exact, masked)
    buckets, bits = np.empty(256, np.int32), np.empty(4, np.uint64)
    runs, seen = np.empty(12, np.uint32), np.zeros(1, np.uint32)
    kernels.sketch(masked, n, buckets)
    row = buckets.copy()
    kernels.signs(buckets, np.empty_like(buckets), np.empty(256, np.uint8), bits)
    kernels.shingle(masked, n, runs)
    kernels.mark(exact, n, *table(), seen)
    return {
        "hashes": (exact[:n].tolist(), masked[:n].tolist()),
        "sketch": row.tolist(),
        "signs": bits.tolist(),
        "shingles": runs.tolist(),
        "cues": int(seen[0]),
    }


def expected(text: bytes) -> dict[str, object]:
    return {
        "hashes": twin.hashes(twin.tokens(text)),
        "sketch": twin.sketch(text),
        "signs": twin.signs(text),
        "shingles": twin.shingles(text),
        "cues": twin.cue_bits(text),
    }


@pytest.mark.parametrize("text", CASES, ids=range(len(CASES)))
def test_odd_text_is_read_as_the_twin_reads_it(text: bytes) -> None:
    assert read(text) == expected(text)


@settings(deadline=None)
@given(BYTES)
def test_any_text_is_read_as_the_twin_reads_it(text: bytes) -> None:
    assert read(text) == expected(text)


def test_real_prompts_are_read_as_the_twin_reads_them() -> None:
    prompts = logs.real_prompts(40)
    if not prompts:
        pytest.skip(f"no real prompts at {logs.PROMPTS}")
    for prompt in prompts:
        text = prompt.encode("utf-8", "surrogatepass")[:2_000]
        assert read(text) == expected(text)


@settings(deadline=None)
@given(BYTES)
def test_the_text_around_a_slice_is_not_read(text: bytes) -> None:
    exact, masked = np.empty(512, np.uint64), np.empty(512, np.uint64)
    data = np.frombuffer(b"word 1 " * 2 + text + b"word" * 4, np.uint8)
    n = kernels.tokenize(data, 14, 14 + len(text), exact, masked)
    assert exact[:n].tolist() == twin.hashes(twin.tokens(text))[0]


@pytest.mark.parametrize("text", ["Don’t “STOP”", "don't stop", "don't\u00a0stop!", "Don`t «stop»"])
def test_typography_does_not_change_the_words(text: str) -> None:
    assert twin.tokens(text.encode()) == [b"don", b"t", b"stop"]
    assert read(text.encode()) == read(b"Don't stop")


@settings(deadline=None)
@given(BYTES, st.integers(0, 70))
def test_bytes_have_the_hash_of_the_twin_wherever_they_stand(text: bytes, before: int) -> None:
    data = np.frombuffer(b"x" * before + text * 3 + b"yz", np.uint8)
    assert int(kernels.hash_bytes(data, before, before + 3 * len(text))) == twin.hash_bytes(text * 3)


@settings(deadline=None)
@given(st.lists(st.integers(1, 2**64 - 2), unique=True, max_size=40))
def test_accounts_are_found_where_they_were_entered(keys: list[int]) -> None:
    index, half = AccountIndex(), len(keys) // 2
    for part in (keys[:half], keys[half:]):
        assert (index.find(np.array(part, np.uint64)) == -1).all()
        index.add(np.array(part, np.uint64))
    assert index.find(np.array(keys, np.uint64)).tolist() == list(range(len(keys)))


def test_every_cue_is_found_alone_and_in_a_sentence() -> None:
    for bit, cue_set in enumerate(cue_sets()):
        for cue in cue_set.cues:
            for text in (cue, f"Zzz {cue.upper() if cue.isascii() else cue}, zzz."):
                assert read(text.encode())["cues"] >> bit & 1, cue


def test_like_prompts_share_sign_bits() -> None:
    def equal(left: bytes, right: bytes) -> int:
        bits = zip(twin.signs(left), twin.signs(right), strict=True)
        return 256 - sum((x ^ y).bit_count() for x, y in bits)

    one, two = b"Solve step by step: what is the sum of 12 and 30?", b"Solve step by step: what is the sum of 7 and 41?"
    assert equal(one, two) == 256
    assert equal(one, two + b" Thanks") > 200
    assert 90 < equal(one, b"Write a poem on the sea, in the manner of an old sailor who longs for home") < 170


STRINGS = st.lists(st.none() | BYTES, min_size=1, max_size=12)


@settings(deadline=None)
@given(STRINGS, st.integers(0, 11), st.sampled_from([pa.string(), pa.large_string()]))
def test_strings_of_any_slice_have_the_hash_of_their_bytes(
    values: list[bytes | None], start: int, kind: pa.DataType
) -> None:
    column = logs.string_array(values, kind)[start:]
    out = np.full(len(column), 7, np.uint64)
    if len(column):
        kernels.hash_strings(*string_buffers(column), out)
    assert out.tolist() == [0 if value is None else twin.hash_bytes(value) for value in values[start:]]


@settings(deadline=None)
@given(st.lists(st.integers(0, 2**64 - 2), unique=True, max_size=8), st.integers(0, 2**64 - 2))
def test_place_in_a_list(items: list[int], item: int) -> None:
    lists = np.full((2, 8), kernels.EMPTY)
    lists[1, : len(items)] = sorted(items)
    position, there = kernels.place(lists, 1, np.uint64(item))
    if len(items) == 8 and item > max(items):
        assert (position, there) == (-1, False)
    else:
        assert (position, there) == (sum(other < item for other in items), item in items)
