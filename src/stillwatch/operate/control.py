"""The allow-list and the decisions of one scan: read before the log, in force at its end, told of afterwards.

What is in force is judged at the last exchange of the log, not by the clock: the same log and the same files give the
same answer at any later time.
"""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from pathlib import Path

from stillwatch.campaigns.analyse import Analysis
from stillwatch.campaigns.model import Campaign
from stillwatch.operate.allow import AllowEntry, AllowList, read_allow
from stillwatch.operate.decisions import Decision, Decisions, read_decisions


class Control:
    """What an operator gave a scan. Raises `InputError` where a file can't be read as it stands."""

    def __init__(self, allow: str | Path | None, decisions: str | Path | None) -> None:
        self._allow: tuple[str, list[AllowEntry]] | None = None
        self._decisions: tuple[str, list[Decision]] | None = None
        if allow is not None:
            self._allow = str(allow), read_allow(allow)
        if decisions is not None:
            self._decisions = str(decisions), read_decisions(decisions)
        self.allow: AllowList | None = None
        self.review: Decisions | None = None

    def begin(self, at: datetime) -> None:
        """Take what is in force at this moment: `allow` and `review`, None where no file was given."""
        self.allow = AllowList(*self._allow, at) if self._allow is not None else None
        self.review = Decisions(*self._decisions, at) if self._decisions is not None else None

    @property
    def notes(self) -> list[str]:
        """What was ignored, and what should be looked at again."""
        return [*(self.allow.notes if self.allow else ()), *(self.review.notes if self.review else ())]

    def facts(self, analysis: Analysis) -> dict[str, object]:
        """What scan.json says of both, under the keys `allowed` and `decisions`; nothing of a file not given."""
        out: dict[str, object] = {}
        if self.allow is not None:
            out["allowed"] = _allowed(self.allow, analysis)
        if self.review is not None:
            found = (*analysis.campaigns, *analysis.settled)
            out["decisions"] = {
                "file": self.review.file,
                "in_force": len(self.review.in_force),
                "expired": self.review.expired,
                "groups": [_reviewed(campaign) for campaign in found if campaign.review is not None],
            }
        return out


def spared(analysis: Analysis) -> Counter[str]:
    """Accounts that an allow-list kept from being named, by its entries."""
    found = [campaign.allowed for campaign in (*analysis.campaigns, *analysis.settled)]
    by_entry: Counter[str] = Counter()
    for allowed in (*found, *(group.allowed for group in analysis.allowed_groups)):
        by_entry.update(dict(allowed))
    return by_entry


def _allowed(allow: AllowList, analysis: Analysis) -> dict[str, object]:
    by_entry = spared(analysis)
    return {
        "file": allow.file,
        "spared": by_entry.total(),
        "ignored": allow.ignored,
        "entries": [
            entry.facts() | {"accounts": allow.covered.get(entry.name, 0), "spared": by_entry[entry.name]}
            for entry in allow.entries
        ],
        "campaigns": {
            campaign.campaign: dict(campaign.allowed)
            for campaign in (*analysis.campaigns, *analysis.settled)
            if campaign.allowed
        },
        "groups": [
            {
                "accounts": group.accounts,
                "exchanges": group.exchanges,
                "p_value": group.p_value,
                "entries": dict(group.allowed),
            }
            for group in analysis.allowed_groups
        ],
    }


def _reviewed(campaign: Campaign) -> dict[str, object]:
    review = campaign.review
    assert review is not None
    return {
        "campaign": campaign.campaign,
        "accounts": len(campaign.members),
        "decision": review.decision,
        "settled": review.settled,
        "who": review.who,
        "when": review.when.isoformat(),
        "note": review.note,
        "decided_accounts": review.accounts,
        "new_members": len(review.new_members),
        "news": list(review.news),
    }
