"""A raw batch -> loosely typed exchange columns, by the format's SQL in DuckDB (no Python per row)."""

from __future__ import annotations

import json
from dataclasses import dataclass

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from stillwatch.exchange import ACCOUNT_SCHEMA, EXCHANGE_SCHEMA
from stillwatch.logs.duplicates import string_buffers
from stillwatch.logs.format import Format, Notice, identifier, json_path, literal
from stillwatch.logs.kernels import first_bytes
from stillwatch.logs.raw import BATCH_ROWS, RawBatch

#: JSON text the way its readers are liberal: an object, whatever follows the last comma.
_OBJECT = "if(starts_with(line, '{'), true, starts_with(ltrim(line, ' \t'), '{'))"  # trimming copies the line
_GOOD = f"(json_valid(line) and {_OBJECT})"

_TEXTS = frozenset(
    field.name for schema in (EXCHANGE_SCHEMA, ACCOUNT_SCHEMA) for field in schema if pa.types.is_string(field.type)
)


@dataclass(frozen=True, slots=True)
class Projected:
    """Exchange columns as the log has them, one row for each raw row.

    Attributes:
        columns: Canonical name -> array, of whatever type the log or the SQL gave.
        broken: bool[rows], lines that are no JSON object; None where there are none.
        nested: Canonical name -> bool[rows], an object or array where text belongs.
        noticed: Rows that met each notice, in the format's order.

    """

    columns: dict[str, pa.Array]
    broken: npt.NDArray[np.bool_] | None
    nested: dict[str, npt.NDArray[np.bool_]]
    noticed: tuple[int, ...]


def connect(threads: int = 2) -> duckdb.DuckDBPyConnection:
    """An in-memory DuckDB that reads times as UTC and never looks for extensions on the network."""
    connection = duckdb.connect(config={"autoinstall_known_extensions": "false", "threads": str(threads)})
    connection.execute("set TimeZone = 'UTC'")
    return connection


def project(
    batch: RawBatch, log_format: Format, wanted: tuple[str, ...], connection: duckdb.DuckDBPyConnection
) -> Projected:
    """The wanted exchange columns of a batch; those that the format does not have are left out."""
    select = {name: log_format.select[name] for name in wanted if name in log_format.select}
    if not batch.is_lines and not log_format.notices and _is_bare(batch.table, log_format, select):
        names = batch.table.column_names
        bare = {name: log_format.plain[name] for name in select}
        columns = {name: _whole(batch.table.column(source)) for name, source in bare.items() if source in names}
        return Projected(columns, None, {}, ())
    used = [s for s in log_format.sources if any(identifier(s) in e for e in _expressions(select, log_format.notices))]
    rows = pa.array(np.arange(batch.table.num_rows, dtype=np.int64))
    connection.register("batch_", batch.table.append_column("row_", rows))
    try:
        # Hardly ever is a line no JSON: only then are all of them parsed twice, to find which.
        try:
            table = _ask(connection, _query(batch, used, select, log_format.notices, _OBJECT))
        except (duckdb.Error, OSError):  # Arrow makes the latter of what DuckDB meets underway
            table = _ask(connection, _query(batch, used, select, log_format.notices, _GOOD))
    finally:
        connection.unregister("batch_")
    order = table.column("row_").to_numpy()
    if len(order) and not (np.diff(order) > 0).all():
        table = table.take(np.argsort(order, kind="stable"))
    good = table.column("good_").to_numpy()
    columns = {name: _whole(table.column(name)) for name in select}
    noticed = tuple(pc.sum(table.column(f"notice_{i}")).as_py() or 0 for i in range(len(log_format.notices)))
    broken = None if good.all() else ~good
    nested = _nested(batch, log_format, columns, connection) if batch.is_lines else {}
    return Projected(columns, broken, nested, noticed)


def _is_bare(table: pa.Table, log_format: Format, select: dict[str, str]) -> bool:
    """Whether every column is a column of the file as it stands, so that SQL has nothing to do."""
    present = set(table.column_names)
    return all(
        name in log_format.plain and (log_format.plain[name] in present or "." not in log_format.plain[name])
        for name in select
    )


def _expressions(select: dict[str, str], notices: tuple[Notice, ...]) -> list[str]:
    return [*select.values(), *(notice.when for notice in notices)]


def _ask(connection: duckdb.DuckDBPyConnection, query: str) -> pa.Table:
    return connection.sql(query).to_arrow_reader(1 << 20).read_all()


