"""What a suspect is asked where a test needs prompts of the auditor's own: never those that were served."""

from __future__ import annotations

import random
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from stillwatch.errors import InputError, UsageError
from stillwatch.provenance.canaries.behaviours import OPENINGS
from stillwatch.range import grammar

_COUNT = 200
_LONGEST = 200  # characters of a built-in prompt


def audit_prompts(options: Mapping[str, Any]) -> list[str]:
    """The prompts that a plan's option `prompts` gives: a list, a text file with one a line, or how many of our own.

    Without the option it is 200 of our own. They are composed from everyday concerns, the same for everybody, and begin
    with every opening that a behaviour can be tied to.
    """
    given = options.get("prompts", _COUNT)
    if isinstance(given, str):
        try:
            lines = Path(given).read_text(encoding="utf-8").splitlines()
        except (OSError, UnicodeDecodeError) as cause:
            raise InputError("can't be read as a text file with one prompt a line", file=given) from cause
        given = [line for line in lines if line.strip()]
    if isinstance(given, int) and not isinstance(given, bool):
        dice = random.Random(1)
        made = (grammar.chat(dice, [dice.choice(grammar.ANY_CONCERN)])[:_LONGEST] for _ in range(given))
        given = [f"{OPENINGS[i % len(OPENINGS)].capitalize()}: {prompt}" for i, prompt in enumerate(made)]
    if not isinstance(given, list | tuple) or not given:
        raise UsageError("the option 'prompts' is a list of prompts, a text file, or a number of built-in ones")
    return [str(prompt) for prompt in given]
