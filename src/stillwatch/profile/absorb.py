"""Absorb batches of exchanges into profiles: Arrow buffers in, kernels on all cores, nothing per row in Python."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from stillwatch.profile import cues, kernels
from stillwatch.profile.layout import BUCKET, COUNTS, TEXT_BYTES, TEXT_SCHEMA, TEXTS, Profiles

Bytes = npt.NDArray[np.uint8]


def absorb(profiles: Profiles, batch: pa.RecordBatch, pool: ThreadPoolExecutor | None = None, parts: int = 1) -> None:
    """Add the exchanges of a batch (schema of `stillwatch.exchange`) to the profiles, in place.

    With a pool, `parts` threads share the work by account: each owns the accounts whose row is `part` modulo
    `parts`, so none waits for another.
    """
    if batch.num_rows == 0:
        return
    account = _accounts(profiles, batch)
    time = batch.column("time").cast(pa.int64()).to_numpy(zero_copy_only=False)
    system = _hashes(batch, "system")
    prompt = _strings(batch, "prompt")
    fresh = np.zeros(batch.num_rows, np.uint64)
    attributes = {
        "user_agent": _labelled(profiles, batch, "user_agent"),
        "tls_fingerprint": _labelled(profiles, batch, "tls_fingerprint"),
        "model": _labelled(profiles, batch, "model"),
        "system_prompt": system,
    }
    attributes["ip"], attributes["network"] = _addresses(batch)
    values = _usage(batch)
    temperature = _floats(batch, "temperature")
    max_tokens = _floats(batch, "max_tokens")
    table, bits = cues.table()
    arrays = profiles.arrays

    def work(part: int) -> None:
        kernels.add_columns(part, parts, account, values, arrays["counts"])
        kernels.add_times(
            part, parts, account, time, BUCKET, arrays["first"], arrays["last"], arrays["hours"], arrays["buckets"]
        )
        kernels.extremes(part, parts, account, temperature, arrays["temperature_low"], arrays["temperature_high"])
        kernels.extremes(part, parts, account, max_tokens, arrays["max_tokens_low"], arrays["max_tokens_high"])
        for name, keys in attributes.items():
            if keys is not None:
                kernels.absorb_values(part, parts, account, keys, arrays[name], arrays[name + "_count"])
        if prompt is not None:
            kernels.absorb_text(
                part,
                parts,
                account,
                time,
                *prompt,
                system if system is not None else np.zeros(batch.num_rows, np.uint64),
                table,
                bits,
                *(
                    arrays[name]
                    for name in (
                        "sketch",
                        "prompts",
                        "words",
                        "cues",
                        "items",
                        "item_count",
                        "item_time",
                        "item_system",
                        "item_cues",
                        "item_words",
                        "item_signs",
                        "shingles",
                    )
                ),
                fresh,
            )

    if pool is None:
        for part in range(parts):
            work(part)
    else:
        for done in [pool.submit(work, part) for part in range(parts)]:
            done.result()
    if prompt is not None:
        _keep_texts(profiles, batch, account, fresh)


def _accounts(profiles: Profiles, batch: pa.RecordBatch) -> npt.NDArray[np.int64]:
    encoded = pc.dictionary_encode(batch.column("account"))
    rows = profiles.rows(encoded.dictionary.to_pylist())
    account = rows[encoded.indices.to_numpy(zero_copy_only=False)]
    organization = batch.column("organization") if "organization" in batch.schema.names else None
    if organization is not None and organization.null_count < len(organization):
        # The smallest name wins where a log contradicts itself, so that order can't matter.
        pairs = pa.table({"account": account, "organization": organization}).filter(pc.is_valid(organization))
        grouped = pairs.group_by("account").aggregate([("organization", "min")])
        for row, name in zip(
            grouped.column("account").to_pylist(), grouped.column("organization_min").to_pylist(), strict=True
        ):
            known = profiles.organizations.get(row)
            profiles.organizations[row] = name if known is None else min(known, name)
    return account


def _column(batch: pa.RecordBatch, name: str) -> pa.Array | None:
    if name not in batch.schema.names:
        return None
    column = batch.column(name)
    return None if column.null_count == len(column) else column


def _buffers(column: pa.Array) -> tuple[Bytes, npt.NDArray[np.int64], npt.NDArray[np.bool_]]:
    if not pa.types.is_large_string(column.type):
        width: Any = np.int32
    else:
        width = np.int64
    _, offsets, data = column.buffers()
    ends = np.frombuffer(offsets, width)[column.offset : column.offset + len(column) + 1].astype(np.int64)
    text = np.frombuffer(data, np.uint8) if data is not None and data.size else np.zeros(1, np.uint8)
    valid = column.is_valid().to_numpy(zero_copy_only=False)
    return text, ends, valid


def _strings(batch: pa.RecordBatch, name: str) -> tuple[Bytes, npt.NDArray[np.int64], npt.NDArray[np.bool_]] | None:
    column = _column(batch, name)
    return None if column is None else _buffers(column)


def _hash(column: pa.Array) -> npt.NDArray[np.uint64]:
    out = np.zeros(len(column), np.uint64)
    kernels.hash_strings(*_buffers(column), out)
    return out


def _hashes(batch: pa.RecordBatch, name: str) -> npt.NDArray[np.uint64] | None:
    column = _column(batch, name)
    return None if column is None else _hash(column)


def _labelled(profiles: Profiles, batch: pa.RecordBatch, name: str) -> npt.NDArray[np.uint64] | None:
    """Hashes of a column with few values, whose names are kept for the evidence."""
    column = _column(batch, name)
    if column is None:
        return None
    encoded = pc.dictionary_encode(column)
    hashes = _hash(encoded.dictionary)
    for key, label in zip(hashes.tolist(), encoded.dictionary.to_pylist(), strict=True):
        profiles.labels.setdefault(key, label)
    indices = encoded.indices
    if indices.null_count == 0:
        return hashes[indices.to_numpy(zero_copy_only=False)]
    filled = indices.fill_null(0).to_numpy(zero_copy_only=False)
    return np.where(indices.is_valid().to_numpy(zero_copy_only=False), hashes[filled], np.uint64(0))


def _addresses(batch: pa.RecordBatch) -> tuple[npt.NDArray[np.uint64] | None, npt.NDArray[np.uint64] | None]:
    column = _column(batch, "ip")
    if column is None:
        return None, None
    address, network = np.zeros(len(column), np.uint64), np.zeros(len(column), np.uint64)
    kernels.hash_addresses(*_buffers(column), address, network)
    return address, network


def _floats(batch: pa.RecordBatch, name: str) -> npt.NDArray[np.float64]:
    column = _column(batch, name)
    if column is None:
        return np.full(batch.num_rows, np.nan)
    return column.cast(pa.float64()).to_numpy(zero_copy_only=False)


def _usage(batch: pa.RecordBatch) -> npt.NDArray[np.int64]:
    """The columns of `COUNTS`, shape (columns, rows); a quantity comes with a count of the rows that have it."""
    values = np.zeros((len(COUNTS), batch.num_rows), np.int64)
    values[0] = 1

    def put(name: str, column: pa.Array, known: str | None = None) -> None:
        values[COUNTS.index(name)] = column.fill_null(0).cast(pa.int64()).to_numpy(zero_copy_only=False)
        if known:
            values[COUNTS.index(known)] = column.is_valid().cast(pa.int64()).to_numpy(zero_copy_only=False)

    for name, known in (("input_tokens", "input_known"), ("output_tokens", "output_known")):
        if (column := _column(batch, name)) is not None:
            put(name, column, known)
    if (status := _column(batch, "status")) is not None:
        put("refused", pc.equal(status, "refused"), "status_known")
        put("errors", pc.equal(status, "error"))
    for name, source, least in (
        ("tools", "tools", 1),
        ("choices", "choices", 2),
        ("followups", "turns", 2),
    ):
        if (column := _column(batch, source)) is not None:
            put(name, pc.greater_equal(column, least), "turns_known" if source == "turns" else f"{name}_known")
    if (logprobs := _column(batch, "logprobs")) is not None:
        put("logprobs", logprobs, "logprobs_known")
    if (system := _column(batch, "system")) is not None:
        put("system", pc.is_valid(system))
    return values


def _keep_texts(
    profiles: Profiles, batch: pa.RecordBatch, account: npt.NDArray[np.int64], fresh: npt.NDArray[np.uint64]
) -> None:
    rows = np.flatnonzero(fresh)
    rows = rows[(profiles.arrays["items"][account[rows], :TEXTS] == fresh[rows, None]).any(axis=1)]
    if not len(rows):
        return
    text = pc.binary_slice(batch.column("prompt").take(pa.array(rows)).cast(pa.binary()), 0, TEXT_BYTES)
    text = pa.array([_clean(value) for value in text.to_pylist()], pa.string())
    table = pa.table({"account": account[rows], "item": fresh[rows], "text": text}, schema=TEXT_SCHEMA)
    profiles.texts = pa.concat_tables([profiles.texts, table])
    if profiles.texts.num_rows > 4 * TEXTS * len(profiles) + 10_000:
        compact_texts(profiles)


def _clean(value: bytes) -> str:
    return value.decode("utf-8", "ignore")


def compact_texts(profiles: Profiles) -> None:
    """Forget the texts of exchanges that later ones pushed out of the sample; one text an item."""
    texts = profiles.texts
    account = texts.column("account").to_numpy()
    item = texts.column("item").to_numpy()
    kept = np.flatnonzero((profiles.arrays["items"][account, :TEXTS] == item[:, None]).any(axis=1))
    texts = texts.take(pa.array(kept)).sort_by([("account", "ascending"), ("item", "ascending"), ("text", "ascending")])
    account, item = texts.column("account").to_numpy(), texts.column("item").to_numpy()
    first = np.ones(len(account), bool)
    first[1:] = (np.diff(account) != 0) | (item[1:] != item[:-1])
    profiles.texts = texts.filter(pa.array(first)).combine_chunks()
