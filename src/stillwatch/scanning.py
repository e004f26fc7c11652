"""The main job: logs in, campaigns out, as objects and as files."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any, Literal

import pyarrow as pa

from stillwatch.campaigns.analyse import Analysis, analyse
from stillwatch.campaigns.model import ScanResult
from stillwatch.engines.choose import choose_engine
from stillwatch.engines.local import COLUMNS, WORDS
from stillwatch.errors import UsageError
from stillwatch.exchange import moment
from stillwatch.memory import memory as usable_memory
from stillwatch.memory import read_size
from stillwatch.operate.baseline import Reference, open_reference
from stillwatch.operate.control import Control, spared
from stillwatch.operate.drift import measure_drift
from stillwatch.output import write_result
from stillwatch.profile.secret import random_key, read_key
from stillwatch.signals import CHANNELS
from stillwatch.workspace import read_into

Mode = Literal["full", "sketches", "metadata"]

#: Each mode, and what its report says of itself.
MODES: dict[str, str] = {
    "full": "",
    "sketches": "mode sketches: what was asked was reduced to keyed hashes and no text was kept, so families are named "
    "by their cues and counts, and addresses by their hashes; rejected rows are counted, not kept",
    "metadata": "mode metadata: prompts, system prompts and responses were not read, so nothing is known of what was "
    "asked; campaigns are found by what accounts share, and those that share nothing are not seen",
}
#: One log or several: files, folders and globs; for the Spark engine also tables and DataFrames.
Paths = str | Path | Sequence[str | Path] | Any
Progress = Callable[[str, int, int | None], None]


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
        UsageError: Arguments that don't fit together.

    """
    if not 0 < rate < 1:
        raise UsageError(f"rate {rate} is not between 0 and 1")
    used = None if channels is None else frozenset(channels)
    if unknown := sorted((used or frozenset()) - set(CHANNELS)):
        raise UsageError(f"no channel called {', '.join(unknown)}; known: {', '.join(CHANNELS)}")
    control = Control(allow, decisions)
    if key is not None and mode != "sketches":
        raise UsageError(f"a key is for the mode sketches, not {mode}")
    if mode not in MODES:
        raise UsageError(f"no mode called {mode}; known: {', '.join(MODES)}")
    if workspace is None and resume:
        raise UsageError("only a scan with a workspace can be resumed (--workspace FILE)")
    if workspace is not None and engine != "local":
        raise UsageError("a workspace is read into by the local engine; a cluster keeps its own tables")
    if workspace is not None and mode == "sketches" and key is None:
        raise UsageError("sketches in a workspace need a key, so that tomorrow's hashes match today's (--key FILE)")
    columns = COLUMNS - WORDS if mode == "metadata" else COLUMNS
    secret = None if mode != "sketches" else random_key() if key is None else read_key(Path(key))
    folder = Path(out) if out is not None else None
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
    started = time.perf_counter()
    timings: dict[str, float] = {}

    def lap(name: str) -> None:
        timings[name] = round(time.perf_counter() - started - sum(timings.values()), 3)

    shape = Path(mapping) if mapping is not None else None
    budget = usable_memory() // 2 if memory is None else read_size(memory)
    runs = choose_engine(engine, master, columns, secret, budget)
    given = [*_paths(logs), *(() if baseline is None else _paths(baseline)), *(() if accounts is None else [accounts])]
    if engine == "local" and not all(isinstance(path, str | Path) for path in given):
        raise UsageError("the local engine reads files; a DataFrame is read with engine='spark'")
    table = runs.read_accounts(accounts) if accounts is not None else None
    # The beginnings of rejected rows are text.
    rejects = folder / "rejected.jsonl" if folder is not None and mode == "full" else None
    if workspace is None:
        stream = runs.open_log(_paths(logs), format=format, mapping=shape, rejects=rejects)
        profiles = runs.profile_log(stream, progress)
    else:
        kept = read_into(
            Path(workspace),
            _paths(logs),
            resume=resume,
            format=format,
            mapping=shape,
            columns=columns,
            key=secret,
            rejects=rejects,
            keep_rejected=mode == "full",
            budget=budget,
            progress=progress,
        )
        stream, profiles = kept.stream, kept.profiles
    lap("read")
    reference: Reference | None = None
    if baseline is not None:
        reference = open_reference(
            _paths(baseline),
            table,
            lambda paths: runs.profile_log(runs.open_log(paths, format=format, mapping=shape), progress),
        )
        lap("baseline")
    if progress is not None:
        progress("looking for campaigns", 0, None)
    first, last = (profiles[name] for name in ("first", "last"))
    control.begin(moment(int(last.max(initial=0))))
    earlier = reference.population if reference is not None else None
    analysis = analyse(profiles, table, rate, earlier, used, control.allow, control.review)
    lap("analyse")
    compared = _baseline(reference, analysis)
    if reference is not None:
        lap("drift")
    facts: dict[str, object] = {
        "version": version("stillwatch"),
        "settings": {
            "logs": [_name(path) for path in _paths(logs)],
            "accounts": _name(accounts) if accounts is not None else None,
            "baseline": [_name(path) for path in _paths(baseline)] if baseline is not None else None,
            "rate": rate,
            "format": stream.format,
            "mapping": str(mapping) if mapping is not None else None,
            "channels": sorted(used) if used is not None else None,
            "allow": str(allow) if allow is not None else None,
            "decisions": str(decisions) if decisions is not None else None,
            "engine": engine,
            "mode": mode,
            "workspace": str(workspace) if workspace is not None else None,
            "key": str(key) if key is not None else None,
        },
        "baseline": compared,
        "counts": {
            "exchanges": stream.rows,
            "accounts": len(profiles),
            "campaigns": len(analysis.campaigns),
            "flagged": sum(len(campaign.members) for campaign in analysis.campaigns),
            "allowed": spared(analysis).total(),
            "settled": len(analysis.settled),
            "rejected": sum(stream.rejected.values()),
        },
        "rejected": dict(sorted(stream.rejected.items())),
        "columns": _filled(stream.filled, table),
        "notes": [*stream.notes, *([MODES[mode]] if MODES[mode] else []), *control.notes],
        "period": {"first": moment(int(first.min())).isoformat(), "last": moment(int(last.max())).isoformat()}
        if len(profiles)
        else {},
        "timings": timings,
        **({"workspace": kept.facts} if workspace is not None else {}),
        **control.facts(analysis),
    }
    result = ScanResult(analysis.accounts, analysis.campaigns, facts, analysis.settled, analysis.allowed_groups)
    if folder is not None:
        from stillwatch.cases.report import write_report

        write_report(result, folder / "report.html")
        lap("write")
        write_result(result, folder)
    return result


