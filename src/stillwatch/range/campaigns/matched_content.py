"""What customers ask, in the proportions in which they ask it."""

from __future__ import annotations

from stillwatch.range import vary
from stillwatch.range.operation import Operation
from stillwatch.range.people import chat_chains
from stillwatch.range.registry import campaign


@campaign("matched_content", share=0.1, per_account=60, adaptive=True)
def matched_content(op: Operation) -> None:
    """Every account has a person's interests and talks like one; no question comes twice in the whole campaign."""
    op.bare()
    town = op.town
    first, last = op.period(8, 14)
    customers = op.recruit(first=first, last=last)
    seen: set[str] = set()
    items: list[str] = []
    for customer in customers:
        for text in chat_chains(town, len(op.habit(customer).times))[0]:
            while text in seen:
                text = vary.context(town.dice) + vary.person(town.dice, text)
            seen.add(text)
            items.append(text)
    op.work(customers, items, None, verbosity=1.0)
