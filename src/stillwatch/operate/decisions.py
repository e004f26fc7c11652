"""Earlier decisions on groups: what a person confirmed or dismissed is not put before them again as if it were new.

A group found today and one decided on are the same if at least half of the smaller is in both. A dismissal stands until
something material is new (`_growth`, `_news`); then the group is reported with what is new. A confirmed group is
reported as known, with its new members marked.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from stillwatch.campaigns.model import Campaign, Review
from stillwatch.errors import InputError
from stillwatch.operate.files import Entry, day

SAME = 0.5  #: share of the smaller group that has to be in both
GROWN = 0.1  #: new members over the smaller of the two groups, beyond which a group has grown
FEW_NEW = 2  #: new members that never count as growth: membership is an estimate
STRONGER = 1000.0  #: factor by which the e-value has to have risen
BUSIER = 3.0  #: factor by which exchanges a day have to have risen
KINDS = ("confirmed", "dismissed")
_KEYS = frozenset(
    {
        *("decision", "campaign", "accounts", "who", "when", "note", "expires"),
        *("techniques", "e_value", "exchanges_per_day"),
    }
)


@dataclass(frozen=True, slots=True)
class Decision:
    """What a person decided on a group, and what the group was then as far as it was recorded."""

    decision: str  #: confirmed or dismissed
    campaign: str  #: identifier of the group then
    accounts: frozenset[str]
    who: str
    when: datetime
    note: str
    expires: datetime | None
    techniques: frozenset[str] | None
    e_value: float | None
    exchanges_per_day: float | None


class Decisions:
    """The decisions that are in force at one moment; called by the analysis with each campaign."""

    def __init__(self, file: str, decisions: Sequence[Decision], at: datetime) -> None:
        self.file = file
        self.in_force = [d for d in decisions if d.expires is None or d.expires > at]
        self.expired = len(decisions) - len(self.in_force)
        self.notes = [
            f"{file}: the decision on {d.campaign} ({d.decision} by {d.who}) expired on {day(d.expires)}"
            for d in decisions
            if d.expires is not None and d.expires <= at
        ]

    def __call__(self, campaign: Campaign) -> Campaign:
        """The campaign with the latest decision on it, if there is one."""
        decision = self._on(campaign)
        if decision is None:
            return campaign
        new = tuple(name for name in campaign.members if name not in decision.accounts)
        dismissed = decision.decision == "dismissed"
        review = Review(
            decision.decision,
            decision.who,
            decision.when,
            decision.note,
            len(decision.accounts),
            new,
            # That a confirmed group grows is what its new members say.
            (*(_growth(campaign, decision, len(new)) if dismissed else ()), *_news(campaign, decision)),
        )
        return replace(campaign, review=review)

    def _on(self, campaign: Campaign) -> Decision | None:
        members = set(campaign.members)
        same = [
            (decision.when, number)
            for number, decision in enumerate(self.in_force)
            if len(members & decision.accounts) >= SAME * min(len(members), len(decision.accounts))
        ]
        return self.in_force[max(same)[1]] if same else None  # of two at one moment, the one further down


def exchanges_per_day(exchanges: int, first: datetime, last: datetime) -> float:
    """Exchanges over the days from the first to the last, one at least."""
    return exchanges / max((last - first).total_seconds() / 86_400, 1.0)


def _growth(campaign: Campaign, decision: Decision, new: int) -> tuple[str, ...]:
    """That so many members are new that it is another group, if they are."""
    if new <= max(FEW_NEW, GROWN * min(len(decision.accounts), len(campaign.members))):
        return ()
    return (f"{new:,} of its {len(campaign.members):,} accounts were not among the {len(decision.accounts):,}",)


def _news(campaign: Campaign, decision: Decision) -> tuple[str, ...]:
    """What else is materially new against a decision, in sentences."""
    news = []
    if decision.techniques is not None:
        asked = [technique.name for technique in campaign.techniques]
        news += [f"it now asks for {name}" for name in asked if name not in decision.techniques]
    if decision.e_value is not None and campaign.e_value > STRONGER * decision.e_value:
        news.append(f"the evidence is far stronger: an e-value of {campaign.e_value:.2g} after {decision.e_value:.2g}")
    pace = exchanges_per_day(campaign.campaign_exchanges, campaign.first_time, campaign.last_time)
    if decision.exchanges_per_day is not None and pace > BUSIER * decision.exchanges_per_day:
        news.append(f"it takes {pace:,.0f} exchanges a day, after {decision.exchanges_per_day:,.0f}")
    return tuple(news)


def read_decisions(path: str | Path) -> list[Decision]:
    """The decisions of a JSON Lines file, one object a line (schema in docs/reference/control-files.md).

    Raises:
        InputError: A line that is no JSON object, or a decision that is incomplete or of an unknown kind.

    """
    file = str(path)
    try:
        lines = Path(path).read_text(encoding="utf-8").split("\n")
    except FileNotFoundError:
        raise InputError("does not exist; where nothing was decided yet, an empty file will do", file=file) from None
    except OSError as error:
        raise InputError(f"can't be opened: {error.strerror}", file=file) from None
    except UnicodeDecodeError:
        raise InputError("is not UTF-8 text", file=file) from None
    decisions = []
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            values = json.loads(line)
        except ValueError as error:
            raise InputError(f"line {number}: is not JSON: {error}", file=file) from None
        if not isinstance(values, dict):
            raise InputError(f"line {number}: is no JSON object", file=file)
        decisions.append(decide(file, values, f"line {number}"))
    return decisions


def decide(file: str, values: Mapping[str, Any], place: str = "the new line") -> Decision:
    """The decision that one line of a file holds; raises `InputError` as `read_decisions` does."""
    given = Entry(file, place, values)
    given.only(_KEYS)
    kind = given.text("decision")
    if kind not in KINDS:
        raise given.fail("decision", f"'{kind}' is not one of {', '.join(KINDS)}")
    accounts = _names(given, "accounts")
    if not accounts:
        raise given.fail("accounts", "is required, a list of at least one account")
    return Decision(
        kind,
        given.text("campaign"),
        accounts,
        given.text("who"),
        given.required_moment("when"),
        given.text("note"),
        given.moment("expires"),
        _names(given, "techniques"),
        _number(given, "e_value"),
        _number(given, "exchanges_per_day"),
    )


def _names(given: Entry, field: str) -> frozenset[str] | None:
    value = given.values.get(field)
    if value is None:
        return None
    if not isinstance(value, list) or not all(isinstance(name, str) for name in value):
        raise given.fail(field, "has to be a list of texts")
    return frozenset(value)


def _number(given: Entry, field: str) -> float | None:
    value: Any = given.values.get(field)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not value >= 0:
        raise given.fail(field, f"{value!r} is no number from 0 on")
    return float(value)
