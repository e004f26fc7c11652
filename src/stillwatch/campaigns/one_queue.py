"""One queue: accounts that nothing they ask tells apart, in a log whose others are told apart by it.

A person has concerns, a product its customers, and each of its customers matters of their own; accounts that are dealt
their prompts from one queue have none, whatever it holds. That says little in a log where nobody is told apart by what
they ask, so those who ask most nearly the same are measured, too.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from stillwatch.campaigns.evidence import nearness
from stillwatch.campaigns.exchangeability import exchangeability, without_oddest
from stillwatch.campaigns.kernels import hits
from stillwatch.campaigns.membership import lookalikes
from stillwatch.campaigns.streams import Stream, whole
from stillwatch.signals.population import LEAST_SAMPLED, Floats, Population

#: Share of content that identity explains at least among accounts that are not fed from one queue, and the p-value.
FED, SURELY = 0.004, 0.01
APART = 0.01  #: share that identity must explain among those who ask most nearly the same
WORDED = 0.05  #: share of prompts with a piece of wording of the members' own, from which on they have a frame
BROAD = 0.3  #: of all accounts, those whose own prompts are least alike: the middle member is one of them


def fed(stream: Stream, aside: npt.NDArray[np.bool_]) -> bool:
    """Whether members can't be told apart by what they ask, where those who ask most nearly the same can.

    A linker takes in a stranger now and then, so the oddest members are left out. Nobody is looked for among those
    `aside`, (accounts,): the look-alikes of one piece of a campaign are its others.
    """
    alike = exchangeability(without_oddest(stream).everything)
    if alike is None or alike.p_value(FED) > SURELY:
        return False
    population = stream.population
    able = (population.sampled >= LEAST_SAMPLED) & ~aside
    able[stream.rows] = False
    others = lookalikes(stream.rows, able, nearness(population.topics, stream.rows))
    told_apart = exchangeability(whole(population, others, stream.channel, stream.why, stream.wording))
    return told_apart is not None and told_apart.value >= APART


def broad(stream: Stream) -> bool:
    """Whether the members share no wording, and ask as broadly as few do; measured once a stream."""
    return stream.memo("breadth", lambda: _worded(stream) <= WORDED and _broad(stream))


def _worded(stream: Stream) -> float:
    """Share of the members' prompts with a piece of their wording."""
    population = stream.population
    held = hits(population.profiles["shingles"], population.sampled, stream.rows, stream.wording)
    return float((held > 0).sum() / max(population.sampled[stream.rows].sum(), 1))


def _broad(stream: Stream) -> bool:
    population = stream.population
    order = population.memo("similarity of own prompts", lambda: _similarity(population))
    middle = np.nanmedian(population.self_similarity[stream.rows])
    return bool(np.searchsorted(order, middle) <= BROAD * len(order))


def _similarity(population: Population) -> Floats:
    """How alike an account's own prompts are, of all whose sample tells, ascending."""
    return np.sort(population.self_similarity[population.sampled >= LEAST_SAMPLED])
