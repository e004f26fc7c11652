"""`stillwatch provenance`: prepare while serving, test a suspect, export the proof."""

from __future__ import annotations

import click

from stillwatch.provenance import serving_commands as serving
from stillwatch.provenance import testing_commands as testing
from stillwatch.provenance.marks import commands as marks


@click.group("provenance")
def provenance_group() -> None:
    """Prove that a suspect model was trained on the outputs you served: prepare, collect, test.

    \b
    In order:
      stillwatch provenance keygen master.key
      stillwatch provenance init --evidence evidence --key master.key --name example.com/evidence
      stillwatch provenance proxy --evidence evidence --key master.key --upstream http://localhost:8000
      stillwatch provenance test --evidence evidence --key master.key --suspect models/suspect --out answer
      stillwatch verify answer/bundle.json
    """  # noqa: D301 (\b keeps click from joining the lines)


for command in (
    serving.keygen,
    serving.init,
    serving.proxy,
    serving.collect,
    serving.status,
    serving.redact_command,
    marks.mark,
    marks.ticket,
    testing.tests_command,
    testing.test_command,
    testing.bundle_command,
):
    provenance_group.add_command(command)
