"""Coverage: accounts that ask about everything, and that nothing they ask tells apart.

A product, a class or a firm has a theme, and a person has concerns; who covers all that people ask has neither. That
speaks for one queue of work behind the accounts, but only in a log whose other accounts are told apart by what they
ask: those who ask most nearly the same are measured, too.
"""

from __future__ import annotations

import numpy as np

from stillwatch.campaigns.evidence import nearness
from stillwatch.campaigns.exchangeability import exchangeability
from stillwatch.campaigns.kernels import hits
from stillwatch.campaigns.membership import lookalikes
from stillwatch.campaigns.streams import Stream, whole
from stillwatch.signals.population import LEAST_SAMPLED, Floats, Population

#: Share of content that identity explains at least among accounts that are not fed from one queue, and the p-value.
FED, SURELY = 0.004, 0.01
APART = 0.01  #: share that identity must explain among those who ask most nearly the same
WORDED = 0.05  #: share of prompts with a piece of wording of the members' own, from which on they have a frame
BROAD = 0.3  #: of all accounts, those whose own prompts are least alike: the middle member is one of them


def covers(stream: Stream) -> bool:
    """Whether the members share no wording, ask as broadly as few do, and can't be told apart where others can.

    Measured once a stream.
    """
    return stream.memo("coverage", lambda: _covers(stream))


def broad(stream: Stream) -> bool:
    """Whether the members share no wording, and ask as broadly as few do; measured once a stream."""
    return stream.memo("breadth", lambda: _worded(stream) <= WORDED and _broad(stream))


def _covers(stream: Stream) -> bool:
    if not broad(stream):
        return False
    alike = exchangeability(stream.everything)
    if alike is None or alike.p_value(FED) > SURELY:
        return False
    population = stream.population
    able = population.sampled >= LEAST_SAMPLED
    able[stream.rows] = False
    others = lookalikes(stream.rows, able, nearness(population.topics, stream.rows))
    told_apart = exchangeability(whole(population, others, stream.channel, stream.why, stream.wording))
    return told_apart is not None and told_apart.value >= APART


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
