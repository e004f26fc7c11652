"""Profiles as a table of self-contained rows: how they are saved, sent to another machine, and brought together again.

A row is all that is known of one account; the rows of many tables, of pieces of a log in any order, make the profiles
of the whole log. The table has only types that Parquet, DuckDB and Spark share.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from stillwatch.errors import InputError
from stillwatch.exchange import EXCHANGE_SCHEMA
from stillwatch.profile.layout import LABELLED, LAYOUT, Profiles
from stillwatch.profile.merge import merge_into
from stillwatch.profile.texts import TEXT_SCHEMA

CHUNK = 16_384  #: accounts that are packed at once: bounds the memory beside the profiles'

_PACKED = np.dtype([(name, column.dtype, column.shape) for name, column in LAYOUT.items()])

#: Changes whenever rows of one version can't be read as rows of the other.
LAYOUT_VERSION = hashlib.sha256(
    repr(
        [(name, column.shape, np.dtype(column.dtype).str, column.rule) for name, column in LAYOUT.items()]
        + TEXT_SCHEMA.names
    ).encode()
).hexdigest()[:12]

_LABEL = pa.struct([("hash", pa.int64()), ("name", pa.string())])
_TEXT = pa.struct(
    [("item", pa.int64()), ("text", pa.binary()), ("time", pa.int64()), ("model", pa.int64()), ("worded", pa.bool_())]
)

#: Hashes are the 64 bits of an unsigned number, read as a signed one. `columns` has a bit for each exchange column
#: that the log has, in the order of the exchange's schema.
ROWS_SCHEMA = pa.schema(
    [
        ("account", pa.string()),
        ("organization", pa.string()),
        ("columns", pa.int64()),
        ("profile", pa.binary()),
        ("labels", pa.list_(_LABEL)),
        ("texts", pa.list_(_TEXT)),
    ],
    metadata={"stillwatch.layout": LAYOUT_VERSION},
)


def to_rows(profiles: Profiles, chosen: npt.NDArray[np.bool_] | None = None) -> Iterable[pa.RecordBatch]:
    """The profiles, one row per account (`ROWS_SCHEMA`), in batches of at most `CHUNK` accounts.

    Of the accounts, only those that are True in `chosen`, bool[accounts], where it is given.
    """
    texts = profiles.texts
    owner = texts.column("account").to_numpy()  # in order of account
    for start in range(0, len(profiles), CHUNK):
        stop = min(start + CHUNK, len(profiles))
        here = None if chosen is None else chosen[start:stop]
        if here is not None and not here.any():
            continue
        packed = np.empty(stop - start, _PACKED)
        for name in LAYOUT:
            packed[name] = profiles[name][start:stop]
        first, last = np.searchsorted(owner, (start, stop))
        batch = pa.record_batch(
            [
                pa.array(profiles.names[start:stop], pa.string()),
                pa.array([profiles.organizations.get(row) for row in range(start, stop)], pa.string()),
                pa.array(np.full(stop - start, _bits(profiles.present))),
                _binary(packed),
                _labels(profiles, start, stop),
                _texts(texts.slice(first, last - first), owner[first:last] - start, stop - start),
            ],
            schema=ROWS_SCHEMA,
        )
        yield batch if here is None or here.all() else batch.filter(pa.array(here))


def from_rows(rows: pa.Table) -> Profiles:
    """The profiles of a table of rows; rows of one account are merged.

    Raises:
        InputError: The rows were written with another layout of the profile.

    """
    return merge_rows([rows])


def merge_rows(tables: Iterable[pa.Table | pa.RecordBatch], whole: Profiles | None = None) -> Profiles:
    """The profiles of all these rows together: what scanning all their logs at once would have given.

    They are added to `whole`, in place, where it is given.

    Raises:
        InputError: Rows were written with another layout of the profile.

    """
    whole = Profiles() if whole is None else whole
    for table in tables:
        for batch in table.to_batches() if isinstance(table, pa.Table) else [table]:
            for start in range(0, len(batch), CHUNK):
                for part in _once_each(batch.slice(start, CHUNK)):
                    merge_into(whole, _unpacked(part))
    return whole


def _once_each(batch: pa.RecordBatch) -> Iterable[pa.RecordBatch]:
    """Parts of the batch in which no account comes twice."""
    code = batch.column("account").dictionary_encode().indices.to_numpy()
    order = np.argsort(code, kind="stable")
    starts = np.flatnonzero(np.diff(code[order], prepend=-1))
    turn = np.empty(len(code), np.int64)
    turn[order] = np.arange(len(code)) - np.repeat(starts, np.diff(starts, append=len(code)))
    for number in range(int(turn.max(initial=-1)) + 1):
        yield batch.filter(pa.array(turn == number))


def _unpacked(batch: pa.RecordBatch) -> Profiles:
    blobs = batch.column("profile")
    lengths = np.diff(np.frombuffer(blobs.buffers()[1], np.int32)[blobs.offset : blobs.offset + len(blobs) + 1])
    told = (batch.schema.metadata or {}).get(b"stillwatch.layout", LAYOUT_VERSION.encode()).decode()
    if told != LAYOUT_VERSION or blobs.null_count or (lengths != _PACKED.itemsize).any():
        raise InputError("profiles of another version of Stillwatch; make them anew", field="profile")
    begin = np.frombuffer(blobs.buffers()[1], np.int32)[blobs.offset]
    packed = np.frombuffer(blobs.buffers()[2], _PACKED, count=len(blobs), offset=int(begin))
    labels = batch.column("labels").flatten()
    organizations = batch.column("organization")
    named = np.flatnonzero(organizations.is_valid().to_numpy(zero_copy_only=False))
    profiles = Profiles(
        names=batch.column("account").to_pylist(),
        arrays={name: np.array(packed[name]) for name in LAYOUT},
        labels=dict(zip(_unsigned(labels.field("hash")).tolist(), labels.field("name").to_pylist(), strict=True)),
        organizations=dict(zip(named.tolist(), organizations.take(pa.array(named)).to_pylist(), strict=True)),
        present=_names(batch.column("columns").to_numpy()),
    )
    lists = batch.column("texts")
    texts = lists.flatten()
    account = np.repeat(np.arange(len(batch)), lists.value_lengths().to_numpy())
    text = texts.field("text").cast(pa.large_binary())
    kept = [account, _unsigned(texts.field("item")), text, texts.field("time")]
    kept += [_unsigned(texts.field("model")), texts.field("worded")]
    profiles.keep_texts(pa.table(kept, schema=TEXT_SCHEMA))
    return profiles


def _binary(packed: npt.NDArray[Any]) -> pa.Array:
    size = packed.dtype.itemsize
    offsets = np.arange(len(packed) + 1, dtype=np.int32) * np.int32(size)
    return pa.Array.from_buffers(pa.binary(), len(packed), [None, pa.py_buffer(offsets), pa.py_buffer(packed)])


def _labels(profiles: Profiles, start: int, stop: int) -> pa.Array:
    """The names of the values in each account's lists, shape (accounts,) of lists."""
    hashes = np.concatenate([profiles[name][start:stop] for name in LABELLED], axis=1)
    known = np.isin(hashes, np.array(list(profiles.labels), np.uint64))
    used = hashes[known]
    names = pa.array([profiles.labels[key] for key in used.tolist()], pa.string())
    return _lists(pa.StructArray.from_arrays([_signed(used), names], fields=list(_LABEL)), known.sum(axis=1))


