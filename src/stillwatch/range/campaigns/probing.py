"""Probing many techniques, then scaling up the winners."""

from __future__ import annotations

from dataclasses import replace

from stillwatch.range import frames
from stillwatch.range.operation import Operation
from stillwatch.range.registry import campaign

AGAIN = 0.1  #: of the scouts' requests that try again what will be scaled up


@campaign("probing", share=0.04, per_account=60)
def probing(op: Operation) -> None:
    """Scouts try another elicitation technique with each request; the others scale the winners up."""
    town, dice = op.town, op.town.dice
    first, last = op.period(8, 14)
    middle = first + int((last - first) * town.rng.uniform(0.4, 0.6))
    scouts = op.recruit(max(1, op.accounts // 3), first=first, last=middle)
    followers = op.recruit(op.accounts - len(scouts), first=middle, last=last)
    tries = op.volume(scouts)
    queue = op.queue(
        "reasoning_tasks", "math_contest", "arena_hard", "exam_bbh", "instructions", size=tries + op.volume(followers)
    )
    trials = [frames.draw(dice, purpose, count=40) for purpose in frames.PURPOSES]
    reasoning = trials[frames.PURPOSES.index("reasoning")]
    winners = replace(reasoning, frames=tuple(dice.sample(reasoning.frames, 2)))
    trials += [frames.draw(dice, "reasoning", languages=(language,)) for language in ("es", "zh", "de")]
    tried = []
    for text in queue[:tries]:
        # What does well is tried again before it is scaled up.
        again = dice.random() < AGAIN
        prompt, system = winners.dress(dice, text, 0.0) if again else dice.choice(trials).dress(dice, text, 0.7)
        tried.append(f"{system}\n{prompt}" if system else prompt)
    op.work(scouts, tried, None)
    op.work(followers, queue[tries:], winners)
