"""Wordings by several authors, none of whom saw another's: what elicits, by technique, and the innocent nearest to it.

A grammar by one hand teaches that hand. What these share is what others will share, too. Data alone, in the syntax of
`stillwatch.range.spin`; `<item>` is where an item is put.
"""

from __future__ import annotations

import random

from bench.elicit.written import first, third
from stillwatch.range.spin import spin

AUTHORS = (first, third)
TECHNIQUES = tuple(first.ELICITS)


def compose(dice: random.Random, technique: str, item: str) -> str:
    """One elicitation prompt of a technique around an item."""
    return _around(dice, dice.choice(dice.choice(AUTHORS).ELICITS[technique]), item)


def innocent(dice: random.Random, item: str) -> str:
    """One prompt of honest people or products; one whose pattern has no place for the item is without."""
    return spin(dice, dice.choice(dice.choice(AUTHORS).INNOCENT)).replace("<item>", item).strip()


def _around(dice: random.Random, pattern: str, item: str) -> str:
    text = spin(dice, pattern).strip()
    if "<item>" in text:
        return text.replace("<item>", item)
    return f"{text}\n\n{item}" if dice.random() < 0.7 else f"{item}\n\n{text}"
