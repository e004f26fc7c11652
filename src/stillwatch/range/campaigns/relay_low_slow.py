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
    per_day = town.spec.per_account.get("relay_low_slow", 56 * town.spec.rate) / 10
    customers = op.recruit(before=first)
    stays = [town.stay(first, first + length) for _ in customers]
    volumes = [1 + int(town.rng.poisson(per_day * (end - begin) / DAY)) for begin, end in stays]
    queue = op.queue("math_word", "reasoning_tasks", "code_tasks", "instructions", size=sum(volumes))
    hands, at = [], 0
    for volume in volumes:
        hands.append(queue[at : at + volume])
        at += volume
    op.work(customers, queue, op.frames("reasoning", count=6), hands=hands, stays=stays)
