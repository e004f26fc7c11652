"""Absorb batches of exchanges into profiles: Arrow buffers in, kernels on all cores, nothing per row in Python."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from stillwatch.errors import InputError
from stillwatch.exchange import TIME
from stillwatch.profile import cues, kernels, row_kernels
from stillwatch.profile.accounts import hash_column, string_buffers
from stillwatch.profile.kernels import SLOTS, TEXTS
from stillwatch.profile.layout import BUCKET, COUNTS, LABELLED, Profiles
from stillwatch.profile.secret import Key
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
    columns = {name: column for name in LABELLED if (column := _column(batch, name)) is not None}
    labelled = {name: _Names.of(pc.dictionary_encode(column)) for name, column in columns.items()}
    keys = {name: names.each(names.hashes) for name, names in labelled.items()}
    if (system := _column(batch, "system")) is not None:
        names = _Names.of(system)
        keys["system_prompt"] = names.each(_sealed(names.hashes, profiles.key))
    if (address := _column(batch, "ip")) is not None:
        keys |= _addresses(address, profiles.key)
    prompt = _column(batch, "prompt")
    text = None if prompt is None else string_buffers(prompt)
    model = keys.get("model", np.zeros(batch.num_rows, np.uint64))
    fresh = np.zeros(batch.num_rows, np.uint64)
    values = _usage(batch)
    temperature, max_tokens = _floats(batch, "temperature"), _floats(batch, "max_tokens")
    arrays = profiles.arrays

    def work(rows: Rows) -> None:
        row_kernels.add_columns(rows, account, values, arrays["counts"])
        row_kernels.add_times(
            rows, account, time, BUCKET, arrays["first"], arrays["last"], arrays["hours"], arrays["buckets"]
        )
        row_kernels.extremes(rows, account, temperature, arrays["temperature_low"], arrays["temperature_high"])
        row_kernels.extremes(rows, account, max_tokens, arrays["max_tokens_low"], arrays["max_tokens_high"])
        for name, key in keys.items():
            kernels.absorb_values(rows, account, key, arrays[name], arrays[name + "_count"])
        if text is not None:
            written = (arrays[name] for name in _TEXT_ARRAYS)
            kernels.absorb_text(rows, account, time, *text, model, *cues.table(), profiles.key, *written, fresh)

    shares = _shares(account, len(profiles), parts)
    if pool is None:
        for rows in shares:
            work(rows)
    else:
        for done in [pool.submit(work, rows) for rows in shares]:
            done.result()
    for name, names in labelled.items():
        _keep_labels(profiles, name, names.hashes, names.values)
    rows = np.flatnonzero(fresh)
    rows = rows[(arrays["items"][account[rows], :TEXTS] == fresh[rows, None]).any(axis=1)]
    if len(rows):
        profiles.keep_texts(
            read_texts(batch.column("prompt"), account, time, model, fresh, rows, not len(profiles.key))
        )


def _shares(account: Rows, accounts: int, parts: int) -> list[Rows]:
    """The rows in order of account, cut in about equal parts between accounts."""
    rows = row_kernels.by_account(account, accounts)
    ordered = account[rows]
    cuts = [np.searchsorted(ordered, ordered[len(rows) * part // parts]) for part in range(1, parts)]
    return np.split(rows, cuts)


def _accounts(profiles: Profiles, batch: pa.RecordBatch) -> npt.NDArray[np.int64]:
    names = _Names.of(_required(batch, "account"))
    account = profiles.rows(names.values)
    if names.codes is not None:
        account = account[names.codes]
    column = _column(batch, "organization")
    if column is not None:
        organization = _Names.of(column)
        hashes = organization.each(organization.hashes)
        told = np.flatnonzero((hashes != 0) & (hashes != profiles.organization_hash[account]))
        # The smallest name wins where a log contradicts itself, so that order can't matter.
        if len(told):
            pairs = pa.table([pa.array(account[told]), organization.of_rows(told)], names=["account", "name"])
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


@dataclass(frozen=True, eq=False)
class _Names:
    """A column of strings: where it is a dictionary, each value once, and which of them a row has."""

    values: pa.Array  #: one per row, or those of the dictionary that rows use
    codes: Rows | None  #: the value of each row, one past the values where it has none; None: its own

    @classmethod
    def of(cls, column: pa.Array) -> _Names:
        if not pa.types.is_dictionary(column.type):
            return cls(column, None)
        values = column.dictionary
        codes = column.indices.fill_null(len(values)).to_numpy().astype(np.int64, copy=False)
        # The dictionary may be that of a larger part of the log.
        used = np.bincount(codes, minlength=len(values) + 1)[: len(values)] > 0
        if not used.all():
            codes = np.append(np.cumsum(used) - 1, np.count_nonzero(used))[codes]
            values = values.filter(pa.array(used))
        return cls(values, codes)

    @cached_property
    def hashes(self) -> npt.NDArray[np.uint64]:
        """The hash of each value."""
        return hash_column(self.values)

    def each(self, of_value: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
        """What belongs to the value of each row, 0 where it has none."""
        return of_value if self.codes is None else np.append(of_value, np.uint64(0))[self.codes]

    def of_rows(self, rows: Rows) -> pa.Array:
        """The strings of these rows, all of which have one."""
        return self.values.take(pa.array(rows if self.codes is None else self.codes[rows]))


def _addresses(column: pa.Array, key: Key) -> dict[str, npt.NDArray[np.uint64]]:
    """The keys of each row's address and of its network."""
    names = _Names.of(column)
    address, network = np.zeros((2, len(names.values)), np.uint64)
    kernels.hash_addresses(*string_buffers(names.values), address, network)
    return {"ip": names.each(_sealed(address, key)), "network": names.each(_sealed(network, key))}


def _sealed(hashes: npt.NDArray[np.uint64], key: Key) -> npt.NDArray[np.uint64]:
    """Hashes of what may identify a person or a prompt, under the key if there is one."""
    if not len(key):
        return hashes
    out = hashes.copy()
    kernels.key_all(out, key)
    return out


def _keep_labels(profiles: Profiles, name: str, hashes: npt.NDArray[np.uint64], values: pa.Array) -> None:
    """Remember the names of values that are in a profile; a column of ever new values must not fill the memory."""
    if len(hashes) > MANY_LABELS:
        kept = np.isin(hashes, profiles[name])
        hashes, values = hashes[kept], values.filter(pa.array(kept))
    profiles.labels.update(zip(hashes.tolist(), values.to_pylist(), strict=True))
    if len(profiles.labels) > 3 * SLOTS * len(profiles) + 2 * MANY_LABELS:
        used = np.unique([profiles[column] for column in LABELLED]).tolist()
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
