"""A relay, low and slow."""

from __future__ import annotations

from stillwatch.range.operation import Operation
from stillwatch.range.registry import campaign
from stillwatch.range.schedule import DAY


@campaign("relay_low_slow", share=0.16, per_account=56)
def relay_low_slow(op: Operation) -> None:
    """Five or six requests per account and day, nothing shared but the purpose."""
    op.bare()
    days = min(op.town.spec.days, 10)
    first = op.town.first + int(op.town.rng.uniform(0, op.town.spec.days - days) * DAY)
    per_day = op.per_account / 10
    hands = op.deal(customers := op.recruit(before=first), queue := op.queue("math_word", "reasoning_tasks", "code_tasks",
                    "instructions", size=round(op.accounts * per_day * days)))  # fmt: skip
    frame = op.frames("reasoning", count=6)
    op.work(customers, queue, frame, hands=hands, first=first, last=first + days * DAY)
