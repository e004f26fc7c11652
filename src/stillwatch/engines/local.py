"""The local engine: one streaming pass over the log on all cores of this machine."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol

import pyarrow as pa

from stillwatch.cores import cores
from stillwatch.exchange import EXCHANGE_SCHEMA, UNREAD
from stillwatch.logs import LogStream
from stillwatch.profile import Profiles, absorb
from stillwatch.profile.secret import Key

Progress = Callable[[str, int, int | None], None]

#: The columns that profiles are made of.
COLUMNS = frozenset(EXCHANGE_SCHEMA.names) - UNREAD

#: What was asked and answered.
WORDS = frozenset({"prompt", "system", "response"})


class Keeper(Protocol):
    """Keeps what was absorbed, now and then, so that a scan that is stopped can go on."""

    profiles: Profiles  #: those of the batches behind
    behind: int  #: batches that the profiles hold already

    def absorbed(self, batch: pa.RecordBatch, profiles: Profiles) -> None:
        """Hear that one more batch is in the profiles."""


def profile_log(
    stream: LogStream, progress: Progress | None = None, key: Key | None = None, keeper: Keeper | None = None
) -> Profiles:
    """Read a log once and return its profiles. Memory is bounded by accounts, not by exchanges.

    With a `key`, what was asked is hashed under it and no text is kept. With a `keeper`, batches that it has behind it
    are read, since what comes after may repeat them, but not absorbed again.
    """
    profiles = keeper.profiles if keeper is not None else Profiles() if key is None else Profiles(key=key)
    parts = cores()
    with ThreadPoolExecutor(parts) as pool:
        for number, batch in enumerate(_ahead(stream)):
            if keeper is None or number >= keeper.behind:
                absorb(profiles, batch, pool, parts)
                if keeper is not None:
                    keeper.absorbed(batch, profiles)
            if progress is not None:
                progress("reading exchanges", stream.rows, stream.expected)
    profiles.present = stream.present & frozenset(stream.schema.names)
    return profiles


def _ahead(stream: LogStream) -> Iterator[pa.RecordBatch]:
    """The batches of a stream, each read and checked while the one before is absorbed."""
    batches = iter(stream)
    with ThreadPoolExecutor(1) as reader:
        coming = reader.submit(next, batches, None)
        while (batch := coming.result()) is not None:
            coming = reader.submit(next, batches, None)
            yield batch
