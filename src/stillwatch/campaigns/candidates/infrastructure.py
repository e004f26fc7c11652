"""Candidates by infrastructure: payers that have more in common than a payer.

A household, an agency or an employer pays for several customers, and that is all there is to it: its card explains
what they share, and it has nothing to do with other such payers. An operator spreads its accounts over many cards
*and* over addresses, mail domains and hours of sign-up, and the two partitions cross. So the means of payment that
several customers share are the nodes, and coincidences between customers of *different* ones are the edges, weighted
by their log-likelihood ratio; communities of payers are the candidates.

Places (addresses, networks, TLS fingerprints) and registrations (mail domains, moments of sign-up) link separately, so
that each may be tested on the other. Nothing looks at all pairs: a customer is compared with the next few who hold the
same value, or who signed up next.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
import numpy.typing as npt
from scipy.special import gammaln

from stillwatch.campaigns.candidates.communities import communities
from stillwatch.campaigns.candidates.families import wording
from stillwatch.campaigns.streams import Stream, whole
from stillwatch.profile.layout import BEGINNING
from stillwatch.signals.infrastructure import customers_of, values
from stillwatch.signals.population import Floats, Ints, Population

Bools = npt.NDArray[np.bool_]

LEAST_CUSTOMERS = 3  #: that a means of payment pays for; two are mostly a couple
LEAST_PAYERS = 3
NEXT = 8  #: customers that each is compared with, per value
INSIDE = 0.5  #: of a value's customers that must be paid for with others; a place of which fewer are is public
BATCH = 6.0  #: hours from one sign-up to the next where an operator opens several accounts
BATCHED = 0.5  #: share of an operator's accounts that are opened in batches
AROUND = 20  #: sign-ups before and after that give the usual rate
BELONGS = 3.0  #: log-likelihood ratio from which on a payer belongs to a community
ROUNDS = 8
_HOUR = 3_600_000_000


@dataclass(frozen=True, eq=False)
class Ties:
    """Pairs of accounts that have something in common though different payers pay for them."""

    left: Ints
    right: Ints
    weight: Floats  #: log-likelihood ratio of one operator against chance, above 0


class Fact(Protocol):
    """One kind of thing that customers of different payers may have in common."""

    ties: Ties

    def ratio(self, inside: Bools) -> Floats:
        """The log-likelihood ratio that the payers of those `inside` belong to an account's own payer's.

        Of the accounts of `_paid_for`, of which a log has many times more. What one has in common with customers of its
        own payer says nothing.
        """


def by_place(population: Population, least: int) -> list[Stream]:
    """Payers whose customers come from the same addresses, networks and rare clients."""
    columns = frozenset({"account.payment", "ip", "tls_fingerprint"})
    return _linked(population, least, "means of payment and places that cross", columns, _places)


def by_registration(population: Population, least: int) -> list[Stream]:
    """Payers whose customers signed up together or under the same rare mail domains."""
    columns = frozenset({"account.payment", "account.email_domain", "account.signup_time"})
    return _linked(population, least, "means of payment and registrations that cross", columns, _registrations)


def by_both(population: Population, least: int) -> list[Stream]:
    """Payers whose customers coincide in either way: for those that neither shows alone."""
    columns = frozenset({"account.payment", "account.email_domain", "account.signup_time", "ip", "tls_fingerprint"})

    def look(population: Population, payer: Ints) -> list[Fact]:
        return [*_places(population, payer), *_registrations(population, payer)]

    return _linked(population, least, "means of payment, places and registrations that cross", columns, look)


def _places(population: Population, payer: Ints) -> list[Fact]:
    return [SameValue(population, payer, ("ip", "network", "tls_fingerprint"))]


def _registrations(population: Population, payer: Ints) -> list[Fact]:
    return [SameValue(population, payer, ("email_domain",)), SameHours(population, payer)]


def _linked(
    population: Population,
    least: int,
    why: str,
    columns: frozenset[str],
    look: Callable[[Population, Ints], list[Fact]],
) -> list[Stream]:
    payer = population.memo("payers", lambda: payers(population))
    if not (payer >= 0).any():
        return []
    facts = look(population, payer)
    ties = Ties(*(np.concatenate([getattr(f.ties, name) for f in facts]) for name in ("left", "right", "weight")))
    tied, customers = _tied(payer, ties), np.bincount(payer[payer >= 0]).astype(float)
    streams: dict[bytes, Stream] = {}
    for community, _ in communities(payer[ties.left], payer[ties.right], ties.weight, LEAST_PAYERS):
        kept = _belonging(payer, facts, community)
        rows = np.flatnonzero(np.isin(payer, kept))
        if len(kept) >= LEAST_PAYERS and len(rows) >= least:
            # What is asked links more finely, where it is known: then these groups add nothing (`coarse`).
            stream = whole(population, rows, "infrastructure", why, wording(population, rows), True)
            chance = _chance(tied, customers, kept)
            streams[rows.tobytes()] = replace(stream, columns=columns, chance=chance)
    return list(streams.values())


def payers(population: Population) -> Ints:
    """The code of the means of payment of each account, -1 where it pays for fewer than `LEAST_CUSTOMERS`; no hubs."""
    account, code = values(population, "payment")
    out = np.full(len(population), -1)
    if len(code):
        several = customers_of(population, account, code) >= LEAST_CUSTOMERS
        kept = several[code]
        out[account[kept]] = (np.cumsum(several) - 1)[code[kept]]
    return out


class SameValue:
    """Values that are neither hubs nor public places, by their rarity."""

    def __init__(self, population: Population, payer: Ints, attributes: Sequence[str]) -> None:
        found = [_rare(population, payer, attribute) for attribute in attributes]
        first = np.cumsum([0, *(len(rarity) for _, _, rarity in found)])
        self.account = np.concatenate([account for account, _, _ in found])
        self.code = np.concatenate([code + first[at] for at, (_, code, _) in enumerate(found)])
        rarity = np.concatenate([weight for _, _, weight in found])
        left, right = _next(len(self.account))
        same = self.code[left] == self.code[right]
        left, right = left[same], right[same]
        self.ties = _ties(population, payer, self.account[left], self.account[right], rarity[self.code[left]])
        self.payer, place = _paid_for(payer)
        self.account = place[self.account]

    def ratio(self, inside: Bools) -> Floats:
        """Whether a customer of another payer inside has one of its values; zero for who has no such value."""
        out = np.zeros(len(self.payer))
        if not len(self.code):
            return out
        own = self.payer[self.account]
        held = inside[self.account]
        low = np.full(self.code.max() + 1, np.iinfo(np.int64).max)
        high = np.full(self.code.max() + 1, -1)
        np.minimum.at(low, self.code[held], own[held])
        np.maximum.at(high, self.code[held], own[held])
        met = ((low[self.code] != own) | (high[self.code] != own)) & (high[self.code] >= 0)
        able, tied = np.zeros(len(out), bool), np.zeros(len(out), bool)
        able[self.account], tied[self.account[met]] = True, True
        within, without = _share(tied[able & inside]), _share(tied[able & ~inside])
        if within > without:
            out[able] = np.log((1 - within) / (1 - without))
            out[tied] = np.log(within / without)
        return out


class SameHours:
    """Moments of sign-up closer than those of such customers usually are at the time."""

    def __init__(self, population: Population, payer: Ints) -> None:
        rows = np.flatnonzero((payer >= 0) & (population.signup > BEGINNING))
        rows = rows[: len(rows) * population.uses("infrastructure")]
        self.rows = rows[np.argsort(population.signup[rows], kind="stable")]
        self.hours = population.signup[self.rows] / _HOUR
        place = np.arange(len(rows))
        first, last = np.maximum(place - AROUND, 0), np.minimum(place + AROUND, max(len(rows) - 1, 0))
        self.rate = (last - first + 1) / np.maximum(self.hours[last] - self.hours[first], 1.0)
        left, right = _next(len(rows))
        wait = self.hours[right] - self.hours[left]
        usual = np.maximum(self.rate[left], self.rate[right])
        # An exponential wait in a batch, against the rate at which others sign up.
        weight = -wait / BATCH - np.log(BATCH * usual)
        self.ties = _ties(population, payer, self.rows[left], self.rows[right], weight)
        self.payer, place = _paid_for(payer)
        self.rows = place[self.rows]

    def ratio(self, inside: Bools) -> Floats:
        """The wait to the nearest sign-up inside, in a batch against the rate at which those inside sign up anyway."""
        out = np.zeros(len(self.payer))
        held = np.flatnonzero(inside[self.rows])
        if len(held) < 2:
            return out
        at = np.searchsorted(held, np.arange(len(self.rows)))
        wait = np.full(len(self.rows), np.inf)
        for step in range(-NEXT, NEXT + 1):
            other = held[np.clip(at + step, 0, len(held) - 1)]
            apart = self.payer[self.rows[other]] != self.payer[self.rows]
            wait = np.where(apart, np.minimum(wait, np.abs(self.hours[other] - self.hours)), wait)
        usual = 2 * self.rate * len(held) / len(self.rows)  # before and after
        batch = np.exp(-wait / BATCH) / BATCH
        chance = usual * np.exp(-usual * np.minimum(wait, 100 / usual))
        out[self.rows] = np.log(1 - BATCHED + BATCHED * batch / chance)
        return out


def _rare(population: Population, payer: Ints, attribute: str) -> tuple[Ints, Ints, Floats]:
    """(account, value) of customers who are paid for with others, in order of value, and each value's rarity."""
    account, code = values(population, attribute)
    everyone, paid = customers_of(population, account, code), payer[account] >= 0
    several = np.zeros(len(everyone), np.int64)
    found = customers_of(population, account[paid], code[paid])
    several[: len(found)] = found
    kept = paid & (several >= INSIDE * everyone)[code]
    order = np.lexsort((account[kept], code[kept]))
    return account[kept][order], code[kept][order], np.log(len(population) / np.maximum(everyone, 1))


