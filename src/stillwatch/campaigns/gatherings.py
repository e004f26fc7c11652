"""Findings that are a gathering of people after all: their members pass for a campaign's, and what ties them is known.

That shows only when the members are settled, as candidates hold passers-by.
"""

from __future__ import annotations

import numpy as np

from stillwatch.campaigns.candidates.bursts import held
from stillwatch.campaigns.findings import Finding
from stillwatch.campaigns.verdict import MOSTLY
from stillwatch.signals.population import Ints, Population

#: Effective number of those who pay for several, below which who asks as anybody does is taken for their guests; and
#: the part of the members that they pay for, at least, and how many each.
FEW_PAYERS, SPONSORED, GUESTS = 2.5, 1 / 3, 5
OF_OTHERS = 0.5  #: part of the others that several pay for with one means, beyond which they aren't guests' neighbours
#: Exchanges of a member, by the median, from which on nobody's guests are at work, if those pay for all but a few.
AT_WORK, ALL_BUT_FEW = 100, 0.9
#: Days that an event lasts, with who comes early and who lingers, and the part of the members who are there for no
#: longer. A log of less than twice that tells no event from what it is itself.
EVENT, ATTENDED = 3, 2 / 3
ONE_PURSE = 0.75  #: part of them who pay with each other's means, from which on they are no independent guests
_DAY = 86_400_000_000


def gathered(population: Population, finding: Finding) -> bool:
    """Whether members who ask as anybody does are guests of few sponsors, or came for one event and went again."""
    verdict = finding.verdict
    if verdict.aimed or verdict.purpose >= MOSTLY or not population.prompts_known:
        return False
    if _sponsored(population, finding.rows):
        return True
    came = verdict.stream.channel == "content" and _attended(population, finding.rows) >= ATTENDED
    return came and _paid_together(population, finding.rows) < ONE_PURSE


def _sponsored(population: Population, members: Ints) -> bool:
    """Whether a few sponsors pay for many of the members, and the others each pay for themselves.

    The guests of a hackathon, or the pupils of a school: two such events on one subject have two sponsors. Where all
    are paid for, and work for it, two cards are an operator's.
    """
    guests = _guests(population, members)
    part = guests[guests >= GUESTS] / len(members)
    several = guests[(guests >= 2) & (guests < GUESTS)].sum() / len(members)
    if several > OF_OTHERS * (1 - part.sum()):
        return False
    if part.sum() >= ALL_BUT_FEW and np.median(population.exchanges[members]) >= AT_WORK:
        return False
    return bool(part.sum() >= SPONSORED and part.sum() ** 2 / (part @ part) < FEW_PAYERS)


def _paid_together(population: Population, members: Ints) -> float:
    """The part of the members who pay with what another of them pays with."""
    guests = _guests(population, members)
    return float(guests[guests > 1].sum() / len(members))


def _guests(population: Population, members: Ints) -> Ints:
    """How many of the members each means of payment pays for."""
    paid = population.payment[members]
    return np.unique(paid[paid >= 0], return_counts=True)[1]


def _attended(population: Population, members: Ints) -> float:
    """The part of the members whose first and last exchange lie within one `EVENT`, the best that there is.

    A hackathon's guests sign up for it, work at the same hours, on one subject, and are gone: so do the accounts of a
    campaign in a hurry, of which more than that has to speak.
    """
    first, last = population.profiles["first"], population.profiles["last"]
    if last.max() - first.min() < 2 * EVENT * _DAY:
        return 0.0
    order = np.argsort(first[members], kind="stable")
    came, left = first[members][order], last[members][order]
    return max(map(len, held(came, left, came, EVENT * _DAY))) / len(members)
