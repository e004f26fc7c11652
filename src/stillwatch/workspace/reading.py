"""Reading logs into a workspace: what is new is absorbed, what a stopped scan had absorbed is not absorbed again."""

from __future__ import annotations

import hashlib
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from stillwatch.engines.local import Progress, profile_log
from stillwatch.errors import UsageError
from stillwatch.logs import LogStream, open_logs
from stillwatch.logs.files import find_files
from stillwatch.profile import Profiles
from stillwatch.profile.rows import merge_rows
from stillwatch.profile.secret import Key
from stillwatch.workspace.store import Day, Workspace, fingerprint, open_workspace

EVERY = 10.0  #: seconds between checkpoints, at least
SHARE = 20.0  #: times as long as the last checkpoint took, at least: they cost a twentieth of the scan at most


@dataclass
class KeptLog:
    """A log that is read into a workspace, with what the workspace holds of earlier ones.

    Like `LogStream`, `rows`, `rejected`, `filled` and `notes` are complete once the log was read.
    """

    workspace: Workspace
    stream: LogStream | None  #: None where every file was read on an earlier day
    day: Day | None
    key: Key | None
    remarks: tuple[str, ...]
    _days: list[Day] = field(default_factory=list)

    @property
    def format(self) -> str:
        """Name of the log's format."""
        return self.stream.format if self.stream is not None else str(self._days[-1].state["format"])

    @property
    def rows(self) -> int:
        """Exchanges of all days."""
        return sum(day.rows for day in self._days)

    @property
    def rejected(self) -> dict[str, int]:
        """Cause -> rows set aside on all days, the most frequent first."""
        counts: Counter[str] = Counter()
        for day in self._days:
            counts.update(day.state["rejected"])
        return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))

    @property
    def filled(self) -> dict[str, float]:
        """Exchange column -> percentage of the exchanges of all days that have it."""
        names = dict.fromkeys(name for day in self._days for name in day.state["filled"])
        rows = max(self.rows, 1)
        return {name: sum(day.state["filled"].get(name, 0.0) * day.rows for day in self._days) / rows for name in names}

    @property
    def notes(self) -> tuple[str, ...]:
        """Remarks for the analyst."""
        said = dict.fromkeys(note for day in self._days for note in day.state["notes"])
        return (*said, *self.remarks)

    def read(self, progress: Progress | None = None) -> Profiles:
        """Read what is new, keep it, and return the profiles of all days.

        Raises:
            InputError: A log can't be read, or the workspace can't be written: what was kept before still is.

        """
        earlier = [day for day in self.workspace.days() if day.finished]
        if self.stream is not None and self.day is not None:
            self.stream.seen.remember(self.workspace.seen())
            keeper = _Keeper(self.workspace, self.stream, self.day, self.key)
            profiles = profile_log(self.stream, progress, self.key, keeper)
            done = keeper.finish(profiles)
            # Of a log alone the profiles are at hand; otherwise all are read back, one way for every number of days.
            self._days = [*earlier, done]
            if not earlier:
                return profiles
        else:
            self._days = earlier
        return _profiles(self.workspace, self._days, self.key)


class _Keeper:
    """Writes a checkpoint now and then."""

    def __init__(self, workspace: Workspace, stream: LogStream, day: Day, key: Key | None) -> None:
        self._workspace, self._stream, self._day = workspace, stream, day
        self.profiles = _profiles(workspace, [day], key)
        self.behind = day.batches
        self._next = time.monotonic() + EVERY

    def absorbed(self, batch: pa.RecordBatch, profiles: Profiles) -> None:
        """Count a batch; a checkpoint if it is time."""
        self._day = replace(self._day, batches=self._day.batches + 1, rows=self._day.rows + batch.num_rows)
        if (started := time.monotonic()) >= self._next:
            profiles.present |= self._stream.present & frozenset(self._stream.schema.names)
            self._workspace.keep(self._day, profiles)
            ended = time.monotonic()
            self._next = ended + max(EVERY, SHARE * (ended - started))

    def finish(self, profiles: Profiles) -> Day:
        """Keep the whole day."""
        stream = self._stream
        state = {
            "format": stream.format,
            "rejected": stream.rejected,
            "filled": stream.filled,
            "notes": list(stream.notes),
        }
        done = replace(self._day, state=state, finished=True)
        self._workspace.keep(done, profiles, stream.seen.hashes())
        return done


