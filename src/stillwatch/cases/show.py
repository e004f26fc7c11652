"""One answer looked at again in the terminal: its campaigns, or all that is said of one of them and its accounts."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow.compute as pc
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from stillwatch.cases import wording
from stillwatch.cases.summary import MOST_WIDTH, plain
from stillwatch.errors import UsageError
from stillwatch.output import read_answer
from stillwatch.redact import visible

Row = Mapping[str, Any]
_OF_ACCOUNT = ["account", "exchanges", "p_value", "campaign", "membership", "campaign_share", "reasons"]
_MARKS = {"techniques": "asks for", "frames": "frames", "news": "new since the decision"}
_SENTENCES = ("succession", "pivot", "probing")


def campaigns_of(answer: str | Path) -> list[dict[str, Any]]:
    """The campaigns of an answer, in its order, as `campaigns.parquet` has them; raises as `read_answer` does."""
    rows: list[dict[str, Any]] = read_answer(answer, "campaigns").to_pylist()
    return rows


def campaign_of(answer: str | Path, name: str) -> dict[str, Any]:
    """One campaign of an answer, by its identifier or a beginning that no other has.

    Raises `UsageError` where none or several are called so, and as `read_answer` does.
    """
    rows = campaigns_of(answer)
    found = [row for row in rows if row["campaign"] == name] or [r for r in rows if r["campaign"].startswith(name)]
    if len(found) != 1:
        known = ", ".join(row["campaign"] for row in found or rows) or "none"
        raise UsageError(f"{answer} has {'several' if found else 'no'} campaigns '{name}'; it has: {known}")
    return found[0]


def members_of(answer: str | Path, campaign: str) -> list[dict[str, Any]]:
    """The accounts named of a campaign, surest first, as `accounts.parquet` has them; raises as `read_answer` does."""
    table = read_answer(answer, "accounts", _OF_ACCOUNT)
    rows: list[dict[str, Any]] = table.filter(pc.equal(table.column("campaign"), campaign)).to_pylist()
    return sorted(rows, key=lambda row: (-(row["membership"] or 0.0), -row["exchanges"], row["account"]))


def account_of(answer: str | Path, name: str) -> dict[str, Any]:
    """What an answer says of one account, as `accounts.parquet` has it.

    Raises `UsageError` where the log had no such account, and as `read_answer` does.
    """
    table = read_answer(answer, "accounts")
    rows: list[dict[str, Any]] = table.filter(pc.equal(table.column("account"), name)).to_pylist()
    if not rows:
        raise UsageError(f"{answer} knows no account '{name}': it is not in the log that was scanned")
    return rows[0]


def as_json(told: object) -> str:
    """What was read, as JSON; times in ISO 8601."""
    return json.dumps(told, indent=2, ensure_ascii=False, default=lambda when: when.isoformat())


def print_campaigns(rows: Sequence[Row], console: Console) -> None:
    """A line for each campaign."""
    if not rows:
        _say(console, "No campaign in this answer.")
        return
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, header_style="bold")
    table.add_column("campaign", no_wrap=True)
    for name in ("accounts", "exchanges"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("period")
    table.add_column("p", justify="right", no_wrap=True)
    table.add_column("mostly for")
    for row in rows:
        cells = (
            row["campaign"],
            wording.count(row["accounts"]),
            wording.short_count(row["campaign_exchanges"]),
            wording.span(row["first_time"], row["last_time"]),
            wording.power(row["p_value"]),
            row["techniques"][0] if row["techniques"] else "not determined",
        )
        table.add_row(*(Text(_safe(console, cell, 80)) for cell in cells))
    console.print(table, width=min(console.width, MOST_WIDTH))


def print_campaign(row: Row, members: Sequence[Row], console: Console, most: int) -> None:
    """All that is known of one campaign, and its first `most` accounts."""
    share = row["share"]
    _say(console, row["campaign"], "bold")
    _say(
        console,
        f"{wording.plural(row['accounts'], 'account')}, {wording.plural(row['campaign_exchanges'], 'exchange')} "
        f"({wording.percent(share['estimate'])} of their traffic, between {wording.percent(share['low'])} and "
        f"{wording.percent(share['high'])}), {wording.minute(row['first_time'])} to "
        f"{wording.minute(row['last_time'])}; {wording.p_text(row['p_value'])}",
    )
    for name, title in _MARKS.items():
        if row[name]:
            _say(console, f"{title}: {'; '.join(row[name])}")
    for name in _SENTENCES:
        if row[name]:
            _say(console, row[name])
    if row["caution"]:
        _say(console, f"Before you act: {row['caution']}")
    _say(console)
    _say(console, "Evidence", "bold")
    for channel, said in row["evidence"].items():
        p = f" ({wording.p_text(said['p_value'])})" if said["p_value"] is not None else ""
        _say(console, f"  {channel}, {said['role']}{p}: {said['summary']}")
    _say(
        console,
        f"Strongest innocent explanation: {row['benign_explanation']} ({wording.p_text(row['benign_p_value'])})",
    )
    _say(console, f"  {row['benign_rejected']}")
    _say(console)
    _say(console, f"Accounts, surest first ({len(members):,})", "bold")
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, header_style="bold")
    table.add_column("account", overflow="fold")
    for name in ("exchanges", "belongs", "of them the campaign's"):
        table.add_column(name, justify="right")
    for member in members[:most]:
        cells = (
            member["account"],
            wording.count(member["exchanges"]),
            wording.percent(member["membership"]),
            wording.percent(member["campaign_share"]),
        )
        table.add_row(*(Text(_safe(console, cell, 200)) for cell in cells))
    if most and members:
        console.print(table, width=min(console.width, MOST_WIDTH))
    if len(members) > most:
        _say(console, f"{len(members) - most:,} more: --accounts lists all, --json with what speaks against each.")


def print_account(row: Row, console: Console) -> None:
    """All that is said of one account."""
    alone = wording.p_text(row["p_value"])
    _say(console, row["account"], "bold")
    if row["campaign"] is None:
        said = f"in no campaign; by itself {alone}: how often a comparable innocent account looks as extreme"
        _say(console, f"{wording.plural(row['exchanges'], 'exchange')}; {said}")
    else:
        _say(
            console,
            f"{wording.plural(row['exchanges'], 'exchange')}, {wording.percent(row['campaign_share'])} of them those "
            f"of campaign {row['campaign']}, to which it belongs with a probability of "
            f"{wording.percent(row['membership'])} ({alone})",
        )
    if row["allowed"]:
        _say(console, f"Allowed: {row['allowed']}")
    if row["decision"]:
        _say(console, f"Decided before: {row['decision']}")
    for reason in row["reasons"]:
        _say(console, f"  {reason}")


def _say(console: Console, text: str = "", style: str = "") -> None:
    console.print(Text(_safe(console, text, 2000), style), width=min(console.width, MOST_WIDTH), highlight=False)


def _safe(console: Console, text: str, limit: int) -> str:
    """Text of the log shown so that it can't steer the terminal, in what the terminal can show."""
    shown = visible(text, limit)
    return shown if console.encoding.startswith("utf") else plain(shown, console.encoding)
