"""`stillwatch range`: build worlds and score answers."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from stillwatch.errors import MissingExtraError, UsageError
from stillwatch.range.build import build_world, note_cheap_wins
from stillwatch.range.cheapwin import LIMIT, CheapWins, cheap_win_check
from stillwatch.range.registry import BENIGN, CAMPAIGNS, BenignKind, CampaignKind, load_kinds
from stillwatch.range.score import Score, score_answer
from stillwatch.range.spec import PRESETS, WorldSpec
from stillwatch.range.stream import STREAM_PRESETS, StreamSpec, stream_world

_BUILD_EPILOG = """\b
Examples:
  # ten seconds, no data needed
  stillwatch range build --preset demo --out world
  # 7,000 accounts, 14 campaigns, from public prompts
  stillwatch range build --prompts data --out world
  # innocent look-alikes only
  stillwatch range build --preset quiet --prompts data --out quiet
  # one campaign of 5,000 accounts at four requests each, one of 500 at 5.6 a day
  stillwatch range build --preset faint --prompts data --out faint
  # everything but what is to be held out
  stillwatch range build --prompts data --without-campaign hydra --without-source math_word --out train
  # attackers are 1 %, share nothing and reword every request
  stillwatch range build --prompts data --attacker-share 0.01 --reuse 0 --paraphrase 1 --out hard
