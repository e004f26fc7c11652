"""Arrow arrays of whatever type a log has -> the canonical type, with a mask of the rows that don't fit.

Every function takes an array of n rows and gives `Converted`: the array, and the faults as (cause, bool[n]) pairs.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from stillwatch.exchange import TIME
from stillwatch.logs.raw import ENCODING, NOT_A_NUMBER, WRONG_TYPE

Mask = npt.NDArray[np.bool_]

_INTEGER = r"^\s*[+-]?\d{1,18}(\.0*)?\s*$"
_NUMBER = r"^\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*$"
_NOT_A_NUMBER = r"^\s*[+-]?(?i:nan|inf|infinity)\s*$"
_ZONE = r"(?:Z|[+-]\d{2}:?\d{2})\s*$"
_TRUE, _FALSE = pa.array(["true", "t", "1", "yes"]), pa.array(["false", "f", "0", "no"])
#: Above these sizes an integer time is no longer in seconds, milliseconds, microseconds.
_SECONDS, _MILLIS, _MICROS = 1e11, 1e14, 1e17
_HEAD = 16  # values that show the form of a whole batch's times


@dataclass(frozen=True, slots=True)
class Converted:
    """An array of the wanted type, null where a fault was found, and the faults."""

    array: pa.Array
    faults: tuple[tuple[str, Mask], ...] = ()


def convert(array: pa.Array, kind: pa.DataType) -> Converted:
    """An array as the canonical type `kind`: string, timestamp, int32, int64, float32 or bool."""
    if pa.types.is_dictionary(array.type):
        array = array.dictionary_decode()
    if pa.types.is_decimal(array.type):
        array = array.cast(pa.float64())
    if array.type == kind and not pa.types.is_floating(kind):
        return Converted(array)
    if pa.types.is_null(array.type):
        return Converted(pa.nulls(len(array), kind))
    if pa.types.is_string(kind):
        return _to_string(array)
    if pa.types.is_large_string(array.type) or pa.types.is_string_view(array.type) or _is_bytes(array.type):
        text = _to_string(array)
        if text.faults:
            return Converted(pa.nulls(len(array), kind), text.faults)
        array = text.array
    if pa.types.is_string(array.type):
        array = _blank_to_null(array)
    if pa.types.is_timestamp(kind):
        return _to_time(array)
    if pa.types.is_boolean(kind):
        return _to_bool(array)
    return _to_number(array, kind)


def _is_bytes(kind: pa.DataType) -> bool:
    return bool(pa.types.is_binary(kind) or pa.types.is_large_binary(kind) or pa.types.is_fixed_size_binary(kind))


def mask_of(array: pa.Array) -> Mask:
    """A boolean array as NumPy, null read as False."""
    filled = array.fill_null(False) if array.null_count else array
    return np.asarray(filled.to_numpy(zero_copy_only=False), bool)


def without(array: pa.Array, bad: Mask) -> pa.Array:
    """The array with null in the rows of `bad`."""
    return pc.if_else(pa.array(bad), pa.scalar(None, array.type), array)


def _all_wrong(array: pa.Array, kind: pa.DataType) -> Converted:
    return Converted(pa.nulls(len(array), kind), ((WRONG_TYPE, mask_of(array.is_valid())),))


def _blank_to_null(text: pa.Array) -> pa.Array:
    blank = pc.equal(pc.binary_length(text), 0)
    return pc.if_else(blank, pa.scalar(None, text.type), text) if pc.any(blank).as_py() else text


def _to_string(array: pa.Array) -> Converted:
    kind = array.type
    if _is_bytes(kind):
        array = array.cast(pa.binary()) if not pa.types.is_binary(kind) else array
        try:
            return Converted(array.cast(pa.string()))
        except pa.ArrowInvalid:  # find the bad rows; only a damaged batch pays for it
            bad = np.array([value is not None and not _decodes(value) for value in array.to_pylist()], bool)
            return Converted(without(array, bad).cast(pa.string()), ((ENCODING, bad),))
    if (
        pa.types.is_large_string(kind)
        or pa.types.is_string_view(kind)
        or pa.types.is_string(kind)
        or pa.types.is_integer(kind)
        or pa.types.is_floating(kind)
        or pa.types.is_boolean(kind)
    ):
        return Converted(array.cast(pa.string()))
    return _all_wrong(array, pa.string())


def _decodes(value: bytes) -> bool:
    try:
        value.decode()
    except UnicodeDecodeError:
        return False
    return True


def _to_number(array: pa.Array, kind: pa.DataType) -> Converted:
    faults: list[tuple[str, Mask]] = []
    if pa.types.is_string(array.type):
        try:
            return _to_number(array.cast(pa.int64() if pa.types.is_integer(kind) else pa.float64()), kind)
        except pa.ArrowInvalid:
            pass
        unknown = mask_of(pc.match_substring_regex(array, _NOT_A_NUMBER))
        pattern = _INTEGER if pa.types.is_integer(kind) else _NUMBER
        wrong = ~unknown & mask_of(pc.invert(pc.match_substring_regex(array, pattern)))
        faults += [(NOT_A_NUMBER, unknown), (WRONG_TYPE, wrong)]
        array = without(pc.utf8_trim_whitespace(array), unknown | wrong)
        array = pc.replace_substring_regex(array, r"^\+", "")
        if pa.types.is_integer(kind):
            array = pc.replace_substring_regex(array, r"\.0*$", "").cast(pa.int64())
        else:
            array = array.cast(pa.float64())
    elif not (pa.types.is_integer(array.type) or pa.types.is_floating(array.type)):
        return _all_wrong(array, kind)
    if pa.types.is_floating(array.type):
        unknown = mask_of(pc.invert(pc.is_finite(array)))
        if unknown.any():
            faults.append((NOT_A_NUMBER, unknown))
            array = without(array, unknown)
        if pa.types.is_integer(kind):
            broken = mask_of(pc.not_equal(pc.trunc(array), array))
            if broken.any():
                faults.append((WRONG_TYPE, broken))
                array = without(array, broken)
    if pa.types.is_floating(kind):
        return Converted(array.cast(kind, safe=False), tuple(faults))
    try:
        return Converted(array.cast(kind), tuple(faults))
    except pa.ArrowInvalid:
        limit = np.iinfo(kind.to_pandas_dtype())
        # A float can't hold 2**63 - 1: the bound must lie inside both types.
        top = float(limit.max) * (1 - 2**-52) if pa.types.is_floating(array.type) else int(limit.max)
        wide = mask_of(pc.or_(pc.greater(array, top), pc.less(array, -top)))
        return Converted(without(array, wide).cast(kind), (*faults, (WRONG_TYPE, wide)))


def _to_bool(array: pa.Array) -> Converted:
    if pa.types.is_boolean(array.type):
        return Converted(array)
    if pa.types.is_integer(array.type) or pa.types.is_floating(array.type):
        # The old completions interface asked for log-probabilities by their number.
        return Converted(pc.not_equal(array, 0))
    if not pa.types.is_string(array.type):
        return _all_wrong(array, pa.bool_())
    lower = pc.utf8_lower(pc.utf8_trim_whitespace(array))
    true, false = pc.is_in(lower, value_set=_TRUE), pc.is_in(lower, value_set=_FALSE)
    wrong = mask_of(array.is_valid()) & ~mask_of(pc.or_(true, false))
    values = pc.if_else(array.is_valid(), true, pa.scalar(None, pa.bool_()))
    if not wrong.any():
        return Converted(values)
    return Converted(without(values, wrong), ((WRONG_TYPE, wrong),))


def _to_time(array: pa.Array) -> Converted:
    kind = array.type
    if pa.types.is_timestamp(kind):
        # A time without a zone is UTC; finer than a microsecond is cut.
        plain = array if kind.tz is None else array.cast(pa.timestamp(kind.unit, "UTC"))
        return Converted(plain.cast(TIME, safe=False))
    if pa.types.is_date(kind):
        return Converted(array.cast(pa.timestamp("ms")).cast(TIME))
    if pa.types.is_integer(kind) or pa.types.is_floating(kind):
        return _epoch(array)
    if pa.types.is_string(kind):
        return _text_time(array)
    return _all_wrong(array, TIME)


def _epoch(array: pa.Array) -> Converted:
    """Numbers since 1970, in seconds, ms, us or ns by their size."""
    if pa.types.is_floating(array.type):
        array = array.cast(pa.float64())
        unknown = mask_of(pc.invert(pc.is_finite(array)))
    else:
        number = _to_number(array, pa.int64())
        array, unknown = number.array, np.zeros(len(array), bool)
    null = mask_of(array.is_null()) | unknown
    values = np.asarray(array.fill_null(0).to_numpy(zero_copy_only=False))
    values = np.where(null, 0, values)
    size = np.abs(values.astype(np.float64))
    wide = size >= 9e18
    values = np.where(wide, 0, values)
    micros = np.select(
        [size < _SECONDS, size < _MILLIS, size < _MICROS],
        [_scale(values, 1_000_000), _scale(values, 1_000), _scale(values, 1)],
        _scale(values // 1000, 1),
    )
    array = pa.array(micros, pa.int64(), mask=null | wide).cast(TIME)
    faults = tuple((cause, mask) for cause, mask in ((NOT_A_NUMBER, unknown), (WRONG_TYPE, wide)) if mask.any())
    return Converted(array, faults)


def _scale(values: npt.NDArray[np.generic], by: int) -> npt.NDArray[np.int64]:
    """Values * by as int64; the branch that is not chosen may overflow, which is of no account."""
    if np.issubdtype(values.dtype, np.floating):
        return np.clip(np.rint(values.astype(np.float64) * by), -(2.0**62), 2.0**62).astype(np.int64)
    with np.errstate(over="ignore"):
        return values.astype(np.int64) * np.int64(by)


def _text_time(text: pa.Array) -> Converted:
    # One form in the whole batch is the usual case. The first few show it: Arrow writes a message for each that fails.
    for kind in (pa.timestamp("us"), TIME):
        try:
            _ = text[:_HEAD].cast(kind)
            return Converted(text.cast(kind).cast(TIME))
        except pa.ArrowInvalid:
            continue
    return _mixed_time(pc.utf8_trim_whitespace(text))


def _mixed_time(text: pa.Array) -> Converted:
    """Any mixture of ISO 8601 with or without a zone, finer fractions, and numbers."""
    from stillwatch.logs.project import connect  # DuckDB reads more spellings than Arrow

    number = mask_of(pc.match_substring_regex(text, _NUMBER))
    epochs = _epoch(without(text, ~number).cast(pa.float64()))
    with connect() as connection:
        connection.register("times_", pa.table({"i": np.arange(len(text)), "t": without(text, number)}))
        query = "select i, try_cast(t as timestamptz) as t from times_"
        table = connection.sql(query).to_arrow_reader(1 << 20).read_all().sort_by("i")
    dates = table.column("t").combine_chunks().cast(TIME)
    merged = pc.coalesce(epochs.array, dates)
    wrong = mask_of(text.is_valid()) & mask_of(merged.is_null())
    return Converted(merged, ((WRONG_TYPE, wrong),))
