"""The account table: Parquet, JSON Lines, JSON or CSV in, one Arrow table of the canonical schema out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa

from stillwatch.errors import InputError
from stillwatch.exchange import ACCOUNT_SCHEMA
from stillwatch.logs import columnar, delimited, lines
from stillwatch.logs.check import expected
from stillwatch.logs.convert import convert, mask_of
from stillwatch.logs.detect import sample_of
from stillwatch.logs.duplicates import SeenIds
from stillwatch.logs.files import LogFile, find_files
from stillwatch.logs.format import Format, identifier
from stillwatch.logs.project import connect, project
from stillwatch.logs.raw import RawBatch

_NAMES = tuple(ACCOUNT_SCHEMA.names)
_FORMAT = Format(
    name="accounts",
    summary="the account table",
    detect=lambda sample: "account" in sample.columns,
    sources=_NAMES,
    select={name: identifier(name) for name in _NAMES},
    plain={name: name for name in _NAMES},
)


def read_accounts(path: str | Path) -> pa.Table:
    """The account table, with exactly the columns of `ACCOUNT_SCHEMA`; absent ones are null.

    Unlike a log, a table of accounts is small and kept by hand: the first fault is an error, nothing is set aside.

    Raises:
        InputError: No `account` column, an account that is missing or comes twice, a value of the wrong type.

    """
    files = find_files([path])
    with connect() as connection:
        return _checked(_read(files, connection), connection)


def accounts_of(table: pa.Table, name: str) -> pa.Table:
    """The account table that a database gave, called `name` in errors; as `read_accounts` reads a file."""
    _require_account(frozenset(table.column_names), name)
    known = table.select([column for column in table.column_names if column in _NAMES])
    starts = accumulate((batch.num_rows for batch in known.to_batches()), initial=1)
    raws = (columnar.raw_batch(batch, 0, start, name) for batch, start in zip(known.to_batches(), starts, strict=False))
    with connect() as connection:
        return _checked(((name, raw) for raw in raws), connection)


def _read(files: Sequence[LogFile], connection: duckdb.DuckDBPyConnection) -> Iterator[tuple[str, RawBatch]]:
    """The raw batches of the files, each with the file's name."""
    for index, file in enumerate(files):
        _require_account(sample_of(file).columns, file.name)
        if file.kind == "parquet":
            batches = columnar.read_parquet(file, index, _NAMES)
        elif file.kind == "csv":
            batches = delimited.read_csv(file, index, _NAMES)
        else:
            batches = lines.read_json([(index, file)], connection)
        for raw in batches:
            yield file.name, raw


def _require_account(columns: frozenset[str], name: str) -> None:
    if "account" not in columns:
        listed = ", ".join(sorted(columns)[:40]) or "none"
        raise InputError(f"the column is missing (columns: {listed})", file=name, field="account")


def _checked(raws: Iterable[tuple[str, RawBatch]], connection: duckdb.DuckDBPyConnection) -> pa.Table:
    seen = SeenIds()
    tables = [pa.Table.from_batches([], ACCOUNT_SCHEMA)]
    for name, raw in raws:
        if raw.faults:
            fault = raw.faults[0]
            raise InputError(f"{fault.cause}: {fault.detail}", file=name, row=fault.row, field=fault.field)
        if len(raw.rows) == 0:
            continue
        projected = project(raw, _FORMAT, _NAMES, connection)
        arrays = []
        for field in ACCOUNT_SCHEMA:
            array = projected.columns.get(field.name)
            faults = [("not a JSON object", projected.broken)] if projected.broken is not None else []
            if array is None:
                arrays.append(pa.nulls(len(raw.rows), field.type))
            else:
                converted = convert(array, field.type)
                faults += [(f"{cause}: {expected(field.type)}", mask) for cause, mask in converted.faults]
                arrays.append(converted.array)
            if field.name in projected.nested:
                faults.append(("an object or array where text belongs", projected.nested[field.name]))
            if field.name == "account":
                faults.append(("the account is missing", mask_of(arrays[-1].is_null())))
                faults.append(("this account came before", seen.repeated(arrays[-1])))
            for what, mask in faults:
                if mask.any():
                    row = int(raw.rows[int(np.argmax(mask))])
                    raise InputError(what, file=name, row=row, field=field.name)
        tables.append(pa.table(arrays, schema=ACCOUNT_SCHEMA))
    return pa.concat_tables(tables).combine_chunks()
