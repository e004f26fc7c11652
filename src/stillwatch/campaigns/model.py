"""What a scan finds, as plain frozen records: the one shape that the output files, the report and callers read."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

import pyarrow as pa


@dataclass(frozen=True, slots=True)
class ChannelEvidence:
    """What one channel says of a campaign. `p_value` is None where it could not be computed."""

    channel: str  #: content, timing, infrastructure or usage
    p_value: float | None
    role: str  #: "linked" (found the group), "tested" (independent of the link) or "not computable"
    summary: str  #: one sentence with the figures
    signals: tuple[tuple[str, float, float], ...] = ()  #: (signal, value in the campaign, value in the baseline)


@dataclass(frozen=True, slots=True)
class Alternative:
    """A benign explanation that was weighed against the evidence."""

    name: str
    explanation: str
    p_value: float  #: of the campaign's data if this explanation were true
    why_rejected: str


@dataclass(frozen=True, slots=True)
class Family:
    """Prompts made from one template or technique inside a campaign."""

    frame: str  #: the shared wording, "…" where the slot stands; redacted
    accounts: int
    exchanges: int
    distinct_items: int
    outside_accounts: int  #: accounts outside the campaign that used the frame
    examples: tuple[str, ...]  #: redacted prompts; none where no text was kept
    cues: tuple[str, ...] = ()  #: techniques whose cues most of its prompts have


@dataclass(frozen=True, slots=True)
class SharedValue:
    """An attribute that members share. `value` is shortened or hashed where it identifies a person."""

    attribute: str
    value: str
    members: int
    others: int
    weight: float  #: log-likelihood ratio; 0 for a hub


@dataclass(frozen=True, slots=True)
class Technique:
    """What is extracted, and its MITRE ATLAS identifier."""

    name: str
    atlas: str
    share: float  #: of the campaign's exchanges


@dataclass(frozen=True, slots=True)
class Review:
    """What a person decided on this group before, beside what is there now."""

    decision: str  #: confirmed or dismissed
    who: str
    when: datetime
    note: str
    accounts: int  #: that were decided on
    new_members: tuple[str, ...]  #: members that were not
    news: tuple[str, ...]  #: what is materially new, in sentences; a dismissal without news stands

    @property
    def settled(self) -> bool:
        """Whether the group was dismissed and nothing material has changed."""
        return self.decision == "dismissed" and not self.news


@dataclass(frozen=True, slots=True)
class Campaign:
    """A group of linked accounts whose pooled test rejects "benign" at the chosen rate."""

    campaign: str
    members: tuple[str, ...]
    membership: tuple[float, ...]  #: probability of belonging, same order as members
    exchanges: int  #: of the members, all of them
    campaign_exchanges: int  #: estimated to belong to the campaign
    share: tuple[float, float, float]  #: of the members' traffic: estimate, low, high (95 %)
    input_tokens: int | None
    output_tokens: int | None
    first_time: datetime
    last_time: datetime
    peak_time: datetime  #: start of the busiest bucket of the timeline
    timeline: tuple[tuple[datetime, int], ...]  #: (start of bucket, exchanges), empty buckets included
    p_value: float
    e_value: float
    techniques: tuple[Technique, ...]
    evidence: tuple[ChannelEvidence, ...]  #: one per channel, always the same four
    alternatives: tuple[Alternative, ...]  #: strongest benign explanation first
    families: tuple[Family, ...]
    shared: tuple[SharedValue, ...]
    succession: str | None = None  #: ban-and-replace: who took over from whom, with figures
    pivot: str | None = None  #: move to another model within a day, with figures
    caution: str | None = None  #: where little but what linked it speaks for it: what to find out before acting
    probing: str | None = None  #: who tried its wording among others before it was scaled up, with figures
    links: tuple[tuple[str, str, str, float], ...] = ()  #: (account, account, why, weight), strongest, at most 400
    allowed: tuple[tuple[str, int], ...] = ()  #: (allow-list entry, accounts that it keeps from being named here)
    review: Review | None = None  #: an earlier decision on this group


@dataclass(frozen=True, slots=True)
class AllowedGroup:
    """A group that would be a campaign, had an allow-list not covered every member of it."""

    accounts: int
    exchanges: int
    p_value: float
    allowed: tuple[tuple[str, int], ...]  #: (allow-list entry, accounts)


@dataclass(frozen=True, slots=True)
class ScanResult:
    """Everything a scan found. `accounts` has the columns of accounts.parquet."""

    accounts: pa.Table
    campaigns: tuple[Campaign, ...]
    facts: dict[str, object] = field(default_factory=dict)  #: what scan.json holds
    settled: tuple[Campaign, ...] = ()  #: groups that a person dismissed before and that have not changed since
    allowed_groups: tuple[AllowedGroup, ...] = ()  #: groups that an allow-list covers wholly
