"""Agentic coding and tool use."""

from __future__ import annotations

from stillwatch.range import grammar
from stillwatch.range.operation import Operation
from stillwatch.range.registry import campaign


@campaign("trajectories", share=0.05, per_account=100)
def trajectories(op: Operation) -> None:
    """Coding and tool tasks with demands for thought, action and observation."""
    first, last = op.period(7, 14)
    dice = op.town.dice
    customers = op.recruit(first=first, last=last)
    queue = op.queue(
        "code_tasks", "tool_calls", "swe_tasks", "coding_sessions", "text_to_sql", size=op.volume(customers)
    )
    queue = [text if len(text) > 60 else f"{text}\n{grammar.pattern(dice, 'swe_tasks')}" for text in queue]
    op.work(customers, queue, op.frames("trajectories"), tools=dice.choice((0, 0, 4)), verbosity=1.5)
