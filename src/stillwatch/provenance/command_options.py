"""What the provenance commands share: their common options, and how they print."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

STORE = click.option(
    "--evidence",
    "store",
    required=True,
    type=click.Path(path_type=Path, file_okay=False),
    metavar="STORE",
    help="Folder of the evidence store.",
)
KEY = click.option(
    "--key",
    "key_file",
    required=True,
    envvar="STILLWATCH_KEY",
    show_envvar=True,
    type=click.Path(path_type=Path),
    help="File with the master key.",
)
JSON = click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")


def say(facts: Any, as_json: bool, text: Callable[[], str]) -> None:
    """Print the facts as JSON, or as text."""
    click.echo(json.dumps(facts, sort_keys=True) if as_json else text())