def _query(batch: RawBatch, used: list[str], select: dict[str, str], notices: tuple[Notice, ...], good: str) -> str:
    if batch.is_lines:
        parsed, fields = _parsed(used)
        inner = (
            f"select row_, good_, {parsed} as v "
            f"from (select row_, if(good_, line, null) as line, good_ from (select *, {good} as good_ from batch_))"
        )
        sources = [f"{field} as {identifier(source)}" for field, source in zip(fields, used, strict=True)]
    else:
        inner = "select *, true as good_ from batch_"
        sources = [f"{_column(batch.table.schema, source)} as {identifier(source)}" for source in used]
    raw = ", ".join(["row_", "good_", *sources])
    chosen = [f"{expression} as {identifier(name)}" for name, expression in select.items()]
    counted = [f"coalesce({notice.when}, false)::int as notice_{i}" for i, notice in enumerate(notices)]
    outer = ", ".join(["row_", "good_", *chosen, *counted])
    return f"with inner_ as ({inner}), raw_ as (select {raw} from inner_) select {outer} from raw_"


def _parsed(used: list[str]) -> tuple[str, list[str]]:
    """SQL for all fields of a line as text, in one parse whatever their number, and for each of them in it, as `v`."""
    if _flat(used):
        # A struct of texts is far cheaper than a list of paths, but knows no path, nor names that differ in case alone.
        structure = literal(json.dumps(dict.fromkeys(used, "VARCHAR")))
        return f"json_transform(line, {structure})", [f"v.{identifier(source)}" for source in used]
    paths = ", ".join(literal(json_path(source)) for source in used)
    return f"json_extract_string(line, [{paths}]::varchar[])", [f"v[{i}]" for i in range(1, len(used) + 1)]


def _flat(used: list[str]) -> bool:
    """Whether all fields are top-level ones, of names that a struct can have."""
    return not any("." in source or source.isdigit() for source in used) and len({s.lower() for s in used}) == len(used)


def _column(schema: pa.Schema, source: str) -> str:
    """SQL for a dotted source of a flat file: a column, or a path into the JSON or struct of one."""
    if source in schema.names:
        return _text(schema.field(source).type, identifier(source))
    head, _, rest = source.partition(".")
    if not rest or head not in schema.names:
        return "null::varchar"
    text = _text(schema.field(head).type, identifier(head))
    return f"json_extract_string(if(json_valid({text}), {text}, null), {literal(json_path(rest))})"


def _text(kind: pa.DataType, expression: str) -> str:
    return f"to_json({expression})::varchar" if pa.types.is_nested(kind) else expression


def _nested(
    batch: RawBatch, log_format: Format, columns: dict[str, pa.Array], connection: duckdb.DuckDBPyConnection
) -> dict[str, npt.NDArray[np.bool_]]:
    """Where a plain text column got an object or an array; a text may begin with a brace, so ask JSON itself."""
    found = {}
    for name, source in log_format.plain.items():
        if name not in columns or name not in _TEXTS:
            continue
        text = columns[name]
        first = first_bytes(*string_buffers(text))
        suspects = np.flatnonzero((first == ord("{")) | (first == ord("[")))
        if not len(suspects):
            continue
        connection.register("suspects_", pa.table({"line": _taken(batch.table.column("line"), suspects)}))
        path = literal(json_path(source))
        query = f"select json_type(line, {path}) in ('OBJECT', 'ARRAY') as nested from suspects_"
        answer = (
            connection.sql(query).to_arrow_reader(BATCH_ROWS).read_all().column("nested").fill_null(False).to_numpy()
        )
        connection.unregister("suspects_")
        if answer.any():
            mask = np.zeros(batch.table.num_rows, bool)
            mask[suspects[answer.astype(bool)]] = True
            found[name] = mask
    return found


def _taken(column: pa.ChunkedArray, places: npt.NDArray[np.intp]) -> pa.ChunkedArray:
    """The values at ascending places; Arrow would join all chunks first."""
    starts = np.cumsum([0, *map(len, column.chunks)])
    cuts = np.searchsorted(places, starts)
    parts = zip(column.chunks, starts, cuts, cuts[1:], strict=False)
    return pa.chunked_array(
        [chunk.take(pa.array(places[low:high] - start)) for chunk, start, low, high in parts], column.type
    )


def _whole(column: pa.ChunkedArray) -> pa.Array:
    """One array of a column."""
    if column.num_chunks == 1:
        return column.chunk(0)
    return column.unify_dictionaries().combine_chunks()
