"""What the campaign asks: short real prompts where a folder of public prompts is given, else the range's own."""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path

from stillwatch.provenance.lab.teacher import LabError
from stillwatch.range.pool import load_pool

SETS = ("instructions", "oasst", "mt_bench")
_SHORTEST, _LONGEST = 25, 110


def lab_prompts(folder: Path | None, *, count: int, seed: int, names: Sequence[str] = SETS) -> list[str]:
    """`count` distinct prompts of 25 to 110 characters in Latin letters, from the sets of those names if there are any.

    The same for the same folder and seed.
    """
    pool = load_pool(folder, (), seed)
    sets = pool.has(*names) or sorted(pool.sources)
    texts = sorted({" ".join(text.split()) for text in pool.texts(*sets)})
    fit = [text for text in texts if _SHORTEST <= len(text) <= _LONGEST and text.isascii()]
    dice = random.Random(seed)
    dice.shuffle(fit)
    if pool.generated and len(fit) < count:
        fit = pool.queue(dice, sets, 6 * count, fresh=1.0)
        fit = list(dict.fromkeys(text for text in fit if _SHORTEST <= len(text) <= _LONGEST))
    if len(fit) < count:
        raise LabError(f"{len(fit)} of the prompts there are short enough, and the run needs {count}: give it fewer")
    return fit[:count]
