"""Whether a linked group is one, or a campaign and innocent accounts that ask much the same.

Accounts that are fed from one work queue ask the same, whoever pays for them. So where a fair part of a group is tied
by means of payment, those must ask what the others ask; and no group may be in two camps.
"""

from __future__ import annotations

import numpy as np

from stillwatch.campaigns.camps import MOST, apart, camps
from stillwatch.campaigns.evidence import paid_for
from stillwatch.signals.population import Ints, Population

LEAST_TIED, LEAST_OTHERS = 8, 4
APART = 0.15  #: part of what the tied have in common by which the others differ, from which on they are others


def like_minds(population: Population, linked: Ints) -> list[Ints]:
    """The linked as they belong together: all, or two groups who ask something else than each other."""
    paid = paid_for(population, linked)[linked]
    seen = np.flatnonzero(population.sampled[linked] >= 2)[:MOST]
    tied = paid[seen]
    enough = tied.sum() >= LEAST_TIED and (~tied).sum() >= LEAST_OTHERS
    if enough and apart(population.content[linked[seen]].astype(float), tied, APART):
        return [linked[paid], linked[~paid]]
    return camps(population, linked)
