"""A world as a detector may see it: its log and its account table, never its labels."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from bench.embeddings import embed

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
SAMPLE = 32  #: prompts per account that are embedded, drawn at random, in order of time
LONGEST = 500  #: characters of a prompt that are embedded


@dataclass(frozen=True)
class Tables:
    """The log and the account table of one world. Row i of every array per account is `accounts[i]`."""

    folder: Path

    @cached_property
    def accounts(self) -> pa.Array:
        """Names of all accounts, ascending."""
        return pq.read_table(self.folder / "accounts.parquet", columns=["account"])["account"].combine_chunks().sort()

    def __len__(self) -> int:
        return len(self.accounts)

    def column(self, name: str) -> pa.Array:
        """A column of the log, in the log's order."""
        return pq.read_table(self.folder / "exchanges.parquet", columns=[name])[name].combine_chunks()

    def customer(self, name: str) -> pa.Array:
        """A column of the account table, in the order of `accounts`."""
        table = pq.read_table(self.folder / "accounts.parquet", columns=["account", name])
        order = pc.index_in(self.accounts, table["account"].combine_chunks())
        return table[name].take(order).combine_chunks()

    @cached_property
    def owner(self) -> Ints:
        """Account of every exchange, in the log's order."""
        return np.asarray(pc.index_in(self.column("account"), self.accounts), np.int64)

    @cached_property
    def time(self) -> Ints:
        """Time of every exchange in microseconds since 1970."""
        return np.asarray(self.column("time").cast(pa.int64()), np.int64)

    @cached_property
    def requests(self) -> Ints:
        """Exchanges per account."""
        return np.bincount(self.owner, minlength=len(self))

    @cached_property
    def sample(self) -> Ints:
        """Rows of the log that are embedded: at most `SAMPLE` per account, ordered by account, then time."""
        chance = np.random.default_rng(len(self)).random(len(self.owner))
        order = np.lexsort((chance, self.owner))
        begin = np.searchsorted(self.owner[order], np.arange(len(self)))
        kept = order[np.arange(len(order)) - begin[self.owner[order]] < SAMPLE]
        return kept[np.lexsort((self.time[kept], self.owner[kept]))]

    @cached_property
    def sampled(self) -> Ints:
        """Embedded prompts per account."""
        return np.bincount(self.owner[self.sample], minlength=len(self))

    @cached_property
    def starts(self) -> Ints:
        """Where each account's embedded prompts begin, and the end of the last: shape (accounts + 1,)."""
        return np.concatenate(([0], np.cumsum(self.sampled)))

    @cached_property
    def embedding(self) -> npt.NDArray[np.float32]:
        """Unit vectors of the embedded prompts, in the order of `sample`."""
        return embed(self.column("prompt").take(pa.array(self.sample)), LONGEST)

    def per_account(self, values: npt.NDArray[np.floating]) -> Floats:
        """Sums over each account's embedded prompts; `values` is in the order of `sample`, shape (prompts, ...)."""
        out = np.zeros((len(self), *values.shape[1:]))
        some = self.sampled > 0
        if some.any():
            out[some] = np.add.reduceat(values, self.starts[:-1][some], axis=0)
        return out

    @cached_property
    def mean_embedding(self) -> Floats:
        """Mean vector of each account's embedded prompts; zero without any."""
        return self.per_account(self.embedding) / np.maximum(self.sampled, 1)[:, None]
