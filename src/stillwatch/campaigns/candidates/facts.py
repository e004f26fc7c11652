"""What customers of different payers may have in common: values, and moments of sign-up.

A fact comes with its ties, the pairs of customers that coincide, and weighs every payer's customers, with something in
common or not, against a group of payers. What one has in common with customers of its own payer says nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from stillwatch.campaigns.kernels import sign_up_ratio
from stillwatch.campaigns.ragged import spans
from stillwatch.profile.layout import BEGINNING
from stillwatch.signals.infrastructure import HOUR, customers, customers_of, values
from stillwatch.signals.population import Floats, Ints, Population

NEXT = 8  #: customers that each is compared with, per value
INSIDE = 0.5  #: of a value's customers that must be paid for with others; a place of which fewer are is public
BATCH = 6.0  #: hours from one sign-up to the next where an operator opens several accounts
BATCHED = 0.5  #: share of an operator's accounts that are opened in batches
AROUND = 20  #: sign-ups before and after that give the usual rate


@dataclass(frozen=True, eq=False)
class Ties:
    """Pairs of accounts that have something in common though different payers pay for them."""

    left: Ints
    right: Ints
    weight: Floats  #: log-likelihood ratio of one operator against chance, above 0


class Fact(Protocol):
    """One kind of thing that customers of different payers may have in common."""

    ties: Ties

    def ratio(self, community: Ints) -> Floats:
        """The log-likelihood ratio that each payer belongs to this community of payers, over all its customers."""


class SameValue:
    """Values that are neither hubs nor public places, by their rarity."""

    def __init__(self, population: Population, payer: Ints, attributes: Sequence[str]) -> None:
        found = [_rare(population, payer, attribute) for attribute in attributes]
        first = np.cumsum([0, *(len(rarity) for _, _, rarity in found)])
        account = np.concatenate([account for account, _, _ in found])
        code = np.concatenate([code + first[at] for at, (_, code, _) in enumerate(found)])
        rarity = np.concatenate([weight for _, _, weight in found])
        left, right = _next(len(account))
        same = code[left] == code[right]
        left, right = left[same], right[same]
        self.ties = _ties(population, payer, account[left], account[right], rarity[code[left]])
        # Pairs of (customer, value) by value, and where each value's begin; and their places by payer.
        self.account, self.code, self.payer = account, code, payer
        self.start = np.searchsorted(code, np.arange(len(rarity) + 1))
        self.by_payer = np.argsort(payer[account], kind="stable")
        self.start_of_payer = np.searchsorted(payer[account][self.by_payer], np.arange(payer.max() + 2))
        self.able = np.bincount(payer[np.unique(account)], minlength=payer.max() + 1)

    def ratio(self, community: Ints) -> Floats:
        """Whether customers have a value of another payer's inside; looks at no others than who holds those values."""
        held = self.by_payer[spans(self.start_of_payer, community)]
        code, group = np.unique(self.code[held], return_inverse=True)
        own = self.payer[self.account[held]]
        low, high = np.full(len(code), np.iinfo(np.int64).max), np.full(len(code), -1)
        np.minimum.at(low, group, own)
        np.maximum.at(high, group, own)
        pairs, size = spans(self.start, code), np.diff(self.start)[code]
        account = self.account[pairs]
        met = (np.repeat(low, size) != self.payer[account]) | (np.repeat(high, size) != self.payer[account])
        tied = np.bincount(self.payer[np.unique(account[met])], minlength=len(self.able))
        inside = np.zeros(len(self.able), bool)
        inside[community] = True
        within, without = (_share(tied[part].sum(), self.able[part].sum()) for part in (inside, ~inside))
        if within <= without:
            return np.zeros(len(self.able))
        return np.asarray(np.log((1 - within) / (1 - without)) * (self.able - tied) + np.log(within / without) * tied)


class SameHours:
    """Moments of sign-up closer than those of such customers usually are at the time."""

    def __init__(self, population: Population, payer: Ints) -> None:
        rows = np.flatnonzero((payer >= 0) & (population.signup > BEGINNING))
        rows = rows[: len(rows) * population.uses("infrastructure")]
        rows = rows[np.argsort(population.signup[rows], kind="stable")]
        self.payers = int(payer.max()) + 1
        self.payer = payer[rows]
        self.hours = population.signup[rows] / HOUR
        place = np.arange(len(rows))
        first, last = np.maximum(place - AROUND, 0), np.minimum(place + AROUND, max(len(rows) - 1, 0))
        rate = (last - first + 1) / np.maximum(self.hours[last] - self.hours[first], 1.0)
        self.usual = 2 * rate / max(len(rows), 1)  # of one that signs up like all, before and after
        left, right = _next(len(rows))
        wait = self.hours[right] - self.hours[left]
        # An exponential wait in a batch, against the rate at which others sign up.
        weight = -wait / BATCH - np.log(BATCH * np.maximum(rate[left], rate[right]))
        self.ties = _ties(population, payer, rows[left], rows[right], weight)

    def ratio(self, community: Ints) -> Floats:
        """The wait to the nearest sign-up inside, in a batch against the rate at which those inside sign up anyway."""
        inside = np.zeros(self.payers, bool)
        inside[community] = True
        out = np.zeros(self.payers)
        sign_up_ratio(self.hours, self.payer, self.usual, inside, NEXT, BATCH, BATCHED, out)
        return out


def _rare(population: Population, payer: Ints, attribute: str) -> tuple[Ints, Ints, Floats]:
    """(account, value) of customers who are paid for with others, in order of value, and each value's rarity."""
    account, code = values(population, attribute)
    everyone, paid = customers(population, attribute), payer[account] >= 0
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


def _share(tied: int, able: int) -> float:
    return float((tied + 1) / (able + 2))
