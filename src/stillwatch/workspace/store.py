"""Days of logs in one DuckDB file: what was read, the profiles it made, and the exchange ids that were seen.

A *day* is one set of log files read by one scan. Everything that a checkpoint changes is changed in one transaction,
so a file that is opened after a crash holds the last checkpoint, whole.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from stillwatch.errors import InputError, UsageError
from stillwatch.profile import Profiles
from stillwatch.profile.rows import CHUNK, LAYOUT_VERSION, ROWS_SCHEMA, to_rows

Hashes = npt.NDArray[np.uint64]
EDGE = 1 << 16  #: bytes at a file's beginning and end that tell it from another of its name

_TABLES = """
create table about (layout varchar, settings varchar, created timestamp);
create table days (
    day integer, started timestamp, files varchar, batches bigint, rows bigint, state varchar, finished boolean
);
create table seen (day integer, hashes blob);
"""


@dataclass(frozen=True, slots=True)
class Day:
    """What the workspace knows of the reading of one set of files."""

    number: int
    started: datetime
    files: tuple[dict[str, Any], ...]  #: name, size and print of each
    batches: int  #: batches of the stream that the stored profiles hold
    rows: int  #: exchanges that they hold
    state: Mapping[str, Any]  #: counts of rejected rows and of filled columns, and notes
    finished: bool


class Workspace:
    """An open workspace; a context manager."""

    def __init__(self, path: Path, connection: duckdb.DuckDBPyConnection) -> None:
        self.path, self._connection = path, connection

    def __enter__(self) -> Workspace:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Release the file."""
        self._connection.close()

    def fits(self, settings: Mapping[str, Any]) -> None:
        """Remember how logs are read, or make sure that they still are read alike.

        Raises:
            UsageError: The workspace's logs were read with other settings.

        """
        told = json.dumps(settings, sort_keys=True)
        found = self._connection.execute("select settings from about").fetchone()
        if found is None or found[0] is None:
            self._connection.execute("update about set settings = ?", [told])
        elif found[0] != told:
            before = json.loads(found[0])
            changed = sorted(name for name in settings if settings[name] != before.get(name))
            raise UsageError(
                f"{self.path} was filled with another {' and '.join(changed)}; use the same, or another workspace"
            )

    def days(self) -> list[Day]:
        """Every day, the earliest first."""
        rows = self._connection.execute(
            "select day, started, files, batches, rows, state, finished from days order by day"
        ).fetchall()
        return [
            Day(day, started.replace(tzinfo=UTC), tuple(json.loads(files)), batches, count, json.loads(state), finished)
            for day, started, files, batches, count, state, finished in rows
        ]

    def begin(self, files: Sequence[Mapping[str, Any]], now: datetime) -> Day:
        """A new day for these files.

        Raises:
            InputError: The disk is full.

        """
        number = len(self.days()) + 1
        day = Day(number, now.astimezone(UTC), tuple(map(dict, files)), 0, 0, {}, False)
        with _changes(self):
            self._put(day)
        return day

    def keep(self, day: Day, profiles: Profiles, seen: Hashes | None = None) -> None:
        """Replace what is kept of a day by this state, all of it or nothing; `seen` are the ids of a finished one.

        Raises:
            InputError: The disk is full, or the file can't be written.

        """
        with _changes(self):
            self._connection.execute("delete from profiles where day = ?", [day.number])
            for batch in to_rows(profiles):
                self._insert(day.number, batch)
            self._connection.execute("delete from seen where day = ?", [day.number])
            if seen is not None:
                for start in range(0, len(seen), 1 << 20):
                    part = seen[start : start + (1 << 20)].tobytes()
                    self._connection.execute("insert into seen values (?, ?)", [day.number, part])
            self._connection.execute("delete from days where day = ?", [day.number])
            self._put(day)

    def drop(self, day: Day) -> None:
        """Forget an unfinished day.

        Raises:
            InputError: The file can't be written.

        """
        with _changes(self):
            for table in ("profiles", "seen", "days"):
                self._connection.execute(f"delete from {table} where day = ?", [day.number])

    def profiles(self, days: Sequence[Day]) -> Iterator[pa.RecordBatch]:
        """The stored profile rows of these days, in batches."""
        columns = ", ".join(f'"{name}"' for name in ROWS_SCHEMA.names)
        numbers = [day.number for day in days]
        found = self._connection.sql(
            f"select {columns} from profiles where list_contains(?, day) order by day", params=[numbers]
        )
        for batch in found.to_arrow_reader(CHUNK):
            yield batch.cast(ROWS_SCHEMA)

    def seen(self) -> Hashes:
        """The hashes of all exchange ids of finished days, uint64."""
        rows = self._connection.execute("select hashes from seen").fetchall()
        return np.concatenate([np.zeros(0, np.uint64), *(np.frombuffer(part, np.uint64) for (part,) in rows)])

    def _put(self, day: Day) -> None:
        files, state = json.dumps(day.files), json.dumps(day.state)
        started = day.started.replace(tzinfo=None)
        values = [day.number, started, files, day.batches, day.rows, state, day.finished]
        self._connection.execute("insert into days values (?, ?, ?, ?, ?, ?, ?)", values)

    def _insert(self, number: int, batch: pa.RecordBatch) -> None:
        day = pa.array(np.full(len(batch), number, np.int32))
        self._connection.register("rows_", pa.Table.from_batches([batch]).add_column(0, "day", day))
        try:
            self._connection.execute("insert into profiles select * from rows_")
        finally:
            self._connection.unregister("rows_")


