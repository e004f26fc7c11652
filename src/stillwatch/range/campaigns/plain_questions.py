"""Plain questions of one field, with no elicitation at all."""

from __future__ import annotations

from stillwatch.range import vary
from stillwatch.range.operation import Operation
from stillwatch.range.registry import campaign


@campaign("plain_questions", share=0.1, per_account=60, adaptive=True)
def plain_questions(op: Operation) -> None:
    """Questions as anybody would put them: no frame, nothing shared, none asked twice."""
    op.bare()
    dice = op.town.dice
    first, last = op.period(8, 14)
    customers = op.recruit(first=first, last=last)
    field = dice.choice(
        (
            ("search_questions", "exam_mmlu"),
            ("programmers", "code_tasks", "arena_hard"),
            ("math_word", "math_contest", "reasoning_tasks"),
            ("arena", "oasst", "instructions"),
        )
    )
    queue = op.queue(*field, size=op.volume(customers))
    op.work(customers, [vary.person(dice, text, dice.random()) for text in queue], None)
