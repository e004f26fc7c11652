"""What a batch of exchanges says, as arrays: the part of the text pass that no profile has a say in.

It can run while the batch before is absorbed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from stillwatch.errors import InputError
from stillwatch.exchange import TIME
from stillwatch.profile.accounts import hash_column
from stillwatch.profile.addresses import address_keys
from stillwatch.profile.layout import COUNTS, LABELLED
from stillwatch.profile.secret import Key, seal

Rows = npt.NDArray[np.int64]
Hashes = npt.NDArray[np.uint64]
Numbers = npt.NDArray[np.float64]

TOKENS = ("input_tokens", "output_tokens")


@dataclass(frozen=True, eq=False)
class Names:
    """A column of strings: where it is a dictionary, each value once, and which of them a row has."""

    values: pa.Array  #: one per row, or those of the dictionary that rows use
    codes: Rows | None  #: the value of each row, one past the values where it has none; None: its own

    @classmethod
    def of(cls, column: pa.Array) -> Names:
        """The strings of a column, plain or a dictionary."""
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
    def hashes(self) -> Hashes:
        """The hash of each value."""
        return hash_column(self.values)

    def each(self, of_value: Hashes) -> Hashes:
        """What belongs to the value of each row, 0 where it has none."""
        return of_value if self.codes is None else np.append(of_value, np.uint64(0))[self.codes]

    def of_rows(self, rows: Rows) -> pa.Array:
        """The strings of these rows, all of which have one."""
        return self.values.take(pa.array(rows if self.codes is None else self.codes[rows]))


@dataclass(frozen=True, eq=False)
class Prepared:
    """The columns of a batch, one row per exchange."""

    batch: pa.RecordBatch
    present: frozenset[str]  #: columns that hold something
    accounts: Names
    organizations: Names | None
    time: Rows  #: microseconds since 1970
    labelled: Mapping[str, Names]  #: columns whose values are named
    keys: Mapping[str, Hashes]  #: hashes by attribute, 0 where absent
    flags: npt.NDArray[np.uint32]  #: which of `COUNTS` a row counts for, a bit each
    tokens: Rows  #: shape (rows, `TOKENS`)
    temperature: Numbers
    max_tokens: Numbers

    def __len__(self) -> int:
        return int(self.batch.num_rows)

    @property
    def model(self) -> Hashes:
        """The hash of each row's model."""
        return self.keys.get("model", np.zeros(len(self), np.uint64))


def prepare(batch: pa.RecordBatch, key: Key) -> Prepared:
    """Read the columns of a batch (schema of `stillwatch.exchange`), hashing what was asked under `key`, if any.

    Raises `InputError` where an exchange has no time or no account.
    """
    accounts = Names.of(_required(batch, "account"))
    time = _required(batch, "time").cast(TIME).cast(pa.int64()).to_numpy()
    columns = {name: column for name in LABELLED if (column := _column(batch, name)) is not None}
    labelled = {name: Names.of(pc.dictionary_encode(column)) for name, column in columns.items()}
    keys = {name: names.each(names.hashes) for name, names in labelled.items()}
    if (system := _column(batch, "system")) is not None:
        names = Names.of(system)
        keys["system_prompt"] = names.each(seal(names.hashes, key))
    if (address := _column(batch, "ip")) is not None:
        keys |= _addresses(address, key)
    organization = _column(batch, "organization")
    organizations = None if organization is None else Names.of(organization)
    for whose in (accounts, organizations):
        if whose is not None:
            _ = whose.hashes  # now, while the batch before is absorbed
    return Prepared(
        batch=batch,
        present=frozenset(name for name in batch.schema.names if _column(batch, name) is not None),
        accounts=accounts,
        organizations=organizations,
        time=time,
        labelled=labelled,
        keys=keys,
        flags=_flags(batch),
        tokens=_tokens(batch),
        temperature=_floats(batch, "temperature"),
        max_tokens=_floats(batch, "max_tokens"),
    )


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


def _addresses(column: pa.Array, key: Key) -> dict[str, Hashes]:
    """The keys of each row's address and of its network."""
    names = Names.of(column)
    address, network = address_keys(names.values, key)
    return {"ip": names.each(address), "network": names.each(network)}


def _floats(batch: pa.RecordBatch, name: str) -> Numbers:
    column = _column(batch, name)
    if column is None:
        return np.full(batch.num_rows, np.nan)
    # Clients write what they like here: a huge number is rounded, never an error.
    numbers: Numbers = column.cast(pa.float64(), safe=False).to_numpy(zero_copy_only=False)
    return numbers + 0.0  # and -0.0 is 0.0


def _tokens(batch: pa.RecordBatch) -> Rows:
    """What each row asked and was answered, in tokens, shape (rows, `TOKENS`); 0 where it does not say."""
    tokens = np.zeros((len(batch), len(TOKENS)), np.int64)
    for place, name in enumerate(TOKENS):
        if (column := _column(batch, name)) is not None:
            tokens[:, place] = column.cast(pa.int64()).fill_null(0).to_numpy()
    return tokens


def _flags(batch: pa.RecordBatch) -> npt.NDArray[np.uint32]:
    """Which of `COUNTS` each row counts for, a bit each. A quantity comes with whether the row has it."""
    flags = np.full(len(batch), 1 << COUNTS.index("exchanges"), np.uint32)

    def put(name: str, where: pa.Array) -> None:
        told = where.fill_null(False).to_numpy(zero_copy_only=False)
        np.bitwise_or(flags, told * np.uint32(1 << COUNTS.index(name)), out=flags)

    def known(name: str, column: pa.Array) -> None:
        if column.null_count:
            put(name, column.is_valid())
        else:
            np.bitwise_or(flags, np.uint32(1 << COUNTS.index(name)), out=flags)

    for name in TOKENS:
        if (column := _column(batch, name)) is not None:
            known(name.removesuffix("_tokens") + "_known", column)
    if (status := _column(batch, "status")) is not None:
        put("refused", pc.equal(status, "refused"))
        put("errors", pc.equal(status, "error"))
        known("status_known", status)
    for name, source, least, told in (
        ("tools", "tools", 1, "tools_known"),
        ("choices", "choices", 2, "choices_known"),
        ("followups", "turns", 2, "turns_known"),
    ):
        if (column := _column(batch, source)) is not None:
            put(name, pc.greater_equal(column, least))
            known(told, column)
    if (logprobs := _column(batch, "logprobs")) is not None:
        put("logprobs", logprobs)
        known("logprobs_known", logprobs)
    if (system := _column(batch, "system")) is not None:
        known("system", system)
    return flags