def open_kept(
    workspace: Path,
    paths: Sequence[str | Path],
    *,
    resume: bool = False,
    format: str | None = None,  # noqa: A002 (the word that users know)
    mapping: Path | None = None,
    columns: frozenset[str],
    key: Key | None = None,
    rejects: Path | None = None,
) -> KeptLog:
    """Open logs for a scan that keeps what it reads in the workspace.

    Args:
        workspace: The workspace's file, made where it's missing.
        paths: Files, globs and folders, as for `open_logs`; those that were read on an earlier day are left out.
        resume: Go on with the scan of these files that was stopped; otherwise it starts anew.
        format: A log format's name; detected otherwise.
        mapping: A TOML file that names the columns of a log of another make.
        columns: The exchange columns that are read.
        key: Under which what was asked is hashed, in the mode `sketches`.
        rejects: JSON Lines file for the rows set aside.

    Raises:
        InputError: A log or the workspace can't be read.
        UsageError: The workspace was filled with other settings, or there is nothing to resume.

    """
    store = open_workspace(workspace)
    try:
        return _open(store, paths, resume, format, mapping, columns, key, rejects)
    except BaseException:
        store.close()
        raise


def _open(
    store: Workspace,
    paths: Sequence[str | Path],
    resume: bool,
    log_format: str | None,
    mapping: Path | None,
    columns: frozenset[str],
    key: Key | None,
    rejects: Path | None,
) -> KeptLog:
    files = [fingerprint(file.path) for file in find_files(paths)]
    store.fits(_settings(log_format, mapping, columns, key))
    days = store.days()
    known = {file["print"]: day for day in days if day.finished for file in day.files}
    names = {file["name"]: day for day in days if day.finished for file in day.files}
    new = [file for file in files if file["print"] not in known]
    remarks = []
    if old := len(files) - len(new):
        remarks.append(f"{old:,} of the {len(files):,} files were read on an earlier day, and not again")
    if days and any(day.finished for day in days):
        remarks.append(f"the workspace {store.path} holds the logs of {sum(d.finished for d in days):,} earlier scans")
    stopped = next((day for day in days if not day.finished), None)
    if stopped is not None and not resume:
        store.drop(stopped)
        stopped = None
    if stopped is not None and [file["print"] for file in stopped.files] != [file["print"] for file in new]:
        told = ", ".join(file["name"] for file in stopped.files[:3])
        raise UsageError(f"the scan that was stopped read other files ({told}); name the same, or leave --resume out")
    if not new:
        return KeptLog(store, None, None, key, tuple(remarks))
    now = datetime.now(UTC) if stopped is None else stopped.started
    stream = open_logs(
        [file["name"] for file in new], format=log_format, mapping=mapping, columns=columns, rejects=rejects, now=now
    )
    if changed := [file["name"] for file in new if file["name"] in names]:
        if "exchange_id" not in stream.present:
            raise UsageError(
                f"{changed[0]} has changed since it was read, and its rows have no exchange_id by which those that "
                "were counted could be told; give a new log a new name"
            )
        remarks.append(f"{changed[0]} has changed since it was read: rows that were counted are known by their id")
    if stopped is not None:
        remarks.append(f"resumed after {stopped.rows:,} exchanges")
    day = stopped or store.begin(new, now)
    return KeptLog(store, stream, day, key, tuple(remarks))


def _settings(
    log_format: str | None, mapping: Path | None, columns: frozenset[str], key: Key | None
) -> dict[str, str | None]:
    """How logs are read: all that a workspace's logs must have in common. Of a key, only what tells it from others."""
    return {
        "format": log_format,
        "mapping": None if mapping is None else hashlib.sha256(mapping.read_bytes()).hexdigest(),
        "mode": ",".join(sorted(columns)),
        "key": None if key is None else hashlib.blake2b(np.ascontiguousarray(key).tobytes()).hexdigest()[:32],
    }


def _profiles(workspace: Workspace, days: Sequence[Day], key: Key | None) -> Profiles:
    profiles = merge_rows(workspace.profiles(days))
    if key is not None:
        profiles.key = key
    return profiles


def describe(workspace: Path) -> list[Mapping[str, Any]]:
    """What a workspace holds: one entry a day, the earliest first.

    Raises:
        InputError: The file is no workspace.

    """
    with open_workspace(workspace) as store:
        return [
            {
                "day": day.number,
                "started": day.started.isoformat(timespec="seconds"),
                "files": [file["name"] for file in day.files],
                "exchanges": day.rows,
                "rejected": sum(day.state.get("rejected", {}).values()),
                "finished": day.finished,
            }
            for day in store.days()
        ]
