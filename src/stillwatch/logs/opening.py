"""Opening a log: which files it is made of, in which format, and from which row on each is read."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from types import MappingProxyType

import duckdb

from stillwatch.cores import cores
from stillwatch.errors import InputError, UsageError
from stillwatch.exchange import EXCHANGE_SCHEMA
from stillwatch.logs import columnar, delimited, lines
from stillwatch.logs.detect import sample_of, settle
from stillwatch.logs.files import LogFile, find_files
from stillwatch.logs.meter import Meter
from stillwatch.logs.raw import RawBatch
from stillwatch.logs.rejects import Rejects
from stillwatch.logs.stream import LogStream


def open_logs(
    paths: Sequence[str | Path],
    *,
    format: str | None = None,  # noqa: A002 - the word of the command line
    mapping: str | Path | None = None,
    columns: frozenset[str] | None = None,
    rejects: str | Path | None = None,
    copy: Callable[[str], None] | None = None,
    now: datetime | None = None,
    behind: Mapping[str, int | None] = MappingProxyType({}),
) -> LogStream:
    """Opens a log for one pass.

    Args:
        paths: Files, globs and directories; Parquet, JSON Lines, JSON, CSV, plain or `.gz` or `.zst`.
        format: A name of `FORMATS`, to force it; by default the first rows tell.
        mapping: A TOML file that says where a log of another shape has the exchange's fields.
        columns: Exchange columns wanted; all by default. Fewer columns are read faster.
        rejects: JSON Lines file for the rows set aside.
        copy: Takes each line of that file too.
        behind: File -> its last row that was read before, None where it was read whole; it is read on from there.
        now: The present, for rows dated in the future; by default the clock.

    Raises:
        InputError: A path, file or mapping that can't be read as it stands.
        UsageError: Unknown format or column, `format` together with `mapping`.

    """
    unknown = (columns or frozenset()) - set(EXCHANGE_SCHEMA.names)
    if unknown:
        raise UsageError(f"no exchange column is called '{min(unknown)}'")
    files = find_files(paths)
    if rejects is not None and Path(rejects).resolve() in {file.path.resolve() for file in files}:
        raise UsageError(f"{rejects} is one of the logs; write the rows set aside elsewhere")
    samples = [sample_of(file) if _holds_bytes(file) else None for file in files]
    kept = [(file, sample) for file, sample in zip(files, samples, strict=True) if sample is not None]
    empty = tuple(file.name for file, sample in zip(files, samples, strict=True) if sample is None)
    if not kept:
        raise InputError("the file is empty", file=files[0].name)
    chosen = settle([(file.name, sample) for file, sample in kept], format, mapping)
    over = {name for name, row in behind.items() if row is None}
    left = [(index, file) for index, file in enumerate(files) if file.name not in over.union(empty)]
    meter = Meter(left)
    return LogStream(
        tuple(file.name for file in files),
        partial(_read_files, left, behind, meter),
        chosen,
        tuple(sample for _, sample in kept),
        frozenset(EXCHANGE_SCHEMA.names) if columns is None else columns,
        Rejects(None if rejects is None else Path(rejects), copy),
        now or datetime.now(UTC),
        empty,
        meter=meter,
        # Text is parsed, which takes far longer than reading it.
        threads=cores() if any(file.kind != "parquet" for _, file in left) else 1,
    )


def _read_files(
    files: Sequence[tuple[int, LogFile]],
    behind: Mapping[str, int | None],
    meter: Meter,
    connection: duckdb.DuckDBPyConnection,
    heads: list[str],
) -> Iterator[RawBatch]:
    """Raw batches of all files in order, each file from the row on that comes after the one in `behind`."""
    past = {index: row for index, file in files if (row := behind.get(file.name))}
    named = {file.name: past[index] for index, file in files if index in past}
    for raw in _read_all(files, past, connection, heads):
        rest = raw.after(past, named) if past else raw
        if len(rest.rows):
            meter.at(int(rest.files[-1]), int(rest.rows[-1]))
        if len(rest.rows) or rest.faults:
            yield rest


def _read_all(
    files: Sequence[tuple[int, LogFile]],
    past: Mapping[int, int],
    connection: duckdb.DuckDBPyConnection,
    heads: list[str],
) -> Iterator[RawBatch]:
    """Raw batches of all files in order, or from a batch on that holds the first row past; files of JSON share them."""
    waiting: list[tuple[int, LogFile]] = []
    for index, file in files:
        if file.kind in ("lines", "json"):
            waiting.append((index, file))
            continue
        yield from lines.read_json(waiting, connection, past)
        waiting = []
        if file.kind == "parquet":
            yield from columnar.read_parquet(file, index, heads, past.get(index, 0))
        else:
            yield from delimited.read_csv(file, index, heads)
    yield from lines.read_json(waiting, connection, past)


def _holds_bytes(file: LogFile) -> bool:
    return file.path.stat().st_size > 0 and (file.packing is None or bool(file.head(1)))
