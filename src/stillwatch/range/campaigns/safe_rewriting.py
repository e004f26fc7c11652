"""Safe answers to unsafe requests."""

from __future__ import annotations

from stillwatch.range.operation import Operation
from stillwatch.range.registry import campaign


@campaign("safe_rewriting", share=0.04, per_account=70)
def safe_rewriting(op: Operation) -> None:
    """Abusive or delicate requests, to be turned into safe answers."""
    first, last = op.period(7, 14)
    customers = op.recruit(first=first, last=last)
    queue = op.queue("red_team_dialogue", "arena", size=op.volume(customers))
    op.work(customers, queue, op.frames("rewriting"), refused=0.03)
