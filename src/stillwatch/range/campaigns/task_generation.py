"""New tasks from seeds."""

from __future__ import annotations

from stillwatch.range.operation import Operation
from stillwatch.range.registry import campaign


@campaign("task_generation", share=0.04, per_account=90)
def task_generation(op: Operation) -> None:
    """Seed instructions to be evolved into new ones."""
    first, last = op.period(6, 14)
    queue = op.queue("instructions", "code_tasks", "reasoning_tasks", "arena_hard", "tool_calls")
    op.work(op.recruit(), queue, op.frames("tasks"), first=first, last=last, verbosity=2.0)
