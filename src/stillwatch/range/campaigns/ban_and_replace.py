"""A pool that is closed and replaced."""

from __future__ import annotations

from stillwatch.range.operation import Operation
from stillwatch.range.registry import campaign
from stillwatch.range.schedule import DAY


@campaign("ban_and_replace", share=0.06, per_account=80)
def ban_and_replace(op: Operation) -> None:
    """A second pool takes over the queue when the first one is banned."""
    town = op.town
    ban = town.first + int(town.rng.uniform(0.35, 0.6) * (town.last - town.first))
    queue = op.queue("math_word", "instructions", "reasoning_tasks", "code_tasks")
    half = op.accounts // 2
    cut = len(queue) * half // op.accounts
    frame = op.frames(town.dice.choice(("reasoning", "tasks")))
    op.work(op.recruit(half, before=town.first + DAY, closed=ban), queue[:cut], frame, first=town.first, last=ban)
    op.work(op.recruit(op.accounts - half), queue[cut:], frame, first=ban, last=town.last)