"""


@click.group("range")
def range_group() -> None:
    """Build labelled worlds to practise on, and score answers about them."""


@range_group.command("build", epilog=_BUILD_EPILOG)
@click.option(
    "--out", required=True, type=click.Path(path_type=Path, file_okay=False), help="Folder to write the world to."
)
@click.option(
    "--prompts",
    type=click.Path(path_type=Path),
    help="Folder with prompts/*.jsonl.gz and, optionally, traces/ "
    "and infra/. Without it the range writes its own prompts.",
)
@click.option("--preset", type=click.Choice(PRESETS), default="standard", show_default=True, help="What to start from.")
@click.option("--seed", type=int, help="Another seed is another world: other wording, other people.")
@click.option("--accounts", type=int, help="Accounts in all.")
@click.option("--exchanges", type=int, help="Requests in all, about.")
@click.option("--days", type=int, help="Days covered.")
@click.option("--attacker-share", type=float, help="Share of accounts that belong to campaigns, 0 to 1.")
@click.option("--rate", type=float, help="Scales the requests per campaign account.")
@click.option("--paraphrase", type=float, help="Share of campaign requests whose frame is reworded, 0 to 1.")
@click.option("--reuse", type=float, help="How far campaigns reuse cards, addresses, clients and sign-up days, 0 to 1.")
@click.option("--overlap", type=float, help="Share of work items handed out twice on purpose, 0 to 1.")
@click.option(
    "--camouflage", type=float, help="Share of innocent requests among those of every campaign account, 0 to 1."
)
@click.option("--foreign", type=float, help="Share of campaign requests framed in other languages, 0 to 1.")
@click.option("--jitter", type=float, help="Hours by which campaign accounts move the sessions that they imitate.")
@click.option("--size", "sizes", multiple=True, metavar="KIND=N", help="Accounts of one kind of campaign.")
@click.option("--requests", "per_account", multiple=True, metavar="KIND=N", help="Requests per account of one kind.")
@click.option("--campaign", "campaign_kinds", multiple=True, help="Only this kind of campaign (may be repeated).")
@click.option("--benign", "benign_kinds", multiple=True, help="Only this benign kind (may be repeated).")
@click.option("--source", "sources", multiple=True, help="Only this prompt set (may be repeated).")
@click.option("--without-campaign", "without_campaigns", multiple=True, help="Not this kind of campaign (repeatable).")
@click.option("--without-benign", "without_benign", multiple=True, help="Not this benign kind (may be repeated).")
@click.option("--without-source", "without_sources", multiple=True, help="Not this prompt set (may be repeated).")
@click.option(
    "--check/--no-check",
    default=True,
    show_default=True,
    help="Check that metadata and shared cards or addresses alone do not win (needs scikit-learn).",
)
@click.option("--json", "as_json", is_flag=True, help="Print world.json instead of a table.")
def build_command(out: Path, prompts: Path | None, preset: str, check: bool, as_json: bool, **knobs: object) -> None:
    """Build a labelled world: exchanges, accounts and labels as Parquet, and world.json."""
    given = {name: value for name, value in knobs.items() if value != ()}
    for name, number in (("sizes", int), ("per_account", float)):
        if name in given:
            given[name] = _numbers(given[name], number)  # type: ignore[arg-type]
    spec = WorldSpec.of(preset, **given)
    err = Console(stderr=True)
    wins: CheapWins | None = None
    with _progress(err) as bar:
        task = bar.add_task("starting", total=1.0)
        build_world(spec, out, prompts, lambda what, share: bar.update(task, description=what, completed=0.9 * share))
        if check:
            bar.update(task, description="checking for cheap wins")
            try:
                wins = cheap_win_check(out)
                note_cheap_wins(out, wins)
            except MissingExtraError as cause:
                err.print(f"not checked for cheap wins: {cause}")
    facts = json.loads((out / "world.json").read_text(encoding="utf-8"))
    if as_json:
        click.echo(json.dumps(facts, sort_keys=True))
    else:
        _print_world(Console(), facts, wins)


def _numbers(pairs: Sequence[str], number: type[int] | type[float]) -> dict[str, float]:
    """KIND=N as a mapping."""
    found = {}
    for pair in pairs:
        kind, _, value = pair.partition("=")
        try:
            found[kind] = number(value)
        except ValueError as cause:
            raise UsageError(f"'{pair}' is not KIND=N, as in spike=5000") from cause
    return found


@range_group.command(
    "stream",
    epilog="\b\nExamples:\n  # a hundredth of the headline campaign: 640,000 exchanges of 4,240 accounts\n"
    "  stillwatch range stream --scale 0.01 --prompts data --out small\n"
    "  # 16 M exchanges of 24,000 accounts in three campaigns among 48 M of 400,000 customers\n"
    "  stillwatch range stream --prompts data --out headline\n"
    "  # a million accounts\n"
    "  stillwatch range stream --accounts 1000000 --exchanges 100000000 --prompts data --out large",
)
@click.option(
    "--out", required=True, type=click.Path(path_type=Path, file_okay=False), help="Folder to write the world to."
)
@click.option("--prompts", type=click.Path(path_type=Path), help="Folder with public prompts, as for `range build`.")
@click.option("--preset", type=click.Choice(STREAM_PRESETS), default="headline", show_default=True)
@click.option("--scale", type=float, default=1.0, show_default=True, help="Scales accounts and exchanges.")
@click.option("--accounts", type=int, help="Accounts in all, instead of those of the scale.")
@click.option("--exchanges", type=int, help="Requests in all, about, instead of those of the scale.")
@click.option("--days", type=int, default=14, show_default=True, help="Days covered.")
@click.option("--seed", type=int, default=1, show_default=True, help="Another seed is another world.")
@click.option("--check/--no-check", default=False, help="Check for cheap wins, in memory: for small scales.")
@click.option("--threads", type=click.IntRange(1), default=2, show_default=True, help="Slices made at the same time.")
@click.option("--json", "as_json", is_flag=True, help="Print world.json instead of a line.")
def stream_command(out: Path, prompts: Path | None, check: bool, threads: int, as_json: bool, **knobs: Any) -> None:
    """Stream a labelled world of up to 100 million exchanges to Parquet, with memory bounded by accounts."""
    spec = StreamSpec.of(knobs.pop("preset"), **knobs)
    began = time.monotonic()
    with _progress(Console(stderr=True)) as bar:
        task = bar.add_task("starting", total=1.0)

        def tell(what: str, share: float, rows: int) -> None:
            rate = f" {rows / (time.monotonic() - began):,.0f}/s" if rows else ""
            bar.update(task, description=what + rate, completed=share)

        stream_world(spec, out, prompts, tell, threads=threads)
    seconds = time.monotonic() - began
    wins = cheap_win_check(out) if check else None
    if wins is not None:
        note_cheap_wins(out, wins)
    facts = json.loads((out / "world.json").read_text(encoding="utf-8"))
    if as_json:
        click.echo(json.dumps(facts, sort_keys=True))
    else:
        Console().print(
            f"{facts['exchanges']:,} exchanges of {facts['accounts']:,} accounts, "
            f"{facts['attackers']:,} of them attackers, at {facts['exchanges'] / seconds:,.0f}/s"
        )
        _print_wins(Console(), wins)


def _progress(console: Console) -> Progress:
    return Progress(
        TextColumn("{task.description:<28}"),
        BarColumn(),
        TimeElapsedColumn(),
        console=console,
        transient=True,
        disable=not sys.stderr.isatty(),
    )


@range_group.command(
    "score",
    epilog="\b\nExample:\n  stillwatch scan world/exchanges.parquet --accounts world/accounts.parquet "
    "--out answer\n  stillwatch range score world answer",
)
@click.argument("world", type=click.Path(path_type=Path))
@click.argument("answer", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.option("--seed", type=int, default=0, show_default=True, help="Breaks ties of the ranking score.")
def score_command(world: Path, answer: Path, as_json: bool, seed: int) -> None:
    """Score what a scan wrote in ANSWER against the labels of WORLD.

    Only flagged members of a campaign that is mostly guilty count as found.
    """
    score = score_answer(world, answer, seed)
    if as_json:
        click.echo(json.dumps(score.as_dict(), sort_keys=True))
    else:
        _print_score(Console(), score)


@range_group.command("kinds")
def kinds_command() -> None:
    """List the kinds of customers and campaigns that a world can hold."""
    load_kinds()
    console = Console()
    usual = {name: kind for name, kind in CAMPAIGNS.items() if not kind.adaptive}
    adaptive = {name: kind for name, kind in CAMPAIGNS.items() if kind.adaptive}
    tables: tuple[tuple[str, Mapping[str, BenignKind | CampaignKind]], ...] = (
        ("benign kinds", BENIGN),
        ("campaign kinds", usual),
        ("campaign kinds that adapt (preset adaptive, or by name)", adaptive),
    )
    for title, kinds in tables:
        table = Table("kind", "requests per account", "what it is", title=title, title_justify="left")
        for name in sorted(kinds):
            table.add_row(name, f"{kinds[name].per_account:g}", kinds[name].meaning)
        console.print(table)


def _print_world(console: Console, facts: dict[str, object], wins: CheapWins | None) -> None:
    console.print(
        f"{facts['exchanges']:,} exchanges of {facts['accounts']:,} accounts, {facts['attackers']:,} of them attackers"
    )
    for what in ("campaigns", "benign"):
        counts = facts[what]
        assert isinstance(counts, dict)
        if counts:
            table = Table(what, "accounts")
            for name, count in counts.items():
                table.add_row(str(name), f"{count:,}")
            console.print(table)
    _print_wins(console, wins)


def _print_wins(console: Console, wins: CheapWins | None) -> None:
    if wins is None:
        return
    if wins.auc:
        table = Table("metadata alone, kind held out", "AUC", title=f"must stay below {LIMIT}", title_justify="left")
        for name, value in wins.auc.items():
            table.add_row(name, f"{value:.3f}")
        console.print(table)
    console.print(
        f"shared card or address, hubs removed: {wins.union_find_fpr:.1%} of the innocent accused, "
        f"{wins.union_find_recall:.1%} of attackers found"
    )


def _print_score(console: Console, score: Score) -> None:
    table = Table("figure", "value")
    for name in ("precision", "recall", "fpr", "worst_kind_fpr", "mean_campaign_recall", "average_precision", "auc"):
        table.add_row(name, f"{getattr(score, name):.4f}")
    for name in ("campaigns", "true_campaigns", "campaigns_recovered", "false_campaigns"):
        table.add_row(name, str(getattr(score, name)))
    console.print(table)
    if score.per_campaign:
        table = Table("campaign", "accounts", "recall", "found as", "purity", "completeness")
        for one in score.per_campaign:
            table.add_row(
                one.campaign,
                str(one.accounts),
                f"{one.recall:.3f}",
                one.match or "-",
                f"{one.purity:.3f}",
                f"{one.completeness:.3f}",
            )
        console.print(table)
    table = Table("benign kind", "flagged")
    for kind, value in sorted(score.fpr_by_kind.items(), key=lambda pair: -pair[1]):
        table.add_row(kind, f"{value:.2%}")
    console.print(table)
