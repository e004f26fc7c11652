"""Figures and sentences of a finding, worded once for the report and the terminal."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal

from stillwatch.campaigns.model import AllowedGroup, Campaign, ScanResult
from stillwatch.exchange import MONTHS, day_in_words
from stillwatch.operate.wording import by_entry
from stillwatch.redact import visible

_SUPERSCRIPT = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
NONE = "–"
#: Between a figure and its unit: a space that no line breaks at.
_UNIT = "\u00a0"


def count(value: float | None) -> str:
    """A whole number with thousands separated, or a dash where it isn't known."""
    return NONE if value is None or math.isnan(value) else f"{value:,.0f}"


def short_count(value: float | None) -> str:
    """A number in three figures: 812, 31.2 k, 4.56 M, 1.2 G."""
    if value is None:
        return NONE
    for size, unit in ((1e9, "G"), (1e6, "M"), (1e4, "k")):
        if abs(value) >= size:
            scaled = value / (1e3 if unit == "k" else size)
            return f"{scaled:.{2 if scaled < 10 else 1 if scaled < 100 else 0}f} {unit}"
    return count(value)


def plural(value: int, one: str, many: str | None = None) -> str:
    """The number with its noun: "1 account", "1,240 accounts"."""
    return f"{value:,} {one if value == 1 else many or one + 's'}"


def percent(share: float | None, digits: int = 0) -> str:
    """A share in per cent; small ones keep two figures, so that 0.1 % isn't printed as 0 %."""
    if share is None or math.isnan(share):
        return NONE
    value = 100 * share
    if 99 < value < 100:
        return f"{min(value, 99.9):.1f}{_UNIT}%"
    if value == 0 or abs(value) >= 10:
        return f"{value:.{digits}f}{_UNIT}%"
    if abs(value) >= 1:
        return f"{value:.1f}".removesuffix(".0") + f"{_UNIT}%"
    if abs(value) < 1e-6:
        return f"{power(value)}{_UNIT}%"
    return f"{Decimal(f'{value:.1e}').normalize():f}{_UNIT}%"


def power(value: float | None) -> str:
    """A p-value or e-value: 0.031, 3.2 × 10⁻⁸, < 10⁻³⁰⁰, > 10³⁰⁰, or a dash."""
    if value is None or math.isnan(value):
        return NONE
    if value <= 1e-300:
        return "< 10⁻³⁰⁰"
    if value >= 1e300:
        return "> 10³⁰⁰"
    if 0.001 <= value < 10_000:
        return f"{value:.2g}" if value < 10 else f"{value:,.0f}"
    mantissa, exponent = f"{value:.1e}".split("e")
    tail = "10" + str(int(exponent)).translate(_SUPERSCRIPT)
    return tail if mantissa == "1.0" else f"{mantissa.removesuffix('.0')}{_UNIT}×{_UNIT}{tail}"


def p_text(value: float | None) -> str:
    """With its name: "p = 0.03", "p < 10⁻³⁰⁰" or "p not computable"."""
    shown = power(value)
    return "p not computable" if shown == NONE else f"p {shown}" if shown[0] in "<>" else f"p = {shown}"


def figure(value: float) -> str:
    """A signal's value in three figures."""
    if math.isnan(value):
        return NONE
    if value != 0 and (abs(value) < 0.001 or abs(value) >= 1e6):
        return ("−" if value < 0 else "") + power(abs(value))
    return count(value) if abs(value) >= 1000 else f"{value:.3g}".replace("-", "−")


def minute(when: datetime) -> str:
    """As in "3 Mar 2026, 14:00 UTC"."""
    return f"{day_in_words(when)}, {when:%H:%M} UTC"


def moment(iso: object) -> str:
    """An ISO 8601 time in words, in UTC; what can't be read is left as it is."""
    try:
        when = datetime.fromisoformat(str(iso))
    except ValueError:
        return str(iso)
    return minute(when.astimezone(UTC) if when.tzinfo else when)


def span(first: datetime, last: datetime) -> str:
    """As in "3 Mar 2026", "3–12 Mar 2026", "28 Feb – 4 Mar 2026"."""
    if first.date() == last.date():
        return day_in_words(last)
    if first.year != last.year:
        return f"{day_in_words(first)} – {day_in_words(last)}"
    if first.month != last.month:
        return f"{first.day} {MONTHS[first.month - 1]} – {day_in_words(last)}"
    return f"{first.day}–{day_in_words(last)}"


