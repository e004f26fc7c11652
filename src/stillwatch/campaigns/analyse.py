"""From profiles to the answer: the one analysis that every engine calls."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from stillwatch.calibrate.conformal import account_p_values
from stillwatch.campaigns.describe import Described, describe
from stillwatch.campaigns.find import MANY, find_campaigns
from stillwatch.campaigns.model import Campaign
from stillwatch.cores import each
from stillwatch.profile import Profiles
from stillwatch.signals.population import Population, build_population

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
    ]
)


@dataclass(frozen=True, slots=True)
class Analysis:
    """What the analysis found, before it is written."""

    accounts: pa.Table  #: ACCOUNTS_SCHEMA, ordered by account
    campaigns: tuple[Campaign, ...]  #: largest first
    calibrated_on: int  #: accounts that calibrated


def analyse(
    profiles: Profiles,
    accounts: pa.Table | None,
    rate: float,
    baseline: Profiles | None = None,
    channels: frozenset[str] | None = None,
) -> Analysis:
    """Find and describe the campaigns in these profiles at error rate `rate`, by these channels alone if given.

    The profiles are put in the order of their names, so that the answer does not depend on the order of the log.
    """
    profiles.sort()
    population = build_population(profiles, accounts, channels)
    reference = None
    if baseline is not None:
        baseline.sort()
        reference = build_population(baseline, accounts)
    found = find_campaigns(population, rate, reference)
    described = each(lambda finding: describe(population, finding), found.findings, len(population) >= MANY)
    described.sort(key=lambda d: (-len(d.campaign.members), d.campaign.campaign))
    calibrated_on = len(reference) if reference is not None else len(found.pool)
    return Analysis(_accounts(population, described, found.pool), tuple(d.campaign for d in described), calibrated_on)


def _accounts(
    population: Population, described: list[Described], pool: np.ndarray[tuple[int], np.dtype[np.int64]]
) -> pa.Table:
    p_value = account_p_values(population, pool if len(pool) else np.arange(len(population)))
    score = -np.log10(np.maximum(p_value, 1e-12))
    size = len(population)
    index = population.profiles.index
    campaign: list[str | None] = [None] * size
    membership: list[float | None] = [None] * size
    share: list[float | None] = [None] * size
    reasons: list[list[str]] = [[] for _ in range(size)]
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
        },
        schema=ACCOUNTS_SCHEMA,
    )


def _reasons(campaign: Campaign) -> list[str]:
    """Why a member is one, in short: what links it, what confirms it, what it takes."""
    lines = [f"{e.channel}: {e.summary}" for e in campaign.evidence if e.role == "linked"]
    tested = sorted((e for e in campaign.evidence if e.p_value is not None), key=lambda e: e.p_value or 0)
    lines += [f"{e.channel}: {e.summary}" for e in tested[:2] if (e.p_value or 1) < 0.01]
    lines.append("asks for " + ", ".join(t.name for t in campaign.techniques))
    return [line[:240] for line in lines]
