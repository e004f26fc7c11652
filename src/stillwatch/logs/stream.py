"""The stream of exchanges: raw batches in, checked ones out, with the counts and notes that a scan reports."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from stillwatch.cores import ahead
from stillwatch.errors import InputError, UsageError
from stillwatch.exchange import EXCHANGE_SCHEMA
from stillwatch.logs.check import Checked, Marks, check
from stillwatch.logs.duplicates import SeenIds
from stillwatch.logs.format import Format, Sample
from stillwatch.logs.meter import Meter
from stillwatch.logs.project import Projected, connect, project
from stillwatch.logs.raw import DUPLICATE, ENCODING, Fault, RawBatch, excerpt
from stillwatch.logs.rejects import Rejects
from stillwatch.logs.tally import Tally

#: Gives a log's raw batches; takes a DuckDB to work with and the names of the top-level columns that are needed.
ReadRaw = Callable[[duckdb.DuckDBPyConnection, list[str]], Iterator[RawBatch]]


class LogStream:
    """Exchanges of a log, in the order in which they are read; iterate once.

    The log is files (`open_logs`) or whatever else gives raw batches: an engine on a cluster has a stream for each
    partition, which is `whole` only where it is all of the log.

    Yields `pa.RecordBatch` of about 65,536 rows with the wanted columns of `EXCHANGE_SCHEMA`, in its order; a field
    that the log lacks is a column of nulls. A text column that a Parquet file holds as a dictionary comes as one.

    Attributes:
        format: Name of the log's format.
        files: Names of the files, in the order read.
        schema: Schema of the batches.
        present: Exchange columns that the log has (by its first rows; complete after the iteration).
        rows: Rows accepted so far.
        accepted: Those of each file, of the rows read by this stream, int64[files].
        reached: Last row of each file that this stream read, int64[files]: rows up to it were given or set aside.
        rejected: Cause -> rows set aside so far.
        filled: Exchange column -> percentage of the accepted rows that have it.
        notes: What the reader noticed and the analyst should know; complete after the iteration.

    """

    def __init__(
        self,
        files: tuple[str, ...],
        read: ReadRaw,
        log_format: Format,
        samples: tuple[Sample, ...],
        columns: frozenset[str],
        rejects: Rejects,
        now: datetime,
        empty: tuple[str, ...] = (),
        *,
        whole: bool = True,
        meter: Meter | None = None,
        threads: int = 1,
    ) -> None:
        self.format = log_format.name
        self.files = files
        self.schema = pa.schema([field for field in EXCHANGE_SCHEMA if field.name in columns])
        self._sampled = frozenset(
            name for name in EXCHANGE_SCHEMA.names if any(log_format.reads(name, sample) for sample in samples)
        )
        self._read, self._format, self._now = read, log_format, now
        self._empty = frozenset(empty)
        self._whole = whole
        self._meter = meter
        self._behind = 0.0  #: share of the log's bytes that is in the rows so far
        self._threads = threads  #: batches that are parsed and checked side by side
        # Identity, time and account are checked whether wanted or not.
        needed = columns | {"exchange_id", "time", "account"}
        self._wanted = tuple(name for name in EXCHANGE_SCHEMA.names if name in needed)
        texts = {name for name in ("prompt", "model") if name in log_format.select}
        self._has_text = texts <= needed
        self._seen = SeenIds()
        self._rejects = rejects
        self.tally = Tally(log_format.notices)
        self._started = False
        self.rows = 0
        self._before = 0
        self._index = {name: index for index, name in enumerate(files)}
        self.reached = np.zeros(len(files), np.int64)
        self.accepted = np.zeros(len(files), np.int64)
        self._labels = _labels(self.files)

    def state(self) -> dict[str, Any]:
        """What the reader knows of the rows so far, fit for JSON."""
        return {
            "rows": self.rows,
            "rejected": dict(self._rejects.counts),
            "tally": self.tally.state(),
            "sampled": sorted(self._sampled),
        }

    def go_on(
        self,
        state: Mapping[str, Any],
        ids: Iterable[npt.NDArray[np.uint64]],
        lines: Iterable[str],
        tell: Callable[[npt.NDArray[np.uint64]], None],
    ) -> None:
        """Begin where another reader stood: its `state`, the hashes of the ids it saw, the lines of its rejected rows.

        `tell` gets the hashes of each batch's new ids.
        """
        if state:
            self.rows = self._before = state["rows"]
            self._rejects.counts.update(state["rejected"])
            self.tally.add_state(state["tally"])
            self._sampled |= frozenset(state["sampled"])
        for hashes in ids:
            self._seen.remember(hashes)
        self._rejects.earlier = lines
        self._seen.tell = tell

    @property
    def total(self) -> int | None:
        """About how many rows there will be, judged by the bytes that are behind; None before the first."""
        behind = self._behind
        return self._before + int((self.rows - self._before) / behind) if behind else None

    @property
    def present(self) -> frozenset[str]:
        """Exchange columns that the log has."""
        return self._sampled | {name for name, share in self.filled.items() if share > 0}

    @property
    def rejected(self) -> dict[str, int]:
        """Cause -> rows set aside, the most frequent first."""
        return self._rejects.by_cause

    @property
    def filled(self) -> dict[str, float]:
        """Exchange column -> percentage of accepted rows that have it, of the columns that were read."""
        return self.tally.filled(self.schema.names, self.rows)

    @property
    def notes(self) -> tuple[str, ...]:
        """Remarks for the analyst."""
        found = [f"{name} is empty" for name in sorted(self._empty)]
        found += self.tally.notes()
        if self._seen.full:
            found.append(f"duplicate exchange ids were looked for in the first {self._seen.count:,} rows only")
        return tuple(found)

    def __iter__(self) -> Iterator[pa.RecordBatch]:
        """The batches.

        Raises:
            InputError: A file damaged past its beginning (what came before was given), or not one row is an exchange.

        """
        if self._started:
            raise UsageError("a log stream is read once; open the logs again")
        self._started = True
        with ExitStack() as stack:
            # Each batch that is looked at has a DuckDB to itself, and so has the reader, where it goes on meanwhile.
            alone = self._threads == 1
            connections = [stack.enter_context(connect(2 if alone else 1)) for _ in range(self._threads + (not alone))]
            rejects = stack.enter_context(self._rejects)

            def look(place: int, read: tuple[RawBatch, float]) -> tuple[Projected, Checked]:
                return self._look(read[0], connections[place])

            raws = self._read(connections[-1], self._format.heads(self._wanted))
            reads = ((raw, 0.0 if self._meter is None else self._meter.share) for raw in raws)
            for (raw, behind), (projected, checked) in ahead(look, reads, self._threads):
                self._behind = behind
                rejects.add(raw.faults)
                batch = self._exchanges(raw, projected, checked, rejects)
                self._reach(raw)
                if batch.num_rows:
                    yield batch
        self._seen.forget()  # the analysis that comes after the last row needs the memory
        if self._whole and self.rows == 0:
            raise nothing(self.files[0], self._rejects)

    def _reach(self, raw: RawBatch) -> None:
        """Note the last row of each file in the batch."""
        if len(raw.rows):
            ends = np.append(np.flatnonzero(np.diff(raw.files)), len(raw.rows) - 1)
            self.reached[raw.files[ends]] = raw.rows[ends]
        for fault in raw.faults:
            file = self._index[fault.file]
            self.reached[file] = max(int(self.reached[file]), fault.row)

    def _look(self, raw: RawBatch, connection: duckdb.DuckDBPyConnection) -> tuple[Projected, Checked]:
        """The columns of a batch, and what is wrong in it by itself."""
        if not len(raw.rows):
            return Projected({}, None, {}, ()), Checked({}, Marks(0), 0)
        projected = project(raw, self._format, self._wanted, connection)
        checked = check(
            projected.columns,
            len(raw.rows),
            broken=projected.broken,
            nested=projected.nested,
            has_text=self._has_text,
            now=np.datetime64(self._now.astimezone(UTC).replace(tzinfo=None), "us"),
        )
        return projected, checked

    def _exchanges(self, raw: RawBatch, projected: Projected, checked: Checked, rejects: Rejects) -> pa.RecordBatch:
        rows = len(raw.rows)
        if rows == 0:
            return pa.RecordBatch.from_pylist([], schema=self.schema)
        marks, columns = checked.marks, checked.columns
        if "exchange_id" in columns:
            repeated = self._seen.repeated(columns["exchange_id"], marks.bad)
            marks.mark(repeated, DUPLICATE, "exchange_id", "the id came before")
        rejects.add(self._faults(raw, checked))
        bad = marks.bad
        columns["exchange_id"] = self._identify(columns.get("exchange_id"), raw)
        arrays = [columns.get(field.name) for field in self.schema]
        filled = [pa.nulls(rows, f.type) if a is None else a for f, a in zip(self.schema, arrays, strict=True)]
        batch = pa.RecordBatch.from_arrays(filled, names=self.schema.names)
        if bad is not None:
            batch = batch.filter(pa.array(~bad))
        self.rows += batch.num_rows
        self.accepted += np.bincount(raw.files if bad is None else raw.files[~bad], minlength=len(self.files))
        self.tally.add(batch, rows, checked.cut, projected.noticed)
        return batch

    def _identify(self, ids: pa.Array | None, raw: RawBatch) -> pa.Array:
        """The ids of the log; where there is none, file and row."""
        if "exchange_id" not in self.schema.names or (ids is not None and ids.null_count == 0):
            return ids if ids is not None else pa.nulls(len(raw.rows), pa.string())
        made = pc.binary_join_element_wise(
            self._labels.take(pa.array(raw.files)), pa.array(raw.rows).cast(pa.string()), ":"
        )
        return made if ids is None else pc.coalesce(ids, made)

    def _faults(self, raw: RawBatch, checked: Checked) -> Iterator[Fault]:
        """The rows set aside, one at a time: only these are looked at alone."""
        codes = checked.marks.codes
        if codes is None:
            return
        places: npt.NDArray[np.intp] = np.flatnonzero(codes)
        # In slices, so that a batch that is wholly wrong is not copied into Python at once.
        for start in range(0, len(places), 1024):
            part = places[start : start + 1024]
            texts = _raw_texts(raw, part)
            for place, text in zip(part, texts, strict=True):
                cause, column, detail = checked.marks.kinds[codes[place]]
                yield Fault(self.files[raw.files[place]], int(raw.rows[place]), cause, column, detail, text)


def nothing(name: str, rejects: Rejects) -> InputError:
    """The error for a log without a single exchange."""
    if not rejects.counts:
        return InputError("the log has no rows", file=name)
    causes = ", ".join(f"{cause}: {count:,}" for cause, count in rejects.by_cause.items())
    said = f"no row is an exchange, all were set aside ({causes})"
    if (first := rejects.first) is not None:
        said += f"; row {first.row}" + (f", field '{first.field}'" if first.field else "") + f": {first.detail}"
    if next(iter(rejects.by_cause)) == ENCODING:
        said += "; logs are UTF-8: convert it, e.g. iconv -f LATIN1 -t UTF-8"
    kept = f"; the rows are in {rejects.path}" if rejects.path else ""
    return InputError(f"{said}{kept}", file=name)


def _raw_texts(raw: RawBatch, places: npt.NDArray[np.intp]) -> list[str]:
    """The beginnings of rows as text: the line, or the columns read as JSON."""
    table = raw.table.take(pa.array(places))
    if raw.is_lines:
        return [
            excerpt(text.rstrip("\r\n")) for text in pc.utf8_slice_codeunits(table.column("line"), 0, 501).to_pylist()
        ]
    whole = [column.cast(pa.string()) if pa.types.is_dictionary(column.type) else column for column in table.columns]
    short = [pc.utf8_slice_codeunits(text, 0, 501) if pa.types.is_string(text.type) else text for text in whole]
    records = pa.table(short, names=table.column_names).to_pylist()
    return [excerpt(json.dumps(record, default=str, ensure_ascii=False)) for record in records]


def _labels(names: tuple[str, ...]) -> pa.Array:
    """A short name of each file that is the same wherever the log lies: its path below what all files share."""
    parents = [Path(name).resolve().parts[:-1] for name in names]
    shared = 0
    while all(len(parts) > shared and parts[shared] == parents[0][shared] for parts in parents):
        shared += 1
    return pa.array(["/".join(Path(name).resolve().parts[shared:]) for name in names], pa.string())
