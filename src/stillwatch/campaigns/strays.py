"""Accounts that another campaign's wording drew in, and that came in numbers while a burst lasted: they are its."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.stats import binom

from stillwatch.campaigns.findings import Finding
from stillwatch.signals.population import Floats, Ints, Population

MOST = 0.9  #: of a campaign's exchanges, that its burst holds
ELSEWHEN = 0.5  #: part of another campaign's exchanges in the same time, up to which that tells the two apart
FEWEST = 4  #: accounts that are many
BY_CHANCE = 1e-3  #: probability below which so many accounts that keep to the burst's time are no chance


@dataclass(frozen=True, slots=True)
class _Burst:
    """The shortest time, in whole buckets, that holds most of what a campaign's linked accounts asked."""

    first: int
    end: int

    def share(self, activity: Ints | Floats) -> Floats:
        """How much of each account's activity, (accounts, buckets), lies in it, (accounts,)."""
        return np.asarray(activity[..., self.first : self.end].sum(axis=-1) / np.maximum(activity.sum(axis=-1), 1))


def to_their_bursts(population: Population, findings: Sequence[Finding]) -> list[Finding]:
    """The findings, with accounts of one that no linker proposed moved to another, in whose burst they all came.

    An account with a request or two shows little of its wording, and two campaigns of one purpose share some of that;
    when it came says the rest, but only of many at once: those whom a campaign took in come when its own accounts
    come, give or take chance. So many that kept to another's burst are told by a binomial test.
    """
    left = list(findings)
    if not population.uses("timing"):
        return left
    activity = population.profiles["buckets"]
    bursts = [_burst(activity[finding.core].sum(axis=0)) for finding in left]
    for at in sorted(range(len(left)), key=lambda at: bursts[at].end - bursts[at].first):
        for other in range(len(left)):
            if other == at:
                continue
            came = _came(activity, left[other], bursts[at])
            if len(came):
                left[other], left[at] = _moved(left[other], left[at], came)
    return left


def _burst(total: Ints) -> _Burst:
    until = np.concatenate([[0], np.cumsum(total)])
    first = np.arange(len(total))
    end = np.searchsorted(until, until[first] + MOST * until[-1])
    possible = end < len(until)
    best = np.argmin(np.where(possible, end - first, len(until)))
    return _Burst(int(first[best]), int(end[best]))


def _came(activity: Ints, finding: Finding, burst: _Burst) -> Ints:
    """The accounts of a finding that came with another one's burst: they kept to it, and are too many for chance."""
    added = np.setdiff1d(finding.rows, finding.core)
    usual = float(burst.share(activity[finding.core].sum(axis=0)))
    kept = burst.share(activity[added]) == 1
    if kept.sum() < FEWEST or usual > ELSEWHEN or binom.sf(kept.sum() - 1, len(added), usual) > BY_CHANCE:
        return added[:0]
    strangers = (kept.mean() - usual) / (1 - usual)  # the part of those added who came with it, by how many kept to it
    return added[kept] if strangers > (1 - strangers) * usual else added[:0]


def _moved(source: Finding, target: Finding, accounts: Ints) -> tuple[Finding, Finding]:
    stays = ~np.isin(source.rows, accounts)
    rows = np.union1d(target.rows, accounts)
    probability = np.zeros(len(rows))
    probability[np.searchsorted(rows, source.rows[~stays])] = source.probability[~stays]
    probability[np.searchsorted(rows, target.rows)] = target.probability
    return (
        replace(source, rows=source.rows[stays], probability=source.probability[stays]),
        replace(target, rows=rows, probability=probability),
    )
