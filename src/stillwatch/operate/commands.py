"""`stillwatch baseline` and `stillwatch decide`: what operators keep from one scan to the next."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from stillwatch.errors import UsageError

_FORMAT = click.option("--format", "log_format", metavar="NAME", help="Force the log format instead of detecting it.")
_MAPPING = click.option(
    "--mapping", type=click.Path(path_type=Path), metavar="FILE.toml", help="Column names of a log of your own."
)
_ACCOUNTS = click.option(
    "--accounts", type=click.Path(path_type=Path), metavar="FILE", help="Account table from the customer database."
)
_JSON = click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of text.")


@click.group("baseline")
def baseline_group() -> None:
    """Keep what ordinary traffic looks like, and see whether it still does.

    \b
    Examples:
      stillwatch baseline build logs/2026-10/ --accounts customers.csv --out october.baseline
      stillwatch scan today.parquet --baseline october.baseline --out answer
      stillwatch baseline compare october.baseline logs/2026-11-20.parquet
    """  # noqa: D301 (\b keeps click from joining the lines)


@baseline_group.command("build")
@click.argument("logs", nargs=-1, required=True, metavar="LOG...")
@click.option("--out", required=True, type=click.Path(dir_okay=False, path_type=Path), help="File to write.")
@_ACCOUNTS
@_FORMAT
@_MAPPING
@click.option(
    "--without",
    multiple=True,
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Answer of a scan of these logs: the accounts that it flags are left out. May be repeated.",
)
@click.option("--texts", is_flag=True, help="Keep up to three prompts of each account. No analysis needs them.")
@_JSON
def build(
    logs: tuple[str, ...],
    out: Path,
    accounts: Path | None,
    log_format: str | None,
    mapping: Path | None,
    without: tuple[Path, ...],
    texts: bool,
    as_json: bool,
) -> None:
    """Save the profiles of LOG... as a baseline: one row per account, no text in it.

    Scan the logs by themselves first and leave out what that flags, so that a known campaign does not teach the
    baseline that it is usual.

    \b
    Examples:
      stillwatch scan logs/2026-10/ --out october
      stillwatch baseline build logs/2026-10/ --without october --out october.baseline
    """  # noqa: D301 (\b keeps click from joining the lines)
    from stillwatch.operate.baseline import build_baseline

    facts = build_baseline(
        logs, out, accounts=accounts, format=log_format, mapping=mapping, without=without, texts=texts
    )
    _tell(facts, as_json)


@baseline_group.command("show")
@click.argument("file", type=click.Path(path_type=Path))
@_JSON
def show(file: Path, as_json: bool) -> None:
    """Say when a baseline was built, from what, and what it holds."""
    from stillwatch.operate.baseline import read_facts

    _tell(read_facts(file), as_json)


@baseline_group.command("compare")
@click.argument("file", type=click.Path(path_type=Path))
@click.argument("logs", nargs=-1, required=True, metavar="LOG...")
@_ACCOUNTS
@_FORMAT
@_MAPPING
@_JSON
def compare(
    file: Path,
    logs: tuple[str, ...],
    accounts: Path | None,
    log_format: str | None,
    mapping: Path | None,
    as_json: bool,
) -> None:
    """Say whether the ordinary accounts of LOG... (those in no campaign) still look like the baseline in FILE.

    The log is scanned for that: `stillwatch scan --baseline FILE` says the same beside its answer.
    """
    import stillwatch
    from stillwatch.operate.baseline import read_facts
    from stillwatch.operate.wording import drift_lines

    read_facts(file)  # logs are no saved baseline
    result = stillwatch.scan(logs, accounts=accounts, baseline=file, format=log_format, mapping=mapping)
    compared = result.facts["baseline"]
    assert isinstance(compared, Mapping)
    drift: Mapping[str, Any] = compared["drift"]
    if as_json:
        click.echo(json.dumps(drift, indent=2, ensure_ascii=False))
        return
    for line in drift_lines(drift):
        click.echo(line)
    for row in drift["signals"]:
        mark = "moved " if row["moved"] else "      "
        below = row["at"]
        click.echo(
            f"{mark}{row['signal']:<18}{100 * row['distance']:5.1f} % of accounts {row['direction']:<7}"
            f" p = {row['p_value']:<6} median {row['median']['baseline']:g} -> {row['median']['today']:g};"
            f" at {below['value']:g} or below {100 * below['baseline_below']:.1f} % -> "
            f"{100 * below['today_below']:.1f} %"
        )
    for name, why in drift["left_out"].items():
        click.echo(f"      {name:<18}not compared: {why}")


@click.command("decide", short_help="Write down what was decided on a campaign.")
@click.argument("answer", type=click.Path(path_type=Path), metavar="DIR")
@click.argument("campaign")
@click.option("--confirm", is_flag=True, help="It is a campaign.")
@click.option("--dismiss", is_flag=True, help="It is none, or none that matters.")
@click.option("--who", required=True, help="The person who decided.")
@click.option("--note", required=True, help="Why.")
@click.option("--expires", metavar="DATE", help="The day from which on the decision no longer holds.")
@click.option(
    "--file", required=True, type=click.Path(dir_okay=False, path_type=Path), help="Decisions file to append to."
)
def decide_command(
    answer: Path, campaign: str, confirm: bool, dismiss: bool, who: str, note: str, expires: str | None, file: Path
) -> None:
    """Append the decision on CAMPAIGN of the answer in DIR to a decisions file, for later scans.

    \b
    Examples:
      stillwatch decide answer c-1a2b3c4d --dismiss --who ann --note "a class of 60" --file decisions.jsonl
      stillwatch decide answer c-5e6f7a8b --confirm --who ann --note "case 17" --file decisions.jsonl
      stillwatch scan today.parquet --decisions decisions.jsonl --out answer
    """  # noqa: D301 (\b keeps click from joining the lines)
    from stillwatch.operate.record import record_decision

    if confirm == dismiss:
        raise UsageError("say either --confirm or --dismiss")
    decision = "confirmed" if confirm else "dismissed"
    line = record_decision(answer, campaign, file, decision=decision, who=who, note=note, expires=_day(expires))
    click.echo(f"{decision} {campaign}, {len(line['accounts']):,} accounts, in {file}")


def _day(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise UsageError(f"--expires '{text}' is no date, as in 2026-11-30") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _tell(facts: Mapping[str, Any], as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(facts, indent=2, ensure_ascii=False))
        return
    period = facts["period"]
    text = "up to three prompts of each account" if facts["texts"] else "no text"
    click.echo(f"baseline of {facts['accounts']:,} accounts and {facts['exchanges']:,} exchanges, with {text}")
    click.echo(f"  traffic:   {period['first']} to {period['last']}")
    click.echo(f"  built:     {facts['created']} by Stillwatch {facts['version']}, profile layout {facts['layout']}")
    click.echo(f"  from:      {', '.join(facts['logs'])} ({facts['format']}; {facts['rejected']:,} rows set aside)")
    click.echo(f"  left out:  {facts['excluded']:,} flagged accounts")
    click.echo(f"  columns:   {', '.join(facts['columns'])}")
    click.echo(f"  of accounts: {', '.join(facts['account_columns']) or 'none'}")
