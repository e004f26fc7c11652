"""`stillwatch provenance mark` and `ticket`: what a machine that decodes needs."""

from __future__ import annotations

from pathlib import Path
from typing import Any, get_args

import click

from stillwatch.provenance.command_options import KEY, STORE
from stillwatch.provenance.marks.settings import MarkSettings, Scheme


@click.command(
    epilog="""\b
Examples:
  stillwatch provenance mark --evidence evidence --key master.key --epoch 2026-11 --out marks.json
  stillwatch provenance mark --evidence evidence --key master.key --epoch 2026-11 --group pool-7 --group pool-9 \\
      --scheme greenlist --strength 1 --out marks.json
  STILLWATCH_MARKS=marks.json vllm serve MODEL \\
      --logits-processors stillwatch.provenance.marks.vllm_processor:MarkProcessorV2
"""
)
@STORE
@KEY
@click.option("--epoch", required=True, help="Name of the time in which these keys mark, such as 2026-11.")
@click.option(
    "--scheme", type=click.Choice(get_args(Scheme)), default="fingerprint", show_default=True, help="Kind of mark."
)
@click.option("--strength", type=float, help="Bias of a greenlist (default 2), weight of a fingerprint (default 24).")
@click.option("--context-width", type=click.IntRange(1, 2), default=1, show_default=True, help="Tokens before a token.")
@click.option("--group-share", type=float, default=0.25, show_default=True, help="Share of positions for groups' keys.")
@click.option("--group", "groups", multiple=True, help="A group or account that gets a key of its own.")
@click.option("--out", required=True, type=click.Path(path_type=Path), help="Serving file to write; holds keys.")
def mark(
    store: Path, key_file: Path, epoch: str, scheme: Any, strength: float | None, context_width: int,
    group_share: float, groups: tuple[str, ...], out: Path,
) -> None:  # fmt: skip
    """Put an epoch's marks on record, and write the serving file that an inference engine marks with.

    The serving file holds the keys of this epoch's marks and no others: give it to the machine that decodes, and
    keep the master key away from it.
    """
    from stillwatch.provenance.keys import MasterKey
    from stillwatch.provenance.marks.planned import MarkedEpoch, record_marks
    from stillwatch.provenance.marks.positions import MarkKeys
    from stillwatch.provenance.marks.serving import Serving, write_serving
    from stillwatch.provenance.store import EvidenceStore

    settings = MarkSettings(scheme=scheme, strength=strength, context_width=context_width, group_share=group_share)
    master = MasterKey.read(key_file)
    with EvidenceStore.open(store, master, write=True) as opened:
        write_serving(out, Serving(MarkKeys.of(master.epoch(epoch)), settings))
        index = record_marks(opened, MarkedEpoch(epoch, settings, groups))
        opened.ledger.commit()
    click.echo(f"{out}: marks of {epoch}, on record as {index}")


@click.command(epilog="\b\nExample:\n  stillwatch provenance ticket --marks marks.json pool-7")
@click.option("--marks", required=True, type=click.Path(path_type=Path), help="Serving file of the epoch.")
@click.argument("group")
def ticket(marks: Path, group: str) -> None:
    """Print the ticket that marks a request for GROUP: the gateway sends it as vllm_xargs.stillwatch_group."""
    from stillwatch.provenance.marks.serving import read_serving

    click.echo(read_serving(marks).keys.ticket(group))
