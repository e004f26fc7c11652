"""The workspace's file: one DuckDB database, written in whole checkpoints, so that it is never between two.

A checkpoint holds the profiles of the accounts that changed since the one before (an account's newest row counts, older
ones are outdated), the hashes of new exchange ids, the rows newly set aside, how far each source was read, and the
reader's counts. One transaction makes it valid. Profiles and ids are written before that, a table for each piece, since
DuckDB holds in memory what a transaction writes, and what was added to a table since it last tidied its file; pieces of
a checkpoint that never came to be are thrown out. So killing the process leaves the last checkpoint, and so does a full
disk.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import astuple, dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Literal

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from stillwatch.errors import InputError, StillwatchError, UsageError
from stillwatch.profile import Profiles
from stillwatch.profile.accounts import hash_column
from stillwatch.profile.rows import LAYOUT_VERSION, merge_rows, to_rows
from stillwatch.workspace.sources import Source

VERSION = 2
#: Accounts of one blob: bounds the memory that reading one back takes.
_BLOB_ACCOUNTS = 4096
#: Bytes of a piece, about: what a transaction writes.
_PIECE_BYTES = 1 << 26
#: What DuckDB may take for its own work.
_MEMORY = "512MB"
_SCHEMA = """
create table workspace (version integer, layout varchar, settings varchar);
create table checkpoints (number integer, time timestamp, finished boolean, state varchar);
create table sources (
    checkpoint integer, id integer, path varchar, size bigint, fingerprint varchar,
    read_to bigint, whole boolean, accepted bigint, growing boolean
);
create table pieces (number integer, checkpoint integer, kind varchar, entries integer);
create table rejected (checkpoint integer, line varchar);
"""
#: Tables that hold what each checkpoint added.
_ADDED = ("checkpoints", "sources", "pieces", "rejected")
#: What a piece holds: profiles of accounts, or hashes of exchange ids.
_Kind = Literal["profiles", "ids"]


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What is new since the last checkpoint."""

    finished: bool  #: whether every source was read to its end
    state: Mapping[str, Any]  #: of the reader, fit for JSON
    sources: Sequence[Source]  #: those that changed
    profiles: Profiles
    changed: npt.NDArray[np.bool_]  #: accounts whose profile changed
    ids: Sequence[npt.NDArray[np.uint64]]
    rejected: Sequence[str]


