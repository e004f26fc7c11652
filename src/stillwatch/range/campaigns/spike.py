"""A spike of two days."""

from __future__ import annotations

from stillwatch.range.operation import Operation
from stillwatch.range.registry import campaign


@campaign("spike", share=0.19, per_account=4)
def spike(op: Operation) -> None:
    """Four requests per account, within two days."""
    first, last = op.period(1.8, 2.0)
    customers = op.recruit(first=first, last=last, before=first)
    queue = op.queue("reasoning_tasks", "math_word", "math_contest", size=op.volume(customers))
    op.work(customers, queue, op.frames("reasoning", count=2))
