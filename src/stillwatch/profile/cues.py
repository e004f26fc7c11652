"""The lexicon of technique cues, as the hash table that the text pass looks words up in."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np
import numpy.typing as npt

from stillwatch.profile import kernels

_ENDS = 1 << 14  #: places of the map of last words: many times the cues, small enough for the nearest cache
_PRIME, _MASK = 0x100000001B3, 0xFFFFFFFFFFFFFFFF


@dataclass(frozen=True, slots=True)
class CueSet:
    """The cues of one technique; its position is its bit."""

    name: str
    title: str
    atlas: str
    cues: tuple[str, ...]


@cache
def cue_sets() -> tuple[CueSet, ...]:
    """The techniques in order of their bits."""
    text = files("stillwatch.profile").joinpath("cues.toml").read_text("utf-8")
    return tuple(
        CueSet(name, entry["title"], entry["atlas"], tuple(entry["cues"]))
        for name, entry in tomllib.loads(text).items()
    )


@cache
def table() -> tuple[npt.NDArray[np.uint64], npt.NDArray[np.uint32], npt.NDArray[np.bool_]]:
    """Open-addressing table: keys (0 = free), the technique bits of each, and a bit map of the cues' last words."""
    ends = np.zeros(_ENDS, np.bool_)
    wanted: dict[int, int] = {}
    for bit, cue_set in enumerate(cue_sets()):
        for cue in cue_set.cues:
            key, last = _key(cue)
            ends[last & (_ENDS - 1)] = True
            wanted[key] = wanted.get(key, 0) | 1 << bit
    size = 1 << (4 * len(wanted)).bit_length()
    keys, bits = np.zeros(size, np.uint64), np.zeros(size, np.uint32)
    for key, value in sorted(wanted.items()):
        place = key & (size - 1)
        while keys[place]:
            place = (place + 1) & (size - 1)
        keys[place], bits[place] = key, value
    return keys, bits, ends


def _key(cue: str) -> tuple[int, int]:
    """The hash under which the text pass meets a cue of one to three words, and that of its last word."""
    data = np.frombuffer(cue.encode(), np.uint8)
    words = np.empty(64, np.uint64)
    count = kernels.tokenize(data, 0, len(data), words, np.empty(64, np.uint64))
    if not 1 <= count <= 3:
        raise ValueError(f"cue {cue!r} has {count} words; one to three can be looked up")
    key = int(words[0])
    for word in words[1:count].tolist():
        key = int(kernels.mix(np.uint64((key * _PRIME & _MASK) ^ word)))
    return key, int(words[count - 1])
