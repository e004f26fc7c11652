"""The compiled composer against a plain one, and identifiers."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from stillwatch.range import grammar
from stillwatch.range.pool import load_pool
from stillwatch.range.stream.batch import tokens
from stillwatch.range.stream.kernels import LOWER, SLOTS, WHOLE, mix
from stillwatch.range.stream.library import write_texts
from stillwatch.range.stream.segments import CONCERNS, Texts, no_segments

_MASK = 2**64 - 1


def plain_mix(x: int) -> int:
    x = (x + 0x9E3779B97F4A7C15) & _MASK
    x = ((x ^ (x >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
    x = ((x ^ (x >> 27)) * 0x94D049BB133111EB) & _MASK
    return x ^ (x >> 31)


def plain_text(
    texts: Texts, segments: list[int], framed: list[bool], row: int, frame: int, words: int, concern: int, lower: bool
) -> bytes:
    """What `Texts.compose` has to write, byte for byte, but for slips and full stops."""
    name_class = sorted({*grammar.SLOTS, *grammar.ANY_CONCERN[0]}).index("name")
    out = b""
    for place, segment in enumerate(segments):
        if segment < 0:
            continue
        data = bytes(texts.data[texts.offsets[segment] : texts.offsets[segment + 1]])
        state = plain_mix(((frame if framed[place] else row) + place + 1) & _MASK)
        made = b""
        while data:
            if data[0] > 3:
                made, data = made + data[:1], data[1:]
            elif data[0] == 1:
                value = int.from_bytes(data[1:4], "little")
                state = plain_mix(state)
                low, high = (value // 3, value // 2) if value >= 6 else (1, 2)
                made += str(max(2, value - low + state % (low + high + 1))).encode()
                data = data[4:]
            else:
                kind = data[1]
                if data[0] == 2:
                    pick, kind, own = plain_mix((row + 977 * (data[1] + 1)) & _MASK), name_class, 0
                else:
                    pick = state = plain_mix(state)
                    own = int(texts.class_own[kind])
                if own:
                    seed = frame if framed[place] else words
                    pick = plain_mix((seed + 131 * (kind + 1) + pick % own * 8191) & _MASK)
                word = int(texts.class_begin[kind, concern]) + pick % int(texts.class_count[kind, concern])
                made += bytes(texts.words[texts.word_offsets[word] : texts.word_offsets[word + 1]])
                data = data[2:]
        typed = lower and 1 <= place <= 9
        out += bytes(byte + 32 if typed and 65 <= byte <= 90 else byte for byte in made)
    return out


POOL = load_pool(None, (), 5)
TEXTS = write_texts(POOL, 5, ["reasoning"])
seeds = st.integers(0, _MASK)


@settings(deadline=None, max_examples=60)
@given(data=st.data(), row=seeds, frame=seeds, words=seeds, concern=st.integers(0, CONCERNS - 1), lower=st.booleans())
def test_texts_are_composed_as_a_plain_reader_of_segments_would(
    data: st.DataObject, row: int, frame: int, words: int, concern: int, lower: bool
) -> None:
    most = len(TEXTS.offsets) - 2
    chosen = data.draw(st.lists(st.integers(-1, most), min_size=SLOTS, max_size=SLOTS))
    framed = data.draw(st.lists(st.booleans(), min_size=SLOTS, max_size=SLOTS))
    segments = no_segments(2)
    segments[:] = chosen
    made, ends = TEXTS.compose(
        segments,
        np.array(framed),
        np.full(2, row, dtype=np.uint64),
        np.full(2, frame, dtype=np.uint64),
        np.full(2, words, dtype=np.uint64),
        np.full(2, concern, dtype=np.int16),
        np.full(2, (LOWER if lower else 0) | WHOLE, dtype=np.uint8),
    )
    wanted = plain_text(TEXTS, chosen, framed, row, frame, words, concern, lower)
    assert bytes(made[: ends[0]]) == wanted
    assert bytes(made[ends[0] : ends[1]]) == wanted
    wanted.decode("utf-8")


@given(st.lists(seeds, min_size=1, max_size=20), st.integers(0, 2000))
def test_numpy_and_kernels_draw_the_same_from_a_seed(values: list[int], salt: int) -> None:
    salted = [(value + salt * 0xBF58476D1CE4E5B9) & _MASK for value in values]
    assert mix(np.array(values, dtype=np.uint64), salt).tolist() == [plain_mix(value) for value in salted]


@given(st.lists(seeds, min_size=1, max_size=20))
def test_identifiers_are_hexadecimal(values: list[int]) -> None:
    made = tokens("c_", np.array(values, dtype=np.uint64), 13).to_pylist()
    assert made == [f"c_{value & (16**13 - 1):013x}" for value in values]
