"""Findings that one operator runs: different wordings, or stages, of one campaign."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from itertools import combinations, permutations

import numpy as np
import numpy.typing as npt

from stillwatch.campaigns.evidence import nearness, ways
from stillwatch.campaigns.scouting import Frame
from stillwatch.campaigns.verdict import Verdict
from stillwatch.signals.infrastructure import values
from stillwatch.signals.population import Floats, Ints, Population

ALIKE = 0.6  #: of the accounts that either of two findings takes in, how many both do, if they are one
SHARED = 0.3  #: of both sides' members: a few accounts taken for the other campaign's share its cards, too
LINKED = 10.0  #: more than any likeness: an account that a linker proposed for one campaign
TOGETHER = 0.6  #: cosine of two campaigns' activity over time, from which on they may be one
#: The same of campaigns that are awake for so many buckets of three hours in all, from which on they are one.
ONE_CLOCK, AWAKE = 0.95, 8
_NOBODY = np.zeros(0, np.int64)


@dataclass(frozen=True, eq=False)
class Finding:
    """A campaign before it is described: its members, how surely each belongs, and the verdict that stands."""

    verdict: Verdict
    rows: Ints
    probability: Floats
    core: Ints  #: accounts that a linker proposed
    scouts: Ints = field(default_factory=lambda: _NOBODY)  #: members who tried its wording among others

    def only(self, kept: npt.NDArray[np.bool_]) -> Finding:
        """The finding with these of its members alone, (rows,)."""
        return replace(self, rows=self.rows[kept], probability=self.probability[kept])


def of_one_mind(population: Population, findings: Sequence[Finding], least: int) -> list[Finding]:
    """The findings, those joined that take in the same accounts beyond the linked ones, `least` of them or more.

    A campaign that was linked in pieces: whoever belongs to one piece belongs to the other. Two campaigns of one
    purpose each have accounts that the other hasn't, or days of their own, or each pays out of a purse of its own.
    """
    paid_with = _paid_with(population)

    def both(one: Finding, other: Finding) -> Finding | None:
        linked = np.union1d(one.core, other.core)
        mine, theirs = (np.setdiff1d(finding.rows, linked) for finding in (one, other))
        if len(np.intersect1d(mine, theirs)) < max(least, ALIKE * len(np.union1d(mine, theirs))):
            return None
        alone = (np.setdiff1d(a.rows, b.rows) for a, b in ((one, other), (other, one)))
        if not _same_days(population, one.core, other.core) or _two_purses(*(paid_with[rows] for rows in alone)):
            return None
        return join(one, other)

    return _joined(list(findings), both)


def disjoint(population: Population, findings: Sequence[Finding], least: int) -> list[Finding]:
    """The findings, an account in one of them at most; none is left of fewer than `least`.

    One that a linker proposed stays where that was. Another that two claim goes to the one it is more like, for their
    probabilities are against look-alikes of their own.
    """
    claims = np.bincount(np.concatenate([_NOBODY, *(finding.rows for finding in findings)]), minlength=len(population))
    best = np.full(len(population), -np.inf)
    owner = np.full(len(population), -1)
    for number, finding in enumerate(findings):
        claim = finding.probability + LINKED * np.isin(finding.rows, finding.core)
        claimed = claims[finding.rows] > 1
        claim[claimed] += _likeness(population, finding.rows[claimed], finding.core)
        better = claim > best[finding.rows]
        best[finding.rows[better]] = claim[better]
        owner[finding.rows[better]] = number
    left = []
    for number, finding in enumerate(findings):
        kept = owner[finding.rows] == number
        if kept.sum() >= least:
            left.append(finding.only(kept))
    return left


def _likeness(population: Population, rows: Ints, members: Ints) -> Floats:
    """How like the members each account is in what it asks and when: the sum of its cosines, (rows,)."""
    everybody = np.union1d(rows, members)
    inside, place = np.searchsorted(everybody, members), np.searchsorted(everybody, rows)
    return np.asarray(sum(nearness(each, inside)[place] for each in ways(population, everybody)))


def one_operator(population: Population, findings: Sequence[Finding]) -> list[Finding]:
    """The findings, those joined that share means of payment, wake at once, or of which one tried the other's wording.

    Of ordinary accounts hardly one in a thousand pays with what a given campaign pays with. Addresses don't join:
    unrelated operators rent from the same hosts. Work grows with the pairs of findings times their members.
    """
    paid_with = _paid_with(population)

    def run_as_one(one: Finding, other: Finding) -> Finding | None:
        if _one_purse(paid_with[one.rows], paid_with[other.rows]) or _one_clock(population, one.rows, other.rows):
            return join(one, other)
        return None

    return _joined(_with_scouts(population, findings), run_as_one)


def _joined(findings: list[Finding], both: Callable[[Finding, Finding], Finding | None]) -> list[Finding]:
    """The findings after all joins that can be made, one by one."""
    for one, other in combinations(range(len(findings)), 2):
        merged = both(findings[one], findings[other])
        if merged is not None:
            return _joined([merged if at == one else f for at, f in enumerate(findings) if at != other], both)
    return findings


def _with_scouts(population: Population, findings: Sequence[Finding]) -> list[Finding]:
    """The findings, each joined with those that have its wording, or tried it before it was sent in numbers.

    Who tried the wordings of several goes to the one that most of them tried.
    """
    count = len(findings)
    frames = [Frame(population, finding.rows) for finding in findings] if count > 1 else []
    pairs = sorted(permutations(range(count), 2), key=lambda pair: -frames[pair[1]].part(findings[pair[0]].rows))
    whole = dict(enumerate(findings))  # what each has become a part of
    placed: set[int] = set()
    for scouts, campaign in pairs:
        group = findings[scouts].rows
        if scouts in placed or whole[scouts] is whole[campaign]:
            continue
        shared = frames[campaign].shared_by(group)
        if not shared and not frames[campaign].tried_by(group):
            continue
        placed.add(scouts)
        joined = join(whole[campaign], whole[scouts], _NOBODY if shared else group)
        parts = (whole[scouts], whole[campaign])
        whole |= {number: joined for number, finding in whole.items() if finding in parts}
    return list({id(finding): finding for finding in whole.values()}.values())


def _paid_with(population: Population) -> Ints:
    """The code of the means of payment of each account, -1 where that says nothing, (accounts,)."""
    paid_with = np.full(len(population), -1)
    account, code = values(population, "payment")
    if population.uses("infrastructure"):
        paid_with[account] = code
    return paid_with


def _two_purses(one: Ints, other: Ints) -> bool:
    """Whether many of either side's members pay with what another of that side pays with, and no two of both."""
    if np.intersect1d(one[one >= 0], other).size:
        return False
    users = [np.unique(side[side >= 0], return_counts=True)[1] for side in (one, other)]
    return all(u[u > 1].sum() > SHARED * len(side) for u, side in zip(users, (one, other), strict=True))


