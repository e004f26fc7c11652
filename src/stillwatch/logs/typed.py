"""JSON text whose fields have one type each -> columns of those types, in one parse by Arrow.

Most logs are written by a program, which gives a field the same type in every row. What Arrow will not read so (a
number among texts, a field twice, a line that is broken) is for `project.py`, which asks DuckDB line by line.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import json as arrow_json

from stillwatch.exchange import TIME
from stillwatch.logs.duplicates import string_buffers

_OPEN, _CLOSE, _RETURN, _NEWLINE = b"{}\r\n"
_INTEGERS = range(-(1 << 63), 1 << 63)


def typed_columns(lines: pa.Array, wanted: Mapping[str, pa.DataType]) -> pa.Table | None:
    """The wanted top-level fields (name -> canonical type) of lines of JSON text, one row a line; None: can't be told.

    The type of a column is that of its first row, or the canonical one where that has no value.
    """
    if not len(lines) or not wanted or not _each_an_object(lines):
        return None
    first = _object(lines[0].as_py())
    kinds = {name: _kind(first.get(name), canonical) for name, canonical in wanted.items()}
    if None in kinds.values():
        return None
    offsets, data = string_buffers(lines)
    text = pa.py_buffer(data[offsets[0] : offsets[-1]])
    try:
        table = arrow_json.read_json(
            pa.BufferReader(text),
            read_options=arrow_json.ReadOptions(use_threads=False, block_size=text.size + 1),
            parse_options=arrow_json.ParseOptions(
                explicit_schema=pa.schema(list(kinds.items())), unexpected_field_behavior="ignore"
            ),
        )
    except pa.ArrowException:
        return None
    return table if table.num_rows == len(lines) else None


def _each_an_object(lines: pa.Array) -> bool:
    """Whether each line begins and ends as an object does.

    Then none goes on in the next: no brace may follow a closed object, nor a text hold the end of a line. So there are
    as many objects as lines only if each line is one.
    """
    if lines.null_count or pc.min(pc.binary_length(lines)).as_py() < 4:
        return False
    offsets, data = string_buffers(lines)
    ends = offsets[1:].astype(np.int64) - 1
    for end in (_NEWLINE, _RETURN):
        ends -= data[ends] == end
    return bool((data[offsets[:-1]] == _OPEN).all() and (data[ends] == _CLOSE).all())


def _object(line: str) -> dict[str, Any]:
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def _kind(value: Any, canonical: pa.DataType) -> pa.DataType | None:
    """The type of a column with this value in its first row; None where its text must be seen as it is written."""
    text = pa.types.is_string(canonical)
    if isinstance(value, str):
        return pa.string()
    if isinstance(value, bool):
        return pa.bool_()
    if isinstance(value, int) and value in _INTEGERS:
        return pa.int64()
    if isinstance(value, float) and not text:
        return pa.float64()
    if value is not None:
        return None
    if pa.types.is_boolean(canonical):
        return pa.bool_()
    if pa.types.is_integer(canonical):
        return pa.int64()
    return pa.string() if text or canonical == TIME else pa.float64()
