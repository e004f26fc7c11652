"""From profiles to the answer: the one analysis that every engine calls."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
from threadpoolctl import threadpool_limits

from stillwatch.calibrate.conformal import account_p_values
from stillwatch.campaigns.describe import Described, describe
from stillwatch.campaigns.find import find_campaigns
from stillwatch.campaigns.findings import Finding
from stillwatch.campaigns.model import AllowedGroup, Campaign
from stillwatch.cores import each
from stillwatch.profile import Profiles
from stillwatch.signals.population import Ints, Population, build_population

#: accounts.parquet: a contract. `score` is higher for more suspicious accounts, in units of log10 evidence.
ACCOUNTS_SCHEMA = pa.schema(
    [
        ("account", pa.string()),
        ("exchanges", pa.int64()),
        ("score", pa.float64()),
        ("p_value", pa.float64()),
        ("flagged", pa.bool_()),
        ("campaign", pa.string()),
        ("membership", pa.float64()),
        ("campaign_share", pa.float64()),
        ("reasons", pa.list_(pa.string())),
        ("allowed", pa.string()),
        ("decision", pa.string()),
    ]
)

#: The entry of an allow-list that covers each account, None where none does.
Allow = Callable[[Population], Sequence[str | None]]
#: A campaign with what a person decided on it before.
Reviewer = Callable[[Campaign], Campaign]


@dataclass(frozen=True, slots=True)
class Analysis:
    """What the analysis found, before it is written."""

    accounts: pa.Table  #: ACCOUNTS_SCHEMA, ordered by account
    campaigns: tuple[Campaign, ...]  #: largest first
    calibrated_on: int  #: accounts that calibrated
    population: Population
    ordinary: Ints  #: rows of the accounts in no campaign, allowed or not
    settled: tuple[Campaign, ...] = ()  #: dismissed before and unchanged
    allowed_groups: tuple[AllowedGroup, ...] = ()


def analyse(
    profiles: Profiles,
    accounts: pa.Table | None,
    rate: float,
    reference: Population | None = None,
    channels: frozenset[str] | None = None,
    allow: Allow | None = None,
    review: Reviewer | None = None,
) -> Analysis:
    """Find and describe the campaigns in these profiles at error rate `rate`, by these channels alone if given.

    The profiles are put in the order of their names, so that the answer does not depend on the order of the log.
    `reference` is the earlier traffic to compare with. `allow` and `review` act on what was found: they never change
    what is measured.
    """
    profiles.sort()
    population = build_population(profiles, accounts, channels)
    with threadpool_limits(1, "blas"):  # matrices are many and small: threads would mostly wait for each other
        found = find_campaigns(population, rate, reference)
    covered = allow(population) if allow is not None else [None] * len(population)
    named, groups = [], []
    for finding in found.findings:
        left, spared = _spare(finding, covered)
        if len(left.rows):
            named.append((left, spared))
            continue
        exchanges = int(population.exchanges[finding.rows].sum())
        groups.append(AllowedGroup(len(finding.rows), exchanges, finding.verdict.explained, spared))
    described = []
    with threadpool_limits(1, "blas"):
        told = each(lambda pair: describe(population, pair[0]), named)
    for one, (_, spared) in zip(told, named, strict=True):
        campaign = replace(one.campaign, allowed=spared)
        described.append(replace(one, campaign=campaign if review is None else review(campaign)))
    described.sort(key=lambda d: (-len(d.campaign.members), d.campaign.campaign))
    settled = tuple(d.campaign for d in described if _is_settled(d.campaign))
    standing = [d for d in described if not _is_settled(d.campaign)]
    return Analysis(
        accounts=_accounts(population, standing, found.pool, covered, settled),
        campaigns=tuple(d.campaign for d in standing),
        calibrated_on=len(reference) if reference is not None else len(found.pool),
        population=population,
        ordinary=found.pool,
        settled=settled,
        allowed_groups=tuple(sorted(groups, key=lambda group: (-group.accounts, group.p_value, group.allowed))),
    )


def _is_settled(campaign: Campaign) -> bool:
    return campaign.review is not None and campaign.review.settled


def _spare(finding: Finding, covered: Sequence[str | None]) -> tuple[Finding, tuple[tuple[str, int], ...]]:
    """The finding without the accounts that an allow-list covers, and their number by entry."""
    entries = [covered[row] for row in finding.rows.tolist()]
    kept = np.array([entry is None for entry in entries], bool)
    left = replace(finding, rows=finding.rows[kept], probability=finding.probability[kept])
    return left, tuple(sorted(Counter(entry for entry in entries if entry is not None).items()))


def _accounts(
    population: Population,
    described: list[Described],
    pool: Ints,
    covered: Sequence[str | None],
    settled: Sequence[Campaign],
) -> pa.Table:
    p_value = account_p_values(population, pool if len(pool) else np.arange(len(population)))
    score = -np.log10(np.maximum(p_value, 1e-12))
    size = len(population)
    index = population.profiles.index
    campaign: list[str | None] = [None] * size
    membership: list[float | None] = [None] * size
    share: list[float | None] = [None] * size
    reasons: list[list[str]] = [[] for _ in range(size)]
    decision: list[str | None] = [None] * size
    for c in (*settled, *(entry.campaign for entry in described)):
        if c.review is not None:
            decision_of = dict.fromkeys(c.members, c.review.decision) | dict.fromkeys(c.review.new_members, "new")
            for name, said in decision_of.items():
                decision[index[name]] = said
    for entry in described:
        c = entry.campaign
        why = _reasons(c)
        for name, probability, part in zip(c.members, c.membership, entry.member_share.tolist(), strict=True):
            row = index[name]
            campaign[row], membership[row], share[row] = c.campaign, probability, round(part, 4)
            reasons[row] = why
            score[row] += probability * (10 + np.log10(c.e_value))
            p_value[row] = min(p_value[row], max(c.p_value, 1e-15))
    return pa.table(
        {
            "account": population.profiles.names,
            "exchanges": population.exchanges,
            "score": np.round(score, 6),
            "p_value": p_value,
            "flagged": [c is not None for c in campaign],
            "campaign": campaign,
            "membership": membership,
            "campaign_share": share,
            "reasons": reasons,
            "allowed": list(covered),
            "decision": decision,
        },
        schema=ACCOUNTS_SCHEMA,
    )


def _reasons(campaign: Campaign) -> list[str]:
    """Why a member is one, in short: what links it, what confirms it, what it takes."""
    lines = [f"{e.channel}: {e.summary}" for e in campaign.evidence if e.role == "linked"]
    tested = sorted((e for e in campaign.evidence if e.p_value is not None), key=lambda e: e.p_value or 0)
    lines += [f"{e.channel}: {e.summary}" for e in tested[:2] if (e.p_value or 1) < 0.01]
    if campaign.techniques:
        lines.append("asks for " + ", ".join(t.name for t in campaign.techniques))
    return [line[:240] for line in lines]
