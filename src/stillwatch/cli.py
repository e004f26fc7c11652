"""The command line: parses, calls the library, prints.

Exit status: 0 done (whatever was found), 2 bad input or usage with one line that says what to mend, 130 interrupted,
1 a defect in Stillwatch itself (`stillwatch --debug ...` shows the traceback). Findings go to stdout, progress and
errors to stderr. Everything heavy is imported inside the command that needs it, so that `--help` is instant.
"""

from __future__ import annotations

import importlib
import json
import math
import os
import signal
import sys
from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path
from types import FrameType

import click

from stillwatch.errors import StillwatchError

#: Commands that live with the code they drive, imported when they are asked for.
ELSEWHERE = {
    "baseline": "stillwatch.operate.commands:baseline_group",
    "decide": "stillwatch.operate.commands:decide_command",
    "provenance": "stillwatch.provenance.commands:provenance_group",
    "verify": "stillwatch.provenance.testing_commands:verify_command",
    "lab": "stillwatch.provenance.lab.commands:lab_group",
    "range": "stillwatch.range.commands:range_group",
    "workspace": "stillwatch.workspace.commands:workspace_group",
}


class LazyGroup(click.Group):
    """A group whose commands in `ELSEWHERE` are imported on first use."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names in the order in which a newcomer meets them."""
        return [*super().list_commands(ctx), *ELSEWHERE]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name, or None."""
        if cmd_name not in ELSEWHERE:
            return super().get_command(ctx, cmd_name)
        module, name = ELSEWHERE[cmd_name].split(":")
        command: click.Command = getattr(importlib.import_module(module), name)
        return command


def _a_number(_context: click.Context, _option: click.Parameter, value: float) -> float:
    # "nan" is a float to Python, and compares false with every bound.
    if math.isnan(value):
        raise click.BadParameter("is not a number between 0 and 1")
    return value


@click.group(
    cls=LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Exit status: 0 done, 2 bad input or usage, 130 interrupted, 1 a defect in Stillwatch itself.",
)
@click.version_option(package_name="stillwatch", message="%(prog)s %(version)s")
@click.option("--debug", is_flag=True, expose_value=False, help="Show the traceback of an unexpected error.")
def cli() -> None:
    """Stillwatch finds distillation campaigns in the traffic of an LLM API: many accounts that together collect a
    model's answers to train another one. It says who acts together, how much they took, what they were after, the
    evidence, and the strongest innocent explanation.

    \b
    Examples:
      stillwatch scan gateway-logs/ --accounts customers.csv --out answer
      stillwatch range build --preset demo --out world
      stillwatch provenance test --evidence evidence --key master.key --suspect models/suspect --out proof

    Prompts never leave this machine: nothing uses the network but a proxy or a suspect's server that you
    name, and the lab, which fetches its teacher once.
    """  # noqa: D205, D301 (the text of --help; \b keeps click from joining the lines)


@cli.command(short_help="Find the campaigns in a log.")
@click.argument("logs", nargs=-1, required=True, metavar="LOG...")
@click.option(
    "--out", required=True, type=click.Path(file_okay=False, path_type=Path), help="Folder to write the answer into."
)
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
    type=click.Path(path_type=Path),
    metavar="FILE.toml",
    help="Accounts that are never named, each with a reason and an expiry. They are counted all the same.",
)
@click.option(
    "--decisions",
    type=click.Path(path_type=Path),
    metavar="FILE.jsonl",
    help="What people decided on earlier groups: those dismissed come back only when something is new.",
)
@click.option(
    "--rate",
    type=click.FloatRange(0, 1, min_open=True, max_open=True),
    default=0.01,
    show_default=True,
    callback=_a_number,
    help="Error rate accepted: of the campaigns reported, the share that may be false.",
)
@click.option("--format", "log_format", metavar="NAME", help="Force the log format instead of detecting it.")
@click.option(
    "--mapping",
    type=click.Path(path_type=Path),
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
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="For --mode sketches: a file of random bytes to hash under. Without it, a key that nobody knows.",
)
@click.option(
    "--workspace",
    type=click.Path(dir_okay=False, path_type=Path),
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
def scan(
    logs: tuple[str, ...],
    out: Path,
    accounts: str | None,
    baseline: str | None,
    allow: Path | None,
    decisions: Path | None,
    rate: float,
    log_format: str | None,
    mapping: Path | None,
    engine: str,
    master: str | None,
    mode: str,
    key: Path | None,
    workspace: Path | None,
    resume: bool,
    memory: str | None,
    as_json: bool,
    quiet: bool,
) -> None:
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

    errors = Console(stderr=True)
    with StageProgress(errors) if errors.is_terminal and not quiet else nullcontext() as progress:
        result = stillwatch.scan(
            logs,
            accounts=accounts,
            baseline=baseline,
            rate=rate,
            format=log_format,
            mapping=mapping,
            allow=allow,
            decisions=decisions,
            engine=engine,
            master=master,
            mode=mode,  # type: ignore[arg-type]  # click has checked it
            key=key,
            workspace=workspace,
            resume=resume,
            memory=memory,
            out=out,
            progress=progress,
        )
    if workspace is not None and not quiet:
        kept = result.facts["workspace"]
        assert isinstance(kept, dict)
        before = f", {kept['skipped']:,} read before" if kept["skipped"] else ""
        click.echo(f"{workspace}: {kept['read']:,} files read now{before}", err=True)
    if as_json:
        click.echo((out / "scan.json").read_text(encoding="utf-8").rstrip("\n"))
    elif not quiet:
        from stillwatch.cases.summary import print_summary

        print_summary(result, Console())


@cli.command(short_help="List what is measured, and what else may explain it.")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON list instead of text.")
def signals(as_json: bool) -> None:
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


class StageProgress:
    """One bar per stage on stderr, with the rate; called by the scan with (stage, done, total or None)."""

    def __init__(self, console: object) -> None:
        from rich.console import Console
        from rich.progress import (
            BarColumn,
            Progress,
            SpinnerColumn,
            Task,
            TextColumn,
            TimeElapsedColumn,
            TimeRemainingColumn,
        )
        from rich.text import Text

        class Rate(TextColumn):
            """Items a second, in words that do not jump about."""

            def render(self, task: Task) -> Text:
                speed = task.finished_speed or task.speed
                return Text(f"{speed:,.0f}/s" if speed else "", style="progress.data.speed")

        class Share(TextColumn):
            """Per cent done, where the whole is known."""

            def render(self, task: Task) -> Text:
                return Text(f"{task.percentage:3.0f} %" if task.total else "")

        assert isinstance(console, Console)
        self._progress = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(),
            Share(""),
            TextColumn("{task.completed:,.0f}"),
            Rate(""),
            TimeElapsedColumn(),
            TextColumn("left:"),
            TimeRemainingColumn(),
            console=console,
            transient=True,
        )
        self._tasks: dict[str, int] = {}

    def __enter__(self) -> StageProgress:
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def __call__(self, stage: str, done: int, total: int | None) -> None:
        """Say that `done` of `total` items of `stage` are behind us."""
        from rich.progress import TaskID

        if stage not in self._tasks:
            self._tasks[stage] = self._progress.add_task(stage, total=total, completed=done)
        self._progress.update(TaskID(self._tasks[stage]), completed=done, total=total)


def main(args: Sequence[str] | None = None) -> None:
    """Run the command line and exit with its status."""
    sys.exit(run(list(sys.argv[1:] if args is None else args)))


def run(args: list[str]) -> int:
    """Run the command line on `args`; its exit status. Errors become one line on stderr."""
    interrupted = False

    def interrupt(_signum: int, _frame: FrameType | None) -> None:
        # Native code (DuckDB) may turn the KeyboardInterrupt into an error of its own: remember what it was.
        nonlocal interrupted
        interrupted = True
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGINT, interrupt)
    try:
        status = cli.main(args=args, prog_name="stillwatch", standalone_mode=False)
        sys.stdout.flush()
        return status if isinstance(status, int) else 0
    except (KeyboardInterrupt, click.Abort) as stopped:
        told = str(stopped) or str(stopped.__cause__ or "")
        return _fail(f"interrupted; {told}" if told else "interrupted", 130)
    except click.ClickException as error:
        context = getattr(error, "ctx", None)
        path = context.command_path if context else "stillwatch"
        return _fail(f"{error.format_message()} (see '{path} --help')", 2)
    except StillwatchError as error:
        return _fail(str(error), 2)
    except BrokenPipeError:
        # The reader (head, less) has seen enough; Python would complain once more when it closes stdout.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except SystemExit:
        return 0  # click's own answer to the same
    except OSError as error:
        return _fail(f"{error.filename}: {error.strerror}" if error.filename else str(error), 2)
    except Exception as error:
        if interrupted:
            return _fail("interrupted", 130)
        if "--debug" in args:
            raise
        name = type(error).__name__
        return _fail(f"unexpected {name}: {error}. Please report it with what `stillwatch --debug` shows", 1)
    finally:
        signal.signal(signal.SIGINT, before)


def _fail(message: str, status: int) -> int:
    line = " ".join(message.split())
    click.secho("stillwatch: ", fg="red", nl=False, err=True)
    click.echo(line, err=True)
    return status


if __name__ == "__main__":
    main()
