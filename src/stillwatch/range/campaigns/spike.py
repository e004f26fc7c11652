"""A spike of two days."""

from __future__ import annotations

from stillwatch.range.operation import Operation
from stillwatch.range.registry import campaign


@campaign("spike", share=0.19, per_account=4)
def spike(op: Operation) -> None:
    """Four requests per account, within two days."""
    first, last = op.period(1.8, 2.0)
    queue = op.queue("reasoning_tasks", "math_word", "math_contest")
    op.work(op.recruit(before=first), queue, op.frames("reasoning", count=2), first=first, last=last)
