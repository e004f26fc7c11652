"""The command line: parses, calls the library, prints.

Exit status: 0 done (whatever was found), 2 bad input or usage with one line that says what to mend, 130 interrupted,
1 a defect in Stillwatch itself (`stillwatch --debug ...` shows the traceback). Findings go to stdout, progress and
errors to stderr. Everything heavy is imported inside the command that needs it, so that `--help` is instant.
"""

from __future__ import annotations

import importlib
import os
import signal
import sys
from collections.abc import Sequence
from types import FrameType

import click

from stillwatch.errors import StillwatchError

#: Where each command is, in the order in which a newcomer meets them: with the code that it drives.
COMMANDS = {
    "scan": "stillwatch.commands:scan_command",
    "show": "stillwatch.commands:show_command",
    "signals": "stillwatch.commands:signals_command",
    "baseline": "stillwatch.operate.commands:baseline_group",
    "decide": "stillwatch.operate.commands:decide_command",
    "provenance": "stillwatch.provenance.commands:provenance_group",
    "verify": "stillwatch.provenance.testing_commands:verify_command",
    "lab": "stillwatch.provenance.lab.commands:lab_group",
    "range": "stillwatch.range.commands:range_group",
    "workspace": "stillwatch.workspace.commands:workspace_group",
}


class LazyGroup(click.Group):
    """A group whose commands are imported when they are asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 (click's signature)
        """Their names."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """The command of that name, or None."""
        if cmd_name not in COMMANDS:
            return None
        module, name = COMMANDS[cmd_name].split(":")
        command: click.Command = getattr(importlib.import_module(module), name)
        return command


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
        told = [said for said in (str(stopped) or str(stopped.__cause__ or ""), *_notes(stopped)) if said]
        return _fail("; ".join(["interrupted", *told]), 130)
    except click.ClickException as error:
        if isinstance(error, getattr(click.exceptions, "NoArgsIsHelpError", ())):  # from click 8.2 on
            click.echo(error.format_message(), err=True)
            return 2
        context = getattr(error, "ctx", None)
        path = context.command_path if context else "stillwatch"
        return _fail(f"{error.format_message()} (see '{path} --help')", 2)
    except StillwatchError as error:
        return _fail("; ".join([str(error), *_notes(error)]), 2)
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


def _notes(error: BaseException) -> list[str]:
    """What was added to an error on its way (PEP 678)."""
    return list(getattr(error, "__notes__", ()))


def _fail(message: str, status: int) -> int:
    line = " ".join(message.split())
    click.secho("stillwatch: ", fg="red", nl=False, err=True)
    click.echo(line, err=True)
    return status


if __name__ == "__main__":
    main()
