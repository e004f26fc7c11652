"""Keys of real customers, sold or stolen."""

from __future__ import annotations

from stillwatch.range.operation import Operation
from stillwatch.range.registry import campaign


@campaign("stolen_keys", share=0.06, per_account=80, adaptive=True)
def stolen_keys(op: Operation) -> None:
    """Customers like any others until, one after another, their keys begin to serve a queue."""
    op.bare()
    town = op.town
    customers = op.recruit()
    turned = [int(town.rng.uniform(town.first, 0.35 * town.first + 0.65 * town.last)) for _ in customers]
    queue = op.queue("reasoning_tasks", "math_contest", "instructions", size=op.volume(customers))
    frame = op.frames("reasoning", count=4)
    at = 0
    for customer, moment in zip(customers, turned, strict=True):
        habit = op.habit(customer)
        if not (habit.times >= moment).any():  # turned on its last day
            moment = int(habit.times[-1])
        op.mix_in(customer, habit.within(town.first, moment))
        op.work([customer], queue[at:], frame, first=moment)
        at += op.volume([customer], first=moment)
