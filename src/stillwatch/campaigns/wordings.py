"""Families inside a campaign: the frames in words, with examples beside each other."""

from __future__ import annotations

import re
from difflib import SequenceMatcher

import numpy as np
import numpy.typing as npt

from stillwatch.campaigns.candidates.families import carried, holders, spread
from stillwatch.campaigns.model import Family
from stillwatch.profile.cues import cue_sets
from stillwatch.profile.kernels import EMPTY, TEXTS
from stillwatch.profile.texts import read_text
from stillwatch.redact import redact
from stillwatch.signals.population import Ints, Population

FAMILIES = 3
EXAMPLES = 4
EXAMPLE_LENGTH = 420
FRAME_LENGTH = 320


def describe_families(
    population: Population, rows: Ints, mine: npt.NDArray[np.bool_], wording: npt.NDArray[np.uint32]
) -> tuple[Family, ...]:
    """The campaign's most used frames; one entry with examples where no wording is shared, none without prompts."""
    if not mine.any():
        return ()
    shingle, prompt = carried(population, rows, mine, wording)
    found: list[Family] = []
    while len(found) < FAMILIES and len(shingle):
        name, members = holders(shingle, prompt // mine.shape[1])
        best = name[np.argmax(members)]
        if found and members.max() < max(3, 0.2 * len(rows)):
            break
        chosen = np.zeros(mine.size, bool)
        chosen[prompt[np.isin(shingle, _beside(shingle, prompt, best))]] = True
        found.append(_family(population, rows, chosen.reshape(mine.shape), int(best)))
        left = ~chosen[prompt]
        shingle, prompt = shingle[left], prompt[left]
    return tuple(found) or (_family(population, rows, mine, None),)


def _beside(shingle: npt.NDArray[np.uint32], prompt: Ints, best: np.uint64) -> npt.NDArray[np.uint32]:
    """The wording of one frame: `best`, and what stands beside it in at least a tenth of the prompts that hold it."""
    holding = np.zeros(prompt.max() + 1, bool)
    holding[prompt[shingle == best]] = True
    beside, count = np.unique(shingle[holding[prompt]], return_counts=True)
    return np.asarray(beside[count >= 0.1 * holding.sum()])


def _family(
    population: Population,
    rows: Ints,
    chosen: npt.NDArray[np.bool_],
    shingle: int | None,
) -> Family:
    items = population.profiles["items"][rows]
    scale = population.exchanges[rows] / np.maximum(population.sampled[rows], 1)
    outside = 0
    if shingle is not None:
        inside = (population.profiles["shingles"][rows] == shingle).any(axis=(1, 2)).sum()
        outside = max(int(spread(population, np.array([shingle], np.uint32))[0] - inside), 0)
    examples: list[str] = []
    shown = -1
    for member, slot in zip(*np.nonzero(chosen[:, :TEXTS]), strict=True):
        text = _text(population, int(rows[member]), int(items[member, slot])) if member != shown else None
        if text:
            examples.append(text)
            shown = int(member)
        if len(examples) == EXAMPLES:
            break
    frame = frame_of(examples) if shingle is not None else ""
    return Family(
        frame=redact(frame, FRAME_LENGTH),
        accounts=int(chosen.any(axis=1).sum()),
        exchanges=round(float((chosen.sum(axis=1) * scale).sum())),
        distinct_items=len(np.unique(items[chosen & (items != EMPTY)])),
        outside_accounts=outside,
        examples=tuple(redact(text, EXAMPLE_LENGTH) for text in examples),
        cues=_cues(population, rows, chosen),
    )


def _cues(population: Population, rows: Ints, chosen: npt.NDArray[np.bool_]) -> tuple[str, ...]:
    """The techniques whose cues at least half of a family's prompts have."""
    cues = population.profiles["item_cues"][rows][chosen]
    return tuple(
        cue_set.title
        for bit, cue_set in enumerate(cue_sets())
        if len(cues) and ((cues >> np.uint32(bit)) & 1).mean() >= 0.5
    )


def frame_of(examples: list[str]) -> str:
    """What the examples have in common, word by word, with "…" where they differ."""
    if not examples:
        return ""
    common = re.findall(r"\S+", examples[0])[:200]
    for other in examples[1:]:
        words = re.findall(r"\S+", other)[:200]
        blocks = SequenceMatcher(None, [w.lower() for w in common], [w.lower() for w in words], autojunk=False)
        kept: list[str] = []
        for start, _, size in blocks.get_matching_blocks():
            run = [w for w in common[start : start + size] if w != "…"]
            if len(run) >= 2:
                kept += [*run, "…"]
        if not kept:
            continue
        common = kept
    return " ".join(common)


def _text(population: Population, account: int, item: int) -> str | None:
    """The kept text of an account's item."""
    table = population.texts
    column = population.memo("accounts of texts", lambda: table.column("account").to_numpy())
    first, last = np.searchsorted(column, (account, account + 1))
    for place in range(first, last):
        if table.column("item")[place].as_py() == item:
            return read_text(table.slice(place, 1))[0]
    return None
