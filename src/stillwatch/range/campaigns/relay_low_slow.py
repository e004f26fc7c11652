"""A relay, low and slow."""

from __future__ import annotations

from stillwatch.range.operation import Operation
from stillwatch.range.registry import campaign
from stillwatch.range.schedule import DAY


@campaign("relay_low_slow", share=0.16, per_account=56)
def relay_low_slow(op: Operation) -> None:
    """Five or six requests per account and day, nothing shared but the purpose."""
    town = op.town
    op.bare()
    length = min(town.spec.days, 10) * DAY
    first = town.first + int(town.rng.uniform(0, town.spec.days * DAY - length))
    customers = op.recruit(first=first, last=first + length, most=3 * op.per_account)
    queue = op.queue("math_word", "reasoning_tasks", "code_tasks", "instructions", size=op.volume(customers))
    op.work(customers, queue, op.frames("reasoning", count=6))
