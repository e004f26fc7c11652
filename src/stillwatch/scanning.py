"""The main job: logs in, campaigns out, as objects and as files."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from pathlib import Path
from typing import Literal

import pyarrow as pa

from stillwatch.campaigns.analyse import analyse
from stillwatch.campaigns.model import ScanResult
from stillwatch.engines.local import COLUMNS, WORDS, profile_log
from stillwatch.errors import UsageError
from stillwatch.logs import open_logs, read_accounts
from stillwatch.output import write_result
from stillwatch.profile import Profiles
from stillwatch.profile.secret import random_key, read_key
from stillwatch.signals import CHANNELS

Mode = Literal["full", "sketches", "metadata"]

#: Each mode, and what its report says of itself.
MODES: dict[str, str] = {
    "full": "",
    "sketches": "mode sketches: what was asked was reduced to keyed hashes and no text was kept, so families are named "
    "by their cues and counts, and addresses by their hashes; rejected rows are counted, not kept",
    "metadata": "mode metadata: prompts, system prompts and responses were not read, so nothing is known of what was "
    "asked; campaigns are found by what accounts share, and those that share nothing are not seen",
}
Paths = str | Path | Sequence[str | Path]
Progress = Callable[[str, int, int | None], None]


def scan(
    logs: Paths,
    *,
    accounts: str | Path | None = None,
    baseline: Paths | None = None,
    rate: float = 0.01,
    format: str | None = None,  # noqa: A002 (the word that users know)
    mapping: str | Path | None = None,
    channels: Collection[str] | None = None,
    mode: Mode = "full",
    key: str | Path | None = None,
    out: str | Path | None = None,
    progress: Progress | None = None,
) -> ScanResult:
    """Find the distillation campaigns in a log.

    Args:
        logs: Files, folders or globs (Parquet, JSONL, CSV; plain, gzip or zstd).
        accounts: The account table (schema in `stillwatch.exchange`). Strengthens the answer, never needed.
        baseline: Earlier traffic to compare with; without it, the log itself serves, outside its candidates.
        rate: False discovery rate over the groups tested, each against all its benign explanations.
        format: A log format's name; detected otherwise.
        mapping: A TOML file that names the columns of a log of another make.
        channels: The only channels to use (`stillwatch.signals.CHANNELS`); all of them otherwise.
        mode: `full`; `sketches`, which keeps keyed hashes of what was asked and no text; or `metadata`, which doesn't
            read prompts, system prompts and responses at all.
        key: A file of random bytes, for `sketches`: the same key gives the same answer again. Without it a key is drawn
            that nobody knows.
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
    if key is not None and mode != "sketches":
        raise UsageError(f"a key is for the mode sketches, not {mode}")
    if mode not in MODES:
        raise UsageError(f"no mode called {mode}; known: {', '.join(MODES)}")
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
    table = read_accounts(Path(accounts)) if accounts is not None else None
    stream = open_logs(
        _paths(logs),
        format=format,
        mapping=shape,
        columns=columns,
        # The beginnings of rejected rows are text.
        rejects=folder / "rejected.jsonl" if folder is not None and mode == "full" else None,
    )
    profiles = profile_log(stream, progress, secret)
    lap("read")
    earlier: Profiles | None = None
    if baseline is not None:
        given = open_logs(_paths(baseline), format=format, mapping=shape, columns=columns)
        earlier = profile_log(given, progress, secret)
        lap("baseline")
    if progress is not None:
        progress("looking for campaigns", 0, None)
    analysis = analyse(profiles, table, rate, earlier, used)
    lap("analyse")
    first, last = (profiles[name] for name in ("first", "last"))
    facts: dict[str, object] = {
        "version": version("stillwatch"),
        "settings": {
            "logs": [str(path) for path in _paths(logs)],
            "accounts": str(accounts) if accounts is not None else None,
            "baseline": [str(path) for path in _paths(baseline)] if baseline is not None else None,
            "rate": rate,
            "format": stream.format,
            "mapping": str(mapping) if mapping is not None else None,
            "channels": sorted(used) if used is not None else None,
            "mode": mode,
            "key": str(key) if key is not None else None,
        },
        "baseline": {
            "kind": "the log itself" if earlier is None else "earlier traffic",
            "accounts": analysis.calibrated_on,
            "note": "each group against like accounts outside it; give --baseline for an independent comparison"
            if earlier is None
            else "each group against like accounts of the earlier traffic",
        },
        "counts": {
            "exchanges": stream.rows,
            "accounts": len(profiles),
            "campaigns": len(analysis.campaigns),
            "flagged": sum(len(campaign.members) for campaign in analysis.campaigns),
            "rejected": sum(stream.rejected.values()),
        },
        "rejected": dict(sorted(stream.rejected.items())),
        "columns": _filled(stream.filled, table),
        "notes": [*stream.notes, *([MODES[mode]] if MODES[mode] else [])],
        "period": {"first": _iso(int(first.min())), "last": _iso(int(last.max()))} if len(profiles) else {},
        "timings": timings,
    }
    result = ScanResult(analysis.accounts, analysis.campaigns, facts)
    if folder is not None:
        from stillwatch.cases.report import write_report

        write_report(result, folder / "report.html")
        lap("write")
        write_result(result, folder)
    return result


def _paths(paths: Paths) -> list[str | Path]:
    return [paths] if isinstance(paths, str | Path) else list(paths)


def _filled(log: Mapping[str, float], accounts: pa.Table | None) -> dict[str, float]:
    """How much of each canonical column is there, in per cent: the log's, and the account table's own."""
    found = dict(log)
    if accounts is not None and accounts.num_rows:
        for name in accounts.schema.names:
            share = 100.0 * (1 - accounts.column(name).null_count / accounts.num_rows)
            found[name] = max(found.get(name, 0.0), share)
    return {name: round(share, 2) for name, share in sorted(found.items())}


def _iso(microseconds: int) -> str:
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=microseconds)).isoformat()