def _paths(paths: Paths) -> list[Any]:
    return list(paths) if isinstance(paths, Sequence) and not isinstance(paths, str) else [paths]


def _name(path: object) -> str:
    return str(path) if isinstance(path, str | Path) else "a DataFrame"


def _baseline(reference: Reference | None, analysis: Analysis) -> dict[str, object]:
    """What scan.json says of the comparison; with earlier traffic, also whether it still looks like today's."""
    if reference is None:
        note = "each group against like accounts outside it; give --baseline for an independent comparison"
        return {"kind": "the log itself", "accounts": analysis.calibrated_on, "note": note}
    drift = measure_drift(reference.population, analysis.population, analysis.ordinary)
    period = reference.facts.get("period")
    when = f", {period['first'][:10]} to {period['last'][:10]}" if isinstance(period, Mapping) else ""
    return {
        "kind": "a saved baseline" if reference.facts else "earlier traffic",
        "accounts": analysis.calibrated_on,
        "note": f"each group against like accounts of the earlier traffic{when}",
        "drift": drift.facts(),
        **({"file": dict(reference.facts)} if reference.facts else {}),
    }


def _filled(log: Mapping[str, float], accounts: pa.Table | None) -> dict[str, float]:
    """How much of each canonical column is there, in per cent: the log's, and the account table's own."""
    found = dict(log)
    if accounts is not None and accounts.num_rows:
        for name in accounts.schema.names:
            share = 100.0 * (1 - accounts.column(name).null_count / accounts.num_rows)
            found[name] = max(found.get(name, 0.0), share)
    return {name: round(share, 2) for name, share in sorted(found.items())}
