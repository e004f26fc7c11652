"""A queue dealt out twice on purpose."""

from __future__ import annotations

from stillwatch.range.operation import Operation
from stillwatch.range.registry import campaign


@campaign("overlapping", share=0.08, per_account=75, adaptive=True)
def overlapping(op: Operation) -> None:
    """Each item goes to two or three accounts, as a class or the users of a popular template would have it."""
    dice = op.town.dice
    first, last = op.period(8, 14)
    customers = op.recruit(first=first, last=last)
    volume = op.volume(customers)
    items = op.queue("math_word", "reasoning_tasks", "code_tasks", size=round(volume / dice.uniform(2, 3)))
    queue = [item for item in items for _ in range(3)][:volume]
    dice.shuffle(queue)
    op.work(customers, queue, op.frames("reasoning"))
