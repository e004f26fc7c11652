"""Columns of text that really are UTF-8: rows that are not are set aside before anything reads them."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from stillwatch.logs.raw import ENCODING, Fault, excerpt


def as_text(
    table: pa.Table, rows: npt.NDArray[np.int64], name: str
) -> tuple[pa.Table, npt.NDArray[np.int64], list[Fault]]:
    """The table with its columns of bytes and text as valid text, without the rows that can't be, and those.

    Parquet writers and CSV files may hold any bytes where text belongs; Arrow does not look on its own.
    """
    keep = np.ones(len(rows), bool)
    faults: list[Fault] = []
    columns = []
    for column_name, column in zip(table.column_names, table.columns, strict=True):
        try:
            columns.append(_checked(column))
        except pa.ArrowInvalid:
            values = column.cast(pa.large_binary())
            good = np.array([_decodes(value) for value in values.to_pylist()], bool)
            for i in np.flatnonzero(~good & keep):
                raw = excerpt(values[int(i)].as_py())
                faults.append(Fault(name, int(rows[i]), ENCODING, column_name, "not UTF-8", raw))
            keep &= good
            blanked = pc.if_else(pa.array(good), values, pa.scalar(None, pa.large_binary()))
            columns.append(blanked.cast(pa.large_string()).cast(pa.string()))
    text = pa.table(columns, names=table.column_names)
    return (text, rows, faults) if keep.all() else (text.filter(pa.array(keep)), rows[keep], faults)


def _checked(column: Any) -> Any:
    """The column as text where it is bytes or text; `ArrowInvalid` where it is not UTF-8."""
    kind = column.type
    if pa.types.is_dictionary(kind):
        if pa.types.is_string(kind.value_type) and all(_sound(chunk.dictionary) for chunk in column.chunks):
            return column
        column = column.cast(kind.value_type)
        kind = column.type
    if pa.types.is_binary(kind) or pa.types.is_fixed_size_binary(kind):
        return column.cast(pa.binary()).cast(pa.string())
    if pa.types.is_large_binary(kind):
        return column.cast(pa.large_string())
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        column.validate(full=True)
    return column


def _sound(values: pa.Array) -> bool:
    """Whether the values of a dictionary are all there and UTF-8."""
    try:
        values.validate(full=True)
    except pa.ArrowInvalid:
        return False
    return not values.null_count


def _decodes(value: bytes | None) -> bool:
    try:
        return value is None or value.decode() is not None
    except UnicodeDecodeError:
        return False
