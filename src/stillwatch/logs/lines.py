"""JSON Lines and JSON documents -> batches of JSON text, one row an object, cut from blocks of bytes by NumPy."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from stillwatch.errors import InputError
from stillwatch.logs.files import LogFile
from stillwatch.logs.raw import BATCH_BYTES, BATCH_ROWS, ENCODING, JSON_LINES, Fault, RawBatch, excerpt, pieces

#: A line longer than this is not JSON Lines.
MAX_LINE = 1 << 28
#: Bytes that are cut into lines at once: they stay in a core's cache from reading to checking.
_BLOCK = 1 << 21
_NEWLINE = ord("\n")
_BOM = b"\xef\xbb\xbf"
_SCHEMA = pa.schema([pa.field("line", pa.string())], metadata=JSON_LINES)


@dataclass
class _Pending:
    """Rows waiting for a full batch: logs of one object per file would else be read a row at a time."""

    chunks: list[pa.Array] = field(default_factory=list)
    files: list[npt.NDArray[np.int32]] = field(default_factory=list)
    rows: list[npt.NDArray[np.int64]] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    count: int = 0
    size: int = 0

    def add(self, lines: pa.Array, file: int, rows: npt.NDArray[np.int64], faults: Sequence[Fault]) -> None:
        self.faults += faults
        self.chunks.append(lines)
        self.files.append(np.full(len(rows), file, np.int32))
        self.rows.append(rows)
        self.count += len(rows)
        self.size += lines.nbytes

    @property
    def full(self) -> bool:
        return self.count >= BATCH_ROWS or self.size >= BATCH_BYTES

    def take(self) -> RawBatch:
        column = pa.chunked_array(self.chunks, pa.string())
        empty = [np.empty(0, np.int32)], [np.empty(0, np.int64)]
        batch = RawBatch(
            pa.table([column], schema=_SCHEMA),
            np.concatenate(self.files or empty[0]),
            np.concatenate(self.rows or empty[1]),
            tuple(self.faults),
        )
        self.__init__()  # type: ignore[misc]
        return batch


def read_json(
    files: Sequence[tuple[int, LogFile]],
    connection: duckdb.DuckDBPyConnection,
    behind: Mapping[int, int] = MappingProxyType({}),
) -> Iterator[RawBatch]:
    """Batches of JSON text from JSON Lines files and JSON documents, in the order given.

    Pieces of a file that end at or before its row in `behind` are left out. Where an earlier run ended a batch
    there, the batches are those that would have come after it.

    Raises:
        InputError: A truncated file, a document that is not JSON, a line of more than 256 MB.

    """
    pending = _Pending()
    for index, file in files:
        read = _documents(file, connection) if file.kind == "json" else _lines(file)
        past = behind.get(index, 0)
        for lines, rows, faults in read:
            for piece, found in pieces(rows, faults):
                numbers = rows[piece]
                if max(numbers[-1:].max(initial=0), *(fault.row for fault in found[-1:]), 0) <= past:
                    continue
                pending.add(lines[piece], index, numbers, found)
                if pending.full:
                    yield pending.take()
    if pending.count or pending.faults:
        yield pending.take()


def _lines(file: LogFile) -> Iterator[tuple[pa.Array, npt.NDArray[np.int64], list[Fault]]]:
    """Whole lines, block by block, with their line numbers, and those that are no text."""
    rest, first, size = b"", 1, min(_BLOCK, BATCH_BYTES // 2)
    with file.open() as stream:
        # What a block leaves of a line goes before the next one, which is read behind it: no line is copied twice. A
        # long line takes blocks of its own length.
        while read := file.fill(stream, block := _behind(rest, max(size, len(rest))), len(rest)):
            filled = len(rest) + read
            if first == 1 and len(rest) < len(_BOM) <= filled and block.startswith(_BOM):
                del block[: len(_BOM)]
                filled -= len(_BOM)
            cut = block.rfind(b"\n", 0, filled) + 1
            if cut:
                ends = np.flatnonzero(np.frombuffer(block, np.uint8, cut) == _NEWLINE)
                yield _split(block, ends, file, first)
                first += len(ends)
            rest = bytes(memoryview(block)[cut:filled])
            if len(rest) > MAX_LINE:
                raise InputError("a line of more than 256 MB; is it JSON Lines?", file=file.name, row=first)
    if rest:
        whole = rest + b"\n"
        yield _split(whole, np.array([len(whole) - 1]), file, first)


def _behind(rest: bytes, size: int) -> bytearray:
    """The rest, and room for `size` bytes behind it."""
    block = bytearray(len(rest) + size)
    block[: len(rest)] = rest
    return block


def _split(
    data: bytes | bytearray, ends: npt.NDArray[np.int64], file: LogFile, first: int
) -> tuple[pa.Array, npt.NDArray[np.int64], list[Fault]]:
    """Lines of `data`, which end in the newlines at `ends`, their numbers from `first` on, and those not UTF-8."""
    offsets = np.concatenate(([0], ends + 1)).astype(np.int32)
    rows = np.arange(first, first + len(ends), dtype=np.int64)
    lines = pa.StringArray.from_buffers(len(ends), pa.py_buffer(offsets), pa.py_buffer(data))
    lengths = np.diff(offsets)
    starts = np.frombuffer(data, np.uint8)[offsets[:-1]]
    keep = (lengths > 2) | ((lengths == 2) & (starts != ord("\r")))  # a blank line is no row
    faults: list[Fault] = []
    try:
        lines.validate(full=True)
    except pa.ArrowInvalid:
        for i in np.flatnonzero(keep):
            text = bytes(data[offsets[i] : offsets[i + 1]])
            try:
                text.decode()
            except UnicodeDecodeError as error:
                keep[i] = False
                detail = f"byte {error.start + 1} is not UTF-8"
                faults.append(Fault(file.name, int(rows[i]), ENCODING, None, detail, excerpt(text)))
        kept = np.flatnonzero(keep)
        lines = pa.array([data[offsets[i] : offsets[i + 1]] for i in kept], pa.binary()).cast(pa.string())
        return lines, rows[kept], faults
    if not keep.all():
        lines, rows = lines.filter(pa.array(keep)), rows[keep]
    return lines, rows, faults


def _documents(
    file: LogFile, connection: duckdb.DuckDBPyConnection
) -> Iterator[tuple[pa.Array, npt.NDArray[np.int64], list[Fault]]]:
    """The objects of a JSON array, or of a file of one or more pretty-printed objects."""
    data = b"".join(file.blocks()).removeprefix(_BOM).strip()
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        raise InputError(f"unreadable encoding, byte {error.start + 1} is not UTF-8", file=file.name) from None
    try:
        if text.startswith("["):
            query = "select unnest(from_json($1::varchar, '[\"JSON\"]'))::varchar as line"
            column = connection.sql(query, params=[text]).to_arrow_reader(BATCH_ROWS).read_all().column("line")
        else:
            column = pa.chunked_array([_concatenated(text)])
    except (duckdb.Error, ValueError, RecursionError) as error:
        detail = str(error).splitlines()[0]
        raise InputError(
            f"is not valid JSON ({detail}); JSON Lines can be read past a broken line", file=file.name
        ) from None
    first = 1
    for chunk in column.fill_null("null").chunks:
        yield chunk, np.arange(first, first + len(chunk), dtype=np.int64), []
        first += len(chunk)


def _concatenated(text: str) -> pa.Array:
    """Pretty-printed objects one after another, each re-written on a line."""
    decoder, found, position = json.JSONDecoder(), [], 0
    while position < len(text):
        value, position = decoder.raw_decode(text, position)
        found.append(json.dumps(value))
        while position < len(text) and text[position] in " \t\r\n,":
            position += 1
    return pa.array(found, pa.string())
