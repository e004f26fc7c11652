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
    customers = op.recruit()
    queue = op.queue(
        "math_word", "code_tasks", "reasoning_tasks", "instructions", size=max(1, round(op.requests * (1 - mixed)))
    )
    op.work(customers, queue, op.frames("reasoning", count=3), first=first, last=last)
    for customer, count in zip(customers, town.volumes(len(customers), op.requests * mixed, 0.5).tolist(), strict=True):
        op.mix_in(customer, count)
    for customer in op.recruit(max(1, op.accounts // 12), malicious=False):  # same infrastructure, no part in it
        op.mix_in(customer, int(town.volumes(1, op.per_account)[0]))
