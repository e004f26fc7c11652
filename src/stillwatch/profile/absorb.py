"""Absorb batches of exchanges into profiles: Arrow buffers in, kernels on all cores, nothing per row in Python."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from stillwatch.errors import InputError
from stillwatch.exchange import TIME
from stillwatch.profile import cues, kernels
from stillwatch.profile.accounts import hash_column, string_buffers
from stillwatch.profile.kernels import SLOTS, TEXTS
from stillwatch.profile.layout import BUCKET, COUNTS, Profiles
from stillwatch.profile.texts import read_texts

MANY_LABELS = 4096  #: from this many values in a batch on, only names that a profile holds are remembered

Rows = npt.NDArray[np.int64]
Bytes = npt.NDArray[np.uint8]

_TEXT_ARRAYS = (
    "prompts",
    "items",
    "item_count",
    "item_time",
    "item_model",
    "item_cues",
    "item_words",
    "item_signs",
    "shingles",
)


def absorb(profiles: Profiles, batch: pa.RecordBatch, pool: ThreadPoolExecutor | None = None, parts: int = 1) -> None:
    """Add the exchanges of a batch (schema of `stillwatch.exchange`) to the profiles, in place.

    With a pool, the work is shared in `parts` by account: no two threads write to one profile, so none waits.
    Raises `InputError` where an exchange has no time or no account.
    """
    if batch.num_rows == 0:
        return
    account = _accounts(profiles, batch)
    time = _required(batch, "time").cast(TIME).cast(pa.int64()).to_numpy()
    profiles.present |= {name for name in batch.schema.names if _column(batch, name) is not None}
    labelled = {name: _labelled(batch, name) for name in ("user_agent", "tls_fingerprint", "model")}
    system, address, prompt = (_strings(batch, name) for name in ("system", "ip", "prompt"))
    empty = np.zeros(batch.num_rows, np.uint64)
    keys = {name: encoded[0] for name, encoded in labelled.items() if encoded is not None}
    system_prompt = empty.copy() if system is not None else empty
    if system is not None:
        keys["system_prompt"] = system_prompt
    if address is not None:
        keys["ip"], keys["network"] = empty.copy(), empty.copy()
    model = keys.get("model", empty)
    values = _usage(batch)
    temperature, max_tokens = _floats(batch, "temperature"), _floats(batch, "max_tokens")
    fresh = empty.copy()
    arrays = profiles.arrays

    def work(rows: Rows) -> None:
        if system is not None:
            kernels.hash_strings(rows, *system, system_prompt)
        if address is not None:
            kernels.hash_addresses(rows, *address, keys["ip"], keys["network"])
        kernels.add_columns(rows, account, values, arrays["counts"])
        kernels.add_times(
            rows, account, time, BUCKET, arrays["first"], arrays["last"], arrays["hours"], arrays["buckets"]
        )
        kernels.extremes(rows, account, temperature, arrays["temperature_low"], arrays["temperature_high"])
        kernels.extremes(rows, account, max_tokens, arrays["max_tokens_low"], arrays["max_tokens_high"])
        for name, key in keys.items():
            kernels.absorb_values(rows, account, key, arrays[name], arrays[name + "_count"])
        if prompt is not None:
            written = (arrays[name] for name in _TEXT_ARRAYS)
            kernels.absorb_text(rows, account, time, *prompt, model, *cues.table(), *written, fresh)

    shares = _shares(account, len(profiles), parts)
    if pool is None:
        for rows in shares:
            work(rows)
    else:
        for done in [pool.submit(work, rows) for rows in shares]:
            done.result()
    for name, encoded in labelled.items():
        if encoded is not None:
            _keep_labels(profiles, name, *encoded[1:])
    rows = np.flatnonzero(fresh)
    rows = rows[(arrays["items"][account[rows], :TEXTS] == fresh[rows, None]).any(axis=1)]
    if len(rows):
        profiles.keep_texts(read_texts(batch.column("prompt"), account, time, model, fresh, rows))


def _shares(account: Rows, accounts: int, parts: int) -> list[Rows]:
    """The rows in order of account, cut in about equal parts between accounts."""
    rows = kernels.by_account(account, accounts)
    ordered = account[rows]
    cuts = [np.searchsorted(ordered, ordered[len(rows) * part // parts]) for part in range(1, parts)]
    return np.split(rows, cuts)


def _accounts(profiles: Profiles, batch: pa.RecordBatch) -> npt.NDArray[np.int64]:
    account = profiles.rows(_required(batch, "account"))
    organization = _column(batch, "organization")
    if organization is not None:
        hashes = hash_column(organization)
        told = np.flatnonzero((hashes != 0) & (hashes != profiles.organization_hash[account]))
        # The smallest name wins where a log contradicts itself, so that order can't matter.
        if len(told):
            pairs = pa.table([pa.array(account[told]), organization.take(pa.array(told))], names=["account", "name"])
            least = pairs.group_by("account").aggregate([("name", "min")])
            profiles.name_organizations(least["account"].to_numpy(), least["name_min"].combine_chunks())
    return account


def _required(batch: pa.RecordBatch, name: str) -> pa.Array:
    if name not in batch.schema.names:
        raise InputError("the log lacks it; map one of its columns to it", field=name)
    column = batch.column(name)
    if column.null_count:
        row = int(np.argmin(column.is_valid().to_numpy(zero_copy_only=False)))
        raise InputError("empty; every exchange needs it, so leave such rows out", row=row, field=name)
    return column


def _column(batch: pa.RecordBatch, name: str) -> pa.Array | None:
    if name not in batch.schema.names:
        return None
    column = batch.column(name)
    return None if column.null_count == len(column) else column


def _strings(batch: pa.RecordBatch, name: str) -> tuple[Bytes, Rows, npt.NDArray[np.bool_]] | None:
    column = _column(batch, name)
    return None if column is None else string_buffers(column)


def _labelled(
    batch: pa.RecordBatch, name: str
) -> tuple[npt.NDArray[np.uint64], npt.NDArray[np.uint64], pa.Array] | None:
    """Hashes of a column with few values; the values themselves, for the evidence, come with their hashes."""
    column = _column(batch, name)
    if column is None:
        return None
    encoded = pc.dictionary_encode(column)
    hashes = np.append(hash_column(encoded.dictionary), np.uint64(0))  # the last place is that of absent values
    indices = encoded.indices.fill_null(len(hashes) - 1).to_numpy()
    return hashes[indices], hashes[:-1], encoded.dictionary


def _keep_labels(profiles: Profiles, name: str, hashes: npt.NDArray[np.uint64], values: pa.Array) -> None:
    """Remember the names of values that are in a profile; a column of ever new values must not fill the memory."""
    if len(hashes) > MANY_LABELS:
        kept = np.isin(hashes, profiles[name])
        hashes, values = hashes[kept], values.filter(pa.array(kept))
    profiles.labels.update(zip(hashes.tolist(), values.to_pylist(), strict=True))
    if len(profiles.labels) > 3 * SLOTS * len(profiles) + 2 * MANY_LABELS:
        used = np.unique([profiles[column] for column in ("user_agent", "tls_fingerprint", "model")]).tolist()
        profiles.labels = {key: profiles.labels[key] for key in used if key in profiles.labels}


def _floats(batch: pa.RecordBatch, name: str) -> npt.NDArray[np.float64]:
    column = _column(batch, name)
    if column is None:
        return np.full(batch.num_rows, np.nan)
    # Clients write what they like here: a huge number is rounded, never an error.
    numbers: npt.NDArray[np.float64] = column.cast(pa.float64(), safe=False).to_numpy(zero_copy_only=False)
    return numbers + 0.0  # and -0.0 is 0.0


def _usage(batch: pa.RecordBatch) -> npt.NDArray[np.int64]:
    """The columns of `COUNTS`, shape (columns, rows); a quantity comes with a count of the rows that have it."""
    values = np.zeros((len(COUNTS), batch.num_rows), np.int64)
    values[0] = 1

    def put(name: str, column: pa.Array, known: str | None = None) -> None:
        values[COUNTS.index(name)] = column.cast(pa.int64()).fill_null(0).to_numpy(zero_copy_only=False)
        if known:
            values[COUNTS.index(known)] = column.is_valid().cast(pa.int64()).to_numpy()

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
