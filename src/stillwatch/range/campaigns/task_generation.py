"""New tasks from seeds."""

from __future__ import annotations

from stillwatch.range.operation import Operation
from stillwatch.range.registry import campaign


@campaign("task_generation", share=0.04, per_account=90)
def task_generation(op: Operation) -> None:
    """Seed instructions to be evolved into new ones."""
    first, last = op.period(6, 14)
    customers = op.recruit(first=first, last=last)
    queue = op.queue(
        "instructions", "code_tasks", "reasoning_tasks", "arena_hard", "tool_calls", size=op.volume(customers)
    )
    op.work(customers, queue, op.frames("tasks"), verbosity=2.0)
