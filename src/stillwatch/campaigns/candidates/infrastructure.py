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
from dataclasses import replace

import numpy as np
from scipy.special import gammaln

from stillwatch.campaigns.candidates.communities import communities
from stillwatch.campaigns.candidates.facts import Fact, SameHours, SameValue, Ties
from stillwatch.campaigns.candidates.families import wording
from stillwatch.campaigns.ragged import spans
from stillwatch.campaigns.streams import Stream, whole
from stillwatch.signals.infrastructure import customers_of, values
from stillwatch.signals.population import Floats, Ints, Population

LEAST_CUSTOMERS = 3  #: that a means of payment pays for; two are mostly a couple
LEAST_PAYERS = 3
BELONGS = 3.0  #: log-likelihood ratio from which on a payer belongs to a community
ROUNDS = 8


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
    attributes = ("ip", "network", "tls_fingerprint")
    return [population.memo("places in common", lambda: SameValue(population, payer, attributes))]


def _registrations(population: Population, payer: Ints) -> list[Fact]:
    return [
        population.memo("mail domains in common", lambda: SameValue(population, payer, ("email_domain",))),
        population.memo("hours in common", lambda: SameHours(population, payer)),
    ]


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
    paid = np.argsort(payer, kind="stable")
    start = np.searchsorted(payer[paid], np.arange(len(customers) + 1))
    streams: dict[bytes, Stream] = {}
    for community, _ in communities(payer[ties.left], payer[ties.right], ties.weight, LEAST_PAYERS):
        kept = _belonging(facts, community)
        rows = np.sort(paid[spans(start, kept)])
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


def _belonging(facts: Sequence[Fact], community: Ints) -> Ints:
    """The payers that a community holds, once all customers of each are weighed, with something in common or not.

    An agency whose clients happen to sign up beside a campaign's accounts has few that do.
    """
    for _ in range(ROUNDS):
        grown = np.flatnonzero(sum(fact.ratio(community) for fact in facts) > BELONGS)
        if len(grown) < LEAST_PAYERS:
            return grown[:0]
        if np.array_equal(grown, community):
            break
        community = grown
    return community


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
