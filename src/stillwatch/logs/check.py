"""Loosely typed columns -> exchanges of the canonical schema, and the first fault of each row that is none.

Everything is a comparison of whole columns; a row is looked at alone only when it is set aside.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from stillwatch.exchange import EXCHANGE_SCHEMA, TIME
from stillwatch.logs.convert import Mask, convert, mask_of
from stillwatch.logs.raw import BROKEN_LINE, MISSING, NEGATIVE, NOT_A_NUMBER, TIME_RANGE, WRONG_TYPE

#: Before the first commercial language model interface there is no log.
EARLIEST = np.datetime64("2015-01-01", "us")
#: Clocks of gateways differ; two days cover that and a zone mistaken for UTC.
AHEAD = np.timedelta64(2, "D")

#: Text longer than this is cut: one prompt must not take the memory of a million.
MAX_TEXT = 1_000_000
_LONG_TEXT = ("system", "prompt", "response")
#: An empty identifier is no identifier: two accounts that both have none share nothing.
_IDENTIFIERS = (
    "exchange_id",
    "account",
    "organization",
    "model",
    "conversation",
    "ip",
    "user_agent",
    "tls_fingerprint",
    "status",
)
#: Columns of text with few values in most logs.
_FEW = ("account", "organization", "model", "system", "ip", "user_agent", "tls_fingerprint", "status")
_DICTIONARY = pa.dictionary(pa.int32(), pa.string())
#: `max_tokens` is not here: -1 is the usual way to ask for no limit, and is read as none.
_COUNTS = ("turns", "input_tokens", "output_tokens", "temperature", "choices", "tools")


@dataclass
class Marks:
    """The first fault of each row: an index into `kinds` (0 = none)."""

    length: int
    codes: npt.NDArray[np.int16] | None = None
    kinds: list[tuple[str, str | None, str]] = field(default_factory=lambda: [("", None, "")])

    def mark(self, mask: Mask, cause: str, column: str | None, detail: str) -> None:
        """Marks the rows of `mask` that have no fault yet."""
        if not mask.any():
            return
        if self.codes is None:
            self.codes = np.zeros(self.length, np.int16)
        self.kinds.append((cause, column, detail))
        self.codes[mask & (self.codes == 0)] = len(self.kinds) - 1

    @property
    def bad(self) -> Mask | None:
        """bool[rows], the rows set aside; None where there are none."""
        return None if self.codes is None else self.codes != 0


@dataclass(frozen=True, slots=True)
class Checked:
    """Columns of the canonical types, the marks, and how many texts were cut at `MAX_TEXT` characters."""

    columns: dict[str, pa.Array]
    marks: Marks
    cut: int


def check(
    columns: Mapping[str, pa.Array],
    rows: int,
    *,
    broken: Mask | None,
    nested: Mapping[str, Mask],
    has_text: bool,
    now: np.datetime64,
) -> Checked:
    """Converts and checks one batch.

    Args:
        columns: Canonical name -> array of any type, `rows` long.
        rows: Rows of the batch.
        broken: Rows that could not be parsed.
        nested: Column -> rows that hold an object where text belongs.
        has_text: Whether a row with neither `prompt` nor `model` can be told (both were read, or the one there is).
        now: The present; times more than two days later are nonsense.

    """
    marks = Marks(rows)
    if broken is not None:
        marks.mark(broken, BROKEN_LINE, None, "not a JSON object")
    done: dict[str, pa.Array] = {}
    cut = 0
    for name, array in columns.items():
        if is_of_few_values(name, array):
            done[name] = array
            continue
        converted = convert(array, EXCHANGE_SCHEMA.field(name).type)
        for cause, mask in converted.faults:
            marks.mark(mask, cause, name, expected(EXCHANGE_SCHEMA.field(name).type))
        if name in nested:
            marks.mark(nested[name], WRONG_TYPE, name, "an object or array where text belongs")
        value = converted.array
        if name in _IDENTIFIERS:
            value = _empty_to_null(value)
        elif name in _LONG_TEXT:
            value, count = _shorten(value)
            cut += count
        elif name in _COUNTS:
            _check_count(value, name, marks)
        elif name == "max_tokens":
            value = _no_limit(value)
        done[name] = value
    _check_required(done, rows, has_text, marks)
    if "time" in done:
        _check_time(done["time"], now, marks)
    return Checked(done, marks, cut)


def is_of_few_values(name: str, array: pa.Array) -> bool:
    """Whether a text column comes as a dictionary, and may stay one: none of its values needs a change."""
    if name not in _FEW or array.type != _DICTIONARY:
        return False
    lengths = pc.min_max(pc.binary_length(array.dictionary)).as_py()
    return not len(array.dictionary) or (lengths["min"] > 0 and lengths["max"] <= MAX_TEXT)


def expected(kind: pa.DataType) -> str:
    """What a value of the wrong type should have been, in words."""
    return "a time was expected" if kind == TIME else f"{kind} was expected"


def _empty_to_null(text: pa.Array) -> pa.Array:
    if len(text) == 0 or text.null_count == len(text):
        return text
    lengths = pc.binary_length(text)
    if pc.min(lengths).as_py() > 0:
        return text
    return pc.if_else(pc.equal(lengths, 0), pa.scalar(None, pa.string()), text)


def _shorten(text: pa.Array) -> tuple[pa.Array, int]:
    """Texts of more than `MAX_TEXT` characters cut there, and how many there were."""
    if text.nbytes <= MAX_TEXT or (pc.max(pc.binary_length(text)).as_py() or 0) <= MAX_TEXT:
        return text, 0
    long = pc.greater(pc.utf8_length(text), MAX_TEXT)
    count = pc.sum(long).as_py() or 0
    if not count:
        return text, 0
    heads = pc.utf8_slice_codeunits(pc.filter(text, long.fill_null(False)), 0, MAX_TEXT)
    return pc.replace_with_mask(text, long.fill_null(False), heads), int(count)


def _check_count(value: pa.Array, name: str, marks: Marks) -> None:
    if value.null_count == len(value):
        return
    if pa.types.is_floating(value.type):
        finite = pc.is_finite(value)
        if not pc.all(finite).as_py():
            marks.mark(mask_of(pc.invert(finite)), NOT_A_NUMBER, name, "a finite number was expected")
    low = pc.min(value).as_py()
    if low is not None and not low >= 0:
        marks.mark(mask_of(pc.less(value, 0)), NEGATIVE, name, "zero or more was expected")


def _no_limit(value: pa.Array) -> pa.Array:
    low = pc.min(value).as_py()
    if low is None or low >= 0:
        return value
    return pc.if_else(pc.less(value, 0), pa.scalar(None, value.type), value)


def _check_required(columns: Mapping[str, pa.Array], rows: int, has_text: bool, marks: Marks) -> None:
    for name in ("time", "account"):
        if name not in columns:
            marks.mark(np.ones(rows, bool), MISSING, name, "the row has none")
        elif columns[name].null_count:
            marks.mark(mask_of(columns[name].is_null()), MISSING, name, "the row has none")
    texts = [columns[name] for name in ("prompt", "model") if name in columns]
    if has_text and all(text.null_count for text in texts):
        neither = np.ones(rows, bool)
        for text in texts:
            neither &= mask_of(text.is_null())
        marks.mark(neither, MISSING, "prompt", "the row has neither prompt nor model")


def _check_time(time: pa.Array, now: np.datetime64, marks: Marks) -> None:
    if time.null_count == len(time):
        return
    low = int(EARLIEST.astype(np.int64))
    high = int((now.astype("datetime64[us]") + AHEAD).astype(np.int64))
    micros = time.view(pa.int64())
    extremes = pc.min_max(micros).as_py()
    if extremes["min"] < low:
        marks.mark(mask_of(pc.less(micros, low)), TIME_RANGE, "time", "before 2015")
    if extremes["max"] > high:
        marks.mark(mask_of(pc.greater(micros, high)), TIME_RANGE, "time", "more than two days ahead of now")
