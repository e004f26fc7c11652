"""Elicitation hidden in innocent traffic."""

from __future__ import annotations

from stillwatch.range.operation import Operation
from stillwatch.range.registry import campaign


@campaign("camouflaged", share=0.1, per_account=90, adaptive=True)
def camouflaged(op: Operation) -> None:
    """Reworded each time, with 50 to 95 % innocent requests from the same accounts, which share nothing."""
    op.bare()
    first, last = op.period(8, 14)
    customers = op.recruit(first=first, last=last)
    queue = op.queue("reasoning_tasks", "math_word", "code_tasks", "instructions", size=op.volume(customers))
    purpose = op.town.dice.choice(("reasoning", "tasks"))
    op.work(customers, queue, op.frames(purpose, always_new=True), share=op.town.rng.uniform(0.05, 0.5))
