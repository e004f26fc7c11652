"""All texts of a streamed world as segments: real prompts with numbers and names opened, the grammar's sentences."""

from __future__ import annotations

import random
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from stillwatch.range import grammar, vary
from stillwatch.range.pool import CHAT, Conversation, PromptPool
from stillwatch.range.spin import spin
from stillwatch.range.stream.kernels import NAME, NUMBER, SLOTS, WORD, Bytes, Ints, Seeds, compose

_OWN = {"noun": 6, "mod": 4, "deed": 4, "place": 2, "name": 5, "surname": 4, "town": 3, "project": 2, "job": 3}
_CLASSES = tuple(sorted({*grammar.SLOTS, *grammar.ANY_CONCERN[0]}))
_SLOT = re.compile(rb"\[([a-z_]+)\]")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")
_LONGEST = 26  #: bytes of a filled slot at most; see `Texts.compose`
CONCERNS = len(grammar.ANY_CONCERN)


@dataclass(frozen=True, slots=True)
class Span:
    """Consecutive entries of a table: segments of a bank, or conversations of a topic."""

    begin: int
    count: int


@dataclass(frozen=True, slots=True)
class Texts:
    """Segments by number, `banks` of them by name, and the conversations of real prompts.

    Conversation c has `turns[c]` segments from `first[c]` on; `topics` holds, by prompt set (all chat sets together as
    "chat"), spans of conversations that are about like things.
    """

    data: Bytes
    offsets: Ints
    longest: Ints  #: by segment: bytes it fills at most
    banks: Mapping[str, Span]
    first: npt.NDArray[np.int32]
    turns: npt.NDArray[np.int32]
    topics: Mapping[str, tuple[Span, ...]]
    words: Bytes
    word_offsets: Ints
    class_begin: npt.NDArray[np.int32]
    class_count: npt.NDArray[np.int32]
    class_own: npt.NDArray[np.int32]

    def compose(
        self,
        segments: npt.NDArray[np.int32],
        framed: npt.NDArray[np.bool_],
        row_seed: Seeds,
        frame_seed: Seeds,
        word_seed: Seeds,
        concern: npt.NDArray[np.int16],
        flags: Bytes,
    ) -> tuple[Bytes, npt.NDArray[np.int32]]:
        """(bytes, where each row ends) of rows x SLOTS segments; see `kernels.compose`."""
        room = int(self.longest[segments].sum()) + 64  # entry -1, "none", is the last one: zero bytes
        out = np.empty(room, dtype=np.uint8)
        ends = np.empty(len(segments), dtype=np.int32)
        used = compose(
            segments, framed, row_seed, frame_seed, word_seed, concern, flags, self.data, self.offsets, self.words,
            self.word_offsets, self.class_begin, self.class_count, self.class_own, _CLASSES.index("name"), out, ends,
        )  # fmt: skip
        return out[:used], ends


class TextsBuilder:
    """Collects segments, banks and conversations."""

    def __init__(self, pool: PromptPool, seed: int) -> None:
        self.dice = random.Random(seed * 31 + 5)
        self._parts: list[bytes] = []
        self._banks: dict[str, Span] = {}
        self._first: list[int] = []
        self._turns: list[int] = []
        self._topics: dict[str, tuple[Span, ...]] = {}
        self._pool = pool
        self._topics["chat"] = self._conversations(pool.by_topic(*CHAT))
        for name in pool.sources:
            self._topics[name] = self._conversations(pool.by_topic(name))

    def _conversations(self, groups: Sequence[Sequence[Conversation]]) -> tuple[Span, ...]:
        spans = []
        for talks in groups:
            spans.append(Span(len(self._first), len(talks)))
            for talk in talks:
                self._first.append(len(self._parts))
                self._turns.append(len(talk.turns[:4]))
                self._parts += [_opened(text) for text in talk.turns[:4]]
        return tuple(spans)

    def bank(self, name: str, texts: Sequence[str]) -> Span:
        """Keep texts with [slots] as a bank."""
        self._banks[name] = Span(len(self._parts), len(texts))
        self._parts += [_slotted(text) for text in texts]
        return self._banks[name]

    def spun(self, name: str, patterns: Sequence[str], count: int, before: str = "", after: str = "") -> Span:
        """Keep `count` texts spun from the patterns, slots left open."""
        made = [before + spin(self.dice, self.dice.choice(patterns)) + after for _ in range(count)]
        return self.bank(name, made)

    def texts(self) -> Texts:
        """Everything collected, frozen."""
        words: list[bytes] = []
        begin = np.zeros((len(_CLASSES), CONCERNS), dtype=np.int32)
        count = np.zeros((len(_CLASSES), CONCERNS), dtype=np.int32)
        known: dict[tuple[str, ...], int] = {}
        for concern, slots in enumerate(grammar.ANY_CONCERN):
            for number, name in enumerate(_CLASSES):
                values = tuple(slots.get(name) or grammar.SLOTS[name])
                if values not in known:
                    known[values] = len(words)
                    words += [value.encode()[:_LONGEST] for value in values]
                begin[number, concern], count[number, concern] = known[values], len(values)
        sizes = np.array([len(part) for part in self._parts], dtype=np.int64)
        slots_in = np.array([sum(part.count(code) for code in (1, 2, 3)) for part in self._parts], dtype=np.int64)
        return Texts(
            data=np.frombuffer(b"".join(self._parts), dtype=np.uint8),
            offsets=np.concatenate([[0], np.cumsum(sizes)]),
            longest=np.concatenate([sizes + slots_in * _LONGEST, [0]]),
            banks=dict(self._banks),
            first=np.array(self._first, dtype=np.int32),
            turns=np.array(self._turns, dtype=np.int32),
            topics=dict(self._topics),
            words=np.frombuffer(b"".join(words), dtype=np.uint8),
            word_offsets=np.concatenate([[0], np.cumsum([len(word) for word in words])]).astype(np.int64),
            class_begin=begin,
            class_count=count,
            class_own=np.array([_OWN.get(name, 0) for name in _CLASSES], dtype=np.int32),
        )


def _opened(text: str) -> bytes:
    """A real prompt with its numbers and given names as slots, by the rules of `vary.item`."""
    text = _CONTROL.sub(" ", text)
    names: dict[str, int] = {}

    def number(found: re.Match[str]) -> str:
        value = int(found[0])
        if 1900 < value < 2100 or value < 2:
            return found[0]
        return f"{chr(NUMBER)}{value}{chr(NUMBER)}"

    def name(found: re.Match[str]) -> str:
        return f"{chr(NAME)}{names.setdefault(found[0], min(len(names), 200))}{chr(NAME)}"

    marked = vary.NAMED.sub(name, vary.NUMBER.sub(number, text)).encode(errors="replace")
    marked = re.sub(rb"\x01(\d+)\x01", lambda m: bytes([NUMBER]) + int(m[1]).to_bytes(3, "little"), marked)
    return re.sub(rb"\x02(\d+)\x02", lambda m: bytes([NAME, int(m[1])]), marked)


def _slotted(text: str) -> bytes:
    def slot(found: re.Match[bytes]) -> bytes:
        name = found[1].decode()
        return bytes([WORD, _CLASSES.index(name)]) if name in _CLASSES else found[0]

    return _SLOT.sub(slot, _CONTROL.sub(" ", text).encode(errors="replace"))


def no_segments(rows: int) -> npt.NDArray[np.int32]:
    """Rows x SLOTS of no segment."""
    return np.full((rows, SLOTS), -1, dtype=np.int32)
