"""Text from patterns: `{a|b|c}` is a choice, nested as deep as wanted, `[name]` a slot filled from a word list."""

from __future__ import annotations

import random
import re
from collections.abc import Mapping, Sequence

_CHOICE = re.compile(r"\{([^{}]*)\}")
_SLOT = re.compile(r"\[([a-z_]+)\]")


def spin(dice: random.Random, pattern: str, slots: Mapping[str, Sequence[str]] | None = None) -> str:
    """One text of the pattern, innermost choices first. Slots that the mapping lacks stay as they are."""
    while "{" in pattern:
        drawn = _CHOICE.sub(lambda found: dice.choice(found[1].split("|")), pattern)
        if drawn == pattern:  # a lone brace, as in LaTeX
            break
        pattern = drawn
    if slots and "[" in pattern:
        pattern = _SLOT.sub(lambda found: dice.choice(slots[found[1]]) if found[1] in slots else found[0], pattern)
    return pattern
