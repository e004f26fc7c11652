"""A log read into a workspace in pieces, on several days or with interruptions, is the log read at once."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pytest

from stillwatch.engines.local import COLUMNS, profile_log
from stillwatch.errors import InputError, UsageError
from stillwatch.logs import columnar, lines, open_logs, raw
from stillwatch.profile import Profiles
from stillwatch.profile.layout import LAYOUT
from stillwatch.settings import Settings
from stillwatch.workspace import Kept, Store, read_into, reading

from . import logs


@dataclass(frozen=True)
class Read:
    """What reading a log gave, in a form that can be compared."""

    profiles: dict[str, bytes]
    texts: list[dict[str, object]]
    organizations: dict[str, str]
    labels: list[str]
    columns: frozenset[str]
    counts: tuple[object, ...]
    rejected: list[str]


def seen(stream: object, profiles: Profiles, rejects: Path) -> Read:
    profiles.sort()
    return Read(
        {name: profiles[name].tobytes() for name in LAYOUT},
        profiles.texts.to_pylist(),
        {profiles.names[row]: name for row, name in profiles.organizations.items()},
        sorted(profiles.labels.values()),
        profiles.present,
        (stream.rows, stream.rejected, stream.filled, stream.notes),  # type: ignore[attr-defined]
        sorted(rejects.read_text().splitlines()) if rejects.exists() else [],
    )


def at_once(*paths: Path, rejects: Path) -> Read:
    stream = open_logs(paths, columns=COLUMNS, rejects=rejects)
    return seen(stream, profile_log(stream), rejects)


class Into:
    """A workspace, and how to read into it."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / "w.duckdb"
        self.rejects = folder / "rejected.jsonl"

    def read(self, *paths: Path, stop: Callable[[int], None] | None = None, resume: bool = False) -> Read:
        kept = self.kept(*paths, stop=stop, resume=resume)
        return seen(kept.stream, kept.profiles, self.rejects)

    def kept(self, *paths: Path, stop: Callable[[int], None] | None = None, resume: bool = False) -> Kept:
        done = 0

        def progress(stage: str, _done: int, _total: int | None) -> None:
            nonlocal done
            if stage == "reading exchanges" and stop is not None:
                done += 1
                stop(done)

        return read_into(Settings(logs=paths, workspace=self.file, resume=resume), self.rejects, progress)


class CrashError(Exception):
    """The process is gone."""


def crash_at(batch: int) -> Callable[[int], None]:
    def stop(done: int) -> None:
        if done == batch:
            raise CrashError

    return stop