class Store:
    """An open workspace file. Only one process can have it open.

    Attributes:
        path: The file.
        number: Number of its last checkpoint, 0 where there is none.
        finished: Whether that checkpoint ended a scan (also where there is none).
        state: The reader's counts at that checkpoint; empty where there is none.

    """

    def __init__(self, path: Path, *, read_only: bool = False) -> None:
        if not path.exists():
            if read_only:
                raise InputError("no such workspace", file=str(path))
            path.parent.mkdir(parents=True, exist_ok=True)
            _make(path)
        self.path = path
        self._db = _connect(path, read_only)
        try:
            tables = {name for (name,) in self._db.execute("select table_name from duckdb_tables()").fetchall()}
            if not tables.issuperset({"workspace", *_ADDED}):
                raise InputError("is a DuckDB file, but not a workspace of Stillwatch", file=str(path))
            self._check_version()
        except BaseException:
            self._db.close()
            raise
        self.reload()

    def __enter__(self) -> Store:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self._db.close()
        except duckdb.Error:  # what is committed is in the file all the same
            if error is None:
                raise self._unwritten("closing failed") from None

    def reload(self) -> None:
        """Read where the last checkpoint stands."""
        query = "select number, finished, state from checkpoints order by number desc limit 1"
        row = self._db.execute(query).fetchone()
        self.number, self.finished = (int(row[0]), bool(row[1])) if row else (0, True)
        self.state: dict[str, Any] = json.loads(row[2]) if row else {}

    def settle(self, settings: Mapping[str, Any]) -> None:
        """Fix what the profiles are made with, or check that it is what they were made with.

        Raises `UsageError` where it is not.
        """
        row = self._db.execute("select settings from workspace").fetchone()
        known = json.loads(row[0]) if row else None
        if known is None:
            with self._writing():
                values = [VERSION, LAYOUT_VERSION, json.dumps(dict(settings))]
                self._db.execute("insert into workspace values (?, ?, ?)", values)
            return
        for name, value in settings.items():
            if known.get(name) != value:
                raise UsageError(
                    f"{self.path} was made with another {name} ({_difference(known.get(name), value)}): "
                    "profiles of both don't fit together; use another workspace"
                )

    def sources(self) -> list[Source]:
        """How far each source was read, as of the last checkpoint, in the order in which they came."""
        query = """
            select id, path, size, fingerprint, read_to, whole, accepted, growing from sources
            qualify row_number() over (partition by id order by checkpoint desc) = 1 order by id
        """
        return [Source(*row) for row in self._db.execute(query).fetchall()]

    def ids(self) -> Iterator[npt.NDArray[np.uint64]]:
        """Hashes of the exchange ids seen, each once."""
        for blob in self._read_pieces("ids"):
            yield np.frombuffer(blob, np.uint64)

    def rejected(self) -> Iterator[str]:
        """The rows set aside, as lines of JSON."""
        answer = self._db.cursor().execute("select line from rejected order by checkpoint, rowid")
        while rows := answer.fetchmany(10_000):
            yield from (line for (line,) in rows)

    def profiles(self, into: Profiles) -> None:
        """Add the newest profile of every account to empty profiles."""
        for blob in self._read_pieces("profiles"):
            for batch in pa.ipc.open_stream(blob):
                new = into.accounts.find(hash_column(batch.column("account"))) < 0
                merge_rows([batch if new.all() else batch.filter(pa.array(new))], into)

    def write(self, checkpoint: Checkpoint) -> None:
        """Write a checkpoint, in one transaction.

        Raises:
            StillwatchError: It can't be written; the file is as it was before.

        """
        number = self.number + 1
        with self._writing():
            self._db.execute("begin")
            self._drop(f"checkpoint > {self.number}")
            self._db.execute("commit")
            anew = checkpoint.finished and self._mostly_outdated(checkpoint)
            rows = to_rows(checkpoint.profiles, None if anew else checkpoint.changed)
            self._write_pieces(number, "profiles", _blobs(rows))
            self._write_pieces(number, "ids", ((len(ids), ids.tobytes()) for ids in checkpoint.ids if len(ids)))
            self._db.execute("begin")
            if anew:
                self._drop(f"kind = 'profiles' and checkpoint < {number}")
            if checkpoint.finished:
                self._db.execute("delete from checkpoints")
            for source in checkpoint.sources:
                self._db.execute(f"insert into sources values ({number}, {', '.join('?' * 8)})", astuple(source))
            if checkpoint.rejected:
                lines = pa.table({"line": pa.array(checkpoint.rejected, pa.string())})  # noqa: F841 (read by DuckDB)
                self._db.execute(f"insert into rejected select {number}, line from lines")
            values = [number, checkpoint.finished, json.dumps(dict(checkpoint.state))]
            self._db.execute("insert into checkpoints values (?, now()::timestamp, ?, ?)", values)
            self._db.execute("commit")
        self.number, self.finished, self.state = number, checkpoint.finished, dict(checkpoint.state)

    def rewind(self) -> None:
        """Forget all since the last finished scan."""
        with self._writing():
            last = self._db.execute("select coalesce(max(number), 0) from checkpoints where finished").fetchone()
            assert last is not None
            self._db.execute("begin")
            self._drop(f"checkpoint > {last[0]}")
            for table in _ADDED:
                column = "number" if table == "checkpoints" else "checkpoint"
                self._db.execute(f"delete from {table} where {column} > {last[0]}")
            self._db.execute("commit")
        self.reload()

    def facts(self) -> dict[str, Any]:
        """What is in the file, fit for JSON."""
        row = self._db.execute("select settings from workspace").fetchone()
        time = self._db.execute("select max(time) from checkpoints").fetchone()
        assert time is not None
        into = Profiles()
        self.profiles(into)
        return {
            "file": str(self.path),
            "bytes": self.path.stat().st_size,
            "finished": self.finished,
            "checkpoint": time[0].isoformat(timespec="seconds") if time[0] else None,
            "exchanges": self.state.get("rows", 0),
            "accounts": len(into),
            "ids": self._entries("ids"),
            "rejected": self.state.get("rejected", {}),
            "settings": json.loads(row[0]) if row else {},
            "sources": [
                {
                    "path": source.path,
                    "bytes": source.size,
                    "state": "read"
                    if source.whole
                    else f"read to row {source.read_to}"
                    if source.read_to
                    else "waiting",
                    "exchanges": source.accepted,
                }
                for source in self.sources()
            ],
        }

    def _read_pieces(self, kind: _Kind) -> Iterator[bytes]:
        """The blobs of a kind, those of the newest checkpoint first."""
        query = "select number from pieces where kind = ? and checkpoint <= ? order by checkpoint desc, number"
        for (piece,) in self._db.execute(query, [kind, self.number]).fetchall():
            for (blob,) in self._db.execute(f"select content from piece_{piece}").fetchall():
                yield blob

    def _write_pieces(self, checkpoint: int, kind: _Kind, blobs: Iterable[tuple[int, bytes]]) -> None:
        """Write blobs, each with how many entries it has, as pieces: each a table and a transaction of its own."""
        last = self._db.execute("select coalesce(max(number), 0) from pieces").fetchone()
        assert last is not None
        piece, size, entries = int(last[0]), 0, 0
        for count, blob in blobs:
            if not size:
                piece += 1
                self._db.execute(f"begin; create table piece_{piece} (content blob)")
            self._db.execute(f"insert into piece_{piece} values (?)", [blob])
            size, entries = size + len(blob), entries + count
            if size >= _PIECE_BYTES:
                self._db.execute(f"insert into pieces values ({piece}, {checkpoint}, '{kind}', {entries}); commit")
                size, entries = 0, 0
        if size:
            self._db.execute(f"insert into pieces values ({piece}, {checkpoint}, '{kind}', {entries}); commit")

    def _entries(self, kind: _Kind) -> int:
        """How many entries the pieces of a kind have."""
        query = "select coalesce(sum(entries), 0) from pieces where kind = ? and checkpoint <= ?"
        row = self._db.execute(query, [kind, self.number]).fetchone()
        assert row is not None
        return int(row[0])

    def _drop(self, which: str) -> None:
        """Throw out pieces."""
        for (piece,) in self._db.execute(f"select number from pieces where {which}").fetchall():
            self._db.execute(f"drop table piece_{piece}")
        self._db.execute(f"delete from pieces where {which}")

    def _mostly_outdated(self, checkpoint: Checkpoint) -> bool:
        """Whether more than half of the profiles in the file are outdated, so that it's time to write them anew."""
        return self._entries("profiles") + int(checkpoint.changed.sum()) > 2 * len(checkpoint.profiles)

    def _check_version(self) -> None:
        row = self._db.execute("select version, layout from workspace").fetchone()
        if row is not None and (row[0] != VERSION or row[1] != LAYOUT_VERSION):
            raise InputError(
                "was written by another version of Stillwatch, whose profiles this one can't read; scan into a new one",
                file=str(self.path),
            )

    @contextmanager
    def _writing(self) -> Iterator[None]:
        try:
            yield
        except (
            duckdb.IOException,
            duckdb.FatalException,
            duckdb.TransactionException,
            duckdb.OutOfMemoryException,
        ) as e:
            raise self._unwritten(str(e)) from None

    def _unwritten(self, why: str) -> StillwatchError:
        reason = why.splitlines()[0].removeprefix("TransactionContext Error: ").removeprefix("Failed to commit: ")
        return StillwatchError(
            f"{self.path}: can't be written ({reason}); it still holds all up to its last checkpoint: make room on the "
            "disk and go on with --resume"
        )


