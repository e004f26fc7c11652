"""The main job: logs in, campaigns out, as objects and as files."""

from __future__ import annotations

import time
from collections.abc import Collection
from pathlib import Path
from typing import Any

from stillwatch.campaigns.analyse import analyse
from stillwatch.campaigns.model import ScanResult
from stillwatch.engines.choose import choose_engine
from stillwatch.errors import UsageError
from stillwatch.exchange import moment
from stillwatch.facts import compare, gather_facts
from stillwatch.memory import paused_collector
from stillwatch.operate.baseline import open_reference
from stillwatch.operate.control import Control
from stillwatch.output import make_folder, write_result
from stillwatch.progress import Progress
from stillwatch.settings import Mode, Paths, Settings, listed, named
from stillwatch.workspace import read_into


def scan(
    logs: Paths,
    *,
    accounts: str | Path | Any | None = None,
    baseline: Paths | None = None,
    rate: float = 0.01,
    format: str | None = None,  # noqa: A002 (the word that users know)
    mapping: str | Path | None = None,
    channels: Collection[str] | None = None,
    allow: str | Path | None = None,
    decisions: str | Path | None = None,
    engine: str = "local",
    master: str | None = None,
    mode: Mode = "full",
    key: str | Path | None = None,
    workspace: str | Path | None = None,
    resume: bool = False,
    memory: str | None = None,
    out: str | Path | None = None,
    progress: Progress | None = None,
) -> ScanResult:
    """Find the distillation campaigns in a log.

    Args:
        logs: Files, folders or globs (Parquet, JSONL, CSV; plain, gzip or zstd).
        accounts: The account table (schema in `stillwatch.exchange`). Strengthens the answer, never needed.
        baseline: Earlier traffic to compare with, as a saved baseline or as logs; without it, the log itself serves,
            outside its candidates.
        rate: False discovery rate over the groups tested, each against all its benign explanations.
        format: A log format's name; detected otherwise.
        mapping: A TOML file that names the columns of a log of another make.
        channels: The only channels to use (`stillwatch.signals.CHANNELS`); all of them otherwise.
        allow: An allow-list (TOML): accounts that are never named.
        decisions: Earlier decisions on groups (JSON Lines), which are respected.
        engine: `local`, or `spark`: logs, accounts and baseline are then tables, Parquet or DataFrames of a cluster.
        master: URL of the Spark cluster, where no session is running.
        mode: `full`; `sketches`, which keeps keyed hashes of what was asked and no text; or `metadata`, which doesn't
            read prompts, system prompts and responses at all.
        key: A file of random bytes, for `sketches`: the same key gives the same answer again. Without it a key is drawn
            that nobody knows.
        workspace: A file that keeps the profiles: what it has read is not read again; the answer is about all of it.
        resume: Go on with a scan of the workspace that was interrupted.
        memory: What the profiles may take of the memory, e.g. `4GB`; beyond it they are kept in a temporary file. Half
            of the machine's by default.
        out: Folder to write the answer into; made where it's missing.
        progress: Called with (stage, done, total or None).

    Raises:
        InputError: A log, table or mapping can't be read; says file, row and field.
        UsageError: Arguments of another type, or that don't fit together.

    """
    if progress is not None and not callable(progress):
        raise UsageError("progress has to be a function of (stage, done, total or None)")
    settings = Settings(
        logs=listed(logs),
        accounts=accounts,
        baseline=None if baseline is None else listed(baseline),
        rate=rate,
        format=format,
        mapping=mapping,
        channels=named(channels),
        allow=allow,
        decisions=decisions,
        engine=engine,
        mode=mode,
        workspace=workspace,
        key=key,
        resume=resume,
        master=master,
        memory=memory,
        out=out,
    )
    return run_scan(settings, progress)


def run_scan(settings: Settings, progress: Progress | None = None) -> ScanResult:
    """Carry a scan out: read, compare, analyse, and write where a folder is given. Raises as `scan` does."""
    started, timings = time.perf_counter(), dict[str, float]()

    def lap(name: str) -> None:
        timings[name] = round(time.perf_counter() - started - sum(timings.values()), 3)

    control = Control(settings.allow, settings.decisions)
    engine = choose_engine(settings)
    folder = None if settings.out is None else make_folder(Path(settings.out))
    accounts = None if settings.accounts is None else engine.read_accounts(settings.accounts)
    # The beginnings of rejected rows are text.
    rejects = folder / "rejected.jsonl" if folder is not None and settings.keeps_text else None
    kept: dict[str, object] = {}
    if settings.workspace is None:
        stream = engine.open_log(settings.logs, rejects=rejects)
        profiles = engine.profile_log(stream, progress)
    else:
        held = read_into(settings, rejects, progress)
        stream, profiles, kept = held.stream, held.profiles, {"workspace": held.facts}
    lap("read")
    reference = None
    if settings.baseline is not None:
        reference = open_reference(
            settings.baseline, accounts, lambda logs: engine.profile_log(engine.open_log(logs), progress)
        )
        lap("baseline")
    if progress is not None:
        progress("looking for campaigns", 0, None)
    control.begin(moment(int(profiles["last"].max(initial=0))))
    earlier = None if reference is None else reference.population
    with paused_collector():
        analysis = analyse(profiles, accounts, settings.rate, earlier, settings.channels, control.allow, control.review)
        lap("analyse")
        compared = compare(reference, analysis)
        if reference is not None:
            lap("drift")
        facts = gather_facts(settings, stream, profiles, accounts, analysis, compared, control)
        facts |= {"timings": timings} | kept | control.facts(analysis)
        result = ScanResult(analysis.accounts, analysis.campaigns, facts, analysis.settled, analysis.allowed_groups)
        if folder is not None:
            from stillwatch.cases.report import write_report

            write_report(result, folder / "report.html")
            lap("write")
            write_result(result, folder)
        return result
