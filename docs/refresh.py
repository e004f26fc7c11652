"""Writes the parts of the docs that a program can write, so that they cannot drift: `make readme`.

`reference/cli.md` from the commands' own help, `reference/signals.md` from the registry of signals, and in README.md
what the demo prints. The tests compare the first two with what they would be now.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import click

from stillwatch.cli import cli

ROOT = Path(__file__).parents[1]
WIDTH = 100
START, END = "<!-- demo output: `make readme` writes it -->", "<!-- end of demo output -->"
#: What `make demo` runs; the output of the last two is shown.
DEMO = (
    "range build --preset demo --no-check --out demo/world",
    "scan demo/world/exchanges.parquet --accounts demo/world/accounts.parquet --out demo/answer",
    "range score demo/world demo/answer",
)


def _commands(command: click.Command, context: click.Context) -> Iterator[tuple[click.Command, click.Context]]:
    yield command, context
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            child = command.get_command(context, name)
            assert child is not None
            yield from _commands(child, child.context_class(child, info_name=name, parent=context))


def cli_reference() -> str:
    """The page `reference/cli.md`: the help of every command."""
    parts = ["# The command line\n\nWritten by `make readme` from the commands' own `--help`; a test keeps it so.\n"]
    for command, context in _commands(cli, click.Context(cli, info_name="stillwatch", **cli.context_settings)):
        context.terminal_width = context.max_content_width = WIDTH
        parts.append(f"## `{context.command_path} --help`\n\n```text\n{command.get_help(context).rstrip()}\n```\n")
    return "\n".join(parts)


def signals_reference() -> str:
    """The page `reference/signals.md`: the registry of signals."""
    from stillwatch.signals import registry

    parts = [
        "# Signals\n\nWritten by `make readme` from the registry that `stillwatch signals` prints; a test keeps it so."
        "\n"
        'A signal whose columns are missing from a log answers "not computable", never zero.\n'
    ]
    records = sorted(registry(), key=lambda record: (record.channel, record.name))
    for channel in dict.fromkeys(record.channel for record in records):
        parts.append(f"## {channel.capitalize()}\n")
        for record in records:
            if record.channel == channel:
                tail = "high or low" if record.direction == "both" else record.direction
                columns = ", ".join(f"`{column}`" for column in sorted(record.columns))
                parts.append(
                    f"### `{record.name}`\n\n"
                    f"{record.meaning}\n\n"
                    f"- **Measured on**: each {record.level}\n"
                    f"- **Suspicious when**: {tail}\n"
                    f"- **Reads**: {columns}\n"
                    f"- **What else may explain it**: {record.benign}\n"
                    f"- **Source**: {record.reference}\n"
                )
    return "\n".join(parts)


def demo_output() -> str:
    """What the demo prints, run in a folder of its own."""
    shown = []
    with tempfile.TemporaryDirectory() as place:
        for arguments in DEMO:
            done = subprocess.run(
                [sys.executable, "-m", "stillwatch.cli", *arguments.split()],
                cwd=place,
                env={"COLUMNS": str(WIDTH), "NO_COLOR": "1", "PATH": ""},
                check=True,
                stdout=subprocess.PIPE,
                text=True,
                encoding="utf-8",
            )
            if not arguments.startswith("range build"):
                lines = "\n".join(line.rstrip() for line in done.stdout.strip("\n").splitlines())
                shown.append(f"$ stillwatch {arguments}\n{lines}")
    return "\n\n".join(shown)


def with_demo(readme: str, output: str) -> str:
    """The text of README.md with `output` between its two marks."""
    section = f"{START}\n```text\n{output}\n```\n{END}"
    return re.sub(f"{re.escape(START)}.*?{re.escape(END)}", lambda _: section, readme, flags=re.DOTALL)


def main() -> None:
    """Write all three."""
    reference = ROOT / "docs" / "reference"
    (reference / "cli.md").write_text(cli_reference(), encoding="utf-8")
    (reference / "signals.md").write_text(signals_reference(), encoding="utf-8")
    readme = ROOT / "README.md"
    readme.write_text(with_demo(readme.read_text(encoding="utf-8"), demo_output()), encoding="utf-8")


if __name__ == "__main__":
    main()
