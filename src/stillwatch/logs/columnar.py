"""Parquet -> raw batches of the wanted columns, straight through Arrow's own reader and threads."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from stillwatch.errors import InputError
from stillwatch.logs.encoding import as_text
from stillwatch.logs.files import LogFile
from stillwatch.logs.raw import BATCH_ROWS, RawBatch

#: Text a batch may hold, so that a log of very long prompts stays in memory.
_MAX_BYTES = 1 << 27
#: Bytes a row, dictionary included, up to which a column of text is left as a dictionary.
_SHORT = 8
#: Rows that are read in one go, at least: their compressed bytes lie in memory together, and reading can begin again
#: where they end.
_RUN_ROWS = 1 << 17
#: How often batches double from run to run: a short log is soon shared among the cores, and of a long one an account
#: has several rows in a batch.
_DOUBLED = 1


def schema(file: LogFile) -> pa.Schema:
    """The file's columns and their types."""
    with _open(file) as parquet:
        return parquet.schema_arrow


def length(file: LogFile) -> int:
    """The file's rows."""
    with _open(file) as parquet:
        return int(parquet.metadata.num_rows)


def read_parquet(file: LogFile, index: int, wanted: Sequence[str], behind: int = 0) -> Iterator[RawBatch]:
    """The wanted columns in row order, from the run of row groups on in which row `behind` + 1 lies.

    Raises:
        InputError: A file that is not Parquet, or is damaged.

    """
    with _open(file) as parquet:
        few = _of_few_values(parquet)
    with _open(file, few) as parquet:
        columns = [name for name in parquet.schema_arrow.names if name in set(wanted)]
        groups = [parquet.metadata.row_group(i) for i in range(parquet.metadata.num_row_groups)]
        size = sum(group.total_byte_size for group in groups) // max(parquet.metadata.num_rows, 1)
        most = max(1, _MAX_BYTES // max(size, 1))
        number = 1
        try:
            for turn, (run, length) in enumerate(_runs([group.num_rows for group in groups])):
                rows = min(BATCH_ROWS << min(turn, _DOUBLED), most)
                if number + length - 1 <= behind:
                    number += length
                    continue
                for batch in parquet.iter_batches(batch_size=rows, row_groups=run, columns=columns, use_threads=True):
                    yield raw_batch(batch, index, number, file.name)
                    number += batch.num_rows
        except (OSError, pa.ArrowException) as error:
            raise InputError(f"damaged Parquet ({_line(error)}); export it again", file=file.name, row=number) from None


def _runs(lengths: Sequence[int]) -> Iterator[tuple[list[int], int]]:
    """Neighbouring row groups of these lengths, together of `_RUN_ROWS` rows or more, and how many rows they have."""
    run: list[int] = []
    rows = 0
    for group, length in enumerate(lengths):
        run.append(group)
        rows += length
        if rows >= _RUN_ROWS or group + 1 == len(lengths):
            yield run, rows
            run, rows = [], 0


def raw_batch(batch: pa.RecordBatch, index: int, number: int, name: str) -> RawBatch:
    """Rows of a file or table, the first of which is its row `number`, from 1."""
    numbers = np.arange(number, number + batch.num_rows, dtype=np.int64)
    table, numbers, faults = as_text(pa.Table.from_batches([batch]), numbers, name)
    return RawBatch(table, np.full(len(numbers), index, np.int32), numbers, tuple(faults))


def _of_few_values(parquet: Any) -> list[str]:
    """Columns of text that the file holds as a dictionary, far shorter than its rows: they are read as one."""
    found = []
    for place, name in enumerate(parquet.schema.names):
        leaf = parquet.schema.column(place)
        if leaf.path != name or leaf.physical_type != "BYTE_ARRAY" or leaf.logical_type.type != "STRING":
            continue
        chunks = [parquet.metadata.row_group(group).column(place) for group in range(parquet.num_row_groups)]
        held = sum(chunk.total_uncompressed_size for chunk in chunks)
        if held < _SHORT * parquet.metadata.num_rows and all(chunk.has_dictionary_page for chunk in chunks):
            found.append(name)
    return found


def _open(file: LogFile, few: Sequence[str] = ()) -> Any:
    try:
        # Given a path, it would want a name that is UTF-8.
        return pq.ParquetFile(pa.OSFile(os.fsencode(file.path), "rb"), read_dictionary=list(few))
    except (OSError, pa.ArrowException) as error:
        raise InputError(f"is not a readable Parquet file ({_line(error)})", file=file.name) from None


def _line(error: Exception) -> str:
    return (str(error).strip().splitlines() or ["unknown fault"])[0]