def _next(count: int) -> tuple[Ints, Ints]:
    """Each place of an ordered list with the `NEXT` that follow it."""
    left = np.repeat(np.arange(count), NEXT)
    right = left + np.tile(np.arange(1, NEXT + 1), count)
    return left[right < count], right[right < count]


def _ties(population: Population, payer: Ints, left: Ints, right: Ints, weight: Floats) -> Ties:
    apart = (payer[left] != payer[right]) & (population.principal[left] != population.principal[right]) & (weight > 0)
    return Ties(left[apart], right[apart], weight[apart])


def _belonging(payer: Ints, facts: Sequence[Fact], community: Ints) -> Ints:
    """The payers that a community holds, once all customers of each are weighed, with something in common or not.

    An agency whose clients happen to sign up beside a campaign's accounts has few that do.
    """
    own, _ = _paid_for(payer)
    member = np.zeros(int(own.max()) + 1, bool)
    for _ in range(ROUNDS):
        member[:] = False
        member[community] = True
        inside = member[own]
        ratio = sum((fact.ratio(inside) for fact in facts), np.zeros(len(own)))
        grown = np.flatnonzero(np.bincount(own, ratio) > BELONGS)
        if len(grown) < LEAST_PAYERS:
            return grown[:0]
        if np.array_equal(grown, community):
            break
        community = grown
    return community


