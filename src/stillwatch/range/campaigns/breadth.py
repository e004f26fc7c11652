"""Broad coverage with no phrase at all."""

from __future__ import annotations

from stillwatch.range import vary
from stillwatch.range.operation import Operation
from stillwatch.range.registry import campaign


@campaign("breadth", share=0.14, per_account=75)
def breadth(op: Operation) -> None:
    """Plain requests over everything that people ask, never the same twice."""
    first, last = op.period(9, 14)
    dice = op.town.dice
    customers = op.recruit(first=first, last=last)
    queue = op.queue(
        "arena",
        "instructions",
        "oasst",
        "arena_hard",
        "roles",
        "programmers",
        "code_tasks",
        "search_questions",
        "math_word",
        size=op.volume(customers),
    )
    dice.shuffle(queue)
    queue = [vary.person(dice, text, 0.9) if dice.random() < 0.4 else text for text in queue]
    op.work(customers, queue, None)