def _make(path: Path, connection: duckdb.DuckDBPyConnection) -> None:
    with _changes(Workspace(path, connection)):
        connection.execute(_TABLES)
        connection.register("rows_", ROWS_SCHEMA.empty_table())
        connection.execute("create table profiles as select 0::integer as day, * from rows_")
        connection.unregister("rows_")
        connection.execute("insert into about values (?, null, now()::timestamp)", [LAYOUT_VERSION])


class _changes:  # noqa: N801 (reads as a word at its use)
    """One transaction; an error of DuckDB becomes one clear line, and nothing is changed."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._connection = workspace._connection

    def __enter__(self) -> None:
        self._connection.execute("begin")

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: object) -> None:
        try:
            self._connection.execute("rollback" if kind else "commit")
        except duckdb.Error as failed:
            error = error if isinstance(error, duckdb.Error) else failed
        if isinstance(error, duckdb.Error):
            raise _unwritable(self._workspace.path, error) from None


def open_workspace(path: Path) -> Workspace:
    """Open the workspace of that name, made where there is none.

    Raises:
        InputError: The file is no workspace, is one of another version, is in use, or can't be written.

    """
    try:
        connection = duckdb.connect(str(path), config={"autoinstall_known_extensions": "false", "threads": "2"})
    except duckdb.Error as error:
        if "lock" in str(error):
            raise InputError("another scan is using the workspace; wait for it", file=str(path)) from None
        raise InputError(f"is not a workspace ({_line(error)})", file=str(path)) from None
    try:
        connection.execute("set TimeZone = 'UTC'")
        # A scan that was killed while it made the file leaves it empty.
        if not connection.execute("select count(*) from duckdb_tables()").fetchone()[0]:
            _make(path, connection)
        found = connection.execute("select layout from about").fetchone()
    except duckdb.CatalogException:
        connection.close()
        raise InputError("is a DuckDB file, but no workspace of Stillwatch", file=str(path)) from None
    except InputError:
        connection.close()
        raise
    if found is None or found[0] != LAYOUT_VERSION:
        connection.close()
        raise InputError("was made by another version of Stillwatch; start a new workspace", file=str(path))
    return Workspace(path, connection)


def fingerprint(path: Path) -> dict[str, Any]:
    """What tells a log file from another: its name, size, and a hash of its first and last bytes."""
    import hashlib

    size = path.stat().st_size
    with path.open("rb") as file:
        head = file.read(EDGE)
        file.seek(max(0, size - EDGE))
        tail = file.read(EDGE)
    return {"name": str(path), "size": size, "print": hashlib.sha256(head + tail).hexdigest()[:32]}


def _unwritable(path: Path, error: Exception) -> InputError:
    return InputError(
        f"the workspace can't be written ({_line(error)}); it holds the last checkpoint: make room, then --resume",
        file=str(path),
    )


def _line(error: Exception) -> str:
    return (str(error).strip().splitlines() or ["unknown fault"])[0]
