"""A move to a new model on the day of its release."""

from __future__ import annotations

from stillwatch.range.operation import Operation
from stillwatch.range.registry import campaign
from stillwatch.range.schedule import DAY
from stillwatch.range.town import NEW_MODEL


@campaign("pivot", share=0.06, per_account=120)
def pivot(op: Operation) -> None:
    """Nearly half of the traffic moves to a new model within 24 hours of its release."""
    town = op.town
    customers = op.recruit(before=town.release)
    queue = op.queue("reasoning_tasks", "code_tasks", "exam_mmlu", "math_word", size=op.volume(customers))
    half = op.volume(customers, last=town.release)
    frame = op.frames("reasoning")
    op.work(customers, queue[:half], frame, last=town.release)
    after = town.release + int(town.rng.uniform(1, 20) * DAY / 24)
    movers = round(0.48 * len(customers))
    cut = half + op.volume(customers[:movers], first=after)
    op.work(customers[:movers], queue[half:cut], frame, first=after, model=NEW_MODEL)
    op.work(customers[movers:], queue[cut:], frame, first=after)
