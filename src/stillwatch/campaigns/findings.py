"""Findings that one operator runs: different wordings, or stages, of a campaign with the same means of payment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from stillwatch.campaigns.verdict import Verdict
from stillwatch.signals.infrastructure import values
from stillwatch.signals.population import Floats, Ints, Population

SHARED = 0.3  #: of both sides' members: a few accounts taken for the other campaign's share its cards, too


@dataclass(frozen=True, eq=False)
class Finding:
    """A campaign before it is described: its members, how surely each belongs, and the verdict that stands."""

    verdict: Verdict
    rows: Ints
    probability: Floats
    core: Ints  #: accounts that a linker proposed


def one_operator(population: Population, findings: Sequence[Finding]) -> list[Finding]:
    """The findings, those joined that share means of payment.

    Of ordinary accounts hardly one in a thousand pays with what a given campaign pays with. Addresses don't join:
    unrelated operators rent from the same hosts. Work grows with the pairs of findings times their members.
    """
    account, code = values(population, "payment")
    if not len(code) or not population.uses("infrastructure"):
        return list(findings)
    paid_with = np.full(len(population), -1)
    paid_with[account] = code
    left = list(findings)
    joined = True
    while joined:
        joined = False
        for one, other in combinations(range(len(left)), 2):
            if _one_purse(paid_with[left[one].rows], paid_with[left[other].rows]):
                merged = _join(left[one], left[other])
                left = [merged if at == one else finding for at, finding in enumerate(left) if at != other]
                joined = True
                break
    return left


def _one_purse(one: Ints, other: Ints) -> bool:
    """Whether many of either side's members pay with what a member of the other pays with; -1 is nothing known."""
    sides = ((one, other), (other, one))
    return bool(min(np.isin(own, theirs[theirs >= 0]).mean() for own, theirs in sides) >= SHARED)


def _join(one: Finding, other: Finding) -> Finding:
    rows = np.concatenate((one.rows, other.rows))
    order = np.argsort(rows)
    best = max(one, other, key=lambda finding: (finding.verdict.e_value, len(finding.rows)))
    probability = np.concatenate((one.probability, other.probability))
    return Finding(best.verdict, rows[order], probability[order], np.union1d(one.core, other.core))
