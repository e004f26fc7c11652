"""`stillwatch scan`, `show` and `signals`: the main job, its answer again, and what it measures."""

from __future__ import annotations

import json
import math
from collections import Counter
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import click

from stillwatch.errors import StillwatchError


def _a_number(_context: click.Context, _option: click.Parameter, value: float) -> float:
    # "nan" is a float to Python, and compares false with every bound.
    if math.isnan(value):
        raise click.BadParameter("is not a number between 0 and 1")
    return value


class ErrorRate(click.FloatRange):
    """A share, which errors call so."""

    name = "number between 0 and 1"


class OnceCommand(click.Command):
    """A command each of whose files is named once: of two, click would drop the first without a word."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Refuse a file that is named again."""
        _, _, given = self.make_parser(ctx).parse_args(args=list(args))
        for name, times in Counter(given).items():
            if times > 1 and isinstance(name, click.Option) and isinstance(name.type, click.Path):
                raise click.UsageError(f"{name.opts[0]} was given {times} times; it takes one", ctx)
        return super().parse_args(ctx, args)


@click.command("scan", cls=OnceCommand, short_help="Find the campaigns in a log.")
@click.argument("logs", nargs=-1, required=True, metavar="LOG...")
@click.option("--out", required=True, type=click.Path(file_okay=False), help="Folder to write the answer into.")
@click.option(
    "--accounts",
    type=click.Path(),
    metavar="FILE",
    help="Account table from the customer database: sign-up, payment token, plan. Strengthens the answer.",
)
@click.option(
    "--baseline",
    type=click.Path(),
    metavar="PATH",
    help="Earlier traffic to compare with: a file of `stillwatch baseline build`, or logs. Without it the baseline is "
    "estimated robustly from the log itself.",
)
@click.option(
    "--allow",
    type=click.Path(),
    metavar="FILE.toml",
    help="Accounts that are never named, each with a reason and an expiry. They are counted all the same.",
)
@click.option(
    "--decisions",
    type=click.Path(),
    metavar="FILE.jsonl",
    help="What people decided on earlier groups: those dismissed come back only when something is new.",
)
@click.option(
    "--rate",
    type=ErrorRate(0, 1, min_open=True, max_open=True),
    default=0.01,
    show_default=True,
    callback=_a_number,
    help="Error rate accepted: of the campaigns reported, the share that may be false.",
)
@click.option("--format", metavar="NAME", help="Force the log format instead of detecting it.")
@click.option(
    "--mapping",
    type=click.Path(),
    metavar="FILE.toml",
    help="Column names of a log of your own. See docs/how-to/read-another-log.md.",
)
@click.option(
    "--engine",
    type=click.Choice(["local", "spark"]),
    default="local",
    show_default=True,
    help="Where to run: this machine, or a Spark cluster, whose tables or Parquet LOG, --accounts and --baseline name.",
)
@click.option("--master", metavar="URL", help="The Spark cluster, where no spark-submit or settings say it.")
@click.option(
    "--mode",
    type=click.Choice(["full", "sketches", "metadata"]),
    default="full",
    show_default=True,
    help="What to keep of prompts: the few that evidence needs; keyed hashes and no text; or nothing, not even read.",
)
@click.option(
    "--key",
    type=click.Path(),
    metavar="FILE",
    help="For --mode sketches: a file of random bytes to hash under. Without it, a key that nobody knows.",
)
@click.option(
    "--workspace",
    type=click.Path(dir_okay=False),
    metavar="FILE.duckdb",
    help="Keep what is known in this file: files that it has read are not read again, and the answer is about all.",
)
@click.option("--resume", is_flag=True, help="Go on with a scan of the workspace that was interrupted.")
@click.option(
    "--memory",
    metavar="SIZE",
    help="What accounts' profiles may take of the memory, e.g. 4GB; beyond it they lie in a temporary file. "
    "[default: half of the machine's]",
)
@click.option("--json", "as_json", is_flag=True, help="Print scan.json on stdout instead of the summary.")
@click.option("--quiet", is_flag=True, help="No progress and no summary: only files and errors.")
def scan_command(out: str, workspace: str | None, as_json: bool, quiet: bool, **options: Any) -> None:
    """Find the campaigns in LOG...: files, folders or globs of Parquet, JSONL or CSV, also .gz and .zst.

    \b
    Examples:
      stillwatch scan exchanges.parquet --out answer
      stillwatch scan 'logs/2026-05-*.jsonl.gz' --accounts customers.csv --out answer
      stillwatch scan today.parquet --baseline october.baseline --rate 0.001 --out answer
      stillwatch scan today.parquet --allow allow.toml --decisions decisions.jsonl --out answer
      stillwatch scan export.csv --mapping columns.toml --out answer
      stillwatch scan logs/ --workspace watch.duckdb --out answer
      stillwatch scan logs/ --out answer --json | jq .counts
      stillwatch scan gateway.exchanges --engine spark --master yarn --out answer

    \b
    Writes into the folder given by --out:
      report.html        one self-contained page for a person
      campaigns.parquet  one row per campaign, with its evidence
      accounts.parquet   one row per account, with its p-value
      scan.json          version, settings, baseline, timings, counts, rejected rows by cause
      rejected.jsonl     the rows that could not be read, each with its cause
    """  # noqa: D301 (\b keeps click from joining the lines)
    from rich.console import Console

    import stillwatch
    from stillwatch.progress import StageProgress

    errors = Console(stderr=True)
    earlier = (Path(out) / "scan.json").is_file()
    try:
        with StageProgress(errors) if errors.is_terminal and not quiet else nullcontext() as progress:
            result = stillwatch.scan(**options, workspace=workspace, out=out, progress=progress)
    except (StillwatchError, KeyboardInterrupt) as error:
        if earlier:
            error.add_note(f"the answer in {out} is of an earlier scan")
        raise
    if workspace is not None and not quiet:
        kept = result.facts["workspace"]
        assert isinstance(kept, dict)
        before = f", {kept['skipped']:,} read before" if kept["skipped"] else ""
        click.echo(f"{workspace}: {kept['read']:,} files read now{before}", err=True)
    if as_json:
        click.echo((Path(out) / "scan.json").read_text(encoding="utf-8").rstrip("\n"))
    elif not quiet:
        from stillwatch.cases.summary import print_summary

        print_summary(result, Console())


