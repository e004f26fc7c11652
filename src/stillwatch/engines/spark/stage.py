"""What an executor does with its partition: batches of the table in, rows of profiles and of rejected rows out."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from functools import partial

import duckdb
import pyarrow as pa

from stillwatch.engines.local import COLUMNS
from stillwatch.logs.columnar import raw_batch
from stillwatch.logs.format import Format, Sample
from stillwatch.logs.raw import BATCH_ROWS, Fault, RawBatch
from stillwatch.logs.rejects import Rejects
from stillwatch.logs.stream import LogStream
from stillwatch.profile import Profiles, absorb
from stillwatch.profile.rows import ROWS_SCHEMA, to_rows
from stillwatch.profile.secret import Key

#: Accounts after which a partition's profiles are given away and begun anew: bounds an executor's memory.
FLUSH = 1 << 15
_CHUNK = 2048  #: rows of profiles that are packed for the driver together
_BYTES = 1 << 26  #: text after which a batch is closed early

_FAULT = pa.struct(
    [
        ("file", pa.string()),
        ("row", pa.int64()),
        ("cause", pa.string()),
        ("field", pa.string()),
        ("detail", pa.string()),
        ("raw", pa.string()),
    ]
)

#: What a partition gives. A row is the profile of an account (`ROWS_SCHEMA`), a row of the log that was set aside
#: (`fault`), or the partition's counts (`tally`, JSON: one a partition); the other columns are null.
PARTS_SCHEMA = pa.schema([*ROWS_SCHEMA, ("fault", _FAULT), ("tally", pa.string())])
PACKED_SCHEMA = pa.schema([("data", pa.binary())])  #: the same, as Arrow's IPC streams


@dataclass(frozen=True)
class Stage:
    """What the executors need to know of the log."""

    name: str  #: what messages call the log
    log_format: Format
    sample: Sample
    now: datetime
    columns: frozenset[str] = COLUMNS  #: what the profiles are made of
    key: Key | None = None  #: under which what was asked is hashed; no text is kept then

    @property
    def _quotes(self) -> bool:
        """Whether the beginnings of rejected rows, which are text, may leave the executor."""
        return self.key is None and self.columns == COLUMNS

    def parts(self, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        """Profiles, faults and counts of one partition (`PARTS_SCHEMA`)."""
        name = f"{self.name}, partition {_partition()}"
        faults = _Faults(self._quotes)
        read = partial(_raw, batches, name)
        stream = LogStream((name,), read, self.log_format, (self.sample,), self.columns, faults, self.now, whole=False)
        profiles = self.profiles()
        for batch in stream:
            absorb(profiles, batch)
            yield from faults.taken()
            if len(profiles) > FLUSH:
                yield from _rows(profiles, stream)
                profiles = self.profiles()
        yield from faults.taken()
        yield from _rows(profiles, stream)
        counts = {"rows": stream.rows, "seen": stream.tally.state()}
        yield _part(tally=pa.array([json.dumps(counts)]))

    def profiles(self) -> Profiles:
        """No profiles yet, of the kind that this log is read into."""
        return Profiles() if self.key is None else Profiles(key=self.key)

    def packed(self, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        """The parts of one partition for the driver (`PACKED_SCHEMA`): a profile takes a tenth of its bytes so."""
        for part in self.parts(batches):
            for start in range(0, len(part), _CHUNK):
                sink = pa.BufferOutputStream()
                options = pa.ipc.IpcWriteOptions(compression="zstd")
                with pa.ipc.new_stream(sink, PARTS_SCHEMA, options=options) as writer:
                    writer.write_batch(part.slice(start, _CHUNK))
                yield pa.record_batch([pa.array([sink.getvalue().to_pybytes()], pa.binary())], schema=PACKED_SCHEMA)


def unpacked(data: pa.BinaryScalar) -> pa.Table:
    """One value of the packed column as a table (`PARTS_SCHEMA`)."""
    with pa.ipc.open_stream(data.as_buffer()) as stream:
        return stream.read_all()


class _Faults(Rejects):
    """Faults kept until the next batch takes them along."""

    def __init__(self, quotes: bool) -> None:
        super().__init__(None)
        self._quotes = quotes
        self._waiting: list[Fault] = []

    def keep(self, fault: Fault) -> None:
        self._waiting.append(fault if self._quotes else replace(fault, raw=""))

    def taken(self) -> Iterator[pa.RecordBatch]:
        """The faults that wait, as a batch."""
        if self._waiting:
            yield _part(fault=pa.array([asdict(fault) for fault in self._waiting], _FAULT))
            self._waiting = []


def _partition() -> int:
    from pyspark import TaskContext

    context = TaskContext.get()
    return context.partitionId() if context is not None else 0


def _raw(
    batches: Iterable[pa.RecordBatch], name: str, _connection: duckdb.DuckDBPyConnection, _heads: list[str]
) -> Iterator[RawBatch]:
    """Spark's batches as the readers of files give theirs; small ones are put together, which saves much time."""
    number = 1
    for batch in _gathered(batches):
        yield raw_batch(batch, 0, number, name)
        number += batch.num_rows


def _gathered(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    waiting: list[pa.RecordBatch] = []
    rows = size = 0
    for batch in batches:
        waiting.append(batch)
        rows += batch.num_rows
        size += batch.nbytes
        if rows >= BATCH_ROWS or size >= _BYTES:
            yield pa.concat_batches(waiting)
            waiting, rows, size = [], 0, 0
    if rows:
        yield pa.concat_batches(waiting)


def _rows(profiles: Profiles, stream: LogStream) -> Iterator[pa.RecordBatch]:
    profiles.present = stream.present & frozenset(stream.schema.names)
    for batch in to_rows(profiles):
        yield _part(**dict(zip(ROWS_SCHEMA.names, batch.columns, strict=True)))


def _part(**columns: pa.Array) -> pa.RecordBatch:
    rows = len(next(iter(columns.values())))
    arrays = [columns.get(field.name, pa.nulls(rows, field.type)) for field in PARTS_SCHEMA]
    return pa.record_batch(arrays, schema=PARTS_SCHEMA)
