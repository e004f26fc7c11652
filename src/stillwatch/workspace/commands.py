"""`stillwatch workspace`: what a workspace holds."""

from __future__ import annotations

import json
from pathlib import Path

import click


@click.group("workspace", short_help="See what a workspace keeps.")
def workspace_group() -> None:
    """A workspace keeps the profiles of the logs that `stillwatch scan --workspace` has read."""


@workspace_group.command("show")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print a JSON list instead of a table.")
def show(file: Path, as_json: bool) -> None:
    """List the scans whose logs the workspace FILE keeps.

    \b
    Examples:
      stillwatch workspace show traffic.workspace
      stillwatch workspace show traffic.workspace --json | jq '.[].exchanges'
    """  # noqa: D301 (\b keeps click from joining the lines)
    from rich.console import Console
    from rich.table import Table

    from stillwatch.workspace import describe

    days = describe(file)
    if as_json:
        click.echo(json.dumps(days, indent=2, ensure_ascii=False))
        return
    table = Table("scan", "started", "files", "exchanges", "rejected", "state")
    for day in days:
        files = day["files"]
        named = ", ".join(files[:2]) + (f" and {len(files) - 2:,} more" if len(files) > 2 else "")
        state = "read" if day["finished"] else "stopped: go on with --resume"
        counts = f"{day['exchanges']:,}", f"{day['rejected']:,}"
        table.add_row(str(day["day"]), day["started"], named, *counts, state)
    Console().print(table)