def _make(path: Path) -> None:
    """Make an empty workspace, which has its name only once it is whole."""
    unborn = path.with_name(path.name + ".new")
    for left in (unborn, unborn.with_name(unborn.name + ".wal"), path.with_name(path.name + ".wal")):
        left.unlink(missing_ok=True)
    try:
        with duckdb.connect(str(unborn)) as connection:
            connection.execute(f"begin; {_SCHEMA} commit")
    except duckdb.Error as error:
        raise StillwatchError(f"{path}: can't be made ({str(error).splitlines()[0]})") from None
    unborn.replace(path)


def _connect(path: Path, read_only: bool) -> duckdb.DuckDBPyConnection:
    try:
        # DuckDB would open a file of JSON or CSV as a database of its own making.
        with path.open("rb") as stream:
            if stream.read(12)[8:] != b"DUCK":
                raise InputError("is not a workspace (no DuckDB file)", file=str(path))
    except OSError as error:
        raise InputError(f"can't be opened ({error.strerror})", file=str(path)) from None
    try:
        return duckdb.connect(str(path), read_only=read_only, config={"memory_limit": _MEMORY, "threads": 2})
    except duckdb.Error as error:
        text = str(error)
        if "lock" in text:
            raise UsageError(f"{path}: another process has this workspace open; wait for it or end it") from None
        raise InputError(f"can't be opened ({text.splitlines()[0]})", file=str(path)) from None


def _blobs(batches: Iterable[pa.RecordBatch]) -> Iterator[tuple[int, bytes]]:
    """Rows as compressed Arrow streams, and how many rows each has."""
    options = pa.ipc.IpcWriteOptions(compression="lz4")
    for batch in batches:
        for start in range(0, batch.num_rows, _BLOB_ACCOUNTS):
            part = batch.slice(start, _BLOB_ACCOUNTS)
            sink = pa.BufferOutputStream()
            with pa.ipc.new_stream(sink, batch.schema, options=options) as stream:
                stream.write_batch(part)
            yield part.num_rows, sink.getvalue().to_pybytes()


def _difference(was: object, now: object) -> str:
    """What is otherwise: of two lists, what only one of them has."""
    if isinstance(was, list) and isinstance(now, list):
        gone, new = (", ".join(each for each in one if each not in other) for one, other in ((was, now), (now, was)))
        return "; ".join([*([f"now without {gone}"] if gone else []), *([f"now also {new}"] if new else [])])
    return f"{_short(was)}, now {_short(now)}"


def _short(value: object) -> str:
    text = str(value)
    return text if len(text) <= 60 else text[:57] + "..."
