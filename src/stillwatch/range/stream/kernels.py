"""Compiled inner loops: texts put together from segments with slots, and identifiers as hexadecimal digits.

A segment is bytes with slots in it: 1 and three bytes is a number near the value given, 2 and one byte a given name
(the same one for the same byte within a text), 3 and one byte a word of a class. Other control characters do not occur.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from numba import njit

Bytes = npt.NDArray[np.uint8]
Ints = npt.NDArray[np.int64]
Seeds = npt.NDArray[np.uint64]

SLOTS = 12  #: segments of a text
NUMBER, NAME, WORD = 1, 2, 3  #: what opens a slot
TYPED = (7, 9)  #: the segments, first and last, that a person types; with WHOLE, from the second segment on
LOWER, SLIP, BARE, WHOLE = 1, 2, 4, 8  #: hasty typing: small letters, a slip of the keyboard, no full stop

_STEP = np.uint64(0x9E3779B97F4A7C15)
_M1 = np.uint64(0xBF58476D1CE4E5B9)
_M2 = np.uint64(0x94D049BB133111EB)


@njit(cache=True, nogil=True, inline="always")
def _mix(x: np.uint64) -> np.uint64:
    """One output of SplitMix64 (Steele, Lea and Flood 2014)."""
    x = np.uint64(x + _STEP)
    x = np.uint64((x ^ (x >> np.uint64(30))) * _M1)
    x = np.uint64((x ^ (x >> np.uint64(27))) * _M2)
    return np.uint64(x ^ (x >> np.uint64(31)))


@njit(cache=True, nogil=True)
def _put_number(out: Bytes, at: int, value: int) -> int:
    digits = 1
    bound = 10
    while value >= bound:
        digits += 1
        bound *= 10
    for place in range(digits - 1, -1, -1):
        out[at + place] = 48 + value % 10
        value //= 10
    return at + digits


@njit(cache=True, nogil=True)
def _near(value: int, state: np.uint64) -> int:
    """A number from a third below the value to a half above it, as `vary.item` has it."""
    low = value // 3 if value >= 6 else 1
    high = value // 2 if value >= 6 else 2
    drawn = value - low + int(state % np.uint64(low + high + 1))
    return drawn if drawn > 2 else 2


@njit(cache=True, nogil=True)
def compose(
    segments: npt.NDArray[np.int32],
    framed: npt.NDArray[np.bool_],
    row_seed: Seeds,
    frame_seed: Seeds,
    word_seed: Seeds,
    concern: npt.NDArray[np.int16],
    flags: Bytes,
    data: Bytes,
    offsets: Ints,
    words: Bytes,
    word_offsets: Ints,
    class_begin: npt.NDArray[np.int32],
    class_count: npt.NDArray[np.int32],
    class_own: npt.NDArray[np.int32],
    name_class: int,
    out: Bytes,
    ends: npt.NDArray[np.int32],
) -> int:
    """Write row after row to `out` and where each ends to `ends`; the bytes used come back.

    `segments` is rows x SLOTS, -1 for none; those where `framed` is set draw from the frame's seed, so that all texts
    of a frame have the same words in its slots. `class_begin` and `class_count` are classes x concerns into the words;
    of a class with `class_own` > 0 an account uses only so many, chosen by its word seed.
    """
    at = 0
    for row in range(segments.shape[0]):
        begin = at
        for place in range(segments.shape[1]):
            if place == 7 or (place == 1 and flags[row] & 8):
                begin = at if place == 1 or not flags[row] & 8 else begin
            if place == 10:
                at = _hasty(out, begin, at, flags[row], row_seed[row])
            segment = segments[row, place]
            if segment < 0:
                continue
            state = _mix((frame_seed[row] if framed[place] else row_seed[row]) + np.uint64(place + 1))
            i, end = offsets[segment], offsets[segment + 1]
            while i < end:
                byte = data[i]
                if byte > 3:
                    out[at] = byte
                    at += 1
                    i += 1
                elif byte == 1:
                    value = int(data[i + 1]) + int(data[i + 2]) * 256 + int(data[i + 3]) * 65536
                    state = _mix(state)
                    at = _put_number(out, at, _near(value, state))
                    i += 4
                else:
                    kind = int(data[i + 1])
                    if byte == 2:
                        pick = _mix(row_seed[row] + np.uint64(977 * (kind + 1)))
                        kind = name_class
                    else:
                        state = _mix(state)
                        pick = state
                    count = np.uint64(class_count[kind, concern[row]])
                    if byte == 3 and class_own[kind] > 0:
                        nth = pick % np.uint64(class_own[kind])
                        seed = frame_seed[row] if framed[place] else word_seed[row]
                        pick = _mix(seed + np.uint64(131 * (kind + 1)) + nth * np.uint64(8191))
                    word = class_begin[kind, concern[row]] + np.int64(pick % count)
                    for j in range(word_offsets[word], word_offsets[word + 1]):
                        out[at] = words[j]
                        at += 1
                    i += 2
        ends[row] = at
    return at


@njit(cache=True, nogil=True)
def _hasty(out: Bytes, begin: int, end: int, flags: int, seed: np.uint64) -> int:
    if flags & 1:
        for i in range(begin, end):
            if 65 <= out[i] <= 90:
                out[i] += 32
    if flags & 4:
        while end > begin + 1 and (out[end - 1] == 46 or out[end - 1] == 63 or out[end - 1] == 33):
            end -= 1
    if flags & 2 and end - begin > 12:
        state = seed
        for _ in range(6):
            state = _mix(state)
            i = begin + 1 + int(state % np.uint64(end - begin - 3))
            a, b = out[i] | 32, out[i + 1] | 32
            if 97 <= a <= 122 and 97 <= b <= 122:
                if state & np.uint64(1 << 40):
                    out[i], out[i + 1] = out[i + 1], out[i]
                else:
                    for j in range(i, end - 1):
                        out[j] = out[j + 1]
                    end -= 1
                break
    return end


@njit(cache=True, nogil=True)
def hexadecimal(prefix: Bytes, values: Seeds, digits: int, out: Bytes) -> None:
    """Each value's lowest `digits` hexadecimal digits after the prefix, one fixed width after another."""
    at = 0
    for row in range(len(values)):
        for byte in prefix:
            out[at] = byte
            at += 1
        for place in range(digits - 1, -1, -1):
            nibble = np.int64((values[row] >> np.uint64(4 * place)) & np.uint64(15))
            out[at] = 48 + nibble if nibble < 10 else 87 + nibble
            at += 1


def mix(values: Seeds, salt: int = 0) -> Seeds:
    """SplitMix64 of each value: what a NumPy caller draws from a seed, the same as the kernels'."""
    with np.errstate(over="ignore"):
        x = values + _STEP + np.uint64(salt) * _M1
        x = (x ^ (x >> np.uint64(30))) * _M1
        x = (x ^ (x >> np.uint64(27))) * _M2
        return np.asarray(x ^ (x >> np.uint64(31)), dtype=np.uint64)
