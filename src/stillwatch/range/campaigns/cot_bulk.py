"""Reasoning elicitation in bulk."""

from __future__ import annotations

from stillwatch.range.operation import Operation
from stillwatch.range.registry import campaign


@campaign("cot_bulk", share=0.05, per_account=230)
def cot_bulk(op: Operation) -> None:
    """Seed problems wrapped in reasoning elicitation, at a high rate."""
    first, last = op.period(6, 14)
    sources = op.town.dice.choice(
        (("math_word", "reasoning_tasks"), ("reasoning_tasks", "math_contest", "exam_bbh"), ("math_word",))
    )
    customers = op.recruit(first=first, last=last)
    queue = op.queue(*sources, size=op.volume(customers))
    op.work(customers, queue, op.frames("reasoning"), verbosity=1.7)