def _texts(texts: pa.Table, owner: npt.NDArray[np.int64], accounts: int) -> pa.Array:
    text, time, worded = (texts.column(name).combine_chunks() for name in ("text", "time", "worded"))
    item, model = (_signed(texts.column(name).to_numpy()) for name in ("item", "model"))
    counts = np.bincount(owner, minlength=accounts)
    columns = [item, text.cast(pa.binary()), time, model, worded]
    return _lists(pa.StructArray.from_arrays(columns, fields=list(_TEXT)), counts)


def _lists(values: pa.Array, lengths: npt.NDArray[np.int64]) -> pa.Array:
    offsets = np.concatenate(([0], np.cumsum(lengths))).astype(np.int32)
    return pa.ListArray.from_arrays(pa.array(offsets), values)


def _signed(hashes: npt.NDArray[np.uint64]) -> pa.Array:
    return pa.array(np.ascontiguousarray(hashes).view(np.int64))


def _unsigned(column: pa.Array) -> npt.NDArray[np.uint64]:
    numbers: npt.NDArray[np.int64] = column.to_numpy(zero_copy_only=False)
    return numbers.astype(np.int64).view(np.uint64)


def _bits(names: frozenset[str]) -> int:
    return sum(1 << bit for bit, name in enumerate(EXCHANGE_SCHEMA.names) if name in names)


def _names(bits: npt.NDArray[np.int64]) -> frozenset[str]:
    seen = int(np.bitwise_or.reduce(bits)) if len(bits) else 0
    return frozenset(name for bit, name in enumerate(EXCHANGE_SCHEMA.names) if seen >> bit & 1)
