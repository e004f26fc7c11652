"""A frame that is reworded each time."""

from __future__ import annotations

from stillwatch.range.operation import Operation
from stillwatch.range.registry import campaign


@campaign("paraphrased", share=0.05, per_account=75)
def paraphrased(op: Operation) -> None:
    """Reasoning elicitation whose wording never repeats."""
    first, last = op.period(7, 14)
    customers = op.recruit(first=first, last=last)
    queue = op.queue("math_contest", "reasoning_tasks", "math_word", size=op.volume(customers))
    op.work(customers, queue, op.frames("reasoning", always_new=True))