def _same_days(population: Population, one: Ints, other: Ints) -> bool:
    """Whether both are active at about the same times."""
    return not population.uses("timing") or _together(population, one, other) >= TOGETHER


def _one_clock(population: Population, one: Ints, other: Ints) -> bool:
    """Whether both wake for a few hours in all, and those are the same."""
    if not population.uses("timing"):
        return False
    activity = (population.profiles["buckets"][rows].astype(float).sum(axis=0) for rows in (one, other))
    brief = all(each.sum() ** 2 <= AWAKE * (each @ each) for each in activity)
    return brief and _together(population, one, other) >= ONE_CLOCK


def _together(population: Population, one: Ints, other: Ints) -> float:
    """The cosine of the square roots of both groups' activity over time."""
    first, second = (np.sqrt(population.profiles["buckets"][rows].astype(float)).sum(axis=0) for rows in (one, other))
    return float(first @ second / np.sqrt((first @ first) * (second @ second)))


def _one_purse(one: Ints, other: Ints) -> bool:
    """Whether many of either side's members pay with what a member of the other pays with; -1 is nothing known."""
    sides = ((one, other), (other, one))
    return bool(min(np.isin(own, theirs[theirs >= 0]).mean() for own, theirs in sides) >= SHARED)


def join(one: Finding, other: Finding, scouts: Ints = _NOBODY) -> Finding:
    """Both as one; `scouts` are those of its members who tried its wording."""
    rows = np.union1d(one.rows, other.rows)
    probability = np.zeros(len(rows))
    for finding in (one, other):
        at = np.searchsorted(rows, finding.rows)
        probability[at] = np.maximum(probability[at], finding.probability)
    best = max(one, other, key=lambda finding: (finding.verdict.e_value, len(finding.rows)))
    found = np.union1d(np.union1d(one.scouts, other.scouts), scouts)
    return Finding(best.verdict, rows, probability, np.union1d(one.core, other.core), found)
