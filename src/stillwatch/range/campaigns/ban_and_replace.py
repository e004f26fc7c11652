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
    half = op.accounts // 2
    banned = op.recruit(half, before=town.first + DAY, last=ban, closed=ban)
    heirs = op.recruit(op.accounts - half, first=ban)
    cut = op.volume(banned)
    queue = op.queue("math_word", "instructions", "reasoning_tasks", "code_tasks", size=cut + op.volume(heirs))
    frame = op.frames(town.dice.choice(("reasoning", "tasks")))
    op.work(banned, queue[:cut], frame)
    op.work(heirs, queue[cut:], frame)
