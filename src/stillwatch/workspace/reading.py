"""Read a log into a workspace: only what it hasn't read, saved in checkpoints as it goes."""

from __future__ import annotations

import hashlib
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType

import numpy as np
import numpy.typing as npt

from stillwatch.engines.local import profile_log
from stillwatch.errors import UsageError
from stillwatch.logs import LogStream, open_logs
from stillwatch.logs.files import find_files
from stillwatch.profile import Profiles
from stillwatch.profile.secret import Key
from stillwatch.progress import Progress
from stillwatch.settings import Settings
from stillwatch.workspace.sources import Plan, Source, plan
from stillwatch.workspace.store import Checkpoint, Store

#: Seconds between checkpoints, at least; and what share of the time they may take.
EVERY = 10.0
SHARE = 0.04
#: Seconds that a checkpoint takes per account, before one was timed.
_PER_ACCOUNT = 3e-5


@dataclass(frozen=True, slots=True)
class Kept:
    """What a workspace holds after a log was read into it."""

    stream: LogStream  #: its counts are of all that the workspace ever read
    profiles: Profiles  #: likewise
    facts: dict[str, object]  #: for scan.json


def read_into(settings: Settings, rejects: Path | None = None, progress: Progress | None = None) -> Kept:
    """Read what the workspace of a scan hasn't read of its logs, and return all that it holds then.

    Args:
        settings: Those of the scan; its `workspace` is made where it's missing.
        rejects: JSON Lines file for the rows set aside, those of earlier scans too.
        progress: Called with (stage, done, total or None).

    Raises:
        InputError: A log can't be read, or is not what it was when it was read.
        UsageError: Other settings than the workspace's, or an interrupted scan without `resume`.
        StillwatchError: The workspace can't be written.

    """
    assert settings.workspace is not None, "a scan without a workspace is the engine's"
    workspace, mapping = Path(settings.workspace), None if settings.mapping is None else Path(settings.mapping)
    key = settings.draw_key()
    files = find_files(settings.logs)
    with Store(workspace) as store:
        if not store.finished and not settings.resume:
            raise UsageError(
                f"{workspace} holds a scan that was interrupted: go on with it (--resume), or forget it "
                f"(stillwatch workspace rewind {workspace})"
            )
        held = [file for file in files if file.path.stat().st_size]
        todo = plan(held, store.sources(), workspace)
        now = datetime.fromisoformat(store.state["now"]) if not store.finished else datetime.now(UTC)
        lines: list[str] = []
        stream = open_logs(
            settings.logs,
            format=settings.format,
            mapping=mapping,
            columns=settings.columns,
            rejects=rejects,
            copy=lines.append if settings.keeps_text else None,
            now=now,
            behind=todo.behind,
        )
        store.settle(_fixed(stream, mapping, settings.columns, key))
        profiles = Profiles(budget=settings.budget) if key is None else Profiles(key=key, budget=settings.budget)
        if store.number and progress is not None:
            progress("opening the workspace", 0, None)
        store.profiles(profiles)
        keeper = _Keeper(store, stream, todo, profiles, lines, now)
        stream.go_on(store.state, store.ids(), store.rejected(), keeper.ids.append)
        if todo.sources:
            with keeper.stoppable():
                profile_log(stream, progress, profiles=profiles, keeper=keeper)
            if progress is not None:
                progress("saving the workspace", 0, None)
            keeper.finish(profiles)
        else:
            profile_log(stream, profiles=profiles)
        counts = {"file": str(workspace), "sources": len(store.sources()), "read": len(todo.sources)}
    return Kept(stream, profiles, counts | {"grown": len(todo.grown), "skipped": len(todo.skipped)})


class _Keeper:
    """Decides when to save, and saves."""

    def __init__(
        self, store: Store, stream: LogStream, todo: Plan, profiles: Profiles, lines: list[str], now: datetime
    ) -> None:
        self._store, self._stream, self._todo, self._lines, self._now = store, stream, todo, lines, now
        self._sources: dict[int, Source] = {
            index: todo.sources[name] for index, name in enumerate(stream.files) if name in todo.sources
        }
        self._saved = profiles.count("exchanges").copy()  # by account: one with as many exchanges has not changed
        self._told: dict[int, Source] = {}
        self._last = time.monotonic()
        self._accounts = len(profiles)
        self._per_account = _PER_ACCOUNT
        self._interrupted = False
        self.ids: list[npt.NDArray[np.uint64]] = []

    def due(self) -> bool:
        """Whether it is time, or somebody asked to stop."""
        pause = max(EVERY, self._accounts * self._per_account / SHARE)
        return self._interrupted or time.monotonic() - self._last >= pause

    def save(self, profiles: Profiles) -> None:
        """Write a checkpoint; then stop, if somebody asked for it."""
        self._write(profiles, finished=False)
        if self._interrupted:
            raise KeyboardInterrupt(f"what was read so far is in {self._store.path}; go on with --resume")

    def finish(self, profiles: Profiles) -> None:
        """Write the checkpoint that ends the scan."""
        self._write(profiles, finished=True)
        if self._interrupted:
            raise KeyboardInterrupt(f"all was read and is in {self._store.path}; scan again for the answer")

    @contextmanager
    def stoppable(self) -> Iterator[None]:
        """While this is open, Ctrl-C stops after the next checkpoint, and a second Ctrl-C at once."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = signal.getsignal(signal.SIGINT)

        def ask(_signum: int, _frame: FrameType | None) -> None:
            self._interrupted = True
            signal.signal(signal.SIGINT, before)

        signal.signal(signal.SIGINT, ask)
        try:
            yield
        finally:
            signal.signal(signal.SIGINT, before)

    def _write(self, profiles: Profiles, *, finished: bool) -> None:
        started = time.monotonic()
        counts = profiles.count("exchanges").copy()
        changed = np.ones(len(counts), np.bool_)
        changed[: len(self._saved)] = counts[: len(self._saved)] != self._saved
        state = self._stream.state() | {"now": self._now.isoformat()}
        told = self._read_so_far(finished)
        checkpoint = Checkpoint(finished, state, told, profiles, changed, self.ids, self._lines)
        self._store.write(checkpoint)
        self.ids.clear()
        self._lines.clear()
        self._saved = counts
        self._accounts = len(counts)
        self._last = time.monotonic()
        self._per_account = (self._last - started) / max(int(changed.sum()), 1000)

    def _read_so_far(self, finished: bool) -> list[Source]:
        """The sources that are otherwise than at the last checkpoint; at the first one, all that are to be read."""
        reached, accepted = self._stream.reached, self._stream.accepted
        begun = int(np.flatnonzero(reached).max(initial=-1))  # files are read in their order
        told = []
        for index, source in self._sources.items():
            now = replace(
                source,
                read_to=max(source.read_to, int(reached[index])),
                accepted=source.accepted + int(accepted[index]),
                whole=finished or index < begun,
            )
            if self._told.get(index) != now:
                told.append(now)
                self._told[index] = now
        return told


def _fixed(stream: LogStream, mapping: Path | None, columns: frozenset[str], key: Key | None) -> dict[str, object]:
    """The settings that profiles depend on: those of a workspace stay."""
    shape = hashlib.blake2b(mapping.read_bytes(), digest_size=8).hexdigest() if mapping is not None else None
    secret = hashlib.blake2b(key.tobytes(), digest_size=8).hexdigest() if key is not None else None
    return {"format": stream.format, "mapping": shape, "columns": sorted(columns), "key": secret}