def _paid_for(payer: Ints) -> tuple[Ints, Ints]:
    """The payer of each account that is paid for with others, and the place of each of all accounts among them."""
    paid = payer >= 0
    return payer[paid], np.cumsum(paid) - 1


def _tied(payer: Ints, ties: Ties) -> Ints:
    """The pairs of payers that are tied, each once, shape (2, pairs)."""
    left, right = payer[ties.left], payer[ties.right]
    payers = int(payer.max()) + 1
    pairs = np.unique(np.minimum(left, right) * payers + np.maximum(left, right))
    return np.stack((pairs // payers, pairs % payers))


def _chance(tied: Ints, customers: Floats, community: Ints) -> float:
    """P-value that so many pairs of a community's payers are tied by chance, over all groups of as many payers.

    The scan test for a dense part of a random graph (Arias-Castro and Verzelen 2014): a Chernoff bound, times the
    number of groups that might have been looked at. Two payers are tied once, by however many customers; how likely
    that is grows with how many they pay for, at the rate at which the community's payers are tied to all others.
    """
    inside = np.zeros(len(customers), bool)
    inside[community] = True
    within = int(inside[tied].all(axis=0).sum())
    leaving = int((inside[tied].sum(axis=0) == 1).sum())
    own = customers[inside]
    rate = (leaving + 1) / max(own.sum() * customers[~inside].sum(), 1.0)
    expected = rate * (own.sum() ** 2 - (own**2).sum()) / 2
    if within <= expected:
        return 1.0
    bound = within * np.log(within / expected) - within + expected
    groups = gammaln(len(customers) + 1) - gammaln(len(own) + 1) - gammaln(len(customers) - len(own) + 1)
    return float(np.exp(min(groups - bound, 0.0)))


def _share(tied: Bools) -> float:
    return float((tied.sum() + 1) / (len(tied) + 2))
