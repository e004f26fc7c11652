"""A reseller's accounts: the campaign hides among unrelated customers."""

from __future__ import annotations

from stillwatch.range.operation import Operation
from stillwatch.range.registry import campaign


@campaign("hydra", share=0.06, per_account=110)
def hydra(op: Operation) -> None:
    """Accounts of a proxy network that carry 50-80 % innocent traffic of unrelated customers."""
    town = op.town
    first, last = op.period(9, 14)
    mixed = town.rng.uniform(0.5, 0.8)
    customers = op.recruit(first=first, last=last)
    queue = op.queue("math_word", "code_tasks", "reasoning_tasks", "instructions", size=op.volume(customers))
    op.work(customers, queue, op.frames("reasoning", count=3), share=1 - mixed)
    # same infrastructure, no part in it
    for customer in op.recruit(max(1, op.accounts // 12), first=first, last=last, malicious=False):
        op.mix_in(customer, op.habit(customer))