@click.command("show", short_help="Look at an answer again, or at one campaign of it.")
@click.argument("answer", type=click.Path(path_type=Path), metavar="DIR")
@click.argument("campaign", required=False)
@click.option("--account", metavar="NAME", help="What the answer says of one account.")
@click.option("--accounts", "names", is_flag=True, help="Print the names of the accounts alone, one a line.")
@click.option("--most", type=click.IntRange(0), default=20, show_default=True, help="Accounts shown of a campaign.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of text, with every account.")
def show_command(
    answer: Path, campaign: str | None, account: str | None, names: bool, most: int, as_json: bool
) -> None:
    """Show the campaigns of the answer that a scan wrote into DIR, or all that it says of one CAMPAIGN.

    The beginning of a campaign's identifier will do. Without CAMPAIGN, --accounts lists those of all campaigns.

    \b
    Examples:
      stillwatch show answer
      stillwatch show answer c-1a2b
      stillwatch show answer c-1a2b --accounts > to-review.txt
      stillwatch show answer --account acct_7f3e
      stillwatch show answer c-1a2b --json | jq '.members[] | select(.membership > 0.99) | .account'
    """  # noqa: D301 (\b keeps click from joining the lines)
    from rich.console import Console

    from stillwatch.cases import show

    if names and as_json:
        raise click.UsageError("say either --accounts or --json")
    if account is not None:
        if names or campaign is not None:
            raise click.UsageError("--account asks about one account: name no campaign beside it, nor --accounts")
        row = show.account_of(answer, account)
        if as_json:
            click.echo(show.as_json(row))
        else:
            show.print_account(row, Console())
        return
    rows = show.campaigns_of(answer) if campaign is None else [show.campaign_of(answer, campaign)]
    if campaign is None and not names:
        if as_json:
            click.echo(show.as_json(rows))
        else:
            show.print_campaigns(rows, Console())
        return
    members = [show.members_of(answer, row["campaign"]) for row in rows]
    if names:
        for member in (one for own in members for one in own):
            click.echo(member["account"])
    elif as_json:
        told = rows[0] | {"members": members[0]}
        click.echo(show.as_json(told))
    else:
        show.print_campaign(rows[0], members[0], Console(), most)


@click.command("signals", short_help="List what is measured, and what else may explain it.")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON list instead of text.")
def signals_command(as_json: bool) -> None:
    """List the signals: what each measures, the columns it needs and what else may explain it.

    \b
    Examples:
      stillwatch signals
      stillwatch signals --json | jq -r '.[].name'
    """  # noqa: D301 (\b keeps click from joining the lines)
    from stillwatch.signals import registry

    keys = ("name", "channel", "level", "direction", "meaning", "benign", "reference")
    rows = [{key: getattr(signal, key) for key in keys} | {"columns": sorted(signal.columns)} for signal in registry()]
    rows.sort(key=lambda row: (row["channel"], row["name"]))
    if as_json:
        click.echo(json.dumps(rows, indent=2, ensure_ascii=False))
        return
    channel = None
    for row in rows:
        if row["channel"] != channel:
            channel = row["channel"]
            click.secho(channel, bold=True)
        click.echo(f"  {row['name']}: {row['meaning']}")
        tail = "high or low" if row["direction"] == "both" else row["direction"]
        click.echo(f"    measured on: each {row['level']}; suspicious when {tail}")
        click.echo(f"    columns: {', '.join(row['columns'])}")
        click.echo(f"    benign: {row['benign']}")
        click.echo(f"    reference: {row['reference']}")
