"""How profiles lie in memory: a struct of arrays, one row per account.

Every array has a rule by which two rows of one account become one (`MERGE`): a sum, a minimum, a maximum, or a
bottom-k list with its companions. `merge.py` and `absorb.py` know no other rule.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from stillwatch.cores import cores
from stillwatch.profile.accounts import AccountIndex, hash_column
from stillwatch.profile.kernels import EMPTY, SAMPLE, SHINGLES, SIGN_WORDS, SLOTS, TEXTS
from stillwatch.profile.row_kernels import permute
from stillwatch.profile.secret import Key, no_key
from stillwatch.profile.spill import in_a_file
from stillwatch.profile.texts import TEXT_SCHEMA, current_texts, settle_texts

Array = npt.NDArray[Any]

#: Columns of `counts`, in order.
COUNTS = (
    "exchanges",
    "input_tokens",
    "input_known",
    "output_tokens",
    "output_known",
    "refused",
    "errors",
    "status_known",
    "tools",
    "tools_known",
    "logprobs",
    "logprobs_known",
    "choices",
    "choices_known",
    "followups",
    "turns_known",
    "system",
)
BUCKET = 3 * 3_600_000_000  #: microseconds of a time bucket
BUCKETS = 256  #: ring of time buckets: 32 days before it wraps
ATTRIBUTES = ("ip", "network", "user_agent", "tls_fingerprint", "model", "system_prompt")
LABELLED = ("user_agent", "tls_fingerprint", "model")  #: attributes whose values are kept by name
NEVER, BEGINNING = np.iinfo(np.int64).max, np.iinfo(np.int64).min


@dataclass(frozen=True)
class Column:
    """One array of the profile: its shape per account, its type, the value of an empty profile."""

    shape: tuple[int, ...]
    dtype: type
    empty: int | float = 0
    rule: str = "sum"  #: sum, min, max, bottom-k (a key list) or "with NAME" (companion of a key list)


_LAYOUT: dict[str, Column] = {
    "counts": Column((len(COUNTS),), np.int64),
    "prompts": Column((), np.int64),
    "first": Column((), np.int64, NEVER, "min"),
    "last": Column((), np.int64, BEGINNING, "max"),
    "hours": Column((24,), np.int32),
    "buckets": Column((BUCKETS,), np.int32),
    "temperature_low": Column((), np.float64, np.inf, "min"),
    "temperature_high": Column((), np.float64, -np.inf, "max"),
    "max_tokens_low": Column((), np.float64, np.inf, "min"),
    "max_tokens_high": Column((), np.float64, -np.inf, "max"),
    "items": Column((SAMPLE,), np.uint64, int(EMPTY), "bottom-k"),
    "item_count": Column((SAMPLE,), np.int64, 0, "with items"),
    "item_time": Column((SAMPLE,), np.int64, 0, "with items"),
    "item_model": Column((SAMPLE,), np.uint64, 0, "with items"),
    "item_cues": Column((SAMPLE,), np.uint32, 0, "with items"),
    "item_words": Column((SAMPLE,), np.int32, 0, "with items"),
    "item_signs": Column((SAMPLE, SIGN_WORDS), np.uint64, 0, "with items"),
    "shingles": Column((SAMPLE, SHINGLES), np.uint32, 0, "with items"),
}
for _name in ATTRIBUTES:
    _LAYOUT[_name] = Column((SLOTS,), np.uint64, int(EMPTY), "bottom-k")
    _LAYOUT[_name + "_count"] = Column((SLOTS,), np.int64, 0, f"with {_name}")
LAYOUT: dict[str, Column] = _LAYOUT


@dataclass
class Profiles:
    """The profiles of the accounts seen, in order of first sight.

    `arrays[name]` has shape (capacity, ...): read it through `profiles[name]`, which cuts it to the accounts.
    """

    names: list[str] = field(default_factory=list)
    arrays: dict[str, Array] = field(default_factory=dict)
    labels: dict[int, str] = field(default_factory=dict)  #: hash -> name, for clients, fingerprints and models
    organizations: dict[int, str] = field(default_factory=dict)  #: account row -> organization, where the log has it
    organization_hash: npt.NDArray[np.uint64] = field(default_factory=lambda: np.zeros(0, np.uint64))
    present: frozenset[str] = frozenset()  #: columns that the log has
    accounts: AccountIndex = field(default_factory=AccountIndex)  #: which row is an account's
    key: Key = field(default_factory=no_key)  #: under which what was asked is hashed, and no text is kept
    budget: int | None = None  #: bytes of memory for the arrays; beyond it they lie in a temporary file
    unsettled: list[pa.Table] = field(default_factory=list)  #: texts, some of them outdated; read `texts`
    settled: bool = False  #: whether `unsettled` is one table with nothing outdated

    def __post_init__(self) -> None:
        if not self.arrays:
            self.arrays = {name: np.zeros((0, *column.shape), column.dtype) for name, column in LAYOUT.items()}
        if self.names:
            self.accounts.add(hash_column(pa.array(self.names, pa.string())))
            self.organization_hash = np.zeros(len(self.names), np.uint64)
            named = hash_column(pa.array(self.organizations.values(), pa.string()))
            self.organization_hash[np.array(list(self.organizations), np.int64)] = named

    def __len__(self) -> int:
        return len(self.names)

    def __getitem__(self, name: str) -> Array:
        return self.arrays[name][: len(self.names)]

    @property
    def room(self) -> int:
        """For how many more accounts there is room."""
        return len(self.arrays["prompts"]) - len(self)

    def count(self, name: str) -> npt.NDArray[np.int64]:
        """One column of `counts`, shape (accounts,)."""
        column: npt.NDArray[np.int64] = self["counts"][:, COUNTS.index(name)]
        return column

    @property
    def index(self) -> dict[str, int]:
        """Account -> row, made anew at every call."""
        return {name: row for row, name in enumerate(self.names)}

    @property
    def texts(self) -> pa.Table:
        """The prompts kept as evidence (`TEXT_SCHEMA`), at most `TEXTS` an account, by account and item."""
        if not self.settled:
            tables = pa.concat_tables([TEXT_SCHEMA.empty_table(), *self.unsettled])
            self.unsettled[:] = [settle_texts(tables, self._current(tables))]
            self.settled = True
        return self.unsettled[0]

    def keep_texts(self, texts: pa.Table) -> None:
        """Add texts that may be evidence. What is outdated is let go when it might be half of all."""
        self.unsettled.append(texts)
        self.settled = False
        most = 2 * TEXTS * len(self) + 10_000
        if sum(table.num_rows for table in self.unsettled) > most or len(self.unsettled) > 500:
            current = [table.filter(pa.array(self._current(table))) for table in self.unsettled]
            self.unsettled[:] = [pa.concat_tables(current).combine_chunks()]
            if self.unsettled[0].num_rows > most:  # of one instant
                _ = self.texts

    def _current(self, texts: pa.Table) -> npt.NDArray[np.bool_]:
        return current_texts(texts, self["items"], self["item_time"], self["item_model"])

    def name_organizations(self, rows: npt.NDArray[np.int64], names: pa.Array) -> None:
        """Name accounts' organizations, each account once; the smallest name wins where a log contradicts itself."""
        hashes = hash_column(names)
        for row, name, key in zip(rows.tolist(), names.to_pylist(), hashes.tolist(), strict=True):
            known = self.organizations.get(row)
            if known is None or name < known:
                self.organizations[row] = name
                self.organization_hash[row] = key

    def rows(self, names: pa.Array, hashes: npt.NDArray[np.uint64]) -> npt.NDArray[np.int64]:
        """The rows of these accounts (strings, none null, and their hashes), made where they are new."""
        rows = self.accounts.find(hashes)
        new = np.flatnonzero(rows < 0)
        if len(new):
            fresh, first = np.unique(hashes[new], return_index=True)
            order = np.argsort(first, kind="stable")
            self.accounts.add(fresh[order])
            self._extend(len(self) + len(fresh))
            self.names += names.take(pa.array(new[first[order]])).to_pylist()
            rows[new] = self.accounts.find(hashes[new])
        return rows

    def sort(self) -> None:
        """Put the accounts in order of their names, in place, an array at a time on each core."""
        order = np.array(sorted(range(len(self)), key=self.names.__getitem__), np.int64)
        rank = np.empty(len(self), np.int64)
        rank[order] = np.arange(len(self))

        def reorder(name: str) -> None:
            if len(self):
                permute(self[name].reshape(len(self), -1).view(np.uint32), order)

        with ThreadPoolExecutor(cores()) as pool:
            list(pool.map(reorder, LAYOUT))
        self.names = [self.names[row] for row in order]
        self.accounts = AccountIndex()
        self.accounts.add(hash_column(pa.array(self.names, pa.string())))
        self.organizations = {int(rank[row]): name for row, name in self.organizations.items()}
        self.organization_hash = self.organization_hash[: len(self)][order]
        for place, texts in enumerate(self.unsettled):
            account = pa.array(rank[texts.column("account").to_numpy()])
            self.unsettled[place] = texts.set_column(0, TEXT_SCHEMA.field("account"), account)
        self.settled = False
        _ = self.texts
        pa.default_memory_pool().release_unused()  # what reading the log took, too

    def _extend(self, size: int) -> None:
        """Make rows of empty profiles, up to this many accounts."""
        if size > len(self.arrays["prompts"]):
            zeros, capacity = self._room(size)
            for name, column in LAYOUT.items():
                grown = zeros((capacity, *column.shape), column.dtype)
                grown[: len(self)] = self[name]
                self.arrays[name] = grown
            grown = np.zeros(capacity, np.uint64)
            grown[: len(self)] = self.organization_hash[: len(self)]
            self.organization_hash = grown
        for name, column in LAYOUT.items():
            if column.empty != 0:
                self.arrays[name][len(self) : size] = column.empty

    def _room(self, size: int) -> tuple[Callable[..., Array], int]:
        """What makes the arrays of that many accounts, in memory or in a file, and how many to make room for.

        Memory that is asked for and not yet written to costs nothing, so there the arrays grow seldom.
        """
        if self.budget is None:
            return np.zeros, max(4 * size, 1024)
        most = self.budget // ACCOUNT_BYTES
        if size > most:
            return in_a_file, max(size, len(self.arrays["prompts"]) * 3 // 2)
        return np.zeros, min(max(4 * size, 1024), most)


#: Bytes of one account's profile.
ACCOUNT_BYTES = sum(int(np.prod(column.shape)) * np.dtype(column.dtype).itemsize for column in LAYOUT.values())


def used(keys: npt.NDArray[np.uint64]) -> npt.NDArray[np.bool_]:
    """Which of the keys that profiles keep stand for a value; the other places are free, or nothing was given."""
    return np.asarray((keys != EMPTY) & (keys != 0))