@pytest.fixture
def into(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Into:
    """A workspace with a checkpoint after every batch of 128 rows."""
    monkeypatch.setattr(reading, "EVERY", 0.0)
    monkeypatch.setattr(reading, "SHARE", 1e9)
    monkeypatch.setattr(columnar, "_RUN_ROWS", 256)
    for module in (raw, lines, columnar):
        monkeypatch.setattr(module, "BATCH_ROWS", 128)
    return Into(tmp_path)


def test_it_crashes_at_every_batch_and_goes_on(into: Into, tmp_path: Path) -> None:
    log = logs.write_day(tmp_path / "log", "day", 0, 500, group=100)
    expected = at_once(log, rejects=tmp_path / "expected.jsonl")
    crashes = 0
    while True:
        try:
            # The second batch of each attempt is absorbed and not saved.
            found = into.read(log, stop=crash_at(2), resume=True)
        except CrashError:
            crashes += 1
            continue
        break
    assert crashes > 10
    assert found == expected
    assert into.read(log) == expected


@pytest.mark.parametrize("batch", range(1, 18, 4))
def test_a_crash_between_checkpoints_loses_what_is_after_the_last(
    batch: int, into: Into, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = logs.write_day(tmp_path / "log", "day", 0, 500, group=100)
    with pytest.raises(CrashError):
        into.read(log, stop=crash_at(batch))
    monkeypatch.setattr(reading, "EVERY", 1e9)
    with pytest.raises(CrashError):
        into.read(log, stop=crash_at(2), resume=True)
    assert into.read(log, resume=True) == at_once(log, rejects=tmp_path / "expected.jsonl")


def test_tomorrow_reads_only_tomorrows_log(into: Into, tmp_path: Path) -> None:
    log = tmp_path / "log"
    logs.write_day(log, "day-1", 0, 300)
    into.read(log)
    logs.write_day(log, "day-2", 1150, 300)  # begins with rows of yesterday
    kept = into.kept(log)
    assert (kept.facts["read"], kept.facts["skipped"], kept.facts["sources"]) == (4, 4, 8)
    assert kept.stream.accepted[:4].tolist() == [0, 0, 0, 0]
    assert kept.stream.accepted[4:].all()
    found = seen(kept.stream, kept.profiles, into.rejects)
    assert found == at_once(log, rejects=tmp_path / "expected.jsonl")
    alone = Into(tmp_path / "alone")
    alone.read(*log.glob("day-1*"))
    assert alone.read(*log.glob("day-2*")) == found  # whether or not yesterday's files are given again


def test_a_file_is_known_by_its_content(into: Into, tmp_path: Path) -> None:
    first = logs.write_lines(tmp_path / "a.jsonl", logs.rows(0, 200))
    expected = into.read(first)
    moved = first.rename(tmp_path / "b.jsonl")
    assert into.read(moved) == expected
    assert into.read(moved, logs.write_lines(tmp_path / "copy.jsonl", logs.rows(0, 200))) == expected


def test_lines_that_were_appended_are_read(into: Into, tmp_path: Path) -> None:
    log = logs.write_lines(tmp_path / "log.jsonl", logs.rows(0, 300))
    into.read(log)
    logs.write_lines(log, logs.rows(300, 210), mode="a")
    kept = into.kept(log)
    assert kept.facts["grown"] == 1
    assert kept.stream.accepted.tolist() == [210]
    assert seen(kept.stream, kept.profiles, into.rejects) == at_once(log, rejects=tmp_path / "expected.jsonl")


def test_a_file_that_changed_is_named(into: Into, tmp_path: Path) -> None:
    log = logs.write_lines(tmp_path / "log.jsonl", logs.rows(0, 100))
    table = logs.write_parquet(tmp_path / "log.parquet", logs.rows(200, 100))
    into.read(log, table)
    logs.write_parquet(table, logs.rows(200, 101))
    with pytest.raises(InputError, match=r"log\.parquet: is not what it was"):
        into.read(log, table)
    logs.write_lines(log, logs.rows(1, 120))
    with pytest.raises(InputError, match=r"log\.jsonl: is not what it was"):
        into.read(log)


def test_a_line_that_was_not_at_its_end_may_not_grow(into: Into, tmp_path: Path) -> None:
    log = logs.write_lines(tmp_path / "log.jsonl", logs.rows(0, 30))
    whole = log.read_bytes()
    log.write_bytes(whole[:-1])
    into.read(log)
    log.write_bytes(whole + whole.splitlines()[0])
    with pytest.raises(InputError, match="ended in a newline"):
        into.read(log)


def test_an_unfinished_scan_is_gone_on_with_or_forgotten(into: Into, tmp_path: Path) -> None:
    first = logs.write_lines(tmp_path / "a.jsonl", logs.rows(0, 300))
    expected = into.read(first)
    second = logs.write_lines(tmp_path / "b.jsonl", logs.rows(300, 900))
    with pytest.raises(CrashError):
        into.read(second, stop=crash_at(3))
    with pytest.raises(UsageError, match="--resume"):
        into.read(second)
    with pytest.raises(UsageError, match=r"b\.jsonl, which is not among these logs"):
        into.read(first, resume=True)
    with Store(into.file) as store:
        assert not store.finished
        assert store.state["rows"] > 300
        store.rewind()
        assert store.finished
    assert into.read(first) == expected
    assert into.read(second) == at_once(first, second, rejects=tmp_path / "expected.jsonl")


def test_ctrl_c_saves_and_stops(into: Into, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "EVERY", 1e9)
    log = logs.write_day(tmp_path / "log", "day", 0, 500)

    def press(done: int) -> None:
        if done == 3:
            os.kill(os.getpid(), signal.SIGINT)

    before = signal.getsignal(signal.SIGINT)
    with pytest.raises(KeyboardInterrupt, match="--resume"):
        into.read(log, stop=press)
    assert signal.getsignal(signal.SIGINT) is before
    with Store(into.file) as store:
        assert store.number == 1
        assert store.state["rows"] >= 3 * 100
    assert into.read(log, resume=True) == at_once(log, rejects=tmp_path / "expected.jsonl")


def test_a_log_given_for_the_workspace_is_not_opened(into: Into, tmp_path: Path) -> None:
    log = logs.write_lines(tmp_path / "log.jsonl", logs.rows(0, 30))
    with pytest.raises(InputError, match=r"log\.jsonl: is not a workspace"):
        read_into(Settings(logs=(log,), workspace=log))
    assert len(log.read_text().splitlines()) == 30


def test_other_settings_are_refused(into: Into, tmp_path: Path) -> None:
    log = logs.write_lines(tmp_path / "log.jsonl", logs.rows(0, 30))
    into.read(log)
    with pytest.raises(UsageError, match=r"another columns .now without prompt, system."):
        read_into(Settings(logs=(log,), workspace=into.file, mode="metadata"))
    key = tmp_path / "key"
    key.write_bytes(bytes(range(32)))
    with pytest.raises(UsageError, match="another key"):
        read_into(Settings(logs=(log,), workspace=into.file, mode="sketches", key=key))
    mapping = tmp_path / "columns.toml"
    mapping.write_text('[fields]\naccount = "account"\ntime = "time"\nmodel = "model"\n')
    with pytest.raises(UsageError, match="another format"):
        read_into(Settings(logs=(log,), workspace=into.file, mapping=mapping))


def test_what_is_no_workspace_is_said(into: Into, tmp_path: Path) -> None:
    log = logs.write_lines(tmp_path / "log.jsonl", logs.rows(0, 30))
    into.file.write_text("no database" * 1000)
    with pytest.raises(InputError, match="not a workspace"):
        into.read(log)
    into.file.unlink()
    with duckdb.connect(str(into.file)) as other:
        other.execute("create table mine (a integer)")
    with pytest.raises(InputError, match="not a workspace"):
        into.read(log)
    into.file.unlink()
    into.read(log)
    with duckdb.connect(str(into.file)) as own:
        own.execute("update workspace set layout = 'an earlier one'")
    with pytest.raises(InputError, match="another version"):
        into.read(log)


def test_outdated_profiles_are_thrown_out(into: Into, tmp_path: Path) -> None:
    log = logs.write_lines(tmp_path / "log.jsonl", logs.rows(0, 2000))  # all 211 accounts in each batch or two
    into.read(log)
    with duckdb.connect(str(into.file)) as own:
        assert own.execute("select sum(entries) from pieces where kind = 'profiles'").fetchone() == (211,)
    logs.write_lines(log, logs.rows(2000, 40), mode="a")
    into.read(log)
    with duckdb.connect(str(into.file)) as own:  # only the accounts that changed were written
        assert own.execute("select sum(entries) from pieces where kind = 'profiles'").fetchone() == (251,)
    assert into.read(log) == at_once(log, rejects=tmp_path / "expected.jsonl")


@pytest.mark.parametrize("kind", ["jsonl", "parquet"])
def test_progress_knows_the_whole(kind: str, into: Into, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lines, "BATCH_BYTES", 1 << 13)
    write = logs.write_lines if kind == "jsonl" else logs.write_parquet
    files = [write(tmp_path / f"{number}.{kind}", logs.rows(1500 * number, 1500)) for number in range(2)]
    told: list[tuple[int, int | None]] = []

    def progress(stage: str, done: int, total: int | None) -> None:
        if stage == "reading exchanges":
            told.append((done, total))

    stream = read_into(Settings(logs=tuple(files), workspace=into.file), progress=progress).stream
    assert [done for done, _ in told] == sorted(done for done, _ in told)
    for done, total in told[3:]:
        assert total is not None
        assert done <= total
        assert abs(total - stream.rows) < 0.1 * stream.rows
    assert told[-1] == (stream.rows, stream.rows)


def test_profiles_beyond_the_budget_are_the_same(into: Into, tmp_path: Path) -> None:
    log = logs.write_day(tmp_path / "log", "day", 0, 300)
    kept = read_into(Settings(logs=(log,), workspace=into.file, memory="0"), into.rejects)
    assert seen(kept.stream, kept.profiles, into.rejects) == at_once(log, rejects=tmp_path / "expected.jsonl")


def test_one_process_has_it_open(into: Into, tmp_path: Path) -> None:
    log = logs.write_lines(tmp_path / "log.jsonl", logs.rows(0, 30))
    into.read(log)
    hold = "import duckdb, sys; held = duckdb.connect(sys.argv[1]); print('open', flush=True); sys.stdin.read()"
    command = [sys.executable, "-c", hold, str(into.file)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"open\n"
        with pytest.raises(UsageError, match="another process has this workspace open"):
            into.read(log)
        other.communicate(b"")
    assert into.read(log).counts[0] == 30
