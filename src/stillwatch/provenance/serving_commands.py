"""The commands of whoever serves: keys, stores, the proxy, logs."""

from __future__ import annotations

import logging
import sys
from pathlib import Path

import click

from stillwatch.errors import UsageError
from stillwatch.extras import require
from stillwatch.provenance.command_options import JSON, KEY, STORE, say


@click.command(epilog="\b\nExample:\n  stillwatch provenance keygen master.key")
@click.argument("file", type=click.Path(path_type=Path))
def keygen(file: Path) -> None:
    """Make a master key in FILE, which only you can read.

    Keep a copy offline: without it no evidence can be opened and no test run. Whoever has it can read twins and forge
    marks.
    """
    from stillwatch.provenance.keys import MasterKey

    key = MasterKey.generate()
    key.write(file)
    click.echo(f"{file}: master key {key.commitment()[:12]}. Keep a copy offline.")


@click.command(
    epilog="\b\nExample:\n  stillwatch provenance init --evidence evidence --key master.key --name example.com/evidence"
)
@STORE
@KEY
@click.option("--name", default="stillwatch", show_default=True, help="Name of the ledger: a host of yours and a path.")
def init(store: Path, key_file: Path, name: str) -> None:
    """Make an empty evidence store, encrypted under the key, and print its verifier key for you to publish."""
    from stillwatch.provenance.keys import MasterKey
    from stillwatch.provenance.store import EvidenceStore

    with EvidenceStore.create(store, MasterKey.read(key_file), name=name) as made:
        click.echo(made.ledger.verifier)


@click.command(
    epilog="""\b
Examples:
  # two of a hundred requests, from anybody
  stillwatch provenance proxy --evidence evidence --key master.key --upstream http://localhost:8000 --share 0.02
  # all requests of accounts that a scan flagged; a gateway in front says which account it is
  stillwatch provenance proxy --evidence evidence --key master.key --upstream http://localhost:8000 \\
      --flagged answer/accounts.parquet --account-header X-Account
"""
)
@STORE
@KEY
@click.option("--upstream", required=True, metavar="URL", help="OpenAI-compatible server to stand in front of.")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen at.")
@click.option("--port", type=click.IntRange(0, 65535), default=8080, show_default=True, help="Port to listen at.")
@click.option(
    "--share", type=click.FloatRange(0, 1), default=0.01, show_default=True, help="Share of all requests with a twin."
)
@click.option(
    "--flagged", type=click.Path(path_type=Path), help="Accounts to watch: one a line, or a scan's accounts.parquet."
)
@click.option(
    "--flagged-share", type=click.FloatRange(0, 1), default=1.0, show_default=True, help="Share of their requests."
)
@click.option("--account-header", metavar="NAME", help="Header with the account; clients must not be able to set it.")
@click.option(
    "--log-probabilities/--no-log-probabilities",
    "ask",
    default=True,
    show_default=True,
    help="Ask the upstream for them: exact token counts, and a stronger test.",
)
def proxy(
    store: Path,
    key_file: Path,
    upstream: str,
    host: str,
    port: int,
    share: float,
    flagged: Path | None,
    flagged_share: float,
    account_header: str | None,
    ask: bool,
) -> None:
    """Stand in front of a model server and keep twins: two answers are made, one is served, both are sealed.

    Clients see nothing of it. The store is held while the proxy runs; give a test a store of its own, or stop first.
    """
    for module in ("starlette", "httpx"):
        require(module, feature="the recording proxy", extra="provenance")
    uvicorn = require("uvicorn", feature="the recording proxy", extra="provenance")
    from stillwatch.provenance.keys import MasterKey
    from stillwatch.provenance.store import EvidenceStore
    from stillwatch.provenance.twins.collect import TwinRecorder
    from stillwatch.provenance.twins.policy import TwinPolicy, read_flagged
    from stillwatch.provenance.twins.proxy import RecordingProxy

    if not upstream.startswith(("http://", "https://")):
        raise UsageError(f"{upstream}: not an address; write it with http:// or https://")
    policy = TwinPolicy(
        share=share, flagged_share=flagged_share, flagged=read_flagged(flagged) if flagged else frozenset()
    )
    master = MasterKey.read(key_file)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(message)s", stream=sys.stderr)
    # The client library logs every address that it calls; that is the upstream's log's affair.
    logging.getLogger("httpx").setLevel(logging.WARNING)
    with EvidenceStore.open(store, master, write=True) as opened:
        recorder = TwinRecorder(opened, master, policy)
        app = RecordingProxy(
            upstream,
            recorder,
            master.purpose("accounts"),
            account_header=account_header,
            ask_log_probabilities=ask,
        ).app
        click.echo(f"listening at http://{host}:{port}, in front of {upstream}", err=True)
        uvicorn.run(app, host=host, port=port, log_level="warning", access_log=False)
        click.echo(f"kept {recorder.counts['kept']} twins", err=True)


