"""The prompts a world is made of: public prompt sets read from a folder, or the range's own grammar."""

from __future__ import annotations

import gzip
import json
import random
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt

from stillwatch.errors import InputError, UsageError
from stillwatch.range import grammar, vary

_DIMENSIONS = 48
_TOPICS = 40


@dataclass(frozen=True, slots=True)
class Conversation:
    """User messages of one conversation, in order, with what the source knows about them."""

    turns: tuple[str, ...]
    user: str | None = None
    system: str | None = None
    tools: int = 0


@dataclass(frozen=True, slots=True)
class PromptPool:
    """Prompt sets by name, with the topics of the chat sets. `generated` tells the grammar's own."""

    sources: dict[str, tuple[Conversation, ...]]
    generated: bool
    topics: dict[str, npt.NDArray[np.int64]] = field(default_factory=dict)  #: source -> topic of each conversation
    _by_topic: dict[tuple[str, ...], list[list[Conversation]]] = field(default_factory=dict)

    def has(self, *names: str) -> list[str]:
        """Those of the names that the pool has."""
        return [name for name in names if self.sources.get(name)]

    def available(self, *names: str) -> list[str]:
        """Those of the names that the pool has; else every chat-like set, else every set: no kind ever starves."""
        return self.has(*names) or self.has(*CHAT) or self.has(*sorted(self.sources))

    def conversations(self, *names: str) -> list[Conversation]:
        """All conversations of the named sets, as far as they are available."""
        return [talk for name in self.available(*names) for talk in self.sources[name]]

    def texts(self, *names: str, turns: int = 1) -> list[str]:
        """The first `turns` user messages of every conversation of the named sets."""
        return [text for talk in self.conversations(*names) for text in talk.turns[:turns]]

    def by_topic(self, *names: str) -> list[list[Conversation]]:
        """The conversations of the named sets, a non-empty list each topic: kept, so leave them as they are."""
        if names in self._by_topic:
            return self._by_topic[names]
        groups: dict[int, list[Conversation]] = {}
        for name in self.has(*names):
            labels = self.topics.get(name)
            for at, talk in enumerate(self.sources[name]):
                groups.setdefault(
                    int(labels[at]) if labels is not None else at * 8 // len(self.sources[name]), []
                ).append(talk)
        self._by_topic[names] = [groups[key] for key in sorted(groups)] or [self.conversations(*names)]
        return self._by_topic[names]

    def queue(self, dice: random.Random, names: Sequence[str], size: int, fresh: float = 0.5) -> list[str]:
        """`size` distinct work items from the named sets: real ones first, then variations of them.

        `fresh` is the share of first uses that are varied as well, so that an item is not known by its source.
        """
        base = self.texts(*names)
        dice.shuffle(base)
        names = self.available(*names)
        weights = [1 + len(self.sources.get(name, ())) for name in names]
        items: list[str] = []
        seen: set[str] = set()
        tries = 0
        while len(items) < size:
            text = base[tries % len(base)]
            if tries >= len(base) and self.generated:  # the grammar never runs out
                text = grammar.pattern(dice, dice.choices(names, weights)[0]) or text
            if tries >= len(base) or dice.random() < fresh:
                text = vary.item(dice, text)
            if text in seen and tries >= len(base):
                text = vary.context(dice) + text if dice.random() < 0.5 else vary.person(dice, text, 0.3)
            tries += 1
            if text not in seen or tries > 20 * size:
                seen.add(text)
                items.append(text)
        return items


CHAT = ("arena", "oasst", "arena_hard", "mt_bench", "instructions")


def load_pool(folder: Path | None, wanted: Sequence[str], seed: int, without: Sequence[str] = ()) -> PromptPool:
    """Read `FOLDER/prompts/*.jsonl.gz` (or `FOLDER/*.jsonl.gz`), or write prompts from the grammar.

    Only the sets `wanted` (all where none is named) but for those of `without`.

    Raises `InputError` for a folder without prompt sets, a broken line or a set asked for that is not there.
    """
    if folder is None:
        sources = {
            name: tuple(Conversation(turns) for turns in talks)
            for name, talks in grammar.write_sources(random.Random(seed)).items()
        }
    else:
        inner = folder / "prompts"
        files = sorted((inner if inner.is_dir() else folder).glob("*.jsonl.gz"))
        if not files:
            raise InputError(
                "no prompt sets (*.jsonl.gz) here; leave --prompts out to use the range's own", file=str(folder)
            )
        sources = {path.name.removesuffix(".jsonl.gz"): _read(path) for path in files}
    missing = sorted({*wanted, *without} - set(sources))
    sources = {n: found for n, found in sources.items() if (not wanted or n in wanted) and n not in without}
    if missing:
        raise InputError(f"no prompt set called {', '.join(missing)}", file=str(folder or "the range's grammar"))
    if not sources:
        raise UsageError("every prompt set is left out")
    return PromptPool(
        sources, folder is None, _cluster({n: sources[n] for n in (*CHAT, "programmers") if n in sources})
    )


def _read(path: Path) -> tuple[Conversation, ...]:
    talks = []
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for row, line in enumerate(lines, start=1):
            try:
                record = json.loads(line)
                turns = tuple(text for text in record["turns"] if isinstance(text, str) and text.strip())
            except (ValueError, KeyError, TypeError) as cause:
                raise InputError("not a conversation with 'turns'", file=str(path), row=row) from cause
            if turns:
                tools = record.get("tools") or 0
                talks.append(
                    Conversation(
                        tuple(text[:6000] for text in turns),
                        record.get("user"),
                        record.get("system"),
                        tools if isinstance(tools, int) else len(tools),
                    )
                )
    return tuple(talks)


def _cluster(sources: dict[str, tuple[Conversation, ...]]) -> dict[str, npt.NDArray[np.int64]]:
    """Topics by spherical k-means over random projections of hashed, idf-weighted words. Same input, same topics."""
    sizes = [len(talks) for talks in sources.values()]
    total = sum(sizes)
    if total < 4 * _TOPICS:
        return {}
    rows: list[int] = []
    words: list[int] = []
    for at, talk in enumerate(talk for talks in sources.values() for talk in talks):
        found = {zlib.crc32(word.encode()) % 8192 for word in talk.turns[0].lower()[:400].split() if len(word) > 3}
        rows += [at] * len(found)
        words += found
    row, word = np.array(rows, dtype=np.int64), np.array(words, dtype=np.int64)
    weight = np.log(total / (1.0 + np.bincount(word, minlength=8192)))[word]
    projection = np.random.default_rng(7).normal(size=(8192, _DIMENSIONS))
    points = np.zeros((total, _DIMENSIONS))
    np.add.at(points, row, projection[word] * weight[:, None])
    points /= np.linalg.norm(points, axis=1, keepdims=True) + 1e-9
    centres = points[np.linspace(0, total - 1, _TOPICS).astype(int)]
    labels = np.zeros(total, dtype=np.int64)
    for _ in range(8):
        labels = np.argmax(points @ centres.T, axis=1)
        for topic in range(_TOPICS):
            inside = points[labels == topic]
            if len(inside):
                mean = inside.mean(axis=0)
                centres[topic] = mean / (np.linalg.norm(mean) + 1e-9)
    cuts = np.cumsum(sizes)[:-1]
    return dict(zip(sources, np.split(labels, cuts), strict=True))