def duration(seconds: float) -> str:
    """The length of a bucket of a timeline: "40 s", "15 min", "hour", "2 days"."""
    for size, one in ((86400, "day"), (3600, "hour")):
        if seconds >= size and seconds % size == 0:
            number = int(seconds // size)
            return one if number == 1 else f"{number} {one}s"
    return f"{seconds / 60:g} min" if seconds >= 60 else f"{seconds:g} s"


def joined(words: list[str]) -> str:
    """As in "a", "a and b", "a, b and c"."""
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def section(facts: Mapping[str, object], key: str) -> Mapping[str, object]:
    """A mapping inside the facts of a scan, empty where it is missing."""
    value = facts.get(key)
    return value if isinstance(value, Mapping) else {}


def number(facts: Mapping[str, object], key: str) -> float | None:
    """A number inside a mapping, None where it is missing or no number."""
    value = facts.get(key)
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def by_role(campaign: Campaign, role: str) -> list[str]:
    """The channels with this role, in the order of the evidence."""
    return [evidence.channel for evidence in campaign.evidence if evidence.role == role]


def extent(result: ScanResult) -> str:
    """As in "3 campaigns, 1,240 accounts, 310,000 exchanges"."""
    members = {account for campaign in result.campaigns for account in campaign.members}
    exchanges = sum(campaign.campaign_exchanges for campaign in result.campaigns)
    return (
        f"{plural(len(result.campaigns), 'campaign')}, {plural(len(members), 'account')}, "
        f"{plural(exchanges, 'exchange')}"
    )


def verdict(result: ScanResult) -> str:
    """The finding in one or two sentences, with the error rate that it was made at."""
    rate = number(section(result.facts, "settings"), "rate")
    target = f"at a target of {percent(rate)} false campaigns" if rate is not None else "the error target is not stated"
    if not result.campaigns:
        return f"No campaign found, {target}." if rate is not None else "No campaign found."
    return f"{extent(result)}; {target}."


def unnamed(result: ScanResult) -> str:
    """The groups found that nobody is named of, because a person said so before; empty where there are none."""
    said = []
    if result.settled:
        said.append(f"{plural(len(result.settled), 'group')} found again that a person dismissed")
    if result.allowed_groups:
        said.append(f"{plural(len(result.allowed_groups), 'group')} of allowed accounts alone")
    return f"Not named: {joined(said)}." if said else ""


def allowed_group(group: AllowedGroup) -> str:
    """A group that an allow-list covers wholly."""
    return (
        f"{plural(group.accounts, 'account')} with {plural(group.exchanges, 'exchange')} would be a campaign "
        f"({p_text(group.p_value)}); every one of them is allowed, by {by_entry(group.allowed)}."
    )


def no_campaign(result: ScanResult) -> str:
    """What "no campaign" does and does not say."""
    counts = section(result.facts, "counts")
    flagged, seen = number(counts, "flagged"), number(counts, "accounts")
    rate = number(section(result.facts, "settings"), "rate")
    alone = ""
    if flagged:
        alone = f"{plural(int(flagged), 'account')} stood out alone"
        if rate is not None and seen is not None:
            alone += f", where chance alone may give {figure(rate * seen)}"
        alone += "; none could be shown to act together with others. "
    return (
        alone + "That is no proof of absence: accounts with their own infrastructure, a handful of requests each, "
        "ordinary prompts and irregular times can't be told from customers by watching, and every missing column "
        "below widens that gap."
    )


def headline(campaign: Campaign) -> str:
    """One sentence: who, how much, when, what for, and on what grounds."""
    size = plural(len(campaign.members), "account")
    what = joined([visible(technique.name, 80) for technique in campaign.techniques[:2]])
    linked, tested = by_role(campaign, "linked"), by_role(campaign, "tested")
    share, low, high = campaign.share
    grounds = [f"linked by {joined(linked)}"] if linked else []
    if tested:
        grounds.append(f"tested on {joined(tested)}, which did not link them")
    when = span(campaign.first_time, campaign.last_time)
    purpose = " for one purpose" if what else ""
    sentence = (
        f"{size} sent {plural(campaign.campaign_exchanges, 'exchange')}{purpose} ({percent(share)} of their "
        f"traffic, between {percent(low)} and {percent(high)}), {when}"
    )
    sentence += f", mostly for {what}" if what else ""
    sentence += f"; {joined(grounds)}" if grounds else ""
    return f"{sentence} ({p_text(campaign.p_value)})."