@click.command(
    epilog="\b\nExample:\n  stillwatch provenance collect --evidence evidence --key master.key gateway-log.jsonl.gz"
)
@STORE
@KEY
@click.argument("logs", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="LOG...")
@click.option("--accept-order", is_flag=True, help="Also take pairs that no keyed coin decided.")
@JSON
def collect(store: Path, key_file: Path, logs: tuple[Path, ...], accept_order: bool, as_json: bool) -> None:
    """Keep the twins of a gateway that generates two choices itself, from its log.

    JSON lines with id, time, account, messages (or prompt), choices (two texts in the engine's order), served (0 or 1),
    and coin "keyed" where the key decided.
    """
    from stillwatch.provenance.keys import MasterKey
    from stillwatch.provenance.store import EvidenceStore
    from stillwatch.provenance.twins.collect import TwinRecorder
    from stillwatch.provenance.twins.offline import collect_log
    from stillwatch.provenance.twins.policy import TwinPolicy

    master = MasterKey.read(key_file)
    total: dict[str, int] = {}
    with EvidenceStore.open(store, master, write=True) as opened:
        recorder = TwinRecorder(opened, master, TwinPolicy())
        for path in logs:
            for outcome, count in collect_log(recorder, master, path, accept_order=accept_order).items():
                total[outcome] = total.get(outcome, 0) + count
    say(total, as_json, lambda: ", ".join(f"{count} {outcome}" for outcome, count in total.items()))


@click.command(epilog="\b\nExample:\n  stillwatch provenance status --evidence evidence --key master.key")
@STORE
@KEY
@JSON
def status(store: Path, key_file: Path, as_json: bool) -> None:
    """Open every record of a store, and say what it holds."""
    from stillwatch.provenance.keys import MasterKey
    from stillwatch.provenance.store import EvidenceStore
    from stillwatch.provenance.twins.collect import read_twins

    master = MasterKey.read(key_file)
    opened = EvidenceStore.open(store, master)
    for index in range(len(opened.ledger)):
        opened.ledger.read(index)
    twins = list(read_twins(opened, master))
    facts = {
        "records": opened.counts(),
        "signed": opened.ledger.checkpoint.size,
        "verifier": str(opened.ledger.verifier),
        "accounts_with_twins": len({twin.account for twin in twins}),
        "epochs": sorted({twin.epoch for twin in twins}),
    }
    say(facts, as_json, lambda: "\n".join(f"{name}: {value}" for name, value in facts.items()))


@click.command(
    "redact", epilog="\b\nExample:\n  stillwatch provenance redact --evidence evidence --key master.key 17 prompt texts"
)
@STORE
@KEY
@click.argument("record", type=click.IntRange(0))
@click.argument("fields", nargs=-1, required=True)
def redact_command(store: Path, key_file: Path, record: int, fields: tuple[str, ...]) -> None:
    """Erase FIELDS of one record for good, such as the texts of a customer who asks for it. Every proof stays valid."""
    from stillwatch.provenance.keys import MasterKey
    from stillwatch.provenance.store import EvidenceStore

    with EvidenceStore.open(store, MasterKey.read(key_file), write=True) as opened:
        opened.ledger.redact(record, *fields)
    click.echo(f"record {record}: {', '.join(fields)} erased")
