"""The same material, asked for independently: what people who draw on one pool have in common, and what they haven't.

Homework, a benchmark, a product's popular questions: whoever draws on them meets the same items again.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import pdtr

from stillwatch.calibrate import Comparison
from stillwatch.campaigns.dealing import dealt
from stillwatch.campaigns.kernels import common_pairs, near_keys
from stillwatch.campaigns.model import Alternative
from stillwatch.campaigns.streams import Stream
from stillwatch.profile.kernels import EMPTY
from stillwatch.signals.infrastructure import partnered
from stillwatch.signals.population import Ints, Population

#: Least share of a common pool of material that one who draws on it independently covers, word for word and nearly: the
#: homework, a benchmark (the whole or a sample), a product's popular questions.
COVERED_EXACTLY, COVERED_NEARLY = 0.003, 0.02
#: Part of these that people cover who may not know of each other's material at all: they ask as anybody does.
LOOSELY = 2 / 3
#: Part of the members that must share means of payment, beyond comparable groups, to have more than material in common.
PAID_BY = 0.25
#: The same of those who ask as anybody does: a few of one operator among many others must not speak for all.
PAID_BY_LOOSELY = 0.35
#: Times as many coincidences as common material shows at least, beyond which who pays says nothing.
ALL_ASK = 10.0
#: Times as much of a pool that people cover who have more in common than what they ask: a class, the users of an agent.
TOGETHER = 10.0
PREDICTIONS = 3  #: of the same material, that may fail; and one more where means of payment are known
#: Share of all accounts, and how many at least, that say something word for word for it to be nobody's material; and of
#: those, that are none of the members.
EVERYBODY, LEAST_HOLDERS, STRANGERS = 0.01, 50, 0.8
LEAST_TOGETHER = 24  #: members from which on what they have in common is looked at for that: fewer can't show it surely


@dataclass(frozen=True, slots=True)
class Coincidences:
    """Pairs of customers with an item in common, and the least number if they drew on one pool of material."""

    seen: float
    expected: float

    def of(self, part: float) -> Coincidences:
        """As many, where independent users would cover such a part of the pool that they otherwise do."""
        return Coincidences(self.seen, self.expected * part)

    @property
    def p_value(self) -> float:
        """Chance of as few."""
        return float(pdtr(self.seen, self.expected)) if self.expected > 0 else 1.0


def same_material(stream: Stream, payment: Comparison | None, purposeful: bool, strangers: float) -> Alternative:
    """The same finite material, asked independently: homework, a benchmark, a product's popular questions.

    Whoever draws on it independently meets the same items again, some more often than others as chance will have it,
    and has no means of payment in common, whatever place they share. Nor has a stranger anything else in common with
    the others; a class has, and covers more of its material. Any prediction may fail (Bonferroni over all).
    """
    met = coincidences(stream, 1.0 if purposeful else LOOSELY)
    by_turns = turns(stream)
    least = PAID_BY if purposeful else PAID_BY_LOOSELY
    paid = payment is not None and payment.value - payment.expected >= least
    # Firms that send a few each to one course pay for them, too: there all of them ask the same.
    by_payment = payment.p_value if payment is not None and paid and met.seen <= ALL_ASK * met.expected else 1.0
    of_a_class = coincidences(stream, TOGETHER if purposeful else TOGETHER * LOOSELY)
    by_company = max(strangers, of_a_class.p_value)
    said = f"{met.seen:,.0f} coincidences of prompts between customers were seen"
    best = min(met.p_value, by_payment, by_turns, by_company)
    if met.p_value <= best:
        said += f", where independent users of one pool of material would show at least {met.expected:,.0f}"
    elif by_company <= best:
        said += f", where people who have as much else in common would show at least {of_a_class.expected:,.0f}"
    elif by_turns <= best:
        said += ", too evenly for independent users: as a queue deals them that asks each prompt several times"
    else:
        said += ", and the members share means of payment, which independent users of the same material don't"
    return Alternative(
        "the same material",
        "a class, a benchmark or popular questions: many people ask the same things independently",
        min(1.0, (PREDICTIONS + (payment is not None)) * best),
        said,
    )


def turns(stream: Stream) -> float:
    """P-value that nobody dealt the prompts to the customers, each so many times. Measured once a stream."""

    def measure() -> float:
        return dealt(_items(stream), stream.population.principal[stream.rows], stream.population.visible[stream.rows])

    return stream.memo("turns", measure)


def coincidences(stream: Stream, part: float) -> Coincidences:
    """Coincidences of prompts word for word or nearly, whichever is the better explanation.

    `part` is that of a pool which independent users cover at least, of what they cover at least of common material.
    """
    return max((met(stream).of(part) for met in (word_for_word, nearly)), key=lambda met: met.p_value)


def word_for_word(stream: Stream) -> Coincidences:
    """Coincidences of the same prompts. Measured once a stream."""

    def measure() -> Coincidences:
        return _coincidences(stream, _items(stream), COVERED_EXACTLY)

    return stream.memo("coincidences word for word", measure)


def _items(stream: Stream) -> npt.NDArray[np.uint64]:
    """The stream's prompts that may be of common material, `EMPTY` elsewhere, shape (members, sample)."""
    return np.where(_of_material(stream), stream.population.profiles["items"][stream.rows], EMPTY)


