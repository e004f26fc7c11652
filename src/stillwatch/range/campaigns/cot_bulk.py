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
    op.work(op.recruit(), op.queue(*sources), op.frames("reasoning"), first=first, last=last, verbosity=1.7)
