"""Elicitation in many languages."""

from __future__ import annotations

from stillwatch.range import frames, grammar
from stillwatch.range.operation import Operation
from stillwatch.range.registry import campaign


@campaign("multilingual", share=0.05, per_account=75)
def multilingual(op: Operation) -> None:
    """Reasoning elicitation in several languages, over questions in those and in English."""
    dice = op.town.dice
    languages = tuple(dice.sample(frames.FRAME_LANGUAGES, dice.randint(3, 6)))
    first, last = op.period(7, 14)
    customers = op.recruit(first=first, last=last)
    queue = [
        text if dice.random() < 0.6 else grammar.foreign(dice, dice.choice(languages))
        for text in op.queue("math_word", "reasoning_tasks", "exam_mmlu", size=op.volume(customers))
    ]
    op.work(customers, queue, op.frames("reasoning", languages=languages, count=8))