def _of_material(stream: Stream) -> npt.NDArray[np.bool_]:
    """Which prompts may be of material that the members have in common, shape (members, sample).

    What one in a hundred of all accounts says word for word, most of them strangers to the members ("go on", "tests
    failed"), is material of nobody. That is left out only of payers who are tied for sure: of all others, whoever runs
    the same coding agent says nothing else twice, and is no campaign.
    """
    if stream.channel != "infrastructure" or not stream.tied:
        return stream.mask
    population = stream.population
    said, holders = population.memo("what everybody says", lambda: _said_everywhere(population))
    if not len(said):
        return stream.mask
    items = population.profiles["items"][stream.rows]
    place = np.minimum(np.searchsorted(said, items), len(said) - 1)
    found = (said[place] == items) & stream.mask
    inside = np.bincount(place[found], minlength=len(said))
    strangers = inside < (1 - STRANGERS) * holders
    return np.asarray(stream.mask & ~(found & strangers[place]))


def _said_everywhere(population: Population) -> tuple[npt.NDArray[np.uint64], Ints]:
    """The sampled prompts that at least `EVERYBODY` of all accounts have, ascending, and how many have each."""
    items = population.profiles["items"]
    said, holders = np.unique(items[items != EMPTY], return_counts=True)
    common = holders >= max(EVERYBODY * len(population), LEAST_HOLDERS)
    return said[common], holders[common]


def nearly(stream: Stream) -> Coincidences:
    """Coincidences of prompts that have most of their words in common. Measured once a stream."""

    def measure() -> Coincidences:
        keys = near_keys(stream.population.profiles["shingles"], stream.rows, _of_material(stream), stream.wording)
        return _coincidences(stream, keys, COVERED_NEARLY)

    return stream.memo("coincidences nearly", measure)


def common(stream: Stream, level: float) -> bool:
    """Whether nothing they ask, and nobody who pays, rules out at this level that strangers ask for common material."""
    paid = partnered(stream.population, stream.rows[None, :], "payment")[0]
    if paid >= PAID_BY or all(2 * met(stream).p_value <= level for met in (word_for_word, nearly)):
        return False
    return 2 * turns(stream) > level


def surely_common(stream: Stream, level: float) -> bool:
    """The same whatever a comparison with other groups would say: what else they have in common could not, either."""
    few = len(stream.rows) < LEAST_TOGETHER
    return common(stream, level) and (few or PREDICTIONS * coincidences(stream, TOGETHER).p_value > level)


def _coincidences(
    stream: Stream, keys: np.ndarray[tuple[int, ...], np.dtype[np.uint64]], covered: float
) -> Coincidences:
    """Pairs of customers that sent one item: seen in the samples, and expected if each covered `covered` of a pool.

    Samples are coordinated (the same smallest hashes everywhere), so a pair sees its common items at the rate of the
    less visible account.
    """
    principal = stream.population.principal[stream.rows]
    used = keys != EMPTY
    key, owner = keys[used], np.repeat(principal, used.sum(axis=1))
    order = np.argsort(key)
    seen = float(common_pairs(key[order], owner[order]))
    distinct = used.sum(axis=1) / stream.population.visible[stream.rows]
    customer, index = np.unique(principal, return_inverse=True)
    n = np.bincount(index, weights=distinct)
    visible = np.full(len(customer), np.inf)
    np.minimum.at(visible, index, stream.population.visible[stream.rows])
    pool = max(float(n.mean()), 1.0) / covered
    order = np.argsort(visible)
    n, visible = n[order], visible[order]
    later = n.sum() - np.cumsum(n)
    return Coincidences(seen, float((n * later * visible).sum() / pool))
