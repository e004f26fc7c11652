"""Rows as a file holds them, before a format gives them meaning; and one row per fault found on the way."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

#: Rows of a batch, and the bytes of text after which a batch is closed early.
BATCH_ROWS = 1 << 16
BATCH_BYTES = 1 << 25

BROKEN_LINE = "broken line"
ENCODING = "unreadable encoding"
MISSING = "missing field"
WRONG_TYPE = "wrong type"
NOT_A_NUMBER = "not a number"
NEGATIVE = "negative value"
TIME_RANGE = "time out of range"
DUPLICATE = "duplicate exchange id"

#: Why a row is set aside; `LogStream.rejected` counts by these words.
CAUSES = (BROKEN_LINE, ENCODING, MISSING, WRONG_TYPE, NOT_A_NUMBER, NEGATIVE, TIME_RANGE, DUPLICATE)


@dataclass(frozen=True, slots=True)
class Fault:
    """A row that is set aside. `row` counts from 1: lines of JSON Lines, records of CSV, Parquet and JSON arrays."""

    file: str
    row: int
    cause: str
    field: str | None
    detail: str
    raw: str


@dataclass(frozen=True, slots=True)
class RawBatch:
    """Rows of one or more files.

    Attributes:
        table: One column `line` of JSON text, or the file's own columns.
        files: int32[rows], index into the log's files.
        rows: int64[rows], number of the row in its file, from 1.
        faults: Rows that did not even become rows.

    """

    table: pa.Table
    files: npt.NDArray[np.int32]
    rows: npt.NDArray[np.int64]
    faults: tuple[Fault, ...] = ()

    def after(self, behind: Mapping[int, int], named: Mapping[str, int]) -> RawBatch:
        """What comes after row `behind[file]` of each file; `named` says the same of the files' names."""
        limits = np.zeros(max(*behind, int(self.files.max(initial=0))) + 1, np.int64)
        limits[list(behind)] = list(behind.values())
        keep = self.rows > limits[self.files]
        faults = tuple(fault for fault in self.faults if fault.row > named.get(fault.file, 0))
        if keep.all() and len(faults) == len(self.faults):
            return self
        return RawBatch(self.table.filter(pa.array(keep)), self.files[keep], self.rows[keep], faults)

    @property
    def is_lines(self) -> bool:
        """Whether the rows are JSON text."""
        return bool(self.table.column_names == ["line"] and self.table.schema.metadata == JSON_LINES)


#: Marks a table of JSON text, so that a CSV with a lone column called `line` is not taken for one.
JSON_LINES = {b"stillwatch": b"json"}


def pieces(rows: npt.NDArray[np.int64], faults: Sequence[Fault]) -> Iterator[tuple[slice, list[Fault]]]:
    """Where rows of a file are cut into batches, and the faults of each, so that none comes after a later row."""
    waiting = sorted(faults, key=lambda fault: fault.row)
    for start in range(0, max(len(rows), 1), BATCH_ROWS):
        stop = min(start + BATCH_ROWS, len(rows))
        here = len(waiting) if stop == len(rows) else sum(fault.row <= rows[stop - 1] for fault in waiting)
        yield slice(start, stop), waiting[:here]
        waiting = waiting[here:]


def excerpt(value: object, size: int = 500) -> str:
    """The first `size` characters of a row, for the file of rejected rows."""
    if isinstance(value, bytes):
        return value[: size * 4].decode("utf-8", "replace")[:size]
    return str(value)[:size]
