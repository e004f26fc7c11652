"""Drift, allow-lists and decisions in sentences: the terminal, the report and the commands say the same.

Comes in: what scan.json holds, and campaigns. What is quoted from a file or a log is left as it is: whoever prints it
makes it safe.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from stillwatch.campaigns.model import Campaign
from stillwatch.operate.files import day


def drift_title(drift: Mapping[str, Any]) -> str:
    """Whether the baseline still fits, in one sentence."""
    if drift.get("note"):
        return f"Drift: {drift['note']}."
    accounts = drift["accounts"]
    if not drift["warning"]:
        return (
            f"Drift: none seen. {accounts['today']:,} ordinary accounts look like the baseline's "
            f"{accounts['baseline']:,} in {len(drift['signals'])} signals."
        )
    moved = sum(1 for signal in drift["signals"] if signal["moved"])
    return (
        f"Drift: the ordinary accounts no longer look like the baseline: {moved} of {len(drift['signals'])} signals "
        f"moved, by more than {100 * drift['tolerance']:.0f} % of accounts each (error rate {100 * drift['rate']:g} % "
        "over all of them)."
    )


def moved_signals(drift: Mapping[str, Any]) -> list[str]:
    """Which signals moved, by how much and whither, most moved first."""
    return [
        f"{s['signal']}: {100 * s['distance']:.0f} % of accounts ask about other things than the baseline's"
        if s["direction"] == "elsewhere"
        else f"{s['signal']} is {s['direction']}: {100 * s['at']['today_below']:.0f} % of accounts are at "
        f"{s['at']['value']:.3g} or below, {100 * s['at']['baseline_below']:.0f} % in the baseline "
        f"(median {s['median']['today']:.3g} after {s['median']['baseline']:.3g})"
        for s in drift["signals"]
        if s["moved"]
    ]


def drift_lines(drift: Mapping[str, Any]) -> list[str]:
    """All of it: the verdict, what moved, what to do."""
    lines = [drift_title(drift), *(f"  {line}" for line in moved_signals(drift))]
    return [*lines, f"What to do: {drift['advice']}."] if drift.get("advice") else lines


def by_entry(allowed: Sequence[tuple[str, int]]) -> str:
    """As in "organization acme (12), network 192.0.2.0/24 (3)"."""
    return ", ".join(f"{entry} ({number:,})" for entry, number in allowed)


def allowed_line(campaign: Campaign) -> str:
    """What an allow-list keeps out of a campaign; empty where nothing."""
    number = sum(n for _, n in campaign.allowed)
    if not number:
        return ""
    accounts = "1 account" if number == 1 else f"{number:,} accounts"
    return f"Allowed: {accounts} that this campaign would include, by {by_entry(campaign.allowed)}."


def review_line(campaign: Campaign) -> str:
    """What was decided on a campaign before, and what is new; empty where nothing was."""
    review = campaign.review
    if review is None:
        return ""
    said = f'by {review.who} on {day(review.when)}, {review.accounts:,} accounts then: "{review.note}"'
    new = f"{len(review.new_members):,} of its members are new since." if review.new_members else "No member is new."
    if review.decision == "confirmed":
        return f"Known: confirmed {said}. {new}" + (f" New also: {'; '.join(review.news)}." if review.news else "")
    if review.settled:
        return f"Dismissed {said}. Nothing material is new."
    return f"Dismissed {said}. Reported again because of what is new: {'; '.join(review.news)}."
