"""Many languages, never the same words."""

from __future__ import annotations

from stillwatch.range import frames, grammar
from stillwatch.range.operation import Operation
from stillwatch.range.registry import campaign


@campaign("polyglot", share=0.06, per_account=70, adaptive=True)
def polyglot(op: Operation) -> None:
    """Reasoning elicitation in seven languages, reworded each time, from accounts that share nothing."""
    op.bare()
    dice = op.town.dice
    first, last = op.period(8, 14)
    customers = op.recruit(first=first, last=last)
    queue = [
        text if dice.random() < 0.4 else grammar.foreign(dice, dice.choice(grammar.LANGUAGES))
        for text in op.queue("reasoning_tasks", "instructions", "math_word", size=op.volume(customers))
    ]
    op.work(customers, queue, op.frames("reasoning", languages=frames.FRAME_LANGUAGES, always_new=True))
