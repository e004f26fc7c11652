"""`stillwatch workspace`: look into a workspace, and take an unfinished scan out of it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

_FILE = click.argument("file", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE")


@click.group("workspace")
def workspace_group() -> None:
    """Look into a workspace, where `scan --workspace` keeps what it knows from one day to the next.

    \b
    Examples:
      stillwatch scan logs/ --workspace watch.duckdb --out answer
      stillwatch workspace show watch.duckdb
      stillwatch workspace rewind watch.duckdb
    """  # noqa: D301 (\b keeps click from joining the lines)


@workspace_group.command("show")
@_FILE
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of text.")
def show(file: Path, as_json: bool) -> None:
    """Say what is in FILE: the files that it has read, and how much of them.

    \b
    Examples:
      stillwatch workspace show watch.duckdb
      stillwatch workspace show watch.duckdb --json | jq '.sources[].path'
    """  # noqa: D301 (\b keeps click from joining the lines)
    from stillwatch.workspace.store import Store

    with Store(file, read_only=True) as store:
        facts = store.facts()
    click.echo(json.dumps(facts, indent=2, ensure_ascii=False) if as_json else _text(facts))


@workspace_group.command("rewind")
@_FILE
def rewind(file: Path) -> None:
    """Forget the scan that FILE holds unfinished, and go back to the last finished one.

    For a log that turned out to be damaged or the wrong one before it was read to its end.

    \b
    Examples:
      stillwatch workspace rewind watch.duckdb
    """  # noqa: D301 (\b keeps click from joining the lines)
    from stillwatch.errors import InputError
    from stillwatch.workspace.store import Store

    if not file.exists():
        raise InputError("no such workspace", file=str(file))
    with Store(file) as store:
        if store.finished:
            click.echo(f"{file} holds no unfinished scan: nothing to forget")
            return
        store.rewind()
        click.echo(f"{file}: back to {store.state.get('rows', 0):,} exchanges of finished scans")


def _text(facts: dict[str, Any]) -> str:
    state = (
        "finished" if facts["finished"] else "unfinished: scan again with --resume, or `stillwatch workspace rewind`"
    )
    return "\n".join(
        [
            f"{facts['file']}: {facts['bytes'] / 1e6:,.1f} MB, last written {facts['checkpoint'] or 'never'}",
            f"  scan       {state}",
            f"  exchanges  {facts['exchanges']:,} of {facts['accounts']:,} accounts",
            f"  set aside  {sum(facts['rejected'].values()):,}",
            f"  format     {facts['settings'].get('format', 'none yet')}",
            *(f"  {each['path']}: {each['state']}, {each['exchanges']:,} exchanges" for each in facts["sources"]),
        ]
    )
