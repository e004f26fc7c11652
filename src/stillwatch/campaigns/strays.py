"""Accounts that another campaign's wording drew in, and that came in numbers while a burst lasted: they are its."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np
import numpy.typing as npt
from scipy.stats import binom

from stillwatch.campaigns.findings import Finding
from stillwatch.signals.population import Floats, Ints, Population

MOST = 0.9  #: of a campaign's exchanges, that its burst holds
ELSEWHEN = 0.5  #: part of another campaign's exchanges in the same time, up to which that tells the two apart
FEWEST = 4  #: accounts that are many
BY_CHANCE = 0.01  #: probability below which so many accounts that keep to the burst's time are no chance


@dataclass(frozen=True, slots=True)
class _Burst:
    """The shortest time, in whole buckets, that holds most of what a campaign's linked accounts asked."""

    first: int
    end: int

    def share(self, activity: Ints) -> Floats:
        """How much of each account's activity, (accounts, buckets), lies in it, (accounts,)."""
        return np.asarray(activity[..., self.first : self.end].sum(axis=-1) / np.maximum(activity.sum(axis=-1), 1))


def to_their_bursts(population: Population, findings: Sequence[Finding]) -> list[Finding]:
    """The findings, with accounts of one that no linker proposed moved to another, in whose burst they all came.

    An account with a request or two shows little of its wording, and two campaigns of one purpose share some of that;
    when it came says the rest, but only of many at once: those whom a campaign took in come when its own accounts
    come, give or take chance. So many that kept to another's burst are told by a binomial test. The shorter of two
    bursts tells; late ones of its own also come while a longer campaign is on.
    """
    left = list(findings)
    if not population.uses("timing"):
        return left
    activity = population.profiles["buckets"]
    totals = [activity[finding.core].sum(axis=0) for finding in left]
    bursts = [_burst(total) for total in totals]
    shortest_first = sorted(range(len(left)), key=lambda at: bursts[at].end - bursts[at].first)
    for at, other in combinations(shortest_first, 2):
        usual = float(bursts[at].share(totals[other]))
        came = _came(activity, left[other], bursts[at], usual)
        if came.any():
            left[other], left[at] = _moved(left[other], left[at], came)
    return left


def _burst(total: Ints) -> _Burst:
    until = np.concatenate([[0], np.cumsum(total)])
    first = np.arange(len(total))
    end = np.searchsorted(until, until[first] + MOST * until[-1])
    possible = end < len(until)
    best = np.argmin(np.where(possible, end - first, len(until)))
    return _Burst(int(first[best]), int(end[best]))


def _came(activity: Ints, finding: Finding, burst: _Burst, usual: float) -> npt.NDArray[np.bool_]:
    """Which members of a finding came with another one's burst: they kept to it, and are too many for chance.

    `usual` is the share of what its linked accounts asked that lies in the burst.
    """
    nobody = np.zeros(len(finding.rows), bool)
    if usual > ELSEWHEN:
        return nobody
    added = ~np.isin(finding.rows, finding.core)
    kept = added & (burst.share(activity[finding.rows]) == 1)
    if kept.sum() < FEWEST or binom.sf(kept.sum() - 1, added.sum(), usual) > BY_CHANCE:
        return nobody
    strangers = (kept.sum() / added.sum() - usual) / (1 - usual)  # the part of those added who came with it
    return kept if strangers > (1 - strangers) * usual else nobody


def _moved(source: Finding, target: Finding, came: npt.NDArray[np.bool_]) -> tuple[Finding, Finding]:
    rows = np.append(target.rows, source.rows[came])
    order = np.argsort(rows)
    probability = np.append(target.probability, source.probability[came])
    return source.only(~came), replace(target, rows=rows[order], probability=probability[order])
