"""A family's examples, split into the shared frame and what each prompt puts into its slots."""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import SequenceMatcher

from stillwatch.redact import redact

FRAME_LIMIT = 700
EXAMPLE_LIMIT = 900
_WORD = re.compile(r"\w+|[^\w\s]|\s+")


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of an example: of the shared frame, or of its own."""

    text: str
    shared: bool


def split_frame(frame: str) -> tuple[Piece, ...]:
    """The frame's wording and its slots ("…"), redacted and cut."""
    shown = redact(frame, FRAME_LIMIT)
    pieces: list[Piece] = []
    for i, text in enumerate(re.split(r"(…)", shown)):
        if text:
            pieces.append(Piece(text, i % 2 == 0))
    return tuple(pieces)


def split_example(frame: str, example: str) -> tuple[Piece, ...]:
    """Mark the words of `example` that the frame holds, in its order.

    The comparison ignores case and spacing, because frames may be kept normalised. Single common words that match by
    chance inside a slot are left unmarked: a run counts from three words, or where it is a whole stretch of the frame.
    """
    shown = redact(example, EXAMPLE_LIMIT)
    tokens = _WORD.findall(shown)
    words = [i for i, token in enumerate(tokens) if not token.isspace()]
    mine = [tokens[i].casefold() for i in words]
    parts = [[t.casefold() for t in _WORD.findall(part) if not t.isspace()] for part in frame_parts(frame)]
    shared = [False] * len(tokens)
    start = 0
    for part in parts:
        matcher = SequenceMatcher(None, part, mine, autojunk=False)
        end = start
        for block in matcher.get_matching_blocks():
            if block.b < start or block.size < min(3, len(part)):
                continue
            for j in range(block.b, block.b + block.size):
                shared[words[j]] = True
            end = block.b + block.size
        start = end
    for i, token in enumerate(tokens):  # Spaces inside a run belong to it.
        if token.isspace() and 0 < i < len(tokens) - 1 and shared[i - 1] and shared[i + 1]:
            shared[i] = True
    pieces: list[Piece] = []
    for token, is_shared in zip(tokens, shared, strict=True):
        if pieces and pieces[-1].shared == is_shared:
            pieces[-1] = Piece(pieces[-1].text + token, is_shared)
        else:
            pieces.append(Piece(token, is_shared))
    return tuple(pieces)


def frame_parts(frame: str) -> list[str]:
    """The stretches of wording between the slots of a frame."""
    return [part for part in re.split(r"…|\.\.\.", redact(frame, FRAME_LIMIT)) if part.strip()]
