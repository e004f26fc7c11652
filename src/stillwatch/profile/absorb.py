"""Absorb batches of exchanges into profiles: Arrow buffers in, kernels on all cores, nothing per row in Python."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from stillwatch.profile import cues, kernels, row_kernels
from stillwatch.profile.accounts import string_buffers
from stillwatch.profile.kernels import SLOTS
from stillwatch.profile.layout import BUCKET, COUNTS, LABELLED, Profiles
from stillwatch.profile.prepare import TOKENS, Prepared, Rows, prepare
from stillwatch.profile.texts import read_texts

MANY_LABELS = 4096  #: from this many values in a batch on, only names that a profile holds are remembered

_TOKENS = np.array([COUNTS.index(name) for name in TOKENS])  # their places among the counts
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


def absorb(
    profiles: Profiles, batch: pa.RecordBatch | Prepared, pool: ThreadPoolExecutor | None = None, parts: int = 1
) -> None:
    """Add the exchanges of a batch (schema of `stillwatch.exchange`) to the profiles, in place.

    With a pool, the work is shared in `parts` by account: no two threads write to one profile, so none waits.
    Raises `InputError` where an exchange has no time or no account.
    """
    absorber = Absorber(profiles, pool, parts)
    absorber.add(batch)
    absorber.finish()


class Absorber:
    """Adds batch after batch to profiles: while one is worked on, the accounts of the next are looked up.

    The profiles are those of all batches after `finish`, and not to be read before. Arguments as those of `absorb`.
    """

    def __init__(self, profiles: Profiles, pool: ThreadPoolExecutor | None = None, parts: int = 1) -> None:
        self._profiles, self._pool, self._parts = profiles, pool, parts
        self._pending: Callable[[], None] | None = None

    def add(self, batch: pa.RecordBatch | Prepared) -> None:
        """Begin with a batch, as soon as the one before is done."""
        profiles = self._profiles
        said = batch if isinstance(batch, Prepared) else prepare(batch, profiles.key)
        if not len(said):
            return
        if profiles.room < len(said.accounts.values):
            self.finish()  # the arrays may have to make room, and must not move while they are written to
        account = _accounts(profiles, said)
        shares = _shares(account, len(profiles), self._parts)
        self.finish()
        self._pending = _begin(profiles, said, account, shares, self._pool)

    def finish(self) -> None:
        """Wait until all batches are in the profiles."""
        pending, self._pending = self._pending, None
        if pending is not None:
            pending()


def _begin(
    profiles: Profiles, said: Prepared, account: Rows, shares: list[Rows], pool: ThreadPoolExecutor | None
) -> Callable[[], None]:
    """Begin the work on a batch, in shares of its rows; call the result to wait for it and keep names and texts."""
    profiles.present |= said.present
    prompt = said.batch.column("prompt") if "prompt" in said.present else None
    text = None if prompt is None else string_buffers(prompt)
    time, model = said.time, said.model
    fresh = np.zeros(len(said), np.uint64)
    arrays = profiles.arrays

    def work(rows: Rows) -> None:
        row_kernels.add_counts(rows, account, said.flags, said.tokens, _TOKENS, arrays["counts"])
        row_kernels.add_times(
            rows, account, time, BUCKET, arrays["first"], arrays["last"], arrays["hours"], arrays["buckets"]
        )
        for name, values in (("temperature", said.temperature), ("max_tokens", said.max_tokens)):
            row_kernels.extremes(rows, account, values, arrays[name + "_low"], arrays[name + "_high"])
        for name, key in said.keys.items():
            kernels.absorb_values(rows, account, key, arrays[name], arrays[name + "_count"])
        if text is not None:
            written = (arrays[name] for name in _TEXT_ARRAYS)
            kernels.absorb_text(rows, account, time, *text, model, *cues.table(), profiles.key, *written, fresh)

    working = [] if pool is None else [pool.submit(work, rows) for rows in shares]
    for rows in shares if pool is None else ():
        work(rows)

    def finish() -> None:
        for done in working:
            done.result()
        for name, names in said.labelled.items():
            _keep_labels(profiles, name, names.hashes, names.values)
        first = np.flatnonzero(fresh)
        if len(first):
            profiles.keep_texts(read_texts(prompt, account, time, model, fresh, first, not len(profiles.key)))

    return finish


def _shares(account: Rows, accounts: int, parts: int) -> list[Rows]:
    """The rows in order of account, cut in about equal parts between accounts."""
    rows = row_kernels.by_account(account, accounts)
    ordered = account[rows]
    cuts = [np.searchsorted(ordered, ordered[len(rows) * part // parts]) for part in range(1, parts)]
    return np.split(rows, cuts)


def _accounts(profiles: Profiles, said: Prepared) -> Rows:
    account = profiles.rows(said.accounts.values, said.accounts.hashes)
    if said.accounts.codes is not None:
        account = account[said.accounts.codes]
    organization = said.organizations
    if organization is not None:
        hashes = organization.each(organization.hashes)
        told = np.flatnonzero((hashes != 0) & (hashes != profiles.organization_hash[account]))
        # The smallest name wins where a log contradicts itself, so that order can't matter.
        if len(told):
            pairs = pa.table([pa.array(account[told]), organization.of_rows(told)], names=["account", "name"])
            least = pairs.group_by("account").aggregate([("name", "min")])
            profiles.name_organizations(least["account"].to_numpy(), least["name_min"].combine_chunks())
    return account


def _keep_labels(profiles: Profiles, name: str, hashes: npt.NDArray[np.uint64], values: pa.Array) -> None:
    """Remember the names of values that are in a profile; a column of ever new values must not fill the memory."""
    if len(hashes) > MANY_LABELS:
        kept = np.isin(hashes, profiles[name])
        hashes, values = hashes[kept], values.filter(pa.array(kept))
    profiles.labels.update(zip(hashes.tolist(), values.to_pylist(), strict=True))
    if len(profiles.labels) > 3 * SLOTS * len(profiles) + 2 * MANY_LABELS:
        used = np.unique([profiles[column] for column in LABELLED]).tolist()
        profiles.labels = {key: profiles.labels[key] for key in used if key in profiles.labels}
