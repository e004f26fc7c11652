"""Probing many techniques, then scaling up the winners."""

from __future__ import annotations

from stillwatch.range import frames
from stillwatch.range.operation import Operation
from stillwatch.range.registry import campaign


@campaign("probing", share=0.04, per_account=60)
def probing(op: Operation) -> None:
    """Scouts try another elicitation technique with each request; the others scale the winners up."""
    town, dice = op.town, op.town.dice
    first, last = op.period(8, 14)
    middle = first + int((last - first) * town.rng.uniform(0.4, 0.6))
    customers = op.recruit(before=middle)
    queue = op.queue("reasoning_tasks", "math_contest", "arena_hard", "exam_bbh", "instructions")
    third = len(queue) // 3
    scouts, followers = customers[: len(customers) // 3], customers[len(customers) // 3 :]
    trials = [frames.draw(dice, purpose, count=40) for purpose in frames.PURPOSES]
    trials += [frames.draw(dice, "reasoning", languages=(language,)) for language in ("es", "zh", "de")]
    tried = []
    for text in queue[:third]:
        prompt, system = dice.choice(trials).dress(dice, text, 0.7)
        tried.append(f"{system}\n{prompt}" if system else prompt)
    op.work(scouts, tried, None, first=first, last=middle)
    op.work(followers, queue[third:], op.frames("reasoning", count=2), first=middle, last=last)
