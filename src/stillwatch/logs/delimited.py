"""CSV and TSV -> raw batches of text columns; records of the wrong width or encoding are set aside."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from pyarrow import csv as arrow_csv

from stillwatch.errors import InputError
from stillwatch.logs.encoding import as_text
from stillwatch.logs.files import LogFile
from stillwatch.logs.raw import BATCH_BYTES, BROKEN_LINE, Fault, RawBatch, excerpt, pieces

#: A record must fit in a block; the second size is tried when one does not fit in the first.
_BLOCKS = (BATCH_BYTES // 2, 1 << 29)


def header(file: LogFile) -> tuple[list[str], str]:
    """The column names of a CSV file and its delimiter (a comma, semicolon, tab or bar)."""
    text = file.head().removeprefix(b"\xef\xbb\xbf").decode("utf-8", "replace")
    first = text.splitlines()[0] if text.strip() else ""
    delimiter = max(",;\t|", key=first.count)
    csv.field_size_limit(1 << 24)
    names = next(csv.reader(io.StringIO(text), delimiter=delimiter), [])
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise InputError("the header names this column twice", file=file.name, row=0, field=twice)
    return names, delimiter


def sample(file: LogFile, rows: int) -> tuple[list[str], list[dict[str, str]]]:
    """Column names and the first rows as text."""
    names, delimiter = header(file)
    text = file.head(1 << 16).removeprefix(b"\xef\xbb\xbf").decode("utf-8", "replace")
    reader = csv.DictReader(io.StringIO(text), delimiter=delimiter)
    found: list[dict[str, str]] = []
    try:
        for row in reader:
            found.append({key: value for key, value in row.items() if isinstance(key, str) and value})
            if len(found) == rows:
                break
    except csv.Error:  # a field cut by the end of the head; the reader proper judges
        pass
    return names, found


def read_csv(file: LogFile, index: int, wanted: Sequence[str]) -> Iterator[RawBatch]:
    """The wanted columns as text, in record order.

    Raises:
        InputError: A truncated file, or one that can't be split into records.

    """
    names, delimiter = header(file)
    columns = [name for name in names if name in set(wanted)] or names[:1]
    done = 0
    for attempt, block in enumerate(_BLOCKS):
        try:
            for batch in _read(file, index, columns, names, delimiter, block, done):
                done = int(batch.rows[-1]) if len(batch.rows) else done
                yield batch
            return
        except pa.ArrowInvalid as error:
            if "straddl" not in str(error) or attempt + 1 == len(_BLOCKS):
                detail = str(error).splitlines()[0]
                raise InputError(f"can't be read as CSV ({detail})", file=file.name, row=done + 1) from None


def _read(
    file: LogFile, index: int, columns: list[str], names: list[str], delimiter: str, block: int, done: int
) -> Iterator[RawBatch]:
    """Batches of the records after number `done`."""
    ragged: list[Any] = []

    def skip(row: Any) -> str:
        ragged.append(row)
        return "skip"

    with file.open() as stream:
        counted = _Quotes(stream)
        try:
            reader = arrow_csv.open_csv(
                pa.PythonFile(counted, mode="r"),
                # Serial, so that a skipped record comes with its number.
                read_options=arrow_csv.ReadOptions(use_threads=False, block_size=block),
                parse_options=arrow_csv.ParseOptions(
                    delimiter=delimiter, newlines_in_values=True, invalid_row_handler=skip
                ),
                convert_options=arrow_csv.ConvertOptions(
                    # Bytes first: one bad byte must cost its row, not the file.
                    column_types={name: pa.binary() for name in names},
                    include_columns=columns,
                    null_values=[""],
                    strings_can_be_null=True,
                    quoted_strings_can_be_null=False,
                ),
            )
        except OSError as error:
            raise file.damaged(error) from None
        number = 1
        # One batch is held back, because only the end of the file tells whether its last record is whole.
        held: tuple[pa.Table, npt.NDArray[np.int64], list[Fault]] | None = None
        while True:
            try:
                batch = reader.read_next_batch()
            except StopIteration:
                batch = None
            except OSError as error:
                raise file.damaged(error) from None
            # Records are numbered from 1 after the header; Arrow counts the header as 1.
            skipped = np.array([row.number - 1 for row in ragged], np.int64)
            faults = [_ragged(file, row) for row in ragged if row.number - 1 > done]
            ragged.clear()
            length = batch.num_rows if batch is not None else 0
            rows = np.arange(number, number + length + len(skipped), dtype=np.int64)
            number += len(rows)
            rows = rows[~np.isin(rows, skipped)][:length]
            if batch is None:
                table, kept, before = held or (pa.table({}), np.empty(0, np.int64), [])
                if counted.count % 2 and _unclosed(table):
                    last = {name: table.column(name)[-1].as_py() for name in table.column_names}
                    detail = "a quote is opened here and never closed; it may have swallowed the rows after it"
                    faults.append(Fault(file.name, int(kept[-1]), BROKEN_LINE, None, detail, excerpt(last)))
                    table, kept = table.slice(0, table.num_rows - 1), kept[:-1]
                yield from _pieces(file, index, table, kept, [*before, *faults])
                return
            if held is not None:
                yield from _pieces(file, index, *held)
            fresh = rows > done
            held = (pa.table(batch).filter(pa.array(fresh)), rows[fresh], faults)


class _Quotes:
    """A stream that counts the quotes it gives: an odd number means that one is never closed."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream
        self.closed = False
        self.count = 0

    def read(self, size: int = -1) -> bytes:
        """Up to `size` bytes."""
        data = bytes(self._stream.read(size))
        self.count += data.count(b'"')
        return data

    def close(self) -> None:
        """The owner of the stream closes it."""
        self.closed = True


def _unclosed(table: pa.Table) -> bool:
    """Whether the last record goes on over the end of a line, as one does that an open quote has swallowed."""
    return table.num_rows > 0 and any(b"\n" in (column[-1].as_py() or b"") for column in table.columns)


def _ragged(file: LogFile, row: Any) -> Fault:
    detail = f"{row.actual_columns} fields where the header has {row.expected_columns}"
    return Fault(file.name, row.number - 1, BROKEN_LINE, None, detail, excerpt(row.text))


def _pieces(file: LogFile, index: int, table: pa.Table, rows: Any, faults: list[Fault]) -> Iterator[RawBatch]:
    """Bytes made text, in batches of at most `BATCH_ROWS`."""
    text, rows, undecodable = as_text(table, rows, file.name)
    for piece, found in pieces(rows, [*faults, *undecodable]):
        numbers = rows[piece]
        if len(numbers) or found:
            files = np.full(len(numbers), index, np.int32)
            yield RawBatch(text.slice(piece.start, len(numbers)), files, numbers, tuple(found))
